/*
 * What a map holds, by kind: for `amparo map info`, never for an answer to a caller.
 *
 * Places by kind and languages of names are counted from the extract while the map is built and
 * kept in the file; roads by class are counted when asked.
 */
#ifndef AMP_MAP_INVENTORY_H
#define AMP_MAP_INVENTORY_H

#include "map/roads.h"

enum {
    AMP_INVENTORY_ROWS = 1000, /* the most frequent ones */
    AMP_INVENTORY_NAME = 48,   /* bytes, with the end; longer ones are cut */
    AMP_INVENTORY_CLASSES = 64
};

enum amp_inventory_what {
    AMP_INVENTORY_PLACE,   /* objects of a kind ("hospital") */
    AMP_INVENTORY_LANGUAGE /* names in a language ("pt", from name:pt) */
};

struct amp_inventory_row { /* as it lies in the file: of one `what` after the other, most first */
    char name[AMP_INVENTORY_NAME];
    uint64_t n;
    uint32_t what; /* enum amp_inventory_what */
    uint32_t spare;
};

#define AMP_INVENTORY_SECTION "invent"
AMP_MUST amp_err amp_inventory_put(const struct amp_osm *osm, struct amp_amap_writer *writer,
                                   struct amp_why *why);
AMP_MUST amp_err amp_inventory_of(const struct amp_amap *amap, const struct amp_inventory_row **out,
                                  size_t *out_n, struct amp_why *why);

struct amp_road_class_count {
    const char *name; /* OSM highway value, or "ferry" */
    uint64_t segments;
    double km;
    double profile_km[AMP_PROFILE_COUNT]; /* of it, what a profile may drive at least one way */
};
/* One row for each class that the map has; returns how many. */
size_t amp_inventory_roads(const struct amp_roads *roads,
                           struct amp_road_class_count out[AMP_INVENTORY_CLASSES]);

#endif
