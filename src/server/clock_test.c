/*
 * The clock of a machine jumps: by an hour when somebody sets it, by years when a battery is flat.
 *
 * What must hold is what the names say. Numbers order the record, times do not.
 */
#include "journal/inspect.h"
#include "server/inside.h"
#include "server/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define S    INT64_C(1000000)
#define HOUR (3600 * S)
#define DAY  (24 * HOUR)
#define YEAR (365 * DAY)

static const int64_t jumps[] = {HOUR,  -HOUR, DAY,  -DAY,      YEAR,
                                -YEAR, -YEAR, YEAR, 50 * YEAR, -50 * YEAR};
enum {
    JUMPS = sizeof jumps / sizeof jumps[0]
};

static void clock_move(struct bed *bed, int64_t us)
{
    atomic_fetch_add(&bed->clock.us, us);
}

/* ---- the guard of retention, alone ---- */

static void retention_believes_clocks_that_agree_for_long_enough(void **state)
{
    (void)state;
    struct amp_retention it = amp_retention_begin(BED_NOON, 5 * S, BED_NOON / DAY);
    int64_t wall = BED_NOON;
    int64_t running = 5 * S;
    assert_int_equal(amp_retention_doubt(&it, wall, running, HOUR), AMP_RETENTION_EARLY);
    assert_int_equal(amp_retention_doubt(&it, wall + HOUR, running + HOUR - S, HOUR),
                     AMP_RETENTION_EARLY);
    assert_int_equal(amp_retention_doubt(&it, wall + HOUR, running + HOUR, HOUR),
                     AMP_RETENTION_SURE);
    /* it drifts a little in a month, and nobody minds */
    assert_int_equal(amp_retention_doubt(&it, wall + 30 * DAY + 599 * S, running + 30 * DAY, HOUR),
                     AMP_RETENTION_SURE);
}

static void retention_does_not_believe_a_clock_that_was_set(void **state)
{
    (void)state;
    for (int i = 0; i < JUMPS; i++) {
        struct amp_retention it = amp_retention_begin(BED_NOON, 0, BED_NOON / DAY);
        int64_t wall = BED_NOON + jumps[i];
        for (int64_t later = 2 * HOUR; later < 100 * DAY; later += 7 * HOUR) {
            assert_int_equal(amp_retention_doubt(&it, wall + later, later, HOUR),
                             AMP_RETENTION_SET);
        }
        /* set back: believed again, but not at once */
        int64_t back = 100 * DAY;
        assert_int_equal(amp_retention_doubt(&it, wall + back - S, back - S, HOUR),
                         AMP_RETENTION_SET);
        assert_int_equal(amp_retention_doubt(&it, BED_NOON + back, back, HOUR),
                         AMP_RETENTION_EARLY);
        assert_int_equal(amp_retention_doubt(&it, BED_NOON + back + HOUR, back + HOUR, HOUR),
                         AMP_RETENTION_SURE);
    }
}

static void retention_does_not_believe_what_it_did_not_see(void **state)
{
    (void)state;
    int64_t newest = BED_NOON / DAY;
    struct amp_retention far = amp_retention_begin(BED_NOON + 31 * DAY, 0, newest);
    struct amp_retention near = amp_retention_begin(BED_NOON + 30 * DAY, 0, newest);
    struct amp_retention past = amp_retention_begin(BED_NOON - YEAR, 0, newest);
    struct amp_retention empty = amp_retention_begin(BED_NOON, 0, INT64_MAX);
    assert_int_equal(amp_retention_doubt(&far, BED_NOON + 32 * DAY, DAY, HOUR), AMP_RETENTION_AWAY);
    assert_int_equal(amp_retention_doubt(&near, BED_NOON + 31 * DAY, DAY, HOUR),
                     AMP_RETENTION_SURE);
    assert_int_equal(amp_retention_doubt(&past, BED_NOON - YEAR + DAY, DAY, HOUR),
                     AMP_RETENTION_SURE);
    assert_int_equal(amp_retention_doubt(&empty, BED_NOON + DAY, DAY, HOUR), AMP_RETENTION_SURE);
}

/* ---- retention in a server ---- */

static const char plans_text[] = "type fall 4 Fall\n retention 10\n";

struct retained {
    struct bed bed;
    struct amp_clock_set running;
    uint64_t erased, named; /* looked up */
};

static void both_go(struct retained *it, int64_t us)
{
    clock_move(&it->bed, us);
    atomic_fetch_add(&it->running.us, us);
}

static void step_retention(struct amp_server *server, struct amp_job *job)
{
    amp_retention_tick(server);
    amp_job_destroy(job);
}

static void erased_count(void *ctx, const struct amp_state *state, const struct amp_track *track,
                         int64_t now_us)
{
    struct retained *it = ctx;
    (void)track;
    (void)now_us;
    it->erased = 0;
    for (size_t i = 0; i < state->incident_n; i++) {
        it->erased += state->incident[i].erased_us != 0;
    }
}

/* How many incidents are erased after so many walks, a minute apart. */
static uint64_t walks(struct retained *it, int n)
{
    for (int i = 0; i < n; i++) {
        struct amp_job *job = amp_job_create(it->bed.server);
        assert_non_null(job);
        job->step = step_retention;
        assert_int_equal(amp_core_push(it->bed.server, job), AMP_OK);
        assert_int_equal(amp_server_look(it->bed.server, erased_count, it), AMP_OK);
        both_go(it, 61 * S);
    }
    return it->erased;
}

static void retained_start(struct retained *it)
{
    it->bed.config.running = amp_clock_settable(&it->running);
    it->bed.config.retention_wait_s = 3600;
    bed_start(&it->bed);
}

static void retained_init(struct retained *it)
{
    struct amp_why why = {""};
    *it = (struct retained){.erased = 0};
    bed_init(&it->bed);
    bed_folder(&it->bed);
    amp_plans_free(it->bed.plans);
    if (amp_plans_read(amp_str_of(plans_text), &it->bed.plans, &why) != AMP_OK) {
        fail_msg("%s", why.text);
    }
    it->bed.config.plans = it->bed.plans;
    retained_start(it);
}

static void closed_incidents(const struct bed *bed, int first, int n)
{
    for (int i = first; i < first + n; i++) {
        char path[64];
        bed_expect(bed, "POST", "/v1/calls", "{\"words\":\"fell\",\"type\":\"fall\"}", 201);
        (void)snprintf(path, sizeof path, "/v1/incidents/I-%d/close", i);
        bed_expect(bed, "POST", path, "{\"outcome\":\"treated\"}", 200);
    }
}

static void what_is_due_is_erased_a_bounded_number_a_minute(void **state)
{
    struct retained it;
    (void)state;
    retained_init(&it);
    closed_incidents(&it.bed, 1, AMP_RETENTION_EACH + 3);
    bed_expect(&it.bed, "POST", "/v1/calls", "{\"words\":\"open\",\"type\":\"fall\"}", 201);
    for (int day = 0; day < 10; day++) {
        assert_int_equal(walks(&it, 1), 0);
        both_go(&it, DAY - 100 * S);
    }
    both_go(&it, HOUR);
    assert_int_equal(walks(&it, 1), AMP_RETENTION_EACH);
    assert_int_equal(walks(&it, 3), AMP_RETENTION_EACH + 3);
    bed_drop(&it.bed);
}

static void a_jump_of_fifty_years_erases_nothing(void **state)
{
    struct retained it;
    (void)state;
    retained_init(&it);
    closed_incidents(&it.bed, 1, 3);
    both_go(&it, 2 * HOUR);
    assert_int_equal(walks(&it, 2), 0);
    clock_move(&it.bed, 50 * YEAR);
    assert_int_equal(walks(&it, 5), 0);
    both_go(&it, 3 * DAY); /* it stays so for days */
    assert_int_equal(walks(&it, 5), 0);
    /* nor does a start with the wrong clock */
    assert_int_equal(bed_stop(&it.bed), AMP_OK);
    retained_start(&it);
    both_go(&it, DAY);
    assert_int_equal(walks(&it, 5), 0);
    /* back to the right time: what is due is erased when it is, and not before */
    assert_int_equal(bed_stop(&it.bed), AMP_OK);
    clock_move(&it.bed, -50 * YEAR);
    retained_start(&it);
    both_go(&it, DAY);
    assert_int_equal(walks(&it, 2), 0);
    both_go(&it, 6 * DAY);
    assert_int_equal(walks(&it, 2), 3);
    bed_drop(&it.bed);
}

static void what_was_closed_while_the_clock_had_fallen_back_is_not_old(void **state)
{
    struct retained it;
    (void)state;
    retained_init(&it);
    closed_incidents(&it.bed, 1, 1);
    clock_move(&it.bed, -6 * YEAR);
    closed_incidents(&it.bed, 2, 1);
    assert_int_equal(bed_stop(&it.bed), AMP_OK);
    clock_move(&it.bed, 6 * YEAR);
    retained_start(&it);
    both_go(&it, DAY);
    assert_int_equal(walks(&it, 3), 0);
    both_go(&it, 9 * DAY + HOUR);
    assert_int_equal(walks(&it, 3), 2);
    bed_drop(&it.bed);
}

/* ---- commands ---- */

static void seq_take(void *ctx, const struct amp_state *state, const struct amp_track *track,
                     int64_t now_us)
{
    (void)track;
    (void)now_us;
    *(uint64_t *)ctx = state->seq;
}

static uint64_t seq_of(const struct bed *bed)
{
    uint64_t seq = 0;
    assert_int_equal(amp_server_look(bed->server, seq_take, &seq), AMP_OK);
    return seq;
}

static void digest_take(void *ctx, const struct amp_state *state, const struct amp_track *track,
                        int64_t now_us)
{
    (void)track;
    (void)now_us;
    *(uint64_t *)ctx = amp_state_digest(state);
}

static uint64_t digest_of(const struct bed *bed)
{
    uint64_t digest = 0;
    assert_int_equal(amp_server_look(bed->server, digest_take, &digest), AMP_OK);
    return digest;
}

static void folder_start(struct bed *bed)
{
    bed_init(bed);
    bed_folder(bed);
    bed_start(bed);
    bed_town(bed);
}

static void a_day_happens(struct bed *bed, int number)
{
    static const char *const statuses[] = {"en-route", "on-scene", "available"};
    char path[64];
    bed_expect(bed, "POST", "/v1/calls", "{\"words\":\"help\",\"type\":\"cardiac-arrest\"}", 201);
    (void)snprintf(path, sizeof path, "/v1/incidents/I-%d/assignments", number);
    bed_expect(bed, "POST", path, "{\"unit\":\"M1\"}", 200);
    for (size_t i = 0; i < 3; i++) {
        char body[64];
        (void)snprintf(body, sizeof body, "{\"status\":\"%s\"}", statuses[i]);
        bed_expect(bed, "POST", "/v1/units/M1/status", body, 200);
        clock_move(bed, i == 1 ? jumps[number % JUMPS] : -jumps[number % JUMPS]);
    }
    (void)snprintf(path, sizeof path, "/v1/incidents/I-%d/notes", number);
    bed_expect(bed, "POST", path, "{\"text\":\"late\"}", 200);
    (void)snprintf(path, sizeof path, "/v1/incidents/I-%d/close", number);
    bed_expect(bed, "POST", path, "{\"outcome\":\"treated\"}", 200);
}

/* The lines of an incident in the order of their numbers, whatever their times are. */
static void timeline_check(const struct bed *bed, int number)
{
    struct reply reply;
    char path[64];
    int64_t last = 0;
    (void)snprintf(path, sizeof path, "/v1/incidents/I-%d", number);
    bed_get(bed, path, &reply);
    assert_int_equal(reply.status, 200);
    const json_t *lines = reply_at(&reply, "incident.timeline");
    assert_true(json_array_size(lines) >= 7);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        int64_t seq = json_integer_value(json_object_get(json_array_get(lines, i), "seq"));
        assert_true(seq > last);
        last = seq;
    }
    reply_free(&reply);
}

static void nothing_is_lost_and_the_numbers_go_on_whatever_the_clock_does(void **state)
{
    struct bed bed;
    struct amp_log_report report = {.ok = false};
    (void)state;
    folder_start(&bed);
    for (int i = 0; i < JUMPS; i++) {
        uint64_t before = seq_of(&bed);
        clock_move(&bed, jumps[i]);
        a_day_happens(&bed, i + 1);
        assert_true(seq_of(&bed) >= before + 8);
    }
    for (int i = 0; i < JUMPS; i++) {
        timeline_check(&bed, i + 1);
    }
    uint64_t digest = digest_of(&bed);
    assert_int_equal(bed_stop(&bed), AMP_OK);
    assert_int_equal(amp_log_verify(bed.dir, NULL, &report, NULL), AMP_OK);
    assert_true(report.ok);
    bed_start(&bed);
    assert_int_equal(digest_of(&bed), digest);
    bed_drop(&bed);
}

static void a_repeated_command_is_known_whatever_the_clock_did_in_between(void **state)
{
    struct bed bed;
    (void)state;
    folder_start(&bed);
    for (int i = -1; i < JUMPS; i++) {
        struct reply reply;
        clock_move(&bed, i < 0 ? 0 : jumps[i]);
        bed_send(&bed, "POST", "/v1/calls", "{\"words\":\"once\"}", "Idempotency-Key: k\r\n",
                 &reply);
        assert_int_equal(reply.status, 201);
        assert_string_equal(reply_text(&reply, "call.id"), "C-1");
        reply_free(&reply);
    }
    bed_drop(&bed);
}

static void told(void *ctx, const struct amp_outcome *outcome)
{
    (void)ctx;
    assert_int_equal(outcome->err, AMP_OK);
}

/* An alarm may come early when the clock jumps; it comes once. */
static void a_jump_raises_an_alarm_once_and_no_more(void **state)
{
    struct bed bed;
    const struct amp_command tick = {.kind = AMP_CMD_TICK, .actor = AMP_STR("timer")};
    (void)state;
    folder_start(&bed);
    bed_expect(&bed, "POST", "/v1/calls", "{\"words\":\"help\",\"type\":\"cardiac-arrest\"}", 201);
    uint64_t before = seq_of(&bed);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < JUMPS; i++) {
            clock_move(&bed, jumps[i]);
            assert_int_equal(amp_server_command(bed.server, &tick, told, NULL), AMP_OK);
        }
    }
    assert_true(seq_of(&bed) <= before + 1);
    bed_drop(&bed);
}

/* ---- looks ---- */

static void one_look_is_one_event_and_a_jump_adds_at_most_one(void **state)
{
    struct bed bed;
    (void)state;
    bed_init(&bed);
    bed.config.journal_looks = true;
    bed_start(&bed);
    bed_expect(&bed, "POST", "/v1/calls", "{\"words\":\"help\"}", 201);
    uint64_t last = seq_of(&bed);
    for (int i = 0; i < JUMPS; i++) {
        clock_move(&bed, jumps[i]);
        for (int n = 0; n < 4; n++) {
            bed_expect(&bed, "GET", "/v1/incidents/I-1", NULL, 200);
        }
        uint64_t now = seq_of(&bed);
        assert_true(now == last + 1);
        last = now;
    }
    bed_drop(&bed);
}

/* ---- positions ---- */

static bool place_is_current(const struct bed *bed)
{
    struct reply reply;
    bed_get(bed, "/v1/units/M1", &reply);
    assert_int_equal(reply.status, 200);
    bool current = json_is_number(reply_at(&reply, "unit.lat"));
    reply_free(&reply);
    return current;
}

static void a_position_from_before_a_jump_is_not_shown_as_current(void **state)
{
    struct bed bed;
    struct amp_sighting seen = {
        .unit = "M1",
        .position = {.pos = {411500000, -86100000}, .heading_deg = 90, .speed_kmh = 50}};
    (void)state;
    bed_init(&bed);
    bed_start(&bed);
    bed_town(&bed);
    for (int i = 0; i < JUMPS; i++) {
        assert_int_equal(amp_server_positions(bed.server, &seen, 1), AMP_OK);
        assert_true(place_is_current(&bed)); /* a new report is believed at once */
        clock_move(&bed, jumps[i]);
        assert_false(place_is_current(&bed));
    }
    bed_drop(&bed);
}

/* ---- who may come in ---- */

static void member_start(struct bed *bed, char cookie[BED_SECRET], char token[BED_SECRET])
{
    char setup[BED_SECRET];
    bed_init(bed);
    bed_folder(bed);
    bed->config.open = false;
    bed_start(bed);
    bed_account(bed, "ana", AMP_ROLE_DISPATCHER, "", setup);
    bed_token(bed, "ana", "\"read\",\"write\"", token);
    bed_enter(bed, setup, cookie);
}

static void as_expect(struct bed *bed, const char *as, int status)
{
    bed->as = as;
    bed_expect(bed, "GET", "/v1/session", NULL, status);
    bed->as = NULL;
}

#define LOGIN "{\"account\":\"ana\",\"password\":\"" BED_PASSWORD "\"}"

static void log_in(const struct bed *bed, char cookie[BED_SECRET])
{
    struct reply reply;
    bed_post(bed, "/v1/session", LOGIN, &reply);
    assert_int_equal(reply.status, 200);
    reply_cookie(&reply, cookie);
    reply_free(&reply);
}

static void a_session_ends_by_a_jump_ahead_and_a_token_without_an_end_goes_on(void **state)
{
    struct bed bed;
    char cookie[BED_SECRET], token[BED_SECRET];
    (void)state;
    member_start(&bed, cookie, token);
    as_expect(&bed, cookie, 200);
    for (int i = 0; i < JUMPS; i++) {
        bool lived = jumps[i] <= HOUR;
        log_in(&bed, cookie);
        clock_move(&bed, jumps[i]);
        as_expect(&bed, token, 200);
        /* back by more than its life: it was opened in a future that is none */
        as_expect(&bed, cookie, jumps[i] < -AMP_SESSION_S * S ? 401 : lived ? 200 : 401);
        log_in(&bed, cookie); /* and the password opens a new one */
        as_expect(&bed, cookie, 200);
    }
    assert_int_equal(bed_stop(&bed), AMP_OK);
    bed_start(&bed);
    as_expect(&bed, token, 200);
    as_expect(&bed, cookie, 200);
    bed_drop(&bed);
}

static void a_code_used_ahead_of_time_locks_nobody_out(void **state)
{
    static const uint8_t secret[AMP_TOTP_SECRET] = "twenty bytes of key";
    uint64_t used = 0;
    (void)state;
    for (int i = 0; i < JUMPS; i++) {
        char code[16];
        int64_t now_us = BED_NOON + jumps[i];
        for (int64_t at_us = now_us; at_us != 0; at_us = at_us == BED_NOON ? 0 : BED_NOON) {
            uint32_t value = 0;
            assert_int_equal(amp_hotp(secret, sizeof secret,
                                      (uint64_t)(at_us / S / AMP_TOTP_STEP_S), AMP_TOTP_DIGITS,
                                      &value),
                             AMP_OK);
            (void)snprintf(code, sizeof code, "%06lu", (unsigned long)value);
            used = at_us == BED_NOON && jumps[i] < 0 ? 0 : used;
            assert_int_equal(amp_totp_check(secret, sizeof secret, amp_str_of(code), at_us, &used),
                             AMP_OK);
            assert_int_equal(/* but never twice */
                             amp_totp_check(secret, sizeof secret, amp_str_of(code), at_us, &used),
                             AMP_E_FORBIDDEN);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retention_believes_clocks_that_agree_for_long_enough),
        cmocka_unit_test(retention_does_not_believe_a_clock_that_was_set),
        cmocka_unit_test(retention_does_not_believe_what_it_did_not_see),
        cmocka_unit_test(what_is_due_is_erased_a_bounded_number_a_minute),
        cmocka_unit_test(a_jump_of_fifty_years_erases_nothing),
        cmocka_unit_test(what_was_closed_while_the_clock_had_fallen_back_is_not_old),
        cmocka_unit_test(nothing_is_lost_and_the_numbers_go_on_whatever_the_clock_does),
        cmocka_unit_test(a_repeated_command_is_known_whatever_the_clock_did_in_between),
        cmocka_unit_test(a_jump_raises_an_alarm_once_and_no_more),
        cmocka_unit_test(one_look_is_one_event_and_a_jump_adds_at_most_one),
        cmocka_unit_test(a_position_from_before_a_jump_is_not_shown_as_current),
        cmocka_unit_test(a_session_ends_by_a_jump_ahead_and_a_token_without_an_end_goes_on),
        cmocka_unit_test(a_code_used_ahead_of_time_locks_nobody_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
