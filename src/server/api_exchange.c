/* Partner centres: EIDOs in and out, offers of incidents and their answers. */
#include "intake/intake.h"
#include "server/api.h"
#include "server/exchange.h"
#include "server/outbound.h"
#include "server/sight.h"
#include <stdio.h>

enum {
    FETCH_MS = 8000, /* the partner's own try ends after it */
    WAIT_MS = FETCH_MS + 1000,
    HEADER_MAX = AMP_PARTNER_SETTING + 32
};

/* The partner whose account asks, or NULL. */
static const struct amp_partner *partner_of(const struct amp_server *server,
                                            const struct amp_job *job)
{
    return job->who.who.role == AMP_ROLE_PARTNER
               ? amp_partner_find(server->config.partners, amp_str_of(job->who.who.account))
               : NULL;
}

/* ---- in ---- */

static void see_taken(struct amp_server *server, struct amp_job *job,
                      const struct amp_decision *decision)
{
    const struct amp_incident *incident = amp_state_incident(&server->state, decision->incident);
    const struct amp_link *link = amp_incident_link(incident, job->command.f.partner);
    char id[AMP_ID_TEXT];
    amp_incident_id_text(decision->incident, id);
    struct amp_json js = amp_api_open(server, job);
    amp_json_text_of(&js, "incident", id);
    amp_json_text_of(&js, "transfer", link != NULL ? amp_transfer_name(link->transfer) : "none");
    amp_json_close(&js, '}');
}

static void eido_take(struct amp_server *server, struct amp_job *job, struct amp_str bytes)
{
    struct amp_eido_message message = {0};
    struct amp_why why = {""};
    amp_err err = bytes.len <= AMP_INTAKE_MAX
                      ? amp_eido_read(bytes, &job->arena, &message, &why)
                      : amp_fail(&why, AMP_E_LIMIT, "an EIDO has at most %d bytes", AMP_INTAKE_MAX);
    if (err == AMP_OK && (message.kind != AMP_EIDO_DOCUMENT || message.eido_n != 1)) {
        err = amp_fail(&why, AMP_E_UNSUPPORTED, "this takes one EIDO, and no message around it");
    }
    err =
        err ? err : amp_eido_command(server, job, partner_of(server, job), &message.eido[0], &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    amp_core_commit(server, job, 200, see_taken);
}

static void not_fetched(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    (void)amp_fail(&why, AMP_E_BUSY, "the EIDO could not be fetched from its address");
    amp_core_refuse(server, job, AMP_E_BUSY, &why);
}

static void on_fetched(struct amp_server *server, uint64_t about, uint64_t more,
                       const struct amp_errand_result *result)
{
    struct amp_job *job = amp_core_unwait(server, about);
    (void)more;
    if (job == NULL) {
        return;
    }
    if (result->status != 200 || result->cut) {
        not_fetched(server, job);
        return;
    }
    eido_take(server, job, amp_arena_str(&job->arena, result->body));
}

/* By reference: fetched with the token that the partner gave us, from nowhere but its server. */
static void eido_fetch(struct amp_server *server, struct amp_job *job, struct amp_str url)
{
    const struct amp_partner *partner = partner_of(server, job);
    struct amp_why why = {""};
    char bearer[HEADER_MAX];
    if (!amp_partner_owns(partner, url)) {
        (void)amp_fail(&why, AMP_E_FORBIDDEN, "the address does not begin with %s", partner->url);
        amp_core_refuse(server, job, AMP_E_FORBIDDEN, &why);
        return;
    }
    (void)snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", partner->token);
    const struct amp_errand errand = {
        .method = "GET",
        .url = url,
        .header = {"Accept: " AMP_EIDO_MEDIA ", application/json;q=0.5", bearer},
        .timeout_ms = FETCH_MS,
        .answer = AMP_INTAKE_MAX,
        .about = server->ticket_last + 1,
        .done = on_fetched};
    amp_err err = amp_outbound_send(server, &errand);
    amp_wipe(bearer, sizeof bearer);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    amp_core_wait(server, job, WAIT_MS, not_fetched);
}

/* The address in a body that gives one; empty: it is an EIDO, or nothing. */
static struct amp_str reference_of(struct amp_job *job)
{
    struct amp_str url = {0};
    json_t *obj = NULL;
    if (amp_json_read(job->body, AMP_INTAKE_MAX, &obj, NULL) == AMP_OK &&
        json_object_get(obj, "eidoByReferenceUrl") != NULL &&
        amp_json_str(obj, "eidoByReferenceUrl", &url, NULL) == AMP_OK) {
        url = amp_arena_str(&job->arena, url);
    }
    json_decref(obj);
    return url;
}

void amp_api_eido(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    if (partner_of(server, job) == NULL) {
        (void)amp_fail(&why, AMP_E_CONFLICT,
                       "the settings of this server name no partner centre \"%s\"",
                       job->who.who.account);
        amp_core_refuse(server, job, AMP_E_CONFLICT, &why);
        return;
    }
    struct amp_str url = reference_of(job);
    if (url.len > 0) {
        eido_fetch(server, job, url);
    } else {
        eido_take(server, job, job->body);
    }
}

/* ---- out ---- */

static void see_eido(struct amp_server *server, struct amp_job *job,
                     const struct amp_decision *decision)
{
    struct amp_why why = {""};
    const struct amp_incident *incident =
        amp_state_incident(&server->state, job->command.f.incident);
    const struct amp_partner *partner = partner_of(server, job);
    const struct amp_link *link =
        partner != NULL ? amp_incident_link(incident, amp_str_of(partner->name)) : NULL;
    (void)decision;
    amp_err err = amp_eido_of(server, incident, link, false, &job->arena, &job->out, &why);
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
    }
}

void amp_api_incident_eido(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_incident_given(server, job)) {
        amp_api_look(server, job, "eido", see_eido);
    }
}

/* By our number; what became of it when it was merged. Nothing but what the partner is told. */
void amp_api_eido_fetch(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct amp_incident_id id = {0};
    const struct amp_partner *partner = partner_of(server, job);
    const struct amp_incident *incident = amp_incident_id_parse(job->param[0], &id) == AMP_OK
                                              ? amp_state_incident(&server->state, id)
                                              : NULL;
    while (incident != NULL && incident->into.n != 0) {
        incident = amp_state_incident(&server->state, incident->into);
    }
    const struct amp_link *link = incident != NULL && partner != NULL
                                      ? amp_incident_link(incident, amp_str_of(partner->name))
                                      : NULL;
    if (link == NULL || !amp_link_tells(link) || incident->erased_us != 0) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no incident \"%.*s\"",
                       (int)job->param[0].len, job->param[0].ptr);
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    job->command.f.incident = incident->id;
    job->command.f.has |= AMP_HAS(INCIDENT);
    job->type = AMP_EIDO_MEDIA;
    amp_api_look(server, job, "eido", see_eido);
}

void amp_api_transfer(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct amp_str name = {0};
    if (!amp_api_incident_given(server, job) ||
        !amp_api_read(server, job, AMP_CMD_OFFER_TRANSFER, AMP_HAS(INCIDENT))) {
        return;
    }
    name = job->command.f.partner;
    if (amp_partner_find(server->config.partners, name) == NULL) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no partner centre \"%.*s\"", (int)name.len,
                       name.ptr);
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    amp_core_commit(server, job, 200, amp_api_see_incident);
}

void amp_api_transfer_answer(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_incident_given(server, job) &&
        amp_api_read(server, job, AMP_CMD_ANSWER_TRANSFER, AMP_HAS(INCIDENT))) {
        amp_core_commit(server, job, 200, amp_api_see_incident);
    }
}

void amp_api_partners(struct amp_server *server, struct amp_job *job)
{
    const struct amp_partners *partners = server->config.partners;
    struct amp_json js = amp_api_open(server, job);
    amp_json_text_of(&js, "centre", partners != NULL ? partners->centre : NULL);
    amp_json_key(&js, "partners");
    amp_json_open(&js, '[');
    for (size_t i = 0; partners != NULL && i < partners->n; i++) {
        amp_json_open(&js, '{');
        amp_json_text_of(&js, "partner", partners->partner[i].name);
        amp_json_text_of(&js, "label", partners->partner[i].label);
        amp_json_close(&js, '}');
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}
