/*
 * The sections of an .amap that hold what tiles draw, and an open amp_tiles: inside of tiles.
 *
 * Invariants, checked by amp_tiles_open before any use:
 *  1. Coordinates are spherical Mercator, the world being 2^32 wide and high, y down from the
 * north.
 *  2. Features are ordered by (min_z, place on a Hilbert curve), so important ones come first.
 *  3. A feature's box holds all its vertices; parts and vertices lie within their sections.
 *  4. A polygon's parts are an outer ring, its holes, the next outer ring, ...; rings are not
 * closed by repeating their first vertex.
 *  5. The tree has a node for each AMP_TL_FAN entries of the level below; the lowest are features.
 */
#ifndef AMP_MAP_TILES_FORM_H
#define AMP_MAP_TILES_FORM_H

#include "map/tiles.h"

enum {
    AMP_TL_FAN = 16,
    AMP_TL_LEVELS = 8,
    AMP_TL_EXTENT_BITS = 12,
    AMP_TL_NO_TEXT = 0, /* offset of the empty text */
    AMP_TL_VERTEX_MAX = 1 << 24
};

enum amp_tl_layer {
    AMP_TL_WATER,
    AMP_TL_LANDUSE,
    AMP_TL_BUILDING,
    AMP_TL_ROAD,
    AMP_TL_FERRY,
    AMP_TL_PLACE,
    AMP_TL_POI,
    AMP_TL_ADDRESS,
    AMP_TL_LAYERS
};

enum amp_tl_shape { /* the numbers of the vector tile specification, 4.3.4 */
    AMP_TL_POINT = 1,
    AMP_TL_LINE = 2,
    AMP_TL_POLYGON = 3
};

enum amp_tl_flag {
    AMP_TL_ONEWAY = 1,
    AMP_TL_BRIDGE = 2,
    AMP_TL_TUNNEL = 4
};

struct amp_tl_vertex {
    uint32_t x, y;
};

struct amp_tl_bounds {
    uint32_t x0, y0, x1, y1; /* all inside */
};

struct amp_tl_part {
    uint32_t vertex_first, vertex_n;
    uint32_t hole; /* 1: of the outer ring before it */
};

struct amp_tl_feature {
    struct amp_tl_bounds bounds;
    uint32_t part_first, part_n;
    uint32_t name, klass; /* texts */
    uint8_t layer, shape, min_z, flags;
};

struct amp_tl_node {
    struct amp_tl_bounds bounds;
    uint32_t min_z; /* the least below it */
};

struct amp_tiles {
    const char *text;
    const struct amp_tl_feature *feature;
    const struct amp_tl_part *part;
    const struct amp_tl_vertex *vertex;
    const struct amp_tl_node *node;
    const struct amp_box *box;
    size_t text_n, feature_n, part_n, vertex_n, node_n, box_n;
    size_t level_first[AMP_TL_LEVELS + 1]; /* of nodes; level 0 is right above the features */
    size_t level_n;
};

#define AMP_TL_SECTIONS(X)                                                                         \
    X("tltext", text, 1)                                                                           \
    X("tlfeat", feature, sizeof(struct amp_tl_feature))                                            \
    X("tlpart", part, sizeof(struct amp_tl_part))                                                  \
    X("tlvert", vertex, sizeof(struct amp_tl_vertex))                                              \
    X("tlnode", node, sizeof(struct amp_tl_node))                                                  \
    X("tlbox", box, sizeof(struct amp_box))

/* Fills level_first and level_n for n features; false if the tree would be too high. */
bool amp_tl_levels(size_t n, size_t first[AMP_TL_LEVELS + 1], size_t *level_n);

/* Numbers of the features that touch bounds and are seen at z, ascending, appended to *out as
 * uint32_t. */
void amp_tl_query(const struct amp_tiles *tiles, const struct amp_tl_bounds *bounds, uint32_t z,
                  struct amp_buf *out);

static inline bool amp_tl_touch(const struct amp_tl_bounds *a, const struct amp_tl_bounds *b)
{
    return a->x0 <= b->x1 && b->x0 <= a->x1 && a->y0 <= b->y1 && b->y0 <= a->y1;
}

#endif
