/* apply: links that callers are sent, and what comes by them. */
#include "response/work.h"

/* The link of the event; it is of the event's call. */
static struct amp_invite *link_find(struct amp_work *work)
{
    struct amp_state *state = work->state;
    const struct amp_fields *f = &work->event->f;
    bool known = f->link >= 1 && (uint64_t)f->link <= state->invite_n;
    struct amp_invite *link = known ? &state->invite[f->link - 1] : NULL;
    if (!link || link->call.n != f->call.n) {
        amp_work_corrupt(work, "the call has no such link");
        return NULL;
    }
    return link;
}

static bool scope_read(const struct amp_words *scopes, enum amp_link_scope *out)
{
    if (scopes->n < 1 || scopes->n > AMP_LINK_SCOPES) {
        return false;
    }
    *out = (enum amp_link_scope)(scopes->n - 1);
    return true;
}

void amp_apply_link_offered(struct amp_work *work)
{
    struct amp_state *state = work->state;
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_call *call = amp_work_call(work);
    struct amp_invite link = {.call = f->call,
                              .incident = f->incident,
                              .state = AMP_LINK_OFFERED,
                              .offered_us = work->event->time_us,
                              .until_us = f->until,
                              .state_us = work->event->time_us};
    uint64_t n = 0;
    if (f->link < 1 || (uint64_t)f->link != state->invite_n + 1) {
        amp_work_corrupt(work, "links are numbered one after the other");
    }
    if (!scope_read(&f->scopes, &link.scope) ||
        amp_index_get(state->by_name, AMP_SPACE_LINK, f->token, &n)) {
        amp_work_corrupt(work, "a link has one to three scopes, and a token of its own");
    }
    if (f->has & AMP_HAS(MESSAGE)) {
        link.message = (uint32_t)f->message;
    }
    if (link.message > state->message_n + 1) { /* the text comes next */
        amp_work_corrupt(work, "there is no such text");
    }
    link.token = amp_work_share(work, AMP_HAS(TOKEN), f->token);
    link.actor = amp_work_share(work, 0, work->event->actor);
    const char *scope = amp_work_share(work, 0, amp_str_of(amp_link_scope_name(link.scope)));
    state->invite = amp_work_room(work, state->invite, &state->invite_cap, state->invite_n + 1,
                                  sizeof(*state->invite));
    amp_work_line(work, incident, scope);
    if (!amp_work_ready(work)) {
        return;
    }
    link.older = call->link;
    state->invite[state->invite_n++] = link;
    call->link = (uint32_t)state->invite_n;
    (void)amp_index_put(state->by_name, AMP_SPACE_LINK, link.token, state->invite_n);
    amp_work_done(work);
}

void amp_apply_link_taken(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_invite *link = link_find(work);
    if (link && link->state != AMP_LINK_OFFERED) {
        amp_work_corrupt(work, "the link was taken, or is over");
    }
    const char *holder = amp_work_share(work, AMP_HAS(TOKEN), f->token);
    amp_work_line(work, incident, NULL);
    if (amp_work_ready(work)) {
        link->state = AMP_LINK_TAKEN;
        link->state_us = work->event->time_us;
        link->until_us = f->until;
        link->holder = holder;
        amp_work_done(work);
    }
}

void amp_apply_link_stopped(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_invite *link = link_find(work);
    if (link && link->state == AMP_LINK_STOPPED) {
        amp_work_corrupt(work, "the link is over already");
    }
    const char *outcome = amp_work_share(work, AMP_HAS(OUTCOME), f->outcome);
    amp_work_line(work, incident, outcome);
    if (amp_work_ready(work)) {
        amp_link_end(link, outcome, work->event->time_us);
        amp_work_done(work);
    }
}

void amp_apply_medium_shared(struct amp_work *work)
{
    struct amp_state *state = work->state;
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_invite *link = link_find(work);
    struct amp_medium medium = {
        .link = (uint32_t)f->link, .at_us = work->event->time_us, .bytes = f->bytes};
    medium.incident = link ? link->incident : medium.incident;
    medium.type = amp_work_share(work, AMP_HAS(TYPE), f->type);
    medium.label = amp_work_share(work, AMP_HAS(LABEL), f->label);
    medium.digest = amp_work_own(work, AMP_HAS(TEXT), f->text);
    state->medium = amp_work_room(work, state->medium, &state->medium_cap, state->medium_n + 1,
                                  sizeof(*state->medium));
    amp_work_line(work, incident, medium.type);
    if (!amp_work_ready(work)) {
        return;
    }
    medium.older = link->medium;
    state->medium[state->medium_n++] = medium;
    link->medium = (uint32_t)state->medium_n;
    link->media++;
    link->bytes += (uint64_t)medium.bytes;
    link->shared_us = work->event->time_us;
    amp_work_done(work);
}

void amp_apply_medium_taken(struct amp_work *work)
{
    struct amp_state *state = work->state;
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    struct amp_unit *unit = amp_work_unit(work);
    struct amp_medium medium = {
        .incident = f->incident, .at_us = work->event->time_us, .bytes = f->bytes};
    medium.taken_us = amp_work_happened_us(work);
    medium.type = amp_work_share(work, AMP_HAS(TYPE), f->type);
    medium.label = amp_work_share(work, AMP_HAS(LABEL), f->label);
    medium.actor = amp_work_share(work, 0, work->event->actor);
    medium.digest = amp_work_own(work, AMP_HAS(TEXT), f->text);
    state->medium = amp_work_room(work, state->medium, &state->medium_cap, state->medium_n + 1,
                                  sizeof(*state->medium));
    amp_work_line(work, incident, medium.type);
    if (!amp_work_ready(work)) {
        return;
    }
    medium.unit = unit->id;
    medium.older = incident->medium;
    state->medium[state->medium_n++] = medium;
    incident->medium = (uint32_t)state->medium_n;
    if (unit->incident.n == incident->id.n && unit->status == AMP_UNIT_ON_SCENE) {
        unit->heard_us = work->event->time_us; /* a sign of life, as a note is */
        unit->alarm_raised = false;
    }
    amp_work_done(work);
}

/* ---- what other events have to do with links ---- */

struct amp_invite *amp_work_link(struct amp_work *work)
{
    return work->event->f.has & AMP_HAS(LINK) ? link_find(work) : NULL;
}

void amp_link_came(struct amp_invite *link, int64_t time_us)
{
    if (link) {
        link->items++;
        link->shared_us = time_us;
    }
}

void amp_link_end(struct amp_invite *link, const char *outcome, int64_t time_us)
{
    link->state = AMP_LINK_STOPPED;
    link->state_us = time_us;
    link->outcome = outcome;
}

const char *amp_work_links_close(struct amp_work *work, const struct amp_incident *incident)
{
    const struct amp_state *state = work->state;
    for (size_t i = 0; incident && i < incident->call_n; i++) {
        if (amp_call_link_live(state, incident->call[i])) {
            return amp_work_share(work, 0, AMP_STR("closed"));
        }
    }
    return NULL;
}

void amp_links_close(struct amp_work *work, const struct amp_incident *incident, const char *closed)
{
    struct amp_state *state = work->state;
    for (size_t i = 0; closed && i < incident->call_n; i++) {
        if (amp_call_link_live(state, incident->call[i])) {
            const struct amp_call *call = amp_state_call(state, incident->call[i]);
            amp_link_end(&state->invite[call->link - 1], closed, work->event->time_us);
        }
    }
}

void amp_media_wipe(struct amp_state *state, uint32_t newest)
{
    for (uint32_t m = newest; m; m = state->medium[m - 1].older) {
        amp_texts_release(state->texts, state->medium[m - 1].digest);
        state->medium[m - 1].digest = NULL;
    }
}

void amp_links_wipe(struct amp_state *state, const struct amp_call *call)
{
    for (uint32_t n = call->link; n; n = state->invite[n - 1].older) {
        amp_media_wipe(state, state->invite[n - 1].medium);
    }
}
