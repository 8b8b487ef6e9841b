/*
 * Commands and events: rows of two tables over one dictionary of fields, and their JSON form.
 *
 * A word means one thing everywhere: the dictionary gives each field its name on the wire, its type
 * and whether it is personal. A row of the event or command table says which fields it must and may
 * carry. Parser, emitter, validation and the API description come from these rows.
 *
 * The JSON form of an event, one object a record of the journal, keys in dictionary order:
 *   {"v":2,"kind":"call-received","time":"2026-11-23T10:00:00.5Z","actor":"ana","role":"crew",
 *    "key":"...","incident":"I-1","call":"C-1","radius_m":20, ... ,"sealed":"pZ0..."}
 * The kind of a unit is called "unit_kind" there, since "kind" is the event's own.
 *
 * Version 2 seals: all personal fields of an event, as one JSON object in dictionary order, go
 * under the key of its incident into "sealed" (base64 of the seal of base/crypto.h, which says the
 * bytes). The seal is bound to "amparo-event-1\n" kind "\n" incident or "-" "\n" time, so that it
 * cannot be moved to another event. Under the service's own key (incident 0) stand the personal
 * fields of an event without an incident, and the reason of an erasure: it has to outlive the
 * incident's key. Without personal fields there is no "sealed". Version 1 has them as plain
 * members.
 *
 * Rules that keep an old journal loading for ever:
 *   1. A kind or a field is never renamed, retyped or removed; new ones are added.
 *   2. A reader accepts every version up to its own and ignores unknown members.
 *   3. A new required field gets a default for older versions, in the row.
 *   4. Times are UTC. Positions are exact: 7 decimals.
 *   5. A key that is gone takes the personal fields with it, and nothing else: the event is read as
 *      `gone`, and folds like any other.
 */
#ifndef AMP_MODEL_EVENT_H
#define AMP_MODEL_EVENT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/geo.h"
#include "model/alert.h"
#include "model/exchange.h"
#include "model/extent.h"
#include "model/ids.h"
#include "model/life.h"
#include "model/role.h"
#include "model/warning.h"

enum {
    AMP_EVENT_VERSION = 2,     /* sealed; 1: plain */
    AMP_LIST_MAX = 16,         /* entries of a list field */
    AMP_WORD_MAX = 32,         /* bytes of an identifier: unit, station, type, capability, ... */
    AMP_LINE_MAX = 256,        /* bytes of a name, number, place, label, reason */
    AMP_TEXT_MAX = 8192,       /* bytes of words and notes */
    AMP_DOCUMENT_MAX = 49152,  /* bytes of a document that came from outside */
    AMP_KEY_MAX = 64,          /* bytes of an idempotency key */
    AMP_PRINT_MAX = 65535,     /* of the print beside it */
    AMP_EVENT_BYTES = 1 << 17, /* of an event's JSON; also of the body of a command */
    AMP_PRIORITY_MAX = 5,      /* 1 is most urgent; 0 is not set */
    AMP_LEVEL_MAX = 9          /* of alarm; 1 is what the first dispatch is for */
};

enum amp_field_type {
    AMP_TYPE_INCIDENT, /* struct amp_incident_id */
    AMP_TYPE_CALL,
    AMP_TYPE_CLOSURE,
    AMP_TYPE_WORD,     /* struct amp_str, [a-zA-Z0-9._-], at most AMP_WORD_MAX */
    AMP_TYPE_LINE,     /* struct amp_str, one line of UTF-8, at most AMP_LINE_MAX */
    AMP_TYPE_TEXT,     /* struct amp_str, UTF-8, at most AMP_TEXT_MAX */
    AMP_TYPE_DOCUMENT, /* struct amp_str, UTF-8, at most AMP_DOCUMENT_MAX */
    AMP_TYPE_POS,      /* struct amp_pos, {"lat":..,"lon":..} */
    AMP_TYPE_TIME,     /* int64_t us, RFC 3339 */
    AMP_TYPE_INT,      /* int64_t within the field's limits */
    AMP_TYPE_BOOL,
    AMP_TYPE_STATUS, /* enum amp_unit_status by name */
    AMP_TYPE_ROLE,   /* enum amp_role by name */
    AMP_TYPE_WORDS,  /* struct amp_words, array of words */
    AMP_TYPE_SHAPE,  /* enum amp_shape by name */
    AMP_TYPE_POINTS  /* struct amp_points, [[lat,lon],...], at most AMP_POINTS_MAX */
};

struct amp_words {
    struct amp_str word[AMP_LIST_MAX];
    size_t n;
};

/* X(ENUMERATOR, member and wire name, type, C type, personal, low, high) */
#define AMP_FIELD_TABLE(X)                                                                         \
    X(INCIDENT, incident, AMP_TYPE_INCIDENT, struct amp_incident_id, false, 0, 0)                  \
    X(INTO, into, AMP_TYPE_INCIDENT, struct amp_incident_id, false, 0, 0)                          \
    X(FROM, from, AMP_TYPE_INCIDENT, struct amp_incident_id, false, 0, 0)                          \
    X(CALL, call, AMP_TYPE_CALL, struct amp_call_id, false, 0, 0)                                  \
    X(CLOSURE, closure, AMP_TYPE_CLOSURE, struct amp_closure_id, false, 0, 0)                      \
    X(MESSAGE, message, AMP_TYPE_INT, int64_t, false, 1, INT32_MAX)                                \
    X(PART, part, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                      \
    X(LINK, link, AMP_TYPE_INT, int64_t, false, 1, INT32_MAX)                                      \
    X(BYTES, bytes, AMP_TYPE_INT, int64_t, false, 1, INT64_C(1) << 40)                             \
    X(UNIT, unit, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                      \
    X(PARTNER, partner, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                \
    X(STATION, station, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                \
    X(NUMBER, number, AMP_TYPE_LINE, struct amp_str, true, 0, 0)                                   \
    X(NAME, name, AMP_TYPE_LINE, struct amp_str, true, 0, 0)                                       \
    X(WORDS, words, AMP_TYPE_TEXT, struct amp_str, true, 0, 0)                                     \
    X(TEXT, text, AMP_TYPE_TEXT, struct amp_str, true, 0, 0)                                       \
    X(DOCUMENT, document, AMP_TYPE_DOCUMENT, struct amp_str, false, 0, 0)                          \
    X(DEVICE, device, AMP_TYPE_LINE, struct amp_str, true, 0, 0)                                   \
    X(POS, pos, AMP_TYPE_POS, struct amp_pos, true, 0, 0)                                          \
    X(PLACE, place, AMP_TYPE_LINE, struct amp_str, true, 0, 0)                                     \
    X(RADIUS_M, radius_m, AMP_TYPE_INT, int64_t, false, 0, 20037509)                               \
    X(CONFIDENCE_PCT, confidence_pct, AMP_TYPE_INT, int64_t, false, 0, 100)                        \
    X(SOURCE, source, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                  \
    X(FIX_TIME, fix_time, AMP_TYPE_TIME, int64_t, false, 0, 0)                                     \
    X(TYPE, type, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                      \
    X(PRIORITY, priority, AMP_TYPE_INT, int64_t, false, 1, AMP_PRIORITY_MAX)                       \
    X(LEVEL, level, AMP_TYPE_INT, int64_t, false, 1, AMP_LEVEL_MAX)                                \
    X(STATUS, status, AMP_TYPE_STATUS, enum amp_unit_status, false, 0, 0)                          \
    X(KIND, kind, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                      \
    X(CAPABILITIES, capabilities, AMP_TYPE_WORDS, struct amp_words, false, 0, 0)                   \
    X(CREW, crew, AMP_TYPE_INT, int64_t, false, 0, 99)                                             \
    X(SITE, site, AMP_TYPE_POS, struct amp_pos, false, 0, 0)                                       \
    X(LABEL, label, AMP_TYPE_LINE, struct amp_str, false, 0, 0)                                    \
    X(ETA_S, eta_s, AMP_TYPE_INT, int64_t, false, 0, 864000)                                       \
    X(BASIS, basis, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                    \
    X(DIVERT, divert, AMP_TYPE_BOOL, bool, false, 0, 0)                                            \
    X(HOSPITAL, hospital, AMP_TYPE_LINE, struct amp_str, true, 0, 0)                               \
    X(ALARM, alarm, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                    \
    X(REASON, reason, AMP_TYPE_LINE, struct amp_str, true, 0, 0)                                   \
    X(OUTCOME, outcome, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                \
    X(ACCOUNT, account, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                \
    X(ROLE, role, AMP_TYPE_ROLE, enum amp_role, false, 0, 0)                                       \
    X(AGENCY, agency, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                  \
    X(DISABLED, disabled, AMP_TYPE_BOOL, bool, false, 0, 0)                                        \
    X(SESSION, session, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                \
    X(SCOPES, scopes, AMP_TYPE_WORDS, struct amp_words, false, 0, 0)                               \
    X(FACTOR, factor, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                  \
    X(LOOK, look, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                      \
    X(VKEY, vkey, AMP_TYPE_LINE, struct amp_str, false, 0, 0)                                      \
    X(TOKEN, token, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                    \
    X(SHAPE, shape, AMP_TYPE_SHAPE, enum amp_shape, false, 0, 0)                                   \
    X(POINTS, points, AMP_TYPE_POINTS, struct amp_points, false, 0, 0)                             \
    X(HEADING_DEG, heading_deg, AMP_TYPE_INT, int64_t, false, 0, 359)                              \
    X(BOTH_WAYS, both_ways, AMP_TYPE_BOOL, bool, false, 0, 0)                                      \
    X(TIME_PERCENT, time_percent, AMP_TYPE_INT, int64_t, false, 0, AMP_EXTENT_SLOW_MAX)            \
    X(UNTIL, until, AMP_TYPE_TIME, int64_t, false, 0, 0)                                           \
    X(LASTING, lasting, AMP_TYPE_BOOL, bool, false, 0, 0)                                          \
    X(FACILITY, facility, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                              \
    X(TRAFFIC, traffic, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                \
    X(REF, ref, AMP_TYPE_LINE, struct amp_str, true, 0, 0)                                         \
    X(LINE, line, AMP_TYPE_WORD, struct amp_str, false, 0, 0)                                      \
    X(HAPPENED, happened, AMP_TYPE_TIME, int64_t, false, 0, 0)                                     \
    X(WARNING, warning, AMP_TYPE_INT, int64_t, false, 1, INT32_MAX)                                \
    X(CREWS, crews, AMP_TYPE_INT, int64_t, false, 1, 64)                                           \
    X(SIP_CALL, sip_call, AMP_TYPE_LINE, struct amp_str, true, 0, 0)                               \
    X(TRACKING, tracking, AMP_TYPE_LINE, struct amp_str, false, 0, 0)

enum amp_field {
#define X(id, member, type, ctype, personal, low, high) AMP_FIELD_##id,
    AMP_FIELD_TABLE(X)
#undef X
    AMP_FIELD_COUNT
};

/* A set of fields: their AMP_FIELD_BITs. There are more fields than a word of the machine has bits.
 */
__extension__ typedef unsigned __int128 amp_field_set;
#define AMP_FIELD_BIT(field) ((amp_field_set)1 << (field))
#define AMP_HAS(id)          AMP_FIELD_BIT(AMP_FIELD_##id)
/* What a call is called by others. */
#define AMP_CALL_NAMES (AMP_HAS(REF) | AMP_HAS(SIP_CALL) | AMP_HAS(TRACKING))

struct amp_fields {
    amp_field_set has;
#define X(id, member, type, ctype, personal, low, high) ctype member;
    AMP_FIELD_TABLE(X)
#undef X
};

_Static_assert(AMP_FIELD_COUNT <= 128, "each field has its bit in a set of fields");

/* The agency or the unit of what is changed, or the reason of a closure, when it is to have none
 * any more. No agency and no unit is ever called so. */
#define AMP_CLEAR "-"

extern const amp_field_set amp_fields_personal;

struct amp_field_row {
    const char *name;
    enum amp_field_type type;
    bool personal;
    int64_t low, high;
    size_t offset; /* in struct amp_fields */
};
extern const struct amp_field_row amp_field_rows[AMP_FIELD_COUNT];

enum amp_event_kind {
    AMP_EV_INCIDENT_OPENED,
    AMP_EV_CALL_RECEIVED,
    AMP_EV_CALL_LOCATED,
    AMP_EV_CALL_ENDED,
    AMP_EV_INCIDENT_TRIAGED,
    AMP_EV_INCIDENT_PLACED,
    AMP_EV_NOTE_ADDED,
    AMP_EV_UNIT_DISPATCHED, /* with `from`: diverted from there; `agency`: lent to it */
    AMP_EV_UNIT_RELEASED,
    AMP_EV_UNIT_STATUS,
    AMP_EV_INCIDENT_CLOSED,
    AMP_EV_INCIDENT_REOPENED,
    AMP_EV_INCIDENT_MERGED,
    AMP_EV_STATION_ADDED,
    AMP_EV_UNIT_ADDED,
    AMP_EV_UNIT_CHANGED,
    AMP_EV_CLOSURE_MADE,
    AMP_EV_CLOSURE_LIFTED,
    AMP_EV_ALARM_RAISED, /* a timer ran out: `alarm` says which */
    AMP_EV_ALARM_ACKNOWLEDGED,
    AMP_EV_AGENCY_ADDED,
    AMP_EV_ACCOUNT_ADDED,
    AMP_EV_ACCOUNT_CHANGED, /* agency or unit AMP_CLEAR: it has none any more */
    AMP_EV_CREDENTIAL_SET,  /* `disabled`: removed */
    AMP_EV_SESSION_OPENED,
    AMP_EV_SESSION_ENDED,
    AMP_EV_LOGIN_FAILED, /* `account` only if there is one of this name */
    AMP_EV_TOKEN_MADE,
    AMP_EV_TOKEN_REVOKED,
    AMP_EV_INCIDENT_VIEWED, /* somebody looked: `look` says at what */
    AMP_EV_LOG_VIEWED,      /* the same for what belongs to no single incident */
    AMP_EV_INCIDENT_SHARED,
    AMP_EV_INCIDENT_UNSHARED,
    AMP_EV_HOLD_PLACED, /* must not be erased until the hold is lifted */
    AMP_EV_HOLD_LIFTED,
    AMP_EV_INCIDENT_ERASED, /* its key, and the keys of what was merged into it, are gone */
    AMP_EV_LOG_KEY_SET,
    AMP_EV_WITNESS_ADDED,     /* whose cosignatures of the log are taken */
    AMP_EV_CLOSURE_CHANGED,   /* all that is so from now on, as closure-made has it */
    AMP_EV_CLOSURE_RESTORED,  /* one that was lifted; without `until` for good */
    AMP_EV_MAP_REPLACED,      /* `label`: the version of the map in force from here on */
    AMP_EV_MESSAGE_DISCARDED, /* one that its sender believes taken: `source` and why, not what it
                                 said */
    AMP_EV_MESSAGE_RECEIVED,  /* a text of a caller, or one part of a long one */
    AMP_EV_MESSAGE_QUEUED,    /* the desk answers: before it is sent */
    AMP_EV_MESSAGE_SENT,      /* a gateway took it */
    AMP_EV_MESSAGE_DELIVERED, /* the caller's phone has it */
    AMP_EV_MESSAGE_FAILED,    /* it will not be tried again */
    AMP_EV_HOSPITAL_ADDED,
    AMP_EV_HOSPITAL_CHANGED,    /* `disabled`: crews go there no more */
    AMP_EV_HOSPITAL_STATUS_SET, /* `traffic`: whether it takes patients; without a reason, none */
    AMP_EV_WEBHOOK_ADDED,       /* where to and what signs it is beside the log */
    AMP_EV_WEBHOOK_REMOVED,
    AMP_EV_CALL_LINE,         /* what the telephone system tells of a call that goes on */
    AMP_EV_TRANSFER_OFFERED,  /* an incident, to a partner centre; `fix_time` names the offer */
    AMP_EV_TRANSFER_RECEIVED, /* an offer of a partner; `label`: what the partner calls it */
    AMP_EV_TRANSFER_ACCEPTED, /* by whom it was offered to: us or the partner */
    AMP_EV_TRANSFER_REFUSED,
    AMP_EV_TRANSFER_FAILED, /* our offer did not arrive */
    AMP_EV_PARTNER_NOTE,    /* `label` names the note at the partner's */
    AMP_EV_PARTNER_STATE,   /* `label`: of the partner's part */
    AMP_EV_PARTNER_UNIT,    /* `label`: a crew of the partner's; available: it is off */
    AMP_EV_ALERT_RECEIVED,  /* `label` is its reference in CAP: sender,identifier,sent */
    AMP_EV_ALERT_ENDED,     /* `outcome`: updated, cancelled or expired; perhaps before it came */
    AMP_EV_LINK_OFFERED,    /* to a caller: `token` is the hash of what opens it */
    AMP_EV_LINK_TAKEN,      /* by a tap: `token` is the hash of their phone's */
    AMP_EV_LINK_STOPPED,    /* `outcome`: caller, desk, expired, replaced */
    AMP_EV_MEDIUM_SHARED,   /* `label`: hash of the sealed file; `text`: of what was sent, sealed */
    AMP_EV_ALARM_LEVEL_SET, /* the incident needs more from here on, or it was no such one */
    AMP_EV_ALERT_REFUSED,   /* `outcome`: what its signature is, which had to be valid */
    AMP_EV_MEDIUM_TAKEN,    /* by a crew on the incident; otherwise as medium-shared */
    AMP_EV_WARNING_DRAFTED, /* or written anew: `document` is what was composed */
    AMP_EV_WARNING_ISSUED,  /* a first one or an update: `document` is the CAP message */
    AMP_EV_WARNING_CANCELLED, /* the cancellation, a message of its own */
    AMP_EV_WARNING_ENDED,     /* `outcome`: updated, cancelled, expired, or a draft discarded */
    AMP_EV_AID_REQUESTED,     /* `agency` is asked for `crews` crews with all of `capabilities` */
    AMP_EV_AID_AGREED,        /* it sends crews of its own; the sharing is an event beside it */
    AMP_EV_AID_REFUSED,
    AMP_EV_AID_WITHDRAWN,
    AMP_EV_COUNT
};

enum amp_command_kind {
    AMP_CMD_TAKE_CALL, /* a call for help; opens an incident unless `incident` names one */
    AMP_CMD_LOCATE_CALL,
    AMP_CMD_END_CALL,
    AMP_CMD_OPEN_INCIDENT,
    AMP_CMD_TRIAGE,
    AMP_CMD_PLACE,
    AMP_CMD_ADD_NOTE,
    AMP_CMD_DISPATCH, /* `divert` must be true to take a busy unit; `agency`: whose desk sends */
    AMP_CMD_RELEASE,
    AMP_CMD_SET_STATUS,
    AMP_CMD_CLOSE,
    AMP_CMD_REOPEN,
    AMP_CMD_MERGE,
    AMP_CMD_ADD_STATION,
    AMP_CMD_ADD_UNIT,
    AMP_CMD_CHANGE_UNIT,
    AMP_CMD_MAKE_CLOSURE,
    AMP_CMD_LIFT_CLOSURE,
    AMP_CMD_ACKNOWLEDGE_ALARM,
    AMP_CMD_TICK, /* time has passed: run the timers */
    AMP_CMD_ADD_AGENCY,
    AMP_CMD_ADD_ACCOUNT,
    AMP_CMD_CHANGE_ACCOUNT,
    AMP_CMD_SET_CREDENTIAL,
    AMP_CMD_OPEN_SESSION,
    AMP_CMD_END_SESSION,
    AMP_CMD_FAIL_LOGIN,
    AMP_CMD_MAKE_TOKEN,
    AMP_CMD_REVOKE_TOKEN,
    AMP_CMD_VIEW_INCIDENT,
    AMP_CMD_VIEW_LIST,
    AMP_CMD_SHARE_INCIDENT,
    AMP_CMD_UNSHARE_INCIDENT,
    AMP_CMD_HOLD,
    AMP_CMD_LIFT_HOLD,
    AMP_CMD_ERASE,
    AMP_CMD_SET_LOG_KEY,
    AMP_CMD_ADD_WITNESS,
    AMP_CMD_CHANGE_CLOSURE,
    AMP_CMD_RESTORE_CLOSURE,
    AMP_CMD_REPLACE_MAP,
    AMP_CMD_DISCARD_MESSAGE,
    AMP_CMD_OFFER_TRANSFER,
    AMP_CMD_ANSWER_TRANSFER, /* `outcome`: accepted or refused */
    AMP_CMD_FAIL_TRANSFER,
    AMP_CMD_TAKE_EXCHANGE, /* what a partner centre tells; with `exchange` */
    AMP_CMD_TAKE_ALERTS,   /* with `alerts` */
    AMP_CMD_TAKE_MESSAGE,  /* a text from a number: joins its call, or is a new one */
    AMP_CMD_WRITE_MESSAGE,
    AMP_CMD_SETTLE_MESSAGE, /* what became of one: `outcome` is sent, delivered or failed */
    AMP_CMD_ADD_HOSPITAL,
    AMP_CMD_CHANGE_HOSPITAL,
    AMP_CMD_SET_HOSPITAL_STATUS,
    AMP_CMD_ADD_WEBHOOK,
    AMP_CMD_REMOVE_WEBHOOK,
    AMP_CMD_SET_LEVEL,   /* of alarm: `text` says why, and must when it goes down */
    AMP_CMD_FOLLOW_CALL, /* what the telephone system tells: a new call unless `call` names one */
    AMP_CMD_OFFER_LINK,
    AMP_CMD_TAKE_LINK, /* the tap: by the same phone again it changes nothing */
    AMP_CMD_STOP_LINK,
    AMP_CMD_SHARE_TEXT,
    AMP_CMD_SHARE_MEDIUM,
    AMP_CMD_TAKE_MEDIUM,
    AMP_CMD_DRAFT_WARNING, /* the draft `warning`, or a new one */
    AMP_CMD_ISSUE_WARNING, /* the draft `warning`; `outcome` is what becomes of `ends` */
    AMP_CMD_DISCARD_WARNING,
    AMP_CMD_ASK_AID,
    AMP_CMD_ANSWER_AID, /* `outcome`: agreed or refused */
    AMP_CMD_WITHDRAW_AID,
    AMP_CMD_COUNT
};

struct amp_kind_row {
    const char *name;   /* "unit-dispatched" */
    const char *words;  /* one line for help and the API description */
    amp_field_set must; /* fields that have to be there */
    amp_field_set may;  /* fields that can be there */
};
extern const struct amp_kind_row amp_event_rows[AMP_EV_COUNT];
extern const struct amp_kind_row amp_command_rows[AMP_CMD_COUNT];

struct amp_event {
    enum amp_event_kind kind;
    uint64_t seq;         /* number in the journal; 0 until it has one; not in the JSON */
    int64_t time_us;      /* when it happened, as the deciding server saw it */
    struct amp_str actor; /* who: "ana", "M12", "timer" */
    enum amp_role role;   /* of the actor at that moment; AMP_ROLE_NONE: not known, not written */
    struct amp_str
        key; /* idempotency key of the command; may be empty; first event of a command only */
    uint32_t print; /* beside a key: of the request it came with, 1..AMP_PRINT_MAX; 0 unknown. So
                       short that it finds a mistake and gives away nothing of what is personal */
    bool gone;      /* had personal fields that cannot be read any more: their key was destroyed */
    struct amp_fields f;
};

struct amp_command {
    enum amp_command_kind kind;
    int64_t time_us; /* now */
    struct amp_str actor;
    enum amp_role role;
    struct amp_str key;
    uint32_t print; /* of the request; 0: not compared with an earlier one */
    struct amp_fields f;
    const struct amp_alert_report *alerts; /* of take-alerts; NULL without. Borrowed */
    const struct amp_exchange *exchange;   /* of take-exchange; NULL without. Borrowed */
    uint32_t ends; /* of issue-warning: the one that this is about; 0 none */
};

/* Where the keys of incidents come from. Incident 0 is the service's own key. */
struct amp_sealer {
    void *ctx;
    /* AMP_E_NOT_FOUND: there is none (any more). Any other error: it may be there. */
    amp_err (*key)(void *ctx, struct amp_incident_id id, uint8_t out[AMP_KEY]);
    void (*nonce)(void *ctx, uint8_t out[AMP_NONCE]); /* never twice the same; only for writing */
};

/* The incident under whose key the personal fields of an event stand. */
struct amp_incident_id amp_event_key_of(const struct amp_event *event);
/* Head and fields obey the rows. A gone event need not have the personal fields of its row. */
AMP_MUST amp_err amp_event_check(const struct amp_event *event, struct amp_why *why);
/* One JSON object. Asserts that the event obeys its row and is not gone. sealer NULL: version 1,
 * plain, for what is never stored. A key that is not there makes the buffer fail with
 * AMP_E_NOT_FOUND. */
void amp_event_write(const struct amp_event *event, const struct amp_sealer *sealer,
                     struct amp_buf *out);
/* Texts are copied into the arena. AMP_E_SYNTAX / AMP_E_MISSING / AMP_E_RANGE with a sentence;
 * AMP_E_CORRUPT: a seal that was altered, moved, or made with another key than the given one.
 * Without sealer or key a sealed event is gone. */
AMP_MUST amp_err amp_event_read(struct amp_str json, const struct amp_sealer *sealer,
                                struct amp_arena *arena, struct amp_event *out,
                                struct amp_why *why);
/* The fields of a command from the JSON body of a request: unknown members are refused (a typing
 * error must not vanish), `given` (bits set by the caller, e.g. the incident from the path) need
 * not and must not be in the body. An empty body counts as {}. A position may be written as its
 * member ("pos" or "site") or as "lat" and "lon" beside the others. */
AMP_MUST amp_err amp_command_read(enum amp_command_kind kind, struct amp_str json,
                                  amp_field_set given, struct amp_arena *arena,
                                  struct amp_fields *fields, struct amp_why *why);
/* Checks types and limits of fields set by code or read from elsewhere against the command's row.
 */
AMP_MUST amp_err amp_command_check(const struct amp_command *command, struct amp_why *why);

#endif
