/* Tests of the report: what it says, what it never says, and that it is escaped and stable. */
#include "base/json.h"
#include "dna/report.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 16 << 20,
    TEXT = 8 << 20
};

/* A made-up case of one marker; names hold what a page must not obey. */
struct made {
    struct amp_arena arena;
    double height[3];
    struct amp_mix_allele allele[3];
    uint8_t copies[6];
    struct amp_mix_marker marker;
    struct amp_mix mix;
    double marker_loglik[1];
    struct amp_mix_fit hp_fit, hd_fit;
    struct amp_mix_hypothesis hp, hd;
    struct amp_dna_sample sample;
    const struct amp_dna_sample *replicate[1];
    struct amp_dna_locus locus;
    struct amp_dna_peak seen[2];
    struct amp_dna_profiles references;
    struct amp_dna_freqs freqs;
    struct amp_mix_input input;
    struct amp_mix_settings settings;
    struct amp_lr_marker lr_marker;
    struct amp_lr lr;
    struct amp_mix_notes notes;
    struct amp_dna_source source;
    struct amp_pp_peak peak[2];
    struct amp_pp pp;
    double expected_allele[3], expected_part[6];
    struct amp_expected expected;
    struct amp_dna_report report;
};

static const char evil[] = "a<script>alert('1')</script>&\"b\xff";

static void mix_make(struct made *made)
{
    made->height[0] = 800;
    made->height[1] = 420;
    for (size_t a = 0; a < 3; a++) {
        made->allele[a] = (struct amp_mix_allele){.name = AMP_STR("12"), .freq = 0.3};
        made->allele[a].height = &made->height[a];
    }
    made->allele[0].name = AMP_STR("9.3");
    made->allele[2].name = AMP_STR("rest");
    made->marker = (struct amp_mix_marker){.name = amp_str_of(evil),
                                           .genotype_n = 3,
                                           .allele_n = 3,
                                           .allele = made->allele,
                                           .rest = 2,
                                           .replicate_n = 1,
                                           .threshold = 50,
                                           .copies = made->copies};
    made->mix =
        (struct amp_mix){.contributor_n = 2, .marker_n = 1, .marker = &made->marker, .related = -1};
    made->mix.degradation = true;
}

static void sides_make(struct made *made)
{
    const struct amp_mix_params at = {
        .share = {0.9, 0.1}, .mu = 1000, .omega = 0.2, .beta = 0.8, .xi_back = 0.05};
    made->hp = (struct amp_mix_hypothesis){.contributor_n = 2, .known_n = 1};
    made->hp.known[0] = amp_str_of(evil);
    made->hd = (struct amp_mix_hypothesis){.contributor_n = 2, .typed_n = 1};
    made->hd.typed[0] = amp_str_of(evil);
    made->hp_fit = (struct amp_mix_fit){.at = at,
                                        .loglik = -10.5,
                                        .marker = made->marker_loglik,
                                        .parameter_n = 4,
                                        .start_n = 3,
                                        .converged_n = 2};
    made->hd_fit = made->hp_fit;
    made->hd_fit.loglik = -22.25;
    made->report.hp.name = "Hp";
    made->report.hp.hypothesis = &made->hp;
    made->report.hp.mix = &made->mix;
    made->report.hp.fit = &made->hp_fit;
    made->report.hp.clause = amp_dna_report_clause(&made->hp, AMP_STR("stain 1"), &made->arena);
    made->report.hd = made->report.hp;
    made->report.hd.name = "Hd";
    made->report.hd.hypothesis = &made->hd;
    made->report.hd.fit = &made->hd_fit;
    made->report.hd.clause = amp_dna_report_clause(&made->hd, AMP_STR("stain 1"), &made->arena);
}

static void plots_make(struct made *made)
{
    static const size_t rank[2] = {1, 0};
    made->peak[0] = (struct amp_pp_peak){.allele = 0, .probability = 0.9, .quantile = 0.75};
    made->peak[1] =
        (struct amp_pp_peak){.allele = 1, .probability = 1e-9, .quantile = 0.25, .flagged = true};
    made->pp = (struct amp_pp){.peak_n = 2, .peak = made->peak, .flagged_n = 1, .level = 0.01};
    made->pp.rank = amp_arena_array(&made->arena, 2, sizeof *made->pp.rank);
    assert_non_null(made->pp.rank);
    memcpy(made->pp.rank, rank, sizeof rank);
    made->report.hp.pp = made->report.hd.pp = &made->pp;
    made->expected_allele[0] = 700;
    made->expected_part[0] = 600;
    made->expected_part[3] = 100;
    made->expected = (struct amp_expected){made->expected_allele, made->expected_part};
    made->report.hp.expected = &made->expected;
}

static void made_make(struct made *made)
{
    *made = (struct made){.arena = amp_arena_make(ARENA)};
    mix_make(made);
    sides_make(made);
    plots_make(made);
    made->seen[0] = (struct amp_dna_peak){.allele = AMP_STR("9.3"), .height = 800};
    made->seen[1] = (struct amp_dna_peak){.allele = AMP_STR("12"), .height = 31};
    made->locus = (struct amp_dna_locus){.marker = made->marker.name, .peak_n = 2};
    made->locus.peak = made->seen;
    made->sample =
        (struct amp_dna_sample){.name = AMP_STR("stain 1"), .locus_n = 1, .locus = &made->locus};
    made->references.sample_n = 1;
    made->references.sample = &made->sample;
    made->replicate[0] = &made->sample;
    made->freqs.min_freq = 0.001;
    made->input = (struct amp_mix_input){.replicate = made->replicate, .replicate_n = 1};
    made->input.freqs = &made->freqs;
    made->input.references = &made->references;
    made->settings.threshold.value = 50;
    made->lr_marker = (struct amp_lr_marker){
        .name = made->marker.name, .hp_loglik = -10.5, .hd_loglik = -22.25, .log10_lr = 5.103};
    made->lr_marker.log10_upper = 6;
    made->lr = (struct amp_lr){.log10_lr = 5.103, .log10_upper = 6, .marker_n = 1};
    made->lr.marker = &made->lr_marker;
    made->notes.n = 1;
    made->notes.note[0] = amp_str_of(evil);
    made->source = (struct amp_dna_source){.file = amp_str_of(evil), .format = "table"};
    made->report.version = "9.9.9";
    made->report.command = amp_str_of(evil);
    made->report.case_name = amp_str_of(evil);
    made->report.analyst = amp_str_of(evil);
    made->report.reason = amp_str_of(evil);
    made->report.person = amp_str_of(evil);
    made->report.source_n = 1;
    made->report.source[0] = (struct amp_dna_report_source){"evidence", &made->source};
    made->report.input = &made->input;
    made->report.settings = &made->settings;
    made->report.lr = &made->lr;
    made->report.notes = &made->notes;
    made->report.trial_best = -1;
    made->report.limits = amp_dna_report_limits_general();
}

static struct amp_buf page_make(struct made *made)
{
    struct amp_buf page = amp_buf_make(TEXT);
    amp_dna_report_html(&made->report, &made->arena, &page);
    assert_int_equal(amp_buf_err(&page), AMP_OK);
    return page;
}

static bool says(struct amp_buf *text, const char *words)
{
    return strstr(amp_buf_cstr(text), words) != NULL;
}

static void markup_in_names_is_shown_and_never_obeyed(void **state)
{
    (void)state;
    struct made made;
    made_make(&made);
    struct amp_buf page = page_make(&made);
    assert_false(says(&page, "<script"));
    assert_true(says(&page, "a&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;b"));
    assert_true(amp_utf8_valid(amp_buf_view(&page)));
    amp_buf_free(&page);
    amp_arena_drop(&made.arena);
}

static void the_page_fetches_nothing(void **state)
{
    (void)state;
    static const char *const outside[] = {"http:", "https:", "src=", "href=", "url(", "@import"};
    struct made made;
    made_make(&made);
    struct amp_buf page = page_make(&made);
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        assert_false(says(&page, outside[i]));
    }
    assert_true(says(&page, "<svg") && says(&page, "<title>PP-plot</title>"));
    amp_buf_free(&page);
    amp_arena_drop(&made.arena);
}

static void peaks_below_the_threshold_are_told_apart(void **state)
{
    (void)state;
    struct made made;
    made_make(&made);
    struct amp_buf page = page_make(&made);
    assert_true(says(&page, "<td>9.3&nbsp;(800)</td><td class=\"soft\">12&nbsp;(31)</td>"));
    amp_buf_free(&page);
    amp_arena_drop(&made.arena);
}

static void the_same_report_has_the_same_bytes(void **state)
{
    (void)state;
    struct made made;
    made_make(&made);
    struct amp_buf a = page_make(&made);
    struct amp_buf b = page_make(&made);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    amp_buf_free(&a);
    amp_buf_free(&b);
    amp_arena_drop(&made.arena);
}

static void what_lies_outside_of_the_validated_range_is_a_visible_warning(void **state)
{
    (void)state;
    struct made made;
    made_make(&made);
    amp_dna_report_warn(&made.report, &made.arena);
    struct amp_buf page = page_make(&made);
    assert_true(says(&page, "class=\"warn\""));
    assert_true(says(&page, "the smallest mixture proportion under Hp is 0.100, below 0.200"));
    assert_true(says(&page, "1 of 2 peaks"));
    amp_buf_free(&page);
    made.report.warning_n = 0;
    made.report.hp.pp = made.report.hd.pp = NULL;
    assert_int_equal(amp_dna_report_limits_read(AMP_STR("share=0.05..,contributors=2"),
                                                &made.report.limits, NULL),
                     AMP_OK);
    amp_dna_report_warn(&made.report, &made.arena);
    assert_int_equal(made.report.warning_n, 0);
    page = page_make(&made);
    assert_false(says(&page, "class=\"warn\""));
    assert_true(says(&page, "within the laboratory's validated range"));
    amp_buf_free(&page);
    amp_arena_drop(&made.arena);
}

static void the_statement_is_about_the_findings_and_not_about_a_proposition(void **state)
{
    (void)state;
    static const char *const transposed[] = {"probability that", "likely to be the", "odds that",
                                             "chance that", "likelihood that"};
    struct made made;
    made_make(&made);
    struct amp_buf page = page_make(&made);
    assert_true(says(&page, "times more probable if"));
    assert_true(says(&page, "ENFSI 2015"));
    for (size_t i = 0; i < sizeof transposed / sizeof transposed[0]; i++) {
        assert_false(says(&page, transposed[i]));
    }
    amp_buf_free(&page);
    amp_arena_drop(&made.arena);
}

static void the_json_has_the_contract_and_all_of_the_page(void **state)
{
    (void)state;
    struct made made;
    struct amp_why why = {""};
    json_t *json = NULL;
    double number = 0;
    made_make(&made);
    struct amp_buf text = amp_buf_make(TEXT);
    amp_dna_report_json(&made.report, &made.arena, &text);
    assert_int_equal(amp_buf_err(&text), AMP_OK);
    assert_int_equal(amp_json_read(amp_buf_view(&text), TEXT, &json, &why), AMP_OK);
    assert_int_equal(amp_json_num(json, "log10_lr", &number, &why), AMP_OK);
    assert_true(number == 5.103);
    json_t *hp = json_object_get(json, "hp");
    assert_int_equal(amp_json_num(hp, "loglik", &number, &why), AMP_OK);
    assert_true(number == -10.5);
    json_t *parameters = json_object_get(hp, "parameters");
    assert_int_equal(json_array_size(json_object_get(parameters, "mixture")), 2);
    static const char *const names[] = {"mu", "omega", "beta", "xi_back", "xi_forward"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_true(json_is_number(json_object_get(parameters, names[i])));
    }
    json_t *marker = json_array_get(json_object_get(json, "markers"), 0);
    assert_int_equal(amp_json_num(marker, "hd_loglik", &number, &why), AMP_OK);
    assert_true(number == -22.25);
    json_t *input = json_array_get(json_object_get(json, "inputs"), 0);
    struct amp_str sha = {0};
    assert_int_equal(amp_json_str(input, "sha256", &sha, &why), AMP_OK);
    assert_int_equal(sha.len, 64);
    json_decref(json);
    amp_buf_free(&text);
    amp_arena_drop(&made.arena);
}

static void a_proposition_names_the_known_and_counts_the_unknown(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_mix_hypothesis h = {.contributor_n = 4, .known_n = 2};
    h.known[0] = AMP_STR("A");
    h.known[1] = AMP_STR("B");
    assert_true(amp_str_is(amp_dna_report_clause(&h, AMP_STR("S"), &arena),
                           "A, B and 2 unknown unrelated persons are the contributors to S"));
    h.related_to = AMP_STR("B");
    h.relation = AMP_MIX_SIBLING;
    assert_true(amp_str_is(amp_dna_report_clause(&h, AMP_STR("S"), &arena),
                           "A, B, 1 unknown unrelated person and a full sibling of B are the "
                           "contributors to S"));
    struct amp_mix_hypothesis one = {.contributor_n = 1};
    assert_true(amp_str_is(amp_dna_report_clause(&one, AMP_STR("S"), &arena),
                           "1 unknown unrelated person is the only contributor to S"));
    amp_arena_drop(&arena);
}

static void ranges_that_are_no_ranges_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"mu",      "mu=",      "mu=a..b", "height=1..2",
                                      "mu=3..1", "mu=1...2", "mu=nan.."};
    struct amp_dna_report_limits limits = amp_dna_report_limits_general();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct amp_why why = {""};
        amp_err err = amp_dna_report_limits_read(amp_str_of(bad[i]), &limits, &why);
        assert_int_equal(err, AMP_E_USAGE);
        assert_true(why.text[0] != '\0');
    }
    assert_false(limits.given);
    assert_int_equal(
        amp_dna_report_limits_read(AMP_STR("mu=200..20000, unknown=..3"), &limits, NULL), AMP_OK);
    assert_true(limits.low[AMP_LIMIT_MU] == 200 && limits.high[AMP_LIMIT_MU] == 20000);
    assert_true(limits.low[AMP_LIMIT_UNKNOWN] == -INFINITY && limits.high[AMP_LIMIT_UNKNOWN] == 3);
    assert_true(limits.given && limits.high[AMP_LIMIT_CONTRIBUTORS] == INFINITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markup_in_names_is_shown_and_never_obeyed),
        cmocka_unit_test(the_page_fetches_nothing),
        cmocka_unit_test(peaks_below_the_threshold_are_told_apart),
        cmocka_unit_test(the_same_report_has_the_same_bytes),
        cmocka_unit_test(what_lies_outside_of_the_validated_range_is_a_visible_warning),
        cmocka_unit_test(the_statement_is_about_the_findings_and_not_about_a_proposition),
        cmocka_unit_test(the_json_has_the_contract_and_all_of_the_page),
        cmocka_unit_test(a_proposition_names_the_known_and_counts_the_unknown),
        cmocka_unit_test(ranges_that_are_no_ranges_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
