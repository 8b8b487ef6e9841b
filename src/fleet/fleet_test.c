/* Vehicle positions from the wire: what is read, what is refused, and that a batch goes on. */
#include "base/timefmt.h"
#include "fleet/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW_US (INT64_C(1795000000) * AMP_US_PER_S)

static struct amp_arena arena;
static struct amp_fleet_report *report;
static size_t report_n;

static int arena_set_up(void **state)
{
    (void)state;
    arena = amp_arena_make(64 << 20);
    return 0;
}

static int arena_tear_down(void **state)
{
    (void)state;
    amp_arena_drop(&arena);
    return 0;
}

static amp_err parse(const char *format, const char *text)
{
    const struct amp_fleet *row = amp_fleet_find(amp_str_of(format));
    assert_non_null(row);
    struct amp_why why = {0};
    amp_err err = amp_fleet_parse(row, amp_str_of(text), NOW_US, &arena, &report, &report_n, &why);
    assert_true(err == AMP_OK || why.text[0] != '\0');
    return err;
}

static void a_batch_is_read_and_each_bad_report_is_refused_by_itself(void **state)
{
    (void)state;
    assert_int_equal(
        parse("json", "{\"positions\":["
                      "{\"unit\":\"M1\",\"lat\":-25.9655301,\"lon\":32.5832,\"heading_deg\":90,"
                      "\"speed_kmh\":42.4,\"time\":\"2026-11-18T11:06:39Z\"},"
                      "{\"unit\":\"M2\",\"lat\":95,\"lon\":0},"
                      "{\"unit\":\"M 3\",\"lat\":1,\"lon\":1},"
                      "{\"unit\":\"M4\",\"lat\":1},"
                      "7,"
                      "{\"unit\":\"M5\",\"lat\":0,\"lon\":0},"
                      "{\"unit\":\"M6\",\"lat\":1,\"lon\":1,\"heading_deg\":400},"
                      "{\"unit\":\"M7\",\"lat\":1,\"lon\":1,\"time\":\"2099-01-01T00:00:00Z\"},"
                      "{\"unit\":\"M8\",\"lat\":2,\"lon\":3}]}"),
        AMP_OK);
    assert_int_equal(report_n, 9);
    assert_int_equal(report[0].err, AMP_OK);
    assert_int_equal(report[0].position.pos.lat_e7, -259655301);
    assert_int_equal(report[0].position.heading_deg, 90);
    assert_int_equal(report[0].position.speed_kmh, 42);
    assert_int_equal(report[0].position.accuracy_m, -1);
    for (size_t i = 1; i < 8; i++) {
        assert_int_not_equal(report[i].err, AMP_OK);
        assert_true(report[i].detail.len > 0);
    }
    assert_int_equal(report[8].err, AMP_OK);
    assert_int_equal(report[8].position.fix_us, NOW_US);
}

static void a_body_of_another_shape_is_refused_whole(void **state)
{
    (void)state;
    assert_int_equal(parse("json", "[]"), AMP_E_SYNTAX);
    assert_int_equal(parse("json", "{\"positions\":{}}"), AMP_E_SYNTAX);
    assert_int_equal(parse("json", "{\"positions\":["), AMP_E_SYNTAX);
    assert_int_equal(parse("json", ""), AMP_E_SYNTAX);
    assert_int_equal(parse("json", "{\"positions\":[]}"), AMP_OK);
    assert_int_equal(report_n, 0);
}

static void the_osmand_form_is_read_with_knots_and_either_unix_time(void **state)
{
    (void)state;
    assert_int_equal(parse("osmand", "id=M12&lat=-25.96553&lon=32.58322&timestamp=1794999990&"
                                     "speed=10&bearing=271.6&altitude=12&batt=88"),
                     AMP_OK);
    assert_int_equal(report_n, 1);
    assert_int_equal(report->err, AMP_OK);
    assert_true(amp_str_is(report->unit, "M12"));
    assert_int_equal(report->position.fix_us, NOW_US - 10 * AMP_US_PER_S);
    assert_int_equal(report->position.speed_kmh, 19);
    assert_int_equal(report->position.heading_deg, 272);
    assert_int_equal(parse("osmand", "deviceid=M12&lat=1&lon=2&timestamp=1794999990500"), AMP_OK);
    assert_int_equal(report->position.fix_us, NOW_US - 9500000);
}

static void the_osmand_form_without_what_it_needs_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse("osmand", "lat=1&lon=2"), AMP_E_MISSING);
    assert_int_equal(parse("osmand", "id=M1&lon=2"), AMP_E_MISSING);
    assert_int_equal(parse("osmand", "id=M1&lat=x&lon=2"), AMP_E_SYNTAX);
    assert_int_equal(parse("osmand", "id=M1&lat=1&lon=2&timestamp=soon"), AMP_E_SYNTAX);
    assert_int_equal(parse("osmand", "id=M1&lat=1&lon=2&timestamp=-4"), AMP_E_RANGE);
    assert_int_equal(parse("osmand", "id=M1&lat=1&lon=%zz"), AMP_E_SYNTAX);
    assert_int_equal(parse("osmand", "id=M1&lat=1&lon=2000000000000000"), AMP_E_SYNTAX);
    assert_int_equal(parse("osmand", "id=M1&lat=1&lon=200"), AMP_OK);
    assert_int_equal(report->err, AMP_E_RANGE);
}

static void extras_that_make_no_sense_count_as_unknown(void **state)
{
    (void)state;
    assert_int_equal(parse("osmand", "id=M1&lat=1&lon=2&speed=-3&bearing=999&accuracy=nan"),
                     AMP_OK);
    assert_int_equal(report->position.speed_kmh, -1);
    assert_int_equal(report->position.heading_deg, -1);
    assert_int_equal(report->position.accuracy_m, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_read_and_each_bad_report_is_refused_by_itself),
        cmocka_unit_test(a_body_of_another_shape_is_refused_whole),
        cmocka_unit_test(the_osmand_form_is_read_with_knots_and_either_unix_time),
        cmocka_unit_test(the_osmand_form_without_what_it_needs_is_refused),
        cmocka_unit_test(extras_that_make_no_sense_count_as_unknown),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
