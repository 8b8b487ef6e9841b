/* The 7-bit alphabet of short messages. */
#include "intake/gsm7.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/testarena.h"

/* Packs septets as TS 23.038, 6.1.2.1.1 says: the slow twin of reading them. */
static size_t pack(const uint8_t *septet, size_t n, uint8_t *out)
{
    size_t bytes = (n * 7 + 7) / 8;
    for (size_t i = 0; i < bytes; i++) {
        out[i] = 0;
    }
    for (size_t bit = 0; bit < n * 7; bit++) {
        if (septet[bit / 7] >> bit % 7 & 1) {
            out[bit / 8] = (uint8_t)(out[bit / 8] | 1U << bit % 8);
        }
    }
    return bytes;
}

static struct amp_str unpacked(const uint8_t *septet, size_t n)
{
    uint8_t bytes[512];
    struct amp_str out = {0};
    assert_int_equal(amp_gsm7_unpack(bytes, pack(septet, n, bytes), &arena, &out), AMP_OK);
    return out;
}

static void every_letter_of_every_length_comes_back(void **state)
{
    (void)state;
    uint8_t septet[200];
    for (size_t n = 0; n <= 200; n++) {
        for (size_t i = 0; i < n; i++) {
            septet[i] = (uint8_t)('a' + (i * 7 + n) % 26);
        }
        struct amp_str text = unpacked(septet, n);
        assert_int_equal(text.len, n);
        assert_memory_equal(text.ptr, septet, n);
    }
}

static void characters_beyond_ascii_and_of_the_extension_table_are_read(void **state)
{
    (void)state;
    const uint8_t septet[] = {0x00, 0x09, 0x1B, 0x65, 0x1B, 0x3C, 0x7D, 0x1B, 0x41};
    assert_true(amp_str_is(unpacked(septet, sizeof septet), "@Ç€[ñA"));
}

static void a_last_at_sign_is_kept_unless_it_is_padding(void **state)
{
    (void)state;
    uint8_t septet[8] = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 0};
    assert_int_equal(unpacked(septet, 7).len, 7); /* seven bytes, one septet of padding */
    septet[2] = 0;
    assert_true(amp_str_is(unpacked(septet, 3), "ab@"));
}

static void a_message_longer_than_there_can_be_is_refused(void **state)
{
    (void)state;
    static uint8_t bytes[AMP_GSM7_SEPTETS];
    struct amp_str out = {.ptr = NULL, .len = 7};
    assert_int_equal(amp_gsm7_unpack(bytes, sizeof bytes, &arena, &out), AMP_E_LIMIT);
    assert_int_equal(out.len, 7);
}

static void the_length_counts_extension_characters_twice_and_knows_what_is_not_there(void **state)
{
    (void)state;
    assert_int_equal(amp_gsm7_length(AMP_STR("")), 0);
    assert_int_equal(amp_gsm7_length(AMP_STR("Rua Açores")), -1); /* only the capital is there */
    assert_int_equal(amp_gsm7_length(AMP_STR("Ça va? 5€")), 10);
    assert_int_equal(amp_gsm7_length(AMP_STR("[{~}]")), 10);
    assert_int_equal(amp_gsm7_length(AMP_STR("شارع")), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_letter_of_every_length_comes_back),
        cmocka_unit_test(characters_beyond_ascii_and_of_the_extension_table_are_read),
        cmocka_unit_test(a_last_at_sign_is_kept_unless_it_is_padding),
        cmocka_unit_test(a_message_longer_than_there_can_be_is_refused),
        cmocka_unit_test(the_length_counts_extension_characters_twice_and_knows_what_is_not_there),
    };
    return cmocka_run_group_tests_name("intake/gsm7", tests, arena_set_up, arena_tear_down);
}
