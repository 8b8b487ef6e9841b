/*
 * What `amparo route` and `amparo nearest` share: the roads of a map, opened for one profile.
 */
#ifndef AMP_CLI_ROADS_H
#define AMP_CLI_ROADS_H

#include "cli/cli.h"
#include "map/roads.h"

struct amp_cli_roads {
    struct amp_amap *amap;
    struct amp_roads *roads;
    struct amp_metric *metric;
    struct amp_road_query *query;
    enum amp_profile profile;
};

AMP_MUST amp_err amp_cli_roads_open(const char *path, const char *profile,
                                    struct amp_cli_roads *out, struct amp_why *why);
void amp_cli_roads_close(struct amp_cli_roads *roads); /* accepts zeroes */

#endif
