/*
 * Snapshots, inside: what writer and reader share. Not for users.
 */
#ifndef AMP_MODEL_SNAPSHOT_FORM_H
#define AMP_MODEL_SNAPSHOT_FORM_H

#include "model/snapshot.h"

enum {
    AMP_SNAPSHOT_BLOCK = 1 << 16, /* a block ends after the item that reaches this */
    AMP_SNAPSHOT_HEAD = 15
};
#define AMP_SNAPSHOT_MAGIC "amparo-state-1\n"

/* Of the names of kinds, roles, statuses and states, in the order of their numbers. */
uint64_t amp_snapshot_fingerprint(void);
/* What the reader could not check on the way; also builds what was not written. */
AMP_MUST amp_err amp_snapshot_finish(struct amp_state *state, struct amp_why *why);

#endif
