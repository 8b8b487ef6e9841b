/*
 * A map: roads, places and tiles of one .amap, opened together; and how one is built.
 *
 * Immutable and shared by all threads; per-thread scratch is amp_road_query (map/roads.h).
 */
#ifndef AMP_MAP_MAP_H
#define AMP_MAP_MAP_H

#include "map/places.h"
#include "map/roads.h"
#include "map/tiles.h"

#define AMP_MAP_IMPORT "import" /* the section with what the extract was */

struct amp_map_import { /* as it lies in the file */
    struct amp_osm_counts osm;
    int64_t replicated_s; /* Unix time up to which the extract holds all edits; 0: unknown */
};

struct amp_map_counts {
    struct amp_osm_counts osm;
    struct amp_road_counts road;
    struct amp_place_counts place;
};

/* Read IN (PBF, XML or gzipped XML) and write OUT whole or not at all. */
AMP_MUST amp_err amp_map_build(const char *in_path, const char *out_path,
                               const struct amp_progress *progress, struct amp_map_counts *out,
                               struct amp_why *why);

struct amp_map {
    struct amp_amap *amap;
    struct amp_roads *roads;
    struct amp_places *places;
    struct amp_tiles *tiles;
};

AMP_MUST amp_err amp_map_open(const char *path, struct amp_map *out, struct amp_why *why);
/* The counts that building the map ended with. */
AMP_MUST amp_err amp_map_count(const struct amp_map *map, struct amp_map_counts *out,
                               struct amp_why *why);
AMP_MUST amp_err amp_map_import_of(const struct amp_map *map, struct amp_map_import *out,
                                   struct amp_why *why);
void amp_map_close(struct amp_map *map); /* accepts zeroes */

#endif
