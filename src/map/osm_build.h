/*
 * How an importer fills an amp_osm: objects one after another, in whatever order the file has them.
 *
 * Open an object (node, way or relation), add its tags and references, open the next. Tags of a
 * refused node are swallowed. References stay ids, packed as differences, until
 * amp_osm_builder_finish, which sorts the nodes (only if they were not sorted), lets the last of
 * equal ids win and turns ids into indexes, so ways may come before their nodes. All tags go into
 * one table in the order in which they come, which is that of nodes, ways, relations in all but odd
 * files. Used by pbf.c and osmxml.c only.
 */
#ifndef AMP_MAP_OSM_BUILD_H
#define AMP_MAP_OSM_BUILD_H

#include "map/osm.h"

enum {
    AMP_OSM_TEXT_MAX = 65535,        /* bytes of one key, value or role; longer ones are cut */
    AMP_OSM_PROGRESS_STEP = 1 << 20, /* bytes between two words of progress */
    AMP_OSM_INFLATE_RATIO = 200,     /* inflated to packed bytes; real extracts stay below 30 */
    AMP_OSM_INFLATE_FREE = 64 << 20  /* inflated bytes before the ratio is asked for */
};

/* Objects of one kind while they are being read. Of nodes only n and unsorted: the rest is in osm.
 */
struct amp_osm_rows {
    int64_t *id;
    uint32_t *tag_first;
    uint32_t *part_first; /* into ref (ways) or members (relations) */
    uint32_t n, cap_id, cap_tag_first, cap_part_first;
    uint32_t tag_end; /* of this kind, once all are there */
    bool unsorted;    /* ids are not strictly ascending */
};

/* Objects of one kind that came one behind the other: where the first of them begins. */
struct amp_osm_run {
    enum amp_osm_kind kind;
    uint32_t row, tag;
};

struct amp_osm_builder {
    struct amp_osm osm;         /* texts, nodes, tags, members and counts grow in here */
    struct amp_osm_rows row[3]; /* by enum amp_osm_kind */
    struct amp_osm_run *run;
    uint8_t *ref;     /* node ids of the ways: zigzag varints, each the difference to the last */
    uint64_t ref_n;   /* how many */
    int64_t ref_last; /* of the open way */
    uint8_t *key_use; /* of each text: 0 not asked yet, else one of enum key_use in osm_build.c */
    size_t text_len, text_cap;
    uint32_t text_first_cap, pos_cap, wide_cap, base_cap, offset_cap, has_cap, rank_cap, first_cap;
    uint32_t tag_cap, run_n, run_cap, ref_len, ref_cap, member_n, member_cap, key_use_n;
    enum amp_osm_kind open_kind;
    bool swallow;   /* the open object was refused */
    bool every_tag; /* also those that no map can use */
    bool located; /* positions stand on the ways, not on nodes of their own (PBF LocationsOnWays) */
};

void amp_osm_builder_init(struct amp_osm_builder *bld);
void amp_osm_builder_free(struct amp_osm_builder *bld); /* also after finish; accepts zeroes */

/* Invalid UTF-8 keeps its ASCII, other bytes become '?'; text ends at a NUL. */
AMP_MUST amp_err amp_osm_build_text(struct amp_osm_builder *bld, struct amp_str text,
                                    uint32_t *out);
/* An impossible position is counted and the node left out: that is no error. */
AMP_MUST amp_err amp_osm_build_node(struct amp_osm_builder *bld, int64_t id, int64_t lat_e7,
                                    int64_t lon_e7);
AMP_MUST amp_err amp_osm_build_way(struct amp_osm_builder *bld, int64_t id);
AMP_MUST amp_err amp_osm_build_relation(struct amp_osm_builder *bld, int64_t id);
/* Whether a tag with this key is to be given to amp_osm_build_tag: else it is counted as dropped,
 * and its value need not become a text. */
AMP_MUST amp_err amp_osm_build_wants(struct amp_osm_builder *bld, uint32_t key, bool *out);
/* An object that was deleted and is in the file nevertheless. */
void amp_osm_build_deleted(struct amp_osm_builder *bld, enum amp_osm_kind kind, int64_t id);
/* Into the object opened last. */
AMP_MUST amp_err amp_osm_build_tag(struct amp_osm_builder *bld, uint32_t key, uint32_t value);
AMP_MUST amp_err amp_osm_build_ref(struct amp_osm_builder *bld, int64_t node_id);
AMP_MUST amp_err amp_osm_build_member(struct amp_osm_builder *bld, enum amp_osm_kind kind,
                                      int64_t id, uint32_t role);
/* osm_useless.c */
bool amp_osm_key_useless(const char *key);
/* Moves everything into *out. */
AMP_MUST amp_err amp_osm_builder_finish(struct amp_osm_builder *bld, struct amp_osm *out);

/* Bytes of a file or of memory, taken front to back. A view lives until the next take. */
struct amp_osm_source {
    const uint8_t *mem; /* NULL when it is a file */
    uint8_t *buf;
    size_t buf_cap;
    int fd;
    uint64_t offset; /* of the next byte */
    uint64_t total;  /* 0 when unknown */
    uint64_t told;
    const struct amp_progress *progress;
};

/* The next `want` bytes, fewer only at the end of the input. */
AMP_MUST amp_err amp_osm_source_take(struct amp_osm_source *src, size_t want, struct amp_str *out,
                                     struct amp_why *why);
/* Whether so much inflated content is still plausible for the input read so far (not a bomb). */
bool amp_osm_source_plausible(const struct amp_osm_source *src, uint64_t inflated);
void amp_osm_source_finish(struct amp_osm_source *src);

/* The formats: `head` are the first bytes, taken from src already (at most AMP_OSM_HEAD). */
enum {
    AMP_OSM_HEAD = 4
};
AMP_MUST amp_err amp_pbf_read(struct amp_osm_source *src, struct amp_str head,
                              struct amp_osm_builder *bld, struct amp_why *why);
AMP_MUST amp_err amp_osmxml_read(struct amp_osm_source *src, struct amp_str head,
                                 struct amp_osm_builder *bld, struct amp_why *why);

#endif
