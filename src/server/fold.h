/*
 * The fold: a state out of a journal, from its first record or from a snapshot of an earlier fold.
 *
 * A snapshot is the file DIR/snapshot-SEQ under a key of its own, which is the secret
 * "snapshot/SEQ" (key, number, root). Without the secret the file is noise: erasing an incident
 * destroys it. A snapshot that cannot be used costs time and nothing else: the journal is the
 * truth. Everything after it is verified and folded.
 */
#ifndef AMP_SERVER_FOLD_H
#define AMP_SERVER_FOLD_H

#include "journal/journal.h"
#include "model/state.h"
#include "server/keys.h"
#include <stdatomic.h>

enum {
    AMP_SNAPSHOT_NAME = 32, /* "snapshot/" and twenty digits, and the end */
    AMP_SNAPSHOT_PATH = 4096
};

struct amp_fold_result {
    struct amp_journal *journal; /* over the store that was folded */
    uint64_t from;               /* the snapshot's number; 0: all was folded */
    uint64_t keyless;            /* incidents with unreadable data though they were not erased */
    uint64_t bad;                /* when the journal is damaged: its first bad record */
};

struct amp_fold_source {
    struct amp_store *store;
    struct amp_keys *keys;
    const char *dir;         /* of snapshots; NULL: none */
    const atomic_bool *stop; /* becomes true to give up with AMP_E_BUSY; NULL: never */
};

/* state is made here; it is the caller's when this returns AMP_OK. */
AMP_MUST amp_err amp_fold_run(const struct amp_fold_source *source, struct amp_state *state,
                              struct amp_fold_result *out, struct amp_why *why);

/* Writes DIR/snapshot-SEQ of a state whose journal has this head, durable when it returns; the
 * secret's value goes to `secret`. */
AMP_MUST amp_err amp_fold_save(const char *dir, struct amp_keys *keys,
                               const struct amp_state *state, const struct amp_head *head,
                               struct amp_buf *secret, struct amp_why *why);
void amp_fold_snapshot_name(uint64_t seq, char out[AMP_SNAPSHOT_NAME]);
/* Removes snapshot files of dir but the one of `keep` (0: all). */
void amp_fold_tidy(const char *dir, uint64_t keep);

#endif
