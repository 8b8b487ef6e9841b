/*
 * Names of things: one-field structs, so that a unit is never taken for an incident.
 *
 * Incidents, calls and closures are numbered from 1 in the order of their events and written
 * "I-12", "C-7", "X-3". A unit is known by its call sign ("M12"), a station by its code. Zero is
 * "none".
 */
#ifndef AMP_MODEL_IDS_H
#define AMP_MODEL_IDS_H

#include "base/str.h"

struct amp_incident_id {
    uint32_t n;
};
struct amp_call_id {
    uint32_t n;
};
struct amp_closure_id {
    uint32_t n;
};
struct amp_unit_id { /* index + 1 in the table of units, in the order they were added */
    uint32_t n;
};
struct amp_hospital_id {
    uint32_t n;
};
struct amp_station_id {
    uint32_t n;
};
struct amp_agency_id { /* 1..AMP_AGENCIES_MAX */
    uint32_t n;
};
struct amp_account_id {
    uint32_t n;
};

enum {
    AMP_ID_TEXT = 16
};

void amp_incident_id_text(struct amp_incident_id id, char out[AMP_ID_TEXT]);
void amp_call_id_text(struct amp_call_id id, char out[AMP_ID_TEXT]);
void amp_closure_id_text(struct amp_closure_id id, char out[AMP_ID_TEXT]);
/* "I-12" or "i-12" or "12"; zero is refused. */
AMP_MUST amp_err amp_incident_id_parse(struct amp_str text, struct amp_incident_id *out);
AMP_MUST amp_err amp_call_id_parse(struct amp_str text, struct amp_call_id *out);
AMP_MUST amp_err amp_closure_id_parse(struct amp_str text, struct amp_closure_id *out);

#endif
