/* Subscriptions, where each stands, and what it is told next. */
#include "server/webhook.h"
#include "base/timefmt.h"
#include "server/i3.h"
#include "server/inside.h"
#include "server/log.h"
#include "server/outbound.h"
#include "server/random.h"
#include "server/sight.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_BYTES = 64,
    VALUE_BYTES = 8192,
    KEY_BYTES = 32,
    AT_ONCE = 1000, /* records looked through by one task */
    BODY_MAX = 100 << 10,
    LOST_MS = 60000,
    KEEP_MS = 2000, /* so often it is kept where a subscription stands */
    US_PER_MS = 1000
};

struct dead {
    uint64_t seq;
    int status; /* of the last answer; 0: none */
    int64_t at_us;
    bool again; /* an admin wants it tried once more */
};

struct webhook {
    char id[AMP_WEBHOOK_ID];
    char url[AMP_WEBHOOK_URL + 1];
    char key[AMP_WEBHOOK_KEY];
    char label[AMP_LINE_MAX + 1];
    char kind[AMP_LIST_MAX][AMP_WORD_MAX + 1];
    size_t kind_n;
    bool personal, i3;
    uint32_t agency;
    int64_t made_us;
    uint64_t told, kept;  /* up to this record; the same as it is kept beside the log */
    int64_t busy_us;      /* steady: until then something counts as under way; 0: nothing is */
    bool down;            /* the last event had to be put aside */
    unsigned part, parts; /* of the record that is told: which one is, and how many it has */
    unsigned tries;
    int last_status;
    int64_t next_us; /* steady */
    struct dead *dead;
    size_t dead_n;
};

struct amp_webhooks {
    struct webhook *at[AMP_WEBHOOKS_MAX];
    size_t n;
    int64_t keep_at_us; /* steady */
};

/* ---- finding, making, ending ---- */

static struct webhook *webhook_find(const struct amp_webhooks *webhooks, struct amp_str id)
{
    for (size_t i = 0; i < webhooks->n; i++) {
        if (amp_str_is(id, webhooks->at[i]->id)) {
            return webhooks->at[i];
        }
    }
    return NULL;
}

static void webhook_free(struct webhook *hook)
{
    if (hook != NULL) {
        free(hook->dead);
        amp_wipe(hook, sizeof *hook);
        free(hook);
    }
}

static void name_of(const char *what, const struct webhook *hook, char out[NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "%s/%s", what, hook->id);
}

static void dead_name(const struct webhook *hook, uint64_t seq, char out[NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "webhook-dead/%s/%015llu", hook->id, (unsigned long long)seq);
}

static bool kind_fits(const char *word, const char *kind)
{
    size_t len = strlen(word);
    return strncmp(kind, word, len) == 0 && (kind[len] == '\0' || kind[len] == '-');
}

bool amp_webhook_kind_valid(struct amp_str word)
{
    char text[AMP_WORD_MAX + 1];
    bool good = amp_str_copy(text, sizeof text, word) == AMP_OK && text[0] != '\0';
    for (int kind = 0; good && kind < AMP_EV_COUNT; kind++) {
        if (kind_fits(text, amp_event_rows[kind].name)) {
            return true;
        }
    }
    return good && strcmp(text, "all") == 0;
}

static bool is_i3(const struct webhook *hook)
{
    return hook->kind_n == 1 && strcmp(hook->kind[0], AMP_WEBHOOK_I3) == 0;
}

static bool is_wanted(const struct webhook *hook, enum amp_event_kind kind)
{
    if (hook->i3) {
        return amp_i3_is_told(kind);
    }
    for (size_t i = 0; i < hook->kind_n; i++) {
        bool all = strcmp(hook->kind[i], "all") == 0;
        if (all ? !amp_sight_is_silent(kind)
                : kind_fits(hook->kind[i], amp_event_rows[kind].name)) {
            return true;
        }
    }
    return false;
}

/* ---- beside the log ---- */

static void webhook_write(const struct webhook *hook, struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "url", hook->url);
    amp_json_text_of(&js, "key", hook->key);
    amp_json_text_of(&js, "label", hook->label);
    amp_json_bool_of(&js, "personal", hook->personal);
    amp_json_i64_of(&js, "agency", hook->agency);
    amp_json_i64_of(&js, "made_us", hook->made_us);
    amp_json_key(&js, "kinds");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < hook->kind_n; i++) {
        amp_json_put_text(&js, hook->kind[i]);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

static amp_err member(const json_t *obj, const char *name, char *out, size_t cap)
{
    struct amp_str text = {0};
    amp_err err = amp_json_str(obj, name, &text, NULL);
    return err ? err : amp_str_copy(out, cap, text);
}

static amp_err webhook_read(struct amp_str json, struct webhook *out)
{
    json_t *obj = NULL;
    int64_t agency = 0;
    amp_err err = amp_json_read(json, VALUE_BYTES, &obj, NULL);
    err = err ? err : member(obj, "url", out->url, sizeof out->url);
    err = err ? err : member(obj, "key", out->key, sizeof out->key);
    err = err ? err : member(obj, "label", out->label, sizeof out->label);
    err = err ? err : amp_json_bool(obj, "personal", &out->personal, NULL);
    err = err ? err : amp_json_i64(obj, "agency", &agency, NULL);
    err = err ? err : amp_json_i64(obj, "made_us", &out->made_us, NULL);
    const json_t *kinds = json_object_get(obj, "kinds");
    for (size_t i = 0; err == AMP_OK && i < json_array_size(kinds) && i < AMP_LIST_MAX; i++) {
        const char *word = json_string_value(json_array_get(kinds, i));
        err = word == NULL
                  ? AMP_E_CORRUPT
                  : amp_str_copy(out->kind[out->kind_n++], AMP_WORD_MAX + 1, amp_str_of(word));
    }
    json_decref(obj);
    out->i3 = is_i3(out);
    out->agency = (uint32_t)agency;
    return err != AMP_OK || agency < 0 || agency > AMP_AGENCIES_MAX ? AMP_E_CORRUPT : AMP_OK;
}

/* Secrets alone, without an event. Lost when it cannot be written now: it is tried again. */
static bool keep(struct amp_server *server, struct amp_str name, const struct amp_buf *value)
{
    struct amp_job *job = amp_core_may_write(server) ? amp_job_create(server) : NULL;
    amp_err err = job == NULL     ? AMP_E_BUSY
                  : value == NULL ? amp_job_secret_remove(job, name)
                                  : amp_job_secret_keep(job, name, value);
    if (err != AMP_OK) {
        amp_job_destroy(job);
        return false;
    }
    amp_core_submit(server, job);
    return true;
}

static bool told_keep(struct amp_server *server, struct webhook *hook)
{
    char name[NAME_BYTES];
    struct amp_buf value = amp_buf_make(NAME_BYTES);
    name_of("webhook-seq", hook, name);
    amp_buf_u64(&value, hook->told);
    bool kept = keep(server, amp_str_of(name), &value);
    hook->kept = kept ? hook->told : hook->kept;
    amp_buf_free(&value);
    return kept;
}

/* ---- what is put aside ---- */

static struct dead *dead_add(struct webhook *hook, uint64_t seq)
{
    if (hook->dead == NULL) {
        hook->dead = calloc(AMP_WEBHOOK_DEAD, sizeof *hook->dead);
    }
    if (hook->dead == NULL || hook->dead_n == AMP_WEBHOOK_DEAD) {
        return NULL;
    }
    hook->dead[hook->dead_n] = (struct dead){.seq = seq};
    return &hook->dead[hook->dead_n++];
}

static struct dead *dead_find(struct webhook *hook, uint64_t seq)
{
    for (size_t i = 0; i < hook->dead_n; i++) {
        if (hook->dead[i].seq == seq) {
            return &hook->dead[i];
        }
    }
    return NULL;
}

static void dead_keep(struct amp_server *server, const struct webhook *hook,
                      const struct dead *dead)
{
    char name[NAME_BYTES];
    struct amp_buf value = amp_buf_make(NAME_BYTES);
    dead_name(hook, dead->seq, name);
    amp_buf_printf(&value, "%d %lld", dead->status, (long long)dead->at_us);
    (void)keep(server, amp_str_of(name), &value);
    amp_buf_free(&value);
}

static void dead_drop(struct amp_server *server, struct webhook *hook, struct dead *dead)
{
    char name[NAME_BYTES];
    dead_name(hook, dead->seq, name);
    (void)keep(server, amp_str_of(name), NULL);
    size_t at = (size_t)(dead - hook->dead);
    memmove(dead, dead + 1, (hook->dead_n - at - 1) * sizeof *dead);
    hook->dead_n--;
}

/* ---- the start ---- */

struct loading {
    struct amp_server *server;
    struct amp_why *why;
};

static amp_err webhook_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    const struct loading *loading = ctx;
    struct amp_webhooks *webhooks = loading->server->webhooks;
    struct amp_buf plain = amp_buf_make(VALUE_BYTES);
    struct amp_str what = {0};
    struct webhook *hook = calloc(1, sizeof *hook);
    amp_err err = hook == NULL ? AMP_E_NOMEM : AMP_OK;
    err = err ? err : amp_keys_unwrap(loading->server->keys, name, value, &plain);
    err = err ? err : webhook_read(amp_buf_view(&plain), hook);
    err = err ? err : amp_str_copy(hook->id, sizeof hook->id, amp_str_cut(name, '/', &what));
    amp_buf_free(&plain);
    if (err != AMP_OK || webhooks->n == AMP_WEBHOOKS_MAX) {
        webhook_free(hook);
        return err == AMP_OK
                   ? AMP_OK
                   : amp_fail(loading->why, err, "a webhook in the journal's secrets is damaged");
    }
    webhooks->at[webhooks->n++] = hook;
    return AMP_OK;
}

static amp_err told_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    const struct loading *loading = ctx;
    struct amp_str what = {0};
    struct webhook *hook = webhook_find(loading->server->webhooks, amp_str_cut(name, '/', &what));
    if (hook != NULL && amp_str_u64(value, &hook->told) == AMP_OK) {
        hook->kept = hook->told;
    }
    return AMP_OK;
}

static amp_err dead_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    const struct loading *loading = ctx;
    struct amp_str what = {0}, id = {0}, status_text = {0};
    struct amp_str number = amp_str_cut(amp_str_cut(name, '/', &what), '/', &id);
    struct webhook *hook = webhook_find(loading->server->webhooks, id);
    uint64_t seq = 0;
    int64_t status = 0;
    struct dead *dead =
        hook != NULL && amp_str_u64(number, &seq) == AMP_OK ? dead_add(hook, seq) : NULL;
    struct amp_str at = amp_str_cut(value, ' ', &status_text);
    if (dead != NULL && amp_str_i64(status_text, &status) == AMP_OK &&
        amp_str_i64(at, &dead->at_us) == AMP_OK) {
        dead->status = (int)status;
    }
    return AMP_OK;
}

amp_err amp_webhooks_start(struct amp_server *server, struct amp_why *why)
{
    struct amp_store *store = server->config.store;
    struct loading loading = {.server = server, .why = why};
    server->webhooks = calloc(1, sizeof *server->webhooks);
    if (server->webhooks == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = store->ops->secrets(store, AMP_STR("webhook/"), &loading, webhook_visit, why);
    err =
        err ? err : store->ops->secrets(store, AMP_STR("webhook-seq/"), &loading, told_visit, why);
    err =
        err ? err : store->ops->secrets(store, AMP_STR("webhook-dead/"), &loading, dead_visit, why);
    for (size_t i = 0; err == AMP_OK && i < server->webhooks->n; i++) {
        if (server->webhooks->at[i]->i3 && server->config.i3 == NULL) {
            amp_log(false, AMP_LOG_WARN, "webhook",
                    "%s waits: it is told LogEvents, which need --i3 FILE",
                    server->webhooks->at[i]->id);
        }
    }
    return err;
}

void amp_webhooks_close(struct amp_webhooks *webhooks)
{
    if (webhooks != NULL) {
        for (size_t i = 0; i < webhooks->n; i++) {
            webhook_free(webhooks->at[i]);
        }
        free(webhooks);
    }
}

/* ---- the next record that concerns it ---- */

struct search { /* of a worker: a copy of what it needs */
    char id[AMP_WEBHOOK_ID];
    bool wanted[AMP_EV_COUNT];
    bool personal, i3, found;
    uint64_t first, last, at;
    const struct amp_sealer *sealer;
    struct amp_event event; /* without what is sealed, but for a LogEvent that may have it */
    struct amp_arena *arena;
    struct amp_buf *out;
};

/* Without what is personal, also in records of the time before seals; and without the key of the
 * request, which is its sender's affair. */
static amp_err bare_write(struct amp_str body, uint64_t seq, struct amp_buf *out)
{
    json_t *obj = NULL;
    amp_err err = amp_json_read(body, AMP_EVENT_BYTES, &obj, NULL);
    if (err != AMP_OK) {
        return err;
    }
    static const char *const not_told[] = {"v", "sealed", "key", "print"};
    for (size_t i = 0; i < sizeof not_told / sizeof not_told[0]; i++) {
        (void)json_object_del(obj, not_told[i]);
    }
    for (int i = 0; i < AMP_FIELD_COUNT; i++) {
        if (amp_field_rows[i].personal) {
            (void)json_object_del(obj, amp_field_rows[i].name);
        }
    }
    (void)json_object_set_new(obj, "seq", json_integer((json_int_t)seq));
    char *text = json_dumps(obj, JSON_COMPACT);
    amp_buf_text(out, text != NULL ? text : "");
    err = text != NULL ? amp_buf_err(out) : AMP_E_NOMEM;
    free(text);
    json_decref(obj);
    return err;
}

/* What was sealed stands in the clear; of what was erased there is nothing more to tell. */
static amp_err whole_write(const struct search *search, struct amp_str body, uint64_t seq)
{
    struct amp_event event;
    struct amp_buf plain = amp_buf_make(AMP_EVENT_BYTES);
    amp_err err = amp_event_read(body, search->sealer, search->arena, &event, NULL);
    if (err != AMP_OK || event.gone) {
        amp_buf_free(&plain);
        return err ? err : bare_write(body, seq, search->out);
    }
    event.key = (struct amp_str){0};
    event.print = 0;
    amp_event_write(&event, NULL, &plain);
    struct amp_str text = amp_buf_view(&plain);
    err = amp_buf_err(&plain);
    if (err == AMP_OK) { /* {"v":1,"kind":... : the version is the journal's own */
        struct amp_str head = {0};
        struct amp_str rest = amp_str_cut(text, ',', &head);
        amp_buf_printf(search->out, "{\"seq\":%llu,", (unsigned long long)seq);
        amp_buf_str(search->out, rest);
        err = amp_buf_err(search->out);
    }
    amp_buf_free(&plain);
    return err;
}

static amp_err record_visit(void *ctx, const struct amp_record *record)
{
    struct search *search = ctx;
    struct amp_why why = {""};
    search->at = record->seq;
    amp_err err = amp_event_read(record->body, NULL, search->arena, &search->event, &why);
    if (err != AMP_OK || !search->wanted[search->event.kind]) {
        return err;
    }
    search->found = true;
    if (search->i3) { /* written by the core, which knows the call */
        err = search->personal ? amp_event_read(record->body, search->sealer, search->arena,
                                                &search->event, &why)
                               : AMP_OK;
    } else {
        err = search->personal ? whole_write(search, record->body, record->seq)
                               : bare_write(record->body, record->seq, search->out);
    }
    search->event.seq = record->seq;
    return err ? err : AMP_E_EXISTS; /* no further */
}

static void search_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    struct search *search = job->data;
    const struct amp_sealer sealer = amp_keys_sealer(server->keys);
    struct amp_why why = {""};
    search->sealer = &sealer;
    amp_err err = scratch->reader->ops->read(scratch->reader, search->first, search->last, search,
                                             record_visit, &why);
    search->sealer = NULL;
    if (err != AMP_OK && err != AMP_E_EXISTS) {
        amp_job_problem(job, err, &why);
    }
}

/* ---- telling ---- */

static void webhook_go(struct amp_server *server, struct webhook *hook);

/* What never comes back, because no worker took it, is not waited for longer than this. */
static int64_t busy_until(void)
{
    return amp_clock_steady_us() + (int64_t)LOST_MS * US_PER_MS;
}

static void put_aside(struct amp_server *server, struct webhook *hook, uint64_t seq, int status)
{
    struct dead *dead = dead_find(hook, seq);
    bool fresh = dead == NULL;
    dead = fresh ? dead_add(hook, seq) : dead;
    if (dead == NULL) { /* as many as there can be: it stands still */
        return;
    }
    dead->status = status;
    dead->at_us = server->now_us;
    dead->again = false;
    hook->told = fresh ? seq : hook->told;
    hook->tries = 0;
    hook->part = 0;
    hook->down = true;
    dead_keep(server, hook, dead);
    amp_log(server->config.quiet, AMP_LOG_WARN, "webhook", "%s: record %llu is put aside (%d)",
            hook->id, (unsigned long long)seq, status);
}

static void told(struct amp_server *server, struct webhook *hook, uint64_t seq)
{
    struct dead *dead = dead_find(hook, seq);
    if (dead != NULL) {
        dead_drop(server, hook, dead);
    } else {
        hook->told = seq;
    }
    hook->tries = 0;
    hook->down = false;
    hook->part = hook->parts = 0;
}

static void wait(const struct amp_server *server, struct webhook *hook)
{
    hook->next_us = amp_outbound_again_us(server, AMP_WEBHOOK_FIRST_MS, AMP_WEBHOOK_LONGEST_MS,
                                          hook->tries > 0 ? hook->tries - 1 : 0);
}

/* What is waited for no longer. A logging service has to have everything, in order: one that is
 * away is waited for, and put aside is what it says it will never take. */
static bool is_hopeless(const struct webhook *hook, int status)
{
    if (hook->i3) {
        return status >= AMP_I3_REFUSED && status < AMP_I3_REFUSED_END;
    }
    return hook->tries >= (hook->down ? AMP_WEBHOOK_TRIES_DOWN : AMP_WEBHOOK_TRIES);
}

/* `about` is the first half of its id: the rest is seen to fit. */
static void on_answer(struct amp_server *server, uint64_t about, uint64_t seq,
                      const struct amp_errand_result *result)
{
    char id[AMP_WEBHOOK_ID];
    (void)snprintf(id, sizeof id, "%016llx", (unsigned long long)about);
    struct webhook *hook = webhook_find(server->webhooks, amp_str_of(id));
    if (hook == NULL) {
        return; /* removed meanwhile */
    }
    hook->busy_us = 0;
    hook->last_status = result->status;
    if (result->status >= 200 && result->status < 300) {
        hook->tries = 0;
        hook->part++;
        if (hook->part >= hook->parts) {
            told(server, hook, seq);
        }
        webhook_go(server, hook);
        return;
    }
    hook->tries++;
    wait(server, hook);
    if (is_hopeless(hook, result->status)) {
        put_aside(server, hook, seq, result->status);
        hook->next_us = hook->i3 ? 0 : hook->next_us; /* it answers: the next one's turn */
    }
}

void amp_webhook_sign(struct amp_str key, int64_t time_s, struct amp_str body, struct amp_buf *out)
{
    struct amp_buf text = amp_buf_make(BODY_MAX + NAME_BYTES);
    uint8_t hash[AMP_SHA256];
    amp_buf_i64(&text, time_s);
    amp_buf_char(&text, '.');
    amp_buf_str(&text, body);
    amp_hmac_sha256(key, amp_buf_view(&text), hash);
    amp_buf_text(out, "v1=");
    amp_hex_put(out, hash, sizeof hash);
    amp_buf_free(&text);
}

static amp_err event_send(struct amp_server *server, struct webhook *hook, uint64_t seq,
                          struct amp_str body)
{
    struct amp_buf sign = amp_buf_make(256);
    char delivery[64], stamp[64], id[64];
    int64_t time_s = server->now_us / AMP_US_PER_S;
    (void)snprintf(id, sizeof id, "Amparo-Webhook: %s", hook->id);
    (void)snprintf(delivery, sizeof delivery, "Amparo-Delivery: %s-%llu", hook->id,
                   (unsigned long long)seq);
    (void)snprintf(stamp, sizeof stamp, "Amparo-Timestamp: %lld", (long long)time_s);
    amp_buf_text(&sign, "Amparo-Signature: ");
    amp_webhook_sign(amp_str_of(hook->key), time_s, body, &sign);
    const struct amp_errand errand = {
        .method = "POST",
        .url = amp_str_of(hook->url),
        .header = {"Content-Type: application/json", id, delivery, stamp, amp_buf_cstr(&sign)},
        .body = body,
        .timeout_ms = AMP_WEBHOOK_TIMEOUT_MS,
        .about = strtoull(hook->id, NULL, 16),
        .more = seq,
        .done = on_answer};
    amp_err err = amp_buf_err(&sign);
    err = err ? err : amp_outbound_send(server, &errand);
    amp_buf_free(&sign);
    return err;
}

static bool is_heard(const struct amp_server *server, const struct webhook *hook,
                     const struct amp_event *event)
{
    uint32_t units[AMP_SIGHT_UNITS];
    if (hook->i3 && amp_i3_parts(event, hook->personal) == 0) {
        return false;
    }
    return hook->agency == 0 || (amp_sight_audience(&server->state, event, units).agencies &
                                 UINT64_C(1) << hook->agency) != 0;
}

/* What is sent: found by the worker, or made of what it found. */
static amp_err event_tell(struct amp_server *server, struct webhook *hook, struct amp_job *job)
{
    const struct search *search = job->data;
    struct amp_why why = {""};
    hook->parts = hook->i3 ? amp_i3_parts(&search->event, hook->personal) : 1;
    amp_err err = hook->i3 ? amp_i3_write(server, &search->event, hook->part, hook->personal,
                                          search->arena, search->out, &why)
                           : AMP_OK;
    if (err != AMP_OK) {
        amp_log(server->config.quiet, AMP_LOG_WARN, "webhook", "%s: record %llu: %s", hook->id,
                (unsigned long long)search->at,
                why.text[0] != '\0' ? why.text : amp_err_words(err));
        return err;
    }
    return event_send(server, hook, search->at, amp_buf_view(search->out));
}

static void search_back(struct amp_server *server, struct amp_job *job)
{
    const struct search *search = job->data;
    struct webhook *hook = webhook_find(server->webhooks, amp_str_of(search->id));
    amp_err err = job->err ? job->err : amp_buf_err(&job->out);
    if (hook == NULL) {
        amp_job_destroy(job);
        return;
    }
    hook->busy_us = 0;
    if (err != AMP_OK && err != AMP_E_LIMIT) {
        wait(server, hook);
    } else if (search->found && is_heard(server, hook, &search->event)) {
        err = err ? err : event_tell(server, hook, job);
        hook->busy_us = err == AMP_OK ? busy_until() : 0;
        if (err == AMP_E_LIMIT) {
            put_aside(server, hook, search->at, 0);
        } else if (err != AMP_OK) {
            wait(server, hook);
        }
    } else {
        told(server, hook, search->found ? search->at : search->last);
        webhook_go(server, hook);
    }
    amp_job_destroy(job);
}

/* The one put aside that an admin wants tried again, or what comes after the last one told. */
static bool range_of(const struct amp_server *server, const struct webhook *hook, uint64_t *first,
                     uint64_t *last)
{
    uint64_t durable = amp_push_counts(server->push).seq;
    for (size_t i = 0; i < hook->dead_n; i++) {
        if (hook->dead[i].again) {
            *first = *last = hook->dead[i].seq;
            return true;
        }
    }
    *first = hook->told + 1;
    *last = durable < hook->told + AT_ONCE ? durable : hook->told + AT_ONCE;
    return hook->told < durable && hook->dead_n < AMP_WEBHOOK_DEAD;
}

static void webhook_go(struct amp_server *server, struct webhook *hook)
{
    uint64_t first = 0, last = 0;
    int64_t steady_us = amp_clock_steady_us();
    if (hook->busy_us > steady_us || hook->next_us > steady_us ||
        !amp_outbound_there(server->outbound) || (hook->i3 && server->config.i3 == NULL) ||
        !range_of(server, hook, &first, &last)) {
        return;
    }
    struct amp_job *job = amp_job_create(server);
    struct search *search = job != NULL ? amp_arena_alloc(&job->arena, sizeof *search) : NULL;
    if (search == NULL) {
        amp_job_destroy(job);
        return;
    }
    *search = (struct search){.personal = hook->personal,
                              .i3 = hook->i3,
                              .first = first,
                              .last = last,
                              .arena = &job->arena,
                              .out = &job->out};
    memcpy(search->id, hook->id, sizeof search->id);
    for (int kind = 0; kind < AMP_EV_COUNT; kind++) {
        search->wanted[kind] = is_wanted(hook, (enum amp_event_kind)kind);
    }
    hook->busy_us = busy_until();
    job->data = search;
    job->back = search_back;
    amp_core_work(server, job, search_work);
}

void amp_webhooks_tick(struct amp_server *server)
{
    struct amp_webhooks *webhooks = server->webhooks;
    int64_t steady_us = amp_clock_steady_us();
    bool keeps = steady_us >= webhooks->keep_at_us;
    for (size_t i = 0; i < webhooks->n; i++) {
        if (keeps && webhooks->at[i]->told != webhooks->at[i]->kept) {
            (void)told_keep(server, webhooks->at[i]);
        }
        webhook_go(server, webhooks->at[i]);
    }
    webhooks->keep_at_us = keeps ? steady_us + (int64_t)KEEP_MS * US_PER_MS : webhooks->keep_at_us;
}

/* ---- what an admin does ---- */

static struct webhook *webhook_make(const struct amp_server *server,
                                    const struct amp_webhook_want *want)
{
    struct webhook *hook = calloc(1, sizeof *hook);
    uint8_t key[KEY_BYTES];
    uint64_t id = 0;
    if (hook == NULL) {
        return NULL;
    }
    amp_random(&id, sizeof id);
    amp_random(key, sizeof key);
    (void)snprintf(hook->id, sizeof hook->id, "%016llx", (unsigned long long)id);
    struct amp_buf text = amp_buf_over(hook->key, sizeof hook->key);
    amp_buf_text(&text, "whs_");
    amp_base64url_put(&text, key, sizeof key);
    (void)amp_buf_cstr(&text);
    amp_wipe(key, sizeof key);
    bool good = amp_str_copy(hook->url, sizeof hook->url, want->url) == AMP_OK &&
                amp_str_copy(hook->label, sizeof hook->label, want->label) == AMP_OK &&
                amp_buf_err(&text) == AMP_OK;
    for (size_t i = 0; good && i < want->kinds.n; i++) {
        good = amp_str_copy(hook->kind[hook->kind_n++], AMP_WORD_MAX + 1, want->kinds.word[i]) ==
               AMP_OK;
    }
    hook->personal = want->personal;
    hook->i3 = is_i3(hook);
    hook->agency = want->agency;
    hook->made_us = server->now_us;
    hook->told = hook->kept = server->state.seq;
    if (!good) {
        webhook_free(hook);
        return NULL;
    }
    return hook;
}

static amp_err webhook_store(struct amp_server *server, struct amp_job *job,
                             const struct webhook *hook)
{
    char name[NAME_BYTES];
    struct amp_buf plain = amp_buf_make(VALUE_BYTES), sealed = amp_buf_make(AMP_SECRET_MAX);
    struct amp_buf seq = amp_buf_make(NAME_BYTES);
    name_of("webhook", hook, name);
    webhook_write(hook, &plain);
    amp_err err = amp_buf_err(&plain);
    if (err == AMP_OK) {
        amp_keys_wrap(server->keys, amp_str_of(name), amp_buf_view(&plain), &sealed);
        err = amp_job_secret_keep(job, amp_str_of(name), &sealed);
    }
    name_of("webhook-seq", hook, name);
    amp_buf_u64(&seq, hook->told);
    err = err ? err : amp_job_secret_keep(job, amp_str_of(name), &seq);
    amp_buf_free(&plain);
    amp_buf_free(&sealed);
    amp_buf_free(&seq);
    return err;
}

amp_err amp_webhook_add(struct amp_server *server, struct amp_job *job,
                        const struct amp_webhook_want *want, char id[AMP_WEBHOOK_ID],
                        char key[AMP_WEBHOOK_KEY], struct amp_why *why)
{
    struct amp_webhooks *webhooks = server->webhooks;
    if (webhooks->n == AMP_WEBHOOKS_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "there are %d webhooks, the most there can be",
                        AMP_WEBHOOKS_MAX);
    }
    struct webhook *hook = webhook_make(server, want);
    amp_err err = hook == NULL ? AMP_E_NOMEM : webhook_store(server, job, hook);
    if (err != AMP_OK) {
        webhook_free(hook);
        return err;
    }
    memcpy(id, hook->id, sizeof hook->id);
    memcpy(key, hook->key, sizeof hook->key);
    webhooks->at[webhooks->n++] = hook;
    return AMP_OK;
}

bool amp_webhook_there(const struct amp_server *server, struct amp_str id, uint32_t agency)
{
    const struct webhook *hook = webhook_find(server->webhooks, id);
    return hook != NULL && (agency == 0 || hook->agency == agency);
}

amp_err amp_webhook_remove(struct amp_server *server, struct amp_job *job, struct amp_str id)
{
    struct amp_webhooks *webhooks = server->webhooks;
    struct webhook *hook = webhook_find(webhooks, id);
    char name[NAME_BYTES];
    if (hook == NULL) {
        return AMP_E_NOT_FOUND;
    }
    name_of("webhook", hook, name);
    amp_err err = amp_job_secret_remove(job, amp_str_of(name));
    name_of("webhook-seq", hook, name);
    err = err ? err : amp_job_secret_remove(job, amp_str_of(name));
    for (size_t i = 0; err == AMP_OK && i < hook->dead_n; i++) {
        dead_name(hook, hook->dead[i].seq, name);
        err = amp_job_secret_remove(job, amp_str_of(name));
    }
    for (size_t i = 0; err == AMP_OK && i < webhooks->n; i++) {
        if (webhooks->at[i] == hook) {
            webhooks->at[i] = webhooks->at[--webhooks->n];
            webhook_free(hook);
            break;
        }
    }
    return err;
}

void amp_webhook_retry(struct amp_server *server, struct amp_str id)
{
    struct webhook *hook = webhook_find(server->webhooks, id);
    assert(hook != NULL);
    for (size_t i = 0; i < hook->dead_n; i++) {
        hook->dead[i].again = true;
    }
    hook->tries = hook->part = 0;
    hook->next_us = 0;
    webhook_go(server, hook);
}

/* ---- what is seen of them: never the key, and of the URL only whom it is about ---- */

static void host_put(struct amp_json *js, const char *url)
{
    const char *begin = strstr(url, "://");
    begin = begin != NULL ? begin + 3 : url;
    size_t len = strcspn(begin, "/?#");
    const char *at = memchr(begin, '@', len);
    if (at != NULL) {
        len -= (size_t)(at + 1 - begin);
        begin = at + 1;
    }
    amp_json_str_of(js, "host", (struct amp_str){begin, len});
}

static void webhook_view(const struct webhook *hook, struct amp_json *js)
{
    amp_json_open(js, '{');
    amp_json_text_of(js, "id", hook->id);
    host_put(js, hook->url);
    amp_json_text_of(js, "label", hook->label);
    amp_json_key(js, "kinds");
    amp_json_open(js, '[');
    for (size_t i = 0; i < hook->kind_n; i++) {
        amp_json_put_text(js, hook->kind[i]);
    }
    amp_json_close(js, ']');
    amp_json_bool_of(js, "personal", hook->personal);
    amp_json_text_of(js, "form", hook->i3 ? "i3" : "amparo");
    amp_json_time_of(js, "made", hook->made_us);
    amp_json_i64_of(js, "told", (int64_t)hook->told);
    amp_json_i64_of(js, "tries", hook->tries);
    amp_json_i64_of(js, "last_status", hook->last_status);
    amp_json_i64_of(js, "dead", (int64_t)hook->dead_n);
    amp_json_close(js, '}');
}

void amp_webhooks_write(const struct amp_server *server, uint32_t agency, struct amp_json *js)
{
    const struct amp_webhooks *webhooks = server->webhooks;
    amp_json_open(js, '[');
    for (size_t i = 0; i < webhooks->n; i++) {
        if (agency == 0 || webhooks->at[i]->agency == agency) {
            webhook_view(webhooks->at[i], js);
        }
    }
    amp_json_close(js, ']');
}

void amp_webhook_dead_write(const struct amp_server *server, struct amp_str id, struct amp_json *js)
{
    const struct webhook *hook = webhook_find(server->webhooks, id);
    assert(hook != NULL);
    amp_json_open(js, '[');
    for (size_t i = 0; i < hook->dead_n; i++) {
        amp_json_open(js, '{');
        amp_json_i64_of(js, "seq", (int64_t)hook->dead[i].seq);
        amp_json_i64_of(js, "status", hook->dead[i].status);
        amp_json_time_of(js, "time", hook->dead[i].at_us);
        amp_json_bool_of(js, "again", hook->dead[i].again);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}
