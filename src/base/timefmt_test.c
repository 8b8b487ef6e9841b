/* Proofs for UTC time and RFC 3339. */
#include "base/timefmt.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void the_examples_of_rfc_3339_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *utc;
    } rows[] = {
        {"1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520000Z"},
        {"1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57Z"},
        {"1990-12-31T23:59:60Z", "1990-12-31T23:59:59.999999Z"},
        {"1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59.999999Z"},
        {"1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870000Z"},
        {"2026-11-23t13:05:09z", "2026-11-23T13:05:09Z"},
        {"2026-11-23T13:05:09.123456789Z", "2026-11-23T13:05:09.123456Z"},
        {"2026-11-23T13:05:09.9-00:00", "2026-11-23T13:05:09.900000Z"},
        {"2024-02-29T23:30:00-01:00", "2024-03-01T00:30:00Z"},
        {"2000-02-29T00:00:00+23:59", "2000-02-28T00:01:00Z"},
        {"2016-12-31T23:59:60.75Z", "2016-12-31T23:59:59.999999Z"},
        {"2017-01-01T05:29:60+05:30", "2016-12-31T23:59:59.999999Z"},
        {"9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999999Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
    };
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        int64_t time_us = 0;
        char text[AMP_TIME_TEXT];
        assert_int_equal(amp_time_parse(amp_str_of(rows[k].text), &time_us), AMP_OK);
        amp_time_text(time_us, text);
        assert_string_equal(text, rows[k].utc);
    }
}

static void what_is_not_rfc_3339_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        amp_err want;
    } rows[] = {
        {"", AMP_E_SYNTAX},
        {"2026-11-23", AMP_E_SYNTAX},
        {"2026-11-23T13:05:09", AMP_E_SYNTAX},
        {"2026-11-23 13:05:09Z", AMP_E_SYNTAX},
        {"2026-11-23T13:05Z", AMP_E_SYNTAX},
        {"2026-11-23T13:05:09.Z", AMP_E_SYNTAX},
        {"2026-11-23T13:05:09,5Z", AMP_E_SYNTAX},
        {"2026-11-23T13:05:09.1234567890Z", AMP_E_SYNTAX},
        {"2026-11-23T13:05:09+0100", AMP_E_SYNTAX},
        {"2026-11-23T13:05:09+01", AMP_E_SYNTAX},
        {"2026-11-23T13:05:09Z ", AMP_E_SYNTAX},
        {"2026-11-23T13:05:09ZZ", AMP_E_SYNTAX},
        {"26-11-23T13:05:09Z", AMP_E_SYNTAX},
        {"2026-1-23T13:05:09Z", AMP_E_SYNTAX},
        {"+2026-11-23T13:05:09Z", AMP_E_SYNTAX},
        {"2026-13-01T00:00:00Z", AMP_E_RANGE},
        {"2026-00-01T00:00:00Z", AMP_E_RANGE},
        {"2026-02-29T00:00:00Z", AMP_E_RANGE},
        {"1900-02-29T00:00:00Z", AMP_E_RANGE},
        {"2026-04-31T00:00:00Z", AMP_E_RANGE},
        {"2026-04-00T00:00:00Z", AMP_E_RANGE},
        {"2026-11-23T24:00:00Z", AMP_E_RANGE},
        {"2026-11-23T23:60:00Z", AMP_E_RANGE},
        {"2026-11-23T23:59:61Z", AMP_E_RANGE},
        {"2026-11-23T23:59:60Z", AMP_E_RANGE},
        {"2026-11-30T22:59:60Z", AMP_E_RANGE},
        {"2026-11-23T13:05:09+24:00", AMP_E_RANGE},
        {"2026-11-23T13:05:09+01:60", AMP_E_RANGE},
        {"0000-01-01T00:00:00Z", AMP_E_RANGE},
        {"0001-01-01T00:00:00+00:01", AMP_E_RANGE},
        {"9999-12-31T23:59:59-00:01", AMP_E_RANGE},
    };
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        int64_t time_us = 42;
        assert_int_equal(amp_time_parse(amp_str_of(rows[k].text), &time_us), rows[k].want);
        assert_int_equal(time_us, 42);
    }
}

static void times_outside_the_years_are_clamped(void **state)
{
    (void)state;
    char text[AMP_TIME_TEXT];
    amp_time_text(INT64_MIN, text);
    assert_string_equal(text, "0001-01-01T00:00:00Z");
    amp_time_text(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999999Z");
    amp_time_text(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
}

/* The slow twin: gmtime_r and timegm of the C library, on days spread over all the years. */
static void the_calendar_is_that_of_the_c_library(void **state)
{
    (void)state;
    srandom(5);
    for (int k = 0; k < 100000; k++) {
        int64_t span_s = (AMP_TIME_MAX_US - AMP_TIME_MIN_US) / AMP_US_PER_S;
        uint64_t pick = (uint64_t)random() << 31 | (uint64_t)random();
        time_t at_s = (time_t)(AMP_TIME_MIN_US / AMP_US_PER_S + (int64_t)(pick % (uint64_t)span_s));
        struct tm tm;
        char want[AMP_TIME_TEXT];
        char got[AMP_TIME_TEXT];
        assert_non_null(gmtime_r(&at_s, &tm));
        assert_true(strftime(want, sizeof(want), "-%m-%dT%H:%M:%SZ", &tm) > 0);
        amp_time_text(at_s * AMP_US_PER_S, got);
        assert_int_equal(strtol(got, NULL, 10), tm.tm_year + 1900);
        assert_string_equal(got + 4, want);
        int64_t back_us = 0;
        assert_int_equal(amp_time_parse(amp_str_of(got), &back_us), AMP_OK);
        assert_true(back_us == at_s * AMP_US_PER_S);
        assert_int_equal(amp_time_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                                        tm.tm_min, tm.tm_sec, &back_us),
                         AMP_OK);
        assert_true(back_us == at_s * AMP_US_PER_S);
    }
}

static void every_day_of_four_centuries_comes_back(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 146097; day++) {
        int64_t time_us = day * 86400 * AMP_US_PER_S + 1;
        int64_t back_us = 0;
        char text[AMP_TIME_TEXT];
        amp_time_text(time_us, text);
        assert_int_equal(amp_time_parse(amp_str_of(text), &back_us), AMP_OK);
        assert_true(back_us == time_us);
    }
}

static void moments_that_do_not_exist_are_out_of_range(void **state)
{
    (void)state;
    int64_t time_us = 42;
    assert_int_equal(amp_time_civil(10000, 1, 1, 0, 0, 0, &time_us), AMP_E_RANGE);
    assert_int_equal(amp_time_civil(0, 1, 1, 0, 0, 0, &time_us), AMP_E_RANGE);
    assert_int_equal(amp_time_civil(2026, 2, 29, 0, 0, 0, &time_us), AMP_E_RANGE);
    assert_int_equal(amp_time_civil(2026, 1, 1, -1, 0, 0, &time_us), AMP_E_RANGE);
    assert_int_equal(amp_time_civil(2026, 1, 1, 0, 0, 60, &time_us), AMP_E_RANGE);
    assert_int_equal(time_us, 42);
}

static void durations_read_like_a_person_says_them(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *want;
    } rows[] = {
        {0, "0 s"},
        {35, "35 s"},
        {59.4, "59 s"},
        {59.5, "1 min 00 s"},
        {250, "4 min 10 s"},
        {3599, "59 min 59 s"},
        {3599.6, "1 h 00 min"},
        {7500, "2 h 05 min"},
        {7199, "2 h 00 min"},
        {-35, "-35 s"},
        {-0.2, "0 s"},
        {86400, "24 h 00 min"},
        {NAN, "unknown"},
        {INFINITY, "1000000000 h 00 min"},
    };
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        char text[AMP_TIME_TEXT];
        amp_duration_text(rows[k].seconds, text);
        assert_string_equal(text, rows[k].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_rfc_3339_are_read),
        cmocka_unit_test(what_is_not_rfc_3339_is_refused_and_changes_nothing),
        cmocka_unit_test(times_outside_the_years_are_clamped),
        cmocka_unit_test(the_calendar_is_that_of_the_c_library),
        cmocka_unit_test(every_day_of_four_centuries_comes_back),
        cmocka_unit_test(moments_that_do_not_exist_are_out_of_range),
        cmocka_unit_test(durations_read_like_a_person_says_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
