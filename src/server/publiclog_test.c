/* Tests of the public log as others read it: checkpoints, tiles, proofs, witnesses, the audit. */
#include "journal/inspect.h"
#include "server/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    PATH = 256,
    NOTE = 1 << 16,
    CALLS = 300 /* more than one tile */
};

static int set_up(void **state)
{
    struct bed *bed = calloc(1, sizeof *bed);
    assert_non_null(bed);
    bed_init(bed);
    bed->config.open = false;
    bed->config.journal_looks = true;
    bed_start(bed);
    for (int i = 0; i < CALLS; i++) {
        bed_local_expect(bed, AMP_METHOD_POST, "/v1/calls", "{\"words\":\"MARK\"}", 201);
    }
    *state = bed;
    return 0;
}

/* What anybody gets: the checkpoint, verified with the published key. */
static void checkpoint_get(const struct bed *bed, struct reply *out,
                           struct amp_checkpoint *checkpoint)
{
    struct reply key;
    struct amp_vkey vkey;
    struct amp_note note;
    struct amp_note_seen seen;
    bed_get(bed, "/v1/log/key", &key);
    bed_get(bed, "/v1/log/checkpoint", out);
    assert_int_equal(key.status, 200);
    assert_int_equal(out->status, 200);
    assert_int_equal(amp_vkey_parse(amp_str_trim(amp_buf_view(&key.body)), &vkey, NULL), AMP_OK);
    assert_int_equal(amp_note_parse(amp_buf_view(&out->body), &note, NULL), AMP_OK);
    assert_int_equal(amp_note_verify(&note, &vkey, 1, &seen, NULL), AMP_OK);
    assert_int_equal(amp_checkpoint_parse(note.text, checkpoint), AMP_OK);
    assert_true(amp_str_is(checkpoint->origin, vkey.name));
    reply_free(&key);
}

static void entries_add(const struct bed *bed, const char *path, uint64_t n,
                        struct amp_merkle *tree)
{
    struct reply reply;
    bed_get(bed, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.len, n * (2 + AMP_ENTRY));
    for (uint64_t i = 0; i < n; i++) {
        const char *at = reply.body.data + i * (2 + AMP_ENTRY);
        uint8_t leaf[AMP_HASH];
        assert_int_equal((unsigned char)at[0] << 8 | (unsigned char)at[1], AMP_ENTRY);
        amp_merkle_leaf((struct amp_str){at + 2, AMP_ENTRY}, leaf);
        amp_merkle_add(tree, leaf);
    }
    assert_null(memmem(reply.body.data, reply.body.len, "MARK", 4));
    reply_free(&reply);
}

static void who_reads_only_entries_arrives_at_the_signed_root(void **state)
{
    const struct bed *bed = *state;
    struct reply reply;
    struct amp_checkpoint checkpoint;
    struct amp_merkle tree = {.size = 0};
    char path[PATH];
    uint8_t root[AMP_HASH];
    checkpoint_get(bed, &reply, &checkpoint);
    uint64_t rest = checkpoint.head.size - 2 * AMP_TILE;
    assert_true(checkpoint.head.size > 2 * AMP_TILE && rest < AMP_TILE);
    entries_add(bed, "/v1/log/tile/entries/000", AMP_TILE, &tree);
    entries_add(bed, "/v1/log/tile/entries/001", AMP_TILE, &tree);
    (void)snprintf(path, sizeof path, "/v1/log/tile/entries/002.p/%llu", (unsigned long long)rest);
    entries_add(bed, path, rest, &tree);
    amp_merkle_root(&tree, root);
    assert_memory_equal(root, checkpoint.head.root, AMP_HASH);
    reply_free(&reply);
}

static void a_tile_is_kept_for_ever_and_one_that_is_not_full_is_not_there(void **state)
{
    const struct bed *bed = *state;
    struct reply reply;
    bed_get(bed, "/v1/log/tile/0/000", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.len, AMP_TILE * AMP_HASH);
    assert_non_null(strstr(reply.head, "immutable"));
    assert_non_null(strstr(reply.head, "application/octet-stream"));
    reply_free(&reply);
    bed_get(bed, "/v1/log/tile/1/000.p/2", &reply);
    assert_int_equal(reply.body.len, 2 * AMP_HASH);
    reply_free(&reply);
    static const char *const none[] = {"0/002",         "0/9",      "1/000",     "0/x000/000",
                                       "0/000.p/256",   "64/000",   "entries/3", "0/000/1",
                                       "entries/00000", "0/000.p/0"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        char path[PATH];
        (void)snprintf(path, sizeof path, "/v1/log/tile/%s", none[i]);
        bed_expect(bed, "GET", path, NULL, 404);
    }
}

static void a_proof_of_the_server_holds_with_the_key_alone(void **state)
{
    const struct bed *bed = *state;
    struct reply key, proof;
    struct amp_vkey vkey;
    struct amp_log_claim claim;
    bed_get(bed, "/v1/log/key", &key);
    assert_int_equal(amp_vkey_parse(amp_str_trim(amp_buf_view(&key.body)), &vkey, NULL), AMP_OK);
    bed_get(bed, "/v1/log/proof?seq=77", &proof);
    assert_int_equal(proof.status, 200);
    assert_int_equal(amp_log_check(amp_buf_view(&proof.body), &vkey, 1, NULL, &claim, NULL),
                     AMP_OK);
    assert_int_equal(claim.seq, 77);
    assert_false(claim.has_record);
    amp_buf_free(&claim.body);
    reply_free(&proof);
    reply_free(&key);
    bed_expect(bed, "GET", "/v1/log/proof?seq=0", NULL, 404);
    bed_expect(bed, "GET", "/v1/log/proof?seq=999999", NULL, 404);
    bed_expect(bed, "GET", "/v1/log/proof?seq=x", NULL, 422);
}

static void proof_of(const struct reply *reply, struct amp_proof *out)
{
    const json_t *hashes = reply_at(reply, "hashes");
    out->n = json_array_size(hashes);
    for (size_t i = 0; i < out->n; i++) {
        size_t len = 0;
        struct amp_str text = amp_str_of(json_string_value(json_array_get(hashes, i)));
        assert_int_equal(amp_base64_read(text, out->hash[i], AMP_HASH, &len), AMP_OK);
        assert_int_equal(len, AMP_HASH);
    }
}

static void an_earlier_checkpoint_is_consistent_with_a_later_one(void **state)
{
    const struct bed *bed = *state;
    struct reply before, after, reply;
    struct amp_checkpoint one, two;
    struct amp_proof proof;
    char path[PATH];
    checkpoint_get(bed, &before, &one);
    bed_local_expect(bed, AMP_METHOD_POST, "/v1/calls", "{}", 201);
    checkpoint_get(bed, &after, &two);
    assert_true(two.head.size > one.head.size);
    (void)snprintf(path, sizeof path, "/v1/log/consistency?from=%llu&to=%llu",
                   (unsigned long long)one.head.size, (unsigned long long)two.head.size);
    bed_get(bed, path, &reply);
    proof_of(&reply, &proof);
    assert_int_equal(
        amp_consistency_check(one.head.size, two.head.size, &proof, one.head.root, two.head.root),
        AMP_OK);
    reply_free(&before);
    reply_free(&after);
    reply_free(&reply);
    bed_expect(bed, "GET", "/v1/log/consistency?from=9&to=3", NULL, 422);
    bed_expect(bed, "GET", "/v1/log/consistency?from=1&to=999999", NULL, 422);
}

/* ---- witnesses ---- */

static const uint8_t witness_seed[AMP_KEY] = {9, 9, 9};

static void witness_vkey(char out[AMP_VKEY_TEXT])
{
    uint8_t key[AMP_SIGN_PUBLIC];
    struct amp_vkey vkey;
    amp_sign_public(witness_seed, key);
    assert_int_equal(
        amp_vkey_make(AMP_STR("witness.example"), AMP_KEY_COSIGNATURE, key, sizeof key, &vkey),
        AMP_OK);
    amp_vkey_write(&vkey, out);
}

/* The checkpoint with the witness's line behind the log's. */
static void cosigned_make(const struct reply *checkpoint, struct amp_buf *out)
{
    struct amp_note note;
    assert_int_equal(amp_note_parse(amp_buf_view(&checkpoint->body), &note, NULL), AMP_OK);
    amp_buf_str(out, amp_buf_view(&checkpoint->body));
    assert_int_equal(
        amp_note_cosign(note.text, AMP_STR("witness.example"), witness_seed, 1790000000, out),
        AMP_OK);
}

static void a_cosignature_counts_when_its_witness_is_known(void **state)
{
    const struct bed *bed = *state;
    struct reply before, reply;
    struct amp_checkpoint checkpoint;
    struct amp_buf note = amp_buf_make(NOTE);
    char vkey[AMP_VKEY_TEXT], body[AMP_VKEY_TEXT + PATH], token[BED_SECRET];
    checkpoint_get(bed, &before, &checkpoint);
    cosigned_make(&before, &note);
    bed_expect(bed, "GET", "/v1/log/checkpoint?cosigned=1", NULL, 404);
    bed_local_expect(bed, AMP_METHOD_POST, "/v1/log/cosignatures", amp_buf_cstr(&note), 403);
    witness_vkey(vkey);
    (void)snprintf(body, sizeof body, "{\"vkey\":\"%s\"}", vkey);
    bed_member(bed, "eva", AMP_ROLE_AUDITOR, "", token);
    bed_as_expect(bed, token, "POST", "/v1/log/witnesses", body, 403);
    bed_local_expect(bed, AMP_METHOD_POST, "/v1/log/witnesses", body, 204);
    bed_local(bed, AMP_METHOD_GET, "/v1/log/witnesses", NULL, &reply);
    assert_string_equal(reply_text(&reply, "witnesses.0.vkey"), vkey);
    reply_free(&reply);
    bed_local(bed, AMP_METHOD_POST, "/v1/log/cosignatures", amp_buf_cstr(&note), &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply_int(&reply, "accepted"), 1);
    reply_free(&reply);
    bed_get(bed, "/v1/log/checkpoint?cosigned=1", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(amp_buf_cstr(&reply.body), amp_buf_cstr(&note));
    reply_free(&reply);
    reply_free(&before);
    amp_buf_free(&note);
}

static void a_witness_key_or_note_that_is_none_is_refused(void **state)
{
    const struct bed *bed = *state;
    struct reply key, before;
    struct amp_checkpoint checkpoint;
    char body[AMP_VKEY_TEXT + PATH], vkey[AMP_VKEY_TEXT];
    struct amp_buf note = amp_buf_make(NOTE);
    bed_get(bed, "/v1/log/key", &key);
    (void)snprintf(body, sizeof body, "{\"vkey\":\"%.*s\"}", (int)key.body.len - 1, key.body.data);
    bed_local_expect(bed, AMP_METHOD_POST, "/v1/log/witnesses", body, 415); /* a log's, type 1 */
    bed_local_expect(bed, AMP_METHOD_POST, "/v1/log/witnesses", "{\"vkey\":\"no key\"}", 400);
    bed_local_expect(bed, AMP_METHOD_POST, "/v1/log/witnesses", "{}", 422);
    witness_vkey(vkey);
    (void)snprintf(body, sizeof body, "{\"vkey\":\"%s\"}", vkey);
    bed_local_expect(bed, AMP_METHOD_POST, "/v1/log/witnesses", body, 204);
    bed_local_expect(bed, AMP_METHOD_POST, "/v1/log/cosignatures", "no note", 400);
    /* a history that this log never had: kept out, and said aloud */
    checkpoint_get(bed, &before, &checkpoint);
    checkpoint.head.root[0] ^= 1;
    struct amp_buf text = amp_buf_make(NOTE);
    amp_checkpoint_write(&checkpoint, &text);
    amp_buf_str(&note, amp_buf_view(&text));
    amp_buf_char(&note, '\n');
    assert_int_equal(amp_note_cosign(amp_buf_view(&text), AMP_STR("witness.example"), witness_seed,
                                     1790000000, &note),
                     AMP_OK);
    bed_local_expect(bed, AMP_METHOD_POST, "/v1/log/cosignatures", amp_buf_cstr(&note), 409);
    amp_buf_free(&text);
    amp_buf_free(&note);
    reply_free(&before);
    reply_free(&key);
}

/* ---- the audit ---- */

static void each_count_of_the_audit_names_the_records_it_stands_on(void **state)
{
    const struct bed *bed = *state;
    struct reply days, records;
    char token[BED_SECRET], path[PATH];
    bed_member(bed, "eva", AMP_ROLE_AUDITOR, "", token);
    bed_as_ask(bed, token, "GET", "/v1/audit", NULL, &days);
    assert_int_equal(days.status, 200);
    const json_t *counts = reply_at(&days, "days.0.counts");
    size_t seen = 0;
    for (size_t i = 0; i < json_array_size(counts); i++) {
        const json_t *one = json_array_get(counts, i);
        (void)snprintf(path, sizeof path, "/v1/audit/records?day=%s&role=%s&kind=%s",
                       reply_text(&days, "days.0.day"),
                       json_string_value(json_object_get(one, "role")),
                       json_string_value(json_object_get(one, "kind")));
        bed_as_ask(bed, token, "GET", path, NULL, &records);
        assert_int_equal(records.status, 200);
        json_int_t n = json_integer_value(json_object_get(one, "n"));
        size_t named = json_array_size(reply_at(&records, "records"));
        /* the audit's own looks go on while it is read */
        assert_true(named == (size_t)n || strstr(path, "log-viewed") != NULL);
        assert_null(strstr(amp_buf_cstr(&records.body), "MARK"));
        seen += named;
        reply_free(&records);
    }
    assert_true(seen > CALLS);
    reply_free(&days);
    bed_as_expect(bed, token, "GET", "/v1/audit/records?day=x&role=admin&kind=note-added", NULL,
                  422);
    bed_as_expect(bed, token, "GET", "/v1/audit/records?day=2026-09-21", NULL, 422);
    bed_as_expect(bed, token, "GET", "/v1/incidents", NULL, 403);
}

#define WITH_LOG(test) cmocka_unit_test_setup_teardown(test, set_up, bed_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LOG(who_reads_only_entries_arrives_at_the_signed_root),
        WITH_LOG(a_tile_is_kept_for_ever_and_one_that_is_not_full_is_not_there),
        WITH_LOG(a_proof_of_the_server_holds_with_the_key_alone),
        WITH_LOG(an_earlier_checkpoint_is_consistent_with_a_later_one),
        WITH_LOG(a_cosignature_counts_when_its_witness_is_known),
        WITH_LOG(a_witness_key_or_note_that_is_none_is_refused),
        WITH_LOG(each_count_of_the_audit_names_the_records_it_stands_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
