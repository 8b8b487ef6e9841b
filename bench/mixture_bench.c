/* One evaluation of a mixture's likelihood, in CPU time, against its bars and its slow twin. */
#include "base/testdata.h"
#include "dna/dump.h"
#include "dna/mixture_slow.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BATCHES = 7, /* the fastest counts: others use this machine too */
    ARENA = 1 << 26
};
static const double batch_s = 0.15;

struct bench_case {
    const char *what;
    const char *dump;
    size_t known_n;       /* the first so many stay known */
    size_t contributor_n; /* of them all */
    int stutter;          /* at most */
    double bar_ms;        /* of a value; 0 none */
    double bar_gradient_ms;
    bool twin; /* the slow twin can be waited for */
};

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool dump_load(const char *name, struct amp_arena *arena, struct amp_dna_dump *out)
{
    char rel[64];
    struct amp_why why = {""};
    (void)snprintf(rel, sizeof rel, "dna/vectors/%s", name);
    const char *path = amp_testdata(rel);
    FILE *file = path ? fopen(path, "rb") : NULL;
    if (!file) {
        return false;
    }
    char *text = amp_arena_alloc(arena, 1 << 20);
    size_t len = text ? fread(text, 1, 1 << 20, file) : 0;
    (void)fclose(file);
    amp_err err = amp_dna_dump_read((struct amp_str){text, len}, arena, out, &why);
    if (err) {
        fprintf(stderr, "%s: %s\n", name, why.text);
    }
    return err == AMP_OK;
}

/* Fewer known, other numbers of contributors, less stutter. */
static void dump_turn(struct amp_dna_dump *dump, const struct bench_case *which,
                      struct amp_arena *arena)
{
    struct amp_mix *mix = &dump->mix;
    struct amp_mix_marker *marker = amp_arena_array(arena, mix->marker_n, sizeof *marker);
    size_t n = which->contributor_n;
    if (!marker) {
        exit(1);
    }
    for (size_t m = 0; m < mix->marker_n; m++) {
        uint8_t *copies = amp_arena_array(arena, n, mix->marker[m].allele_n);
        marker[m] = mix->marker[m];
        size_t kept = n < mix->contributor_n ? n : mix->contributor_n;
        if (!copies) {
            exit(1);
        }
        memcpy(copies, marker[m].copies, kept * marker[m].allele_n);
        marker[m].copies = copies;
        marker[m].known &= (UINT32_C(1) << which->known_n) - 1;
        marker[m].stutter = marker[m].stutter < which->stutter ? marker[m].stutter : which->stutter;
    }
    if (n > mix->contributor_n) {
        for (size_t k = 0; k < n; k++) {
            dump->params.share[k] = (double)(k + 1) / (double)(n * (n + 1) / 2);
        }
    }
    mix->marker = marker;
    mix->contributor_n = n;
    mix->back = mix->back && which->stutter > 0;
    mix->forward = mix->forward && which->stutter > 1;
}

static double evaluation_ms(const struct amp_dna_dump *dump, struct amp_mix_work *work,
                            struct amp_mix_value *value)
{
    double best = INFINITY;
    for (int batch = 0; batch < BATCHES; batch++) {
        double from = cpu_s();
        int n = 0;
        do {
            if (amp_mix_loglik(&dump->mix, &dump->params, work, value)) {
                exit(1);
            }
            n++;
        } while (cpu_s() - from < batch_s);
        best = fmin(best, (cpu_s() - from) / n * 1e3);
    }
    return best;
}

static double twin_ms(const struct amp_dna_dump *dump, double loglik)
{
    double from = cpu_s();
    double sum = 0;
    for (size_t m = 0; m < dump->mix.marker_n; m++) {
        sum += amp_mix_slow(&dump->mix, &dump->params, m);
    }
    if (fabs(sum - loglik) > 1e-7) {
        fprintf(stderr, "the slow twin differs: %.10f, slowly %.10f\n", loglik, sum);
        exit(1);
    }
    return (cpu_s() - from) * 1e3;
}

static void bar_print(double ms, double bar)
{
    if (bar > 0) {
        printf(" %9.3f (bar %g%s)", ms, bar, ms <= bar ? "" : ", MISSED");
    } else {
        printf(" %9.3f          ", ms);
    }
}

static void case_run(const struct bench_case *which)
{
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_dump dump;
    struct amp_mix_work *work = NULL;
    struct amp_mix_params gradient;
    struct amp_mix_value value = {.marker = NULL};
    struct amp_mix_value with_gradient = {.gradient = &gradient};
    if (!dump_load(which->dump, &arena, &dump)) {
        printf("%-44s no data\n", which->what);
        amp_arena_drop(&arena);
        return;
    }
    dump_turn(&dump, which, &arena);
    double from = cpu_s();
    if (amp_mix_work_create(&dump.mix, &work)) {
        exit(1);
    }
    double create_ms = (cpu_s() - from) * 1e3;
    double ms = evaluation_ms(&dump, work, &value);
    double gradient_ms = evaluation_ms(&dump, work, &with_gradient);
    printf("%-44s", which->what);
    bar_print(ms, which->bar_ms);
    bar_print(gradient_ms, which->bar_gradient_ms);
    printf(" %8.2f", create_ms);
    if (which->twin) {
        double slow_ms = twin_ms(&dump, value.loglik);
        printf(" %10.1f %8.0fx", slow_ms, slow_ms / ms);
    }
    printf("\n");
    fflush(stdout);
    amp_mix_work_destroy(work);
    amp_arena_drop(&arena);
}

static const struct bench_case cases[] = {
    {"GlobalFiler 4 known, both stutters", "gf_4K.dump", 4, 4, 2, 0, 0, true},
    {"GlobalFiler 3 known + 1 unknown, both", "gf_3K1U.dump", 3, 4, 2, 0.2, 0, true},
    {"GlobalFiler 2 known + 2 unknown, both", "gf_3K1U.dump", 2, 4, 2, 0, 0, true},
    {"GlobalFiler 1 known + 3 unknown, both", "gf_3K1U.dump", 1, 4, 2, 0, 0, false},
    {"GlobalFiler 4 unknown, both", "gf_3K1U.dump", 0, 4, 2, 0, 0, false},
    {"ESX17 1 known + 2 unknown, back", "esx3_1K2U.dump", 1, 3, 1, 0, 0, true},
    {"ESX17 3 unknown, back", "esx3_1K2U.dump", 0, 3, 1, 0, 0, false},
    {"ESX17 3 replicates, 1 known + 2 unknown, both", "lt_3reps_1K2U.dump", 1, 3, 2, 0, 0, true},
    {"PROVEDIt 1 known + 3 unknown, no stutter", "prov4_Hp.dump", 1, 4, 0, 0, 0, true},
    {"PROVEDIt 4 unknown, no stutter", "prov4_Hp.dump", 0, 4, 0, 0, 3, false},
    {"PROVEDIt 5 unknown, no stutter", "prov4_Hp.dump", 0, 5, 0, 0, 20, false},
    {"PROVEDIt 6 unknown, no stutter", "prov4_Hp.dump", 0, 6, 0, 0, 0, false},
};

int main(void)
{
    printf("%-44s %29s %29s %8s %10s\n", "one evaluation, all markers, CPU ms", "value",
           "with gradient", "plan", "slow twin");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        case_run(&cases[i]);
    }
    return 0;
}
