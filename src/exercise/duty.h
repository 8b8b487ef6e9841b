/*
 * Crews' hours: how long each crew was on duty, busy and at a hospital between two moments.
 *
 * A fold tells of each event; the book looks at the crews it may have moved. On duty is every
 * status but out of service, from the moment the crew was added; busy is on an incident. A report
 * that came late counts from when it happened (amp_unit.since_us). Pure, owned by one thread.
 */
#ifndef AMP_EXERCISE_DUTY_H
#define AMP_EXERCISE_DUTY_H

#include "base/arena.h"
#include "model/state.h"

struct amp_duty {
    bool known; /* the crew was there at some time in the range */
    enum amp_unit_status status;
    int64_t since_us; /* up to here it is counted */
    int64_t on_duty_us, busy_us, hospital_us;
};

struct amp_duty_book {
    struct amp_duty *unit; /* by unit id - 1; room for AMP_UNITS_MAX */
    size_t n;
    int64_t from_us, to_us;
};

/* The crews as they are in the state at from_us. AMP_E_NOMEM. */
AMP_MUST amp_err amp_duty_begin(struct amp_duty_book *book, const struct amp_state *state,
                                int64_t from_us, int64_t to_us, struct amp_arena *arena);
/* Behind each event, with the state after it. */
void amp_duty_event(struct amp_duty_book *book, const struct amp_state *state,
                    const struct amp_event *event);
/* All is counted up to to_us. */
void amp_duty_end(struct amp_duty_book *book);

#endif
