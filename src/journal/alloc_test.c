/*
 * Every allocation fails once, ours and SQLite's: an error and no loss, no crash, no false alarm.
 *
 * The linker leads our calls of malloc and its kin through the functions below (--wrap); SQLite's
 * go through fault_vfs. What fails is counted from 1 and moved on until a run meets no failure.
 */
#include "base/buf.h"
#include "journal/backup.h"
#include "journal/fault_vfs.h"
#include "journal/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    BODY_MAX = 9000, /* some over several pages */
    VALUE = 6000,
    FAILURES_MAX = 20000
};

/* ---- our own memory ---- */

static atomic_uint_fast64_t own_at, own_seen;
static atomic_bool own_struck;

static bool own_fails(void)
{
    uint64_t at = atomic_load(&own_at);
    bool fails = at > 0 && atomic_fetch_add(&own_seen, 1) + 1 == at;
    if (fails) {
        atomic_store(&own_struck, true);
    }
    return fails;
}

static void own_plan(uint64_t at)
{
    atomic_store(&own_at, at);
    atomic_store(&own_seen, 0);
    atomic_store(&own_struck, false);
}

void *__real_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__real_realloc(void *old, size_t len);
void *__real_reallocarray(void *old, size_t n, size_t len);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *old, size_t len);
void *__wrap_reallocarray(void *old, size_t n, size_t len);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

void *__wrap_malloc(size_t len)
{
    return own_fails() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t n, size_t len)
{
    return own_fails() ? NULL : __real_calloc(n, len);
}

void *__wrap_realloc(void *old, size_t len)
{
    return own_fails() ? NULL : __real_realloc(old, len);
}

void *__wrap_reallocarray(void *old, size_t n, size_t len)
{
    return own_fails() ? NULL : __real_reallocarray(old, n, len);
}

char *__wrap_strdup(const char *text)
{
    return own_fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
    return own_fails() ? NULL : __real_strndup(text, len);
}

/* ---- what is run ---- */

struct run {
    const struct scratch *place; /* NULL: in memory */
    uint64_t size;               /* known durable */
    amp_err err;                 /* the first */
};

static void err_note(struct run *run, amp_err err)
{
    run->err = run->err ? run->err : err;
    /* out of memory is no damage, no lack and no refusal */
    assert_true(err == AMP_OK || err == AMP_E_NOMEM || err == AMP_E_IN_DOUBT || err == AMP_E_IO);
}

/* Record seq, with a key of its own in place of the one before. */
static amp_err record_add(struct run *run, struct amp_journal *journal)
{
    char room[BODY_MAX], value[VALUE], name[32], old[32];
    memset(value, 'k', sizeof value);
    uint64_t first = 0, seq = amp_journal_head(journal).size + 1;
    const struct amp_draft draft = scratch_draft(seq, room, BODY_MAX);
    (void)snprintf(name, sizeof name, "key/%llu", (unsigned long long)seq);
    (void)snprintf(old, sizeof old, "key/%llu", (unsigned long long)seq - 1);
    const struct amp_secret secret[2] = {
        {.name = amp_str_of(name), .value = {.ptr = value, .len = sizeof value}},
        {.name = amp_str_of(old), .removed = true}};
    amp_err err = amp_journal_append(journal, &draft, 1, secret, 2, &first, NULL);
    if (!err) {
        run->size = seq;
    }
    return err;
}

static amp_err record_visit(void *ctx, const struct amp_record *record)
{
    (void)ctx;
    (void)record;
    return AMP_OK;
}

static amp_err secret_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    (void)ctx;
    (void)name;
    assert_int_equal(value.len, VALUE);
    return AMP_OK;
}

static void questions_ask(struct run *run, struct amp_store *store, uint64_t size)
{
    struct amp_store *reader = NULL;
    struct amp_proof proof;
    struct amp_buf buf = amp_buf_make(AMP_SECRET_MAX);
    char name[32];
    (void)snprintf(name, sizeof name, "key/%llu", (unsigned long long)size);
    amp_err err = store->ops->reader(store, &reader, NULL);
    err_note(run, err);
    if (err) {
        return;
    }
    err_note(run, reader->ops->read(reader, 1, size, NULL, record_visit, NULL));
    err_note(run, reader->ops->secret(reader, amp_str_of(name), &buf, NULL));
    err_note(run, reader->ops->secrets(reader, AMP_STR("key/"), NULL, secret_visit, NULL));
    err_note(run, amp_tree_inclusion(reader, size / 2, size, &proof, NULL));
    amp_buf_clear(&buf);
    err_note(run, amp_tree_tile(reader, size, 0, 0, 1, &buf, NULL));
    amp_buf_free(&buf);
    amp_store_close(reader);
}

static void store_use(struct run *run, struct amp_store *store)
{
    struct amp_journal *journal = NULL;
    uint64_t bad = 0;
    amp_err err = amp_journal_open(store, NULL, NULL, &journal, &bad, NULL);
    err_note(run, err);
    for (int i = 0; !err && i < 4; i++) {
        err = record_add(run, journal);
        err_note(run, err);
    }
    if (!err) {
        questions_ask(run, store, run->size);
    }
    amp_journal_close(journal);
}

static void sqlite_run_once(struct run *run)
{
    struct amp_store *store = NULL;
    amp_err err = amp_store_sqlite(run->place->dir, false, &store, NULL);
    err_note(run, err);
    if (!err) {
        store_use(run, store);
    }
    amp_store_close(store);
}

/* What was acknowledged is there, with its key and without the one before. */
static void whole_expect(struct run *run)
{
    struct amp_store *store = NULL;
    struct amp_journal *journal = NULL;
    struct amp_buf buf = amp_buf_make(AMP_SECRET_MAX);
    char name[32], old[32];
    uint64_t bad = 0;
    assert_int_equal(amp_store_sqlite(run->place->dir, false, &store, NULL), AMP_OK);
    assert_int_equal(amp_journal_open(store, NULL, NULL, &journal, &bad, NULL), AMP_OK);
    uint64_t size = amp_journal_head(journal).size;
    assert_true(size >= run->size && size <= run->size + 1);
    if (size > 0) {
        (void)snprintf(name, sizeof name, "key/%llu", (unsigned long long)size);
        (void)snprintf(old, sizeof old, "key/%llu", (unsigned long long)size - 1);
        assert_int_equal(store->ops->secret(store, amp_str_of(name), &buf, NULL), AMP_OK);
        assert_int_equal(store->ops->secret(store, amp_str_of(old), &buf, NULL), AMP_E_NOT_FOUND);
    }
    amp_buf_free(&buf);
    amp_journal_close(journal);
    amp_store_close(store);
}

static void sqlite_try(void (*plan)(uint64_t at), bool (*struck)(void))
{
    bool again = true;
    uint64_t failures = 0;
    for (uint64_t at = 1; again; at++) {
        struct scratch place;
        scratch_make(&place);
        struct run run = {.place = &place};
        plan(at);
        sqlite_run_once(&run);
        again = struck();
        plan(0);
        failures += run.err != AMP_OK;
        assert_true(again || run.err == AMP_OK);
        assert_true(run.err || run.size == 4);
        whole_expect(&run);
        scratch_remove(&place);
        assert_true(at < FAILURES_MAX);
    }
    assert_true(failures > 0);
}

static bool own_was_struck(void)
{
    return atomic_load(&own_struck);
}

static void each_allocation_of_ours_fails_once_and_nothing_is_lost(void **state)
{
    (void)state;
    sqlite_try(own_plan, own_was_struck);
}

static void each_allocation_of_sqlite_fails_once_and_nothing_is_lost(void **state)
{
    (void)state;
    sqlite_try(fault_alloc_plan, fault_alloc_struck);
}

static void the_memory_store_undoes_what_has_no_room(void **state)
{
    (void)state;
    bool again = true;
    for (uint64_t at = 1; again; at++) {
        struct run run = {.place = NULL};
        struct amp_store *store = NULL;
        own_plan(at);
        amp_err err = amp_store_memory(&store);
        err_note(&run, err);
        if (!err) {
            store_use(&run, store);
        }
        again = atomic_load(&own_struck);
        own_plan(0);
        if (!err) { /* the store goes on where it was */
            struct amp_journal *journal = NULL;
            uint64_t bad = 0;
            assert_int_equal(amp_journal_open(store, NULL, NULL, &journal, &bad, NULL), AMP_OK);
            assert_int_equal(amp_journal_head(journal).size, run.size);
            assert_int_equal(record_add(&run, journal), AMP_OK);
            amp_journal_close(journal);
        }
        amp_store_close(store);
    }
}

/* A backup that meets a failure leaves nothing under its name. */
static void a_backup_without_memory_leaves_nothing(void **state)
{
    (void)state;
    struct scratch top, data, out, part;
    struct amp_log_report report;
    bool again = true;
    scratch_make(&top);
    scratch_path(&top, "data", data.dir);
    scratch_path(&top, "out", out.dir);
    scratch_path(&top, "out.part", part.dir);
    struct run run = {.place = &data};
    sqlite_run_once(&run);
    assert_int_equal(run.size, 4);
    for (uint64_t at = 1; again; at += 3) {
        for (int whose = 0; whose < 2; whose++) {
            (whose ? own_plan : fault_alloc_plan)(at);
            amp_err err = amp_backup_make(data.dir, out.dir, NULL, &report, NULL);
            bool struck = whose ? atomic_load(&own_struck) : fault_alloc_struck();
            own_plan(0);
            fault_alloc_plan(0);
            again = struck;
            assert_true(err == AMP_OK || (struck && access(out.dir, F_OK) != 0));
            assert_int_equal(access(part.dir, F_OK), -1);
            if (!err) {
                assert_int_equal(report.head.size, 4);
                scratch_remove(&out);
            }
        }
    }
    scratch_remove(&data);
    scratch_remove(&top);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_of_ours_fails_once_and_nothing_is_lost),
        cmocka_unit_test(each_allocation_of_sqlite_fails_once_and_nothing_is_lost),
        cmocka_unit_test(the_memory_store_undoes_what_has_no_room),
        cmocka_unit_test(a_backup_without_memory_leaves_nothing),
    };
    fault_alloc_install();
    if (amp_crypto_start() != AMP_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
