/* Tiles while they are built. Inside of tiles. */
#ifndef AMP_MAP_TILES_BUILD_H
#define AMP_MAP_TILES_BUILD_H

#include "map/kinds.h"
#include "map/tiles_chain.h"
#include "map/tiles_class.h"

struct amp_tl_build {
    const struct amp_osm *osm;
    struct amp_kinds *kinds;
    struct amp_tl_keys keys;
    struct amp_amap_writer *writer; /* its open section takes the vertices */
    struct amp_why *why;
    amp_err err; /* of writing them: sticky */
    struct amp_buf text, feature, part, node;
    struct amp_buf vertex; /* not written yet */
    size_t vertex_n;       /* with those written */
    uint32_t *text_of;     /* of each text of the extract: its offset, or 0 */
    struct amp_buf line;   /* struct amp_tl_line: lines that wait to be joined */
    uint32_t rel;          /* the relation at hand */
    bool *ferry;           /* ways that a ferry relation names */
};

struct amp_tl_line {
    struct amp_tl_look look;
    uint32_t name; /* text of the build */
    uint32_t way;
};

void amp_tl_put_vertex(struct amp_tl_build *b, struct amp_tl_vertex v);
void amp_tl_flush_vertices(struct amp_tl_build *b);
uint32_t amp_tl_put_text(struct amp_tl_build *b, const char *text); /* once for each osm text */
uint32_t amp_tl_put_name(struct amp_tl_build *b, uint32_t first, uint32_t end);

/* A feature is begun, gets its parts, and is ended: then it is kept if it has any. A shape that
 * leaves the world at the antimeridian is given to both sides. */
struct amp_tl_shape_in {
    struct amp_buf x;    /* int64_t pairs: unwrapped world coordinates */
    struct amp_buf part; /* struct amp_tl_part, vertices counted in x */
};
struct amp_tl_shape_in amp_tl_shape_make(void);
void amp_tl_shape_free(struct amp_tl_shape_in *in);
void amp_tl_shape_nodes(const struct amp_tl_build *b, struct amp_tl_shape_in *in,
                        const uint32_t *node, uint32_t node_n, bool hole);
void amp_tl_shape_end(struct amp_tl_build *b, struct amp_tl_shape_in *in,
                      const struct amp_tl_look *look, uint32_t name);

amp_err amp_tl_collect_ways(struct amp_tl_build *b);
amp_err amp_tl_collect_relations(struct amp_tl_build *b);
amp_err amp_tl_collect_points(struct amp_tl_build *b);
amp_err amp_tl_join_lines(struct amp_tl_build *b);
/* Writes the features in their order and builds the tree above them. */
amp_err amp_tl_arrange(struct amp_tl_build *b);

struct amp_tl_vertex amp_tl_project(struct amp_pos pos);

#endif
