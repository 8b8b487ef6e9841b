/* HELD: requests, answers by value and by reference, errors, and what is refused. */
#include "intake/held.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "intake/sample_test.h"

#include "base/testarena.h"

#define NS "xmlns='urn:ietf:params:xml:ns:geopriv:held'"
#define PRESENCE                                                                                   \
    "<presence xmlns='urn:ietf:params:xml:ns:pidf' "                                               \
    "xmlns:gp='urn:ietf:params:xml:ns:pidf:geopriv10' "                                            \
    "xmlns:gs='http://www.opengis.net/pidflo/1.0' xmlns:gml='http://www.opengis.net/gml' "         \
    "entity='pres:c@example.org'><tuple id='t'><status><gp:geopriv><gp:location-info>"             \
    "<gs:Circle srsName='urn:ogc:def:crs:EPSG::4326'><gml:pos>-19.8 34.8</gml:pos>"                \
    "<gs:radius uom='urn:ogc:def:uom:EPSG::9001'>30</gs:radius></gs:Circle>"                       \
    "</gp:location-info><gp:method>Wireless</gp:method></gp:geopriv></status>"                     \
    "<timestamp>2026-02-03T04:05:06Z</timestamp></tuple></presence>"
#define URIS                                                                                       \
    "<locationUriSet expires='2026-02-03T05:00:00Z'><locationURI>https://lis.example.org/1"        \
    "</locationURI><locationURI>sip:1@example.org</locationURI></locationUriSet>"

static amp_err read_text(const char *text, struct amp_held *out, struct amp_why *why)
{
    *out = (struct amp_held){0};
    *why = (struct amp_why){""};
    return amp_held_read(amp_str_of(text), &arena, out, why);
}

static void an_answer_holds_a_place_its_addresses_or_both(void **state)
{
    (void)state;
    struct amp_held held;
    struct amp_why why;
    assert_int_equal(
        read_text("<locationResponse " NS ">" URIS PRESENCE "</locationResponse>", &held, &why),
        AMP_OK);
    assert_int_equal(held.kind, AMP_HELD_RESPONSE);
    assert_int_equal(held.uri_n, 2);
    assert_true(amp_str_is(held.uri[0], "https://lis.example.org/1"));
    assert_int_equal(held.expires_us, INT64_C(1770094800000000));
    const struct amp_pidf_location *where = amp_pidf_where(held.pidf);
    assert_int_equal(where->kind, AMP_PIDF_CIRCLE);
    assert_int_equal(where->at.lat_e7, -198000000);
    assert_true(amp_str_is(where->method, "Wireless"));
    assert_true(where->timed);
    assert_int_equal(read_text("<locationResponse " NS ">" URIS "</locationResponse>", &held, &why),
                     AMP_OK);
    assert_null(held.pidf);
}

/* The tree and the stream are two ways to the same reader. */
static void a_place_inside_an_answer_reads_as_it_does_alone(void **state)
{
    (void)state;
    struct amp_held held;
    struct amp_why why;
    struct amp_pidf *alone = amp_arena_alloc(&arena, sizeof *alone);
    assert_int_equal(amp_pidf_read(AMP_STR(PRESENCE), &arena, alone, &why), AMP_OK);
    assert_int_equal(
        read_text("<locationResponse " NS ">" PRESENCE "</locationResponse>", &held, &why), AMP_OK);
    assert_int_equal(alone->location_n, held.pidf->location_n);
    assert_string_equal(amp_pidf_region(amp_pidf_where(alone), &arena).ptr,
                        amp_pidf_region(amp_pidf_where(held.pidf), &arena).ptr);
    assert_int_equal(amp_pidf_where(alone)->time_us, amp_pidf_where(held.pidf)->time_us);
    assert_true(amp_str_eq(alone->entity, held.pidf->entity));
}

static void a_request_says_for_what_and_for_whom(void **state)
{
    (void)state;
    struct amp_held held;
    struct amp_why why;
    assert_int_equal(read_text("<locationRequest " NS " responseTime='8000'><locationType "
                               "exact='true'>geodetic locationURI</locationType><device "
                               "xmlns='urn:ietf:params:xml:ns:geopriv:held:id'><uri>tel:+2581</uri>"
                               "</device></locationRequest>",
                               &held, &why),
                     AMP_OK);
    assert_int_equal(held.kind, AMP_HELD_REQUEST);
    assert_int_equal(held.response_ms, 8000);
    assert_int_equal(held.type_n, 2);
    assert_true(held.exact);
    assert_true(amp_str_is(held.id[0].name, "uri"));
    assert_true(amp_str_is(held.id[0].value, "tel:+2581"));
}

static void what_the_schema_does_not_allow_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        amp_err err;
        const char *reason;
    } rows[] = {
        {"<locationRequest " NS " responseTime='soon'/>", AMP_E_RANGE, "responseTime"},
        {"<locationRequest " NS " responseTime='-1'/>", AMP_E_RANGE, "responseTime"},
        {"<locationRequest " NS "><locationType>here</locationType></locationRequest>", AMP_E_RANGE,
         "locationType"},
        {"<locationRequest " NS "><device xmlns='urn:ietf:params:xml:ns:geopriv:held:id'/>"
         "</locationRequest>",
         AMP_E_MISSING, "identity"},
        {"<locationResponse " NS "/>", AMP_E_MISSING, "neither"},
        {"<locationResponse " NS "><locationUriSet><locationURI>x</locationURI></locationUriSet>"
         "</locationResponse>",
         AMP_E_MISSING, "expires"},
        {"<locationResponse " NS "><locationUriSet expires='2026-02-03T05:00:00Z'/>"
         "</locationResponse>",
         AMP_E_MISSING, "locationURI"},
        {"<error " NS "/>", AMP_E_MISSING, "code"},
        {"<locationResponse/>", AMP_E_SYNTAX, "no message of HELD"},
        {"<locationResponse " NS ">", AMP_E_SYNTAX, "line 1"},
        {"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", AMP_E_UNSUPPORTED, "DOCTYPE"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_held held;
        struct amp_why why;
        assert_int_equal(read_text(rows[i].text, &held, &why), rows[i].err);
        text_says(why.text, rows[i].reason, rows[i].text);
    }
}

static amp_err report_of(const char *text, struct amp_report *report, struct amp_why *why)
{
    *report = (struct amp_report){0};
    *why = (struct amp_why){""};
    return amp_intake_parse(amp_intake_find(AMP_STR("held")), amp_str_of(text), &arena, report,
                            why);
}

static void only_an_answer_is_a_callers_report(void **state)
{
    (void)state;
    struct amp_report report;
    struct amp_why why;
    assert_int_equal(
        report_of("<locationResponse " NS ">" PRESENCE "</locationResponse>", &report, &why),
        AMP_OK);
    assert_true(report.located);
    assert_int_equal(report.f.radius_m, 30);
    assert_true(amp_str_is(report.f.source, "held"));
    assert_int_equal(
        report_of("<locationResponse " NS ">" URIS "</locationResponse>", &report, &why), AMP_OK);
    assert_false(report.located);
    text_says(report.warning[0].ptr, "by reference only", "uris");
    assert_int_equal(report_of("<locationRequest " NS "/>", &report, &why), AMP_E_UNSUPPORTED);
    assert_int_equal(report_of("<error " NS " code='locationUnknown'><message xml:lang='en'>no fix"
                               "</message></error>",
                               &report, &why),
                     AMP_E_UNSUPPORTED);
    assert_false(report.located);
}

static void published_messages_say_what_they_say(void **state)
{
    (void)state;
    static const struct sample rows[] = {
        {"held/Location_request.xml",
         AMP_OK,
         {"\"kind\":\"locationRequest\"", "\"purpose\":\"emergencyRouting\"", "\"types\":[]"}},
        {"held/Location_request_for_locationURI.xml",
         AMP_OK,
         {"\"types\":[\"locationURI\"]", "\"exact\":false", "\"value\":\"DEVICE_URI\""}},
        {"held/Location_request_with_device_URI.xml", AMP_OK, {"\"name\":\"uri\""}},
        {"held/Location_response.xml",
         AMP_OK,
         {"\"kind\":\"locationResponse\"", "\"region\":\"point:40.7166830,-73.9906976\"",
          "\"uris\":[]", "\"time\":\"2050-05-15T12:30:00Z\""}},
        {"held/Default_location.xml",
         AMP_OK,
         {"\"region\":\"point:-63.1846946,-56.6414648\"", "commas"}},
    };
    if (!samples_hold("held", rows, sizeof rows / sizeof rows[0], &arena)) {
        AMP_TEST_SKIP("no sample messages");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_holds_a_place_its_addresses_or_both),
        cmocka_unit_test(a_place_inside_an_answer_reads_as_it_does_alone),
        cmocka_unit_test(a_request_says_for_what_and_for_whom),
        cmocka_unit_test(what_the_schema_does_not_allow_is_refused_with_its_reason),
        cmocka_unit_test(only_an_answer_is_a_callers_report),
        cmocka_unit_test(published_messages_say_what_they_say),
    };
    return cmocka_run_group_tests_name("intake/held", tests, arena_set_up, arena_tear_down);
}
