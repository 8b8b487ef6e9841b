/* The roads of a map file, opened for one profile: what `route` and `nearest` share. */
#include "cli/roads.h"

amp_err amp_cli_roads_open(const char *path, const char *profile, struct amp_cli_roads *out,
                           struct amp_why *why)
{
    struct amp_cli_roads rd = {.amap = NULL};
    if (amp_profile_of(amp_str_of(profile), &rd.profile) != AMP_OK) {
        return amp_fail(why, AMP_E_USAGE, "there is no profile \"%s\"; there are ambulance and car",
                        profile);
    }
    amp_err err = amp_amap_open(path, &rd.amap, why);
    if (!err) {
        err = amp_roads_open(rd.amap, &rd.roads, why);
    }
    if (!err) {
        err = amp_metric_create(rd.roads, rd.profile, NULL, 0, &rd.metric, why);
    }
    if (!err && (err = amp_road_query_create(rd.roads, &rd.query)) != AMP_OK) {
        (void)amp_fail(why, err, "not enough memory to ask the roads of %s", path);
    }
    if (err) {
        amp_cli_roads_close(&rd);
        return err;
    }
    *out = rd;
    return AMP_OK;
}

void amp_cli_roads_close(struct amp_cli_roads *roads)
{
    amp_road_query_destroy(roads->query);
    amp_metric_unref(roads->metric);
    amp_roads_close(roads->roads);
    amp_amap_close(roads->amap);
    *roads = (struct amp_cli_roads){.amap = NULL};
}
