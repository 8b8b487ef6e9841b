/* Which layer and class the tags of a way or relation are drawn as, and from which zoom. Inside of
 * tiles. */
#ifndef AMP_MAP_TILES_CLASS_H
#define AMP_MAP_TILES_CLASS_H

#include "map/osm.h"
#include "map/tiles_form.h"

struct amp_tl_look {
    enum amp_tl_layer layer;
    enum amp_tl_shape shape;
    const char *klass; /* lives as long as the extract */
    uint8_t min_z;     /* polygons: the least; small ones come later */
    uint8_t flags;
};

struct amp_tl_keys { /* text numbers of the keys asked for */
    uint32_t highway, railway, aeroway, waterway, natural, landuse, leisure, amenity, building,
        route, area, oneway, junction, bridge, tunnel, water, type, house;
};
struct amp_tl_keys amp_tl_keys_of(const struct amp_osm *osm);

/* How the tags [first, end) of a line (closed or not) or an area are drawn; false: not at all. */
bool amp_tl_look_of(const struct amp_osm *osm, const struct amp_tl_keys *keys, uint32_t first,
                    uint32_t end, bool closed, struct amp_tl_look *out);
/* From which zoom a kind of place, or a point of this importance, is labelled. */
uint8_t amp_tl_place_z(const char *kind);
uint8_t amp_tl_poi_z(uint8_t importance);

#endif
