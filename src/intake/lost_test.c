/* LoST: requests and answers, places in all shapes, and what is refused. */
#include "intake/lost.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "intake/sample_test.h"

#include "base/testarena.h"

#define NS "xmlns='urn:ietf:params:xml:ns:lost1'"
#define POINT                                                                                      \
    "<Point xmlns='http://www.opengis.net/gml' srsName='urn:ogc:def:crs:EPSG::4326'>"              \
    "<pos>-19.8 34.8</pos></Point>"
#define LOCATION     "<location id='l' profile='geodetic-2d'>" POINT "</location>"
#define SERVICE      "<service>urn:service:sos</service>"
#define MAPPING_HEAD "<mapping source='s' sourceId='i' lastUpdated='2026-02-03T04:05:06Z' expires='"
#define PATH         "<path><via source='a.example'/><via source='b.example'/></path>"

static amp_err read_text(const char *text, struct amp_lost *out, struct amp_why *why)
{
    *out = (struct amp_lost){0};
    *why = (struct amp_why){""};
    return amp_lost_read(amp_str_of(text), &arena, out, why);
}

static void a_question_says_where_and_for_which_service(void **state)
{
    (void)state;
    struct amp_lost lost;
    struct amp_why why;
    assert_int_equal(read_text("<findService " NS " recursive='true' serviceBoundary='value' "
                               "validateLocation='0'>" LOCATION SERVICE "</findService>",
                               &lost, &why),
                     AMP_OK);
    assert_int_equal(lost.kind, AMP_LOST_FIND_SERVICE);
    assert_true(lost.recursive);
    assert_true(lost.boundary_by_value);
    assert_false(lost.validate);
    assert_true(amp_str_is(lost.service, "urn:service:sos"));
    assert_int_equal(lost.location_n, 1);
    assert_int_equal(amp_pidf_where(lost.location[0].pidf)->at.lat_e7, -198000000);
    assert_int_equal(read_text("<listServices " NS "/>", &lost, &why), AMP_OK);
    assert_int_equal(read_text("<getServiceBoundary " NS " key='k1'/>", &lost, &why), AMP_OK);
    assert_true(amp_str_is(lost.key, "k1"));
}

static void an_answer_says_which_centre(void **state)
{
    (void)state;
    struct amp_lost lost;
    struct amp_why why;
    assert_int_equal(
        read_text("<findServiceResponse " NS ">" MAPPING_HEAD "NO-CACHE'><displayName>Beira"
                  "</displayName>" SERVICE "<serviceBoundaryReference source='s' key='k'/>"
                  "<uri>sip:112@example.org</uri><serviceNumber>112</serviceNumber></mapping>" PATH
                  "<locationUsed id='l'/></findServiceResponse>",
                  &lost, &why),
        AMP_OK);
    assert_int_equal(lost.mapping_n, 1);
    assert_true(amp_str_is(lost.mapping[0].uris.item[0], "sip:112@example.org"));
    assert_true(amp_str_is(lost.mapping[0].number, "112"));
    assert_true(amp_str_is(lost.mapping[0].boundary_key, "k"));
    assert_int_equal(lost.path.n, 2);
    assert_true(amp_str_is(lost.location_used, "l"));
    assert_int_equal(read_text("<listServicesResponse " NS "><serviceList>urn:service:sos.fire\n "
                               "urn:service:sos.police</serviceList>" PATH
                               "</listServicesResponse>",
                               &lost, &why),
                     AMP_OK);
    assert_int_equal(lost.services.n, 2);
    assert_true(amp_str_is(lost.services.item[1], "urn:service:sos.police"));
    assert_int_equal(read_text("<getServiceBoundaryResponse " NS "><serviceBoundary "
                               "profile='geodetic-2d'>" POINT "</serviceBoundary>" PATH
                               "</getServiceBoundaryResponse>",
                               &lost, &why),
                     AMP_OK);
    assert_non_null(amp_pidf_where(lost.location[0].pidf));
    assert_int_equal(read_text("<errors " NS " source='s'><notFound message='nobody' "
                               "xml:lang='en'/></errors>",
                               &lost, &why),
                     AMP_OK);
    assert_true(amp_str_is(lost.error, "notFound"));
    assert_true(amp_str_is(lost.message, "nobody"));
    assert_int_equal(read_text("<redirect " NS " target='t.example' source='s'/>", &lost, &why),
                     AMP_OK);
    assert_true(amp_str_is(lost.target, "t.example"));
}

static void what_the_schema_does_not_allow_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        amp_err err;
        const char *reason;
    } rows[] = {
        {"<findService " NS ">" SERVICE "</findService>", AMP_E_MISSING, "<location>"},
        {"<findService " NS ">" LOCATION "</findService>", AMP_E_MISSING, "<service>"},
        {"<findService " NS ">" LOCATION "<service>police</service></findService>", AMP_E_RANGE,
         "service URN"},
        {"<findService " NS " recursive='perhaps'>" LOCATION SERVICE "</findService>", AMP_E_RANGE,
         "neither true nor false"},
        {"<findService " NS " serviceBoundary='yes'>" LOCATION SERVICE "</findService>",
         AMP_E_RANGE, "serviceBoundary"},
        {"<findService " NS "><location profile='civic'><x/></location>" SERVICE "</findService>",
         AMP_E_MISSING, "no id"},
        {"<findService " NS "><location id='l' profile='civic'/>" SERVICE "</findService>",
         AMP_E_MISSING, "empty"},
        {"<findService " NS "><location id='l' profile='civic'>" POINT "</location>" SERVICE
         "</findService>",
         AMP_E_MISSING, "nothing of its profile"},
        {"<findService " NS ">" LOCATION SERVICE "<asOf>2026-02-03T44:00:00Z</asOf></findService>",
         AMP_E_RANGE, "<asOf>"},
        {"<listServicesByLocation " NS "/>", AMP_E_MISSING, "<location>"},
        {"<getServiceBoundary " NS "/>", AMP_E_MISSING, "key"},
        {"<findServiceResponse " NS ">" PATH "</findServiceResponse>", AMP_E_MISSING, "<mapping>"},
        {"<findServiceResponse " NS ">" MAPPING_HEAD "NO-CACHE'/></findServiceResponse>",
         AMP_E_MISSING, "<path>"},
        {"<findServiceResponse " NS ">" MAPPING_HEAD "later'/>" PATH "</findServiceResponse>",
         AMP_E_RANGE, "expires"},
        {"<findServiceResponse " NS "><mapping source='s'/>" PATH "</findServiceResponse>",
         AMP_E_MISSING, "sourceId"},
        {"<findServiceResponse " NS ">" MAPPING_HEAD "NO-CACHE'><serviceNumber>call us"
         "</serviceNumber></mapping>" PATH "</findServiceResponse>",
         AMP_E_RANGE, "dialled"},
        {"<errors " NS "/>", AMP_E_MISSING, "no error"},
        {"<redirect " NS "/>", AMP_E_MISSING, "target"},
        {"<findService/>", AMP_E_SYNTAX, "no message of LoST"},
        {"findService", AMP_E_SYNTAX, "line 1"},
        {"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", AMP_E_UNSUPPORTED, "DOCTYPE"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_lost lost;
        struct amp_why why;
        const amp_err err = read_text(rows[i].text, &lost, &why);
        text_says(why.text, rows[i].reason, rows[i].text);
        assert_int_equal(err, rows[i].err);
    }
}

static void published_messages_are_read_and_the_malformed_refused(void **state)
{
    (void)state;
    static const struct sample rows[] = {
        {"lost/findService_geodetic_point.xml",
         AMP_OK,
         {"\"region\":\"point:40.7166830,-73.9906976\"", "\"service\":\"urn:service:sos\"",
          "\"call_id\":\"urn:emergency:uid:callid:123ABC", "\"warnings\":[]"}},
        {"lost/findService_geodetic_circle.xml",
         AMP_OK,
         {"\"region\":\"circle:39.0965964,-76.8560936,123.12\"", "name space of GML", "commas"}},
        /* its angles are in feet: that shape is not used, and the question still stands */
        {"lost/findService_geodetic_arc-band.xml",
         AMP_OK,
         {"\"located\":false", "a unit that is not known"}},
        {"lost/findService_geodetic_polygon.xml",
         AMP_OK,
         {"\"region\":\"polygon:39.0969985,", "does not close"}},
        {"lost/findService_civic_address.xml",
         AMP_OK,
         {"\"address\":\"1009 Fairlawn Avenue, Laurel, Maryland, 20707, US\"", "\"located\":false",
          "\"warnings\":[]"}},
        {"lost/findService_geodetic_point_asOf.xml",
         AMP_OK,
         {"\"as_of\":\"2035-08-21T12:58:03.01-05:00\""}},
        {"lost/findService_geodetic_point_incorrect_asOf.xml",
         AMP_E_RANGE,
         {"<asOf> is no date and time"}},
        {"lost/findService_geodetic_point_not_in_ecrf.xml", AMP_OK, {"point:40.8370480,"}},
        {"lost/findService_iterative_mode_polygon_not_covering_boundaries.xml",
         AMP_OK,
         {"\"recursive\":false", "\"located\":true"}},
        {"lost/findService_recursive_mode_polygon_not_covering_boundaries.xml",
         AMP_OK,
         {"\"recursive\":true", "\"boundary_by_value\":true"}},
        {"lost/findService_polygon_covering_fully_one_and_partially_another_boundary.xml",
         AMP_OK,
         {"\"located\":true", "\"service\":\"urn:service:sos.police\""}},
        {"lost/findService_polygon_covering_fully_two_boundaries.xml",
         AMP_OK,
         {"\"located\":true"}},
        {"lost/findServiceResponse.xml",
         AMP_OK,
         {"\"display_name\":\"New York City Police Department\"",
          "\"uris\":[\"sip:nypd@example.com\",\"xmpp:nypd@example.com\"]", "\"number\":\"911\"",
          "\"path\":[\"resolver.example\",\"authoritative.example\"]"}},
        {"lost/findServiceResponse_for_not_in_ecrf.xml",
         AMP_OK,
         {"sip:bronx-psap@example.com", "\"region\":\"polygon:40.8500000,",
          "\"location_used\":\"123456789\""}},
        {"lost/findServiceResponse_malformed.xml", AMP_E_SYNTAX, {"XML is refused at line 1"}},
        {"lost/listServices_urn-service-sos.xml",
         AMP_OK,
         {"\"kind\":\"listServices\"", "\"service\":\"urn:service:sos\"", "\"locations\":[]"}},
        {"lost/listServices_urn-emergency-service-sos.xml",
         AMP_OK,
         {"\"service\":\"urn:emergency:service:sos\""}},
        {"lost/listServicesByLocation_urn-service-sos.xml",
         AMP_OK,
         {"\"kind\":\"listServicesByLocation\"", "\"located\":true"}},
        {"lost/listServicesByLocation_urn-emergency-service-sos.xml",
         AMP_OK,
         {"\"region\":\"point:40.7161208,-73.9908872\""}},
    };
    if (!samples_hold("lost", rows, sizeof rows / sizeof rows[0], &arena)) {
        AMP_TEST_SKIP("no sample messages");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_says_where_and_for_which_service),
        cmocka_unit_test(an_answer_says_which_centre),
        cmocka_unit_test(what_the_schema_does_not_allow_is_refused_with_its_reason),
        cmocka_unit_test(published_messages_are_read_and_the_malformed_refused),
    };
    return cmocka_run_group_tests_name("intake/lost", tests, arena_set_up, arena_tear_down);
}
