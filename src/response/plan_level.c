/* Levels of alarm: what the plan of a type needs at each, and what a further alarm adds. */
#include "model/state.h"
#include "response/match.h"
#include "response/plan.h"
#include <assert.h>

/* Where a fire engine goes, a further alarm means the same again: the fire has outgrown it. */
static bool fights_fire(const struct amp_plan *plan)
{
    for (size_t i = 0; i < plan->need_n; i++) {
        const struct amp_words *all = &plan->need[i].all;
        for (size_t k = 0; k < all->n; k++) {
            if (amp_str_is(all->word[k], "fire-engine")) {
                return true;
            }
        }
    }
    return false;
}

const struct amp_need *amp_plan_adds(const struct amp_plan *plan, int level, size_t *n)
{
    assert(level > 1 && level <= AMP_LEVEL_MAX);
    int named = level < plan->levels ? level : plan->levels;
    size_t from = plan->level_end[named - 1];
    *n = plan->level_end[named] - from;
    if (named == 1 && !fights_fire(plan)) {
        *n = 0;
    }
    return plan->need + from;
}

/* The same capabilities, in any order: none is in a need twice. */
static bool same_need(const struct amp_need *a, const struct amp_need *b)
{
    return a->all.n == b->all.n && amp_need_met_by(a, &b->all);
}

size_t amp_plan_needs(const struct amp_plan *plan, int level, struct amp_need out[AMP_NEEDS_MAX])
{
    size_t out_n = plan->need_n;
    assert(level >= 1 && level <= AMP_LEVEL_MAX);
    for (size_t i = 0; i < out_n; i++) {
        out[i] = plan->need[i];
    }
    for (int l = 2; l <= level; l++) {
        size_t n = 0;
        const struct amp_need *adds = amp_plan_adds(plan, l, &n);
        for (size_t i = 0; i < n; i++) {
            size_t at = 0;
            while (at < out_n && !same_need(&out[at], &adds[i])) {
                at++;
            }
            if (at == out_n) {
                assert(out_n < AMP_NEEDS_MAX); /* a row has no more needs than that */
                out[out_n++] = (struct amp_need){.all = adds[i].all};
            }
            out[at].count += adds[i].count;
            out[at].count = out[at].count < AMP_SLOTS_MAX ? out[at].count : AMP_SLOTS_MAX;
        }
    }
    return out_n;
}
