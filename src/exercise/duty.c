/* The book of crews' hours: what each status lasted. */
#include "exercise/duty.h"
#include <assert.h>

/* What the status so far lasted, as far as it lies in the range. */
static void count_to(struct amp_duty_book *book, struct amp_duty *duty, int64_t at_us)
{
    int64_t end_us = at_us < book->to_us ? at_us : book->to_us;
    if (end_us <= duty->since_us) {
        return;
    }
    int64_t span_us = end_us - duty->since_us;
    duty->since_us = end_us;
    duty->on_duty_us += duty->status != AMP_UNIT_OUT_OF_SERVICE ? span_us : 0;
    duty->busy_us += amp_unit_is_busy(duty->status) ? span_us : 0;
    duty->hospital_us += duty->status == AMP_UNIT_AT_HOSPITAL ? span_us : 0;
}

static void unit_look(struct amp_duty_book *book, const struct amp_unit *unit)
{
    size_t place = unit->id.n - 1;
    assert(place < AMP_UNITS_MAX);
    struct amp_duty *duty = &book->unit[place];
    if (place >= book->n) {
        book->n = place + 1;
    }
    if (!duty->known) {
        *duty = (struct amp_duty){.known = true,
                                  .status = unit->status,
                                  .since_us = unit->since_us > book->from_us ? unit->since_us
                                                                             : book->from_us};
    } else if (duty->status != unit->status) {
        count_to(book, duty, unit->since_us);
        duty->status = unit->status;
    }
}

static void all_look(struct amp_duty_book *book, const struct amp_state *state)
{
    for (size_t i = 0; i < state->unit_n; i++) {
        unit_look(book, &state->unit[i]);
    }
}

amp_err amp_duty_begin(struct amp_duty_book *book, const struct amp_state *state, int64_t from_us,
                       int64_t to_us, struct amp_arena *arena)
{
    *book = (struct amp_duty_book){.from_us = from_us, .to_us = to_us};
    book->unit = amp_arena_array(arena, AMP_UNITS_MAX, sizeof *book->unit);
    if (book->unit == NULL) {
        return AMP_E_NOMEM;
    }
    all_look(book, state);
    return AMP_OK;
}

void amp_duty_event(struct amp_duty_book *book, const struct amp_state *state,
                    const struct amp_event *event)
{
    const struct amp_unit *unit =
        (event->f.has & AMP_HAS(UNIT)) != 0 ? amp_state_unit(state, event->f.unit) : NULL;
    if (unit != NULL) {
        unit_look(book, unit);
    } else if (event->kind == AMP_EV_INCIDENT_CLOSED || event->kind == AMP_EV_INCIDENT_MERGED) {
        all_look(book, state); /* crews of it may be free now */
    }
}

void amp_duty_end(struct amp_duty_book *book)
{
    for (size_t i = 0; i < book->n; i++) {
        if (book->unit[i].known) {
            count_to(book, &book->unit[i], book->to_us);
        }
    }
}
