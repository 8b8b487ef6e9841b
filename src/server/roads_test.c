/* Tests with a map: the made-up town, its roads and tiles, closures, and workers that hang. */
#include "server/testbed.h"
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    SEED = 7,
    BODY = 512,
    ETA_TRIES = 50,
    DRIVE_S = 60 /* between two positions of a crew */
};

struct town {
    struct amp_map map;
    struct amp_pos near, far; /* on roads, apart */
};

static void town_places(struct town *town)
{
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_place *place = NULL;
    size_t n = 0;
    assert_int_equal(amp_places_of_kind(town->map.places, AMP_STR("hospital"), &arena, &place, &n),
                     AMP_OK);
    assert_true(n >= 1);
    town->near = place[0].pos;
    assert_int_equal(
        amp_places_of_kind(town->map.places, AMP_STR("fire_station"), &arena, &place, &n), AMP_OK);
    assert_true(n >= 1);
    town->far = place[0].pos;
    amp_arena_drop(&arena);
}

static int town_make(void **state)
{
    struct town *town = calloc(1, sizeof *town);
    assert_non_null(town);
    bed_map(SEED, &town->map);
    town_places(town);
    *state = town;
    return 0;
}

static int town_drop(void **state)
{
    struct town *town = *state;
    amp_map_close(&town->map);
    free(town);
    return 0;
}

static void post_at(struct bed *bed, const char *path, const char *format, struct amp_pos pos,
                    int status)
{
    char body[BODY];
    (void)snprintf(body, sizeof body, "%s{\"lat\":%.7f,\"lon\":%.7f}%s", format, amp_lat_deg(pos),
                   amp_lon_deg(pos), "}");
    bed_expect(bed, "POST", path, body, status);
}

static void scene_set(struct bed *bed, const struct town *town)
{
    char body[BODY];
    post_at(bed, "/v1/stations", "{\"station\":\"S1\",\"label\":\"A\",\"site\":", town->far, 201);
    bed_expect(bed, "POST", "/v1/units",
               "{\"unit\":\"M1\",\"kind\":\"ambulance\",\"capabilities\":[\"als\",\"bls\"],"
               "\"station\":\"S1\"}",
               201);
    (void)snprintf(body, sizeof body,
                   "{\"positions\":[{\"unit\":\"M1\",\"lat\":%.7f,\"lon\":%.7f}]}",
                   amp_lat_deg(town->far), amp_lon_deg(town->far));
    bed_expect(bed, "POST", "/v1/positions", body, 200);
    post_at(bed, "/v1/calls", "{\"type\":\"cardiac-arrest\",\"pos\":", town->near, 201);
}

static double route_time(const struct bed *bed, const struct town *town)
{
    char path[BODY];
    struct reply reply;
    (void)snprintf(path, sizeof path, "/v1/route?from=%.7f,%.7f&to=%.7f,%.7f",
                   amp_lat_deg(town->far), amp_lon_deg(town->far), amp_lat_deg(town->near),
                   amp_lon_deg(town->near));
    bed_get(bed, path, &reply);
    assert_int_equal(reply.status, 200);
    double time_s = json_number_value(reply_at(&reply, "time_s"));
    double sum_s = 0;
    for (size_t i = 0; i < json_array_size(reply_at(&reply, "legs")); i++) {
        const json_t *leg = json_array_get(reply_at(&reply, "legs"), i);
        sum_s += json_number_value(json_object_get(leg, "time_s"));
    }
    assert_float_equal(time_s, sum_s, 0.01);
    assert_true(json_array_size(reply_at(&reply, "line")) >= 2);
    reply_free(&reply);
    return time_s;
}

/* A server with the town's map. */
static void town_start(struct bed *bed, const struct town *town)
{
    bed_init(bed);
    bed->config.map = &town->map;
    bed_start(bed);
}

static int isochrone_status(const struct bed *bed, const struct town *town, const char *profile)
{
    char path[BODY];
    struct reply reply;
    (void)snprintf(path, sizeof path, "/v1/isochrone?from=%.7f,%.7f&minutes=4&profile=%s",
                   amp_lat_deg(town->near), amp_lon_deg(town->near), profile);
    bed_get(bed, path, &reply);
    int status = reply.status;
    reply_free(&reply);
    return status;
}

static int route_status(const struct bed *bed, const struct town *town, const char *profile)
{
    char path[BODY];
    struct reply reply;
    (void)snprintf(path, sizeof path, "/v1/route?from=%.7f,%.7f&to=%.7f,%.7f&profile=%s",
                   amp_lat_deg(town->far), amp_lon_deg(town->far), amp_lat_deg(town->near),
                   amp_lon_deg(town->near), profile);
    bed_get(bed, path, &reply);
    int status = reply.status;
    if (status == 200) {
        assert_true(json_array_size(reply_at(&reply, "turns")) >= 2);
        assert_string_equal(reply_text(&reply, "turns.0.kind"), "depart");
        assert_string_equal(reply_text(&reply, "profile"), profile);
    }
    reply_free(&reply);
    return status;
}

static void profiles_that_are_served_have_routes_and_others_are_refused(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    town_start(&bed, town);
    assert_int_equal(route_status(&bed, town, "ambulance"), 200);
    assert_int_equal(route_status(&bed, town, "fire"), 200);
    assert_int_equal(route_status(&bed, town, "foot"), 422);
    assert_int_equal(route_status(&bed, town, "balloon"), 422);
    assert_int_equal(isochrone_status(&bed, town, "fire"), 200);
    assert_int_equal(isochrone_status(&bed, town, "foot"), 422);
    assert_int_equal(isochrone_status(&bed, town, "balloon"), 422);
    assert_int_equal(bed_stop(&bed), AMP_OK);
    bed_drop(&bed);
}

static void a_crew_is_recommended_and_sent_with_its_travel_time(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    town_start(&bed, town);
    scene_set(&bed, town);
    double time_s = route_time(&bed, town);
    bed_get(&bed, "/v1/incidents/I-1/recommendation", &reply);
    assert_string_equal(reply_text(&reply, "needs.0.units.0.unit"), "M1");
    assert_string_equal(reply_text(&reply, "needs.0.units.0.basis"), "position");
    assert_float_equal(json_number_value(reply_at(&reply, "needs.0.units.0.road_s")), time_s, 0.1);
    double arrive_s = json_number_value(reply_at(&reply, "needs.0.units.0.arrive_s"));
    assert_true(arrive_s > time_s + 1.0); /* the wheels do not roll at once */
    reply_free(&reply);
    bed_expect(&bed, "POST", "/v1/incidents",
               "{\"type\":\"cardiac-arrest\",\"pos\":{\"lat\":0.5,\"lon\":0.5}}", 201);
    bed_get(&bed, "/v1/incidents/I-2/recommendation", &reply);
    assert_int_equal(reply.status, 404);
    assert_non_null(strstr(reply_text(&reply, "detail"), "no road within"));
    reply_free(&reply);
    /* A busy machine may let the 50 ms pass: then the crew goes without a time, and is sent again.
     */
    int64_t eta_s = -1;
    for (int i = 0; i < ETA_TRIES && eta_s < 0; i++) {
        bed_post(&bed, "/v1/incidents/I-1/assignments", "{\"unit\":\"M1\"}", &reply);
        assert_int_equal(reply.status, 200);
        eta_s = reply_int(&reply, "incident.units.0.eta_s");
        reply_free(&reply);
        bed_expect(&bed, "DELETE", "/v1/incidents/I-1/assignments/M1", NULL, 200);
    }
    assert_float_equal((double)eta_s, arrive_s, 1.0); /* what was promised is what is told */
    bed_drop(&bed);
}

static void roads_know_a_closure_when_it_is_answered(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    char body[BODY];
    town_start(&bed, town);
    scene_set(&bed, town);
    double before_s = route_time(&bed, town);
    struct amp_pos middle = amp_pos_between(town->near, town->far, 0.5);
    (void)snprintf(body, sizeof body, "{\"site\":{\"lat\":%.7f,\"lon\":%.7f},\"radius_m\":%d}",
                   amp_lat_deg(middle), amp_lon_deg(middle),
                   (int)(amp_pos_distance_m(town->near, town->far) / 4));
    bed_expect(&bed, "POST", "/v1/closures", body, 201);
    assert_true(route_time(&bed, town) > before_s);
    bed_expect(&bed, "DELETE", "/v1/closures/X-1", NULL, 200);
    assert_float_equal(route_time(&bed, town), before_s, 0.001);
    /* one wider than the roads can know would keep them from knowing any, and a start from success
     */
    bed_expect(&bed, "POST", "/v1/closures", "{\"site\":{\"lat\":1,\"lon\":1},\"radius_m\":100000}",
               422);
    bed.keep_store = true;
    assert_int_equal(bed_stop(&bed), AMP_OK);
    bed_start(&bed);
    bed_expect(&bed, "POST", "/v1/closures", body, 201);
    assert_true(route_time(&bed, town) > before_s);
    bed_drop(&bed);
}

/* The way from far to near by weights that are made anew from these circles. */
static double made_anew_time(const struct town *town, const struct amp_road_closure *closure,
                             size_t n)
{
    struct amp_metric *metric = NULL;
    struct amp_road_query *query = NULL;
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_route route = {.time_s = -1};
    struct amp_why why;
    assert_int_equal(
        amp_metric_create(town->map.roads, AMP_PROFILE_AMBULANCE, closure, n, &metric, &why),
        AMP_OK);
    assert_int_equal(amp_road_query_create(town->map.roads, &query), AMP_OK);
    if (amp_route_find(query, metric, town->far, town->near, &arena, &route, &why) != AMP_OK) {
        route.time_s = -1;
    }
    double time_s = route.time_s;
    amp_road_query_destroy(query);
    amp_metric_unref(metric);
    amp_arena_drop(&arena);
    return time_s;
}

static double routed_time(const struct bed *bed, struct amp_pos from, struct amp_pos to);

/* Weights are changed from one set of closures to the next; each must be as if made anew. */
static void after_every_closure_and_lifting_the_roads_are_as_if_made_anew(void **state)
{
    enum {
        CLOSED = 6
    };
    const struct town *town = *state;
    struct bed bed;
    char text[BODY];
    struct amp_road_closure closure[CLOSED];
    town_start(&bed, town);
    scene_set(&bed, town);
    double usual_s = routed_time(&bed, town->far, town->near);
    int radius_m = (int)(amp_pos_distance_m(town->near, town->far) / CLOSED);
    bool slower = false;
    for (size_t i = 0; i < CLOSED; i++) {
        closure[i] = (struct amp_road_closure){
            .shape = AMP_CLOSURE_CIRCLE,
            .at = amp_pos_between(town->near, town->far, (double)(i + 1) / (CLOSED + 1)),
            .radius_m = radius_m,
            .heading_deg = -1};
        (void)snprintf(text, sizeof text, "{\"site\":{\"lat\":%.7f,\"lon\":%.7f},\"radius_m\":%d}",
                       amp_lat_deg(closure[i].at), amp_lon_deg(closure[i].at), radius_m);
        bed_expect(&bed, "POST", "/v1/closures", text, 201);
        double time_s = routed_time(&bed, town->far, town->near);
        assert_float_equal(time_s, made_anew_time(town, closure, i + 1), 0.0005);
        slower = slower || time_s < 0 || time_s > usual_s;
    }
    assert_true(slower); /* else nothing was tried */
    for (size_t i = 0; i < CLOSED; i++) {
        (void)snprintf(text, sizeof text, "/v1/closures/X-%zu", i + 1);
        bed_expect(&bed, "DELETE", text, NULL, 200);
        assert_float_equal(routed_time(&bed, town->far, town->near),
                           made_anew_time(town, closure + i + 1, CLOSED - i - 1), 0.0005);
    }
    bed_drop(&bed);
}

/* An area, one way, and slower: the routes obey, and the answers name the roads. */
/* As many points as a drawing may have, each as long as it gets, commas escaped. */
static void preview_of_the_largest(const struct bed *bed, double lat, double lon)
{
    struct amp_buf path = amp_buf_make(1 << 14);
    struct reply reply;
    amp_buf_text(&path, "/v1/closures/preview?shape=line&points=");
    for (int i = 0; i < AMP_POINTS_MAX; i++) {
        amp_buf_printf(&path, "%s%.5f%%2C%.5f", i > 0 ? "%2C" : "", lat,
                       lon + 0.0001 * (i - AMP_POINTS_MAX / 2));
    }
    bed_get(bed, amp_buf_cstr(&path), &reply);
    assert_int_equal(reply.status, 200);
    assert_true(reply_int(&reply, "roads.total") >= 0);
    reply_free(&reply);
    amp_buf_free(&path);
}

static void closures_of_every_shape_change_the_roads_and_are_told_by_them(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    char body[BODY];
    town_start(&bed, town);
    scene_set(&bed, town);
    double before_s = route_time(&bed, town);
    struct amp_pos at = amp_pos_between(town->near, town->far, 0.5);
    const double lat = amp_lat_deg(at);
    const double lon = amp_lon_deg(at);
    const double side = 0.004;
    (void)snprintf(
        body, sizeof body,
        "{\"shape\":\"area\",\"points\":[[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f]],"
        "\"time_percent\":2000}",
        lat - side, lon - side, lat - side, lon + side, lat + side, lon + side, lat + side,
        lon - side);
    bed_post(&bed, "/v1/closures", body, &reply);
    assert_int_equal(reply.status, 201);
    assert_true(json_is_true(reply_at(&reply, "live")));
    reply_free(&reply);
    assert_true(route_time(&bed, town) > before_s);
    bed_get(&bed, "/v1/closures/X-1?roads=1", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "closure.id"), "X-1");
    int64_t total = reply_int(&reply, "closure.roads.total");
    assert_true(total > 3);
    assert_string_equal(reply_text(&reply, "closure.roads.features.0.geometry.type"), "LineString");
    reply_free(&reply);
    bed_get(&bed, "/v1/closures?roads=1", &reply);
    assert_true(reply_int(&reply, "closures.0.roads.total") == total);
    reply_free(&reply);
    bed_get(&bed, "/v1/closures?roads=1&all=1", &reply);
    assert_true(reply_int(&reply, "closures.0.roads.total") == total);
    reply_free(&reply);
    preview_of_the_largest(&bed, lat, lon);
    (void)snprintf(body, sizeof body, "/v1/closures/preview?shape=circle&radius_m=300&at=%.7f,%.7f",
                   lat, lon);
    bed_get(&bed, body, &reply);
    assert_int_equal(reply.status, 200);
    assert_true(reply_int(&reply, "roads.total") > 0);
    reply_free(&reply);
    (void)snprintf(body, sizeof body,
                   "/v1/closures/preview?shape=line&heading_deg=90&points=%.7f,%.7f,%.7f,%.7f", lat,
                   lon - side, lat, lon + side);
    bed_expect(&bed, "GET", body, NULL, 200);
    bed_expect(&bed, "GET", "/v1/closures/preview?shape=line&points=1,2,3", NULL, 400);
    bed_expect(&bed, "GET", "/v1/closures/preview?shape=area&points=1,2,1,3", NULL, 422);
    bed_expect(&bed, "GET", "/v1/closures/preview?shape=road", NULL, 422);
    bed_expect(&bed, "GET", "/v1/closures/preview", NULL, 422);
    bed_expect(&bed, "PATCH", "/v1/closures/X-1", "{\"time_percent\":101}", 200);
    assert_true(route_time(&bed, town) < before_s * 1.02);
    bed_expect(&bed, "DELETE", "/v1/closures/X-1", NULL, 200);
    assert_float_equal(route_time(&bed, town), before_s, 0.001);
    bed_expect(&bed, "POST", "/v1/closures/X-1/restore", "{}", 200);
    bed_expect(&bed, "PATCH", "/v1/closures/X-1", "{\"time_percent\":0}", 200);
    assert_true(route_time(&bed, town) > before_s);
    bed_drop(&bed);
}

static void the_map_answers_what_is_asked_of_it(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    char path[BODY];
    town_start(&bed, town);
    scene_set(&bed, town);
    bed_get(&bed, "/v1/geocode?q=hospital&limit=3", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(json_array_size(reply_at(&reply, "results")) >= 1);
    reply_free(&reply);
    (void)snprintf(path, sizeof path, "/v1/reverse?at=%.7f,%.7f", amp_lat_deg(town->near),
                   amp_lon_deg(town->near));
    bed_get(&bed, path, &reply);
    assert_true(strlen(reply_text(&reply, "text")) > 0);
    reply_free(&reply);
    (void)snprintf(path, sizeof path, "/v1/nearest?to=%.7f,%.7f&k=2", amp_lat_deg(town->near),
                   amp_lon_deg(town->near));
    bed_get(&bed, path, &reply);
    assert_string_equal(reply_text(&reply, "results.0.id"), "M1");
    reply_free(&reply);
    bed_get(&bed, "/v1/map", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "bounds")), 4);
    reply_free(&reply);
    bed_expect(&bed, "GET", "/v1/geocode?q=", NULL, 422);
    bed_expect(&bed, "GET", "/v1/route?from=1&to=2", NULL, 400);
    bed_expect(&bed, "GET", "/v1/route?from=0,0&to=0,1", NULL, 404);
    bed_expect(&bed, "GET", "/v1/nearest?to=0,0&k=0", NULL, 422);
    bed_expect(&bed, "GET", "/v1/tiles/0/0/x.mvt", NULL, 404);
    bed_expect(&bed, "GET", "/v1/tiles/1/5/5.mvt", NULL, 422);
    bed_drop(&bed);
}

/* The tile around a position (OSM wiki, "Slippy map tilenames"). */
static void tile_path(struct amp_pos pos, char path[BODY])
{
    enum {
        ZOOM = 14
    };
    double side = (double)(1U << ZOOM);
    double lat = amp_lat_deg(pos) * M_PI / 180;
    (void)snprintf(path, BODY, "/v1/tiles/%d/%u/%u.mvt", ZOOM,
                   (unsigned)((amp_lon_deg(pos) + 180) / 360 * side),
                   (unsigned)((1 - asinh(tan(lat)) / M_PI) / 2 * side));
}

static void a_tile_is_sent_once_and_then_named(void **state)
{
    char path[BODY];
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    char etag[64] = "";
    char fields[128];
    town_start(&bed, town);
    tile_path(town->near, path);
    bed_send(&bed, "GET", path, NULL, "Accept-Encoding: gzip\r\n", &reply);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.head, "Content-Encoding: gzip"));
    assert_int_equal((unsigned char)reply.body.data[0], 0x1f);
    const char *at = strstr(reply.head, "ETag: ");
    assert_non_null(at);
    (void)snprintf(etag, sizeof etag, "%.18s", at + strlen("ETag: "));
    reply_free(&reply);
    (void)snprintf(fields, sizeof fields, "If-None-Match: %s\r\n", etag);
    bed_send(&bed, "GET", path, NULL, fields, &reply);
    assert_int_equal(reply.status, 304);
    reply_free(&reply);
    bed_drop(&bed);
}

/* The circle of an AML message and a place that somebody typed far from it, told apart. */
static void an_incident_is_where_its_reports_agree(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    char body[BODY];
    town_start(&bed, town);
    scene_set(&bed, town);
    (void)snprintf(body, sizeof body,
                   "{\"type\":\"cardiac-arrest\",\"pos\":{\"lat\":%.7f,\"lon\":%.7f},"
                   "\"radius_m\":30,\"confidence_pct\":68,\"source\":\"aml\"}",
                   amp_lat_deg(town->near), amp_lon_deg(town->near));
    bed_expect(&bed, "POST", "/v1/calls", body, 201);
    bed_get(&bed, "/v1/incidents/I-2/location", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "reports.0.source"), "aml");
    assert_string_equal(reply_text(&reply, "reports.0.call"), "C-2");
    assert_float_equal(json_number_value(reply_at(&reply, "reports.0.radius_m")), 30, 0.1);
    assert_int_equal(json_array_size(reply_at(&reply, "answers")), 1);
    double sum = json_number_value(reply_at(&reply, "answers.0.other_streets")) +
                 json_number_value(reply_at(&reply, "answers.0.unnamed_roads")) +
                 json_number_value(reply_at(&reply, "answers.0.elsewhere"));
    const json_t *streets = reply_at(&reply, "answers.0.streets");
    for (size_t i = 0; i < json_array_size(streets); i++) {
        sum += json_number_value(json_object_get(json_array_get(streets, i), "share"));
    }
    assert_float_equal(sum, 1, 0.002);
    assert_string_equal(reply_text(&reply, "answers.0.crews.0.unit"), "M1");
    reply_free(&reply);
    (void)snprintf(body, sizeof body, "{\"pos\":{\"lat\":%.7f,\"lon\":%.7f},\"source\":\"typed\"}",
                   amp_lat_deg(town->far), amp_lon_deg(town->far));
    bed_expect(&bed, "PATCH", "/v1/incidents/I-2", body, 200);
    bed_get(&bed, "/v1/incidents/I-2/location", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "reports")), 2);
    assert_int_equal(json_array_size(reply_at(&reply, "hypotheses")), 2);
    assert_int_equal(json_array_size(reply_at(&reply, "answers")), 2);
    reply_free(&reply);
    bed_expect(&bed, "POST", "/v1/incidents", "{\"type\":\"cardiac-arrest\"}", 201);
    bed_expect(&bed, "GET", "/v1/incidents/I-3/location", NULL, 422);
    bed_expect(&bed, "GET", "/v1/incidents/I-9/location", NULL, 404);
    bed_drop(&bed);
}

static void a_region_can_be_asked_about(void **state)
{
    static const char *const bad[] = {"/v1/location", "/v1/location?region=circle:1,2,-3",
                                      "/v1/location?region=1,2&speed=-1"};
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    char path[BODY];
    town_start(&bed, town);
    scene_set(&bed, town);
    (void)snprintf(path, sizeof path,
                   "/v1/location?region=circle:%.7f,%.7f,200@95%%23aml%%7Ccircle:%.7f,%.7f,90@68",
                   amp_lat_deg(town->near), amp_lon_deg(town->near), amp_lat_deg(town->near),
                   amp_lon_deg(town->near));
    bed_get(&bed, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(json_array_size(reply_at(&reply, "hypotheses.0.reports")), 2);
    assert_string_equal(reply_text(&reply, "answers.0.crews.0.unit"), "M1");
    assert_true(json_array_size(reply_at(&reply, "answers.0.streets")) > 0);
    reply_free(&reply);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bed_expect(&bed, "GET", bad[i], NULL, 422);
    }
    bed_expect(&bed, "GET", "/v1/location?region=square:1,2", NULL, 400);
    bed_drop(&bed);
}

static double nearest_time(const struct bed *bed, struct amp_pos to)
{
    char path[BODY];
    struct reply reply;
    (void)snprintf(path, sizeof path, "/v1/nearest?to=%.7f,%.7f", amp_lat_deg(to), amp_lon_deg(to));
    bed_get(bed, path, &reply);
    const json_t *time_s = reply_at(&reply, "results.0.time_s");
    double found_s = time_s != NULL ? json_number_value(time_s) : -1;
    reply_free(&reply);
    return found_s;
}

static double routed_time(const struct bed *bed, struct amp_pos from, struct amp_pos to)
{
    char path[BODY];
    struct reply reply;
    (void)snprintf(path, sizeof path, "/v1/route?from=%.7f,%.7f&to=%.7f,%.7f", amp_lat_deg(from),
                   amp_lon_deg(from), amp_lat_deg(to), amp_lon_deg(to));
    bed_get(bed, path, &reply);
    double time_s = reply.status == 200 ? json_number_value(reply_at(&reply, "time_s")) : -1;
    reply_free(&reply);
    return time_s;
}

/* Places on the roads are kept between questions; a route that keeps nothing is the twin. */
static void a_crew_that_moves_is_timed_from_where_it_is_now(void **state)
{
    enum {
        STEPS = 40
    };
    const struct town *town = *state;
    struct bed bed;
    char body[BODY];
    int found = 0;
    town_start(&bed, town);
    scene_set(&bed, town);
    for (int i = 0; i < STEPS; i++) {
        double share = (double)(i * 17 % STEPS) / STEPS; /* there and back, no place twice */
        struct amp_pos at = amp_pos_between(town->far, town->near, share);
        (void)snprintf(body, sizeof body,
                       "{\"positions\":[{\"unit\":\"M1\",\"lat\":%.7f,\"lon\":%.7f}]}",
                       amp_lat_deg(at), amp_lon_deg(at));
        bed_later(&bed, DRIVE_S);
        bed_expect(&bed, "POST", "/v1/positions", body, 200);
        double first_s = nearest_time(&bed, town->near);
        assert_float_equal(first_s, routed_time(&bed, at, town->near), 0.001);
        assert_float_equal(first_s, nearest_time(&bed, town->near), 0.001);
        found += first_s > 0;
    }
    assert_true(found > STEPS / 2);
    bed_drop(&bed);
}

/* The road that is asked about stays as it was for everybody else. */
static void what_if_answers_without_touching_what_is_in_force(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    char path[2 * BODY], body[BODY], ends[BODY];
    town_start(&bed, town);
    scene_set(&bed, town);
    double open_s = route_time(&bed, town);
    struct amp_pos middle = amp_pos_between(town->near, town->far, 0.5);
    int radius_m = (int)(amp_pos_distance_m(town->near, town->far) / 4);
    (void)snprintf(ends, sizeof ends, "from=%.7f,%.7f&to=%.7f,%.7f", amp_lat_deg(town->far),
                   amp_lon_deg(town->far), amp_lat_deg(town->near), amp_lon_deg(town->near));
    (void)snprintf(path, sizeof path, "/v1/route?%s&closed=%.7f,%.7f,%d", ends, amp_lat_deg(middle),
                   amp_lon_deg(middle), radius_m);
    bed_get(&bed, path, &reply);
    double closed_s = json_number_value(reply_at(&reply, "time_s"));
    reply_free(&reply);
    assert_true(closed_s > open_s);
    (void)snprintf(path, sizeof path, "/v1/nearest?to=%.7f,%.7f&closed=%.7f,%.7f,%d",
                   amp_lat_deg(town->near), amp_lon_deg(town->near), amp_lat_deg(middle),
                   amp_lon_deg(middle), radius_m);
    bed_get(&bed, path, &reply);
    assert_float_equal(json_number_value(reply_at(&reply, "results.0.time_s")), closed_s, 0.001);
    reply_free(&reply);
    assert_float_equal(route_time(&bed, town), open_s, 0.001);
    assert_float_equal(nearest_time(&bed, town->near), open_s, 0.001);
    (void)snprintf(body, sizeof body, "{\"site\":{\"lat\":%.7f,\"lon\":%.7f},\"radius_m\":%d}",
                   amp_lat_deg(middle), amp_lon_deg(middle), radius_m);
    bed_expect(&bed, "POST", "/v1/closures", body, 201);
    assert_float_equal(route_time(&bed, town), closed_s, 0.001);
    assert_float_equal(nearest_time(&bed, town->near), closed_s, 0.001);
    (void)snprintf(path, sizeof path, "/v1/route?%s&without=X-1", ends);
    bed_get(&bed, path, &reply);
    assert_float_equal(json_number_value(reply_at(&reply, "time_s")), open_s, 0.001);
    reply_free(&reply);
    (void)snprintf(path, sizeof path, "/v1/route?%s&without=X-7", ends);
    bed_expect(&bed, "GET", path, NULL, 404);
    (void)snprintf(path, sizeof path, "/v1/route?%s&closed=here", ends);
    bed_expect(&bed, "GET", path, NULL, 422);
    bed_drop(&bed);
}

/* How many other ways there are to a place that lies so far along; each no faster. */
static size_t others_to(struct bed *bed, const struct town *town, double share)
{
    struct reply reply;
    char path[BODY];
    struct amp_pos to = amp_pos_between(town->far, town->near, share);
    (void)snprintf(path, sizeof path, "/v1/route?from=%.7f,%.7f&to=%.7f,%.7f&alternatives=2",
                   amp_lat_deg(town->far), amp_lon_deg(town->far), amp_lat_deg(to),
                   amp_lon_deg(to));
    bed_get(bed, path, &reply);
    double time_s = json_number_value(reply_at(&reply, "time_s"));
    assert_float_equal(time_s, routed_time(bed, town->far, to), 0.001);
    const json_t *others = reply_at(&reply, "alternatives");
    size_t n = json_array_size(others);
    assert_true(n <= 2);
    for (size_t i = 0; i < n; i++) {
        const json_t *other = json_array_get(others, i);
        assert_true(json_number_value(json_object_get(other, "time_s")) >= time_s);
        assert_true(json_array_size(json_object_get(other, "line")) >= 2);
    }
    reply_free(&reply);
    return n;
}

static void a_route_comes_with_alternatives_when_they_are_asked_for(void **state)
{
    enum {
        PLACES = 8
    };
    const struct town *town = *state;
    struct bed bed;
    size_t n = 0;
    town_start(&bed, town);
    for (int i = 1; i <= PLACES; i++) {
        n += others_to(&bed, town, (double)i / PLACES);
    }
    assert_true(n > 0); /* not on every way is there one worth showing */
    bed_drop(&bed);
}

static double area_km2(const struct reply *reply, const char *path)
{
    const json_t *area = reply_at(reply, path);
    return area != NULL ? json_number_value(area) : -1;
}

static void areas_reached_in_time_are_answered_as_polygons(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    char path[BODY];
    town_start(&bed, town);
    scene_set(&bed, town);
    (void)snprintf(path, sizeof path, "/v1/isochrone?from=%.7f,%.7f&minutes=1,2",
                   amp_lat_deg(town->near), amp_lon_deg(town->near));
    bed_get(&bed, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "type"), "FeatureCollection");
    assert_string_equal(reply_text(&reply, "features.0.geometry.type"), "MultiPolygon");
    double large_km2 = area_km2(&reply, "features.0.properties.area_km2");
    assert_true(large_km2 > area_km2(&reply, "features.1.properties.area_km2"));
    assert_true(json_array_size(reply_at(&reply, "features.1.geometry.coordinates.0.0")) >= 4);
    reply_free(&reply);
    bed_get(&bed, "/v1/isochrone?units=available&minutes=8", &reply);
    assert_int_equal(reply_int(&reply, "crews"), 1);
    assert_true(area_km2(&reply, "features.0.properties.area_km2") > 0);
    reply_free(&reply);
    bed_expect(&bed, "GET", "/v1/isochrone?minutes=8", NULL, 422);
    bed_expect(&bed, "GET", "/v1/isochrone?units=all&minutes=8", NULL, 422);
    bed_expect(&bed, "GET", "/v1/isochrone?units=available&minutes=8,4", NULL, 422);
    bed_expect(&bed, "GET", "/v1/isochrone?units=available", NULL, 422);
    bed_expect(&bed, "GET", "/v1/isochrone?from=0,0&minutes=5", NULL, 404);
    bed_drop(&bed);
}

static void fleet_move(struct bed *bed, const struct town *town, struct amp_pos *at, int first,
                       int n)
{
    struct amp_buf body = amp_buf_make(1 << 16);
    amp_buf_text(&body, "{\"positions\":[");
    for (int i = first; i < first + n; i++) { /* anywhere in the town, no place twice */
        at[i] = amp_pos_between(town->far, town->near, (double)(i * 37 % 101) / 101);
        at[i].lat_e7 += (i * 7919 + first * 131) % 40001 - 20000;
        at[i].lon_e7 += (i * 104729 + first * 733) % 40001 - 20000;
        amp_buf_printf(&body, "%s{\"unit\":\"F%d\",\"lat\":%.7f,\"lon\":%.7f}",
                       i > first ? "," : "", i, amp_lat_deg(at[i]), amp_lon_deg(at[i]));
    }
    amp_buf_text(&body, "]}");
    bed_later(bed, DRIVE_S);
    bed_expect(bed, "POST", "/v1/positions", amp_buf_cstr(&body), 200);
    amp_buf_free(&body);
}

/* Each time in the answer is that of a route which knows nothing of the others. */
static void fleet_check(struct bed *bed, const struct town *town, const struct amp_pos *at, int n)
{
    char path[BODY];
    struct reply reply;
    double before_s = 0;
    (void)snprintf(path, sizeof path, "/v1/nearest?to=%.7f,%.7f&k=%d", amp_lat_deg(town->near),
                   amp_lon_deg(town->near), n);
    bed_get(bed, path, &reply);
    const json_t *results = reply_at(&reply, "results");
    assert_true(json_array_size(results) > (size_t)n / 2);
    for (size_t i = 0; i < json_array_size(results); i++) {
        const json_t *result = json_array_get(results, i);
        const char *id = json_string_value(json_object_get(result, "id"));
        double time_s = json_number_value(json_object_get(result, "time_s"));
        assert_true(time_s >= before_s);
        assert_float_equal(time_s, routed_time(bed, at[strtol(id + 1, NULL, 10)], town->near),
                           0.001);
        before_s = time_s;
    }
    reply_free(&reply);
}

static void a_fleet_is_ranked_by_the_routes_of_its_crews(void **state)
{
    enum {
        FLEET = 70,
        FEW = 5
    };
    const struct town *town = *state;
    struct amp_pos at[FLEET];
    struct bed bed;
    char body[BODY];
    town_start(&bed, town);
    for (int i = 0; i < FLEET; i++) {
        (void)snprintf(body, sizeof body,
                       "{\"unit\":\"F%d\",\"kind\":\"ambulance\",\"capabilities\":[\"als\"]}", i);
        bed_expect(&bed, "POST", "/v1/units", body, 201);
    }
    fleet_move(&bed, town, at, 0, FLEET);
    fleet_check(&bed, town, at, FLEET);
    fleet_move(&bed, town, at, FLEET / 2, FEW);
    fleet_check(&bed, town, at, FLEET);
    struct amp_pos middle = amp_pos_between(town->near, town->far, 0.5);
    (void)snprintf(body, sizeof body, "{\"site\":{\"lat\":%.7f,\"lon\":%.7f},\"radius_m\":%d}",
                   amp_lat_deg(middle), amp_lon_deg(middle),
                   (int)(amp_pos_distance_m(town->near, town->far) / 4));
    bed_expect(&bed, "POST", "/v1/closures", body, 201);
    fleet_check(&bed, town, at, FLEET);
    bed_expect(&bed, "DELETE", "/v1/closures/X-1", NULL, 200);
    fleet_check(&bed, town, at, FLEET);
    bed_drop(&bed);
}

struct hang {
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool go;
};

static void hang_here(void *ctx)
{
    struct hang *hang = ctx;
    (void)pthread_mutex_lock(&hang->lock);
    while (!hang->go) {
        (void)pthread_cond_wait(&hang->change, &hang->lock);
    }
    (void)pthread_mutex_unlock(&hang->lock);
}

static void a_map_that_hangs_holds_no_crew_back(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    struct hang hang = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER};
    bed_init(&bed);
    bed.config.map = &town->map;
    bed.config.ctx = &hang;
    bed.config.work_begins = hang_here;
    bed_start(&bed);
    scene_set(&bed, town);
    bed_post(&bed, "/v1/incidents/I-1/assignments", "{\"unit\":\"M1\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "unit.status"), "dispatched");
    assert_true(json_is_null(reply_at(&reply, "incident.units.0.eta_s")));
    reply_free(&reply);
    bed_expect(&bed, "POST", "/v1/units/M1/status", "{\"status\":\"en-route\"}", 200);
    (void)pthread_mutex_lock(&hang.lock);
    hang.go = true;
    (void)pthread_cond_broadcast(&hang.change);
    (void)pthread_mutex_unlock(&hang.lock);
    bed_drop(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crew_is_recommended_and_sent_with_its_travel_time),
        cmocka_unit_test(profiles_that_are_served_have_routes_and_others_are_refused),
        cmocka_unit_test(roads_know_a_closure_when_it_is_answered),
        cmocka_unit_test(closures_of_every_shape_change_the_roads_and_are_told_by_them),
        cmocka_unit_test(after_every_closure_and_lifting_the_roads_are_as_if_made_anew),
        cmocka_unit_test(an_incident_is_where_its_reports_agree),
        cmocka_unit_test(a_region_can_be_asked_about),
        cmocka_unit_test(the_map_answers_what_is_asked_of_it),
        cmocka_unit_test(a_tile_is_sent_once_and_then_named),
        cmocka_unit_test(a_crew_that_moves_is_timed_from_where_it_is_now),
        cmocka_unit_test(a_fleet_is_ranked_by_the_routes_of_its_crews),
        cmocka_unit_test(what_if_answers_without_touching_what_is_in_force),
        cmocka_unit_test(a_route_comes_with_alternatives_when_they_are_asked_for),
        cmocka_unit_test(areas_reached_in_time_are_answered_as_polygons),
        cmocka_unit_test(a_map_that_hangs_holds_no_crew_back),
    };
    return cmocka_run_group_tests(tests, town_make, town_drop);
}
