/* decide: a warning to the public is drafted, issued, updated, cancelled, and expires. */
#include "base/timefmt.h"
#include "response/rules.h"

static size_t drafts_count(const struct amp_state *state)
{
    size_t n = 0;
    for (size_t i = 0; i < state->warning_live_n; i++) {
        n += state->warning[state->warning_live[i] - 1].state == AMP_WARNING_DRAFT;
    }
    return n;
}

static amp_err need_draft(struct amp_deciding *d, const struct amp_warning **out)
{
    int64_t n = d->command->f.warning;
    const struct amp_warning *warning = amp_state_warning(d->state, n);
    if (!warning) {
        return amp_fail(d->why, AMP_E_NOT_FOUND, "there is no warning W-%lld", (long long)n);
    }
    if (warning->state != AMP_WARNING_DRAFT) {
        return amp_fail(d->why, AMP_E_CONFLICT, "W-%lld is no draft any more: it is %s",
                        (long long)n, amp_warning_state_name(warning->state));
    }
    *out = warning;
    return AMP_OK;
}

static void end_emit(struct amp_deciding *d, int64_t n, enum amp_warning_state to)
{
    struct amp_event *event = amp_emit(d, AMP_EV_WARNING_ENDED);
    event->f.warning = n;
    event->f.outcome = amp_str_of(amp_warning_state_name(to));
    event->f.has = AMP_HAS(WARNING) | AMP_HAS(OUTCOME);
}

amp_err amp_rule_draft_warning(struct amp_deciding *d)
{
    const struct amp_command *command = d->command;
    bool again = (command->f.has & AMP_HAS(WARNING)) != 0;
    const struct amp_warning *draft = NULL;
    amp_err err = again ? need_draft(d, &draft) : AMP_OK;
    if (!err && !again &&
        (drafts_count(d->state) >= AMP_WARNING_DRAFTS ||
         d->state->warning_live_n >= AMP_WARNINGS_LIVE ||
         d->state->warning_n >= AMP_WARNINGS_MAX)) {
        err = amp_fail(d->why, AMP_E_LIMIT,
                       "there are %zu drafts and warnings in force: discard drafts first",
                       d->state->warning_live_n);
    }
    if (err) {
        return err;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_WARNING_DRAFTED);
    event->f.warning = again ? command->f.warning : (int64_t)d->state->warning_n + 1;
    event->f.document = command->f.document;
    event->f.has = AMP_HAS(WARNING) | AMP_HAS(DOCUMENT);
    return AMP_OK;
}

/* What an update or a cancellation is about is in force, and warns. */
static amp_err need_ends(struct amp_deciding *d, enum amp_warning_state *to)
{
    const struct amp_warning *about = amp_state_warning(d->state, d->command->ends);
    bool named = (d->command->f.has & AMP_HAS(OUTCOME)) != 0;
    if (named != (d->command->ends != 0) ||
        (named && (amp_warning_state_of(d->command->f.outcome, to) ||
                   (*to != AMP_WARNING_UPDATED && *to != AMP_WARNING_CANCELLED)))) {
        return amp_fail(d->why, AMP_E_RANGE,
                        "an update or a cancellation says which warning it is about");
    }
    if (named && (!about || about->state != AMP_WARNING_IN_FORCE || about->cancels)) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "W-%u is not in force any more, so nothing can update or cancel it",
                        d->command->ends);
    }
    return AMP_OK;
}

amp_err amp_rule_issue_warning(struct amp_deciding *d)
{
    const struct amp_command *command = d->command;
    const struct amp_warning *draft = NULL;
    enum amp_warning_state to = AMP_WARNING_IN_FORCE;
    amp_err err = need_draft(d, &draft);
    err = err ? err : need_ends(d, &to);
    if (!err && command->f.until <= command->time_us) {
        err = amp_fail(d->why, AMP_E_RANGE, "the warning would be over before it begins");
    }
    if (err) {
        return err;
    }
    if (command->ends) {
        end_emit(d, command->ends, to);
    }
    struct amp_event *event =
        amp_emit(d, to == AMP_WARNING_CANCELLED ? AMP_EV_WARNING_CANCELLED : AMP_EV_WARNING_ISSUED);
    event->f.warning = command->f.warning;
    event->f.label = command->f.label;
    event->f.document = command->f.document;
    event->f.fix_time = command->f.fix_time;
    event->f.until = command->f.until;
    event->f.has =
        AMP_HAS(WARNING) | AMP_HAS(LABEL) | AMP_HAS(DOCUMENT) | AMP_HAS(FIX_TIME) | AMP_HAS(UNTIL);
    return AMP_OK;
}

amp_err amp_rule_discard_warning(struct amp_deciding *d)
{
    const struct amp_warning *draft = NULL;
    amp_err err = need_draft(d, &draft);
    if (!err) {
        end_emit(d, d->command->f.warning, AMP_WARNING_DISCARDED);
    }
    return err;
}

void amp_warnings_end(struct amp_deciding *d)
{
    const struct amp_state *state = d->state;
    for (size_t i = 0; i < state->warning_live_n && d->out.event_n < AMP_EVENTS_PER_COMMAND; i++) {
        const struct amp_warning *warning = &state->warning[state->warning_live[i] - 1];
        if (warning->state == AMP_WARNING_IN_FORCE && warning->until_us <= d->command->time_us) {
            end_emit(d, state->warning_live[i], AMP_WARNING_EXPIRED);
        }
    }
}
