/*
 * The ring of messages and the cursors of those who listen; one lock over both.
 *
 * Who has nothing to read parks, at the end of a queue. When something is published, a thread wakes
 * the queue from its head, at a pace: so whoever publishes waits for nobody, a listener reads all
 * that came meanwhile in one block, and the network thread has time for requests in between.
 */
#include "server/push.h"
#include "base/crypto.h"
#include "server/clock.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    EVENT_NAME_MAX = 64,
    DATA_MAX = 64 << 20,
    CONNECTIONS_LEFT = 1024
};

_Static_assert(AMP_PUSH_LISTENERS + CONNECTIONS_LEFT <= AMP_HTTP_PER_ADDRESS,
               "listeners at one address leave it connections to ask and write with");

struct amp_message {
    size_t refs; /* under push->lock once published */
    uint64_t seq;
    uint64_t before; /* bytes published before it */
    uint64_t agencies;
    bool all_crews;
    uint32_t *unit; /* of the audience, sorted as they came; behind the data */
    size_t unit_n;
    size_t len;
    char data[];
};

const struct amp_audience amp_audience_all = {.agencies = UINT64_MAX, .all_crews = true};

struct listener {
    struct listener *prev, *next;
    struct amp_push *push;
    struct amp_stream *stream;
    struct amp_listener_who who;
    struct listener *before, *behind; /* in the queue, while it is parked */
    bool parked;
    bool called;    /* woken, and has not read since */
    uint64_t knows; /* push->news when it parked */
    bool resync;
    bool ending; /* its badge was ended: one word, and the end */
    bool ending_said;
    struct amp_message *sending; /* counted */
    size_t sent;                 /* of it */
    uint64_t event_at;           /* next place in the ring */
    uint64_t positions_at;
    uint64_t heartbeat_at;
};

struct amp_push {
    pthread_mutex_t lock;
    struct amp_message *ring[AMP_PUSH_RING];
    uint64_t first, next; /* places in use: first..next-1 */
    uint64_t kept_bytes, total_bytes;
    struct amp_message *positions[AMP_PUSH_POSITIONS];
    uint64_t positions_next;
    struct amp_message *heartbeat;
    uint64_t heartbeat_n;
    struct listener *listeners;
    struct listener *parked_first, *parked_last; /* whoever parked first is first */
    uint64_t news;                               /* how often something was published */
    size_t called_n;                             /* listeners */
    pthread_t waker;
    pthread_cond_t wanted;
    bool waker_waits; /* for news, or for those it has called */
    bool closing, ending;
    struct amp_push_counts counts;
};

/* ---- waking ---- */

static void queue_join(struct amp_push *push, struct listener *li)
{
    li->parked = true;
    li->knows = push->news;
    li->before = push->parked_last;
    li->behind = NULL;
    *(li->before != NULL ? &li->before->behind : &push->parked_first) = li;
    push->parked_last = li;
}

static void queue_leave(struct amp_push *push, struct listener *li)
{
    li->parked = false;
    *(li->before != NULL ? &li->before->behind : &push->parked_first) = li->behind;
    *(li->behind != NULL ? &li->behind->before : &push->parked_last) = li->before;
}

/* Who is first knows least: if it lacks nothing, nobody does. */
static bool somebody_lacks(const struct amp_push *push)
{
    return push->parked_first != NULL && push->parked_first->knows != push->news;
}

/* The waker has nothing to do: nobody lacks anything, or the network thread has enough to do. */
static bool waker_rests(const struct amp_push *push)
{
    return !somebody_lacks(push) || push->called_n >= AMP_PUSH_CALLED;
}

/* Of those called half have to answer before more are: not each answer wakes the waker. */
static void waker_tell(struct amp_push *push)
{
    if (push->waker_waits && somebody_lacks(push) && push->called_n <= AMP_PUSH_CALLED / 2) {
        (void)pthread_cond_signal(&push->wanted);
    }
}

/* Something was published. */
static void news_tell(struct amp_push *push)
{
    push->news++;
    waker_tell(push);
}

/* A listener reads after it was woken, or is gone: another may be woken. */
static void call_answered(struct amp_push *push, struct listener *li)
{
    if (li->called) {
        li->called = false;
        push->called_n--;
        waker_tell(push);
    }
}

static void call(struct amp_push *push, struct listener *li)
{
    queue_leave(push, li);
    li->called = true;
    push->called_n++;
    amp_stream_wake(li->stream);
}

static void wait_until(struct amp_push *push, int64_t until_us)
{
    const struct timespec until = {.tv_sec = (time_t)(until_us / 1000000),
                                   .tv_nsec = (long)(until_us % 1000000) * 1000};
    while (!push->ending &&
           pthread_cond_timedwait(&push->wanted, &push->lock, &until) != ETIMEDOUT) {}
}

/* A credit of wakings grows with time up to a burst: a few listeners are woken at once, many one
 * after the other. */
static void *waker_run(void *ctx)
{
    struct amp_push *push = ctx;
    int64_t paid_us = 0; /* until when the wakings are paid for */
    (void)pthread_mutex_lock(&push->lock);
    while (!push->ending) {
        int64_t now = amp_clock_steady_us();
        int64_t least = now - (int64_t)AMP_PUSH_BURST * AMP_PUSH_WAKE_US;
        paid_us = paid_us > least ? paid_us : least;
        while (paid_us <= now && !waker_rests(push)) {
            call(push, push->parked_first);
            paid_us += AMP_PUSH_WAKE_US;
        }
        if (waker_rests(push)) {
            push->waker_waits = true;
            (void)pthread_cond_wait(&push->wanted, &push->lock);
            push->waker_waits = false;
        } else {
            wait_until(push, paid_us + (int64_t)AMP_PUSH_SLICE * AMP_PUSH_WAKE_US);
        }
    }
    (void)pthread_mutex_unlock(&push->lock);
    return NULL;
}

static amp_err waker_start(struct amp_push *push)
{
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0) {
        return AMP_E_NOMEM;
    }
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* as amp_clock_steady_us */
    (void)pthread_cond_init(&push->wanted, &attr);
    (void)pthread_condattr_destroy(&attr);
    if (pthread_create(&push->waker, NULL, waker_run, push) != 0) {
        (void)pthread_cond_destroy(&push->wanted);
        return AMP_E_NOMEM;
    }
    return AMP_OK;
}

static void waker_end(struct amp_push *push)
{
    (void)pthread_mutex_lock(&push->lock);
    push->ending = true;
    (void)pthread_cond_signal(&push->wanted);
    (void)pthread_mutex_unlock(&push->lock);
    (void)pthread_join(push->waker, NULL);
    (void)pthread_cond_destroy(&push->wanted);
}

/* ---- messages ---- */

amp_err amp_push_create(uint64_t seq, struct amp_push **out)
{
    struct amp_push *push = calloc(1, sizeof *push);
    if (push == NULL) {
        return AMP_E_NOMEM;
    }
    (void)pthread_mutex_init(&push->lock, NULL);
    push->counts.seq = seq;
    amp_err err = waker_start(push);
    if (err != AMP_OK) {
        (void)pthread_mutex_destroy(&push->lock);
        free(push);
        return err;
    }
    *out = push;
    return AMP_OK;
}

/* What was told is personal: it does not stay behind in memory. */
static void message_free(struct amp_message *message)
{
    amp_wipe(message->data, message->len);
    free(message);
}

static void message_unref(struct amp_message *message)
{
    if (message != NULL && --message->refs == 0) {
        message_free(message);
    }
}

void amp_push_destroy(struct amp_push *push)
{
    if (push == NULL) {
        return;
    }
    assert(push->listeners == NULL);
    waker_end(push);
    for (uint64_t at = push->first; at < push->next; at++) {
        message_unref(push->ring[at % AMP_PUSH_RING]);
    }
    for (size_t i = 0; i < AMP_PUSH_POSITIONS; i++) {
        message_unref(push->positions[i]);
    }
    message_unref(push->heartbeat);
    (void)pthread_mutex_destroy(&push->lock);
    free(push);
}

static size_t units_at(size_t len)
{
    return (offsetof(struct amp_message, data) + len + alignof(uint32_t) - 1) / alignof(uint32_t) *
           alignof(uint32_t);
}

struct amp_message *amp_message_make(const char *event, uint64_t seq, struct amp_str data,
                                     const struct amp_audience *audience)
{
    assert(strlen(event) < EVENT_NAME_MAX);
    assert(memchr(data.ptr, '\n', data.len) == NULL);
    struct amp_buf buf = amp_buf_make(DATA_MAX);
    if (seq != 0) {
        amp_buf_printf(&buf, "id: %llu\n", (unsigned long long)seq);
    }
    amp_buf_printf(&buf, "event: %s\ndata: ", event);
    amp_buf_str(&buf, data);
    amp_buf_text(&buf, "\n\n");
    struct amp_message *message = NULL;
    if (amp_buf_err(&buf) == AMP_OK) {
        message = malloc(units_at(buf.len) + audience->unit_n * sizeof *message->unit);
    }
    if (message != NULL) {
        *message = (struct amp_message){.refs = 1,
                                        .seq = seq,
                                        .agencies = audience->agencies,
                                        .all_crews = audience->all_crews,
                                        .unit_n = audience->unit_n,
                                        .len = buf.len};
        memcpy(message->data, buf.data, buf.len);
        message->unit = (uint32_t *)(void *)((char *)message + units_at(buf.len));
        for (size_t i = 0; i < audience->unit_n; i++) {
            message->unit[i] = audience->unit[i];
        }
    }
    if (buf.data != NULL) {
        amp_wipe(buf.data, buf.len);
    }
    amp_buf_free(&buf);
    return message;
}

void amp_message_drop(struct amp_message *message)
{
    if (message != NULL) {
        message_free(message);
    }
}

static void oldest_forget(struct amp_push *push)
{
    struct amp_message *message = push->ring[push->first % AMP_PUSH_RING];
    push->kept_bytes -= message->len;
    message_unref(message);
    push->first++;
}

void amp_push_event(struct amp_push *push, struct amp_message *message)
{
    (void)pthread_mutex_lock(&push->lock);
    assert(message->seq == push->counts.seq + 1);
    while (push->first < push->next && (push->next - push->first == AMP_PUSH_RING ||
                                        push->kept_bytes + message->len > AMP_PUSH_BYTES)) {
        oldest_forget(push);
    }
    message->before = push->total_bytes;
    push->ring[push->next % AMP_PUSH_RING] = message;
    push->next++;
    push->kept_bytes += message->len;
    push->total_bytes += message->len;
    push->counts.seq = message->seq;
    push->counts.events++;
    news_tell(push);
    (void)pthread_mutex_unlock(&push->lock);
}

void amp_push_positions(struct amp_push *push, struct amp_message *message)
{
    (void)pthread_mutex_lock(&push->lock);
    struct amp_message **slot = &push->positions[push->positions_next % AMP_PUSH_POSITIONS];
    message_unref(*slot);
    message->before = push->total_bytes;
    push->total_bytes += message->len;
    *slot = message;
    push->positions_next++;
    news_tell(push);
    (void)pthread_mutex_unlock(&push->lock);
}

void amp_push_heartbeat(struct amp_push *push, struct amp_message *message)
{
    (void)pthread_mutex_lock(&push->lock);
    message_unref(push->heartbeat);
    push->heartbeat = message;
    push->heartbeat_n++;
    news_tell(push);
    (void)pthread_mutex_unlock(&push->lock);
}

/* Where the oldest thing the listener still lacks begins, in bytes published. */
static uint64_t position_of(const struct amp_push *push, const struct listener *li)
{
    uint64_t at = push->total_bytes;
    if (li->event_at < push->next) {
        at = push->ring[li->event_at % AMP_PUSH_RING]->before;
    }
    if (li->positions_at < push->positions_next) {
        uint64_t other = push->positions[li->positions_at % AMP_PUSH_POSITIONS]->before;
        at = other < at ? other : at;
    }
    return at;
}

static bool is_behind(const struct amp_push *push, const struct listener *li)
{
    if (li->event_at < push->first ||
        push->positions_next - li->positions_at > AMP_PUSH_POSITIONS) {
        return true;
    }
    return push->total_bytes - position_of(push, li) > AMP_PUSH_UNSENT;
}

static struct amp_message *resync_make(struct amp_push *push, struct listener *li)
{
    struct amp_buf data = amp_buf_make(EVENT_NAME_MAX);
    amp_buf_printf(&data, "{\"seq\":%llu}", (unsigned long long)push->counts.seq);
    struct amp_message *message =
        amp_message_make("resync", push->counts.seq, amp_buf_view(&data), &amp_audience_all);
    amp_buf_free(&data);
    if (message != NULL) {
        li->resync = false;
        li->event_at = push->next;
        li->positions_at = push->positions_next;
        push->counts.resyncs++;
    }
    return message;
}

static struct amp_message *ending_make(struct listener *li)
{
    li->ending_said = true;
    return amp_message_make("session-ended", 0, AMP_STR("{}"), &amp_audience_all);
}

static bool may_hear(const struct listener *li, const struct amp_message *message)
{
    if ((message->agencies & li->who.agency) == 0) {
        return false;
    }
    bool hears = li->who.unit == 0 || message->all_crews;
    for (size_t i = 0; i < message->unit_n && !hears; i++) {
        hears = message->unit[i] == li->who.unit;
    }
    return hears;
}

/* The next of the events and the positions that the listener may hear. */
static struct amp_message *message_heard(struct amp_push *push, struct listener *li)
{
    while (li->event_at < push->next) {
        struct amp_message *message = push->ring[li->event_at++ % AMP_PUSH_RING];
        if (may_hear(li, message)) {
            return message;
        }
    }
    while (li->positions_at < push->positions_next) {
        struct amp_message *message = push->positions[li->positions_at++ % AMP_PUSH_POSITIONS];
        if (may_hear(li, message)) {
            return message;
        }
    }
    return NULL;
}

/* The next message for a listener, counted for it; NULL when there is none. */
static struct amp_message *message_next(struct amp_push *push, struct listener *li)
{
    if (li->ending) {
        return li->ending_said ? NULL : ending_make(li);
    }
    if (li->resync || is_behind(push, li)) {
        li->resync = true;
        return resync_make(push, li);
    }
    struct amp_message *message = message_heard(push, li);
    if (message == NULL && li->heartbeat_at < push->heartbeat_n) {
        li->heartbeat_at = push->heartbeat_n;
        message = push->heartbeat;
    }
    if (message != NULL) {
        message->refs++;
    }
    return message;
}

static size_t bytes_copy(struct amp_push *push, struct listener *li, char *buf, size_t max)
{
    size_t n = 0;
    while (n < max) {
        if (li->sending == NULL) {
            li->sending = message_next(push, li);
            li->sent = 0;
        }
        if (li->sending == NULL) {
            break;
        }
        size_t left = li->sending->len - li->sent;
        size_t part = left < max - n ? left : max - n;
        memcpy(buf + n, li->sending->data + li->sent, part);
        n += part;
        li->sent += part;
        if (li->sent == li->sending->len) {
            message_unref(li->sending);
            li->sending = NULL;
        }
    }
    push->counts.bytes += n;
    return n;
}

static ssize_t listener_read(void *ctx, char *buf, size_t max)
{
    struct listener *li = ctx;
    struct amp_push *push = li->push;
    (void)pthread_mutex_lock(&push->lock);
    call_answered(push, li);
    ssize_t n = push->closing ? -1 : (ssize_t)bytes_copy(push, li, buf, max);
    if (n == 0 && li->ending_said) {
        n = -1;
    }
    if (n == 0) {
        amp_stream_park(li->stream);
        queue_join(push, li);
    }
    (void)pthread_mutex_unlock(&push->lock);
    return n;
}

static void listener_closed(void *ctx)
{
    struct listener *li = ctx;
    struct amp_push *push = li->push;
    (void)pthread_mutex_lock(&push->lock);
    if (li->prev != NULL) {
        li->prev->next = li->next;
    } else {
        push->listeners = li->next;
    }
    if (li->next != NULL) {
        li->next->prev = li->prev;
    }
    if (li->parked) {
        queue_leave(push, li);
    }
    call_answered(push, li);
    message_unref(li->sending);
    push->counts.listeners--;
    (void)pthread_mutex_unlock(&push->lock);
    free(li);
}

/* Numbers are consecutive, so a number says the place. */
static void cursor_place(struct amp_push *push, struct listener *li, uint64_t since)
{
    uint64_t last = push->counts.seq;
    li->event_at = push->next;
    if (since != UINT64_MAX && since != last) {
        li->resync = since > last || last - since > push->next - push->first;
        if (!li->resync) {
            li->event_at = push->next - (last - since);
        }
    }
    uint64_t back = push->positions_next < AMP_PUSH_REPLAYED ? push->positions_next
                                                             : (uint64_t)AMP_PUSH_REPLAYED;
    li->positions_at = push->positions_next - back;
}

amp_err amp_push_listen(struct amp_push *push, struct amp_request *rq, uint64_t since,
                        const struct amp_listener_who *who)
{
    struct listener *li = calloc(1, sizeof *li);
    if (li == NULL) {
        return AMP_E_NOMEM;
    }
    li->push = push;
    li->who = *who;
    (void)pthread_mutex_lock(&push->lock);
    if (push->closing || push->counts.listeners >= AMP_PUSH_LISTENERS) {
        (void)pthread_mutex_unlock(&push->lock);
        free(li);
        return AMP_E_BUSY;
    }
    cursor_place(push, li, since);
    li->next = push->listeners;
    if (li->next != NULL) {
        li->next->prev = li;
    }
    push->listeners = li;
    push->counts.listeners++;
    (void)pthread_mutex_unlock(&push->lock);
    const struct amp_stream_source source = {
        .ctx = li, .read = listener_read, .closed = listener_closed};
    amp_request_stream(rq, "text/event-stream", &source, &li->stream);
    return AMP_OK;
}

void amp_push_badge_end(struct amp_push *push, const char *badge)
{
    (void)pthread_mutex_lock(&push->lock);
    for (struct listener *li = push->listeners; li != NULL; li = li->next) {
        if (badge[0] != '\0' && strcmp(li->who.badge, badge) == 0) {
            li->ending = true;
        }
    }
    news_tell(push);
    (void)pthread_mutex_unlock(&push->lock);
}

void amp_push_forget(struct amp_push *push)
{
    (void)pthread_mutex_lock(&push->lock);
    while (push->first < push->next) {
        oldest_forget(push);
    }
    (void)pthread_mutex_unlock(&push->lock);
}

void amp_push_close(struct amp_push *push)
{
    (void)pthread_mutex_lock(&push->lock);
    push->closing = true;
    news_tell(push);
    (void)pthread_mutex_unlock(&push->lock);
}

struct amp_push_counts amp_push_counts(struct amp_push *push)
{
    (void)pthread_mutex_lock(&push->lock);
    struct amp_push_counts counts = push->counts;
    (void)pthread_mutex_unlock(&push->lock);
    return counts;
}
