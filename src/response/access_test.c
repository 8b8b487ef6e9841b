/* Agencies, accounts, sharing and the audit: what is refused, and with which sentence. */
#include "base/json.h"
#include "model/view.h"
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int bed_setup(void **state)
{
    static struct testbed bed;
    testbed_open(&bed);
    testbed_fleet(&bed);
    testbed_must(&bed, AMP_CMD_ADD_AGENCY, "{\"agency\":\"north\",\"label\":\"North (made up)\"}");
    testbed_must(&bed, AMP_CMD_ADD_AGENCY, "{\"agency\":\"south\",\"label\":\"South (made up)\"}");
    testbed_must(&bed, AMP_CMD_ADD_ACCOUNT, "{\"account\":\"ana\",\"role\":\"admin\"}");
    *state = &bed;
    return 0;
}

static const struct amp_account *account(struct testbed *bed, const char *name)
{
    const struct amp_account *found = amp_state_account(&bed->state, amp_str_of(name));
    assert_non_null(found);
    return found;
}

static void an_account_of_an_unknown_role_agency_or_unit_is_refused(void **state)
{
    struct testbed *bed = *state;
    /* clang-format off */
    static const struct {
        const char *json;
        amp_err err;
        const char *words;
    } rows[] = {
        {"{\"account\":\"b\",\"role\":\"king\"}", AMP_E_SYNTAX, "one of call-taker"},
        {"{\"account\":\"a b\",\"role\":\"admin\"}", AMP_E_RANGE, "a word"},
        {"{\"account\":\"b\",\"role\":\"admin\",\"agency\":\"east\"}", AMP_E_NOT_FOUND,
         "no agency east; add it first"},
        {"{\"account\":\"b\",\"role\":\"admin\",\"agency\":\"-\"}", AMP_E_NOT_FOUND, "no agency -"},
        {"{\"account\":\"b\",\"role\":\"crew\",\"unit\":\"Q9\"}", AMP_E_NOT_FOUND, "no unit Q9"},
        {"{\"account\":\"b\",\"role\":\"crew\"}", AMP_E_MISSING, "crew needs \"unit\""},
        {"{\"account\":\"ana\",\"role\":\"crew\"}", AMP_E_EXISTS, "an account ana already"},
        {"{\"account\":\"timer\",\"role\":\"admin\"}", AMP_E_RANGE, "choose another"},
        {"{\"account\":\"local\",\"role\":\"admin\"}", AMP_E_RANGE, "choose another"},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        testbed_refused(bed, AMP_CMD_ADD_ACCOUNT, rows[i].json, rows[i].err, rows[i].words);
    }
    testbed_refused(bed, AMP_CMD_ADD_AGENCY, "{\"agency\":\"north\",\"label\":\"x\"}", AMP_E_EXISTS,
                    "an agency north already");
    testbed_refused(bed, AMP_CMD_ADD_AGENCY, "{\"agency\":\"-\",\"label\":\"x\"}", AMP_E_RANGE,
                    "choose another");
    testbed_refused(bed, AMP_CMD_ADD_UNIT,
                    "{\"unit\":\"-\",\"kind\":\"ambulance\",\"capabilities\":[]}", AMP_E_RANGE,
                    "choose another");
}

static void the_last_enabled_admin_stays(void **state)
{
    struct testbed *bed = *state;
    testbed_refused(bed, AMP_CMD_CHANGE_ACCOUNT, "{\"account\":\"ana\",\"disabled\":true}",
                    AMP_E_CONFLICT, "ana is the last enabled admin");
    testbed_refused(bed, AMP_CMD_CHANGE_ACCOUNT, "{\"account\":\"ana\",\"role\":\"auditor\"}",
                    AMP_E_CONFLICT, "make another account admin first");
    testbed_must(bed, AMP_CMD_ADD_ACCOUNT, "{\"account\":\"ben\",\"role\":\"admin\"}");
    testbed_must(bed, AMP_CMD_CHANGE_ACCOUNT, "{\"account\":\"ana\",\"disabled\":true}");
    testbed_refused(bed, AMP_CMD_CHANGE_ACCOUNT, "{\"account\":\"ben\",\"role\":\"auditor\"}",
                    AMP_E_CONFLICT, "ben is the last enabled admin");
    testbed_must(bed, AMP_CMD_CHANGE_ACCOUNT, "{\"account\":\"ana\",\"disabled\":false}");
    testbed_must(bed, AMP_CMD_CHANGE_ACCOUNT, "{\"account\":\"ben\",\"role\":\"auditor\"}");
    assert_int_equal(account(bed, "ben")->role, AMP_ROLE_AUDITOR);
}

static void what_an_account_has_is_changed_and_cleared(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_ADD_ACCOUNT,
                 "{\"account\":\"eva\",\"role\":\"crew\",\"unit\":\"M1\",\"agency\":\"north\"}");
    testbed_refused(bed, AMP_CMD_CHANGE_ACCOUNT, "{\"account\":\"eva\"}", AMP_E_MISSING,
                    "needs \"role\"");
    testbed_refused(bed, AMP_CMD_CHANGE_ACCOUNT, "{\"account\":\"eva\",\"unit\":\"-\"}",
                    AMP_E_MISSING, "crew needs \"unit\"");
    testbed_refused(bed, AMP_CMD_CHANGE_ACCOUNT, "{\"account\":\"eve\",\"unit\":\"-\"}",
                    AMP_E_NOT_FOUND, "no account eve");
    testbed_must(bed, AMP_CMD_CHANGE_ACCOUNT,
                 "{\"account\":\"eva\",\"role\":\"dispatcher\",\"unit\":\"-\",\"agency\":\"-\"}");
    assert_int_equal(account(bed, "eva")->unit.n, 0);
    assert_int_equal(account(bed, "eva")->agency.n, 0);
    testbed_must(bed, AMP_CMD_CHANGE_UNIT, "{\"unit\":\"M1\",\"agency\":\"south\"}");
    assert_int_equal(testbed_unit(bed, "M1")->agency.n, 2);
    testbed_must(bed, AMP_CMD_CHANGE_UNIT, "{\"unit\":\"M1\",\"agency\":\"-\"}");
    assert_int_equal(testbed_unit(bed, "M1")->agency.n, 0);
}

static void a_disabled_account_opens_no_session_and_makes_no_token(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_ADD_ACCOUNT, "{\"account\":\"eva\",\"role\":\"dispatcher\"}");
    testbed_must(bed, AMP_CMD_FAIL_LOGIN, "{\"account\":\"eva\",\"factor\":\"password\"}");
    testbed_must(bed, AMP_CMD_FAIL_LOGIN, "{\"account\":\"eva\",\"factor\":\"totp\"}");
    testbed_must(bed, AMP_CMD_FAIL_LOGIN, "{\"factor\":\"password\"}");
    assert_int_equal(account(bed, "eva")->failed, 2);
    assert_true(account(bed, "eva")->failed_us == bed->now_us);
    testbed_must(bed, AMP_CMD_OPEN_SESSION,
                 "{\"account\":\"eva\",\"session\":\"s1\",\"factor\":\"password\"}");
    assert_int_equal(account(bed, "eva")->failed, 0);
    assert_true(account(bed, "eva")->seen_us == bed->now_us);
    testbed_must(bed, AMP_CMD_CHANGE_ACCOUNT, "{\"account\":\"eva\",\"disabled\":true}");
    testbed_must(bed, AMP_CMD_END_SESSION, "{\"account\":\"eva\",\"session\":\"s1\"}");
    testbed_refused(bed, AMP_CMD_OPEN_SESSION,
                    "{\"account\":\"eva\",\"session\":\"s2\",\"factor\":\"password\"}",
                    AMP_E_FORBIDDEN, "eva is disabled; an admin can enable it");
    testbed_refused(bed, AMP_CMD_MAKE_TOKEN,
                    "{\"account\":\"eva\",\"token\":\"t\",\"scopes\":[\"read\"]}", AMP_E_FORBIDDEN,
                    "disabled");
    testbed_refused(bed, AMP_CMD_MAKE_TOKEN, "{\"account\":\"ana\",\"token\":\"t\",\"scopes\":[]}",
                    AMP_E_MISSING, "scopes");
    testbed_refused(bed, AMP_CMD_FAIL_LOGIN, "{\"account\":\"nobody\",\"factor\":\"password\"}",
                    AMP_E_NOT_FOUND, "no account nobody");
    testbed_refused(bed, AMP_CMD_SET_CREDENTIAL, "{\"account\":\"ana\",\"factor\":\"luck\"}",
                    AMP_E_RANGE, "one of password");
}

static void a_credential_is_there_from_when_it_was_set_until_it_was_removed(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_SET_CREDENTIAL, "{\"account\":\"ana\",\"factor\":\"setup\"}");
    assert_false(account(bed, "ana")->password || account(bed, "ana")->totp);
    testbed_must(bed, AMP_CMD_SET_CREDENTIAL, "{\"account\":\"ana\",\"factor\":\"password\"}");
    testbed_must(bed, AMP_CMD_SET_CREDENTIAL, "{\"account\":\"ana\",\"factor\":\"totp\"}");
    assert_true(account(bed, "ana")->password && account(bed, "ana")->totp);
    testbed_must(bed, AMP_CMD_SET_CREDENTIAL,
                 "{\"account\":\"ana\",\"factor\":\"totp\",\"disabled\":true}");
    assert_true(account(bed, "ana")->password && !account(bed, "ana")->totp);
    struct amp_buf buf = amp_buf_make(4096);
    struct amp_json js = amp_json_make(&buf);
    amp_view_account(&js, &bed->state, account(bed, "ana"));
    assert_string_equal(amp_buf_cstr(&buf),
                        "{\"account\":\"ana\",\"role\":\"admin\",\"agency\":null,\"unit\":null,"
                        "\"disabled\":false,\"seen\":null,\"password\":true,\"totp\":false}");
    amp_buf_free(&buf);
}

static void an_incident_is_seen_by_its_owner_its_guests_and_whose_units_are_there(void **state)
{
    struct testbed *bed = *state;
    const uint64_t north = 2, south = 4;
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"agency\":\"north\"}");
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{}");
    assert_true(amp_incident_agencies(&bed->state, testbed_incident(bed, 1)) == north);
    assert_true(amp_incident_agencies(&bed->state, testbed_incident(bed, 2)) == UINT64_MAX);
    testbed_must(bed, AMP_CMD_CHANGE_UNIT, "{\"unit\":\"M1\",\"agency\":\"south\"}");
    assert_true(amp_unit_agencies(&bed->state, testbed_unit(bed, "M1")) == south);
    assert_true(amp_unit_agencies(&bed->state, testbed_unit(bed, "M2")) == UINT64_MAX);
    testbed_refused(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}",
                    AMP_E_FORBIDDEN,
                    "M1 belongs to south, which may not see I-1; share the incident");
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M2\"}");
    testbed_must(bed, AMP_CMD_SHARE_INCIDENT, "{\"incident\":\"I-1\",\"agency\":\"south\"}");
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    testbed_must(bed, AMP_CMD_UNSHARE_INCIDENT, "{\"incident\":\"I-1\",\"agency\":\"south\"}");
    assert_true(testbed_incident(bed, 1)->shared == 0);
    assert_true(amp_incident_agencies(&bed->state, testbed_incident(bed, 1)) == (north | south));
    assert_true(amp_unit_agencies(&bed->state, testbed_unit(bed, "M1")) == (north | south));
    testbed_must(bed, AMP_CMD_RELEASE, "{\"unit\":\"M1\"}");
    assert_true(amp_incident_agencies(&bed->state, testbed_incident(bed, 1)) == north);
}

static void sharing_with_nobody_with_the_owner_or_twice_is_refused(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{\"agency\":\"north\"}");
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{}");
    testbed_refused(bed, AMP_CMD_OPEN_INCIDENT, "{\"agency\":\"east\"}", AMP_E_NOT_FOUND,
                    "no agency east");
    testbed_refused(bed, AMP_CMD_SHARE_INCIDENT, "{\"incident\":\"I-1\",\"agency\":\"east\"}",
                    AMP_E_NOT_FOUND, "no agency east");
    testbed_refused(bed, AMP_CMD_SHARE_INCIDENT, "{\"incident\":\"I-1\",\"agency\":\"north\"}",
                    AMP_E_CONFLICT, "belongs to north");
    testbed_refused(bed, AMP_CMD_SHARE_INCIDENT, "{\"incident\":\"I-2\",\"agency\":\"north\"}",
                    AMP_E_CONFLICT, "belongs to no agency");
    testbed_refused(bed, AMP_CMD_UNSHARE_INCIDENT, "{\"incident\":\"I-1\",\"agency\":\"south\"}",
                    AMP_E_CONFLICT, "not shared with south");
    testbed_must(bed, AMP_CMD_SHARE_INCIDENT, "{\"incident\":\"I-1\",\"agency\":\"south\"}");
    testbed_refused(bed, AMP_CMD_SHARE_INCIDENT, "{\"incident\":\"I-1\",\"agency\":\"south\"}",
                    AMP_E_CONFLICT, "shared with south already");
}

static void a_merge_hides_nothing_from_whoever_saw_a_part_of_it(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{\"agency\":\"north\"}");
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{\"agency\":\"south\"}");
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-1\",\"into\":\"I-2\"}");
    assert_true(amp_incident_agencies(&bed->state, testbed_incident(bed, 2)) == 6);
    assert_true(testbed_incident(bed, 2)->shared == 2);
    struct amp_buf buf = amp_buf_make(4096);
    struct amp_json js = amp_json_make(&buf);
    amp_view_incident(&js, &bed->state, testbed_incident(bed, 2), false);
    assert_non_null(strstr(amp_buf_cstr(&buf), "\"agency\":\"south\",\"shared\":[\"north\"],"
                                               "\"held\":false,\"erased\":null"));
    amp_buf_free(&buf);
}

static void every_look_is_counted_by_day_and_role_and_changes_nothing_else(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{}");
    uint64_t changed = testbed_incident(bed, 1)->changed_seq;
    bed->role = AMP_ROLE_AUDITOR;
    testbed_must(bed, AMP_CMD_VIEW_INCIDENT, "{\"incident\":\"I-1\",\"look\":\"timeline\"}");
    testbed_must(bed, AMP_CMD_VIEW_LIST, "{\"look\":\"list\"}");
    uint64_t first = bed->state.seq;
    testbed_wait(bed, 86400);
    testbed_must(bed, AMP_CMD_VIEW_LIST, "{\"look\":\"stream\"}");
    testbed_wait(bed, -86400); /* the clock is set back: it counts for the day that it says */
    testbed_must(bed, AMP_CMD_VIEW_LIST, "{\"look\":\"audit\"}");
    int64_t today = amp_audit_day_of(bed->now_us);
    const struct amp_audit_day *day = amp_state_audit(&bed->state, today);
    assert_int_equal(day->count[AMP_ROLE_AUDITOR][AMP_EV_LOG_VIEWED], 2);
    assert_int_equal(day->count[AMP_ROLE_AUDITOR][AMP_EV_INCIDENT_VIEWED], 1);
    assert_int_equal(day->count[AMP_ROLE_NONE][AMP_EV_INCIDENT_VIEWED], 0);
    assert_true(day->first_seq == 1 && day->last_seq == bed->state.seq);
    day = amp_state_audit(&bed->state, today + 1);
    assert_int_equal(day->count[AMP_ROLE_AUDITOR][AMP_EV_LOG_VIEWED], 1);
    assert_true(day->first_seq == first + 1 && day->last_seq == first + 1);
    assert_null(amp_state_audit(&bed->state, today - 1));
    assert_true(testbed_incident(bed, 1)->changed_seq == changed);
    assert_int_equal(amp_audit_day_of(-1), -1);
    testbed_refused(bed, AMP_CMD_VIEW_INCIDENT, "{\"incident\":\"I-7\",\"look\":\"timeline\"}",
                    AMP_E_NOT_FOUND, "no incident I-7");
}

static void the_note_of_a_crews_account_is_a_sign_of_life_of_its_unit(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_ADD_ACCOUNT,
                 "{\"account\":\"eva\",\"role\":\"crew\",\"unit\":\"M1\"}");
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{}");
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"on-scene\"}");
    testbed_wait(bed, 60);
    bed->actor = "eva";
    testbed_must(bed, AMP_CMD_ADD_NOTE, "{\"incident\":\"I-1\",\"text\":\"All well.\"}");
    assert_true(testbed_unit(bed, "M1")->heard_us == bed->now_us);
}

static void the_key_of_the_log_is_remembered(void **state)
{
    struct testbed *bed = *state;
    assert_null(bed->state.log_vkey);
    testbed_must(bed, AMP_CMD_SET_LOG_KEY, "{\"vkey\":\"log.test+12345678+AAAA\"}");
    assert_string_equal(bed->state.log_vkey, "log.test+12345678+AAAA");
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, bed_setup, testbed_teardown)
    const struct CMUnitTest tests[] = {
        ROW(an_account_of_an_unknown_role_agency_or_unit_is_refused),
        ROW(the_last_enabled_admin_stays),
        ROW(what_an_account_has_is_changed_and_cleared),
        ROW(a_disabled_account_opens_no_session_and_makes_no_token),
        ROW(a_credential_is_there_from_when_it_was_set_until_it_was_removed),
        ROW(an_incident_is_seen_by_its_owner_its_guests_and_whose_units_are_there),
        ROW(sharing_with_nobody_with_the_owner_or_twice_is_refused),
        ROW(a_merge_hides_nothing_from_whoever_saw_a_part_of_it),
        ROW(every_look_is_counted_by_day_and_role_and_changes_nothing_else),
        ROW(the_note_of_a_crews_account_is_a_sign_of_life_of_its_unit),
        ROW(the_key_of_the_log_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
