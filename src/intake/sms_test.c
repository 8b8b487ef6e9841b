/* Text messages from gateways: what comes in, and how many parts an answer takes. */
#include "intake/gsm7.h"
#include "intake/sms.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct amp_arena arena;

static int arena_open(void **state)
{
    (void)state;
    arena = amp_arena_make(1 << 22);
    return 0;
}

static int arena_close(void **state)
{
    (void)state;
    amp_arena_drop(&arena);
    return 0;
}

static struct amp_sms_in form_of(const char *form)
{
    struct amp_sms_in sms;
    struct amp_why why = {""};
    if (amp_sms_read_form(amp_str_of(form), &arena, &sms, &why) != AMP_OK) {
        fail_msg("%s: %s", form, why.text);
    }
    return sms;
}

static void says(struct amp_str text, const char *wanted)
{
    assert_int_equal(text.len, strlen(wanted));
    assert_memory_equal(text.ptr, wanted, text.len);
}

static void the_sender_s_plus_survives_both_ways_of_writing_it(void **state)
{
    (void)state;
    says(form_of("from=+25884111&text=help").from, "+25884111");
    says(form_of("from=%2B25884111&text=help").from, "+25884111");
    says(form_of("from=25884111&text=help").from, "25884111");
}

static void ucs2_in_raw_octets_is_read_with_pairs_and_without_nul(void **state)
{
    (void)state;
    struct amp_sms_in sms = form_of("from=1&coding=2&text=%04%1F%04%3E%D8%3D%DE%91%00A%D8%3D");
    says(sms.text, "\xd0\x9f\xd0\xbe\xf0\x9f\x9a\x91"
                   "A\xef\xbf\xbd");
    says(form_of("from=1&charset=UTF-16BE&text=%00%00%00B").text, "B");
    says(form_of("from=1&coding=2&charset=UTF-8&text=%C3%A9").text, "\xc3\xa9");
}

static void what_is_not_utf8_is_read_as_windows_1252(void **state)
{
    (void)state;
    says(form_of("from=1&text=caf%E9+%80").text, "caf\xc3\xa9 \xe2\x82\xac");
    says(form_of("from=1&charset=ISO-8859-1&text=%E9").text, "\xc3\xa9");
    says(form_of("from=1&text=100%").text, "100%");
}

static void a_data_message_is_octets_in_hex(void **state)
{
    (void)state;
    struct amp_sms_in sms = form_of("from=1&coding=1&text=%C1%D1%13");
    says(sms.data, "c1d113");
    says(sms.text, "");
}

static void the_header_of_long_messages_is_read_raw_or_in_hex_and_both_widths(void **state)
{
    (void)state;
    struct amp_sms_in sms = form_of("from=1&text=a&udh=%05%00%03%2A%03%02");
    assert_int_equal(sms.part.ref, 42);
    assert_int_equal(sms.part.total, 3);
    assert_int_equal(sms.part.index, 2);
    sms = form_of("from=1&text=a&udh=0A050B8423F00804012C0201");
    assert_int_equal(sms.part.ref, 0);
    sms = form_of("from=1&text=a&udh=0C05040B8423F00804012C0201");
    assert_int_equal(sms.part.ref, 300);
    assert_int_equal(sms.part.total, 2);
    assert_int_equal(sms.part.index, 1);
    sms = form_of("from=1&text=a&ref=7&parts=2&part=2");
    assert_int_equal(sms.part.index, 2);
}

static void headers_that_cannot_be_are_ignored_and_the_text_is_kept(void **state)
{
    static const char *const headers[] = {"%05%00%03%2A%03%04",
                                          "%05%00%03%2A%03%00",
                                          "%05%00%03%2A%01%01",
                                          "%05%00%03%2A",
                                          "%FF",
                                          "%05%00%FF%2A%03%01",
                                          "ZZ",
                                          "%00"};
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        char form[256];
        (void)snprintf(form, sizeof form, "from=1&text=help&udh=%s", headers[i]);
        struct amp_sms_in sms = form_of(form);
        assert_int_equal(sms.part.total, 0);
        says(sms.text, "help");
    }
}

static void times_come_as_seconds_or_in_rfc_3339_and_a_wrong_one_is_none(void **state)
{
    (void)state;
    assert_int_equal(form_of("from=1&text=a&time=1700000000").sent_us, INT64_C(1700000000000000));
    assert_int_equal(form_of("from=1&text=a&time=2023-11-14T22:13:20Z").sent_us,
                     INT64_C(1700000000000000));
    assert_int_equal(form_of("from=1&text=a&time=yesterday").sent_us, 0);
}

static void a_text_beyond_the_limit_is_cut_at_a_character_and_said_to_be(void **state)
{
    size_t n = 5000;
    char *form = malloc(2 * n + 64);
    (void)state;
    assert_non_null(form);
    (void)snprintf(form, 64, "from=1&text=");
    size_t at = strlen(form);
    form[at++] = 'x'; /* so that the limit falls within a character */
    for (size_t i = 0; i < n; i++) {
        memcpy(form + at + 2 * i, "\xc3\xa9", 2);
    }
    form[at + 2 * n] = '\0';
    struct amp_sms_in sms = form_of(form);
    assert_true(sms.cut);
    assert_int_equal(sms.text.len, AMP_TEXT_MAX - 1);
    assert_true(amp_utf8_valid(sms.text));
    free(form);
}

static void json_says_the_same_as_a_form(void **state)
{
    struct amp_sms_in sms;
    (void)state;
    assert_int_equal(amp_sms_read_json(AMP_STR("{\"from\":\"+1\",\"text\":\"\\u20ac\",\"id\":7,"
                                               "\"ref\":9,\"parts\":2,\"part\":1,\"more\":[]}"),
                                       &arena, &sms, NULL),
                     AMP_OK);
    says(sms.text, "\xe2\x82\xac");
    says(sms.id, "7");
    assert_int_equal(sms.part.ref, 9);
    assert_int_equal(amp_sms_read_json(AMP_STR("[]"), &arena, &sms, NULL), AMP_E_SYNTAX);
}

static void without_a_sender_there_is_nobody_to_help(void **state)
{
    struct amp_sms_in sms;
    (void)state;
    assert_int_equal(amp_sms_read_form(AMP_STR("text=help"), &arena, &sms, NULL), AMP_E_MISSING);
    assert_int_equal(amp_sms_read_form(AMP_STR("from=%0A1&text=help"), &arena, &sms, NULL), AMP_OK);
    assert_int_equal(amp_sms_read_form(AMP_STR("from=1%0A2&text=help"), &arena, &sms, NULL),
                     AMP_E_RANGE);
}

/* n copies of a character, then `last`. */
static struct amp_sms_size size_of(const char *character, size_t n, const char *last)
{
    struct amp_buf text = amp_buf_make(1 << 16);
    for (size_t i = 0; i < n; i++) {
        amp_buf_text(&text, character);
    }
    amp_buf_text(&text, last);
    struct amp_sms_size size = amp_sms_size_of(amp_buf_view(&text));
    amp_buf_free(&text);
    return size;
}

static void parts_are_counted_as_the_standard_fills_them(void **state)
{
    (void)state;
    assert_int_equal(size_of("a", 0, "").parts, 0);
    assert_int_equal(size_of("a", 160, "").parts, 1);
    assert_int_equal(size_of("a", 160, "").left, 0);
    assert_int_equal(size_of("a", 161, "").parts, 2);
    assert_int_equal(size_of("a", 306, "").parts, 2);
    assert_int_equal(size_of("a", 307, "").parts, 3);
    assert_int_equal(size_of("\xe2\x82\xac", 80, "").parts, 1); /* the euro takes two */
    assert_int_equal(size_of("\xe2\x82\xac", 80, "a").parts, 2);
    assert_true(size_of("\xc3\xa7", 1, "").ucs2); /* small c with cedilla is not in the alphabet */
    assert_false(size_of("\xc3\x87", 1, "").ucs2);
    assert_int_equal(size_of("\xd0\xb6", 70, "").parts, 1);
    assert_int_equal(size_of("\xd0\xb6", 71, "").parts, 2);
    assert_int_equal(size_of("\xd0\xb6", 134, "").parts, 2);
    assert_int_equal(size_of("\xd0\xb6", 135, "").parts, 3);
}

static void no_part_ends_within_a_character(void **state)
{
    (void)state;
    /* 76 euros fill 152 of 153 septets: the next does not fit, though one septet is left */
    assert_int_equal(size_of("\xe2\x82\xac", 153, "").parts, 3);
    assert_int_equal(size_of("\xe2\x82\xac", 152, "").parts, 2);
    /* 33 pairs fill 66 of 67 units */
    assert_int_equal(size_of("\xf0\x9f\x9a\x91", 35, "").parts, 1);
    assert_int_equal(size_of("\xf0\x9f\x9a\x91", 66, "").parts, 2);
    assert_int_equal(size_of("\xf0\x9f\x9a\x91", 67, "").parts, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sender_s_plus_survives_both_ways_of_writing_it),
        cmocka_unit_test(ucs2_in_raw_octets_is_read_with_pairs_and_without_nul),
        cmocka_unit_test(what_is_not_utf8_is_read_as_windows_1252),
        cmocka_unit_test(a_data_message_is_octets_in_hex),
        cmocka_unit_test(the_header_of_long_messages_is_read_raw_or_in_hex_and_both_widths),
        cmocka_unit_test(headers_that_cannot_be_are_ignored_and_the_text_is_kept),
        cmocka_unit_test(times_come_as_seconds_or_in_rfc_3339_and_a_wrong_one_is_none),
        cmocka_unit_test(a_text_beyond_the_limit_is_cut_at_a_character_and_said_to_be),
        cmocka_unit_test(json_says_the_same_as_a_form),
        cmocka_unit_test(without_a_sender_there_is_nobody_to_help),
        cmocka_unit_test(parts_are_counted_as_the_standard_fills_them),
        cmocka_unit_test(no_part_ends_within_a_character),
    };
    return cmocka_run_group_tests(tests, arena_open, arena_close);
}
