/* Collecting what tiles draw: areas, lines and points, projected once. */
#include "map/tiles_build.h"
#include "map/tiles_clip.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t world = INT64_C(1) << 32;

struct amp_tl_vertex amp_tl_project(struct amp_pos pos)
{
    static const double lat_limit_deg = 85.0511287798; /* where the world is square */
    static const double pi = 3.14159265358979323846;
    double lat = fmax(-lat_limit_deg, fmin(lat_limit_deg, amp_lat_deg(pos))) * (pi / 180);
    double x = ((double)pos.lon_e7 + 1.8e9) / 3.6e9 * (double)world;
    double y = (1 - asinh(tan(lat)) / pi) / 2 * (double)world;
    double top = (double)world - 1;
    return (struct amp_tl_vertex){(uint32_t)fmax(0, fmin(top, x)), (uint32_t)fmax(0, fmin(top, y))};
}

void amp_tl_flush_vertices(struct amp_tl_build *b)
{
    b->err = b->err ? b->err : amp_buf_err(&b->vertex);
    if (!b->err) {
        b->err = amp_amap_add(b->writer, b->vertex.data,
                              b->vertex.len / sizeof(struct amp_tl_vertex), b->why);
    }
    amp_buf_clear(&b->vertex);
}

/* Vertices are the most of it: they go to the file in pieces, and are not kept. */
void amp_tl_put_vertex(struct amp_tl_build *b, struct amp_tl_vertex v)
{
    enum {
        PIECE = 1 << 20
    };
    amp_buf_put(&b->vertex, &v, sizeof(v));
    b->vertex_n++;
    if (b->vertex_n > UINT32_MAX) {
        b->err = b->err ? b->err : AMP_E_LIMIT;
    }
    if (b->vertex.len >= PIECE) {
        amp_tl_flush_vertices(b);
    }
}

uint32_t amp_tl_put_text(struct amp_tl_build *b, const char *text)
{
    uint32_t number = amp_osm_find_text(b->osm, text);
    if (number != AMP_OSM_ABSENT && b->text_of[number] != 0) {
        return b->text_of[number];
    }
    uint32_t offset = (uint32_t)b->text.len;
    amp_buf_text(&b->text, text);
    amp_buf_char(&b->text, '\0');
    if (number != AMP_OSM_ABSENT) {
        b->text_of[number] = offset;
    }
    return offset;
}

uint32_t amp_tl_put_name(struct amp_tl_build *b, uint32_t first, uint32_t end)
{
    uint32_t name = amp_kinds_name(b->kinds, first, end);
    return name == AMP_OSM_ABSENT ? AMP_TL_NO_TEXT : amp_tl_put_text(b, amp_osm_text(b->osm, name));
}

struct amp_tl_shape_in amp_tl_shape_make(void)
{
    return (struct amp_tl_shape_in){.x = amp_buf_make(UINT32_MAX),
                                    .part = amp_buf_make(UINT32_MAX)};
}

void amp_tl_shape_free(struct amp_tl_shape_in *in)
{
    amp_buf_free(&in->x);
    amp_buf_free(&in->part);
}

void amp_tl_shape_nodes(const struct amp_tl_build *b, struct amp_tl_shape_in *in,
                        const uint32_t *node, uint32_t node_n, bool hole)
{
    struct amp_tl_part part = {(uint32_t)amp_xy_n(&in->x), node_n, hole ? 1 : 0};
    /* longitudes run on from the first vertex of the shape, so that nothing jumps */
    struct amp_xy last = {0, 0};
    bool any = part.vertex_first > 0;
    if (any) {
        last = *amp_xy_of(&in->x);
    }
    for (uint32_t i = 0; i < node_n; i++) {
        struct amp_tl_vertex v = amp_tl_project(b->osm->node_pos[node[i]]);
        struct amp_xy xy = {v.x, v.y};
        while (any && xy.x - last.x > world / 2) {
            xy.x -= world;
        }
        while (any && last.x - xy.x > world / 2) {
            xy.x += world;
        }
        any = true;
        last = xy;
        amp_buf_put(&in->x, &xy, sizeof(xy));
    }
    amp_buf_put(&in->part, &part, sizeof(part));
}

static void bounds_add(struct amp_tl_bounds *bounds, struct amp_tl_vertex v)
{
    bounds->x0 = v.x < bounds->x0 ? v.x : bounds->x0;
    bounds->y0 = v.y < bounds->y0 ? v.y : bounds->y0;
    bounds->x1 = v.x > bounds->x1 ? v.x : bounds->x1;
    bounds->y1 = v.y > bounds->y1 ? v.y : bounds->y1;
}

/* Append a run of vertices as a part of the feature under construction. */
static void part_put(struct amp_tl_build *b, struct amp_tl_feature *f, const struct amp_xy *xy,
                     uint32_t n, uint32_t hole)
{
    struct amp_tl_part part = {(uint32_t)b->vertex_n, n, hole};
    for (uint32_t i = 0; i < n; i++) {
        struct amp_tl_vertex v = {(uint32_t)xy[i].x, (uint32_t)xy[i].y};
        bounds_add(&f->bounds, v);
        amp_tl_put_vertex(b, v);
    }
    amp_buf_put(&b->part, &part, sizeof(part));
    f->part_n++;
}

/* One part, moved by whole worlds and cut to the world. */
static void part_cut(struct amp_tl_build *b, struct amp_tl_feature *f, struct amp_buf *work,
                     uint32_t hole)
{
    static const struct amp_rect all = {0, 0, INT64_C(0xFFFFFFFF), INT64_C(0xFFFFFFFF)};
    struct amp_buf spare = amp_buf_make(UINT32_MAX);
    struct amp_buf counts = amp_buf_make(UINT32_MAX);
    if (f->shape == AMP_TL_POLYGON) {
        amp_clip_ring(work, &spare, &all);
        if (amp_xy_n(work) >= 3) {
            part_put(b, f, amp_xy_of(work), (uint32_t)amp_xy_n(work), hole);
        }
    } else {
        amp_clip_line(amp_xy_of(work), amp_xy_n(work), &all, &spare, &counts);
        const uint32_t *count = (const uint32_t *)(const void *)counts.data;
        size_t at = 0;
        for (size_t i = 0; i < counts.len / sizeof(*count); at += count[i++]) {
            part_put(b, f, amp_xy_of(&spare) + at, count[i], 0);
        }
    }
    amp_buf_free(&spare);
    amp_buf_free(&counts);
}

/* From which zoom an area of this size is worth drawing: when it is about a pixel wide. */
static uint8_t area_z(const struct amp_tl_bounds *bounds, uint8_t least)
{
    enum {
        UNITS = 16
    };
    uint64_t width = (uint64_t)bounds->x1 - bounds->x0;
    uint64_t height = (uint64_t)bounds->y1 - bounds->y0;
    uint64_t size = width > height ? width : height;
    uint8_t z = 0;
    while (z < 14 && size >> (20 - z) < UNITS) {
        z++;
    }
    return z > least ? z : least;
}

void amp_tl_shape_end(struct amp_tl_build *b, struct amp_tl_shape_in *in,
                      const struct amp_tl_look *look, uint32_t name)
{
    struct amp_buf work = amp_buf_make(UINT32_MAX);
    const struct amp_tl_part *part = (const struct amp_tl_part *)(const void *)in->part.data;
    size_t part_n = in->part.len / sizeof(*part);
    bool whole = !amp_buf_err(&in->x) && !amp_buf_err(&in->part);
    for (int64_t turn = -1; turn <= 1 && whole; turn++) {
        struct amp_tl_feature f = {.bounds = {UINT32_MAX, UINT32_MAX, 0, 0},
                                   .part_first = (uint32_t)(b->part.len / sizeof(*part)),
                                   .name = name,
                                   .klass = amp_tl_put_text(b, look->klass),
                                   .layer = (uint8_t)look->layer,
                                   .shape = (uint8_t)look->shape,
                                   .min_z = look->min_z,
                                   .flags = look->flags};
        for (size_t p = 0; p < part_n; p++) {
            amp_buf_clear(&work);
            bool there = false;
            for (uint32_t i = 0; i < part[p].vertex_n; i++) {
                struct amp_xy xy = amp_xy_of(&in->x)[part[p].vertex_first + i];
                xy.x += turn * world;
                there = there || (xy.x >= 0 && xy.x < world);
                amp_buf_put(&work, &xy, sizeof(xy));
            }
            if (there && !(part[p].hole && f.part_n == 0)) {
                part_cut(b, &f, &work, part[p].hole);
            }
        }
        if (f.part_n > 0) {
            f.min_z = f.shape == AMP_TL_POLYGON ? area_z(&f.bounds, f.min_z) : f.min_z;
            amp_buf_put(&b->feature, &f, sizeof(f));
        }
    }
    amp_buf_free(&work);
    amp_buf_clear(&in->x);
    amp_buf_clear(&in->part);
}

amp_err amp_tl_collect_ways(struct amp_tl_build *b)
{
    const struct amp_osm *osm = b->osm;
    struct amp_tl_shape_in in = amp_tl_shape_make();
    for (uint32_t way = 0; way < osm->way_n; way++) {
        uint32_t first = osm->way_tag_first[way];
        uint32_t end = osm->way_tag_first[way + 1];
        const uint32_t *ref = osm->way_ref + osm->way_ref_first[way];
        uint32_t ref_n = osm->way_ref_first[way + 1] - osm->way_ref_first[way];
        struct amp_tl_look look;
        bool closed = ref_n > 3 && ref[0] == ref[ref_n - 1];
        if (!amp_tl_look_of(osm, &b->keys, first, end, closed, &look)) {
            if (!b->ferry[way]) {
                continue;
            }
            look = (struct amp_tl_look){AMP_TL_FERRY, AMP_TL_LINE, "ferry", 8, 0};
        }
        uint32_t name =
            look.layer == AMP_TL_BUILDING ? AMP_TL_NO_TEXT : amp_tl_put_name(b, first, end);
        if (look.shape == AMP_TL_LINE) {
            struct amp_tl_line line = {look, name, way};
            amp_buf_put(&b->line, &line, sizeof(line));
        } else {
            amp_tl_shape_nodes(b, &in, ref, ref_n - 1, false);
            amp_tl_shape_end(b, &in, &look, name);
        }
    }
    amp_tl_shape_free(&in);
    amp_err err = amp_buf_err(&b->line);
    return err ? err : amp_buf_err(&b->feature);
}

static int line_order(const void *a, const void *b)
{
    const struct amp_tl_line *x = a;
    const struct amp_tl_line *y = b;
    if (x->look.layer != y->look.layer) {
        return (int)x->look.layer - (int)y->look.layer;
    }
    int by_class = strcmp(x->look.klass, y->look.klass);
    if (by_class != 0) {
        return by_class;
    }
    if (x->look.flags != y->look.flags) {
        return (int)x->look.flags - (int)y->look.flags;
    }
    if (x->name != y->name) {
        return x->name < y->name ? -1 : 1;
    }
    return x->way < y->way ? -1 : x->way > y->way;
}

static bool lines_alike(const struct amp_tl_line *x, const struct amp_tl_line *y)
{
    return x->look.layer == y->look.layer && x->look.flags == y->look.flags && x->name == y->name &&
           strcmp(x->look.klass, y->look.klass) == 0;
}

/* A way that leaves the extract and comes back, drawn in pieces; false if it is whole. */
static bool pieces_draw(struct amp_tl_build *b, const struct amp_tl_line *line,
                        struct amp_tl_shape_in *in)
{
    const struct amp_osm *osm = b->osm;
    uint32_t first = osm->way_ref_first[line->way], end = osm->way_ref_first[line->way + 1];
    uint32_t begin = first;
    for (uint32_t r = first + 1; r <= end; r++) {
        bool whole = r == end && begin == first;
        if (!whole && (r == end || amp_osm_way_gap(osm, r))) {
            if (r - begin > 1) {
                amp_tl_shape_nodes(b, in, osm->way_ref + begin, r - begin, false);
                amp_tl_shape_end(b, in, &line->look, line->name);
            }
            begin = r;
        }
    }
    return begin != first;
}

/* Ways that look and are named alike, joined where they meet, so that names find room. */
static amp_err lines_join(struct amp_tl_build *b, const struct amp_tl_line *line, size_t n,
                          struct amp_tl_shape_in *in)
{
    uint32_t *way = calloc(n, sizeof(*way));
    if (way == NULL) {
        return AMP_E_NOMEM;
    }
    size_t way_n = 0;
    for (size_t i = 0; i < n; i++) {
        if (!pieces_draw(b, &line[i], in)) {
            way[way_n++] = line[i].way;
        }
    }
    struct amp_chains chains = amp_chains_make();
    bool directed = line->look.layer != AMP_TL_ROAD || (line->look.flags & AMP_TL_ONEWAY) != 0;
    amp_err err = amp_chains_join(b->osm, way, way_n, directed, &chains);
    const struct amp_chain *chain = (const struct amp_chain *)(const void *)chains.chain.data;
    for (size_t i = 0; i < chains.chain.len / sizeof(*chain) && !err; i++) {
        const uint32_t *node = (const uint32_t *)(const void *)chains.node.data;
        uint32_t node_n = chain[i].node_n + (chain[i].closed ? 1 : 0);
        /* a closed chain's first node lies one behind its end: see amp_chain; copied here */
        uint32_t *copy = calloc(node_n, sizeof(*copy));
        if (copy == NULL) {
            err = AMP_E_NOMEM;
            break;
        }
        for (uint32_t k = 0; k < node_n; k++) {
            copy[k] = node[chain[i].node_first + k % chain[i].node_n];
        }
        amp_tl_shape_nodes(b, in, copy, node_n, false);
        amp_tl_shape_end(b, in, &line->look, line->name);
        free(copy);
    }
    amp_chains_free(&chains);
    free(way);
    return err;
}

amp_err amp_tl_join_lines(struct amp_tl_build *b)
{
    struct amp_tl_line *line = (struct amp_tl_line *)(void *)b->line.data;
    size_t n = b->line.len / sizeof(*line);
    struct amp_tl_shape_in in = amp_tl_shape_make();
    amp_err err = AMP_OK;
    if (n > 0) {
        qsort(line, n, sizeof(*line), line_order);
    }
    for (size_t first = 0, end = 0; first < n && !err; first = end) {
        for (end = first + 1; end < n && lines_alike(&line[first], &line[end]);) {
            end++;
        }
        err = lines_join(b, line + first, end - first, &in);
    }
    amp_tl_shape_free(&in);
    return err ? err : amp_buf_err(&b->feature);
}

static void point_put(struct amp_tl_build *b, struct amp_pos pos, const struct amp_tl_look *look,
                      uint32_t name)
{
    struct amp_tl_vertex v = amp_tl_project(pos);
    struct amp_tl_part part = {(uint32_t)b->vertex_n, 1, 0};
    struct amp_tl_feature f = {.bounds = {v.x, v.y, v.x, v.y},
                               .part_first = (uint32_t)(b->part.len / sizeof(part)),
                               .part_n = 1,
                               .name = name,
                               .klass = amp_tl_put_text(b, look->klass),
                               .layer = (uint8_t)look->layer,
                               .shape = AMP_TL_POINT,
                               .min_z = look->min_z};
    amp_tl_put_vertex(b, v);
    amp_buf_put(&b->part, &part, sizeof(part));
    amp_buf_put(&b->feature, &f, sizeof(f));
}

static bool point_wanted(const struct amp_tl_build *b, uint32_t first, uint32_t end)
{
    struct amp_kind kind;
    return first != end && ((b->keys.house != AMP_OSM_ABSENT &&
                             amp_osm_value(b->osm, first, end, b->keys.house) != NULL) ||
                            amp_kinds_find(b->kinds, first, end, &kind));
}

/* Labels of one object: its place or point of interest, and its house number. */
static void points_put(struct amp_tl_build *b, uint32_t first, uint32_t end, struct amp_pos pos)
{
    enum {
        HOUSE_Z = 17
    };
    struct amp_kind kind;
    uint32_t name = amp_tl_put_name(b, first, end);
    bool found = amp_kinds_find(b->kinds, first, end, &kind);
    if (found && (name != AMP_TL_NO_TEXT || kind.must)) {
        bool area = kind.group == AMP_KIND_AREA;
        struct amp_tl_look look = {.layer = area ? AMP_TL_PLACE : AMP_TL_POI, .klass = kind.name};
        look.min_z = area ? amp_tl_place_z(kind.name) : amp_tl_poi_z(kind.importance);
        point_put(b, pos, &look, name);
    }
    const char *house =
        b->keys.house == AMP_OSM_ABSENT ? NULL : amp_osm_value(b->osm, first, end, b->keys.house);
    if (house != NULL) {
        struct amp_tl_look look = {.layer = AMP_TL_ADDRESS, .klass = "address", .min_z = HOUSE_Z};
        point_put(b, pos, &look, amp_tl_put_text(b, house));
    }
}

amp_err amp_tl_collect_points(struct amp_tl_build *b)
{
    const struct amp_osm *osm = b->osm;
    struct amp_pos pos;
    for (uint32_t i = 0; i < osm->node_n; i++) {
        struct amp_osm_span tags = amp_osm_node_tags(osm, i);
        if (point_wanted(b, tags.first, tags.end)) {
            points_put(b, tags.first, tags.end, osm->node_pos[i]);
        }
    }
    for (uint32_t i = 0; i < osm->way_n; i++) {
        uint32_t first = osm->way_tag_first[i];
        uint32_t end = osm->way_tag_first[i + 1];
        bool line = (b->keys.highway != AMP_OSM_ABSENT &&
                     amp_osm_value(osm, first, end, b->keys.highway) != NULL) ||
                    (b->keys.waterway != AMP_OSM_ABSENT &&
                     amp_osm_value(osm, first, end, b->keys.waterway) != NULL);
        if (!line && point_wanted(b, first, end) && amp_osm_way_center(osm, i, &pos)) {
            points_put(b, first, end, pos);
        }
    }
    amp_err err = amp_buf_err(&b->feature);
    err = err ? err : amp_buf_err(&b->text);
    return err ? err : amp_buf_err(&b->vertex);
}
