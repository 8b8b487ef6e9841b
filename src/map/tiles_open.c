/* Opening the tiles of an .amap: every index is checked here once; and the tree's question. */
#include "map/tiles_form.h"
#include <assert.h>
#include <stdlib.h>

static bool features_good(const struct amp_tiles *t)
{
    for (size_t i = 0; i < t->feature_n; i++) {
        const struct amp_tl_feature *f = &t->feature[i];
        if (f->part_first > t->part_n || f->part_n > t->part_n - f->part_first ||
            f->name >= t->text_n || f->klass >= t->text_n || f->layer >= AMP_TL_LAYERS ||
            f->shape < AMP_TL_POINT || f->shape > AMP_TL_POLYGON) {
            return false;
        }
    }
    for (size_t i = 0; i < t->part_n; i++) {
        const struct amp_tl_part *p = &t->part[i];
        if (p->vertex_first > t->vertex_n || p->vertex_n > t->vertex_n - p->vertex_first ||
            p->vertex_n == 0 || p->vertex_n > AMP_TL_VERTEX_MAX) {
            return false;
        }
    }
    return true;
}

static bool text_good(const struct amp_tiles *t)
{
    return t->text_n > 0 && t->text[0] == '\0' && t->text[t->text_n - 1] == '\0';
}

amp_err amp_tiles_open(const struct amp_amap *amap, struct amp_tiles **out, struct amp_why *why)
{
    struct amp_tiles *tiles = calloc(1, sizeof(*tiles));
    const void *data;
    if (tiles == NULL) {
        return AMP_E_NOMEM;
    }
#define X(section, field, size)                                                                    \
    if (amp_amap_section(amap, section, size, &data, &tiles->field##_n, why)) {                    \
        free(tiles);                                                                               \
        return AMP_E_CORRUPT;                                                                      \
    }                                                                                              \
    tiles->field = data;
    AMP_TL_SECTIONS(X)
#undef X
    bool good = tiles->box_n == 1 && tiles->feature_n < UINT32_MAX && text_good(tiles) &&
                features_good(tiles) &&
                amp_tl_levels(tiles->feature_n, tiles->level_first, &tiles->level_n) &&
                tiles->level_first[tiles->level_n] == tiles->node_n;
    if (!good) {
        free(tiles);
        return amp_fail(why, AMP_E_CORRUPT,
                        "the tiles of the map point outside it: build the map again");
    }
    *out = tiles;
    return AMP_OK;
}

void amp_tiles_close(struct amp_tiles *tiles)
{
    free(tiles);
}

struct amp_box amp_tiles_box(const struct amp_tiles *tiles)
{
    return *tiles->box;
}

struct visit {
    size_t level; /* of a node; its children are one lower */
    size_t number;
};

void amp_tl_query(const struct amp_tiles *tiles, const struct amp_tl_bounds *bounds, uint32_t z,
                  struct amp_buf *out)
{
    struct visit stack[AMP_TL_LEVELS * AMP_TL_FAN];
    size_t n = 0;
    if (tiles->level_n > 0) {
        stack[n++] = (struct visit){tiles->level_n - 1, 0};
    }
    while (n > 0) {
        struct visit v = stack[--n];
        const struct amp_tl_node *node = &tiles->node[tiles->level_first[v.level] + v.number];
        if (node->min_z > z || !amp_tl_touch(&node->bounds, bounds)) {
            continue;
        }
        size_t below_n = v.level == 0
                             ? tiles->feature_n
                             : tiles->level_first[v.level] - tiles->level_first[v.level - 1];
        size_t first = v.number * AMP_TL_FAN;
        size_t end = first + AMP_TL_FAN < below_n ? first + AMP_TL_FAN : below_n;
        for (size_t i = first; i < end && v.level == 0; i++) {
            const struct amp_tl_feature *f = &tiles->feature[i];
            uint32_t number = (uint32_t)i;
            if (f->min_z <= z && amp_tl_touch(&f->bounds, bounds)) {
                amp_buf_put(out, &number, sizeof(number));
            }
        }
        for (size_t i = end; i > first && v.level > 0; i--) { /* the first child comes first */
            assert(n < AMP_TL_LEVELS * AMP_TL_FAN);
            stack[n++] = (struct visit){v.level - 1, i - 1};
        }
    }
}
