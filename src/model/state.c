/* The state: making, freeing and reading it. Only amp_apply changes it. */
#include "model/state.h"
#include "model/index.h"
#include <stdlib.h>
#include <string.h>

amp_err amp_state_init(struct amp_state *state)
{
    struct amp_index *index = NULL;
    amp_err err = amp_index_create(&index);
    if (!err) {
        *state = (struct amp_state){.by_name = index};
    }
    return err;
}

static void incident_finish(struct amp_incident *incident)
{
    for (size_t i = 0; i < incident->entry_n; i++) {
        free(incident->entry[i].actor);
        free(incident->entry[i].unit);
        free(incident->entry[i].text);
    }
    free(incident->entry);
    free(incident->slot);
    free(incident->call);
    free(incident->type);
    free(incident->place);
    free(incident->where.source);
    free(incident->outcome);
    free(incident->alarm);
    free(incident->alarm_unit);
}

static void call_finish(struct amp_call *call)
{
    free(call->number);
    free(call->name);
    free(call->words);
    free(call->device);
    free(call->where.source);
}

static void unit_finish(struct amp_unit *unit)
{
    free(unit->call_sign);
    free(unit->kind);
    free(unit->hospital);
    for (size_t i = 0; i < unit->capabilities.n; i++) {
        free((char *)(uintptr_t)unit->capabilities.word[i].ptr);
    }
}

void amp_state_finish(struct amp_state *state)
{
    for (size_t i = 0; i < state->incident_n; i++) {
        incident_finish(&state->incident[i]);
    }
    for (size_t i = 0; i < state->call_n; i++) {
        call_finish(&state->call[i]);
    }
    for (size_t i = 0; i < state->unit_n; i++) {
        unit_finish(&state->unit[i]);
    }
    for (size_t i = 0; i < state->station_n; i++) {
        free(state->station[i].code);
        free(state->station[i].label);
    }
    for (size_t i = 0; i < state->closure_n; i++) {
        free(state->closure[i].reason);
    }
    for (size_t i = 0; i < state->key_total && i < AMP_KEYS_KEPT; i++) {
        free(state->key[i].key);
    }
    free(state->incident);
    free(state->call);
    free(state->unit);
    free(state->station);
    free(state->closure);
    free(state->open);
    free(state->key);
    amp_index_destroy(state->by_name);
    *state = (struct amp_state){0};
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
    return call->state == AMP_CALL_OPEN && incident != NULL &&
           incident->state != AMP_INCIDENT_CLOSED;
}

/* The newest call of a chain that is still open. A chain runs from new to old, so it ends. */
static const struct amp_call *open_call_from(const struct amp_state *state, enum amp_space space,
                                             struct amp_str name)
{
    uint64_t n = 0;
    if (!amp_index_get(state->by_name, space, name, &n)) {
        return NULL;
    }
    const struct amp_call *call = amp_state_call(state, (struct amp_call_id){(uint32_t)n});
    while (call && !call_is_live(state, call)) {
        call = amp_state_call(state,
                              space == AMP_SPACE_NUMBER ? call->older_number : call->older_device);
    }
    return call;
}

const struct amp_call *amp_state_call_from(const struct amp_state *state, struct amp_str number)
{
    char plain[AMP_LINE_MAX + 1];
    amp_number_plain(number, plain);
    const struct amp_call *by_number =
        plain[0] ? open_call_from(state, AMP_SPACE_NUMBER, amp_str_of(plain)) : NULL;
    const struct amp_call *by_device = open_call_from(state, AMP_SPACE_DEVICE, number);
    if (!by_number || (by_device && by_device->id.n > by_number->id.n)) {
        return by_device;
    }
    return by_number;
}

const struct amp_key *amp_state_key(const struct amp_state *state, struct amp_str key)
{
    uint64_t number = 0;
    if (!key.len || !amp_index_get(state->by_name, AMP_SPACE_KEY, key, &number)) {
        return NULL;
    }
    return &state->key[number % AMP_KEYS_KEPT];
}
