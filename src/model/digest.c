/* The digest of the state: FNV-1a over every member in the order of the tables. */
#include "model/state.h"
#include <string.h>

static void mix(uint64_t *hash, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        *hash = (*hash ^ (value >> (8 * i) & 0xff)) * UINT64_C(0x100000001b3);
    }
}

static void mix_i(uint64_t *hash, int64_t value)
{
    mix(hash, (uint64_t)value);
}

static void mix_text(uint64_t *hash, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    mix(hash, text ? len + 1 : 0); /* none and empty differ */
    for (size_t i = 0; i < len; i++) {
        *hash = (*hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
    }
}

static void mix_pos(uint64_t *hash, struct amp_pos pos)
{
    mix_i(hash, pos.lat_e7);
    mix_i(hash, pos.lon_e7);
}

static void mix_where(uint64_t *hash, const struct amp_place_report *where)
{
    mix(hash, where->known);
    mix_pos(hash, where->pos);
    mix_i(hash, where->radius_m);
    mix_i(hash, where->confidence_pct);
    mix_i(hash, where->fix_us);
    mix_text(hash, where->source);
}

static void mix_entry(uint64_t *hash, const struct amp_entry *entry)
{
    mix(hash, entry->seq);
    mix_i(hash, entry->time_us);
    mix(hash, entry->kind);
    mix_text(hash, entry->actor);
    mix_text(hash, entry->unit);
    mix_text(hash, entry->text);
    mix(hash, entry->personal);
}

static void mix_link(uint64_t *hash, const struct amp_link *link)
{
    mix_text(hash, link->partner);
    mix_text(hash, link->tracking);
    mix(hash, link->as.n);
    mix(hash, link->outward);
    mix(hash, link->transfer);
    mix_i(hash, link->offer_us);
    mix_i(hash, link->changed_us);
    mix_text(hash, link->status);
    mix(hash, link->unit_n);
    for (size_t i = 0; i < link->unit_n; i++) {
        mix_text(hash, link->unit[i].name);
        mix(hash, link->unit[i].status);
        mix_i(hash, link->unit[i].since_us);
    }
    mix(hash, link->note_n);
    for (size_t i = 0; i < link->note_n; i++) {
        mix(hash, link->note[i]);
    }
}

static void mix_aid(uint64_t *hash, const struct amp_aid_request *request)
{
    mix(hash, request->lender.n);
    mix(hash, request->capabilities.n);
    for (size_t i = 0; i < request->capabilities.n; i++) {
        mix_text(hash, request->capabilities.word[i].ptr); /* owned copies are terminated */
    }
    mix_i(hash, request->count);
    mix(hash, request->state);
    mix_i(hash, request->asked_us);
    mix_i(hash, request->until_us);
    mix_i(hash, request->settled_us);
    mix(hash, request->asked_seq);
    mix(hash, request->settled_seq);
    mix_text(hash, request->actor);
    if (request->alarm_raised) { /* without as before there was that alarm */
        mix(hash, 1);
    }
}

static void mix_incident(uint64_t *hash, const struct amp_incident *incident)
{
    mix(hash, incident->id.n);
    mix(hash, incident->state);
    mix_i(hash, incident->opened_us);
    mix_i(hash, incident->changed_us);
    mix_i(hash, incident->closed_us);
    mix_i(hash, incident->state_us);
    mix(hash, incident->changed_seq);
    mix_text(hash, incident->type);
    mix_i(hash, incident->priority);
    mix_text(hash, incident->place);
    mix_where(hash, &incident->where);
    mix(hash, incident->into.n);
    mix_text(hash, incident->outcome);
    mix_i(hash, incident->reopened);
    if (incident->level > 1) { /* without it as before there were any */
        mix_i(hash, incident->level);
    }
    mix(hash, incident->slot_n);
    for (size_t i = 0; i < incident->slot_n; i++) {
        const struct amp_slot *slot = &incident->slot[i];
        mix(hash, slot->unit.n);
        mix_i(hash, slot->dispatched_us);
        mix_i(hash, slot->on_scene_us);
        mix_i(hash, slot->eta_s);
    }
    mix(hash, incident->call_n);
    for (size_t i = 0; i < incident->call_n; i++) {
        mix(hash, incident->call[i].n);
    }
    mix(hash, incident->entry_n);
    for (size_t i = 0; i < incident->entry_n; i++) {
        mix_entry(hash, &incident->entry[i]);
    }
    mix(hash, incident->nobody_raised);
    mix_text(hash, incident->alarm);
    mix_text(hash, incident->alarm_unit);
    mix_i(hash, incident->alarm_us);
    mix(hash, incident->merged_first.n);
    mix(hash, incident->next.n);
    mix(hash, incident->agency.n);
    mix(hash, incident->shared);
    mix(hash, incident->held);
    mix_i(hash, incident->erased_us);
    for (size_t i = 0; i < incident->link_n; i++) {
        mix_link(hash, &incident->link[i]);
    }
    for (size_t i = 0; i < incident->aid_n; i++) { /* without any as before there were any */
        mix_aid(hash, &incident->aid[i]);
    }
}

static void mix_call(uint64_t *hash, const struct amp_call *call)
{
    mix(hash, call->id.n);
    mix(hash, call->incident.n);
    mix(hash, call->state);
    mix_i(hash, call->received_us);
    mix_text(hash, call->number);
    mix_text(hash, call->name);
    mix_text(hash, call->words);
    mix_text(hash, call->device);
    if (call->ref || call->call_back) { /* without them as before there were any */
        mix_text(hash, call->ref);
        mix(hash, call->call_back);
    }
    if (call->sip_call || call->tracking) {
        mix_text(hash, call->sip_call);
        mix_text(hash, call->tracking);
    }
    mix_where(hash, &call->where);
    mix(hash, call->older_number.n);
    mix(hash, call->older_device.n);
}

static void mix_message(uint64_t *hash, const struct amp_sms *message)
{
    mix(hash, message->call.n);
    mix(hash, message->older);
    mix(hash, message->state);
    mix(hash, (uint64_t)message->part.ref << 16 | (uint64_t)message->part.total << 8 |
                  message->part.index);
    mix_i(hash, message->at_us);
    mix_i(hash, message->state_us);
    mix_text(hash, message->text);
    mix_text(hash, message->actor);
    mix_text(hash, message->label);
}

static void mix_invite(uint64_t *hash, const struct amp_invite *link)
{
    const uint64_t numbers[] = {link->call.n, link->incident.n, link->older,   link->state,
                                link->scope,  link->items,      link->message, link->medium,
                                link->media,  link->bytes};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        mix(hash, numbers[i]);
    }
    mix_i(hash, link->offered_us);
    mix_i(hash, link->until_us);
    mix_i(hash, link->state_us);
    mix_i(hash, link->shared_us);
    mix_text(hash, link->token);
    mix_text(hash, link->holder);
    mix_text(hash, link->actor);
    mix_text(hash, link->outcome);
}

static void mix_medium(uint64_t *hash, const struct amp_medium *medium)
{
    mix(hash, medium->link);
    mix(hash, medium->older);
    mix_i(hash, medium->at_us);
    mix_i(hash, medium->bytes);
    mix_text(hash, medium->type);
    mix_text(hash, medium->label);
    mix_text(hash, medium->digest);
    if (medium->unit.n) { /* a caller's: as before there were others */
        mix(hash, medium->incident.n);
        mix(hash, medium->unit.n);
        mix_i(hash, medium->taken_us);
        mix_text(hash, medium->actor);
    }
}

static void mix_unit(uint64_t *hash, const struct amp_unit *unit)
{
    mix(hash, unit->id.n);
    mix_text(hash, unit->call_sign);
    mix_text(hash, unit->kind);
    mix(hash, unit->capabilities.n);
    for (size_t i = 0; i < unit->capabilities.n; i++) {
        mix_text(hash, unit->capabilities.word[i].ptr); /* owned copies are terminated */
    }
    mix(hash, unit->station.n);
    mix(hash, unit->agency.n);
    mix_i(hash, unit->crew);
    mix(hash, unit->status);
    mix_i(hash, unit->since_us);
    mix_i(hash, unit->heard_us);
    mix(hash, unit->alarm_raised);
    mix(hash, unit->incident.n);
    mix_text(hash, unit->hospital);
    mix(hash, unit->changed_seq);
}

static void mix_extent(uint64_t *hash, const struct amp_extent *extent)
{
    mix(hash, extent->shape);
    mix_pos(hash, extent->site);
    mix_i(hash, extent->radius_m);
    mix(hash, extent->points.n);
    for (size_t i = 0; i < extent->points.n; i++) {
        mix_pos(hash, extent->points.point[i]);
    }
    mix_i(hash, extent->heading_deg);
    mix_i(hash, extent->time_percent);
}

static void mix_places(uint64_t *hash, const struct amp_state *state)
{
    mix(hash, state->station_n);
    for (size_t i = 0; i < state->station_n; i++) {
        mix(hash, state->station[i].id.n);
        mix_text(hash, state->station[i].code);
        mix_text(hash, state->station[i].label);
        mix_pos(hash, state->station[i].site);
    }
    mix(hash, state->closure_n);
    for (size_t i = 0; i < state->closure_n; i++) {
        const struct amp_closure *closure = &state->closure[i];
        mix(hash, closure->id.n);
        mix_extent(hash, &closure->extent);
        mix_text(hash, closure->reason);
        mix_i(hash, closure->made_us);
        mix_i(hash, closure->lifted_us);
        mix_i(hash, closure->until_us);
        mix_text(hash, closure->made_by);
        mix_text(hash, closure->lifted_by);
        mix(hash, closure->changed_seq);
    }
}

/* A state without any is what it was before there could be some. */
static void mix_hospitals(uint64_t *hash, const struct amp_state *state)
{
    for (size_t i = 0; i < state->hospital_n; i++) {
        const struct amp_hospital *hospital = &state->hospital[i];
        mix(hash, hospital->id.n);
        mix_text(hash, hospital->code);
        mix_text(hash, hospital->label);
        mix_pos(hash, hospital->site);
        mix(hash, hospital->capabilities.n);
        for (size_t k = 0; k < hospital->capabilities.n; k++) {
            mix_text(hash, hospital->capabilities.word[k].ptr);
        }
        mix(hash, hospital->traffic);
        mix_text(hash, hospital->note);
        mix_i(hash, hospital->since_us);
        mix_text(hash, hospital->actor);
        mix(hash, hospital->disabled);
        mix(hash, hospital->changed_seq);
    }
}

static void mix_people(uint64_t *hash, const struct amp_state *state)
{
    mix(hash, state->agency_n);
    for (size_t i = 0; i < state->agency_n; i++) {
        mix(hash, state->agency[i].id.n);
        mix_text(hash, state->agency[i].code);
        mix_text(hash, state->agency[i].label);
    }
    mix(hash, state->account_n);
    for (size_t i = 0; i < state->account_n; i++) {
        const struct amp_account *account = &state->account[i];
        mix(hash, account->id.n);
        mix_text(hash, account->name);
        mix(hash, account->role);
        mix(hash, account->agency.n);
        mix(hash, account->unit.n);
        mix(hash, account->disabled);
        mix(hash, account->password);
        mix(hash, account->totp);
        mix_i(hash, account->added_us);
        mix_i(hash, account->seen_us);
        mix_i(hash, account->failed_us);
        mix(hash, account->failed);
        mix(hash, account->changed_seq);
    }
    mix_text(hash, state->log_vkey);
}

/* Counts of nought are left out: a new kind of event changes no digest. */
static void mix_audit(uint64_t *hash, const struct amp_state *state)
{
    mix(hash, state->audit_n);
    for (size_t i = 0; i < state->audit_n; i++) {
        const struct amp_audit_day *day = &state->audit[i];
        mix_i(hash, day->day);
        mix(hash, day->first_seq);
        mix(hash, day->last_seq);
        for (uint64_t role = 0; role < AMP_ROLES; role++) {
            for (uint64_t kind = 0; kind < AMP_EV_COUNT; kind++) {
                if (day->count[role][kind]) {
                    mix(hash, kind << 8 | role);
                    mix(hash, day->count[role][kind]);
                }
            }
        }
    }
}

static void mix_keys(uint64_t *hash, const struct amp_state *state)
{
    uint64_t first = state->key_total > AMP_KEYS_KEPT ? state->key_total - AMP_KEYS_KEPT : 0;
    mix(hash, state->key_total);
    for (uint64_t i = first; i < state->key_total; i++) {
        const struct amp_key *key = &state->key[i % AMP_KEYS_KEPT];
        mix_text(hash, key->key);
        if (key->print) { /* a journal without any adds up to what it always did */
            mix(hash, key->print);
        }
        mix(hash, key->seq);
        mix(hash, key->incident.n);
        mix(hash, key->call.n);
        mix(hash, key->closure.n);
    }
}

static void mix_alert(uint64_t *hash, const struct amp_alert *alert)
{
    mix_text(hash, alert->reference);
    mix_text(hash, alert->source);
    mix(hash, alert->state);
    mix_i(hash, alert->received_us);
    mix_i(hash, alert->sent_us);
    mix_i(hash, alert->until_us);
    mix_i(hash, alert->ended_us);
    mix_text(hash, alert->document);
    if (alert->signature != NULL) { /* older ones have none, and their digest */
        mix_text(hash, alert->signature);
        mix_text(hash, alert->signed_by);
    }
}

static void mix_warning(uint64_t *hash, const struct amp_warning *warning)
{
    mix(hash, warning->state);
    mix(hash, warning->cancels);
    mix_text(hash, warning->reference);
    mix_text(hash, warning->drafted_by);
    mix_text(hash, warning->issued_by);
    mix_i(hash, warning->drafted_us);
    mix_i(hash, warning->issued_us);
    mix_i(hash, warning->until_us);
    mix_i(hash, warning->ended_us);
    mix_text(hash, warning->document);
}

uint64_t amp_state_digest(const struct amp_state *state)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    mix(&hash, state->seq);
    mix(&hash, state->incident_n);
    for (size_t i = 0; i < state->incident_n; i++) {
        mix_incident(&hash, &state->incident[i]);
    }
    mix(&hash, state->call_n);
    for (size_t i = 0; i < state->call_n; i++) {
        mix_call(&hash, &state->call[i]);
    }
    for (size_t i = 0; i < state->message_n; i++) {
        mix_message(&hash, &state->message[i]);
    }
    for (size_t i = 0; i < state->alert_n; i++) {
        mix_alert(&hash, &state->alert[i]);
    }
    for (size_t i = 0; i < state->warning_n; i++) {
        mix_warning(&hash, &state->warning[i]);
    }
    for (size_t i = 0; i < state->invite_n; i++) {
        mix_invite(&hash, &state->invite[i]);
    }
    for (size_t i = 0; i < state->medium_n; i++) {
        mix_medium(&hash, &state->medium[i]);
    }
    mix(&hash, state->unit_n);
    for (size_t i = 0; i < state->unit_n; i++) {
        mix_unit(&hash, &state->unit[i]);
    }
    mix(&hash, state->open_n);
    for (size_t i = 0; i < state->open_n; i++) {
        mix(&hash, state->open[i].n);
    }
    mix_places(&hash, state);
    mix_hospitals(&hash, state);
    mix_keys(&hash, state);
    mix_people(&hash, state);
    mix_audit(&hash, state);
    return hash;
}
