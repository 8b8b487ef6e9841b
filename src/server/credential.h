/*
 * Credentials: what proves a person to be an account, in memory, as the store's secrets have it.
 *
 * Password hashes ("account/NAME/password") and second factors ("account/NAME/totp", sealed under
 * the master key with the last step used). Never in the record. The core's thread only.
 */
#ifndef AMP_SERVER_CREDENTIAL_H
#define AMP_SERVER_CREDENTIAL_H

#include "base/crypto.h"
#include "model/event.h"
#include "server/totp.h"

enum {
    AMP_PASSWORD_LEAST = 10,
    AMP_CREDENTIAL_NAME = AMP_WORD_MAX + 32
};

struct amp_credential {
    char account[AMP_WORD_MAX + 1];
    char password[AMP_PASSWORD_HASH]; /* "" none */
    uint8_t totp[AMP_TOTP_SECRET];
    bool totp_on;
    uint64_t totp_step;               /* last used */
    uint8_t offered[AMP_TOTP_SECRET]; /* shown, and not confirmed yet */
    bool offered_on;
};

struct amp_credentials {
    struct amp_credential *at;
    size_t n, cap;
};

void amp_credentials_finish(struct amp_credentials *credentials); /* wipes; accepts zeroes */
struct amp_credential *amp_credential_find(struct amp_credentials *credentials,
                                           struct amp_str account); /* or NULL */
/* The one of the account, made if there is none. NULL when memory is short. */
struct amp_credential *amp_credential_of(struct amp_credentials *credentials,
                                         struct amp_str account);
/* Reads one secret "account/NAME/what"; value already opened. AMP_E_CORRUPT. */
AMP_MUST amp_err amp_credential_load(struct amp_credentials *credentials, struct amp_str name,
                                     struct amp_str value);
void amp_credential_name(const char *account, const char *what, char out[AMP_CREDENTIAL_NAME]);
void amp_credential_totp_write(const struct amp_credential *credential, struct amp_buf *out);

#endif
