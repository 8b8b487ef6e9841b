/* The roads of a map file, opened for one profile: what `route` and `nearest` share. */
#include "cli/roads.h"
#include "base/timefmt.h"
#include "server/zone.h"

#include <string.h>

amp_err amp_cli_settings(const char *path, struct amp_settings *out, struct amp_why *why)
{
    struct amp_settings settings = amp_settings_default();
    struct amp_buf text = {.data = NULL};
    amp_err err = AMP_OK;
    if (path != NULL) {
        err = amp_cli_read_file(path, AMP_SETTINGS_BYTES, &text, why);
        err = err ? err : amp_settings_read(amp_buf_view(&text), &settings, why);
        amp_buf_free(&text);
    }
    if (!err) {
        *out = settings;
    }
    return err;
}

static amp_err profile_find(const char *name, enum amp_profile *out, struct amp_why *why)
{
    struct amp_buf all = amp_buf_make(AMP_WHY_MAX);
    if (amp_profile_of(amp_str_of(name), out) == AMP_OK) {
        return AMP_OK;
    }
    for (int i = 0; i < AMP_PROFILE_COUNT; i++) {
        amp_buf_printf(&all, "%s%s", i > 0 ? ", " : "", amp_profile_name((enum amp_profile)i));
    }
    amp_err err = amp_fail(why, AMP_E_USAGE, "there is no profile \"%.40s\"; there are %s", name,
                           amp_buf_cstr(&all));
    amp_buf_free(&all);
    return err;
}

static amp_err sizes_put(const struct amp_cli_tuning *tuning, enum amp_profile profile,
                         struct amp_settings *settings, struct amp_why *why)
{
    const double size[] = {tuning->height_m, tuning->width_m, tuning->length_m, tuning->weight_t,
                           tuning->axle_t};
    amp_err err = AMP_OK;
    for (int i = 0; i <= AMP_SET_AXLE - AMP_SET_HEIGHT && !err; i++) {
        const char *name = amp_setting_row_of((enum amp_setting)(AMP_SET_HEIGHT + i))->name;
        if (size[i] < 0 || size[i] > 0) {
            err = amp_settings_put(settings, profile, amp_str_of(name), size[i], why);
        }
    }
    return err ? AMP_E_USAGE : AMP_OK;
}

/* As the clocks there show it, or a moment in UTC that the zone of this machine makes one of. */
static amp_err hour_read(const char *text, struct amp_when *out, struct amp_why *why)
{
    int64_t at_us = 0;
    if (amp_when_parse(amp_str_of(text), out) == AMP_OK) {
        return AMP_OK;
    }
    amp_err err = amp_zone_set(NULL, why);
    if (err == AMP_OK && amp_time_parse(amp_str_of(text), &at_us) == AMP_OK) {
        *out = amp_zone_when(at_us);
    }
    return out->known ? AMP_OK
                      : amp_fail(why, AMP_E_USAGE,
                                 "--at is the local time there, such as 2026-11-26T08:15, or one "
                                 "with a zone, such as 2026-11-26T08:15:00Z");
}

static amp_err roads_tune(const struct amp_cli_tuning *tuning, struct amp_cli_roads *rd,
                          struct amp_why *why)
{
    struct amp_settings settings;
    struct amp_when when = {.known = false};
    const struct amp_cli_tuning none = {.file = NULL};
    const double *usual = amp_roads_settings(rd->roads)->value[rd->profile];
    if (memcmp(tuning, &none, sizeof(none)) == 0 && usual[AMP_SET_SERVED] > 0) {
        return AMP_OK; /* they are so from the beginning */
    }
    amp_err err = amp_cli_settings(tuning->file, &settings, why);
    if (!err) {
        err = sizes_put(tuning, rd->profile, &settings, why);
    }
    for (int p = 0; p < AMP_PROFILE_COUNT && !err; p++) {
        settings.value[p][AMP_SET_SERVED] = p == (int)rd->profile ? 1 : 0;
    }
    if (!err && tuning->at != NULL) {
        err = hour_read(tuning->at, &when, why);
    }
    return err ? err : amp_roads_tune(rd->roads, &settings, &when, why);
}

amp_err amp_cli_roads_open_as(const char *path, const char *profile,
                              const struct amp_cli_tuning *tuning, struct amp_cli_roads *out,
                              struct amp_why *why)
{
    struct amp_cli_roads rd = {.amap = NULL};
    amp_err err = profile_find(profile, &rd.profile, why);
    if (!err) {
        err = amp_amap_open(path, &rd.amap, why);
    }
    if (!err) {
        err = amp_roads_open(rd.amap, &rd.roads, why);
    }
    if (!err) {
        const struct amp_cli_tuning none = {.file = NULL};
        err = roads_tune(tuning != NULL ? tuning : &none, &rd, why);
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

amp_err amp_cli_roads_open(const char *path, const char *profile, struct amp_cli_roads *out,
                           struct amp_why *why)
{
    return amp_cli_roads_open_as(path, profile, NULL, out, why);
}

void amp_cli_roads_close(struct amp_cli_roads *roads)
{
    amp_road_query_destroy(roads->query);
    amp_metric_unref(roads->metric);
    amp_roads_close(roads->roads);
    amp_amap_close(roads->amap);
    *roads = (struct amp_cli_roads){.amap = NULL};
}
