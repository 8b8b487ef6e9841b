/* TLS of those who connect to the gateway, over sockets that never wait. */
#include "cli/gate.h"
#include <stdlib.h>

struct amp_gate_tls {
    gnutls_session_t session;
    struct amp_tls_pair *pair;
    bool open; /* the handshake is done */
};

amp_err amp_gate_tls_start(struct amp_gate *gate, const char *cert, const char *key,
                           struct amp_why *why)
{
    amp_err err = amp_tls_open(cert, key, gate->now_us, &gate->tls, why);
    if (err == AMP_OK && gnutls_certificate_allocate_credentials(&gate->credentials) != 0) {
        err = AMP_E_NOMEM;
    }
    if (err == AMP_OK) {
        gnutls_certificate_set_retrieve_function3(gate->credentials, amp_tls_retrieve);
    }
    return err;
}

void amp_gate_tls_stop(struct amp_gate *gate)
{
    if (gate->credentials != NULL) {
        gnutls_certificate_free_credentials(gate->credentials);
    }
    amp_tls_close(gate->tls);
}

bool amp_gate_tls_begin(struct amp_gate *gate, struct amp_gate_peer *peer)
{
    struct amp_gate_tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL ||
        gnutls_init(&tls->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) != 0) {
        free(tls);
        return false;
    }
    peer->tls = tls;
    tls->pair = amp_tls_pin(gate->tls, tls->session);
    gnutls_transport_set_int(tls->session, peer->fd);
    return gnutls_priority_set_direct(tls->session, amp_tls_priorities(gate->tls), NULL) == 0 &&
           gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE, gate->credentials) == 0;
}

void amp_gate_tls_end(struct amp_gate_peer *peer)
{
    struct amp_gate_tls *tls = peer->tls;
    if (tls != NULL) {
        gnutls_deinit(tls->session); /* without a goodbye that could wait */
        amp_tls_unpin(tls->pair);
        free(tls);
        peer->tls = NULL;
    }
}

static bool is_later(ssize_t code)
{
    return code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED;
}

/* 1: done; 0: later; -1: never. */
static int shake(struct amp_gate_tls *tls)
{
    if (tls->open) {
        return 1;
    }
    int code = gnutls_handshake(tls->session);
    tls->open = code == 0;
    return tls->open ? 1 : is_later(code) || gnutls_error_is_fatal(code) == 0 ? 0 : -1;
}

bool amp_gate_tls_blocked(const struct amp_gate_peer *peer)
{
    return peer->tls != NULL && !peer->tls->open &&
           gnutls_record_get_direction(peer->tls->session) == 1;
}

ssize_t amp_gate_tls_read(struct amp_gate_peer *peer, void *into, size_t room)
{
    int ready = shake(peer->tls);
    if (ready <= 0) {
        return ready;
    }
    ssize_t n = gnutls_record_recv(peer->tls->session, into, room);
    if (n > 0) {
        return n;
    }
    return is_later(n) ? 0 : -1;
}

ssize_t amp_gate_tls_write(struct amp_gate_peer *peer, const void *data, size_t len)
{
    if (!peer->tls->open) {
        return 0;
    }
    /* after "later" the same bytes are wanted again, and `out` still begins with them */
    ssize_t n = gnutls_record_send(peer->tls->session, data, len);
    return is_later(n) ? 0 : n < 0 ? -1 : n;
}
