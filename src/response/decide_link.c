/*
 * decide: a link that a caller is sent, the tap on it, what is shared by it, and its end.
 *
 * A call has one link that is alive: another one replaces it. A link is the phone's that took it;
 * it is over when the caller or the desk stops it, when its time is, and with its incident.
 */
#include "base/timefmt.h"
#include "model/field.h"
#include "response/rules.h"
#include <string.h>

static struct amp_event *link_emit(struct amp_deciding *d, enum amp_event_kind kind, int64_t n)
{
    struct amp_event *event = amp_emit(d, kind);
    event->f.incident = d->out.incident;
    event->f.call = d->out.call;
    event->f.link = n;
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL) | AMP_HAS(LINK);
    return event;
}

static void stop_emit(struct amp_deciding *d, int64_t n, const char *outcome)
{
    struct amp_event *event = link_emit(d, AMP_EV_LINK_STOPPED, n);
    event->f.outcome = amp_str_of(outcome);
    event->f.has |= AMP_HAS(OUTCOME);
}

/* One to three scopes, each with those before it; written in that order. */
static amp_err scopes_read(struct amp_deciding *d, struct amp_words *out)
{
    const struct amp_words *given = &d->command->f.scopes;
    *out = (struct amp_words){.n = given->n};
    for (size_t i = 0; i < given->n && i < AMP_LINK_SCOPES; i++) {
        bool there = false;
        out->word[i] = amp_str_of(amp_link_scope_name((enum amp_link_scope)i));
        for (size_t k = 0; k < given->n; k++) {
            there = there || amp_str_eq(given->word[k], out->word[i]);
        }
        if (!there) {
            out->n = 0;
        }
    }
    if (out->n < 1 || out->n > AMP_LINK_SCOPES) {
        return amp_fail(d->why, AMP_E_RANGE,
                        "\"scopes\" must be position, or position and messages, or position, "
                        "messages and media");
    }
    return AMP_OK;
}

static amp_err offer_check(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    bool full =
        d->state->invite_n >= AMP_INVITES_MAX || (int64_t)d->state->message_n >= AMP_MESSAGES_MAX;
    if (full) {
        return amp_fail(d->why, AMP_E_LIMIT, "there are as many links or texts as there can be");
    }
    if (f->until <= d->command->time_us) {
        return amp_fail(d->why, AMP_E_RANGE, "\"until\" must be after now");
    }
    if (amp_state_link_by(d->state, f->token)) {
        return amp_fail(d->why, AMP_E_EXISTS, "there is a link with this token");
    }
    if (f->has & AMP_HAS(TEXT) && !memmem(f->text.ptr, f->text.len, "{link}", 6)) {
        return amp_fail(d->why, AMP_E_RANGE, "\"text\" must say {link} where the link belongs");
    }
    return AMP_OK;
}

amp_err amp_rule_offer_link(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_call *call = NULL;
    struct amp_words scopes;
    amp_err err = offer_check(d);
    err = err ? err : scopes_read(d, &scopes);
    err = err ? err : amp_need_answerable(d, &call);
    if (err) {
        return err;
    }
    if (amp_call_link_live(d->state, call->id)) {
        stop_emit(d, call->link, "replaced");
    }
    struct amp_event *event = link_emit(d, AMP_EV_LINK_OFFERED, (int64_t)d->state->invite_n + 1);
    amp_fields_take(&event->f, f, AMP_HAS(TOKEN) | AMP_HAS(UNTIL));
    event->f.scopes = scopes;
    event->f.has |= AMP_HAS(SCOPES);
    if (f->has & AMP_HAS(TEXT)) {
        d->out.message = (uint32_t)d->state->message_n + 1;
        event->f.message = d->out.message;
        event->f.has |= AMP_HAS(MESSAGE);
        struct amp_event *text = amp_emit(d, AMP_EV_MESSAGE_QUEUED);
        text->f.incident = d->out.incident;
        text->f.call = d->out.call;
        text->f.message = d->out.message;
        text->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL) | AMP_HAS(MESSAGE);
        amp_fields_take(&text->f, f, AMP_HAS(TEXT));
    }
    return AMP_OK;
}

/* The link of the command, which is not over. */
static amp_err need_live(struct amp_deciding *d, const struct amp_invite **out)
{
    const struct amp_invite *link = amp_state_link(d->state, d->command->f.link);
    if (!link) {
        return amp_fail(d->why, AMP_E_NOT_FOUND, "there is no such link");
    }
    const struct amp_call *call = amp_state_call(d->state, link->call);
    d->out.call = call->id;
    d->out.incident = call->incident;
    if (link->state == AMP_LINK_STOPPED || link->until_us <= d->command->time_us) {
        return amp_fail(d->why, AMP_E_CONFLICT, "the link is over");
    }
    *out = link;
    return AMP_OK;
}

amp_err amp_rule_take_link(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_invite *link = NULL;
    amp_err err = need_live(d, &link);
    if (err) {
        return err;
    }
    if (link->state == AMP_LINK_TAKEN) {
        return amp_str_is(f->token, link->holder)
                   ? AMP_OK
                   : amp_fail(d->why, AMP_E_EXISTS, "another phone took the link");
    }
    if (f->until <= d->command->time_us) {
        return amp_fail(d->why, AMP_E_RANGE, "\"until\" must be after now");
    }
    struct amp_event *event = link_emit(d, AMP_EV_LINK_TAKEN, f->link);
    amp_fields_take(&event->f, f, AMP_HAS(TOKEN) | AMP_HAS(UNTIL));
    return AMP_OK;
}

/* One that is over is over: stopping it again changes nothing. */
amp_err amp_rule_stop_link(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_invite *link = amp_state_link(d->state, f->link);
    bool desk = amp_str_is(f->outcome, "desk");
    if (!desk && !amp_str_is(f->outcome, "caller")) {
        return amp_fail(d->why, AMP_E_RANGE, "\"outcome\" must be caller or desk");
    }
    if (!link) {
        return amp_fail(d->why, AMP_E_NOT_FOUND, "there is no such link");
    }
    d->out.call = link->call;
    d->out.incident = amp_state_call(d->state, link->call)->incident;
    if (link->state != AMP_LINK_STOPPED) {
        stop_emit(d, f->link, desk ? "desk" : "caller");
    }
    return AMP_OK;
}

amp_err amp_need_link(struct amp_deciding *d, enum amp_link_scope scope,
                      const struct amp_invite **out)
{
    const struct amp_invite *link = NULL;
    const struct amp_incident *incident = NULL;
    amp_err err = need_live(d, &link);
    err = err ? err : amp_need_open(d, d->out.incident, &incident);
    if (err) {
        return err;
    }
    if (link->state != AMP_LINK_TAKEN) {
        return amp_fail(d->why, AMP_E_CONFLICT, "nobody agreed to share by this link yet");
    }
    if (link->scope < scope) {
        return amp_fail(d->why, AMP_E_FORBIDDEN, "this link is not for %s",
                        amp_link_scope_name(scope));
    }
    if (link->items >= AMP_LINK_ITEMS || incident->entry_n >= AMP_ENTRIES_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "too much came by this link");
    }
    *out = link;
    return AMP_OK;
}

amp_err amp_rule_share_text(struct amp_deciding *d)
{
    const struct amp_invite *link = NULL;
    amp_err err = amp_need_link(d, AMP_LINK_MESSAGES, &link);
    if (!err && (int64_t)d->state->message_n >= AMP_MESSAGES_MAX) {
        err = amp_fail(d->why, AMP_E_LIMIT, "there are as many texts as there can be");
    }
    if (err) {
        return err;
    }
    d->out.message = (uint32_t)d->state->message_n + 1;
    struct amp_event *event = link_emit(d, AMP_EV_MESSAGE_RECEIVED, d->command->f.link);
    event->f.message = d->out.message;
    event->f.source = AMP_STR("link");
    event->f.has |= AMP_HAS(MESSAGE) | AMP_HAS(SOURCE);
    amp_fields_take(&event->f, &d->command->f, AMP_HAS(TEXT));
    return AMP_OK;
}

amp_err amp_rule_share_medium(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_invite *link = NULL;
    amp_err err = amp_need_link(d, AMP_LINK_MEDIA, &link);
    if (err) {
        return err;
    }
    if (link->media >= AMP_MEDIA_OF_LINK || d->state->medium_n >= AMP_MEDIA_MAX ||
        f->bytes > AMP_MEDIA_BYTES || link->bytes + (uint64_t)f->bytes > AMP_LINK_BYTES) {
        return amp_fail(d->why, AMP_E_LIMIT,
                        "by one link at most %d pictures, videos or sounds come, each of %d MiB at "
                        "most and together of %d MiB",
                        AMP_MEDIA_OF_LINK, AMP_MEDIA_BYTES >> 20, AMP_LINK_BYTES >> 20);
    }
    struct amp_event *event = link_emit(d, AMP_EV_MEDIUM_SHARED, f->link);
    amp_fields_take(&event->f, f, AMP_HAS(TYPE) | AMP_HAS(BYTES) | AMP_HAS(LABEL) | AMP_HAS(TEXT));
    return AMP_OK;
}

/* At a tick: those whose time is over. Only calls of open incidents have a link that is alive. */
void amp_links_expire(struct amp_deciding *d)
{
    const struct amp_state *state = d->state;
    for (size_t i = 0; i < state->open_n; i++) {
        const struct amp_incident *incident = amp_state_incident(state, state->open[i]);
        for (size_t k = 0; k < incident->call_n; k++) {
            const struct amp_invite *link = amp_call_link_live(state, incident->call[k]);
            if (link && link->until_us <= d->command->time_us &&
                d->out.event_n < AMP_EVENTS_PER_COMMAND) {
                d->out.incident = incident->id;
                d->out.call = link->call;
                stop_emit(d, (int64_t)(link - state->invite) + 1, "expired");
            }
        }
    }
}
