/* EDXL-DE: the envelope, the alerts inside, and that one bad alert does not lose the others. */
#include "intake/edxl.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "intake/sample_test.h"

#include "base/testarena.h"

#define OPEN "<EDXLDistribution xmlns='urn:oasis:names:tc:emergency:EDXL:DE:1.0'>"
#define HEAD_OF(status)                                                                            \
    "<distributionID>D-1</distributionID><senderID>met@example.org</senderID>"                     \
    "<dateTimeSent>2026-02-03T04:05:06-00:00</dateTimeSent>"                                       \
    "<distributionStatus>" status "</distributionStatus><distributionType>Report"                  \
    "</distributionType><combinedConfidentiality>UNCLASSIFIED</combinedConfidentiality>"
#define HEAD  HEAD_OF("Actual")
#define CLOSE "</EDXLDistribution>"
#define ALERT_OF(id, scope)                                                                        \
    "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>" id "</identifier>"          \
    "<sender>s</sender><sent>2026-02-03T04:05:06-00:00</sent><status>Actual</status>"              \
    "<msgType>Alert</msgType><scope>" scope "</scope></alert>"
#define CONTENT(inside)                                                                            \
    "<contentObject><contentDescription>about</contentDescription><xmlContent>"                    \
    "<embeddedXMLContent>" inside "</embeddedXMLContent></xmlContent></contentObject>"

static amp_err read_text(const char *text, struct amp_edxl *out, struct amp_why *why)
{
    *out = (struct amp_edxl){0};
    *why = (struct amp_why){""};
    return amp_edxl_read(amp_str_of(text), &arena, out, why);
}

static void the_alerts_come_out_of_the_envelope(void **state)
{
    (void)state;
    struct amp_edxl edxl;
    struct amp_why why;
    assert_int_equal(read_text(OPEN HEAD CONTENT(ALERT_OF("A", "Public"))
                                   CONTENT(ALERT_OF("B", "Public")) CLOSE,
                               &edxl, &why),
                     AMP_OK);
    assert_true(amp_str_is(edxl.id, "D-1"));
    assert_true(amp_str_is(edxl.type, "Report"));
    assert_int_equal(edxl.alert_n, 2);
    assert_int_equal(edxl.warning_n, 0);
    assert_true(amp_str_is(edxl.item[1].alert->identifier, "B"));
    assert_true(amp_str_is(edxl.item[0].description, "about"));
}

static void one_bad_alert_does_not_lose_the_others(void **state)
{
    (void)state;
    struct amp_edxl edxl;
    struct amp_why why;
    assert_int_equal(read_text(OPEN HEAD CONTENT(ALERT_OF("A", "Nobody"))
                                   CONTENT(ALERT_OF("B", "Public")) CLOSE,
                               &edxl, &why),
                     AMP_OK);
    assert_int_equal(edxl.alert_n, 1);
    assert_int_equal(edxl.refused_n, 1);
    assert_null(edxl.item[0].alert);
    text_says(edxl.item[0].refusal.ptr, "<scope> \"Nobody\"", "refusal");
    text_says(edxl.warning[0].ptr, "not used", "warning");
    assert_int_equal(read_text(OPEN HEAD CONTENT(ALERT_OF("A", "Nobody")) CLOSE, &edxl, &why),
                     AMP_E_SYNTAX);
    text_says(why.text, "no alert inside is valid", "all bad");
}

static void an_envelope_without_a_zone_in_its_time_still_gives_its_alerts(void **state)
{
    (void)state;
    struct amp_edxl edxl;
    struct amp_why why;
    assert_int_equal(read_text(OPEN
                               "<distributionID>D</distributionID><senderID>s</senderID>"
                               "<dateTimeSent>2026-02-03T04:05:06</dateTimeSent>"
                               "<distributionStatus>Actual</distributionStatus>"
                               "<distributionType>Report</distributionType>"
                               "<combinedConfidentiality>none</combinedConfidentiality>" CONTENT(
                                   ALERT_OF("A", "Public")) CLOSE,
                               &edxl, &why),
                     AMP_OK);
    assert_int_equal(edxl.alert_n, 1);
    assert_int_equal(edxl.warning_n, 1);
    text_says(edxl.warning[0].ptr, "zone", "dateTimeSent");
}

static void key_content_is_an_extract_and_no_second_alert(void **state)
{
    (void)state;
    struct amp_edxl edxl;
    struct amp_why why;
    assert_int_equal(
        read_text(
            OPEN HEAD "<contentObject><xmlContent><keyXMLContent>" ALERT_OF(
                "A",
                "Public") "</keyXMLContent><embeddedXMLContent>" ALERT_OF("A",
                                                                          "Public") "</"
                                                                                    "embeddedXMLCon"
                                                                                    "tent></"
                                                                                    "xmlContent></"
                                                                                    "contentObject"
                                                                                    ">" CLOSE,
            &edxl, &why),
        AMP_OK);
    assert_int_equal(edxl.alert_n, 1);
}

static void an_envelope_of_the_second_version_is_read_for_its_alerts(void **state)
{
    (void)state;
    struct amp_edxl edxl;
    struct amp_why why;
    assert_int_equal(
        read_text("<edxlDistribution xmlns='urn:oasis:names:tc:emergency:EDXL:DE:2.0'>"
                  "<distributionID>D-2</distributionID><senderID>s</senderID>"
                  "<dateTimeSent>2026-02-03T04:05:06+02:00</dateTimeSent>"
                  "<distributionStatus><StatusKindDefault>Exercise</StatusKindDefault>"
                  "</distributionStatus><distributionKind><KindDefault>Report</KindDefault>"
                  "</distributionKind><descriptor><language>pt</language></descriptor><content>"
                  "<contentObject><contentXML><embeddedXMLContent>" ALERT_OF(
                      "A", "Public") "</embeddedXMLContent></contentXML></contentObject></content>"
                                     "</edxlDistribution>",
                  &edxl, &why),
        AMP_OK);
    assert_true(amp_str_is(edxl.version, "2.0"));
    assert_true(amp_str_is(edxl.status, "Exercise"));
    assert_true(amp_str_is(edxl.language, "pt"));
    assert_int_equal(edxl.alert_n, 1);
}

static void an_envelope_that_is_none_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        amp_err err;
        const char *reason;
    } rows[] = {
        {OPEN CLOSE, AMP_E_MISSING, "<distributionID>"},
        {OPEN HEAD_OF("Real") CLOSE, AMP_E_RANGE, "<distributionStatus> \"Real\""},
        {OPEN "<distributionID>D</distributionID><senderID>s</senderID>" CLOSE, AMP_E_MISSING,
         "<dateTimeSent>"},
        {"<EDXLDistribution/>", AMP_E_SYNTAX, "no envelope"},
        {OPEN, AMP_E_SYNTAX, "line 1"},
        {"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", AMP_E_UNSUPPORTED, "DOCTYPE"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_edxl edxl;
        struct amp_why why;
        assert_int_equal(read_text(rows[i].text, &edxl, &why), rows[i].err);
        text_says(why.text, rows[i].reason, rows[i].text);
    }
}

static void published_envelopes_give_their_alerts(void **state)
{
    (void)state;
    static const struct sample rows[] = {
        {"cap/bushfire_valid.edxlde",
         AMP_OK,
         {"\"alerts\":7,\"refused\":0", "\"sender\":\"webmaster@rfs.nsw.gov.au\"",
          "\"confidentiality\":\"UNCLASSIFIED\"", "\"radius_km\":0.0000"}},
        /* one alert is empty, one has an urgency that CAP does not know */
        {"cap/bushfire_invalid.edxlde",
         AMP_OK,
         {"\"alerts\":5,\"refused\":2", "<alert> has no <identifier>", "<urgency> \\\"Foobar\\\"",
          "not valid CAP and was not used"}},
    };
    if (!samples_hold("edxl-de", rows, sizeof rows / sizeof rows[0], &arena)) {
        AMP_TEST_SKIP("no sample messages");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_alerts_come_out_of_the_envelope),
        cmocka_unit_test(one_bad_alert_does_not_lose_the_others),
        cmocka_unit_test(an_envelope_without_a_zone_in_its_time_still_gives_its_alerts),
        cmocka_unit_test(key_content_is_an_extract_and_no_second_alert),
        cmocka_unit_test(an_envelope_of_the_second_version_is_read_for_its_alerts),
        cmocka_unit_test(an_envelope_that_is_none_is_refused_with_its_reason),
        cmocka_unit_test(published_envelopes_give_their_alerts),
    };
    return cmocka_run_group_tests_name("intake/edxl", tests, arena_set_up, arena_tear_down);
}
