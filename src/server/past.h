/*
 * The past: the state as it was behind any record of the journal, forwards and back.
 *
 * A cursor is a third fold, beside the core's and the snapshot's, that goes where it is asked: on
 * from where it is, or from the nearest of the frames that it leaves on its way (snapshots in
 * memory, evenly spaced, thinned out when there are too many). What was erased is read without its
 * key and stays erased at every moment before; but what was folded before an erasure is not: then
 * amp_past_forget must be called. Belongs to one thread.
 */
#ifndef AMP_SERVER_PAST_H
#define AMP_SERVER_PAST_H

#include "journal/store.h"
#include "model/state.h"
#include "server/keys.h"
#include <stdatomic.h>

enum {
    AMP_PAST_FRAMES = 16,           /* at once */
    AMP_PAST_FRAME_BYTES = 1 << 26, /* a state that is larger is not kept as a frame */
    AMP_PAST_BYTES = 1 << 28        /* of all frames */
};

struct amp_past_config {
    struct amp_keys *keys;
    uint64_t every;          /* records between two frames at first; 0: none are made */
    const atomic_bool *stop; /* becomes true to give up with AMP_E_BUSY; NULL: never */
};

struct amp_past;

struct amp_past *amp_past_create(const struct amp_past_config *config); /* NULL: no memory */
void amp_past_destroy(struct amp_past *past);                           /* accepts NULL */
void amp_past_forget(struct amp_past *past); /* nothing of what was folded stays in memory */

/* The state behind record seq (0: before the first), good until the next call. AMP_E_RANGE: the
 * journal is shorter. After any other error the cursor has forgotten where it was, not its frames.
 */
AMP_MUST amp_err amp_past_seek(struct amp_past *past, struct amp_store *reader, uint64_t seq,
                               const struct amp_state **out, struct amp_why *why);

/* The same from first on to last, with a visit behind each record. */
struct amp_past_visit {
    void *ctx;
    void (*event)(void *ctx, const struct amp_state *state, const struct amp_event *event);
};
AMP_MUST amp_err amp_past_walk(struct amp_past *past, struct amp_store *reader, uint64_t first,
                               uint64_t last, const struct amp_past_visit *visit,
                               struct amp_why *why);

/* When the last record of the cursor was; INT64_MIN at the beginning. */
int64_t amp_past_time_us(const struct amp_past *past);
/* Some of its personal data, before the cursor or after it, could not be read: they are erased. */
bool amp_past_is_erased(const struct amp_past *past, struct amp_incident_id id);
size_t amp_past_frames(const struct amp_past *past); /* how many there are */

/* The last record that was not after at_us; 0: there is none. As exact as the clock was: where it
 * was set back, one of the records around. */
AMP_MUST amp_err amp_past_find(struct amp_store *reader, int64_t at_us, uint64_t *out,
                               struct amp_why *why);

#endif
