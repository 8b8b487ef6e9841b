/*
 * The golden journals: they load for ever, are written again byte for byte, and each adds up to one
 * digest.
 */
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    FILE_MAX = 1 << 16
};

/* Change only when the digest itself learns a new member, never because of the journal. */
static const uint64_t golden_digest_1 = UINT64_C(0xb0bb286eefb4c2eb);
static const uint64_t golden_digest_2 = UINT64_C(0x10da12877f96f20f);
static const uint64_t golden_digest_exchange = UINT64_C(0xb9a6d28aaf78aa4d);
static const uint64_t golden_digest_closures = UINT64_C(0x7ff2b07bcb80a2b5);
static const uint64_t golden_digest_texts = UINT64_C(0xa473734b480014a8);
static const uint64_t golden_digest_levels = UINT64_C(0x4ca42a99225ace0f);
static const uint64_t golden_digest_warnings = UINT64_C(0x750d17fe51a1846b);
static const uint64_t golden_digest_aid = UINT64_C(0x0c92fd9b294a74c6);
static const uint64_t golden_digest_network = UINT64_C(0x6b1988cb006b5d91);
static const uint64_t golden_digest_hospitals = UINT64_C(0x00037febf4117f04);

static struct amp_str golden_text(const char *name, char *buf)
{
    const char *root = getenv("AMPARO_SOURCE_ROOT");
    char path[1024];
    snprintf(path, sizeof(path), "%s/tests/journals/%s", root ? root : ".", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(buf, 1, FILE_MAX, file);
    fclose(file);
    assert_true(len > 0 && len < FILE_MAX);
    return (struct amp_str){buf, len};
}

/* Folds the text; `seen` learns the kinds that are in it. With `rewrite`, compares what it writes.
 */
static uint64_t text_fold(struct amp_str text, const struct amp_sealer *sealer, bool rewrite,
                          bool seen[AMP_EV_COUNT])
{
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_buf again = amp_buf_make(FILE_MAX);
    struct amp_state fold;
    struct amp_why why = {{0}};
    assert_int_equal(amp_state_init(&fold), AMP_OK);
    while (text.len) {
        struct amp_str line = {0};
        struct amp_event event = {0};
        text = amp_str_cut(text, '\n', &line);
        amp_err err = amp_event_read(line, sealer, &arena, &event, &why);
        event.seq = fold.seq + 1;
        err = err ? err : amp_apply(&fold, &event, &why);
        if (err) {
            fail_msg("%s: %.*s", why.text, (int)line.len, line.ptr);
        }
        amp_buf_clear(&again);
        if (rewrite) {
            amp_event_write(&event, sealer, &again);
            assert_true(amp_str_eq(amp_buf_view(&again), line));
        }
        seen[event.kind] = true;
    }
    uint64_t digest = amp_state_digest(&fold);
    amp_state_finish(&fold);
    amp_buf_free(&again);
    amp_arena_drop(&arena);
    return digest;
}

static void kinds_check(const bool seen[AMP_EV_COUNT], int last)
{
    for (int kind = 0; kind <= last; kind++) {
        if (!seen[kind]) {
            fail_msg("the golden journal has no %s", amp_event_rows[kind].name);
        }
    }
}

static void digest_check(uint64_t digest, uint64_t expected)
{
    if (digest != expected) {
        fail_msg("the digest is 0x%016llx", (unsigned long long)digest);
    }
}

static void the_golden_journal_loads_is_written_the_same_and_folds_to_its_digest(void **state)
{
    (void)state;
    static char buf[FILE_MAX];
    bool seen[AMP_EV_COUNT] = {false};
    uint64_t digest = text_fold(golden_text("v1.jsonl", buf), NULL, true, seen);
    kinds_check(seen, AMP_EV_ALARM_ACKNOWLEDGED); /* the kinds of version 1 */
    digest_check(digest, golden_digest_1);
}

static void the_sealed_one_does_too_and_adds_up_to_the_same_without_the_erased_keys(void **state)
{
    (void)state;
    static char buf[FILE_MAX];
    struct amp_ring ring = {.seed = 1};
    struct amp_sealer sealer = amp_ring_sealer(&ring);
    bool seen[AMP_EV_COUNT] = {false};
    assert_int_equal(amp_crypto_start(), AMP_OK);
    struct amp_str text = golden_text("v2.jsonl", buf);
    uint64_t digest = text_fold(text, &sealer, true, seen);
    kinds_check(seen, AMP_EV_LOG_KEY_SET); /* the kinds of version 2 */
    digest_check(digest, golden_digest_2);
    amp_ring_drop(&ring, (struct amp_incident_id){1});
    amp_ring_drop(&ring, (struct amp_incident_id){2});
    digest_check(text_fold(text, &sealer, false, seen), golden_digest_2);
    amp_ring_finish(&ring);
}

/* A journal of kinds that version 2 learnt since, sealed as v2.jsonl is: which kinds it has. */
static void golden_check(const char *name, uint64_t digest, bool seen[AMP_EV_COUNT])
{
    static char buf[FILE_MAX];
    struct amp_ring ring = {.seed = 1};
    struct amp_sealer sealer = amp_ring_sealer(&ring);
    assert_int_equal(amp_crypto_start(), AMP_OK);
    digest_check(text_fold(golden_text(name, buf), &sealer, true, seen), digest);
    amp_ring_finish(&ring);
}

static void all_seen(const bool seen[AMP_EV_COUNT], enum amp_event_kind first,
                     enum amp_event_kind last)
{
    for (int kind = (int)first; kind <= (int)last; kind++) {
        assert_true(seen[kind]);
    }
}

/* The shapes, directions and paces that closures have since they learnt them. */
static void closures_of_every_shape_load_and_are_written_the_same(void **state)
{
    (void)state;
    bool seen[AMP_EV_COUNT] = {false};
    golden_check("v2-closures.jsonl", golden_digest_closures, seen);
    assert_true(seen[AMP_EV_CLOSURE_MADE] && seen[AMP_EV_CLOSURE_LIFTED] &&
                seen[AMP_EV_CLOSURE_CHANGED] && seen[AMP_EV_CLOSURE_RESTORED]);
}

static void hospitals_and_their_states_load_and_are_written_the_same(void **state)
{
    (void)state;
    bool seen[AMP_EV_COUNT] = {false};
    golden_check("v2-hospitals.jsonl", golden_digest_hospitals, seen);
    assert_true(seen[AMP_EV_HOSPITAL_ADDED] && seen[AMP_EV_HOSPITAL_CHANGED] &&
                seen[AMP_EV_HOSPITAL_STATUS_SET]);
}

static void levels_of_alarm_load_and_are_written_the_same(void **state)
{
    (void)state;
    bool seen[AMP_EV_COUNT] = {false};
    golden_check("v2-levels.jsonl", golden_digest_levels, seen);
    assert_true(seen[AMP_EV_ALARM_LEVEL_SET]);
}

/* Conversations with callers, and who else is told of events. */
static void texts_and_webhooks_load_and_are_written_the_same(void **state)
{
    (void)state;
    bool seen[AMP_EV_COUNT] = {false};
    golden_check("v2-texts.jsonl", golden_digest_texts, seen);
    all_seen(seen, AMP_EV_MESSAGE_RECEIVED, AMP_EV_MESSAGE_FAILED);
    assert_true(seen[AMP_EV_WEBHOOK_ADDED] && seen[AMP_EV_WEBHOOK_REMOVED]);
}

/* What passes between centres, and alerts. */
static void exchanges_and_alerts_load_and_are_written_the_same(void **state)
{
    (void)state;
    bool seen[AMP_EV_COUNT] = {false};
    golden_check("v2-exchange.jsonl", golden_digest_exchange, seen);
    all_seen(seen, AMP_EV_TRANSFER_OFFERED, AMP_EV_ALERT_ENDED);
}

static void warnings_load_and_are_written_the_same(void **state)
{
    (void)state;
    bool seen[AMP_EV_COUNT] = {false};
    golden_check("v2-warnings.jsonl", golden_digest_warnings, seen);
    all_seen(seen, AMP_EV_WARNING_DRAFTED, AMP_EV_WARNING_ENDED);
}

/* Crews asked of another agency, and lent by an agreement. */
static void requests_for_aid_load_and_are_written_the_same(void **state)
{
    (void)state;
    bool seen[AMP_EV_COUNT] = {false};
    golden_check("v2-aid.jsonl", golden_digest_aid, seen);
    all_seen(seen, AMP_EV_AID_REQUESTED, AMP_EV_AID_WITHDRAWN);
}

/* What SIP and the network call calls and their incidents. */
static void names_of_the_network_load_and_are_written_the_same(void **state)
{
    (void)state;
    bool seen[AMP_EV_COUNT] = {false};
    golden_check("v2-network.jsonl", golden_digest_network, seen);
    assert_true(seen[AMP_EV_CALL_RECEIVED] && seen[AMP_EV_CALL_LINE]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_journal_loads_is_written_the_same_and_folds_to_its_digest),
        cmocka_unit_test(the_sealed_one_does_too_and_adds_up_to_the_same_without_the_erased_keys),
        cmocka_unit_test(closures_of_every_shape_load_and_are_written_the_same),
        cmocka_unit_test(levels_of_alarm_load_and_are_written_the_same),
        cmocka_unit_test(texts_and_webhooks_load_and_are_written_the_same),
        cmocka_unit_test(hospitals_and_their_states_load_and_are_written_the_same),
        cmocka_unit_test(requests_for_aid_load_and_are_written_the_same),
        cmocka_unit_test(exchanges_and_alerts_load_and_are_written_the_same),
        cmocka_unit_test(warnings_load_and_are_written_the_same),
        cmocka_unit_test(names_of_the_network_load_and_are_written_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
