/* Matching crews to needs by augmenting paths, breadth first over the needs. */
#include "response/match.h"
#include "model/words.h"
#include <assert.h>
#include <string.h>

enum {
    NOBODY = -1
};

bool amp_need_met_by(const struct amp_need *need, const struct amp_words *capabilities)
{
    for (size_t i = 0; i < need->all.n; i++) {
        if (!amp_words_have(capabilities, need->all.word[i])) {
            return false;
        }
    }
    return true;
}

struct walk {
    size_t queue[AMP_NEEDS_MAX];
    size_t queue_n;
    bool seen[AMP_NEEDS_MAX];
    int crew[AMP_NEEDS_MAX]; /* who would come to this need; NOBODY: the new one */
};

static void needs_push(const struct amp_match *match, struct walk *walk, uint64_t needs, int crew)
{
    for (size_t i = 0; i < match->need_n; i++) {
        if ((needs >> i & 1) && !walk->seen[i]) {
            walk->seen[i] = true;
            walk->crew[i] = crew;
            walk->queue[walk->queue_n++] = i;
        }
    }
}

/* Everybody on the way to the free place moves up by one; the new crew takes the first place. */
static void crews_move(struct amp_match *match, const struct walk *walk, size_t need, size_t fresh)
{
    match->room[need]--;
    while (walk->crew[need] != NOBODY) {
        size_t crew = (size_t)walk->crew[need];
        size_t left = match->crew[crew].need;
        match->crew[crew].need = need;
        need = left;
    }
    match->crew[fresh].need = need;
}

bool amp_match_add(struct amp_match *match, uint64_t needs, size_t tag)
{
    assert(match->need_n <= AMP_NEEDS_MAX);
    struct walk walk = {0};
    if (match->crew_n == AMP_MATCH_MAX) {
        return false;
    }
    needs_push(match, &walk, needs, NOBODY);
    for (size_t at = 0; at < walk.queue_n; at++) {
        size_t need = walk.queue[at];
        if (match->room[need] > 0) {
            size_t fresh = match->crew_n++;
            match->crew[fresh].needs = needs;
            match->crew[fresh].tag = tag;
            crews_move(match, &walk, need, fresh);
            return true;
        }
        for (size_t i = 0; i < match->crew_n; i++) {
            if (match->crew[i].need == need) {
                needs_push(match, &walk, match->crew[i].needs, (int)i);
            }
        }
    }
    return false;
}
