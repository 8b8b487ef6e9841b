/* Two tables: those within their free failures, and those that were locked. */
#include "server/lockout.h"
#include <stdlib.h>

struct amp_lockout {
    struct amp_keyed *few, *many; /* a: failures, b: when the last one was */
};

static const int64_t second_us = 1000000;

amp_err amp_lockout_create(size_t keys, struct amp_lockout **out)
{
    struct amp_lockout *lockout = calloc(1, sizeof *lockout);
    if (lockout == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_keyed_create(keys, &lockout->few);
    err = err == AMP_OK ? amp_keyed_create(keys, &lockout->many) : err;
    if (err != AMP_OK) {
        amp_lockout_destroy(lockout);
        return err;
    }
    *out = lockout;
    return AMP_OK;
}

void amp_lockout_destroy(struct amp_lockout *lockout)
{
    if (lockout != NULL) {
        amp_keyed_destroy(lockout->few);
        amp_keyed_destroy(lockout->many);
        free(lockout);
    }
}

static int64_t lock_us(int64_t failures)
{
    int64_t s = 1;
    for (int64_t i = AMP_LOCKOUT_FREE; i < failures && s < AMP_LOCKOUT_MAX_S; i++) {
        s *= 2;
    }
    s = s < AMP_LOCKOUT_MAX_S ? s : AMP_LOCKOUT_MAX_S;
    return failures > AMP_LOCKOUT_FREE ? s * second_us : 0;
}

static bool forgotten(const struct amp_keyed_entry *entry, int64_t now_us)
{
    return now_us - entry->b >= AMP_LOCKOUT_FORGET_S * second_us;
}

int64_t amp_lockout_left(struct amp_lockout *lockout, uint64_t key, int64_t now_us)
{
    const struct amp_keyed_entry *entry = amp_keyed_find(lockout->many, key);
    if (entry == NULL || forgotten(entry, now_us)) {
        return 0;
    }
    int64_t whole = lock_us(entry->a);
    int64_t left = entry->b + whole - now_us;
    left = left < whole ? left : whole; /* a clock that went back locks nobody longer */
    return left > 0 ? left : 0;
}

int64_t amp_lockout_failed(struct amp_lockout *lockout, uint64_t key, int64_t now_us)
{
    struct amp_keyed_entry *entry = amp_keyed_find(lockout->many, key);
    bool locked = entry != NULL;
    entry = locked ? amp_keyed_put(lockout->many, key) : amp_keyed_put(lockout->few, key);
    entry->a = entry->a > 0 && forgotten(entry, now_us) ? 1 : entry->a + 1;
    entry->b = now_us;
    int64_t failures = entry->a;
    if (!locked && failures > AMP_LOCKOUT_FREE) {
        amp_keyed_remove(lockout->few, key);
        entry = amp_keyed_put(lockout->many, key);
        entry->a = failures;
        entry->b = now_us;
    }
    return lock_us(failures);
}

void amp_lockout_clear(struct amp_lockout *lockout, uint64_t key)
{
    amp_keyed_remove(lockout->few, key);
    amp_keyed_remove(lockout->many, key);
}
