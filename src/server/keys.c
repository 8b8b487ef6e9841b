/* Wraps, caches and forgets the keys of incidents. One lock over the cache and the reader. */
#include "server/keys.h"
#include "server/random.h"
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CACHE = 1 << 16, /* more than there can be keys whose commit is under way */
    WRAPPED_MAX = 4096,
};

const char amp_keys_check_name[] = "master-check";
static const char check_text[] = "amparo";

enum slot_state {
    SLOT_EMPTY,
    SLOT_KEY,
    SLOT_DROPPED /* the store may still have it while the commit is under way */
};

struct slot {
    uint32_t n;
    enum slot_state state;
    uint8_t key[AMP_KEY];
};

struct amp_keys {
    pthread_mutex_t lock;
    struct amp_store *reader;
    uint8_t master[AMP_KEY];
    bool check_needed;
    struct slot slot[CACHE];
};

static void wrap(const struct amp_keys *keys, struct amp_str name, struct amp_str plain,
                 struct amp_buf *out)
{
    uint8_t nonce[AMP_NONCE];
    amp_random(nonce, sizeof nonce);
    amp_seal(keys->master, nonce, name, plain, out);
}

static amp_err check_read(struct amp_keys *keys, struct amp_why *why)
{
    struct amp_buf sealed = amp_buf_make(WRAPPED_MAX);
    struct amp_buf plain = amp_buf_make(WRAPPED_MAX);
    struct amp_str name = amp_str_of(amp_keys_check_name);
    amp_err err = keys->reader->ops->secret(keys->reader, name, &sealed, why);
    keys->check_needed = err == AMP_E_NOT_FOUND;
    if (err == AMP_E_NOT_FOUND) {
        err = AMP_OK;
    } else if (err == AMP_OK) {
        err = amp_unseal(keys->master, name, amp_buf_view(&sealed), &plain);
        if (err != AMP_OK) {
            err = amp_fail(why, AMP_E_FORBIDDEN,
                           "the master key is not the one that this journal was sealed with; give "
                           "the right one with --master-key");
        }
    }
    amp_buf_free(&sealed);
    amp_buf_free(&plain);
    return err;
}

amp_err amp_keys_open(struct amp_store *store, const uint8_t master[AMP_KEY], struct amp_keys **out,
                      struct amp_why *why)
{
    struct amp_keys *keys = calloc(1, sizeof *keys);
    if (keys == NULL) {
        return AMP_E_NOMEM;
    }
    (void)pthread_mutex_init(&keys->lock, NULL);
    memcpy(keys->master, master, AMP_KEY);
    amp_err err = store->ops->reader(store, &keys->reader, why);
    err = err == AMP_OK ? check_read(keys, why) : err;
    if (err != AMP_OK) {
        amp_keys_close(keys);
        return err;
    }
    *out = keys;
    return AMP_OK;
}

void amp_keys_close(struct amp_keys *keys)
{
    if (keys == NULL) {
        return;
    }
    amp_store_close(keys->reader);
    (void)pthread_mutex_destroy(&keys->lock);
    amp_wipe(keys, sizeof *keys);
    free(keys);
}

bool amp_keys_check_needed(const struct amp_keys *keys)
{
    return keys->check_needed;
}

void amp_keys_check_write(struct amp_keys *keys, struct amp_buf *out)
{
    wrap(keys, amp_str_of(amp_keys_check_name), amp_str_of(check_text), out);
}

void amp_keys_wrap(struct amp_keys *keys, struct amp_str name, struct amp_str plain,
                   struct amp_buf *out)
{
    wrap(keys, name, plain, out);
}

amp_err amp_keys_unwrap(struct amp_keys *keys, struct amp_str name, struct amp_str sealed,
                        struct amp_buf *out)
{
    return amp_unseal(keys->master, name, sealed, out);
}

static amp_err read_locked(struct amp_keys *keys, struct amp_str name, struct amp_buf *out,
                           struct amp_why *why)
{
    struct amp_buf sealed = amp_buf_make(AMP_SECRET_MAX);
    amp_err err = keys->reader->ops->secret(keys->reader, name, &sealed, why);
    if (err == AMP_OK) {
        err = amp_unseal(keys->master, name, amp_buf_view(&sealed), out);
    }
    amp_buf_free(&sealed);
    return err;
}

amp_err amp_keys_read(struct amp_keys *keys, struct amp_str name, struct amp_buf *out,
                      struct amp_why *why)
{
    (void)pthread_mutex_lock(&keys->lock);
    amp_err err = read_locked(keys, name, out, why);
    (void)pthread_mutex_unlock(&keys->lock);
    return err;
}

void amp_keys_name(struct amp_incident_id id, char out[AMP_KEYS_NAME])
{
    (void)snprintf(out, AMP_KEYS_NAME, "key/%012lu", (unsigned long)id.n);
}

void amp_keys_make(struct amp_keys *keys, struct amp_incident_id id, struct amp_buf *wrapped)
{
    char name[AMP_KEYS_NAME];
    (void)pthread_mutex_lock(&keys->lock);
    struct slot *slot = &keys->slot[id.n % CACHE];
    slot->n = id.n;
    slot->state = SLOT_KEY;
    amp_random(slot->key, AMP_KEY);
    amp_keys_name(id, name);
    wrap(keys, amp_str_of(name), (struct amp_str){(const char *)slot->key, AMP_KEY}, wrapped);
    (void)pthread_mutex_unlock(&keys->lock);
}

void amp_keys_drop(struct amp_keys *keys, struct amp_incident_id id)
{
    (void)pthread_mutex_lock(&keys->lock);
    struct slot *slot = &keys->slot[id.n % CACHE];
    amp_wipe(slot, sizeof *slot);
    slot->n = id.n;
    slot->state = SLOT_DROPPED;
    (void)pthread_mutex_unlock(&keys->lock);
}

/* From the store into the slot. One that does not open is none. */
static amp_err slot_load(struct amp_keys *keys, struct slot *slot, struct amp_incident_id id)
{
    char name[AMP_KEYS_NAME];
    struct amp_buf plain = amp_buf_make(WRAPPED_MAX);
    amp_keys_name(id, name);
    amp_err err = read_locked(keys, amp_str_of(name), &plain, NULL);
    if (err == AMP_OK && plain.len == AMP_KEY) {
        slot->n = id.n;
        slot->state = SLOT_KEY;
        memcpy(slot->key, plain.data, AMP_KEY);
    } else if (err == AMP_OK || err == AMP_E_FORBIDDEN || err == AMP_E_CORRUPT) {
        err = AMP_E_NOT_FOUND;
    }
    if (plain.data != NULL) {
        amp_wipe(plain.data, plain.cap);
    }
    amp_buf_free(&plain);
    return err;
}

amp_err amp_keys_get(struct amp_keys *keys, struct amp_incident_id id, uint8_t out[AMP_KEY])
{
    (void)pthread_mutex_lock(&keys->lock);
    struct slot *slot = &keys->slot[id.n % CACHE];
    bool mine = slot->state != SLOT_EMPTY && slot->n == id.n;
    amp_err err = mine ? AMP_OK : slot_load(keys, slot, id);
    if (err == AMP_OK && slot->state == SLOT_DROPPED) {
        err = AMP_E_NOT_FOUND;
    }
    if (err == AMP_OK) {
        memcpy(out, slot->key, AMP_KEY);
    }
    (void)pthread_mutex_unlock(&keys->lock);
    return err;
}

static amp_err sealer_key(void *ctx, struct amp_incident_id id, uint8_t out[AMP_KEY])
{
    return amp_keys_get(ctx, id, out);
}

static void sealer_nonce(void *ctx, uint8_t out[AMP_NONCE])
{
    (void)ctx;
    amp_random(out, AMP_NONCE);
}

struct amp_sealer amp_keys_sealer(struct amp_keys *keys)
{
    return (struct amp_sealer){.ctx = keys, .key = sealer_key, .nonce = sealer_nonce};
}
