/* Building areas: rings laid out flat, and the plane cut into cells until each is simple. */
#include "map/areas_form.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX ((size_t)UINT32_MAX)

struct amp_areas_draft {
    struct amp_area_ring_edges edges;
};

amp_err amp_areas_draft_create(struct amp_areas_draft **out)
{
    struct amp_areas_draft *draft = calloc(1, sizeof(*draft));
    if (draft == NULL) {
        return AMP_E_NOMEM;
    }
    draft->edges.edge = amp_buf_make(AMP_AREAS_POINTS_MAX * sizeof(struct amp_area_edge));
    *out = draft;
    return AMP_OK;
}

void amp_areas_draft_destroy(struct amp_areas_draft *draft)
{
    if (draft != NULL) {
        amp_buf_free(&draft->edges.edge);
        free(draft);
    }
}

const struct amp_area_ring_edges *amp_areas_draft_edges(const struct amp_areas_draft *draft)
{
    return &draft->edges;
}

amp_err amp_areas_draft_area(struct amp_areas_draft *draft)
{
    if (draft->edges.area_n == AMP_AREAS_MAX) {
        return AMP_E_LIMIT;
    }
    draft->edges.area_n++;
    return AMP_OK;
}

/* How a ring lies when its longitudes go on instead of jumping. */
struct ring_shape {
    int64_t west, east; /* from the first position */
    int64_t turn;       /* not 0: it goes round a pole */
    int64_t lat_sum;
};

static struct ring_shape shape_of(const struct amp_pos *ring, size_t n)
{
    struct ring_shape shape = {.west = 0};
    int64_t x = 0;
    for (size_t i = 0; i < n; i++) {
        shape.west = x < shape.west ? x : shape.west;
        shape.east = x > shape.east ? x : shape.east;
        shape.lat_sum += ring[i].lat_e7;
        x += amp_lon_delta_e7(ring[i].lon_e7, ring[(i + 1) % n].lon_e7);
    }
    shape.west = x < shape.west ? x : shape.west;
    shape.east = x > shape.east ? x : shape.east;
    shape.turn = x;
    return shape;
}

static void edge_put(struct amp_areas_draft *draft, struct amp_area_point a,
                     struct amp_area_point b)
{
    struct amp_area_edge edge = {a.x, b.x, a.y, b.y, draft->edges.area_n - 1, 0};
    if (a.x != b.x || a.y != b.y) {
        amp_buf_put(&draft->edges.edge, &edge, sizeof(edge));
    }
}

amp_err amp_areas_draft_ring(struct amp_areas_draft *draft, const struct amp_pos *ring, size_t n)
{
    assert(draft->edges.area_n > 0);
    if (n > 1 && ring[0].lat_e7 == ring[n - 1].lat_e7 && ring[0].lon_e7 == ring[n - 1].lon_e7) {
        n--;
    }
    struct ring_shape shape = n < 3 ? (struct ring_shape){.west = 0} : shape_of(ring, n);
    if (n < 3 || shape.east - shape.west > AMP_AREAS_TURN) {
        return AMP_E_RANGE;
    }
    int64_t x = (int64_t)ring[0].lon_e7 + 1800000000;
    while (x + shape.west >= AMP_AREAS_TURN) {
        x -= AMP_AREAS_TURN;
    }
    while (x + shape.west < 0) {
        x += AMP_AREAS_TURN;
    }
    draft->edges.wraps = draft->edges.wraps || x + shape.east >= AMP_AREAS_TURN;
    struct amp_area_point first = {x, (int64_t)ring[0].lat_e7 + 900000000};
    struct amp_area_point at = first;
    for (size_t i = 0; i < n; i++) {
        struct amp_pos next = ring[(i + 1) % n];
        struct amp_area_point to = {at.x + amp_lon_delta_e7(ring[i].lon_e7, next.lon_e7),
                                    (int64_t)next.lat_e7 + 900000000};
        edge_put(draft, at, to);
        at = to;
    }
    if (shape.turn != 0) { /* round the pole that is nearer */
        int64_t pole = shape.lat_sum < 0 ? 0 : AMP_AREAS_TURN / 2;
        struct amp_area_point there = {at.x, pole};
        struct amp_area_point back = {first.x, pole};
        edge_put(draft, at, there);
        edge_put(draft, there, back);
        edge_put(draft, back, first);
    }
    return amp_buf_err(&draft->edges.edge);
}

/* A cell to be looked at; its lists lie on top of the stacks. */
struct cell {
    struct amp_area_point corner;
    uint32_t level;
    uint32_t edge_first, edge_n;
    uint32_t whole_first, whole_n;
    uint32_t cross_first, cross_n; /* struct held */
};

struct held { /* an area with edges in a cell */
    uint32_t area;
    uint32_t corner;
};

struct cutter {
    const struct amp_area_edge *edge;
    struct amp_buf cell, edges, whole, cross;       /* stacks */
    struct amp_buf now_edges, now_whole, now_cross; /* of the cell being cut */
    struct amp_areas *out;
};

static int64_t size_of(uint32_t level)
{
    return INT64_C(1) << (AMP_AREAS_LEVELS - level + AMP_AREAS_UNIT_BITS);
}

__extension__ typedef __int128 wide;

static int side_of(const struct amp_area_edge *e, int64_t x, int64_t y)
{
    wide cross = (wide)(e->x2 - e->x1) * (y - e->y1) - (wide)(e->y2 - e->y1) * (x - e->x1);
    return cross > 0 ? 1 : cross < 0 ? -1 : 0;
}

/* The edge and the closed square have a point in common. */
static bool edge_meets(const struct amp_area_edge *e, struct amp_area_point corner, int64_t size)
{
    int64_t east = corner.x + size;
    int64_t north = corner.y + size;
    if ((e->x1 < corner.x && e->x2 < corner.x) || (e->x1 > east && e->x2 > east) ||
        (e->y1 < corner.y && e->y2 < corner.y) || (e->y1 > north && e->y2 > north)) {
        return false;
    }
    int sides = side_of(e, corner.x, corner.y) + side_of(e, east, corner.y) +
                side_of(e, corner.x, north) + side_of(e, east, north);
    return sides > -4 && sides < 4;
}

static void leaf_put(struct cutter *c, const struct cell *cell)
{
    struct amp_areas *out = c->out;
    const uint32_t *edges = (const uint32_t *)(const void *)c->now_edges.data;
    const struct held *held = (const struct held *)(const void *)c->now_cross.data;
    if (cell->whole_n == 0 && cell->cross_n == 0) {
        return;
    }
    struct amp_area_leaf leaf = {.code = amp_area_code(cell->corner), .level = cell->level};
    leaf.whole_n = cell->whole_n;
    leaf.whole_first = (uint32_t)(out->own[2].len / sizeof(uint32_t));
    amp_buf_put(&out->own[2], c->now_whole.data, cell->whole_n * sizeof(uint32_t));
    leaf.cross_first = (uint32_t)(out->own[3].len / sizeof(struct amp_area_cross));
    leaf.cross_n = cell->cross_n;
    size_t at = 0;
    for (uint32_t i = 0; i < cell->cross_n; i++) {
        struct amp_area_cross cross = {.area = held[i].area, .corner = held[i].corner};
        cross.edge_first = (uint32_t)(out->own[4].len / sizeof(uint32_t));
        for (; at < cell->edge_n && c->edge[edges[at]].area == held[i].area; at++) {
            amp_buf_put(&out->own[4], &edges[at], sizeof(edges[at]));
            cross.edge_n++;
        }
        amp_buf_put(&out->own[3], &cross, sizeof(cross));
    }
    amp_buf_put(&out->own[1], &leaf, sizeof(leaf));
}

/* The edges of one area in the cell being cut: those of the quarter; and whether its corner is
 * held. */
static void quarter_area(struct cutter *c, const struct cell *cell, struct cell *quarter,
                         const struct held *held, const uint32_t *edges, uint32_t n)
{
    uint32_t before = quarter->edge_n;
    for (uint32_t i = 0; i < n; i++) {
        if (edge_meets(&c->edge[edges[i]], quarter->corner, size_of(quarter->level))) {
            amp_buf_put(&c->edges, &edges[i], sizeof(edges[i]));
            quarter->edge_n++;
        }
    }
    bool odd = amp_area_way_odd(c->edge, edges, n, cell->corner, quarter->corner);
    struct held here = {held->area, odd != (held->corner != 0) ? 1 : 0};
    if (quarter->edge_n > before) {
        amp_buf_put(&c->cross, &here, sizeof(here));
        quarter->cross_n++;
    } else if (here.corner != 0) {
        amp_buf_put(&c->whole, &here.area, sizeof(here.area));
        quarter->whole_n++;
    }
}

static void quarter_push(struct cutter *c, const struct cell *cell, uint32_t which)
{
    const uint32_t *edges = (const uint32_t *)(const void *)c->now_edges.data;
    const struct held *held = (const struct held *)(const void *)c->now_cross.data;
    int64_t size = size_of(cell->level + 1);
    struct cell quarter = {.level = cell->level + 1};
    quarter.corner.x = cell->corner.x + ((which & 1) != 0 ? size : 0);
    quarter.corner.y = cell->corner.y + ((which & 2) != 0 ? size : 0);
    quarter.edge_first = (uint32_t)(c->edges.len / sizeof(uint32_t));
    quarter.whole_first = (uint32_t)(c->whole.len / sizeof(uint32_t));
    quarter.cross_first = (uint32_t)(c->cross.len / sizeof(struct held));
    amp_buf_put(&c->whole, c->now_whole.data, cell->whole_n * sizeof(uint32_t));
    quarter.whole_n = cell->whole_n;
    size_t at = 0;
    for (uint32_t i = 0; i < cell->cross_n; i++) {
        size_t end = at;
        while (end < cell->edge_n && c->edge[edges[end]].area == held[i].area) {
            end++;
        }
        quarter_area(c, cell, &quarter, &held[i], edges + at, (uint32_t)(end - at));
        at = end;
    }
    amp_buf_put(&c->cell, &quarter, sizeof(quarter));
}

static void list_pop(struct amp_buf *stack, size_t first, size_t n, struct amp_buf *out)
{
    amp_buf_clear(out);
    if (n > 0) {
        amp_buf_put(out, stack->data + first, n);
    }
    stack->len = first;
}

/* Move the lists of the topmost cell from the stacks to where it is cut. */
static void lists_pop(struct cutter *c, const struct cell *cell)
{
    list_pop(&c->edges, cell->edge_first * sizeof(uint32_t), cell->edge_n * sizeof(uint32_t),
             &c->now_edges);
    list_pop(&c->whole, cell->whole_first * sizeof(uint32_t), cell->whole_n * sizeof(uint32_t),
             &c->now_whole);
    list_pop(&c->cross, cell->cross_first * sizeof(struct held),
             cell->cross_n * sizeof(struct held), &c->now_cross);
}

static amp_err cutter_err(const struct cutter *c)
{
    const struct amp_buf *const bufs[] = {&c->cell,      &c->edges,     &c->whole,    &c->cross,
                                          &c->now_edges, &c->now_whole, &c->now_cross};
    amp_err err = AMP_OK;
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++) {
        err = err ? err : amp_buf_err(bufs[i]);
    }
    for (size_t i = 0; i < sizeof(c->out->own) / sizeof(c->out->own[0]); i++) {
        err = err ? err : amp_buf_err(&c->out->own[i]);
    }
    return err;
}

/* Quarters are pushed from the last to the first, so leaves come out in the order of their code. */
static amp_err cells_cut(struct cutter *c, uint32_t edge_n)
{
    struct cell root = {.level = 0, .edge_n = edge_n};
    struct held held = {.corner = 0};
    for (uint32_t i = 0; i < edge_n; i++) {
        amp_buf_put(&c->edges, &i, sizeof(i));
        held.area = c->edge[i].area;
        held.corner ^= amp_area_edge_east(&c->edge[i], root.corner) ? 1 : 0;
        if (i + 1 == edge_n || c->edge[i + 1].area != held.area) {
            amp_buf_put(&c->cross, &held, sizeof(held));
            root.cross_n++;
            held.corner = 0;
        }
    }
    amp_buf_put(&c->cell, &root, sizeof(root));
    while (c->cell.len > 0 && !cutter_err(c)) {
        struct cell cell;
        c->cell.len -= sizeof(cell);
        memcpy(&cell, c->cell.data + c->cell.len, sizeof(cell));
        lists_pop(c, &cell);
        if (cell.edge_n <= AMP_AREAS_EDGES || cell.level == AMP_AREAS_LEVELS) {
            leaf_put(c, &cell);
            continue;
        }
        for (uint32_t which = 4; which > 0; which--) {
            quarter_push(c, &cell, which - 1);
        }
    }
    return cutter_err(c);
}

static amp_err areas_fill(const struct amp_area_ring_edges *edges, struct amp_areas *areas)
{
    uint32_t head[] = {edges->area_n, edges->wraps ? 1 : 0};
    uint32_t edge_n = (uint32_t)(edges->edge.len / sizeof(struct amp_area_edge));
    for (size_t i = 0; i < sizeof(areas->own) / sizeof(areas->own[0]); i++) {
        areas->own[i] = amp_buf_make(BYTES_MAX);
    }
    struct cutter c = {.edge = (const struct amp_area_edge *)(const void *)edges->edge.data,
                       .cell = amp_buf_make(BYTES_MAX),
                       .edges = amp_buf_make(BYTES_MAX),
                       .whole = amp_buf_make(BYTES_MAX),
                       .cross = amp_buf_make(BYTES_MAX),
                       .now_edges = amp_buf_make(BYTES_MAX),
                       .now_whole = amp_buf_make(BYTES_MAX),
                       .now_cross = amp_buf_make(BYTES_MAX),
                       .out = areas};
    amp_buf_put(&areas->own[0], head, sizeof(head));
    amp_buf_put(&areas->own[5], edges->edge.data, edges->edge.len);
    amp_err err = edge_n > 0 ? cells_cut(&c, edge_n) : cutter_err(&c);
    amp_buf_free(&c.cell);
    amp_buf_free(&c.edges);
    amp_buf_free(&c.whole);
    amp_buf_free(&c.cross);
    amp_buf_free(&c.now_edges);
    amp_buf_free(&c.now_whole);
    amp_buf_free(&c.now_cross);
#define X(section, field, size, at)                                                                \
    areas->field = (const void *)areas->own[at].data;                                              \
    areas->field##_n = areas->own[at].len / (size);
    AMP_AREAS_SECTIONS(X)
#undef X
    return err;
}

amp_err amp_areas_create(const struct amp_areas_draft *draft, struct amp_areas **out)
{
    struct amp_areas *areas = calloc(1, sizeof(*areas));
    if (areas == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = areas_fill(amp_areas_draft_edges(draft), areas);
    if (err) {
        amp_areas_destroy(areas);
        return err;
    }
    *out = areas;
    return AMP_OK;
}
