/* A backup made under load is whole; a torn one is refused; what was restored goes on. */
#include "journal/backup.h"
#include "journal/fault_vfs.h"
#include "journal/merkle.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    BODY_MAX = 900
};

struct load {
    const char *dir;
    struct amp_store *store;
    struct amp_journal *journal;
    atomic_bool stop;
    atomic_uint_fast64_t size;
};

static void load_open(struct load *load, const char *dir)
{
    uint64_t bad = 0;
    struct amp_why why = {""};
    load->dir = dir;
    atomic_store(&load->stop, false);
    if (amp_store_sqlite(dir, false, &load->store, &why) != AMP_OK) {
        fail_msg("%s", why.text);
    }
    assert_int_equal(amp_journal_open(load->store, NULL, NULL, &load->journal, &bad, NULL), AMP_OK);
    atomic_store(&load->size, amp_journal_head(load->journal).size);
}

static void load_close(struct load *load)
{
    amp_journal_close(load->journal);
    amp_store_close(load->store);
}

static amp_err load_add(struct load *load)
{
    char room[BODY_MAX], name[32];
    uint64_t first = 0, seq = amp_journal_head(load->journal).size + 1;
    const struct amp_draft draft = scratch_draft(seq, room, BODY_MAX);
    (void)snprintf(name, sizeof name, "key/%012llu", (unsigned long long)(seq % 50));
    const struct amp_secret secret = {
        .name = amp_str_of(name), .value = AMP_STR("a wrapped key"), .removed = seq % 3 == 0};
    amp_err err = amp_journal_append(load->journal, &draft, 1, &secret, 1, &first, NULL);
    if (!err) {
        atomic_store(&load->size, seq);
    }
    return err;
}

static void *load_run(void *arg)
{
    struct load *load = arg;
    while (!atomic_load(&load->stop)) {
        if (load_add(load) != AMP_OK) {
            abort();
        }
    }
    return NULL;
}

static amp_err body_compare(void *ctx, const struct amp_record *record)
{
    char room[BODY_MAX];
    (void)ctx;
    assert_true(amp_str_eq(record->body, scratch_body(record->seq, room, BODY_MAX)));
    return AMP_OK;
}

static void bodies_expect(const char *dir, uint64_t size)
{
    struct amp_store *store = NULL;
    struct amp_head head;
    assert_int_equal(amp_store_sqlite_still(dir, &store, NULL), AMP_OK);
    assert_int_equal(store->ops->head(store, &head, NULL), AMP_OK);
    assert_int_equal(head.size, size);
    if (size > 0) {
        assert_int_equal(store->ops->read(store, 1, size, NULL, body_compare, NULL), AMP_OK);
    }
    amp_store_close(store);
}

/* Three directories: the server's, the backup's, the restored one's. */
struct places {
    struct scratch top, data, backup, back;
};

static void places_make(struct places *places)
{
    scratch_make(&places->top);
    scratch_path(&places->top, "data", places->data.dir);
    scratch_path(&places->top, "backup", places->backup.dir);
    scratch_path(&places->top, "back", places->back.dir);
}

static void tree_drop(const char *dir)
{
    struct scratch scratch;
    (void)snprintf(scratch.dir, sizeof scratch.dir, "%s", dir);
    if (access(dir, F_OK) == 0) {
        scratch_remove(&scratch);
    }
}

static void places_drop(struct places *places)
{
    char aside[SCRATCH_PATH];
    scratch_path(&places->data, "before-restore-1", aside);
    tree_drop(aside);
    tree_drop(places->data.dir);
    tree_drop(places->backup.dir);
    tree_drop(places->back.dir);
    tree_drop(places->top.dir);
}

static void data_fill(const struct places *places, uint64_t n)
{
    struct load load;
    load_open(&load, places->data.dir);
    while (atomic_load(&load.size) < n) {
        assert_int_equal(load_add(&load), AMP_OK);
    }
    load_close(&load);
}

static void a_backup_under_load_is_whole_and_of_one_moment(void **state)
{
    (void)state;
    struct places places;
    struct load load;
    pthread_t thread;
    places_make(&places);
    load_open(&load, places.data.dir);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(load_add(&load), AMP_OK);
    }
    assert_int_equal(pthread_create(&thread, NULL, load_run, &load), 0);
    for (int round = 0; round < 4; round++) {
        struct amp_log_report report;
        struct amp_why why = {""};
        uint64_t before = atomic_load(&load.size);
        if (amp_backup_make(places.data.dir, places.backup.dir, NULL, &report, &why) != AMP_OK) {
            fail_msg("%s", why.text);
        }
        assert_true(report.ok && report.head.size >= before);
        assert_true(report.head.size <= atomic_load(&load.size) + 1); /* one may be under way */
        bodies_expect(places.backup.dir, report.head.size);
        assert_false(scratch_has(&places.backup, "journal.db-wal"));
        assert_true(scratch_has(&places.backup, "journal.mark"));
        tree_drop(places.backup.dir);
    }
    atomic_store(&load.stop, true);
    pthread_join(thread, NULL);
    load_close(&load);
    places_drop(&places);
}

static void a_backup_overwrites_nothing(void **state)
{
    (void)state;
    struct places places;
    struct amp_log_report report;
    struct amp_why why = {""};
    places_make(&places);
    data_fill(&places, 20);
    assert_int_equal(amp_backup_make(places.data.dir, places.backup.dir, NULL, &report, NULL),
                     AMP_OK);
    assert_int_equal(amp_backup_make(places.data.dir, places.backup.dir, NULL, &report, &why),
                     AMP_E_EXISTS);
    assert_non_null(strstr(why.text, places.backup.dir));
    bodies_expect(places.backup.dir, 20);
    places_drop(&places);
}

static void a_damaged_log_leaves_no_backup(void **state)
{
    (void)state;
    struct places places;
    struct amp_log_report report;
    struct amp_why why = {""};
    char part[SCRATCH_PATH];
    places_make(&places);
    data_fill(&places, 20);
    fault_sql(&places.data, "UPDATE record SET salt = zeroblob(32) WHERE seq = 7");
    assert_int_equal(amp_backup_make(places.data.dir, places.backup.dir, NULL, &report, &why),
                     AMP_E_CORRUPT);
    assert_non_null(strstr(why.text, "record 7"));
    assert_int_equal(access(places.backup.dir, F_OK), -1);
    scratch_path(&places.top, "backup.part", part);
    assert_int_equal(access(part, F_OK), -1);
    places_drop(&places);
}

static void a_backup_that_was_broken_off_is_in_nobodys_way(void **state)
{
    (void)state;
    struct places places;
    struct amp_log_report report;
    struct scratch part;
    places_make(&places);
    data_fill(&places, 20);
    scratch_path(&places.top, "backup.part", part.dir);
    assert_int_equal(mkdir(part.dir, 0700), 0);
    char half[SCRATCH_PATH];
    scratch_path(&part, "journal.db", half);
    FILE *file = fopen(half, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(amp_backup_make(places.data.dir, places.backup.dir, NULL, &report, NULL),
                     AMP_OK);
    assert_int_equal(access(part.dir, F_OK), -1);
    places_drop(&places);
}

static void backup_expect(const struct places *places)
{
    struct amp_log_report report;
    assert_int_equal(amp_backup_make(places->data.dir, places->backup.dir, NULL, &report, NULL),
                     AMP_OK);
}

static void what_was_restored_is_the_log_of_then_and_goes_on(void **state)
{
    (void)state;
    struct places places;
    struct load load;
    struct amp_restored restored;
    struct amp_buf note = amp_buf_make(200);
    places_make(&places);
    data_fill(&places, 300);
    backup_expect(&places);
    data_fill(&places, 330); /* these are lost */
    assert_int_equal(
        amp_backup_restore(places.backup.dir, places.back.dir, false, NULL, &restored, NULL),
        AMP_OK);
    assert_int_equal(restored.report.head.size, 300);
    assert_string_equal(restored.aside, "");
    load_open(&load, places.back.dir);
    assert_int_equal(load.store->ops->secret(load.store, AMP_STR("log/restored"), &note, NULL),
                     AMP_OK);
    assert_true(amp_str_starts(amp_buf_view(&note), AMP_STR("300 ")));
    for (int i = 0; i < 30; i++) {
        assert_int_equal(load_add(&load), AMP_OK);
    }
    load_close(&load);
    bodies_expect(places.back.dir, 330);
    amp_buf_free(&note);
    places_drop(&places);
}

static void a_journal_that_is_there_is_kept_or_moved_aside_whole(void **state)
{
    (void)state;
    struct places places;
    struct amp_restored restored;
    struct amp_why why = {""};
    struct load load;
    places_make(&places);
    data_fill(&places, 40);
    backup_expect(&places);
    data_fill(&places, 50);
    assert_int_equal(
        amp_backup_restore(places.backup.dir, places.data.dir, false, NULL, &restored, &why),
        AMP_E_EXISTS);
    assert_non_null(strstr(why.text, "--force"));
    bodies_expect(places.data.dir, 50);
    load_open(&load, places.data.dir); /* a server at work */
    assert_int_equal(
        amp_backup_restore(places.backup.dir, places.data.dir, true, NULL, &restored, &why),
        AMP_E_BUSY);
    load_close(&load);
    assert_int_equal(
        amp_backup_restore(places.backup.dir, places.data.dir, true, NULL, &restored, NULL),
        AMP_OK);
    bodies_expect(places.data.dir, 40);
    bodies_expect(restored.aside, 50);
    places_drop(&places);
}

/* Cut short, or a bit flipped: refused with a sentence, and the target is not touched; or the flip
 * was in no page that holds anything, and the log is the same. */
static void torn_try(const struct places *places, const char *name, uint64_t *random, bool cut,
                     int *refused)
{
    struct places torn;
    struct amp_restored restored;
    struct amp_why why = {""};
    places_make(&torn);
    assert_int_equal(mkdir(torn.backup.dir, 0700), 0);
    scratch_copy(&places->backup, &torn.backup);
    size_t len = scratch_size(&torn.backup, name), at = scratch_random(random) % len;
    if (cut) {
        scratch_cut(&torn.backup, name, at);
    } else {
        scratch_flip(&torn.backup, name, at, (uint8_t)(1 << scratch_random(random) % 8));
    }
    amp_err err = amp_backup_restore(torn.backup.dir, torn.back.dir, false, NULL, &restored, &why);
    if (err) {
        assert_true(why.text[0] != '\0');
        assert_int_equal(access(torn.back.dir, F_OK), -1);
        ++*refused;
    } else {
        bodies_expect(torn.back.dir, 60);
    }
    places_drop(&torn);
}

static void a_torn_backup_is_refused_and_touches_nothing(void **state)
{
    (void)state;
    struct places places;
    uint64_t random = 5;
    int refused = 0;
    places_make(&places);
    data_fill(&places, 60);
    backup_expect(&places);
    for (int i = 0; i < 20; i++) {
        torn_try(&places, "journal.db", &random, true, &refused);
    }
    assert_true(refused >= 18);
    refused = 0;
    for (int i = 0; i < 60; i++) {
        torn_try(&places, "journal.db", &random, false, &refused);
    }
    assert_true(refused >= 25);
    refused = 0;
    for (int i = 0; i < 10; i++) {
        torn_try(&places, "journal.mark", &random, false, &refused);
    }
    assert_int_equal(refused, 10);
    places_drop(&places);
}

/* A copy of a live directory, write-ahead log and all, restores as well. */
static void a_copy_with_its_write_ahead_log_is_a_backup_too(void **state)
{
    (void)state;
    struct places places;
    struct load load;
    struct amp_restored restored;
    places_make(&places);
    load_open(&load, places.data.dir);
    for (int i = 0; i < 25; i++) {
        assert_int_equal(load_add(&load), AMP_OK);
    }
    assert_int_equal(mkdir(places.backup.dir, 0700), 0);
    scratch_copy(&places.data, &places.backup);
    load_close(&load);
    assert_int_equal(
        amp_backup_restore(places.backup.dir, places.back.dir, false, NULL, &restored, NULL),
        AMP_OK);
    bodies_expect(places.back.dir, 25);
    places_drop(&places);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backup_under_load_is_whole_and_of_one_moment),
        cmocka_unit_test(a_backup_overwrites_nothing),
        cmocka_unit_test(a_damaged_log_leaves_no_backup),
        cmocka_unit_test(a_backup_that_was_broken_off_is_in_nobodys_way),
        cmocka_unit_test(what_was_restored_is_the_log_of_then_and_goes_on),
        cmocka_unit_test(a_journal_that_is_there_is_kept_or_moved_aside_whole),
        cmocka_unit_test(a_torn_backup_is_refused_and_touches_nothing),
        cmocka_unit_test(a_copy_with_its_write_ahead_log_is_a_backup_too),
    };
    if (amp_crypto_start() != AMP_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
