/* The propositions in words, and what a reader of a report must be warned of. */
#include "dna/report.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    const char *what;
    int decimals;
} limit_row[AMP_LIMIT_COUNT] = {
    [AMP_LIMIT_CONTRIBUTORS] = {"contributors", "the number of contributors", 0},
    [AMP_LIMIT_UNKNOWN] = {"unknown", "the number of unknown contributors", 0},
    [AMP_LIMIT_SHARE] = {"share", "the smallest mixture proportion", 3},
    [AMP_LIMIT_MU] = {"mu", "the expected peak height", 1},
    [AMP_LIMIT_OMEGA] = {"omega", "the variability of peak heights", 3},
    [AMP_LIMIT_BETA] = {"beta", "the degradation slope", 3},
    [AMP_LIMIT_MARKERS] = {"markers", "the number of markers", 0},
    [AMP_LIMIT_REPLICATES] = {"replicates", "the number of replicates", 0},
};

struct amp_dna_report_limits amp_dna_report_limits_general(void)
{
    struct amp_dna_report_limits limits = {.given = false};
    for (size_t i = 0; i < AMP_LIMIT_COUNT; i++) {
        limits.low[i] = -INFINITY;
        limits.high[i] = INFINITY;
    }
    limits.high[AMP_LIMIT_CONTRIBUTORS] = 3;
    limits.low[AMP_LIMIT_SHARE] = 0.2;
    return limits;
}

/* "LOW..HIGH", "..HIGH", "LOW.." or "VALUE" */
static amp_err range_read(struct amp_str text, double *low, double *high)
{
    struct amp_str from = text;
    struct amp_str to = text;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] == '.' && text.ptr[i + 1] == '.') {
            from = (struct amp_str){text.ptr, i};
            to = (struct amp_str){text.ptr + i + 2, text.len - i - 2};
            break;
        }
    }
    double a = -INFINITY;
    double b = INFINITY;
    amp_err err = from.len > 0 ? amp_str_double(from, &a) : AMP_OK;
    err = err || to.len == 0 ? err : amp_str_double(to, &b);
    if (err || text.len == 0 || a > b) {
        return AMP_E_USAGE;
    }
    *low = a;
    *high = b;
    return AMP_OK;
}

amp_err amp_dna_report_limits_read(struct amp_str text, struct amp_dna_report_limits *out,
                                   struct amp_why *why)
{
    struct amp_dna_report_limits limits = amp_dna_report_limits_general();
    limits.given = true;
    limits.high[AMP_LIMIT_CONTRIBUTORS] = INFINITY;
    limits.low[AMP_LIMIT_SHARE] = -INFINITY;
    while (text.len > 0) {
        struct amp_str one = {0};
        struct amp_str name = {0};
        text = amp_str_cut(text, ',', &one);
        struct amp_str range = amp_str_cut(one, '=', &name);
        size_t i = 0;
        while (i < AMP_LIMIT_COUNT && !amp_str_is(amp_str_trim(name), limit_row[i].name)) {
            i++;
        }
        if (i == AMP_LIMIT_COUNT) {
            return amp_fail(why, AMP_E_USAGE,
                            "\"%.*s\" is no range: write contributors, unknown, share, mu, omega, "
                            "beta, markers or replicates = LOW..HIGH",
                            (int)(one.len < 80 ? one.len : 80), one.ptr);
        }
        if (range_read(amp_str_trim(range), &limits.low[i], &limits.high[i])) {
            return amp_fail(why, AMP_E_USAGE, "the range of %s is not LOW..HIGH, ..HIGH or LOW..",
                            limit_row[i].name);
        }
    }
    *out = limits;
    return AMP_OK;
}

static const char *relation_words(enum amp_mix_relation relation)
{
    switch (relation) {
    case AMP_MIX_SIBLING:
        return "a full sibling";
    case AMP_MIX_PARENT_CHILD:
        return "a parent or child";
    case AMP_MIX_HALF_SIBLING:
        return "a half sibling (or grandparent, grandchild, uncle, aunt, nephew, niece)";
    case AMP_MIX_COUSIN:
        return "a first cousin";
    case AMP_MIX_UNRELATED:
        break;
    }
    return "an unrelated person";
}

static void join(struct amp_buf *buf, size_t at, size_t n, struct amp_str text)
{
    amp_buf_text(buf, at == 0 ? "" : at + 1 == n ? " and " : ", ");
    amp_buf_str(buf, text);
}

struct amp_str amp_dna_report_clause(const struct amp_mix_hypothesis *hypothesis,
                                     struct amp_str item, struct amp_arena *arena)
{
    enum {
        CLAUSE_MAX = 65536
    };
    struct amp_buf buf = amp_buf_make(CLAUSE_MAX);
    bool related = hypothesis->relation != AMP_MIX_UNRELATED;
    size_t unknown_n = hypothesis->contributor_n - hypothesis->known_n - (related ? 1 : 0);
    size_t part_n = hypothesis->known_n + (unknown_n > 0 ? 1 : 0) + (related ? 1 : 0);
    size_t at = 0;
    for (size_t i = 0; i < hypothesis->known_n; i++) {
        join(&buf, at++, part_n, hypothesis->known[i]);
    }
    if (unknown_n > 0) {
        join(&buf, at++, part_n,
             unknown_n == 1 ? AMP_STR("1 unknown unrelated person")
                            : amp_arena_printf(arena, "%zu unknown unrelated persons", unknown_n));
    }
    if (related) {
        join(&buf, at++, part_n,
             amp_arena_printf(arena, "%s of %.*s", relation_words(hypothesis->relation),
                              (int)hypothesis->related_to.len, hypothesis->related_to.ptr));
    }
    amp_buf_text(&buf, hypothesis->contributor_n == 1 ? " is the only contributor to "
                                                      : " are the contributors to ");
    amp_buf_str(&buf, item);
    struct amp_str clause = amp_arena_str(arena, amp_buf_view(&buf));
    amp_buf_free(&buf);
    return clause;
}

void amp_dna_report_warning(struct amp_dna_report *report, struct amp_str text)
{
    if (report->warning_n < AMP_DNA_REPORT_WARNINGS) {
        report->warning[report->warning_n++] = text;
    } else {
        report->warning[AMP_DNA_REPORT_WARNINGS - 1] =
            AMP_STR("More warnings than have room here.");
    }
}

static void limit_check(struct amp_dna_report *report, enum amp_dna_report_limit limit,
                        double value, const char *side, struct amp_arena *arena)
{
    const struct amp_dna_report_limits *limits = &report->limits;
    bool low = value < limits->low[limit];
    if (!low && !(value > limits->high[limit])) {
        return;
    }
    int decimals = limit_row[limit].decimals;
    amp_dna_report_warning(
        report,
        amp_arena_printf(arena, "Outside the validated range: %s%s%s is %.*f, %s %.*f%s.",
                         limit_row[limit].what, side[0] ? " under " : "", side, decimals, value,
                         low ? "below" : "above", decimals,
                         low ? limits->low[limit] : limits->high[limit],
                         limits->given ? ""
                                       : " (no range of the laboratory was given; this is the "
                                         "general one of PCAST 2016)"));
}

static void side_limits(struct amp_dna_report *report, const struct amp_dna_report_side *side,
                        struct amp_arena *arena)
{
    double share = 1;
    if (!side->fit) {
        return;
    }
    for (size_t k = 0; k < side->hypothesis->contributor_n; k++) {
        share = side->fit->at.share[k] < share ? side->fit->at.share[k] : share;
    }
    limit_check(report, AMP_LIMIT_SHARE, share, side->name, arena);
    limit_check(report, AMP_LIMIT_MU, side->fit->at.mu, side->name, arena);
    limit_check(report, AMP_LIMIT_OMEGA, side->fit->at.omega, side->name, arena);
    if (side->mix->degradation) {
        limit_check(report, AMP_LIMIT_BETA, side->fit->at.beta, side->name, arena);
    }
}

static void side_warn(struct amp_dna_report *report, const struct amp_dna_report_side *side,
                      struct amp_arena *arena)
{
    if (side->fit && side->fit->at_border) {
        amp_dna_report_warning(
            report, amp_arena_printf(arena,
                                     "Under %s a parameter is at its limit (a proportion of 0): "
                                     "fewer contributors or no stutter may describe it as well.",
                                     side->name));
    }
    if (side->fit && side->fit->start_n > 1 && side->fit->converged_n == 1) {
        amp_dna_report_warning(
            report, amp_arena_printf(arena,
                                     "Under %s only 1 of %d starts reached the maximum found: the "
                                     "likelihood has several peaks.",
                                     side->name, side->fit->start_n));
    }
    if (side->pp && side->pp->flagged_n > 0) {
        amp_dna_report_warning(
            report, amp_arena_printf(arena,
                                     "Under %s the model does not describe %zu of %zu peaks well "
                                     "(PP-plot, level 0.01 after Bonferroni).",
                                     side->name, side->pp->flagged_n, side->pp->peak_n));
    }
}

static bool stain_has(const struct amp_dna_report *report, struct amp_str marker)
{
    for (size_t i = 0; i < report->input->replicate_n; i++) {
        if (amp_dna_locus_find(report->input->replicate[i], marker) != NULL) {
            return true;
        }
    }
    return false;
}

/* A contributor who lacks markers of the stain and has others may have them under other names. */
static void names_warn(struct amp_dna_report *report, const struct amp_dna_report_side *side,
                       size_t contributor, struct amp_arena *arena)
{
    const struct amp_str name = side->hypothesis->known[contributor];
    const struct amp_dna_sample *person = amp_dna_sample_find(report->input->references, name);
    struct amp_str lacks = {.ptr = "", .len = 0};
    struct amp_str has = {.ptr = "", .len = 0};
    for (size_t m = 0; m < side->mix->marker_n && lacks.len == 0; m++) {
        const struct amp_mix_marker *marker = &side->mix->marker[m];
        lacks = (marker->known >> contributor & 1U) == 0 ? marker->name : lacks;
    }
    for (size_t m = 0; person != NULL && m < person->locus_n && has.len == 0; m++) {
        has = stain_has(report, person->locus[m].marker) ? has : person->locus[m].marker;
    }
    if (lacks.len == 0 || has.len == 0) {
        return;
    }
    amp_dna_report_warning(
        report, amp_arena_printf(
                    arena,
                    "%.*s counts as unknown at markers of the stain (%.*s ...) and is typed "
                    "at others (%.*s ...): if these are the same markers under other names, "
                    "the LR is wrong until they are named alike.",
                    (int)name.len, name.ptr, (int)lacks.len, lacks.ptr, (int)has.len, has.ptr));
}

/* Half a table is no table: what is missing counts as alleles that nobody has listed. */
static void sums_warn(struct amp_dna_report *report, struct amp_arena *arena)
{
    static const double far = 0.05;
    size_t n = 0;
    const struct amp_dna_freq *worst = NULL;
    for (size_t m = 0; m < report->hp.mix->marker_n; m++) {
        const struct amp_dna_freq *freq =
            amp_dna_freq_find(report->input->freqs, report->hp.mix->marker[m].name);
        if (freq == NULL || fabs(freq->sum - 1) <= far) {
            continue;
        }
        n++;
        worst = worst == NULL || fabs(freq->sum - 1) > fabs(worst->sum - 1) ? freq : worst;
    }
    if (worst != NULL) {
        amp_dna_report_warning(
            report, amp_arena_printf(arena,
                                     "The frequencies of %zu marker%s do not add up to 1 (%.*s: "
                                     "%.4f): is the table complete, and of this marker?",
                                     n, n == 1 ? "" : "s", (int)worst->marker.len,
                                     worst->marker.ptr, worst->sum));
    }
}

void amp_dna_report_warn(struct amp_dna_report *report, struct amp_arena *arena)
{
    const struct amp_mix_hypothesis *hd = report->hd.hypothesis;
    limit_check(report, AMP_LIMIT_CONTRIBUTORS, (double)hd->contributor_n, "", arena);
    limit_check(report, AMP_LIMIT_UNKNOWN, (double)(hd->contributor_n - hd->known_n), "Hd", arena);
    limit_check(report, AMP_LIMIT_MARKERS, (double)report->lr->marker_n, "", arena);
    limit_check(report, AMP_LIMIT_REPLICATES, (double)report->input->replicate_n, "", arena);
    side_limits(report, &report->hp, arena);
    side_limits(report, &report->hd, arena);
    side_warn(report, &report->hp, arena);
    side_warn(report, &report->hd, arena);
    for (size_t k = 0; k < report->hp.hypothesis->known_n; k++) {
        names_warn(report, &report->hp, k, arena);
    }
    sums_warn(report, arena);
    if (report->trial_best >= 0 && report->trial_n > 0) {
        size_t best = report->trial[report->trial_best].contributor_n;
        if (best != hd->contributor_n) {
            amp_dna_report_warning(
                report,
                amp_arena_printf(arena,
                                 "Akaike's criterion under Hd prefers %zu contributors to the "
                                 "%zu that were assumed.",
                                 best, hd->contributor_n));
        }
    }
    if (report->lr->log10_lr > report->lr->log10_upper + 0.05) {
        amp_dna_report_warning(report,
                               AMP_STR("The LR is above its theoretical bound: the parameters "
                                       "differ much between the propositions. Do not rely on "
                                       "it without a reason found."));
    }
}
