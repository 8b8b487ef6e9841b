/* The filter of positions: what is believed, what is dropped and why, against a slow twin. */
#include "fleet/filter.h"

#include "base/chance.h"
#include "base/timefmt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S      AMP_US_PER_S
#define NOW_US (INT64_C(1795000000) * S)

static struct amp_position at(int64_t fix_us, int32_t lat_e7, int32_t lon_e7)
{
    return (struct amp_position){.pos = {.lat_e7 = lat_e7, .lon_e7 = lon_e7},
                                 .fix_us = fix_us,
                                 .heading_deg = -1,
                                 .speed_kmh = -1,
                                 .accuracy_m = -1};
}

static enum amp_fleet_reason hear(struct amp_fleet_trail *trail, int64_t now_us, int64_t fix_us,
                                  int32_t lat_e7)
{
    struct amp_position position = at(fix_us, lat_e7, 10000000);
    return amp_fleet_filter(trail, &position, now_us);
}

enum {
    HOME = 400000000,
    NEAR = 400001000, /* 11 m */
    FAR = 410000000   /* 111 km */
};

static void a_second_report_of_the_same_fix_is_dropped_as_repeated(void **state)
{
    (void)state;
    struct amp_fleet_trail trail = {.heard_us = 0};
    assert_int_equal(hear(&trail, NOW_US, NOW_US - S, HOME), AMP_FLEET_TAKEN);
    assert_int_equal(hear(&trail, NOW_US + 1, NOW_US - S, HOME), AMP_FLEET_REPEATED);
    assert_int_equal(hear(&trail, NOW_US + 2, NOW_US - S, NEAR), AMP_FLEET_REPEATED);
    assert_int_equal(trail.count[AMP_FLEET_REPEATED], 2);
    assert_int_equal(trail.last.pos.lat_e7, HOME);
}

static void what_is_stamped_on_arrival_is_repeated_only_at_the_same_place(void **state)
{
    (void)state;
    struct amp_fleet_trail trail = {.heard_us = 0};
    assert_int_equal(hear(&trail, NOW_US, NOW_US, HOME), AMP_FLEET_TAKEN);
    assert_int_equal(hear(&trail, NOW_US, NOW_US, HOME), AMP_FLEET_REPEATED);
    assert_int_equal(hear(&trail, NOW_US, NOW_US, NEAR), AMP_FLEET_TAKEN);
}

static void a_late_report_never_moves_a_crew_back_and_is_counted(void **state)
{
    (void)state;
    struct amp_fleet_trail trail = {.heard_us = 0};
    assert_int_equal(hear(&trail, NOW_US, NOW_US, NEAR), AMP_FLEET_TAKEN);
    assert_int_equal(hear(&trail, NOW_US + S, NOW_US - S, HOME), AMP_FLEET_LATE);
    assert_int_equal(trail.last.pos.lat_e7, NEAR);
    assert_int_equal(trail.count[AMP_FLEET_LATE], 1);
}

static void a_jump_is_dropped_until_two_following_fixes_confirm_it(void **state)
{
    (void)state;
    struct amp_fleet_trail trail = {.heard_us = 0};
    assert_int_equal(hear(&trail, NOW_US, NOW_US, HOME), AMP_FLEET_TAKEN);
    assert_int_equal(hear(&trail, NOW_US + S, NOW_US + S, FAR), AMP_FLEET_JUMP);
    assert_int_equal(hear(&trail, NOW_US + S, NOW_US + S, FAR), AMP_FLEET_REPEATED);
    assert_int_equal(hear(&trail, NOW_US + 2 * S, NOW_US + 2 * S, FAR), AMP_FLEET_JUMP);
    assert_int_equal(hear(&trail, NOW_US + 3 * S, NOW_US + 3 * S, FAR + 1000), AMP_FLEET_TAKEN);
    assert_int_equal(trail.last.pos.lat_e7, FAR + 1000);
}

static void a_spike_between_good_fixes_confirms_nothing(void **state)
{
    (void)state;
    struct amp_fleet_trail trail = {.heard_us = 0};
    for (int i = 0; i < 20; i++) {
        int64_t now_us = NOW_US + 2 * i * S;
        assert_int_equal(hear(&trail, now_us, now_us, HOME + i), AMP_FLEET_TAKEN);
        assert_int_equal(hear(&trail, now_us + S, now_us + S, FAR), AMP_FLEET_JUMP);
    }
}

static void a_helicopter_is_no_jump_and_bad_accuracy_widens_the_reach(void **state)
{
    (void)state;
    struct amp_position from = at(NOW_US, HOME, 0);
    struct amp_position to = at(NOW_US + 10 * S, HOME + 80000, 0); /* 890 m in 10 s */
    assert_true(amp_fleet_reachable(&from, &to));
    to.pos.lat_e7 = HOME + 200000; /* 2.2 km */
    assert_false(amp_fleet_reachable(&from, &to));
    to.accuracy_m = 900;
    assert_true(amp_fleet_reachable(&from, &to));
}

static void clocks_that_are_wrong_and_receivers_without_a_fix_are_told_apart(void **state)
{
    (void)state;
    struct amp_fleet_trail trail = {.heard_us = 0};
    assert_int_equal(hear(&trail, NOW_US, NOW_US + 61 * S, HOME), AMP_FLEET_AHEAD);
    assert_int_equal(hear(&trail, NOW_US, NOW_US - 86401 * S, HOME), AMP_FLEET_BEHIND);
    struct amp_position none = at(NOW_US, 0, 0);
    assert_int_equal(amp_fleet_filter(&trail, &none, NOW_US), AMP_FLEET_NO_FIX);
    assert_int_equal(trail.last.fix_us, 0);
    assert_int_equal(hear(&trail, NOW_US, NOW_US + 59 * S, HOME), AMP_FLEET_TAKEN);
}

static void a_flood_is_limited_and_ends_when_the_device_calms_down(void **state)
{
    (void)state;
    struct amp_fleet_trail trail = {.heard_us = 0};
    for (int i = 0; i < AMP_FLEET_BURST; i++) {
        assert_int_equal(hear(&trail, NOW_US, NOW_US - 3600 * S + i * S, HOME), AMP_FLEET_TAKEN);
    }
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(hear(&trail, NOW_US, NOW_US - 1000 + i, HOME), AMP_FLEET_FLOOD);
    }
    assert_int_equal(hear(&trail, NOW_US + S, NOW_US + S, HOME), AMP_FLEET_TAKEN);
    assert_int_equal(trail.count[AMP_FLEET_FLOOD], 1000);
}

static void our_clock_gone_back_forgets_what_was_taken_in_its_future(void **state)
{
    (void)state;
    struct amp_fleet_trail trail = {.heard_us = 0};
    assert_int_equal(hear(&trail, NOW_US + 3600 * S, NOW_US + 3600 * S, FAR), AMP_FLEET_TAKEN);
    assert_int_equal(hear(&trail, NOW_US, NOW_US, HOME), AMP_FLEET_TAKEN);
}

static void a_stale_crew_says_why(void **state)
{
    (void)state;
    struct amp_fleet_trail trail = {.heard_us = 0};
    assert_int_equal(amp_fleet_state_of(&trail, NOW_US), AMP_FLEET_NEVER);
    assert_int_equal(hear(&trail, NOW_US, NOW_US, HOME), AMP_FLEET_TAKEN);
    assert_int_equal(amp_fleet_state_of(&trail, NOW_US + S), AMP_FLEET_CURRENT);
    assert_int_equal(amp_fleet_state_of(&trail, NOW_US + 121 * S), AMP_FLEET_SILENT);
    assert_int_equal(hear(&trail, NOW_US + 130 * S, NOW_US + 300 * S, HOME), AMP_FLEET_AHEAD);
    assert_int_equal(amp_fleet_state_of(&trail, NOW_US + 130 * S), AMP_FLEET_DROPPING);
    assert_int_equal(trail.dropped, AMP_FLEET_AHEAD);
    assert_int_equal(hear(&trail, NOW_US + 500 * S, NOW_US + S, HOME), AMP_FLEET_TAKEN);
    assert_int_equal(amp_fleet_state_of(&trail, NOW_US + 500 * S), AMP_FLEET_DELAYED);
}

/* ---- the slow twin: all that a device ever sent, judged from the beginning each time ---- */

enum {
    HEARD_MAX = 4000
};

struct heard {
    struct amp_position position;
    int64_t now_us;
    enum amp_fleet_reason reason;
};

/* Room in the bucket, in reports, before the n-th: filled drop by drop. */
static bool twin_has_room(const struct heard *heard, size_t n)
{
    int64_t cost = S / AMP_FLEET_PER_S;
    int64_t room = cost * AMP_FLEET_BURST;
    for (size_t i = 0; i <= n; i++) {
        int64_t gone = i > 0 ? heard[i].now_us - heard[i - 1].now_us : 0;
        room += gone > 0 ? gone : 0;
        room = room > cost * AMP_FLEET_BURST ? cost * AMP_FLEET_BURST : room;
        if (i == n) {
            break;
        }
        room -= room >= cost ? cost : 0;
    }
    return room >= cost;
}

/* Before n, the one taken last; NULL if there is none, or our clock has gone back before it. */
static const struct heard *twin_last(const struct heard *heard, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        if (heard[i].reason == AMP_FLEET_TAKEN) {
            return &heard[i];
        }
    }
    return NULL;
}

static enum amp_fleet_reason twin_jump(const struct heard *heard, size_t n,
                                       const struct heard *last)
{
    const struct heard *one = &heard[n];
    size_t agree = 1;
    const struct heard *newest = NULL;
    for (const struct heard *h = last + 1; h < one; h++) { /* those that jumped, in their order */
        if (h->reason != AMP_FLEET_JUMP ||
            (newest != NULL && h->position.fix_us < newest->position.fix_us)) {
            continue;
        }
        agree =
            newest != NULL && amp_fleet_reachable(&newest->position, &h->position) ? agree + 1 : 1;
        newest = h;
    }
    if (newest == NULL) {
        return AMP_FLEET_JUMP;
    }
    if (newest->position.fix_us == one->position.fix_us) {
        return AMP_FLEET_REPEATED;
    }
    if (one->position.fix_us < newest->position.fix_us) {
        return AMP_FLEET_JUMP;
    }
    return amp_fleet_reachable(&newest->position, &one->position) && agree >= AMP_FLEET_CONFIRM
               ? AMP_FLEET_TAKEN
               : AMP_FLEET_JUMP;
}

static enum amp_fleet_reason twin(const struct heard *heard, size_t n)
{
    const struct heard *one = &heard[n];
    const struct heard *last = twin_last(heard, n);
    int64_t age_us = one->now_us - one->position.fix_us;
    if (!twin_has_room(heard, n)) {
        return AMP_FLEET_FLOOD;
    }
    if (age_us < -AMP_POSITION_AHEAD_S * S) {
        return AMP_FLEET_AHEAD;
    }
    if (one->position.pos.lat_e7 == 0 && one->position.pos.lon_e7 == 0) {
        return AMP_FLEET_NO_FIX;
    }
    if (age_us > AMP_FLEET_BEHIND_S * S) {
        return AMP_FLEET_BEHIND;
    }
    if (last == NULL) {
        return AMP_FLEET_TAKEN;
    }
    if (last->position.fix_us == one->position.fix_us) {
        return AMP_FLEET_REPEATED;
    }
    if (last->position.fix_us > one->position.fix_us) {
        return AMP_FLEET_LATE;
    }
    return amp_fleet_reachable(&last->position, &one->position) ? AMP_FLEET_TAKEN
                                                                : twin_jump(heard, n, last);
}

static void heard_make(struct amp_chance *chance, int64_t *now_us, struct heard *out)
{
    static const int32_t place[] = {HOME, HOME, HOME, HOME, NEAR, FAR, FAR, 0};
    *now_us += amp_chance_below(chance, 900) == 0 ? (int64_t)amp_chance_below(chance, 90 * S)
                                                  : (int64_t)amp_chance_below(chance, 100000);
    int64_t back_us = (int64_t)amp_chance_below(chance, 8) * S;
    switch (amp_chance_below(chance, 40)) {
    case 0:
        back_us = -100 * S;
        break;
    case 1:
        back_us = 90000 * S;
        break;
    default:
        break;
    }
    int32_t lat_e7 = place[amp_chance_below(chance, 8)];
    /* whole seconds, that fixes repeat; never just now, which has a rule of its own */
    out->position = at((*now_us - back_us) / S * S - 1, lat_e7, lat_e7 == 0 ? 0 : 10000000);
    out->now_us = *now_us;
}

static void the_filter_agrees_with_its_slow_twin_on_random_input(void **state)
{
    (void)state;
    uint64_t seen[AMP_FLEET_REASONS] = {0};
    struct heard *heard = calloc(HEARD_MAX, sizeof *heard);
    assert_non_null(heard);
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct amp_chance chance = {.state = seed};
        struct amp_fleet_trail trail = {.heard_us = 0};
        int64_t now_us = NOW_US;
        for (size_t i = 0; i < HEARD_MAX; i++) {
            heard_make(&chance, &now_us, &heard[i]);
            enum amp_fleet_reason reason =
                amp_fleet_filter(&trail, &heard[i].position, heard[i].now_us);
            heard[i].reason = twin(heard, i);
            assert_int_equal(reason, heard[i].reason);
            seen[reason]++;
        }
    }
    for (int r = 0; r < AMP_FLEET_REASONS; r++) {
        assert_true(seen[r] > 0 || r == AMP_FLEET_UNREADABLE || r == AMP_FLEET_UNKNOWN);
    }
    free(heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_report_of_the_same_fix_is_dropped_as_repeated),
        cmocka_unit_test(what_is_stamped_on_arrival_is_repeated_only_at_the_same_place),
        cmocka_unit_test(a_late_report_never_moves_a_crew_back_and_is_counted),
        cmocka_unit_test(a_jump_is_dropped_until_two_following_fixes_confirm_it),
        cmocka_unit_test(a_spike_between_good_fixes_confirms_nothing),
        cmocka_unit_test(a_helicopter_is_no_jump_and_bad_accuracy_widens_the_reach),
        cmocka_unit_test(clocks_that_are_wrong_and_receivers_without_a_fix_are_told_apart),
        cmocka_unit_test(a_flood_is_limited_and_ends_when_the_device_calms_down),
        cmocka_unit_test(our_clock_gone_back_forgets_what_was_taken_in_its_future),
        cmocka_unit_test(a_stale_crew_says_why),
        cmocka_unit_test(the_filter_agrees_with_its_slow_twin_on_random_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
