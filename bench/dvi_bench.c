/* Victim identification: the bars of pairwise comparison and of the joint posterior. */
#include "dna/dvi.h"

#include "base/buf.h"
#include "base/chance.h"
#include "base/testdata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MARKERS = 23,
    ALLELES_MOST = 40,
    FILE_MOST = 1 << 20,
    REPEATS = 101
};

/* A made-up disaster: families of one missing person with two typed relatives. */
struct made {
    struct amp_chance chance;
    struct amp_buf people, markers, mutation, victims;
    uint32_t allele_n[MARKERS];
    double freq[MARKERS][ALLELES_MOST];
};

typedef uint32_t profile[MARKERS][2];

static double cpu_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint32_t allele_draw(struct made *made, size_t m)
{
    double at = amp_chance_share(&made->chance);
    uint32_t a = 0;
    while (a + 1 < made->allele_n[m] && at >= made->freq[m][a]) {
        at -= made->freq[m][a++];
    }
    return a;
}

static void founder_draw(struct made *made, profile out)
{
    for (size_t m = 0; m < MARKERS; m++) {
        out[m][0] = allele_draw(made, m);
        out[m][1] = allele_draw(made, m);
    }
}

static void child_draw(struct made *made, profile father, profile mother, profile out)
{
    for (size_t m = 0; m < MARKERS; m++) {
        out[m][0] = father[m][amp_chance_below(&made->chance, 2)];
        out[m][1] = mother[m][amp_chance_below(&made->chance, 2)];
    }
}

static void profile_put(struct amp_buf *out, profile of)
{
    for (size_t m = 0; m < MARKERS; m++) {
        if (of) {
            amp_buf_printf(out, "\t%u/%u", of[m][0] + 5, of[m][1] + 5);
        } else {
            amp_buf_text(out, "\t-/-");
        }
    }
}

static void person_put(struct made *made, size_t family, const char *id, const char *parents,
                       int sex, profile of, bool missing)
{
    amp_buf_printf(&made->people, "family\tF%zu\t%s\t%s\t%d", family, id, parents, sex);
    profile_put(&made->people, of);
    amp_buf_printf(&made->people, "\t%d\n", missing);
}

/* Three kinds in turn: a child of a typed mother and a sibling; a parent with child and spouse; a
 * sibling of two whose parents are not typed. */
static void family_make(struct made *made, size_t f, bool found)
{
    profile father, mother, one, two, missing;
    char name[32];
    int sex = 1 + (int)amp_chance_below(&made->chance, 2);
    founder_draw(made, father);
    founder_draw(made, mother);
    child_draw(made, father, mother, one);
    child_draw(made, father, mother, two);
    child_draw(made, father, mother, missing);
    (void)snprintf(name, sizeof(name), "M%zu", f);
    if (f % 3 == 1) { /* the missing parent */
        sex = 1;
        memcpy(missing, father, sizeof(missing));
        person_put(made, f, name, "0\t0", 1, NULL, true);
        person_put(made, f, "mother", "0\t0", 2, mother, false);
        char parents[64];
        (void)snprintf(parents, sizeof(parents), "%s\tmother", name);
        person_put(made, f, "child", parents, 1, one, false);
    } else {
        person_put(made, f, "father", "0\t0", 1, NULL, false);
        person_put(made, f, "mother", "0\t0", 2, f % 3 == 0 ? mother : NULL, false);
        person_put(made, f, name, "father\tmother", sex, NULL, true);
        person_put(made, f, "sib", "father\tmother", 1, one, false);
        if (f % 3 == 2) {
            person_put(made, f, "sib2", "father\tmother", 2, two, false);
        }
    }
    if (!found) {
        founder_draw(made, missing);
    }
    amp_buf_printf(&made->victims, "victim\t-\tV%zu\t0\t0\t%d", f, sex);
    profile_put(&made->victims, missing);
    amp_buf_text(&made->victims, "\t0\n");
}

static void made_make(struct made *made, size_t n, uint64_t seed)
{
    *made = (struct made){.chance = {seed}};
    made->people = amp_buf_make((size_t)1 << 30);
    made->victims = amp_buf_make((size_t)1 << 30);
    made->markers = amp_buf_make(1 << 20);
    made->mutation = amp_buf_make(1 << 16);
    amp_buf_text(&made->markers, "marker\tallele\tfrequency\n");
    amp_buf_text(&made->mutation, "* : equal rate=0.002\n");
    amp_buf_text(&made->people, "kind\tfamily\tid\tfid\tmid\tsex");
    for (size_t m = 0; m < MARKERS; m++) {
        double sum = 0;
        made->allele_n[m] = m == 0 ? ALLELES_MOST : 9 + (uint32_t)m % 12;
        for (size_t a = 0; a < made->allele_n[m]; a++) {
            made->freq[m][a] = amp_chance_exponential(&made->chance, 1) + 0.001;
            sum += made->freq[m][a];
        }
        for (size_t a = 0; a < made->allele_n[m]; a++) {
            made->freq[m][a] /= sum;
            amp_buf_printf(&made->markers, "S%zu\t%zu\t%.17g\n", m, a + 5, made->freq[m][a]);
        }
        amp_buf_printf(&made->people, "\tS%zu", m);
    }
    amp_buf_text(&made->people, "\tmissing\n");
    for (size_t f = 0; f < n; f++) {
        family_make(made, f, f % 2 == 0);
    }
    amp_buf_join(&made->people, &made->victims);
}

static void made_free(struct made *made)
{
    amp_buf_free(&made->people);
    amp_buf_free(&made->victims);
    amp_buf_free(&made->markers);
    amp_buf_free(&made->mutation);
}

static void stop(const char *what, amp_err err, const struct amp_why *why)
{
    if (err) {
        (void)fprintf(stderr, "%s: %s %s\n", what, amp_err_words(err), why->text);
        exit(1);
    }
}

static void made_run(size_t n, bool joint)
{
    struct made *made = malloc(sizeof(*made));
    struct amp_why why = {""};
    struct amp_arena arena = amp_arena_make((size_t)24 << 30);
    struct amp_dvi dvi;
    struct amp_dvi_pairs pairs;
    struct amp_dvi_joint all;
    struct amp_dvi_settings settings = amp_dvi_settings_usual();
    if (!made) {
        exit(1);
    }
    made_make(made, n, 7);
    struct amp_dvi_files files = {amp_buf_view(&made->people),
                                  amp_buf_view(&made->markers),
                                  amp_buf_view(&made->mutation),
                                  "people",
                                  "markers",
                                  "mutation",
                                  0};
    double start = cpu_s();
    stop("read", amp_dvi_read(&files, &arena, &dvi, &why), &why);
    double read = cpu_s();
    stop("pairwise", amp_dvi_pairwise(&dvi, &settings, &arena, &pairs, &why), &why);
    double paired = cpu_s();
    (void)printf("%zu x %zu, %d markers: read %.2f s, pairwise %.2f s (bar for 1,000: 5 s), %zu "
                 "pairs kept\n",
                 n, n, MARKERS, read - start, paired - read, pairs.pair_n);
    if (joint) {
        stop("joint", amp_dvi_joint(&dvi, &pairs, &settings, &arena, &all, &why), &why);
        for (size_t i = 0; i < all.component_n; i++) {
            if (!all.component[i].exact) {
                (void)printf("  sampled: %zu victims, %zu missing, %.0f effective draws\n",
                             all.component[i].victim_n, all.component[i].missing_n,
                             all.component[i].ess);
            }
        }
        (void)printf("%zu x %zu: joint %.2f s, %zu groups, %s, loss bound %.1e\n", n, n,
                     cpu_s() - paired, all.component_n, all.exact ? "exact" : "sampled in part",
                     all.loss_bound);
    }
    made_free(made);
    free(made);
    amp_arena_drop(&arena);
}

static struct amp_str slurp(struct amp_arena *arena, const char *rel)
{
    const char *path = amp_testdata(rel);
    FILE *file = path ? fopen(path, "rb") : NULL;
    char *bytes = file ? amp_arena_alloc(arena, FILE_MOST) : NULL;
    struct amp_str text = {bytes, bytes ? fread(bytes, 1, FILE_MOST, file) : 0};
    if (file) {
        (void)fclose(file);
    }
    return text;
}

static int double_order(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The joint posterior with all LRs from profiles, and without them: medians. */
static void planecrash_run(void)
{
    struct amp_arena keep = amp_arena_make(1 << 26);
    struct amp_why why = {""};
    struct amp_dvi_files files = {.people = slurp(&keep, "dna/dvi/planecrash/people.tsv"),
                                  .markers = slurp(&keep, "dna/dvi/planecrash/markers.tsv"),
                                  .mutation = slurp(&keep, "dna/dvi/planecrash/mutation.txt"),
                                  .people_name = "people",
                                  .markers_name = "markers",
                                  .mutation_name = "mutation"};
    if (!files.people.ptr) {
        (void)puts("planecrash: skipped, no data");
        return;
    }
    double pair_s[REPEATS];
    double joint_s[REPEATS];
    struct amp_dvi_settings settings = amp_dvi_settings_usual();
    for (size_t i = 0; i < REPEATS; i++) {
        struct amp_arena arena = amp_arena_make(1 << 28);
        struct amp_dvi dvi;
        struct amp_dvi_pairs pairs;
        struct amp_dvi_joint joint;
        stop("read", amp_dvi_read(&files, &arena, &dvi, &why), &why);
        double start = cpu_s();
        stop("pairwise", amp_dvi_pairwise(&dvi, &settings, &arena, &pairs, &why), &why);
        double paired = cpu_s();
        stop("joint", amp_dvi_joint(&dvi, &pairs, &settings, &arena, &joint, &why), &why);
        pair_s[i] = paired - start;
        joint_s[i] = cpu_s() - paired;
        amp_arena_drop(&arena);
    }
    qsort(pair_s, REPEATS, sizeof(*pair_s), double_order);
    qsort(joint_s, REPEATS, sizeof(*joint_s), double_order);
    (void)printf("planecrash: pairwise %.5f s, joint %.5f s, together %.5f s (bar 0.01 s)\n",
                 pair_s[REPEATS / 2], joint_s[REPEATS / 2],
                 pair_s[REPEATS / 2] + joint_s[REPEATS / 2]);
    amp_arena_drop(&keep);
}

/* dvi_bench [N]: N x N made up instead of 1,000 x 1,000. */
int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
    if (n < 1 || n > AMP_DVI_VICTIMS) {
        (void)fprintf(stderr, "usage: dvi_bench [N]\n");
        return 2;
    }
    planecrash_run();
    made_run((size_t)n, true);
    return 0;
}
