/*
 * Which positions of a device are believed: a filter between every door and model/track.h.
 *
 * Pure: time comes in. One trail a device, of a fixed size; each report costs a constant time. In
 * this order a report is dropped, and counted, because
 *   flood          the device sends more than its bucket holds (AMP_FLEET_BURST at once, then
 *                  AMP_FLEET_PER_S a second): others are not hurt, its newest word comes later
 *   clock-ahead    the fix lies more than AMP_POSITION_AHEAD_S ahead of us
 *   no-fix         0,0 is what a receiver without a fix sends
 *   clock-behind   the fix is older than AMP_FLEET_BEHIND_S: a receiver that lost its date
 *   repeated       this device and fix time was heard before
 *   late           the fix is older than the newest taken: a late one never moves a crew back
 *   jump           it is further from the last one taken than anything drives or flies in that
 * time. When AMP_FLEET_CONFIRM following ones agree with it, the last one taken was the wrong one,
 * and the crew is moved. A fix stamped on arrival (its time is now) is repeated only if it is at
 * the same place, too. When our clock went back, what was taken in its future is forgotten.
 */
#ifndef AMP_FLEET_FILTER_H
#define AMP_FLEET_FILTER_H

#include "model/track.h"
#include <stdbool.h>

enum {
    AMP_FLEET_BURST =
        1200, /* twenty minutes at one a second, kept by the device without a network */
    AMP_FLEET_PER_S = 5,
    AMP_FLEET_BEHIND_S = 24 * 3600,
    AMP_FLEET_SPEED_MPS = 150,
    AMP_FLEET_SLACK_M = 100, /* what two fixes may be off, besides what they say of themselves */
    AMP_FLEET_ACCURACY_M = 1000, /* more than that of what they say is not believed */
    AMP_FLEET_CONFIRM = 2
};

/* X(ENUMERATOR, name on the wire, sentence) */
#define AMP_FLEET_REASON_TABLE(X)                                                                  \
    X(TAKEN, "taken", "the position was taken")                                                    \
    X(UNREADABLE, "unreadable", "the message could not be read")                                   \
    X(UNKNOWN, "unknown-unit", "there is no such unit")                                            \
    X(FLOOD, "flood", "the device sends too often")                                                \
    X(AHEAD, "clock-ahead", "the clock of the device is ahead")                                    \
    X(NO_FIX, "no-fix", "the receiver has no fix")                                                 \
    X(BEHIND, "clock-behind", "the clock of the device is behind, or it kept the position long")   \
    X(REPEATED, "repeated", "this position was heard before")                                      \
    X(LATE, "late", "a newer position was taken before")                                           \
    X(JUMP, "jump", "nothing moves that fast: waiting for the next ones to confirm it")

enum amp_fleet_reason {
#define X(id, name, words) AMP_FLEET_##id,
    AMP_FLEET_REASON_TABLE(X)
#undef X
    AMP_FLEET_REASONS
};

struct amp_fleet_trail {                    /* of one device; zeroes: nothing was heard yet */
    struct amp_position last;               /* taken; fix_us 0: none */
    struct amp_position suspect;            /* the newest that jumped */
    int32_t suspect_n;                      /* that agree with each other */
    enum amp_fleet_reason dropped;          /* the newest drop; AMP_FLEET_TAKEN: none yet */
    int64_t bucket_us;                      /* room in the bucket, as time */
    int64_t heard_us, taken_us, dropped_us; /* when something arrived, was taken, was dropped */
    uint64_t count[AMP_FLEET_REASONS];
};

const char *amp_fleet_reason_name(enum amp_fleet_reason reason);
const char *amp_fleet_reason_words(enum amp_fleet_reason reason);

/* Decides and counts. now_us > 0. */
enum amp_fleet_reason amp_fleet_filter(struct amp_fleet_trail *trail,
                                       const struct amp_position *position, int64_t now_us);
/* Counts what never came as far as the filter: unreadable, no fix, ahead. It takes of the bucket.
 */
void amp_fleet_dropped(struct amp_fleet_trail *trail, enum amp_fleet_reason reason, int64_t now_us);
/* Could anything be at the one and then at the other? The later fix second. */
bool amp_fleet_reachable(const struct amp_position *from, const struct amp_position *to);

enum amp_fleet_state { /* why a crew's position is what it is */
    AMP_FLEET_NEVER,   /* nothing was heard of it */
    AMP_FLEET_CURRENT,
    AMP_FLEET_SILENT,  /* stale: nothing was heard lately */
    AMP_FLEET_DELAYED, /* stale: what is taken is old when it arrives */
    AMP_FLEET_DROPPING /* stale: what arrives is dropped, for trail->dropped */
};
enum amp_fleet_state amp_fleet_state_of(const struct amp_fleet_trail *trail, int64_t now_us);
const char *amp_fleet_state_name(enum amp_fleet_state state);

#endif
