/*
 * Signed notes: keys with names, lines of signatures, and their verification (C2SP signed-note).
 */
#include "journal/note.h"

#include <assert.h>
#include <string.h>

enum {
    ID_HEX = 2 * AMP_KEY_ID,
    TIME_BYTES = 8
};

#define DASH "\xe2\x80\x94 " /* U+2014 and a blank */

/* ---- what each type of key does ---- */

typedef bool verify_fn(const struct amp_vkey *key, struct amp_str text, struct amp_str signature,
                       struct amp_note_seen *seen);

static bool ed25519_verify(const struct amp_vkey *key, struct amp_str text,
                           struct amp_str signature, struct amp_note_seen *seen)
{
    (void)seen;
    return signature.len == AMP_SIGNATURE &&
           amp_sign_verify(key->key, text, (const uint8_t *)signature.ptr);
}

/* tlog-cosignature, "Ed25519 signed message" */
static void cosigned_message(struct amp_str text, int64_t time_s, struct amp_buf *out)
{
    amp_buf_text(out, "cosignature/v1\ntime ");
    amp_buf_i64(out, time_s);
    amp_buf_char(out, '\n');
    amp_buf_str(out, text);
}

static bool cosignature_verify(const struct amp_vkey *key, struct amp_str text,
                               struct amp_str signature, struct amp_note_seen *seen)
{
    if (signature.len != TIME_BYTES + AMP_SIGNATURE || (signature.ptr[0] & 0x80) != 0) {
        return false; /* a time of 2^63 and more MUST NOT be */
    }
    int64_t time_s = 0;
    for (size_t i = 0; i < TIME_BYTES; i++) {
        time_s = time_s * 256 + (uint8_t)signature.ptr[i];
    }
    struct amp_buf message = amp_buf_make(AMP_NOTE_MAX + 64);
    cosigned_message(text, time_s, &message);
    bool good = amp_buf_err(&message) == AMP_OK &&
                amp_sign_verify(key->key, amp_buf_view(&message),
                                (const uint8_t *)signature.ptr + TIME_BYTES);
    amp_buf_free(&message);
    seen->time_s = good ? time_s : seen->time_s;
    return good;
}

static const struct key_row {
    uint8_t type;
    const char *name;
    size_t len;        /* of the public key */
    verify_fn *verify; /* NULL: known, and not supported */
} key_rows[] = {
    {AMP_KEY_ED25519, "Ed25519", AMP_SIGN_PUBLIC, ed25519_verify},
    {AMP_KEY_COSIGNATURE, "Ed25519 cosignature", AMP_SIGN_PUBLIC, cosignature_verify},
    {AMP_KEY_RFC6962, "RFC 6962 tree head", AMP_SHA256, NULL},
    {AMP_KEY_ML_DSA_44, "ML-DSA-44 cosignature", AMP_KEY_PUBLIC, NULL},
};

static const struct key_row *row_of(uint8_t type)
{
    for (size_t i = 0; i < sizeof key_rows / sizeof key_rows[0]; i++) {
        if (key_rows[i].type == type) {
            return &key_rows[i];
        }
    }
    return NULL;
}

const char *amp_key_type_name(uint8_t type)
{
    const struct key_row *row = row_of(type);
    return row ? row->name : NULL;
}

/* ---- names ---- */

static uint32_t code_point(const char *ptr, size_t len)
{
    static const uint8_t first[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (uint8_t)ptr[0] & first[len];
    for (size_t i = 1; i < len; i++) {
        code = (code << 6) | ((uint8_t)ptr[i] & 0x3fU);
    }
    return code;
}

/* Unicode's White_Space. */
static bool is_space(uint32_t code)
{
    return code == 0x20 || (code >= 0x09 && code <= 0x0d) || code == 0x85 || code == 0xa0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
           code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

static bool name_good(struct amp_str name)
{
    if (name.len == 0 || name.len > AMP_KEY_NAME) {
        return false;
    }
    for (size_t at = 0; at < name.len;) {
        size_t len = amp_utf8_step(name.ptr + at, name.len - at);
        if (len == 0 || name.ptr[at] == '+') {
            return false;
        }
        uint32_t code = code_point(name.ptr + at, len);
        if (code < 0x20 || is_space(code)) {
            return false;
        }
        at += len;
    }
    return true;
}

/* ---- verifier keys ---- */

/* key ID = SHA-256(key name || 0x0A || signature type || public key)[:4] */
static void id_make(struct amp_vkey *vkey)
{
    uint8_t all[AMP_KEY_NAME + 2 + AMP_KEY_PUBLIC], hash[AMP_SHA256];
    size_t len = strlen(vkey->name);
    memcpy(all, vkey->name, len);
    all[len++] = '\n';
    all[len++] = vkey->type;
    memcpy(all + len, vkey->key, vkey->key_len);
    amp_sha256(all, len + vkey->key_len, hash);
    memcpy(vkey->id, hash, AMP_KEY_ID);
}

amp_err amp_vkey_make(struct amp_str name, uint8_t type, const uint8_t *key, size_t len,
                      struct amp_vkey *out)
{
    const struct key_row *row = row_of(type);
    if (!row) {
        return AMP_E_UNSUPPORTED;
    }
    if (len != row->len || !name_good(name)) {
        return AMP_E_RANGE;
    }
    struct amp_vkey made = {.type = type, .key_len = len};
    memcpy(made.name, name.ptr, name.len);
    memcpy(made.key, key, len);
    id_make(&made);
    *out = made;
    return AMP_OK;
}

amp_err amp_vkey_parse(struct amp_str text, struct amp_vkey *out, struct amp_why *why)
{
    uint8_t id[AMP_KEY_ID], key[1 + AMP_KEY_PUBLIC];
    size_t id_len = 0, key_len = 0;
    struct amp_str name, hex, base64 = amp_str_cut(text, '+', &name);
    base64 = amp_str_cut(base64, '+', &hex);
    if (hex.len != ID_HEX || amp_hex_read(hex, id, sizeof id, &id_len) != AMP_OK ||
        amp_base64_read(base64, key, sizeof key, &key_len) != AMP_OK || key_len < 1) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "this is no verifier key: it has the form name+hex+base64");
    }
    for (size_t i = 0; i < hex.len; i++) {
        if (hex.ptr[i] >= 'A' && hex.ptr[i] <= 'F') {
            return amp_fail(why, AMP_E_SYNTAX, "the id of a verifier key has small letters");
        }
    }
    struct amp_vkey made;
    amp_err err = amp_vkey_make(name, key[0], key + 1, key_len - 1, &made);
    if (err == AMP_E_UNSUPPORTED) {
        return amp_fail(why, err, "verifier keys of type %u are not supported", key[0]);
    }
    if (err) {
        return amp_fail(why, AMP_E_SYNTAX, "the name or the length of the verifier key is wrong");
    }
    if (memcmp(made.id, id, AMP_KEY_ID) != 0) {
        return amp_fail(why, AMP_E_CONFLICT,
                        "the id in the verifier key is not that of its key: was it mistyped?");
    }
    *out = made;
    return AMP_OK;
}

void amp_vkey_write(const struct amp_vkey *vkey, char out[AMP_VKEY_TEXT])
{
    uint8_t key[1 + AMP_KEY_PUBLIC] = {vkey->type};
    struct amp_buf buf = amp_buf_over(out, AMP_VKEY_TEXT);
    memcpy(key + 1, vkey->key, vkey->key_len);
    amp_buf_text(&buf, vkey->name);
    amp_buf_char(&buf, '+');
    amp_hex_put(&buf, vkey->id, AMP_KEY_ID);
    amp_buf_char(&buf, '+');
    amp_base64_put(&buf, key, 1 + vkey->key_len);
    (void)amp_buf_cstr(&buf);
    assert(amp_buf_err(&buf) == AMP_OK);
}

/* ---- reading ---- */

static bool text_good(struct amp_str text)
{
    for (size_t at = 0; at < text.len;) {
        size_t len = amp_utf8_step(text.ptr + at, text.len - at);
        if (len == 0 || ((uint8_t)text.ptr[at] < 0x20 && text.ptr[at] != '\n')) {
            return false;
        }
        at += len;
    }
    return true;
}

/* "— name base64", without its line end. */
static bool signature_read(struct amp_str line, struct amp_note_signature *out)
{
    uint8_t bytes[AMP_NOTE_SIGNATURE];
    size_t len = 0;
    struct amp_str rest = line;
    if (!amp_str_starts(line, AMP_STR(DASH))) {
        return false;
    }
    rest.ptr += strlen(DASH);
    rest.len -= strlen(DASH);
    out->base64 = amp_str_cut(rest, ' ', &out->name);
    if (!name_good(out->name) ||
        amp_base64_read(out->base64, bytes, sizeof bytes, &len) != AMP_OK || len <= AMP_KEY_ID) {
        return false;
    }
    memcpy(out->id, bytes, AMP_KEY_ID);
    out->line = line;
    out->line.len++; /* a line end follows */
    return true;
}

/* Where the last empty line begins: the index of its own line end; 0 if there is none. */
static size_t split_find(struct amp_str note)
{
    for (size_t at = note.len - 1; at > 0; at--) {
        if (note.ptr[at] == '\n' && note.ptr[at - 1] == '\n') {
            return at;
        }
    }
    return 0;
}

amp_err amp_note_parse(struct amp_str note, struct amp_note *out, struct amp_why *why)
{
    struct amp_note made = {.n = 0};
    if (note.len > AMP_NOTE_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "a note of %zu bytes; the limit is %d", note.len,
                        AMP_NOTE_MAX);
    }
    if (note.len == 0 || note.ptr[note.len - 1] != '\n' || !text_good(note)) {
        return amp_fail(why, AMP_E_SYNTAX, "a note is lines of UTF-8 text");
    }
    size_t split = split_find(note);
    if (split == 0 || split + 1 == note.len) {
        return amp_fail(why, AMP_E_SYNTAX, "the note has no signatures");
    }
    made.text = (struct amp_str){.ptr = note.ptr, .len = split};
    struct amp_str rest = {.ptr = note.ptr + split + 1, .len = note.len - split - 1};
    while (rest.len > 0) {
        struct amp_str line;
        rest = amp_str_cut(rest, '\n', &line);
        if (made.n == AMP_NOTE_SIGNATURES) {
            return amp_fail(why, AMP_E_LIMIT, "more than %d signatures", AMP_NOTE_SIGNATURES);
        }
        if (!signature_read(line, &made.signature[made.n])) {
            return amp_fail(why, AMP_E_SYNTAX, "line %zu of the signatures is none", made.n + 1);
        }
        made.n++;
    }
    *out = made;
    return AMP_OK;
}

/* ---- verifying ---- */

static amp_err signature_check(const struct amp_note *note,
                               const struct amp_note_signature *signature,
                               const struct amp_vkey *key, struct amp_note_seen *seen,
                               struct amp_why *why)
{
    const struct key_row *row = row_of(key->type);
    uint8_t bytes[AMP_NOTE_SIGNATURE];
    size_t len = 0;
    if (!row || !row->verify) {
        return amp_fail(why, AMP_E_UNSUPPORTED, "signatures of %s (%s) cannot be verified here",
                        key->name, row ? row->name : "an unknown type");
    }
    amp_err err = amp_base64_read(signature->base64, bytes, sizeof bytes, &len);
    const struct amp_str bare = {.ptr = (const char *)bytes + AMP_KEY_ID, .len = len - AMP_KEY_ID};
    if (err || !row->verify(key, note->text, bare, seen)) {
        return amp_fail(why, AMP_E_FORBIDDEN, "the signature of %s does not verify", key->name);
    }
    seen->signed_it = true;
    return AMP_OK;
}

amp_err amp_note_verify(const struct amp_note *note, const struct amp_vkey *key, size_t n,
                        struct amp_note_seen *seen, struct amp_why *why)
{
    bool any = false;
    for (size_t k = 0; k < n; k++) {
        seen[k] = (struct amp_note_seen){.signed_it = false};
        for (size_t i = 0; i < note->n; i++) {
            const struct amp_note_signature *signature = &note->signature[i];
            if (!amp_str_is(signature->name, key[k].name) ||
                memcmp(signature->id, key[k].id, AMP_KEY_ID) != 0) {
                continue;
            }
            amp_err err = signature_check(note, signature, &key[k], &seen[k], why);
            if (err) {
                return err;
            }
        }
        any |= seen[k].signed_it;
    }
    return any ? AMP_OK
               : amp_fail(why, AMP_E_FORBIDDEN, "no key that is trusted here has signed it");
}

/* ---- signing ---- */

static amp_err line_write(struct amp_str name, const struct amp_vkey *vkey, const uint8_t *bytes,
                          size_t len, struct amp_buf *out)
{
    uint8_t all[AMP_KEY_ID + TIME_BYTES + AMP_SIGNATURE];
    assert(len <= TIME_BYTES + AMP_SIGNATURE);
    memcpy(all, vkey->id, AMP_KEY_ID);
    memcpy(all + AMP_KEY_ID, bytes, len);
    amp_buf_text(out, DASH);
    amp_buf_str(out, name);
    amp_buf_char(out, ' ');
    amp_base64_put(out, all, AMP_KEY_ID + len);
    amp_buf_char(out, '\n');
    return amp_buf_err(out);
}

static amp_err own_vkey(struct amp_str name, enum amp_key_type type, const uint8_t seed[AMP_KEY],
                        struct amp_vkey *out)
{
    uint8_t key[AMP_SIGN_PUBLIC];
    amp_sign_public(seed, key);
    return amp_vkey_make(name, (uint8_t)type, key, sizeof key, out);
}

amp_err amp_note_sign(struct amp_str text, struct amp_str name, const uint8_t seed[AMP_KEY],
                      struct amp_buf *out)
{
    struct amp_vkey vkey;
    uint8_t signature[AMP_SIGNATURE];
    amp_err err = own_vkey(name, AMP_KEY_ED25519, seed, &vkey);
    if (err) {
        return err;
    }
    amp_sign(seed, text, signature);
    return line_write(name, &vkey, signature, sizeof signature, out);
}

amp_err amp_note_cosign(struct amp_str text, struct amp_str name, const uint8_t seed[AMP_KEY],
                        int64_t time_s, struct amp_buf *out)
{
    struct amp_vkey vkey;
    uint8_t bytes[TIME_BYTES + AMP_SIGNATURE];
    assert(time_s >= 0);
    amp_err err = own_vkey(name, AMP_KEY_COSIGNATURE, seed, &vkey);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < TIME_BYTES; i++) {
        bytes[i] = (uint8_t)(time_s >> (8 * (TIME_BYTES - 1 - i)));
    }
    struct amp_buf message = amp_buf_make(AMP_NOTE_MAX + 64);
    cosigned_message(text, time_s, &message);
    err = amp_buf_err(&message);
    if (!err) {
        amp_sign(seed, amp_buf_view(&message), bytes + TIME_BYTES);
        err = line_write(name, &vkey, bytes, sizeof bytes, out);
    }
    amp_buf_free(&message);
    return err;
}
