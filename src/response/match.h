/*
 * Which crew serves which need: a crew serves one need only, a need takes `count` crews.
 *
 * Crews are added one after the other; one that fits only after others changed their needs makes
 * them change (an augmenting path), so as many crews find a need as possible. Added in the order of
 * their arrival, the crews that found a need are the earliest possible set (a greedy choice is
 * optimal here: the sets of crews that can be matched form a matroid).
 */
#ifndef AMP_RESPONSE_MATCH_H
#define AMP_RESPONSE_MATCH_H

#include "response/plan.h"

enum {
    AMP_MATCH_MAX = 256
}; /* crews that one incident can want and be shown */

struct amp_match {
    size_t need_n;
    int room[AMP_NEEDS_MAX]; /* crews still wanted */
    struct {
        uint64_t needs; /* bit i: it could serve need i */
        size_t tag;     /* the caller's name for it */
        size_t need;    /* what it serves */
    } crew[AMP_MATCH_MAX];
    size_t crew_n;
};

/* Can this crew serve the need? */
bool amp_need_met_by(const struct amp_need *need, const struct amp_words *capabilities);
/* False if nothing needs it (or there are AMP_MATCH_MAX already). */
bool amp_match_add(struct amp_match *match, uint64_t needs, size_t tag);

#endif
