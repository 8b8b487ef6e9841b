/* Tests of keyed.c, limit.c and lockout.c against slow twins that remember everything. */
#include "server/limit.h"
#include "server/lockout.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    STEPS = 200000,
    KEYS = 40,
    ROOM = 16
};

#define SECOND INT64_C(1000000)

/* ---- the table ---- */

/* The twin: an array in the order of touching, the oldest first. */
struct twin {
    struct amp_keyed_entry at[KEYS];
    size_t n;
};

static size_t twin_find(const struct twin *twin, uint64_t key)
{
    size_t i = 0;
    while (i < twin->n && twin->at[i].key != key) {
        i++;
    }
    return i;
}

static void twin_remove(struct twin *twin, size_t i)
{
    memmove(&twin->at[i], &twin->at[i + 1], (twin->n - i - 1) * sizeof twin->at[0]);
    twin->n--;
}

static void twin_put(struct twin *twin, uint64_t key, int64_t add)
{
    struct amp_keyed_entry entry = {.key = key};
    size_t i = twin_find(twin, key);
    if (i < twin->n) {
        entry = twin->at[i];
        twin_remove(twin, i);
    } else if (twin->n == ROOM) {
        twin_remove(twin, 0);
    }
    entry.a += add;
    twin->at[twin->n++] = entry;
}

static void the_table_forgets_what_was_not_touched_longest(void **state)
{
    struct twin twin = {.n = 0};
    struct amp_keyed *keyed = NULL;
    (void)state;
    srand(1371);
    assert_int_equal(amp_keyed_create(ROOM, &keyed), AMP_OK);
    for (int i = 0; i < STEPS; i++) {
        uint64_t key = (uint64_t)(rand() % KEYS) << (rand() % 2 * 40); /* some in one bucket */
        int what = rand() % 8;
        if (what < 5) {
            amp_keyed_put(keyed, key)->a += i;
            twin_put(&twin, key, i);
        } else if (what == 5) {
            size_t at = twin_find(&twin, key);
            amp_keyed_remove(keyed, key);
            if (at < twin.n) {
                twin_remove(&twin, at);
            }
        }
        const struct amp_keyed_entry *entry = amp_keyed_find(keyed, key);
        size_t at = twin_find(&twin, key);
        assert_int_equal(entry != NULL, at < twin.n);
        assert_int_equal(amp_keyed_count(keyed), twin.n);
        if (entry != NULL) {
            assert_int_equal(entry->a, twin.at[at].a);
        }
    }
    amp_keyed_destroy(keyed);
}

static void a_table_has_a_size(void **state)
{
    struct amp_keyed *keyed = NULL;
    (void)state;
    assert_int_equal(amp_keyed_create(0, &keyed), AMP_E_LIMIT);
    assert_int_equal(amp_keyed_create(AMP_KEYED_MAX + 1, &keyed), AMP_E_LIMIT);
    amp_keyed_destroy(NULL);
}

/* The vectors of the authors: the key 00 01 .. 0f, texts 00 01 .. of growing length. */
static void the_hash_is_siphash(void **state)
{
    static const uint64_t want[] = {
        0x726fdb47dd0e0e31U, 0x74f839c593dc67fdU, 0x0d6c8009d9a94f5aU, 0x85676696d7fb7e2dU,
        0xcf2794e0277187b7U, 0x18765564cd99a68dU, 0xcbc9466e58fee3ceU, 0xab0200f58b01d137U,
        0x93f5f5799a932462U, 0x9e0082df0ba9e4b0U, 0x7a5dbbc594ddb9f3U, 0xf4b32f46226bada7U,
        0x751e8fbc860ee5fbU, 0x14ea5627c0843d90U, 0xf723ca908e7af2eeU, 0xa129ca6149be45e5U};
    uint8_t seed[AMP_KEYED_SEED];
    char text[16];
    (void)state;
    for (size_t i = 0; i < sizeof seed; i++) {
        seed[i] = (uint8_t)i;
        text[i] = (char)i;
    }
    for (size_t n = 0; n < sizeof want / sizeof want[0]; n++) {
        assert_true(amp_keyed_hash(seed, (struct amp_str){.ptr = text, .len = n}) == want[n]);
    }
}

/* ---- tokens ---- */

/* The twin: tokens as a number that time fills and requests empty. */
struct bucket {
    double tokens;
    int64_t at_us;
};

static void a_bucket_gives_what_time_has_put_into_it(void **state)
{
    static const double rates[] = {0.1, 1, 7, 50, 1000};
    (void)state;
    srand(371);
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        const double rate = rates[r];
        const double burst = 1 + rand() % 20;
        struct amp_limit *limit = NULL;
        struct bucket bucket[4] = {{burst, 0}, {burst, 0}, {burst, 0}, {burst, 0}};
        int64_t now = 1;
        int unsure = 0;
        assert_int_equal(amp_limit_create(8, &limit), AMP_OK);
        for (int i = 0; i < STEPS / 10; i++) {
            int64_t retry = 0;
            size_t key = (size_t)rand() % 4;
            struct bucket *twin = &bucket[key];
            now += (int64_t)((double)(rand() % 1000) / 1000 * 0.5e6 / rate);
            twin->tokens += (double)(now - twin->at_us) / 1e6 * rate;
            twin->tokens = twin->tokens < burst ? twin->tokens : burst;
            twin->at_us = now;
            bool taken = amp_limit_take(limit, key, now, rate, burst, &retry);
            if (twin->tokens > 0.999 && twin->tokens < 1.001) { /* rounding may differ */
                unsure++;
            } else {
                assert_int_equal(taken, twin->tokens >= 1);
            }
            if (!taken) {
                assert_in_range(retry, 1, (int64_t)(1e6 / rate) + 1);
            }
            twin->tokens -= taken ? 1 : 0;
        }
        assert_true(unsure < STEPS / 100);
        amp_limit_destroy(limit);
    }
}

static void after_the_time_it_names_there_is_a_token_and_before_it_none(void **state)
{
    struct amp_limit *limit = NULL;
    int64_t retry = 0;
    (void)state;
    assert_int_equal(amp_limit_create(2, &limit), AMP_OK);
    for (int i = 0; i < 5; i++) {
        assert_true(amp_limit_take(limit, 1, SECOND, 3, 5, &retry));
    }
    assert_false(amp_limit_take(limit, 1, SECOND, 3, 5, &retry));
    assert_false(amp_limit_take(limit, 1, SECOND + retry - 1, 3, 5, NULL));
    assert_true(amp_limit_take(limit, 1, SECOND + retry, 3, 5, NULL));
    assert_true(amp_limit_take(limit, 2, SECOND, 3, 5, NULL)); /* another is another */
    amp_limit_destroy(limit);
}

static void a_clock_that_goes_back_locks_nobody_out(void **state)
{
    struct amp_limit *limit = NULL;
    int64_t retry = 0;
    (void)state;
    assert_int_equal(amp_limit_create(2, &limit), AMP_OK);
    assert_true(amp_limit_take(limit, 1, 1000000 * SECOND, 1, 2, &retry));
    (void)amp_limit_take(limit, 1, SECOND, 1, 2, &retry);
    assert_true(retry <= 2 * SECOND);
    assert_true(amp_limit_take(limit, 1, 4 * SECOND, 1, 2, &retry));
    amp_limit_destroy(limit);
}

/* ---- failures ---- */

static void four_failures_are_free_and_each_further_one_doubles(void **state)
{
    static const int64_t want_s[] = {0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900};
    struct amp_lockout *lockout = NULL;
    int64_t now = SECOND;
    (void)state;
    assert_int_equal(amp_lockout_create(8, &lockout), AMP_OK);
    for (size_t i = 0; i < sizeof want_s / sizeof want_s[0]; i++) {
        assert_int_equal(amp_lockout_left(lockout, 7, now), 0);
        assert_int_equal(amp_lockout_failed(lockout, 7, now), want_s[i] * SECOND);
        assert_int_equal(amp_lockout_left(lockout, 7, now), want_s[i] * SECOND);
        now += want_s[i] * SECOND;
        if (want_s[i] > 0) {
            assert_int_equal(amp_lockout_left(lockout, 7, now - 1), 1);
        }
    }
    assert_int_equal(amp_lockout_left(lockout, 8, now), 0);
    amp_lockout_destroy(lockout);
}

static void a_success_clears_and_so_does_a_day(void **state)
{
    struct amp_lockout *lockout = NULL;
    int64_t now = SECOND;
    (void)state;
    assert_int_equal(amp_lockout_create(8, &lockout), AMP_OK);
    for (int i = 0; i < 9; i++) {
        (void)amp_lockout_failed(lockout, 7, now);
    }
    amp_lockout_clear(lockout, 7);
    assert_int_equal(amp_lockout_left(lockout, 7, now), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(amp_lockout_failed(lockout, 7, now), 0);
    }
    now += AMP_LOCKOUT_FORGET_S * SECOND;
    assert_int_equal(amp_lockout_failed(lockout, 7, now), 0);
    amp_lockout_destroy(lockout);
}

static void naming_many_accounts_does_not_free_a_locked_one(void **state)
{
    struct amp_lockout *lockout = NULL;
    (void)state;
    assert_int_equal(amp_lockout_create(8, &lockout), AMP_OK);
    for (int i = 0; i < 12; i++) {
        (void)amp_lockout_failed(lockout, 7, SECOND);
    }
    for (uint64_t other = 100; other < 10000; other++) {
        (void)amp_lockout_failed(lockout, other, SECOND);
    }
    assert_int_equal(amp_lockout_left(lockout, 7, SECOND), 256 * SECOND);
    assert_int_equal(amp_lockout_left(lockout, 7, -9 * SECOND), 256 * SECOND);
    amp_lockout_destroy(lockout);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_forgets_what_was_not_touched_longest),
        cmocka_unit_test(a_table_has_a_size),
        cmocka_unit_test(the_hash_is_siphash),
        cmocka_unit_test(a_bucket_gives_what_time_has_put_into_it),
        cmocka_unit_test(after_the_time_it_names_there_is_a_token_and_before_it_none),
        cmocka_unit_test(a_clock_that_goes_back_locks_nobody_out),
        cmocka_unit_test(four_failures_are_free_and_each_further_one_doubles),
        cmocka_unit_test(a_success_clears_and_so_does_a_day),
        cmocka_unit_test(naming_many_accounts_does_not_free_a_locked_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
