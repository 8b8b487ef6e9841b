/* Mutual aid between agencies: agreements and requests to see, to ask, to answer, to withdraw. */
#include "response/aid.h"
#include "server/api.h"
#include "server/sight.h"

void amp_api_agency_given(struct amp_server *server, struct amp_job *job)
{
    const struct amp_agency *agency =
        amp_state_agency_at(&server->state, (struct amp_agency_id){job->who.who.agency});
    if (agency != NULL) {
        job->command.f.agency = amp_str_of(agency->code);
        job->command.f.has |= AMP_HAS(AGENCY);
    }
}

/* ---- to see ---- */

static void agency_write(struct amp_json *js, const struct amp_state *state, const char *name,
                         const char *label, struct amp_str code)
{
    const struct amp_agency *agency = amp_state_agency(state, code);
    amp_json_str_of(js, name, code);
    amp_json_text_of(js, label, agency != NULL ? agency->label : NULL);
}

/* Those that concern the agency; a name that no agency has is shown without a label. */
static void agreements_write(struct amp_json *js, struct amp_server *server,
                             const struct amp_job *job)
{
    const struct amp_state *state = &server->state;
    const struct amp_plans *plans = server->config.plans;
    const struct amp_agency *own =
        amp_state_agency_at(state, (struct amp_agency_id){job->who.who.agency});
    amp_json_key(js, "agreements");
    amp_json_open(js, '[');
    for (size_t i = 0; plans != NULL && i < amp_plans_agreements(plans); i++) {
        const struct amp_agreement *agreement = amp_plans_agreement(plans, i);
        if (own != NULL && !amp_str_is(agreement->lender, own->code) &&
            !amp_str_is(agreement->asker, own->code)) {
            continue;
        }
        amp_json_open(js, '{');
        agency_write(js, state, "lender", "lender_label", agreement->lender);
        agency_write(js, state, "asker", "asker_label", agreement->asker);
        amp_agreement_view(js, agreement);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

/* Those that stand, asked by or of the agency. */
static void requests_write(struct amp_json *js, const struct amp_state *state,
                           const struct amp_job *job)
{
    uint32_t own = job->who.who.agency;
    amp_json_key(js, "requests");
    amp_json_open(js, '[');
    for (size_t i = 0; i < state->open_n; i++) {
        const struct amp_incident *incident = amp_state_incident(state, state->open[i]);
        for (size_t k = 0; k < incident->aid_n; k++) {
            const struct amp_aid_request *request = &incident->aid[k];
            bool concerns = own == 0 || request->lender.n == own || incident->agency.n == own;
            if (request->state == AMP_AID_REQUESTED && concerns) {
                amp_view_aid(js, state, incident, request);
            }
        }
    }
    amp_json_close(js, ']');
}

static void see_aid(struct amp_server *server, struct amp_job *job,
                    const struct amp_decision *decision)
{
    struct amp_json js = amp_api_open(server, job);
    (void)decision;
    amp_json_time_of(&js, "now", server->now_us);
    agreements_write(&js, server, job);
    requests_write(&js, &server->state, job);
    amp_json_close(&js, '}');
}

void amp_api_aid(struct amp_server *server, struct amp_job *job)
{
    amp_api_look(server, job, "aid-list", see_aid);
}

/* ---- to ask, and to answer ---- */

void amp_api_aid_ask(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_incident_given(server, job) &&
        amp_api_read(server, job, AMP_CMD_ASK_AID, AMP_HAS(INCIDENT))) {
        amp_core_commit(server, job, 200, amp_api_see_incident);
    }
}

void amp_api_aid_withdraw(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_incident_given(server, job) &&
        amp_api_read(server, job, AMP_CMD_WITHDRAW_AID, AMP_HAS(INCIDENT))) {
        amp_core_commit(server, job, 200, amp_api_see_incident);
    }
}

/* The incident in full for who agreed, for it is shared now; for who refused, it is not there. */
static void see_answer(struct amp_server *server, struct amp_job *job,
                       const struct amp_decision *decision)
{
    const struct amp_state *state = &server->state;
    const struct amp_incident *incident = amp_state_incident(
        state, decision->incident.n != 0 ? decision->incident : job->command.f.incident);
    struct amp_json js = amp_api_open(server, job);
    if (incident != NULL && amp_sight_incident(state, &job->who, incident)) {
        amp_json_key(&js, "incident");
        amp_view_incident(&js, state, incident, true);
    }
    amp_json_close(&js, '}');
}

void amp_api_aid_answer(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct amp_incident_id id = {0};
    const struct amp_state *state = &server->state;
    const struct amp_incident *incident =
        amp_incident_id_parse(job->param[0], &id) == AMP_OK ? amp_state_incident(state, id) : NULL;
    if (incident == NULL ||
        (!amp_sight_aid(&job->who, incident) && !amp_sight_incident(state, &job->who, incident))) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no incident \"%.*s\"",
                       (int)job->param[0].len, job->param[0].ptr);
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    job->command.f.incident = id;
    job->command.f.has |= AMP_HAS(INCIDENT);
    amp_api_agency_given(server, job);
    if (amp_api_read(server, job, AMP_CMD_ANSWER_AID,
                     job->command.f.has & (AMP_HAS(INCIDENT) | AMP_HAS(AGENCY)))) {
        amp_core_commit(server, job, 200, see_answer);
    }
}
