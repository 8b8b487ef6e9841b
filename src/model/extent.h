/*
 * Which roads a closure is about, and how they are changed: a shape, its points, a direction and a
 * pace. Only the shape's own rules; which roads those are is the map's to say.
 *
 * A shape is small against the Earth: its points lie within AMP_EXTENT_SPAN_M of the first one and
 * within AMP_EXTENT_SPAN_E7 of its longitude, so what is checked here is exact in 64 bits. It may
 * lie across the antimeridian.
 */
#ifndef AMP_MODEL_EXTENT_H
#define AMP_MODEL_EXTENT_H

#include "base/geo.h"

enum {
    AMP_POINTS_MAX = 256,            /* of a ring or line: what the roads can know */
    AMP_EXTENT_RADIUS_MAX_M = 50000, /* likewise */
    AMP_EXTENT_SPAN_M = 100000,
    AMP_EXTENT_SPAN_E7 = 300000000,
    AMP_EXTENT_AREA_MAX_KM2 = 10000,
    AMP_EXTENT_SLOW_MIN = 101, /* percent of the usual time */
    AMP_EXTENT_SLOW_MAX = 2000
};

enum amp_shape {
    AMP_SHAPE_ROAD,   /* the road nearest to the site */
    AMP_SHAPE_CIRCLE, /* the roads within a radius of the site */
    AMP_SHAPE_AREA,   /* the roads that touch the inside of a ring */
    AMP_SHAPE_LINE,   /* the roads that run along a line */
    AMP_SHAPES
};
const char *amp_shape_name(enum amp_shape shape); /* "road" */
AMP_MUST amp_err amp_shape_of(struct amp_str name, enum amp_shape *out);

struct amp_points { /* a view, or an own array: see amp_points_copy */
    const struct amp_pos *point;
    size_t n;
};
/* On the heap. AMP_E_NOMEM. Of none, none. */
AMP_MUST amp_err amp_points_copy(struct amp_points points, struct amp_points *out);
void amp_points_free(struct amp_points *points); /* an own array; accepts zeroes */
bool amp_points_valid(struct amp_points points); /* 1 to AMP_POINTS_MAX places on earth */
/* The middle of the box round them; asserts that there are some. */
struct amp_pos amp_points_middle(struct amp_points points);

struct amp_extent {
    enum amp_shape shape;
    struct amp_pos site;      /* of ROAD and CIRCLE; else amp_points_middle */
    int64_t radius_m;         /* of CIRCLE, else 0 */
    struct amp_points points; /* of AREA (it closes by itself) and LINE, else none */
    int64_t heading_deg;      /* -1 both ways; else 0 to 359: only who drives within 90 degrees */
    int64_t time_percent;     /* of the usual time; 0: closed */
};

/* AMP_E_RANGE with a sentence for who drew it. A ring has three points or more, none twice in a
 * row, does not cross or touch itself, and is not over AMP_EXTENT_AREA_MAX_KM2; a line has two
 * points or more, none twice in a row. */
AMP_MUST amp_err amp_extent_check(const struct amp_extent *extent, struct amp_why *why);

#endif
