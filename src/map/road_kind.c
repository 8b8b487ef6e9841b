/* The kinds of road: their classes, surfaces, and what a file may say of them. */
#include "map/road_kind.h"
#include "map/road_values.h"
#include "map/settings.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define OPEN_TO_ALL                                                                                \
    {                                                                                              \
        AMP_ACCESS_OPEN, AMP_ACCESS_OPEN, AMP_ACCESS_OPEN, AMP_ACCESS_OPEN                         \
    }
#define NOT_ON_FOOT                                                                                \
    {                                                                                              \
        AMP_ACCESS_OPEN, AMP_ACCESS_OPEN, AMP_ACCESS_OPEN, AMP_ACCESS_CLOSED                       \
    }
#define FOR_BUSES                                                                                  \
    {                                                                                              \
        AMP_ACCESS_CLOSED, AMP_ACCESS_RESERVED, AMP_ACCESS_RESERVED, AMP_ACCESS_CLOSED             \
    }
#define FOR_WALKING                                                                                \
    {                                                                                              \
        AMP_ACCESS_CLOSED, AMP_ACCESS_RESERVED, AMP_ACCESS_RESERVED, AMP_ACCESS_OPEN               \
    }
#define ON_FOOT_ONLY                                                                               \
    {                                                                                              \
        AMP_ACCESS_CLOSED, AMP_ACCESS_CLOSED, AMP_ACCESS_CLOSED, AMP_ACCESS_OPEN                   \
    }

static const struct amp_class_row class_table[] = {
    {"motorway", 110, AMP_SET_TIME_MOTORWAY, false, NOT_ON_FOOT},
    {"motorway_link", 60, AMP_SET_TIME_MOTORWAY, false, NOT_ON_FOOT},
    {"trunk", 85, AMP_SET_TIME_TRUNK, false, OPEN_TO_ALL},
    {"trunk_link", 50, AMP_SET_TIME_TRUNK, false, OPEN_TO_ALL},
    {"primary", 60, AMP_SET_TIME_PRIMARY, false, OPEN_TO_ALL},
    {"primary_link", 45, AMP_SET_TIME_PRIMARY, false, OPEN_TO_ALL},
    {"secondary", 50, AMP_SET_TIME_SECONDARY, false, OPEN_TO_ALL},
    {"secondary_link", 40, AMP_SET_TIME_SECONDARY, false, OPEN_TO_ALL},
    {"tertiary", 40, AMP_SET_TIME_TERTIARY, false, OPEN_TO_ALL},
    {"tertiary_link", 35, AMP_SET_TIME_TERTIARY, false, OPEN_TO_ALL},
    {"unclassified", 35, AMP_SET_TIME_UNCLASSIFIED, false, OPEN_TO_ALL},
    {"residential", 30, AMP_SET_TIME_RESIDENTIAL, false, OPEN_TO_ALL},
    {"road", 30, AMP_SET_TIME_RESIDENTIAL, false, OPEN_TO_ALL},
    {"living_street", 12, AMP_SET_TIME_OTHER, true, OPEN_TO_ALL},
    {"service", 15, AMP_SET_TIME_OTHER, true, OPEN_TO_ALL},
    {"track", 15, AMP_SET_TIME_OTHER, true, OPEN_TO_ALL},
    {"busway", 40, AMP_SET_TIME_RESIDENTIAL, false, FOR_BUSES},
    {"pedestrian", 10, AMP_SET_TIME_OTHER, true, FOR_WALKING},
    {"footway", 8, AMP_SET_TIME_OTHER, true, ON_FOOT_ONLY},
    {"cycleway", 8, AMP_SET_TIME_OTHER, true, ON_FOOT_ONLY},
    {"path", 8, AMP_SET_TIME_OTHER, true, ON_FOOT_ONLY},
    {"bridleway", 8, AMP_SET_TIME_OTHER, true, ON_FOOT_ONLY},
    {"steps", 0, AMP_SET_TIME_OTHER, true, ON_FOOT_ONLY},
    {"ferry", 0, AMP_SET_TIME_OTHER, true, OPEN_TO_ALL},
};
enum {
    CLASS_COUNT = sizeof(class_table) / sizeof(class_table[0]),
    CLASS_FERRY = CLASS_COUNT - 1
};

const struct amp_class_row *amp_class_row_of(uint8_t road_class)
{
    assert(road_class < CLASS_COUNT);
    return &class_table[road_class];
}

const char *amp_road_class_name(uint8_t road_class)
{
    return amp_class_row_of(road_class)->name;
}

uint8_t amp_road_class_count(void)
{
    return CLASS_COUNT;
}

bool amp_road_class_is_ferry(uint8_t road_class)
{
    return road_class == CLASS_FERRY;
}

bool amp_road_class_is_motorway(uint8_t road_class)
{
    return amp_class_row_of(road_class)->time == AMP_SET_TIME_MOTORWAY;
}

bool amp_road_class_is_link(uint8_t road_class)
{
    return strstr(amp_class_row_of(road_class)->name, "_link") != NULL;
}

/* ---- surfaces ---- */

struct surface_row {
    const char *name;
    double kmh; /* 0: as fast as the road allows */
    bool loose; /* a heavy vehicle may sink or slide */
};
static const struct surface_row surface_table[] = {
    {"", 0, false},
    {"asphalt", 0, false},
    {"concrete", 0, false},
    {"paved", 0, false},
    {"chipseal", 0, false},
    {"concrete:plates", 60, false},
    {"concrete:lanes", 40, false},
    {"paving_stones", 0, false},
    {"sett", 40, false},
    {"cobblestone", 30, false},
    {"unhewn_cobblestone", 20, false},
    {"metal", 30, false},
    {"wood", 20, false},
    {"unpaved", 40, false},
    {"compacted", 50, false},
    {"gravel", 40, false},
    {"fine_gravel", 40, false},
    {"pebblestone", 30, false},
    {"laterite", 40, false},
    {"dirt", 30, true},
    {"earth", 30, true},
    {"ground", 30, true},
    {"clay", 30, true},
    {"grass", 15, true},
    {"grass_paver", 20, false},
    {"sand", 15, true},
    {"mud", 10, true},
    {"rock", 10, true},
    {"stone", 20, false},
    {"woodchips", 10, true},
    {"salt", 30, true},
    {"snow", 20, true},
    {"ice", 15, true},
};
enum {
    SURFACE_COUNT = sizeof(surface_table) / sizeof(surface_table[0])
};
static const double tracktype_kmh[] = {0, 40, 25, 20, 15, 10};
struct smoothness_row {
    const char *name;
    double kmh;
};
static const struct smoothness_row smoothness_table[] = {
    {"", 0},          {"excellent", 0}, {"good", 0},          {"intermediate", 0}, {"bad", 40},
    {"very_bad", 20}, {"horrible", 10}, {"very_horrible", 5}, {"impassable", 0},
};
enum {
    SMOOTHNESS_COUNT = sizeof(smoothness_table) / sizeof(smoothness_table[0]),
    SMOOTHNESS_BAD = 4,
    TRACKTYPE_MAX = 5,
    FORD_KMH = 10,
    SEASONAL_KMH = 30,
    STEEP_4WD_KMH = 10,
    OFF_ROAD_CAR = 100, /* percent: of what a van dares */
};

const char *amp_surface_name(uint8_t surface)
{
    assert(surface < SURFACE_COUNT);
    return surface_table[surface].name;
}

const char *amp_smoothness_name(uint8_t smoothness)
{
    assert(smoothness < SMOOTHNESS_COUNT);
    return smoothness_table[smoothness].name;
}

uint8_t amp_surface_count(void)
{
    return SURFACE_COUNT;
}

uint8_t amp_smoothness_count(void)
{
    return SMOOTHNESS_COUNT;
}

static double capped(double kmh, double cap)
{
    return cap > 0 && (kmh <= 0 || cap < kmh) ? cap : kmh;
}

double amp_rough_kmh(const struct amp_road_kind *kind)
{
    double kmh = capped(surface_table[kind->surface].kmh, tracktype_kmh[kind->tracktype]);
    kmh = capped(kmh, smoothness_table[kind->smoothness].kmh);
    kmh = capped(kmh, kind->flags & AMP_ROAD_FORD ? FORD_KMH : 0);
    kmh = capped(kmh, kind->flags & AMP_ROAD_SEASONAL ? SEASONAL_KMH : 0);
    return capped(kmh, kind->flags & AMP_ROAD_4WD ? STEEP_4WD_KMH : 0);
}

bool amp_rough_risky(const struct amp_road_kind *kind, double off_road_percent)
{
    int grade = off_road_percent > OFF_ROAD_CAR ? 1 : 0; /* what is made for it dares one more */
    bool loose = surface_table[kind->surface].loose && grade == 0 && kind->tracktype != 1 &&
                 kind->tracktype != 2;
    return loose || kind->smoothness > SMOOTHNESS_BAD + grade ||
           kind->tracktype >= TRACKTYPE_MAX - 1 + grade || (kind->flags & AMP_ROAD_4WD) != 0;
}

/* ---- what a file may say ---- */

bool amp_size_test_fits(const struct amp_size_test *test)
{
    return test->size < AMP_SIZE_COUNT && test->than <= AMP_LESS_OR_EQUAL;
}

bool amp_road_kind_fits(const struct amp_road_kind *kind)
{
    for (int group = 0; group < AMP_GROUP_COUNT; group++) {
        if (kind->access[group][0] >= AMP_ACCESS_COUNT ||
            kind->access[group][1] >= AMP_ACCESS_COUNT) {
            return false;
        }
    }
    enum {
        KMH10_MAX = 10 * AMP_KMH_MAX
    };
    return kind->road_class < CLASS_COUNT && kind->surface < SURFACE_COUNT &&
           kind->tracktype <= TRACKTYPE_MAX && kind->smoothness < SMOOTHNESS_COUNT &&
           kind->flags < AMP_ROAD_FLAGS && kind->limit_kmh10[0] <= KMH10_MAX &&
           kind->limit_kmh10[1] <= KMH10_MAX;
}

bool amp_road_cond_fits(const struct amp_road_cond *cond)
{
    return cond->what <= AMP_COND_SPEED && cond->access < AMP_ACCESS_COUNT &&
           cond->understood <= 1 && cond->kmh10 <= 10 * AMP_KMH_MAX &&
           amp_size_test_fits(&cond->test);
}
