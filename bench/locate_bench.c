/* How fast a caller's region is answered with 1,000 crews, and how fast traces are matched: time of
 * the processor, since nothing here waits and the machine may have others on it. */
#include "map/fuse.h"
#include "map/locate.h"
#include "map/map.h"
#include "map/match.h"
#include "map/roads_in.h"
#include "maps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ROUNDS = 200,
    CREWS = 1000,
    DRIVES = 60,
    FIXES = 4096,
    SLOW_ROUNDS = 10
};

static int double_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void row_print(const char *what, double *us, size_t n)
{
    qsort(us, n, sizeof(*us), double_compare);
    printf("%-56s %10.1f %10.1f\n", what, us[n / 2], us[n * 99 / 100]);
}

static uint64_t chance(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static double normal(uint64_t *state)
{
    double u = ((double)(chance(state) % 1000000) + 0.5) / 1e6;
    double v = ((double)(chance(state) % 1000000) + 0.5) / 1e6;
    return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

struct bench {
    struct amp_map map;
    struct amp_metric *metric;
    struct amp_road_query *query;
    struct amp_arena arena;
    uint64_t state;
    struct amp_locate_crew crew[CREWS];
    double find_us[ROUNDS], reckon_us[ROUNDS], both_us[ROUNDS];
};

static struct amp_snap snap_random(struct bench *bn)
{
    struct amp_snap snap = {.segment = 0};
    size_t n = 0;
    while (n == 0) {
        struct amp_pos pos =
            bn->map.roads->vertex_pos[chance(&bn->state) % bn->map.roads->vertex_n];
        if (amp_roads_snap(bn->map.roads, AMP_PROFILE_AMBULANCE, pos, AMP_SNAP_MAX_M, -1, &snap, 1,
                           &n)) {
            n = 0;
        }
    }
    return snap;
}

static void locate_time(struct bench *bn, double radius_m)
{
    char what[80];
    size_t reckoned = 0, differs = 0;
    double slow_us = 0, fast_us = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct amp_region region = {.shape = AMP_REGION_CIRCLE,
                                    .at = snap_random(bn).at,
                                    .radius_m = radius_m,
                                    .confidence = 0.95};
        struct amp_locate where;
        struct amp_locate_times times;
        double begin = amp_bench_cpu_us();
        (void)!amp_locate_find(bn->map.roads, bn->map.places, AMP_PROFILE_AMBULANCE, &region,
                               &bn->arena, &where, NULL);
        double found = amp_bench_cpu_us();
        (void)!amp_locate_reckon(bn->query, bn->metric, &where, bn->crew, CREWS, &bn->arena,
                                 &times);
        double end = amp_bench_cpu_us();
        bn->find_us[i] = found - begin;
        bn->reckon_us[i] = end - found;
        bn->both_us[i] = end - begin;
        reckoned += times.reckoned;
        differs += times.differs ? 1 : 0;
        if (i < SLOW_ROUNDS) {
            fast_us += end - found;
            begin = amp_bench_cpu_us();
            (void)!amp_locate_reckon_slow(bn->query, bn->metric, &where, bn->crew, CREWS,
                                          &bn->arena, &times);
            slow_us += amp_bench_cpu_us() - begin;
        }
        amp_arena_reset(&bn->arena);
    }
    (void)snprintf(what, sizeof(what), "what a circle of %.0f m can mean, us", radius_m);
    row_print(what, bn->find_us, ROUNDS);
    (void)snprintf(what, sizeof(what), "  times of 1,000 crews over it (%.1f looked at), us",
                   (double)reckoned / ROUNDS);
    row_print(what, bn->reckon_us, ROUNDS);
    row_print("  both, us", bn->both_us, ROUNDS);
    printf("%-56s %10.1f\n", "  all crews at all samples, times as long", slow_us / fast_us);
    printf("%-56s %10.1f\n", "  the best crew differs within it, %",
           100.0 * (double)differs / ROUNDS);
}

/* ---- traces ---- */

struct drives {
    struct amp_match_fix fix[FIXES];
    size_t fix_n;
    size_t told, on;
};

static amp_err told(void *ctx, const struct amp_matched *matched)
{
    struct drives *dr = ctx;
    dr->told++;
    dr->on += matched->state <= AMP_MATCH_BETWEEN ? 1 : 0;
    return AMP_OK;
}

static struct amp_pos noisy(struct amp_pos pos, double sigma_m, uint64_t *state)
{
    struct amp_plane plane = amp_plane_at(pos);
    double x = sigma_m * normal(state), y = sigma_m * normal(state);
    return amp_plane_pos(&plane, (struct amp_spot){x, y});
}

/* Reports along a fastest way; within a segment they are spread over its pieces. */
static void drive_make(struct bench *bn, double every_s, double sigma_m, struct drives *dr)
{
    struct amp_road_path path = {.step_n = 0};
    dr->fix_n = 0;
    do {
        struct amp_snap from = snap_random(bn), to = snap_random(bn);
        if (amp_path_find(bn->query, bn->metric, &from, &to, &bn->arena, &path)) {
            path.step_n = 0;
        }
    } while (path.step_n < 40);
    double begin_s = 0, next_s = 0;
    for (size_t i = 0; i < path.step_n; i++) {
        const struct amp_road_step *step = &path.step[i];
        double time_s = step->time_ms / 1000.0;
        for (; next_s < begin_s + time_s && dr->fix_n < FIXES; next_s += every_s) {
            double at = step->begin + (step->end - step->begin) * (next_s - begin_s) / time_s;
            double share = fmin(fmax(step->base & 1 ? 1 - at : at, 0), 1);
            uint32_t seg = step->base >> 1, last = amp_seg_points(bn->map.roads, seg) - 1;
            uint32_t piece = (uint32_t)(share * last);
            piece = piece < last ? piece : last - 1;
            struct amp_pos pos = amp_pos_between(amp_seg_point(bn->map.roads, seg, piece),
                                                 amp_seg_point(bn->map.roads, seg, piece + 1),
                                                 fmin(share * last - piece, 1));
            dr->fix[dr->fix_n++] = (struct amp_match_fix){.pos = noisy(pos, sigma_m, &bn->state),
                                                          .time_s = next_s,
                                                          .heading_deg = -1,
                                                          .sigma_m = sigma_m};
        }
        begin_s += time_s;
    }
}

static void match_time(struct bench *bn, double every_s, double sigma_m)
{
    struct drives *dr = calloc(1, sizeof(*dr));
    struct amp_matcher *matcher = NULL;
    double spent_us = 0;
    struct amp_match_sink sink = {dr, told};
    if (dr == NULL || amp_matcher_create(bn->map.roads, bn->metric, &sink, &matcher)) {
        free(dr);
        return;
    }
    for (int i = 0; i < DRIVES; i++) {
        drive_make(bn, every_s, sigma_m, dr);
        double begin = amp_bench_cpu_us();
        for (size_t k = 0; k < dr->fix_n; k++) {
            (void)!amp_matcher_push(matcher, &dr->fix[k]);
        }
        (void)!amp_matcher_finish(matcher);
        spent_us += amp_bench_cpu_us() - begin;
        amp_arena_reset(&bn->arena);
    }
    printf(
        "match: every %2.0f s, sigma %2.0f m, reports a second       %12.0f   (%.1f %% on roads)\n",
        every_s, sigma_m, (double)dr->told / spent_us * 1e6,
        100.0 * (double)dr->on / (double)dr->told);
    amp_matcher_destroy(matcher);
    free(dr);
}

static amp_err map_bench(const char *name, const char *extract, struct amp_why *why)
{
    char path[] = "/tmp/amparo-bench-XXXXXX";
    struct bench *bn = calloc(1, sizeof(*bn));
    int fd = mkstemp(path);
    if (bn == NULL || fd < 0) {
        free(bn);
        return amp_fail(why, AMP_E_IO, "no memory or no temporary file for the bench");
    }
    (void)close(fd);
    bn->state = 42;
    bn->arena = amp_arena_make((size_t)1 << 30);
    struct amp_map_counts counts;
    amp_err err = amp_map_build(extract, path, NULL, &counts, why);
    err = err ? err : amp_map_open(path, &bn->map, why);
    err = err ? err
              : amp_metric_create(bn->map.roads, AMP_PROFILE_AMBULANCE, NULL, 0, &bn->metric, why);
    err = err ? err : amp_road_query_create(bn->map.roads, &bn->query);
    if (!err) {
        printf("\nlocation on %s\n%-56s %10s %10s\n", name, "", "P50", "P99");
        for (size_t i = 0; i < CREWS; i++) {
            bn->crew[i] = (struct amp_locate_crew){AMP_STR("crew"), snap_random(bn)};
        }
        locate_time(bn, 200);
        locate_time(bn, 2000);
        match_time(bn, 1, 5);
        match_time(bn, 10, 10);
        match_time(bn, 60, 10);
    }
    amp_arena_drop(&bn->arena);
    amp_road_query_destroy(bn->query);
    amp_metric_unref(bn->metric);
    amp_map_close(&bn->map);
    (void)unlink(path);
    free(bn);
    return err;
}

int main(int argc, char **argv)
{
    return amp_bench_maps(argc, argv, map_bench);
}
