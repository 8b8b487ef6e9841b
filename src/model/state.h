/*
 * The state: what the events add up to. Tables by number, owned by one thread.
 *
 * Nothing but amp_apply (response/apply.h) changes it. Reading it is free for the owning thread;
 * other threads get copies (model/view.h writes JSON).
 *
 * All texts belong to `texts` (model/texts.h). Those that are marked "own" below are personal, or
 * come and go; all others are shared. When an incident is erased, its own texts and positions, and
 * those of its calls, are overwritten, and nothing of them is left in here.
 */
#ifndef AMP_MODEL_STATE_H
#define AMP_MODEL_STATE_H

#include "base/geo.h"
#include "model/aid.h"
#include "model/event.h"
#include "model/exchange.h"
#include "model/texts.h"

enum {
    AMP_INCIDENTS_MAX = 1 << 24,
    AMP_CALLS_MAX = 1 << 25,
    AMP_MESSAGES_MAX = 1 << 26,
    AMP_INVITES_MAX = 1 << 25,
    AMP_MEDIA_MAX = 1 << 26,
    AMP_MEDIA_OF_LINK = 60,     /* pictures, videos and sounds by one link */
    AMP_MEDIA_OF_CREWS = 200,   /* of one incident, by all of its crews */
    AMP_MEDIA_BYTES = 32 << 20, /* of one of them */
    AMP_LINK_BYTES = 128 << 20, /* of all of a link */
    AMP_CREW_BYTES = 256 << 20, /* of all that the crews of an incident took */
    AMP_LINK_ITEMS = 4000,      /* positions and texts by one link */
    AMP_CLOSURES_MAX = 1 << 20,
    AMP_CLOSURES_IN_FORCE = 1024, /* at once: what the roads can know */
    AMP_UNITS_MAX = 20000,
    AMP_STATIONS_MAX = 10000,
    AMP_HOSPITALS_MAX = 10000,
    AMP_AGENCIES_MAX = 63, /* ids are bits of a mask; bit 0 is nobody's */
    AMP_ACCOUNTS_MAX = 100000,
    AMP_SLOTS_MAX = 64, /* units on one incident at once */
    AMP_CALLS_PER_INCIDENT_MAX = 1000,
    AMP_CALLS_FOLLOWED = 16384,     /* how far back a telephone system may still tell of one */
    AMP_MERGED_MAX = 4000,          /* incidents that are one: their keys go in one commit */
    AMP_ENTRIES_MAX = 50000,        /* of a timeline, beyond which notes and merges are refused */
    AMP_MESSAGE_JOIN_S = 24 * 3600, /* so long after the last word a text joins an open incident */
    AMP_MESSAGE_PARTS_S = 3600,     /* so far apart the parts of one long text may come */
    AMP_KEYS_KEPT = 65536           /* idempotency keys remembered, oldest forgotten first */
};

#define AMP_SEQ_MAX ((UINT64_C(1) << 48) - 1)

struct amp_slot { /* a unit assigned to an incident */
    struct amp_unit_id unit;
    int64_t dispatched_us;
    int64_t on_scene_us; /* 0 until then */
    int64_t eta_s;       /* as told at dispatch; -1 when unknown */
};

struct amp_entry {     /* a line of an incident's timeline */
    uint64_t seq : 48; /* most of the memory of a service is here: packed */
    enum amp_event_kind kind : 8;
    bool personal : 1;
    int64_t time_us;
    const char *actor;
    const char *unit; /* call sign or NULL */
    const char *text; /* note, reason, status name, ...; NULL if none; own exactly if personal */
};

struct amp_place_report { /* where something is, and how sure that is */
    bool known;
    struct amp_pos pos;
    int64_t radius_m;       /* -1 unknown */
    int64_t confidence_pct; /* -1 unknown */
    int64_t fix_us;         /* 0 unknown */
    const char *source;     /* "typed", "map", "aml", ...; NULL unknown */
};

struct amp_call {
    struct amp_call_id id;
    struct amp_incident_id incident;
    enum amp_call_state state;
    int64_t received_us;
    char *number, *name, *words, *device; /* own; NULL unknown */
    char *ref;                            /* own; what the telephone system calls it; NULL none */
    char *sip_call;                       /* own; its Call-ID, where that is another; NULL none */
    const char *tracking;                 /* what the network calls its incident; NULL none */
    bool call_back;                       /* abandoned, and no alarm said so yet */
    struct amp_place_report where;
    struct amp_call_id older_number, older_device; /* the call before from the same; 0 none */
    uint32_t message;                              /* its newest text, either way; 0 none */
    uint32_t link;                                 /* the newest it was sent; 0 none */
};

struct amp_tracked { /* what partners or the network call an incident, for good */
    const char *name;
    struct amp_incident_id incident;
};

struct amp_part { /* of a long text: 3GPP TS 23.040, section 9.2.3.24.1; total 0: it is whole */
    uint16_t ref;
    uint8_t total, index; /* index from 1 */
};

struct amp_sms { /* a text, from a caller or to one; number n is at [n - 1] */
    struct amp_call_id call;
    uint32_t older; /* the one before of this call; 0 none */
    enum amp_message_state state;
    struct amp_part part;
    int64_t at_us;     /* came in, or was written */
    int64_t state_us;  /* in this state since */
    char *text;        /* own; NULL once erased */
    const char *actor; /* who wrote it; NULL: the caller */
    const char *label; /* why it failed; NULL */
};

struct amp_invite { /* one that a caller was sent; number n is at [n - 1] */
    struct amp_call_id call;
    struct amp_incident_id incident; /* of the call when it was sent: under whose key media are */
    uint32_t older;                  /* the one before of this call; 0 none */
    enum amp_link_state state;
    enum amp_link_scope scope;
    int64_t offered_us;
    int64_t until_us;           /* to be taken until then; once taken, shares until then */
    int64_t state_us;           /* in this state since */
    int64_t shared_us;          /* something came by it last; 0 never */
    uint32_t items;             /* positions and texts that came */
    uint32_t message;           /* the text that it went with; 0 none */
    uint32_t medium;            /* the newest; 0 none */
    uint32_t media;             /* how many */
    uint64_t bytes;             /* of all of them, as they were sent */
    const char *token, *holder; /* hashes: of what opens it; of the phone that did, or NULL */
    const char *actor;          /* who sent it */
    const char *outcome;        /* "caller", "desk", "expired", "replaced", "closed" */
};

struct amp_medium {                  /* a picture, video or sound; number n is at [n - 1] */
    uint32_t link;                   /* that it came by; 0: a crew took it */
    struct amp_incident_id incident; /* under whose key it is */
    struct amp_unit_id unit;         /* the crew that took it; 0 none */
    uint32_t older; /* the one before by this link, or by crews on the incident; 0 none */
    int64_t at_us;
    int64_t taken_us;  /* by a crew: when, as it says */
    const char *actor; /* of a crew: the account; NULL */
    int64_t bytes;     /* as it was sent */
    const char *type;  /* "jpeg": what its first bytes say */
    const char *label; /* SHA-256 of the sealed file, which has that name */
    char *digest;      /* own; SHA-256 of what was sent; NULL once erased */
};

struct amp_incident {
    struct amp_incident_id id;
    enum amp_incident_state state;
    int64_t opened_us, changed_us, closed_us; /* closed_us 0 while open */
    int64_t state_us;                         /* in this state since */
    uint64_t changed_seq;                     /* last event that touched it */
    const char *type;                         /* NULL until triaged */
    int priority;                             /* 0 until triaged */
    int level;                                /* of alarm: 1 until it is raised */
    char *place;                              /* own; words for where */
    struct amp_place_report where;
    struct amp_incident_id into;               /* merged into */
    struct amp_incident_id merged_first, next; /* merged into this one; the next that was, too */
    const char *outcome;
    int reopened; /* how often */
    struct amp_slot *slot;
    size_t slot_n, slot_cap;
    struct amp_call_id *call;
    size_t call_n, call_cap;
    struct amp_entry *entry;
    size_t entry_n, entry_cap;
    size_t open_at;     /* place in the state's list of open incidents, while open */
    bool nobody_raised; /* the alarm "undispatched" was raised since somebody was last assigned */
    const char *alarm;  /* raised and not acknowledged: "unacknowledged", ...; NULL */
    const char *alarm_unit;
    int64_t alarm_us;
    struct amp_agency_id agency; /* whose it is; 0: everybody's */
    uint64_t shared;             /* with these agencies, too: bits 1 << id */
    bool held;                   /* must not be erased */
    int64_t erased_us;           /* 0: it has its personal data */
    struct amp_link *link;       /* with partner centres */
    size_t link_n, link_cap;
    uint32_t medium;             /* the newest that a crew took on it; 0 none */
    struct amp_aid_request *aid; /* asked of other agencies */
    size_t aid_n, aid_cap;
};

struct amp_station {
    struct amp_station_id id;
    const char *code, *label;
    struct amp_pos site;
};

struct amp_hospital {
    struct amp_hospital_id id;
    const char *code, *label;
    struct amp_pos site;
    struct amp_words capabilities; /* "trauma", "stroke", ...: of shared texts */
    enum amp_traffic traffic;
    char *note;        /* own: what goes with it; NULL none */
    int64_t since_us;  /* of traffic and note; 0 while nobody has said */
    const char *actor; /* who said it; NULL */
    bool disabled;     /* crews go there no more */
    uint64_t changed_seq;
};

struct amp_unit {
    struct amp_unit_id id;
    const char *call_sign, *kind;
    struct amp_words capabilities; /* of shared texts */
    struct amp_station_id station; /* 0: none */
    struct amp_agency_id agency;   /* 0: everybody's */
    int crew;
    enum amp_unit_status status;
    int64_t since_us;                /* in this status */
    int64_t heard_us;                /* last sign of life: a status, a note, an answered alarm */
    bool alarm_raised;               /* an alarm about it was raised since it was last heard */
    struct amp_incident_id incident; /* 0: none; set exactly while amp_unit_is_busy(status) */
    char *hospital;                  /* own */
    uint64_t changed_seq;
};

struct amp_closure {
    struct amp_closure_id id;
    struct amp_extent extent;   /* its points are its own; one of an old journal may be wider */
    char *reason;               /* own */
    int64_t made_us, lifted_us; /* lifted_us 0 while in force */
    int64_t until_us;           /* lifted by the timers then; 0: by hand */
    const char *made_by, *lifted_by;
    uint64_t changed_seq; /* last event that touched it */
};

struct amp_agency {
    struct amp_agency_id id;
    const char *code, *label;
};

struct amp_account {
    struct amp_account_id id;
    const char *name;
    enum amp_role role;
    struct amp_agency_id agency; /* 0: none */
    struct amp_unit_id unit;     /* 0: none */
    bool disabled;
    bool password, totp; /* it has one */
    int64_t added_us;
    int64_t seen_us;   /* last session opened; 0 never */
    int64_t failed_us; /* last login that failed; 0 never */
    uint32_t failed;   /* logins that failed since the last session was opened */
    uint64_t changed_seq;
};

/* What happened on one day, by whom: which records to look at, and how many of each kind. */
struct amp_audit_day {
    int64_t day;                  /* since 1970-01-01, UTC */
    uint64_t first_seq, last_seq; /* all of the day lie there, with a clock set back also others */
    uint32_t count[AMP_ROLES][AMP_EV_COUNT];
};

struct amp_key {                     /* a command that was answered */
    char *key;                       /* own */
    uint32_t print;                  /* of the request; 0 unknown */
    uint64_t seq;                    /* its first event */
    struct amp_incident_id incident; /* what its answer named; 0 none */
    struct amp_call_id call;
    struct amp_closure_id closure;
};

struct amp_state {
    uint64_t seq;                  /* last event applied */
    struct amp_incident *incident; /* [id - 1] */
    size_t incident_n, incident_cap;
    struct amp_call *call;
    size_t call_n, call_cap;
    struct amp_sms *message;
    size_t message_n, message_cap;
    struct amp_invite *invite;
    size_t invite_n, invite_cap;
    struct amp_medium *medium;
    size_t medium_n, medium_cap;
    struct amp_tracked *tracked;
    size_t tracked_n, tracked_cap;
    struct amp_unit *unit;
    size_t unit_n, unit_cap;
    struct amp_station *station;
    size_t station_n, station_cap;
    struct amp_hospital *hospital;
    size_t hospital_n, hospital_cap;
    struct amp_alert *alert; /* number n is at [n - 1] */
    size_t alert_n, alert_cap;
    uint32_t *alert_live; /* numbers of those in force, in no order */
    size_t alert_live_n, alert_live_cap;
    struct amp_warning *warning; /* number n is at [n - 1] */
    size_t warning_n, warning_cap;
    uint32_t *warning_live; /* numbers of drafts and of those in force, in no order */
    size_t warning_live_n, warning_live_cap;
    struct amp_closure *closure;
    size_t closure_n, closure_cap;
    struct amp_closure_id *in_force; /* the closures that are not lifted, by number */
    size_t in_force_n, in_force_cap;
    struct amp_incident_id *open; /* the incidents that are not closed, in no order */
    size_t open_n, open_cap;
    struct amp_key *key; /* a ring: number i is at [i % AMP_KEYS_KEPT] */
    size_t key_cap;
    uint64_t key_total; /* keys ever seen */
    struct amp_agency *agency;
    size_t agency_n, agency_cap;
    struct amp_account *account;
    size_t account_n, account_cap;
    struct amp_audit_day *audit; /* sorted by day */
    size_t audit_n, audit_cap;
    const char *log_vkey;      /* what signs the log; NULL not known */
    struct amp_index *by_name; /* all names above, numbers and devices of calls, keys */
    struct amp_texts *texts;
};

AMP_MUST amp_err amp_state_init(struct amp_state *state);
void amp_state_finish(struct amp_state *state); /* accepts zeroes */

/* NULL when there is none. Pointers die at the next amp_apply. */
const struct amp_incident *amp_state_incident(const struct amp_state *state,
                                              struct amp_incident_id id);
const struct amp_call *amp_state_call(const struct amp_state *state, struct amp_call_id id);
const struct amp_unit *amp_state_unit(const struct amp_state *state, struct amp_str call_sign);
const struct amp_unit *amp_state_unit_at(const struct amp_state *state, struct amp_unit_id id);
const struct amp_station *amp_state_station(const struct amp_state *state, struct amp_str code);
const struct amp_station *amp_state_station_at(const struct amp_state *state,
                                               struct amp_station_id id);
const struct amp_hospital *amp_state_hospital(const struct amp_state *state, struct amp_str code);
const struct amp_closure *amp_state_closure(const struct amp_state *state,
                                            struct amp_closure_id id);
/* For apply and snapshots: a closure comes into force (there is room) or goes out of it. */
void amp_in_force_put(struct amp_state *state, struct amp_closure_id id);
void amp_in_force_remove(struct amp_state *state, struct amp_closure_id id);
const struct amp_agency *amp_state_agency(const struct amp_state *state, struct amp_str code);
const struct amp_agency *amp_state_agency_at(const struct amp_state *state,
                                             struct amp_agency_id id);
const struct amp_account *amp_state_account(const struct amp_state *state, struct amp_str name);
const struct amp_account *amp_state_account_at(const struct amp_state *state,
                                               struct amp_account_id id);

/* Which agencies may see it: bits 1 << id. All ones if it has no owner. An incident is seen by its
 * owner, by those it is shared with, and by those whose units are on it; a unit by its own and by
 * those that see what it is on. */
uint64_t amp_incident_agencies(const struct amp_state *state, const struct amp_incident *incident);
uint64_t amp_unit_agencies(const struct amp_state *state, const struct amp_unit *unit);

/* The incidents whose data go when this one is erased: itself and, however far, those merged into
 * it. Writes at most cap of them (itself first) and returns how many there are. */
size_t amp_incident_erases(const struct amp_state *state, struct amp_incident_id id,
                           struct amp_incident_id *out, size_t cap);
/* A walk over the same: from the root, each once; {0} at the end. */
struct amp_incident_id amp_merged_next(const struct amp_state *state, struct amp_incident_id root,
                                       struct amp_incident_id at);

/* For apply and snapshots: puts an incident that has `into` among those merged there, newest number
 * first. */
void amp_merged_put(struct amp_state *state, struct amp_incident *from);
/* The state that an open incident is in: it follows from its slots, type and priority. */
enum amp_incident_state amp_incident_state_due(const struct amp_incident *incident);

/* The counts of a day, or NULL. */
const struct amp_audit_day *amp_state_audit(const struct amp_state *state, int64_t day);
int64_t amp_audit_day_of(int64_t time_us);

/* One number, however it was typed: "00258 84-111" and "+258 84 111" are "+25884111". "" for what
 * is none: two callers whose number is "withheld" are not the same. */
void amp_number_plain(struct amp_str number, char out[AMP_LINE_MAX + 1]);
/* The newest call with this `ref`, or this Call-ID of SIP, among the last AMP_CALLS_FOLLOWED; NULL
 * without. */
const struct amp_call *amp_state_call_ref(const struct amp_state *state, struct amp_str ref);
/* The newest open call of an open incident from this number (or device), for a location that
 * arrives by another door.
 */
const struct amp_call *amp_state_call_from(const struct amp_state *state, struct amp_str number);
/* The same, or one that is over and came in since then, while its incident is open. */
const struct amp_call *amp_state_call_since(const struct amp_state *state, struct amp_str number,
                                            int64_t since_us);
/* The newest call from this number whose incident is open, is seen by one of the agencies, and
 * where something was said since then: what a text joins. */
const struct amp_call *amp_state_call_lately(const struct amp_state *state, struct amp_str number,
                                             int64_t since_us, uint64_t agencies);
/* The incident is called so from now on, and no other one. Room for a name must be there: in the
 * index and in `tracked`. */
void amp_state_track(struct amp_state *state, const char *name, struct amp_incident_id incident);
/* The incident that another centre or the network calls so, wherever it was merged into, or NULL.
 */
const struct amp_incident *amp_state_tracked(const struct amp_state *state,
                                             struct amp_str tracking);
/* With a partner centre, or NULL. */
const struct amp_link *amp_incident_link(const struct amp_incident *incident,
                                         struct amp_str partner);
/* What an agency is asked for the incident, or was, of these capabilities; or NULL. */
const struct amp_aid_request *amp_incident_aid(const struct amp_incident *incident,
                                               struct amp_agency_id lender,
                                               const struct amp_words *capabilities);
/* Does a request to this agency (0: to any) stand? */
bool amp_aid_stands(const struct amp_incident *incident, struct amp_agency_id lender);
/* The words of the line of that number, if it is one about aid; empty without. */
struct amp_str amp_aid_words(const struct amp_incident *incident, uint64_t seq);
/* By its reference, or NULL. */
const struct amp_alert *amp_state_alert(const struct amp_state *state, struct amp_str reference);
/* One that this service issues, by its number, or NULL. */
const struct amp_warning *amp_state_warning(const struct amp_state *state, int64_t n);
/* A text by its number, or NULL. */
const struct amp_sms *amp_state_message(const struct amp_state *state, int64_t n);
/* A link by its number, or by the hash of what opens it; or NULL. */
const struct amp_invite *amp_state_link(const struct amp_state *state, int64_t n);
const struct amp_invite *amp_state_link_by(const struct amp_state *state, struct amp_str token);
/* The newest of a call, if it is not over; or NULL. */
const struct amp_invite *amp_call_link_live(const struct amp_state *state, struct amp_call_id id);
/* A medium by its number, or NULL. */
const struct amp_medium *amp_state_medium(const struct amp_state *state, int64_t n);
/* Whether it is one of this incident, or of one that was merged into it. */
bool amp_medium_is_of(const struct amp_state *state, const struct amp_medium *medium,
                      struct amp_incident_id id);
/* "42.3.1": reference, of how many, which. */
AMP_MUST amp_err amp_part_parse(struct amp_str text, struct amp_part *out);
/* What a command with this key was answered, or NULL. */
const struct amp_key *amp_state_key(const struct amp_state *state, struct amp_str key);

/* A digest (SHA-256 like width, but FNV is enough: it is not a proof) over everything in canonical
 * order: two folds of the same journal give the same. */
uint64_t amp_state_digest(const struct amp_state *state);
/* Memory that the state takes, in bytes. */
size_t amp_state_bytes(const struct amp_state *state);

#endif
