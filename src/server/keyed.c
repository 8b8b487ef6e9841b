/* Chains in buckets, and one list in the order of touching, all in one block of memory. */
#include "server/keyed.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct slot {
    struct amp_keyed_entry entry;
    struct slot *chain;         /* the next of its bucket, or free */
    struct slot *older, *newer; /* in the order of touching */
};

struct amp_keyed {
    size_t cap, n, buckets; /* buckets: a power of two */
    struct slot *slot, *free;
    struct slot **bucket;
    struct slot *oldest, *newest;
};

amp_err amp_keyed_create(size_t entries, struct amp_keyed **out)
{
    if (entries == 0 || entries > AMP_KEYED_MAX) {
        return AMP_E_LIMIT;
    }
    struct amp_keyed *keyed = calloc(1, sizeof *keyed);
    if (keyed == NULL) {
        return AMP_E_NOMEM;
    }
    keyed->cap = entries;
    keyed->buckets = 1;
    while (keyed->buckets < entries) {
        keyed->buckets *= 2;
    }
    keyed->slot = calloc(entries, sizeof *keyed->slot);
    keyed->bucket = calloc(keyed->buckets, sizeof *keyed->bucket);
    if (keyed->slot == NULL || keyed->bucket == NULL) {
        amp_keyed_destroy(keyed);
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < entries; i++) {
        keyed->slot[i].chain = keyed->free;
        keyed->free = &keyed->slot[i];
    }
    *out = keyed;
    return AMP_OK;
}

void amp_keyed_destroy(struct amp_keyed *keyed)
{
    if (keyed != NULL) {
        free(keyed->slot);
        free(keyed->bucket);
        free(keyed);
    }
}

size_t amp_keyed_count(const struct amp_keyed *keyed)
{
    return keyed->n;
}

/* The link that holds the slot of a key, or the NULL at the end of its bucket. */
static struct slot **place_of(struct amp_keyed *keyed, uint64_t key)
{
    struct slot **at = &keyed->bucket[key & (keyed->buckets - 1)];
    while (*at != NULL && (*at)->entry.key != key) {
        at = &(*at)->chain;
    }
    return at;
}

static void order_leave(struct amp_keyed *keyed, struct slot *slot)
{
    *(slot->older != NULL ? &slot->older->newer : &keyed->oldest) = slot->newer;
    *(slot->newer != NULL ? &slot->newer->older : &keyed->newest) = slot->older;
}

static void order_join(struct amp_keyed *keyed, struct slot *slot)
{
    slot->older = keyed->newest;
    slot->newer = NULL;
    *(keyed->newest != NULL ? &keyed->newest->newer : &keyed->oldest) = slot;
    keyed->newest = slot;
}

struct amp_keyed_entry *amp_keyed_find(struct amp_keyed *keyed, uint64_t key)
{
    struct slot *slot = *place_of(keyed, key);
    return slot != NULL ? &slot->entry : NULL;
}

void amp_keyed_remove(struct amp_keyed *keyed, uint64_t key)
{
    struct slot **at = place_of(keyed, key);
    struct slot *slot = *at;
    if (slot != NULL) {
        *at = slot->chain;
        order_leave(keyed, slot);
        slot->chain = keyed->free;
        keyed->free = slot;
        keyed->n--;
    }
}

struct amp_keyed_entry *amp_keyed_put(struct amp_keyed *keyed, uint64_t key)
{
    struct slot *slot = *place_of(keyed, key);
    if (slot != NULL) {
        order_leave(keyed, slot);
        order_join(keyed, slot);
        return &slot->entry;
    }
    if (keyed->free == NULL) {
        amp_keyed_remove(keyed, keyed->oldest->entry.key);
    }
    slot = keyed->free;
    assert(slot != NULL && keyed->n < keyed->cap);
    keyed->free = slot->chain;
    struct slot **bucket = &keyed->bucket[key & (keyed->buckets - 1)];
    *slot = (struct slot){.entry = {.key = key}, .chain = *bucket};
    *bucket = slot;
    order_join(keyed, slot);
    keyed->n++;
    return &slot->entry;
}

/* ---- SipHash-2-4 ---- */

static uint64_t turn(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static void sip_rounds(uint64_t v[4], int rounds)
{
    for (int i = 0; i < rounds; i++) {
        v[0] += v[1];
        v[1] = turn(v[1], 13) ^ v[0];
        v[0] = turn(v[0], 32);
        v[2] += v[3];
        v[3] = turn(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = turn(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = turn(v[1], 17) ^ v[2];
        v[2] = turn(v[2], 32);
    }
}

static uint64_t word_le(const void *data, size_t len)
{
    const unsigned char *byte = data;
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++) {
        word |= (uint64_t)byte[i] << (8 * i);
    }
    return word;
}

uint64_t amp_keyed_hash(const uint8_t seed[AMP_KEYED_SEED], struct amp_str text)
{
    uint64_t k0 = word_le(seed, 8);
    uint64_t k1 = word_le(seed + 8, 8);
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575U, k1 ^ 0x646f72616e646f6dU, k0 ^ 0x6c7967656e657261U,
                     k1 ^ 0x7465646279746573U};
    for (size_t at = 0; at + 8 <= text.len; at += 8) {
        uint64_t word = word_le(text.ptr + at, 8);
        v[3] ^= word;
        sip_rounds(v, 2);
        v[0] ^= word;
    }
    size_t rest = text.len % 8;
    uint64_t last = (uint64_t)text.len << 56;
    last |= rest > 0 ? word_le(text.ptr + text.len - rest, rest) : 0;
    v[3] ^= last;
    sip_rounds(v, 2);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
