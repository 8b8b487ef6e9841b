/* From profiles, frequencies, a kit and a hypothesis to the numbers of a mixture. */
#include "dna/build_in.h"
#include "dna/numeric.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* P(0, 1, 2 alleles identical by descent). */
static const double kappas[][3] = {
    [AMP_MIX_UNRELATED] = {1, 0, 0},    [AMP_MIX_SIBLING] = {0.25, 0.5, 0.25},
    [AMP_MIX_PARENT_CHILD] = {0, 1, 0}, [AMP_MIX_HALF_SIBLING] = {0.5, 0.5, 0},
    [AMP_MIX_COUSIN] = {0.75, 0.25, 0},
};

void amp_mix_note(struct amp_mix_draft *draft, const char *fmt, ...)
{
    struct amp_mix_notes *notes = draft->notes;
    if (notes == NULL) {
        return;
    }
    if (notes->n == AMP_MIX_WARNINGS) {
        notes->more++;
        return;
    }
    char text[AMP_WHY_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    notes->note[notes->n++] = amp_arena_str(draft->arena, amp_str_of(text));
}

static amp_err settings_check(const struct amp_mix_settings *st, struct amp_why *why)
{
    static const double heights[2] = {1e-6, 1e9};
    static const double chances[2] = {0, 0.999999};
    static const double rates[2] = {1e-9, 1e3};
    amp_err err = amp_mix_rule_check(st, &st->threshold, "threshold", heights, why);
    err = err ? err : amp_mix_rule_check(st, &st->drop_in, "drop-in", chances, why);
    err = err ? err : amp_mix_rule_check(st, &st->drop_in_lambda, "drop-in lambda", rates, why);
    err = err ? err : amp_mix_rule_check(st, &st->theta, "theta", chances, why);
    if (err) {
        return err;
    }
    if (st->degradation && st->kit == NULL) {
        return amp_fail(why, AMP_E_MISSING,
                        "degradation needs the sizes of the alleles: name the kit");
    }
    if (st->forward && !st->back) {
        return amp_fail(why, AMP_E_RANGE, "forward stutter needs back stutter as well");
    }
    if (!(st->min_freq >= 0 && st->min_freq < 1)) {
        return amp_fail(why, AMP_E_RANGE, "the smallest frequency must be from 0 to below 1");
    }
    return AMP_OK;
}

static amp_err hypothesis_check(const struct amp_mix_hypothesis *hy, struct amp_why *why)
{
    if (hy->contributor_n == 0 || hy->contributor_n > AMP_MIX_CONTRIBUTORS) {
        return amp_fail(why, AMP_E_RANGE, "the number of contributors must be from 1 to %d",
                        AMP_MIX_CONTRIBUTORS);
    }
    if (hy->known_n > hy->contributor_n || hy->typed_n > AMP_MIX_KNOWN) {
        return amp_fail(why, AMP_E_RANGE,
                        "%zu named contributors and %zu contributors in all: name fewer or raise "
                        "the number",
                        hy->known_n, hy->contributor_n);
    }
    if (hy->contributor_n - hy->known_n > AMP_MIX_UNKNOWN) {
        return amp_fail(why, AMP_E_LIMIT, "more than %d unknown contributors", AMP_MIX_UNKNOWN);
    }
    assert((size_t)hy->relation < sizeof(kappas) / sizeof(kappas[0]));
    if (hy->relation != AMP_MIX_UNRELATED && hy->known_n == hy->contributor_n) {
        return amp_fail(why, AMP_E_RANGE,
                        "a relative needs an unknown contributor, but all are named");
    }
    return AMP_OK;
}

static amp_err person_find(struct amp_mix_draft *draft, struct amp_str name,
                           const struct amp_dna_sample **out)
{
    const struct amp_dna_profiles *references = draft->input->references;
    *out = references != NULL ? amp_dna_sample_find(references, name) : NULL;
    if (*out != NULL) {
        return AMP_OK;
    }
    const struct amp_str first =
        references != NULL && references->sample_n > 0 ? references->sample[0].name : AMP_STR("");
    return amp_fail(draft->why, AMP_E_NOT_FOUND,
                    "there is no reference \"%.*s\" among the %zu read%s%.*s", (int)name.len,
                    name.ptr, references != NULL ? references->sample_n : 0,
                    first.len > 0 ? ", which begin with " : "", (int)first.len, first.ptr);
}

static bool is_listed(const struct amp_mix_people *people, const struct amp_dna_sample *person)
{
    for (size_t i = 0; i < people->n; i++) {
        if (people->person[i] == person) {
            return true;
        }
    }
    return false;
}

static amp_err people_find(struct amp_mix_draft *draft)
{
    const struct amp_mix_hypothesis *hy = draft->hypothesis;
    struct amp_mix_people *people = &draft->people;
    for (size_t i = 0; i < hy->known_n + hy->typed_n; i++) {
        const struct amp_str name = i < hy->known_n ? hy->known[i] : hy->typed[i - hy->known_n];
        const struct amp_dna_sample *person = NULL;
        amp_err err = person_find(draft, name, &person);
        if (err) {
            return err;
        }
        if (!is_listed(people, person)) {
            people->person[people->n++] = person;
        } else if (i < hy->known_n) {
            return amp_fail(draft->why, AMP_E_RANGE, "%.*s is named twice as contributor",
                            (int)name.len, name.ptr);
        }
    }
    if (hy->relation == AMP_MIX_UNRELATED) {
        return AMP_OK;
    }
    amp_err err = person_find(draft, hy->related_to, &people->relative);
    if (!err && !is_listed(people, people->relative)) {
        people->person[people->n++] = people->relative;
    }
    return err;
}

const struct amp_dna_locus *amp_mix_locus_find(const struct amp_mix_draft *draft,
                                               const struct amp_dna_sample *sample,
                                               struct amp_str marker)
{
    if (draft->place < sample->locus_n &&
        amp_dna_marker_same(sample->locus[draft->place].marker, marker)) {
        return &sample->locus[draft->place];
    }
    return amp_dna_locus_find(sample, marker);
}

static const struct amp_dna_freq *freq_find(const struct amp_mix_draft *draft,
                                            struct amp_str marker)
{
    const struct amp_dna_freqs *freqs = draft->input->freqs;
    if (draft->place < freqs->marker_n &&
        amp_dna_marker_same(freqs->marker[draft->place].marker, marker)) {
        return &freqs->marker[draft->place];
    }
    return amp_dna_freq_find(freqs, marker);
}

/* The replicates that have the marker. */
static void replicates_find(struct amp_mix_draft *draft, struct amp_str name)
{
    draft->replicate_n = 0;
    for (size_t i = 0; i < draft->input->replicate_n; i++) {
        const struct amp_dna_locus *locus =
            amp_mix_locus_find(draft, draft->input->replicate[i], name);
        if (locus != NULL) {
            draft->replicate[draft->replicate_n++] = locus;
        }
    }
}

/* Takes the alleles, their heights and drop-in weights out of the draft's room. */
static amp_err alleles_take(struct amp_mix_draft *draft)
{
    const size_t n = draft->replicate_n;
    const size_t allele_n = draft->marker->allele_n;
    struct amp_mix_allele *taken = amp_arena_array(draft->arena, allele_n, sizeof(*taken));
    double *weight = amp_arena_array(draft->arena, allele_n * n, sizeof(*weight));
    double *height = amp_arena_array(draft->arena, allele_n * n, sizeof(*height));
    if (taken == NULL || weight == NULL || height == NULL) {
        return AMP_E_NOMEM;
    }
    draft->marker->allele = taken;
    for (size_t i = 0; i < allele_n; i++) {
        struct amp_mix_allele *allele = &taken[i];
        *allele = draft->allele[i];
        for (size_t r = 0; r < n; r++) {
            height[i * n + r] = draft->height[i * n + r];
            const double above = height[i * n + r] - draft->marker->threshold;
            weight[i * n + r] =
                height[i * n + r] > 0
                    ? amp_ln(allele->freq) + amp_ln(draft->lambda) - draft->lambda * above
                    : 0;
        }
        allele->height = &height[i * n];
        allele->drop_in_log = &weight[i * n];
    }
    return AMP_OK;
}

static amp_err unknown_check(const struct amp_mix_draft *draft)
{
    size_t unknown_n = draft->hypothesis->contributor_n;
    for (size_t i = 0; i < draft->hypothesis->contributor_n; i++) {
        unknown_n -= (draft->marker->known >> i) & 1U;
    }
    if (unknown_n > AMP_MIX_UNKNOWN) {
        return amp_fail(draft->why, AMP_E_LIMIT,
                        "marker %.*s: more than %d contributors are not typed there",
                        (int)draft->marker->name.len, draft->marker->name.ptr, AMP_MIX_UNKNOWN);
    }
    return AMP_OK;
}

static amp_err rules_apply(struct amp_mix_draft *draft)
{
    const struct amp_mix_settings *st = draft->settings;
    struct amp_mix_marker *mk = draft->marker;
    amp_err err = amp_mix_rule_value(draft, &st->threshold, "threshold", mk->name, &mk->threshold);
    err = err ? err : amp_mix_rule_value(draft, &st->drop_in, "drop-in", mk->name, &mk->drop_in);
    err = err ? err
              : amp_mix_rule_value(draft, &st->drop_in_lambda, "drop-in lambda", mk->name,
                                   &draft->lambda);
    mk->drop_in_lambda = draft->lambda;
    return err ? err : amp_mix_rule_value(draft, &st->theta, "theta", mk->name, &mk->theta);
}

static amp_err marker_build(struct amp_mix_draft *draft, struct amp_str name,
                            struct amp_mix_marker *out)
{
    replicates_find(draft, name);
    *out = (struct amp_mix_marker){.name = amp_arena_str(draft->arena, name),
                                   .rest = -1,
                                   .replicate_n = draft->replicate_n,
                                   .relative = {-1, -1}};
    draft->marker = out;
    draft->kit =
        draft->settings->kit != NULL ? amp_dna_kit_marker_find(draft->settings->kit, name) : NULL;
    draft->allele = amp_arena_array(draft->arena, AMP_MIX_ALLELES, sizeof(*draft->allele));
    draft->height =
        amp_arena_array(draft->arena, AMP_MIX_ALLELES * draft->replicate_n, sizeof(*draft->height));
    if (draft->allele == NULL || draft->height == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = rules_apply(draft);
    err = err ? err : amp_mix_ladder_build(draft);
    if (!err && out->rest < 0 && amp_mix_people_need_rest(draft)) {
        err = amp_mix_ladder_rest(draft);
    }
    err = err ? err : amp_mix_stutter_link(draft);
    err = err ? err : amp_mix_sizes_set(draft);
    err = err ? err : amp_mix_people_count(draft);
    err = err ? err : unknown_check(draft);
    return err ? err : alleles_take(draft);
}

/* Whether an earlier replicate has the marker already. */
static bool seen_before(const struct amp_mix_draft *draft, size_t replicate, struct amp_str name)
{
    for (size_t i = 0; i < replicate; i++) {
        if (amp_mix_locus_find(draft, draft->input->replicate[i], name) != NULL) {
            return true;
        }
    }
    return false;
}

static amp_err replicate_build(struct amp_mix_draft *draft, size_t replicate,
                               struct amp_mix_marker *marker, size_t *marker_n)
{
    const struct amp_dna_sample *sample = draft->input->replicate[replicate];
    for (size_t i = 0; i < sample->locus_n; i++) {
        const struct amp_str name = sample->locus[i].marker;
        draft->place = i;
        if (seen_before(draft, replicate, name)) {
            continue;
        }
        draft->freq = freq_find(draft, name);
        if (draft->freq == NULL) {
            amp_mix_note(draft, "%.*s is left out: the frequency table does not have it",
                         (int)name.len, name.ptr);
            continue;
        }
        amp_err err = marker_build(draft, name, &marker[*marker_n]);
        if (err) {
            return err;
        }
        *marker_n += 1;
    }
    return AMP_OK;
}

static amp_err markers_build(struct amp_mix_draft *draft, struct amp_mix *mix)
{
    size_t most = 1;
    for (size_t i = 0; i < draft->input->replicate_n; i++) {
        most += draft->input->replicate[i]->locus_n;
    }
    struct amp_mix_marker *marker = amp_arena_array(draft->arena, most, sizeof(*marker));
    draft->allele = amp_arena_array(draft->arena, AMP_MIX_ALLELES, sizeof(*draft->allele));
    draft->height = amp_arena_array(draft->arena, (size_t)AMP_MIX_ALLELES * AMP_MIX_REPLICATES,
                                    sizeof(*draft->height));
    if (marker == NULL || draft->allele == NULL || draft->height == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < draft->input->replicate_n; i++) {
        amp_err err = replicate_build(draft, i, marker, &mix->marker_n);
        if (err) {
            return err;
        }
    }
    if (mix->marker_n == 0) {
        return amp_fail(draft->why, AMP_E_MISSING,
                        "the stain and the frequency table share no marker; is it the table of the "
                        "kit?");
    }
    if (draft->below_n > 0) {
        amp_mix_note(draft, "%zu peaks below the threshold are left out", draft->below_n);
    }
    mix->marker = marker;
    return amp_arena_failed(draft->arena) ? AMP_E_NOMEM : AMP_OK;
}

static amp_err stain_check(const struct amp_mix_input *input, struct amp_why *why)
{
    if (input->replicate_n == 0 || input->replicate_n > AMP_MIX_REPLICATES) {
        return amp_fail(why, AMP_E_RANGE, "a stain has from 1 to %d replicates, not %zu",
                        AMP_MIX_REPLICATES, input->replicate_n);
    }
    for (size_t i = 0; i < input->replicate_n; i++) {
        if (!input->replicate[i]->heights) {
            return amp_fail(why, AMP_E_MISSING,
                            "%.*s has no peak heights, so it cannot be the stain; export it with "
                            "its heights",
                            (int)input->replicate[i]->name.len, input->replicate[i]->name.ptr);
        }
    }
    return AMP_OK;
}

amp_err amp_mix_build(const struct amp_mix_input *input, const struct amp_mix_settings *settings,
                      const struct amp_mix_hypothesis *hypothesis, struct amp_arena *arena,
                      struct amp_mix *out, struct amp_mix_notes *notes, struct amp_why *why)
{
    assert(input->freqs != NULL && arena != NULL && out != NULL);
    amp_err err = stain_check(input, why);
    err = err ? err : settings_check(settings, why);
    err = err ? err : hypothesis_check(hypothesis, why);
    if (err) {
        return err;
    }
    struct amp_mix_draft draft = {.input = input,
                                  .settings = settings,
                                  .hypothesis = hypothesis,
                                  .arena = arena,
                                  .notes = notes,
                                  .why = why};
    struct amp_mix mix = {.contributor_n = hypothesis->contributor_n,
                          .related = -1,
                          .degradation = settings->degradation,
                          .back = settings->back,
                          .forward = settings->forward};
    for (size_t i = 0; i < 3; i++) {
        mix.kappa[i] = kappas[hypothesis->relation][i];
    }
    if (hypothesis->relation != AMP_MIX_UNRELATED) {
        mix.related = (int32_t)hypothesis->contributor_n - 1;
    }
    err = people_find(&draft);
    if (!err) {
        amp_mix_people_note(&draft);
        err = markers_build(&draft, &mix);
    }
    if (!err) {
        *out = mix;
    }
    return err;
}
