/* Snapshots: the writer. The order of the items here is the format (snapshot.h). */
#include "model/snapshot_form.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    PERSONAL_BIT = 0x80
};
_Static_assert((int)AMP_EV_COUNT <= (int)PERSONAL_BIT, "kind and personal share a byte");

struct out {
    uint8_t *data; /* the block; its first four bytes are its length */
    size_t len;
    uint32_t *ref; /* by number of the shared text: its number in the snapshot; 0 not used yet */
    uint32_t ref_n;
    amp_err (*put)(void *ctx, const void *data, size_t len);
    void *ctx;
    amp_err err;
};

static uint64_t names_mix(uint64_t hash, const char *name)
{
    for (; *name; name++) {
        hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    }
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

uint64_t amp_snapshot_fingerprint(void)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < AMP_EV_COUNT; i++) {
        hash = names_mix(hash, amp_event_rows[i].name);
    }
    for (int i = 0; i < AMP_FIELD_COUNT; i++) {
        hash = names_mix(hash, amp_field_rows[i].name);
    }
    for (int i = 0; i < AMP_ROLES; i++) {
        hash = names_mix(hash, amp_role_name((enum amp_role)i));
    }
    for (int i = 0; i < AMP_UNIT_STATUSES; i++) {
        hash = names_mix(hash, amp_unit_status_name((enum amp_unit_status)i));
    }
    for (int i = 0; i < AMP_INCIDENT_STATES; i++) {
        hash = names_mix(hash, amp_incident_state_name((enum amp_incident_state)i));
    }
    for (int i = 0; i < AMP_ALERT_STATES; i++) {
        hash = names_mix(hash, amp_alert_state_name((enum amp_alert_state)i));
    }
    for (int i = 0; i < AMP_WARNING_STATES; i++) {
        hash = names_mix(hash, amp_warning_state_name((enum amp_warning_state)i));
    }
    for (int i = 0; i < AMP_TRANSFERS; i++) {
        hash = names_mix(hash, amp_transfer_name((enum amp_transfer)i));
    }
    for (int i = 0; i < AMP_MESSAGE_STATES; i++) {
        hash = names_mix(hash, amp_message_state_name((enum amp_message_state)i));
    }
    for (int i = 0; i < AMP_AID_STATES; i++) {
        hash = names_mix(hash, amp_aid_state_name((enum amp_aid_state)i));
    }
    return hash;
}

/* ---- bytes ---- */

static void block_end(struct out *out)
{
    uint32_t len = (uint32_t)(out->len - 4);
    for (unsigned i = 0; i < 4; i++) {
        out->data[i] = (uint8_t)(len >> (8 * i));
    }
    if (!out->err) {
        out->err = out->put(out->ctx, out->data, out->len);
    }
    out->len = 4;
}

/* Between items. */
static void mark(struct out *out)
{
    if (out->len >= AMP_SNAPSHOT_BLOCK) {
        block_end(out);
    }
}

static void bytes(struct out *out, const void *data, size_t len)
{
    assert(len <= AMP_SNAPSHOT_PIECE - out->len);
    memcpy(out->data + out->len, data, len);
    out->len += len;
}

static void uint_put(struct out *out, uint64_t value)
{
    assert(AMP_SNAPSHOT_PIECE - out->len >= 10);
    uint8_t *at = out->data + out->len;
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    out->len = (size_t)(at - out->data);
}

static void int_put(struct out *out, int64_t value)
{
    uint_put(out, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

static void own_put(struct out *out, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    uint_put(out, text ? len + 1 : 0);
    bytes(out, text ? text : "", len);
}

static void shared_put(struct out *out, const char *text)
{
    if (!text) {
        uint_put(out, 0);
        return;
    }
    uint32_t *ref = &out->ref[amp_texts_number(text)];
    if (*ref) {
        uint_put(out, *ref);
        return;
    }
    size_t len = strlen(text);
    *ref = ++out->ref_n;
    uint_put(out, *ref);
    uint_put(out, len);
    bytes(out, text, len);
}

static void pos_put(struct out *out, struct amp_pos pos)
{
    int_put(out, pos.lat_e7);
    int_put(out, pos.lon_e7);
}

static void where_put(struct out *out, const struct amp_place_report *where)
{
    uint_put(out, where->known);
    if (where->known) {
        pos_put(out, where->pos);
        int_put(out, where->radius_m);
        int_put(out, where->confidence_pct);
        int_put(out, where->fix_us);
        shared_put(out, where->source);
    }
}

/* ---- items ---- */

static void head_write(struct out *out, const struct amp_state *state)
{
    uint64_t print = amp_snapshot_fingerprint();
    const size_t counts[] = {
        state->agency_n, state->station_n,  state->unit_n,     state->account_n,
        state->call_n,   state->incident_n, state->open_n,     state->closure_n,
        state->audit_n,  state->message_n,  state->hospital_n, state->alert_n,
        state->invite_n, state->medium_n,   state->warning_n,  state->tracked_n};
    bytes(out, AMP_SNAPSHOT_MAGIC, AMP_SNAPSHOT_HEAD);
    for (unsigned i = 0; i < 8; i++) {
        uint8_t byte = (uint8_t)(print >> (8 * i));
        bytes(out, &byte, 1);
    }
    uint_put(out, state->seq);
    shared_put(out, state->log_vkey);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        uint_put(out, counts[i]);
    }
    uint_put(out, state->key_total);
    mark(out);
}

static void unit_write(struct out *out, const struct amp_unit *unit)
{
    shared_put(out, unit->call_sign);
    shared_put(out, unit->kind);
    uint_put(out, unit->capabilities.n);
    for (size_t i = 0; i < unit->capabilities.n; i++) {
        shared_put(out, unit->capabilities.word[i].ptr);
    }
    uint_put(out, unit->station.n);
    uint_put(out, unit->agency.n);
    int_put(out, unit->crew);
    uint_put(out, unit->status);
    int_put(out, unit->since_us);
    int_put(out, unit->heard_us);
    uint_put(out, unit->alarm_raised);
    uint_put(out, unit->incident.n);
    own_put(out, unit->hospital);
    uint_put(out, unit->changed_seq);
    mark(out);
}

static void account_write(struct out *out, const struct amp_account *account)
{
    shared_put(out, account->name);
    uint_put(out, account->role);
    uint_put(out, account->agency.n);
    uint_put(out, account->unit.n);
    uint_put(out, (uint64_t)account->disabled | (uint64_t)account->password << 1 |
                      (uint64_t)account->totp << 2);
    int_put(out, account->added_us);
    int_put(out, account->seen_us);
    int_put(out, account->failed_us);
    uint_put(out, account->failed);
    uint_put(out, account->changed_seq);
    mark(out);
}

static void call_write(struct out *out, const struct amp_call *call)
{
    uint_put(out, call->state);
    int_put(out, call->received_us);
    own_put(out, call->number);
    own_put(out, call->name);
    own_put(out, call->words);
    own_put(out, call->device);
    own_put(out, call->ref);
    own_put(out, call->sip_call);
    shared_put(out, call->tracking);
    uint_put(out, call->call_back);
    where_put(out, &call->where);
    mark(out);
}

static void message_write(struct out *out, const struct amp_sms *message)
{
    uint_put(out, message->call.n);
    uint_put(out, message->state);
    uint_put(out, message->part.ref);
    uint_put(out, message->part.total);
    uint_put(out, message->part.index);
    int_put(out, message->at_us);
    int_put(out, message->state_us);
    own_put(out, message->text);
    shared_put(out, message->actor);
    shared_put(out, message->label);
    mark(out);
}

static void alert_write(struct out *out, const struct amp_alert *alert)
{
    shared_put(out, alert->reference);
    shared_put(out, alert->source);
    uint_put(out, alert->state);
    int_put(out, alert->received_us);
    int_put(out, alert->sent_us);
    int_put(out, alert->until_us);
    int_put(out, alert->ended_us);
    shared_put(out, alert->signature);
    shared_put(out, alert->signed_by);
    own_put(out, alert->document);
    mark(out);
}

static void warning_write(struct out *out, const struct amp_warning *warning)
{
    uint_put(out, warning->state);
    uint_put(out, warning->cancels);
    shared_put(out, warning->reference);
    shared_put(out, warning->drafted_by);
    shared_put(out, warning->issued_by);
    int_put(out, warning->drafted_us);
    int_put(out, warning->issued_us);
    int_put(out, warning->until_us);
    int_put(out, warning->ended_us);
    own_put(out, warning->document);
    mark(out);
}

static void incident_head(struct out *out, const struct amp_incident *incident)
{
    uint_put(out, incident->state);
    int_put(out, incident->opened_us);
    int_put(out, incident->changed_us);
    int_put(out, incident->closed_us);
    int_put(out, incident->state_us);
    uint_put(out, incident->changed_seq);
    shared_put(out, incident->type);
    int_put(out, incident->priority);
    int_put(out, incident->level);
    own_put(out, incident->place);
    where_put(out, &incident->where);
    uint_put(out, incident->into.n);
    shared_put(out, incident->outcome);
    int_put(out, incident->reopened);
    uint_put(out, (uint64_t)incident->nobody_raised | (uint64_t)incident->held << 1);
    shared_put(out, incident->alarm);
    shared_put(out, incident->alarm_unit);
    int_put(out, incident->alarm_us);
    uint_put(out, incident->agency.n);
    uint_put(out, incident->shared);
    int_put(out, incident->erased_us);
    uint_put(out, incident->link_n);
    uint_put(out, incident->aid_n);
    uint_put(out, incident->slot_n);
    uint_put(out, incident->call_n);
    uint_put(out, incident->entry_n);
    mark(out);
}

static void link_write(struct out *out, const struct amp_link *link)
{
    shared_put(out, link->partner);
    shared_put(out, link->tracking);
    uint_put(out, link->as.n);
    uint_put(out, (uint64_t)link->transfer << 1 | (uint64_t)link->outward);
    int_put(out, link->offer_us);
    int_put(out, link->changed_us);
    shared_put(out, link->status);
    uint_put(out, link->unit_n);
    uint_put(out, link->note_n);
    mark(out);
    for (size_t i = 0; i < link->unit_n; i++) {
        shared_put(out, link->unit[i].name);
        uint_put(out, link->unit[i].status);
        int_put(out, link->unit[i].since_us);
        mark(out);
    }
    uint64_t last = 0;
    for (size_t i = 0; i < link->note_n; i++) {
        uint_put(out, link->note[i] - last);
        last = link->note[i];
        mark(out);
    }
}

static void aid_write(struct out *out, const struct amp_aid_request *request)
{
    uint_put(out, request->lender.n);
    uint_put(out, request->capabilities.n);
    for (size_t i = 0; i < request->capabilities.n; i++) {
        shared_put(out, request->capabilities.word[i].ptr);
    }
    int_put(out, request->count);
    uint_put(out, request->alarm_raised ? AMP_AID_STATES : request->state);
    int_put(out, request->asked_us);
    int_put(out, request->until_us);
    int_put(out, request->settled_us);
    uint_put(out, request->asked_seq);
    uint_put(out, request->settled_seq);
    shared_put(out, request->actor);
    mark(out);
}

static void incident_write(struct out *out, const struct amp_incident *incident)
{
    incident_head(out, incident);
    for (size_t i = 0; i < incident->link_n; i++) {
        link_write(out, &incident->link[i]);
    }
    for (size_t i = 0; i < incident->aid_n; i++) {
        aid_write(out, &incident->aid[i]);
    }
    for (size_t i = 0; i < incident->slot_n; i++) {
        const struct amp_slot *slot = &incident->slot[i];
        uint_put(out, slot->unit.n);
        int_put(out, slot->dispatched_us);
        int_put(out, slot->on_scene_us);
        int_put(out, slot->eta_s);
        mark(out);
    }
    for (size_t i = 0; i < incident->call_n; i++) {
        uint_put(out, incident->call[i].n);
        mark(out);
    }
    uint64_t seq = 0;
    int64_t time_us = incident->opened_us;
    for (size_t i = 0; i < incident->entry_n; i++) {
        const struct amp_entry *entry = &incident->entry[i];
        uint_put(out, (uint64_t)entry->kind | (entry->personal ? PERSONAL_BIT : 0));
        uint_put(out, entry->seq - seq);
        int_put(out, entry->time_us - time_us);
        shared_put(out, entry->actor);
        shared_put(out, entry->unit);
        if (entry->personal) {
            own_put(out, entry->text);
        } else {
            shared_put(out, entry->text);
        }
        seq = entry->seq;
        time_us = entry->time_us;
        mark(out);
    }
}

/* Of the points, each as its distance to the one before; the first to the site. */
static void extent_put(struct out *out, const struct amp_extent *extent)
{
    uint_put(out, extent->shape);
    pos_put(out, extent->site);
    int_put(out, extent->radius_m);
    int_put(out, extent->heading_deg);
    uint_put(out, (uint64_t)extent->time_percent);
    uint_put(out, extent->points.n);
    struct amp_pos last = extent->site;
    for (size_t i = 0; i < extent->points.n; i++) {
        struct amp_pos point = extent->points.point[i];
        int_put(out, (int64_t)point.lat_e7 - last.lat_e7);
        int_put(out, (int64_t)point.lon_e7 - last.lon_e7);
        last = point;
    }
}

static void closure_write(struct out *out, const struct amp_closure *closure)
{
    extent_put(out, &closure->extent);
    own_put(out, closure->reason);
    int_put(out, closure->made_us);
    int_put(out, closure->lifted_us);
    int_put(out, closure->until_us);
    shared_put(out, closure->made_by);
    shared_put(out, closure->lifted_by);
    uint_put(out, closure->changed_seq);
    mark(out);
}

static void key_write(struct out *out, const struct amp_key *key)
{
    own_put(out, key->key);
    uint_put(out, key->print);
    uint_put(out, key->seq);
    uint_put(out, key->incident.n);
    uint_put(out, key->call.n);
    uint_put(out, key->closure.n);
    mark(out);
}

/* Counts that are not nought: how many, then the distance to each cell and its count. */
static void day_write(struct out *out, const struct amp_audit_day *day)
{
    const uint32_t *count = &day->count[0][0];
    uint64_t cells = 0;
    unsigned last = 0;
    for (unsigned i = 0; i < AMP_ROLES * AMP_EV_COUNT; i++) {
        cells += count[i] != 0;
    }
    int_put(out, day->day);
    uint_put(out, day->first_seq);
    uint_put(out, day->last_seq);
    uint_put(out, cells);
    for (unsigned i = 0; i < AMP_ROLES * AMP_EV_COUNT; i++) {
        if (count[i]) {
            uint_put(out, i - last);
            uint_put(out, count[i]);
            last = i;
        }
    }
    mark(out);
}

static void places_write(struct out *out, const struct amp_state *state)
{
    for (size_t i = 0; i < state->agency_n; i++) {
        shared_put(out, state->agency[i].code);
        shared_put(out, state->agency[i].label);
        mark(out);
    }
    for (size_t i = 0; i < state->station_n; i++) {
        shared_put(out, state->station[i].code);
        shared_put(out, state->station[i].label);
        pos_put(out, state->station[i].site);
        mark(out);
    }
}

static void hospital_write(struct out *out, const struct amp_hospital *hospital)
{
    shared_put(out, hospital->code);
    shared_put(out, hospital->label);
    pos_put(out, hospital->site);
    uint_put(out, hospital->capabilities.n);
    for (size_t i = 0; i < hospital->capabilities.n; i++) {
        shared_put(out, hospital->capabilities.word[i].ptr);
    }
    uint_put(out, hospital->traffic);
    own_put(out, hospital->note);
    int_put(out, hospital->since_us);
    shared_put(out, hospital->actor);
    uint_put(out, hospital->disabled);
    uint_put(out, hospital->changed_seq);
    mark(out);
}

static void invite_write(struct out *out, const struct amp_invite *link)
{
    uint_put(out, link->call.n);
    uint_put(out, link->incident.n);
    uint_put(out, link->state);
    uint_put(out, link->scope);
    int_put(out, link->offered_us);
    int_put(out, link->until_us);
    int_put(out, link->state_us);
    int_put(out, link->shared_us);
    uint_put(out, link->items);
    uint_put(out, link->message);
    shared_put(out, link->token);
    shared_put(out, link->holder);
    shared_put(out, link->actor);
    shared_put(out, link->outcome);
    mark(out);
}

static void medium_write(struct out *out, const struct amp_medium *medium)
{
    uint_put(out, medium->link);
    if (!medium->link) {
        uint_put(out, medium->incident.n);
        uint_put(out, medium->unit.n);
        int_put(out, medium->taken_us);
        shared_put(out, medium->actor);
    }
    int_put(out, medium->at_us);
    uint_put(out, (uint64_t)medium->bytes);
    shared_put(out, medium->type);
    shared_put(out, medium->label);
    own_put(out, medium->digest);
    mark(out);
}

static void tables_write(struct out *out, const struct amp_state *state)
{
    places_write(out, state);
    for (size_t i = 0; i < state->unit_n; i++) {
        unit_write(out, &state->unit[i]);
    }
    for (size_t i = 0; i < state->account_n; i++) {
        account_write(out, &state->account[i]);
    }
    for (size_t i = 0; i < state->call_n; i++) {
        call_write(out, &state->call[i]);
    }
    for (size_t i = 0; i < state->message_n; i++) {
        message_write(out, &state->message[i]);
    }
    for (size_t i = 0; i < state->alert_n; i++) {
        alert_write(out, &state->alert[i]);
    }
    for (size_t i = 0; i < state->warning_n; i++) {
        warning_write(out, &state->warning[i]);
    }
    for (size_t i = 0; i < state->incident_n; i++) {
        incident_write(out, &state->incident[i]);
    }
    for (size_t i = 0; i < state->open_n; i++) {
        uint_put(out, state->open[i].n);
        mark(out);
    }
    for (size_t i = 0; i < state->closure_n; i++) {
        closure_write(out, &state->closure[i]);
    }
    uint64_t first = state->key_total > AMP_KEYS_KEPT ? state->key_total - AMP_KEYS_KEPT : 0;
    for (uint64_t i = first; i < state->key_total; i++) {
        key_write(out, &state->key[i % AMP_KEYS_KEPT]);
    }
    for (size_t i = 0; i < state->audit_n; i++) {
        day_write(out, &state->audit[i]);
    }
    for (size_t i = 0; i < state->hospital_n; i++) {
        hospital_write(out, &state->hospital[i]);
    }
    for (size_t i = 0; i < state->invite_n; i++) {
        invite_write(out, &state->invite[i]);
    }
    for (size_t i = 0; i < state->medium_n; i++) {
        medium_write(out, &state->medium[i]);
    }
    for (size_t i = 0; i < state->tracked_n; i++) {
        shared_put(out, state->tracked[i].name);
        uint_put(out, state->tracked[i].incident.n);
        mark(out);
    }
}

amp_err amp_snapshot_write(const struct amp_state *state,
                           amp_err (*put)(void *ctx, const void *data, size_t len), void *ctx)
{
    struct out out = {.put = put, .ctx = ctx, .len = 4};
    out.data = malloc(AMP_SNAPSHOT_PIECE);
    out.ref = calloc((size_t)amp_texts_shared_count(state->texts) + 1, sizeof(*out.ref));
    if (out.data && out.ref) {
        head_write(&out, state);
        tables_write(&out, state);
        if (out.len > 4) {
            block_end(&out);
        }
        block_end(&out);
        amp_wipe(out.data, AMP_SNAPSHOT_PIECE);
    } else {
        out.err = AMP_E_NOMEM;
    }
    free(out.data);
    free(out.ref);
    return out.err;
}
