/* apply: warnings to the public, from their draft to their end. */
#include "response/work.h"

static struct amp_warning *warning_of(struct amp_work *work, enum amp_warning_state state)
{
    int64_t n = work->event->f.warning;
    if (n < 1 || (uint64_t)n > work->state->warning_n ||
        work->state->warning[n - 1].state != state) {
        amp_work_corrupt(work, state == AMP_WARNING_DRAFT ? "there is no such draft of a warning"
                                                          : "no such warning is in force");
        return NULL;
    }
    return &work->state->warning[n - 1];
}

static const char *actor_of(struct amp_work *work)
{
    return work->event->actor.len ? amp_work_share(work, 0, work->event->actor) : NULL;
}

/* Documents of what is long over are in the journal alone. */
static void document_drop(struct amp_state *state, struct amp_warning *warning)
{
    amp_texts_release(state->texts, warning->document);
    warning->document = NULL;
}

static void draft_add(struct amp_work *work, struct amp_warning fresh)
{
    struct amp_state *state = work->state;
    if (work->event->f.warning != (int64_t)state->warning_n + 1 ||
        state->warning_n >= AMP_WARNINGS_MAX) {
        amp_work_corrupt(work, "the number of the warning is not the next one");
    }
    if (state->warning_live_n >= AMP_WARNINGS_LIVE) {
        amp_work_corrupt(work, "as many warnings are in force as there can be");
    }
    state->warning = amp_work_room(work, state->warning, &state->warning_cap, state->warning_n + 1,
                                   sizeof(*state->warning));
    state->warning_live = amp_work_room(work, state->warning_live, &state->warning_live_cap,
                                        state->warning_live_n + 1, sizeof(*state->warning_live));
    if (!amp_work_ready(work)) {
        return;
    }
    state->warning[state->warning_n++] = fresh;
    state->warning_live[state->warning_live_n++] = (uint32_t)state->warning_n;
    if (state->warning_n > AMP_WARNINGS_KEPT) {
        struct amp_warning *old = &state->warning[state->warning_n - AMP_WARNINGS_KEPT - 1];
        if (!amp_warning_is_live(old->state)) {
            document_drop(state, old);
        }
    }
}

void amp_apply_warning_drafted(struct amp_work *work)
{
    const struct amp_event *event = work->event;
    struct amp_warning fresh = {.state = AMP_WARNING_DRAFT,
                                .drafted_by = actor_of(work),
                                .drafted_us = event->time_us,
                                .document =
                                    amp_work_own(work, AMP_HAS(DOCUMENT), event->f.document)};
    if (event->f.warning > (int64_t)work->state->warning_n) {
        draft_add(work, fresh);
        return;
    }
    struct amp_warning *draft = warning_of(work, AMP_WARNING_DRAFT);
    if (amp_work_ready(work)) {
        document_drop(work->state, draft);
        *draft = fresh;
    }
}

static void issue(struct amp_work *work, bool cancels)
{
    const struct amp_fields *f = &work->event->f;
    const char *reference = amp_work_share(work, AMP_HAS(LABEL), f->label);
    const char *by = actor_of(work);
    char *document = amp_work_own(work, AMP_HAS(DOCUMENT), f->document);
    struct amp_warning *draft = warning_of(work, AMP_WARNING_DRAFT);
    if (amp_work_ready(work)) {
        document_drop(work->state, draft);
        draft->state = AMP_WARNING_IN_FORCE;
        draft->cancels = cancels;
        draft->reference = reference;
        draft->issued_by = by;
        draft->issued_us = f->fix_time;
        draft->until_us = f->until;
        draft->document = document;
    }
}

void amp_apply_warning_issued(struct amp_work *work)
{
    issue(work, false);
}

void amp_apply_warning_cancelled(struct amp_work *work)
{
    issue(work, true);
}

void amp_apply_warning_ended(struct amp_work *work)
{
    enum amp_warning_state to = AMP_WARNING_EXPIRED;
    struct amp_state *state = work->state;
    if (amp_warning_state_of(work->event->f.outcome, &to) || amp_warning_is_live(to)) {
        amp_work_corrupt(work, "a warning cannot end so");
    }
    bool discarded = to == AMP_WARNING_DISCARDED;
    struct amp_warning *warning =
        warning_of(work, discarded ? AMP_WARNING_DRAFT : AMP_WARNING_IN_FORCE);
    if (!amp_work_ready(work)) {
        return;
    }
    uint32_t n = (uint32_t)(warning - state->warning) + 1;
    warning->state = to;
    warning->ended_us = work->event->time_us;
    if (discarded || n + (uint64_t)AMP_WARNINGS_KEPT <= state->warning_n) {
        document_drop(state, warning);
    }
    amp_work_number_remove(state->warning_live, &state->warning_live_n, n);
}
