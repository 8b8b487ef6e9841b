/* Records: what is personal is sealed, opens with its key alone, and is gone without it. */
#include "model/field.h"
#include "model/ring.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct amp_event call_event(void)
{
    struct amp_event event = {.kind = AMP_EV_CALL_RECEIVED,
                              .time_us = INT64_C(1900000000500000),
                              .actor = AMP_STR("ana"),
                              .role = AMP_ROLE_CALL_TAKER,
                              .key = AMP_STR("k-1"),
                              .print = 7};
    event.f.has = AMP_HAS(NUMBER) | AMP_HAS(NAME) | AMP_HAS(WORDS) | AMP_HAS(DEVICE) |
                  AMP_HAS(POS) | AMP_HAS(INCIDENT) | AMP_HAS(CALL) | AMP_HAS(RADIUS_M);
    event.f.incident.n = 3;
    event.f.call.n = 4;
    event.f.number = AMP_STR("+000 MARKED 1");
    event.f.name = AMP_STR("MARKED \"name\" \xc3\xa9");
    event.f.words = AMP_STR("MARKED words\n\x01");
    event.f.device = AMP_STR("MARKED-device");
    event.f.pos = (struct amp_pos){123456789, -987654321};
    event.f.radius_m = 20;
    return event;
}

struct desk {
    struct amp_ring ring;
    struct amp_sealer sealer;
    struct amp_arena arena;
    struct amp_buf json;
    struct amp_why why;
};

static int desk_setup(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    desk->ring.seed = 9;
    desk->sealer = amp_ring_sealer(&desk->ring);
    desk->arena = amp_arena_make(1 << 20);
    desk->json = amp_buf_make(AMP_EVENT_BYTES);
    *state = desk;
    return (int)amp_crypto_start();
}

static int desk_teardown(void **state)
{
    struct desk *desk = *state;
    amp_ring_finish(&desk->ring);
    amp_arena_drop(&desk->arena);
    amp_buf_free(&desk->json);
    free(desk);
    return 0;
}

static amp_err read_again(struct desk *desk, const struct amp_sealer *sealer, struct amp_event *out)
{
    desk->why.text[0] = '\0';
    return amp_event_read(amp_buf_view(&desk->json), sealer, &desk->arena, out, &desk->why);
}

static void what_is_personal_is_sealed_and_comes_back_whole(void **state)
{
    struct desk *desk = *state;
    struct amp_event event = call_event();
    struct amp_event read = {0};
    amp_event_write(&event, &desk->sealer, &desk->json);
    const char *json = amp_buf_cstr(&desk->json);
    assert_null(strstr(json, "MARKED"));
    assert_null(strstr(json, "12.3456789"));
    assert_non_null(strstr(json, "{\"v\":2,\"kind\":\"call-received\""));
    assert_non_null(strstr(json, "\"actor\":\"ana\",\"role\":\"call-taker\",\"key\":\"k-1\""));
    assert_non_null(
        strstr(json, "\"incident\":\"I-3\",\"call\":\"C-4\",\"radius_m\":20,\"sealed\""));
    assert_int_equal(read_again(desk, &desk->sealer, &read), AMP_OK);
    assert_true(read.f.has == event.f.has && !read.gone);
    assert_int_equal(read.role, AMP_ROLE_CALL_TAKER);
    /* the plain forms of both are the same, so every field is */
    struct amp_buf before = amp_buf_make(AMP_EVENT_BYTES);
    struct amp_buf after = amp_buf_make(AMP_EVENT_BYTES);
    amp_event_write(&event, NULL, &before);
    amp_event_write(&read, NULL, &after);
    assert_true(amp_str_eq(amp_buf_view(&before), amp_buf_view(&after)));
    assert_non_null(strstr(amp_buf_cstr(&before), "{\"v\":1,"));
    amp_buf_free(&before);
    amp_buf_free(&after);
}

static void an_event_without_personal_fields_has_no_seal_and_needs_no_key(void **state)
{
    struct desk *desk = *state;
    struct amp_event event = {.kind = AMP_EV_INCIDENT_VIEWED, .actor = AMP_STR("ana")};
    struct amp_event read = {0};
    event.f = (struct amp_fields){
        .has = AMP_HAS(INCIDENT) | AMP_HAS(LOOK), .incident = {5}, .look = AMP_STR("timeline")};
    amp_ring_drop(&desk->ring, event.f.incident);
    amp_event_write(&event, &desk->sealer, &desk->json);
    assert_null(strstr(amp_buf_cstr(&desk->json), "sealed"));
    assert_int_equal(read_again(desk, NULL, &read), AMP_OK);
    assert_false(read.gone);
}

static void without_its_key_an_event_is_gone_and_without_personal_fields(void **state)
{
    struct desk *desk = *state;
    struct amp_event event = call_event();
    struct amp_event read = {0};
    amp_event_write(&event, &desk->sealer, &desk->json);
    amp_ring_drop(&desk->ring, (struct amp_incident_id){3});
    for (int with = 0; with < 2; with++) {
        assert_int_equal(read_again(desk, with ? &desk->sealer : NULL, &read), AMP_OK);
        assert_true(read.gone);
        assert_true(read.f.has == (AMP_HAS(INCIDENT) | AMP_HAS(CALL) | AMP_HAS(RADIUS_M)));
    }
    struct amp_event note = {.kind = AMP_EV_NOTE_ADDED, .actor = AMP_STR("ana")};
    note.f = (struct amp_fields){
        .has = AMP_HAS(INCIDENT) | AMP_HAS(TEXT), .incident = {4}, .text = AMP_STR("x")};
    amp_buf_clear(&desk->json);
    amp_event_write(&note, &desk->sealer, &desk->json);
    assert_int_equal(read_again(desk, NULL, &read), AMP_OK); /* its text is not missed */
    assert_true(read.gone);
}

static void writing_without_the_key_fails_and_says_so(void **state)
{
    struct desk *desk = *state;
    struct amp_event event = call_event();
    amp_ring_drop(&desk->ring, event.f.incident);
    amp_event_write(&event, &desk->sealer, &desk->json);
    assert_int_equal(amp_buf_err(&desk->json), AMP_E_NOT_FOUND);
}

static void the_reason_of_an_erasure_outlives_the_key_of_its_incident(void **state)
{
    struct desk *desk = *state;
    struct amp_event event = {.kind = AMP_EV_INCIDENT_ERASED, .actor = AMP_STR("ana")};
    struct amp_event read = {0};
    event.f = (struct amp_fields){.has = AMP_HAS(INCIDENT) | AMP_HAS(REASON),
                                  .incident = {5},
                                  .reason = AMP_STR("MARKED reason")};
    amp_ring_drop(&desk->ring, event.f.incident);
    amp_event_write(&event, &desk->sealer, &desk->json);
    assert_null(strstr(amp_buf_cstr(&desk->json), "MARKED"));
    assert_int_equal(read_again(desk, &desk->sealer, &read), AMP_OK);
    assert_true(amp_str_is(read.f.reason, "MARKED reason"));
    event.kind = AMP_EV_SESSION_ENDED; /* no incident: the service's own key */
    event.f = (struct amp_fields){.has = AMP_HAS(ACCOUNT) | AMP_HAS(SESSION) | AMP_HAS(REASON),
                                  .account = AMP_STR("ana"),
                                  .session = AMP_STR("s1"),
                                  .reason = AMP_STR("MARKED reason")};
    assert_int_equal(amp_event_key_of(&event).n, 0);
}

/* Reads what was written with one piece of its text replaced. */
static amp_err read_changed(struct desk *desk, const char *from, const char *to)
{
    struct amp_event read = {.seq = 77};
    struct amp_buf changed = amp_buf_make(2 * AMP_EVENT_BYTES);
    const char *json = amp_buf_cstr(&desk->json);
    const char *at = strstr(json, from);
    assert_non_null(at);
    amp_buf_put(&changed, json, (size_t)(at - json));
    amp_buf_text(&changed, to);
    amp_buf_text(&changed, at + strlen(from));
    amp_err err =
        amp_event_read(amp_buf_view(&changed), &desk->sealer, &desk->arena, &read, &desk->why);
    assert_int_equal(read.seq, 77);
    amp_buf_free(&changed);
    return err;
}

static void a_seal_that_was_altered_moved_or_made_with_another_key_is_corrupt(void **state)
{
    struct desk *desk = *state;
    struct amp_event event = call_event();
    struct amp_event read = {0};
    amp_event_write(&event, &desk->sealer, &desk->json);
    assert_int_equal(read_changed(desk, "\"incident\":\"I-3\"", "\"incident\":\"I-2\""),
                     AMP_E_CORRUPT);
    assert_int_equal(read_changed(desk, "T17:46:40.5", "T17:46:41.5"), AMP_E_CORRUPT);
    assert_int_equal(read_changed(desk, "call-received", "note-added"), AMP_E_CORRUPT);
    assert_int_equal(read_changed(desk, "\"sealed\":\"", "\"sealed\":\"AAAA"), AMP_E_CORRUPT);
    assert_int_equal(read_changed(desk, "\"sealed\":\"", "\"sealed\":\"*"), AMP_E_CORRUPT);
    assert_non_null(strstr(desk->why.text, "does not open"));
    char *last = &desk->json.data[desk->json.len - 5];
    char kept = *last;
    *last = kept == 'A' ? 'B' : 'A';
    assert_int_equal(read_again(desk, &desk->sealer, &read), AMP_E_CORRUPT);
    *last = kept;
    assert_int_equal(read_again(desk, &desk->sealer, &read), AMP_OK);
    desk->ring.seed++;
    assert_int_equal(read_again(desk, &desk->sealer, &read), AMP_E_CORRUPT);
}

static void in_version_2_nothing_personal_is_read_from_a_plain_member(void **state)
{
    struct desk *desk = *state;
    struct amp_event read = {0};
    amp_buf_text(&desk->json, "{\"v\":2,\"kind\":\"note-added\",\"time\":\"2030-01-01T00:00:00Z\","
                              "\"actor\":\"a\",\"incident\":\"I-1\",\"text\":\"x\"}");
    assert_int_equal(read_again(desk, &desk->sealer, &read), AMP_E_MISSING);
}

static void every_role_has_a_name_that_leads_back_to_it(void **state)
{
    (void)state;
    enum amp_role role = AMP_ROLE_NONE;
    for (int i = AMP_ROLE_NONE + 1; i < AMP_ROLES; i++) {
        assert_int_equal(amp_role_of(amp_str_of(amp_role_name((enum amp_role)i)), &role), AMP_OK);
        assert_int_equal(role, i);
        assert_true(strlen(amp_role_words((enum amp_role)i)) > 0);
    }
    assert_int_equal(amp_role_of(AMP_STR("none"), &role), AMP_E_RANGE);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ROW(what_is_personal_is_sealed_and_comes_back_whole),
        ROW(an_event_without_personal_fields_has_no_seal_and_needs_no_key),
        ROW(without_its_key_an_event_is_gone_and_without_personal_fields),
        ROW(writing_without_the_key_fails_and_says_so),
        ROW(the_reason_of_an_erasure_outlives_the_key_of_its_incident),
        ROW(a_seal_that_was_altered_moved_or_made_with_another_key_is_corrupt),
        ROW(in_version_2_nothing_personal_is_read_from_a_plain_member),
        cmocka_unit_test(every_role_has_a_name_that_leads_back_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
