/*
 * Calls in the SIP door: dialogs, their transactions, and what the server has to hear of them.
 *
 * Sources: RFC 3261 (UAS: sections 8.2, 9.2, 12, 13.3, 15.1, 17.2), RFC 3515 (REFER), RFC 3891
 * (Replaces), RFC 6442 section 4.4 (Geolocation-Error), RFC 3326 (Reason), RFC 8147 and 8148 (crash
 * data in INVITE and INFO, acknowledged where the door answers). A MESSAGE outside of a dialog is
 * sip_message.h's.
 *
 * A test call (RFC 6881, section 15) is answered like a call, with what was heard of its place, as
 * soon as the server has counted it; it opens nothing. Where the door only rings, it gets 404.
 *
 * One INVITE is one call however often it comes. The door keeps no telephone system waiting for the
 * server but where the answer says that a call is recorded: the answers to CANCEL, BYE and the rest
 * leave at once. A call is the server's by its `ref`, so what comes after a restart of the door
 * still finds it. Only one report of a call is under way at a time, so that none overtakes another.
 * One thread.
 */
#ifndef AMP_CLI_SIP_CALLS_H
#define AMP_CLI_SIP_CALLS_H

#include "cli/sip_link.h"

enum {
    AMP_SIP_CALLS_MAX = 2000, /* at a time; more are answered with 486 */
    AMP_SIP_TESTS_MAX = 20,   /* test calls at a time; more are answered with 486 */
    AMP_SIP_RING_S = 300,     /* then nobody answers any more */
    AMP_SIP_KEEP_S = 64,      /* a call that is over is known for its late messages */
    AMP_SIP_TALK_S = 43200    /* a call of which nothing is heard is not waited for longer */
};

struct sip;
struct sip_msg;
struct amp_sip_calls;

/* NULL when memory is short. sip and door are borrowed. */
struct amp_sip_calls *amp_sip_calls_create(struct sip *sip, const struct amp_sip_door *door);
void amp_sip_calls_destroy(struct amp_sip_calls *calls); /* accepts NULL */
/* A request of any method; answers it, now or later. */
void amp_sip_calls_request(struct amp_sip_calls *calls, const struct sip_msg *msg);
/* An answer to what the door asked: to an INFO that acknowledges. */
void amp_sip_calls_answered(struct amp_sip_calls *calls, const struct sip_msg *msg);
/* An answer of the carrier. */
void amp_sip_calls_carried(struct amp_sip_calls *calls, const struct amp_sip_link_head *head,
                           struct amp_str body);

#endif
