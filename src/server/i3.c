/* Records of the journal as LogEvents of NENA i3. */
#include "server/i3.h"
#include "base/json.h"
#include "server/inside.h"
#include "server/jws.h"
#include "server/partner.h"
#include "server/settings.h"
#include "server/tls.h"
#include "server/uid.h"
#include <string.h>

enum {
    EVENT_BYTES = 64 << 10,
    PARTS = 2 /* of a record, at most */
};

#define CALL_URN     "urn:emergency:uid:callid:"
#define INCIDENT_URN "urn:emergency:uid:incidentid:"

/* ---- settings ---- */

static amp_err setting_read(struct amp_str name, struct amp_str value, struct amp_i3 *out)
{
    return amp_str_is(name, "element")  ? amp_str_copy(out->element, sizeof out->element, value)
           : amp_str_is(name, "agency") ? amp_str_copy(out->agency, sizeof out->agency, value)
           : amp_str_is(name, "certificate")
               ? amp_str_copy(out->certificate, sizeof out->certificate, value)
           : amp_str_is(name, "key") ? amp_str_copy(out->key, sizeof out->key, value)
                                     : AMP_E_NOT_FOUND;
}

amp_err amp_i3_read(struct amp_str text, struct amp_i3 *out, struct amp_why *why)
{
    *out = (struct amp_i3){.signer = NULL};
    struct amp_settings settings = {.rest = text};
    while (amp_settings_next(&settings)) {
        if (!amp_utf8_valid(settings.value) ||
            setting_read(settings.name, settings.value, out) != AMP_OK) {
            return amp_fail(why, AMP_E_SYNTAX,
                            "line %u: \"%.*s\" is no setting of LogEvents, or its value is none: "
                            "see docs/events.md",
                            settings.line, (int)settings.name.len, settings.name.ptr);
        }
    }
    if (!amp_domain_valid(out->element) || !amp_domain_valid(out->agency)) {
        return amp_fail(why, AMP_E_MISSING,
                        "there must be lines \"element = cad.example.org\" and \"agency = "
                        "example.org\", each a domain");
    }
    if ((out->certificate[0] == '\0') != (out->key[0] == '\0')) {
        return amp_fail(why, AMP_E_MISSING, "\"certificate\" and \"key\" go together");
    }
    return AMP_OK;
}

amp_err amp_i3_open(struct amp_i3 *i3, int64_t now_us, struct amp_why *why)
{
    if (i3->key[0] == '\0') {
        return AMP_OK;
    }
    amp_err err = amp_tls_open(i3->certificate, i3->key, now_us, &i3->signer, why);
    struct amp_why other = {""};
    if (err == AMP_OK && amp_tls_ed448_only(i3->signer, &other) != AMP_OK) {
        err =
            amp_fail(why, AMP_E_UNSUPPORTED, "LogEvents are signed with Ed448: %.300s", other.text);
    }
    return err;
}

/* ---- what each kind is ---- */

struct row;

struct telling {
    const struct amp_server *server;
    const struct amp_event *event;
    unsigned part;
    const struct row *row; /* which it is */
    struct amp_arena *arena;
    struct amp_json *js;
    bool personal;
};

static const struct amp_call *call_of(const struct telling *t)
{
    return (t->event->f.has & AMP_HAS(CALL)) != 0
               ? amp_state_call(&t->server->state, t->event->f.call)
               : NULL;
}

/* Calls are "emergency" until somebody can say that they are not (registry of 10.23). */
static void call_write(const struct telling *t)
{
    const struct amp_call *call = call_of(t);
    amp_json_text_of(t->js, "direction", "incoming");
    amp_json_text_of(t->js, "standardPrimaryCallType", "emergency");
    if (t->personal && call != NULL && call->number != NULL) {
        amp_json_text_of(t->js, "from", call->number);
    }
}

static void text_in_write(const struct telling *t)
{
    amp_json_str_of(t->js, "text", t->personal ? t->event->f.text : AMP_STR(""));
    amp_json_text_of(t->js, "direction", "incoming");
}

/* What a gateway took was written before. */
static void text_out_write(const struct telling *t)
{
    const struct amp_sms *text = amp_state_message(&t->server->state, t->event->f.message);
    amp_json_text_of(t->js, "text",
                     t->personal && text != NULL && text->text != NULL ? text->text : "");
    amp_json_text_of(t->js, "direction", "outgoing");
}

static void peer_write(const struct telling *t, const char *direction)
{
    const struct amp_partner *partner =
        amp_partner_find(t->server->config.partners, t->event->f.partner);
    amp_json_text_of(t->js, "direction", direction);
    if (partner != NULL) {
        amp_json_text_of(t->js, "peerId", partner->url);
    } else {
        amp_json_str_of(t->js, "peerId", t->event->f.partner);
    }
}

static void eido_out_write(const struct telling *t)
{
    peer_write(t, "outgoing");
}

static void eido_in_write(const struct telling *t)
{
    peer_write(t, "incoming");
}

/* What the network called the incident of a call, before it was one of ours. */
static void tracked_write(const struct telling *t)
{
    amp_json_str_of(t->js, "mergeIncidentId", t->event->f.tracking);
}

static void merge_write(const struct telling *t)
{
    amp_json_str_of(t->js, "mergeIncidentId",
                    amp_uid_incident(t->server, t->event->f.incident, t->arena));
}

static void none_write(const struct telling *t)
{
    (void)t;
}

static const struct row {
    const char *type; /* NULL: no LogEvent */
    void (*write)(const struct telling *t);
} rows[AMP_EV_COUNT] = {
    [AMP_EV_CALL_RECEIVED] = {"CallStartLogEvent", call_write},
    [AMP_EV_CALL_LINE] = {"CallStartLogEvent", call_write},
    [AMP_EV_CALL_ENDED] = {"CallEndLogEvent", call_write},
    [AMP_EV_MESSAGE_RECEIVED] = {"MessageLogEvent", text_in_write},
    [AMP_EV_MESSAGE_SENT] = {"MessageLogEvent", text_out_write},
    [AMP_EV_INCIDENT_CLOSED] = {"IncidentClearLogEvent", none_write},
    [AMP_EV_INCIDENT_REOPENED] = {"IncidentReopenLogEvent", none_write},
    [AMP_EV_INCIDENT_MERGED] = {"IncidentMergeLogEvent", merge_write},
    [AMP_EV_TRANSFER_OFFERED] = {"EidoLogEvent", eido_out_write},
    [AMP_EV_TRANSFER_RECEIVED] = {"EidoLogEvent", eido_in_write},
    [AMP_EV_PARTNER_NOTE] = {"EidoLogEvent", eido_in_write},
    [AMP_EV_PARTNER_STATE] = {"EidoLogEvent", eido_in_write},
    [AMP_EV_PARTNER_UNIT] = {"EidoLogEvent", eido_in_write},
};

/* To whom it went, as the telephone system said it. */
static void target_write(const struct telling *t)
{
    amp_json_str_of(t->js, "target", t->event->f.reason);
}

static const struct row merged_row = {"IncidentMergeLogEvent", tracked_write};
static const struct row transferred_row = {"CallTransferLogEvent", target_write};

bool amp_i3_is_told(enum amp_event_kind kind)
{
    return rows[kind].type != NULL;
}

static bool is_tracked(const struct amp_event *event)
{
    return (event->kind == AMP_EV_CALL_RECEIVED || event->kind == AMP_EV_CALL_LINE) &&
           amp_str_starts(event->f.tracking, AMP_STR(INCIDENT_URN));
}

/* A record without what is personal does not say where to. */
static bool is_transferred(const struct amp_event *event)
{
    return event->kind == AMP_EV_CALL_ENDED && event->f.reason.len > 0 &&
           amp_str_is(event->f.line, amp_call_line_name(AMP_CALL_TRANSFERRED));
}

/* A call that was known before the telephone system told of it (a location was faster) starts once
 * more, by the names that the network gave it; where these are not told, it started already. */
static bool is_start_again(const struct amp_event *event, bool personal)
{
    return event->kind == AMP_EV_CALL_LINE && personal && (event->f.has & AMP_HAS(REF)) != 0;
}

static unsigned rows_of(const struct amp_event *event, bool personal, const struct row *out[PARTS])
{
    unsigned n = 0;
    if (is_transferred(event)) {
        out[n++] = &transferred_row;
    }
    if (event->kind != AMP_EV_CALL_LINE || is_start_again(event, personal)) {
        out[n++] = &rows[event->kind];
    }
    if (is_tracked(event)) {
        out[n++] = &merged_row;
    }
    return n;
}

unsigned amp_i3_parts(const struct amp_event *event, bool personal)
{
    const struct row *row[PARTS];
    return rows_of(event, personal && !event->gone, row);
}

/* ---- what all have (4.12.3.1) ---- */

/* The network's own name of the call where it gave one; what SIP calls it. A call begins by the
 * names that it had then, whatever it was called later. */
static void call_names_write(const struct telling *t)
{
    const struct amp_call *call = call_of(t);
    const bool begins = t->event->kind == AMP_EV_CALL_RECEIVED;
    struct amp_str ref = {0}, sip = {0};
    if (call == NULL) {
        return;
    }
    if (t->personal) {
        ref = begins ? t->event->f.ref : amp_str_of(call->ref);
        sip = begins ? t->event->f.sip_call : amp_str_of(call->sip_call);
    }
    const bool named = amp_str_starts(ref, AMP_STR(CALL_URN));
    amp_json_str_of(t->js, "callId", named ? ref : amp_uid_call(t->server, call->id, t->arena));
    if (sip.len > 0 || (ref.len > 0 && !named)) {
        amp_json_str_of(t->js, "callIdSip", sip.len > 0 ? sip : ref);
    }
}

/* The incident that it is of: ours; of a call that begins, as the network named it before. */
static struct amp_str incident_of(const struct telling *t)
{
    const struct amp_event *event = t->event;
    if (t->row != &merged_row && is_tracked(event)) {
        return event->f.tracking;
    }
    return amp_uid_incident(
        t->server, event->kind == AMP_EV_INCIDENT_MERGED ? event->f.into : event->f.incident,
        t->arena);
}

static void event_write(const struct telling *t)
{
    const struct amp_event *event = t->event;
    const struct amp_i3 *i3 = t->server->config.i3;
    amp_json_open(t->js, '{');
    amp_json_str_of(t->js, "clientAssignedIdentifier",
                    amp_arena_printf(t->arena, "%llu.%u:%s", (unsigned long long)event->seq,
                                     t->part, i3->element));
    amp_json_text_of(t->js, "logEventType", t->row->type);
    amp_json_time_of(t->js, "timestamp", event->time_us);
    amp_json_text_of(t->js, "elementId", i3->element);
    amp_json_text_of(t->js, "agencyId", i3->agency);
    if (event->role == AMP_ROLE_CALL_TAKER || event->role == AMP_ROLE_DISPATCHER ||
        event->role == AMP_ROLE_SUPERVISOR) {
        amp_json_str_of(t->js, "agencyAgentId",
                        amp_arena_printf(t->arena, "%.*s@%s", (int)event->actor.len,
                                         event->actor.ptr, i3->agency));
    }
    call_names_write(t);
    amp_json_str_of(t->js, "incidentId", incident_of(t));
    t->row->write(t);
    amp_json_close(t->js, '}');
}

amp_err amp_i3_write(const struct amp_server *server, const struct amp_event *event, unsigned part,
                     bool personal, struct amp_arena *arena, struct amp_buf *out,
                     struct amp_why *why)
{
    const bool whole = personal && !event->gone;
    const struct row *row[PARTS];
    if (part >= rows_of(event, whole, row)) {
        return AMP_E_RANGE;
    }
    struct amp_buf text = amp_buf_make(EVENT_BYTES);
    struct amp_json js = amp_json_make(&text);
    const struct telling telling = {.server = server,
                                    .event = event,
                                    .part = part,
                                    .row = row[part],
                                    .arena = arena,
                                    .js = &js,
                                    .personal = whole};
    event_write(&telling);
    amp_err err = amp_arena_failed(arena) ? AMP_E_NOMEM : amp_buf_err(&text);
    err = err ? err : amp_jws_write(server->config.i3->signer, amp_buf_view(&text), out, why);
    amp_buf_free(&text);
    return err;
}
