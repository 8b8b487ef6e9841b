/*
 * Demand: where and at which hours help is asked for, as shares of the whole. Pure.
 *
 * It is of places and hours and never of persons: an incident is one more in the count of a cell of
 * half a kilometre or more, and of an hour of the week; nothing else of it is taken. Where little
 * has happened yet, streets to live in stand in for people: they count like
 * AMP_DEMAND_PRIOR incidents spread over the map by their length, so with n incidents known their
 * part is PRIOR / (PRIOR + n), and whoever shows a demand says so (`map_percent`).
 *
 * Of the past, an incident of the same hour of the week, or an hour before or after it, counts
 * AMP_DEMAND_SAME times, at that time on another day AMP_DEMAND_ALIKE times, any other once.
 *
 * A cell has a middle, weighted by the streets in it: that is where its distance is measured. There
 * are cells only where there are roads; an incident elsewhere counts for a cell beside, or is
 * counted as outside.
 */
#ifndef AMP_RESPONSE_DEMAND_H
#define AMP_RESPONSE_DEMAND_H

#include "base/err.h"
#include "base/geo.h"
#include <stddef.h>

enum {
    AMP_DEMAND_CELL_M = 500,
    AMP_DEMAND_CELLS = 16384,     /* with more, cells have to be larger */
    AMP_DEMAND_SQUARES = 1 << 22, /* of the grid around them */
    AMP_DEMAND_WEEK_H = 168,      /* hour 0 begins on Monday at midnight, local time */
    AMP_DEMAND_WHOLE = 1000000,   /* what the demand of all cells adds up to, about */
    AMP_DEMAND_PRIOR = 50,
    AMP_DEMAND_SAME = 4,
    AMP_DEMAND_ALIKE = 2
};

struct amp_demand_cell {
    uint32_t row, column; /* from the south-west */
    struct amp_pos middle;
    double lived;               /* length of streets, weighted */
    double east, north, weight; /* sums, for the middle */
};

struct amp_demand {
    struct amp_pos south_west;
    int32_t lat_e7, lon_e7; /* size of a cell */
    uint32_t rows, columns;
    struct amp_demand_cell *cell;
    size_t cell_n, cell_cap;
    uint32_t *of_square; /* 1 + number of its cell, 0 for none */
    uint32_t *past;      /* incidents by cell and hour: [cell * AMP_DEMAND_WEEK_H + hour] */
    double lived;
    uint64_t past_n, outside_n;
};

/* Without cells, over a box; cells have the size of cell_m or, where the grid would have too many
 * squares, more. */
AMP_MUST amp_err amp_demand_make(const struct amp_box *box, double cell_m, struct amp_demand *out);
void amp_demand_free(struct amp_demand *demand); /* accepts zeroes */
/* A piece of road there; weight 0 makes a cell without saying that anybody lives there. What lies
 * outside the box is left out. AMP_E_LIMIT when there would be too many cells. */
AMP_MUST amp_err amp_demand_street(struct amp_demand *demand, struct amp_pos at, double length_m,
                                   int weight);
/* All streets are there: the middles are known, and incidents can be counted (none so far). */
AMP_MUST amp_err amp_demand_settle(struct amp_demand *demand);
/* An incident; hour of the week, 0 to 167. */
void amp_demand_incident(struct amp_demand *demand, struct amp_pos at, unsigned hour);
void amp_demand_forget(struct amp_demand *demand); /* all incidents */
/* The cell of a position, or SIZE_MAX. */
size_t amp_demand_cell_of(const struct amp_demand *demand, struct amp_pos at);
/* Of each cell, out of AMP_DEMAND_WHOLE, at an hour of the week (at no special one, if hour is
 * AMP_DEMAND_WEEK_H). out has cell_n places. */
void amp_demand_at(const struct amp_demand *demand, unsigned hour, uint32_t *out);
/* How much of it stands on the map's streets instead of incidents, 0 to 100. */
int amp_demand_map_percent(const struct amp_demand *demand);

#endif
