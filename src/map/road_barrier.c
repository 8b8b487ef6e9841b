/* What stands on a road: gates, bollards, blocks, fords, and what it takes to go through. */
#include "map/road_tags.h"

#include <string.h>

enum {
    SHUT = -1,
    KEY_S = 60,    /* to find whoever has the key */
    FOLD_S = 60,   /* to take a bollard out */
    RISING_S = 20, /* until one has gone down */
    FORD_S = 20    /* to look before one goes through */
};
struct barrier_row {
    const char *word;
    int pass;                    /* 0, or 1 + enum amp_pass_kind */
    int cost_s[AMP_GROUP_COUNT]; /* car, emergency, motorcycle, foot */
};
static const struct barrier_row barrier_table[] = {
    {"gate", 1 + AMP_PASS_GATE, {30, 30, 30, 10}},
    {"lift_gate", 1 + AMP_PASS_GATE, {15, 15, 10, 0}},
    {"swing_gate", 1 + AMP_PASS_GATE, {30, 30, 20, 5}},
    {"sliding_gate", 1 + AMP_PASS_GATE, {30, 20, 20, 10}},
    {"wicket_gate", 1 + AMP_PASS_GATE, {SHUT, SHUT, SHUT, 5}},
    {"hampshire_gate", 1 + AMP_PASS_GATE, {60, 60, 60, 20}},
    {"bump_gate", 1 + AMP_PASS_GATE, {15, 15, 15, 5}},
    {"sally_port", 1 + AMP_PASS_GATE, {60, 30, 30, 10}},
    {"chain", 1 + AMP_PASS_GATE, {SHUT, 45, 30, 0}},
    {"rope", 1 + AMP_PASS_GATE, {SHUT, 20, 20, 0}},
    {"yes", 1 + AMP_PASS_GATE, {SHUT, 60, 60, 10}},
    {"rising_bollard", 1 + AMP_PASS_BOLLARD, {SHUT, RISING_S, 5, 0}},
    {"bollard", 1 + AMP_PASS_BOLLARD, {SHUT, SHUT, 5, 0}},
    {"toll_booth", 0, {15, 5, 5, 0}},
    {"border_control", 1 + AMP_PASS_GATE, {300, 120, 120, 120}},
    {"block", 0, {SHUT, SHUT, 5, 0}},
    {"jersey_barrier", 0, {SHUT, SHUT, SHUT, 10}},
    {"debris", 0, {SHUT, SHUT, SHUT, 20}},
    {"log", 0, {SHUT, SHUT, SHUT, 10}},
    {"fence", 0, {SHUT, SHUT, SHUT, SHUT}},
    {"wall", 0, {SHUT, SHUT, SHUT, SHUT}},
    {"cycle_barrier", 0, {SHUT, SHUT, SHUT, 0}},
    {"motorcycle_barrier", 0, {SHUT, SHUT, SHUT, 0}},
    {"bus_trap", 0, {SHUT, SHUT, 5, 0}},
    {"sump_buster", 0, {SHUT, SHUT, 5, 0}},
    {"spikes", 0, {SHUT, SHUT, SHUT, 0}},
    {"stile", 0, {SHUT, SHUT, SHUT, 10}},
    {"turnstile", 0, {SHUT, SHUT, SHUT, 5}},
    {"full-height_turnstile", 0, {SHUT, SHUT, SHUT, 10}},
    {"kissing_gate", 0, {SHUT, SHUT, SHUT, 5}},
    {"horse_stile", 0, {SHUT, SHUT, SHUT, 5}},
    {"planter", 0, {SHUT, SHUT, 5, 0}},
};
static const struct barrier_row ford_row = {
    "ford", 1 + AMP_PASS_FORD, {FORD_S, FORD_S, FORD_S, FORD_S}};
static const struct barrier_row no_barrier = {"", 0, {0, 0, 0, 0}};

static const struct barrier_row *barrier_of(const struct amp_road_thing *thing)
{
    const char *text = amp_road_value(thing, AMP_KEY_BARRIER);
    for (size_t i = 0; text != NULL && i < sizeof(barrier_table) / sizeof(barrier_table[0]); i++) {
        if (strcmp(barrier_table[i].word, text) == 0) {
            return &barrier_table[i];
        }
    }
    const char *ford = amp_road_value(thing, AMP_KEY_FORD);
    return amp_word_is(ford, "yes") ? &ford_row : &no_barrier;
}

static bool locked(const struct amp_road_thing *thing)
{
    return amp_word_is(amp_road_value(thing, AMP_KEY_LOCKED), "yes");
}

bool amp_road_barrier_known(const char *word)
{
    for (size_t i = 0; i < sizeof(barrier_table) / sizeof(barrier_table[0]); i++) {
        if (strcmp(barrier_table[i].word, word) == 0) {
            return true;
        }
    }
    return false;
}

/* What the tags on the barrier itself change for a crew. */
static int crew_cost_s(const struct amp_road_thing *thing, const struct barrier_row *row,
                       enum amp_road_group group)
{
    int cost_s = row->cost_s[group];
    const char *emergency = amp_road_value(thing, AMP_KEY_EMERGENCY);
    const char *bollard = amp_road_value(thing, AMP_KEY_BOLLARD);
    if (amp_word_is(emergency, "no")) {
        return SHUT;
    }
    if (cost_s == SHUT || row->pass == 1 + AMP_PASS_BOLLARD) {
        if (amp_word_is(bollard, "removable") || amp_word_is(bollard, "foldable") ||
            amp_word_is(bollard, "flexible")) {
            cost_s = cost_s == SHUT ? FOLD_S : cost_s;
        } else if (amp_word_is(bollard, "rising")) {
            cost_s = cost_s == SHUT ? RISING_S : cost_s;
        }
    }
    bool let_in =
        amp_word_is_yes(emergency) ||
        amp_access_words(amp_road_value(thing, AMP_KEY_ACCESS), group) == AMP_WORD_RESERVED;
    if (cost_s == SHUT && let_in) {
        cost_s = KEY_S;
    }
    return cost_s != SHUT && row->pass != 1 + AMP_PASS_FORD && locked(thing) ? cost_s + KEY_S
                                                                             : cost_s;
}

static int car_cost_s(const struct amp_road_thing *thing, const struct barrier_row *row)
{
    enum amp_access_word access = amp_access_special(thing, AMP_GROUP_CAR);
    if (access == AMP_WORD_UNSAID) {
        access = amp_access_words(amp_road_value(thing, AMP_KEY_ACCESS), AMP_GROUP_CAR);
    }
    if (access == AMP_WORD_CLOSED || (access == AMP_WORD_UNSAID && locked(thing))) {
        return SHUT;
    }
    return row->cost_s[AMP_GROUP_CAR];
}

static int foot_cost_s(const struct amp_road_thing *thing, const struct barrier_row *row)
{
    if (amp_word_is(amp_road_value(thing, AMP_KEY_FOOT), "no")) {
        return SHUT;
    }
    int cost_s = row->cost_s[AMP_GROUP_FOOT];
    bool gate = row->pass == 1 + AMP_PASS_GATE && cost_s > 0;
    return gate && locked(thing) ? cost_s + KEY_S : cost_s;
}

static uint16_t cost_of(int cost_s)
{
    return cost_s == SHUT ? AMP_BARRIER_SHUT : (uint16_t)cost_s;
}

static bool says_something(const struct amp_road_barrier *row)
{
    for (int i = 0; i < AMP_GROUP_COUNT; i++) {
        if (row->cost_s[i] != 0) {
            return true;
        }
    }
    for (int i = 0; i < AMP_SIZE_COUNT; i++) {
        if (row->max[i] != 0) {
            return true;
        }
    }
    return false;
}

bool amp_road_node_read(const struct amp_road_tags *tags, uint32_t node,
                        struct amp_road_barrier *out)
{
    struct amp_road_thing thing = amp_road_thing_of_node(tags, node);
    if (thing.first == thing.end) {
        return false;
    }
    const struct barrier_row *row = barrier_of(&thing);
    if (amp_access_special(&thing, AMP_GROUP_CAR) == AMP_WORD_OPEN &&
        row->cost_s[AMP_GROUP_CAR] == SHUT) {
        row = &no_barrier; /* motor_vehicle=yes: it does not stand in the way of vehicles */
    }
    struct amp_road_barrier barrier = {.pass = (uint8_t)row->pass};
    if (row != &no_barrier) {
        int crew_s = crew_cost_s(&thing, row, AMP_GROUP_EMERGENCY);
        barrier.cost_s[AMP_GROUP_CAR] = cost_of(car_cost_s(&thing, row));
        barrier.cost_s[AMP_GROUP_EMERGENCY] = cost_of(crew_s);
        barrier.cost_s[AMP_GROUP_MOTORCYCLE] =
            cost_of(crew_cost_s(&thing, row, AMP_GROUP_MOTORCYCLE));
        barrier.cost_s[AMP_GROUP_FOOT] = cost_of(foot_cost_s(&thing, row));
        barrier.locked = locked(&thing);
        if (row->pass == 0 && crew_s == KEY_S) {
            barrier.pass = 1 + AMP_PASS_EMERGENCY;
        }
    }
    if (amp_road_value(&thing, AMP_KEY_BARRIER) != NULL ||
        amp_road_value(&thing, AMP_KEY_HIGHWAY) != NULL) {
        amp_road_sizes(&thing, barrier.max);
    }
    *out = barrier;
    return says_something(&barrier);
}
