/*
 * Feeds of alerts: addresses that are asked again and again for CAP, EDXL-DE, or a list of alerts.
 *
 * The settings are lines "name = value"; # begins a comment:
 *   feed = met            begins one; its name is the source of its alerts
 *   url = https://...     one alert or envelope, or an Atom or RSS list of them
 *   every = 120           seconds from one time to the next: 30 to 86400 (120)
 *   token = ...           sent as Bearer, to the host of the url alone; may be left out
 *   also = https://...    another host that the alerts of its list may lie at; four at the most
 *   sender = desk         begins one that is not asked: an account that sends alerts
 *   key = NAME FILE       of either: a certificate or public key (PEM) that signs its alerts
 *   ca = NAME FILE        of either: an authority (PEM) that says by certificates who signs them
 *   signer = KIND NAME    of the last ca: who (alert_chain.h); has to be said
 *   signed = required     of either: what is not validly signed is refused (checked: only said)
 *
 * Asked with the ETag of the last time; after a failure at growing distances. Of a list, what is
 * new is fetched from the list's own host, those of `also`, and from nowhere else. An answer has at
 * most AMP_OUTBOUND_WHOLE bytes; a longer one is passed over, and said. On the core's thread.
 */
#ifndef AMP_SERVER_FEEDS_H
#define AMP_SERVER_FEEDS_H

#include "base/str.h"
#include "model/event.h"
#include "server/alert_sign.h"

enum {
    AMP_FEEDS_MAX = 16,     /* and senders */
    AMP_FEED_SETTING = 512, /* bytes of one value, and the end */
    AMP_FEED_ALSO = 4,
    AMP_FEED_WAITING = 256, /* alerts that are to be fetched; more wait for the next time */
    AMP_FEED_SEEN = 4096    /* entries that are remembered as fetched */
};

struct amp_feed_setting {
    char name[AMP_WORD_MAX + 1];
    char url[AMP_FEED_SETTING], token[AMP_FEED_SETTING];
    char also[AMP_FEED_ALSO][AMP_FEED_SETTING];
    size_t also_n;
    int64_t every_s;
    bool sender; /* is not asked */
    struct amp_sign_rule sign;
};
struct amp_feeds {
    struct amp_feed_setting feed[AMP_FEEDS_MAX];
    size_t n;
};

AMP_MUST amp_err amp_feeds_read(struct amp_str text, struct amp_feeds *out, struct amp_why *why);
void amp_feeds_free(struct amp_feeds *feeds); /* accepts zeroes */
/* The rule for what an account sends; NULL without one, also for NULL. */
const struct amp_sign_rule *amp_feeds_sender(const struct amp_feeds *feeds, struct amp_str name);
/* Of the same scheme, host and port. */
bool amp_feed_same_host(struct amp_str a, struct amp_str b);

struct amp_server;
struct amp_feeding;

AMP_MUST amp_err amp_feeding_start(struct amp_server *server);
void amp_feeding_close(struct amp_feeding *feeding); /* accepts NULL */
void amp_feeding_tick(struct amp_server *server);

#endif
