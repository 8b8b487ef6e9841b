/* `amparo serve`: the server, until it is told to stop. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/setup.h"
#include "server/notify.h"
#include "server/server.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STOP_LIMIT_S = 30
};

struct serve {
    const char *data, *map_path, *listen, *store_name, *plans_path;
    bool quiet, remote;
    char addr[AMP_LISTEN_ADDR];
    uint16_t port;
    struct amp_store *store;
    struct amp_plans *plans;
    struct amp_map map;
    int failed_fd; /* readable when a commit failed */
    struct amp_notify notify;
};

static amp_err store_open(struct serve *serve, struct amp_why *why)
{
    if (strcmp(serve->store_name, "memory") == 0) {
        return amp_store_memory(&serve->store);
    }
    if (strcmp(serve->store_name, "sqlite") != 0) {
        return amp_fail(why, AMP_E_UNSUPPORTED, "there is no store \"%s\"; there is sqlite",
                        serve->store_name);
    }
    if (serve->data == NULL) {
        return amp_fail(why, AMP_E_USAGE, "--data DIR says where the journal is kept");
    }
    if (mkdir(serve->data, 0700) != 0 && errno != EEXIST) {
        return amp_fail(why, AMP_E_IO, "%s: %s", serve->data, strerror(errno));
    }
    return amp_store_sqlite(serve->data, false, &serve->store, why);
}

static amp_err parts_open(struct serve *serve, struct amp_why *why)
{
    amp_err err = amp_cli_listen(serve->listen, serve->addr, &serve->port, why);
    err = err == AMP_OK ? amp_cli_plans(serve->plans_path, &serve->plans, why) : err;
    if (err == AMP_OK && serve->map_path != NULL) {
        err = amp_map_open(serve->map_path, &serve->map, why);
    }
    return err == AMP_OK ? store_open(serve, why) : err;
}

static void parts_close(struct serve *serve)
{
    amp_store_close(serve->store);
    amp_map_close(&serve->map);
    amp_plans_free(serve->plans);
    if (serve->failed_fd >= 0) {
        (void)close(serve->failed_fd);
    }
    amp_notify_close(&serve->notify);
}

static void on_failed(void *ctx)
{
    const struct serve *serve = ctx;
    const uint64_t one = 1;
    ssize_t n = write(serve->failed_fd, &one, sizeof one);
    (void)n; /* the counter cannot be full: it is written once */
}

/* Many consoles and vehicles are many connections. */
static void files_allow(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Before any thread starts, so that all inherit the mask and only the descriptor sees the signals.
 */
static int signals_take(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) {
        return -1;
    }
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static void on_look(void *ctx, const struct amp_state *state, const struct amp_track *track,
                    int64_t now_us)
{
    (void)ctx;
    (void)state;
    (void)track;
    (void)now_us;
}

/* The service manager hears that we live when the core has answered, not because a clock ticks. */
static void wait_for_end(const struct serve *serve, struct amp_server *server, int signal_fd)
{
    struct pollfd fds[] = {{.fd = signal_fd, .events = POLLIN},
                           {.fd = serve->failed_fd, .events = POLLIN}};
    const int64_t often_ms = serve->notify.watchdog_us / 3000;
    const int wait_ms = often_ms > 0 && often_ms < INT_MAX ? (int)often_ms : -1;
    int n = 0;
    (void)amp_notify_ready(&serve->notify);
    while (n == 0 || (n < 0 && errno == EINTR)) {
        n = poll(fds, 2, wait_ms);
        if (n == 0 && amp_server_look(server, on_look, NULL) == AMP_OK) {
            (void)amp_notify_alive(&serve->notify);
        }
    }
    (void)amp_notify_stopping(&serve->notify);
}

static int serve_run(struct serve *serve, int signal_fd)
{
    struct amp_why why = {""};
    struct amp_server *server = NULL;
    amp_err err = parts_open(serve, &why);
    if (err == AMP_OK) {
        const struct amp_server_config config = {.addr = serve->addr,
                                                 .port = serve->port,
                                                 .allow_remote = serve->remote,
                                                 .quiet = serve->quiet,
                                                 .version = AMP_VERSION,
                                                 .store = serve->store,
                                                 .plans = serve->plans,
                                                 .map =
                                                     serve->map_path != NULL ? &serve->map : NULL,
                                                 .clock = amp_clock_real(),
                                                 .ctx = serve,
                                                 .failed = on_failed};
        err = amp_server_start(&config, &server, &why);
    }
    if (err != AMP_OK) {
        parts_close(serve);
        return err == AMP_E_USAGE ? amp_cli_misuse("serve", "%s", why.text)
                                  : amp_cli_fail("serve", err, &why);
    }
    amp_cli_console_at(serve->addr, amp_server_port(server));
    wait_for_end(serve, server, signal_fd);
    (void)alarm(
        STOP_LIMIT_S); /* all is durable long before; a worker that hangs is not waited for */
    err = amp_server_stop(server);
    parts_close(serve);
    return err == AMP_OK ? AMP_EXIT_OK : AMP_EXIT_FAILED;
}

int amp_cli_serve(int argc, char **argv)
{
    struct serve serve = {.listen = "127.0.0.1", .store_name = "sqlite", .failed_fd = -1};
    const struct amp_opt opt[] = {
        {"--data", AMP_OPT_TEXT, "DIR", "where the journal is kept", false, &serve.data, NULL},
        {"--map", AMP_OPT_TEXT, "M.amap", "the map", false, &serve.map_path, NULL},
        {"--listen", AMP_OPT_TEXT, "ADDR:PORT", "default 127.0.0.1:8112; port 0 takes a free one",
         false, &serve.listen, NULL},
        {"--store", AMP_OPT_TEXT, "sqlite|memory", "memory forgets all at the end", false,
         &serve.store_name, NULL},
        {"--plans", AMP_OPT_TEXT, "FILE", "response plans; else the built-in ones", false,
         &serve.plans_path, NULL},
        {"--quiet", AMP_OPT_FLAG, NULL, "log warnings and errors only", false, &serve.quiet, NULL},
        {"--allow-remote-without-accounts", AMP_OPT_FLAG, NULL,
         "whoever reaches the address may do everything", false, &serve.remote, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "serve",
        .operands = "",
        .about = "Runs the server: the API under /v1, live push, and the console.\n"
                 "SIGTERM or SIGINT stops it when all is written.",
        .opt = opt,
        .opt_n = sizeof opt / sizeof opt[0]};
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    files_allow();
    serve.notify = amp_notify_open();
    int signal_fd = signals_take();
    serve.failed_fd = eventfd(0, EFD_CLOEXEC);
    if (signal_fd < 0 || serve.failed_fd < 0) {
        return amp_cli_fail("serve", AMP_E_IO, NULL);
    }
    status = serve_run(&serve, signal_fd);
    (void)close(signal_fd);
    return status;
}
