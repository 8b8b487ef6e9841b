/*
 * The sources of time for the server: the real clock, and one that a test sets.
 *
 * The rest of the server asks these; folders below it get the time as an argument. Chance is not
 * needed here: ids are numbers in the order of events.
 */
#ifndef AMP_SERVER_CLOCK_H
#define AMP_SERVER_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

struct amp_clock { /* any thread may ask */
    void *ctx;
    int64_t (*now_us)(void *ctx); /* UTC, microseconds since 1970 */
};

struct amp_clock amp_clock_real(void);
/* Goes on while the machine sleeps, and nobody sets it; from where it counts nobody knows. */
struct amp_clock amp_clock_running(void);

struct amp_clock_set { /* for tests: stands still until it is moved */
    _Atomic int64_t us;
};
struct amp_clock amp_clock_settable(struct amp_clock_set *set);

int64_t amp_clock_steady_us(void); /* never jumps; for durations and deadlines */

#endif
