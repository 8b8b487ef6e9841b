/* Points in polygons and circles. */
#include "intake/cap_area.h"

enum {
    TURN_E7 = 1800000000 /* half way round, in 1e-7 degrees */
};

/* From one meridian to another, the shorter way. */
static int64_t east_of(int64_t from_e7, int64_t to_e7)
{
    int64_t step = to_e7 - from_e7;
    return step > TURN_E7             ? step - INT64_C(2) * TURN_E7
           : step < -(int64_t)TURN_E7 ? step + INT64_C(2) * TURN_E7
                                      : step;
}

/* The corners are taken relative to the place: an edge counts that the way east crosses. */
bool amp_cap_polygon_holds(const struct amp_cap_polygon *polygon, struct amp_pos pos)
{
    bool inside = false;
    if (polygon->n == 0) {
        return false;
    }
    int64_t x = east_of(pos.lon_e7, polygon->point[0].lon_e7);
    int64_t y = (int64_t)polygon->point[0].lat_e7 - pos.lat_e7;
    for (size_t i = 1; i < polygon->n; i++) {
        int64_t next_x = x + east_of(polygon->point[i - 1].lon_e7, polygon->point[i].lon_e7);
        int64_t next_y = (int64_t)polygon->point[i].lat_e7 - pos.lat_e7;
        if ((y > 0) != (next_y > 0)) {
            double at = (double)x + (double)(next_x - x) * (double)(-y) / (double)(next_y - y);
            inside ^= at > 0;
        }
        x = next_x;
        y = next_y;
    }
    return inside;
}

bool amp_cap_area_holds(const struct amp_cap_area *area, struct amp_pos pos)
{
    for (size_t i = 0; i < area->polygons.n; i++) {
        if (amp_cap_polygon_holds(&area->polygons.item[i], pos)) {
            return true;
        }
    }
    for (size_t i = 0; i < area->circles.n; i++) {
        const struct amp_cap_circle *circle = &area->circles.item[i];
        if (amp_pos_distance_m(circle->at, pos) <= circle->radius_km * 1000) {
            return true;
        }
    }
    return false;
}

bool amp_cap_info_holds(const struct amp_cap_info *info, struct amp_pos pos)
{
    for (size_t i = 0; i < info->area_n; i++) {
        if (amp_cap_area_holds(&info->area[i], pos)) {
            return true;
        }
    }
    return false;
}
