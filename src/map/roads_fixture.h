/*
 * A map for a test: built from an extract or from a text, opened, with a metric and a query. Tests
 * only.
 */
#ifndef AMP_MAP_ROADS_FIXTURE_H
#define AMP_MAP_ROADS_FIXTURE_H

#include "map/roads_in.h"

struct amp_fixture {
    struct amp_osm osm;
    struct amp_amap *amap;
    struct amp_roads *roads;
    struct amp_metric *metric[AMP_PROFILE_COUNT];
    struct amp_road_query *query;
    struct amp_arena arena;
    struct amp_road_counts counts;
};

/* Asserts that everything works. */
void amp_fixture_of_file(const char *path, struct amp_fixture *out);
/* A made-up town of the smallest size. */
void amp_fixture_of_town(uint64_t seed, struct amp_fixture *out);
/* body: the elements inside <osm>. */
void amp_fixture_of_xml(const char *body, struct amp_fixture *out);
void amp_fixture_free(struct amp_fixture *fx);

/* Seeded chance, the same on every machine (xorshift64*). */
uint64_t amp_fixture_chance(uint64_t *state);
/* A position near a random vertex. */
struct amp_pos amp_fixture_pos(const struct amp_fixture *fx, uint64_t *state);

/* Drives `path` and counts the raw restriction relations that it breaks, without the road graph's
 * own idea of them; prints each. */
unsigned amp_fixture_breaches(const struct amp_fixture *fx, enum amp_profile profile,
                              const struct amp_road_path *path);

#endif
