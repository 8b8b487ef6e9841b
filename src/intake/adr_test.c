/* Additional Data: the five blocks, what they must have, and what is refused. */
#include "intake/adr.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "intake/sample_test.h"

#include "base/testarena.h"

#define NS  "urn:ietf:params:xml:ns:EmergencyCallData:"
#define REF "<DataProviderReference>r@example.org</DataProviderReference>"

static const char *block(const char *name, const char *attrs, const char *inside)
{
    return amp_arena_printf(&arena,
                            "<EmergencyCallData.%s xmlns='" NS "%s' %s>%s</EmergencyCallData.%s>",
                            name, name, attrs, inside, name)
        .ptr;
}

static void each_block_gives_its_members(void **state)
{
    (void)state;
    struct amp_adr adr = {0};
    struct amp_why why = {""};
    assert_int_equal(
        amp_adr_read(amp_str_of(block("ProviderInfo", "",
                                      REF "<DataProviderString>Tel &amp; Co</DataProviderString>"
                                          "<TypeOfProvider>Telecom Provider</TypeOfProvider>"
                                          "<ContactURI>tel:+258800</ContactURI>"
                                          "<DataProviderContact "
                                          "xmlns='urn:ietf:params:xml:ns:vcard-4.0'><vcard>"
                                          "<fn><text>Desk</text></fn><tel><uri>tel:+2581</uri>"
                                          "</tel></vcard></DataProviderContact>")),
                     &arena, &adr, &why),
        AMP_OK);
    assert_true(amp_str_is(adr.block, "ProviderInfo"));
    assert_true(amp_str_is(amp_adr_of(&adr, "DataProviderString"), "Tel & Co"));
    assert_true(amp_str_is(amp_adr_of(&adr, "contact.fn"), "Desk"));
    assert_true(amp_str_is(amp_adr_of(&adr, "contact.tel"), "tel:+2581"));
    assert_int_equal(
        amp_adr_read(amp_str_of(block("Comment", "", REF "<Comment>two floors</Comment>")), &arena,
                     &adr, &why),
        AMP_OK);
    assert_true(amp_str_is(amp_adr_of(&adr, "Comment"), "two floors"));
    assert_int_equal(
        amp_adr_read(amp_str_of(block("SubscriberInfo", "privacyRequested='true'", REF)), &arena,
                     &adr, &why),
        AMP_OK);
    assert_true(amp_str_is(amp_adr_of(&adr, "@privacyRequested"), "true"));
}

static void a_block_without_what_it_must_have_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *text;
        amp_err err;
        const char *reason;
    } rows[] = {
        {block("ProviderInfo", "", REF), AMP_E_MISSING, "<DataProviderString>"},
        {block("ServiceInfo", "", REF "<ServiceType>VOIP</ServiceType>"), AMP_E_MISSING,
         "<ServiceMobility>"},
        {block("DeviceInfo", "", ""), AMP_E_MISSING, "<DataProviderReference>"},
        {block("SubscriberInfo", "", REF), AMP_E_MISSING, "privacyRequested"},
        {block("SubscriberInfo", "privacyRequested='maybe'", REF), AMP_E_RANGE, "privacyRequested"},
        {block("Comment", "", REF), AMP_E_MISSING, "<Comment>"},
        {block("Weather", "", REF), AMP_E_SYNTAX, "none of"},
        {"<EmergencyCallData.Comment/>", AMP_E_SYNTAX, "none of"},
        {"not xml", AMP_E_SYNTAX, "line 1"},
        {"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", AMP_E_UNSUPPORTED, "DOCTYPE"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_adr adr = {0};
        struct amp_why why = {""};
        assert_int_equal(amp_adr_read(amp_str_of(rows[i].text), &arena, &adr, &why), rows[i].err);
        text_says(why.text, rows[i].reason, rows[i].text);
        assert_int_equal(adr.field_n, 0);
    }
}

static void a_slip_in_the_name_space_of_a_block_is_named_and_costs_nothing(void **state)
{
    (void)state;
    struct amp_adr adr = {0};
    struct amp_why why = {""};
    assert_int_equal(
        amp_adr_read(AMP_STR("<d:EmergencyCallData.DeviceInfo "
                             "xmlns:d='urn:ietf:params:xml:ns:EmergencyCallData.DeviceInfo'>"
                             "<d:DataProviderReference>r@x</d:DataProviderReference>"
                             "<d:DeviceModelNr>7</d:DeviceModelNr>"
                             "</d:EmergencyCallData.DeviceInfo>"),
                     &arena, &adr, &why),
        AMP_OK);
    assert_true(amp_str_is(adr.block, "DeviceInfo"));
    assert_true(amp_str_is(amp_adr_of(&adr, "DeviceModelNr"), "7"));
    assert_int_equal(adr.warning_n, 1);
    text_says(adr.warning[0].ptr, "slip", "adr");
}

static void no_call_comes_in_additional_data_alone(void **state)
{
    (void)state;
    struct amp_report report = {0};
    struct amp_why why = {""};
    assert_int_equal(amp_intake_parse(amp_intake_find(AMP_STR("adr")),
                                      amp_str_of(block("DeviceInfo", "", REF)), &arena, &report,
                                      &why),
                     AMP_E_UNSUPPORTED);
    text_says(why.text, "no call", "adr");
}

static void published_blocks_are_read_and_the_malformed_refused(void **state)
{
    (void)state;
    static const struct sample rows[] = {
        {"adr/EmergencyCallData.ProviderInfo.xml",
         AMP_OK,
         {"\"block\":\"ProviderInfo\"", "NG911 Test", "contact.email", "tel:+12025551212100"}},
        {"adr/EmergencyCallData.ServiceInfo.xml",
         AMP_OK,
         {"\"value\":\"VOIP\"", "\"value\":\"Business\"", "\"warnings\":[]"}},
        {"adr/EmergencyCallData.DeviceInfo.xml",
         AMP_OK,
         {"\"value\":\"laptop\"", "\"value\":\"MAC\"", "00-00-00-00-00-00",
          "1234567890@[192.168.0.1]"}},
        {"adr/Malformed_EmergencyCallData.ProviderInfo.xml", AMP_E_SYNTAX, {"XML is refused"}},
        {"adr/Malformed_EmergencyCallData.ServiceInfo.xml", AMP_E_SYNTAX, {"XML is refused"}},
        {"adr/Malformed_EmergencyCallData.DeviceInfo.xml", AMP_E_SYNTAX, {"XML is refused"}},
    };
    if (!samples_hold("adr", rows, sizeof rows / sizeof rows[0], &arena)) {
        AMP_TEST_SKIP("no sample messages");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_block_gives_its_members),
        cmocka_unit_test(a_block_without_what_it_must_have_is_refused),
        cmocka_unit_test(a_slip_in_the_name_space_of_a_block_is_named_and_costs_nothing),
        cmocka_unit_test(no_call_comes_in_additional_data_alone),
        cmocka_unit_test(published_blocks_are_read_and_the_malformed_refused),
    };
    return cmocka_run_group_tests_name("intake/adr", tests, arena_set_up, arena_tear_down);
}
