/*
 * Reading a log from its records up: what opening a journal and `amparo log verify` share.
 *
 * Every body and salt is checked against its leaf, every node against the leaves under it, and the
 * root against the head; a record behind the head is found too.
 */
#ifndef AMP_JOURNAL_REPLAY_H
#define AMP_JOURNAL_REPLAY_H

#include "journal/merkle.h"

struct amp_log_replay {
    struct amp_store *store;
    const struct amp_journal_visit *visit; /* may be NULL */
    struct amp_why *why;
    struct amp_merkle tree; /* of what is verified; begins empty, or with what is known already */
    struct amp_head head;   /* size and root of tree, once done */
    uint64_t bad;           /* on AMP_E_CORRUPT */
    struct amp_node *node;  /* completed and not yet compared: AMP_BATCH_NODES of them */
    size_t node_n;
};

/* From tree.size on to the head, and on as long as a writer in another process adds. */
AMP_MUST amp_err amp_log_replay(struct amp_log_replay *replay);
/* Compares nodes with the stored ones, in runs of neighbours. On AMP_E_CORRUPT *out_bad is the last
 * record under the first that differs. */
AMP_MUST amp_err amp_log_replay_nodes(struct amp_store *store, const struct amp_node *node,
                                      size_t n, uint64_t *out_bad, struct amp_why *why);

#endif
