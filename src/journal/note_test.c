/* Notes, keys, checkpoints and proof files: the published examples, and what must be refused. */
#include "journal/note.h"
#include "journal/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The example of C2SP signed-note, "Verifier keys". */
static const char known_vkey[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char known_note[] =
    "This is an example message.\n\n"
    "\xe2\x80\x94 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOB"
    "H3mFXmRKuwHjG1Yu72IneyaQM=\n";

static struct amp_vkey vkey_of(const char *text)
{
    struct amp_vkey vkey;
    assert_int_equal(amp_vkey_parse(amp_str_of(text), &vkey, NULL), AMP_OK);
    return vkey;
}

static amp_err note_check(struct amp_str text, const struct amp_vkey *key, size_t n,
                          struct amp_note_seen *seen)
{
    struct amp_note note;
    struct amp_why why = {""};
    amp_err err = amp_note_parse(text, &note, &why);
    err = err ? err : amp_note_verify(&note, key, n, seen, &why);
    assert_int_equal(err != AMP_OK, why.text[0] != '\0');
    return err;
}

static void the_example_of_the_specification_verifies(void **state)
{
    (void)state;
    struct amp_vkey vkey = vkey_of(known_vkey);
    struct amp_note_seen seen;
    struct amp_note note;
    char text[AMP_VKEY_TEXT];
    assert_int_equal(vkey.type, AMP_KEY_ED25519);
    assert_string_equal(vkey.name, "example.com/foo");
    amp_vkey_write(&vkey, text);
    assert_string_equal(text, known_vkey);
    assert_int_equal(note_check(amp_str_of(known_note), &vkey, 1, &seen), AMP_OK);
    assert_true(seen.signed_it);
    assert_int_equal(amp_note_parse(amp_str_of(known_note), &note, NULL), AMP_OK);
    assert_true(amp_str_is(note.text, "This is an example message.\n"));
    assert_int_equal(note.n, 1);
}

static void every_altered_byte_of_a_note_is_refused(void **state)
{
    (void)state;
    struct amp_vkey vkey = vkey_of(known_vkey);
    char text[sizeof known_note];
    for (size_t i = 0; i + 1 < sizeof known_note; i++) {
        struct amp_note_seen seen;
        memcpy(text, known_note, sizeof text);
        text[i] ^= 0x01;
        struct amp_str view = {.ptr = text, .len = sizeof known_note - 1};
        assert_int_not_equal(note_check(view, &vkey, 1, &seen), AMP_OK);
    }
}

static void a_key_says_its_name_id_and_type_or_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3Q==",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct amp_vkey vkey;
        struct amp_why why = {""};
        assert_int_not_equal(amp_vkey_parse(amp_str_of(bad[i]), &vkey, &why), AMP_OK);
        assert_true(why.text[0] != '\0');
    }
}

static void the_name_of_a_key_has_no_blank_plus_or_control(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "a b",       "a+b",          "a\tb",
                                      "a\nb",  "a\xc2\xa0", "\xe3\x80\x80", "a\xe2\x80\x83z",
                                      "a\xff", "\x01"};
    static const char *const good[] = {"a", "example.com/caf\xc3\xa9", "x/\xe2\x82\xac"};
    const uint8_t key[AMP_SIGN_PUBLIC] = {1};
    struct amp_vkey vkey;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(amp_vkey_make(amp_str_of(bad[i]), 1, key, sizeof key, &vkey), AMP_E_RANGE);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(amp_vkey_make(amp_str_of(good[i]), 1, key, sizeof key, &vkey), AMP_OK);
    }
}

/* ---- our own notes ---- */

struct signer {
    uint8_t seed[AMP_KEY];
    struct amp_vkey vkey;
};

static struct signer signer_make(const char *name, uint8_t type, uint8_t fill)
{
    struct signer signer;
    uint8_t key[AMP_SIGN_PUBLIC];
    memset(signer.seed, fill, sizeof signer.seed);
    amp_sign_public(signer.seed, key);
    assert_int_equal(amp_vkey_make(amp_str_of(name), type, key, sizeof key, &signer.vkey), AMP_OK);
    return signer;
}

static struct amp_checkpoint checkpoint_make(uint64_t size)
{
    struct amp_checkpoint checkpoint = {.origin = AMP_STR("log.example/centre"),
                                        .head = {.size = size}};
    memset(checkpoint.head.root, (int)(size & 0xff), AMP_HASH);
    return checkpoint;
}

static struct amp_buf signed_make(const struct signer *log, uint64_t size)
{
    struct amp_buf buf = amp_buf_make(AMP_NOTE_MAX);
    const struct amp_checkpoint checkpoint = checkpoint_make(size);
    assert_int_equal(amp_checkpoint_sign(&checkpoint, log->seed, &buf), AMP_OK);
    return buf;
}

static void a_checkpoint_is_signed_and_read_back(void **state)
{
    (void)state;
    struct signer log = signer_make("log.example/centre", AMP_KEY_ED25519, 5);
    struct amp_note_seen seen;
    struct amp_note note;
    struct amp_checkpoint back;
    for (uint64_t size = 0; size < INT64_MAX / 3; size = 3 * size + 1) {
        struct amp_buf buf = signed_make(&log, size);
        assert_int_equal(note_check(amp_buf_view(&buf), &log.vkey, 1, &seen), AMP_OK);
        assert_int_equal(amp_note_parse(amp_buf_view(&buf), &note, NULL), AMP_OK);
        assert_int_equal(amp_checkpoint_parse(note.text, &back), AMP_OK);
        struct amp_checkpoint made = checkpoint_make(size);
        assert_true(amp_str_eq(back.origin, made.origin));
        assert_true(back.head.size == size);
        assert_memory_equal(back.head.root, made.head.root, AMP_HASH);
        amp_buf_free(&buf);
    }
}

static void a_witness_adds_its_line_and_its_time(void **state)
{
    (void)state;
    struct signer log = signer_make("log.example/centre", AMP_KEY_ED25519, 5);
    struct signer witness = signer_make("witness.example/w", AMP_KEY_COSIGNATURE, 6);
    struct amp_vkey key[2] = {log.vkey, witness.vkey};
    struct amp_note_seen seen[2];
    struct amp_note note;
    struct amp_buf buf = signed_make(&log, 42);
    assert_int_equal(amp_note_parse(amp_buf_view(&buf), &note, NULL), AMP_OK);
    struct amp_buf line = amp_buf_make(AMP_NOTE_SIGNATURE);
    assert_int_equal(
        amp_note_cosign(note.text, amp_str_of(witness.vkey.name), witness.seed, 1679315147, &line),
        AMP_OK);
    amp_buf_str(&buf, amp_buf_view(&line));
    assert_int_equal(note_check(amp_buf_view(&buf), key, 2, seen), AMP_OK);
    assert_true(seen[0].signed_it && seen[1].signed_it);
    assert_int_equal(seen[0].time_s, 0);
    assert_int_equal(seen[1].time_s, 1679315147);
    /* the same key under the other type has another id: its line is that of a stranger */
    struct signer wrong = signer_make("witness.example/w", AMP_KEY_ED25519, 6);
    assert_memory_not_equal(wrong.vkey.id, witness.vkey.id, AMP_KEY_ID);
    assert_int_equal(note_check(amp_buf_view(&buf), &wrong.vkey, 1, seen), AMP_E_FORBIDDEN);
    amp_buf_free(&line);
    amp_buf_free(&buf);
}

static void strangers_are_ignored_and_a_false_friend_spoils_all(void **state)
{
    (void)state;
    struct signer log = signer_make("log.example/centre", AMP_KEY_ED25519, 5);
    struct signer other = signer_make("other.example", AMP_KEY_ED25519, 9);
    struct amp_vkey key[2] = {log.vkey, other.vkey};
    struct amp_note_seen seen[2];
    struct amp_buf buf = signed_make(&log, 7), line = amp_buf_make(AMP_NOTE_SIGNATURE);
    /* a line of `other` over another text */
    assert_int_equal(
        amp_note_sign(AMP_STR("something else\n"), AMP_STR("other.example"), other.seed, &line),
        AMP_OK);
    amp_buf_str(&buf, amp_buf_view(&line));
    assert_int_equal(note_check(amp_buf_view(&buf), key, 1, seen), AMP_OK); /* unknown: ignored */
    assert_int_equal(note_check(amp_buf_view(&buf), key, 2, seen), AMP_E_FORBIDDEN);
    assert_int_equal(note_check(amp_buf_view(&buf), &other.vkey, 1, seen), AMP_E_FORBIDDEN);
    amp_buf_free(&line);
    amp_buf_free(&buf);
}

static void sixteen_signatures_and_more_are_taken_and_too_many_refused(void **state)
{
    (void)state;
    struct signer log = signer_make("log.example/centre", AMP_KEY_ED25519, 5);
    struct amp_note_seen seen;
    struct amp_buf buf = signed_make(&log, 7);
    for (int n = 1; n < AMP_NOTE_SIGNATURES; n++) {
        char name[32];
        snprintf(name, sizeof name, "w%d.example", n);
        struct amp_buf line = amp_buf_make(AMP_NOTE_SIGNATURE);
        assert_int_equal(amp_note_cosign(AMP_STR("x\n"), amp_str_of(name), log.seed, n, &line),
                         AMP_OK);
        amp_buf_str(&buf, amp_buf_view(&line));
        amp_buf_free(&line);
        assert_int_equal(note_check(amp_buf_view(&buf), &log.vkey, 1, &seen), AMP_OK);
    }
    amp_buf_text(&buf, "\xe2\x80\x94 one.more AAAAAAAA\n");
    assert_int_equal(note_check(amp_buf_view(&buf), &log.vkey, 1, &seen), AMP_E_LIMIT);
    amp_buf_free(&buf);
}

static void a_key_type_that_is_only_known_by_name_says_so(void **state)
{
    (void)state;
    static uint8_t key[AMP_KEY_PUBLIC];
    struct amp_vkey vkey;
    struct amp_note_seen seen;
    char text[AMP_VKEY_TEXT], note[256], base64[16];
    assert_int_equal(
        amp_vkey_make(AMP_STR("pq.example"), AMP_KEY_ML_DSA_44, key, sizeof key, &vkey), AMP_OK);
    amp_vkey_write(&vkey, text);
    vkey = vkey_of(text);
    assert_string_equal(amp_key_type_name(vkey.type), "ML-DSA-44 cosignature");
    struct amp_buf buf = amp_buf_make(64);
    uint8_t bytes[6] = {vkey.id[0], vkey.id[1], vkey.id[2], vkey.id[3], 1, 2};
    amp_base64_put(&buf, bytes, sizeof bytes);
    snprintf(base64, sizeof base64, "%s", amp_buf_cstr(&buf));
    snprintf(note, sizeof note, "text\n\n\xe2\x80\x94 pq.example %s\n", base64);
    assert_int_equal(note_check(amp_str_of(note), &vkey, 1, &seen), AMP_E_UNSUPPORTED);
    amp_buf_free(&buf);
    assert_null(amp_key_type_name(0x02));
    assert_int_equal(amp_vkey_make(AMP_STR("x"), 0xfa, key, 32, &vkey), AMP_E_UNSUPPORTED);
}

static void what_is_no_note_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        "text",
        "text\n\nno dash\n",
        "text\n\n\xe2\x80\x94 name\n",
        "text\n\n\xe2\x80\x94 name AAAA\n",
        "text\n\n\xe2\x80\x94 name AAAAAAA\n",
        "text\n\n\xe2\x80\x94  AAAAAAAA\n",
        "text\n\n\xe2\x80\x94 name AAAAAAAA",
        "text\n\n\xe2\x80\x94 na+me AAAAAAAA\n",
        "text\n\n\xe2\x80\x94 name AAAAAAAA \n",
        "te\txt\n\n\xe2\x80\x94 name AAAAAAAA\n",
        "te\rxt\n\n\xe2\x80\x94 name AAAAAAAA\n",
        "te\xffxt\n\n\xe2\x80\x94 name AAAAAAAA\n",
        "text\n\n- name AAAAAAAA\n",
    };
    struct amp_note note;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (amp_note_parse(amp_str_of(bad[i]), &note, NULL) != AMP_E_SYNTAX) {
            fail_msg("note %zu was taken", i);
        }
    }
    /* empty lines in the text are fine: the last one separates */
    assert_int_equal(
        amp_note_parse(amp_str_of("a\n\nb\n\n\xe2\x80\x94 name AAAAAAAA\n"), &note, NULL), AMP_OK);
    assert_true(amp_str_is(note.text, "a\n\nb\n"));
}

static void what_is_no_checkpoint_is_refused(void **state)
{
    (void)state;
#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    static const char *const bad[] = {"",
                                      "o\n",
                                      "o\n1\n",
                                      "o\n1\n" ROOT,
                                      "\n1\n" ROOT "\n",
                                      "o\n01\n" ROOT "\n",
                                      "o\n-1\n" ROOT "\n",
                                      "o\n+1\n" ROOT "\n",
                                      "o\n1 \n" ROOT "\n",
                                      "o\n\n" ROOT "\n",
                                      "o\n9223372036854775808\n" ROOT "\n",
                                      "o\n1\nAAAA\n",
                                      "o\n1\n" ROOT "=\n",
                                      "o\n1\n" ROOT "\n\n",
                                      "o\n1\n" ROOT "\next\n\next\n",
                                      "o\n1\n" ROOT "\next",
                                      "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n"};
    struct amp_checkpoint checkpoint;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (amp_checkpoint_parse(amp_str_of(bad[i]), &checkpoint) != AMP_E_SYNTAX) {
            fail_msg("checkpoint %zu was taken", i);
        }
    }
    assert_int_equal(amp_checkpoint_parse(amp_str_of("o\n0\n" ROOT "\nextension\n"), &checkpoint),
                     AMP_OK);
#undef ROOT
}

/* ---- proof files ---- */

static void a_proof_file_is_written_and_read_back(void **state)
{
    (void)state;
    struct signer log = signer_make("log.example/centre", AMP_KEY_ED25519, 5);
    struct amp_buf note = signed_make(&log, 1000), file = amp_buf_make(AMP_TLOG_PROOF_MAX);
    for (size_t n = 0; n <= 64; n += 8) {
        struct amp_tlog_proof made = {.index = 999 * n, .note = amp_buf_view(&note)}, back;
        made.extra = n % 16 == 0 ? AMP_STR("eyJzZXEiOjF9") : (struct amp_str){.ptr = NULL};
        made.proof.n = n;
        for (size_t i = 0; i < n; i++) {
            memset(made.proof.hash[i], (int)i, AMP_HASH);
        }
        amp_buf_clear(&file);
        amp_tlog_proof_write(&made, &file);
        assert_int_equal(amp_tlog_proof_parse(amp_buf_view(&file), &back, NULL), AMP_OK);
        assert_true(amp_str_eq(back.extra, made.extra));
        assert_true(back.index == made.index && back.proof.n == n);
        assert_memory_equal(back.proof.hash, made.proof.hash, n * AMP_HASH);
        assert_true(amp_str_eq(back.note, made.note));
    }
    amp_buf_free(&note);
    amp_buf_free(&file);
}

static void what_is_no_proof_file_is_refused(void **state)
{
    (void)state;
#define HEAD "c2sp.org/tlog-proof@v1\n"
    static const char *const bad[] = {"",
                                      HEAD,
                                      "c2sp.org/tlog-proof@v2\nindex 0\n\n",
                                      HEAD "index 0\n",
                                      HEAD "index 00\n\n",
                                      HEAD "index -1\n\n",
                                      HEAD "index\n\n",
                                      HEAD "index 0 \n\n",
                                      HEAD "extra \nindex 0\n\n",
                                      HEAD "extra x\nindex 0\n\n",
                                      HEAD "extra AAAA\n",
                                      HEAD "extra AAAA\nextra AAAA\nindex 0\n\n",
                                      HEAD "index 0\nAAAA\n\n",
                                      HEAD "index 0\n\xc3\n\n",
                                      "index 0\n\n",
                                      HEAD "index 0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
                                      HEAD "index 9223372036854775808\n\n"};
    struct amp_tlog_proof proof;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (amp_tlog_proof_parse(amp_str_of(bad[i]), &proof, NULL) != AMP_E_SYNTAX) {
            fail_msg("proof %zu was taken", i);
        }
    }
#undef HEAD
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_specification_verifies),
        cmocka_unit_test(every_altered_byte_of_a_note_is_refused),
        cmocka_unit_test(a_key_says_its_name_id_and_type_or_is_refused),
        cmocka_unit_test(the_name_of_a_key_has_no_blank_plus_or_control),
        cmocka_unit_test(a_checkpoint_is_signed_and_read_back),
        cmocka_unit_test(a_witness_adds_its_line_and_its_time),
        cmocka_unit_test(strangers_are_ignored_and_a_false_friend_spoils_all),
        cmocka_unit_test(sixteen_signatures_and_more_are_taken_and_too_many_refused),
        cmocka_unit_test(a_key_type_that_is_only_known_by_name_says_so),
        cmocka_unit_test(what_is_no_note_is_refused),
        cmocka_unit_test(what_is_no_checkpoint_is_refused),
        cmocka_unit_test(a_proof_file_is_written_and_read_back),
        cmocka_unit_test(what_is_no_proof_file_is_refused),
    };
    if (amp_crypto_start() != AMP_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
