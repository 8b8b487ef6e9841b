/* apply: the table of handlers, and the memory of idempotency keys. */
#include "response/apply.h"
#include "model/field.h"
#include "response/work.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void (*const handlers[AMP_EV_COUNT])(struct amp_work *work) = {
#define X(kind, name) [AMP_EV_##kind] = amp_apply_##name,
    AMP_APPLY_TABLE(X)
#undef X
};

struct key_work {
    char *for_ring, *for_index;
};

static void key_prepare(struct amp_work *work, struct key_work *key)
{
    struct amp_state *state = work->state;
    if (!work->event->key.len) {
        return;
    }
    key->for_ring = amp_work_text(work, 0, work->event->key);
    key->for_index = amp_work_text(work, 0, work->event->key);
    if (state->key_total < AMP_KEYS_KEPT) {
        state->key = amp_work_room(work, state->key, &state->key_cap, (size_t)state->key_total + 1,
                                   sizeof(*state->key));
    }
}

/* A diverted or merged command is answered with the incident that the matter went to. */
static void key_keep(struct amp_work *work, const struct key_work *key)
{
    if (!key->for_ring) {
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
        free(slot->key);
    }
    *slot = (struct amp_key){.key = key->for_ring,
                             .print = work->event->print,
                             .seq = work->event->seq,
                             .incident = f->has & AMP_HAS(INTO) ? f->into : f->incident,
                             .call = f->call,
                             .closure = f->closure};
    amp_index_put(state->by_name, AMP_SPACE_KEY, key->for_index, number);
}

static amp_err event_check(const struct amp_state *state, const struct amp_event *event,
                           struct amp_why *why)
{
    struct amp_why inner = {{0}};
    if (event->kind >= AMP_EV_COUNT) {
        return amp_fail(why, AMP_E_CORRUPT, "event %llu is of no known kind",
                        (unsigned long long)event->seq);
    }
    if (event->seq != state->seq + 1) {
        return amp_fail(why, AMP_E_CORRUPT, "event %llu follows event %llu: there is a gap",
                        (unsigned long long)event->seq, (unsigned long long)state->seq);
    }
    if (!amp_word_valid(event->actor) || !amp_key_valid(event->key) ||
        amp_fields_check(&event->f, &amp_event_rows[event->kind], &inner)) {
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
    if (!work.err) {
        handlers[event->kind](&work);
    }
    if (work.err) {
        assert(!work.ready);
        for (size_t i = 0; i < work.text_n; i++) {
            free(work.text[i]);
        }
        return work.err;
    }
    assert(work.ready);
    key_keep(&work, &key);
    state->seq = event->seq;
    return AMP_OK;
}
