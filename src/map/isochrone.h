/*
 * Who can be where in time: the area that can be reached by road within some minutes, or from which
 * a place is reached, as polygons for a map.
 *
 * Reached are all points of road whose travel time, exact to the millisecond, is within the limit;
 * edges are cut where the time runs out. The area is what lies within AMP_ISO_BUFFER_M of them,
 * drawn on a grid of resolution_m: every reached point of road is inside, and every point inside is
 * at most buffer_m + 1.5 * resolution_m from one. A longer time contains a shorter one.
 *
 * Polygons follow RFC 7946: the outer ring first and counterclockwise, holes clockwise, the last
 * point equals the first, and what crosses the antimeridian is cut there (section 3.1.9).
 *
 * Sources: Delling, Goldberg, Nowatzyk, Werneck, "PHAST", IPDPS 2011, on the elimination tree;
 * Lorensen, Cline, SIGGRAPH 1987, in two dimensions (marching squares).
 */
#ifndef AMP_MAP_ISOCHRONE_H
#define AMP_MAP_ISOCHRONE_H

#include "map/roads.h"

enum {
    AMP_ISO_BANDS = 8,
    AMP_ISO_LIMIT_S = 2 * 3600,
    AMP_ISO_SOURCES = AMP_NEAREST_UNITS,
    AMP_ISO_BUFFER_M = 100, /* or 2.5 resolutions, if that is more */
    AMP_ISO_CELL_M = 40,    /* resolution where the area is small */
    AMP_ISO_SIDE = 1024     /* most cells along a side: a larger area is drawn coarser */
};

struct amp_iso_ask {
    const struct amp_snap *source;
    const uint32_t *extra_ms; /* of each: what it needs before it rolls; NULL for none */
    size_t source_n;
    bool backwards; /* from where the sources are reached, instead of what they reach */
    uint32_t limit_ms[AMP_ISO_BANDS]; /* ascending, none twice, above 0 */
    size_t limit_n;
};

struct amp_iso_ring {
    struct amp_pos *point;
    size_t point_n; /* 4 or more */
};

struct amp_iso_polygon {
    struct amp_iso_ring *ring; /* the outer one, then holes */
    size_t ring_n;
};

struct amp_iso_band {
    uint32_t limit_ms;
    struct amp_iso_polygon *polygon;
    size_t polygon_n;
    double area_km2;
    double road_km; /* of road that is reached, each way of driving for itself */
};

struct amp_isochrone {
    struct amp_iso_band band[AMP_ISO_BANDS]; /* in the order asked for */
    size_t band_n;
    double resolution_m, buffer_m;
};

/* Sources without an open road near them reach nothing. AMP_E_RANGE for limits that do not ascend
 * or are too long. All of *out is in the arena. */
AMP_MUST amp_err amp_isochrone_find(struct amp_road_query *query, const struct amp_metric *metric,
                                    const struct amp_iso_ask *ask, struct amp_arena *arena,
                                    struct amp_isochrone *out, struct amp_why *why);

/* "4,8,12.5" as limits of an ask. AMP_E_RANGE, with a sentence, where they are none. */
AMP_MUST amp_err amp_isochrone_minutes(struct amp_str text, struct amp_iso_ask *ask,
                                       struct amp_why *why);

/* The members of a GeoJSON FeatureCollection, into an open object: the longest time first, so that
 * shorter ones are drawn over it. Each feature is a MultiPolygon with the properties minutes,
 * area_km2, road_km, resolution_m and buffer_m. */
void amp_isochrone_view(struct amp_json *js, const struct amp_isochrone *iso);

#endif
