/* Time-based one-time codes over the HMAC of libcrypto. */
#include "server/totp.h"
#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

enum {
    SHA1_BYTES = 20,
    CODE_ROOM = 16
};

static const char base32_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

amp_err amp_hotp(const uint8_t *secret, size_t len, uint64_t counter, int digits, uint32_t *out)
{
    static const uint32_t power[] = {[6] = 1000000, [7] = 10000000, [8] = 100000000};
    uint8_t text[8];
    uint8_t mac[EVP_MAX_MD_SIZE] = {0};
    unsigned mac_len = 0;
    if (digits < 6 || digits > 8 || len > AMP_TOTP_SECRET_MAX) {
        return AMP_E_RANGE;
    }
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)(counter >> (56 - 8 * i));
    }
    if (HMAC(EVP_sha1(), secret, (int)len, text, sizeof text, mac, &mac_len) == NULL ||
        mac_len != SHA1_BYTES) {
        return AMP_E_NOMEM;
    }
    const uint8_t *at = mac + (mac[SHA1_BYTES - 1] & 15); /* section 5.3, dynamic truncation */
    uint32_t value = ((uint32_t)at[0] & 127) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
                     (uint32_t)at[3];
    OPENSSL_cleanse(mac, sizeof mac);
    *out = value % power[digits];
    return AMP_OK;
}

static void code_write(char out[AMP_TOTP_DIGITS], uint32_t value)
{
    for (size_t i = AMP_TOTP_DIGITS; i-- > 0;) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

amp_err amp_totp_check(const uint8_t *secret, size_t len, struct amp_str code, int64_t now_us,
                       uint64_t *used_step)
{
    if (code.len != AMP_TOTP_DIGITS || len < AMP_TOTP_SECRET_MIN || now_us < 0) {
        return AMP_E_FORBIDDEN;
    }
    uint64_t now = (uint64_t)now_us / 1000000 / AMP_TOTP_STEP_S;
    uint64_t first = now > AMP_TOTP_WINDOW ? now - AMP_TOTP_WINDOW : 0;
    uint64_t found = 0;
    /* One far ahead was used while the clock was: it must not lock anybody out until then. */
    uint64_t used = *used_step > now + AMP_TOTP_AHEAD ? 0 : *used_step;
    /* All of them, always: how long it takes does not tell which one it was. */
    for (uint64_t step = first; step <= now + AMP_TOTP_WINDOW; step++) {
        char want[AMP_TOTP_DIGITS];
        uint32_t value = 0;
        amp_err err = amp_hotp(secret, len, step, AMP_TOTP_DIGITS, &value);
        if (err != AMP_OK) {
            return err;
        }
        code_write(want, value);
        if (CRYPTO_memcmp(want, code.ptr, AMP_TOTP_DIGITS) == 0 && step > used) {
            found = step;
        }
    }
    if (found == 0) {
        return AMP_E_FORBIDDEN;
    }
    *used_step = found;
    return AMP_OK;
}

/* RFC 3986 section 2.3: what needs no escape. */
static void percent_put(struct amp_buf *out, struct amp_str text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            amp_buf_char(out, (char)c);
        } else {
            amp_buf_char(out, '%');
            amp_buf_char(out, hex[c >> 4]);
            amp_buf_char(out, hex[c & 15]);
        }
    }
}

amp_err amp_totp_uri(struct amp_buf *out, struct amp_str issuer, struct amp_str account,
                     const uint8_t *secret, size_t len)
{
    if (issuer.len > AMP_TOTP_LABEL_MAX || account.len > AMP_TOTP_LABEL_MAX) {
        return AMP_E_LIMIT;
    }
    if (!amp_utf8_valid(issuer) || !amp_utf8_valid(account)) {
        return AMP_E_SYNTAX;
    }
    if (len < AMP_TOTP_SECRET_MIN || len > AMP_TOTP_SECRET_MAX) {
        return AMP_E_RANGE;
    }
    amp_buf_text(out, "otpauth://totp/");
    percent_put(out, issuer);
    amp_buf_char(out, ':');
    percent_put(out, account);
    amp_buf_text(out, "?secret=");
    amp_base32_put(out, secret, len);
    amp_buf_text(out, "&issuer=");
    percent_put(out, issuer);
    amp_buf_printf(out, "&algorithm=SHA1&digits=%d&period=%d", (int)AMP_TOTP_DIGITS,
                   (int)AMP_TOTP_STEP_S);
    return amp_buf_err(out);
}

void amp_base32_put(struct amp_buf *out, const uint8_t *data, size_t len)
{
    uint32_t bits = 0;
    unsigned n = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | data[i];
        n += 8;
        while (n >= 5) {
            n -= 5;
            amp_buf_char(out, base32_alphabet[bits >> n & 31]);
        }
    }
    if (n > 0) {
        amp_buf_char(out, base32_alphabet[bits << (5 - n) & 31]);
    }
}

static int base32_value(char c)
{
    if (c >= 'a' && c <= 'z') {
        return c - 'a';
    }
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

amp_err amp_base32_read(struct amp_str text, uint8_t *out, size_t cap, size_t *len_out)
{
    uint32_t bits = 0;
    unsigned n = 0;
    size_t len = 0;
    if (text.len > AMP_BASE32_MAX) {
        return AMP_E_LIMIT;
    }
    while (text.len > 0 && text.ptr[text.len - 1] == '=') {
        text.len--;
    }
    for (size_t i = 0; i < text.len; i++) {
        int value = base32_value(text.ptr[i]);
        if (value < 0 && text.ptr[i] != ' ' && text.ptr[i] != '-') {
            return AMP_E_SYNTAX;
        }
        if (value < 0) {
            continue;
        }
        bits = bits << 5 | (uint32_t)value;
        n += 5;
        if (n >= 8) {
            n -= 8;
            if (len == cap) {
                return AMP_E_LIMIT;
            }
            out[len++] = (uint8_t)(bits >> n);
        }
    }
    /* What is left over is less than a letter, and zero: one text for one secret. */
    if (n >= 5 || (bits & ((1U << n) - 1)) != 0) {
        return AMP_E_SYNTAX;
    }
    *len_out = len;
    return AMP_OK;
}
