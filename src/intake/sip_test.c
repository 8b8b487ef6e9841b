/* SIP requests: who calls, from where, with what, and what is refused. */
#include "intake/sip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/testarena.h"

static struct amp_sip_call call;
static struct amp_why why;

#define PIDF                                                                                       \
    "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:g='http://www.opengis.net/gml' "          \
    "xmlns:p='urn:ietf:params:xml:ns:pidf:geopriv10' entity='pres:a@x'><tuple id='t'><status>"     \
    "<p:geopriv><p:location-info><g:Point srsName='urn:ogc:def:crs:EPSG::4326'>"                   \
    "<g:pos>-25.96 32.58</g:pos></g:Point></p:location-info><p:usage-rules/></p:geopriv>"          \
    "</status></tuple></presence>"
#define DEVICE                                                                                     \
    "<EmergencyCallData.DeviceInfo xmlns='urn:ietf:params:xml:ns:EmergencyCallData:DeviceInfo'>"   \
    "<DataProviderReference>r@x</DataProviderReference>"                                           \
    "<UniqueDeviceID TypeOfDeviceID='IMEI'>353472104343540</UniqueDeviceID>"                       \
    "</EmergencyCallData.DeviceInfo>"
#define MIXED     "Content-Type: multipart/mixed; boundary=bb\r\n"
#define PART_PIDF "--bb\r\nContent-Type: application/pidf+xml\r\nContent-ID: <loc@x>\r\n\r\n" PIDF
#define PART_SDP  "--bb\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"
#define ADR_TYPE  "application/EmergencyCallData.DeviceInfo+xml"
#define PART_ADR  "--bb\r\nContent-Type: " ADR_TYPE "\r\n\r\n" DEVICE
#define END       "\r\n--bb--\r\n"

/* A request with these fields and this body, `odd` more bytes in its Content-Length. */
static amp_err ask(const char *method, const char *fields, const char *body, int odd)
{
    why = (struct amp_why){""};
    struct amp_str text =
        amp_arena_printf(&arena,
                         "%s urn:service:sos SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z\r\n"
                         "i: abc@192.0.2.1\r\nCSeq: 1 %s\r\n%sContent-Length: %zu\r\n\r\n%s",
                         method, method, fields, strlen(body) + (size_t)odd, body);
    return amp_sip_read(text, &arena, &call, &why);
}

#define FROM "From: \"Ana \\\"A\\\" Silva\" <sip:+258841234567@net.example;user=phone>;tag=1\r\n"

static void a_call_with_its_position_device_and_identifier_is_read(void **state)
{
    (void)state;
    assert_int_equal(
        ask("INVITE",
            FROM "Geolocation: <cid:loc@x>\r\nCall-Info: <urn:emergency:uid:callid:77:x>\r\n"
                 " ;purpose=emergency-CallId, <urn:emergency:uid:incidentid:8:x>;"
                 "purpose=emergency-IncidentId\r\n" MIXED,
            PART_SDP PART_PIDF "\r\n" PART_ADR END, 0),
        AMP_OK);
    const struct amp_fields *f = &call.report.f;
    assert_true(call.report.located);
    assert_int_equal(f->pos.lat_e7, -259600000);
    assert_true(amp_str_is(f->number, "+258841234567"));
    assert_true(amp_str_is(f->name, "Ana \"A\" Silva"));
    assert_true(amp_str_is(f->device, "353472104343540"));
    assert_true(amp_str_is(f->ref, "urn:emergency:uid:callid:77:x"));
    assert_true(amp_str_is(call.incident, "urn:emergency:uid:incidentid:8:x"));
    assert_true(amp_str_starts(f->words, AMP_STR("DeviceInfo: ")));
    assert_false(call.bad_location);
}

static void a_body_that_is_the_location_alone_is_read(void **state)
{
    (void)state;
    assert_int_equal(ask("INVITE", FROM "c: application/pidf+xml\r\n", PIDF, 0), AMP_OK);
    assert_true(call.report.located);
    assert_true(amp_str_is(call.report.f.ref, "abc@192.0.2.1"));
}

static void a_location_by_reference_is_said(void **state)
{
    (void)state;
    assert_int_equal(
        ask("INVITE", FROM "Geolocation: <sip:a@x>, <https://lis.example/L/1,2>;inserted-by=x\r\n",
            "", 0),
        AMP_OK);
    assert_true(amp_str_is(call.reference, "https://lis.example/L/1,2"));
    assert_false(call.report.located);
    assert_false(call.bad_location);
}

static void a_block_says_what_is_for_people_first_and_leaves_nothing_out(void **state)
{
    static const char provider[] =
        "<p:EmergencyCallData.ProviderInfo xmlns:p='urn:ietf:params:xml:ns:EmergencyCallData:"
        "ProviderInfo'><p:DataProviderReference>r@x</p:DataProviderReference>"
        "<p:DataProviderString>Mill Mobile</p:DataProviderString><p:ProviderID>77</p:ProviderID>"
        "<p:ProviderIDSeries>NENA</p:ProviderIDSeries><p:TypeOfProvider>Client</p:TypeOfProvider>"
        "<p:ContactURI>tel:+15550199</p:ContactURI></p:EmergencyCallData.ProviderInfo>";
    (void)state;
    assert_int_equal(amp_sip_additional_read(amp_str_of(provider), &arena, &call, &why), AMP_OK);
    assert_string_equal(amp_arena_text(&arena, call.report.f.words),
                        "ProviderInfo: DataProviderString Mill Mobile; TypeOfProvider Client; "
                        "ContactURI tel:+15550199; DataProviderReference r@x; ProviderID 77; "
                        "ProviderIDSeries NENA");
}

static void additional_data_by_reference_is_said_and_read_when_it_is_there(void **state)
{
    static const char device[] =
        "<a:EmergencyCallData.DeviceInfo "
        "xmlns:a='urn:ietf:params:xml:ns:EmergencyCallData:DeviceInfo'>"
        "<a:DataProviderReference>d@x</a:DataProviderReference><a:UniqueDeviceID "
        "TypeOfDeviceID='IMEI'>353472104343540</a:UniqueDeviceID></a:EmergencyCallData.DeviceInfo>";
    static const char veds[] =
        "<v:AutomatedCrashNotification xmlns:v='http://www.veds.org/acn/3.1'><v:Crash>"
        "<v:VehicleFireIndicator>true</v:VehicleFireIndicator></v:Crash>"
        "</v:AutomatedCrashNotification>";
    (void)state;
    assert_int_equal(
        ask("INVITE",
            FROM "Call-Info: <https://a.example/1>;purpose=EmergencyCallData.DeviceInfo, "
                 "<https://a.example/2>;purpose=icon, <cid:x@y>;purpose=EmergencyCallData.VEDS\r\n",
            "", 0),
        AMP_OK);
    assert_int_equal(call.additional_n, 1);
    assert_true(amp_str_is(call.additional[0], "https://a.example/1"));
    assert_int_equal(amp_sip_additional_read(amp_str_of(device), &arena, &call, &why), AMP_OK);
    assert_true(amp_str_is(call.report.f.device, "353472104343540"));
    assert_true(amp_str_starts(call.report.f.words, AMP_STR("DeviceInfo: ")));
    assert_int_equal(amp_sip_additional_read(amp_str_of(veds), &arena, &call, &why), AMP_OK);
    assert_true(amp_str_starts(call.report.f.words, AMP_STR("crash: urgent fire")));
    assert_int_not_equal(amp_sip_additional_read(AMP_STR("<a/>"), &arena, &call, &why), AMP_OK);
    assert_string_not_equal(why.text, "");
}

static void the_network_is_believed_before_the_phone(void **state)
{
    (void)state;
    assert_int_equal(
        ask("INVITE", FROM "P-Asserted-Identity: <sip:op@x>, \"Line 3\" <tel:+1-555-0100;x=y>\r\n",
            "", 0),
        AMP_OK);
    assert_true(amp_str_is(call.report.f.number, "+1-555-0100"));
    assert_true(amp_str_is(call.report.f.name, "Line 3"));
    assert_int_equal(ask("INVITE", "From: Anonymous <sip:anonymous@anonymous.invalid>\r\n", "", 0),
                     AMP_OK);
    assert_int_equal(call.report.f.has & (AMP_HAS(NUMBER) | AMP_HAS(NAME)), 0);
    assert_int_equal(ask("INVITE", "From: sip:bob@x;tag=4\r\n", "", 0), AMP_OK);
    assert_true(amp_str_is(call.report.f.number, "sip:bob@x"));
}

static void a_bad_location_does_not_cost_the_call(void **state)
{
    (void)state;
    assert_int_equal(ask("INVITE", FROM "Content-Type: application/pidf+xml\r\n", "<presence", 0),
                     AMP_OK);
    assert_true(call.bad_location);
    assert_int_equal(call.report.warning_n, 1);
    assert_true(amp_str_starts(call.report.warning[0], AMP_STR("the location cannot be read")));
    assert_int_equal(ask("INVITE", FROM "Geolocation: <cid:none@x>\r\n" MIXED, PART_PIDF END, 0),
                     AMP_OK);
    assert_true(call.report.located); /* the only one that there is */
    assert_int_equal(call.report.warning_n, 1);
}

static bool warned(const char *sentence)
{
    for (size_t i = 0; i < call.report.warning_n; i++) {
        if (strstr(amp_arena_text(&arena, call.report.warning[i]), sentence) != NULL) {
            return true;
        }
    }
    return false;
}

/* RFC 2392, section 2: the identifier is escaped in the address, and not in the part. */
static void a_part_is_found_by_its_identifier_however_that_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *field, *part;
    } rows[] = {{"Geolocation: cid:loc%40x\r\n" MIXED, PART_PIDF END},
                {"Geolocation: <cid:loc@x>;inserted-by=\"p\"\r\nContent-ID: <loc@x>\r\n"
                 "c: application/pidf+xml\r\n",
                 PIDF},
                {"Geolocation: <cid:lo%63@x>\r\n" MIXED,
                 "--bb\r\nContent-Type:\r\n application/pidf+xml;\r\n charset=utf-8\r\n"
                 "Content-Id: loc@x\r\n\r\n" PIDF END}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(
            ask("INVITE", amp_arena_printf(&arena, FROM "%s", rows[i].field).ptr, rows[i].part, 0),
            AMP_OK);
        assert_true(call.report.located);
        assert_int_equal(call.report.warning_n, 0);
    }
}

static void a_fault_in_one_part_does_not_cost_the_call(void **state)
{
    (void)state;
    assert_int_equal(ask("INVITE", FROM MIXED,
                         "--bb\r\nContent-Type: application/sdp\r\nContent-Transfer-Encoding: rot13"
                         "\r\n\r\ni=0\r\n--bb\r\nContent-Type: application/pidf+xml\r\n" PIDF END,
                         0),
                     AMP_OK);
    assert_true(call.report.located);
    assert_int_equal(call.sdp.len, 0);
    assert_true(warned("encoding that is not read") && warned("no empty line"));
    assert_int_equal(ask("INVITE",
                         FROM "Content-Type: application/x-unknown\r\n"
                              "Content-Disposition: render;handling=optional\r\n",
                         "x", 0),
                     AMP_OK);
}

static void a_reference_that_nobody_follows_is_said(void **state)
{
    (void)state;
    assert_int_equal(ask("INVITE", FROM "Geolocation: <sips:3sdef@lis.example>\r\n", "", 0),
                     AMP_OK);
    assert_int_equal(call.reference.len, 0);
    assert_true(warned("not followed"));
    assert_int_equal(ask("INVITE",
                         FROM "Geolocation: <cid:loc@x>;a=b,routing-allowed=yes\r\n" MIXED,
                         PART_PIDF END, 0),
                     AMP_OK);
    assert_int_equal(call.report.warning_n, 0); /* what an old draft wrote after a comma */
}

static void a_number_with_escaped_signs_is_a_number(void **state)
{
    (void)state;
    assert_int_equal(ask("INVITE", "From: <sip:%2B4366412345@x>;tag=1\r\n", "", 0), AMP_OK);
    assert_true(amp_str_is(call.report.f.number, "+4366412345"));
}

static void blanks_too_many_in_the_first_line_cost_nothing(void **state)
{
    (void)state;
    assert_int_equal(amp_sip_read(AMP_STR("INVITE  urn:service:sos  SIP/2.0 \r\ni: a\r\n\r\n"),
                                  &arena, &call, &why),
                     AMP_OK);
    assert_true(amp_str_is(call.target, "urn:service:sos") && call.asks);
    assert_int_equal(amp_sip_read(AMP_STR("INVITE urn:service:sos; x SIP/2.0\r\ni: a\r\n\r\n"),
                                  &arena, &call, &why),
                     AMP_E_SYNTAX);
}

static void how_high_the_caller_is_is_in_the_words(void **state)
{
    (void)state;
    struct amp_str text = amp_arena_printf(
        &arena,
        "--bb\r\nContent-Type: application/pidf+xml\r\n\r\n<presence "
        "xmlns='urn:ietf:params:xml:ns:pidf' xmlns:g='http://www.opengis.net/gml'><tuple id='t'>"
        "<status><p:geopriv xmlns:p='urn:ietf:params:xml:ns:pidf:geopriv10'><p:location-info>"
        "<g:Point srsName='urn:ogc:def:crs:EPSG::4979'><g:pos>48.2 16.3 201.5</g:pos></g:Point>"
        "</p:location-info></p:geopriv></status></tuple></presence>\r\n%s" END,
        PART_ADR);
    assert_int_equal(ask("INVITE", FROM MIXED, text.ptr, 0), AMP_OK);
    struct amp_str words = call.report.f.words;
    assert_non_null(strstr(amp_arena_text(&arena, words), "altitude 201.5 m above the ellipsoid"));
    assert_non_null(strstr(amp_arena_text(&arena, words), "DeviceInfo: "));
}

static void refused(const char *fields, const char *body, int odd, amp_err err,
                    const char *sentence)
{
    amp_err was = ask("INVITE", fields, body, odd);
    if (was != err || strstr(why.text, sentence) == NULL) {
        print_error("%s: %s\n", amp_err_code(was), why.text);
    }
    assert_int_equal(was, err);
    assert_non_null(strstr(why.text, sentence));
}

static void what_is_cut_garbled_or_hostile_is_refused_with_its_reason(void **state)
{
    (void)state;
    refused(FROM MIXED, PART_PIDF END, 9, AMP_E_SYNTAX, "the body was cut");
    refused(FROM MIXED, PART_PIDF, 0, AMP_E_SYNTAX, "was cut");
    refused(FROM "Content-Type: multipart/mixed\r\n", PART_PIDF END, 0, AMP_E_SYNTAX, "boundary");
    refused(FROM "Content-Type: application/pidf+xml\r\n",
            "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", 0, AMP_E_SYNTAX,
            "DOCTYPE");
    refused(FROM "Content-Type: application/x-unknown\r\n", "x", 0, AMP_E_UNSUPPORTED, "not read");
    refused(FROM, "x", 0, AMP_E_SYNTAX, "no Content-Type");
    refused(FROM "Content-Encoding: gzip\r\nContent-Type: application/sdp\r\n", "x", 0,
            AMP_E_UNSUPPORTED, "Content-Encoding");
    assert_int_equal(amp_sip_read(AMP_STR("GET / HTTP/1.1\r\n\r\n"), &arena, &call, &why),
                     AMP_E_SYNTAX);
    assert_int_equal(amp_sip_read((struct amp_str){0}, &arena, &call, &why), AMP_E_SYNTAX);
}

static void transfers_and_reasons_are_read(void **state)
{
    (void)state;
    assert_int_equal(ask("REFER", FROM "r: \"Fire\" <sip:fire@psap.example?Replaces=x>\r\n", "", 0),
                     AMP_OK);
    assert_true(amp_str_is(call.refer_to, "sip:fire@psap.example"));
    assert_int_equal(
        ask("CANCEL", FROM "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n", "", 0),
        AMP_OK);
    assert_true(call.elsewhere);
    assert_int_equal(ask("INVITE", FROM "Replaces: q@x;to-tag=1;from-tag=2\r\n", "", 0), AMP_OK);
    assert_true(amp_str_is(call.replaces, "q@x"));
}

static void call_to(const char *target, const char *to)
{
    struct amp_str text =
        amp_arena_printf(&arena, "INVITE %s SIP/2.0\r\ni: a\r\nTo: %s\r\n\r\n", target, to);
    assert_int_equal(amp_sip_read(text, &arena, &call, &why), AMP_OK);
}

static void a_test_call_is_known_by_the_service_it_asks_for(void **state)
{
    (void)state;
    static const struct {
        const char *target, *to;
        bool test;
    } rows[] = {{"urn:service:test.sos", "<urn:service:sos>", true},
                {"URN:SERVICE:TEST.SOS.FIRE", "<urn:service:sos>", true},
                {"urn:service:test.sos.ecall", "<sip:a@x>", true},
                {"sip:amparo@192.0.2.1", "<urn:service:test.sos>", true},
                {"urn:service:sos", "<urn:service:test.sos>", false},
                {"urn:service:test.sosx", "<urn:service:sos>", false},
                {"sip:test.sos@192.0.2.1", "<sip:urn:service:test.sos@x>", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        call_to(rows[i].target, rows[i].to);
        assert_int_equal(call.test, rows[i].test);
        assert_int_equal(call.asks, i < 6);
    }
}

static void what_was_called_is_told_where_it_says_more_than_help(void **state)
{
    (void)state;
    static const struct {
        const char *target, *to, *called;
    } rows[] = {
        {"urn:service:sos", "<sip:112@x>", ""},
        {"urn:service:sos.fire", "<urn:service:sos>", "urn:service:sos.fire"},
        {"URN:service:SOS.ecall.manual", "<sip:112@x>", "URN:service:SOS.ecall.manual"},
        {"sip:amparo@192.0.2.1", "<urn:service:sos.ambulance>", "urn:service:sos.ambulance"},
        {"sip:amparo@192.0.2.1", "<urn:service:sos>", ""},
        {"sip:117@192.0.2.1;user=phone", "<sip:119@x>", "117"},
        {"sip:amparo@192.0.2.1", "\"A\" <tel:+258-21-300000>", "+258-21-300000"},
        {"sip:amparo@192.0.2.1", "<sip:desk@x>", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        call_to(rows[i].target, rows[i].to);
        assert_true(amp_str_is(call.called, rows[i].called));
    }
}

#define CAP_TYPE "Content-Type: application/EmergencyCallData.cap+xml\r\n"
#define CAP(kind, references, area)                                                                \
    "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>a1</identifier>"              \
    "<sender>s7@x</sender><sent>2026-11-20T10:00:00-00:00</sent><status>Actual</status>"           \
    "<msgType>" kind "</msgType><scope>Private</scope><addresses>sos</addresses>" references       \
    "<info><category>Fire</category><event>Smoke</event><urgency>Immediate</urgency>"              \
    "<severity>Severe</severity><certainty>Observed</certainty><headline>Smoke in hall 3"          \
    "</headline><instruction>Gate 2</instruction>" area "</info></alert>"
#define AREA   "<area><areaDesc>The mill</areaDesc><circle>10.5,20.5 0.0501</circle></area>"
#define REFERS "<references>s7@x,a0,2026-11-20T09:00:00-00:00</references>"

static void an_alert_in_a_message_is_words_and_a_place(void **state)
{
    (void)state;
    assert_int_equal(ask("MESSAGE", FROM CAP_TYPE, CAP("Alert", "", AREA), 0), AMP_OK);
    const struct amp_fields *f = &call.report.f;
    assert_true(
        amp_str_starts(f->words, AMP_STR("Smoke in hall 3\nGate 2\nCAP: Alert; event Smoke")));
    assert_true(amp_str_is(f->ref, "cap:s7@x,a1"));
    assert_true(amp_str_is(f->place, "The mill"));
    assert_true(call.report.located);
    assert_int_equal(f->pos.lat_e7, 105000000);
    assert_int_equal(f->radius_m, 51);
    assert_true(call.useful);
    assert_true(amp_str_is(call.alert.type, "Alert"));
    /* the place that comes with it goes before its own; the older name of the type is known, too */
    assert_int_equal(
        ask("MESSAGE", FROM MIXED,
            PART_PIDF
            "\r\n--bb\r\nContent-Type: application/common-alerting-protocol+xml\r\n\r\n" CAP(
                "Update", REFERS, AREA) END,
            0),
        AMP_OK);
    assert_int_equal(call.report.f.pos.lat_e7, -259600000);
    assert_true(amp_str_is(call.report.f.ref, "cap:s7@x,a0")); /* of the first of its matter */
    /* a call with a voice is known by its own identifier, whatever alert it brings */
    assert_int_equal(ask("INVITE", FROM CAP_TYPE, CAP("Alert", "", ""), 0), AMP_OK);
    assert_true(amp_str_is(call.report.f.ref, "abc@192.0.2.1"));
    assert_true(amp_str_starts(call.report.f.words, AMP_STR("Smoke in hall 3")));
}

static void an_alert_that_cannot_be_read_says_so(void **state)
{
    (void)state;
    assert_int_equal(ask("MESSAGE", FROM CAP_TYPE, "<alert", 0), AMP_OK);
    assert_true(call.alert.came);
    assert_int_equal(call.alert.err, AMP_E_SYNTAX);
    assert_false(call.useful);
    assert_int_equal(call.report.warning_n, 1);
    assert_int_equal(ask("MESSAGE", FROM CAP_TYPE, CAP("Wish", "", ""), 0), AMP_OK);
    assert_int_equal(call.alert.err, AMP_E_RANGE);
    assert_int_equal(ask("MESSAGE", FROM CAP_TYPE, "<!DOCTYPE x><alert/>", 0), AMP_E_SYNTAX);
}

static void a_text_is_read_in_a_message_only(void **state)
{
    (void)state;
    assert_int_equal(ask("MESSAGE", FROM "Content-Type: text/plain\r\n", " f\xeau\a\n9 ", 0),
                     AMP_OK);
    assert_string_equal(amp_arena_text(&arena, call.report.f.words), "f\xc3\xaau \n9");
    assert_int_equal(ask("MESSAGE", FROM "Content-Type: text/html\r\n", "x", 0), AMP_OK);
    assert_int_equal(ask("INVITE", FROM "Content-Type: text/html\r\n", "x", 0), AMP_E_UNSUPPORTED);
    assert_int_equal(ask("INVITE", FROM "Content-Type: text/plain\r\n", "x", 0), AMP_OK);
    assert_int_equal(call.report.f.words.len, 0);
    assert_int_equal(ask("MESSAGE", FROM, "", 0), AMP_OK);
    assert_false(call.useful);
}

#define VEDS(body) "--bb\r\nContent-Type: application/EmergencyCallData.VEDS+xml\r\n" body
#define VEDS_GOOD                                                                                  \
    "<v:AutomatedCrashNotification xmlns:v='http://www.veds.org/acn/3.1'><v:Crash/>"               \
    "</v:AutomatedCrashNotification>\r\n"

static void crash_data_are_named_so_that_they_can_be_acknowledged(void **state)
{
    (void)state;
    assert_int_equal(ask("INFO", FROM "Recv-Info: foo, EmergencyCallData.VEDS;q=1\r\n" MIXED,
                         VEDS("Content-ID: <one@x>\r\n\r\n" VEDS_GOOD)
                             VEDS("Content-ID: <two@x>\r\n\r\n<v\r\n") VEDS("\r\n" VEDS_GOOD)
                                 VEDS("Content-ID: <a b>\r\n\r\n" VEDS_GOOD)
                                     VEDS("Content-ID: <five@x>\r\n\r\n" VEDS_GOOD) END,
                         0),
                     AMP_OK);
    assert_int_equal(call.hears, AMP_SIP_VEDS);
    assert_int_equal(call.block_n, AMP_SIP_BLOCKS_MAX);
    assert_true(amp_str_is(call.block[0].id, "one@x") && call.block[0].read);
    assert_true(amp_str_is(call.block[1].id, "two@x") && !call.block[1].read);
    assert_int_equal(call.block[2].id.len, 0);
    assert_int_equal(call.block[3].id.len, 0); /* what would not be safe to say back */
    assert_int_equal(ask("INVITE",
                         FROM "Content-ID: <whole@x>\r\n"
                              "Content-Type: application/EmergencyCallData.eCall.MSD\r\n",
                         "zz", 0),
                     AMP_OK);
    assert_true(amp_str_is(call.block[0].id, "whole@x") && !call.block[0].read);
    assert_int_equal(call.block[0].data, AMP_SIP_MSD);
    assert_int_equal(call.hears, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_with_its_position_device_and_identifier_is_read),
        cmocka_unit_test(a_body_that_is_the_location_alone_is_read),
        cmocka_unit_test(a_location_by_reference_is_said),
        cmocka_unit_test(a_block_says_what_is_for_people_first_and_leaves_nothing_out),
        cmocka_unit_test(additional_data_by_reference_is_said_and_read_when_it_is_there),
        cmocka_unit_test(the_network_is_believed_before_the_phone),
        cmocka_unit_test(a_bad_location_does_not_cost_the_call),
        cmocka_unit_test(a_part_is_found_by_its_identifier_however_that_is_written),
        cmocka_unit_test(a_fault_in_one_part_does_not_cost_the_call),
        cmocka_unit_test(a_reference_that_nobody_follows_is_said),
        cmocka_unit_test(a_number_with_escaped_signs_is_a_number),
        cmocka_unit_test(blanks_too_many_in_the_first_line_cost_nothing),
        cmocka_unit_test(how_high_the_caller_is_is_in_the_words),
        cmocka_unit_test(what_is_cut_garbled_or_hostile_is_refused_with_its_reason),
        cmocka_unit_test(transfers_and_reasons_are_read),
        cmocka_unit_test(a_test_call_is_known_by_the_service_it_asks_for),
        cmocka_unit_test(what_was_called_is_told_where_it_says_more_than_help),
        cmocka_unit_test(an_alert_in_a_message_is_words_and_a_place),
        cmocka_unit_test(an_alert_that_cannot_be_read_says_so),
        cmocka_unit_test(a_text_is_read_in_a_message_only),
        cmocka_unit_test(crash_data_are_named_so_that_they_can_be_acknowledged),
    };
    return cmocka_run_group_tests_name("sip", tests, arena_set_up, arena_tear_down);
}
