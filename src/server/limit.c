/* Of each bucket only the time is kept at which it is full again. */
#include "server/limit.h"
#include <assert.h>
#include <stdlib.h>

struct amp_limit {
    struct amp_keyed *full_at; /* a: microseconds */
};

amp_err amp_limit_create(size_t clients, struct amp_limit **out)
{
    struct amp_limit *limit = calloc(1, sizeof *limit);
    if (limit == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_keyed_create(clients, &limit->full_at);
    if (err != AMP_OK) {
        free(limit);
        return err;
    }
    *out = limit;
    return AMP_OK;
}

void amp_limit_destroy(struct amp_limit *limit)
{
    if (limit != NULL) {
        amp_keyed_destroy(limit->full_at);
        free(limit);
    }
}

bool amp_limit_take(struct amp_limit *limit, uint64_t key, int64_t now_us, double rate_per_s,
                    double burst, int64_t *retry_us)
{
    assert(rate_per_s > 0 && rate_per_s <= 1e6 && burst >= 1 && burst <= 1e6);
    const int64_t each_us = (int64_t)(1e6 / rate_per_s); /* one token */
    const int64_t depth_us = (int64_t)(1e6 / rate_per_s * burst);
    struct amp_keyed_entry *entry = amp_keyed_put(limit->full_at, key);
    int64_t full_at = entry->a > now_us ? entry->a : now_us;
    /* A clock that went back must not lock anyone out: no bucket is emptier than empty. */
    full_at = full_at > now_us + depth_us ? now_us + depth_us : full_at;
    int64_t missing = full_at - now_us;
    if (missing + each_us > depth_us) {
        entry->a = full_at;
        if (retry_us != NULL) {
            *retry_us = missing + each_us - depth_us;
        }
        return false;
    }
    entry->a = full_at + each_us;
    return true;
}
