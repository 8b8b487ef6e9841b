/*
 * What the journal can do: durable events a second, verification, proofs; beside plain SQLite.
 *
 * usage: journal_bench [SECONDS [--records N] [--dir DIR]]
 * (defaults: 2 seconds a part; 1,000,000 records; a directory in TMPDIR or /tmp)
 * Rounds take turns: 64 threads that submit one record of 300 bytes each and wait for the answer;
 * then plain SQLite, inserting rows of the same size with the same pragmas and the batch size that
 * the writer reached. The medians of the rounds are compared. The fdatasync probe stands beside
 * them, since durable latency depends on how busy the machine is. A log of N records then tells the
 * speed of appending, verifying and proving; above 2,000,000 its bodies have 40 bytes.
 */
#include "journal/inspect.h"
#include "journal/tree.h"
#include "journal/writer.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    SUBMITTERS = 64,
    BODY = 300,
    APPEND_BATCH = 1000,
    ROUNDS = 5,
    PROOFS = 2000,
    SMALL_ABOVE = 2000000,
    SMALL_BODY = 40,
    SAMPLE_MAX = 1 << 20,
    PATH_LEN = 512
};

static void check(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "journal_bench: %s failed\n", what);
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Of all threads: tells what work costs even when the machine is busy with other things. */
static double cpu_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int double_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct samples {
    double *s;
    size_t n, cap;
};

static struct samples samples_make(size_t cap)
{
    struct samples samples = {.s = calloc(cap, sizeof(double)), .cap = cap};
    check(samples.s != NULL, "memory");
    return samples;
}

static void sample_add(struct samples *samples, double s)
{
    if (samples->n < samples->cap) {
        samples->s[samples->n++] = s;
    }
}

static double sample_ms(struct samples *samples, double share)
{
    qsort(samples->s, samples->n, sizeof *samples->s, double_order);
    return samples->n ? 1e3 * samples->s[(size_t)(share * (double)(samples->n - 1))] : 0;
}

static void fdatasync_probe(const char *dir, double seconds, struct samples *samples)
{
    char path[PATH_LEN], block[4096] = {1};
    snprintf(path, sizeof path, "%s/probe", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    check(fd >= 0, "making the probe");
    double start = now_s(), t = start;
    samples->n = 0;
    for (off_t at = 0; t - start < seconds; at += (off_t)sizeof block) {
        double before = now_s();
        check(pwrite(fd, block, sizeof block, at) == (ssize_t)sizeof block, "writing the probe");
        check(fdatasync(fd) == 0, "fdatasync");
        t = now_s();
        sample_add(samples, t - before);
    }
    printf("fdatasync of 4 KiB appended  %10.0f /s      p50 %.2f ms  p99 %.2f ms\n",
           (double)samples->n / (t - start), sample_ms(samples, 0.5), sample_ms(samples, 0.99));
    close(fd);
    unlink(path);
}

struct submitter {
    struct amp_writer *writer;
    atomic_bool *stop;
    sem_t answered;
    struct samples samples;
    amp_err err;
};

static void answer_note(void *ctx, amp_err err, uint64_t first)
{
    struct submitter *submitter = ctx;
    (void)first;
    submitter->err = err;
    sem_post(&submitter->answered);
}

static void *submitter_run(void *arg)
{
    struct submitter *submitter = arg;
    char text[BODY];
    memset(text, 'e', sizeof text);
    const struct amp_draft draft = {.body = {.ptr = text, .len = sizeof text}};
    struct amp_submission sub = {.draft = &draft, .n = 1, .ctx = submitter, .done = answer_note};
    while (!atomic_load(submitter->stop)) {
        double before = now_s();
        check(amp_writer_submit(submitter->writer, &sub) == AMP_OK, "submitting");
        while (sem_wait(&submitter->answered) != 0) {}
        check(submitter->err == AMP_OK, "appending");
        sample_add(&submitter->samples, now_s() - before);
    }
    return NULL;
}

/* Counts the commits on their way to the real store. */
struct counted {
    struct amp_store base;
    struct amp_store *inner;
    uint64_t commits;
};

static amp_err counted_append(struct amp_store *store, const struct amp_batch *batch,
                              struct amp_why *why)
{
    struct counted *counted = (struct counted *)store;
    counted->commits++;
    return counted->inner->ops->append(counted->inner, batch, why);
}

static amp_err counted_head(struct amp_store *store, struct amp_head *out, struct amp_why *why)
{
    struct counted *counted = (struct counted *)store;
    return counted->inner->ops->head(counted->inner, out, why);
}

static amp_err counted_read(struct amp_store *store, uint64_t first, uint64_t last, void *ctx,
                            amp_err (*visit)(void *ctx, const struct amp_record *record),
                            struct amp_why *why)
{
    struct counted *counted = (struct counted *)store;
    return counted->inner->ops->read(counted->inner, first, last, ctx, visit, why);
}

static amp_err counted_settle(struct amp_store *store, struct amp_why *why)
{
    struct counted *counted = (struct counted *)store;
    return counted->inner->ops->settle(counted->inner, why);
}

static amp_err counted_nodes(struct amp_store *store, unsigned level, uint64_t first, size_t n,
                             uint8_t *out, struct amp_why *why)
{
    struct counted *counted = (struct counted *)store;
    return counted->inner->ops->nodes(counted->inner, level, first, n, out, why);
}

static void counted_close(struct amp_store *store)
{
    struct counted *counted = (struct counted *)store;
    amp_store_close(counted->inner);
}

static const struct amp_store_ops counted_ops = {.name = "counted",
                                                 .append = counted_append,
                                                 .settle = counted_settle,
                                                 .nodes = counted_nodes,
                                                 .head = counted_head,
                                                 .read = counted_read,
                                                 .close = counted_close};

static void journal_begin(const char *dir, struct counted *counted, struct amp_journal **out)
{
    struct amp_why why = {""};
    uint64_t bad = 0;
    *counted = (struct counted){.base = {.ops = &counted_ops}};
    amp_err err = amp_store_sqlite(dir, false, &counted->inner, &why);
    if (!err) {
        err = amp_journal_open(&counted->base, NULL, NULL, out, &bad, &why);
    }
    check(err == AMP_OK, why.text);
}

/* Returns the mean number of records in a commit. */
static size_t writer_bench(const char *dir, double seconds, struct samples *all, double *rate)
{
    static struct submitter submitter[SUBMITTERS];
    struct counted counted;
    struct amp_journal *journal = NULL;
    struct amp_writer *writer = NULL;
    pthread_t thread[SUBMITTERS];
    atomic_bool stop = false;
    journal_begin(dir, &counted, &journal);
    uint64_t before = amp_journal_head(journal).size;
    check(amp_writer_start(journal, &writer) == AMP_OK, "starting the writer");
    double start = now_s(), cpu = cpu_s();
    for (size_t i = 0; i < SUBMITTERS; i++) {
        submitter[i].writer = writer;
        submitter[i].stop = &stop;
        submitter[i].samples = samples_make(SAMPLE_MAX / SUBMITTERS);
        sem_init(&submitter[i].answered, 0, 0);
        check(pthread_create(&thread[i], NULL, submitter_run, &submitter[i]) == 0, "a thread");
    }
    usleep((useconds_t)(seconds * 1e6));
    atomic_store(&stop, true);
    all->n = 0;
    for (size_t i = 0; i < SUBMITTERS; i++) {
        pthread_join(thread[i], NULL);
        for (size_t k = 0; k < submitter[i].samples.n; k++) {
            sample_add(all, submitter[i].samples.s[k]);
        }
        free(submitter[i].samples.s);
        sem_destroy(&submitter[i].answered);
    }
    double took = now_s() - start;
    cpu = cpu_s() - cpu;
    amp_writer_stop(writer);
    uint64_t records = amp_journal_head(journal).size - before;
    *rate = (double)records / took;
    size_t batch = (size_t)((records + counted.commits - 1) / counted.commits);
    printf("journal, 64 threads waiting  %10.0f events/s p50 %.2f ms  p99 %.2f ms  cpu %.2f us "
           "(%zu a commit)\n",
           *rate, sample_ms(all, 0.5), sample_ms(all, 0.99), 1e6 * cpu / (double)records, batch);
    amp_journal_close(journal);
    amp_store_close(&counted.base);
    return batch;
}

/* One of 64 writers without a thread of its own, as the server's are: the answer to a record brings
 * the next one. */
struct chaser {
    struct amp_writer *writer;
    const struct amp_draft *draft;
    atomic_bool *stop;
    sem_t *ended;
    struct samples *samples; /* shared: answers come from one thread */
    double before;
};

static void chaser_submit(struct chaser *chaser);

static void chaser_note(void *ctx, amp_err err, uint64_t first)
{
    struct chaser *chaser = ctx;
    (void)first;
    check(err == AMP_OK, "appending");
    sample_add(chaser->samples, now_s() - chaser->before);
    if (atomic_load(chaser->stop)) {
        sem_post(chaser->ended);
    } else {
        chaser_submit(chaser);
    }
}

static void chaser_submit(struct chaser *chaser)
{
    const struct amp_submission sub = {
        .draft = chaser->draft, .n = 1, .ctx = chaser, .done = chaser_note};
    chaser->before = now_s();
    check(amp_writer_submit(chaser->writer, &sub) == AMP_OK, "submitting");
}

static void chasers_bench(const char *dir, double seconds, struct samples *all, double *rate)
{
    static struct chaser chaser[SUBMITTERS];
    struct counted counted;
    struct amp_journal *journal = NULL;
    struct amp_writer *writer = NULL;
    char text[BODY];
    atomic_bool stop = false;
    sem_t ended;
    memset(text, 'e', sizeof text);
    const struct amp_draft draft = {.body = {.ptr = text, .len = sizeof text}};
    sem_init(&ended, 0, 0);
    journal_begin(dir, &counted, &journal);
    check(amp_writer_start(journal, &writer) == AMP_OK, "starting the writer");
    all->n = 0;
    double start = now_s(), cpu = cpu_s();
    for (size_t i = 0; i < SUBMITTERS; i++) {
        chaser[i] = (struct chaser){
            .writer = writer, .draft = &draft, .stop = &stop, .ended = &ended, .samples = all};
        chaser_submit(&chaser[i]);
    }
    usleep((useconds_t)(seconds * 1e6));
    atomic_store(&stop, true);
    for (size_t i = 0; i < SUBMITTERS; i++) {
        while (sem_wait(&ended) != 0) {}
    }
    double took = now_s() - start;
    cpu = cpu_s() - cpu;
    amp_writer_stop(writer);
    uint64_t records = amp_journal_head(journal).size;
    *rate = (double)records / took;
    printf("journal, 64 writers          %10.0f events/s p50 %.2f ms  p99 %.2f ms  cpu %.2f us "
           "(%llu a commit)\n",
           *rate, sample_ms(all, 0.5), sample_ms(all, 0.99), 1e6 * cpu / (double)records,
           (unsigned long long)(records / counted.commits));
    amp_journal_close(journal);
    amp_store_close(&counted.base);
    sem_destroy(&ended);
}

static void plain_exec(sqlite3 *db, const char *sql)
{
    check(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static void plain_bench(const char *dir, double seconds, size_t batch, struct samples *samples,
                        double *rate)
{
    char path[PATH_LEN], text[BODY];
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    memset(text, 'e', sizeof text);
    snprintf(path, sizeof path, "%s/plain.db", dir);
    check(sqlite3_open(path, &db) == SQLITE_OK, "opening plain.db");
    plain_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                   "PRAGMA wal_autocheckpoint = 4000;"
                   "CREATE TABLE t (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;");
    check(sqlite3_prepare_v2(db, "INSERT INTO t (body) VALUES (?1)", -1, &insert, NULL) ==
              SQLITE_OK,
          "preparing");
    double start = now_s(), t = start, cpu = cpu_s();
    size_t rows = 0;
    samples->n = 0;
    while (t - start < seconds) {
        double before = now_s();
        plain_exec(db, "BEGIN IMMEDIATE");
        for (size_t i = 0; i < batch; i++, rows++) {
            sqlite3_bind_blob(insert, 1, text, sizeof text, SQLITE_STATIC);
            check(sqlite3_step(insert) == SQLITE_DONE, "inserting");
            sqlite3_reset(insert);
        }
        plain_exec(db, "COMMIT");
        t = now_s();
        sample_add(samples, t - before);
    }
    *rate = (double)rows / (t - start);
    cpu = cpu_s() - cpu;
    printf("plain SQLite, %3zu a commit   %10.0f rows/s   p50 %.2f ms  p99 %.2f ms  cpu %.2f us\n",
           batch, *rate, sample_ms(samples, 0.5), sample_ms(samples, 0.99),
           1e6 * cpu / (double)rows);
    sqlite3_finalize(insert);
    sqlite3_close(db);
    for (int i = 0; i < 3; i++) {
        static const char *const tail[3] = {"", "-wal", "-shm"};
        snprintf(path, sizeof path, "%s/plain.db%s", dir, tail[i]);
        unlink(path);
    }
}

static double median_of(double *value, size_t n)
{
    qsort(value, n, sizeof *value, double_order);
    return value[n / 2];
}

static void journal_drop(const char *dir);

/* Journal and plain SQLite in turn, each time on new files. */
static size_t rounds_bench(const char *dir, double seconds, struct samples *samples)
{
    double threads[ROUNDS], writers[ROUNDS], plain[ROUNDS], ratio_t[ROUNDS], ratio_w[ROUNDS];
    size_t batch = 1;
    for (size_t i = 0; i < ROUNDS; i++) {
        batch = writer_bench(dir, seconds / ROUNDS, samples, &threads[i]);
        journal_drop(dir);
        plain_bench(dir, seconds / ROUNDS, batch, samples, &plain[i]);
        chasers_bench(dir, seconds / ROUNDS, samples, &writers[i]);
        journal_drop(dir);
        ratio_t[i] = threads[i] / plain[i];
        ratio_w[i] = writers[i] / plain[i];
    }
    printf("medians of %d rounds: plain SQLite %.0f/s; 64 threads waiting %.0f/s, %.2f of it; 64 "
           "writers %.0f/s, %.2f of it\n",
           ROUNDS, median_of(plain, ROUNDS), median_of(threads, ROUNDS), median_of(ratio_t, ROUNDS),
           median_of(writers, ROUNDS), median_of(ratio_w, ROUNDS));
    return batch;
}

/* One thread: what numbers, hashes and tree cost, and a log to verify. */
static void append_bench(const char *dir, size_t batch, uint64_t records, size_t body)
{
    struct counted counted;
    struct amp_journal *journal = NULL;
    static struct amp_draft draft[AMP_BATCH_MAX];
    char text[BODY];
    memset(text, 'v', sizeof text);
    journal_begin(dir, &counted, &journal);
    for (size_t i = 0; i < batch; i++) {
        draft[i].body = (struct amp_str){.ptr = text, .len = body};
    }
    double start = now_s(), cpu = cpu_s();
    uint64_t n = 0;
    for (; n < records; n += batch) {
        uint64_t first = 0;
        check(amp_journal_append(journal, draft, batch, NULL, 0, &first, NULL) == AMP_OK,
              "appending");
    }
    printf("journal, %4zu a commit       %10.0f records/s of %zu bytes  cpu %.2f us\n", batch,
           (double)n / (now_s() - start), body, 1e6 * (cpu_s() - cpu) / (double)n);
    amp_journal_close(journal);
    amp_store_close(&counted.base);
}

static void verify_bench(const char *dir)
{
    double best = 0, cpu = 0;
    uint64_t records = 0;
    for (int i = 0; i < 3; i++) {
        struct amp_log_report report;
        struct amp_why why = {""};
        double start = now_s(), cpu_start = cpu_s();
        check(amp_log_verify(dir, NULL, &report, &why) == AMP_OK && report.ok, "verifying");
        records = report.head.size;
        double rate = (double)records / (now_s() - start);
        best = rate > best ? rate : best;
        cpu = (cpu_s() - cpu_start) / (double)records;
    }
    printf("verify %9llu, best of 3   %10.0f records/s  cpu %.2f us\n", (unsigned long long)records,
           best, 1e6 * cpu);
}

/* Random records of the log, at its full size and at random earlier ones. */
static void proof_bench(const char *dir, struct samples *samples)
{
    struct amp_store *store = NULL;
    struct amp_head head;
    uint64_t random = 1;
    check(amp_store_sqlite(dir, true, &store, NULL) == AMP_OK, "opening");
    check(store->ops->head(store, &head, NULL) == AMP_OK, "reading the head");
    samples->n = 0;
    double cpu = cpu_s();
    for (int i = 0; i < PROOFS; i++) {
        struct amp_proof proof;
        random = random * 6364136223846793005U + 1442695040888963407U;
        uint64_t index = (random >> 16) % head.size;
        uint64_t size = i % 2 ? head.size : index + 1 + (random >> 32) % (head.size - index);
        double before = now_s();
        check(amp_tree_inclusion(store, index, size, &proof, NULL) == AMP_OK, "proving");
        sample_add(samples, now_s() - before);
    }
    printf("a proof among %9llu                        p50 %.3f ms  p99 %.3f ms  cpu %.3f ms\n",
           (unsigned long long)head.size, sample_ms(samples, 0.5), sample_ms(samples, 0.99),
           1e3 * (cpu_s() - cpu) / PROOFS);
    samples->n = 0;
    for (int i = 0; i < PROOFS / 4; i++) {
        struct amp_proof proof;
        random = random * 6364136223846793005U + 1442695040888963407U;
        double before = now_s();
        check(amp_tree_consistency(store, 1 + (random >> 16) % head.size, head.size, &proof,
                                   NULL) == AMP_OK,
              "proving consistency");
        sample_add(samples, now_s() - before);
    }
    printf("consistency with %9llu                     p50 %.3f ms  p99 %.3f ms\n",
           (unsigned long long)head.size, sample_ms(samples, 0.5), sample_ms(samples, 0.99));
    amp_store_close(store);
}

static void journal_drop(const char *dir)
{
    static const char *const name[] = {"journal.db", "journal.db-wal", "journal.db-shm",
                                       "journal.lock", "journal.mark"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        char path[PATH_LEN];
        snprintf(path, sizeof path, "%s/%s", dir, name[i]);
        unlink(path);
    }
}

struct asked_for {
    double seconds;
    uint64_t records;
    const char *dir;
};

static struct asked_for arguments(int argc, char **argv)
{
    const char *tmp = getenv("TMPDIR");
    struct asked_for asked = {.seconds = 2, .records = 1000000, .dir = tmp ? tmp : "/tmp"};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--records") == 0 && i + 1 < argc) {
            asked.records = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc) {
            asked.dir = argv[++i];
        } else {
            asked.seconds = strtod(argv[i], NULL);
        }
    }
    check(asked.seconds > 0 && asked.seconds <= 60 && asked.records > 0, "usage");
    return asked;
}

int main(int argc, char **argv)
{
    const struct asked_for asked = arguments(argc, argv);
    char dir[PATH_LEN / 2];
    int len = snprintf(dir, sizeof dir, "%s/amparo-bench-XXXXXX", asked.dir);
    check(len > 0 && (size_t)len < sizeof dir, "usage");
    check(amp_crypto_start() == AMP_OK, "starting cryptography");
    check(mkdtemp(dir) != NULL, "making a directory");
    struct samples samples = samples_make(SAMPLE_MAX);
    fdatasync_probe(dir, asked.seconds / 2, &samples);
    size_t batch = rounds_bench(dir, asked.seconds, &samples);
    fdatasync_probe(dir, asked.seconds / 2, &samples);
    append_bench(dir, batch, APPEND_BATCH * 50, BODY);
    journal_drop(dir);
    append_bench(dir, asked.records < APPEND_BATCH ? (size_t)asked.records : APPEND_BATCH,
                 asked.records, asked.records > SMALL_ABOVE ? SMALL_BODY : BODY);
    proof_bench(dir, &samples);
    verify_bench(dir);
    journal_drop(dir);
    check(rmdir(dir) == 0, "removing the directory");
    free(samples.s);
    return 0;
}
