/* Traces: the three formats give the same reports, and what is wrong is told with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/trace.h"

#include <math.h>
#include <string.h>

static const char csv[] = "lat,lon,time,heading_deg,accuracy_m\n"
                          "41.15,-8.61,2026-11-23T10:00:00Z,90,15.1\n"
                          "41.151,-8.62,2026-11-23T10:00:10Z,,\n";
static const char gpx[] =
    "<?xml version='1.0'?><gpx xmlns='http://www.topografix.com/GPX/1/1'><trk><trkseg>"
    "<trkpt lat='41.15' lon='-8.61'><ele>4</ele><time>2026-11-23T10:00:00Z</time></trkpt>"
    "<trkpt lat='41.151' lon='-8.62'><time>2026-11-23T10:00:10Z</time></trkpt>"
    "</trkseg></trk></gpx>";
static const char geojson[] =
    "{\"type\":\"Feature\",\"geometry\":{\"type\":\"LineString\",\"coordinates\":"
    "[[-8.61,41.15],[-8.62,41.151,7]]},\"properties\":{\"times\":"
    "[\"2026-11-23T10:00:00Z\",\"2026-11-23T10:00:10Z\"]}}";

static void all_formats_say_the_same(void **state)
{
    (void)state;
    const char *const text[] = {csv, gpx, geojson};
    for (size_t i = 0; i < 3; i++) {
        struct amp_arena arena = amp_arena_make(1 << 20);
        struct amp_trace trace;
        struct amp_why why = {""};
        amp_err err = amp_trace_read(amp_str_of(text[i]), &arena, &trace, &why);
        if (err) {
            print_error("%s\n", why.text);
        }
        assert_int_equal(err, AMP_OK);
        assert_int_equal(trace.n, 2);
        assert_int_equal(trace.fix[1].pos.lat_e7, 411510000);
        assert_int_equal(trace.fix[1].pos.lon_e7, -86200000);
        assert_true(fabs(trace.fix[1].time_s - trace.fix[0].time_s - 10) < 1e-6);
        assert_true(trace.fix[1].heading_deg < 0);
        assert_true(fabs(trace.fix[0].sigma_m - (i == 0 ? 10 : 0)) < 0.01);
        assert_true(fabs(trace.fix[0].heading_deg - (i == 0 ? 90 : -1)) < 0.01);
        amp_arena_drop(&arena);
    }
}

static void seconds_without_a_header_are_read(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_trace trace;
    assert_int_equal(
        amp_trace_read(AMP_STR("0,41.15,-8.61\n2.5,41.15,-8.62\n"), &arena, &trace, NULL), AMP_OK);
    assert_int_equal(trace.n, 2);
    assert_true(fabs(trace.fix[1].time_s - 2.5) < 1e-9);
    amp_arena_drop(&arena);
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"", "no reports"},
        {"time,lat,lon\n", "no reports"},
        {"time,lat,lon\n0,41,-8\n-1,41,-8\n", "before the last"},
        {"time,lat,lon\n0,91,-8\n", "line 2"},
        {"time,lat,lon\nnoon,41,-8\n", "line 2"},
        {"time,lat,lon,heading_deg\n0,41,-8,400\n", "line 2"},
        {"time,lat,lon,accuracy_m\n0,41,-8,-4\n", "line 2"},
        {"0,41\n", "fields"},
        {"<gpx><trk><trkseg><trkpt lat='41' lon='2'/></trkseg></trk></gpx>", "no time"},
        {"<gpx><trkpt lat='91' lon='2'><time>2026-11-23T10:00:10Z</time></trkpt></gpx>", "trkpt 1"},
        {"{\"type\":\"Point\"}", "LineString"},
        {"{\"type\":\"LineString\",\"coordinates\":[[1,2]]}", "times"},
        {"{\"type\":\"FeatureCollection\",\"features\":[]}", "LineString"},
        {"{\"type\":\"Feature\",\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[1,92]]},"
         "\"properties\":{\"times\":[1]}}",
         "report 1"},
        {"{\"type\":", ""},
        {"<gpx>", ""},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct amp_arena arena = amp_arena_make(1 << 20);
        struct amp_trace trace;
        struct amp_why why = {""};
        amp_err err = amp_trace_read(amp_str_of(bad[i][0]), &arena, &trace, &why);
        if (err == AMP_OK || strstr(why.text, bad[i][1]) == NULL) {
            print_error("%s -> %s\n", bad[i][0], why.text);
        }
        assert_int_not_equal(err, AMP_OK);
        assert_non_null(strstr(why.text, bad[i][1]));
        amp_arena_drop(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_formats_say_the_same),
        cmocka_unit_test(seconds_without_a_header_are_read),
        cmocka_unit_test(what_is_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
