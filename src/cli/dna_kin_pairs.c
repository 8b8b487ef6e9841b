/* `amparo dna kin --pairs`: the relatives of a case, two by two. */
#include "cli/dna_kin.h"
#include "cli/progress.h"
#include "dna/html.h"
#include "dna/kin_pairs.h"
#include "dna/numeric.h"

#include <string.h>

enum {
    LOG_DECIMALS = 6
};

static struct amp_str clause(const struct amp_kin_references *refs,
                             const struct amp_kin_pair_result *pair, enum amp_kin_relation relation,
                             struct amp_arena *arena)
{
    const struct amp_str x = refs->name[pair->x];
    const struct amp_str y = refs->name[pair->y];
    return amp_arena_printf(arena, "%.*s and %.*s are %s", (int)x.len, x.ptr, (int)y.len, y.ptr,
                            amp_kin_relation_name(relation));
}

static struct amp_str statement(const struct amp_kin_references *refs,
                                const struct amp_kin_pair_result *pair, enum amp_lr_scale scale,
                                struct amp_arena *arena)
{
    if (pair->marker_n == 0) {
        return AMP_STR("No marker is typed in both.");
    }
    if (pair->best == AMP_KIN_UNRELATED) {
        return AMP_STR("No standard relation explains the genotypes better than being unrelated.");
    }
    return amp_lr_sentence(scale, amp_kin_log10(pair->log_ratio[pair->best]),
                           clause(refs, pair, pair->best, arena),
                           clause(refs, pair, AMP_KIN_UNRELATED, arena), arena);
}

static void pair_json(const struct amp_kin_references *refs, const struct amp_kin_pair_result *pair,
                      enum amp_lr_scale scale, struct amp_arena *arena, struct amp_json *js)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "a", refs->name[pair->x]);
    amp_json_str_of(js, "b", refs->name[pair->y]);
    amp_json_i64_of(js, "markers", (int64_t)pair->marker_n);
    amp_json_text_of(js, "best", amp_kin_relation_name(pair->best));
    amp_json_double_of(js, "best_log10_lr", amp_kin_log10(pair->log_ratio[pair->best]),
                       LOG_DECIMALS);
    amp_json_str_of(js, "statement", statement(refs, pair, scale, arena));
    amp_json_key(js, "relations");
    amp_json_open(js, '[');
    for (int r = 0; r < AMP_KIN_RELATIONS; r++) {
        amp_json_open(js, '{');
        amp_json_text_of(js, "name", amp_kin_relation_name((enum amp_kin_relation)r));
        amp_json_key(js, "lr");
        amp_kin_put_json(js, amp_exp(pair->log_ratio[r]));
        amp_json_double_of(js, "log10_lr", amp_kin_log10(pair->log_ratio[r]), LOG_DECIMALS);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void pair_text(const struct amp_kin_references *refs, const struct amp_kin_pair_result *pair,
                      struct amp_buf *out)
{
    const struct amp_str x = refs->name[pair->x];
    const struct amp_str y = refs->name[pair->y];
    amp_buf_printf(out, "\n%-16.*s %-16.*s %4zu %10.3f  %s", (int)x.len, x.ptr, (int)y.len, y.ptr,
                   pair->marker_n, amp_kin_log10(pair->log_ratio[pair->best]),
                   amp_kin_relation_name(pair->best));
}

static void pair_row(const struct amp_kin_references *refs, const struct amp_kin_pair_result *pair,
                     struct amp_buf *page)
{
    amp_cli_kin_page_name(page, refs->name[pair->x]);
    amp_cli_kin_page_text(page, refs->name[pair->y]);
    amp_html_cell(page, (double)pair->marker_n, 0);
    amp_html_cell(page, amp_kin_log10(pair->log_ratio[pair->best]), 3);
    amp_cli_kin_page_text(page, amp_str_of(amp_kin_relation_name(pair->best)));
    amp_buf_text(page, "</tr>\n");
}

static void page_open(const struct amp_cli_kin_asked *asked, const struct amp_kin_references *refs,
                      struct amp_arena *arena, struct amp_buf *page)
{
    static const char *const columns[] = {"Person", "Person", "Markers", "log10 LR", "Relation"};
    struct amp_str about = amp_arena_printf(
        arena,
        "Case %s: %zu persons, %zu markers. For each pair the standard relation under which the "
        "genotypes are most probable, and how much more probable than if the two were unrelated. "
        "How probable a relation is needs what else is known of the case.",
        asked->case_name, refs->person_n, refs->marker_n);
    amp_cli_kin_page_open(page, "Relations of the references, two by two", about, columns,
                          sizeof columns / sizeof columns[0]);
}

static amp_err references_read(const struct amp_cli_kin_asked *asked, struct amp_arena *arena,
                               struct amp_cli_kin_files *files, struct amp_kin_references *refs,
                               struct amp_why *why)
{
    struct amp_str bytes, table;
    struct amp_dna_profiles profiles;
    struct amp_dna_freqs freqs;
    struct amp_kin_override override;
    amp_err err = amp_cli_kin_override(asked, &override, why);
    if (!err && (!asked->frequencies || !asked->case_name)) {
        return amp_fail(why, AMP_E_USAGE,
                        "--pairs needs --frequencies FILE and --case NAME: references are compared "
                        "within a named case");
    }
    err = err ? err : amp_cli_kin_file("references", asked->pairs, arena, files, &bytes, why);
    err =
        err ? err : amp_cli_kin_file("frequencies", asked->frequencies, arena, files, &table, why);
    err = err ? err : amp_dna_profiles_read(bytes, asked->pairs, arena, &profiles, why);
    err = err ? err : amp_dna_freqs_read(table, asked->frequencies, arena, &freqs, why);
    err = err ? err : amp_kin_references_make(&profiles, &freqs, asked->min_freq, arena, refs, why);
    if (err) {
        return err;
    }
    struct amp_kin_marker *marker = amp_arena_array(arena, refs->marker_n, sizeof *marker);
    if (!marker) {
        return AMP_E_NOMEM;
    }
    memcpy(marker, refs->marker, refs->marker_n * sizeof *marker);
    refs->marker = marker;
    struct amp_kin_case kc = {.marker_n = refs->marker_n, .marker = marker};
    return amp_kin_case_finish(&kc, &override, arena, why);
}

static void head_put(const struct amp_cli_kin_asked *asked, const struct amp_kin_references *refs,
                     enum amp_kin_untyped untyped, struct amp_json *js, struct amp_buf *out)
{
    if (!asked->json) {
        amp_buf_printf(out,
                       "Case %s: %zu persons, %zu markers; log10 LR of the best standard relation "
                       "against unrelated\n%-16s %-16s %4s %10s  relation",
                       asked->case_name, refs->person_n, refs->marker_n, "", "", "", "log10 LR");
        return;
    }
    amp_json_open(js, '{');
    amp_json_text_of(js, "case", asked->case_name);
    amp_json_i64_of(js, "persons", (int64_t)refs->person_n);
    amp_json_i64_of(js, "markers", (int64_t)refs->marker_n);
    amp_json_text_of(js, "untyped_founder", untyped == AMP_KIN_MUTATE ? "mutate" : "draw");
    amp_json_text_of(js, "against", amp_kin_relation_name(AMP_KIN_UNRELATED));
    amp_json_key(js, "pairs");
    amp_json_open(js, '[');
}

static amp_err pairs_run(const struct amp_cli_kin_asked *asked, struct amp_arena *arena,
                         struct amp_buf *page, struct amp_buf *out, struct amp_why *why)
{
    struct amp_kin_references refs;
    struct amp_cli_kin_files files = {.n = 0};
    enum amp_kin_untyped untyped = AMP_KIN_MUTATE;
    enum amp_lr_scale scale = AMP_LR_ENFSI_2015;
    struct amp_json js = amp_json_make(out);
    amp_err err = amp_cli_kin_untyped(asked, &untyped, why);
    err = err ? err : amp_cli_kin_scale(asked, &scale, why);
    err = err ? err : references_read(asked, arena, &files, &refs, why);
    if (err) {
        return err;
    }
    page_open(asked, &refs, arena, page);
    head_put(asked, &refs, untyped, &js, out);
    const struct amp_progress progress = amp_cli_progress();
    for (size_t x = 0; x < refs.person_n && !err; x++) {
        if (progress.tell) {
            progress.tell(progress.ctx, "pairs", x, refs.person_n);
        }
        for (size_t y = x + 1; y < refs.person_n && !err; y++) {
            struct amp_kin_pair_result pair;
            err = amp_kin_pair(&refs, x, y, untyped, &pair, why);
            if (err || (asked->least_given &&
                        !(amp_kin_log10(pair.log_ratio[pair.best]) >= asked->least))) {
                continue;
            }
            pair_row(&refs, &pair, page);
            if (asked->json) {
                pair_json(&refs, &pair, scale, arena, &js);
            } else {
                pair_text(&refs, &pair, out);
            }
        }
    }
    amp_cli_progress_end();
    if (!err && asked->json) {
        amp_json_close(&js, ']');
    }
    amp_cli_kin_notes(asked->json ? &js : NULL, out, refs.note, refs.note_n);
    amp_cli_kin_page_notes(page, refs.note, refs.note_n);
    if (!err && asked->json) {
        amp_json_close(&js, '}');
    }
    err = err || !asked->report ? err : amp_cli_kin_page_close(page, asked, &files, why);
    return err ? err : amp_buf_err(out);
}

amp_err amp_cli_kin_pairs(const struct amp_cli_kin_asked *asked, struct amp_arena *arena,
                          struct amp_buf *out, struct amp_why *why)
{
    struct amp_buf page = amp_buf_make(AMP_CLI_KIN_TEXT);
    amp_err err = pairs_run(asked, arena, &page, out, why);
    amp_buf_free(&page);
    return err;
}
