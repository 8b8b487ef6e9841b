/* Connections of the gateway: those who come, and those it makes; bounded in number and in bytes.
 */
#include "base/timefmt.h"
#include "cli/gate.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 128,
    DIAL_S = 5
};

/* ---- making ---- */

static bool is_secret(const char *scheme)
{
    static const char *const secret[] = {"mqtts", "ssl", "tls", "https"};
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++) {
        if (strcmp(scheme, secret[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The library makes the connection, checks who is there, and lets us speak what we like. */
static amp_err dial_options(CURL *curl, const struct amp_gate_to *to, struct amp_why *why)
{
    char url[512], scheme[16];
    const char *mark = strstr(to->url, "://");
    if (mark == NULL || (size_t)(mark - to->url) >= sizeof scheme) {
        return amp_fail(why, AMP_E_USAGE, "%s is not SCHEME://HOST:PORT", to->url);
    }
    (void)snprintf(scheme, sizeof scheme, "%.*s", (int)(mark - to->url), to->url);
    (void)snprintf(url, sizeof url, "%s%s", is_secret(scheme) ? "https" : "http", mark);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)DIAL_S);
    (void)curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (to->ca != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, to->ca);
    }
    if (to->cert != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_SSLCERT, to->cert);
        (void)curl_easy_setopt(curl, CURLOPT_SSLKEY, to->key != NULL ? to->key : to->cert);
    }
    return AMP_OK;
}

amp_err amp_gate_dial(const struct amp_gate_to *to, CURL **out, int *out_fd, struct amp_why *why)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    CURL *curl = curl_easy_init();
    amp_err err = curl != NULL ? dial_options(curl, to, why) : AMP_E_NOMEM;
    if (err == AMP_OK) {
        CURLcode code = curl_easy_perform(curl);
        if (code != CURLE_OK || curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
            fd == CURL_SOCKET_BAD) {
            err = amp_fail(why, AMP_E_IO, "%s: %s", to->url, curl_easy_strerror(code));
        }
    }
    if (err != AMP_OK) {
        curl_easy_cleanup(curl);
        return err;
    }
    *out = curl;
    *out_fd = fd;
    return AMP_OK;
}

static amp_err address_of(const char *at, struct sockaddr_storage *out, socklen_t *len,
                          struct amp_why *why)
{
    char addr[AMP_LISTEN_ADDR] = "127.0.0.1";
    uint16_t port = 0;
    amp_err err = amp_cli_listen(at, addr, &port, why);
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    *out = (struct sockaddr_storage){.ss_family = AF_INET};
    if (err != AMP_OK) {
        return err;
    }
    if (inet_pton(AF_INET, addr, &four->sin_addr) == 1) {
        four->sin_port = htons(port);
        *len = sizeof *four;
    } else if (inet_pton(AF_INET6, addr, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        *len = sizeof *six;
    } else {
        return amp_fail(why, AMP_E_USAGE, "%s is not an address of this machine", addr);
    }
    return AMP_OK;
}

amp_err amp_gate_listen(const char *at, bool datagrams, int *out_fd, struct amp_why *why)
{
    struct sockaddr_storage address;
    socklen_t len = 0;
    const int yes = 1;
    amp_err err = address_of(at, &address, &len, why);
    if (err != AMP_OK) {
        return err;
    }
    int type = (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
    int fd = socket(address.ss_family, type, 0);
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    }
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 ||
        (!datagrams && listen(fd, BACKLOG) != 0)) {
        err = amp_fail(why, AMP_E_IO, "%s: %s", at, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return err;
    }
    *out_fd = fd;
    return AMP_OK;
}

struct amp_gate_peer *amp_gate_peer_add(struct amp_gate *gate, enum amp_gate_kind kind, int fd)
{
    struct amp_gate_peer *peer = gate->peer_n < AMP_GATE_PEERS ? calloc(1, sizeof *peer) : NULL;
    if (peer == NULL) {
        return NULL;
    }
    *peer = (struct amp_gate_peer){.kind = kind,
                                   .fd = fd,
                                   .in = amp_buf_make(AMP_GATE_IN),
                                   .out = amp_buf_make(AMP_GATE_OUT),
                                   .later = amp_buf_make(AMP_GATE_OUT),
                                   .opened_us = gate->now_us,
                                   .heard_us = gate->now_us};
    gate->peer[gate->peer_n++] = peer;
    return peer;
}

/* A device without a name of its own is known by its address. */
static void address_name(const struct sockaddr_storage *from, char out[AMP_GATE_NAME])
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)from;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
    const void *addr =
        from->ss_family == AF_INET ? (const void *)&four->sin_addr : (const void *)&six->sin6_addr;
    if (inet_ntop(from->ss_family, addr, out, AMP_GATE_NAME) == NULL) {
        out[0] = '\0';
    }
}

void amp_gate_accept(struct amp_gate *gate, enum amp_gate_kind kind, int listener)
{
    const int yes = 1;
    for (;;) {
        struct sockaddr_storage from;
        socklen_t len = sizeof from;
        int fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            return;
        }
        struct amp_gate_peer *peer = amp_gate_peer_add(gate, kind, fd);
        if (peer == NULL) {
            (void)close(fd); /* too many: the device tries again */
            return;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
        if (kind == AMP_GATE_NMEA) {
            address_name(&from, peer->device);
        }
        if (kind == AMP_GATE_MQTT_DOOR && gate->tls != NULL) {
            peer->closing = !amp_gate_tls_begin(gate, peer);
        }
    }
}

/* ---- bytes ---- */

/* How many came; 0: none for now; -1: no more will. */
static ssize_t bytes_take(struct amp_gate_peer *peer, void *into, size_t room)
{
    if (peer->curl != NULL) {
        size_t n = 0;
        CURLcode code = curl_easy_recv(peer->curl, into, room, &n);
        return code == CURLE_AGAIN ? 0 : code == CURLE_OK && n > 0 ? (ssize_t)n : -1;
    }
    if (peer->tls != NULL) {
        return amp_gate_tls_read(peer, into, room);
    }
    ssize_t n = read(peer->fd, into, room);
    if (n > 0) {
        return n;
    }
    bool later = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    return later || (n == 0 && peer->datagrams) ? 0 : -1;
}

void amp_gate_read(struct amp_gate_peer *peer, int64_t now_us)
{
    char room[AMP_GATE_READ];
    ssize_t n = bytes_take(peer, room, sizeof room);
    if (n > 0) {
        amp_buf_put(&peer->in, room, (size_t)n);
        peer->heard_us = now_us;
    }
    peer->more = n > 0 && (peer->curl != NULL || peer->tls != NULL);
    peer->closing = peer->closing || n < 0 || amp_buf_err(&peer->in) != AMP_OK;
}

void amp_gate_write(struct amp_gate_peer *peer)
{
    size_t done = 0;
    while (!peer->closing && done < peer->out.len) {
        size_t n = 0;
        if (peer->curl != NULL) {
            CURLcode code =
                curl_easy_send(peer->curl, peer->out.data + done, peer->out.len - done, &n);
            peer->closing = code != CURLE_OK && code != CURLE_AGAIN;
        } else if (peer->tls != NULL) {
            ssize_t sent = amp_gate_tls_write(peer, peer->out.data + done, peer->out.len - done);
            peer->closing = sent < 0;
            n = sent > 0 ? (size_t)sent : 0;
        } else {
            ssize_t sent =
                send(peer->fd, peer->out.data + done, peer->out.len - done, MSG_NOSIGNAL);
            peer->closing = sent < 0 && errno != EAGAIN && errno != EINTR && errno != ENOTSOCK;
            n = sent > 0 ? (size_t)sent : 0;
        }
        if (n == 0) {
            break;
        }
        done += n;
    }
    amp_gate_consume(&peer->out, done);
    peer->closing =
        peer->closing || amp_buf_err(&peer->out) != AMP_OK || amp_buf_err(&peer->later) != AMP_OK;
}

void amp_gate_consume(struct amp_buf *buf, size_t n)
{
    if (n > 0) {
        memmove(buf->data, buf->data + n, buf->len - n);
        buf->len -= n;
    }
}

void amp_gate_peer_end(struct amp_gate_peer *peer)
{
    amp_gate_tls_end(peer);
    if (peer->curl != NULL) {
        curl_easy_cleanup(peer->curl);
    } else {
        (void)close(peer->fd);
    }
    amp_buf_free(&peer->in);
    amp_buf_free(&peer->out);
    amp_buf_free(&peer->later);
    free(peer);
}

bool amp_gate_may(struct amp_gate *gate, struct amp_gate_peer *peer)
{
    const int64_t share = peer->share > 1 ? (int64_t)peer->share : 1;
    const int64_t cost_us = AMP_US_PER_S / (AMP_FLEET_PER_S * share);
    const int64_t most_us = AMP_US_PER_S / AMP_FLEET_PER_S * AMP_FLEET_BURST;
    int64_t gone_us = peer->filled_us > 0 ? gate->now_us - peer->filled_us : most_us;
    if (gone_us > 0) {
        peer->bucket_us = gone_us > most_us - peer->bucket_us ? most_us : peer->bucket_us + gone_us;
    }
    peer->filled_us = gate->now_us;
    if (peer->bucket_us < cost_us) {
        gate->tally.flood++;
        return false;
    }
    peer->bucket_us -= cost_us;
    return true;
}
