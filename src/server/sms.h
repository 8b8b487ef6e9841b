/*
 * Texts to callers: how they leave the house.
 *
 * A text that a desk wrote is an event first (message-queued). When that is durable it is handed
 * to the gateway by an errand (outbound.h), or waits in the outbox until a gateway's own program
 * fetches it. What came of it is an event again (message-sent, message-failed); a phone's report is
 * a third (message-delivered). Without an answer it is tried again, at growing distances, until
 * AMP_SMS_TRY_S have passed: then it has failed, and the desk sees so. At least once: an answer
 * that got lost makes a second text. On the core's thread.
 */
#ifndef AMP_SERVER_SMS_H
#define AMP_SERVER_SMS_H

#include "base/err.h"
#include "base/str.h"
#include "model/event.h"

enum {
    AMP_SMS_SETTING = 1024, /* bytes of one value, and the end */
    AMP_SMS_TRY_S = 900,
    AMP_SMS_TIMEOUT_MS = 10000,
    AMP_SMS_FIRST_MS = 2000, /* to the second try; then twice as long each time */
    AMP_SMS_LONGEST_MS = 60000,
    AMP_SMS_WAITING = 100000 /* texts that wait at once; more are tried after a restart */
};

enum amp_sms_way {
    AMP_SMS_OUTBOX, /* a gateway's program fetches them: gammu-smsd */
    AMP_SMS_KANNEL, /* sendsms of Kannel's smsbox */
    AMP_SMS_HTTP    /* POST of a JSON object {"id","to","text","parts"} */
};

struct amp_sms_gateway {
    enum amp_sms_way way;
    char url[AMP_SMS_SETTING];
    char username[AMP_SMS_SETTING], password[AMP_SMS_SETTING]; /* of Kannel */
    char token[AMP_SMS_SETTING];                               /* of HTTP: sent as Bearer */
    char from[AMP_SMS_SETTING];                                /* the number it comes from */
    char smsc[AMP_SMS_SETTING];                                /* Kannel's route; "": any */
    char dlr_url[AMP_SMS_SETTING]; /* where Kannel reports; "": it does not */
};

/* Lines "name = value", # begins a comment: way, url, username, password, token, from, smsc,
 * dlr-url. AMP_E_SYNTAX and the like with the line. */
AMP_MUST amp_err amp_sms_gateway_read(struct amp_str text, struct amp_sms_gateway *out,
                                      struct amp_why *why);

struct amp_server;
struct amp_texting;

AMP_MUST amp_err amp_texting_start(struct amp_server *server); /* the state is folded */
void amp_texting_close(struct amp_texting *texting);           /* accepts NULL */
/* An event was applied: perhaps a text to send, or what became of one. */
AMP_MUST amp_err amp_texting_event(struct amp_server *server, const struct amp_event *event);
void amp_texting_tick(struct amp_server *server);

#endif
