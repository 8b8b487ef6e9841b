/* Starting a process beside the server, and what it finds at its start. */
#include "cli/keeper.h"
#include "cli/cli.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ARGS_MAX = 10
};

/* In the process that was forked. */
static void become(const char *word, const struct amp_cli_peer *peer, int fd)
{
    const struct amp_cli_peer none_at_all = {.ca = NULL};
    const struct amp_cli_peer *with = peer != NULL ? peer : &none_at_all;
    const char *const pair[][2] = {
        {"--peer-ca", with->ca}, {"--peer-cert", with->cert}, {"--peer-key", with->key}};
    const char *argv[ARGS_MAX] = {"amparo", word, "--socket"};
    size_t n = 3;
    sigset_t none;
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) {
        if (pair[i][1] != NULL) {
            argv[n++] = pair[i][0];
            argv[n++] = pair[i][1];
        }
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    /* the same number would keep its close-on-exec flag */
    fd = fd == AMP_KEEPER_SOCKET ? dup(fd) : fd;
    if (fd >= 0 && dup2(fd, AMP_KEEPER_SOCKET) == AMP_KEEPER_SOCKET) {
        (void)setsid(); /* what is typed to stop the server is not for this one */
        (void)execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
    }
    _exit(AMP_EXIT_FAILED);
}

amp_err amp_cli_keeper_start(const char *word, const struct amp_cli_peer *peer, int *out,
                             struct amp_why *why)
{
    int pair[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return amp_fail(why, AMP_E_IO, "no socket for the %s: %s", word, strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0) {
        become(word, peer, pair[1]);
    }
    (void)close(pair[1]);
    if (pid < 0) {
        (void)close(pair[0]);
        return amp_fail(why, AMP_E_IO, "the %s cannot be started: %s", word, strerror(errno));
    }
    *out = pair[0];
    return AMP_OK;
}

int amp_cli_keeper_options(const char *word, const char *about, int argc, char **argv,
                           struct amp_cli_peer *peer)
{
    bool socket_given = false;
    struct amp_cli_peer unused;
    struct amp_cli_peer *with = peer != NULL ? peer : &unused;
    const struct amp_opt opt[] = {
        {"--socket", AMP_OPT_FLAG, NULL, "the server's socket is descriptor 3", false,
         &socket_given, NULL},
        {"--peer-ca", AMP_OPT_TEXT, "FILE", "as of serve", false, &with->ca, NULL},
        {"--peer-cert", AMP_OPT_TEXT, "FILE", "as of serve", false, &with->cert, NULL},
        {"--peer-key", AMP_OPT_TEXT, "FILE", "as of serve", false, &with->key, NULL}};
    const struct amp_cli_usage usage = {.name = word,
                                        .operands = "",
                                        .about = about,
                                        .opt = opt,
                                        .opt_n = peer != NULL ? sizeof opt / sizeof opt[0] : 1};
    int status = amp_cli_options(&usage, argc, argv, NULL);
    int type = 0;
    socklen_t len = sizeof type;
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    if (!socket_given || getsockopt(AMP_KEEPER_SOCKET, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
        type != SOCK_SEQPACKET) {
        return amp_cli_misuse(word, "`amparo serve` starts this");
    }
    return AMP_CLI_GO_ON;
}
