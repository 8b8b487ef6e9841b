/* `amparo dna kin --power`: which family member to type next, to find the missing one. */
#include "cli/dna_kin.h"
#include "dna/html.h"
#include "dna/kin_power.h"

enum {
    DECIMALS = 6
};

static amp_err person_find(const struct amp_kin_hypothesis *hyp, struct amp_str name, size_t *out,
                           struct amp_why *why)
{
    for (size_t i = 0; i < hyp->pedigree.person_n; i++) {
        if (amp_str_eq(hyp->pedigree.person[i].name, name)) {
            *out = i;
            return AMP_OK;
        }
    }
    return amp_fail(why, AMP_E_NOT_FOUND, "pedigree %.*s has no person %.*s", (int)hyp->name.len,
                    hyp->name.ptr, (int)name.len, name.ptr);
}

static amp_err hypothesis_find(const struct amp_cli_kin_asked *asked, const struct amp_kin_case *kc,
                               size_t *out, struct amp_why *why)
{
    *out = 0;
    for (size_t h = 0; h < kc->hypothesis_n && asked->hypothesis; h++) {
        if (amp_str_is(kc->hypothesis[h].name, asked->hypothesis)) {
            *out = h;
            return AMP_OK;
        }
    }
    return asked->hypothesis
               ? amp_fail(why, AMP_E_NOT_FOUND, "--hypothesis %s: there is no such pedigree",
                          asked->hypothesis)
               : AMP_OK;
}

static bool typed_at_all(const struct amp_kin_case *kc, const struct amp_kin_hypothesis *hyp,
                         size_t i)
{
    const size_t row = hyp->row ? hyp->row[i] : i;
    for (size_t m = 0; m < kc->marker_n && row < kc->person_n; m++) {
        if (kc->genotype[m * kc->person_n + row].a >= 0) {
            return true;
        }
    }
    return false;
}

static amp_err candidates_find(const struct amp_cli_kin_asked *asked, const struct amp_kin_case *kc,
                               struct amp_kin_power_asked *power, size_t *candidate,
                               struct amp_why *why)
{
    const struct amp_kin_hypothesis *hyp = &kc->hypothesis[power->hypothesis];
    struct amp_str rest = amp_str_of(asked->candidates);
    while (asked->candidates && rest.len > 0) {
        struct amp_str name;
        rest = amp_str_cut(rest, ',', &name);
        if (power->candidate_n == hyp->pedigree.person_n) {
            return amp_fail(why, AMP_E_LIMIT, "--candidates names more than are in the pedigree");
        }
        amp_err err = person_find(hyp, name, &candidate[power->candidate_n++], why);
        if (err) {
            return err;
        }
    }
    for (size_t i = 0; i < hyp->pedigree.person_n && !asked->candidates; i++) {
        if (i != power->missing && !typed_at_all(kc, hyp, i)) {
            candidate[power->candidate_n++] = i;
        }
    }
    power->candidate = candidate;
    return AMP_OK;
}

static void power_json(const struct amp_kin_power *power, struct amp_json *js)
{
    amp_json_double_of(js, "expected_log10_lr", power->expected_log10, DECIMALS);
    amp_json_double_of(js, "standard_error", power->error, DECIMALS);
    amp_json_double_of(js, "inclusion_power", power->inclusion, DECIMALS);
    amp_json_double_of(js, "exclusion_power", power->exclusion, DECIMALS);
    amp_json_key(js, "mistaken");
    amp_kin_put_json(js, power->mistaken);
}

/* Candidates by what their typing brings: the largest expected log10 LR first. */
static void order_make(const struct amp_kin_power *power, size_t n, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        while (at > 0 && power[order[at - 1] + 1].expected_log10 < power[i + 1].expected_log10) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

static void result_put(const struct amp_cli_kin_asked *asked, const struct amp_kin_power_asked *ask,
                       const struct amp_kin_power *power, const size_t *order, struct amp_buf *out)
{
    const struct amp_kin_person *person = ask->kc->hypothesis[ask->hypothesis].pedigree.person;
    struct amp_json js = amp_json_make(out);
    if (!asked->json) {
        amp_buf_printf(out,
                       "Typing one more relative to find %s (%lld simulations, seed %lld, log10 LR "
                       ">= %g identifies)\n%-24s %12s %10s %10s",
                       asked->missing, (long long)asked->samples, (long long)asked->seed,
                       ask->least_log10, "", "mean log10", "inclusion", "exclusion");
        for (size_t k = 0; k <= ask->candidate_n; k++) {
            const struct amp_kin_power *p = &power[k == 0 ? 0 : order[k - 1] + 1];
            const struct amp_str name =
                k == 0 ? AMP_STR("(nobody more)") : person[ask->candidate[order[k - 1]]].name;
            amp_buf_printf(out, "\n%-24.*s %12.3f %10.4f %10.4f", (int)name.len, name.ptr,
                           p->expected_log10, p->inclusion, p->exclusion);
        }
        amp_cli_kin_notes(NULL, out, ask->kc->note, ask->kc->note_n);
        return;
    }
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "missing", asked->missing);
    amp_json_i64_of(&js, "samples", asked->samples);
    amp_json_i64_of(&js, "seed", asked->seed);
    amp_json_double_of(&js, "least_log10_lr", ask->least_log10, DECIMALS);
    amp_json_key(&js, "now");
    amp_json_open(&js, '{');
    power_json(&power[0], &js);
    amp_json_close(&js, '}');
    amp_json_key(&js, "candidates");
    amp_json_open(&js, '[');
    for (size_t k = 0; k < ask->candidate_n; k++) {
        amp_json_open(&js, '{');
        amp_json_str_of(&js, "name", person[ask->candidate[order[k]]].name);
        power_json(&power[order[k] + 1], &js);
        amp_json_close(&js, '}');
    }
    amp_json_close(&js, ']');
    amp_cli_kin_notes(&js, out, ask->kc->note, ask->kc->note_n);
    amp_json_close(&js, '}');
}

static amp_err page_write(const struct amp_cli_kin_asked *asked,
                          const struct amp_kin_power_asked *ask, const struct amp_kin_power *power,
                          const size_t *order, const struct amp_cli_kin_files *files,
                          struct amp_why *why)
{
    static const char *const columns[] = {"Typed as well", "Mean log10 LR", "Inclusion",
                                          "Exclusion"};
    const struct amp_kin_person *person = ask->kc->hypothesis[ask->hypothesis].pedigree.person;
    struct amp_buf page = amp_buf_make(AMP_CLI_KIN_TEXT);
    struct amp_buf about = amp_buf_make(1 << 12);
    amp_buf_printf(
        &about,
        "To find %s: %lld simulations, seed %lld; a log10 LR of %g or more identifies. "
        "Inclusion is how probably the missing person reaches it, exclusion how probably "
        "somebody unrelated shows an exclusion.",
        asked->missing, (long long)asked->samples, (long long)asked->seed, ask->least_log10);
    amp_cli_kin_page_open(&page, "Which relative to type next", amp_buf_view(&about), columns,
                          sizeof columns / sizeof columns[0]);
    for (size_t k = 0; k <= ask->candidate_n; k++) {
        const struct amp_kin_power *p = &power[k == 0 ? 0 : order[k - 1] + 1];
        amp_cli_kin_page_name(&page, k == 0 ? AMP_STR("nobody more")
                                            : person[ask->candidate[order[k - 1]]].name);
        amp_html_cell(&page, p->expected_log10, 3);
        amp_html_cell(&page, p->inclusion, 4);
        amp_html_cell(&page, p->exclusion, 4);
        amp_buf_text(&page, "</tr>\n");
    }
    amp_cli_kin_page_notes(&page, ask->kc->note, ask->kc->note_n);
    amp_err err = amp_cli_kin_page_close(&page, asked, files, why);
    amp_buf_free(&about);
    amp_buf_free(&page);
    return err;
}

amp_err amp_cli_kin_power(const struct amp_cli_kin_asked *asked, struct amp_arena *arena,
                          struct amp_buf *out, struct amp_why *why)
{
    struct amp_kin_case kc;
    struct amp_cli_kin_files files = {.n = 0};
    struct amp_kin_power_asked ask = {.kc = &kc,
                                      .sample_n = asked->samples > 0 ? (size_t)asked->samples : 0,
                                      .seed = (uint64_t)asked->seed,
                                      .least_log10 = asked->least_given ? asked->least : 4};
    if (!asked->missing) {
        return amp_fail(why, AMP_E_USAGE, "--power needs --missing NAME");
    }
    amp_err err = amp_cli_kin_untyped(asked, &ask.untyped, why);
    err = err ? err : amp_cli_kin_case(asked, arena, &files, &kc, why);
    err = err ? err : hypothesis_find(asked, &kc, &ask.hypothesis, why);
    if (err) {
        return err;
    }
    const struct amp_kin_hypothesis *hyp = &kc.hypothesis[ask.hypothesis];
    const size_t n = hyp->pedigree.person_n;
    size_t *candidate = amp_arena_array(arena, n, sizeof *candidate);
    size_t *order = amp_arena_array(arena, n, sizeof *order);
    struct amp_kin_power *power = amp_arena_array(arena, n + 1, sizeof *power);
    if (!candidate || !order || !power) {
        return AMP_E_NOMEM;
    }
    err = person_find(hyp, amp_str_of(asked->missing), &ask.missing, why);
    err = err ? err : candidates_find(asked, &kc, &ask, candidate, why);
    err = err ? err : amp_kin_power_run(&ask, arena, power, why);
    if (err) {
        return err;
    }
    order_make(power, ask.candidate_n, order);
    result_put(asked, &ask, power, order, out);
    err = asked->report ? page_write(asked, &ask, power, order, &files, why) : AMP_OK;
    return err ? err : amp_buf_err(out);
}
