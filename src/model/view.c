/* The state as JSON for HTTP answers, live push and snapshots. */
#include "model/view.h"
#include "model/words.h"
#include <assert.h>

typedef void (*id_text_fn)(uint32_t n, char out[AMP_ID_TEXT]);

static void incident_text(uint32_t n, char out[AMP_ID_TEXT])
{
    amp_incident_id_text((struct amp_incident_id){n}, out);
}

static void call_text(uint32_t n, char out[AMP_ID_TEXT])
{
    amp_call_id_text((struct amp_call_id){n}, out);
}

static void closure_text(uint32_t n, char out[AMP_ID_TEXT])
{
    amp_closure_id_text((struct amp_closure_id){n}, out);
}

static void id_of(struct amp_json *js, const char *name, id_text_fn text_of, uint32_t n)
{
    char text[AMP_ID_TEXT];
    text_of(n, text);
    amp_json_text_of(js, name, n ? text : NULL);
}

static void known_i64_of(struct amp_json *js, const char *name, int64_t value, bool known)
{
    amp_json_key(js, name);
    if (known) {
        amp_json_put_i64(js, value);
    } else {
        amp_json_put_null(js);
    }
}

void amp_view_time_of(struct amp_json *js, const char *name, int64_t time_us)
{
    amp_json_key(js, name);
    if (time_us) {
        amp_json_put_time(js, time_us);
    } else {
        amp_json_put_null(js);
    }
}

static void where_members(struct amp_json *js, const struct amp_place_report *where)
{
    if (where->known) {
        amp_json_pos_of(js, where->pos);
    }
    known_i64_of(js, "radius_m", where->radius_m, where->known && where->radius_m >= 0);
    known_i64_of(js, "confidence_pct", where->confidence_pct,
                 where->known && where->confidence_pct >= 0);
    amp_json_text_of(js, "source", where->source);
}

void amp_view_call(struct amp_json *js, const struct amp_call *call)
{
    amp_json_open(js, '{');
    id_of(js, "id", call_text, call->id.n);
    id_of(js, "incident", incident_text, call->incident.n);
    amp_json_text_of(js, "state", amp_call_state_name(call->state));
    amp_json_time_of(js, "received", call->received_us);
    amp_json_text_of(js, "number", call->number);
    amp_json_text_of(js, "name", call->name);
    amp_json_text_of(js, "words", call->words);
    amp_json_text_of(js, "ref", call->ref);
    amp_json_text_of(js, "sip_call", call->sip_call);
    amp_json_text_of(js, "tracking", call->tracking);
    where_members(js, &call->where);
    amp_view_time_of(js, "fix_time", call->where.fix_us);
    amp_json_close(js, '}');
}

static void slot_view(struct amp_json *js, const struct amp_state *state,
                      const struct amp_slot *slot)
{
    const struct amp_unit *unit = amp_state_unit_at(state, slot->unit);
    assert(unit);
    amp_json_open(js, '{');
    amp_json_text_of(js, "unit", unit->call_sign);
    amp_json_text_of(js, "status", amp_unit_status_name(unit->status));
    amp_json_time_of(js, "dispatched", slot->dispatched_us);
    amp_view_time_of(js, "on_scene", slot->on_scene_us);
    known_i64_of(js, "eta_s", slot->eta_s, slot->eta_s >= 0);
    amp_json_close(js, '}');
}

static void timeline_view(struct amp_json *js, const struct amp_incident *incident)
{
    amp_json_key(js, "timeline");
    amp_json_open(js, '[');
    for (size_t i = 0; i < incident->entry_n; i++) {
        const struct amp_entry *entry = &incident->entry[i];
        amp_json_open(js, '{');
        amp_json_i64_of(js, "seq", (int64_t)entry->seq);
        amp_json_time_of(js, "time", entry->time_us);
        amp_json_text_of(js, "kind", amp_event_rows[entry->kind].name);
        amp_json_text_of(js, "actor", entry->actor);
        amp_json_text_of(js, "unit", entry->unit);
        amp_json_text_of(js, "text", entry->text);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static int64_t notes_count(const struct amp_incident *incident)
{
    int64_t n = 0;
    for (size_t i = 0; i < incident->entry_n; i++) {
        n += incident->entry[i].kind == AMP_EV_NOTE_ADDED ||
             incident->entry[i].kind == AMP_EV_PARTNER_NOTE;
    }
    return n;
}

static void incident_head(struct amp_json *js, const struct amp_incident *incident)
{
    id_of(js, "id", incident_text, incident->id.n);
    amp_json_text_of(js, "state", amp_incident_state_name(incident->state));
    amp_json_text_of(js, "type", incident->type);
    known_i64_of(js, "priority", incident->priority, incident->priority > 0);
    amp_json_i64_of(js, "level", incident->level);
    amp_json_text_of(js, "place", incident->place);
    where_members(js, &incident->where);
    amp_json_time_of(js, "opened", incident->opened_us);
    amp_json_time_of(js, "changed", incident->changed_us);
    amp_view_time_of(js, "closed", incident->closed_us);
    amp_json_i64_of(js, "seq", (int64_t)incident->changed_seq);
}

static void agency_of(struct amp_json *js, const struct amp_state *state, struct amp_agency_id id)
{
    const struct amp_agency *agency = amp_state_agency_at(state, id);
    amp_json_text_of(js, "agency", agency ? agency->code : NULL);
}

/* Who may see it, and whether its data may go, or went. */
static void incident_access(struct amp_json *js, const struct amp_state *state,
                            const struct amp_incident *incident)
{
    agency_of(js, state, incident->agency);
    amp_json_key(js, "shared");
    amp_json_open(js, '[');
    for (size_t i = 0; i < state->agency_n; i++) {
        if (incident->shared >> state->agency[i].id.n & 1) {
            amp_json_put_text(js, state->agency[i].code);
        }
    }
    amp_json_close(js, ']');
    amp_json_bool_of(js, "held", incident->held);
    amp_view_time_of(js, "erased", incident->erased_us);
}

static void incident_tail(struct amp_json *js, const struct amp_incident *incident)
{
    id_of(js, "into", incident_text, incident->into.n);
    amp_json_text_of(js, "outcome", incident->outcome);
    amp_json_i64_of(js, "reopened", incident->reopened);
    amp_json_text_of(js, "alarm", incident->alarm);
    amp_json_text_of(js, "alarm_unit", incident->alarm_unit);
    amp_json_i64_of(js, "notes", notes_count(incident));
}

/* What partner centres have to do with it. */
static void exchange_view(struct amp_json *js, const struct amp_incident *incident)
{
    amp_json_key(js, "exchange");
    amp_json_open(js, '[');
    for (size_t i = 0; i < incident->link_n; i++) {
        const struct amp_link *link = &incident->link[i];
        amp_json_open(js, '{');
        amp_json_text_of(js, "partner", link->partner);
        amp_json_text_of(js, "tracking", link->tracking);
        amp_json_text_of(js, "direction", link->outward ? "out" : "in");
        amp_json_text_of(js, "transfer", amp_transfer_name(link->transfer));
        amp_json_time_of(js, "since", link->changed_us);
        amp_json_text_of(js, "state", link->status);
        amp_json_key(js, "units");
        amp_json_open(js, '[');
        for (size_t k = 0; k < link->unit_n; k++) {
            amp_json_open(js, '{');
            amp_json_text_of(js, "unit", link->unit[k].name);
            amp_json_text_of(js, "status", amp_unit_status_name(link->unit[k].status));
            amp_json_time_of(js, "since", link->unit[k].since_us);
            amp_json_close(js, '}');
        }
        amp_json_close(js, ']');
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

void amp_view_incident(struct amp_json *js, const struct amp_state *state,
                       const struct amp_incident *incident, bool with_timeline)
{
    amp_json_open(js, '{');
    incident_head(js, incident);
    amp_json_key(js, "calls");
    amp_json_open(js, '[');
    for (size_t i = 0; i < incident->call_n; i++) {
        const struct amp_call *call = amp_state_call(state, incident->call[i]);
        assert(call);
        amp_view_call(js, call);
    }
    amp_json_close(js, ']');
    amp_json_key(js, "units");
    amp_json_open(js, '[');
    for (size_t i = 0; i < incident->slot_n; i++) {
        slot_view(js, state, &incident->slot[i]);
    }
    amp_json_close(js, ']');
    incident_tail(js, incident);
    incident_access(js, state, incident);
    exchange_view(js, incident);
    amp_view_aid_of(js, state, incident);
    if (with_timeline) {
        timeline_view(js, incident);
        amp_view_texts(js, state, incident);
        amp_view_links(js, state, incident);
        amp_view_media(js, state, incident);
    }
    amp_json_close(js, '}');
}

/* Only a current position is given out as a place; of an old one, no more than its age. */
static void position_members(struct amp_json *js, const struct amp_unit *unit,
                             const struct amp_track *track, int64_t now_us)
{
    bool stale = true;
    const struct amp_position *last =
        track ? amp_track_last(track, unit->id, now_us, &stale) : NULL;
    bool current = last && !stale;
    if (current) {
        amp_json_pos_of(js, last->pos);
    }
    known_i64_of(js, "heading_deg", current ? last->heading_deg : -1,
                 current && last->heading_deg >= 0);
    known_i64_of(js, "speed_kmh", current ? last->speed_kmh : -1, current && last->speed_kmh >= 0);
    amp_view_time_of(js, "position_time", last ? last->fix_us : 0);
    amp_json_bool_of(js, "position_stale", !current);
}

void amp_view_unit(struct amp_json *js, const struct amp_state *state, const struct amp_unit *unit,
                   const struct amp_track *track, int64_t now_us)
{
    const struct amp_station *station = amp_state_station_at(state, unit->station);
    amp_json_open(js, '{');
    amp_json_text_of(js, "id", unit->call_sign);
    amp_json_text_of(js, "kind", unit->kind);
    amp_words_of(js, "capabilities", &unit->capabilities);
    amp_json_text_of(js, "station", station ? station->code : NULL);
    agency_of(js, state, unit->agency);
    amp_json_i64_of(js, "crew", unit->crew);
    amp_json_text_of(js, "status", amp_unit_status_name(unit->status));
    amp_json_time_of(js, "since", unit->since_us);
    id_of(js, "incident", incident_text, unit->incident.n);
    amp_json_text_of(js, "hospital", unit->hospital);
    position_members(js, unit, track, now_us);
    amp_json_i64_of(js, "seq", (int64_t)unit->changed_seq);
    amp_json_close(js, '}');
}

void amp_view_agency(struct amp_json *js, const struct amp_agency *agency)
{
    amp_json_open(js, '{');
    amp_json_text_of(js, "agency", agency->code);
    amp_json_text_of(js, "label", agency->label);
    amp_json_close(js, '}');
}

void amp_view_account(struct amp_json *js, const struct amp_state *state,
                      const struct amp_account *account)
{
    const struct amp_unit *unit = amp_state_unit_at(state, account->unit);
    amp_json_open(js, '{');
    amp_json_text_of(js, "account", account->name);
    amp_json_text_of(js, "role", amp_role_name(account->role));
    agency_of(js, state, account->agency);
    amp_json_text_of(js, "unit", unit ? unit->call_sign : NULL);
    amp_json_bool_of(js, "disabled", account->disabled);
    amp_view_time_of(js, "seen", account->seen_us);
    amp_json_bool_of(js, "password", account->password);
    amp_json_bool_of(js, "totp", account->totp);
    amp_json_close(js, '}');
}

void amp_view_station(struct amp_json *js, const struct amp_station *station)
{
    amp_json_open(js, '{');
    amp_json_text_of(js, "id", station->code);
    amp_json_text_of(js, "label", station->label);
    amp_json_pos_of(js, station->site);
    amp_json_close(js, '}');
}

void amp_view_hospital_of(struct amp_json *js, const struct amp_hospital *hospital)
{
    amp_json_text_of(js, "id", hospital->code);
    amp_json_text_of(js, "label", hospital->label);
    amp_json_pos_of(js, hospital->site);
    amp_words_of(js, "capabilities", &hospital->capabilities);
    amp_json_text_of(js, "traffic", amp_traffic_name(hospital->traffic));
    amp_json_text_of(js, "note", hospital->note);
    amp_view_time_of(js, "since", hospital->since_us);
    amp_json_text_of(js, "actor", hospital->actor);
    amp_json_bool_of(js, "disabled", hospital->disabled);
    amp_json_i64_of(js, "seq", (int64_t)hospital->changed_seq);
}

void amp_view_hospital(struct amp_json *js, const struct amp_hospital *hospital)
{
    amp_json_open(js, '{');
    amp_view_hospital_of(js, hospital);
    amp_json_close(js, '}');
}

static void points_view(struct amp_json *js, const struct amp_points *points)
{
    amp_json_key(js, "points");
    amp_json_open(js, '[');
    for (size_t i = 0; i < points->n; i++) {
        amp_json_put_point(js, points->point[i]);
    }
    amp_json_close(js, ']');
}

void amp_view_closure(struct amp_json *js, const struct amp_closure *closure)
{
    const struct amp_extent *extent = &closure->extent;
    amp_json_open(js, '{');
    id_of(js, "id", closure_text, closure->id.n);
    amp_json_text_of(js, "shape", amp_shape_name(extent->shape));
    amp_json_pos_of(js, extent->site);
    amp_json_i64_of(js, "radius_m", extent->radius_m);
    points_view(js, &extent->points);
    known_i64_of(js, "heading_deg", extent->heading_deg, extent->heading_deg >= 0);
    amp_json_i64_of(js, "time_percent", extent->time_percent);
    amp_json_text_of(js, "reason", closure->reason);
    amp_json_time_of(js, "made", closure->made_us);
    amp_json_text_of(js, "made_by", closure->made_by);
    amp_view_time_of(js, "until", closure->until_us);
    amp_view_time_of(js, "lifted", closure->lifted_us);
    amp_json_text_of(js, "lifted_by", closure->lifted_by);
    amp_json_i64_of(js, "seq", (int64_t)closure->changed_seq);
    amp_json_close(js, '}');
}
