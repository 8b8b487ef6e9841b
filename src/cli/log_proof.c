/* `amparo log prove`, `check` and `key`: proofs of single records for people outside. */
#include "base/json.h"
#include "cli/cli.h"
#include "cli/log.h"
#include "journal/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
    KEYS_MAX = 32,
    KEY_FILE_MAX = 1 << 16
};

int amp_cli_log_key(const struct amp_log_request *request)
{
    struct amp_store *store = NULL;
    struct amp_why why = {""};
    struct amp_buf key = amp_buf_make(AMP_SECRET_MAX), buf = amp_buf_make(2 * AMP_SECRET_MAX);
    amp_err err = amp_store_sqlite(request->data, true, &store, &why);
    err = err ? err : amp_log_secret(store, "log/vkey", &key, &why);
    amp_store_close(store);
    if (!err && request->json) {
        struct amp_json js = amp_json_make(&buf);
        amp_json_open(&js, '{');
        amp_json_str_of(&js, "key", amp_buf_view(&key));
        amp_json_close(&js, '}');
    } else if (!err) {
        amp_buf_str(&buf, amp_buf_view(&key));
    }
    amp_buf_free(&key);
    if (err) {
        amp_buf_free(&buf);
        return amp_cli_fail_as("log", request->json, err, &why);
    }
    return amp_cli_print("log", &buf);
}

/* To the file, or to standard output without one. */
static int proof_put(const struct amp_log_request *request, struct amp_buf *proof)
{
    struct amp_why why = {""};
    if (!request->out) {
        proof->len -= proof->len > 0; /* the line end comes again */
        return amp_cli_print("log", proof);
    }
    amp_err err = amp_file_write(request->out, amp_buf_view(proof), &why);
    amp_buf_free(proof);
    return err ? amp_cli_fail_as("log", request->json, err, &why) : AMP_EXIT_OK;
}

int amp_cli_log_prove(const struct amp_log_request *request)
{
    struct amp_store *store = NULL;
    struct amp_why why = {""};
    uint64_t seq = 0;
    if (amp_str_u64(amp_str_of(request->operand), &seq) != AMP_OK || seq == 0 || seq > INT64_MAX) {
        return amp_cli_misuse("log", "\"%s\" is not the number of a record", request->operand);
    }
    struct amp_buf proof = amp_buf_make(AMP_TLOG_PROOF_MAX);
    amp_err err = amp_store_sqlite(request->data, true, &store, &why);
    err = err ? err : amp_log_prove(store, seq, request->with_record, &proof, &why);
    amp_store_close(store);
    if (err) {
        amp_buf_free(&proof);
        return amp_cli_fail_as("log", request->json, err, &why);
    }
    return proof_put(request, &proof);
}

/* One key a line; lines that begin with # and empty ones are passed over. */
static amp_err keys_parse(struct amp_str text, struct amp_vkey *key, size_t *out_n,
                          struct amp_why *why)
{
    size_t n = 0;
    while (text.len > 0) {
        struct amp_str line;
        text = amp_str_cut(text, '\n', &line);
        line = amp_str_trim(line);
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        if (n == KEYS_MAX) {
            return amp_fail(why, AMP_E_LIMIT, "more than %d keys", KEYS_MAX);
        }
        amp_err err = amp_vkey_parse(line, &key[n++], why);
        if (err) {
            return err;
        }
    }
    *out_n = n;
    return n > 0 ? AMP_OK : amp_fail(why, AMP_E_MISSING, "there is no key");
}

static amp_err keys_load(const struct amp_log_request *request, struct amp_vkey *key, size_t *out_n,
                         struct amp_why *why)
{
    struct stat st;
    struct amp_store *store = NULL;
    struct amp_buf text = amp_buf_make(KEY_FILE_MAX);
    amp_err err = AMP_OK;
    if (request->key && stat(request->key, &st) != 0) {
        amp_buf_text(&text, request->key);
    } else if (request->key) {
        err = amp_cli_read_file(request->key, KEY_FILE_MAX, &text, why);
    } else {
        err = amp_store_sqlite(request->data, true, &store, why);
        err = err ? err : amp_log_secret(store, "log/vkey", &text, why);
        amp_store_close(store);
    }
    err = err ? err : keys_parse(amp_buf_view(&text), key, out_n, why);
    amp_buf_free(&text);
    return err;
}

static void claim_json(const struct amp_log_claim *claim, struct amp_buf *buf)
{
    struct amp_json js = amp_json_make(buf);
    char hex[AMP_HASH_HEX];
    amp_hash_hex(claim->leaf, hex);
    amp_json_open(&js, '{');
    amp_json_bool_of(&js, "ok", true);
    amp_json_i64_of(&js, "seq", (int64_t)claim->seq);
    amp_json_i64_of(&js, "size", (int64_t)claim->head.size);
    amp_json_text_of(&js, "log", claim->origin);
    amp_json_text_of(&js, "leaf", hex);
    amp_json_i64_of(&js, "witnesses", (int64_t)claim->witnesses);
    if (claim->has_record) {
        amp_json_str_of(&js, "body", amp_buf_view(&claim->body));
    }
    amp_json_close(&js, '}');
}

static void claim_text(const struct amp_log_claim *claim, struct amp_buf *buf)
{
    amp_buf_printf(buf,
                   "ok: record %" PRIu64 " is in the log %s,\nwhich signed a tree of %" PRIu64
                   " records with it",
                   claim->seq, claim->origin, claim->head.size);
    if (claim->witnesses > 0) {
        amp_buf_printf(buf, "; %" PRIu64 " witnesses saw that tree", claim->witnesses);
    }
    if (claim->has_record) {
        amp_buf_text(buf, ".\nThe record:\n");
        amp_buf_str(buf, amp_buf_view(&claim->body));
    } else {
        char hex[AMP_HASH_HEX];
        amp_hash_hex(claim->leaf, hex);
        amp_buf_printf(buf, ".\nThe proof does not carry the record itself, only its leaf:\n%s",
                       hex);
    }
}

int amp_cli_log_check(const struct amp_log_request *request)
{
    struct amp_vkey key[KEYS_MAX];
    struct amp_why why = {""};
    struct amp_log_claim claim;
    struct amp_buf file, buf = amp_buf_make(AMP_TLOG_PROOF_MAX);
    uint8_t leaf[AMP_HASH];
    size_t n = 0, leaf_len = 0;
    if (!request->key && !request->data) {
        return amp_cli_misuse("log", "check needs --key KEY (or --data DIR, to take it there)");
    }
    if (request->leaf &&
        (amp_hex_read(amp_str_of(request->leaf), leaf, sizeof leaf, &leaf_len) != AMP_OK ||
         leaf_len != sizeof leaf)) {
        return amp_cli_misuse("log", "--leaf takes 64 hexadecimal digits");
    }
    amp_err err = keys_load(request, key, &n, &why);
    if (!err) {
        err = amp_cli_read_file(request->operand, AMP_TLOG_PROOF_MAX, &file, &why);
        if (!err) {
            err = amp_log_check(amp_buf_view(&file), key, n, request->leaf ? leaf : NULL, &claim,
                                &why);
            amp_buf_free(&file);
        }
    }
    if (err) {
        return amp_cli_fail_as("log", request->json, err, &why);
    }
    if (request->json) {
        claim_json(&claim, &buf);
    } else {
        claim_text(&claim, &buf);
    }
    amp_buf_free(&claim.body);
    return amp_cli_print("log", &buf);
}
