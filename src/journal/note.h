/*
 * Signed notes and what a transparency log writes with them (C2SP signed-note, tlog-checkpoint,
 * tlog-cosignature, tlog-proof): text only, no file and no clock.
 *
 * A note is text, an empty line, and signature lines. Signatures of unknown keys are ignored; one
 * of a known key that does not verify spoils the whole note. Key types are rows of a table: Ed25519
 * (0x01) and its timestamped cosignature (0x04) are verified, others are known by name and said to
 * be unsupported. What is parsed are views into the text that was given.
 */
#ifndef AMP_JOURNAL_NOTE_H
#define AMP_JOURNAL_NOTE_H

#include "base/crypto.h"
#include "journal/tree.h"

enum {
    AMP_NOTE_MAX = 1 << 17, /* bytes: 16 signatures of 5 kB fit */
    AMP_NOTE_SIGNATURES = 32,
    AMP_NOTE_SIGNATURE = 6144, /* bytes of one, with its key id */
    AMP_KEY_NAME = 255,        /* bytes */
    AMP_KEY_ID = 4,
    AMP_KEY_PUBLIC = 1312, /* of ML-DSA-44, the longest */
    AMP_VKEY_TEXT = 2048,  /* room for a verifier key and its end */
    AMP_TLOG_PROOF_MAX = 16 << 20
};

enum amp_key_type { /* the bytes of the registry in C2SP signed-note */
    AMP_KEY_ED25519 = 0x01,
    AMP_KEY_COSIGNATURE = 0x04,
    AMP_KEY_RFC6962 = 0x05,
    AMP_KEY_ML_DSA_44 = 0x06
};

struct amp_vkey {
    char name[AMP_KEY_NAME + 1];
    uint8_t id[AMP_KEY_ID];
    uint8_t type;
    uint8_t key[AMP_KEY_PUBLIC];
    size_t key_len;
};

const char *amp_key_type_name(uint8_t type); /* "Ed25519"; NULL for a type that is not known */
/* Name, type and public key to a vkey with its id. AMP_E_RANGE: no name for a key (a blank, a plus
 * or a control sign in it, empty, too long), or not the length of that type's keys. */
AMP_MUST amp_err amp_vkey_make(struct amp_str name, uint8_t type, const uint8_t *key, size_t len,
                               struct amp_vkey *out);
/* "NAME+hex(id)+base64(type || key)". AMP_E_SYNTAX; AMP_E_CONFLICT: the id is not that of the key;
 * AMP_E_UNSUPPORTED: a type that is not in the table. */
AMP_MUST amp_err amp_vkey_parse(struct amp_str text, struct amp_vkey *out, struct amp_why *why);
void amp_vkey_write(const struct amp_vkey *vkey, char out[AMP_VKEY_TEXT]);

struct amp_note_signature {
    struct amp_str name;
    uint8_t id[AMP_KEY_ID];
    struct amp_str base64; /* id and signature */
    struct amp_str line;   /* all of it, with its line end */
};

struct amp_note {
    struct amp_str text; /* what is signed: with the last line end, without the empty line */
    struct amp_note_signature signature[AMP_NOTE_SIGNATURES];
    size_t n;
};

struct amp_note_seen { /* what a key said about a note */
    bool signed_it;
    int64_t time_s; /* of a cosignature; 0 of other types */
};

/* AMP_E_SYNTAX, AMP_E_LIMIT. */
AMP_MUST amp_err amp_note_parse(struct amp_str note, struct amp_note *out, struct amp_why *why);
/* seen[i] tells of key[i]. AMP_OK: at least one of the keys signed it. AMP_E_FORBIDDEN: none did,
 * or a known key's signature does not verify. AMP_E_UNSUPPORTED: of a known key's type. */
AMP_MUST amp_err amp_note_verify(const struct amp_note *note, const struct amp_vkey *key, size_t n,
                                 struct amp_note_seen *seen, struct amp_why *why);
/* Append one signature line for the text: of the log, and of a witness at a time. */
AMP_MUST amp_err amp_note_sign(struct amp_str text, struct amp_str name,
                               const uint8_t seed[AMP_KEY], struct amp_buf *out);
AMP_MUST amp_err amp_note_cosign(struct amp_str text, struct amp_str name,
                                 const uint8_t seed[AMP_KEY], int64_t time_s, struct amp_buf *out);

struct amp_checkpoint {
    struct amp_str origin;
    struct amp_head head;
};

/* The body of a checkpoint: what is signed. */
void amp_checkpoint_write(const struct amp_checkpoint *checkpoint, struct amp_buf *out);
/* Extension lines are taken and ignored. AMP_E_SYNTAX. */
AMP_MUST amp_err amp_checkpoint_parse(struct amp_str text, struct amp_checkpoint *out);
/* Body, empty line and the log's signature: a whole note. AMP_E_RANGE: the origin is no name. */
AMP_MUST amp_err amp_checkpoint_sign(const struct amp_checkpoint *checkpoint,
                                     const uint8_t seed[AMP_KEY], struct amp_buf *out);

struct amp_tlog_proof {
    struct amp_str extra; /* base64; empty when there is none. Nothing vouches for it */
    uint64_t index;       /* from 0 */
    struct amp_proof proof;
    struct amp_str note; /* the signed checkpoint, verbatim */
};

/* proof->extra is base64 already. */
void amp_tlog_proof_write(const struct amp_tlog_proof *proof, struct amp_buf *out);
/* AMP_E_SYNTAX, AMP_E_LIMIT. */
AMP_MUST amp_err amp_tlog_proof_parse(struct amp_str text, struct amp_tlog_proof *out,
                                      struct amp_why *why);

#endif
