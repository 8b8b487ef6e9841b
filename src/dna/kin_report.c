/* The report of a kinship case as JSON and as text. */
#include "dna/kin_report.h"

#include "dna/numeric.h"
#include <math.h>

enum {
    LOG_DECIMALS = 12
};

const char *amp_kin_untyped_words(enum amp_kin_untyped untyped)
{
    return untyped == AMP_KIN_MUTATE
               ? "an untyped founder's allele is drawn from the population and may mutate on its "
                 "way to the child (as in pedprobr)"
               : "an untyped founder with one child gives it an allele of the population, without "
                 "mutation (as in Familias)";
}

double amp_kin_log10(double log_ratio)
{
    static const double ln10 = 2.30258509299404568401799;
    return log_ratio / ln10;
}

struct amp_str amp_kin_clause(const struct amp_kin_hypothesis *hypothesis, struct amp_arena *arena)
{
    return amp_arena_printf(arena, "the relations are those of the pedigree \"%.*s\"",
                            (int)hypothesis->name.len, hypothesis->name.ptr);
}

/* Where a pedigree is impossible, and what is left out that would make it possible. */
static struct amp_str impossible_words(const struct amp_kin_report *report, size_t h,
                                       struct amp_arena *arena)
{
    const struct amp_kin_case *kc = report->kc;
    size_t first = kc->marker_n;
    size_t n = 0;
    bool mutation = false;
    for (size_t m = 0; m < kc->marker_n; m++) {
        if (!isinf(report->result->loglik[h * kc->marker_n + m])) {
            continue;
        }
        const struct amp_kin_marker *marker = &kc->marker[m];
        first = n == 0 ? m : first;
        mutation = mutation || marker->male.rate > 0 || marker->female.rate > 0;
        n++;
    }
    if (n == 0) {
        return AMP_STR("");
    }
    return amp_arena_printf(
        arena,
        " This rests on %zu marker%s (%.*s%s) at which the genotypes are impossible under the "
        "pedigree \"%.*s\"%s: a %slost or silent allele or an error of typing could be the reason.",
        n, n == 1 ? "" : "s", (int)kc->marker[first].name.len, kc->marker[first].name.ptr,
        n == 1 ? "" : " ...", (int)kc->hypothesis[h].name.len, kc->hypothesis[h].name.ptr,
        mutation ? "" : ", and no mutation is modelled there", mutation ? "" : "mutation, a ");
}

struct amp_str amp_kin_statement(const struct amp_kin_report *report, size_t h,
                                 struct amp_arena *arena)
{
    const struct amp_kin_case *kc = report->kc;
    const size_t against = report->result->against;
    const double log_ratio = report->result->log_ratio[h];
    if (kc->hypothesis[h].group != kc->hypothesis[against].group) {
        return AMP_STR("Not comparable: other persons are typed.");
    }
    if (isnan(log_ratio)) {
        return AMP_STR("The genotypes have no probability under either pedigree: allow mutation, "
                       "drop-out or silent alleles, or check the profiles.");
    }
    const struct amp_str sentence = amp_lr_sentence(
        report->scale, amp_kin_log10(log_ratio), amp_kin_clause(&kc->hypothesis[h], arena),
        amp_kin_clause(&kc->hypothesis[against], arena), arena);
    if (!isinf(log_ratio)) {
        return sentence;
    }
    const struct amp_str where = impossible_words(report, log_ratio < 0 ? h : against, arena);
    return amp_arena_printf(arena, "%.*s%.*s", (int)sentence.len, sentence.ptr, (int)where.len,
                            where.ptr);
}

struct amp_str amp_kin_mutation_words(const struct amp_kin_mutation *mutation,
                                      struct amp_arena *arena)
{
    const char *name = amp_kin_model_name(mutation->model);
    if (mutation->model == AMP_KIN_NONE || (mutation->rate <= 0 && mutation->rate2 <= 0)) {
        return amp_arena_printf(arena, "none");
    }
    if (mutation->model == AMP_KIN_STEPWISE) {
        return amp_arena_printf(arena, "%s, rate %g, range %g, second rate %g", name,
                                mutation->rate, mutation->range, mutation->rate2);
    }
    if (mutation->model == AMP_KIN_DAWID) {
        return amp_arena_printf(arena, "%s, rate %g, range %g", name, mutation->rate,
                                mutation->range);
    }
    return amp_arena_printf(arena, "%s, rate %g", name, mutation->rate);
}

static void number_of(struct amp_json *js, const char *name, double value)
{
    amp_json_key(js, name);
    amp_kin_put_json(js, value);
}

static void conventions_json(const struct amp_kin_report *report, struct amp_json *js)
{
    const struct amp_kin_case *kc = report->kc;
    amp_json_key(js, "conventions");
    amp_json_open(js, '{');
    amp_json_text_of(js, "untyped_founder", report->untyped == AMP_KIN_MUTATE ? "mutate" : "draw");
    amp_json_text_of(js, "untyped_founder_words", amp_kin_untyped_words(report->untyped));
    number_of(js, "theta", kc->marker_n ? kc->marker[0].theta : 0);
    amp_json_bool_of(js, "x_linked", kc->marker_n > 0 && kc->marker[0].x_linked);
    amp_json_i64_of(js, "linked_groups", (int64_t)kc->group_n);
    amp_json_text_of(js, "logarithm", "natural");
    amp_json_close(js, '}');
}

static void mutation_json(const char *name, const struct amp_kin_mutation *mutation,
                          struct amp_json *js)
{
    amp_json_key(js, name);
    amp_json_open(js, '{');
    amp_json_text_of(js, "model", amp_kin_model_name(mutation->model));
    number_of(js, "rate", mutation->rate);
    number_of(js, "rate2", mutation->rate2);
    number_of(js, "range", mutation->range);
    amp_json_close(js, '}');
}

static void markers_json(const struct amp_kin_case *kc, struct amp_json *js)
{
    amp_json_key(js, "markers");
    amp_json_open(js, '[');
    for (size_t m = 0; m < kc->marker_n; m++) {
        const struct amp_kin_marker *marker = &kc->marker[m];
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", marker->name);
        amp_json_i64_of(js, "alleles", (int64_t)marker->allele_n);
        mutation_json("male_mutation", &marker->male, js);
        mutation_json("female_mutation", &marker->female, js);
        number_of(js, "silent", marker->silent >= 0 ? marker->freq[marker->silent] : 0);
        number_of(js, "drop_out", marker->drop_out);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void hypothesis_json(const struct amp_kin_report *report, size_t h, struct amp_json *js)
{
    const struct amp_kin_case *kc = report->kc;
    const struct amp_kin_result *result = report->result;
    amp_json_open(js, '{');
    amp_json_str_of(js, "name", kc->hypothesis[h].name);
    amp_json_double_of(js, "loglik", result->total[h], LOG_DECIMALS);
    amp_json_bool_of(js, "impossible", isinf(result->total[h]));
    amp_json_i64_of(js, "persons", (int64_t)kc->hypothesis[h].pedigree.person_n);
    amp_json_key(js, "markers");
    amp_json_open(js, '[');
    for (size_t m = 0; m < kc->marker_n; m++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", kc->marker[m].name);
        amp_json_double_of(js, "loglik", result->loglik[h * kc->marker_n + m], LOG_DECIMALS);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void ratio_json(const struct amp_kin_report *report, size_t h, struct amp_arena *arena,
                       struct amp_json *js)
{
    const struct amp_kin_case *kc = report->kc;
    const struct amp_kin_result *result = report->result;
    const size_t against = result->against;
    amp_json_open(js, '{');
    amp_json_str_of(js, "name", kc->hypothesis[h].name);
    amp_json_str_of(js, "against", kc->hypothesis[against].name);
    number_of(js, "lr", amp_exp(result->log_ratio[h]));
    amp_json_double_of(js, "log10_lr", amp_kin_log10(result->log_ratio[h]), LOG_DECIMALS);
    amp_json_str_of(js, "statement", amp_kin_statement(report, h, arena));
    amp_json_key(js, "markers");
    amp_json_open(js, '[');
    for (size_t m = 0; m < kc->marker_n; m++) {
        const double log_ratio =
            kc->hypothesis[h].group == kc->hypothesis[against].group
                ? result->loglik[h * kc->marker_n + m] - result->loglik[against * kc->marker_n + m]
                : NAN;
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", kc->marker[m].name);
        number_of(js, "lr", amp_exp(log_ratio));
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void sources_json(const struct amp_kin_report *report, struct amp_json *js)
{
    amp_json_key(js, "sources");
    amp_json_open(js, '[');
    for (size_t i = 0; i < report->source_n; i++) {
        struct amp_buf hex = amp_buf_make(2 * AMP_KIN_SHA256 + 1);
        amp_kin_put_hash(report->source[i].sha256, &hex);
        amp_json_open(js, '{');
        amp_json_text_of(js, "role", report->source[i].role);
        amp_json_str_of(js, "file", report->source[i].file);
        amp_json_buf_of(js, "sha256", &hex);
        amp_json_close(js, '}');
        amp_buf_free(&hex);
    }
    amp_json_close(js, ']');
}

static void persons_json(const struct amp_kin_case *kc, struct amp_json *js)
{
    static const char *const sexes[] = {"unknown", "male", "female"};
    amp_json_key(js, "persons");
    amp_json_open(js, '[');
    for (size_t i = 0; i < kc->person_n; i++) {
        size_t typed = 0;
        for (size_t m = 0; m < kc->marker_n; m++) {
            typed += kc->genotype[m * kc->person_n + i].a >= 0 ? 1 : 0;
        }
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", kc->person[i].name);
        amp_json_text_of(js, "sex", sexes[kc->person[i].sex]);
        amp_json_i64_of(js, "typed_markers", (int64_t)typed);
        amp_json_bool_of(js, "drop_out", kc->person[i].drop_out);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

void amp_kin_report_json(const struct amp_kin_report *report, struct amp_arena *arena,
                         struct amp_buf *out)
{
    const struct amp_kin_case *kc = report->kc;
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "version", report->version);
    amp_json_str_of(&js, "command", report->command);
    amp_json_text_of(&js, "format", kc->format);
    sources_json(report, &js);
    conventions_json(report, &js);
    persons_json(kc, &js);
    amp_json_key(&js, "hypotheses");
    amp_json_open(&js, '[');
    for (size_t h = 0; h < kc->hypothesis_n; h++) {
        hypothesis_json(report, h, &js);
    }
    amp_json_close(&js, ']');
    amp_json_str_of(&js, "against", kc->hypothesis[report->result->against].name);
    amp_json_key(&js, "lr");
    amp_json_open(&js, '[');
    for (size_t h = 0; h < kc->hypothesis_n; h++) {
        amp_kin_put_json(&js, amp_exp(report->result->log_ratio[h]));
    }
    amp_json_close(&js, ']');
    amp_json_key(&js, "ratios");
    amp_json_open(&js, '[');
    for (size_t h = 0; h < kc->hypothesis_n; h++) {
        ratio_json(report, h, arena, &js);
    }
    amp_json_close(&js, ']');
    markers_json(kc, &js);
    amp_json_key(&js, "notes");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < kc->note_n; i++) {
        amp_json_put_str(&js, kc->note[i]);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

void amp_kin_report_text(const struct amp_kin_report *report, struct amp_arena *arena,
                         struct amp_buf *out)
{
    const struct amp_kin_case *kc = report->kc;
    const struct amp_kin_result *result = report->result;
    amp_buf_printf(out, "%.*s (%s): %zu persons, %zu markers\nConvention: %s.\n", (int)kc->file.len,
                   kc->file.ptr, kc->format, kc->person_n, kc->marker_n,
                   amp_kin_untyped_words(report->untyped));
    for (size_t i = 0; i < kc->note_n; i++) {
        amp_buf_printf(out, "Note: %.*s\n", (int)kc->note[i].len, kc->note[i].ptr);
    }
    amp_buf_printf(out, "\n%-24s %18s %14s\n", "hypothesis", "ln L", "log10 LR");
    for (size_t h = 0; h < kc->hypothesis_n; h++) {
        amp_buf_printf(out, "%-24.*s %18.10f ", (int)kc->hypothesis[h].name.len,
                       kc->hypothesis[h].name.ptr, result->total[h]);
        if (h == result->against) {
            amp_buf_printf(out, "%14s\n", "reference");
        } else if (isnan(result->log_ratio[h])) {
            amp_buf_printf(out, "%14s\n", "-");
        } else {
            amp_buf_printf(out, "%14.6f\n", amp_kin_log10(result->log_ratio[h]));
        }
    }
    for (size_t h = 0; h < kc->hypothesis_n; h++) {
        if (h != result->against) {
            const struct amp_str text = amp_kin_statement(report, h, arena);
            amp_buf_printf(out, "\n%.*s: %.*s", (int)kc->hypothesis[h].name.len,
                           kc->hypothesis[h].name.ptr, (int)text.len, text.ptr);
        }
    }
    if (kc->hypothesis_n == 1) {
        amp_buf_text(out, "\nThere is one pedigree: a likelihood ratio needs a second one "
                          "(--unrelated adds that nobody is related).");
    }
}
