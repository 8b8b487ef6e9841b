/*
 * What a closure comes to on the road graph: which base arcs, and at what pace.
 *
 * A road is touched by pieces (from one of its points to the next); what has a heading closes the
 * direction in which the touched part of a segment leads. Everything here is independent of
 * profiles and times.
 */
#ifndef AMP_MAP_CLOSING_H
#define AMP_MAP_CLOSING_H

#include "map/roads_in.h"

struct amp_closing_mark {
    uint32_t base;
    uint32_t percent; /* 0 or above 100 */
};

enum {
    AMP_CLOSING_LINE_M = 25,      /* a road this near to a drawn line runs along it */
    AMP_CLOSING_LINE_LONG_M = 100 /* so much of a road along a line is always enough */
};

/* The base arcs that these closures change, ascending, each once: where several meet, closed wins,
 * else the slowest. Appended to mark (struct amp_closing_mark). AMP_E_RANGE with a sentence for a
 * closure that makes no sense. */
AMP_MUST amp_err amp_closing_marks(const struct amp_roads *roads,
                                   const struct amp_road_closure *closure, size_t n,
                                   struct amp_buf *mark, struct amp_why *why);

/* closing_shape.c: how far a piece of road from a to b lies in a shape. */
struct amp_closing_shape {
    const struct amp_road_closure *closure;
    struct amp_box box; /* of it, with what is near enough; may wrap */
    double line_m;      /* the length of a line */
};
AMP_MUST amp_err amp_closing_shape(const struct amp_road_closure *closure,
                                   struct amp_closing_shape *out, struct amp_why *why);
/* Whether an AREA touches a piece. */
bool amp_closing_touches(const struct amp_closing_shape *shape, struct amp_pos a, struct amp_pos b);
/* How many metres of a piece run along a LINE. */
double amp_closing_along_m(const struct amp_closing_shape *shape, struct amp_pos a,
                           struct amp_pos b);

#endif
