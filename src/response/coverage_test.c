/* Coverage against counting cell by cell, and demand against counting incident by incident. */
#include "base/chance.h"
#include "response/coverage.h"
#include "response/demand.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    CELLS = 300,
    CREWS = 20,
    WORDS = (CELLS + 63) / 64,
    TRIALS = 200,
    STREETS = 400,
    INCIDENTS = 500
};

static bool reaches(const uint64_t *reach, size_t cell)
{
    return reach[cell / 64] >> (cell % 64) & 1;
}

/* The demand of all cells that a crew other than `but` reaches. */
static uint64_t slow_covered(const struct amp_coverage_ask *ask, size_t but)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < ask->cell_n; i++) {
        bool covered = false;
        for (size_t c = 0; c < ask->crew_n; c++) {
            covered |= c != but && reaches(ask->reach[c], i);
        }
        sum += covered ? ask->demand[i] : 0;
    }
    return sum;
}

static void shares_agree_with_counting_cell_by_cell(void **state)
{
    static uint64_t set[CREWS][WORDS];
    const uint64_t *reach[CREWS];
    uint32_t demand[CELLS];
    struct amp_chance chance = {.state = 11};
    (void)state;
    for (int trial = 0; trial < TRIALS; trial++) {
        struct amp_arena arena = amp_arena_make(1 << 20);
        struct amp_coverage found;
        struct amp_coverage_ask ask = {.demand = demand,
                                       .cell_n = amp_chance_below(&chance, CELLS + 1),
                                       .reach = reach,
                                       .crew_n = amp_chance_below(&chance, CREWS + 1)};
        for (size_t c = 0; c < ask.crew_n; c++) {
            reach[c] = set[c];
            for (size_t w = 0; w < WORDS; w++) {
                set[c][w] = 0;
            }
            for (size_t i = 0; i < ask.cell_n; i++) {
                set[c][i / 64] |= (uint64_t)(amp_chance_below(&chance, 6) == 0) << (i % 64);
            }
        }
        uint64_t all = 0;
        for (size_t i = 0; i < ask.cell_n; i++) {
            demand[i] = (uint32_t)amp_chance_below(&chance, 10000);
            all += demand[i];
        }
        assert_int_equal(amp_coverage_find(&ask, &arena, &found), AMP_OK);
        assert_int_equal(found.demand, all);
        assert_int_equal(found.covered, slow_covered(&ask, SIZE_MAX));
        for (size_t c = 0; c < ask.crew_n; c++) {
            assert_int_equal(found.covered - found.alone[c], slow_covered(&ask, c));
        }
        for (size_t i = 0; i < ask.cell_n; i++) {
            unsigned depth = amp_coverage_depth(&ask, i);
            assert_int_equal(reaches(found.once, i), depth >= 1);
            assert_int_equal(reaches(found.twice, i), depth >= 2);
        }
        amp_arena_drop(&arena);
    }
}

static void without_demand_or_crews_nothing_is_covered(void **state)
{
    struct amp_arena arena = amp_arena_make(1 << 16);
    struct amp_coverage found;
    uint32_t demand[2] = {3, 4};
    (void)state;
    assert_int_equal(amp_coverage_find(&(struct amp_coverage_ask){0}, &arena, &found), AMP_OK);
    assert_true(amp_coverage_share(&found) <= 0);
    struct amp_coverage_ask ask = {.demand = demand, .cell_n = 2};
    assert_int_equal(amp_coverage_find(&ask, &arena, &found), AMP_OK);
    assert_int_equal(found.demand, 7);
    assert_int_equal(found.covered, 0);
    const uint64_t both = 3, *reach = &both;
    ask.reach = &reach;
    ask.crew_n = 1;
    assert_int_equal(amp_coverage_find(&ask, &arena, &found), AMP_OK);
    assert_true(amp_coverage_share(&found) >= 1);
    assert_true(amp_coverage_without(&found, 0) <= 0);
    amp_arena_drop(&arena);
}

/* ---- demand ---- */

static const struct amp_box town = {-160500000, 1799700000, -160000000, -1799700000};

static struct amp_pos anywhere(struct amp_chance *chance)
{
    int64_t lon = town.west_e7 + (int64_t)amp_chance_below(chance, 600000);
    lon = lon >= 1800000000 ? lon - 3600000000 : lon;
    return (struct amp_pos){town.south_e7 + (int32_t)amp_chance_below(chance, 500000),
                            (int32_t)lon};
}

static void town_make(struct amp_chance *chance, struct amp_demand *out)
{
    assert_int_equal(amp_demand_make(&town, AMP_DEMAND_CELL_M, out), AMP_OK);
    for (int i = 0; i < STREETS; i++) {
        assert_int_equal(amp_demand_street(out, anywhere(chance), 100, i % 3 == 0 ? 4 : i % 3 - 1),
                         AMP_OK);
    }
    assert_int_equal(amp_demand_settle(out), AMP_OK);
}

static unsigned slow_weight(unsigned then, unsigned now)
{
    unsigned apart = then > now ? then - now : now - then;
    unsigned day = (then % 24) > (now % 24) ? then % 24 - now % 24 : now % 24 - then % 24;
    if (apart <= 1 || apart == AMP_DEMAND_WEEK_H - 1) {
        return AMP_DEMAND_SAME;
    }
    return day <= 1 || day == 23 ? AMP_DEMAND_ALIKE : 1;
}

static void demand_agrees_with_counting_incident_by_incident(void **state)
{
    struct amp_chance chance = {.state = 5};
    struct amp_demand demand = {0};
    static struct {
        size_t cell;
        unsigned hour;
    } past[INCIDENTS];
    (void)state;
    town_make(&chance, &demand);
    uint64_t inside = 0;
    for (int i = 0; i < INCIDENTS; i++) {
        struct amp_pos at = anywhere(&chance);
        past[i].hour = (unsigned)amp_chance_below(&chance, AMP_DEMAND_WEEK_H);
        past[i].cell = amp_demand_cell_of(&demand, at);
        amp_demand_incident(&demand, at, past[i].hour);
        inside += past[i].cell != SIZE_MAX;
    }
    assert_int_equal(demand.past_n, inside);
    assert_int_equal(demand.outside_n, INCIDENTS - inside);
    uint32_t *fast = calloc(demand.cell_n, sizeof *fast);
    assert_non_null(fast);
    for (unsigned hour = 0; hour < AMP_DEMAND_WEEK_H; hour += 13) {
        double all = 0, sum = 0, known = (double)inside / ((double)inside + AMP_DEMAND_PRIOR);
        amp_demand_at(&demand, hour, fast);
        for (int i = 0; i < INCIDENTS; i++) {
            all += past[i].cell == SIZE_MAX ? 0 : slow_weight(past[i].hour, hour);
        }
        for (size_t c = 0; c < demand.cell_n; c++) {
            double here = 0;
            for (int i = 0; i < INCIDENTS; i++) {
                here += past[i].cell == c ? slow_weight(past[i].hour, hour) : 0;
            }
            double share = known * here / all + (1 - known) * demand.cell[c].lived / demand.lived;
            assert_true(fabs(fast[c] - AMP_DEMAND_WHOLE * share) <= 0.501);
            sum += fast[c];
        }
        assert_true(fabs(sum - AMP_DEMAND_WHOLE) < (double)demand.cell_n);
    }
    free(fast);
    amp_demand_free(&demand);
}

static void without_incidents_demand_follows_the_streets_and_says_so(void **state)
{
    struct amp_chance chance = {.state = 6};
    struct amp_demand demand = {0};
    (void)state;
    town_make(&chance, &demand);
    uint32_t *out = calloc(demand.cell_n, sizeof *out);
    assert_non_null(out);
    assert_int_equal(amp_demand_map_percent(&demand), 100);
    amp_demand_at(&demand, AMP_DEMAND_WEEK_H, out);
    for (size_t c = 0; c < demand.cell_n; c++) {
        double share = demand.cell[c].lived / demand.lived;
        assert_true(fabs(out[c] - AMP_DEMAND_WHOLE * share) <= 0.501);
    }
    for (int i = 0; i < AMP_DEMAND_PRIOR; i++) {
        amp_demand_incident(&demand, demand.cell[0].middle, 3);
    }
    assert_int_equal(amp_demand_map_percent(&demand), 50);
    amp_demand_at(&demand, 3, out);
    assert_true(out[0] >= AMP_DEMAND_WHOLE / 2);
    amp_demand_forget(&demand);
    assert_int_equal(amp_demand_map_percent(&demand), 100);
    free(out);
    amp_demand_free(&demand);
}

static void a_middle_lies_in_its_own_cell_also_across_the_antimeridian(void **state)
{
    struct amp_chance chance = {.state = 7};
    struct amp_demand demand = {0};
    size_t east = 0, west = 0;
    (void)state;
    town_make(&chance, &demand);
    for (size_t c = 0; c < demand.cell_n; c++) {
        struct amp_pos middle = demand.cell[c].middle;
        assert_true(amp_pos_valid(middle.lat_e7, middle.lon_e7));
        assert_int_equal(amp_demand_cell_of(&demand, middle), c);
        east += middle.lon_e7 > 0;
        west += middle.lon_e7 < 0;
    }
    assert_true(east > 0 && west > 0);
    assert_int_equal(amp_demand_cell_of(&demand, (struct amp_pos){0, 0}), SIZE_MAX);
    amp_demand_free(&demand);
}

static void a_wide_box_has_larger_cells_and_too_many_are_refused(void **state)
{
    const struct amp_box world = {-900000000, -1800000000, 900000000, 1799999999};
    struct amp_chance chance = {.state = 8};
    struct amp_demand demand = {0};
    amp_err err = AMP_OK;
    (void)state;
    assert_int_equal(amp_demand_make(&world, AMP_DEMAND_CELL_M, &demand), AMP_OK);
    assert_true((uint64_t)demand.rows * demand.columns <= AMP_DEMAND_SQUARES);
    for (int i = 0; i < 40 * AMP_DEMAND_CELLS && err == AMP_OK; i++) {
        struct amp_pos at = {
            (int32_t)(amp_chance_below(&chance, 1800000000)) - 900000000,
            (int32_t)((int64_t)amp_chance_below(&chance, 3600000000) - 1800000000)};
        err = amp_demand_street(&demand, at, 1, 1);
    }
    assert_int_equal(err, AMP_E_LIMIT);
    assert_int_equal(demand.cell_n, AMP_DEMAND_CELLS);
    amp_demand_free(&demand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_agree_with_counting_cell_by_cell),
        cmocka_unit_test(without_demand_or_crews_nothing_is_covered),
        cmocka_unit_test(demand_agrees_with_counting_incident_by_incident),
        cmocka_unit_test(without_incidents_demand_follows_the_streets_and_says_so),
        cmocka_unit_test(a_middle_lies_in_its_own_cell_also_across_the_antimeridian),
        cmocka_unit_test(a_wide_box_has_larger_cells_and_too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
