/* Coverage by sets of cells: somebody, two or more, nobody else. */
#include "response/coverage.h"
#include <assert.h>

enum {
    WORD_BITS = 64
};

size_t amp_coverage_words(size_t cell_n)
{
    return (cell_n + WORD_BITS - 1) / WORD_BITS;
}

/* The demand of the cells of a word that are in `bits`. */
static uint64_t word_demand(const struct amp_coverage_ask *ask, size_t word, uint64_t bits)
{
    const uint32_t *demand = &ask->demand[word * WORD_BITS];
    uint64_t sum = 0;
    for (; bits; bits &= bits - 1) {
        sum += demand[__builtin_ctzll(bits)];
    }
    return sum;
}

static void crews_join(const struct amp_coverage_ask *ask, size_t words, struct amp_coverage *out)
{
    for (size_t c = 0; c < ask->crew_n; c++) {
        for (size_t w = 0; w < words; w++) {
            uint64_t reach = ask->reach[c][w];
            out->twice[w] |= out->once[w] & reach;
            out->once[w] |= reach;
        }
    }
}

amp_err amp_coverage_find(const struct amp_coverage_ask *ask, struct amp_arena *arena,
                          struct amp_coverage *out)
{
    size_t words = amp_coverage_words(ask->cell_n);
    struct amp_coverage found = {.alone =
                                     amp_arena_array(arena, ask->crew_n + 1, sizeof *found.alone),
                                 .once = amp_arena_array(arena, words + 1, sizeof *found.once),
                                 .twice = amp_arena_array(arena, words + 1, sizeof *found.twice)};
    if (!found.alone || !found.once || !found.twice) {
        return AMP_E_NOMEM;
    }
    crews_join(ask, words, &found);
    for (size_t i = 0; i < ask->cell_n; i++) {
        found.demand += ask->demand[i];
    }
    for (size_t w = 0; w < words; w++) {
        found.covered += word_demand(ask, w, found.once[w]);
    }
    for (size_t c = 0; c < ask->crew_n; c++) {
        for (size_t w = 0; w < words; w++) {
            found.alone[c] += word_demand(ask, w, ask->reach[c][w] & ~found.twice[w]);
        }
    }
    *out = found;
    return AMP_OK;
}

double amp_coverage_share(const struct amp_coverage *coverage)
{
    return coverage->demand ? (double)coverage->covered / (double)coverage->demand : 0;
}

double amp_coverage_without(const struct amp_coverage *coverage, size_t crew)
{
    assert(coverage->alone[crew] <= coverage->covered);
    uint64_t left = coverage->covered - coverage->alone[crew];
    return coverage->demand ? (double)left / (double)coverage->demand : 0;
}

unsigned amp_coverage_depth(const struct amp_coverage_ask *ask, size_t cell)
{
    unsigned depth = 0;
    assert(cell < ask->cell_n);
    for (size_t c = 0; c < ask->crew_n; c++) {
        depth += ask->reach[c][cell / WORD_BITS] >> (cell % WORD_BITS) & 1;
    }
    return depth;
}
