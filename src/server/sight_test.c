/* Who sees what: agencies on one server, crews, and what is shared between them. */
#include "server/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    BODY = 512,
    SEED = 7
};

/* Two agencies, fire and cross, with a desk each and a crew each; M1 to M3 are of nobody's. */
struct both {
    struct bed bed;
    char fire[BED_SECRET], cross[BED_SECRET]; /* dispatchers */
    char boss[BED_SECRET];                    /* supervisor of fire */
    char all[BED_SECRET];                     /* dispatcher of the whole service */
    char crew[BED_SECRET];                    /* of the unit F1 */
};

static void ask(struct both *both, const char *as, const char *method, const char *path,
                const char *body, struct reply *reply)
{
    bed_as_ask(&both->bed, as, method, path, body, reply);
}

static void expect(struct both *both, const char *as, const char *method, const char *path,
                   const char *body, int status)
{
    bed_as_expect(&both->bed, as, method, path, body, status);
}

/* Whether the answer holds the text. */
static bool tells(struct both *both, const char *as, const char *path, const char *text)
{
    struct reply reply;
    ask(both, as, "GET", path, NULL, &reply);
    assert_int_equal(reply.status, 200);
    bool found = strstr(amp_buf_cstr(&reply.body), text) != NULL;
    reply_free(&reply);
    return found;
}

static void unit_add(struct both *both, const char *name, const char *agency)
{
    char body[BODY];
    (void)snprintf(body, sizeof body,
                   "{\"unit\":\"%s\",\"kind\":\"ambulance\",\"capabilities\":[\"als\",\"bls\"],"
                   "\"station\":\"S1\",\"agency\":\"%s\"}",
                   name, agency);
    bed_local_expect(&both->bed, AMP_METHOD_POST, "/v1/units", body, 201);
}

static struct both *both_make(const struct amp_map *map)
{
    struct both *both = calloc(1, sizeof *both);
    assert_non_null(both);
    struct bed *bed = &both->bed;
    bed_init(bed);
    bed->config.open = false;
    bed->config.journal_looks = true;
    bed->config.map = map;
    bed_start(bed);
    bed_town(bed);
    bed_local_expect(bed, AMP_METHOD_POST, "/v1/agencies", "{\"agency\":\"fire\",\"label\":\"F\"}",
                     201);
    bed_local_expect(bed, AMP_METHOD_POST, "/v1/agencies", "{\"agency\":\"cross\",\"label\":\"C\"}",
                     201);
    unit_add(both, "F1", "fire");
    unit_add(both, "X1", "cross");
    bed_member(bed, "df", AMP_ROLE_DISPATCHER, ",\"agency\":\"fire\"", both->fire);
    bed_member(bed, "dx", AMP_ROLE_DISPATCHER, ",\"agency\":\"cross\"", both->cross);
    bed_member(bed, "sf", AMP_ROLE_SUPERVISOR, ",\"agency\":\"fire\"", both->boss);
    bed_member(bed, "ds", AMP_ROLE_DISPATCHER, "", both->all);
    bed_member(bed, "f1", AMP_ROLE_CREW, ",\"unit\":\"F1\"", both->crew);
    return both;
}

static int set_up(void **state)
{
    *state = both_make(NULL);
    return 0;
}

static int tear_down(void **state)
{
    struct both *both = *state;
    bed_drop(&both->bed);
    free(both);
    return 0;
}

static bool has(const struct amp_buf *buf, const char *text)
{
    return memmem(buf->data, buf->len, text, strlen(text)) != NULL;
}

#define CALL                                                                                       \
    "{\"number\":\"+99911\",\"words\":\"MARK\",\"type\":\"cardiac-arrest\","                       \
    "\"pos\":{\"lat\":41.151,\"lon\":-8.61}}"

static void another_agencys_incident_is_not_there(void **state)
{
    static const struct {
        const char *method, *path, *body;
    } asks[] = {
        {"GET", "/v1/incidents/I-1", NULL},
        {"PATCH", "/v1/incidents/I-1", "{\"priority\":1}"},
        {"POST", "/v1/incidents/I-1/notes", "{\"text\":\"x\"}"},
        {"POST", "/v1/incidents/I-1/close", "{\"outcome\":\"false\"}"},
        {"POST", "/v1/incidents/I-1/reopen", "{}"},
        {"POST", "/v1/incidents/I-1/merge", "{\"into\":\"I-2\"}"},
        {"POST", "/v1/incidents/I-2/merge", "{\"into\":\"I-1\"}"},
        {"POST", "/v1/incidents/I-1/alarm/acknowledge", "{}"},
        {"GET", "/v1/incidents/I-1/recommendation", NULL},
        {"GET", "/v1/incidents/I-1/location", NULL},
        {"POST", "/v1/incidents/I-1/assignments", "{\"unit\":\"X1\"}"},
        {"POST", "/v1/incidents/I-2/assignments", "{\"unit\":\"F1\"}"},
        {"DELETE", "/v1/incidents/I-1/assignments/F1", NULL},
        {"POST", "/v1/calls/C-1/end", "{}"},
        {"POST", "/v1/calls", "{\"incident\":\"I-1\"}"},
        {"GET", "/v1/units/F1", NULL},
        {"POST", "/v1/units/F1/status", "{\"status\":\"on-scene\"}"},
    };
    struct both *both = *state;
    struct reply mine, none;
    expect(both, both->fire, "POST", "/v1/calls", CALL, 201);
    expect(both, both->cross, "POST", "/v1/incidents", "{}", 201); /* I-2 */
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        expect(both, both->cross, asks[i].method, asks[i].path, asks[i].body, 404);
    }
    /* in the very words of one that nobody has */
    ask(both, both->cross, "GET", "/v1/incidents/I-1", NULL, &mine);
    ask(both, both->cross, "GET", "/v1/incidents/I-9", NULL, &none);
    assert_int_equal(mine.body.len, none.body.len);
    const char *at = strstr(amp_buf_cstr(&mine.body), "I-1");
    assert_non_null(at);
    size_t number = (size_t)(at - mine.body.data) + strlen("I-");
    none.body.data[number] = mine.body.data[number];
    assert_memory_equal(mine.body.data, none.body.data, mine.body.len);
    reply_free(&mine);
    reply_free(&none);
    assert_false(tells(both, both->cross, "/v1/incidents?state=all", "MARK"));
    assert_false(tells(both, both->cross, "/v1/incidents", "\"id\":\"I-1\""));
    assert_true(tells(both, both->cross, "/v1/incidents", "\"id\":\"I-2\""));
    assert_false(tells(both, both->cross, "/v1/units", "\"F1\""));
    assert_true(tells(both, both->cross, "/v1/units", "\"X1\""));
    assert_true(tells(both, both->cross, "/v1/units", "\"M1\""));
    assert_true(tells(both, both->fire, "/v1/incidents", "MARK"));
    assert_true(tells(both, both->all, "/v1/incidents", "MARK")); /* the whole service does */
    assert_true(tells(both, both->all, "/v1/units", "\"F1\""));
}

static void another_agencys_caller_is_nobody_one_knows(void **state)
{
    static const char aml[] = "A\"ML=1;lt=+41.15100;lg=-8.61000;rd=50;lc=90;pm=W;"
                              "top=20260921120000;si=999;ei=999;mcc=999;mnc=99;ml=126";
    struct both *both = *state;
    struct reply reply;
    expect(both, both->fire, "POST", "/v1/calls", CALL, 201);
    /* a call at the same place: no duplicate is told */
    ask(both, both->cross, "POST", "/v1/calls", CALL, &reply);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply_text(&reply, "incident.id"), "I-2");
    assert_string_equal(reply_text(&reply, "incident.agency"), "cross");
    assert_int_equal(json_array_size(reply_at(&reply, "duplicates")), 0);
    reply_free(&reply);
    ask(both, both->all, "POST", "/v1/calls", CALL, &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "duplicates")), 2);
    reply_free(&reply);
    /* a message from the number of a caller of fire: for cross it is a new caller */
    expect(both, both->fire, "POST", "/v1/calls", "{\"number\":\"+99922\",\"words\":\"MARK\"}",
           201);
    ask(both, both->cross, "POST", "/v1/intake/aml?from=%2B99922", aml, &reply);
    if (reply.status != 201) {
        fail_msg("%d %s", reply.status, amp_buf_cstr(&reply.body));
    }
    assert_null(strstr(amp_buf_cstr(&reply.body), "MARK"));
    assert_string_equal(reply_text(&reply, "incident.agency"), "cross");
    reply_free(&reply);
    ask(both, both->fire, "POST", "/v1/intake/aml?from=%2B99922", aml, &reply);
    assert_int_equal(reply.status,
                     201); /* the newest of that number is cross's: not known, either */
    reply_free(&reply);
}

static void a_stream_tells_each_agency_its_own(void **state)
{
    struct both *both = *state;
    struct amp_buf fire, cross, late;
    int f = bed_listen(&both->bed, both->fire, "", &fire);
    int x = bed_listen(&both->bed, both->cross, "", &cross);
    expect(both, both->fire, "POST", "/v1/calls", CALL, 201);
    expect(both, both->fire, "POST", "/v1/incidents/I-1/assignments", "{\"unit\":\"F1\"}", 200);
    expect(both, both->fire, "POST", "/v1/positions",
           "{\"positions\":[{\"unit\":\"F1\",\"lat\":41.1,\"lon\":-8.6}]}", 200);
    expect(both, both->cross, "POST", "/v1/incidents", "{}", 201); /* I-2: all before was told */
    assert_true(bed_read_until(f, &fire, "\"kind\":\"unit-dispatched\""));
    assert_true(bed_read_until(f, &fire, "[\"F1\",41.1"));
    assert_true(bed_read_until(x, &cross, "\"id\":\"I-2\""));
    assert_false(has(&cross, "MARK"));
    assert_false(has(&cross, "I-1"));
    assert_false(has(&cross, "F1"));
    assert_false(has(&fire, "\"kind\":\"incident-viewed\"")); /* the record's, and no desk's */
    /* nor to who comes later and asks for all that was */
    int l = bed_listen(&both->bed, both->cross, "?since=0", &late);
    assert_true(bed_read_until(l, &late, "\"id\":\"I-2\""));
    assert_false(has(&late, "MARK"));
    assert_false(has(&late, "\"id\":\"I-1\""));
    (void)close(f);
    (void)close(x);
    (void)close(l);
    amp_buf_free(&fire);
    amp_buf_free(&cross);
    amp_buf_free(&late);
}

static void what_is_shared_is_seen_until_it_is_not(void **state)
{
    struct both *both = *state;
    struct amp_buf cross;
    int x = bed_listen(&both->bed, both->cross, "", &cross);
    expect(both, both->fire, "POST", "/v1/calls", CALL, 201);
    expect(both, both->cross, "GET", "/v1/incidents/I-1", NULL, 404);
    expect(both, both->fire, "POST", "/v1/incidents/I-1/shares", "{\"agency\":\"cross\"}", 403);
    expect(both, both->boss, "POST", "/v1/incidents/I-1/shares", "{\"agency\":\"none\"}", 404);
    expect(both, both->boss, "POST", "/v1/incidents/I-1/shares", "{\"agency\":\"cross\"}", 200);
    assert_true(bed_read_until(x, &cross, "\"kind\":\"incident-shared\""));
    assert_true(tells(both, both->cross, "/v1/incidents/I-1", "\"shared\":[\"cross\"]"));
    expect(both, both->cross, "POST", "/v1/incidents/I-1/notes", "{\"text\":\"we help\"}", 200);
    expect(both, both->cross, "POST", "/v1/incidents/I-1/assignments", "{\"unit\":\"X1\"}", 200);
    expect(both, both->boss, "DELETE", "/v1/incidents/I-1/shares/cross", NULL, 200);
    expect(both, both->cross, "GET", "/v1/incidents/I-1", NULL, 200); /* its crew is there */
    expect(both, both->fire, "DELETE", "/v1/incidents/I-1/assignments/X1", NULL, 200);
    expect(both, both->cross, "GET", "/v1/incidents/I-1", NULL, 404);
    expect(both, both->fire, "POST", "/v1/incidents/I-1/notes", "{\"text\":\"SECRET\"}", 200);
    expect(both, both->cross, "POST", "/v1/incidents", "{}", 201);
    assert_true(bed_read_until(x, &cross, "\"id\":\"I-2\""));
    assert_true(has(&cross, "\"kind\":\"incident-unshared\""));
    assert_false(has(&cross, "SECRET"));
    (void)close(x);
    amp_buf_free(&cross);
}

static void what_is_anothers_is_not_shared_on_nor_held_nor_erased(void **state)
{
    static const struct {
        const char *method, *path, *body;
    } asks[] = {
        {"POST", "/v1/incidents/I-1/shares", "{\"agency\":\"cross\"}"},
        {"DELETE", "/v1/incidents/I-1/shares/cross", NULL},
        {"POST", "/v1/incidents/I-1/hold", "{\"reason\":\"x\"}"},
        {"DELETE", "/v1/incidents/I-1/hold", NULL},
        {"POST", "/v1/incidents/I-1/erase", "{}"},
    };
    struct both *both = *state;
    char setup[BED_SECRET], chief[BED_SECRET];
    bed_account(&both->bed, "cx", AMP_ROLE_ADMIN, ",\"agency\":\"cross\"", setup);
    bed_enter(&both->bed, setup, chief);
    expect(both, both->fire, "POST", "/v1/calls", CALL, 201);
    expect(both, both->fire, "POST", "/v1/incidents/I-1/close", "{\"outcome\":\"handled\"}", 200);
    expect(both, both->boss, "POST", "/v1/incidents/I-1/shares", "{\"agency\":\"cross\"}", 200);
    expect(both, chief, "GET", "/v1/incidents/I-1", NULL, 200);
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        expect(both, chief, asks[i].method, asks[i].path, asks[i].body, 403);
    }
    expect(both, both->all, "POST", "/v1/incidents", "{}",
           201); /* of nobody's: no agency's either */
    expect(both, both->all, "POST", "/v1/incidents/I-2/close", "{\"outcome\":\"handled\"}", 200);
    expect(both, chief, "POST", "/v1/incidents/I-2/erase", "{}", 403);
    expect(both, both->boss, "POST", "/v1/incidents/I-1/hold", "{\"reason\":\"x\"}", 200);
    assert_true(tells(both, both->fire, "/v1/incidents/I-1", "MARK"));
}

static void one_agency_neither_makes_nor_moves_for_another(void **state)
{
    struct both *both = *state;
    expect(both, both->fire, "POST", "/v1/calls", "{\"agency\":\"cross\"}", 403);
    expect(both, both->boss, "POST", "/v1/units",
           "{\"unit\":\"F2\",\"kind\":\"car\",\"capabilities\":[],\"agency\":\"cross\"}", 403);
    expect(both, both->boss, "POST", "/v1/units",
           "{\"unit\":\"F2\",\"kind\":\"car\",\"capabilities\":[]}", 201);
    assert_true(tells(both, both->boss, "/v1/units/F2", "\"agency\":\"fire\""));
    assert_false(tells(both, both->cross, "/v1/units", "\"F2\""));
    expect(both, both->boss, "PATCH", "/v1/units/X1", "{\"crew\":3}", 404);
    expect(both, both->cross, "POST", "/v1/incidents", "{}", 201);
    expect(both, both->boss, "POST", "/v1/incidents/I-1/hold", "{\"reason\":\"x\"}", 404);
    expect(both, both->boss, "DELETE", "/v1/incidents/I-1/hold", NULL, 404);
    expect(both, both->boss, "POST", "/v1/incidents/I-1/shares", "{\"agency\":\"fire\"}", 404);
    assert_true(tells(both, both->boss, "/v1/accounts", "\"df\""));
    assert_false(tells(both, both->boss, "/v1/accounts", "\"dx\""));
}

static void who_keeps_one_agencys_accounts_keeps_no_others(void **state)
{
    struct both *both = *state;
    struct reply reply;
    char setup[BED_SECRET], chief[BED_SECRET], of_chief[BED_SECRET], path[BODY];
    bed_account(&both->bed, "chief", AMP_ROLE_ADMIN, ",\"agency\":\"fire\"", setup);
    bed_enter(&both->bed, setup, chief);
    bed_token(&both->bed, "chief", "\"read\",\"write\",\"admin\"", of_chief);
    ask(both, chief, "POST", "/v1/accounts", "{\"account\":\"new\",\"role\":\"dispatcher\"}",
        &reply);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply_text(&reply, "account.agency"), "fire");
    reply_free(&reply);
    expect(both, chief, "POST", "/v1/accounts",
           "{\"account\":\"spy\",\"role\":\"dispatcher\",\"agency\":\"cross\"}", 403);
    expect(both, chief, "PATCH", "/v1/accounts/new", "{\"agency\":\"cross\"}", 403);
    expect(both, chief, "PATCH", "/v1/accounts/new", "{\"agency\":\"-\"}", 403);
    expect(both, chief, "PATCH", "/v1/accounts/new", "{\"role\":\"supervisor\"}", 200);
    static const char *const others[] = {"dx", "ds"};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "/v1/accounts/%s", others[i]);
        expect(both, chief, "PATCH", path, "{\"role\":\"admin\"}", 404);
        expect(both, chief, "PATCH", path, "{\"disabled\":true}", 404);
        (void)snprintf(path, sizeof path, "/v1/accounts/%s/reset", others[i]);
        expect(both, chief, "POST", path, NULL, 404);
        (void)snprintf(path, sizeof path,
                       "{\"label\":\"x\",\"scopes\":[\"read\"],\"account\":\"%s\"}", others[i]);
        expect(both, chief, "POST", "/v1/tokens", path, 404);
        (void)snprintf(path, sizeof path, "/v1/sessions?account=%s", others[i]);
        expect(both, chief, "GET", path, NULL, 403);
    }
    assert_false(tells(both, chief, "/v1/tokens", "\"dx\""));
    assert_true(tells(both, chief, "/v1/tokens", "\"df\""));
    bed_local(&both->bed, AMP_METHOD_GET, "/v1/tokens", NULL, &reply);
    for (size_t i = 0; i < json_array_size(reply_at(&reply, "tokens")); i++) {
        const json_t *token = json_array_get(reply_at(&reply, "tokens"), i);
        if (strcmp(json_string_value(json_object_get(token, "account")), "dx") == 0) {
            (void)snprintf(path, sizeof path, "/v1/tokens/%s",
                           json_string_value(json_object_get(token, "token")));
        }
    }
    reply_free(&reply);
    expect(both, chief, "DELETE", path, NULL, 404);
    expect(both, both->cross, "GET", "/v1/session", NULL, 200);
    expect(both, chief, "POST", "/v1/agencies", "{\"agency\":\"x\",\"label\":\"x\"}", 403);
    expect(both, of_chief, "PATCH", "/v1/accounts/dx", "{\"role\":\"admin\"}", 404);
}

static void a_crew_sees_its_incident_and_speaks_for_itself(void **state)
{
    struct both *both = *state;
    struct reply reply;
    struct amp_buf heard;
    int fd = bed_listen(&both->bed, both->crew, "", &heard);
    expect(both, both->fire, "POST", "/v1/calls", CALL, 201);
    expect(both, both->fire, "POST", "/v1/incidents", "{}", 201);
    expect(both, both->crew, "GET", "/v1/incidents/I-1", NULL, 404);
    assert_false(tells(both, both->crew, "/v1/incidents", "MARK"));
    assert_false(tells(both, both->crew, "/v1/units", "\"M1\""));
    assert_true(tells(both, both->crew, "/v1/units", "\"F1\""));
    expect(both, both->fire, "POST", "/v1/incidents/I-1/assignments", "{\"unit\":\"F1\"}", 200);
    assert_true(bed_read_until(fd, &heard, "\"kind\":\"unit-dispatched\""));
    assert_true(tells(both, both->crew, "/v1/incidents", "MARK"));
    expect(both, both->crew, "GET", "/v1/incidents/I-1", NULL, 200);
    expect(both, both->crew, "GET", "/v1/incidents/I-2", NULL, 404);
    expect(both, both->crew, "POST", "/v1/incidents/I-1/notes", "{\"text\":\"on the way\"}", 200);
    expect(both, both->crew, "POST", "/v1/incidents/I-2/notes", "{\"text\":\"x\"}", 404);
    expect(both, both->crew, "POST", "/v1/units/F1/status", "{\"status\":\"en-route\"}", 200);
    expect(both, both->crew, "POST", "/v1/units/M1/status", "{\"status\":\"out-of-service\"}", 404);
    expect(both, both->crew, "POST", "/v1/incidents/I-1/close", "{\"outcome\":\"false\"}", 403);
    ask(both, both->crew, "POST", "/v1/positions",
        "{\"positions\":[{\"unit\":\"F1\",\"lat\":41.1,\"lon\":-8.6},{\"unit\":\"M1\",\"lat\":41.1,"
        "\"lon\":-8.6}]}",
        &reply);
    assert_int_equal(reply_int(&reply, "accepted"), 1);
    assert_string_equal(reply_text(&reply, "refused.0.unit"), "M1");
    reply_free(&reply);
    expect(both, both->fire, "DELETE", "/v1/incidents/I-1/assignments/F1", NULL, 200);
    expect(both, both->crew, "GET", "/v1/incidents/I-1", NULL, 404);
    expect(both, both->fire, "POST", "/v1/incidents/I-1/notes", "{\"text\":\"SECRET\"}", 200);
    expect(both, both->fire, "POST", "/v1/incidents/I-2/assignments", "{\"unit\":\"F1\"}", 200);
    assert_true(bed_read_until(fd, &heard, "\"id\":\"I-2\""));
    assert_true(has(&heard, "\"kind\":\"unit-released\""));
    assert_false(has(&heard, "SECRET"));
    assert_false(has(&heard, "\"id\":\"M1\""));
    expect(both, both->crew, "POST", "/v1/units/F1/status", "{\"status\":\"out-of-service\"}", 200);
    ask(both, both->crew, "POST", "/v1/positions",
        "{\"positions\":[{\"unit\":\"F1\",\"lat\":41.1,\"lon\":-8.6}]}", &reply);
    assert_int_equal(reply_int(&reply, "accepted"), 0);
    assert_string_equal(reply_text(&reply, "refused.0.detail"), "the unit is out of service");
    reply_free(&reply);
    (void)close(fd);
    amp_buf_free(&heard);
}

static void nobody_is_advised_to_send_another_agencys_crew(void **state)
{
    struct amp_map map;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_place *place = NULL;
    size_t n = 0;
    char body[BODY];
    (void)state;
    bed_map(SEED, &map);
    assert_int_equal(amp_places_of_kind(map.places, AMP_STR("hospital"), &arena, &place, &n),
                     AMP_OK);
    assert_true(n >= 1);
    double lat = amp_lat_deg(place[0].pos), lon = amp_lon_deg(place[0].pos);
    struct both *both = both_make(&map);
    static const char *const units[] = {"F1", "X1", "M1"};
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(body, sizeof body,
                       "{\"positions\":[{\"unit\":\"%s\",\"lat\":%.7f,\"lon\":%.7f}]}", units[i],
                       lat, lon);
        expect(both, both->all, "POST", "/v1/positions", body, 200);
    }
    (void)snprintf(body, sizeof body,
                   "{\"type\":\"cardiac-arrest\",\"pos\":{\"lat\":%.7f,\"lon\":%.7f}}", lat, lon);
    expect(both, both->cross, "POST", "/v1/calls", body, 201);
    assert_true(tells(both, both->all, "/v1/incidents/I-1/recommendation", "\"F1\""));
    assert_true(tells(both, both->cross, "/v1/incidents/I-1/recommendation", "\"X1\""));
    assert_true(tells(both, both->cross, "/v1/incidents/I-1/recommendation", "\"M1\""));
    assert_false(tells(both, both->cross, "/v1/incidents/I-1/recommendation", "\"F1\""));
    (void)snprintf(body, sizeof body, "/v1/nearest?to=%.7f,%.7f", lat, lon);
    assert_true(tells(both, both->fire, body, "\"F1\""));
    assert_false(tells(both, both->cross, body, "\"F1\""));
    assert_true(tells(both, both->crew, body, "\"F1\""));
    assert_false(tells(both, both->crew, body, "\"M1\""));
    bed_drop(&both->bed);
    free(both);
    amp_map_close(&map);
    amp_arena_drop(&arena);
}

/* Incidents that the answer counts; checks the status, too. */
static int64_t counted(struct both *both, const char *path)
{
    struct reply reply;
    ask(both, both->boss, "GET", path, NULL, &reply);
    assert_int_equal(reply.status, 200);
    int64_t n = reply_int(&reply, "all.0.incidents");
    reply_free(&reply);
    return n;
}

static void statistics_count_ones_own_and_nobodys_but_not_what_another_shared(void **state)
{
    struct both *both = *state;
    struct bed *bed = &both->bed;
    struct reply reply;
    expect(both, both->fire, "POST", "/v1/calls", CALL, 201);    /* I-1 */
    expect(both, both->cross, "POST", "/v1/calls", CALL, 201);   /* I-2 */
    expect(both, both->all, "POST", "/v1/incidents", "{}", 201); /* I-3, nobody's */
    bed_local_expect(bed, AMP_METHOD_POST, "/v1/incidents/I-2/shares", "{\"agency\":\"fire\"}",
                     200);
    expect(both, both->fire, "GET", "/v1/incidents/I-2", NULL, 200);
    assert_int_equal(counted(both, "/v1/statistics"), 2);
    assert_int_equal(counted(both, "/v1/statistics?agency=fire"), 1);
    assert_int_equal(counted(both, "/v1/statistics?agency=cross"), 0);
    assert_int_equal(counted(both, "/v1/statistics?type=cardiac-arrest"), 1);
    assert_int_equal(counted(both, "/v1/statistics?priority=4"), 0);
    assert_int_equal(counted(both, "/v1/statistics?from=2026-09-21&to=2026-09-21"), 2);
    assert_int_equal(counted(both, "/v1/statistics?to=2026-09-20"), 0);
    bed_later(bed, 200); /* I-1 and I-3 wait beyond their limit */
    ask(both, both->boss, "GET", "/v1/statistics?threshold=response:30:90", NULL, &reply);
    assert_int_equal(reply_int(&reply, "overdue_count"), 4);
    assert_string_equal(reply_text(&reply, "limits.0.basis"), "own");
    assert_string_equal(reply_text(&reply, "zone"), "UTC");
    assert_null(strstr(amp_buf_cstr(&reply.body), "X1"));
    assert_null(strstr(amp_buf_cstr(&reply.body), "I-2"));
    assert_null(strstr(amp_buf_cstr(&reply.body), "MARK"));
    assert_non_null(strstr(amp_buf_cstr(&reply.body), "F1"));
    reply_free(&reply);
    bed_local(bed, AMP_METHOD_GET, "/v1/statistics", NULL, &reply);
    assert_int_equal(reply_int(&reply, "all.0.incidents"), 3);
    reply_free(&reply);
    expect(both, both->boss, "GET", "/v1/statistics?agency=nobody", NULL, 404);
    expect(both, both->boss, "GET", "/v1/statistics?from=2026-13-01", NULL, 422);
    expect(both, both->boss, "GET", "/v1/statistics?from=2026-09-22&to=2026-09-21", NULL, 422);
    expect(both, both->boss, "GET", "/v1/statistics?from=2020-01-01", NULL, 422);
    expect(both, both->boss, "GET", "/v1/statistics?threshold=response", NULL, 422);
    expect(both, both->boss, "GET", "/v1/statistics?priority=6", NULL, 422);
    expect(both, both->fire, "GET", "/v1/statistics", NULL, 403);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(another_agencys_incident_is_not_there),
        WITH(another_agencys_caller_is_nobody_one_knows),
        WITH(a_stream_tells_each_agency_its_own),
        WITH(what_is_shared_is_seen_until_it_is_not),
        WITH(what_is_anothers_is_not_shared_on_nor_held_nor_erased),
        WITH(one_agency_neither_makes_nor_moves_for_another),
        WITH(who_keeps_one_agencys_accounts_keeps_no_others),
        WITH(statistics_count_ones_own_and_nobodys_but_not_what_another_shared),
        WITH(a_crew_sees_its_incident_and_speaks_for_itself),
        cmocka_unit_test(nobody_is_advised_to_send_another_agencys_crew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
