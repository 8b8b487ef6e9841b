/* How fast the roads are: build, customization, point to point, many units to one call, snapping.
 */
#include "base/testdata.h"
#include "map/roads_in.h"
#include "map/roads_slow.h"
#include "map/synth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    ROUNDS = 1000,
    UNITS = 1000,
    UNITS_FEW = 200,
    BEST = 5,
    SLOW_ROUNDS = 20,
    TOWN_SIZE = 4
};

static double now_us(void)
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

static amp_err file_build(const char *in, const char *out, struct amp_why *why)
{
    struct amp_osm osm;
    struct amp_road_counts counts;
    struct amp_amap_writer *writer = NULL;
    double begin = now_us();
    amp_err err = amp_osm_read_file(in, NULL, &osm, why);
    if (err) {
        return err;
    }
    double read = now_us();
    err = amp_amap_create(out, &writer, why);
    if (!err) {
        err = amp_roads_build(&osm, NULL, writer, &counts, why);
    }
    if (!err) {
        err = amp_amap_commit(writer, why);
    }
    amp_amap_abandon(writer);
    amp_osm_free(&osm);
    if (!err) {
        printf("%-44s %10.1f\n", "read the extract, ms", (read - begin) / 1e3);
        printf("%-44s %10.1f\n", "build and write the roads, ms", (now_us() - read) / 1e3);
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

static void pairs_time(struct bench *bn)
{
    struct amp_arena arena = amp_arena_make((size_t)1 << 30);
    for (int i = 0; i < ROUNDS; i++) {
        struct amp_snap from = snap_random(bn), to = snap_random(bn);
        struct amp_road_path path;
        double begin = now_us();
        (void)!amp_path_find(bn->query, bn->metric, &from, &to, &arena, &path);
        bn->us[i] = now_us() - begin;
        amp_arena_reset(&arena);
    }
    row_print("one pair, with its path, us", bn->us, ROUNDS);
    amp_arena_drop(&arena);
    for (int i = 0; i < SLOW_ROUNDS; i++) {
        struct amp_snap from = snap_random(bn), to = snap_random(bn);
        uint32_t time_ms = 0;
        double begin = now_us();
        (void)!amp_roads_slow_time(bn->metric, &from, &to, &time_ms);
        bn->us[i] = now_us() - begin;
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
        double begin = now_us();
        (void)!amp_roads_reach(bn->query, bn->metric, unit, units, &to, BEST, reach);
        bn->us[i] = now_us() - begin;
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
        double begin = now_us();
        (void)!amp_roads_snap(bn->roads, AMP_PROFILE_AMBULANCE, pos, AMP_SNAP_MAX_M, -1, snap, 1,
                              &n);
        bn->us[i] = now_us() - begin;
    }
    row_print("snap to the nearest road, us", bn->us, ROUNDS);
}

static amp_err metric_time(struct bench *bn, struct amp_why *why)
{
    for (int i = 0; i < SLOW_ROUNDS; i++) {
        struct amp_metric *metric = NULL;
        double begin = now_us();
        amp_err err = amp_metric_create(bn->roads, AMP_PROFILE_AMBULANCE, NULL, 0, &metric, why);
        bn->us[i] = now_us() - begin;
        if (err) {
            return err;
        }
        amp_metric_unref(bn->metric);
        bn->metric = metric;
    }
    row_print("weights with closures (customization), us", bn->us, SLOW_ROUNDS);
    return amp_road_query_create(bn->roads, &bn->query);
}

/* All rows for one extract; the map is made in a temporary file. */
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
    amp_err err = file_build(extract, path, why);
    err = err ? err : amp_amap_open(path, &bn->amap, why);
    double begin = now_us();
    err = err ? err : amp_roads_open(bn->amap, &bn->roads, why);
    if (!err) {
        printf("%-44s %10.1f\n", "open and check the roads, ms", (now_us() - begin) / 1e3);
        printf("%-44s %10s %10s\n", "", "P50", "P99");
        err = metric_time(bn, why);
    }
    if (!err) {
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

static amp_err town_bench(struct amp_why *why)
{
    char path[] = "/tmp/amparo-bench-town-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0) {
        return amp_fail(why, AMP_E_IO, "no temporary file for the bench");
    }
    (void)close(fd);
    amp_err err = amp_synth_write(path, 1, TOWN_SIZE, NULL, why);
    err = err ? err : extract_bench("a made-up city", path, why);
    (void)unlink(path);
    return err;
}

int main(int argc, char **argv)
{
    struct amp_why why = {""};
    amp_err err = argc < 2 ? town_bench(&why) : AMP_OK;
    for (int i = 1; i < argc && !err; i++) {
        err = extract_bench(argv[i], argv[i], &why);
    }
    const char *porto = argc < 2 ? amp_testdata("maps/porto_portugal.osm.pbf") : NULL;
    if (porto != NULL && !err) {
        err = extract_bench("Porto", porto, &why);
    }
    if (err) {
        (void)fprintf(stderr, "%s: %s\n", amp_err_words(err), why.text);
    }
    return err ? 1 : 0;
}
