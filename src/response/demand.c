/* Demand by cell and hour: a grid over the map, streets as prior, incidents as counts. */
#include "response/demand.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DAY_H = 24,
    CELLS_FIRST = 256
};

#define METRE_E7 (1e7 / 111194.93) /* of latitude: 6371008.8 m times pi / 180 is a degree */

static int32_t span_e7(const struct amp_box *box)
{
    int64_t width = (int64_t)box->east_e7 - box->west_e7;
    return (int32_t)((width < 0 ? width + INT64_C(3600000000) : width) / 2); /* half: it fits */
}

amp_err amp_demand_make(const struct amp_box *box, double cell_m, struct amp_demand *out)
{
    double height = (double)box->north_e7 - box->south_e7, width = 2.0 * span_e7(box);
    double middle = (box->south_e7 + height / 2) * (M_PI / 180e7);
    double shrink = fmax(cos(middle), 0.05); /* cells near a pole are narrow all the same */
    double lat = fmax(cell_m, 1) * METRE_E7, lon = lat / shrink;
    while ((height / lat + 1) * (width / lon + 1) > AMP_DEMAND_SQUARES) {
        lat *= 1.25;
        lon *= 1.25;
    }
    struct amp_demand demand = {.south_west = {box->south_e7, box->west_e7},
                                .lat_e7 = (int32_t)lat,
                                .lon_e7 = (int32_t)fmin(lon, INT32_MAX),
                                .rows = (uint32_t)(height / floor(lat)) + 1,
                                .columns = (uint32_t)(width / floor(lon)) + 1};
    demand.of_square = calloc((size_t)demand.rows * demand.columns, sizeof *demand.of_square);
    if (!demand.of_square) {
        return AMP_E_NOMEM;
    }
    *out = demand;
    return AMP_OK;
}

void amp_demand_free(struct amp_demand *demand)
{
    free(demand->cell);
    free(demand->of_square);
    free(demand->past);
    *demand = (struct amp_demand){0};
}

/* East of the south-west corner, the short way or the long one: a box may be wider than half. */
static int64_t east_of(const struct amp_demand *demand, struct amp_pos at)
{
    int64_t east = (int64_t)at.lon_e7 - demand->south_west.lon_e7;
    return east < 0 ? east + INT64_C(3600000000) : east;
}

static bool square_of(const struct amp_demand *demand, struct amp_pos at, uint32_t *row,
                      uint32_t *column)
{
    int64_t north = (int64_t)at.lat_e7 - demand->south_west.lat_e7;
    int64_t east = east_of(demand, at);
    if (north < 0 || north / demand->lat_e7 >= demand->rows ||
        east / demand->lon_e7 >= demand->columns) {
        return false;
    }
    *row = (uint32_t)(north / demand->lat_e7);
    *column = (uint32_t)(east / demand->lon_e7);
    return true;
}

static amp_err cell_open(struct amp_demand *demand, uint32_t row, uint32_t column, uint32_t *out)
{
    uint32_t *number = &demand->of_square[(size_t)row * demand->columns + column];
    if (*number == 0 && demand->cell_n == AMP_DEMAND_CELLS) {
        return AMP_E_LIMIT;
    }
    if (*number == 0 && demand->cell_n == demand->cell_cap) {
        size_t cap = demand->cell_cap ? 2 * demand->cell_cap : CELLS_FIRST;
        struct amp_demand_cell *grown = reallocarray(demand->cell, cap, sizeof *grown);
        if (!grown) {
            return AMP_E_NOMEM;
        }
        demand->cell = grown;
        demand->cell_cap = cap;
    }
    if (*number == 0) {
        demand->cell[demand->cell_n++] = (struct amp_demand_cell){.row = row, .column = column};
        *number = (uint32_t)demand->cell_n;
    }
    *out = *number - 1;
    return AMP_OK;
}

amp_err amp_demand_street(struct amp_demand *demand, struct amp_pos at, double length_m, int weight)
{
    uint32_t row = 0, column = 0, number = 0;
    if (!square_of(demand, at, &row, &column)) {
        return AMP_OK;
    }
    amp_err err = cell_open(demand, row, column, &number);
    if (err) {
        return err;
    }
    struct amp_demand_cell *cell = &demand->cell[number];
    double lived = length_m * weight;
    double pull =
        length_m * (weight ? weight : 0.01); /* streets to live in say where the middle is */
    cell->lived += lived;
    demand->lived += lived;
    cell->weight += pull;
    cell->east += pull * (double)(east_of(demand, at) - (int64_t)column * demand->lon_e7);
    cell->north +=
        pull * ((double)at.lat_e7 - demand->south_west.lat_e7 - (double)row * demand->lat_e7);
    return AMP_OK;
}

static void middle_set(const struct amp_demand *demand, struct amp_demand_cell *cell)
{
    double weight = cell->weight > 0 ? cell->weight : 1;
    int64_t lat = demand->south_west.lat_e7 + (int64_t)cell->row * demand->lat_e7 +
                  llround(cell->north / weight);
    int64_t lon = demand->south_west.lon_e7 + (int64_t)cell->column * demand->lon_e7 +
                  llround(cell->east / weight);
    lon = lon >= INT64_C(1800000000) ? lon - INT64_C(3600000000) : lon;
    cell->middle = (struct amp_pos){(int32_t)lat, (int32_t)lon};
}

amp_err amp_demand_settle(struct amp_demand *demand)
{
    assert(!demand->past);
    demand->past = calloc(demand->cell_n * AMP_DEMAND_WEEK_H + 1, sizeof *demand->past);
    if (!demand->past) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < demand->cell_n; i++) {
        middle_set(demand, &demand->cell[i]);
    }
    return AMP_OK;
}

static size_t at_square(const struct amp_demand *demand, int64_t row, int64_t column)
{
    if (row < 0 || column < 0 || row >= demand->rows || column >= demand->columns) {
        return SIZE_MAX;
    }
    uint32_t number = demand->of_square[(size_t)row * demand->columns + (size_t)column];
    return number ? number - 1 : SIZE_MAX;
}

/* Its own cell, or the one of those around it whose middle is nearest. */
size_t amp_demand_cell_of(const struct amp_demand *demand, struct amp_pos at)
{
    uint32_t row = 0, column = 0;
    if (!square_of(demand, at, &row, &column)) {
        return SIZE_MAX;
    }
    size_t own = at_square(demand, row, column), best = own;
    double best_m = INFINITY;
    for (int i = 0; own == SIZE_MAX && i < 9; i++) {
        size_t near = at_square(demand, (int64_t)row + i / 3 - 1, (int64_t)column + i % 3 - 1);
        double near_m =
            near == SIZE_MAX ? INFINITY : amp_pos_distance_m(at, demand->cell[near].middle);
        if (near_m < best_m) {
            best = near;
            best_m = near_m;
        }
    }
    return best;
}

void amp_demand_incident(struct amp_demand *demand, struct amp_pos at, unsigned hour)
{
    assert(demand->past && hour < AMP_DEMAND_WEEK_H);
    size_t cell = amp_demand_cell_of(demand, at);
    if (cell == SIZE_MAX) {
        demand->outside_n++;
        return;
    }
    demand->past[cell * AMP_DEMAND_WEEK_H + hour]++;
    demand->past_n++;
}

void amp_demand_forget(struct amp_demand *demand)
{
    assert(demand->past);
    memset(demand->past, 0, demand->cell_n * AMP_DEMAND_WEEK_H * sizeof *demand->past);
    demand->past_n = 0;
    demand->outside_n = 0;
}

/* How much an incident of hour `then` says about hour `now`. */
static unsigned hour_weight(unsigned then, unsigned now)
{
    if (now >= AMP_DEMAND_WEEK_H) {
        return 1;
    }
    unsigned week = (then + AMP_DEMAND_WEEK_H - now + 1) % AMP_DEMAND_WEEK_H;
    unsigned day = (then + AMP_DEMAND_WEEK_H - now + 1) % DAY_H;
    return week <= 2 ? AMP_DEMAND_SAME : day <= 2 ? AMP_DEMAND_ALIKE : 1;
}

static uint64_t cell_past(const struct amp_demand *demand, size_t cell,
                          const unsigned weight[AMP_DEMAND_WEEK_H])
{
    const uint32_t *past = &demand->past[cell * AMP_DEMAND_WEEK_H];
    uint64_t sum = 0;
    for (unsigned h = 0; h < AMP_DEMAND_WEEK_H; h++) {
        sum += (uint64_t)past[h] * weight[h];
    }
    return sum;
}

void amp_demand_at(const struct amp_demand *demand, unsigned hour, uint32_t *out)
{
    unsigned weight[AMP_DEMAND_WEEK_H];
    uint64_t all = 0;
    assert(demand->past);
    for (unsigned h = 0; h < AMP_DEMAND_WEEK_H; h++) {
        weight[h] = hour_weight(h, hour);
    }
    for (size_t i = 0; i < demand->cell_n && demand->past_n; i++) {
        all += cell_past(demand, i, weight);
    }
    double n = (double)demand->past_n, prior = demand->lived > 0 ? AMP_DEMAND_PRIOR : 0;
    double known = n + prior > 0 ? n / (n + prior) : 0;
    for (size_t i = 0; i < demand->cell_n; i++) {
        double past = all ? (double)cell_past(demand, i, weight) / (double)all : 0;
        double lived = demand->lived > 0 ? demand->cell[i].lived / demand->lived : 0;
        out[i] = (uint32_t)llround(AMP_DEMAND_WHOLE * (known * past + (1 - known) * lived));
    }
}

int amp_demand_map_percent(const struct amp_demand *demand)
{
    double prior = demand->lived > 0 ? AMP_DEMAND_PRIOR : 0;
    double all = prior + (double)demand->past_n;
    return all > 0 ? (int)lround(100 * prior / all) : 0;
}
