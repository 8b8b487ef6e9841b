/*
 * The tree over pieces of road in which positions are looked up, as it is built.
 *
 * A packed R-tree (Kamel and Faloutsos, 1993): pieces in the order of a Hilbert curve, sixteen to a
 * box, sixteen boxes to the next. A piece that crosses the antimeridian takes the whole width of
 * the world, so no box wraps; there are few of them.
 */
#include "map/draft.h"

#include <stdlib.h>

struct keyed {
    uint64_t key;
    uint32_t seg, piece;
};

/* Distance along the Hilbert curve of order 32; x and y are cells. */
static uint64_t hilbert(uint32_t x, uint32_t y)
{
    uint64_t key = 0;
    for (uint32_t s = UINT32_C(1) << 31; s > 0; s >>= 1) {
        uint32_t rx = (x & s) != 0;
        uint32_t ry = (y & s) != 0;
        key = key << 2 | ((3 * rx) ^ ry);
        if (ry == 0) {
            if (rx == 1) {
                x = ~x;
                y = ~y;
            }
            uint32_t swap = x;
            x = y;
            y = swap;
        }
    }
    return key;
}

static int keyed_compare(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    if (x->seg != y->seg) {
        return x->seg < y->seg ? -1 : 1;
    }
    return (x->piece > y->piece) - (x->piece < y->piece);
}

static uint32_t draft_points(const struct amp_road_draft *draft, uint32_t seg)
{
    const struct amp_road_seg *one = &amp_draft_seg(draft)[seg];
    return one[1].point_first - one[0].point_first + 2;
}

static struct amp_pos draft_point(const struct amp_road_draft *draft, uint32_t seg, uint32_t i)
{
    const struct amp_road_seg *one = &amp_draft_seg(draft)[seg];
    const struct amp_pos *point = (const struct amp_pos *)(const void *)draft->point.data;
    if (i == 0) {
        return draft->vertex_pos[one->from];
    }
    if (i + 1 == draft_points(draft, seg)) {
        return draft->vertex_pos[one->to];
    }
    return point[one->point_first + i - 1];
}

static int32_t min32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t max32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static struct amp_box piece_box(const struct amp_road_draft *draft, const struct amp_road_item *it)
{
    struct amp_pos a = draft_point(draft, it->seg, it->piece);
    struct amp_pos b = draft_point(draft, it->seg, it->piece + 1);
    struct amp_box box = {.south_e7 = min32(a.lat_e7, b.lat_e7),
                          .north_e7 = max32(a.lat_e7, b.lat_e7),
                          .west_e7 = min32(a.lon_e7, b.lon_e7),
                          .east_e7 = max32(a.lon_e7, b.lon_e7)};
    if ((int64_t)box.east_e7 - box.west_e7 > INT64_C(1800000000)) {
        box.west_e7 = -1800000000;
        box.east_e7 = 1800000000;
    }
    return box;
}

static struct amp_box box_join(struct amp_box a, struct amp_box b)
{
    return (struct amp_box){.south_e7 = min32(a.south_e7, b.south_e7),
                            .north_e7 = max32(a.north_e7, b.north_e7),
                            .west_e7 = min32(a.west_e7, b.west_e7),
                            .east_e7 = max32(a.east_e7, b.east_e7)};
}

uint32_t amp_tree_levels(size_t item_n, uint32_t first[AMP_ROAD_TREE_LEVELS + 1])
{
    uint32_t levels = 0;
    size_t n = item_n;
    first[0] = 0;
    while (n > 0 && levels < AMP_ROAD_TREE_LEVELS) {
        n = (n + AMP_ROAD_FANOUT - 1) / AMP_ROAD_FANOUT;
        first[levels + 1] = first[levels] + (uint32_t)n;
        levels++;
        if (n == 1) {
            break;
        }
    }
    return levels;
}

/* The first cell of a piece, and the first behind it. */
static void cells_of(int32_t low, int32_t high, int32_t from, int32_t to, uint8_t out[2])
{
    int64_t cell = amp_box_cell(low, high);
    out[0] = (uint8_t)(((int64_t)from - low) / cell);
    out[1] = (uint8_t)(((int64_t)to - low) / cell + 1);
}

/* What is around each piece, coarsely: most are ruled out by it without a look at their road. */
static void cells_put(const struct amp_road_draft *draft, struct amp_road_item *items, size_t n,
                      const struct amp_box *box)
{
    for (size_t i = 0; i < n; i++) {
        const struct amp_box *around = &box[i / AMP_ROAD_FANOUT];
        struct amp_box own = piece_box(draft, &items[i]);
        uint8_t lat[2], lon[2];
        cells_of(around->south_e7, around->north_e7, own.south_e7, own.north_e7, lat);
        cells_of(around->west_e7, around->east_e7, own.west_e7, own.east_e7, lon);
        items[i].south = lat[0];
        items[i].north = lat[1];
        items[i].west = lon[0];
        items[i].east = lon[1];
    }
}

static void boxes_put(const struct amp_road_draft *draft, const struct amp_buf *item,
                      struct amp_buf *box)
{
    const struct amp_road_item *items = (const struct amp_road_item *)(const void *)item->data;
    size_t item_n = item->len / sizeof(*items);
    uint32_t first[AMP_ROAD_TREE_LEVELS + 1];
    uint32_t levels = amp_tree_levels(item_n, first);
    for (uint32_t level = 0; level < levels; level++) {
        size_t below_n = level == 0 ? item_n : first[level] - first[level - 1];
        for (size_t i = 0; i < below_n; i += AMP_ROAD_FANOUT) {
            struct amp_box joined = {0, 0, 0, 0};
            for (size_t k = i; k < below_n && k < i + AMP_ROAD_FANOUT; k++) {
                const struct amp_box *boxes = (const struct amp_box *)(const void *)box->data;
                struct amp_box one =
                    level == 0 ? piece_box(draft, &items[k]) : boxes[first[level - 1] + k];
                joined = k == i ? one : box_join(joined, one);
            }
            amp_buf_put(box, &joined, sizeof(joined));
        }
    }
}

amp_err amp_draft_tree(struct amp_road_draft *draft, struct amp_buf *item, struct amp_buf *box,
                       struct amp_why *why)
{
    size_t piece_n = 0;
    for (uint32_t seg = 0; seg < draft->seg_n; seg++) {
        piece_n += draft_points(draft, seg) - 1;
    }
    struct keyed *keyed = calloc(piece_n + 1, sizeof(*keyed));
    if (keyed == NULL || piece_n > INT32_MAX) {
        free(keyed);
        return amp_fail(why, AMP_E_NOMEM, "not enough memory for the search tree of the roads");
    }
    size_t n = 0;
    for (uint32_t seg = 0; seg < draft->seg_n; seg++) {
        for (uint32_t piece = 0; piece + 1 < draft_points(draft, seg); piece++) {
            struct amp_pos at = draft_point(draft, seg, piece);
            keyed[n].key = hilbert((uint32_t)at.lon_e7 + (UINT32_C(1) << 31),
                                   (uint32_t)at.lat_e7 + (UINT32_C(1) << 31));
            keyed[n].seg = seg;
            keyed[n++].piece = piece;
        }
    }
    qsort(keyed, n, sizeof(*keyed), keyed_compare);
    for (size_t i = 0; i < n; i++) {
        struct amp_road_item one = {.seg = keyed[i].seg, .piece = keyed[i].piece};
        amp_buf_put(item, &one, sizeof(one));
    }
    free(keyed);
    if (!amp_buf_err(item) && n > 0) {
        boxes_put(draft, item, box);
        cells_put(draft, (struct amp_road_item *)(void *)item->data, n,
                  (const struct amp_box *)(const void *)box->data);
    }
    if (amp_buf_err(item) || amp_buf_err(box)) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory for the search tree of the roads");
    }
    return AMP_OK;
}
