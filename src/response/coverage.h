/*
 * Coverage: what share of the demand is within some minutes of a free crew, and what it would be
 * without one of them. Pure.
 *
 * What a crew reaches in time is a set of cells, kept as bits; who moves changes one set. The share
 * without a crew follows from the cells that it alone reaches, so all choices are answered in one
 * pass over the sets. Sums are whole numbers, hence exact and the same in any order.
 */
#ifndef AMP_RESPONSE_COVERAGE_H
#define AMP_RESPONSE_COVERAGE_H

#include "base/arena.h"
#include "base/err.h"

struct amp_coverage_ask {
    const uint32_t *demand; /* of each cell */
    size_t cell_n;
    const uint64_t *const *reach; /* of each crew: amp_coverage_words(cell_n) words, bit by cell */
    size_t crew_n;
};

struct amp_coverage {
    uint64_t demand;  /* of all cells */
    uint64_t covered; /* within reach of one crew or more */
    uint64_t *alone;  /* of each crew: what nobody else reaches */
    uint64_t *once;   /* bits: cells that somebody reaches */
    uint64_t *twice;  /* bits: cells that two or more reach */
};

size_t amp_coverage_words(size_t cell_n);
/* All of *out is in the arena. */
AMP_MUST amp_err amp_coverage_find(const struct amp_coverage_ask *ask, struct amp_arena *arena,
                                   struct amp_coverage *out);
/* 0 to 1; 0 where there is no demand at all. */
double amp_coverage_share(const struct amp_coverage *coverage);
double amp_coverage_without(const struct amp_coverage *coverage, size_t crew);
/* How many of the crews reach a cell. */
unsigned amp_coverage_depth(const struct amp_coverage_ask *ask, size_t cell);

#endif
