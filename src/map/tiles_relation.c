/* Areas made of several ways: multipolygon relations become outer rings with their holes. */
#include "map/dropped.h"
#include "map/tiles_build.h"
#include <stdlib.h>
#include <string.h>

/* The ways of a relation by role. */
struct members {
    struct amp_buf outer, inner; /* uint32_t: ways */
    bool missing;                /* the extract does not hold all */
};

static void members_read(const struct amp_osm *osm, uint32_t rel, struct members *out)
{
    amp_buf_clear(&out->outer);
    amp_buf_clear(&out->inner);
    out->missing = false;
    for (uint32_t m = osm->rel_member_first[rel]; m < osm->rel_member_first[rel + 1]; m++) {
        const struct amp_osm_member *member = &osm->rel_member[m];
        if (member->kind != AMP_OSM_WAY) {
            continue;
        }
        if (member->index == AMP_OSM_ABSENT) {
            out->missing = true;
            continue;
        }
        bool inner = strcmp(amp_osm_text(osm, member->role), "inner") == 0;
        amp_buf_put(inner ? &out->inner : &out->outer, &member->index, sizeof(member->index));
    }
}

static amp_err rings_make(const struct amp_osm *osm, const struct amp_buf *ways, bool missing,
                          struct amp_chains *out)
{
    const uint32_t *way = (const uint32_t *)(const void *)ways->data;
    amp_err err = amp_buf_err(ways);
    err = err ? err : amp_chains_join(osm, way, ways->len / sizeof(*way), false, out);
    if (!err && missing) {
        err = amp_chains_close(osm, out, 0);
    }
    return err;
}

static const struct amp_chain *chain_at(const struct amp_chains *chains, size_t i)
{
    return (const struct amp_chain *)(const void *)chains->chain.data + i;
}

static const uint32_t *chain_nodes(const struct amp_chains *chains, const struct amp_chain *chain)
{
    return (const uint32_t *)(const void *)chains->node.data + chain->node_first;
}

static size_t chain_n(const struct amp_chains *chains)
{
    return chains->chain.len / sizeof(struct amp_chain);
}

/* Is a position inside a ring (even-odd rule on longitudes counted from it)? */
static bool ring_holds(const struct amp_osm *osm, const uint32_t *node, uint32_t n,
                       struct amp_pos pos)
{
    bool in = false;
    for (uint32_t i = 0; i < n; i++) {
        struct amp_pos a = osm->node_pos[node[i]];
        struct amp_pos b = osm->node_pos[node[i + 1 < n ? i + 1 : 0]];
        if ((a.lat_e7 > pos.lat_e7) == (b.lat_e7 > pos.lat_e7)) {
            continue;
        }
        double ax = amp_lon_delta_e7(pos.lon_e7, a.lon_e7);
        double bx = amp_lon_delta_e7(pos.lon_e7, b.lon_e7);
        double share = ((double)pos.lat_e7 - a.lat_e7) / ((double)b.lat_e7 - a.lat_e7);
        in = ax + share * (bx - ax) > 0 ? !in : in;
    }
    return in;
}

static bool ring_good(const struct amp_chain *chain)
{
    return chain->closed && chain->node_n >= 3;
}

/* The outer ring that holds most of three nodes of a hole: its corners may lie on the ring itself.
 */
static bool hole_belongs(const struct amp_osm *osm, const struct amp_chains *outer,
                         const struct amp_chain *ring, const struct amp_chains *inner,
                         const struct amp_chain *hole)
{
    unsigned in = 0;
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t node = chain_nodes(inner, hole)[(uint64_t)i * hole->node_n / 3];
        in += ring_holds(osm, chain_nodes(outer, ring), ring->node_n, osm->node_pos[node]) ? 1 : 0;
    }
    return in >= 2;
}

static void areas_put(struct amp_tl_build *b, const struct amp_chains *outer,
                      const struct amp_chains *inner, const struct amp_tl_look *look, uint32_t name)
{
    struct amp_tl_shape_in in = amp_tl_shape_make();
    for (size_t o = 0; o < chain_n(outer); o++) {
        const struct amp_chain *ring = chain_at(outer, o);
        if (!ring_good(ring)) {
            amp_dropped_add(b->osm->dropped, "area: an outer ring of it does not close",
                            AMP_OSM_RELATION, b->osm->rel_id[b->rel], 1);
            continue;
        }
        amp_tl_shape_nodes(b, &in, chain_nodes(outer, ring), ring->node_n, false);
        for (size_t i = 0; i < chain_n(inner); i++) {
            const struct amp_chain *hole = chain_at(inner, i);
            if (ring_good(hole) && hole_belongs(b->osm, outer, ring, inner, hole)) {
                amp_tl_shape_nodes(b, &in, chain_nodes(inner, hole), hole->node_n, true);
            }
        }
        amp_tl_shape_end(b, &in, look, name);
    }
    amp_tl_shape_free(&in);
}

static amp_err multipolygon_put(struct amp_tl_build *b, uint32_t rel, struct members *members)
{
    const struct amp_osm *osm = b->osm;
    uint32_t first = osm->rel_tag_first[rel];
    uint32_t end = osm->rel_tag_first[rel + 1];
    struct amp_tl_look look;
    if (!amp_tl_look_of(osm, &b->keys, first, end, true, &look) || look.shape != AMP_TL_POLYGON) {
        return AMP_OK;
    }
    struct amp_chains outer = amp_chains_make();
    struct amp_chains inner = amp_chains_make();
    members_read(osm, rel, members);
    b->rel = rel;
    amp_err err = rings_make(osm, &members->outer, members->missing, &outer);
    err = err ? err : rings_make(osm, &members->inner, members->missing, &inner);
    if (!err) {
        uint32_t name =
            look.layer == AMP_TL_BUILDING ? AMP_TL_NO_TEXT : amp_tl_put_name(b, first, end);
        areas_put(b, &outer, &inner, &look, name);
    }
    amp_chains_free(&outer);
    amp_chains_free(&inner);
    return err;
}

/* The ways of ferry routes, which may carry no tags themselves. */
static void ferry_mark(struct amp_tl_build *b, uint32_t rel)
{
    const struct amp_osm *osm = b->osm;
    for (uint32_t m = osm->rel_member_first[rel]; m < osm->rel_member_first[rel + 1]; m++) {
        const struct amp_osm_member *member = &osm->rel_member[m];
        if (member->kind == AMP_OSM_WAY && member->index != AMP_OSM_ABSENT) {
            b->ferry[member->index] = true;
        }
    }
}

amp_err amp_tl_collect_relations(struct amp_tl_build *b)
{
    struct members members = {.outer = amp_buf_make(UINT32_MAX), .inner = amp_buf_make(UINT32_MAX)};
    amp_err err = AMP_OK;
    for (uint32_t rel = 0; rel < b->osm->rel_n && !err; rel++) {
        const char *type = amp_osm_rel_value(b->osm, rel, b->keys.type);
        const char *route = amp_osm_rel_value(b->osm, rel, b->keys.route);
        if (type != NULL && strcmp(type, "multipolygon") == 0) {
            err = multipolygon_put(b, rel, &members);
        } else if (type != NULL && strcmp(type, "route") == 0 && route != NULL &&
                   strcmp(route, "ferry") == 0) {
            ferry_mark(b, rel);
        }
    }
    amp_buf_free(&members.outer);
    amp_buf_free(&members.inner);
    return err;
}
