/* What came of media as JSON: by the links of callers, newest first by call, and from crews. */
#include "model/view.h"

static void medium_view(struct amp_json *js, const struct amp_state *state, uint32_t n)
{
    const struct amp_medium *medium = &state->medium[n - 1];
    amp_json_open(js, '{');
    amp_json_i64_of(js, "id", n);
    amp_json_text_of(js, "type", medium->type);
    amp_json_i64_of(js, "bytes", medium->bytes);
    amp_json_time_of(js, "time", medium->at_us);
    amp_json_text_of(js, "sha256", medium->digest);
    if (medium->unit.n) {
        amp_json_text_of(js, "unit", amp_state_unit_at(state, medium->unit)->call_sign);
        amp_json_text_of(js, "actor", medium->actor);
        amp_json_time_of(js, "taken", medium->taken_us);
    }
    amp_json_close(js, '}');
}

/* Newest first, of each incident that is in this one. */
void amp_view_media(struct amp_json *js, const struct amp_state *state,
                    const struct amp_incident *incident)
{
    amp_json_key(js, "media");
    amp_json_open(js, '[');
    for (struct amp_incident_id at = incident->id; at.n;
         at = amp_merged_next(state, incident->id, at)) {
        uint32_t m = amp_state_incident(state, at)->medium;
        for (; m; m = state->medium[m - 1].older) {
            medium_view(js, state, m);
        }
    }
    amp_json_close(js, ']');
}

static void link_view(struct amp_json *js, const struct amp_state *state, uint32_t n)
{
    const struct amp_invite *link = &state->invite[n - 1];
    char id[AMP_ID_TEXT];
    amp_json_open(js, '{');
    amp_json_i64_of(js, "id", n);
    amp_call_id_text(link->call, id);
    amp_json_text_of(js, "call", id);
    amp_json_text_of(js, "state", amp_link_state_name(link->state));
    amp_json_text_of(js, "scope", amp_link_scope_name(link->scope));
    amp_json_time_of(js, "offered", link->offered_us);
    amp_json_time_of(js, "until", link->until_us);
    amp_json_time_of(js, "since", link->state_us);
    if (link->shared_us) {
        amp_json_time_of(js, "shared", link->shared_us);
    } else {
        amp_json_text_of(js, "shared", NULL);
    }
    if (link->message) {
        amp_json_i64_of(js, "text", link->message);
    } else {
        amp_json_text_of(js, "text", NULL);
    }
    amp_json_text_of(js, "actor", link->actor);
    amp_json_text_of(js, "outcome", link->outcome);
    amp_json_key(js, "media");
    amp_json_open(js, '[');
    for (uint32_t m = link->medium; m; m = state->medium[m - 1].older) {
        medium_view(js, state, m);
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

void amp_view_links(struct amp_json *js, const struct amp_state *state,
                    const struct amp_incident *incident)
{
    amp_json_key(js, "links");
    amp_json_open(js, '[');
    for (size_t i = 0; i < incident->call_n; i++) {
        const struct amp_call *call = amp_state_call(state, incident->call[i]);
        size_t told = 0;
        for (uint32_t n = call ? call->link : 0; n && told < AMP_VIEW_LINKS;
             n = state->invite[n - 1].older) {
            link_view(js, state, n);
            told++;
        }
    }
    amp_json_close(js, ']');
}
