/* For tests: a night, its client, and what must be true afterwards. */
#include "server/fault_bed.h"
#include "journal/inspect.h"
#include "server/fault_wrap.h"
#include "server/partner.h"
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define WORDS "unmistakable words"

static void fault_say(struct night *night, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void fault_say(struct night *night, const char *fmt, ...)
{
    va_list args;
    if (night->fault[0] == '\0') {
        va_start(args, fmt);
        (void)vsnprintf(night->fault, sizeof night->fault, fmt, args);
        va_end(args);
    }
}

/* ---- the server ---- */

static void on_failed(void *ctx)
{
    struct night *night = ctx;
    atomic_fetch_add(&night->failed, 1);
}

/* So that what serves their subscriptions starts and ends with the rest. */
static const struct amp_partners partners = {
    .centre = "night.example.org",
    .url = "https://night.example.org",
    .offer_s = AMP_PARTNER_OFFER_S,
    .partner = {{.name = "south", .label = "South", .url = "https://south.example.org"}},
    .n = 1};

void night_begin(struct night *night)
{
    *night = (struct night){.listener = -1};
    bed_init(&night->bed);
    bed_folder(&night->bed);
    struct amp_server_config *config = &night->bed.config;
    config->open = false;
    config->invite = true;
    config->journal_looks = true;
    config->dir = night->bed.dir;
    config->snapshot_every = 8;
    config->ctx = night;
    config->failed = on_failed;
    config->partners = &partners;
}

static void night_stop(struct night *night)
{
    if (night->listener >= 0) {
        (void)close(night->listener);
        night->listener = -1;
    }
    amp_err err = bed_stop(&night->bed);
    if ((err != AMP_OK) != (atomic_load(&night->failed) > 0)) {
        fault_say(night, "the stop said %s", amp_err_words(err));
    }
    atomic_store(&night->failed, 0);
}

static bool night_start(struct night *night)
{
    struct bed *bed = &night->bed;
    struct amp_why why = {""};
    fault_wrap_spare(false);
    amp_err err = amp_store_sqlite(bed->dir, false, &bed->store, &why);
    bed->config.store = bed->store;
    err = err ? err : amp_server_start(&bed->config, &bed->server, &why);
    fault_wrap_spare(true);
    night->starts++;
    if (err != AMP_OK) {
        if (getenv("AMPARO_FAULT_SAYS") != NULL) {
            print_message("# not started: %s; %s\n", amp_err_words(err), why.text);
        }
        amp_store_close(bed->store);
        bed->store = NULL;
        bed->server = NULL;
        atomic_store(&night->failed, 0);
    }
    return err == AMP_OK;
}

bool night_up(struct night *night)
{
    if (night->bed.server != NULL && atomic_load(&night->failed) > 0) {
        night_stop(night);
    }
    for (int i = 0; i < NIGHT_TRIES && night->bed.server == NULL; i++) {
        if (night_start(night)) {
            break;
        }
    }
    if (night->bed.server == NULL) {
        fault_say(night, "the server cannot be started again");
    }
    return night->bed.server != NULL;
}

/* ---- asking ---- */

/* Over the network: one connection, one request, all that comes back. */
static void ask_http(struct night *night, const char *as, const char *method, const char *path,
                     const char *body, const char *key)
{
    char rq[4096];
    const char *by = as == NULL                        ? ""
                     : strncmp(as, "cookie: ", 8) == 0 ? ""
                                                       : "Authorization: Bearer ";
    int n = snprintf(rq, sizeof rq,
                     "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%s%s%s%s%s"
                     "Content-Length: %zu\r\n\r\n%s",
                     method, path, by, as != NULL ? as : "", as != NULL ? "\r\n" : "",
                     key != NULL ? "Idempotency-Key: " : "", key != NULL ? key : "",
                     key != NULL ? "\r\n" : "", strlen(body), body);
    int fd = bed_connect(&night->bed);
    size_t len = 0;
    bed_write(fd, rq, (size_t)n);
    for (;;) {
        struct pollfd one = {.fd = fd, .events = POLLIN};
        if (poll(&one, 1, BED_WAIT_MS) != 1) {
            fault_say(night, "%s %s hangs", method, path);
            break;
        }
        ssize_t got = recv(fd, night->said + len, sizeof night->said - 1 - len, 0);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    (void)close(fd);
    night->said[len] = '\0';
    char *start = strstr(night->said, "\r\n\r\n");
    const char *length = strcasestr(night->said, "Content-Length:");
    if (start == NULL) {
        night->status = 0;
        return;
    }
    size_t head = (size_t)(start + 4 - night->said);
    size_t whole = length != NULL && length < start ? (size_t)strtoul(length + 15, NULL, 10) : 0;
    night->status = (int)strtol(night->said + 9, NULL, 10);
    if (len - head != whole) { /* cut short: the client knows that it has no answer */
        night->status = 0;
        return;
    }
    const char *cookie = strstr(night->said, "Set-Cookie: ");
    if (cookie != NULL && cookie < start && night->status < 300) {
        (void)snprintf(night->cookie, sizeof night->cookie, "cookie: %.*s",
                       (int)strcspn(cookie + 12, ";"), cookie + 12);
    }
    memmove(night->said, night->said + head, whole + 1);
    night->said_len = whole;
}

struct heard {
    pthread_mutex_t lock;
    pthread_cond_t came;
    bool there;
    struct night *night;
};

static void on_heard(void *ctx, int status, struct amp_str body)
{
    struct heard *heard = ctx;
    struct night *night = heard->night;
    (void)pthread_mutex_lock(&heard->lock);
    night->said_len = body.len < NIGHT_SAID - 1 ? body.len : NIGHT_SAID - 1;
    if (night->said_len > 0) {
        memcpy(night->said, body.ptr, night->said_len);
    }
    night->said[night->said_len] = '\0';
    night->status = status;
    heard->there = true;
    (void)pthread_cond_signal(&heard->came);
    (void)pthread_mutex_unlock(&heard->lock);
}

/* Through the door of the command line. */
static void ask_local(struct night *night, const char *method, const char *path, const char *body)
{
    struct heard heard = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER, .night = night};
    const struct amp_server_ask ask = {.method = strcmp(method, "GET") == 0 ? AMP_METHOD_GET
                                                                            : AMP_METHOD_POST,
                                       .target = path,
                                       .body = amp_str_of(body),
                                       .actor = AMP_STR("local")};
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += BED_WAIT_MS / 1000;
    fault_wrap_spare(false);
    amp_err err = amp_server_request(night->bed.server, &ask, on_heard, &heard);
    fault_wrap_spare(true);
    if (err != AMP_OK) {
        night->status = 0;
        return;
    }
    (void)pthread_mutex_lock(&heard.lock);
    while (!heard.there && pthread_cond_timedwait(&heard.came, &heard.lock, &until) == 0) {}
    bool there = heard.there;
    (void)pthread_mutex_unlock(&heard.lock);
    if (!there) {
        fail_msg("%s %s at the inner door was never answered", method, path);
    }
}

void night_ask(struct night *night, const char *as, const char *method, const char *path,
               const char *body, const char *key)
{
    night->said[0] = '\0';
    night->said_len = 0;
    night->status = 0;
    if (!night_up(night)) {
        return;
    }
    if (as != NULL && strcmp(as, "local") == 0) {
        ask_local(night, method, path, body);
    } else {
        ask_http(night, as, method, path, body, key);
    }
}

/* ---- the steps ---- */

static bool said_has(const struct night *night, const char *text)
{
    return memmem(night->said, night->said_len, text, strlen(text)) != NULL;
}

/* No answer, or a refusal that says so. */
static bool is_honest(struct night *night)
{
    json_t *problem = NULL;
    if (getenv("AMPARO_FAULT_SAYS") != NULL) {
        print_message("# answered %d: %.200s\n", night->status, night->said);
    }
    if (night->status == 0) {
        night->broken++;
        return true;
    }
    night->refusals++;
    bool whole = amp_json_read((struct amp_str){night->said, night->said_len}, NIGHT_SAID, &problem,
                               NULL) == AMP_OK;
    bool good = night->status >= 500 &&
                (night->said_len == 0 || (whole && json_object_get(problem, "code") != NULL));
    json_decref(problem);
    return good;
}

struct step {
    const char *as; /* "desk", "admin", "local", NULL */
    const char *method, *path, *body, *key;
    int status;
    const char *want, *never; /* in the answer */
};

static const char *who(const struct night *night, const char *as)
{
    return as == NULL                 ? NULL
           : strcmp(as, "desk") == 0  ? night->token
           : strcmp(as, "admin") == 0 ? night->cookie
                                      : as;
}

/* Until it is answered as it should be. */
static bool step_take(struct night *night, const struct step *step)
{
    for (int i = 0; i < NIGHT_TRIES && night->fault[0] == '\0'; i++) {
        night_ask(night, who(night, step->as), step->method, step->path, step->body, step->key);
        bool right = night->status == step->status &&
                     (step->want == NULL || said_has(night, step->want)) &&
                     (step->never == NULL || !said_has(night, step->never));
        if (right) {
            return true;
        }
        if (night->fault[0] == '\0' && !is_honest(night)) {
            fault_say(night, "%s %s (try %d) was answered %d: %.500s", step->method, step->path,
                      i + 1, night->status, night->said);
        }
    }
    fault_say(night, "%s %s got no answer in %d tries", step->method, step->path, NIGHT_TRIES);
    return false;
}

static bool steps_take(struct night *night, const struct step *step, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!step_take(night, &step[i])) {
            return false;
        }
    }
    return true;
}

#define LOGIN    "{\"account\":\"admin\",\"password\":\"" BED_PASSWORD "\"}"
#define INCIDENT "/v1/incidents/I-1"

/* By the one-time link of the first start, or, if that was used and the answer lost, by password.
 */
static bool admin_enters(struct night *night)
{
    for (int i = 0; i < NIGHT_TRIES && night->fault[0] == '\0'; i++) {
        char body[256];
        if (!night_up(night)) {
            return false;
        }
        const char *setup = amp_server_setup(night->bed.server);
        (void)snprintf(body, sizeof body, "{\"token\":\"%s\",\"password\":\"" BED_PASSWORD "\"}",
                       setup);
        if (setup[0] != '\0') {
            night_ask(night, NULL, "POST", "/v1/setup", body, NULL);
        }
        if (setup[0] == '\0' || night->status == 401) {
            night_ask(night, NULL, "POST", "/v1/session", LOGIN, NULL);
        }
        if (night->status == 200 && said_has(night, "\"account\":\"admin\"")) {
            return true;
        }
        if (night->fault[0] == '\0' && !is_honest(night)) {
            fault_say(night, "the log-in was answered %d: %.500s", night->status, night->said);
        }
    }
    fault_say(night, "the admin cannot log in");
    return false;
}

static void member_take(const struct night *night, const char *name, char out[BED_SECRET])
{
    char mark[64];
    (void)snprintf(mark, sizeof mark, "\"%s\":\"", name);
    const char *at = strstr(night->said, mark);
    if (at != NULL) {
        at += strlen(mark);
        (void)snprintf(out, BED_SECRET, "%.*s", (int)strcspn(at, "\""), at);
    }
}

static bool desk_gets_a_token(struct night *night)
{
    static const struct step make = {
        "local",
        "POST",
        "/v1/tokens",
        "{\"label\":\"t\",\"account\":\"ana\",\"scopes\":[\"read\",\"write\"]}",
        NULL,
        201,
        "\"secret\":\"amp_",
        NULL};
    if (!step_take(night, &make)) {
        return false;
    }
    member_take(night, "secret", night->token);
    const char *inner = strstr(night->said, "\"token\":{");
    if (inner != NULL) {
        memmove(night->said, inner + 8, strlen(inner + 8) + 1);
        member_take(night, "token", night->token_id);
    }
    return true;
}

static void desk_listens(struct night *night)
{
    char rq[256];
    int n = snprintf(rq, sizeof rq,
                     "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s"
                     "\r\n\r\n",
                     night->token);
    if (night_up(night)) {
        night->listener = bed_connect(&night->bed);
        bed_write(night->listener, rq, (size_t)n);
    }
}

static const struct step beginning[] = {
    {"admin", "POST", "/v1/accounts", "{\"account\":\"ana\",\"role\":\"supervisor\"}", "k-ana", 201,
     "\"account\":\"ana\"", NULL},
    {"admin", "POST", "/v1/stations",
     "{\"station\":\"S1\",\"label\":\"Central\",\"site\":{\"lat\":41.15,\"lon\":-8.61}}", "k-s1",
     201, "\"S1\"", NULL},
    {"admin", "POST", "/v1/units",
     "{\"unit\":\"M1\",\"kind\":\"ambulance\",\"capabilities\":[\"als\"],\"station\":\"S1\","
     "\"crew\":2}",
     "k-m1", 201, "\"M1\"", NULL},
};

static const struct step work[] = {
    {"desk", "POST", "/v1/calls",
     "{\"number\":\"+351910000001\",\"words\":\"" WORDS "\",\"pos\":{\"lat\":41.151,\"lon\":-8.61},"
     "\"type\":\"cardiac-arrest\"}",
     "k-call", 201, "\"id\":\"I-1\"", NULL},
    {"desk", "POST", INCIDENT "/notes", "{\"text\":\"third floor\"}", "k-note", 200, "third floor",
     NULL},
    {"desk", "POST", INCIDENT "/assignments", "{\"unit\":\"M1\"}", "k-send", 200, "\"M1\"", NULL},
    {"desk", "POST", "/v1/units/M1/status", "{\"status\":\"en-route\"}", "k-go", 200, "en-route",
     NULL},
    {"desk", "GET", INCIDENT, "", NULL, 200, WORDS, NULL},
    {"desk", "GET", "/v1/incidents?state=all", "", NULL, 200, WORDS, NULL},
    {"desk", "POST", "/v1/units/M1/status", "{\"status\":\"available\"}", "k-free", 200,
     "available", NULL},
    {"desk", "POST", INCIDENT "/close", "{\"outcome\":\"treated\"}", "k-close", 200, "\"closed\"",
     NULL},
    {"admin", "GET", INCIDENT "/export", "", NULL, 200, "PK", NULL},
    {NULL, "GET", "/v1/log/checkpoint", "", NULL, 200, "amparo", NULL},
    {NULL, "GET", "/v1/log/proof?seq=2", "", NULL, 200, "amparo", NULL},
    {"admin", "GET", "/v1/audit", "", NULL, 200, "\"incident-opened\"", NULL},
    {"admin", "POST", INCIDENT "/erase", "{\"reason\":\"asked\"}", "k-erase", 200, "\"erased\":\"",
     WORDS},
    {"desk", "GET", INCIDENT, "", NULL, 200, "\"erased\":\"", WORDS},
};

/* Who did not hear whether it worked asks again, and may hear that there is no such token. */
static void token_is_revoked(struct night *night)
{
    char path[BED_SECRET + 32];
    (void)snprintf(path, sizeof path, "/v1/tokens/%s", night->token_id);
    for (int i = 0; i < NIGHT_TRIES && night->fault[0] == '\0'; i++) {
        night_ask(night, night->cookie, "DELETE", path, "", "k-revoke");
        if (night->status == 204 || (i > 0 && night->status == 404)) {
            return;
        }
        if (!is_honest(night)) {
            fault_say(night, "%s (try %d) was answered %d: %.500s", path, i + 1, night->status,
                      night->said);
        }
    }
    fault_say(night, "the token cannot be revoked");
}

void night_run(struct night *night)
{
    fault_wrap_spare(true);
    if (!admin_enters(night) ||
        !steps_take(night, beginning, sizeof beginning / sizeof beginning[0]) ||
        !desk_gets_a_token(night)) {
        return;
    }
    desk_listens(night);
    if (steps_take(night, work, sizeof work / sizeof work[0])) {
        token_is_revoked(night);
    }
}

/* ---- afterwards ---- */

static void ledger_look(void *ctx, const struct amp_state *state, const struct amp_track *track,
                        int64_t now_us)
{
    struct night_ledger *ledger = ctx;
    (void)track;
    (void)now_us;
    *ledger = (struct night_ledger){.digest = amp_state_digest(state)};
    for (size_t day = 0; day < state->audit_n; day++) {
        for (int role = 0; role < AMP_ROLES; role++) {
            for (int kind = 0; kind < AMP_EV_COUNT; kind++) {
                ledger->count[kind] += state->audit[day].count[role][kind];
            }
        }
    }
}

/* Some have no key, so a client that did not hear the answer does them twice; and who looks again
 * after a restart is told again. */
static bool may_repeat(enum amp_event_kind kind)
{
    static const enum amp_event_kind kinds[] = {AMP_EV_SESSION_OPENED, AMP_EV_LOGIN_FAILED,
                                                AMP_EV_TOKEN_MADE,     AMP_EV_INCIDENT_VIEWED,
                                                AMP_EV_LOG_VIEWED,     AMP_EV_CREDENTIAL_SET};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i] == kind) {
            return true;
        }
    }
    return false;
}

static void ledger_compare(struct night *night, const struct night_ledger *right,
                           const struct night_ledger *mine)
{
    for (int kind = 0; kind < AMP_EV_COUNT; kind++) {
        bool repeats = may_repeat((enum amp_event_kind)kind);
        if (repeats ? mine->count[kind] < (right->count[kind] > 0)
                    : mine->count[kind] != right->count[kind]) {
            fault_say(night, "%llu records of %s, and not %llu",
                      (unsigned long long)mine->count[kind], amp_event_rows[kind].name,
                      (unsigned long long)right->count[kind]);
        }
    }
}

static void answers_check(struct night *night)
{
    night_ask(night, night->token, "GET", "/v1/session", "", NULL);
    if (night->status != 401) {
        fault_say(night, "a token that was revoked is answered %d", night->status);
    }
    night_ask(night, night->cookie, "GET", "/v1/session", "", NULL);
    if (night->status != 200) {
        fault_say(night, "a session that was opened is answered %d", night->status);
    }
    night_ask(night, "local", "GET", "/v1/incidents?state=all", "", NULL);
    if (night->status != 200 || said_has(night, WORDS) || said_has(night, "\"I-2\"") ||
        !said_has(night, "\"I-1\"")) {
        fault_say(night, "afterwards there is: %.500s", night->said);
    }
}

static void record_check(struct night *night)
{
    struct amp_log_report report = {.ok = false};
    struct amp_why why = {""};
    amp_err err = amp_log_verify(night->bed.dir, NULL, &report, &why);
    if (err != AMP_OK || !report.ok) {
        fault_say(night, "the record does not verify: %s%s", why.text, report.why.text);
    }
}

void night_check(struct night *night, const struct night_ledger *right, struct night_ledger *out)
{
    struct night_ledger before = {.digest = 0};
    if (night->fault[0] != '\0') {
        return;
    }
    bool goes_on = night->bed.server != NULL && atomic_load(&night->failed) == 0 &&
                   amp_server_look(night->bed.server, ledger_look, &before) == AMP_OK;
    night_stop(night);
    if (!night_up(night)) {
        return;
    }
    assert_int_equal(amp_server_look(night->bed.server, ledger_look, out), AMP_OK);
    if (goes_on && before.digest != out->digest) {
        fault_say(night, "the record folds to another state than there was");
    }
    if (right != NULL) {
        ledger_compare(night, right, out);
    }
    answers_check(night);
    night_stop(night);
    record_check(night);
}

void night_end(struct night *night)
{
    if (night->bed.server != NULL) {
        night_stop(night);
    }
    bed_drop(&night->bed);
}
