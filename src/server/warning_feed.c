/*
 * What the world reads of warnings: an Atom feed (RFC 4287) and the messages, without an account.
 *
 * Only what was issued with the status Actual; the feed lists what is in force. Nothing is said of
 * who wrote or issued it. Off unless the settings say where the world reaches this server. The feed
 * is made anew when what it lists has changed, and else given out as it is.
 */
#include "intake/feed_out.h"
#include "server/api.h"
#include "server/warning_view.h"
#include "server/warnings.h"
#include <stdio.h>
#include <stdlib.h>

enum {
    ARENA = 8 << 20,
    FEED_MAX = 4 << 20
};

struct amp_warning_feed {
    uint64_t print; /* of what it lists; 0: nothing yet */
    struct amp_buf text;
};

void amp_warning_feed_free(struct amp_warning_feed *feed)
{
    if (feed != NULL) {
        amp_buf_free(&feed->text);
        free(feed);
    }
}

/* Also one that is over, while its document is kept: who heard of it may still come for it. */
static bool is_published(const struct amp_warning *warning, struct amp_arena *arena,
                         struct amp_warning_brief *out)
{
    const struct amp_warning_draft *seen = NULL;
    if (warning->reference == NULL || warning->document == NULL ||
        amp_warning_read_cap(amp_str_of(warning->document), arena, &seen, NULL) != AMP_OK) {
        return false;
    }
    *out = amp_warning_brief(seen, (struct amp_str){0});
    return amp_str_is(out->status, "Actual");
}

static bool is_on(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    const struct amp_warning_settings *settings = server->config.warnings;
    if (settings != NULL && settings->feed[0] != '\0') {
        return true;
    }
    (void)amp_fail(&why, AMP_E_NOT_FOUND, "no warnings are published here");
    amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
    return false;
}

static void entry_put(struct amp_buf *out, const struct amp_warning_settings *settings, uint32_t n,
                      const struct amp_warning *warning, const struct amp_warning_brief *brief)
{
    char id[AMP_WARNING_ID_TEXT];
    char url[AMP_WARNINGS_SETTING + AMP_WARNING_ID_TEXT + 32];
    amp_warning_id_text(n, id);
    (void)snprintf(url, sizeof url, "%s/warnings/%s.cap", settings->feed, id);
    amp_feed_put(out, &(const struct amp_feed_item){
                          .url = amp_str_of(url),
                          .title = brief->headline.len > 0 ? brief->headline : brief->message,
                          .summary = brief->description,
                          .updated_us = warning->issued_us});
}

/* When something that it lists came or went. */
static int64_t changed_us(const struct amp_state *state)
{
    int64_t us = 0;
    size_t first = state->warning_n > AMP_WARNINGS_KEPT ? state->warning_n - AMP_WARNINGS_KEPT : 0;
    for (size_t i = first; i < state->warning_n; i++) {
        const struct amp_warning *warning = &state->warning[i];
        us = warning->issued_us > us ? warning->issued_us : us;
        us = warning->reference != NULL && warning->ended_us > us ? warning->ended_us : us;
    }
    return us;
}

static void feed_write(struct amp_server *server, struct amp_buf *out)
{
    const struct amp_state *state = &server->state;
    const struct amp_warning_settings *settings = server->config.warnings;
    const char *name = settings->name[0] != '\0' ? settings->name : settings->sender;
    char url[AMP_WARNINGS_SETTING + 32];
    (void)snprintf(url, sizeof url, "%s/warnings.atom", settings->feed);
    amp_feed_open(out, &(const struct amp_feed_head){.url = amp_str_of(url),
                                                     .name = amp_str_of(name),
                                                     .updated_us = changed_us(state)});
    for (size_t i = state->warning_n; i-- > 0;) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_warning_brief brief;
        if (state->warning[i].state == AMP_WARNING_IN_FORCE &&
            is_published(&state->warning[i], &arena, &brief)) {
            entry_put(out, settings, (uint32_t)i + 1, &state->warning[i], &brief);
        }
        amp_arena_drop(&arena);
    }
    amp_feed_close(out);
}

/* Of the numbers and times of all that is live: what ends is live no more. */
static uint64_t print_of(const struct amp_state *state)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < state->warning_live_n; i++) {
        const uint32_t n = state->warning_live[i];
        const int64_t about[2] = {n, state->warning[n - 1].issued_us};
        hash = amp_job_hash(hash, (struct amp_str){(const char *)about, sizeof about});
    }
    return hash | 1;
}

void amp_warning_atom(struct amp_server *server, struct amp_job *job)
{
    if (!is_on(server, job)) {
        return;
    }
    uint64_t print = print_of(&server->state);
    struct amp_warning_feed *feed = server->warning_feed;
    if (feed == NULL) {
        feed = server->warning_feed = calloc(1, sizeof *feed);
    }
    if (feed == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    if (feed->print != print) {
        amp_buf_free(&feed->text);
        feed->text = amp_buf_make(FEED_MAX);
        feed_write(server, &feed->text);
        feed->print = amp_buf_err(&feed->text) == AMP_OK ? print : 0;
    }
    amp_buf_join(&job->out, &feed->text);
    job->type = "application/atom+xml; charset=utf-8";
    job->shared = true;
    amp_core_answer(server, job, 200);
}

void amp_warning_message(struct amp_server *server, struct amp_job *job)
{
    uint32_t n = 0;
    struct amp_warning_brief brief;
    struct amp_why why = {""};
    if (!is_on(server, job)) {
        return;
    }
    const struct amp_warning *warning = amp_warning_id_parse(job->param[0], &n) == AMP_OK
                                            ? amp_state_warning(&server->state, n)
                                            : NULL;
    if (warning == NULL || !is_published(warning, &job->arena, &brief)) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no such warning");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    amp_buf_text(&job->out, warning->document);
    job->type = AMP_WARNING_CAP_TYPE;
    job->shared = true;
    amp_core_answer(server, job, 200);
}
