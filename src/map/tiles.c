/* Making one vector tile: choose features, bring them to the tile's grid, cut, thin, write. */
#include "map/mvt.h"
#include "map/tiles_form.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUFFER = 64,         /* units drawn beyond the edge, so that seams do not show */
    FULL_Z = 15,         /* from here on nothing is thinned */
    TOLERANCE = 3,       /* units below FULL_Z: a tenth of a pixel of 256 a tile is 1.6 */
    RING_AREA2_MIN = 16, /* smaller rings are dropped: half a pixel or less */
    WORK_BYTES = 1 << 30
};

enum tag_key {
    KEY_CLASS,
    KEY_NAME,
    KEY_ONEWAY,
    KEY_BRIDGE,
    KEY_TUNNEL
};

static const char *const class_keys[] = {"class", "name", NULL};
static const char *const road_keys[] = {"class", "name", "oneway", "bridge", "tunnel", NULL};
static const char *const kind_keys[] = {"kind", "name", NULL};
static const char *const house_keys[] = {"kind", "house", NULL};

static const struct {
    const char *name;
    const char *const *keys;
    bool name_always;
} layers[AMP_TL_LAYERS] = {
    [AMP_TL_WATER] = {"water", class_keys, false},
    [AMP_TL_LANDUSE] = {"landuse", class_keys, false},
    [AMP_TL_BUILDING] = {"building", class_keys, false},
    [AMP_TL_ROAD] = {"road", road_keys, false},
    [AMP_TL_FERRY] = {"ferry", class_keys, false},
    [AMP_TL_PLACE] = {"place", kind_keys, true},
    [AMP_TL_POI] = {"poi", kind_keys, true},
    [AMP_TL_ADDRESS] = {"address", house_keys, true},
};

/* One tile under way. */
struct maker {
    const struct amp_tiles *tiles;
    uint32_t z;
    int64_t x0, y0; /* of the tile in world coordinates */
    struct amp_buf xy, spare, counts;
};

/* World to tile units, to the nearest. */
static struct amp_xy tile_xy(const struct maker *m, struct amp_tl_vertex v)
{
    int64_t dx = (int64_t)v.x - m->x0;
    int64_t dy = (int64_t)v.y - m->y0;
    int down = 32 - AMP_TL_EXTENT_BITS - (int)m->z;
    if (down <= 0) {
        return (struct amp_xy){dx * (INT64_C(1) << -down), dy * (INT64_C(1) << -down)};
    }
    int64_t half = INT64_C(1) << (down - 1);
    return (struct amp_xy){(dx + half) >> down, (dy + half) >> down};
}

static void part_load(struct maker *m, const struct amp_tl_part *part)
{
    amp_buf_clear(&m->xy);
    struct amp_xy *xy = amp_buf_extend(&m->xy, part->vertex_n * sizeof(*xy));
    if (xy == NULL) {
        return;
    }
    for (uint32_t i = 0; i < part->vertex_n; i++) {
        xy[i] = tile_xy(m, m->tiles->vertex[part->vertex_first + i]);
    }
    bool ring = false;
    m->xy.len = amp_line_unrepeat(xy, part->vertex_n, ring) * sizeof(*xy);
}

static const struct amp_rect buffered = {-BUFFER, -BUFFER, AMP_MVT_EXTENT + BUFFER,
                                         AMP_MVT_EXTENT + BUFFER};

static void point_draw(struct maker *m, struct amp_mvt_layer *layer)
{
    struct amp_xy p = *amp_xy_of(&m->xy);
    if (p.x >= 0 && p.x < AMP_MVT_EXTENT && p.y >= 0 && p.y < AMP_MVT_EXTENT) {
        amp_mvt_points(layer, &p, 1); /* in one tile only, so that labels come once */
    }
}

static void line_draw(struct maker *m, struct amp_mvt_layer *layer)
{
    amp_buf_clear(&m->spare);
    amp_buf_clear(&m->counts);
    amp_clip_line(amp_xy_of(&m->xy), amp_xy_n(&m->xy), &buffered, &m->spare, &m->counts);
    const uint32_t *count = (const uint32_t *)(const void *)m->counts.data;
    struct amp_xy *xy = amp_xy_of(&m->spare);
    for (size_t i = 0; i < m->counts.len / sizeof(*count); xy += count[i++]) {
        size_t n = amp_line_unrepeat(xy, count[i], false);
        n = m->z < FULL_Z ? amp_line_simplify(xy, n, TOLERANCE) : n;
        if (n >= 2) {
            amp_mvt_line(layer, xy, n);
        }
    }
}

/* False if the ring is too small to be seen. */
static bool ring_draw(struct maker *m, struct amp_mvt_layer *layer, bool outer)
{
    amp_clip_ring(&m->xy, &m->spare, &buffered);
    struct amp_xy *xy = amp_xy_of(&m->xy);
    size_t n = amp_line_unrepeat(xy, amp_xy_n(&m->xy), true);
    if (m->z < FULL_Z && n > 4) {
        n = amp_line_simplify(xy, n, TOLERANCE);
        n = amp_line_unrepeat(xy, n, true);
    }
    int64_t area2 = n < 3 ? 0 : amp_ring_area2(xy, n);
    if (area2 < RING_AREA2_MIN && area2 > -RING_AREA2_MIN) {
        return false;
    }
    amp_mvt_ring(layer, xy, n, outer);
    return true;
}

static void parts_draw(struct maker *m, const struct amp_tl_feature *f, struct amp_mvt_layer *layer)
{
    bool outer_drawn = false;
    for (uint32_t p = 0; p < f->part_n; p++) {
        const struct amp_tl_part *part = &m->tiles->part[f->part_first + p];
        if (f->shape == AMP_TL_POLYGON && part->hole && !outer_drawn) {
            continue;
        }
        part_load(m, part);
        if (amp_xy_n(&m->xy) == 0) {
            continue;
        }
        if (f->shape == AMP_TL_POINT) {
            point_draw(m, layer);
        } else if (f->shape == AMP_TL_LINE) {
            line_draw(m, layer);
        } else {
            bool drawn = ring_draw(m, layer, !part->hole);
            outer_drawn = part->hole ? outer_drawn : drawn;
        }
    }
}

/* Names of lines and areas are worth their bytes a little later than the shapes. */
static bool name_wanted(const struct maker *m, const struct amp_tl_feature *f)
{
    enum {
        NAME_LATER_Z = 2
    };
    return f->name != AMP_TL_NO_TEXT &&
           (layers[f->layer].name_always || m->z >= (uint32_t)f->min_z + NAME_LATER_Z);
}

static struct amp_str text_at(const struct maker *m, uint32_t offset)
{
    return amp_str_of(m->tiles->text + offset);
}

static void feature_tag(const struct maker *m, const struct amp_tl_feature *f,
                        struct amp_mvt_layer *layer)
{
    amp_mvt_tag(layer, KEY_CLASS, text_at(m, f->klass));
    if (name_wanted(m, f)) {
        amp_mvt_tag(layer, KEY_NAME, text_at(m, f->name));
    }
    if (f->layer != AMP_TL_ROAD) {
        return;
    }
    if (f->flags & AMP_TL_ONEWAY) {
        amp_mvt_tag_true(layer, KEY_ONEWAY);
    }
    if (f->flags & AMP_TL_BRIDGE) {
        amp_mvt_tag_true(layer, KEY_BRIDGE);
    }
    if (f->flags & AMP_TL_TUNNEL) {
        amp_mvt_tag_true(layer, KEY_TUNNEL);
    }
}

static bool looks_alike(const struct maker *m, const struct amp_tl_feature *a,
                        const struct amp_tl_feature *b)
{
    bool named = name_wanted(m, a) || name_wanted(m, b);
    return a->shape != AMP_TL_POINT && a->shape == b->shape && a->klass == b->klass &&
           a->flags == b->flags && !named;
}

static int look_order(const void *x, const void *y, void *ctx)
{
    const struct maker *m = ctx;
    uint32_t i = *(const uint32_t *)x;
    uint32_t j = *(const uint32_t *)y;
    const struct amp_tl_feature *a = &m->tiles->feature[i];
    const struct amp_tl_feature *b = &m->tiles->feature[j];
    if (a->layer != b->layer) {
        return a->layer < b->layer ? -1 : 1;
    }
    if (a->shape != AMP_TL_POINT && b->shape != AMP_TL_POINT) {
        if (a->shape != b->shape) {
            return a->shape > b->shape ? -1 : 1; /* areas below lines */
        }
        bool a_named = name_wanted(m, a);
        if (a_named != name_wanted(m, b)) {
            return a_named ? 1 : -1;
        }
        if (!a_named && a->klass != b->klass) {
            return a->klass < b->klass ? -1 : 1;
        }
        if (!a_named && a->flags != b->flags) {
            return a->flags < b->flags ? -1 : 1;
        }
    }
    return i < j ? -1 : i > j;
}

/* Features [0, n), all of one layer. Those that look alike and bear no name share one. */
static amp_err layer_draw(struct maker *m, const uint32_t *number, size_t n, struct amp_buf *out)
{
    const struct amp_tl_feature *first = &m->tiles->feature[number[0]];
    struct amp_mvt_layer layer =
        amp_mvt_layer_make(layers[first->layer].name, layers[first->layer].keys, AMP_TILE_BYTES);
    for (size_t i = 0; i < n; i++) {
        const struct amp_tl_feature *f = &m->tiles->feature[number[i]];
        if (layer.geometry.len == 0) {
            amp_buf_clear(&layer.tags);
            feature_tag(m, f, &layer);
        }
        parts_draw(m, f, &layer);
        if (i + 1 == n || !looks_alike(m, f, &m->tiles->feature[number[i + 1]])) {
            amp_mvt_feature_end(&layer, f->shape);
        }
    }
    amp_err err = amp_mvt_layer_end(&layer, out);
    amp_mvt_layer_free(&layer);
    return err;
}

/* The part of the world that the tile with its buffer touches, moved by whole worlds; false if
 * none. */
static bool bounds_of(const struct maker *m, struct amp_tl_bounds *out)
{
    static const int64_t top = INT64_C(0xFFFFFFFF);
    int64_t size = INT64_C(1) << (32 - m->z);
    int64_t buffer = size * BUFFER / AMP_MVT_EXTENT + 1;
    int64_t x0 = m->x0 - buffer;
    int64_t y0 = m->y0 - buffer;
    int64_t x1 = m->x0 + size + buffer;
    int64_t y1 = m->y0 + size + buffer;
    if (x1 < 0 || y1 < 0 || x0 > top || y0 > top) {
        return false;
    }
    *out = (struct amp_tl_bounds){(uint32_t)(x0 < 0 ? 0 : x0), (uint32_t)(y0 < 0 ? 0 : y0),
                                  (uint32_t)(x1 > top ? top : x1), (uint32_t)(y1 > top ? top : y1)};
    return true;
}

static amp_err layers_draw(struct maker *m, struct amp_buf *found, struct amp_buf *out)
{
    uint32_t *number = (uint32_t *)(void *)found->data;
    size_t n = found->len / sizeof(*number);
    amp_err err = amp_buf_err(found);
    if (n > 0 && !err) {
        qsort_r(number, n, sizeof(*number), look_order, m);
    }
    for (size_t first = 0, end = 0; first < n && !err; first = end) {
        uint8_t layer = m->tiles->feature[number[first]].layer;
        for (end = first + 1; end < n && m->tiles->feature[number[end]].layer == layer;) {
            end++;
        }
        err = layer_draw(m, number + first, end - first, out);
    }
    return err;
}

amp_err amp_tile_make(const struct amp_tiles *tiles, uint32_t z, uint32_t x, uint32_t y,
                      struct amp_buf *out)
{
    if (z > AMP_TILE_Z_MAX || x >> z != 0 || y >> z != 0) {
        return AMP_E_RANGE;
    }
    struct maker m = {.tiles = tiles,
                      .z = z,
                      .x0 = (int64_t)x << (32 - z),
                      .y0 = (int64_t)y << (32 - z),
                      .xy = amp_buf_make(WORK_BYTES),
                      .spare = amp_buf_make(WORK_BYTES),
                      .counts = amp_buf_make(WORK_BYTES)};
    struct amp_buf found = amp_buf_make(WORK_BYTES);
    struct amp_buf tile = amp_buf_make(AMP_TILE_BYTES);
    struct amp_tl_bounds bounds;
    if (bounds_of(&m, &bounds)) {
        amp_tl_query(tiles, &bounds, z, &found);
    }
    amp_err err = layers_draw(&m, &found, &tile);
    const struct amp_buf *bufs[] = {&m.xy, &m.spare, &m.counts};
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]) && !err; i++) {
        err = amp_buf_err(bufs[i]);
    }
    if (!err) {
        amp_buf_str(out, amp_buf_view(&tile));
        err = amp_buf_err(out);
    }
    amp_buf_free(&m.xy);
    amp_buf_free(&m.spare);
    amp_buf_free(&m.counts);
    amp_buf_free(&found);
    amp_buf_free(&tile);
    return err;
}
