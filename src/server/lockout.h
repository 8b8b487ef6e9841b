/*
 * Who guesses passwords waits: longer with each failure.
 *
 * The first four failures of a key (an account, an address) are free: people mistype. The fifth
 * locks it for 2 seconds, each further one for twice as long, at most 15 minutes; a success clears
 * it, and so does a day without a failure. While it is locked the caller does not even look at the
 * password. Pure; one thread. The table is bounded, and who has been locked is forgotten only for
 * others who have been: naming many accounts once does not free one. Source: OWASP ASVS 5.0
 * section 6.3 and NIST SP 800-63B section 5.2.2, which ask for a limit and leave the curve to us.
 */
#ifndef AMP_SERVER_LOCKOUT_H
#define AMP_SERVER_LOCKOUT_H

#include "server/keyed.h"

enum {
    AMP_LOCKOUT_FREE = 4,
    AMP_LOCKOUT_MAX_S = 900,
    AMP_LOCKOUT_FORGET_S = 86400
};

struct amp_lockout;

AMP_MUST amp_err amp_lockout_create(size_t keys, struct amp_lockout **out);
void amp_lockout_destroy(struct amp_lockout *lockout); /* accepts NULL */

/* Microseconds it is still locked; 0: it may try. */
int64_t amp_lockout_left(struct amp_lockout *lockout, uint64_t key, int64_t now_us);
/* A failure; how many microseconds it is locked from now. */
int64_t amp_lockout_failed(struct amp_lockout *lockout, uint64_t key, int64_t now_us);
void amp_lockout_clear(struct amp_lockout *lockout, uint64_t key); /* it got in */

#endif
