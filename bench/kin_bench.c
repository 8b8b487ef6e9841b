/*
 * Likelihoods of a pedigree of 12 persons at 35 markers, for each mutation model.
 *
 * The persons and genotypes are those of expected/kin_ped_*; frequencies are Norwegian. Time is CPU
 * time of this process: the least of several runs, matrices made anew in each.
 */
#include "base/csv.h"
#include "base/testdata.h"
#include "dna/kin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MARKERS = 64,
    PERSONS = 12,
    RUNS = 15,
    FILE_MAX = 1 << 22
};

struct data {
    struct amp_arena arena;
    struct amp_kin_person person[PERSONS];
    struct amp_kin_marker marker[MARKERS];
    struct amp_kin_genotype genotype[MARKERS][PERSONS];
    size_t marker_n;
};

static struct amp_str file_read(struct data *d, const char *rel)
{
    const char *path = amp_testdata(rel);
    FILE *file = path ? fopen(path, "r") : NULL;
    char *text = amp_arena_alloc(&d->arena, FILE_MAX);
    if (!file || !text) {
        (void)fprintf(stderr, "kin_bench: no test data %s\n", rel);
        exit(0);
    }
    const size_t len = fread(text, 1, FILE_MAX, file);
    (void)fclose(file);
    return (struct amp_str){text, len};
}

static void people_read(struct data *d)
{
    struct amp_str rest = file_read(d, "dna/expected/kin_ped_structure.txt");
    struct amp_str line;
    rest = amp_str_cut(rest, '\n', &line);
    for (size_t i = 0; i < PERSONS; i++) {
        int row = 0, id = 0, fid = 0, mid = 0, sex = 0;
        if (sscanf(rest.ptr, "%d %d %d %d %d", &row, &id, &fid, &mid, &sex) != 5) {
            exit(1);
        }
        d->person[i] = (struct amp_kin_person){.name = AMP_STR("person"),
                                               .father = fid - 1,
                                               .mother = mid - 1,
                                               .twin = -1,
                                               .sex = sex == 1 ? AMP_KIN_MALE : AMP_KIN_FEMALE};
        rest = amp_str_cut(rest, '\n', &line);
    }
}

static void markers_read(struct data *d)
{
    struct amp_csv csv = amp_csv_make(file_read(d, "dna/freqs/NorwegianFrequencies.csv"));
    bool end = false;
    struct amp_kin_marker *marker = NULL;
    struct amp_str *names = NULL;
    double *freqs = NULL;
    if (amp_csv_next(&csv, &d->arena, &end, NULL)) {
        exit(1);
    }
    while (!amp_csv_next(&csv, &d->arena, &end, NULL) && !end) {
        if (!marker || !amp_str_eq(marker->name, csv.field[0])) {
            marker = &d->marker[d->marker_n++];
            names = amp_arena_array(&d->arena, AMP_KIN_ALLELES, sizeof *names);
            freqs = amp_arena_array(&d->arena, AMP_KIN_ALLELES, sizeof *freqs);
            *marker = (struct amp_kin_marker){
                .name = csv.field[0], .allele = names, .freq = freqs, .silent = -1};
        }
        names[marker->allele_n] = csv.field[1];
        if (amp_str_double(csv.field[2], &freqs[marker->allele_n++])) {
            exit(1);
        }
    }
}

static int32_t allele_find(const struct amp_kin_marker *marker, struct amp_str name)
{
    for (size_t i = 0; i < marker->allele_n; i++) {
        if (amp_str_eq(marker->allele[i], name)) {
            return (int32_t)i;
        }
    }
    return -1;
}

static void genotypes_read(struct data *d)
{
    struct amp_csv csv = amp_csv_make(file_read(d, "dna/expected/kin_ped_genotypes.csv"));
    bool end = false;
    if (amp_csv_next(&csv, &d->arena, &end, NULL)) {
        exit(1);
    }
    for (size_t i = 0; i < PERSONS; i++) {
        if (amp_csv_next(&csv, &d->arena, &end, NULL) || csv.field_n != d->marker_n + 1) {
            exit(1);
        }
        for (size_t m = 0; m < d->marker_n; m++) {
            struct amp_str first;
            const struct amp_str second = amp_str_cut(csv.field[m + 1], '/', &first);
            d->genotype[m][i] = (struct amp_kin_genotype){allele_find(&d->marker[m], first),
                                                          allele_find(&d->marker[m], second)};
        }
    }
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double loglik_all(struct data *d, enum amp_kin_mutation_model model, double rate)
{
    double sum = 0;
    struct amp_arena arena = amp_arena_make(1 << 28);
    for (size_t m = 0; m < d->marker_n; m++) {
        struct amp_kin_marker marker = d->marker[m];
        struct amp_why why = {""};
        double loglik = 0;
        marker.male = marker.female =
            (struct amp_kin_mutation){.model = model, .rate = rate, .rate2 = 1e-6, .range = .1};
        const struct amp_kin_pedigree pedigree = {PERSONS, d->person};
        amp_err err = amp_kin_mutation_make(&marker.male, &marker, &arena, &why);
        err = err ? err : amp_kin_mutation_make(&marker.female, &marker, &arena, &why);
        err = err ? err
                  : amp_kin_loglik(&pedigree, &marker, d->genotype[m], AMP_KIN_MUTATE, &arena,
                                   &loglik, &why);
        if (err) {
            (void)fprintf(stderr, "kin_bench: %s\n", why.text);
            exit(1);
        }
        sum += loglik;
        amp_arena_reset(&arena);
    }
    amp_arena_drop(&arena);
    return sum;
}

int main(void)
{
    static const struct {
        const char *name;
        enum amp_kin_mutation_model model;
        double rival_s;
    } rows[] = {{"none", AMP_KIN_NONE, .0097},
                {"equal", AMP_KIN_EQUAL, .013},
                {"proportional", AMP_KIN_PROPORTIONAL, .013},
                {"stepwise", AMP_KIN_STEPWISE, 5.1}};
    static struct data d;
    d.arena = amp_arena_make(1 << 28);
    people_read(&d);
    markers_read(&d);
    genotypes_read(&d);
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        double best = 1e9, loglik = 0;
        for (size_t run = 0; run < RUNS; run++) {
            const double start = seconds();
            loglik = loglik_all(&d, rows[r].model, .001);
            const double took = seconds() - start;
            best = took < best ? took : best;
        }
        (void)printf("%-13s %zu markers, 12 persons: ln L %.10f, %.5f s (pedprobr %.4f s, bar "
                     "0.02 s)\n",
                     rows[r].name, d.marker_n, loglik, best, rows[r].rival_s);
    }
    amp_arena_drop(&d.arena);
    return 0;
}
