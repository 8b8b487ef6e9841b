/* A made-up day on a made-up town: crews turn out, drive, arrive and come home. */
#include "base/testdata.h"
#include "exercise/sim.h"
#include "map/synth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/amparo-sim-XXXXXX";
static struct amp_map map;
static struct amp_sim_town town;

static int town_set_up(void **state)
{
    (void)state;
    char osm[64];
    char amap[64];
    struct amp_map_counts counts = {0};
    if (mkdtemp(dir) == NULL) {
        return 1;
    }
    (void)snprintf(osm, sizeof(osm), "%s/town.osm.pbf", dir);
    (void)snprintf(amap, sizeof(amap), "%s/town.amap", dir);
    int bad = amp_synth_write(osm, 1, 1, NULL, NULL) ||
              amp_map_build(osm, amap, NULL, &counts, NULL) || amp_map_open(amap, &map, NULL) ||
              amp_sim_town_find(&map, 1, 30, &town, NULL);
    (void)unlink(osm);
    (void)unlink(amap);
    (void)rmdir(dir);
    return bad;
}

static int town_tear_down(void **state)
{
    (void)state;
    amp_map_close(&map);
    return 0;
}

static void a_town_has_stations_crews_of_each_sort_and_a_hospital(void **state)
{
    (void)state;
    assert_true(town.station_n >= 4);
    assert_true(town.hospital_n >= 1);
    assert_int_equal(town.crew_n, 30);
    for (size_t i = 0; i < town.crew_n; i++) {
        assert_true(town.crew[i].station < town.station_n);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(town.crew[i].call_sign, town.crew[k].call_sign);
        }
    }
}

/* Plays the desk for one crew: what it reports becomes its status. */
static void desk_play(struct amp_sim *sim, struct amp_sim_sight *sight, size_t crew, double most_s,
                      enum amp_unit_status until)
{
    static struct amp_sim_action action[AMP_SIM_ACTIONS];
    for (double at_s = 0; at_s < most_s && sight[crew].status != until; at_s += 1.0) {
        size_t n = 0;
        assert_int_equal(amp_sim_step(sim, 1.0, sight, action, &n), AMP_OK);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(action[i].kind, AMP_SIM_STATUS);
            assert_int_equal(action[i].crew, crew);
            assert_true(amp_unit_may(sight[crew].status, action[i].status));
            sight[crew].status = action[i].status;
            if (!amp_unit_is_busy(action[i].status)) {
                sight[crew].incident.n = 0;
            }
        }
    }
    assert_int_equal(sight[crew].status, until);
}

static void a_crew_that_is_sent_arrives_and_comes_home(void **state)
{
    (void)state;
    struct amp_sim *sim = NULL;
    assert_int_equal(amp_sim_create(&map, &town, 5, &sim, NULL), AMP_OK);
    static struct amp_sim_sight sight[AMP_SIM_CREWS];
    memset(sight, 0, sizeof(sight));
    struct amp_pos home = amp_sim_position(sim, 0).pos;
    struct amp_pos there = town.hospital[0].site;
    if (amp_pos_distance_m(home, there) < 200.0) {
        there = town.station[(town.crew[0].station + 1) % town.station_n].site;
    }
    sight[0] = (struct amp_sim_sight){
        .status = AMP_UNIT_DISPATCHED, .incident = {1}, .at = there, .placed = true};
    desk_play(sim, sight, 0, 3600.0, AMP_UNIT_EN_ROUTE);
    desk_play(sim, sight, 0, 3600.0, AMP_UNIT_ON_SCENE);
    assert_true(amp_pos_distance_m(amp_sim_position(sim, 0).pos, there) < 100.0);
    desk_play(sim, sight, 0, 6 * 3600.0, AMP_UNIT_AVAILABLE);
    static struct amp_sim_action action[AMP_SIM_ACTIONS];
    size_t n = 0;
    for (int i = 0; i < 3600; i++) {
        assert_int_equal(amp_sim_step(sim, 1.0, sight, action, &n), AMP_OK);
    }
    assert_true(amp_pos_distance_m(amp_sim_position(sim, 0).pos, home) < 100.0);
    amp_sim_destroy(sim);
}

static void a_crew_never_jumps(void **state)
{
    (void)state;
    struct amp_sim *sim = NULL;
    assert_int_equal(amp_sim_create(&map, &town, 6, &sim, NULL), AMP_OK);
    static struct amp_sim_sight sight[AMP_SIM_CREWS];
    static struct amp_sim_action action[AMP_SIM_ACTIONS];
    memset(sight, 0, sizeof(sight));
    sight[0] = (struct amp_sim_sight){.status = AMP_UNIT_EN_ROUTE,
                                      .incident = {1},
                                      .at = town.hospital[town.hospital_n - 1].site,
                                      .placed = true};
    size_t n = 0;
    struct amp_pos before = amp_sim_position(sim, 0).pos;
    for (int i = 0; i < 600; i++) {
        assert_int_equal(amp_sim_step(sim, 1.0, sight, action, &n), AMP_OK);
        struct amp_pos now = amp_sim_position(sim, 0).pos;
        assert_true(amp_pos_distance_m(before, now) < 80.0); /* 280 km/h, and the way to the road */
        before = now;
    }
    amp_sim_destroy(sim);
}

static void the_same_seed_gives_the_same_day(void **state)
{
    (void)state;
    static struct amp_sim_sight sight[AMP_SIM_CREWS];
    static struct amp_sim_action action[2][AMP_SIM_ACTIONS];
    memset(sight, 0, sizeof(sight));
    struct amp_sim *sim[2] = {NULL, NULL};
    size_t calls = 0;
    for (int k = 0; k < 2; k++) {
        assert_int_equal(amp_sim_create(&map, &town, 11, &sim[k], NULL), AMP_OK);
        amp_sim_calls_per_hour(sim[k], 60.0);
    }
    for (int i = 0; i < 360; i++) {
        size_t n[2] = {0};
        for (int k = 0; k < 2; k++) {
            assert_int_equal(amp_sim_step(sim[k], 10.0, sight, action[k], &n[k]), AMP_OK);
        }
        assert_int_equal(n[0], n[1]);
        for (size_t a = 0; a < n[0]; a++) {
            assert_int_equal(action[0][a].pos.lat_e7, action[1][a].pos.lat_e7);
            assert_string_equal(action[0][a].number, action[1][a].number);
        }
        calls += n[0];
    }
    assert_true(calls > 20 && calls < 140); /* 60 expected in the hour */
    amp_sim_destroy(sim[0]);
    amp_sim_destroy(sim[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_town_has_stations_crews_of_each_sort_and_a_hospital),
        cmocka_unit_test(a_crew_that_is_sent_arrives_and_comes_home),
        cmocka_unit_test(a_crew_never_jumps),
        cmocka_unit_test(the_same_seed_gives_the_same_day),
    };
    return cmocka_run_group_tests(tests, town_set_up, town_tear_down);
}
