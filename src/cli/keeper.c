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
    WORD_MAX = 32
};

/* In the process that was forked. */
static void become(const char *word, int fd)
{
    static char name[] = "amparo", flag[] = "--socket";
    static char own[WORD_MAX];
    char *argv[] = {name, own, flag, NULL};
    sigset_t none;
    (void)snprintf(own, sizeof own, "%s", word);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    /* the same number would keep its close-on-exec flag */
    fd = fd == AMP_KEEPER_SOCKET ? dup(fd) : fd;
    if (fd >= 0 && dup2(fd, AMP_KEEPER_SOCKET) == AMP_KEEPER_SOCKET) {
        (void)setsid(); /* what is typed to stop the server is not for this one */
        (void)execv("/proc/self/exe", argv);
    }
    _exit(AMP_EXIT_FAILED);
}

amp_err amp_cli_keeper_start(const char *word, int *out, struct amp_why *why)
{
    int pair[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return amp_fail(why, AMP_E_IO, "no socket for the %s: %s", word, strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0) {
        become(word, pair[1]);
    }
    (void)close(pair[1]);
    if (pid < 0) {
        (void)close(pair[0]);
        return amp_fail(why, AMP_E_IO, "the %s cannot be started: %s", word, strerror(errno));
    }
    *out = pair[0];
    return AMP_OK;
}

int amp_cli_keeper_options(const char *word, const char *about, int argc, char **argv)
{
    bool socket_given = false;
    const struct amp_opt opt[] = {{"--socket", AMP_OPT_FLAG, NULL,
                                   "the server's socket is descriptor 3", false, &socket_given,
                                   NULL}};
    const struct amp_cli_usage usage = {.name = word,
                                        .operands = "",
                                        .about = about,
                                        .opt = opt,
                                        .opt_n = sizeof opt / sizeof opt[0]};
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
