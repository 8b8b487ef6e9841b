/*
 * Opening the road sections: every index is checked once, so that nothing later has to.
 *
 * A file with right CRCs may still be hostile; the numbered invariants of map/roads_in.h are what
 * the rest of the module relies on.
 */
#include "map/draft.h"

#include <stdlib.h>
#include <string.h>

/* Sections one after another; the first error stays. */
struct getting {
    const struct amp_amap *amap;
    struct amp_why *why;
    amp_err err;
};

static const void *get(struct getting *from, const char *name, size_t size, size_t *count)
{
    const void *data = NULL;
    if (!from->err) {
        from->err = amp_amap_section(from->amap, name, size, &data, count, from->why);
    }
    return data;
}

static amp_err sections_get(const struct amp_amap *amap, struct amp_roads *rd, size_t *extra,
                            struct amp_why *why)
{
    struct getting from = {amap, why, AMP_OK};
    size_t meta_n = 0;
    size_t word = sizeof(uint32_t);
    rd->meta = get(&from, "rd.meta", sizeof(*rd->meta), &meta_n);
    rd->vertex_pos = get(&from, "rd.vpos", sizeof(struct amp_pos), &rd->vertex_n);
    rd->vertex_id = get(&from, "rd.vid", sizeof(int64_t), &extra[0]);
    rd->root = get(&from, "rd.root", word, &extra[1]);
    rd->barrier = get(&from, "rd.bar", sizeof(*rd->barrier), &rd->barrier_n);
    rd->seg = get(&from, "rd.seg", sizeof(*rd->seg), &rd->seg_n);
    rd->point = get(&from, "rd.point", sizeof(struct amp_pos), &rd->point_n);
    rd->way = get(&from, "rd.way", sizeof(*rd->way), &rd->way_n);
    rd->kind = get(&from, "rd.kind", sizeof(*rd->kind), &rd->kind_n);
    rd->cond = get(&from, "rd.cond", sizeof(*rd->cond), &rd->cond_n);
    rd->hour = get(&from, "rd.hour", sizeof(*rd->hour), &rd->hour_n);
    rd->turn = get(&from, "rd.turn", sizeof(*rd->turn), &rd->turn_n);
    rd->name = get(&from, "rd.name", 1, &rd->name_n);
    rd->node_vertex = get(&from, "rd.node", word, &rd->node_n);
    rd->arc_first = get(&from, "rd.arc1", word, &extra[2]);
    rd->arc_head = get(&from, "rd.archd", word, &rd->arc_n);
    rd->arc_base = get(&from, "rd.arcbs", word, &extra[3]);
    rd->arc_mask = rd->arc_mask_file = get(&from, "rd.arcmk", 1, &extra[4]);
    rd->up_first = get(&from, "rd.up1", word, &extra[5]);
    rd->up_head = get(&from, "rd.uphd", word, &rd->up_n);
    rd->item = get(&from, "rd.item", sizeof(*rd->item), &rd->item_n);
    rd->box = get(&from, "rd.box", sizeof(*rd->box), &rd->box_n);
    if (from.err) {
        return from.err;
    }
    if (meta_n != 1 || rd->seg_n == 0 || rd->name_n == 0) {
        return amp_fail(why, AMP_E_CORRUPT, "the map's road sections are incomplete");
    }
    rd->seg_n--; /* the last one only ends the points */
    return AMP_OK;
}

static bool counts_fit(const struct amp_roads *rd, const size_t *extra)
{
    return extra[0] == rd->vertex_n && extra[1] == rd->vertex_n && extra[2] == rd->node_n + 1 &&
           extra[3] == rd->arc_n && extra[4] == rd->arc_n && extra[5] == rd->node_n + 1 &&
           rd->vertex_n < AMP_ROAD_INF && rd->node_n < AMP_ROAD_INF && rd->arc_n < AMP_ROAD_INF &&
           rd->up_n < AMP_ROAD_INF && rd->seg_n < AMP_ROAD_INF / 2 && rd->point_n < AMP_ROAD_INF &&
           rd->item_n < AMP_ROAD_INF && rd->name_n < AMP_ROAD_INF && rd->kind_n < AMP_ROAD_INF &&
           rd->cond_n < AMP_ROAD_INF && rd->hour_n < AMP_ROAD_INF;
}

static bool firsts_fit(const uint32_t *first, size_t n, size_t end)
{
    for (size_t i = 0; i < n; i++) {
        if (first[i] > first[i + 1]) {
            return false;
        }
    }
    return first[0] == 0 && first[n] == end;
}

static bool all_below(const uint32_t *value, size_t n, size_t limit)
{
    for (size_t i = 0; i < n; i++) {
        if (value[i] >= limit) {
            return false;
        }
    }
    return true;
}

static bool positions_fit(const struct amp_pos *pos, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!amp_pos_valid(pos[i].lat_e7, pos[i].lon_e7)) {
            return false;
        }
    }
    return true;
}

static bool segs_fit(const struct amp_roads *rd)
{
    for (size_t i = 0; i < rd->seg_n; i++) {
        const struct amp_road_seg *seg = &rd->seg[i];
        if (seg->from >= rd->vertex_n || seg->to >= rd->vertex_n || seg->way >= rd->way_n ||
            seg->point_first > seg[1].point_first || seg->length_mm >= AMP_ROAD_INF ||
            seg->kind >= rd->kind_n) {
            return false;
        }
    }
    return rd->seg[0].point_first == 0 && rd->seg[rd->seg_n].point_first == rd->point_n;
}

static bool pass_fits(uint8_t pass)
{
    return pass <= AMP_PASS_COUNT;
}

static bool hours_fit(const struct amp_roads *rd, uint32_t first, uint8_t n)
{
    return first <= rd->hour_n && n <= rd->hour_n - first;
}

/* Invariant 6. */
static bool kinds_fit(const struct amp_roads *rd)
{
    for (size_t i = 0; i < rd->kind_n; i++) {
        const struct amp_road_kind *kind = &rd->kind[i];
        if (!amp_road_kind_fits(kind) || kind->cond_first > rd->cond_n ||
            kind->cond_n > rd->cond_n - kind->cond_first) {
            return false;
        }
    }
    for (size_t i = 0; i < rd->cond_n; i++) {
        if (!amp_road_cond_fits(&rd->cond[i]) ||
            !hours_fit(rd, rd->cond[i].hour_first, rd->cond[i].hour_n)) {
            return false;
        }
    }
    for (size_t i = 0; i < rd->hour_n; i++) {
        if (!amp_hours_row_fits(&rd->hour[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < rd->turn_n; i++) {
        const struct amp_road_turn_cond *turn = &rd->turn[i];
        if (turn->arc >= rd->arc_n || (i > 0 && turn[-1].arc > turn->arc) ||
            !amp_size_test_fits(&turn->test) || !hours_fit(rd, turn->hour_first, turn->hour_n)) {
            return false;
        }
    }
    return true;
}

static bool ways_fit(const struct amp_roads *rd)
{
    if (rd->name[rd->name_n - 1] != '\0' || rd->name[0] != '\0') {
        return false;
    }
    for (size_t i = 0; i < rd->way_n; i++) {
        const struct amp_road_way *way = &rd->way[i];
        if (way->name >= rd->name_n || way->ref >= rd->name_n ||
            way->road_class >= amp_road_class_count()) {
            return false;
        }
    }
    for (size_t i = 0; i < rd->barrier_n; i++) {
        const struct amp_road_barrier *row = &rd->barrier[i];
        if (row->vertex >= rd->vertex_n || (i > 0 && row[-1].vertex >= row->vertex) ||
            !pass_fits(row->pass)) {
            return false;
        }
    }
    return true;
}

static bool arcs_fit(const struct amp_roads *rd)
{
    if (!firsts_fit(rd->arc_first, rd->node_n, rd->arc_n) ||
        !all_below(rd->arc_head, rd->arc_n, rd->node_n) ||
        !all_below(rd->arc_base, rd->arc_n, 2 * rd->seg_n) ||
        !all_below(rd->node_vertex, rd->node_n, rd->vertex_n) ||
        !all_below(rd->root, rd->vertex_n, rd->node_n)) {
        return false;
    }
    for (size_t v = 0; v < rd->vertex_n; v++) {
        if (rd->node_vertex[rd->root[v]] != v) {
            return false;
        }
    }
    for (size_t node = 0; node < rd->node_n; node++) {
        for (uint32_t a = rd->arc_first[node]; a < rd->arc_first[node + 1]; a++) {
            if (amp_base_tail(rd, rd->arc_base[a]) != rd->node_vertex[node] ||
                amp_base_head(rd, rd->arc_base[a]) != rd->node_vertex[rd->arc_head[a]]) {
                return false;
            }
        }
    }
    return true;
}

/* Invariant 3: sorted, higher, and all but the parent known to the parent. */
static bool ups_fit(const struct amp_roads *rd)
{
    if (!firsts_fit(rd->up_first, rd->node_n, rd->up_n) ||
        !all_below(rd->up_head, rd->up_n, rd->node_n)) {
        return false;
    }
    for (uint32_t node = 0; node < rd->node_n; node++) {
        uint32_t begin = rd->up_first[node], end = rd->up_first[node + 1];
        for (uint32_t i = begin; i < end; i++) {
            if (rd->up_head[i] <= (i == begin ? node : rd->up_head[i - 1])) {
                return false;
            }
        }
        if (end - begin < 2) {
            continue;
        }
        uint32_t parent = rd->up_head[begin];
        uint32_t at = rd->up_first[parent], parent_end = rd->up_first[parent + 1];
        for (uint32_t i = begin + 1; i < end; i++, at++) {
            while (at < parent_end && rd->up_head[at] < rd->up_head[i]) {
                at++;
            }
            if (at == parent_end || rd->up_head[at] != rd->up_head[i]) {
                return false;
            }
        }
    }
    return true;
}

/* The rest of invariant 3: as many nodes below a root as there are numbers down to the lowest. */
static amp_err subtrees_check(const struct amp_roads *rd, bool *out_fit)
{
    uint32_t *lowest = calloc(rd->node_n + 1, sizeof(*lowest));
    uint32_t *size = calloc(rd->node_n + 1, sizeof(*size));
    bool fit = true;
    if (lowest == NULL || size == NULL) {
        free(lowest);
        free(size);
        return AMP_E_NOMEM;
    }
    for (uint32_t v = 0; v < rd->node_n; v++) {
        lowest[v] = v;
        size[v] = 1;
    }
    for (uint32_t v = 0; v < rd->node_n && fit; v++) {
        fit = v - lowest[v] + 1 == size[v];
        if (rd->up_first[v] < rd->up_first[v + 1]) {
            uint32_t parent = rd->up_head[rd->up_first[v]];
            lowest[parent] = lowest[v] < lowest[parent] ? lowest[v] : lowest[parent];
            size[parent] += size[v];
        }
    }
    free(lowest);
    free(size);
    *out_fit = fit;
    return AMP_OK;
}

static bool tree_fits(struct amp_roads *rd)
{
    rd->level_n = amp_tree_levels(rd->item_n, rd->level_first);
    if (rd->level_first[rd->level_n] != rd->box_n) {
        return false;
    }
    for (size_t i = 0; i < rd->item_n; i++) {
        if (rd->item[i].seg >= rd->seg_n ||
            rd->item[i].piece + UINT64_C(1) >= amp_seg_points(rd, rd->item[i].seg)) {
            return false;
        }
    }
    return true;
}

/* Invariant 4, and the table that goes with it. */
static bool arc_ups_make(struct amp_roads *rd)
{
    for (uint32_t node = 0; node < rd->node_n; node++) {
        for (uint32_t a = rd->arc_first[node]; a < rd->arc_first[node + 1]; a++) {
            uint32_t head = rd->arc_head[a];
            uint32_t low = node < head ? node : head, high = node < head ? head : node;
            rd->arc_tail[a] = node;
            rd->arc_up[a] = AMP_ROAD_NONE;
            uint32_t begin = rd->up_first[low], end = rd->up_first[low + 1];
            while (begin < end) {
                uint32_t mid = begin + (end - begin) / 2;
                if (rd->up_head[mid] < high) {
                    begin = mid + 1;
                } else {
                    end = mid;
                }
            }
            if (low == high) {
                continue;
            }
            if (begin == rd->up_first[low + 1] || rd->up_head[begin] != high) {
                return false;
            }
            rd->arc_up[a] = begin;
        }
    }
    return true;
}

void amp_group_by(const uint32_t *key, size_t key_n, size_t n, uint32_t *first, uint32_t *out)
{
    uint32_t *next = first + 1;
    for (size_t i = 0; i < key_n; i++) {
        next[key[i] + 1]++;
    }
    for (size_t k = 0; k < n; k++) {
        next[k + 1] += next[k];
    }
    for (uint32_t i = 0; i < key_n; i++) {
        out[next[key[i]]++] = i;
    }
}

static amp_err tables_alloc(struct amp_roads *rd)
{
    struct amp_arena *arena = &rd->arena;
    size_t word = sizeof(uint32_t);
    rd->arc_tail = amp_arena_array(arena, rd->arc_n + 1, word);
    rd->arc_up = amp_arena_array(arena, rd->arc_n + 1, word);
    rd->base_first = amp_arena_array(arena, 2 * rd->seg_n + 2, word);
    rd->base_arc = amp_arena_array(arena, rd->arc_n + 1, word);
    rd->up_tail = amp_arena_array(arena, rd->up_n + 1, word);
    rd->down_first = amp_arena_array(arena, rd->node_n + 2, word);
    rd->down_arc = amp_arena_array(arena, rd->up_n + 1, word);
    rd->vertex_barrier = amp_arena_array(arena, rd->vertex_n + 1, word);
    rd->toll = amp_arena_array(arena, rd->vertex_n + 1, 1);
    rd->connected = amp_arena_array(arena, rd->seg_n + 1, 1);
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

static void tolls_fill(struct amp_roads *rd)
{
    enum {
        ROAD = 4,
        FERRY = 8
    };
    for (uint32_t seg = 0; seg < rd->seg_n; seg++) {
        bool ferry = amp_road_class_is_ferry(rd->way[rd->seg[seg].way].road_class);
        rd->toll[rd->seg[seg].from] |= ferry ? FERRY : ROAD;
        rd->toll[rd->seg[seg].to] |= ferry ? FERRY : ROAD;
    }
    for (uint32_t v = 0; v < rd->vertex_n; v++) {
        bool landing = rd->toll[v] == (ROAD | FERRY);
        bool barrier = rd->vertex_barrier[v] != AMP_ROAD_NONE;
        rd->toll[v] =
            (uint8_t)((landing ? AMP_TOLL_LANDING : 0) | (barrier ? AMP_TOLL_BARRIER : 0));
    }
}

static void tables_fill(struct amp_roads *rd)
{
    for (uint32_t node = 0; node < rd->node_n; node++) {
        for (uint32_t i = rd->up_first[node]; i < rd->up_first[node + 1]; i++) {
            rd->up_tail[i] = node;
        }
        uint32_t ups = rd->up_first[node + 1] - rd->up_first[node];
        rd->up_most = ups > rd->up_most ? ups : rd->up_most;
    }
    amp_group_by(rd->arc_base, rd->arc_n, 2 * rd->seg_n, rd->base_first, rd->base_arc);
    amp_group_by(rd->up_head, rd->up_n, rd->node_n, rd->down_first, rd->down_arc);
    memset(rd->vertex_barrier, 0xff, (rd->vertex_n + 1) * sizeof(uint32_t)); /* AMP_ROAD_NONE */
    for (uint32_t i = 0; i < rd->barrier_n; i++) {
        rd->vertex_barrier[rd->barrier[i].vertex] = i;
    }
    tolls_fill(rd);
    uint32_t most = 1;
    for (uint32_t seg = 0; seg < rd->seg_n; seg++) {
        uint32_t arcs = rd->base_first[2 * seg + 2] - rd->base_first[2 * seg];
        most = arcs > most ? arcs : most;
    }
    rd->seeds_max = most;
}

struct amp_roads *amp_roads_alloc(void)
{
    struct amp_roads *rd = calloc(1, sizeof(*rd));
    struct amp_roads_life *life = calloc(1, sizeof(*life));
    if (rd == NULL || life == NULL) {
        free(rd);
        free(life);
        return NULL;
    }
    atomic_init(&life->refs, 1);
    life->self = rd;
    life->graph = rd;
    rd->life = life;
    return rd;
}

amp_err amp_roads_open(const struct amp_amap *amap, struct amp_roads **out, struct amp_why *why)
{
    struct amp_roads *rd = amp_roads_alloc();
    if (rd == NULL) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory to open the roads of the map");
    }
    rd->arena = amp_arena_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    size_t extra[6] = {0};
    amp_err err = sections_get(amap, rd, extra, why);
    if (!err && !(counts_fit(rd, extra) && positions_fit(rd->vertex_pos, rd->vertex_n) &&
                  positions_fit(rd->point, rd->point_n) && segs_fit(rd) && ways_fit(rd) &&
                  kinds_fit(rd) && arcs_fit(rd) && ups_fit(rd) && tree_fits(rd))) {
        err = amp_fail(why, AMP_E_CORRUPT,
                       "the road sections of the map contradict each other; build the map again");
    }
    bool subtrees_fit = true;
    if (!err && ((err = tables_alloc(rd)) != AMP_OK ||
                 (err = subtrees_check(rd, &subtrees_fit)) != AMP_OK)) {
        (void)amp_fail(why, err, "not enough memory to open the roads of the map");
    }
    if (!err && !(subtrees_fit && arc_ups_make(rd))) {
        err = amp_fail(why, AMP_E_CORRUPT,
                       "the order of the map's roads does not fit them; build the map again");
    }
    if (!err) {
        tables_fill(rd);
        err = amp_roads_tune(rd, NULL, NULL, why);
    }
    if (err) {
        amp_roads_close(rd);
        return err;
    }
    *out = rd;
    return AMP_OK;
}

void amp_roads_unref(const struct amp_roads *roads)
{
    while (roads != NULL &&
           atomic_fetch_sub_explicit(&roads->life->refs, 1, memory_order_acq_rel) == 1) {
        struct amp_roads *self = roads->life->self;
        roads = roads->life->graph != self ? roads->life->graph : NULL;
        free(self->life);
        amp_arena_drop(&self->arena);
        free(self);
    }
}

void amp_roads_close(struct amp_roads *roads)
{
    amp_roads_unref(roads);
}

struct amp_road_counts amp_roads_counts(const struct amp_roads *roads)
{
    return (struct amp_road_counts){.nodes = roads->node_n,
                                    .arcs = roads->arc_n,
                                    .segments = roads->seg_n,
                                    .restrictions = roads->meta->restrictions,
                                    .restrictions_dropped = roads->meta->restrictions_dropped,
                                    .conditions = roads->meta->conditions,
                                    .conditions_unread = roads->meta->conditions_unread};
}
