/*
 * What was erased is gone from the memory of the process, too.
 *
 * A client in a process of its own takes a call full of marks, sees it in every way there is, and
 * has it erased. Then this process, with the server in it, looks through all its writable memory.
 * It knows the marks only in disguise, so it does not find itself.
 */
#include "server/inside.h"
#include "server/testbed.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__has_feature)
#define AMP_CLANG_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define AMP_CLANG_SANITIZED 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || AMP_CLANG_SANITIZED
static const bool keeps_freed = true;
#else
static const bool keeps_freed = false;
#endif

enum {
    DISGUISE = 0x15, /* no mark has a byte that it turns into the end */
    MARKS = 6,
    CHUNK = 1 << 20,
    MARK_MAX = 64,
    TOLD = 4096
};

/* In disguise: number, words, place, note, a position, a changed name of the place. */
static const char *const hidden[MARKS] = {
    ">& $,'--%$,'-",  "b5}\177~5omd5xpxzg|ty5\177md5a|eepq",
    "G`t5od5F|yz5!'", "{zap5opwgt5rtf~pa5\042\0425dm",
    "!$;$ ,'-&\042",  "Y`rtg5qz5Odm5\042$-\042",
};

static void mark_show(int i, char out[MARK_MAX])
{
    size_t n = strlen(hidden[i]);
    for (size_t k = 0; k < n; k++) {
        out[k] = (char)(hidden[i][k] ^ DISGUISE);
    }
    out[n] = '\0';
}

/* ---- the client, in its own process ---- */

struct client {
    uint16_t port;
    char token[BED_SECRET];
};

static int client_connect(const struct client *client)
{
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons(client->port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof addr) == 0 ? fd : -1;
}

static bool client_ask(const struct client *client, const char *method, const char *path,
                       const char *body, const char *want)
{
    struct amp_buf all = amp_buf_make(CHUNK);
    char head[TOLD];
    int n = snprintf(head, sizeof head,
                     "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                     "Authorization: Bearer %s\r\nContent-Length: %zu\r\n\r\n",
                     method, path, client->token, strlen(body));
    int fd = client_connect(client);
    bed_write(fd, head, (size_t)n);
    bed_write(fd, body, strlen(body));
    bool good = bed_read_until(fd, &all, want);
    (void)!bed_read_until(fd, &all, "until the end");
    if (!good) {
        print_message("# %s %s: %.*s\n", method, path, (int)all.len, all.data);
    }
    (void)close(fd);
    amp_buf_free(&all);
    return good;
}

static bool client_run(const struct client *client)
{
    char m[MARKS][MARK_MAX], body[TOLD];
    struct amp_buf heard = amp_buf_make(CHUNK);
    for (int i = 0; i < MARKS; i++) {
        mark_show(i, m[i]);
    }
    int n = snprintf(body, sizeof body,
                     "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s"
                     "\r\n\r\n",
                     client->token);
    int fd = client_connect(client);
    bed_write(fd, body, (size_t)n);
    bool good = bed_read_until(fd, &heard, "text/event-stream");
    (void)snprintf(body, sizeof body,
                   "{\"number\":\"%s\",\"words\":\"%s\",\"place\":\"%s\",\"type\":\"stroke\","
                   "\"pos\":{\"lat\":%s,\"lon\":-8.61}}",
                   m[0], m[1], m[2], m[4]);
    good = good && client_ask(client, "POST", "/v1/calls", body, "\"I-1\"");
    (void)snprintf(body, sizeof body, "{\"text\":\"%s\"}", m[3]);
    good = good && client_ask(client, "POST", "/v1/incidents/I-1/notes", body, m[3]);
    (void)snprintf(body, sizeof body, "{\"place\":\"%s\"}", m[5]);
    good = good && client_ask(client, "PATCH", "/v1/incidents/I-1", body, m[5]);
    good = good && bed_read_until(fd, &heard, m[1]) && bed_read_until(fd, &heard, m[5]);
    good = good && client_ask(client, "GET", "/v1/incidents", "", m[1]) &&
           client_ask(client, "GET", "/v1/incidents/I-1", "", m[3]) &&
           client_ask(client, "POST", "/v1/incidents/I-1/close", "{}", "closed") &&
           client_ask(client, "GET", "/v1/incidents?state=all", "", m[1]) &&
           client_ask(client, "GET", "/v1/past?at=2026-09-21T14:13:20Z&incident=I-1", "", m[3]) &&
           client_ask(client, "GET", "/v1/incidents/I-1/export", "", "PK");
    n = snprintf(body, sizeof body,
                 "GET /v1/incidents/I-1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s"
                 "\r\n\r\n",
                 client->token);
    int kept = client_connect(client); /* as browsers do: it stays open, like the stream */
    bed_write(kept, body, (size_t)n);
    good = good && bed_read_until(kept, &heard, m[3]);
    return good;
}

/* ---- looking through memory ---- */

static char chunk[CHUNK + MARK_MAX]; /* what is being looked at; never looked at itself */

struct found { /* how many, and with `say` which */
    bool say;
    size_t n;
};

static bool is_mark(const char *at, const char *mark, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((at[i] ^ DISGUISE) != mark[i]) {
            return false;
        }
    }
    return true;
}

static void found_say(int mark, size_t n, size_t i, uintptr_t at, const char *mapping)
{
    enum {
        BEFORE = 40,
        SHOWN = 120
    };
    char text[SHOWN + 1] = "";
    size_t from = i > BEFORE ? i - BEFORE : 0;
    for (size_t k = 0; k < SHOWN && from + k < n; k++) {
        char c = chunk[from + k];
        text[k] = c >= ' ' && c <= '~' ? c : '.';
        text[k + 1] = '\0';
    }
    print_message("# mark %d at %" PRIxPTR " in %.*s: %s\n", mark, at, (int)strcspn(mapping, "\n"),
                  mapping, text);
}

static void chunk_look(size_t n, uintptr_t base, const char *mapping, struct found *found)
{
    for (int mark = 0; mark < MARKS; mark++) {
        size_t len = strlen(hidden[mark]);
        const char *at = chunk;
        const char *end = chunk + n;
        while ((size_t)(end - at) >= len && (at = memchr(at, hidden[mark][0] ^ DISGUISE,
                                                         (size_t)(end - at) - len + 1)) != NULL) {
            if (is_mark(at, hidden[mark], len)) {
                size_t i = (size_t)(at - chunk);
                found->n++;
                if (found->say) {
                    found_say(mark, n, i, base + i, mapping);
                }
            }
            at++;
        }
    }
}

static void range_look(int mem, uintptr_t from, uintptr_t to, const char *mapping,
                       struct found *found)
{
    for (uintptr_t at = from; at < to; at += CHUNK) {
        size_t want = to - at < sizeof chunk ? to - at : sizeof chunk;
        if (at < (uintptr_t)chunk + sizeof chunk && at + want > (uintptr_t)chunk) {
            continue; /* itself */
        }
        ssize_t n = pread(mem, chunk, want, (off_t)at);
        if (n > 0) {
            chunk_look((size_t)n, at, mapping, found);
        }
    }
}

/* In all mappings that can be read and written. */
static size_t memory_look(bool say)
{
    char line[TOLD];
    struct found found = {.say = say};
    FILE *maps = fopen("/proc/self/maps", "re");
    int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    assert_non_null(maps);
    assert_true(mem >= 0);
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t from = 0, to = 0;
        char may[8] = "";
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &from, &to, may) == 3 &&
            strncmp(may, "rw", 2) == 0) {
            range_look(mem, from, to, line, &found);
        }
    }
    (void)close(mem);
    (void)fclose(maps);
    return found.n;
}

/* What is on its way out of the process may take a moment. */
static void expect_gone(void)
{
    int64_t until_us = amp_clock_steady_us() + INT64_C(5000000);
    while (memory_look(false) > 0 && amp_clock_steady_us() < until_us) {
        (void)poll(NULL, 0, 50);
    }
    assert_int_equal(memory_look(true), 0);
}

static int client_start(int to_client[2], int from_client[2])
{
    assert_int_equal(pipe2(to_client, O_CLOEXEC), 0);
    assert_int_equal(pipe2(from_client, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct client client = {.port = 0};
        char said = 'n';
        if (read(to_client[0], &client, sizeof client) == (ssize_t)sizeof client &&
            client_run(&client)) {
            said = 'y';
        }
        (void)!write(from_client[1], &said, 1);
        (void)!read(to_client[0], &said, 1); /* until it may close what it has open */
        _exit(0);
    }
    return pid;
}

static void what_was_erased_is_in_no_memory_of_the_process(void **state)
{
    struct bed bed;
    int to_client[2], from_client[2], status = 0;
    char said = 'n';
    (void)state;
    pid_t client = client_start(to_client, from_client);
    bed_init(&bed);
    bed_folder(&bed);
    bed.config.open = false;
    bed.config.journal_looks = true;
    bed.config.dir = bed.dir;
    bed.config.snapshot_every = 4;
    bed_start(&bed);
    bed_town(&bed);
    struct client told = {.port = amp_server_port(bed.server)};
    bed_member(&bed, "ana", AMP_ROLE_SUPERVISOR, "", told.token);
    assert_int_equal(write(to_client[1], &told, sizeof told), sizeof told);
    assert_int_equal(read(from_client[0], &said, 1), 1);
    assert_int_equal(said, 'y');
    size_t before = memory_look(false);
    assert_true(before > 0); /* it would be found */
    bed_local_expect(&bed, AMP_METHOD_POST, "/v1/incidents/I-1/erase", "{\"reason\":\"asked\"}",
                     200);
    expect_gone();
    assert_int_equal(write(to_client[1], &said, 1), 1);
    assert_int_equal(waitpid(client, &status, 0), client);
    expect_gone(); /* nor does it come back when connections end */
    for (int i = 0; i < 2; i++) {
        (void)close(to_client[i]);
        (void)close(from_client[i]);
    }
    bed_drop(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_erased_is_in_no_memory_of_the_process),
    };
    if (keeps_freed) {
        print_message("1..0 # SKIP a sanitizer keeps what was freed\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
