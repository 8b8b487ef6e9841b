/* EIDO: required members, places, references, unit statuses; what is written is read again. */
#include "intake/eido.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "intake/sample_test.h"

#include "base/testarena.h"

#define HEAD(id)                                                                                   \
    "\"$id\":\"" id "\",\"lastUpdateTimeStamp\":\"2026-02-03T04:05:06Z\","                         \
    "\"updatedByAgencyReference\":{\"$ref\":\"a\"}"
#define AGENCY                                                                                     \
    "\"agencyComponent\":[{" HEAD("a") ",\"agencyRoleDescriptionRegistryText\":[\"Dispatching\"]," \
                                       "\"agencyType\":[\"psap\"]}]"
#define TOP "{" HEAD("i") ",\"eidoVersion\":\"1.0\",\"issuingElementIdentification\":\"e\"," AGENCY
#define CALL_REST                                                                                  \
    ",\"standardPrimaryCallType\":\"emergency\",\"direction\":\"incoming\","                       \
    "\"callStateRegistryText\":\"callAnswered\","                                                  \
    "\"callStartTimestamp\":\"2026-02-03T04:05:06Z\""

static amp_err read_text(const char *text, struct amp_eido_message *out, struct amp_why *why)
{
    *out = (struct amp_eido_message){0};
    *why = (struct amp_why){""};
    return amp_eido_read(amp_str_of(text), &arena, out, why);
}

static void a_component_without_a_required_member_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        amp_err err;
        const char *reason;
    } rows[] = {
        {"{}", AMP_E_MISSING, "\"$id\" is missing"},
        {"{" HEAD("i") ",\"eidoVersion\":\"1.0\",\"issuingElementIdentification\":\"e\"}",
         AMP_E_MISSING, "\"agencyComponent\" is missing"},
        {"{" HEAD("i") ",\"eidoVersion\":\"2.0\"," AGENCY "}", AMP_E_RANGE, "\"eidoVersion\""},
        {"{\"$id\":\"i\",\"lastUpdateTimeStamp\":\"yesterday\"}", AMP_E_RANGE, "date and time"},
        {TOP ",\"incidentComponent\":{" HEAD("x") "}}", AMP_E_MISSING,
         "\"incidentTypeCommonRegistryText\" of incidentComponent"},
        {TOP ",\"callComponent\":[{" HEAD("c") CALL_REST "},{" HEAD("d") "}]}", AMP_E_MISSING,
         "of callComponent[1] is missing"},
        {TOP ",\"callComponent\":[{" HEAD("c") CALL_REST ",\"priorityIdentifier\":\"dire\"}]}",
         AMP_E_RANGE, "\"priorityIdentifier\""},
        {TOP ",\"agentComponent\":[{" HEAD("g") ",\"agentRoleRegistryText\":[]}]}", AMP_E_SYNTAX,
         "one text or more"},
        {TOP ",\"agentComponent\":[{" HEAD("g") ",\"agentRoleRegistryText\":[\"x\"]}]}",
         AMP_E_MISSING, "\"agencyReference\""},
        {TOP ",\"locationComponent\":[{" HEAD("l") "}]}", AMP_E_MISSING,
         "\"locationTypeDescriptionRegistryText\""},
        {TOP ",\"personComponent\":[{" HEAD("p") "}]}", AMP_E_MISSING,
         "\"personIncidentRoleRegistryText\""},
        {TOP ",\"emergencyResourceComponent\":[{" HEAD("r") "}]}", AMP_E_MISSING,
         "\"emergencyResourceTypeCommonRegistryText\""},
        {TOP ",\"notesComponent\":[{" HEAD("n") "}]}", AMP_E_MISSING, "\"notesActionComments\""},
        {TOP ",\"incidentComponent\":{" HEAD("x") ",\"incidentTypeCommonRegistryText\":\"ABUSE\","
                                                  "\"dispositionComponent\":[{" HEAD("d") "}]}}",
         AMP_E_MISSING, "\"dispositionCommonRegistryCode\""},
        {TOP ",\"mergeComponent\":[{" HEAD("m") ",\"incidentTrackingIdentifier\":\"x\","
                                                "\"incidentMergeDirectionCode\":\"JOINED\"}]}",
         AMP_E_RANGE, "\"incidentMergeDirectionCode\""},
        {TOP ",\"linkComponent\":[{" HEAD("m") ",\"incidentTrackingIdentifier\":\"x\"}]}",
         AMP_E_MISSING, "\"linkDirectionCode\""},
        {TOP ",\"callComponent\":{}}", AMP_E_SYNTAX, "no list of objects"},
        {TOP ",\"notesComponent\":[7]}", AMP_E_SYNTAX, "no list of objects"},
        {"{\"$id\":7}", AMP_E_SYNTAX, "\"$id\" is no text"},
        {"[1]", AMP_E_SYNTAX, "no JSON object"},
        {"{\"event\":{\"subscriptionId\":\"s\"}}", AMP_E_MISSING, "\"notification\""},
        {"{\"event\":{\"subscriptionId\":\"s\",\"notification\":[7]}}", AMP_E_MISSING, "\"$id\""},
        {"{\"subscribe\":{\"requestType\":\"EIDO\"}}", AMP_E_MISSING, "\"requestId\""},
        {"{\"subscribe\":7}", AMP_E_SYNTAX, ""},
        {"{\"subscribeResponse\":{\"requestId\":\"r\"}}", AMP_E_MISSING, "\"statusCode\""},
        {"{\"unsubscribe\":{}}", AMP_E_MISSING, "\"subscriptionId\""},
        {"{\"subscribe\":{\"requestId\":\"r\"}}", AMP_E_MISSING, "\"requestType\""},
        {"{\"eventResponse\":{\"transactionId\":\"t\"}}", AMP_E_MISSING, "\"statusCode\""},
        {"{\"terminate\":{\"requestId\":\"r\"}}", AMP_E_MISSING, "\"subscriptionId\""},
        {"{\"subscribe\":{\"requestId\":\"r\",\"requestType\":\"EIDO\",\"expires\":\"soon\"}}",
         AMP_E_SYNTAX, "\"expires\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_eido_message message;
        struct amp_why why;
        const amp_err err = read_text(rows[i].text, &message, &why);
        text_says(why.text, rows[i].reason, rows[i].text);
        assert_int_equal(err, rows[i].err);
        assert_int_equal(message.eido_n, 0);
    }
}

static void a_reference_to_nothing_and_an_id_twice_are_said(void **state)
{
    (void)state;
    struct amp_eido_message message;
    struct amp_why why;
    assert_int_equal(read_text(TOP ",\"callComponent\":[{" HEAD("c") CALL_REST
                               ",\"locationReference\":[{\"$ref\":\"gone\"},{\"$ref\":\"a\"},"
                               "{\"$ref\":\"gone\"}]}],\"notesComponent\":[{" HEAD(
                                   "c") ",\"notesActionComments\":\"x\"}]}",
                               &message, &why),
                     AMP_OK);
    assert_int_equal(message.eido[0].unresolved.n, 1);
    assert_true(amp_str_is(message.eido[0].unresolved.item[0], "gone"));
    assert_int_equal(message.warning_n, 2);
    text_says(message.warning[0].ptr, "same id", "ids");
    text_says(message.warning[1].ptr, "leads to nothing", "refs");
}

static void a_place_that_cannot_be_read_is_no_place(void **state)
{
    (void)state;
    struct amp_eido_message message;
    struct amp_why why;
    assert_int_equal(
        read_text(TOP ",\"locationComponent\":[{" HEAD("l") ",\"locationTypeDescriptionRegistryText"
                                                            "\":\"Caller\",\"locationByValue\":"
                                                            "\"<presence\"}]}",
                  &message, &why),
        AMP_OK);
    assert_null(message.eido[0].location[0].pidf);
    text_says(message.eido[0].location[0].refusal.ptr, "XML", "refusal");
    text_says(message.warning[0].ptr, "not used", "warning");
}

static void every_unit_status_goes_out_and_comes_back(void **state)
{
    (void)state;
    static const char *const primaries = " Available ConditionallyAvailable NotAvailable ";
    for (int i = 0; i < AMP_UNIT_STATUSES; i++) {
        const enum amp_unit_status status = (enum amp_unit_status)i;
        struct amp_str word = amp_str_of(amp_eido_secondary(status));
        struct amp_eido_texts words = {&word, 1};
        enum amp_unit_status back = AMP_UNIT_AVAILABLE;
        assert_non_null(strstr(primaries, amp_eido_primary(status)));
        assert_true(amp_eido_status_of(&words, amp_str_of(amp_eido_primary(status)), &back));
        assert_int_equal(back, status);
    }
    struct amp_str pair[2] = {AMP_STR("EnRoute"), AMP_STR("Hospital")};
    struct amp_eido_texts words = {pair, 2};
    enum amp_unit_status back = AMP_UNIT_AVAILABLE;
    assert_true(amp_eido_status_of(&words, AMP_STR("NotAvailable"), &back));
    assert_int_equal(back, AMP_UNIT_EN_ROUTE);
    pair[0] = AMP_STR("Arrived");
    assert_true(amp_eido_status_of(&words, AMP_STR("NotAvailable"), &back));
    assert_int_equal(back, AMP_UNIT_AT_HOSPITAL);
    pair[0] = AMP_STR("Meal");
    words.n = 1;
    assert_false(amp_eido_status_of(&words, AMP_STR("NotAvailable"), &back));
}

static struct amp_eido_out sample_out(void)
{
    static const struct amp_eido_out_note notes[] = {
        {.text = {.ptr = "water to the knees \"here\"", .len = 25},
         .time_us = INT64_C(1770000000000000)},
        {.id = {.ptr = "urn:n:2", .len = 7},
         .text = {.ptr = "two children", .len = 12},
         .time_us = INT64_C(1770000060000000)}};
    static const struct amp_eido_out_unit units[] = {
        {{.ptr = "AMB-1", .len = 5}, {.ptr = "GroundALSAmbulance", .len = 18}, AMP_UNIT_EN_ROUTE},
        {{.ptr = "ENG-2", .len = 5}, {.ptr = "Engine", .len = 6}, AMP_UNIT_ON_SCENE}};
    return (struct amp_eido_out){
        .id = AMP_STR("urn:emergency:uid:incidentid:I-7:centre.example.org"),
        .issuer = AMP_STR("centre.example.org"),
        .agency = AMP_STR("centre.example.org"),
        .agent = AMP_STR("desk.centre.example.org"),
        .time_us = INT64_C(1770000100000000),
        .type = AMP_STR("FLOOD"),
        .state = AMP_INCIDENT_ON_SCENE,
        .priority = 2,
        .call_id = AMP_STR("urn:emergency:uid:callid:C-9:centre.example.org"),
        .number = AMP_STR("+258841234567"),
        .call_time_us = INT64_C(1769999900000000),
        .located = true,
        .pos = {-198436000, 348389000},
        .radius_m = 25,
        .place = AMP_STR("Rua 5, Munhava"),
        .note = notes,
        .unit = units,
        .note_n = 2,
        .unit_n = 2,
    };
}

static const char *written(const struct amp_eido_out *eido)
{
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(1 << 17);
    const amp_err err = amp_eido_write(eido, &arena, &out, &why);
    assert_string_equal(why.text, "");
    assert_int_equal(err, AMP_OK);
    const char *text = amp_arena_text(&arena, amp_buf_view(&out));
    amp_buf_free(&out);
    return text;
}

static void what_is_written_follows_the_schema_and_says_the_same(void **state)
{
    (void)state;
    const struct amp_eido_out out = sample_out();
    const char *text = written(&out);
    struct amp_eido_message message;
    struct amp_why why;
    assert_int_equal(read_text(text, &message, &why), AMP_OK);
    assert_int_equal(message.warning_n, 0);
    const struct amp_eido *eido = &message.eido[0];
    assert_true(amp_str_eq(eido->id, out.id));
    assert_int_equal(eido->unresolved.n, 0);
    assert_true(amp_str_is(eido->incident->status.item[0], "ResourcesOnscene"));
    assert_int_equal(eido->incident->priority, 2);
    assert_int_equal(eido->call_n, 1);
    assert_true(amp_str_eq(eido->call[0].number, out.number));
    assert_int_equal(eido->note_n, 2);
    assert_true(amp_str_eq(eido->note[0].text, out.note[0].text));
    assert_true(amp_str_is(eido->note[1].id, "urn:n:2"));
    assert_int_equal(eido->resource_n, 2);
    assert_true(eido->resource[0].known);
    assert_int_equal(eido->resource[0].status, AMP_UNIT_EN_ROUTE);
    assert_int_equal(eido->resource[1].status, AMP_UNIT_ON_SCENE);
    const struct amp_pidf_location *where = amp_pidf_where(eido->location[0].pidf);
    assert_int_equal(where->at.lat_e7, out.pos.lat_e7);
    assert_int_equal(where->at.lon_e7, out.pos.lon_e7);
    assert_true(where->radius_m > 24.9 && where->radius_m < 25.1);
}

static void a_transferred_incident_arrives_as_its_call(void **state)
{
    (void)state;
    const struct amp_eido_out out = sample_out();
    struct amp_report report = {0};
    struct amp_why why = {""};
    assert_int_equal(amp_intake_parse(amp_intake_find(AMP_STR("eido")), amp_str_of(written(&out)),
                                      &arena, &report, &why),
                     AMP_OK);
    assert_true(report.located);
    assert_int_equal(report.f.pos.lat_e7, out.pos.lat_e7);
    assert_int_equal(report.f.radius_m, 25);
    assert_true(amp_str_eq(report.f.number, out.number));
    assert_true(amp_str_eq(report.f.place, out.place));
    assert_true(amp_str_is(report.f.words, "water to the knees \"here\"\ntwo children"));
    assert_true(amp_str_is(report.f.source, "eido"));
    assert_int_equal(report.warning_n, 0);
}

/* A call is not to be lost because somebody wrote much. */
static void a_long_place_and_long_notes_are_cut_between_characters(void **state)
{
    (void)state;
    char place[602];
    char words[9002];
    for (size_t i = 0; i < sizeof place - 2; i += 2) {
        memcpy(place + i, "\xc3\xa7", 3);
    }
    for (size_t i = 0; i < sizeof words - 2; i += 2) {
        memcpy(words + i, "\xc3\xa3", 3);
    }
    place[1] = '\n';
    place[0] = 'x';
    struct amp_eido_out out = sample_out();
    const struct amp_eido_out_note note = {.text = amp_str_of(words),
                                           .time_us = INT64_C(1770000000000000)};
    out.place = amp_str_of(place);
    out.note = &note;
    out.note_n = 1;
    struct amp_report report = {0};
    struct amp_why why = {""};
    assert_int_equal(amp_intake_parse(amp_intake_find(AMP_STR("eido")), amp_str_of(written(&out)),
                                      &arena, &report, &why),
                     AMP_OK);
    assert_int_equal(report.f.place.len, AMP_LINE_MAX);
    assert_int_equal(report.f.place.ptr[1], ' ');
    assert_int_equal(report.f.words.len, AMP_TEXT_MAX);
    assert_true(amp_utf8_valid(report.f.place));
    assert_true(amp_utf8_valid(report.f.words));
    assert_int_equal(report.warning_n, 2);
}

static void an_incident_without_a_call_is_read_and_is_no_call(void **state)
{
    (void)state;
    struct amp_eido_out out = sample_out();
    out.call_id = (struct amp_str){0};
    const char *text = written(&out);
    struct amp_report report = {0};
    struct amp_why why = {""};
    assert_int_equal(
        amp_intake_parse(amp_intake_find(AMP_STR("eido")), amp_str_of(text), &arena, &report, &why),
        AMP_E_UNSUPPORTED);
    text_says(why.text, "carries no call", "eido");
    text_says(message_text("eido", amp_str_of(text), AMP_OK, &arena), "\"calls\":[]", "view");
}

static void published_messages_are_read_with_their_parts(void **state)
{
    (void)state;
    static const struct sample rows[] = {
        {"eido/nena_sample_call_transfer.json",
         AMP_OK,
         {"\"kind\":\"document\"", "\"number\":\"8195551212\"",
          "\"address\":\"42 W Cellular Street, Wilmington, DE, US\"", "\"unresolved\":[]"}},
        {"eido/eidolib_SampleCallTransferEido.json",
         AMP_OK,
         {"\"url\":\"https://lrf.osp.com?oasufdqwerjn12346jfias\"", "\"block\":\"ServiceInfo\"",
          "This is an example text.", "\"roles\":[\"CallReceiving\"]"}},
        {"eido/eidolib_NotifyWithEido.json",
         AMP_OK,
         {"\"kind\":\"event\"", "\"subscription_id\":\"sub1234\"",
          "\"transaction_id\":\"f894fjhdsh940jdf@192.168.2.1\"", "\"type\":\"RoutingLocation\""}},
        {"eido/eidolib_BasicSubscribe.json",
         AMP_OK,
         {"\"kind\":\"subscribe\"", "\"request_sub_type\":\"new\"", "\"min_rate\":1500",
          "\"eidos\":[]"}},
        {"eido/eidolib_BasicSubscribeResponse.json",
         AMP_OK,
         {"\"kind\":\"subscribeResponse\"", "\"expires_s\":3600", "\"status_code\":200"}},
    };
    if (!samples_hold("eido", rows, sizeof rows / sizeof rows[0], &arena)) {
        AMP_TEST_SKIP("no sample messages");
    }
}

static void messages_of_a_subscription_are_read(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"{\"event\":{\"subscriptionId\":\"s\",\"notification\":[]}}", "\"eidos\":[]"},
        {"{\"eventResponse\":{\"transactionId\":\"t\",\"statusCode\":200}}",
         "\"kind\":\"eventResponse\",\"transaction_id\":\"t\",\"status_code\":200"},
        {"{\"subscribe\":{\"requestId\":\"r\",\"subscriptionId\":\"s\",\"expires\":60}}",
         "\"kind\":\"subscribe\",\"request_id\":\"r\",\"subscription_id\":\"s\""},
        {"{\"subscribe\":{\"requestId\":\"r\",\"requestType\":\"EIDO\",\"incidentId\":\"i\"}}",
         "\"incident_id\":\"i\""},
        {"{\"terminate\":{\"requestId\":\"r\",\"subscriptionId\":\"s\"}}",
         "\"kind\":\"terminate\""},
        {"{\"terminateResponse\":{\"requestId\":\"r\",\"statusCode\":200}}", "\"status_code\":200"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_buf out = amp_buf_make(1 << 20);
        struct amp_json js = amp_json_make(&out);
        struct amp_why why = {""};
        assert_int_equal(amp_intake_view(amp_intake_find(AMP_STR("eido")), amp_str_of(rows[i].text),
                                         &arena, &js, &why),
                         AMP_OK);
        text_says(amp_buf_cstr(&out), rows[i].says, rows[i].text);
        amp_buf_free(&out);
    }
}

/* The caller is placed by reference only; the routing location has an address. */
static void the_published_transfer_is_a_call_with_number_and_address(void **state)
{
    (void)state;
    const char *path = amp_testdata("messages/eido/nena_sample_call_transfer.json");
    AMP_TEST_NEEDS(path);
    struct amp_report report = {0};
    struct amp_why why = {""};
    assert_int_equal(amp_intake_parse(amp_intake_find(AMP_STR("eido")), file_text(path, &arena),
                                      &arena, &report, &why),
                     AMP_OK);
    assert_false(report.located);
    assert_true(amp_str_is(report.f.number, "8195551212"));
    assert_true(amp_str_is(report.f.place, "42 W Cellular Street, Wilmington, DE, US"));
    text_says(report.warning[0].ptr, "by reference only", "warning");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_component_without_a_required_member_is_refused_by_name),
        cmocka_unit_test(a_reference_to_nothing_and_an_id_twice_are_said),
        cmocka_unit_test(a_place_that_cannot_be_read_is_no_place),
        cmocka_unit_test(every_unit_status_goes_out_and_comes_back),
        cmocka_unit_test(what_is_written_follows_the_schema_and_says_the_same),
        cmocka_unit_test(a_transferred_incident_arrives_as_its_call),
        cmocka_unit_test(a_long_place_and_long_notes_are_cut_between_characters),
        cmocka_unit_test(an_incident_without_a_call_is_read_and_is_no_call),
        cmocka_unit_test(published_messages_are_read_with_their_parts),
        cmocka_unit_test(messages_of_a_subscription_are_read),
        cmocka_unit_test(the_published_transfer_is_a_call_with_number_and_address),
    };
    return cmocka_run_group_tests_name("intake/eido", tests, arena_set_up, arena_tear_down);
}
