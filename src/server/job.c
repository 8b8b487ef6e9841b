/* Jobs: how they are made, and the one place where an answer leaves. */
#include "server/inside.h"
#include "server/log.h"
#include <stdlib.h>
#include <string.h>

static const char problem_type[] = "application/problem+json";

struct amp_job *amp_job_create(struct amp_server *server)
{
    struct amp_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return NULL;
    }
    job->server = server;
    job->arena = amp_arena_make(AMP_JOB_ARENA);
    job->out = amp_buf_make(AMP_JOB_ANSWER);
    job->records = amp_buf_make(AMP_JOB_ANSWER);
    job->arrived_us = amp_clock_steady_us();
    job->type = "application/json";
    job->actor = AMP_STR("desk");
    job->who = amp_identity_local();
    return job;
}

void amp_job_destroy(struct amp_job *job)
{
    if (job == NULL) {
        return;
    }
    for (size_t i = 0; i < job->record_n && job->message != NULL; i++) {
        amp_message_drop(job->message[i]);
    }
    amp_metric_unref(job->metric);
    amp_crews_unref(job->crews);
    amp_map_unref(job->map);
    amp_buf_free(&job->out);
    amp_buf_free(&job->records);
    amp_arena_drop(&job->arena);
    free(job);
}

void amp_job_problem_write(struct amp_job *job, amp_err err, const char *sentence)
{
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "type", "about:blank");
    amp_json_text_of(&js, "title", amp_err_words(err));
    amp_json_i64_of(&js, "status", amp_err_http(err));
    amp_json_text_of(&js, "code", amp_err_code(err));
    amp_json_text_of(&js, "detail", sentence);
    amp_json_close(&js, '}');
    job->type = problem_type;
}

void amp_job_problem(struct amp_job *job, amp_err err, const struct amp_why *why)
{
    if (amp_arena_failed(&job->arena) && amp_err_http(err) < 500) {
        err = AMP_E_NOMEM; /* whatever was wrong then: something was missing for want of memory */
        why = NULL;
    }
    const char *sentence = why != NULL && why->text[0] != '\0' ? why->text : amp_err_words(err);
    amp_buf_free(&job->out);
    amp_job_problem_write(job, err, sentence);
    job->err = err;
    job->secret_n = 0; /* what was refused changes nothing */
    amp_accounts_undo(job->server, job);
    (void)amp_fail(&job->why, err, "%s", sentence);
    job->status = amp_err_http(err);
}

void amp_job_safety(const struct amp_job *job, const char *policy, struct amp_http_answer *answer)
{
    struct amp_http_field *field = answer->field;
    field[answer->field_n++] = (struct amp_http_field){"X-Content-Type-Options", "nosniff"};
    field[answer->field_n++] = (struct amp_http_field){"Content-Security-Policy", policy};
    field[answer->field_n++] = (struct amp_http_field){"Referrer-Policy", "no-referrer"};
    field[answer->field_n++] =
        (struct amp_http_field){"Cross-Origin-Resource-Policy", "same-origin"};
    if (job->peer.secure) {
        field[answer->field_n++] =
            (struct amp_http_field){"Strict-Transport-Security", "max-age=31536000"};
    }
}

static const char *caching(const struct amp_job *job, bool keep)
{
    if (job->err == AMP_OK && job->lasting) {
        return "public, max-age=31536000, immutable";
    }
    if (job->err == AMP_OK && job->shared) {
        return "public, max-age=5";
    }
    return keep ? "no-cache" : "no-store";
}

static void answer_http(struct amp_job *job)
{
    struct amp_http_answer answer = {.status = job->status,
                                     .type = job->status == 204 || job->status == 304 ? NULL
                                                                                      : job->type,
                                     .body = &job->out};
    bool keep = job->etag[0] != '\0' && job->status < 400;
    const char *nothing = "default-src 'none'; frame-ancestors 'none'";
    bool own = job->policy != NULL && job->err == AMP_OK;
    amp_job_safety(job, own ? job->policy : nothing, &answer);
    answer.field[answer.field_n++] = (struct amp_http_field){"Cache-Control", caching(job, keep)};
    if (job->status == 401) {
        answer.field[answer.field_n++] = (struct amp_http_field){"WWW-Authenticate", "Bearer"};
    }
    if (keep) {
        answer.field[answer.field_n++] = (struct amp_http_field){"ETag", job->etag};
    }
    if (job->repeated) {
        answer.field[answer.field_n++] = (struct amp_http_field){"Idempotent-Replay", "true"};
    }
    if (job->compressed) {
        answer.field[answer.field_n++] = (struct amp_http_field){"Content-Encoding", "gzip"};
    }
    if (job->compressed || job->shared) {
        answer.field[answer.field_n++] = (struct amp_http_field){"Vary", "Accept-Encoding"};
    }
    for (size_t i = 0; i < job->field_n; i++) {
        answer.field[answer.field_n++] = job->field[i];
    }
    amp_request_answer(job->rq, &answer);
}

static void answer_outcome(struct amp_job *job)
{
    job->result.err = job->err;
    job->result.why = job->why.text;
    job->outcome(job->reply_ctx, &job->result);
}

static void answer_count(struct amp_job *job)
{
    struct amp_server *server = job->server;
    size_t at = job->route != NULL ? (size_t)(job->route - amp_endpoints) : amp_endpoint_n;
    amp_metrics_request(&server->metrics, at, job->status, amp_clock_steady_us() - job->arrived_us);
    if (job->status >= 500) {
        amp_log(server->config.quiet, AMP_LOG_WARN, "request-failed", "%s %s: %d %s",
                job->route != NULL ? amp_method_name(job->route->method) : "-",
                job->route != NULL ? job->route->path : "-", job->status, amp_err_code(job->err));
    }
}

void amp_job_send(struct amp_job *job)
{
    if (job->err == AMP_OK && amp_buf_err(&job->out) != AMP_OK) {
        amp_job_problem(job, amp_buf_err(&job->out), NULL);
    }
    if (job->rq != NULL) {
        answer_count(job);
        answer_http(job);
    } else if (job->reply != NULL) {
        job->reply(job->reply_ctx, job->status, amp_buf_view(&job->out));
    } else if (job->outcome != NULL) {
        answer_outcome(job);
    }
    amp_job_destroy(job);
}

static amp_err secret_add(struct amp_job *job, struct amp_secret secret)
{
    if (job->secret_n == job->secret_cap) {
        size_t cap = job->secret_cap == 0 ? 8 : 2 * job->secret_cap;
        struct amp_secret *grown = amp_arena_array(&job->arena, cap, sizeof *grown);
        if (grown == NULL) {
            return AMP_E_NOMEM;
        }
        for (size_t i = 0; i < job->secret_n; i++) {
            grown[i] = job->secret[i];
        }
        job->secret = grown;
        job->secret_cap = cap;
    }
    secret.name = amp_arena_str(&job->arena, secret.name);
    secret.value = amp_arena_str(&job->arena, secret.value);
    if (amp_arena_failed(&job->arena)) {
        return AMP_E_NOMEM;
    }
    job->secret[job->secret_n++] = secret;
    return AMP_OK;
}

amp_err amp_job_secret_put(struct amp_job *job, struct amp_str name, struct amp_str value)
{
    return secret_add(job, (struct amp_secret){.name = name, .value = value});
}

amp_err amp_job_secret_keep(struct amp_job *job, struct amp_str name, const struct amp_buf *value)
{
    amp_err err = amp_buf_err(value);
    return err ? err : amp_job_secret_put(job, name, amp_buf_view(value));
}

amp_err amp_job_secret_remove(struct amp_job *job, struct amp_str name)
{
    return secret_add(job, (struct amp_secret){.name = name, .removed = true});
}

amp_err amp_job_field(struct amp_job *job, const char *name, struct amp_str value)
{
    const char *copy = amp_arena_text(&job->arena, value);
    if (copy == NULL || job->field_n == AMP_JOB_FIELDS) {
        return AMP_E_NOMEM;
    }
    job->field[job->field_n++] = (struct amp_http_field){name, copy};
    return AMP_OK;
}

uint64_t amp_job_hash(uint64_t hash, struct amp_str text)
{
    hash = hash != 0 ? hash : UINT64_C(14695981039346656037);
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static amp_err str_copy(struct amp_arena *arena, struct amp_str *str)
{
    *str = amp_arena_str(arena, *str);
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

/* The texts of a command are views; the row of each field says where they are. */
amp_err amp_job_fields_copy(struct amp_job *job, const struct amp_command *command)
{
    job->command = *command;
    struct amp_fields *fields = &job->command.f;
    amp_err err = AMP_OK;
    for (int i = 0; i < AMP_FIELD_COUNT && err == AMP_OK; i++) {
        const struct amp_field_row *row = &amp_field_rows[i];
        if ((fields->has & AMP_FIELD_BIT(i)) == 0) {
            continue;
        }
        void *at = (char *)fields + row->offset;
        if (row->type == AMP_TYPE_WORD || row->type == AMP_TYPE_LINE ||
            row->type == AMP_TYPE_TEXT || row->type == AMP_TYPE_DOCUMENT) {
            err = str_copy(&job->arena, at);
        } else if (row->type == AMP_TYPE_WORDS) {
            struct amp_words *words = at;
            for (size_t w = 0; w < words->n && err == AMP_OK; w++) {
                err = str_copy(&job->arena, &words->word[w]);
            }
        }
    }
    job->actor = command->actor;
    job->key = command->key;
    if (err == AMP_OK) {
        err = str_copy(&job->arena, &job->actor);
    }
    return err == AMP_OK ? str_copy(&job->arena, &job->key) : err;
}
