/*
 * How fast the roads are: order and build, customization in full and in part, point to point, many
 * units to one call, snapping; with the memory that they take and the bars they are held to.
 *
 *   roads_bench                      a made-up city, and Porto where the data is at hand
 * Times are those of the working thread, so that others on the machine do not count; several
 * threads are timed by the clock.
 *
 *   roads_bench EXTRACT|MAP.amap...  an .amap is opened as it is, without the rows of building
 */
#include "map/roads_in.h"
#include "map/roads_slow.h"
#include "maps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    PASSES = 7,
    ROUNDS = 1000,
    UNITS = 1000,
    UNITS_FEW = 200,
    BEST = 5,
    SLOW_ROUNDS = 20,
    CHANGE_ROUNDS = 40, /* closed and lifted again */
    CLOSED_MOST = 1000,
    THREADS = 2,
    CITY_NODES = 500000 /* above, a map is held to the bars of a country */
};

static double clock_us(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int double_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void row_print(const char *what, double *us, size_t n)
{
    qsort(us, n, sizeof(*us), double_compare);
    printf("%-44s %10.1f %10.1f\n", what, us[n / 2], us[n * 99 / 100]);
}

static void bar_print(const char *what, double value, const char *unit, double bar)
{
    printf("%-44s %10.1f %-4s bar %.0f: %s\n", what, value, unit, bar,
           value <= bar ? "holds" : "MISSED");
}

static uint64_t chance(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

struct bench {
    struct amp_amap *amap;
    struct amp_roads *roads;
    struct amp_metric *metric;
    struct amp_road_query *query;
    uint64_t state;
    double us[ROUNDS];
};

/* The time of each phase of a build. */
struct phases {
    const char *name;
    double begin_us;
};

static void phase_tell(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
    struct phases *phases = ctx;
    double now = amp_bench_cpu_us();
    (void)done;
    (void)total;
    if (phases->name != NULL) {
        printf("  %-42s %10.1f\n", phases->name, (now - phases->begin_us) / 1e3);
    }
    phases->name = phase;
    phases->begin_us = now;
}

static amp_err file_build(const char *in, const char *out, struct amp_why *why)
{
    struct amp_osm osm;
    struct amp_road_counts counts;
    struct amp_amap_writer *writer = NULL;
    struct phases phases = {NULL, 0};
    struct amp_progress progress = {.tell = phase_tell, .ctx = &phases};
    double begin = amp_bench_cpu_us();
    amp_err err = amp_osm_read_file(in, NULL, &osm, why);
    if (err) {
        return err;
    }
    double read = amp_bench_cpu_us();
    err = amp_amap_create(out, &writer, why);
    if (!err) {
        err = amp_roads_build(&osm, &progress, writer, &counts, why);
    }
    double built = amp_bench_cpu_us();
    phase_tell(&phases, NULL, 0, 0);
    if (!err) {
        err = amp_amap_commit(writer, why);
    }
    amp_amap_abandon(writer);
    amp_osm_free(&osm);
    if (!err) {
        printf("%-44s %10.1f\n", "read the extract, ms", (read - begin) / 1e3);
        printf("%-44s %10.1f\n", "write the roads, ms", (amp_bench_cpu_us() - built) / 1e3);
        bar_print("order and build", (built - read) / 1e6, "s",
                  counts.nodes > CITY_NODES ? 240 : 5);
        printf("%-44s %10llu %10llu\n", "nodes, arcs", (unsigned long long)counts.nodes,
               (unsigned long long)counts.arcs);
    }
    return err;
}

static struct amp_snap snap_random(struct bench *bn)
{
    struct amp_snap snap = {.segment = 0};
    size_t n = 0;
    while (n == 0) {
        struct amp_pos pos = bn->roads->vertex_pos[chance(&bn->state) % bn->roads->vertex_n];
        if (amp_roads_snap(bn->roads, AMP_PROFILE_AMBULANCE, pos, AMP_SNAP_MAX_M, -1, &snap, 1,
                           &n)) {
            n = 0;
        }
    }
    return snap;
}

/* Every pair in PASSES passes over all pairs, the least of its times: between two of its turns all
 * others were asked. */
static void times_time(struct bench *bn)
{
    static struct amp_snap pair[ROUNDS][2];
    for (int i = 0; i < ROUNDS; i++) {
        pair[i][0] = snap_random(bn);
        pair[i][1] = snap_random(bn);
        bn->us[i] = INFINITY;
    }
    for (int i = 0; i < PASSES * ROUNDS; i++) {
        int k = i % ROUNDS;
        uint32_t ms = 0;
        double begin = amp_bench_cpu_us();
        (void)!amp_road_time(bn->query, bn->metric, &pair[k][0], &pair[k][1], &ms);
        bn->us[k] = fmin(bn->us[k], amp_bench_cpu_us() - begin);
    }
    row_print("one pair, the time alone, us", bn->us, ROUNDS);
    bar_print("  P50", bn->us[ROUNDS / 2], "us", 100);
}

/* A closure of one direction of one random road. */
static struct amp_road_closure closure_random(struct bench *bn)
{
    uint32_t seg = (uint32_t)(chance(&bn->state) % bn->roads->seg_n);
    struct amp_pos a = amp_seg_point(bn->roads, seg, 0), b = amp_seg_point(bn->roads, seg, 1);
    return (struct amp_road_closure){.shape = AMP_CLOSURE_ROAD,
                                     .at = amp_pos_between(a, b, 0.5),
                                     .heading_deg = amp_pos_bearing_deg(a, b)};
}

/* From one metric to the next and back, as a server does it: the one before is given up. */
static amp_err changes_time(struct bench *bn, size_t closed, struct amp_why *why)
{
    static struct amp_road_closure closure[CLOSED_MOST];
    double lifted_us[CHANGE_ROUNDS];
    char what[64];
    amp_err err = AMP_OK;
    size_t nodes = 0;
    for (int i = 0; i < CHANGE_ROUNDS && !err; i++) {
        for (size_t k = 0; k < closed; k++) {
            closure[k] = closure_random(bn);
        }
        for (int lift = 0; lift < 2 && !err; lift++) {
            struct amp_metric *next = NULL;
            double begin = amp_bench_cpu_us();
            err = amp_metric_change(bn->metric, closure, lift ? 0 : closed, &next, why);
            if (!err) {
                *(lift ? &lifted_us[i] : &bn->us[i]) = amp_bench_cpu_us() - begin;
                struct amp_buf node = amp_buf_make((size_t)1 << 30);
                struct amp_buf base = amp_buf_make((size_t)1 << 30);
                if (amp_metric_changes(bn->metric, next, &node, &base) == AMP_OK) {
                    nodes += node.len / sizeof(uint32_t);
                }
                amp_buf_free(&node);
                amp_buf_free(&base);
                amp_metric_unref(bn->metric);
                bn->metric = next;
            }
        }
    }
    if (err) {
        return err;
    }
    (void)snprintf(what, sizeof(what), "%zu arcs closed, weights in force, us", closed);
    row_print(what, bn->us, CHANGE_ROUNDS);
    row_print("  the same lifted, us", lifted_us, CHANGE_ROUNDS);
    printf("  %-42s %10zu\n", "nodes with other weights, mean", nodes / (2 * CHANGE_ROUNDS));
    return AMP_OK;
}

static amp_err customize_time(struct bench *bn, unsigned threads, const char *what,
                              struct amp_why *why)
{
    for (int i = 0; i < SLOW_ROUNDS; i++) {
        struct amp_metric *metric = NULL;
        double begin = threads > 1 ? clock_us() : amp_bench_cpu_us();
        amp_err err =
            amp_metric_create_by(bn->roads, AMP_PROFILE_AMBULANCE, NULL, 0, threads, &metric, why);
        bn->us[i] = (threads > 1 ? clock_us() : amp_bench_cpu_us()) - begin;
        if (err) {
            return err;
        }
        amp_metric_unref(bn->metric);
        bn->metric = metric;
    }
    row_print(what, bn->us, SLOW_ROUNDS);
    return AMP_OK;
}

static void memory_print(const struct bench *bn)
{
    const struct amp_roads *rd = bn->roads;
    size_t metric = 4 * rd->arc_n + 8 * rd->up_n + 4 * rd->seg_n;
    printf("%-44s %10zu %10u\n", "up-arcs, most of one node", rd->up_n, rd->up_most);
    printf("%-44s %10.1f\n", "memory: one set of weights, MB", (double)metric / 1e6);
    printf("%-44s %10.1f\n", "memory: tables made at opening, MB", (double)rd->arena.used / 1e6);
    printf("%-44s %10.1f\n", "memory: one thread's scratch, MB",
           (double)bn->query->arena.used / 1e6);
}

static void pairs_time(struct bench *bn)
{
    struct amp_arena arena = amp_arena_make((size_t)1 << 30);
    for (int i = 0; i < ROUNDS; i++) {
        struct amp_snap from = snap_random(bn), to = snap_random(bn);
        struct amp_road_path path;
        double begin = amp_bench_cpu_us();
        (void)!amp_path_find(bn->query, bn->metric, &from, &to, &arena, &path);
        bn->us[i] = amp_bench_cpu_us() - begin;
        amp_arena_reset(&arena);
    }
    row_print("one pair, with its path, us", bn->us, ROUNDS);
    amp_arena_drop(&arena);
    for (int i = 0; i < SLOW_ROUNDS; i++) {
        struct amp_snap from = snap_random(bn), to = snap_random(bn);
        uint32_t time_ms = 0;
        double begin = amp_bench_cpu_us();
        (void)!amp_roads_slow_time(bn->metric, &from, &to, &time_ms);
        bn->us[i] = amp_bench_cpu_us() - begin;
    }
    row_print("one pair by Dijkstra, us", bn->us, SLOW_ROUNDS);
}

static void reach_time(struct bench *bn, size_t units, const char *what)
{
    static struct amp_snap unit[UNITS];
    static struct amp_reach reach[UNITS];
    for (size_t i = 0; i < units; i++) {
        unit[i] = snap_random(bn);
    }
    for (int i = 0; i < ROUNDS; i++) {
        struct amp_snap to = snap_random(bn);
        double begin = amp_bench_cpu_us();
        (void)!amp_roads_reach(bn->query, bn->metric, unit, units, &to, BEST, reach);
        bn->us[i] = amp_bench_cpu_us() - begin;
    }
    row_print(what, bn->us, ROUNDS);
}

static void snap_time(struct bench *bn)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct amp_pos pos = bn->roads->vertex_pos[chance(&bn->state) % bn->roads->vertex_n];
        struct amp_snap snap[5];
        size_t n = 0;
        pos.lat_e7 += (int32_t)(chance(&bn->state) % 4000) - 2000;
        double begin = amp_bench_cpu_us();
        (void)!amp_roads_snap(bn->roads, AMP_PROFILE_AMBULANCE, pos, AMP_SNAP_MAX_M, -1, snap, 1,
                              &n);
        bn->us[i] = amp_bench_cpu_us() - begin;
    }
    row_print("snap to the nearest road, us", bn->us, ROUNDS);
}

static amp_err metric_time(struct bench *bn, struct amp_why *why)
{
    static const size_t closed[] = {1, 10, 100, CLOSED_MOST};
    amp_err err = customize_time(bn, 1, "all weights (customization), 1 thread, us", why);
    if (!err) {
        bar_print("  P50", bn->us[SLOW_ROUNDS / 2] / 1e3, "ms", 600);
        err = customize_time(bn, THREADS, "all weights, 2 threads, us", why);
    }
    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]) && !err; i++) {
        err = changes_time(bn, closed[i], why);
        if (!err && closed[i] <= 100) {
            bar_print("  P50", bn->us[CHANGE_ROUNDS / 2] / 1e3, "ms", 100);
        }
    }
    return err ? err : amp_road_query_create(bn->roads, &bn->query);
}

static bool is_map(const char *path)
{
    size_t n = strlen(path);
    return n > 5 && strcmp(path + n - 5, ".amap") == 0;
}

/* All rows for one extract, whose map is made in a temporary file, or for one map. */
static amp_err extract_bench(const char *name, const char *extract, struct amp_why *why)
{
    struct bench *bn = calloc(1, sizeof(*bn));
    char path[] = "/tmp/amparo-bench-XXXXXX";
    int fd = mkstemp(path);
    if (bn == NULL || fd < 0) {
        free(bn);
        return amp_fail(why, AMP_E_IO, "no memory or no temporary file for the bench");
    }
    (void)close(fd);
    bn->state = 42;
    printf("\nroads of %s\n", name);
    amp_err err = is_map(extract) ? AMP_OK : file_build(extract, path, why);
    err = err ? err : amp_amap_open(is_map(extract) ? extract : path, &bn->amap, why);
    double begin = amp_bench_cpu_us();
    err = err ? err : amp_roads_open(bn->amap, &bn->roads, why);
    if (!err) {
        printf("%-44s %10.1f\n", "open and check the roads, ms",
               (amp_bench_cpu_us() - begin) / 1e3);
        printf("%-44s %10s %10s\n", "", "P50", "P99");
        err = metric_time(bn, why);
    }
    if (!err) {
        memory_print(bn);
        times_time(bn);
        pairs_time(bn);
        reach_time(bn, UNITS_FEW, "nearest 5 of 200 crews, with metres, us");
        reach_time(bn, UNITS, "nearest 5 of 1,000 crews, with metres, us");
        snap_time(bn);
    }
    amp_road_query_destroy(bn->query);
    amp_metric_unref(bn->metric);
    amp_roads_close(bn->roads);
    amp_amap_close(bn->amap);
    (void)unlink(path);
    free(bn);
    return err;
}

int main(int argc, char **argv)
{
    return amp_bench_maps(argc, argv, extract_bench);
}
