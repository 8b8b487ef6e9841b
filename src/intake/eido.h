/*
 * EIDO: an incident with its calls, places, people, notes and units, handed from centre to centre.
 *
 * Source: NENA-STA-021.1b with its official schema (version 1.0): required members and types are
 * checked by the table of eido_schema.c, which follows that schema. Members that the schema does
 * not know are passed over: a later version may add some. Of NIEM's person, vehicle and item types
 * nothing is checked or kept. The web socket bodies are those of NENA-STA-024.1a (conveyance),
 * sections 2.1.5 and 2.1.6; of an event and its response, `transfer` is a member of our own.
 *
 * Components point at each other by {"$ref": id}. One that leads nowhere is no reason to lose an
 * incident: it is listed. A place is a PIDF-LO document inside a string, read as every other; one
 * that cannot be read is no place, and its reason is said.
 *
 * Texts live in the arena.
 */
#ifndef AMP_INTAKE_EIDO_H
#define AMP_INTAKE_EIDO_H

#include "intake/pidf.h"

#include "base/json.h"
#include "model/life.h"

enum {
    AMP_EIDO_PARTS_MAX = 256, /* components of one kind */
    AMP_EIDO_NOTICES = 16,    /* EIDOs in one notification */
    AMP_EIDO_REFS = 4096,     /* ids, and references, in one message */
    AMP_EIDO_WARNINGS = 8
};

struct amp_eido_texts {
    struct amp_str *item;
    size_t n;
};

struct amp_eido_incident {
    struct amp_str id, type, type_internal, internal_id, priority_internal;
    struct amp_eido_texts status, locations, notes;
    int64_t priority; /* 0: not said */
};

struct amp_eido_call {
    struct amp_str id, type, state, direction, start, answered, queue;
    struct amp_str number;      /* of the call back; "+258841234567"; empty when there is none */
    struct amp_eido_texts back; /* its addresses as they came */
    struct amp_eido_texts locations, notes;
};

struct amp_eido_agency {
    struct amp_str id;
    struct amp_eido_texts roles, types;
};

struct amp_eido_agent {
    struct amp_str id, agency, workstation;
    struct amp_eido_texts roles;
};

struct amp_eido_location {
    struct amp_str id, type, url, description;
    struct amp_pidf *pidf;  /* NULL: not by value, or refused */
    struct amp_str refusal; /* why it was */
};

struct amp_eido_person {
    struct amp_str id;
    struct amp_eido_texts roles, calls, locations;
};

struct amp_eido_resource {
    struct amp_str id, name, type, primary, eta, location, incident;
    struct amp_eido_texts secondary, attributes;
    enum amp_unit_status status; /* ours, where `known` */
    bool known;
};

struct amp_eido_note {
    struct amp_str id, text, time;
};

struct amp_eido_disposition {
    struct amp_str code, description;
    bool primary;
};

struct amp_eido_tie { /* a merged, split or linked incident */
    struct amp_str incident, direction;
};

struct amp_eido_additional { /* EmergencyCallData, as XML or to be fetched */
    struct amp_str id, value, url, purpose;
};

struct amp_eido {
    struct amp_str id, version, issuer, updated, agency;
    struct amp_eido_incident *incident; /* NULL without */
    struct amp_eido_call *call;
    struct amp_eido_agency *agencies;
    struct amp_eido_agent *agent;
    struct amp_eido_location *location;
    struct amp_eido_person *person;
    struct amp_eido_resource *resource;
    struct amp_eido_note *note;
    struct amp_eido_disposition *disposition;
    struct amp_eido_tie *tie;
    struct amp_eido_additional *additional;
    size_t call_n, agency_n, agent_n, location_n, person_n, resource_n, note_n, disposition_n;
    size_t tie_n, additional_n;
    struct amp_eido_texts unresolved; /* ids that a $ref names and nothing has */
};

enum amp_eido_kind {
    AMP_EIDO_DOCUMENT,
    AMP_EIDO_SUBSCRIBE,
    AMP_EIDO_SUBSCRIBE_RESPONSE,
    AMP_EIDO_UNSUBSCRIBE,
    AMP_EIDO_UNSUBSCRIBE_RESPONSE,
    AMP_EIDO_EVENT,
    AMP_EIDO_EVENT_RESPONSE,
    AMP_EIDO_TERMINATE,
    AMP_EIDO_TERMINATE_RESPONSE,
    AMP_EIDO_KINDS
};

struct amp_eido_message {
    enum amp_eido_kind kind;
    struct amp_str request_id, request_type, request_sub_type, accepts, filter;
    struct amp_str subscription_id, transaction_id, status_text, incident_id, transfer;
    int64_t min_rate, max_rate, expires_s, status_code; /* 0: not said */
    struct amp_eido *eido;                              /* one of a document; those of an event */
    size_t eido_n;
    struct amp_str warning[AMP_EIDO_WARNINGS];
    size_t warning_n;
};

extern const char *const amp_eido_bodies[AMP_EIDO_KINDS]; /* "subscribe"; NULL of a document */

/* AMP_E_SYNTAX: no JSON, or a member of another type than the schema's; AMP_E_MISSING: a required
 * member is missing; AMP_E_RANGE: a value that the schema does not list. */
AMP_MUST amp_err amp_eido_read(struct amp_str bytes, struct amp_arena *arena,
                               struct amp_eido_message *out, struct amp_why *why);
const struct amp_eido_location *amp_eido_location_of(const struct amp_eido *eido,
                                                     struct amp_str id); /* NULL without */

/* Where it is, by the best of the locations of its first call and its incident, and that call's
 * number, as fields of a report. */
void amp_eido_report(const struct amp_eido *eido, struct amp_arena *arena,
                     struct amp_report *report);

/* Unit statuses: ours to the two registries (NENA-STA-021.1b, tables 3-9 and 3-10), and back. The
 * second registry has far more values than we have statuses: false for those that say nothing of
 * where a unit is in its turn. */
const char *amp_eido_primary(enum amp_unit_status status);
const char *amp_eido_secondary(enum amp_unit_status status);
bool amp_eido_status_of(const struct amp_eido_texts *secondary, struct amp_str primary,
                        enum amp_unit_status *out);

struct amp_eido_out_unit {
    struct amp_str name, type; /* type: of the Emergency Resource Type registry */
    enum amp_unit_status status;
};

struct amp_eido_out_note {
    struct amp_str id; /* whole, the same in every message; empty: a number in this one */
    struct amp_str text;
    int64_t time_us;
};

/* What a centre hands over. Ids are whole:
 * "urn:emergency:uid:incidentid:I0000000007:centre.example.org". */
struct amp_eido_out {
    struct amp_str id, issuer, agency, agent;
    int64_t time_us;
    struct amp_str type;          /* of the Incident Type registry, such as "STRUCTF" */
    struct amp_str type_internal; /* our own word; may be empty */
    enum amp_incident_state state;
    int64_t priority;               /* 1..5, 0 not said */
    struct amp_str call_id, number; /* no call when call_id is empty */
    int64_t call_time_us;
    bool call_ended;
    bool located;
    struct amp_pos pos;
    double radius_m;      /* 0: a point */
    struct amp_str place; /* in words; may be empty */
    const struct amp_eido_out_note *note;
    const struct amp_eido_out_unit *unit;
    size_t note_n, unit_n;
};

/* One EIDO as JSON. It is read back before it is given out; `out` stays as it was on failure. */
AMP_MUST amp_err amp_eido_write(const struct amp_eido_out *eido, struct amp_arena *arena,
                                struct amp_buf *out, struct amp_why *why);

#endif
