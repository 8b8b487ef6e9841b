/*
 * The inside of the crews on the road: anchors, their marks, and the buckets of the nodes.
 *
 * An anchor is a node where crews leave the road they stand on. Its marks are the ancestors that it
 * reaches on a shortest way by going up only, each with the time to there; every mark stands in the
 * bucket of its node too, as (time, anchor) in one sorted word.
 *
 * Invariants: (1) an anchor that is not stale has exactly its marks in the buckets; (2) a bucket is
 * sorted and holds a word once; (3) every crew is a member of an anchor for each way out of its
 * road, and an anchor without members does not outlive the call that emptied it.
 */
#ifndef AMP_MAP_UNITS_IN_H
#define AMP_MAP_UNITS_IN_H

#include "map/roads_in.h"
#include "map/units.h"

enum {
    AMP_UNIT_ENDS = 2,         /* ways out of a segment */
    AMP_UNIT_HEADS = 1 << 14,  /* of each hash */
    AMP_BUCKET_CLASSES = 30,   /* rooms of 2, 4, 8 ... words */
    AMP_UNITS_CALL = 64 << 20, /* bytes that one question may use beside the query */
};

struct amp_bucket {
    uint32_t first; /* in the pool */
    uint32_t n : 27;
    uint32_t class : 5; /* its room, if n > 0 */
};

struct amp_buckets {       /* units_bucket.c */
    struct amp_bucket *of; /* by node */
    uint64_t *pool;        /* time << 32 | anchor */
    size_t pool_n, pool_cap;
    uint32_t spare[AMP_BUCKET_CLASSES]; /* rooms given back, linked by their first word */
    size_t marks;
};

struct amp_mark {
    uint32_t node;
    uint32_t time_ms;
};

struct amp_anchor {
    uint32_t node;
    uint32_t member; /* first: crew * AMP_UNIT_ENDS + end, or AMP_ROAD_NONE */
    uint32_t next;   /* of the same hash, or among the free */
    uint32_t mark_n;
    struct amp_mark *mark;
    uint64_t capabilities; /* of its members, and maybe of former ones */
    bool stale;            /* its marks are not worked out yet, and in no bucket */
};

struct amp_unit_end {
    uint32_t anchor;  /* or AMP_ROAD_NONE */
    uint32_t rest_ms; /* from where the crew stands to the anchor */
    uint32_t next, prev;
};

struct amp_unit_here {
    bool used;
    bool on_road; /* there is an open road for it */
    uint64_t capabilities;
    struct amp_unit_end end[AMP_UNIT_ENDS];
    struct amp_snap road;  /* where it stands, on an open road */
    struct amp_snap asked; /* where it was put */
    uint32_t seg_next;     /* of the same hash of its segment */
};

struct amp_units {
    struct amp_metric *metric;
    struct amp_buckets buckets;
    struct amp_unit_here *unit; /* by id */
    size_t unit_cap, unit_n;
    struct amp_anchor *anchor;
    size_t anchor_cap, anchor_n; /* n: ever used */
    uint32_t anchor_free;
    uint32_t *stale; /* anchors */
    size_t stale_n, stale_cap;
    size_t live_anchors;
    size_t able[64]; /* crews that have each capability */
    uint32_t anchor_head[AMP_UNIT_HEADS];
    uint32_t seg_head[AMP_UNIT_HEADS];
};

static inline uint32_t amp_unit_hash(uint32_t key)
{
    return key * UINT32_C(2654435769) >> 18; /* golden ratio; 14 bits */
}

/* The lowest node that a chain stands at; every chain that stands there moves on to its parent. */
static inline uint32_t amp_front_next(const struct amp_roads *rd, uint32_t *front, size_t *front_n)
{
    uint32_t lowest = front[0];
    for (size_t i = 1; i < *front_n; i++) {
        lowest = front[i] < lowest ? front[i] : lowest;
    }
    uint32_t begin = rd->up_first[lowest];
    uint32_t parent = begin < rd->up_first[lowest + 1] ? rd->up_head[begin] : AMP_ROAD_NONE;
    size_t kept = 0;
    for (size_t i = 0; i < *front_n; i++) {
        uint32_t at = front[i];
        if (at == lowest) {
            at = parent;
            parent = AMP_ROAD_NONE; /* chains that meet are walked once */
        }
        if (at != AMP_ROAD_NONE) {
            front[kept++] = at;
        }
    }
    *front_n = kept;
    return lowest;
}

AMP_MUST amp_err amp_buckets_init(struct amp_buckets *buckets, size_t node_n);
void amp_buckets_finish(struct amp_buckets *buckets);
AMP_MUST amp_err amp_buckets_put(struct amp_buckets *buckets, uint32_t node, uint64_t word);
void amp_buckets_remove(struct amp_buckets *buckets, uint32_t node, uint64_t word);
/* All marks of all anchors at once, into buckets that are empty. */
AMP_MUST amp_err amp_buckets_fill(struct amp_buckets *buckets, const struct amp_anchor *anchor,
                                  size_t anchor_n);
/* Empty again; every mark in the buckets must be one of these anchors'. */
void amp_buckets_empty(struct amp_buckets *buckets, const struct amp_anchor *anchor,
                       size_t anchor_n);

#endif
