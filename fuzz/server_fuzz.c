/*
 * Fuzz: what a server that runs is asked, behind its HTTP; whatever it is, it answers, and what it
 * took is read again at the next start.
 *
 * An input is requests, each ended by the byte 0x1e: a line "METHOD TARGET ACTOR ROLE" and a body.
 * The last two may be left out; north is a partner centre. "WAIT SECONDS" lets time pass. A server
 * lives for many inputs, so what is found may want what came before.
 *
 * libFuzzer: -entropic=0 -detect_leaks=0
 * (threads make the one slow and the other look at all memory again and again)
 */
#include "response/plan.h"
#include "server/partner.h"
#include "server/server.h"
#include "server/warnings.h"
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

enum {
    REQUESTS = 32,
    ONE_LIFE = 500, /* inputs; to start a server costs as much as some hundred */
    WAIT_MOST_S = 86400 * 40
};

#define NOON INT64_C(1790000000000000)

struct told {
    pthread_mutex_t lock;
    pthread_cond_t came;
    int status; /* 0: not yet */
};

static struct amp_plans *plans;
static struct amp_partners partners;
static struct amp_warning_settings warnings;
static struct amp_clock_set clock_set;
static struct amp_store *store;
static struct amp_server *server;
static uint64_t inputs;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    amp_err err = amp_plans_builtin(&plans);
    (void)argc;
    (void)argv;
    err = err ? err
              : amp_partners_read(
                    AMP_STR("centre = here.example.org\nurl = https://here.example.org\n"
                            "partner = north\nurl = https://north.example.org\n"
                            "token = t\n"),
                    &partners, NULL);
    err = err ? err
              : amp_warning_settings_read(
                    AMP_STR(
                        "sender = met@example.org\nname = Met\nfeed = https://here.example.org/\n"),
                    &warnings, NULL);
    assert(err == AMP_OK);
    (void)signal(SIGPIPE, SIG_IGN);
    return 0;
}

static struct amp_server *server_start(void)
{
    const struct amp_server_config config = {.addr = "127.0.0.1",
                                             .quiet = true,
                                             .open = true,
                                             .master = {1, 2, 3},
                                             .version = "test",
                                             .plans = plans,
                                             .partners = &partners,
                                             .warnings = &warnings,
                                             .link_url = "https://here.example.org",
                                             .store = store,
                                             .clock = amp_clock_settable(&clock_set)};
    struct amp_server *started = NULL;
    amp_err err = amp_server_start(&config, &started, NULL);
    assert(err == AMP_OK);
    return started;
}

static void on_told(void *ctx, int status, struct amp_str body)
{
    struct told *told = ctx;
    (void)body;
    (void)pthread_mutex_lock(&told->lock);
    told->status = status;
    (void)pthread_cond_signal(&told->came);
    (void)pthread_mutex_unlock(&told->lock);
}

static void ask(const struct amp_server_ask *question)
{
    struct told told = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    if (amp_server_request(server, question, on_told, &told) != AMP_OK) {
        return; /* no such address, or the actor is no word */
    }
    (void)pthread_mutex_lock(&told.lock);
    while (told.status == 0) {
        (void)pthread_cond_wait(&told.came, &told.lock);
    }
    (void)pthread_mutex_unlock(&told.lock);
    assert(told.status != 500);
}

static bool method_of(struct amp_str name, enum amp_method *out)
{
    static const char *const names[] = {[AMP_METHOD_GET] = "GET",
                                        [AMP_METHOD_POST] = "POST",
                                        [AMP_METHOD_PATCH] = "PATCH",
                                        [AMP_METHOD_DELETE] = "DELETE"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i] != NULL && amp_str_is(name, names[i])) {
            *out = (enum amp_method)i;
            return true;
        }
    }
    return false;
}

static void request_take(struct amp_str request)
{
    struct amp_str line = {0}, method = {0}, target = {0}, actor = {0};
    request = amp_str_cut(request, '\n', &line);
    line = amp_str_cut(amp_str_cut(line, ' ', &method), ' ', &target);
    line = amp_str_cut(line, ' ', &actor);
    struct amp_server_ask question = {.body = request, .actor = actor};
    char text[1024];
    int64_t seconds = 0;
    if (amp_str_is(method, "WAIT")) {
        if (amp_str_i64(target, &seconds) == AMP_OK && seconds > 0 && seconds <= WAIT_MOST_S) {
            (void)atomic_fetch_add(&clock_set.us, seconds * 1000000);
        }
        return;
    }
    if (amp_role_of(line, &question.role) != AMP_OK) {
        question.role = AMP_ROLE_NONE;
    }
    if (method_of(method, &question.method) && amp_str_copy(text, sizeof text, target) == AMP_OK) {
        question.target = text;
        ask(&question);
    }
}

struct seen {
    uint64_t seq, digest;
};

static void look(void *ctx, const struct amp_state *state, const struct amp_track *track,
                 int64_t now_us)
{
    struct seen *seen = ctx;
    (void)track;
    (void)now_us;
    *seen = (struct seen){state->seq, amp_state_digest(state)};
}

/* Ends it, and begins it once more from what it wrote; then a new one. What is due by then, such as
 * an alert that has expired, becomes a record before or after the end. */
static void server_renew(void)
{
    struct seen before = {0}, after = {0};
    amp_err err = AMP_OK;
    if (server != NULL) {
        err = amp_server_look(server, look, &before);
        err = err ? err : amp_server_stop(server);
        assert(err == AMP_OK);
        server = server_start();
        err = amp_server_look(server, look, &after);
        err = err ? err : amp_server_stop(server);
        assert(err == AMP_OK && after.seq >= before.seq);
        assert(after.seq > before.seq || after.digest == before.digest);
        amp_store_close(store);
    }
    atomic_init(&clock_set.us, NOON);
    err = amp_store_memory(&store);
    assert(err == AMP_OK);
    server = server_start();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str rest = {(const char *)data, size};
    if (inputs++ % ONE_LIFE == 0) {
        server_renew();
    }
    for (unsigned i = 0; i < REQUESTS && rest.len > 0; i++) {
        struct amp_str request = {0};
        rest = amp_str_cut(rest, '\x1e', &request);
        request_take(request);
    }
    return 0;
}
