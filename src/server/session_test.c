/* Tests of who comes in: links, passwords, second factors, sessions, tokens, and how they end. */
#include "base/timefmt.h"
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
    SECOND_US = 1000000,
    DAY_S = 86400
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

static void later(struct bed *bed, int64_t seconds)
{
    (void)atomic_fetch_add(&bed->clock.us, seconds * SECOND_US);
}

/* ---- asking ---- */

static void ask(struct bed *bed, const char *as, const char *method, const char *path,
                const char *body, struct reply *reply)
{
    bed->as = as;
    bed_send(bed, method, path, body, NULL, reply);
    bed->as = NULL;
}

static void ask_expect(struct bed *bed, const char *as, const char *method, const char *path,
                       const char *body, int status)
{
    struct reply reply;
    ask(bed, as, method, path, body, &reply);
    if (reply.status != status) {
        fail_msg("%s %s gave %d, not %d: %s", method, path, reply.status, status,
                 amp_buf_cstr(&reply.body));
    }
    reply_free(&reply);
}

static int status_of(struct bed *bed, const char *as)
{
    struct reply reply;
    ask(bed, as, "GET", "/v1/session", NULL, &reply);
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

/* An account that has logged in: its cookie. */
static void person(struct bed *bed, const char *name, enum amp_role role, char cookie[BED_SECRET])
{
    char setup[BED_SECRET];
    bed_account(bed, name, role, "", setup);
    bed_enter(bed, setup, cookie);
}

static int listen_as(struct bed *bed, const char *as, struct amp_buf *heard)
{
    char rq[BODY];
    bool cookie = strncmp(as, "cookie: ", 8) == 0;
    int fd = bed_connect(bed);
    int n = snprintf(rq, sizeof rq, "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n\r\n",
                     cookie ? "" : "Authorization: Bearer ", as);
    *heard = amp_buf_make(HEARD_MAX);
    bed_write(fd, rq, (size_t)n);
    assert_true(bed_read_until(fd, heard, "event: heartbeat"));
    return fd;
}

/* It says that the session ended, and ends. */
static void stream_ends(int fd, struct amp_buf *heard)
{
    assert_true(bed_read_until(fd, heard, "event: session-ended\ndata: {}\n\n"));
    assert_false(bed_read_until(fd, heard, "this never comes: the stream is over"));
    (void)close(fd);
    amp_buf_free(heard);
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
    later(bed, AMP_SETUP_S - 1);
    assert_int_equal(setup_status(bed, link, "nine char"), 422); /* it still was one */
    later(bed, 1);
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
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
    person(bed, "ana", AMP_ROLE_CALL_TAKER, cookie);
    ask(bed, cookie, "GET", "/v1/session", NULL, &reply);
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
    ask(bed, token, "GET", "/v1/session", NULL, &reply);
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    ask(bed, cookie, "DELETE", "/v1/session", NULL, &reply);
    assert_int_equal(reply.status, 204);
    struct amp_str field = reply_field(&reply, "Set-Cookie");
    assert_true(amp_str_starts(field, AMP_STR("amparo=;")));
    assert_non_null(memmem(field.ptr, field.len, "Max-Age=0", 9));
    reply_free(&reply);
    assert_int_equal(status_of(bed, cookie), 401);
    bed_token(bed, "ana", "\"read\"", token);
    ask_expect(bed, token, "DELETE", "/v1/session", NULL, 409); /* a token is no session */
    assert_int_equal(status_of(bed, token), 200);
}

static void a_session_expires_and_its_stream_ends(void **state)
{
    struct bed *bed = *state;
    struct amp_buf heard;
    char cookie[BED_SECRET];
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    int fd = listen_as(bed, cookie, &heard);
    later(bed, AMP_SESSION_S - 1);
    assert_int_equal(status_of(bed, cookie), 200);
    later(bed, 1);
    assert_int_equal(status_of(bed, cookie), 401);
    stream_ends(fd, &heard);
}

static void an_account_sees_and_ends_its_sessions_and_nobody_elses(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    struct amp_buf heard;
    char one[BED_SECRET], two[BED_SECRET], rui[BED_SECRET], path[BODY];
    person(bed, "ana", AMP_ROLE_DISPATCHER, one);
    person(bed, "rui", AMP_ROLE_DISPATCHER, rui);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 200, two);
    int fd = listen_as(bed, two, &heard);
    ask(bed, one, "GET", "/v1/sessions", NULL, &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "sessions")), 2);
    int other = json_is_true(reply_at(&reply, "sessions.0.current")) ? 1 : 0;
    assert_true(
        json_is_false(reply_at(&reply, other == 1 ? "sessions.1.current" : "sessions.0.current")));
    assert_string_equal(reply_text(&reply, "sessions.0.account"), "ana");
    (void)snprintf(path, sizeof path, "/v1/sessions/%s",
                   reply_text(&reply, other == 1 ? "sessions.1.session" : "sessions.0.session"));
    reply_free(&reply);
    ask_expect(bed, rui, "GET", "/v1/sessions?account=ana", NULL, 403);
    ask_expect(bed, rui, "DELETE", path, NULL, 404);
    assert_int_equal(status_of(bed, two), 200);
    ask_expect(bed, one, "DELETE", path, NULL, 204);
    stream_ends(fd, &heard);
    assert_int_equal(status_of(bed, two), 401);
    assert_int_equal(status_of(bed, one), 200);
    ask_expect(bed, one, "DELETE", path, NULL, 404);
    bed_local(bed, AMP_METHOD_GET, "/v1/sessions?account=ana", NULL, &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "sessions")), 1);
    reply_free(&reply);
}

static void the_session_used_longest_ago_makes_room(void **state)
{
    struct bed *bed = *state;
    char first[BED_SECRET], second[BED_SECRET], cookie[BED_SECRET];
    person(bed, "ana", AMP_ROLE_DISPATCHER, first);
    later(bed, 1);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 200, second);
    later(bed, 1);
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    person(bed, "off", AMP_ROLE_DISPATCHER, cookie);
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    person(bed, "rui", AMP_ROLE_DISPATCHER, cookie);
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
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
    assert_int_equal(tried, AMP_LOCKOUT_FREE + 1);
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
    ask_expect(bed, cookie, "POST", "/v1/totp", "{\"password\":\"not the password\"}", 403);
    ask_expect(bed, cookie, "POST", "/v1/totp/confirm", "{\"code\":\"000000\"}", 409);
    ask(bed, cookie, "POST", "/v1/totp", "{\"password\":\"" BED_PASSWORD "\"}", &reply);
    assert_int_equal(reply.status, 200);
    (void)snprintf(secret, BED_SECRET, "%s", reply_text(&reply, "secret"));
    assert_int_equal(strlen(secret), 32);
    assert_non_null(strstr(reply_text(&reply, "uri"), "otpauth://totp/Amparo:ana?secret="));
    assert_non_null(strstr(reply_text(&reply, "uri"), secret));
    reply_free(&reply);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 200, NULL); /* not in force yet */
    ask_expect(bed, cookie, "POST", "/v1/totp/confirm", "{\"code\":\"not it\"}", 422);
    code_now(bed, secret, 0, code);
    (void)snprintf(body, sizeof body, "{\"code\":\"%s\"}", code);
    ask_expect(bed, cookie, "POST", "/v1/totp/confirm", body, 204);
}

static void a_second_factor_is_asked_for_and_each_code_is_good_once(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char cookie[BED_SECRET], secret[BED_SECRET], code[CODE], next[CODE];
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
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
    later(bed, AMP_TOTP_STEP_S);
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    factor_add(bed, cookie, secret);
    ask_expect(bed, cookie, "DELETE", "/v1/totp", "{\"password\":\"not the password\"}", 403);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 401, NULL);
    ask_expect(bed, cookie, "DELETE", "/v1/totp", "{\"password\":\"" BED_PASSWORD "\"}", 204);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 200, NULL);
}

/* ---- what ends what ---- */

static void a_new_password_ends_the_other_sessions_and_not_this_one(void **state)
{
    struct bed *bed = *state;
    char one[BED_SECRET], two[BED_SECRET], token[BED_SECRET];
    person(bed, "ana", AMP_ROLE_DISPATCHER, one);
    login_expect(bed, "ana", BED_PASSWORD, NULL, 200, two);
    bed_token(bed, "ana", "\"read\"", token);
    ask_expect(bed, one, "POST", "/v1/password",
               "{\"old\":\"not the password\",\"new\":\"" NEW_PASSWORD "\"}", 403);
    ask_expect(bed, one, "POST", "/v1/password", "{\"old\":\"" BED_PASSWORD "\",\"new\":\"short\"}",
               422);
    assert_int_equal(status_of(bed, two), 200);
    ask_expect(bed, one, "POST", "/v1/password",
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    bed_token(bed, "ana", "\"read\"", token);
    int fd = listen_as(bed, cookie, &heard);
    int token_fd = listen_as(bed, token, &token_heard);
    bed_local_expect(bed, AMP_METHOD_PATCH, "/v1/accounts/ana", "{\"disabled\":true}", 200);
    stream_ends(fd, &heard);
    stream_ends(token_fd, &token_heard);
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    bed_token(bed, "ana", "\"read\",\"write\"", token);
    int fd = listen_as(bed, token, &heard);
    ask_expect(bed, token, "POST", "/v1/calls", "{}", 201);
    bed_local_expect(bed, AMP_METHOD_PATCH, "/v1/accounts/ana", "{\"role\":\"laboratory\"}", 200);
    stream_ends(fd, &heard);
    assert_int_equal(status_of(bed, cookie), 401);
    ask(bed, token, "GET", "/v1/session", NULL, &reply); /* a program goes on, as what it is now */
    assert_string_equal(reply_text(&reply, "role"), "laboratory");
    reply_free(&reply);
    ask_expect(bed, token, "POST", "/v1/calls", "{}", 403);
    ask_expect(bed, token, "GET", "/v1/events", NULL, 403);
}

static void a_reset_leaves_a_link_and_nothing_else(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char cookie[BED_SECRET], secret[BED_SECRET], link[BED_SECRET];
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
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

/* ---- tokens ---- */

static void a_token_is_made_by_who_logged_in_for_oneself(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char ana[BED_SECRET], rui[BED_SECRET], boss[BED_SECRET], token[BED_SECRET], path[BODY];
    person(bed, "ana", AMP_ROLE_DISPATCHER, ana);
    person(bed, "rui", AMP_ROLE_DISPATCHER, rui);
    person(bed, "boss", AMP_ROLE_ADMIN, boss);
    ask(bed, ana, "POST", "/v1/tokens", "{\"label\":\"feed\",\"scopes\":[\"read\",\"admin\"]}",
        &reply);
    assert_int_equal(reply.status, 201);
    (void)snprintf(token, sizeof token, "%s", reply_text(&reply, "secret"));
    (void)snprintf(path, sizeof path, "/v1/tokens/%s", reply_text(&reply, "token.token"));
    assert_int_equal(strncmp(token, "amp_", 4), 0);
    reply_free(&reply);
    ask_expect(bed, token, "GET", "/v1/units", NULL, 200);
    ask_expect(bed, token, "POST", "/v1/accounts", "{\"account\":\"x\",\"role\":\"admin\"}", 403);
    ask_expect(bed, token, "POST", "/v1/calls", "{}", 403);
    ask_expect(bed, token, "POST", "/v1/tokens", "{\"label\":\"y\",\"scopes\":[\"read\"]}", 403);
    ask_expect(bed, ana, "POST", "/v1/tokens",
               "{\"label\":\"x\",\"scopes\":[\"read\"],\"account\":\"rui\"}", 403);
    ask_expect(bed, ana, "POST", "/v1/tokens", "{\"label\":\"x\",\"scopes\":[\"root\"]}", 422);
    ask_expect(bed, ana, "POST", "/v1/tokens", "{\"label\":\"x\",\"scopes\":[]}", 422);
    ask_expect(bed, ana, "POST", "/v1/tokens", "{\"scopes\":[\"read\"]}", 422);
    ask_expect(bed, boss, "POST", "/v1/tokens",
               "{\"label\":\"x\",\"scopes\":[\"read\"],\"account\":\"rui\"}", 201);
    bed_token(bed, "boss", "\"read\",\"write\",\"admin\"", token);
    ask_expect(bed, token, "GET", "/v1/accounts", NULL, 200);
    ask_expect(bed, token, "POST", "/v1/tokens", "{\"label\":\"y\",\"scopes\":[\"read\"]}", 403);
    ask(bed, ana, "GET", "/v1/tokens", NULL, &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "tokens")), 1);
    assert_string_equal(reply_text(&reply, "tokens.0.label"), "feed");
    assert_null(strstr(amp_buf_cstr(&reply.body), "amp_"));
    reply_free(&reply);
    ask_expect(bed, rui, "DELETE", path, NULL, 404);
    ask_expect(bed, ana, "DELETE", path, NULL, 204);
    ask_expect(bed, ana, "DELETE", path, NULL, 404);
}

static void a_token_that_is_revoked_or_has_expired_is_none(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    struct amp_buf heard;
    char ana[BED_SECRET], token[BED_SECRET], lasting[BED_SECRET], path[BODY];
    person(bed, "ana", AMP_ROLE_DISPATCHER, ana);
    ask(bed, ana, "POST", "/v1/tokens",
        "{\"label\":\"feed\",\"scopes\":[\"read\"],\"expires_days\":1}", &reply);
    (void)snprintf(token, sizeof token, "%s", reply_text(&reply, "secret"));
    reply_free(&reply);
    ask(bed, ana, "POST", "/v1/tokens", "{\"label\":\"other\",\"scopes\":[\"read\"]}", &reply);
    (void)snprintf(lasting, sizeof lasting, "%s", reply_text(&reply, "secret"));
    (void)snprintf(path, sizeof path, "/v1/tokens/%s", reply_text(&reply, "token.token"));
    reply_free(&reply);
    int fd = listen_as(bed, token, &heard);
    later(bed, DAY_S - 1);
    assert_int_equal(status_of(bed, token), 200);
    later(bed, 1);
    assert_int_equal(status_of(bed, token), 401);
    stream_ends(fd, &heard);
    fd = listen_as(bed, lasting, &heard);
    bed_local_expect(bed, AMP_METHOD_DELETE, path, NULL, 204);
    stream_ends(fd, &heard);
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
    bed->as = cookie;
    bed_send(bed, "POST", "/v1/calls", "{}", "X-Amparo-Actor: rui\r\n", &reply);
    assert_int_equal(reply.status, 201);
    reply_free(&reply);
    ask(bed, cookie, "GET", "/v1/incidents/I-1", NULL, &reply);
    assert_non_null(strstr(amp_buf_cstr(&reply.body), "\"actor\":\"ana\""));
    assert_null(strstr(amp_buf_cstr(&reply.body), "rui"));
    reply_free(&reply);
}

static void the_key_of_another_account_is_refused(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char ana[BED_SECRET], rui[BED_SECRET];
    person(bed, "ana", AMP_ROLE_DISPATCHER, ana);
    person(bed, "rui", AMP_ROLE_DISPATCHER, rui);
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, cookie);
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
        ask(&bed, ana, "GET", "/v1/session", NULL, &reply);
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
    person(&bed, "ana", AMP_ROLE_DISPATCHER, ana);
    factor_add(&bed, ana, secret);
    person(&bed, "rui", AMP_ROLE_DISPATCHER, out);
    bed_token(&bed, "ana", "\"read\"", token);
    ask_expect(&bed, out, "DELETE", "/v1/session", NULL, 204);
    code_now(&bed, secret, 0, code);
    assert_int_equal(bed_stop(&bed), AMP_OK);
    bed_start(&bed);
    assert_int_equal(status_of(&bed, ana), 200);
    assert_int_equal(status_of(&bed, token), 200);
    assert_int_equal(status_of(&bed, out), 401);
    login_expect(&bed, "ana", BED_PASSWORD, code, 401, NULL); /* a used code stays used */
    later(&bed, AMP_TOTP_STEP_S);
    code_now(&bed, secret, 0, code);
    login_expect(&bed, "ana", BED_PASSWORD, code, 200, NULL);
    login_expect(&bed, "rui", BED_PASSWORD, NULL, 200, NULL);
    bed_drop(&bed);
}

static void who_did_what_is_counted_by_role_and_what_was_typed_is_not_kept(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    char ana[BED_SECRET], audit[BED_SECRET], path[BODY], day[AMP_TIME_TEXT];
    person(bed, "ana", AMP_ROLE_DISPATCHER, ana);
    person(bed, "aud", AMP_ROLE_AUDITOR, audit);
    login_expect(bed, "MARKED-PASSWORD", "x", NULL, 401, NULL); /* in the wrong box */
    ask_expect(bed, ana, "POST", "/v1/calls", "{}", 201);
    ask_expect(bed, ana, "GET", "/v1/incidents/I-1", NULL, 200);
    ask_expect(bed, ana, "GET", "/v1/incidents/I-1", NULL, 200); /* soon again: one look */
    ask_expect(bed, ana, "GET", "/v1/incidents", NULL, 200);
    amp_time_text(atomic_load(&bed->clock.us), day);
    day[10] = '\0';
    static const struct {
        const char *role, *kind;
        int n;
    } want[] = {{"dispatcher", "incident-viewed", 1},
                {"dispatcher", "log-viewed", 1},
                {"dispatcher", "call-received", 1},
                {"-", "login-failed", 1}};
    ask(bed, audit, "GET", "/v1/audit", NULL, &reply);
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
    ask(bed, audit, "GET", path, NULL, &reply);
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
    person(bed, "ana", AMP_ROLE_DISPATCHER, ana);
    person(bed, "aud", AMP_ROLE_AUDITOR, audit);
    for (int i = 0; i < 2; i++) { /* a client that comes back soon has looked once */
        int fd = listen_as(bed, ana, &heard);
        (void)close(fd);
        amp_buf_free(&heard);
    }
    ask(bed, audit, "GET", "/v1/audit", NULL, &reply);
    assert_non_null(strstr(amp_buf_cstr(&reply.body),
                           "{\"role\":\"dispatcher\",\"kind\":\"log-viewed\",\"n\":1}"));
    reply_free(&reply);
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
        WITH(a_token_is_made_by_who_logged_in_for_oneself),
        WITH(a_token_that_is_revoked_or_has_expired_is_none),
        WITH(a_device_puts_its_token_into_the_query_of_its_own_route_alone),
        WITH(an_account_is_who_it_is_whatever_it_says),
        WITH(the_key_of_another_account_is_refused),
        WITH(what_is_told_once_is_not_repeated_for_a_key),
        WITH(a_page_of_another_site_changes_nothing_with_the_cookie),
        cmocka_unit_test(who_asks_too_much_hears_so),
        WITH(the_page_to_log_in_with_is_there_for_everybody),
        cmocka_unit_test(a_demo_lets_in_who_has_the_cookie_of_another_server),
        cmocka_unit_test(what_let_somebody_in_does_so_after_a_restart),
        WITH(who_did_what_is_counted_by_role_and_what_was_typed_is_not_kept),
        WITH(who_listens_to_the_stream_has_looked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
