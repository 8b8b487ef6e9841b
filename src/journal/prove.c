/*
 * A proof of one record as a file, and its check with nothing but a public key.
 *
 * The extra of a file is the base64 of {"seq":N,"leaf":"hex"}; made with its record, of
 * {"seq":N,"salt":"hex","body":"text"}, where a body that is no UTF-8 stands as "body_base64".
 * Nothing vouches for the extra but the tree: its leaf must be the one that is proved.
 */
#include "base/json.h"
#include "journal/inspect.h"
#include "journal/merkle.h"

#include <stdlib.h>
#include <string.h>

enum {
    EXTRA_MAX = 12 << 20
};

/* ---- making ---- */

struct taken { /* the record as JSON, or its leaf alone */
    struct amp_buf *json;
    bool with_record;
};

static void leaf_json(uint64_t seq, const uint8_t leaf[AMP_HASH], struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    char hex[AMP_HASH_HEX];
    amp_hash_hex(leaf, hex);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "seq", (int64_t)seq);
    amp_json_text_of(&js, "leaf", hex);
    amp_json_close(&js, '}');
}

void amp_log_extra(uint64_t seq, const uint8_t leaf[AMP_HASH], struct amp_buf *out)
{
    struct amp_buf json = amp_buf_make(EXTRA_MAX);
    leaf_json(seq, leaf, &json);
    amp_base64_put(out, json.data, json.len);
    amp_buf_free(&json);
}

static amp_err record_take(void *ctx, const struct amp_record *record)
{
    struct taken *taken = ctx;
    char hex[AMP_HASH_HEX];
    if (!taken->with_record) {
        leaf_json(record->seq, record->leaf, taken->json);
        return amp_buf_err(taken->json);
    }
    struct amp_json js = amp_json_make(taken->json);
    amp_hash_hex(record->salt, hex);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "seq", (int64_t)record->seq);
    amp_json_text_of(&js, "salt", hex);
    if (amp_utf8_valid(record->body)) {
        amp_json_str_of(&js, "body", record->body);
    } else {
        struct amp_buf base64 = amp_buf_make(EXTRA_MAX);
        amp_base64_put(&base64, record->body.ptr, record->body.len);
        amp_json_buf_of(&js, "body_base64", &base64);
        amp_buf_free(&base64);
    }
    amp_json_close(&js, '}');
    return amp_buf_err(taken->json);
}

static amp_err line_add(void *ctx, struct amp_str name, struct amp_str value)
{
    struct amp_buf *note = ctx;
    (void)name;
    amp_buf_str(note, value);
    return amp_buf_err(note);
}

/* The stored checkpoint, checked, with the cosignatures of its size behind it. */
static amp_err checkpoint_load(struct amp_store *store, struct amp_buf *out,
                               struct amp_checkpoint *checkpoint, struct amp_why *why)
{
    struct amp_note note;
    struct amp_vkey vkey;
    struct amp_note_seen seen;
    uint8_t root[AMP_HASH];
    char prefix[64];
    struct amp_buf key = amp_buf_make(AMP_SECRET_MAX);
    amp_err err = amp_log_secret(store, "log/checkpoint", out, why);
    err = err ? err : amp_log_secret(store, "log/vkey", &key, why);
    err = err ? err : amp_vkey_parse(amp_buf_view(&key), &vkey, why);
    amp_buf_free(&key);
    err = err ? err : amp_note_parse(amp_buf_view(out), &note, why);
    err = err ? err : amp_note_verify(&note, &vkey, 1, &seen, why);
    err = err ? err : amp_checkpoint_parse(note.text, checkpoint);
    err = err ? err : amp_tree_root(store, checkpoint->head.size, root, why);
    if (err) {
        return err;
    }
    if (memcmp(root, checkpoint->head.root, AMP_HASH) != 0) {
        return amp_fail(why, AMP_E_CORRUPT,
                        "the stored checkpoint is not of this log; `amparo log verify` says more");
    }
    (void)snprintf(prefix, sizeof prefix, "log/cosignature/%020llu/",
                   (unsigned long long)checkpoint->head.size);
    return store->ops->secrets(store, amp_str_of(prefix), out, line_add, why);
}

static amp_err proof_make(struct amp_store *store, uint64_t seq, struct taken *taken,
                          struct amp_buf *note, struct amp_tlog_proof *out, struct amp_why *why)
{
    struct amp_checkpoint checkpoint;
    amp_err err = checkpoint_load(store, note, &checkpoint, why);
    if (!err && (seq == 0 || seq > checkpoint.head.size)) {
        return amp_fail(why, AMP_E_CONFLICT,
                        "the latest checkpoint that was signed covers records 1 to %llu, not %llu: "
                        "a running server signs the next one",
                        (unsigned long long)checkpoint.head.size, (unsigned long long)seq);
    }
    err = err ? err : store->ops->read(store, seq, seq, taken, record_take, why);
    err = err ? err : amp_tree_inclusion(store, seq - 1, checkpoint.head.size, &out->proof, why);
    out->index = seq - 1;
    out->note = amp_buf_view(note);
    return err;
}

amp_err amp_log_prove(struct amp_store *store, uint64_t seq, bool with_record, struct amp_buf *out,
                      struct amp_why *why)
{
    struct amp_tlog_proof proof = {.index = 0};
    struct amp_buf json = amp_buf_make(EXTRA_MAX), base64 = amp_buf_make(AMP_TLOG_PROOF_MAX),
                   note = amp_buf_make(AMP_NOTE_MAX);
    struct taken taken = {.json = &json, .with_record = with_record};
    amp_err err = proof_make(store, seq, &taken, &note, &proof, why);
    if (!err) {
        amp_base64_put(&base64, json.data, json.len);
        err = amp_buf_err(&json) ? amp_buf_err(&json) : amp_buf_err(&base64);
        proof.extra = amp_buf_view(&base64);
    }
    if (!err) {
        amp_tlog_proof_write(&proof, out);
        err = amp_buf_err(out);
    }
    amp_buf_free(&json);
    amp_buf_free(&base64);
    amp_buf_free(&note);
    return err;
}

/* ---- checking ---- */

static amp_err base64_take(struct amp_str text, struct amp_buf *out)
{
    size_t cap = text.len / 4 * 3, len = 0, from = out->len;
    uint8_t *at = amp_buf_extend(out, cap + 1);
    if (!at) {
        return amp_buf_err(out);
    }
    amp_err err = amp_base64_read(text, at, cap, &len);
    out->len = from + (err ? 0 : len);
    return err;
}

/* An extra that names the leaf alone. */
static amp_err leaf_take(struct amp_str leaf, struct amp_log_claim *claim, struct amp_why *why)
{
    size_t len = 0;
    if (amp_hex_read(leaf, claim->leaf, sizeof claim->leaf, &len) != AMP_OK || len != AMP_HASH) {
        return amp_fail(why, AMP_E_SYNTAX, "the leaf in the proof is no hash");
    }
    claim->has_leaf = true;
    return AMP_OK;
}

/* An extra with the record: the leaf that salt and body make, and the body. */
static amp_err record_read(const json_t *obj, struct amp_log_claim *claim, struct amp_why *why)
{
    struct amp_str salt = {.ptr = NULL}, body = {.ptr = NULL}, base64 = {.ptr = NULL};
    uint8_t bytes[AMP_SALT];
    size_t len = 0;
    amp_err err = amp_json_str(obj, "salt", &salt, why);
    err = err ? err : amp_json_str(obj, "body", &body, why);
    err = err ? err : amp_json_str(obj, "body_base64", &base64, why);
    if (err) {
        return err;
    }
    if (amp_hex_read(salt, bytes, sizeof bytes, &len) != AMP_OK || len != AMP_SALT) {
        return amp_fail(why, AMP_E_SYNTAX, "the record in the proof has no salt");
    }
    amp_buf_str(&claim->body, body);
    err = amp_buf_err(&claim->body);
    if (!err && base64.len > 0 && base64_take(base64, &claim->body) != AMP_OK) {
        err = amp_fail(why, AMP_E_SYNTAX, "the body of the record in the proof is not base64");
    }
    if (!err) {
        amp_merkle_leaf_of(bytes, amp_buf_view(&claim->body), claim->leaf);
        claim->has_record = true;
        claim->has_leaf = true;
    }
    return err;
}

static amp_err members_take(const json_t *obj, struct amp_log_claim *claim, struct amp_why *why)
{
    struct amp_str leaf = {.ptr = NULL};
    int64_t seq = 0;
    amp_err err = amp_json_i64(obj, "seq", &seq, why);
    err = err ? err : amp_json_str(obj, "leaf", &leaf, why);
    if (!err && (uint64_t)seq != claim->seq) {
        err = amp_fail(why, AMP_E_CONFLICT, "the proof is of record %llu and carries record %lld",
                       (unsigned long long)claim->seq, (long long)seq);
    }
    if (err) {
        return err;
    }
    return leaf.len > 0 ? leaf_take(leaf, claim, why) : record_read(obj, claim, why);
}

static amp_err extra_take(struct amp_str extra, struct amp_log_claim *claim, struct amp_why *why)
{
    struct amp_buf text = amp_buf_make(AMP_TLOG_PROOF_MAX);
    json_t *obj = NULL;
    amp_err err = base64_take(extra, &text);
    err = err ? err : amp_json_read(amp_buf_view(&text), AMP_TLOG_PROOF_MAX, &obj, why);
    err = err ? err : members_take(obj, claim, why);
    json_decref(obj);
    amp_buf_free(&text);
    return err;
}

static amp_err note_check(struct amp_str text, const struct amp_vkey *key, size_t n,
                          struct amp_log_claim *claim, struct amp_why *why)
{
    struct amp_note note;
    struct amp_checkpoint checkpoint;
    struct amp_note_seen *seen = calloc(n, sizeof *seen);
    amp_err err = seen ? amp_note_parse(text, &note, why) : AMP_E_NOMEM;
    err = err ? err : amp_note_verify(&note, key, n, seen, why);
    if (!err && !seen[0].signed_it) {
        err = amp_fail(why, AMP_E_FORBIDDEN, "%s has not signed the checkpoint", key[0].name);
    }
    if (!err && amp_checkpoint_parse(note.text, &checkpoint) != AMP_OK) {
        err = amp_fail(why, AMP_E_SYNTAX, "the checkpoint in the proof is none");
    }
    if (!err && !amp_str_is(checkpoint.origin, key[0].name)) {
        err = amp_fail(why, AMP_E_CONFLICT, "the checkpoint is of the log %.*s, the key of %s",
                       (int)checkpoint.origin.len, checkpoint.origin.ptr, key[0].name);
    }
    if (!err) {
        claim->head = checkpoint.head;
        memcpy(claim->origin, key[0].name, sizeof claim->origin);
    }
    for (size_t i = 1; !err && i < n; i++) {
        claim->witnesses += seen[i].signed_it;
    }
    free(seen);
    return err;
}

amp_err amp_log_check(struct amp_str proof, const struct amp_vkey *key, size_t n,
                      const uint8_t *leaf, struct amp_log_claim *out, struct amp_why *why)
{
    struct amp_tlog_proof parsed;
    struct amp_log_claim claim = {.body = amp_buf_make(AMP_RECORD_MAX)};
    amp_err err = amp_tlog_proof_parse(proof, &parsed, why);
    if (err) {
        return err;
    }
    claim.seq = parsed.index + 1;
    err = note_check(parsed.note, key, n, &claim, why);
    if (!err && parsed.extra.len > 0) {
        err = extra_take(parsed.extra, &claim, why);
    }
    if (!err && claim.has_leaf && leaf && memcmp(leaf, claim.leaf, AMP_HASH) != 0) {
        err = amp_fail(why, AMP_E_CONFLICT, "the record in the proof is not the one in question");
    }
    if (!err && !claim.has_leaf && !leaf) {
        err = amp_fail(why, AMP_E_MISSING,
                       "the proof does not say of which leaf it is: give the record's leaf hash");
    }
    if (!err) {
        if (leaf) {
            memcpy(claim.leaf, leaf, AMP_HASH);
        }
        err = amp_inclusion_check(claim.leaf, parsed.index, claim.head.size, &parsed.proof,
                                  claim.head.root);
        if (err) {
            err = amp_fail(why, AMP_E_CONFLICT,
                           "the record is not in the tree of %llu records that was signed",
                           (unsigned long long)claim.head.size);
        }
    }
    if (err) {
        amp_buf_free(&claim.body);
        return err;
    }
    *out = claim;
    return AMP_OK;
}
