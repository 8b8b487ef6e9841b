/*
 * What was left out of a map and why: counted by reason, with the first OSM object as an example.
 *
 * An extract has one such list (amp_osm.dropped); importers and builders add to it, the map file
 * keeps it, and `amparo map info` prints it. Not an error, each of them: a map leaves out what
 * nobody could drive on, find or draw.
 */
#ifndef AMP_MAP_DROPPED_H
#define AMP_MAP_DROPPED_H

#include "map/osm.h"

struct amp_amap;
struct amp_amap_writer;

enum {
    AMP_DROPPED_REASONS = 200, /* of one map; what comes after counts as "something else" */
    AMP_DROPPED_TEXT = 72      /* bytes of a reason, with its end */
};

struct amp_dropped_row { /* as it lies in the file */
    char reason[AMP_DROPPED_TEXT];
    uint64_t n;
    int64_t example; /* OSM id of the first one */
    uint32_t kind;   /* enum amp_osm_kind of it */
    uint32_t spare;
};

struct amp_map_dropped {
    struct amp_dropped_row row[AMP_DROPPED_REASONS];
    uint32_t row_n;
    uint32_t last; /* the row added to last */
};

/* Adds n to a reason such as "restriction: without a via". Reasons are short, and the same for all
 * objects they hold for. dropped may be NULL, and n may be 0: then nothing is noted. */
void amp_dropped_add(struct amp_map_dropped *dropped, const char *reason, enum amp_osm_kind kind,
                     int64_t example, uint64_t n);

#define AMP_DROPPED_SECTION "dropped"
AMP_MUST amp_err amp_dropped_put(const struct amp_map_dropped *dropped,
                                 struct amp_amap_writer *writer, struct amp_why *why);
/* The rows of a map file, in the order in which they came up. */
AMP_MUST amp_err amp_dropped_of(const struct amp_amap *amap, const struct amp_dropped_row **out,
                                size_t *out_n, struct amp_why *why);

#endif
