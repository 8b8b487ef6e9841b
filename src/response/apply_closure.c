/* apply: closures of roads are made, changed, lifted and restored. */
#include "response/work.h"

/* In an old journal a closure has no shape, and one that is wider than any can be is as wide as one
 * can be. */
static struct amp_extent extent_take(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_extent extent = {
        .site = f->site,
        .radius_m = f->has & AMP_HAS(RADIUS_M) ? f->radius_m : 0,
        .points = amp_work_points(work),
        .heading_deg = f->has & AMP_HAS(HEADING_DEG) ? f->heading_deg : -1,
        .time_percent = f->has & AMP_HAS(TIME_PERCENT) ? f->time_percent : 0,
    };
    if (f->has & AMP_HAS(SHAPE)) {
        extent.shape = f->shape;
    } else {
        extent.shape = extent.radius_m ? AMP_SHAPE_CIRCLE : AMP_SHAPE_ROAD;
        extent.radius_m =
            extent.radius_m < AMP_EXTENT_RADIUS_MAX_M ? extent.radius_m : AMP_EXTENT_RADIUS_MAX_M;
    }
    if (!work->err && amp_extent_check(&extent, NULL)) {
        amp_work_corrupt(work, "there is no such shape");
    }
    return extent;
}

/* What is said of it whenever it is made or changed. */
static void closure_describe(struct amp_work *work, struct amp_closure *closure)
{
    const struct amp_fields *f = &work->event->f;
    closure->extent = extent_take(work);
    closure->reason = amp_work_own(work, AMP_HAS(REASON), f->reason);
    closure->until_us = f->has & AMP_HAS(UNTIL) ? f->until : 0;
    closure->changed_seq = work->event->seq;
}

static void in_force_room(struct amp_work *work)
{
    struct amp_state *state = work->state;
    state->in_force = amp_work_room(work, state->in_force, &state->in_force_cap,
                                    state->in_force_n + 1, sizeof(*state->in_force));
}

/* NULL unless there is one that is in force, or lifted. */
static struct amp_closure *closure_find(struct amp_work *work, bool lifted)
{
    struct amp_state *state = work->state;
    uint32_t n = work->event->f.closure.n;
    if (n > state->closure_n || (state->closure[n - 1].lifted_us != 0) != lifted) {
        amp_work_corrupt(work, lifted ? "there is no such closure that was lifted"
                                      : "there is no such closure in force");
        return NULL;
    }
    return &state->closure[n - 1];
}

void amp_apply_closure_made(struct amp_work *work)
{
    struct amp_state *state = work->state;
    const struct amp_event *event = work->event;
    if (event->f.closure.n != state->closure_n + 1) {
        amp_work_corrupt(work, "closures are numbered one after the other");
    }
    struct amp_closure closure = {.id = event->f.closure, .made_us = event->time_us};
    closure_describe(work, &closure);
    closure.made_by = amp_work_share(work, 0, event->actor);
    state->closure = amp_work_room(work, state->closure, &state->closure_cap, state->closure_n + 1,
                                   sizeof(*state->closure));
    in_force_room(work);
    if (amp_work_ready(work)) {
        state->closure[state->closure_n++] = closure;
        amp_in_force_put(state, closure.id);
    }
}

void amp_apply_closure_changed(struct amp_work *work)
{
    struct amp_closure *closure = closure_find(work, false);
    struct amp_closure fresh = {0};
    closure_describe(work, &fresh);
    if (!amp_work_ready(work)) {
        return;
    }
    amp_points_free(&closure->extent.points);
    amp_texts_release(work->state->texts, closure->reason);
    fresh.id = closure->id;
    fresh.made_us = closure->made_us;
    fresh.made_by = closure->made_by;
    *closure = fresh;
}

void amp_apply_closure_lifted(struct amp_work *work)
{
    struct amp_closure *closure = closure_find(work, false);
    const char *actor = amp_work_share(work, 0, work->event->actor);
    if (amp_work_ready(work)) {
        amp_in_force_remove(work->state, closure->id);
        int64_t time_us = work->event->time_us;
        closure->lifted_us = time_us ? time_us : 1; /* 0 says that it is in force */
        closure->lifted_by = actor;
        closure->changed_seq = work->event->seq;
    }
}

void amp_apply_closure_restored(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_closure *closure = closure_find(work, true);
    in_force_room(work);
    if (amp_work_ready(work)) {
        closure->lifted_us = 0;
        closure->lifted_by = NULL;
        closure->until_us = f->has & AMP_HAS(UNTIL) ? f->until : 0;
        closure->changed_seq = work->event->seq;
        amp_in_force_put(work->state, closure->id);
    }
}
