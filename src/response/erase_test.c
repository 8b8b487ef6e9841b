/* Erasing by key: what goes, what stays, what is refused; the law itself over random histories. */
#include "response/retention.h"
#include "response/testbed.h"
#include "response/trial.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    HISTORIES = 5,
    STEPS = 800
};

#define CALL                                                                                       \
    "{\"number\":\"+000 555 1\",\"device\":\"dev-1\",\"name\":\"MARKED name\","                    \
    "\"words\":\"MARKED words\",\"place\":\"MARKED place\",\"lat\":1,\"lon\":2"

/* I-2 goes into I-1, I-3 into I-2 before; I-4 stays alone. All called from one number. */
static void four_incidents(struct testbed *bed)
{
    for (int i = 0; i < 4; i++) {
        testbed_must(bed, AMP_CMD_TAKE_CALL, CALL "}");
        testbed_wait(bed, 10);
    }
    testbed_must(bed, AMP_CMD_ADD_NOTE, "{\"incident\":\"I-3\",\"text\":\"MARKED note\"}");
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-3\",\"into\":\"I-2\"}");
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-2\",\"into\":\"I-1\"}");
    testbed_must(bed, AMP_CMD_ADD_NOTE, "{\"incident\":\"I-2\",\"text\":\"MARKED late\"}");
    testbed_must(bed, AMP_CMD_LOCATE_CALL, "{\"call\":\"C-3\",\"lat\":3,\"lon\":4}");
    testbed_must(bed, AMP_CMD_CLOSE,
                 "{\"incident\":\"I-1\",\"outcome\":\"done\","
                 "\"reason\":\"MARKED reason\"}");
}

static void erasing_takes_what_was_merged_and_leaves_the_rest(void **state)
{
    struct testbed *bed = *state;
    struct amp_incident_id gone[8];
    four_incidents(bed);
    assert_int_equal(amp_incident_erases(&bed->state, (struct amp_incident_id){1}, gone, 8), 3);
    assert_int_equal(gone[0].n, 1);
    assert_int_equal(gone[1].n, 2);
    assert_int_equal(gone[2].n, 3);
    assert_int_equal(amp_incident_erases(&bed->state, (struct amp_incident_id){1}, gone, 0), 3);
    assert_int_equal(amp_incident_erases(&bed->state, (struct amp_incident_id){9}, gone, 8), 0);
    testbed_must(bed, AMP_CMD_ERASE, "{\"incident\":\"I-1\",\"reason\":\"asked to\"}");
    assert_true(testbed_refold(bed) == amp_state_digest(&bed->state));
    const struct amp_incident *root = testbed_incident(bed, 1);
    assert_true(root->erased_us == bed->now_us && !root->place && !root->where.known);
    assert_string_equal(root->outcome, "done");
    assert_string_equal(root->entry[root->entry_n - 1].text, "asked to");
    assert_true(testbed_incident(bed, 2)->erased_us && testbed_incident(bed, 3)->erased_us);
    const struct amp_call *call = amp_state_call(&bed->state, (struct amp_call_id){3});
    assert_true(!call->name && !call->number && !call->older_number.n && !call->where.known);
    /* the other one keeps all, and is found by its number and device as before */
    const struct amp_call *kept = amp_state_call_from(&bed->state, AMP_STR("+0005551"));
    assert_int_equal(kept->id.n, 4);
    assert_string_equal(kept->words, "MARKED words");
    assert_int_equal(amp_state_call_from(&bed->state, AMP_STR("dev-1"))->id.n, 4);
    assert_int_equal(kept->older_number.n, 0);
}

static void nothing_of_what_was_erased_stands_in_the_memory_of_the_state(void **state)
{
    struct testbed *bed = *state;
    four_incidents(bed);
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-4\"}");
    testbed_must(bed, AMP_CMD_ERASE, "{\"incident\":\"I-1\"}");
    assert_true(testbed_holds(bed, "MARKED name")); /* of I-4 */
    assert_false(testbed_holds(bed, "MARKED note"));
    assert_false(testbed_holds(bed, "MARKED late"));
    assert_false(testbed_holds(bed, "MARKED reason"));
    testbed_must(bed, AMP_CMD_ERASE, "{\"incident\":\"I-4\"}");
    assert_false(testbed_holds(bed, "MARKED"));
    assert_false(testbed_holds(bed, "dev-1"));
    assert_false(testbed_holds(bed, "+0005551")); /* nor in the index */
    assert_false(testbed_holds(bed, "+000 555 1"));
    assert_null(amp_state_call_from(&bed->state, AMP_STR("+0005551")));
}

static void what_must_not_be_erased_is_refused_with_what_to_do(void **state)
{
    struct testbed *bed = *state;
    four_incidents(bed);
    testbed_refused(bed, AMP_CMD_ERASE, "{\"incident\":\"I-4\"}", AMP_E_CONFLICT,
                    "I-4 is open; close it before");
    testbed_refused(bed, AMP_CMD_ERASE, "{\"incident\":\"I-3\"}", AMP_E_CONFLICT,
                    "merged into I-2; erase that one");
    testbed_must(bed, AMP_CMD_HOLD, "{\"incident\":\"I-1\",\"reason\":\"the court asked\"}");
    testbed_refused(bed, AMP_CMD_HOLD, "{\"incident\":\"I-1\"}", AMP_E_CONFLICT, "held already");
    testbed_refused(bed, AMP_CMD_HOLD, "{\"incident\":\"I-2\"}", AMP_E_CONFLICT, "use I-1");
    testbed_refused(bed, AMP_CMD_ERASE, "{\"incident\":\"I-1\"}", AMP_E_CONFLICT,
                    "I-1 is held: it must not be erased until somebody lifts the hold");
    testbed_must(bed, AMP_CMD_LIFT_HOLD, "{\"incident\":\"I-1\"}");
    testbed_refused(bed, AMP_CMD_LIFT_HOLD, "{\"incident\":\"I-1\"}", AMP_E_CONFLICT, "not held");
    testbed_must(bed, AMP_CMD_ERASE, "{\"incident\":\"I-1\"}");
    testbed_refused(bed, AMP_CMD_ERASE, "{\"incident\":\"I-1\"}", AMP_E_CONFLICT, "erased already");
    testbed_refused(bed, AMP_CMD_HOLD, "{\"incident\":\"I-1\"}", AMP_E_CONFLICT,
                    "nothing left to hold");
}

static void a_hold_goes_where_its_incident_goes(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{}");
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{}");
    testbed_must(bed, AMP_CMD_HOLD, "{\"incident\":\"I-1\"}");
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-1\",\"into\":\"I-2\"}");
    assert_true(testbed_incident(bed, 2)->held && !testbed_incident(bed, 1)->held);
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-2\"}");
    testbed_refused(bed, AMP_CMD_ERASE, "{\"incident\":\"I-2\"}", AMP_E_CONFLICT, "held");
}

static void nothing_personal_comes_to_what_was_erased(void **state)
{
    struct testbed *bed = *state;
    four_incidents(bed);
    testbed_must(bed, AMP_CMD_ERASE, "{\"incident\":\"I-1\"}");
    static const struct {
        enum amp_command_kind kind;
        const char *json;
    } rows[] = {
        {AMP_CMD_ADD_NOTE, "{\"incident\":\"I-1\",\"text\":\"x\"}"},
        {AMP_CMD_ADD_NOTE, "{\"incident\":\"I-3\",\"text\":\"x\"}"},
        {AMP_CMD_PLACE, "{\"incident\":\"I-1\",\"place\":\"x\"}"},
        {AMP_CMD_LOCATE_CALL, "{\"call\":\"C-2\",\"lat\":1,\"lon\":1}"},
        {AMP_CMD_REOPEN, "{\"incident\":\"I-1\"}"},
        {AMP_CMD_END_CALL, "{\"call\":\"C-1\",\"reason\":\"x\"}"},
        {AMP_CMD_TAKE_CALL, "{\"incident\":\"I-1\",\"words\":\"x\"}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        testbed_refused(bed, rows[i].kind, rows[i].json, AMP_E_CONFLICT, "were erased");
    }
    testbed_must(bed, AMP_CMD_END_CALL, "{\"call\":\"C-1\"}");
    testbed_must(bed, AMP_CMD_VIEW_INCIDENT, "{\"incident\":\"I-1\",\"look\":\"timeline\"}");
    struct amp_event event = {
        .kind = AMP_EV_NOTE_ADDED,
        .seq = bed->state.seq + 1,
        .actor = AMP_STR("x"),
        .f = {.has = AMP_HAS(INCIDENT) | AMP_HAS(TEXT), .incident = {1}, .text = AMP_STR("x")}};
    assert_int_equal(amp_apply(&bed->state, &event, &bed->why), AMP_E_CORRUPT);
    assert_non_null(strstr(bed->why.text, "was erased"));
}

static void retention_names_what_is_over_and_nothing_else(void **state)
{
    struct testbed *bed = *state;
    struct amp_plans *plans = NULL;
    struct amp_incident_id out[8];
    struct amp_incident_id next = {0};
    const int64_t day_us = INT64_C(86400000000);
    assert_int_equal(amp_plans_read(AMP_STR("default-retention 100\n"
                                            "type fall 1 Fall\n for 1 2\n retention 10\n for 3 5\n"
                                            "type stroke 1 Stroke\n retention 0\n"
                                            "type burn 1 Burn\n"),
                                    &plans, &bed->why),
                     AMP_OK);
    assert_int_equal(amp_plans_retention(plans, AMP_STR("fall")), 10);
    assert_int_equal(amp_plan_for(plans, AMP_STR("fall"), 5)->retention_days, 10);
    assert_int_equal(amp_plans_retention(plans, AMP_STR("stroke")), 0);
    assert_int_equal(amp_plans_retention(plans, AMP_STR("burn")), 100);
    assert_int_equal(amp_plans_retention(plans, AMP_STR("")), 100);
    for (int i = 0; i < 6; i++) {
        testbed_must(bed, AMP_CMD_OPEN_INCIDENT,
                     i == 1   ? "{\"type\":\"stroke\"}"
                     : i == 2 ? "{}"
                              : "{\"type\":\"fall\"}");
    }
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-4\",\"into\":\"I-1\"}");
    testbed_must(bed, AMP_CMD_HOLD, "{\"incident\":\"I-5\"}");
    static const char *const closed[] = {"I-1", "I-2", "I-3", "I-5"}; /* I-6 stays open */
    for (size_t i = 0; i < 4; i++) {
        char json[40];
        snprintf(json, sizeof(json), "{\"incident\":\"%s\"}", closed[i]);
        testbed_must(bed, AMP_CMD_CLOSE, json);
    }
    int64_t then = bed->now_us;
    assert_int_equal(
        amp_retention_due(&bed->state, plans, then + 10 * day_us - 1, next, &next, out, 8), 0);
    assert_int_equal(next.n, 0);
    assert_int_equal(amp_retention_due(&bed->state, plans, then + 10 * day_us, next, &next, out, 8),
                     1);
    assert_int_equal(out[0].n, 1);
    assert_int_equal(
        amp_retention_due(&bed->state, plans, then + 200 * day_us, next, &next, out, 1), 1);
    assert_int_equal(next.n, 2); /* there was no room for more */
    assert_int_equal(
        amp_retention_due(&bed->state, plans, then + 200 * day_us, next, &next, out, 1), 1);
    assert_int_equal(out[0].n, 3);
    assert_int_equal(
        amp_retention_due(&bed->state, plans, then + 200 * day_us, next, &next, out, 1), 0);
    testbed_must(bed, AMP_CMD_ERASE, "{\"incident\":\"I-1\"}");
    assert_int_equal(amp_retention_due(&bed->state, plans, then + 10 * day_us,
                                       (struct amp_incident_id){0}, &next, out, 8),
                     0);
    amp_plans_free(plans);
}

/* trial.h checks the law after every erasure; here in histories of their own. */
static void a_fold_without_the_keys_is_the_state_that_erased(void **state)
{
    (void)state;
    static struct trial trial;
    uint64_t erasures = 0;
    for (uint64_t seed = 1001; seed < 1001 + HISTORIES; seed++) {
        trial_open(&trial, seed);
        bool good = trial_run(&trial, STEPS);
        erasures += trial.erasures;
        if (!good) {
            print_message("# seed %llu, step %llu: %s\n", (unsigned long long)seed,
                          (unsigned long long)trial.step, trial.why);
        }
        trial_close(&trial);
        assert_true(good);
    }
    assert_true(erasures > 20);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, testbed_setup_fleet, testbed_teardown)
    const struct CMUnitTest tests[] = {
        ROW(erasing_takes_what_was_merged_and_leaves_the_rest),
        ROW(nothing_of_what_was_erased_stands_in_the_memory_of_the_state),
        ROW(what_must_not_be_erased_is_refused_with_what_to_do),
        ROW(a_hold_goes_where_its_incident_goes),
        ROW(nothing_personal_comes_to_what_was_erased),
        ROW(retention_names_what_is_over_and_nothing_else),
        cmocka_unit_test(a_fold_without_the_keys_is_the_state_that_erased),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
