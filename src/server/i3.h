/*
 * LogEvents: what happens here, in the form that the logging services of NENA i3 take.
 *
 * A record of the journal that has a LogEvent of its kind becomes one: calls that begin and end,
 * texts, incidents that are closed, opened again or merged, and what goes to partner centres and
 * comes from them. It is carried as a webhook of the form "i3" (webhook.h), each as a JWS (jws.h).
 * What callers said and who they are is in it only for who may have personal data; so is what the
 * network calls their call.
 *
 * The settings are lines "name = value"; # begins a comment:
 *   element = cad.north.example.org    the name of this server in LogEvents: a domain
 *   agency = north.example.org         the name of the centre: a domain
 *   certificate = /etc/amparo/i3.pem   what LogEvents are signed with: a chain in PEM, and its key,
 *   key = /etc/amparo/i3.key           an Ed448 key; without them LogEvents are unsigned
 *
 * Sources: NENA-STA-010.3 section 4.12.3, and the schemas of NENA's Logging Service 1.2.1.
 */
#ifndef AMP_SERVER_I3_H
#define AMP_SERVER_I3_H

#include "base/buf.h"
#include "model/event.h"

enum {
    AMP_I3_NAME = 128, /* bytes of a domain, and the end */
    AMP_I3_PATH = 512,
    AMP_I3_REFUSED = 430, /* status codes of i3 (registry of 10.29), which say what is wrong with */
    AMP_I3_REFUSED_END = 500 /* a LogEvent: signature, algorithm, size, extension */
};

struct amp_server;
struct amp_tls;

struct amp_i3 {
    char element[AMP_I3_NAME], agency[AMP_I3_NAME];
    char certificate[AMP_I3_PATH], key[AMP_I3_PATH]; /* "": unsigned */
    struct amp_tls *signer; /* of those, opened by who read the settings; NULL: unsigned */
};

/* AMP_E_SYNTAX and the like, with the line. */
AMP_MUST amp_err amp_i3_read(struct amp_str text, struct amp_i3 *out, struct amp_why *why);
/* Opens the certificate and its key. On AMP_OK `why` is empty or a warning, as of amp_tls_open. */
AMP_MUST amp_err amp_i3_open(struct amp_i3 *i3, int64_t now_us, struct amp_why *why);

/* Whether records of this kind have a LogEvent. */
bool amp_i3_is_told(enum amp_event_kind kind);
/* How many a record has: a call whose incident the network named before is merged into ours; one
 * that was transferred has ended, too; a ring has some if the network's names come with it. */
unsigned amp_i3_parts(const struct amp_event *event, bool personal);
/* One LogEvent of a record, of part 0 up to their number, as a JWS. personal: with what is
 * personal, as far as the event has it. On the core's thread. */
AMP_MUST amp_err amp_i3_write(const struct amp_server *server, const struct amp_event *event,
                              unsigned part, bool personal, struct amp_arena *arena,
                              struct amp_buf *out, struct amp_why *why);

#endif
