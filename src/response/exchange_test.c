/* Incidents offered to partner centres and by them: every turn of an offer, and what is told. */
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define THEIRS "urn:emergency:uid:incidentid:7:south.example.org"
#define OTHER  "urn:emergency:uid:incidentid:8:south.example.org"

static const struct amp_link *link_of(const struct testbed *bed, uint32_t n)
{
    const struct amp_link *link = amp_incident_link(testbed_incident(bed, n), AMP_STR("south"));
    assert_non_null(link);
    return link;
}

static struct amp_command heard(const struct testbed *bed, const char *outcome, int64_t offer_us)
{
    struct amp_command command = {.kind = AMP_CMD_TAKE_EXCHANGE,
                                  .time_us = bed->now_us,
                                  .actor = AMP_STR("south"),
                                  .role = AMP_ROLE_PARTNER};
    command.f.partner = AMP_STR("south");
    command.f.label = AMP_STR(THEIRS);
    command.f.has = AMP_HAS(PARTNER) | AMP_HAS(LABEL);
    if (outcome) {
        command.f.outcome = amp_str_of(outcome);
        command.f.has |= AMP_HAS(OUTCOME);
    }
    if (offer_us) {
        command.f.fix_time = offer_us;
        command.f.has |= AMP_HAS(FIX_TIME);
    }
    return command;
}

static void hear(struct testbed *bed, const struct amp_command *command)
{
    amp_err err = testbed_run(bed, command);
    assert_string_equal(err ? bed->why.text : "", "");
}

static void an_offer_is_made_once_answered_once_and_can_be_made_again(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{\"place\":\"mill\"}");
    testbed_must(bed, AMP_CMD_OFFER_TRANSFER, "{\"incident\":\"I-1\",\"partner\":\"south\"}");
    assert_true(link_of(bed, 1)->outward && amp_link_tells(link_of(bed, 1)));
    testbed_refused(bed, AMP_CMD_OFFER_TRANSFER, "{\"incident\":\"I-1\",\"partner\":\"south\"}",
                    AMP_E_CONFLICT, "offered to south already");
    testbed_refused(bed, AMP_CMD_ANSWER_TRANSFER,
                    "{\"incident\":\"I-1\",\"partner\":\"south\",\"outcome\":\"accepted\"}",
                    AMP_E_CONFLICT, "no offer");
    testbed_must(bed, AMP_CMD_FAIL_TRANSFER,
                 "{\"incident\":\"I-1\",\"partner\":\"south\",\"label\":\"deaf\"}");
    assert_int_equal(link_of(bed, 1)->transfer, AMP_TRANSFER_FAILED);
    assert_false(amp_link_tells(link_of(bed, 1)));
    int64_t first_us = link_of(bed, 1)->offer_us;
    testbed_must(bed, AMP_CMD_OFFER_TRANSFER, "{\"incident\":\"I-1\",\"partner\":\"south\"}");
    int64_t offer_us = link_of(bed, 1)->offer_us;
    assert_true(offer_us > first_us);
    struct amp_command late = heard(bed, "refused", first_us);
    late.f.incident.n = 1;
    late.f.has |= AMP_HAS(INCIDENT);
    hear(bed, &late);
    assert_int_equal(link_of(bed, 1)->transfer, AMP_TRANSFER_OFFERED); /* to the offer before */
    struct amp_command yes = late;
    yes.f.outcome = AMP_STR("accepted");
    yes.f.fix_time = offer_us;
    hear(bed, &yes);
    assert_int_equal(link_of(bed, 1)->transfer, AMP_TRANSFER_ACCEPTED);
    hear(bed, &yes);
    assert_int_equal(bed->last_n, 0);
    assert_int_equal(testbed_incident(bed, 1)->link_n, 1);
}

static void what_a_partner_sends_again_and_again_is_one_incident(void **state)
{
    struct testbed *bed = *state;
    const struct amp_exchange_note notes[] = {{AMP_STR("urn:n:1"), AMP_STR("smoke")},
                                              {AMP_STR("urn:n:2"), AMP_STR("two floors")},
                                              {AMP_STR("urn:n:1"), AMP_STR("smoke")}};
    const struct amp_exchange_unit units[] = {{AMP_STR("E 12"), AMP_UNIT_EN_ROUTE},
                                              {AMP_STR("E 13"), AMP_UNIT_AVAILABLE}};
    const struct amp_exchange exchange = {notes, 3, units, 2, AMP_STR("Active")};
    struct amp_command command = heard(bed, NULL, 0);
    command.exchange = &exchange;
    command.f.number = AMP_STR("+258841");
    command.f.place = AMP_STR("Rua 5");
    command.f.has |= AMP_HAS(NUMBER) | AMP_HAS(PLACE);
    hear(bed, &command);
    const struct amp_incident *incident = testbed_incident(bed, 1);
    assert_string_equal(incident->place, "Rua 5");
    assert_int_equal(incident->call_n, 1);
    assert_int_equal(link_of(bed, 1)->note_n, 2);
    assert_int_equal(link_of(bed, 1)->unit_n, 1);
    assert_string_equal(link_of(bed, 1)->unit[0].name, "E 12");
    assert_string_equal(link_of(bed, 1)->status, "Active");
    assert_false(link_of(bed, 1)->outward);
    assert_false(amp_link_tells(link_of(bed, 1))); /* before somebody said yes */
    testbed_wait(bed, 5);
    command.time_us = bed->now_us;
    hear(bed, &command);
    assert_int_equal(bed->last_n, 0);
    assert_int_equal(bed->state.incident_n, 1);
    const struct amp_exchange none = {notes, 1, NULL, 0, AMP_STR("Closed")};
    command.exchange = &none;
    hear(bed, &command);
    assert_int_equal(link_of(bed, 1)->unit_n, 0); /* who is not named has left */
    assert_int_equal(link_of(bed, 1)->note_n, 2);
    assert_string_equal(link_of(bed, 1)->status, "Closed");
    assert_int_equal(testbed_incident(bed, 1)->state, AMP_INCIDENT_NEW); /* ours is ours */
}

static void after_no_nothing_more_is_taken_until_the_next_offer(void **state)
{
    struct testbed *bed = *state;
    const struct amp_exchange_note notes[] = {{AMP_STR("urn:n:1"), AMP_STR("smoke")}};
    const struct amp_exchange exchange = {.note = notes, .note_n = 1};
    struct amp_command offer = heard(bed, "offered", 1000);
    hear(bed, &offer);
    testbed_must(bed, AMP_CMD_ANSWER_TRANSFER,
                 "{\"incident\":\"I-1\",\"partner\":\"south\",\"outcome\":\"refused\","
                 "\"reason\":\"not ours\"}");
    offer.exchange = &exchange;
    hear(bed, &offer);
    assert_int_equal(bed->last_n, 0);
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}");
    offer.f.fix_time = 2000;
    hear(bed, &offer);
    assert_int_equal(link_of(bed, 1)->transfer, AMP_TRANSFER_OFFERED);
    assert_int_equal(link_of(bed, 1)->note_n, 1);
    assert_int_equal(testbed_incident(bed, 1)->state, AMP_INCIDENT_NEW); /* people must look */
    testbed_refused(bed, AMP_CMD_OFFER_TRANSFER, "{\"incident\":\"I-1\",\"partner\":\"south\"}",
                    AMP_E_CONFLICT, "south offers I-1 to us");
    testbed_refused(bed, AMP_CMD_ANSWER_TRANSFER,
                    "{\"incident\":\"I-1\",\"partner\":\"south\",\"outcome\":\"maybe\"}",
                    AMP_E_RANGE, "accepted or refused");
}

static void what_is_merged_goes_on_where_it_was_merged_into(void **state)
{
    struct testbed *bed = *state;
    const struct amp_exchange_note notes[] = {{AMP_STR("urn:n:1"), AMP_STR("smoke")}};
    const struct amp_exchange exchange = {.note = notes, .note_n = 1};
    struct amp_command offer = heard(bed, "offered", 1000);
    hear(bed, &offer);
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{\"place\":\"mill\"}");
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-1\",\"into\":\"I-2\"}");
    offer.exchange = &exchange;
    hear(bed, &offer);
    assert_int_equal(bed->state.incident_n, 2);
    assert_int_equal(link_of(bed, 2)->note_n, 1);
    assert_int_equal(testbed_incident(bed, 1)->link_n, 0);
    assert_string_equal(link_of(bed, 2)->tracking, THEIRS);
}

static void who_was_never_offered_it_changes_nothing(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{\"place\":\"mill\"}");
    struct amp_command command = heard(bed, "accepted", 1000);
    command.f.incident.n = 1;
    command.f.has |= AMP_HAS(INCIDENT);
    assert_int_equal(testbed_run(bed, &command), AMP_E_CONFLICT);
    command.f.incident.n = 9;
    assert_int_equal(testbed_run(bed, &command), AMP_E_NOT_FOUND);
    assert_int_equal(testbed_incident(bed, 1)->link_n, 0);
}

static void a_snapshot_knows_all_of_it(void **state)
{
    struct testbed *bed = *state;
    const struct amp_exchange_note notes[] = {{AMP_STR("urn:n:1"), AMP_STR("smoke")},
                                              {AMP_STR("urn:n:9"), AMP_STR("fire")}};
    const struct amp_exchange_unit units[] = {{AMP_STR("E 12"), AMP_UNIT_EN_ROUTE}};
    const struct amp_exchange exchange = {notes, 2, units, 1, AMP_STR("Active")};
    struct amp_command command = heard(bed, "offered", 1000);
    command.exchange = &exchange;
    hear(bed, &command);
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{\"place\":\"mill\"}");
    testbed_must(bed, AMP_CMD_OFFER_TRANSFER, "{\"incident\":\"I-2\",\"partner\":\"south\"}");
    struct amp_state again;
    testbed_resnap(bed, &again);
    const struct amp_incident *found = amp_state_tracked(&again, AMP_STR(THEIRS));
    assert_non_null(found);
    assert_int_equal(found->id.n, 1);
    amp_state_finish(&again);
}

/* Both were the partner's: merged, one link stays, and both names, also after a restart. */
static void what_a_partner_calls_an_incident_is_known_for_good(void **state)
{
    struct testbed *bed = *state;
    struct amp_command command = heard(bed, "offered", 5);
    hear(bed, &command);
    command.f.label = AMP_STR(OTHER);
    command.time_us = bed->now_us;
    hear(bed, &command);
    assert_int_equal(bed->state.incident_n, 2);
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-2\",\"into\":\"I-1\"}");
    struct amp_state again;
    testbed_resnap(bed, &again);
    const struct amp_state *both[] = {&bed->state, &again};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(amp_state_tracked(both[i], AMP_STR(THEIRS))->id.n, 1);
        assert_int_equal(amp_state_tracked(both[i], AMP_STR(OTHER))->id.n, 1);
    }
    amp_state_finish(&again);
}

static void a_call_and_a_message_about_one_incident_come_together(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_FOLLOW_CALL,
                 "{\"ref\":\"r-1\",\"line\":\"ringing\",\"sip_call\":\"s-1\",\"tracking\":\"" THEIRS
                 "\"}");
    assert_int_equal(amp_state_call_ref(&bed->state, AMP_STR("s-1"))->id.n, 1);
    assert_string_equal(amp_state_call_ref(&bed->state, AMP_STR("r-1"))->tracking, THEIRS);
    struct amp_command command = heard(bed, "offered", 5);
    hear(bed, &command);
    assert_int_equal(bed->state.incident_n, 1);
    assert_int_equal(link_of(bed, 1)->transfer, AMP_TRANSFER_OFFERED);
    testbed_must(bed, AMP_CMD_FOLLOW_CALL, /* another incident, said to be that one: it stays */
                 "{\"ref\":\"r-2\",\"line\":\"ringing\",\"tracking\":\"" THEIRS "\"}");
    assert_int_equal(bed->state.incident_n, 2);
    assert_int_equal(amp_state_tracked(&bed->state, AMP_STR(THEIRS))->id.n, 1);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, testbed_setup, testbed_teardown)
    const struct CMUnitTest tests[] = {
        ROW(an_offer_is_made_once_answered_once_and_can_be_made_again),
        ROW(what_a_partner_sends_again_and_again_is_one_incident),
        ROW(after_no_nothing_more_is_taken_until_the_next_offer),
        ROW(what_is_merged_goes_on_where_it_was_merged_into),
        ROW(who_was_never_offered_it_changes_nothing),
        ROW(a_snapshot_knows_all_of_it),
        ROW(what_a_partner_calls_an_incident_is_known_for_good),
        ROW(a_call_and_a_message_about_one_incident_come_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
