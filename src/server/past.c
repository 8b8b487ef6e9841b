/* The cursor over the journal, and its frames. */
#include "server/past.h"
#include "model/snapshot.h"
#include "response/apply.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECORD_ARENA = 8 << 20,
    BYTE_BITS = 8
};

struct frame {
    uint64_t seq;
    int64_t time_us;
    struct amp_buf bytes;
};

struct amp_past {
    struct amp_past_config config;
    struct amp_sealer sealer;
    struct amp_arena arena;
    struct amp_state state;
    bool is_whole; /* there is a state */
    int64_t time_us;
    uint64_t every;
    struct frame frame[AMP_PAST_FRAMES]; /* by number */
    size_t frame_n;
    uint8_t *gone; /* bits by incident: its data could not be read */
    size_t gone_cap;
    /* of the walk at hand */
    const struct amp_past_visit *visit;
    struct amp_why why;
};

struct amp_past *amp_past_create(const struct amp_past_config *config)
{
    struct amp_past *past = calloc(1, sizeof *past);
    if (past != NULL) {
        past->config = *config;
        past->sealer = amp_keys_sealer(config->keys);
        past->arena = amp_arena_make(RECORD_ARENA);
        past->every = config->every;
        past->time_us = INT64_MIN;
    }
    return past;
}

static void state_drop(struct amp_past *past)
{
    if (past->is_whole) {
        amp_state_finish(&past->state);
        past->is_whole = false;
    }
    past->time_us = INT64_MIN;
}

static void frame_drop(struct frame *frame)
{
    if (frame->bytes.data != NULL) {
        amp_wipe(frame->bytes.data, frame->bytes.cap);
    }
    amp_buf_free(&frame->bytes);
}

void amp_past_forget(struct amp_past *past)
{
    state_drop(past);
    for (size_t i = 0; i < past->frame_n; i++) {
        frame_drop(&past->frame[i]);
    }
    past->frame_n = 0;
    past->every = past->config.every;
    amp_arena_drop(&past->arena);
    past->arena = amp_arena_make(RECORD_ARENA);
}

void amp_past_destroy(struct amp_past *past)
{
    if (past != NULL) {
        amp_past_forget(past);
        amp_arena_drop(&past->arena);
        free(past->gone);
        free(past);
    }
}

int64_t amp_past_time_us(const struct amp_past *past)
{
    return past->time_us;
}

size_t amp_past_frames(const struct amp_past *past)
{
    return past->frame_n;
}

/* ---- what is gone ---- */

bool amp_past_is_erased(const struct amp_past *past, struct amp_incident_id id)
{
    size_t at = id.n / BYTE_BITS;
    return at < past->gone_cap && (past->gone[at] >> id.n % BYTE_BITS & 1) != 0;
}

static amp_err gone_note(struct amp_past *past, struct amp_incident_id id)
{
    size_t at = id.n / BYTE_BITS;
    if (at >= past->gone_cap) {
        size_t cap = at * 2 + 64;
        uint8_t *grown = realloc(past->gone, cap);
        if (grown == NULL) {
            return AMP_E_NOMEM;
        }
        memset(grown + past->gone_cap, 0, cap - past->gone_cap);
        past->gone = grown;
        past->gone_cap = cap;
    }
    past->gone[at] |= (uint8_t)(1U << id.n % BYTE_BITS);
    return AMP_OK;
}

/* ---- frames ---- */

static size_t frames_bytes(const struct amp_past *past)
{
    size_t sum = 0;
    for (size_t i = 0; i < past->frame_n; i++) {
        sum += past->frame[i].bytes.cap;
    }
    return sum;
}

/* Half of them go, and as many fewer are made from here on. */
static void frames_thin(struct amp_past *past)
{
    size_t kept = 0;
    past->every *= 2;
    for (size_t i = 0; i < past->frame_n; i++) {
        if (past->frame[i].seq % past->every == 0) {
            past->frame[kept++] = past->frame[i];
        } else {
            frame_drop(&past->frame[i]);
        }
    }
    past->frame_n = kept;
}

/* The place of the last frame that is not behind seq, plus one; 0: there is none. */
static size_t frame_before(const struct amp_past *past, uint64_t seq)
{
    size_t i = past->frame_n;
    while (i > 0 && past->frame[i - 1].seq > seq) {
        i--;
    }
    return i;
}

static amp_err frame_put(void *ctx, const void *data, size_t len)
{
    struct amp_buf *buf = ctx;
    amp_buf_put(buf, data, len);
    return amp_buf_err(buf);
}

/* A frame that cannot be made costs time later, and nothing else. */
static void frame_make(struct amp_past *past)
{
    uint64_t seq = past->state.seq;
    if (past->every == 0 || seq % past->every != 0) {
        return;
    }
    size_t at = frame_before(past, seq);
    if (at > 0 && past->frame[at - 1].seq == seq) {
        return;
    }
    if (past->frame_n == AMP_PAST_FRAMES || frames_bytes(past) > AMP_PAST_BYTES) {
        frames_thin(past);
        if (seq % past->every != 0 || past->frame_n == AMP_PAST_FRAMES) {
            return;
        }
        at = frame_before(past, seq);
    }
    struct frame frame = {
        .seq = seq, .time_us = past->time_us, .bytes = amp_buf_make(AMP_PAST_FRAME_BYTES)};
    if (amp_snapshot_write(&past->state, frame_put, &frame.bytes) != AMP_OK) {
        frame_drop(&frame);
        return;
    }
    memmove(&past->frame[at + 1], &past->frame[at], (past->frame_n - at) * sizeof past->frame[0]);
    past->frame[at] = frame;
    past->frame_n++;
}

struct loading {
    const struct amp_buf *bytes;
    size_t at;
};

static amp_err frame_get(void *ctx, void *data, size_t len)
{
    struct loading *loading = ctx;
    if (loading->bytes->len - loading->at < len) {
        return AMP_E_CORRUPT;
    }
    memcpy(data, loading->bytes->data + loading->at, len);
    loading->at += len;
    return AMP_OK;
}

/* ---- going there ---- */

static amp_err start_at(struct amp_past *past, size_t frame, struct amp_why *why)
{
    state_drop(past);
    amp_err err = AMP_OK;
    if (frame == 0) {
        err = amp_state_init(&past->state);
    } else {
        struct loading loading = {.bytes = &past->frame[frame - 1].bytes};
        err = amp_snapshot_read(frame_get, &loading, &past->state, why);
        past->time_us = past->frame[frame - 1].time_us;
    }
    past->is_whole = err == AMP_OK;
    return err;
}

static amp_err record_fold(void *ctx, const struct amp_record *record)
{
    struct amp_past *past = ctx;
    struct amp_event event;
    if (past->config.stop != NULL && atomic_load(past->config.stop)) {
        return AMP_E_BUSY;
    }
    amp_arena_reset(&past->arena);
    amp_err err = amp_event_read(record->body, &past->sealer, &past->arena, &event, &past->why);
    if (err == AMP_OK && event.gone && (event.f.has & AMP_HAS(INCIDENT)) != 0) {
        err = gone_note(past, event.f.incident);
    }
    if (err != AMP_OK) {
        return err;
    }
    event.seq = record->seq;
    err = amp_apply(&past->state, &event, &past->why);
    if (err != AMP_OK) {
        return err;
    }
    past->time_us = event.time_us;
    if (past->visit != NULL) {
        past->visit->event(past->visit->ctx, &past->state, &event);
    }
    frame_make(past);
    return AMP_OK;
}

static amp_err fold_on(struct amp_past *past, struct amp_store *reader, uint64_t last,
                       struct amp_why *why)
{
    if (past->state.seq >= last) {
        return AMP_OK;
    }
    past->why.text[0] = '\0';
    amp_err err =
        reader->ops->read(reader, past->state.seq + 1, last, past, record_fold, &past->why);
    if (err != AMP_OK) {
        state_drop(past);
        return amp_fail(why, err, "the journal cannot be folded to record %llu: %s",
                        (unsigned long long)last, past->why.text);
    }
    return AMP_OK;
}

amp_err amp_past_seek(struct amp_past *past, struct amp_store *reader, uint64_t seq,
                      const struct amp_state **out, struct amp_why *why)
{
    struct amp_head head = {.size = 0};
    amp_err err = reader->ops->head(reader, &head, why);
    if (err == AMP_OK && seq > head.size) {
        err = amp_fail(why, AMP_E_RANGE, "the journal has %llu records",
                       (unsigned long long)head.size);
    }
    if (err != AMP_OK) {
        return err;
    }
    size_t frame = frame_before(past, seq);
    uint64_t from = frame > 0 ? past->frame[frame - 1].seq : 0;
    if (!past->is_whole || past->state.seq > seq || past->state.seq < from) {
        err = start_at(past, frame, why);
    }
    err = err ? err : fold_on(past, reader, seq, why);
    if (err == AMP_OK) {
        *out = &past->state;
    }
    return err;
}

amp_err amp_past_walk(struct amp_past *past, struct amp_store *reader, uint64_t first,
                      uint64_t last, const struct amp_past_visit *visit, struct amp_why *why)
{
    const struct amp_state *state = NULL;
    amp_err err = amp_past_seek(past, reader, first, &state, why);
    past->visit = visit;
    err = err ? err : fold_on(past, reader, last, why);
    past->visit = NULL;
    return err;
}

/* ---- when ---- */

struct finding {
    struct amp_arena arena;
    int64_t time_us;
};

static amp_err time_read(void *ctx, const struct amp_record *record)
{
    struct finding *finding = ctx;
    struct amp_event event;
    amp_arena_reset(&finding->arena);
    amp_err err = amp_event_read(record->body, NULL, &finding->arena, &event, NULL);
    finding->time_us = err == AMP_OK ? event.time_us : 0;
    return err;
}

amp_err amp_past_find(struct amp_store *reader, int64_t at_us, uint64_t *out, struct amp_why *why)
{
    struct finding finding = {.arena = amp_arena_make(RECORD_ARENA)};
    struct amp_head head = {.size = 0};
    amp_err err = reader->ops->head(reader, &head, why);
    uint64_t low = 0, high = head.size; /* low is not after at_us, what is behind high is */
    while (err == AMP_OK && low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        err = reader->ops->read(reader, middle, middle, &finding, time_read, why);
        if (finding.time_us <= at_us) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    amp_arena_drop(&finding.arena);
    if (err == AMP_OK) {
        *out = low;
    }
    return err;
}
