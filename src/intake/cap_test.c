/* CAP: what is read, what is refused and why, and that what is written is read again. */
#include "intake/cap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "intake/sample_test.h"

#include "base/testarena.h"

#define V12  "urn:oasis:names:tc:emergency:cap:1.2"
#define V11  "urn:oasis:names:tc:emergency:cap:1.1"
#define V10  "http://www.incident.com/cap/1.0"
#define SENT "<sent>2026-02-03T04:05:06-00:00</sent>"
#define TOP                                                                                        \
    "<identifier>W-1</identifier><sender>met@example.org</sender>" SENT                            \
    "<status>Actual</status><msgType>Alert</msgType>"
#define INFO_HEAD                                                                                  \
    "<info><language>pt-MZ</language><category>Met</category><event>Cyclone</event>"               \
    "<urgency>Immediate</urgency><severity>Extreme</severity><certainty>Likely</certainty>"
#define AREA_HEAD "<area><areaDesc>Sofala</areaDesc>"

static struct amp_str alert_of(const char *version, const char *inside)
{
    return amp_arena_printf(&arena, "<alert xmlns='%s'>%s</alert>", version, inside);
}

static struct amp_str with_area(const char *version, const char *area)
{
    return amp_arena_printf(&arena,
                            "<alert xmlns='%s'>" TOP "<scope>Public</scope>" INFO_HEAD AREA_HEAD
                            "%s</area></info>"
                            "</alert>",
                            version, area);
}

static amp_err read_into(struct amp_str text, struct amp_cap *cap, struct amp_why *why)
{
    *cap = (struct amp_cap){0};
    *why = (struct amp_why){""};
    return amp_cap_read(text, &arena, cap, why);
}

/* The alert as it is written, and as what that says is written again. */
static const char *written(const struct amp_cap *cap)
{
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(1 << 17);
    const amp_err err = amp_cap_write(cap, &arena, &out, &why);
    assert_string_equal(why.text, "");
    assert_int_equal(err, AMP_OK);
    const char *text = amp_arena_text(&arena, amp_buf_view(&out));
    amp_buf_free(&out);
    return text;
}

static void an_alert_is_read_into_its_parts(void **state)
{
    (void)state;
    struct amp_cap cap;
    struct amp_why why;
    struct amp_str text =
        with_area(V12, "<polygon>-19.8,34.8 -19.8,34.9 -19.9,34.9 -19.8,34.8</polygon>"
                       "<circle>-19.8436,34.8389 12.5</circle>"
                       "<geocode><valueName>ISO</valueName><value>MZ-S</value></geocode>"
                       "<altitude>10</altitude><ceiling>20.5</ceiling>");
    assert_int_equal(read_into(text, &cap, &why), AMP_OK);
    assert_true(amp_str_is(cap.identifier, "W-1"));
    assert_true(amp_str_is(cap.version, "1.2"));
    assert_int_equal(cap.warning_n, 0);
    assert_int_equal(cap.info_n, 1);
    const struct amp_cap_info *info = &cap.info[0];
    assert_true(amp_str_is(info->event, "Cyclone"));
    assert_int_equal(info->categories.n, 1);
    assert_int_equal(info->area_n, 1);
    const struct amp_cap_area *area = &info->area[0];
    assert_int_equal(area->polygons.n, 1);
    assert_int_equal(area->polygons.item[0].n, 4);
    assert_int_equal(area->polygons.item[0].point[1].lon_e7, 349000000);
    assert_int_equal(area->circles.n, 1);
    assert_true(area->circles.item[0].radius_km > 12.49 && area->circles.item[0].radius_km < 12.51);
    assert_true(amp_str_is(area->geocodes.item[0].value, "MZ-S"));
    assert_true(amp_str_is(area->ceiling, "20.5"));
}

static void what_leaves_in_doubt_what_is_meant_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *inside;
        amp_err err;
        const char *reason;
    } rows[] = {
        {TOP, AMP_E_MISSING, "<scope>"},
        {TOP "<scope>Everybody</scope>", AMP_E_RANGE, "none of the values"},
        {TOP "<scope>Restricted</scope>", AMP_E_MISSING, "<restriction>"},
        {TOP "<scope>Private</scope>", AMP_E_MISSING, "<addresses>"},
        {TOP "<scope>Public</scope><scope>Public</scope>", AMP_E_SYNTAX, "more than once"},
        {TOP "<scope>Public</scope><note>a <b/></note>", AMP_E_SYNTAX, "only text"},
        {TOP "<scope>Public</scope>" INFO_HEAD "<parameter><valueName>a</valueName><value>b</value>"
             "<value>c</value></parameter></info>",
         AMP_E_SYNTAX, "more than one"},
        {"<identifier>W</identifier><sender>s</sender>" SENT, AMP_E_MISSING, "<status>"},
        {"<identifier>W 1</identifier><sender>s</sender>" SENT "<status>Test</status>"
         "<msgType>Alert</msgType><scope>Public</scope>",
         AMP_E_RANGE, "blank"},
        {"<identifier>W</identifier><sender/>" SENT "<status>Test</status>"
         "<msgType>Alert</msgType><scope>Public</scope>",
         AMP_E_MISSING, "empty"},
        {TOP "<scope>Public</scope><info><category>Met</category></info>", AMP_E_MISSING,
         "<event>"},
        {TOP "<scope>Public</scope>" INFO_HEAD "<area/></info>", AMP_E_MISSING, "<areaDesc>"},
        {TOP "<scope>Public</scope>" INFO_HEAD "<parameter><value>1</value></parameter></info>",
         AMP_E_MISSING, "<valueName>"},
        {TOP "<scope>Public</scope>" INFO_HEAD "<expires>tomorrow</expires></info>", AMP_E_RANGE,
         "no time"},
        {TOP "<scope>Public</scope>" INFO_HEAD "<expires>2026-02-03T04:05:06</expires></info>",
         AMP_E_RANGE, "no time"},
        {TOP "<scope>Public</scope><info><language>the Portuguese</language></info>", AMP_E_RANGE,
         "language"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_cap cap;
        struct amp_why why;
        assert_int_equal(read_into(alert_of(V12, rows[i].inside), &cap, &why), rows[i].err);
        text_says(why.text, rows[i].reason, rows[i].inside);
        assert_int_equal(cap.identifier.len, 0); /* nothing of it came out */
    }
}

static void an_area_in_doubt_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *area, *reason;
    } rows[] = {
        {"<polygon>1,1 1,2</polygon>", "four points"},
        {"<polygon>1,1 1,2 2,361 1,1</polygon>", "LAT,LON"},
        {"<polygon>1,1 1,2 1,1</polygon>", "four points"},
        {"<polygon>1 1 1 2 2 2 1 1</polygon>", "LAT,LON"},
        {"<polygon>95,1 1,2 2,2 95,1</polygon>", "LAT,LON"},
        {"<polygon>1,1 1,2, 2,2 1,1</polygon>", "LAT,LON"},
        {"<circle>1,1</circle>", "RADIUS"},
        {"<circle>1,1 -2</circle>", "RADIUS"},
        {"<circle>1,361 2</circle>", "RADIUS"},
        {"<circle>1,1 2 3</circle>", "RADIUS"},
        {"<circle>1,1 nan</circle>", "RADIUS"},
        {"<ceiling>100</ceiling>", "<altitude>"},
        {"<altitude>high</altitude>", "feet"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_cap cap;
        struct amp_why why;
        assert_int_not_equal(read_into(with_area(V12, rows[i].area), &cap, &why), AMP_OK);
        text_says(why.text, rows[i].reason, rows[i].area);
    }
}

static bool is_said(const struct amp_cap *cap, const char *words)
{
    bool said = false;
    for (size_t i = 0; i < cap->warning_n; i++) {
        said |= strstr(cap->warning[i].ptr, words) != NULL;
    }
    return said;
}

static void what_is_odd_and_clear_is_read_and_said(void **state)
{
    (void)state;
    static const struct {
        const char *inside, *said;
    } rows[] = {
        {TOP "<scope>Public</scope><source>x</source>", "must precede"},
        {TOP "<scope>Public</scope><colour>red</colour>", "no element"},
        {TOP "<scope lang='en'>Public</scope>", "attribute"},
        {TOP "<scope>Public</scope>or so", "between its elements"},
        {TOP "<scope>Public</scope><x xmlns='urn:x'/>", "does not belong"},
        {TOP "<scope>Public</scope><Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>"
             "<note>x</note>",
         "must precede"},
        {TOP "<scope>Public</scope><info><event>x</event><urgency>Past</urgency>"
             "<severity>Minor</severity><certainty>Likely</certainty></info>",
         "has no <category>, read as Other"},
        {TOP "<scope>Public</scope><info><category>Met</category><event>x</event></info>",
         "has no <urgency>, read as Unknown"},
        {TOP "<scope>Public</scope>" INFO_HEAD
             "<resource><resourceDesc>map</resourceDesc></resource></info>",
         "has no <mimeType>"},
        {TOP "<scope>Public</scope>" INFO_HEAD
             "<resource><resourceDesc>map</resourceDesc><mimeType>image/png</mimeType>"
             "<size>big</size></resource></info>",
         "bytes"},
        {TOP "<scope>Public</scope>" INFO_HEAD "<expires>2026-02-03T04:05:06Z</expires></info>",
         "form that CAP does not have"},
        {TOP "<scope>Public</scope><info><language>pt_MZ</language><category>Met</category>"
             "<event>x</event><urgency>Past</urgency><severity>Minor</severity>"
             "<certainty>Likely</certainty></info>",
         "underscores"},
    };
    static const char *const versions[] = {V12, V11};
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof rows[0]); i++) {
        struct amp_cap cap;
        struct amp_why why;
        const char *inside = rows[i / 2].inside;
        assert_int_equal(read_into(alert_of(versions[i % 2], inside), &cap, &why), AMP_OK);
        assert_true(is_said(&cap, rows[i / 2].said));
        assert_true(cap.info_n == 0 || amp_str_is(cap.info[0].language, "") ||
                    amp_str_is(cap.info[0].language, "pt-MZ"));
        /* what is written of it is the standard's */
        assert_int_equal(read_into(amp_str_of(written(&cap)), &cap, &why), AMP_OK);
        assert_true(i / 2 == 8 || cap.warning_n == 0); /* nobody knows the type of the resource */
    }
}

static void an_area_that_is_odd_and_clear_is_read_and_said(void **state)
{
    (void)state;
    static const struct {
        const char *area, *said;
        size_t points;  /* of the first polygon */
        int32_t lon_e7; /* of its second point */
    } rows[] = {
        {"<polygon>1,1 1,2 2,2 1.5,1</polygon>", "was closed", 5, 20000000},
        {"<polygon>1,1 1,2 2,2</polygon>", "was closed", 4, 20000000},
        {"<polygon/><polygon>1,1 1,2 2,2 1,1</polygon>", "is empty", 4, 20000000},
        {"<polygon>1,1 1,2 2,2 1,1</polygon><circle> </circle>", "is empty", 4, 20000000},
        {"<polygon/>", "is empty", 0, 0},
        {"<polygon>-22,-179 -22,-180.5 -23,-180.5 -22,-179</polygon>", "beyond 180", 4, 1795000000},
        {"<polygon>1,170 1,190 2,190 1,170</polygon>", "beyond 180", 4, -1700000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_cap cap;
        struct amp_why why;
        assert_int_equal(read_into(with_area(V12, rows[i].area), &cap, &why), AMP_OK);
        assert_int_equal(cap.warning_n, 1);
        text_says(cap.warning[0].ptr, rows[i].said, rows[i].area);
        const struct amp_cap_area *area = &cap.info[0].area[0];
        assert_int_equal(area->circles.n, 0);
        assert_int_equal(area->polygons.n, rows[i].points > 0);
        if (rows[i].points > 0) {
            const struct amp_cap_polygon *ring = &area->polygons.item[0];
            assert_int_equal(ring->n, rows[i].points);
            assert_int_equal(ring->point[1].lon_e7, rows[i].lon_e7);
            assert_memory_equal(&ring->point[0], &ring->point[ring->n - 1], sizeof ring->point[0]);
        }
        assert_int_equal(read_into(amp_str_of(written(&cap)), &cap, &why), AMP_OK);
        assert_int_equal(cap.warning_n, 0);
    }
}

static void words_that_come_in_pieces_are_all_kept(void **state)
{
    (void)state;
    struct amp_cap cap;
    struct amp_why why;
    struct amp_str text =
        alert_of(V12, TOP "<scope>Public</scope>" INFO_HEAD
                          "<description>Water rises.</description><description/>"
                          "<instruction>Go up.</instruction><instruction>Take water.</instruction>"
                          "<instruction>Wait.</instruction></info>");
    assert_int_equal(read_into(text, &cap, &why), AMP_OK);
    assert_true(amp_str_is(cap.info[0].description, "Water rises."));
    assert_true(amp_str_is(cap.info[0].instruction, "Go up.\nTake water.\nWait."));
    assert_true(is_said(&cap, "<instruction> is there more than once"));
    assert_int_equal(read_into(amp_str_of(written(&cap)), &cap, &why), AMP_OK);
    assert_int_equal(cap.warning_n, 0);
}

static void the_same_oddness_in_many_places_is_said_once(void **state)
{
    (void)state;
    struct amp_cap cap;
    struct amp_why why;
    struct amp_str text = with_area(V12, "<polygon/><polygon/><polygon/><altitude>1</altitude>"
                                         "<geocode><valueName>a</valueName><value>b</value>"
                                         "</geocode><geocode><valueName>a</valueName>"
                                         "<value>c</value></geocode>");
    assert_int_equal(read_into(text, &cap, &why), AMP_OK);
    assert_int_equal(cap.warning_n, 2);
}

static void a_time_is_a_cap_time_or_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        {"2026-02-03T04:05:06-00:00", true},  {"2026-02-03T04:05:06+14:00", true},
        {"2026-02-03T04:05:06Z", false},      {"2026-02-03T04:05:06.5-00:00", false},
        {"2026-02-30T04:05:06-00:00", false}, {"2026-02-03T04:05:06,02:00", false},
        {"2026-02-03T04:05:60-00:00", false}, {"2026-02-03T04:05:06+14:01", false},
        {"2026-02-03 04:05:06-00:00", false}, {"2026-02-03T04:05:06-15:00", false},
        {"2026-02-03T04:05:06", false},       {"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t time_us = -1;
        assert_int_equal(amp_cap_time(amp_str_of(rows[i].text), &time_us) == AMP_OK, rows[i].valid);
    }
    int64_t time_us = 0;
    assert_int_equal(amp_cap_time(AMP_STR("2026-02-03T04:05:06+02:00"), &time_us), AMP_OK);
    assert_string_equal(amp_cap_time_text(time_us, &arena).ptr, "2026-02-03T02:05:06-00:00");
}

static void an_older_version_is_read_and_said(void **state)
{
    (void)state;
    struct amp_cap cap;
    struct amp_why why;
    assert_int_equal(read_into(alert_of(V11, TOP "<scope>Public</scope>"), &cap, &why), AMP_OK);
    assert_true(amp_str_is(cap.version, "1.1"));
    text_says(cap.warning[0].ptr, "old version", "1.1");
    /* of this the word that counts is missing, in any version */
    assert_int_equal(read_into(alert_of(V11, TOP "<scope>Public</scope><note>do <b>not</b> go"
                                                 "</note>"),
                               &cap, &why),
                     AMP_E_SYNTAX);
    struct amp_str first = alert_of(
        V10, TOP "<scope>Public</scope><info><category>Met</category><event>x</event>"
                 "<urgency>Past</urgency><severity>Minor</severity>"
                 "<certainty>Very Likely</certainty><eventCode>SAME=TOR</eventCode></info>");
    assert_int_equal(read_into(first, &cap, &why), AMP_OK);
    assert_true(amp_str_is(cap.info[0].certainty, "Likely"));
    assert_true(amp_str_is(cap.info[0].event_codes.item[0].name, "SAME"));
    assert_true(amp_str_is(cap.info[0].event_codes.item[0].value, "TOR"));
}

static void what_is_no_alert_or_declares_entities_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        amp_err err;
    } rows[] = {
        {"", AMP_E_SYNTAX},
        {"<alert>", AMP_E_SYNTAX},
        {"<alert/>", AMP_E_SYNTAX},
        {"<alert xmlns='urn:oasis:names:tc:emergency:cap:9.9'/>", AMP_E_SYNTAX},
        {"<!DOCTYPE a [<!ENTITY x 'y'>]><alert xmlns='" V12 "'>&x;</alert>", AMP_E_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_cap cap;
        struct amp_why why;
        assert_int_equal(read_into(amp_str_of(rows[i].text), &cap, &why), rows[i].err);
        assert_true(why.text[0] != '\0');
    }
}

static void latin_letters_in_their_own_encoding_arrive_as_utf8(void **state)
{
    (void)state;
    struct amp_cap cap;
    struct amp_why why;
    struct amp_str text =
        amp_arena_printf(&arena, "<?xml version='1.0' encoding='ISO-8859-1'?><alert xmlns='" V12
                                 "'>" TOP "<source>Esta\xe7\xe3o</source><scope>Public</scope>"
                                 "</alert>");
    assert_int_equal(read_into(text, &cap, &why), AMP_OK);
    assert_true(amp_str_is(cap.source, "Esta\xc3\xa7\xc3\xa3o"));
}

static void a_signature_is_passed_over_and_said(void **state)
{
    (void)state;
    struct amp_cap cap;
    struct amp_why why;
    struct amp_str text = alert_of(
        V12, TOP "<scope>Public</scope>"
                 "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'><SignedInfo/></Signature>");
    assert_int_equal(read_into(text, &cap, &why), AMP_OK);
    assert_true(cap.has_signature);
    text_says(cap.warning[0].ptr, "not been verified", "signed");
}

static void what_is_written_reads_as_what_was_meant(void **state)
{
    (void)state;
    struct amp_str category = AMP_STR("Met");
    struct amp_pos ring[4] = {{-198000000, 348000000},
                              {-198000000, 349000000},
                              {-199000000, 349000000},
                              {-198000000, 348000000}};
    struct amp_cap_polygon polygon = {ring, 4};
    struct amp_cap_circle circle = {{-198436000, 348389000}, 12.5};
    struct amp_cap_area area = {
        .desc = AMP_STR("Beira & <Dondo>"), .polygons = {&polygon, 1}, .circles = {&circle, 1}};
    struct amp_cap_info info = {.language = AMP_STR("pt-MZ"),
                                .categories = {&category, 1},
                                .event = AMP_STR("Cheia"),
                                .urgency = AMP_STR("Immediate"),
                                .severity = AMP_STR("Severe"),
                                .certainty = AMP_STR("Observed"),
                                .expires = amp_cap_time_text(INT64_C(1770000000000000), &arena),
                                .area = &area,
                                .area_n = 1};
    struct amp_cap cap = {.identifier = AMP_STR("I-1.1"),
                          .sender = AMP_STR("centre@example.org"),
                          .sent = amp_cap_time_text(INT64_C(1769990000000000), &arena),
                          .status = AMP_STR("Actual"),
                          .msg_type = AMP_STR("Alert"),
                          .scope = AMP_STR("Public"),
                          .info = &info,
                          .info_n = 1};
    const char *first = written(&cap);
    struct amp_cap again;
    struct amp_why why;
    assert_int_equal(read_into(amp_str_of(first), &again, &why), AMP_OK);
    assert_true(amp_str_is(again.info[0].area[0].desc, "Beira & <Dondo>"));
    assert_memory_equal(again.info[0].area[0].polygons.item[0].point, ring, sizeof ring);
    assert_string_equal(written(&again), first);
    text_says(first, "<circle>-19.8436000,34.8389000 12.5000</circle>", "circle");
}

static void an_alert_that_breaks_a_rule_is_not_written(void **state)
{
    (void)state;
    struct amp_cap cap = {.identifier = AMP_STR("I-1"),
                          .sender = AMP_STR("centre@example.org"),
                          .sent = AMP_STR("2026-02-03T04:05:06-00:00"),
                          .status = AMP_STR("Actual"),
                          .msg_type = AMP_STR("Alert"),
                          .scope = AMP_STR("Private")};
    struct amp_buf out = amp_buf_make(1 << 16);
    struct amp_why why = {""};
    assert_int_equal(amp_cap_write(&cap, &arena, &out, &why), AMP_E_MISSING);
    text_says(why.text, "<addresses>", "private");
    assert_int_equal(out.len, 0);
    amp_buf_free(&out);
}

static void published_alerts_are_read_or_refused_as_they_deserve(void **state)
{
    (void)state;
    static const struct sample rows[] = {
        {"cap/australia.cap",
         AMP_OK,
         {"\"version\":\"1.2\"", "\"responseType\":[\"Evacuate\"]", "\"radius_km\":25.0000",
          "\"warnings\":[]"}},
        {"cap/canada.cap",
         AMP_OK,
         {"\"msgType\":\"Update\"", "\"language\":\"fr-CA\"", "\"signed\":false",
          "\"polygon\":[[["}},
        {"cap/canada_signed.cap",
         AMP_OK,
         {"\"signed\":true", "signature has not been verified", "\"snowfall\""}},
        {"cap/earthquake.cap",
         AMP_OK,
         {"\"version\":\"1.1\"", "old version", "\"category\":[\"Geo\"]"}},
        {"cap/earthquake_signed.cap", AMP_OK, {"\"signed\":true", "\"version\":\"1.1\""}},
        {"cap/weather.cap", AMP_OK, {"Flash Flood Watch", "\"value\":\"FFA\""}},
        {"cap/no_optional_fields.cap", AMP_OK, {"\"info\":[]"}},
        {"cap/ng911lib_CapExample2.xml", AMP_OK, {"38.4700000", "\"Shelter\""}},
        {"cap/ng911lib_CapExample3.xml", AMP_OK, {"\"radius_km\":0.0000", "13970876.1"}},
        {"cap/ng911lib_CapExample1.xml", AMP_OK, {"<resource> has no <mimeType>"}},
        {"cap/invalid.cap", AMP_E_MISSING, {"<alert> has no <scope>"}},
        {"cap/noaa_errors.cap", AMP_E_RANGE, {"<urgency> \"\" is none of the values"}},
        {"cap/xee.cap", AMP_E_UNSUPPORTED, {"DOCTYPE"}},
    };
    if (!samples_hold("cap", rows, sizeof rows / sizeof rows[0], &arena)) {
        AMP_TEST_SKIP("no sample messages");
    }
}

static void every_published_alert_that_is_read_can_be_written_as_cap_1_2(void **state)
{
    (void)state;
    static const char *const files[] = {"australia.cap", "canada.cap", "canada_signed.cap",
                                        "ng911lib_CapExample2.xml", "ng911lib_CapExample3.xml"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char name[160];
        (void)snprintf(name, sizeof name, "messages/cap/%s", files[i]);
        const char *path = amp_testdata(name);
        AMP_TEST_NEEDS(path);
        struct amp_cap cap;
        struct amp_cap again;
        struct amp_why why;
        assert_int_equal(read_into(file_text(path, &arena), &cap, &why), AMP_OK);
        const char *first = written(&cap);
        assert_int_equal(read_into(amp_str_of(first), &again, &why), AMP_OK);
        assert_string_equal(written(&again), first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_is_read_into_its_parts),
        cmocka_unit_test(what_leaves_in_doubt_what_is_meant_is_refused_with_its_reason),
        cmocka_unit_test(an_area_in_doubt_is_refused),
        cmocka_unit_test(what_is_odd_and_clear_is_read_and_said),
        cmocka_unit_test(an_area_that_is_odd_and_clear_is_read_and_said),
        cmocka_unit_test(words_that_come_in_pieces_are_all_kept),
        cmocka_unit_test(the_same_oddness_in_many_places_is_said_once),
        cmocka_unit_test(a_time_is_a_cap_time_or_none),
        cmocka_unit_test(an_older_version_is_read_and_said),
        cmocka_unit_test(what_is_no_alert_or_declares_entities_is_refused),
        cmocka_unit_test(latin_letters_in_their_own_encoding_arrive_as_utf8),
        cmocka_unit_test(a_signature_is_passed_over_and_said),
        cmocka_unit_test(what_is_written_reads_as_what_was_meant),
        cmocka_unit_test(an_alert_that_breaks_a_rule_is_not_written),
        cmocka_unit_test(published_alerts_are_read_or_refused_as_they_deserve),
        cmocka_unit_test(every_published_alert_that_is_read_can_be_written_as_cap_1_2),
    };
    return cmocka_run_group_tests_name("intake/cap", tests, arena_set_up, arena_tear_down);
}
