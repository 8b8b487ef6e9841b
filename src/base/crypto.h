/*
 * Cryptography, in the few forms that Amparo uses: seals, signatures, passwords, digests.
 *
 * The only place that knows libsodium. Keys and nonces come from outside (chance has its home in
 * server); the salt of a password hash alone is the library's own. Functions without a result
 * cannot fail. Any thread, after amp_crypto_start.
 *
 * A seal is committing: it begins with a digest of its key, so that one sealed text can never be
 * shown to open as two different ones under two keys (XChaCha20-Poly1305 alone does not promise
 * that). Its bytes: SHA-256("amparo-key-1" || key) (32), nonce (24), ciphertext, tag (16).
 * Sources: draft-irtf-cfrg-xchacha-03, RFC 8032 (Ed25519), RFC 9106 (Argon2id), RFC 4648.
 */
#ifndef AMP_BASE_CRYPTO_H
#define AMP_BASE_CRYPTO_H

#include "base/buf.h"

enum {
    AMP_SHA256 = 32,
    AMP_KEY = 32, /* bytes of a secret key; also the seed of a signing pair */
    AMP_NONCE = 24,
    AMP_SEAL_EXTRA = AMP_SHA256 + AMP_NONCE + 16, /* bytes a seal is longer than what is in it */
    AMP_SIGN_PUBLIC = 32,
    AMP_SIGNATURE = 64,
    AMP_PASSWORD_HASH = 128, /* room for "$argon2id$v=19$..." and its end */
    AMP_PASSWORD_MAX = 1024  /* bytes */
};

AMP_MUST amp_err amp_crypto_start(void); /* once a process, before the others; again is harmless */

void amp_sha256(const void *data, size_t len, uint8_t out[AMP_SHA256]);
/* RFC 2104, with SHA-256. */
void amp_hmac_sha256(struct amp_str key, struct amp_str text, uint8_t out[AMP_SHA256]);

/* Appends the seal of plain to out. `about` is bound to it: opening needs the same. */
void amp_seal(const uint8_t key[AMP_KEY], const uint8_t nonce[AMP_NONCE], struct amp_str about,
              struct amp_str plain, struct amp_buf *out);
/* Appends what is in it. AMP_E_FORBIDDEN: another key; AMP_E_CORRUPT: altered. */
AMP_MUST amp_err amp_unseal(const uint8_t key[AMP_KEY], struct amp_str about, struct amp_str seal,
                            struct amp_buf *out);

/* Ed25519. The seed is the secret. */
void amp_sign_public(const uint8_t seed[AMP_KEY], uint8_t out[AMP_SIGN_PUBLIC]);
void amp_sign(const uint8_t seed[AMP_KEY], struct amp_str text, uint8_t out[AMP_SIGNATURE]);
bool amp_sign_verify(const uint8_t key[AMP_SIGN_PUBLIC], struct amp_str text,
                     const uint8_t signature[AMP_SIGNATURE]);

/* Argon2id, 19 MiB, 2 passes (OWASP's floor): about 30 ms. Never on a thread that others wait for.
 * AMP_E_LIMIT for a password over AMP_PASSWORD_MAX, AMP_E_NOMEM. */
AMP_MUST amp_err amp_password_hash(struct amp_str password, char out[AMP_PASSWORD_HASH]);
/* false also for what is no hash. */
bool amp_password_verify(struct amp_str password, const char *hash);

bool amp_same(const void *a, const void *b, size_t len); /* in constant time */
void amp_wipe(void *data, size_t len);                   /* is not optimised away */
void amp_wipe_free(void *ptr); /* wipes all that was allocated there, and frees it; accepts NULL */

/* RFC 4648. Readers take the canonical form with its padding (section 4) or without (section 5,
 * URL) and nothing else. AMP_E_SYNTAX; AMP_E_LIMIT when more than cap bytes come out. */
void amp_base64_put(struct amp_buf *out, const void *data, size_t len);
void amp_base64url_put(struct amp_buf *out, const void *data, size_t len);
AMP_MUST amp_err amp_base64_read(struct amp_str text, uint8_t *out, size_t cap, size_t *out_len);
AMP_MUST amp_err amp_base64url_read(struct amp_str text, uint8_t *out, size_t cap, size_t *out_len);
void amp_hex_put(struct amp_buf *out, const void *data, size_t len); /* lower case */
AMP_MUST amp_err amp_hex_read(struct amp_str text, uint8_t *out, size_t cap, size_t *out_len);

#endif
