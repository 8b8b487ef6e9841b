/* The first stage of a road graph: the ways of an extract, cut into segments at vertices. */
#include "map/draft.h"

#include <math.h>
#include <string.h>

#define ARRAY_MAX ((size_t)AMP_ROAD_BUILD_GIB << 30)

void amp_draft_init(struct amp_road_draft *draft, const struct amp_osm *osm)
{
    *draft = (struct amp_road_draft){.osm = osm, .tags = amp_road_tags_of(osm)};
    draft->arena = amp_arena_make(ARRAY_MAX);
    struct amp_buf *const all[] = {&draft->way,      &draft->attr,    &draft->seg,
                                   &draft->point,    &draft->name,    &draft->rule,
                                   &draft->rule_arc, &draft->up_head, &draft->barrier};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        *all[i] = amp_buf_make(ARRAY_MAX);
    }
}

void amp_draft_finish(struct amp_road_draft *draft)
{
    struct amp_buf *const all[] = {&draft->way,      &draft->attr,    &draft->seg,
                                   &draft->point,    &draft->name,    &draft->rule,
                                   &draft->rule_arc, &draft->up_head, &draft->barrier};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        amp_buf_free(all[i]);
    }
    amp_arena_drop(&draft->arena);
}

/* The offset of a street name, each text stored once. */
static uint32_t name_put(struct amp_road_draft *draft, uint32_t text, uint32_t *offset_of)
{
    if (text == AMP_OSM_ABSENT) {
        return 0;
    }
    if (offset_of[text] == 0) {
        offset_of[text] = (uint32_t)draft->name.len;
        const char *name = amp_osm_text(draft->osm, text);
        amp_buf_put(&draft->name, name, strlen(name) + 1);
    }
    return offset_of[text];
}

/* Which ways are roads. */
static amp_err ways_collect(struct amp_road_draft *draft)
{
    const struct amp_osm *osm = draft->osm;
    uint32_t *offset_of = amp_arena_array(&draft->arena, osm->text_n, sizeof(uint32_t));
    draft->road_of = amp_arena_array(&draft->arena, (size_t)osm->way_n + 1, sizeof(uint32_t));
    if (offset_of == NULL || draft->road_of == NULL) {
        return AMP_E_NOMEM;
    }
    amp_buf_char(&draft->name, '\0');
    for (uint32_t i = 0; i < osm->way_n; i++) {
        struct amp_road_attr attr;
        memset(&attr, 0, sizeof(attr));
        draft->road_of[i] = AMP_ROAD_NONE;
        if (osm->way_ref_first[i + 1] - osm->way_ref_first[i] < 2 ||
            !amp_profile_way(&draft->tags, i, &attr)) {
            continue;
        }
        struct amp_road_way way = {.id = osm->way_id[i],
                                   .name = name_put(draft, attr.name, offset_of),
                                   .pass_percent = attr.pass_percent,
                                   .pass = attr.pass,
                                   .road_class = attr.road_class,
                                   .layer = attr.layer};
        draft->road_of[i] = draft->way_n++;
        amp_buf_put(&draft->way, &way, sizeof(way));
        amp_buf_put(&draft->attr, &attr, sizeof(attr));
    }
    return amp_buf_err(&draft->attr);
}

enum {
    USE_VERTEX = 2
}; /* uses of a node that make it a vertex */

static void use_add(uint8_t *use, uint32_t node, uint8_t more)
{
    use[node] = (uint8_t)(use[node] + more > USE_VERTEX ? USE_VERTEX : use[node] + more);
}

/* How often each OSM node is used by roads; ends, barriers and nodes named by restrictions count as
 * vertices at once. */
static void nodes_count(const struct amp_road_draft *draft, uint8_t *use)
{
    const struct amp_osm *osm = draft->osm;
    for (uint32_t i = 0; i < osm->way_n; i++) {
        uint32_t first = osm->way_ref_first[i], end = osm->way_ref_first[i + 1];
        if (draft->road_of[i] == AMP_ROAD_NONE) {
            continue;
        }
        for (uint32_t r = first; r < end; r++) {
            if (r == first || osm->way_ref[r] != osm->way_ref[r - 1]) {
                use_add(use, osm->way_ref[r], 1);
            }
            if (amp_osm_way_gap(osm, r)) { /* it ends here, and begins again there */
                use_add(use, osm->way_ref[r - 1], USE_VERTEX);
                use_add(use, osm->way_ref[r], USE_VERTEX);
            }
        }
        use_add(use, osm->way_ref[first], USE_VERTEX);
        use_add(use, osm->way_ref[end - 1], USE_VERTEX);
    }
    for (uint32_t i = 0; i < osm->rel_member_first[osm->rel_n]; i++) {
        const struct amp_osm_member *member = &osm->rel_member[i];
        if (member->kind == AMP_OSM_NODE && member->index != AMP_OSM_ABSENT &&
            use[member->index] > 0) {
            use_add(use, member->index, USE_VERTEX);
        }
    }
}

static amp_err vertices_make(struct amp_road_draft *draft, uint8_t *use)
{
    const struct amp_osm *osm = draft->osm;
    for (uint32_t i = 0; i < osm->node_n; i++) {
        draft->vertex_of[i] = AMP_ROAD_NONE;
        struct amp_barrier_attr attr;
        if (use[i] == 0) {
            continue;
        }
        bool barrier = amp_profile_node(&draft->tags, i, &attr);
        if (use[i] < USE_VERTEX && !barrier) {
            continue;
        }
        if (barrier) {
            struct amp_road_barrier row = {.vertex = draft->vertex_n, .pass = attr.pass};
            memcpy(row.cost_ms, attr.cost_ms, sizeof(row.cost_ms));
            amp_buf_put(&draft->barrier, &row, sizeof(row));
        }
        draft->vertex_of[i] = draft->vertex_n++;
    }
    draft->vertex_pos = amp_arena_array(&draft->arena, draft->vertex_n, sizeof(struct amp_pos));
    draft->vertex_id = amp_arena_array(&draft->arena, draft->vertex_n, sizeof(int64_t));
    if (draft->vertex_n > 0 && (draft->vertex_pos == NULL || draft->vertex_id == NULL)) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < osm->node_n; i++) {
        if (draft->vertex_of[i] != AMP_ROAD_NONE) {
            draft->vertex_pos[draft->vertex_of[i]] = osm->node_pos[i];
            draft->vertex_id[draft->vertex_of[i]] = amp_osm_node_id(osm, i);
        }
    }
    return amp_buf_err(&draft->barrier);
}

static uint32_t time_ms(double length_m, double kmh)
{
    if (!(kmh > 0)) {
        return AMP_ROAD_INF;
    }
    double ms = length_m * 3600.0 / kmh;
    return ms < 1 ? 1 : ms >= AMP_ROAD_INF ? AMP_ROAD_INF - 1 : (uint32_t)llround(ms);
}

static double way_length_m(const struct amp_osm *osm, uint32_t way)
{
    double length_m = 0;
    for (uint32_t r = osm->way_ref_first[way] + 1; r < osm->way_ref_first[way + 1]; r++) {
        length_m +=
            amp_pos_distance_m(osm->node_pos[osm->way_ref[r - 1]], osm->node_pos[osm->way_ref[r]]);
    }
    return length_m;
}

static void seg_put(struct amp_road_draft *draft, uint32_t road, struct amp_road_seg *seg,
                    double length_m)
{
    const struct amp_road_attr *attr =
        &((const struct amp_road_attr *)(const void *)draft->attr.data)[road];
    seg->way = road;
    seg->length_mm = (uint32_t)llround(fmin(length_m * 1000, (double)(AMP_ROAD_INF - 1)));
    for (int profile = 0; profile < AMP_PROFILE_COUNT; profile++) {
        for (int dir = 0; dir < 2; dir++) {
            seg->run_ms[profile][dir] = time_ms(length_m, attr->kmh[profile][dir]);
        }
    }
    amp_buf_put(&draft->seg, seg, sizeof(*seg));
    draft->seg_n++;
}

/* Cut one way at its vertices. */
static void way_cut(struct amp_road_draft *draft, uint32_t way)
{
    const struct amp_osm *osm = draft->osm;
    uint32_t first = osm->way_ref_first[way], end = osm->way_ref_first[way + 1];
    struct amp_road_seg seg = {.from = draft->vertex_of[osm->way_ref[first]]};
    seg.point_first = (uint32_t)(draft->point.len / sizeof(struct amp_pos));
    double length_m = 0;
    for (uint32_t r = first + 1; r < end; r++) {
        uint32_t node = osm->way_ref[r];
        if (amp_osm_way_gap(osm, r)) { /* both sides are vertices: nothing is begun */
            seg.from = draft->vertex_of[node];
            continue;
        }
        if (node == osm->way_ref[r - 1]) {
            continue;
        }
        length_m += amp_pos_distance_m(osm->node_pos[osm->way_ref[r - 1]], osm->node_pos[node]);
        seg.to = draft->vertex_of[node];
        if (seg.to == AMP_ROAD_NONE) {
            amp_buf_put(&draft->point, &osm->node_pos[node], sizeof(struct amp_pos));
            continue;
        }
        seg_put(draft, draft->road_of[way], &seg, length_m);
        seg.from = seg.to;
        seg.point_first = (uint32_t)(draft->point.len / sizeof(struct amp_pos));
        length_m = 0;
    }
}

static amp_err ways_cut(struct amp_road_draft *draft)
{
    const struct amp_osm *osm = draft->osm;
    struct amp_road_attr *attr = (struct amp_road_attr *)(void *)draft->attr.data;
    for (uint32_t i = 0; i < osm->way_n; i++) {
        uint32_t road = draft->road_of[i];
        if (road == AMP_ROAD_NONE) {
            continue;
        }
        if (attr[road].duration_s > 0) { /* a ferry that says how long it takes */
            double kmh = way_length_m(osm, i) / attr[road].duration_s * 3.6;
            for (int k = 0; k < 2 * AMP_PROFILE_COUNT; k++) {
                double *speed = &attr[road].kmh[k / 2][k % 2];
                *speed = *speed > 0 ? fmin(fmax(kmh, 1), AMP_KMH_MAX) : 0;
            }
        }
        draft->way_seg[road] = draft->seg_n;
        way_cut(draft, i);
        if (amp_buf_err(&draft->seg)) {
            return amp_buf_err(&draft->seg);
        }
    }
    draft->way_seg[draft->way_n] = draft->seg_n;
    struct amp_road_seg last = {.point_first =
                                    (uint32_t)(draft->point.len / sizeof(struct amp_pos))};
    amp_buf_put(&draft->seg, &last, sizeof(last));
    return amp_buf_err(&draft->seg) ? amp_buf_err(&draft->seg) : amp_buf_err(&draft->point);
}

static bool base_exists(const struct amp_road_seg *seg, uint32_t base)
{
    const struct amp_road_seg *one = &seg[base >> 1];
    for (int profile = 0; profile < AMP_PROFILE_COUNT; profile++) {
        if (one->run_ms[profile][base & 1] < AMP_ROAD_INF) {
            return true;
        }
    }
    return false;
}

/* Which base arcs leave each vertex. */
static amp_err outs_make(struct amp_road_draft *draft)
{
    const struct amp_road_seg *seg = amp_draft_seg(draft);
    size_t base_n = 2 * (size_t)draft->seg_n;
    draft->out_first =
        amp_arena_array(&draft->arena, (size_t)draft->vertex_n + 2, sizeof(uint32_t));
    draft->out_arc = amp_arena_array(&draft->arena, base_n + 1, sizeof(uint32_t));
    if (draft->out_first == NULL || draft->out_arc == NULL) {
        return AMP_E_NOMEM;
    }
    uint32_t *next = draft->out_first + 1; /* becomes out_first by the counting below */
    for (uint32_t base = 0; base < base_n; base++) {
        if (base_exists(seg, base)) {
            next[amp_draft_tail(draft, base) + 1]++;
        }
    }
    for (uint32_t v = 0; v < draft->vertex_n; v++) {
        next[v + 1] += next[v];
    }
    for (uint32_t base = 0; base < base_n; base++) {
        if (base_exists(seg, base)) {
            draft->out_arc[next[amp_draft_tail(draft, base)]++] = base;
        }
    }
    return AMP_OK;
}

amp_err amp_draft_segments(struct amp_road_draft *draft, struct amp_why *why)
{
    size_t node_n = (size_t)draft->osm->node_n + 1;
    uint8_t *use = amp_arena_array(&draft->arena, node_n, 1);
    draft->vertex_of = amp_arena_array(&draft->arena, node_n, sizeof(uint32_t));
    amp_err err = use == NULL || draft->vertex_of == NULL ? AMP_E_NOMEM : ways_collect(draft);
    if (!err) {
        nodes_count(draft, use);
        err = vertices_make(draft, use);
    }
    if (!err) {
        draft->way_seg = amp_arena_array(&draft->arena, (size_t)draft->way_n + 1, sizeof(uint32_t));
        err = draft->way_seg == NULL ? AMP_E_NOMEM : ways_cut(draft);
    }
    if (!err) {
        err = outs_make(draft);
    }
    if (err) {
        return amp_fail(why, err, "not enough memory to cut the roads of the map into segments");
    }
    return AMP_OK;
}
