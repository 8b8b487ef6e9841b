/*
 * The writer: a ring of submissions, and a thread that commits all that wait at once.
 *
 * Invariants: (1) the ring, `len`, `stopping` change only under the lock; (2) the journal, `body`
 * and `taken` belong to the thread; (3) done is called without the lock, so it may submit again.
 */
#include "journal/writer.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    BATCH_BYTES = 16 << 20
}; /* stop filling a batch here: a commit must stay short */

struct amp_writer {
    struct amp_journal *journal;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct amp_submission *ring; /* AMP_WRITER_QUEUE of them */
    size_t first, len;
    bool stopping;
    struct amp_why why;           /* of the first failure, under the lock */
    struct amp_submission *taken; /* AMP_WRITER_QUEUE of them */
    struct amp_str *body;         /* AMP_BATCH_MAX of them */
};

static size_t bytes_of(const struct amp_submission *sub)
{
    size_t bytes = 0;
    for (size_t i = 0; i < sub->n; i++) {
        bytes += sub->body[i].len;
    }
    return bytes;
}

/* Moves what waits into taken, as much as one commit carries. Returns how many submissions; 0 only
 * when stopping and nothing waits. */
static size_t batch_take(struct amp_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    while (writer->len == 0 && !writer->stopping) {
        pthread_cond_wait(&writer->filled, &writer->lock);
    }
    size_t count = 0, records = 0, bytes = 0;
    while (writer->len > 0) {
        const struct amp_submission *sub = &writer->ring[writer->first];
        bytes += bytes_of(sub);
        if (records + sub->n > AMP_BATCH_MAX || (records > 0 && bytes > BATCH_BYTES)) {
            break;
        }
        records += sub->n;
        writer->taken[count++] = *sub;
        writer->first = (writer->first + 1) % AMP_WRITER_QUEUE;
        writer->len--;
    }
    pthread_mutex_unlock(&writer->lock);
    return count;
}

/* One commit for the whole batch; the numbers start at *out_first. */
static amp_err batch_commit(struct amp_writer *writer, size_t count, uint64_t *out_first)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct amp_submission *sub = &writer->taken[i];
        assert(n + sub->n <= AMP_BATCH_MAX);
        for (size_t k = 0; k < sub->n; k++) {
            writer->body[n++] = sub->body[k];
        }
    }
    if (n == 0) {
        return AMP_OK;
    }
    struct amp_why why = {""};
    amp_err err = amp_journal_append(writer->journal, writer->body, n, out_first, &why);
    if (err) {
        pthread_mutex_lock(&writer->lock);
        writer->why = why;
        pthread_mutex_unlock(&writer->lock);
    }
    return err;
}

static void *writer_run(void *arg)
{
    struct amp_writer *writer = arg;
    amp_err err = AMP_OK; /* the first failure stays */
    for (;;) {
        size_t count = batch_take(writer);
        if (count == 0) {
            return NULL;
        }
        uint64_t seq = 0;
        if (!err) {
            err = batch_commit(writer, count, &seq);
        }
        for (size_t i = 0; i < count; i++) {
            const struct amp_submission sub = writer->taken[i];
            sub.done(sub.ctx, err, !err && sub.n > 0 ? seq : 0);
            seq += sub.n;
        }
    }
}

static void writer_free(struct amp_writer *writer)
{
    free(writer->ring);
    free(writer->taken);
    free(writer->body);
    free(writer);
}

amp_err amp_writer_start(struct amp_journal *journal, struct amp_writer **out)
{
    struct amp_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        return AMP_E_NOMEM;
    }
    writer->journal = journal;
    writer->ring = calloc(AMP_WRITER_QUEUE, sizeof *writer->ring);
    writer->taken = calloc(AMP_WRITER_QUEUE, sizeof *writer->taken);
    writer->body = calloc(AMP_BATCH_MAX, sizeof *writer->body);
    if (!writer->ring || !writer->taken || !writer->body) {
        writer_free(writer);
        return AMP_E_NOMEM;
    }
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->filled, NULL);
    if (pthread_create(&writer->thread, NULL, writer_run, writer) != 0) {
        pthread_cond_destroy(&writer->filled);
        pthread_mutex_destroy(&writer->lock);
        writer_free(writer);
        return AMP_E_NOMEM;
    }
    *out = writer;
    return AMP_OK;
}

static bool submission_fits(const struct amp_submission *sub)
{
    if (sub->n > AMP_BATCH_MAX) {
        return false;
    }
    for (size_t i = 0; i < sub->n; i++) {
        if (sub->body[i].len > AMP_RECORD_MAX) {
            return false;
        }
    }
    return true;
}

amp_err amp_writer_submit(struct amp_writer *writer, const struct amp_submission *sub)
{
    assert(sub->done);
    if (!submission_fits(sub)) {
        return AMP_E_LIMIT; /* refused here, so that one too large does not stop the writer */
    }
    pthread_mutex_lock(&writer->lock);
    assert(!writer->stopping);
    bool full = writer->len == AMP_WRITER_QUEUE;
    if (!full) {
        writer->ring[(writer->first + writer->len) % AMP_WRITER_QUEUE] = *sub;
        writer->len++;
        if (writer->len == 1) { /* the thread waits only on an empty ring */
            pthread_cond_signal(&writer->filled);
        }
    }
    pthread_mutex_unlock(&writer->lock);
    return full ? AMP_E_BUSY : AMP_OK;
}

struct amp_why amp_writer_why(struct amp_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    struct amp_why why = writer->why;
    pthread_mutex_unlock(&writer->lock);
    return why;
}

void amp_writer_stop(struct amp_writer *writer)
{
    if (!writer) {
        return;
    }
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->filled);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->filled);
    pthread_mutex_destroy(&writer->lock);
    writer_free(writer);
}
