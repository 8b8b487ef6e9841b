/* What `amparo map info` prints behind the counts. */
#include "cli/map_info.h"
#include "base/timefmt.h"
#include "map/dropped.h"
#include "map/inventory.h"

#include <inttypes.h>

enum {
    US_PER_S = 1000000,
    DECIMALS = 7
};

static const char *const kinds[] = {
    [AMP_OSM_NODE] = "node", [AMP_OSM_WAY] = "way", [AMP_OSM_RELATION] = "relation"};
static const char *const whats[] = {
    [AMP_INVENTORY_PLACE] = "places", [AMP_INVENTORY_LANGUAGE] = "names in a language"};
static const char *const what_members[] = {
    [AMP_INVENTORY_PLACE] = "place_kinds", [AMP_INVENTORY_LANGUAGE] = "languages"};

struct info { /* all that the map says of itself */
    struct amp_map_import import;
    struct amp_box box;
    uint64_t stamp, bytes;
    struct amp_amap_row section[AMP_AMAP_SECTIONS];
    size_t section_n;
    struct amp_road_class_count road[AMP_INVENTORY_CLASSES];
    size_t road_n;
    const struct amp_inventory_row *row;
    size_t row_n;
    const struct amp_dropped_row *dropped;
    size_t dropped_n;
};

static amp_err info_read(const struct amp_map *map, struct info *info, struct amp_why *why)
{
    amp_err err = amp_map_import_of(map, &info->import, why);
    err = err ? err : amp_inventory_of(map->amap, &info->row, &info->row_n, why);
    err = err ? err : amp_dropped_of(map->amap, &info->dropped, &info->dropped_n, why);
    if (err) {
        return err;
    }
    info->box = amp_tiles_box(map->tiles);
    info->stamp = amp_amap_stamp(map->amap);
    info->section_n = amp_amap_rows(map->amap, info->section);
    info->road_n = amp_inventory_roads(map->roads, info->road);
    for (size_t i = 0; i < info->section_n; i++) {
        info->bytes += info->section[i].size;
    }
    return AMP_OK;
}

/* ---- text ---- */

static void front_write(const struct info *info, struct amp_buf *out)
{
    const struct amp_pos corner[] = {{info->box.south_e7, info->box.west_e7},
                                     {info->box.north_e7, info->box.east_e7}};
    char text[2][AMP_POS_TEXT];
    char time[AMP_TIME_TEXT] = "unknown";
    amp_pos_text(corner[0], text[0]);
    amp_pos_text(corner[1], text[1]);
    if (info->import.replicated_s > 0) {
        amp_time_text(info->import.replicated_s * US_PER_S, time);
    }
    amp_buf_printf(out, "\n%-21s %d\n%-21s %016" PRIx64 "\n%-21s %s\n%-21s %s to %s", "format",
                   AMP_AMAP_VERSION, "version", info->stamp, "edits up to", time, "from", text[0],
                   text[1]);
}

static void sections_write(const struct info *info, struct amp_buf *out)
{
    amp_buf_printf(out, "\n\nsections, %" PRIu64 " bytes in all", info->bytes);
    for (size_t i = 0; i < info->section_n; i++) {
        const struct amp_amap_row *row = &info->section[i];
        amp_buf_printf(out,
                       "\n  %-8s %13" PRIu64 " bytes %12" PRIu64 " of %" PRIu32 "  crc %08" PRIx32,
                       row->name, row->size, row->size / row->element, row->element, row->crc);
    }
}

static void roads_write(const struct info *info, struct amp_buf *out)
{
    amp_buf_printf(out, "\n\n%-16s %10s %12s", "roads", "segments", "km");
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_buf_printf(out, " %12s", amp_profile_name((enum amp_profile)p));
    }
    for (size_t i = 0; i < info->road_n; i++) {
        const struct amp_road_class_count *row = &info->road[i];
        amp_buf_printf(out, "\n  %-14s %10" PRIu64 " %12.1f", row->name, row->segments, row->km);
        for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
            amp_buf_printf(out, " %12.1f", row->profile_km[p]);
        }
    }
}

static void inventory_write(const struct info *info, struct amp_buf *out)
{
    for (size_t i = 0; i < info->row_n; i++) {
        const struct amp_inventory_row *row = &info->row[i];
        if (i == 0 || info->row[i - 1].what != row->what) {
            amp_buf_printf(out, "\n\n%s", whats[row->what]);
        }
        amp_buf_printf(out, "\n  %-30s %10" PRIu64, row->name, row->n);
    }
}

static void dropped_write(const struct info *info, struct amp_buf *out)
{
    amp_buf_text(out, info->dropped_n > 0 ? "\n\nleft out" : "\n\nnothing was left out");
    for (size_t i = 0; i < info->dropped_n; i++) {
        const struct amp_dropped_row *row = &info->dropped[i];
        amp_buf_printf(out, "\n  %-56s %10" PRIu64 "  first: %s %" PRId64, row->reason, row->n,
                       kinds[row->kind], row->example);
    }
}

amp_err amp_cli_map_info_text(const struct amp_map *map, struct amp_buf *out, struct amp_why *why)
{
    struct info info = {.bytes = 0};
    amp_err err = info_read(map, &info, why);
    if (err) {
        return err;
    }
    front_write(&info, out);
    sections_write(&info, out);
    roads_write(&info, out);
    inventory_write(&info, out);
    dropped_write(&info, out);
    return AMP_OK;
}

/* ---- JSON ---- */

static void front_json(const struct info *info, struct amp_json *js)
{
    const struct amp_pos corner[] = {{info->box.south_e7, info->box.west_e7},
                                     {info->box.north_e7, info->box.east_e7}};
    char stamp[2 * sizeof info->stamp + 1];
    (void)snprintf(stamp, sizeof stamp, "%016" PRIx64, info->stamp);
    amp_json_i64_of(js, "format", AMP_AMAP_VERSION);
    amp_json_text_of(js, "version", stamp);
    if (info->import.replicated_s > 0) {
        amp_json_time_of(js, "replicated", info->import.replicated_s * US_PER_S);
    }
    amp_json_key(js, "bounds"); /* west, south, east, north */
    amp_json_open(js, '[');
    for (int i = 0; i < 2; i++) {
        amp_json_put_double(js, amp_lon_deg(corner[i]), DECIMALS);
        amp_json_put_double(js, amp_lat_deg(corner[i]), DECIMALS);
    }
    amp_json_close(js, ']');
}

static void sections_json(const struct info *info, struct amp_json *js)
{
    amp_json_key(js, "sections");
    amp_json_open(js, '[');
    for (size_t i = 0; i < info->section_n; i++) {
        const struct amp_amap_row *row = &info->section[i];
        amp_json_open(js, '{');
        amp_json_text_of(js, "name", row->name);
        amp_json_i64_of(js, "bytes", (int64_t)row->size);
        amp_json_i64_of(js, "element", row->element);
        amp_json_i64_of(js, "crc32", row->crc);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void roads_json(const struct info *info, struct amp_json *js)
{
    amp_json_key(js, "road_classes");
    amp_json_open(js, '[');
    for (size_t i = 0; i < info->road_n; i++) {
        const struct amp_road_class_count *row = &info->road[i];
        amp_json_open(js, '{');
        amp_json_text_of(js, "class", row->name);
        amp_json_i64_of(js, "segments", (int64_t)row->segments);
        amp_json_double_of(js, "km", row->km, 3);
        amp_json_key(js, "profile_km");
        amp_json_open(js, '{');
        for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
            amp_json_double_of(js, amp_profile_name((enum amp_profile)p), row->profile_km[p], 3);
        }
        amp_json_close(js, '}');
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void inventory_json(const struct info *info, struct amp_json *js)
{
    for (uint32_t what = 0; what <= AMP_INVENTORY_LANGUAGE; what++) {
        amp_json_key(js, what_members[what]);
        amp_json_open(js, '{');
        for (size_t i = 0; i < info->row_n; i++) {
            if (info->row[i].what == what) {
                amp_json_i64_of(js, info->row[i].name, (int64_t)info->row[i].n);
            }
        }
        amp_json_close(js, '}');
    }
}

static void dropped_json(const struct info *info, struct amp_json *js)
{
    amp_json_key(js, "dropped");
    amp_json_open(js, '[');
    for (size_t i = 0; i < info->dropped_n; i++) {
        const struct amp_dropped_row *row = &info->dropped[i];
        amp_json_open(js, '{');
        amp_json_text_of(js, "reason", row->reason);
        amp_json_i64_of(js, "n", (int64_t)row->n);
        amp_json_text_of(js, "kind", kinds[row->kind]);
        amp_json_i64_of(js, "example", row->example);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

amp_err amp_cli_map_info_json(const struct amp_map *map, struct amp_json *out, struct amp_why *why)
{
    struct info info = {.bytes = 0};
    amp_err err = info_read(map, &info, why);
    if (err) {
        return err;
    }
    front_json(&info, out);
    sections_json(&info, out);
    roads_json(&info, out);
    inventory_json(&info, out);
    dropped_json(&info, out);
    return AMP_OK;
}
