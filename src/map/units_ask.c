/* Questions to the crews on the road: who is there first, and how long each of some takes. */
#include "map/units_in.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEW = 24 /* as many crews with a rare capability are looked at one by one */
};

struct search {
    const struct amp_units *units;
    const struct amp_units_ask *ask;
    struct amp_unit_time *best; /* ascending by time and id, a crew once */
    size_t n, cap;
    uint32_t bound; /* who takes longer is not among them */
};

/* ---- the list of the soonest ---- */

static bool before(const struct amp_unit_time *a, const struct amp_unit_time *b)
{
    return a->time_ms != b->time_ms ? a->time_ms < b->time_ms : a->id < b->id;
}

static void offer(struct search *s, uint32_t id, uint32_t time_ms)
{
    struct amp_unit_time fresh = {id, time_ms};
    size_t same = 0;
    while (same < s->n && s->best[same].id != id) {
        same++;
    }
    if (same < s->n && s->best[same].time_ms <= time_ms) {
        return;
    }
    if (same == s->n) { /* a new crew: it goes to the end, or takes the place of the last */
        if (s->n == s->cap && !before(&fresh, &s->best[s->n - 1])) {
            return;
        }
        same = s->n < s->cap ? s->n++ : s->n - 1;
    }
    for (; same > 0 && before(&fresh, &s->best[same - 1]); same--) {
        s->best[same] = s->best[same - 1];
    }
    s->best[same] = fresh;
    if (s->n >= s->ask->k) {
        s->bound = s->best[s->ask->k - 1].time_ms;
        while (s->n > s->ask->k && s->best[s->n - 1].time_ms > s->bound) {
            s->n--;
        }
    }
}

static bool wanted(const struct search *s, uint32_t id)
{
    const struct amp_units_ask *ask = s->ask;
    if (ask->mask == NULL) {
        return (s->units->unit[id].capabilities & ask->capabilities) == ask->capabilities;
    }
    return id < ask->id_n && ask->mask[id] != 0 &&
           (ask->mask[id] & ask->capabilities) == ask->capabilities;
}

static void unit_offer(struct search *s, uint32_t id, uint32_t time_ms)
{
    if (s->ask->extra_ms != NULL && id < s->ask->id_n) {
        time_ms = amp_ms_add(time_ms, s->ask->extra_ms[id]);
    }
    if (time_ms <= s->bound && time_ms < AMP_ROAD_INF && wanted(s, id)) {
        offer(s, id, time_ms);
    }
}

/* ---- the sweep ---- */

/* Who stands below this anchor, which is time_ms from the incident. */
static void anchor_offer(struct search *s, const struct amp_anchor *anchor, uint32_t time_ms)
{
    const struct amp_unit_here *unit = s->units->unit;
    uint64_t capabilities = s->ask->capabilities;
    if (s->ask->mask == NULL && (anchor->capabilities & capabilities) != capabilities) {
        return;
    }
    for (uint32_t link = anchor->member; link != AMP_ROAD_NONE;) {
        uint32_t id = link / AMP_UNIT_ENDS;
        const struct amp_unit_end *end = &unit[id].end[link % AMP_UNIT_ENDS];
        unit_offer(s, id, amp_ms_add(time_ms, end->rest_ms));
        link = end->next;
    }
}

static void bucket_scan(struct search *s, uint32_t node, uint32_t here_ms)
{
    const struct amp_bucket *bucket = &s->units->buckets.of[node];
    if (bucket->n == 0) {
        return; /* there may be no pool yet */
    }
    const uint64_t *word = &s->units->buckets.pool[bucket->first];
    for (uint32_t i = 0; i < bucket->n; i++) {
        uint32_t time_ms = (uint32_t)(word[i] >> 32) + here_ms;
        if (time_ms > s->bound) {
            break;
        }
        anchor_offer(s, &s->units->anchor[(uint32_t)word[i]], time_ms);
    }
}

/* From the incident to the root, backwards. Where even the incident is farther than the last of the
 * soonest there is nothing to find, nor beyond. */
static void sweep(struct search *s, struct amp_road_query *query, size_t seed_n)
{
    const struct amp_metric *metric = s->units->metric;
    const struct amp_roads *rd = metric->roads;
    uint32_t *dist = query->side[1].dist;
    for (size_t i = 0; i < seed_n; i++) {
        const struct amp_seed *seed = &query->seed[1][i];
        query->front[i] = seed->node;
        dist[seed->node] = seed->cost_ms < dist[seed->node] ? seed->cost_ms : dist[seed->node];
    }
    while (seed_n > 0) {
        uint32_t node = amp_front_next(rd, query->front, &seed_n);
        uint32_t here = dist[node];
        dist[node] = AMP_ROAD_INF;
        if (here > s->bound || here >= AMP_ROAD_INF) {
            continue;
        }
        bucket_scan(s, node, here);
        for (uint32_t i = rd->up_first[node]; i < rd->up_first[node + 1]; i++) {
            uint32_t there = here + metric->down[i], head = rd->up_head[i];
            dist[head] = there < dist[head] ? there : dist[head];
        }
    }
}

/* Those on the road of the incident need not leave it. */
static void direct_offer(struct search *s, const struct amp_snap *to)
{
    const struct amp_units *units = s->units;
    uint32_t id = units->seg_head[amp_unit_hash(to->segment)];
    for (; id != AMP_ROAD_NONE; id = units->unit[id].seg_next) {
        uint32_t base = AMP_ROAD_NONE;
        uint32_t time_ms = amp_direct_ms(units->metric, &units->unit[id].road, to, &base);
        if (time_ms < AMP_ROAD_INF) {
            unit_offer(s, id, time_ms);
        }
    }
}

/* ---- one by one ---- */

/* Where the sweep from the incident (in side 1) meets the marks of an anchor. */
static uint32_t anchor_time(const struct amp_anchor *anchor, const uint32_t *dist)
{
    uint32_t best = AMP_ROAD_INF;
    for (uint32_t i = 0; i < anchor->mark_n; i++) {
        uint32_t time_ms = anchor->mark[i].time_ms + dist[anchor->mark[i].node];
        best = time_ms < best ? time_ms : best;
    }
    return best;
}

static uint32_t unit_time(const struct amp_units *units, const struct amp_road_query *query,
                          const struct amp_snap *to, uint32_t id)
{
    const struct amp_unit_here *unit = &units->unit[id];
    uint32_t base = AMP_ROAD_NONE;
    uint32_t best =
        unit->on_road ? amp_direct_ms(units->metric, &unit->road, to, &base) : AMP_ROAD_INF;
    for (uint32_t e = 0; e < AMP_UNIT_ENDS; e++) {
        if (unit->end[e].anchor != AMP_ROAD_NONE) {
            const struct amp_anchor *anchor = &units->anchor[unit->end[e].anchor];
            uint32_t time_ms =
                amp_ms_add(unit->end[e].rest_ms, anchor_time(anchor, query->side[1].dist));
            best = time_ms < best ? time_ms : best;
        }
    }
    return best;
}

/* Is it less work to look at each crew that can do it? */
static bool is_rare(const struct amp_units *units, const struct amp_units_ask *ask)
{
    for (int bit = 0; bit < 64 && ask->mask == NULL; bit++) {
        if ((ask->capabilities >> bit & 1) && units->able[bit] <= FEW &&
            units->able[bit] < units->unit_n) {
            return true;
        }
    }
    return false;
}

static void rare_offer(struct search *s, struct amp_road_query *query, const struct amp_snap *to)
{
    const struct amp_units *units = s->units;
    for (uint32_t id = 0; id < units->unit_cap; id++) {
        if (units->unit[id].used && wanted(s, id)) {
            unit_offer(s, id, unit_time(units, query, to, id));
        }
    }
}

/* ---- the questions ---- */

size_t amp_units_first(struct amp_units *units, struct amp_road_query *query,
                       const struct amp_units_ask *ask, struct amp_unit_time *out, size_t cap)
{
    struct search s = {.units = units, .ask = ask, .best = out, .cap = cap, .bound = AMP_ROAD_INF};
    struct amp_snap moved;
    const struct amp_snap *to = NULL;
    assert(ask->k >= 1 && ask->k <= cap && units->stale_n == 0);
    if (!amp_snap_move(units->metric, ask->to, &moved, &to)) {
        return 0;
    }
    size_t seed_n = amp_seeds_to(units->metric, to, query->seed[1]);
    if (is_rare(units, ask)) {
        amp_cch_sweep(query, units->metric, 1, seed_n);
        rare_offer(&s, query, to);
        amp_cch_clear(&query->side[1]);
    } else {
        direct_offer(&s, to);
        sweep(&s, query, seed_n);
    }
    return s.n;
}

void amp_units_times(struct amp_units *units, struct amp_road_query *query,
                     const struct amp_snap *to, const uint32_t *id, size_t n, uint32_t *out_ms)
{
    struct amp_snap moved;
    const struct amp_snap *open = NULL;
    bool there = amp_snap_move(units->metric, to, &moved, &open);
    assert(units->stale_n == 0);
    if (there) {
        amp_cch_sweep(query, units->metric, 1, amp_seeds_to(units->metric, open, query->seed[1]));
    }
    for (size_t i = 0; i < n; i++) {
        out_ms[i] = there && amp_units_has(units, id[i]) ? unit_time(units, query, open, id[i])
                                                         : AMP_ROAD_INF;
    }
    amp_cch_clear(&query->side[1]);
}

amp_err amp_units_distances(struct amp_units *units, struct amp_road_query *query,
                            const struct amp_snap *to, const uint32_t *id, size_t n, double *out_m)
{
    struct amp_arena arena = amp_arena_make(AMP_UNITS_CALL);
    struct amp_snap moved;
    const struct amp_snap *open = NULL;
    bool there = amp_snap_move(units->metric, to, &moved, &open);
    amp_err err = AMP_OK;
    for (size_t i = 0; i < n && !err; i++) {
        struct amp_road_path path = {.time_ms = 0};
        out_m[i] = NAN;
        if (!there || !amp_units_has(units, id[i]) || !units->unit[id[i]].on_road) {
            continue;
        }
        err = amp_path_find(query, units->metric, &units->unit[id[i]].road, open, &arena, &path);
        uint64_t length_mm = 0;
        for (size_t k = 0; k < path.step_n; k++) {
            length_mm += path.step[k].length_mm;
        }
        if (!err) {
            out_m[i] = (double)length_mm / 1000.0;
        }
        err = err == AMP_E_NO_ROUTE ? AMP_OK : err;
        amp_arena_reset(&arena);
    }
    amp_arena_drop(&arena);
    return err;
}
