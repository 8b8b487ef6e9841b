/* The door of `amparo sip`: its sockets (libre), its sandbox, its loop. */
#include "cli/cli.h"
#include "cli/sip_calls.h"
#include "cli/sip_re.h"
#include "server/log.h"
#include "server/sandbox.h"
/* Its header wants to know of whom it would speak. */
#define DEBUG_MODULE "amparo"
#define DEBUG_LEVEL  0
#include <errno.h>
#include <re_dbg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HASH_SIZE = 64,
    DATAGRAM_MAX = 65536,
    SOCKET_BUFFER = 1 << 22,
    PORT_TRIES = 20
};

struct door {
    const struct amp_sip_door *how;
    struct sip *sip;
    struct sip_lsnr *lsnr;
    struct udp_sock *udp;
    struct tls *tls; /* NULL: none is spoken */
    struct sa at;
    struct amp_sip_calls *calls;
};

/* ---- messages ---- */

static bool on_request(const struct sip_msg *msg, void *arg)
{
    struct door *door = arg;
    amp_sip_calls_request(door->calls, msg);
    return true;
}

/* What cannot be read as SIP at all is nobody's request: there is nobody to answer. */
static void on_datagram(const struct sa *src, struct mbuf *mb, void *arg)
{
    struct door *door = arg;
    struct sip_msg *msg = NULL;
    if (mbuf_get_left(mb) <= 4 || sip_msg_decode(&msg, mb) != 0) {
        return;
    }
    msg->sock = mem_ref(door->udp);
    msg->src = *src;
    msg->dst = door->at;
    msg->tp = SIP_TRANSP_UDP;
    if (msg->req) {
        amp_sip_calls_request(door->calls, msg);
    } else {
        amp_sip_calls_answered(door->calls, msg);
    }
    mem_deref(msg);
}

static void on_link(int flags, void *arg)
{
    static const size_t size = sizeof(struct amp_sip_link_head) + AMP_SIP_LINK_BODY;
    struct door *door = arg;
    char *bytes = malloc(size);
    (void)flags;
    while (bytes != NULL) {
        struct amp_sip_link_head head;
        ssize_t n = recv(door->how->link, bytes, size, MSG_DONTWAIT);
        if (n < (ssize_t)sizeof head) {
            if (n >= 0) {
                re_cancel(); /* the carrier is gone */
            }
            break;
        }
        memcpy(&head, bytes, sizeof head);
        if (sizeof head + head.body_len == (size_t)n) {
            amp_sip_calls_carried(door->calls, &head,
                                  (struct amp_str){bytes + sizeof head, head.body_len});
        }
    }
    free(bytes);
}

/* ---- the process ---- */

static int sockets_open(struct door *door)
{
    struct sa want;
    int err = sa_set_str(&want, door->how->addr, door->how->port);
    err = err ? err : udp_listen(&door->udp, &want, on_datagram, door);
    err = err ? err : udp_local_get(door->udp, &door->at);
    if (err == 0) {
        udp_rxsz_set(door->udp, DATAGRAM_MAX);
        (void)udp_sockbuf_set(door->udp, SOCKET_BUFFER);
        err = sip_alloc(&door->sip, NULL, HASH_SIZE, HASH_SIZE, HASH_SIZE, "amparo", NULL, NULL);
    }
    err = err ? err : sip_transp_add(door->sip, SIP_TRANSP_TCP, &door->at);
    if (err == 0 && door->tls != NULL) {
        err = sa_set_str(&want, door->how->tls.addr, door->how->tls.port);
        err = err ? err : sip_transp_add(door->sip, SIP_TRANSP_TLS, &want, door->tls);
    }
    if (err != 0) { /* the way back */
        sip_close(door->sip, true);
        door->sip = mem_deref(door->sip);
        door->udp = mem_deref(door->udp);
    }
    return err;
}

/* A port that is free for UDP may be taken for TCP: of any port, another is tried. */
static int sockets_listen(struct door *door)
{
    int err = sockets_open(door);
    for (int tries = 0; err == EADDRINUSE && door->how->port == 0 && tries < PORT_TRIES; tries++) {
        err = sockets_open(door);
    }
    err = err ? err : sip_listen(&door->lsnr, door->sip, true, on_request, door);
    return err ? err : fd_listen(door->how->link, FD_READ, on_link, door);
}

/* No files at all; and from here on no other sockets. */
static bool sandbox_enter(const struct amp_sip_door *how)
{
    const struct amp_sandbox nothing = {.readable = NULL};
    struct amp_sandbox_report report;
    struct amp_why why = {""};
    if (!how->sandboxed) {
        amp_log(false, AMP_LOG_WARN, "sandbox", "not entered, as asked");
        return true;
    }
    if (amp_sandbox_enter(&nothing, &report, &why) != AMP_OK) {
        amp_log(false, AMP_LOG_ERROR, "sandbox", "%s", why.text);
        return false;
    }
    if (report.missing.text[0] != '\0') {
        amp_log(how->quiet, AMP_LOG_INFO, "sandbox", "%s", report.missing.text);
    }
    if (!amp_sandbox_seal(&why)) {
        amp_log(how->quiet, AMP_LOG_WARN, "sandbox", "%s", why.text);
    }
    return true;
}

static void said(const struct door *door)
{
    struct sa tls;
    (void)re_fprintf(stderr, "amparo: SIP on %J, over UDP and TCP\n", &door->at);
    if (door->tls != NULL && sip_transp_laddr(door->sip, &tls, SIP_TRANSP_TLS, NULL) == 0) {
        (void)re_fprintf(stderr, "amparo: SIP on %J, over TLS\n", &tls);
    }
}

static int run(struct door *door)
{
    struct amp_why why = {""};
    if (door->how->tls.addr != NULL && amp_sip_tls_open(&door->how->tls, &door->tls, &why)) {
        (void)fprintf(stderr, "amparo sip: %s\n", why.text);
        return AMP_EXIT_FAILED;
    }
    int err = sockets_listen(door);
    door->calls = err == 0 ? amp_sip_calls_create(door->sip, door->how) : NULL;
    if (err != 0 || door->calls == NULL) {
        (void)fprintf(stderr, "amparo sip: %s:%u: %s\n", door->how->addr, door->how->port,
                      strerror(err != 0 ? err : ENOMEM));
        return AMP_EXIT_FAILED;
    }
    if (!sandbox_enter(door->how)) {
        return AMP_EXIT_FAILED;
    }
    said(door);
    return re_main(NULL) == 0 ? AMP_EXIT_OK : AMP_EXIT_FAILED;
}

int amp_sip_door_run(const struct amp_sip_door *how)
{
    struct door door = {.how = how};
    dbg_init(DBG_EMERG, DBG_NONE); /* what it would say of messages is no line of our log */
    int status = libre_init() == 0 ? run(&door) : AMP_EXIT_FAILED;
    fd_close(how->link);
    amp_sip_calls_destroy(door.calls);
    mem_deref(door.lsnr);
    sip_close(door.sip, true);
    mem_deref(door.sip);
    mem_deref(door.udp);
    mem_deref(door.tls);
    libre_close();
    return status;
}
