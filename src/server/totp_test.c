/* Tests of totp.c: the vectors of the standards, the window, and a code that is used once. */
#include "server/totp.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    ROOM = 4096
};

#define SECRET  ((const uint8_t *)"12345678901234567890")
#define SECONDS INT64_C(1000000)

/* RFC 4226, appendix D. */
static void counters_give_the_codes_of_rfc_4226(void **state)
{
    static const uint32_t want[] = {755224, 287082, 359152, 969429, 338314,
                                    254676, 287922, 162583, 399871, 520489};
    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        uint32_t code = 0;
        assert_int_equal(amp_hotp(SECRET, AMP_TOTP_SECRET, i, 6, &code), AMP_OK);
        assert_int_equal(code, want[i]);
    }
}

/* RFC 6238, appendix B: eight digits; the last six are what we take. */
static const struct {
    int64_t time_s;
    uint32_t code;
    const char *six;
} vector[] = {
    {59, 94287082, "287082"},         {1111111109, 7081804, "081804"},
    {1111111111, 14050471, "050471"}, {1234567890, 89005924, "005924"},
    {2000000000, 69279037, "279037"}, {20000000000, 65353130, "353130"},
};

static void times_give_the_codes_of_rfc_6238(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vector / sizeof vector[0]; i++) {
        uint32_t code = 0;
        uint64_t used = 0;
        assert_int_equal(
            amp_hotp(SECRET, AMP_TOTP_SECRET, (uint64_t)vector[i].time_s / 30, 8, &code), AMP_OK);
        assert_int_equal(code, vector[i].code);
        assert_int_equal(amp_totp_check(SECRET, AMP_TOTP_SECRET, amp_str_of(vector[i].six),
                                        vector[i].time_s * SECONDS, &used),
                         AMP_OK);
        assert_int_equal(used, vector[i].time_s / 30);
    }
}

static amp_err check_at(int64_t time_s, const char *code, uint64_t *used)
{
    return amp_totp_check(SECRET, AMP_TOTP_SECRET, amp_str_of(code), time_s * SECONDS, used);
}

static void a_code_holds_one_step_to_each_side(void **state)
{
    const int64_t step = 1234567890 / 30;
    (void)state;
    for (int64_t off = -3; off <= 3; off++) {
        uint64_t used = 0;
        bool taken = check_at((step + off) * 30 + 29, "005924", &used) == AMP_OK;
        assert_int_equal(taken, off >= -1 && off <= 1);
        assert_int_equal(used, taken ? step : 0);
    }
}

static void a_code_is_taken_once_and_none_before_it(void **state)
{
    uint64_t used = 0;
    (void)state;
    assert_int_equal(check_at(1111111111, "050471", &used), AMP_OK);
    assert_int_equal(check_at(1111111111, "050471", &used), AMP_E_FORBIDDEN);
    assert_int_equal(check_at(1111111111, "081804", &used), AMP_E_FORBIDDEN); /* the step before */
    assert_int_equal(used, 1111111111 / 30);
}

static void what_is_no_code_is_refused(void **state)
{
    static const char *const bad[] = {"",       "28708",  "2870822", "28708x",
                                      " 87082", "-87082", "287083"};
    uint64_t used = 0;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(check_at(59, bad[i], &used), AMP_E_FORBIDDEN);
    }
    assert_int_equal(check_at(-59, "287082", &used), AMP_E_FORBIDDEN);
    assert_int_equal(amp_totp_check(SECRET, 8, AMP_STR("287082"), 59 * SECONDS, &used),
                     AMP_E_FORBIDDEN);
    assert_int_equal(used, 0);
}

static void the_uri_is_what_authenticators_read(void **state)
{
    struct amp_buf out = amp_buf_make(ROOM);
    (void)state;
    assert_int_equal(amp_totp_uri(&out, AMP_STR("Amparo"), AMP_STR("ana maria&x=\xc3\xa9"), SECRET,
                                  AMP_TOTP_SECRET),
                     AMP_OK);
    assert_string_equal(amp_buf_cstr(&out), "otpauth://totp/Amparo:ana%20maria%26x%3D%C3%A9"
                                            "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Amparo"
                                            "&algorithm=SHA1&digits=6&period=30");
    assert_int_equal(amp_totp_uri(&out, AMP_STR("\xff"), AMP_STR("a"), SECRET, AMP_TOTP_SECRET),
                     AMP_E_SYNTAX);
    amp_buf_free(&out);
}

/* RFC 4648, section 10, without the padding. */
static void base32_follows_its_vectors(void **state)
{
    static const char *const want[] = {"",        "MY",       "MZXQ",      "MZXW6",
                                       "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI"};
    (void)state;
    for (size_t n = 0; n <= 6; n++) {
        struct amp_buf out = amp_buf_make(ROOM);
        uint8_t back[8];
        size_t len = 99;
        amp_base32_put(&out, (const uint8_t *)"foobar", n);
        assert_string_equal(amp_buf_cstr(&out), want[n]);
        assert_int_equal(amp_base32_read(amp_buf_view(&out), back, sizeof back, &len), AMP_OK);
        assert_int_equal(len, n);
        assert_memory_equal(back, "foobar", n);
        amp_buf_free(&out);
    }
}

/* The slow twin: a string of bits, cut into fives. */
static void base32_agrees_with_a_string_of_bits(void **state)
{
    (void)state;
    srand(6238);
    for (int round = 0; round < 2000; round++) {
        uint8_t data[40];
        uint8_t back[40];
        char bit[40 * 8 + 8];
        size_t n = (size_t)rand() % sizeof data;
        size_t len = 0;
        struct amp_buf out = amp_buf_make(ROOM);
        memset(bit, 0, sizeof bit);
        for (size_t i = 0; i < n; i++) {
            data[i] = (uint8_t)rand();
            for (size_t b = 0; b < 8; b++) {
                bit[i * 8 + b] = (char)(data[i] >> (7 - b) & 1);
            }
        }
        amp_base32_put(&out, data, n);
        assert_int_equal(out.len, (n * 8 + 4) / 5);
        for (size_t i = 0; i < out.len; i++) {
            int value = 0;
            for (size_t b = 0; b < 5; b++) {
                value = 2 * value + bit[i * 5 + b];
            }
            assert_int_equal(out.data[i], value < 26 ? 'A' + value : '2' + value - 26);
        }
        assert_int_equal(amp_base32_read(amp_buf_view(&out), back, sizeof back, &len), AMP_OK);
        assert_int_equal(len, n);
        assert_memory_equal(back, data, n);
        amp_buf_free(&out);
    }
}

static void base32_is_read_as_people_write_it_and_in_one_way(void **state)
{
    static const char *const bad[] = {"A", "MZX", "MZXW6Y", "MZ0Q", "M=Y", "MZ", "\xc3\xa9", "MY1"};
    uint8_t back[8];
    size_t len = 0;
    (void)state;
    assert_int_equal(amp_base32_read(AMP_STR("mzxw 6ytb-oi======"), back, sizeof back, &len),
                     AMP_OK);
    assert_int_equal(len, 6);
    assert_memory_equal(back, "foobar", 6);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (amp_base32_read(amp_str_of(bad[i]), back, sizeof back, &len) != AMP_E_SYNTAX) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
    assert_int_equal(amp_base32_read(AMP_STR("MZXW6YTBOI"), back, 5, &len), AMP_E_LIMIT);
    assert_int_equal(len, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_give_the_codes_of_rfc_4226),
        cmocka_unit_test(times_give_the_codes_of_rfc_6238),
        cmocka_unit_test(a_code_holds_one_step_to_each_side),
        cmocka_unit_test(a_code_is_taken_once_and_none_before_it),
        cmocka_unit_test(what_is_no_code_is_refused),
        cmocka_unit_test(the_uri_is_what_authenticators_read),
        cmocka_unit_test(base32_follows_its_vectors),
        cmocka_unit_test(base32_agrees_with_a_string_of_bits),
        cmocka_unit_test(base32_is_read_as_people_write_it_and_in_one_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
