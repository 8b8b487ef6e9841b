/* Profiles from any known layout: which one it is, told by its head. */
#include "dna/profile_in.h"

#include <assert.h>

static const struct amp_dna_profile_layout layouts[] = {
    {"table", amp_dna_table_is_wide, amp_dna_table_read},
    {"genemapper", amp_dna_table_is_genemapper, amp_dna_table_read},
    {"long", amp_dna_table_is_long, amp_dna_table_read},
    {"dnamixtures", amp_dna_is_dnamixtures, amp_dna_dnamixtures_read},
    {"genotypes", amp_dna_is_genotypes, amp_dna_genotypes_read},
};

enum {
    LAYOUTS = sizeof(layouts) / sizeof(layouts[0])
};

static const char separators[] = {'\t', ';', ','};

struct found {
    const struct amp_dna_profile_layout *layout;
    struct amp_dna_table table; /* its head is read */
    size_t n;
};

/* The layouts that the head has under one separator. */
static amp_err separator_try(struct amp_str bytes, const char *file, char separator,
                             struct amp_arena *arena, struct found *found)
{
    struct amp_dna_table table = amp_dna_table_make(bytes, file, separator);
    bool end = false;
    if (amp_dna_table_next(&table, arena, &end, NULL) != AMP_OK || end) {
        return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK; /* not under this separator */
    }
    for (size_t i = 0; i < LAYOUTS; i++) {
        if (layouts[i].is(&table, arena)) {
            found->layout = &layouts[i];
            found->table = table;
            found->n++;
        }
    }
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

static amp_err layout_find(struct amp_str bytes, const char *file, struct amp_arena *arena,
                           struct found *found, struct amp_why *why)
{
    for (size_t i = 0; i < sizeof(separators); i++) {
        amp_err err = separator_try(bytes, file, separators[i], arena, found);
        if (err) {
            return err;
        }
    }
    if (found->n == 0) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s: its first line names the columns of no known profile table; it needs "
                        "Sample Name, Marker, Allele 1, Allele 2 ... and for stains Height 1, "
                        "Height 2 ..., cut by comma, semicolon or tab",
                        file);
    }
    if (found->n > 1) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s: its first line can be read with two separators or as two layouts; "
                        "leave only comma, semicolon or tab in it",
                        file);
    }
    return AMP_OK;
}

static bool is_xml(struct amp_str bytes)
{
    size_t at = amp_str_starts(bytes, AMP_STR("\xEF\xBB\xBF")) ? 3 : 0;
    while (at < bytes.len && (bytes.ptr[at] == ' ' || bytes.ptr[at] == '\n' ||
                              bytes.ptr[at] == '\r' || bytes.ptr[at] == '\t')) {
        at++;
    }
    return at < bytes.len && bytes.ptr[at] == '<';
}

static amp_err table_read(struct amp_str bytes, struct amp_dna_draft *draft, struct amp_why *why)
{
    struct found found = {0};
    amp_err err = layout_find(bytes, draft->file, draft->arena, &found, why);
    if (err) {
        return err;
    }
    draft->out.source.format = found.layout->format;
    draft->out.source.separator = found.table.separator;
    return found.layout->read(&found.table, draft, why);
}

amp_err amp_dna_profiles_read(struct amp_str bytes, const char *file, struct amp_arena *arena,
                              struct amp_dna_profiles *out, struct amp_why *why)
{
    assert(file != NULL && arena != NULL && out != NULL);
    struct amp_dna_draft draft = {.arena = arena, .file = file, .names = {.arena = arena}};
    struct amp_str text = {0};
    amp_err err = amp_dna_source_open(bytes, file, arena, &draft.out.source, &text, why);
    if (!err) {
        /* XML names its encoding itself, so its reader gets the bytes as they are */
        err = is_xml(text) ? amp_dna_cmf_read(bytes, &draft, why) : table_read(text, &draft, why);
    }
    err = err ? err : amp_dna_draft_finish(&draft, why);
    if (!err && amp_arena_failed(arena)) {
        err = AMP_E_NOMEM;
    }
    if (!err) {
        *out = draft.out;
    }
    return err;
}
