/* What holds at times: conditional access, speeds, oneways and turns, and how their hours are read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/roads_sketch.h"

#include <math.h>
#include <string.h>

static struct amp_when moment(const char *text)
{
    struct amp_when when = {.known = false};
    assert_int_equal(amp_when_parse(amp_str_of(text), &when), AMP_OK);
    return when;
}

static enum amp_truth hours(const char *condition, const char *at)
{
    struct amp_clause clause[AMP_HOURS_CLAUSES];
    char text[160];
    struct amp_buf buf = amp_buf_make(sizeof(text));
    amp_buf_printf(&buf, "no @ (%s)", condition);
    size_t n = amp_clauses_read(amp_buf_cstr(&buf), clause);
    assert_int_equal(n, 1);
    if (!clause[0].condition.understood) {
        print_error("not understood: %s\n", condition);
    }
    assert_true(clause[0].condition.understood);
    struct amp_when when = moment(at);
    enum amp_truth truth = amp_hours_at(clause[0].condition.row, clause[0].condition.row_n, &when);
    amp_buf_free(&buf);
    return truth;
}

/* 2026-11-26 is a Thursday. */
static void the_usual_opening_hours_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *condition, *at;
        enum amp_truth truth;
    } row[] = {
        {"Mo-Fr 07:00-19:00", "2026-11-26T08:15", AMP_TRUE},
        {"Mo-Fr 07:00-19:00", "2026-11-26T19:00", AMP_FALSE},
        {"Mo-Fr 07:00-19:00", "2026-11-28T08:15", AMP_FALSE},
        {"Mo-Fr: 07:00-19:00", "2026-11-26T08:15", AMP_TRUE},
        {"07:00-09:00,16:00-18:00", "2026-11-26T17:00", AMP_TRUE},
        {"07:00-09:00,16:00-18:00", "2026-11-26T12:00", AMP_FALSE},
        {"22:00-06:00", "2026-11-26T23:30", AMP_TRUE},
        {"22:00-06:00", "2026-11-26T05:59", AMP_TRUE},
        {"Fr 22:00-06:00", "2026-11-28T03:00", AMP_TRUE}, /* Saturday, still Friday's night */
        {"Fr 22:00-06:00", "2026-11-27T03:00", AMP_FALSE},
        {"Sa-Mo", "2026-11-29T03:00", AMP_TRUE},
        {"Sa-Mo", "2026-11-26T03:00", AMP_FALSE},
        {"Mo,We,Fr 10:00-12:00", "2026-11-25T11:00", AMP_TRUE},
        {"May-Sep", "2026-11-26T03:00", AMP_FALSE},
        {"Oct-Mar", "2026-11-26T03:00", AMP_TRUE},
        {"Dec 15-Jan 10", "2027-01-10T03:00", AMP_TRUE},
        {"Dec 15-Jan 10", "2027-01-11T03:00", AMP_FALSE},
        {"Nov 20-30", "2026-11-26T03:00", AMP_TRUE},
        {"Jun-Aug Sa,Su 08:00-20:00", "2026-07-04T09:00", AMP_TRUE},
        {"Mo-Fr 07:00-19:00; PH off", "2026-11-26T08:15", AMP_TRUE},
        {"Mo-Su 07:00-19:00; We off", "2026-11-25T08:15", AMP_FALSE},
        {"Mo-Fr 07:00-19:00; Sa 07:00-13:00", "2026-11-28T12:00", AMP_TRUE},
        {"24/7", "2026-11-28T12:00", AMP_TRUE},
        {"PH 10:00-12:00", "2026-11-26T11:00", AMP_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        enum amp_truth truth = hours(row[i].condition, row[i].at);
        if (truth != row[i].truth) {
            print_error("%s at %s gave %d\n", row[i].condition, row[i].at, (int)truth);
        }
        assert_int_equal(truth, row[i].truth);
    }
}

static void what_is_not_understood_says_so(void **state)
{
    (void)state;
    static const char *const text[] = {
        "no @ (sunrise-sunset)",
        "no @ wet",
        "no @ (Mo-Fr 25:00-99:00)",
        "no @ (Mo[1] 10:00-11:00)",
        "no @ (week 10-20)",
        "no @",
        "no",
        "no @ (07:00)",
        "no @ (weight>many)",
        "no @ (Mo-Fr 07:00-19:00 AND snow)",
    };
    struct amp_clause clause[AMP_HOURS_CLAUSES];
    for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
        assert_int_equal(amp_clauses_read(text[i], clause), 1);
        if (clause[0].condition.understood) {
            print_error("understood: %s\n", text[i]);
        }
        assert_false(clause[0].condition.understood);
    }
    assert_int_equal(amp_clauses_read(NULL, clause), 0);
    assert_int_equal(amp_clauses_read("", clause), 0);
}

static void several_clauses_keep_their_order_and_their_semicolons(void **state)
{
    (void)state;
    struct amp_clause clause[AMP_HOURS_CLAUSES];
    size_t n = amp_clauses_read(
        "delivery @ (Mo-Fr 06:00-11:00; Sa 06:00-10:00); no @ (weight > 7.5 AND Su)", clause);
    assert_int_equal(n, 2);
    assert_true(amp_str_is(clause[0].value, "delivery") && amp_str_is(clause[1].value, "no"));
    assert_int_equal(clause[0].condition.row_n, 2);
    assert_int_equal(clause[1].condition.row_n, 1);
    assert_int_equal(clause[1].condition.test.size, AMP_SIZE_WEIGHT);
    assert_int_equal(clause[1].condition.test.limit, 750);
}

static void moments_are_read_strictly(void **state)
{
    (void)state;
    struct amp_when when = moment("2026-11-26T08:15");
    assert_true(when.known && when.weekday == 3 && when.minute == 495);
    assert_true(when.month == 11 && when.day == 26);
    assert_int_equal(moment("2024-02-29T23:59:59").weekday, 3);
    assert_int_equal(moment("1969-12-31T00:01").weekday, 2);
    static const char *const bad[] = {"",
                                      "2026-11-26",
                                      "2026-13-26T08:15",
                                      "2026-02-30T08:15",
                                      "2026-11-26T08:15Z",
                                      "2026-11-26 08:15x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_not_equal(amp_when_parse(amp_str_of(bad[i]), &when), AMP_OK);
    }
}

/* A short street and a long way round it. */
#define SHORT_AND_LONG(tags)                                                                       \
    "n 1 0 0\nn 2 1 0\nn 3 2 0\nn 4 3 0\nn 5 1 3\nn 6 2 3\n"                                       \
    "w 1 1,2 highway=residential\nw 2 2,3 highway=residential " tags                               \
    "\nw 3 3,4 highway=residential\nw 4 2,5,6,3 highway=residential\n"

static const char *over(struct amp_fixture *fx, enum amp_profile profile)
{
    return amp_sketch_ways(fx, profile, amp_sketch_pos(0, 0), amp_sketch_pos(3, 0));
}

static void a_road_closed_at_times_is_open_at_others(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(SHORT_AND_LONG("motor_vehicle:conditional=no~@~(Mo-Fr~07:00-19:00)"), &fx);
    assert_string_equal(over(&fx, AMP_PROFILE_CAR), "1 4 3"); /* at no known hour: strictly */
    amp_sketch_tune(&fx, "", "2026-11-26T08:15");
    assert_string_equal(over(&fx, AMP_PROFILE_CAR), "1 4 3");
    assert_string_equal(over(&fx, AMP_PROFILE_FOOT), "1 2 3");
    struct amp_route crew =
        amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(3, 0));
    assert_int_equal(crew.pass_n, 1); /* a sign does not stop a crew, but it should know */
    assert_int_equal(crew.pass[0].kind, AMP_PASS_EMERGENCY);
    amp_sketch_tune(&fx, "", "2026-11-28T08:15");
    assert_string_equal(over(&fx, AMP_PROFILE_CAR), "1 2 3");
    crew = amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(3, 0));
    assert_int_equal(crew.pass_n, 0);
    assert_int_equal(fx.counts.conditions, 1);
    assert_int_equal(fx.counts.conditions_unread, 0);
    amp_fixture_free(&fx);
}

static void a_road_opened_at_times_stays_shut_when_the_hour_is_unknown(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(SHORT_AND_LONG("access=no access:conditional=yes~@~(Sa,Su)"), &fx);
    assert_string_equal(over(&fx, AMP_PROFILE_AMBULANCE), "1 4 3");
    amp_sketch_tune(&fx, "", "2026-11-28T08:15");
    assert_string_equal(over(&fx, AMP_PROFILE_AMBULANCE), "1 2 3");
    assert_string_equal(over(&fx, AMP_PROFILE_CAR), "1 2 3");
    amp_sketch_tune(&fx, "", "2026-11-26T08:15");
    assert_string_equal(over(&fx, AMP_PROFILE_CAR), "1 4 3");
    amp_fixture_free(&fx);
}

static void what_nobody_understands_holds_at_any_time_and_is_counted(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(SHORT_AND_LONG("motor_vehicle:conditional=no~@~(sunset-sunrise)"), &fx);
    amp_sketch_tune(&fx, "", "2026-11-26T12:00");
    assert_string_equal(over(&fx, AMP_PROFILE_CAR), "1 4 3");
    assert_int_equal(fx.counts.conditions_unread, 1);
    amp_fixture_free(&fx);
    amp_sketch(SHORT_AND_LONG("access=no access:conditional=yes~@~(snow)"), &fx);
    amp_sketch_tune(&fx, "", "2026-11-26T12:00");
    assert_string_equal(over(&fx, AMP_PROFILE_CAR), "1 4 3");
    amp_fixture_free(&fx);
}

static void more_conditions_than_there_is_room_for_hold_always(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct amp_buf tags = amp_buf_make(1 << 14);
    static const char *const key[] = {"access", "vehicle", "motor_vehicle"};
    for (size_t i = 0; i < 3; i++) {
        amp_buf_printf(&tags, " %s:conditional=", key[i]);
        for (int k = 0; k < AMP_HOURS_CLAUSES; k++) {
            amp_buf_printf(&tags, "%sprivate~@~(0%d:00-0%d:30)", k > 0 ? ";" : "", k, k);
        }
    }
    amp_buf_text(&tags, " motorcar:conditional=no~@~(05:00-06:00)");
    struct amp_buf map = amp_buf_make(1 << 14);
    amp_buf_printf(&map,
                   "n 1 0 0\nn 2 1 0\nn 3 2 0\nn 4 3 0\nn 5 1 3\nn 6 2 3\n"
                   "w 1 1,2 highway=residential\nw 2 2,3 highway=residential%s\n"
                   "w 3 3,4 highway=residential\nw 4 2,5,6,3 highway=residential\n",
                   amp_buf_cstr(&tags));
    amp_sketch(amp_buf_cstr(&map), &fx);
    assert_int_equal(fx.counts.conditions + fx.counts.conditions_unread, 25);
    assert_true(fx.counts.conditions_unread > 0);
    amp_sketch_tune(&fx, "", "2026-11-26T12:00");
    assert_string_equal(over(&fx, AMP_PROFILE_CAR), "1 4 3");
    assert_string_equal(over(&fx, AMP_PROFILE_FOOT), "1 2 3");
    amp_buf_free(&tags);
    amp_buf_free(&map);
    amp_fixture_free(&fx);
}

static void a_oneway_at_times_is_one_only_then(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(SHORT_AND_LONG("oneway:conditional=yes~@~(16:00-19:00)"), &fx);
    struct amp_pos west = amp_sketch_pos(0, 0), east = amp_sketch_pos(3, 0);
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, east, west), "3 4 1");
    amp_sketch_tune(&fx, "", "2026-11-26T17:00");
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, east, west), "3 4 1");
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, west, east), "1 2 3");
    amp_sketch_tune(&fx, "", "2026-11-26T12:00");
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, east, west), "3 2 1");
    amp_fixture_free(&fx);
}

static void a_limit_at_times_slows_only_then(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 10 0\nw 1 1,2 highway=primary maxspeed=60 "
               "maxspeed:conditional=30~@~(22:00-06:00)\n",
               &fx);
    struct amp_pos west = amp_sketch_pos(0, 0), east = amp_sketch_pos(10, 0);
    double slow_s = 1111.95 / (30 * 0.8) * 3.6, fast_s = slow_s / 2;
    assert_true(fabs(amp_sketch_route(&fx, AMP_PROFILE_CAR, west, east).time_s - slow_s) < 0.05);
    amp_sketch_tune(&fx, "", "2026-11-26T12:00");
    assert_true(fabs(amp_sketch_route(&fx, AMP_PROFILE_CAR, west, east).time_s - fast_s) < 0.05);
    amp_sketch_tune(&fx, "", "2026-11-26T23:00");
    assert_true(fabs(amp_sketch_route(&fx, AMP_PROFILE_CAR, west, east).time_s - slow_s) < 0.05);
    amp_fixture_free(&fx);
}

static void a_condition_on_weight_binds_the_heavy_only(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(SHORT_AND_LONG("access:conditional=no~@~(weight>7.5)"), &fx);
    assert_string_equal(over(&fx, AMP_PROFILE_FIRE), "1 4 3");
    assert_string_equal(over(&fx, AMP_PROFILE_AMBULANCE), "1 2 3");
    amp_sketch_tune(&fx, "fire weight 7.5\n", NULL);
    assert_string_equal(over(&fx, AMP_PROFILE_FIRE), "1 2 3");
    amp_fixture_free(&fx);
}

#define CROSSING                                                                                   \
    "n 1 -2 0\nn 2 1 0\nn 3 0 2\nn 4 0 -3\nn 5 0 0\n"                                              \
    "w 1 1,5 highway=residential\nw 2 5,2 highway=residential\n"                                   \
    "w 3 5,3 highway=residential\nw 4 5,4 highway=residential\n"

static const char *left(struct amp_fixture *fx, enum amp_profile profile)
{
    return amp_sketch_ways(fx, profile, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2));
}

static void a_turn_forbidden_at_times_is_free_at_others(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CROSSING "r 1 from=w1 via=n5 to=w3 type=restriction "
                        "restriction:conditional=no_left_turn~@~(Mo-Fr~07:00-09:00,16:00-18:00)\n",
               &fx);
    assert_string_equal(left(&fx, AMP_PROFILE_CAR), "1 2 2 3"); /* unknown: strictly */
    amp_sketch_tune(&fx, "", "2026-11-26T16:30");
    assert_string_equal(left(&fx, AMP_PROFILE_CAR), "1 2 2 3");
    amp_sketch_tune(&fx, "", "2026-11-26T12:00");
    assert_string_equal(left(&fx, AMP_PROFILE_CAR), "1 3");
    amp_sketch_tune(&fx, "", "2026-11-28T16:30");
    assert_string_equal(left(&fx, AMP_PROFILE_CAR), "1 3");
    assert_int_equal(fx.counts.restrictions, 1);
    assert_int_equal(fx.counts.conditions, 1);
    amp_fixture_free(&fx);
}

static void an_only_at_times_and_over_a_via_way_is_free_at_others(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 -2 0\nn 5 0 0\nn 6 0 0.3\nn 7 -2 0.3\nn 8 2 0\nn 9 2 0.3\n"
               "w 1 1,5 highway=primary oneway=yes\nw 2 5,6 highway=primary_link\n"
               "w 3 6,7 highway=primary oneway=yes\nw 4 5,8 highway=primary oneway=yes\n"
               "w 5 8,9 highway=primary_link\nw 6 9,6 highway=primary oneway=yes\n"
               "r 1 from=w1 via=w2 to=w3 type=restriction "
               "restriction:conditional=no_u_turn~@~(Mo-Fr)\n",
               &fx);
    struct amp_pos from = amp_sketch_pos(-2, 0), to = amp_sketch_pos(-2, 0.3);
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, from, to), "1 4 5 6 3");
    amp_sketch_tune(&fx, "", "2026-11-26T12:00");
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, from, to), "1 4 5 6 3");
    amp_sketch_tune(&fx, "", "2026-11-28T12:00");
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, from, to), "1 2 3");
    amp_fixture_free(&fx);
}

static void a_turn_condition_that_nobody_understands_holds_always(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CROSSING "r 1 from=w1 via=n5 to=w3 type=restriction "
                        "restriction:conditional=no_left_turn~@~(sunrise-sunset)\n",
               &fx);
    amp_sketch_tune(&fx, "", "2026-11-26T12:00");
    assert_string_equal(left(&fx, AMP_PROFILE_CAR), "1 2 2 3");
    assert_int_equal(fx.counts.restrictions, 1);
    assert_int_equal(fx.counts.conditions_unread, 1);
    amp_fixture_free(&fx);
}

static void turns_forbidden_to_lorries_bind_the_engine_only(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CROSSING "r 1 from=w1 via=n5 to=w3 type=restriction restriction:hgv=no_left_turn\n",
               &fx);
    assert_string_equal(left(&fx, AMP_PROFILE_FIRE), "1 2 2 3");
    assert_string_equal(left(&fx, AMP_PROFILE_AMBULANCE), "1 3");
    assert_string_equal(left(&fx, AMP_PROFILE_FOOT), "1 3");
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_opening_hours_are_read),
        cmocka_unit_test(what_is_not_understood_says_so),
        cmocka_unit_test(several_clauses_keep_their_order_and_their_semicolons),
        cmocka_unit_test(moments_are_read_strictly),
        cmocka_unit_test(a_road_closed_at_times_is_open_at_others),
        cmocka_unit_test(a_road_opened_at_times_stays_shut_when_the_hour_is_unknown),
        cmocka_unit_test(what_nobody_understands_holds_at_any_time_and_is_counted),
        cmocka_unit_test(more_conditions_than_there_is_room_for_hold_always),
        cmocka_unit_test(a_oneway_at_times_is_one_only_then),
        cmocka_unit_test(a_limit_at_times_slows_only_then),
        cmocka_unit_test(a_condition_on_weight_binds_the_heavy_only),
        cmocka_unit_test(a_turn_forbidden_at_times_is_free_at_others),
        cmocka_unit_test(an_only_at_times_and_over_a_via_way_is_free_at_others),
        cmocka_unit_test(a_turn_condition_that_nobody_understands_holds_always),
        cmocka_unit_test(turns_forbidden_to_lorries_bind_the_engine_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
