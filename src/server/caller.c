/*
 * The caller's side of a link: the page, the tap, and what is shared.
 *
 * Anybody may come here: the token in the path is what opens it, and after the tap the cookie of
 * the phone that tapped. To fetch the page changes nothing, however often: programs that look
 * into texts for previews do. Whether a token exists is told by nothing but the page itself.
 */
#include "base/timefmt.h"
#include "model/field.h"
#include "server/api.h"
#include "server/caller_page.h"
#include "server/caller_words.h"
#include "server/link.h"
#include "server/upload.h"
#include <stdio.h>
#include <string.h>

enum {
    VERSION = 9, /* of script and style: eight digits, and the end */
    COOKIE_S = 86400,
    KEY_MAX = 40,       /* bytes of what the page calls a text by, to send it once */
    TEXT_MAX = 1000 * 4 /* bytes of a text */
};

extern const unsigned char amp_caller_js[], amp_caller_css[];
extern const size_t amp_caller_js_len, amp_caller_css_len;

static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/* ---- what comes with a request ---- */

amp_err amp_caller_fields(struct amp_job *job, const struct amp_request *rq)
{
    struct amp_caller *caller = amp_arena_alloc(&job->arena, sizeof *caller);
    char fresh[AMP_LINK_TOKEN];
    if (caller == NULL) {
        return AMP_E_NOMEM;
    }
    struct amp_str phone = amp_request_cookie(rq, "amparo-phone");
    *caller = (struct amp_caller){.fresh = phone.len != AMP_LINK_TOKEN - 1};
    if (caller->fresh) {
        amp_link_token(fresh);
        phone = amp_str_of(fresh);
    }
    caller->phone = amp_arena_str(&job->arena, phone);
    caller->language = amp_caller_language_of(amp_request_field(rq, "Accept-Language"));
    job->data = caller;
    job->actor = AMP_STR("caller");
    job->who.who.role = AMP_ROLE_NONE;
    job->key = (struct amp_str){0};
    return amp_arena_failed(&job->arena) ? AMP_E_NOMEM : AMP_OK;
}

/* ---- script and style ---- */

void amp_caller_file(struct amp_server *server, struct amp_job *job)
{
    bool script = strcmp(job->route->path, "/s/caller.js") == 0;
    (void)server;
    amp_buf_put(&job->out, script ? amp_caller_js : amp_caller_css,
                script ? amp_caller_js_len : amp_caller_css_len);
    job->type = script ? "text/javascript; charset=utf-8" : "text/css; charset=utf-8";
    job->lasting = true; /* another version has another address */
    job->status = 200;
    amp_job_send(job);
}

static void version_of(char out[VERSION])
{
    uint8_t hash[AMP_SHA256], both[2 * AMP_SHA256];
    struct amp_buf hex = amp_buf_over(out, VERSION);
    amp_sha256(amp_caller_js, amp_caller_js_len, both);
    amp_sha256(amp_caller_css, amp_caller_css_len, both + AMP_SHA256);
    amp_sha256(both, sizeof both, hash);
    amp_hex_put(&hex, hash, 4);
    (void)amp_buf_cstr(&hex);
}

/* ---- the page ---- */

static bool is_over(const struct amp_server *server, const struct amp_invite *link)
{
    return link == NULL || link->state == AMP_LINK_STOPPED || link->until_us <= server->now_us;
}

static enum amp_caller_view view_of(const struct amp_server *server, const struct amp_job *job,
                                    const struct amp_invite *link)
{
    const struct amp_caller *caller = job->data;
    if (link == NULL) {
        return AMP_CALLER_SEE_OVER;
    }
    bool own = amp_link_is_holder(link, job->param[0], caller->phone);
    if (is_over(server, link)) {
        return own ? AMP_CALLER_SEE_ENDED : AMP_CALLER_SEE_OVER;
    }
    if (link->state == AMP_LINK_OFFERED) {
        return AMP_CALLER_SEE_ASK;
    }
    return own ? AMP_CALLER_SEE_OWN : AMP_CALLER_SEE_TAKEN;
}

static amp_err cookie_set(struct amp_job *job)
{
    const struct amp_caller *caller = job->data;
    if (!caller->fresh) {
        return AMP_OK;
    }
    return amp_job_field(job, "Set-Cookie",
                         amp_arena_printf(&job->arena,
                                          "amparo-phone=%.*s; Path=/s/; Max-Age=%d; HttpOnly; "
                                          "SameSite=Lax%s",
                                          (int)caller->phone.len, caller->phone.ptr, COOKIE_S,
                                          job->peer.secure ? "; Secure" : ""));
}

void amp_caller_page(struct amp_server *server, struct amp_job *job)
{
    char version[VERSION];
    const struct amp_invite *link = amp_link_find(&server->state, job->param[0]);
    if (job->data == NULL) { /* not from a phone */
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, NULL);
        return;
    }
    const struct amp_caller *caller = job->data;
    enum amp_caller_view view = view_of(server, job, link);
    amp_err err = view == AMP_CALLER_SEE_ASK ? cookie_set(job) : AMP_OK;
    err = err ? err
              : amp_job_field(job, "Permissions-Policy",
                              AMP_STR("geolocation=(self), camera=(self), microphone=(self)"));
    err = err ? err : amp_job_field(job, "Vary", AMP_STR("Accept-Language, Cookie"));
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    version_of(version);
    amp_caller_page_write(view, caller->language, &server->state, link, version, &job->out);
    job->type = "text/html; charset=utf-8";
    job->policy = policy;
    job->etag[0] = '\0';
    amp_core_answer(server, job, link == NULL ? 404 : 200);
}

/* ---- who may share ---- */

/* The link that this phone took, while it lives. */
static const struct amp_invite *link_own(struct amp_server *server, struct amp_job *job)
{
    const struct amp_caller *caller = job->data;
    const struct amp_invite *link = amp_link_find(&server->state, job->param[0]);
    struct amp_why why = {""};
    amp_err err = AMP_OK;
    if (caller == NULL || is_over(server, link)) {
        err = amp_fail(&why, AMP_E_NOT_FOUND, "the link is over");
    } else if (link->state != AMP_LINK_TAKEN ||
               !amp_link_is_holder(link, job->param[0], caller->phone)) {
        err = amp_fail(&why, AMP_E_FORBIDDEN, "the link is not this phone's");
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return NULL;
    }
    return link;
}

static int64_t number_of(const struct amp_server *server, const struct amp_invite *link)
{
    return (int64_t)(link - server->state.invite) + 1;
}

/* ---- forms, for phones without a script too ---- */

static void see_page(struct amp_server *server, struct amp_job *job,
                     const struct amp_decision *decision)
{
    (void)server;
    (void)decision;
    job->type = "text/plain; charset=utf-8";
    if (amp_job_field(job, "Location",
                      amp_arena_printf(&job->arena, "/s/%.*s", (int)job->param[0].len,
                                       job->param[0].ptr)) != AMP_OK) {
        job->status = 503;
    }
}

static void page_back(struct amp_server *server, struct amp_job *job)
{
    see_page(server, job, NULL);
    amp_core_answer(server, job, 303);
}

static void take(struct amp_server *server, struct amp_job *job)
{
    const struct amp_caller *caller = job->data;
    const struct amp_invite *link = amp_link_find(&server->state, job->param[0]);
    struct amp_fields *f = &job->command.f;
    char holder[AMP_LINK_HASH];
    if (caller == NULL || is_over(server, link) || cookie_set(job) != AMP_OK) {
        page_back(server, job);
        return;
    }
    amp_link_holder(job->param[0], caller->phone, holder);
    if (link->state == AMP_LINK_TAKEN) { /* twice by one phone, or another's */
        page_back(server, job);
        return;
    }
    job->command.kind = AMP_CMD_TAKE_LINK;
    f->link = number_of(server, link);
    f->token = amp_arena_str(&job->arena, amp_str_of(holder));
    f->until = server->now_us + (int64_t)AMP_LINK_SHARE_S * AMP_US_PER_S;
    f->has = AMP_HAS(LINK) | AMP_HAS(TOKEN) | AMP_HAS(UNTIL);
    amp_core_commit(server, job, 303, see_page);
}

static void stop(struct amp_server *server, struct amp_job *job, const struct amp_invite *link,
                 int status, amp_see_fn *see)
{
    job->command.kind = AMP_CMD_STOP_LINK;
    job->command.f.link = number_of(server, link);
    job->command.f.outcome = AMP_STR("caller");
    job->command.f.has = AMP_HAS(LINK) | AMP_HAS(OUTCOME);
    amp_core_commit(server, job, status, see);
}

static void words_share(struct amp_server *server, struct amp_job *job,
                        const struct amp_invite *link, struct amp_str words, int status,
                        amp_see_fn *see)
{
    struct amp_why why = {""};
    words = amp_str_trim(words);
    job->command.kind = AMP_CMD_SHARE_TEXT;
    job->command.f.link = number_of(server, link);
    job->command.f.text = words;
    job->command.f.has = AMP_HAS(LINK) | AMP_HAS(TEXT);
    job->command.time_us = server->now_us;
    job->command.actor = job->actor;
    amp_err err = words.len > TEXT_MAX ? amp_fail(&why, AMP_E_LIMIT, "the message is too long")
                                       : amp_command_check(&job->command, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    amp_core_commit(server, job, status, see);
}

void amp_caller_form(struct amp_server *server, struct amp_job *job)
{
    struct amp_form form = {0};
    struct amp_str what = {0}, text = {0};
    struct amp_why why = {""};
    amp_err err = amp_form_read(job->body, &job->arena, &form, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    (void)amp_form_get(&form, "do", &what);
    (void)amp_form_get(&form, "text", &text);
    if (amp_str_is(what, "take")) {
        take(server, job);
        return;
    }
    const struct amp_invite *link = amp_link_find(&server->state, job->param[0]);
    if (job->data == NULL || view_of(server, job, link) != AMP_CALLER_SEE_OWN) {
        page_back(server, job);
    } else if (amp_str_is(what, "text") && amp_str_trim(text).len > 0) {
        words_share(server, job, link, text, 303, see_page);
    } else if (amp_str_is(what, "stop")) {
        stop(server, job, link, 303, see_page);
    } else {
        page_back(server, job);
    }
}

/* ---- what the script sends ---- */

static void see_done(struct amp_server *server, struct amp_job *job,
                     const struct amp_decision *decision)
{
    (void)server;
    (void)decision;
    amp_buf_text(&job->out, "{\"done\":true}");
}

static amp_err position_read(const json_t *body, struct amp_fields *f, struct amp_why *why)
{
    double accuracy = -1;
    bool found = false;
    struct amp_str time = {0};
    amp_err err = amp_json_pos(body, &f->pos, &found, why);
    if (err == AMP_OK && !found) {
        err = amp_fail(why, AMP_E_MISSING, "a position needs lat and lon");
    }
    if (err == AMP_OK && json_object_get(body, "accuracy") != NULL) {
        err = amp_json_num(body, "accuracy", &accuracy, why);
    }
    if (err == AMP_OK && json_object_get(body, "time") != NULL) {
        err = amp_json_str(body, "time", &time, why);
    }
    if (err != AMP_OK) {
        return err;
    }
    f->has = AMP_HAS(POS);
    if (accuracy >= 0 && accuracy < 20037508) {
        /* W3C Geolocation, section 7.1: a radius with a confidence of 95 % */
        f->radius_m = (int64_t)accuracy;
        f->confidence_pct = 95;
        f->has |= AMP_HAS(RADIUS_M) | AMP_HAS(CONFIDENCE_PCT);
    }
    if (time.len > 0 && amp_time_parse(time, &f->fix_time) == AMP_OK) {
        f->has |= AMP_HAS(FIX_TIME);
    }
    return AMP_OK;
}

static void position_share(struct amp_server *server, struct amp_job *job,
                           const struct amp_invite *link, const json_t *body)
{
    struct amp_why why = {""};
    struct amp_fields *f = &job->command.f;
    amp_err err = position_read(body, f, &why);
    if (err == AMP_OK && server->now_us - link->shared_us < AMP_LINK_GAP_US &&
        server->now_us >= link->shared_us) {
        err = amp_fail(&why, AMP_E_TOO_MANY, "positions may come every %d seconds",
                       AMP_LINK_GAP_US / 1000000);
    }
    int64_t ahead_us = f->fix_time - server->now_us;
    if ((f->has & AMP_HAS(FIX_TIME)) != 0 && (ahead_us > 0 || ahead_us < -3600 * AMP_US_PER_S)) {
        f->has &= ~AMP_HAS(FIX_TIME); /* the phone's clock is wrong: it is from now */
    }
    job->command.kind = AMP_CMD_LOCATE_CALL;
    f->link = number_of(server, link);
    f->call = link->call;
    f->source = AMP_STR("link");
    f->has |= AMP_HAS(LINK) | AMP_HAS(CALL) | AMP_HAS(SOURCE);
    job->command.time_us = server->now_us;
    job->command.actor = job->actor;
    err = err ? err : amp_command_check(&job->command, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    amp_core_commit(server, job, 200, see_done);
}

static void text_share(struct amp_server *server, struct amp_job *job,
                       const struct amp_invite *link, const json_t *body)
{
    struct amp_why why = {""};
    struct amp_str text = {0}, key = {0};
    amp_err err = amp_json_str(body, "text", &text, &why);
    if (err == AMP_OK && json_object_get(body, "key") != NULL) {
        err = amp_json_str(body, "key", &key, &why);
    }
    if (err == AMP_OK && (key.len > KEY_MAX || !amp_key_valid(key))) {
        err = amp_fail(&why, AMP_E_RANGE, "the key of the text is too long");
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (key.len > 0) {
        job->key = amp_arena_printf(&job->arena, "link-%lld-%.*s",
                                    (long long)number_of(server, link), (int)key.len, key.ptr);
    }
    text = amp_arena_str(&job->arena, text);
    words_share(server, job, link, text, 200, see_done);
}

void amp_caller_share(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    json_t *body = NULL;
    struct amp_str what = job->param[1];
    const struct amp_invite *link = link_own(server, job);
    if (link == NULL) {
        return;
    }
    amp_err err = amp_json_read(job->body, AMP_EVENT_BYTES, &body, &why);
    bool known =
        amp_str_is(what, "position") || amp_str_is(what, "text") || amp_str_is(what, "stop");
    if (err == AMP_OK && !known) {
        err = amp_fail(&why, AMP_E_NOT_FOUND, "a caller shares position or text, or stops");
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
    } else if (amp_str_is(what, "position")) {
        position_share(server, job, link, body);
    } else if (amp_str_is(what, "text")) {
        text_share(server, job, link, body);
    } else {
        stop(server, job, link, 200, see_done);
    }
    json_decref(body);
}

/* ---- files, piece by piece ---- */

static amp_err upload_check(const struct amp_server *server, const struct amp_job *job,
                            const struct amp_invite *link, struct amp_media_piece *piece,
                            struct amp_why *why)
{
    if (link->scope < AMP_LINK_MEDIA) {
        return amp_fail(why, AMP_E_FORBIDDEN, "this link is not for media");
    }
    amp_err err = amp_upload_read(server, job, 1, piece, why);
    if (err == AMP_OK && piece->bytes.len > 0 &&
        (link->bytes + piece->total > AMP_LINK_BYTES || link->media >= AMP_MEDIA_OF_LINK)) {
        err = amp_fail(why, AMP_E_LIMIT, "it is too big, or too much came by this link");
    }
    return err;
}

void amp_caller_upload(struct amp_server *server, struct amp_job *job)
{
    const struct amp_invite *link = link_own(server, job);
    struct amp_upload *upload = link != NULL ? amp_arena_alloc(&job->arena, sizeof *upload) : NULL;
    struct amp_fields *f = &job->command.f;
    struct amp_why why = {""};
    if (link == NULL) {
        return;
    }
    if (upload == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    *upload = (struct amp_upload){.piece = {.link = (uint32_t)number_of(server, link)}};
    amp_err err = upload_check(server, job, link, &upload->piece, &why);
    err = err ? err : amp_keys_get(server->keys, link->incident, upload->piece.key);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    job->command.kind = AMP_CMD_SHARE_MEDIUM;
    f->link = number_of(server, link);
    f->has = AMP_HAS(LINK);
    upload->record_key = amp_arena_printf(&job->arena, "link-%lld-m-%.*s", (long long)f->link,
                                          (int)upload->piece.upload.len, upload->piece.upload.ptr);
    amp_upload_take(server, job, upload);
}
