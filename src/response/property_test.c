/*
 * The simulator (trial.h) over many seeds; what fails is replayed from its seed.
 *
 *   AMPARO_SEED=7 AMPARO_STEPS=1234 response_property_test     that history alone, that far
 */
#include "response/trial.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    HISTORIES = 12,
    STEPS = 1200
};

/* The linker sends every allocation of ours through here; number `fail_at` of them fails. */
static unsigned long fail_at;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);

static bool fails_now(void)
{
    return fail_at && --fail_at == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
    return fails_now() ? NULL : __real_reallocarray(old, n, size);
}

static void starve(unsigned long n)
{
    fail_at = n;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    uint64_t value = 0;
    const char *text = getenv(name);
    return text && !amp_str_u64(amp_str_of(text), &value) ? value : otherwise;
}

static void report(const struct trial *trial)
{
    print_message("# seed %llu, step %llu: %s\n# replay: AMPARO_SEED=%llu AMPARO_STEPS=%llu\n",
                  (unsigned long long)trial->seed, (unsigned long long)trial->step, trial->why,
                  (unsigned long long)trial->seed, (unsigned long long)trial->step + 1);
}

static void the_invariants_hold_after_every_step_of_every_history(void **state)
{
    (void)state;
    static struct trial trial;
    uint64_t accepted[AMP_CMD_COUNT] = {0};
    uint64_t refused[AMP_CMD_COUNT] = {0};
    uint64_t faults[6] = {0};
    uint64_t one = number_of("AMPARO_SEED", 0);
    uint64_t steps = number_of("AMPARO_STEPS", STEPS);
    for (uint64_t seed = one ? one : 1; seed <= (one ? one : HISTORIES); seed++) {
        trial_open(&trial, seed);
        trial.starve = starve;
        bool good = trial_run(&trial, steps);
        for (int i = 0; i < AMP_CMD_COUNT; i++) {
            accepted[i] += trial.accepted[i];
            refused[i] += trial.refused[i];
        }
        const uint64_t more[] = {trial.restarts, trial.snapshots, trial.shortages,
                                 trial.crashes,  trial.erasures,  trial.lent};
        for (size_t i = 0; i < 6; i++) {
            faults[i] += more[i];
        }
        if (!good) {
            report(&trial);
        }
        trial_close(&trial);
        assert_true(good);
    }
    print_message("# restarts %llu, snapshots %llu, shortages %llu, crashes %llu, erasures %llu, "
                  "lent %llu\n",
                  (unsigned long long)faults[0], (unsigned long long)faults[1],
                  (unsigned long long)faults[2], (unsigned long long)faults[3],
                  (unsigned long long)faults[4], (unsigned long long)faults[5]);
    for (int i = 0; i < AMP_CMD_COUNT && !one; i++) {
        if (!accepted[i] || (!refused[i] && amp_command_rows[i].must)) {
            fail_msg("%s: %llu accepted, %llu refused", amp_command_rows[i].name,
                     (unsigned long long)accepted[i], (unsigned long long)refused[i]);
        }
    }
    for (size_t i = 0; i < 6 && !one; i++) {
        assert_true(faults[i] > 0);
    }
}

/* ---- planted faults ---- */

static void unit_stays_busy(struct amp_state *state, const struct amp_event *event)
{
    if (event->kind == AMP_EV_UNIT_RELEASED) {
        struct amp_str name = event->f.unit;
        state->unit[amp_state_unit(state, name)->id.n - 1].status = AMP_UNIT_EN_ROUTE;
    }
}

static void erased_text_stays(struct amp_state *state, const struct amp_event *event)
{
    char mark[32];
    if (event->kind == AMP_EV_INCIDENT_ERASED) {
        trial_mark(event->f.incident.n, mark);
        assert_non_null(amp_texts_own(state->texts, amp_str_of(mark)));
    }
}

static void look_is_not_counted(struct amp_state *state, const struct amp_event *event)
{
    int64_t day = amp_audit_day_of(event->time_us);
    for (size_t i = 0; i < state->audit_n && event->kind == AMP_EV_INCIDENT_VIEWED; i++) {
        if (state->audit[i].day == day) {
            state->audit[i].count[event->role][event->kind]--;
        }
    }
}

static void call_is_left_out_of_its_chain(struct amp_state *state, const struct amp_event *event)
{
    if (event->kind == AMP_EV_CALL_RECEIVED) {
        state->call[event->f.call.n - 1].older_number.n = 0;
    }
}

/* In no table that an invariant looks at: a restart shows it. */
static void priority_slips(struct amp_state *state, const struct amp_event *event)
{
    if (event->kind == AMP_EV_INCIDENT_TRIAGED) {
        struct amp_incident *incident = &state->incident[event->f.incident.n - 1];
        incident->priority = incident->priority > 1 ? incident->priority - 1 : incident->priority;
    }
}

static void a_planted_fault_is_found_and_its_seed_leads_to_the_same_step(void **state)
{
    (void)state;
    static struct trial trial;
    void (*const plants[])(struct amp_state *, const struct amp_event *) = {
        unit_stays_busy, erased_text_stays, look_is_not_counted, call_is_left_out_of_its_chain,
        priority_slips};
    for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
        uint64_t found[2] = {0};
        char why[TRIAL_WHY] = "";
        for (int again = 0; again < 2; again++) {
            trial_open(&trial, 5);
            trial.starve = starve;
            trial.plant = plants[i];
            bool good = trial_run(&trial, again ? found[0] + 1 : 4 * STEPS);
            found[again] = trial.step;
            assert_true(!again || strcmp(why, trial.why) == 0);
            memcpy(why, trial.why, sizeof(why));
            trial_close(&trial);
            if (good) {
                fail_msg("planted fault %zu was not found", i);
            }
        }
        assert_true(found[0] == found[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_invariants_hold_after_every_step_of_every_history),
        cmocka_unit_test(a_planted_fault_is_found_and_its_seed_leads_to_the_same_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
