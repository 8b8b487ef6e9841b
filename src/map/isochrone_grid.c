/* A grid over what is reached, each corner with its distance to the nearest reached road. */
#include "map/isochrone_in.h"

#include <float.h>
#include <math.h>

#define M_PER_E7       (6371008.8 * M_PI / 180 * 1e-7) /* of latitude */
#define LAT_E7_PER_RAD (180e7 / M_PI)

static const int64_t half_turn_e7 = 1800000000;
static const double cells_of_buffer = 2.5;
static const double least_cos = 0.01; /* near a pole, cells get no wider */

double amp_iso_buffer_m(const struct amp_iso_grid *grid)
{
    return fmax(AMP_ISO_BUFFER_M, cells_of_buffer * grid->cell_m);
}

/* Where the antimeridian is, in 1e-7 degrees east of `from`: beyond the extent, or within. */
static bool antimeridian_find(const struct amp_iso_extent *extent, double margin_e7,
                              int64_t *out_e7)
{
    int64_t east = half_turn_e7 - extent->from.lon_e7;
    int64_t west = -half_turn_e7 - extent->from.lon_e7;
    double left = (double)extent->west - margin_e7, right = (double)extent->east + margin_e7;
    *out_e7 = (double)east < right ? east : west;
    return (double)*out_e7 > left && (double)*out_e7 < right;
}

static int32_t lon_wrap(int64_t lon_e7)
{
    while (lon_e7 > half_turn_e7) {
        lon_e7 -= 2 * half_turn_e7;
    }
    while (lon_e7 < -half_turn_e7) {
        lon_e7 += 2 * half_turn_e7;
    }
    return (int32_t)lon_e7;
}

amp_err amp_iso_grid_make(const struct amp_iso_extent *extent, struct amp_arena *arena,
                          struct amp_iso_grid *out)
{
    struct amp_iso_grid grid = {.split = -1, .lat_m = M_PER_E7, .cell_m = AMP_ISO_CELL_M};
    double middle = ((double)extent->from.lat_e7 + (double)(extent->south + extent->north) / 2);
    grid.lon_m = M_PER_E7 * fmax(cos(middle / LAT_E7_PER_RAD), least_cos);
    double wide_m = (double)(extent->east - extent->west) * grid.lon_m;
    double high_m = (double)(extent->north - extent->south) * grid.lat_m;
    enum {
        EDGE = 5 /* cells around the extent: the buffer and one more */
    };
    double most_m = fmax(wide_m, high_m) + 2.0 * AMP_ISO_BUFFER_M;
    grid.cell_m = fmax(grid.cell_m, most_m / (AMP_ISO_SIDE - 4 * EDGE));
    double margin_m = amp_iso_buffer_m(&grid) + grid.cell_m;
    double west_e7 = (double)extent->west - margin_m / grid.lon_m;
    double south_e7 = (double)extent->south - margin_m / grid.lat_m;
    int64_t antimeridian_e7 = 0;
    if (antimeridian_find(extent, margin_m / grid.lon_m, &antimeridian_e7)) {
        double cells = ceil(((double)antimeridian_e7 - west_e7) * grid.lon_m / grid.cell_m);
        west_e7 = (double)antimeridian_e7 - cells * grid.cell_m / grid.lon_m;
        grid.split = (int64_t)cells;
    }
    double east_e7 = (double)extent->east + margin_m / grid.lon_m;
    grid.width = 2 + (int64_t)((east_e7 - west_e7) * grid.lon_m / grid.cell_m);
    grid.height = 2 + (int64_t)((high_m + 2 * margin_m) / grid.cell_m);
    grid.origin.lon_e7 = lon_wrap(extent->from.lon_e7 + llround(west_e7));
    grid.origin.lat_e7 = (int32_t)(extent->from.lat_e7 + llround(south_e7));
    grid.dist_m = amp_arena_array(arena, (size_t)(grid.width * grid.height), sizeof(float));
    if (grid.dist_m == NULL) {
        return AMP_E_NOMEM;
    }
    for (int64_t i = 0; i < grid.width * grid.height; i++) {
        grid.dist_m[i] = FLT_MAX;
    }
    *out = grid;
    return AMP_OK;
}

struct line { /* in metres from the grid's origin */
    double x, y, dx, dy;
};

static void row_stamp(struct amp_iso_grid *grid, const struct line *line, int64_t row,
                      int64_t first, int64_t last)
{
    float *dist_m = &grid->dist_m[row * grid->width];
    double py = (double)row * grid->cell_m - line->y;
    double length2 = line->dx * line->dx + line->dy * line->dy;
    double inverse = length2 > 0 ? 1 / length2 : 0;
    for (int64_t col = first; col <= last; col++) {
        double px = (double)col * grid->cell_m - line->x;
        double share = (px * line->dx + py * line->dy) * inverse;
        share = share < 0 ? 0 : share > 1 ? 1 : share;
        double ox = px - share * line->dx, oy = py - share * line->dy;
        float there_m = sqrtf((float)(ox * ox + oy * oy));
        dist_m[col] = there_m < dist_m[col] ? there_m : dist_m[col];
    }
}

static int64_t cell_of(double m, double cell_m, int64_t n)
{
    double at = floor(m / cell_m);
    return at < 0 ? 0 : at > (double)(n - 1) ? n - 1 : (int64_t)at;
}

void amp_iso_grid_stamp(struct amp_iso_grid *grid, struct amp_pos a, struct amp_pos b)
{
    double reach_m = amp_iso_buffer_m(grid) + grid->cell_m;
    struct line line = {
        .x = amp_lon_delta_e7(grid->origin.lon_e7, a.lon_e7) * grid->lon_m,
        .y = ((double)a.lat_e7 - grid->origin.lat_e7) * grid->lat_m,
        .dx = amp_lon_delta_e7(a.lon_e7, b.lon_e7) * grid->lon_m,
        .dy = ((double)b.lat_e7 - a.lat_e7) * grid->lat_m,
    };
    int64_t first = cell_of(line.x + fmin(line.dx, 0) - reach_m, grid->cell_m, grid->width);
    int64_t last = cell_of(line.x + fmax(line.dx, 0) + reach_m, grid->cell_m, grid->width);
    int64_t low = cell_of(line.y + fmin(line.dy, 0) - reach_m, grid->cell_m, grid->height);
    int64_t high = cell_of(line.y + fmax(line.dy, 0) + reach_m, grid->cell_m, grid->height);
    for (int64_t row = low; row <= high; row++) {
        row_stamp(grid, &line, row, first, last);
    }
}
