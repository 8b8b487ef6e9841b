/* apply: the table of handlers, and the memory of idempotency keys. */
#include "response/apply.h"
#include "model/field.h"
#include "response/work.h"
#include <assert.h>
#include <string.h>

static void (*const handlers[AMP_EV_COUNT])(struct amp_work *work) = {
#define X(kind, name) [AMP_EV_##kind] = amp_apply_##name,
    AMP_APPLY_TABLE(X)
#undef X
};

struct key_work {
    char *key;
};

static void key_prepare(struct amp_work *work, struct key_work *key)
{
    struct amp_state *state = work->state;
    if (!work->event->key.len) {
        return;
    }
    key->key = amp_work_own(work, 0, work->event->key);
    if (state->key_total < AMP_KEYS_KEPT) {
        state->key = amp_work_room(work, state->key, &state->key_cap, (size_t)state->key_total + 1,
                                   sizeof(*state->key));
    }
}

/* A diverted or merged command is answered with the incident that the matter went to. */
static void key_keep(struct amp_work *work, const struct key_work *key)
{
    if (!key->key) {
        return;
    }
    struct amp_state *state = work->state;
    const struct amp_fields *f = &work->event->f;
    uint64_t number = state->key_total++;
    struct amp_key *slot = &state->key[number % AMP_KEYS_KEPT];
    if (number >= AMP_KEYS_KEPT) {
        uint64_t indexed = 0;
        struct amp_str old = amp_str_of(slot->key);
        if (amp_index_get(state->by_name, AMP_SPACE_KEY, old, &indexed) &&
            indexed == number - AMP_KEYS_KEPT) {
            amp_index_remove(state->by_name, AMP_SPACE_KEY, old);
        }
        amp_texts_release(state->texts, slot->key);
    }
    *slot = (struct amp_key){.key = key->key,
                             .print = work->event->print,
                             .seq = work->event->seq,
                             .incident = f->has & AMP_HAS(INTO) ? f->into : f->incident,
                             .call = f->call,
                             .closure = f->closure};
    (void)amp_index_put(state->by_name, AMP_SPACE_KEY, slot->key, number);
}

/* The day of the event: where it stands, and room for it if it is new. */
static size_t audit_prepare(struct amp_work *work)
{
    struct amp_state *state = work->state;
    int64_t day = amp_audit_day_of(work->event->time_us);
    size_t at = state->audit_n;
    while (at > 0 && state->audit[at - 1].day > day) { /* the clock was set back: rare and short */
        at--;
    }
    if (at == 0 || state->audit[at - 1].day != day) {
        state->audit = amp_work_room(work, state->audit, &state->audit_cap, state->audit_n + 1,
                                     sizeof(*state->audit));
        return at;
    }
    return at - 1;
}

static void audit_count(struct amp_state *state, const struct amp_event *event, size_t at)
{
    int64_t day = amp_audit_day_of(event->time_us);
    if (at == state->audit_n || state->audit[at].day != day) {
        memmove(&state->audit[at + 1], &state->audit[at],
                (state->audit_n - at) * sizeof(*state->audit));
        state->audit[at] = (struct amp_audit_day){.day = day, .first_seq = event->seq};
        state->audit_n++;
    }
    state->audit[at].last_seq = event->seq;
    state->audit[at].count[event->role][event->kind]++;
}

/* What was erased stays so: nothing personal may come to it any more. */
static bool comes_too_late(const struct amp_state *state, const struct amp_event *event)
{
    const struct amp_incident *incident =
        event->f.has & AMP_HAS(INCIDENT) ? amp_state_incident(state, event->f.incident) : NULL;
    bool personal = event->gone || (amp_fields_present(&event->f) & amp_fields_personal) != 0;
    return incident && incident->erased_us && personal;
}

static amp_err event_check(const struct amp_state *state, const struct amp_event *event,
                           struct amp_why *why)
{
    struct amp_why inner = {{0}};
    if (event->seq != state->seq + 1) {
        return amp_fail(why, AMP_E_CORRUPT, "event %llu follows event %llu: there is a gap",
                        (unsigned long long)event->seq, (unsigned long long)state->seq);
    }
    if (comes_too_late(state, event)) {
        return amp_fail(why, AMP_E_CORRUPT,
                        "event %llu brings personal data to an incident that was erased",
                        (unsigned long long)event->seq);
    }
    if (amp_event_check(event, &inner)) {
        return amp_fail(why, AMP_E_CORRUPT, "event %llu breaks its rules: %.200s",
                        (unsigned long long)event->seq, inner.text);
    }
    return AMP_OK;
}

amp_err amp_apply(struct amp_state *state, const struct amp_event *event, struct amp_why *why)
{
    amp_err err = event_check(state, event, why);
    if (err) {
        return err;
    }
    struct amp_work work = {.state = state, .event = event, .why = why};
    struct key_work key = {0};
    work.err = amp_index_reserve(state->by_name, AMP_WORK_NAMES);
    key_prepare(&work, &key);
    size_t day = audit_prepare(&work);
    if (!work.err) {
        handlers[event->kind](&work);
    }
    if (work.err) {
        assert(!work.ready);
        for (size_t i = 0; i < work.text_n; i++) {
            amp_texts_release(state->texts, work.text[i]);
        }
        amp_points_free(&work.points);
        return work.err;
    }
    assert(work.ready);
    key_keep(&work, &key);
    audit_count(state, event, day);
    state->seq = event->seq;
    return AMP_OK;
}
