/*
 * Verifying a whole log with all cores.
 *
 * Invariants: (1) a piece is a full subtree of 2^14 leaves (the last may be less), so its nodes of
 * level 1 are its own and those above appear when pieces are joined; (2) pieces are judged in
 * order, whoever finished first, so the first bad record is the one that is named; (3) a thread
 * takes no piece behind one that is known to be bad.
 */
#include "journal/verify.h"

#include "journal/replay.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PIECE_HEIGHT = 14,
    PIECE = 1 << PIECE_HEIGHT,
    PIECE_NODES = PIECE / AMP_TILE
};

struct piece {
    amp_err err;
    uint64_t bad;
    struct amp_merkle *rest; /* of the last one when it is not full; owned */
    uint8_t root[AMP_HASH];  /* of a full one */
    struct amp_why why;
};

struct verify {
    struct amp_store *store;
    uint64_t size;
    uint64_t piece_n;
    struct piece *piece;
    atomic_uint_fast64_t next, bad; /* the next piece to take; the first known bad one */
    pthread_mutex_t lock;           /* over progress */
    uint64_t done;
    const struct amp_log_progress *progress;
};

struct worker {
    struct verify *verify;
    struct amp_store *reader;
    pthread_t thread;
    bool runs;
    struct piece *piece; /* at work on */
    struct amp_merkle tree;
    struct amp_node node[PIECE_NODES + AMP_NODE_LEVELS];
    size_t node_n;
};

static amp_err record_check(void *ctx, const struct amp_record *record)
{
    struct worker *worker = ctx;
    uint8_t leaf[AMP_HASH];
    amp_merkle_leaf_of(record->salt, record->body, leaf);
    if (memcmp(leaf, record->leaf, AMP_HASH) != 0) {
        return amp_fail(&worker->piece->why, AMP_E_CORRUPT,
                        "record %llu does not match its hash: it was altered; restore a backup",
                        (unsigned long long)record->seq);
    }
    worker->node_n += amp_merkle_join(&worker->tree, 0, leaf, worker->node + worker->node_n);
    return AMP_OK;
}

static void piece_check(struct worker *worker, uint64_t k)
{
    struct verify *verify = worker->verify;
    struct piece *piece = &verify->piece[k];
    uint64_t first = k * PIECE, left = verify->size - first;
    uint64_t n = left < PIECE ? left : PIECE;
    worker->piece = piece;
    worker->tree.size = 0;
    worker->node_n = 0;
    piece->err = worker->reader->ops->read(worker->reader, first + 1, first + n, worker,
                                           record_check, &piece->why);
    piece->bad = first + worker->tree.size + 1;
    if (piece->err) {
        return;
    }
    for (size_t i = 0; i < worker->node_n; i++) { /* all of level 1 */
        worker->node[i].index += first / AMP_TILE;
    }
    piece->err = amp_log_replay_nodes(worker->reader, worker->node, worker->node_n, &piece->bad,
                                      &piece->why);
    if (!piece->err && n < PIECE) {
        piece->rest = malloc(sizeof *piece->rest);
        piece->err = piece->rest ? AMP_OK : AMP_E_NOMEM;
    }
    if (!piece->err && piece->rest) {
        *piece->rest = worker->tree;
    } else if (!piece->err) {
        amp_merkle_root(&worker->tree, piece->root);
    }
}

static void done_tell(struct verify *verify)
{
    (void)pthread_mutex_lock(&verify->lock);
    verify->done++;
    if (verify->progress) {
        uint64_t records = verify->done * PIECE;
        verify->progress->tell(verify->progress->ctx, "verifying",
                               records < verify->size ? records : verify->size, verify->size);
    }
    (void)pthread_mutex_unlock(&verify->lock);
}

static void *worker_run(void *arg)
{
    struct worker *worker = arg;
    struct verify *verify = worker->verify;
    for (;;) {
        uint64_t k = atomic_fetch_add(&verify->next, 1);
        if (k >= verify->piece_n || k > atomic_load(&verify->bad)) {
            return NULL;
        }
        piece_check(worker, k);
        uint64_t bad = atomic_load(&verify->bad);
        while (verify->piece[k].err && k < bad &&
               !atomic_compare_exchange_weak(&verify->bad, &bad, k)) {}
        done_tell(verify);
    }
}

/* Hashes all pieces; what came of each stands in it. */
static amp_err pieces_run(struct verify *verify, unsigned threads, struct amp_why *why)
{
    struct worker *worker = calloc(threads, sizeof *worker);
    if (!worker) {
        return AMP_E_NOMEM;
    }
    amp_err err = AMP_OK;
    for (unsigned i = 0; !err && i < threads && i < verify->piece_n; i++) {
        worker[i].verify = verify;
        err = verify->store->ops->reader(verify->store, &worker[i].reader, why);
        if (!err) {
            worker[i].runs = pthread_create(&worker[i].thread, NULL, worker_run, &worker[i]) == 0;
            err = worker[i].runs ? AMP_OK : AMP_E_NOMEM;
        }
    }
    if (err) {
        atomic_store(&verify->next, verify->piece_n);
    }
    for (unsigned i = 0; i < threads; i++) {
        if (worker[i].runs) {
            (void)pthread_join(worker[i].thread, NULL);
        }
        amp_store_close(worker[i].reader);
    }
    free(worker);
    return err;
}

static amp_err join_one(struct verify *verify, struct amp_merkle *tree, unsigned height,
                        const uint8_t root[AMP_HASH], uint64_t *out_bad, struct amp_why *why)
{
    struct amp_node node[AMP_NODE_LEVELS];
    size_t n = amp_merkle_join(tree, height, root, node);
    return amp_log_replay_nodes(verify->store, node, n, out_bad, why);
}

/* The pieces in order: the first that is bad is the answer. */
static amp_err pieces_join(struct verify *verify, struct amp_merkle *tree, uint64_t *out_bad,
                           struct amp_why *why)
{
    for (uint64_t k = 0; k < verify->piece_n; k++) {
        const struct piece *piece = &verify->piece[k];
        amp_err err = piece->err;
        if (err) {
            *out_bad = piece->bad;
            return amp_fail(why, err, "%s",
                            piece->why.text[0] ? piece->why.text : amp_err_words(err));
        }
        if (!piece->rest) {
            err = join_one(verify, tree, PIECE_HEIGHT, piece->root, out_bad, why);
        }
        size_t n = 0;
        for (unsigned height = PIECE_HEIGHT; piece->rest && !err && height-- > 0;) {
            if (piece->rest->size >> height & 1) {
                err = join_one(verify, tree, height, piece->rest->node[n++], out_bad, why);
            }
        }
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

/* What a writer added meanwhile, the root, and the end of the log. */
static amp_err tail_replay(struct amp_store *store, const struct amp_merkle *tree,
                           struct amp_head *out, uint64_t *out_bad, struct amp_why *why)
{
    struct amp_log_replay replay = {.store = store, .why = why, .tree = *tree};
    replay.node = calloc(AMP_BATCH_NODES, sizeof *replay.node);
    if (!replay.node) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_log_replay(&replay);
    free(replay.node);
    *out_bad = replay.bad;
    if (!err) {
        *out = replay.head;
    }
    return err;
}

static unsigned threads_choose(unsigned asked)
{
    long cores = asked > 0 ? (long)asked : sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores < AMP_VERIFY_THREADS ? (unsigned)cores : AMP_VERIFY_THREADS;
}

amp_err amp_log_verify_store(struct amp_store *store, unsigned threads,
                             const struct amp_log_progress *progress, struct amp_head *out,
                             uint64_t *out_bad, struct amp_why *why)
{
    struct amp_head head;
    struct amp_merkle tree = {.size = 0};
    uint64_t bad = 1;
    amp_err err = store->ops->head(store, &head, why);
    if (err) {
        return err;
    }
    struct verify verify = {.store = store, .size = head.size, .progress = progress};
    verify.piece_n = (head.size + PIECE - 1) / PIECE;
    verify.piece = calloc(verify.piece_n + 1, sizeof *verify.piece);
    if (!verify.piece) {
        return AMP_E_NOMEM;
    }
    atomic_store(&verify.bad, UINT64_MAX);
    (void)pthread_mutex_init(&verify.lock, NULL);
    err = pieces_run(&verify, threads_choose(threads), why);
    if (!err) {
        err = pieces_join(&verify, &tree, &bad, why);
    }
    if (!err) {
        err = tail_replay(store, &tree, out, &bad, why);
    }
    if (err == AMP_E_CORRUPT) {
        *out_bad = bad;
    }
    for (uint64_t k = 0; k < verify.piece_n; k++) {
        free(verify.piece[k].rest);
    }
    (void)pthread_mutex_destroy(&verify.lock);
    free(verify.piece);
    return err;
}
