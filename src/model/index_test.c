/* The index against a slow twin, and the track of positions. */
#include "base/json.h"
#include "base/timefmt.h"
#include "model/index.h"
#include "model/track.h"
#include "model/view.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    NAMES = 400,
    STEPS = 100000
};

static void it_agrees_with_a_plain_array(void **state)
{
    (void)state;
    static const enum amp_space spaces[2] = {AMP_SPACE_UNIT, AMP_SPACE_KEY};
    struct amp_index *index = NULL;
    uint64_t plain[2][NAMES] = {{0}}; /* zero: not there */
    static char names[NAMES][16];
    char name[16];
    for (int n = 0; n < NAMES; n++) {
        snprintf(names[n], sizeof(names[n]), "n%d", n);
    }
    srand(5);
    assert_int_equal(amp_index_create(&index), AMP_OK);
    for (int step = 0; step < STEPS; step++) {
        int space = rand() % 2;
        int n = rand() % NAMES;
        snprintf(name, sizeof(name), "n%d", n);
        struct amp_str view = amp_str_of(name);
        if (rand() % 2) {
            assert_int_equal(amp_index_reserve(index, 1), AMP_OK);
            const char *former = plain[space][n] ? names[n] : NULL;
            plain[space][n] = (uint64_t)step + 1;
            assert_ptr_equal(amp_index_put(index, spaces[space], names[n], plain[space][n]),
                             former);
        } else {
            assert_ptr_equal(amp_index_remove(index, spaces[space], view),
                             plain[space][n] ? names[n] : NULL);
            plain[space][n] = 0;
        }
        snprintf(name, sizeof(name), "n%d", n = rand() % NAMES);
        uint64_t value = 0;
        bool found = amp_index_get(index, spaces[space], amp_str_of(name), &value);
        assert_int_equal(found, plain[space][n] != 0);
        assert_true(value == plain[space][n]);
    }
    size_t count = 0;
    for (int i = 0; i < 2 * NAMES; i++) {
        count += plain[i / NAMES][i % NAMES] != 0;
    }
    assert_int_equal(amp_index_count(index), count);
    amp_index_destroy(index);
    amp_index_destroy(NULL);
}

static void a_stale_position_is_never_given_out_as_current(void **state)
{
    (void)state;
    struct amp_track track = {0};
    const int64_t now_us = INT64_C(1900000000) * AMP_US_PER_S;
    struct amp_position position = {.pos = {10, 20}, .fix_us = now_us};
    struct amp_unit_id unit = {70};
    bool stale = false;
    assert_null(amp_track_current(&track, unit, now_us));
    assert_int_equal(amp_track_set(&track, unit, &position, now_us), AMP_OK);
    int64_t limit_us = AMP_POSITION_LIMIT_S * AMP_US_PER_S;
    assert_non_null(amp_track_current(&track, unit, now_us + limit_us));
    assert_null(amp_track_current(&track, unit, now_us + limit_us + 1));
    assert_non_null(amp_track_last(&track, unit, now_us + limit_us + 1, &stale));
    assert_true(stale);
    assert_null(amp_track_last(&track, (struct amp_unit_id){69}, now_us, &stale));
    position.fix_us = now_us - 1; /* late on the way */
    position.pos.lat_e7 = 99;
    assert_int_equal(amp_track_set(&track, unit, &position, now_us), AMP_OK);
    assert_int_equal(amp_track_current(&track, unit, now_us)->pos.lat_e7, 10);
    position.fix_us = now_us + (AMP_POSITION_AHEAD_S + 1) * AMP_US_PER_S;
    assert_int_equal(amp_track_set(&track, unit, &position, now_us), AMP_E_RANGE);
    assert_int_equal(amp_track_set(&track, (struct amp_unit_id){0}, &position, now_us),
                     AMP_E_NOT_FOUND);
    amp_track_finish(&track);
}

static void a_clock_set_back_leaves_no_position_current_for_ever(void **state)
{
    (void)state;
    struct amp_track track = {0};
    const int64_t now_us = INT64_C(1900000000) * AMP_US_PER_S;
    const int64_t back_us = now_us - INT64_C(3600) * AMP_US_PER_S;
    struct amp_position position = {.pos = {10, 20}, .fix_us = now_us};
    struct amp_unit_id unit = {1};
    bool stale = false;
    assert_int_equal(amp_track_set(&track, unit, &position, now_us), AMP_OK);
    assert_null(amp_track_current(&track, unit, back_us));
    assert_non_null(amp_track_last(&track, unit, back_us, &stale));
    assert_true(stale);
    position.fix_us = back_us; /* what is reported by the corrected clock counts at once */
    position.pos.lat_e7 = 99;
    assert_int_equal(amp_track_set(&track, unit, &position, back_us), AMP_OK);
    assert_int_equal(amp_track_current(&track, unit, back_us)->pos.lat_e7, 99);
    amp_track_finish(&track);
}

static void a_stale_position_is_shown_by_its_age_and_not_its_place(void **state)
{
    (void)state;
    struct amp_state model;
    struct amp_track track = {0};
    const int64_t now_us = INT64_C(1900000000) * AMP_US_PER_S;
    struct amp_position position = {.pos = {10, 20}, .fix_us = now_us, .heading_deg = 90};
    char call_sign[] = "M1";
    char kind[] = "ambulance";
    struct amp_unit unit = {.id = {1}, .call_sign = call_sign, .kind = kind};
    assert_int_equal(amp_state_init(&model), AMP_OK);
    assert_int_equal(amp_track_set(&track, unit.id, &position, now_us), AMP_OK);
    struct amp_buf buf = amp_buf_make(4096);
    for (int late = 0; late < 2; late++) {
        amp_buf_clear(&buf);
        struct amp_json js = amp_json_make(&buf);
        amp_view_unit(&js, &model, &unit, &track, now_us + late * INT64_C(600000000));
        const char *json = amp_buf_cstr(&buf);
        assert_int_equal(strstr(json, "\"lat\"") == NULL, late);
        assert_int_equal(strstr(json, "\"position_stale\":true") != NULL, late);
        assert_int_equal(strstr(json, "\"heading_deg\":null") != NULL, late);
        assert_non_null(strstr(json, "\"position_time\":\"2030-"));
    }
    amp_buf_free(&buf);
    amp_track_finish(&track);
    amp_state_finish(&model);
    amp_state_finish(&model); /* accepts zeroes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_a_plain_array),
        cmocka_unit_test(a_stale_position_is_never_given_out_as_current),
        cmocka_unit_test(a_clock_set_back_leaves_no_position_current_for_ever),
        cmocka_unit_test(a_stale_position_is_shown_by_its_age_and_not_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
