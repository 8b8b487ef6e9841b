/* The carrier of `amparo sip`: a loop of transfers (libcurl), their questions from the door. */
#include "cli/cli.h"
#include "cli/sip_link.h"
#include "server/log.h"
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TRIES_MAX = 6, /* of a report to the server: 0.2, 0.4, 0.8, ... seconds apart */
    FIRST_WAIT_MS = 200,
    SERVER_S = 5,
    LOCATION_S = 8,
    CONNECT_S = 3,
    URL_MAX = 2048,
    LOOP_MS = 100,
    FIELD_MAX = 600
};

struct transfer {
    bool used;
    enum amp_sip_link_kind kind;
    uint32_t id;
    int tries;
    int64_t again_ms; /* when it is tried again; 0: it is under way */
    CURL *curl;
    struct curl_slist *fields;
    struct amp_buf sent, got;
    char key[AMP_SIP_LINK_KEY + 1];
    char url[URL_MAX];
};

struct carrying {
    const struct amp_sip_carrier *how;
    CURLM *multi;
    struct transfer transfer[AMP_SIP_LINK_WAITING];
    size_t used_n;
    bool door_gone;
};

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t on_bytes(char *data, size_t size, size_t n, void *ctx)
{
    struct amp_buf *out = ctx;
    amp_buf_put(out, data, size * n);
    return amp_buf_err(out) == AMP_OK ? size * n : 0;
}

/* ---- answers to the door ---- */

static void answer(struct carrying *c, struct transfer *t, long status)
{
    bool whole = amp_buf_err(&t->got) == AMP_OK && status > 0;
    struct amp_sip_link_head head = {.id = t->id,
                                     .kind = (uint16_t)t->kind,
                                     .status = whole ? (uint16_t)status : 0,
                                     .body_len = whole ? (uint32_t)t->got.len : 0};
    struct iovec piece[] = {{&head, sizeof head}, {t->got.data, head.body_len}};
    const struct msghdr message = {.msg_iov = piece, .msg_iovlen = head.body_len > 0 ? 2 : 1};
    if (sendmsg(c->how->link, &message, MSG_NOSIGNAL) < 0) {
        c->door_gone = true;
    }
    if (t->curl != NULL) {
        curl_multi_remove_handle(c->multi, t->curl);
        curl_easy_cleanup(t->curl);
    }
    curl_slist_free_all(t->fields);
    amp_buf_free(&t->sent);
    amp_buf_free(&t->got);
    memset(t, 0, sizeof *t);
    c->used_n--;
}

/* ---- one transfer ---- */

static void field_add(struct transfer *t, const char *field)
{
    struct curl_slist *longer = curl_slist_append(t->fields, field);
    t->fields = longer != NULL ? longer : t->fields;
}

static void report_set(const struct amp_sip_carrier *how, struct transfer *t)
{
    char field[FIELD_MAX];
    (void)snprintf(t->url, sizeof t->url, "%s/v1/calls/%s",
                   how->socket != NULL ? "http://localhost" : how->url,
                   t->kind == AMP_SIP_LINK_TEST ? "test" : "line");
    field_add(t, "Content-Type: application/json");
    (void)snprintf(field, sizeof field, "Idempotency-Key: %s", t->key);
    field_add(t, field);
    if (how->token != NULL) {
        (void)snprintf(field, sizeof field, "Authorization: Bearer %s", how->token);
        field_add(t, field);
    }
    if (how->socket != NULL) {
        (void)curl_easy_setopt(t->curl, CURLOPT_UNIX_SOCKET_PATH, how->socket);
    }
    (void)curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, t->sent.len > 0 ? t->sent.data : "");
    (void)curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE, (long)t->sent.len);
    (void)curl_easy_setopt(t->curl, CURLOPT_TIMEOUT, (long)SERVER_S);
}

/* It is asked of a server that the caller's network names, once, and not of ours. */
static bool is_fetch(const struct transfer *t)
{
    return t->kind == AMP_SIP_LINK_LOCATION || t->kind == AMP_SIP_LINK_ADDITIONAL;
}

/* A GET fetches what is at the address: RFC 6753, section 4; RFC 7852, section 6.1. */
static void fetch_set(const struct amp_sip_carrier *how, struct transfer *t)
{
    if (how->lis_peer.ca != NULL) { /* the machine's stay, by their folder */
        (void)curl_easy_setopt(t->curl, CURLOPT_CAINFO, how->lis_peer.ca);
    }
    if (how->lis_peer.cert != NULL) {
        (void)curl_easy_setopt(t->curl, CURLOPT_SSLCERT, how->lis_peer.cert);
        (void)curl_easy_setopt(t->curl, CURLOPT_SSLKEY, how->lis_peer.key);
    }
    field_add(t, t->kind == AMP_SIP_LINK_LOCATION
                     ? "Accept: application/held+xml, application/pidf+xml;q=0.5"
                     : "Accept: */*");
    (void)curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "https,http");
    (void)curl_easy_setopt(t->curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(t->curl, CURLOPT_TIMEOUT, (long)LOCATION_S);
}

static bool begin(struct carrying *c, struct transfer *t)
{
    t->curl = curl_easy_init();
    if (t->curl == NULL) {
        return false;
    }
    amp_buf_clear(&t->got);
    t->again_ms = 0;
    t->tries++;
    (void)(is_fetch(t) ? fetch_set(c->how, t) : report_set(c->how, t));
    (void)curl_easy_setopt(t->curl, CURLOPT_URL, t->url);
    (void)curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->fields);
    (void)curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    (void)curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, &t->got);
    (void)curl_easy_setopt(t->curl, CURLOPT_PRIVATE, t);
    (void)curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(t->curl, CURLOPT_PROXY, "");
    return curl_multi_add_handle(c->multi, t->curl) == CURLM_OK;
}

/* The host of an address is one of those that were allowed, without a name before it. */
static bool host_allowed(const struct amp_sip_carrier *how, const char *url)
{
    CURLU *parsed = curl_url();
    char *host = NULL, *user = NULL;
    bool allowed = parsed != NULL && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
                   curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                   curl_url_get(parsed, CURLUPART_USER, &user, 0) == CURLUE_NO_USER;
    bool named = false;
    for (size_t i = 0; allowed && how->lis[i] != NULL; i++) {
        named = named || strcasecmp(how->lis[i], host) == 0;
    }
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(parsed);
    return named;
}

static struct transfer *transfer_free(struct carrying *c)
{
    for (size_t i = 0; i < AMP_SIP_LINK_WAITING; i++) {
        if (!c->transfer[i].used) {
            return &c->transfer[i];
        }
    }
    return NULL;
}

static void question_take(struct carrying *c, const struct amp_sip_link_head *head,
                          const char *rest)
{
    struct transfer *t = transfer_free(c);
    if (t == NULL || head->key_len > AMP_SIP_LINK_KEY) {
        return;
    }
    c->used_n++;
    *t = (struct transfer){.used = true,
                           .kind = (enum amp_sip_link_kind)head->kind,
                           .id = head->id,
                           .sent = amp_buf_make(AMP_SIP_LINK_BODY),
                           .got = amp_buf_make(AMP_SIP_LINK_BODY)};
    memcpy(t->key, rest, head->key_len);
    amp_buf_put(&t->sent, rest + head->key_len, head->body_len);
    bool good = true;
    if (is_fetch(t)) {
        good = head->body_len < URL_MAX;
        (void)snprintf(t->url, sizeof t->url, "%.*s", good ? (int)head->body_len : 0,
                       rest + head->key_len);
        good = good && host_allowed(c->how, t->url);
        if (!good) {
            amp_log(
                c->how->quiet, AMP_LOG_WARN, "sip-location",
                "a server of locations or Additional Data was not asked: --lis does not name it");
        }
    }
    if (!good || !begin(c, t)) {
        answer(c, t, 0);
    }
}

static void questions_read(struct carrying *c)
{
    static const size_t size =
        sizeof(struct amp_sip_link_head) + AMP_SIP_LINK_KEY + AMP_SIP_LINK_BODY;
    char *bytes = malloc(size);
    while (bytes != NULL && c->used_n < AMP_SIP_LINK_WAITING && !c->door_gone) {
        ssize_t n = recv(c->how->link, bytes, size, MSG_DONTWAIT);
        struct amp_sip_link_head head;
        if (n <= 0) {
            c->door_gone = n == 0;
            break;
        }
        if ((size_t)n < sizeof head) {
            continue;
        }
        memcpy(&head, bytes, sizeof head);
        if (sizeof head + (size_t)head.key_len + head.body_len == (size_t)n) {
            question_take(c, &head, bytes + sizeof head);
        }
    }
    free(bytes);
}

/* ---- the loop ---- */

/* A server that starts again, or is short of something, is asked again; the key makes that safe. */
static bool again(struct carrying *c, struct transfer *t, long status)
{
    bool later = !is_fetch(t) && (status == 0 || status == 503 || status == 429);
    if (!later || t->tries >= TRIES_MAX) {
        return false;
    }
    curl_multi_remove_handle(c->multi, t->curl);
    curl_easy_cleanup(t->curl);
    curl_slist_free_all(t->fields);
    t->curl = NULL;
    t->fields = NULL;
    t->again_ms = now_ms() + ((int64_t)FIRST_WAIT_MS << (t->tries - 1));
    return true;
}

static void done_read(struct carrying *c)
{
    int left = 0;
    CURLMsg *message = NULL;
    while ((message = curl_multi_info_read(c->multi, &left)) != NULL) {
        char *private = NULL;
        long status = 0;
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        bool good = message->data.result == CURLE_OK;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        struct transfer *t = (struct transfer *)(void *)private;
        status = good ? status : 0;
        if (!again(c, t, status)) {
            if (!is_fetch(t) && (status == 0 || status >= 400)) {
                amp_log(c->how->quiet, AMP_LOG_WARN, "sip-server",
                        "a report of a call was answered with %ld", status);
            }
            answer(c, t, status);
        }
    }
}

static void waiting_begin(struct carrying *c)
{
    int64_t now = now_ms();
    for (size_t i = 0; i < AMP_SIP_LINK_WAITING; i++) {
        struct transfer *t = &c->transfer[i];
        if (t->used && t->again_ms != 0 && t->again_ms <= now && !begin(c, t)) {
            answer(c, t, 0);
        }
    }
}

static int carry(struct carrying *c, int signals)
{
    struct curl_waitfd fds[] = {{.fd = signals, .events = CURL_WAIT_POLLIN},
                                {.fd = c->how->link, .events = CURL_WAIT_POLLIN}};
    int running = 0;
    while (!c->door_gone) {
        (void)curl_multi_perform(c->multi, &running);
        done_read(c);
        waiting_begin(c);
        unsigned n = c->used_n < AMP_SIP_LINK_WAITING ? 2 : 1;
        fds[0].revents = fds[1].revents = 0;
        (void)curl_multi_poll(c->multi, fds, n, LOOP_MS, NULL);
        if (fds[0].revents != 0) {
            return AMP_EXIT_OK;
        }
        questions_read(c);
    }
    return AMP_EXIT_FAILED;
}

int amp_sip_carrier_run(const struct amp_sip_carrier *carrier)
{
    struct carrying *c = calloc(1, sizeof *c);
    int signals = signalfd(-1, carrier->stop, SFD_CLOEXEC);
    int status = AMP_EXIT_FAILED;
    if (c != NULL && signals >= 0 && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        c->how = carrier;
        c->multi = curl_multi_init();
        status = c->multi != NULL ? carry(c, signals) : AMP_EXIT_FAILED;
        for (size_t i = 0; i < AMP_SIP_LINK_WAITING; i++) {
            if (c->transfer[i].used) {
                answer(c, &c->transfer[i], 0);
            }
        }
        curl_multi_cleanup(c->multi);
        curl_global_cleanup();
    }
    if (signals >= 0) {
        (void)close(signals);
    }
    free(c);
    return status;
}
