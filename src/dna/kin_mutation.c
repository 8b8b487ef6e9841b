/* Mutation matrices: from which allele of a parent to which of its child, for each model. */
#include "dna/kin.h"

#include <assert.h>
#include <math.h>

enum {
    FRACTION_MAX = 8, /* digits after the point of an allele's name */
    WHOLE_MAX = 100000
};

static const double sum_tolerance = 1e-6; /* of a row of a given matrix */

/* An allele as a number of repeats: 9.3 is 9 and the microvariant "3". */
struct repeat {
    int64_t whole;
    struct amp_str fraction; /* without trailing zeros; empty for whole repeats */
    bool silent;
    size_t group_n; /* alleles with the same fraction, itself included */
};

struct maker {
    const struct amp_kin_mutation *mutation;
    const struct amp_kin_marker *marker;
    struct repeat *repeat; /* NULL for models that know no steps */
    double *matrix;
    struct amp_why *why;
};

static double *cell(const struct maker *mk, size_t from, size_t to)
{
    return &mk->matrix[from * mk->marker->allele_n + to];
}

static amp_err numbers_check(const struct maker *mk)
{
    const struct amp_kin_mutation *mu = mk->mutation;
    const struct amp_str name = mk->marker->name;
    if (!(mu->rate >= 0 && mu->rate <= 1) || !(mu->rate2 >= 0 && mu->rate2 <= 1) ||
        mu->rate + mu->rate2 > 1) {
        return amp_fail(mk->why, AMP_E_RANGE,
                        "marker %.*s: mutation rates %g and %g are not within 0..1: give the "
                        "probability of a mutation in one meiosis",
                        (int)name.len, name.ptr, mu->rate, mu->rate2);
    }
    if (mk->repeat && mu->model != AMP_KIN_ONE_STEP && !(mu->range > 0 && mu->range < 1)) {
        return amp_fail(mk->why, AMP_E_RANGE,
                        "marker %.*s: the mutation range %g is not between 0 and 1: it is how much "
                        "rarer each further step is (0.1 is usual)",
                        (int)name.len, name.ptr, mu->range);
    }
    return AMP_OK;
}

static amp_err repeat_read(struct maker *mk, size_t i)
{
    const struct amp_kin_marker *marker = mk->marker;
    struct repeat *repeat = &mk->repeat[i];
    if ((int64_t)i == marker->silent) {
        repeat->silent = true;
        return AMP_OK;
    }
    struct amp_str whole;
    struct amp_str fraction = amp_str_cut(marker->allele[i], '.', &whole);
    while (fraction.len > 0 && fraction.ptr[fraction.len - 1] == '0') {
        fraction.len--;
    }
    bool digits = fraction.len <= FRACTION_MAX;
    for (size_t k = 0; k < fraction.len && digits; k++) {
        digits = fraction.ptr[k] >= '0' && fraction.ptr[k] <= '9';
    }
    if (!digits || amp_str_i64(whole, &repeat->whole) || repeat->whole < 0 ||
        repeat->whole > WHOLE_MAX) {
        return amp_fail(mk->why, AMP_E_RANGE,
                        "marker %.*s: allele \"%.*s\" is no number of repeats, which stepwise "
                        "mutation needs: use the model equal or proportional for this marker",
                        (int)marker->name.len, marker->name.ptr, (int)marker->allele[i].len,
                        marker->allele[i].ptr);
    }
    repeat->fraction = fraction;
    return AMP_OK;
}

static bool same_group(const struct repeat *a, const struct repeat *b)
{
    return !a->silent && !b->silent && amp_str_eq(a->fraction, b->fraction);
}

static amp_err repeats_read(struct maker *mk, struct amp_arena *arena)
{
    const size_t n = mk->marker->allele_n;
    mk->repeat = amp_arena_array(arena, n, sizeof *mk->repeat);
    if (!mk->repeat) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        amp_err err = repeat_read(mk, i);
        if (err) {
            return err;
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            mk->repeat[i].group_n += same_group(&mk->repeat[i], &mk->repeat[j]) ? 1 : 0;
        }
    }
    return AMP_OK;
}

static double steps_weight(double range, int64_t a, int64_t b)
{
    double weight = 1;
    for (int64_t step = a < b ? b - a : a - b; step > 0 && weight > 0; step--) {
        weight *= range;
    }
    return weight;
}

static void identity_fill(const struct maker *mk)
{
    for (size_t i = 0; i < mk->marker->allele_n; i++) {
        *cell(mk, i, i) = 1;
    }
}

/* A silent allele neither mutates nor arises by mutation (Familias: in every model but a given
 * matrix). */
static bool audible(const struct maker *mk, size_t i)
{
    return (int64_t)i != mk->marker->silent;
}

static size_t audible_count(const struct amp_kin_marker *marker)
{
    return marker->allele_n - (marker->silent >= 0 ? 1 : 0);
}

static void equal_fill(const struct maker *mk)
{
    const size_t n = mk->marker->allele_n;
    const size_t others = audible_count(mk->marker) - 1;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (!audible(mk, i) || !audible(mk, j)) {
                *cell(mk, i, j) = i == j ? 1 : 0;
            } else {
                *cell(mk, i, j) =
                    i == j ? 1 - mk->mutation->rate : mk->mutation->rate / (double)others;
            }
        }
    }
}

/* What an allele becomes has the frequencies among those that are not silent; `rate` is the mean
 * over all alleles. */
static amp_err proportional_fill(const struct maker *mk)
{
    const struct amp_kin_marker *marker = mk->marker;
    const double sum = marker->silent >= 0 ? 1 - marker->freq[marker->silent] : 1;
    double differ = 0;
    for (size_t i = 0; i < marker->allele_n; i++) {
        differ += audible(mk, i) ? marker->freq[i] * (1 - marker->freq[i] / sum) : 0;
    }
    const double alpha = differ > 0 ? mk->mutation->rate / differ : 2;
    if (alpha > 1) {
        return amp_fail(mk->why, AMP_E_RANGE,
                        "marker %.*s: the proportional model cannot have a rate above %g here: "
                        "give a lower rate, or use the model equal",
                        (int)marker->name.len, marker->name.ptr, differ);
    }
    for (size_t i = 0; i < marker->allele_n; i++) {
        for (size_t j = 0; j < marker->allele_n; j++) {
            const double into = audible(mk, i) && audible(mk, j) ? marker->freq[j] / sum : 0;
            *cell(mk, i, j) = alpha * into + (i == j ? 1 - (audible(mk, i) ? alpha : 0) : 0);
        }
    }
    return AMP_OK;
}

static void one_step_fill(const struct maker *mk)
{
    const size_t n = mk->marker->allele_n;
    for (size_t i = 0; i < n; i++) {
        size_t near = 0;
        for (size_t pass = 0; pass < 2; pass++) {
            for (size_t j = 0; j < n; j++) {
                const int64_t step = mk->repeat[i].whole - mk->repeat[j].whole;
                if (!same_group(&mk->repeat[i], &mk->repeat[j]) || (step != 1 && step != -1)) {
                    continue;
                }
                if (pass == 1) {
                    *cell(mk, i, j) = mk->mutation->rate / (double)near;
                }
                near += pass == 0 ? 1 : 0;
            }
        }
        *cell(mk, i, i) = near > 0 ? 1 - mk->mutation->rate : 1;
    }
}

/* Whole steps share `rate` by range^steps; other fractions share `rate2` evenly. */
static void stepwise_row(const struct maker *mk, size_t i, size_t audible_n)
{
    const struct amp_kin_mutation *mu = mk->mutation;
    const size_t n = mk->marker->allele_n;
    const size_t others = audible_n - mk->repeat[i].group_n;
    double whole = 0;
    for (size_t j = 0; j < n; j++) {
        if (j != i && same_group(&mk->repeat[i], &mk->repeat[j])) {
            *cell(mk, i, j) = steps_weight(mu->range, mk->repeat[i].whole, mk->repeat[j].whole);
            whole += *cell(mk, i, j);
        }
    }
    for (size_t j = 0; j < n; j++) {
        if (j == i || mk->repeat[j].silent) {
            continue;
        }
        *cell(mk, i, j) = same_group(&mk->repeat[i], &mk->repeat[j])
                              ? mu->rate * *cell(mk, i, j) / whole
                              : mu->rate2 / (double)others;
    }
    *cell(mk, i, i) = 1 - (whole > 0 ? mu->rate : 0) - (others > 0 ? mu->rate2 : 0);
}

static void stepwise_fill(const struct maker *mk)
{
    const size_t n = mk->marker->allele_n;
    const size_t audible_n = audible_count(mk->marker);
    for (size_t i = 0; i < n; i++) {
        if (mk->repeat[i].silent) {
            *cell(mk, i, i) = 1;
        } else {
            stepwise_row(mk, i, audible_n);
        }
    }
}

/* Flow between two alleles is the same in both directions, so frequencies stay as they are. */
static amp_err dawid_fill(const struct maker *mk)
{
    const struct amp_kin_marker *marker = mk->marker;
    const size_t n = marker->allele_n;
    double flow = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (j != i && same_group(&mk->repeat[i], &mk->repeat[j])) {
                flow += steps_weight(mk->mutation->range, mk->repeat[i].whole, mk->repeat[j].whole);
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        double leaves = 0;
        for (size_t j = 0; j < n; j++) {
            if (j == i || !same_group(&mk->repeat[i], &mk->repeat[j])) {
                continue;
            }
            const double weight =
                steps_weight(mk->mutation->range, mk->repeat[i].whole, mk->repeat[j].whole);
            *cell(mk, i, j) = mk->mutation->rate * weight / flow / marker->freq[i];
            leaves += *cell(mk, i, j);
        }
        if (!(leaves <= 1)) {
            return amp_fail(mk->why, AMP_E_RANGE,
                            "marker %.*s: the stationary stepwise model would have allele %.*s "
                            "(frequency %g) mutate with probability %g: use the model stepwise",
                            (int)marker->name.len, marker->name.ptr, (int)marker->allele[i].len,
                            marker->allele[i].ptr, marker->freq[i], leaves);
        }
        *cell(mk, i, i) = 1 - leaves;
    }
    return AMP_OK;
}

static amp_err custom_check(const struct maker *mk)
{
    const struct amp_kin_marker *marker = mk->marker;
    const double *given = mk->mutation->matrix;
    for (size_t i = 0; i < marker->allele_n; i++) {
        double sum = 0;
        bool fine = given != NULL;
        for (size_t j = 0; j < marker->allele_n && fine; j++) {
            const double p = given[i * marker->allele_n + j];
            fine = p >= 0 && p <= 1;
            sum += p;
        }
        if (!fine || fabs(sum - 1) > sum_tolerance) {
            return amp_fail(mk->why, AMP_E_RANGE,
                            "marker %.*s: row %zu (allele %.*s) of the mutation matrix is no "
                            "distribution: give %zu probabilities that sum to 1",
                            (int)marker->name.len, marker->name.ptr, i + 1,
                            (int)marker->allele[i].len, marker->allele[i].ptr, marker->allele_n);
        }
    }
    return AMP_OK;
}

static amp_err model_fill(struct maker *mk, struct amp_arena *arena)
{
    const enum amp_kin_mutation_model model = mk->mutation->model;
    amp_err err = AMP_OK;
    if (model == AMP_KIN_ONE_STEP || model == AMP_KIN_STEPWISE || model == AMP_KIN_DAWID) {
        err = repeats_read(mk, arena);
    }
    err = err ? err : numbers_check(mk);
    if (err) {
        return err;
    }
    switch (model) {
    case AMP_KIN_EQUAL:
        equal_fill(mk);
        return AMP_OK;
    case AMP_KIN_PROPORTIONAL:
        return proportional_fill(mk);
    case AMP_KIN_ONE_STEP:
        one_step_fill(mk);
        return AMP_OK;
    case AMP_KIN_STEPWISE:
        stepwise_fill(mk);
        return AMP_OK;
    case AMP_KIN_DAWID:
        return dawid_fill(mk);
    case AMP_KIN_NONE:
    case AMP_KIN_CUSTOM:
        break;
    }
    identity_fill(mk);
    return AMP_OK;
}

amp_err amp_kin_mutation_make(struct amp_kin_mutation *mutation,
                              const struct amp_kin_marker *marker, struct amp_arena *arena,
                              struct amp_why *why)
{
    struct maker mk = {.mutation = mutation, .marker = marker, .why = why};
    assert(marker->allele_n > 0);
    if (mutation->model == AMP_KIN_CUSTOM) {
        return custom_check(&mk);
    }
    if (marker->allele_n > AMP_KIN_ALLELES) {
        return amp_fail(why, AMP_E_LIMIT, "marker %.*s has %zu alleles: the limit is %d",
                        (int)marker->name.len, marker->name.ptr, marker->allele_n, AMP_KIN_ALLELES);
    }
    mk.matrix = amp_arena_array(arena, marker->allele_n * marker->allele_n, sizeof *mk.matrix);
    if (!mk.matrix) {
        return AMP_E_NOMEM;
    }
    if (mutation->rate <= 0 && mutation->rate2 <= 0) {
        amp_err err = numbers_check(&mk);
        if (err) {
            return err;
        }
    }
    if (audible_count(marker) <= 1 || (mutation->rate == 0 && mutation->rate2 == 0)) {
        identity_fill(&mk);
    } else {
        amp_err err = model_fill(&mk, arena);
        if (err) {
            return err;
        }
    }
    mutation->matrix = mk.matrix;
    return AMP_OK;
}
