/*
 * Writing one layer of a vector tile.
 *
 * Source: Mapbox Vector Tile specification 2.1 (github.com/mapbox/vector-tile-spec), sections 4.1
 * to 4.4. Features are begun, get tags and geometry, and are ended; a feature without geometry
 * vanishes.
 */
#ifndef AMP_MAP_MVT_H
#define AMP_MAP_MVT_H

#include "map/tiles_clip.h"

enum {
    AMP_MVT_EXTENT = 4096,
    AMP_MVT_KEYS = 8
};

struct amp_mvt_layer {
    const char *name;
    const char *const *key; /* the names of its keys, NULL-terminated, at most AMP_MVT_KEYS */
    struct amp_buf feature; /* finished features, each with its field head */
    struct amp_buf value;   /* struct amp_str: distinct values; length SIZE_MAX is true */
    struct amp_buf slot;    /* uint32_t: hash table of values, number + 1 */
    struct amp_buf tags, geometry, body;
    struct amp_xy pen;
};

struct amp_mvt_layer amp_mvt_layer_make(const char *name, const char *const *key, size_t max_bytes);
void amp_mvt_layer_free(struct amp_mvt_layer *layer);
void amp_mvt_tag(struct amp_mvt_layer *layer, uint32_t key, struct amp_str value);
void amp_mvt_tag_true(struct amp_mvt_layer *layer, uint32_t key);
void amp_mvt_points(struct amp_mvt_layer *layer, const struct amp_xy *xy, size_t n);
void amp_mvt_line(struct amp_mvt_layer *layer, const struct amp_xy *xy, size_t n);
/* n >= 3 vertices; turned to run clockwise on screen if outer, against it if not. */
void amp_mvt_ring(struct amp_mvt_layer *layer, struct amp_xy *xy, size_t n, bool outer);
/* shape: 1 point, 2 line, 3 polygon. */
void amp_mvt_feature_end(struct amp_mvt_layer *layer, unsigned shape);
/* Appends the layer to a tile; nothing if it has no features. */
amp_err amp_mvt_layer_end(const struct amp_mvt_layer *layer, struct amp_buf *out);

#endif
