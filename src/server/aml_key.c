/* The signature of AML forms, over libcrypto. */
#include "server/aml_key.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

enum {
    SHA1_BYTES = 20
};

static const char mark[] = "&hmac=";

static bool digit_read(char c, unsigned *out)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = memchr(digits, c | 0x20, sizeof digits - 1);
    *out = at != NULL ? (unsigned)(at - digits) : 0;
    return at != NULL;
}

/* The text after the last mark as bytes; false when it is no whole signature. */
static bool signature_read(struct amp_str form, size_t *signed_len, uint8_t out[SHA1_BYTES])
{
    const size_t tail = sizeof mark - 1 + 2 * SHA1_BYTES;
    if (form.len < tail || memcmp(form.ptr + form.len - tail, mark, sizeof mark - 1) != 0) {
        return false;
    }
    const char *text = form.ptr + form.len - 2 * SHA1_BYTES;
    bool good = true;
    for (size_t i = 0; i < SHA1_BYTES; i++) {
        unsigned high = 0, low = 0;
        good = digit_read(text[2 * i], &high) && good;
        good = digit_read(text[2 * i + 1], &low) && good;
        out[i] = (uint8_t)(high << 4 | low);
    }
    *signed_len = form.len - tail;
    return good;
}

bool amp_aml_signed(struct amp_str form, struct amp_str key)
{
    uint8_t said[SHA1_BYTES], mac[EVP_MAX_MD_SIZE] = {0};
    struct amp_str text = amp_str_trim(form);
    unsigned mac_len = 0;
    size_t len = 0;
    return signature_read(text, &len, said) &&
           HMAC(EVP_sha1(), key.ptr, (int)key.len, (const uint8_t *)text.ptr, len, mac, &mac_len) !=
               NULL &&
           mac_len == SHA1_BYTES && CRYPTO_memcmp(mac, said, SHA1_BYTES) == 0;
}
