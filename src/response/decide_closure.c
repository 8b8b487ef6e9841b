/*
 * decide: closures of roads are made, changed, lifted and restored.
 *
 * An event says all of the closure as it is from then on, so that each reads alone; who changes one
 * may say less. What the roads cannot know is refused: a closure that no route obeys is worse than
 * none.
 */
#include "model/field.h"
#include "response/rules.h"
#include <string.h>

#define WHERE_CLOSED (AMP_HAS(SHAPE) | AMP_HAS(SITE) | AMP_HAS(RADIUS_M) | AMP_HAS(POINTS))

static bool has(const struct amp_fields *f, amp_field_set which)
{
    return (f->has & which) != 0;
}

/* What was drawn: its shape may be left out where the rest says it. A ring may end where it began.
 */
static amp_err drawn_take(struct amp_deciding *d, struct amp_extent *out)
{
    const struct amp_fields *f = &d->command->f;
    struct amp_extent extent = {.heading_deg = out->heading_deg, .time_percent = out->time_percent};
    extent.radius_m = has(f, AMP_HAS(RADIUS_M)) ? f->radius_m : 0;
    extent.shape = has(f, AMP_HAS(SHAPE)) ? f->shape
                   : extent.radius_m      ? AMP_SHAPE_CIRCLE
                                          : AMP_SHAPE_ROAD;
    bool drawn = extent.shape == AMP_SHAPE_AREA || extent.shape == AMP_SHAPE_LINE;
    const char *name = amp_shape_name(extent.shape);
    if (!has(f, drawn ? AMP_HAS(POINTS) : AMP_HAS(SITE))) {
        return amp_fail(d->why, AMP_E_MISSING, "a closure of the shape \"%s\" needs \"%s\"", name,
                        drawn ? "points" : "site");
    }
    if (has(f, drawn ? AMP_HAS(SITE) : AMP_HAS(POINTS))) {
        return amp_fail(d->why, AMP_E_RANGE, "a closure of the shape \"%s\" takes no \"%s\"", name,
                        drawn ? "site" : "points");
    }
    if (!drawn) {
        extent.site = f->site;
        *out = extent;
        return AMP_OK;
    }
    struct amp_pos first = f->points.point[0];
    struct amp_pos last = f->points.point[f->points.n - 1];
    bool closed = extent.shape == AMP_SHAPE_AREA && f->points.n > 1 &&
                  first.lat_e7 == last.lat_e7 && first.lon_e7 == last.lon_e7;
    extent.points = (struct amp_points){f->points.point, f->points.n - closed};
    extent.site = amp_points_middle(extent.points);
    *out = extent;
    return AMP_OK;
}

/* Of what the command says; the rest is as it was. */
static amp_err extent_take(struct amp_deciding *d, struct amp_extent *extent)
{
    const struct amp_fields *f = &d->command->f;
    if (has(f, AMP_HAS(BOTH_WAYS)) && f->both_ways) {
        extent->heading_deg = -1;
        if (has(f, AMP_HAS(HEADING_DEG))) {
            return amp_fail(d->why, AMP_E_RANGE, "there is \"heading_deg\" and \"both_ways\"");
        }
    }
    extent->heading_deg = has(f, AMP_HAS(HEADING_DEG)) ? f->heading_deg : extent->heading_deg;
    extent->time_percent = has(f, AMP_HAS(TIME_PERCENT)) ? f->time_percent : extent->time_percent;
    return amp_extent_check(extent, d->why);
}

static amp_err until_take(struct amp_deciding *d, int64_t *until_us)
{
    const struct amp_fields *f = &d->command->f;
    bool lasting = has(f, AMP_HAS(LASTING)) && f->lasting;
    if (!has(f, AMP_HAS(UNTIL))) {
        *until_us = lasting ? 0 : *until_us;
        return AMP_OK;
    }
    if (lasting) {
        return amp_fail(d->why, AMP_E_RANGE, "there is \"until\" and \"lasting\"");
    }
    if (f->until <= d->command->time_us) {
        return amp_fail(d->why, AMP_E_RANGE, "\"until\" is over already");
    }
    *until_us = f->until;
    return AMP_OK;
}

static void describe(struct amp_event *event, struct amp_closure_id id,
                     const struct amp_extent *extent, int64_t until_us)
{
    struct amp_fields *f = &event->f;
    f->closure = id;
    f->shape = extent->shape;
    f->site = extent->site;
    f->radius_m = extent->radius_m;
    f->points = extent->points;
    f->heading_deg = extent->heading_deg;
    f->time_percent = extent->time_percent;
    f->until = until_us;
    f->has = AMP_HAS(CLOSURE) | AMP_HAS(SHAPE) | AMP_HAS(SITE);
    f->has |= extent->radius_m ? AMP_HAS(RADIUS_M) : 0;
    f->has |= extent->points.n ? AMP_HAS(POINTS) : 0;
    f->has |= extent->heading_deg >= 0 ? AMP_HAS(HEADING_DEG) : 0;
    f->has |= extent->time_percent ? AMP_HAS(TIME_PERCENT) : 0;
    f->has |= until_us ? AMP_HAS(UNTIL) : 0;
}

static amp_err room_check(const struct amp_deciding *d)
{
    if (d->state->in_force_n >= AMP_CLOSURES_IN_FORCE) {
        return amp_fail(d->why, AMP_E_LIMIT,
                        "%d closures are in force, the most there can be; "
                        "lift one that is over",
                        AMP_CLOSURES_IN_FORCE);
    }
    return AMP_OK;
}

/* NULL when there is none: then *err is the refusal. */
static const struct amp_closure *closure_find(struct amp_deciding *d, amp_err *err)
{
    struct amp_closure_id id = d->command->f.closure;
    const struct amp_closure *closure = amp_state_closure(d->state, id);
    if (closure) {
        d->out.closure = id;
    } else {
        *err = amp_fail(d->why, AMP_E_NOT_FOUND, "there is no closure X-%u", id.n);
    }
    return closure;
}

amp_err amp_rule_make_closure(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    struct amp_extent extent = {.heading_deg = -1};
    int64_t until_us = 0;
    amp_err err = room_check(d);
    err = err ? err : drawn_take(d, &extent);
    err = err ? err : extent_take(d, &extent);
    err = err ? err : until_take(d, &until_us);
    if (err) {
        return err;
    }
    if (d->state->closure_n >= AMP_CLOSURES_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "there are %d closures, the most there can be",
                        AMP_CLOSURES_MAX);
    }
    d->out.closure = (struct amp_closure_id){(uint32_t)d->state->closure_n + 1};
    struct amp_event *event = amp_emit(d, AMP_EV_CLOSURE_MADE);
    describe(event, d->out.closure, &extent, until_us);
    amp_fields_take(&event->f, f, AMP_HAS(REASON));
    return AMP_OK;
}

/* The event outlives what it changes: it gets its own copies. */
static void unchanged_copy(struct amp_deciding *d, struct amp_event *event,
                           const struct amp_closure *closure)
{
    struct amp_fields *f = &event->f;
    if (f->points.n && f->points.point == closure->extent.points.point) {
        struct amp_pos *copy = amp_arena_array(d->arena, f->points.n, sizeof(*copy));
        d->err = copy || d->err ? d->err : AMP_E_NOMEM;
        if (copy) {
            memcpy(copy, f->points.point, f->points.n * sizeof(*copy));
            f->points.point = copy;
        }
    }
    if (has(&d->command->f, AMP_HAS(REASON))) {
        struct amp_str reason = d->command->f.reason;
        amp_emit_reason(event, amp_str_is(reason, AMP_CLEAR) ? (struct amp_str){0} : reason);
    } else if (closure->reason) {
        amp_emit_reason(event, amp_emit_line(d, "%s", closure->reason));
    }
}

/* Which roads is said as a whole or not at all; the direction stays unless another is said. */
amp_err amp_rule_change_closure(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    amp_err err = AMP_OK;
    const struct amp_closure *closure = closure_find(d, &err);
    if (!closure) {
        return err;
    }
    if (closure->lifted_us) {
        return amp_fail(d->why, AMP_E_CONFLICT, "X-%u was lifted; restore it first", closure->id.n);
    }
    if (!has(f, ~AMP_HAS(CLOSURE))) {
        return amp_fail(d->why, AMP_E_MISSING, "change-closure needs something to change");
    }
    struct amp_extent extent = closure->extent;
    int64_t until_us = closure->until_us;
    err = has(f, WHERE_CLOSED) ? drawn_take(d, &extent) : AMP_OK;
    err = err ? err : extent_take(d, &extent);
    err = err ? err : until_take(d, &until_us);
    if (err) {
        return err;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_CLOSURE_CHANGED);
    describe(event, closure->id, &extent, until_us);
    unchanged_copy(d, event, closure);
    return AMP_OK;
}

amp_err amp_rule_lift_closure(struct amp_deciding *d)
{
    amp_err err = AMP_OK;
    const struct amp_closure *closure = closure_find(d, &err);
    if (!closure) {
        return err;
    }
    if (closure->lifted_us) {
        return amp_fail(d->why, AMP_E_CONFLICT, "X-%u was lifted already", closure->id.n);
    }
    struct amp_event *event = amp_emit(d, AMP_EV_CLOSURE_LIFTED);
    amp_fields_take(&event->f, &d->command->f, AMP_HAS(CLOSURE) | AMP_HAS(REASON));
    return AMP_OK;
}

/* With the end it had, unless that is over: then it lasts until somebody lifts it. */
amp_err amp_rule_restore_closure(struct amp_deciding *d)
{
    amp_err err = room_check(d);
    const struct amp_closure *closure = err ? NULL : closure_find(d, &err);
    if (!closure) {
        return err;
    }
    if (!closure->lifted_us) {
        return amp_fail(d->why, AMP_E_CONFLICT, "X-%u is in force", closure->id.n);
    }
    int64_t until_us = closure->until_us > d->command->time_us ? closure->until_us : 0;
    err = until_take(d, &until_us);
    if (err) {
        return err;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_CLOSURE_RESTORED);
    event->f.closure = closure->id;
    event->f.until = until_us;
    event->f.has = AMP_HAS(CLOSURE) | (until_us ? AMP_HAS(UNTIL) : 0);
    return AMP_OK;
}
