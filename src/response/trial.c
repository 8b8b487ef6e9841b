/* The simulator: steps, records, restarts and faults. */
#include "response/trial.h"
#include "model/index.h"
#include "model/snapshot.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_MAX = 1 << 24,
    SNAPSHOT_MAX = 1 << 26,
    AUDIT_EVERY = 64
};

void trial_open(struct trial *trial, uint64_t seed)
{
    *trial = (struct trial){.seed = seed,
                            .dice = seed,
                            .ring = {.seed = seed},
                            .snapshot = amp_buf_make(SNAPSHOT_MAX),
                            .now_us = INT64_C(1900000000000000)};
    trial->sealer = amp_ring_sealer(&trial->ring);
    amp_err err = amp_crypto_start();
    err = err ? err : amp_state_init(&trial->state);
    err = err ? err : trial_plans(&trial->plans);
    assert(!err);
}

static void records_drop(struct trial *trial, size_t kept)
{
    while (trial->record_n > kept) {
        free(trial->record[--trial->record_n].json);
    }
}

void trial_close(struct trial *trial)
{
    records_drop(trial, 0);
    free(trial->record);
    amp_state_finish(&trial->state);
    amp_plans_free(trial->plans);
    amp_ring_finish(&trial->ring);
    amp_buf_free(&trial->snapshot);
}

/* ---- records ---- */

static void starve(const struct trial *trial, unsigned long n)
{
    if (trial->starve) {
        trial->starve(n);
    }
}

static void record_keep(struct trial *trial, const struct amp_event *event, struct amp_str json)
{
    if (trial->record_n == trial->record_cap) {
        trial->record_cap = trial->record_cap * 2 + 64;
        trial->record = realloc(trial->record, trial->record_cap * sizeof(*trial->record));
        assert(trial->record);
    }
    char *copy = malloc(json.len + 1);
    assert(copy);
    memcpy(copy, json.ptr, json.len);
    trial->record[trial->record_n++] = (struct trial_record){.json = copy,
                                                             .len = json.len,
                                                             .time_us = event->time_us,
                                                             .role = event->role,
                                                             .kind = event->kind};
}

/* What the server does in the same commit. */
static void keys_destroy(struct trial *trial, const struct amp_event *event)
{
    struct amp_incident_id gone[TRIAL_INCIDENTS + 1];
    if (event->kind != AMP_EV_INCIDENT_ERASED) {
        return;
    }
    size_t n = amp_incident_erases(&trial->state, event->f.incident, gone, TRIAL_INCIDENTS);
    for (size_t i = 0; i < n; i++) {
        amp_ring_drop(&trial->ring, gone[i]);
    }
    amp_buf_clear(&trial->snapshot); /* its key goes, too */
    trial->erasures++;
}

/* The n-th allocation fails, for n = 1, 2, ... until reading and applying go through. */
static amp_err apply_starved(struct trial *trial, struct amp_str json)
{
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    uint64_t before = amp_state_digest(&trial->state);
    amp_err err = AMP_E_NOMEM;
    for (unsigned long n = 1; err == AMP_E_NOMEM; n++) {
        struct amp_event event = {0};
        struct amp_why why = {{0}};
        amp_arena_drop(&arena);
        starve(trial, n);
        err = amp_event_read(json, &trial->sealer, &arena, &event, &why);
        event.seq = trial->state.seq + 1;
        err = err ? err : amp_apply(&trial->state, &event, &why);
        starve(trial, 0);
        if (err && err != AMP_E_NOMEM) {
            (void)trial_wrong(trial, "short of memory: %s", why.text);
        } else if (err && amp_state_digest(&trial->state) != before) {
            err = AMP_E_CORRUPT;
            (void)trial_wrong(trial, "short of memory, and the state changed");
        }
        trial->shortages += err != AMP_OK;
    }
    amp_arena_drop(&arena);
    return err;
}

static bool event_take(struct trial *trial, const struct amp_event *event, bool starved)
{
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    struct amp_buf json = amp_buf_make(AMP_EVENT_BYTES);
    struct amp_why why = {{0}};
    struct amp_event read = {0};
    bool plain = trial_roll(trial, 8) == 0;
    amp_event_write(event, plain ? NULL : &trial->sealer, &json);
    amp_err err = amp_buf_err(&json);
    err = err ? err : amp_event_read(amp_buf_view(&json), &trial->sealer, &arena, &read, &why);
    read.seq = trial->state.seq + 1;
    if (!err) {
        err = starved ? apply_starved(trial, amp_buf_view(&json))
                      : amp_apply(&trial->state, &read, &why);
    }
    if (!err) {
        record_keep(trial, event, amp_buf_view(&json));
        keys_destroy(trial, event);
        if (trial->plant) {
            trial->plant(&trial->state, &read);
        }
    } else {
        (void)trial_wrong(trial, "an event that was decided does not apply: %s (%s)", why.text,
                          amp_err_code(err));
    }
    amp_arena_drop(&arena);
    amp_buf_free(&json);
    return !err;
}

/* ---- folding ---- */

static bool tail_fold(struct trial *trial, struct amp_state *state)
{
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    struct amp_why why = {{0}};
    amp_err err = AMP_OK;
    while (!err && state->seq < trial->record_n) {
        const struct trial_record *record = &trial->record[state->seq];
        struct amp_event event = {0};
        amp_arena_reset(&arena);
        err = amp_event_read((struct amp_str){record->json, record->len}, &trial->sealer, &arena,
                             &event, &why);
        event.seq = state->seq + 1;
        err = err ? err : amp_apply(state, &event, &why);
    }
    amp_arena_drop(&arena);
    return err ? trial_wrong(trial, "the records do not fold: %s", why.text) : true;
}

struct cursor {
    struct amp_str left;
};

static amp_err cursor_get(void *ctx, void *data, size_t len)
{
    struct cursor *cursor = ctx;
    if (cursor->left.len < len) {
        return AMP_E_IO;
    }
    memcpy(data, cursor->left.ptr, len);
    cursor->left.ptr += len;
    cursor->left.len -= len;
    return AMP_OK;
}

static amp_err buf_put(void *ctx, const void *data, size_t len)
{
    struct amp_buf *buf = ctx;
    amp_buf_put(buf, data, len);
    return amp_buf_err(buf);
}

/* The state anew, from the snapshot if there is one and the dice say so. */
static bool state_anew(struct trial *trial, struct amp_state *out)
{
    struct cursor cursor = {amp_buf_view(&trial->snapshot)};
    struct amp_why why = {{0}};
    bool from_snapshot =
        trial->snapshot.len && trial->snapshot_seq <= trial->record_n && trial_roll(trial, 2);
    amp_err err =
        from_snapshot ? amp_snapshot_read(cursor_get, &cursor, out, &why) : amp_state_init(out);
    if (err) {
        return trial_wrong(trial, "the snapshot is not read: %s", why.text);
    }
    return tail_fold(trial, out);
}

static bool restart(struct trial *trial, uint64_t digest)
{
    struct amp_state anew = {0};
    trial->restarts++;
    bool good = state_anew(trial, &anew);
    if (good && amp_state_digest(&anew) != digest) {
        good = trial_wrong(trial, "after a restart the state is another");
    }
    if (!good) {
        amp_state_finish(&anew);
        return false;
    }
    amp_state_finish(&trial->state);
    trial->state = anew;
    return true;
}

static bool snapshot(struct trial *trial)
{
    struct amp_state read = {0};
    struct amp_buf again = amp_buf_make(SNAPSHOT_MAX);
    struct amp_why why = {{0}};
    amp_buf_clear(&trial->snapshot);
    trial->snapshots++;
    amp_err err = amp_snapshot_write(&trial->state, buf_put, &trial->snapshot);
    struct cursor cursor = {amp_buf_view(&trial->snapshot)};
    err = err ? err : amp_snapshot_read(cursor_get, &cursor, &read, &why);
    bool good = !err && amp_state_digest(&read) == amp_state_digest(&trial->state) &&
                amp_index_count(read.by_name) == amp_index_count(trial->state.by_name);
    if (good) {
        err = amp_snapshot_write(&read, buf_put, &again);
        good = !err && !cursor.left.len &&
               amp_str_eq(amp_buf_view(&again), amp_buf_view(&trial->snapshot));
    }
    amp_state_finish(&read);
    amp_buf_free(&again);
    trial->snapshot_seq = trial->state.seq;
    return good ? true : trial_wrong(trial, "a snapshot is not what it was: %s", why.text);
}

/* ---- steps ---- */

/* Decides under short memory first: it says so, and the next try is as if there had been none. */
static amp_err decide(struct trial *trial, const struct amp_command *command, bool starved,
                      struct amp_arena *arena, struct amp_decision *out)
{
    struct amp_why why = {{0}};
    amp_err err = AMP_E_NOMEM;
    for (unsigned long n = starved ? 1 : 0; err == AMP_E_NOMEM; n++) {
        amp_arena_drop(arena);
        starve(trial, n);
        err = amp_decide(&trial->state, trial->plans, command, arena, out, &why);
        starve(trial, 0);
        trial->shortages += err == AMP_E_NOMEM;
    }
    if (err && !why.text[0]) {
        (void)trial_wrong(trial, "%s is refused without a sentence",
                          amp_command_rows[command->kind].name);
    }
    return err;
}

static bool events_take(struct trial *trial, const struct amp_decision *decision, bool starved)
{
    for (size_t i = 0; i < decision->event_n; i++) {
        if (!event_take(trial, &decision->event[i], starved)) {
            return false;
        }
    }
    return true;
}

static bool command_step(struct trial *trial, bool starved, bool crash)
{
    struct amp_arena texts = amp_arena_make(ARENA_MAX);
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    struct amp_decision decision = {0};
    struct amp_command command = trial_command(trial, &texts);
    uint64_t before = amp_state_digest(&trial->state);
    uint64_t erasures = trial->erasures;
    size_t durable = trial->record_n;
    crash = crash && command.kind != AMP_CMD_ERASE; /* keys go in the same commit as the record */
    amp_err err = decide(trial, &command, starved, &arena, &decision);
    bool good = !trial->why[0];
    if (good && amp_state_digest(&trial->state) != before) {
        good = trial_wrong(trial, "deciding changed the state");
    }
    if (err) {
        trial->refused[command.kind]++;
    } else {
        trial->accepted[command.kind]++;
        good = good && trial_aid_decided(trial, &command, &decision) &&
               events_take(trial, &decision, starved);
    }
    if (good &&
        trial->erasures > erasures) { /* the law of erasing; memory before it is thrown away */
        good = trial_check(trial) && restart(trial, amp_state_digest(&trial->state));
    }
    if (good && crash) {
        trial->crashes++;
        records_drop(trial, durable);
        if (trial->snapshot_seq > durable) {
            amp_buf_clear(&trial->snapshot);
        }
        good = restart(trial, before);
        trial->had_admin = false; /* the first admin may be what was lost */
    }
    amp_arena_drop(&arena);
    amp_arena_drop(&texts);
    return good;
}

static bool step(struct trial *trial)
{
    bool good = true;
    uint32_t what = trial_roll(trial, 200);
    trial->now_us += ((int64_t)trial_roll(trial, 60) - 5) * 1000000; /* it goes back at times */
    if (trial_roll(trial, 500) == 0) {
        trial->now_us += ((int64_t)trial_roll(trial, 5) - 1) * INT64_C(86400000000);
    }
    if (what < 2) {
        good = restart(trial, amp_state_digest(&trial->state));
    } else if (what < 4) {
        good = snapshot(trial);
    } else {
        good = command_step(trial, what < 10 && trial->starve, what >= 10 && what < 13);
    }
    good = good && trial_check(trial);
    if (good && trial->step % AUDIT_EVERY == 0) {
        good = trial_audit_check(trial);
    }
    return good;
}

bool trial_run(struct trial *trial, uint64_t steps)
{
    for (uint64_t i = 0; i < steps; i++, trial->step++) {
        if (!step(trial)) {
            return false;
        }
    }
    return restart(trial, amp_state_digest(&trial->state)) && trial_audit_check(trial);
}
