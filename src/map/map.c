/* A map from an extract, and the parts of one opened together: the only file that knows them all.
 */
#include "map/map.h"
#include "map/dropped.h"
#include "map/inventory.h"

/* What the import saw; kept in the file so that a finished map can still tell. */
static amp_err import_put(const struct amp_osm *osm, struct amp_amap_writer *writer,
                          struct amp_why *why)
{
    const struct amp_map_import import = {.osm = osm->counts, .replicated_s = osm->replicated_s};
    amp_err err = amp_amap_put(writer, AMP_MAP_IMPORT, &import, sizeof import, 1, why);
    return err ? err : amp_inventory_put(osm, writer, why);
}

/* Roads come last: their order needs the most memory, and no extract any more. */
static amp_err parts_build(struct amp_osm *osm, const struct amp_progress *progress,
                           struct amp_amap_writer *writer, struct amp_map_counts *counts,
                           struct amp_why *why)
{
    counts->osm = osm->counts;
    amp_err err = import_put(osm, writer, why);
    if (!err) {
        err = amp_places_build(osm, progress, writer, &counts->place, why);
    }
    if (!err) {
        err = amp_tiles_build(osm, progress, writer, why);
    }
    if (!err) {
        err = amp_roads_build_last(osm, progress, writer, &counts->road, why);
    }
    return err ? err : amp_dropped_put(osm->dropped, writer, why);
}

amp_err amp_map_build(const char *in_path, const char *out_path,
                      const struct amp_progress *progress, struct amp_map_counts *out,
                      struct amp_why *why)
{
    struct amp_osm osm = {0};
    struct amp_map_counts counts = {0};
    struct amp_amap_writer *writer = NULL;
    amp_err err = amp_amap_create(out_path, &writer, why); /* before the work, not after */
    if (err) {
        return err;
    }
    err = amp_osm_read_file(in_path, progress, &osm, why);
    if (!err && osm.node_n == 0) {
        err = amp_fail(why, AMP_E_MISSING, "%s has no usable node: nothing to make a map of",
                       in_path);
    }
    if (!err) {
        err = parts_build(&osm, progress, writer, &counts, why);
    }
    amp_osm_free(&osm);
    if (!err) {
        err = amp_amap_commit(writer, why);
    }
    amp_amap_abandon(writer);
    if (!err) {
        *out = counts;
    }
    return err;
}

/* What only `map info` reads is checked with the rest: a map is good or it is not. */
static amp_err lists_check(const struct amp_map *map, struct amp_why *why)
{
    struct amp_map_import import;
    const struct amp_inventory_row *row = NULL;
    const struct amp_dropped_row *dropped = NULL;
    size_t n = 0;
    amp_err err = amp_map_import_of(map, &import, why);
    err = err ? err : amp_inventory_of(map->amap, &row, &n, why);
    return err ? err : amp_dropped_of(map->amap, &dropped, &n, why);
}

amp_err amp_map_open(const char *path, struct amp_map *out, struct amp_why *why)
{
    struct amp_map map = {0};
    amp_err err = amp_amap_open(path, &map.amap, why);
    if (err) {
        return err;
    }
    err = amp_roads_open(map.amap, &map.roads, why);
    if (!err) {
        err = amp_places_open(map.amap, &map.places, why);
    }
    if (!err) {
        err = amp_tiles_open(map.amap, &map.tiles, why);
    }
    if (!err) {
        err = lists_check(&map, why);
    }
    if (err) {
        amp_map_close(&map);
        return err;
    }
    *out = map;
    return AMP_OK;
}

amp_err amp_map_import_of(const struct amp_map *map, struct amp_map_import *out,
                          struct amp_why *why)
{
    const void *import = NULL;
    size_t n = 0;
    amp_err err = amp_amap_section(map->amap, AMP_MAP_IMPORT, sizeof *out, &import, &n, why);
    if (!err && n != 1) {
        err = amp_fail(why, AMP_E_CORRUPT, "the map does not tell what it was made from");
    }
    if (!err) {
        *out = *(const struct amp_map_import *)import;
    }
    return err;
}

amp_err amp_map_count(const struct amp_map *map, struct amp_map_counts *out, struct amp_why *why)
{
    struct amp_map_import import;
    amp_err err = amp_map_import_of(map, &import, why);
    if (err) {
        return err;
    }
    *out = (struct amp_map_counts){.osm = import.osm,
                                   .road = amp_roads_counts(map->roads),
                                   .place = amp_places_counts(map->places)};
    return AMP_OK;
}

void amp_map_close(struct amp_map *map)
{
    if (!map) {
        return;
    }
    if (map->tiles) {
        amp_tiles_close(map->tiles);
    }
    if (map->places) {
        amp_places_close(map->places);
    }
    if (map->roads) {
        amp_roads_close(map->roads);
    }
    amp_amap_close(map->amap);
    *map = (struct amp_map){0};
}
