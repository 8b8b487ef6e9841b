/* The simulator's invariants, each by the slow and plain way. */
#include "model/index.h"
#include "response/trial.h"
#include <stdio.h>
#include <string.h>

bool trial_wrong(struct trial *trial, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (!trial->why[0]) {
        (void)vsnprintf(trial->why, sizeof(trial->why), fmt, args);
    }
    va_end(args);
    return false;
}

#define HOLDS(trial, condition, ...)                                                               \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            return trial_wrong(trial, __VA_ARGS__);                                                \
        }                                                                                          \
    } while (0)

static bool unit_check(struct trial *trial, const struct amp_unit *unit)
{
    const struct amp_state *state = &trial->state;
    size_t slots = 0;
    for (size_t i = 0; i < state->incident_n; i++) {
        for (size_t k = 0; k < state->incident[i].slot_n; k++) {
            if (state->incident[i].slot[k].unit.n == unit->id.n) {
                HOLDS(trial, state->incident[i].id.n == unit->incident.n, "%s is on two incidents",
                      unit->call_sign);
                slots++;
            }
        }
    }
    HOLDS(trial, amp_unit_is_busy(unit->status) == (unit->incident.n != 0),
          "%s is %s and on incident %u", unit->call_sign, amp_unit_status_name(unit->status),
          unit->incident.n);
    HOLDS(trial, slots == (unit->incident.n != 0), "%s has %zu slots", unit->call_sign, slots);
    HOLDS(trial, unit->agency.n <= state->agency_n, "%s is of no agency", unit->call_sign);
    return true;
}

static bool life_check(struct trial *trial, const struct amp_incident *incident)
{
    const struct amp_state *state = &trial->state;
    uint32_t n = incident->id.n;
    bool closed = incident->state == AMP_INCIDENT_CLOSED;
    HOLDS(trial, closed == (incident->closed_us != 0), "I-%u is closed or not", n);
    if (closed) {
        HOLDS(trial, !incident->slot_n && !incident->alarm, "I-%u is closed and busy", n);
    } else {
        HOLDS(trial, incident->state == amp_incident_state_due(incident), "the state of I-%u", n);
        HOLDS(trial, incident->open_at < state->open_n && state->open[incident->open_at].n == n,
              "I-%u is not in the list of open ones", n);
        HOLDS(trial, !incident->into.n && !incident->erased_us, "I-%u should be closed", n);
    }
    HOLDS(trial, !incident->into.n || !incident->call_n, "I-%u has calls and was merged", n);
    for (size_t i = 0; i < incident->call_n; i++) {
        const struct amp_call *call = amp_state_call(state, incident->call[i]);
        HOLDS(trial, call && call->incident.n == n, "a call of I-%u is elsewhere", n);
    }
    return true;
}

static bool merges_check(struct trial *trial, const struct amp_incident *incident)
{
    const struct amp_state *state = &trial->state;
    uint32_t n = incident->id.n;
    size_t below = 0;
    size_t walked = 0;
    for (size_t i = 0; i < state->incident_n; i++) {
        size_t hops = 0;
        uint32_t at = (uint32_t)i + 1;
        for (; at && at != n; at = state->incident[at - 1].into.n) {
            HOLDS(trial, hops++ <= state->incident_n, "merges go in a circle");
        }
        below += at == n;
    }
    struct amp_incident_id at = incident->id;
    for (; at.n && walked <= below; at = amp_merged_next(state, incident->id, at)) {
        walked++;
    }
    HOLDS(trial, walked == below, "%zu incidents are in I-%u, %zu are listed", below, n, walked);
    return true;
}

static bool timeline_check(struct trial *trial, const struct amp_incident *incident)
{
    for (size_t i = 0; i < incident->entry_n; i++) {
        const struct amp_entry *entry = &incident->entry[i];
        HOLDS(trial, !i || incident->entry[i - 1].seq <= entry->seq, "the timeline of I-%u",
              incident->id.n);
        HOLDS(trial, !entry->personal || entry->text, "a line of I-%u owns no text",
              incident->id.n);
    }
    uint64_t agencies = (UINT64_C(2) << trial->state.agency_n) - 2;
    HOLDS(trial, !(incident->shared & ~agencies), "I-%u is shared with nobody", incident->id.n);
    HOLDS(trial, !incident->agency.n || !(incident->shared >> incident->agency.n & 1),
          "I-%u is shared with its owner", incident->id.n);
    return true;
}

static bool where_gone(const struct amp_place_report *where)
{
    return !where->known && !where->pos.lat_e7 && !where->pos.lon_e7 && where->radius_m == -1 &&
           where->confidence_pct == -1 && !where->fix_us && !where->source;
}

static bool erased_check(struct trial *trial, const struct amp_incident *incident)
{
    const struct amp_state *state = &trial->state;
    uint32_t n = incident->id.n;
    char mark[32];
    if (!incident->erased_us) {
        return true;
    }
    trial_mark(n, mark);
    HOLDS(trial, !incident->held, "I-%u was erased and is held", n);
    HOLDS(trial, !amp_texts_hold(state->texts, amp_str_of(mark)), "%s stands in memory", mark);
    HOLDS(trial, !incident->place && where_gone(&incident->where), "I-%u has a place", n);
    for (size_t i = 0; i < incident->entry_n; i++) {
        const struct amp_entry *entry = &incident->entry[i];
        HOLDS(trial, !entry->personal || entry->kind == AMP_EV_INCIDENT_ERASED,
              "I-%u has a personal line", n);
    }
    for (size_t i = 0; i < incident->call_n; i++) {
        const struct amp_call *call = amp_state_call(state, incident->call[i]);
        HOLDS(trial,
              !call->number && !call->name && !call->words && !call->device && !call->ref &&
                  !call->sip_call && where_gone(&call->where) && !call->older_number.n &&
                  !call->older_device.n,
              "C-%u was erased and is there", call->id.n);
        for (uint32_t m = call->message; m; m = state->message[m - 1].older) {
            HOLDS(trial, !state->message[m - 1].text, "text %u was erased and is there", m);
        }
    }
    for (uint32_t i = 0; i < state->incident_n; i++) {
        bool inside = state->incident[i].into.n == n;
        HOLDS(trial, !inside || state->incident[i].erased_us, "I-%u outlived I-%u", i + 1, n);
    }
    return true;
}

static void plain_of(const struct amp_call *call, bool number, char out[AMP_LINE_MAX + 1])
{
    out[0] = '\0';
    if (number) {
        amp_number_plain(amp_str_of(call->number), out);
    } else if (call->device) {
        (void)snprintf(out, AMP_LINE_MAX + 1, "%s", call->device);
    }
}

/* The newest call before this one with the same name is the next of its chain. */
static bool chain_check(struct trial *trial, bool number)
{
    static char plain[256][AMP_LINE_MAX + 1];
    const struct amp_state *state = &trial->state;
    enum amp_space space = number ? AMP_SPACE_NUMBER : AMP_SPACE_DEVICE;
    for (size_t i = 0; i < state->call_n && i < 256; i++) {
        const struct amp_call *call = &state->call[i];
        uint32_t older = 0;
        uint64_t newest = 0;
        plain_of(call, number, plain[i]);
        for (size_t k = 0; k < i && plain[i][0]; k++) {
            older = strcmp(plain[k], plain[i]) == 0 ? (uint32_t)k + 1 : older;
        }
        uint32_t linked = number ? call->older_number.n : call->older_device.n;
        HOLDS(trial, linked == older, "C-%u follows C-%u, not C-%u", call->id.n, linked, older);
        HOLDS(trial,
              !plain[i][0] ||
                  (amp_index_get(state->by_name, space, amp_str_of(plain[i]), &newest) &&
                   newest >= call->id.n),
              "C-%u is not found", call->id.n);
    }
    return true;
}

static bool accounts_check(struct trial *trial)
{
    const struct amp_state *state = &trial->state;
    bool admin = false;
    for (size_t i = 0; i < state->account_n; i++) {
        const struct amp_account *account = &state->account[i];
        admin = admin || (account->role == AMP_ROLE_ADMIN && !account->disabled);
        HOLDS(trial, account->role != AMP_ROLE_CREW || account->unit.n, "%s has no unit",
              account->name);
        HOLDS(trial, amp_state_account(state, amp_str_of(account->name)) == account,
              "%s is not found", account->name);
    }
    HOLDS(trial, admin || !trial->had_admin, "no admin is left");
    trial->had_admin = admin;
    return true;
}

static bool keys_check(struct trial *trial)
{
    const struct amp_state *state = &trial->state;
    for (uint64_t i = 0; i < state->key_total && i < AMP_KEYS_KEPT; i++) {
        const struct amp_key *key = &state->key[i];
        HOLDS(trial, amp_state_key(state, amp_str_of(key->key)) == key, "the key %s", key->key);
    }
    return true;
}

static bool closures_check(struct trial *trial)
{
    const struct amp_state *state = &trial->state;
    size_t in_force = 0;
    for (size_t i = 0; i < state->closure_n; i++) {
        const struct amp_closure *closure = &state->closure[i];
        bool listed = in_force < state->in_force_n && state->in_force[in_force].n == i + 1;
        HOLDS(trial, listed == !closure->lifted_us, "X-%u is in force or not", closure->id.n);
        HOLDS(trial, !amp_extent_check(&closure->extent, NULL), "the shape of X-%u", closure->id.n);
        HOLDS(trial, !closure->lifted_by == !closure->lifted_us, "who lifted X-%u", closure->id.n);
        in_force += listed;
    }
    HOLDS(trial, in_force == state->in_force_n, "closures in force that are not there");
    return true;
}

bool trial_check(struct trial *trial)
{
    const struct amp_state *state = &trial->state;
    size_t open = 0;
    size_t calls = 0;
    bool good = true;
    for (size_t i = 0; good && i < state->unit_n; i++) {
        good = unit_check(trial, &state->unit[i]);
    }
    for (size_t i = 0; good && i < state->incident_n; i++) {
        const struct amp_incident *incident = &state->incident[i];
        good = life_check(trial, incident) && merges_check(trial, incident) &&
               timeline_check(trial, incident) && erased_check(trial, incident) &&
               trial_aid_check(trial, incident);
        open += incident->state != AMP_INCIDENT_CLOSED;
        calls += incident->call_n;
    }
    good = good && chain_check(trial, true) && chain_check(trial, false) && accounts_check(trial) &&
           keys_check(trial) && closures_check(trial);
    if (good && (open != state->open_n || calls != state->call_n)) {
        good = trial_wrong(trial, "%zu of %zu are open, %zu of %zu calls are somewhere", open,
                           state->open_n, calls, state->call_n);
    }
    return good;
}

bool trial_audit_check(struct trial *trial)
{
    const struct amp_state *state = &trial->state;
    uint64_t counted = 0;
    for (size_t i = 0; i < state->audit_n; i++) {
        const struct amp_audit_day *day = &state->audit[i];
        struct amp_audit_day slow = {.day = day->day};
        for (size_t k = 0; k < trial->record_n; k++) {
            const struct trial_record *record = &trial->record[k];
            if (amp_audit_day_of(record->time_us) == day->day) {
                slow.first_seq = slow.first_seq ? slow.first_seq : k + 1;
                slow.last_seq = k + 1;
                slow.count[record->role][record->kind]++;
                counted++;
            }
        }
        HOLDS(trial, memcmp(&slow, day, sizeof(slow)) == 0, "the audit of day %lld",
              (long long)day->day);
        HOLDS(trial, !i || state->audit[i - 1].day < day->day, "the days are not in order");
        HOLDS(trial, amp_state_audit(state, day->day) == day, "a day is not found");
    }
    HOLDS(trial, counted == trial->record_n, "the audit lacks days");
    return true;
}
