/* Proofs for the arena: alignment, zeroes, the maximum, overflow, reuse; and the error sentences.
 */
#include "base/arena.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void memory_is_aligned_zeroed_and_apart(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 20);
    unsigned char *before = NULL;
    for (size_t size = 0; size < 300; size++) {
        unsigned char *ptr = amp_arena_alloc(&arena, size);
        assert_non_null(ptr);
        assert_int_equal((uintptr_t)ptr % 16, 0);
        assert_ptr_not_equal(ptr, before);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(ptr[i], 0);
        }
        memset(ptr, 0xA5, size);
        assert_true(size < 2 || before[size - 2] == 0xA5);
        before = ptr;
    }
    amp_arena_drop(&arena);
}

static void the_maximum_can_be_reached_but_not_passed(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1000);
    assert_non_null(amp_arena_alloc(&arena, 1000));
    assert_false(amp_arena_failed(&arena));
    assert_null(amp_arena_alloc(&arena, 1));
    assert_true(amp_arena_failed(&arena));
    amp_arena_drop(&arena);
}

static void failure_is_sticky_until_the_reset(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(100);
    assert_null(amp_arena_alloc(&arena, 101));
    assert_null(amp_arena_alloc(&arena, 1));
    amp_arena_reset(&arena);
    assert_false(amp_arena_failed(&arena));
    assert_non_null(amp_arena_alloc(&arena, 100));
    amp_arena_drop(&arena);
    assert_non_null(amp_arena_alloc(&arena, 100));
    amp_arena_drop(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(SIZE_MAX);
    assert_null(amp_arena_array(&arena, SIZE_MAX / 2, 3));
    assert_true(amp_arena_failed(&arena));
    amp_arena_reset(&arena);
    assert_null(amp_arena_alloc(&arena, SIZE_MAX));
    amp_arena_reset(&arena);
    assert_null(amp_arena_text(&arena, (struct amp_str){.ptr = "x", .len = SIZE_MAX}));
    amp_arena_reset(&arena);
    assert_non_null(amp_arena_array(&arena, 10, 10));
    amp_arena_drop(&arena);
}

static void a_reset_arena_gives_zeroed_memory_again(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 16);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 8; i++) {
            char *ptr = amp_arena_alloc(&arena, 8000);
            assert_non_null(ptr);
            assert_int_equal(ptr[0] | ptr[7999], 0);
            memset(ptr, 1, 8000);
        }
        amp_arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    amp_arena_drop(&arena);
}

static void dropping_zeroes_is_fine(void **state)
{
    (void)state;
    struct amp_arena arena = {0};
    amp_arena_drop(&arena);
    amp_arena_reset(&arena);
    assert_null(amp_arena_alloc(&arena, 1));
}

static void text_is_copied_and_terminated(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(4096);
    char source[] = "abcdef";
    char *text = amp_arena_text(&arena, (struct amp_str){.ptr = source, .len = 3});
    struct amp_str view = amp_arena_str(&arena, amp_str_of(source));
    struct amp_str made = amp_arena_printf(&arena, "%s-%d", source, 7);
    memset(source, 'z', 6);
    assert_string_equal(text, "abc");
    assert_true(amp_str_is(view, "abcdef"));
    assert_true(amp_str_is(made, "abcdef-7"));
    assert_int_equal(made.ptr[made.len], 0);
    assert_string_equal(amp_arena_text(&arena, (struct amp_str){0}), "");
    amp_arena_drop(&arena);
}

static void text_that_does_not_fit_fails_the_arena(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(8);
    struct amp_str made = amp_arena_printf(&arena, "%s", "eight ch");
    assert_null(made.ptr);
    assert_int_equal(made.len, 0);
    assert_true(amp_arena_failed(&arena));
    amp_arena_drop(&arena);
}

static void every_error_has_code_words_and_status(void **state)
{
    (void)state;
    for (int i = 0; i < AMP_ERR_COUNT; i++) {
        assert_true(strlen(amp_err_code((amp_err)i)) > 0);
        assert_true(strlen(amp_err_words((amp_err)i)) > 0);
        assert_in_range(amp_err_http((amp_err)i), 200, 599);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(amp_err_code((amp_err)i), amp_err_code((amp_err)j));
        }
    }
    assert_string_equal(amp_err_code(AMP_E_FULL), "disk-full");
    assert_int_equal(amp_err_http(AMP_E_FORBIDDEN), 403);
}

static void a_sentence_is_never_cut_within_a_character(void **state)
{
    (void)state;
    static const char *const filler[] = {"\xC3\xA3", "\xE2\x82\xAC", "\xF0\x9F\x9A\x91", "x"};
    for (size_t kind = 0; kind < 4; kind++) {
        for (size_t lead = 0; lead < 5; lead++) {
            char text[AMP_WHY_MAX * 2] = {0};
            memset(text, 'a', lead);
            size_t step = strlen(filler[kind]);
            for (size_t at = lead; at + step < sizeof(text); at += step) {
                memcpy(text + at, filler[kind], step);
            }
            struct amp_why why;
            assert_int_equal(amp_fail(&why, AMP_E_RANGE, "%s", text), AMP_E_RANGE);
            assert_true(amp_utf8_valid(amp_str_of(why.text)));
            assert_true(strlen(why.text) > AMP_WHY_MAX - 1 - step);
            assert_memory_equal(why.text, text, strlen(why.text));
        }
    }
}

static void a_sentence_may_quote_the_one_before(void **state)
{
    (void)state;
    struct amp_why why = {"inner"};
    assert_int_equal(amp_fail(&why, AMP_E_IO, "outer: %s", why.text), AMP_E_IO);
    assert_string_equal(why.text, "outer: inner");
    assert_int_equal(amp_fail(NULL, AMP_E_IO, "nobody listens"), AMP_E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_zeroed_and_apart),
        cmocka_unit_test(the_maximum_can_be_reached_but_not_passed),
        cmocka_unit_test(failure_is_sticky_until_the_reset),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(a_reset_arena_gives_zeroed_memory_again),
        cmocka_unit_test(dropping_zeroes_is_fine),
        cmocka_unit_test(text_is_copied_and_terminated),
        cmocka_unit_test(text_that_does_not_fit_fails_the_arena),
        cmocka_unit_test(every_error_has_code_words_and_status),
        cmocka_unit_test(a_sentence_is_never_cut_within_a_character),
        cmocka_unit_test(a_sentence_may_quote_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
