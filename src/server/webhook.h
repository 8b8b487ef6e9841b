/*
 * Webhooks: events told to other systems by HTTP, signed, in order, at least once.
 *
 * A subscription says where to, which kinds of events, and whether with personal data. It lies with
 * its URL and its key beside the log, sealed under the master key ("webhook/ID"); the log only has
 * that it was made, and by whom. Where a subscription stands ("webhook-seq/ID") is the number of
 * the last record that was told or did not concern it; what follows is read from the journal, so
 * nothing is lost by a restart. An event that is refused AMP_WEBHOOK_TRIES times is put aside
 * ("webhook-dead/ID/SEQ") and the next one's turn comes; while AMP_WEBHOOK_DEAD are aside, the
 * subscription stands still until an admin has them tried again. LogEvents wait for their service
 * instead, and only what it says it will never take is put aside.
 *
 * The body is the record as JSON with "seq", without what is sealed, or with it in the clear when
 * the subscription may have it; or its LogEvent (i3.h). The signature: docs/events.md. On the
 * core's thread; records are read by workers.
 */
#ifndef AMP_SERVER_WEBHOOK_H
#define AMP_SERVER_WEBHOOK_H

#include "base/arena.h"
#include "base/json.h"
#include "model/event.h"

enum {
    AMP_WEBHOOKS_MAX = 64,
    AMP_WEBHOOK_ID = 17, /* 16 hexadecimal digits, and the end */
    AMP_WEBHOOK_URL = 2048,
    AMP_WEBHOOK_KEY = 64,  /* what signs, as it is shown once: "whs_" and base64url, and the end */
    AMP_WEBHOOK_TRIES = 8, /* of one event; they take some ten minutes */
    AMP_WEBHOOK_TRIES_DOWN = 2, /* while the one before was put aside, too */
    AMP_WEBHOOK_DEAD = 1000,
    AMP_WEBHOOK_TIMEOUT_MS = 10000,
    AMP_WEBHOOK_FIRST_MS = 5000,
    AMP_WEBHOOK_LONGEST_MS = 300000
};

struct amp_webhook_want { /* a subscription as it is asked for */
    struct amp_str url, label;
    struct amp_words kinds;
    bool personal;
    uint32_t agency; /* whose events; 0: all */
};

struct amp_server;
struct amp_job;
struct amp_webhooks;

AMP_MUST amp_err amp_webhooks_start(struct amp_server *server, struct amp_why *why);
void amp_webhooks_close(struct amp_webhooks *webhooks); /* wipes; accepts NULL */
void amp_webhooks_tick(struct amp_server *server);

/* The one "kind" of a subscription that is told LogEvents: of all events that have one. */
#define AMP_WEBHOOK_I3 "i3"

/* A kind of event, the part of kinds before a dash ("incident"), or "all" that desks hear of. */
bool amp_webhook_kind_valid(struct amp_str word);
/* The header's value: "v1=" and HMAC-SHA256 of "TIME.BODY" in hex. */
void amp_webhook_sign(struct amp_str key, int64_t time_s, struct amp_str body, struct amp_buf *out);

/* A new subscription, as secrets of the job; in force at once. AMP_E_LIMIT, AMP_E_RANGE. */
AMP_MUST amp_err amp_webhook_add(struct amp_server *server, struct amp_job *job,
                                 const struct amp_webhook_want *want, char id[AMP_WEBHOOK_ID],
                                 char key[AMP_WEBHOOK_KEY], struct amp_why *why);
/* false: the asker has none of this id. */
bool amp_webhook_there(const struct amp_server *server, struct amp_str id, uint32_t agency);
AMP_MUST amp_err amp_webhook_remove(struct amp_server *server, struct amp_job *job,
                                    struct amp_str id);
void amp_webhook_retry(struct amp_server *server, struct amp_str id); /* all that is aside */
/* The values of "webhooks" and "dead": arrays. */
void amp_webhooks_write(const struct amp_server *server, uint32_t agency, struct amp_json *js);
void amp_webhook_dead_write(const struct amp_server *server, struct amp_str id,
                            struct amp_json *js);

#endif
