/*
 * Crews, with their bars: who is first, moving, closures, tables and isochrones on one map.
 *
 * nearest_bench MAP.amap [UNITS]: each row is P50, P99 and the least of its rounds, beside
 * Dijkstra. Without arguments a made-up city is built in a temporary file.
 */
#include "map/isochrone.h"
#include "map/roads_in.h"
#include "map/roads_slow.h"
#include "map/units.h"
#include "maps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    UNITS_DEFAULT = 1000,
    BEST = 8,
    ROUNDS = 2000,
    ROUNDS_SOME = 200,
    ROUNDS_FEW = 9,
    ROUNDS_SLOW = 3,
    TABLE = 100,
    TABLE_LARGE = 1000,
    RARE_EVERY = 50, /* one crew in so many has a rare capability */
    RARE = 2,
    CLOSED_MOST = 100
};

struct bench {
    struct amp_amap *amap;
    struct amp_roads *roads;
    struct amp_metric *metric;
    struct amp_road_query *query;
    struct amp_units *units;
    struct amp_unit_place *place;
    size_t n;
    uint64_t state;
    double us[ROUNDS];
};

static int double_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double row_print(struct bench *bn, const char *what, size_t n, const char *bar)
{
    qsort(bn->us, n, sizeof(bn->us[0]), double_compare);
    printf("%-46s %11.1f %11.1f %11.1f  %s\n", what, bn->us[n / 2], bn->us[n * 99 / 100], bn->us[0],
           bar);
    (void)fflush(stdout);
    return bn->us[n / 2];
}

static uint64_t chance(struct bench *bn)
{
    bn->state = bn->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return bn->state >> 33;
}

/* Any open road, anywhere along it. */
static struct amp_snap anywhere(struct bench *bn)
{
    struct amp_snap snap = {.routable = true};
    do {
        snap.segment = (uint32_t)(chance(bn) % bn->roads->seg_n);
    } while (!amp_snap_usable(bn->metric, snap.segment) ||
             !(bn->roads->connected[snap.segment] & 1));
    snap.share = (double)(chance(bn) % 1000) / 1000;
    snap.at = amp_seg_point(bn->roads, snap.segment, 0);
    return snap;
}

/* ---- crews ---- */

static void first_time(struct bench *bn, uint64_t capabilities, const char *what, const char *bar)
{
    struct amp_unit_time best[BEST * 4];
    for (int i = 0; i < ROUNDS; i++) {
        struct amp_snap to = anywhere(bn);
        const struct amp_units_ask ask = {.to = &to, .k = BEST, .capabilities = capabilities};
        double begin = amp_bench_cpu_us();
        (void)amp_units_first(bn->units, bn->query, &ask, best, BEST * 4);
        bn->us[i] = amp_bench_cpu_us() - begin;
    }
    (void)row_print(bn, what, ROUNDS, bar);
}

static amp_err rivals_time(struct bench *bn)
{
    struct amp_snap *from = calloc(bn->n, sizeof(*from));
    struct amp_reach *reach = calloc(bn->n, sizeof(*reach));
    uint32_t *id = calloc(2 * bn->n, sizeof(*id));
    amp_err err = from == NULL || reach == NULL || id == NULL ? AMP_E_NOMEM : AMP_OK;
    for (size_t i = 0; i < bn->n && !err; i++) {
        from[i] = bn->place[i].snap;
        id[i] = (uint32_t)i;
    }
    for (int i = 0; i < ROUNDS_SOME && !err; i++) {
        struct amp_snap to = anywhere(bn);
        double begin = amp_bench_cpu_us();
        amp_units_times(bn->units, bn->query, &to, id, bn->n, id + bn->n);
        bn->us[i] = amp_bench_cpu_us() - begin;
    }
    if (!err) {
        (void)row_print(bn, "times of all crews, by their marks, us", ROUNDS_SOME, "");
    }
    for (int i = 0; i < ROUNDS_FEW && !err; i++) {
        struct amp_snap to = anywhere(bn);
        double begin = amp_bench_cpu_us();
        err = amp_roads_reach(bn->query, bn->metric, from, bn->n, &to, 0, reach);
        bn->us[i] = amp_bench_cpu_us() - begin;
    }
    if (!err) {
        (void)row_print(bn, "times of all crews, given with the question, us", ROUNDS_FEW, "");
    }
    for (int i = 0; i < ROUNDS_SLOW && !err; i++) {
        struct amp_snap to = anywhere(bn);
        uint32_t time_ms = 0;
        double begin = amp_bench_cpu_us();
        (void)!amp_roads_slow_time(bn->metric, &from[i], &to, &time_ms);
        bn->us[i] = amp_bench_cpu_us() - begin;
    }
    if (!err) {
        (void)row_print(bn, "one crew by Dijkstra, us", ROUNDS_SLOW, "");
    }
    free(from);
    free(reach);
    free(id);
    return err;
}

static amp_err unit_put(struct bench *bn, size_t i, struct amp_snap snap, double *took_us)
{
    bn->place[i].snap = snap;
    double begin = amp_bench_cpu_us();
    amp_err err = amp_units_put(bn->units, bn->query, &bn->place[i]);
    *took_us = amp_bench_cpu_us() - begin;
    return err;
}

static amp_err moves_time(struct bench *bn)
{
    amp_err err = AMP_OK;
    for (int i = 0; i < ROUNDS && !err; i++) {
        err = unit_put(bn, chance(bn) % bn->n, anywhere(bn), &bn->us[i]);
    }
    (void)row_print(bn, "a crew moves to anywhere, us", ROUNDS, "tens of us");
    for (int i = 0; i < ROUNDS && !err; i++) { /* out of the end of its road, into another */
        size_t unit = chance(bn) % bn->n;
        struct amp_snap snap = bn->place[unit].snap;
        uint32_t node = bn->roads->root[bn->roads->seg[snap.segment].to];
        uint32_t first = bn->roads->arc_first[node], n = bn->roads->arc_first[node + 1] - first;
        if (n > 0) {
            snap.segment = bn->roads->arc_base[first + chance(bn) % n] >> 1;
        }
        err = unit_put(bn, unit, snap, &bn->us[i]);
    }
    (void)row_print(bn, "a crew drives on to the next road, us", ROUNDS, "tens of us");
    for (int i = 0; i < ROUNDS && !err; i++) {
        size_t unit = chance(bn) % bn->n;
        struct amp_snap snap = bn->place[unit].snap;
        snap.share = (double)(chance(bn) % 1000) / 1000;
        err = unit_put(bn, unit, snap, &bn->us[i]);
    }
    (void)row_print(bn, "a tick on the same road, us", ROUNDS, "O(1)");
    return err;
}

static amp_err rebuild_time(struct bench *bn)
{
    amp_err err = AMP_OK;
    for (int i = 0; i < ROUNDS_FEW && !err; i++) {
        double begin = amp_bench_cpu_us();
        err = amp_units_refresh(bn->units, bn->query, bn->metric, NULL, 0);
        bn->us[i] = amp_bench_cpu_us() - begin;
    }
    (void)row_print(bn, "all buckets anew, us", ROUNDS_FEW, "<= 75,000");
    return err;
}

/* ---- closures ---- */

/* From the drawing of closures to the moment when every answer is right: weights and crews. */
static amp_err closures_bring(struct bench *bn, const struct amp_road_closure *closure, size_t n)
{
    struct amp_metric *next = NULL;
    struct amp_buf node = amp_buf_make((size_t)1 << 30), base = amp_buf_make((size_t)1 << 30);
    amp_err err = amp_metric_change(bn->metric, closure, n, &next, NULL);
    if (!err) {
        bool known = amp_metric_changes(bn->metric, next, &node, &base) == AMP_OK;
        static const uint32_t none = 0;
        const uint32_t *list = node.len > 0 ? (const uint32_t *)(void *)node.data : &none;
        err = amp_units_refresh(bn->units, bn->query, next, known ? list : NULL,
                                node.len / sizeof(*list));
        amp_metric_unref(bn->metric);
        bn->metric = next;
    }
    amp_buf_free(&node);
    amp_buf_free(&base);
    return err;
}

/* One direction of any road that can be driven, by its heading. */
static struct amp_road_closure arc_closure(struct bench *bn)
{
    struct amp_snap snap = anywhere(bn);
    struct amp_pos a = amp_seg_point(bn->roads, snap.segment, 0);
    struct amp_pos b = amp_seg_point(bn->roads, snap.segment, 1);
    bool along = amp_metric_run_ms(bn->metric, 2 * snap.segment) < AMP_ROAD_INF;
    return (struct amp_road_closure){.shape = AMP_CLOSURE_ROAD,
                                     .at = amp_pos_between(a, b, 0.5),
                                     .heading_deg = along ? amp_pos_bearing_deg(a, b)
                                                          : amp_pos_bearing_deg(b, a)};
}

static amp_err closures_time(struct bench *bn, size_t arcs, const char *what)
{
    struct amp_road_closure closure[CLOSED_MOST];
    amp_err err = closures_bring(bn, NULL, 0);
    err = err ? err : closures_bring(bn, NULL, 0); /* two sets of weights take turns */
    for (int i = 0; i < ROUNDS_SOME && !err; i++) {
        for (size_t k = 0; k < arcs; k++) {
            closure[k] = arc_closure(bn);
        }
        double begin = amp_bench_cpu_us();
        err = closures_bring(bn, closure, i % 2 == 0 ? arcs : 0); /* closed, opened again */
        bn->us[i] = amp_bench_cpu_us() - begin;
    }
    if (!err) {
        (void)row_print(bn, what, ROUNDS_SOME, "<= 100,000");
    }
    return err;
}

/* ---- tables and isochrones ---- */

static amp_err table_time(struct bench *bn, size_t side, int rounds, const char *what)
{
    struct amp_snap *end = calloc(2 * side, sizeof(*end));
    uint32_t *out_ms = calloc(side * side, sizeof(*out_ms));
    amp_err err = end == NULL || out_ms == NULL ? AMP_E_NOMEM : AMP_OK;
    for (int i = 0; i < rounds && !err; i++) {
        for (size_t k = 0; k < 2 * side; k++) {
            end[k] = anywhere(bn);
        }
        double begin = amp_bench_cpu_us();
        err = amp_roads_matrix(bn->query, bn->metric, end, side, end + side, side, out_ms);
        bn->us[i] = amp_bench_cpu_us() - begin;
    }
    (void)row_print(bn, what, (size_t)rounds, "");
    free(end);
    free(out_ms);
    return err;
}

static amp_err isochrone_time(struct bench *bn, bool all, const char *what)
{
    struct amp_why why = {""};
    struct amp_arena arena = amp_arena_make((size_t)1 << 30);
    struct amp_snap *source = calloc(bn->n, sizeof(*source));
    amp_err err = source == NULL ? AMP_E_NOMEM : AMP_OK;
    for (int i = 0; i < ROUNDS_FEW && !err; i++) {
        struct amp_isochrone iso;
        const struct amp_iso_ask ask = {.source = source,
                                        .source_n = all ? bn->n : 1,
                                        .limit_ms = {240000, 480000, 720000},
                                        .limit_n = 3};
        for (size_t k = 0; k < ask.source_n; k++) {
            source[k] = all ? bn->place[k].snap : anywhere(bn);
        }
        double begin = amp_bench_cpu_us();
        err = amp_isochrone_find(bn->query, bn->metric, &ask, &arena, &iso, &why);
        bn->us[i] = amp_bench_cpu_us() - begin;
        amp_arena_reset(&arena);
    }
    (void)row_print(bn, what, ROUNDS_FEW, "");
    amp_arena_drop(&arena);
    free(source);
    return err;
}

/* ---- one map ---- */

static amp_err crews_place(struct bench *bn)
{
    bn->place = calloc(bn->n, sizeof(*bn->place));
    amp_err err = bn->place == NULL ? AMP_E_NOMEM : amp_units_create(bn->metric, &bn->units);
    for (size_t i = 0; i < bn->n && !err; i++) {
        bn->place[i] = (struct amp_unit_place){
            .id = (uint32_t)i, .snap = anywhere(bn), .capabilities = i % RARE_EVERY == 0 ? 3 : 1};
    }
    double begin = amp_bench_cpu_us();
    err = err ? err : amp_units_fill(bn->units, bn->query, bn->place, bn->n);
    if (!err) {
        printf("%-46s %11.1f\n", "place all crews, ms", (amp_bench_cpu_us() - begin) / 1e3);
        printf("%-46s %11zu %11zu\n", "crews, marks in buckets", bn->n, amp_units_marks(bn->units));
    }
    return err;
}

static amp_err rows_print(struct bench *bn)
{
    amp_err err = crews_place(bn);
    if (err) {
        return err;
    }
    printf("%-46s %11s %11s %11s  %s\n", "", "P50", "P99", "least", "bar");
    first_time(bn, 0, "the first 8 crews, us", "P50 <= 60, P99 <= 150; Porto <= 20");
    first_time(bn, RARE, "the first 8 with a rare capability, us", "");
    err = rivals_time(bn);
    err = err ? err : moves_time(bn);
    err = err ? err : rebuild_time(bn);
    err = err ? err : closures_time(bn, 1, "1 arc closed or opened, all answers right, us");
    err = err ? err : closures_time(bn, 10, "10 arcs, us");
    err = err ? err : closures_time(bn, CLOSED_MOST, "100 arcs, us");
    err = err ? err : table_time(bn, TABLE, ROUNDS_FEW, "a table of 100 x 100, us");
    err = err ? err : table_time(bn, TABLE_LARGE, ROUNDS_SLOW, "a table of 1,000 x 1,000, us");
    err = err ? err : isochrone_time(bn, false, "4, 8, 12 minutes around a crew, us");
    return err ? err : isochrone_time(bn, true, "4, 8, 12 minutes around all crews, us");
}

static amp_err map_bench(const char *path, size_t n, struct amp_why *why)
{
    struct bench *bn = calloc(1, sizeof(*bn));
    if (bn == NULL) {
        return amp_fail(why, AMP_E_NOMEM, "no memory for the bench");
    }
    bn->state = 42;
    bn->n = n;
    amp_err err = amp_amap_open(path, &bn->amap, why);
    err = err ? err : amp_roads_open(bn->amap, &bn->roads, why);
    if (!err) {
        err = amp_metric_create(bn->roads, AMP_PROFILE_AMBULANCE, NULL, 0, &bn->metric, why);
    }
    if (!err) {
        struct amp_road_counts counts = amp_roads_counts(bn->roads);
        printf("%-46s %11llu %11llu %11zu\n", "nodes, arcs, up-arcs",
               (unsigned long long)counts.nodes, (unsigned long long)counts.arcs, bn->roads->up_n);
        err = amp_road_query_create(bn->roads, &bn->query);
    }
    if (!err) {
        err = rows_print(bn);
    }
    amp_units_destroy(bn->units);
    amp_road_query_destroy(bn->query);
    amp_metric_unref(bn->metric);
    amp_roads_close(bn->roads);
    amp_amap_close(bn->amap);
    free(bn->place);
    free(bn);
    return err;
}

static amp_err town_build(const char *path, struct amp_why *why)
{
    char extract[] = "/tmp/amparo-nearest-town-XXXXXX";
    struct amp_osm osm;
    struct amp_road_counts counts;
    struct amp_amap_writer *writer = NULL;
    amp_err err = amp_bench_town(extract, why);
    err = err ? err : amp_osm_read_file(extract, NULL, &osm, why);
    (void)unlink(extract);
    if (err) {
        return err;
    }
    err = amp_amap_create(path, &writer, why);
    err = err ? err : amp_roads_build(&osm, NULL, writer, &counts, why);
    err = err ? err : amp_amap_commit(writer, why);
    amp_amap_abandon(writer);
    amp_osm_free(&osm);
    return err;
}

int main(int argc, char **argv)
{
    struct amp_why why = {""};
    char made[] = "/tmp/amparo-nearest-map-XXXXXX";
    amp_err err = AMP_OK;
    int64_t n = UNITS_DEFAULT;
    bool bad = argc > 2 && amp_str_i64(amp_str_of(argv[2]), &n) != AMP_OK;
    if (argc > 3 || bad || n < 1 || n > AMP_UNITS_LIVE) {
        (void)fprintf(stderr, "usage: nearest_bench [MAP.amap [UNITS]]\n");
        return 2;
    }
    if (argc > 1) {
        err = map_bench(argv[1], (size_t)n, &why);
    } else {
        int fd = mkstemp(made);
        err = fd < 0 ? AMP_E_IO : AMP_OK;
        if (!err) {
            (void)close(fd);
            err = town_build(made, &why);
            err = err ? err : map_bench(made, (size_t)n, &why);
            (void)unlink(made);
        }
    }
    if (err) {
        (void)fprintf(stderr, "%s: %s\n", amp_err_words(err), why.text);
    }
    return err ? 1 : 0;
}
