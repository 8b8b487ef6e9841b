/* One thread, libcurl's multi interface, and a socket to the server. */
#include "server/courier.h"
#include "base/crypto.h"
#include "base/json.h"
#include "server/wire.h"
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    POLL_MS = 1000,
    CONNECT_MS = 5000,
    DRAIN_MAX = 1 << 20 /* bytes of an answer that are dropped before it is given up */
};

struct errand {
    CURL *easy; /* NULL: this place is free */
    struct curl_slist *headers;
    int64_t id;
    char *body;
    char *answer; /* answer_cap bytes */
    size_t answer_cap, answer_n, drained;
    bool whole; /* more than the first bytes were asked for */
    char error[CURL_ERROR_SIZE];
};

struct courier {
    int fd;
    CURLM *multi;
    char *frame;
    struct amp_wires *wires;
    struct amp_courier_tls tls;
    char *renewed; /* what tls borrows since it was renewed; NULL: it never was */
    struct errand errand[AMP_COURIER_AT_ONCE];
    size_t n; /* under way */
};

/* ---- what is told ---- */

static void part_send(const struct courier *courier, const struct errand *errand, long status,
                      size_t at)
{
    struct amp_buf out = amp_buf_make(AMP_COURIER_FRAME);
    struct amp_buf data = amp_buf_make(AMP_COURIER_FRAME);
    struct amp_json js = amp_json_make(&out);
    amp_base64_put(&data, errand->answer + at, AMP_COURIER_PART);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "id", errand->id);
    amp_json_i64_of(&js, "status", status);
    amp_json_i64_of(&js, "at", (int64_t)at);
    amp_json_str_of(&js, "part", amp_buf_view(&data));
    amp_json_close(&js, '}');
    if (amp_buf_err(&data) == AMP_OK && amp_buf_err(&out) == AMP_OK) {
        (void)send(courier->fd, out.data, out.len, MSG_NOSIGNAL);
    }
    amp_buf_free(&data);
    amp_buf_free(&out);
}

/* What an errand that asks for it is told of its answer. */
static void whole_send(const struct courier *courier, const struct errand *errand, long status)
{
    size_t at = 0;
    for (; errand->answer_n - at > AMP_COURIER_PART; at += AMP_COURIER_PART) {
        part_send(courier, errand, status, at);
    }
    struct amp_buf out = amp_buf_make(AMP_COURIER_FRAME);
    struct amp_buf data = amp_buf_make(AMP_COURIER_FRAME);
    struct amp_json js = amp_json_make(&out);
    struct curl_header *etag = NULL;
    bool has_etag =
        curl_easy_header(errand->easy, "ETag", 0, CURLH_HEADER, -1, &etag) == CURLHE_OK &&
        strlen(etag->value) < AMP_COURIER_ANSWER;
    amp_base64_put(&data, errand->answer + at, errand->answer_n - at);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "id", errand->id);
    amp_json_i64_of(&js, "status", status);
    amp_json_i64_of(&js, "at", (int64_t)at);
    amp_json_str_of(&js, "data", amp_buf_view(&data));
    amp_json_text_of(&js, "etag", has_etag ? etag->value : "");
    amp_json_bool_of(&js, "cut", errand->drained > errand->answer_n);
    amp_json_close(&js, '}');
    if (amp_buf_err(&data) == AMP_OK && amp_buf_err(&out) == AMP_OK) {
        (void)send(courier->fd, out.data, out.len, MSG_NOSIGNAL);
    }
    amp_buf_free(&data);
    amp_buf_free(&out);
}

static void result_send(const struct courier *courier, int64_t id, long status,
                        struct amp_str answer, const char *error)
{
    struct amp_buf out = amp_buf_make(AMP_COURIER_FRAME);
    struct amp_json js = amp_json_make(&out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "id", id);
    amp_json_i64_of(&js, "status", status);
    if (status > 0) {
        amp_json_str_of(&js, "body", answer);
    } else {
        amp_json_text_of(&js, "error", error);
    }
    amp_json_close(&js, '}');
    if (amp_buf_err(&out) == AMP_OK) { /* what is not told is missed, and sent again */
        (void)send(courier->fd, out.data, out.len, MSG_NOSIGNAL);
    }
    amp_buf_free(&out);
}

/* ---- one errand ---- */

static size_t answer_take(char *data, size_t size, size_t n, void *ctx)
{
    struct errand *errand = ctx;
    size_t room = errand->answer_cap - errand->answer_n;
    size_t kept = size * n < room ? size * n : room;
    memcpy(errand->answer + errand->answer_n, data, kept);
    errand->answer_n += kept;
    errand->drained += size * n;
    return errand->drained > errand->answer_cap + DRAIN_MAX ? 0 : size * n;
}

static void errand_end(struct courier *courier, struct errand *errand)
{
    (void)curl_multi_remove_handle(courier->multi, errand->easy);
    curl_easy_cleanup(errand->easy);
    curl_slist_free_all(errand->headers);
    free(errand->body);
    free(errand->answer);
    *errand = (struct errand){.easy = NULL};
    courier->n--;
}

static amp_err headers_read(const json_t *list, struct curl_slist **out)
{
    if (list != NULL && (!json_is_array(list) || json_array_size(list) > AMP_COURIER_HEADERS)) {
        return AMP_E_SYNTAX;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *line = json_string_value(json_array_get(list, i));
        struct curl_slist *more =
            line != NULL && strpbrk(line, "\r\n") == NULL ? curl_slist_append(*out, line) : NULL;
        if (more == NULL) {
            return AMP_E_SYNTAX;
        }
        *out = more;
    }
    return AMP_OK;
}

static amp_err answer_make(const json_t *obj, struct errand *errand)
{
    int64_t wanted = AMP_COURIER_ANSWER;
    errand->whole = json_object_get(obj, "answer") != NULL;
    if (errand->whole && (amp_json_i64(obj, "answer", &wanted, NULL) != AMP_OK || wanted < 1 ||
                          wanted > AMP_COURIER_WHOLE)) {
        return AMP_E_SYNTAX;
    }
    errand->answer_cap = (size_t)wanted;
    errand->answer = malloc(errand->answer_cap);
    return errand->answer != NULL ? AMP_OK : AMP_E_NOMEM;
}

/* What there is to do, from a frame into a free place; the options of libcurl copy their texts. */
static amp_err errand_read(const json_t *obj, const struct amp_courier_tls *tls,
                           struct errand *errand)
{
    struct amp_str method = {0}, url = {0}, body = {0};
    int64_t timeout_ms = 0;
    amp_err err = amp_json_i64(obj, "id", &errand->id, NULL);
    err = err ? err : amp_json_str(obj, "method", &method, NULL);
    err = err ? err : amp_json_str(obj, "url", &url, NULL);
    err = err ? err : amp_json_i64(obj, "timeout_ms", &timeout_ms, NULL);
    err = err ? err : headers_read(json_object_get(obj, "headers"), &errand->headers);
    err = err ? err : answer_make(obj, errand);
    bool post = amp_str_is(method, "POST");
    err = err || !post ? err : amp_json_str(obj, "body", &body, NULL);
    if (err != AMP_OK || url.len > AMP_COURIER_URL || (!post && !amp_str_is(method, "GET")) ||
        timeout_ms < 1 || timeout_ms > AMP_COURIER_TIMEOUT_MS) {
        return AMP_E_SYNTAX;
    }
    CURL *easy = errand->easy;
    bool good = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_URL, url.ptr) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_HTTPHEADER, errand->headers) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, errand->error) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, answer_take) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_WRITEDATA, errand) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_PRIVATE, errand) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
                amp_wire_tls_set(easy, tls);
    if (good && post) {
        errand->body = malloc(body.len + 1);
        good = errand->body != NULL;
        if (good) {
            memcpy(errand->body, body.ptr, body.len);
            good = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)body.len) == CURLE_OK &&
                   curl_easy_setopt(easy, CURLOPT_POSTFIELDS, errand->body) == CURLE_OK;
        }
    }
    return good ? AMP_OK : AMP_E_NOMEM;
}

/* Of one piece, so that all of it is new or all of it as before. */
static amp_err renew(struct courier *courier, const json_t *obj)
{
    struct amp_courier_tls tls = {.ca = {0}};
    amp_err err = amp_json_str(obj, "ca", &tls.ca, NULL);
    err = err ? err : amp_json_str(obj, "cert", &tls.cert, NULL);
    err = err ? err : amp_json_str(obj, "key", &tls.key, NULL);
    char *fresh = err ? NULL : malloc(tls.ca.len + tls.cert.len + tls.key.len + 1);
    if (fresh == NULL) {
        return err ? err : AMP_E_NOMEM;
    }
    struct amp_str *const text[] = {&tls.ca, &tls.cert, &tls.key};
    char *at = fresh;
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        memcpy(at, text[i]->ptr, text[i]->len);
        text[i]->ptr = at;
        at += text[i]->len;
    }
    amp_wipe_free(courier->renewed);
    courier->renewed = fresh;
    courier->tls = tls;
    return AMP_OK;
}

static void errand_begin(struct courier *courier, struct amp_str frame)
{
    json_t *obj = NULL;
    struct errand *errand = courier->errand;
    while (errand->easy != NULL) {
        errand++;
    }
    if (amp_json_read(frame, AMP_COURIER_FRAME, &obj, NULL) != AMP_OK) {
        return;
    }
    const json_t *renewed = json_object_get(obj, "renewed");
    if (renewed != NULL) {
        (void)!renew(courier, renewed); /* of ours alone, and complete; else the old one stays */
        json_decref(obj);
        return;
    }
    if (amp_wires_is(obj)) {
        amp_wires_take(courier->wires, obj);
        json_decref(obj);
        return;
    }
    *errand = (struct errand){.easy = curl_easy_init()};
    if (errand->easy != NULL) {
        courier->n++;
        if (errand_read(obj, &courier->tls, errand) != AMP_OK ||
            curl_multi_add_handle(courier->multi, errand->easy) != CURLM_OK) {
            result_send(courier, errand->id, 0, (struct amp_str){0}, "the errand cannot be made");
            errand_end(courier, errand);
        }
    }
    json_decref(obj);
}

static void errands_finish(struct courier *courier)
{
    int left = 0;
    const CURLMsg *message = curl_multi_info_read(courier->multi, &left);
    for (; message != NULL; message = curl_multi_info_read(courier->multi, &left)) {
        struct errand *errand = NULL;
        long status = 0;
        CURLcode code = message->data.result;
        if (message->msg == CURLMSG_DONE &&
            amp_wires_connected(courier->wires, message->easy_handle, code)) {
            continue;
        }
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&errand) !=
                CURLE_OK) {
            continue;
        }
        (void)curl_easy_getinfo(errand->easy, CURLINFO_RESPONSE_CODE, &status);
        /* an answer that is too long has been given all the same */
        bool answered = code == CURLE_OK || (code == CURLE_WRITE_ERROR && status > 0);
        if (answered && errand->whole) {
            whole_send(courier, errand, status);
        } else {
            result_send(courier, errand->id, answered ? status : 0,
                        (struct amp_str){errand->answer, errand->answer_n},
                        curl_easy_strerror(code));
        }
        errand_end(courier, errand);
    }
}

/* ---- all of them ---- */

/* False at the end. */
static bool frames_take(struct courier *courier)
{
    while (courier->n < AMP_COURIER_AT_ONCE) {
        ssize_t n = recv(courier->fd, courier->frame, AMP_COURIER_FRAME, MSG_DONTWAIT | MSG_TRUNC);
        if (n < 0) {
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        }
        if (n == 0) {
            return false;
        }
        if (n <= AMP_COURIER_FRAME) {
            errand_begin(courier, (struct amp_str){courier->frame, (size_t)n});
        }
    }
    return true;
}

static void carry(struct courier *courier)
{
    bool going = true;
    while (going) {
        bool room = courier->n < AMP_COURIER_AT_ONCE;
        struct curl_waitfd wait[AMP_WIRES_MAX + 1];
        size_t n = amp_wires_waits(courier->wires, wait);
        int running = 0;
        if (room) {
            wait[n++] = (struct curl_waitfd){.fd = courier->fd, .events = CURL_WAIT_POLLIN};
        }
        going = curl_multi_poll(courier->multi, wait, (unsigned)n, POLL_MS, NULL) == CURLM_OK &&
                frames_take(courier) && curl_multi_perform(courier->multi, &running) == CURLM_OK;
        errands_finish(courier);
        amp_wires_serve(courier->wires);
    }
}

amp_err amp_courier_run(int fd, const struct amp_courier_tls *tls, struct amp_why *why)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return amp_fail(why, AMP_E_NOMEM, "libcurl cannot be started");
    }
    struct courier *courier = calloc(1, sizeof *courier);
    if (courier != NULL) {
        *courier = (struct courier){
            .fd = fd, .tls = *tls, .multi = curl_multi_init(), .frame = malloc(AMP_COURIER_FRAME)};
    }
    bool good = courier != NULL && courier->multi != NULL && courier->frame != NULL;
    if (good) {
        courier->wires = amp_wires_create(courier->multi, fd, &courier->tls);
        good = courier->wires != NULL;
    }
    if (good) {
        (void)signal(SIGPIPE, SIG_IGN); /* a broken connection is an answer, not an end */
        amp_json_start();
        carry(courier);
        for (size_t i = 0; i < AMP_COURIER_AT_ONCE; i++) {
            if (courier->errand[i].easy != NULL) {
                errand_end(courier, &courier->errand[i]);
            }
        }
    }
    if (courier != NULL) {
        amp_wires_destroy(courier->wires);
        (void)curl_multi_cleanup(courier->multi);
        free(courier->frame);
        amp_wipe_free(courier->renewed);
        free(courier);
    }
    curl_global_cleanup();
    return good ? AMP_OK : AMP_E_NOMEM;
}
