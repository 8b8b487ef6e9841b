/*
 * A trace of position reports from a file: CSV, GPX or GeoJSON, told apart by its content.
 *
 *  - CSV: a header that names time, lat and lon, and if wanted heading_deg and accuracy_m (a radius
 *    of 68 %); or, without a header, time,lat,lon. Times are RFC 3339 or seconds.
 *  - GPX 1.0 and 1.1: all trkpt with their time, in the order of the document.
 *  - GeoJSON (RFC 7946): a LineString, alone, in a Feature or as the first one of a
 *    FeatureCollection; its times in the member "times" or "coordTimes" of the properties.
 *
 * Positions are WGS 84. Every report needs a time, and times must not go back.
 */
#ifndef AMP_MAP_TRACE_H
#define AMP_MAP_TRACE_H

#include "base/arena.h"
#include "map/match.h"

enum {
    AMP_TRACE_POINTS = 1000000, /* more: AMP_E_LIMIT */
    AMP_TRACE_BYTES = 64 << 20
};

struct amp_trace {
    struct amp_match_fix *fix; /* in the arena */
    size_t n;
};
AMP_MUST amp_err amp_trace_read(struct amp_str text, struct amp_arena *arena, struct amp_trace *out,
                                struct amp_why *why);

#endif
