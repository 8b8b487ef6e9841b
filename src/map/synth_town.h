/*
 * The town under construction: nodes, ways and relations with their tags, and chance from a seed.
 *
 * Positions are metres east (x) and north (y) of the centre at AMP_TOWN_LAT, AMP_TOWN_LON: open sea
 * off the coast of Mozambique, so that no made-up street lies on a real one. Numbers of nodes and
 * ways count from 0; in the file ids count from 1. Running out of memory is sticky (town->err).
 * Arithmetic is +, -, *, / and sqrt only (IEEE 754 defines them exactly), so every machine
 * makes the same town.
 */
#ifndef AMP_MAP_SYNTH_TOWN_H
#define AMP_MAP_SYNTH_TOWN_H

#include "base/arena.h"
#include "base/chance.h"
#include "map/osmwrite.h"

enum {
    AMP_TOWN_LAT = -20,
    AMP_TOWN_LON = 36,
    AMP_TOWN_CELL_M = 600,   /* side of a district */
    AMP_TOWN_CELLS = 5,      /* districts along one side of a town of size 1 */
    AMP_TOWN_WAY_NODES = 400 /* at most in one way */
};

struct amp_xy {
    double x, y;
};

double amp_wave(double turns); /* sine of so many full turns */

struct amp_town_object {
    uint32_t tag_first, tag_n;
    uint32_t part_first, part_n; /* refs or links */
};

enum amp_road_way {
    AMP_WAY_NO_ROAD, /* nobody drives here */
    AMP_WAY_TWO_WAY,
    AMP_WAY_ONE_WAY,  /* may be opened the other way to keep the town connected */
    AMP_WAY_ONE_FIXED /* a roundabout or a carriageway */
};

struct amp_town {
    struct amp_arena arena; /* texts */
    amp_err err;
    struct amp_chance chance;
    unsigned size;

    struct amp_xy *node_at;
    struct amp_town_object *node;
    struct amp_town_object *way;
    uint8_t *way_road; /* enum amp_road_way */
    struct amp_town_object *rel;
    struct amp_osm_pair *tag;
    uint32_t *ref;
    struct amp_osm_link *link; /* ids are numbers until written */
    uint32_t node_n, node_cap, node_at_cap, way_n, way_cap, way_road_cap, rel_n, rel_cap;
    uint32_t tag_n, tag_cap, ref_n, ref_cap, link_n, link_cap;
    struct amp_town_object *open;       /* the object that gets the tags */
    uint32_t street_names, place_names; /* given away so far */
};

void amp_town_init(struct amp_town *town, uint64_t seed, unsigned size);
void amp_town_finish(struct amp_town *town);

/* Open an object; amp_town_tag then adds to it until the next one is opened. */
uint32_t amp_town_node(struct amp_town *town, struct amp_xy at);
uint32_t amp_town_way(struct amp_town *town, enum amp_road_way road, const uint32_t *ref, size_t n);
uint32_t amp_town_relation(struct amp_town *town, const struct amp_osm_link *link, size_t n);
/* Texts must live as long as the town: literals, or of town->arena. NULL values are left out. */
void amp_town_tag(struct amp_town *town, const char *key, const char *value);
/* A closed way of nodes of its own. */
uint32_t amp_town_area(struct amp_town *town, const struct amp_xy *corner, size_t n);
/* A text that lives as long as the town. */
const char *amp_town_text(struct amp_town *town, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Open one-way streets until everybody can reach everything and come back. */
void amp_town_connect(struct amp_town *town, uint32_t root_node);
AMP_MUST amp_err amp_town_write(struct amp_town *town, const char *path,
                                const struct amp_progress *progress, struct amp_why *why);

/* Names, each different until the table is used up. */
const char *amp_town_street_name(struct amp_town *town);
const char *amp_town_avenue_name(struct amp_town *town, uint32_t number);
const char *amp_town_suburb_name(struct amp_town *town);

#endif
