/* Who is proposed, in which order, and with which reasons. */
#include "response/recommend.h"
#include "response/testbed.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct stand {
    struct testbed bed;
    struct amp_track track;
    struct amp_arena arena;
    struct amp_question question;
    struct amp_advice *advice;
    size_t n;
};

static int stand_setup(void **state)
{
    static struct stand stand;
    stand = (struct stand){.arena = amp_arena_make(1 << 24)};
    testbed_open(&stand.bed);
    testbed_fleet(&stand.bed);
    *state = &stand;
    return 0;
}

static int stand_teardown(void **state)
{
    struct stand *stand = *state;
    testbed_close(&stand->bed);
    amp_track_finish(&stand->track);
    amp_arena_drop(&stand->arena);
    return 0;
}

static void ask(struct stand *stand, uint32_t incident)
{
    assert_int_equal(amp_question_ask(&stand->bed.state, &stand->track, stand->bed.plans,
                                      testbed_incident(&stand->bed, incident), stand->bed.now_us,
                                      &stand->arena, &stand->question, &stand->bed.why),
                     AMP_OK);
}

static void road(struct stand *stand, const char *call_sign, double road_s, double distance_m)
{
    for (size_t i = 0; i < stand->question.candidate_n; i++) {
        if (strcmp(stand->question.candidate[i].call_sign, call_sign) == 0) {
            stand->question.candidate[i].road_s = road_s;
            stand->question.candidate[i].distance_m = distance_m;
            return;
        }
    }
    fail_msg("%s is no candidate", call_sign);
}

static void recommend(struct stand *stand)
{
    assert_int_equal(amp_recommend(&stand->question, &stand->arena, &stand->advice, &stand->n),
                     AMP_OK);
}

static const char *ranked(const struct stand *stand, size_t need, size_t i)
{
    const struct amp_advice *advice = &stand->advice[need];
    return i < advice->ranked_n ? advice->ranked[i].who->call_sign : "nobody";
}

static bool has_reason(const struct amp_ranked *ranked, const char *code, const char *text)
{
    for (size_t i = 0; i < ranked->reason_n; i++) {
        const struct amp_reason *reason = &ranked->reason[i];
        if (strcmp(amp_reason_code_name(reason->code), code) == 0) {
            print_message("# %.*s\n", (int)reason->text.len, reason->text.ptr);
            return amp_str_is(reason->text, text);
        }
    }
    return false;
}

static void put(struct stand *stand, const char *call_sign, double lat, double lon, int64_t age_s)
{
    struct amp_position position = {.fix_us = stand->bed.now_us - age_s * 1000000,
                                    .heading_deg = -1,
                                    .speed_kmh = 0,
                                    .accuracy_m = -1};
    assert_int_equal(amp_pos_of_degrees(lat, lon, &position.pos), AMP_OK);
    assert_int_equal(amp_track_set(&stand->track, testbed_unit(&stand->bed, call_sign)->id,
                                   &position, stand->bed.now_us),
                     AMP_OK);
}

#define CHEST  "{\"type\":\"chest-pain\",\"pos\":{\"lat\":10,\"lon\":20}}"     /* one als */
#define ARREST "{\"type\":\"cardiac-arrest\",\"pos\":{\"lat\":10,\"lon\":20}}" /* als, bls */

static void the_nearest_by_straight_line_does_not_win_when_the_road_is_longer(void **state)
{
    struct stand *stand = *state;
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, CHEST);
    put(stand, "M1", 10.008, 20, 10); /* 0.9 km away, across the river */
    put(stand, "M2", 10.02, 20, 10);
    ask(stand, 1);
    assert_int_equal(stand->question.candidate_n, 2);
    road(stand, "M1", 450, 6000);
    road(stand, "M2", 250, 3100);
    recommend(stand);
    assert_string_equal(ranked(stand, 0, 0), "M2");
    assert_string_equal(ranked(stand, 0, 1), "M1");
    const struct amp_ranked *top = &stand->advice[0].ranked[0];
    assert_true(top->arrive_s > 309.9 && top->arrive_s < 310.1);
    assert_true(has_reason(top, "by-road", "4 min 10 s by road (3.1 km) plus 60 s to leave"));
    assert_true(has_reason(top, "straight-line-misleads",
                           "M1 is nearest by straight line (0.9 km) but would take 7 min 30 s by "
                           "road"));
    assert_false(has_reason(&stand->advice[0].ranked[1], "straight-line-misleads", ""));
}

static void a_stale_position_counts_from_the_station_and_says_so(void **state)
{
    struct stand *stand = *state;
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, CHEST);
    put(stand, "M1", 10.5, 20.5, 370);
    ask(stand, 1);
    road(stand, "M1", 100, NAN);
    road(stand, "M2", 200, NAN);
    recommend(stand);
    const struct amp_ranked *top = &stand->advice[0].ranked[0];
    assert_string_equal(ranked(stand, 0, 0), "M1");
    assert_int_equal(top->who->basis, AMP_BASIS_STATION);
    assert_int_equal(top->who->from.lat_e7, 100000000);
    assert_true(has_reason(top, "from-station", "no position for 6 min; counted from its station"));
    assert_true(has_reason(&stand->advice[0].ranked[1], "from-station",
                           "no position known; counted from its station"));
}

static void a_moving_crew_leaves_sooner(void **state)
{
    struct stand *stand = *state;
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, CHEST);
    testbed_must(&stand->bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M2\",\"status\":\"returning\"}");
    put(stand, "M1", 10, 20.01, 1);
    put(stand, "M2", 10, 20.01, 1);
    ask(stand, 1);
    road(stand, "M1", 100, NAN);
    road(stand, "M2", 120, NAN);
    recommend(stand);
    assert_string_equal(ranked(stand, 0, 0), "M2");
    assert_true(stand->advice[0].ranked[0].arrive_s < 125.1);
}

static void a_scarce_crew_is_kept_for_the_need_that_only_it_can_meet(void **state)
{
    struct stand *stand = *state;
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, ARREST);
    testbed_must(&stand->bed, AMP_CMD_SET_STATUS,
                 "{\"unit\":\"M2\",\"status\":\"out-of-service\"}");
    ask(stand, 1);
    road(stand, "M1", 300, NAN);
    road(stand, "B1", 100, NAN);
    recommend(stand);
    assert_int_equal(stand->n, 2);
    assert_string_equal(ranked(stand, 0, 0), "M1"); /* als */
    assert_string_equal(ranked(stand, 1, 0), "B1"); /* bls */
    assert_int_equal(stand->advice[0].ranked_n, 1);
    assert_int_equal(stand->advice[1].ranked_n, 1);
}

static void assigned_crews_fill_needs_and_are_not_proposed(void **state)
{
    struct stand *stand = *state;
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, ARREST);
    testbed_must(&stand->bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    ask(stand, 1);
    assert_int_equal(stand->question.missing[0], 0);
    assert_int_equal(stand->question.missing[1], 1);
    assert_true(stand->question.filled == 1);
    road(stand, "M2", 60, NAN);
    road(stand, "B1", 90, NAN);
    recommend(stand);
    assert_int_equal(stand->advice[0].ranked_n, 0);
    assert_string_equal(ranked(stand, 1, 0), "M2");
    testbed_must(&stand->bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M2\"}");
    ask(stand, 1);
    assert_int_equal(stand->question.missing[0] + stand->question.missing[1], 0);
    assert_int_equal(stand->question.candidate_n, 0);
}

static void a_raised_alarm_asks_for_what_its_level_needs_beyond_who_was_sent(void **state)
{
    struct stand *stand = *state;
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT,
                 "{\"type\":\"structure-fire\",\"pos\":{\"lat\":10,\"lon\":20}}");
    testbed_must(&stand->bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"F1\"}");
    testbed_must(&stand->bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"B1\"}");
    ask(stand, 1);
    assert_int_equal(stand->question.level, 1);
    assert_int_equal(stand->question.need[0].count, 2);
    assert_int_equal(stand->question.missing[0], 1); /* of the engines */
    assert_int_equal(stand->question.missing[4], 0); /* of the ambulance */
    assert_int_equal(stand->question.candidate_n, 0);
    testbed_must(&stand->bed, AMP_CMD_SET_LEVEL, "{\"incident\":\"I-1\",\"level\":2}");
    ask(stand, 1);
    assert_int_equal(stand->question.need_n, 5);
    assert_int_equal(stand->question.need[0].count, 4);
    assert_int_equal(stand->question.missing[0], 3);
    assert_int_equal(stand->question.missing[4], 1);
    assert_int_equal(stand->question.candidate_n, 2); /* M1 and M2 can be the second ambulance */
    road(stand, "M2", 90, 1200);
    recommend(stand);
    assert_string_equal(ranked(stand, 4, 0), "M2");
    testbed_must(&stand->bed, AMP_CMD_SET_LEVEL,
                 "{\"incident\":\"I-1\",\"level\":1,\"text\":\"smoke only\"}");
    ask(stand, 1);
    assert_int_equal(stand->question.missing[0], 1);
}

static void a_busy_crew_is_diverted_only_from_less_urgent_and_only_if_earlier(void **state)
{
    struct stand *stand = *state;
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, CHEST); /* priority 2 */
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\",\"priority\":4}");
    testbed_must(&stand->bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-2\",\"unit\":\"M1\"}");
    ask(stand, 1);
    road(stand, "M1", 60, NAN);
    road(stand, "M2", 200, NAN);
    recommend(stand);
    assert_string_equal(ranked(stand, 0, 0), "M2");
    assert_string_equal(ranked(stand, 0, 1), "M1");
    assert_true(stand->advice[0].ranked[1].divert);
    assert_true(has_reason(&stand->advice[0].ranked[1], "divert", "now on I-2 (priority 4)"));
    const struct amp_ranked *busy = &stand->advice[0].ranked[1];
    const struct amp_reason *why = &busy->reason[busy->reason_n - 1];
    assert_int_equal(why->code, AMP_REASON_DIVERT);
    assert_int_equal(why->incident.n, 2);
    assert_int_equal(why->priority, 4);
    road(stand, "M1", 260, NAN);
    recommend(stand);
    assert_int_equal(stand->advice[0].ranked_n, 1);
    testbed_must(&stand->bed, AMP_CMD_TRIAGE, "{\"incident\":\"I-2\",\"priority\":2}");
    ask(stand, 1);
    assert_int_equal(stand->question.candidate_n, 1);
    testbed_must(&stand->bed, AMP_CMD_TRIAGE, "{\"incident\":\"I-2\",\"priority\":5}");
    testbed_must(&stand->bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"on-scene\"}");
    ask(stand, 1);
    assert_int_equal(stand->question.candidate_n, 1); /* with its patient */
}

static void a_crew_without_a_way_by_road_is_not_proposed(void **state)
{
    struct stand *stand = *state;
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, CHEST);
    ask(stand, 1);
    road(stand, "M2", 500, NAN);
    recommend(stand);
    assert_int_equal(stand->advice[0].ranked_n, 1);
    assert_string_equal(ranked(stand, 0, 0), "M2");
    assert_true(has_reason(&stand->advice[0].ranked[0], "straight-line-misleads",
                           "M1 is nearest by straight line (0.0 km) but has no way by road"));
}

static void without_a_place_or_a_type_there_is_a_sentence_and_no_advice(void **state)
{
    struct stand *stand = *state;
    struct amp_question question = {0};
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\"}");
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, "{\"pos\":{\"lat\":1,\"lon\":2}}");
    for (uint32_t n = 1; n <= 2; n++) {
        assert_int_equal(amp_question_ask(&stand->bed.state, &stand->track, stand->bed.plans,
                                          testbed_incident(&stand->bed, n), stand->bed.now_us,
                                          &stand->arena, &question, &stand->bed.why),
                         AMP_E_MISSING);
        assert_non_null(strstr(stand->bed.why.text, n == 1 ? "no position" : "no type"));
    }
}

static int slow_order(const void *a, const void *b)
{
    const struct amp_candidate *x = *(const struct amp_candidate *const *)a;
    const struct amp_candidate *y = *(const struct amp_candidate *const *)b;
    double x_s = x->road_s + (x->moving ? 5 : 60);
    double y_s = y->road_s + (y->moving ? 5 : 60);
    return x_s < y_s ? -1 : x_s > y_s ? 1 : strcmp(x->call_sign, y->call_sign);
}

static void ranking_agrees_with_a_plain_sort(void **state)
{
    struct stand *stand = *state;
    const struct amp_candidate *plain[40];
    struct amp_candidate pool[40];
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, CHEST);
    ask(stand, 1);
    srand(7);
    for (int round = 0; round < 500; round++) {
        size_t n = (size_t)(rand() % 40) + 1;
        for (size_t i = 0; i < n; i++) {
            pool[i] = (struct amp_candidate){.needs = 1,
                                             .status = AMP_UNIT_AVAILABLE,
                                             .basis = AMP_BASIS_POSITION,
                                             .moving = rand() % 2,
                                             .road_s = rand() % 200,
                                             .straight_m = rand() % 1000};
            snprintf(pool[i].call_sign, sizeof(pool[i].call_sign), "U%02zu", (i * 7) % 40);
            plain[i] = &pool[i];
        }
        stand->question.candidate = pool;
        stand->question.candidate_n = n;
        recommend(stand);
        qsort(plain, n, sizeof(plain[0]), slow_order);
        assert_int_equal(stand->advice[0].ranked_n, n < AMP_RANKED_MAX ? n : AMP_RANKED_MAX);
        for (size_t i = 0; i < stand->advice[0].ranked_n; i++) {
            assert_ptr_equal(stand->advice[0].ranked[i].who, plain[i]);
        }
    }
}

/* The most needs that can be met, by trying everything: the slow twin of the matching. */
static int most_met(const uint64_t *needs, size_t n, unsigned taken)
{
    if (n == 0) {
        return 0;
    }
    int best = most_met(needs + 1, n - 1, taken);
    for (unsigned i = 0; i < 4; i++) {
        if ((needs[0] >> i & 1) && !(taken >> i & 1)) {
            int met = 1 + most_met(needs + 1, n - 1, taken | 1U << i);
            best = met > best ? met : best;
        }
    }
    return best;
}

static void as_many_needs_are_met_as_can_be_and_nobody_is_proposed_twice(void **state)
{
    struct stand *stand = *state;
    struct amp_candidate pool[6];
    srand(11);
    for (int round = 0; round < 2000; round++) {
        uint64_t needs[6];
        size_t n = (size_t)(rand() % 6) + 1;
        stand->question = (struct amp_question){
            .need_n = 4, .candidate = pool, .candidate_n = n, .missing = {1, 1, 1, 1}};
        for (size_t i = 0; i < n; i++) {
            needs[i] = (uint64_t)(rand() % 16);
            pool[i] = (struct amp_candidate){.needs = needs[i],
                                             .status = AMP_UNIT_AVAILABLE,
                                             .basis = AMP_BASIS_POSITION,
                                             .road_s = rand() % 50};
            snprintf(pool[i].call_sign, sizeof(pool[i].call_sign), "U%zu", i);
        }
        recommend(stand);
        int met = 0;
        size_t shown[6] = {0};
        for (size_t i = 0; i < 4; i++) {
            const struct amp_advice *advice = &stand->advice[i];
            met += advice->ranked_n > 0;
            for (size_t k = 0; k < advice->ranked_n; k++) {
                shown[advice->ranked[k].who - pool]++;
                assert_true(advice->ranked[k].who->needs >> i & 1);
                assert_true(k == 0 || advice->ranked[k].arrive_s >= advice->ranked[k - 1].arrive_s);
            }
        }
        assert_int_equal(met, most_met(needs, n, 0));
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(shown[i], needs[i] != 0);
        }
        amp_arena_reset(&stand->arena);
    }
}

/* The advice as clients get it. */
static json_t *viewed(const struct stand *stand)
{
    struct amp_buf buf = amp_buf_make(1 << 16);
    struct amp_json js = amp_json_make(&buf);
    json_t *root = NULL;
    amp_json_open(&js, '{');
    amp_recommend_view(&js, &stand->question, stand->advice, stand->n);
    amp_json_close(&js, '}');
    assert_int_equal(amp_json_read(amp_buf_view(&buf), 1 << 16, &root, NULL), AMP_OK);
    amp_buf_free(&buf);
    return root;
}

/* The facts of a reason of the crew in this place of the first list. */
static const json_t *params(const json_t *root, size_t place, const char *code)
{
    const json_t *need = json_array_get(json_object_get(root, "needs"), 0);
    const json_t *unit = json_array_get(json_object_get(need, "units"), place);
    const json_t *reasons = json_object_get(unit, "reasons");
    for (size_t i = 0; i < json_array_size(reasons); i++) {
        const json_t *reason = json_array_get(reasons, i);
        if (strcmp(json_string_value(json_object_get(reason, "code")), code) == 0) {
            return json_object_get(reason, "params");
        }
    }
    fail_msg("there is no reason %s", code);
    return NULL;
}

static double fact(const json_t *facts, const char *name)
{
    const json_t *value = json_object_get(facts, name);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static void a_reason_brings_the_facts_of_its_sentence(void **state)
{
    struct stand *stand = *state;
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, CHEST);
    put(stand, "M1", 10.008, 20, 10); /* 890 m away, across the river */
    put(stand, "M2", 10.02, 20, 10);
    ask(stand, 1);
    road(stand, "M1", 450.25, 6000);
    road(stand, "M2", 250, NAN);
    recommend(stand);
    json_t *root = viewed(stand);
    const json_t *way = params(root, 0, "by-road");
    assert_true(fabs(fact(way, "road_s") - 250) < 0.01);
    assert_true(json_is_null(json_object_get(way, "distance_m")));
    assert_true(fabs(fact(way, "turnout_s") - 60) < 0.01);
    const json_t *line = params(root, 0, "straight-line-misleads");
    assert_string_equal(json_string_value(json_object_get(line, "unit")), "M1");
    assert_true(fabs(fact(line, "straight_m") - 890) < 2);
    assert_true(fabs(fact(line, "road_s") - 450.25) < 0.1);
    assert_int_equal(json_object_size(line), 3);
    assert_true(fabs(fact(params(root, 1, "by-road"), "distance_m") - 6000) < 0.5);
    json_decref(root);
    road(stand, "M1", INFINITY, NAN);
    recommend(stand);
    root = viewed(stand);
    line = params(root, 0, "straight-line-misleads");
    assert_true(json_is_null(json_object_get(line, "road_s")));
    json_decref(root);
}

static void a_position_that_is_old_or_missing_brings_its_age(void **state)
{
    struct stand *stand = *state;
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, CHEST);
    put(stand, "M1", 10.008, 20, 400);
    ask(stand, 1);
    road(stand, "M1", 100, 1000);
    road(stand, "M2", 200, 1000);
    recommend(stand);
    json_t *root = viewed(stand);
    assert_true(fabs(fact(params(root, 0, "from-station"), "age_s") - 400) < 2);
    const json_t *never = params(root, 1, "from-station");
    assert_true(json_is_null(json_object_get(never, "age_s")));
    json_decref(root);
}

static void the_view_has_the_members_that_clients_read(void **state)
{
    struct stand *stand = *state;
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, CHEST);
    ask(stand, 1);
    road(stand, "M1", 90, 1200);
    recommend(stand);
    json_t *root = viewed(stand);
    const json_t *need = json_array_get(json_object_get(root, "needs"), 0);
    const json_t *unit = json_array_get(json_object_get(need, "units"), 0);
    assert_string_equal(json_string_value(json_object_get(root, "incident")), "I-1");
    assert_int_equal(json_integer_value(json_object_get(root, "level")), 1);
    assert_string_equal(json_string_value(json_object_get(unit, "unit")), "M1");
    assert_string_equal(json_string_value(json_object_get(unit, "basis")), "station");
    assert_true(json_is_null(json_object_get(unit, "from_incident")));
    const json_t *reason = json_array_get(json_object_get(unit, "reasons"), 0);
    assert_string_equal(json_string_value(json_object_get(reason, "code")), "by-road");
    json_decref(root);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, stand_setup, stand_teardown)
    const struct CMUnitTest tests[] = {
        ROW(the_nearest_by_straight_line_does_not_win_when_the_road_is_longer),
        ROW(a_stale_position_counts_from_the_station_and_says_so),
        ROW(a_moving_crew_leaves_sooner),
        ROW(a_scarce_crew_is_kept_for_the_need_that_only_it_can_meet),
        ROW(assigned_crews_fill_needs_and_are_not_proposed),
        ROW(a_raised_alarm_asks_for_what_its_level_needs_beyond_who_was_sent),
        ROW(a_busy_crew_is_diverted_only_from_less_urgent_and_only_if_earlier),
        ROW(a_crew_without_a_way_by_road_is_not_proposed),
        ROW(without_a_place_or_a_type_there_is_a_sentence_and_no_advice),
        ROW(ranking_agrees_with_a_plain_sort),
        ROW(as_many_needs_are_met_as_can_be_and_nobody_is_proposed_twice),
        ROW(a_reason_brings_the_facts_of_its_sentence),
        ROW(a_position_that_is_old_or_missing_brings_its_age),
        ROW(the_view_has_the_members_that_clients_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
