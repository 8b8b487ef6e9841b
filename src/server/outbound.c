/* A table of errands under way, and the thread that hears of them. */
#include "server/outbound.h"
#include "base/crypto.h"
#include "server/courier.h"
#include "server/inside.h"
#include "server/log.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    GRACE_MS = 5000, /* so long after its time an errand counts as lost */
    SOCKET_BYTES = 1 << 20,
    US_PER_MS = 1000,
    WIRE_OPEN = 101
};

struct underway {
    int64_t id;          /* 0: free */
    int64_t deadline_us; /* steady */
    uint64_t about, more;
    amp_errand_fn *done;
    bool wire;           /* told of many times */
    struct amp_buf part; /* of a long answer, what has come so far */
};

struct amp_outbound {
    struct amp_server *server;
    int fd; /* 0 or -1: no courier */
    pthread_t thread;
    bool thread_runs;
    int64_t last_id;
    struct underway underway[AMP_OUTBOUND_MAX];
};

/* ---- results ---- */

static struct underway *underway_find(struct amp_outbound *outbound, int64_t id)
{
    for (size_t i = 0; i < AMP_OUTBOUND_MAX; i++) {
        if (outbound->underway[i].id == id) {
            return &outbound->underway[i];
        }
    }
    return NULL;
}

static void finish(struct amp_server *server, struct underway *underway,
                   const struct amp_errand_result *result)
{
    struct underway was = *underway;
    *underway = (struct underway){.id = 0};
    was.done(server, was.about, was.more, result);
    amp_buf_free(&was.part);
}

struct heard {
    int64_t id;
    struct amp_errand_result result;
    int64_t at;   /* where in the answer what came begins */
    bool is_part; /* more is to come */
};

/* False: something between is missing, or there is too much of it. */
static bool part_take(struct underway *underway, const struct heard *heard)
{
    amp_buf_str(&underway->part, heard->result.body);
    return (size_t)heard->at + heard->result.body.len == underway->part.len &&
           amp_buf_err(&underway->part) == AMP_OK;
}

/* A part of an answer, or its end. */
static void answer_heard(struct amp_server *server, struct underway *underway,
                         const struct heard *heard)
{
    struct amp_errand_result result = heard->result;
    const bool parts = heard->is_part || heard->at > 0 || underway->part.len > 0;
    if (parts && !part_take(underway, heard)) {
        result = (struct amp_errand_result){.error = "its answer came with a gap"};
    } else if (heard->is_part) {
        return;
    } else if (parts) {
        result.body = amp_buf_view(&underway->part);
    }
    finish(server, underway, &result);
}

static void step_heard(struct amp_server *server, struct amp_job *job)
{
    const struct heard *heard = job->data;
    struct underway *underway = heard->id > 0 ? underway_find(server->outbound, heard->id) : NULL;
    if (underway != NULL && underway->wire && heard->result.status == WIRE_OPEN) {
        underway->deadline_us = amp_clock_steady_us() + (int64_t)AMP_OUTBOUND_SILENT_MS * US_PER_MS;
        underway->done(server, underway->about, underway->more, &heard->result);
    } else if (underway != NULL) { /* else it counted as lost before */
        answer_heard(server, underway, heard);
    } else if (heard->id > 0 && heard->result.status == WIRE_OPEN) {
        amp_outbound_end(server, heard->id);
    }
    amp_job_destroy(job);
}

/* An answer that was asked for whole, or a part of it. */
static amp_err data_read(const json_t *obj, struct amp_arena *arena, struct heard *heard)
{
    struct amp_errand_result *out = &heard->result;
    struct amp_str data = {0}, etag = {0};
    size_t n = 0;
    amp_err err = amp_json_str(obj, heard->is_part ? "part" : "data", &data, NULL);
    err = err || heard->is_part ? err : amp_json_str(obj, "etag", &etag, NULL);
    if (err == AMP_OK && json_object_get(obj, "at") != NULL) {
        err = amp_json_i64(obj, "at", &heard->at, NULL);
        err = err ? err : heard->at < 0 || heard->at > AMP_COURIER_WHOLE ? AMP_E_RANGE : AMP_OK;
    }
    uint8_t *bytes = err ? NULL : amp_arena_alloc(arena, AMP_COURIER_TEXT);
    if (bytes == NULL) {
        return err ? err : AMP_E_NOMEM;
    }
    err = amp_base64_read(data, bytes, AMP_COURIER_TEXT, &n);
    out->body = (struct amp_str){(const char *)bytes, n};
    out->etag = amp_arena_str(arena, etag);
    out->cut = json_is_true(json_object_get(obj, "cut"));
    return err;
}

static amp_err heard_read(struct amp_str frame, struct amp_arena *arena, struct heard *out)
{
    json_t *obj = NULL;
    int64_t status = 0;
    struct amp_str error = {0};
    amp_err err = amp_json_read(frame, AMP_COURIER_FRAME, &obj, NULL);
    err = err ? err : amp_json_i64(obj, "id", &out->id, NULL);
    err = err ? err : amp_json_i64(obj, "status", &status, NULL);
    out->is_part = json_object_get(obj, "part") != NULL;
    bool data = out->is_part || json_object_get(obj, "data") != NULL;
    out->result.status = status > 0 && status < 1000 ? (int)status : 0;
    if (err == AMP_OK && out->result.status > 0 && data) {
        err = data_read(obj, arena, out);
    } else if (err == AMP_OK && out->result.status > 0) {
        err = amp_json_str(obj, "body", &out->result.body, NULL);
        out->result.body = amp_arena_str(arena, out->result.body);
    } else if (err == AMP_OK) {
        err = amp_json_str(obj, "error", &error, NULL);
        if (err == AMP_OK && amp_str_copy(out->result.error, sizeof out->result.error, error)) {
            out->result.error[0] = '\0';
        }
    }
    json_decref(obj);
    return err ? err : amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

static void frame_take(struct amp_server *server, struct amp_str frame)
{
    struct amp_job *job = amp_job_create(server);
    struct heard *heard = job != NULL ? amp_arena_alloc(&job->arena, sizeof *heard) : NULL;
    if (heard != NULL) {
        *heard = (struct heard){.id = 0};
        job->data = heard;
    }
    if (heard == NULL || heard_read(frame, &job->arena, heard) != AMP_OK ||
        amp_core_return(server, job, step_heard) != AMP_OK) {
        amp_job_destroy(job); /* it counts as lost in time */
    }
}

static void *outbound_main(void *arg)
{
    struct amp_outbound *outbound = arg;
    char *frame = malloc(AMP_COURIER_FRAME);
    while (frame != NULL) {
        ssize_t n = recv(outbound->fd, frame, AMP_COURIER_FRAME, 0);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            break;
        }
        if (n > 0) {
            frame_take(outbound->server, (struct amp_str){frame, (size_t)n});
        }
    }
    free(frame);
    return NULL;
}

/* ---- errands ---- */

bool amp_outbound_there(const struct amp_outbound *outbound)
{
    return outbound != NULL && outbound->fd > 0;
}

static void frame_write(const struct amp_errand *errand, int64_t id, struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "id", id);
    amp_json_text_of(&js, "method", errand->method);
    amp_json_str_of(&js, "url", errand->url);
    amp_json_i64_of(&js, "timeout_ms", errand->timeout_ms);
    if (errand->answer > 0) {
        amp_json_i64_of(&js, "answer", (int64_t)errand->answer);
    }
    amp_json_key(&js, "headers");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < AMP_OUTBOUND_HEADERS && errand->header[i] != NULL; i++) {
        amp_json_put_text(&js, errand->header[i]);
    }
    amp_json_close(&js, ']');
    if (strcmp(errand->method, "POST") == 0) {
        amp_json_str_of(&js, "body", errand->body);
    }
    amp_json_close(&js, '}');
}

static amp_err frame_send(const struct amp_outbound *outbound, const struct amp_buf *frame)
{
    amp_err err = amp_buf_err(frame);
    if (err == AMP_OK && send(outbound->fd, frame->data, frame->len, MSG_DONTWAIT | MSG_NOSIGNAL) !=
                             (ssize_t)frame->len) {
        err = AMP_E_BUSY;
    }
    return err;
}

static amp_err errand_send(struct amp_server *server, const struct amp_errand *errand, bool wire,
                           int64_t *out)
{
    struct amp_outbound *outbound = server->outbound;
    if (!amp_outbound_there(outbound)) {
        return AMP_E_UNSUPPORTED;
    }
    struct underway *free_place = underway_find(outbound, 0);
    if (free_place == NULL) {
        return AMP_E_BUSY;
    }
    struct amp_buf frame = amp_buf_make(AMP_COURIER_FRAME);
    int64_t id = ++outbound->last_id;
    frame_write(errand, id, &frame);
    amp_err err = frame_send(outbound, &frame);
    if (err == AMP_OK) {
        *free_place =
            (struct underway){.id = id,
                              .deadline_us = amp_clock_steady_us() +
                                             (errand->timeout_ms + GRACE_MS) * (int64_t)US_PER_MS,
                              .about = errand->about,
                              .more = errand->more,
                              .done = errand->done,
                              .wire = wire,
                              .part = amp_buf_make(AMP_OUTBOUND_WHOLE)};
        *out = id;
    }
    amp_buf_free(&frame);
    return err;
}

amp_err amp_outbound_send(struct amp_server *server, const struct amp_errand *errand)
{
    int64_t id = 0;
    return errand_send(server, errand, false, &id);
}

amp_err amp_outbound_open(struct amp_server *server, const struct amp_errand *errand, int64_t *id)
{
    return errand_send(server, errand, true, id);
}

amp_err amp_outbound_say(struct amp_server *server, int64_t id, struct amp_str text)
{
    struct amp_buf frame = amp_buf_make(AMP_COURIER_FRAME);
    struct amp_json js = amp_json_make(&frame);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "id", id);
    amp_json_str_of(&js, "say", text);
    amp_json_close(&js, '}');
    amp_err err = frame_send(server->outbound, &frame);
    amp_buf_free(&frame);
    return err;
}

void amp_outbound_end(struct amp_server *server, int64_t id)
{
    struct amp_buf frame = amp_buf_make(AMP_COURIER_FRAME);
    struct amp_json js = amp_json_make(&frame);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "id", id);
    amp_json_bool_of(&js, "end", true);
    amp_json_close(&js, '}');
    (void)!frame_send(server->outbound, &frame); /* else it is found lost, or ends itself */
    amp_buf_free(&frame);
}

amp_err amp_server_peer_renew(const struct amp_server *server, const struct amp_courier_tls *tls)
{
    struct amp_buf frame = amp_buf_make(AMP_COURIER_FRAME);
    struct amp_json js = amp_json_make(&frame);
    amp_json_open(&js, '{');
    amp_json_key(&js, "renewed");
    amp_json_open(&js, '{');
    amp_json_str_of(&js, "ca", tls->ca);
    amp_json_str_of(&js, "cert", tls->cert);
    amp_json_str_of(&js, "key", tls->key);
    amp_json_close(&js, '}');
    amp_json_close(&js, '}');
    amp_err err = AMP_E_UNSUPPORTED;
    if (amp_outbound_there(server->outbound)) {
        err = frame_send(server->outbound, &frame);
    }
    amp_buf_free(&frame);
    return err;
}

void amp_outbound_tick(struct amp_server *server)
{
    static const struct amp_errand_result lost = {.error = "the errand was lost"};
    int64_t steady_us = amp_clock_steady_us();
    for (size_t i = 0; i < AMP_OUTBOUND_MAX; i++) {
        struct underway *underway = &server->outbound->underway[i];
        if (underway->id != 0 && underway->deadline_us <= steady_us) {
            finish(server, underway, &lost);
        }
    }
}

/* ---- starting and stopping ---- */

amp_err amp_outbound_start(struct amp_server *server, int fd, struct amp_outbound **out)
{
    struct amp_outbound *outbound = calloc(1, sizeof *outbound);
    if (outbound == NULL) {
        return AMP_E_NOMEM;
    }
    *outbound = (struct amp_outbound){.server = server, .fd = fd};
    *out = outbound;
    if (fd > 0) {
        const int bytes = SOCKET_BYTES; /* a frame fits also where this is refused */
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
        outbound->thread_runs =
            pthread_create(&outbound->thread, NULL, outbound_main, outbound) == 0;
        return outbound->thread_runs ? AMP_OK : AMP_E_NOMEM;
    }
    return AMP_OK;
}

void amp_outbound_stop(struct amp_outbound *outbound)
{
    if (outbound != NULL && outbound->thread_runs) {
        (void)shutdown(outbound->fd, SHUT_RDWR);
        (void)pthread_join(outbound->thread, NULL);
        outbound->thread_runs = false;
    }
}

void amp_outbound_close(struct amp_outbound *outbound)
{
    if (outbound != NULL) {
        amp_outbound_stop(outbound);
        if (outbound->fd > 0) {
            (void)close(outbound->fd);
        }
        for (size_t i = 0; i < AMP_OUTBOUND_MAX; i++) {
            amp_buf_free(&outbound->underway[i].part);
        }
        free(outbound);
    }
}

int64_t amp_outbound_again_us(const struct amp_server *server, int64_t first_ms, int64_t longest_ms,
                              unsigned tries)
{
    int64_t wait_ms = server->config.again_ms > 0 ? server->config.again_ms : first_ms;
    for (unsigned i = 0; i < tries && wait_ms < longest_ms; i++) {
        wait_ms *= 2;
    }
    return amp_clock_steady_us() + (wait_ms < longest_ms ? wait_ms : longest_ms) * US_PER_MS;
}
