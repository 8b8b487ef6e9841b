/*
 * The writer: a ring of submissions, and a thread that commits all that wait at once.
 *
 * Invariants: (1) the ring, `len`, `stopping` change only under the lock; (2) the journal, `draft`,
 * `secret` and `taken` belong to the thread; (3) done is called without the lock, so it may submit
 * again.
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
    bool owes;                    /* something removed may still be in a file */
    bool asked;                   /* to try again */
    struct amp_why why;           /* of the first failure, under the lock */
    struct amp_submission *taken; /* AMP_WRITER_QUEUE of them */
    struct amp_draft *draft;      /* AMP_BATCH_MAX of them */
    struct amp_secret *secret;    /* AMP_SECRETS_BATCH of them */
};

static size_t bytes_of(const struct amp_submission *sub)
{
    size_t bytes = 0;
    for (size_t i = 0; i < sub->n; i++) {
        bytes += sub->draft[i].body.len;
    }
    return bytes;
}

/* Moves what waits into taken, as much as one commit carries. Returns how many submissions; *stop
 * when nothing waits and nothing will. */
static size_t batch_take(struct amp_writer *writer, bool *stop)
{
    pthread_mutex_lock(&writer->lock);
    while (writer->len == 0 && !writer->stopping && !writer->asked) {
        pthread_cond_wait(&writer->filled, &writer->lock);
    }
    size_t count = 0, records = 0, secrets = 0, bytes = 0;
    while (writer->len > 0) {
        const struct amp_submission *sub = &writer->ring[writer->first];
        bytes += bytes_of(sub);
        if (records + sub->n > AMP_BATCH_MAX || secrets + sub->secret_n > AMP_SECRETS_BATCH ||
            (records > 0 && bytes > BATCH_BYTES)) {
            break;
        }
        records += sub->n;
        secrets += sub->secret_n;
        writer->taken[count++] = *sub;
        writer->first = (writer->first + 1) % AMP_WRITER_QUEUE;
        writer->len--;
    }
    *stop = count == 0 && writer->stopping;
    pthread_mutex_unlock(&writer->lock);
    return count;
}

/* One commit for the whole batch; the numbers start at *out_first. */
static amp_err batch_commit(struct amp_writer *writer, size_t count, uint64_t *out_first)
{
    size_t n = 0, secret_n = 0;
    bool removes = false;
    for (size_t i = 0; i < count; i++) {
        const struct amp_submission *sub = &writer->taken[i];
        assert(n + sub->n <= AMP_BATCH_MAX && secret_n + sub->secret_n <= AMP_SECRETS_BATCH);
        for (size_t k = 0; k < sub->n; k++) {
            writer->draft[n++] = sub->draft[k];
        }
        for (size_t k = 0; k < sub->secret_n; k++) {
            removes |= sub->secret[k].removed;
            writer->secret[secret_n++] = sub->secret[k];
        }
    }
    if (n + secret_n == 0) {
        return AMP_OK;
    }
    struct amp_why why = {""};
    amp_err err = amp_journal_append(writer->journal, writer->draft, n, writer->secret, secret_n,
                                     out_first, &why);
    pthread_mutex_lock(&writer->lock);
    writer->owes |= removes && !err;
    writer->asked |= removes && !err; /* it is known only when it was asked for */
    if (err) {
        writer->why = why;
    }
    pthread_mutex_unlock(&writer->lock);
    return err;
}

static void debt_settle(struct amp_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    bool due = writer->asked && writer->owes;
    writer->asked = false;
    pthread_mutex_unlock(&writer->lock);
    if (due && amp_journal_settle(writer->journal, NULL) == AMP_OK) {
        pthread_mutex_lock(&writer->lock);
        writer->owes = false; /* only this thread makes debts */
        pthread_mutex_unlock(&writer->lock);
    }
}

static void *writer_run(void *arg)
{
    struct amp_writer *writer = arg;
    amp_err err = AMP_OK; /* the first failure stays */
    for (bool stop = false; !stop;) {
        size_t count = batch_take(writer, &stop);
        uint64_t seq = 0;
        if (!err && count > 0) {
            err = batch_commit(writer, count, &seq);
        }
        for (size_t i = 0; i < count; i++) {
            const struct amp_submission sub = writer->taken[i];
            sub.done(sub.ctx, err, !err && sub.n > 0 ? seq : 0);
            seq += sub.n;
        }
        debt_settle(writer);
    }
    return NULL;
}

static void writer_free(struct amp_writer *writer)
{
    free(writer->ring);
    free(writer->taken);
    free(writer->draft);
    free(writer->secret);
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
    writer->draft = calloc(AMP_BATCH_MAX, sizeof *writer->draft);
    writer->secret = calloc(AMP_SECRETS_BATCH, sizeof *writer->secret);
    if (!writer->ring || !writer->taken || !writer->draft || !writer->secret) {
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

/* Refused at the door, so that one that no journal takes does not stop the writer. */
static amp_err submission_check(const struct amp_submission *sub)
{
    if (sub->n > AMP_BATCH_MAX) {
        return AMP_E_LIMIT;
    }
    for (size_t i = 0; i < sub->n; i++) {
        if (sub->draft[i].body.len > AMP_RECORD_MAX) {
            return AMP_E_LIMIT;
        }
    }
    return amp_secrets_check(sub->secret, sub->secret_n, NULL);
}

amp_err amp_writer_submit(struct amp_writer *writer, const struct amp_submission *sub)
{
    assert(sub->done);
    amp_err err = submission_check(sub);
    if (err) {
        return err;
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

bool amp_writer_owes(struct amp_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    bool owes = writer->owes;
    writer->asked |= owes;
    if (owes) {
        pthread_cond_signal(&writer->filled);
    }
    pthread_mutex_unlock(&writer->lock);
    return owes;
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
