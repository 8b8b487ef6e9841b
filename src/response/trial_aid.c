/* The simulator's agreements of mutual aid, and what they come to, by the slow and plain way. */
#include "response/plan_text.h"
#include "response/trial.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The same twice: as lines of the plans, and as what is checked against. */
static const char lines[] = "\n"
                            "aid north to south automatic keep 1\n"
                            "aid south to north capabilities als on-request\n"
                            "aid south to east capabilities als automatic keep 1\n"
                            "aid east to north types fall stroke automatic\n"
                            "aid east to south automatic\n"
                            "aid north to east automatic\n";
static const struct {
    const char *lender, *asker, *type[2], *capability;
    size_t keep;
    bool automatic;
} rows[] = {
    {"north", "south", {NULL, NULL}, NULL, 1, true},
    {"south", "north", {NULL, NULL}, "als", 0, false},
    {"south", "east", {NULL, NULL}, "als", 1, true},
    {"east", "north", {"fall", "stroke"}, NULL, 0, true},
    {"east", "south", {NULL, NULL}, NULL, 0, true},
    {"north", "east", {NULL, NULL}, NULL, 0, true},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

amp_err trial_plans(struct amp_plans **out)
{
    size_t len = amp_plan_text_len + sizeof(lines) - 1;
    char *text = malloc(len);
    if (!text) {
        return AMP_E_NOMEM;
    }
    memcpy(text, amp_plan_text, amp_plan_text_len);
    memcpy(text + amp_plan_text_len, lines, sizeof(lines) - 1);
    amp_err err = amp_plans_read((struct amp_str){text, len}, out, NULL);
    free(text);
    return err;
}

static bool can(const struct amp_unit *unit, const char *capability)
{
    for (size_t i = 0; i < unit->capabilities.n; i++) {
        if (amp_str_is(unit->capabilities.word[i], capability)) {
            return true;
        }
    }
    return false;
}

static bool is_type(const char *type, const char *one, const char *other)
{
    return !one || (type && (strcmp(type, one) == 0 || strcmp(type, other) == 0));
}

/* Free crews of the lender beside this one that have the capability. */
static size_t left_with(const struct trial *trial, const struct amp_unit *gone,
                        const char *capability)
{
    size_t n = 0;
    for (size_t i = 0; i < trial->state.unit_n; i++) {
        const struct amp_unit *unit = &trial->state.unit[i];
        n += unit != gone && unit->agency.n == gone->agency.n && amp_unit_is_free(unit->status) &&
             can(unit, capability);
    }
    return n;
}

static bool keeps(const struct trial *trial, size_t row, const struct amp_unit *unit)
{
    for (size_t i = 0; i < unit->capabilities.n; i++) {
        const char *word = unit->capabilities.word[i].ptr; /* terminated */
        bool counts = !rows[row].capability || strcmp(rows[row].capability, word) == 0;
        if (counts && left_with(trial, unit, word) < rows[row].keep) {
            return false;
        }
    }
    return true;
}

static bool is_lent(const struct trial *trial, const char *lender, const char *asker,
                    const struct amp_unit *unit, const char *type)
{
    for (size_t i = 0; i < ROWS; i++) {
        bool covers = strcmp(rows[i].lender, lender) == 0 && strcmp(rows[i].asker, asker) == 0 &&
                      is_type(type, rows[i].type[0], rows[i].type[1]) &&
                      (!rows[i].capability || can(unit, rows[i].capability));
        if (covers && rows[i].automatic && keeps(trial, i, unit)) {
            return true;
        }
    }
    return false;
}

static bool dispatch_check(struct trial *trial, const struct amp_command *command,
                           const struct amp_event *event)
{
    const struct amp_state *state = &trial->state;
    const struct amp_incident *incident = amp_state_incident(state, event->f.incident);
    const struct amp_unit *unit = amp_state_unit(state, event->f.unit);
    const struct amp_agency *lender = amp_state_agency_at(state, unit->agency);
    bool named = (command->f.has & AMP_HAS(AGENCY)) != 0;
    const struct amp_agency *asker = named ? amp_state_agency(state, command->f.agency) : NULL;
    bool sees = lender && (amp_incident_agencies(state, incident) >> lender->id.n & 1);
    if (!lender || (asker ? asker == lender && sees : sees)) {
        return !(event->f.has & AMP_HAS(AGENCY)) ||
               trial_wrong(trial, "%s was lent to its own", unit->call_sign);
    }
    asker = asker ? asker : amp_state_agency_at(state, incident->agency);
    if (!asker || !amp_unit_is_free(unit->status) ||
        (incident->agency.n && incident->agency.n != asker->id.n) ||
        !is_lent(trial, lender->code, asker->code, unit, incident->type) ||
        !(event->f.has & AMP_HAS(AGENCY)) || !amp_str_is(event->f.agency, asker->code)) {
        return trial_wrong(trial, "%s was sent to I-%u without an agreement", unit->call_sign,
                           incident->id.n);
    }
    trial->lent++;
    return true;
}

static bool request_check(struct trial *trial, const struct amp_event *event)
{
    const struct amp_incident *incident = amp_state_incident(&trial->state, event->f.incident);
    const struct amp_agency *asker = amp_state_agency_at(&trial->state, incident->agency);
    bool allowed = false;
    for (size_t i = 0; i < ROWS && asker; i++) {
        bool able = !rows[i].capability;
        for (size_t k = 0; k < event->f.capabilities.n; k++) {
            able = able || amp_str_is(event->f.capabilities.word[k], rows[i].capability);
        }
        allowed = allowed || (amp_str_is(event->f.agency, rows[i].lender) && able &&
                              strcmp(rows[i].asker, asker->code) == 0 &&
                              is_type(incident->type, rows[i].type[0], rows[i].type[1]));
    }
    return allowed ||
           trial_wrong(trial, "aid for I-%u was asked without an agreement", incident->id.n);
}

bool trial_aid_decided(struct trial *trial, const struct amp_command *command,
                       const struct amp_decision *decision)
{
    for (size_t i = 0; i < decision->event_n; i++) {
        const struct amp_event *event = &decision->event[i];
        bool good = true;
        if (event->kind == AMP_EV_UNIT_DISPATCHED) {
            good = dispatch_check(trial, command, event);
        } else if (event->kind == AMP_EV_AID_REQUESTED && command->kind == AMP_CMD_ASK_AID) {
            good = request_check(trial, event);
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

bool trial_aid_check(struct trial *trial, const struct amp_incident *incident)
{
    uint32_t n = incident->id.n;
    bool open = incident->state != AMP_INCIDENT_CLOSED;
    for (size_t i = 0; i < incident->aid_n; i++) {
        const struct amp_aid_request *request = &incident->aid[i];
        if (!request->lender.n || request->lender.n == incident->agency.n ||
            (request->state == AMP_AID_REQUESTED && !open) ||
            (request->state == AMP_AID_REQUESTED) != !request->settled_seq) {
            return trial_wrong(trial, "a request for I-%u stands wrongly", n);
        }
        if (amp_incident_aid(incident, request->lender, &request->capabilities) != request) {
            return trial_wrong(trial, "a request for I-%u is there twice", n);
        }
    }
    return true;
}

/* Chance alone would hardly find an incident of an agency that somebody lends to, nor a request. */
void trial_aid_choose(struct trial *trial, struct amp_command *command)
{
    static const char *const outcomes[] = {"agreed", "refused"};
    const struct amp_state *state = &trial->state;
    struct amp_fields *f = &command->f;
    uint32_t first = state->open_n ? trial_roll(trial, (uint32_t)state->open_n) : 0;
    if (command->kind == AMP_CMD_ANSWER_AID) {
        f->outcome = amp_str_of(outcomes[trial_roll(trial, 2)]);
    }
    for (size_t i = 0; i < state->open_n; i++) {
        const struct amp_incident *incident =
            amp_state_incident(state, state->open[(first + i) % state->open_n]);
        const struct amp_agency *asker = amp_state_agency_at(state, incident->agency);
        for (size_t k = 0; command->kind == AMP_CMD_ASK_AID && asker && k < ROWS; k++) {
            if (strcmp(rows[k].asker, asker->code) == 0) {
                f->incident = incident->id;
                f->agency = amp_str_of(rows[k].lender);
                f->capabilities = (struct amp_words){.word = {AMP_STR("als"), AMP_STR("bls")},
                                                     .n = 1 + trial_roll(trial, 2)};
                return;
            }
        }
        for (size_t k = 0; command->kind != AMP_CMD_ASK_AID && k < incident->aid_n; k++) {
            if (incident->aid[k].state == AMP_AID_REQUESTED) {
                f->incident = incident->id;
                f->agency = amp_str_of(amp_state_agency_at(state, incident->aid[k].lender)->code);
                f->capabilities = incident->aid[k].capabilities;
                return;
            }
        }
    }
}

/* A desk sends a crew of another agency, to an incident of its own. */
void trial_aid_dispatch(struct trial *trial, struct amp_command *command)
{
    const struct amp_state *state = &trial->state;
    struct amp_fields *f = &command->f;
    uint32_t first = state->open_n ? trial_roll(trial, (uint32_t)state->open_n) : 0;
    uint32_t from = state->unit_n ? trial_roll(trial, (uint32_t)state->unit_n) : 0;
    for (size_t i = 0; i < state->open_n; i++) {
        const struct amp_incident *incident =
            amp_state_incident(state, state->open[(first + i) % state->open_n]);
        const struct amp_agency *asker = amp_state_agency_at(state, incident->agency);
        for (size_t k = 0; asker && k < state->unit_n; k++) {
            const struct amp_unit *unit = &state->unit[(from + k) % state->unit_n];
            if (unit->agency.n && unit->agency.n != asker->id.n && amp_unit_is_free(unit->status)) {
                f->incident = incident->id;
                f->unit = amp_str_of(unit->call_sign);
                f->agency = amp_str_of(asker->code);
                f->has |= AMP_HAS(AGENCY);
                return;
            }
        }
    }
}
