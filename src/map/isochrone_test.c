/* Isochrones: nodes against Bellman and Ford, areas against road by road, outlines against RFC
 * 7946.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/isochrone_in.h"
#include "map/roads_fixture.h"

#include <math.h>
#include <stdlib.h>

enum {
    SIDE = 12, /* of the lattice */
    TRIALS = 12,
    SHARES = 21, /* points of each road that are looked at */
    PROBES = 4000
};

static int chance(uint64_t *state, int below)
{
    return (int)(amp_fixture_chance(state) % (uint64_t)below);
}

/* Longitudes of 1e-4 degree that may pass 180. */
static void lon_print(struct amp_buf *xml, int lon_e4)
{
    int at = lon_e4 > 1800000 ? lon_e4 - 3600000 : lon_e4;
    amp_buf_printf(xml, "lon='%.4f'", at / 10000.0);
}

static void lattice_build(uint64_t *seed, int lon_e4, struct amp_fixture *out)
{
    struct amp_buf xml = amp_buf_make(1 << 19);
    int way = 0;
    for (int n = 0; n < SIDE * SIDE; n++) {
        amp_buf_printf(&xml, "<node id='%d' version='1' lat='-16.%04d' ", n + 1,
                       1000 + n / SIDE * 40 + chance(seed, 25));
        lon_print(&xml, lon_e4 + n % SIDE * 40 + chance(seed, 25));
        amp_buf_text(&xml, "/>\n");
    }
    for (int n = 0; n < SIDE * SIDE; n++) {
        for (int along = 0; along < 2; along++) {
            bool edge = along == 0 ? n % SIDE == SIDE - 1 : n / SIDE == SIDE - 1;
            if (!edge && chance(seed, 4) != 0) {
                amp_buf_printf(&xml,
                               "<way id='%d' version='1'><nd ref='%d'/><nd ref='%d'/>"
                               "<tag k='highway' v='residential'/>%s</way>\n",
                               ++way, n + 1, n + 1 + (along == 0 ? 1 : SIDE),
                               chance(seed, 5) == 0 ? "<tag k='oneway' v='yes'/>" : "");
            }
        }
    }
    amp_fixture_of_xml(amp_buf_cstr(&xml), out);
    amp_buf_free(&xml);
}

static struct amp_snap anywhere(const struct amp_fixture *fx, uint64_t *seed)
{
    uint32_t segment = (uint32_t)chance(seed, (int)fx->roads->seg_n);
    return (struct amp_snap){.segment = segment,
                             .share = chance(seed, 11) / 10.0,
                             .at = amp_seg_point(fx->roads, segment, 0),
                             .routable = true};
}

/* ---- nodes ---- */

/* Relaxes every arc until nothing changes. */
static void slow_nodes(const struct amp_metric *metric, const struct amp_seed *seed, size_t n,
                       bool backwards, uint32_t *dist)
{
    const struct amp_roads *rd = metric->roads;
    bool change = true;
    for (size_t i = 0; i < rd->node_n; i++) {
        dist[i] = AMP_ROAD_INF;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t *at = &dist[seed[i].node];
        *at = seed[i].cost_ms < *at ? seed[i].cost_ms : *at;
    }
    while (change) {
        change = false;
        for (size_t a = 0; a < rd->arc_n; a++) {
            uint32_t from = backwards ? rd->arc_head[a] : rd->arc_tail[a];
            uint32_t to = backwards ? rd->arc_tail[a] : rd->arc_head[a];
            uint32_t there = amp_ms_add(dist[from], metric->weight[a]);
            change = change || there < dist[to];
            dist[to] = there < dist[to] ? there : dist[to];
        }
    }
}

static void nodes_compare(struct amp_fixture *fx, bool backwards, uint64_t *seed)
{
    const struct amp_metric *metric = fx->metric[AMP_PROFILE_AMBULANCE];
    struct amp_seed seeds[24];
    uint32_t *slow = calloc(fx->roads->node_n + 1, sizeof(*slow));
    size_t n = 0;
    assert_non_null(slow);
    for (int i = 1 + chance(seed, 3); i > 0; i--) {
        struct amp_snap snap = anywhere(fx, seed);
        n += backwards ? amp_seeds_to(metric, &snap, seeds + n)
                       : amp_seeds_from(metric, &snap, seeds + n);
    }
    uint32_t limit_ms = (uint32_t)chance(seed, 200000);
    slow_nodes(metric, seeds, n, backwards, slow);
    assert_int_equal(amp_reached_find(fx->query, metric, seeds, n, limit_ms, backwards), AMP_OK);
    size_t want_n = 0;
    for (size_t node = 0; node < fx->roads->node_n; node++) {
        uint32_t want_ms = slow[node] <= limit_ms ? slow[node] : AMP_ROAD_INF;
        assert_int_equal(fx->query->side[0].dist[node], want_ms);
        assert_int_equal(fx->query->known[node], 0);
        want_n += want_ms < AMP_ROAD_INF;
    }
    assert_int_equal(fx->query->side[0].visited_n, want_n);
    amp_cch_clear(&fx->query->side[0]);
    free(slow);
}

static void nodes_in_time_are_those_of_a_search_over_all_arcs(void **state)
{
    uint64_t seed = 12;
    (void)state;
    for (int i = 0; i < TRIALS; i++) {
        struct amp_fixture fx;
        lattice_build(&seed, 300000, &fx);
        for (int k = 0; k < TRIALS; k++) {
            nodes_compare(&fx, k % 2 == 1, &seed);
        }
        amp_fixture_free(&fx);
    }
}

static void nodes_of_a_real_city_too(void **state)
{
    const char *porto = amp_testdata("maps/porto_portugal.osm.pbf");
    struct amp_fixture fx;
    uint64_t seed = 3;
    (void)state;
    if (porto == NULL) {
        print_message("skipped: no map of Porto\n");
        skip();
    }
    amp_fixture_of_file(porto, &fx);
    nodes_compare(&fx, false, &seed);
    nodes_compare(&fx, true, &seed);
    amp_fixture_free(&fx);
}

/* ---- areas ---- */

static bool ring_holds(const struct amp_iso_ring *ring, struct amp_pos at)
{
    bool in = false;
    for (size_t i = 1; i < ring->point_n; i++) {
        double ax = ring->point[i - 1].lon_e7, ay = ring->point[i - 1].lat_e7;
        double bx = ring->point[i].lon_e7, by = ring->point[i].lat_e7;
        if ((ay > at.lat_e7) != (by > at.lat_e7) &&
            at.lon_e7 < ax + (at.lat_e7 - ay) / (by - ay) * (bx - ax)) {
            in = !in;
        }
    }
    return in;
}

static bool band_holds(const struct amp_iso_band *band, struct amp_pos at)
{
    bool in = false;
    for (size_t p = 0; p < band->polygon_n; p++) {
        for (size_t r = 0; r < band->polygon[p].ring_n; r++) {
            in = in != ring_holds(&band->polygon[p].ring[r], at);
        }
    }
    return in;
}

static double ring_area(const struct amp_iso_ring *ring)
{
    double sum = 0;
    for (size_t i = 1; i < ring->point_n; i++) {
        struct amp_pos a = ring->point[i - 1], b = ring->point[i], o = ring->point[0];
        sum += ((double)a.lon_e7 - o.lon_e7) * ((double)b.lat_e7 - o.lat_e7) -
               ((double)b.lon_e7 - o.lon_e7) * ((double)a.lat_e7 - o.lat_e7);
    }
    return sum;
}

/* RFC 7946 section 3.1.6 and 3.1.9: closed, rightly turned, no edge across the antimeridian. */
static void band_check(const struct amp_iso_band *band)
{
    for (size_t p = 0; p < band->polygon_n; p++) {
        assert_true(band->polygon[p].ring_n >= 1);
        for (size_t r = 0; r < band->polygon[p].ring_n; r++) {
            const struct amp_iso_ring *ring = &band->polygon[p].ring[r];
            assert_true(ring->point_n >= 4);
            assert_memory_equal(&ring->point[0], &ring->point[ring->point_n - 1],
                                sizeof(struct amp_pos));
            assert_true(r == 0 ? ring_area(ring) > 0 : ring_area(ring) < 0);
            for (size_t i = 0; i < ring->point_n; i++) {
                assert_true(amp_pos_valid(ring->point[i].lat_e7, ring->point[i].lon_e7));
                assert_true(i == 0 || llabs((long long)ring->point[i].lon_e7 -
                                            ring->point[i - 1].lon_e7) < 1800000000);
            }
        }
    }
}

static bool edges_cross(struct amp_pos a, struct amp_pos b, struct amp_pos c, struct amp_pos d)
{
#define SIDE_OF(p, q, r)                                                                           \
    (((double)(q).lon_e7 - (p).lon_e7) * ((double)(r).lat_e7 - (p).lat_e7) -                       \
     ((double)(q).lat_e7 - (p).lat_e7) * ((double)(r).lon_e7 - (p).lon_e7))
    return SIDE_OF(a, b, c) * SIDE_OF(a, b, d) < 0 && SIDE_OF(c, d, a) * SIDE_OF(c, d, b) < 0;
}

/* No two edges of all rings cross. */
static void band_simple(const struct amp_iso_band *band)
{
    struct edge {
        struct amp_pos a, b;
    };
    struct amp_buf list = amp_buf_make(1 << 24);
    for (size_t p = 0; p < band->polygon_n; p++) {
        for (size_t r = 0; r < band->polygon[p].ring_n; r++) {
            const struct amp_iso_ring *ring = &band->polygon[p].ring[r];
            for (size_t i = 1; i < ring->point_n; i++) {
                struct edge edge = {ring->point[i - 1], ring->point[i]};
                amp_buf_put(&list, &edge, sizeof(edge));
            }
        }
    }
    assert_int_equal(amp_buf_err(&list), AMP_OK);
    const struct edge *edge = (const struct edge *)(const void *)list.data;
    size_t n = list.len / sizeof(*edge);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++) {
            assert_false(edges_cross(edge[i].a, edge[i].b, edge[k].a, edge[k].b));
        }
    }
    amp_buf_free(&list);
}

struct roadside { /* points of road with the time of each */
    struct amp_snap *snap;
    uint32_t *time_ms;
    size_t n;
};

static struct amp_pos share_pos(const struct amp_roads *rd, uint32_t seg, double share)
{
    return amp_pos_between(amp_seg_point(rd, seg, 0), amp_seg_point(rd, seg, 1), share);
}

static void roadside_make(struct amp_fixture *fx, const struct amp_snap *source, bool backwards,
                          struct roadside *out)
{
    const struct amp_metric *metric = fx->metric[AMP_PROFILE_AMBULANCE];
    out->n = fx->roads->seg_n * SHARES;
    out->snap = calloc(out->n, sizeof(*out->snap));
    out->time_ms = calloc(out->n, sizeof(*out->time_ms));
    assert_true(out->snap != NULL && out->time_ms != NULL);
    for (size_t i = 0; i < out->n; i++) {
        out->snap[i] = (struct amp_snap){.segment = (uint32_t)(i / SHARES),
                                         .share = (double)(i % SHARES) / (SHARES - 1)};
        out->snap[i].at = share_pos(fx->roads, out->snap[i].segment, out->snap[i].share);
    }
    if (backwards) {
        assert_int_equal(
            amp_roads_matrix(fx->query, metric, out->snap, out->n, source, 1, out->time_ms),
            AMP_OK);
    } else {
        assert_int_equal(
            amp_roads_matrix(fx->query, metric, source, 1, out->snap, out->n, out->time_ms),
            AMP_OK);
    }
}

static double roadside_near_m(const struct roadside *road, uint32_t limit_ms, struct amp_pos at)
{
    double best_m = INFINITY;
    for (size_t i = 0; i < road->n; i++) {
        if (road->time_ms[i] <= limit_ms) {
            best_m = fmin(best_m, amp_pos_distance_m(road->snap[i].at, at));
        }
    }
    return best_m;
}

/* All that is reached is inside; nothing inside is far from what is reached. */
static void band_compare(struct amp_fixture *fx, const struct roadside *road,
                         const struct amp_isochrone *iso, const struct amp_iso_band *band,
                         uint64_t *seed)
{
    enum {
        SPACING_M = 30 /* of the points of road, and of drawing on a plane */
    };
    for (size_t i = 0; i < road->n; i++) {
        if (road->time_ms[i] <= band->limit_ms) {
            struct amp_pos at = road->snap[i].at;
            at.lon_e7 += at.lon_e7 == 1800000000 ? -1 : 0; /* on the border itself: just inside */
            assert_true(band_holds(band, at));
        }
    }
    for (int i = 0; i < PROBES; i++) {
        struct amp_pos at = amp_fixture_pos(fx, seed);
        at.lat_e7 += chance(seed, 60000) - 30000;
        at.lon_e7 += chance(seed, 60000) - 30000;
        if (amp_pos_valid(at.lat_e7, at.lon_e7) && band_holds(band, at)) {
            assert_true(roadside_near_m(road, band->limit_ms, at) <=
                        iso->buffer_m + 1.5 * iso->resolution_m + SPACING_M);
        }
    }
}

static void areas_compare(struct amp_fixture *fx, bool backwards, uint64_t *seed)
{
    struct amp_snap source = anywhere(fx, seed);
    struct amp_isochrone iso;
    struct roadside road;
    struct amp_why why = {""};
    struct amp_iso_ask ask = {.source = &source,
                              .source_n = 1,
                              .backwards = backwards,
                              .limit_ms = {30000, 90000, 150000},
                              .limit_n = 3};
    assert_int_equal(amp_isochrone_find(fx->query, fx->metric[AMP_PROFILE_AMBULANCE], &ask,
                                        &fx->arena, &iso, &why),
                     AMP_OK);
    roadside_make(fx, &source, backwards, &road);
    for (size_t b = 0; b < iso.band_n; b++) {
        band_check(&iso.band[b]);
        band_simple(&iso.band[b]);
        band_compare(fx, &road, &iso, &iso.band[b], seed);
        assert_true(iso.band[b].area_km2 > 0);
        assert_true(b == 0 || iso.band[b].area_km2 >= iso.band[b - 1].area_km2);
        assert_true(b == 0 || iso.band[b].road_km >= iso.band[b - 1].road_km);
    }
    free(road.snap);
    free(road.time_ms);
}

static void all_that_is_reached_is_inside_and_nothing_else_is(void **state)
{
    uint64_t seed = 8;
    (void)state;
    for (int i = 0; i < TRIALS; i++) {
        struct amp_fixture fx;
        lattice_build(&seed, 300000, &fx);
        areas_compare(&fx, i % 2 == 1, &seed);
        amp_fixture_free(&fx);
    }
}

static void the_antimeridian_cuts_what_crosses_it(void **state)
{
    uint64_t seed = 15;
    bool east = false, west = false;
    (void)state;
    for (int i = 0; i < TRIALS; i++) {
        struct amp_fixture fx;
        lattice_build(&seed, 1800000 - 20 * SIDE, &fx);
        areas_compare(&fx, i % 2 == 1, &seed);
        struct amp_snap source = anywhere(&fx, &seed);
        struct amp_isochrone iso;
        struct amp_why why = {""};
        const struct amp_iso_ask ask = {
            .source = &source, .source_n = 1, .limit_ms = {900000}, .limit_n = 1};
        assert_int_equal(amp_isochrone_find(fx.query, fx.metric[AMP_PROFILE_AMBULANCE], &ask,
                                            &fx.arena, &iso, &why),
                         AMP_OK);
        for (size_t p = 0; p < iso.band[0].polygon_n; p++) {
            east = east || iso.band[0].polygon[p].ring[0].point[0].lon_e7 > 0;
            west = west || iso.band[0].polygon[p].ring[0].point[0].lon_e7 < 0;
        }
        amp_fixture_free(&fx);
    }
    assert_true(east && west);
}

static void several_crews_cover_what_each_covers_when_it_has_rolled(void **state)
{
    uint64_t seed = 19;
    struct amp_fixture fx;
    struct amp_isochrone all, one;
    struct amp_why why = {""};
    const uint32_t extra_ms[2] = {0, 20000};
    (void)state;
    lattice_build(&seed, 300000, &fx);
    const struct amp_metric *metric = fx.metric[AMP_PROFILE_AMBULANCE];
    struct amp_snap source[2] = {anywhere(&fx, &seed), anywhere(&fx, &seed)};
    struct amp_iso_ask ask = {
        .source = source, .extra_ms = extra_ms, .source_n = 2, .limit_ms = {80000}, .limit_n = 1};
    assert_int_equal(amp_isochrone_find(fx.query, metric, &ask, &fx.arena, &all, &why), AMP_OK);
    band_check(&all.band[0]);
    for (int i = 0; i < 2; i++) {
        struct roadside road;
        ask.source = &source[i];
        ask.source_n = 1;
        ask.extra_ms = NULL;
        ask.limit_ms[0] = 80000 - extra_ms[i];
        assert_int_equal(amp_isochrone_find(fx.query, metric, &ask, &fx.arena, &one, &why), AMP_OK);
        assert_true(one.band[0].area_km2 <= all.band[0].area_km2 + 1e-9);
        roadside_make(&fx, &source[i], false, &road);
        for (size_t k = 0; k < road.n; k++) {
            assert_true(road.time_ms[k] > ask.limit_ms[0] ||
                        band_holds(&all.band[0], road.snap[k].at));
        }
        free(road.snap);
        free(road.time_ms);
    }
    amp_fixture_free(&fx);
}

/* As roads are measured where they are cut. */
static double plane_m(struct amp_pos a, struct amp_pos b)
{
    double y = (double)b.lat_e7 - a.lat_e7;
    double x = amp_lon_delta_e7(a.lon_e7, b.lon_e7) * cos(a.lat_e7 * (M_PI / 180e7));
    return sqrt(x * x + y * y);
}

/* From a crew that stands on a point of a winding road, the first piece begins at its very end. */
static void crews_at_the_bends_of_a_real_city_are_drawn(void **state)
{
    enum {
        SOURCES = 4000,
        EVERY = 7
    };
    const char *porto = amp_testdata("maps/porto_portugal.osm.pbf");
    struct amp_fixture fx;
    struct amp_isochrone iso;
    struct amp_why why;
    (void)state;
    if (porto == NULL) {
        print_message("skipped: no map of Porto\n");
        skip();
    }
    amp_fixture_of_file(porto, &fx);
    struct amp_snap *source = calloc(SOURCES, sizeof(*source));
    size_t n = 0;
    assert_non_null(source);
    for (uint32_t seg = 0; seg < fx.roads->seg_n && n < SOURCES; seg += EVERY) {
        uint32_t point_n = amp_seg_points(fx.roads, seg);
        double all_m = 0, at_m = 0;
        for (uint32_t i = 1; i < point_n; i++) {
            all_m += plane_m(amp_seg_point(fx.roads, seg, i - 1), amp_seg_point(fx.roads, seg, i));
        }
        for (uint32_t i = 1; i + 1 < point_n && n < SOURCES; i++) {
            at_m += plane_m(amp_seg_point(fx.roads, seg, i - 1), amp_seg_point(fx.roads, seg, i));
            source[n++] = (struct amp_snap){
                .segment = seg, .share = at_m / all_m, .at = amp_seg_point(fx.roads, seg, i)};
        }
    }
    assert_int_equal(n, SOURCES);
    const struct amp_iso_ask ask = {
        .source = source, .source_n = n, .limit_ms = {1000}, .limit_n = 1};
    assert_int_equal(
        amp_isochrone_find(fx.query, fx.metric[AMP_PROFILE_AMBULANCE], &ask, &fx.arena, &iso, &why),
        AMP_OK);
    assert_true(iso.band[0].area_km2 > 1);
    free(source);
    amp_fixture_free(&fx);
}

static void what_cannot_be_asked_is_refused_and_nowhere_reaches_nothing(void **state)
{
    uint64_t seed = 2;
    struct amp_fixture fx;
    struct amp_isochrone iso;
    struct amp_why why = {""};
    (void)state;
    lattice_build(&seed, 300000, &fx);
    const struct amp_metric *metric = fx.metric[AMP_PROFILE_AMBULANCE];
    struct amp_iso_ask ask = {.limit_n = 0};
    assert_int_equal(amp_isochrone_find(fx.query, metric, &ask, &fx.arena, &iso, &why),
                     AMP_E_RANGE);
    ask.limit_n = 2;
    ask.limit_ms[0] = ask.limit_ms[1] = 1000;
    assert_int_equal(amp_isochrone_find(fx.query, metric, &ask, &fx.arena, &iso, &why),
                     AMP_E_RANGE);
    ask.limit_ms[1] = AMP_ISO_LIMIT_S * 1000 + 1;
    assert_int_equal(amp_isochrone_find(fx.query, metric, &ask, &fx.arena, &iso, &why),
                     AMP_E_RANGE);
    ask.limit_n = 1;
    assert_int_equal(amp_isochrone_find(fx.query, metric, &ask, &fx.arena, &iso, &why), AMP_OK);
    assert_int_equal(iso.band[0].polygon_n, 0);
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_in_time_are_those_of_a_search_over_all_arcs),
        cmocka_unit_test(nodes_of_a_real_city_too),
        cmocka_unit_test(all_that_is_reached_is_inside_and_nothing_else_is),
        cmocka_unit_test(the_antimeridian_cuts_what_crosses_it),
        cmocka_unit_test(several_crews_cover_what_each_covers_when_it_has_rolled),
        cmocka_unit_test(crews_at_the_bends_of_a_real_city_are_drawn),
        cmocka_unit_test(what_cannot_be_asked_is_refused_and_nowhere_reaches_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
