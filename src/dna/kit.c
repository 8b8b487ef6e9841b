/* Built-in kits and fragment sizes. */
#include "dna/kit_in.h"
#include "dna/kit_table.h"

#include <assert.h>
#include <math.h>

enum {
    COLUMNS = 6
};
enum column {
    KIT,
    NAMES, /* of the product and of the maker's panel */
    MARKER,
    DYE,
    REPEAT,
    PAIRS
};
static const double bases_max = 5000;

/* The next line of the table that is no comment, cut into its columns; false at the end. */
static bool line_next(struct amp_str *text, struct amp_str *column)
{
    struct amp_str line = {0};
    do {
        if (text->len == 0) {
            return false;
        }
        *text = amp_str_cut(*text, '\n', &line);
    } while (line.len == 0 || line.ptr[0] == '#');
    for (size_t i = 0; i < COLUMNS; i++) {
        line = amp_str_cut(line, '\t', &column[i]);
    }
    return true;
}

static struct amp_str table_text(void)
{
    return (struct amp_str){(const char *)amp_dna_kit_text, amp_dna_kit_text_len};
}

static amp_err pairs_read(struct amp_dna_kit_draft *draft, const struct amp_str *column)
{
    struct amp_str pairs = column[PAIRS];
    while (pairs.len > 0) {
        struct amp_str pair = {0};
        struct amp_str allele = {0};
        double size = 0;
        pairs = amp_str_cut(pairs, ' ', &pair);
        const struct amp_str number = amp_str_cut(pair, '=', &allele);
        amp_err err = amp_str_double(number, &size);
        err = err ? err : amp_dna_kit_draft_allele(draft, allele, size);
        if (err) {
            return err == AMP_E_NOMEM ? err : AMP_E_CORRUPT;
        }
    }
    return AMP_OK;
}

static amp_err line_read(struct amp_dna_kit_draft *draft, const struct amp_str *column)
{
    double repeat = 0;
    amp_err err =
        amp_str_is(column[REPEAT], "-") ? AMP_OK : amp_str_double(column[REPEAT], &repeat);
    err = err ? err : amp_dna_kit_draft_marker(draft, column[MARKER], column[DYE], repeat);
    return err ? err : pairs_read(draft, column);
}

static bool is_among(struct amp_str names, struct amp_str name)
{
    while (names.len > 0) {
        struct amp_str one = {0};
        names = amp_str_cut(names, '/', &one);
        if (amp_dna_marker_same(one, name)) {
            return true;
        }
    }
    return false;
}

/* The name under which the table has a kit: by its own name first, then by the others. */
static bool name_find(struct amp_str name, struct amp_str *kit)
{
    for (enum column by = KIT; by <= NAMES && name.len > 0; by++) {
        struct amp_str text = table_text();
        struct amp_str column[COLUMNS];
        while (line_next(&text, column)) {
            if (is_among(column[by], name)) {
                *kit = column[KIT];
                return true;
            }
        }
    }
    return false;
}

bool amp_dna_kit_list(size_t index, struct amp_str *name, struct amp_str *others)
{
    struct amp_str text = table_text();
    struct amp_str column[COLUMNS];
    struct amp_str last = {0};
    size_t n = 0;
    while (line_next(&text, column)) {
        if (amp_str_eq(column[KIT], last)) {
            continue;
        }
        last = column[KIT];
        if (n++ == index) {
            *name = column[KIT];
            *others = column[NAMES];
            return true;
        }
    }
    return false;
}

static amp_err not_found(struct amp_str name, struct amp_arena *arena, struct amp_why *why)
{
    struct amp_str all = {.ptr = "", .len = 0};
    struct amp_str kit = {0};
    struct amp_str others = {0};
    for (size_t i = 0; amp_dna_kit_list(i, &kit, &others); i++) {
        all = amp_arena_printf(arena, "%.*s%s%.*s", (int)all.len, all.ptr, i == 0 ? "" : ", ",
                               (int)kit.len, kit.ptr);
    }
    return amp_fail(why, AMP_E_NOT_FOUND, "there is no kit \"%.*s\"; there are %.*s",
                    (int)(name.len > 40 ? 40 : name.len), name.ptr, (int)all.len, all.ptr);
}

amp_err amp_dna_kit_find(struct amp_str name, struct amp_arena *arena, struct amp_dna_kit *out,
                         struct amp_why *why)
{
    struct amp_str kit = {0};
    if (!name_find(name, &kit)) {
        return not_found(name, arena, why);
    }
    struct amp_dna_kit_draft draft = {.arena = arena, .kit = {.name = kit}};
    struct amp_str text = table_text();
    struct amp_str column[COLUMNS];
    while (line_next(&text, column)) {
        amp_err err = amp_str_eq(column[KIT], kit) ? line_read(&draft, column) : AMP_OK;
        if (err) {
            return err;
        }
    }
    *out = draft.kit;
    return AMP_OK;
}

amp_err amp_dna_kit_draft_marker(struct amp_dna_kit_draft *draft, struct amp_str marker,
                                 struct amp_str dye, double repeat_bp)
{
    if (marker.len == 0 || repeat_bp < 0 || repeat_bp > bases_max) {
        return AMP_E_RANGE;
    }
    draft->marker =
        amp_dna_grow(draft->arena, draft->marker, draft->kit.marker_n, sizeof(*draft->marker));
    if (draft->marker == NULL) {
        return AMP_E_NOMEM;
    }
    draft->marker[draft->kit.marker_n++] =
        (struct amp_dna_kit_marker){.marker = marker, .dye = dye, .repeat_bp = repeat_bp};
    draft->kit.marker = draft->marker;
    draft->allele = NULL;
    draft->size_bp = NULL;
    return AMP_OK;
}

amp_err amp_dna_kit_draft_allele(struct amp_dna_kit_draft *draft, struct amp_str allele,
                                 double size_bp)
{
    assert(draft->kit.marker_n > 0);
    struct amp_dna_kit_marker *marker = &draft->marker[draft->kit.marker_n - 1];
    if (allele.len == 0 || !(size_bp > 0 && size_bp < bases_max)) {
        return AMP_E_RANGE;
    }
    draft->allele =
        amp_dna_grow(draft->arena, draft->allele, marker->allele_n, sizeof(*draft->allele));
    draft->size_bp =
        amp_dna_grow(draft->arena, draft->size_bp, marker->allele_n, sizeof(*draft->size_bp));
    if (draft->allele == NULL || draft->size_bp == NULL) {
        return AMP_E_NOMEM;
    }
    draft->allele[marker->allele_n] = allele;
    draft->size_bp[marker->allele_n++] = size_bp;
    marker->allele = draft->allele;
    marker->size_bp = draft->size_bp;
    marker->longest_bp = size_bp > marker->longest_bp ? size_bp : marker->longest_bp;
    return AMP_OK;
}

/* Makers write AM, AMEL or Amelogenin. */
static bool is_amelogenin(struct amp_str marker)
{
    return amp_dna_marker_same(marker, AMP_STR("AMEL")) ||
           amp_dna_marker_same(marker, AMP_STR("AM"));
}

const struct amp_dna_kit_marker *amp_dna_kit_marker_find(const struct amp_dna_kit *kit,
                                                         struct amp_str marker)
{
    const bool amelogenin = is_amelogenin(marker);
    for (size_t i = 0; i < kit->marker_n; i++) {
        if (amp_dna_marker_same(kit->marker[i].marker, marker) ||
            (amelogenin && is_amelogenin(kit->marker[i].marker))) {
            return &kit->marker[i];
        }
    }
    return NULL;
}

/* The first two alleles of the table that are whole numbers; how many there are of them. */
static size_t whole_find(const struct amp_dna_kit_marker *marker, size_t at[2])
{
    size_t n = 0;
    for (size_t i = 0; i < marker->allele_n && n < 2; i++) {
        int64_t milli = 0;
        if (amp_dna_allele_milli(marker->allele[i], &milli) && milli % 1000 == 0) {
            at[n++] = i;
        }
    }
    return n;
}

/* Without two whole alleles: the size of the nearest one. */
static double nearest_size(const struct amp_dna_kit_marker *marker, int64_t wanted)
{
    double size = marker->longest_bp;
    int64_t nearest = INT64_MAX;
    for (size_t i = 0; i < marker->allele_n; i++) {
        int64_t milli = 0;
        if (!amp_dna_allele_milli(marker->allele[i], &milli)) {
            continue;
        }
        const int64_t off = milli > wanted ? milli - wanted : wanted - milli;
        if (off < nearest) {
            nearest = off;
            size = marker->size_bp[i];
        }
    }
    return size;
}

/* The digits behind the point as EuroForMix reads them: "9.3" gives 3, "12.12" gives 12. */
static double bases_behind(struct amp_str allele)
{
    struct amp_str whole = {0};
    const struct amp_str behind = amp_str_cut(allele, '.', &whole);
    double value = 0;
    return behind.len > 0 && amp_str_double(behind, &value) == AMP_OK ? value : 0;
}

amp_err amp_dna_kit_size(const struct amp_dna_kit_marker *marker, struct amp_str allele,
                         double *size_bp)
{
    for (size_t i = 0; i < marker->allele_n; i++) {
        if (amp_dna_allele_same(marker->allele[i], allele)) {
            *size_bp = marker->size_bp[i];
            return AMP_OK;
        }
    }
    int64_t milli = 0;
    if (!amp_dna_allele_milli(allele, &milli) || marker->allele_n == 0) {
        return AMP_E_RANGE;
    }
    size_t at[2] = {0, 0};
    if (whole_find(marker, at) < 2) {
        *size_bp = nearest_size(marker, milli);
        return AMP_OK;
    }
    int64_t first = 0;
    int64_t second = 0;
    (void)amp_dna_allele_milli(marker->allele[at[0]], &first);
    (void)amp_dna_allele_milli(marker->allele[at[1]], &second);
    /* EuroForMix multiplies the two differences, which is the repeat where they are neighbours */
    const double steps = (double)(second - first) / 1000;
    const double repeat = nearbyint(steps * (marker->size_bp[at[1]] - marker->size_bp[at[0]]));
    const double offset = marker->size_bp[at[0]] - (double)first / 1000 * repeat;
    const double whole = (double)(milli / 1000);
    *size_bp = whole * repeat + bases_behind(allele) + offset;
    return AMP_OK;
}
