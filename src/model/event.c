/* Events and commands as rows: name, words, which fields they must and may carry. */
#include "model/event.h"
#include "base/timefmt.h"
#include "model/field.h"
#include <assert.h>

#define H     AMP_HAS
#define HOW   (H(RADIUS_M) | H(CONFIDENCE_PCT) | H(SOURCE) | H(FIX_TIME))
#define WHERE (H(POS) | HOW)
#define HOW_CLOSED                                                                                 \
    (H(SHAPE) | H(RADIUS_M) | H(POINTS) | H(HEADING_DEG) | H(TIME_PERCENT) | H(UNTIL) | H(REASON))

/* Rows: name, words, must, may. Laid out by hand. */
/* clang-format off */
#define ROW(...) {__VA_ARGS__}

const struct amp_kind_row amp_event_rows[AMP_EV_COUNT] = {
    [AMP_EV_INCIDENT_OPENED] = ROW("incident-opened",
        "an incident exists from here on", H(INCIDENT),
        H(CALL) | WHERE | H(PLACE) | H(TYPE) | H(PRIORITY) | H(AGENCY)),
    [AMP_EV_CALL_RECEIVED] = ROW("call-received",
        "a call for help came in", H(INCIDENT) | H(CALL),
        H(NUMBER) | H(NAME) | H(WORDS) | H(DEVICE) | WHERE | H(REF) | H(LINE)),
    [AMP_EV_CALL_LOCATED] = ROW("call-located",
        "where a caller is", H(INCIDENT) | H(CALL) | H(POS),
        HOW),
    [AMP_EV_CALL_ENDED] = ROW("call-ended",
        "a caller is off the line", H(INCIDENT) | H(CALL),
        H(REASON) | H(LINE)),
    [AMP_EV_INCIDENT_TRIAGED] = ROW("incident-triaged",
        "type or priority was set", H(INCIDENT),
        H(TYPE) | H(PRIORITY) | H(REASON)),
    [AMP_EV_INCIDENT_PLACED] = ROW("incident-placed",
        "where the incident is", H(INCIDENT),
        H(CALL) | WHERE | H(PLACE)),
    [AMP_EV_NOTE_ADDED] = ROW("note-added",
        "somebody wrote a note", H(INCIDENT) | H(TEXT), H(UNIT)),
    [AMP_EV_UNIT_DISPATCHED] = ROW("unit-dispatched",
        "a unit was sent", H(INCIDENT) | H(UNIT),
        H(FROM) | H(ETA_S) | H(BASIS) | H(REASON)),
    [AMP_EV_UNIT_RELEASED] = ROW("unit-released",
        "a unit left its incident and has `status` now; `into`: diverted to",
        H(INCIDENT) | H(UNIT) | H(STATUS), H(INTO) | H(REASON)),
    [AMP_EV_UNIT_STATUS] = ROW("unit-status",
        "a unit reported, and keeps or has no incident",
        H(UNIT) | H(STATUS), H(INCIDENT) | H(HOSPITAL) | H(REASON)),
    [AMP_EV_INCIDENT_CLOSED] = ROW("incident-closed",
        "nothing more is to be done", H(INCIDENT),
        H(OUTCOME) | H(TEXT) | H(REASON)),
    [AMP_EV_INCIDENT_REOPENED] = ROW("incident-reopened",
        "more is to be done after all", H(INCIDENT),
        H(REASON)),
    [AMP_EV_INCIDENT_MERGED] = ROW("incident-merged",
        "it was the same as `into`, which has its calls, notes and units",
        H(INCIDENT) | H(INTO), H(REASON)),
    [AMP_EV_STATION_ADDED] = ROW("station-added",
        "a station", H(STATION) | H(LABEL) | H(SITE), 0),
    [AMP_EV_UNIT_ADDED] = ROW("unit-added",
        "a unit", H(UNIT) | H(KIND) | H(CAPABILITIES),
        H(STATION) | H(CREW) | H(AGENCY)),
    [AMP_EV_UNIT_CHANGED] = ROW("unit-changed",
        "what a unit is or can do changed", H(UNIT),
        H(KIND) | H(CAPABILITIES) | H(STATION) | H(CREW) | H(AGENCY)),
    [AMP_EV_CLOSURE_MADE] = ROW("closure-made",
        "roads are closed, or slower than usual", H(CLOSURE) | H(SITE),
        HOW_CLOSED),
    [AMP_EV_CLOSURE_LIFTED] = ROW("closure-lifted",
        "the roads are as usual again", H(CLOSURE), H(REASON)),
    [AMP_EV_ALARM_RAISED] = ROW("alarm-raised",
        "a timer ran out, or nobody is on the way any more",
        H(INCIDENT) | H(ALARM), H(UNIT) | H(REASON)),
    [AMP_EV_ALARM_ACKNOWLEDGED] = ROW("alarm-acknowledged",
        "somebody looks after the alarm",
        H(INCIDENT) | H(ALARM), H(UNIT) | H(REASON)),
    [AMP_EV_AGENCY_ADDED] = ROW("agency-added",
        "an agency that shares this service", H(AGENCY) | H(LABEL), 0),
    [AMP_EV_ACCOUNT_ADDED] = ROW("account-added",
        "a person or program that may log in", H(ACCOUNT) | H(ROLE),
        H(AGENCY) | H(UNIT)),
    [AMP_EV_ACCOUNT_CHANGED] = ROW("account-changed",
        "what an account may do changed; agency or unit \"-\": none any more", H(ACCOUNT),
        H(ROLE) | H(AGENCY) | H(UNIT) | H(DISABLED)),
    [AMP_EV_CREDENTIAL_SET] = ROW("credential-set",
        "a password, second factor or set-up link was made, or removed (`disabled`)",
        H(ACCOUNT) | H(FACTOR), H(DISABLED)),
    [AMP_EV_SESSION_OPENED] = ROW("session-opened",
        "somebody logged in", H(ACCOUNT) | H(SESSION) | H(FACTOR), 0),
    [AMP_EV_SESSION_ENDED] = ROW("session-ended",
        "somebody logged out, or was logged out", H(ACCOUNT) | H(SESSION), H(REASON)),
    [AMP_EV_LOGIN_FAILED] = ROW("login-failed",
        "somebody could not log in; `account` if there is such a one", H(FACTOR), H(ACCOUNT)),
    [AMP_EV_TOKEN_MADE] = ROW("token-made",
        "a program may act for an account", H(ACCOUNT) | H(TOKEN) | H(SCOPES), H(LABEL)),
    [AMP_EV_TOKEN_REVOKED] = ROW("token-revoked",
        "a program may not any more", H(ACCOUNT) | H(TOKEN), 0),
    [AMP_EV_INCIDENT_VIEWED] = ROW("incident-viewed",
        "somebody looked at an incident", H(INCIDENT) | H(LOOK), 0),
    [AMP_EV_LOG_VIEWED] = ROW("log-viewed",
        "somebody looked at a list, a stream or the audit", H(LOOK), 0),
    [AMP_EV_INCIDENT_SHARED] = ROW("incident-shared",
        "another agency may see an incident", H(INCIDENT) | H(AGENCY), 0),
    [AMP_EV_INCIDENT_UNSHARED] = ROW("incident-unshared",
        "an agency may not see it any more", H(INCIDENT) | H(AGENCY), 0),
    [AMP_EV_HOLD_PLACED] = ROW("hold-placed",
        "an incident must not be erased", H(INCIDENT), H(REASON)),
    [AMP_EV_HOLD_LIFTED] = ROW("hold-lifted",
        "an incident may be erased again", H(INCIDENT), 0),
    [AMP_EV_INCIDENT_ERASED] = ROW("incident-erased",
        "the personal data of an incident, and of all merged into it, are gone", H(INCIDENT),
        H(REASON)),
    [AMP_EV_LOG_KEY_SET] = ROW("log-key-set",
        "the key that signs the log from here on", H(VKEY), 0),
    [AMP_EV_WITNESS_ADDED] = ROW("witness-added",
        "whose cosignatures of the log are taken", H(VKEY), 0),
    [AMP_EV_CLOSURE_CHANGED] = ROW("closure-changed",
        "which roads, or how much, is different from now on", H(CLOSURE) | H(SITE),
        HOW_CLOSED),
    [AMP_EV_CLOSURE_RESTORED] = ROW("closure-restored",
        "a closure that was lifted is in force again", H(CLOSURE), H(UNTIL)),
    [AMP_EV_MAP_REPLACED] = ROW("map-replaced",
        "another map answers from here on; `label` is its version", H(LABEL), 0),
    [AMP_EV_MESSAGE_DISCARDED] = ROW("message-discarded",
        "a message of another system could not be used; `label` says why", H(SOURCE) | H(LABEL), 0),
    [AMP_EV_MESSAGE_RECEIVED] = ROW("message-received",
        "a caller's text came in; `part` if it is one of a long one: reference, of how many, which",
        H(INCIDENT) | H(CALL) | H(MESSAGE) | H(TEXT), H(PART) | H(SOURCE) | H(FIX_TIME)),
    [AMP_EV_MESSAGE_QUEUED] = ROW("message-queued",
        "somebody wrote to a caller; it is on its way out",
        H(INCIDENT) | H(CALL) | H(MESSAGE) | H(TEXT), 0),
    [AMP_EV_MESSAGE_SENT] = ROW("message-sent",
        "a gateway took a text to a caller", H(INCIDENT) | H(CALL) | H(MESSAGE), 0),
    [AMP_EV_MESSAGE_DELIVERED] = ROW("message-delivered",
        "a text reached the caller's phone", H(INCIDENT) | H(CALL) | H(MESSAGE), 0),
    [AMP_EV_MESSAGE_FAILED] = ROW("message-failed",
        "a text did not reach the caller, and is not tried again; `label` says why",
        H(INCIDENT) | H(CALL) | H(MESSAGE), H(LABEL)),
    [AMP_EV_HOSPITAL_ADDED] = ROW("hospital-added",
        "a hospital that crews go to", H(FACILITY) | H(LABEL) | H(SITE), H(CAPABILITIES)),
    [AMP_EV_HOSPITAL_CHANGED] = ROW("hospital-changed",
        "what a hospital is or can do changed; `disabled`: crews go there no more", H(FACILITY),
        H(LABEL) | H(SITE) | H(CAPABILITIES) | H(DISABLED)),
    [AMP_EV_HOSPITAL_STATUS_SET] = ROW("hospital-status-set",
        "whether a hospital takes patients: `traffic` is normal, advisory, closed or unknown",
        H(FACILITY) | H(TRAFFIC), H(REASON)),
    [AMP_EV_WEBHOOK_ADDED] = ROW("webhook-added",
        "another system is told of events: which kinds, and \"personal\" with personal data",
        H(TOKEN) | H(SCOPES), H(LABEL)),
    [AMP_EV_WEBHOOK_REMOVED] = ROW("webhook-removed",
        "another system is told no more", H(TOKEN), 0),
    [AMP_EV_ALARM_LEVEL_SET] = ROW("alarm-level-set",
        "a second, third ... alarm: what the plan adds is needed, too; a lower one corrects",
        H(INCIDENT) | H(LEVEL), 0),
    [AMP_EV_CALL_LINE] = ROW("call-line",
        "the telephone system rings for a call, or it was answered",
        H(INCIDENT) | H(CALL) | H(LINE), H(REF)),
};

const struct amp_kind_row amp_command_rows[AMP_CMD_COUNT] = {
    [AMP_CMD_TAKE_CALL] = ROW("take-call",
        "a call for help; opens an incident unless `incident` names one", 0,
        H(INCIDENT) | H(NUMBER) | H(NAME) | H(WORDS) | H(DEVICE) | WHERE |
        H(PLACE) | H(TYPE) | H(PRIORITY) | H(AGENCY) | H(TEXT)),
    [AMP_CMD_LOCATE_CALL] = ROW("locate-call",
        "where a caller is", H(CALL) | H(POS), HOW),
    [AMP_CMD_END_CALL] = ROW("end-call",
        "the caller is off the line", H(CALL), H(REASON)),
    [AMP_CMD_OPEN_INCIDENT] = ROW("open-incident",
        "an incident without a call", 0,
        WHERE | H(PLACE) | H(TYPE) | H(PRIORITY) | H(AGENCY)),
    [AMP_CMD_TRIAGE] = ROW("triage",
        "set type or priority", H(INCIDENT),
        H(TYPE) | H(PRIORITY) | H(REASON) | H(TEXT)),
    [AMP_CMD_PLACE] = ROW("place",
        "say where the incident is", H(INCIDENT), WHERE | H(PLACE)),
    [AMP_CMD_ADD_NOTE] = ROW("add-note",
        "write a note", H(INCIDENT) | H(TEXT), H(UNIT)),
    [AMP_CMD_DISPATCH] = ROW("dispatch",
        "send a unit; `divert` takes it from another incident",
        H(INCIDENT) | H(UNIT), H(DIVERT) | H(ETA_S) | H(BASIS) | H(REASON)),
    [AMP_CMD_RELEASE] = ROW("release",
        "take a unit off its incident", H(UNIT),
        H(INCIDENT) | H(REASON)),
    [AMP_CMD_SET_STATUS] = ROW("set-status",
        "what a unit reports", H(UNIT) | H(STATUS),
        H(HOSPITAL) | H(REASON)),
    [AMP_CMD_CLOSE] = ROW("close",
        "close an incident and release its units", H(INCIDENT),
        H(OUTCOME) | H(TEXT) | H(REASON)),
    [AMP_CMD_REOPEN] = ROW("reopen",
        "open a closed incident again", H(INCIDENT), H(REASON)),
    [AMP_CMD_MERGE] = ROW("merge",
        "two incidents are one: `incident` goes into `into`",
        H(INCIDENT) | H(INTO), H(REASON)),
    [AMP_CMD_ADD_STATION] = ROW("add-station",
        "add a station", H(STATION) | H(LABEL) | H(SITE), 0),
    [AMP_CMD_ADD_UNIT] = ROW("add-unit",
        "add a unit", H(UNIT) | H(KIND) | H(CAPABILITIES),
        H(STATION) | H(CREW) | H(AGENCY)),
    [AMP_CMD_CHANGE_UNIT] = ROW("change-unit",
        "change what a unit is or can do", H(UNIT),
        H(KIND) | H(CAPABILITIES) | H(STATION) | H(CREW) | H(AGENCY)),
    [AMP_CMD_MAKE_CLOSURE] = ROW("make-closure",
        "close roads, or make them slower; without `shape` the road or circle at `site`", 0,
        H(SITE) | HOW_CLOSED),
    [AMP_CMD_LIFT_CLOSURE] = ROW("lift-closure",
        "let the roads be as usual again", H(CLOSURE), H(REASON)),
    [AMP_CMD_ACKNOWLEDGE_ALARM] = ROW("acknowledge-alarm",
        "say that somebody looks after it",
        H(INCIDENT), H(REASON)),
    [AMP_CMD_TICK] = ROW("tick",
        "time has passed: run the timers", 0, 0),
    [AMP_CMD_ADD_AGENCY] = ROW("add-agency",
        "add an agency", H(AGENCY) | H(LABEL), 0),
    [AMP_CMD_ADD_ACCOUNT] = ROW("add-account",
        "add a person or program", H(ACCOUNT) | H(ROLE), H(AGENCY) | H(UNIT)),
    [AMP_CMD_CHANGE_ACCOUNT] = ROW("change-account",
        "change role, agency or unit (\"-\": none any more) of an account, disable or enable it",
        H(ACCOUNT), H(ROLE) | H(AGENCY) | H(UNIT) | H(DISABLED)),
    [AMP_CMD_SET_CREDENTIAL] = ROW("set-credential",
        "say that a password, second factor or set-up link was made or removed (`disabled`)",
        H(ACCOUNT) | H(FACTOR), H(DISABLED)),
    [AMP_CMD_OPEN_SESSION] = ROW("open-session",
        "somebody logs in", H(ACCOUNT) | H(SESSION) | H(FACTOR), 0),
    [AMP_CMD_END_SESSION] = ROW("end-session",
        "somebody logs out, or is logged out", H(ACCOUNT) | H(SESSION), H(REASON)),
    [AMP_CMD_FAIL_LOGIN] = ROW("fail-login",
        "somebody could not log in; `account` if there is such a one", H(FACTOR), H(ACCOUNT)),
    [AMP_CMD_MAKE_TOKEN] = ROW("make-token",
        "let a program act for an account", H(ACCOUNT) | H(TOKEN) | H(SCOPES), H(LABEL)),
    [AMP_CMD_REVOKE_TOKEN] = ROW("revoke-token",
        "let a program act no more", H(ACCOUNT) | H(TOKEN), 0),
    [AMP_CMD_VIEW_INCIDENT] = ROW("view-incident",
        "somebody looks at an incident", H(INCIDENT) | H(LOOK), 0),
    [AMP_CMD_VIEW_LIST] = ROW("view-list",
        "somebody looks at a list, a stream or the audit", H(LOOK), 0),
    [AMP_CMD_SHARE_INCIDENT] = ROW("share-incident",
        "let another agency see an incident", H(INCIDENT) | H(AGENCY), 0),
    [AMP_CMD_UNSHARE_INCIDENT] = ROW("unshare-incident",
        "let it see the incident no more", H(INCIDENT) | H(AGENCY), 0),
    [AMP_CMD_HOLD] = ROW("hold",
        "forbid to erase an incident", H(INCIDENT), H(REASON)),
    [AMP_CMD_LIFT_HOLD] = ROW("lift-hold",
        "allow to erase it again", H(INCIDENT), 0),
    [AMP_CMD_ERASE] = ROW("erase",
        "erase the personal data of an incident, and of all merged into it", H(INCIDENT),
        H(REASON)),
    [AMP_CMD_SET_LOG_KEY] = ROW("set-log-key",
        "say which key signs the log from here on", H(VKEY), 0),
    [AMP_CMD_ADD_WITNESS] = ROW("add-witness",
        "take the cosignatures of a witness", H(VKEY), 0),
    [AMP_CMD_CHANGE_CLOSURE] = ROW("change-closure",
        "change which roads, which way (`both_ways`), how much, why or until when (`lasting`)",
        H(CLOSURE), H(SITE) | HOW_CLOSED | H(BOTH_WAYS) | H(LASTING)),
    [AMP_CMD_RESTORE_CLOSURE] = ROW("restore-closure",
        "put a closure that was lifted in force again", H(CLOSURE), H(UNTIL)),
    [AMP_CMD_REPLACE_MAP] = ROW("replace-map",
        "say which map answers from here on", H(LABEL), 0),
    [AMP_CMD_DISCARD_MESSAGE] = ROW("discard-message",
        "say that a message could not be used", H(SOURCE) | H(LABEL), 0),
    [AMP_CMD_TAKE_MESSAGE] = ROW("take-message",
        "a text from a number: joins the open incident of that number, or opens one",
        H(NUMBER) | H(TEXT), H(PART) | H(SOURCE) | H(FIX_TIME) | H(AGENCY)),
    [AMP_CMD_WRITE_MESSAGE] = ROW("write-message",
        "write to a caller; without `call` to the one who wrote last", H(INCIDENT) | H(TEXT),
        H(CALL)),
    [AMP_CMD_SETTLE_MESSAGE] = ROW("settle-message",
        "say what became of a text: `outcome` is sent, delivered or failed",
        H(MESSAGE) | H(OUTCOME), H(LABEL)),
    [AMP_CMD_ADD_HOSPITAL] = ROW("add-hospital",
        "add a hospital", H(FACILITY) | H(LABEL) | H(SITE), H(CAPABILITIES)),
    [AMP_CMD_CHANGE_HOSPITAL] = ROW("change-hospital",
        "change what a hospital is or can do, or take it off the list (`disabled`)", H(FACILITY),
        H(LABEL) | H(SITE) | H(CAPABILITIES) | H(DISABLED)),
    [AMP_CMD_SET_HOSPITAL_STATUS] = ROW("set-hospital-status",
        "say whether a hospital takes patients (`traffic`), and a word about it",
        H(FACILITY) | H(TRAFFIC), H(REASON)),
    [AMP_CMD_ADD_WEBHOOK] = ROW("add-webhook",
        "tell another system of events", H(TOKEN) | H(SCOPES), H(LABEL)),
    [AMP_CMD_REMOVE_WEBHOOK] = ROW("remove-webhook",
        "tell it no more", H(TOKEN), 0),
    [AMP_CMD_SET_LEVEL] = ROW("set-level",
        "raise the alarm to a level, or correct it downwards: then `text` has to say why",
        H(INCIDENT) | H(LEVEL), H(TEXT)),
    [AMP_CMD_FOLLOW_CALL] = ROW("follow-call",
        "what the telephone system tells of a call", H(REF) | H(LINE),
        H(INCIDENT) | H(CALL) | H(NUMBER) | H(NAME) | H(WORDS) | H(DEVICE) | WHERE | H(PLACE) |
        H(REASON) | H(AGENCY)),
};

/* clang-format on */

bool amp_key_valid(struct amp_str key)
{
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] < 0x21 || key.ptr[i] > 0x7e) {
            return false;
        }
    }
    return key.len <= AMP_KEY_MAX;
}

amp_err amp_command_check(const struct amp_command *command, struct amp_why *why)
{
    assert(command->kind < AMP_CMD_COUNT);
    if (command->time_us < AMP_TIME_MIN_US || command->time_us > AMP_TIME_MAX_US) {
        return amp_fail(why, AMP_E_RANGE, "the time of the command is not within the years 1-9999");
    }
    if (!amp_word_valid(command->actor)) {
        return amp_fail(why, AMP_E_RANGE,
                        "the actor must be a word of 1 to %d letters, digits, dots, dashes or "
                        "underscores",
                        AMP_WORD_MAX);
    }
    if (!amp_key_valid(command->key)) {
        return amp_fail(why, AMP_E_RANGE,
                        "the idempotency key must be at most %d printable ASCII characters without "
                        "blanks",
                        AMP_KEY_MAX);
    }
    if (command->role >= AMP_ROLES) {
        return amp_fail(why, AMP_E_RANGE, "the role of the actor is none of the known ones");
    }
    return amp_fields_check(&command->f, &amp_command_rows[command->kind], 0, why);
}

amp_err amp_event_check(const struct amp_event *event, struct amp_why *why)
{
    if (event->kind >= AMP_EV_COUNT || event->role >= AMP_ROLES) {
        return amp_fail(why, AMP_E_RANGE, "the kind or the role is none of the known ones");
    }
    if (!amp_word_valid(event->actor) || !amp_key_valid(event->key)) {
        return amp_fail(why, AMP_E_RANGE, "\"actor\" must be a word and \"key\" short ASCII");
    }
    return amp_fields_check(&event->f, &amp_event_rows[event->kind],
                            event->gone ? amp_fields_personal : 0, why);
}

struct amp_incident_id amp_event_key_of(const struct amp_event *event)
{
    bool own = event->kind == AMP_EV_INCIDENT_ERASED || !(event->f.has & AMP_HAS(INCIDENT));
    return own ? (struct amp_incident_id){0} : event->f.incident;
}
