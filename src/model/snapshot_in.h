/*
 * What a snapshot's reader takes its items from: bytes that nobody vouches for, in blocks.
 *
 * Every `..._take` gives a value within its bounds, or sets the sticky error and gives nothing;
 * after an error there are no more bytes, so a reader may go on to the end of its item. Private to
 * snapshot_read.c.
 */
#ifndef AMP_MODEL_SNAPSHOT_IN_H
#define AMP_MODEL_SNAPSHOT_IN_H

#include "base/timefmt.h"
#include "model/field.h"
#include "model/snapshot_form.h"
#include <stdlib.h>
#include <string.h>

enum {
    ROOM_FIRST = 64 /* elements of a table before it has to prove itself */
};

struct text { /* a shared one */
    const char *ptr;
    bool word;
};

struct in {
    const uint8_t *at, *end;
    uint8_t *data;
    struct amp_state *state;
    struct text *text; /* by number in the snapshot, from 1 */
    size_t text_n, text_cap;
    amp_err (*get)(void *ctx, void *data, size_t len);
    void *ctx;
    amp_err err; /* sticky */
};

static inline void fail(struct in *in, amp_err err)
{
    in->err = in->err ? in->err : err;
    in->at = in->end; /* no more bytes */
}

static inline void check(struct in *in, bool good)
{
    if (!good) {
        fail(in, AMP_E_CORRUPT);
    }
}

/* ---- bytes ---- */

static inline void block_next(struct in *in)
{
    uint8_t head[4] = {0};
    amp_err err = in->err ? in->err : in->get(in->ctx, head, sizeof(head));
    uint32_t len = (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 |
                   (uint32_t)head[3] << 24;
    if (!err && len > AMP_SNAPSHOT_PIECE) {
        err = AMP_E_CORRUPT;
    }
    err = err || !len ? err : in->get(in->ctx, in->data, len);
    if (err) {
        fail(in, err);
        return;
    }
    in->at = in->data;
    in->end = in->data + len;
}

/* Between items. */
static inline void mark(struct in *in)
{
    if (in->at == in->end) {
        block_next(in);
    }
}

static inline const uint8_t *take(struct in *in, size_t len)
{
    if ((size_t)(in->end - in->at) < len) {
        fail(in, AMP_E_CORRUPT);
        return NULL;
    }
    const uint8_t *at = in->at;
    in->at += len;
    return at;
}

static inline uint64_t long_take(struct in *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && in->at < in->end; shift += 7) {
        uint8_t byte = *in->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    fail(in, AMP_E_CORRUPT);
    return 0;
}

static inline uint64_t uint_take(struct in *in)
{
    if (in->at < in->end && *in->at < 0x80) {
        return *in->at++;
    }
    return long_take(in);
}

static inline int64_t int_take(struct in *in)
{
    uint64_t value = uint_take(in);
    return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

/* At most `limit`. */
static inline uint64_t upto_take(struct in *in, uint64_t limit)
{
    uint64_t value = uint_take(in);
    check(in, value <= limit);
    return in->err ? 0 : value;
}

static inline int64_t within_take(struct in *in, int64_t low, int64_t high)
{
    int64_t value = int_take(in);
    check(in, value >= low && value <= high);
    return in->err ? 0 : value;
}

static inline int64_t time_take(struct in *in)
{
    return within_take(in, AMP_TIME_MIN_US, AMP_TIME_MAX_US);
}

static inline bool flag_take(struct in *in)
{
    return upto_take(in, 1) != 0;
}

static inline char *own_take(struct in *in, size_t max)
{
    size_t len = (size_t)upto_take(in, max + 1);
    if (!len) {
        return NULL;
    }
    const uint8_t *at = take(in, len - 1);
    if (!at || memchr(at, 0, len - 1)) {
        fail(in, AMP_E_CORRUPT);
        return NULL;
    }
    char *copy = amp_texts_own(in->state->texts, (struct amp_str){(const char *)at, len - 1});
    if (!copy) {
        fail(in, AMP_E_NOMEM);
    }
    return copy;
}

/* Room for one more of `total`: at first a little, then twice as much, never more than is claimed.
 */
static inline void *room(struct in *in, void *array, size_t *cap, size_t n, size_t total,
                         size_t size)
{
    if (in->err || n < *cap) {
        return array;
    }
    size_t grown_cap = *cap ? *cap * 2 : ROOM_FIRST;
    grown_cap = grown_cap < total ? grown_cap : total;
    void *grown = reallocarray(array, grown_cap, size);
    if (!grown) {
        fail(in, AMP_E_NOMEM);
        return array;
    }
    *cap = grown_cap;
    return grown;
}

static inline void shared_add(struct in *in)
{
    size_t len = (size_t)upto_take(in, AMP_LINE_MAX);
    const uint8_t *at = take(in, len);
    struct amp_str view = {(const char *)at, len};
    if (!at || !amp_utf8_valid(view)) {
        fail(in, AMP_E_CORRUPT);
        return;
    }
    in->text = room(in, in->text, &in->text_cap, in->text_n, SIZE_MAX / sizeof(*in->text),
                    sizeof(*in->text));
    const char *copy = amp_texts_share(in->state->texts, view);
    if (!copy) {
        fail(in, AMP_E_NOMEM);
    }
    if (!in->err) {
        in->text[in->text_n++] = (struct text){.ptr = copy, .word = amp_word_valid(view)};
    }
}

/* A shared text; `word`: it must be one. */
static inline const char *shared_take(struct in *in, bool word)
{
    uint64_t ref = uint_take(in);
    if (!ref) {
        return NULL;
    }
    if (ref == in->text_n + 1) {
        shared_add(in);
    }
    if (in->err || ref > in->text_n || (word && !in->text[ref - 1].word)) {
        fail(in, AMP_E_CORRUPT);
        return NULL;
    }
    return in->text[ref - 1].ptr;
}

static inline const char *word_take(struct in *in)
{
    return shared_take(in, true);
}

/* One that has to be there. */
static inline const char *name_take(struct in *in)
{
    const char *name = shared_take(in, true);
    check(in, name != NULL);
    return name;
}

static inline const char *line_take(struct in *in)
{
    const char *line = shared_take(in, false);
    check(in, line != NULL);
    return line;
}

static inline struct amp_pos pos_take(struct in *in)
{
    int32_t lat = (int32_t)within_take(in, INT32_MIN, INT32_MAX);
    int32_t lon = (int32_t)within_take(in, INT32_MIN, INT32_MAX);
    check(in, amp_pos_valid(lat, lon));
    return (struct amp_pos){lat, lon};
}

static inline struct amp_place_report where_take(struct in *in)
{
    struct amp_place_report where = {.radius_m = -1, .confidence_pct = -1};
    where.known = flag_take(in);
    if (where.known) {
        where.pos = pos_take(in);
        where.radius_m = within_take(in, -1, amp_field_rows[AMP_FIELD_RADIUS_M].high);
        where.confidence_pct = within_take(in, -1, 100);
        where.fix_us = time_take(in);
        where.source = word_take(in);
    }
    return where;
}

#endif
