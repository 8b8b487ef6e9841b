/*
 * What lies inside an area: towns and suburbs, landmarks, streets, counted and named.
 *
 * An area is the union of rings and circles, as a warning or an alert draws it. A thing is inside
 * if its position is; a street if any of its pieces has a part inside, looked at every
 * AMP_INSIDE_STEP_M metres. At most AMP_INSIDE_LOOKS things are looked at: what more there is is
 * said (`more`), and counts are then at least so many. Places and counts, nothing about people.
 * Immutable, many threads.
 */
#ifndef AMP_MAP_INSIDE_H
#define AMP_MAP_INSIDE_H

#include "map/places.h"

enum {
    AMP_INSIDE_SHAPES = 512,       /* rings and circles */
    AMP_INSIDE_POINTS = 65536,     /* of all rings */
    AMP_INSIDE_RADIUS_M = 2000000, /* of a circle; a greater one is refused */
    AMP_INSIDE_NAMED = 200,        /* named of each sort, most important first; more are counted */
    AMP_INSIDE_KINDS = 64,         /* kinds of landmarks that are counted */
    AMP_INSIDE_STEP_M = 100,
    AMP_INSIDE_LOOKS = 2000000
};

struct amp_inside_ring {
    const struct amp_pos *point; /* the last may repeat the first */
    size_t n;
};
struct amp_inside_circle {
    struct amp_pos at;
    double radius_m;
};

struct amp_inside_shape {
    struct amp_areas *areas;      /* owned: what it holds */
    struct amp_inside_ring *ring; /* circles are rings here, too; in the arena */
    struct amp_box *box;          /* of each ring */
    size_t n;
    double km2; /* of all of them; where they overlap it counts twice */
};

/* AMP_E_RANGE: a ring of fewer than three points, a circle of no or too great a radius. */
AMP_MUST amp_err amp_inside_shape_make(const struct amp_inside_ring *ring, size_t ring_n,
                                       const struct amp_inside_circle *circle, size_t circle_n,
                                       struct amp_arena *arena, struct amp_inside_shape *out,
                                       struct amp_why *why);
void amp_inside_shape_finish(struct amp_inside_shape *shape); /* accepts zeroes */
bool amp_inside_shape_holds(const struct amp_inside_shape *shape, struct amp_pos pos);
/* Whether a ring has anything in common with it: an edge that crosses, or one within the other. */
bool amp_inside_shape_touches(const struct amp_inside_shape *shape,
                              const struct amp_inside_ring *ring);
/* The same of an area of `areas`, with its holes. Also true if memory is short: then nobody knows.
 */
bool amp_inside_shape_touches_area(const struct amp_inside_shape *shape,
                                   const struct amp_areas *areas, uint32_t area);

struct amp_inside_thing {
    struct amp_str name, kind;
    struct amp_pos pos;
};
struct amp_inside_list {
    struct amp_inside_thing *item; /* the first AMP_INSIDE_NAMED */
    size_t n, total;
};
struct amp_inside_kind {
    struct amp_str kind;
    size_t n;
};
struct amp_inside {
    struct amp_inside_list areas, landmarks, streets;
    struct amp_inside_kind kind[AMP_INSIDE_KINDS]; /* of landmarks, most frequent first */
    size_t kind_n;
    size_t addresses; /* house numbers that the map knows */
    bool more;        /* not all was looked at */
};
/* Names live as long as places. */
AMP_MUST amp_err amp_places_inside(const struct amp_places *places,
                                   const struct amp_inside_shape *shape, struct amp_arena *arena,
                                   struct amp_inside *out);

void amp_inside_view(struct amp_json *js, const struct amp_inside *inside); /* members */

#endif
