/*
 * A map, its crews and its incidents for a rival to answer the same: rival_export MAP DIR UNITS N.
 *
 * DIR/edges.csv has id,source,target,cost_ms, turned round: from an incident to the crews, as one
 * search does it. A crew and an incident are vertices of their own, joined to the graph by what is
 * left of their roads. DIR/answers.csv has incident,microseconds and the first 8 as unit:ms.
 */
#include "map/roads_in.h"
#include "map/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    BEST = 8,
    PATH = 4096,
    US_PER_S = 1000000
};

struct exported {
    const struct amp_roads *roads;
    struct amp_metric *metric;
    struct amp_road_query *query;
    struct amp_units *units;
    struct amp_snap *unit;
    size_t unit_n;
    uint64_t state;
    uint64_t edge;
    FILE *edges, *answers;
};

static uint64_t chance(struct exported *ex)
{
    ex->state = ex->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ex->state >> 33;
}

static struct amp_snap anywhere(struct exported *ex)
{
    struct amp_snap snap = {.routable = true};
    do {
        snap.segment = (uint32_t)(chance(ex) % ex->roads->seg_n);
    } while (!amp_snap_usable(ex->metric, snap.segment) ||
             !(ex->roads->connected[snap.segment] & 1));
    snap.share = (double)(chance(ex) % 1000) / 1000;
    snap.at = amp_seg_point(ex->roads, snap.segment, 0);
    return snap;
}

/* One way of driving, turned round. */
static void edge_write(struct exported *ex, uint64_t from, uint64_t to, uint32_t cost_ms)
{
    (void)fprintf(ex->edges, "%llu,%llu,%llu,%u\n", (unsigned long long)++ex->edge,
                  (unsigned long long)to, (unsigned long long)from, cost_ms);
}

static amp_err units_write(struct exported *ex)
{
    amp_err err = amp_units_create(ex->metric, &ex->units);
    for (size_t i = 0; i < ex->unit_n && !err; i++) {
        ex->unit[i] = anywhere(ex);
        const struct amp_unit_place place = {.id = (uint32_t)i, .snap = ex->unit[i]};
        size_t n = amp_seeds_from(ex->metric, &ex->unit[i], ex->query->seed[0]);
        for (size_t k = 0; k < n; k++) {
            const struct amp_seed *seed = &ex->query->seed[0][k];
            edge_write(ex, ex->roads->node_n + i, seed->node, seed->cost_ms);
        }
        err = amp_units_put(ex->units, ex->query, &place);
    }
    return err;
}

static double now_us(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * US_PER_S + (double)ts.tv_nsec / 1e3;
}

static void incident_write(struct exported *ex, uint64_t vertex)
{
    struct amp_unit_time best[2 * BEST];
    struct amp_snap to = anywhere(ex);
    const struct amp_units_ask ask = {.to = &to, .k = BEST};
    double begin = now_us();
    size_t n = amp_units_first(ex->units, ex->query, &ask, best, 2 * BEST);
    double took_us = now_us() - begin;
    size_t seed_n = amp_seeds_to(ex->metric, &to, ex->query->seed[1]);
    for (size_t k = 0; k < seed_n; k++) {
        const struct amp_seed *seed = &ex->query->seed[1][k];
        edge_write(ex, seed->node, vertex, seed->cost_ms);
    }
    (void)fprintf(ex->answers, "%llu,%.3f", (unsigned long long)vertex, took_us);
    for (size_t i = 0; i < n && i < BEST; i++) {
        (void)fprintf(ex->answers, ",%llu:%u", (unsigned long long)(ex->roads->node_n + best[i].id),
                      best[i].time_ms);
    }
    (void)fputc('\n', ex->answers);
}

static amp_err all_write(struct exported *ex, size_t incidents)
{
    const struct amp_roads *rd = ex->roads;
    (void)fprintf(ex->edges, "id,source,target,cost_ms\n");
    for (size_t a = 0; a < rd->arc_n; a++) {
        if (ex->metric->weight[a] < AMP_ROAD_INF) {
            edge_write(ex, rd->arc_tail[a], rd->arc_head[a], ex->metric->weight[a]);
        }
    }
    ex->unit = calloc(ex->unit_n, sizeof(*ex->unit));
    amp_err err = ex->unit == NULL ? AMP_E_NOMEM : units_write(ex);
    for (size_t i = 0; i < incidents && !err; i++) {
        incident_write(ex, rd->node_n + ex->unit_n + i);
    }
    amp_units_destroy(ex->units);
    free(ex->unit);
    return err;
}

static FILE *file_make(const char *dir, const char *name)
{
    char path[PATH];
    int n = snprintf(path, sizeof(path), "%s/%s", dir, name);
    return n > 0 && n < PATH ? fopen(path, "w") : NULL;
}

static amp_err map_export(const char *map, const char *dir, size_t units, size_t incidents,
                          struct amp_why *why)
{
    struct amp_amap *amap = NULL;
    struct amp_roads *roads = NULL;
    struct exported ex = {.unit_n = units, .state = 42};
    amp_err err = amp_amap_open(map, &amap, why);
    err = err ? err : amp_roads_open(amap, &roads, why);
    ex.roads = roads;
    err = err ? err : amp_metric_create(roads, AMP_PROFILE_AMBULANCE, NULL, 0, &ex.metric, why);
    err = err ? err : amp_road_query_create(roads, &ex.query);
    if (!err) {
        ex.edges = file_make(dir, "edges.csv");
        ex.answers = file_make(dir, "answers.csv");
        err = ex.edges == NULL || ex.answers == NULL ? amp_fail(why, AMP_E_IO, "%s", dir)
                                                     : all_write(&ex, incidents);
    }
    if ((ex.edges != NULL && fclose(ex.edges) != 0) ||
        (ex.answers != NULL && fclose(ex.answers) != 0)) {
        err = err ? err : amp_fail(why, AMP_E_IO, "%s is full", dir);
    }
    amp_road_query_destroy(ex.query);
    amp_metric_unref(ex.metric);
    amp_roads_close(roads);
    amp_amap_close(amap);
    return err;
}

int main(int argc, char **argv)
{
    struct amp_why why = {""};
    int64_t units = 0, incidents = 0;
    if (argc != 5 || amp_str_i64(amp_str_of(argv[3]), &units) != AMP_OK ||
        amp_str_i64(amp_str_of(argv[4]), &incidents) != AMP_OK || units < 1 ||
        units > AMP_UNITS_LIVE || incidents < 1) {
        (void)fprintf(stderr, "usage: rival_export MAP.amap DIR UNITS INCIDENTS\n");
        return 2;
    }
    amp_err err = map_export(argv[1], argv[2], (size_t)units, (size_t)incidents, &why);
    if (err) {
        (void)fprintf(stderr, "%s: %s\n", amp_err_words(err), why.text);
    }
    return err ? 1 : 0;
}
