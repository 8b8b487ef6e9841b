/*
 * What `amparo route` and `amparo nearest` share: the roads of a map, opened for one profile.
 */
#ifndef AMP_CLI_ROADS_H
#define AMP_CLI_ROADS_H

#include "cli/cli.h"
#include "map/roads.h"
#include "map/settings.h"

struct amp_cli_roads {
    struct amp_amap *amap;
    struct amp_roads *roads;
    struct amp_metric *metric;
    struct amp_road_query *query;
    enum amp_profile profile;
};

/* How the profiles differ from their defaults, as asked for on the command line. */
struct amp_cli_tuning {
    const char *file; /* of settings (map/settings.h); NULL: none */
    const char *at;   /* local time on the map, 2026-11-26T08:15; NULL: not known */
    double height_m, width_m, length_m, weight_t, axle_t; /* 0: not said */
};
/* The rows of amp_opt for them, one macro so that every subcommand says the same. */
#define AMP_CLI_TUNING_OPTS(tuning)                                                                \
    {"--profiles", AMP_OPT_TEXT,   "FILE", "settings of the profiles: size, pace, passes",         \
     false,        &(tuning).file, NULL},                                                          \
    {                                                                                              \
        "--at", AMP_OPT_TEXT, "TIME",                                                              \
            "local time there, 2026-11-26T08:15, for what holds at "                               \
            "times",                                                                               \
            false, &(tuning).at, NULL                                                              \
    }
#define AMP_CLI_SIZE_OPTS(tuning)                                                                  \
    {"--height", AMP_OPT_NUM, "M", "of the vehicle", false, &(tuning).height_m, NULL},             \
        {"--width", AMP_OPT_NUM, "M", "of the vehicle", false, &(tuning).width_m, NULL},           \
        {"--length", AMP_OPT_NUM, "M", "of the vehicle", false, &(tuning).length_m, NULL},         \
        {"--weight", AMP_OPT_NUM, "T", "of the vehicle", false, &(tuning).weight_t, NULL},         \
    {                                                                                              \
        "--axleload", AMP_OPT_NUM, "T", "of the vehicle", false, &(tuning).axle_t, NULL            \
    }

/* Read a file of settings over the defaults; NULL gives the defaults. */
AMP_MUST amp_err amp_cli_settings(const char *path, struct amp_settings *out, struct amp_why *why);
/* tuning may be NULL */
AMP_MUST amp_err amp_cli_roads_open_as(const char *path, const char *profile,
                                       const struct amp_cli_tuning *tuning,
                                       struct amp_cli_roads *out, struct amp_why *why);
AMP_MUST amp_err amp_cli_roads_open(const char *path, const char *profile,
                                    struct amp_cli_roads *out, struct amp_why *why);
void amp_cli_roads_close(struct amp_cli_roads *roads); /* accepts zeroes */

#endif
