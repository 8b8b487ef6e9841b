/*
 * What all stores share.
 */
#include "journal/store.h"

void amp_store_close(struct amp_store *store)
{
    if (store) {
        store->ops->close(store);
    }
}

static bool name_good(struct amp_str name)
{
    if (name.len == 0 || name.len > AMP_SECRET_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~') {
            return false;
        }
    }
    return true;
}

amp_err amp_secrets_check(const struct amp_secret *secret, size_t n, struct amp_why *why)
{
    if (n > AMP_SECRETS_BATCH) {
        return amp_fail(why, AMP_E_LIMIT, "%zu secrets in one append; the limit is %d", n,
                        AMP_SECRETS_BATCH);
    }
    for (size_t i = 0; i < n; i++) {
        if (!name_good(secret[i].name)) {
            return amp_fail(why, AMP_E_RANGE,
                            "the name of a secret has 1 to %d signs of ASCII without blanks",
                            AMP_SECRET_NAME_MAX);
        }
        if (!secret[i].removed && secret[i].value.len > AMP_SECRET_MAX) {
            return amp_fail(why, AMP_E_LIMIT, "a secret of %zu bytes; the limit is %d",
                            secret[i].value.len, AMP_SECRET_MAX);
        }
    }
    return AMP_OK;
}
