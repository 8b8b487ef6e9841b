/*
 * The journal: numbers, hashes and checks around a store.
 *
 * Invariants: (1) tree.size is the number of the last record that is known durable; (2) the tree
 * moves only after the store said AMP_OK; (3) nothing is appended to a log that was not checked.
 */
#include "journal/journal.h"

#include "journal/merkle.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct amp_journal {
    struct amp_store *store; /* borrowed */
    struct amp_hasher *hasher;
    struct amp_merkle tree;
    struct amp_head head;     /* size and root of tree */
    struct amp_record *batch; /* AMP_BATCH_MAX of them, reused for each append */
    bool dead;
};

struct replay {
    struct amp_journal *journal;
    const struct amp_journal_visit *visit;
    struct amp_why *why;
};

static amp_err record_replay(void *ctx, const struct amp_record *record)
{
    struct replay *replay = ctx;
    struct amp_journal *journal = replay->journal;
    uint8_t leaf[AMP_HASH];
    assert(record->seq == journal->tree.size + 1);
    amp_hasher_leaf(journal->hasher, record->body, leaf);
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
    amp_hasher_add(journal->hasher, &journal->tree, leaf);
    return AMP_OK;
}

/* Replays up to the head the store names and compares the root. */
static amp_err head_reach(struct replay *replay)
{
    struct amp_journal *journal = replay->journal;
    struct amp_store *store = journal->store;
    struct amp_head head;
    amp_err err = store->ops->head(store, &head, replay->why);
    if (err) {
        return err;
    }
    uint64_t have = journal->tree.size;
    if (head.size < have) {
        return amp_fail(replay->why, AMP_E_CORRUPT, "the head went back from %llu to %llu records",
                        (unsigned long long)have, (unsigned long long)head.size);
    }
    if (head.size > have) {
        err = store->ops->read(store, have + 1, head.size, replay, record_replay, replay->why);
        if (err) {
            return err;
        }
    }
    amp_hasher_root(journal->hasher, &journal->tree, journal->head.root);
    journal->head.size = journal->tree.size;
    if (memcmp(journal->head.root, head.root, AMP_HASH) != 0) {
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

/* Replays all. A record behind the head is an alteration, unless a writer in another process has
 * just added it: then the head has moved too, and the replay goes on to it. */
static amp_err all_replay(struct replay *replay)
{
    struct amp_journal *journal = replay->journal;
    struct amp_store *store = journal->store;
    for (;;) {
        amp_err err = head_reach(replay);
        if (err) {
            return err;
        }
        bool found = false;
        uint64_t next = journal->tree.size + 1;
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

amp_err amp_journal_open(struct amp_store *store, const struct amp_journal_visit *visit,
                         struct amp_journal **out, uint64_t *out_bad, struct amp_why *why)
{
    struct amp_journal *journal = calloc(1, sizeof *journal);
    if (!journal) {
        return AMP_E_NOMEM;
    }
    journal->store = store;
    journal->batch = calloc(AMP_BATCH_MAX, sizeof *journal->batch);
    amp_err err = journal->batch ? amp_hasher_create(&journal->hasher) : AMP_E_NOMEM;
    if (!err) {
        struct replay replay = {.journal = journal, .visit = visit, .why = why};
        err = all_replay(&replay);
    }
    if (err) {
        if (err == AMP_E_CORRUPT && out_bad) {
            *out_bad = journal->tree.size + 1;
        }
        amp_journal_close(journal);
        return err;
    }
    *out = journal;
    return AMP_OK;
}

void amp_journal_close(struct amp_journal *journal)
{
    if (journal) {
        amp_hasher_destroy(journal->hasher);
        free(journal->batch);
        free(journal);
    }
}

static amp_err bodies_check(const struct amp_str *body, size_t n, struct amp_why *why)
{
    if (n > AMP_BATCH_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "%zu records in one append; the limit is %d", n,
                        AMP_BATCH_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        if (body[i].len > AMP_RECORD_MAX) {
            return amp_fail(why, AMP_E_LIMIT, "a record of %zu bytes; the limit is %d", body[i].len,
                            AMP_RECORD_MAX);
        }
    }
    return AMP_OK;
}

amp_err amp_journal_append(struct amp_journal *journal, const struct amp_str *body, size_t n,
                           uint64_t *out_first, struct amp_why *why)
{
    assert(n > 0);
    if (journal->dead) {
        return amp_fail(why, AMP_E_IN_DOUBT,
                        "an earlier commit is in doubt: open the journal again");
    }
    amp_err err = bodies_check(body, n, why);
    if (err) {
        return err;
    }
    struct amp_merkle tree = journal->tree;
    for (size_t i = 0; i < n; i++) {
        struct amp_record *record = &journal->batch[i];
        record->seq = tree.size + 1;
        record->body = body[i];
        amp_hasher_leaf(journal->hasher, body[i], record->leaf);
        amp_hasher_add(journal->hasher, &tree, record->leaf);
    }
    struct amp_head head = {.size = tree.size};
    amp_hasher_root(journal->hasher, &tree, head.root);
    err = journal->store->ops->append(journal->store, journal->batch, n, &head, why);
    if (err) {
        journal->dead = err == AMP_E_IN_DOUBT;
        return err;
    }
    *out_first = journal->tree.size + 1;
    journal->tree = tree;
    journal->head = head;
    return AMP_OK;
}

struct amp_head amp_journal_head(const struct amp_journal *journal)
{
    return journal->head;
}
