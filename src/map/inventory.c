/* Counting kinds, languages and road classes. */
#include "map/inventory.h"
#include "map/kinds.h"
#include "map/roads_in.h"

#include <stdlib.h>
#include <string.h>

static const char language_front[] = "name:";

struct tally {
    struct amp_inventory_row row[AMP_INVENTORY_ROWS];
    size_t n;
    size_t last;
};

/* Adds n to the row of a name; rows beyond the limit are not counted. */
static void tally_add(struct tally *tally, enum amp_inventory_what what, const char *name,
                      uint64_t n)
{
    size_t len = strnlen(name, AMP_INVENTORY_NAME - 1);
    while (len > 0 && ((uint8_t)name[len] & 0xc0) == 0x80) {
        len--; /* cut in front of a character, never inside */
    }
    size_t at = tally->last;
    for (size_t i = 0; i < tally->n; i++, at = at + 1 < tally->n ? at + 1 : 0) {
        const struct amp_inventory_row *row = &tally->row[at];
        if (row->what == (uint32_t)what && strncmp(row->name, name, len) == 0 &&
            row->name[len] == 0) {
            tally->row[at].n += n;
            tally->last = at;
            return;
        }
    }
    if (len == 0 || tally->n == AMP_INVENTORY_ROWS) {
        return;
    }
    struct amp_inventory_row *row = &tally->row[tally->n];
    memcpy(row->name, name, len);
    row->what = (uint32_t)what;
    row->n = n;
    tally->last = tally->n++;
}

static bool is_language(const char *code)
{
    size_t len = strcspn(code, "-_");
    bool letters = len == 2 || len == 3; /* BCP 47: a language has two or three letters */
    for (size_t i = 0; code[i] != 0; i++) {
        char c = code[i];
        letters = letters && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                              c == '_' || (c >= '0' && c <= '9'));
    }
    return letters;
}

static amp_err languages_count(const struct amp_osm *osm, struct tally *tally)
{
    uint32_t *count = calloc((size_t)osm->text_n + 1, sizeof *count); /* by key */
    if (!count) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < osm->tag_n; i++) {
        count[osm->tag[i].key]++;
    }
    for (uint32_t key = 0; key < osm->text_n; key++) {
        const char *text = amp_osm_text(osm, key);
        size_t front = sizeof language_front - 1;
        if (count[key] > 0 && strncmp(text, language_front, front) == 0 &&
            is_language(text + front)) {
            tally_add(tally, AMP_INVENTORY_LANGUAGE, text + front, count[key]);
        }
    }
    free(count);
    return AMP_OK;
}

static void kind_count(const struct amp_kinds *kinds, uint32_t first, uint32_t end,
                       struct tally *tally)
{
    struct amp_kind kind;
    if (end > first && amp_kinds_find(kinds, first, end, &kind)) {
        tally_add(tally, AMP_INVENTORY_PLACE, kind.name, 1);
    }
}

static amp_err kinds_count(const struct amp_osm *osm, struct tally *tally)
{
    struct amp_kinds *kinds = NULL;
    amp_err err = amp_kinds_create(osm, &kinds);
    if (err) {
        return err;
    }
    for (uint32_t i = 0; i < osm->node_n; i++) {
        struct amp_osm_span tags = amp_osm_node_tags(osm, i);
        kind_count(kinds, tags.first, tags.end, tally);
    }
    for (uint32_t i = 0; i < osm->way_n; i++) {
        kind_count(kinds, osm->way_tag_first[i], osm->way_tag_first[i + 1], tally);
    }
    for (uint32_t i = 0; i < osm->rel_n; i++) {
        kind_count(kinds, osm->rel_tag_first[i], osm->rel_tag_first[i + 1], tally);
    }
    amp_kinds_destroy(kinds);
    return AMP_OK;
}

static int row_order(const void *a, const void *b)
{
    const struct amp_inventory_row *x = a;
    const struct amp_inventory_row *y = b;
    if (x->what != y->what) {
        return x->what < y->what ? -1 : 1;
    }
    if (x->n != y->n) {
        return x->n > y->n ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

amp_err amp_inventory_put(const struct amp_osm *osm, struct amp_amap_writer *writer,
                          struct amp_why *why)
{
    struct tally *tally = calloc(1, sizeof *tally);
    amp_err err = tally ? languages_count(osm, tally) : AMP_E_NOMEM;
    err = err ? err : kinds_count(osm, tally);
    if (err) {
        free(tally);
        return amp_fail(why, err, "counting what the map holds: %s", amp_err_words(err));
    }
    qsort(tally->row, tally->n, sizeof tally->row[0], row_order);
    err = amp_amap_put(writer, AMP_INVENTORY_SECTION, tally->row, sizeof tally->row[0], tally->n,
                       why);
    free(tally);
    return err;
}

amp_err amp_inventory_of(const struct amp_amap *amap, const struct amp_inventory_row **out,
                         size_t *out_n, struct amp_why *why)
{
    const void *data = NULL;
    size_t n = 0;
    amp_err err = amp_amap_section(amap, AMP_INVENTORY_SECTION, sizeof(struct amp_inventory_row),
                                   &data, &n, why);
    if (err) {
        return err;
    }
    const struct amp_inventory_row *row = data;
    bool good = n <= AMP_INVENTORY_ROWS;
    for (size_t i = 0; good && i < n; i++) {
        size_t len = strnlen(row[i].name, AMP_INVENTORY_NAME);
        good = len > 0 && len < AMP_INVENTORY_NAME && row[i].what <= AMP_INVENTORY_LANGUAGE &&
               amp_utf8_valid((struct amp_str){.ptr = row[i].name, .len = len});
    }
    if (!good) {
        return amp_fail(why, AMP_E_CORRUPT, "the map's inventory is damaged: build it again");
    }
    *out = row;
    *out_n = n;
    return AMP_OK;
}

static struct amp_road_class_count *class_row(struct amp_road_class_count *out, size_t *n,
                                              const char *name)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp(out[i].name, name) == 0) {
            return &out[i];
        }
    }
    if (*n == AMP_INVENTORY_CLASSES) {
        return NULL;
    }
    out[*n] = (struct amp_road_class_count){.name = name};
    return &out[(*n)++];
}

size_t amp_inventory_roads(const struct amp_roads *roads,
                           struct amp_road_class_count out[AMP_INVENTORY_CLASSES])
{
    static const double mm_per_km = 1e6;
    size_t n = 0;
    for (size_t i = 0; i < roads->seg_n; i++) {
        const struct amp_road_seg *seg = &roads->seg[i];
        double km = seg->length_mm / mm_per_km;
        struct amp_road_class_count *row =
            class_row(out, &n, amp_road_class_name(roads->way[seg->way].road_class));
        if (!row) {
            continue;
        }
        row->segments++;
        row->km += km;
        for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
            bool drives = amp_seg_usable(roads, (enum amp_profile)p, (uint32_t)i);
            row->profile_km[p] += drives ? km : 0;
        }
    }
    return n;
}
