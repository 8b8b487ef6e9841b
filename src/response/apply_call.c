/* apply: events of calls and notes. */
#include "response/work.h"

/* Puts the name of a caller before the calls that came from it earlier. The index has one copy. */
static struct amp_call_id chain_put(struct amp_state *state, enum amp_space space, char *name,
                                    struct amp_call_id newest)
{
    uint64_t older = 0;
    if (!name) {
        return (struct amp_call_id){0};
    }
    bool found = amp_index_get(state->by_name, space, amp_str_of(name), &older);
    amp_texts_release(state->texts, amp_index_put(state->by_name, space, name, newest.n));
    return (struct amp_call_id){found ? (uint32_t)older : 0};
}

/* An incident that is called so already, by a partner or by an earlier call, stays it. */
static void call_track(struct amp_state *state, const struct amp_call *call)
{
    if (call->tracking && !amp_state_tracked(state, amp_str_of(call->tracking))) {
        amp_state_track(state, call->tracking, call->incident);
    }
}

void amp_apply_call_received(struct amp_work *work)
{
    struct amp_state *state = work->state;
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    if (f->call.n != state->call_n + 1) {
        amp_work_corrupt(work, "calls are numbered one after the other");
    }
    bool ringing =
        (f->has & AMP_HAS(LINE)) != 0 && amp_str_is(f->line, amp_call_line_name(AMP_CALL_RINGING));
    struct amp_call call = {.id = f->call,
                            .incident = f->incident,
                            .state = ringing ? AMP_CALL_RINGING : AMP_CALL_OPEN,
                            .received_us = work->event->time_us,
                            .number = amp_work_own(work, AMP_HAS(NUMBER), f->number),
                            .name = amp_work_own(work, AMP_HAS(NAME), f->name),
                            .words = amp_work_own(work, AMP_HAS(WORDS), f->words),
                            .device = amp_work_own(work, AMP_HAS(DEVICE), f->device),
                            .ref = amp_work_own(work, AMP_HAS(REF), f->ref),
                            .sip_call = amp_work_own(work, AMP_HAS(SIP_CALL), f->sip_call),
                            .tracking = amp_work_share(work, AMP_HAS(TRACKING), f->tracking),
                            .where = amp_work_where(work)};
    char plain[AMP_LINE_MAX + 1];
    amp_number_plain(f->number, plain);
    char *number = plain[0] ? amp_work_own(work, AMP_HAS(NUMBER), amp_str_of(plain)) : NULL;
    char *device = amp_work_own(work, AMP_HAS(DEVICE), f->device);
    char *text = amp_work_own(work, AMP_HAS(WORDS), f->words);
    state->call =
        amp_work_room(work, state->call, &state->call_cap, state->call_n + 1, sizeof(*state->call));
    if (work->err) {
        return;
    }
    incident->call = amp_work_room(work, incident->call, &incident->call_cap, incident->call_n + 1,
                                   sizeof(*incident->call));
    state->tracked = amp_work_room(work, state->tracked, &state->tracked_cap, state->tracked_n + 1,
                                   sizeof(*state->tracked));
    amp_work_personal_line(work, incident, text);
    if (!amp_work_ready(work)) {
        return;
    }
    call.older_number = chain_put(state, AMP_SPACE_NUMBER, number, call.id);
    call.older_device = chain_put(state, AMP_SPACE_DEVICE, device, call.id);
    state->call[state->call_n++] = call;
    incident->call[incident->call_n++] = call.id;
    call_track(state, &call);
    amp_work_done(work);
}

void amp_apply_call_located(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_call *call = amp_work_call(work);
    struct amp_invite *link = amp_work_link(work);
    struct amp_place_report where = amp_work_where(work);
    char pos[AMP_POS_TEXT];
    amp_pos_text(f->pos, pos);
    amp_work_personal_line(work, incident, amp_work_own(work, AMP_HAS(POS), amp_str_of(pos)));
    if (!amp_work_ready(work)) {
        return;
    }
    if (!call->where.known || where.fix_us >= call->where.fix_us) {
        call->where = where; /* else late on the way: the newer one stays */
    }
    amp_link_came(link, work->event->time_us);
    amp_work_done(work);
}

void amp_apply_call_ended(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_call *call = amp_work_call(work);
    enum amp_call_state end = AMP_CALL_ENDED;
    if (call && amp_call_is_over(call->state)) {
        amp_work_corrupt(work, "the call had ended");
    }
    if ((f->has & AMP_HAS(LINE)) != 0 &&
        (amp_call_line_of(f->line, &end) != AMP_OK || !amp_call_is_over(end))) {
        amp_work_corrupt(work, "no call ends like that");
    }
    amp_work_personal_line(work, incident, amp_work_own(work, AMP_HAS(REASON), f->reason));
    if (amp_work_ready(work)) {
        call->state = end;
        call->call_back = end == AMP_CALL_ABANDONED;
        amp_work_done(work);
    }
}

void amp_apply_call_line(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_call *call = amp_work_call(work);
    enum amp_call_state state = AMP_CALL_OPEN;
    if (call && amp_call_is_over(call->state)) {
        amp_work_corrupt(work, "the call had ended");
    }
    if (amp_call_line_of(f->line, &state) != AMP_OK || amp_call_is_over(state)) {
        amp_work_corrupt(work, "no call goes on like that");
    }
    char *ref = amp_work_own(work, AMP_HAS(REF), f->ref);
    char *sip_call = amp_work_own(work, AMP_HAS(SIP_CALL), f->sip_call);
    const char *tracking = amp_work_share(work, AMP_HAS(TRACKING), f->tracking);
    struct amp_state *all = work->state;
    all->tracked = amp_work_room(work, all->tracked, &all->tracked_cap, all->tracked_n + 1,
                                 sizeof(*all->tracked));
    amp_work_line(work, incident, amp_work_share(work, AMP_HAS(LINE), f->line));
    if (amp_work_ready(work)) {
        call->state = state;
        if (ref) {
            amp_work_replace(work, &call->ref, ref);
        }
        if (sip_call) {
            amp_work_replace(work, &call->sip_call, sip_call);
        }
        if (tracking && !call->tracking) { /* one name for good */
            call->tracking = tracking;
            call_track(all, call);
        }
        amp_work_done(work);
    }
}

/* A note about or by a crew of the incident is a sign of life from it. */
static void crew_hear(struct amp_state *state, struct amp_incident_id incident,
                      struct amp_str call_sign, int64_t time_us)
{
    uint64_t n = 0;
    if (amp_index_get(state->by_name, AMP_SPACE_UNIT, call_sign, &n)) {
        struct amp_unit *unit = &state->unit[n - 1];
        if (unit->incident.n == incident.n && unit->status == AMP_UNIT_ON_SCENE) {
            unit->heard_us = time_us;
            unit->alarm_raised = false;
        }
    }
}

void amp_apply_note_added(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    if (f->has & AMP_HAS(UNIT)) {
        (void)amp_work_unit(work);
    }
    amp_work_personal_line(work, incident, amp_work_own(work, AMP_HAS(TEXT), f->text));
    if (amp_work_ready(work)) {
        struct amp_str who = f->has & AMP_HAS(UNIT) ? f->unit : work->event->actor;
        const struct amp_account *account = amp_state_account(work->state, work->event->actor);
        if (!(f->has & AMP_HAS(UNIT)) && account && account->unit.n) {
            who = amp_str_of(work->state->unit[account->unit.n - 1].call_sign);
        }
        crew_hear(work->state, f->incident, who, work->event->time_us);
        amp_work_done(work);
    }
}
