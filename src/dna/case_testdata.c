/* Cases of the data folder, read and built for tests and benchmarks. */
#include "dna/case_testdata.h"
#include "base/testdata.h"

#include <stdio.h>
#include <string.h>

enum {
    TEXT_MAX = 1 << 23,
    ARENA_MAX = 1 << 28
};

static bool file_load(struct amp_arena *arena, const char *rel, struct amp_str *out)
{
    const char *path = amp_testdata(rel);
    FILE *in = path ? fopen(path, "rb") : NULL;
    if (!in) {
        return false;
    }
    char *text = amp_arena_alloc(arena, TEXT_MAX);
    size_t n = text ? fread(text, 1, TEXT_MAX, in) : 0;
    (void)fclose(in);
    *out = (struct amp_str){.ptr = text, .len = n};
    return n > 0 && n < TEXT_MAX;
}

static bool all_read(struct amp_case *of, const char *const path[3], const char *kit)
{
    struct amp_str text[3];
    for (int i = 0; i < 3; i++) {
        if (!file_load(&of->arena, path[i], &text[i])) {
            return false;
        }
    }
    if (amp_dna_profiles_read(text[0], path[0], &of->arena, &of->stain, &of->why) ||
        amp_dna_profiles_read(text[1], path[1], &of->arena, &of->references, &of->why) ||
        amp_dna_freqs_read(text[2], path[2], &of->arena, &of->freqs, &of->why)) {
        return false;
    }
    return !kit || !amp_dna_kit_find(amp_str_of(kit), &of->arena, &of->kit, &of->why);
}

bool amp_case_open(struct amp_case *of, const char *stain, const char *references,
                   const char *freqs, const char *kit)
{
    *of = (struct amp_case){.arena = amp_arena_make(ARENA_MAX)};
    const char *const path[3] = {stain, references, freqs};
    if (!all_read(of, path, kit)) {
        if (of->why.text[0]) {
            (void)fprintf(stderr, "%s\n", of->why.text);
        }
        amp_case_close(of);
        return false;
    }
    size_t n = of->stain.sample_n < AMP_CASE_SAMPLES ? of->stain.sample_n : AMP_CASE_SAMPLES;
    for (size_t i = 0; i < n; i++) {
        of->replicate[i] = &of->stain.sample[i];
    }
    of->input = (struct amp_mix_input){of->replicate, n, &of->references, &of->freqs};
    of->settings = (struct amp_mix_settings){
        .threshold = {.value = 50},
        .drop_in = {.value = 0.05},
        .drop_in_lambda = {.value = 0.01},
        .theta = {.value = 0.01},
        .kit = kit ? &of->kit : NULL,
    };
    return true;
}

void amp_case_close(struct amp_case *of)
{
    amp_arena_drop(&of->arena);
}

static size_t names_cut(const char *list, struct amp_str *out, size_t max)
{
    struct amp_str left = amp_str_of(list);
    size_t n = 0;
    while (left.len > 0 && n < max) {
        left = amp_str_cut(left, ',', &out[n++]);
    }
    return n;
}

amp_err amp_case_mix_related(struct amp_case *of, size_t contributor_n, const char *known,
                             const char *typed, const char *of_whom, enum amp_mix_relation relation,
                             struct amp_mix *out)
{
    struct amp_mix_hypothesis hypothesis = {
        .contributor_n = contributor_n, .related_to = amp_str_of(of_whom), .relation = relation};
    hypothesis.known_n = names_cut(known, hypothesis.known, AMP_MIX_CONTRIBUTORS);
    hypothesis.typed_n = names_cut(typed, hypothesis.typed, AMP_MIX_KNOWN);
    memset(&of->notes, 0, sizeof of->notes);
    amp_err err = amp_mix_build(&of->input, &of->settings, &hypothesis, &of->arena, out, &of->notes,
                                &of->why);
    if (err) {
        (void)fprintf(stderr, "%s\n", of->why.text);
    }
    return err;
}

amp_err amp_case_mix(struct amp_case *of, size_t contributor_n, const char *known,
                     const char *typed, struct amp_mix *out)
{
    return amp_case_mix_related(of, contributor_n, known, typed, NULL, AMP_MIX_UNRELATED, out);
}
