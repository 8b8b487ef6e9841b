/* Alerts: taken once, updated, cancelled, ended before they came, and over when their time is. */
#include "base/timefmt.h"
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Every history folds to the same again, and a snapshot of it knows the same alerts. */
static int bed_teardown(void **state)
{
    const struct testbed *bed = *state;
    struct amp_state again;
    testbed_resnap(bed, &again);
    for (size_t i = 0; i < bed->state.alert_n; i++) {
        assert_non_null(amp_state_alert(&again, amp_str_of(bed->state.alert[i].reference)));
    }
    amp_state_finish(&again);
    return testbed_teardown(state);
}

static struct amp_alert_item item_of(const struct testbed *bed, const char *reference)
{
    return (struct amp_alert_item){.reference = amp_str_of(reference),
                                   .document = AMP_STR("<alert/>"),
                                   .sent_us = bed->now_us,
                                   .until_us = bed->now_us + 60 * AMP_US_PER_S};
}

static void take(struct testbed *bed, const struct amp_alert_item *item, size_t n)
{
    const struct amp_alert_report report = {item, n};
    struct amp_command command = {.kind = AMP_CMD_TAKE_ALERTS,
                                  .time_us = bed->now_us,
                                  .actor = AMP_STR("met"),
                                  .role = AMP_ROLE_SUPERVISOR,
                                  .alerts = &report};
    command.f.source = AMP_STR("met");
    command.f.has = AMP_HAS(SOURCE);
    assert_int_equal(testbed_run(bed, &command), AMP_OK);
}

static enum amp_alert_state state_of(const struct testbed *bed, const char *reference)
{
    const struct amp_alert *alert = amp_state_alert(&bed->state, amp_str_of(reference));
    assert_non_null(alert);
    return alert->state;
}

static void an_alert_is_taken_once_and_ends_when_its_time_is_over(void **state)
{
    struct testbed *bed = *state;
    const struct amp_alert_item item = item_of(bed, "met,W-1,t");
    take(bed, &item, 1);
    assert_int_equal(state_of(bed, "met,W-1,t"), AMP_ALERT_IN_FORCE);
    assert_int_equal(bed->state.alert_live_n, 1);
    take(bed, &item, 1);
    assert_int_equal(bed->last_n, 0);
    testbed_wait(bed, 61);
    testbed_must(bed, AMP_CMD_TICK, "{}");
    assert_int_equal(state_of(bed, "met,W-1,t"), AMP_ALERT_EXPIRED);
    assert_int_equal(bed->state.alert_live_n, 0);
    assert_null(bed->state.alert[0].document);
    take(bed, &item, 1);
    assert_int_equal(bed->last_n, 0);
}

static void an_update_takes_the_place_of_what_it_refers_to_and_a_cancel_ends_it(void **state)
{
    struct testbed *bed = *state;
    const struct amp_str first[] = {AMP_STR("met,W-1,t"), AMP_STR("met,W-1,t")};
    const struct amp_str second[] = {AMP_STR("met,W-2,t")};
    struct amp_alert_item items[2] = {item_of(bed, "met,W-1,t"), item_of(bed, "met,W-2,t")};
    items[1].refers = first;
    items[1].refer_n = 2;
    take(bed, items, 1);
    take(bed, items + 1, 1);
    assert_int_equal(state_of(bed, "met,W-1,t"), AMP_ALERT_UPDATED);
    assert_int_equal(state_of(bed, "met,W-2,t"), AMP_ALERT_IN_FORCE);
    struct amp_alert_item cancel = item_of(bed, "met,W-3,t");
    cancel.cancels = true;
    cancel.refers = second;
    cancel.refer_n = 1;
    take(bed, &cancel, 1);
    assert_int_equal(state_of(bed, "met,W-2,t"), AMP_ALERT_CANCELLED);
    assert_int_equal(bed->state.alert_live_n, 0);
}

static void what_was_cancelled_before_it_came_never_comes_into_force(void **state)
{
    struct testbed *bed = *state;
    const struct amp_str first[] = {AMP_STR("met,W-1,t")};
    struct amp_alert_item cancel = item_of(bed, "met,W-2,t");
    cancel.cancels = true;
    cancel.refers = first;
    cancel.refer_n = 1;
    take(bed, &cancel, 1);
    const struct amp_alert_item late = item_of(bed, "met,W-1,t");
    take(bed, &late, 1);
    assert_int_equal(bed->last_n, 0);
    assert_int_equal(state_of(bed, "met,W-1,t"), AMP_ALERT_CANCELLED);
    struct amp_alert_item old = item_of(bed, "met,W-9,t");
    old.until_us = bed->now_us;
    take(bed, &old, 1);
    assert_int_equal(state_of(bed, "met,W-9,t"), AMP_ALERT_EXPIRED);
}

static void an_envelope_brings_several_and_each_counts_once(void **state)
{
    struct testbed *bed = *state;
    const struct amp_alert_item items[] = {item_of(bed, "met,W-1,t"), item_of(bed, "met,W-2,t"),
                                           item_of(bed, "met,W-1,t")};
    take(bed, items, 3);
    assert_int_equal(bed->last_n, 2);
    assert_int_equal(bed->state.alert_live_n, 2);
}

static void what_came_of_its_signature_is_kept_and_what_had_to_be_valid_is_refused(void **state)
{
    struct testbed *bed = *state;
    struct amp_alert_item items[] = {item_of(bed, "met,S-1,t"), item_of(bed, "met,S-2,t"),
                                     item_of(bed, "met,S-3,t")};
    items[0].is_signed = items[1].is_signed = true;
    items[0].signature = AMP_SIGNATURE_VALID;
    items[0].signed_by = AMP_STR("met-2026");
    items[1].signature = AMP_SIGNATURE_INVALID;
    const size_t before = bed->state.alert_n;
    take(bed, items, 3);
    assert_int_equal(bed->last_n, 3);
    const struct amp_alert *alert = bed->state.alert + before;
    assert_string_equal(alert[0].signature, "valid");
    assert_string_equal(alert[0].signed_by, "met-2026");
    assert_string_equal(alert[1].signature, "invalid");
    assert_null(alert[1].signed_by);
    assert_null(alert[2].signature);
    struct amp_alert_item cancel = item_of(bed, "met,S-4,t");
    const struct amp_str refers = AMP_STR("met,S-1,t");
    cancel.cancels = cancel.refused = true;
    cancel.refers = &refers;
    cancel.refer_n = 1;
    take(bed, &cancel, 1);
    assert_int_equal(bed->last_n, 1);
    assert_int_equal(state_of(bed, "met,S-1,t"), AMP_ALERT_IN_FORCE);
    assert_null(amp_state_alert(&bed->state, AMP_STR("met,S-4,t")));
}

/* Whoever read it has overlooked something: an answer, not an end of the server. */
static void what_no_record_may_hold_is_refused_and_changes_nothing(void **state)
{
    struct testbed *bed = *state;
    const struct amp_str first[] = {AMP_STR("met,W-1,t"), AMP_STR("met,\x01,t")};
    struct amp_alert_item items[] = {item_of(bed, "met,W-1,t"), item_of(bed, "met\x7f,W-2,t"),
                                     item_of(bed, "met,W-3,t")};
    items[2].refers = first;
    items[2].refer_n = 2;
    take(bed, items, 1);
    for (size_t i = 1; i < 3; i++) {
        const struct amp_alert_report report = {items + i, 1};
        const struct amp_command command = {.kind = AMP_CMD_TAKE_ALERTS,
                                            .time_us = bed->now_us,
                                            .actor = AMP_STR("met"),
                                            .role = AMP_ROLE_SUPERVISOR,
                                            .alerts = &report};
        assert_int_equal(testbed_run(bed, &command), AMP_E_RANGE);
        assert_string_equal(bed->why.text, "\"label\" must be one line of UTF-8");
        assert_int_equal(bed->state.alert_live_n, 1);
    }
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, testbed_setup, bed_teardown)
    const struct CMUnitTest tests[] = {
        ROW(an_alert_is_taken_once_and_ends_when_its_time_is_over),
        ROW(an_update_takes_the_place_of_what_it_refers_to_and_a_cancel_ends_it),
        ROW(what_was_cancelled_before_it_came_never_comes_into_force),
        ROW(what_came_of_its_signature_is_kept_and_what_had_to_be_valid_is_refused),
        ROW(what_no_record_may_hold_is_refused_and_changes_nothing),
        ROW(an_envelope_brings_several_and_each_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
