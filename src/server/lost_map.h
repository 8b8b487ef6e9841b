/*
 * The areas of a map as borders of a table of LoST: intake knows no map, and map no LoST.
 *
 * An area goes by a name or a code as those of alerts do (amp_places_area_only): one alone, whole,
 * or it is an error that says what would be one. Areas of the very same border count as one. Table
 * and places must live as long as the ground. Any thread.
 */
#ifndef AMP_SERVER_LOST_MAP_H
#define AMP_SERVER_LOST_MAP_H

#include "intake/lost_table.h"
#include "map/places.h"

/* path: of the map's file, for when it was changed; NULL: not known. */
AMP_MUST amp_err amp_lost_on_map(const struct amp_lost_table *table,
                                 const struct amp_places *places, const char *path,
                                 struct amp_lost_ground **out, struct amp_why *why);

#endif
