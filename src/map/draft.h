/*
 * A road graph in the making: from the extract to vertices and segments, to turn restrictions, to
 * nodes and arcs, to their order. Each stage fills its part; all of it lives in the draft's arena
 * and buffers and dies with it. The words are those of map/roads_in.h.
 */
#ifndef AMP_MAP_DRAFT_H
#define AMP_MAP_DRAFT_H

#include "map/road_tags.h"

enum {
    AMP_TURN_ARCS_MAX = 64,       /* base arcs one restriction may span */
    AMP_TURN_RULES_MAX = 4000000, /* forbidden sequences of a map */
};

/* A forbidden sequence of base arcs. */
struct amp_turn_rule {
    uint32_t arc_first;
    uint32_t arc_n;
    uint8_t mask;  /* bit p: forbidden for profile p */
    uint32_t cond; /* 0: always; else 1 + its number in turn_cond */
};

struct amp_road_draft {
    const struct amp_osm *osm;
    struct amp_road_tags tags;
    struct amp_arena arena;

    /* segments.c */
    uint32_t *vertex_of; /* of each OSM node; AMP_ROAD_NONE if it is none */
    uint32_t *road_of;   /* of each OSM way */
    uint32_t *way_seg;   /* way_n + 1: the segments of a road way are contiguous */
    struct amp_pos *vertex_pos;
    int64_t *vertex_id;
    uint32_t vertex_n, way_n, seg_n;
    struct amp_buf way;      /* struct amp_road_way */
    struct amp_buf way_kind; /* uint32_t: along the ways */
    struct amp_buf kind;     /* struct amp_road_kind, each once */
    struct amp_buf cond;     /* struct amp_road_cond */
    struct amp_buf hour;     /* struct amp_hours_row */
    uint32_t *kind_slot;     /* hash: number + 1, or 0 when free; a power of two of them */
    uint32_t kind_slot_n;
    struct amp_buf seg;     /* struct amp_road_seg, one more at the end */
    struct amp_buf point;   /* struct amp_pos */
    struct amp_buf name;    /* bytes */
    struct amp_buf barrier; /* struct amp_road_barrier */
    uint32_t *out_first;    /* vertex_n + 1: base arcs that leave a vertex, for any profile */
    uint32_t *out_arc;

    /* restrict.c */
    struct amp_buf rule;      /* struct amp_turn_rule */
    struct amp_buf rule_arc;  /* uint32_t */
    struct amp_buf turn_cond; /* struct amp_road_turn_cond, without their arcs */
    struct amp_road_meta meta;

    /* turns.c, numbered by vertex and state; order.c renumbers by rank */
    uint32_t *node_vertex;
    uint32_t *root;
    uint32_t *arc_first;
    uint32_t *arc_head;
    uint32_t *arc_base;
    uint8_t *arc_mask;
    uint32_t node_n, arc_n;
    struct amp_buf turn; /* struct amp_road_turn_cond, ascending by arc */

    /* order.c */
    uint32_t *up_first;
    struct amp_buf up_head; /* uint32_t */
};

void amp_draft_init(struct amp_road_draft *draft, const struct amp_osm *osm);
void amp_draft_finish(struct amp_road_draft *draft);
AMP_MUST amp_err amp_draft_segments(struct amp_road_draft *draft, struct amp_why *why);
void amp_draft_side(struct amp_road_draft *draft); /* drive_side.c */
AMP_MUST amp_err amp_draft_restrictions(struct amp_road_draft *draft, struct amp_why *why);
AMP_MUST amp_err amp_draft_turns(struct amp_road_draft *draft, struct amp_why *why);
AMP_MUST amp_err amp_draft_order(struct amp_road_draft *draft, struct amp_why *why);
/* The boxes of the snapping tree over items, which are sorted for it. */
AMP_MUST amp_err amp_draft_tree(struct amp_road_draft *draft, struct amp_buf *item,
                                struct amp_buf *box, struct amp_why *why);

/* turns.c: order.c has ranked the nodes and is about to renumber them with their arcs. */
AMP_MUST amp_err amp_draft_turns_rank(struct amp_road_draft *draft, const uint32_t *rank);
/* segments.c: the profiles that some setting or hour lets drive a base arc, a bit each. */
uint8_t amp_draft_mask(const struct amp_road_draft *draft, uint32_t base);
/* Whether a vehicle may drive it lawfully, at some hour. */
bool amp_draft_lawful(const struct amp_road_draft *draft, uint32_t base);

static inline const struct amp_road_seg *amp_draft_seg(const struct amp_road_draft *draft)
{
    return (const struct amp_road_seg *)(const void *)draft->seg.data;
}
static inline uint32_t amp_draft_tail(const struct amp_road_draft *draft, uint32_t base)
{
    const struct amp_road_seg *seg = &amp_draft_seg(draft)[base >> 1];
    return base & 1 ? seg->to : seg->from;
}
static inline uint32_t amp_draft_head(const struct amp_road_draft *draft, uint32_t base)
{
    return amp_draft_tail(draft, base ^ 1);
}

/* snap.c: how many boxes each level of a tree over item_n pieces has; returns the levels. */
uint32_t amp_tree_levels(size_t item_n, uint32_t first[AMP_ROAD_TREE_LEVELS + 1]);

#endif
