/*
 * Is the log on disk whole, what is its root, and do the signatures over it hold?
 */
#include "journal/inspect.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define COSIGNATURE "log/cosignature/"
#define WITNESS     "log/witness/"

enum {
    SIZE_DIGITS = 20
};

amp_err amp_log_secret(struct amp_store *store, const char *name, struct amp_buf *out,
                       struct amp_why *why)
{
    amp_err err = store->ops->secret(store, amp_str_of(name), out, why);
    if (err == AMP_E_NOT_FOUND) {
        return amp_fail(why, err,
                        "the log has no %s yet: the server makes it when it starts with its master "
                        "key",
                        name);
    }
    return err;
}

/* ---- the signatures ---- */

struct signatures {
    struct amp_store *store;
    struct amp_log_report *report;
    struct amp_str origin; /* of the checkpoint */
    struct amp_why *why;
};

/* A secret, or an empty text where there is none. */
static amp_err secret_get(struct amp_store *store, struct amp_str name, struct amp_buf *out,
                          struct amp_why *why)
{
    amp_err err = store->ops->secret(store, name, out, why);
    return err == AMP_E_NOT_FOUND ? AMP_OK : err;
}

/* Bad signatures and roots are damage of the log, not of the question. */
static amp_err corrupt(amp_err err)
{
    return err == AMP_OK || err == AMP_E_NOMEM || err == AMP_E_IO ? err : AMP_E_CORRUPT;
}

static amp_err root_compare(struct amp_store *store, const struct amp_head *head,
                            struct amp_why *why)
{
    uint8_t root[AMP_HASH];
    amp_err err = amp_tree_root(store, head->size, root, why);
    if (err == AMP_E_RANGE) {
        return amp_fail(why, AMP_E_CORRUPT,
                        "a tree of %llu records was signed, and fewer are here: records were lost",
                        (unsigned long long)head->size);
    }
    if (!err && memcmp(root, head->root, AMP_HASH) != 0) {
        err = amp_fail(why, AMP_E_CORRUPT,
                       "the root that was signed for %llu records is not theirs: the log was "
                       "rewritten",
                       (unsigned long long)head->size);
    }
    return err;
}

/* One cosignature: its line, under the body that the log has at that size. */
static amp_err cosignature_check(struct signatures *job, const struct amp_head *head,
                                 struct amp_str line, const struct amp_vkey *vkey)
{
    struct amp_buf note = amp_buf_make(AMP_NOTE_MAX);
    struct amp_note parsed;
    struct amp_note_seen seen;
    const struct amp_checkpoint checkpoint = {.origin = job->origin, .head = *head};
    amp_checkpoint_write(&checkpoint, &note);
    amp_buf_char(&note, '\n');
    amp_buf_str(&note, line);
    amp_err err = amp_buf_err(&note);
    err = err ? err : amp_note_parse(amp_buf_view(&note), &parsed, job->why);
    err = err ? err : amp_note_verify(&parsed, vkey, 1, &seen, job->why);
    amp_buf_free(&note);
    return corrupt(err);
}

static amp_err cosignature_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    struct signatures *job = ctx;
    struct amp_head head = {.size = 0};
    struct amp_vkey vkey;
    char witness[AMP_SECRET_NAME_MAX + sizeof WITNESS];
    name.ptr += strlen(COSIGNATURE);
    name.len -= strlen(COSIGNATURE);
    const struct amp_str digits = {.ptr = name.ptr, .len = SIZE_DIGITS};
    if (name.len < SIZE_DIGITS + 2 || name.ptr[SIZE_DIGITS] != '/' ||
        amp_str_u64(digits, &head.size) != AMP_OK) {
        return amp_fail(job->why, AMP_E_CORRUPT, "a stored cosignature has a malformed name");
    }
    (void)snprintf(witness, sizeof witness, WITNESS "%.*s", (int)name.len - SIZE_DIGITS - 1,
                   name.ptr + SIZE_DIGITS + 1);
    struct amp_buf text = amp_buf_make(AMP_SECRET_MAX);
    amp_err err = secret_get(job->store, amp_str_of(witness), &text, job->why);
    if (!err && text.len == 0) {
        job->report->strangers++;
    } else if (!err) {
        err = corrupt(amp_vkey_parse(amp_buf_view(&text), &vkey, job->why));
        err = err ? err : corrupt(amp_tree_root(job->store, head.size, head.root, job->why));
        err = err ? err : cosignature_check(job, &head, value, &vkey);
        job->report->cosignatures += !err;
    }
    amp_buf_free(&text);
    return err;
}

/* The stored checkpoint under the stored key; its root is the log's at that size. */
static amp_err checkpoint_check(struct signatures *job, struct amp_str text, struct amp_str key,
                                struct amp_str origin)
{
    struct amp_note note;
    struct amp_note_seen seen;
    struct amp_vkey vkey;
    struct amp_checkpoint checkpoint;
    amp_err err = amp_vkey_parse(key, &vkey, job->why);
    err = err ? err : amp_note_parse(text, &note, job->why);
    err = err ? err : amp_note_verify(&note, &vkey, 1, &seen, job->why);
    if (!err && amp_checkpoint_parse(note.text, &checkpoint) != AMP_OK) {
        err = amp_fail(job->why, AMP_E_CORRUPT, "the stored checkpoint is malformed");
    }
    if (!err && origin.len > 0 && !amp_str_eq(origin, checkpoint.origin)) {
        err = amp_fail(job->why, AMP_E_CORRUPT, "the stored checkpoint is of another log");
    }
    err = err ? corrupt(err) : root_compare(job->store, &checkpoint.head, job->why);
    if (!err) {
        job->report->has_checkpoint = true;
        job->report->checkpoint_size = checkpoint.head.size;
        memcpy(job->report->signer, vkey.name, sizeof job->report->signer);
        job->origin = checkpoint.origin;
        err = job->store->ops->secrets(job->store, AMP_STR(COSIGNATURE), job, cosignature_visit,
                                       job->why);
    }
    return err;
}

static amp_err signatures_check(struct amp_store *store, struct amp_log_report *report,
                                struct amp_why *why)
{
    struct signatures job = {.store = store, .report = report, .why = why};
    struct amp_buf text = amp_buf_make(AMP_SECRET_MAX), key = amp_buf_make(AMP_SECRET_MAX),
                   origin = amp_buf_make(AMP_SECRET_MAX);
    amp_err err = secret_get(store, AMP_STR("log/checkpoint"), &text, why);
    err = err ? err : secret_get(store, AMP_STR("log/vkey"), &key, why);
    err = err ? err : secret_get(store, AMP_STR("log/origin"), &origin, why);
    if (!err && text.len > 0) {
        err =
            checkpoint_check(&job, amp_buf_view(&text), amp_buf_view(&key), amp_buf_view(&origin));
    }
    amp_buf_free(&text);
    amp_buf_free(&key);
    amp_buf_free(&origin);
    return err;
}

static amp_err secret_count(void *ctx, struct amp_str name, struct amp_str value)
{
    uint64_t *count = ctx;
    (void)name;
    (void)value;
    (*count)++;
    return AMP_OK;
}

/* ---- the report ---- */

amp_err amp_log_inspect(struct amp_store *store, const struct amp_log_progress *progress,
                        struct amp_log_report *out, struct amp_why *why)
{
    struct amp_log_report report = {.ok = false};
    struct amp_why said = {""};
    amp_err err = amp_log_verify_store(store, 0, progress, &report.head, &report.bad_seq, &said);
    if (!err) {
        err = store->ops->secrets(store, AMP_STR(""), &report.secrets, secret_count, &said);
    }
    if (!err) {
        err = signatures_check(store, &report, &said);
    }
    if (err == AMP_E_CORRUPT) {
        report.why = said;
    } else if (err) {
        return amp_fail(why, err, "%s", said.text[0] ? said.text : amp_err_words(err));
    }
    report.ok = !err;
    *out = report;
    return AMP_OK;
}

amp_err amp_log_verify(const char *dir, const struct amp_log_progress *progress,
                       struct amp_log_report *out, struct amp_why *why)
{
    struct amp_store *store = NULL;
    struct amp_log_report report = {.ok = false};
    struct amp_why said = {""};
    amp_err err = amp_store_sqlite(dir, true, &store, &said);
    if (err == AMP_E_CORRUPT) {
        report.why = said;
        *out = report;
        return AMP_OK;
    }
    if (!err) {
        err = amp_log_inspect(store, progress, &report, &said);
    }
    amp_store_close(store);
    if (err) {
        return amp_fail(why, err, "%s", said.text[0] ? said.text : amp_err_words(err));
    }
    *out = report;
    return AMP_OK;
}

amp_err amp_log_root(const char *dir, struct amp_log_report *out, struct amp_why *why)
{
    struct amp_store *store = NULL;
    struct amp_log_report report = {.ok = true};
    amp_err err = amp_store_sqlite(dir, true, &store, why);
    if (!err) {
        err = store->ops->head(store, &report.head, why);
    }
    amp_store_close(store);
    if (!err) {
        *out = report;
    }
    return err;
}

void amp_hash_hex(const uint8_t hash[AMP_HASH], char out[AMP_HASH_HEX])
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < AMP_HASH; i++) {
        out[2 * i] = digit[hash[i] >> 4];
        out[2 * i + 1] = digit[hash[i] & 15];
    }
    out[AMP_HASH_HEX - 1] = '\0';
}

void amp_hash_base64(const uint8_t hash[AMP_HASH], char out[AMP_HASH_BASE64])
{
    EVP_EncodeBlock((unsigned char *)out, hash, AMP_HASH); /* 44 characters and the end */
}
