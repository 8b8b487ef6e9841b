/* Hospitals over HTTP: added and changed by who may, told live, with the road to each. */
#include "server/testbed.h"
#include <math.h>
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
    BODY = 512
};

#define CENTRAL                                                                                    \
    "{\"facility\":\"HC\",\"label\":\"Hospital Central\",\"site\":{\"lat\":41.15,\"lon\":-8.61},"  \
    "\"capabilities\":[\"trauma\"]}"

static void one_is_added_changed_and_says_whether_it_takes_patients(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_post(bed, "/v1/hospitals", CENTRAL, &reply);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply_text(&reply, "hospital.id"), "HC");
    assert_string_equal(reply_text(&reply, "hospital.traffic"), "unknown");
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/hospitals", CENTRAL, 409);
    bed_post(bed, "/v1/hospitals/HC/status",
             "{\"traffic\":\"advisory\",\"reason\":\"scanner out of order\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "hospital.traffic"), "advisory");
    assert_string_equal(reply_text(&reply, "hospital.note"), "scanner out of order");
    reply_free(&reply);
    bed_expect(bed, "PATCH", "/v1/hospitals/HC", "{\"disabled\":true}", 200);
    bed_get(bed, "/v1/hospitals", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "hospitals")), 1);
    assert_true(json_is_true(reply_at(&reply, "hospitals.0.disabled")));
    assert_string_equal(reply_text(&reply, "hospitals.0.capabilities.0"), "trauma");
    assert_null(reply_at(&reply, "hospitals.0.road_s"));
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/hospitals/HC/status", "{\"traffic\":\"full\"}", 422);
    bed_expect(bed, "POST", "/v1/hospitals/HX/status", "{\"traffic\":\"closed\"}", 404);
    bed_expect(bed, "PATCH", "/v1/hospitals/HC", "{}", 422);
    bed_expect(bed, "GET", "/v1/hospitals?from=41.1,-8.6", NULL, 404); /* no map, no road */
}

static void who_listens_hears_the_new_state(void **state)
{
    struct bed *bed = *state;
    struct amp_buf heard = amp_buf_make(1 << 20);
    bed_expect(bed, "POST", "/v1/hospitals", CENTRAL, 201);
    int fd = bed_listen(bed, "cookie: none=1", "", &heard);
    bed_expect(bed, "POST", "/v1/hospitals/HC/status", "{\"traffic\":\"closed\"}", 200);
    assert_true(bed_read_until(fd, &heard, "\"kind\":\"hospital-status-set\""));
    assert_true(bed_read_until(fd, &heard, "\"traffic\":\"closed\""));
    close(fd);
    amp_buf_free(&heard);
}

/* ---- with a map ---- */

struct town {
    struct amp_map map;
    struct amp_pos hospital, station;
};

static struct amp_pos first_of(const struct amp_map *map, const char *kind)
{
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_place *place = NULL;
    size_t n = 0;
    assert_int_equal(amp_places_of_kind(map->places, amp_str_of(kind), &arena, &place, &n), AMP_OK);
    assert_true(n >= 1);
    struct amp_pos pos = place[0].pos;
    amp_arena_drop(&arena);
    return pos;
}

static void hospital_add(struct bed *bed, const char *code, struct amp_pos pos)
{
    char body[BODY];
    (void)snprintf(body, sizeof body,
                   "{\"facility\":\"%s\",\"label\":\"%s\",\"site\":{\"lat\":%.7f,\"lon\":%.7f}}",
                   code, code, amp_lat_deg(pos), amp_lon_deg(pos));
    bed_expect(bed, "POST", "/v1/hospitals", body, 201);
}

static double route_time(const struct bed *bed, struct amp_pos from, struct amp_pos to)
{
    char path[BODY];
    struct reply reply;
    (void)snprintf(path, sizeof path, "/v1/route?from=%.7f,%.7f&to=%.7f,%.7f", amp_lat_deg(from),
                   amp_lon_deg(from), amp_lat_deg(to), amp_lon_deg(to));
    bed_get(bed, path, &reply);
    assert_int_equal(reply.status, 200);
    double time_s = json_number_value(reply_at(&reply, "time_s"));
    reply_free(&reply);
    return time_s;
}

static void the_road_to_each_is_that_of_the_route(void **state)
{
    struct bed bed;
    struct town town;
    struct reply reply;
    char path[BODY];
    (void)state;
    bed_map(SEED, &town.map);
    town.hospital = first_of(&town.map, "hospital");
    town.station = first_of(&town.map, "fire_station");
    bed_init(&bed);
    bed.config.map = &town.map;
    bed_start(&bed);
    bed_get(&bed, "/v1/hospitals?suggestions=1", &reply);
    size_t all = json_array_size(reply_at(&reply, "suggestions"));
    assert_true(all >= 1);
    reply_free(&reply);
    hospital_add(&bed, "H1", town.hospital);
    hospital_add(&bed, "H2", (struct amp_pos){0, 0}); /* far from every road */
    (void)snprintf(path, sizeof path, "/v1/hospitals?suggestions=1&from=%.7f,%.7f",
                   amp_lat_deg(town.station), amp_lon_deg(town.station));
    bed_get(&bed, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_float_equal(json_number_value(reply_at(&reply, "hospitals.0.road_s")),
                       route_time(&bed, town.station, town.hospital), 0.1);
    assert_true(json_is_null(reply_at(&reply, "hospitals.1.road_s")));
    assert_true(json_array_size(reply_at(&reply, "suggestions")) < all); /* that one is listed */
    reply_free(&reply);
    bed_expect(&bed, "GET", "/v1/hospitals?from=here", NULL, 400);
    bed_drop(&bed);
    amp_map_close(&town.map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_is_added_changed_and_says_whether_it_takes_patients,
                                        bed_set_up, bed_tear_down),
        cmocka_unit_test_setup_teardown(who_listens_hears_the_new_state, bed_set_up, bed_tear_down),
        cmocka_unit_test(the_road_to_each_is_that_of_the_route),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
