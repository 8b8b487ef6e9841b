/* Mutual aid: what an agreement lends, who is proposed and sent by it, and what becomes of
 * requests. */
#include "response/aid.h"
#include "response/recommend.h"
#include "response/testbed.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char plans_text[] = "type arrest 1 Arrest\n"
                                 "  need 1 als\n"
                                 "type fire 2 Fire\n"
                                 "  need 2 engine\n"
                                 "type fall 3 Fall\n"
                                 "  need 1 bls\n"
                                 "aid south to north types arrest automatic keep 1\n"
                                 "aid south to north types fire capabilities engine on-request\n"
                                 "aid east to north automatic\n";

struct stand {
    struct testbed bed;
    struct amp_arena arena;
    struct amp_question question;
    struct amp_advice *advice;
    size_t n;
};

static void plans_use(struct testbed *bed, const char *text)
{
    struct amp_why why = {""};
    amp_plans_free(bed->plans);
    bed->plans = NULL;
    if (amp_plans_read(amp_str_of(text), &bed->plans, &why)) {
        fail_msg("%s", why.text);
    }
}

static void unit_add(struct testbed *bed, const char *name, const char *agency,
                     const char *capabilities)
{
    char body[256];
    (void)snprintf(body, sizeof(body),
                   "{\"unit\":\"%s\",\"kind\":\"car\",\"capabilities\":[%s],\"station\":\"S1\","
                   "\"agency\":\"%s\"}",
                   name, capabilities, agency);
    testbed_must(bed, AMP_CMD_ADD_UNIT, body);
}

static int stand_setup(void **state)
{
    static struct stand stand;
    stand = (struct stand){.arena = amp_arena_make(1 << 24)};
    struct testbed *bed = &stand.bed;
    testbed_open(bed);
    plans_use(bed, plans_text);
    testbed_must(bed, AMP_CMD_ADD_STATION,
                 "{\"station\":\"S1\",\"label\":\"S\",\"site\":{\"lat\":10,\"lon\":20}}");
    const char *const agencies[] = {"north", "south", "east", "west"};
    for (size_t i = 0; i < sizeof(agencies) / sizeof(agencies[0]); i++) {
        char body[64];
        (void)snprintf(body, sizeof(body), "{\"agency\":\"%s\",\"label\":\"The %s\"}", agencies[i],
                       agencies[i]);
        testbed_must(bed, AMP_CMD_ADD_AGENCY, body);
    }
    unit_add(bed, "N1", "north", "\"als\",\"bls\"");
    unit_add(bed, "S1", "south", "\"als\",\"bls\"");
    unit_add(bed, "S2", "south", "\"als\",\"bls\"");
    unit_add(bed, "S3", "south", "\"engine\"");
    unit_add(bed, "W1", "west", "\"als\",\"bls\",\"engine\"");
    *state = &stand;
    return 0;
}

static int stand_teardown(void **state)
{
    struct stand *stand = *state;
    testbed_close(&stand->bed);
    amp_arena_drop(&stand->arena);
    return 0;
}

static void open(struct stand *stand, const char *type, const char *agency)
{
    char body[160];
    (void)snprintf(body, sizeof(body),
                   "{\"type\":\"%s\",\"pos\":{\"lat\":10,\"lon\":20},\"agency\":\"%s\"}", type,
                   agency);
    testbed_must(&stand->bed, AMP_CMD_OPEN_INCIDENT, body);
}

/* ---- who is proposed ---- */

static void ask(struct stand *stand, uint32_t incident, const char *agency)
{
    struct testbed *bed = &stand->bed;
    const struct amp_agency *asker = amp_state_agency(&bed->state, amp_str_of(agency));
    struct amp_agency_id id = {asker ? asker->id.n : 0};
    assert_int_equal(amp_question_ask(&bed->state, NULL, bed->plans,
                                      testbed_incident(bed, incident), bed->now_us, &stand->arena,
                                      &stand->question, &bed->why),
                     AMP_OK);
    assert_int_equal(amp_question_narrow(&bed->state, bed->plans, id, (struct amp_str){0},
                                         &stand->arena, &stand->question),
                     AMP_OK);
}

static void road(struct stand *stand, const char *call_sign, double road_s)
{
    for (size_t i = 0; i < stand->question.candidate_n; i++) {
        if (strcmp(stand->question.candidate[i].call_sign, call_sign) == 0) {
            stand->question.candidate[i].road_s = road_s;
        }
    }
}

/* The crews of the first need in order, "N1 S1". */
static const char *proposed(struct stand *stand)
{
    static char names[256];
    names[0] = '\0';
    assert_int_equal(amp_recommend(&stand->question, &stand->arena, &stand->advice, &stand->n),
                     AMP_OK);
    for (size_t i = 0; i < stand->advice[0].ranked_n; i++) {
        size_t len = strlen(names);
        (void)snprintf(names + len, sizeof(names) - len, "%s%s", len ? " " : "",
                       stand->advice[0].ranked[i].who->call_sign);
    }
    return names;
}

static const struct amp_reason *reason_of(const struct amp_ranked *ranked, const char *code)
{
    for (size_t i = 0; i < ranked->reason_n; i++) {
        if (strcmp(amp_reason_code_name(ranked->reason[i].code), code) == 0) {
            return &ranked->reason[i];
        }
    }
    return NULL;
}

static void an_own_crew_goes_first_within_the_margin_and_says_who_was_earlier(void **state)
{
    struct stand *stand = *state;
    open(stand, "arrest", "north");
    ask(stand, 1, "north");
    assert_int_equal(stand->question.candidate_n, 3); /* not W1 */
    road(stand, "S1", 100);
    road(stand, "S2", 90);
    road(stand, "N1", 220);                        /* 120 s after S1, 130 after S2 */
    assert_string_equal(proposed(stand), "S2 N1"); /* of S1 and S2 one is kept */
    road(stand, "N1", 210);
    assert_string_equal(proposed(stand), "N1 S2");
    const struct amp_ranked *own = &stand->advice[0].ranked[0];
    const struct amp_reason *reason = reason_of(own, "own-first");
    assert_non_null(reason);
    if (!reason) {
        return; /* the compiler does not know that an assertion ends it */
    }
    assert_string_equal(reason->unit, "S2");
    assert_true(reason->earlier_s > 119.9 && reason->earlier_s < 120.1);
    assert_true(
        amp_str_is(reason->text, "own crew first: S2 of The south would be there 120 s earlier"));
    const struct amp_ranked *lent = &stand->advice[0].ranked[1];
    assert_int_equal(lent->reason_n, 1); /* and nothing of its way */
    assert_true(amp_str_is(lent->reason[0].text, "aid of The south, can be sent at once; own crews "
                                                 "that arrive up to 120 s later go first"));
    assert_int_equal(lent->who->lent->how, AMP_AID_AUTOMATIC);
}

static void nothing_of_where_a_lent_crew_is_stands_in_the_answer(void **state)
{
    struct stand *stand = *state;
    struct amp_buf text = amp_buf_make(1 << 16);
    struct amp_json js = amp_json_make(&text);
    open(stand, "arrest", "north");
    ask(stand, 1, "north");
    road(stand, "S2", 90);
    assert_string_equal(proposed(stand), "S2");
    amp_json_open(&js, '{');
    amp_recommend_view(&js, &stand->question, stand->advice, stand->n);
    amp_json_close(&js, '}');
    const char *view = amp_buf_cstr(&text);
    assert_non_null(strstr(view, "\"unit\":\"S2\",\"status\":null,\"arrive_s\":150,\"road_s\":null,"
                                 "\"distance_m\":null,\"straight_m\":null,\"basis\":null"));
    assert_non_null(strstr(view, "\"aid\":{\"agency\":\"south\",\"label\":\"The south\","
                                 "\"how\":\"automatic\",\"kind\":\"car\",\"capabilities\":[\"als\","
                                 "\"bls\"]}"));
    amp_buf_free(&text);
}

static void who_is_lent_depends_on_type_agency_and_what_is_left(void **state)
{
    struct stand *stand = *state;
    open(stand, "arrest", "north");
    open(stand, "fall", "north");
    open(stand, "arrest", "south");
    open(stand, "arrest", "west");
    ask(stand, 2, "north"); /* no line for falls but east's, which has no crew */
    assert_int_equal(stand->question.candidate_n, 1);
    ask(stand, 3, "south"); /* the other way round nothing is lent */
    assert_int_equal(stand->question.candidate_n, 2);
    ask(stand, 4, "west");
    assert_int_equal(stand->question.candidate_n, 1);
    testbed_must(&stand->bed, AMP_CMD_SHARE_INCIDENT,
                 "{\"incident\":\"I-4\",\"agency\":\"north\"}");
    ask(stand, 4, "north"); /* another's incident: only its own crews */
    assert_int_equal(stand->question.candidate_n, 1);
    testbed_must(&stand->bed, AMP_CMD_SET_STATUS,
                 "{\"unit\":\"S1\",\"status\":\"out-of-service\"}");
    ask(stand, 1, "north"); /* S2 is the last one, and kept */
    assert_int_equal(stand->question.candidate_n, 1);
    ask(stand, 1, ""); /* the whole service sees W1, with whom nothing was agreed */
    assert_int_equal(stand->question.candidate_n, 2);
}

/* ---- who is sent ---- */

static void who_may_not_be_sent_is_refused_with_the_reason(void **state)
{
    struct stand *stand = *state;
    struct testbed *bed = &stand->bed;
    static const struct {
        const char *body;
        amp_err err;
        const char *words;
    } rows[] = {
        {"{\"incident\":\"I-1\",\"unit\":\"W1\",\"agency\":\"north\"}", AMP_E_FORBIDDEN,
         "no agreement lends it to north for I-1 (arrest)"},
        {"{\"incident\":\"I-2\",\"unit\":\"S3\",\"agency\":\"north\"}", AMP_E_FORBIDDEN,
         "on request only: ask south"},
        {"{\"incident\":\"I-1\",\"unit\":\"S3\",\"agency\":\"north\"}", AMP_E_CONFLICT,
         "south keeps 1 free crews"},
        {"{\"incident\":\"I-3\",\"unit\":\"S1\",\"agency\":\"north\"}", AMP_E_FORBIDDEN,
         "is not an incident of north"},
        {"{\"incident\":\"I-3\",\"unit\":\"N1\",\"agency\":\"west\"}", AMP_E_FORBIDDEN,
         "no agreement lends it to west"},
        {"{\"incident\":\"I-1\",\"unit\":\"S1\",\"agency\":\"nobody\"}", AMP_E_NOT_FOUND,
         "no agency"},
        {"{\"incident\":\"I-3\",\"unit\":\"S1\"}", AMP_E_FORBIDDEN, "share the incident"},
        {"{\"incident\":\"I-2\",\"unit\":\"S3\"}", AMP_E_FORBIDDEN, "on request only"},
    };
    open(stand, "arrest", "north");
    open(stand, "fire", "north");
    open(stand, "arrest", "west");
    testbed_must(bed, AMP_CMD_SHARE_INCIDENT, "{\"incident\":\"I-3\",\"agency\":\"north\"}");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        testbed_refused(bed, AMP_CMD_DISPATCH, rows[i].body, rows[i].err, rows[i].words);
    }
}

static void a_lent_crew_is_sent_the_record_says_to_whom_and_the_last_one_is_kept(void **state)
{
    struct stand *stand = *state;
    struct testbed *bed = &stand->bed;
    open(stand, "arrest", "north");
    testbed_must(bed, AMP_CMD_DISPATCH,
                 "{\"incident\":\"I-1\",\"unit\":\"S1\",\"agency\":\"north\"}");
    assert_non_null(strstr(amp_buf_cstr(&bed->journal), "\"unit\":\"S1\",\"agency\":\"north\""));
    uint64_t sees = amp_incident_agencies(&bed->state, testbed_incident(bed, 1));
    assert_true(sees >> testbed_unit(bed, "S1")->agency.n & 1);
    testbed_refused(bed, AMP_CMD_DISPATCH,
                    "{\"incident\":\"I-1\",\"unit\":\"S2\",\"agency\":\"north\"}", AMP_E_CONFLICT,
                    "keeps 1");
    /* what it is on is not north's to know, nor can it be diverted */
    open(stand, "arrest", "south");
    testbed_must(bed, AMP_CMD_DISPATCH,
                 "{\"incident\":\"I-2\",\"unit\":\"S2\",\"agency\":\"south\"}");
    testbed_refused(bed, AMP_CMD_DISPATCH,
                    "{\"incident\":\"I-1\",\"unit\":\"S2\",\"agency\":\"north\",\"divert\":true}",
                    AMP_E_CONFLICT, "not free");
    assert_null(strstr(bed->why.text, "I-2"));
    /* its own desk is bound by nothing; the sight ends with the crew */
    testbed_must(bed, AMP_CMD_RELEASE, "{\"unit\":\"S1\"}");
    sees = amp_incident_agencies(&bed->state, testbed_incident(bed, 1));
    assert_false(sees >> testbed_unit(bed, "S1")->agency.n & 1);
    testbed_must(bed, AMP_CMD_DISPATCH,
                 "{\"incident\":\"I-2\",\"unit\":\"S1\",\"agency\":\"south\"}");
}

/* ---- requests ---- */

#define ASK                                                                                        \
    "{\"incident\":\"I-1\",\"agency\":\"south\",\"capabilities\":[\"engine\"],\"crews\":2,"        \
    "\"text\":\"two floors\"}"

static const struct amp_aid_request *request(struct stand *stand, uint32_t incident)
{
    const struct amp_incident *found = testbed_incident(&stand->bed, incident);
    assert_true(found->aid_n > 0);
    return &found->aid[found->aid_n - 1];
}

static void a_request_needs_an_agreement_and_stands_once(void **state)
{
    struct stand *stand = *state;
    struct testbed *bed = &stand->bed;
    static const struct {
        const char *agency, *capabilities;
        amp_err err;
        const char *words;
    } rows[] = {
        {"south", "\"als\"", AMP_E_FORBIDDEN, "no agreement"},
        {"west", "\"engine\"", AMP_E_FORBIDDEN, "no agreement"},
        {"north", "\"engine\"", AMP_E_FORBIDDEN, "no agreement"},
        {"south", "", AMP_E_MISSING, "capabilities"},
        {"nobody", "\"engine\"", AMP_E_NOT_FOUND, "no agency"},
    };
    open(stand, "fire", "north");
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fire\"}");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char body[160];
        (void)snprintf(body, sizeof(body),
                       "{\"incident\":\"I-1\",\"agency\":\"%s\",\"capabilities\":[%s]}",
                       rows[i].agency, rows[i].capabilities);
        testbed_refused(bed, AMP_CMD_ASK_AID, body, rows[i].err, rows[i].words);
    }
    testbed_refused(bed, AMP_CMD_ASK_AID,
                    "{\"incident\":\"I-2\",\"agency\":\"south\",\"capabilities\":[\"engine\"]}",
                    AMP_E_CONFLICT, "belongs to no agency");
    testbed_must(bed, AMP_CMD_ASK_AID, ASK);
    assert_int_equal(request(stand, 1)->count, 2);
    assert_int_equal(request(stand, 1)->until_us - bed->now_us, 120 * 1000000);
    assert_true(amp_str_is(amp_aid_words(testbed_incident(bed, 1), request(stand, 1)->asked_seq),
                           "two floors"));
    testbed_refused(bed, AMP_CMD_ASK_AID, ASK, AMP_E_CONFLICT, "already");
    testbed_must(bed, AMP_CMD_WITHDRAW_AID, "{\"incident\":\"I-1\",\"agency\":\"south\"}");
    testbed_must(bed, AMP_CMD_ASK_AID, ASK);
    assert_int_equal(testbed_incident(bed, 1)->aid_n, 1); /* the newest asking counts */
}

static void agreeing_shares_the_incident_and_refusing_does_not(void **state)
{
    struct stand *stand = *state;
    struct testbed *bed = &stand->bed;
    uint64_t south = UINT64_C(1) << testbed_unit(bed, "S1")->agency.n;
    open(stand, "fire", "north");
    testbed_must(bed, AMP_CMD_ASK_AID, ASK);
    testbed_refused(bed, AMP_CMD_ANSWER_AID,
                    "{\"incident\":\"I-1\",\"agency\":\"south\",\"outcome\":\"maybe\"}",
                    AMP_E_RANGE, "agreed or refused");
    testbed_refused(bed, AMP_CMD_ANSWER_AID,
                    "{\"incident\":\"I-1\",\"agency\":\"west\",\"outcome\":\"agreed\"}",
                    AMP_E_CONFLICT, "no such request");
    testbed_must(bed, AMP_CMD_ANSWER_AID,
                 "{\"incident\":\"I-1\",\"agency\":\"south\",\"outcome\":\"refused\"}");
    assert_false(amp_incident_agencies(&bed->state, testbed_incident(bed, 1)) & south);
    testbed_refused(bed, AMP_CMD_ANSWER_AID,
                    "{\"incident\":\"I-1\",\"agency\":\"south\",\"outcome\":\"agreed\"}",
                    AMP_E_CONFLICT, "no such request");
    testbed_must(bed, AMP_CMD_ASK_AID, ASK);
    testbed_must(bed, AMP_CMD_ANSWER_AID,
                 "{\"incident\":\"I-1\",\"agency\":\"south\",\"outcome\":\"agreed\"}");
    assert_int_equal(bed->last_n, 2);
    assert_true(amp_incident_agencies(&bed->state, testbed_incident(bed, 1)) & south);
    testbed_must(bed, AMP_CMD_DISPATCH,
                 "{\"incident\":\"I-1\",\"unit\":\"S3\",\"agency\":\"south\"}");
    testbed_must(bed, AMP_CMD_UNSHARE_INCIDENT, "{\"incident\":\"I-1\",\"agency\":\"south\"}");
    assert_true(amp_incident_agencies(&bed->state, testbed_incident(bed, 1)) & south); /* S3 */
    testbed_must(bed, AMP_CMD_RELEASE, "{\"unit\":\"S3\"}");
    assert_false(amp_incident_agencies(&bed->state, testbed_incident(bed, 1)) & south);
}

static void a_request_ends_with_its_incident_and_goes_on_where_that_goes(void **state)
{
    struct stand *stand = *state;
    struct testbed *bed = &stand->bed;
    open(stand, "fire", "north");
    open(stand, "fire", "north");
    testbed_must(bed, AMP_CMD_ASK_AID, ASK);
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-1\",\"into\":\"I-2\"}");
    assert_int_equal(request(stand, 1)->state, AMP_AID_WITHDRAWN);
    assert_int_equal(request(stand, 2)->state, AMP_AID_REQUESTED);
    assert_int_equal(request(stand, 2)->count, 2);
    assert_true(amp_str_is(amp_aid_words(testbed_incident(bed, 2), request(stand, 2)->asked_seq),
                           "two floors"));
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-2\",\"outcome\":\"done\"}");
    assert_int_equal(request(stand, 2)->state, AMP_AID_WITHDRAWN);
    testbed_refused(bed, AMP_CMD_ANSWER_AID,
                    "{\"incident\":\"I-2\",\"agency\":\"south\",\"outcome\":\"agreed\"}",
                    AMP_E_CONFLICT, "closed");
    assert_true(testbed_holds(bed, "two floors"));
    testbed_must(bed, AMP_CMD_ERASE, "{\"incident\":\"I-2\"}");
    assert_false(testbed_holds(bed, "two floors"));
    assert_int_equal(testbed_refold(bed), amp_state_digest(&bed->state));
    struct amp_state again;
    testbed_resnap(bed, &again);
    assert_int_equal(again.incident[1].aid_n, 1);
    amp_state_finish(&again);
}

static const char *alarm_after(struct stand *stand, int64_t seconds)
{
    stand->bed.now_us += seconds * 1000000;
    testbed_must(&stand->bed, AMP_CMD_TICK, "{}");
    return testbed_incident(&stand->bed, 1)->alarm;
}

static void a_request_without_an_answer_rings_once_and_until_it_is_seen_to(void **state)
{
    struct stand *stand = *state;
    struct testbed *bed = &stand->bed;
    unit_add(bed, "N2", "north", "\"engine\"");
    open(stand, "fire", "north");
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"N1\"}");
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"N1\",\"status\":\"en-route\"}");
    testbed_must(bed, AMP_CMD_ASK_AID, ASK);
    assert_null(alarm_after(stand, 119));
    struct amp_command tick = {
        .kind = AMP_CMD_TICK, .time_us = bed->now_us + 1000000, .actor = AMP_STR("timer")};
    struct amp_decision decision = {0};
    assert_int_equal(
        amp_decide(&bed->state, bed->plans, &tick, &stand->arena, &decision, &bed->why), AMP_OK);
    assert_int_equal(decision.event_n, 1);
    assert_true(amp_str_is(decision.event[0].f.reason,
                           "south was asked for aid 2 min 00 s ago and has not answered"));
    assert_string_equal(alarm_after(stand, 1), "aid-overdue");
    /* who goes there meanwhile is no answer */
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"N2\"}");
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"N2\",\"status\":\"en-route\"}");
    assert_string_equal(alarm_after(stand, 1), "aid-overdue");
    assert_int_equal(testbed_refold(bed), amp_state_digest(&bed->state));
    struct amp_state again;
    testbed_resnap(bed, &again);
    assert_true(again.incident[0].aid[0].alarm_raised);
    amp_state_finish(&again);
    testbed_must(bed, AMP_CMD_ACKNOWLEDGE_ALARM, "{\"incident\":\"I-1\"}");
    assert_null(alarm_after(stand, 600)); /* once */
    testbed_must(bed, AMP_CMD_ANSWER_AID,
                 "{\"incident\":\"I-1\",\"agency\":\"south\",\"outcome\":\"refused\"}");
    testbed_must(bed, AMP_CMD_ASK_AID, ASK);
    assert_string_equal(alarm_after(stand, 120), "aid-overdue"); /* another occasion */
    testbed_must(bed, AMP_CMD_WITHDRAW_AID, "{\"incident\":\"I-1\",\"agency\":\"south\"}");
    assert_null(alarm_after(stand, 0));
}

static void what_waits_for_an_answer_does_not_hide_that_nobody_was_sent(void **state)
{
    struct stand *stand = *state;
    struct testbed *bed = &stand->bed;
    plans_use(bed, "type fire 2 Fire\n need 2 engine\n"
                   "aid south to north types fire capabilities engine on-request\n"
                   "timer aid-answer 30\ntimer undispatched 60\n");
    open(stand, "fire", "north");
    testbed_must(bed, AMP_CMD_ASK_AID, ASK);
    assert_string_equal(alarm_after(stand, 30), "aid-overdue");
    testbed_must(bed, AMP_CMD_ACKNOWLEDGE_ALARM, "{\"incident\":\"I-1\"}");
    assert_null(alarm_after(stand, 29));
    assert_string_equal(alarm_after(stand, 1), "undispatched");
    plans_use(bed, "timer aid-answer 0\ntype fire 2 Fire\n need 2 engine\n"
                   "aid south to north types fire capabilities engine on-request\n");
    testbed_must(bed, AMP_CMD_WITHDRAW_AID, "{\"incident\":\"I-1\",\"agency\":\"south\"}");
    testbed_must(bed, AMP_CMD_ACKNOWLEDGE_ALARM, "{\"incident\":\"I-1\"}");
    testbed_must(bed, AMP_CMD_ASK_AID, ASK);
    assert_null(alarm_after(stand, 3600)); /* no time was set */
}

/* ---- many ---- */

static uint32_t roll(uint64_t *dice, uint32_t sides)
{
    *dice = *dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*dice >> 33) % sides;
}

/* Free crews of south beside those proposed that have the capability, the slow way. */
static size_t left_of(const struct stand *stand, const char *capability)
{
    size_t n = 0;
    for (size_t i = 0; i < stand->bed.state.unit_n; i++) {
        const struct amp_unit *unit = &stand->bed.state.unit[i];
        const struct amp_agency *agency = amp_state_agency_at(&stand->bed.state, unit->agency);
        bool able = false, taken = false;
        for (size_t k = 0; k < unit->capabilities.n; k++) {
            able = able || amp_str_is(unit->capabilities.word[k], capability);
        }
        for (size_t a = 0; a < stand->n; a++) {
            for (size_t k = 0; k < stand->advice[a].ranked_n; k++) {
                taken = taken || stand->advice[a].ranked[k].who->unit.n == unit->id.n;
            }
        }
        n += able && !taken && agency && strcmp(agency->code, "south") == 0 &&
             amp_unit_is_free(unit->status);
    }
    return n;
}

/* Own crews in their order, lent ones as if they came later, and never below what is kept. */
static size_t lists_check(const struct stand *stand, size_t keep)
{
    size_t lent_n = 0;
    for (size_t a = 0; a < stand->n; a++) {
        double last = 0;
        for (size_t i = 0; i < stand->advice[a].ranked_n; i++) {
            const struct amp_ranked *ranked = &stand->advice[a].ranked[i];
            const struct amp_unit *unit = amp_state_unit_at(&stand->bed.state, ranked->who->unit);
            const struct amp_agency *agency = amp_state_agency_at(&stand->bed.state, unit->agency);
            double rank_s = ranked->arrive_s + (ranked->who->lent ? 120 : 0);
            assert_true(rank_s >= last);
            last = rank_s;
            bool foreign = agency && strcmp(agency->code, "north") != 0;
            assert_int_equal(ranked->who->lent != NULL, foreign);
            assert_true(!foreign || strcmp(agency->code, "south") == 0);
            lent_n += foreign;
        }
    }
    const char *const words[] = {"als", "bls", "engine"};
    for (size_t i = 0; i < 3 && lent_n; i++) {
        bool used = false;
        for (size_t a = 0; a < stand->n; a++) {
            for (size_t k = 0; k < stand->advice[a].ranked_n; k++) {
                const struct amp_lent *lent = stand->advice[a].ranked[k].who->lent;
                for (size_t w = 0; lent && w < lent->capabilities.n; w++) {
                    used = used || amp_str_is(lent->capabilities.word[w], words[i]);
                }
            }
        }
        assert_true(!used || left_of(stand, words[i]) >= keep);
    }
    return lent_n;
}

static void all_that_is_proposed_can_be_sent_and_leaves_what_is_kept(void **state)
{
    struct stand *stand = *state;
    struct testbed *bed = &stand->bed;
    static const char *const agencies[] = {"north", "south", "south", "east", "west"};
    static const char *const able[] = {"\"als\"", "\"als\",\"bls\"", "\"bls\"", "\"engine\"",
                                       "\"engine\",\"als\""};
    uint64_t dice = 7;
    size_t lent = 0;
    char text[256];
    for (uint32_t round = 0; round < 60; round++) {
        size_t keep = roll(&dice, 4);
        (void)snprintf(text, sizeof(text),
                       "type all 1 All\n need 2 als\n need 2 engine\n need 1 bls\n"
                       "aid south to north automatic keep %zu\n",
                       keep);
        plans_use(bed, text);
        char name[16];
        (void)snprintf(name, sizeof(name), "R%u", round);
        unit_add(bed, name, agencies[roll(&dice, 5)], able[roll(&dice, 5)]);
        open(stand, "all", "north");
        uint32_t incident = (uint32_t)bed->state.incident_n;
        ask(stand, incident, "north");
        for (size_t i = 0; i < stand->question.candidate_n; i++) {
            stand->question.candidate[i].road_s = roll(&dice, 600);
        }
        (void)proposed(stand);
        lent += lists_check(stand, keep);
        for (size_t a = 0; a < stand->n; a++) {
            for (size_t i = 0; i < stand->advice[a].ranked_n; i++) {
                (void)snprintf(text, sizeof(text),
                               "{\"incident\":\"I-%u\",\"unit\":\"%s\",\"agency\":\"north\"}",
                               incident, stand->advice[a].ranked[i].who->call_sign);
                testbed_must(bed, AMP_CMD_DISPATCH, text);
            }
        }
        (void)snprintf(text, sizeof(text), "{\"incident\":\"I-%u\"}", incident);
        testbed_must(bed, AMP_CMD_CLOSE, text);
    }
    assert_true(lent > 100);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, stand_setup, stand_teardown)
    const struct CMUnitTest tests[] = {
        ROW(an_own_crew_goes_first_within_the_margin_and_says_who_was_earlier),
        ROW(nothing_of_where_a_lent_crew_is_stands_in_the_answer),
        ROW(who_is_lent_depends_on_type_agency_and_what_is_left),
        ROW(who_may_not_be_sent_is_refused_with_the_reason),
        ROW(a_lent_crew_is_sent_the_record_says_to_whom_and_the_last_one_is_kept),
        ROW(a_request_needs_an_agreement_and_stands_once),
        ROW(agreeing_shares_the_incident_and_refusing_does_not),
        ROW(a_request_ends_with_its_incident_and_goes_on_where_that_goes),
        ROW(a_request_without_an_answer_rings_once_and_until_it_is_seen_to),
        ROW(what_waits_for_an_answer_does_not_hide_that_nobody_was_sent),
        ROW(all_that_is_proposed_can_be_sent_and_leaves_what_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
