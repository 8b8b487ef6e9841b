/* Requests for mutual aid as JSON: for who sees the incident, and for who is asked. */
#include "model/view.h"
#include "model/words.h"

static void agency_of(struct amp_json *js, const struct amp_state *state, struct amp_agency_id id,
                      const char *code, const char *label)
{
    const struct amp_agency *agency = amp_state_agency_at(state, id);
    amp_json_text_of(js, code, agency ? agency->code : NULL);
    amp_json_text_of(js, label, agency ? agency->label : NULL);
}

static void request_members(struct amp_json *js, const struct amp_state *state,
                            const struct amp_aid_request *request)
{
    agency_of(js, state, request->lender, "agency", "agency_label");
    amp_words_of(js, "capabilities", &request->capabilities);
    amp_json_i64_of(js, "crews", request->count);
    amp_json_text_of(js, "state", amp_aid_state_name(request->state));
    amp_json_time_of(js, "asked", request->asked_us);
    amp_view_time_of(js, "until", request->until_us);
    amp_view_time_of(js, "settled", request->settled_us);
    amp_json_text_of(js, "actor", request->actor);
}

void amp_view_aid_of(struct amp_json *js, const struct amp_state *state,
                     const struct amp_incident *incident)
{
    amp_json_key(js, "aid");
    amp_json_open(js, '[');
    for (size_t i = 0; i < incident->aid_n; i++) {
        amp_json_open(js, '{');
        request_members(js, state, &incident->aid[i]);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

void amp_view_aid(struct amp_json *js, const struct amp_state *state,
                  const struct amp_incident *incident, const struct amp_aid_request *request)
{
    char id[AMP_ID_TEXT];
    amp_incident_id_text(incident->id, id);
    amp_json_open(js, '{');
    amp_json_text_of(js, "incident", id);
    agency_of(js, state, incident->agency, "asker", "asker_label");
    request_members(js, state, request);
    if (request->state == AMP_AID_REQUESTED) { /* what it takes to decide, while it has to be */
        amp_json_text_of(js, "type", incident->type);
        amp_json_i64_of(js, "priority", incident->priority);
        amp_json_i64_of(js, "level", incident->level);
        amp_json_text_of(js, "place", incident->place);
        if (incident->where.known) {
            amp_json_pos_of(js, incident->where.pos);
        }
    }
    struct amp_str words = amp_aid_words(incident, request->asked_seq);
    struct amp_str reason = amp_aid_words(incident, request->settled_seq);
    amp_json_str_of(js, "words", words);
    amp_json_str_of(js, "reason", reason);
    amp_json_close(js, '}');
}
