/*
 * What a person asks of a log on disk: is it whole, what is its root, prove one record, does this
 * proof hold?
 *
 * Opens the place read-only; a writer may be at work on it. The secrets that are read have these
 * names (the server writes them): "log/origin", "log/vkey" and "log/checkpoint" (the latest signed
 * one) as plain text, "log/witness/NAME" (a vkey), "log/cosignature/SIZE/NAME" (SIZE in 20 digits;
 * the signature line with its line end).
 */
#ifndef AMP_JOURNAL_INSPECT_H
#define AMP_JOURNAL_INSPECT_H

#include "journal/note.h"
#include "journal/verify.h"

enum {
    AMP_HASH_HEX = 2 * AMP_HASH + 1,
    AMP_HASH_BASE64 = 45
};

struct amp_log_report {
    struct amp_head head; /* what was verified, or what the store says */
    bool ok;
    uint64_t bad_seq;   /* when not ok: the first bad record, or size + 1; 0 if none can be named */
    struct amp_why why; /* when not ok */
    bool has_checkpoint;
    uint64_t checkpoint_size;
    char signer[AMP_KEY_NAME + 1];
    uint64_t cosignatures; /* verified */
    uint64_t strangers;    /* cosignatures of witnesses whose key is not stored */
    uint64_t secrets;      /* readable */
};

/* Reads and checks every record, node, the root, the mark, the stored checkpoint and its
 * cosignatures. AMP_OK also when the log is damaged: out->ok tells. Other errors (no journal there,
 * unreadable) come with why. progress may be NULL. */
AMP_MUST amp_err amp_log_verify(const char *dir, const struct amp_log_progress *progress,
                                struct amp_log_report *out, struct amp_why *why);
/* The same of a store that is open. */
AMP_MUST amp_err amp_log_inspect(struct amp_store *store, const struct amp_log_progress *progress,
                                 struct amp_log_report *out, struct amp_why *why);
/* The size and root as the store says them, unchecked: at once, whatever the size. */
AMP_MUST amp_err amp_log_root(const char *dir, struct amp_log_report *out, struct amp_why *why);

/* Appends a tlog-proof of record seq under the stored checkpoint (with the cosignatures of its
 * size). Its extra names the leaf, which says nothing about the record; with_record puts salt and
 * body there instead. AMP_E_CONFLICT: no stored checkpoint covers the record. */
AMP_MUST amp_err amp_log_prove(struct amp_store *store, uint64_t seq, bool with_record,
                               struct amp_buf *out, struct amp_why *why);

struct amp_log_claim { /* what a proof file shows, once checked */
    uint64_t seq;
    struct amp_head head;
    char origin[AMP_KEY_NAME + 1];
    bool has_record, has_leaf; /* in the file */
    uint8_t leaf[AMP_HASH];    /* of the record in the file, or of the entry that was given */
    struct amp_buf body;       /* when it has a record; the caller frees it */
    uint64_t witnesses;        /* of the keys given: cosignatures that verify */
};

/* Appends the extra of a proof file that names the leaf: base64. */
void amp_log_extra(uint64_t seq, const uint8_t leaf[AMP_HASH], struct amp_buf *out);

/* Checks a proof file with nothing but keys: key[0] is the log's, others are witnesses'. leaf is
 * the leaf hash of the entry in question, needed when the file names none (others may make such);
 * NULL otherwise.
 * AMP_E_FORBIDDEN: the signature; AMP_E_CONFLICT: the proof, or the log's name; AMP_E_MISSING: no
 * leaf; AMP_E_SYNTAX. */
AMP_MUST amp_err amp_log_check(struct amp_str proof, const struct amp_vkey *key, size_t n,
                               const uint8_t *leaf, struct amp_log_claim *out, struct amp_why *why);

/* Appends a secret as it is; AMP_E_NOT_FOUND with a sentence. */
AMP_MUST amp_err amp_log_secret(struct amp_store *store, const char *name, struct amp_buf *out,
                                struct amp_why *why);

void amp_hash_hex(const uint8_t hash[AMP_HASH], char out[AMP_HASH_HEX]);
void amp_hash_base64(const uint8_t hash[AMP_HASH], char out[AMP_HASH_BASE64]); /* RFC 4648 */

#endif
