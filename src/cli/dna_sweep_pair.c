/* One item against one person: seen alleles, the qualitative LR, and the full LR if it is worth it.
 */
#include "cli/dna_sweep.h"

#include <math.h>

/* Share of the person's alleles that the item has at or above the threshold. */
static double matching(const struct amp_mix *hp)
{
    size_t n = 0;
    size_t hit = 0;
    for (size_t m = 0; m < hp->marker_n; m++) {
        const struct amp_mix_marker *marker = &hp->marker[m];
        for (size_t a = 0; (marker->known & 1U) != 0 && a < marker->genotype_n; a++) {
            n += marker->copies[a];
            hit += marker->allele[a].height[0] > 0 ? marker->copies[a] : 0;
        }
    }
    return n > 0 ? (double)hit / (double)n : NAN;
}

static size_t typed_count(const struct amp_mix *hp)
{
    size_t n = 0;
    for (size_t m = 0; m < hp->marker_n; m++) {
        n += hp->marker[m].known & 1U;
    }
    return n;
}

/* The fewest persons who can have the item's alleles, none of them by drop-in. */
static size_t least_contributors(const struct amp_mix *mix)
{
    size_t most = 1;
    for (size_t m = 0; m < mix->marker_n; m++) {
        size_t n = 0;
        for (size_t a = 0; a < mix->marker[m].genotype_n; a++) {
            n += mix->marker[m].allele[a].height[0] > 0;
        }
        most = n > most ? n : most;
    }
    return (most + 1) / 2;
}

static bool is_known(const struct amp_sweep *sweep, struct amp_str name)
{
    for (size_t k = 0; k < sweep->known.n; k++) {
        if (amp_str_eq(sweep->known.sample[k]->name, name)) {
            return true;
        }
    }
    return false;
}

static amp_err sides_make(const struct amp_sweep *sweep, struct amp_str person,
                          size_t contributor_n, struct amp_cli_dna_sides *out, struct amp_why *why)
{
    struct amp_cli_dna_sides sides = {.person = person, .poi = 0};
    if (contributor_n > AMP_MIX_CONTRIBUTORS || contributor_n < sweep->known.n + 1) {
        return amp_fail(why, AMP_E_RANGE, "%zu contributors, %zu of them known besides the person",
                        contributor_n, sweep->known.n);
    }
    sides.hp.contributor_n = sides.hd.contributor_n = contributor_n;
    sides.hp.known[sides.hp.known_n++] = person;
    for (size_t k = 0; k < sweep->known.n; k++) {
        sides.hp.known[sides.hp.known_n++] = sweep->known.sample[k]->name;
        sides.hd.known[sides.hd.known_n++] = sweep->known.sample[k]->name;
    }
    sides.hd.typed[sides.hd.typed_n++] = person;
    *out = sides;
    return AMP_OK;
}

static amp_err quick(struct amp_arena *arena, struct amp_cli_dna_weighed *w, double *log10_lr)
{
    double hp = 0;
    double hd = 0;
    w->work = (struct amp_qual_work){.arena = arena};
    amp_err err = amp_qual_screen(&w->hp, &w->work, &hp);
    err = err ? err : amp_qual_screen(&w->hd, &w->work, &hd);
    *log10_lr = err ? *log10_lr : (hp - hd) / M_LN10;
    return err;
}

static amp_err full(const struct amp_sweep *sweep, struct amp_arena *arena,
                    struct amp_cli_dna_weighed *w, struct amp_sweep_result *result,
                    struct amp_why *why)
{
    amp_err err = amp_cli_dna_weigh(sweep->of, 1, arena, w, why);
    if (!err) {
        result->log10_lr = w->lr.log10_lr;
        result->log10_upper = w->lr.log10_upper;
    }
    return err;
}

static amp_err compare(const struct amp_sweep *sweep, const struct amp_dna_sample **item,
                       const struct amp_dna_sample *person, struct amp_arena *arena,
                       struct amp_sweep_result *result, struct amp_why *why)
{
    const struct amp_cli_dna_samples one = {1, item};
    struct amp_cli_dna_weighed *w = amp_arena_alloc(arena, sizeof *w);
    if (!w) {
        return AMP_E_NOMEM;
    }
    if (is_known(sweep, person->name)) {
        return amp_fail(why, AMP_E_CONFLICT, "this person is taken as known in every item");
    }
    size_t least = sweep->known.n + 1;
    result->contributor_n = sweep->contributor_n > 0 ? sweep->contributor_n : least;
    amp_err err = sides_make(sweep, person->name, result->contributor_n, &w->sides, why);
    err = err ? err : amp_cli_dna_build(sweep->of, &one, arena, w, why);
    if (!err && sweep->contributor_n == 0 && least_contributors(&w->hp) > least) {
        result->contributor_n = least_contributors(&w->hp);
        err = sides_make(sweep, person->name, result->contributor_n, &w->sides, why);
        err = err ? err : amp_cli_dna_build(sweep->of, &one, arena, w, why);
    }
    if (!err) {
        result->mac = matching(&w->hp);
        result->marker_n = w->hp.marker_n;
        result->typed_n = typed_count(&w->hp);
    }
    if (!err && result->typed_n == 0) {
        return amp_fail(why, AMP_E_MISSING,
                        "typed at no marker that the item and the frequencies have; are the "
                        "markers named alike?");
    }
    err = err ? err : quick(arena, w, &result->qualitative);
    if (err) {
        return err;
    }
    result->screened = result->qualitative < sweep->screen_lr || result->mac < sweep->screen_mac;
    return result->screened ? AMP_OK : full(sweep, arena, w, result, why);
}

static void line_write(const struct amp_sweep_result *result, const struct amp_dna_sample *item,
                       const struct amp_dna_sample *person, const char *trouble,
                       struct amp_buf *out)
{
    enum {
        DECIMALS = 9
    };
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_str_of(&js, "item", item->name);
    amp_json_str_of(&js, "person", person->name);
    amp_json_i64_of(&js, "contributors", (int64_t)result->contributor_n);
    amp_json_i64_of(&js, "markers", (int64_t)result->marker_n);
    amp_json_i64_of(&js, "markers_typed", (int64_t)result->typed_n);
    amp_json_double_of(&js, "matching_alleles", result->mac, DECIMALS);
    amp_json_double_of(&js, "qualitative_log10_lr", result->qualitative, DECIMALS);
    amp_json_bool_of(&js, "screened_out", result->screened);
    amp_json_double_of(&js, "log10_lr", result->log10_lr, DECIMALS);
    amp_json_double_of(&js, "log10_lr_upper", result->log10_upper, DECIMALS);
    if (trouble[0] != '\0') {
        amp_json_text_of(&js, "trouble", trouble);
    }
    amp_json_close(&js, '}');
}

amp_err amp_sweep_pair(const struct amp_sweep *sweep, size_t i, struct amp_arena *arena,
                       struct amp_sweep_result *out, struct amp_why *why)
{
    const struct amp_dna_sample *item = sweep->items.sample[i / sweep->persons.n];
    const struct amp_dna_sample *person = sweep->persons.sample[i % sweep->persons.n];
    struct amp_sweep_result result = {
        .mac = NAN, .qualitative = NAN, .log10_lr = NAN, .log10_upper = NAN};
    struct amp_why trouble = {""};
    amp_err err = compare(sweep, &item, person, arena, &result, &trouble);
    if (err == AMP_E_NOMEM || amp_arena_failed(arena)) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory for one comparison");
    }
    if (err && trouble.text[0] == '\0') {
        (void)amp_fail(&trouble, err, "%s", amp_err_words(err));
    }
    struct amp_buf line = amp_buf_make(AMP_SWEEP_LINE);
    line_write(&result, item, person, trouble.text, &line);
    err = amp_buf_err(&line);
    result.line = amp_arena_str(arena, amp_buf_view(&line));
    amp_buf_free(&line);
    if (!err) {
        *out = result;
    }
    return err;
}

amp_err amp_sweep_result_read(struct amp_str line, struct amp_sweep_result *out,
                              struct amp_why *why)
{
    struct amp_sweep_result result = {
        .mac = NAN, .qualitative = NAN, .log10_lr = NAN, .log10_upper = NAN, .line = line};
    int64_t contributor_n = 0, marker_n = 0, typed_n = 0;
    json_t *json = NULL;
    amp_err err = amp_json_read(line, AMP_SWEEP_LINE, &json, why);
    if (err) {
        return err;
    }
    err = amp_json_i64(json, "contributors", &contributor_n, why);
    err = err ? err : amp_json_i64(json, "markers", &marker_n, why);
    err = err ? err : amp_json_i64(json, "markers_typed", &typed_n, why);
    err = err ? err : amp_json_num(json, "matching_alleles", &result.mac, why);
    err = err ? err : amp_json_num(json, "qualitative_log10_lr", &result.qualitative, why);
    err = err ? err : amp_json_bool(json, "screened_out", &result.screened, why);
    err = err ? err : amp_json_num(json, "log10_lr", &result.log10_lr, why);
    err = err ? err : amp_json_num(json, "log10_lr_upper", &result.log10_upper, why);
    result.contributor_n = contributor_n > 0 ? (size_t)contributor_n : 0;
    result.marker_n = marker_n > 0 ? (size_t)marker_n : 0;
    result.typed_n = typed_n > 0 ? (size_t)typed_n : 0;
    json_decref(json);
    if (!err) {
        *out = result;
    }
    return err;
}
