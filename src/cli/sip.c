/* `amparo sip`: the door for emergency calls over SIP, beside a server. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/setup.h"
#include "cli/sip_link.h"
#include "server/server.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SIP_PORT_DEFAULT = 5060,
    SIP_PORT_TLS = 5061,
    TOKEN_MAX = 256,
    PATH_BYTES = 108
};

struct sip_options {
    const char *listen, *data, *server, *token_file, *mode;
    const char *tls, *tls_cert, *tls_key, *tls_clients;
    struct amp_cli_peer lis_peer;
    struct amp_opt_list lis;
    bool aes256_only, quiet, no_sandbox;
};

/* Clear text goes to this machine only. */
static bool server_good(const char *url)
{
    static const char *const here[] = {"http://127.0.0.1", "http://[::1]", "http://localhost"};
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
        size_t len = strlen(here[i]);
        if (strncmp(url, here[i], len) == 0 && (url[len] == ':' || url[len] == '\0')) {
            return true;
        }
    }
    return strncmp(url, "https://", 8) == 0;
}

static amp_err token_read(const char *path, char out[TOKEN_MAX], struct amp_why *why)
{
    struct amp_buf text = amp_buf_make(TOKEN_MAX);
    amp_err err = amp_cli_read_file(path, TOKEN_MAX - 1, &text, why);
    if (err == AMP_OK) {
        err = amp_str_copy(out, TOKEN_MAX, amp_str_trim(amp_buf_view(&text)));
    }
    amp_buf_free(&text);
    return err;
}

static void stop_signals(sigset_t *out)
{
    (void)sigemptyset(out);
    (void)sigaddset(out, SIGTERM);
    (void)sigaddset(out, SIGINT);
    (void)sigprocmask(SIG_BLOCK, out, NULL);
}

/* The door is the child: it has nothing of the token but what is wiped here. */
static int both_run(const struct amp_sip_door *door, struct amp_sip_carrier *carrier, char *token)
{
    int pair[2];
    sigset_t stop;
    stop_signals(&stop);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        perror("amparo sip");
        return AMP_EXIT_FAILED;
    }
    pid_t child = fork();
    if (child == 0) {
        struct amp_sip_door own = *door;
        own.link = pair[1];
        (void)close(pair[0]);
        amp_wipe(token, TOKEN_MAX);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        return amp_sip_door_run(&own);
    }
    (void)close(pair[1]);
    if (child < 0) {
        perror("amparo sip");
        return AMP_EXIT_FAILED;
    }
    carrier->link = pair[0];
    carrier->stop = &stop;
    int status = amp_sip_carrier_run(carrier);
    (void)close(pair[0]); /* so the door goes, too */
    (void)waitpid(child, NULL, 0);
    amp_wipe(token, TOKEN_MAX);
    return status;
}

static int sip_run(const struct sip_options *o, struct amp_why *why)
{
    char addr[AMP_LISTEN_ADDR], tls_addr[AMP_LISTEN_ADDR], token[TOKEN_MAX] = "";
    char path[PATH_BYTES];
    uint16_t port = SIP_PORT_DEFAULT, tls_port = SIP_PORT_TLS;
    amp_err err = amp_cli_listen(o->listen, addr, &port, why);
    if (err == AMP_OK && o->tls != NULL) {
        err = amp_cli_listen(o->tls, tls_addr, &tls_port, why);
    }
    int n = o->data != NULL ? snprintf(path, sizeof path, "%s/%s", o->data, AMP_CONTROL_SOCKET) : 0;
    if (err == AMP_OK && (n < 0 || n >= (int)sizeof path)) {
        err = amp_fail(why, AMP_E_LIMIT, "the name of %s is too long for a socket in it", o->data);
    }
    if (err == AMP_OK && o->token_file != NULL) {
        err = token_read(o->token_file, token, why);
    }
    err = err ? err : amp_cli_peer_check(&o->lis_peer, "lis", why);
    if (err != AMP_OK) {
        return err == AMP_E_USAGE ? amp_cli_misuse("sip", "%s", why->text)
                                  : amp_cli_fail("sip", err, why);
    }
    /* the address alone */
    port = port == AMP_SERVER_PORT ? SIP_PORT_DEFAULT : port;
    tls_port = tls_port == AMP_SERVER_PORT ? SIP_PORT_TLS : tls_port;
    const struct amp_sip_door door = {.addr = addr,
                                      .port = port,
                                      .tls = {.addr = o->tls != NULL ? tls_addr : NULL,
                                              .port = tls_port,
                                              .cert = o->tls_cert,
                                              .key = o->tls_key,
                                              .clients = o->tls_clients,
                                              .aes256_only = o->aes256_only},
                                      .silent = strcmp(o->mode, "listen") == 0,
                                      .answers = strcmp(o->mode, "answer") == 0,
                                      .sandboxed = !o->no_sandbox,
                                      .quiet = o->quiet};
    struct amp_sip_carrier carrier = {.socket = o->data != NULL ? path : NULL,
                                      .url = o->server,
                                      .token = token[0] != '\0' ? token : NULL,
                                      .lis = o->lis.item,
                                      .lis_peer = o->lis_peer,
                                      .quiet = o->quiet};
    return both_run(&door, &carrier, token);
}

int amp_cli_sip(int argc, char **argv)
{
    struct sip_options o = {.listen = "127.0.0.1:5060", .mode = "answer"};
    const struct amp_opt opts[] = {
        {"--listen", AMP_OPT_TEXT, "ADDR:PORT", "UDP and TCP; default 127.0.0.1:5060", false,
         &o.listen, NULL},
        {"--data", AMP_OPT_TEXT, "DIR", "of the server on this machine, for its socket", false,
         &o.data, NULL},
        {"--server", AMP_OPT_TEXT, "URL", "of the server, in place of --data", false, &o.server,
         NULL},
        {"--token", AMP_OPT_TEXT, "FILE", "with --server: a token of the scope intake", false,
         &o.token_file, NULL},
        {"--mode", AMP_OPT_TEXT, "answer|ring|listen",
         "what a recorded call is told: nothing to copies; default answer", false, &o.mode, NULL},
        {"--tls", AMP_OPT_TEXT, "ADDR:PORT", "over TLS, too, with the two that follow", false,
         &o.tls, NULL},
        {"--tls-cert", AMP_OPT_TEXT, "FILE", "certificate chain (PEM)", false, &o.tls_cert, NULL},
        {"--tls-key", AMP_OPT_TEXT, "FILE", "its key", false, &o.tls_key, NULL},
        {"--tls-clients", AMP_OPT_TEXT, "FILE",
         "authorities (PEM): who connects shows a certificate of one", false, &o.tls_clients, NULL},
        {"--tls-aes256-only", AMP_OPT_FLAG, NULL, "no other cipher", false, &o.aes256_only, NULL},
        {"--lis", AMP_OPT_LIST, "HOST",
         "a server of locations and Additional Data that may be asked; may be repeated", false,
         &o.lis, NULL},
        {"--lis-ca", AMP_OPT_TEXT, "FILE", "authorities (PEM) of those, beside the machine's",
         false, &o.lis_peer.ca, NULL},
        {"--lis-cert", AMP_OPT_TEXT, "FILE", "shown to those that ask: a chain (PEM)", false,
         &o.lis_peer.cert, NULL},
        {"--lis-key", AMP_OPT_TEXT, "FILE", "its key", false, &o.lis_peer.key, NULL},
        {"--quiet", AMP_OPT_FLAG, NULL, "log only what went wrong", false, &o.quiet, NULL},
        {"--no-sandbox", AMP_OPT_FLAG, NULL, "for debugging only", false, &o.no_sandbox, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "sip",
        .operands = "",
        .about = "Take emergency calls over SIP beside a running server: an INVITE with its\n"
                 "position opens a call, which is followed to its end. Media stay with the\n"
                 "telephone system. docs/sip.md has the modes and a recipe for Kamailio.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
    };
    struct amp_why why = {""};
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    if ((o.data == NULL) == (o.server == NULL)) {
        return amp_cli_misuse("sip", "either --data or --server says where the server is");
    }
    if (o.server != NULL && !server_good(o.server)) {
        return amp_cli_misuse("sip", "--server is an https address, or one of this machine");
    }
    const bool pair = o.tls_cert != NULL && o.tls_key != NULL;
    const bool more = o.tls_cert != NULL || o.tls_key != NULL || o.tls_clients != NULL;
    if (o.tls != NULL ? !pair : more || o.aes256_only) {
        return amp_cli_misuse("sip", "--tls, --tls-cert and --tls-key go together");
    }
    if (strcmp(o.mode, "answer") != 0 && strcmp(o.mode, "ring") != 0 &&
        strcmp(o.mode, "listen") != 0) {
        return amp_cli_misuse("sip", "--mode is answer, ring or listen");
    }
    return sip_run(&o, &why);
}
