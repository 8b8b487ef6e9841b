/* Seals, signatures, passwords, digests and their text forms, over libsodium. */
#include "base/crypto.h"
#include <assert.h>
#include <malloc.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(AMP_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(AMP_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(AMP_SEAL_EXTRA - AMP_SHA256 - AMP_NONCE == crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "tag");
_Static_assert(AMP_KEY == crypto_sign_SEEDBYTES, "seed");
_Static_assert(AMP_SIGN_PUBLIC == crypto_sign_PUBLICKEYBYTES, "public key");
_Static_assert(AMP_SIGNATURE == crypto_sign_BYTES, "signature");
_Static_assert(AMP_PASSWORD_HASH >= crypto_pwhash_STRBYTES, "hash");

enum {
    PASSWORD_PASSES = 2,
    PASSWORD_BYTES = 19 << 20
};

amp_err amp_crypto_start(void)
{
    return sodium_init() < 0 ? AMP_E_UNSUPPORTED : AMP_OK;
}

void amp_sha256(const void *data, size_t len, uint8_t out[AMP_SHA256])
{
    (void)crypto_hash_sha256(out, data, len);
}

void amp_hmac_sha256(struct amp_str key, struct amp_str text, uint8_t out[AMP_SHA256])
{
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.ptr, key.len);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)text.ptr, text.len);
    (void)crypto_auth_hmacsha256_final(&state, out);
    amp_wipe(&state, sizeof state);
}

static void commitment(const uint8_t key[AMP_KEY], uint8_t out[AMP_SHA256])
{
    static const char what[12] = {'a', 'm', 'p', 'a', 'r', 'o', '-', 'k', 'e', 'y', '-', '1'};
    uint8_t both[sizeof what + AMP_KEY];
    memcpy(both, what, sizeof what);
    memcpy(both + sizeof what, key, AMP_KEY);
    amp_sha256(both, sizeof both, out);
    amp_wipe(both, sizeof both);
}

void amp_seal(const uint8_t key[AMP_KEY], const uint8_t nonce[AMP_NONCE], struct amp_str about,
              struct amp_str plain, struct amp_buf *out)
{
    uint8_t *at = amp_buf_extend(out, plain.len + AMP_SEAL_EXTRA);
    if (at == NULL) {
        return; /* the buffer remembers */
    }
    unsigned long long len = 0;
    commitment(key, at);
    memcpy(at + AMP_SHA256, nonce, AMP_NONCE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        at + AMP_SHA256 + AMP_NONCE, &len, (const uint8_t *)plain.ptr, plain.len,
        (const uint8_t *)about.ptr, about.len, NULL, nonce, key);
    assert(len == plain.len + AMP_SEAL_EXTRA - AMP_SHA256 - AMP_NONCE);
}

amp_err amp_unseal(const uint8_t key[AMP_KEY], struct amp_str about, struct amp_str seal,
                   struct amp_buf *out)
{
    uint8_t mine[AMP_SHA256];
    if (seal.len < AMP_SEAL_EXTRA) {
        return AMP_E_CORRUPT;
    }
    const uint8_t *at = (const uint8_t *)seal.ptr;
    commitment(key, mine);
    if (!amp_same(mine, at, AMP_SHA256)) {
        return AMP_E_FORBIDDEN;
    }
    size_t len = seal.len - AMP_SEAL_EXTRA;
    size_t before = out->len;
    uint8_t *plain = amp_buf_extend(out, len);
    if (plain == NULL && (len > 0 || amp_buf_err(out) != AMP_OK)) {
        return amp_buf_err(out);
    }
    int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(
        plain, NULL, NULL, at + AMP_SHA256 + AMP_NONCE, seal.len - AMP_SHA256 - AMP_NONCE,
        (const uint8_t *)about.ptr, about.len, at + AMP_SHA256, key);
    if (bad != 0) {
        out->len = before;
        return AMP_E_CORRUPT;
    }
    return AMP_OK;
}

void amp_sign_public(const uint8_t seed[AMP_KEY], uint8_t out[AMP_SIGN_PUBLIC])
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    (void)crypto_sign_seed_keypair(out, secret, seed);
    amp_wipe(secret, sizeof secret);
}

void amp_sign(const uint8_t seed[AMP_KEY], struct amp_str text, uint8_t out[AMP_SIGNATURE])
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES], key[AMP_SIGN_PUBLIC];
    (void)crypto_sign_seed_keypair(key, secret, seed);
    (void)crypto_sign_detached(out, NULL, (const uint8_t *)text.ptr, text.len, secret);
    amp_wipe(secret, sizeof secret);
}

bool amp_sign_verify(const uint8_t key[AMP_SIGN_PUBLIC], struct amp_str text,
                     const uint8_t signature[AMP_SIGNATURE])
{
    return crypto_sign_verify_detached(signature, (const uint8_t *)text.ptr, text.len, key) == 0;
}

amp_err amp_password_hash(struct amp_str password, char out[AMP_PASSWORD_HASH])
{
    if (password.len > AMP_PASSWORD_MAX) {
        return AMP_E_LIMIT;
    }
    memset(out, 0, AMP_PASSWORD_HASH);
    int bad = crypto_pwhash_str_alg(out, password.ptr, password.len, PASSWORD_PASSES,
                                    PASSWORD_BYTES, crypto_pwhash_ALG_ARGON2ID13);
    return bad != 0 ? AMP_E_NOMEM : AMP_OK;
}

bool amp_password_verify(struct amp_str password, const char *hash)
{
    char copy[AMP_PASSWORD_HASH] = {0};
    size_t len = strlen(hash);
    if (password.len > AMP_PASSWORD_MAX || len >= crypto_pwhash_STRBYTES) {
        return false;
    }
    memcpy(copy, hash, len);
    return crypto_pwhash_str_verify(copy, password.ptr, password.len) == 0;
}

bool amp_same(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

void amp_wipe(void *data, size_t len)
{
    if (len > 0) {
        sodium_memzero(data, len);
    }
}

void amp_wipe_free(void *ptr)
{
    if (ptr != NULL) {
        amp_wipe(ptr, malloc_usable_size(ptr));
        free(ptr);
    }
}

/* ---- text forms ---- */

static void base64_put(struct amp_buf *out, const void *data, size_t len, int variant)
{
    size_t room = sodium_base64_encoded_len(len, variant); /* with the end */
    char *at = amp_buf_extend(out, room);
    if (at != NULL) {
        (void)sodium_bin2base64(at, room, data, len, variant);
        out->len -= room - strlen(at);
    }
}

void amp_base64_put(struct amp_buf *out, const void *data, size_t len)
{
    base64_put(out, data, len, sodium_base64_VARIANT_ORIGINAL);
}

void amp_base64url_put(struct amp_buf *out, const void *data, size_t len)
{
    base64_put(out, data, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* libsodium (1.0.18) takes some bytes above 0x7f for digits. */
static bool is_ascii(struct amp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] > 0x7f) {
            return false;
        }
    }
    return true;
}

static amp_err base64_read(struct amp_str text, int variant, uint8_t *out, size_t cap,
                           size_t *out_len)
{
    const char *end = NULL;
    size_t len = 0;
    if (text.len == 0) {
        *out_len = 0;
        return AMP_OK;
    }
    if (text.len / 4 * 3 > cap + 2) {
        return AMP_E_LIMIT;
    }
    if (!is_ascii(text)) {
        return AMP_E_SYNTAX;
    }
    int bad = sodium_base642bin(out, cap, text.ptr, text.len, NULL, &len, &end, variant);
    if (bad != 0 || end != text.ptr + text.len) {
        return AMP_E_SYNTAX;
    }
    *out_len = len;
    return AMP_OK;
}

amp_err amp_base64_read(struct amp_str text, uint8_t *out, size_t cap, size_t *out_len)
{
    return base64_read(text, sodium_base64_VARIANT_ORIGINAL, out, cap, out_len);
}

amp_err amp_base64url_read(struct amp_str text, uint8_t *out, size_t cap, size_t *out_len)
{
    return base64_read(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, out, cap, out_len);
}

void amp_hex_put(struct amp_buf *out, const void *data, size_t len)
{
    char *at = amp_buf_extend(out, 2 * len + 1);
    if (at != NULL) {
        (void)sodium_bin2hex(at, 2 * len + 1, data, len);
        out->len--;
    }
}

amp_err amp_hex_read(struct amp_str text, uint8_t *out, size_t cap, size_t *out_len)
{
    const char *end = NULL;
    size_t len = 0;
    if (text.len == 0) {
        *out_len = 0;
        return AMP_OK;
    }
    if (text.len / 2 > cap) {
        return AMP_E_LIMIT;
    }
    if (!is_ascii(text)) {
        return AMP_E_SYNTAX;
    }
    int bad = sodium_hex2bin(out, cap, text.ptr, text.len, NULL, &len, &end);
    if (bad != 0 || end != text.ptr + text.len || text.len % 2 != 0) {
        return AMP_E_SYNTAX;
    }
    *out_len = len;
    return AMP_OK;
}
