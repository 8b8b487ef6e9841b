/* The invariants of decide, each as the sentence that it is. */
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OPEN_FALL "{\"type\":\"fall\",\"pos\":{\"lat\":10.01,\"lon\":20.01}}"

static void two_incidents(struct testbed *bed)
{
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\",\"type\":\"fall\"}");
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 2\",\"type\":\"stroke\"}");
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
}

static void a_busy_unit_is_refused_naming_its_incident(void **state)
{
    struct testbed *bed = *state;
    two_incidents(bed);
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"en-route\"}");
    testbed_refused(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-2\",\"unit\":\"M1\"}", AMP_E_CONFLICT,
                    "M1 is busy with I-1 (en-route)");
    assert_int_equal(testbed_unit(bed, "M1")->status, AMP_UNIT_EN_ROUTE);
    assert_int_equal(testbed_unit(bed, "M1")->incident.n, 1);
    testbed_refused(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}", AMP_E_CONFLICT,
                    "M1 is on I-1 already");
}

static void a_level_goes_up_at_a_word_and_down_only_with_a_reason(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"structure-fire\"}");
    assert_int_equal(testbed_incident(bed, 1)->level, 1);
    testbed_must(bed, AMP_CMD_SET_LEVEL, "{\"incident\":\"I-1\",\"level\":3}");
    assert_int_equal(testbed_incident(bed, 1)->level, 3);
    testbed_refused(bed, AMP_CMD_SET_LEVEL, "{\"incident\":\"I-1\",\"level\":3}", AMP_E_CONFLICT,
                    "at alarm level 3 already");
    testbed_refused(bed, AMP_CMD_SET_LEVEL, "{\"incident\":\"I-1\",\"level\":2}", AMP_E_MISSING,
                    "say why");
    testbed_refused(bed, AMP_CMD_SET_LEVEL, "{\"incident\":\"I-1\",\"level\":2,\"text\":\"\"}",
                    AMP_E_MISSING, "say why");
    testbed_refused(bed, AMP_CMD_SET_LEVEL, "{\"incident\":\"I-1\",\"level\":10}", AMP_E_RANGE,
                    "level");
    testbed_must(bed, AMP_CMD_SET_LEVEL,
                 "{\"incident\":\"I-1\",\"level\":2,\"text\":\"two houses, not three\"}");
    const struct amp_incident *incident = testbed_incident(bed, 1);
    assert_int_equal(incident->level, 2);
    assert_int_equal(incident->entry_n, 4); /* opened, up, down, and why */
    assert_string_equal(incident->entry[1].text, "3");
    assert_int_equal(incident->entry[2].kind, AMP_EV_ALARM_LEVEL_SET);
    assert_string_equal(incident->entry[3].text, "two houses, not three");
}

static void a_closed_incident_keeps_its_level_and_a_merged_one_gives_it_on(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"structure-fire\"}");
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"structure-fire\"}");
    testbed_must(bed, AMP_CMD_SET_LEVEL, "{\"incident\":\"I-1\",\"level\":2}");
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-1\",\"into\":\"I-2\"}");
    assert_int_equal(testbed_incident(bed, 2)->level, 2);
    testbed_refused(bed, AMP_CMD_SET_LEVEL, "{\"incident\":\"I-1\",\"level\":3}", AMP_E_CONFLICT,
                    "merged");
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-2\"}");
    testbed_refused(bed, AMP_CMD_SET_LEVEL, "{\"incident\":\"I-2\",\"level\":3}", AMP_E_CONFLICT,
                    "closed");
    testbed_must(bed, AMP_CMD_REOPEN, "{\"incident\":\"I-2\"}");
    assert_int_equal(testbed_incident(bed, 2)->level, 2);
}

static void a_diverted_unit_leaves_its_first_incident_which_rings(void **state)
{
    struct testbed *bed = *state;
    two_incidents(bed);
    size_t start = bed->journal.len;
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-2\",\"unit\":\"M1\",\"divert\":true}");
    const char *events = amp_buf_cstr(&bed->journal) + start;
    const char *released = strstr(events, "unit-released");
    const char *sent = strstr(events, "unit-dispatched");
    assert_non_null(released);
    assert_non_null(sent);
    assert_true(released < sent);
    const struct amp_incident *first = testbed_incident(bed, 1); /* its line before the alarm's */
    assert_string_equal(first->entry[first->entry_n - 2].text, "M1 was diverted to I-2");
    assert_int_equal(testbed_incident(bed, 1)->state, AMP_INCIDENT_TRIAGED);
    assert_int_equal(testbed_incident(bed, 1)->slot_n, 0);
    assert_string_equal(testbed_incident(bed, 1)->alarm, "undispatched");
    assert_int_equal(testbed_incident(bed, 2)->state, AMP_INCIDENT_DISPATCHED);
    assert_int_equal(testbed_unit(bed, "M1")->incident.n, 2);
    assert_int_equal(bed->last.incident.n, 2);
}

static void a_diverted_unit_that_leaves_others_behind_rings_nobody(void **state)
{
    struct testbed *bed = *state;
    two_incidents(bed);
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"B1\"}");
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-2\",\"unit\":\"M1\",\"divert\":true}");
    assert_null(testbed_incident(bed, 1)->alarm);
    assert_int_equal(testbed_incident(bed, 1)->state, AMP_INCIDENT_DISPATCHED);
    assert_int_equal(testbed_incident(bed, 1)->slot_n, 1);
}

static void a_reopened_incident_stays_open_across_ticks(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, OPEN_FALL);
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\",\"outcome\":\"treated\"}");
    testbed_refused(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}", AMP_E_CONFLICT, "closed already");
    testbed_must(bed, AMP_CMD_REOPEN, "{\"incident\":\"I-1\",\"reason\":\"fell again\"}");
    for (int i = 0; i < 200; i++) {
        testbed_wait(bed, 60);
        testbed_must(bed, AMP_CMD_TICK, "");
    }
    assert_int_equal(testbed_incident(bed, 1)->state, AMP_INCIDENT_TRIAGED);
    assert_int_equal(testbed_incident(bed, 1)->reopened, 1);
    assert_int_equal(testbed_incident(bed, 1)->closed_us, 0);
    testbed_refused(bed, AMP_CMD_REOPEN, "{\"incident\":\"I-1\"}", AMP_E_CONFLICT, "open already");
}

static void the_stored_priority_is_the_given_priority(void **state)
{
    struct testbed *bed = *state;
    char json[128];
    for (size_t i = 0; i < amp_plans_count(bed->plans); i++) {
        struct amp_str type = amp_plan_at(bed->plans, i)->type;
        for (int priority = 1; priority <= AMP_PRIORITY_MAX; priority++) {
            snprintf(json, sizeof(json), "{\"type\":\"%.*s\",\"priority\":%d}", (int)type.len,
                     type.ptr, priority);
            testbed_must(bed, AMP_CMD_TAKE_CALL, json);
            const struct amp_incident *incident = testbed_incident(bed, bed->last.incident.n);
            assert_int_equal(incident->priority, priority);
            assert_true(amp_str_is(type, incident->type));
        }
    }
}

static void a_type_without_a_priority_brings_the_one_of_the_plans(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{}");
    assert_int_equal(testbed_incident(bed, 1)->state, AMP_INCIDENT_NEW);
    testbed_must(bed, AMP_CMD_TRIAGE, "{\"incident\":\"I-1\",\"type\":\"fall\"}");
    assert_int_equal(testbed_incident(bed, 1)->priority, 3);
    assert_int_equal(testbed_incident(bed, 1)->state, AMP_INCIDENT_TRIAGED);
    testbed_must(bed, AMP_CMD_TRIAGE, "{\"incident\":\"I-1\",\"priority\":2}");
    testbed_must(bed, AMP_CMD_TRIAGE, "{\"incident\":\"I-1\",\"type\":\"fall\"}");
    assert_int_equal(testbed_incident(bed, 1)->priority, 2);
    testbed_must(bed, AMP_CMD_TRIAGE, "{\"incident\":\"I-1\",\"type\":\"cardiac-arrest\"}");
    assert_int_equal(testbed_incident(bed, 1)->priority, 1);
    testbed_refused(bed, AMP_CMD_TRIAGE, "{\"incident\":\"I-1\",\"type\":\"fal\"}", AMP_E_RANGE,
                    "no type of incident called \"fal\"");
    testbed_refused(bed, AMP_CMD_TRIAGE, "{\"incident\":\"I-1\"}", AMP_E_MISSING, "triage needs");
}

static void a_key_seen_before_gives_the_earlier_answer_and_no_events(void **state)
{
    struct testbed *bed = *state;
    bed->key = AMP_STR("k-1");
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\"}");
    uint64_t digest = amp_state_digest(&bed->state);
    bed->key = AMP_STR("k-1");
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\"}");
    assert_true(bed->last.repeated);
    assert_int_equal(bed->last_n, 0);
    assert_int_equal(bed->last.incident.n, 1);
    assert_int_equal(bed->last.call.n, 1);
    assert_true(amp_state_digest(&bed->state) == digest);
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{}");
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    for (int i = 0; i < 2; i++) {
        bed->key = AMP_STR("k-2");
        testbed_must(bed, AMP_CMD_DISPATCH,
                     "{\"incident\":\"I-2\",\"unit\":\"M1\",\"divert\":true}");
        assert_int_equal(bed->last.repeated, i == 1);
        assert_int_equal(bed->last.incident.n, 2);
    }
    for (int i = 0; i < 2; i++) {
        bed->key = AMP_STR("k-3");
        testbed_must(bed, AMP_CMD_MAKE_CLOSURE, "{\"site\":{\"lat\":1,\"lon\":2}}");
        assert_int_equal(bed->last.closure.n, 1);
    }
}

static void a_key_belongs_to_one_request(void **state)
{
    struct testbed *bed = *state;
    static const struct {
        uint32_t print;
        bool refused;
    } rows[] = {{7, false}, {8, true}, {7, false}, {0, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bed->key = AMP_STR("k-1");
        bed->print = rows[i].print;
        if (rows[i].refused) {
            testbed_refused(bed, AMP_CMD_TAKE_CALL, "{}", AMP_E_RANGE, "another request");
        } else {
            testbed_must(bed, AMP_CMD_TAKE_CALL, "{}");
            assert_int_equal(bed->last.repeated, i > 0);
        }
    }
    assert_int_equal(bed->state.call_n, 1);
}

static void the_oldest_key_is_forgotten_first(void **state)
{
    struct testbed *bed = *state;
    char key[32];
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{}");
    struct amp_event event = {.kind = AMP_EV_CALL_ENDED, .actor = AMP_STR("desk")};
    event.kind = AMP_EV_INCIDENT_TRIAGED;
    event.f.incident.n = 1;
    event.f.has = AMP_HAS(INCIDENT);
    struct amp_state *fold = &bed->state;
    for (int i = 0; i < AMP_KEYS_KEPT + 10; i++) {
        snprintf(key, sizeof(key), "key-%d", i);
        event.key = amp_str_of(key);
        event.seq = fold->seq + 1;
        assert_int_equal(amp_apply(fold, &event, NULL), AMP_OK);
        amp_event_write(&event, NULL, &bed->journal);
        amp_buf_char(&bed->journal, '\n');
    }
    assert_null(amp_state_key(fold, AMP_STR("key-9")));
    const struct amp_key *kept = amp_state_key(fold, AMP_STR("key-10"));
    assert_non_null(kept);
    assert_true(kept->seq > 0);
    assert_int_equal(kept->incident.n, 1);
}

static void closing_releases_every_unit(void **state)
{
    struct testbed *bed = *state;
    two_incidents(bed);
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"B1\"}");
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}");
    assert_int_equal(testbed_incident(bed, 1)->slot_n, 0);
    assert_int_equal(testbed_unit(bed, "M1")->status, AMP_UNIT_AVAILABLE);
    assert_int_equal(testbed_unit(bed, "B1")->status, AMP_UNIT_AVAILABLE);
    assert_int_equal(testbed_unit(bed, "B1")->incident.n, 0);
    testbed_refused(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"B1\"}", AMP_E_CONFLICT,
                    "I-1 is closed");
    testbed_refused(bed, AMP_CMD_TAKE_CALL, "{\"incident\":\"I-1\"}", AMP_E_CONFLICT, "closed");
}

static void merging_moves_calls_notes_and_units(void **state)
{
    struct testbed *bed = *state;
    two_incidents(bed);
    testbed_must(bed, AMP_CMD_ADD_NOTE, "{\"incident\":\"I-1\",\"text\":\"first\"}");
    testbed_must(bed, AMP_CMD_ADD_NOTE, "{\"incident\":\"I-2\",\"text\":\"second\"}");
    testbed_must(bed, AMP_CMD_ADD_NOTE, "{\"incident\":\"I-1\",\"text\":\"third\"}");
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"on-scene\"}");
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-1\",\"into\":\"I-2\"}");
    const struct amp_incident *from = testbed_incident(bed, 1);
    const struct amp_incident *into = testbed_incident(bed, 2);
    assert_int_equal(from->state, AMP_INCIDENT_CLOSED);
    assert_int_equal(from->into.n, 2);
    assert_int_equal(from->slot_n + from->call_n, 0);
    assert_int_equal(into->state, AMP_INCIDENT_ON_SCENE);
    assert_int_equal(into->call_n, 2);
    assert_int_equal(testbed_unit(bed, "M1")->incident.n, 2);
    assert_int_equal(amp_state_call(&bed->state, (struct amp_call_id){1})->incident.n, 2);
    const char *expected[] = {"first", "second", "third"};
    size_t seen = 0;
    for (size_t i = 0; i < into->entry_n; i++) {
        assert_true(i == 0 || into->entry[i].seq > into->entry[i - 1].seq);
        if (into->entry[i].kind == AMP_EV_NOTE_ADDED) {
            assert_true(seen < 3);
            assert_string_equal(into->entry[i].text, expected[seen++]);
        }
    }
    assert_int_equal(seen, 3);
}

static void a_merge_into_itself_or_a_closed_or_merged_incident_is_refused(void **state)
{
    struct testbed *bed = *state;
    two_incidents(bed);
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, OPEN_FALL);
    testbed_refused(bed, AMP_CMD_MERGE, "{\"incident\":\"I-1\",\"into\":\"I-1\"}", AMP_E_CONFLICT,
                    "into itself");
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-1\",\"into\":\"I-2\"}");
    testbed_refused(bed, AMP_CMD_MERGE, "{\"incident\":\"I-2\",\"into\":\"I-1\"}", AMP_E_CONFLICT,
                    "I-1 was merged into I-2");
    testbed_refused(bed, AMP_CMD_MERGE, "{\"incident\":\"I-1\",\"into\":\"I-3\"}", AMP_E_CONFLICT,
                    "I-1 was merged into I-2");
    testbed_refused(bed, AMP_CMD_REOPEN, "{\"incident\":\"I-1\"}", AMP_E_CONFLICT,
                    "reopen that one");
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-3\"}");
    testbed_refused(bed, AMP_CMD_MERGE, "{\"incident\":\"I-2\",\"into\":\"I-3\"}", AMP_E_CONFLICT,
                    "I-3 is closed");
    testbed_refused(bed, AMP_CMD_MERGE, "{\"incident\":\"I-2\",\"into\":\"I-9\"}", AMP_E_NOT_FOUND,
                    "no incident I-9");
}

static void a_status_out_of_turn_is_refused_with_the_next_ones(void **state)
{
    struct testbed *bed = *state;
    two_incidents(bed);
    testbed_refused(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"transporting\"}",
                    AMP_E_CONFLICT,
                    "it can report available, en-route, on-scene, returning or out-of-service");
    testbed_refused(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"dispatched\"}",
                    AMP_E_CONFLICT, "already");
    testbed_refused(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"B1\",\"status\":\"dispatched\"}",
                    AMP_E_CONFLICT, "by sending it to an incident");
    testbed_refused(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M9\",\"status\":\"available\"}",
                    AMP_E_NOT_FOUND, "no unit M9");
}

static void a_unit_without_an_incident_cannot_be_on_its_way_or_on_scene(void **state)
{
    struct testbed *bed = *state;
    static const char *const statuses[] = {"en-route", "on-scene", "transporting", "at-hospital"};
    char json[80];
    for (size_t i = 0; i < 4; i++) {
        snprintf(json, sizeof(json), "{\"unit\":\"M1\",\"status\":\"%s\"}", statuses[i]);
        testbed_refused(bed, AMP_CMD_SET_STATUS, json, AMP_E_CONFLICT, "dispatch it first");
    }
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"out-of-service\"}");
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, OPEN_FALL);
    testbed_refused(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}", AMP_E_CONFLICT,
                    "out of service");
}

static void a_unit_that_reports_available_is_released(void **state)
{
    struct testbed *bed = *state;
    static const char *const ends[] = {"available", "returning", "out-of-service"};
    char json[80];
    for (size_t i = 0; i < 3; i++) {
        testbed_must(bed, AMP_CMD_OPEN_INCIDENT, OPEN_FALL);
        snprintf(json, sizeof(json), "{\"incident\":\"I-%zu\",\"unit\":\"M1\"}", i + 1);
        testbed_must(bed, AMP_CMD_DISPATCH, json);
        snprintf(json, sizeof(json), "{\"unit\":\"M1\",\"status\":\"%s\"}", ends[i]);
        testbed_must(bed, AMP_CMD_SET_STATUS, json);
        assert_int_equal(testbed_unit(bed, "M1")->incident.n, 0);
        assert_string_equal(amp_unit_status_name(testbed_unit(bed, "M1")->status), ends[i]);
        assert_int_equal(testbed_incident(bed, (uint32_t)i + 1)->state, AMP_INCIDENT_TRIAGED);
    }
}

static void a_second_unit_on_scene_is_recorded_too(void **state)
{
    struct testbed *bed = *state;
    two_incidents(bed);
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"B1\",\"eta_s\":300}");
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"on-scene\"}");
    assert_int_equal(testbed_incident(bed, 1)->state, AMP_INCIDENT_ON_SCENE);
    testbed_wait(bed, 60);
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"B1\",\"status\":\"en-route\"}");
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"B1\",\"status\":\"on-scene\"}");
    const struct amp_incident *incident = testbed_incident(bed, 1);
    assert_true(incident->slot[1].on_scene_us == incident->slot[0].on_scene_us + 60 * 1000000);
    assert_int_equal(incident->slot[1].eta_s, 300);
    testbed_must(bed, AMP_CMD_SET_STATUS,
                 "{\"unit\":\"M1\",\"status\":\"transporting\","
                 "\"hospital\":\"General\"}");
    testbed_must(bed, AMP_CMD_RELEASE, "{\"unit\":\"B1\"}");
    assert_int_equal(testbed_incident(bed, 1)->state, AMP_INCIDENT_ON_SCENE);
    assert_string_equal(testbed_unit(bed, "M1")->hospital, "General");
}

static void a_place_that_a_person_gave_is_never_moved_by_a_device(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\"}");
    testbed_must(bed, AMP_CMD_LOCATE_CALL,
                 "{\"call\":\"C-1\",\"pos\":{\"lat\":1,\"lon\":1},\"source\":\"aml\","
                 "\"radius_m\":5000}");
    assert_int_equal(testbed_incident(bed, 1)->where.pos.lat_e7, 10000000);
    testbed_must(bed, AMP_CMD_PLACE,
                 "{\"incident\":\"I-1\",\"pos\":{\"lat\":2,\"lon\":2},\"source\":\"map\"}");
    testbed_wait(bed, 10);
    testbed_must(bed, AMP_CMD_LOCATE_CALL,
                 "{\"call\":\"C-1\",\"pos\":{\"lat\":3,\"lon\":3},\"source\":\"aml\","
                 "\"radius_m\":5}");
    assert_int_equal(testbed_incident(bed, 1)->where.pos.lat_e7, 20000000);
    const struct amp_call *call = amp_state_call(&bed->state, (struct amp_call_id){1});
    assert_int_equal(call->where.pos.lat_e7, 30000000);
}

static void a_lone_cell_does_not_undo_a_satellite_fix(void **state)
{
    struct testbed *bed = *state;
    static const struct {
        const char *source;
        int radius_m;
        bool late; /* a fix from long ago */
        int moves; /* to this latitude */
    } fixes[] = {
        {"cell", 5000, false, 1}, /* none yet */
        {"gps", 10, false, 2},    /* better */
        {"cell", 5000, false, 2}, /* newer and much worse */
        {"gps", 30, false, 4},    /* newer and good */
        {"gps", 20, true, 4},     /* older, hardly better */
        {"gps", 5, true, 6},      /* older, far better */
    };
    char json[200];
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{}");
    for (size_t i = 0; i < sizeof(fixes) / sizeof(fixes[0]); i++) {
        testbed_wait(bed, 10);
        snprintf(json, sizeof(json),
                 "{\"call\":\"C-1\",\"pos\":{\"lat\":%zu,\"lon\":1},\"source\":\"%s\","
                 "\"radius_m\":%d%s}",
                 i + 1, fixes[i].source, fixes[i].radius_m,
                 fixes[i].late ? ",\"fix_time\":\"2020-01-01T00:00:00Z\"" : "");
        testbed_must(bed, AMP_CMD_LOCATE_CALL, json);
        assert_int_equal(testbed_incident(bed, 1)->where.pos.lat_e7, fixes[i].moves * 10000000);
    }
    /* the call keeps the newest of its fixes */
    const struct amp_call *call = amp_state_call(&bed->state, (struct amp_call_id){1});
    assert_int_equal(call->where.pos.lat_e7, 40000000);
}

static void the_newest_open_call_of_a_number_is_found(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\",\"device\":\"dev-a\"}");
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\"}");
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 2\",\"incident\":\"I-1\"}");
    assert_int_equal(amp_state_call_from(&bed->state, AMP_STR("+000 1"))->id.n, 2);
    assert_int_equal(amp_state_call_from(&bed->state, AMP_STR("dev-a"))->id.n, 1);
    testbed_must(bed, AMP_CMD_END_CALL, "{\"call\":\"C-2\"}");
    assert_int_equal(amp_state_call_from(&bed->state, AMP_STR("+000 1"))->id.n, 1);
    testbed_must(bed, AMP_CMD_END_CALL, "{\"call\":\"C-1\"}");
    assert_null(amp_state_call_from(&bed->state, AMP_STR("+000 1")));
    testbed_refused(bed, AMP_CMD_END_CALL, "{\"call\":\"C-1\"}", AMP_E_CONFLICT, "ended already");
    assert_int_equal(testbed_incident(bed, 1)->call_n, 2);
}

static void a_number_is_the_same_however_it_is_typed(void **state)
{
    static const struct {
        const char *typed, *plain;
    } rows[] = {
        {"+000 11-22 (33)", "+000112233"},
        {"00000 112233", "+000112233"},
        {"+ 1", "+1"},
        {"112", "112"},
        {"0112", "0112"},
        {"unknown", ""},
        {"-", ""},
        {"+", ""},
        {"1+2", ""},
        {"", ""},
        {"00", "00"},
        {"+351 9x", ""},
    };
    struct testbed *bed = *state;
    char plain[AMP_LINE_MAX + 1];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        amp_number_plain(amp_str_of(rows[i].typed), plain);
        assert_string_equal(plain, rows[i].plain);
    }
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 11 22\"}");
    assert_int_equal(amp_state_call_from(&bed->state, AMP_STR("00000-1122"))->id.n, 1);
    assert_null(amp_state_call_from(&bed->state, AMP_STR("+0001123")));
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"withheld\"}");
    assert_null(amp_state_call_from(&bed->state, AMP_STR("withheld")));
    assert_null(amp_state_call_from(&bed->state, AMP_STR("")));
}

static void a_call_of_a_closed_incident_waits_for_no_place(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\"}");
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}");
    assert_null(amp_state_call_from(&bed->state, AMP_STR("+000 1")));
    testbed_must(bed, AMP_CMD_REOPEN, "{\"incident\":\"I-1\"}");
    assert_int_equal(amp_state_call_from(&bed->state, AMP_STR("+000 1"))->id.n, 1);
}

static void more_units_than_an_incident_can_have_are_refused(void **state)
{
    struct testbed *bed = *state;
    char json[120];
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, OPEN_FALL);
    for (int i = 0; i <= AMP_SLOTS_MAX; i++) {
        snprintf(json, sizeof(json), "{\"unit\":\"U%d\",\"kind\":\"x\",\"capabilities\":[]}", i);
        testbed_must(bed, AMP_CMD_ADD_UNIT, json);
        snprintf(json, sizeof(json), "{\"incident\":\"I-1\",\"unit\":\"U%d\"}", i);
        if (i < AMP_SLOTS_MAX) {
            testbed_must(bed, AMP_CMD_DISPATCH, json);
        } else {
            testbed_refused(bed, AMP_CMD_DISPATCH, json, AMP_E_LIMIT, "64 units");
        }
    }
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}");
}

static void a_closure_that_the_roads_cannot_know_is_refused(void **state)
{
    struct testbed *bed = *state;
    testbed_refused(bed, AMP_CMD_MAKE_CLOSURE,
                    "{\"site\":{\"lat\":1,\"lon\":2},\"radius_m\":50001}", AMP_E_RANGE,
                    "1 to 50000");
    for (int i = 0; i < AMP_CLOSURES_IN_FORCE; i++) {
        testbed_must(bed, AMP_CMD_MAKE_CLOSURE,
                     "{\"site\":{\"lat\":1,\"lon\":2},\"radius_m\":50000}");
    }
    testbed_refused(bed, AMP_CMD_MAKE_CLOSURE, "{\"site\":{\"lat\":1,\"lon\":2}}", AMP_E_LIMIT,
                    "lift one");
    testbed_must(bed, AMP_CMD_LIFT_CLOSURE, "{\"closure\":\"X-1\"}");
    testbed_must(bed, AMP_CMD_MAKE_CLOSURE, "{\"site\":{\"lat\":1,\"lon\":2}}");
}

static void what_exists_is_not_added_twice_and_what_is_not_there_is_not_found(void **state)
{
    struct testbed *bed = *state;
    testbed_refused(bed, AMP_CMD_ADD_UNIT, "{\"unit\":\"M1\",\"kind\":\"x\",\"capabilities\":[]}",
                    AMP_E_EXISTS, "M1");
    testbed_refused(bed, AMP_CMD_ADD_STATION,
                    "{\"station\":\"S1\",\"label\":\"x\",\"site\":{\"lat\":1,\"lon\":2}}",
                    AMP_E_EXISTS, "S1");
    testbed_refused(bed, AMP_CMD_CHANGE_UNIT, "{\"unit\":\"M1\",\"station\":\"S7\"}",
                    AMP_E_NOT_FOUND, "no station S7");
    testbed_must(bed, AMP_CMD_CHANGE_UNIT,
                 "{\"unit\":\"M1\",\"station\":\"S2\",\"capabilities\":[\"bls\"],\"crew\":3}");
    assert_int_equal(testbed_unit(bed, "M1")->station.n, 2);
    assert_int_equal(testbed_unit(bed, "M1")->capabilities.n, 1);
    testbed_must(bed, AMP_CMD_MAKE_CLOSURE, "{\"site\":{\"lat\":1,\"lon\":2},\"radius_m\":50}");
    testbed_must(bed, AMP_CMD_LIFT_CLOSURE, "{\"closure\":\"X-1\"}");
    testbed_refused(bed, AMP_CMD_LIFT_CLOSURE, "{\"closure\":\"X-1\"}", AMP_E_CONFLICT, "lifted");
    testbed_refused(bed, AMP_CMD_LIFT_CLOSURE, "{\"closure\":\"X-2\"}", AMP_E_NOT_FOUND, "X-2");
    testbed_refused(bed, AMP_CMD_RELEASE, "{\"unit\":\"M1\"}", AMP_E_CONFLICT, "no incident");
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, testbed_setup_fleet, testbed_teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_closure_that_the_roads_cannot_know_is_refused),
        ROW(a_level_goes_up_at_a_word_and_down_only_with_a_reason),
        ROW(a_closed_incident_keeps_its_level_and_a_merged_one_gives_it_on),
        ROW(a_busy_unit_is_refused_naming_its_incident),
        ROW(a_diverted_unit_leaves_its_first_incident_which_rings),
        ROW(a_diverted_unit_that_leaves_others_behind_rings_nobody),
        ROW(a_reopened_incident_stays_open_across_ticks),
        ROW(the_stored_priority_is_the_given_priority),
        ROW(a_type_without_a_priority_brings_the_one_of_the_plans),
        ROW(a_key_seen_before_gives_the_earlier_answer_and_no_events),
        ROW(a_key_belongs_to_one_request),
        ROW(the_oldest_key_is_forgotten_first),
        ROW(closing_releases_every_unit),
        ROW(merging_moves_calls_notes_and_units),
        ROW(a_merge_into_itself_or_a_closed_or_merged_incident_is_refused),
        ROW(a_status_out_of_turn_is_refused_with_the_next_ones),
        ROW(a_unit_without_an_incident_cannot_be_on_its_way_or_on_scene),
        ROW(a_unit_that_reports_available_is_released),
        ROW(a_second_unit_on_scene_is_recorded_too),
        ROW(a_place_that_a_person_gave_is_never_moved_by_a_device),
        ROW(a_lone_cell_does_not_undo_a_satellite_fix),
        ROW(the_newest_open_call_of_a_number_is_found),
        ROW(a_number_is_the_same_however_it_is_typed),
        ROW(a_call_of_a_closed_incident_waits_for_no_place),
        ROW(more_units_than_an_incident_can_have_are_refused),
        ROW(what_exists_is_not_added_twice_and_what_is_not_there_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
