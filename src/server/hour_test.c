/*
 * What holds on roads at times: the zone, the switch while serving, another hour as a what-if; and
 * crews that are held by their heading and the road they were on, each by its own profile.
 */
#include "base/timefmt.h"
#include "map/roads_slow.h"
#include "server/crews.h"
#include "server/testbed.h"
#include "server/zone.h"
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
    TEXT = 512,
    SEED = 11,
    CREWS = 60,
    ROUNDS = 40,
    FIRST = 5
};

/* A street that is shut to cars from 13:00 to 15:00 on workdays, and a long way round it. The clock
 * of a bed stands at Monday, 2026-09-21 13:33 UTC. */
#define SHUT_AT_NOON                                                                               \
    "<node id='1' lat='0' lon='0'/><node id='2' lat='0' lon='0.001'/>"                             \
    "<node id='3' lat='0' lon='0.002'/><node id='4' lat='0' lon='0.003'/>"                         \
    "<node id='5' lat='0.003' lon='0.001'/><node id='6' lat='0.003' lon='0.002'/>"                 \
    "<way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='residential'/></way>"               \
    "<way id='2'><nd ref='2'/><nd ref='3'/><tag k='highway' v='residential'/>"                     \
    "<tag k='access' v='yes'/>"                                                                    \
    "<tag k='access:conditional' v='no @ (Mo-Fr 13:00-15:00)'/></way>"                             \
    "<way id='3'><nd ref='3'/><nd ref='4'/><tag k='highway' v='residential'/></way>"               \
    "<way id='4'><nd ref='2'/><nd ref='5'/><nd ref='6'/><nd ref='3'/>"                             \
    "<tag k='highway' v='residential'/></way>"

static void map_make(const char *body, struct amp_map *out)
{
    char in[] = "/tmp/amparo-hour-XXXXXX", file[] = "/tmp/amparo-hours-XXXXXX";
    struct amp_map_counts counts;
    struct amp_why why = {""};
    int fd = mkstemp(in), made = mkstemp(file);
    assert_true(fd >= 0 && made >= 0);
    FILE *text = fdopen(fd, "w");
    assert_non_null(text);
    assert_true(fprintf(text, "<osm version='0.6'>%s</osm>\n", body) > 0);
    assert_int_equal(fclose(text), 0);
    assert_int_equal(close(made), 0);
    assert_int_equal(amp_map_build(in, file, NULL, &counts, &why), AMP_OK);
    assert_int_equal(amp_map_open(file, out, &why), AMP_OK);
    assert_int_equal(unlink(in) + unlink(file), 0);
}

/* ---- the zone ---- */

static void when_is(const char *utc, const char *local, int weekday)
{
    int64_t at_us = 0;
    char text[AMP_WHEN_TEXT];
    assert_int_equal(amp_time_parse(amp_str_of(utc), &at_us), AMP_OK);
    struct amp_when when = amp_zone_when(at_us);
    amp_when_text(&when, text);
    assert_string_equal(text, local);
    assert_int_equal(when.weekday, weekday);
}

static void the_clocks_of_a_zone_are_shown_summer_time_included(void **state)
{
    (void)state;
    struct amp_why why = {""};
    char name[AMP_ZONE_TEXT];
    assert_int_equal(amp_zone_set("UTC", &why), AMP_OK);
    amp_zone_name(name);
    assert_string_equal(name, "UTC");
    when_is("2026-11-26T23:59:59Z", "2026-11-26T23:59", 3);
    assert_int_equal(amp_zone_set("../../etc/passwd", &why), AMP_E_NOT_FOUND);
    assert_int_equal(amp_zone_set("Nowhere/Atall", &why), AMP_E_NOT_FOUND);
    assert_non_null(strstr(why.text, "Africa/Maputo"));
    amp_zone_name(name);
    assert_string_equal(name, "UTC"); /* what is refused changes nothing */
    if (access("/usr/share/zoneinfo/Europe/Lisbon", R_OK) != 0) {
        print_message("SKIPPED in part: this machine has no tz database\n");
        return;
    }
    assert_int_equal(amp_zone_set("Africa/Maputo", &why), AMP_OK);
    when_is("2026-11-26T22:30:00Z", "2026-11-27T00:30", 4);
    assert_int_equal(amp_zone_set("Europe/Lisbon", &why), AMP_OK);
    amp_zone_name(name);
    assert_string_equal(name, "Europe/Lisbon");
    when_is("2026-07-01T12:00:00Z", "2026-07-01T13:00", 2);
    when_is("2026-12-01T12:00:00Z", "2026-12-01T12:00", 1);
    when_is("2026-10-25T00:59:59Z", "2026-10-25T01:59", 6); /* the last minute of summer */
    when_is("2026-10-25T01:00:00Z", "2026-10-25T01:00", 6);
    assert_int_equal(amp_zone_set("UTC", &why), AMP_OK);
}

/* ---- the switch ---- */

static void route_ask(const struct bed *bed, const char *more, struct reply *out)
{
    char path[TEXT];
    (void)snprintf(path, sizeof path, "/v1/route?from=0,0&to=0,0.003&profile=car%s", more);
    bed_get(bed, path, out);
    assert_int_equal(out->status, 200);
}

static double route_m(const struct bed *bed, const char *more, char roads_at[AMP_WHEN_TEXT])
{
    struct reply reply;
    route_ask(bed, more, &reply);
    double metres = json_number_value(reply_at(&reply, "distance_m"));
    (void)snprintf(roads_at, AMP_WHEN_TEXT, "%s", reply_text(&reply, "roads_at"));
    reply_free(&reply);
    return metres;
}

static void noon_start(struct bed *bed, const struct amp_map *map, const char *timezone)
{
    struct amp_why why = {""};
    assert_int_equal(amp_zone_set("UTC", &why), AMP_OK);
    bed_init(bed);
    bed->config.map = map;
    bed->config.timezone = timezone;
    bed_start(bed);
}

#define SHORT_M 334 /* straight on; the long way is 1,000 m */

static void roads_follow_the_clock_while_serving(void **state)
{
    (void)state;
    struct bed bed;
    struct amp_map map;
    char at[AMP_WHEN_TEXT];
    map_make(SHUT_AT_NOON, &map);
    noon_start(&bed, &map, "UTC");
    assert_true(route_m(&bed, "", at) > 2 * SHORT_M);
    assert_string_equal(at, "2026-09-21T14:13");
    bed_later(&bed, 3600);
    for (int ms = 0; ms < BED_WAIT_MS && route_m(&bed, "", at) > 2 * SHORT_M; ms += 50) {
        assert_int_equal(usleep(50000), 0);
    }
    assert_true(route_m(&bed, "", at) < SHORT_M + 5);
    assert_string_equal(at, "2026-09-21T15:13");
    struct reply reply;
    bed_get(&bed, "/v1/map", &reply);
    assert_string_equal(reply_text(&reply, "timezone"), "UTC");
    assert_string_equal(reply_text(&reply, "local_time"), "2026-09-21T15:13");
    assert_string_equal(reply_text(&reply, "roads_at"), "2026-09-21T15:13");
    reply_free(&reply);
    /* closures are made on the roads of that hour */
    bed_expect(&bed, "POST", "/v1/closures",
               "{\"site\":{\"lat\":0,\"lon\":0.0015},\"reason\":\"fire\"}", 201);
    assert_true(route_m(&bed, "", at) > 2 * SHORT_M);
    bed_drop(&bed);
    amp_map_close(&map);
}

static void another_hour_is_a_what_if_that_touches_nothing(void **state)
{
    (void)state;
    struct bed bed;
    struct amp_map map;
    struct reply reply;
    char at[AMP_WHEN_TEXT];
    map_make(SHUT_AT_NOON, &map);
    noon_start(&bed, &map, "UTC");
    assert_true(route_m(&bed, "&at=2026-09-21T15:00:00Z", at) < SHORT_M + 5);
    assert_string_equal(at, "2026-09-21T15:00");
    assert_true(route_m(&bed, "&at=2026-09-21T16:59:59%2B02:00", at) > 2 * SHORT_M);
    assert_string_equal(at, "2026-09-21T14:59");
    assert_true(route_m(&bed, "&at=2026-09-20T14:00:00Z", at) < SHORT_M + 5); /* a Sunday */
    assert_true(route_m(&bed, "", at) > 2 * SHORT_M);
    bed_get(&bed, "/v1/route?from=0,0&to=0,0.003&at=noon", &reply);
    assert_int_equal(reply.status, 422);
    reply_free(&reply);
    bed_get(&bed, "/v1/isochrone?from=0,0&minutes=1&profile=car&at=2026-09-21T15:00:00Z", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "roads_at"), "2026-09-21T15:00");
    reply_free(&reply);
    bed_get(&bed, "/v1/nearest?to=0,0.003&at=2026-09-21T15:00:00Z", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "roads_at"), "2026-09-21T15:00");
    reply_free(&reply);
    bed_drop(&bed);
    amp_map_close(&map);
}

static void a_server_without_a_zone_reads_strictly_and_says_so(void **state)
{
    (void)state;
    struct bed bed;
    struct amp_map map;
    struct reply reply;
    map_make(SHUT_AT_NOON, &map);
    noon_start(&bed, &map, NULL);
    bed_later(&bed, 7200);
    route_ask(&bed, "", &reply);
    assert_true(json_number_value(reply_at(&reply, "distance_m")) > 2 * SHORT_M);
    assert_true(json_is_null(reply_at(&reply, "roads_at")));
    reply_free(&reply);
    bed_get(&bed, "/v1/route?from=0,0&to=0,0.003&at=2026-09-21T15:00:00Z", &reply);
    assert_true(reply.status >= 400 && reply.status != 404);
    assert_non_null(strstr(reply_text(&reply, "detail"), "no local time"));
    reply_free(&reply);
    bed_drop(&bed);
    amp_map_close(&map);
}

/* ---- crews ---- */

struct ready { /* crews over a map */
    struct amp_map map;
    struct amp_metric *metric[AMP_PROFILE_COUNT];
    struct amp_road_query *query;
    struct amp_crews *crews;
};

static void ready_make(struct ready *rd)
{
    struct amp_why why = {""};
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        rd->metric[p] = NULL;
        if (p != AMP_PROFILE_FOOT) {
            assert_int_equal(amp_metric_create(rd->map.roads, (enum amp_profile)p, NULL, 0,
                                               &rd->metric[p], &why),
                             AMP_OK);
        }
    }
    assert_int_equal(amp_road_query_create(rd->map.roads, &rd->query), AMP_OK);
    assert_int_equal(amp_crews_create(rd->metric, &rd->crews), AMP_OK);
}

static void ready_free(struct ready *rd)
{
    amp_crews_unref(rd->crews);
    amp_road_query_destroy(rd->query);
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_metric_unref(rd->metric[p]);
    }
    amp_map_close(&rd->map);
}

static void kinds_of_units_drive_by_their_profile(void **state)
{
    (void)state;
    assert_int_equal(amp_crew_profile(AMP_STR("engine")), AMP_PROFILE_FIRE);
    assert_int_equal(amp_crew_profile(AMP_STR("fire")), AMP_PROFILE_FIRE);
    assert_int_equal(amp_crew_profile(AMP_STR("motorcycle")), AMP_PROFILE_MOTORCYCLE);
    assert_int_equal(amp_crew_profile(AMP_STR("4x4")), AMP_PROFILE_RESCUE);
    assert_int_equal(amp_crew_profile(AMP_STR("ambulance")), AMP_PROFILE_AMBULANCE);
    assert_int_equal(amp_crew_profile(AMP_STR("helicopter-of-sorts")), AMP_PROFILE_AMBULANCE);
}

static uint64_t chance(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static struct amp_pos pos_draw(const struct amp_box *box, uint64_t *seed)
{
    int64_t high = (int64_t)box->north_e7 - box->south_e7;
    int64_t wide = (int64_t)box->east_e7 - box->west_e7;
    return (struct amp_pos){box->south_e7 + (int32_t)(chance(seed) % (uint64_t)high),
                            box->west_e7 + (int32_t)(chance(seed) % (uint64_t)wide)};
}

/* The time of one crew by Dijkstra on the graph of its own profile. */
static uint32_t slow_ms(const struct ready *rd, const struct amp_crew_at *crew, struct amp_pos to)
{
    enum amp_profile by = amp_crews_counted(rd->crews, crew->profile);
    struct amp_snap from, target;
    size_t found = 0, there = 0;
    uint32_t ms = 0;
    assert_int_equal(
        amp_roads_snap(rd->map.roads, by, crew->at, AMP_SNAP_MAX_M, -1, &from, 1, &found), AMP_OK);
    assert_int_equal(amp_roads_snap(rd->map.roads, by, to, AMP_SNAP_MAX_M, -1, &target, 1, &there),
                     AMP_OK);
    bool way = found > 0 && there > 0 &&
               amp_roads_slow_time(rd->metric[by], &from, &target, &ms) == AMP_OK;
    return way ? ms : AMP_ROAD_FOREVER_MS;
}

static void first_is_exact(const struct ready *rd, const struct amp_crew_at *crew,
                           struct amp_pos to)
{
    struct amp_crews_ask ask = {crew, CREWS, to};
    struct amp_unit_time got[FIRST];
    uint32_t time_ms[CREWS];
    bool taken[CREWS] = {false};
    size_t n = 0;
    assert_int_equal(amp_crews_times(rd->crews, rd->query, &ask, time_ms), AMP_OK);
    assert_int_equal(amp_crews_first(rd->crews, rd->query, &ask, FIRST, got, &n), AMP_OK);
    for (size_t i = 0; i < CREWS; i++) {
        assert_int_equal(time_ms[i], slow_ms(rd, &crew[i], to));
    }
    for (size_t rank = 0; rank < FIRST; rank++) {
        size_t best = CREWS;
        for (size_t i = 0; i < CREWS; i++) {
            if (!taken[i] && time_ms[i] < AMP_ROAD_FOREVER_MS &&
                (best == CREWS || time_ms[i] < time_ms[best])) {
                best = i;
            }
        }
        assert_int_equal(rank < n, best < CREWS);
        if (rank < n) {
            taken[best] = true;
            assert_int_equal(got[rank].id, crew[best].unit);
            assert_int_equal(got[rank].time_ms, time_ms[best]);
        }
    }
}

static void the_first_crews_are_those_of_dijkstra_each_by_its_profile(void **state)
{
    (void)state;
    struct ready rd;
    struct amp_crew_at crew[CREWS];
    uint64_t seed = SEED;
    bed_map(SEED, &rd.map);
    struct amp_box box = amp_tiles_box(rd.map.tiles);
    ready_make(&rd);
    size_t profiles = 0;
    for (uint32_t i = 0; i < CREWS; i++) {
        crew[i] =
            (struct amp_crew_at){i, pos_draw(&box, &seed),
                                 (enum amp_profile)(chance(&seed) % AMP_PROFILE_COUNT), -1, -1};
        profiles |= 1U << crew[i].profile;
    }
    assert_int_equal(profiles, (1U << AMP_PROFILE_COUNT) - 1);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 10; i++) { /* some move, some change their vehicle */
            struct amp_crew_at *one = &crew[chance(&seed) % CREWS];
            one->at = pos_draw(&box, &seed);
            one->profile = (enum amp_profile)(chance(&seed) % AMP_PROFILE_COUNT);
        }
        if (round == 0) {
            first_is_exact(&rd, crew, pos_draw(&box, &seed));
        } else {
            struct amp_pos to = pos_draw(&box, &seed);
            const struct amp_crews_ask ask = {crew, CREWS, to};
            uint32_t time_ms[CREWS];
            struct amp_unit_time got[FIRST];
            size_t n = 0;
            assert_int_equal(amp_crews_first(rd.crews, rd.query, &ask, FIRST, got, &n), AMP_OK);
            assert_int_equal(amp_crews_times(rd.crews, rd.query, &ask, time_ms), AMP_OK);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(got[i].time_ms, time_ms[got[i].id]);
            }
            assert_int_equal(time_ms[round], slow_ms(&rd, &crew[round], to));
        }
    }
    ready_free(&rd);
}

/* A motorway from west to east on a bridge over a street from south to north, not joined; at its
 * end beyond the town a slow road leads from one to the other. */
#define BRIDGE                                                                                     \
    "<node id='1' lat='0' lon='-0.02'/><node id='2' lat='0' lon='-0.0002'/>"                       \
    "<node id='3' lat='0' lon='0.0002'/><node id='4' lat='0' lon='0.02'/>"                         \
    "<node id='5' lat='-0.02' lon='0'/><node id='6' lat='0.02' lon='0'/>"                          \
    "<way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='motorway'/>"                        \
    "<tag k='oneway' v='no'/></way>"                                                               \
    "<way id='2'><nd ref='2'/><nd ref='3'/><tag k='highway' v='motorway'/>"                        \
    "<tag k='oneway' v='no'/><tag k='bridge' v='yes'/><tag k='layer' v='1'/></way>"                \
    "<way id='3'><nd ref='3'/><nd ref='4'/><tag k='highway' v='motorway'/>"                        \
    "<tag k='oneway' v='no'/></way>"                                                               \
    "<way id='4'><nd ref='5'/><nd ref='6'/><tag k='highway' v='residential'/></way>"               \
    "<way id='5'><nd ref='6'/><nd ref='4'/><tag k='highway' v='track'/></way>"

static struct amp_pos at_m(double east_m, double north_m)
{
    static const double e7_per_m = 1e7 / 111195.08;
    return (struct amp_pos){(int32_t)lround(north_m * e7_per_m),
                            (int32_t)lround(east_m * e7_per_m)};
}

/* Seconds of one crew to a place. */
static double crew_s(const struct ready *rd, struct amp_crew_at crew, struct amp_pos to)
{
    struct amp_crews_ask ask = {&crew, 1, to};
    uint32_t ms = 0;
    assert_int_equal(amp_crews_times(rd->crews, rd->query, &ask, &ms), AMP_OK);
    return ms / 1000.0;
}

static void who_drives_on_a_motorway_bridge_is_not_on_the_street_below(void **state)
{
    (void)state;
    struct ready rd;
    map_make(BRIDGE, &rd.map);
    ready_make(&rd);
    struct amp_pos east = at_m(1500, 0);
    /* two metres beside both: nearer to the street */
    struct amp_crew_at fast = {0, at_m(1, 4), AMP_PROFILE_AMBULANCE, 90, 110};
    assert_true(crew_s(&rd, fast, east) < 90);
    struct amp_crew_at slow = {1, at_m(4, 1), AMP_PROFILE_AMBULANCE, 0, 30};
    assert_true(crew_s(&rd, slow, east) > 180);
    /* one that came along the motorway is on it, though nothing tells its heading */
    struct amp_crew_at came = {2, at_m(-60, 1), AMP_PROFILE_AMBULANCE, -1, -1};
    assert_true(crew_s(&rd, came, east) < 90);
    came.at = at_m(2, 4);
    assert_true(crew_s(&rd, came, east) < 90);
    /* and one that nobody knows is where it seems to be */
    struct amp_crew_at unknown = {3, at_m(2, 4), AMP_PROFILE_AMBULANCE, -1, -1};
    assert_true(crew_s(&rd, unknown, east) > 180);
    /* one that stands has no heading, whatever its receiver says */
    struct amp_crew_at stands = {4, at_m(1, 4), AMP_PROFILE_AMBULANCE, 90, 1};
    assert_true(crew_s(&rd, stands, east) > 180);
    ready_free(&rd);
}

/* Two carriageways twelve metres apart, joined a kilometre on and a kilometre back. */
#define CARRIAGEWAYS                                                                               \
    "<node id='1' lat='0' lon='-0.01'/><node id='2' lat='0' lon='0.01'/>"                          \
    "<node id='3' lat='0.00011' lon='0.01'/><node id='4' lat='0.00011' lon='-0.01'/>"              \
    "<way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/>"                         \
    "<tag k='oneway' v='yes'/></way>"                                                              \
    "<way id='2'><nd ref='3'/><nd ref='4'/><tag k='highway' v='primary'/>"                         \
    "<tag k='oneway' v='yes'/></way>"                                                              \
    "<way id='3'><nd ref='2'/><nd ref='3'/><tag k='highway' v='primary'/></way>"                   \
    "<way id='4'><nd ref='4'/><nd ref='1'/><tag k='highway' v='primary'/></way>"

static void of_two_carriageways_a_crew_is_on_the_one_that_leads_its_way(void **state)
{
    (void)state;
    struct ready rd;
    map_make(CARRIAGEWAYS, &rd.map);
    ready_make(&rd);
    struct amp_pos ahead = at_m(600, 0); /* on the one to the east */
    /* nearer to the one that leads west */
    struct amp_crew_at east = {0, at_m(0, 8), AMP_PROFILE_AMBULANCE, 90, 60};
    struct amp_crew_at west = {1, at_m(0, 4), AMP_PROFILE_AMBULANCE, 270, 60};
    assert_true(crew_s(&rd, east, ahead) < 60);
    assert_true(crew_s(&rd, west, ahead) > 100);
    ready_free(&rd);
}

/* A low bridge on the short way: an engine has to go round. */
#define LOW                                                                                        \
    "<node id='1' lat='0' lon='0'/><node id='2' lat='0' lon='0.001'/>"                             \
    "<node id='3' lat='0' lon='0.002'/><node id='4' lat='0' lon='0.003'/>"                         \
    "<node id='5' lat='0.01' lon='0.001'/><node id='6' lat='0.01' lon='0.002'/>"                   \
    "<way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='residential'/></way>"               \
    "<way id='2'><nd ref='2'/><nd ref='3'/><tag k='highway' v='residential'/>"                     \
    "<tag k='maxheight' v='3.1'/></way>"                                                           \
    "<way id='3'><nd ref='3'/><nd ref='4'/><tag k='highway' v='residential'/></way>"               \
    "<way id='4'><nd ref='2'/><nd ref='5'/><nd ref='6'/><nd ref='3'/>"                             \
    "<tag k='highway' v='residential'/></way>"

static void an_engine_is_not_first_under_a_low_bridge(void **state)
{
    (void)state;
    struct bed bed;
    struct amp_map map;
    struct reply reply;
    map_make(LOW, &map);
    bed_init(&bed);
    bed.config.map = &map;
    bed_start(&bed);
    bed_expect(&bed, "POST", "/v1/units",
               "{\"unit\":\"E1\",\"kind\":\"engine\",\"capabilities\":[\"engine\"]}", 201);
    bed_expect(&bed, "POST", "/v1/units",
               "{\"unit\":\"A1\",\"kind\":\"ambulance\",\"capabilities\":[\"bls\"]}", 201);
    bed_expect(&bed, "POST", "/v1/positions",
               "{\"positions\":[{\"unit\":\"E1\",\"lat\":0,\"lon\":0.0005},"
               "{\"unit\":\"A1\",\"lat\":0,\"lon\":0.0001}]}",
               200);
    bed_get(&bed, "/v1/nearest?to=0,0.003", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "results.0.id"), "A1");
    assert_string_equal(reply_text(&reply, "results.0.profile"), "ambulance");
    assert_string_equal(reply_text(&reply, "results.1.profile"), "fire");
    double fire_s = json_number_value(reply_at(&reply, "results.1.time_s"));
    reply_free(&reply);
    bed_get(&bed, "/v1/nearest?to=0,0.003&profile=ambulance", &reply); /* as if all were one */
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "results.0.id"), "E1");
    assert_string_equal(reply_text(&reply, "results.0.profile"), "ambulance");
    reply_free(&reply);
    /* a what-if counts each by its own, too */
    bed_get(&bed, "/v1/nearest?to=0,0.003&closed=0.01,0.0011", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(json_array_size(reply_at(&reply, "results")), 1);
    assert_string_equal(reply_text(&reply, "results.0.id"), "A1");
    reply_free(&reply);
    assert_true(fire_s > 60);
    bed_drop(&bed);
    amp_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clocks_of_a_zone_are_shown_summer_time_included),
        cmocka_unit_test(roads_follow_the_clock_while_serving),
        cmocka_unit_test(another_hour_is_a_what_if_that_touches_nothing),
        cmocka_unit_test(a_server_without_a_zone_reads_strictly_and_says_so),
        cmocka_unit_test(kinds_of_units_drive_by_their_profile),
        cmocka_unit_test(the_first_crews_are_those_of_dijkstra_each_by_its_profile),
        cmocka_unit_test(who_drives_on_a_motorway_bridge_is_not_on_the_street_below),
        cmocka_unit_test(of_two_carriageways_a_crew_is_on_the_one_that_leads_its_way),
        cmocka_unit_test(an_engine_is_not_first_under_a_low_bridge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
