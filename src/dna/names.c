/* Which number a name has: open addressing, linear probing, at most half full. */
#include "dna/profile.h"
#include "dna/table.h"

#include <string.h>

enum {
    SLOTS_FIRST = 64
};

struct amp_dna_names_slot {
    uint64_t hash;
    size_t owner;
    struct amp_str name; /* ptr is NULL in an empty slot */
    bool marker;
    size_t value;
};

/* FNV-1a; what amp_dna_marker_same calls the same has one hash. */
static uint64_t name_hash(size_t owner, struct amp_str name, bool marker)
{
    char room[AMP_DNA_MARKER_SHORT];
    if (marker) {
        (void)amp_dna_marker_key(name, room, &name);
    }
    uint64_t hash = 14695981039346656037U ^ ((uint64_t)owner * 0x9e3779b97f4a7c15U);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (marker && (c == ' ' || c == '_' || c == '-' || c == '\t')) {
            continue;
        }
        c = (char)(marker && c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        hash = (hash ^ (unsigned char)c) * 1099511628211U;
    }
    return hash ^ (hash >> 29);
}

static bool slot_is(const struct amp_dna_names_slot *slot, uint64_t hash, size_t owner,
                    struct amp_str name)
{
    if (slot->hash != hash || slot->owner != owner) {
        return false;
    }
    return slot->marker ? amp_dna_marker_same(slot->name, name) : amp_str_eq(slot->name, name);
}

static bool names_widen(struct amp_dna_names *names)
{
    const size_t slot_n = names->slot_n == 0 ? SLOTS_FIRST : 2 * names->slot_n;
    struct amp_dna_names_slot *slot = amp_arena_array(names->arena, slot_n, sizeof(*slot));
    if (slot == NULL) {
        return false;
    }
    for (size_t i = 0; i < names->slot_n; i++) {
        if (names->slot[i].name.ptr == NULL) {
            continue;
        }
        size_t at = (size_t)names->slot[i].hash & (slot_n - 1);
        while (slot[at].name.ptr != NULL) {
            at = (at + 1) & (slot_n - 1);
        }
        slot[at] = names->slot[i];
    }
    names->slot = slot;
    names->slot_n = slot_n;
    return true;
}

size_t *amp_dna_names_at(struct amp_dna_names *names, size_t owner, struct amp_str name,
                         bool marker)
{
    if (2 * (names->n + 1) > names->slot_n && !names_widen(names)) {
        return NULL;
    }
    const uint64_t hash = name_hash(owner, name, marker);
    size_t at = (size_t)hash & (names->slot_n - 1);
    while (names->slot[at].name.ptr != NULL) {
        if (slot_is(&names->slot[at], hash, owner, name)) {
            return &names->slot[at].value;
        }
        at = (at + 1) & (names->slot_n - 1);
    }
    const struct amp_str kept = {amp_arena_text(names->arena, name), name.len};
    if (kept.ptr == NULL) {
        return NULL;
    }
    names->slot[at] = (struct amp_dna_names_slot){
        .hash = hash, .owner = owner, .name = kept, .marker = marker, .value = SIZE_MAX};
    names->n++;
    return &names->slot[at].value;
}

struct amp_str amp_dna_allele_key(struct amp_arena *arena, struct amp_str allele)
{
    int64_t milli = 0;
    struct amp_dna_lus lus;
    if (amp_dna_allele_milli(allele, &milli)) {
        return amp_dna_allele_of_milli(arena, milli);
    }
    return amp_dna_allele_lus(allele, &lus) ? amp_dna_allele_of_lus(arena, &lus) : allele;
}
