/*
 * Made-up days for benchmarks: made-up callers, 17 events an incident, 40 crews, from a seed.
 *
 * Each event is applied to the state after `each` has seen it.
 */
#ifndef AMP_BENCH_MADE_H
#define AMP_BENCH_MADE_H

#include "model/state.h"

struct made {
    struct amp_state *state;
    void *ctx;
    void (*each)(void *ctx, const struct amp_event *event); /* may be NULL */
    uint64_t events;
    int64_t now_us;
    uint64_t dice;
};

void made_run(struct made *made, uint64_t events); /* until there are so many, or a few more */

#endif
