/*
 * MESSAGE out of a dialog: a sensor, a car or a text speaks, and nobody is on the line.
 *
 * Sources: RFC 8876 (CAP in a MESSAGE; 425 and AlertMsg-Error), RFC 3428 (MESSAGE), RFC 3261
 * section 17.2.2 (what comes again is answered the same). Limits and reading are intake/sip.h's.
 *
 * It becomes a call that is over at once: the server hears that it rings, with all that it says,
 * and that it ended, with the reason AMP_SIP_NO_VOICE, which the desk shows. 200 says that all this
 * is in the record.
 *
 * An Update, Cancel or other word about an alert goes to the call of that alert, by `ref` and by
 * the names that this process has heard; so does the same alert once more, and what the same number
 * writes within AMP_SIP_TEXTS_S. The server makes a note of its words. If the matter is closed or
 * was never known, an Update opens a call and a Cancel does not: there is nothing to cancel. One
 * thread.
 */
#ifndef AMP_CLI_SIP_MESSAGE_H
#define AMP_CLI_SIP_MESSAGE_H

#include "cli/sip_link.h"
#include "intake/sip.h"

enum {
    AMP_SIP_MESSAGES_MAX = 500, /* known at a time, those just answered among them; then 503 */
    AMP_SIP_CHAIN_MAX = 1024,   /* names that lead to a call; the oldest are forgotten */
    AMP_SIP_CHAIN_NAMES = 8,    /* of those that one alert refers to */
    AMP_SIP_TEXTS_S = 1800
};

#define AMP_SIP_MESSAGE_IDS 0x80000000U /* ids of the link from here on are of messages */
#define AMP_SIP_NO_VOICE    "no-voice"  /* the console has words for it */

struct sip;
struct sip_msg;
struct amp_sip_messages;

/* NULL when memory is short. sip and door are borrowed. */
struct amp_sip_messages *amp_sip_messages_create(struct sip *sip, const struct amp_sip_door *door);
void amp_sip_messages_destroy(struct amp_sip_messages *messages); /* accepts NULL */
/* A MESSAGE with what was read of it, or why it cannot be read; answers it, now or later. */
void amp_sip_messages_request(struct amp_sip_messages *messages, const struct sip_msg *msg,
                              const struct amp_sip_call *in, amp_err err,
                              const struct amp_why *why);
/* An answer of the carrier; passes over those that are not of a message. */
void amp_sip_messages_carried(struct amp_sip_messages *messages,
                              const struct amp_sip_link_head *head, struct amp_str body);

#endif
