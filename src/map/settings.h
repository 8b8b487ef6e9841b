/*
 * What each profile is: its size, its pace, and what it may do. Settings of the agency, not of the
 * map: a table of rows with a default for each profile, and a small text that changes them.
 *
 *   # our second engine is lower
 *   fire       height         2.95
 *   ambulance  time.primary   72
 *
 * One setting a line: profile, name, value; `#` begins a comment. Unknown words, values out of
 * their range and lines that are too long are refused with their number. Sources of the defaults:
 * EN 1789 (ambulances), EN 1846-1 (fire engines: class M, 7.5 to 16 t); the time with lights and
 * sirens is what the Auckland network of the JEMSS simulator has for small roads (83,107 arcs,
 * 47 instead of 33 km/h: 0.702) and for fast ones (7,531 arcs, 91 instead of 64 km/h: 0.703).
 */
#ifndef AMP_MAP_SETTINGS_H
#define AMP_MAP_SETTINGS_H

#include "map/road_kind.h"
#include "map/roads.h"

enum amp_setting {
    AMP_SET_HEIGHT, /* these five in the order of enum amp_size, from AMP_SIZE_HEIGHT */
    AMP_SET_WIDTH,
    AMP_SET_LENGTH,
    AMP_SET_WEIGHT,
    AMP_SET_AXLE,
    AMP_SET_TOP,
    AMP_SET_LIMIT,
    AMP_SET_TIME_MOTORWAY,
    AMP_SET_TIME_TRUNK,
    AMP_SET_TIME_PRIMARY,
    AMP_SET_TIME_SECONDARY,
    AMP_SET_TIME_TERTIARY,
    AMP_SET_TIME_UNCLASSIFIED,
    AMP_SET_TIME_RESIDENTIAL,
    AMP_SET_TIME_OTHER,
    AMP_SET_OFF_ROAD,
    AMP_SET_PRIVATE,
    AMP_SET_RESERVED,
    AMP_SET_CONTRAFLOW,
    AMP_SET_GATE,
    AMP_SET_FERRY_WAIT,
    AMP_SET_FERRY,
    AMP_SET_WALK,
    AMP_SET_STEPS,
    AMP_SET_SERVED,
    AMP_SET_COUNT
};

enum {
    AMP_SETTINGS_BYTES = 1 << 16, /* of a text */
};

struct amp_settings {
    double value[AMP_PROFILE_COUNT][AMP_SET_COUNT];
};

struct amp_settings amp_settings_default(void);
/* Change *settings by a text; untouched when it is refused. */
AMP_MUST amp_err amp_settings_read(struct amp_str text, struct amp_settings *settings,
                                   struct amp_why *why);
/* One value, with its range checked. */
AMP_MUST amp_err amp_settings_put(struct amp_settings *settings, enum amp_profile profile,
                                  struct amp_str name, double value, struct amp_why *why);
/* The rows, for help and documentation. */
struct amp_setting_row {
    const char *name, *unit, *meaning;
    double least, most;
    double by_default[AMP_PROFILE_COUNT];
};
const struct amp_setting_row *amp_setting_row_of(enum amp_setting setting);

enum amp_road_group amp_profile_group(enum amp_profile profile);

#endif
