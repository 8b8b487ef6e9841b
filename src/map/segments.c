/* The first stage of a road graph: the ways of an extract, cut into segments at vertices. */
#include "map/draft.h"

#include <math.h>
#include <string.h>

#define ARRAY_MAX ((size_t)AMP_ROAD_BUILD_GIB << 30)

void amp_draft_init(struct amp_road_draft *draft, const struct amp_osm *osm)
{
    *draft = (struct amp_road_draft){.osm = osm, .tags = amp_road_tags_of(osm)};
    draft->arena = amp_arena_make(ARRAY_MAX);
    struct amp_buf *const all[] = {
        &draft->way,       &draft->way_kind, &draft->kind,    &draft->cond,   &draft->hour,
        &draft->seg,       &draft->point,    &draft->name,    &draft->rule,   &draft->rule_arc,
        &draft->turn_cond, &draft->turn,     &draft->up_head, &draft->barrier};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        *all[i] = amp_buf_make(ARRAY_MAX);
    }
}

void amp_draft_finish(struct amp_road_draft *draft)
{
    struct amp_buf *const all[] = {
        &draft->way,       &draft->way_kind, &draft->kind,    &draft->cond,   &draft->hour,
        &draft->seg,       &draft->point,    &draft->name,    &draft->rule,   &draft->rule_arc,
        &draft->turn_cond, &draft->turn,     &draft->up_head, &draft->barrier};
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

/* ---- kinds ---- */

static const struct amp_road_kind *draft_kind(const struct amp_road_draft *draft)
{
    return (const struct amp_road_kind *)(const void *)draft->kind.data;
}

static uint32_t kind_hash(const struct amp_road_kind *kind)
{
    const uint8_t *byte = (const uint8_t *)kind;
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (size_t i = 0; i < sizeof(*kind); i++) {
        hash = (hash ^ byte[i]) * 16777619U;
    }
    return hash;
}

/* The number of a kind; those with conditions are their way's own. */
static uint32_t kind_put(struct amp_road_draft *draft, const struct amp_road_kind *kind)
{
    uint32_t count = (uint32_t)(draft->kind.len / sizeof(*kind));
    uint32_t at = kind_hash(kind) & (draft->kind_slot_n - 1);
    while (kind->cond_n == 0 && draft->kind_slot[at] != 0) {
        uint32_t number = draft->kind_slot[at] - 1;
        if (memcmp(&draft_kind(draft)[number], kind, sizeof(*kind)) == 0) {
            return number;
        }
        at = (at + 1) & (draft->kind_slot_n - 1);
    }
    amp_buf_put(&draft->kind, kind, sizeof(*kind));
    if (kind->cond_n == 0) {
        draft->kind_slot[at] = count + 1;
    }
    return count;
}

static void conds_put(struct amp_road_draft *draft, struct amp_road_attr *attr)
{
    uint32_t hour_first = (uint32_t)(draft->hour.len / sizeof(struct amp_hours_row));
    attr->kind.cond_first = (uint32_t)(draft->cond.len / sizeof(struct amp_road_cond));
    attr->kind.cond_n = attr->cond_n;
    for (uint16_t i = 0; i < attr->cond_n; i++) {
        attr->cond[i].hour_first += hour_first;
    }
    amp_buf_put(&draft->cond, attr->cond, attr->cond_n * sizeof(attr->cond[0]));
    amp_buf_put(&draft->hour, attr->hour, attr->hour_n * sizeof(attr->hour[0]));
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

static const double FERRY_KMH_MIN = 0.1;

/* A ferry that says how long it takes has a pace of its own. */
static void ferry_pace(const struct amp_osm *osm, uint32_t way, struct amp_road_attr *attr)
{
    if (attr->duration_s > 0) {
        double kmh = way_length_m(osm, way) / attr->duration_s * 3.6;
        attr->kind.ferry_pace = amp_pace_of(fmin(fmax(kmh, FERRY_KMH_MIN), AMP_KMH_MAX));
    }
}

static uint32_t slots_for(uint32_t way_n)
{
    uint32_t slot_n = 1024;
    while (slot_n < 2 * (uint64_t)way_n && slot_n < (UINT32_C(1) << 31)) {
        slot_n *= 2;
    }
    return slot_n;
}

static void road_put(struct amp_road_draft *draft, uint32_t way, struct amp_road_attr *attr,
                     uint32_t *offset_of)
{
    ferry_pace(draft->osm, way, attr);
    if (attr->cond_n > 0) {
        conds_put(draft, attr);
    }
    draft->meta.conditions += attr->conditions;
    draft->meta.conditions_unread += attr->conditions_unread;
    bool named = attr->name != AMP_OSM_ABSENT;
    struct amp_road_way row = {.id = draft->osm->way_id[way],
                               .name = name_put(draft, named ? attr->name : attr->ref, offset_of),
                               .ref = named ? name_put(draft, attr->ref, offset_of) : 0,
                               .road_class = attr->kind.road_class,
                               .layer = attr->layer};
    uint32_t kind = kind_put(draft, &attr->kind);
    draft->road_of[way] = draft->way_n++;
    amp_buf_put(&draft->way, &row, sizeof(row));
    amp_buf_put(&draft->way_kind, &kind, sizeof(kind));
}

/* Which ways are roads. */
static amp_err ways_collect(struct amp_road_draft *draft)
{
    const struct amp_osm *osm = draft->osm;
    uint32_t *offset_of = amp_arena_array(&draft->arena, osm->text_n, sizeof(uint32_t));
    struct amp_road_attr *attr = amp_arena_alloc(&draft->arena, sizeof(*attr)); /* it is large */
    draft->road_of = amp_arena_array(&draft->arena, (size_t)osm->way_n + 1, sizeof(uint32_t));
    draft->kind_slot_n = slots_for(osm->way_n);
    draft->kind_slot = amp_arena_array(&draft->arena, draft->kind_slot_n, sizeof(uint32_t));
    if (offset_of == NULL || attr == NULL || draft->road_of == NULL || draft->kind_slot == NULL) {
        return AMP_E_NOMEM;
    }
    amp_buf_char(&draft->name, '\0');
    for (uint32_t i = 0; i < osm->way_n; i++) {
        draft->road_of[i] = AMP_ROAD_NONE;
        if (osm->way_ref_first[i + 1] - osm->way_ref_first[i] < 2) {
            continue; /* the import has noted it */
        }
        bool road = amp_road_way_read(&draft->tags, i, attr);
        amp_road_way_unread(&draft->tags, i, road ? attr : NULL);
        if (road) {
            road_put(draft, i, attr, offset_of);
        }
    }
    amp_err err = amp_buf_err(&draft->way_kind);
    err = err ? err : amp_buf_err(&draft->kind);
    err = err ? err : amp_buf_err(&draft->cond);
    return err ? err : amp_buf_err(&draft->hour);
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
        struct amp_road_barrier row;
        if (use[i] == 0) {
            continue;
        }
        bool barrier = amp_road_node_read(&draft->tags, i, &row);
        amp_road_node_unread(&draft->tags, i);
        if (use[i] < USE_VERTEX && !barrier) {
            continue;
        }
        if (barrier) {
            row.vertex = draft->vertex_n;
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

static void seg_put(struct amp_road_draft *draft, uint32_t road, struct amp_road_seg *seg,
                    double length_m)
{
    seg->way = road;
    seg->length_mm = (uint32_t)llround(fmin(length_m * 1000, (double)(AMP_ROAD_INF - 1)));
    seg->kind = ((const uint32_t *)(const void *)draft->way_kind.data)[road];
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
    for (uint32_t i = 0; i < osm->way_n; i++) {
        uint32_t road = draft->road_of[i];
        if (road == AMP_ROAD_NONE) {
            continue;
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

/* Which groups may drive a kind in a direction, a bit each, at some hour; `lawful`: not against a
 * oneway. */
static unsigned groups_of(const struct amp_road_draft *draft, const struct amp_road_kind *kind,
                          uint32_t dir, bool lawful)
{
    const struct amp_road_cond *cond = (const struct amp_road_cond *)(const void *)draft->cond.data;
    unsigned groups = 0;
    uint8_t worst = lawful ? AMP_ACCESS_CONTRAFLOW : AMP_ACCESS_CLOSED;
    for (int group = 0; group < AMP_GROUP_COUNT; group++) {
        groups |= kind->access[group][dir] < worst ? 1U << group : 0;
        for (uint32_t i = kind->cond_first; i < kind->cond_first + kind->cond_n; i++) {
            bool mine = cond[i].what == AMP_COND_ACCESS &&
                        (cond[i].mask >> (2 * group + (int)dir) & 1) != 0;
            groups |= mine && cond[i].access < worst ? 1U << group : 0;
        }
    }
    return groups;
}

uint8_t amp_draft_mask(const struct amp_road_draft *draft, uint32_t base)
{
    const struct amp_road_kind *kind = &draft_kind(draft)[amp_draft_seg(draft)[base >> 1].kind];
    unsigned groups = groups_of(draft, kind, base & 1, false);
    unsigned mask = 0;
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        mask |= (groups >> amp_profile_group((enum amp_profile)p) & 1) << p;
    }
    return (uint8_t)mask;
}

bool amp_draft_lawful(const struct amp_road_draft *draft, uint32_t base)
{
    const struct amp_road_kind *kind = &draft_kind(draft)[amp_draft_seg(draft)[base >> 1].kind];
    return (groups_of(draft, kind, base & 1, true) & ~(1U << AMP_GROUP_FOOT)) != 0;
}

/* Which base arcs leave each vertex. */
static amp_err outs_make(struct amp_road_draft *draft)
{
    size_t base_n = 2 * (size_t)draft->seg_n;
    draft->out_first =
        amp_arena_array(&draft->arena, (size_t)draft->vertex_n + 2, sizeof(uint32_t));
    draft->out_arc = amp_arena_array(&draft->arena, base_n + 1, sizeof(uint32_t));
    if (draft->out_first == NULL || draft->out_arc == NULL) {
        return AMP_E_NOMEM;
    }
    uint32_t *next = draft->out_first + 1; /* becomes out_first by the counting below */
    for (uint32_t base = 0; base < base_n; base++) {
        if (amp_draft_mask(draft, base) != 0) {
            next[amp_draft_tail(draft, base) + 1]++;
        }
    }
    for (uint32_t v = 0; v < draft->vertex_n; v++) {
        next[v + 1] += next[v];
    }
    for (uint32_t base = 0; base < base_n; base++) {
        if (amp_draft_mask(draft, base) != 0) {
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
    if (!err) {
        amp_draft_side(draft);
    }
    if (err) {
        return amp_fail(why, err, "not enough memory to cut the roads of the map into segments");
    }
    return AMP_OK;
}
