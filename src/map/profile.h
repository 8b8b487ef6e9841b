/*
 * From OSM tags to what a vehicle may do on a road: speed, direction, access, and what it must
 * pass.
 *
 * Pure tables and parsers. Speeds are km/h, 0 means closed. Sources: OSM wiki Key:highway,
 * Key:access, Key:oneway, Key:maxspeed, Key:barrier, Key:emergency, Tag:route=ferry; the ratio of
 * times with and without lights and sirens is that of the Auckland benchmark of the JEMSS
 * simulator.
 */
#ifndef AMP_MAP_PROFILE_H
#define AMP_MAP_PROFILE_H

#include "map/osm.h"
#include "map/roads.h"

enum {
    AMP_FERRY_WAIT_MS = 600000, /* mean wait for a ferry, paid when landing */
    AMP_FERRY_KMH = 15,         /* of a ferry without a duration */
    AMP_KMH_MAX = 130,          /* nobody is assumed to drive faster */
    AMP_PRIVATE_PERCENT = 200,  /* time on a private road, of that on a public one */
    AMP_RESERVED_PERCENT = 130, /* the same on a road reserved for emergency vehicles */
    AMP_ROAD_KEYS = 48,
};

/* The keys of an extract, looked up once. */
struct amp_road_tags {
    const struct amp_osm *osm;
    uint32_t key[AMP_ROAD_KEYS];
};

struct amp_road_attr {
    double kmh[AMP_PROFILE_COUNT][2]; /* along, against */
    double duration_s;                /* of a ferry's whole way; 0 if not said */
    uint16_t pass_percent;
    uint8_t pass; /* 0, or 1 + enum amp_pass_kind */
    uint8_t road_class;
    int8_t layer;
    uint32_t name; /* text number or AMP_OSM_ABSENT */
};

struct amp_barrier_attr {
    uint32_t cost_ms[AMP_PROFILE_COUNT]; /* INT32_MAX if it cannot be passed */
    uint8_t pass;                        /* 0, or 1 + enum amp_pass_kind */
};

struct amp_road_tags amp_road_tags_of(const struct amp_osm *osm);
/* False when no profile may use the way at all. */
bool amp_profile_way(const struct amp_road_tags *tags, uint32_t way, struct amp_road_attr *out);
/* False when nothing stands on the node that costs time. */
bool amp_profile_node(const struct amp_road_tags *tags, uint32_t node,
                      struct amp_barrier_attr *out);

const char *amp_road_class_name(uint8_t road_class); /* OSM highway value, or "ferry" */
uint8_t amp_road_class_count(void);
bool amp_road_class_is_ferry(uint8_t road_class);
/* Parsers, in the open for tests. 0 when the text says nothing usable. */
double amp_maxspeed_kmh(const char *text);
double amp_duration_s(const char *text);
double amp_height_cm(const char *text);

#endif
