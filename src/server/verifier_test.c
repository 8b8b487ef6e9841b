/* What passes to whoever looks at signatures, and back: nothing of it is taken on trust. */
#include "server/alert_sign.h"
#include "server/feeds.h"
#include "server/verifier.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void an_ask_comes_as_it_was_sent(void **state)
{
    (void)state;
    const struct amp_verify_ask ask = {.id = 0x01020304,
                                       .now_us = -5,
                                       .key = {AMP_STR("one"), AMP_STR("zwei")},
                                       .key_n = 2,
                                       .ca = {{AMP_STR("its certificates"), AMP_STR("cn Met")}},
                                       .ca_n = 1,
                                       .document = AMP_STR("<alert/>")};
    struct amp_buf frame = amp_buf_make(AMP_VERIFY_FRAME);
    struct amp_verify_ask got;
    amp_verify_ask_write(&ask, &frame);
    assert_int_equal(amp_verify_ask_read(amp_buf_view(&frame), &got), AMP_OK);
    assert_int_equal(got.id, ask.id);
    assert_int_equal(got.key_n, 2);
    assert_true(amp_str_is(got.key[1], "zwei"));
    assert_true(got.now_us == -5 && got.ca_n == 1);
    assert_true(amp_str_is(got.ca[0].certificates, "its certificates"));
    assert_true(amp_str_is(got.ca[0].signer, "cn Met"));
    assert_true(amp_str_is(got.document, "<alert/>"));
    for (size_t len = 0; len < frame.len; len++) { /* cut off anywhere */
        assert_int_not_equal(amp_verify_ask_read((struct amp_str){frame.data, len}, &got), AMP_OK);
    }
    const size_t keys = 8 + 4 + 8, cas = keys + 4 + 4 + 3 + 4 + 4;
    frame.data[cas] = AMP_VERIFY_CAS + 1;
    assert_int_equal(amp_verify_ask_read(amp_buf_view(&frame), &got), AMP_E_LIMIT);
    frame.data[keys] = AMP_VERIFY_KEYS + 1;
    assert_int_equal(amp_verify_ask_read(amp_buf_view(&frame), &got), AMP_E_LIMIT);
    amp_buf_free(&frame);
}

static amp_err answer(const char *text, size_t len, struct amp_verdict *out)
{
    char frame[512] = {7, 0, 0, 0};
    uint32_t id = 0;
    memcpy(frame + 4, text, len);
    amp_err err = amp_verify_answer_read((struct amp_str){frame, 4 + len}, 2, &id, out);
    assert_true(err != AMP_OK || id == 7);
    return err;
}

#define ANSWER(text, out) answer(text, sizeof(text) - 1, out)

static void an_answer_is_one_of_four_and_its_key_one_of_those_asked_about(void **state)
{
    (void)state;
    struct amp_verdict verdict = {.signature = AMP_SIGNATURE_NONE};
    assert_int_equal(ANSWER("valid 1", &verdict), AMP_OK);
    assert_true(verdict.signature == AMP_SIGNATURE_VALID && verdict.key == 1);
    assert_int_equal(ANSWER("invalid another text", &verdict), AMP_OK);
    assert_true(verdict.signature == AMP_SIGNATURE_INVALID);
    assert_string_equal(verdict.words, "another text");
    assert_int_equal(ANSWER("unknown-key", &verdict), AMP_OK);
    assert_int_equal(ANSWER("unsupported x", &verdict), AMP_OK);
    static const char *const bad[] = {"",           "valid",   "valid 2", "valid -1",
                                      "valid 1 ",   "valid x", "none",    "Valid 0",
                                      "invalid \n", "x",       " valid",  "valid\t0"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_not_equal(answer(bad[i], strlen(bad[i]), &verdict), AMP_OK);
    }
    char words[300] = "invalid ";
    memset(words + 8, 'x', sizeof words - 9);
    assert_int_not_equal(answer(words, strlen(words), &verdict), AMP_OK);
    assert_true(verdict.signature == AMP_SIGNATURE_UNSUPPORTED); /* untouched */
}

static void a_key_is_a_word_and_a_file_and_of_what_can_be_read(void **state)
{
    (void)state;
    struct amp_sign_rule rule = {.n = 0};
    struct amp_why why = {""};
    assert_int_equal(amp_sign_key_setting(AMP_STR("met /etc/a b.pem"), &rule), AMP_OK);
    assert_string_equal(rule.key[0].name, "met");
    assert_string_equal(rule.key[0].file, "/etc/a b.pem");
    assert_int_not_equal(amp_sign_key_setting(AMP_STR("met"), &rule), AMP_OK);
    assert_int_not_equal(amp_sign_key_setting(AMP_STR("m,t /x"), &rule), AMP_OK);
    rule.n = AMP_VERIFY_KEYS;
    assert_int_not_equal(amp_sign_key_setting(AMP_STR("met /x"), &rule), AMP_OK);
    assert_int_equal(amp_sign_key_read(AMP_STR(""), &rule.key[0], &why), AMP_E_UNSUPPORTED);
    assert_int_equal(
        amp_sign_key_read(AMP_STR("-----BEGIN PUBLIC KEY-----\nAAAA\n"), &rule.key[0], &why),
        AMP_E_UNSUPPORTED);
    /* secp224r1: too short */
    assert_int_equal(
        amp_sign_key_read(
            AMP_STR("-----BEGIN PUBLIC KEY-----\n"
                    "ME4wEAYHKoZIzj0CAQYFK4EEACEDOgAEymBKEfoQTs5zfzx9OYgKAgJaswzfHzzK\n"
                    "9B4R6IrZUODz9FUpHmkGo1Fcjdsd9DK4H9bwb9qra/A=\n"
                    "-----END PUBLIC KEY-----\n"),
            &rule.key[0], &why),
        AMP_E_UNSUPPORTED);
    assert_int_equal(rule.key[0].len, 0);
}

static void the_largest_ask_is_a_packet(void **state)
{
    (void)state;
    static char much[AMP_VERIFY_DOCUMENT];
    struct amp_verify_ask ask = {
        .key_n = AMP_VERIFY_KEYS, .ca_n = AMP_VERIFY_CAS, .document = {much, AMP_VERIFY_DOCUMENT}};
    struct amp_buf frame = amp_buf_make(AMP_VERIFY_FRAME);
    struct amp_verify_ask got;
    for (size_t i = 0; i < AMP_VERIFY_KEYS; i++) {
        ask.key[i] = (struct amp_str){much, AMP_VERIFY_KEY};
    }
    for (size_t i = 0; i < AMP_VERIFY_CAS; i++) {
        ask.ca[i].certificates = (struct amp_str){much, AMP_VERIFY_CA};
        ask.ca[i].signer = (struct amp_str){much, AMP_VERIFY_SIGNER};
    }
    amp_verify_ask_write(&ask, &frame);
    assert_int_equal(amp_buf_err(&frame), AMP_OK);
    assert_int_equal(amp_verify_ask_read(amp_buf_view(&frame), &got), AMP_OK);
    amp_buf_free(&frame);
}

static amp_err feeds_of(struct amp_str text, struct amp_feeds *out)
{
    struct amp_why why = {""};
    amp_err err = amp_feeds_read(text, out, &why);
    amp_feeds_free(out);
    return err;
}

static void an_authority_stands_with_the_one_whom_it_certifies(void **state)
{
    (void)state;
    struct amp_feeds feeds;
#define BEGIN "sender = met\n"
    assert_int_equal(feeds_of(AMP_STR(BEGIN "ca = met-ca /etc/ca.pem\nsigner = any\n"), &feeds),
                     AMP_OK);
    assert_int_equal(
        feeds_of(AMP_STR(BEGIN "ca = a /a\nsigner = email w@met.example\n"
                               "ca = b /b\nsigner = cn Met Alerts\nsigned = required\n"),
                 &feeds),
        AMP_OK);
    assert_string_equal(feeds.feed[0].sign.ca[1].signer, "cn Met Alerts");
    static const char *const bad[] = {
        BEGIN "ca = a /a\n",                                /* of whom? */
        BEGIN "ca = a /a\nca = b /b\nsigner = any\n",       /* the first? */
        BEGIN "signer = any\n",                             /* by whom? */
        BEGIN "ca = a /a\nsigner = any\nsigner = cn Met\n", /* which? */
        BEGIN "ca = a /a\nsigner = Met\n",
        BEGIN "ca = a\nsigner = any\n",
        BEGIN "ca = a /a\nsigner = any\nca = b /b\nsigner = any\nca = c /c\nsigner = any\n",
        BEGIN "key = a /a\nsigner = any\n",
        "ca = a /a\nsigner = any\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_not_equal(feeds_of(amp_str_of(bad[i]), &feeds), AMP_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ask_comes_as_it_was_sent),
        cmocka_unit_test(an_answer_is_one_of_four_and_its_key_one_of_those_asked_about),
        cmocka_unit_test(the_largest_ask_is_a_packet),
        cmocka_unit_test(an_authority_stands_with_the_one_whom_it_certifies),
        cmocka_unit_test(a_key_is_a_word_and_a_file_and_of_what_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
