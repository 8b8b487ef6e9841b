/* Tests of API tokens, and of what nobody may forge: names, keys, origins; and of the record of
 * looks. */
#include "base/timefmt.h"
#include "server/assets.h"
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
    DAY_S = 86400
};

static int set_up(void **state)
{
    struct bed *bed = calloc(1, sizeof *bed);
    assert_non_null(bed);
    bed_init(bed);
    bed->config.open = false;
    bed->config.journal_looks = true;
    bed_start(bed);
    bed_town(bed);
    *state = bed;
    return 0;
}

static int status_of(struct bed *bed, const char *as)
{
    struct reply reply;
    bed_as_ask(bed, as, "GET", "/v1/session", NULL, &reply);
    int status = reply.status;
    reply_free(&reply);
    return status;
}

/* ---- tokens ---- */

static void a_token_is_made_by_who_logged_in_for_oneself(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char ana[BED_SECRET], rui[BED_SECRET], boss[BED_SECRET], token[BED_SECRET], path[BODY];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, ana);
    bed_person(bed, "rui", AMP_ROLE_DISPATCHER, rui);
    bed_person(bed, "boss", AMP_ROLE_ADMIN, boss);
    bed_as_ask(bed, ana, "POST", "/v1/tokens",
               "{\"label\":\"feed\",\"scopes\":[\"read\",\"admin\"]}", &reply);
    assert_int_equal(reply.status, 201);
    (void)snprintf(token, sizeof token, "%s", reply_text(&reply, "secret"));
    (void)snprintf(path, sizeof path, "/v1/tokens/%s", reply_text(&reply, "token.token"));
    assert_int_equal(strncmp(token, "amp_", 4), 0);
    reply_free(&reply);
    bed_as_expect(bed, token, "GET", "/v1/units", NULL, 200);
    bed_as_expect(bed, token, "POST", "/v1/accounts", "{\"account\":\"x\",\"role\":\"admin\"}",
                  403);
    bed_as_expect(bed, token, "POST", "/v1/calls", "{}", 403);
    bed_as_expect(bed, token, "POST", "/v1/tokens", "{\"label\":\"y\",\"scopes\":[\"read\"]}", 403);
    bed_as_expect(bed, ana, "POST", "/v1/tokens",
                  "{\"label\":\"x\",\"scopes\":[\"read\"],\"account\":\"rui\"}", 403);
    bed_as_expect(bed, ana, "POST", "/v1/tokens", "{\"label\":\"x\",\"scopes\":[\"root\"]}", 422);
    bed_as_expect(bed, ana, "POST", "/v1/tokens", "{\"label\":\"x\",\"scopes\":[]}", 422);
    bed_as_expect(bed, ana, "POST", "/v1/tokens", "{\"scopes\":[\"read\"]}", 422);
    bed_as_expect(bed, boss, "POST", "/v1/tokens",
                  "{\"label\":\"x\",\"scopes\":[\"read\"],\"account\":\"rui\"}", 201);
    bed_token(bed, "boss", "\"read\",\"write\",\"admin\"", token);
    bed_as_expect(bed, token, "GET", "/v1/accounts", NULL, 200);
    bed_as_expect(bed, token, "POST", "/v1/tokens", "{\"label\":\"y\",\"scopes\":[\"read\"]}", 403);
    bed_as_ask(bed, ana, "GET", "/v1/tokens", NULL, &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "tokens")), 1);
    assert_string_equal(reply_text(&reply, "tokens.0.label"), "feed");
    assert_null(strstr(amp_buf_cstr(&reply.body), "amp_"));
    reply_free(&reply);
    bed_as_expect(bed, rui, "DELETE", path, NULL, 404);
    bed_as_expect(bed, ana, "DELETE", path, NULL, 204);
    bed_as_expect(bed, ana, "DELETE", path, NULL, 404);
}

static void a_token_that_is_revoked_or_has_expired_is_none(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    struct amp_buf heard;
    char ana[BED_SECRET], token[BED_SECRET], lasting[BED_SECRET], path[BODY];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, ana);
    bed_as_ask(bed, ana, "POST", "/v1/tokens",
               "{\"label\":\"feed\",\"scopes\":[\"read\"],\"expires_days\":1}", &reply);
    (void)snprintf(token, sizeof token, "%s", reply_text(&reply, "secret"));
    reply_free(&reply);
    bed_as_ask(bed, ana, "POST", "/v1/tokens", "{\"label\":\"other\",\"scopes\":[\"read\"]}",
               &reply);
    (void)snprintf(lasting, sizeof lasting, "%s", reply_text(&reply, "secret"));
    (void)snprintf(path, sizeof path, "/v1/tokens/%s", reply_text(&reply, "token.token"));
    reply_free(&reply);
    int fd = bed_listen(bed, token, "", &heard);
    bed_later(bed, DAY_S - 1);
    assert_int_equal(status_of(bed, token), 200);
    bed_later(bed, 1);
    assert_int_equal(status_of(bed, token), 401);
    bed_stream_ends(fd, &heard);
    fd = bed_listen(bed, lasting, "", &heard);
    bed_local_expect(bed, AMP_METHOD_DELETE, path, NULL, 204);
    bed_stream_ends(fd, &heard);
    assert_int_equal(status_of(bed, lasting), 401);
}

static void a_device_puts_its_token_into_the_query_of_its_own_route_alone(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char token[BED_SECRET], setup[BED_SECRET], path[BODY];
    bed_account(bed, "m1", AMP_ROLE_CREW, ",\"unit\":\"M1\"", setup);
    bed_token(bed, "m1", "\"positions\",\"read\"", token);
    (void)snprintf(path, sizeof path, "/v1/fleet/osmand?token=%s&id=M1&lat=41.15&lon=-8.61", token);
    bed_get(bed, path, &reply);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    (void)snprintf(path, sizeof path, "/v1/units?token=%s", token);
    bed_get(bed, path, &reply);
    assert_int_equal(reply.status, 401);
    reply_free(&reply);
}

/* ---- what may not be forged ---- */

static void an_account_is_who_it_is_whatever_it_says(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char cookie[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    bed->as = cookie;
    bed_send(bed, "POST", "/v1/calls", "{}", "X-Amparo-Actor: rui\r\n", &reply);
    assert_int_equal(reply.status, 201);
    reply_free(&reply);
    bed_as_ask(bed, cookie, "GET", "/v1/incidents/I-1", NULL, &reply);
    assert_non_null(strstr(amp_buf_cstr(&reply.body), "\"actor\":\"ana\""));
    assert_null(strstr(amp_buf_cstr(&reply.body), "rui"));
    reply_free(&reply);
}

static void the_key_of_another_account_is_refused(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char ana[BED_SECRET], rui[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, ana);
    bed_person(bed, "rui", AMP_ROLE_DISPATCHER, rui);
    for (int i = 0; i < 2; i++) { /* the same twice is the same once */
        bed->as = ana;
        bed_send(bed, "POST", "/v1/calls", "{\"words\":\"help\"}", "Idempotency-Key: k1\r\n",
                 &reply);
        assert_int_equal(reply.status, 201);
        assert_string_equal(reply_text(&reply, "call.id"), "C-1");
        reply_free(&reply);
    }
    bed->as = rui;
    bed_send(bed, "POST", "/v1/calls", "{\"words\":\"help\"}", "Idempotency-Key: k1\r\n", &reply);
    assert_true(reply.status == 409 || reply.status == 422);
    assert_null(strstr(amp_buf_cstr(&reply.body), "C-1"));
    reply_free(&reply);
}

static void what_is_told_once_is_not_repeated_for_a_key(void **state)
{
    struct bed *bed = *state;
    struct reply one, two;
    char cookie[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    bed->as = cookie;
    bed_send(bed, "POST", "/v1/tokens", "{\"label\":\"x\",\"scopes\":[\"read\"]}",
             "Idempotency-Key: k1\r\n", &one);
    bed_send(bed, "POST", "/v1/tokens", "{\"label\":\"x\",\"scopes\":[\"read\"]}",
             "Idempotency-Key: k1\r\n", &two);
    assert_int_equal(one.status, 201);
    assert_int_equal(two.status, 201);
    assert_string_not_equal(reply_text(&one, "secret"), reply_text(&two, "secret"));
    assert_string_not_equal(reply_text(&two, "secret"), "");
    assert_true(reply_int(&two, "seq") > reply_int(&one, "seq")); /* both are on record */
    reply_free(&one);
    reply_free(&two);
}

static void a_page_of_another_site_changes_nothing_with_the_cookie(void **state)
{
    static const char *const foreign[] = {
        "Origin: https://evil.example\r\n", "Origin: null\r\n", "Origin: http://localhost:1\r\n",
        "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n"};
    struct bed *bed = *state;
    struct reply reply;
    char cookie[BED_SECRET], own[BODY];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    bed->as = cookie;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        bed_send(bed, "POST", "/v1/calls", "{}", foreign[i], &reply);
        assert_int_equal(reply.status, 403);
        reply_free(&reply);
        bed_send(bed, "DELETE", "/v1/session", "{}", foreign[i], &reply);
        assert_int_equal(reply.status, 403);
        reply_free(&reply);
        bed_send(bed, "POST", "/v1/session", "{}", foreign[i], &reply); /* nor logs one in */
        assert_int_equal(reply.status, 403);
        reply_free(&reply);
    }
    (void)snprintf(own, sizeof own,
                   "Origin: http://127.0.0.1:%u\r\nSec-Fetch-Site: same-origin\r\n",
                   (unsigned)amp_server_port(bed->server));
    bed_send(bed, "POST", "/v1/calls", "{}", own, &reply);
    assert_int_equal(reply.status, 201);
    reply_free(&reply);
}

static void who_asks_too_much_hears_so(void **state)
{
    enum {
        RATE = 4
    };
    struct bed bed;
    struct reply reply;
    char ana[BED_SECRET], rui[BED_SECRET];
    int last = 200;
    (void)state;
    bed_init(&bed);
    bed.config.open = false;
    bed.config.rate = RATE;
    bed_start(&bed);
    bed_member(&bed, "ana", AMP_ROLE_DISPATCHER, "", ana);
    bed_member(&bed, "rui", AMP_ROLE_DISPATCHER, "", rui);
    for (int i = 0; i < 10000 && last == 200; i++) {
        bed_as_ask(&bed, ana, "GET", "/v1/session", NULL, &reply);
        last = reply.status;
        assert_true(last == 200 || i >= 2 * RATE);
        if (last == 429) {
            assert_true(amp_str_is(reply_field(&reply, "Retry-After"), "1"));
            assert_string_equal(reply_text(&reply, "code"), "too-many");
        }
        reply_free(&reply);
    }
    assert_int_equal(last, 429);
    assert_int_equal(status_of(&bed, rui), 200); /* the others do not feel it */
    bed_drop(&bed);
}

static void the_page_to_log_in_with_is_there_for_everybody(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_get(bed, "/", &reply);
    assert_int_equal(reply.status, 200);
    struct amp_str policy = reply_field(&reply, "Content-Security-Policy");
    assert_non_null(memmem(policy.ptr, policy.len, "default-src 'self'", 18));
    assert_non_null(memmem(policy.ptr, policy.len, "frame-ancestors 'none'", 22));
    assert_true(amp_str_is(reply_field(&reply, "X-Content-Type-Options"), "nosniff"));
    assert_true(amp_str_is(reply_field(&reply, "Referrer-Policy"), "no-referrer"));
    reply_free(&reply);
}

static void the_worker_of_the_page_is_asked_for_anew_each_time(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_get(bed, "/sw.js", &reply);
    if (amp_asset_count == 0) { /* built without the console */
        assert_int_equal(reply.status, 404);
    } else {
        assert_int_equal(reply.status, 200);
        assert_true(amp_str_is(reply_field(&reply, "Cache-Control"), "no-cache"));
        struct amp_str type = reply_field(&reply, "Content-Type");
        assert_non_null(memmem(type.ptr, type.len, "text/javascript", 15));
        struct amp_str policy = reply_field(&reply, "Content-Security-Policy");
        assert_non_null(memmem(policy.ptr, policy.len, "default-src 'self'", 18));
    }
    reply_free(&reply);
}

static void a_demo_lets_in_who_has_the_cookie_of_another_server(void **state)
{
    struct bed bed;
    struct reply reply;
    (void)state;
    bed_init(&bed);
    bed_start(&bed);
    bed_send(&bed, "GET", "/v1/session", NULL,
             "Cookie: amparo=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(json_is_true(reply_at(&reply, "demo")));
    assert_string_equal(reply_text(&reply, "account"), "desk");
    assert_string_equal(reply_text(&reply, "role"), "supervisor");
    reply_free(&reply);
    bed_drop(&bed);
}

/* ---- what is on record ---- */

static void who_did_what_is_counted_by_role_and_what_was_typed_is_not_kept(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char ana[BED_SECRET], audit[BED_SECRET], path[BODY], day[AMP_TIME_TEXT];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, ana);
    bed_person(bed, "aud", AMP_ROLE_AUDITOR, audit);
    bed_as_expect(bed, NULL, "POST", "/v1/session",
                  "{\"account\":\"MARKED-PASSWORD\",\"password\":\"x\"}",
                  401); /* in the wrong box */
    bed_as_expect(bed, ana, "POST", "/v1/calls", "{}", 201);
    bed_as_expect(bed, ana, "GET", "/v1/incidents/I-1", NULL, 200);
    bed_as_expect(bed, ana, "GET", "/v1/incidents/I-1", NULL, 200); /* soon again: one look */
    bed_as_expect(bed, ana, "GET", "/v1/incidents", NULL, 200);
    amp_time_text(atomic_load(&bed->clock.us), day);
    day[10] = '\0';
    static const struct {
        const char *role, *kind;
        int n;
    } want[] = {{"dispatcher", "incident-viewed", 1},
                {"dispatcher", "log-viewed", 1},
                {"dispatcher", "call-received", 1},
                {"-", "login-failed", 1}};
    bed_as_ask(bed, audit, "GET", "/v1/audit", NULL, &reply);
    assert_int_equal(reply.status, 200);
    char *text = json_dumps(reply_at(&reply, "days"), JSON_COMPACT);
    print_message("# %s\n", text);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        char cell[BODY];
        (void)snprintf(cell, sizeof cell, "\"kind\":\"%s\",\"n\":%d}", want[i].kind, want[i].n);
        assert_non_null(strstr(text, cell));
    }
    assert_null(strstr(text, "MARKED"));
    free(text);
    reply_free(&reply);
    (void)snprintf(path, sizeof path,
                   "/v1/audit/records?day=%s&role=dispatcher&kind=incident-viewed", day);
    bed_as_ask(bed, audit, "GET", path, NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(json_array_size(reply_at(&reply, "records")), 1);
    assert_int_equal(strlen(reply_text(&reply, "records.0.leaf")), 64);
    reply_free(&reply);
}

static void who_listens_to_the_stream_has_looked(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    struct amp_buf heard;
    char ana[BED_SECRET], audit[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, ana);
    bed_person(bed, "aud", AMP_ROLE_AUDITOR, audit);
    for (int i = 0; i < 2; i++) { /* a client that comes back soon has looked once */
        int fd = bed_listen(bed, ana, "", &heard);
        (void)close(fd);
        amp_buf_free(&heard);
    }
    bed_as_ask(bed, audit, "GET", "/v1/audit", NULL, &reply);
    assert_non_null(strstr(amp_buf_cstr(&reply.body),
                           "{\"role\":\"dispatcher\",\"kind\":\"log-viewed\",\"n\":1}"));
    reply_free(&reply);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, bed_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_token_is_made_by_who_logged_in_for_oneself),
        WITH(a_token_that_is_revoked_or_has_expired_is_none),
        WITH(a_device_puts_its_token_into_the_query_of_its_own_route_alone),
        WITH(an_account_is_who_it_is_whatever_it_says),
        WITH(the_key_of_another_account_is_refused),
        WITH(what_is_told_once_is_not_repeated_for_a_key),
        WITH(a_page_of_another_site_changes_nothing_with_the_cookie),
        cmocka_unit_test(who_asks_too_much_hears_so),
        WITH(the_page_to_log_in_with_is_there_for_everybody),
        WITH(the_worker_of_the_page_is_asked_for_anew_each_time),
        cmocka_unit_test(a_demo_lets_in_who_has_the_cookie_of_another_server),
        WITH(who_did_what_is_counted_by_role_and_what_was_typed_is_not_kept),
        WITH(who_listens_to_the_stream_has_looked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
