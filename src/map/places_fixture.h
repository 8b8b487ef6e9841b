/* Test help: the places and tiles of a real extract, built once into a file of their own. */
#ifndef AMP_MAP_PLACES_FIXTURE_H
#define AMP_MAP_PLACES_FIXTURE_H

#include "map/places.h"
#include "map/tiles.h"

struct amp_fixture {
    struct amp_osm osm;
    struct amp_amap *amap;
    struct amp_places *places;
    struct amp_tiles *tiles;
    struct amp_place_counts counts;
    char path[256];
};

/* False if the extract is absent. Any other trouble ends the test program. */
bool amp_fixture_open(const char *file, struct amp_fixture *out);
/* From an extract in memory (OSM XML). */
void amp_fixture_of_xml(const char *xml, struct amp_fixture *out);
void amp_fixture_close(struct amp_fixture *fixture);
/* A position as degrees, for short tests. */
struct amp_pos amp_at(double lat, double lon);
/* xorshift64*: a seeded sequence. */
uint64_t amp_fixture_random(uint64_t *state);

#endif
