/* `amparo verifier`: looks at signatures of alerts for a server; `serve` starts it. */
#include "cli/verifier.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/keeper.h"
#include "server/sandbox.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MEMORY = 512 << 20,
    MS_PER_S = 1000
};

amp_err amp_cli_verifier_start(int *out, struct amp_why *why)
{
    return amp_cli_keeper_start("verifier", NULL, out, why);
}

/* ---- the process of one message ---- */

static void limit(__rlimit_resource_t what, rlim_t most)
{
    const struct rlimit rule = {.rlim_cur = most, .rlim_max = most};
    (void)setrlimit(what, &rule);
}

/* Before a byte of the message is read: no file, no connection, no socket, no program. */
static amp_err close_in(struct amp_why *why)
{
    struct amp_sandbox_report report;
    const struct amp_sandbox sandbox = {.connects = false};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit(RLIMIT_CPU, AMP_VERIFY_S);
    limit(RLIMIT_FSIZE, 0);
    if (!AMP_SANITIZED) { /* a sanitizer maps more memory than there is */
        limit(RLIMIT_AS, MEMORY);
    }
    (void)close(AMP_KEEPER_SOCKET); /* the keeper's: this one has nothing to say to the server */
    amp_err err = amp_sandbox_enter(&sandbox, &report, why);
    if (err == AMP_OK) {
        (void)amp_sandbox_seal(why); /* what cannot be had is left out, the rest holds */
    }
    return err;
}

static int look(struct amp_str frame, int fd)
{
    struct amp_verify_ask ask;
    struct amp_verdict verdict = {.signature = AMP_SIGNATURE_UNSUPPORTED};
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(AMP_VERIFY_FRAME);
    if (close_in(&why) != AMP_OK || amp_verify_ask_read(frame, &ask) != AMP_OK) {
        return AMP_EXIT_FAILED;
    }
    amp_verifier_look(&ask, &verdict);
    amp_verify_answer_write(ask.id, &verdict, &out);
    return write(fd, out.data, out.len) == (ssize_t)out.len ? AMP_EXIT_OK : AMP_EXIT_FAILED;
}

/* ---- the keeper ---- */

/* What the process says before it ends; nothing when it takes too long. */
static size_t answer_hear(int fd, char out[AMP_VERIFY_FRAME])
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    size_t n = 0;
    while (n < AMP_VERIFY_FRAME && poll(&wait, 1, 2 * AMP_VERIFY_S * MS_PER_S) == 1) {
        ssize_t got = read(fd, out + n, AMP_VERIFY_FRAME - n);
        if (got <= 0) {
            return got == 0 ? n : 0;
        }
        n += (size_t)got;
    }
    return 0;
}

/* The id of an ask stands behind its first eight bytes; that much is needed to say no. */
static void no_answer(struct amp_str frame)
{
    const struct amp_verdict verdict = {.signature = AMP_SIGNATURE_UNSUPPORTED,
                                        .words = "whoever looked came to no end"};
    struct amp_verify_ask ask;
    struct amp_buf out = amp_buf_make(AMP_VERIFY_FRAME);
    if (amp_verify_ask_read(frame, &ask) == AMP_OK) {
        amp_verify_answer_write(ask.id, &verdict, &out);
        (void)send(AMP_KEEPER_SOCKET, out.data, out.len, MSG_NOSIGNAL);
    }
    amp_buf_free(&out);
}

static void message_take(struct amp_str frame)
{
    static char answer[AMP_VERIFY_FRAME];
    int pipes[2] = {-1, -1};
    pid_t pid = pipe(pipes) == 0 ? fork() : -1;
    if (pid == 0) {
        (void)close(pipes[0]);
        _exit(look(frame, pipes[1]));
    }
    (void)close(pipes[1]);
    size_t n = pid > 0 ? answer_hear(pipes[0], answer) : 0;
    if (pid > 0) {
        (void)kill(pid, SIGKILL); /* it has said what it had to */
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    }
    (void)close(pipes[0]);
    if (n > 0) {
        (void)send(AMP_KEEPER_SOCKET, answer, n, MSG_NOSIGNAL);
    } else {
        no_answer(frame);
    }
}

static int keep(void)
{
    static char frame[AMP_VERIFY_FRAME];
    if (!amp_verifier_open()) {
        return AMP_EXIT_FAILED;
    }
    for (;;) {
        ssize_t n = recv(AMP_KEEPER_SOCKET, frame, sizeof frame, 0);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return AMP_EXIT_OK; /* the server has ended */
        }
        if (n > 0) {
            message_take((struct amp_str){frame, (size_t)n});
        }
    }
}

int amp_cli_verifier(int argc, char **argv)
{
    int status = amp_cli_keeper_options(
        "verifier",
        "Looks at signatures of alerts for a server. `amparo serve` starts it where keys\n"
        "or authorities are given; by hand there is nothing it could do.",
        argc, argv, NULL);
    return status != AMP_CLI_GO_ON ? status : keep();
}
