/*
 * Alleles that need not be told apart: nobody typed has them, and they mutate alike.
 *
 * A Markov chain may be summed over classes exactly when the members of each class go to every
 * class with the same probability (strong lumpability: Kemeny and Snell, Finite Markov Chains,
 * 1960, section 6.3). We start from the unseen alleles as one class and split until that holds,
 * for the male and the female matrix at once: equal and proportional models keep the one class,
 * stepwise ones fall apart to single alleles, except microvariants that nobody has.
 */
#include "dna/kin_shape.h"

#include <math.h>

static const double same_tolerance = 1e-14;

struct splitter {
    size_t allele_n;
    const double *matrix[2];
    uint32_t *of;
    size_t class_n;
    double *row; /* [2 * allele_n * allele_n] of each allele into each class, for both matrices */
};

static void rows_sum(struct splitter *sp)
{
    const size_t width = 2 * sp->allele_n;
    for (size_t i = 0; i < sp->allele_n * width; i++) {
        sp->row[i] = 0;
    }
    for (size_t m = 0; m < 2; m++) {
        for (size_t i = 0; i < sp->allele_n && sp->matrix[m]; i++) {
            for (size_t j = 0; j < sp->allele_n; j++) {
                sp->row[i * width + m * sp->allele_n + sp->of[j]] +=
                    sp->matrix[m][i * sp->allele_n + j];
            }
        }
    }
}

static bool rows_same(const struct splitter *sp, size_t a, size_t b)
{
    const size_t width = 2 * sp->allele_n;
    for (size_t k = 0; k < width; k++) {
        if (fabs(sp->row[a * width + k] - sp->row[b * width + k]) >
            same_tolerance * sp->row[a * width + k]) {
            return false;
        }
    }
    return true;
}

/* Splits each class by what its members do; true when anything was split. */
static bool classes_split(struct splitter *sp, uint32_t *next)
{
    size_t class_n = 0;
    for (size_t i = 0; i < sp->allele_n; i++) {
        size_t like = 0;
        while (like < i && (sp->of[like] != sp->of[i] || !rows_same(sp, like, i))) {
            like++;
        }
        next[i] = like < i ? next[like] : (uint32_t)class_n++;
    }
    const bool split = class_n > sp->class_n;
    for (size_t i = 0; i < sp->allele_n; i++) {
        sp->of[i] = next[i];
    }
    sp->class_n = class_n;
    return split;
}

static const double *lumped(const struct splitter *sp, const double *matrix,
                            struct amp_arena *arena)
{
    double *out = amp_arena_array(arena, sp->class_n * sp->class_n, sizeof *out);
    if (!out) {
        return NULL;
    }
    for (size_t i = sp->allele_n; i-- > 0;) { /* the first member of a class speaks for it */
        for (size_t k = 0; k < sp->class_n; k++) {
            out[sp->of[i] * sp->class_n + k] = 0;
        }
        for (size_t j = 0; j < sp->allele_n; j++) {
            out[sp->of[i] * sp->class_n + sp->of[j]] += matrix[i * sp->allele_n + j];
        }
    }
    return out;
}

static void seen_mark(const struct amp_kin_question *q, uint8_t *seen)
{
    const struct amp_kin_marker *marker = q->marker;
    for (size_t i = 0; i < marker->allele_n; i++) {
        seen[i] = q->person >= 0 || (int64_t)i == marker->silent;
    }
    for (size_t i = 0; i < q->pedigree->person_n; i++) {
        if (q->genotype[i].a >= 0) {
            seen[q->genotype[i].a] = 1;
        }
        if (q->genotype[i].b >= 0) {
            seen[q->genotype[i].b] = 1;
        }
    }
}

static const double *matrix_of(const struct amp_kin_mutation *mutation)
{
    return mutation->model == AMP_KIN_NONE ? NULL : mutation->matrix;
}

amp_err amp_kin_classes_make(const struct amp_kin_question *q, struct amp_arena *arena,
                             struct amp_kin_classes *out)
{
    const size_t n = q->marker->allele_n;
    struct splitter sp = {.allele_n = n, .class_n = 1};
    sp.matrix[0] = matrix_of(&q->marker->male);
    sp.matrix[1] = matrix_of(&q->marker->female);
    sp.of = amp_arena_array(arena, n, sizeof *sp.of);
    sp.row = amp_arena_array(arena, 2 * n * n, sizeof *sp.row);
    uint32_t *next = amp_arena_array(arena, n, sizeof *next);
    uint8_t *seen = amp_arena_array(arena, n, 1);
    if (!sp.of || !sp.row || !next || !seen) {
        return AMP_E_NOMEM;
    }
    seen_mark(q, seen);
    uint32_t seen_n = 0;
    for (size_t i = 0; i < n; i++) {
        seen_n += seen[i];
    }
    for (size_t i = 0, own = 0; i < n; i++) {
        sp.of[i] = seen[i] ? (uint32_t)own++ : seen_n;
    }
    sp.class_n = seen_n + (seen_n < n ? 1 : 0);
    do {
        rows_sum(&sp);
    } while (classes_split(&sp, next));
    *out = (struct amp_kin_classes){.n = sp.class_n, .of = sp.of, .silent = -1};
    out->freq = amp_arena_array(arena, sp.class_n, sizeof *out->freq);
    out->male = sp.matrix[0] ? lumped(&sp, sp.matrix[0], arena) : NULL;
    out->female = sp.matrix[1] ? lumped(&sp, sp.matrix[1], arena) : NULL;
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        out->freq[sp.of[i]] += q->marker->freq[i];
    }
    out->silent = q->marker->silent >= 0 ? (int32_t)sp.of[q->marker->silent] : -1;
    return AMP_OK;
}
