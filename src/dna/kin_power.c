/* The power of typing one more relative: conditional simulation, exact where it can be. */
#include "dna/kin_power.h"

#include "base/chance.h"
#include "dna/numeric.h"

#include <math.h>

enum {
    SCRATCH_MAX = 1 << 28
};

static const double ln10 = 2.30258509299404568401799;

/* A marker's distributions of the missing person's genotype, given all that is typed. */
struct outlook {
    bool made;
    double *true_share;  /* [genotype_n] of the missing person */
    double *other_share; /* of an unrelated person */
    double expected;     /* mean ln LR of the true one */
    double excluded;     /* P(exclusion of an unrelated person) at this marker */
};

struct power {
    const struct amp_kin_power_asked *asked;
    struct amp_kin_pedigree pedigree; /* with an unrelated person behind its own */
    size_t other;
    struct amp_kin_genotype *genotype; /* [person_n] of the marker in hand */
    struct amp_arena *arena;
    struct amp_arena scratch;
    struct amp_why *why;
};

static size_t genotypes_of(const struct amp_kin_marker *marker)
{
    return marker->allele_n * (marker->allele_n + 1) / 2;
}

static struct amp_kin_genotype genotype_at(size_t index)
{
    size_t b = 0;
    while ((b + 1) * (b + 2) / 2 <= index) {
        b++;
    }
    return (struct amp_kin_genotype){(int32_t)(index - b * (b + 1) / 2), (int32_t)b};
}

static void genotypes_set(struct power *pw, size_t m)
{
    const struct amp_kin_case *kc = pw->asked->kc;
    const struct amp_kin_hypothesis *hyp = &kc->hypothesis[pw->asked->hypothesis];
    for (size_t i = 0; i < pw->pedigree.person_n; i++) {
        const size_t row = hyp->row && i < hyp->pedigree.person_n ? hyp->row[i] : i;
        const bool known = i < hyp->pedigree.person_n && row < kc->person_n;
        pw->genotype[i] =
            known ? kc->genotype[m * kc->person_n + row] : (struct amp_kin_genotype){-1, -1};
    }
    pw->genotype[pw->asked->missing] = (struct amp_kin_genotype){-1, -1};
}

/* The distribution of a person's genotype, given what is typed; sums to 1. */
static amp_err shares(struct power *pw, const struct amp_kin_marker *marker, size_t person,
                      double *out)
{
    double scale = 0;
    amp_arena_reset(&pw->scratch);
    amp_err err = amp_kin_joint(&pw->pedigree, marker, pw->genotype, person, pw->asked->untyped,
                                &pw->scratch, out, &scale, pw->why);
    double sum = 0;
    for (size_t g = 0; g < genotypes_of(marker) && !err; g++) {
        sum += out[g];
    }
    if (!err && !(sum > 0)) {
        return amp_fail(pw->why, AMP_E_CONFLICT,
                        "marker %.*s: the typed persons cannot be related as the pedigree says: "
                        "correct the pedigree or allow mutation",
                        (int)marker->name.len, marker->name.ptr);
    }
    for (size_t g = 0; g < genotypes_of(marker) && !err; g++) {
        out[g] /= sum;
    }
    return err;
}

static amp_err outlook_make(struct power *pw, size_t m, struct outlook *out)
{
    const struct amp_kin_marker *marker = &pw->asked->kc->marker[m];
    const size_t n = genotypes_of(marker);
    out->true_share = amp_arena_array(pw->arena, n, sizeof(double));
    out->other_share = amp_arena_array(pw->arena, n, sizeof(double));
    if (!out->true_share || !out->other_share) {
        return AMP_E_NOMEM;
    }
    amp_err err = shares(pw, marker, pw->asked->missing, out->true_share);
    err = err ? err : shares(pw, marker, pw->other, out->other_share);
    for (size_t g = 0; g < n && !err; g++) {
        const double p = out->true_share[g];
        if (p > 0) {
            out->expected += p * (amp_ln(p) - amp_ln(out->other_share[g]));
        }
    }
    if (err) {
        return err;
    }
    struct amp_kin_marker still = *marker; /* exclusion means: impossible without mutation */
    still.male.model = still.female.model = AMP_KIN_NONE;
    double *without = amp_arena_array(pw->arena, n, sizeof *without);
    if (!without) {
        return AMP_E_NOMEM;
    }
    err = shares(pw, &still, pw->asked->missing, without);
    for (size_t g = 0; g < n && !err; g++) {
        out->excluded += without[g] > 0 ? 0 : out->other_share[g];
    }
    if (err && err != AMP_E_CONFLICT) { /* a mutation in the family: nobody is excluded here */
        return err;
    }
    out->made = true;
    return AMP_OK;
}

static size_t draw(const double *share, size_t n, struct amp_chance *chance)
{
    double left = amp_chance_share(chance);
    size_t last = 0;
    for (size_t g = 0; g < n; g++) {
        if (share[g] <= 0) {
            continue;
        }
        last = g;
        left -= share[g];
        if (left < 0) {
            break;
        }
    }
    return last;
}

/* What one candidate's typing gives: his distribution at each marker, and the outlook for each of
 * his genotypes, made when it is first drawn. */
struct prospect {
    double **candidate; /* [marker_n], NULL entries: he is typed there, or nobody is asked */
    struct outlook **outlook;
};

static amp_err prospect_make(struct power *pw, int64_t candidate, struct prospect *out)
{
    const struct amp_kin_case *kc = pw->asked->kc;
    out->candidate = amp_arena_array(pw->arena, kc->marker_n, sizeof *out->candidate);
    out->outlook = amp_arena_array(pw->arena, kc->marker_n, sizeof *out->outlook);
    amp_err err = out->candidate && out->outlook ? AMP_OK : AMP_E_NOMEM;
    for (size_t m = 0; m < kc->marker_n && !err; m++) {
        const size_t n = genotypes_of(&kc->marker[m]);
        genotypes_set(pw, m);
        const bool asked = candidate >= 0 && pw->genotype[candidate].a < 0;
        out->outlook[m] = amp_arena_array(pw->arena, asked ? n : 1, sizeof **out->outlook);
        out->candidate[m] = asked ? amp_arena_array(pw->arena, n, sizeof **out->candidate) : NULL;
        if (!out->outlook[m] || (asked && !out->candidate[m])) {
            return AMP_E_NOMEM;
        }
        if (asked) {
            err = shares(pw, &kc->marker[m], (size_t)candidate, out->candidate[m]);
        }
    }
    return err;
}

struct tally {
    size_t n;
    double first; /* sums are of differences to it, lest they cancel */
    double expected, expected2, inclusion, exclusion, mistaken;
};

/* One simulated typing of the candidate, and one true missing person. */
static amp_err sample_add(struct power *pw, const struct prospect *prospect, int64_t candidate,
                          struct amp_chance *chance, struct tally *tally)
{
    const struct amp_kin_case *kc = pw->asked->kc;
    double expected = 0, drawn = 0, none_excluded = 1;
    for (size_t m = 0; m < kc->marker_n; m++) {
        const size_t n = genotypes_of(&kc->marker[m]);
        const double *share = prospect->candidate[m];
        const size_t g = share ? draw(share, n, chance) : 0;
        struct outlook *outlook = &prospect->outlook[m][g];
        if (!outlook->made) {
            genotypes_set(pw, m);
            if (share) {
                pw->genotype[candidate] = genotype_at(g);
            }
            amp_err err = outlook_make(pw, m, outlook);
            if (err) {
                return err;
            }
        }
        expected += outlook->expected;
        none_excluded *= 1 - outlook->excluded;
        const size_t true_g = draw(outlook->true_share, n, chance);
        drawn += amp_ln(outlook->true_share[true_g]) - amp_ln(outlook->other_share[true_g]);
    }
    const bool hit = drawn >= pw->asked->least_log10 * ln10;
    tally->first = tally->n++ == 0 ? expected / ln10 : tally->first;
    const double beyond = expected / ln10 - tally->first;
    tally->expected += beyond;
    tally->expected2 += beyond * beyond;
    tally->exclusion += 1 - none_excluded;
    tally->inclusion += hit ? 1 : 0;
    tally->mistaken += hit ? amp_exp(-drawn) : 0; /* the weight of the unrelated: 1 / LR */
    return AMP_OK;
}

static amp_err candidate_run(struct power *pw, int64_t candidate, struct amp_kin_power *out)
{
    struct prospect prospect = {NULL, NULL};
    struct tally tally = {0};
    struct amp_chance chance = {.state = pw->asked->seed};
    const double n = (double)pw->asked->sample_n;
    amp_err err = prospect_make(pw, candidate, &prospect);
    for (size_t s = 0; s < pw->asked->sample_n && !err; s++) {
        err = sample_add(pw, &prospect, candidate, &chance, &tally);
    }
    if (err) {
        return err;
    }
    const double mean = tally.expected / n;
    const double variance = tally.expected2 / n - mean * mean;
    *out = (struct amp_kin_power){.expected_log10 = tally.first + mean,
                                  .error = variance > 0 ? sqrt(variance / n) : 0,
                                  .inclusion = tally.inclusion / n,
                                  .exclusion = tally.exclusion / n,
                                  .mistaken = tally.mistaken / n};
    return AMP_OK;
}

static amp_err pedigree_extend(struct power *pw)
{
    const struct amp_kin_pedigree *from =
        &pw->asked->kc->hypothesis[pw->asked->hypothesis].pedigree;
    pw->other = from->person_n;
    struct amp_kin_person *person = amp_arena_array(pw->arena, from->person_n + 1, sizeof *person);
    pw->genotype = amp_arena_array(pw->arena, from->person_n + 1, sizeof *pw->genotype);
    if (!person || !pw->genotype) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < from->person_n; i++) {
        person[i] = from->person[i];
    }
    person[pw->other] = (struct amp_kin_person){.name = AMP_STR("an unrelated person"),
                                                .father = -1,
                                                .mother = -1,
                                                .twin = -1,
                                                .sex = person[pw->asked->missing].sex};
    pw->pedigree = (struct amp_kin_pedigree){from->person_n + 1, person};
    return AMP_OK;
}

amp_err amp_kin_power_run(const struct amp_kin_power_asked *asked, struct amp_arena *arena,
                          struct amp_kin_power *out, struct amp_why *why)
{
    struct power pw = {
        .asked = asked, .arena = arena, .scratch = amp_arena_make(SCRATCH_MAX), .why = why};
    if (asked->sample_n == 0 || asked->sample_n > AMP_KIN_POWER_SAMPLES) {
        return amp_fail(why, AMP_E_RANGE, "%zu samples: 1 to %d are possible", asked->sample_n,
                        AMP_KIN_POWER_SAMPLES);
    }
    amp_err err = pedigree_extend(&pw);
    for (size_t k = 0; k <= asked->candidate_n && !err; k++) {
        err = candidate_run(&pw, k == 0 ? -1 : (int64_t)asked->candidate[k - 1], &out[k]);
    }
    amp_arena_drop(&pw.scratch);
    return err;
}
