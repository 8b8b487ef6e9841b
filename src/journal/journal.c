/*
 * The journal: numbers, hashes and checks around a store.
 *
 * Invariants: (1) tree.size is the number of the last record that is known durable; (2) the tree
 * moves only after the store said AMP_OK; (3) nothing is appended to a log that was not checked.
 */
#include "journal/journal.h"

#include "journal/replay.h"
#include "journal/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct amp_journal {
    struct amp_store *store; /* borrowed */
    struct amp_merkle tree;
    struct amp_head head;     /* size and root of tree */
    struct amp_record *batch; /* AMP_BATCH_MAX of them, reused for each append */
    struct amp_node *node;    /* AMP_BATCH_NODES of them */
    bool dead;
};

/* The tree of a snapshot, from the stored hashes; its root must be the one that is remembered. */
static amp_err known_take(struct amp_store *store, const struct amp_head *from,
                          struct amp_merkle *out, struct amp_why *why)
{
    uint8_t root[AMP_HASH];
    amp_err err = amp_tree_at(store, from->size, out, why);
    if (err == AMP_E_RANGE) {
        return AMP_E_CONFLICT;
    }
    if (err) {
        return err;
    }
    amp_merkle_root(out, root);
    if (memcmp(root, from->root, AMP_HASH) != 0) {
        return amp_fail(why, AMP_E_CONFLICT, "the log had another root with %llu records",
                        (unsigned long long)from->size);
    }
    return AMP_OK;
}

static amp_err journal_replay(struct amp_journal *journal, const struct amp_journal_visit *visit,
                              const struct amp_head *from, uint64_t *out_bad, struct amp_why *why)
{
    struct amp_log_replay replay = {
        .store = journal->store, .visit = visit, .why = why, .node = journal->node};
    amp_err err = from ? known_take(journal->store, from, &replay.tree, why) : AMP_OK;
    if (err) {
        replay.bad = from->size; /* one of the hashes up to there */
    } else {
        err = amp_log_replay(&replay);
    }
    if (err == AMP_E_CORRUPT && out_bad) {
        *out_bad = replay.bad;
    }
    journal->tree = replay.tree;
    journal->head = replay.head;
    return err;
}

amp_err amp_journal_open(struct amp_store *store, const struct amp_journal_visit *visit,
                         const struct amp_head *from, struct amp_journal **out, uint64_t *out_bad,
                         struct amp_why *why)
{
    struct amp_journal *journal = calloc(1, sizeof *journal);
    if (!journal) {
        return AMP_E_NOMEM;
    }
    journal->store = store;
    journal->batch = calloc(AMP_BATCH_MAX, sizeof *journal->batch);
    journal->node = calloc(AMP_BATCH_NODES, sizeof *journal->node);
    amp_err err = journal->batch && journal->node ? AMP_OK : AMP_E_NOMEM;
    if (!err) {
        err = journal_replay(journal, visit, from, out_bad, why);
    }
    if (err) {
        amp_journal_close(journal);
        return err;
    }
    *out = journal;
    return AMP_OK;
}

void amp_journal_close(struct amp_journal *journal)
{
    if (journal) {
        free(journal->batch);
        free(journal->node);
        free(journal);
    }
}

static amp_err drafts_check(const struct amp_draft *draft, size_t n, struct amp_why *why)
{
    if (n > AMP_BATCH_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "%zu records in one append; the limit is %d", n,
                        AMP_BATCH_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        if (draft[i].body.len > AMP_RECORD_MAX) {
            return amp_fail(why, AMP_E_LIMIT, "a record of %zu bytes; the limit is %d",
                            draft[i].body.len, AMP_RECORD_MAX);
        }
    }
    return AMP_OK;
}

/* Numbers and hashes the drafts into journal->batch; returns how many nodes they complete. */
static size_t batch_make(struct amp_journal *journal, const struct amp_draft *draft, size_t n,
                         struct amp_merkle *tree)
{
    size_t node_n = 0;
    for (size_t i = 0; i < n; i++) {
        struct amp_record *record = &journal->batch[i];
        record->seq = tree->size + 1;
        record->body = draft[i].body;
        memcpy(record->salt, draft[i].salt, AMP_SALT);
        amp_merkle_leaf_of(record->salt, record->body, record->leaf);
        assert(node_n + AMP_NODE_LEVELS <= AMP_BATCH_NODES);
        node_n += amp_merkle_join(tree, 0, record->leaf, journal->node + node_n);
    }
    return node_n;
}

amp_err amp_journal_append(struct amp_journal *journal, const struct amp_draft *draft, size_t n,
                           const struct amp_secret *secret, size_t secret_n, uint64_t *out_first,
                           struct amp_why *why)
{
    assert(n + secret_n > 0);
    if (journal->dead) {
        return amp_fail(why, AMP_E_IN_DOUBT,
                        "an earlier commit is in doubt: open the journal again");
    }
    amp_err err = drafts_check(draft, n, why);
    err = err ? err : amp_secrets_check(secret, secret_n, why);
    if (err) {
        return err;
    }
    struct amp_merkle tree = journal->tree;
    size_t node_n = batch_make(journal, draft, n, &tree);
    struct amp_head head = {.size = tree.size};
    amp_merkle_root(&tree, head.root);
    const struct amp_batch batch = {.record = journal->batch,
                                    .n = n,
                                    .node = journal->node,
                                    .node_n = node_n,
                                    .secret = secret,
                                    .secret_n = secret_n,
                                    .head = n > 0 ? &head : NULL};
    err = journal->store->ops->append(journal->store, &batch, why);
    if (err) {
        journal->dead = err == AMP_E_IN_DOUBT;
        return err;
    }
    if (n > 0) {
        *out_first = journal->tree.size + 1;
    }
    journal->tree = tree;
    journal->head = head;
    return AMP_OK;
}

amp_err amp_journal_settle(struct amp_journal *journal, struct amp_why *why)
{
    return journal->store->ops->settle(journal->store, why);
}

struct amp_head amp_journal_head(const struct amp_journal *journal)
{
    return journal->head;
}
