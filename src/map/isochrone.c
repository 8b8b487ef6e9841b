/* The roads reached in time, cut where the time runs out, and handed to the grid band by band. */
#include "map/isochrone_in.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct spans {
    struct amp_buf list; /* struct amp_iso_span */
    const struct amp_metric *metric;
    bool backwards;
    bool *drawn; /* segments of which nothing is left to draw */
};

#define SPANS_MAX ((size_t)1 << 31) /* bytes */

/* ---- pieces of road ---- */

static void span_put(struct spans *spans, uint32_t base, double share, uint32_t at_ms)
{
    struct amp_iso_span span = {base, at_ms, share};
    amp_buf_put(&spans->list, &span, sizeof(span));
}

/* Forwards, roads begin at reached nodes; the last of a drive needs no way out of it. */
static void spans_onward(struct spans *spans, const struct amp_road_query *query)
{
    const struct amp_roads *rd = spans->metric->roads;
    const struct amp_sweep *reached = &query->side[0];
    for (uint32_t i = 0; i < reached->visited_n; i++) {
        uint32_t node = reached->visited[i];
        for (uint32_t a = rd->arc_first[node]; a < rd->arc_first[node + 1]; a++) {
            uint32_t base = rd->arc_base[a];
            bool may = rd->arc_mask[a] >> spans->metric->profile & 1;
            if (may && amp_metric_run_ms(spans->metric, base) < AMP_ROAD_INF) {
                span_put(spans, base, 0, reached->dist[node]);
            }
        }
    }
}

/* Backwards, roads end at reached nodes: the time at the beginning of the arc's end. */
static void spans_before(struct spans *spans, const struct amp_road_query *query)
{
    const struct amp_roads *rd = spans->metric->roads;
    const uint32_t *dist = query->side[0].dist;
    for (uint32_t a = 0; a < rd->arc_n; a++) {
        uint32_t there = dist[rd->arc_head[a]];
        if (there < AMP_ROAD_INF && spans->metric->weight[a] < AMP_ROAD_INF) {
            uint32_t enter_ms = amp_base_enter_ms(rd, spans->metric->profile, rd->arc_base[a]);
            span_put(spans, rd->arc_base[a], 1, amp_ms_add(there, enter_ms));
        }
    }
}

/* The road of a source itself, both ways. */
static void spans_of_source(struct spans *spans, const struct amp_snap *snap, uint32_t extra_ms)
{
    for (uint32_t base = 2 * snap->segment; base < 2 * snap->segment + 2; base++) {
        if (amp_metric_run_ms(spans->metric, base) < AMP_ROAD_INF) {
            span_put(spans, base, base & 1 ? 1 - snap->share : snap->share, extra_ms);
        }
    }
}

/* What of a span is driven by limit_ms, from one share of driving its base arc to another. */
static bool span_cut(const struct spans *spans, const struct amp_iso_span *span, uint32_t limit_ms,
                     double *begin, double *end)
{
    if (span->at_ms > limit_ms) {
        return false;
    }
    double all_ms = amp_metric_run_ms(spans->metric, span->base);
    double left = all_ms > 0 ? (limit_ms - span->at_ms) / all_ms : 1;
    *begin = spans->backwards ? fmax(span->share - left, 0) : span->share;
    *end = spans->backwards ? span->share : fmin(span->share + left, 1);
    return true;
}

struct visit {
    void *ctx;
    void (*piece)(void *ctx, struct amp_pos a, struct amp_pos b);
};

static struct amp_pos point_along(const struct amp_roads *rd, uint32_t base, uint32_t i, uint32_t n)
{
    return amp_seg_point(rd, base >> 1, base & 1 ? n - 1 - i : i);
}

/* Only its ratio to others of one road matters. */
static double plane_m(struct amp_pos a, struct amp_pos b)
{
    double y = (double)b.lat_e7 - a.lat_e7;
    double x = amp_lon_delta_e7(a.lon_e7, b.lon_e7) * cos(a.lat_e7 * (M_PI / 180e7));
    return sqrt(x * x + y * y);
}

/* So far along a piece; rounding may put it a hair beyond its end. */
static struct amp_pos piece_point(struct amp_pos a, struct amp_pos b, double at_m, double piece_m)
{
    return piece_m > 0 ? amp_pos_between(a, b, fmin(at_m / piece_m, 1)) : a;
}

/* The straight pieces between two shares of driving a base arc. */
static void pieces_visit(const struct amp_roads *rd, uint32_t base, double begin, double end,
                         const struct visit *visit)
{
    uint32_t n = amp_seg_points(rd, base >> 1);
    double all_m = n == 2 ? 1 : 0, at_m = 0;
    for (uint32_t i = 1; i < n && n > 2; i++) {
        all_m += plane_m(point_along(rd, base, i - 1, n), point_along(rd, base, i, n));
    }
    double from_m = begin * all_m, to_m = end * all_m;
    for (uint32_t i = 1; i < n; i++) {
        struct amp_pos a = point_along(rd, base, i - 1, n), b = point_along(rd, base, i, n);
        double piece_m = n == 2 ? all_m : plane_m(a, b), next_m = at_m + piece_m;
        if (next_m >= from_m && at_m <= to_m) {
            struct amp_pos left = at_m < from_m ? piece_point(a, b, from_m - at_m, piece_m) : a;
            struct amp_pos right = next_m > to_m ? piece_point(a, b, to_m - at_m, piece_m) : b;
            visit->piece(visit->ctx, left, right);
        }
        at_m = next_m;
    }
}

/* ---- from sources to pieces ---- */

static amp_err seeds_collect(struct amp_road_query *query, const struct amp_metric *metric,
                             const struct amp_iso_ask *ask, struct spans *spans,
                             struct amp_buf *seeds)
{
    for (size_t i = 0; i < ask->source_n; i++) {
        const struct amp_snap *open = NULL;
        struct amp_snap moved;
        uint32_t extra_ms = ask->extra_ms != NULL ? ask->extra_ms[i] : 0;
        if (!amp_snap_move(metric, &ask->source[i], &moved, &open)) {
            continue;
        }
        struct amp_seed *seed = query->seed[0];
        size_t n =
            ask->backwards ? amp_seeds_to(metric, open, seed) : amp_seeds_from(metric, open, seed);
        for (size_t k = 0; k < n; k++) {
            seed[k].cost_ms = amp_ms_add(seed[k].cost_ms, extra_ms);
        }
        amp_buf_put(seeds, seed, n * sizeof(*seed));
        spans_of_source(spans, open, extra_ms);
    }
    return amp_buf_err(seeds);
}

static amp_err spans_find(struct amp_road_query *query, const struct amp_metric *metric,
                          const struct amp_iso_ask *ask, struct spans *spans)
{
    struct amp_buf seeds = amp_buf_make(SPANS_MAX);
    amp_err err = seeds_collect(query, metric, ask, spans, &seeds);
    if (!err) {
        const struct amp_seed *seed = (const struct amp_seed *)(const void *)seeds.data;
        err = amp_reached_find(query, metric, seed, seeds.len / sizeof(*seed),
                               ask->limit_ms[ask->limit_n - 1], ask->backwards);
    }
    amp_buf_free(&seeds);
    if (err) {
        return err;
    }
    if (ask->backwards) {
        spans_before(spans, query);
    } else {
        spans_onward(spans, query);
    }
    amp_cch_clear(&query->side[0]);
    return amp_buf_err(&spans->list);
}

/* ---- from pieces to bands ---- */

static void extent_point(struct amp_iso_extent *extent, struct amp_pos pos)
{
    if (!extent->any) {
        *extent = (struct amp_iso_extent){.from = pos, .any = true};
    }
    int64_t y = (int64_t)pos.lat_e7 - extent->from.lat_e7;
    int64_t x = amp_lon_delta_e7(extent->from.lon_e7, pos.lon_e7);
    extent->south = y < extent->south ? y : extent->south;
    extent->north = y > extent->north ? y : extent->north;
    extent->west = x < extent->west ? x : extent->west;
    extent->east = x > extent->east ? x : extent->east;
}

static void extent_piece(void *ctx, struct amp_pos a, struct amp_pos b)
{
    extent_point(ctx, a);
    extent_point(ctx, b);
}

static void grid_piece(void *ctx, struct amp_pos a, struct amp_pos b)
{
    amp_iso_grid_stamp(ctx, a, b);
}

/* All that is reached by limit_ms, but not what was so by before_ms. Returns all metres. */
static double band_visit(const struct spans *spans, uint32_t before_ms, uint32_t limit_ms,
                         const struct visit *visit)
{
    const struct amp_roads *rd = spans->metric->roads;
    const struct amp_iso_span *span = (const struct amp_iso_span *)(const void *)spans->list.data;
    size_t n = spans->list.len / sizeof(*span);
    double sum_m = 0;
    for (size_t i = 0; i < n; i++) {
        double begin = 0, end = 0, was_begin = 0, was_end = 0;
        if (!span_cut(spans, &span[i], limit_ms, &begin, &end)) {
            continue;
        }
        sum_m += rd->seg[span[i].base >> 1].length_mm / 1000.0 * (end - begin);
        if (before_ms > 0 && span_cut(spans, &span[i], before_ms, &was_begin, &was_end)) {
            if (spans->backwards) {
                end = was_begin;
            } else {
                begin = was_end;
            }
        }
        bool whole = begin <= 0 && end >= 1;
        bool seen = spans->drawn[span[i].base >> 1]; /* both ways are one line */
        if (!seen && (begin < end || before_ms == 0)) {
            pieces_visit(rd, span[i].base, begin, end, visit);
            spans->drawn[span[i].base >> 1] = whole;
        }
    }
    return sum_m;
}

static amp_err bands_draw(const struct spans *spans, const struct amp_iso_ask *ask,
                          struct amp_arena *arena, struct amp_isochrone *out)
{
    struct amp_iso_extent extent = {.any = false};
    struct amp_iso_grid grid;
    const struct visit measure = {&extent, extent_piece};
    const struct visit stamp = {&grid, grid_piece};
    uint32_t before_ms = 0;
    (void)band_visit(spans, 0, ask->limit_ms[ask->limit_n - 1], &measure);
    memset(spans->drawn, 0, spans->metric->roads->seg_n);
    amp_err err = amp_iso_grid_make(&extent, arena, &grid);
    out->band_n = ask->limit_n;
    for (size_t b = 0; b < ask->limit_n && !err; b++) {
        out->band[b] = (struct amp_iso_band){.limit_ms = ask->limit_ms[b]};
        out->band[b].road_km = band_visit(spans, before_ms, ask->limit_ms[b], &stamp) / 1000;
        err = amp_iso_rings(&grid, arena, &out->band[b]);
        before_ms = ask->limit_ms[b];
    }
    if (!err) {
        out->resolution_m = grid.cell_m;
        out->buffer_m = amp_iso_buffer_m(&grid);
    }
    return err;
}

static amp_err ask_check(const struct amp_iso_ask *ask, struct amp_why *why)
{
    bool good = ask->limit_n >= 1 && ask->limit_n <= AMP_ISO_BANDS;
    for (size_t i = 0; i < ask->limit_n && good; i++) {
        uint32_t before_ms = i == 0 ? 0 : ask->limit_ms[i - 1];
        good = ask->limit_ms[i] > before_ms && ask->limit_ms[i] <= AMP_ISO_LIMIT_S * 1000U;
    }
    if (!good) {
        return amp_fail(why, AMP_E_RANGE,
                        "an isochrone needs 1 to %d times, each longer than the one before, up to "
                        "%d minutes",
                        AMP_ISO_BANDS, AMP_ISO_LIMIT_S / 60);
    }
    if (ask->source_n > AMP_ISO_SOURCES) {
        return amp_fail(why, AMP_E_LIMIT, "an isochrone can have %d sources at most",
                        AMP_ISO_SOURCES);
    }
    return AMP_OK;
}

amp_err amp_isochrone_minutes(struct amp_str text, struct amp_iso_ask *ask, struct amp_why *why)
{
    enum {
        MS_PER_HUNDREDTH = 600
    };
    struct amp_iso_ask wanted = *ask;
    wanted.limit_n = 0;
    while (text.len > 0 && wanted.limit_n < AMP_ISO_BANDS) {
        struct amp_str head = {0};
        int64_t hundredths = 0;
        text = amp_str_cut(text, ',', &head);
        if (amp_str_fixed(amp_str_trim(head), 2, &hundredths) != AMP_OK || hundredths <= 0 ||
            hundredths > AMP_ISO_LIMIT_S * 100 / 60) {
            wanted.limit_n = 0;
            break;
        }
        wanted.limit_ms[wanted.limit_n++] = (uint32_t)hundredths * MS_PER_HUNDREDTH;
    }
    amp_err err = text.len > 0 ? AMP_E_RANGE : ask_check(&wanted, NULL);
    if (err) {
        return amp_fail(why, err,
                        "minutes are 1 to %d numbers with commas between, each more than the one "
                        "before, up to %d",
                        AMP_ISO_BANDS, AMP_ISO_LIMIT_S / 60);
    }
    *ask = wanted;
    return AMP_OK;
}

amp_err amp_isochrone_find(struct amp_road_query *query, const struct amp_metric *metric,
                           const struct amp_iso_ask *ask, struct amp_arena *arena,
                           struct amp_isochrone *out, struct amp_why *why)
{
    struct amp_isochrone iso = {.band_n = 0};
    amp_err err = ask_check(ask, why);
    if (err) {
        return err;
    }
    struct spans spans = {.list = amp_buf_make(SPANS_MAX),
                          .metric = metric,
                          .backwards = ask->backwards,
                          .drawn = calloc(metric->roads->seg_n + 1, sizeof(bool))};
    err = spans.drawn == NULL ? AMP_E_NOMEM : spans_find(query, metric, ask, &spans);
    if (!err) {
        err = bands_draw(&spans, ask, arena, &iso);
    }
    amp_buf_free(&spans.list);
    free(spans.drawn);
    if (err) {
        return amp_fail(why, err, "not enough memory for the isochrone");
    }
    *out = iso;
    return AMP_OK;
}

/* ---- GeoJSON ---- */

static void ring_put(struct amp_json *js, const struct amp_iso_ring *ring)
{
    amp_json_open(js, '[');
    for (size_t i = 0; i < ring->point_n; i++) {
        amp_json_open(js, '[');
        amp_json_put_double(js, amp_lon_deg(ring->point[i]), 7);
        amp_json_put_double(js, amp_lat_deg(ring->point[i]), 7);
        amp_json_close(js, ']');
    }
    amp_json_close(js, ']');
}

static void band_put(struct amp_json *js, const struct amp_isochrone *iso,
                     const struct amp_iso_band *band)
{
    amp_json_open(js, '{');
    amp_json_text_of(js, "type", "Feature");
    amp_json_key(js, "properties");
    amp_json_open(js, '{');
    amp_json_double_of(js, "minutes", band->limit_ms / 60000.0, 2);
    amp_json_double_of(js, "area_km2", band->area_km2, 3);
    amp_json_double_of(js, "road_km", band->road_km, 1);
    amp_json_double_of(js, "resolution_m", iso->resolution_m, 1);
    amp_json_double_of(js, "buffer_m", iso->buffer_m, 1);
    amp_json_close(js, '}');
    amp_json_key(js, "geometry");
    amp_json_open(js, '{');
    amp_json_text_of(js, "type", "MultiPolygon");
    amp_json_key(js, "coordinates");
    amp_json_open(js, '[');
    for (size_t p = 0; p < band->polygon_n; p++) {
        amp_json_open(js, '[');
        for (size_t r = 0; r < band->polygon[p].ring_n; r++) {
            ring_put(js, &band->polygon[p].ring[r]);
        }
        amp_json_close(js, ']');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
    amp_json_close(js, '}');
}

void amp_isochrone_view(struct amp_json *js, const struct amp_isochrone *iso)
{
    amp_json_text_of(js, "type", "FeatureCollection");
    amp_json_key(js, "features");
    amp_json_open(js, '[');
    for (size_t b = iso->band_n; b-- > 0;) {
        band_put(js, iso, &iso->band[b]);
    }
    amp_json_close(js, ']');
}
