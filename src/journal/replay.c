/*
 * Reading a log from its records up.
 *
 * Invariant: tree holds what was verified and visited; nodes are compared after each piece, since a
 * store is not asked for another thing while it reads.
 */
#include "journal/replay.h"

#include <assert.h>
#include <string.h>

static amp_err record_replay(void *ctx, const struct amp_record *record)
{
    struct amp_log_replay *replay = ctx;
    uint8_t leaf[AMP_HASH];
    assert(record->seq == replay->tree.size + 1);
    amp_merkle_leaf_of(record->salt, record->body, leaf);
    if (memcmp(leaf, record->leaf, AMP_HASH) != 0) {
        return amp_fail(replay->why, AMP_E_CORRUPT,
                        "record %llu does not match its hash: it was altered; restore a backup",
                        (unsigned long long)record->seq);
    }
    if (replay->visit && replay->visit->record) {
        amp_err err = replay->visit->record(replay->visit->ctx, record);
        if (err) {
            return err;
        }
    }
    assert(replay->node_n + AMP_NODE_LEVELS <= AMP_BATCH_NODES);
    replay->node_n += amp_merkle_join(&replay->tree, 0, leaf, replay->node + replay->node_n);
    return AMP_OK;
}

static uint64_t last_under(const struct amp_node *node)
{
    return (node->index + 1) << (8 * node->level);
}

amp_err amp_log_replay_nodes(struct amp_store *store, const struct amp_node *node, size_t n,
                             uint64_t *out_bad, struct amp_why *why)
{
    uint8_t hash[AMP_TILE][AMP_HASH];
    for (size_t i = 0; i < n;) {
        size_t run = 1;
        while (i + run < n && run < AMP_TILE && node[i + run].level == node[i].level &&
               node[i + run].index == node[i].index + run) {
            run++;
        }
        amp_err err = store->ops->nodes(store, node[i].level, node[i].index, run, hash[0], why);
        for (size_t k = 0; !err && k < run; k++) {
            if (memcmp(hash[k], node[i + k].hash, AMP_HASH) != 0) {
                *out_bad = last_under(&node[i + k]);
                return amp_fail(why, AMP_E_CORRUPT,
                                "the stored hash of the %llu records up to %llu is not theirs: it "
                                "was altered; restore a backup",
                                1ULL << (8 * node[i].level), (unsigned long long)*out_bad);
            }
        }
        if (err) {
            *out_bad = last_under(&node[i]);
            return err;
        }
        i += run;
    }
    return AMP_OK;
}

/* One piece, of a batch's size at most. */
static amp_err piece_replay(struct amp_log_replay *replay, uint64_t last)
{
    struct amp_store *store = replay->store;
    amp_err err =
        store->ops->read(store, replay->tree.size + 1, last, replay, record_replay, replay->why);
    if (err) {
        replay->bad = replay->tree.size + 1;
        return err;
    }
    err = amp_log_replay_nodes(store, replay->node, replay->node_n, &replay->bad, replay->why);
    replay->node_n = 0;
    return err;
}

/* Replays up to the head the store names and compares the root. */
static amp_err head_reach(struct amp_log_replay *replay)
{
    struct amp_head head;
    amp_err err = replay->store->ops->head(replay->store, &head, replay->why);
    replay->bad = replay->tree.size + 1;
    if (!err && head.size < replay->tree.size) {
        err = amp_fail(replay->why, AMP_E_CORRUPT, "the head went back from %llu to %llu records",
                       (unsigned long long)replay->tree.size, (unsigned long long)head.size);
    }
    while (!err && replay->tree.size < head.size) {
        uint64_t left = head.size - replay->tree.size;
        uint64_t step = left < AMP_BATCH_MAX ? left : AMP_BATCH_MAX;
        err = piece_replay(replay, replay->tree.size + step);
    }
    if (err) {
        return err;
    }
    replay->bad = replay->tree.size + 1;
    replay->head.size = replay->tree.size;
    amp_merkle_root(&replay->tree, replay->head.root);
    if (memcmp(replay->head.root, head.root, AMP_HASH) != 0) {
        return amp_fail(replay->why, AMP_E_CORRUPT,
                        "the root of %llu records is not the root in the head; restore a backup",
                        (unsigned long long)head.size);
    }
    return AMP_OK;
}

static amp_err found_note(void *ctx, const struct amp_record *record)
{
    bool *found = ctx;
    (void)record;
    *found = true;
    return AMP_OK;
}

/* A record behind the head is an alteration, unless a writer in another process has just added it:
 * then the head has moved too, and the replay goes on to it. */
amp_err amp_log_replay(struct amp_log_replay *replay)
{
    struct amp_store *store = replay->store;
    for (;;) {
        amp_err err = head_reach(replay);
        if (err) {
            return err;
        }
        bool found = false;
        uint64_t next = replay->tree.size + 1;
        err = store->ops->read(store, next, next, &found, found_note, NULL);
        if (err && err != AMP_E_CORRUPT) { /* AMP_E_CORRUPT: missing, as it should be */
            return amp_fail(replay->why, err, "the end of the journal cannot be read");
        }
        if (!found) {
            return AMP_OK;
        }
        struct amp_head head;
        err = store->ops->head(store, &head, replay->why);
        if (err) {
            return err;
        }
        if (head.size < next) {
            return amp_fail(replay->why, AMP_E_CORRUPT, "record %llu is behind the head",
                            (unsigned long long)next);
        }
    }
}
