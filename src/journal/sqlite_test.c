/* The SQLite store keeps the contract, keeps others out, and refuses what is not its own. */
#include "journal/fault_vfs.h"
#include "journal/store_contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct scratch place; /* of the one test that runs */

static void place_begin(void)
{
    scratch_make(&place);
}

static amp_err place_open(struct amp_store **out, struct amp_why *why)
{
    return amp_store_sqlite(place.dir, false, out, why);
}

static void place_end(void)
{
    scratch_remove(&place);
}

static const struct store_kind sqlite_kind = {
    .begin = place_begin, .open = place_open, .end = place_end};

/* A journal of n records, closed cleanly. */
static void place_fill(size_t n)
{
    struct amp_store *store = NULL;
    struct amp_journal *journal = NULL;
    uint64_t bad = 0, first = 0;
    char room[300];
    place_begin();
    assert_int_equal(place_open(&store, NULL), AMP_OK);
    assert_int_equal(amp_journal_open(store, NULL, NULL, &journal, &bad, NULL), AMP_OK);
    for (size_t i = 1; i <= n; i++) {
        struct amp_draft draft = scratch_draft(i, room, sizeof room);
        assert_int_equal(amp_journal_append(journal, &draft, 1, NULL, 0, &first, NULL), AMP_OK);
    }
    amp_journal_close(journal);
    amp_store_close(store);
}

static mode_t mode_of(const char *name)
{
    char path[SCRATCH_PATH];
    struct stat st;
    scratch_path(&place, name, path);
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

static void only_the_owner_can_read_the_files(void **state)
{
    (void)state;
    struct amp_store *store = NULL;
    place_fill(3);
    assert_int_equal(place_open(&store, NULL), AMP_OK);
    struct amp_head head = {.size = 4};
    struct amp_record record = {.seq = 4, .body = AMP_STR("x")};
    const struct amp_batch batch = {.record = &record, .n = 1, .head = &head};
    assert_int_equal(store->ops->append(store, &batch, NULL), AMP_OK);
    assert_int_equal(mode_of("journal.db"), 0600);
    assert_int_equal(mode_of("journal.db-wal"), 0600);
    assert_int_equal(mode_of("journal.db-shm"), 0600);
    assert_int_equal(mode_of("journal.lock"), 0600);
    assert_int_equal(mode_of("journal.mark"), 0600);
    amp_store_close(store);
    place_end();
}

static void the_directory_is_made_for_the_owner_alone(void **state)
{
    (void)state;
    struct amp_store *store = NULL;
    struct scratch inner;
    struct stat st;
    place_begin();
    scratch_path(&place, "inner", inner.dir);
    assert_int_equal(amp_store_sqlite(inner.dir, false, &store, NULL), AMP_OK);
    assert_int_equal(stat(inner.dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    amp_store_close(store);
    scratch_remove(&inner);
    place_end();
}

static void a_second_writer_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct amp_store *store = NULL, *other = NULL;
    struct amp_why why = {""};
    place_begin();
    assert_int_equal(place_open(&store, NULL), AMP_OK);
    assert_int_equal(place_open(&other, &why), AMP_E_BUSY);
    assert_non_null(strstr(why.text, "another amparo is writing to"));
    assert_non_null(strstr(why.text, place.dir));
    amp_store_close(store);
    assert_int_equal(place_open(&other, NULL), AMP_OK);
    amp_store_close(other);
    place_end();
}

static void a_reader_follows_a_writer_that_is_at_work(void **state)
{
    (void)state;
    struct amp_store *store = NULL, *reader = NULL;
    struct amp_head head = {.size = 1}, seen;
    struct amp_record record = {.seq = 1, .body = AMP_STR("x")};
    const struct amp_batch batch = {.record = &record, .n = 1, .head = &head};
    place_begin();
    assert_int_equal(place_open(&store, NULL), AMP_OK);
    assert_int_equal(amp_store_sqlite(place.dir, true, &reader, NULL), AMP_OK);
    for (uint64_t seq = 1; seq < 20; seq++) {
        record.seq = head.size = seq;
        assert_int_equal(store->ops->append(store, &batch, NULL), AMP_OK);
        assert_int_equal(reader->ops->head(reader, &seen, NULL), AMP_OK);
        assert_int_equal(seen.size, seq);
    }
    amp_store_close(store);
    amp_store_close(reader);
    place_end();
}

static void a_closed_journal_opens_read_only(void **state)
{
    (void)state;
    struct amp_store *reader = NULL;
    struct amp_head head;
    place_fill(5);
    assert_int_equal(amp_store_sqlite(place.dir, true, &reader, NULL), AMP_OK);
    assert_int_equal(reader->ops->head(reader, &head, NULL), AMP_OK);
    assert_int_equal(head.size, 5);
    amp_store_close(reader);
    place_end();
}

/* As an ordinary user, for whom the directory's mode counts. */
static void a_journal_where_nothing_can_be_written_opens_read_only(void **state)
{
    (void)state;
    static const char *const name[] = {"journal.db", "journal.mark", "journal.lock"};
    char path[SCRATCH_PATH];
    struct scratch plain;
    int status = 0;
    enum {
        NOBODY = 65534
    };
    place_fill(5);
    plain = place;
    scratch_path(&plain, "a%20?b#c", place.dir); /* signs that mean something in a file: name */
    assert_int_equal(mkdir(place.dir, 0700), 0);
    for (size_t i = 0; i < 3; i++) {
        char from[SCRATCH_PATH];
        scratch_path(&plain, name[i], from);
        scratch_path(&place, name[i], path);
        assert_int_equal(rename(from, path), 0);
        assert_int_equal(chmod(path, 0444), 0);
    }
    assert_int_equal(chmod(plain.dir, 0755), 0);
    assert_int_equal(chmod(place.dir, 0555), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct amp_store *reader = NULL;
        struct amp_journal *journal = NULL;
        uint64_t bad = 0;
        bool good = (geteuid() != 0 || setuid(NOBODY) == 0) &&
                    amp_store_sqlite(place.dir, true, &reader, NULL) == AMP_OK &&
                    amp_journal_open(reader, NULL, NULL, &journal, &bad, NULL) == AMP_OK &&
                    amp_journal_head(journal).size == 5;
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(chmod(place.dir, 0700), 0);
    scratch_remove(&place);
    place = plain;
    place_end();
    assert_int_equal(status, 0);
}

/* For an ordinary user: SQLite would open such a file without a word, and fail at the first write.
 */
static void a_database_that_may_only_be_read_is_refused_for_writing(void **state)
{
    (void)state;
    char path[SCRATCH_PATH];
    int status = 0;
    enum {
        NOBODY = 65534
    };
    place_fill(5);
    static const char *const name[] = {"journal.lock", "journal.mark"};
    for (size_t i = 0; i < 2; i++) {
        scratch_path(&place, name[i], path);
        assert_int_equal(chmod(path, 0666), 0);
    }
    scratch_path(&place, "journal.db", path);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(place.dir, 0777), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct amp_store *store = NULL;
        struct amp_why why = {""};
        bool good = (geteuid() != 0 || setuid(NOBODY) == 0) &&
                    amp_store_sqlite(place.dir, false, &store, &why) == AMP_E_FORBIDDEN &&
                    strstr(why.text, "cannot be written") != NULL;
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    place_end();
    assert_int_equal(status, 0);
}

static void reading_where_nothing_is_finds_nothing_and_makes_nothing(void **state)
{
    (void)state;
    struct amp_store *reader = NULL;
    struct amp_why why = {""};
    place_begin();
    assert_int_equal(amp_store_sqlite(place.dir, true, &reader, &why), AMP_E_NOT_FOUND);
    assert_non_null(strstr(why.text, "there is no journal in"));
    assert_false(scratch_has(&place, "journal.db"));
    place_end();
}

static void refusal_expect(amp_err expected, const char *words)
{
    struct amp_store *store = NULL;
    struct amp_why why = {""};
    assert_int_equal(place_open(&store, &why), expected);
    assert_non_null(strstr(why.text, words));
    assert_int_equal(amp_store_sqlite(place.dir, true, &store, &why), expected);
    place_end();
}

static void a_database_of_another_program_is_refused(void **state)
{
    (void)state;
    place_begin();
    fault_sql(&place, "CREATE TABLE somebodys (x); PRAGMA application_id = 7;");
    refusal_expect(AMP_E_UNSUPPORTED, "not a journal of Amparo");
}

static void a_newer_format_is_refused_by_name(void **state)
{
    (void)state;
    place_fill(2);
    fault_sql(&place, "PRAGMA user_version = 3;");
    refusal_expect(AMP_E_UNSUPPORTED, "has format 3");
}

static void the_first_format_is_refused_by_name(void **state)
{
    (void)state;
    place_fill(2);
    fault_sql(&place, "PRAGMA user_version = 1;");
    refusal_expect(AMP_E_UNSUPPORTED, "has format 1");
}

static void a_trigger_in_the_database_is_refused(void **state)
{
    (void)state;
    place_fill(2);
    fault_sql(&place, "CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END;");
    refusal_expect(AMP_E_CORRUPT, "other tables than");
}

static void a_table_with_other_columns_is_refused(void **state)
{
    (void)state;
    place_fill(2);
    fault_sql(&place, "ALTER TABLE record ADD COLUMN more BLOB;");
    refusal_expect(AMP_E_CORRUPT, "other tables than");
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    (void)state;
    place_fill(2);
    for (size_t i = 0; i < 100; i++) {
        scratch_flip(&place, "journal.db", i, 0x55);
    }
    refusal_expect(AMP_E_CORRUPT, "not a database");
}

static void a_lost_database_is_not_begun_anew(void **state)
{
    (void)state;
    place_fill(2);
    scratch_drop(&place, "journal.db");
    struct amp_store *store = NULL;
    struct amp_why why = {""};
    assert_int_equal(place_open(&store, &why), AMP_E_CORRUPT);
    assert_non_null(strstr(why.text, "2 records were written"));
    assert_false(scratch_has(&place, "journal.db"));
    place_end();
}

static void an_emptied_database_is_not_begun_anew(void **state)
{
    (void)state;
    place_fill(2);
    scratch_cut(&place, "journal.db", 0);
    refusal_expect(AMP_E_CORRUPT, "2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_CONTRACT((void *)(uintptr_t)&sqlite_kind),
        STORE_CONTRACT_LASTING((void *)(uintptr_t)&sqlite_kind),
        cmocka_unit_test(only_the_owner_can_read_the_files),
        cmocka_unit_test(the_directory_is_made_for_the_owner_alone),
        cmocka_unit_test(a_second_writer_is_refused_with_a_sentence),
        cmocka_unit_test(a_reader_follows_a_writer_that_is_at_work),
        cmocka_unit_test(a_closed_journal_opens_read_only),
        cmocka_unit_test(a_journal_where_nothing_can_be_written_opens_read_only),
        cmocka_unit_test(a_database_that_may_only_be_read_is_refused_for_writing),
        cmocka_unit_test(reading_where_nothing_is_finds_nothing_and_makes_nothing),
        cmocka_unit_test(a_database_of_another_program_is_refused),
        cmocka_unit_test(a_newer_format_is_refused_by_name),
        cmocka_unit_test(the_first_format_is_refused_by_name),
        cmocka_unit_test(a_trigger_in_the_database_is_refused),
        cmocka_unit_test(a_table_with_other_columns_is_refused),
        cmocka_unit_test(a_file_that_is_no_database_is_refused),
        cmocka_unit_test(a_lost_database_is_not_begun_anew),
        cmocka_unit_test(an_emptied_database_is_not_begun_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
