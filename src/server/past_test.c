/* The past: the cursor against its slow twin, erasing, and the routes that show it. */
#include "base/timefmt.h"
#include "response/apply.h"
#include "server/past.h"
#include "server/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 8 << 20,
    ACTS = 220,
    SEEKS = 120,
    EVERY = 8, /* records between two frames: they are thinned out more than once */
    BODY = 256
};

struct stand {
    struct bed bed;
    char boss[BED_SECRET], desk[BED_SECRET];
    struct amp_store *reader;
    struct amp_keys *keys;
};

static int set_up(void **state)
{
    struct stand *stand = calloc(1, sizeof *stand);
    assert_non_null(stand);
    bed_init(&stand->bed);
    stand->bed.config.open = false;
    stand->bed.config.journal_looks = true;
    bed_start(&stand->bed);
    bed_town(&stand->bed);
    bed_member(&stand->bed, "boss", AMP_ROLE_SUPERVISOR, "", stand->boss);
    bed_member(&stand->bed, "desk", AMP_ROLE_DISPATCHER, "", stand->desk);
    assert_int_equal(stand->bed.store->ops->reader(stand->bed.store, &stand->reader, NULL), AMP_OK);
    assert_int_equal(amp_keys_open(stand->bed.store, stand->bed.config.master, &stand->keys, NULL),
                     AMP_OK);
    *state = stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;
    amp_keys_close(stand->keys);
    amp_store_close(stand->reader);
    bed_drop(&stand->bed);
    free(stand);
    return 0;
}

static unsigned next(unsigned *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 16;
}

/* One act of a shift, of those that may be refused, too. */
static void act(struct stand *stand, unsigned *seed)
{
    static const char *const statuses[] = {"en-route", "on-scene", "available", "returning",
                                           "transporting"};
    char path[BODY], body[BODY];
    struct reply reply;
    unsigned incident = 1 + next(seed) % 12;
    unsigned unit = 1 + next(seed) % 3;
    (void)snprintf(path, sizeof path, "/v1/incidents/I-%u/notes", incident);
    (void)snprintf(body, sizeof body, "{\"text\":\"note %u\"}", next(seed));
    switch (next(seed) % 6) {
    case 0:
        (void)snprintf(path, sizeof path, "/v1/calls");
        (void)snprintf(body, sizeof body,
                       "{\"number\":\"+999%u\",\"words\":\"w%u\",\"type\":\"fall\","
                       "\"pos\":{\"lat\":41.15,\"lon\":-8.61}}",
                       next(seed), next(seed));
        break;
    case 1:
    case 2:
        (void)snprintf(path, sizeof path, "/v1/incidents/I-%u/assignments", incident);
        (void)snprintf(body, sizeof body, "{\"unit\":\"M%u\",\"divert\":true}", unit);
        break;
    case 3:
        (void)snprintf(path, sizeof path, "/v1/units/M%u/status", unit);
        (void)snprintf(body, sizeof body, "{\"status\":\"%s\"}", statuses[next(seed) % 5]);
        break;
    case 4:
        (void)snprintf(path, sizeof path, "/v1/incidents/I-%u/%s", incident,
                       next(seed) % 2 == 0 ? "close" : "reopen");
        (void)snprintf(body, sizeof body, "{}");
        break;
    default:
        break;
    }
    bed_as_ask(&stand->bed, stand->desk, "POST", path, body, &reply);
    reply_free(&reply);
    bed_later(&stand->bed, 1 + next(seed) % 60);
}

/* ---- the slow twin: the whole journal from its first record ---- */

struct twin {
    struct amp_state state;
    struct amp_sealer sealer;
    struct amp_arena arena;
    int64_t time_us;
};

static amp_err twin_record(void *ctx, const struct amp_record *record)
{
    struct twin *twin = ctx;
    struct amp_event event;
    amp_arena_reset(&twin->arena);
    assert_int_equal(amp_event_read(record->body, &twin->sealer, &twin->arena, &event, NULL),
                     AMP_OK);
    event.seq = record->seq;
    twin->time_us = event.time_us;
    return amp_apply(&twin->state, &event, NULL);
}

static uint64_t twin_digest(struct stand *stand, uint64_t seq, int64_t *time_us)
{
    struct twin twin = {.sealer = amp_keys_sealer(stand->keys),
                        .arena = amp_arena_make(ARENA),
                        .time_us = INT64_MIN};
    assert_int_equal(amp_state_init(&twin.state), AMP_OK);
    if (seq > 0) {
        assert_int_equal(stand->reader->ops->read(stand->reader, 1, seq, &twin, twin_record, NULL),
                         AMP_OK);
    }
    uint64_t digest = amp_state_digest(&twin.state);
    *time_us = twin.time_us;
    amp_state_finish(&twin.state);
    amp_arena_drop(&twin.arena);
    return digest;
}

static uint64_t size_of(struct stand *stand)
{
    struct amp_head head;
    assert_int_equal(stand->reader->ops->head(stand->reader, &head, NULL), AMP_OK);
    return head.size;
}

static void the_cursor_gives_what_a_fold_from_the_start_gives(void **state)
{
    struct stand *stand = *state;
    unsigned seed = 7;
    for (int i = 0; i < ACTS; i++) {
        act(stand, &seed);
    }
    uint64_t size = size_of(stand);
    assert_true(size > (uint64_t)EVERY * AMP_PAST_FRAMES);
    const struct amp_past_config config = {.keys = stand->keys, .every = EVERY};
    struct amp_past *past = amp_past_create(&config);
    assert_non_null(past);
    const struct amp_state *found = NULL;
    for (int i = 0; i < SEEKS; i++) {
        int64_t time_us = 0;
        uint64_t seq = i == 0 ? size : next(&seed) % (size + 1);
        assert_int_equal(amp_past_seek(past, stand->reader, seq, &found, NULL), AMP_OK);
        assert_true(found->seq == seq);
        assert_true(amp_state_digest(found) == twin_digest(stand, seq, &time_us));
        assert_true(amp_past_time_us(past) == time_us);
        assert_in_range(amp_past_frames(past), 1, AMP_PAST_FRAMES);
    }
    struct amp_why why = {""};
    assert_int_equal(amp_past_seek(past, stand->reader, AMP_SEQ_MAX, &found, &why), AMP_E_RANGE);
    amp_past_forget(past);
    assert_int_equal(amp_past_frames(past), 0);
    assert_int_equal(amp_past_seek(past, stand->reader, 0, &found, NULL), AMP_OK);
    assert_int_equal(found->incident_n, 0);
    amp_past_destroy(past);
}

struct times {
    int64_t *at_us;
    struct amp_arena arena;
};

static amp_err time_keep(void *ctx, const struct amp_record *record)
{
    struct times *times = ctx;
    struct amp_event event;
    amp_arena_reset(&times->arena);
    assert_int_equal(amp_event_read(record->body, NULL, &times->arena, &event, NULL), AMP_OK);
    times->at_us[record->seq] = event.time_us;
    return AMP_OK;
}

static void a_moment_is_found_as_by_looking_at_every_record(void **state)
{
    struct stand *stand = *state;
    unsigned seed = 11;
    for (int i = 0; i < 40; i++) {
        act(stand, &seed);
    }
    uint64_t size = size_of(stand);
    struct times times = {.at_us = calloc(size + 1, sizeof(int64_t)),
                          .arena = amp_arena_make(ARENA)};
    assert_non_null(times.at_us);
    assert_int_equal(stand->reader->ops->read(stand->reader, 1, size, &times, time_keep, NULL),
                     AMP_OK);
    int64_t first_us = times.at_us[1] - AMP_US_PER_S;
    int64_t span_s = (times.at_us[size] - first_us) / AMP_US_PER_S + 2;
    for (int i = 0; i < SEEKS; i++) {
        int64_t at_us = first_us + (int64_t)(next(&seed) % (unsigned)span_s) * AMP_US_PER_S;
        uint64_t expected = 0, found = 0;
        while (expected < size && times.at_us[expected + 1] <= at_us) {
            expected++;
        }
        assert_int_equal(amp_past_find(stand->reader, at_us, &found, NULL), AMP_OK);
        assert_true(found == expected);
    }
    free(times.at_us);
    amp_arena_drop(&times.arena);
}

/* ---- the routes ---- */

#define CALL                                                                                       \
    "{\"number\":\"+99911\",\"words\":\"MARKWORDS\",\"type\":\"fall\",\"place\":\"MARKPLACE\","    \
    "\"pos\":{\"lat\":41.151,\"lon\":-8.61}}"

static void ask(struct stand *stand, const char *path, struct reply *reply)
{
    bed_as_ask(&stand->bed, stand->boss, "GET", path, NULL, reply);
}

static bool tells(const struct reply *reply, const char *text)
{
    return memmem(reply->body.data, reply->body.len, text, strlen(text)) != NULL;
}

static void desk(struct stand *stand, const char *path, const char *body, int status)
{
    bed_as_expect(&stand->bed, stand->desk, "POST", path, body, status);
}

/* A call, M1 sent after a minute, there after another, closed after a third. */
static void a_shift(struct stand *stand)
{
    desk(stand, "/v1/calls", CALL, 201);
    bed_later(&stand->bed, 60);
    desk(stand, "/v1/incidents/I-1/assignments", "{\"unit\":\"M1\"}", 200);
    bed_later(&stand->bed, 60);
    desk(stand, "/v1/units/M1/status", "{\"status\":\"on-scene\"}", 200);
    bed_later(&stand->bed, 60);
    desk(stand, "/v1/incidents/I-1/close", "{}", 200);
    bed_later(&stand->bed, 60);
}

static void path_at(char out[BODY], int64_t seconds)
{
    char text[AMP_TIME_TEXT];
    amp_time_text(BED_NOON + seconds * AMP_US_PER_S, text);
    (void)snprintf(out, BODY, "/v1/past?incident=I-1&at=%s", text);
}

static void the_board_is_shown_as_it_was(void **state)
{
    struct stand *stand = *state;
    struct reply reply;
    char path[BODY];
    a_shift(stand);
    path_at(path, 30);
    ask(stand, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "incidents.0.state"), "triaged");
    assert_string_equal(reply_text(&reply, "incidents.0.place"), "MARKPLACE");
    assert_string_equal(reply_text(&reply, "units.0.status"), "available");
    assert_string_equal(reply_text(&reply, "not_known.0"), "positions");
    assert_false(tells(&reply, "on-scene"));
    reply_free(&reply);
    path_at(path, 90);
    ask(stand, path, &reply);
    assert_string_equal(reply_text(&reply, "units.0.status"), "dispatched");
    assert_string_equal(reply_text(&reply, "incident.state"), "dispatched");
    reply_free(&reply);
    path_at(path, 200);
    ask(stand, path, &reply);
    assert_null(reply_at(&reply, "incidents.0"));
    assert_string_equal(reply_text(&reply, "incident.state"), "closed");
    assert_true(tells(&reply, "incident-closed"));
    reply_free(&reply);
    path_at(path, 100000);
    ask(stand, path, &reply);
    assert_int_equal(reply.status, 422);
    reply_free(&reply);
    ask(stand, "/v1/past?seq=0", &reply);
    assert_int_equal(reply.status, 200);
    assert_null(reply_at(&reply, "units.0"));
    reply_free(&reply);
    bed_as_expect(&stand->bed, stand->boss, "GET", "/v1/past", NULL, 422);
    bed_as_expect(&stand->bed, stand->boss, "GET", "/v1/past?seq=999999", NULL, 422);
    bed_as_expect(&stand->bed, stand->boss, "GET", "/v1/past?seq=1&incident=I-9", NULL, 404);
    bed_as_expect(&stand->bed, stand->desk, "GET", "/v1/past?seq=1", NULL, 403);
    bed_as_expect(&stand->bed, stand->desk, "GET", "/v1/past/events", NULL, 403);
}

static void what_happened_is_listed_without_personal_data(void **state)
{
    struct stand *stand = *state;
    struct reply reply;
    a_shift(stand);
    ask(stand, "/v1/past/events?incident=I-1", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "events.0.kind"), "incident-opened");
    assert_true(tells(&reply, "\"status\":\"on-scene\""));
    assert_false(tells(&reply, "MARK"));
    assert_false(tells(&reply, "99911"));
    assert_false(tells(&reply, "41.15"));
    int64_t first = reply_int(&reply, "events.0.seq");
    reply_free(&reply);
    char path[BODY];
    (void)snprintf(path, sizeof path, "/v1/past/events?after=%lld", (long long)first);
    ask(stand, path, &reply);
    assert_int_equal(reply_int(&reply, "events.0.seq"), first + 1);
    assert_false(tells(&reply, "incident-opened"));
    assert_false(tells(&reply, "-viewed"));
    assert_false(tells(&reply, "account"));
    reply_free(&reply);
}

static void a_look_at_the_past_is_recorded(void **state)
{
    struct stand *stand = *state;
    struct reply reply;
    a_shift(stand);
    uint64_t before = size_of(stand);
    ask(stand, "/v1/past?seq=1", &reply);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    assert_int_equal(size_of(stand), before + 1);
    ask(stand, "/v1/past?seq=2", &reply); /* one look in ten minutes is one record */
    reply_free(&reply);
    assert_int_equal(size_of(stand), before + 1);
    ask(stand, "/v1/past?seq=2&incident=I-1", &reply);
    reply_free(&reply);
    assert_int_equal(size_of(stand), before + 2);
}

static void what_was_erased_is_erased_at_every_moment_before(void **state)
{
    struct stand *stand = *state;
    struct reply reply;
    char path[BODY];
    a_shift(stand);
    path_at(path, 90);
    ask(stand, path, &reply);
    assert_true(tells(&reply, "MARKWORDS"));
    assert_null(reply_at(&reply, "erased.0"));
    reply_free(&reply);
    bed_local_expect(&stand->bed, AMP_METHOD_POST, "/v1/incidents/I-1/erase",
                     "{\"reason\":\"asked for\"}", 200);
    ask(stand, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_false(tells(&reply, "MARK"));
    assert_string_equal(reply_text(&reply, "incidents.0.id"), "I-1");
    assert_string_equal(reply_text(&reply, "units.0.status"), "dispatched");
    assert_string_equal(reply_text(&reply, "erased.0"), "I-1");
    reply_free(&reply);
}

static void an_agency_sees_of_the_past_what_is_its_own(void **state)
{
    struct stand *stand = *state;
    struct reply reply;
    char fire[BED_SECRET];
    bed_local_expect(&stand->bed, AMP_METHOD_POST, "/v1/agencies",
                     "{\"agency\":\"fire\",\"label\":\"F\"}", 201);
    bed_local_expect(&stand->bed, AMP_METHOD_POST, "/v1/agencies",
                     "{\"agency\":\"cross\",\"label\":\"C\"}", 201);
    bed_member(&stand->bed, "bf", AMP_ROLE_SUPERVISOR, ",\"agency\":\"fire\"", fire);
    char cross[BED_SECRET];
    bed_member(&stand->bed, "dx", AMP_ROLE_DISPATCHER, ",\"agency\":\"cross\"", cross);
    bed_as_expect(&stand->bed, cross, "POST", "/v1/calls", CALL, 201);
    char path[BODY];
    (void)snprintf(path, sizeof path, "/v1/past?seq=%llu", (unsigned long long)size_of(stand));
    ask(stand, path, &reply);
    assert_true(tells(&reply, "MARKWORDS"));
    reply_free(&reply);
    bed_as_ask(&stand->bed, fire, "GET", path, NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_false(tells(&reply, "I-1"));
    reply_free(&reply);
    bed_as_ask(&stand->bed, fire, "GET", "/v1/past/events", NULL, &reply);
    assert_false(tells(&reply, "I-1"));
    assert_true(tells(&reply, "unit-added"));
    reply_free(&reply);
}

static void crews_hours_come_from_the_record(void **state)
{
    struct stand *stand = *state;
    struct reply reply;
    a_shift(stand);
    desk(stand, "/v1/units/M1/status", "{\"status\":\"out-of-service\"}", 200);
    bed_later(&stand->bed, 600);
    ask(stand, "/v1/statistics/crews", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "crews.0.unit"), "M1");
    assert_in_range(reply_int(&reply, "crews.0.busy_s"), 120, 130);
    assert_in_range(reply_int(&reply, "crews.0.on_duty_s"), 240, 250);
    assert_in_range(reply_int(&reply, "crews.1.on_duty_s"), 840, 850);
    assert_int_equal(reply_int(&reply, "crews.1.busy_s"), 0);
    reply_free(&reply);
    bed_as_expect(&stand->bed, stand->desk, "GET", "/v1/statistics/crews", NULL, 403);
    bed_as_expect(&stand->bed, stand->boss, "GET",
                  "/v1/statistics/crews?from=2026-01-01&to=2026-03-01", NULL, 422);
    ask(stand, "/v1/statistics/crews?from=2020-01-01&to=2020-01-02", &reply);
    assert_null(reply_at(&reply, "crews.0")); /* nobody was there */
    reply_free(&reply);
}

/* Counts, proofs, tiles and checkpoints: what an auditor, or anybody, gets to see. */
static void an_auditor_sees_no_personal_data(void **state)
{
    static const char *const paths[] = {
        "/v1/audit",
        "/v1/audit/records?role=dispatcher&kind=call-received&day=2026-09-21",
        "/v1/audit/records?role=dispatcher&kind=note-added&day=2026-09-21",
        "/v1/audit/records?role=dispatcher&kind=incident-opened&day=2026-09-21",
        "/v1/log/root",
        "/v1/log/checkpoint",
        "/v1/log/key",
        "/v1/log/proof?seq=5",
        "/v1/log/witnesses",
        "/v1/log/tile/0/000.p/8",
        "/v1/log/tile/entries/000.p/8",
        "/metrics",
    };
    static const char *const marks[] = {"MARK", "99911", "41.15", "-8.61", "NOTEMARK", "HOSPMARK"};
    struct stand *stand = *state;
    struct reply reply;
    char auditor[BED_SECRET];
    bed_member(&stand->bed, "eve", AMP_ROLE_AUDITOR, "", auditor);
    a_shift(stand);
    desk(stand, "/v1/calls", CALL, 201);
    desk(stand, "/v1/incidents/I-2/notes", "{\"text\":\"NOTEMARK\"}", 200);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        bed_as_ask(&stand->bed, auditor, "GET", paths[i], NULL, &reply);
        if (reply.status != 200) {
            fail_msg("%s: %d", paths[i], reply.status);
        }
        for (size_t k = 0; k < sizeof marks / sizeof marks[0]; k++) {
            if (tells(&reply, marks[k])) {
                fail_msg("%s tells %s", paths[i], marks[k]);
            }
        }
        reply_free(&reply);
    }
    bed_as_expect(&stand->bed, auditor, "GET", "/v1/incidents", NULL, 403);
    bed_as_expect(&stand->bed, auditor, "GET", "/v1/past?seq=1", NULL, 403);
    bed_as_expect(&stand->bed, auditor, "GET", "/v1/past/events", NULL, 403);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(the_cursor_gives_what_a_fold_from_the_start_gives),
        WITH(a_moment_is_found_as_by_looking_at_every_record),
        WITH(the_board_is_shown_as_it_was),
        WITH(what_happened_is_listed_without_personal_data),
        WITH(a_look_at_the_past_is_recorded),
        WITH(what_was_erased_is_erased_at_every_moment_before),
        WITH(crews_hours_come_from_the_record),
        WITH(an_auditor_sees_no_personal_data),
        WITH(an_agency_sees_of_the_past_what_is_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
