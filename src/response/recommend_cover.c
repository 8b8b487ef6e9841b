/* What a recommendation costs in coverage, need by need. */
#include "response/coverage.h"
#include "response/recommend.h"
#include <assert.h>

/* The sets of those who could serve the need; place[i] is the place of candidate i among them. */
static size_t sets_gather(const struct amp_question *question,
                          const struct amp_recommend_cells *cells, size_t need,
                          const uint64_t **set, size_t *place)
{
    size_t n = 0;
    for (size_t i = 0; i < question->candidate_n; i++) {
        if (cells->reach[i] && (question->candidate[i].needs >> need & 1)) {
            place[i] = n;
            set[n++] = cells->reach[i];
        }
    }
    return n;
}

amp_err amp_recommend_cover(const struct amp_question *question,
                            const struct amp_recommend_cells *cells, struct amp_arena *arena,
                            struct amp_advice *advice, size_t advice_n)
{
    const uint64_t **set = amp_arena_array(arena, question->candidate_n + 1, sizeof *set);
    size_t *place = amp_arena_array(arena, question->candidate_n + 1, sizeof *place);
    if (!set || !place) {
        return AMP_E_NOMEM;
    }
    for (size_t a = 0; a < advice_n; a++) {
        size_t need = (size_t)(advice[a].need - question->need);
        struct amp_coverage found;
        struct amp_coverage_ask ask = {.demand = cells->demand, .cell_n = cells->cell_n};
        if (advice[a].missing == 0) {
            continue;
        }
        ask.crew_n = sets_gather(question, cells, need, set, place);
        ask.reach = set;
        amp_err err = amp_coverage_find(&ask, arena, &found);
        if (err) {
            return err;
        }
        advice[a].cover = amp_coverage_share(&found);
        advice[a].cover_minutes = cells->minutes;
        for (size_t i = 0; i < advice[a].ranked_n; i++) {
            struct amp_ranked *ranked = &advice[a].ranked[i];
            size_t who = (size_t)(ranked->who - question->candidate);
            assert(who < question->candidate_n);
            ranked->cover_without =
                cells->reach[who] ? amp_coverage_without(&found, place[who]) : advice[a].cover;
        }
    }
    return AMP_OK;
}
