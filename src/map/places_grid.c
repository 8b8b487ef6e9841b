/* The grid of places_grid.h: building, checking, walking in rings. */
#include "map/places_grid.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

static const double m_per_e7 =
    0.011119508; /* metres of a 1e-7 degree on the sphere of base/geo.h */

static uint32_t columns_of(uint32_t cell_e7)
{
    return (uint32_t)((UINT32_C(3600000000) + cell_e7 - 1) / cell_e7);
}

static uint32_t row_of(uint32_t cell_e7, int32_t lat_e7)
{
    return (uint32_t)((int64_t)lat_e7 + 900000000) / cell_e7;
}

static uint32_t column_of(uint32_t cell_e7, int32_t lon_e7)
{
    int64_t lon = ((int64_t)lon_e7 + 1800000000) % INT64_C(3600000000);
    return (uint32_t)lon / cell_e7;
}

void amp_grid_add(struct amp_buf *entries, uint32_t cell_e7, struct amp_pos pos, uint32_t item)
{
    struct amp_grid_entry entry = {row_of(cell_e7, pos.lat_e7), column_of(cell_e7, pos.lon_e7),
                                   item};
    amp_buf_put(entries, &entry, sizeof(entry));
}

void amp_grid_add_segment(struct amp_buf *entries, uint32_t cell_e7, const struct amp_pos ends[2],
                          uint32_t item)
{
    int32_t delta = amp_lon_delta_e7(ends[0].lon_e7, ends[1].lon_e7);
    struct amp_pos west = delta >= 0 ? ends[0] : ends[1];
    struct amp_pos east = delta >= 0 ? ends[1] : ends[0];
    uint32_t columns = columns_of(cell_e7);
    uint32_t first = column_of(cell_e7, west.lon_e7);
    uint32_t span = (column_of(cell_e7, east.lon_e7) + columns - first) % columns;
    uint32_t a = row_of(cell_e7, ends[0].lat_e7);
    uint32_t b = row_of(cell_e7, ends[1].lat_e7);
    for (uint32_t row = a < b ? a : b; row <= (a < b ? b : a); row++) {
        for (uint32_t i = 0; i <= span; i++) {
            struct amp_grid_entry entry = {row, (first + i) % columns, item};
            amp_buf_put(entries, &entry, sizeof(entry));
        }
    }
}

static int entry_order(const void *a, const void *b)
{
    const struct amp_grid_entry *x = a;
    const struct amp_grid_entry *y = b;
    if (x->row != y->row) {
        return x->row < y->row ? -1 : 1;
    }
    if (x->column != y->column) {
        return x->column < y->column ? -1 : 1;
    }
    return x->item < y->item ? -1 : x->item > y->item;
}

amp_err amp_grid_arrange(struct amp_buf *entries, struct amp_buf *cells, struct amp_buf *items)
{
    amp_err err = amp_buf_err(entries);
    if (err) {
        return err;
    }
    size_t n = entries->len / sizeof(struct amp_grid_entry);
    struct amp_grid_entry *entry = (struct amp_grid_entry *)(void *)entries->data;
    if (n > 0) {
        qsort(entry, n, sizeof(*entry), entry_order);
    }
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || entry[i].row != entry[i - 1].row || entry[i].column != entry[i - 1].column) {
            struct amp_grid_cell cell = {entry[i].row, entry[i].column, (uint32_t)i};
            amp_buf_put(cells, &cell, sizeof(cell));
        }
        amp_buf_put(items, &entry[i].item, sizeof(entry[i].item));
    }
    struct amp_grid_cell sentinel = {UINT32_MAX, UINT32_MAX, (uint32_t)n};
    amp_buf_put(cells, &sentinel, sizeof(sentinel));
    err = amp_buf_err(cells);
    return err ? err : amp_buf_err(items);
}

amp_err amp_grid_check(const struct amp_grid *grid, uint32_t limit)
{
    if (grid->cell[grid->cell_n].first != grid->item_n) {
        return AMP_E_CORRUPT;
    }
    for (size_t i = 0; i < grid->cell_n; i++) {
        const struct amp_grid_cell *a = &grid->cell[i];
        const struct amp_grid_cell *b = a + 1;
        if (a->first > b->first || a->row > b->row ||
            (a->row == b->row && a->column >= b->column)) {
            return AMP_E_CORRUPT;
        }
    }
    for (size_t i = 0; i < grid->item_n; i++) {
        if (grid->item[i] >= limit) {
            return AMP_E_CORRUPT;
        }
    }
    return AMP_OK;
}

static const struct amp_grid_cell *cell_find(const struct amp_grid *grid, uint32_t row,
                                             uint32_t column)
{
    size_t lo = 0;
    size_t hi = grid->cell_n;
    if (grid->row_first != NULL) {
        if (row < grid->row_min || row - grid->row_min >= grid->row_n) {
            return NULL;
        }
        lo = grid->row_first[row - grid->row_min];
        hi = grid->row_first[row - grid->row_min + 1];
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct amp_grid_cell *cell = &grid->cell[mid];
        if (cell->row < row || (cell->row == row && cell->column < column)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    const struct amp_grid_cell *cell = &grid->cell[lo];
    bool there = lo < grid->cell_n && cell->row == row && cell->column == column;
    return there ? cell : NULL;
}

amp_err amp_grid_rows(struct amp_grid *grid, uint32_t **out)
{
    uint32_t row_min = grid->cell_n > 0 ? grid->cell[0].row : 0;
    uint32_t row_n = grid->cell_n > 0 ? grid->cell[grid->cell_n - 1].row - row_min + 1 : 0;
    if (row_n > row_of(grid->cell_e7, 900000000) + 1) {
        return AMP_E_CORRUPT;
    }
    uint32_t *first = calloc((size_t)row_n + 1, sizeof(*first));
    if (first == NULL) {
        return AMP_E_NOMEM;
    }
    size_t cell = 0;
    for (uint32_t row = 0; row <= row_n; row++) {
        while (cell < grid->cell_n && grid->cell[cell].row - row_min < row) {
            cell++;
        }
        first[row] = (uint32_t)cell;
    }
    grid->row_min = row_min;
    grid->row_n = row_n;
    grid->row_first = first;
    *out = first;
    return AMP_OK;
}

struct walk {
    const struct amp_grid *grid;
    int64_t row, column;
    double south_e7, west_e7; /* from the position to the edges of its own cell */
    double m_per_lon;         /* of a 1e-7 degree: no more than anywhere in the ring */
    double bound_m;
    amp_grid_visit visit;
    void *ctx;
};

enum {
    SOON = 8 /* items ahead of the one that is visited */
};

static void thing_soon(const struct amp_grid *grid, uint32_t item)
{
    if (grid->thing != NULL) {
        __builtin_prefetch(grid->thing + (size_t)item * grid->thing_size);
    }
}

static void cell_walk(struct walk *w, int64_t row, int64_t column)
{
    int64_t columns = columns_of(w->grid->cell_e7);
    column = ((column % columns) + columns) % columns;
    if (row < 0) {
        return;
    }
    const struct amp_grid_cell *cell = cell_find(w->grid, (uint32_t)row, (uint32_t)column);
    if (cell == NULL) {
        return;
    }
    const uint32_t *item = w->grid->item;
    uint32_t end = cell[1].first;
    for (uint32_t i = cell[0].first; i < end && i < cell[0].first + SOON; i++) {
        thing_soon(w->grid, item[i]);
    }
    for (uint32_t i = cell[0].first; i < end; i++) {
        if (i + SOON < end) {
            thing_soon(w->grid, item[i + SOON]);
        }
        w->bound_m = w->visit(w->ctx, item[i]);
    }
}

/* From the position to the cells that are `cells` rows (or columns) off, in 1e-7 degree; `low` is
 * how far the position lies in its own cell. */
static double gap_e7(const struct walk *w, int64_t cells, double low)
{
    double size = w->grid->cell_e7;
    double off = (double)cells * size;
    return cells > 0 ? off - low : cells < 0 ? low - off - size : 0;
}

static double row_gap_m(const struct walk *w, int64_t rows)
{
    return gap_e7(w, rows, w->south_e7) * m_per_e7;
}

static double column_gap_m(const struct walk *w, int64_t columns)
{
    return gap_e7(w, columns, w->west_e7) * w->m_per_lon;
}

/* Rounding may not leave out a cell at the very bound. */
static double bound2(const struct walk *w)
{
    static const double slack_m = 0.01;
    return (w->bound_m + slack_m) * (w->bound_m + slack_m);
}

static void ring_walk(struct walk *w, int64_t ring)
{
    for (int64_t dr = -ring; dr <= ring; dr++) {
        double north_m = row_gap_m(w, dr);
        if (north_m * north_m > bound2(w)) {
            continue;
        }
        bool edge = dr == -ring || dr == ring;
        int64_t step = edge || ring == 0 ? 1 : 2 * ring;
        for (int64_t dc = -ring; dc <= ring; dc += step) {
            double east_m = column_gap_m(w, dc);
            if (north_m * north_m + east_m * east_m <= bound2(w)) {
                cell_walk(w, w->row + dr, w->column + dc);
            }
        }
    }
}

/* How near the nearest cell of a ring is. */
static double ring_gap_m(const struct walk *w, int64_t ring)
{
    double rows_m = fmin(row_gap_m(w, -ring), row_gap_m(w, ring));
    return fmin(rows_m, fmin(column_gap_m(w, -ring), column_gap_m(w, ring)));
}

void amp_grid_walk(const struct amp_grid *grid, struct amp_pos pos, double bound_m,
                   amp_grid_visit visit, void *ctx)
{
    if (grid->cell_n == 0) {
        return;
    }
    struct walk w = {.grid = grid, .bound_m = bound_m, .visit = visit, .ctx = ctx};
    w.row = row_of(grid->cell_e7, pos.lat_e7);
    w.column = column_of(grid->cell_e7, pos.lon_e7);
    w.south_e7 = (double)((int64_t)pos.lat_e7 + 900000000 - w.row * grid->cell_e7);
    w.west_e7 = (double)(((int64_t)pos.lon_e7 + 1800000000) % INT64_C(3600000000) -
                         w.column * grid->cell_e7);
    int64_t half = columns_of(grid->cell_e7) / 2;
    for (int64_t ring = 0; ring < AMP_GRID_RINGS && ring < half; ring++) {
        double lat_deg = fabs(amp_lat_deg(pos)) + (double)((ring + 1) * grid->cell_e7) / 1e7;
        w.m_per_lon = m_per_e7 * cos(fmin(lat_deg, 89.9) * (3.14159265358979 / 180));
        double gap_m = ring_gap_m(&w, ring);
        if (gap_m * gap_m > bound2(&w)) {
            break;
        }
        ring_walk(&w, ring);
    }
}
