/* apply under short memory and with journals that cannot be: all or nothing. */
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The linker sends every allocation through here; number `fail_at` of them fails (0: none). */
static unsigned long fail_at;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);

static bool fails_now(void)
{
    return fail_at && --fail_at == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
    return fails_now() ? NULL : __real_reallocarray(old, n, size);
}

static struct amp_str golden_text(const char *name)
{
    static char buf[1 << 16];
    const char *root = getenv("AMPARO_SOURCE_ROOT");
    char path[1024];
    snprintf(path, sizeof(path), "%s/tests/journals/%s", root ? root : ".", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(buf, 1, sizeof(buf), file);
    fclose(file);
    return (struct amp_str){buf, len};
}

/* Fails the first, second, ... allocation until the event goes through. */
static void apply_at_last(struct amp_state *fold, const struct amp_event *event)
{
    uint64_t before = amp_state_digest(fold);
    for (unsigned long n = 1;; n++) {
        assert_true(n < 1000);
        fail_at = n;
        amp_err err = amp_apply(fold, event, NULL);
        fail_at = 0;
        if (!err) {
            return;
        }
        assert_int_equal(err, AMP_E_NOMEM);
        assert_true(amp_state_digest(fold) == before);
    }
}

static void journal_apply(const char *name, const struct amp_sealer *sealer)
{
    struct amp_state plain;
    struct amp_state tortured;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_str text = golden_text(name);
    assert_int_equal(amp_state_init(&plain), AMP_OK);
    assert_int_equal(amp_state_init(&tortured), AMP_OK);
    while (text.len) {
        struct amp_str line = {0};
        struct amp_event event = {0};
        text = amp_str_cut(text, '\n', &line);
        assert_int_equal(amp_event_read(line, sealer, &arena, &event, NULL), AMP_OK);
        event.seq = plain.seq + 1;
        assert_int_equal(amp_apply(&plain, &event, NULL), AMP_OK);
        apply_at_last(&tortured, &event);
        assert_true(amp_state_digest(&plain) == amp_state_digest(&tortured));
    }
    amp_state_finish(&plain);
    amp_state_finish(&tortured);
    amp_arena_drop(&arena);
}

static void short_memory_at_any_allocation_changes_nothing(void **state)
{
    (void)state;
    struct amp_ring ring = {.seed = 1};
    struct amp_sealer sealer = amp_ring_sealer(&ring);
    assert_int_equal(amp_crypto_start(), AMP_OK);
    journal_apply("v1.jsonl", NULL);
    journal_apply("v2.jsonl", &sealer);
    journal_apply("v2.jsonl", NULL); /* every key is gone */
}

#define SITE "\"site\":{\"lat\":1,\"lon\":1}"

static void an_event_that_cannot_be_is_corrupt_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "\"kind\":\"incident-opened\",\"incident\":\"I-9\"",
        "\"kind\":\"call-received\",\"incident\":\"I-1\",\"call\":\"C-9\"",
        "\"kind\":\"call-ended\",\"incident\":\"I-1\",\"call\":\"C-9\"",
        "\"kind\":\"unit-dispatched\",\"incident\":\"I-1\",\"unit\":\"M1\"",
        "\"kind\":\"unit-dispatched\",\"incident\":\"I-1\",\"unit\":\"Q1\"",
        "\"kind\":\"unit-status\",\"unit\":\"B1\",\"status\":\"on-scene\"",
        "\"kind\":\"unit-status\",\"unit\":\"M1\",\"status\":\"available\"",
        "\"kind\":\"unit-released\",\"incident\":\"I-1\",\"unit\":\"B1\",\"status\":\"available\"",
        "\"kind\":\"unit-released\",\"incident\":\"I-1\",\"unit\":\"M1\",\"status\":\"en-route\"",
        "\"kind\":\"incident-closed\",\"incident\":\"I-1\"",
        "\"kind\":\"incident-reopened\",\"incident\":\"I-1\"",
        "\"kind\":\"incident-merged\",\"incident\":\"I-1\",\"into\":\"I-1\"",
        "\"kind\":\"closure-lifted\",\"closure\":\"X-4\"",
        ("\"kind\":\"closure-changed\",\"closure\":\"X-4\"," SITE),
        "\"kind\":\"closure-restored\",\"closure\":\"X-4\"",
        ("\"kind\":\"closure-made\",\"closure\":\"X-2\"," SITE),
        "\"kind\":\"unit-added\",\"unit\":\"M1\",\"unit_kind\":\"x\",\"capabilities\":[]",
        ("\"kind\":\"station-added\",\"station\":\"S1\",\"label\":\"x\"," SITE),
        "\"kind\":\"alarm-acknowledged\",\"incident\":\"I-1\",\"alarm\":\"silent\"",
        "\"kind\":\"agency-added\",\"agency\":\"-\",\"label\":\"x\"",
        "\"kind\":\"account-added\",\"account\":\"a\",\"account_role\":\"crew\",\"unit\":\"Q1\"",
        ("\"kind\":\"account-added\",\"account\":\"a\",\"account_role\":\"admin\","
         "\"agency\":\"x\""),
        "\"kind\":\"account-changed\",\"account\":\"a\",\"disabled\":true",
        "\"kind\":\"credential-set\",\"account\":\"a\",\"factor\":\"password\"",
        ("\"kind\":\"session-opened\",\"account\":\"a\",\"session\":\"s\","
         "\"factor\":\"password\""),
        "\"kind\":\"session-ended\",\"account\":\"a\",\"session\":\"s\"",
        "\"kind\":\"login-failed\",\"account\":\"a\",\"factor\":\"password\"",
        "\"kind\":\"token-made\",\"account\":\"a\",\"token\":\"t\",\"scopes\":[]",
        "\"kind\":\"token-revoked\",\"account\":\"a\",\"token\":\"t\"",
        "\"kind\":\"incident-viewed\",\"incident\":\"I-9\",\"look\":\"list\"",
        "\"kind\":\"incident-shared\",\"incident\":\"I-1\",\"agency\":\"x\"",
        "\"kind\":\"incident-unshared\",\"incident\":\"I-1\",\"agency\":\"-\"",
        "\"kind\":\"hold-placed\",\"incident\":\"I-9\"",
        "\"kind\":\"hold-lifted\",\"incident\":\"I-9\"",
        "\"kind\":\"incident-erased\",\"incident\":\"I-1\"",
        "\"kind\":\"incident-opened\",\"incident\":\"I-2\",\"agency\":\"x\"",
    };
    struct testbed bed;
    struct amp_arena arena = amp_arena_make(1 << 20);
    char json[512];
    testbed_open(&bed);
    testbed_fleet(&bed);
    testbed_must(&bed, AMP_CMD_TAKE_CALL, "{}");
    testbed_must(&bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    uint64_t before = amp_state_digest(&bed.state);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct amp_event event = {0};
        struct amp_why why = {{0}};
        snprintf(json, sizeof(json),
                 "{\"v\":1,\"time\":\"2030-01-01T00:00:00Z\",\"actor\":\"x\",%s}", lines[i]);
        assert_int_equal(amp_event_read(amp_str_of(json), NULL, &arena, &event, &why), AMP_OK);
        event.seq = bed.state.seq + 1;
        assert_int_equal(amp_apply(&bed.state, &event, &why), AMP_E_CORRUPT);
        assert_true(strlen(why.text) > 0);
        assert_true(amp_state_digest(&bed.state) == before);
        event.seq++;
        assert_int_equal(amp_apply(&bed.state, &event, &why), AMP_E_CORRUPT);
        assert_non_null(strstr(why.text, "gap"));
    }
    amp_arena_drop(&arena);
    testbed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_memory_at_any_allocation_changes_nothing),
        cmocka_unit_test(an_event_that_cannot_be_is_corrupt_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
