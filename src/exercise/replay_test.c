/* Replay: golden figures of a real file, percentiles by hand, and what is refused. */
#include "base/chance.h"
#include "base/testdata.h"
#include "base/timefmt.h"
#include "exercise/replay.h"
#include "exercise/statistics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                                       \
    "Call Number,Unit ID,Call Type,Received DtTm,Entry DtTm,Dispatch DtTm,Response DtTm,"          \
    "On Scene DtTm,Transport DtTm,Hospital DtTm,Available DtTm,Address,Priority,Unit Type,"        \
    "Location\n"

static struct amp_plans *plans;

static int plans_set_up(void **state)
{
    (void)state;
    return (int)amp_plans_builtin(&plans);
}

static int plans_tear_down(void **state)
{
    (void)state;
    amp_plans_free(plans);
    return 0;
}

static amp_err run(struct amp_str csv, struct amp_arena *arena, struct amp_replay *out,
                   struct amp_why *why)
{
    struct amp_replay_input input = {.csv = csv, .plans = plans};
    return amp_replay_run(&input, arena, out, why);
}

static void the_nearest_rank_percentile_is_an_observed_value(void **state)
{
    (void)state;
    int64_t value[] = {50, 15, 40, 20, 35};
    amp_values_sort(value, 5);
    assert_int_equal(amp_percentile(value, 5, 5), 15);
    assert_int_equal(amp_percentile(value, 5, 30), 20);
    assert_int_equal(amp_percentile(value, 5, 40), 20);
    assert_int_equal(amp_percentile(value, 5, 50), 35);
    assert_int_equal(amp_percentile(value, 5, 100), 50);
}

static void the_percentile_is_the_least_value_with_enough_at_or_below(void **state)
{
    (void)state;
    struct amp_chance chance = {.state = 7};
    for (int round = 0; round < 300; round++) {
        size_t n = 1 + amp_chance_below(&chance, 60);
        int64_t value[64];
        for (size_t i = 0; i < n; i++) {
            value[i] = amp_chance_below(&chance, 20);
        }
        amp_values_sort(value, n);
        unsigned pct = 1 + amp_chance_below(&chance, 100);
        int64_t fast = amp_percentile(value, n, pct);
        for (size_t i = 0; i < n; i++) { /* the slow twin: count */
            size_t below = 0;
            for (size_t k = 0; k < n; k++) {
                below += value[k] <= value[i];
            }
            if (below * 100 >= n * pct) {
                assert_int_equal(fast, value[i]);
                break;
            }
        }
    }
}

static void the_san_francisco_file_gives_its_golden_figures(void **state)
{
    (void)state;
    const char *path = amp_testdata("calls/sf_fire_2020-04-07_2020-04-20.csv");
    AMP_TEST_NEEDS(path);
    static const struct {
        const char *name;
        size_t n;
        double p50_s, p90_s;
    } golden[] = {
        {"received to entry", 10410, 76, 187},
        {"entry to dispatch", 10410, 25, 127},
        {"dispatch to response (turnout)", 10207, 38, 123},
        {"response to on scene (travel)", 8694, 244, 788},
        {"received to on scene", 8694, 446, 1055},
        {"on scene to transport", 2944, 991, 1854},
        {"transport to hospital", 2892, 681, 1385},
        {"hospital to available", 2902, 2100, 3312},
        {"per call, received to first dispatch", 5292, 103, 238},
    };
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct amp_buf csv = amp_buf_make(64 << 20);
    static char chunk[1 << 16];
    for (size_t n = 1; n > 0;) {
        n = fread(chunk, 1, sizeof(chunk), file);
        amp_buf_put(&csv, chunk, n);
    }
    assert_int_equal(fclose(file), 0);
    struct amp_arena arena = amp_arena_make(256 << 20);
    struct amp_replay replay = {0};
    struct amp_why why = {0};
    assert_int_equal(run(amp_buf_view(&csv), &arena, &replay, &why), AMP_OK);
    assert_int_equal(replay.rows, 10410);
    assert_int_equal(replay.calls, 5292);
    assert_int_equal(replay.units, 199);
    assert_int_equal(replay.phase_n, sizeof(golden) / sizeof(golden[0]));
    for (size_t i = 0; i < replay.phase_n; i++) {
        assert_string_equal(replay.phase[i].name, golden[i].name);
        assert_int_equal(replay.phase[i].n, golden[i].n);
        assert_true(replay.phase[i].p50_s == golden[i].p50_s);
        assert_true(replay.phase[i].p90_s == golden[i].p90_s);
    }
    assert_int_equal(replay.anomaly_count[AMP_ANOMALY_OUT_OF_ORDER], 17);
    assert_int_equal(replay.anomaly_count[AMP_ANOMALY_OVERLAP], 16);
    assert_int_equal(replay.anomaly_n, 33);
    static const double shares[] = {31.7, 33.3, 51.6};
    for (size_t i = 0; i < 3; i++) {
        assert_true(replay.share[i].pct > shares[i] - 0.05 &&
                    replay.share[i].pct < shares[i] + 0.05);
    }
    assert_int_equal(replay.peak_busy_units, 69);
    assert_int_equal(replay.most_units_on_one_call, 16);
    assert_true(replay.calls_per_hour > 15.75 && replay.calls_per_hour < 15.85);
    struct amp_replay again = {0};
    assert_int_equal(run(amp_buf_view(&csv), &arena, &again, &why), AMP_OK);
    assert_true(replay.digest == again.digest);
    print_message("# state machine: %zu commands, %zu events, %zu refused\n", replay.commands,
                  replay.events, replay.refused);
    amp_arena_drop(&arena);
    amp_buf_free(&csv);
}

static void a_unit_in_two_places_is_listed_and_the_rules_refuse_it(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_replay replay = {0};
    struct amp_str csv =
        AMP_STR(HEAD "7,M1,Medical Incident,2026-01-01T10:00:00Z,2026-01-01T10:01:00Z,"
                     "2026-01-01T10:02:00Z,2026-01-01T10:03:00Z,2026-01-01T10:08:00Z,,,"
                     "2026-01-01T10:30:00Z,here,2,MEDIC,\"(1.5, 2.5)\"\n"
                     "8,M1,Medical Incident,2026-01-01T10:10:00Z,2026-01-01T10:11:00Z,"
                     "2026-01-01T10:12:00Z,,,,,2026-01-01T10:40:00Z,there,3,MEDIC,\n"
                     "9,M1,Medical Incident,2026-01-01T11:10:00Z,2026-01-01T11:09:00Z,"
                     "2026-01-01T11:12:00Z,,,,,2026-01-01T11:40:00Z,there,3,MEDIC,\n");
    assert_int_equal(run(csv, &arena, &replay, NULL), AMP_OK);
    assert_int_equal(replay.anomaly_n, 2);
    assert_int_equal(replay.anomaly[0].kind, AMP_ANOMALY_OUT_OF_ORDER);
    assert_int_equal(replay.anomaly[0].line, 4);
    assert_int_equal(replay.anomaly[1].kind, AMP_ANOMALY_OVERLAP);
    assert_int_equal(replay.anomaly[1].line, 3);
    assert_true(amp_str_is(replay.anomaly[1].call, "8"));
    assert_int_equal(replay.refused, 1);
    assert_int_equal(replay.phase[0].n, 2); /* an end before its start does not count */
    amp_arena_drop(&arena);
}

static void unreadable_files_are_refused_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *csv, *says;
        amp_err err;
    } rows[] = {
        {"", "empty", AMP_E_SYNTAX},
        {"a,b,c\n1,2,3\n", "mapping", AMP_E_UNSUPPORTED},
        {HEAD "7,M1,x\n", "line 2", AMP_E_SYNTAX},
        {HEAD "7,M1,x,yesterday,,,,,,,,here,2,MEDIC,\n", "line 2", AMP_E_SYNTAX},
        {HEAD "7,M1,x,13/01/2020 10:00:00 AM,,,,,,,,here,2,MEDIC,\n", "line 2", AMP_E_SYNTAX},
        {HEAD "7,M1,x,01/01/2020 13:00:00 AM,,,,,,,,here,2,MEDIC,\n", "line 2", AMP_E_SYNTAX},
        {HEAD ",M1,x,01/01/2020 10:00:00 AM,,,,,,,,here,2,MEDIC,\n", "line 2", AMP_E_MISSING},
        {HEAD "7,M1,x,,,,,,,,,here,2,MEDIC,\n", "line 2", AMP_E_MISSING},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct amp_arena arena = amp_arena_make(1 << 24);
        struct amp_replay replay = {.rows = 99};
        struct amp_why why = {0};
        assert_int_equal(run(amp_str_of(rows[i].csv), &arena, &replay, &why), rows[i].err);
        assert_non_null(strstr(why.text, rows[i].says));
        assert_int_equal(replay.rows, 99);
        amp_arena_drop(&arena);
    }
}

static void midnight_and_noon_are_read_as_americans_write_them(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_replay replay = {0};
    struct amp_str csv =
        AMP_STR(HEAD "7,M1,x,04/07/2020 11:59:00 AM,04/07/2020 12:01:00 PM,04/07/2020 12:02:00 PM,"
                     ",,,,04/08/2020 12:00:00 AM,here,2,MEDIC,\n");
    assert_int_equal(run(csv, &arena, &replay, NULL), AMP_OK);
    assert_true(replay.phase[0].p50_s == 120.0);
    assert_int_equal(replay.anomaly_n, 0);
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_rank_percentile_is_an_observed_value),
        cmocka_unit_test(the_percentile_is_the_least_value_with_enough_at_or_below),
        cmocka_unit_test(the_san_francisco_file_gives_its_golden_figures),
        cmocka_unit_test(a_unit_in_two_places_is_listed_and_the_rules_refuse_it),
        cmocka_unit_test(unreadable_files_are_refused_with_their_line),
        cmocka_unit_test(midnight_and_noon_are_read_as_americans_write_them),
    };
    return cmocka_run_group_tests(tests, plans_set_up, plans_tear_down);
}
