/* Chance from a seed: the published sequence, and the shapes of its distributions. */
#include "base/chance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void the_sequence_of_a_seed_is_splitmix64(void **state)
{
    (void)state;
    struct amp_chance chance = {.state = 1234567};
    assert_true(amp_chance_next(&chance) == UINT64_C(6457827717110365317));
    assert_true(amp_chance_next(&chance) == UINT64_C(3203168211198807973));
    assert_true(amp_chance_next(&chance) == UINT64_C(9817491932198370423));
}

static void draws_stay_in_their_bounds_and_reach_all_of_them(void **state)
{
    (void)state;
    struct amp_chance chance = {.state = 3};
    unsigned seen[7] = {0};
    for (int i = 0; i < 7000; i++) {
        uint32_t below = amp_chance_below(&chance, 7);
        assert_true(below < 7);
        seen[below]++;
        double share = amp_chance_share(&chance);
        assert_true(share >= 0.0 && share < 1.0);
        double between = amp_chance_between(&chance, -2.0, 5.0);
        assert_true(between >= -2.0 && between < 5.0);
    }
    for (int i = 0; i < 7; i++) {
        assert_true(seen[i] > 800 && seen[i] < 1200);
    }
}

static void waiting_times_have_the_mean_that_was_asked_for(void **state)
{
    (void)state;
    struct amp_chance chance = {.state = 5};
    double sum = 0.0;
    int hits = 0;
    for (int i = 0; i < 20000; i++) {
        double wait = amp_chance_exponential(&chance, 40.0);
        assert_true(wait >= 0.0 && isfinite(wait));
        sum += wait;
        hits += amp_chance_hits(&chance, 0.25);
    }
    assert_true(fabs(sum / 20000.0 - 40.0) < 1.5);
    assert_true(hits > 4700 && hits < 5300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sequence_of_a_seed_is_splitmix64),
        cmocka_unit_test(draws_stay_in_their_bounds_and_reach_all_of_them),
        cmocka_unit_test(waiting_times_have_the_mean_that_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
