/*
 * One PrimitiveBlock of an OSM PBF, and the protobuf fields that all PBF messages are made of.
 */
#ifndef AMP_MAP_PBF_BLOCK_H
#define AMP_MAP_PBF_BLOCK_H

#include "base/reader.h"
#include "map/osm_build.h"

enum amp_pbf_wire {
    AMP_PBF_VARINT = 0,
    AMP_PBF_FIXED64 = 1,
    AMP_PBF_BYTES = 2,
    AMP_PBF_FIXED32 = 5
};

struct amp_pbf_field {
    uint32_t number;
    uint32_t wire;
    uint64_t value;       /* of a varint */
    struct amp_str bytes; /* of a length-delimited field */
};

/* The next field, or false at the end. A broken field marks the reader bad and is the end. */
bool amp_pbf_field_next(struct amp_reader *rd, struct amp_pbf_field *out);

/* Scratch memory, kept from block to block; zero it before the first and free it after the last. */
struct amp_pbf_block {
    struct amp_str *text;  /* the string table, views into the block */
    uint32_t *text_number; /* its number in the extract, or AMP_OSM_ABSENT if not used yet */
    uint32_t text_n, text_cap;
    int64_t granularity, lat_offset, lon_offset;
};

/* On AMP_E_SYNTAX *what says in words what was wrong. */
AMP_MUST amp_err amp_pbf_block_read(struct amp_pbf_block *block, struct amp_str bytes,
                                    struct amp_osm_builder *bld, const char **what);
void amp_pbf_block_free(struct amp_pbf_block *block);

#endif
