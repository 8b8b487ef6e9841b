/* Clustering by name and closeness: a grid whose points are widened by a cell, and union-find. */
#include "map/places_cluster.h"
#include "map/places_grid.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct order_ctx {
    const char *keys;
};

static int item_order(const void *a, const void *b, void *ctx)
{
    const struct amp_pl_item *x = a;
    const struct amp_pl_item *y = b;
    const struct order_ctx *order = ctx;
    int by_key = strcmp(order->keys + x->key, order->keys + y->key);
    if (by_key != 0) {
        return by_key;
    }
    if (x->cluster != y->cluster) {
        return x->cluster < y->cluster ? -1 : 1;
    }
    return x->source < y->source ? -1 : x->source > y->source;
}

static uint32_t root_of(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

static void unite(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = root_of(parent, a);
    b = root_of(parent, b);
    if (a < b) {
        parent[b] = a;
    } else {
        parent[a] = b;
    }
}

/* Points within a cell of each other share one of the four cells that each is put into. */
static void points_add(struct amp_buf *entries, const struct amp_pl_item *item, uint32_t number,
                       const struct amp_pos *positions, uint32_t cell_e7)
{
    uint32_t columns = (uint32_t)((UINT32_C(3600000000) + cell_e7 - 1) / cell_e7);
    for (uint32_t p = 0; p < item->pos_n; p++) {
        size_t at = entries->len;
        amp_grid_add(entries, cell_e7, positions[item->pos_first + p], number);
        if (amp_buf_err(entries)) {
            return;
        }
        struct amp_grid_entry entry;
        memcpy(&entry, entries->data + at, sizeof(entry));
        for (uint32_t i = 1; i < 4; i++) {
            struct amp_grid_entry more = {entry.row + (i & 1), (entry.column + (i >> 1)) % columns,
                                          number};
            amp_buf_put(entries, &more, sizeof(more));
        }
    }
}

static amp_err group_unite(uint32_t *parent, struct amp_buf *entries)
{
    struct amp_buf cells = amp_buf_make(entries->max);
    struct amp_buf items = amp_buf_make(entries->max);
    amp_err err = amp_grid_arrange(entries, &cells, &items);
    if (!err) {
        const struct amp_grid_entry *entry =
            (const struct amp_grid_entry *)(const void *)entries->data;
        size_t n = entries->len / sizeof(*entry);
        for (size_t i = 1; i < n; i++) {
            if (entry[i].row == entry[i - 1].row && entry[i].column == entry[i - 1].column) {
                unite(parent, entry[i].item, entry[i - 1].item);
            }
        }
    }
    amp_buf_free(&cells);
    amp_buf_free(&items);
    return err;
}

amp_err amp_pl_cluster(struct amp_buf *items, const struct amp_buf *keys,
                       const struct amp_buf *positions, uint32_t cell_e7)
{
    size_t n = items->len / sizeof(struct amp_pl_item);
    if (n == 0) {
        return AMP_OK;
    }
    struct amp_pl_item *item = (struct amp_pl_item *)(void *)items->data;
    const struct amp_pos *pos = (const struct amp_pos *)(const void *)positions->data;
    struct order_ctx order = {.keys = keys->data};
    qsort_r(item, n, sizeof(*item), item_order, &order);
    uint32_t *parent = calloc(n, sizeof(*parent));
    if (parent == NULL) {
        return AMP_E_NOMEM;
    }
    struct amp_buf entries = amp_buf_make(SIZE_MAX / 4);
    amp_err err = AMP_OK;
    for (uint32_t i = 0; i < n; i++) {
        parent[i] = i;
    }
    for (uint32_t first = 0, end = 0; first < n && !err; first = end) {
        const char *key = keys->data + item[first].key;
        amp_buf_clear(&entries);
        for (end = first; end < n && strcmp(key, keys->data + item[end].key) == 0; end++) {
            points_add(&entries, &item[end], end, pos, cell_e7);
        }
        err = end - first > 1 ? group_unite(parent, &entries) : AMP_OK;
    }
    for (uint32_t i = 0; i < n; i++) {
        item[i].cluster = root_of(parent, i);
    }
    qsort_r(item, n, sizeof(*item), item_order, &order);
    free(parent);
    amp_buf_free(&entries);
    return err;
}

struct amp_pos amp_pl_middle(const struct amp_pl_item *first, const struct amp_pl_item *end,
                             const struct amp_pos *positions, struct amp_box *out_box)
{
    struct amp_pos origin = positions[first->pos_first];
    int64_t lat = 0;
    int64_t lon = 0;
    int64_t n = 0;
    struct amp_box box = {origin.lat_e7, 0, origin.lat_e7, 0}; /* longitudes from the origin */
    for (const struct amp_pl_item *it = first; it < end; it++) {
        for (uint32_t p = 0; p < it->pos_n; p++, n++) {
            struct amp_pos pos = positions[it->pos_first + p];
            int32_t delta = amp_lon_delta_e7(origin.lon_e7, pos.lon_e7);
            lat += pos.lat_e7;
            lon += delta;
            box.south_e7 = pos.lat_e7 < box.south_e7 ? pos.lat_e7 : box.south_e7;
            box.north_e7 = pos.lat_e7 > box.north_e7 ? pos.lat_e7 : box.north_e7;
            box.west_e7 = delta < box.west_e7 ? delta : box.west_e7;
            box.east_e7 = delta > box.east_e7 ? delta : box.east_e7;
        }
    }
    double best = INFINITY;
    struct amp_pos middle = origin;
    for (const struct amp_pl_item *it = first; it < end; it++) {
        for (uint32_t p = 0; p < it->pos_n; p++) {
            struct amp_pos pos = positions[it->pos_first + p];
            double north = (double)(pos.lat_e7 - lat / n);
            double east = (double)(amp_lon_delta_e7(origin.lon_e7, pos.lon_e7) - lon / n) *
                          cos(amp_lat_deg(pos) * (3.14159265358979 / 180));
            if (north * north + east * east < best) {
                best = north * north + east * east;
                middle = pos;
            }
        }
    }
    static const int64_t turn = INT64_C(3600000000);
    int64_t west = (int64_t)origin.lon_e7 + box.west_e7;
    int64_t east = (int64_t)origin.lon_e7 + box.east_e7;
    box.west_e7 = (int32_t)(west < -turn / 2 ? west + turn : west);
    box.east_e7 = (int32_t)(east > turn / 2 ? east - turn : east);
    *out_box = box;
    return middle;
}
