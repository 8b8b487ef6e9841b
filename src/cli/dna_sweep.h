/*
 * All items of one named case against all its references.
 *
 * It compares named items with the references of their own case and has no way to search a
 * population (docs/rights.md): the number of persons has a limit.
 *
 * The output file is JSON, a line each: the head (case, settings, hashes of the inputs, items,
 * persons), then one comparison a line in the order item, person, whatever the number of threads.
 * Lines are only ever appended. A file that ends early, even within a line, is gone on with;
 * a head that differs is refused.
 */
#ifndef AMP_CLI_DNA_SWEEP_H
#define AMP_CLI_DNA_SWEEP_H

#include "cli/dna_weigh.h"
#include <stdio.h>

enum {
    AMP_SWEEP_PERSONS = 256,
    AMP_SWEEP_ITEMS = 10000,
    AMP_SWEEP_LINE = 1 << 16 /* bytes of one result */
};

struct amp_sweep {
    const struct amp_cli_dna_case *of;
    struct amp_cli_dna_samples items, persons, known; /* known: in every item */
    size_t contributor_n;                             /* 0: each item's least by its alleles */
    double screen_lr; /* a full comparison only above both; -INFINITY: always */
    double screen_mac;
};

/* One comparison as told, and its line. */
struct amp_sweep_result {
    size_t contributor_n;
    size_t marker_n,
        typed_n; /* of the item that can be used, and those at which the person is typed */
    double mac;  /* share of the person's alleles that were seen */
    double qualitative, log10_lr, log10_upper; /* NAN where not computed */
    bool screened;                             /* the full comparison was left out */
    struct amp_str line;                       /* JSON, without a line end */
};

/* Compares item i / persons.n with person i % persons.n. The line is in the arena. A pair that
 * cannot be compared gives a line that says why; only AMP_E_NOMEM and the like are errors. */
AMP_MUST amp_err amp_sweep_pair(const struct amp_sweep *sweep, size_t i, struct amp_arena *arena,
                                struct amp_sweep_result *out, struct amp_why *why);
/* From a line that amp_sweep_pair made. */
AMP_MUST amp_err amp_sweep_result_read(struct amp_str line, struct amp_sweep_result *out,
                                       struct amp_why *why);

/* The head of the file. */
AMP_MUST amp_err amp_sweep_head(const struct amp_sweep *sweep, struct amp_str case_name,
                                struct amp_arena *arena, struct amp_str *out);

/* Opens or makes the file, checks its head, cuts a torn last line, and gives the results that are
 * there. The caller closes *file, which stands at its end. */
AMP_MUST amp_err amp_sweep_open(const char *path, struct amp_str head, size_t total,
                                struct amp_arena *arena, FILE **file,
                                struct amp_sweep_result *result, size_t *done, struct amp_why *why);

#endif
