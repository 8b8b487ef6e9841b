/*
 * Areas: which polygons hold a position; a cell cover that answers without looking at edges.
 *
 * The plane is cut into quarters until a cell is crossed by few edges. A cell knows the areas that
 * hold it whole, and for those that cross it the edges inside and whether its south-west corner is
 * held: from there the edges on the way to a position are counted, in whole numbers, so the answer
 * is exact and equals plain ray casting over all edges (amp_areas_at_slow). A position on an edge
 * belongs to the area east or north of it. Rings may cross the antimeridian and may go round a
 * pole. An area is the odd of its rings: holes, islands in holes and several parts need no order.
 * Immutable, many threads. Used for the boundaries of the map and for the jurisdictions of a
 * server alike.
 */
#ifndef AMP_MAP_AREAS_H
#define AMP_MAP_AREAS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/geo.h"
#include "map/amap.h"

enum {
    AMP_AREAS_MAX = 1 << 20,        /* areas */
    AMP_AREAS_POINTS_MAX = 1 << 25, /* vertices of all rings */
    AMP_AREAS_AT_MAX = 64           /* areas at one position */
};

struct amp_areas_draft; /* areas being gathered */

AMP_MUST amp_err amp_areas_draft_create(struct amp_areas_draft **out);
void amp_areas_draft_destroy(struct amp_areas_draft *draft); /* accepts NULL */
/* The area that following rings belong to: its number counts from 0. */
AMP_MUST amp_err amp_areas_draft_area(struct amp_areas_draft *draft);
/* A closed ring; the last position may repeat the first. Fewer than three are AMP_E_RANGE. */
AMP_MUST amp_err amp_areas_draft_ring(struct amp_areas_draft *draft, const struct amp_pos *ring,
                                      size_t n);

struct amp_areas;
/* From a draft, in memory of its own. */
AMP_MUST amp_err amp_areas_create(const struct amp_areas_draft *draft, struct amp_areas **out);
/* Into and out of sections of an .amap: every number is checked at open. */
AMP_MUST amp_err amp_areas_write(const struct amp_areas *areas, struct amp_amap_writer *writer,
                                 struct amp_why *why);
AMP_MUST amp_err amp_areas_open(const struct amp_amap *amap, struct amp_areas **out,
                                struct amp_why *why);
void amp_areas_destroy(struct amp_areas *areas); /* accepts NULL */

size_t amp_areas_count(const struct amp_areas *areas);
/* Numbers of the areas that hold pos, ascending; at most AMP_AREAS_AT_MAX. */
size_t amp_areas_at(const struct amp_areas *areas, struct amp_pos pos,
                    uint32_t out[AMP_AREAS_AT_MAX]);
bool amp_areas_holds(const struct amp_areas *areas, uint32_t area, struct amp_pos pos);
/* Whether the area has a border, and so may hold anything. */
bool amp_areas_bounded(const struct amp_areas *areas, uint32_t area);
struct amp_ring { /* closed: the last position is the first again */
    struct amp_pos *point;
    size_t n;
};
/* The border of an area, for drawing: of a ring with more than `most` positions every second, third
 * ... one. In the arena; 0 when it has none, or memory is short. */
size_t amp_areas_rings(const struct amp_areas *areas, uint32_t area, size_t most,
                       struct amp_arena *arena, struct amp_ring **out);
/* The same by casting a ray through every edge: the slow twin. */
size_t amp_areas_at_slow(const struct amp_areas *areas, struct amp_pos pos,
                         uint32_t out[AMP_AREAS_AT_MAX]);

#endif
