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
    FEW = 40 /* nights of each kind, unless all are wanted */
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

/* ---- memory and threads ---- */

static void each_refused(enum fault_wrapped what, const char *name)
{
    struct tally tally = {0};
    night_begin(&night);
    fault_wrap_plan(what, UINT64_MAX);
    night_run(&night);
    uint64_t n = fault_wrap_end();
    night_judge(name, 0);
    for (uint64_t at = first_of(); at <= n; at += stride_of(n)) {
        struct night_ledger mine;
        night_begin(&night);
        fault_wrap_plan(what, at);
        night_run(&night);
        (void)fault_wrap_end();
        night_check(&night, &right, &mine);
        tally_add(&tally, fault_wrap_struck());
        night_judge(name, at);
    }
    print_message("# %llu in a night\n", (unsigned long long)n);
    tally_say(&tally, name);
    assert_true(tally.struck * 10 >= tally.nights * 9);
}

static void each_allocation_that_fails_is_survived(void **state)
{
    (void)state;
    each_refused(FAULT_MEMORY, "allocation");
}

static void each_thread_that_cannot_be_made_is_survived(void **state)
{
    (void)state;
    each_refused(FAULT_THREAD, "thread");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_night_without_faults_is_as_it_should_be),
        cmocka_unit_test(each_allocation_that_fails_is_survived),
        cmocka_unit_test(each_thread_that_cannot_be_made_is_survived),
    };
    if (access("/dev/shm", W_OK) == 0) {
        (void)setenv("TMPDIR", "/dev/shm", 0); /* thousands of syncs */
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
