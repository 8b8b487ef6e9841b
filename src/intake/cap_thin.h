/*
 * Rings with fewer corners that hold every place which they held before.
 *
 * For an alert that is too long to be kept: its areas may grow by a bounded distance, and never
 * shrink, since who is inside has to be warned. Two steps do that, and are repeated while what they
 * add stays within the distance: a corner that points inwards is left out (its triangle is added),
 * and an outer edge is taken away by letting its neighbours meet. Neither is done where it would
 * touch another part of the ring.
 *
 * The second step is that of simplification by edge collapse; inside and outside are those of
 * intake/cap_area.h. A ring that crosses or touches itself, goes around a pole or is wider than
 * 170 degrees is left as it is.
 */
#ifndef AMP_INTAKE_CAP_THIN_H
#define AMP_INTAKE_CAP_THIN_H

#include "intake/cap.h"

/* The name of the parameter that says by how many metres the areas of an info may have grown. */
#define AMP_CAP_TOLERANCE "amparo:areaToleranceMetres"

/* A copy of the alert with rings that are thinner by `by_m` metres; where one is, its info gets the
 * parameter above, or it is added to. What was not changed is shared with `cap`. AMP_E_NOMEM. */
AMP_MUST amp_err amp_cap_thin(const struct amp_cap *cap, unsigned by_m, struct amp_arena *arena,
                              struct amp_cap *out);

/* What the parameter says; 0: the areas are as they were sent. */
uint32_t amp_cap_tolerance(const struct amp_cap_info *info);

/* One closed ring; as it is where nothing can be left out. Edges are found by rows of latitude, and
 * a ring that wants too many looks at edges is left as far as it came; `slow`: every edge is looked
 * at, however long it takes. */
AMP_MUST amp_err amp_cap_ring_thin(const struct amp_cap_polygon *ring, double tolerance_m,
                                   bool slow, struct amp_arena *arena, struct amp_cap_polygon *out);

#endif
