/* The state: making, freeing and reading it. Only amp_apply changes it. */
#include "model/state.h"
#include "base/timefmt.h"
#include "model/index.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

amp_err amp_state_init(struct amp_state *state)
{
    struct amp_index *index = NULL;
    struct amp_texts *texts = NULL;
    amp_err err = amp_index_create(&index);
    err = err ? err : amp_texts_create(&texts);
    if (err) {
        amp_index_destroy(index);
        return err;
    }
    *state = (struct amp_state){.by_name = index, .texts = texts};
    return AMP_OK;
}

void amp_state_finish(struct amp_state *state)
{
    for (size_t i = 0; i < state->incident_n; i++) {
        free(state->incident[i].entry);
        free(state->incident[i].slot);
        free(state->incident[i].call);
        for (size_t k = 0; k < state->incident[i].link_n; k++) {
            amp_link_finish(&state->incident[i].link[k]);
        }
        free(state->incident[i].link);
        free(state->incident[i].aid);
    }
    for (size_t i = 0; i < state->closure_n; i++) {
        amp_points_free(&state->closure[i].extent.points);
    }
    free(state->incident);
    free(state->call);
    free(state->message);
    free(state->alert);
    free(state->alert_live);
    free(state->warning);
    free(state->warning_live);
    free(state->invite);
    free(state->medium);
    free(state->tracked);
    free(state->unit);
    free(state->station);
    free(state->hospital);
    free(state->closure);
    free(state->in_force);
    free(state->open);
    free(state->key);
    free(state->agency);
    free(state->account);
    free(state->audit);
    amp_index_destroy(state->by_name);
    amp_texts_destroy(state->texts);
    *state = (struct amp_state){0};
}

size_t amp_state_bytes(const struct amp_state *state)
{
    size_t bytes =
        state->incident_cap * sizeof(*state->incident) + state->call_cap * sizeof(*state->call) +
        state->unit_cap * sizeof(*state->unit) + state->station_cap * sizeof(*state->station) +
        state->hospital_cap * sizeof(*state->hospital) +
        state->closure_cap * sizeof(*state->closure) + state->open_cap * sizeof(*state->open) +
        state->key_cap * sizeof(*state->key) + state->agency_cap * sizeof(*state->agency) +
        state->account_cap * sizeof(*state->account) + state->audit_cap * sizeof(*state->audit) +
        state->in_force_cap * sizeof(*state->in_force) +
        state->message_cap * sizeof(*state->message) + state->alert_cap * sizeof(*state->alert) +
        state->alert_live_cap * sizeof(*state->alert_live) +
        state->warning_cap * sizeof(*state->warning) +
        state->warning_live_cap * sizeof(*state->warning_live) +
        state->invite_cap * sizeof(*state->invite) + state->medium_cap * sizeof(*state->medium) +
        state->tracked_cap * sizeof(*state->tracked);
    for (size_t i = 0; i < state->incident_n; i++) {
        const struct amp_incident *incident = &state->incident[i];
        bytes += incident->entry_cap * sizeof(*incident->entry) +
                 incident->slot_cap * sizeof(*incident->slot) +
                 incident->call_cap * sizeof(*incident->call) +
                 incident->aid_cap * sizeof(*incident->aid);
    }
    for (size_t i = 0; i < state->closure_n; i++) {
        bytes += state->closure[i].extent.points.n * sizeof(struct amp_pos);
    }
    return bytes + amp_index_bytes(state->by_name) + amp_texts_bytes(state->texts);
}

const struct amp_incident *amp_state_incident(const struct amp_state *state,
                                              struct amp_incident_id id)
{
    return id.n >= 1 && id.n <= state->incident_n ? &state->incident[id.n - 1] : NULL;
}

const struct amp_call *amp_state_call(const struct amp_state *state, struct amp_call_id id)
{
    return id.n >= 1 && id.n <= state->call_n ? &state->call[id.n - 1] : NULL;
}

const struct amp_unit *amp_state_unit_at(const struct amp_state *state, struct amp_unit_id id)
{
    return id.n >= 1 && id.n <= state->unit_n ? &state->unit[id.n - 1] : NULL;
}

const struct amp_unit *amp_state_unit(const struct amp_state *state, struct amp_str call_sign)
{
    uint64_t n = 0;
    if (!amp_index_get(state->by_name, AMP_SPACE_UNIT, call_sign, &n)) {
        return NULL;
    }
    return amp_state_unit_at(state, (struct amp_unit_id){(uint32_t)n});
}

const struct amp_hospital *amp_state_hospital(const struct amp_state *state, struct amp_str code)
{
    uint64_t n = 0;
    if (!amp_index_get(state->by_name, AMP_SPACE_FACILITY, code, &n)) {
        return NULL;
    }
    return &state->hospital[n - 1];
}

const struct amp_station *amp_state_station_at(const struct amp_state *state,
                                               struct amp_station_id id)
{
    return id.n >= 1 && id.n <= state->station_n ? &state->station[id.n - 1] : NULL;
}

const struct amp_station *amp_state_station(const struct amp_state *state, struct amp_str code)
{
    uint64_t n = 0;
    if (!amp_index_get(state->by_name, AMP_SPACE_STATION, code, &n)) {
        return NULL;
    }
    return amp_state_station_at(state, (struct amp_station_id){(uint32_t)n});
}

const struct amp_closure *amp_state_closure(const struct amp_state *state, struct amp_closure_id id)
{
    return id.n >= 1 && id.n <= state->closure_n ? &state->closure[id.n - 1] : NULL;
}

/* Where it stands among those in force, or would. */
static size_t in_force_at(const struct amp_state *state, struct amp_closure_id id)
{
    size_t at = state->in_force_n;
    while (at > 0 && state->in_force[at - 1].n >= id.n) {
        at--;
    }
    return at;
}

void amp_in_force_put(struct amp_state *state, struct amp_closure_id id)
{
    size_t at = in_force_at(state, id);
    assert(state->in_force_n < state->in_force_cap);
    memmove(&state->in_force[at + 1], &state->in_force[at],
            (state->in_force_n - at) * sizeof(*state->in_force));
    state->in_force[at] = id;
    state->in_force_n++;
}

void amp_in_force_remove(struct amp_state *state, struct amp_closure_id id)
{
    size_t at = in_force_at(state, id);
    assert(at < state->in_force_n && state->in_force[at].n == id.n);
    state->in_force_n--;
    memmove(&state->in_force[at], &state->in_force[at + 1],
            (state->in_force_n - at) * sizeof(*state->in_force));
}

const struct amp_agency *amp_state_agency_at(const struct amp_state *state, struct amp_agency_id id)
{
    return id.n >= 1 && id.n <= state->agency_n ? &state->agency[id.n - 1] : NULL;
}

const struct amp_agency *amp_state_agency(const struct amp_state *state, struct amp_str code)
{
    uint64_t n = 0;
    if (!amp_index_get(state->by_name, AMP_SPACE_AGENCY, code, &n)) {
        return NULL;
    }
    return amp_state_agency_at(state, (struct amp_agency_id){(uint32_t)n});
}

const struct amp_account *amp_state_account_at(const struct amp_state *state,
                                               struct amp_account_id id)
{
    return id.n >= 1 && id.n <= state->account_n ? &state->account[id.n - 1] : NULL;
}

const struct amp_account *amp_state_account(const struct amp_state *state, struct amp_str name)
{
    uint64_t n = 0;
    if (!amp_index_get(state->by_name, AMP_SPACE_ACCOUNT, name, &n)) {
        return NULL;
    }
    return amp_state_account_at(state, (struct amp_account_id){(uint32_t)n});
}

uint64_t amp_incident_agencies(const struct amp_state *state, const struct amp_incident *incident)
{
    if (!incident->agency.n) {
        return UINT64_MAX;
    }
    uint64_t mask = incident->shared | UINT64_C(1) << incident->agency.n;
    for (size_t i = 0; i < incident->slot_n; i++) {
        const struct amp_unit *unit = amp_state_unit_at(state, incident->slot[i].unit);
        mask |= unit && unit->agency.n ? UINT64_C(1) << unit->agency.n : 0;
    }
    return mask;
}

uint64_t amp_unit_agencies(const struct amp_state *state, const struct amp_unit *unit)
{
    if (!unit->agency.n) {
        return UINT64_MAX;
    }
    const struct amp_incident *incident = amp_state_incident(state, unit->incident);
    return UINT64_C(1) << unit->agency.n | (incident ? amp_incident_agencies(state, incident) : 0);
}

/* Down to the first that was merged into it, else along, else back up and along. */
struct amp_incident_id amp_merged_next(const struct amp_state *state, struct amp_incident_id root,
                                       struct amp_incident_id at)
{
    const struct amp_incident *incident = amp_state_incident(state, at);
    if (incident && incident->merged_first.n) {
        return incident->merged_first;
    }
    while (incident && incident->id.n != root.n) {
        if (incident->next.n) {
            return incident->next;
        }
        incident = amp_state_incident(state, incident->into);
    }
    return (struct amp_incident_id){0};
}

void amp_merged_put(struct amp_state *state, struct amp_incident *from)
{
    struct amp_incident_id *link = &state->incident[from->into.n - 1].merged_first;
    while (link->n > from->id.n) {
        link = &state->incident[link->n - 1].next;
    }
    from->next = *link;
    *link = from->id;
}

enum amp_incident_state amp_incident_state_due(const struct amp_incident *incident)
{
    for (size_t i = 0; i < incident->slot_n; i++) {
        if (incident->slot[i].on_scene_us) {
            return AMP_INCIDENT_ON_SCENE;
        }
    }
    if (incident->slot_n) {
        return AMP_INCIDENT_DISPATCHED;
    }
    return incident->type && incident->priority ? AMP_INCIDENT_TRIAGED : AMP_INCIDENT_NEW;
}

size_t amp_incident_erases(const struct amp_state *state, struct amp_incident_id id,
                           struct amp_incident_id *out, size_t cap)
{
    size_t n = 0;
    struct amp_incident_id at = amp_state_incident(state, id) ? id : (struct amp_incident_id){0};
    for (; at.n; at = amp_merged_next(state, id, at)) {
        if (n < cap) {
            out[n] = at;
        }
        n++;
    }
    return n;
}

int64_t amp_audit_day_of(int64_t time_us)
{
    const int64_t day_us = INT64_C(86400) * AMP_US_PER_S;
    int64_t day = time_us / day_us;
    return time_us % day_us < 0 ? day - 1 : day;
}

const struct amp_audit_day *amp_state_audit(const struct amp_state *state, int64_t day)
{
    size_t low = 0;
    size_t high = state->audit_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (state->audit[middle].day < day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < state->audit_n && state->audit[low].day == day ? &state->audit[low] : NULL;
}

static bool is_number(struct amp_str text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool digit = c >= '0' && c <= '9';
        if (!digit && (c == '\0' || strchr(digits > 0 ? " -./()" : "+ -./()", c) == NULL)) {
            return false;
        }
        digits += digit;
    }
    return digits > 0;
}

void amp_number_plain(struct amp_str number, char out[AMP_LINE_MAX + 1])
{
    size_t n = 0;
    out[0] = '\0';
    if (number.len > AMP_LINE_MAX || !is_number(number)) {
        return;
    }
    for (size_t i = 0; i < number.len; i++) {
        char c = number.ptr[i];
        if ((c >= '0' && c <= '9') || (c == '+' && n == 0)) {
            out[n++] = c;
        }
    }
    if (n > 2 && out[0] == '0' && out[1] == '0') { /* as one dials "+" */
        out[0] = '+';
        memmove(out + 1, out + 2, n - 2);
        n--;
    }
    out[n] = '\0';
}

/* Whether somebody may still be on the line for it: a closed incident waits for nobody's place. */
static bool call_is_live(const struct amp_state *state, const struct amp_call *call)
{
    const struct amp_incident *incident = amp_state_incident(state, call->incident);
    return !amp_call_is_over(call->state) && incident != NULL &&
           incident->state != AMP_INCIDENT_CLOSED;
}

/* A phone goes on to say where it is for a while after its caller hung up. */
static bool call_is_late(const struct amp_state *state, const struct amp_call *call,
                         int64_t since_us)
{
    const struct amp_incident *incident = amp_state_incident(state, call->incident);
    return call->received_us >= since_us && incident != NULL && !incident->erased_us &&
           incident->state != AMP_INCIDENT_CLOSED;
}

/* The newest call of a chain that is still open, or came in since then. A chain runs from new to
 * old, so it ends. */
static const struct amp_call *open_call_from(const struct amp_state *state, enum amp_space space,
                                             struct amp_str name, int64_t since_us)
{
    uint64_t n = 0;
    if (!amp_index_get(state->by_name, space, name, &n)) {
        return NULL;
    }
    const struct amp_call *call = amp_state_call(state, (struct amp_call_id){(uint32_t)n});
    while (call && !call_is_live(state, call) && !call_is_late(state, call, since_us)) {
        call = amp_state_call(state,
                              space == AMP_SPACE_NUMBER ? call->older_number : call->older_device);
    }
    return call;
}

const struct amp_call *amp_state_call_ref(const struct amp_state *state, struct amp_str ref)
{
    size_t first = state->call_n > AMP_CALLS_FOLLOWED ? state->call_n - AMP_CALLS_FOLLOWED : 0;
    for (size_t i = state->call_n; ref.len > 0 && i-- > first;) {
        const struct amp_call *call = &state->call[i];
        if ((call->ref != NULL && amp_str_is(ref, call->ref)) ||
            (call->sip_call != NULL && amp_str_is(ref, call->sip_call))) {
            return call;
        }
    }
    return NULL;
}

const struct amp_call *amp_state_call_from(const struct amp_state *state, struct amp_str number)
{
    return amp_state_call_since(state, number, INT64_MAX);
}

const struct amp_call *amp_state_call_since(const struct amp_state *state, struct amp_str number,
                                            int64_t since_us)
{
    char plain[AMP_LINE_MAX + 1];
    amp_number_plain(number, plain);
    const struct amp_call *by_number =
        plain[0] ? open_call_from(state, AMP_SPACE_NUMBER, amp_str_of(plain), since_us) : NULL;
    const struct amp_call *by_device = open_call_from(state, AMP_SPACE_DEVICE, number, since_us);
    if (!by_number || (by_device && by_device->id.n > by_number->id.n)) {
        return by_device;
    }
    return by_number;
}

void amp_state_track(struct amp_state *state, const char *name, struct amp_incident_id incident)
{
    uint64_t n = 0;
    if (amp_index_get(state->by_name, AMP_SPACE_TRACKING, amp_str_of(name), &n)) {
        state->tracked[n - 1].incident = incident;
        return;
    }
    state->tracked[state->tracked_n++] = (struct amp_tracked){name, incident};
    (void)amp_index_put(state->by_name, AMP_SPACE_TRACKING, name, state->tracked_n);
}

const struct amp_incident *amp_state_tracked(const struct amp_state *state, struct amp_str tracking)
{
    uint64_t n = 0;
    if (!amp_index_get(state->by_name, AMP_SPACE_TRACKING, tracking, &n)) {
        return NULL;
    }
    const struct amp_incident *incident = amp_state_incident(state, state->tracked[n - 1].incident);
    while (incident && incident->into.n) { /* a chain without circles: merging wants an open one */
        incident = amp_state_incident(state, incident->into);
    }
    return incident;
}

const struct amp_alert *amp_state_alert(const struct amp_state *state, struct amp_str reference)
{
    uint64_t n = 0;
    return amp_index_get(state->by_name, AMP_SPACE_ALERT, reference, &n) ? &state->alert[n - 1]
                                                                         : NULL;
}

const struct amp_warning *amp_state_warning(const struct amp_state *state, int64_t n)
{
    return n > 0 && (uint64_t)n <= state->warning_n ? &state->warning[n - 1] : NULL;
}

const struct amp_link *amp_incident_link(const struct amp_incident *incident,
                                         struct amp_str partner)
{
    for (size_t i = 0; i < incident->link_n; i++) {
        if (amp_str_is(partner, incident->link[i].partner)) {
            return &incident->link[i];
        }
    }
    return NULL;
}

const struct amp_sms *amp_state_message(const struct amp_state *state, int64_t n)
{
    return n >= 1 && (uint64_t)n <= state->message_n ? &state->message[n - 1] : NULL;
}

static bool call_is_joined(const struct amp_state *state, const struct amp_call *call,
                           int64_t since_us, uint64_t agencies)
{
    const struct amp_incident *incident = amp_state_incident(state, call->incident);
    const struct amp_sms *last = amp_state_message(state, call->message);
    int64_t spoke_us = last && last->at_us > call->received_us ? last->at_us : call->received_us;
    return incident && incident->state != AMP_INCIDENT_CLOSED && spoke_us >= since_us &&
           incident->entry_n < AMP_ENTRIES_MAX &&
           (amp_incident_agencies(state, incident) & agencies) != 0;
}

const struct amp_call *amp_state_call_lately(const struct amp_state *state, struct amp_str number,
                                             int64_t since_us, uint64_t agencies)
{
    char plain[AMP_LINE_MAX + 1];
    uint64_t n = 0;
    amp_number_plain(number, plain);
    if (!plain[0] || !amp_index_get(state->by_name, AMP_SPACE_NUMBER, amp_str_of(plain), &n)) {
        return NULL;
    }
    const struct amp_call *call = amp_state_call(state, (struct amp_call_id){(uint32_t)n});
    while (call && !call_is_joined(state, call, since_us, agencies)) {
        call = amp_state_call(state, call->older_number);
    }
    return call;
}

const struct amp_invite *amp_state_link(const struct amp_state *state, int64_t n)
{
    return n >= 1 && (uint64_t)n <= state->invite_n ? &state->invite[n - 1] : NULL;
}

const struct amp_invite *amp_state_link_by(const struct amp_state *state, struct amp_str token)
{
    uint64_t n = 0;
    if (!amp_index_get(state->by_name, AMP_SPACE_LINK, token, &n)) {
        return NULL;
    }
    return &state->invite[n - 1];
}

const struct amp_invite *amp_call_link_live(const struct amp_state *state, struct amp_call_id id)
{
    const struct amp_call *call = amp_state_call(state, id);
    const struct amp_invite *link = call ? amp_state_link(state, call->link) : NULL;
    return link && link->state != AMP_LINK_STOPPED ? link : NULL;
}

const struct amp_medium *amp_state_medium(const struct amp_state *state, int64_t n)
{
    return n >= 1 && (uint64_t)n <= state->medium_n ? &state->medium[n - 1] : NULL;
}

/* A caller's goes with the call, wherever that went. */
bool amp_medium_is_of(const struct amp_state *state, const struct amp_medium *medium,
                      struct amp_incident_id id)
{
    const struct amp_invite *link = amp_state_link(state, medium->link);
    if (link) {
        return amp_state_call(state, link->call)->incident.n == id.n;
    }
    struct amp_incident_id at = medium->incident;
    while (at.n && at.n != id.n) {
        at = amp_state_incident(state, at)->into;
    }
    return at.n != 0;
}

amp_err amp_part_parse(struct amp_str text, struct amp_part *out)
{
    struct amp_str ref = {0}, total = {0};
    uint64_t r = 0, t = 0, i = 0;
    struct amp_str index = amp_str_cut(amp_str_cut(text, '.', &ref), '.', &total);
    if (amp_str_u64(ref, &r) || amp_str_u64(total, &t) || amp_str_u64(index, &i) ||
        r > UINT16_MAX || t > UINT8_MAX || i < 1 || i > t) {
        return AMP_E_SYNTAX;
    }
    *out = (struct amp_part){(uint16_t)r, (uint8_t)t, (uint8_t)i};
    return AMP_OK;
}

const struct amp_key *amp_state_key(const struct amp_state *state, struct amp_str key)
{
    uint64_t number = 0;
    if (!key.len || !amp_index_get(state->by_name, AMP_SPACE_KEY, key, &number)) {
        return NULL;
    }
    return &state->key[number % AMP_KEYS_KEPT];
}
