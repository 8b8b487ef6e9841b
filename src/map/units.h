/*
 * The crews on the road, kept ready: who can be there first is answered without asking each.
 *
 * Each node of the hierarchy keeps a bucket: the ends of road where crews stand below it, nearest
 * first. A question climbs from the incident to the root, looks into the buckets it passes, and
 * stops in each where nobody can be sooner than the k found; so it does not grow with the number of
 * crews. What a crew has still to drive to the end of its road is kept with the crew: a crew that
 * moves along one road changes one number.
 *
 * Answers are exact: they equal those of amp_roads_reach, and so of Dijkstra, to the millisecond;
 * equal times rank by id. One metric, hence one profile and one set of closures.
 *
 * Threads: not for several at once, not even for questions (hold a lock; each call is short). The
 * amp_road_query lends its scratch memory and belongs to the calling thread.
 *
 * Sources: Dibbelt, Strasser, Wagner, "Customizable Contraction Hierarchies", JEA 2016; Knopp et
 * al., "Computing Many-to-Many Shortest Paths Using Highway Hierarchies", ALENEX 2007 (buckets).
 */
#ifndef AMP_MAP_UNITS_H
#define AMP_MAP_UNITS_H

#include "map/roads.h"

enum {
    AMP_UNITS_LIVE = AMP_NEAREST_UNITS, /* ids are below this */
    AMP_UNITS_MARKS = 1 << 28           /* entries in all buckets: 2 GiB */
};

struct amp_units;
/* Empty, over a metric of which it keeps a reference. */
AMP_MUST amp_err amp_units_create(struct amp_metric *metric, struct amp_units **out);
void amp_units_destroy(struct amp_units *units);                    /* accepts NULL */
struct amp_metric *amp_units_metric(const struct amp_units *units); /* still owned by units */

struct amp_unit_place {
    uint32_t id;
    struct amp_snap snap;  /* closed roads or not: from its `at`, an open road is looked for */
    uint64_t capabilities; /* a set, of bits that the caller knows */
};
/* A crew is there, new or moved. AMP_E_LIMIT for an id or marks beyond the limits; after an error
 * the crew is not there at all. */
AMP_MUST amp_err amp_units_put(struct amp_units *units, struct amp_road_query *query,
                               const struct amp_unit_place *place);
/* Many at once, in less time than one by one. After an error none is there. */
AMP_MUST amp_err amp_units_fill(struct amp_units *units, struct amp_road_query *query,
                                const struct amp_unit_place *place, size_t n);
void amp_units_remove(struct amp_units *units, uint32_t id); /* accepts one that is not there */
bool amp_units_has(const struct amp_units *units, uint32_t id);
size_t amp_units_count(const struct amp_units *units);
size_t amp_units_marks(const struct amp_units *units); /* entries in all buckets */

/* The weights changed. changed lists every node with an up-arc (of which it is the lower end) that
 * is not as before, as partial customization reports them; NULL means any may have. metric may be
 * the same object. After an error nobody is there. */
AMP_MUST amp_err amp_units_refresh(struct amp_units *units, struct amp_road_query *query,
                                   struct amp_metric *metric, const uint32_t *changed, size_t n);

struct amp_unit_time {
    uint32_t id;
    uint32_t time_ms; /* with what `extra_ms` adds */
};

struct amp_units_ask {
    const struct amp_snap *to;
    size_t k;
    uint64_t capabilities;    /* only who has all of these */
    const uint64_t *mask;     /* by id, instead of the capabilities of each; 0 leaves it out */
    const uint32_t *extra_ms; /* by id: what else it needs, as time to get rolling */
    size_t id_n;              /* of these two; who is beyond is left out */
};

/* The k that are there first, soonest first, and whoever ties with the last of them, at most cap
 * (which is k or more). Returns how many: 0 where there is no open road near `to`. */
size_t amp_units_first(struct amp_units *units, struct amp_road_query *query,
                       const struct amp_units_ask *ask, struct amp_unit_time *out, size_t cap);
/* The time of each of these crews; AMP_ROAD_FOREVER_MS if it has no way or is not there. */
void amp_units_times(struct amp_units *units, struct amp_road_query *query,
                     const struct amp_snap *to, const uint32_t *id, size_t n, uint32_t *out_ms);
/* Metres along the way of each of these crews; NAN if it has none. */
AMP_MUST amp_err amp_units_distances(struct amp_units *units, struct amp_road_query *query,
                                     const struct amp_snap *to, const uint32_t *id, size_t n,
                                     double *out_m);

#endif
