/* Weights that are changed in part, or made by several threads, against weights made anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/roads_fixture.h"
#include "map/roads_slow.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHANGES = 60,
    CLOSURES = 12,
    PAIRS = 300,
    SLOW_PAIRS = 40,
    READERS = 2
};

/* Closures of every kind; a few of them large. The points of shapes are put into `point`. */
static size_t closures_draw(const struct amp_fixture *fx, uint64_t *seed, struct amp_pos point[][3],
                            struct amp_road_closure *closure)
{
    size_t n = amp_fixture_chance(seed) % (CLOSURES + 1);
    for (size_t i = 0; i < n; i++) {
        struct amp_pos pos = amp_fixture_pos(fx, seed);
        closure[i] = (struct amp_road_closure){
            .shape = (enum amp_closure_shape)(amp_fixture_chance(seed) % 4),
            .at = pos,
            .radius_m = amp_fixture_chance(seed) % 20 == 0 ? 3000 : 60,
            .point = point[i],
            .point_n = 3,
            .heading_deg = (double)(amp_fixture_chance(seed) % 720) - 360,
            .time_percent = amp_fixture_chance(seed) % 2 == 0
                                ? 0
                                : 101 + (uint32_t)(amp_fixture_chance(seed) % 400)};
        point[i][0] = point[i][1] = point[i][2] = pos;
        point[i][1].lat_e7 += (int32_t)(amp_fixture_chance(seed) % 30000);
        point[i][2].lon_e7 += (int32_t)(amp_fixture_chance(seed) % 30000);
    }
    return n;
}

static void metrics_equal(const struct amp_metric *a, const struct amp_metric *b)
{
    const struct amp_roads *rd = a->roads;
    assert_memory_equal(a->percent, b->percent, 2 * rd->seg_n * sizeof(uint16_t));
    assert_memory_equal(a->weight, b->weight, rd->arc_n * sizeof(uint32_t));
    assert_memory_equal(a->up, b->up, rd->up_n * sizeof(uint32_t));
    assert_memory_equal(a->down, b->down, rd->up_n * sizeof(uint32_t));
}

static struct amp_metric *made_anew(const struct amp_fixture *fx, enum amp_profile profile,
                                    const struct amp_road_closure *closure, size_t n)
{
    struct amp_metric *metric = NULL;
    struct amp_why why;
    assert_int_equal(amp_metric_create(fx->roads, profile, closure, n, &metric, &why), AMP_OK);
    return metric;
}

/* Every node and base arc that differs is told; what is told may be more. */
static void changes_are_told(const struct amp_metric *from, const struct amp_metric *to)
{
    struct amp_buf node = amp_buf_make(1 << 26), base = amp_buf_make(1 << 26);
    const struct amp_roads *rd = from->roads;
    amp_err err = amp_metric_changes(from, to, &node, &base);
    if (err == AMP_E_NOT_FOUND) {
        return;
    }
    assert_int_equal(err, AMP_OK);
    uint8_t *told = calloc(rd->node_n + 2 * rd->seg_n + 1, 1);
    assert_non_null(told);
    for (size_t i = 0; i < node.len / sizeof(uint32_t); i++) {
        told[((const uint32_t *)(const void *)node.data)[i]] = 1;
    }
    for (size_t i = 0; i < base.len / sizeof(uint32_t); i++) {
        told[rd->node_n + ((const uint32_t *)(const void *)base.data)[i]] = 1;
    }
    for (size_t i = 0; i < rd->up_n; i++) {
        bool same = from->up[i] == to->up[i] && from->down[i] == to->down[i];
        assert_true(same || told[rd->up_tail[i]]);
    }
    for (size_t i = 0; i < 2 * rd->seg_n; i++) {
        assert_true(from->percent[i] == to->percent[i] || told[rd->node_n + i]);
    }
    free(told);
    amp_buf_free(&node);
    amp_buf_free(&base);
}

/* A chain of changes; now and then a "what if" branches off, and somebody holds on to old ones. */
static void changes_hold(struct amp_fixture *fx, enum amp_profile profile, int changes,
                         uint64_t seed)
{
    struct amp_road_closure closure[CLOSURES];
    struct amp_pos point[CLOSURES][3];
    struct amp_metric *live = amp_metric_ref(fx->metric[profile]), *held = NULL, *held_twin = NULL;
    struct amp_why why;
    for (int i = 0; i < changes; i++) {
        size_t n = closures_draw(fx, &seed, point, closure);
        struct amp_metric *next = NULL, *twin = made_anew(fx, profile, closure, n);
        assert_int_equal(amp_metric_change(live, closure, n, &next, &why), AMP_OK);
        metrics_equal(next, twin);
        changes_are_told(live, next);
        if (held != NULL) {
            metrics_equal(held, held_twin);
            changes_are_told(held, next);
        }
        if (i % 3 == 0) {
            amp_metric_unref(held);
            amp_metric_unref(held_twin);
            held = amp_metric_ref(next);
            held_twin = amp_metric_ref(twin);
        }
        amp_metric_unref(twin);
        if (i % 4 == 3) {
            amp_metric_unref(next); /* it was a question only: the live one goes on */
        } else {
            amp_metric_unref(live);
            live = next;
        }
    }
    amp_metric_unref(held);
    amp_metric_unref(held_twin);
    struct amp_metric *lifted = NULL;
    assert_int_equal(amp_metric_change(live, NULL, 0, &lifted, &why), AMP_OK);
    metrics_equal(lifted, fx->metric[profile]);
    amp_metric_unref(lifted);
    amp_metric_unref(live);
}

static void in_a_town_changed_weights_equal_weights_made_anew(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_fixture_of_town(3, &fx);
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        changes_hold(&fx, (enum amp_profile)p, CHANGES, 40 + (uint64_t)p);
    }
    amp_fixture_free(&fx);
}

static void on_real_maps_changed_weights_equal_weights_made_anew(void **state)
{
    (void)state;
    static const char *const maps[] = {"maps/porto_portugal.osm.pbf", "maps/fiji_ferry.osm.pbf",
                                       "maps/moscow_ru.osm.gz"};
    AMP_TEST_NEEDS(amp_testdata(maps[0]));
    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
        struct amp_fixture fx;
        amp_fixture_of_file(amp_testdata(maps[i]), &fx);
        changes_hold(&fx, AMP_PROFILE_AMBULANCE, CHANGES, 77 + i);
        amp_fixture_free(&fx);
    }
}

static void several_threads_make_the_same_weights(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct amp_why why;
    amp_fixture_of_town(3, &fx);
    static const unsigned threads[] = {0, 2, 3, 7, 1000};
    for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
        struct amp_metric *metric = NULL;
        assert_int_equal(amp_metric_create_by(fx.roads, AMP_PROFILE_AMBULANCE, NULL, 0, threads[i],
                                              &metric, &why),
                         AMP_OK);
        metrics_equal(metric, fx.metric[AMP_PROFILE_AMBULANCE]);
        amp_metric_unref(metric);
    }
    amp_fixture_free(&fx);
}

static void the_time_alone_equals_that_of_the_way_and_of_dijkstra(void **state)
{
    (void)state;
    struct amp_fixture fx;
    uint64_t seed = 8;
    unsigned found = 0;
    amp_fixture_of_town(3, &fx);
    const struct amp_metric *metric = fx.metric[AMP_PROFILE_CAR];
    for (int i = 0; i < PAIRS; i++) {
        struct amp_snap from, to;
        if (amp_snap_open(fx.roads, metric, AMP_PROFILE_CAR, amp_fixture_pos(&fx, &seed), &from) ||
            amp_snap_open(fx.roads, metric, AMP_PROFILE_CAR, amp_fixture_pos(&fx, &seed), &to)) {
            continue;
        }
        if (i % 10 == 0) { /* on one road */
            to = from;
            to.share = 1 - from.share;
        }
        struct amp_road_path path = {.time_ms = 0};
        uint32_t ms = 0, slow_ms = 0;
        amp_err err = amp_path_find(fx.query, metric, &from, &to, &fx.arena, &path);
        assert_int_equal(amp_road_time(fx.query, metric, &from, &to, &ms), err);
        assert_int_equal(ms, path.time_ms);
        if (i < SLOW_PAIRS) {
            assert_int_equal(amp_roads_slow_time(metric, &from, &to, &slow_ms), err);
            assert_int_equal(ms, slow_ms);
        }
        found += err == AMP_OK;
        amp_arena_reset(&fx.arena);
    }
    assert_true(found > PAIRS / 2);
    amp_fixture_free(&fx);
}

/* ---- while others read ---- */

struct post { /* the metric in force, as a server hands it out */
    pthread_mutex_t lock;
    struct amp_metric *metric;
    bool end;
    struct amp_fixture *fx;
};

static void *reader_run(void *arg)
{
    struct post *post = arg;
    struct amp_road_query *query = NULL;
    uint64_t seed = 1;
    if (amp_road_query_create(post->fx->roads, &query) != AMP_OK) {
        return post;
    }
    bool end = false, wrong = false;
    while (!end) {
        (void)pthread_mutex_lock(&post->lock);
        struct amp_metric *metric = amp_metric_ref(post->metric);
        end = post->end;
        (void)pthread_mutex_unlock(&post->lock);
        struct amp_snap from, to;
        uint32_t ms = 0, again_ms = 0;
        if (amp_snap_open(post->fx->roads, metric, metric->profile,
                          amp_fixture_pos(post->fx, &seed), &from) == AMP_OK &&
            amp_snap_open(post->fx->roads, metric, metric->profile,
                          amp_fixture_pos(post->fx, &seed), &to) == AMP_OK) {
            amp_err err = amp_road_time(query, metric, &from, &to, &ms);
            wrong = wrong || amp_road_time(query, metric, &from, &to, &again_ms) != err;
            wrong = wrong || ms != again_ms;
        }
        amp_metric_unref(metric);
    }
    amp_road_query_destroy(query);
    return wrong ? post : NULL;
}

static void readers_never_see_half_a_change(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_fixture_of_town(3, &fx);
    struct post post = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .metric = amp_metric_ref(fx.metric[0]), .fx = &fx};
    pthread_t thread[READERS];
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, reader_run, &post), 0);
    }
    uint64_t seed = 3;
    struct amp_road_closure closure[CLOSURES];
    struct amp_pos point[CLOSURES][3];
    for (int i = 0; i < CHANGES; i++) {
        size_t n = closures_draw(&fx, &seed, point, closure);
        struct amp_metric *next = NULL;
        struct amp_why why;
        assert_int_equal(amp_metric_change(post.metric, closure, n, &next, &why), AMP_OK);
        (void)pthread_mutex_lock(&post.lock);
        struct amp_metric *before = post.metric;
        post.metric = next;
        post.end = i + 1 == CHANGES;
        (void)pthread_mutex_unlock(&post.lock);
        amp_metric_unref(before);
    }
    for (int i = 0; i < READERS; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(thread[i], &wrong), 0);
        assert_null(wrong);
    }
    amp_metric_unref(post.metric);
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_a_town_changed_weights_equal_weights_made_anew),
        cmocka_unit_test(on_real_maps_changed_weights_equal_weights_made_anew),
        cmocka_unit_test(several_threads_make_the_same_weights),
        cmocka_unit_test(the_time_alone_equals_that_of_the_way_and_of_dijkstra),
        cmocka_unit_test(readers_never_see_half_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
