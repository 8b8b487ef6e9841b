/* The hash of a text in an extract: FNV-1a, folded, the same for the builder and the reader. */
#ifndef AMP_MAP_OSM_HASH_H
#define AMP_MAP_OSM_HASH_H

#include "base/str.h"

static inline uint64_t amp_osm_hash(struct amp_str text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (uint8_t)text.ptr[i]) * UINT64_C(0x100000001b3);
    }
    return hash ^ (hash >> 32);
}

#endif
