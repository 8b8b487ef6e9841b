/*
 * The work of applying one event: first everything that can fail, then the change.
 *
 * A handler looks things up, takes copies of texts and reserves room; its trouble is sticky in
 * `err`. It asks once, with amp_work_ready, and from there on nothing fails: the copies belong to
 * the state. If it was not ready, amp_apply frees the copies and the state is as it was (only
 * roomier).
 */
#ifndef AMP_RESPONSE_WORK_H
#define AMP_RESPONSE_WORK_H

#include "model/event.h"
#include "model/index.h"
#include "model/state.h"

enum {
    AMP_WORK_TEXTS = 16,
    AMP_WORK_ENTRIES = 2,
    AMP_WORK_NAMES = 4
};

struct amp_work {
    struct amp_state *state;
    const struct amp_event *event;
    struct amp_why *why;
    amp_err err;
    bool ready;
    char *text[AMP_WORK_TEXTS]; /* own copies taken so far */
    size_t text_n;
    struct amp_points points; /* the same */
    struct {
        struct amp_incident_id incident;
        struct amp_entry entry;
    } pending[AMP_WORK_ENTRIES]; /* lines of timelines, written by amp_work_done */
    size_t pending_n;
};

/* The event cannot be. Remembers the first trouble. */
void amp_work_corrupt(struct amp_work *work, const char *sentence);
/* An own copy (model/texts.h): for what is personal, or comes and goes. NULL when the field is not
 * there or memory is short. */
char *amp_work_own(struct amp_work *work, amp_field_set has, struct amp_str text);
/* A shared copy: never of what is personal. */
const char *amp_work_share(struct amp_work *work, amp_field_set has, struct amp_str text);
/* An own copy of the event's points; none when there are none or memory is short. Once a handler.
 */
struct amp_points amp_work_points(struct amp_work *work);
/* Room for n elements; returns the array, old or new. */
void *amp_work_room(struct amp_work *work, void *array, size_t *cap, size_t n, size_t size);
/* Out of a list of numbers without an order, if it is there. */
void amp_work_number_remove(uint32_t *list, size_t *n, uint32_t number);
/* Shared copies of the event's capabilities. */
struct amp_words amp_work_capabilities(struct amp_work *work);
/* The agency that the event names, for a new owner; zero without one, or with AMP_CLEAR. */
struct amp_agency_id amp_work_agency(struct amp_work *work);
/* Never NULL for a handler that asks amp_work_ready before it uses them. */
struct amp_incident *amp_work_incident(struct amp_work *work, struct amp_incident_id id);
struct amp_incident *amp_work_open_incident(struct amp_work *work, struct amp_incident_id id);
struct amp_call *amp_work_call(struct amp_work *work);
struct amp_unit *amp_work_unit(struct amp_work *work);
struct amp_place_report amp_work_where(struct amp_work *work);
/* When it was, as who reports it says, and never after the event. */
int64_t amp_work_happened_us(const struct amp_work *work);
/* A line for the timeline of an incident; its text is shared, or NULL. */
void amp_work_line(struct amp_work *work, struct amp_incident *incident, const char *shared);
/* The same with a personal text, an own copy taken before, or NULL. */
void amp_work_personal_line(struct amp_work *work, struct amp_incident *incident, char *own);
void amp_work_open_room(struct amp_work *work); /* for one more open incident */
bool amp_work_ready(struct amp_work *work);

/* From here on: changes, after amp_work_ready. */
void amp_work_done(struct amp_work *work); /* writes the lines, marks their incidents as changed */
void amp_work_replace(struct amp_work *work, char **own, char *fresh); /* overwrites the old */
void amp_open_add(struct amp_state *state, struct amp_incident *incident);
void amp_open_remove(struct amp_state *state, struct amp_incident *incident);
/* The state of an open incident follows from its slots, type and priority. */
void amp_incident_refresh(struct amp_incident *incident, int64_t time_us);
void amp_alarm_clear(struct amp_incident *incident);
void amp_alarm_sent(struct amp_incident *incident); /* somebody goes there */

/* apply_link.c: the link that a position or text came by, or NULL without one; before and after
 * amp_work_ready. */
struct amp_invite *amp_work_link(struct amp_work *work);
void amp_link_came(struct amp_invite *link, int64_t time_us);
void amp_link_end(struct amp_invite *link, const char *outcome, int64_t time_us);
/* With its incident a link is over: the first takes what the second needs. */
const char *amp_work_links_close(struct amp_work *work, const struct amp_incident *incident);
void amp_links_close(struct amp_work *work, const struct amp_incident *incident,
                     const char *closed);
/* apply_aid.c: what still stands ends with its incident. */
void amp_aid_close(struct amp_work *work, struct amp_incident *incident);
void amp_aid_raise(struct amp_work *work,
                   struct amp_incident *incident); /* an alarm says which are overdue */
/* The hashes of what was sent, of all that came by the links of a call; of a chain of media. */
void amp_links_wipe(struct amp_state *state, const struct amp_call *call);
void amp_media_wipe(struct amp_state *state, uint32_t newest);

#define AMP_APPLY_TABLE(X)                                                                         \
    X(INCIDENT_OPENED, incident_opened)                                                            \
    X(CALL_RECEIVED, call_received)                                                                \
    X(CALL_LOCATED, call_located)                                                                  \
    X(CALL_ENDED, call_ended)                                                                      \
    X(INCIDENT_TRIAGED, incident_triaged)                                                          \
    X(INCIDENT_PLACED, incident_placed)                                                            \
    X(NOTE_ADDED, note_added)                                                                      \
    X(UNIT_DISPATCHED, unit_dispatched)                                                            \
    X(UNIT_RELEASED, unit_released)                                                                \
    X(UNIT_STATUS, unit_status)                                                                    \
    X(INCIDENT_CLOSED, incident_closed)                                                            \
    X(INCIDENT_REOPENED, incident_reopened)                                                        \
    X(INCIDENT_MERGED, incident_merged)                                                            \
    X(STATION_ADDED, station_added)                                                                \
    X(UNIT_ADDED, unit_added)                                                                      \
    X(UNIT_CHANGED, unit_changed)                                                                  \
    X(CLOSURE_MADE, closure_made)                                                                  \
    X(CLOSURE_LIFTED, closure_lifted)                                                              \
    X(ALARM_RAISED, alarm_raised)                                                                  \
    X(ALARM_ACKNOWLEDGED, alarm_acknowledged)                                                      \
    X(AGENCY_ADDED, agency_added)                                                                  \
    X(ACCOUNT_ADDED, account_added)                                                                \
    X(ACCOUNT_CHANGED, account_changed)                                                            \
    X(CREDENTIAL_SET, credential_set)                                                              \
    X(SESSION_OPENED, session_opened)                                                              \
    X(SESSION_ENDED, session_ended)                                                                \
    X(LOGIN_FAILED, login_failed)                                                                  \
    X(TOKEN_MADE, token_made)                                                                      \
    X(TOKEN_REVOKED, token_revoked)                                                                \
    X(INCIDENT_VIEWED, incident_viewed)                                                            \
    X(LOG_VIEWED, log_viewed)                                                                      \
    X(INCIDENT_SHARED, incident_shared)                                                            \
    X(INCIDENT_UNSHARED, incident_unshared)                                                        \
    X(HOLD_PLACED, hold_placed)                                                                    \
    X(HOLD_LIFTED, hold_lifted)                                                                    \
    X(INCIDENT_ERASED, incident_erased)                                                            \
    X(ALARM_LEVEL_SET, alarm_level_set)                                                            \
    X(CALL_LINE, call_line)                                                                        \
    X(LOG_KEY_SET, log_key_set)                                                                    \
    X(WITNESS_ADDED, witness_added)                                                                \
    X(CLOSURE_CHANGED, closure_changed)                                                            \
    X(CLOSURE_RESTORED, closure_restored)                                                          \
    X(MAP_REPLACED, map_replaced)                                                                  \
    X(MESSAGE_DISCARDED, message_discarded)                                                        \
    X(TRANSFER_OFFERED, transfer_offered)                                                          \
    X(TRANSFER_RECEIVED, transfer_received)                                                        \
    X(TRANSFER_ACCEPTED, transfer_accepted)                                                        \
    X(TRANSFER_REFUSED, transfer_refused)                                                          \
    X(TRANSFER_FAILED, transfer_failed)                                                            \
    X(PARTNER_NOTE, partner_note)                                                                  \
    X(PARTNER_STATE, partner_state)                                                                \
    X(PARTNER_UNIT, partner_unit)                                                                  \
    X(ALERT_RECEIVED, alert_received)                                                              \
    X(ALERT_ENDED, alert_ended)                                                                    \
    X(MESSAGE_RECEIVED, message_received)                                                          \
    X(MESSAGE_QUEUED, message_queued)                                                              \
    X(MESSAGE_SENT, message_sent)                                                                  \
    X(MESSAGE_DELIVERED, message_delivered)                                                        \
    X(MESSAGE_FAILED, message_failed)                                                              \
    X(HOSPITAL_ADDED, hospital_added)                                                              \
    X(HOSPITAL_CHANGED, hospital_changed)                                                          \
    X(HOSPITAL_STATUS_SET, hospital_status_set)                                                    \
    X(WEBHOOK_ADDED, webhook_added)                                                                \
    X(WEBHOOK_REMOVED, webhook_removed)                                                            \
    X(LINK_OFFERED, link_offered)                                                                  \
    X(LINK_TAKEN, link_taken)                                                                      \
    X(LINK_STOPPED, link_stopped)                                                                  \
    X(MEDIUM_SHARED, medium_shared)                                                                \
    X(ALERT_REFUSED, alert_refused)                                                                \
    X(MEDIUM_TAKEN, medium_taken)                                                                  \
    X(WARNING_DRAFTED, warning_drafted)                                                            \
    X(WARNING_ISSUED, warning_issued)                                                              \
    X(WARNING_CANCELLED, warning_cancelled)                                                        \
    X(WARNING_ENDED, warning_ended)                                                                \
    X(AID_REQUESTED, aid_requested)                                                                \
    X(AID_AGREED, aid_agreed)                                                                      \
    X(AID_REFUSED, aid_refused)                                                                    \
    X(AID_WITHDRAWN, aid_withdrawn)

#define X(kind, name) void amp_apply_##name(struct amp_work *work);
AMP_APPLY_TABLE(X)
#undef X

#endif
