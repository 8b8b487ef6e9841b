/* A link for a caller: sent by the desk, stopped by it, and what came by it looked at. */
#include "server/api.h"
#include "server/link.h"
#include "server/mediastore.h"
#include "server/medium.h"
#include <stdio.h>

static const char usual_text[] = "Emergency centre: tap to share where you are: {link}";

/* ---- to send one ---- */

static void see_offered(struct amp_server *server, struct amp_job *job,
                        const struct amp_decision *decision)
{
    if (decision->repeated) {
        job->secret_n = 0; /* the token is that of another link, which is none */
    }
    amp_api_see_incident(server, job, decision);
}

static amp_err offer_fill(struct amp_server *server, struct amp_job *job, struct amp_why *why)
{
    struct amp_fields *f = &job->command.f;
    char base[AMP_LINK_URL_MAX + 1], token[AMP_LINK_TOKEN], hash[AMP_LINK_HASH];
    if (!amp_link_base(server, base)) {
        return amp_fail(why, AMP_E_CONFLICT,
                        "callers have no address to reach this server by: start it with "
                        "--link-url https://...");
    }
    amp_link_token(token);
    amp_link_hash(amp_str_of(token), hash);
    f->token = amp_arena_str(&job->arena, amp_str_of(hash));
    f->until = server->now_us + (int64_t)AMP_LINK_TAKE_S * INT64_C(1000000);
    f->has |= AMP_HAS(TOKEN) | AMP_HAS(UNTIL);
    amp_err err = amp_link_keep(server, job, token);
    amp_wipe(token, sizeof token);
    return err;
}

void amp_api_link_offer(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct amp_fields *f = &job->command.f;
    if (!amp_api_incident_given(server, job)) {
        return;
    }
    amp_err err = offer_fill(server, job, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (!amp_api_read(server, job, AMP_CMD_OFFER_LINK,
                      AMP_HAS(INCIDENT) | AMP_HAS(TOKEN) | AMP_HAS(UNTIL))) {
        return;
    }
    if (f->scopes.n == AMP_LINK_SCOPES && server->config.dir == NULL) {
        (void)amp_fail(&why, AMP_E_CONFLICT, "there is no folder for pictures here");
        amp_core_refuse(server, job, AMP_E_CONFLICT, &why);
        return;
    }
    if ((f->has & AMP_HAS(TEXT)) == 0 || f->text.len == 0) {
        f->text = amp_str_of(usual_text);
        f->has |= AMP_HAS(TEXT);
    }
    amp_core_commit(server, job, 201, see_offered);
}

/* ---- to stop one, or look at what came ---- */

/* The number in the path, of a link of the incident that is given. */
static const struct amp_invite *link_given(struct amp_server *server, struct amp_job *job,
                                           int64_t n)
{
    const struct amp_state *state = &server->state;
    const struct amp_invite *link = amp_state_link(state, n);
    const struct amp_call *call = link != NULL ? amp_state_call(state, link->call) : NULL;
    if (call == NULL || call->incident.n != job->command.f.incident.n) {
        struct amp_why why = {""};
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "the incident has no such link");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return NULL;
    }
    return link;
}

void amp_api_link_stop(struct amp_server *server, struct amp_job *job)
{
    int64_t n = 0;
    if (!amp_api_incident_given(server, job)) {
        return;
    }
    if (amp_str_i64(job->param[1], &n) != AMP_OK) {
        n = 0;
    }
    if (link_given(server, job, n) == NULL) {
        return;
    }
    job->command.kind = AMP_CMD_STOP_LINK;
    job->command.f.link = n;
    job->command.f.outcome = AMP_STR("desk");
    job->command.f.has = AMP_HAS(LINK) | AMP_HAS(OUTCOME);
    amp_core_commit(server, job, 200, amp_api_see_incident);
}

struct looking {
    char label[AMP_MEDIA_HASH];
    char type[AMP_WORD_MAX + 1];
    uint8_t key[AMP_KEY];
};

static void medium_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    struct looking *looking = job->data;
    struct amp_why why = {""};
    (void)scratch;
    amp_buf_clear(&job->out);
    amp_err err = amp_media_read(server->config.dir, looking->label, looking->key, &job->out, &why);
    amp_wipe(looking->key, sizeof looking->key);
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
        return;
    }
    const char *type = amp_medium_type(amp_str_of(looking->type));
    job->type = type != NULL ? type : "application/octet-stream";
    job->policy = "sandbox; default-src 'none'; frame-ancestors 'none'";
}

static amp_err looking_fill(struct amp_server *server, struct amp_job *job,
                            const struct amp_medium *medium, int64_t n, struct amp_why *why)
{
    struct looking *looking = amp_arena_alloc(&job->arena, sizeof *looking);
    if (looking == NULL || server->config.dir == NULL) {
        return looking == NULL ? AMP_E_NOMEM : AMP_E_NOT_FOUND;
    }
    amp_err err = amp_keys_get(server->keys, medium->incident, looking->key);
    if (err == AMP_E_NOT_FOUND) {
        return amp_fail(why, err, "its incident was erased");
    }
    err =
        err ? err : amp_str_copy(looking->label, sizeof looking->label, amp_str_of(medium->label));
    err = err ? err : amp_str_copy(looking->type, sizeof looking->type, amp_str_of(medium->type));
    job->data = looking;
    return err ? err
               : amp_job_field(job, "Content-Disposition",
                               amp_arena_printf(&job->arena, "attachment; filename=\"%lld.%s\"",
                                                (long long)n, looking->type));
}

/* Each look is a record before anybody has the picture. */
void amp_api_medium(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    int64_t n = 0;
    char look[AMP_WORD_MAX + 1];
    if (!amp_api_incident_given(server, job)) {
        return;
    }
    if (amp_str_i64(job->param[1], &n) != AMP_OK) {
        n = 0;
    }
    const struct amp_medium *medium = amp_state_medium(&server->state, n);
    bool known =
        medium != NULL && amp_medium_is_of(&server->state, medium, job->command.f.incident);
    amp_err err = known ? looking_fill(server, job, medium, n, &why)
                        : amp_fail(&why, AMP_E_NOT_FOUND, "the incident has no such medium");
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    (void)snprintf(look, sizeof look, "medium-%lld", (long long)n);
    const char *kept = amp_arena_text(&job->arena, amp_str_of(look));
    amp_core_port_after(job, medium_work);
    if (kept != NULL && amp_api_look_counts(server, job, kept)) {
        amp_core_commit(server, job, 200, NULL);
    } else {
        amp_core_answer(server, job, 200);
    }
}
