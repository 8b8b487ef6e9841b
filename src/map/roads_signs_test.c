/* Signs and ground: sizes, gates, crossovers, contraflow, fords, bad surfaces, by profile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/road_values.h"
#include "map/roads_sketch.h"

#include <math.h>
#include <string.h>

/* A short street and a long way round it. */
#define SHORT_AND_LONG(tags)                                                                       \
    "n 1 0 0\nn 2 1 0\nn 3 2 0\nn 4 3 0\nn 5 1 3\nn 6 2 3\n"                                       \
    "w 1 1,2 highway=residential\nw 2 2,3 highway=residential " tags                               \
    "\nw 3 3,4 highway=residential\nw 4 2,5,6,3 highway=residential\n"

static struct amp_route over(struct amp_fixture *fx, enum amp_profile profile)
{
    return amp_sketch_route(fx, profile, amp_sketch_pos(0, 0), amp_sketch_pos(3, 0));
}

static bool goes_round(struct amp_fixture *fx, enum amp_profile profile)
{
    return over(fx, profile).distance_m > 400;
}

static void sizes_are_read_in_every_common_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double cm;
    } length[] = {
        {"3.5", 350},
        {"3.5 m", 350},
        {"3,5", 350},
        {"11'6\"", 350.52},
        {"11' 6\"", 350.52},
        {"11 ft 6 in", 350.52},
        {"350 cm", 350},
        {"3500 mm", 350},
        {"138\"", 350.52},
        {"4.0;3.5", 350},
        {"default", 0},
        {"none", 0},
        {"below_default", 0},
        {"unsigned", 0},
        {"no_indications", 0},
        {"", 0},
        {"0", 0},
    };
    for (size_t i = 0; i < sizeof(length) / sizeof(length[0]); i++) {
        if (fabs(amp_length_cm(length[i].text) - length[i].cm) > 1e-6) {
            print_error("%s gave %f\n", length[i].text, amp_length_cm(length[i].text));
        }
        assert_true(fabs(amp_length_cm(length[i].text) - length[i].cm) < 1e-6);
    }
    static const struct {
        const char *text;
        double kg;
    } weight[] = {
        {"7.5", 7500},          {"7.5 t", 7500},      {"7,5t", 7500},       {"7500 kg", 7500},
        {"16500 lbs", 7484.27}, {"8 st", 7257.478},   {"3.5;7.5", 3500},    {"none", 0},
        {"unsigned", 0},        {"10 lt", 10160.469}, {"40 cwt", 2032.094},
    };
    for (size_t i = 0; i < sizeof(weight) / sizeof(weight[0]); i++) {
        if (fabs(amp_weight_kg(weight[i].text) - weight[i].kg) > 0.01) {
            print_error("%s gave %f\n", weight[i].text, amp_weight_kg(weight[i].text));
        }
        assert_true(fabs(amp_weight_kg(weight[i].text) - weight[i].kg) < 0.01);
    }
    assert_true(amp_length_cm(NULL) <= 0 && amp_weight_kg(NULL) <= 0);
    assert_true(fabs(amp_duration_s("P1DT2H") - 93600) < 1e-9 && amp_duration_s("P1M") <= 0);
}

static void one_file_serves_engines_of_any_size(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(SHORT_AND_LONG("tunnel=yes maxheight=3.2"), &fx);
    assert_true(goes_round(&fx, AMP_PROFILE_FIRE));
    assert_false(goes_round(&fx, AMP_PROFILE_AMBULANCE));
    amp_sketch_tune(&fx, "fire height 3.2\nambulance height 3.21 # a box body\n", NULL);
    assert_false(goes_round(&fx, AMP_PROFILE_FIRE));
    assert_true(goes_round(&fx, AMP_PROFILE_AMBULANCE));
    amp_fixture_free(&fx);
}

static void every_size_has_its_sign(void **state)
{
    (void)state;
    static const struct {
        const char *map;
        const char *lower;
    } row[] = {
        {SHORT_AND_LONG("maxheight=10'6\""), "fire height 3.1\n"},
        {SHORT_AND_LONG("maxheight:physical=3.25 maxheight=none"), "fire height 3.2\n"},
        {SHORT_AND_LONG("bridge=yes maxweight=12"), "fire weight 12\n"},
        {SHORT_AND_LONG("bridge=yes maxweightrating=26000~lbs"), "fire weight 11\n"},
        {SHORT_AND_LONG("maxwidth=2.3"), "fire width 2.2\n"},
        {SHORT_AND_LONG("maxlength=7"), "fire length 7\n"},
        {SHORT_AND_LONG("maxaxleload=8"), "fire axleload 8\n"},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct amp_fixture fx;
        amp_sketch(row[i].map, &fx);
        assert_true(goes_round(&fx, AMP_PROFILE_FIRE));
        assert_false(goes_round(&fx, AMP_PROFILE_CAR));
        amp_sketch_tune(&fx, row[i].lower, NULL);
        assert_false(goes_round(&fx, AMP_PROFILE_FIRE));
        amp_fixture_free(&fx);
    }
}

static void a_barrier_has_a_width_and_a_height_too(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 2 0 barrier=width_restrictor maxwidth=2.1\nn 4 3 0\n"
               "n 5 1 3\nn 6 2 3\nn 7 2.5 0 barrier=height_restrictor maxheight=3.1\n"
               "w 1 1,2,3,7,4 highway=residential\nw 4 2,5,6,4 highway=residential\n",
               &fx);
    assert_true(goes_round(&fx, AMP_PROFILE_AMBULANCE)); /* 2.2 m wide */
    assert_false(goes_round(&fx, AMP_PROFILE_CAR));
    amp_sketch_tune(&fx, "ambulance width 2.0\nfire width 2.0\n", NULL);
    assert_false(goes_round(&fx, AMP_PROFILE_AMBULANCE));
    assert_true(goes_round(&fx, AMP_PROFILE_FIRE)); /* 3.3 m high */
    amp_fixture_free(&fx);
}

static void a_locked_gate_costs_more_and_says_that_a_key_is_needed(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0 barrier=gate locked=yes maxwidth=2.4\nn 3 2 0\n"
               "w 1 1,2,3 highway=residential name=Lane\n",
               &fx);
    struct amp_route crew =
        amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(2, 0));
    assert_int_equal(crew.pass_n, 1);
    assert_int_equal(crew.pass[0].kind, AMP_PASS_GATE);
    assert_true(crew.pass[0].locked && fabs(crew.pass[0].width_m - 2.4) < 1e-9);
    assert_true(fabs(crew.pass[0].cost_s - 90) < 1e-9);
    amp_sketch_tune(&fx, "ambulance gate 50\n", NULL);
    crew = amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(2, 0));
    assert_true(fabs(crew.pass[0].cost_s - 45) < 1e-9);
    amp_fixture_free(&fx);
}

/* openrouteservice app #38 cost a life: an unusable private road that looked like any other. */
static void a_private_road_is_driven_only_where_it_saves_more_than_it_costs(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 5 0\nn 4 6 0\nn 5 1 0.5\nn 6 5 0.5\n"
               "w 1 1,2 highway=residential\nw 2 2,3 highway=track access=private surface=mud "
               "width=2.3 smoothness=very_bad name=Farm\n"
               "w 3 3,4 highway=residential\nw 4 2,5,6,3 highway=residential\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(6, 0)),
        "1 4 3");
    struct amp_route crew =
        amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(3, 0));
    assert_int_equal(crew.pass_n, 3);
    assert_int_equal(crew.pass[0].kind, AMP_PASS_PRIVATE);
    assert_int_equal(crew.pass[1].kind, AMP_PASS_ROUGH);
    assert_int_equal(crew.pass[2].kind, AMP_PASS_NARROW);
    assert_string_equal(crew.pass[0].surface, "mud");
    assert_string_equal(crew.pass[0].smoothness, "very_bad");
    assert_true(fabs(crew.pass[2].width_m - 2.3) < 1e-9);
    amp_fixture_free(&fx);
}

/* OSRM #1790: ordinary cars through emergency crossovers; #4967: crews that may not use them. */
static void crossovers_are_for_crews_only_whatever_they_are_called(void **state)
{
    (void)state;
    static const char *const tags[] = {
        "highway=service service=emergency_access",
        "highway=service access=emergency",
        "highway=service access=no emergency=designated",
        "highway=motorway_link access=no emergency=yes",
        "highway=unclassified motor_vehicle=emergency",
    };
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        struct amp_fixture fx;
        struct amp_buf text = amp_buf_make(4096);
        amp_buf_printf(&text,
                       "n 1 0 0\nn 2 1 0\nn 3 30 0\nn 4 0 0.1\nn 5 1 0.1\nn 6 30 0.1\n"
                       "w 1 1,2,3 highway=trunk oneway=yes\nw 2 6,5,4 highway=trunk oneway=yes\n"
                       "w 3 2,5 %s\nw 4 3,6 highway=trunk_link\n",
                       tags[i]);
        amp_sketch(amp_buf_cstr(&text), &fx);
        amp_buf_free(&text);
        struct amp_pos from = amp_sketch_pos(0, 0), to = amp_sketch_pos(0, 0.1);
        assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, from, to), "1 1 4 2 2");
        assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_FIRE, from, to), "1 3 2");
        struct amp_route crew = amp_sketch_route(&fx, AMP_PROFILE_FIRE, from, to);
        assert_int_equal(crew.pass_n, 1);
        assert_int_equal(crew.pass[0].kind, AMP_PASS_EMERGENCY);
        assert_true(crew.pass[0].cost_s > 0);
        amp_fixture_free(&fx);
    }
}

static void contraflow_is_off_until_a_setting_allows_it_and_is_listed(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 2 0\nn 4 3 0\nn 5 1 9\nn 6 2 9\n"
               "w 1 1,2 highway=residential\nw 2 3,2 highway=residential oneway=yes name=One\n"
               "w 3 3,4 highway=residential\nw 4 2,5,6,3 highway=residential\n",
               &fx);
    assert_true(goes_round(&fx, AMP_PROFILE_AMBULANCE));
    amp_sketch_tune(&fx, "ambulance contraflow 300\n", NULL);
    assert_false(goes_round(&fx, AMP_PROFILE_AMBULANCE));
    assert_true(goes_round(&fx, AMP_PROFILE_FIRE));
    assert_true(goes_round(&fx, AMP_PROFILE_CAR));
    struct amp_route crew = over(&fx, AMP_PROFILE_AMBULANCE);
    assert_int_equal(crew.pass_n, 1);
    assert_int_equal(crew.pass[0].kind, AMP_PASS_CONTRAFLOW);
    assert_true(amp_str_is(crew.pass[0].name, "One"));
    double usual_s = 111.195 / 30 * 3.6 * 0.8;
    assert_true(fabs(crew.pass[0].cost_s - 2 * usual_s) < 0.01);
    amp_sketch_tune(&fx, "car contraflow 300\n", NULL);
    assert_true(goes_round(&fx, AMP_PROFILE_CAR)); /* never an ordinary car */
    amp_fixture_free(&fx);
}

static void nobody_drives_against_a_motorway_or_a_roundabout(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nw 1 1,2 highway=motorway\nn 3 2 0\nn 4 2 1\nn 5 1 1\n"
               "w 2 2,3,4,5,2 junction=roundabout highway=tertiary\n",
               &fx);
    amp_sketch_tune(&fx, "ambulance contraflow 150\n", NULL);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(1, 0), amp_sketch_pos(0.1, 0)),
        "none");
    struct amp_route round = amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(1.5, 0),
                                              amp_sketch_pos(1, 0.5));
    assert_true(round.distance_m > 250 && round.pass_n == 0);
    amp_fixture_free(&fx);
}

static void crews_take_the_bus_lane_against_a_oneway(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 2 0\nn 4 3 0\nn 5 1 9\nn 6 2 9\n"
               "w 1 1,2 highway=residential\nw 2 3,2 highway=residential oneway=yes "
               "oneway:bus=no\nw 3 3,4 highway=residential\nw 4 2,5,6,3 highway=residential\n",
               &fx);
    assert_false(goes_round(&fx, AMP_PROFILE_AMBULANCE));
    assert_true(goes_round(&fx, AMP_PROFILE_CAR));
    assert_int_equal(over(&fx, AMP_PROFILE_AMBULANCE).pass[0].kind, AMP_PASS_EMERGENCY);
    amp_fixture_free(&fx);
}

static void bad_ground_slows_each_profile_by_what_it_is(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 10 0\nw 1 1,2 highway=unclassified surface=sand tracktype=grade4\n",
               &fx);
    struct amp_pos from = amp_sketch_pos(0, 0), to = amp_sketch_pos(10, 0);
    double fire_s = amp_sketch_route(&fx, AMP_PROFILE_FIRE, from, to).time_s;
    double van_s = amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, from, to).time_s;
    double rescue_s = amp_sketch_route(&fx, AMP_PROFILE_RESCUE, from, to).time_s;
    assert_true(fabs(van_s - 1111.95 / 15 * 3.6) < 0.1); /* no siren makes sand firmer */
    assert_true(fire_s > van_s * 1.2 && rescue_s < van_s * 0.7);
    assert_int_equal(amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, from, to).pass[0].kind,
                     AMP_PASS_ROUGH);
    assert_int_equal(amp_sketch_route(&fx, AMP_PROFILE_RESCUE, from, to).pass_n, 0);
    amp_fixture_free(&fx);
}

static void fords_and_seasonal_roads_are_listed(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0 ford=yes\nn 3 2 0\nn 4 3 0\n"
               "w 1 1,2,3 highway=unclassified\nw 2 3,4 highway=track flood_prone=yes ford=yes\n",
               &fx);
    struct amp_route crew = over(&fx, AMP_PROFILE_AMBULANCE);
    assert_int_equal(crew.pass_n, 3);
    assert_int_equal(crew.pass[0].kind, AMP_PASS_FORD);
    assert_true(crew.pass[0].cost_s > 0);
    assert_int_equal(crew.pass[1].kind, AMP_PASS_FORD);
    assert_int_equal(crew.pass[2].kind, AMP_PASS_SEASONAL);
    amp_fixture_free(&fx);
}

static void on_foot_oneways_and_signs_for_vehicles_do_not_bind(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 2 0\nn 4 3 0\nn 5 4 0\nn 6 5 0\n"
               "w 1 2,1 highway=residential oneway=yes\nw 2 2,3 highway=steps\n"
               "w 3 3,4 highway=footway\nw 4 4,5 highway=residential motor_vehicle=no "
               "maxheight=1.5\nw 5 5,6 highway=path\n",
               &fx);
    struct amp_pos from = amp_sketch_pos(0, 0), to = amp_sketch_pos(5, 0);
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_FOOT, from, to), "1 2 3 4 5");
    struct amp_route walk = amp_sketch_route(&fx, AMP_PROFILE_FOOT, from, to);
    double expected_s = 111.195 * 3.6 * (4 / 5.0 + 1 / 2.0);
    assert_true(fabs(walk.time_s - expected_s) < 0.1 && walk.pass_n == 0);
    amp_fixture_free(&fx);
    amp_sketch("n 1 0 0\nn 2 1 0\nw 1 1,2 highway=motorway\n", &fx);
    struct amp_snap snap;
    assert_int_equal(amp_snap_open(fx.roads, NULL, AMP_PROFILE_FOOT, from, &snap), AMP_E_NO_ROUTE);
    amp_fixture_free(&fx);
}

/* openrouteservice #1066 and #2002: cars on passenger boats, and boats lost behind a lift gate. */
static void a_ferry_takes_whom_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *tags;
        bool car, foot;
    } row[] = {
        {"", true, true},
        {"foot=yes", false, true},
        {"foot=yes motor_vehicle=yes", true, true},
        {"foot=yes access=yes", true, true},
        {"motor_vehicle=no", false, true},
        {"foot=no motorcar=yes", true, false},
        {"access=private", false, false},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct amp_fixture fx;
        struct amp_buf text = amp_buf_make(4096);
        amp_buf_printf(&text,
                       "n 1 0 0\nn 2 1 0\nn 3 9 0 barrier=lift_gate\nn 4 10 0\n"
                       "w 1 1,2 highway=residential\nw 3 3,4 highway=residential\n"
                       "w 2 2,3 route=ferry duration=PT30M %s\n",
                       row[i].tags);
        amp_sketch(amp_buf_cstr(&text), &fx);
        amp_buf_free(&text);
        struct amp_pos from = amp_sketch_pos(0, 0), to = amp_sketch_pos(10, 0);
        const char *there = "1 2 3";
        assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, from, to),
                            row[i].car ? there : "none");
        assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_FOOT, from, to),
                            row[i].foot ? there : "none");
        amp_fixture_free(&fx);
    }
}

static void a_motorcycle_slips_between_bollards(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0 barrier=bollard\nn 3 2 0\nw 1 1,2,3 highway=residential\n", &fx);
    struct amp_pos from = amp_sketch_pos(0, 0), to = amp_sketch_pos(2, 0);
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_MOTORCYCLE, from, to), "1 1");
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_FOOT, from, to), "1 1");
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_AMBULANCE, from, to), "none");
    amp_fixture_free(&fx);
}

static void settings_are_read_or_refused_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *says;
    } bad[] = {
        {"fire height tall", "line 1 of the profiles: the value must be a number"},
        {"fire height 3.5\nbus height 3", "line 2 of the profiles: there is no profile \"bus\""},
        {"fire hight 3", "there is no setting \"hight\""},
        {"fire height", "profile, setting, value"},
        {"fire height 3 m", "profile, setting, value"},
        {"fire height 99", "height must be 0 to 9 m"},
        {"car private 50", "private must be 100 to 2000 %"},
    };
    struct amp_settings set = amp_settings_default();
    struct amp_why why = {""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_not_equal(amp_settings_read(amp_str_of(bad[i].text), &set, &why), AMP_OK);
        if (strstr(why.text, bad[i].says) == NULL) {
            print_error("%s\n", why.text);
        }
        assert_non_null(strstr(why.text, bad[i].says));
    }
    struct amp_settings usual = amp_settings_default();
    assert_memory_equal(&set, &usual, sizeof(set));
    assert_int_equal(
        amp_settings_read(amp_str_of("\n# none\r\n\tambulance  time.primary 72.5 # measured\r\n"),
                          &set, &why),
        AMP_OK);
    assert_true(fabs(set.value[AMP_PROFILE_AMBULANCE][AMP_SET_TIME_PRIMARY] - 72.5) < 1e-9);
    for (int i = 0; i < AMP_SET_COUNT; i++) { /* the table itself is sound */
        const struct amp_setting_row *row = amp_setting_row_of((enum amp_setting)i);
        for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
            assert_int_equal(amp_settings_put(&set, (enum amp_profile)p, amp_str_of(row->name),
                                              row->by_default[p], &why),
                             AMP_OK);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_read_in_every_common_form),
        cmocka_unit_test(one_file_serves_engines_of_any_size),
        cmocka_unit_test(every_size_has_its_sign),
        cmocka_unit_test(a_barrier_has_a_width_and_a_height_too),
        cmocka_unit_test(a_locked_gate_costs_more_and_says_that_a_key_is_needed),
        cmocka_unit_test(a_private_road_is_driven_only_where_it_saves_more_than_it_costs),
        cmocka_unit_test(crossovers_are_for_crews_only_whatever_they_are_called),
        cmocka_unit_test(contraflow_is_off_until_a_setting_allows_it_and_is_listed),
        cmocka_unit_test(nobody_drives_against_a_motorway_or_a_roundabout),
        cmocka_unit_test(crews_take_the_bus_lane_against_a_oneway),
        cmocka_unit_test(bad_ground_slows_each_profile_by_what_it_is),
        cmocka_unit_test(fords_and_seasonal_roads_are_listed),
        cmocka_unit_test(on_foot_oneways_and_signs_for_vehicles_do_not_bind),
        cmocka_unit_test(a_ferry_takes_whom_it_says),
        cmocka_unit_test(a_motorcycle_slips_between_bollards),
        cmocka_unit_test(settings_are_read_or_refused_with_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
