/* A victim identification run as JSON. */
#include "dna/dvi_report.h"
#include "dna/numeric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double ln10 = 2.302585092994045684;

struct amp_str amp_dvi_missing_name(const struct amp_dvi *dvi, uint32_t missing)
{
    return missing == AMP_DVI_NONE ? AMP_STR("*") : dvi->missing[missing].name;
}

void amp_dvi_number(struct amp_buf *out, double log)
{
    if (!(log > -INFINITY)) {
        amp_buf_char(out, '0');
    } else if (fabs(log) < 690) {
        amp_buf_printf(out, "%.12g", amp_exp(log));
    } else {
        double e = floor(log / ln10);
        amp_buf_printf(out, "%.11ge%+.0f", amp_exp(log - e * ln10), e);
    }
}

static void put_log(struct amp_json *js, double log)
{
    char room[64];
    struct amp_buf text = amp_buf_over(room, sizeof(room));
    amp_dvi_number(&text, log);
    amp_json_put_raw(js, amp_buf_view(&text));
}

static void put_number(struct amp_json *js, double value)
{
    char room[64];
    if (!isfinite(value)) {
        amp_json_put_null(js);
        return;
    }
    struct amp_buf text = amp_buf_over(room, sizeof(room));
    amp_buf_printf(&text, "%.12g", value);
    amp_json_put_raw(js, amp_buf_view(&text));
}

static void number_of(struct amp_json *js, const char *name, double value)
{
    amp_json_key(js, name);
    put_number(js, value);
}

static void name_key(struct amp_json *js, struct amp_str name)
{
    char room[512];
    (void)snprintf(room, sizeof(room), "%.*s", (int)(name.len < 500 ? name.len : 500), name.ptr);
    amp_json_key(js, room);
}

static void hex_of(struct amp_json *js, const uint8_t *hash)
{
    char text[65];
    for (size_t i = 0; i < 32; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", hash[i]);
    }
    amp_json_text_of(js, "sha256", text);
}

static void files_put(const struct amp_dvi_report *report, struct amp_json *js)
{
    amp_json_key(js, "files");
    amp_json_open(js, '[');
    for (size_t i = 0; i < report->file_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "file", report->file[i].name);
        hex_of(js, report->file[i].sha256);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void settings_put(const struct amp_dvi_report *report, struct amp_json *js)
{
    static const char *const mutations[] = {"on", "off", "auto"};
    static const char *const merges[] = {"off", "identical", "drop-out"};
    const struct amp_dvi_settings *settings = report->settings;
    amp_json_key(js, "settings");
    amp_json_open(js, '{');
    number_of(js, "threshold", settings->threshold);
    number_of(js, "probable",
              settings->probable > 0 ? settings->probable : fmax(1, settings->threshold / 10));
    amp_json_i64_of(js, "max_inconsistent", settings->max_inconsistent);
    amp_json_bool_of(js, "strict", settings->strict);
    amp_json_bool_of(js, "ignore_sex", settings->ignore_sex);
    amp_json_text_of(js, "mutations", mutations[settings->mutations]);
    amp_json_text_of(js, "untyped_founders", "mutate");
    amp_json_text_of(js, "merge", merges[settings->merge]);
    number_of(js, "drop_out", report->drop_out);
    number_of(js, "theta", report->theta);
    amp_json_text_of(js, "prior", "flat over assignments");
    number_of(js, "match_odds", settings->match_odds);
    amp_json_bool_of(js, "joint_exclude", settings->joint_exclude);
    number_of(js, "floor", settings->floor);
    amp_json_i64_of(js, "exact_limit", (int64_t)settings->exact_limit);
    amp_json_i64_of(js, "seed", (int64_t)settings->seed);
    amp_json_i64_of(js, "samples", (int64_t)settings->sample_n);
    amp_json_close(js, '}');
}

static void problem_put(const struct amp_dvi_report *report, struct amp_json *js)
{
    size_t typed = 0;
    for (size_t f = 0; f < report->read->family_n; f++) {
        typed += report->read->family[f].typed_n;
    }
    amp_json_key(js, "problem");
    amp_json_open(js, '{');
    amp_json_i64_of(js, "victims", (int64_t)report->read->victim_n);
    amp_json_i64_of(js, "missing", (int64_t)report->read->missing_n);
    amp_json_i64_of(js, "families", (int64_t)report->read->family_n);
    amp_json_i64_of(js, "references", (int64_t)typed);
    amp_json_i64_of(js, "markers", (int64_t)report->read->marker_n);
    amp_json_close(js, '}');
}

static void merged_put(const struct amp_dvi_report *report, struct amp_json *js)
{
    amp_json_key(js, "merged");
    amp_json_open(js, '[');
    for (size_t i = 0; i < report->merged->group_n; i++) {
        const struct amp_dvi_group *group = &report->merged->group[i];
        amp_json_open(js, '{');
        amp_json_str_of(js, "into", report->read->victim[group->into].name);
        amp_json_key(js, "parts");
        amp_json_open(js, '[');
        for (size_t k = 0; k < group->part_n; k++) {
            amp_json_put_str(js, report->read->victim[group->part[k]].name);
        }
        amp_json_close(js, ']');
        number_of(js, "log10_lr", group->log_lr / ln10);
        amp_json_i64_of(js, "markers_with_lost_allele", group->lost_n);
        amp_json_text_of(js, "meaning", "samples of one person, or of identical twins");
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

/* One row of the matrix: every missing person when all pairs were kept, else those kept. */
static void row_put(const struct amp_dvi_report *report, uint32_t v, const size_t *order,
                    const size_t *at, bool counts, struct amp_json *js)
{
    const struct amp_dvi_pairs *pairs = report->pairs;
    const struct amp_dvi *dvi = report->dvi;
    for (size_t m = 0; pairs->dense && m < dvi->missing_n; m++) {
        double log = pairs->log_lr[v * dvi->missing_n + m];
        name_key(js, dvi->missing[m].name);
        if (isnan(log)) {
            amp_json_put_null(js);
        } else if (counts) {
            amp_json_put_i64(js, pairs->inconsistent[v * dvi->missing_n + m]);
        } else {
            put_log(js, log);
        }
    }
    for (size_t i = at[v]; !pairs->dense && i < at[v + 1]; i++) {
        const struct amp_dvi_pair *pair = &pairs->pair[order[i]];
        name_key(js, dvi->missing[pair->missing].name);
        if (counts) {
            amp_json_put_i64(js, pair->inconsistent);
        } else {
            put_log(js, pair->log_lr);
        }
    }
}

/* Pairs by victim: places in pairs.pair, and where each victim's begin. */
static bool pairs_order(const struct amp_dvi_report *report, size_t **order, size_t **at)
{
    const struct amp_dvi_pairs *pairs = report->pairs;
    size_t victim_n = report->dvi->victim_n;
    *order = calloc(pairs->pair_n + 1, sizeof(**order));
    *at = calloc(victim_n + 2, sizeof(**at));
    if (!*order || !*at) {
        return false;
    }
    for (size_t i = 0; i < pairs->pair_n; i++) {
        (*at)[pairs->pair[i].victim + 2]++;
    }
    for (size_t v = 0; v < victim_n; v++) {
        (*at)[v + 2] += (*at)[v + 1];
    }
    for (size_t i = 0; i < pairs->pair_n; i++) {
        (*order)[(*at)[pairs->pair[i].victim + 1]++] = i;
    }
    return true;
}

/* Every victim as read: samples that were put together have the row of their person. */
static void matrix_put(const struct amp_dvi_report *report, const char *name, bool counts,
                       struct amp_json *js)
{
    size_t *order = NULL;
    size_t *at = NULL;
    amp_json_key(js, name);
    amp_json_open(js, '{');
    if (pairs_order(report, &order, &at)) {
        for (size_t v = 0; v < report->read->victim_n; v++) {
            name_key(js, report->read->victim[v].name);
            amp_json_open(js, '{');
            row_put(report, report->merged->index[v], order, at, counts, js);
            amp_json_close(js, '}');
        }
    } else {
        js->buf->err = AMP_E_NOMEM;
    }
    free(order);
    free(at);
    amp_json_close(js, '}');
}

static void finding_put(const struct amp_dvi_report *report, const struct amp_dvi_finding *finding,
                        bool of_missing, struct amp_json *js)
{
    const struct amp_dvi *dvi = report->dvi;
    const char *one = of_missing ? "victim" : "missing";
    amp_json_key(js, one);
    if (finding->other_n == 1) {
        uint32_t other = finding->other[0];
        amp_json_put_str(js, of_missing ? dvi->victim[other].name : dvi->missing[other].name);
    } else {
        amp_json_put_null(js);
    }
    amp_json_key(js, "candidates");
    amp_json_open(js, '[');
    for (size_t i = 0; i < finding->other_n; i++) {
        uint32_t other = finding->other[i];
        amp_json_put_str(js, of_missing ? dvi->victim[other].name : dvi->missing[other].name);
    }
    amp_json_close(js, ']');
    amp_json_text_of(js, "conclusion", amp_dvi_conclusion_words(finding->conclusion));
    number_of(js, "lr", finding->lr);
    number_of(js, "glr", finding->glr);
    amp_json_key(js, "step");
    if (finding->step) {
        amp_json_put_i64(js, finding->step);
    } else {
        amp_json_put_null(js);
    }
    amp_json_str_of(js, "comment", finding->comment);
}

static void findings_put(const struct amp_dvi_report *report, struct amp_json *js)
{
    const struct amp_dvi *dvi = report->dvi;
    amp_json_key(js, "matches");
    amp_json_open(js, '[');
    for (size_t m = 0; m < dvi->missing_n; m++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "family", dvi->family[dvi->missing[m].family].name);
        amp_json_str_of(js, "missing", dvi->missing[m].name);
        finding_put(report, &report->solution->missing[m], true, js);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_key(js, "victims");
    amp_json_open(js, '[');
    for (size_t v = 0; v < dvi->victim_n; v++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "victim", dvi->victim[v].name);
        finding_put(report, &report->solution->victim[v], false, js);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void joint_put(const struct amp_dvi_report *report, struct amp_json *js)
{
    const struct amp_dvi_joint *joint = report->joint;
    amp_json_key(js, "joint");
    amp_json_open(js, '[');
    for (size_t i = 0; i < joint->best_n; i++) {
        const struct amp_dvi_assignment *best = &joint->best[i];
        amp_json_open(js, '{');
        amp_json_key(js, "assignment");
        amp_json_open(js, '{');
        for (size_t v = 0; v < report->dvi->victim_n; v++) {
            name_key(js, report->dvi->victim[v].name);
            amp_json_put_str(js, amp_dvi_missing_name(report->dvi, best->missing[v]));
        }
        amp_json_close(js, '}');
        amp_json_double_of(js, "loglik", best->loglik, 10);
        amp_json_key(js, "lr");
        put_log(js, best->log_lr);
        amp_json_key(js, "lr_best");
        put_log(js, joint->best[0].log_lr - best->log_lr);
        number_of(js, "posterior", best->posterior);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void summary_put(const struct amp_dvi_report *report, struct amp_json *js)
{
    const struct amp_dvi_joint *joint = report->joint;
    amp_json_key(js, "joint_summary");
    amp_json_open(js, '{');
    amp_json_key(js, "assignments");
    if (joint->assignment_n < 9007199254740992.0) {
        amp_json_put_i64(js, (int64_t)joint->assignment_n);
    } else {
        amp_json_put_null(js);
    }
    number_of(js, "log10_assignments", joint->assignment_log10);
    amp_json_i64_of(js, "listed", (int64_t)joint->best_n);
    amp_json_bool_of(js, "all_possible_listed", joint->best_all);
    amp_json_bool_of(js, "best_proven", joint->best_proven);
    amp_json_bool_of(js, "exact", joint->exact);
    amp_json_double_of(js, "loglik_none", joint->loglik_none, 10);
    number_of(js, "log10_sum", joint->log_sum / ln10);
    number_of(js, "floor", joint->floor);
    number_of(js, "loss_bound", joint->loss_bound);
    amp_json_i64_of(js, "families_cut", (int64_t)joint->cut_n);
    number_of(js, "cut_lr", joint->cut_lr);
    amp_json_key(js, "components");
    amp_json_open(js, '[');
    for (size_t i = 0; i < joint->component_n; i++) {
        const struct amp_dvi_component *component = &joint->component[i];
        amp_json_open(js, '{');
        amp_json_i64_of(js, "victims", (int64_t)component->victim_n);
        amp_json_i64_of(js, "missing", (int64_t)component->missing_n);
        amp_json_i64_of(js, "families", (int64_t)component->family_n);
        amp_json_bool_of(js, "exact", component->exact);
        if (!component->exact) {
            number_of(js, "effective_draws", component->ess);
        }
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

/* The probabilities (or their errors) of one victim; zeroes too when all pairs were kept. */
static void marginal_row(const struct amp_dvi_report *report, size_t at, bool errors,
                         struct amp_json *js)
{
    const struct amp_dvi_joint *joint = report->joint;
    const struct amp_dvi *dvi = report->dvi;
    uint32_t victim = joint->marginal[at].victim;
    uint32_t next = 0;
    for (; at < joint->marginal_n && joint->marginal[at].victim == victim; at++) {
        const struct amp_dvi_marginal *marginal = &joint->marginal[at];
        uint32_t end =
            marginal->missing == AMP_DVI_NONE ? (uint32_t)dvi->missing_n : marginal->missing;
        for (; next < end && report->pairs->dense && !errors; next++) {
            name_key(js, dvi->missing[next].name);
            amp_json_put_i64(js, 0);
        }
        name_key(js, amp_dvi_missing_name(dvi, marginal->missing));
        put_number(js, errors ? marginal->error : marginal->probability);
        next++;
    }
}

static void marginals_put(const struct amp_dvi_report *report, const char *name, bool errors,
                          struct amp_json *js)
{
    const struct amp_dvi_joint *joint = report->joint;
    size_t *at = calloc(report->dvi->victim_n + 1, sizeof(*at));
    amp_json_key(js, name);
    amp_json_open(js, '{');
    for (size_t i = joint->marginal_n; at && i-- > 0;) {
        at[joint->marginal[i].victim] = i;
    }
    for (size_t v = 0; at && v < report->read->victim_n; v++) {
        name_key(js, report->read->victim[v].name);
        amp_json_open(js, '{');
        marginal_row(report, at[report->merged->index[v]], errors, js);
        amp_json_close(js, '}');
    }
    js->buf->err = at ? js->buf->err : AMP_E_NOMEM;
    free(at);
    amp_json_close(js, '}');
}

/* For each missing person the probability to be none of the victims. */
static void not_found_put(const struct amp_dvi_report *report, struct amp_json *js)
{
    const struct amp_dvi_joint *joint = report->joint;
    double *found = calloc(report->dvi->missing_n + 1, sizeof(*found));
    amp_json_key(js, "not_found");
    amp_json_open(js, '{');
    for (size_t i = 0; found && i < joint->marginal_n; i++) {
        if (joint->marginal[i].missing != AMP_DVI_NONE) {
            found[joint->marginal[i].missing] += joint->marginal[i].probability;
        }
    }
    for (size_t m = 0; found && m < report->dvi->missing_n; m++) {
        name_key(js, report->dvi->missing[m].name);
        put_number(js, found[m] < 1 ? 1 - found[m] : 0);
    }
    js->buf->err = found ? js->buf->err : AMP_E_NOMEM;
    free(found);
    amp_json_close(js, '}');
}

static void warning_put(void *ctx, struct amp_str text)
{
    amp_json_put_str(ctx, text);
}

static void text_unless_empty(struct amp_json *js, const char *name, struct amp_str text)
{
    if (text.len) {
        amp_json_str_of(js, name, text);
    }
}

void amp_dvi_report_json(const struct amp_dvi_report *report, struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "amparo", report->version);
    amp_json_str_of(&js, "command", report->command);
    text_unless_empty(&js, "case", report->case_name);
    text_unless_empty(&js, "analyst", report->analyst);
    text_unless_empty(&js, "reviewer", report->reviewer);
    files_put(report, &js);
    settings_put(report, &js);
    problem_put(report, &js);
    amp_json_key(&js, "warnings");
    amp_json_open(&js, '[');
    amp_dvi_report_warnings(report, warning_put, &js);
    amp_json_close(&js, ']');
    merged_put(report, &js);
    matrix_put(report, "pairwise", false, &js);
    matrix_put(report, "inconsistent", true, &js);
    findings_put(report, &js);
    if (report->joint) {
        joint_put(report, &js);
        summary_put(report, &js);
        marginals_put(report, "marginals", false, &js);
        if (!report->joint->exact) {
            marginals_put(report, "marginal_errors", true, &js);
        }
        not_found_put(report, &js);
    }
    amp_json_close(&js, '}');
}
