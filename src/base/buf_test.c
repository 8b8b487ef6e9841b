/* Proofs for the buffer: its maximum, the sticky error, numbers, wire integers. */
#include "base/buf.h"
#include "base/reader.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_maximum_can_be_reached_but_not_passed(void **state)
{
    (void)state;
    for (size_t max = 0; max < 600; max += 37) {
        struct amp_buf buf = amp_buf_make(max);
        for (size_t i = 0; i < max; i++) {
            amp_buf_char(&buf, 'x');
        }
        assert_int_equal(amp_buf_err(&buf), AMP_OK);
        assert_int_equal(strlen(amp_buf_cstr(&buf)), max);
        amp_buf_char(&buf, 'y');
        assert_int_equal(amp_buf_err(&buf), AMP_E_LIMIT);
        assert_int_equal(buf.len, max);
        amp_buf_free(&buf);
    }
}

static void the_error_is_sticky_until_cleared(void **state)
{
    (void)state;
    struct amp_buf buf = amp_buf_make(4);
    amp_buf_text(&buf, "abc");
    amp_buf_text(&buf, "de");
    amp_buf_text(&buf, "f"); /* would fit, but the content is no longer whole */
    amp_buf_printf(&buf, "%d", 1);
    assert_null(amp_buf_extend(&buf, 1));
    assert_int_equal(amp_buf_err(&buf), AMP_E_LIMIT);
    assert_true(amp_str_is(amp_buf_view(&buf), "abc"));
    assert_string_equal(amp_buf_cstr(&buf), "");
    amp_buf_clear(&buf);
    amp_buf_text(&buf, "abcd");
    assert_string_equal(amp_buf_cstr(&buf), "abcd");
    amp_buf_free(&buf);
}

static void a_huge_append_is_refused_not_wrapped(void **state)
{
    (void)state;
    struct amp_buf buf = amp_buf_make(100);
    amp_buf_text(&buf, "abc");
    assert_null(amp_buf_extend(&buf, SIZE_MAX));
    assert_int_equal(amp_buf_err(&buf), AMP_E_LIMIT);
    amp_buf_clear(&buf);
    assert_null(amp_buf_extend(&buf, SIZE_MAX - 2));
    amp_buf_free(&buf);
}

static void zeroes_are_an_empty_buffer_that_takes_nothing(void **state)
{
    (void)state;
    struct amp_buf buf = {0};
    amp_buf_str(&buf, (struct amp_str){0});
    assert_int_equal(amp_buf_err(&buf), AMP_OK);
    assert_string_equal(amp_buf_cstr(&buf), "");
    amp_buf_char(&buf, 'x');
    assert_int_equal(amp_buf_err(&buf), AMP_E_LIMIT);
    amp_buf_free(&buf);
    amp_buf_free(&buf);
}

static void whole_numbers_read_like_those_of_printf(void **state)
{
    (void)state;
    srandom(1);
    struct amp_buf buf = amp_buf_make(100);
    for (int i = 0; i < 20000; i++) {
        uint64_t value = (uint64_t)random() << 33 ^ (uint64_t)random() << 11 ^ (uint64_t)random();
        value = i == 0 ? 0 : i == 1 ? UINT64_MAX : i == 2 ? UINT64_C(1) << 63 : value;
        value >>= i > 2 ? i % 64 : 0;
        char want[64];
        (void)snprintf(want, sizeof(want), "%" PRIu64 ",%" PRId64, value, (int64_t)value);
        amp_buf_clear(&buf);
        amp_buf_u64(&buf, value);
        amp_buf_char(&buf, ',');
        amp_buf_i64(&buf, (int64_t)value);
        assert_string_equal(amp_buf_cstr(&buf), want);
    }
    amp_buf_free(&buf);
}

static void formatted_text_grows_the_buffer(void **state)
{
    (void)state;
    struct amp_buf buf = amp_buf_make(5000);
    for (int width = 1; width < 90; width++) {
        amp_buf_printf(&buf, "%*d|", width, 5);
    }
    assert_int_equal(amp_buf_err(&buf), AMP_OK);
    assert_int_equal(buf.len, 89 * 90 / 2 + 89);
    assert_int_equal(buf.data[buf.len - 1], '|');
    amp_buf_printf(&buf, "%2000d", 1);
    assert_int_equal(amp_buf_err(&buf), AMP_E_LIMIT);
    assert_int_equal(buf.len, 89 * 90 / 2 + 89);
    amp_buf_free(&buf);
}

static void formatted_text_may_fill_the_maximum(void **state)
{
    (void)state;
    struct amp_buf buf = amp_buf_make(10);
    amp_buf_printf(&buf, "%s", "0123456789");
    assert_string_equal(amp_buf_cstr(&buf), "0123456789");
    amp_buf_free(&buf);
}

static void wire_integers_come_back_through_the_reader(void **state)
{
    (void)state;
    srandom(2);
    struct amp_buf buf = amp_buf_make(200);
    for (int i = 0; i < 5000; i++) {
        uint64_t value = (uint64_t)random() << 33 ^ (uint64_t)random() << 2 ^ (uint64_t)random();
        value = i == 0 ? UINT64_MAX : value >> (i % 64);
        amp_buf_clear(&buf);
        amp_buf_le32(&buf, (uint32_t)value);
        amp_buf_le64(&buf, value);
        amp_buf_varint(&buf, value);
        struct amp_reader rd = amp_reader_make(buf.data, buf.len);
        assert_int_equal(amp_reader_le32(&rd), (uint32_t)value);
        assert_true(amp_reader_le64(&rd) == value);
        assert_true(amp_reader_varint(&rd) == value);
        assert_true(amp_reader_done(&rd));
    }
    amp_buf_free(&buf);
}

static void bytes_on_the_wire_are_little_endian(void **state)
{
    (void)state;
    struct amp_buf buf = amp_buf_make(20);
    amp_buf_le32(&buf, 0x01020304U);
    amp_buf_varint(&buf, 300);
    assert_true(amp_str_eq(amp_buf_view(&buf), AMP_STR("\x04\x03\x02\x01\xAC\x02")));
    amp_buf_free(&buf);
}

static void extended_room_belongs_to_the_content(void **state)
{
    (void)state;
    struct amp_buf buf = amp_buf_make(1 << 20);
    assert_non_null(amp_buf_extend(&buf, 0));
    char *room = amp_buf_extend(&buf, 100000);
    assert_non_null(room);
    memset(room, 'r', 100000);
    assert_int_equal(strlen(amp_buf_cstr(&buf)), 100000);
    amp_buf_free(&buf);
}

static void a_buffer_over_foreign_room_never_grows(void **state)
{
    (void)state;
    char room[8];
    struct amp_buf buf = amp_buf_over(room, sizeof(room));
    amp_buf_text(&buf, "seven77");
    assert_int_equal(amp_buf_err(&buf), AMP_OK);
    assert_ptr_equal(amp_buf_cstr(&buf), room);
    assert_string_equal(room, "seven77");
    amp_buf_char(&buf, '8');
    assert_int_equal(amp_buf_err(&buf), AMP_E_LIMIT);
    assert_ptr_equal(buf.data, room);
}

static void what_is_not_whole_makes_what_takes_it_fail(void **state)
{
    (void)state;
    struct amp_buf part = amp_buf_make(4), whole = amp_buf_make(100);
    amp_buf_text(&part, "four");
    amp_buf_join(&whole, &part);
    assert_int_equal(amp_buf_err(&whole), AMP_OK);
    assert_string_equal(amp_buf_cstr(&whole), "four");
    amp_buf_char(&part, '5');
    amp_buf_join(&whole, &part);
    assert_int_equal(amp_buf_err(&whole), AMP_E_LIMIT);
    amp_buf_free(&part);
    amp_buf_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_maximum_can_be_reached_but_not_passed),
        cmocka_unit_test(the_error_is_sticky_until_cleared),
        cmocka_unit_test(a_huge_append_is_refused_not_wrapped),
        cmocka_unit_test(zeroes_are_an_empty_buffer_that_takes_nothing),
        cmocka_unit_test(whole_numbers_read_like_those_of_printf),
        cmocka_unit_test(formatted_text_grows_the_buffer),
        cmocka_unit_test(formatted_text_may_fill_the_maximum),
        cmocka_unit_test(wire_integers_come_back_through_the_reader),
        cmocka_unit_test(bytes_on_the_wire_are_little_endian),
        cmocka_unit_test(extended_room_belongs_to_the_content),
        cmocka_unit_test(a_buffer_over_foreign_room_never_grows),
        cmocka_unit_test(what_is_not_whole_makes_what_takes_it_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
