/* decide: dispatching, releasing and the reports of units. */
#include "base/buf.h"
#include "base/timefmt.h"
#include "model/field.h"
#include "response/rules.h"
#include <string.h>

enum {
    LIST_BYTES = 160,
    AHEAD_S = 60, /* a device whose clock is further ahead is not believed */
    SLACK_S = 5,  /* between its clock and ours, when it reports what came before or after what */
    HEARD_S = 2   /* less is no delay, but the way of a message */
};

static struct amp_event *release_emit(struct amp_deciding *d, const struct amp_unit *unit,
                                      enum amp_unit_status status)
{
    struct amp_event *event = amp_emit(d, AMP_EV_UNIT_RELEASED);
    event->f.incident = unit->incident;
    event->f.unit = amp_str_of(unit->call_sign);
    event->f.status = status;
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(UNIT) | AMP_HAS(STATUS);
    return event;
}

/* What its own agency needs a lent crew for is not for those it was lent to. */
static struct amp_str divert_line(struct amp_deciding *d, const struct amp_unit *unit,
                                  const struct amp_incident *from, const struct amp_incident *to,
                                  const char *tail)
{
    bool lent = from && from->agency.n && unit->agency.n && from->agency.n != unit->agency.n;
    return lent ? amp_emit_line(d, "%s was called away by its agency%s", unit->call_sign, tail)
                : amp_emit_line(d, "%s was diverted to I-%u%s", unit->call_sign, to->id.n, tail);
}

/* The first incident is told, and if nobody is left there, rings at once. */
static void divert_emit(struct amp_deciding *d, const struct amp_unit *unit,
                        const struct amp_incident *to)
{
    const struct amp_incident *from = amp_state_incident(d->state, unit->incident);
    struct amp_event *event = release_emit(d, unit, AMP_UNIT_AVAILABLE);
    event->f.into = to->id;
    event->f.has |= AMP_HAS(INTO);
    amp_emit_reason(event, divert_line(d, unit, from, to, ""));
    if (!from || from->slot_n > 1) {
        return;
    }
    event = amp_emit(d, AMP_EV_ALARM_RAISED);
    event->f.incident = from->id;
    event->f.alarm = AMP_STR("undispatched");
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(ALARM);
    amp_emit_reason(event, divert_line(d, unit, from, to, " and nobody else is assigned"));
}

static amp_err dispatch_check(struct amp_deciding *d, const struct amp_unit *unit,
                              const struct amp_incident *incident,
                              const struct amp_agency **lent_to)
{
    bool divert = (d->command->f.has & AMP_HAS(DIVERT)) && d->command->f.divert;
    if (unit->incident.n == incident->id.n) {
        return amp_fail(d->why, AMP_E_CONFLICT, "%s is on I-%u already (%s)", unit->call_sign,
                        incident->id.n, amp_unit_status_name(unit->status));
    }
    /* first: of another agency's crew, no more is said than that it is not free */
    amp_err err = amp_aid_dispatch_check(d, unit, incident, lent_to);
    if (err) {
        return err;
    }
    if (unit->status == AMP_UNIT_OUT_OF_SERVICE) {
        return amp_fail(d->why, AMP_E_CONFLICT, "%s is out of service; make it available first",
                        unit->call_sign);
    }
    if (unit->incident.n && !divert) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "%s is busy with I-%u (%s); release it, or divert it", unit->call_sign,
                        unit->incident.n, amp_unit_status_name(unit->status));
    }
    if (incident->slot_n >= AMP_SLOTS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "I-%u has %d units, the most it can have",
                        incident->id.n, AMP_SLOTS_MAX);
    }
    return AMP_OK;
}

amp_err amp_rule_dispatch(struct amp_deciding *d)
{
    const struct amp_incident *incident = NULL;
    const struct amp_unit *unit = NULL;
    const struct amp_agency *lent_to = NULL;
    amp_err err = amp_need_open(d, d->command->f.incident, &incident);
    err = err ? err : amp_need_unit(d, &unit);
    err = err ? err : dispatch_check(d, unit, incident, &lent_to);
    if (err) {
        return err;
    }
    if (unit->incident.n) {
        divert_emit(d, unit, incident);
    }
    struct amp_event *event = amp_emit(d, AMP_EV_UNIT_DISPATCHED);
    amp_fields_take(&event->f, &d->command->f,
                    AMP_HAS(INCIDENT) | AMP_HAS(UNIT) | AMP_HAS(ETA_S) | AMP_HAS(BASIS) |
                        AMP_HAS(REASON));
    if (unit->incident.n) {
        event->f.from = unit->incident;
        event->f.has |= AMP_HAS(FROM);
    }
    if (lent_to) {
        event->f.agency = amp_str_of(lent_to->code);
        event->f.has |= AMP_HAS(AGENCY);
    }
    return AMP_OK;
}

amp_err amp_rule_release(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_unit *unit = NULL;
    amp_err err = amp_need_unit(d, &unit);
    if (err) {
        return err;
    }
    if (!unit->incident.n) {
        return amp_fail(d->why, AMP_E_CONFLICT, "%s is on no incident (%s)", unit->call_sign,
                        amp_unit_status_name(unit->status));
    }
    if (f->has & AMP_HAS(INCIDENT) && f->incident.n != unit->incident.n) {
        return amp_fail(d->why, AMP_E_CONFLICT, "%s is on I-%u, not on I-%u", unit->call_sign,
                        unit->incident.n, f->incident.n);
    }
    d->out.incident = unit->incident;
    amp_fields_take(&release_emit(d, unit, AMP_UNIT_AVAILABLE)->f, f, AMP_HAS(REASON));
    return AMP_OK;
}

/* "available, returning or out-of-service": what a unit can report from here. */
static void next_list(enum amp_unit_status from, char out[LIST_BYTES])
{
    const char *names[AMP_UNIT_STATUSES];
    size_t n = 0;
    for (int i = 0; i < AMP_UNIT_STATUSES; i++) {
        enum amp_unit_status to = (enum amp_unit_status)i;
        if (to != AMP_UNIT_DISPATCHED && amp_unit_may(from, to)) {
            names[n++] = amp_unit_status_name(to);
        }
    }
    struct amp_buf buf = amp_buf_make(LIST_BYTES - 1);
    for (size_t i = 0; i < n; i++) {
        amp_buf_text(&buf, i == 0 ? "" : i + 1 == n ? " or " : ", ");
        amp_buf_text(&buf, names[i]);
    }
    if (amp_buf_err(&buf) || amp_str_copy(out, LIST_BYTES, amp_buf_view(&buf))) {
        out[0] = '\0';
    }
    amp_buf_free(&buf);
}

static amp_err status_check(struct amp_deciding *d, const struct amp_unit *unit,
                            enum amp_unit_status to)
{
    const char *to_name = amp_unit_status_name(to);
    char next[LIST_BYTES];
    next_list(unit->status, next);
    if (unit->status == to) {
        return amp_fail(d->why, AMP_E_CONFLICT, "%s is %s already", unit->call_sign, to_name);
    }
    if (to == AMP_UNIT_DISPATCHED) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "%s becomes dispatched by sending it to an incident; from %s it can report "
                        "%s",
                        unit->call_sign, amp_unit_status_name(unit->status), next);
    }
    if (amp_unit_is_busy(to) && !unit->incident.n) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "%s has no incident, so it cannot be %s; dispatch it first (from %s it can "
                        "report %s)",
                        unit->call_sign, to_name, amp_unit_status_name(unit->status), next);
    }
    if (!amp_unit_may(unit->status, to)) {
        return amp_fail(d->why, AMP_E_CONFLICT, "%s is %s and cannot become %s; it can report %s",
                        unit->call_sign, amp_unit_status_name(unit->status), to_name, next);
    }
    return AMP_OK;
}

/* What was pressed before the unit came to where it is says nothing of what it does now: who
 * pressed "available" without a line does not leave the incident it was sent to meanwhile. */
static amp_err happened_check(struct amp_deciding *d, const struct amp_unit *unit)
{
    const struct amp_fields *f = &d->command->f;
    char since[AMP_TIME_TEXT], then[AMP_TIME_TEXT];
    if (!(f->has & AMP_HAS(HAPPENED))) {
        return AMP_OK;
    }
    if (f->happened - d->command->time_us > AHEAD_S * AMP_US_PER_S) {
        return amp_fail(d->why, AMP_E_RANGE,
                        "this happened later than now: the clock of the device is wrong");
    }
    if (unit->since_us - f->happened > SLACK_S * AMP_US_PER_S) {
        amp_time_text(unit->since_us, since);
        amp_time_text(f->happened, then);
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "%s is %s since %s; what was reported at %s was before that",
                        unit->call_sign, amp_unit_status_name(unit->status), since, then);
    }
    return AMP_OK;
}

/* Said only where it was heard late. */
static void happened_take(const struct amp_deciding *d, const struct amp_unit *unit,
                          struct amp_event *event)
{
    const struct amp_fields *f = &d->command->f;
    if ((f->has & AMP_HAS(HAPPENED)) != 0 &&
        d->command->time_us - f->happened >= HEARD_S * AMP_US_PER_S) {
        event->f.happened = f->happened < unit->since_us ? unit->since_us : f->happened;
        event->f.has |= AMP_HAS(HAPPENED);
    }
}

amp_err amp_rule_set_status(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_unit *unit = NULL;
    amp_err err = amp_need_unit(d, &unit);
    err = err ? err : happened_check(d, unit);
    err = err ? err : status_check(d, unit, f->status);
    if (err) {
        return err;
    }
    d->out.incident = unit->incident;
    if (unit->incident.n && !amp_unit_is_busy(f->status)) {
        struct amp_event *release = release_emit(d, unit, f->status);
        amp_fields_take(&release->f, f, AMP_HAS(REASON));
        happened_take(d, unit, release);
        return AMP_OK;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_UNIT_STATUS);
    amp_fields_take(&event->f, f,
                    AMP_HAS(UNIT) | AMP_HAS(STATUS) | AMP_HAS(HOSPITAL) | AMP_HAS(REASON));
    if (unit->incident.n) {
        event->f.incident = unit->incident;
        event->f.has |= AMP_HAS(INCIDENT);
    }
    happened_take(d, unit, event);
    return AMP_OK;
}
