/* Tests of who comes in: links, passwords, second factors, sessions, tokens, and how they end. */
#include "server/directory.h"
#include "server/lockout.h"
#include "server/testbed.h"
#include "server/totp.h"
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
    CODE = 16,
    HEARD_MAX = 64 << 20,
    SECOND_US = 1000000
};

#define NEW_PASSWORD "quite another battery"

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

/* ---- asking ---- */

static int status_of(struct bed *bed, const char *as)
{
    struct reply reply;
    bed_as_ask(bed, as, "GET", "/v1/session", NULL, &reply);
    int status = reply.status;
    reply_free(&reply);
    return status;
}

static void setup_ask(struct bed *bed, const char *token, const char *password, struct reply *reply)
{
    char body[BODY];
    (void)snprintf(body, sizeof body, "{\"token\":\"%s\",\"password\":\"%s\"}", token, password);
    bed_post(bed, "/v1/setup", body, reply);
}

static int setup_status(struct bed *bed, const char *token, const char *password)
{
    struct reply reply;
    setup_ask(bed, token, password, &reply);
    int status = reply.status;
    reply_free(&reply);
    return status;
}

static void login_body(char body[BODY], const char *account, const char *password, const char *code)
{
    (void)snprintf(body, BODY, "{\"account\":\"%s\",\"password\":\"%s\"%s%s%s}", account, password,
                   code != NULL ? ",\"code\":\"" : "", code != NULL ? code : "",
                   code != NULL ? "\"" : "");
}

static void login(struct bed *bed, const char *account, const char *password, const char *code,
                  struct reply *reply)
{
    char body[BODY];
    login_body(body, account, password, code);
    bed_post(bed, "/v1/session", body, reply);
}

static void login_expect(struct bed *bed, const char *account, const char *password,
                         const char *code, int status, char cookie[BED_SECRET])
{
    struct reply reply;
    login(bed, account, password, code, &reply);
    if (reply.status != status) {
        fail_msg("logging in gave %d, not %d: %s", reply.status, status, amp_buf_cstr(&reply.body));
    }
    if (cookie != NULL) {
        reply_cookie(&reply, cookie);
    } else {
        assert_true(status == 200 || reply_field(&reply, "Set-Cookie").len == 0);
    }
    reply_free(&reply);
}

/* ---- one-time links ---- */

static void the_first_link_makes_one_admin_and_works_once(void **state)
{
    struct bed bed;
    struct reply reply;
    char link[BED_SECRET];
    (void)state;
    bed_init(&bed);
    bed.config.open = false;
    bed.config.invite = true;
    bed.keep_store = true;
    bed_start(&bed);
    (void)snprintf(link, sizeof link, "%s", amp_server_setup(bed.server));
    assert_int_equal(strlen(link), 43); /* 32 bytes */
    assert_int_equal(setup_status(&bed, link, "short"), 422);
    assert_int_equal(setup_status(&bed, "", BED_PASSWORD), 422);
    assert_int_equal(setup_status(&bed, "AAAA", BED_PASSWORD), 401);
    setup_ask(&bed, link, BED_PASSWORD, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "account"), "admin");
    assert_string_equal(reply_text(&reply, "role"), "admin");
    assert_true(reply_field(&reply, "Set-Cookie").len > 0);
    reply_free(&reply);
    assert_int_equal(setup_status(&bed, link, NEW_PASSWORD), 401);
    login_expect(&bed, "admin", NEW_PASSWORD, NULL, 401, NULL);
    login_expect(&bed, "admin", BED_PASSWORD, NULL, 200, NULL);
    assert_int_equal(bed_stop(&bed), AMP_OK);
    bed_start(&bed); /* somebody can log in: there is no link any more */
    assert_string_equal(amp_server_setup(bed.server), "");
    assert_int_equal(setup_status(&bed, link, NEW_PASSWORD), 401);
    bed_drop(&bed);
}

static void a_link_that_nobody_used_is_made_anew_at_the_next_start(void **state)
{
    struct bed bed;
    char link[BED_SECRET];
    (void)state;
    bed_init(&bed);
    bed.config.open = false;
    bed.config.invite = true;
    bed.keep_store = true;
    bed_start(&bed);
    (void)snprintf(link, sizeof link, "%s", amp_server_setup(bed.server));
    assert_int_equal(bed_stop(&bed), AMP_OK);
    bed_start(&bed);
    assert_string_not_equal(amp_server_setup(bed.server), link);
    assert_int_equal(setup_status(&bed, link, BED_PASSWORD), 401);
    assert_int_equal(setup_status(&bed, amp_server_setup(bed.server), BED_PASSWORD), 200);
    bed_drop(&bed);
}

static void a_link_expires_and_does_not_take_the_name_for_a_password(void **state)
{
    struct bed *bed = *state;
    char link[BED_SECRET];
    bed_account(bed, "longenoughname", AMP_ROLE_DISPATCHER, "", link);
    assert_int_equal(setup_status(bed, link, "longenoughname"), 422);
    bed_later(bed, AMP_SETUP_S - 1);
    assert_int_equal(setup_status(bed, link, "nine char"), 422); /* it still was one */
    bed_later(bed, 1);
    assert_int_equal(setup_status(bed, link, BED_PASSWORD), 401);
    /* nor is a link a session or a token */
    bed_account(bed, "other", AMP_ROLE_DISPATCHER, "", link);
    assert_int_equal(status_of(bed, link), 401);
}

static void a_link_lets_nobody_into_a_disabled_account(void **state)
{
    struct bed *bed = *state;
    char link[BED_SECRET];
    bed_account(bed, "ana", AMP_ROLE_DISPATCHER, "", link);
    bed_local_expect(bed, AMP_METHOD_PATCH, "/v1/accounts/ana", "{\"disabled\":true}", 200);
    assert_int_equal(setup_status(bed, link, BED_PASSWORD), 401);
    bed_local_expect(bed, AMP_METHOD_PATCH, "/v1/accounts/ana", "{\"disabled\":false}", 200);
    assert_int_equal(setup_status(bed, link, BED_PASSWORD), 401); /* it is gone */
}

/* ---- sessions ---- */

static void a_session_is_a_cookie_that_no_script_and_no_other_site_gets(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char cookie[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    login(bed, "ana", BED_PASSWORD, NULL, &reply);
    struct amp_str field = reply_field(&reply, "Set-Cookie");
    char text[BODY];
    assert_int_equal(amp_str_copy(text, sizeof text, field), AMP_OK);
    assert_int_equal(strncmp(text, "amparo=", 7), 0);
    assert_string_equal(strchr(text, ';'), "; Path=/; HttpOnly; SameSite=Strict; Max-Age=46800");
    assert_true(amp_str_is(reply_field(&reply, "Cache-Control"), "no-store"));
    assert_null(strstr(amp_buf_cstr(&reply.body), strchr(cookie, '=') + 1));
    reply_free(&reply);
}

static void behind_tls_the_cookie_is_bound_to_its_host(void **state)
{
    static const char secure[] = "X-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.113.7\r\n";
    struct bed bed;
    struct reply reply;
    char body[BODY], fields[BODY], text[BODY / 2], link[BED_SECRET];
    (void)state;
    bed_init(&bed);
    bed.config.open = false;
    bed.config.behind_proxy = true;
    bed_start(&bed);
    bed_account(&bed, "ana", AMP_ROLE_DISPATCHER, "", link);
    (void)snprintf(body, sizeof body, "{\"token\":\"%s\",\"password\":\"" BED_PASSWORD "\"}", link);
    bed_send(&bed, "POST", "/v1/setup", body, secure, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(amp_str_copy(text, sizeof text, reply_field(&reply, "Set-Cookie")), AMP_OK);
    assert_int_equal(strncmp(text, "__Host-amparo=", 14), 0);
    assert_non_null(strstr(text, "; Secure"));
    assert_non_null(strstr(text, "; HttpOnly; SameSite=Strict"));
    assert_true(reply_field(&reply, "Strict-Transport-Security").len > 0);
    reply_free(&reply);
    *strchr(text, ';') = '\0';
    (void)snprintf(fields, sizeof fields, "Cookie: %s\r\n%s", text, secure);
    bed_send(&bed, "GET", "/v1/session", NULL, fields, &reply);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    /* under its other name, which another site of the domain could have set, it is none */
    (void)snprintf(fields, sizeof fields, "Cookie: amparo=%s\r\n%s", strchr(text, '=') + 1, secure);
    bed_send(&bed, "GET", "/v1/session", NULL, fields, &reply);
    assert_int_equal(reply.status, 401);
    reply_free(&reply);
    bed_drop(&bed);
}

static void a_session_says_who_one_is_and_what_one_may(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char cookie[BED_SECRET], token[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_CALL_TAKER, cookie);
    bed_as_ask(bed, cookie, "GET", "/v1/session", NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "account"), "ana");
    assert_string_equal(reply_text(&reply, "role"), "call-taker");
    assert_string_equal(reply_text(&reply, "factor"), "setup");
    assert_true(json_is_null(reply_at(&reply, "agency")));
    assert_true(json_is_null(reply_at(&reply, "unit")));
    assert_true(json_is_false(reply_at(&reply, "demo")));
    assert_true(json_is_false(reply_at(&reply, "totp")));
    assert_int_equal(strlen(reply_text(&reply, "session")), 16);
    char *may = json_dumps(reply_at(&reply, "may"), JSON_COMPACT);
    assert_string_equal(may, "[\"self\",\"map\",\"read\",\"call\",\"note\"]");
    free(may);
    reply_free(&reply);
    bed_token(bed, "ana", "\"read\"", token);
    bed_as_ask(bed, token, "GET", "/v1/session", NULL, &reply);
    assert_string_equal(reply_text(&reply, "factor"), "token");
    may = json_dumps(reply_at(&reply, "may"), JSON_COMPACT);
    assert_string_equal(may, "[\"self\",\"map\",\"read\"]");
    free(may);
    reply_free(&reply);
}

static void logging_out_ends_the_session_and_clears_the_cookie(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char cookie[BED_SECRET], token[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    bed_as_ask(bed, cookie, "DELETE", "/v1/session", NULL, &reply);
    assert_int_equal(reply.status, 204);
    struct amp_str field = reply_field(&reply, "Set-Cookie");
    assert_true(amp_str_starts(field, AMP_STR("amparo=;")));
    assert_non_null(memmem(field.ptr, field.len, "Max-Age=0", 9));
    reply_free(&reply);
    assert_int_equal(status_of(bed, cookie), 401);
    bed_token(bed, "ana", "\"read\"", token);
    bed_as_expect(bed, token, "DELETE", "/v1/session", NULL, 409); /* a token is no session */
    assert_int_equal(status_of(bed, token), 200);
}

static void a_session_expires_and_its_stream_ends(void **state)
{
    struct bed *bed = *state;
    struct amp_buf heard;
    char cookie[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    int fd = bed_listen(bed, cookie, "", &heard);
    bed_later(bed, AMP_SESSION_S - 1);
    assert_int_equal(status_of(bed, cookie), 200);
    bed_later(bed, 1);
    assert_int_equal(status_of(bed, cookie), 401);
    bed_stream_ends(fd, &heard);
}

static void an_account_sees_and_ends_its_sessions_and_nobody_elses(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    struct amp_buf heard;
    char one[BED_SECRET], two[BED_SECRET], rui[BED_SECRET], path[BODY];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, one);
    bed_person(bed, "rui", AMP_ROLE_DISPATCHER, rui);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 200, two);
    int fd = bed_listen(bed, two, "", &heard);
    bed_as_ask(bed, one, "GET", "/v1/sessions", NULL, &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "sessions")), 2);
    int other = json_is_true(reply_at(&reply, "sessions.0.current")) ? 1 : 0;
    assert_true(
        json_is_false(reply_at(&reply, other == 1 ? "sessions.1.current" : "sessions.0.current")));
    assert_string_equal(reply_text(&reply, "sessions.0.account"), "ana");
    (void)snprintf(path, sizeof path, "/v1/sessions/%s",
                   reply_text(&reply, other == 1 ? "sessions.1.session" : "sessions.0.session"));
    reply_free(&reply);
    bed_as_expect(bed, rui, "GET", "/v1/sessions?account=ana", NULL, 403);
    bed_as_expect(bed, rui, "DELETE", path, NULL, 404);
    assert_int_equal(status_of(bed, two), 200);
    bed_as_expect(bed, one, "DELETE", path, NULL, 204);
    bed_stream_ends(fd, &heard);
    assert_int_equal(status_of(bed, two), 401);
    assert_int_equal(status_of(bed, one), 200);
    bed_as_expect(bed, one, "DELETE", path, NULL, 404);
    bed_local(bed, AMP_METHOD_GET, "/v1/sessions?account=ana", NULL, &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "sessions")), 1);
    reply_free(&reply);
}

static void the_session_used_longest_ago_makes_room(void **state)
{
    struct bed *bed = *state;
    char first[BED_SECRET], second[BED_SECRET], cookie[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, first);
    bed_later(bed, 1);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 200, second);
    bed_later(bed, 1);
    assert_int_equal(status_of(bed, first), 200); /* used once more */
    for (int i = 2; i < AMP_SESSIONS_EACH + 1; i++) {
        login_expect(bed, "ana", BED_PASSWORD, NULL, 200, cookie);
    }
    assert_int_equal(status_of(bed, second), 401);
    assert_int_equal(status_of(bed, first), 200);
    assert_int_equal(status_of(bed, cookie), 200);
}

/* ---- guessing ---- */

static void a_wrong_password_says_what_an_unknown_account_says(void **state)
{
    struct bed *bed = *state;
    struct reply wrong, unknown, asleep, off;
    char cookie[BED_SECRET], link[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    bed_person(bed, "off", AMP_ROLE_DISPATCHER, cookie);
    bed_account(bed, "new", AMP_ROLE_DISPATCHER, "", link); /* has no password yet */
    bed_local_expect(bed, AMP_METHOD_PATCH, "/v1/accounts/off", "{\"disabled\":true}", 200);
    login(bed, "ana", "not the password", NULL, &wrong);
    login(bed, "nobody-here", "not the password", NULL, &unknown);
    login(bed, "new", "not the password", NULL, &asleep);
    login(bed, "off", BED_PASSWORD, NULL, &off);
    assert_int_equal(wrong.status, 401);
    assert_string_equal(reply_text(&wrong, "code"), "unauthenticated");
    assert_string_equal(amp_buf_cstr(&wrong.body), amp_buf_cstr(&unknown.body));
    assert_string_equal(amp_buf_cstr(&wrong.body), amp_buf_cstr(&asleep.body));
    assert_string_equal(amp_buf_cstr(&wrong.body), amp_buf_cstr(&off.body));
    assert_int_equal(wrong.status | unknown.status | asleep.status | off.status, 401);
    reply_free(&wrong);
    reply_free(&unknown);
    reply_free(&asleep);
    reply_free(&off);
}

static void who_guesses_waits_longer_each_time(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char cookie[BED_SECRET];
    uint64_t wait_s = 0;
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    for (int i = 0; i < AMP_LOCKOUT_FREE; i++) {
        login_expect(bed, "ana", "not the password", NULL, 401, NULL);
    }
    login_expect(bed, "ana", "not the password", NULL, 401, NULL); /* the one too many */
    login(bed, "ana", BED_PASSWORD, NULL, &reply); /* and the right one waits, too */
    assert_int_equal(reply.status, 429);
    assert_string_equal(reply_text(&reply, "code"), "too-many");
    assert_int_equal(amp_str_u64(reply_field(&reply, "Retry-After"), &wait_s), AMP_OK);
    assert_in_range(wait_s, 1, 2);
    assert_true(reply_field(&reply, "Set-Cookie").len == 0);
    reply_free(&reply);
    assert_int_equal(status_of(bed, cookie), 200); /* who is in stays in */
}

static void a_success_forgives_the_room(void **state)
{
    struct bed *bed = *state;
    char cookie[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    bed_person(bed, "rui", AMP_ROLE_DISPATCHER, cookie);
    for (int round = 0; round < 3; round++) { /* many desks have one address */
        for (int i = 0; i < AMP_LOCKOUT_FREE / 2; i++) {
            login_expect(bed, "ana", "a slip of a finger", NULL, 401, NULL);
            login_expect(bed, "rui", "a slip of a finger", NULL, 401, NULL);
        }
        login_expect(bed, "ana", BED_PASSWORD, NULL, 200, cookie);
        login_expect(bed, "rui", BED_PASSWORD, NULL, 200, cookie);
    }
}

static void many_guesses_at_once_are_not_more_than_one_after_another(void **state)
{
    enum {
        AT_ONCE = 16
    };
    struct bed *bed = *state;
    char cookie[BED_SECRET], body[BODY], rq[2 * BODY];
    int fd[AT_ONCE], tried = 0, waits = 0;
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    for (int i = 0; i < AT_ONCE; i++) {
        login_body(body, "ana", "not the password", NULL);
        int n = snprintf(rq, sizeof rq,
                         "POST /v1/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                         "Content-Length: %zu\r\n\r\n%s",
                         strlen(body), body);
        fd[i] = bed_connect(bed);
        bed_write(fd[i], rq, (size_t)n);
    }
    for (int i = 0; i < AT_ONCE; i++) {
        struct amp_buf heard = amp_buf_make(HEARD_MAX);
        assert_true(bed_read_until(fd[i], &heard, "\r\n\r\n"));
        tried += strncmp(heard.data, "HTTP/1.1 401", 12) == 0;
        waits += strncmp(heard.data, "HTTP/1.1 429", 12) == 0;
        (void)close(fd[i]);
        amp_buf_free(&heard);
    }
    assert_int_equal(tried + waits, AT_ONCE);
    /* on a slow machine the first waits of 2, 4 and 8 s are over before the last was looked at */
    assert_in_range(tried, AMP_LOCKOUT_FREE + 1, AMP_LOCKOUT_FREE + 4);
}

/* ---- second factors ---- */

static void code_now(const struct bed *bed, const char *secret, int step, char out[CODE])
{
    uint8_t key[AMP_TOTP_SECRET_MAX];
    size_t len = 0;
    uint32_t code = 0;
    int64_t now_s = atomic_load(&bed->clock.us) / SECOND_US;
    assert_int_equal(amp_base32_read(amp_str_of(secret), key, sizeof key, &len), AMP_OK);
    assert_int_equal(amp_hotp(key, len, (uint64_t)(now_s / AMP_TOTP_STEP_S + step), 6, &code),
                     AMP_OK);
    (void)snprintf(out, CODE, "%06u", (unsigned)code);
}

/* Enrols; secret is for code_now. */
static void factor_add(struct bed *bed, const char *cookie, char secret[BED_SECRET])
{
    struct reply reply;
    char body[BODY], code[CODE];
    bed_as_expect(bed, cookie, "POST", "/v1/totp", "{\"password\":\"not the password\"}", 403);
    bed_as_expect(bed, cookie, "POST", "/v1/totp/confirm", "{\"code\":\"000000\"}", 409);
    bed_as_ask(bed, cookie, "POST", "/v1/totp", "{\"password\":\"" BED_PASSWORD "\"}", &reply);
    assert_int_equal(reply.status, 200);
    (void)snprintf(secret, BED_SECRET, "%s", reply_text(&reply, "secret"));
    assert_int_equal(strlen(secret), 32);
    assert_non_null(strstr(reply_text(&reply, "uri"), "otpauth://totp/Amparo:ana?secret="));
    assert_non_null(strstr(reply_text(&reply, "uri"), secret));
    reply_free(&reply);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 200, NULL); /* not in force yet */
    bed_as_expect(bed, cookie, "POST", "/v1/totp/confirm", "{\"code\":\"not it\"}", 422);
    code_now(bed, secret, 0, code);
    (void)snprintf(body, sizeof body, "{\"code\":\"%s\"}", code);
    bed_as_expect(bed, cookie, "POST", "/v1/totp/confirm", body, 204);
}

static void a_second_factor_is_asked_for_and_each_code_is_good_once(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char cookie[BED_SECRET], secret[BED_SECRET], code[CODE], next[CODE];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    factor_add(bed, cookie, secret);
    login(bed, "ana", BED_PASSWORD, NULL, &reply);
    assert_int_equal(reply.status, 401);
    assert_string_equal(reply_text(&reply, "code"), "second-factor");
    reply_free(&reply);
    login(bed, "ana", "not the password", "000000", &reply); /* says nothing of the code */
    assert_string_equal(reply_text(&reply, "code"), "unauthenticated");
    reply_free(&reply);
    code_now(bed, secret, 0, code);
    login(bed, "ana", BED_PASSWORD, code, &reply); /* the one of the confirmation */
    assert_int_equal(reply.status, 401);
    assert_string_equal(reply_text(&reply, "code"), "second-factor");
    reply_free(&reply);
    bed_later(bed, AMP_TOTP_STEP_S);
    code_now(bed, secret, 0, next);
    login(bed, "ana", BED_PASSWORD, next, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "factor"), "totp");
    assert_true(json_is_true(reply_at(&reply, "totp")));
    reply_free(&reply);
    login_expect(bed, "ana", BED_PASSWORD, next, 401, NULL);
    login_expect(bed, "ana", BED_PASSWORD, code, 401, NULL);
}

static void a_second_factor_goes_with_the_password_alone(void **state)
{
    struct bed *bed = *state;
    char cookie[BED_SECRET], secret[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    factor_add(bed, cookie, secret);
    bed_as_expect(bed, cookie, "DELETE", "/v1/totp", "{\"password\":\"not the password\"}", 403);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 401, NULL);
    bed_as_expect(bed, cookie, "DELETE", "/v1/totp", "{\"password\":\"" BED_PASSWORD "\"}", 204);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 200, NULL);
}

/* ---- what ends what ---- */

static void a_new_password_ends_the_other_sessions_and_not_this_one(void **state)
{
    struct bed *bed = *state;
    char one[BED_SECRET], two[BED_SECRET], token[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, one);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 200, two);
    bed_token(bed, "ana", "\"read\"", token);
    bed_as_expect(bed, one, "POST", "/v1/password",
                  "{\"old\":\"not the password\",\"new\":\"" NEW_PASSWORD "\"}", 403);
    bed_as_expect(bed, one, "POST", "/v1/password",
                  "{\"old\":\"" BED_PASSWORD "\",\"new\":\"short\"}", 422);
    assert_int_equal(status_of(bed, two), 200);
    bed_as_expect(bed, one, "POST", "/v1/password",
                  "{\"old\":\"" BED_PASSWORD "\",\"new\":\"" NEW_PASSWORD "\"}", 204);
    assert_int_equal(status_of(bed, one), 200);
    assert_int_equal(status_of(bed, two), 401);
    assert_int_equal(status_of(bed, token), 200);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 401, NULL);
    login_expect(bed, "ana", NEW_PASSWORD, NULL, 200, NULL);
}

static void a_disabled_account_is_out_at_once(void **state)
{
    struct bed *bed = *state;
    struct amp_buf heard, token_heard;
    char cookie[BED_SECRET], token[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    bed_token(bed, "ana", "\"read\"", token);
    int fd = bed_listen(bed, cookie, "", &heard);
    int token_fd = bed_listen(bed, token, "", &token_heard);
    bed_local_expect(bed, AMP_METHOD_PATCH, "/v1/accounts/ana", "{\"disabled\":true}", 200);
    bed_stream_ends(fd, &heard);
    bed_stream_ends(token_fd, &token_heard);
    assert_int_equal(status_of(bed, cookie), 401);
    assert_int_equal(status_of(bed, token), 401);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 401, NULL);
    bed_local_expect(bed, AMP_METHOD_PATCH, "/v1/accounts/ana", "{\"disabled\":false}", 200);
    assert_int_equal(status_of(bed, cookie), 401); /* what was ended stays ended */
    assert_int_equal(status_of(bed, token), 401);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 200, NULL);
}

static void a_new_role_ends_what_was_opened_in_the_old_one(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    struct amp_buf heard;
    char cookie[BED_SECRET], token[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    bed_token(bed, "ana", "\"read\",\"write\"", token);
    int fd = bed_listen(bed, token, "", &heard);
    bed_as_expect(bed, token, "POST", "/v1/calls", "{}", 201);
    bed_local_expect(bed, AMP_METHOD_PATCH, "/v1/accounts/ana", "{\"role\":\"laboratory\"}", 200);
    bed_stream_ends(fd, &heard);
    assert_int_equal(status_of(bed, cookie), 401);
    bed_as_ask(bed, token, "GET", "/v1/session", NULL,
               &reply); /* a program goes on, as what it is now */
    assert_string_equal(reply_text(&reply, "role"), "laboratory");
    reply_free(&reply);
    bed_as_expect(bed, token, "POST", "/v1/calls", "{}", 403);
    bed_as_expect(bed, token, "GET", "/v1/events", NULL, 403);
}

static void a_reset_leaves_a_link_and_nothing_else(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char cookie[BED_SECRET], secret[BED_SECRET], link[BED_SECRET];
    bed_person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    factor_add(bed, cookie, secret);
    bed_local(bed, AMP_METHOD_POST, "/v1/accounts/ana/reset", NULL, &reply);
    assert_int_equal(reply.status, 200);
    (void)snprintf(link, sizeof link, "%s", reply_text(&reply, "setup.token"));
    assert_non_null(strstr(reply_text(&reply, "setup.path"), link));
    assert_true(json_is_false(reply_at(&reply, "account.password")));
    assert_true(json_is_false(reply_at(&reply, "account.totp")));
    reply_free(&reply);
    assert_int_equal(status_of(bed, cookie), 401);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 401, NULL);
    bed_local(bed, AMP_METHOD_POST, "/v1/accounts/ana/reset", NULL, &reply);
    assert_int_equal(setup_status(bed, link, NEW_PASSWORD), 401); /* the newest link alone */
    assert_int_equal(setup_status(bed, reply_text(&reply, "setup.token"), NEW_PASSWORD), 200);
    reply_free(&reply);
    login_expect(bed, "ana", NEW_PASSWORD, NULL, 200, NULL);
}

/* ---- over a restart ---- */

static void what_let_somebody_in_does_so_after_a_restart(void **state)
{
    struct bed bed;
    char ana[BED_SECRET], out[BED_SECRET], token[BED_SECRET], secret[BED_SECRET], code[CODE];
    (void)state;
    bed_init(&bed);
    bed_folder(&bed);
    bed.config.open = false;
    bed_start(&bed);
    bed_person(&bed, "ana", AMP_ROLE_DISPATCHER, ana);
    factor_add(&bed, ana, secret);
    bed_person(&bed, "rui", AMP_ROLE_DISPATCHER, out);
    bed_token(&bed, "ana", "\"read\"", token);
    bed_as_expect(&bed, out, "DELETE", "/v1/session", NULL, 204);
    code_now(&bed, secret, 0, code);
    assert_int_equal(bed_stop(&bed), AMP_OK);
    bed_start(&bed);
    assert_int_equal(status_of(&bed, ana), 200);
    assert_int_equal(status_of(&bed, token), 200);
    assert_int_equal(status_of(&bed, out), 401);
    login_expect(&bed, "ana", BED_PASSWORD, code, 401, NULL); /* a used code stays used */
    bed_later(&bed, AMP_TOTP_STEP_S);
    code_now(&bed, secret, 0, code);
    login_expect(&bed, "ana", BED_PASSWORD, code, 200, NULL);
    login_expect(&bed, "rui", BED_PASSWORD, NULL, 200, NULL);
    bed_drop(&bed);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, bed_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_link_makes_one_admin_and_works_once),
        cmocka_unit_test(a_link_that_nobody_used_is_made_anew_at_the_next_start),
        WITH(a_link_expires_and_does_not_take_the_name_for_a_password),
        WITH(a_link_lets_nobody_into_a_disabled_account),
        WITH(a_session_is_a_cookie_that_no_script_and_no_other_site_gets),
        cmocka_unit_test(behind_tls_the_cookie_is_bound_to_its_host),
        WITH(a_session_says_who_one_is_and_what_one_may),
        WITH(logging_out_ends_the_session_and_clears_the_cookie),
        WITH(a_session_expires_and_its_stream_ends),
        WITH(an_account_sees_and_ends_its_sessions_and_nobody_elses),
        WITH(the_session_used_longest_ago_makes_room),
        WITH(a_wrong_password_says_what_an_unknown_account_says),
        WITH(who_guesses_waits_longer_each_time),
        WITH(a_success_forgives_the_room),
        WITH(many_guesses_at_once_are_not_more_than_one_after_another),
        WITH(a_second_factor_is_asked_for_and_each_code_is_good_once),
        WITH(a_second_factor_goes_with_the_password_alone),
        WITH(a_new_password_ends_the_other_sessions_and_not_this_one),
        WITH(a_disabled_account_is_out_at_once),
        WITH(a_new_role_ends_what_was_opened_in_the_old_one),
        WITH(a_reset_leaves_a_link_and_nothing_else),
        cmocka_unit_test(what_let_somebody_in_does_so_after_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
