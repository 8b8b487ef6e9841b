/*
 * What was removed is in no byte of any file, once the append that removed it has returned.
 *
 * The values are told from all others by their first and last bytes and by a mark every 512.
 */
#include "base/buf.h"
#include "journal/fault_vfs.h"
#include "journal/writer.h"

#include <dirent.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    MARK = 16,
    NAMES = 300,
    VALUE_MAX = 9000
};

/* ---- looking through the files ---- */

static struct amp_buf file_read(const struct scratch *place, const char *name)
{
    char path[SCRATCH_PATH], block[65536];
    struct amp_buf buf = amp_buf_make((size_t)1 << 30);
    scratch_path(place, name, path);
    FILE *file = fopen(path, "rb");
    for (size_t n = file ? fread(block, 1, sizeof block, file) : 0; n > 0;
         n = fread(block, 1, sizeof block, file)) {
        amp_buf_put(&buf, block, n);
    }
    if (file) {
        fclose(file);
    }
    assert_int_equal(amp_buf_err(&buf), AMP_OK);
    return buf;
}

struct files {
    struct amp_buf file[3];
};

static struct files files_read(const struct scratch *place)
{
    return (struct files){{file_read(place, "journal.db"), file_read(place, "journal.db-wal"),
                           file_read(place, "journal.db-shm")}};
}

static bool files_have(const struct files *files, const void *mark, size_t len)
{
    for (size_t i = 0; i < 3; i++) {
        if (files->file[i].len > 0 &&
            memmem(files->file[i].data, files->file[i].len, mark, len) != NULL) {
            return true;
        }
    }
    return false;
}

static void files_free(struct files *files)
{
    for (size_t i = 0; i < 3; i++) {
        amp_buf_free(&files->file[i]);
    }
}

/* ---- values that are told apart ---- */

static void mark_make(uint64_t id, uint8_t out[MARK])
{
    uint64_t state = id * 7919 + 1;
    for (size_t i = 0; i < MARK; i++) {
        out[i] = (uint8_t)(1 + scratch_random(&state) % 255);
    }
}

/* The mark at the start, at the end and every 512 bytes. */
static struct amp_str value_make(uint64_t id, size_t len, char *room)
{
    uint8_t mark[MARK];
    mark_make(id, mark);
    memset(room, 'v', len);
    for (size_t at = 0; at + MARK <= len; at += 512) {
        memcpy(room + at, mark, MARK);
    }
    memcpy(room + len - MARK, mark, MARK);
    return (struct amp_str){.ptr = room, .len = len};
}

static bool value_there(const struct files *files, uint64_t id)
{
    uint8_t mark[MARK];
    mark_make(id, mark);
    return files_have(files, mark, MARK) || files_have(files, mark, MARK / 2) ||
           files_have(files, mark + MARK / 2, MARK / 2);
}

struct world {
    struct scratch place;
    struct amp_store *store;
    struct amp_journal *journal;
};

static void world_open(struct world *world)
{
    uint64_t bad = 0;
    assert_int_equal(amp_store_sqlite(world->place.dir, false, &world->store, NULL), AMP_OK);
    assert_int_equal(amp_journal_open(world->store, NULL, NULL, &world->journal, &bad, NULL),
                     AMP_OK);
}

static void world_close(struct world *world)
{
    amp_journal_close(world->journal);
    amp_store_close(world->store);
}

static void name_make(size_t i, char out[24])
{
    (void)snprintf(out, 24, "key/%012zu", i);
}

static amp_err secret_put(struct world *world, size_t i, uint64_t id, size_t len)
{
    char name[24], room[VALUE_MAX];
    uint64_t first = 0;
    name_make(i, name);
    const struct amp_secret secret = {.name = amp_str_of(name), .value = value_make(id, len, room)};
    const struct amp_draft draft = {.body = AMP_STR("a call was taken")};
    return amp_journal_append(world->journal, &draft, 1, &secret, 1, &first, NULL);
}

static amp_err secret_remove(struct world *world, size_t i)
{
    char name[24];
    uint64_t first = 0;
    name_make(i, name);
    const struct amp_secret secret = {.name = amp_str_of(name), .removed = true};
    const struct amp_draft draft = {.body = AMP_STR("an incident was erased")};
    return amp_journal_append(world->journal, &draft, 1, &secret, 1, &first, NULL);
}

/* ---- the tests ---- */

struct held {           /* which value each name has, and all that ever were removed */
    uint64_t id[NAMES]; /* 0: none */
    uint64_t gone[2000];
    size_t gone_n;
    uint64_t next;
};

static void one_change(struct world *world, struct held *held, uint64_t *random)
{
    size_t i = scratch_random(random) % NAMES;
    if (held->id[i] == 0 || scratch_random(random) % 4 == 0) {
        held->id[i] = ++held->next;
        size_t len = MARK + scratch_random(random) % (scratch_random(random) % 2 ? 200 : 8000);
        assert_int_equal(secret_put(world, i, held->id[i], len), AMP_OK);
        return;
    }
    assert_int_equal(secret_remove(world, i), AMP_OK);
    assert_int_equal(world->store->ops->settle(world->store, NULL), AMP_OK);
    held->gone[held->gone_n++] = held->id[i];
    held->id[i] = 0;
    struct files files = files_read(&world->place);
    assert_false(value_there(&files, held->gone[held->gone_n - 1]));
    files_free(&files);
}

/* Sizes of all classes, slots used again, pages filled and split: no copy of a removed value is
 * left anywhere, and none of a replaced one after the next removal. */
static void no_byte_of_a_removed_secret_is_left_in_any_file(void **state)
{
    (void)state;
    struct world world;
    struct held *held = test_calloc(1, sizeof *held);
    uint64_t random = 4711;
    scratch_make(&world.place);
    world_open(&world);
    for (int i = 0; i < 1500; i++) {
        one_change(&world, held, &random);
    }
    assert_true(held->gone_n > 300);
    struct files files = files_read(&world.place);
    uint64_t live = 0;
    for (size_t i = 0; i < NAMES; i++) {
        live += held->id[i] != 0 && value_there(&files, held->id[i]);
    }
    assert_true(live > 30); /* the search does find what is there */
    for (size_t i = 0; i < held->gone_n; i++) {
        assert_false(value_there(&files, held->gone[i]));
    }
    files_free(&files);
    world_close(&world);
    scratch_remove(&world.place);
    test_free(held);
}

static void a_value_removed_and_put_anew_in_one_batch_leaves_nothing_of_the_old(void **state)
{
    (void)state;
    struct world world;
    char room[200];
    uint64_t first = 0;
    scratch_make(&world.place);
    world_open(&world);
    assert_int_equal(secret_put(&world, 1, 10, 150), AMP_OK);
    const struct amp_secret secret[2] = {
        {.name = AMP_STR("key/000000000001"), .removed = true},
        {.name = AMP_STR("key/000000000001"), .value = value_make(11, 150, room)}};
    assert_int_equal(amp_journal_append(world.journal, NULL, 0, secret, 2, &first, NULL), AMP_OK);
    struct files files = files_read(&world.place);
    assert_false(value_there(&files, 10));
    assert_true(value_there(&files, 11));
    files_free(&files);
    world_close(&world);
    scratch_remove(&world.place);
}

struct looker {
    struct amp_store *store;
    atomic_bool stop;
};

static amp_err look_on(void *ctx, const struct amp_record *record)
{
    (void)ctx;
    (void)record;
    return AMP_OK;
}

static void *looker_run(void *arg)
{
    struct looker *looker = arg;
    while (!atomic_load(&looker->stop)) {
        struct amp_head head;
        if (looker->store->ops->head(looker->store, &head, NULL) != AMP_OK ||
            (head.size > 0 && looker->store->ops->read(looker->store, 1, head.size, NULL, look_on,
                                                       NULL) != AMP_OK)) {
            abort();
        }
    }
    return NULL;
}

/* A reader of our own, that never rests: its transactions are short, and are waited for. */
static void a_busy_reader_does_not_keep_a_removed_secret(void **state)
{
    (void)state;
    struct world world;
    struct looker looker = {.stop = false};
    pthread_t thread;
    scratch_make(&world.place);
    world_open(&world);
    assert_int_equal(world.store->ops->reader(world.store, &looker.store, NULL), AMP_OK);
    assert_int_equal(pthread_create(&thread, NULL, looker_run, &looker), 0);
    for (size_t i = 1; i <= 60; i++) {
        assert_int_equal(secret_put(&world, i, i, 120), AMP_OK);
        assert_int_equal(secret_remove(&world, i), AMP_OK);
        while (world.store->ops->settle(world.store, NULL) != AMP_OK) {
        } /* a machine that is busy */
        struct files files = files_read(&world.place);
        assert_false(value_there(&files, i));
        files_free(&files);
    }
    atomic_store(&looker.stop, true);
    pthread_join(thread, NULL);
    amp_store_close(looker.store);
    world_close(&world);
    scratch_remove(&world.place);
}

static void gone_expect(const struct scratch *place, uint64_t id, bool gone)
{
    struct files files = files_read(place);
    assert_int_equal(value_there(&files, id), !gone);
    files_free(&files);
}

/* Somebody looks at the state with the secret, for as long as he likes. The commit stands and is
 * answered; the store owes, says so, and pays when he is done. */
static void a_reader_in_the_way_makes_a_debt_that_is_paid(void **state)
{
    (void)state;
    struct world world;
    struct amp_why why = {""};
    scratch_make(&world.place);
    world_open(&world);
    assert_int_equal(secret_put(&world, 1, 1, 120), AMP_OK);
    struct fault_pin *pin = fault_pin_hold(&world.place);
    assert_int_equal(secret_remove(&world, 1), AMP_OK);
    assert_int_equal(world.store->ops->settle(world.store, &why), AMP_E_BUSY);
    assert_non_null(strstr(why.text, "still reads an older state"));
    gone_expect(&world.place, 1, false);
    for (size_t i = 2; i < 40; i++) { /* and the journal goes on */
        assert_int_equal(secret_put(&world, i, i, 120), AMP_OK);
    }
    fault_pin_let(pin);
    assert_int_equal(world.store->ops->settle(world.store, NULL), AMP_OK);
    gone_expect(&world.place, 1, true);
    world_close(&world);
    scratch_remove(&world.place);
}

static void a_debt_is_paid_by_later_appends(void **state)
{
    (void)state;
    struct world world;
    scratch_make(&world.place);
    world_open(&world);
    assert_int_equal(secret_put(&world, 1, 1, 120), AMP_OK);
    struct fault_pin *pin = fault_pin_hold(&world.place);
    assert_int_equal(secret_remove(&world, 1), AMP_OK);
    fault_pin_let(pin);
    for (size_t i = 2; i < 20; i++) {
        assert_int_equal(secret_put(&world, i, i, 120), AMP_OK);
    }
    gone_expect(&world.place, 1, true);
    world_close(&world);
    scratch_remove(&world.place);
}

/* Opened again while he still looks: that must not be in the way of a centre that restarts. */
static void a_reader_in_the_way_does_not_stop_the_opening(void **state)
{
    (void)state;
    struct world world, again;
    scratch_make(&world.place);
    scratch_make(&again.place);
    world_open(&world);
    assert_int_equal(secret_put(&world, 1, 1, 120), AMP_OK);
    struct fault_pin *pin = fault_pin_hold(&world.place);
    assert_int_equal(secret_remove(&world, 1), AMP_OK);
    scratch_copy(&world.place, &again.place); /* as a kill at this moment leaves it */
    scratch_drop(&again.place, "journal.db-shm");
    struct fault_pin *other = fault_pin_hold(&again.place);
    fault_pin_let(pin);
    world_close(&world);
    world_open(&again);
    assert_int_equal(secret_put(&again, 2, 2, 120), AMP_OK);
    fault_pin_let(other);
    assert_int_equal(again.store->ops->settle(again.store, NULL), AMP_OK);
    gone_expect(&again.place, 1, true);
    gone_expect(&again.place, 2, false);
    world_close(&again);
    scratch_remove(&world.place);
    scratch_remove(&again.place);
}

static void answered(void *ctx, amp_err err, uint64_t first)
{
    (void)first;
    if (err) {
        abort();
    }
    sem_post(ctx);
}

static void the_writer_knows_what_it_owes_and_pays_when_asked(void **state)
{
    (void)state;
    struct world world;
    struct amp_writer *writer = NULL;
    sem_t done;
    sem_init(&done, 0, 0);
    scratch_make(&world.place);
    world_open(&world);
    assert_int_equal(secret_put(&world, 1, 1, 120), AMP_OK);
    struct fault_pin *pin = fault_pin_hold(&world.place);
    assert_int_equal(amp_writer_start(world.journal, &writer), AMP_OK);
    assert_false(amp_writer_owes(writer));
    const struct amp_secret secret = {.name = AMP_STR("key/000000000001"), .removed = true};
    const struct amp_submission sub = {
        .secret = &secret, .secret_n = 1, .ctx = &done, .done = answered};
    assert_int_equal(amp_writer_submit(writer, &sub), AMP_OK);
    sem_wait(&done);
    assert_true(amp_writer_owes(writer));
    fault_pin_let(pin);
    while (amp_writer_owes(writer)) {} /* each asking is a new try */
    gone_expect(&world.place, 1, true);
    amp_writer_stop(writer);
    sem_destroy(&done);
    world_close(&world);
    scratch_remove(&world.place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_byte_of_a_removed_secret_is_left_in_any_file),
        cmocka_unit_test(a_value_removed_and_put_anew_in_one_batch_leaves_nothing_of_the_old),
        cmocka_unit_test(a_busy_reader_does_not_keep_a_removed_secret),
        cmocka_unit_test(a_reader_in_the_way_makes_a_debt_that_is_paid),
        cmocka_unit_test(a_debt_is_paid_by_later_appends),
        cmocka_unit_test(a_reader_in_the_way_does_not_stop_the_opening),
        cmocka_unit_test(the_writer_knows_what_it_owes_and_pays_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
