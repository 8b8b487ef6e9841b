/*
 * A grid over the earth: which things lie in a cell, for "what is near".
 *
 * Cells are squares of cell_e7 by cell_e7, kept sorted, only those that hold something. Columns
 * wrap at the antimeridian.
 */
#ifndef AMP_MAP_PLACES_GRID_H
#define AMP_MAP_PLACES_GRID_H

#include "base/buf.h"
#include "base/geo.h"
#include "map/amap.h"

enum {
    AMP_GRID_RINGS = 256
};

struct amp_grid_cell {
    uint32_t row, column;
    uint32_t first; /* its items end where the next cell's begin; a sentinel follows */
};

struct amp_grid {
    const struct amp_grid_cell *cell;
    const uint32_t *item;
    size_t cell_n; /* without the sentinel */
    size_t item_n;
    uint32_t cell_e7;
    uint32_t thing_size;
    const char *thing;         /* what the items number, to be fetched ahead; or NULL */
    uint32_t row_min, row_n;   /* rows that have cells; 0 until amp_grid_rows */
    const uint32_t *row_first; /* of these: their first cell; one more for the end */
};

/* Building: entries are collected in a buffer of struct amp_grid_entry, then sorted into two
 * sections. */
struct amp_grid_entry {
    uint32_t row, column, item;
};
void amp_grid_add(struct amp_buf *entries, uint32_t cell_e7, struct amp_pos pos, uint32_t item);
/* Every cell that the segment's box touches; segments should be short. */
void amp_grid_add_segment(struct amp_buf *entries, uint32_t cell_e7, const struct amp_pos ends[2],
                          uint32_t item);
/* Sort entries and append cells (with sentinel) and items to the buffers. */
amp_err amp_grid_arrange(struct amp_buf *entries, struct amp_buf *cells, struct amp_buf *items);

/* AMP_E_CORRUPT unless cells ascend and all items are below limit. */
AMP_MUST amp_err amp_grid_check(const struct amp_grid *grid, uint32_t limit);

/* Index the rows of an open grid, so that a cell is found at once. *out is the caller's to free and
 * lives as long as the grid. */
AMP_MUST amp_err amp_grid_rows(struct amp_grid *grid, uint32_t **out);

/* Visit items around pos, near ones first by rings of cells; some farther than the bound come too.
 * The visitor returns the new bound in metres: the walk ends when no cell can hold anything nearer.
 */
typedef double (*amp_grid_visit)(void *ctx, uint32_t item);
void amp_grid_walk(const struct amp_grid *grid, struct amp_pos pos, double bound_m,
                   amp_grid_visit visit, void *ctx);

#endif
