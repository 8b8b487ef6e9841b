/* Any bytes as people.tsv, markers.tsv and mutation.txt, cut at the bytes 1F; small problems are
 * solved. */
#include "dna/dvi.h"

#include <assert.h>
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    VICTIMS = 4, /* more would only be slow */
    MISSING = 4,
    MARKERS = 3,
    ALLELES = 6,
    PERSONS = 6
};

static bool is_small(const struct amp_dvi *dvi)
{
    bool small = dvi->victim_n <= VICTIMS && dvi->missing_n <= MISSING && dvi->marker_n <= MARKERS;
    for (size_t m = 0; m < dvi->marker_n && small; m++) {
        small = dvi->marker[m].allele_n <= ALLELES;
    }
    for (size_t f = 0; f < dvi->family_n && small; f++) {
        small = dvi->family[f].pedigree.person_n <= PERSONS;
    }
    return small;
}

static void solve(const struct amp_dvi *dvi, struct amp_arena *arena)
{
    struct amp_why why;
    struct amp_dvi merged;
    struct amp_dvi_merged groups;
    struct amp_dvi_pairs pairs;
    struct amp_dvi_solution solution;
    struct amp_dvi_joint joint;
    struct amp_dvi_settings settings = amp_dvi_settings_usual();
    settings.merge = AMP_DVI_MERGE_DROP_OUT;
    settings.sample_n = 100;
    if (amp_dvi_merge(dvi, &settings, arena, &merged, &groups, &why) ||
        amp_dvi_pairwise(&merged, &settings, arena, &pairs, &why) ||
        amp_dvi_solve(&merged, &pairs, &settings, arena, &solution, &why) ||
        amp_dvi_joint(&merged, &pairs, &settings, arena, &joint, &why)) {
        return;
    }
    assert(joint.best_n > 0 && isfinite(joint.log_sum));
    double sum = 0;
    for (size_t i = 0; i < joint.marginal_n; i++) {
        sum += joint.marginal[i].probability;
    }
    assert(fabs(sum - (double)merged.victim_n) < 1e-9 * (double)merged.victim_n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str rest = {(const char *)data, size};
    struct amp_dvi_files files = {.people_name = "people.tsv",
                                  .markers_name = "markers.tsv",
                                  .mutation_name = "mutation.txt"};
    struct amp_arena arena = amp_arena_make(1 << 26);
    struct amp_dvi dvi;
    struct amp_why why;
    rest = amp_str_cut(rest, 0x1F, &files.people);
    files.mutation = amp_str_cut(rest, 0x1F, &files.markers);
    if (amp_dvi_read(&files, &arena, &dvi, &why) == AMP_OK) {
        assert(dvi.victim_n > 0 && dvi.missing_n > 0 && dvi.marker_n > 0);
        if (is_small(&dvi)) {
            solve(&dvi, &arena);
        }
    }
    amp_arena_drop(&arena);
    return 0;
}
