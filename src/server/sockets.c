/* A table of connections, a queue for each, and the thread that serves them. */
#include "server/sockets.h"
#include "base/crypto.h"
#include "server/clock.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOK_MS = 500,
    EVENTS = 64,
    PLACE_BITS = 8, /* of a number: the place; above them how often it was used */
    US_PER_MS = 1000,
    MS_PER_S = 1000,
    WAKE = 2 * AMP_SOCKETS_MAX /* of epoll's marks: somebody has something to say */
};

enum life {
    FREE,
    EXPECTED, /* its upgrade is on its way */
    TAKEN,    /* it has a socket, and the thread does not know it yet */
    OPEN,
    LINGERING /* the end was said: bytes that still come are dropped until it is cut */
};

struct item { /* a text that waits */
    struct item *next;
    size_t len;
    bool asks; /* for an answer, which costs its sender nothing */
    char text[];
};

struct place {
    struct amp_sockets *sockets;
    /* under the lock */
    enum life life;
    uint64_t used;
    char badge[AMP_PUSH_BADGE];
    size_t owner;
    bool kept;
    struct amp_upgraded *conn;
    int fd;
    struct amp_buf first;
    struct item *queue, **last;
    size_t queue_n, queue_bytes, asked;
    int code; /* why it has to end; 0: it has not */
    const char *reason;
    /* the thread's own */
    struct amp_websocket *ws;
    struct amp_str ahead; /* of `first`, what is not read yet */
    uint32_t interest;    /* epoll's */
    bool ready, busy;     /* busy: something was queued and has not left */
    bool gone;            /* the other end: what it said last may still be on its way to us */
    uint64_t frames;
    int64_t heard_us, pinged_us, moved_us, rate_us, cut_us, kept_us;
    int credit; /* texts that may come */
};

struct amp_sockets {
    struct amp_sockets_config config;
    pthread_mutex_t lock;
    pthread_t thread;
    int epoll, wake;
    bool closing, ending; /* under the lock */
    struct place place[AMP_SOCKETS_MAX];
};

_Static_assert(AMP_SOCKETS_MAX <= 1 << PLACE_BITS, "a number has room for the place");

/* ---- numbers ---- */

static uint64_t id_of(const struct place *place)
{
    return place->used << PLACE_BITS | (uint64_t)(place - place->sockets->place);
}

/* Under the lock: the place of a number, NULL when that one is gone. */
static struct place *place_of(struct amp_sockets *sockets, uint64_t id)
{
    size_t at = (size_t)(id & ((1U << PLACE_BITS) - 1));
    struct place *place = at < AMP_SOCKETS_MAX ? &sockets->place[at] : NULL;
    bool there = place != NULL && place->life != FREE && place->used == id >> PLACE_BITS;
    return there ? place : NULL;
}

static void wake(struct amp_sockets *sockets)
{
    const uint64_t one = 1;
    (void)!write(sockets->wake, &one, sizeof one); /* full: it wakes anyhow */
}

/* Under the lock. */
static void place_free(struct place *place)
{
    while (place->queue != NULL) {
        struct item *item = place->queue;
        place->queue = item->next;
        amp_wipe(item->text, item->len);
        free(item);
    }
    amp_buf_free(&place->first);
    const uint64_t used = place->used;
    *place = (struct place){.sockets = place->sockets, .used = used, .fd = -1};
}

/* ---- what other threads say ---- */

static void on_taken(void *ctx, struct amp_upgraded *conn, int fd, struct amp_str first)
{
    struct place *place = ctx;
    struct amp_sockets *sockets = place->sockets;
    (void)pthread_mutex_lock(&sockets->lock);
    assert(place->life == EXPECTED);
    place->conn = conn;
    place->fd = fd;
    place->first = amp_buf_make(AMP_SOCKETS_IN);
    amp_buf_str(&place->first, first);
    place->life = TAKEN;
    (void)pthread_mutex_unlock(&sockets->lock);
    wake(sockets);
}

static void on_lost(void *ctx)
{
    struct place *place = ctx;
    (void)pthread_mutex_lock(&place->sockets->lock);
    place_free(place);
    (void)pthread_mutex_unlock(&place->sockets->lock);
}

/* Under the lock: a free place, if the owner has few. */
static struct place *place_find(struct amp_sockets *sockets, size_t owner)
{
    struct place *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < AMP_SOCKETS_MAX; i++) {
        struct place *place = &sockets->place[i];
        n += place->life != FREE && place->owner == owner;
        found = found == NULL && place->life == FREE ? place : found;
    }
    return n < AMP_SOCKETS_EACH && !sockets->closing ? found : NULL;
}

amp_err amp_sockets_expect(struct amp_sockets *sockets, const char *badge, size_t owner,
                           uint64_t *id, struct amp_upgrade *out)
{
    (void)pthread_mutex_lock(&sockets->lock);
    struct place *place = place_find(sockets, owner);
    if (place != NULL &&
        amp_str_copy(place->badge, sizeof place->badge, amp_str_of(badge)) != AMP_OK) {
        place = NULL;
    }
    if (place != NULL) {
        place->life = EXPECTED;
        place->owner = owner;
        place->used++;
        place->last = &place->queue;
        *id = id_of(place);
        *out = (struct amp_upgrade){.ctx = place, .taken = on_taken, .lost = on_lost};
    }
    (void)pthread_mutex_unlock(&sockets->lock);
    return place != NULL ? AMP_OK : AMP_E_BUSY;
}

bool amp_sockets_there(struct amp_sockets *sockets, uint64_t id)
{
    (void)pthread_mutex_lock(&sockets->lock);
    const struct place *place = place_of(sockets, id);
    bool there = place != NULL && place->life != LINGERING && place->code == 0;
    (void)pthread_mutex_unlock(&sockets->lock);
    return there;
}

/* Under the lock. */
static size_t room_of(const struct place *place)
{
    bool open = place != NULL && place->life != LINGERING && place->code == 0;
    return open && place->queue_bytes < AMP_SOCKETS_BYTES ? AMP_SOCKETS_QUEUE - place->queue_n : 0;
}

size_t amp_sockets_room(struct amp_sockets *sockets, uint64_t id)
{
    (void)pthread_mutex_lock(&sockets->lock);
    size_t room = room_of(place_of(sockets, id));
    (void)pthread_mutex_unlock(&sockets->lock);
    return room;
}

amp_err amp_sockets_say(struct amp_sockets *sockets, uint64_t id, struct amp_str text, bool asks)
{
    struct item *item = malloc(sizeof *item + text.len);
    if (item == NULL) {
        return AMP_E_NOMEM;
    }
    *item = (struct item){.len = text.len, .asks = asks};
    if (text.len > 0) {
        memcpy(item->text, text.ptr, text.len);
    }
    (void)pthread_mutex_lock(&sockets->lock);
    struct place *place = place_of(sockets, id);
    bool queued = room_of(place) > 0;
    if (queued) {
        *place->last = item;
        place->last = &item->next;
        place->queue_n++;
        place->queue_bytes += text.len;
    }
    (void)pthread_mutex_unlock(&sockets->lock);
    if (!queued) {
        amp_wipe(item->text, item->len);
        free(item);
        return place == NULL ? AMP_E_NOT_FOUND : AMP_E_BUSY;
    }
    wake(sockets);
    return AMP_OK;
}

void amp_sockets_keep(struct amp_sockets *sockets, uint64_t id, bool kept)
{
    (void)pthread_mutex_lock(&sockets->lock);
    struct place *place = place_of(sockets, id);
    if (place != NULL) {
        place->kept = kept;
    }
    (void)pthread_mutex_unlock(&sockets->lock);
}

void amp_sockets_answered(struct amp_sockets *sockets, uint64_t id)
{
    (void)pthread_mutex_lock(&sockets->lock);
    struct place *place = place_of(sockets, id);
    if (place != NULL && place->asked > 0) {
        place->asked--;
    }
    (void)pthread_mutex_unlock(&sockets->lock);
    wake(sockets);
}

/* Under the lock. The first reason stays, but for a polite one. */
static void end_want(struct place *place, enum amp_websocket_code code, const char *reason)
{
    if (place->code == 0 || place->code == AMP_WEBSOCKET_DONE) {
        place->code = (int)code;
        place->reason = reason;
    }
}

void amp_sockets_end(struct amp_sockets *sockets, uint64_t id, enum amp_websocket_code code,
                     const char *reason)
{
    (void)pthread_mutex_lock(&sockets->lock);
    struct place *place = place_of(sockets, id);
    if (place != NULL) {
        end_want(place, code, reason);
    }
    (void)pthread_mutex_unlock(&sockets->lock);
    wake(sockets);
}

void amp_sockets_badge_end(struct amp_sockets *sockets, const char *badge)
{
    if (sockets == NULL || badge[0] == '\0') {
        return;
    }
    (void)pthread_mutex_lock(&sockets->lock);
    for (size_t i = 0; i < AMP_SOCKETS_MAX; i++) {
        struct place *place = &sockets->place[i];
        if (place->life != FREE && strcmp(place->badge, badge) == 0) {
            end_want(place, AMP_WEBSOCKET_FORBIDDEN, "the token is valid no more");
        }
    }
    (void)pthread_mutex_unlock(&sockets->lock);
    wake(sockets);
}

/* ---- the bytes of one, on the thread ---- */

static ssize_t of_socket(ssize_t n)
{
    if (n > 0) {
        return n;
    }
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}

/* Under no lock: `asked` is lowered by others, so this may see too much of it and wait in vain for
 * no longer than until they wake us. */
static size_t asked_of(struct place *place)
{
    (void)pthread_mutex_lock(&place->sockets->lock);
    size_t asked = place->asked;
    (void)pthread_mutex_unlock(&place->sockets->lock);
    return asked;
}

static ssize_t on_read(void *ctx, void *buf, size_t max)
{
    struct place *place = ctx;
    if (asked_of(place) > 0) {
        return 0; /* one thing after the other */
    }
    if (place->ahead.len > 0) {
        size_t n = place->ahead.len < max ? place->ahead.len : max;
        memcpy(buf, place->ahead.ptr, n);
        place->ahead = (struct amp_str){place->ahead.ptr + n, place->ahead.len - n};
        return (ssize_t)n;
    }
    return place->ready ? of_socket(recv(place->fd, buf, max, 0)) : 0;
}

static ssize_t on_write(void *ctx, const void *buf, size_t len)
{
    struct place *place = ctx;
    ssize_t n = of_socket(send(place->fd, buf, len, MSG_NOSIGNAL));
    if (n > 0) {
        place->moved_us = amp_clock_steady_us();
    }
    return n;
}

static void on_text(void *ctx, struct amp_str text)
{
    struct place *place = ctx;
    struct amp_sockets *sockets = place->sockets;
    (void)pthread_mutex_lock(&sockets->lock);
    size_t asked = ++place->asked;
    (void)pthread_mutex_unlock(&sockets->lock);
    place->kept_us = amp_clock_steady_us();
    if (asked > AMP_SOCKETS_ASKED || place->credit-- <= 0) {
        amp_websocket_end(place->ws, AMP_WEBSOCKET_FORBIDDEN, "too many messages");
    } else if (!sockets->config.text(sockets->config.ctx, id_of(place), place->owner, text)) {
        amp_websocket_end(place->ws, AMP_WEBSOCKET_LATER, "too much waits here");
    }
}

/* What an event of epoll is about: a place's socket, or the line behind it (TLS is between). */
static uint64_t mark_of(const struct place *place, bool line)
{
    return (uint64_t)(place - place->sockets->place) << 1 | (line ? 1 : 0);
}

static amp_err place_watch(struct place *place)
{
    struct amp_sockets *sockets = place->sockets;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = mark_of(place, false)};
    struct epoll_event end = {.events = EPOLLRDHUP, .data.u64 = mark_of(place, true)};
    int line = amp_upgraded_line(place->conn);
    if (epoll_ctl(sockets->epoll, EPOLL_CTL_ADD, place->fd, &event) != 0 ||
        (line != place->fd && epoll_ctl(sockets->epoll, EPOLL_CTL_ADD, line, &end) != 0)) {
        return AMP_E_NOMEM;
    }
    return AMP_OK;
}

static amp_err place_open(struct place *place)
{
    const struct amp_websocket_ways ways = {
        .ctx = place, .read = on_read, .write = on_write, .text = on_text};
    amp_err err = amp_buf_err(&place->first);
    err = err ? err : amp_websocket_create(&ways, false, AMP_SOCKETS_IN, &place->ws);
    err = err ? err : place_watch(place);
    int64_t now_us = amp_clock_steady_us();
    place->interest = EPOLLIN;
    place->ahead = amp_buf_view(&place->first);
    place->ready = true;
    place->heard_us = place->pinged_us = place->moved_us = now_us;
    place->rate_us = place->kept_us = now_us;
    place->credit = AMP_SOCKETS_RATE;
    return err;
}

/* The socket goes back, and with it the place. */
static void place_close(struct place *place)
{
    struct amp_sockets *sockets = place->sockets;
    (void)epoll_ctl(sockets->epoll, EPOLL_CTL_DEL, place->fd, NULL);
    (void)epoll_ctl(sockets->epoll, EPOLL_CTL_DEL, amp_upgraded_line(place->conn), NULL);
    amp_websocket_destroy(place->ws);
    struct amp_upgraded *conn = place->conn;
    (void)pthread_mutex_lock(&sockets->lock);
    place_free(place);
    (void)pthread_mutex_unlock(&sockets->lock);
    amp_upgraded_end(conn);
}

static void interest_set(struct place *place, uint32_t interest)
{
    struct epoll_event event = {.events = interest, .data.u64 = mark_of(place, false)};
    if (place->interest != interest &&
        epoll_ctl(place->sockets->epoll, EPOLL_CTL_MOD, place->fd, &event) == 0) {
        place->interest = interest;
    }
}

/* ---- the life of one ---- */

/* What others queued goes to the framing, two at a time: the rest stays where it can be counted. */
static void queue_move(struct place *place)
{
    enum {
        AT_ONCE = 2
    };
    struct amp_sockets *sockets = place->sockets;
    while (amp_websocket_unsent(place->ws) < AT_ONCE) {
        (void)pthread_mutex_lock(&sockets->lock);
        struct item *item = place->queue;
        if (item != NULL) {
            place->queue = item->next;
            place->last = place->queue != NULL ? place->last : &place->queue;
            place->queue_n--;
            place->queue_bytes -= item->len;
        }
        (void)pthread_mutex_unlock(&sockets->lock);
        if (item == NULL) {
            return;
        }
        place->busy = true;
        place->credit += item->asks;
        if (amp_websocket_say(place->ws, (struct amp_str){item->text, item->len}) == AMP_E_NOMEM) {
            amp_websocket_end(place->ws, AMP_WEBSOCKET_TROUBLE, "");
        }
        amp_wipe(item->text, item->len);
        free(item);
    }
}

/* An end that somebody wants, or nobody's want of more: a polite one when all has left. */
static void end_look(struct place *place, int64_t now_us)
{
    (void)pthread_mutex_lock(&place->sockets->lock);
    place->kept_us = place->kept || place->asked > 0 ? now_us : place->kept_us;
    if (now_us - place->kept_us > place->sockets->config.idle_ms * US_PER_MS) {
        end_want(place, AMP_WEBSOCKET_DONE, "nothing is subscribed");
    }
    int code = place->code;
    const char *reason = place->reason;
    bool waits = code == AMP_WEBSOCKET_DONE &&
                 (place->queue != NULL || amp_websocket_wants_write(place->ws));
    (void)pthread_mutex_unlock(&place->sockets->lock);
    if (code != 0 && !waits) {
        amp_websocket_end(place->ws, (enum amp_websocket_code)code, reason);
    }
}

static bool times_look(struct place *place, int64_t now_us)
{
    const struct amp_sockets_config *config = &place->sockets->config;
    if (amp_websocket_frames(place->ws) != place->frames) {
        place->frames = amp_websocket_frames(place->ws);
        place->heard_us = now_us;
    }
    if (now_us - place->rate_us > (int64_t)MS_PER_S * US_PER_MS) {
        place->rate_us = now_us;
        place->credit = place->credit > AMP_SOCKETS_RATE ? place->credit : (int)AMP_SOCKETS_RATE;
    }
    int64_t since_us = place->heard_us > place->pinged_us ? place->heard_us : place->pinged_us;
    if (now_us - since_us > config->ping_ms * US_PER_MS) {
        place->pinged_us = now_us;
        if (!amp_websocket_wants_write(place->ws)) {
            (void)!amp_websocket_ping(place->ws);
        }
    }
    if (!amp_websocket_wants_write(place->ws)) {
        place->moved_us = now_us;
    }
    if (place->gone && now_us >= place->cut_us) {
        return false;
    }
    bool stalls = now_us - place->moved_us > config->stall_ms * US_PER_MS;
    return !stalls && now_us - place->heard_us < config->silent_ms * US_PER_MS;
}

/* What was said last shall arrive: bytes that nobody reads would undo it (RFC 9112, section 9.6).
 */
static void linger(struct place *place, int64_t now_us)
{
    (void)pthread_mutex_lock(&place->sockets->lock);
    place->life = LINGERING;
    bool closing = place->sockets->closing;
    (void)pthread_mutex_unlock(&place->sockets->lock);
    place->cut_us = now_us + (int64_t)AMP_SOCKETS_LINGER_MS / (closing ? 4 : 1) * US_PER_MS;
    (void)shutdown(place->fd, SHUT_WR);
    interest_set(place, EPOLLIN);
}

static void linger_look(struct place *place, int64_t now_us)
{
    char dropped[4096];
    ssize_t n = 1;
    for (int i = 0; i < 16 && n > 0; i++) {
        n = of_socket(recv(place->fd, dropped, sizeof dropped, 0));
    }
    place->ready = false;
    if (n < 0 || place->gone || now_us >= place->cut_us) {
        place_close(place);
    }
}

static void serve(struct place *place, int64_t now_us)
{
    queue_move(place);
    end_look(place, now_us);
    bool good = amp_websocket_pump(place->ws);
    queue_move(place);
    place->ready = false;
    if (!good) {
        linger(place, now_us);
        return;
    }
    if (!times_look(place, now_us)) {
        place_close(place); /* it takes nothing, so there is nobody to say it to */
        return;
    }
    bool writes = amp_websocket_wants_write(place->ws);
    interest_set(place, (asked_of(place) == 0 ? (uint32_t)EPOLLIN : 0) |
                            (writes ? (uint32_t)EPOLLOUT : 0));
    if (place->busy && !writes) {
        place->busy = false;
        place->sockets->config.drained(place->sockets->config.ctx, id_of(place));
    }
}

/* ---- the thread ---- */

static enum life life_of(struct place *place)
{
    (void)pthread_mutex_lock(&place->sockets->lock);
    if (place->sockets->closing && place->life != FREE) {
        end_want(place, AMP_WEBSOCKET_AWAY, "the server stops");
    }
    enum life life = place->life;
    place->life = life == TAKEN ? OPEN : life;
    (void)pthread_mutex_unlock(&place->sockets->lock);
    return life;
}

static void round_serve(struct amp_sockets *sockets)
{
    int64_t now_us = amp_clock_steady_us();
    for (size_t i = 0; i < AMP_SOCKETS_MAX; i++) {
        struct place *place = &sockets->place[i];
        enum life life = life_of(place);
        if (life == TAKEN && place_open(place) != AMP_OK) {
            place_close(place);
        } else if (life == TAKEN || life == OPEN) {
            serve(place, now_us);
        } else if (life == LINGERING) {
            linger_look(place, now_us);
        }
    }
}

static void mark_take(struct amp_sockets *sockets, uint64_t mark)
{
    uint64_t count = 0;
    if (mark == WAKE) {
        (void)!read(sockets->wake, &count, sizeof count);
        return;
    }
    struct place *place = &sockets->place[mark >> 1];
    place->ready = true;
    if ((mark & 1) != 0) { /* said once; its last words have a moment to come through */
        (void)epoll_ctl(sockets->epoll, EPOLL_CTL_DEL, amp_upgraded_line(place->conn), NULL);
        place->gone = true;
        place->cut_us = amp_clock_steady_us() + (int64_t)LOOK_MS * US_PER_MS;
    }
}

static void *sockets_main(void *arg)
{
    struct amp_sockets *sockets = arg;
    struct epoll_event event[EVENTS];
    bool ending = false;
    while (!ending) {
        int n = epoll_wait(sockets->epoll, event, EVENTS, LOOK_MS);
        for (int i = 0; i < n; i++) {
            mark_take(sockets, event[i].data.u64);
        }
        round_serve(sockets);
        (void)pthread_mutex_lock(&sockets->lock);
        ending = sockets->ending;
        (void)pthread_mutex_unlock(&sockets->lock);
    }
    return NULL;
}

/* ---- starting and stopping ---- */

amp_err amp_sockets_start(const struct amp_sockets_config *config, struct amp_sockets **out)
{
    struct amp_sockets *sockets = calloc(1, sizeof *sockets);
    if (sockets == NULL) {
        return AMP_E_NOMEM;
    }
    struct amp_sockets_config *ours = &sockets->config;
    *ours = *config;
    ours->stall_ms = ours->stall_ms > 0 ? ours->stall_ms : AMP_SOCKETS_STALL_S * INT64_C(1000);
    ours->ping_ms = ours->ping_ms > 0 ? ours->ping_ms : AMP_SOCKETS_PING_S * INT64_C(1000);
    ours->idle_ms = ours->idle_ms > 0 ? ours->idle_ms : AMP_SOCKETS_IDLE_S * INT64_C(1000);
    ours->silent_ms = ours->silent_ms > 0 ? ours->silent_ms : AMP_SOCKETS_SILENT_S * INT64_C(1000);
    for (size_t i = 0; i < AMP_SOCKETS_MAX; i++) {
        sockets->place[i] = (struct place){.sockets = sockets, .fd = -1};
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = WAKE};
    sockets->epoll = epoll_create1(EPOLL_CLOEXEC);
    sockets->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)pthread_mutex_init(&sockets->lock, NULL);
    if (sockets->epoll < 0 || sockets->wake < 0 ||
        epoll_ctl(sockets->epoll, EPOLL_CTL_ADD, sockets->wake, &event) != 0 ||
        pthread_create(&sockets->thread, NULL, sockets_main, sockets) != 0) {
        (void)close(sockets->epoll);
        (void)close(sockets->wake);
        (void)pthread_mutex_destroy(&sockets->lock);
        free(sockets);
        return AMP_E_NOMEM;
    }
    *out = sockets;
    return AMP_OK;
}

void amp_sockets_close(struct amp_sockets *sockets)
{
    if (sockets != NULL) {
        (void)pthread_mutex_lock(&sockets->lock);
        sockets->closing = true;
        (void)pthread_mutex_unlock(&sockets->lock);
        wake(sockets);
    }
}

static bool has_sockets(struct amp_sockets *sockets)
{
    bool some = false;
    (void)pthread_mutex_lock(&sockets->lock);
    for (size_t i = 0; i < AMP_SOCKETS_MAX; i++) {
        enum life life = sockets->place[i].life;
        some = some || (life != FREE && life != EXPECTED);
    }
    (void)pthread_mutex_unlock(&sockets->lock);
    return some;
}

/* Each has its time to linger and no more, so this has an end. */
void amp_sockets_settle(struct amp_sockets *sockets)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    while (sockets != NULL && has_sockets(sockets)) {
        (void)nanosleep(&pause, NULL);
    }
}

void amp_sockets_destroy(struct amp_sockets *sockets)
{
    if (sockets == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&sockets->lock);
    sockets->ending = true;
    (void)pthread_mutex_unlock(&sockets->lock);
    wake(sockets);
    (void)pthread_join(sockets->thread, NULL);
    for (size_t i = 0; i < AMP_SOCKETS_MAX; i++) {
        assert(sockets->place[i].life == FREE);
    }
    (void)close(sockets->epoll);
    (void)close(sockets->wake);
    (void)pthread_mutex_destroy(&sockets->lock);
    free(sockets);
}
