/* A kinship case: settings, and all hypotheses at all markers. */
#include "dna/kin_case.h"

#include "base/crypto.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    SCRATCH_MAX = 1 << 28,
    NOTE_MAX = 512
};

static const double sum_exact = 1e-6;   /* frequencies need no scaling */
static const double sum_rounded = 0.05; /* beyond it the table is not whole */

static const struct {
    const char *name;
    enum amp_kin_mutation_model model;
} models[] = {
    {"none", AMP_KIN_NONE},
    {"equal", AMP_KIN_EQUAL},
    {"proportional", AMP_KIN_PROPORTIONAL},
    {"one-step", AMP_KIN_ONE_STEP},
    {"stepwise", AMP_KIN_STEPWISE},
    {"dawid", AMP_KIN_DAWID},
    {"custom", AMP_KIN_CUSTOM},
};

const char *amp_kin_model_name(enum amp_kin_mutation_model model)
{
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        if (models[i].model == model) {
            return models[i].name;
        }
    }
    return "";
}

amp_err amp_kin_model_find(struct amp_str name, enum amp_kin_mutation_model *out)
{
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        if (amp_str_is(name, models[i].name)) {
            *out = models[i].model;
            return AMP_OK;
        }
    }
    return AMP_E_NOT_FOUND;
}

amp_err amp_kin_case_note(struct amp_kin_case *kc, struct amp_arena *arena, const char *fmt, ...)
{
    if (!kc->note) {
        kc->note = amp_arena_array(arena, AMP_KIN_NOTES, sizeof *kc->note);
    }
    if (!kc->note) {
        return AMP_E_NOMEM;
    }
    if (kc->note_n == AMP_KIN_NOTES) {
        return AMP_OK;
    }
    char text[NOTE_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const struct amp_str note = amp_arena_str(arena, amp_str_of(text));
    kc->note[kc->note_n] = note;
    kc->note_n += note.ptr ? 1 : 0;
    return note.ptr ? AMP_OK : AMP_E_NOMEM;
}

static bool stepped(enum amp_kin_mutation_model model)
{
    return model == AMP_KIN_STEPWISE || model == AMP_KIN_ONE_STEP || model == AMP_KIN_DAWID;
}

static amp_err mutations_make(struct amp_kin_case *kc, struct amp_kin_marker *marker,
                              const struct amp_kin_override *override, struct amp_arena *arena,
                              struct amp_why *why)
{
    amp_err err = amp_kin_mutation_make(&marker->male, marker, arena, why);
    err = err ? err : amp_kin_mutation_make(&marker->female, marker, arena, why);
    if (err != AMP_E_RANGE || !override->fallback_given ||
        !(stepped(marker->male.model) || stepped(marker->female.model))) {
        return err;
    }
    marker->male.model = marker->female.model = override->fallback;
    marker->male.rate2 = marker->female.rate2 = 0;
    err = amp_kin_case_note(kc, arena,
                            "marker %.*s: the mutation model is %s, because its alleles or numbers "
                            "do not allow the stepwise one",
                            (int)marker->name.len, marker->name.ptr,
                            amp_kin_model_name(override->fallback));
    err = err ? err : amp_kin_mutation_make(&marker->male, marker, arena, why);
    return err ? err : amp_kin_mutation_make(&marker->female, marker, arena, why);
}

amp_err amp_kin_case_finish(struct amp_kin_case *kc, const struct amp_kin_override *override,
                            struct amp_arena *arena, struct amp_why *why)
{
    for (size_t m = 0; m < kc->marker_n; m++) {
        struct amp_kin_marker *marker = &kc->marker[m];
        if (override->mutation_given) {
            marker->male = override->male;
            marker->female = override->female;
        }
        marker->theta = override->theta_given ? override->theta : marker->theta;
        marker->x_linked = marker->x_linked || override->x_linked;
        amp_err err = mutations_make(kc, marker, override, arena, why);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

/* The genotypes of a hypothesis' persons at a marker. */
static void genotypes_set(const struct amp_kin_case *kc,
                          const struct amp_kin_hypothesis *hypothesis, size_t m,
                          struct amp_kin_genotype *out)
{
    for (size_t i = 0; i < hypothesis->pedigree.person_n; i++) {
        const size_t row = hypothesis->row ? hypothesis->row[i] : i;
        out[i] = row < kc->person_n ? kc->genotype[m * kc->person_n + row]
                                    : (struct amp_kin_genotype){-1, -1};
    }
}

static bool grouped(const struct amp_kin_case *kc, size_t m)
{
    for (size_t g = 0; g < kc->group_n; g++) {
        for (size_t k = 0; k < kc->group[g].marker_n; k++) {
            if (kc->group[g].marker[k] == m) {
                return true;
            }
        }
    }
    return false;
}

static amp_err group_run(const struct amp_kin_case *kc, const struct amp_kin_hypothesis *hypothesis,
                         const struct amp_kin_group *group, enum amp_kin_untyped untyped,
                         double *loglik, struct amp_why *why)
{
    struct amp_arena scratch = amp_arena_make(SCRATCH_MAX);
    const size_t n = hypothesis->pedigree.person_n;
    struct amp_kin_genotype *genotype =
        amp_arena_array(&scratch, n * group->marker_n, sizeof *genotype);
    struct amp_kin_marker *marker = amp_arena_array(&scratch, group->marker_n, sizeof *marker);
    double *value = amp_arena_array(&scratch, group->marker_n, sizeof *value);
    amp_err err = genotype && marker && value ? AMP_OK : AMP_E_NOMEM;
    for (size_t k = 0; k < group->marker_n && !err; k++) {
        genotypes_set(kc, hypothesis, group->marker[k], &genotype[k * n]);
        marker[k] = kc->marker[group->marker[k]];
    }
    const struct amp_kin_linked linked = {.marker_n = group->marker_n,
                                          .marker = marker,
                                          .genotype = genotype,
                                          .recombination = group->recombination};
    err =
        err ? err
            : amp_kin_loglik_linked(&hypothesis->pedigree, &linked, untyped, &scratch, value, why);
    for (size_t k = 0; k < group->marker_n && !err; k++) {
        loglik[group->marker[k]] = value[k];
    }
    amp_arena_drop(&scratch);
    return err;
}

static amp_err alone_run(const struct amp_kin_case *kc, const struct amp_kin_hypothesis *hypothesis,
                         size_t m, enum amp_kin_untyped untyped, double *loglik,
                         struct amp_why *why)
{
    struct amp_arena scratch = amp_arena_make(SCRATCH_MAX);
    struct amp_kin_genotype *genotype =
        amp_arena_array(&scratch, hypothesis->pedigree.person_n, sizeof *genotype);
    amp_err err = genotype ? AMP_OK : AMP_E_NOMEM;
    if (!err) {
        genotypes_set(kc, hypothesis, m, genotype);
        err = amp_kin_loglik(&hypothesis->pedigree, &kc->marker[m], genotype, untyped, &scratch,
                             loglik, why);
    }
    amp_arena_drop(&scratch);
    return err;
}

static amp_err hypothesis_run(const struct amp_kin_case *kc, size_t h, enum amp_kin_untyped untyped,
                              double *loglik, struct amp_why *why)
{
    const struct amp_kin_hypothesis *hypothesis = &kc->hypothesis[h];
    amp_err err = AMP_OK;
    for (size_t m = 0; m < kc->marker_n && !err; m++) {
        if (!grouped(kc, m)) {
            err = alone_run(kc, hypothesis, m, untyped, &loglik[m], why);
        }
    }
    for (size_t g = 0; g < kc->group_n && !err; g++) {
        err = group_run(kc, hypothesis, &kc->group[g], untyped, loglik, why);
    }
    if (err) {
        struct amp_why inner = why ? *why : (struct amp_why){""};
        return amp_fail(why, err, "hypothesis %.*s: %s", (int)hypothesis->name.len,
                        hypothesis->name.ptr, inner.text[0] ? inner.text : amp_err_words(err));
    }
    return AMP_OK;
}

amp_err amp_kin_case_run(const struct amp_kin_case *kc, enum amp_kin_untyped untyped,
                         size_t against, struct amp_arena *arena, struct amp_kin_result *out,
                         struct amp_why *why)
{
    struct amp_kin_result result = {
        .hypothesis_n = kc->hypothesis_n, .marker_n = kc->marker_n, .against = against};
    result.loglik = amp_arena_array(arena, kc->hypothesis_n * kc->marker_n, sizeof(double));
    result.total = amp_arena_array(arena, kc->hypothesis_n, sizeof(double));
    result.log_ratio = amp_arena_array(arena, kc->hypothesis_n, sizeof(double));
    if (!result.loglik || !result.total || !result.log_ratio) {
        return AMP_E_NOMEM;
    }
    for (size_t h = 0; h < kc->hypothesis_n; h++) {
        amp_err err = hypothesis_run(kc, h, untyped, &result.loglik[h * kc->marker_n], why);
        if (err) {
            return err;
        }
        for (size_t m = 0; m < kc->marker_n; m++) {
            result.total[h] += result.loglik[h * kc->marker_n + m];
        }
    }
    for (size_t h = 0; h < kc->hypothesis_n; h++) {
        const bool same = kc->hypothesis[h].group == kc->hypothesis[against].group;
        result.log_ratio[h] = same ? result.total[h] - result.total[against] : NAN;
    }
    *out = result;
    return AMP_OK;
}

int32_t amp_kin_allele(const struct amp_kin_marker *marker, struct amp_str name)
{
    for (size_t a = 0; a < marker->allele_n; a++) {
        if (amp_dna_allele_same(marker->allele[a], name)) {
            return (int32_t)a;
        }
    }
    return -1;
}

bool amp_kin_allele_likely(const struct amp_str *listed, size_t listed_n, struct amp_str allele)
{
    int64_t milli = 0;
    bool numbers = false;
    for (size_t a = 0; a < listed_n; a++) {
        numbers = numbers || amp_dna_allele_milli(listed[a], &milli);
    }
    return allele.len > 0 && !amp_dna_allele_token(allele) &&
           memchr(allele.ptr, '/', allele.len) == NULL &&
           (!numbers || (amp_dna_allele_milli(allele, &milli) && milli > 0));
}

amp_err amp_kin_marker_of(const struct amp_dna_freq *freq, struct amp_kin_seen seen,
                          double min_freq, struct amp_arena *arena, struct amp_kin_marker *out,
                          struct amp_why *why)
{
    const int len = (int)freq->marker.len;
    struct amp_kin_marker marker = {.name = freq->marker, .allele_n = freq->allele_n, .silent = -1};
    struct amp_str *names = amp_arena_array(arena, freq->allele_n + seen.n, sizeof *names);
    double *freqs = amp_arena_array(arena, freq->allele_n + seen.n, sizeof *freqs);
    if (!names || !freqs) {
        return AMP_E_NOMEM;
    }
    if (!(fabs(freq->sum - 1) <= sum_rounded)) {
        return amp_fail(why, AMP_E_RANGE,
                        "marker %.*s: the frequencies sum to %g: complete the table, or add an "
                        "allele for the rest",
                        len, freq->marker.ptr, freq->sum);
    }
    double sum = 0;
    for (size_t a = 0; a < freq->allele_n; a++) {
        names[a] = freq->allele[a];
        freqs[a] = freq->freq[a];
        sum += freqs[a];
    }
    marker.allele = names;
    for (size_t s = 0; s < seen.n; s++) {
        if (amp_kin_allele(&marker, seen.allele[s]) >= 0) {
            continue;
        }
        if (!amp_kin_allele_likely(freq->allele, freq->allele_n, seen.allele[s])) {
            return amp_fail(why, AMP_E_RANGE,
                            "marker %.*s: \"%.*s\" is no allele of the marker: name one allele as "
                            "the table of frequencies names them, or leave the genotype untyped",
                            len, freq->marker.ptr, (int)seen.allele[s].len, seen.allele[s].ptr);
        }
        if (!(min_freq > 0)) {
            return amp_fail(why, AMP_E_MISSING,
                            "marker %.*s: allele %.*s is not in the table of frequencies: give "
                            "--min-freq, the frequency of alleles that were never counted",
                            len, freq->marker.ptr, (int)seen.allele[s].len, seen.allele[s].ptr);
        }
        names[marker.allele_n] = seen.allele[s];
        freqs[marker.allele_n++] = min_freq;
        sum += min_freq;
    }
    for (size_t a = 0; a < marker.allele_n && fabs(sum - 1) > sum_exact; a++) {
        freqs[a] /= sum;
    }
    if (marker.allele_n > AMP_KIN_ALLELES) {
        return amp_fail(why, AMP_E_LIMIT, "marker %.*s has %zu alleles: the limit is %d", len,
                        freq->marker.ptr, marker.allele_n, AMP_KIN_ALLELES);
    }
    marker.freq = freqs;
    *out = marker;
    return AMP_OK;
}

amp_err amp_kin_case_unrelated(struct amp_kin_case *kc, struct amp_arena *arena)
{
    const struct amp_kin_hypothesis *first = &kc->hypothesis[0];
    const size_t n = first->pedigree.person_n;
    struct amp_kin_person *person = amp_arena_array(arena, n, sizeof *person);
    struct amp_kin_hypothesis *more = amp_arena_array(arena, kc->hypothesis_n + 1, sizeof *more);
    if (!person || !more) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        person[i] = first->pedigree.person[i];
        person[i].father = person[i].mother = person[i].twin = -1;
    }
    for (size_t h = 0; h < kc->hypothesis_n; h++) {
        more[h] = kc->hypothesis[h];
    }
    more[kc->hypothesis_n++] =
        (struct amp_kin_hypothesis){.name = AMP_STR("unrelated"),
                                    .pedigree = {.person_n = n, .person = person},
                                    .row = first->row,
                                    .group = first->group};
    kc->hypothesis = more;
    return AMP_OK;
}

void amp_kin_put_number(struct amp_buf *out, double value)
{
    char text[40];
    struct amp_buf room = amp_buf_over(text, sizeof text);
    for (int digits = 6; digits <= 17; digits++) {
        amp_buf_clear(&room);
        amp_buf_printf(&room, "%.*g", digits, value);
        double back = 0;
        if (!amp_str_double(amp_buf_view(&room), &back) && !(back < value) && !(back > value)) {
            break;
        }
    }
    amp_buf_str(out, amp_buf_view(&room));
}

void amp_kin_put_json(struct amp_json *js, double value)
{
    char text[40];
    struct amp_buf room = amp_buf_over(text, sizeof text);
    if (!isfinite(value)) {
        amp_json_put_null(js);
        return;
    }
    amp_kin_put_number(&room, value);
    amp_json_put_raw(js, amp_buf_view(&room));
}

void amp_kin_put_hash(const uint8_t sha256[AMP_KIN_SHA256], struct amp_buf *out)
{
    amp_hex_put(out, sha256, AMP_KIN_SHA256);
}
