/* Map matching: brute force on tiny maps, the cases that mislead, and drives through real cities.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/match_in.h"
#include "map/region.h"
#include "map/roads_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEN_MAX = 4096,
    DRIVES = 40,
    TINY_MAPS = 40,
    SEQUENCE_MAPS = 150,
    TINY_NODES = 7,
    TINY_FIXES = 4
};

/* ---- what a test sees of a match ---- */

struct seen {
    struct amp_matched *point; /* steps are in `way` */
    size_t n;
    struct amp_match_step *way; /* all parts, in order */
    size_t way_n, way_cap;
    size_t gaps;
};

static amp_err seen_put(void *ctx, const struct amp_matched *matched)
{
    struct seen *seen = ctx;
    assert_true(seen->n < SEEN_MAX);
    assert_int_equal(matched->index, seen->n); /* in order, none left out */
    seen->point[seen->n++] = *matched;
    seen->gaps += matched->gap > AMP_MATCH_GAP_START ? 1 : 0;
    if (matched->state == AMP_MATCH_ON) {
        assert_true(matched->confidence >= 0 && matched->confidence <= 1 + 1e-9);
        for (size_t i = 0; i < matched->step_n; i++) {
            if (seen->way_n == seen->way_cap) {
                seen->way_cap = seen->way_cap * 2 + 64;
                seen->way = realloc(seen->way, seen->way_cap * sizeof(*seen->way));
                assert_non_null(seen->way);
            }
            seen->way[seen->way_n++] = matched->step[i];
        }
    }
    return AMP_OK;
}

static void match(const struct amp_fixture *fx, const struct amp_match_fix *fix, size_t n,
                  struct seen *out)
{
    struct amp_matcher *matcher = NULL;
    struct amp_match_sink sink = {out, seen_put};
    memset(out, 0, sizeof(*out));
    out->point = calloc(SEEN_MAX, sizeof(*out->point));
    assert_non_null(out->point);
    assert_int_equal(amp_matcher_create(fx->roads, fx->metric[0], &sink, &matcher), AMP_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(amp_matcher_push(matcher, &fix[i]), AMP_OK);
    }
    assert_int_equal(amp_matcher_finish(matcher), AMP_OK);
    amp_matcher_destroy(matcher);
    assert_int_equal(out->n, n);
}

static void seen_free(struct seen *seen)
{
    free(seen->point);
    free(seen->way);
}

static struct amp_match_fix fix_at(double lat, double lon, double time_s)
{
    struct amp_match_fix fix = {.time_s = time_s, .heading_deg = -1, .sigma_m = 8};
    assert_int_equal(amp_pos_of_degrees(lat, lon, &fix.pos), AMP_OK);
    return fix;
}

static int64_t osm_way(const struct amp_fixture *fx, uint32_t segment)
{
    return fx->roads->way[fx->roads->seg[segment].way].id;
}

/* ---- brute force ---- */

static int chance(uint64_t *state, int below)
{
    return (int)(amp_fixture_chance(state) % (uint64_t)below);
}

static void tiny_map(uint64_t *seed, struct amp_fixture *out)
{
    struct amp_buf xml = amp_buf_make(1 << 16);
    for (int i = 0; i < TINY_NODES; i++) {
        amp_buf_printf(&xml, "<node id='%d' lat='10.00%02d' lon='10.00%02d'/>", i + 1,
                       chance(seed, 40), chance(seed, 40));
    }
    for (int w = 0; w < TINY_NODES + 3; w++) {
        int a = chance(seed, TINY_NODES), b = chance(seed, TINY_NODES);
        if (a != b) {
            amp_buf_printf(&xml,
                           "<way id='%d'><nd ref='%d'/><nd ref='%d'/><tag k='highway' "
                           "v='residential'/><tag k='oneway' v='%s'/></way>",
                           w + 1, a + 1, b + 1, chance(seed, 3) == 0 ? "yes" : "no");
        }
    }
    amp_buf_text(&xml, "<node id='90' lat='10.005' lon='10.005'/><node id='91' lat='10.0051' "
                       "lon='10.005'/><way id='90'><nd ref='90'/><nd ref='91'/>"
                       "<tag k='highway' v='residential'/></way>");
    amp_fixture_of_xml(amp_buf_cstr(&xml), out);
    amp_buf_free(&xml);
}

struct twin {
    double cost, far_m;
};

static void twin_better(struct twin *at, double cost, double far_m)
{
    if (cost < at->cost - 1e-9) {
        *at = (struct twin){cost, far_m};
    }
}

/* What noise alone may explain, or one segment: its length; else INFINITY. */
static double twin_direct_m(const struct amp_fixture *fx, const struct amp_match_cand *from,
                            const struct amp_match_cand *to, double slack_m)
{
    const struct amp_road_seg *a = &fx->roads->seg[from->segment];
    const struct amp_road_seg *b = &fx->roads->seg[to->segment];
    double best = INFINITY;
    if (from->segment == to->segment) {
        double moved_m = (to->share - from->share) * a->length_mm / 1000;
        bool lawful =
            amp_base_run_ms(fx->roads, 0, 2 * from->segment + (moved_m < 0)) < AMP_ROAD_INF;
        return lawful || fabs(moved_m) <= slack_m ? fabs(moved_m) : INFINITY;
    }
    for (int i = 0; i < 4; i++) {
        double m = fabs(from->share - (i & 1)) * a->length_mm / 1000 +
                   fabs(to->share - (i >> 1)) * b->length_mm / 1000;
        bool meet = (i & 1 ? a->to : a->from) == (i >> 1 ? b->to : b->from);
        best = meet && m <= slack_m ? fmin(best, m) : best;
    }
    return best;
}

/* The length of the cheapest way, by Bellman and Ford over arcs. */
static double twin_way_m(const struct amp_fixture *fx, const struct amp_match_cand *from,
                         const struct amp_match_cand *to, double slack_m)
{
    const struct amp_roads *rd = fx->roads;
    const struct amp_metric *metric = fx->metric[0];
    struct twin *dist = calloc(rd->node_n + 1, sizeof(*dist)), best = {INFINITY, INFINITY};
    struct amp_seed seed[64];
    double direct_m = twin_direct_m(fx, from, to, slack_m);
    assert_non_null(dist);
    for (size_t i = 0; i < rd->node_n; i++) {
        dist[i] = best;
    }
    struct amp_snap a = {.segment = from->segment, .share = from->share};
    struct amp_snap b = {.segment = to->segment, .share = to->share};
    size_t n = amp_seeds_from(metric, &a, seed);
    for (size_t i = 0; i < n; i++) {
        double m = (seed[i].base & 1 ? from->share : 1 - from->share) *
                   rd->seg[from->segment].length_mm / 1000;
        twin_better(&dist[seed[i].node], m + 0.005 * seed[i].cost_ms, m);
    }
    for (size_t round = 0; round < rd->node_n; round++) {
        for (size_t arc = 0; arc < rd->arc_n; arc++) {
            struct twin at = dist[rd->arc_tail[arc]];
            double m = rd->seg[rd->arc_base[arc] >> 1].length_mm / 1000.0;
            if (metric->weight[arc] < AMP_ROAD_INF && isfinite(at.cost)) {
                twin_better(&dist[rd->arc_head[arc]], at.cost + m + 0.005 * metric->weight[arc],
                            at.far_m + m);
            }
        }
    }
    n = amp_seeds_to(metric, &b, seed);
    for (size_t i = 0; i < n; i++) {
        struct twin at = dist[seed[i].node];
        double m =
            (seed[i].base & 1 ? 1 - to->share : to->share) * rd->seg[to->segment].length_mm / 1000;
        twin_better(&best, at.cost + m + 0.005 * seed[i].cost_ms, at.far_m + m);
    }
    free(dist);
    return isfinite(direct_m) ? direct_m : best.far_m;
}

static double way_found_m(const struct amp_fixture *fx, struct amp_match_search *search,
                          const struct amp_match_cand *from, const struct amp_match_cand *to,
                          double slack_m)
{
    static struct amp_match_step step[AMP_MATCH_STEPS];
    size_t n = 0;
    double sum_m = 0;
    amp_err err = amp_match_way(search, from, to, 5000, slack_m, step, &n);
    if (err == AMP_E_NO_ROUTE) {
        return INFINITY;
    }
    assert_int_equal(err, AMP_OK);
    assert_true(step[0].segment == from->segment && step[n - 1].segment == to->segment);
    for (size_t i = 0; i < n; i++) {
        const struct amp_road_seg *seg = &fx->roads->seg[step[i].segment];
        sum_m += fabs(step[i].end - step[i].begin) * seg->length_mm / 1000;
        bool lawful =
            amp_base_run_ms(fx->roads, 0, 2 * step[i].segment + (step[i].end < step[i].begin)) <
            AMP_ROAD_INF;
        assert_true(lawful || n < 3);
    }
    return sum_m;
}

static void ways_equal_bellman_and_ford(void **state)
{
    (void)state;
    uint64_t seed = 21;
    size_t found = 0;
    for (int map = 0; map < TINY_MAPS; map++) {
        struct amp_fixture fx;
        struct amp_match_search *search = NULL;
        tiny_map(&seed, &fx);
        assert_int_equal(amp_match_search_create(fx.roads, fx.metric[0], &search), AMP_OK);
        for (int pair = 0; pair < 12; pair++) {
            struct amp_match_cand from = {.segment = (uint32_t)chance(&seed, (int)fx.roads->seg_n),
                                          .share = chance(&seed, 101) / 100.0};
            struct amp_match_cand to = {.segment = (uint32_t)chance(&seed, (int)fx.roads->seg_n),
                                        .share = chance(&seed, 101) / 100.0};
            double way_m = 0, twin_m = twin_way_m(&fx, &from, &to, 20);
            amp_match_ways(search, &from, &to, 1, 5000, 20, &way_m);
            assert_int_equal(isfinite(way_m), isfinite(twin_m));
            if (isfinite(way_m)) {
                assert_true(fabs(way_m - twin_m) < 0.02);
                assert_true(fabs(way_found_m(&fx, search, &from, &to, 20) - twin_m) < 0.02);
                found++;
            }
        }
        amp_match_search_destroy(search);
        amp_fixture_free(&fx);
    }
    assert_true(found > 100);
}

/* The log likelihood of one sequence of candidates. */
static double sequence_score(const struct amp_fixture *fx, const struct amp_match_fix *fix,
                             struct amp_match_cand cand[][AMP_MATCH_CANDIDATES], const size_t *pick)
{
    double sum = cand[0][pick[0]].emission;
    for (size_t i = 1; i < TINY_FIXES && isfinite(sum); i++) {
        double time_s = fix[i].time_s - fix[i - 1].time_s;
        double line_m = amp_pos_distance_m(fix[i - 1].pos, fix[i].pos);
        double way_m = twin_way_m(fx, &cand[i - 1][pick[i - 1]], &cand[i][pick[i]], 24);
        way_m = way_m <= amp_match_bound_m(line_m, time_s) ? way_m : INFINITY;
        sum += amp_match_transition(way_m, line_m, time_s) + cand[i][pick[i]].emission;
    }
    return sum;
}

/* The best of all sequences of candidates, one by one. */
static double brute_best(const struct amp_fixture *fx, const struct amp_match_fix *fix,
                         struct amp_match_cand cand[][AMP_MATCH_CANDIDATES], const size_t *n)
{
    double most = -INFINITY;
    size_t pick[TINY_FIXES] = {0};
    for (;;) {
        most = fmax(most, sequence_score(fx, fix, cand, pick));
        size_t at = 0;
        while (at < TINY_FIXES && ++pick[at] == n[at]) {
            pick[at++] = 0;
        }
        if (at == TINY_FIXES) {
            return most;
        }
    }
}

static double match_score(const struct amp_fixture *fx, const struct amp_match_fix *fix,
                          struct amp_match_cand cand[][AMP_MATCH_CANDIDATES])
{
    size_t pick[TINY_FIXES] = {0};
    struct seen seen;
    match(fx, fix, TINY_FIXES, &seen);
    for (size_t i = 0; i < TINY_FIXES; i++) {
        assert_int_equal(seen.point[i].state, AMP_MATCH_ON);
        while (cand[i][pick[i]].segment != seen.point[i].segment) {
            pick[i]++;
        }
    }
    assert_int_equal(seen.gaps, 0);
    seen_free(&seen);
    return sequence_score(fx, fix, cand, pick);
}

static void the_match_is_the_best_of_all_sequences(void **state)
{
    (void)state;
    uint64_t seed = 33;
    size_t compared = 0;
    for (int map = 0; map < SEQUENCE_MAPS; map++) {
        struct amp_fixture fx;
        struct amp_match_cand cand[TINY_FIXES][AMP_MATCH_CANDIDATES];
        struct amp_match_fix fix[TINY_FIXES];
        size_t n[TINY_FIXES], all = 1;
        tiny_map(&seed, &fx);
        for (size_t i = 0; i < TINY_FIXES; i++) {
            fix[i] = fix_at(10.0005 + (double)i * 0.0008, 10.0005 + chance(&seed, 30) / 1e4,
                            (double)i * 15);
            n[i] = amp_match_candidates(fx.roads, AMP_PROFILE_AMBULANCE, &fix[i], cand[i]);
            all *= n[i];
        }
        double best = all > 0 && all < 5000 ? brute_best(&fx, fix, cand, n) : -INFINITY;
        if (isfinite(best)) { /* two roads may be as good as each other */
            assert_true(fabs(match_score(&fx, fix, cand) - best) < 1e-3);
            compared++;
        }
        amp_fixture_free(&fx);
    }
    assert_true(compared > 8);
}

/* ---- what misleads ---- */

/* A bridge (way 1) runs east over a street (way 2) that crosses below it. */
static void on_a_bridge_over_a_road_the_match_stays_on_the_bridge(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct seen seen;
    struct amp_match_fix fix[9];
    amp_fixture_of_xml(
        "<node id='1' lat='10' lon='10'/><node id='2' lat='10' lon='10.010'/>"
        "<node id='3' lat='9.999' lon='10.005'/><node id='4' lat='10.001' lon='10.005'/>"
        "<way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/>"
        "<tag k='bridge' v='yes'/><tag k='layer' v='1'/></way>"
        "<way id='2'><nd ref='3'/><nd ref='4'/><tag k='highway' v='residential'/></way>",
        &fx);
    for (size_t i = 0; i < 9; i++) {
        fix[i] = fix_at(10 + (i == 4 ? 0.0001 : 0), 10.001 + (double)i * 0.001, (double)i * 10);
    }
    match(&fx, fix, 9, &seen);
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(osm_way(&fx, seen.point[i].segment), 1);
    }
    assert_int_equal(seen.gaps, 0);
    seen_free(&seen);
    amp_fixture_free(&fx);
}

/* Two carriageways 15 m apart, driven west: way 2 is the one that leads west. */
static void of_two_carriageways_the_one_that_leads_there_is_taken(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct seen seen;
    struct amp_match_fix fix[8];
    amp_fixture_of_xml(
        "<node id='1' lat='10' lon='10'/><node id='2' lat='10' lon='10.010'/>"
        "<node id='3' lat='10.00014' lon='10.010'/><node id='4' lat='10.00014' lon='10'/>"
        "<way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/>"
        "<tag k='oneway' v='yes'/></way>"
        "<way id='2'><nd ref='3'/><nd ref='4'/><tag k='highway' v='primary'/>"
        "<tag k='oneway' v='yes'/></way>"
        "<way id='3'><nd ref='2'/><nd ref='3'/><tag k='highway' v='primary'/></way>"
        "<way id='4'><nd ref='4'/><nd ref='1'/><tag k='highway' v='primary'/></way>",
        &fx);
    for (size_t i = 0; i < 8; i++) { /* nearer to the wrong one */
        fix[i] = fix_at(10.00004, 10.009 - (double)i * 0.001, (double)i * 10);
    }
    match(&fx, fix, 8, &seen);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(osm_way(&fx, seen.point[i].segment), 2);
    }
    seen_free(&seen);
    amp_fixture_free(&fx);
}

static const char street[] = "<node id='1' lat='10' lon='10'/><node id='2' lat='10' lon='10.02'/>"
                             "<way id='1'><nd ref='1'/><nd ref='2'/>"
                             "<tag k='highway' v='primary'/></way>";

static void a_vehicle_that_stands_and_turns_round_stays_on_its_street(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct seen seen;
    struct amp_match_fix fix[60];
    uint64_t seed = 3;
    amp_fixture_of_xml(street, &fx);
    for (size_t i = 0; i < 60; i++) { /* there, 30 reports of standing, back */
        double at = i < 15 ? (double)i : i < 45 ? 15 : 60 - (double)i;
        fix[i] = fix_at(10 + chance(&seed, 20) / 1e6 * 5, 10.001 + at * 0.001, (double)i * 10);
    }
    match(&fx, fix, 60, &seen);
    size_t between = 0;
    for (size_t i = 0; i < 60; i++) {
        between += seen.point[i].state == AMP_MATCH_BETWEEN ? 1 : 0;
        assert_true(seen.point[i].state <= AMP_MATCH_BETWEEN);
        assert_true(amp_pos_distance_m(seen.point[i].at, fix[i].pos) < 20);
    }
    assert_true(between >= 20);
    assert_int_equal(seen.gaps, 0);
    seen_free(&seen);
    amp_fixture_free(&fx);
}

static void a_tunnel_without_reports_is_crossed_by_road(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct seen seen;
    struct amp_match_fix fix[] = {fix_at(10, 10.001, 0), fix_at(10, 10.002, 8),
                                  fix_at(10, 10.017, 120), fix_at(10, 10.018, 128)};
    amp_fixture_of_xml(street, &fx);
    match(&fx, fix, 4, &seen);
    assert_int_equal(seen.gaps, 0);
    assert_int_equal(seen.point[2].state, AMP_MATCH_ON);
    assert_true(fabs(seen.point[2].way_m - amp_pos_distance_m(fix[1].pos, fix[2].pos)) < 3);
    seen_free(&seen);
    amp_fixture_free(&fx);
}

static void what_breaks_a_trace_is_told(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct seen seen;
    struct amp_match_fix fix[] = {
        fix_at(10, 10.001, 0),       fix_at(10, 10.002, 10),
        fix_at(10.0002, 10.019, 20),                            /* a jump */
        fix_at(10, 10.004, 30),      fix_at(10.01, 10.005, 40), /* off all roads */
        fix_at(10, 10.006, 50),      fix_at(10, 10.008, 4000),  /* an hour later */
        fix_at(10, 10.009, 4010),    fix_at(10, 10.019, 4012),
        fix_at(10, 10.0195, 4016),
    };
    amp_fixture_of_xml(street, &fx);
    match(&fx, fix, 10, &seen);
    assert_int_equal(seen.point[0].gap, AMP_MATCH_GAP_START);
    assert_int_equal(seen.point[2].state, AMP_MATCH_OUTLIER);
    assert_int_equal(seen.point[3].gap, AMP_MATCH_GAP_NONE);
    assert_int_equal(seen.point[4].state, AMP_MATCH_OFF_ROAD);
    assert_int_equal(seen.point[5].gap, AMP_MATCH_GAP_NONE);
    assert_int_equal(seen.point[6].gap, AMP_MATCH_GAP_TIME);
    assert_int_equal(seen.point[8].gap, AMP_MATCH_GAP_NO_WAY); /* 1.1 km in two seconds */
    assert_int_equal(seen.point[9].state, AMP_MATCH_ON);
    seen_free(&seen);
    amp_fixture_free(&fx);
}

static void a_long_stretch_off_the_roads_ends_a_chain(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct seen seen;
    struct amp_match_fix fix[102];
    amp_fixture_of_xml(street, &fx);
    for (size_t i = 0; i < 102; i++) {
        bool on = i == 0 || i == 101;
        fix[i] = fix_at(on ? 10 : 10.02, 10.001 + (double)i * 0.0001, (double)i * 10);
    }
    match(&fx, fix, 102, &seen);
    assert_int_equal(seen.point[50].state, AMP_MATCH_OFF_ROAD);
    assert_int_equal(seen.point[101].gap, AMP_MATCH_GAP_OFF_ROAD);
    seen_free(&seen);
    amp_fixture_free(&fx);
}

static void a_heading_tells_crossing_roads_apart(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct seen seen;
    amp_fixture_of_xml("<node id='1' lat='10' lon='10'/><node id='2' lat='10' lon='10.002'/>"
                       "<node id='3' lat='9.999' lon='10.001'/><node id='4' lat='10.001' "
                       "lon='10.001'/><way id='1'><nd ref='1'/><nd ref='2'/>"
                       "<tag k='highway' v='primary'/></way><way id='2'><nd ref='3'/>"
                       "<nd ref='4'/><tag k='highway' v='primary'/></way>",
                       &fx);
    struct amp_match_fix fix = fix_at(10.00003, 10.00103, 0);
    fix.heading_deg = 2;
    match(&fx, &fix, 1, &seen);
    assert_int_equal(osm_way(&fx, seen.point[0].segment), 2);
    seen_free(&seen);
    fix.heading_deg = 271;
    match(&fx, &fix, 1, &seen);
    assert_int_equal(osm_way(&fx, seen.point[0].segment), 1);
    seen_free(&seen);
    amp_fixture_free(&fx);
}

static void bad_reports_are_refused(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct seen seen = {.point = calloc(SEEN_MAX, sizeof(*seen.point))};
    struct amp_match_sink sink = {&seen, seen_put};
    struct amp_matcher *matcher = NULL;
    amp_fixture_of_xml(street, &fx);
    assert_int_equal(amp_matcher_create(fx.roads, fx.metric[0], &sink, &matcher), AMP_OK);
    struct amp_match_fix good = fix_at(10, 10.001, 10), bad = good;
    assert_int_equal(amp_matcher_push(matcher, &good), AMP_OK);
    bad.time_s = 9;
    assert_int_equal(amp_matcher_push(matcher, &bad), AMP_E_RANGE);
    bad.time_s = NAN;
    assert_int_equal(amp_matcher_push(matcher, &bad), AMP_E_RANGE);
    bad = good;
    bad.sigma_m = -1;
    assert_int_equal(amp_matcher_push(matcher, &bad), AMP_E_RANGE);
    bad = good;
    bad.pos.lat_e7 = INT32_MAX;
    assert_int_equal(amp_matcher_push(matcher, &bad), AMP_E_RANGE);
    assert_int_equal(amp_matcher_finish(matcher), AMP_OK);
    assert_int_equal(seen.n, 1);
    seen.n = 0; /* another trace may follow, at an earlier time */
    good.time_s = 0;
    assert_int_equal(amp_matcher_push(matcher, &good), AMP_OK);
    assert_int_equal(amp_matcher_finish(matcher), AMP_OK);
    amp_matcher_destroy(matcher);
    seen_free(&seen);
    amp_fixture_free(&fx);
}

/* ---- drives ---- */

struct drive {
    struct amp_road_path path;
    struct amp_match_fix fix[SEEN_MAX];
    size_t n;
};

static struct amp_pos pos_along(const struct amp_roads *rd, uint32_t seg, double share)
{
    double left_m = share * amp_seg_length_m(rd, seg);
    uint32_t n = amp_seg_points(rd, seg);
    for (uint32_t p = 0; p + 1 < n; p++) {
        struct amp_pos a = amp_seg_point(rd, seg, p), b = amp_seg_point(rd, seg, p + 1);
        double piece_m = amp_pos_distance_m(a, b);
        if (left_m <= piece_m && piece_m > 0) {
            return amp_pos_between(a, b, fmin(fmax(left_m / piece_m, 0), 1));
        }
        left_m -= piece_m;
    }
    return amp_seg_point(rd, seg, n - 1);
}

static double normal(uint64_t *seed)
{
    double u = ((double)(amp_fixture_chance(seed) % 1000000) + 0.5) / 1e6;
    double v = ((double)(amp_fixture_chance(seed) % 1000000) + 0.5) / 1e6;
    return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* A noisy report from a share of a step, on its way. */
static void drive_report(const struct amp_fixture *fx, const struct amp_road_step *step, double at,
                         uint64_t *seed, struct amp_match_fix *fix)
{
    double share = fmin(fmax(step->base & 1 ? 1 - at : at, 0), 1);
    struct amp_pos pos = pos_along(fx->roads, step->base >> 1, share);
    struct amp_plane plane = amp_plane_at(pos);
    double x = fix->sigma_m * normal(seed), y = fix->sigma_m * normal(seed);
    fix->pos = amp_plane_pos(&plane, (struct amp_spot){x, y});
    fix->heading_deg = -1;
}

/* Reports every `every_s`, and one at the end, from a fastest way between two random positions. */
static bool drive_make(struct amp_fixture *fx, uint64_t *seed, double every_s, double sigma_m,
                       struct drive *out)
{
    struct amp_snap from, to;
    const struct amp_metric *metric = fx->metric[0];
    if (amp_snap_open(fx->roads, metric, AMP_PROFILE_AMBULANCE, amp_fixture_pos(fx, seed), &from) ||
        amp_snap_open(fx->roads, metric, AMP_PROFILE_AMBULANCE, amp_fixture_pos(fx, seed), &to) ||
        amp_path_find(fx->query, metric, &from, &to, &fx->arena, &out->path) ||
        out->path.time_ms < 200000) {
        return false;
    }
    out->n = 0;
    double begin_s = 0, next_s = 0;
    for (size_t i = 0; i < out->path.step_n; i++) {
        const struct amp_road_step *step = &out->path.step[i];
        double time_s = step->time_ms / 1000.0;
        bool last = i + 1 == out->path.step_n;
        for (; next_s < begin_s + time_s && out->n + 1 < SEEN_MAX; next_s += every_s) {
            double at = step->begin + (step->end - step->begin) * (next_s - begin_s) / time_s;
            struct amp_match_fix *fix = &out->fix[out->n++];
            *fix = (struct amp_match_fix){.time_s = next_s, .sigma_m = sigma_m};
            drive_report(fx, step, at, seed, fix);
        }
        begin_s += time_s;
        if (last) {
            struct amp_match_fix *fix = &out->fix[out->n++];
            *fix = (struct amp_match_fix){.time_s = begin_s, .sigma_m = sigma_m};
            drive_report(fx, step, step->end, seed, fix);
        }
    }
    return true;
}

struct judged {
    double right_m, all_m; /* length of the drive whose segment the match has, and all of it */
    double true_m, way_m;  /* length of the match that was driven, and all of it */
    size_t gaps;
};

static void drive_judge(const struct amp_fixture *fx, const struct drive *drive,
                        const struct seen *seen, struct judged *sum)
{
    enum {
        DRIVEN = 1,
        MATCHED = 2
    };
    uint8_t *has = calloc(fx->roads->seg_n + 1, 1);
    assert_non_null(has);
    for (size_t i = 0; i < seen->way_n; i++) {
        has[seen->way[i].segment] |= MATCHED;
    }
    for (size_t i = 0; i < drive->path.step_n; i++) {
        const struct amp_road_step *step = &drive->path.step[i];
        has[step->base >> 1] |= DRIVEN;
        sum->all_m += step->length_mm / 1000.0;
        sum->right_m += has[step->base >> 1] & MATCHED ? step->length_mm / 1000.0 : 0;
    }
    for (size_t i = 0; i < seen->way_n; i++) {
        const struct amp_match_step *step = &seen->way[i];
        double m = fabs(step->end - step->begin) * fx->roads->seg[step->segment].length_mm / 1000;
        sum->way_m += m;
        sum->true_m += has[step->segment] & DRIVEN ? m : 0;
    }
    sum->gaps += seen->gaps;
    free(has);
}

/* The lesser of both shares: what was driven and is matched, what is matched and was driven. */
static double drives_share(struct amp_fixture *fx, double every_s, double sigma_m, int drives)
{
    static struct drive drive;
    uint64_t seed = 1234;
    struct judged sum = {0};
    for (int i = 0; i < drives;) {
        struct seen seen;
        if (drive_make(fx, &seed, every_s, sigma_m, &drive)) {
            match(fx, drive.fix, drive.n, &seen);
            drive_judge(fx, &drive, &seen, &sum);
            seen_free(&seen);
            i++;
        }
        amp_arena_reset(&fx->arena);
    }
    double found = sum.right_m / sum.all_m, kept = sum.true_m / sum.way_m;
    print_message("# every %2.0f s, sigma %2.0f m: %.2f %% of the drive is matched, %.2f %% of the "
                  "match was driven, length %.3f, %zu gaps\n",
                  every_s, sigma_m, 100 * found, 100 * kept, sum.way_m / sum.all_m, sum.gaps);
    return fmin(found, kept);
}

static void drives_through(const char *map)
{
    static const struct {
        double every_s, sigma_m, least;
    } row[] = {{1, 5, 0.97},   {1, 10, 0.93},  {5, 10, 0.97},  {10, 5, 0.97}, {10, 10, 0.97},
               {10, 20, 0.94}, {10, 30, 0.88}, {30, 10, 0.95}, {60, 10, 0.90}};
    const char *path = amp_testdata(map);
    AMP_TEST_NEEDS(path);
    struct amp_fixture fx;
    amp_fixture_of_file(path, &fx);
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        double share = drives_share(&fx, row[i].every_s, row[i].sigma_m, DRIVES);
        assert_true(share >= row[i].least);
    }
    amp_fixture_free(&fx);
}

static void in_porto_the_road_driven_is_found(void **state)
{
    (void)state;
    drives_through("maps/porto_portugal.osm.pbf");
}

static void in_vancouver_the_road_driven_is_found(void **state)
{
    (void)state;
    drives_through("maps/vancouver_canada.osm.pbf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_equal_bellman_and_ford),
        cmocka_unit_test(the_match_is_the_best_of_all_sequences),
        cmocka_unit_test(on_a_bridge_over_a_road_the_match_stays_on_the_bridge),
        cmocka_unit_test(of_two_carriageways_the_one_that_leads_there_is_taken),
        cmocka_unit_test(a_vehicle_that_stands_and_turns_round_stays_on_its_street),
        cmocka_unit_test(a_tunnel_without_reports_is_crossed_by_road),
        cmocka_unit_test(what_breaks_a_trace_is_told),
        cmocka_unit_test(a_long_stretch_off_the_roads_ends_a_chain),
        cmocka_unit_test(a_heading_tells_crossing_roads_apart),
        cmocka_unit_test(bad_reports_are_refused),
        cmocka_unit_test(in_porto_the_road_driven_is_found),
        cmocka_unit_test(in_vancouver_the_road_driven_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
