/* Tests of the routes over HTTP: what each answers, and what each refuses. */
#include "server/endpoint.h"
#include "server/testbed.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char call_body[] =
    "{\"number\":\"+351910000001\",\"name\":\"Ana\",\"words\":\"not breathing\","
    "\"pos\":{\"lat\":41.151,\"lon\":-8.61},\"radius_m\":20,\"type\":\"cardiac-arrest\"}";

static void a_call_opens_an_incident_and_says_so(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_post(bed, "/v1/calls", call_body, &reply);
    assert_int_equal(reply.status, 201);
    assert_int_equal(reply_int(&reply, "seq"), 6);
    assert_string_equal(reply_text(&reply, "call.id"), "C-1");
    assert_string_equal(reply_text(&reply, "call.number"), "+351910000001");
    assert_string_equal(reply_text(&reply, "incident.id"), "I-1");
    assert_string_equal(reply_text(&reply, "incident.state"), "triaged");
    assert_int_equal(json_array_size(reply_at(&reply, "duplicates")), 0);
    reply_free(&reply);
    bed_post(bed, "/v1/calls", "{\"pos\":{\"lat\":41.1511,\"lon\":-8.61}}", &reply);
    assert_string_equal(reply_text(&reply, "duplicates.0.incident"), "I-1");
    assert_int_equal(reply_int(&reply, "duplicates.0.age_s"), 0);
    reply_free(&reply);
    bed_get(bed, "/v1/incidents?state=open", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "incidents")), 2);
    reply_free(&reply);
}

static void a_caller_hangs_up_once(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/calls", call_body, 201);
    bed_post(bed, "/v1/calls/C-1/end", "{\"reason\":\"line lost\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "call.state"), "ended");
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/calls/C-1/end", "{}", 409);
}

static void demo_get(void *ctx, struct amp_demo *out)
{
    *out = *(struct amp_demo *)ctx;
}

static void demo_set(void *ctx, const struct amp_demo *demo)
{
    *(struct amp_demo *)ctx = *demo;
}

static void a_demo_is_steered(void **state)
{
    struct bed bed;
    struct amp_demo demo = {.speed = 1, .auto_dispatch = true, .crews = 30};
    const struct amp_demo_hooks hooks = {.ctx = &demo, .get = demo_get, .set = demo_set};
    struct reply reply;
    (void)state;
    bed_init(&bed);
    bed.config.demo = &hooks;
    bed_start(&bed);
    bed_send(&bed, "PATCH", "/v1/demo", "{\"auto_dispatch\":false}", NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_true(json_is_false(reply_at(&reply, "auto_dispatch")));
    assert_int_equal(reply_int(&reply, "crews"), 30);
    reply_free(&reply);
    bed_expect(&bed, "PATCH", "/v1/demo", "{\"speed\":\"x\"}", 400);
    bed_expect(&bed, "PATCH", "/v1/demo", "{\"speed\":1e9}", 422);
    bed_expect(&bed, "PATCH", "/v1/demo", "[]", 400);
    bed_expect(&bed, "GET", "/v1/demo", NULL, 200);
    bed_get(&bed, "/v1/config", &reply);
    assert_true(json_is_true(reply_at(&reply, "demo")));
    reply_free(&reply);
    bed_drop(&bed);
    assert_false(demo.auto_dispatch);
    assert_true(demo.speed == 1);
}

static void a_list_of_all_may_be_cut_to_the_newest(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    for (int i = 0; i < 4; i++) {
        bed_expect(bed, "POST", "/v1/incidents", "{}", 201);
    }
    bed_expect(bed, "POST", "/v1/incidents/I-2/close", "{}", 200);
    bed_expect(bed, "POST", "/v1/incidents/I-4/close", "{}", 200);
    bed_get(bed, "/v1/incidents?state=all&limit=2", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "incidents")), 2);
    assert_string_equal(reply_text(&reply, "incidents.0.id"), "I-3");
    reply_free(&reply);
    bed_get(bed, "/v1/incidents?state=closed&limit=1", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "incidents")), 1);
    assert_string_equal(reply_text(&reply, "incidents.0.id"), "I-4");
    reply_free(&reply);
    bed_get(bed, "/v1/incidents", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "incidents")), 2);
    assert_string_equal(reply_text(&reply, "incidents.1.id"), "I-3");
    reply_free(&reply);
    bed_expect(bed, "GET", "/v1/incidents?state=all&limit=0", NULL, 422);
}

static void a_call_far_away_or_long_ago_is_no_duplicate(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/calls", call_body, 201);
    bed_post(bed, "/v1/calls", "{\"pos\":{\"lat\":41.17,\"lon\":-8.61}}", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "duplicates")), 0);
    reply_free(&reply);
    atomic_fetch_add(&bed->clock.us, INT64_C(3600) * 1000000);
    bed_post(bed, "/v1/calls", call_body, &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "duplicates")), 0);
    reply_free(&reply);
}

static void an_incident_lives_from_note_to_close_and_again(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/incidents", "{\"place\":\"Rua Augusta 12\"}", 201);
    bed_expect(bed, "POST", "/v1/incidents/I-1/notes", "{\"text\":\"gate code 12\"}", 200);
    bed_send(bed, "PATCH", "/v1/incidents/I-1",
             "{\"type\":\"cardiac-arrest\",\"priority\":2,\"pos\":{\"lat\":41.15,\"lon\":-8.6}}",
             NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply_int(&reply, "incident.priority"), 2);
    assert_true(json_is_number(reply_at(&reply, "incident.lat")));
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/incidents/I-1/close", "{\"outcome\":\"done\"}", 200);
    bed_expect(bed, "POST", "/v1/incidents/I-1/close", "{}", 409);
    bed_get(bed, "/v1/incidents?state=closed", &reply);
    assert_string_equal(reply_text(&reply, "incidents.0.outcome"), "done");
    reply_free(&reply);
    bed_post(bed, "/v1/incidents/I-1/reopen", "{\"reason\":\"called again\"}", &reply);
    assert_int_equal(reply_int(&reply, "incident.reopened"), 1);
    reply_free(&reply);
    bed_get(bed, "/v1/incidents/I-1", &reply);
    assert_true(json_array_size(reply_at(&reply, "incident.timeline")) >= 6);
    assert_string_equal(reply_text(&reply, "incident.timeline.1.text"), "gate code 12");
    reply_free(&reply);
}

static void a_change_is_whole_or_not_at_all(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/incidents", "{}", 201);
    bed_expect(bed, "PATCH", "/v1/incidents/I-1", "{\"priority\":2,\"pos\":{\"lat\":95,\"lon\":0}}",
               422);
    bed_expect(bed, "PATCH", "/v1/incidents/I-1", "{\"type\":\"no-such-type\",\"place\":\"Rua A\"}",
               422);
    bed_expect(bed, "PATCH", "/v1/incidents/I-1", "{\"priority\":2,\"colour\":\"red\"}", 400);
    bed_expect(bed, "PATCH", "/v1/incidents/I-1", "{}", 400);
    bed_expect(bed, "PATCH", "/v1/incidents/I-1", "[]", 400);
    bed_get(bed, "/v1/incidents/I-1", &reply);
    assert_true(json_is_null(reply_at(&reply, "incident.priority")));
    assert_true(json_is_null(reply_at(&reply, "incident.place")));
    assert_int_equal(reply_int(&reply, "seq"), 5);
    reply_free(&reply);
}

static void a_merge_moves_the_calls(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/calls", call_body, 201);
    bed_expect(bed, "POST", "/v1/calls", "{\"words\":\"same fire\"}", 201);
    bed_expect(bed, "POST", "/v1/incidents/I-2/merge", "{\"into\":\"I-1\"}", 200);
    bed_get(bed, "/v1/incidents/I-1", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "incident.calls")), 2);
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/incidents/I-1/merge", "{\"into\":\"I-1\"}", 409);
    bed_expect(bed, "POST", "/v1/incidents/I-1/merge", "{}", 422);
}

static void a_busy_unit_is_refused_naming_its_incident_or_diverted(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/calls", call_body, 201);
    bed_expect(bed, "POST", "/v1/calls", call_body, 201);
    bed_post(bed, "/v1/incidents/I-1/assignments", "{\"unit\":\"M1\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "incident.state"), "dispatched");
    assert_string_equal(reply_text(&reply, "unit.status"), "dispatched");
    reply_free(&reply);
    bed_post(bed, "/v1/incidents/I-2/assignments", "{\"unit\":\"M1\"}", &reply);
    assert_int_equal(reply.status, 409);
    assert_non_null(strstr(reply_text(&reply, "detail"), "I-1"));
    assert_string_equal(reply_text(&reply, "code"), "conflict");
    reply_free(&reply);
    bed_get(bed, "/v1/units/M1", &reply);
    assert_string_equal(reply_text(&reply, "unit.incident"), "I-1");
    reply_free(&reply);
    bed_post(bed, "/v1/incidents/I-2/assignments", "{\"unit\":\"M1\",\"divert\":true}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "unit.incident"), "I-2");
    reply_free(&reply);
    bed_get(bed, "/v1/incidents/I-1", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "incident.units")), 0);
    reply_free(&reply);
    bed_expect(bed, "DELETE", "/v1/incidents/I-2/assignments/M1?reason=not%20needed", NULL, 200);
    bed_expect(bed, "DELETE", "/v1/incidents/I-2/assignments/M1", NULL, 409);
}

static void a_unit_reports_its_way(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/calls", call_body, 201);
    bed_expect(bed, "POST", "/v1/incidents/I-1/assignments", "{\"unit\":\"M1\"}", 200);
    bed_expect(bed, "POST", "/v1/units/M1/status", "{\"status\":\"en-route\"}", 200);
    bed_expect(bed, "POST", "/v1/units/M1/status", "{\"status\":\"flying\"}", 400);
    bed_post(bed, "/v1/units/M1/status", "{\"status\":\"on-scene\"}", &reply);
    assert_string_equal(reply_text(&reply, "unit.status"), "on-scene");
    reply_free(&reply);
    bed_get(bed, "/v1/incidents/I-1", &reply);
    assert_string_equal(reply_text(&reply, "incident.state"), "on-scene");
    reply_free(&reply);
    bed_expect(bed, "PATCH", "/v1/units/M2", "{\"crew\":3}", 200);
    bed_get(bed, "/v1/units", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "units")), 3);
    assert_int_equal(reply_int(&reply, "units.1.crew"), 3);
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/units", "{\"unit\":\"M1\",\"kind\":\"x\",\"capabilities\":[]}",
               409);
}

static void a_position_is_shown_until_it_is_stale_and_never_after(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_post(bed, "/v1/positions",
             "{\"positions\":[{\"unit\":\"M1\",\"lat\":41.1,\"lon\":-8.6},"
             "{\"unit\":\"M2\",\"lat\":95,\"lon\":0},{\"unit\":\"Q\",\"lat\":1,\"lon\":1}]}",
             &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply_int(&reply, "accepted"), 1);
    assert_int_equal(json_array_size(reply_at(&reply, "refused")), 2);
    reply_free(&reply);
    bed_get(bed, "/v1/units/M1", &reply);
    assert_true(json_is_number(reply_at(&reply, "unit.lat")));
    assert_true(json_is_false(reply_at(&reply, "unit.position_stale")));
    reply_free(&reply);
    atomic_fetch_add(&bed->clock.us, INT64_C(1000000) * (AMP_POSITION_LIMIT_S + 1));
    bed_get(bed, "/v1/units/M1", &reply);
    assert_null(reply_at(&reply, "unit.lat"));
    assert_true(json_is_true(reply_at(&reply, "unit.position_stale")));
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/positions", "{\"positions\":7}", 400);
    bed_expect(bed, "GET", "/v1/fleet/osmand?id=M1&lat=41.2&lon=-8.6", NULL, 200);
    bed_expect(bed, "POST", "/v1/fleet/osmand?id=M1&lat=41.2&lon=-8.6", NULL, 200);
    bed_expect(bed, "GET", "/v1/fleet/osmand?id=Q&lat=41.2&lon=-8.6", NULL, 404);
    /* the query may be the token's, and the body the form or JSON */
    bed_expect(bed, "POST", "/v1/fleet/osmand?token=x", "id=M1&lat=41.2&lon=-8.6", 200);
    bed_expect(bed, "POST", "/v1/fleet/osmand", "id=Q&lat=41.2&lon=-8.6", 404);
    bed_expect(bed, "POST", "/v1/fleet/osmand?token=x",
               "{\"device_id\":\"M1\",\"location\":{\"coords\":{\"latitude\":41.2,"
               "\"longitude\":-8.6}}}",
               200);
    /* what is sent again until it is taken must not stand in the way of newer ones for ever */
    bed_expect(bed, "POST", "/v1/fleet/osmand", "id=M1&timestamp=1794999990&batt=9", 200);
    bed_expect(bed, "POST", "/v1/fleet/osmand", "id=M1&lat=0&lon=0", 200);
    bed_expect(bed, "POST", "/v1/fleet/osmand", "id=M1&lat=95&lon=0", 422);
    bed_expect(bed, "GET", "/v1/fleet/pigeon?id=M1", NULL, 404);
}

/* The machine's clock was an hour ahead, and is corrected. */
static void a_clock_set_back_stops_nothing(void **state)
{
    static const char there[] = "{\"positions\":[{\"unit\":\"M1\",\"lat\":41.1,\"lon\":-8.6}]}";
    static const struct {
        const char *method, *path, *body;
        int status;
    } rows[] = {
        {"POST", "/v1/incidents/I-1/assignments", "{\"unit\":\"M1\"}", 200},
        {"POST", "/v1/units/M1/status", "{\"status\":\"on-scene\"}", 200},
        {"POST", "/v1/incidents/I-1/notes", "{\"text\":\"later, by an earlier clock\"}", 200},
        {"POST", "/v1/calls", call_body, 201},
        {"POST", "/v1/incidents/I-2/merge", "{\"into\":\"I-1\"}", 200},
        {"GET", "/v1/incidents/I-1/recommendation", NULL, 404}, /* no map */
        {"POST", "/v1/incidents/I-1/close", "{}", 200},
        {"POST", "/v1/incidents/I-1/reopen", "{}", 200},
    };
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/positions", there, 200);
    bed_expect(bed, "POST", "/v1/calls", call_body, 201);
    atomic_fetch_sub(&bed->clock.us, INT64_C(3600000000));
    bed_get(bed, "/v1/units/M1", &reply);
    assert_null(reply_at(&reply, "unit.lat")); /* how old it is, nobody knows */
    assert_true(json_is_true(reply_at(&reply, "unit.position_stale")));
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/positions", there, 200);
    bed_get(bed, "/v1/units/M1", &reply);
    assert_true(json_is_number(reply_at(&reply, "unit.lat")));
    reply_free(&reply);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bed_expect(bed, rows[i].method, rows[i].path, rows[i].body, rows[i].status);
    }
}

static void an_aml_message_locates_the_call_of_its_number(void **state)
{
    static const char aml[] =
        "A\"ML=1;lt=41.15100;lg=-8.61000;rd=20;top=20260921141300;lc=90;pm=G;ml=72";
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/calls", "{\"number\":\"+351910000002\"}", 201);
    bed_post(bed, "/v1/intake/aml?from=%2B351910000002", aml, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "call.id"), "C-1");
    assert_true(json_is_number(reply_at(&reply, "call.lat")));
    assert_int_equal(reply_int(&reply, "call.radius_m"), 20);
    reply_free(&reply);
    /* a plus that was not escaped, and a message without a fix: still the same call */
    bed_expect(bed, "POST", "/v1/intake/aml?from=+351910000002", aml, 200);
    bed_post(bed, "/v1/intake/aml?from=+351910000002",
             "A\"ML=1;lt=+00.00000;lg=+000.00000;rd=N;pm=N;ml=49", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "call.id"), "C-1");
    assert_int_equal(reply_int(&reply, "call.radius_m"), 20);
    reply_free(&reply);
    /* that emergency is over: the next message from there is a new one */
    bed_expect(bed, "POST", "/v1/incidents/I-1/close", "{}", 200);
    bed_post(bed, "/v1/intake/aml?from=+351910000002", aml, &reply);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply_text(&reply, "incident.id"), "I-2");
    assert_string_equal(reply_text(&reply, "call.number"), "+351910000002");
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/intake/pidf-lo", "garbage", 400);
    bed_expect(bed, "POST", "/v1/intake/telegram", "x", 404);
}

/* ETSI TS 103 625: the sender of AML hears yes, and sends it no more. */
static void an_aml_message_that_cannot_be_used_is_taken_and_recorded_as_discarded(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    static const char *const texts[] = {"garbage", "A\"ML=9;lt=1",
                                        "A\"ML=1;lt=95.0;lg=3.0;rd=5;ml=37"};
    int64_t seq = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bed_post(bed, "/v1/intake/aml?from=%2B351910000009", texts[i], &reply);
        assert_int_equal(reply.status, 202);
        assert_true(strlen(reply_text(&reply, "discarded")) > 0);
        assert_null(reply_at(&reply, "call"));
        assert_true(reply_int(&reply, "seq") > seq);
        seq = reply_int(&reply, "seq");
        reply_free(&reply);
    }
    bed_get(bed, "/v1/incidents", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "incidents")), 0);
    reply_free(&reply);
}

#define EIDO_HEAD(id)                                                                              \
    "\"$id\":\"" id "\",\"lastUpdateTimeStamp\":\"2026-02-03T04:05:06Z\","                         \
    "\"updatedByAgencyReference\":{\"$ref\":\"a\"}"

static void a_call_from_another_centre_or_a_location_server_is_taken(void **state)
{
    static const char eido[] = "{" EIDO_HEAD(
        "i") ",\"eidoVersion\":\"1.0\",\"issuingElementIdentification\":\"e\","
             "\"agencyComponent\":[{" EIDO_HEAD(
                 "a") ",\"agencyRoleDescriptionRegistryText\":[\"x\"],"
                      "\"agencyType\":[\"psap\"]}],\"callComponent\":[{" EIDO_HEAD(
                          "c") ",\"standardPrimaryCallType\":\"emergency\",\"direction\":"
                               "\"incoming\","
                               "\"callStateRegistryText\":\"callAnswered\",\"callStartTimestamp\":"
                               "\"2026-02-03T04:05:06Z\",\"callBackReference\":{\"$ref\":\"b\"}}],"
                               "\"callbackComponent\":[{" EIDO_HEAD(
                                   "b") ",\"callBackInformationUri\":[\"tel:+351910000009\"]}],"
                                        "\"notesComponent\":["
                                        "{" EIDO_HEAD("n") ",\"notesActionComments\":\"water\"}]}";
    static const char held[] =
        "<locationResponse xmlns='urn:ietf:params:xml:ns:geopriv:held'>"
        "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:gp='urn:ietf:params:xml:ns:pidf:"
        "geopriv10' xmlns:gml='http://www.opengis.net/gml' entity='pres:c@example.org'><tuple "
        "id='t'><status><gp:geopriv><gp:location-info><gml:Point "
        "srsName='urn:ogc:def:crs:EPSG::4326'><gml:pos>41.151 -8.61</gml:pos></gml:Point>"
        "</gp:location-info></gp:geopriv></status></tuple></presence></locationResponse>";
    struct bed *bed = *state;
    struct reply reply;
    bed_post(bed, "/v1/intake/eido", eido, &reply);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply_text(&reply, "call.number"), "+351910000009");
    assert_string_equal(reply_text(&reply, "call.words"), "water");
    reply_free(&reply);
    /* the answer of the location server places that call */
    bed_post(bed, "/v1/intake/held?from=%2B351910000009", held, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "call.id"), "C-1");
    assert_true(json_is_number(reply_at(&reply, "call.lat")));
    reply_free(&reply);
    /* what is no call: a public warning, a question, a socket body */
    bed_expect(bed, "POST", "/v1/intake/cap", "<alert/>", 415);
    bed_expect(bed, "POST", "/v1/intake/lost", "<findService/>", 415);
    bed_expect(bed, "POST", "/v1/intake/held",
               "<locationRequest xmlns='urn:ietf:params:xml:ns:geopriv:held'/>", 415);
    bed_expect(bed, "POST", "/v1/intake/eido", "{\"unsubscribe\":{\"subscriptionId\":\"s\"}}", 415);
    bed_expect(bed, "POST", "/v1/intake/eido", "{}", 422);
}

static void closures_are_made_and_lifted(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_post(bed, "/v1/closures",
             "{\"site\":{\"lat\":41.15,\"lon\":-8.61},\"radius_m\":30,\"reason\":\"flood\"}",
             &reply);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply_text(&reply, "closure.id"), "X-1");
    reply_free(&reply);
    bed_get(bed, "/v1/closures", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "closures")), 1);
    reply_free(&reply);
    bed_expect(bed, "DELETE", "/v1/closures/X-1", NULL, 200);
    bed_expect(bed, "DELETE", "/v1/closures/X-1", NULL, 409);
    bed_expect(bed, "DELETE", "/v1/closures/X-9", NULL, 404);
    bed_get(bed, "/v1/closures", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "closures")), 0);
    reply_free(&reply);
}

static void the_small_routes_answer(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_get(bed, "/v1/stations", &reply);
    assert_string_equal(reply_text(&reply, "stations.0.id"), "S1");
    reply_free(&reply);
    bed_get(bed, "/v1/plans", &reply);
    assert_true(json_array_size(reply_at(&reply, "types")) > 3);
    assert_string_equal(reply_text(&reply, "types.0.label"), "Cardiac arrest");
    assert_string_equal(reply_text(&reply, "types.0.labels.pt"), "Paragem cardíaca");
    reply_free(&reply);
    bed_get(bed, "/v1/log/root", &reply);
    assert_int_equal(reply_int(&reply, "size"), 4);
    assert_int_equal(strlen(reply_text(&reply, "root")), 64);
    reply_free(&reply);
    bed_get(bed, "/v1/config", &reply);
    assert_int_equal(reply_int(&reply, "position_limit_s"), AMP_POSITION_LIMIT_S);
    assert_string_equal(reply_text(&reply, "now"), "2026-09-21T14:13:20Z");
    reply_free(&reply);
    bed_expect(bed, "GET", "/healthz", NULL, 200);
    bed_expect(bed, "GET", "/v1/openapi.yaml", NULL, 200);
    bed_expect(bed, "GET", "/readyz", NULL, 200);
    bed_expect(bed, "GET", "/v1/demo", NULL, 404);
    bed_expect(bed, "GET", "/assets/none.js", NULL, 404);
    bed_get(bed, "/", &reply);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.head, "default-src 'self'"));
    assert_null(strstr(reply.head, "unsafe"));
    reply_free(&reply);
    bed_get(bed, "/metrics", &reply);
    assert_non_null(strstr(amp_buf_cstr(&reply.body), "amparo_journal_records 4\n"));
    assert_non_null(strstr(reply.body.data, "route=\"/v1/units\",status=\"201\"} 3\n"));
    reply_free(&reply);
}

static void an_alarm_is_raised_told_and_lowered_with_a_reason(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/calls", call_body, 201);
    bed_post(bed, "/v1/incidents/I-1/level", "{\"level\":2}", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(json_integer_value(reply_at(&reply, "incident.level")), 2);
    assert_non_null(strstr(amp_buf_cstr(&reply.body), "\"alarm-level-set\""));
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/incidents/I-1/level", "{\"level\":2}", 409);
    bed_expect(bed, "POST", "/v1/incidents/I-1/level", "{\"level\":1}", 422);
    bed_expect(bed, "POST", "/v1/incidents/I-1/level", "{\"level\":10}", 422);
    bed_expect(bed, "POST", "/v1/incidents/I-1/level", "{}", 422);
    bed_expect(bed, "POST", "/v1/incidents/I-9/level", "{\"level\":2}", 404);
    bed_expect(bed, "POST", "/v1/incidents/I-1/level", "{\"level\":1,\"text\":\"smoke\"}", 200);
    bed_get(bed, "/v1/incidents", &reply);
    assert_non_null(strstr(amp_buf_cstr(&reply.body), "\"level\":1"));
    reply_free(&reply);
    bed_get(bed, "/v1/plans", &reply);
    assert_non_null(strstr(amp_buf_cstr(&reply.body), "\"levels\":[{\"level\":2,\"needs\":["));
    reply_free(&reply);
}

static void without_a_map_only_the_map_is_missing(void **state)
{
    static const char *const paths[] = {"/v1/geocode?q=rua", "/v1/reverse?at=41,-8",
                                        "/v1/route?from=41,-8&to=41,-8", "/v1/nearest?to=41,-8",
                                        "/v1/location?region=41,-8"};
    struct bed *bed = *state;
    struct reply reply;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        bed_expect(bed, "GET", paths[i], NULL, 404);
    }
    bed_expect(bed, "POST", "/v1/calls", call_body, 201);
    bed_get(bed, "/v1/incidents/I-1/recommendation", &reply);
    assert_int_equal(reply.status, 404);
    assert_non_null(strstr(reply_text(&reply, "detail"), "without a map"));
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/incidents/I-1/assignments", "{\"unit\":\"M1\"}", 200);
}

static void every_wrong_shape_is_refused_with_a_problem(void **state)
{
    static const struct {
        const char *method, *path, *body;
        int status;
    } wrong[] = {
        {"POST", "/v1/calls", "", 201}, /* an empty call for help is a call for help */
        {"POST", "/v1/calls", "{", 400},
        {"POST", "/v1/calls", "[]", 400},
        {"POST", "/v1/calls", "null", 400},
        {"POST", "/v1/calls", "\"help\"", 400},
        {"POST", "/v1/calls", "{\"a\":1}", 400},
        {"POST", "/v1/calls", "{\"number\":7}", 400},
        {"POST", "/v1/calls", "{\"number\":\"1\",\"number\":\"2\"}", 400},
        {"POST", "/v1/calls", "{\"pos\":{\"lat\":95,\"lon\":0}}", 422},
        {"POST", "/v1/calls", "{\"pos\":{\"lat\":1}}", 422},
        {"POST", "/v1/calls", "{\"pos\":[1,2]}", 400},
        {"POST", "/v1/calls", "{\"priority\":9}", 422},
        {"POST", "/v1/calls", "{\"words\":\"\xff\"}", 400},
        {"POST", "/v1/calls", "{} {}", 400},
        {"POST", "/v1/calls", "{\"incident\":\"I-9\"}", 404},
        {"POST", "/v1/calls/C-9/end", "{}", 404},
        {"POST", "/v1/calls/x/end", "{}", 404},
        {"POST", "/v1/units", "{\"unit\":\"M 9\",\"kind\":\"x\",\"capabilities\":[]}", 422},
        {"POST", "/v1/units", "{\"unit\":\"M9\"}", 422},
        {"POST", "/v1/units/M1/status", "{\"status\":7}", 400},
        {"POST", "/v1/units/M99/status", "{\"status\":\"available\"}", 404},
        {"POST", "/v1/stations", "{\"station\":\"S2\"}", 422},
        {"POST", "/v1/incidents/I-9/notes", "{\"text\":\"x\"}", 404},
        {"POST", "/v1/incidents/zero/notes", "{\"text\":\"x\"}", 404},
        {"GET", "/v1/incidents?state=lost", NULL, 422},
        {"GET", "/v1/incidents/I-9", NULL, 404},
        {"GET", "/v1/incidents/I-9/recommendation", NULL, 404},
        {"GET", "/v1/nothing", NULL, 404},
        {"GET", "/v1/units/", NULL, 400},
        {"GET", "/v1/%zz", NULL, 400},
        {"GET", "/v1/units/%00", NULL, 400},
        {"GET", "/v1/units?a=%ff", NULL, 400},
        {"GET", "/v1/../v1/units", NULL, 400},
        {"GET", "/v1/events?since=x", NULL, 422},
        {"PUT", "/v1/units", NULL, 405},
        {"DELETE", "/v1/calls", NULL, 405},
        {"BREW", "/v1/units", NULL, 405},
    };
    struct bed *bed = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct reply reply;
        bed_send(bed, wrong[i].method, wrong[i].path, wrong[i].body, NULL, &reply);
        if (reply.status != wrong[i].status) {
            fail_msg("%s %s %s gave %d, not %d", wrong[i].method, wrong[i].path,
                     wrong[i].body != NULL ? wrong[i].body : "", reply.status, wrong[i].status);
        }
        if (wrong[i].status >= 400) {
            assert_non_null(strstr(reply.head, "application/problem+json"));
            assert_int_equal(reply_int(&reply, "status"), wrong[i].status);
            assert_true(strlen(reply_text(&reply, "code")) > 0);
            assert_true(strlen(reply_text(&reply, "detail")) > 0);
        }
        reply_free(&reply);
    }
}

static void a_wrong_method_is_told_the_right_ones(void **state)
{
    struct reply reply;
    bed_send(*state, "PUT", "/v1/units", "{}", NULL, &reply);
    assert_non_null(strstr(reply.head, "Allow: GET, POST\r\n"));
    reply_free(&reply);
}

/* All is written before anything is read, as most clients do: the answer has to survive that. */
static void a_body_of_ten_megabytes_is_refused_with_a_problem(void **state)
{
    enum {
        TEN_MB = 10 << 20
    };
    static const char head[] = "POST /v1/calls HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                               "Content-Length: 10485760\r\nConnection: close\r\n\r\n";
    struct bed *bed = *state;
    struct reply reply;
    char *big = malloc(TEN_MB + 1);
    assert_non_null(big);
    memset(big, 'x', TEN_MB);
    big[TEN_MB] = '\0';
    int fd = bed_connect(bed);
    bed_write(fd, head, strlen(head));
    bed_write(fd, big, TEN_MB);
    struct amp_buf answer = amp_buf_make(1 << 20);
    assert_true(bed_read_until(fd, &answer, "\"code\":\"limit\""));
    assert_non_null(memmem(answer.data, answer.len, "HTTP/1.1 413", 12));
    amp_buf_free(&answer);
    (void)close(fd);
    big[AMP_HTTP_BODY_MAX + 1] = '\0';
    bed_post(bed, "/v1/calls", big, &reply);
    assert_int_equal(reply.status, 413);
    reply_free(&reply);
    free(big);
    bed_expect(bed, "GET", "/readyz", NULL, 200);
}

static void a_long_body_is_refused_unread_where_the_client_waits(void **state)
{
    static const char *const heads[] = {"Content-Length: 300000\r\nExpect: 100-continue\r\n",
                                        "Content-Length: 99999999999\r\n"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        static const char line[] = "POST /v1/calls HTTP/1.1\r\nHost: 127.0.0.1\r\n";
        int fd = bed_connect(*state);
        bed_write(fd, line, strlen(line));
        bed_write(fd, heads[i], strlen(heads[i]));
        bed_write(fd, "\r\n", 2);
        struct amp_buf answer = amp_buf_make(1 << 20);
        assert_true(bed_read_until(fd, &answer, "HTTP/1.1 413"));
        amp_buf_free(&answer);
        (void)close(fd);
    }
}

static void a_head_that_can_be_read_in_two_ways_is_refused(void **state)
{
    static const char *const heads[] = {
        "Host: 127.0.0.1\r\nHost: evil.example\r\nContent-Length: 2\r\n",
        "Host: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 5\r\n",
        "Host: 127.0.0.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        static const char line[] = "POST /v1/calls HTTP/1.1\r\n";
        int fd = bed_connect(*state);
        bed_write(fd, line, strlen(line));
        bed_write(fd, heads[i], strlen(heads[i]));
        bed_write(fd, "\r\n{}", 4);
        struct amp_buf answer = amp_buf_make(1 << 20);
        assert_true(bed_read_until(fd, &answer, "HTTP/1.1 400"));
        amp_buf_free(&answer);
        (void)close(fd);
    }
}

static void a_chunked_body_without_end_is_refused_too(void **state)
{
    struct bed *bed = *state;
    static const char head[] = "POST /v1/calls HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                               "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    char chunk[4096 + 8] = "1000\r\n";
    int fd = bed_connect(bed);
    memset(chunk + 6, 'x', 4096);
    memcpy(chunk + 6 + 4096, "\r\n", 2);
    bed_write(fd, head, strlen(head));
    for (int i = 0; i < 100; i++) {
        bed_write(fd, chunk, 6 + 4096 + 2);
    }
    bed_write(fd, "0\r\n\r\n", 5);
    struct amp_buf answer = amp_buf_make(1 << 20);
    assert_true(bed_read_until(fd, &answer, "HTTP/1.1 413"));
    amp_buf_free(&answer);
    (void)close(fd);
}

static void clients_that_go_away_leave_nothing_behind(void **state)
{
    static const char half[] = "POST /v1/calls HTTP/1.1\r\nHost: localhost\r\n"
                               "Content-Length: 100\r\n\r\n{\"words\":";
    static const char torn[] = "POST /v1/ca";
    static const char ask[] = "GET /v1/incidents HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct bed *bed = *state;
    for (int i = 0; i < 20; i++) {
        int one = bed_connect(bed);
        int two = bed_connect(bed);
        int three = bed_connect(bed);
        bed_write(one, half, strlen(half));
        bed_write(two, torn, strlen(torn));
        bed_write(three, ask, strlen(ask));
        (void)close(one);
        (void)close(two);
        (void)close(three); /* its answer finds nobody */
    }
    struct reply reply;
    bed_get(bed, "/v1/log/root", &reply);
    assert_int_equal(reply_int(&reply, "size"), 4); /* half a call is no call */
    reply_free(&reply);
}

static void metrics_hold_nothing_personal(void **state)
{
    static const char *const personal[] = {"910000001", "Ana", "breathing", "41.15", "Augusta"};
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/calls", call_body, 201);
    bed_expect(bed, "GET", "/v1/geocode?q=Rua%20Augusta&near=41.15,-8.61", NULL, 404);
    bed_expect(bed, "GET", "/v1/Augusta", NULL, 404);
    bed_get(bed, "/metrics", &reply);
    const char *text = amp_buf_cstr(&reply.body);
    for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++) {
        assert_null(strstr(text, personal[i]));
    }
    assert_non_null(strstr(text, "route=\"/v1/calls\",status=\"201\"} 1\n"));
    reply_free(&reply);
}

/* Clients that ask for much and do not read hold memory, so it has a limit; the others go on. */
static void answers_that_nobody_reads_are_bounded(void **state)
{
    enum {
        WORDS = 8000,
        CALLS = 1000,
        DEAF = 20
    };
    static const char ask[] = "GET /v1/incidents HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    struct bed *bed = *state;
    struct reply reply;
    char body[WORDS + 64] = "{\"words\":\"";
    size_t n = strlen(body);
    int fd[DEAF];
    memset(body + n, 'w', WORDS);
    memcpy(body + n + WORDS, "\"}", 3);
    for (int i = 0; i < CALLS; i++) {
        bed_expect(bed, "POST", "/v1/calls", body, 201);
    }
    bed_expect(bed, "GET", "/v1/incidents", NULL, 200);
    for (int i = 0; i < DEAF; i++) {
        fd[i] = bed_connect(bed);
        bed_write(fd[i], ask, strlen(ask));
    }
    int status = 200;
    for (int i = 0; i < BED_WAIT_MS / 10 && status != 503; i++) {
        bed_get(bed, "/v1/incidents", &reply);
        status = reply.status;
        reply_free(&reply);
    }
    assert_int_equal(status, 503);
    bed_expect(bed, "POST", "/v1/calls", "{}", 201);
    for (int i = 0; i < DEAF; i++) {
        (void)close(fd[i]);
    }
    for (int i = 0; i < BED_WAIT_MS / 10 && status != 200; i++) {
        bed_get(bed, "/v1/incidents", &reply);
        status = reply.status;
        reply_free(&reply);
    }
    assert_int_equal(status, 200);
}

static void a_long_head_is_refused(void **state)
{
    enum {
        LONG = 10000
    };
    struct reply reply;
    char *fields = malloc(LONG + 64);
    assert_non_null(fields);
    memset(fields, 'a', LONG);
    memcpy(fields, "X-Long: ", 8);
    memcpy(fields + LONG, "\r\n", 3);
    bed_send(*state, "GET", "/v1/units", NULL, fields, &reply);
    assert_int_equal(reply.status, 431);
    reply_free(&reply);
    free(fields);
}

static void foreign_hosts_and_origins_are_refused(void **state)
{
    static const struct {
        const char *method, *fields;
        int status;
    } rows[] = {
        {"GET", "Host: evil.example\r\n", 403},
        {"GET", "Host: 127.0.0.1.evil.example\r\n", 403},
        {"GET", "Host: localhost:8112\r\n", 200},
        {"GET", "Host: [::1]:8112\r\n", 200},
        {"POST", "Origin: http://evil.example\r\n", 403},
        {"POST", "Origin: null\r\n", 403},
        {"POST", "Sec-Fetch-Site: cross-site\r\n", 403},
        {"POST", "Sec-Fetch-Site: same-site\r\n", 403}, /* another port of this machine */
        {"POST", "Sec-Fetch-Site: same-origin\r\n", 422},
        {"POST", "Host: localhost:1\r\nOrigin: http://localhost:1\r\n", 422},
        {"POST", "Host: localhost:1\r\nOrigin: http://localhost:2\r\n", 403},
        {"POST", "X-Amparo-Actor: two words\r\n", 422},
        {"POST", "Idempotency-Key: \xc3\xa9\r\n", 422},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reply reply;
        bed_send(*state, rows[i].method, "/v1/units", NULL, rows[i].fields, &reply);
        if (reply.status != rows[i].status) {
            fail_msg("%s gave %d, not %d", rows[i].fields, reply.status, rows[i].status);
        }
        reply_free(&reply);
    }
}

static void the_actor_is_in_the_record(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_send(bed, "POST", "/v1/calls", call_body, "X-Amparo-Actor: desk-7\r\n", &reply);
    assert_int_equal(reply.status, 201);
    reply_free(&reply);
    bed_get(bed, "/v1/incidents/I-1", &reply);
    assert_string_equal(reply_text(&reply, "incident.timeline.0.actor"), "desk-7");
    reply_free(&reply);
}

struct hang { /* workers stop here until they are let go */
    pthread_mutex_t lock;
    pthread_cond_t change;
    int inside;
    bool go;
};

static void hang_here(void *ctx)
{
    struct hang *hang = ctx;
    (void)pthread_mutex_lock(&hang->lock);
    hang->inside++;
    (void)pthread_cond_broadcast(&hang->change);
    while (!hang->go) {
        (void)pthread_cond_wait(&hang->change, &hang->lock);
    }
    (void)pthread_mutex_unlock(&hang->lock);
}

static void replied(void *ctx, int status, struct amp_str body)
{
    (void)body;
    atomic_int *seen = ctx;
    atomic_store(seen, status);
}

static void the_actor_of_a_request_without_http_is_in_the_record_too(void **state)
{
    static atomic_int seen; /* the answer may come after this test */
    struct bed *bed = *state;
    struct reply reply;
    struct amp_server_ask asked = {.method = AMP_METHOD_POST,
                                   .target = "/v1/calls",
                                   .body = amp_str_of(call_body),
                                   .actor = AMP_STR("auto")};
    assert_int_equal(amp_server_request(bed->server, &asked, replied, &seen), AMP_OK);
    bed_get(bed, "/v1/incidents/I-1", &reply); /* the core takes one after the other */
    assert_string_equal(reply_text(&reply, "incident.timeline.0.actor"), "auto");
    reply_free(&reply);
    asked.actor = AMP_STR("two words");
    assert_int_equal(amp_server_request(bed->server, &asked, replied, &seen), AMP_E_RANGE);
}

static void hung_workers_block_no_action(void **state)
{
    enum {
        HUNG = 2
    };
    (void)state;
    struct bed bed;
    struct hang hang = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER};
    atomic_int status[HUNG] = {0};
    bed_init(&bed);
    bed.config.ctx = &hang;
    bed.config.work_begins = hang_here;
    bed_start(&bed);
    bed_town(&bed);
    bed_expect(&bed, "POST", "/v1/calls", call_body, 201);
    const struct amp_server_ask asked = {.method = AMP_METHOD_GET,
                                         .target = "/v1/incidents/I-1/recommendation"};
    for (int i = 0; i < HUNG; i++) {
        assert_int_equal(amp_server_request(bed.server, &asked, replied, &status[i]), AMP_OK);
    }
    (void)pthread_mutex_lock(&hang.lock);
    while (hang.inside < HUNG) {
        (void)pthread_cond_wait(&hang.change, &hang.lock);
    }
    (void)pthread_mutex_unlock(&hang.lock);
    bed_expect(&bed, "POST", "/v1/calls", call_body, 201);
    bed_expect(&bed, "POST", "/v1/incidents/I-1/assignments", "{\"unit\":\"M1\"}", 200);
    bed_expect(&bed, "POST", "/v1/units/M1/status", "{\"status\":\"en-route\"}", 200);
    bed_expect(&bed, "POST", "/v1/closures", "{\"site\":{\"lat\":41.15,\"lon\":-8.61}}", 201);
    assert_int_equal(atomic_load(&status[0]), 0);
    (void)pthread_mutex_lock(&hang.lock);
    hang.go = true;
    (void)pthread_cond_broadcast(&hang.change);
    (void)pthread_mutex_unlock(&hang.lock);
    bed_drop(&bed);
    assert_int_equal(atomic_load(&status[0]), 404); /* there is no map */
    assert_int_equal(atomic_load(&status[1]), 404);
}

static void an_address_beyond_this_machine_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct bed bed;
    struct amp_why why = {""};
    bed_init(&bed);
    assert_int_equal(amp_store_memory(&bed.store), AMP_OK);
    bed.config.store = bed.store;
    bed.config.addr = "0.0.0.0";
    assert_int_equal(amp_server_start(&bed.config, &bed.server, &why), AMP_E_FORBIDDEN);
    assert_non_null(strstr(why.text, "0.0.0.0"));
    assert_non_null(strstr(why.text, "127.0.0.1"));
    bed.config.addr = "not-an-address";
    bed.config.open = false;
    bed.config.behind_proxy = true;
    assert_int_equal(amp_server_start(&bed.config, &bed.server, &why), AMP_E_USAGE);
    bed.config.addr = "0.0.0.0";
    assert_int_equal(amp_server_start(&bed.config, &bed.server, &why), AMP_OK);
    bed_expect(&bed, "GET", "/readyz", NULL, 200);
    bed_drop(&bed);
}

#define WITH_TOWN(test) cmocka_unit_test_setup_teardown(test, bed_set_up, bed_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TOWN(a_call_opens_an_incident_and_says_so),
        WITH_TOWN(a_caller_hangs_up_once),
        cmocka_unit_test(a_demo_is_steered),
        WITH_TOWN(a_list_of_all_may_be_cut_to_the_newest),
        WITH_TOWN(a_call_far_away_or_long_ago_is_no_duplicate),
        WITH_TOWN(an_incident_lives_from_note_to_close_and_again),
        WITH_TOWN(a_change_is_whole_or_not_at_all),
        WITH_TOWN(a_merge_moves_the_calls),
        WITH_TOWN(a_busy_unit_is_refused_naming_its_incident_or_diverted),
        WITH_TOWN(a_unit_reports_its_way),
        WITH_TOWN(a_position_is_shown_until_it_is_stale_and_never_after),
        WITH_TOWN(a_clock_set_back_stops_nothing),
        WITH_TOWN(an_aml_message_locates_the_call_of_its_number),
        WITH_TOWN(an_aml_message_that_cannot_be_used_is_taken_and_recorded_as_discarded),
        WITH_TOWN(a_call_from_another_centre_or_a_location_server_is_taken),
        WITH_TOWN(closures_are_made_and_lifted),
        WITH_TOWN(the_small_routes_answer),
        WITH_TOWN(an_alarm_is_raised_told_and_lowered_with_a_reason),
        WITH_TOWN(without_a_map_only_the_map_is_missing),
        WITH_TOWN(every_wrong_shape_is_refused_with_a_problem),
        WITH_TOWN(a_wrong_method_is_told_the_right_ones),
        WITH_TOWN(a_body_of_ten_megabytes_is_refused_with_a_problem),
        WITH_TOWN(a_long_body_is_refused_unread_where_the_client_waits),
        WITH_TOWN(a_head_that_can_be_read_in_two_ways_is_refused),
        WITH_TOWN(a_chunked_body_without_end_is_refused_too),
        WITH_TOWN(clients_that_go_away_leave_nothing_behind),
        WITH_TOWN(metrics_hold_nothing_personal),
        WITH_TOWN(a_long_head_is_refused),
        WITH_TOWN(answers_that_nobody_reads_are_bounded),
        WITH_TOWN(foreign_hosts_and_origins_are_refused),
        WITH_TOWN(the_actor_is_in_the_record),
        WITH_TOWN(the_actor_of_a_request_without_http_is_in_the_record_too),
        cmocka_unit_test(hung_workers_block_no_action),
        cmocka_unit_test(an_address_beyond_this_machine_is_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
