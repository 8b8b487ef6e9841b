/* The whole log verified by many threads; its signatures; proofs of single records as files. */
#include "journal/inspect.h"
#include "journal/memory.h"
#include "journal/merkle.h"
#include "journal/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    BODY_MAX = 30,
    LONG = 70000, /* five pieces of 16,384, the last not full; a node of level 2 */
    SHORT = 300
};

struct world {
    struct amp_store *store;
    struct amp_journal *journal;
};

static void records_add(struct world *world, uint64_t n)
{
    struct amp_draft *draft = test_calloc(AMP_BATCH_MAX, sizeof *draft);
    char *room = test_malloc((size_t)AMP_BATCH_MAX * BODY_MAX);
    while (n > 0) {
        size_t step = n < AMP_BATCH_MAX ? (size_t)n : AMP_BATCH_MAX;
        uint64_t first = 0, size = amp_journal_head(world->journal).size;
        for (size_t i = 0; i < step; i++) {
            draft[i] = scratch_draft(size + 1 + i, room + i * BODY_MAX, BODY_MAX);
        }
        assert_int_equal(amp_journal_append(world->journal, draft, step, NULL, 0, &first, NULL),
                         AMP_OK);
        n -= step;
    }
    test_free(draft);
    test_free(room);
}

static struct world world_make(uint64_t n)
{
    struct world world;
    uint64_t bad = 0;
    assert_int_equal(amp_store_memory(&world.store), AMP_OK);
    assert_int_equal(amp_journal_open(world.store, NULL, NULL, &world.journal, &bad, NULL), AMP_OK);
    records_add(&world, n);
    return world;
}

static void world_drop(struct world *world)
{
    amp_journal_close(world->journal);
    amp_store_close(world->store);
}

static void verify_expect(struct amp_store *store, uint64_t bad)
{
    for (unsigned threads = 1; threads <= 6; threads += 5) {
        struct amp_head head;
        struct amp_why why = {""};
        uint64_t named = 0;
        amp_err err = amp_log_verify_store(store, threads, NULL, &head, &named, &why);
        assert_int_equal(err, bad ? AMP_E_CORRUPT : AMP_OK);
        assert_int_equal(named, bad);
        assert_int_equal(why.text[0] != '\0', bad != 0);
    }
}

static int long_make(void **state)
{
    static struct world world;
    world = world_make(LONG);
    *state = &world;
    return 0;
}

static int long_drop(void **state)
{
    world_drop(*state);
    return 0;
}

static void whichever_thread_finds_it_the_first_bad_record_is_named(void **state)
{
    const struct world *world = *state;
    static const uint64_t seq[] = {1, 256, 16384, 16385, 40000, 65536, 65537, LONG};
    verify_expect(world->store, 0);
    for (size_t i = 0; i < sizeof seq / sizeof seq[0]; i++) {
        struct amp_record *record = amp_store_memory_record(world->store, seq[i]);
        struct amp_record *last = amp_store_memory_record(world->store, LONG);
        last->salt[0] ^= 1; /* one more, behind it: not the first */
        record->salt[31] ^= 0x80;
        verify_expect(world->store, seq[i]);
        record->salt[31] ^= 0x80;
        last->salt[0] ^= 1;
    }
    verify_expect(world->store, 0);
}

static void an_altered_node_of_any_level_is_found(void **state)
{
    const struct world *world = *state;
    for (size_t i = 0; i < LONG / AMP_TILE + 1; i += 17) {
        struct amp_node *node = amp_store_memory_node(world->store, i);
        node->hash[9] ^= 1;
        verify_expect(world->store, (node->index + 1) << (8 * node->level));
        node->hash[9] ^= 1;
    }
    for (size_t i = 0; i < LONG / AMP_TILE + 1; i++) { /* the one of level 2 */
        struct amp_node *node = amp_store_memory_node(world->store, i);
        if (node->level == 2) {
            node->hash[0] ^= 1;
            verify_expect(world->store, 65536);
            node->hash[0] ^= 1;
        }
    }
    verify_expect(world->store, 0);
}

static void a_log_whose_length_is_no_round_number_verifies(void **state)
{
    (void)state;
    static const uint64_t size[] = {0, 1, 255, 256, 257, 16383, 16384, 16385, 32768};
    struct world world = world_make(0);
    for (size_t i = 0; i < sizeof size / sizeof size[0]; i++) {
        records_add(&world, size[i] - amp_journal_head(world.journal).size);
        struct amp_head head, real = amp_journal_head(world.journal);
        uint64_t bad = 0;
        assert_int_equal(amp_log_verify_store(world.store, 3, NULL, &head, &bad, NULL), AMP_OK);
        assert_int_equal(head.size, size[i]);
        assert_memory_equal(head.root, real.root, AMP_HASH);
    }
    world_drop(&world);
}

/* Opening with a snapshot's size and root: only what follows is visited. */
static amp_err record_count(void *ctx, const struct amp_record *record)
{
    uint64_t *count = ctx;
    (void)record;
    (*count)++;
    return AMP_OK;
}

static void a_journal_opens_from_a_known_root_and_visits_what_follows(void **state)
{
    const struct world *world = *state;
    static const uint64_t size[] = {0, 1, 255, 256, 65536, 69999, LONG};
    for (size_t i = 0; i < sizeof size / sizeof size[0]; i++) {
        struct amp_head from = {.size = size[i]};
        struct amp_journal *journal = NULL;
        uint64_t count = 0, bad = 0;
        const struct amp_journal_visit visit = {.ctx = &count, .record = record_count};
        assert_int_equal(amp_tree_root(world->store, size[i], from.root, NULL), AMP_OK);
        assert_int_equal(amp_journal_open(world->store, &visit, &from, &journal, &bad, NULL),
                         AMP_OK);
        assert_int_equal(count, LONG - size[i]);
        struct amp_head head = amp_journal_head(journal), real = amp_journal_head(world->journal);
        assert_memory_equal(head.root, real.root, AMP_HASH);
        amp_journal_close(journal);
        struct amp_why why = {""};
        from.root[5] ^= 1;
        assert_int_equal(amp_journal_open(world->store, &visit, &from, &journal, &bad, &why),
                         AMP_E_CONFLICT);
        from.size = LONG + 1;
        assert_int_equal(amp_journal_open(world->store, &visit, &from, &journal, &bad, &why),
                         AMP_E_CONFLICT);
    }
}

/* ---- the signatures ---- */

static const uint8_t log_seed[AMP_KEY] = {1, 2, 3}, witness_seed[AMP_KEY] = {4, 5, 6};

static void vkey_text(const char *name, enum amp_key_type type, const uint8_t seed[AMP_KEY],
                      char out[AMP_VKEY_TEXT])
{
    struct amp_vkey vkey;
    uint8_t key[AMP_SIGN_PUBLIC];
    amp_sign_public(seed, key);
    assert_int_equal(amp_vkey_make(amp_str_of(name), (uint8_t)type, key, sizeof key, &vkey),
                     AMP_OK);
    amp_vkey_write(&vkey, out);
}

static void secret_set(struct world *world, const char *name, struct amp_str value)
{
    uint64_t first = 0;
    const struct amp_secret secret = {.name = amp_str_of(name), .value = value};
    assert_int_equal(amp_journal_append(world->journal, NULL, 0, &secret, 1, &first, NULL), AMP_OK);
}

/* What the server does: key, origin, the checkpoint of the head, a witness and its line. */
static void world_sign(struct world *world)
{
    char text[AMP_VKEY_TEXT], name[128];
    const struct amp_checkpoint checkpoint = {.origin = AMP_STR("log.example/centre"),
                                              .head = amp_journal_head(world->journal)};
    struct amp_buf note = amp_buf_make(AMP_NOTE_MAX), line = amp_buf_make(AMP_NOTE_SIGNATURE);
    struct amp_note parsed;
    vkey_text("log.example/centre", AMP_KEY_ED25519, log_seed, text);
    secret_set(world, "log/vkey", amp_str_of(text));
    secret_set(world, "log/origin", checkpoint.origin);
    assert_int_equal(amp_checkpoint_sign(&checkpoint, log_seed, &note), AMP_OK);
    secret_set(world, "log/checkpoint", amp_buf_view(&note));
    vkey_text("witness.example/w", AMP_KEY_COSIGNATURE, witness_seed, text);
    secret_set(world, "log/witness/witness.example/w", amp_str_of(text));
    assert_int_equal(amp_note_parse(amp_buf_view(&note), &parsed, NULL), AMP_OK);
    assert_int_equal(
        amp_note_cosign(parsed.text, AMP_STR("witness.example/w"), witness_seed, 1700000000, &line),
        AMP_OK);
    (void)snprintf(name, sizeof name, "log/cosignature/%020llu/witness.example/w",
                   (unsigned long long)checkpoint.head.size);
    secret_set(world, name, amp_buf_view(&line));
    (void)snprintf(name, sizeof name, "log/cosignature/%020llu/stranger.example",
                   (unsigned long long)checkpoint.head.size);
    secret_set(world, name, amp_buf_view(&line));
    amp_buf_free(&note);
    amp_buf_free(&line);
}

static struct amp_log_report inspect(struct world *world)
{
    struct amp_log_report report;
    assert_int_equal(amp_log_inspect(world->store, NULL, &report, NULL), AMP_OK);
    return report;
}

static void the_stored_checkpoint_and_its_cosignatures_are_verified(void **state)
{
    (void)state;
    struct world world = world_make(SHORT);
    struct amp_log_report report = inspect(&world);
    assert_true(report.ok && !report.has_checkpoint);
    world_sign(&world);
    records_add(&world, 11); /* the log goes on; the checkpoint is of an earlier size */
    report = inspect(&world);
    assert_true(report.ok && report.has_checkpoint);
    assert_int_equal(report.head.size, SHORT + 11);
    assert_int_equal(report.checkpoint_size, SHORT);
    assert_string_equal(report.signer, "log.example/centre");
    assert_int_equal(report.cosignatures, 1);
    assert_int_equal(report.strangers, 1);
    assert_int_equal(report.secrets, 6);
    world_drop(&world);
}

static void refused_expect(struct world *world, const char *words)
{
    struct amp_log_report report = inspect(world);
    assert_false(report.ok);
    if (!strstr(report.why.text, words)) {
        fail_msg("\"%s\" does not say \"%s\"", report.why.text, words);
    }
    world_drop(world);
}

static void a_signature_that_does_not_hold_is_found(void **state)
{
    (void)state;
    char text[AMP_VKEY_TEXT];
    struct world world = world_make(SHORT), other = world_make(SHORT - 1);
    world_sign(&world);
    vkey_text("log.example/centre", AMP_KEY_ED25519, witness_seed, text);
    secret_set(&world, "log/vkey", amp_str_of(text));
    refused_expect(&world, "no key that is trusted");
    /* a checkpoint of another log, under the right key */
    world_sign(&other);
    world = world_make(SHORT - 2);
    struct amp_buf note = amp_buf_make(AMP_NOTE_MAX);
    world_sign(&world);
    assert_int_equal(other.store->ops->secret(other.store, AMP_STR("log/checkpoint"), &note, NULL),
                     AMP_OK);
    secret_set(&world, "log/checkpoint", amp_buf_view(&note));
    refused_expect(&world, "records were lost");
    world = world_make(0);
    uint64_t first = 0;
    for (int i = 0; i < SHORT; i++) {
        const struct amp_draft draft = {.body = AMP_STR("another history")};
        assert_int_equal(amp_journal_append(world.journal, &draft, 1, NULL, 0, &first, NULL),
                         AMP_OK);
    }
    world_sign(&world);
    secret_set(&world, "log/checkpoint", amp_buf_view(&note));
    refused_expect(&world, "rewritten");
    world = world_make(SHORT);
    world_sign(&world);
    secret_set(&world, "log/origin", AMP_STR("elsewhere.example"));
    refused_expect(&world, "another log");
    world = world_make(SHORT);
    world_sign(&world);
    vkey_text("witness.example/w", AMP_KEY_COSIGNATURE, log_seed, text);
    secret_set(&world, "log/witness/witness.example/w", amp_str_of(text));
    refused_expect(&world, "no key that is trusted");
    amp_buf_free(&note);
    world_drop(&other);
}

/* ---- proofs ---- */

static struct amp_vkey key_of(const char *name, enum amp_key_type type, const uint8_t *seed)
{
    struct amp_vkey vkey;
    char text[AMP_VKEY_TEXT];
    vkey_text(name, type, seed, text);
    assert_int_equal(amp_vkey_parse(amp_str_of(text), &vkey, NULL), AMP_OK);
    return vkey;
}

static void a_proof_holds_with_nothing_but_the_key(void **state)
{
    (void)state;
    struct world world = world_make(SHORT);
    struct amp_buf proof = amp_buf_make(AMP_TLOG_PROOF_MAX);
    const struct amp_vkey key[2] = {key_of("log.example/centre", AMP_KEY_ED25519, log_seed),
                                    key_of("witness.example/w", AMP_KEY_COSIGNATURE, witness_seed)};
    world_sign(&world);
    for (uint64_t seq = 1; seq <= SHORT; seq += 13) {
        struct amp_log_claim claim;
        char room[BODY_MAX];
        amp_buf_clear(&proof);
        assert_int_equal(amp_log_prove(world.store, seq, true, &proof, NULL), AMP_OK);
        assert_int_equal(amp_log_check(amp_buf_view(&proof), key, 2, NULL, &claim, NULL), AMP_OK);
        assert_int_equal(claim.seq, seq);
        assert_int_equal(claim.head.size, SHORT);
        assert_string_equal(claim.origin, "log.example/centre");
        assert_true(claim.has_record);
        assert_int_equal(claim.witnesses, 1);
        assert_true(amp_str_eq(amp_buf_view(&claim.body), scratch_body(seq, room, BODY_MAX)));
        amp_buf_free(&claim.body);
    }
    amp_buf_free(&proof);
    world_drop(&world);
}

static void a_proof_says_nothing_of_its_record_unless_it_is_asked_to(void **state)
{
    (void)state;
    struct world world = world_make(SHORT);
    struct amp_buf proof = amp_buf_make(AMP_TLOG_PROOF_MAX);
    const struct amp_vkey key = key_of("log.example/centre", AMP_KEY_ED25519, log_seed);
    struct amp_log_claim claim;
    struct amp_why why = {""};
    uint64_t first = 0;
    const struct amp_draft draft = {.body = AMP_STR("MARK-OF-A-CALLER"), .salt = {7}};
    assert_int_equal(amp_journal_append(world.journal, &draft, 1, NULL, 0, &first, NULL), AMP_OK);
    world_sign(&world);
    assert_int_equal(amp_log_prove(world.store, first, false, &proof, NULL), AMP_OK);
    assert_null(strstr(amp_buf_cstr(&proof), "MARK"));
    assert_int_equal(amp_log_check(amp_buf_view(&proof), &key, 1, NULL, &claim, &why), AMP_OK);
    assert_int_equal(claim.body.len, 0);
    amp_buf_free(&claim.body);
    uint8_t leaf[AMP_HASH];
    amp_merkle_leaf_of(draft.salt, draft.body, leaf);
    assert_int_equal(amp_log_check(amp_buf_view(&proof), &key, 1, leaf, &claim, &why), AMP_OK);
    assert_false(claim.has_record);
    amp_buf_free(&claim.body);
    leaf[0] ^= 1;
    assert_int_equal(amp_log_check(amp_buf_view(&proof), &key, 1, leaf, &claim, &why),
                     AMP_E_CONFLICT);
    /* others may make such files without a word on the leaf */
    struct amp_tlog_proof bare;
    struct amp_buf file = amp_buf_make(AMP_TLOG_PROOF_MAX);
    assert_int_equal(amp_tlog_proof_parse(amp_buf_view(&proof), &bare, NULL), AMP_OK);
    bare.extra = (struct amp_str){.ptr = NULL};
    amp_tlog_proof_write(&bare, &file);
    assert_int_equal(amp_log_check(amp_buf_view(&file), &key, 1, NULL, &claim, &why),
                     AMP_E_MISSING);
    leaf[0] ^= 1;
    assert_int_equal(amp_log_check(amp_buf_view(&file), &key, 1, leaf, &claim, &why), AMP_OK);
    amp_buf_free(&claim.body);
    amp_buf_free(&file);
    amp_buf_free(&proof);
    world_drop(&world);
}

/* Every byte of a proof file counts: altered, it is refused, or says the same. */
static void no_altered_proof_file_shows_anything_else(void **state)
{
    (void)state;
    struct world world = world_make(20);
    struct amp_buf proof = amp_buf_make(AMP_TLOG_PROOF_MAX);
    const struct amp_vkey key = key_of("log.example/centre", AMP_KEY_ED25519, log_seed);
    char room[BODY_MAX];
    const struct amp_str body = scratch_body(5, room, BODY_MAX);
    world_sign(&world);
    assert_int_equal(amp_log_prove(world.store, 5, true, &proof, NULL), AMP_OK);
    size_t taken = 0;
    for (size_t i = 0; i < proof.len; i++) {
        struct amp_log_claim claim;
        proof.data[i] ^= 0x04;
        if (amp_log_check(amp_buf_view(&proof), &key, 1, NULL, &claim, NULL) == AMP_OK) {
            assert_int_equal(claim.seq, 5);
            assert_int_equal(claim.head.size, 20);
            assert_true(amp_str_eq(amp_buf_view(&claim.body), body));
            amp_buf_free(&claim.body);
            taken++; /* in the line of a witness whose key was not given */
        }
        proof.data[i] ^= 0x04;
    }
    assert_true(taken < 400);
    const struct amp_vkey other = key_of("log.example/centre", AMP_KEY_ED25519, witness_seed);
    struct amp_log_claim claim;
    assert_int_equal(amp_log_check(amp_buf_view(&proof), &other, 1, NULL, &claim, NULL),
                     AMP_E_FORBIDDEN);
    amp_buf_free(&proof);
    world_drop(&world);
}

static void what_no_checkpoint_covers_is_not_proved(void **state)
{
    (void)state;
    struct world world = world_make(SHORT);
    struct amp_buf proof = amp_buf_make(AMP_TLOG_PROOF_MAX);
    struct amp_why why = {""};
    assert_int_equal(amp_log_prove(world.store, 5, false, &proof, &why), AMP_E_NOT_FOUND);
    assert_non_null(strstr(why.text, "log/checkpoint"));
    world_sign(&world);
    records_add(&world, 1);
    assert_int_equal(amp_log_prove(world.store, SHORT + 1, false, &proof, &why), AMP_E_CONFLICT);
    assert_non_null(strstr(why.text, "covers records 1 to 300"));
    amp_buf_free(&proof);
    world_drop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whichever_thread_finds_it_the_first_bad_record_is_named),
        cmocka_unit_test(an_altered_node_of_any_level_is_found),
        cmocka_unit_test(a_log_whose_length_is_no_round_number_verifies),
        cmocka_unit_test(a_journal_opens_from_a_known_root_and_visits_what_follows),
        cmocka_unit_test(the_stored_checkpoint_and_its_cosignatures_are_verified),
        cmocka_unit_test(a_signature_that_does_not_hold_is_found),
        cmocka_unit_test(a_proof_holds_with_nothing_but_the_key),
        cmocka_unit_test(a_proof_says_nothing_of_its_record_unless_it_is_asked_to),
        cmocka_unit_test(no_altered_proof_file_shows_anything_else),
        cmocka_unit_test(what_no_checkpoint_covers_is_not_proved),
    };
    if (amp_crypto_start() != AMP_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, long_make, long_drop);
}
