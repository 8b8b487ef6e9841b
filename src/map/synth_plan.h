/*
 * The plan of the town: a warped lattice of main roads with a river, and the districts between
 * them.
 *
 * Lattice vertex (i, j): column i of 0..cols from west to east, row j of 0..rows from south to
 * north. An edge is the road from a vertex to its eastern or northern neighbour; its points run
 * from s = 0 to s = 1, and streets of the districts join it in between. A cell is what four edges
 * enclose: a district, or a piece of river.
 */
#ifndef AMP_MAP_SYNTH_PLAN_H
#define AMP_MAP_SYNTH_PLAN_H

#include "map/synth_town.h"

enum {
    AMP_PLAN_BENDS = 6,        /* points along an edge, both ends not counted */
    AMP_PLAN_EDGE_POINTS = 64, /* with the streets that join */
    AMP_PLAN_RIVER_M = 200,    /* from quay to quay */
    AMP_NEEDS = 12             /* kinds of hospitals, stations, schools, ... */
};

enum amp_plan_class {
    AMP_PLAN_NO_ROAD, /* a line on the plan only: the river is in the way */
    AMP_PLAN_TERTIARY,
    AMP_PLAN_SECONDARY,
    AMP_PLAN_PRIMARY,
    AMP_PLAN_RING
};

struct amp_plan_point {
    double s;
    struct amp_xy at;
    uint32_t node;
};

struct amp_plan_edge {
    struct amp_plan_point point[AMP_PLAN_EDGE_POINTS];
    uint32_t point_n; /* 0: no road here */
    enum amp_plan_class class;
    bool bridge;  /* streets do not join */
    bool divided; /* two carriageways: streets do not join */
    const char *name;
    uint32_t way; /* number of its way, when not divided */
};

struct amp_plan_vertex {
    struct amp_xy base; /* before warping */
    struct amp_xy jitter;
    struct amp_xy at;
    uint32_t node; /* when no roundabout */
    bool roundabout;
};

enum amp_cell_kind {
    AMP_CELL_RESIDENTIAL,
    AMP_CELL_CENTRE,
    AMP_CELL_OLD,   /* narrow living streets */
    AMP_CELL_GATED, /* private roads behind gates */
    AMP_CELL_INDUSTRY,
    AMP_CELL_PARK,
    AMP_CELL_RIVER
};

struct amp_plan {
    struct amp_town *town;
    uint32_t cols, rows; /* cells; vertices are one more each way */
    struct amp_plan_vertex *vertex;
    struct amp_plan_edge *east;  /* from (i, j) to (i + 1, j) */
    struct amp_plan_edge *north; /* from (i, j) to (i, j + 1) */
    uint8_t *cell;               /* enum amp_cell_kind */
    double half_w, half_h;
    double phase[4];
    uint32_t district_n;          /* made so far */
    uint32_t need_due[AMP_NEEDS]; /* hospitals and the like that wait for a district */
};

/* Lays out lattice, river, bridges, roundabouts and what each district is. */
void amp_plan_make(struct amp_plan *plan, struct amp_town *town);
void amp_plan_free(struct amp_plan *plan);
/* Once the districts have joined their streets: main roads, turn restrictions, river, ferry. */
void amp_plan_roads(struct amp_plan *plan);

struct amp_plan_vertex *amp_plan_vertex(const struct amp_plan *plan, uint32_t i, uint32_t j);
struct amp_plan_edge *amp_plan_east(const struct amp_plan *plan, uint32_t i, uint32_t j);
struct amp_plan_edge *amp_plan_north(const struct amp_plan *plan, uint32_t i, uint32_t j);
bool amp_plan_row_is_river(const struct amp_plan *plan, uint32_t row);
bool amp_plan_row_is_bank(const struct amp_plan *plan, uint32_t j); /* of vertices */
struct amp_xy amp_plan_warp(const struct amp_plan *plan, struct amp_xy base);
/* The node at s on an edge: one nearby that is there already, or a new one. False when streets may
 * not join there. */
bool amp_plan_join(struct amp_plan *plan, struct amp_plan_edge *edge, double s, struct amp_xy at,
                   uint32_t *node);

/* One district: streets, then buildings and what people need. */
void amp_district_make(struct amp_plan *plan, uint32_t i, uint32_t j);

#endif
