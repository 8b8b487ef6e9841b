/*
 * Warnings to the public: written, issued, updated, cancelled, and seen by who works here. What the
 * world sees is in warning_feed.c, whom a warning reaches in api_warning_preview.c.
 */
#include "intake/warning.h"
#include "model/field.h"
#include "server/api.h"
#include "server/warning_view.h"
#include "server/warnings.h"

enum {
    VIEW_ARENA = 8 << 20,
    OVER_SHOWN = 50 /* of those that are over, the newest */
};

struct amp_warning_order amp_warning_order_make(const struct amp_server *server, uint32_t number,
                                                uint32_t about)
{
    const struct amp_warning_settings *settings = server->config.warnings;
    const struct amp_warning *other = amp_state_warning(&server->state, about);
    struct amp_warning_order order = {.number = number, .now_us = server->now_us};
    if (settings != NULL) {
        order.sender = amp_str_of(settings->sender);
        order.sender_name = amp_str_of(settings->name);
    }
    if (other != NULL && other->reference != NULL && other->document != NULL) {
        order.about = amp_str_of(other->document);
        order.about_until_us = other->until_us;
    }
    return order;
}

/* ---- views ---- */

static void times_put(struct amp_json *js, const struct amp_warning *warning)
{
    amp_json_text_of(js, "drafted_by", warning->drafted_by);
    amp_json_time_of(js, "drafted", warning->drafted_us);
    if (warning->reference != NULL) {
        amp_json_text_of(js, "reference", warning->reference);
        amp_json_text_of(js, "issued_by", warning->issued_by);
        amp_json_time_of(js, "issued", warning->issued_us);
        amp_json_time_of(js, "until", warning->until_us);
    }
    if (warning->ended_us != 0) {
        amp_json_time_of(js, "ended", warning->ended_us);
    }
}

static void warning_put(struct amp_json *js, const struct amp_server *server,
                        const struct amp_warning *warning, struct amp_str language, bool whole)
{
    struct amp_arena arena = amp_arena_make(VIEW_ARENA);
    const struct amp_warning_draft *draft = NULL;
    uint32_t n = (uint32_t)(warning - server->state.warning) + 1;
    struct amp_str document = amp_str_of(warning->document);
    amp_err err = warning->document == NULL ? AMP_E_NOT_FOUND
                  : warning->reference == NULL
                      ? amp_warning_read(document, &arena, &draft, NULL)
                      : amp_warning_read_cap(document, &arena, &draft, NULL);
    char id[AMP_WARNING_ID_TEXT];
    amp_warning_id_text(n, id);
    amp_json_open(js, '{');
    amp_json_text_of(js, "id", id);
    amp_json_text_of(js, "state", amp_warning_state_name(warning->state));
    amp_json_bool_of(js, "cancels", warning->cancels);
    times_put(js, warning);
    if (err == AMP_OK) {
        amp_warning_brief_view(js, draft, language);
    }
    if (err == AMP_OK && whole) {
        amp_json_key(js, "content");
        amp_json_open(js, '{');
        amp_warning_view(js, draft);
        amp_json_close(js, '}');
        if (warning->state == AMP_WARNING_DRAFT) {
            amp_warning_problem_put(js, server, n, draft, &arena);
        }
    }
    amp_json_close(js, '}');
    amp_arena_drop(&arena);
}

void amp_warning_problem_put(struct amp_json *js, const struct amp_server *server, uint32_t number,
                             const struct amp_warning_draft *draft, struct amp_arena *arena)
{
    const struct amp_warning_order order =
        amp_warning_order_make(server, number, amp_warning_about(draft));
    struct amp_warning_issue issue;
    struct amp_why why = {""};
    amp_err err = amp_warning_write(draft, &order, arena, &issue, &why);
    const char *words = why.text[0] != '\0' ? why.text : amp_err_words(err);
    amp_json_text_of(js, "problem", err == AMP_OK ? NULL : words);
}

void amp_api_warnings(struct amp_server *server, struct amp_job *job)
{
    const struct amp_state *state = &server->state;
    const struct amp_warning_settings *settings = server->config.warnings;
    struct amp_str language = amp_api_query(job, "language");
    struct amp_json js = amp_api_open(server, job);
    amp_json_bool_of(&js, "ready", settings != NULL);
    amp_json_bool_of(&js, "two", settings != NULL && settings->two);
    amp_json_text_of(&js, "feed",
                     settings != NULL && settings->feed[0] != '\0' ? settings->feed : NULL);
    amp_json_key(&js, "warnings");
    amp_json_open(&js, '[');
    size_t over = 0;
    for (size_t i = state->warning_n; i-- > 0;) {
        const struct amp_warning *warning = &state->warning[i];
        bool live = amp_warning_is_live(warning->state);
        bool shown = warning->state != AMP_WARNING_DISCARDED && over < OVER_SHOWN;
        over += !live && shown;
        if (live || shown) {
            warning_put(&js, server, warning, language, false);
        }
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

static const struct amp_warning *warning_given(struct amp_server *server, struct amp_job *job)
{
    uint32_t n = 0;
    struct amp_why why = {""};
    const struct amp_warning *warning = amp_warning_id_parse(job->param[0], &n) == AMP_OK
                                            ? amp_state_warning(&server->state, n)
                                            : NULL;
    if (warning == NULL) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no such warning");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return NULL;
    }
    job->command.f.warning = n;
    job->command.f.has |= AMP_HAS(WARNING);
    return warning;
}

void amp_api_warning(struct amp_server *server, struct amp_job *job)
{
    const struct amp_warning *warning = warning_given(server, job);
    if (warning != NULL) {
        struct amp_json js = amp_api_open(server, job);
        amp_json_key(&js, "warning");
        warning_put(&js, server, warning, amp_api_query(job, "language"), true);
        amp_json_close(&js, '}');
        amp_core_answer(server, job, 200);
    }
}

void amp_api_warning_cap(struct amp_server *server, struct amp_job *job)
{
    const struct amp_warning *warning = warning_given(server, job);
    struct amp_why why = {""};
    if (warning == NULL) {
        return;
    }
    if (warning->reference == NULL || warning->document == NULL) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND,
                       warning->reference == NULL ? "a draft is no message yet"
                                                  : "it is long over; the journal has it");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    amp_buf_text(&job->out, warning->document);
    job->type = AMP_WARNING_CAP_TYPE;
    amp_core_answer(server, job, 200);
}

/* ---- deeds ---- */

static void see_warning(struct amp_server *server, struct amp_job *job,
                        const struct amp_decision *decision)
{
    const struct amp_state *state = &server->state;
    int64_t n = job->command.f.warning;
    for (size_t i = 0; i < decision->event_n; i++) {
        bool ends = decision->event[i].kind == AMP_EV_WARNING_ENDED && decision->event_n > 1;
        n = ends ? n : decision->event[i].f.warning;
    }
    const struct amp_warning *warning = amp_state_warning(state, n);
    struct amp_json js = amp_api_open(server, job);
    if (warning != NULL) { /* not so after a repeated key */
        amp_json_key(&js, "warning");
        warning_put(&js, server, warning, (struct amp_str){0}, true);
    }
    amp_json_close(&js, '}');
}

/* What was composed has the right form; whether it obeys the rules is said, and asked at the end.
 */
static bool draft_read(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    const struct amp_warning_draft *draft = NULL;
    amp_err err =
        job->body.len > AMP_DOCUMENT_MAX
            ? amp_fail(&why, AMP_E_LIMIT, "a warning has at most %d bytes", AMP_DOCUMENT_MAX)
            : amp_warning_read(job->body, &job->arena, &draft, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return false;
    }
    job->command.kind = AMP_CMD_DRAFT_WARNING;
    job->command.f.document = job->body;
    job->command.f.has |= AMP_HAS(DOCUMENT);
    return true;
}

void amp_api_warning_draft(struct amp_server *server, struct amp_job *job)
{
    if (draft_read(server, job)) {
        amp_core_commit(server, job, 201, see_warning);
    }
}

void amp_api_warning_change(struct amp_server *server, struct amp_job *job)
{
    if (warning_given(server, job) != NULL && draft_read(server, job)) {
        amp_core_commit(server, job, 200, see_warning);
    }
}

void amp_api_warning_discard(struct amp_server *server, struct amp_job *job)
{
    if (warning_given(server, job) != NULL) {
        job->command.kind = AMP_CMD_DISCARD_WARNING;
        amp_core_commit(server, job, 200, see_warning);
    }
}

/* Nobody issues what they have not seen: the body says which version of the draft is meant. */
static amp_err version_check(const struct amp_job *job, const struct amp_warning *draft,
                             struct amp_why *why)
{
    json_t *body = NULL;
    struct amp_str text = {0};
    int64_t drafted_us = 0;
    amp_err err = amp_json_read(job->body, AMP_EVENT_BYTES, &body, why);
    err = err ? err : amp_json_str(body, "drafted", &text, why);
    if (err == AMP_OK && (text.len == 0 || json_object_size(body) != 1 ||
                          amp_time_parse(text, &drafted_us) != AMP_OK)) {
        err = amp_fail(why, AMP_E_MISSING, "the body says which draft: {\"drafted\": its time}");
    }
    json_decref(body);
    if (err == AMP_OK && drafted_us != draft->drafted_us) {
        err = amp_fail(why, AMP_E_CONFLICT, "the draft was changed since you saw it");
    }
    return err;
}

static void issue_fill(struct amp_command *command, const struct amp_warning_issue *issue)
{
    command->kind = AMP_CMD_ISSUE_WARNING;
    command->f.label = issue->reference;
    command->f.document = issue->document;
    command->f.fix_time = issue->sent_us;
    command->f.until = issue->until_us;
    command->f.has |= AMP_HAS(LABEL) | AMP_HAS(DOCUMENT) | AMP_HAS(FIX_TIME) | AMP_HAS(UNTIL);
}

static amp_err issue_prepare(struct amp_server *server, struct amp_job *job,
                             const struct amp_warning *warning, struct amp_why *why)
{
    const struct amp_warning_settings *settings = server->config.warnings;
    struct amp_command *command = &job->command;
    const struct amp_warning_draft *draft = NULL;
    struct amp_warning_issue issue;
    amp_err err = version_check(job, warning, why);
    if (err == AMP_OK && settings != NULL && settings->two && warning->drafted_by != NULL &&
        amp_str_is(job->actor, warning->drafted_by)) {
        err = amp_fail(why, AMP_E_FORBIDDEN,
                       "here another person issues a warning than the one who wrote it last");
    }
    err = err ? err
              : amp_warning_read(amp_arena_str(&job->arena, amp_str_of(warning->document)),
                                 &job->arena, &draft, why);
    if (err != AMP_OK) {
        return err;
    }
    uint32_t about = amp_warning_about(draft);
    const struct amp_warning_order order =
        amp_warning_order_make(server, (uint32_t)command->f.warning, about);
    err = amp_warning_write(draft, &order, &job->arena, &issue, why);
    if (err != AMP_OK) {
        return err;
    }
    command->ends = about;
    issue_fill(command, &issue);
    if (about != 0) {
        command->f.outcome = issue.cancels ? AMP_STR("cancelled") : AMP_STR("updated");
        command->f.has |= AMP_HAS(OUTCOME);
    }
    return AMP_OK;
}

void amp_api_warning_issue(struct amp_server *server, struct amp_job *job)
{
    const struct amp_warning *warning = warning_given(server, job);
    struct amp_why why = {""};
    if (warning == NULL) {
        return;
    }
    amp_err err = AMP_OK;
    if (warning->state == AMP_WARNING_DRAFT) {
        err = issue_prepare(server, job, warning, &why);
    } else { /* issued before, which its key may know; else the rule refuses whatever it says */
        const struct amp_warning_issue again = {.reference = AMP_STR("?"),
                                                .document = AMP_STR("?"),
                                                .sent_us = server->now_us,
                                                .until_us = server->now_us + 1};
        issue_fill(&job->command, &again);
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
    } else {
        amp_core_commit(server, job, 200, see_warning);
    }
}
