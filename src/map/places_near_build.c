/* Building the leaves of places_near.h: which things can be nearest somewhere in a cell. */
#include "map/places_near.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double m_per_e7 = 0.0111195080234;
static const double rad_per_e7 = 3.14159265358979323846 / 180 / 1e7;
/* Flat distances measured from the middle of a cell and from elsewhere in it differ by less: cells
 * are at most 0.2 degrees high and end at 75 degrees. */
static const double bent = 0.01;
static const double slack_m = 1;

struct entry {
    uint32_t key, thing;
};

struct piece { /* a square of the earth, and the node that tells of it */
    int64_t south_e7, west_e7;
    uint32_t size_e7;
    uint32_t node;
    uint32_t depth;
    size_t first, n; /* candidates, in a stack of things */
};

struct build {
    const struct amp_near_source *source;
    struct amp_buf *nodes, *items;
    struct amp_buf things; /* uint32_t: candidates of the pieces under way */
    struct amp_buf worth;  /* struct amp_near_worth of those of one piece */
};

static double cos_at(int64_t lat_e7)
{
    return cos((double)lat_e7 * rad_per_e7);
}

/* Cells of the box around a thing that reach to it. */
static void thing_put(const struct amp_near_source *source, uint32_t thing, struct amp_buf *entries)
{
    struct amp_pos end[2];
    if (!source->ends(source->ctx, thing, end)) {
        return;
    }
    double most_m = source->worth(source->ctx, thing, end[0]).most_m * (1 + bent) + slack_m;
    int64_t up_e7 = (int64_t)(most_m / m_per_e7) + 1;
    int64_t south = (end[0].lat_e7 < end[1].lat_e7 ? end[0] : end[1]).lat_e7 - up_e7;
    int64_t north = (end[0].lat_e7 < end[1].lat_e7 ? end[1] : end[0]).lat_e7 + up_e7;
    south = south < -AMP_NEAR_LAT_E7 ? -AMP_NEAR_LAT_E7 : south;
    north = north > AMP_NEAR_LAT_E7 ? AMP_NEAR_LAT_E7 : north;
    if (south > north) {
        return;
    }
    double narrow = fmin(cos_at(south), cos_at(north));
    int64_t side_e7 = (int64_t)(most_m / (m_per_e7 * narrow)) + 1;
    int64_t delta = amp_lon_delta_e7(end[0].lon_e7, end[1].lon_e7);
    int64_t west = (int64_t)(delta >= 0 ? end[0] : end[1]).lon_e7 + 1800000000 - side_e7;
    int64_t span = (delta >= 0 ? delta : -delta) + 2 * side_e7;
    int64_t columns = INT64_C(3600000000) / source->cell_e7;
    int64_t first = (west + 2 * INT64_C(3600000000)) / source->cell_e7;
    int64_t last = (west + span + 2 * INT64_C(3600000000)) / source->cell_e7;
    for (int64_t row = (south + 900000000) / source->cell_e7;
         row <= (north + 900000000) / source->cell_e7; row++) {
        for (int64_t column = first; column <= last && column < first + columns; column++) {
            struct entry entry = {(uint32_t)(row * columns + column % columns), thing};
            amp_buf_put(entries, &entry, sizeof(entry));
        }
    }
}

static int entry_order(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return x->thing < y->thing ? -1 : x->thing > y->thing;
}

static uint32_t *things_of(const struct build *b)
{
    return (uint32_t *)(void *)b->things.data;
}

/* Leave those of a piece that can be nearest somewhere in it. */
static void piece_sift(struct build *b, struct piece *piece)
{
    uint32_t *thing = things_of(b) + piece->first;
    int64_t half = piece->size_e7 / 2;
    int64_t east = (piece->west_e7 + half) % INT64_C(3600000000) - 1800000000;
    struct amp_pos middle = {(int32_t)(piece->south_e7 + half), (int32_t)east};
    double wide = fmax(cos_at(piece->south_e7), cos_at(piece->south_e7 + (int64_t)piece->size_e7));
    double reach_m = m_per_e7 * (double)(half + 1) * sqrt(1 + wide * wide) * (1 + bent) + slack_m;
    double best = INFINITY;
    amp_buf_clear(&b->worth);
    struct amp_near_worth *worth =
        amp_buf_extend(&b->worth, (piece->n + 1) * sizeof(struct amp_near_worth));
    if (worth == NULL) {
        return;
    }
    for (size_t i = 0; i < piece->n; i++) {
        worth[i] = b->source->worth(b->source->ctx, thing[i], middle);
        double far_m = worth[i].m * (1 + bent) + reach_m;
        if (far_m <= worth[i].most_m) {
            best = fmin(best, far_m * worth[i].share - worth[i].less);
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < piece->n; i++) {
        double near_m = fmax(worth[i].m * (1 - bent) - reach_m, 0);
        if (near_m <= worth[i].most_m && near_m * worth[i].share - worth[i].less <= best) {
            thing[kept++] = thing[i];
        }
    }
    piece->n = kept;
}

static void node_set(struct build *b, uint32_t at, uint32_t value)
{
    ((uint32_t *)(void *)b->nodes->data)[at] = value;
}

static uint32_t nodes_add(struct build *b, uint32_t n)
{
    uint32_t at = (uint32_t)(b->nodes->len / sizeof(uint32_t));
    void *room = amp_buf_extend(b->nodes, n * sizeof(uint32_t));
    if (room != NULL) {
        memset(room, 0, n * sizeof(uint32_t));
    }
    return at;
}

static void leaf_put(struct build *b, const struct piece *piece)
{
    uint32_t at = (uint32_t)(b->items->len / sizeof(uint32_t));
    uint32_t n = (uint32_t)piece->n;
    if (n > 0) { /* the leaf at 0 is the empty one */
        amp_buf_put(b->items, &n, sizeof(n));
        amp_buf_put(b->items, things_of(b) + piece->first, n * sizeof(n));
        node_set(b, piece->node, at << 1);
    }
}

/* A root, its quarters, theirs: deeper ones first, so that the stack of things stays small. */
static void root_cut(struct build *b, struct piece root)
{
    struct piece stack[4 * AMP_NEAR_DEPTH + 1];
    size_t n = 1;
    stack[0] = root;
    while (n > 0 && !amp_buf_err(&b->things) && !amp_buf_err(b->nodes) && !amp_buf_err(b->items)) {
        struct piece piece = stack[--n];
        if (piece.depth > 0) { /* what it takes over from the whole is copied: it is sifted */
            size_t first = piece.first + piece.n;
            b->things.len = first * sizeof(uint32_t);
            uint32_t *own = amp_buf_extend(&b->things, (piece.n + 1) * sizeof(uint32_t));
            if (own == NULL) {
                return;
            }
            memcpy(own, things_of(b) + piece.first, piece.n * sizeof(uint32_t));
            piece.first = first;
        }
        piece_sift(b, &piece);
        if (piece.n <= AMP_NEAR_LEAF || piece.depth == AMP_NEAR_DEPTH || piece.size_e7 % 2 != 0) {
            leaf_put(b, &piece);
            continue;
        }
        uint32_t child = nodes_add(b, 4);
        if (amp_buf_err(b->nodes)) {
            return;
        }
        node_set(b, piece.node, child << 1 | 1);
        for (uint32_t q = 0; q < 4; q++) {
            struct piece part = piece;
            part.size_e7 = piece.size_e7 / 2;
            part.south_e7 += q / 2 == 1 ? part.size_e7 : 0;
            part.west_e7 += q % 2 == 1 ? part.size_e7 : 0;
            part.node = child + q;
            part.depth++;
            stack[n++] = part;
        }
    }
}

static void roots_cut(struct build *b, const struct entry *entry, size_t n, struct amp_buf *cells)
{
    uint32_t columns = UINT32_C(3600000000) / b->source->cell_e7;
    for (size_t i = 0, end = 0; i < n && !amp_buf_err(b->nodes); i = end) {
        amp_buf_clear(&b->things);
        for (end = i; end < n && entry[end].key == entry[i].key; end++) {
            amp_buf_put(&b->things, &entry[end].thing, sizeof(entry[end].thing));
        }
        struct piece root = {.size_e7 = b->source->cell_e7, .n = end - i};
        root.south_e7 = (int64_t)(entry[i].key / columns) * b->source->cell_e7 - 900000000;
        root.west_e7 = (int64_t)(entry[i].key % columns) * b->source->cell_e7;
        if (amp_buf_err(&b->things)) {
            return;
        }
        piece_sift(b, &root);
        if (root.n > 0) {
            root.node = nodes_add(b, 1);
            struct amp_near_cell cell = {entry[i].key, root.node};
            amp_buf_put(cells, &cell, sizeof(cell));
            if (!amp_buf_err(b->nodes)) {
                root_cut(b, root);
            }
        }
    }
}

amp_err amp_near_build(const struct amp_near_source *source, struct amp_buf *cells,
                       struct amp_buf *nodes, struct amp_buf *items)
{
    struct amp_buf entries = amp_buf_make(SIZE_MAX / 4);
    struct build b = {.source = source,
                      .nodes = nodes,
                      .items = items,
                      .things = amp_buf_make(SIZE_MAX / 4),
                      .worth = amp_buf_make(SIZE_MAX / 4)};
    uint32_t none = 0;
    assert(UINT32_C(3600000000) % source->cell_e7 == 0);
    amp_buf_put(items, &none, sizeof(none));
    for (uint32_t i = 0; i < source->thing_n; i++) {
        thing_put(source, i, &entries);
    }
    size_t n = entries.len / sizeof(struct entry);
    struct entry *entry = (struct entry *)(void *)entries.data;
    amp_err err = amp_buf_err(&entries);
    if (!err && n > 0) {
        qsort(entry, n, sizeof(*entry), entry_order);
        roots_cut(&b, entry, n, cells);
    }
    err = err ? err : amp_buf_err(&b.things);
    err = err ? err : amp_buf_err(&b.worth);
    err = err ? err : amp_buf_err(cells);
    err = err ? err : amp_buf_err(nodes);
    err = err ? err : amp_buf_err(items);
    amp_buf_free(&entries);
    amp_buf_free(&b.things);
    amp_buf_free(&b.worth);
    return err;
}
