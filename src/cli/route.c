/* `amparo route`: the fastest way by road between two positions, with what has to be passed. */
#include "base/json.h"
#include "base/timefmt.h"
#include "cli/commands.h"
#include "cli/roads.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    OUTPUT_MAX = 64 << 20,
    ROUTE_MEMORY_MAX = 1 << 30
};

static const int64_t half_turn_e7 = 1800000000;

static void point_put(struct amp_json *js, double lat, double lon)
{
    amp_json_open(js, '[');
    amp_json_put_double(js, lon, 7);
    amp_json_put_double(js, lat, 7);
    amp_json_close(js, ']');
}

/* RFC 7946 section 3.1.9: a line that crosses the antimeridian is cut there. */
static void crossing_put(struct amp_json *js, struct amp_pos a, struct amp_pos b)
{
    double side = a.lon_e7 > 0 ? 180 : -180;
    int64_t to_edge = a.lon_e7 > 0 ? half_turn_e7 - a.lon_e7 : half_turn_e7 + a.lon_e7;
    int64_t whole = llabs((long long)amp_lon_delta_e7(a.lon_e7, b.lon_e7));
    double share = whole > 0 ? (double)to_edge / (double)whole : 0;
    double lat = amp_lat_deg(a) + share * (amp_lat_deg(b) - amp_lat_deg(a));
    point_put(js, lat, side);
    amp_json_close(js, ']');
    amp_json_open(js, '[');
    point_put(js, lat, -side);
}

static void line_put(struct amp_json *js, const struct amp_route *route)
{
    amp_json_open(js, '[');
    for (size_t i = 0; i < route->line_n; i++) {
        struct amp_pos at = route->line[i];
        if (i > 0 && llabs((long long)at.lon_e7 - route->line[i - 1].lon_e7) > half_turn_e7) {
            crossing_put(js, route->line[i - 1], at);
        }
        point_put(js, amp_lat_deg(at), amp_lon_deg(at));
    }
    if (route->line_n == 1) { /* a line has two points at least */
        point_put(js, amp_lat_deg(route->line[0]), amp_lon_deg(route->line[0]));
    }
    amp_json_close(js, ']');
}

static void geojson_put(struct amp_json *js, enum amp_profile profile,
                        const struct amp_route *route)
{
    amp_json_open(js, '{');
    amp_json_text_of(js, "type", "Feature");
    amp_json_key(js, "geometry");
    amp_json_open(js, '{');
    amp_json_text_of(js, "type", "MultiLineString");
    amp_json_key(js, "coordinates");
    amp_json_open(js, '[');
    line_put(js, route);
    amp_json_close(js, ']');
    amp_json_close(js, '}');
    amp_json_key(js, "properties");
    amp_json_open(js, '{');
    amp_route_view(js, profile, route);
    amp_json_close(js, '}');
    amp_json_close(js, '}');
}

/* What a pass takes: " (locked, 2.4 m wide, gravel)". */
static void needs_put(struct amp_buf *out, const struct amp_pass *pass)
{
    char width[32] = "", track[32] = "";
    if (pass->width_m > 0) {
        (void)snprintf(width, sizeof(width), "%.2f m wide", pass->width_m);
    }
    if (pass->tracktype > 0) {
        (void)snprintf(track, sizeof(track), "grade%d", pass->tracktype);
    }
    const char *const word[] = {pass->locked ? "locked" : "",
                                pass->only_4wd ? "four-wheel drive only" : "",
                                width,
                                pass->surface,
                                pass->smoothness,
                                track};
    bool any = false;
    for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
        if (word[i][0] != '\0') {
            amp_buf_printf(out, "%s%s", any ? ", " : ": ", word[i]);
            any = true;
        }
    }
}

static void turn_put(struct amp_buf *out, const struct amp_turn *turn)
{
    char time[AMP_TIME_TEXT];
    amp_duration_text(turn->time_s, time);
    amp_buf_printf(out, "%12s %8.2f km  %-13s", time, turn->distance_m / 1000,
                   amp_turn_name(turn->kind));
    if (turn->exit_n > 0) {
        amp_buf_printf(out, " exit %d", turn->exit_n);
    }
    if (turn->kind == AMP_TURN_ARRIVE) {
        amp_buf_printf(out, " %s",
                       turn->side < 0   ? "on the left"
                       : turn->side > 0 ? "on the right"
                                        : "ahead");
    }
    struct amp_str street = turn->street.len > 0 ? turn->street : AMP_STR("(unnamed road)");
    amp_buf_printf(out, " %.*s", (int)street.len, street.ptr);
    if (turn->ref.len > 0) {
        amp_buf_printf(out, " (%.*s)", (int)turn->ref.len, turn->ref.ptr);
    }
    amp_buf_text(out, "\n");
}

static void others_text(struct amp_buf *out, const struct amp_routes *routes)
{
    for (size_t i = 1; i < routes->n; i++) {
        const struct amp_route *route = &routes->route[i];
        const struct amp_leg *longest = &route->leg[0];
        char time[AMP_TIME_TEXT];
        for (size_t k = 1; k < route->leg_n; k++) {
            longest = route->leg[k].distance_m > longest->distance_m ? &route->leg[k] : longest;
        }
        amp_duration_text(route->time_s, time);
        amp_buf_printf(out, "or %s, %.2f km, over %.*s\n", time, route->distance_m / 1000,
                       longest->street.len > 0 ? (int)longest->street.len : 14,
                       longest->street.len > 0 ? longest->street.ptr : "(unnamed road)");
    }
}

static void text_put(struct amp_buf *out, enum amp_profile profile, const struct amp_routes *routes)
{
    const struct amp_route *route = &routes->route[0];
    char time[AMP_TIME_TEXT];
    amp_duration_text(route->time_s, time);
    amp_buf_printf(out, "%s, %.2f km by %s\n", time, route->distance_m / 1000,
                   amp_profile_name(profile));
    for (size_t i = 0; i < route->turn_n; i++) {
        turn_put(out, &route->turn[i]);
    }
    for (size_t i = 0; i < route->pass_n; i++) {
        const struct amp_pass *pass = &route->pass[i];
        char at[AMP_POS_TEXT];
        amp_pos_text(pass->at, at);
        amp_duration_text(pass->cost_s, time);
        amp_buf_printf(out, "passes: %s at %s%s%.*s (%s of the time)", amp_pass_name(pass->kind),
                       at, pass->name.len > 0 ? ", " : "", (int)pass->name.len, pass->name.ptr,
                       time);
        needs_put(out, pass);
        amp_buf_text(out, "\n");
    }
    others_text(out, routes);
    amp_buf_text(out, "(c) OpenStreetMap contributors");
}

struct asked {
    const char *map;
    const char *profile;
    struct amp_cli_tuning tuning;
    struct amp_pos from, to;
    int64_t others;
    bool json, geojson;
};

static void routes_json(struct amp_buf *out, enum amp_profile profile, const struct asked *asked,
                        const struct amp_routes *routes)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_route_view(&js, profile, &routes->route[0]);
    if (asked->others > 0) {
        amp_json_key(&js, "alternatives");
        amp_json_open(&js, '[');
        for (size_t i = 1; i < routes->n; i++) {
            amp_json_open(&js, '{');
            amp_route_view(&js, profile, &routes->route[i]);
            amp_json_close(&js, '}');
        }
        amp_json_close(&js, ']');
    }
    amp_json_close(&js, '}');
}

static amp_err answer(const struct asked *asked, struct amp_buf *out, struct amp_why *why)
{
    struct amp_cli_roads rd = {.amap = NULL};
    const struct amp_pos end[2] = {asked->from, asked->to};
    struct amp_routes routes;
    amp_err err = amp_cli_roads_open_as(asked->map, asked->profile, &asked->tuning, &rd, why);
    if (err) {
        return err;
    }
    struct amp_arena arena = amp_arena_make(ROUTE_MEMORY_MAX);
    err = amp_route_alternatives(rd.query, rd.metric, end, (size_t)asked->others, &arena, &routes,
                                 why);
    if (!err && asked->geojson) {
        struct amp_json js = amp_json_make(out);
        geojson_put(&js, rd.profile, &routes.route[0]);
    } else if (!err && asked->json) {
        routes_json(out, rd.profile, asked, &routes);
    } else if (!err) {
        text_put(out, rd.profile, &routes);
    }
    amp_arena_drop(&arena);
    amp_cli_roads_close(&rd);
    return err;
}

int amp_cli_route(int argc, char **argv)
{
    struct asked asked = {.profile = "ambulance"};
    const struct amp_opt opts[] = {
        {"--map", AMP_OPT_TEXT, "M.amap", "the map, made by `amparo map build`", true, &asked.map,
         NULL},
        {"--from", AMP_OPT_POS, "LAT,LON", "where the crew is", true, &asked.from, NULL},
        {"--to", AMP_OPT_POS, "LAT,LON", "where it is needed", true, &asked.to, NULL},
        {"--profile", AMP_OPT_TEXT, "NAME",
         "ambulance (default), car, fire, motorcycle, foot or rescue", false, &asked.profile, NULL},
        {"--alternatives", AMP_OPT_INT, "N", "up to N other ways worth showing (0)", false,
         &asked.others, NULL},
        AMP_CLI_TUNING_OPTS(asked.tuning),
        AMP_CLI_SIZE_OPTS(asked.tuning),
        {"--geojson", AMP_OPT_FLAG, NULL, "print a GeoJSON feature with the line", false,
         &asked.geojson, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON", false, &asked.json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "route",
        .operands = "",
        .about = "The fastest way by road, turn by turn, with what has to be passed on it.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
    };
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    if (asked.others < 0 || asked.others >= AMP_ROUTES_MAX) {
        return amp_cli_misuse("route", "--alternatives must be 0 to %d", AMP_ROUTES_MAX - 1);
    }
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(OUTPUT_MAX);
    amp_err err = answer(&asked, &out, &why);
    return amp_cli_answer("route", asked.json || asked.geojson, err, &why, &out);
}
