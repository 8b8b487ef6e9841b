/* Proofs for text views, strict numbers and UTF-8. */
#include "base/str.h"
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void views_compare_cut_and_trim(void **state)
{
    (void)state;
    struct amp_str empty = {0};
    assert_true(amp_str_eq(empty, AMP_STR("")));
    assert_true(amp_str_eq(amp_str_of(NULL), empty));
    assert_true(amp_str_is(AMP_STR("ab"), "ab"));
    assert_false(amp_str_is(AMP_STR("ab"), "abc"));
    assert_true(amp_str_starts(AMP_STR("abc"), AMP_STR("ab")));
    assert_true(amp_str_starts(empty, empty));
    assert_false(amp_str_starts(AMP_STR("a"), AMP_STR("ab")));
    assert_true(amp_str_is(amp_str_trim(AMP_STR(" \t a b\r\n")), "a b"));
    assert_int_equal(amp_str_trim(AMP_STR(" \n ")).len, 0);
    struct amp_str head;
    struct amp_str rest = amp_str_cut(AMP_STR("a,b,"), ',', &head);
    assert_true(amp_str_is(head, "a"));
    rest = amp_str_cut(rest, ',', &head);
    assert_true(amp_str_is(head, "b"));
    assert_non_null(rest.ptr); /* an empty last field is a field */
    rest = amp_str_cut(rest, ',', &head);
    assert_null(rest.ptr);
    assert_int_equal(head.len, 0);
}

static void tokens_are_taken_off_a_line_until_nothing_is_left(void **state)
{
    struct amp_str line = AMP_STR(" need\tals 2 ");
    (void)state;
    assert_true(amp_str_is(amp_str_token(&line), "need"));
    assert_true(amp_str_is(line, "als 2"));
    assert_true(amp_str_is(amp_str_token(&line), "als"));
    assert_true(amp_str_is(amp_str_token(&line), "2"));
    assert_int_equal(amp_str_token(&line).len, 0);
    assert_int_equal(line.len, 0);
}

static void whole_numbers_have_exact_limits(void **state)
{
    (void)state;
    int64_t i = 7;
    uint64_t u = 7;
    assert_int_equal(amp_str_i64(AMP_STR("-9223372036854775808"), &i), AMP_OK);
    assert_true(i == INT64_MIN);
    assert_int_equal(amp_str_i64(AMP_STR("9223372036854775807"), &i), AMP_OK);
    assert_true(i == INT64_MAX);
    assert_int_equal(amp_str_u64(AMP_STR("18446744073709551615"), &u), AMP_OK);
    assert_true(u == UINT64_MAX);
    i = 7;
    u = 7;
    assert_int_equal(amp_str_i64(AMP_STR("9223372036854775808"), &i), AMP_E_RANGE);
    assert_int_equal(amp_str_i64(AMP_STR("-9223372036854775809"), &i), AMP_E_RANGE);
    assert_int_equal(amp_str_u64(AMP_STR("18446744073709551616"), &u), AMP_E_RANGE);
    assert_int_equal(amp_str_u64(AMP_STR("99999999999999999999999"), &u), AMP_E_RANGE);
    assert_true(i == 7 && u == 7);
}

static void what_is_not_a_number_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "-",    "+1",  " 1",  "1 ",  "0x1",   "nan", "inf",
                                      "1e",  "1e+",  ".5",  "5.",  "--1", "1.2.3", "1,5", "-nan",
                                      "1_0", "1e1.", "1ee", "- 1", "-.",  ".",     "1f",  "e5"};
    for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
        double d = 3;
        int64_t i = 3;
        uint64_t u = 3;
        assert_int_equal(amp_str_double(amp_str_of(bad[k]), &d), AMP_E_SYNTAX);
        assert_int_equal(amp_str_i64(amp_str_of(bad[k]), &i), AMP_E_SYNTAX);
        assert_int_equal(amp_str_u64(amp_str_of(bad[k]), &u), AMP_E_SYNTAX);
        assert_int_equal(amp_str_fixed(amp_str_of(bad[k]), 3, &i), AMP_E_SYNTAX);
        assert_true(d == 3.0 && i == 3 && u == 3);
    }
    double d = 3;
    assert_int_equal(amp_str_double((struct amp_str){.ptr = "1\0", .len = 2}, &d), AMP_E_SYNTAX);
}

/* The slow twin: the C library, in the C locale. */
static void doubles_are_those_of_the_c_library(void **state)
{
    (void)state;
    srandom(3);
    for (int k = 0; k < 50000; k++) {
        char text[64];
        uint64_t bits = (uint64_t)random() << 33 ^ (uint64_t)random() << 2 ^ (uint64_t)random();
        double value = 0;
        memcpy(&value, &bits, sizeof(value));
        if (k % 2) {
            value = (double)random() / 1e4 * (k % 4 == 1 ? 1 : -1);
        }
        if (!isfinite(value)) {
            continue;
        }
        (void)snprintf(text, sizeof(text), "%.*g", 1 + k % 19, value);
        double want = strtod(text, NULL);
        double got = 5;
        amp_err err = amp_str_double(amp_str_of(text), &got);
        if (isfinite(want)) {
            assert_int_equal(err, AMP_OK);
            assert_memory_equal(&got, &want, sizeof(got));
        } else {
            assert_int_equal(err, AMP_E_RANGE);
        }
    }
}

static void doubles_know_their_limits(void **state)
{
    (void)state;
    double d = 3;
    assert_int_equal(amp_str_double(AMP_STR("1e309"), &d), AMP_E_RANGE);
    assert_int_equal(amp_str_double(AMP_STR("-1e999999999999999999999"), &d), AMP_E_RANGE);
    assert_true(d == 3.0);
    assert_int_equal(amp_str_double(AMP_STR("1e-999999999999999999999"), &d), AMP_OK);
    assert_true(d == 0.0);
    assert_int_equal(amp_str_double(AMP_STR("-0.0"), &d), AMP_OK);
    assert_true(d == 0.0 && signbit(d));
    assert_int_equal(amp_str_double(AMP_STR("123456789012345678901234567890"), &d), AMP_OK);
    assert_true(d == 123456789012345678901234567890.0);
    assert_int_equal(amp_str_double(AMP_STR("000000000000000000000000.125E+1"), &d), AMP_OK);
    assert_true(d == 1.25);
    char longest[AMP_NUMBER_TEXT_MAX + 2];
    memset(longest, '1', sizeof(longest));
    longest[1] = '.';
    d = 3;
    struct amp_str text = {.ptr = longest, .len = AMP_NUMBER_TEXT_MAX};
    assert_int_equal(amp_str_double(text, &d), AMP_OK);
    assert_true(fabs(d - 10.0 / 9.0) < 1e-15);
    text.len++;
    assert_int_equal(amp_str_double(text, &d), AMP_E_LIMIT);
}

static void fixed_decimals_round_half_away_from_zero(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int digits;
        int64_t want;
    } rows[] = {
        {"-25.9692", 7, -259692000},
        {"0.5", 0, 1},
        {"-0.5", 0, -1},
        {"0.49999", 0, 0},
        {"-0.4", 0, 0},
        {"1", 3, 1000},
        {"1.2345", 3, 1235},
        {"-1.2345", 3, -1235},
        {"1.2344999999999999999", 3, 1234},
        {"9.9999", 3, 10000},
        {"0000.1", 1, 1},
        {"922337203685477580.7", 1, INT64_MAX},
        {"-922337203685477580.8", 1, INT64_MIN},
    };
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        int64_t got = 99;
        assert_int_equal(amp_str_fixed(amp_str_of(rows[k].text), rows[k].digits, &got), AMP_OK);
        assert_true(got == rows[k].want);
    }
    int64_t got = 99;
    assert_int_equal(amp_str_fixed(AMP_STR("922337203685477580.8"), 1, &got), AMP_E_RANGE);
    assert_int_equal(amp_str_fixed(AMP_STR("18446744073709551615.9"), 0, &got), AMP_E_RANGE);
    assert_int_equal(amp_str_fixed(AMP_STR("99999999999999999999999"), 7, &got), AMP_E_RANGE);
    assert_int_equal(amp_str_fixed(AMP_STR("99999999999999999999999x"), 7, &got), AMP_E_SYNTAX);
    assert_int_equal(amp_str_fixed(AMP_STR("1.23x"), 1, &got), AMP_E_SYNTAX);
    assert_int_equal(amp_str_fixed(AMP_STR("1e5"), 7, &got), AMP_E_SYNTAX);
    assert_true(got == 99);
}

static void ill_formed_utf8_is_seen_at_every_offset(void **state)
{
    (void)state;
    static const struct {
        struct amp_str text;
        bool valid;
    } rows[] = {
        {AMP_STR("\x7F"), true},
        {AMP_STR("\xC2\x80"), true},
        {AMP_STR("\xDF\xBF"), true},
        {AMP_STR("\xE0\xA0\x80"), true},
        {AMP_STR("\xED\x9F\xBF"), true},
        {AMP_STR("\xEF\xBF\xBF"), true},
        {AMP_STR("\xF0\x90\x80\x80"), true},
        {AMP_STR("\xF4\x8F\xBF\xBF"), true},
        {AMP_STR("\x00"), false},
        {AMP_STR("\x80"), false},
        {AMP_STR("\xC0\x80"), false},
        {AMP_STR("\xC1\xBF"), false},
        {AMP_STR("\xC3"), false},
        {AMP_STR("\xE0\x9F\xBF"), false},
        {AMP_STR("\xED\xA0\x80"), false},
        {AMP_STR("\xE2\x82"), false},
        {AMP_STR("\xF0\x8F\xBF\xBF"), false},
        {AMP_STR("\xF4\x90\x80\x80"), false},
        {AMP_STR("\xF5\x80\x80\x80"), false},
        {AMP_STR("\xFF"), false},
        {AMP_STR("\xF0\x9F\x9A"), false},
        {AMP_STR("\xE2\x28\xA1"), false},
    };
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        for (size_t lead = 0; lead < 20; lead++) {
            char text[48];
            size_t len = rows[k].text.len;
            memset(text, 'a', sizeof(text));
            memcpy(text + lead, rows[k].text.ptr, len);
            struct amp_str cut = {.ptr = text, .len = lead + len};
            assert_int_equal(amp_utf8_valid(cut), rows[k].valid);
            cut.len = sizeof(text);
            assert_int_equal(amp_utf8_valid(cut), rows[k].valid);
        }
    }
    assert_true(amp_utf8_valid((struct amp_str){0}));
}

static bool valid_slowly(struct amp_str text)
{
    for (size_t at = 0; at < text.len;) {
        size_t step = amp_utf8_step(text.ptr + at, text.len - at);
        if (step == 0) {
            return false;
        }
        at += step;
    }
    return true;
}

static void the_word_wise_check_agrees_with_the_slow_one(void **state)
{
    (void)state;
    srandom(4);
    int valid = 0;
    for (int k = 0; k < 100000; k++) {
        char text[24];
        for (size_t i = 0; i < sizeof(text); i++) {
            text[i] = (char)(random() % 40 == 0 ? random() % 256 : 1 + random() % 127);
        }
        struct amp_str view = {.ptr = text, .len = (size_t)random() % sizeof(text)};
        bool want = valid_slowly(view);
        valid += want;
        assert_int_equal(amp_utf8_valid(view), want);
    }
    assert_in_range(valid, 10000, 95000); /* both kinds were met */
}

static void a_copy_fits_with_its_end_or_nothing_is_written(void **state)
{
    (void)state;
    char out[4] = "zzz";
    assert_int_equal(amp_str_copy(out, sizeof(out), AMP_STR("abcd")), AMP_E_LIMIT);
    assert_string_equal(out, "zzz");
    assert_int_equal(amp_str_copy(out, 0, AMP_STR("")), AMP_E_LIMIT);
    assert_int_equal(amp_str_copy(out, sizeof(out), AMP_STR("abc")), AMP_OK);
    assert_string_equal(out, "abc");
    assert_int_equal(amp_str_copy(out, sizeof(out), (struct amp_str){0}), AMP_OK);
    assert_string_equal(out, "");
}

/* Zeros in front make a number too long for the quick way, and change nothing. */
static void a_fixed_decimal_read_quickly_is_the_one_read_slowly(void **state)
{
    (void)state;
    static const char letters[] = "0123456789.-+ e";
    uint64_t random = 88172645463325252U;
    for (int i = 0; i < 200000; i++) {
        char quick[16], slow[48];
        size_t len = 0;
        for (uint64_t n = random % 15; len < n; len++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            quick[len] = letters[random % (i % 4 ? 12 : sizeof letters - 1)];
        }
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        const bool minus = len > 0 && quick[0] == '-';
        const bool digit = len > minus && quick[minus] >= '0' && quick[minus] <= '9';
        slow[0] = '-';
        memset(slow + minus, '0', 24);
        memcpy(slow + minus + 24, quick + minus, len - minus);
        int64_t got[2] = {7, 7};
        const int digits = (int)(random % 12);
        amp_err err = amp_str_fixed((struct amp_str){quick, len}, digits, &got[0]);
        amp_err twin = amp_str_fixed((struct amp_str){slow, len + 24}, digits, &got[1]);
        assert_true(digit ? err == twin : err == AMP_E_SYNTAX); /* "0000" before "." is a number */
        assert_true(!digit || got[0] == got[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_compare_cut_and_trim),
        cmocka_unit_test(tokens_are_taken_off_a_line_until_nothing_is_left),
        cmocka_unit_test(whole_numbers_have_exact_limits),
        cmocka_unit_test(what_is_not_a_number_is_refused_and_changes_nothing),
        cmocka_unit_test(doubles_are_those_of_the_c_library),
        cmocka_unit_test(doubles_know_their_limits),
        cmocka_unit_test(fixed_decimals_round_half_away_from_zero),
        cmocka_unit_test(a_fixed_decimal_read_quickly_is_the_one_read_slowly),
        cmocka_unit_test(ill_formed_utf8_is_seen_at_every_offset),
        cmocka_unit_test(the_word_wise_check_agrees_with_the_slow_one),
        cmocka_unit_test(a_copy_fits_with_its_end_or_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
