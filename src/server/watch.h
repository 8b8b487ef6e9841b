/*
 * Watches connections: cuts those whose deadline has passed, and knows how many come from where.
 *
 * A client that drips a byte a second keeps a connection busy for ever; an idle limit never meets
 * it, a deadline does. The network threads say when each connection must have come further; one
 * thread looks and shuts the sockets of the late ones, so that the network thread sees their end
 * and closes them. A socket is shut only while it is watched: take it out before it is closed.
 * Source: RFC 9112 section 9.5 (a server may close whenever it wishes).
 */
#ifndef AMP_SERVER_WATCH_H
#define AMP_SERVER_WATCH_H

#include "base/err.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    AMP_WATCH_FROM = 16, /* bytes that say where a connection comes from */
    AMP_WATCH_LOOK_MIN_MS = 2,
    AMP_WATCH_LOOK_MAX_MS = 500
};
#define AMP_WATCH_NEVER INT64_MAX

struct amp_watch;

/* Of one connection; its memory is the caller's and stays where it is while it is watched. */
struct amp_watched {
    struct amp_watched *prev, *next;
    int fd;
    uint8_t from[AMP_WATCH_FROM];
    _Atomic int64_t deadline_us; /* steady */
};

/* Looks every so often; between the two bounds above. */
AMP_MUST amp_err amp_watch_start(int64_t every_ms, struct amp_watch **out);
void amp_watch_stop(struct amp_watch *watch); /* nothing may be watched any more; accepts NULL */

void amp_watch_add(struct amp_watch *watch,
                   struct amp_watched *item); /* all but the links is set */
void amp_watch_remove(struct amp_watch *watch, struct amp_watched *item);
/* How many come from there; counted only when more than `unless` are watched, else 0. */
size_t amp_watch_count(struct amp_watch *watch, const uint8_t from[AMP_WATCH_FROM], size_t unless);

void amp_watch_deadline(struct amp_watched *item, int64_t steady_us); /* any thread */

#endif
