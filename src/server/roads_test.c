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
    ETA_TRIES = 50
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
    bed_init(&bed);
    bed.config.map = &town->map;
    bed_start(&bed);
    assert_int_equal(route_status(&bed, town, "ambulance"), 200);
    assert_int_equal(route_status(&bed, town, "fire"), 200);
    assert_int_equal(route_status(&bed, town, "foot"), 422);
    assert_int_equal(route_status(&bed, town, "balloon"), 422);
    assert_int_equal(bed_stop(&bed), AMP_OK);
}

static void a_crew_is_recommended_and_sent_with_its_travel_time(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    bed_init(&bed);
    bed.config.map = &town->map;
    bed_start(&bed);
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
    bed_init(&bed);
    bed.config.map = &town->map;
    bed_start(&bed);
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

static void the_map_answers_what_is_asked_of_it(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    char path[BODY];
    bed_init(&bed);
    bed.config.map = &town->map;
    bed_start(&bed);
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
    bed_init(&bed);
    bed.config.map = &town->map;
    bed_start(&bed);
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
    bed_init(&bed);
    bed.config.map = &town->map;
    bed_start(&bed);
    scene_set(&bed, town);
    for (int i = 0; i < STEPS; i++) {
        double share = (double)(i * 17 % STEPS) / STEPS; /* there and back, no place twice */
        struct amp_pos at = amp_pos_between(town->far, town->near, share);
        (void)snprintf(body, sizeof body,
                       "{\"positions\":[{\"unit\":\"M1\",\"lat\":%.7f,\"lon\":%.7f}]}",
                       amp_lat_deg(at), amp_lon_deg(at));
        bed_expect(&bed, "POST", "/v1/positions", body, 200);
        double first_s = nearest_time(&bed, town->near);
        assert_float_equal(first_s, routed_time(&bed, at, town->near), 0.001);
        assert_float_equal(first_s, nearest_time(&bed, town->near), 0.001);
        found += first_s > 0;
    }
    assert_true(found > STEPS / 2);
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
        cmocka_unit_test(the_map_answers_what_is_asked_of_it),
        cmocka_unit_test(a_tile_is_sent_once_and_then_named),
        cmocka_unit_test(a_crew_that_moves_is_timed_from_where_it_is_now),
        cmocka_unit_test(a_map_that_hangs_holds_no_crew_back),
    };
    return cmocka_run_group_tests(tests, town_make, town_drop);
}
