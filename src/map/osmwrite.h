/*
 * Writing an .osm.pbf: dense nodes, zlib blobs, objects by type and ascending id.
 *
 * Nodes first, then ways, then relations, each with ascending ids (asserted). The file appears
 * under its name only when amp_osm_writer_commit succeeds. The same calls give the same bytes.
 */
#ifndef AMP_MAP_OSMWRITE_H
#define AMP_MAP_OSMWRITE_H

#include "map/osm.h"

enum {
    AMP_OSM_BLOCK_OBJECTS = 8000
};

struct amp_osm_pair {
    const char *key;
    const char *value;
};

struct amp_osm_link {
    enum amp_osm_kind kind;
    int64_t id;
    const char *role;
};

struct amp_osm_writer;

AMP_MUST amp_err amp_osm_writer_create(const char *path, struct amp_box box,
                                       struct amp_osm_writer **out, struct amp_why *why);
/* Errors are sticky and come out of commit. */
void amp_osm_writer_node(struct amp_osm_writer *writer, int64_t id, struct amp_pos pos,
                         const struct amp_osm_pair *tag, size_t tag_n);
void amp_osm_writer_way(struct amp_osm_writer *writer, int64_t id, const int64_t *ref, size_t ref_n,
                        const struct amp_osm_pair *tag, size_t tag_n);
void amp_osm_writer_relation(struct amp_osm_writer *writer, int64_t id,
                             const struct amp_osm_link *link, size_t link_n,
                             const struct amp_osm_pair *tag, size_t tag_n);
AMP_MUST amp_err amp_osm_writer_commit(struct amp_osm_writer *writer, struct amp_why *why);
void amp_osm_writer_abandon(struct amp_osm_writer *writer); /* also after commit; accepts NULL */

#endif
