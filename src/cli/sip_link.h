/*
 * The two halves of `amparo sip`: the door, which speaks SIP and reads what strangers send, and the
 * carrier, which speaks to the server and to location servers.
 *
 * The door has no files, and once its sockets listen it can make and connect no other. All that it
 * wants it asks of the carrier, over one socket of the kind that keeps messages whole. The carrier
 * reads nothing of what it carries but the heads of these messages. It goes only to the server and,
 * for a location or Additional Data by reference, to hosts that were allowed by name: it can be
 * talked into nothing else.
 */
#ifndef AMP_CLI_SIP_LINK_H
#define AMP_CLI_SIP_LINK_H

#include "base/str.h"
#include "cli/peer.h"
#include "cli/sip_tls.h"
#include <signal.h>

enum {
    AMP_SIP_LINK_BODY = 65536,
    AMP_SIP_LINK_KEY = 64,
    AMP_SIP_LINK_WAITING =
        256 /* questions that the carrier has at a time; more wait in the socket */
};

enum amp_sip_link_kind {
    AMP_SIP_LINK_LINE = 1,  /* body to POST /v1/calls/line; answered with status and body */
    AMP_SIP_LINK_LOCATION,  /* body is the address of a location; answered with what was there */
    AMP_SIP_LINK_TEST,      /* body to POST /v1/calls/test */
    AMP_SIP_LINK_ADDITIONAL /* body is the address of Additional Data */
};

/* What goes either way: this head, then `key_len` bytes of the idempotency key, then the body. In
 * an answer `status` is that of HTTP; 0: nobody answered. */
struct amp_sip_link_head {
    uint32_t id;
    uint16_t kind, status;
    uint32_t key_len, body_len;
};

struct amp_sip_door {
    const char *addr;
    uint16_t port;
    struct amp_sip_tls tls;
    int link;     /* of the socket to the carrier */
    bool silent;  /* it hears copies of calls: nothing at all is answered */
    bool answers; /* a call that is recorded is answered with 200; else it rings, until it is
                   * cancelled */
    bool sandboxed;
    bool quiet;
};

/* Runs until the carrier goes away. The exit status of the process. */
int amp_sip_door_run(const struct amp_sip_door *door);

struct amp_sip_carrier {
    const char *socket;     /* of a server of this machine; NULL: by `url` */
    const char *url;        /* "http://127.0.0.1:8112" */
    const char *token;      /* NULL: none */
    const char *const *lis; /* hosts of servers of locations and Additional Data, NULL at the end */
    struct amp_cli_peer lis_peer;
    int link;
    const sigset_t *stop; /* which signals end it */
    bool quiet;
};

/* Runs until a signal of `stop`, or until the door went away, which is a failure. */
int amp_sip_carrier_run(const struct amp_sip_carrier *carrier);

#endif
