/* A small table of credentials by account. */
#include "server/credential.h"
#include "base/reader.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEP = 16
};

void amp_credentials_finish(struct amp_credentials *credentials)
{
    if (credentials->at != NULL) {
        amp_wipe(credentials->at, credentials->cap * sizeof *credentials->at);
    }
    free(credentials->at);
    *credentials = (struct amp_credentials){0};
}

struct amp_credential *amp_credential_find(struct amp_credentials *credentials,
                                           struct amp_str account)
{
    for (size_t i = 0; i < credentials->n; i++) {
        if (amp_str_is(account, credentials->at[i].account)) {
            return &credentials->at[i];
        }
    }
    return NULL;
}

/* Grown by hand: what is left behind is wiped. */
static bool room_make(struct amp_credentials *credentials)
{
    if (credentials->n < credentials->cap) {
        return true;
    }
    struct amp_credential *grown = calloc(credentials->cap + STEP, sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    if (credentials->n > 0) {
        memcpy(grown, credentials->at, credentials->n * sizeof *grown);
        amp_wipe(credentials->at, credentials->n * sizeof *grown);
    }
    free(credentials->at);
    credentials->at = grown;
    credentials->cap += STEP;
    return true;
}

struct amp_credential *amp_credential_of(struct amp_credentials *credentials,
                                         struct amp_str account)
{
    struct amp_credential *found = amp_credential_find(credentials, account);
    if (found != NULL || !room_make(credentials)) {
        return found;
    }
    struct amp_credential *fresh = &credentials->at[credentials->n];
    if (amp_str_copy(fresh->account, sizeof fresh->account, account) != AMP_OK) {
        return NULL;
    }
    credentials->n++;
    return fresh;
}

static amp_err totp_load(struct amp_credential *credential, struct amp_str value)
{
    struct amp_reader rd = amp_reader_make(value.ptr, value.len);
    struct amp_str secret = amp_reader_bytes(&rd, AMP_TOTP_SECRET);
    uint64_t step = amp_reader_le64(&rd);
    if (!amp_reader_done(&rd)) {
        return AMP_E_CORRUPT;
    }
    memcpy(credential->totp, secret.ptr, AMP_TOTP_SECRET);
    credential->totp_step = step;
    credential->totp_on = true;
    return AMP_OK;
}

amp_err amp_credential_load(struct amp_credentials *credentials, struct amp_str name,
                            struct amp_str value)
{
    struct amp_str part = {0}, account = {0};
    struct amp_str rest = amp_str_cut(name, '/', &part);
    struct amp_str what = amp_str_cut(rest, '/', &account);
    struct amp_credential *credential = amp_credential_of(credentials, account);
    if (credential == NULL) {
        return AMP_E_NOMEM;
    }
    if (amp_str_is(what, "password")) {
        return amp_str_copy(credential->password, sizeof credential->password, value) == AMP_OK
                   ? AMP_OK
                   : AMP_E_CORRUPT;
    }
    return amp_str_is(what, "totp") ? totp_load(credential, value) : AMP_E_CORRUPT;
}

void amp_credential_name(const char *account, const char *what, char out[AMP_CREDENTIAL_NAME])
{
    (void)snprintf(out, AMP_CREDENTIAL_NAME, "account/%s/%s", account, what);
}

void amp_credential_totp_write(const struct amp_credential *credential, struct amp_buf *out)
{
    amp_buf_put(out, credential->totp, sizeof credential->totp);
    amp_buf_le64(out, credential->totp_step);
}
