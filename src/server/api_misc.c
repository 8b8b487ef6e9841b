/* Plans, the log's root, the demo, the configuration, health, metrics, and the console. */
#include "base/timefmt.h"
#include "server/api.h"
#include "server/assets.h"
#include "server/sight.h"
#include <stdio.h>
#include <string.h>
#include <zlib.h>

/* ---- plans, the log, the demo, the configuration ---- */

/* They change only with a restart: who has them asks again for nothing. */
void amp_api_cards(struct amp_server *server, struct amp_job *job)
{
    struct amp_json js = amp_json_make(&job->out);
    if (server->config.cards != NULL) {
        amp_cards_view(&js, server->config.cards);
    } else {
        amp_json_open(&js, '{');
        amp_json_key(&js, "cards");
        amp_json_open(&js, '[');
        amp_json_close(&js, ']');
        amp_json_close(&js, '}');
    }
    char etag[AMP_JOB_TEXT];
    uint64_t hash = amp_job_hash(0, amp_buf_view(&job->out));
    (void)snprintf(etag, sizeof etag, "\"%016llx\"", (unsigned long long)hash);
    bool same = amp_buf_err(&job->out) == AMP_OK && amp_str_is(amp_str_of(job->etag), etag);
    memcpy(job->etag, etag, sizeof job->etag);
    if (same) {
        job->out.len = 0;
    }
    amp_core_answer(server, job, same ? 304 : 200);
}

void amp_api_plans(struct amp_server *server, struct amp_job *job)
{
    const struct amp_plans *plans = server->config.plans;
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_key(&js, "types");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < amp_plans_count(plans); i++) {
        amp_plan_view(&js, amp_plan_at(plans, i));
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

static void step_plans(struct amp_server *server, struct amp_job *job)
{
    server->config.plans = job->data;
    amp_job_destroy(job);
}

amp_err amp_server_plans_replace(struct amp_server *server, const struct amp_plans *plans)
{
    struct amp_job *job = amp_job_create(server);
    if (job == NULL) {
        return AMP_E_NOMEM;
    }
    void *pointer = NULL; /* a job's data may be changed; these are not */
    memcpy(&pointer, &plans, sizeof pointer);
    job->data = pointer;
    job->step = step_plans;
    amp_err err = amp_core_push(server, job);
    if (err != AMP_OK) {
        amp_job_destroy(job);
    }
    return err;
}

/* On the writer's thread, to which the journal belongs. */
static void root_write(struct amp_server *server, struct amp_job *job)
{
    struct amp_head head = amp_journal_head(server->journal);
    char hex[2 * AMP_HASH + 1];
    for (size_t i = 0; i < AMP_HASH; i++) {
        (void)snprintf(hex + 2 * i, sizeof hex - 2 * i, "%02x", head.root[i]);
    }
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "size", (int64_t)head.size);
    amp_json_text_of(&js, "root", hex);
    amp_json_close(&js, '}');
    job->status = 200;
    amp_job_send(job);
}

void amp_api_log_root(struct amp_server *server, struct amp_job *job)
{
    job->after = root_write;
    amp_core_through_writer(server, job);
}

static void demo_write(struct amp_server *server, struct amp_job *job)
{
    struct amp_demo demo = {0};
    server->config.demo->get(server->config.demo->ctx, &demo);
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_double_of(&js, "speed", demo.speed, 2);
    amp_json_bool_of(&js, "auto_dispatch", demo.auto_dispatch);
    amp_json_i64_of(&js, "crews", demo.crews);
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

static bool demo_there(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    if (server->config.demo != NULL) {
        return true;
    }
    (void)amp_fail(&why, AMP_E_NOT_FOUND, "this is not a demo");
    amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
    return false;
}

void amp_api_demo(struct amp_server *server, struct amp_job *job)
{
    if (demo_there(server, job)) {
        demo_write(server, job);
    }
}

static amp_err demo_read(struct amp_str body, struct amp_demo *demo, struct amp_why *why)
{
    enum {
        SPEED_MAX = 100
    };
    json_t *obj = NULL;
    amp_err err = amp_json_read(body, AMP_HTTP_BODY_MAX, &obj, why);
    if (err != AMP_OK) {
        return err;
    }
    if (!json_is_object(obj)) {
        err = amp_fail(why, AMP_E_SYNTAX, "the body must be an object");
    }
    err = err == AMP_OK ? amp_json_num(obj, "speed", &demo->speed, why) : err;
    err = err == AMP_OK ? amp_json_bool(obj, "auto_dispatch", &demo->auto_dispatch, why) : err;
    json_decref(obj);
    if (err == AMP_OK && !(demo->speed >= 0 && demo->speed <= SPEED_MAX)) {
        err = amp_fail(why, AMP_E_RANGE, "speed must be from 0 to %d", SPEED_MAX);
    }
    return err;
}

void amp_api_demo_change(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct amp_demo demo = {0};
    if (!demo_there(server, job)) {
        return;
    }
    const struct amp_demo_hooks *hooks = server->config.demo;
    hooks->get(hooks->ctx, &demo);
    amp_err err = demo_read(job->body, &demo, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    hooks->set(hooks->ctx, &demo);
    demo_write(server, job);
}

void amp_api_config(struct amp_server *server, struct amp_job *job)
{
    struct amp_json js = amp_api_open(server, job);
    amp_json_text_of(&js, "version", server->config.version);
    amp_json_bool_of(&js, "demo", server->config.demo != NULL);
    amp_json_i64_of(&js, "position_limit_s", AMP_POSITION_LIMIT_S);
    amp_json_time_of(&js, "now", server->now_us);
    amp_json_key(&js, "duplicates");
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "radius_m", AMP_DUPLICATE_RADIUS_M);
    amp_json_i64_of(&js, "age_s", AMP_DUPLICATE_AGE_S);
    amp_json_i64_of(&js, "most", AMP_DUPLICATES_MAX);
    amp_json_close(&js, '}');
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

/* ---- health and metrics ---- */

/* By the network thread: alive is who answers. */
void amp_api_health(struct amp_server *server, struct amp_job *job)
{
    (void)server;
    amp_buf_text(&job->out, "{\"status\":\"ok\"}");
    job->status = 200;
    amp_job_send(job);
}

/* By the core, behind the writer: ready is who can write. */
void amp_api_ready(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    amp_err err = amp_scarce_check(&server->scarce, AMP_CMD_TAKE_CALL, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    struct amp_json js = amp_api_open(server, job);
    amp_json_text_of(&js, "status", "ready");
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

static void gauges_set(struct amp_server *server)
{
    struct amp_metrics *metrics = &server->metrics;
    struct amp_push_counts push = amp_push_counts(server->push);
    (void)pthread_mutex_lock(&server->queue.lock);
    int64_t queued = (int64_t)server->queue.n;
    (void)pthread_mutex_unlock(&server->queue.lock);
    amp_metrics_set(metrics, AMP_METRIC_QUEUE, queued);
    amp_metrics_set(metrics, AMP_METRIC_IN_FLIGHT, (int64_t)atomic_load(&server->in_flight));
    amp_metrics_set(metrics, AMP_METRIC_WORK, (int64_t)amp_workers_waiting(server->workers));
    amp_metrics_set(metrics, AMP_METRIC_STREAMS, (int64_t)push.listeners);
    amp_metrics_set(metrics, AMP_METRIC_RESYNCS, (int64_t)push.resyncs);
    amp_metrics_set(metrics, AMP_METRIC_SEQ, (int64_t)push.seq);
    amp_metrics_set(metrics, AMP_METRIC_UPTIME,
                    (amp_clock_steady_us() - server->started_us) / AMP_US_PER_S);
    amp_metrics_set(metrics, AMP_METRIC_RSS, amp_metrics_rss());
}

void amp_api_metrics(struct amp_server *server, struct amp_job *job)
{
    struct amp_metric_label label[AMP_METRIC_ROUTES];
    for (size_t i = 0; i < amp_endpoint_n; i++) {
        label[i] = (struct amp_metric_label){amp_method_name(amp_endpoints[i].method),
                                             amp_endpoints[i].path};
    }
    label[amp_endpoint_n] = (struct amp_metric_label){"-", "-"};
    gauges_set(server);
    amp_metrics_write(&server->metrics, label, amp_endpoint_n + 1, &job->out);
    job->type = "text/plain; version=0.0.4; charset=utf-8";
    job->status = 200;
    amp_job_send(job);
}

/* ---- live push ---- */

struct listening {
    struct amp_listener_who who;
    uint64_t since;
};

/* Any thread: who hears what is known already. */
static void listen_now(struct amp_server *server, struct amp_job *job)
{
    const struct listening *listening = job->data;
    amp_err err = amp_push_listen(server->push, job->rq, listening->since, &listening->who);
    if (err != AMP_OK) {
        amp_job_problem(job, err, NULL);
        amp_job_send(job);
        return;
    }
    amp_metrics_request(&server->metrics, (size_t)(job->route - amp_endpoints), 200, 0);
    amp_job_destroy(job); /* the stream has answered */
}

void amp_api_events(struct amp_server *server, struct amp_job *job)
{
    struct listening *listening = amp_arena_alloc(&job->arena, sizeof *listening);
    struct amp_request *rq = job->rq;
    struct amp_why why = {""};
    uint64_t since = job->since;
    struct amp_str text = amp_api_query(job, "since");
    if (listening == NULL) {
        amp_job_problem(job, AMP_E_NOMEM, NULL);
        amp_job_send(job);
        return;
    }
    if (rq == NULL || (text.len > 0 && amp_str_u64(text, &since) != AMP_OK)) {
        (void)amp_fail(&why, AMP_E_RANGE, "since must be a number of the journal");
        amp_job_problem(job, AMP_E_RANGE, &why);
        amp_job_send(job);
        return;
    }
    *listening = (struct listening){amp_sight_listener(&server->state, &job->who), since};
    job->data = listening;
    if (amp_api_look_counts(server, job, "stream")) { /* it may show what is personal, too */
        job->after = listen_now;
        amp_core_commit(server, job, 200, NULL);
    } else {
        listen_now(server, job);
    }
}

/* The description of this interface, as it was when it was built. */
void amp_api_openapi(struct amp_server *server, struct amp_job *job)
{
    (void)server;
    amp_buf_put(&job->out, amp_openapi, amp_openapi_len);
    job->type = "application/yaml"; /* RFC 9512 */
    job->status = 200;
    amp_job_send(job);
}

/* ---- the console ---- */

static const char no_console[] =
    "<!doctype html><meta charset=utf-8><title>Amparo</title>"
    "<p>This Amparo was built without its console; its API is under /v1.";

static const struct amp_asset *asset_find(const char *path)
{
    for (size_t i = 0; i < amp_asset_count; i++) {
        if (strcmp(amp_assets[i].path, path) == 0) {
            return &amp_assets[i];
        }
    }
    return NULL;
}

static amp_err gzip_unpack(const struct amp_asset *asset, struct amp_buf *out)
{
    enum {
        GZIP_WINDOW = 15 + 16,
        CHUNK = 65536
    };
    z_stream z = {0};
    unsigned char chunk[CHUNK];
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK) {
        return AMP_E_NOMEM;
    }
    memcpy(&z.next_in, &asset->data, sizeof z.next_in);
    z.avail_in = (unsigned)asset->len;
    int done = Z_OK;
    while (done == Z_OK) {
        z.next_out = chunk;
        z.avail_out = sizeof chunk;
        done = inflate(&z, Z_NO_FLUSH);
        amp_buf_put(out, chunk, sizeof chunk - z.avail_out);
    }
    (void)inflateEnd(&z);
    return done == Z_STREAM_END ? amp_buf_err(out) : AMP_E_CORRUPT;
}

static void asset_fields(const struct amp_job *job, struct amp_http_answer *answer,
                         const struct amp_asset *asset, bool packed)
{
    static const char policy[] = "default-src 'self'; worker-src 'self'; "
                                 "img-src 'self' data: blob:; media-src blob:; "
                                 "style-src 'self'; connect-src 'self'; frame-ancestors 'none'; "
                                 "base-uri 'none'; form-action 'none'; object-src 'none'";
    /* the page and its worker keep their names from one version to the next */
    bool page = asset == NULL || strncmp(asset->path, "/assets/", strlen("/assets/")) != 0;
    bool crew = asset != NULL && strncmp(asset->path, "/crew", strlen("/crew")) == 0;
    struct amp_http_field *field = answer->field;
    amp_job_safety(job, policy, answer);
    field[answer->field_n++] = (struct amp_http_field){
        "Permissions-Policy", crew ? "camera=(), microphone=(self), geolocation=(self)"
                                   : "camera=(), microphone=(), geolocation=()"};
    if (crew) { /* its worker lies below the page */
        field[answer->field_n++] = (struct amp_http_field){"Service-Worker-Allowed", "/crew"};
    }
    field[answer->field_n++] = (struct amp_http_field){
        "Cache-Control", page ? "no-cache" : "public, max-age=31536000, immutable"};
    if (asset != NULL) {
        field[answer->field_n++] = (struct amp_http_field){"ETag", asset->etag};
        field[answer->field_n++] = (struct amp_http_field){"Vary", "Accept-Encoding"};
    }
    if (packed) {
        field[answer->field_n++] = (struct amp_http_field){"Content-Encoding", "gzip"};
    }
}

static void asset_answer(struct amp_server *server, struct amp_job *job,
                         const struct amp_asset *asset)
{
    struct amp_http_answer answer = {.status = 200, .type = "text/html; charset=utf-8"};
    bool same = asset != NULL && amp_str_is(amp_str_of(job->etag), asset->etag);
    bool packed = asset != NULL && asset->gzip && job->gzip && !same;
    if (asset == NULL) {
        answer.fixed = amp_str_of(no_console);
    } else {
        answer.type = same ? NULL : asset->type;
        answer.status = same ? 304 : 200;
        if (!same && (packed || !asset->gzip)) {
            answer.fixed = (struct amp_str){.ptr = (const char *)asset->data, .len = asset->len};
        } else if (!same && gzip_unpack(asset, &job->out) == AMP_OK) {
            answer.body = &job->out;
        }
    }
    asset_fields(job, &answer, asset, packed);
    amp_metrics_request(&server->metrics, (size_t)(job->route - amp_endpoints), answer.status,
                        amp_clock_steady_us() - job->arrived_us);
    amp_request_answer(job->rq, &answer);
    amp_job_destroy(job);
}

void amp_api_asset(struct amp_server *server, struct amp_job *job)
{
    char path[AMP_URI_MAX];
    bool page = job->uri.n == 0;
    const struct amp_str *folder = &job->uri.segment[0];
    const struct amp_str *file = &job->param[0];
    int n = page              ? snprintf(path, sizeof path, "/")
            : job->uri.n == 1 ? snprintf(path, sizeof path, "/%.*s", (int)folder->len, folder->ptr)
                              : snprintf(path, sizeof path, "/%.*s/%.*s", (int)folder->len,
                                         folder->ptr, (int)file->len, file->ptr);
    const struct amp_asset *asset = n > 0 && n < (int)sizeof path ? asset_find(path) : NULL;
    if (job->rq == NULL || (asset == NULL && !page)) {
        amp_job_problem(job, AMP_E_NOT_FOUND, NULL);
        amp_job_send(job);
        return;
    }
    asset_answer(server, job, asset);
}
