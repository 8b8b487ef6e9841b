/*
 * What the tags of a road and of a barrier come to, without any vehicle's settings: facts that lie
 * in the file, so that one map serves every fleet.
 *
 * Roads with the same facts share one kind. Who may use it is said for four groups; which group a
 * profile belongs to, how large and how fast it is are settings (map/settings.h, map/rules.h).
 * Sources: OSM wiki Key:highway, Key:access, Key:oneway, Key:barrier, Key:emergency, Key:maxheight,
 * Key:maxweight, Key:surface, Key:tracktype, Key:smoothness, Key:ford, Tag:route=ferry.
 */
#ifndef AMP_MAP_ROAD_KIND_H
#define AMP_MAP_ROAD_KIND_H

#include "map/hours.h"

enum amp_road_group {
    AMP_GROUP_CAR,
    AMP_GROUP_EMERGENCY, /* on four wheels or more, on duty */
    AMP_GROUP_MOTORCYCLE,
    AMP_GROUP_FOOT,
    AMP_GROUP_COUNT
};

enum amp_road_access { /* from best to worst */
    AMP_ACCESS_OPEN,
    AMP_ACCESS_RESERVED, /* for emergency vehicles, buses or people on foot */
    AMP_ACCESS_PRIVATE,
    AMP_ACCESS_CONTRAFLOW, /* against a oneway: only where a setting allows it */
    AMP_ACCESS_CLOSED,
    AMP_ACCESS_COUNT
};

enum amp_road_flag {
    AMP_ROAD_ROUNDABOUT = 1,
    AMP_ROAD_BRIDGE = 2,
    AMP_ROAD_TUNNEL = 4,
    AMP_ROAD_FORD = 8,
    AMP_ROAD_SEASONAL = 16, /* also winter and ice roads, and what floods */
    AMP_ROAD_4WD = 32,
    AMP_ROAD_LEFT = 64,   /* driving_side=left */
    AMP_ROAD_RIGHT = 128, /* driving_side=right */
    AMP_ROAD_LOCKED = 256,
    AMP_ROAD_FLAGS = 512 /* above all of them */
};

struct amp_road_kind {
    uint8_t road_class;
    uint8_t surface;                    /* amp_surface_name; 0 when not said */
    uint8_t tracktype;                  /* 1 to 5; 0 when not said */
    uint8_t smoothness;                 /* amp_smoothness_name; 0 when not said */
    uint8_t access[AMP_GROUP_COUNT][2]; /* along, against: enum amp_road_access */
    uint16_t flags;
    uint16_t limit_kmh10[2];      /* maxspeed in tenths of km/h; 0 when there is none */
    uint16_t max[AMP_SIZE_COUNT]; /* by enum amp_size, in its unit; 0 when there is none */
    uint16_t wide_cm;             /* of the road itself; 0 when not said */
    uint16_t cond_n;
    uint16_t spare;
    uint32_t cond_first;
    uint32_t ferry_pace; /* from its duration, as in map/rules.h; 0 when not said */
};

enum amp_cond_what {
    AMP_COND_ACCESS,
    AMP_COND_SPEED
};
struct amp_road_cond {
    uint8_t what;
    uint8_t access;     /* of AMP_COND_ACCESS: what it becomes */
    uint8_t mask;       /* ACCESS: bit 2 * group + direction; SPEED: bit direction */
    uint8_t understood; /* 0: it may hold at any time */
    uint16_t kmh10;     /* of AMP_COND_SPEED; 0: no limit */
    uint8_t hour_n;
    uint8_t spare;
    uint32_t hour_first;
    struct amp_size_test test;
};

/* A turn that is forbidden only at times. */
struct amp_road_turn_cond {
    uint32_t arc;
    uint32_t hour_first;
    uint8_t hour_n;
    uint8_t mask; /* bit p: for profile p */
    uint8_t spare[2];
    struct amp_size_test test;
};

#define AMP_BARRIER_SHUT UINT16_MAX
struct amp_road_barrier { /* ascending by vertex, one each */
    uint32_t vertex;
    uint16_t cost_s[AMP_GROUP_COUNT]; /* to go through; AMP_BARRIER_SHUT if one cannot */
    uint16_t max[AMP_SIZE_COUNT];     /* as in a kind */
    uint8_t pass;                     /* 0, or 1 + enum amp_pass_kind */
    uint8_t locked;
    uint8_t spare[2];
};

/* ---- the classes, and what their words are ---- */

struct amp_class_row {
    const char *name; /* OSM highway value, or "ferry" */
    double kmh;       /* without a limit */
    uint8_t time;     /* enum amp_setting: its time with lights and sirens */
    bool slow;        /* a limit cannot make it faster than kmh */
    uint8_t by_default[AMP_GROUP_COUNT];
};
const struct amp_class_row *amp_class_row_of(uint8_t road_class);
const char *amp_road_class_name(uint8_t road_class);
uint8_t amp_road_class_count(void);
bool amp_road_class_is_ferry(uint8_t road_class);
bool amp_road_class_is_motorway(uint8_t road_class); /* links included */
bool amp_road_class_is_link(uint8_t road_class);
const char *amp_surface_name(uint8_t surface); /* "" for 0 */
const char *amp_smoothness_name(uint8_t smoothness);
uint8_t amp_surface_count(void);
uint8_t amp_smoothness_count(void);
/* The pace a surface, a track type and a smoothness allow a sturdy van; 0: any. */
double amp_rough_kmh(const struct amp_road_kind *kind);
/* Whether a crew should know of it before it goes there; *off_road says for whom: 100 is a car. */
bool amp_rough_risky(const struct amp_road_kind *kind, double off_road_percent);

bool amp_road_kind_fits(const struct amp_road_kind *kind); /* what a hostile file may say */
bool amp_road_cond_fits(const struct amp_road_cond *cond);
bool amp_size_test_fits(const struct amp_size_test *test);

#endif
