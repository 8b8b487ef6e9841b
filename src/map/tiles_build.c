/* Building the tile sections of an .amap: collect, order along a Hilbert curve, tree, write. */
#include "map/tiles_build.h"
#include <stdlib.h>
#include <string.h>

bool amp_tl_levels(size_t n, size_t first[AMP_TL_LEVELS + 1], size_t *level_n)
{
    size_t at = 0;
    *level_n = 0;
    while (n > 0) {
        if (*level_n == AMP_TL_LEVELS) {
            return false;
        }
        n = (n + AMP_TL_FAN - 1) / AMP_TL_FAN;
        first[(*level_n)++] = at;
        at += n;
        if (n == 1) {
            break;
        }
    }
    first[*level_n] = at;
    return true;
}

/* Place on the Hilbert curve of order 16 (Hamilton and Rau-Chaplin's loop form). */
static uint32_t hilbert(uint32_t x, uint32_t y)
{
    uint32_t d = 0;
    for (uint32_t s = 1U << 15; s > 0; s >>= 1) {
        uint32_t rx = (x & s) != 0 ? 1 : 0;
        uint32_t ry = (y & s) != 0 ? 1 : 0;
        d += s * s * ((3 * rx) ^ ry);
        if (ry == 0) {
            if (rx == 1) {
                x = 0xFFFF - x;
                y = 0xFFFF - y;
            }
            uint32_t swap = x;
            x = y;
            y = swap;
        }
    }
    return d;
}

struct placed {
    uint32_t hilbert;
    uint32_t feature;
    uint8_t min_z;
};

static int placed_order(const void *a, const void *b)
{
    const struct placed *x = a;
    const struct placed *y = b;
    if (x->min_z != y->min_z) {
        return x->min_z < y->min_z ? -1 : 1;
    }
    if (x->hilbert != y->hilbert) {
        return x->hilbert < y->hilbert ? -1 : 1;
    }
    return x->feature < y->feature ? -1 : x->feature > y->feature;
}

/* The features in the order of the file, to be freed. */
static struct placed *features_sort(const struct amp_tl_feature *feature, size_t n)
{
    struct placed *placed = calloc(n + 1, sizeof(*placed));
    for (uint32_t i = 0; i < n && placed != NULL; i++) {
        const struct amp_tl_bounds *bounds = &feature[i].bounds;
        uint64_t x = ((uint64_t)bounds->x0 + bounds->x1) / 2;
        uint64_t y = ((uint64_t)bounds->y0 + bounds->y1) / 2;
        placed[i] =
            (struct placed){hilbert((uint32_t)(x >> 16), (uint32_t)(y >> 16)), i, feature[i].min_z};
    }
    if (placed != NULL && n > 0) {
        qsort(placed, n, sizeof(*placed), placed_order);
    }
    return placed;
}

static amp_err features_write(struct amp_tl_build *b, const struct placed *placed, size_t n)
{
    enum {
        PIECE = 4096
    };
    const struct amp_tl_feature *feature =
        (const struct amp_tl_feature *)(const void *)b->feature.data;
    struct amp_tl_feature *piece = calloc(PIECE, sizeof(*piece));
    amp_err err =
        piece == NULL ? AMP_E_NOMEM : amp_amap_begin(b->writer, "tlfeat", sizeof(*feature), b->why);
    for (size_t i = 0; i < n && !err; i += PIECE) {
        size_t m = n - i < PIECE ? n - i : PIECE;
        for (size_t k = 0; k < m; k++) {
            piece[k] = feature[placed[i + k].feature];
        }
        err = amp_amap_add(b->writer, piece, m, b->why);
    }
    if (!err) {
        amp_amap_end(b->writer);
    }
    free(piece);
    return err;
}

static void node_add(struct amp_tl_node *node, const struct amp_tl_bounds *bounds, uint32_t min_z)
{
    node->bounds.x0 = bounds->x0 < node->bounds.x0 ? bounds->x0 : node->bounds.x0;
    node->bounds.y0 = bounds->y0 < node->bounds.y0 ? bounds->y0 : node->bounds.y0;
    node->bounds.x1 = bounds->x1 > node->bounds.x1 ? bounds->x1 : node->bounds.x1;
    node->bounds.y1 = bounds->y1 > node->bounds.y1 ? bounds->y1 : node->bounds.y1;
    node->min_z = min_z < node->min_z ? min_z : node->min_z;
}

static amp_err tree_build(struct amp_tl_build *b, const struct placed *placed, size_t feature_n)
{
    const struct amp_tl_feature *feature =
        (const struct amp_tl_feature *)(const void *)b->feature.data;
    size_t first[AMP_TL_LEVELS + 1];
    size_t level_n;
    if (!amp_tl_levels(feature_n, first, &level_n)) {
        return AMP_E_LIMIT;
    }
    for (size_t level = 0; level < level_n; level++) {
        size_t below_n = level == 0 ? feature_n : first[level] - first[level - 1];
        for (size_t i = 0; i < below_n && !amp_buf_err(&b->node); i += AMP_TL_FAN) {
            struct amp_tl_node node = {{UINT32_MAX, UINT32_MAX, 0, 0}, UINT32_MAX};
            for (size_t k = i; k < i + AMP_TL_FAN && k < below_n; k++) {
                if (level == 0) {
                    const struct amp_tl_feature *f = &feature[placed[k].feature];
                    node_add(&node, &f->bounds, f->min_z);
                } else {
                    const struct amp_tl_node *n =
                        (const struct amp_tl_node *)(const void *)b->node.data + first[level - 1] +
                        k;
                    node_add(&node, &n->bounds, n->min_z);
                }
            }
            amp_buf_put(&b->node, &node, sizeof(node));
        }
    }
    return amp_buf_err(&b->node);
}

amp_err amp_tl_arrange(struct amp_tl_build *b)
{
    const struct amp_buf *bufs[] = {&b->text, &b->feature, &b->part};
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++) {
        amp_err err = amp_buf_err(bufs[i]);
        if (err) {
            return err;
        }
    }
    size_t n = b->feature.len / sizeof(struct amp_tl_feature);
    struct placed *placed =
        features_sort((const struct amp_tl_feature *)(const void *)b->feature.data, n);
    amp_err err = placed == NULL ? AMP_E_NOMEM : features_write(b, placed, n);
    err = err ? err : tree_build(b, placed, n);
    free(placed);
    return err;
}

static amp_err sections_write(struct amp_tl_build *b)
{
    const struct {
        const char *name;
        const struct amp_buf *buf;
        size_t size;
    } sections[] = {
        {"tltext", &b->text, 1},
        {"tlpart", &b->part, sizeof(struct amp_tl_part)},
        {"tlnode", &b->node, sizeof(struct amp_tl_node)},
    };
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        amp_err err =
            amp_amap_put(b->writer, sections[i].name, sections[i].buf->data, sections[i].size,
                         sections[i].buf->len / sections[i].size, b->why);
        if (err) {
            return err;
        }
    }
    return amp_amap_put(b->writer, "tlbox", &b->osm->box, sizeof(b->osm->box), 1, b->why);
}

static void build_free(struct amp_tl_build *b)
{
    amp_kinds_destroy(b->kinds);
    amp_buf_free(&b->text);
    amp_buf_free(&b->feature);
    amp_buf_free(&b->part);
    amp_buf_free(&b->vertex);
    amp_buf_free(&b->node);
    amp_buf_free(&b->line);
    free(b->text_of);
    free(b->ferry);
}

static void tell(const struct amp_progress *progress, uint64_t done)
{
    if (progress != NULL && progress->tell != NULL) {
        progress->tell(progress->ctx, "tiles", done, 4);
    }
}

/* All shapes, and with them the open section of vertices. */
static amp_err shapes_collect(struct amp_tl_build *b, const struct amp_progress *progress)
{
    amp_err err = amp_tl_collect_relations(b);
    tell(progress, 1);
    err = err ? err : amp_tl_collect_ways(b);
    tell(progress, 2);
    err = err ? err : amp_tl_join_lines(b);
    err = err ? err : amp_tl_collect_points(b);
    tell(progress, 3);
    amp_tl_flush_vertices(b);
    err = err ? err : b->err;
    if (!err) {
        amp_amap_end(b->writer);
    }
    return err;
}

amp_err amp_tiles_build(const struct amp_osm *osm, const struct amp_progress *progress,
                        struct amp_amap_writer *writer, struct amp_why *why)
{
    struct amp_tl_build b = {.osm = osm,
                             .writer = writer,
                             .why = why,
                             .keys = amp_tl_keys_of(osm),
                             .text = amp_buf_make(UINT32_MAX),
                             .feature = amp_buf_make(UINT32_MAX),
                             .part = amp_buf_make(UINT32_MAX),
                             .vertex = amp_buf_make(UINT32_MAX),
                             .node = amp_buf_make(UINT32_MAX),
                             .line = amp_buf_make(UINT32_MAX)};
    b.text_of = calloc((size_t)osm->text_n + 1, sizeof(*b.text_of));
    b.ferry = calloc((size_t)osm->way_n + 1, sizeof(*b.ferry));
    amp_buf_char(&b.text, '\0'); /* AMP_TL_NO_TEXT */
    amp_err err = b.text_of == NULL || b.ferry == NULL ? AMP_E_NOMEM : AMP_OK;
    err = err ? err : amp_kinds_create(osm, &b.kinds);
    err = err ? err : amp_amap_begin(writer, "tlvert", sizeof(struct amp_tl_vertex), why);
    err = err ? err : shapes_collect(&b, progress);
    err = err ? err : amp_tl_arrange(&b);
    err = err ? err : sections_write(&b);
    tell(progress, 4);
    build_free(&b);
    if (err && why != NULL && why->text[0] == '\0') {
        return amp_fail(why, err, "the tiles of the map cannot be built: %s", amp_err_words(err));
    }
    return err;
}
