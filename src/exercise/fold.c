/*
 * Call records through decide and apply, in the order of their times.
 *
 * Each row becomes the commands a desk would have given: the call is taken and triaged, the unit
 * sent, its statuses set, the call closed when its last unit is free. A command that the rules
 * refuse is counted; a unit that was refused for a call takes no further part in it.
 */
#include "exercise/records.h"

#include "base/timefmt.h"
#include "response/apply.h"
#include "response/decide.h"

#include <stdlib.h>

enum {
    FOLD_ARENA = 1 << 20
};

struct moment {
    int64_t time_us;
    uint32_t row;
    uint8_t step;
    uint8_t rank; /* among equal times */
};

struct part { /* what became of a row */
    bool sent, over;
};

struct file { /* what became of a call */
    struct amp_incident_id incident;
    size_t rows_left;
};

struct fold {
    const struct amp_records *records;
    const struct amp_plans *plans;
    struct amp_state state;
    struct amp_arena scratch;
    struct part *part;    /* by row */
    struct file *file;    /* by call */
    struct amp_str *sign; /* by unit */
    struct amp_replay *out;
};

static int moment_order(const void *a, const void *b)
{
    const struct moment *x = a;
    const struct moment *y = b;
    if (x->time_us != y->time_us) {
        return x->time_us < y->time_us ? -1 : 1;
    }
    if (x->rank != y->rank) {
        return x->rank < y->rank ? -1 : 1;
    }
    return (x->row > y->row) - (x->row < y->row);
}

/* Runs one command; *refused tells whether the rules said no, an error is a fault of ours. */
static amp_err command_run(struct fold *fold, struct amp_command *command,
                           struct amp_decision *decision, bool *refused, struct amp_why *why)
{
    command->actor = AMP_STR("replay");
    amp_arena_reset(&fold->scratch);
    fold->out->commands++;
    struct amp_why no = {0};
    amp_err err = amp_decide(&fold->state, fold->plans, command, &fold->scratch, decision, &no);
    *refused = err != AMP_OK;
    if (err == AMP_E_NOMEM) {
        return err;
    }
    if (err) {
        fold->out->refused++;
        return AMP_OK;
    }
    for (size_t i = 0; i < decision->event_n; i++) {
        decision->event[i].seq = fold->state.seq + 1;
        err = amp_apply(&fold->state, &decision->event[i], why);
        if (err) {
            return err;
        }
        fold->out->events++;
    }
    return AMP_OK;
}

static amp_err call_take(struct fold *fold, const struct amp_row *row, int64_t now_us,
                         struct amp_why *why)
{
    struct amp_command command = {.kind = AMP_CMD_TAKE_CALL, .time_us = now_us};
    command.f.has = AMP_HAS(SOURCE) | AMP_HAS(TYPE) | AMP_HAS(PRIORITY);
    command.f.source = AMP_STR("record");
    command.f.type = amp_str_of(row->type);
    command.f.priority = row->priority[0] - '0';
    if (row->placed) {
        command.f.has |= AMP_HAS(POS);
        command.f.pos = row->pos;
    }
    if (row->place.len > 0 && row->place.len <= AMP_LINE_MAX) {
        command.f.has |= AMP_HAS(PLACE);
        command.f.place = row->place;
    }
    struct amp_decision decision = {0};
    bool refused = false;
    amp_err err = command_run(fold, &command, &decision, &refused, why);
    if (!err && !refused) {
        fold->file[row->call].incident = decision.incident;
    }
    return err;
}

static amp_err unit_send(struct fold *fold, size_t at, int64_t now_us, struct amp_why *why)
{
    const struct amp_row *row = &fold->records->row[at];
    struct amp_command command = {.kind = AMP_CMD_DISPATCH, .time_us = now_us};
    command.f.has = AMP_HAS(INCIDENT) | AMP_HAS(UNIT);
    command.f.incident = fold->file[row->call].incident;
    command.f.unit = fold->sign[row->unit];
    struct amp_decision decision = {0};
    bool refused = false;
    amp_err err = command_run(fold, &command, &decision, &refused, why);
    fold->part[at].sent = !err && !refused;
    return err;
}

static amp_err status_set(struct fold *fold, size_t at, enum amp_unit_status status, int64_t now_us,
                          struct amp_why *why)
{
    struct amp_command command = {.kind = AMP_CMD_SET_STATUS, .time_us = now_us};
    command.f.has = AMP_HAS(UNIT) | AMP_HAS(STATUS);
    command.f.unit = fold->sign[fold->records->row[at].unit];
    command.f.status = status;
    struct amp_decision decision = {0};
    bool refused = false;
    return command_run(fold, &command, &decision, &refused, why);
}

static amp_err row_end(struct fold *fold, size_t at, int64_t now_us, struct amp_why *why)
{
    const struct amp_row *row = &fold->records->row[at];
    struct file *file = &fold->file[row->call];
    amp_err err = AMP_OK;
    if (fold->part[at].sent) {
        err = status_set(fold, at, AMP_UNIT_AVAILABLE, now_us, why);
    }
    fold->part[at].over = true;
    if (err || --file->rows_left > 0 || file->incident.n == 0) {
        return err;
    }
    struct amp_command command = {.kind = AMP_CMD_CLOSE, .time_us = now_us};
    command.f.has = AMP_HAS(INCIDENT);
    command.f.incident = file->incident;
    struct amp_decision decision = {0};
    bool refused = false;
    return command_run(fold, &command, &decision, &refused, why);
}

static amp_err moment_play(struct fold *fold, const struct moment *moment, struct amp_why *why)
{
    /* the steps that only set a status */
    static const enum amp_unit_status status[AMP_STEPS] = {
        [AMP_STEP_RESPONSE] = AMP_UNIT_EN_ROUTE,
        [AMP_STEP_ON_SCENE] = AMP_UNIT_ON_SCENE,
        [AMP_STEP_TRANSPORT] = AMP_UNIT_TRANSPORTING,
        [AMP_STEP_HOSPITAL] = AMP_UNIT_AT_HOSPITAL,
    };
    const struct amp_row *row = &fold->records->row[moment->row];
    struct file *file = &fold->file[row->call];
    struct part *part = &fold->part[moment->row];
    switch ((enum amp_step)moment->step) {
    case AMP_STEP_RECEIVED:
        return file->incident.n == 0 ? call_take(fold, row, moment->time_us, why) : AMP_OK;
    case AMP_STEP_ENTRY:
        return AMP_OK; /* measured, but no command of ours stands for it */
    case AMP_STEP_DISPATCH:
        if (part->over || file->incident.n == 0) {
            fold->out->refused++; /* it had ended before it began */
            return AMP_OK;
        }
        return unit_send(fold, moment->row, moment->time_us, why);
    case AMP_STEP_AVAILABLE:
        return row_end(fold, moment->row, moment->time_us, why);
    case AMP_STEP_RESPONSE:
    case AMP_STEP_ON_SCENE:
    case AMP_STEP_TRANSPORT:
    case AMP_STEP_HOSPITAL:
        if (!part->sent || part->over) {
            return AMP_OK;
        }
        return status_set(fold, moment->row, status[moment->step], moment->time_us, why);
    case AMP_STEPS:
    default:
        return AMP_OK;
    }
}

/* At equal times: a unit is free before it is sent again, except where a row has no length. */
static uint8_t moment_rank(const struct amp_row *row, unsigned step)
{
    if (step != AMP_STEP_AVAILABLE) {
        return (uint8_t)(step + 1);
    }
    bool no_length = row->at_us[AMP_STEP_DISPATCH] == amp_row_end(row);
    return no_length ? AMP_STEPS + 1 : 0;
}

static size_t moments_make(const struct amp_records *records, struct moment *moment)
{
    size_t n = 0;
    for (size_t i = 0; i < records->row_n; i++) {
        const struct amp_row *row = &records->row[i];
        for (unsigned step = 0; step < AMP_STEPS; step++) {
            int64_t time_us = step == AMP_STEP_AVAILABLE ? amp_row_end(row) : row->at_us[step];
            if (time_us != AMP_NO_TIME) {
                moment[n++] = (struct moment){.time_us = time_us,
                                              .row = (uint32_t)i,
                                              .step = (uint8_t)step,
                                              .rank = moment_rank(row, step)};
            }
        }
    }
    return n;
}

/* A call sign that the model accepts: what is no word character becomes "_". */
static struct amp_str sign_make(struct amp_arena *arena, struct amp_str name)
{
    if (name.len > AMP_WORD_MAX) {
        name.len = AMP_WORD_MAX;
    }
    char *text = amp_arena_text(arena, name);
    for (size_t i = 0; text != NULL && i < name.len; i++) {
        char c = text[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '_' || c == '-';
        text[i] = word ? c : '_';
    }
    return (struct amp_str){.ptr = text, .len = text != NULL ? name.len : 0};
}

static amp_err units_add(struct fold *fold, struct amp_arena *arena, int64_t now_us,
                         struct amp_why *why)
{
    for (size_t i = 0; i < fold->records->unit_n; i++) {
        fold->sign[i] = sign_make(arena, fold->records->unit[i].name);
        struct amp_command command = {.kind = AMP_CMD_ADD_UNIT, .time_us = now_us};
        command.f.has = AMP_HAS(UNIT) | AMP_HAS(KIND) | AMP_HAS(CAPABILITIES);
        command.f.unit = fold->sign[i];
        command.f.kind = amp_str_of(fold->records->unit[i].kind);
        command.f.capabilities.word[0] = command.f.kind;
        command.f.capabilities.n = 1;
        struct amp_decision decision = {0};
        bool refused = false;
        amp_err err = command_run(fold, &command, &decision, &refused, why);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

static amp_err fold_play(struct fold *fold, struct amp_arena *arena, struct amp_why *why)
{
    const struct amp_records *records = fold->records;
    struct moment *moment = amp_arena_array(arena, records->row_n * AMP_STEPS + 1, sizeof(*moment));
    fold->part = amp_arena_array(arena, records->row_n + 1, sizeof(*fold->part));
    fold->file = amp_arena_array(arena, records->call_n + 1, sizeof(*fold->file));
    fold->sign = amp_arena_array(arena, records->unit_n + 1, sizeof(*fold->sign));
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < records->row_n; i++) {
        fold->file[records->row[i].call].rows_left++;
    }
    size_t n = moments_make(records, moment);
    if (n > 0) {
        qsort(moment, n, sizeof(*moment), moment_order);
    }
    amp_err err = units_add(fold, arena, n > 0 ? moment[0].time_us : 0, why);
    for (size_t i = 0; !err && i < n; i++) {
        err = moment_play(fold, &moment[i], why);
    }
    return err;
}

amp_err amp_records_fold(const struct amp_records *records, const struct amp_plans *plans,
                         struct amp_arena *arena, struct amp_replay *out, struct amp_why *why)
{
    struct fold fold = {
        .records = records, .plans = plans, .scratch = amp_arena_make(FOLD_ARENA), .out = out};
    amp_err err = amp_state_init(&fold.state);
    if (err) {
        return err;
    }
    err = fold_play(&fold, arena, why);
    out->digest = err ? 0 : amp_state_digest(&fold.state);
    amp_state_finish(&fold.state);
    amp_arena_drop(&fold.scratch);
    return err;
}
