/*
 * Vector tiles (Mapbox Vector Tile 2.1) made from the .amap when asked, so the console draws
 * offline.
 *
 * Web Mercator, z 0 to 22 (geometry is refined up to 16), extent 4096. Layers: water, landuse,
 * building, road (class, name, oneway, bridge), ferry, place (name, kind), poi (name, kind),
 * address. Immutable, many threads.
 */
#ifndef AMP_MAP_TILES_H
#define AMP_MAP_TILES_H

#include "base/buf.h"
#include "base/geo.h"
#include "map/amap.h"
#include "map/osm.h"

enum {
    AMP_TILE_Z_MAX = 22,
    AMP_TILE_BYTES = 4 << 20
};

AMP_MUST amp_err amp_tiles_build(const struct amp_osm *osm, const struct amp_progress *progress,
                                 struct amp_amap_writer *writer, struct amp_why *why);

struct amp_tiles;
AMP_MUST amp_err amp_tiles_open(const struct amp_amap *amap, struct amp_tiles **out,
                                struct amp_why *why);
void amp_tiles_close(struct amp_tiles *tiles);
struct amp_box amp_tiles_box(const struct amp_tiles *tiles); /* what the map covers */
/* Appends an uncompressed tile; nothing at all for a tile with no content. AMP_E_RANGE for a tile
 * that does not exist. */
AMP_MUST amp_err amp_tile_make(const struct amp_tiles *tiles, uint32_t z, uint32_t x, uint32_t y,
                               struct amp_buf *out);

#endif
