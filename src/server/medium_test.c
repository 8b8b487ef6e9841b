/* Sealed pieces of media: what was put in comes out, and nothing else opens. */
#include "server/medium.h"
#include "server/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t key[AMP_KEY] = {7}, other[AMP_KEY] = {8};

/* "pieces of text", in pieces of three bytes. */
static struct amp_buf made(const uint8_t id[16])
{
    static const char words[] = "pieces of text";
    struct amp_buf file = amp_buf_make(1 << 16);
    amp_medium_head(id, &file);
    for (size_t at = 0; at < sizeof words - 1; at += 3) {
        size_t len = sizeof words - 1 - at < 3 ? sizeof words - 1 - at : 3;
        struct amp_buf piece = amp_buf_make(1 << 12);
        uint8_t nonce[AMP_NONCE];
        amp_random(nonce, sizeof nonce);
        amp_medium_piece(key, nonce, amp_buf_view(&file), at, (struct amp_str){words + at, len},
                         &piece);
        amp_buf_str(&file, amp_buf_view(&piece));
        amp_buf_free(&piece);
    }
    assert_int_equal(amp_buf_err(&file), AMP_OK);
    return file;
}

static amp_err opened(const uint8_t with[AMP_KEY], struct amp_str file, struct amp_buf *out)
{
    amp_buf_clear(out);
    return amp_medium_open(with, file, out);
}

static void what_was_put_in_comes_out(void **state)
{
    struct amp_buf file = made((const uint8_t[16]){1}), plain = amp_buf_make(1 << 12);
    size_t whole = 0;
    uint64_t held = 0;
    (void)state;
    assert_int_equal(opened(key, amp_buf_view(&file), &plain), AMP_OK);
    assert_string_equal(amp_buf_cstr(&plain), "pieces of text");
    assert_int_equal(amp_medium_measure(amp_buf_view(&file), &whole, &held), AMP_OK);
    assert_int_equal(whole, file.len);
    assert_int_equal(held, 14);
    assert_null(memmem(file.data, file.len, "pie", 3));
    assert_int_equal(opened(other, amp_buf_view(&file), &plain), AMP_E_FORBIDDEN);
    amp_buf_free(&file);
    amp_buf_free(&plain);
}

static void a_torn_end_is_measured_without_its_last_piece_and_never_opened(void **state)
{
    struct amp_buf file = made((const uint8_t[16]){1}), plain = amp_buf_make(1 << 12);
    (void)state;
    for (size_t cut = 1; cut <= 4 + 2 + AMP_SEAL_EXTRA - 1; cut++) {
        size_t whole = 0;
        uint64_t held = 0;
        struct amp_str torn = {file.data, file.len - cut};
        assert_int_equal(amp_medium_measure(torn, &whole, &held), AMP_OK);
        assert_int_equal(held, 12);
        assert_int_equal(opened(key, torn, &plain), AMP_E_CORRUPT);
    }
    amp_buf_free(&file);
    amp_buf_free(&plain);
}

static void a_changed_bit_anywhere_is_seen(void **state)
{
    struct amp_buf file = made((const uint8_t[16]){1}), plain = amp_buf_make(1 << 12);
    (void)state;
    for (size_t i = 0; i < file.len; i++) {
        file.data[i] = (char)(file.data[i] ^ 1);
        assert_int_not_equal(opened(key, amp_buf_view(&file), &plain), AMP_OK);
        file.data[i] = (char)(file.data[i] ^ 1);
    }
    amp_buf_free(&file);
    amp_buf_free(&plain);
}

static void a_piece_opens_in_no_other_file_and_at_no_other_place(void **state)
{
    struct amp_buf file = made((const uint8_t[16]){1}), twin = made((const uint8_t[16]){2});
    struct amp_buf plain = amp_buf_make(1 << 12), mixed = amp_buf_make(1 << 12);
    const size_t piece = 4 + 3 + AMP_SEAL_EXTRA;
    (void)state;
    amp_buf_put(&mixed, twin.data, AMP_MEDIUM_HEAD);
    amp_buf_put(&mixed, file.data + AMP_MEDIUM_HEAD, piece);
    assert_int_equal(opened(key, amp_buf_view(&mixed), &plain), AMP_E_CORRUPT);
    amp_buf_clear(&mixed);
    amp_buf_put(&mixed, file.data, AMP_MEDIUM_HEAD);
    amp_buf_put(&mixed, file.data + AMP_MEDIUM_HEAD + piece, piece);
    assert_int_equal(opened(key, amp_buf_view(&mixed), &plain), AMP_E_CORRUPT);
    amp_buf_free(&file);
    amp_buf_free(&twin);
    amp_buf_free(&plain);
    amp_buf_free(&mixed);
}

static void only_what_phones_make_is_known_and_a_page_is_not(void **state)
{
    (void)state;
    assert_string_equal(amp_medium_sniff(AMP_STR("\xff\xd8\xff\xe0 a picture")), "jpeg");
    assert_string_equal(amp_medium_sniff(AMP_STR("\x00\x00\x00\x18"
                                                 "ftypisom")),
                        "mp4");
    assert_string_equal(amp_medium_sniff(AMP_STR("RIFF1234WAVEfmt ")), "wav");
    assert_null(amp_medium_sniff(AMP_STR("<!doctype html><script>")));
    assert_null(amp_medium_sniff(AMP_STR("<svg onload=x>")));
    assert_null(amp_medium_sniff(AMP_STR("\xff")));
    assert_string_equal(amp_medium_type(AMP_STR("jpeg")), "image/jpeg");
    assert_null(amp_medium_type(AMP_STR("html")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_in_comes_out),
        cmocka_unit_test(a_torn_end_is_measured_without_its_last_piece_and_never_opened),
        cmocka_unit_test(a_changed_bit_anywhere_is_seen),
        cmocka_unit_test(a_piece_opens_in_no_other_file_and_at_no_other_place),
        cmocka_unit_test(only_what_phones_make_is_known_and_a_page_is_not),
    };
    if (amp_crypto_start() != AMP_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
