/*
 * The start of a server whose journal is long: from a snapshot, and from the first record.
 *
 * usage: start_bench [--events N] [--cold]      (default 1,000,000; --cold folds all once more)
 * Writes a journal of made-up days (sealed, as a server does) and its snapshot into a directory of
 * its own, then opens it anew and folds. Seconds on the clock, and on the processor.
 */
#include "made.h"
#include "server/fold.h"
#include "server/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH = 2048,
    BODY_MAX = 1 << 17,
    PATH_BYTES = 512
};

static void check(amp_err err, const struct amp_why *why, const char *what)
{
    if (err != AMP_OK) {
        (void)fprintf(stderr, "start_bench: %s failed: %s\n", what,
                      why->text[0] != '\0' ? why->text : amp_err_words(err));
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double processor_s(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* ---- writing ---- */

struct writing {
    struct amp_journal *journal;
    struct amp_keys *keys;
    struct amp_sealer sealer;
    struct amp_draft draft[BATCH];
    struct amp_buf body[BATCH];
    size_t n;
    struct amp_secret secret[BATCH];
    struct amp_buf value[BATCH];
    char name[BATCH][AMP_KEYS_NAME];
    size_t secret_n;
};

static void flush(struct writing *w)
{
    struct amp_why why = {""};
    uint64_t first = 0;
    for (size_t i = 0; i < w->n; i++) {
        w->draft[i].body = amp_buf_view(&w->body[i]);
    }
    amp_err err = w->n > 0 ? amp_journal_append(w->journal, w->draft, w->n, w->secret, w->secret_n,
                                                &first, &why)
                           : AMP_OK;
    check(err, &why, "writing the journal");
    w->n = 0;
    w->secret_n = 0;
}

static void key_make(struct writing *w, struct amp_incident_id id)
{
    struct amp_buf *value = &w->value[w->secret_n];
    amp_buf_clear(value);
    amp_keys_make(w->keys, id, value);
    amp_keys_name(id, w->name[w->secret_n]);
    w->secret[w->secret_n] =
        (struct amp_secret){.name = amp_str_of(w->name[w->secret_n]), .value = amp_buf_view(value)};
    w->secret_n++;
}

static void event_write(void *ctx, const struct amp_event *event)
{
    struct writing *w = ctx;
    struct amp_buf *body = &w->body[w->n];
    if (event->kind == AMP_EV_INCIDENT_OPENED) {
        key_make(w, event->f.incident);
    }
    amp_buf_clear(body);
    amp_event_write(event, &w->sealer, body);
    amp_random(w->draft[w->n].salt, AMP_SALT);
    if (++w->n == BATCH) {
        flush(w);
    }
}

static const uint8_t master[AMP_KEY] = {1, 2, 3};

static void journal_write(const char *dir, uint64_t events)
{
    static struct writing w;
    struct amp_store *store = NULL;
    struct amp_state state;
    struct amp_why why = {""};
    struct amp_buf secret = amp_buf_make(AMP_SECRET_MAX);
    char name[AMP_SNAPSHOT_NAME];
    uint64_t first = 0;
    check(amp_store_sqlite(dir, false, &store, &why), &why, "opening the store");
    check(amp_keys_open(store, master, &w.keys, &why), &why, "opening the keys");
    check(amp_journal_open(store, NULL, NULL, &w.journal, NULL, &why), &why, "the journal");
    check(amp_state_init(&state), &why, "memory");
    w.sealer = amp_keys_sealer(w.keys);
    for (size_t i = 0; i < BATCH; i++) {
        w.body[i] = amp_buf_make(BODY_MAX);
        w.value[i] = amp_buf_make(AMP_SECRET_MAX);
    }
    struct made made = {.state = &state,
                        .ctx = &w,
                        .each = event_write,
                        .now_us = INT64_C(1900000000000000),
                        .dice = 1};
    made_run(&made, events);
    flush(&w);
    struct amp_head head = amp_journal_head(w.journal);
    double start = now_s();
    check(amp_fold_save(dir, w.keys, &state, &head, &secret, &why), &why, "the snapshot");
    printf("snapshot written  %7.2f s\n", now_s() - start);
    amp_fold_snapshot_name(head.size, name);
    const struct amp_secret one = {.name = amp_str_of(name), .value = amp_buf_view(&secret)};
    check(amp_journal_append(w.journal, NULL, 0, &one, 1, &first, &why), &why, "its key");
    for (size_t i = 0; i < BATCH; i++) {
        amp_buf_free(&w.body[i]);
        amp_buf_free(&w.value[i]);
    }
    amp_buf_free(&secret);
    amp_journal_close(w.journal);
    amp_keys_close(w.keys);
    amp_store_close(store);
    amp_state_finish(&state);
}

/* ---- starting ---- */

static void start_measure(const char *dir, bool from_snapshot)
{
    struct amp_store *store = NULL;
    struct amp_keys *keys = NULL;
    struct amp_state state;
    struct amp_fold_result fold;
    struct amp_why why = {""};
    double start = now_s(), processor = processor_s();
    check(amp_store_sqlite(dir, false, &store, &why), &why, "opening the store");
    check(amp_keys_open(store, master, &keys, &why), &why, "opening the keys");
    const struct amp_fold_source source = {
        .store = store, .keys = keys, .dir = from_snapshot ? dir : NULL};
    check(amp_fold_run(&source, &state, &fold, &why), &why, "folding");
    printf("%-16s  %7.2f s   (%.2f s on the processor)   %llu records, %llu of them from a "
           "snapshot\n",
           from_snapshot ? "start" : "start, cold", now_s() - start, processor_s() - processor,
           (unsigned long long)state.seq, (unsigned long long)fold.from);
    amp_journal_close(fold.journal);
    amp_state_finish(&state);
    amp_keys_close(keys);
    amp_store_close(store);
}

static void dir_remove(const char *dir)
{
    static const char *const names[] = {"journal.db",   "journal.db-wal", "journal.db-shm",
                                        "journal.lock", "journal.mark",   NULL};
    char path[PATH_BYTES];
    amp_fold_tidy(dir, 0);
    for (size_t i = 0; names[i] != NULL; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

int main(int argc, char **argv)
{
    uint64_t events = 1000000;
    bool cold = false;
    char dir[] = "/tmp/amparo-start-XXXXXX";
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--cold") == 0) {
            cold = true;
        } else if (strcmp(argv[i], "--events") != 0 || i + 1 == argc ||
                   amp_str_u64(amp_str_of(argv[++i]), &events) != AMP_OK || events == 0) {
            (void)fprintf(stderr, "usage: start_bench [--events N] [--cold]\n");
            return 2;
        }
    }
    struct amp_why why = {""};
    check(amp_crypto_start(), &why, "libsodium");
    if (mkdtemp(dir) == NULL) {
        check(AMP_E_IO, &why, "making a directory");
    }
    double start = now_s();
    journal_write(dir, events);
    printf("journal written   %7.2f s\n", now_s() - start);
    start_measure(dir, true);
    if (cold) {
        start_measure(dir, false);
    }
    dir_remove(dir);
    return 0;
}
