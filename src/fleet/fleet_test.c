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
    assert_int_equal(parse("osmand", "id=M12&location=1.5,-2.25"), AMP_OK);
    assert_int_equal(report->position.pos.lat_e7, 15000000);
    assert_int_equal(report->position.pos.lon_e7, -22500000);
    assert_int_equal(parse("osmand", "id=M12&lat=1&lon=2&timestamp=2026-11-18+11%3A06%3A30"),
                     AMP_OK);
    assert_int_equal(report->position.fix_us, NOW_US - 10 * AMP_US_PER_S);
}

static void a_form_that_says_its_fix_is_none_or_has_no_place_is_no_position(void **state)
{
    (void)state;
    assert_int_equal(parse("osmand", "id=M12&lat=1&lon=2&valid=false"), AMP_OK);
    assert_int_equal(report->err, AMP_E_MISSING);
    assert_int_equal(report->reason, AMP_FLEET_NO_FIX);
    assert_int_equal(parse("osmand", "id=M12&lat=1&lon=2&valid=0"), AMP_OK);
    assert_int_equal(report->reason, AMP_FLEET_NO_FIX);
    assert_int_equal(parse("osmand", "id=M12&lat=1&lon=2&valid=true"), AMP_OK);
    assert_int_equal(report->err, AMP_OK);
    assert_int_equal(parse("osmand", "id=M12&timestamp=1794999990&batt=50"), AMP_OK);
    assert_int_equal(report_n, 0);
    assert_int_equal(parse("osmand", "id=M12"), AMP_E_MISSING); /* says nothing at all */
    assert_int_equal(parse("osmand", "id=M12&timestamp=1&location=5"), AMP_E_SYNTAX);
    assert_int_equal(parse("osmand", "timestamp=1794999990"), AMP_E_MISSING);
}

static void the_json_of_the_traccar_client_is_read_in_metres_a_second(void **state)
{
    (void)state;
    assert_int_equal(parse("osmand", "{\"device_id\":\"M12\",\"location\":{\"is_moving\":true,"
                                     "\"timestamp\":\"2026-11-18T11:06:30.500Z\",\"coords\":{"
                                     "\"latitude\":-25.96553,\"longitude\":32.58322,"
                                     "\"accuracy\":4.6,\"speed\":10,\"heading\":271.6}}}"),
                     AMP_OK);
    assert_int_equal(report_n, 1);
    assert_int_equal(report->err, AMP_OK);
    assert_true(amp_str_is(report->unit, "M12"));
    assert_int_equal(report->position.fix_us, NOW_US - 9500000);
    assert_int_equal(report->position.pos.lat_e7, -259655300);
    assert_int_equal(report->position.pos.lon_e7, 325832200);
    assert_int_equal(report->position.speed_kmh, 36);
    assert_int_equal(report->position.heading_deg, 272);
    assert_int_equal(report->position.accuracy_m, 5);
    assert_int_equal(parse("osmand", "{\"device_id\":12,\"location\":{\"coords\":{\"latitude\":1,"
                                     "\"longitude\":2,\"speed\":-1,\"heading\":-1}}}"),
                     AMP_OK);
    assert_true(amp_str_is(report->unit, "12"));
    assert_int_equal(report->position.speed_kmh, -1);
    assert_int_equal(report->position.heading_deg, -1);
    assert_int_equal(parse("osmand", "{\"device_id\":\"M1\",\"location\":{\"coords\":{"
                                     "\"latitude\":95,\"longitude\":2}}}"),
                     AMP_OK);
    assert_int_equal(report->err, AMP_E_RANGE);
    assert_int_equal(parse("osmand", "{\"device_id\":\"M1\",\"location\":{\"battery\":{}}}"),
                     AMP_OK);
    assert_int_equal(report_n, 0);
}

static void the_sos_of_the_traccar_client_is_told_with_a_place_and_without(void **state)
{
    (void)state;
    assert_int_equal(parse("osmand", "id=M12&lat=1&lon=2&alarm=sos"), AMP_OK);
    assert_int_equal(report->err, AMP_OK);
    assert_int_equal(report->alarm, AMP_FLEET_ALARM_SOS);
    assert_int_equal(parse("osmand", "id=M12&timestamp=1794999990&alarm=sos"), AMP_OK);
    assert_int_equal(report_n, 1);
    assert_int_equal(report->reason, AMP_FLEET_NO_FIX);
    assert_int_equal(report->alarm, AMP_FLEET_ALARM_SOS);
    assert_int_equal(parse("osmand", "id=M12&lat=1&lon=2&alarm=lowBattery"), AMP_OK);
    assert_int_equal(report->alarm, AMP_FLEET_ALARM_NONE);
    assert_int_equal(parse("osmand", "{\"device_id\":\"M12\",\"location\":{\"extras\":{\"alarm\":"
                                     "\"sos\"}}}"),
                     AMP_OK);
    assert_int_equal(report_n, 1);
    assert_int_equal(report->alarm, AMP_FLEET_ALARM_SOS);
}

static void json_without_what_it_needs_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse("osmand", "{\"location\":{\"coords\":{}}}"), AMP_E_MISSING);
    assert_int_equal(parse("osmand", "{\"device_id\":\"M1\"}"), AMP_E_MISSING);
    assert_int_equal(parse("osmand", "{\"device_id\":\"M1\",\"location\":{\"coords\":{}}}"),
                     AMP_E_MISSING);
    assert_int_equal(parse("osmand", "{\"device_id\":\"M1\",\"location\":{\"coords\":7}}"),
                     AMP_E_SYNTAX);
    assert_int_equal(parse("osmand", "{\"device_id\":\"M1\",\"location\":{\"timestamp\":\"soon\","
                                     "\"coords\":{\"latitude\":1,\"longitude\":2}}}"),
                     AMP_E_SYNTAX);
    assert_int_equal(parse("osmand", "{\"device_id\":"), AMP_E_SYNTAX);
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

static void an_owntracks_report_is_read_and_other_objects_are_passed_over(void **state)
{
    (void)state;
    assert_int_equal(parse("owntracks", "{\"_type\":\"location\",\"lat\":-25.96,\"lon\":32.58,"
                                        "\"tst\":1794999990,\"acc\":12,\"vel\":43,\"cog\":271,"
                                        "\"tid\":\"M1\",\"topic\":\"owntracks/crew/AMB-7\"}"),
                     AMP_OK);
    assert_int_equal(report_n, 1);
    assert_int_equal(report[0].err, AMP_OK);
    assert_true(amp_str_is(report[0].unit, "AMB-7"));
    assert_int_equal(report[0].position.pos.lat_e7, -259600000);
    assert_int_equal(report[0].position.fix_us, INT64_C(1794999990) * AMP_US_PER_S);
    assert_int_equal(report[0].position.speed_kmh, 43);
    assert_int_equal(report[0].position.heading_deg, 271);
    assert_int_equal(report[0].position.accuracy_m, 12);
    assert_int_equal(
        parse("owntracks",
              "[{\"_type\":\"lwt\",\"tst\":1},"
              "{\"_type\":\"location\",\"lat\":1,\"lon\":2,\"tid\":\"M2\"},"
              "{\"_type\":\"location\",\"lat\":1,\"tid\":\"M3\"},"
              "{\"_type\":\"location\",\"lat\":1,\"lon\":2,\"tst\":\"x\",\"tid\":\"M4\"},"
              "{\"_type\":\"location\",\"lat\":1,\"lon\":2}]"),
        AMP_OK);
    assert_int_equal(report_n, 4);
    assert_int_equal(report[0].err, AMP_OK);
    assert_int_equal(report[0].position.fix_us, NOW_US);
    assert_int_equal(report[0].position.speed_kmh, -1);
    assert_int_equal(report[1].err, AMP_E_MISSING);
    assert_int_equal(report[2].err, AMP_E_SYNTAX);
    assert_int_equal(report[3].err, AMP_E_SYNTAX); /* whose is it? */
    assert_int_equal(parse("owntracks", "7"), AMP_E_SYNTAX);
    assert_int_equal(parse("owntracks", ""), AMP_OK); /* the app clears a friend */
    assert_int_equal(report_n, 0);
    assert_int_equal(parse("owntracks", "{\"_type\":\"encrypted\",\"data\":\"AAAA\"}"), AMP_OK);
    assert_int_equal(report_n, 1);
    assert_int_equal(report[0].err, AMP_E_UNSUPPORTED);
}

static void nmea_sentences_are_read_with_the_source_of_their_tag_block(void **state)
{
    (void)state;
    assert_int_equal(parse("nmea",
                           "\\s:M12*07\\$GPRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,"
                           "181126,,*19\r\n"
                           "$GPGGA,120305,4109.1234,N,00836.5678,W,1,08,0.9,5,M,,M,,*00\n"
                           "$GNRMC,110306,A,2558.5000,S,03234.9000,E,,,181126,,*16\n"
                           "$GPRMC,110306,V,,,,,,,181126,,*39\n"
                           "$GPRMC,110306,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,*00\n"),
                     AMP_OK);
    assert_int_equal(report_n, 4);
    assert_int_equal(report[0].err, AMP_OK);
    assert_true(amp_str_is(report[0].unit, "M12"));
    assert_int_equal(report[0].position.pos.lat_e7, 411520567);
    assert_int_equal(report[0].position.pos.lon_e7, -86094633);
    assert_int_equal(report[0].position.speed_kmh, 23);
    assert_int_equal(report[0].position.heading_deg, 87);
    char text[AMP_TIME_TEXT];
    amp_time_text(report[0].position.fix_us, text);
    assert_string_equal(text, "2026-11-18T11:03:05Z");
    assert_int_equal(report[1].err, AMP_OK);
    assert_int_equal(report[1].position.pos.lat_e7, -259750000);
    assert_int_equal(report[1].position.pos.lon_e7, 325816667);
    assert_int_equal(report[1].position.speed_kmh, -1);
    assert_int_equal(report[2].err, AMP_E_MISSING);
    assert_int_equal(report[3].err, AMP_E_CORRUPT);
}

static void an_nmea_sentence_of_nobody_or_with_absurd_fields_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        amp_err err;
    } rows[] = {
        {"$GPRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,*19", AMP_E_SYNTAX},
        {"\\s:M12*00\\$GPRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,*19",
         AMP_E_SYNTAX},
        {"\\s:M12*07\\$GPRMC,110305,A,4160.0000,N,00836.5678,W,,,181126,,*06", AMP_E_SYNTAX},
        {"\\s:M12*07\\$GPRMC,110305,A,4109.1234,X,00836.5678,W,,,181126,,*1B", AMP_E_SYNTAX},
        {"\\s:M12*07\\$GPRMC,250305,A,4109.1234,N,00836.5678,W,,,181126,,*0A", AMP_E_SYNTAX},
        {"\\s:M12*07\\$GPRMC,*67", AMP_E_MISSING},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(parse("nmea", rows[i].line), AMP_OK);
        assert_int_equal(report_n, 1);
        assert_int_equal(report[0].err, rows[i].err);
    }
}

static void lines_between_those_of_others_stay_with_who_was_named_for_all(void **state)
{
    (void)state;
    assert_int_equal(parse("nmea",
                           "\\s:N1*36\\\n"
                           "$GPRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,*19\n"
                           "\\s:M12*07\\$GPRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,"
                           "181126,,*19\n"
                           "$GPRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,*19\n"),
                     AMP_OK);
    assert_int_equal(report_n, 3);
    assert_true(amp_str_is(report[0].unit, "N1"));
    assert_true(amp_str_is(report[1].unit, "M12"));
    assert_true(amp_str_is(report[2].unit, "N1"));
}

static void a_simulated_or_typed_in_fix_of_nmea_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        amp_err err;
    } rows[] = {
        {"\\s:M12*07\\$GNRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,,A,V*10",
         AMP_OK},
        {"\\s:M12*07\\$GNRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,,D,V*15",
         AMP_OK},
        {"\\s:M12*07\\$GNRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,,E,V*14",
         AMP_OK},
        {"\\s:M12*07\\$GNRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,,F,V*17",
         AMP_OK},
        {"\\s:M12*07\\$GNRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,,R,V*03",
         AMP_OK},
        {"\\s:M12*07\\$GNRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,,P,V*01",
         AMP_OK},
        {"\\s:M12*07\\$GNRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,,S,V*02",
         AMP_E_MISSING},
        {"\\s:M12*07\\$GNRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,,M,V*1C",
         AMP_E_MISSING},
        {"\\s:M12*07\\$GNRMC,110305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,181126,,,N,V*1F",
         AMP_E_MISSING},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(parse("nmea", rows[i].line), AMP_OK);
        assert_int_equal(report_n, 1);
        assert_int_equal(report[0].err, rows[i].err);
        assert_int_equal(report[0].reason,
                         rows[i].err == AMP_OK ? AMP_FLEET_TAKEN : AMP_FLEET_NO_FIX);
    }
}

#define COT(uid, type, rest)                                                                       \
    "<event version='2.0' uid='" uid "' type='" type "' time='2026-11-18T11:03:05.000Z' "          \
    "start='2026-11-18T11:03:05.000Z' stale='2026-11-18T11:05:05.000Z' how='m-g'>" rest "</event>"

static void cursor_on_target_events_of_friends_are_read(void **state)
{
    (void)state;
    assert_int_equal(
        parse("cot",
              "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>" COT(
                  "ANDROID-1", "a-f-G-U-C",
                  "<point lat='41.15' lon='-8.61' hae='60' ce='4.7' le='9999999.0'/>"
                  "<detail><contact callsign='M12'/><track course='90.4' "
                  "speed='12.5'/></detail>") "<?xml version='1.0'?>" COT("X", "a-h-G",
                                                                         "<point lat='1' "
                                                                         "lon='1' hae='0' "
                                                                         "ce='1' le='1'/>")
                  COT("M13", "a-f-G", "<point lat='1.5' lon='2.5' hae='0' ce='9999999.0' le='1'/>")
                      COT("M14", "a-f-G", "<detail/>")
                          COT("M15", "a-f-G", "<point lat='95' lon='1'/>")
                              COT("C", "b-t-f", "<point lat='1' lon='1' hae='0' ce='1' le='1'/>")),
        AMP_OK);
    assert_int_equal(report_n, 4);
    assert_true(amp_str_is(report[0].unit, "M12"));
    assert_int_equal(report[0].err, AMP_OK);
    assert_int_equal(report[0].position.pos.lat_e7, 411500000);
    assert_int_equal(report[0].position.heading_deg, 90);
    assert_int_equal(report[0].position.speed_kmh, 45);
    assert_int_equal(report[0].position.accuracy_m, 5);
    assert_true(amp_str_is(report[1].unit, "M13"));
    assert_int_equal(report[1].position.accuracy_m, -1);
    assert_int_equal(report[2].err, AMP_E_MISSING);
    assert_int_equal(report[3].err, AMP_E_RANGE);
}

#define COT_HOW(how, endpoint)                                                                     \
    "<event version='2.0' uid='U-1' type='a-f-G' time='2026-11-18T11:03:05Z' how='" how "'>"       \
    "<point lat='1.5' lon='2.5' hae='0' ce='999999' le='999999'/>"                                 \
    "<detail><contact callsign='M12'" endpoint "/></detail></event>"

static void a_marker_that_was_set_by_hand_is_no_place_and_one_of_ours_no_report(void **state)
{
    (void)state;
    assert_int_equal(parse("cot", COT_HOW("m-g", "") COT_HOW("h-e", "") COT_HOW("h-g-i-g-o", "")
                                      COT_HOW("h-g-i-g-o", " endpoint='*:-1:stcp'") COT(
                                          "amparo.unit.M12", "a-f-G", "<point lat='1' lon='1'/>")),
                     AMP_OK);
    assert_int_equal(report_n, 4);
    assert_int_equal(report[0].err, AMP_OK);
    assert_int_equal(report[0].position.accuracy_m, -1); /* six nines are "not known", too */
    assert_int_equal(report[1].err, AMP_OK);
    assert_int_equal(report[2].err, AMP_E_MISSING);
    assert_int_equal(report[2].reason, AMP_FLEET_NO_FIX);
    assert_int_equal(report[3].err, AMP_OK); /* a client says so of itself */
}

static void a_call_for_help_of_a_tak_client_is_its_crews_and_its_end_is_none(void **state)
{
    (void)state;
    assert_int_equal(parse("cot",
                           COT("U-1-9-1-1", "b-a-o-tbl",
                               "<point lat='1.5' lon='2.5' hae='0' ce='5' le='5'/><detail><contact "
                               "callsign='M12-Alert'/><emergency type='x'>M12</emergency></detail>")
                               COT("U-1-9-1-1", "b-a-o-xyz", "<point lat='1.5' lon='2.5'/>")
                                   COT("U-1-9-1-1", "b-a-o-can", "<point lat='1.5' lon='2.5'/>")),
                     AMP_OK);
    assert_int_equal(report_n, 2);
    assert_int_equal(report[0].err, AMP_OK);
    assert_true(amp_str_is(report[0].unit, "M12"));
    assert_int_equal(report[0].alarm, AMP_FLEET_ALARM_EMERGENCY);
    assert_int_equal(report[1].alarm, AMP_FLEET_ALARM_EMERGENCY);
    assert_int_equal(report[0].position.pos.lat_e7, 15000000);
    /* names that are shorter than what is taken off, and none */
    assert_int_equal(parse("cot", COT("U", "b-a-o-tbl", "<point lat='1.5' lon='2.5'/>")
                                      COT("", "b-a-o-tbl", "<point lat='1.5' lon='2.5'/>")),
                     AMP_OK);
    assert_int_equal(report_n, 2);
    assert_true(amp_str_is(report[0].unit, "U") && report[0].err == AMP_OK);
    assert_int_not_equal(report[1].err, AMP_OK);
}

static void what_is_refused_for_its_name_alone_says_so(void **state)
{
    (void)state;
    assert_int_equal(parse("cot", COT("Medic 12", "a-f-G", "<point lat='1.5' lon='2.5'/>")
                                      COT("Medic 13", "a-f-G", "<point lat='95' lon='2.5'/>")
                                          COT("M12", "a-f-G", "<point lat='1.5' lon='2.5'/>")),
                     AMP_OK);
    assert_true(report[0].err == AMP_E_SYNTAX && report[0].unnamed);
    assert_true(report[1].err == AMP_E_RANGE && !report[1].unnamed);
    assert_true(report[2].err == AMP_OK && !report[2].unnamed);
}

static void hostile_cursor_on_target_is_refused_whole(void **state)
{
    (void)state;
    assert_int_not_equal(parse("cot", "<event"), AMP_OK);
    assert_int_not_equal(parse("cot", "</events><event>"), AMP_OK);
    assert_int_not_equal(parse("cot", "<!DOCTYPE a [<!ENTITY b 'c'>]><event>&b;</event>"), AMP_OK);
    assert_int_equal(parse("cot", ""), AMP_OK);
    assert_int_equal(report_n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_read_and_each_bad_report_is_refused_by_itself),
        cmocka_unit_test(a_body_of_another_shape_is_refused_whole),
        cmocka_unit_test(the_osmand_form_is_read_with_knots_and_either_unix_time),
        cmocka_unit_test(a_form_that_says_its_fix_is_none_or_has_no_place_is_no_position),
        cmocka_unit_test(the_json_of_the_traccar_client_is_read_in_metres_a_second),
        cmocka_unit_test(the_sos_of_the_traccar_client_is_told_with_a_place_and_without),
        cmocka_unit_test(json_without_what_it_needs_is_refused),
        cmocka_unit_test(the_osmand_form_without_what_it_needs_is_refused),
        cmocka_unit_test(extras_that_make_no_sense_count_as_unknown),
        cmocka_unit_test(an_owntracks_report_is_read_and_other_objects_are_passed_over),
        cmocka_unit_test(nmea_sentences_are_read_with_the_source_of_their_tag_block),
        cmocka_unit_test(an_nmea_sentence_of_nobody_or_with_absurd_fields_is_refused),
        cmocka_unit_test(lines_between_those_of_others_stay_with_who_was_named_for_all),
        cmocka_unit_test(a_simulated_or_typed_in_fix_of_nmea_is_none),
        cmocka_unit_test(cursor_on_target_events_of_friends_are_read),
        cmocka_unit_test(a_marker_that_was_set_by_hand_is_no_place_and_one_of_ours_no_report),
        cmocka_unit_test(a_call_for_help_of_a_tak_client_is_its_crews_and_its_end_is_none),
        cmocka_unit_test(what_is_refused_for_its_name_alone_says_so),
        cmocka_unit_test(hostile_cursor_on_target_is_refused_whole),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
