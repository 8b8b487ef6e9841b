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
    AGAIN_S = 1
};

amp_err amp_cli_courier_start(const struct amp_cli_peer *peer, int *out, struct amp_why *why)
{
    amp_err err = amp_cli_peer_check(peer, "peer", why);
    return err ? err : amp_cli_keeper_start("courier", peer, out, why);
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

/* Files are read before the sandbox, anew by each one that works. */
static int work(const struct amp_cli_peer *peer)
{
    struct amp_cli_peer_text text;
    struct amp_why why = {""};
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    amp_err err = amp_cli_peer_read(peer, &text, &why);
    err = err ? err : courier_sandbox(&why);
    err = err ? err : amp_courier_run(AMP_KEEPER_SOCKET, &text.tls, &why);
    amp_cli_peer_drop(&text);
    return err == AMP_OK ? AMP_EXIT_OK : amp_cli_fail("courier", err, &why);
}

/* True while the server has its end open. */
static bool is_wanted(void)
{
    char byte = 0;
    ssize_t n = recv(AMP_KEEPER_SOCKET, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

static int keep(const struct amp_cli_peer *peer)
{
    while (is_wanted()) {
        pid_t pid = fork();
        if (pid == 0) {
            return work(peer);
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
    struct amp_cli_peer peer = {.ca = NULL};
    int status = amp_cli_keeper_options(
        "courier",
        "Carries HTTP requests out of the house for a server: texts to a gateway,\n"
        "webhooks. `amparo serve` starts it; by hand there is nothing it could do.",
        argc, argv, &peer);
    return status != AMP_CLI_GO_ON ? status : keep(&peer);
}
