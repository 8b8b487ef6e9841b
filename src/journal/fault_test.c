/*
 * Whatever the disk does, what was acknowledged is there, and damage is named or refused.
 *
 * Failing writes and syncs at every place where they occur, power cuts at random moments, files cut
 * short and bytes flipped in each of the files.
 */
#include "base/buf.h"
#include "journal/fault_vfs.h"
#include "journal/inspect.h"
#include "journal/place.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    BODY_MAX = 2000,
    BODY_SMALL = 60,
    BODY_LARGE = 200000,
    LOAD = 12
};

struct load {
    struct amp_store *store;
    struct amp_journal *journal;
};

static amp_err load_open(const char *dir, struct load *out)
{
    struct load load = {.store = NULL};
    uint64_t bad = 0;
    amp_err err = amp_store_sqlite(dir, false, &load.store, NULL);
    if (!err) {
        err = amp_journal_open(load.store, NULL, NULL, &load.journal, &bad, NULL);
    }
    if (err) {
        amp_store_close(load.store);
        return err;
    }
    *out = load;
    return AMP_OK;
}

static void load_close(struct load *load)
{
    amp_journal_close(load->journal);
    amp_store_close(load->store);
    *load = (struct load){.store = NULL};
}

enum {
    BEFORE = 250 /* records before the load: the load completes a node */
};

/* Record seq of the load; every cap is a load of its own. With it go a count, a new key, and every
 * other time the removal of old ones. */
static amp_err load_append(struct load *load, size_t cap)
{
    char *room = test_malloc(cap), count[24], name[4][24];
    uint64_t first = 0, seq = amp_journal_head(load->journal).size + 1;
    const struct amp_draft draft = scratch_draft(seq, room, cap);
    (void)snprintf(count, sizeof count, "%llu", (unsigned long long)seq);
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(name[i], sizeof name[i], "key/%06llu", (unsigned long long)(seq - i));
    }
    const struct amp_secret secret[4] = {
        {.name = AMP_STR("count"), .value = amp_str_of(count)},
        {.name = amp_str_of(name[0]), .value = amp_str_of(name[0])},
        {.name = amp_str_of(name[2]), .removed = true},
        {.name = amp_str_of(name[3]), .removed = true}};
    amp_err err =
        amp_journal_append(load->journal, &draft, 1, secret, seq % 2 ? 2 : 4, &first, NULL);
    test_free(room);
    return err;
}

/* Record seq alone: nothing is removed, and so the WAL is not cut. */
static amp_err load_append_plain(struct load *load, size_t cap)
{
    char *room = test_malloc(cap);
    uint64_t first = 0, seq = amp_journal_head(load->journal).size + 1;
    const struct amp_draft draft = scratch_draft(seq, room, cap);
    amp_err err = amp_journal_append(load->journal, &draft, 1, NULL, 0, &first, NULL);
    test_free(room);
    return err;
}

/* Records without secrets, in one commit. */
static void load_begin(struct load *load, size_t cap)
{
    struct amp_draft *draft = test_calloc(BEFORE, sizeof *draft);
    char *room = test_malloc(BEFORE * cap);
    uint64_t first = 0;
    for (uint64_t i = 0; i < BEFORE; i++) {
        draft[i] = scratch_draft(i + 1, room + i * cap, cap);
    }
    assert_int_equal(amp_journal_append(load->journal, draft, BEFORE, NULL, 0, &first, NULL),
                     AMP_OK);
    test_free(draft);
    test_free(room);
}

struct twin {
    uint64_t seen;
    size_t cap;
};

static amp_err record_compare(void *ctx, const struct amp_record *record)
{
    struct twin *twin = ctx;
    char *room = test_malloc(twin->cap);
    assert_int_equal(record->seq, ++twin->seen);
    assert_true(amp_str_eq(record->body, scratch_body(record->seq, room, twin->cap)));
    test_free(room);
    return AMP_OK;
}

struct keys {             /* what secrets there must be with so many records */
    uint64_t size, first; /* records that brought keys: first..size */
    uint64_t seen;
};

static amp_err key_compare(void *ctx, struct amp_str name, struct amp_str value)
{
    struct keys *keys = ctx;
    uint64_t seq = 0;
    assert_true(amp_str_eq(name, value));
    name.ptr += 4;
    name.len -= 4;
    while (name.len > 1 && name.ptr[0] == '0') {
        name.ptr++;
        name.len--;
    }
    assert_int_equal(amp_str_u64(name, &seq), AMP_OK);
    uint64_t even = keys->size - keys->size % 2; /* the last that removed */
    assert_true(seq >= keys->first && seq <= keys->size);
    assert_true(seq + 1 >= even); /* older ones were removed */
    keys->seen++;
    return AMP_OK;
}

/* The secrets are those of exactly the last record: none lost, none back. */
static void secrets_expect(struct amp_store *store, uint64_t first, uint64_t size)
{
    struct amp_buf buf = amp_buf_make(64);
    struct keys keys = {.size = size, .first = first};
    amp_err err = store->ops->secret(store, AMP_STR("count"), &buf, NULL);
    uint64_t count = 0, even = size - size % 2;
    assert_int_equal(err, size >= first ? AMP_OK : AMP_E_NOT_FOUND);
    if (!err) {
        assert_int_equal(amp_str_u64(amp_buf_view(&buf), &count), AMP_OK);
        assert_int_equal(count, size);
    }
    assert_int_equal(store->ops->secrets(store, AMP_STR("key/"), &keys, key_compare, NULL), AMP_OK);
    uint64_t from = even > 0 && even - 1 > first ? even - 1 : first;
    assert_int_equal(keys.seen, size >= from ? size - from + 1 : 0);
    amp_buf_free(&buf);
}

/* Opens as a writer does; whatever opens must be the load, record by record. `first`: the first
 * record that brought a key. */
static amp_err load_recover_from(const char *dir, size_t cap, uint64_t first, uint64_t *out_size,
                                 uint64_t *out_bad)
{
    struct amp_store *store = NULL;
    struct amp_journal *journal = NULL;
    struct twin twin = {.cap = cap};
    struct amp_journal_visit visit = {.ctx = &twin, .record = record_compare};
    struct amp_why why = {""};
    amp_err err = amp_store_sqlite(dir, false, &store, &why);
    if (!err) {
        err = amp_journal_open(store, &visit, NULL, &journal, out_bad, &why);
    }
    if (!err) {
        *out_size = amp_journal_head(journal).size;
        assert_int_equal(*out_size, twin.seen);
        secrets_expect(store, first, *out_size);
        assert_int_equal(store->ops->settle(store, NULL), AMP_OK);
    } else {
        assert_true(why.text[0] != '\0');
    }
    amp_journal_close(journal);
    amp_store_close(store);
    return err;
}

static amp_err load_recover(const char *dir, size_t cap, uint64_t *out_size, uint64_t *out_bad)
{
    return load_recover_from(dir, cap, 1, out_size, out_bad);
}

static amp_err load_recover_plain(const char *dir, size_t cap, uint64_t *out_size,
                                  uint64_t *out_bad)
{
    return load_recover_from(dir, cap, INT64_MAX, out_size, out_bad);
}

/* Runs the load with one fault; returns how many were acknowledged. */
static uint64_t faulty_run(struct fault_vfs *vfs, const struct scratch *place,
                           struct fault_plan plan, amp_err *out_err, bool *out_struck)
{
    struct load load;
    uint64_t acked = 0;
    amp_err err = load_open(place->dir, &load);
    assert_int_equal(err, AMP_OK);
    load_begin(&load, BODY_SMALL);
    fault_vfs_plan(vfs, plan);
    while (acked < LOAD && !err) {
        err = load_append(&load, BODY_SMALL);
        acked += !err;
    }
    *out_struck = fault_vfs_struck(vfs);
    if (err == AMP_E_IN_DOUBT) {
        assert_int_equal(load_append(&load, BODY_SMALL), AMP_E_IN_DOUBT);
    }
    fault_vfs_plan(vfs, (struct fault_plan){.op = FAULT_NONE});
    if (err == AMP_E_FULL) { /* room was made: the same handle goes on */
        while (acked < LOAD) {
            assert_int_equal(load_append(&load, BODY_SMALL), AMP_OK);
            acked++;
        }
    }
    load_close(&load);
    *out_err = err;
    return acked + BEFORE;
}

/* Every n-th operation of the kind in turn, until the load runs through without meeting it. A disk
 * that is full where a commit is only cleaned up after is no error: that is owed. */
static void each_fault_try(enum fault_op op, enum fault_code code, amp_err expected)
{
    struct fault_vfs *vfs = fault_vfs_install();
    uint64_t at = 1, errors = 0, spare = expected == AMP_E_IN_DOUBT ? 1 : 0;
    for (bool struck = true; struck; at++) {
        struct scratch place;
        amp_err err = AMP_OK;
        uint64_t size = 0, bad = 0;
        scratch_make(&place);
        uint64_t acked = faulty_run(
            vfs, &place, (struct fault_plan){.op = op, .at = at, .code = code}, &err, &struck);
        assert_true(err == AMP_OK || (struck && err == expected));
        assert_true(!struck || err || expected == AMP_E_FULL || acked == BEFORE + LOAD);
        errors += err != AMP_OK;
        assert_int_equal(load_recover_from(place.dir, BODY_SMALL, BEFORE + 1, &size, &bad), AMP_OK);
        assert_true(size >= acked && size <= acked + spare);
        scratch_remove(&place);
        assert_true(at < 1000);
    }
    assert_true(errors > 0);
    fault_vfs_remove(vfs);
}

static void a_failed_write_leaves_a_doubt_and_what_was_acknowledged(void **state)
{
    (void)state;
    each_fault_try(FAULT_WRITE, FAULT_IO_WRITE, AMP_E_IN_DOUBT);
}

static void a_failed_sync_leaves_a_doubt_and_what_was_acknowledged(void **state)
{
    (void)state;
    each_fault_try(FAULT_SYNC, FAULT_IO_SYNC, AMP_E_IN_DOUBT);
}

static void a_write_that_arrives_in_part_leaves_a_doubt(void **state)
{
    (void)state;
    each_fault_try(FAULT_SHORT, FAULT_IO_WRITE, AMP_E_IN_DOUBT);
}

/* Only the cleaning after a removal cuts a file: what it removed is not acknowledged then. */
static void a_failed_cut_of_the_wal_leaves_a_doubt(void **state)
{
    (void)state;
    each_fault_try(FAULT_TRUNCATE, FAULT_IO_TRUNCATE, AMP_E_IN_DOUBT);
}

static void a_full_disk_is_undone_and_the_same_handle_goes_on(void **state)
{
    (void)state;
    each_fault_try(FAULT_WRITE, FAULT_FULL, AMP_E_FULL);
}

/* Each file that SQLite opens while the place is opened and written: refused in turn, with a
 * sentence, and all is there the next time. */
static void a_file_that_cannot_be_opened_is_an_error_and_no_loss(void **state)
{
    (void)state;
    struct fault_vfs *vfs = fault_vfs_install();
    struct scratch place;
    uint64_t size = 0, bad = 0, acked = 0, struck = 0;
    scratch_make(&place);
    for (uint64_t at = 1; at < 8; at++) {
        struct load load;
        fault_vfs_plan(vfs,
                       (struct fault_plan){.op = FAULT_OPEN, .at = at, .code = FAULT_CANTOPEN});
        amp_err err = load_open(place.dir, &load);
        if (!err) {
            err = load_append(&load, BODY_MAX);
            acked += !err;
            struck += fault_vfs_struck(vfs);
            load_close(&load);
        } else {
            assert_true(err == AMP_E_IO);
            struck++;
        }
        fault_vfs_plan(vfs, (struct fault_plan){.op = FAULT_NONE});
        assert_int_equal(load_recover(place.dir, BODY_MAX, &size, &bad), AMP_OK);
        assert_int_equal(size, acked);
    }
    assert_true(struck >= 2);
    scratch_remove(&place);
    fault_vfs_remove(vfs);
}

/* Only a checkpoint syncs the database itself. The commit before it stands; the next is refused. */
static void a_checkpoint_that_fails_stops_the_store_and_loses_nothing(void **state)
{
    (void)state;
    struct fault_vfs *vfs = fault_vfs_install();
    struct scratch place;
    struct load load;
    uint64_t acked = 0, size = 0, bad = 0;
    scratch_make(&place);
    assert_int_equal(load_open(place.dir, &load), AMP_OK);
    fault_vfs_plan(vfs, (struct fault_plan){.op = FAULT_SYNC_DB, .at = 1, .code = FAULT_IO_SYNC});
    amp_err err = AMP_OK;
    while (!err && acked < 400) {
        err = load_append(&load, BODY_LARGE);
        acked += !err;
    }
    assert_true(fault_vfs_struck(vfs));
    assert_int_equal(err, AMP_E_IN_DOUBT);
    fault_vfs_plan(vfs, (struct fault_plan){.op = FAULT_NONE});
    load_close(&load);
    assert_int_equal(load_recover(place.dir, BODY_LARGE, &size, &bad), AMP_OK);
    assert_true(size >= acked && size <= acked + 1);
    scratch_remove(&place);
    fault_vfs_remove(vfs);
}

struct acks { /* what was acknowledged at which point */
    size_t point[600];
    struct amp_head head[600];
    size_t n;
};

static void ack_note(struct acks *acks, const struct fault_vfs *vfs, const struct load *load)
{
    acks->point[acks->n] = fault_vfs_point(vfs);
    acks->head[acks->n] = amp_journal_head(load->journal);
    acks->n++;
}

/* The mark may be as old as it likes, but never newer than the last acknowledged commit. */
static void mark_write(const struct scratch *place, const struct amp_head *head)
{
    char path[SCRATCH_PATH];
    scratch_path(place, "journal.mark", path);
    struct amp_place at = {.mark_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    assert_true(at.mark_fd >= 0);
    assert_true(amp_place_mark_set(&at, head));
    close(at.mark_fd);
}

/* Cuts the power `cuts` times at random points of the remembered load. */
static void power_cuts_try(const struct fault_vfs *vfs, const struct acks *acks, size_t cap,
                           int cuts)
{
    uint64_t random = 2026;
    size_t end = fault_vfs_point(vfs);
    for (int i = 0; i < cuts; i++) {
        struct scratch place;
        uint64_t size = 0, bad = 0, acked = 0;
        size_t n = 0;
        size_t point = acks->point[0] + scratch_random(&random) % (end - acks->point[0] + 1);
        while (n < acks->n && acks->point[n] <= point) {
            acked = acks->head[n++].size;
        }
        scratch_make(&place);
        fault_vfs_power_cut(vfs, point, &random, &place);
        if (scratch_random(&random) % 2) {
            mark_write(&place, &acks->head[scratch_random(&random) % n]);
        }
        assert_int_equal(load_recover(place.dir, cap, &size, &bad), AMP_OK);
        assert_true(size >= acked && size <= acked + 1);
        scratch_remove(&place);
    }
}

/* `sessions` openings of `each` appends: the first with the last one left open. */
static void power_load(size_t cap, int sessions, int each, int cuts)
{
    struct fault_vfs *vfs = fault_vfs_install();
    struct scratch place;
    struct acks *acks = test_calloc(1, sizeof *acks);
    scratch_make(&place);
    fault_vfs_remember(vfs, true);
    for (int s = 0; s < sessions; s++) {
        struct load load;
        assert_int_equal(load_open(place.dir, &load), AMP_OK);
        ack_note(acks, vfs, &load);
        for (int i = 0; i < each; i++) {
            assert_int_equal(load_append(&load, cap), AMP_OK);
            ack_note(acks, vfs, &load);
        }
        load_close(&load);
    }
    fault_vfs_remember(vfs, false);
    power_cuts_try(vfs, acks, cap, cuts);
    fault_vfs_remove(vfs);
    scratch_remove(&place);
    test_free(acks);
}

static void a_power_cut_at_any_moment_loses_nothing_acknowledged(void **state)
{
    (void)state;
    power_load(BODY_MAX, 8, 12, 300);
}

static void a_power_cut_around_checkpoints_loses_nothing_acknowledged(void **state)
{
    (void)state;
    power_load(BODY_LARGE, 2, 200, 12);
}

/* A place as a killed process leaves it: the records of the second half only in the WAL. */
static void torn_begin(struct scratch *out, uint64_t n)
{
    struct scratch live;
    struct load load;
    scratch_make(&live);
    scratch_make(out);
    assert_int_equal(load_open(live.dir, &load), AMP_OK);
    for (uint64_t i = 0; i < n; i++) {
        if (i == n / 2) {
            load_close(&load);
            assert_int_equal(load_open(live.dir, &load), AMP_OK);
        }
        assert_int_equal(load_append_plain(&load, BODY_MAX), AMP_OK);
    }
    scratch_copy(&live, out);
    scratch_drop(out, "journal.db-shm");
    load_close(&load);
    scratch_remove(&live);
}

/* Opened after damage: all n as they were, or refused; and the inspection agrees. */
static bool torn_expect(const struct scratch *place, uint64_t n)
{
    uint64_t size = 0, bad = 0;
    struct amp_log_report report;
    struct amp_why why = {""};
    amp_err seen = amp_log_verify(place->dir, NULL, &report, &why);
    bool whole = !seen && report.ok;
    assert_true(!whole || report.head.size == n);
    amp_err err = load_recover_plain(place->dir, BODY_MAX, &size, &bad);
    assert_true(err || size == n);
    assert_true(!whole || !err);
    return !err;
}

static void flips_try(const char *name, int flips, int least_refused)
{
    struct scratch whole;
    uint64_t random = 99;
    enum {
        N = 20
    };
    torn_begin(&whole, N);
    size_t len = scratch_size(&whole, name);
    int refused = 0;
    for (int i = 0; i < flips; i++) {
        struct scratch place;
        scratch_make(&place);
        scratch_copy(&whole, &place);
        size_t at = scratch_random(&random) % len;
        scratch_flip(&place, name, at, (uint8_t)(1 << (scratch_random(&random) % 8)));
        refused += !torn_expect(&place, N);
        scratch_remove(&place);
    }
    assert_true(refused >= least_refused); /* a flip in an unused page changes nothing */
    scratch_remove(&whole);
}

static void a_flipped_bit_in_the_database_is_named_or_harmless(void **state)
{
    (void)state;
    flips_try("journal.db", 300, 40); /* most pages lie newer in the WAL */
}

static void a_flipped_bit_in_the_wal_is_named_or_harmless(void **state)
{
    (void)state;
    flips_try("journal.db-wal", 300, 100);
}

static void every_flipped_bit_in_the_mark_is_refused(void **state)
{
    (void)state;
    flips_try("journal.mark", 200, 200);
}

static void cuts_try(const char *name)
{
    struct scratch whole;
    uint64_t random = 5;
    enum {
        N = 20
    };
    torn_begin(&whole, N);
    size_t len = scratch_size(&whole, name);
    for (int i = 0; i < 60; i++) {
        struct scratch place;
        scratch_make(&place);
        scratch_copy(&whole, &place);
        scratch_cut(&place, name, i == 0 ? 0 : scratch_random(&random) % len);
        torn_expect(&place, N);
        scratch_remove(&place);
    }
    scratch_remove(&whole);
}

static void a_file_cut_short_is_named_or_harmless(void **state)
{
    (void)state;
    cuts_try("journal.db");
    cuts_try("journal.db-wal");
}

static void a_wal_left_behind_is_missed(void **state)
{
    (void)state;
    struct scratch place;
    struct amp_store *store = NULL;
    struct amp_log_report report;
    struct amp_why why = {""};
    torn_begin(&place, 20);
    scratch_drop(&place, "journal.db-wal");
    assert_int_equal(amp_store_sqlite(place.dir, false, &store, &why), AMP_E_CORRUPT);
    assert_non_null(strstr(why.text, "record 11 is missing"));
    assert_non_null(strstr(why.text, "journal.db-wal"));
    assert_int_equal(amp_log_verify(place.dir, NULL, &report, &why), AMP_OK);
    assert_false(report.ok);
    assert_int_equal(report.bad_seq, 11);
    scratch_remove(&place);
}

/* A backup of 20 records put back where 30 were written. */
static void an_older_copy_is_taken_only_when_its_mark_is_removed(void **state)
{
    (void)state;
    struct scratch older, newer;
    struct load load;
    uint64_t size = 0, bad = 0;
    struct amp_why why = {""};
    struct amp_store *store = NULL;
    torn_begin(&older, 20);
    torn_begin(&newer, 30);
    scratch_drop(&older, "journal.mark");
    scratch_copy(&older, &newer); /* the mark of 30 stays */
    assert_int_equal(amp_store_sqlite(newer.dir, false, &store, &why), AMP_E_CORRUPT);
    assert_non_null(strstr(why.text, "record 21 is missing"));
    assert_non_null(strstr(why.text, "remove journal.mark"));
    scratch_drop(&newer, "journal.mark");
    assert_int_equal(load_recover_plain(newer.dir, BODY_MAX, &size, &bad), AMP_OK);
    assert_int_equal(size, 20);
    assert_true(scratch_size(&newer, "journal.mark") > 0); /* and there is one again */
    assert_int_equal(load_open(newer.dir, &load), AMP_OK);
    assert_int_equal(load_append_plain(&load, BODY_MAX), AMP_OK);
    load_close(&load);
    scratch_remove(&older);
    scratch_remove(&newer);
}

static void an_altered_row_is_named_by_the_inspection(void **state)
{
    (void)state;
    struct scratch place;
    struct amp_log_report report;
    struct amp_why why = {""};
    torn_begin(&place, 20);
    fault_sql(&place, "UPDATE record SET body = x'00' WHERE seq = 7;");
    assert_int_equal(amp_log_verify(place.dir, NULL, &report, &why), AMP_OK);
    assert_int_equal(report.bad_seq, 7);
    fault_sql(&place, "DELETE FROM record WHERE seq = 5;");
    assert_int_equal(amp_log_verify(place.dir, NULL, &report, &why), AMP_OK);
    assert_int_equal(report.bad_seq, 5);
    fault_sql(&place, "UPDATE record SET leaf = x'00' WHERE seq = 4;");
    assert_int_equal(amp_log_verify(place.dir, NULL, &report, &why), AMP_OK);
    assert_int_equal(report.bad_seq, 4);
    fault_sql(&place, "DELETE FROM head;");
    assert_int_equal(amp_log_verify(place.dir, NULL, &report, &why), AMP_OK);
    assert_false(report.ok);
    scratch_remove(&place);
}

static void hashes_are_written_as_hex_and_base64(void **state)
{
    (void)state;
    struct amp_merkle empty = {.size = 0};
    uint8_t root[AMP_HASH];
    char hex[AMP_HASH_HEX], base64[AMP_HASH_BASE64];
    amp_merkle_root(&empty, root);
    amp_hash_hex(root, hex);
    amp_hash_base64(root, base64);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(base64, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_write_leaves_a_doubt_and_what_was_acknowledged),
        cmocka_unit_test(a_failed_sync_leaves_a_doubt_and_what_was_acknowledged),
        cmocka_unit_test(a_write_that_arrives_in_part_leaves_a_doubt),
        cmocka_unit_test(a_failed_cut_of_the_wal_leaves_a_doubt),
        cmocka_unit_test(a_file_that_cannot_be_opened_is_an_error_and_no_loss),
        cmocka_unit_test(a_full_disk_is_undone_and_the_same_handle_goes_on),
        cmocka_unit_test(a_checkpoint_that_fails_stops_the_store_and_loses_nothing),
        cmocka_unit_test(a_power_cut_at_any_moment_loses_nothing_acknowledged),
        cmocka_unit_test(a_power_cut_around_checkpoints_loses_nothing_acknowledged),
        cmocka_unit_test(a_flipped_bit_in_the_database_is_named_or_harmless),
        cmocka_unit_test(a_flipped_bit_in_the_wal_is_named_or_harmless),
        cmocka_unit_test(every_flipped_bit_in_the_mark_is_refused),
        cmocka_unit_test(a_file_cut_short_is_named_or_harmless),
        cmocka_unit_test(a_wal_left_behind_is_missed),
        cmocka_unit_test(an_older_copy_is_taken_only_when_its_mark_is_removed),
        cmocka_unit_test(an_altered_row_is_named_by_the_inspection),
        cmocka_unit_test(hashes_are_written_as_hex_and_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
