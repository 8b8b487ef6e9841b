/* The door: requests come in, are checked, matched with a route, and become jobs. Network thread.
 */
#include "server/door.h"
#include "server/api.h"
#include "server/guard.h"
#include "server/link.h"
#include "server/notifier.h"
#include <stdio.h>
#include <string.h>

/* ---- refusals before there is a job ---- */

static void refuse(struct amp_server *server, struct amp_request *rq, int status, const char *code,
                   const char *detail)
{
    struct amp_buf body = amp_buf_make(AMP_HTTP_HEAD_MAX);
    struct amp_json js = amp_json_make(&body);
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "type", "about:blank");
    amp_json_text_of(&js, "title", code);
    amp_json_i64_of(&js, "status", status);
    amp_json_text_of(&js, "code", code);
    amp_json_text_of(&js, "detail", detail);
    amp_json_close(&js, '}');
    struct amp_http_answer answer = {.status = status,
                                     .type = "application/problem+json",
                                     .body = &body,
                                     .close = status == 413 || status == 431};
    answer.field[answer.field_n++] = (struct amp_http_field){"Cache-Control", "no-store"};
    if (status == 429) {
        answer.field[answer.field_n++] = (struct amp_http_field){"Retry-After", "1"};
    } else if (status == 401) {
        answer.field[answer.field_n++] = (struct amp_http_field){"WWW-Authenticate", "Bearer"};
    }
    amp_metrics_request(&server->metrics, amp_endpoint_n, status, 0);
    amp_request_answer(rq, &answer);
    amp_buf_free(&body);
}

static void refuse_err(struct amp_server *server, struct amp_request *rq, amp_err err,
                       const struct amp_why *why)
{
    refuse(server, rq, amp_err_http(err), amp_err_code(err),
           why->text[0] != '\0' ? why->text : amp_err_words(err));
}

static void refuse_method(struct amp_server *server, struct amp_request *rq, unsigned allow)
{
    char list[AMP_JOB_TEXT] = "";
    size_t n = 0;
    for (int m = 0; m < AMP_METHOD_OTHER; m++) {
        if ((allow & 1U << m) != 0) {
            int more = snprintf(list + n, sizeof list - n, "%s%s", n > 0 ? ", " : "",
                                amp_method_name((enum amp_method)m));
            n += more > 0 ? (size_t)more : 0;
        }
    }
    static const char body[] = "{\"type\":\"about:blank\",\"title\":\"method not allowed\","
                               "\"status\":405,\"code\":\"method\","
                               "\"detail\":\"this path does not know that method\"}";
    struct amp_http_answer answer = {.status = 405,
                                     .type = "application/problem+json",
                                     .fixed = amp_str_of(body),
                                     .field = {{"Allow", list}},
                                     .field_n = 1};
    amp_metrics_request(&server->metrics, amp_endpoint_n, 405, 0);
    amp_request_answer(rq, &answer);
}

/* ---- from a target to a route ---- */

/* Fills uri, param, query_raw and route of a job from its target; 405 comes as AMP_E_USAGE. */
static amp_err target_read(struct amp_job *job, enum amp_method method, struct amp_str target,
                           unsigned *allow, struct amp_why *why)
{
    struct amp_str kept = amp_arena_str(&job->arena, target);
    struct amp_str path = {0};
    if (amp_arena_failed(&job->arena)) {
        return AMP_E_NOMEM;
    }
    job->query_raw = amp_str_cut(kept, '?', &path);
    /* what a gateway puts into the query of a text may be any octets: its route reads them */
    bool raw = amp_str_is(path, "/v1/sms") || amp_str_is(path, "/v1/sms/delivery");
    amp_err err = amp_uri_read(raw ? path : kept, &job->arena, &job->uri, why);
    if (err != AMP_OK) {
        return err;
    }
    job->route = amp_endpoint_find(method, &job->uri, job->param, allow);
    if (job->route != NULL) {
        return AMP_OK;
    }
    return *allow != 0 ? AMP_E_USAGE
                       : amp_fail(why, AMP_E_NOT_FOUND, "there is nothing at this path");
}

static amp_err field_copy(struct amp_job *job, struct amp_str text, struct amp_str *out)
{
    *out = amp_arena_str(&job->arena, text);
    return amp_arena_failed(&job->arena) ? AMP_E_NOMEM : AMP_OK;
}

static bool word_valid(struct amp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-') {
            return false;
        }
    }
    return text.len > 0 && text.len <= AMP_WORD_MAX;
}

static bool key_valid(struct amp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '!' || text.ptr[i] > '~') {
            return false;
        }
    }
    return text.len <= AMP_SERVER_KEY_MAX;
}

/* The page of a link: what opens it is in its path, so no origin has to be known. */
static bool is_callers(const struct amp_endpoint *route)
{
    return strncmp(route->path, "/s/", 3) == 0;
}

static amp_err fields_read(struct amp_job *job, const struct amp_request *rq, struct amp_why *why)
{
    struct amp_str key = amp_request_field(rq, "Idempotency-Key");
    struct amp_str actor = amp_request_field(rq, "X-Amparo-Actor");
    struct amp_str last = amp_request_field(rq, "Last-Event-ID");
    struct amp_str etag = amp_request_field(rq, "If-None-Match");
    struct amp_str codes = amp_request_field(rq, "Accept-Encoding");
    if (!key_valid(key)) {
        return amp_fail(why, AMP_E_RANGE,
                        "Idempotency-Key must be at most %d visible ASCII characters",
                        AMP_SERVER_KEY_MAX);
    }
    if (actor.len > 0 && !word_valid(actor)) {
        return amp_fail(why, AMP_E_RANGE,
                        "X-Amparo-Actor must be a word of at most %d letters, digits, . _ or -",
                        AMP_WORD_MAX);
    }
    job->since = UINT64_MAX;
    if (last.len > 0 && amp_str_u64(last, &job->since) != AMP_OK) {
        return amp_fail(why, AMP_E_RANGE, "Last-Event-ID must be a number of the journal");
    }
    if (amp_str_copy(job->etag, sizeof job->etag, etag) != AMP_OK) {
        job->etag[0] = '\0';
    }
    job->gzip = codes.len > 0 && memmem(codes.ptr, codes.len, "gzip", 4) != NULL;
    amp_err err = field_copy(job, key, &job->key);
    if (err == AMP_OK && is_callers(job->route)) {
        err = amp_caller_fields(job, rq);
    }
    if (err == AMP_OK && job->route->run == amp_api_eido_subscribe) {
        err = amp_notifier_fields(job, rq);
    }
    /* a desk of a demo, and the command line, say themselves who they are */
    bool says = job->who.kind == AMP_IDENTITY_OPEN || job->who.kind == AMP_IDENTITY_LOCAL;
    if (err == AMP_OK && says && actor.len > 0) {
        err = field_copy(job, actor, &job->actor);
    }
    return err;
}

static amp_err guard(const struct amp_server *server, const struct amp_request *rq,
                     const struct amp_endpoint *route, struct amp_why *why)
{
    /* a page elsewhere may open a WebSocket, and read it: RFC 6455, section 10.2 */
    bool changes = route->kind == AMP_ENDPOINT_WRITE || route->kind == AMP_ENDPOINT_REPORT ||
                   route->run == amp_api_eido_subscribe;
    const struct amp_guard guard = {.host = amp_request_field(rq, "Host"),
                                    .origin = is_callers(route) ? (struct amp_str){0}
                                                                : amp_request_field(rq, "Origin"),
                                    .site = amp_request_field(rq, "Sec-Fetch-Site"),
                                    .changes = changes};
    if (amp_request_is_local(rq)) {
        return AMP_OK; /* no browser comes in there */
    }
    return amp_guard_check(&guard, amp_str_of(server->addr), !server->config.open, why);
}

/* ---- who asks ---- */

/* A token needs no decoding: it is letters, digits, - and _. */
static struct amp_str query_token(struct amp_str query)
{
    while (query.len > 0) {
        struct amp_str pair = {0}, name = {0};
        query = amp_str_cut(query, '&', &pair);
        struct amp_str value = amp_str_cut(pair, '=', &name);
        if (amp_str_is(name, "token")) {
            return value;
        }
    }
    return (struct amp_str){0};
}

/* What the client shows to say who it is: a token, or the cookie of a session. Devices that can
 * send neither put their token into the query, on the one route that is theirs. */
static struct amp_str credential_of(const struct amp_job *job, const struct amp_request *rq)
{
    const struct amp_str bearer = AMP_STR("Bearer ");
    struct amp_str field = amp_request_field(rq, "Authorization");
    struct amp_str token = {0};
    if (amp_str_starts(field, bearer)) {
        return (struct amp_str){field.ptr + bearer.len, field.len - bearer.len};
    }
    if (job->route->needs == AMP_PERMIT_POSITIONS &&
        amp_form_get(&job->uri.query, "token", &token)) {
        return token;
    }
    if (job->route->needs == AMP_PERMIT_INTAKE && job->route->method == AMP_METHOD_GET) {
        token = query_token(job->query_raw);
        if (token.len > 0) {
            return token;
        }
    }
    return amp_request_cookie(rq, job->peer.secure ? "__Host-amparo" : "amparo");
}

static void identify(struct amp_server *server, struct amp_job *job, const struct amp_request *rq)
{
    struct amp_str shown = credential_of(job, rq);
    int64_t now_us = server->config.clock.now_us(server->config.clock.ctx);
    job->who = (struct amp_identity){.kind = AMP_IDENTITY_NOBODY};
    if (amp_request_is_local(rq)) {
        job->who = amp_identity_local();
    } else if (shown.len == 0 ||
               !amp_directory_identify(server->directory, shown, now_us, &job->who)) {
        /* a demo lets everybody in, also a browser that still has the cookie of another server */
        job->who = server->config.open ? amp_identity_open() : job->who;
    }
    job->actor = amp_str_of(job->who.who.account);
}

/* A client is its account, or its address while it has none. */
static amp_err limit_check(struct amp_server *server, struct amp_job *job, struct amp_why *why)
{
    bool known = job->who.kind != AMP_IDENTITY_NOBODY;
    double rate = known ? server->config.rate : AMP_SERVER_RATE_NOBODY;
    struct amp_str who = known ? amp_arena_printf(&job->arena, "account %s", job->who.who.account)
                               : amp_arena_printf(&job->arena, "address %s", job->peer.addr);
    uint64_t key = amp_keyed_hash(server->hash_seed, who);
    int64_t retry_us = 0;
    if (job->who.kind == AMP_IDENTITY_LOCAL || rate <= 0.0 ||
        amp_limit_take(server->limit, key, amp_clock_steady_us(), rate, 2 * rate, &retry_us)) {
        return AMP_OK;
    }
    return amp_fail(why, AMP_E_TOO_MANY, "more than %.0f requests a second; try again in a second",
                    rate);
}

static amp_err permit_check(const struct amp_job *job, struct amp_why *why)
{
    enum amp_permit needs = job->route->needs;
    if (needs == AMP_ENDPOINT_PUBLIC || (job->who.may & UINT32_C(1) << needs) != 0) {
        return AMP_OK;
    }
    if (job->who.kind == AMP_IDENTITY_NOBODY) {
        return amp_fail(why, AMP_E_UNAUTHENTICATED,
                        "log in, or send \"Authorization: Bearer\" and a token");
    }
    return amp_fail(why, AMP_E_FORBIDDEN, "this needs the permission \"%s\", which %s %s",
                    amp_permit_name(needs), amp_role_name(job->who.who.role),
                    job->who.badge_kind == AMP_BADGE_TOKEN && job->who.kind == AMP_IDENTITY_BADGE
                        ? "or the scopes of this token do not have"
                        : "does not have");
}

/* The one place that says who may come in: a route's permission against an identity's. */
static amp_err admit(struct amp_server *server, struct amp_job *job, const struct amp_request *rq,
                     struct amp_why *why)
{
    job->peer = *amp_request_peer(rq);
    identify(server, job, rq);
    amp_err err = limit_check(server, job, why);
    return err == AMP_OK ? permit_check(job, why) : err;
}

/* Many clients write all before they read: an answer in between is lost with the connection. So a
 * body too long is read to its end, unless the client waits to be asked for it, or it has no end.
 */
static bool is_refused_unread(const struct amp_request *rq)
{
    uint64_t length = amp_request_length(rq);
    bool waits = amp_request_field(rq, "Expect").len > 0;
    return length > AMP_HTTP_DRAIN_MAX || (length > AMP_HTTP_BODY_MAX && waits);
}

void amp_door_head(void *ctx, struct amp_request *rq)
{
    struct amp_server *server = ctx;
    struct amp_why why = {""};
    unsigned allow = 0;
    if (amp_request_head_size(rq) > AMP_HTTP_HEAD_MAX) {
        refuse(server, rq, 431, "limit", "the head of the request is too long");
        return;
    }
    if (amp_request_ambiguous(rq)) {
        refuse(server, rq, 400, "syntax", "the head names two hosts or two lengths");
        return;
    }
    if (is_refused_unread(rq)) {
        refuse(server, rq, 413, "limit", "the body may have 262144 bytes at most");
        return;
    }
    struct amp_job *job = amp_job_create(server);
    if (job == NULL) {
        refuse_err(server, rq, AMP_E_NOMEM, &why);
        return;
    }
    amp_err err = target_read(job, amp_request_method(rq), amp_request_target(rq), &allow, &why);
    bool method = err == AMP_E_USAGE;
    if (err == AMP_OK) {
        err = guard(server, rq, job->route, &why);
    }
    err = err == AMP_OK ? admit(server, job, rq, &why) : err;
    if (err == AMP_OK) {
        err = fields_read(job, rq, &why);
    }
    if (err == AMP_OK) {
        amp_request_user_set(rq, job);
        return;
    }
    amp_job_destroy(job);
    if (method) {
        refuse_method(server, rq, allow);
    } else {
        refuse_err(server, rq, err, &why);
    }
}

static void job_give(struct amp_server *server, struct amp_job *job)
{
    if (job->route->kind == AMP_ENDPOINT_NEAR) {
        job->route->run(server, job);
        return;
    }
    job->step = job->route->run;
    amp_err err = amp_core_push(server, job);
    if (err != AMP_OK) {
        amp_job_problem(job, err, NULL);
        amp_job_send(job);
    }
}

void amp_door_request(void *ctx, struct amp_request *rq)
{
    struct amp_server *server = ctx;
    struct amp_job *job = amp_request_user(rq);
    struct amp_why why = {""};
    amp_request_user_set(rq, NULL);
    job->rq = rq;
    amp_err err = amp_request_body(rq, &job->body);
    if (err != AMP_OK) {
        if (err == AMP_E_LIMIT) {
            (void)amp_fail(&why, err, "the body may have %d bytes at most", AMP_HTTP_BODY_MAX);
        }
        amp_job_problem(job, err, &why);
        amp_job_send(job);
        return;
    }
    job_give(server, job);
}

/* The client went away between head and body. */
void amp_door_gone(void *ctx, void *user)
{
    (void)ctx;
    amp_job_destroy(user);
}

/* ---- the same without HTTP ---- */

amp_err amp_server_request(struct amp_server *server, const struct amp_server_ask *ask,
                           amp_reply_fn *reply, void *ctx)
{
    unsigned allow = 0;
    if (ask->actor.len > 0 && !word_valid(ask->actor)) {
        return AMP_E_RANGE;
    }
    struct amp_job *job = amp_job_create(server);
    if (job == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = target_read(job, ask->method, amp_str_of(ask->target), &allow, NULL);
    if (err == AMP_OK) {
        err = field_copy(job, ask->body, &job->body);
    }
    if (err == AMP_OK && ask->actor.len > 0) {
        err = field_copy(job, ask->actor, &job->actor);
    }
    if (err != AMP_OK) {
        amp_job_destroy(job);
        return err;
    }
    job->who = amp_identity_local();
    if (server->config.open) { /* the desk of a demo, or who else it says to be */
        job->who.who.role = ask->role != AMP_ROLE_NONE ? ask->role : AMP_ROLE_DISPATCHER;
        (void)!amp_str_copy(job->who.who.account, sizeof job->who.who.account, ask->actor);
    }
    job->reply = reply;
    job->reply_ctx = ctx;
    job_give(server, job);
    return AMP_OK;
}
