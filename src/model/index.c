/* The index: linear probing, at most two thirds full, removal by shifting back. */
#include "model/index.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS_FIRST = 64
}; /* a power of two */

struct slot {
    const char *name; /* NULL: empty */
    size_t len;
    uint64_t hash;
    uint64_t value;
};

struct amp_index {
    struct slot *slot;
    size_t mask; /* slots - 1 */
    size_t count;
};

/* FNV-1a over the space and the name. */
static uint64_t name_hash(enum amp_space space, struct amp_str name)
{
    uint64_t hash = (UINT64_C(0xcbf29ce484222325) ^ (uint64_t)space) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (uint8_t)name.ptr[i]) * UINT64_C(0x100000001b3);
    }
    /* the low bits choose the slot: mix the high ones in; the space stays part of the identity */
    return (hash ^ hash >> 32) << 8 | (uint64_t)space;
}

static size_t hash_slot(const struct amp_index *index, uint64_t hash)
{
    return (size_t)(hash >> 8) & index->mask;
}

/* The slot that holds the name, or the empty one where it would go. */
static size_t slot_find(const struct amp_index *index, uint64_t hash, struct amp_str name)
{
    size_t i = hash_slot(index, hash);
    while (index->slot[i].name) {
        const struct slot *slot = &index->slot[i];
        if (slot->hash == hash && slot->len == name.len &&
            (name.len == 0 || memcmp(slot->name, name.ptr, name.len) == 0)) {
            break;
        }
        i = (i + 1) & index->mask;
    }
    return i;
}

amp_err amp_index_create(struct amp_index **out)
{
    struct amp_index *index = calloc(1, sizeof(*index));
    struct slot *slot = calloc(SLOTS_FIRST, sizeof(*slot));
    if (!index || !slot) {
        free(index);
        free(slot);
        return AMP_E_NOMEM;
    }
    index->slot = slot;
    index->mask = SLOTS_FIRST - 1;
    *out = index;
    return AMP_OK;
}

void amp_index_destroy(struct amp_index *index)
{
    if (index) {
        free(index->slot);
        free(index);
    }
}

size_t amp_index_count(const struct amp_index *index)
{
    return index->count;
}

amp_err amp_index_reserve(struct amp_index *index, size_t more)
{
    size_t slots = index->mask + 1;
    while ((index->count + more) * 3 > slots * 2) {
        if (slots > SIZE_MAX / 2 / sizeof(struct slot)) {
            return AMP_E_NOMEM;
        }
        slots *= 2;
    }
    if (slots == index->mask + 1) {
        return AMP_OK;
    }
    struct amp_index grown = {.mask = slots - 1, .count = index->count};
    grown.slot = calloc(slots, sizeof(*grown.slot));
    if (!grown.slot) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i <= index->mask; i++) {
        const struct slot *old = &index->slot[i];
        if (old->name) {
            grown.slot[slot_find(&grown, old->hash, (struct amp_str){old->name, old->len})] = *old;
        }
    }
    free(index->slot);
    *index = grown;
    return AMP_OK;
}

bool amp_index_get(const struct amp_index *index, enum amp_space space, struct amp_str name,
                   uint64_t *out)
{
    const struct slot *slot = &index->slot[slot_find(index, name_hash(space, name), name)];
    if (!slot->name) {
        return false;
    }
    *out = slot->value;
    return true;
}

const char *amp_index_put(struct amp_index *index, enum amp_space space, const char *name,
                          uint64_t value)
{
    struct amp_str view = amp_str_of(name);
    uint64_t hash = name_hash(space, view);
    struct slot *slot = &index->slot[slot_find(index, hash, view)];
    if (slot->name) {
        const char *former = slot->name;
        slot->name = name;
        slot->value = value;
        return former;
    }
    assert((index->count + 1) * 3 <= (index->mask + 1) * 2);
    *slot = (struct slot){.name = name, .len = view.len, .hash = hash, .value = value};
    index->count++;
    return NULL;
}

void amp_index_set(struct amp_index *index, enum amp_space space, struct amp_str name,
                   uint64_t value)
{
    struct slot *slot = &index->slot[slot_find(index, name_hash(space, name), name)];
    assert(slot->name);
    slot->value = value;
}

const char *amp_index_remove(struct amp_index *index, enum amp_space space, struct amp_str name)
{
    size_t hole = slot_find(index, name_hash(space, name), name);
    const char *former = index->slot[hole].name;
    if (!former) {
        return NULL;
    }
    index->slot[hole] = (struct slot){0};
    index->count--;
    for (size_t i = (hole + 1) & index->mask; index->slot[i].name; i = (i + 1) & index->mask) {
        size_t home = hash_slot(index, index->slot[i].hash);
        /* it may move back only if the hole lies between its home and where it is */
        if (((i - home) & index->mask) >= ((i - hole) & index->mask)) {
            index->slot[hole] = index->slot[i];
            index->slot[i] = (struct slot){0};
            hole = i;
        }
    }
    return former;
}

size_t amp_index_bytes(const struct amp_index *index)
{
    return (index->mask + 1) * sizeof(struct slot);
}
