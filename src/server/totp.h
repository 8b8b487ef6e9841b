/*
 * One-time codes from a telephone: the second factor of an account.
 *
 * Pure: time comes as an argument. A code holds for the step it was made in and one to each side,
 * because telephones' clocks differ, and once: the caller keeps the last step used with the
 * account. Sources: RFC 6238 (SHA-1, 30 s, 6 digits, what every authenticator takes), RFC 4226
 * section 5.3, RFC 4648 section 6 (base32, without padding); the otpauth URI as authenticators
 * read it.
 */
#ifndef AMP_SERVER_TOTP_H
#define AMP_SERVER_TOTP_H

#include "base/buf.h"

enum {
    AMP_TOTP_SECRET = 20, /* bytes; RFC 4226 section 4 recommends the length of the hash */
    AMP_TOTP_SECRET_MIN = 16,
    AMP_TOTP_SECRET_MAX = 64,
    AMP_TOTP_DIGITS = 6,
    AMP_TOTP_STEP_S = 30,
    AMP_TOTP_WINDOW = 1, /* steps to each side */
    AMP_TOTP_AHEAD = 20, /* steps: one used later than that from now was used by another clock */
    AMP_TOTP_LABEL_MAX = 256,
    AMP_BASE32_MAX = 1 << 16
};

/* RFC 4226: the code of a counter, of 6 to 8 digits. AMP_E_RANGE for other lengths. */
AMP_MUST amp_err amp_hotp(const uint8_t *secret, size_t len, uint64_t counter, int digits,
                          uint32_t *out);

/* AMP_OK when the code is one of the window and its step is later than *used_step, which then
 * becomes that step; AMP_E_FORBIDDEN when it is not. *used_step begins as 0. */
AMP_MUST amp_err amp_totp_check(const uint8_t *secret, size_t len, struct amp_str code,
                                int64_t now_us, uint64_t *used_step);

/* Appends otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=...&algorithm=SHA1&digits=6&period=30;
 * AMP_E_LIMIT for names longer than AMP_TOTP_LABEL_MAX, AMP_E_SYNTAX for text that is not UTF-8. */
AMP_MUST amp_err amp_totp_uri(struct amp_buf *out, struct amp_str issuer, struct amp_str account,
                              const uint8_t *secret, size_t len);

/* Capital letters, no padding. */
void amp_base32_put(struct amp_buf *out, const uint8_t *data, size_t len);
/* Takes both cases, blanks between groups and padding at the end; *len_out bytes of cap. */
AMP_MUST amp_err amp_base32_read(struct amp_str text, uint8_t *out, size_t cap, size_t *len_out);

#endif
