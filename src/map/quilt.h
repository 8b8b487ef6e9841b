/*
 * A country for scale tests: K x K copies of a real city, sewn together with trunk roads.
 *
 * Copy 0 is the city where it lies; the others stand north and east of it, jittered by up to half a
 * metre so that no two ways are equally long. Longitudes are stretched with the latitude, so that
 * metres stay metres (to one part in ten thousand for a city 20 km across), and run on over the
 * antimeridian. Ids are given anew; tags, gaps of ways and absent members are those of the city.
 * The same input and plan give the same bytes. Memory: the city, once, and one block of the output.
 */
#ifndef AMP_MAP_QUILT_H
#define AMP_MAP_QUILT_H

#include "map/osm.h"

enum {
    AMP_QUILT_SIDE_MAX = 64,
    AMP_QUILT_LINKS_MAX = 1000,
    AMP_QUILT_LINKS = 12,
    AMP_QUILT_LAT_MAX = 80 /* degrees; nearer to a pole the stretching is no longer harmless */
};

struct amp_quilt_plan {
    unsigned side;  /* copies along one side */
    unsigned links; /* trunk roads over the seam of two neighbours, at most */
    bool names;     /* each copy but the first has names of its own */
};

struct amp_quilt_counts {
    uint64_t nodes, ways, relations;
    uint64_t links; /* of the ways: those over seams */
};

/* AMP_E_RANGE for a plan out of limits or a quilt that would meet a pole or its own other side;
 * AMP_E_MISSING for a city without roads that could be joined. */
AMP_MUST amp_err amp_quilt_write(const char *in_path, const char *out_path,
                                 const struct amp_quilt_plan *plan,
                                 const struct amp_progress *progress, struct amp_quilt_counts *out,
                                 struct amp_why *why);

#endif
