/* The crews on the road: where each leaves its road, and what the nodes above know of it. */
#include "map/units_in.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROW_FIRST = 64,
    BULK_MIN = 64, /* as many stale anchors, and a quarter of all: the buckets are made anew */
    BULK_PART = 4,
    LANES = 8 /* anchors that are worked out together */
};

/* ---- memory ---- */

amp_err amp_units_create(struct amp_metric *metric, struct amp_units **out)
{
    struct amp_units *units = calloc(1, sizeof(*units));
    amp_err err = units == NULL ? AMP_E_NOMEM : AMP_OK;
    if (!err) {
        err = amp_buckets_init(&units->buckets, metric->roads->node_n);
    }
    if (err) {
        free(units);
        return err;
    }
    memset(units->anchor_head, 0xff, sizeof(units->anchor_head));
    memset(units->seg_head, 0xff, sizeof(units->seg_head));
    units->anchor_free = AMP_ROAD_NONE;
    units->metric = amp_metric_ref(metric);
    *out = units;
    return AMP_OK;
}

void amp_units_destroy(struct amp_units *units)
{
    if (units != NULL) {
        for (size_t a = 0; a < units->anchor_n; a++) {
            free(units->anchor[a].mark);
        }
        amp_buckets_finish(&units->buckets);
        amp_metric_unref(units->metric);
        free(units->unit);
        free(units->anchor);
        free(units->stale);
        free(units);
    }
}

struct amp_metric *amp_units_metric(const struct amp_units *units)
{
    return units->metric;
}

bool amp_units_has(const struct amp_units *units, uint32_t id)
{
    return id < units->unit_cap && units->unit[id].used;
}

size_t amp_units_count(const struct amp_units *units)
{
    return units->unit_n;
}

size_t amp_units_marks(const struct amp_units *units)
{
    return units->buckets.marks;
}

/* Room for item n of a list. */
static amp_err list_grow(void **list, size_t *cap, size_t n, size_t size)
{
    if (n < *cap) {
        return AMP_OK;
    }
    size_t want = *cap == 0 ? GROW_FIRST : 2 * *cap;
    want = want <= n ? n + 1 : want;
    char *grown = reallocarray(*list, want, size);
    if (grown == NULL) {
        return AMP_E_NOMEM;
    }
    memset(grown + *cap * size, 0, (want - *cap) * size);
    *list = grown;
    *cap = want;
    return AMP_OK;
}

/* ---- the marks of anchors ---- */

/* Made twice, and chosen when the program starts: eight times at once where the processor can. A
 * sanitizer's program cannot choose so early. */
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&                \
    !defined(__SANITIZE_THREAD__)
#define AMP_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define AMP_WIDE
#endif

/* Some anchors at once: their chains to the root soon meet, and each arc is read once for all. */
struct climb {
    const struct amp_metric *metric;
    uint32_t *chain;   /* nodes of all chains, ascending; lent by the query */
    uint32_t *place;   /* of each node, where it stands in the chain; lent too */
    struct lanes *way; /* of each node of the chain */
    uint8_t *exact;    /* bit l: a shortest way of lane l reaches it by going up only */
    uint32_t n;
};

struct lanes { /* a time for each anchor */
    uint32_t ms __attribute__((vector_size(LANES * sizeof(uint32_t))));
};

static struct lanes lanes_min(struct lanes a, struct lanes b)
{
    struct lanes least = {b.ms ^ ((a.ms ^ b.ms) & (a.ms < b.ms))};
    return least;
}

/* The chain of all, and its places. */
static void climb_chain(struct climb *cl, const struct amp_anchor *const *anchor, uint32_t n)
{
    uint32_t front[LANES];
    size_t front_n = n;
    for (uint32_t l = 0; l < n; l++) {
        front[l] = anchor[l]->node;
    }
    while (front_n > 0) {
        uint32_t node = amp_front_next(cl->metric->roads, front, &front_n);
        cl->place[node] = cl->n;
        cl->chain[cl->n++] = node;
    }
}

static AMP_WIDE void climb_up(struct climb *cl, const struct amp_anchor *const *anchor, uint32_t n)
{
    const struct amp_roads *rd = cl->metric->roads;
    const uint32_t *up = cl->metric->up;
    for (uint32_t i = 0; i < cl->n; i++) {
        for (uint32_t l = 0; l < LANES; l++) {
            cl->way[i].ms[l] = AMP_ROAD_INF;
        }
    }
    for (uint32_t l = 0; l < n; l++) {
        cl->way[cl->place[anchor[l]->node]].ms[l] = 0;
    }
    for (uint32_t i = 0; i < cl->n; i++) {
        uint32_t node = cl->chain[i];
        for (uint32_t k = rd->up_first[node]; k < rd->up_first[node + 1]; k++) {
            struct lanes *head = &cl->way[cl->place[rd->up_head[k]]];
            struct lanes there = {cl->way[i].ms + up[k]}; /* both below 2^31 */
            *head = lanes_min(there, *head);
        }
    }
}

/* Down again: the times become those of shortest ways. */
static AMP_WIDE void climb_down(struct climb *cl)
{
    const struct amp_roads *rd = cl->metric->roads;
    const uint32_t *down = cl->metric->down;
    for (uint32_t i = cl->n; i-- > 0;) {
        uint32_t node = cl->chain[i];
        struct lanes best = cl->way[i];
        for (uint32_t k = rd->up_first[node]; k < rd->up_first[node + 1]; k++) {
            struct lanes there = {cl->way[cl->place[rd->up_head[k]]].ms + down[k]};
            best = lanes_min(there, best);
        }
        cl->exact[i] = 0;
        for (uint32_t l = 0; l < LANES; l++) {
            bool exact = best.ms[l] == cl->way[i].ms[l] && best.ms[l] < AMP_ROAD_INF;
            cl->exact[i] |= (uint8_t)((unsigned)exact << l);
        }
        cl->way[i] = best;
    }
}

static amp_err climb_marks(const struct climb *cl, struct amp_anchor *anchor, uint32_t lane)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < cl->n; i++) {
        n += cl->exact[i] >> lane & 1;
    }
    struct amp_mark *mark = reallocarray(anchor->mark, n, sizeof(*mark));
    if (mark == NULL) {
        return AMP_E_NOMEM;
    }
    anchor->mark = mark;
    anchor->mark_n = n;
    for (uint32_t i = 0; i < cl->n; i++) {
        if (cl->exact[i] >> lane & 1) {
            *mark++ = (struct amp_mark){cl->chain[i], cl->way[i].ms[lane]};
        }
    }
    return AMP_OK;
}

/* The marks of up to LANES anchors, which are in no bucket. Side 1 of the query is scratch. */
static amp_err marks_make(const struct amp_units *units, struct amp_road_query *query,
                          struct amp_anchor *const *anchor, uint32_t n)
{
    struct climb cl = {
        .metric = units->metric, .chain = query->side[1].visited, .place = query->side[1].dist};
    const struct amp_anchor *const *of = (const struct amp_anchor *const *)anchor;
    assert(query->side[1].visited_n == 0);
    climb_chain(&cl, of, n);
    cl.way = aligned_alloc(sizeof(struct lanes), cl.n * sizeof(struct lanes));
    cl.exact = malloc(cl.n);
    amp_err err = cl.way == NULL || cl.exact == NULL ? AMP_E_NOMEM : AMP_OK;
    if (!err) {
        climb_up(&cl, of, n);
        climb_down(&cl);
    }
    for (uint32_t l = 0; l < n && !err; l++) {
        err = climb_marks(&cl, anchor[l], l);
    }
    for (uint32_t i = 0; i < cl.n; i++) {
        cl.place[cl.chain[i]] = AMP_ROAD_INF; /* as sweeps expect it */
    }
    free(cl.way);
    free(cl.exact);
    return err;
}

static uint64_t mark_word(const struct amp_mark *mark, uint32_t anchor)
{
    return (uint64_t)mark->time_ms << 32 | anchor;
}

static void marks_remove(struct amp_units *units, uint32_t a)
{
    struct amp_anchor *anchor = &units->anchor[a];
    for (uint32_t i = 0; i < anchor->mark_n; i++) {
        amp_buckets_remove(&units->buckets, anchor->mark[i].node, mark_word(&anchor->mark[i], a));
    }
    anchor->mark_n = 0;
}

/* Into the buckets, all or as many as it has afterwards. */
static amp_err marks_put(struct amp_units *units, uint32_t a)
{
    struct amp_anchor *anchor = &units->anchor[a];
    uint32_t n = anchor->mark_n;
    amp_err err = AMP_OK;
    for (uint32_t i = 0; i < n && !err; i++) {
        err =
            amp_buckets_put(&units->buckets, anchor->mark[i].node, mark_word(&anchor->mark[i], a));
        if (err) {
            anchor->mark_n = i;
        }
    }
    return err;
}

/* ---- anchors ---- */

static uint32_t anchor_find(const struct amp_units *units, uint32_t node)
{
    uint32_t a = units->anchor_head[amp_unit_hash(node)];
    while (a != AMP_ROAD_NONE && units->anchor[a].node != node) {
        a = units->anchor[a].next;
    }
    return a;
}

static amp_err anchor_stale(struct amp_units *units, uint32_t a)
{
    amp_err err =
        list_grow((void **)&units->stale, &units->stale_cap, units->stale_n, sizeof(*units->stale));
    if (!err) {
        units->stale[units->stale_n++] = a;
        units->anchor[a].stale = true;
    }
    return err;
}

static amp_err anchor_make(struct amp_units *units, uint32_t node, uint32_t *out)
{
    uint32_t a = units->anchor_free;
    if (a == AMP_ROAD_NONE) {
        amp_err err = list_grow((void **)&units->anchor, &units->anchor_cap, units->anchor_n,
                                sizeof(*units->anchor));
        if (err) {
            return err;
        }
        a = (uint32_t)units->anchor_n++;
        units->anchor[a].next = AMP_ROAD_NONE;
        units->anchor_free = a;
    }
    struct amp_anchor *anchor = &units->anchor[a];
    amp_err err = anchor_stale(units, a);
    if (err) {
        return err;
    }
    uint32_t *head = &units->anchor_head[amp_unit_hash(node)];
    units->anchor_free = anchor->next;
    anchor->node = node;
    anchor->member = AMP_ROAD_NONE;
    anchor->capabilities = 0;
    anchor->next = *head;
    *head = a;
    units->live_anchors++;
    *out = a;
    return AMP_OK;
}

static void anchor_drop(struct amp_units *units, uint32_t a)
{
    struct amp_anchor *anchor = &units->anchor[a];
    uint32_t *at = &units->anchor_head[amp_unit_hash(anchor->node)];
    while (*at != a) {
        at = &units->anchor[*at].next;
    }
    *at = anchor->next;
    marks_remove(units, a);
    if (anchor->stale) {
        size_t i = 0;
        while (units->stale[i] != a) {
            i++;
        }
        units->stale[i] = units->stale[--units->stale_n];
        anchor->stale = false;
    }
    free(anchor->mark);
    anchor->mark = NULL;
    anchor->next = units->anchor_free;
    units->anchor_free = a;
    units->live_anchors--;
}

static int node_compare(const void *a, const void *b, void *anchor)
{
    const struct amp_anchor *of = anchor;
    uint32_t x = of[*(const uint32_t *)a].node, y = of[*(const uint32_t *)b].node;
    return (x > y) - (x < y);
}

/* Some of the stale ones, which are in no bucket: their marks, and in `put` their buckets. */
static amp_err stale_make(struct amp_units *units, struct amp_road_query *query, size_t begin,
                          bool put)
{
    struct amp_anchor *anchor[LANES];
    uint32_t n = 0;
    while (n < LANES && begin + n < units->stale_n) {
        anchor[n] = &units->anchor[units->stale[begin + n]];
        n++;
    }
    amp_err err = marks_make(units, query, anchor, n);
    for (uint32_t l = 0; l < n; l++) {
        if (err) {
            anchor[l]->mark_n = 0;
        } else if (put) {
            err = marks_put(units, units->stale[begin + l]);
        }
    }
    return err;
}

/* What is stale is worked out: one by one, or all buckets at once where that is less work. */
static amp_err anchors_settle(struct amp_units *units, struct amp_road_query *query)
{
    amp_err err = AMP_OK;
    bool bulk = units->stale_n >= BULK_MIN && units->stale_n >= units->live_anchors / BULK_PART;
    if (bulk) {
        amp_buckets_empty(&units->buckets, units->anchor, units->anchor_n);
        qsort_r(units->stale, units->stale_n, sizeof(uint32_t), node_compare, units->anchor);
    }
    for (size_t i = 0; i < units->stale_n && !bulk; i++) {
        marks_remove(units, units->stale[i]);
    }
    for (size_t i = 0; i < units->stale_n && !err; i += LANES) {
        err = stale_make(units, query, i, !bulk);
    }
    if (bulk && !err) {
        err = amp_buckets_fill(&units->buckets, units->anchor, units->anchor_n);
    }
    if (err && bulk) { /* the buckets are empty, and so must be the lists of what is in them */
        for (size_t a = 0; a < units->anchor_n; a++) {
            units->anchor[a].mark_n = 0;
        }
    }
    for (size_t i = 0; i < units->stale_n && !err; i++) {
        units->anchor[units->stale[i]].stale = false;
    }
    units->stale_n = err ? units->stale_n : 0;
    return err;
}

/* ---- crews ---- */

static struct amp_unit_end *end_of(struct amp_units *units, uint32_t link)
{
    return &units->unit[link / AMP_UNIT_ENDS].end[link % AMP_UNIT_ENDS];
}

static void end_join(struct amp_units *units, uint32_t link, uint32_t a)
{
    struct amp_unit_end *end = end_of(units, link);
    struct amp_anchor *anchor = &units->anchor[a];
    end->anchor = a;
    end->prev = AMP_ROAD_NONE;
    end->next = anchor->member;
    if (end->next != AMP_ROAD_NONE) {
        end_of(units, end->next)->prev = link;
    }
    anchor->member = link;
    anchor->capabilities |= units->unit[link / AMP_UNIT_ENDS].capabilities;
}

/* Out of its anchor, which may be left without members. */
static void end_leave(struct amp_units *units, uint32_t link)
{
    struct amp_unit_end *end = end_of(units, link);
    if (end->anchor == AMP_ROAD_NONE) {
        return;
    }
    if (end->prev != AMP_ROAD_NONE) {
        end_of(units, end->prev)->next = end->next;
    } else {
        units->anchor[end->anchor].member = end->next;
    }
    if (end->next != AMP_ROAD_NONE) {
        end_of(units, end->next)->prev = end->prev;
    }
    end->anchor = AMP_ROAD_NONE;
}

static void anchor_tidy(struct amp_units *units, uint32_t a)
{
    if (a != AMP_ROAD_NONE && units->anchor[a].member == AMP_ROAD_NONE) {
        anchor_drop(units, a);
    }
}

static void segment_leave(struct amp_units *units, uint32_t id)
{
    struct amp_unit_here *unit = &units->unit[id];
    if (unit->on_road) {
        uint32_t *at = &units->seg_head[amp_unit_hash(unit->road.segment)];
        while (*at != id) {
            at = &units->unit[*at].seg_next;
        }
        *at = unit->seg_next;
        unit->on_road = false;
    }
}

static void segment_join(struct amp_units *units, uint32_t id)
{
    struct amp_unit_here *unit = &units->unit[id];
    uint32_t *head = &units->seg_head[amp_unit_hash(unit->road.segment)];
    unit->seg_next = *head;
    *head = id;
    unit->on_road = true;
}

static void able_count(struct amp_units *units, uint64_t capabilities, bool more)
{
    for (int bit = 0; bit < 64; bit++) {
        if (capabilities >> bit & 1) {
            units->able[bit] = more ? units->able[bit] + 1 : units->able[bit] - 1;
        }
    }
}

void amp_units_remove(struct amp_units *units, uint32_t id)
{
    if (!amp_units_has(units, id)) {
        return;
    }
    struct amp_unit_here *unit = &units->unit[id];
    for (uint32_t e = 0; e < AMP_UNIT_ENDS; e++) {
        uint32_t a = unit->end[e].anchor;
        end_leave(units, id * AMP_UNIT_ENDS + e);
        anchor_tidy(units, a);
    }
    segment_leave(units, id);
    able_count(units, unit->capabilities, false);
    unit->used = false;
    units->unit_n--;
}

/* After trouble: nobody, nothing. */
static void units_empty(struct amp_units *units)
{
    for (size_t id = 0; id < units->unit_cap; id++) {
        amp_units_remove(units, (uint32_t)id);
    }
    assert(units->live_anchors == 0 && units->stale_n == 0 && units->buckets.marks == 0);
}

/* The anchors of where the crew stands by now; new ones are stale until settled. */
static amp_err unit_anchor(struct amp_units *units, struct amp_road_query *query, uint32_t id)
{
    struct amp_unit_here *unit = &units->unit[id];
    struct amp_seed *seed = query->seed[0];
    uint32_t want[AMP_UNIT_ENDS] = {AMP_ROAD_NONE, AMP_ROAD_NONE};
    uint32_t left[AMP_UNIT_ENDS] = {AMP_ROAD_NONE, AMP_ROAD_NONE};
    size_t n = unit->on_road ? amp_seeds_from(units->metric, &unit->road, seed) : 0;
    assert(n <= AMP_UNIT_ENDS);
    for (size_t i = 0; i < n; i++) {
        uint32_t e = seed[i].base & 1;
        want[e] = seed[i].node;
        unit->end[e].rest_ms = seed[i].cost_ms;
    }
    for (uint32_t e = 0; e < AMP_UNIT_ENDS; e++) {
        uint32_t a = unit->end[e].anchor, link = id * AMP_UNIT_ENDS + e;
        if (a != AMP_ROAD_NONE && units->anchor[a].node == want[e]) {
            units->anchor[a].capabilities |= unit->capabilities;
            continue; /* it moved along its road, if at all */
        }
        end_leave(units, link);
        left[e] = a;
        uint32_t b = want[e] == AMP_ROAD_NONE ? AMP_ROAD_NONE : anchor_find(units, want[e]);
        if (want[e] != AMP_ROAD_NONE && b == AMP_ROAD_NONE) {
            amp_err err = anchor_make(units, want[e], &b);
            if (err) {
                anchor_tidy(units, left[0]);
                anchor_tidy(units, left[1]);
                return err;
            }
        }
        if (b != AMP_ROAD_NONE) {
            end_join(units, link, b);
        }
    }
    anchor_tidy(units, left[0]);
    if (left[1] != left[0]) {
        anchor_tidy(units, left[1]);
    }
    return AMP_OK;
}

/* On the road where it was put, or on the next one that is open. */
static void unit_stand(struct amp_units *units, uint32_t id)
{
    struct amp_unit_here *unit = &units->unit[id];
    struct amp_snap moved;
    const struct amp_snap *open = NULL;
    bool there = amp_snap_move(units->metric, &unit->asked, &moved, &open);
    bool stays = there && unit->on_road && unit->road.segment == open->segment;
    if (!stays) {
        segment_leave(units, id);
    }
    if (there) {
        unit->road = *open;
    }
    if (there && !stays) {
        segment_join(units, id);
    }
}

static amp_err unit_put(struct amp_units *units, struct amp_road_query *query,
                        const struct amp_unit_place *place)
{
    if (place->id >= AMP_UNITS_LIVE) {
        return AMP_E_LIMIT;
    }
    amp_err err =
        list_grow((void **)&units->unit, &units->unit_cap, place->id, sizeof(*units->unit));
    if (err) {
        return err;
    }
    struct amp_unit_here *unit = &units->unit[place->id];
    if (!unit->used) {
        *unit = (struct amp_unit_here){.used = true};
        for (uint32_t e = 0; e < AMP_UNIT_ENDS; e++) {
            unit->end[e].anchor = AMP_ROAD_NONE;
        }
        units->unit_n++;
        able_count(units, place->capabilities, true);
    } else if (unit->capabilities != place->capabilities) {
        able_count(units, unit->capabilities, false);
        able_count(units, place->capabilities, true);
    }
    unit->capabilities = place->capabilities;
    unit->asked = place->snap;
    unit_stand(units, place->id);
    err = unit_anchor(units, query, place->id);
    if (err) {
        amp_units_remove(units, place->id);
    }
    return err;
}

amp_err amp_units_put(struct amp_units *units, struct amp_road_query *query,
                      const struct amp_unit_place *place)
{
    amp_err err = unit_put(units, query, place);
    if (!err && units->stale_n > 0) {
        err = anchors_settle(units, query);
        if (err) { /* the stale anchors are its own */
            amp_units_remove(units, place->id);
        }
    }
    return err;
}

amp_err amp_units_fill(struct amp_units *units, struct amp_road_query *query,
                       const struct amp_unit_place *place, size_t n)
{
    amp_err err = AMP_OK;
    for (size_t i = 0; i < n && !err; i++) {
        err = unit_put(units, query, &place[i]);
    }
    if (!err) {
        err = anchors_settle(units, query);
    }
    if (err) {
        units_empty(units);
    }
    return err;
}

/* ---- other weights ---- */

enum touch { /* of a node, in query->known */
    UNSEEN,
    TOUCHED, /* its weights changed */
    CLEAN,   /* nothing did, from it to the root */
    BELOW    /* something above it did */
};

/* Has anything changed from a node to the root? What is seen on the way is noted in `seen`, so that
 * no node is passed twice. */
static bool chain_touched(const struct amp_roads *rd, uint8_t *known, uint32_t node, uint32_t *seen,
                          uint32_t *seen_n)
{
    uint32_t begin = *seen_n;
    uint32_t at = node;
    while (known[at] == UNSEEN) {
        uint32_t first = rd->up_first[at];
        known[at] = CLEAN;
        seen[(*seen_n)++] = at;
        at = first < rd->up_first[at + 1] ? rd->up_head[first] : at;
    }
    if (known[at] == CLEAN) {
        return false;
    }
    for (uint32_t i = begin; i < *seen_n; i++) {
        known[seen[i]] = BELOW;
    }
    return true;
}

static amp_err anchors_touch(struct amp_units *units, struct amp_road_query *query,
                             const uint32_t *changed, size_t n)
{
    const struct amp_roads *rd = units->metric->roads;
    uint32_t *seen = query->side[1].visited, seen_n = 0;
    amp_err err = AMP_OK;
    assert(query->side[1].visited_n == 0);
    for (size_t i = 0; i < n && changed != NULL; i++) {
        query->known[changed[i]] = TOUCHED;
    }
    for (size_t a = 0; a < units->anchor_n && !err; a++) {
        struct amp_anchor *anchor = &units->anchor[a];
        bool live = anchor->mark_n > 0 && !anchor->stale;
        if (live &&
            (changed == NULL || chain_touched(rd, query->known, anchor->node, seen, &seen_n))) {
            err = anchor_stale(units, (uint32_t)a);
        }
    }
    for (uint32_t i = 0; i < seen_n; i++) {
        query->known[seen[i]] = UNSEEN;
    }
    for (size_t i = 0; i < n && changed != NULL; i++) {
        query->known[changed[i]] = UNSEEN;
    }
    return err;
}

amp_err amp_units_refresh(struct amp_units *units, struct amp_road_query *query,
                          struct amp_metric *metric, const uint32_t *changed, size_t n)
{
    assert(metric->roads->life->graph == units->metric->roads->life->graph);
    struct amp_metric *before = units->metric;
    units->metric = amp_metric_ref(metric);
    amp_metric_unref(before);
    amp_err err = anchors_touch(units, query, changed, n);
    for (size_t id = 0; id < units->unit_cap && !err; id++) {
        if (units->unit[id].used) {
            unit_stand(units, (uint32_t)id);
            err = unit_anchor(units, query, (uint32_t)id);
        }
    }
    if (!err) {
        err = anchors_settle(units, query);
    }
    if (err) {
        units_empty(units);
    }
    return err;
}
