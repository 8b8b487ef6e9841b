/* Tokens of links, their way into a text, and what is swept away after them. */
#include "server/link.h"
#include "server/log.h"
#include "server/mediastore.h"
#include "server/random.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HASH_BYTES = 24, /* of a token's SHA-256 that are kept: 192 bits */
    SECRET_NAME = 24,
    WORDS_MAX = 32 << 10,
    SWEEP_S = 60
};

static const char placeholder[] = "{link}";

/* Writing base64 wants room for one end more than there is here. */
static void letters(const uint8_t *bits, size_t n, char *out, size_t cap)
{
    char room[AMP_LINK_HASH + 1];
    struct amp_buf buf = amp_buf_over(room, sizeof room);
    amp_base64url_put(&buf, bits, n);
    if (amp_str_copy(out, cap, amp_buf_view(&buf)) != AMP_OK) {
        assert(false && "base64 of so many bits has a known length");
    }
    amp_wipe(room, sizeof room);
}

void amp_link_token(char out[AMP_LINK_TOKEN])
{
    uint8_t bits[AMP_LINK_BITS];
    amp_random(bits, sizeof bits);
    letters(bits, sizeof bits, out, AMP_LINK_TOKEN);
    amp_wipe(bits, sizeof bits);
}

static void hash(const char *about, struct amp_str one, struct amp_str two, char out[AMP_LINK_HASH])
{
    uint8_t sum[AMP_SHA256];
    struct amp_buf text = amp_buf_make(AMP_HTTP_HEAD_MAX * 2);
    amp_buf_text(&text, about);
    amp_buf_str(&text, one);
    amp_buf_char(&text, '\n');
    amp_buf_str(&text, two);
    amp_sha256(text.data, text.len, sum);
    letters(sum, HASH_BYTES, out, AMP_LINK_HASH);
    amp_wipe(text.data, text.len);
    amp_buf_free(&text);
}

void amp_link_hash(struct amp_str token, char out[AMP_LINK_HASH])
{
    hash("amparo-link-1\n", token, (struct amp_str){0}, out);
}

void amp_link_holder(struct amp_str token, struct amp_str phone, char out[AMP_LINK_HASH])
{
    hash("amparo-link-holder-1\n", token, phone, out);
}

const struct amp_invite *amp_link_find(const struct amp_state *state, struct amp_str token)
{
    char wanted[AMP_LINK_HASH];
    if (token.len != AMP_LINK_TOKEN - 1) {
        return NULL;
    }
    amp_link_hash(token, wanted);
    const struct amp_invite *link = amp_state_link_by(state, amp_str_of(wanted));
    bool same = link != NULL && strlen(link->token) == strlen(wanted) &&
                amp_same(link->token, wanted, strlen(wanted));
    return same ? link : NULL;
}

bool amp_link_is_holder(const struct amp_invite *link, struct amp_str token, struct amp_str phone)
{
    char holder[AMP_LINK_HASH];
    amp_link_holder(token, phone, holder);
    return link->holder != NULL && strlen(link->holder) == strlen(holder) &&
           amp_same(link->holder, holder, strlen(holder));
}

/* ---- the token's way into a text ---- */

bool amp_link_base(const struct amp_server *server, char out[AMP_LINK_URL_MAX + 1])
{
    const char *said = server->config.link_url;
    if (said == NULL && server->config.open) { /* a demo on this machine */
        (void)snprintf(out, AMP_LINK_URL_MAX + 1, "http://%s:%u", server->addr,
                       (unsigned)amp_server_port(server));
        return true;
    }
    if (said == NULL || strlen(said) > AMP_LINK_URL_MAX) {
        return false;
    }
    size_t len = strlen(said);
    while (len > 0 && said[len - 1] == '/') {
        len--;
    }
    return amp_str_copy(out, AMP_LINK_URL_MAX + 1, (struct amp_str){said, len}) == AMP_OK;
}

static struct amp_str secret_name(uint32_t link, char out[SECRET_NAME])
{
    (void)snprintf(out, SECRET_NAME, "link/%012u", link);
    return amp_str_of(out);
}

amp_err amp_link_keep(struct amp_server *server, struct amp_job *job, const char *token)
{
    char name[SECRET_NAME];
    struct amp_buf wrapped = amp_buf_make(AMP_SECRET_MAX);
    (void)secret_name((uint32_t)server->state.invite_n + 1, name);
    amp_keys_wrap(server->keys, amp_str_of(name), amp_str_of(token), &wrapped);
    amp_err err = amp_job_secret_keep(job, amp_str_of(name), &wrapped);
    amp_buf_free(&wrapped);
    return err;
}

/* The link that goes with a text; 0: none does. */
static uint32_t link_of_text(const struct amp_state *state, uint32_t text)
{
    const struct amp_sms *message = amp_state_message(state, text);
    const struct amp_call *call = message != NULL ? amp_state_call(state, message->call) : NULL;
    for (uint32_t n = call != NULL ? call->link : 0; n != 0; n = state->invite[n - 1].older) {
        if (state->invite[n - 1].message == text) {
            return n;
        }
    }
    return 0;
}

amp_err amp_link_words(struct amp_server *server, uint32_t text, struct amp_buf *out)
{
    struct amp_str words = amp_str_of(amp_state_message(&server->state, text)->text);
    char base[AMP_LINK_URL_MAX + 1], name[SECRET_NAME];
    uint32_t n = link_of_text(&server->state, text);
    const char *at =
        n != 0 ? memmem(words.ptr, words.len, placeholder, sizeof placeholder - 1) : NULL;
    if (at == NULL) {
        amp_buf_str(out, words);
        return amp_buf_err(out);
    }
    struct amp_buf token = amp_buf_make(AMP_SECRET_MAX);
    size_t before = (size_t)(at - words.ptr), skip = before + sizeof placeholder - 1;
    amp_err err = server->state.invite[n - 1].state == AMP_LINK_OFFERED ? AMP_OK : AMP_E_NOT_FOUND;
    err = err ? err : amp_keys_read(server->keys, secret_name(n, name), &token, NULL);
    err = err == AMP_OK && !amp_link_base(server, base) ? AMP_E_NOT_FOUND : err;
    if (err == AMP_OK) {
        amp_buf_str(out, (struct amp_str){words.ptr, before});
        amp_buf_printf(out, "%s/s/", base);
        amp_buf_str(out, amp_buf_view(&token));
        amp_buf_str(out, (struct amp_str){words.ptr + skip, words.len - skip});
        err = amp_buf_err(out);
    }
    if (token.data != NULL) {
        amp_wipe(token.data, token.cap);
    }
    amp_buf_free(&token);
    return err;
}

amp_err amp_link_event(struct amp_server *server, struct amp_job *job,
                       const struct amp_event *event)
{
    char name[SECRET_NAME];
    bool settled = event->kind == AMP_EV_MESSAGE_SENT || event->kind == AMP_EV_MESSAGE_FAILED ||
                   event->kind == AMP_EV_MESSAGE_DELIVERED;
    bool ended = event->kind == AMP_EV_LINK_STOPPED || event->kind == AMP_EV_LINK_TAKEN;
    uint32_t n = settled ? link_of_text(&server->state, (uint32_t)event->f.message)
                 : ended ? (uint32_t)event->f.link
                         : 0;
    if (event->kind == AMP_EV_LINK_STOPPED || event->kind == AMP_EV_INCIDENT_CLOSED ||
        event->kind == AMP_EV_INCIDENT_MERGED || event->kind == AMP_EV_INCIDENT_ERASED) {
        server->media_sweep = true;
    }
    return n != 0 ? amp_job_secret_remove(job, secret_name(n, name)) : AMP_OK;
}

/* ---- what nobody needs any more ---- */

static int label_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sweep_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    (void)scratch;
    size_t n = amp_media_sweep(server->config.dir, job->data);
    if (n > 0) {
        amp_log(server->config.quiet, AMP_LOG_INFO, "media", "%zu files belonged to nothing", n);
    }
}

/* What is kept: whole ones of incidents that were not erased, and uploads by links that live and
 * of crews on open incidents. */
static struct amp_media_kept *kept_list(const struct amp_state *state, struct amp_arena *arena)
{
    struct amp_media_kept *kept = amp_arena_alloc(arena, sizeof *kept);
    const char **label = amp_arena_array(arena, state->medium_n + 1, sizeof(const char *));
    uint8_t *live = amp_arena_array(arena, state->invite_n + 1, sizeof *live);
    uint8_t *open = amp_arena_array(arena, state->incident_n + 1, sizeof *open);
    if (kept == NULL || label == NULL || live == NULL || open == NULL) {
        return NULL;
    }
    *kept = (struct amp_media_kept){.label = label,
                                    .live = live,
                                    .link_n = state->invite_n,
                                    .open = open,
                                    .incident_n = state->incident_n};
    for (size_t i = 0; i < state->incident_n; i++) {
        open[i] = state->incident[i].state != AMP_INCIDENT_CLOSED;
    }
    for (size_t i = 0; i < state->invite_n; i++) {
        live[i] = state->invite[i].state == AMP_LINK_TAKEN;
    }
    for (size_t i = 0; i < state->medium_n; i++) {
        if (amp_state_incident(state, state->medium[i].incident)->erased_us == 0) {
            label[kept->label_n++] = state->medium[i].label;
        }
    }
    qsort(label, kept->label_n, sizeof *label, label_order);
    return kept;
}

void amp_link_tick(struct amp_server *server)
{
    bool due = server->media_sweep && server->now_us >= server->media_sweep_us;
    if (!due || server->config.dir == NULL) {
        return;
    }
    struct amp_job *job = amp_job_create(server);
    struct amp_media_kept *kept = job != NULL ? kept_list(&server->state, &job->arena) : NULL;
    if (kept == NULL) {
        amp_job_destroy(job);
        return;
    }
    server->media_sweep = false;
    server->media_sweep_us = server->now_us + SWEEP_S * INT64_C(1000000);
    job->data = kept;
    amp_core_port_after(job, sweep_work);
    amp_core_settle(server, job); /* what it goes by is durable first */
}
