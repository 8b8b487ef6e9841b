/*
 * Whatever is refused to it, the server loses nothing that it acknowledged and doubles nothing.
 *
 * One night is run again and again; each time another allocation, thread, write or sync fails. By
 * default only some of them: AMPARO_FAULTS=all walks through every one.
 */
#include "journal/fault_vfs.h"
#include "server/fault_bed.h"
#include "server/fault_wrap.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    FEW = 30 /* nights of each kind, unless all are wanted */
};

static struct night night; /* its answers are long */
static struct night_ledger right;

static uint64_t stride_of(uint64_t n)
{
    const char *wanted = getenv("AMPARO_FAULTS");
    return wanted != NULL && strcmp(wanted, "all") == 0 ? 1 : n / FEW + 1;
}

/* Where the walk begins and ends, to look closer: AMPARO_FAULT_FROM. */
static uint64_t first_of(void)
{
    const char *from = getenv("AMPARO_FAULT_FROM");
    return from != NULL ? strtoull(from, NULL, 10) : 1;
}

struct tally {
    uint64_t nights, struck, restarts, refusals, broken;
};

static void tally_add(struct tally *tally, bool struck)
{
    tally->nights++;
    tally->struck += struck;
    tally->restarts += (uint64_t)night.starts - 2;
    tally->refusals += (uint64_t)night.refusals;
    tally->broken += (uint64_t)night.broken;
}

static void tally_say(const struct tally *tally, const char *what)
{
    print_message("# %s: %llu nights, %llu struck, %llu restarts, %llu honest refusals, %llu "
                  "answers that did not come\n",
                  what, (unsigned long long)tally->nights, (unsigned long long)tally->struck,
                  (unsigned long long)tally->restarts, (unsigned long long)tally->refusals,
                  (unsigned long long)tally->broken);
}

static void night_judge(const char *what, uint64_t at)
{
    if (night.fault[0] != '\0') {
        char fault[sizeof night.fault];
        memcpy(fault, night.fault, sizeof fault);
        night_end(&night);
        fail_msg("with %s %llu refused: %s", what, (unsigned long long)at, fault);
    }
    night_end(&night);
}

static void a_night_without_faults_is_as_it_should_be(void **state)
{
    (void)state;
    night_begin(&night);
    night_run(&night);
    night_check(&night, NULL, &right);
    assert_int_equal(night.refusals + night.broken, 0);
    assert_int_equal(night.starts, 2);
    assert_int_equal(right.count[AMP_EV_CALL_RECEIVED], 1);
    assert_int_equal(right.count[AMP_EV_NOTE_ADDED], 1);
    assert_int_equal(right.count[AMP_EV_INCIDENT_ERASED], 1);
    assert_int_equal(right.count[AMP_EV_TOKEN_REVOKED], 1);
    night_judge("nothing", 0);
}

/* One kind of thing that can be refused: how it is planned, counted and ended. */
struct kind {
    const char *name;
    void (*plan)(const struct kind *kind, uint64_t at);
    uint64_t (*end)(const struct kind *kind); /* how many there were */
    bool (*struck)(const struct kind *kind);
    enum fault_wrapped wrapped;
    struct fault_plan disk;
    struct fault_vfs *vfs;
};

/* Every one that a night has, or some of them; each in a night of its own. */
static void each_refused(const struct kind *kind)
{
    struct tally tally = {0};
    night_begin(&night);
    kind->plan(kind, UINT64_MAX);
    night_run(&night);
    uint64_t n = kind->end(kind);
    night_judge(kind->name, 0);
    for (uint64_t at = first_of(); at <= n; at += stride_of(n)) {
        struct night_ledger mine;
        night_begin(&night);
        kind->plan(kind, at);
        night_run(&night);
        bool struck = kind->struck(kind);
        (void)kind->end(kind);
        night_check(&night, &right, &mine);
        tally_add(&tally, struck);
        night_judge(kind->name, at);
    }
    print_message("# %llu in a night\n", (unsigned long long)n);
    tally_say(&tally, kind->name);
    assert_true(tally.struck * 10 >= tally.nights * 8); /* no night is quite like the other */
}

/* ---- memory and threads ---- */

static void wrap_plan(const struct kind *kind, uint64_t at)
{
    fault_wrap_plan(kind->wrapped, at);
}

static uint64_t wrap_end(const struct kind *kind)
{
    (void)kind;
    return fault_wrap_end();
}

static bool wrap_struck(const struct kind *kind)
{
    (void)kind;
    return fault_wrap_struck();
}

static void each_allocation_that_fails_is_survived(void **state)
{
    static const struct kind kind = {.name = "allocation",
                                     .plan = wrap_plan,
                                     .end = wrap_end,
                                     .struck = wrap_struck,
                                     .wrapped = FAULT_MEMORY};
    (void)state;
    each_refused(&kind);
}

static void each_thread_that_cannot_be_made_is_survived(void **state)
{
    static const struct kind kind = {.name = "thread",
                                     .plan = wrap_plan,
                                     .end = wrap_end,
                                     .struck = wrap_struck,
                                     .wrapped = FAULT_THREAD};
    (void)state;
    each_refused(&kind);
}

static void memory_plan(const struct kind *kind, uint64_t at)
{
    (void)kind;
    fault_alloc_plan(at);
}

static uint64_t memory_end(const struct kind *kind)
{
    (void)kind;
    uint64_t n = fault_alloc_seen();
    fault_alloc_plan(0);
    return n;
}

static bool memory_struck(const struct kind *kind)
{
    (void)kind;
    return fault_alloc_struck();
}

static void each_allocation_of_the_database_that_fails_is_survived(void **state)
{
    static const struct kind kind = {.name = "allocation of SQLite",
                                     .plan = memory_plan,
                                     .end = memory_end,
                                     .struck = memory_struck};
    (void)state;
    each_refused(&kind);
}

/* ---- the disk ---- */

static void disk_plan(const struct kind *kind, uint64_t at)
{
    struct fault_plan plan = kind->disk;
    plan.at = at;
    fault_vfs_plan(kind->vfs, plan);
}

static uint64_t disk_end(const struct kind *kind)
{
    uint64_t n = fault_vfs_seen(kind->vfs);
    fault_vfs_plan(kind->vfs, (struct fault_plan){.op = FAULT_NONE});
    return n;
}

static bool disk_struck(const struct kind *kind)
{
    return fault_vfs_struck(kind->vfs);
}

static void disk_fails(const char *name, enum fault_op op, enum fault_code code)
{
    const struct kind kind = {.name = name,
                              .plan = disk_plan,
                              .end = disk_end,
                              .struck = disk_struck,
                              .disk = {.op = op, .code = code},
                              .vfs = fault_vfs_install()};
    each_refused(&kind);
    fault_vfs_remove(kind.vfs);
}

static void each_write_that_fails_is_survived(void **state)
{
    (void)state;
    disk_fails("write", FAULT_WRITE, FAULT_IO_WRITE);
}

static void each_write_that_is_cut_short_is_survived(void **state)
{
    (void)state;
    disk_fails("whole write", FAULT_SHORT, FAULT_IO_WRITE);
}

static void each_write_to_a_full_disk_is_survived(void **state)
{
    (void)state;
    disk_fails("room for a write", FAULT_WRITE, FAULT_FULL);
}

static void each_sync_that_fails_is_survived(void **state)
{
    (void)state;
    disk_fails("sync", FAULT_SYNC, FAULT_IO_SYNC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_night_without_faults_is_as_it_should_be),
        cmocka_unit_test(each_allocation_that_fails_is_survived),
        cmocka_unit_test(each_thread_that_cannot_be_made_is_survived),
        cmocka_unit_test(each_allocation_of_the_database_that_fails_is_survived),
        cmocka_unit_test(each_write_that_fails_is_survived),
        cmocka_unit_test(each_write_that_is_cut_short_is_survived),
        cmocka_unit_test(each_write_to_a_full_disk_is_survived),
        cmocka_unit_test(each_sync_that_fails_is_survived),
    };
    if (access("/dev/shm", W_OK) == 0) {
        (void)setenv("TMPDIR", "/dev/shm", 0); /* thousands of syncs */
    }
    fault_alloc_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
