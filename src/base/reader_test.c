/* Proofs for the reader: it never leaves its bytes and its error is sticky. */
#include "base/reader.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void integers_are_read_in_their_order(void **state)
{
    (void)state;
    const uint8_t data[] = {0xFE, 1, 2, 3, 4, 5, 6, 9, 8, 7, 6, 1, 2, 3, 4, 5, 6, 7, 0x88};
    struct amp_reader rd = amp_reader_make(data, sizeof(data));
    assert_int_equal(amp_reader_u8(&rd), 0xFE);
    assert_int_equal(amp_reader_be16(&rd), 0x0102);
    assert_int_equal(amp_reader_be32(&rd), 0x03040506);
    assert_int_equal(amp_reader_le32(&rd), 0x06070809);
    assert_true(amp_reader_le64(&rd) == UINT64_C(0x8807060504030201));
    assert_true(amp_reader_done(&rd));
}

static void a_read_past_the_end_is_zero_and_sticks(void **state)
{
    (void)state;
    const uint8_t data[] = {1, 2, 3};
    struct amp_reader rd = amp_reader_make(data, sizeof(data));
    assert_int_equal(amp_reader_be32(&rd), 0);
    assert_false(amp_reader_ok(&rd));
    assert_int_equal(amp_reader_left(&rd), 0);
    assert_int_equal(amp_reader_u8(&rd), 0); /* a byte is there, but the decoder is lost */
    assert_false(amp_reader_done(&rd));
}

static void bytes_left_over_are_ok_but_not_done(void **state)
{
    (void)state;
    struct amp_reader rd = amp_reader_make("ab", 2);
    assert_int_equal(amp_reader_u8(&rd), 'a');
    assert_true(amp_reader_ok(&rd));
    assert_false(amp_reader_done(&rd));
    assert_int_equal(amp_reader_left(&rd), 1);
}

static void nothing_at_all_is_a_done_reader(void **state)
{
    (void)state;
    struct amp_reader rd = amp_reader_make(NULL, 0);
    assert_true(amp_reader_done(&rd));
    assert_int_equal(amp_reader_bytes(&rd, 0).len, 0);
    assert_true(amp_reader_done(&rd));
    assert_int_equal(amp_reader_u8(&rd), 0);
    assert_false(amp_reader_ok(&rd));
}

static void a_varint_has_at_most_64_bits(void **state)
{
    (void)state;
    const uint8_t most[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01};
    struct amp_reader rd = amp_reader_make(most, sizeof(most));
    assert_true(amp_reader_varint(&rd) == UINT64_MAX);
    assert_true(amp_reader_done(&rd));
    const uint8_t wide[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02};
    rd = amp_reader_make(wide, sizeof(wide));
    assert_true(amp_reader_varint(&rd) == 0);
    assert_false(amp_reader_ok(&rd));
    const uint8_t endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0};
    rd = amp_reader_make(endless, sizeof(endless));
    assert_true(amp_reader_varint(&rd) == 0);
    assert_false(amp_reader_ok(&rd));
}

static void a_torn_varint_is_bad(void **state)
{
    (void)state;
    struct amp_reader rd = amp_reader_make("\xAC", 1);
    assert_true(amp_reader_varint(&rd) == 0);
    assert_false(amp_reader_ok(&rd));
}

static void zigzag_folds_the_sign(void **state)
{
    (void)state;
    const uint8_t data[] = {0,    1,    2,    3,    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                            0xFF, 0x01, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01};
    const int64_t want[] = {0, -1, 1, -2, INT64_MIN, INT64_MAX};
    struct amp_reader rd = amp_reader_make(data, sizeof(data));
    for (size_t i = 0; i < 6; i++) {
        assert_true(amp_reader_zigzag(&rd) == want[i]);
    }
    assert_true(amp_reader_done(&rd));
}

static void views_and_sub_readers_stay_inside(void **state)
{
    (void)state;
    struct amp_reader rd = amp_reader_make("abcdef", 6);
    assert_true(amp_str_is(amp_reader_bytes(&rd, 2), "ab"));
    struct amp_reader sub = amp_reader_sub(&rd, 3);
    assert_int_equal(amp_reader_left(&sub), 3);
    assert_int_equal(amp_reader_be32(&sub), 0);
    assert_false(amp_reader_ok(&sub));
    assert_true(amp_reader_ok(&rd)); /* the outer reader goes on behind it */
    assert_int_equal(amp_reader_u8(&rd), 'f');
    sub = amp_reader_sub(&rd, SIZE_MAX);
    assert_false(amp_reader_ok(&sub));
    assert_false(amp_reader_ok(&rd));
    assert_null(amp_reader_bytes(&rd, 0).ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_read_in_their_order),
        cmocka_unit_test(a_read_past_the_end_is_zero_and_sticks),
        cmocka_unit_test(bytes_left_over_are_ok_but_not_done),
        cmocka_unit_test(nothing_at_all_is_a_done_reader),
        cmocka_unit_test(a_varint_has_at_most_64_bits),
        cmocka_unit_test(a_torn_varint_is_bad),
        cmocka_unit_test(zigzag_folds_the_sign),
        cmocka_unit_test(views_and_sub_readers_stay_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
