/* A connection by libcurl, a handshake, and frames both ways. */
#include "server/wire.h"
#include "base/crypto.h"
#include "server/clock.h"
#include "server/courier.h"
#include "server/random.h"
#include "server/websocket.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    NONCE = 16,
    CONNECT_MS = 5000,
    TURNS = 4, /* of reading, each of AMP_WEBSOCKET_GULP at most */
    US_PER_MS = 1000
};

enum phase {
    FREE,
    CONNECTING, /* libcurl's */
    ASKING,     /* the handshake */
    OPEN
};

struct wire {
    struct amp_wires *wires;
    enum phase phase;
    int64_t id;
    CURL *easy;
    curl_socket_t fd;
    struct amp_buf ask;    /* our handshake, from `asked` on not sent yet */
    struct amp_buf answer; /* theirs; behind `ahead`, the first frames */
    size_t asked, ahead;
    char accept[AMP_WEBSOCKET_ACCEPT];
    struct amp_websocket *ws;
    uint64_t frames;
    int64_t began_us, heard_us, pinged_us, alive_us;
};

struct amp_wires {
    CURLM *multi;
    int fd;
    const struct amp_courier_tls *tls;
    struct wire wire[AMP_WIRES_MAX];
};

/* ---- what the server is told ---- */

static void tell(const struct wire *wire, long status, struct amp_str text, const char *error)
{
    struct amp_buf out = amp_buf_make(AMP_COURIER_FRAME);
    struct amp_buf data = amp_buf_make(AMP_COURIER_FRAME);
    struct amp_json js = amp_json_make(&out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "id", wire->id);
    amp_json_i64_of(&js, "status", status);
    if (status == 101) {
        amp_base64_put(&data, text.len > 0 ? text.ptr : "", text.len);
        amp_json_buf_of(&js, "data", &data);
        amp_json_text_of(&js, "etag", "");
    } else if (status > 0) {
        amp_json_text_of(&js, "body", "");
    } else {
        amp_json_text_of(&js, "error", error);
    }
    amp_json_close(&js, '}');
    if (amp_buf_err(&data) == AMP_OK && amp_buf_err(&out) == AMP_OK) {
        (void)send(wire->wires->fd, out.data, out.len, MSG_NOSIGNAL);
    }
    if (out.data != NULL) {
        amp_wipe(out.data, out.len);
    }
    amp_buf_free(&data);
    amp_buf_free(&out);
}

static void wire_free(struct wire *wire)
{
    struct amp_wires *wires = wire->wires;
    amp_websocket_destroy(wire->ws);
    if (wire->easy != NULL) {
        (void)curl_multi_remove_handle(wires->multi, wire->easy);
        curl_easy_cleanup(wire->easy);
    }
    if (wire->ask.data != NULL) {
        amp_wipe(wire->ask.data, wire->ask.len);
    }
    amp_buf_free(&wire->ask);
    amp_buf_free(&wire->answer);
    *wire = (struct wire){.wires = wires};
}

static void wire_end(struct wire *wire, long status, const char *why)
{
    tell(wire, status, (struct amp_str){0}, why);
    wire_free(wire);
}

/* ---- bytes ---- */

static ssize_t on_read(void *ctx, void *buf, size_t max)
{
    struct wire *wire = ctx;
    size_t left = wire->answer.len - wire->ahead, n = 0;
    if (left > 0) {
        n = left < max ? left : max;
        memcpy(buf, wire->answer.data + wire->ahead, n);
        wire->ahead += n;
        return (ssize_t)n;
    }
    CURLcode code = curl_easy_recv(wire->easy, buf, max, &n);
    return code == CURLE_AGAIN ? 0 : code == CURLE_OK && n > 0 ? (ssize_t)n : -1;
}

static ssize_t on_write(void *ctx, const void *buf, size_t len)
{
    struct wire *wire = ctx;
    size_t n = 0;
    CURLcode code = curl_easy_send(wire->easy, buf, len, &n);
    return code == CURLE_AGAIN ? 0 : code == CURLE_OK && n > 0 ? (ssize_t)n : -1;
}

static void on_text(void *ctx, struct amp_str text)
{
    struct wire *wire = ctx;
    if (text.len > 0) {
        tell(wire, 101, text, NULL);
        wire->alive_us = amp_clock_steady_us();
    }
}

/* ---- opening ---- */

/* The request of RFC 6455, section 4.1, from the parts of the address and the errand's fields. */
static amp_err ask_write(struct wire *wire, const char *url, const json_t *headers)
{
    uint8_t nonce[NONCE];
    char key[AMP_WEBSOCKET_KEY];
    char *host = NULL, *port = NULL, *path = NULL, *query = NULL;
    CURLU *parts = curl_url();
    amp_random(nonce, sizeof nonce);
    amp_websocket_key(nonce, key);
    amp_err err = amp_websocket_accept(amp_str_of(key), wire->accept);
    bool good = err == AMP_OK && parts != NULL &&
                curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_PATH, &path, 0) == CURLUE_OK;
    if (good) {
        bool ported = curl_url_get(parts, CURLUPART_PORT, &port, 0) == CURLUE_OK;
        bool asks = curl_url_get(parts, CURLUPART_QUERY, &query, 0) == CURLUE_OK;
        amp_buf_printf(&wire->ask, "GET %s%s%s HTTP/1.1\r\nHost: %s%s%s\r\n", path, asks ? "?" : "",
                       asks ? query : "", host, ported ? ":" : "", ported ? port : "");
        amp_buf_printf(&wire->ask,
                       "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
                       "Sec-WebSocket-Version: 13\r\n",
                       key);
    }
    for (size_t i = 0; good && i < json_array_size(headers); i++) {
        const char *line = json_string_value(json_array_get(headers, i));
        good = line != NULL && strpbrk(line, "\r\n") == NULL;
        amp_buf_printf(&wire->ask, "%s\r\n", good ? line : "");
    }
    amp_buf_text(&wire->ask, "\r\n");
    curl_free(host);
    curl_free(port);
    curl_free(path);
    curl_free(query);
    curl_url_cleanup(parts);
    return good ? amp_buf_err(&wire->ask) : AMP_E_SYNTAX;
}

/* A copy: it may be renewed while a connection is made. */
static bool blob_set(CURL *easy, CURLoption option, struct amp_str text)
{
    struct curl_blob blob = {(void *)(uintptr_t)text.ptr, text.len, CURL_BLOB_COPY};
    return text.len == 0 || curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

/* The machine's authorities stay, by their folder. */
bool amp_wire_tls_set(CURL *easy, const struct amp_courier_tls *tls)
{
    return blob_set(easy, CURLOPT_CAINFO_BLOB, tls->ca) &&
           blob_set(easy, CURLOPT_SSLCERT_BLOB, tls->cert) &&
           blob_set(easy, CURLOPT_SSLKEY_BLOB, tls->key);
}

static bool easy_set(struct wire *wire, const char *url)
{
    CURL *easy = wire->easy;
    return easy != NULL &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK &&
           /* what TLS negotiates is the protocol that we speak on it */
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           amp_wire_tls_set(easy, wire->wires->tls);
}

static void wire_open(struct amp_wires *wires, const json_t *errand, int64_t id)
{
    const char *url = json_string_value(json_object_get(errand, "url"));
    struct wire *wire = wires->wire;
    while (wire < wires->wire + AMP_WIRES_MAX && wire->phase != FREE) {
        wire++;
    }
    if (wire == wires->wire + AMP_WIRES_MAX) {
        const struct wire none = {.wires = wires, .id = id};
        tell(&none, 0, (struct amp_str){0}, "there are too many connections");
        return;
    }
    *wire = (struct wire){.wires = wires,
                          .phase = CONNECTING,
                          .id = id,
                          .easy = curl_easy_init(),
                          .ask = amp_buf_make(AMP_WEBSOCKET_HEAD),
                          .answer = amp_buf_make(2 * AMP_WEBSOCKET_HEAD),
                          .began_us = amp_clock_steady_us()};
    if (url == NULL || strlen(url) > AMP_COURIER_URL || !easy_set(wire, url) ||
        ask_write(wire, url, json_object_get(errand, "headers")) != AMP_OK ||
        curl_multi_add_handle(wires->multi, wire->easy) != CURLM_OK) {
        wire_end(wire, 0, "the errand cannot be made");
    }
}

static struct wire *wire_find(struct amp_wires *wires, int64_t id)
{
    for (size_t i = 0; i < AMP_WIRES_MAX; i++) {
        if (wires->wire[i].phase != FREE && wires->wire[i].id == id) {
            return &wires->wire[i];
        }
    }
    return NULL;
}

bool amp_wires_is(const json_t *errand)
{
    const char *method = json_string_value(json_object_get(errand, "method"));
    return method == NULL || strcmp(method, "SOCKET") == 0;
}

void amp_wires_take(struct amp_wires *wires, const json_t *errand)
{
    int64_t id = 0;
    struct amp_str text = {0};
    if (amp_json_i64(errand, "id", &id, NULL) != AMP_OK || id <= 0) {
        return;
    }
    if (json_object_get(errand, "method") != NULL) {
        wire_open(wires, errand, id);
        return;
    }
    struct wire *wire = wire_find(wires, id);
    bool open = wire != NULL && wire->phase == OPEN;
    if (open && json_is_true(json_object_get(errand, "end"))) {
        amp_websocket_end(wire->ws, AMP_WEBSOCKET_DONE, "");
    } else if (open && amp_json_str(errand, "say", &text, NULL) == AMP_OK &&
               (amp_websocket_unsent(wire->ws) > AMP_WIRE_QUEUE ||
                amp_websocket_say(wire->ws, text) != AMP_OK)) {
        wire_end(wire, 0, "the other end takes nothing");
    } else if (!open && wire != NULL && json_object_get(errand, "end") != NULL) {
        wire_end(wire, 0, "ended before it was open");
    }
}

bool amp_wires_connected(struct amp_wires *wires, CURL *easy, CURLcode code)
{
    struct wire *wire = NULL;
    for (size_t i = 0; i < AMP_WIRES_MAX && wire == NULL; i++) {
        wire = wires->wire[i].easy == easy ? &wires->wire[i] : NULL;
    }
    if (wire == NULL || easy == NULL) {
        return false;
    }
    if (code != CURLE_OK || curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &wire->fd) != CURLE_OK ||
        wire->fd == CURL_SOCKET_BAD) {
        wire_end(wire, 0, curl_easy_strerror(code));
    } else {
        wire->phase = ASKING; /* it stays with libcurl's multi, which knows its connection */
    }
    return true;
}

/* ---- the handshake, and what follows ---- */

static void answer_look(struct wire *wire)
{
    const struct amp_websocket_ways ways = {
        .ctx = wire, .read = on_read, .write = on_write, .text = on_text, .chance = amp_random};
    int status = 0;
    amp_err err =
        amp_websocket_answer(amp_buf_view(&wire->answer), wire->accept, &status, &wire->ahead);
    if (err == AMP_E_BUSY) {
        return;
    }
    if (err != AMP_OK || status != 101) {
        wire_end(wire, err == AMP_OK ? status : 0, "it does not answer as WebSocket does");
    } else if (amp_websocket_create(&ways, true, AMP_COURIER_TEXT, &wire->ws) != AMP_OK) {
        wire_end(wire, 0, amp_err_words(AMP_E_NOMEM));
    } else {
        wire->phase = OPEN;
        wire->heard_us = wire->pinged_us = wire->alive_us = amp_clock_steady_us();
        tell(wire, 101, (struct amp_str){0}, NULL);
    }
}

static void ask(struct wire *wire)
{
    char room[4096];
    size_t n = 0;
    while (wire->asked < wire->ask.len) {
        ssize_t sent = on_write(wire, wire->ask.data + wire->asked, wire->ask.len - wire->asked);
        if (sent < 0) {
            wire_end(wire, 0, "the connection broke");
        }
        if (sent <= 0) {
            return;
        }
        wire->asked += (size_t)sent;
    }
    CURLcode code = curl_easy_recv(wire->easy, room, sizeof room, &n);
    if (code == CURLE_AGAIN) {
        return;
    }
    if (code == CURLE_OK && n > 0) {
        amp_buf_put(&wire->answer, room, n);
        if (amp_buf_err(&wire->answer) == AMP_OK) {
            answer_look(wire);
            return;
        }
    }
    wire_end(wire, 0, "it ended before it answered");
}

static void keep(struct wire *wire, int64_t now_us)
{
    bool good = true;
    for (int i = 0; i < TURNS && good; i++) { /* what TLS has read already wakes nobody */
        good = amp_websocket_pump(wire->ws);
    }
    if (!good) {
        wire_end(wire, 0, "the other end closed the connection");
        return;
    }
    if (amp_websocket_frames(wire->ws) != wire->frames) {
        wire->frames = amp_websocket_frames(wire->ws);
        wire->heard_us = now_us;
    }
    int64_t since_us = wire->heard_us > wire->pinged_us ? wire->heard_us : wire->pinged_us;
    if (now_us - since_us > (int64_t)AMP_WIRE_PING_MS * US_PER_MS) {
        wire->pinged_us = now_us;
        (void)!amp_websocket_ping(wire->ws);
    }
    if (now_us - wire->heard_us > (int64_t)AMP_WIRE_SILENT_MS * US_PER_MS) {
        wire_end(wire, 0, "the other end is silent");
    } else if (now_us - wire->alive_us > (int64_t)AMP_WIRE_ALIVE_MS * US_PER_MS) {
        wire->alive_us = now_us;
        tell(wire, 101, (struct amp_str){0}, NULL);
    }
}

size_t amp_wires_waits(const struct amp_wires *wires, struct curl_waitfd *out)
{
    size_t n = 0;
    for (size_t i = 0; i < AMP_WIRES_MAX; i++) {
        const struct wire *wire = &wires->wire[i];
        if (wire->phase == ASKING || wire->phase == OPEN) {
            bool writes = wire->phase == OPEN ? amp_websocket_wants_write(wire->ws)
                                              : wire->asked < wire->ask.len;
            out[n++] = (struct curl_waitfd){
                .fd = wire->fd,
                .events = (short)(CURL_WAIT_POLLIN | (writes ? CURL_WAIT_POLLOUT : 0))};
        }
    }
    return n;
}

void amp_wires_serve(struct amp_wires *wires)
{
    int64_t now_us = amp_clock_steady_us();
    for (size_t i = 0; i < AMP_WIRES_MAX; i++) {
        struct wire *wire = &wires->wire[i];
        bool slow = wire->phase == CONNECTING || wire->phase == ASKING;
        if (slow && now_us - wire->began_us > (int64_t)AMP_WIRE_OPEN_MS * US_PER_MS) {
            wire_end(wire, 0, "it took too long to open");
        }
        if (wire->phase == ASKING) {
            ask(wire);
        }
        if (wire->phase == OPEN) {
            keep(wire, now_us);
        }
    }
}

struct amp_wires *amp_wires_create(CURLM *multi, int fd, const struct amp_courier_tls *tls)
{
    struct amp_wires *wires = calloc(1, sizeof *wires);
    if (wires != NULL) {
        *wires = (struct amp_wires){.multi = multi, .fd = fd, .tls = tls};
        for (size_t i = 0; i < AMP_WIRES_MAX; i++) {
            wires->wire[i].wires = wires;
        }
    }
    return wires;
}

void amp_wires_destroy(struct amp_wires *wires)
{
    for (size_t i = 0; wires != NULL && i < AMP_WIRES_MAX; i++) {
        if (wires->wire[i].phase != FREE) {
            wire_free(&wires->wire[i]);
        }
    }
    free(wires);
}
