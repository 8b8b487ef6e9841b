/* A laboratory's own kit table: Panel, Marker, Allele, Size, Color, Repeat, Short.Name by heading.
 */
#include "dna/kit_in.h"

enum {
    NONE = -1
};
static const double bases_max = 5000;

enum column {
    PANEL,
    SHORT_NAME,
    MARKER,
    ALLELE,
    SIZE,
    COLOR,
    REPEAT,
    COLUMNS
};

static const struct {
    const char *heading;
    const char *other;
    bool needed;
} headings[COLUMNS] = {
    [PANEL] = {"PANEL", "KIT", false},       [SHORT_NAME] = {"SHORTNAME", "NAME", false},
    [MARKER] = {"MARKER", "LOCUS", true},    [ALLELE] = {"ALLELE", "BIN", true},
    [SIZE] = {"SIZE", "SIZEBP", true},       [COLOR] = {"COLOR", "DYE", true},
    [REPEAT] = {"REPEAT", "REPEATBP", true},
};

struct reading {
    struct amp_dna_table table;
    int32_t at[COLUMNS];
    char decimal;
    struct amp_str name;  /* of the kit that is wanted; empty: the only one */
    struct amp_str found; /* the name of the kit being read */
    struct amp_dna_kit_draft draft;
    struct amp_dna_names names; /* of markers, and of alleles for each marker */
};

static bool head_see(struct reading *rd, struct amp_arena *arena)
{
    size_t needed = 0;
    for (size_t c = 0; c < COLUMNS; c++) {
        rd->at[c] = NONE;
        for (size_t i = 0; i < rd->table.field_n; i++) {
            const struct amp_str heading = amp_dna_heading(rd->table.field[i], arena);
            if (amp_str_is(heading, headings[c].heading) ||
                amp_str_is(heading, headings[c].other)) {
                rd->at[c] = (int32_t)i;
                break;
            }
        }
        needed += headings[c].needed && rd->at[c] == NONE;
    }
    return needed == 0;
}

static amp_err table_open(struct reading *rd, struct amp_str bytes, const char *file,
                          struct amp_arena *arena, struct amp_why *why)
{
    static const char separators[] = {'\t', ';', ','};
    for (size_t i = 0; i < sizeof(separators); i++) {
        bool end = false;
        rd->table = amp_dna_table_make(bytes, file, separators[i]);
        amp_err err = amp_dna_table_next(&rd->table, arena, &end, NULL);
        if (!err && !end && head_see(rd, arena)) {
            return AMP_OK;
        }
    }
    return amp_fail(why, AMP_E_SYNTAX,
                    "%s is no kit table: its first line must name Marker, Allele, Size, Color and "
                    "Repeat, and Panel or Short.Name where it holds several kits",
                    file);
}

static struct amp_str cell(const struct reading *rd, enum column column)
{
    return rd->at[column] == NONE ? (struct amp_str){.ptr = "", .len = 0}
                                  : amp_dna_table_cell(&rd->table, (size_t)rd->at[column]);
}

static amp_err number_read(const struct reading *rd, enum column column, double *out,
                           struct amp_why *why)
{
    const struct amp_str text = cell(rd, column);
    const struct amp_str marker = cell(rd, MARKER);
    if (text.len == 0 && column == REPEAT) {
        *out = 0; /* no repeat: amelogenin, quality sensors */
        return AMP_OK;
    }
    double value = 0;
    if (amp_dna_number(text, rd->decimal, &value) != AMP_OK || !(value > 0 && value < bases_max)) {
        return amp_fail(why, AMP_E_RANGE,
                        "%s line %llu, marker %.*s: %s \"%.*s\" is not a number of base pairs",
                        rd->table.file, (unsigned long long)rd->table.line, (int)marker.len,
                        marker.ptr, column == SIZE ? "size" : "repeat",
                        (int)(text.len > 40 ? 40 : text.len), text.ptr);
    }
    *out = value;
    return AMP_OK;
}

/* Whether the row is of the kit that is wanted; a second kit where none was named is refused. */
static amp_err row_wanted(struct reading *rd, bool *wanted, struct amp_why *why)
{
    const struct amp_str panel = cell(rd, PANEL);
    const struct amp_str brief = cell(rd, SHORT_NAME);
    const struct amp_str own = brief.len > 0 ? brief : panel;
    if (rd->name.len > 0) {
        *wanted = amp_dna_marker_same(rd->name, brief) || amp_dna_marker_same(rd->name, panel);
        *wanted = *wanted || own.len == 0;
    } else if (rd->draft.kit.marker_n > 0 && !amp_str_eq(own, rd->found)) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu: the table has kits %.*s and %.*s; say which one by name",
                        rd->table.file, (unsigned long long)rd->table.line, (int)rd->found.len,
                        rd->found.ptr, (int)own.len, own.ptr);
    } else {
        *wanted = true;
    }
    if (*wanted) {
        rd->found = own;
    }
    return AMP_OK;
}

static amp_err row_refuse(const struct reading *rd, const char *what, struct amp_why *why)
{
    const struct amp_str marker = cell(rd, MARKER);
    const struct amp_str allele = cell(rd, ALLELE);
    return amp_fail(why, AMP_E_SYNTAX, "%s line %llu, marker %.*s, allele %.*s: %s", rd->table.file,
                    (unsigned long long)rd->table.line, (int)marker.len, marker.ptr,
                    (int)allele.len, allele.ptr, what);
}

static amp_err row_read(struct reading *rd, struct amp_why *why)
{
    struct amp_dna_kit_draft *draft = &rd->draft;
    const struct amp_str marker = cell(rd, MARKER);
    const struct amp_str allele =
        amp_dna_decimal_point(draft->arena, cell(rd, ALLELE), rd->decimal);
    if (marker.len == 0 || allele.len == 0) {
        return row_refuse(rd, "a marker and an allele must be named", why);
    }
    double size = 0;
    double repeat = 0;
    amp_err err = number_read(rd, SIZE, &size, why);
    err = err ? err : number_read(rd, REPEAT, &repeat, why);
    if (err) {
        return err;
    }
    size_t *at = amp_dna_names_at(&rd->names, SIZE_MAX, marker, true);
    if (at == NULL) {
        return AMP_E_NOMEM;
    }
    if (*at == SIZE_MAX) {
        *at = draft->kit.marker_n;
        err = amp_dna_kit_draft_marker(draft, marker, cell(rd, COLOR), repeat);
    } else if (*at + 1 != draft->kit.marker_n) {
        err = row_refuse(rd, "the rows of a marker must stand together", why);
    }
    size_t *known = err ? NULL
                        : amp_dna_names_at(&rd->names, draft->kit.marker_n,
                                           amp_dna_allele_key(draft->arena, allele), false);
    if (!err && known == NULL) {
        err = AMP_E_NOMEM;
    } else if (!err && *known != SIZE_MAX) {
        err = row_refuse(rd, "it has a size already; keep one", why);
    } else if (!err) {
        *known = 0;
        err = amp_dna_kit_draft_allele(draft, allele, size);
    }
    return err;
}

static amp_err rows_read(struct reading *rd, struct amp_arena *arena, struct amp_why *why)
{
    bool end = false;
    amp_err err = amp_dna_table_next(&rd->table, arena, &end, why);
    while (!err && !end) {
        bool wanted = false;
        err = row_wanted(rd, &wanted, why);
        if (!err && wanted) {
            err = row_read(rd, why);
        }
        err = err ? err : amp_dna_table_next(&rd->table, arena, &end, why);
    }
    return err;
}

/* The names of a kit are views of the file while it is read; they outlive it as copies. */
static amp_err names_keep(struct amp_dna_kit_draft *draft)
{
    struct amp_arena *arena = draft->arena;
    draft->kit.name = amp_arena_str(arena, draft->kit.name);
    for (size_t i = 0; i < draft->kit.marker_n; i++) {
        struct amp_dna_kit_marker *marker = &draft->marker[i];
        struct amp_str *allele = amp_arena_array(arena, marker->allele_n, sizeof(*allele));
        if (allele == NULL) {
            return AMP_E_NOMEM;
        }
        for (size_t j = 0; j < marker->allele_n; j++) {
            allele[j] = amp_arena_str(arena, marker->allele[j]);
        }
        marker->allele = allele;
        marker->marker = amp_arena_str(arena, marker->marker);
        marker->dye = amp_arena_str(arena, marker->dye);
    }
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

amp_err amp_dna_kit_read(struct amp_str bytes, const char *file, struct amp_str name,
                         struct amp_arena *arena, struct amp_dna_kit *out, struct amp_why *why)
{
    struct amp_dna_source source;
    struct reading *rd = amp_arena_alloc(arena, sizeof(*rd));
    if (rd == NULL) {
        return AMP_E_NOMEM;
    }
    *rd = (struct reading){.name = name, .draft = {.arena = arena}, .names = {.arena = arena}};
    struct amp_str text = {0};
    amp_err err = amp_dna_source_open(bytes, file, arena, &source, &text, why);
    err = err ? err : table_open(rd, text, file, arena, why);
    uint8_t *kind = err ? NULL : amp_arena_array(arena, rd->table.field_n, sizeof(*kind));
    if (!err && kind == NULL) {
        err = AMP_E_NOMEM;
    }
    if (!err) {
        kind[rd->at[ALLELE]] = AMP_DNA_COLUMN_NUMBER;
        kind[rd->at[SIZE]] = AMP_DNA_COLUMN_NUMBER;
        kind[rd->at[REPEAT]] = AMP_DNA_COLUMN_NUMBER;
        err = amp_dna_table_decimal(rd->table, kind, rd->table.field_n, arena, &rd->decimal, why);
    }
    err = err ? err : rows_read(rd, arena, why);
    if (!err && rd->draft.kit.marker_n == 0) {
        err = amp_fail(why, AMP_E_NOT_FOUND,
                       "%s has no kit \"%.*s\"; look at its Short.Name and "
                       "Panel columns",
                       file, (int)name.len, name.ptr);
    }
    rd->draft.kit.name = rd->found.len > 0 ? rd->found : name;
    err = err ? err : names_keep(&rd->draft);
    if (!err) {
        *out = rd->draft.kit;
    }
    return err;
}
