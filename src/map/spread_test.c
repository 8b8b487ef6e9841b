/* One start and many ends against many to many, and streets to live in against the whole map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/lived.h"
#include "map/roads_fixture.h"
#include "map/spread.h"

#include <stdlib.h>

enum {
    ENDS = 150,
    TRIALS = 40,
    LIMIT_MAX_MS = 900000
};

static struct amp_snap anywhere(const struct amp_fixture *fx, uint64_t *seed)
{
    uint32_t segment = (uint32_t)(amp_fixture_chance(seed) % fx->roads->seg_n);
    return (struct amp_snap){.segment = segment,
                             .share = (double)(amp_fixture_chance(seed) % 11) / 10,
                             .at = amp_seg_point(fx->roads, segment, 0),
                             .routable = true};
}

static void spreads_compare(struct amp_fixture *fx, const struct amp_metric *metric, uint64_t seed)
{
    struct amp_snap to[ENDS];
    uint32_t fast_ms[ENDS], slow_ms[ENDS];
    size_t reached = 0, missed = 0;
    for (int j = 0; j < ENDS; j++) {
        to[j] = anywhere(fx, &seed);
    }
    for (int i = 0; i < TRIALS; i++) {
        struct amp_snap from = i % 4 == 0 ? to[i] : anywhere(fx, &seed);
        uint32_t limit_ms = (uint32_t)(amp_fixture_chance(&seed) % LIMIT_MAX_MS);
        assert_int_equal(amp_roads_spread(fx->query, metric, &from, limit_ms, to, ENDS, fast_ms),
                         AMP_OK);
        assert_int_equal(amp_roads_matrix(fx->query, metric, &from, 1, to, ENDS, slow_ms), AMP_OK);
        for (int j = 0; j < ENDS; j++) {
            bool within = slow_ms[j] <= limit_ms;
            assert_int_equal(fast_ms[j], within ? slow_ms[j] : AMP_ROAD_FOREVER_MS);
            reached += within;
            missed += !within;
        }
    }
    assert_true(reached > ENDS && missed > ENDS); /* both were looked at */
}

static void a_spread_agrees_with_the_table_to_the_millisecond(void **state)
{
    struct amp_fixture fx;
    struct amp_metric *closed = NULL;
    struct amp_why why = {""};
    uint64_t seed = 3;
    (void)state;
    amp_fixture_of_town(5, &fx);
    const struct amp_road_closure closure = {.shape = AMP_CLOSURE_CIRCLE,
                                             .at = amp_fixture_pos(&fx, &seed),
                                             .radius_m = 500,
                                             .heading_deg = -1};
    assert_int_equal(amp_metric_create(fx.roads, AMP_PROFILE_AMBULANCE, &closure, 1, &closed, &why),
                     AMP_OK);
    spreads_compare(&fx, fx.metric[AMP_PROFILE_AMBULANCE], 1);
    spreads_compare(&fx, closed, 2);
    amp_metric_unref(closed);
    amp_fixture_free(&fx);
}

static void a_limit_that_is_too_long_is_refused(void **state)
{
    struct amp_fixture fx;
    uint64_t seed = 4;
    uint32_t out_ms = 0;
    (void)state;
    amp_fixture_of_town(5, &fx);
    struct amp_snap from = anywhere(&fx, &seed);
    assert_int_equal(amp_roads_spread(fx.query, fx.metric[AMP_PROFILE_AMBULANCE], &from,
                                      AMP_SPREAD_LIMIT_S * 1000 + 1, &from, 1, &out_ms),
                     AMP_E_RANGE);
    amp_fixture_free(&fx);
}

struct lived_sum {
    double all_m[5];
    double longest_m;
};

static void lived_add(void *ctx, const struct amp_lived *piece)
{
    struct lived_sum *sum = ctx;
    assert_true(piece->weight == 0 || piece->weight == 1 || piece->weight == 4);
    sum->all_m[piece->weight] += piece->length_m;
    sum->longest_m = piece->length_m > sum->longest_m ? piece->length_m : sum->longest_m;
}

static void streets_to_live_in_are_told_in_short_pieces(void **state)
{
    struct amp_fixture fx;
    struct lived_sum sum = {.longest_m = 0};
    (void)state;
    amp_fixture_of_xml("<node id='1' version='1' lat='1' lon='1'/>"
                       "<node id='2' version='1' lat='1.01' lon='1'/>"
                       "<node id='3' version='1' lat='1.01' lon='1.01'/>"
                       "<node id='4' version='1' lat='1' lon='1.01'/>"
                       "<way id='1' version='1'><nd ref='1'/><nd ref='2'/>"
                       "<tag k='highway' v='residential'/></way>"
                       "<way id='2' version='1'><nd ref='2'/><nd ref='3'/>"
                       "<tag k='highway' v='secondary'/></way>"
                       "<way id='3' version='1'><nd ref='3'/><nd ref='4'/>"
                       "<tag k='highway' v='track'/></way>"
                       "<way id='4' version='1'><nd ref='1'/><nd ref='4'/>"
                       "<tag k='highway' v='trunk'/></way>",
                       &fx);
    amp_roads_lived(fx.roads, &sum, lived_add);
    assert_float_equal(sum.all_m[4], 1111.95, 1);
    assert_float_equal(sum.all_m[1], 1111.78, 1);
    assert_float_equal(sum.all_m[0], 1111.78, 1); /* the trunk road; the track is left out */
    assert_true(sum.longest_m <= AMP_LIVED_PART_M);
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spread_agrees_with_the_table_to_the_millisecond),
        cmocka_unit_test(a_limit_that_is_too_long_is_refused),
        cmocka_unit_test(streets_to_live_in_are_told_in_short_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
