/* The crews that arrive first: buckets against Dijkstra, while crews move and roads close. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/roads_fixture.h"
#include "map/roads_slow.h"
#include "map/units_in.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 9, /* of the lattice */
    MAPS = 6,
    UNITS = 40,
    ROUNDS = 60,
    CLOSINGS = 8,
    CAPABILITIES = 4,
    CITY_UNITS = 300,
    CITY_ROUNDS = 8
};

static int chance(uint64_t *state, int below)
{
    return (int)(amp_fixture_chance(state) % (uint64_t)below);
}

/* A lattice of streets with gaps, oneways, and two ways along some of them. */
static void lattice_build(uint64_t *seed, struct amp_fixture *out)
{
    struct amp_buf xml = amp_buf_make(1 << 19);
    int way = 0;
    for (int n = 0; n < SIDE * SIDE; n++) {
        amp_buf_printf(&xml, "<node id='%d' version='1' lat='0.%04d' lon='0.%04d'/>\n", n + 1,
                       n / SIDE * 20 + chance(seed, 12), n % SIDE * 20 + chance(seed, 12));
    }
    for (int n = 0; n < SIDE * SIDE; n++) {
        for (int along = 0; along < 2; along++) {
            bool edge = along == 0 ? n % SIDE == SIDE - 1 : n / SIDE == SIDE - 1;
            if (edge || chance(seed, 8) == 0) {
                continue;
            }
            amp_buf_printf(&xml,
                           "<way id='%d' version='1'><nd ref='%d'/><nd ref='%d'/>"
                           "<tag k='highway' v='residential'/>%s</way>\n",
                           ++way, n + 1, n + 1 + (along == 0 ? 1 : SIDE),
                           chance(seed, 5) == 0 ? "<tag k='oneway' v='yes'/>" : "");
        }
    }
    amp_fixture_of_xml(amp_buf_cstr(&xml), out);
    amp_buf_free(&xml);
}

/* ---- what is compared ---- */

struct crew {
    bool there;
    struct amp_snap snap;
    uint64_t capabilities;
};

struct trial {
    struct amp_fixture fx;
    struct amp_metric *metric;
    struct amp_units *units;
    struct crew *crew;
    uint32_t *slow_ms;
    size_t n;
    uint64_t seed;
};

static struct amp_snap anywhere(struct trial *tr)
{
    int segment = chance(&tr->seed, (int)tr->fx.roads->seg_n);
    struct amp_snap snap = {.segment = (uint32_t)segment,
                            .share = chance(&tr->seed, 11) / 10.0,
                            .at = amp_seg_point(tr->fx.roads, (uint32_t)segment, 0),
                            .routable = true};
    return snap;
}

static void crew_put(struct trial *tr, uint32_t id)
{
    struct crew *crew = &tr->crew[id];
    *crew = (struct crew){.there = true,
                          .snap = anywhere(tr),
                          .capabilities = (uint64_t)chance(&tr->seed, 1 << CAPABILITIES)};
    const struct amp_unit_place place = {id, crew->snap, crew->capabilities};
    assert_int_equal(amp_units_put(tr->units, tr->fx.query, &place), AMP_OK);
}

static uint32_t slow_ms(const struct trial *tr, const struct amp_snap *from,
                        const struct amp_snap *to)
{
    struct amp_snap moved[2];
    const struct amp_snap *end[2];
    uint32_t time_ms = AMP_ROAD_INF;
    if (!amp_snap_move(tr->metric, from, &moved[0], &end[0]) ||
        !amp_snap_move(tr->metric, to, &moved[1], &end[1])) {
        return AMP_ROAD_INF;
    }
    amp_err err = amp_roads_slow_time(tr->metric, end[0], end[1], &time_ms);
    assert_true(err == AMP_OK || err == AMP_E_NO_ROUTE);
    return time_ms;
}

static int time_compare(const void *a, const void *b)
{
    const struct amp_unit_time *x = a, *y = b;
    int order = (x->time_ms > y->time_ms) - (x->time_ms < y->time_ms);
    return order != 0 ? order : (x->id > y->id) - (x->id < y->id);
}

/* The soonest by one search for each crew. */
static size_t slow_first(const struct trial *tr, const struct amp_units_ask *ask,
                         struct amp_unit_time *out)
{
    size_t n = 0;
    for (uint32_t id = 0; id < tr->n; id++) {
        uint64_t mask = ask->mask != NULL ? ask->mask[id] : tr->crew[id].capabilities;
        uint32_t time_ms = tr->slow_ms[id];
        if (ask->extra_ms != NULL) {
            time_ms = amp_ms_add(time_ms, ask->extra_ms[id]);
        }
        bool left_out = ask->mask != NULL && mask == 0;
        if (tr->crew[id].there && !left_out && (mask & ask->capabilities) == ask->capabilities &&
            time_ms < AMP_ROAD_INF) {
            out[n++] = (struct amp_unit_time){id, time_ms};
        }
    }
    qsort(out, n, sizeof(*out), time_compare);
    size_t first = n;
    while (first > ask->k && out[first - 1].time_ms > out[ask->k - 1].time_ms) {
        first--;
    }
    return first;
}

static void first_compare(struct trial *tr, const struct amp_units_ask *ask)
{
    size_t cap = tr->n + ask->k;
    struct amp_unit_time *fast = calloc(2 * cap, sizeof(*fast)), *slow = fast + cap;
    assert_non_null(fast);
    size_t slow_n = slow_first(tr, ask, slow);
    size_t fast_n = amp_units_first(tr->units, tr->fx.query, ask, fast, cap);
    assert_int_equal(fast_n, slow_n);
    for (size_t i = 0; i < fast_n; i++) {
        assert_int_equal(fast[i].id, slow[i].id);
        assert_int_equal(fast[i].time_ms, slow[i].time_ms);
    }
    free(fast);
}

static void times_compare(struct trial *tr, const struct amp_snap *to)
{
    uint32_t *id = calloc(2 * tr->n, sizeof(*id)), *fast_ms = id + tr->n;
    double *metres = calloc(tr->n, sizeof(*metres));
    assert_true(id != NULL && metres != NULL);
    for (uint32_t i = 0; i < tr->n; i++) {
        id[i] = i;
    }
    amp_units_times(tr->units, tr->fx.query, to, id, tr->n, fast_ms);
    assert_int_equal(amp_units_distances(tr->units, tr->fx.query, to, id, tr->n, metres), AMP_OK);
    for (uint32_t i = 0; i < tr->n; i++) {
        uint32_t want_ms = tr->crew[i].there ? tr->slow_ms[i] : AMP_ROAD_INF;
        assert_int_equal(fast_ms[i], want_ms);
        assert_int_equal(isnan(metres[i]) != 0, want_ms == AMP_ROAD_INF);
    }
    free(metres);
    free(id);
}

static void question_compare(struct trial *tr)
{
    uint64_t mask[CITY_UNITS];
    uint32_t extra_ms[CITY_UNITS];
    struct amp_snap to = anywhere(tr);
    for (uint32_t id = 0; id < tr->n; id++) {
        tr->slow_ms[id] = tr->crew[id].there ? slow_ms(tr, &tr->crew[id].snap, &to) : AMP_ROAD_INF;
        mask[id] = (uint64_t)chance(&tr->seed, 1 << CAPABILITIES);
        extra_ms[id] = (uint32_t)chance(&tr->seed, 3) * 45000;
    }
    struct amp_units_ask ask = {.to = &to, .k = 1 + (size_t)chance(&tr->seed, 8)};
    first_compare(tr, &ask);
    ask.k = tr->n;
    first_compare(tr, &ask);
    ask.k = 3;
    ask.capabilities = (uint64_t)chance(&tr->seed, 1 << CAPABILITIES);
    first_compare(tr, &ask);
    ask.mask = mask;
    ask.id_n = tr->n;
    first_compare(tr, &ask);
    ask.extra_ms = extra_ms;
    first_compare(tr, &ask);
    times_compare(tr, &to);
}

/* Buckets hold what their anchors say, and no more than the crews need. */
static void buckets_check(const struct trial *tr)
{
    const struct amp_units *units = tr->units;
    size_t marks = 0;
    for (size_t node = 0; node < tr->fx.roads->node_n; node++) {
        const struct amp_bucket *bucket = &units->buckets.of[node];
        for (uint32_t i = 0; i < bucket->n; i++) {
            const uint64_t *word = &units->buckets.pool[bucket->first + i];
            assert_true(i == 0 || word[-1] < word[0]);
            assert_true(units->anchor[(uint32_t)*word].member != AMP_ROAD_NONE);
            marks++;
        }
    }
    assert_int_equal(marks, amp_units_marks(units));
}

static void trial_end(struct trial *tr)
{
    for (uint32_t id = 0; id < tr->n; id++) {
        amp_units_remove(tr->units, id);
    }
    assert_int_equal(amp_units_count(tr->units), 0);
    assert_int_equal(amp_units_marks(tr->units), 0);
    amp_units_destroy(tr->units);
    amp_metric_unref(tr->metric);
    amp_fixture_free(&tr->fx);
    free(tr->crew);
    free(tr->slow_ms);
}

static void trial_begin(struct trial *tr, size_t n)
{
    tr->n = n;
    tr->crew = calloc(n, sizeof(*tr->crew));
    tr->slow_ms = calloc(n, sizeof(*tr->slow_ms));
    assert_true(tr->crew != NULL && tr->slow_ms != NULL);
    tr->metric = amp_metric_ref(tr->fx.metric[AMP_PROFILE_AMBULANCE]);
    assert_int_equal(amp_units_create(tr->metric, &tr->units), AMP_OK);
}

/* ---- tests ---- */

static void who_is_first_is_who_dijkstra_says_while_crews_come_move_and_go(void **state)
{
    uint64_t seed = 4;
    (void)state;
    for (int m = 0; m < MAPS; m++) {
        struct trial tr = {.seed = seed + (uint64_t)m};
        lattice_build(&tr.seed, &tr.fx);
        trial_begin(&tr, UNITS);
        for (int round = 0; round < ROUNDS; round++) {
            uint32_t id = (uint32_t)chance(&tr.seed, UNITS);
            if (chance(&tr.seed, 6) == 0) {
                amp_units_remove(tr.units, id);
                tr.crew[id].there = false;
            } else {
                crew_put(&tr, id);
            }
            if (round % 4 == 0) {
                question_compare(&tr);
            }
        }
        buckets_check(&tr);
        trial_end(&tr);
    }
}

/* Fewer crews than there are nodes above them change places; a tick on one road moves no mark. */
static void a_tick_on_the_same_road_leaves_the_buckets_alone(void **state)
{
    struct trial tr = {.seed = 77};
    (void)state;
    lattice_build(&tr.seed, &tr.fx);
    trial_begin(&tr, 2);
    crew_put(&tr, 0);
    crew_put(&tr, 1);
    const struct amp_mark *mark[2] = {tr.units->anchor[0].mark, tr.units->anchor[1].mark};
    for (int i = 0; i <= 10; i++) {
        tr.crew[0].snap.share = i / 10.0;
        const struct amp_unit_place place = {0, tr.crew[0].snap, tr.crew[0].capabilities};
        assert_int_equal(amp_units_put(tr.units, tr.fx.query, &place), AMP_OK);
        assert_ptr_equal(tr.units->anchor[0].mark, mark[0]);
        assert_ptr_equal(tr.units->anchor[1].mark, mark[1]);
        question_compare(&tr);
    }
    trial_end(&tr);
}

/* Which nodes have an up-arc that two metrics weigh differently. */
static size_t changes_list(const struct amp_metric *a, const struct amp_metric *b, uint32_t *out)
{
    const struct amp_roads *rd = a->roads;
    size_t n = 0;
    for (uint32_t node = 0; node < rd->node_n; node++) {
        bool differs = false;
        for (uint32_t i = rd->up_first[node]; i < rd->up_first[node + 1]; i++) {
            differs = differs || a->up[i] != b->up[i] || a->down[i] != b->down[i];
        }
        if (differs) {
            out[n++] = node;
        }
    }
    return n;
}

static void close_somewhere(struct trial *tr, bool tell_what_changed)
{
    struct amp_road_closure closure[3];
    size_t closure_n = (size_t)chance(&tr->seed, 4);
    struct amp_metric *metric = NULL;
    struct amp_why why = {""};
    for (size_t i = 0; i < closure_n; i++) {
        closure[i] = (struct amp_road_closure){.shape = AMP_CLOSURE_CIRCLE,
                                               .at = amp_fixture_pos(&tr->fx, &tr->seed),
                                               .radius_m = 50 + chance(&tr->seed, 300),
                                               .heading_deg = -1};
    }
    assert_int_equal(
        amp_metric_create(tr->fx.roads, AMP_PROFILE_AMBULANCE, closure, closure_n, &metric, &why),
        AMP_OK);
    uint32_t *changed = calloc(tr->fx.roads->node_n + 1, sizeof(*changed));
    assert_non_null(changed);
    size_t n = changes_list(tr->metric, metric, changed);
    assert_int_equal(
        amp_units_refresh(tr->units, tr->fx.query, metric, tell_what_changed ? changed : NULL, n),
        AMP_OK);
    free(changed);
    amp_metric_unref(tr->metric);
    tr->metric = metric;
}

static void a_closure_is_known_to_every_answer_after_a_refresh(void **state)
{
    (void)state;
    for (int m = 0; m < MAPS; m++) {
        struct trial tr = {.seed = 1000 + (uint64_t)m};
        lattice_build(&tr.seed, &tr.fx);
        trial_begin(&tr, UNITS);
        for (uint32_t id = 0; id < UNITS; id++) {
            crew_put(&tr, id);
        }
        for (int i = 0; i < CLOSINGS; i++) {
            close_somewhere(&tr, i % 2 == 0);
            question_compare(&tr);
            crew_put(&tr, (uint32_t)chance(&tr.seed, UNITS));
            question_compare(&tr);
            buckets_check(&tr);
        }
        trial_end(&tr);
    }
}

static void all_at_once_is_the_same_as_one_by_one(void **state)
{
    struct trial tr = {.seed = 5};
    struct amp_unit_place place[CITY_UNITS];
    (void)state;
    lattice_build(&tr.seed, &tr.fx);
    trial_begin(&tr, CITY_UNITS);
    for (uint32_t id = 0; id < CITY_UNITS; id++) {
        crew_put(&tr, id);
        place[id] = (struct amp_unit_place){id, tr.crew[id].snap, tr.crew[id].capabilities};
    }
    struct amp_units *bulk = NULL;
    assert_int_equal(amp_units_create(tr.metric, &bulk), AMP_OK);
    assert_int_equal(amp_units_fill(bulk, tr.fx.query, place, CITY_UNITS), AMP_OK);
    assert_int_equal(amp_units_marks(bulk), amp_units_marks(tr.units));
    struct amp_units *one_by_one = tr.units;
    tr.units = bulk;
    buckets_check(&tr);
    question_compare(&tr);
    const struct amp_unit_place beyond = {AMP_UNITS_LIVE, tr.crew[0].snap, 0};
    assert_int_equal(amp_units_put(bulk, tr.fx.query, &beyond), AMP_E_LIMIT);
    question_compare(&tr);
    amp_units_destroy(one_by_one);
    trial_end(&tr);
}

static void in_a_real_city_who_is_first_is_who_dijkstra_says(void **state)
{
    const char *porto = amp_testdata("maps/porto_portugal.osm.pbf");
    struct trial tr = {.seed = 31};
    (void)state;
    if (porto == NULL) {
        print_message("skipped: no map of Porto\n");
        skip();
    }
    amp_fixture_of_file(porto, &tr.fx);
    trial_begin(&tr, UNITS);
    for (uint32_t id = 0; id < UNITS; id++) {
        crew_put(&tr, id);
    }
    for (int round = 0; round < CITY_ROUNDS; round++) {
        question_compare(&tr);
        crew_put(&tr, (uint32_t)chance(&tr.seed, UNITS));
    }
    buckets_check(&tr);
    trial_end(&tr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_first_is_who_dijkstra_says_while_crews_come_move_and_go),
        cmocka_unit_test(a_tick_on_the_same_road_leaves_the_buckets_alone),
        cmocka_unit_test(a_closure_is_known_to_every_answer_after_a_refresh),
        cmocka_unit_test(all_at_once_is_the_same_as_one_by_one),
        cmocka_unit_test(in_a_real_city_who_is_first_is_who_dijkstra_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
