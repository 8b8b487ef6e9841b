/* Which pages may talk to this server: the Host and the Origin, before anybody is asked who he is.
 */
#ifndef AMP_SERVER_GUARD_H
#define AMP_SERVER_GUARD_H

#include "base/str.h"

bool amp_guard_is_loopback(struct amp_str addr); /* an address or a name */

struct amp_guard {                     /* what a request says of itself */
    struct amp_str host, origin, site; /* Host, Origin, Sec-Fetch-Site; empty when absent */
    bool changes;                      /* its route needs more than reading */
};
/* addr is what the server listens on. Without accounts (a demo) a name in Host is only believed if
 * it is loopback's or addr: a page elsewhere cannot make its own name point here (DNS rebinding).
 * With accounts it has no session under its name, so any name is one. A write with an Origin must
 * come from this very host. AMP_E_FORBIDDEN with a sentence. */
AMP_MUST amp_err amp_guard_check(const struct amp_guard *guard, struct amp_str addr, bool accounts,
                                 struct amp_why *why);

#endif
