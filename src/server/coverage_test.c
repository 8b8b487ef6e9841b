/* Coverage: sets of cells against the table of times, and what the interface says of them. */
#include "base/chance.h"
#include "server/cover.h"
#include "server/testbed.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    SEED = 7,
    BODY = 512,
    CREWS = 9,
    ROUNDS = 6,
    TRIES = 200
};

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

static int town_make(void **state)
{
    struct town *town = calloc(1, sizeof *town);
    assert_non_null(town);
    bed_map(SEED, &town->map);
    town->hospital = first_of(&town->map, "hospital");
    town->station = first_of(&town->map, "fire_station");
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

/* ---- the sets ---- */

struct stand {
    struct amp_metric *metric[AMP_PROFILE_COUNT];
    struct amp_road_query *query;
    struct amp_crews *crews;
    struct amp_cover *cover;
    struct amp_cover_crew crew[CREWS];
};

static void stand_make(const struct town *town, struct stand *out)
{
    struct amp_why why = {""};
    *out = (struct stand){.query = NULL};
    assert_int_equal(amp_metric_create(town->map.roads, AMP_PROFILE_AMBULANCE, NULL, 0,
                                       &out->metric[AMP_PROFILE_AMBULANCE], &why),
                     AMP_OK);
    assert_int_equal(amp_metric_create(town->map.roads, AMP_PROFILE_FIRE, NULL, 0,
                                       &out->metric[AMP_PROFILE_FIRE], &why),
                     AMP_OK);
    assert_int_equal(amp_road_query_create(town->map.roads, &out->query), AMP_OK);
    assert_int_equal(amp_crews_create(out->metric, &out->crews), AMP_OK);
    assert_int_equal(amp_cover_create(&out->cover), AMP_OK);
}

static void stand_drop(struct stand *stand)
{
    amp_cover_destroy(stand->cover);
    amp_crews_unref(stand->crews);
    amp_road_query_destroy(stand->query);
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_metric_unref(stand->metric[p]);
    }
}

static void crew_move(const struct town *town, struct amp_chance *chance,
                      struct amp_cover_crew *crew, uint32_t unit)
{
    struct amp_box box = amp_tiles_box(town->map.tiles);
    *crew = (struct amp_cover_crew){
        .at = {.unit = unit,
               .at = {(int32_t)amp_chance_between(chance, box.south_e7, box.north_e7),
                      (int32_t)amp_chance_between(chance, box.west_e7, box.east_e7)},
               .profile = unit % 3 == 0 ? AMP_PROFILE_FIRE : AMP_PROFILE_AMBULANCE,
               .heading_deg = -1,
               .speed_kmh = -1},
        .turnout_ms = (uint32_t)amp_chance_below(chance, 90000)};
}

/* From a position to the middle of a cell, by the table of times. */
static bool slow_reaches(const struct stand *stand, const struct amp_cover_crew *crew,
                         struct amp_pos middle, int minutes)
{
    const struct amp_metric *metric = stand->metric[crew->at.profile];
    struct amp_snap from, to;
    uint32_t time_ms = AMP_ROAD_FOREVER_MS;
    size_t n = 0;
    amp_err err = amp_roads_snap(amp_metric_roads(metric), crew->at.profile, crew->at.at,
                                 AMP_SNAP_MAX_M, -1, &from, 1, &n);
    if (err != AMP_OK || n == 0) {
        return false;
    }
    err = amp_roads_snap(amp_metric_roads(metric), crew->at.profile, middle, AMP_SNAP_MAX_M, -1,
                         &to, 1, &n);
    if (err != AMP_OK || n == 0) {
        return false;
    }
    assert_int_equal(amp_roads_matrix(stand->query, metric, &from, 1, &to, 1, &time_ms), AMP_OK);
    return time_ms < AMP_ROAD_FOREVER_MS && time_ms + crew->turnout_ms <= (uint32_t)minutes * 60000;
}

static void sets_compare(const struct town *town, struct stand *stand, int minutes)
{
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_cover_view view;
    size_t reached = 0, missed = 0;
    const struct amp_cover_ask ask = {.map = &town->map,
                                      .map_serial = 1,
                                      .crews = stand->crews,
                                      .query = stand->query,
                                      .crew = stand->crew,
                                      .n = CREWS,
                                      .minutes = minutes,
                                      .hour = AMP_DEMAND_WEEK_H};
    assert_int_equal(amp_cover_open(stand->cover, &ask, &arena, &view), AMP_OK);
    assert_true(view.demand->cell_n > 10);
    for (size_t c = 0; c < CREWS; c++) {
        for (size_t i = 0; i < view.demand->cell_n; i++) {
            bool fast = view.reach[c][i / 64] >> (i % 64) & 1;
            assert_int_equal(
                fast, slow_reaches(stand, &stand->crew[c], view.demand->cell[i].middle, minutes));
            reached += fast;
            missed += !fast;
        }
    }
    assert_true(reached > 0 && missed > 0);
    amp_cover_close(stand->cover);
    amp_arena_drop(&arena);
}

static void what_a_crew_reaches_agrees_with_the_table_of_times(void **state)
{
    const struct town *town = *state;
    struct amp_chance chance = {.state = 4};
    struct stand stand;
    stand_make(town, &stand);
    for (uint32_t i = 0; i < CREWS; i++) {
        crew_move(town, &chance, &stand.crew[i], i);
    }
    for (int round = 0; round < ROUNDS; round++) { /* one moves, the others are as they were */
        sets_compare(town, &stand, 1 + round % 3);
        uint32_t who = amp_chance_below(&chance, CREWS);
        crew_move(town, &chance, &stand.crew[who], who);
    }
    stand_drop(&stand);
}

static void closed_roads_are_known_to_the_sets(void **state)
{
    const struct town *town = *state;
    struct amp_chance chance = {.state = 8};
    struct amp_why why = {""};
    struct stand stand;
    stand_make(town, &stand);
    for (uint32_t i = 0; i < CREWS; i++) {
        crew_move(town, &chance, &stand.crew[i], i);
    }
    sets_compare(town, &stand, 3);
    const struct amp_road_closure closure = {
        .shape = AMP_CLOSURE_CIRCLE, .at = town->hospital, .radius_m = 600, .heading_deg = -1};
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        struct amp_metric *old = stand.metric[p];
        if (old != NULL) {
            assert_int_equal(amp_metric_change(old, &closure, 1, &stand.metric[p], &why), AMP_OK);
            amp_metric_unref(old);
        }
    }
    amp_crews_weigh(stand.crews, stand.query, stand.metric);
    sets_compare(town, &stand, 3);
    stand_drop(&stand);
}

static void in_haste_a_few_crews_are_worked_out_and_then_all_are_known(void **state)
{
    enum {
        MANY = 3 * AMP_COVER_REDO
    };
    const struct town *town = *state;
    struct amp_chance chance = {.state = 6};
    struct amp_cover_crew many[MANY];
    struct stand stand;
    int busy = 0;
    stand_make(town, &stand);
    for (uint32_t i = 0; i < MANY; i++) {
        crew_move(town, &chance, &many[i], i);
    }
    const struct amp_cover_ask ask = {.map = &town->map,
                                      .map_serial = 1,
                                      .crews = stand.crews,
                                      .query = stand.query,
                                      .crew = many,
                                      .n = MANY,
                                      .minutes = 8,
                                      .hour = AMP_DEMAND_WEEK_H,
                                      .haste = AMP_COVER_REDO};
    amp_err err = AMP_E_BUSY;
    while (err == AMP_E_BUSY) {
        struct amp_arena arena = amp_arena_make(1 << 22);
        struct amp_cover_view view;
        err = amp_cover_open(stand.cover, &ask, &arena, &view);
        busy += err == AMP_E_BUSY;
        amp_arena_drop(&arena);
        assert_true(busy <= MANY / AMP_COVER_REDO);
    }
    assert_int_equal(err, AMP_OK);
    assert_int_equal(busy, MANY / AMP_COVER_REDO - 1);
    amp_cover_close(stand.cover);
    stand_drop(&stand);
}

/* ---- the interface ---- */

static void town_start(struct bed *bed, const struct town *town)
{
    bed_init(bed);
    bed->config.map = &town->map;
    bed_start(bed);
}

static void pos_post(struct bed *bed, const char *path, const char *head, struct amp_pos pos)
{
    char body[BODY];
    (void)snprintf(body, sizeof body, "%s{\"lat\":%.7f,\"lon\":%.7f}}", head, amp_lat_deg(pos),
                   amp_lon_deg(pos));
    bed_expect(bed, "POST", path, body, 201);
}

static void crews_add(struct bed *bed, const struct town *town)
{
    pos_post(bed, "/v1/stations", "{\"station\":\"S1\",\"label\":\"A\",\"site\":", town->station);
    pos_post(bed, "/v1/stations", "{\"station\":\"S2\",\"label\":\"B\",\"site\":", town->hospital);
    static const char *const unit[] = {
        "{\"unit\":\"M1\",\"kind\":\"ambulance\",\"capabilities\":[\"als\",\"bls\"],"
        "\"station\":\"S1\"}",
        "{\"unit\":\"M2\",\"kind\":\"ambulance\",\"capabilities\":[\"als\",\"bls\"],"
        "\"station\":\"S2\"}",
        "{\"unit\":\"B1\",\"kind\":\"ambulance\",\"capabilities\":[\"bls\"],\"station\":\"S2\"}",
        "{\"unit\":\"N1\",\"kind\":\"ambulance\",\"capabilities\":[\"bls\"]}"};
    for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++) {
        bed_expect(bed, "POST", "/v1/units", unit[i], 201);
    }
}

static double share_of(const struct bed *bed, const char *path, const char *member)
{
    struct reply reply;
    bed_get(bed, path, &reply);
    assert_int_equal(reply.status, 200);
    double share = json_number_value(reply_at(&reply, member));
    reply_free(&reply);
    return share;
}

static void the_share_is_of_free_crews_and_falls_with_the_one_that_goes(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    town_start(&bed, town);
    assert_true(share_of(&bed, "/v1/coverage", "share") <= 0); /* nobody yet */
    crews_add(&bed, town);
    bed_get(&bed, "/v1/coverage?minutes=3&if=M1&cells=1", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply_int(&reply, "crews"), 3);
    assert_int_equal(reply_int(&reply, "unplaced"), 1); /* N1 has no station */
    assert_int_equal(reply_int(&reply, "demand.map_percent"), 100);
    double now = json_number_value(reply_at(&reply, "share"));
    double without = json_number_value(reply_at(&reply, "if.share"));
    assert_true(now > 0 && without >= 0 && without < now && now <= 1);
    assert_true(json_is_true(reply_at(&reply, "if.free")));
    const json_t *cells = reply_at(&reply, "cells");
    size_t lost = 0, covered = 0;
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        bool is_lost = json_is_true(json_object_get(cell, "lost"));
        int64_t crews = json_integer_value(json_object_get(cell, "crews"));
        int64_t demand = json_integer_value(json_object_get(cell, "demand"));
        assert_true(demand >= 1 && demand <= 4);
        assert_true(!is_lost || crews == 1);
        lost += is_lost;
        covered += crews > 0;
    }
    assert_true(lost > 0 && covered > lost);
    reply_free(&reply);
    bed_expect(&bed, "POST", "/v1/units/M1/status", "{\"status\":\"out-of-service\"}", 200);
    assert_float_equal(share_of(&bed, "/v1/coverage?minutes=3", "share"), without, 1e-9);
    assert_float_equal(share_of(&bed, "/v1/coverage?minutes=3&if=M1", "if.share"), without, 1e-9);
    assert_true(share_of(&bed, "/v1/coverage?minutes=3&can=als", "crews") <= 1);
    bed_drop(&bed);
}

static void incidents_of_the_past_move_demand_and_the_answer_says_how_much(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    town_start(&bed, town);
    crews_add(&bed, town);
    for (int i = 0; i < AMP_DEMAND_PRIOR; i++) {
        pos_post(&bed, "/v1/incidents", "{\"type\":\"fall\",\"pos\":", town->hospital);
    }
    bed_later(&bed, AMP_COVER_PAST_S + 1);
    bed_get(&bed, "/v1/coverage?minutes=5", &reply);
    assert_int_equal(reply_int(&reply, "demand.incidents"), AMP_DEMAND_PRIOR);
    assert_int_equal(reply_int(&reply, "demand.map_percent"), 50);
    assert_true(json_number_value(reply_at(&reply, "share")) > 0.5); /* M2 stands there */
    reply_free(&reply);
    bed_drop(&bed);
}

static void a_recommendation_says_what_each_choice_costs(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    struct reply reply;
    town_start(&bed, town);
    crews_add(&bed, town);
    pos_post(&bed, "/v1/calls", "{\"type\":\"cardiac-arrest\",\"pos\":", town->hospital);
    bool known = false;
    for (int i = 0; i < TRIES && !known; i++) { /* in haste it may be left out */
        bed_get(&bed, "/v1/incidents/I-1/recommendation", &reply);
        assert_int_equal(reply.status, 200);
        known = json_is_object(reply_at(&reply, "needs.0.coverage"));
        if (known) {
            double now = json_number_value(reply_at(&reply, "needs.0.coverage.share"));
            double left = json_number_value(reply_at(&reply, "needs.0.units.0.coverage"));
            assert_int_equal(reply_int(&reply, "needs.0.coverage.minutes"), AMP_COVER_MINUTES);
            assert_true(now > 0 && left >= 0 && left <= now);
        }
        reply_free(&reply);
    }
    assert_true(known);
    bed_drop(&bed);
}

static void what_cannot_be_asked_is_refused(void **state)
{
    const struct town *town = *state;
    struct bed bed;
    town_start(&bed, town);
    crews_add(&bed, town);
    bed_expect(&bed, "GET", "/v1/coverage?minutes=0", NULL, 422);
    bed_expect(&bed, "GET", "/v1/coverage?minutes=61", NULL, 422);
    bed_expect(&bed, "GET", "/v1/coverage?if=M9", NULL, 404);
    bed_expect(&bed, "GET", "/v1/coverage?can=als,,bls", NULL, 422);
    bed_drop(&bed);
    bed_init(&bed); /* without a map */
    bed_start(&bed);
    bed_expect(&bed, "GET", "/v1/coverage", NULL, 404);
    bed_drop(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_crew_reaches_agrees_with_the_table_of_times),
        cmocka_unit_test(closed_roads_are_known_to_the_sets),
        cmocka_unit_test(in_haste_a_few_crews_are_worked_out_and_then_all_are_known),
        cmocka_unit_test(the_share_is_of_free_crews_and_falls_with_the_one_that_goes),
        cmocka_unit_test(incidents_of_the_past_move_demand_and_the_answer_says_how_much),
        cmocka_unit_test(a_recommendation_says_what_each_choice_costs),
        cmocka_unit_test(what_cannot_be_asked_is_refused),
    };
    return cmocka_run_group_tests(tests, town_make, town_drop);
}
