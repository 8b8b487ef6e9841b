/*
 * A matched trace written down as it is decided: JSON, or lines for a person.
 *
 * JSON: {"points":[{index,state,lat,lon,...}],"ways":[{"way_m","line":[[lon,lat],...]}],"gaps":[
 * {index,reason}],"matched","distance_m"}; one way a chain.
 */
#ifndef AMP_MAP_MATCH_VIEW_H
#define AMP_MAP_MATCH_VIEW_H

#include "map/match.h"

struct amp_match_writer {
    const struct amp_roads *roads;
    struct amp_buf *out; /* the caller's */
    struct amp_json js;
    bool json;
    struct amp_buf ways; /* JSON of the ways, written behind the points */
    struct amp_json ways_js;
    struct amp_buf gaps;
    struct amp_json gaps_js;
    bool in_way;
    bool at_any;
    struct amp_pos at; /* last position of the way */
    double way_m, sum_m;
    size_t on, off;
};

/* roads and out must outlive it. */
void amp_match_writer_init(struct amp_match_writer *writer, const struct amp_roads *roads,
                           struct amp_buf *out, bool json);
amp_err amp_match_writer_point(void *ctx, const struct amp_matched *matched); /* a sink */
AMP_MUST amp_err amp_match_writer_end(struct amp_match_writer *writer);
void amp_match_writer_finish(struct amp_match_writer *writer); /* frees */

#endif
