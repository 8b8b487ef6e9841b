/* Warnings: drafted, issued once, updated, cancelled, and over when their time is. */
#include "base/timefmt.h"
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Every history folds to the same again, and comes out of a snapshot the same. */
static int bed_teardown(void **state)
{
    const struct testbed *bed = *state;
    struct amp_state again;
    testbed_resnap(bed, &again);
    assert_int_equal(again.warning_live_n, bed->state.warning_live_n);
    amp_state_finish(&again);
    return testbed_teardown(state);
}

static uint32_t draft(struct testbed *bed)
{
    testbed_must(bed, AMP_CMD_DRAFT_WARNING, "{\"document\":\"{}\"}");
    return (uint32_t)bed->state.warning_n;
}

static amp_err issue(struct testbed *bed, uint32_t n, const char *outcome, uint32_t ends)
{
    struct amp_command command = {.kind = AMP_CMD_ISSUE_WARNING,
                                  .time_us = bed->now_us,
                                  .actor = AMP_STR("sofia"),
                                  .role = AMP_ROLE_SUPERVISOR,
                                  .ends = ends};
    command.f.warning = n;
    command.f.label = AMP_STR("centre.example.org,W,2026-11-27T04:00:00-00:00");
    command.f.document = AMP_STR("<alert/>");
    command.f.fix_time = bed->now_us;
    command.f.until = bed->now_us + 60 * AMP_US_PER_S;
    command.f.has =
        AMP_HAS(WARNING) | AMP_HAS(LABEL) | AMP_HAS(DOCUMENT) | AMP_HAS(FIX_TIME) | AMP_HAS(UNTIL);
    if (outcome) {
        command.f.outcome = amp_str_of(outcome);
        command.f.has |= AMP_HAS(OUTCOME);
    }
    return testbed_run(bed, &command);
}

static const struct amp_warning *at(const struct testbed *bed, uint32_t n)
{
    const struct amp_warning *warning = amp_state_warning(&bed->state, n);
    assert_non_null(warning);
    return warning;
}

static void a_draft_is_written_anew_issued_once_and_over_when_its_time_is(void **state)
{
    struct testbed *bed = *state;
    uint32_t n = draft(bed);
    assert_int_equal(n, 1);
    assert_int_equal(at(bed, n)->state, AMP_WARNING_DRAFT);
    assert_null(at(bed, n)->reference);
    testbed_must(bed, AMP_CMD_DRAFT_WARNING, "{\"warning\":1,\"document\":\"{\\\"a\\\":1}\"}");
    assert_string_equal(at(bed, n)->document, "{\"a\":1}");
    assert_int_equal(bed->state.warning_n, 1);
    testbed_wait(bed, 3600);
    testbed_must(bed, AMP_CMD_TICK, "{}");
    assert_int_equal(at(bed, n)->state, AMP_WARNING_DRAFT); /* drafts do not age */
    assert_int_equal(issue(bed, n, NULL, 0), AMP_OK);
    assert_int_equal(at(bed, n)->state, AMP_WARNING_IN_FORCE);
    assert_string_equal(at(bed, n)->document, "<alert/>");
    assert_string_equal(at(bed, n)->issued_by, "sofia");
    assert_int_equal(issue(bed, n, NULL, 0), AMP_E_CONFLICT);
    testbed_refused(bed, AMP_CMD_DRAFT_WARNING, "{\"warning\":1,\"document\":\"{}\"}",
                    AMP_E_CONFLICT, "no draft any more");
    testbed_wait(bed, 61);
    testbed_must(bed, AMP_CMD_TICK, "{}");
    assert_int_equal(at(bed, n)->state, AMP_WARNING_EXPIRED);
    assert_int_equal(bed->state.warning_live_n, 0);
    assert_non_null(at(bed, n)->document);
}

static void an_update_ends_what_it_is_about_and_a_cancellation_too(void **state)
{
    struct testbed *bed = *state;
    uint32_t first = draft(bed);
    assert_int_equal(issue(bed, first, NULL, 0), AMP_OK);
    uint32_t second = draft(bed);
    assert_int_equal(issue(bed, second, "updated", first), AMP_OK);
    assert_int_equal(bed->last_n, 2);
    assert_int_equal(at(bed, first)->state, AMP_WARNING_UPDATED);
    uint32_t third = draft(bed);
    assert_int_equal(issue(bed, third, "updated", first), AMP_E_CONFLICT);
    assert_int_equal(issue(bed, third, "expired", second), AMP_E_RANGE);
    assert_int_equal(issue(bed, third, "cancelled", 0), AMP_E_RANGE);
    assert_int_equal(issue(bed, third, "cancelled", second), AMP_OK);
    assert_int_equal(at(bed, second)->state, AMP_WARNING_CANCELLED);
    assert_true(at(bed, third)->cancels);
    assert_int_equal(at(bed, third)->state, AMP_WARNING_IN_FORCE);
    uint32_t fourth = draft(bed);
    assert_int_equal(issue(bed, fourth, "cancelled", third), AMP_E_CONFLICT);
    assert_int_equal(issue(bed, fourth, "cancelled", fourth), AMP_E_CONFLICT);
}

static void a_draft_that_is_discarded_was_never_a_warning(void **state)
{
    struct testbed *bed = *state;
    uint32_t n = draft(bed);
    testbed_must(bed, AMP_CMD_DISCARD_WARNING, "{\"warning\":1}");
    assert_int_equal(at(bed, n)->state, AMP_WARNING_DISCARDED);
    assert_null(at(bed, n)->document);
    assert_int_equal(issue(bed, n, NULL, 0), AMP_E_CONFLICT);
    testbed_refused(bed, AMP_CMD_DISCARD_WARNING, "{\"warning\":9}", AMP_E_NOT_FOUND, "no warning");
}

static void drafts_never_keep_a_warning_from_being_issued(void **state)
{
    struct testbed *bed = *state;
    for (int i = 0; i < AMP_WARNING_DRAFTS; i++) {
        (void)draft(bed);
    }
    testbed_refused(bed, AMP_CMD_DRAFT_WARNING, "{\"document\":\"{}\"}", AMP_E_LIMIT, "discard");
    assert_int_equal(issue(bed, 1, NULL, 0), AMP_OK);
    (void)draft(bed);
}

static void documents_of_what_is_long_over_are_in_the_journal_alone(void **state)
{
    struct testbed *bed = *state;
    assert_int_equal(issue(bed, draft(bed), NULL, 0), AMP_OK);
    testbed_wait(bed, 61);
    testbed_must(bed, AMP_CMD_TICK, "{}");
    uint32_t n = 1;
    while (n < AMP_WARNINGS_KEPT) {
        n = draft(bed);
        testbed_refused(bed, AMP_CMD_DISCARD_WARNING, "{\"warning\":1}", AMP_E_CONFLICT, "expired");
        char json[64];
        (void)snprintf(json, sizeof json, "{\"warning\":%u}", n);
        testbed_must(bed, AMP_CMD_DISCARD_WARNING, json);
    }
    assert_non_null(at(bed, 1)->document);
    (void)draft(bed);
    assert_null(at(bed, 1)->document);
}

static void warnings_have_names(void **state)
{
    (void)state;
    char text[AMP_WARNING_ID_TEXT];
    uint32_t n = 0;
    amp_warning_id_text(12, text);
    assert_string_equal(text, "W-12");
    assert_int_equal(amp_warning_id_parse(AMP_STR("w-12"), &n), AMP_OK);
    assert_int_equal(n, 12);
    assert_int_equal(amp_warning_id_parse(AMP_STR("7"), &n), AMP_OK);
    assert_int_equal(n, 7);
    const char *const none[] = {"", "W-", "W-0", "W--1", "W-1x", "I-1", "W-+1", "W-99999999999"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(amp_warning_id_parse(amp_str_of(none[i]), &n), AMP_E_RANGE);
    }
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, testbed_setup, bed_teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_draft_is_written_anew_issued_once_and_over_when_its_time_is),
        ROW(an_update_ends_what_it_is_about_and_a_cancellation_too),
        ROW(a_draft_that_is_discarded_was_never_a_warning),
        ROW(drafts_never_keep_a_warning_from_being_issued),
        ROW(documents_of_what_is_long_over_are_in_the_journal_alone),
        cmocka_unit_test(warnings_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
