/* Ids, lives, fields, and the JSON of events and commands. */
#include "model/event.h"
#include "model/field.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void ids_are_written_and_read(void **state)
{
    (void)state;
    char text[AMP_ID_TEXT];
    struct amp_incident_id id = {0};
    amp_incident_id_text((struct amp_incident_id){UINT32_MAX}, text);
    assert_string_equal(text, "I-4294967295");
    assert_int_equal(amp_incident_id_parse(amp_str_of(text), &id), AMP_OK);
    assert_int_equal(id.n, UINT32_MAX);
    static const char *const good[] = {"I-12", "i-12", "12"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(amp_incident_id_parse(amp_str_of(good[i]), &id), AMP_OK);
        assert_int_equal(id.n, 12);
    }
    static const char *const bad[] = {"",     "0",    "I-0", "I-",   "I12",  "C-12",        "I-+1",
                                      "I--1", "I-01", "-1",  " I-1", "I-1 ", "I-4294967296"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_not_equal(amp_incident_id_parse(amp_str_of(bad[i]), &id), AMP_OK);
        assert_int_equal(id.n, 12);
    }
}

static void every_state_has_a_name_that_leads_back_to_it(void **state)
{
    (void)state;
    for (int i = 0; i < AMP_UNIT_STATUSES; i++) {
        enum amp_unit_status status = (enum amp_unit_status)i;
        enum amp_unit_status back = AMP_UNIT_STATUSES;
        assert_int_equal(amp_unit_status_of(amp_str_of(amp_unit_status_name(status)), &back), 0);
        assert_int_equal(back, status);
        assert_false(amp_unit_may(status, status));
        /* whatever happens, a crew can get free again, and cannot be both free and busy */
        assert_true(status == AMP_UNIT_AVAILABLE || amp_unit_may(status, AMP_UNIT_AVAILABLE));
        assert_false(amp_unit_is_free(status) && amp_unit_is_busy(status));
    }
    for (int i = 0; i < AMP_INCIDENT_STATES; i++) {
        enum amp_incident_state one = (enum amp_incident_state)i;
        enum amp_incident_state back = AMP_INCIDENT_STATES;
        assert_int_equal(amp_incident_state_of(amp_str_of(amp_incident_state_name(one)), &back), 0);
        assert_int_equal(back, one);
        assert_true(one == AMP_INCIDENT_CLOSED || amp_incident_may(one, AMP_INCIDENT_CLOSED));
    }
}

static void no_field_is_both_required_and_optional_and_no_two_kinds_share_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < AMP_EV_COUNT; i++) {
        assert_non_null(amp_event_rows[i].name);
        assert_true((amp_event_rows[i].must & amp_event_rows[i].may) == 0);
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(amp_event_rows[i].name, amp_event_rows[k].name);
        }
    }
    for (int i = 0; i < AMP_CMD_COUNT; i++) {
        assert_non_null(amp_command_rows[i].name);
        assert_true((amp_command_rows[i].must & amp_command_rows[i].may) == 0);
    }
}

static amp_err event_read(const char *json, struct amp_event *out, struct amp_why *why)
{
    static struct amp_arena arena;
    amp_arena_drop(&arena);
    arena = amp_arena_make(1 << 20);
    return amp_event_read(amp_str_of(json), NULL, &arena, out, why);
}

#define HEAD "{\"v\":1,\"kind\":\"note-added\",\"time\":\"2030-01-01T00:00:00Z\",\"actor\":\"a\","

static void unknown_members_of_an_event_are_ignored(void **state)
{
    (void)state;
    struct amp_event event = {0};
    assert_int_equal(
        event_read(HEAD "\"incident\":\"I-1\",\"text\":\"x\",\"later\":[{}]}", &event, NULL),
        AMP_OK);
    struct amp_buf buf = amp_buf_make(1024);
    amp_event_write(&event, NULL, &buf);
    assert_string_equal(amp_buf_cstr(&buf), HEAD "\"incident\":\"I-1\",\"text\":\"x\"}");
    amp_buf_free(&buf);
}

static void a_wrong_event_is_refused_with_a_sentence(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *json;
        amp_err err;
        const char *words;
    } rows[] = {
        {"[]",
         AMP_E_SYNTAX, "an event is a JSON object"},
        {"{",
         AMP_E_SYNTAX, "line 1"},
        {"{\"v\":3,\"kind\":\"note-added\"}",
         AMP_E_RANGE, "\"v\" is 3"},
        {"{\"v\":1}",
         AMP_E_MISSING, "\"kind\""},
        {"{\"v\":1,\"kind\":\"nothing\"}",
         AMP_E_RANGE, "no kind of event"},
        {HEAD "\"text\":\"x\"}",
         AMP_E_MISSING, "note-added needs \"incident\""},
        {HEAD "\"incident\":\"I-1\",\"text\":\"x\",\"key\":\"k\",\"print\":65536}",
         AMP_E_RANGE, "\"print\""},
        {HEAD "\"incident\":7,\"text\":\"x\"}",
         AMP_E_SYNTAX, "an incident such as"},
        {HEAD "\"incident\":\"I-1\",\"text\":\"\"}",
         AMP_E_MISSING, "needs \"text\""},
        {HEAD "\"incident\":\"I-1\",\"text\":\"x\",\"unit\":\"a b\"}",
         AMP_E_RANGE, "a word"},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct amp_event event = {.seq = 77};
        struct amp_why why = {{0}};
        assert_int_equal(event_read(rows[i].json, &event, &why), rows[i].err);
        if (!strstr(why.text, rows[i].words)) {
            fail_msg("\"%s\" lacks \"%s\"", why.text, rows[i].words);
        }
        assert_int_equal(event.seq, 77);
    }
}

static void a_typing_error_in_a_command_does_not_vanish(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_fields f = {.incident = {3}, .has = AMP_HAS(INCIDENT)};
    struct amp_why why = {{0}};
    amp_field_set given = AMP_HAS(INCIDENT);
    assert_int_equal(
        amp_command_read(AMP_CMD_TRIAGE, AMP_STR("{\"priorty\":1}"), given, &arena, &f, &why),
        AMP_E_SYNTAX);
    assert_non_null(strstr(why.text, "triage has no member \"priorty\""));
    assert_int_equal(amp_command_read(AMP_CMD_TRIAGE, AMP_STR("{\"incident\":\"I-4\"}"), given,
                                      &arena, &f, &why),
                     AMP_E_SYNTAX);
    assert_non_null(strstr(why.text, "given by the address"));
    assert_int_equal(amp_command_read(AMP_CMD_PLACE,
                                      AMP_STR("{\"pos\":{\"lat\":1,\"lon\":2,\"radius\":3}}"),
                                      given, &arena, &f, &why),
                     AMP_E_SYNTAX);
    assert_non_null(strstr(why.text, "beside lat and lon"));
    assert_int_equal(
        amp_command_read(AMP_CMD_TRIAGE, AMP_STR("{\"priority\":6}"), given, &arena, &f, &why),
        AMP_E_RANGE);
    assert_int_equal(amp_command_read(AMP_CMD_DISPATCH, AMP_STR(" "), given, &arena, &f, &why),
                     AMP_E_MISSING);
    assert_int_equal(amp_command_read(AMP_CMD_CLOSE, AMP_STR(""), given, &arena, &f, &why), AMP_OK);
    assert_int_equal(f.incident.n, 3);
    assert_true(f.has == AMP_HAS(INCIDENT));
    assert_int_equal(amp_command_read(AMP_CMD_TRIAGE, AMP_STR("{\"priority\":2,\"type\":null}"),
                                      given, &arena, &f, &why),
                     AMP_OK);
    assert_true(f.has == (AMP_HAS(INCIDENT) | AMP_HAS(PRIORITY)));
    amp_arena_drop(&arena);
}

static void a_position_may_lie_flat_in_the_body(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_fields f = {0};
    struct amp_why why = {{0}};
    assert_int_equal(amp_command_read(AMP_CMD_TAKE_CALL,
                                      AMP_STR("{\"lat\":-25.5,\"lon\":32.25,\"words\":\"help\"}"),
                                      0, &arena, &f, &why),
                     AMP_OK);
    assert_true(f.has == (AMP_HAS(POS) | AMP_HAS(WORDS)));
    assert_int_equal(f.pos.lat_e7, -255000000);
    assert_int_equal(f.pos.lon_e7, 322500000);
    f.has = 0;
    assert_int_equal(amp_command_read(AMP_CMD_MAKE_CLOSURE, AMP_STR("{\"lat\":1,\"lon\":2}"), 0,
                                      &arena, &f, &why),
                     AMP_OK);
    assert_true(f.has == AMP_HAS(SITE));
    static const struct {
        const char *body;
        amp_err err;
    } wrong[] = {
        {"{\"lat\":1}", AMP_E_MISSING},
        {"{\"lat\":1,\"lon\":2,\"pos\":{\"lat\":1,\"lon\":2}}", AMP_E_SYNTAX},
        {"{\"lat\":91,\"lon\":2}", AMP_E_RANGE},
        {"{\"lat\":\"1\",\"lon\":2}", AMP_E_SYNTAX},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(
            amp_command_read(AMP_CMD_TAKE_CALL, amp_str_of(wrong[i].body), 0, &arena, &f, &why),
            wrong[i].err);
    }
    assert_int_equal(
        amp_command_read(AMP_CMD_ADD_NOTE, AMP_STR("{\"lat\":1,\"lon\":2}"), 0, &arena, &f, &why),
        AMP_E_SYNTAX);
    assert_true(f.has == AMP_HAS(SITE)); /* untouched */
    amp_arena_drop(&arena);
}

static void a_radius_with_decimals_is_rounded_up(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_fields f = {0};
    struct amp_why why = {{0}};
    assert_int_equal(
        amp_command_read(AMP_CMD_TAKE_CALL, AMP_STR("{\"radius_m\":12.1}"), 0, &arena, &f, &why),
        AMP_OK);
    assert_int_equal(f.radius_m, 13);
    assert_int_equal(
        amp_command_read(AMP_CMD_TAKE_CALL, AMP_STR("{\"radius_m\":1e300}"), 0, &arena, &f, &why),
        AMP_E_RANGE);
    assert_int_equal(
        amp_command_read(AMP_CMD_TAKE_CALL, AMP_STR("{\"priority\":1.5}"), 0, &arena, &f, &why),
        AMP_E_SYNTAX);
    amp_arena_drop(&arena);
}

static void every_limit_of_a_field_is_kept(void **state)
{
    (void)state;
    static char bytes[AMP_TEXT_MAX + 2];
    memset(bytes, 'a', sizeof(bytes) - 1);
    struct amp_command command = {
        .kind = AMP_CMD_TAKE_CALL, .time_us = 0, .actor = AMP_STR("desk")};
    struct amp_why why = {{0}};
    command.f.has = AMP_HAS(WORDS);
    command.f.words = (struct amp_str){bytes, AMP_TEXT_MAX};
    assert_int_equal(amp_command_check(&command, &why), AMP_OK);
    command.f.words.len++;
    assert_int_equal(amp_command_check(&command, &why), AMP_E_LIMIT);
    command.f.has = AMP_HAS(NAME);
    command.f.name = (struct amp_str){bytes, AMP_LINE_MAX + 1};
    assert_int_equal(amp_command_check(&command, &why), AMP_E_LIMIT);
    command.f.name = AMP_STR("two\nlines");
    assert_int_equal(amp_command_check(&command, &why), AMP_E_RANGE);
    command.f.has = AMP_HAS(POS);
    command.f.pos = (struct amp_pos){900000001, 0};
    assert_int_equal(amp_command_check(&command, &why), AMP_E_RANGE);
    command.f.has = AMP_HAS(UNIT);
    command.f.unit = AMP_STR("M1");
    assert_int_equal(amp_command_check(&command, &why), AMP_E_SYNTAX);
    command.f.has = 0;
    command.key = (struct amp_str){bytes, AMP_KEY_MAX};
    assert_int_equal(amp_command_check(&command, &why), AMP_OK);
    command.key.len++;
    assert_int_equal(amp_command_check(&command, &why), AMP_E_RANGE);
    command.key.len = 0;
    command.actor = AMP_STR("");
    assert_int_equal(amp_command_check(&command, &why), AMP_E_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_written_and_read),
        cmocka_unit_test(every_state_has_a_name_that_leads_back_to_it),
        cmocka_unit_test(no_field_is_both_required_and_optional_and_no_two_kinds_share_a_name),
        cmocka_unit_test(unknown_members_of_an_event_are_ignored),
        cmocka_unit_test(a_wrong_event_is_refused_with_a_sentence),
        cmocka_unit_test(a_typing_error_in_a_command_does_not_vanish),
        cmocka_unit_test(a_position_may_lie_flat_in_the_body),
        cmocka_unit_test(a_radius_with_decimals_is_rounded_up),
        cmocka_unit_test(every_limit_of_a_field_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
