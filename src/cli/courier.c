/*
 * `amparo courier`: the process that carries HTTP requests out for a server; `serve` starts it.
 *
 * Two processes: a keeper that does nothing but start the one that works, again whenever it dies,
 * since the server itself may start none. Both end when the server closes its end of the socket.
 */
#include "cli/courier.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "server/courier.h"
#include "server/sandbox.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SOCKET = 3, /* where the keeper finds it */
    AGAIN_S = 1
};

amp_err amp_cli_courier_start(int *out, struct amp_why *why)
{
    int pair[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return amp_fail(why, AMP_E_IO, "no socket for the courier: %s", strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0) {
        static char name[] = "amparo", word[] = "courier", flag[] = "--socket";
        char *argv[] = {name, word, flag, NULL};
        /* the same number would keep its close-on-exec flag */
        int fd = pair[1] == SOCKET ? dup(pair[1]) : pair[1];
        sigset_t none;
        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        if (fd >= 0 && dup2(fd, SOCKET) == SOCKET) {
            (void)setsid(); /* what is typed to stop the server is not for this one */
            (void)execv("/proc/self/exe", argv);
        }
        _exit(AMP_EXIT_FAILED);
    }
    (void)close(pair[1]);
    if (pid < 0) {
        (void)close(pair[0]);
        return amp_fail(why, AMP_E_IO, "the courier cannot be started: %s", strerror(errno));
    }
    *out = pair[0];
    return AMP_OK;
}

/* Names and certificates, and no file of ours. What is not there is not needed. */
static amp_err courier_sandbox(struct amp_why *why)
{
    static const char *const wanted[] = {"/etc",
                                         "/usr/share",
                                         "/usr/lib",
                                         "/usr/lib64",
                                         "/lib",
                                         "/lib64",
                                         "/run/resolvconf",
                                         "/run/systemd/resolve",
                                         "/run/NetworkManager"};
    const char *readable[sizeof wanted / sizeof wanted[0] + 1] = {NULL};
    struct amp_sandbox_report report;
    size_t n = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (access(wanted[i], R_OK) == 0) {
            readable[n++] = wanted[i];
        }
    }
    const struct amp_sandbox sandbox = {.readable = readable, .connects = true};
    return amp_sandbox_enter(&sandbox, &report, why);
}

static int work(void)
{
    struct amp_why why = {""};
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    amp_err err = courier_sandbox(&why);
    err = err ? err : amp_courier_run(SOCKET, &why);
    return err == AMP_OK ? AMP_EXIT_OK : amp_cli_fail("courier", err, &why);
}

/* True while the server has its end open. */
static bool is_wanted(void)
{
    char byte = 0;
    ssize_t n = recv(SOCKET, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

static int keep(void)
{
    while (is_wanted()) {
        pid_t pid = fork();
        if (pid == 0) {
            return work();
        }
        int status = 0;
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
        if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == AMP_EXIT_OK) {
            break;
        }
        (void)sleep(AGAIN_S);
    }
    return AMP_EXIT_OK;
}

int amp_cli_courier(int argc, char **argv)
{
    bool socket_given = false;
    const struct amp_opt opt[] = {{"--socket", AMP_OPT_FLAG, NULL,
                                   "the server's socket is descriptor 3", false, &socket_given,
                                   NULL}};
    const struct amp_cli_usage usage = {
        .name = "courier",
        .operands = "",
        .about = "Carries HTTP requests out of the house for a server: texts to a gateway,\n"
                 "webhooks. `amparo serve` starts it; by hand there is nothing it could do.",
        .opt = opt,
        .opt_n = sizeof opt / sizeof opt[0]};
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    int type = 0;
    socklen_t len = sizeof type;
    if (!socket_given || getsockopt(SOCKET, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
        type != SOCK_SEQPACKET) {
        return amp_cli_misuse("courier", "`amparo serve` starts this");
    }
    return keep();
}
