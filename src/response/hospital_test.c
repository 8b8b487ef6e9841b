/* Hospitals: added, changed, taken off the list, and whether they take patients. */
#include "model/life.h"
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CENTRAL                                                                                    \
    "{\"facility\":\"HC\",\"label\":\"Hospital Central\",\"site\":{\"lat\":1,\"lon\":2},"          \
    "\"capabilities\":[\"trauma\",\"stroke\"]}"

static int bed_setup(void **state)
{
    static struct testbed bed;
    testbed_open(&bed);
    testbed_must(&bed, AMP_CMD_ADD_HOSPITAL, CENTRAL);
    *state = &bed;
    return 0;
}

/* Every history folds to the same again, and so does its snapshot. */
static int bed_teardown(void **state)
{
    const struct testbed *bed = *state;
    struct amp_state read;
    testbed_resnap(bed, &read);
    assert_int_equal(read.hospital_n, bed->state.hospital_n);
    assert_non_null(amp_state_hospital(&read, AMP_STR("HC")));
    amp_state_finish(&read);
    return testbed_teardown(state);
}

static const struct amp_hospital *central(const struct testbed *bed)
{
    const struct amp_hospital *found = amp_state_hospital(&bed->state, AMP_STR("HC"));
    assert_non_null(found);
    return found;
}

static void one_that_was_added_has_no_state_until_somebody_says(void **state)
{
    const struct testbed *bed = *state;
    const struct amp_hospital *hospital = central(bed);
    assert_string_equal(hospital->label, "Hospital Central");
    assert_int_equal(hospital->site.lat_e7, 10000000);
    assert_int_equal(hospital->capabilities.n, 2);
    assert_int_equal(hospital->traffic, AMP_TRAFFIC_UNKNOWN);
    assert_null(hospital->actor);
    assert_true(hospital->since_us == 0);
}

static void its_state_is_the_last_that_was_said_with_who_and_when(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_SET_HOSPITAL_STATUS,
                 "{\"facility\":\"HC\",\"traffic\":\"closed\",\"reason\":\"no beds until 18\"}");
    assert_int_equal(central(bed)->traffic, AMP_TRAFFIC_CLOSED);
    assert_string_equal(central(bed)->note, "no beds until 18");
    assert_string_equal(central(bed)->actor, bed->actor);
    assert_true(central(bed)->since_us == bed->now_us);
    testbed_wait(bed, 60);
    testbed_must(bed, AMP_CMD_SET_HOSPITAL_STATUS, "{\"facility\":\"HC\",\"traffic\":\"normal\"}");
    assert_int_equal(central(bed)->traffic, AMP_TRAFFIC_NORMAL);
    assert_null(central(bed)->note); /* the word belonged to the state before */
    assert_true(central(bed)->since_us == bed->now_us);
    assert_false(testbed_holds(bed, "no beds until 18"));
}

static void a_change_leaves_what_it_does_not_name(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_SET_HOSPITAL_STATUS,
                 "{\"facility\":\"HC\",\"traffic\":\"advisory\"}");
    testbed_must(bed, AMP_CMD_CHANGE_HOSPITAL,
                 "{\"facility\":\"HC\",\"label\":\"Central\",\"capabilities\":[\"burns\"]}");
    assert_string_equal(central(bed)->label, "Central");
    assert_int_equal(central(bed)->site.lon_e7, 20000000);
    assert_int_equal(central(bed)->capabilities.n, 1);
    assert_int_equal(central(bed)->traffic, AMP_TRAFFIC_ADVISORY);
    assert_false(central(bed)->disabled);
    testbed_must(bed, AMP_CMD_CHANGE_HOSPITAL, "{\"facility\":\"HC\",\"disabled\":true}");
    assert_true(central(bed)->disabled);
    testbed_must(bed, AMP_CMD_CHANGE_HOSPITAL, "{\"facility\":\"HC\",\"disabled\":false}");
    assert_false(central(bed)->disabled);
    assert_int_equal(central(bed)->capabilities.n, 1);
}

static void what_cannot_be_is_refused_with_what_is_wrong(void **state)
{
    struct testbed *bed = *state;
    testbed_refused(bed, AMP_CMD_ADD_HOSPITAL, CENTRAL, AMP_E_EXISTS, "HC already");
    testbed_refused(bed, AMP_CMD_CHANGE_HOSPITAL, "{\"facility\":\"HC\"}", AMP_E_MISSING, "needs");
    testbed_refused(bed, AMP_CMD_CHANGE_HOSPITAL, "{\"facility\":\"HX\",\"label\":\"x\"}",
                    AMP_E_NOT_FOUND, "no hospital HX");
    testbed_refused(bed, AMP_CMD_SET_HOSPITAL_STATUS,
                    "{\"facility\":\"HX\",\"traffic\":\"closed\"}", AMP_E_NOT_FOUND,
                    "no hospital HX");
    testbed_refused(bed, AMP_CMD_SET_HOSPITAL_STATUS, "{\"facility\":\"HC\",\"traffic\":\"full\"}",
                    AMP_E_RANGE, "normal, advisory, closed or unknown");
    testbed_refused(bed, AMP_CMD_SET_HOSPITAL_STATUS, "{\"facility\":\"HC\"}", AMP_E_MISSING,
                    "traffic");
}

static void each_state_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < AMP_TRAFFICS; i++) {
        enum amp_traffic found = AMP_TRAFFICS;
        const char *name = amp_traffic_name((enum amp_traffic)i);
        assert_int_equal(amp_traffic_of(amp_str_of(name), &found), AMP_OK);
        assert_int_equal(found, i);
    }
    enum amp_traffic none = AMP_TRAFFICS;
    assert_int_equal(amp_traffic_of(AMP_STR(""), &none), AMP_E_RANGE);
    assert_int_equal(none, AMP_TRAFFICS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_was_added_has_no_state_until_somebody_says,
                                        bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(its_state_is_the_last_that_was_said_with_who_and_when,
                                        bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(a_change_leaves_what_it_does_not_name, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused_with_what_is_wrong, bed_setup,
                                        bed_teardown),
        cmocka_unit_test(each_state_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
