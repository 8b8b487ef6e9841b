/* `amparo isochrone`: the area that can be reached by road within some minutes. */
#include "map/isochrone.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/roads.h"

enum {
    OUTPUT_MAX = 256 << 20,
    MEMORY_MAX = 1 << 30
};

struct asked {
    const char *map;
    const char *profile;
    const char *minutes;
    struct amp_pos from;
    bool backwards;
    bool json;
};

static void text_put(struct amp_buf *out, const struct amp_isochrone *iso)
{
    for (size_t b = 0; b < iso->band_n; b++) {
        const struct amp_iso_band *band = &iso->band[b];
        amp_buf_printf(out, "%6.2f min: %9.2f km2, %8.1f km of road, %zu %s\n",
                       band->limit_ms / 60000.0, band->area_km2, band->road_km, band->polygon_n,
                       band->polygon_n == 1 ? "area" : "areas");
    }
    amp_buf_printf(out, "drawn %.0f m around the roads, to %.0f m; --json prints the polygons\n",
                   iso->buffer_m, iso->resolution_m);
    amp_buf_text(out, "(c) OpenStreetMap contributors");
}

static amp_err area_find(const struct asked *asked, const struct amp_cli_roads *rd,
                         struct amp_iso_ask *ask, struct amp_arena *arena,
                         struct amp_isochrone *out, struct amp_why *why)
{
    struct amp_snap source;
    size_t n = 0;
    amp_err err =
        amp_roads_snap(rd->roads, rd->profile, asked->from, AMP_SNAP_MAX_M, -1, &source, 1, &n);
    if (err || n == 0) {
        return amp_fail(why, err ? err : AMP_E_NO_ROUTE,
                        "there is no road open to the %s profile within %d m of --from",
                        amp_profile_name(rd->profile), (int)AMP_SNAP_MAX_M);
    }
    ask->source = &source;
    ask->source_n = 1;
    ask->backwards = asked->backwards;
    return amp_isochrone_find(rd->query, rd->metric, ask, arena, out, why);
}

static amp_err answer(const struct asked *asked, struct amp_buf *out, struct amp_why *why)
{
    struct amp_cli_roads rd = {.amap = NULL};
    struct amp_iso_ask ask = {.source_n = 0};
    struct amp_isochrone iso;
    if (amp_isochrone_minutes(amp_str_of(asked->minutes), &ask, why) != AMP_OK) {
        return AMP_E_USAGE;
    }
    amp_err err = amp_cli_roads_open(asked->map, asked->profile, &rd, why);
    if (err) {
        return err;
    }
    struct amp_arena arena = amp_arena_make(MEMORY_MAX);
    err = area_find(asked, &rd, &ask, &arena, &iso, why);
    if (!err && asked->json) {
        struct amp_json js = amp_json_make(out);
        amp_json_open(&js, '{');
        amp_isochrone_view(&js, &iso);
        amp_json_close(&js, '}');
    } else if (!err) {
        text_put(out, &iso);
    }
    amp_arena_drop(&arena);
    amp_cli_roads_close(&rd);
    return err;
}

int amp_cli_isochrone(int argc, char **argv)
{
    struct asked asked = {.profile = "ambulance", .minutes = "4,8,12"};
    const struct amp_opt opts[] = {
        {"--map", AMP_OPT_TEXT, "M.amap", "the map, made by `amparo map build`", true, &asked.map,
         NULL},
        {"--from", AMP_OPT_POS, "LAT,LON", "where the crew is", true, &asked.from, NULL},
        {"--minutes", AMP_OPT_TEXT, "4,8,12", "in how many minutes (4,8,12)", false, &asked.minutes,
         NULL},
        {"--backwards", AMP_OPT_FLAG, NULL, "from where --from is reached in time, instead", false,
         &asked.backwards, NULL},
        {"--profile", AMP_OPT_TEXT, "NAME",
         "ambulance (default), car, fire, motorcycle, foot or rescue", false, &asked.profile, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print GeoJSON polygons", false, &asked.json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "isochrone",
        .operands = "",
        .about = "Who can be where in time: the area that can be reached by road.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
    };
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(OUTPUT_MAX);
    amp_err err = answer(&asked, &out, &why);
    return amp_cli_answer("isochrone", asked.json, err, &why, &out);
}
