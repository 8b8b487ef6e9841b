/* Tens of thousands of random commands, many of them nonsense; the invariants hold after each. */
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    NIGHTS = 10,
    STEPS = 3000,
    CHECK_EVERY = 300
};

struct dice {
    uint64_t seed;
};

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint32_t roll(struct dice *dice, uint32_t sides)
{
    uint64_t z = dice->seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) % sides);
}

static struct amp_str one_of(struct dice *dice, const char *const *words, uint32_t n)
{
    return amp_str_of(words[roll(dice, n)]);
}

static struct amp_pos random_pos(struct dice *dice)
{
    if (roll(dice, 50) == 0) {
        return (struct amp_pos){INT32_MAX, INT32_MIN}; /* no place on earth */
    }
    return (struct amp_pos){(int32_t)roll(dice, 900000001), -(int32_t)roll(dice, 1800000001)};
}

/* Knows nothing of the state: ids are small numbers that may or may not exist. */
static struct amp_fields random_fields(struct dice *dice, uint64_t which)
{
    static const char *const units[] = {"M1", "M2", "B1", "F1", "M3", "Q9", "", "no such!"};
    static const char *const types[] = {"fall", "stroke", "structure-fire", "nothing-known"};
    static const char *const sources[] = {"aml", "gps", "cell", "typed", "map"};
    static const char *const texts[] = {"", "help", "a longer sentence, \"quoted\"\n", "\xff\xfe"};
    static const char *const numbers[] = {"+000 1", "+000 2", "+000 3"};
    static const struct amp_words words[] = {{.n = 0}, {.word = {{"als", 3}, {"bls", 3}}, .n = 2}};
    struct amp_fields f = {.has = which};
    f.incident.n = 1 + roll(dice, 60);
    f.into.n = 1 + roll(dice, 60);
    f.call.n = 1 + roll(dice, 60);
    f.closure.n = 1 + roll(dice, 8);
    f.unit = one_of(dice, units, 8);
    f.station = one_of(dice, units, 8);
    f.number = one_of(dice, numbers, 3);
    f.name = f.words = f.text = f.place = f.reason = f.label = f.hospital = f.device =
        one_of(dice, texts, 4);
    f.pos = f.site = random_pos(dice);
    f.radius_m = (int64_t)roll(dice, 3000) - 5;
    f.confidence_pct = roll(dice, 103);
    f.source = f.kind = f.outcome = f.basis = one_of(dice, sources, 5);
    f.fix_time = INT64_C(1899999999000000) + (int64_t)roll(dice, 2000) * 1000000;
    f.type = one_of(dice, types, 4);
    f.priority = roll(dice, 7);
    f.status = (enum amp_unit_status)roll(dice, AMP_UNIT_STATUSES);
    f.capabilities = words[roll(dice, 2)];
    f.crew = roll(dice, 5);
    f.eta_s = roll(dice, 900);
    f.divert = roll(dice, 3) == 0;
    return f;
}

/* Useful kinds often, all kinds sometimes; now and then fields that do not belong there. */
static struct amp_command random_command(struct dice *dice, int64_t now_us)
{
    static const enum amp_command_kind often[] = {
        AMP_CMD_TAKE_CALL, AMP_CMD_DISPATCH,   AMP_CMD_DISPATCH,   AMP_CMD_DISPATCH,
        AMP_CMD_RELEASE,   AMP_CMD_SET_STATUS, AMP_CMD_SET_STATUS, AMP_CMD_SET_STATUS,
        AMP_CMD_TICK,      AMP_CMD_MERGE,      AMP_CMD_REOPEN,     AMP_CMD_LOCATE_CALL};
    static const char *const keys[] = {"", "", "", "", "k1", "k2", "k3", "bad key"};
    struct amp_command command = {.time_us = now_us, .actor = AMP_STR("desk")};
    command.kind =
        roll(dice, 3) ? often[roll(dice, 12)] : (enum amp_command_kind)roll(dice, AMP_CMD_COUNT);
    command.key = roll(dice, 20) ? (struct amp_str){0} : one_of(dice, keys, 8);
    const struct amp_kind_row *row = &amp_command_rows[command.kind];
    uint64_t which = row->must;
    for (unsigned i = 0; i < AMP_FIELD_COUNT; i++) {
        uint64_t bit = UINT64_C(1) << i;
        which |= (row->may & bit) && roll(dice, 4) == 0 ? bit : 0;
    }
    if (roll(dice, 40) == 0) {
        which ^= UINT64_C(1) << roll(dice, AMP_FIELD_COUNT);
    }
    command.f = random_fields(dice, which);
    return command;
}

static void unit_check(const struct amp_state *state, const struct amp_unit *unit)
{
    assert_int_equal(amp_unit_is_busy(unit->status), unit->incident.n != 0);
    size_t slots = 0;
    for (size_t i = 0; i < state->incident_n; i++) {
        for (size_t k = 0; k < state->incident[i].slot_n; k++) {
            if (state->incident[i].slot[k].unit.n == unit->id.n) {
                assert_int_equal(state->incident[i].id.n, unit->incident.n);
                slots++;
            }
        }
    }
    assert_int_equal(slots, unit->incident.n != 0);
}

static void incident_check(const struct amp_state *state, const struct amp_incident *incident)
{
    bool closed = incident->state == AMP_INCIDENT_CLOSED;
    bool on_scene = false;
    for (size_t i = 0; i < incident->slot_n; i++) {
        on_scene = on_scene || incident->slot[i].on_scene_us;
    }
    assert_true(!closed || (incident->slot_n == 0 && !incident->alarm));
    assert_int_equal(closed, incident->closed_us != 0);
    assert_int_equal(!closed && on_scene, incident->state == AMP_INCIDENT_ON_SCENE);
    assert_int_equal(!on_scene && incident->slot_n, incident->state == AMP_INCIDENT_DISPATCHED);
    if (!closed && !incident->slot_n) {
        bool triaged = incident->type && incident->priority;
        assert_int_equal(incident->state, triaged ? AMP_INCIDENT_TRIAGED : AMP_INCIDENT_NEW);
    }
    assert_true(!incident->into.n || (closed && incident->call_n == 0));
    if (!closed) {
        assert_int_equal(state->open[incident->open_at].n, incident->id.n);
    }
    for (size_t i = 0; i < incident->call_n; i++) {
        const struct amp_call *call = amp_state_call(state, incident->call[i]);
        assert_int_equal(call->incident.n, incident->id.n);
    }
    uint32_t hops = 0; /* following `into` ends at an incident that was not merged */
    for (uint32_t n = incident->id.n; n; n = state->incident[n - 1].into.n) {
        assert_true(hops++ <= state->incident_n);
    }
}

static void state_check(const struct amp_state *state)
{
    size_t open = 0;
    size_t calls = 0;
    for (size_t i = 0; i < state->unit_n; i++) {
        unit_check(state, &state->unit[i]);
    }
    for (size_t i = 0; i < state->incident_n; i++) {
        incident_check(state, &state->incident[i]);
        open += state->incident[i].state != AMP_INCIDENT_CLOSED;
        calls += state->incident[i].call_n;
    }
    assert_int_equal(open, state->open_n);
    assert_int_equal(calls, state->call_n);
}

static void random_night(uint64_t seed)
{
    struct testbed bed;
    struct dice dice = {seed};
    size_t accepted = 0;
    testbed_open(&bed);
    testbed_fleet(&bed);
    for (int i = 0; i < STEPS; i++) {
        testbed_wait(&bed, (int64_t)roll(&dice, 60) - 5); /* the clock goes back at times */
        struct amp_command command = random_command(&dice, bed.now_us);
        bool growing = command.kind == AMP_CMD_TAKE_CALL || command.kind == AMP_CMD_OPEN_INCIDENT;
        if (growing && bed.state.incident_n >= 60) {
            continue; /* small tables make commands meet */
        }
        accepted += testbed_run(&bed, &command) == AMP_OK;
        state_check(&bed.state);
        if (i % CHECK_EVERY == 0) {
            assert_true(testbed_refold(&bed) == amp_state_digest(&bed.state));
        }
    }
    assert_true(testbed_refold(&bed) == amp_state_digest(&bed.state));
    assert_true(accepted > STEPS / 10); /* the generator does reach something */
    assert_true(bed.state.seq > STEPS / 10);
    testbed_close(&bed);
}

static void the_invariants_hold_after_every_random_command(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= NIGHTS; seed++) {
        random_night(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_invariants_hold_after_every_random_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
