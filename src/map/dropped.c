/* Counting what is left out of a map, and reading the counts back. */
#include "map/dropped.h"
#include "map/amap.h"

#include <assert.h>
#include <string.h>

static struct amp_dropped_row *row_of(struct amp_map_dropped *dropped, const char *reason)
{
    if (dropped->row_n > 0 && strcmp(dropped->row[dropped->last].reason, reason) == 0) {
        return &dropped->row[dropped->last];
    }
    for (uint32_t i = 0; i < dropped->row_n; i++) {
        if (strcmp(dropped->row[i].reason, reason) == 0) {
            dropped->last = i;
            return &dropped->row[i];
        }
    }
    if (dropped->row_n + 1 < AMP_DROPPED_REASONS) {
        struct amp_dropped_row *row = &dropped->row[dropped->row_n];
        memcpy(row->reason, reason, strlen(reason));
        dropped->last = dropped->row_n++;
        return row;
    }
    static const char other[] = "something else";
    dropped->row_n = AMP_DROPPED_REASONS;
    memcpy(dropped->row[AMP_DROPPED_REASONS - 1].reason, other, sizeof other);
    return &dropped->row[AMP_DROPPED_REASONS - 1];
}

void amp_dropped_add(struct amp_map_dropped *dropped, const char *reason, enum amp_osm_kind kind,
                     int64_t example, uint64_t n)
{
    assert(reason[0] != 0 && strlen(reason) < AMP_DROPPED_TEXT);
    if (!dropped || n == 0) {
        return;
    }
    struct amp_dropped_row *row = row_of(dropped, reason);
    if (row->n == 0) {
        row->example = example;
        row->kind = (uint32_t)kind;
    }
    row->n += n;
}

amp_err amp_dropped_put(const struct amp_map_dropped *dropped, struct amp_amap_writer *writer,
                        struct amp_why *why)
{
    return amp_amap_put(writer, AMP_DROPPED_SECTION, dropped ? dropped->row : NULL,
                        sizeof dropped->row[0], dropped ? dropped->row_n : 0, why);
}

static bool row_good(const struct amp_dropped_row *row)
{
    size_t len = strnlen(row->reason, AMP_DROPPED_TEXT);
    return len > 0 && len < AMP_DROPPED_TEXT &&
           amp_utf8_valid((struct amp_str){.ptr = row->reason, .len = len}) &&
           row->kind <= AMP_OSM_RELATION;
}

amp_err amp_dropped_of(const struct amp_amap *amap, const struct amp_dropped_row **out,
                       size_t *out_n, struct amp_why *why)
{
    const void *data = NULL;
    size_t n = 0;
    amp_err err =
        amp_amap_section(amap, AMP_DROPPED_SECTION, sizeof(struct amp_dropped_row), &data, &n, why);
    if (err) {
        return err;
    }
    const struct amp_dropped_row *row = data;
    bool good = n <= AMP_DROPPED_REASONS;
    for (size_t i = 0; good && i < n; i++) {
        good = row_good(&row[i]);
    }
    if (!good) {
        return amp_fail(why, AMP_E_CORRUPT,
                        "the map's list of what was left out is damaged: build it again");
    }
    *out = row;
    *out_n = n;
    return AMP_OK;
}
