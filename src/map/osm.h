/*
 * An OpenStreetMap extract in memory, as the importers leave it and the builders read it.
 *
 * Nodes are sorted by id; ways and relations keep the order of their file, last version of an id
 * wins. Keys, values and roles are interned texts. References that the extract does not hold are
 * dropped from ways (and counted), and kept with index AMP_OSM_ABSENT in relations. Everything
 * belongs to the amp_osm and dies with it. Tags that no map can use (sources, notes, links to the
 * web: see osm_useless.c) are not kept unless asked for. Source: OSM PBF format 1.0
 * (wiki.openstreetmap.org/wiki/PBF_Format) and OSM XML 0.6.
 */
#ifndef AMP_MAP_OSM_H
#define AMP_MAP_OSM_H

#include "base/geo.h"

#define AMP_OSM_ABSENT UINT32_MAX

struct amp_osm_tag {
    uint32_t key;   /* text number */
    uint32_t value; /* text number */
};

enum amp_osm_kind {
    AMP_OSM_NODE,
    AMP_OSM_WAY,
    AMP_OSM_RELATION
};

struct amp_osm_member {
    int64_t id;
    uint32_t index; /* into nodes, ways or relations; AMP_OSM_ABSENT if not in the extract */
    uint32_t role;  /* text number */
    enum amp_osm_kind kind;
};

struct amp_osm_counts {
    uint64_t nodes, ways, relations;
    uint64_t refs_absent;    /* way references to nodes that are not in the extract */
    uint64_t members_absent; /* relation members that are not in the extract */
    uint64_t positions_bad;  /* nodes refused for an impossible position */
};

/* Ids of nodes, four bytes each: an offset from the base of a block. Where a block spans more than
 * 32 bits, all are kept whole. */
enum {
    AMP_OSM_IDS_BITS = 6 /* 64 ids a block */
};
struct amp_osm_ids {
    int64_t *wide; /* or NULL, and then: */
    int64_t *base;
    uint32_t *offset;
};

/* Tags of nodes, most of which have none. */
struct amp_osm_marks {
    uint64_t *has;   /* a bit for each node */
    uint32_t *rank;  /* nodes with tags before each 64 */
    uint32_t *first; /* of each node with tags, and the end of the last one's */
    uint32_t n;      /* nodes with tags */
};

struct amp_osm_span {
    uint32_t first, end; /* into tag */
};

struct amp_map_dropped;

struct amp_osm {
    char *text_data; /* texts one after another, each terminated */
    uint32_t *text_first;
    uint32_t text_n;
    uint32_t *text_slot;  /* hash for amp_osm_find_text: number + 1, or 0 when free */
    uint32_t text_slot_n; /* a power of two; 0 without texts */

    struct amp_osm_ids node_ids; /* ascending: amp_osm_node_id */
    struct amp_pos *node_pos;
    struct amp_osm_marks node_marks; /* amp_osm_node_tags */
    uint32_t node_n;

    int64_t *way_id;
    uint32_t *way_tag_first; /* way_n + 1 */
    uint32_t *way_ref_first; /* way_n + 1 entries into way_ref */
    uint32_t *way_ref;       /* node indexes */
    uint32_t way_n;
    uint32_t *way_gap; /* ascending, into way_ref: nodes before these are not in the extract */
    uint32_t way_gap_n;

    int64_t *rel_id;
    uint32_t *rel_tag_first;    /* rel_n + 1 */
    uint32_t *rel_member_first; /* rel_n + 1 */
    struct amp_osm_member *rel_member;
    uint32_t rel_n;

    struct amp_osm_tag *tag;
    uint32_t tag_n;
    struct amp_box box; /* of the nodes; crosses the antimeridian if that box is smaller */
    struct amp_osm_counts counts;
    int64_t
        replicated_s; /* Unix time up to which the extract holds all edits; 0: it does not say */
    struct amp_map_dropped *dropped; /* the builders' too: what is left out, see map/dropped.h */
};

/* Called now and then with what was read of how much; either may be 0 when unknown. */
struct amp_progress {
    void *ctx;
    void (*tell)(void *ctx, const char *phase, uint64_t done, uint64_t total);
};

/* Read by content, not by name: .osm.pbf, .osm (XML) and .osm.gz are told apart by their first
 * bytes. why names the offset (PBF) or line (XML) of what is wrong. */
AMP_MUST amp_err amp_osm_read_file(const char *path, const struct amp_progress *progress,
                                   struct amp_osm *out, struct amp_why *why);
/* The same with the tags that no map can use, for a copy of the extract. */
AMP_MUST amp_err amp_osm_read_every_tag(const char *path, const struct amp_progress *progress,
                                        struct amp_osm *out, struct amp_why *why);
/* From memory, without those tags, for tests and fuzzing. */
AMP_MUST amp_err amp_osm_read_bytes(const void *data, size_t len, struct amp_osm *out,
                                    struct amp_why *why);
void amp_osm_free(struct amp_osm *osm); /* accepts zeroes */
/* Frees all but the list of what was dropped: whoever still builds needs the memory. */
void amp_osm_shed(struct amp_osm *osm);

static inline int64_t amp_osm_node_id(const struct amp_osm *osm, uint32_t node)
{
    const struct amp_osm_ids *ids = &osm->node_ids;
    return ids->wide ? ids->wide[node] : ids->base[node >> AMP_OSM_IDS_BITS] + ids->offset[node];
}
/* The tags of a node; an empty span for most. */
static inline struct amp_osm_span amp_osm_node_tags(const struct amp_osm *osm, uint32_t node)
{
    const struct amp_osm_marks *marks = &osm->node_marks;
    uint64_t word = marks->has[node / 64];
    uint64_t bit = UINT64_C(1) << (node % 64);
    if ((word & bit) == 0) {
        return (struct amp_osm_span){0, 0};
    }
    uint32_t at = marks->rank[node / 64] + (uint32_t)__builtin_popcountll(word & (bit - 1));
    return (struct amp_osm_span){marks->first[at], marks->first[at + 1]};
}

const char *amp_osm_text(const struct amp_osm *osm, uint32_t number);
/* The number of a text, or AMP_OSM_ABSENT: look keys up once, then compare numbers. */
uint32_t amp_osm_find_text(const struct amp_osm *osm, const char *text);
/* The value of a key in tags [first, end), or NULL. */
const char *amp_osm_value(const struct amp_osm *osm, uint32_t first, uint32_t end, uint32_t key);
/* Whether the way leaves the extract in front of way_ref[ref] and comes back there: what lies
 * between is not known. Never for the first node of a way. */
bool amp_osm_way_gap(const struct amp_osm *osm, uint32_t ref);
const char *amp_osm_way_value(const struct amp_osm *osm, uint32_t way, uint32_t key);
const char *amp_osm_rel_value(const struct amp_osm *osm, uint32_t rel, uint32_t key);

#endif
