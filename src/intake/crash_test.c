/* Crash data: VEDS and the MSD of eCall, alone and inside of a call over SIP. */
#include "intake/crash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "intake/sample_test.h"
#include "intake/sip.h"

#include "base/testarena.h"

static const char *view_of(const char *format, struct amp_str bytes)
{
    struct amp_buf out = amp_buf_make(1 << 16);
    struct amp_json js = amp_json_make(&out);
    struct amp_why why = {""};
    assert_int_equal(amp_intake_view(amp_intake_find(amp_str_of(format)), bytes, &arena, &js, &why),
                     AMP_OK);
    const char *text = amp_arena_text(&arena, amp_buf_view(&out));
    amp_buf_free(&out);
    return text;
}

/* ---- VEDS ---- */

#define OPEN                                                                                       \
    "<v:AutomatedCrashNotification xmlns:v='http://www.veds.org/acn/3.1' "                         \
    "xmlns:n='http://niem.gov/niem/niem-core/2.0' xmlns:j='http://niem.gov/niem/domains/jxdm/4.1'" \
    " xmlns:m='http://niem.gov/niem/domains/maritime/2.1' "                                        \
    "xmlns:s='http://niem.gov/niem/structures/2.0'>"
#define CLOSE "</v:AutomatedCrashNotification>"
#define SEAT(taken, belt)                                                                          \
    "<v:VehicleSeat><v:VehicleSeatOccupiedIndicator>" taken "</v:VehicleSeatOccupiedIndicator>"    \
    "<v:VehicleSeatbeltFastenedIndicator>" belt "</v:VehicleSeatbeltFastenedIndicator>"            \
    "</v:VehicleSeat>"
#define BAG(said)                                                                                  \
    "<v:Airbag><v:AirbagDeployedIndicator>" said "</v:AirbagDeployedIndicator></v:Airbag>"
#define SPEED(value, unit)                                                                         \
    "<v:VehicleCrashPulse><v:CrashPulseChangeInVelocityMeasure><n:MeasurePointValue>" value        \
    "</n:MeasurePointValue><n:MeasureUnitText>" unit "</n:MeasureUnitText>"                        \
    "</v:CrashPulseChangeInVelocityMeasure></v:VehicleCrashPulse>"
#define POINT(id, lat, lon)                                                                        \
    "<n:Location s:id='" id "'><n:LocationDescriptionText>km " id "</n:LocationDescriptionText>"   \
    "<n:LocationTwoDimensionalGeographicCoordinate><n:GeographicCoordinateLatitude>"               \
    "<n:LatitudeDegreeValue>" lat "</n:LatitudeDegreeValue></n:GeographicCoordinateLatitude>"      \
    "<n:GeographicCoordinateLongitude><n:LongitudeDegreeValue>" lon "</n:LongitudeDegreeValue>"    \
    "</n:GeographicCoordinateLongitude></n:LocationTwoDimensionalGeographicCoordinate>"            \
    "</n:Location>"
#define VEHICLE(inside) "<v:Crash><v:CrashVehicle>" inside "</v:CrashVehicle></v:Crash>"
#define WHOLE                                                                                      \
    OPEN                                                                                           \
        "<v:Crash><n:ActivityDate><n:DateTime>2026-11-20T10:00:00Z</n:DateTime></n:ActivityDate>"  \
        "<j:DrivingIncidentPassengerQuantityText>3</j:DrivingIncidentPassengerQuantityText>"       \
        "<m:ConveyanceHeadingMeasure><n:MeasurePointValue>359.6</n:MeasurePointValue>"             \
        "</m:ConveyanceHeadingMeasure><v:CrashVehicle>"                                            \
        "<n:ConveyanceColorPrimaryText>red; big</n:ConveyanceColorPrimaryText>"                    \
        "<n:ItemMakeName>Example</n:ItemMakeName><n:ItemModelYearDate>2024</n:ItemModelYearDate>"  \
        "<n:ConveyanceRegistrationPlateIdentification><n:IdentificationID>AB-12-CD"                \
        "</n:IdentificationID></n:ConveyanceRegistrationPlateIdentification>"                      \
        "<n:VehicleIdentification><n:IdentificationID>WEXAMPLE000000001</n:IdentificationID>"      \
        "</n:VehicleIdentification>" BAG("true") BAG("true") BAG(                                  \
            "false") "<j:VehicleBodyCategoryCode>101</j:VehicleBodyCategoryCode>" SPEED("-25",     \
                                                                                        "MPH")     \
            SPEED(                                                                                 \
                "9.5",                                                                             \
                "KPH") "<v:VehiclePropulsionStorageCode>GASOLINE</v:VehiclePropulsionStorageCode>" \
                       "<v:VehiclePropulsionStorageCode>ELECTRIC</v:VehiclePropulsionStorageCode>" \
                       "<v:VehicleRolloverIndicator>true</v:VehicleRolloverIndicator>" SEAT(       \
                           "true", "true") SEAT("true", "false")                                   \
                           SEAT("false",                                                           \
                                "false") "</v:CrashVehicle><v:FuelLeakingIndicator>true</"         \
                                         "v:FuelLeakingIndicator>"                                 \
                                         "<v:VehicleFinalRestOrientationCategoryCode>Roof"         \
                                         "</v:VehicleFinalRestOrientationCategoryCode>"            \
                                         "<v:VehicleFireIndicator>false</"                         \
                                         "v:VehicleFireIndicator></v:Crash>" POINT("L1", "1", "2") \
                                             POINT(                                                \
                                                 "L2", "41.15",                                    \
                                                 "-8.61") "<v:NotificationDeviceTypeCode>AIRBAG</" \
                                                          "v:NotificationDeviceTypeCode>"          \
                                                          "<v:Person><n:PersonName><n:"            \
                                                          "PersonFullName>Ana Silva"               \
                                                          "</n:PersonFullName></n:PersonName></"   \
                                                          "v:Person>"                              \
                                                          "<j:ActivityLocationAssociation><n:"     \
                                                          "LocationReference s:ref='L2'/>"         \
                                                          "</j:ActivityLocationAssociation>" CLOSE
#define LINE                                                                                       \
    "crash: urgent leak rollover delta-v unbelted; by automatic; time 2026-11-20T10:00:00Z; "      \
    "fire no; leak yes; delta-v 40; rollover yes; rest roof; airbags 2; occupants 3; belts 1/2; "  \
    "fuel gasoline electric; body car; vehicle red  big Example 2024; heading 0; "                 \
    "vin WEXAMPLE000000001"

static void a_crash_is_told_in_one_line_with_what_speaks_for_haste(void **state)
{
    (void)state;
    struct amp_report report = {0};
    struct amp_why why = {""};
    assert_int_equal(
        amp_intake_parse(amp_intake_find(AMP_STR("veds")), AMP_STR(WHOLE), &arena, &report, &why),
        AMP_OK);
    assert_string_equal(amp_arena_text(&arena, report.f.words), LINE);
    assert_true(report.located);
    assert_int_equal(report.f.pos.lat_e7, 411500000);
    assert_int_equal(report.f.pos.lon_e7, -86100000);
    assert_true(amp_str_is(report.f.source, "vehicle"));
    assert_true(amp_str_is(report.f.place, "km L2"));
    assert_int_equal(report.f.has & (AMP_HAS(NUMBER) | AMP_HAS(NAME) | AMP_HAS(DEVICE)), 0);
    assert_int_equal(report.warning_n, 0);
}

static void persons_and_plates_of_a_message_are_not_looked_at(void **state)
{
    (void)state;
    const char *text = view_of("veds", AMP_STR(WHOLE));
    assert_null(strstr(text, "Ana"));
    assert_null(strstr(text, "AB-12-CD"));
    text_says(text, "\"suggested_type\":\"crash\"", "view");
    text_says(text, "\"urgent\":[\"leak\",\"rollover\",\"delta-v\",\"unbelted\"]", "view");
    text_says(text, "\"belts_fastened\":1,\"belts_watched\":2", "view");
}

static void what_cannot_be_is_left_out_and_said(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says, *not ;
    } rows[] = {
        {OPEN VEHICLE(SPEED("40", "furlong")) CLOSE, "no unit that is known", "delta_v"},
        {OPEN VEHICLE(SPEED("hard", "KPH")) CLOSE, "no number", "delta_v"},
        {OPEN VEHICLE(SPEED("1e9", "KPH")) CLOSE, "cannot be", "delta_v"},
        {OPEN VEHICLE(BAG("perhaps")) CLOSE, "neither true nor false", "airbags"},
        {OPEN VEHICLE("<j:VehicleBodyCategoryCode>9</j:VehicleBodyCategoryCode>") CLOSE,
         "code in VehicleBodyCategoryCode is not known", "\"body\""},
        {OPEN "<v:Crash><j:DrivingIncidentPassengerQuantityText>many"
              "</j:DrivingIncidentPassengerQuantityText></v:Crash>" CLOSE,
         "is no count", "occupants\""},
        {OPEN "<v:Crash/>" POINT("a", "91", "0") CLOSE, "nowhere", "lat"},
        {OPEN "<v:Crash/>" POINT("a", "0", "0") CLOSE, "nowhere", "lat"},
        {OPEN "<v:Crash/>" POINT("a", "north", "0") CLOSE, "no number of degrees", "lat"},
        {OPEN CLOSE, "says nothing of a crash", "rollover\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text = view_of("veds", amp_str_of(rows[i].text));
        text_says(text, rows[i].says, rows[i].text);
        const char *warnings = strstr(text, "\"warnings\"");
        const char *found = strstr(text, rows[i].not );
        assert_true(found == NULL || found > warnings);
    }
}

static void turning_over_once_is_a_rollover_though_nobody_says_so(void **state)
{
    (void)state;
    const char *text = view_of(
        "veds", AMP_STR(OPEN VEHICLE("<v:VehicleCrashPulse><v:CrashPulseRolloverQuarterTurnsValue>2"
                                     "</v:CrashPulseRolloverQuarterTurnsValue>"
                                     "</v:VehicleCrashPulse>") CLOSE));
    text_says(text, "rollover yes; turns 2", "words");
}

static void what_is_no_crash_notification_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        amp_err err;
    } rows[] = {{"", AMP_E_SYNTAX},
                {"<AutomatedCrashNotification/>", AMP_E_SYNTAX},
                {"<v:Crash xmlns:v='http://www.veds.org/acn/3.1'/>", AMP_E_SYNTAX},
                {OPEN, AMP_E_SYNTAX},
                {"<!DOCTYPE a><a/>", AMP_E_UNSUPPORTED}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_report report = {0};
        struct amp_why why = {""};
        assert_int_equal(amp_intake_veds(amp_str_of(rows[i].text), &arena, &report, &why),
                         rows[i].err);
        assert_int_equal(report.f.has, 0);
    }
}

/* ---- the MSD ---- */

struct packer {
    uint8_t data[160];
    size_t at; /* bits */
};

static void pack(struct packer *out, uint64_t value, unsigned n)
{
    for (unsigned i = n; i-- > 0; out->at++) {
        out->data[out->at / 8] |= (uint8_t)((value >> i & 1U) << (7 - out->at % 8));
    }
}

struct msd {
    unsigned version, before, people, kind, fuel, heading; /* people 256: not said */
    unsigned more;                                         /* bytes of additional data */
    bool automatic, test, trusted;
    const char *vin;
    uint32_t time_s;
    int64_t lat_mas, lon_mas;
};

static const struct msd plain = {.version = 2,
                                 .before = 3,
                                 .people = 5,
                                 .fuel = 0x11,
                                 .heading = 45,
                                 .automatic = true,
                                 .trusted = true,
                                 .vin = "WEXAMPLE0TEST0042",
                                 .time_s = 1795000000,
                                 .lat_mas = 148140000,
                                 .lon_mas = -30996000};

/* As the standard writes it; `data` are the bits from the low end on in the order of the fuels. */
static struct amp_str msd_of(const struct msd *m)
{
    static const char letters[] = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
    struct packer out = {.at = 0};
    const unsigned fuels = m->version == 1 ? 6 : 7;
    const bool third = m->version == 3;
    const unsigned before = third ? 3 : m->before;
    pack(&out, m->more > 0 ? 2 : 0, 3);
    pack(&out, before, third ? 0 : 2);
    pack(&out, m->people < 256, 1);
    pack(&out, 1, 8);
    pack(&out, m->automatic, 1);
    pack(&out, m->test, 1);
    pack(&out, m->trusted, 1);
    pack(&out, m->kind, third ? 6 : 5);
    for (size_t i = 0; i < 17; i++) {
        pack(&out, (uint64_t)(strchr(letters, m->vin[i]) - letters), 6);
    }
    pack(&out, 0, 1);
    for (unsigned i = 0; i < fuels; i++) {
        pack(&out, m->fuel >> i & 1U, 1);
    }
    for (unsigned i = 0; i < fuels; i++) {
        pack(&out, 1, m->fuel >> i & 1U);
    }
    pack(&out, m->time_s, 32);
    pack(&out, (uint64_t)(m->lat_mas + (INT64_C(1) << 31)), 32);
    pack(&out, (uint64_t)(m->lon_mas + (INT64_C(1) << 31)), 32);
    pack(&out, m->heading, 8);
    pack(&out, 0x80200, before & 2 ? 20 : 0);
    pack(&out, 0x80200, before & 1 ? 20 : 0);
    pack(&out, m->people, m->people < 256 ? 8 : 0);
    for (unsigned i = 0; i < m->more; i++) {
        pack(&out, 0x55, 8);
    }
    const size_t n = (out.at + 7) / 8;
    char *text = amp_arena_alloc(&arena, n + 3);
    const size_t head = m->version == 1 ? 1 : n < 128 ? 2 : 3;
    text[0] = (char)m->version;
    text[1] = (char)(head == 3 ? 0x80 : n);
    text[2] = (char)n;
    memcpy(text + head, out.data, n);
    return (struct amp_str){text, n + head};
}

static void all_versions_of_the_msd_are_read(void **state)
{
    (void)state;
    for (unsigned version = 1; version <= 3; version++) {
        for (unsigned before = 0; before < 4; before++) {
            struct msd m = plain;
            m.version = version;
            m.before = before;
            struct amp_report report = {0};
            struct amp_why why = {""};
            assert_int_equal(amp_intake_msd(msd_of(&m), &arena, &report, &why), AMP_OK);
            assert_string_equal(amp_arena_text(&arena, report.f.words),
                                "crash: urgent occupants; by automatic; time 2026-11-18T11:06:40Z; "
                                "occupants 5; fuel gasoline electric; body car; heading 90; "
                                "vin WEXAMPLE0TEST0042");
            assert_int_equal(report.f.pos.lat_e7, 411500000);
            assert_int_equal(report.f.pos.lon_e7, -86100000);
            assert_int_equal(report.f.radius_m, 150);
            assert_int_equal(report.f.confidence_pct, 95);
        }
    }
}

static void additional_data_and_what_stands_behind_the_message_are_passed_over(void **state)
{
    (void)state;
    static const unsigned more[] = {40, 95}; /* with 95 the length takes two bytes */
    for (unsigned version = 2; version <= 3; version++) {
        struct msd m = plain;
        m.version = version;
        const char *without = view_of("msd", msd_of(&m));
        for (size_t i = 0; i < 2; i++) {
            m.more = more[i];
            const struct amp_str one = msd_of(&m);
            char *room = amp_arena_alloc(&arena, 140); /* as modems send it */
            memset(room, 0, 140);
            memcpy(room, one.ptr, one.len);
            assert_string_equal(view_of("msd", one), without);
            assert_string_equal(view_of("msd", (struct amp_str){room, 140}), without);
        }
    }
}

static void kinds_of_vehicles_that_came_with_version_3_are_another(void **state)
{
    (void)state;
    struct msd m = plain;
    m.version = 3;
    for (m.kind = 0; m.kind < 23; m.kind++) {
        text_says(view_of("msd", msd_of(&m)),
                  m.kind == 0    ? "\"body\":\"car\""
                  : m.kind == 3  ? "\"body\":\"van\""
                  : m.kind == 12 ? "\"body\":\"motorcycle\""
                  : m.kind > 12  ? "\"body\":\"another\""
                                 : "\"body\":\"",
                  "kind");
    }
}

static void the_same_in_hexadecimal_digits_is_the_same(void **state)
{
    (void)state;
    const struct amp_str bytes = msd_of(&plain);
    struct amp_buf digits = amp_buf_make(1 << 10);
    for (size_t i = 0; i < bytes.len; i++) {
        amp_buf_printf(&digits, "%02X", (unsigned)(unsigned char)bytes.ptr[i]);
    }
    amp_buf_char(&digits, '\n');
    assert_string_equal(view_of("msd", amp_buf_view(&digits)), view_of("msd", bytes));
    amp_buf_free(&digits);
}

static void a_position_that_is_not_to_be_trusted_is_not_plotted(void **state)
{
    (void)state;
    struct msd m = plain;
    m.trusted = false;
    struct amp_report report = {0};
    struct amp_why why = {""};
    assert_int_equal(amp_intake_msd(msd_of(&m), &arena, &report, &why), AMP_OK);
    assert_false(report.located);
    assert_int_equal(report.f.has & AMP_HAS(POS), 0);
    text_says(amp_arena_text(&arena, report.f.words), "unsure 41.1500000,-8.6100000", "words");
    m = plain;
    m.lat_mas = m.lon_mas = INT32_MAX;
    text_says(view_of("msd", msd_of(&m)), "does not know where it is", "view");
}

static void a_test_of_a_vehicle_is_no_call(void **state)
{
    (void)state;
    struct msd m = plain;
    m.test = true;
    struct amp_report report = {0};
    struct amp_why why = {""};
    assert_int_equal(amp_intake_msd(msd_of(&m), &arena, &report, &why), AMP_E_UNSUPPORTED);
    text_says(view_of("msd", msd_of(&m)), "crash: test yes", "view");
}

static void a_cut_or_unknown_msd_is_refused(void **state)
{
    (void)state;
    const struct amp_str whole = msd_of(&plain);
    struct amp_crash crash;
    struct amp_why why = {""};
    for (size_t len = 0; len < whole.len; len++) {
        assert_int_not_equal(amp_msd_read((struct amp_str){whole.ptr, len}, &arena, &crash, &why),
                             AMP_OK);
    }
    struct msd one = plain;
    one.version = 1;
    one.before = 0;
    const struct amp_str first = msd_of(&one);
    for (size_t len = 0; len < first.len; len++) {
        assert_int_not_equal(amp_msd_read((struct amp_str){first.ptr, len}, &arena, &crash, &why),
                             AMP_OK);
    }
    struct msd third = plain;
    third.version = 3;
    const struct amp_str last = msd_of(&third);
    for (size_t len = 0; len < last.len; len++) {
        assert_int_not_equal(amp_msd_read((struct amp_str){last.ptr, len}, &arena, &crash, &why),
                             AMP_OK);
    }
    assert_int_equal(amp_msd_read(AMP_STR("04251C06"), &arena, &crash, &why), AMP_E_UNSUPPORTED);
    text_says(why.text, "version 4", "04251C06");
    assert_int_equal(amp_msd_read(AMP_STR("028410FF"), &arena, &crash, &why), AMP_E_SYNTAX);
    text_says(why.text, "length", "028410FF");
    assert_int_equal(amp_msd_read(AMP_STR("02ZZ"), &arena, &crash, &why), AMP_E_SYNTAX);
    struct msd kind = plain;
    kind.kind = 13;
    assert_int_equal(amp_msd_read(msd_of(&kind), &arena, &crash, &why), AMP_E_RANGE);
    kind.version = 3;
    kind.kind = 23;
    assert_int_equal(amp_msd_read(msd_of(&kind), &arena, &crash, &why), AMP_E_RANGE);
}

/* ---- in a call ---- */

static void crash_data_of_a_call_are_words_of_it_and_place_it_if_nothing_else_does(void **state)
{
    (void)state;
    static const char place[] =
        "--b\r\nContent-Type: application/pidf+xml\r\n\r\n"
        "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:g='http://www.opengis.net/gml' "
        "xmlns:p='urn:ietf:params:xml:ns:pidf:geopriv10' entity='pres:a@x'><tuple id='t'><status>"
        "<p:geopriv><p:location-info><g:Point srsName='urn:ogc:def:crs:EPSG::4326'>"
        "<g:pos>-25.96 32.58</g:pos></g:Point></p:location-info><p:usage-rules/></p:geopriv>"
        "</status></tuple></presence>\r\n";
    for (int placed = 0; placed < 2; placed++) {
        struct amp_buf text = amp_buf_make(1 << 16);
        struct amp_sip_call call;
        struct amp_why why = {""};
        amp_buf_text(&text, "INVITE urn:service:sos.ecall.automatic SIP/2.0\r\ni: a\r\n"
                            "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
        amp_buf_text(&text, placed ? place : "");
        amp_buf_text(&text, "--b\r\nContent-Type: application/EmergencyCallData.eCall.MSD\r\n"
                            "Content-Transfer-Encoding: binary\r\n\r\n");
        amp_buf_str(&text, msd_of(&plain));
        amp_buf_text(&text, "\r\n--b\r\nContent-Type: "
                            "application/EmergencyCallData.VEDS+xml\r\n\r\n" WHOLE "\r\n--b--\r\n");
        assert_int_equal(amp_sip_read(amp_buf_view(&text), &arena, &call, &why), AMP_OK);
        const char *words = amp_arena_text(&arena, call.report.f.words);
        text_says(words, "crash: urgent occupants; by automatic; ", "words");
        text_says(words, "\n" LINE, "words");
        assert_true(call.report.located);
        assert_int_equal(call.report.f.pos.lat_e7, placed ? -259600000 : 411500000);
        assert_int_equal(call.report.warning_n, 0);
        amp_buf_free(&text);
    }
}

static void a_call_whose_crash_data_cannot_be_read_says_so(void **state)
{
    (void)state;
    struct amp_sip_call call;
    struct amp_why why = {""};
    assert_int_equal(
        amp_sip_read(AMP_STR("INVITE urn:service:sos SIP/2.0\r\ni: a\r\nContent-Type: "
                             "application/EmergencyCallData.eCall.MSD\r\n\r\n\x04\x01\x02"),
                     &arena, &call, &why),
        AMP_OK);
    assert_int_equal(call.report.warning_n, 1);
    text_says(amp_arena_text(&arena, call.report.warning[0]),
              "crash data came and could not be read: MSD: version 4", "warning");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_is_told_in_one_line_with_what_speaks_for_haste),
        cmocka_unit_test(persons_and_plates_of_a_message_are_not_looked_at),
        cmocka_unit_test(what_cannot_be_is_left_out_and_said),
        cmocka_unit_test(turning_over_once_is_a_rollover_though_nobody_says_so),
        cmocka_unit_test(what_is_no_crash_notification_is_refused),
        cmocka_unit_test(all_versions_of_the_msd_are_read),
        cmocka_unit_test(additional_data_and_what_stands_behind_the_message_are_passed_over),
        cmocka_unit_test(kinds_of_vehicles_that_came_with_version_3_are_another),
        cmocka_unit_test(the_same_in_hexadecimal_digits_is_the_same),
        cmocka_unit_test(a_position_that_is_not_to_be_trusted_is_not_plotted),
        cmocka_unit_test(a_test_of_a_vehicle_is_no_call),
        cmocka_unit_test(a_cut_or_unknown_msd_is_refused),
        cmocka_unit_test(crash_data_of_a_call_are_words_of_it_and_place_it_if_nothing_else_does),
        cmocka_unit_test(a_call_whose_crash_data_cannot_be_read_says_so),
    };
    return cmocka_run_group_tests_name("intake/crash", tests, arena_set_up, arena_tear_down);
}
