/*
 * Whether a place is inside the area of an alert (CAP 1.2, section 3.2.4).
 *
 * An area is the union of its polygons and circles. A polygon may cross the 180th meridian: of two
 * ways from a corner to the next the shorter one counts. Its edges are straight in latitude and
 * longitude, as maps draw them. Corners may come as the sender made them, also with edges that
 * cross: inside is what an odd number of edges lies beside. An area of a geocode alone holds
 * nothing.
 */
#ifndef AMP_INTAKE_CAP_AREA_H
#define AMP_INTAKE_CAP_AREA_H

#include "intake/cap.h"

bool amp_cap_polygon_holds(const struct amp_cap_polygon *polygon, struct amp_pos pos);
bool amp_cap_area_holds(const struct amp_cap_area *area, struct amp_pos pos);
bool amp_cap_info_holds(const struct amp_cap_info *info, struct amp_pos pos);

#endif
