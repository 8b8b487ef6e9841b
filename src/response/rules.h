/*
 * The rules behind decide: one function for each kind of command, over a common piece of work.
 *
 * A rule looks, and either emits events or refuses with a sentence. Memory trouble is sticky:
 * emitting into an arena that is full gives a scratch event, and amp_decide reports it at the end.
 */
#ifndef AMP_RESPONSE_RULES_H
#define AMP_RESPONSE_RULES_H

#include "response/decide.h"

struct amp_deciding {
    const struct amp_state *state;
    const struct amp_plans *plans; /* may be NULL: no types are known, no timer runs */
    const struct amp_command *command;
    struct amp_arena *arena;
    struct amp_why *why;
    struct amp_decision out;
    size_t event_cap;
    amp_err err;              /* sticky: memory or the limit of events */
    struct amp_event scratch; /* where events go after that */
};

/* A new event of the command's time and actor; the first one carries the key. */
struct amp_event *amp_emit(struct amp_deciding *d, enum amp_event_kind kind);
/* A sentence in the arena, cut to a line. */
struct amp_str amp_emit_line(struct amp_deciding *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void amp_emit_reason(struct amp_event *event, struct amp_str reason);

/* The incident, open; or AMP_E_NOT_FOUND / AMP_E_CONFLICT with a sentence. */
AMP_MUST amp_err amp_need_open(struct amp_deciding *d, struct amp_incident_id id,
                               const struct amp_incident **out);
AMP_MUST amp_err amp_need_incident(struct amp_deciding *d, struct amp_incident_id id,
                                   const struct amp_incident **out);
/* The agency that the command names, if it names one, exists. With may_clear, AMP_CLEAR will do. */
AMP_MUST amp_err amp_need_agency(struct amp_deciding *d, bool may_clear,
                                 const struct amp_agency **out);
/* Nothing personal comes to an incident that was erased. */
AMP_MUST amp_err amp_need_data(struct amp_deciding *d, const struct amp_incident *incident);
AMP_MUST amp_err amp_need_call(struct amp_deciding *d, const struct amp_call **out);
/* decide_message.c: the call of the incident that a text goes to: the one named, or the one that
 * wrote last. Sets incident and call of the decision. */
AMP_MUST amp_err amp_need_answerable(struct amp_deciding *d, const struct amp_call **out);
/* decide_link.c: the link of the command, which is taken and may do that. Sets the same. */
AMP_MUST amp_err amp_need_link(struct amp_deciding *d, enum amp_link_scope scope,
                               const struct amp_invite **out);
void amp_links_expire(struct amp_deciding *d);
AMP_MUST amp_err amp_need_unit(struct amp_deciding *d, const struct amp_unit **out);

/* The `text` of a command that does something else, as a note beside it; nothing without one. */
void amp_emit_note(struct amp_deciding *d, struct amp_incident_id incident);
/* Type and priority that a command gives, checked; a type without a priority brings the one that
 * the plans propose, unless the incident (may be NULL) has this type and a priority already. */
AMP_MUST amp_err amp_triage_take(struct amp_deciding *d, const struct amp_incident *incident,
                                 struct amp_fields *to);
/* What a call says of its place: a position (in `where`) moves the incident by the rule of
 * decide_place.c, words of the command count always (`place` is AMP_HAS(PLACE) or 0). */
void amp_incident_place_by(struct amp_deciding *d, const struct amp_incident *incident,
                           const struct amp_fields *where, amp_field_set place);
/* A caller hung up before anybody answered: the alarm that asks to call back. */
void amp_call_back_ring(struct amp_deciding *d, struct amp_incident_id incident);
/* Where something is; without a position, nothing. A fix from the future counts as of now. */
void amp_where_take(struct amp_deciding *d, struct amp_fields *to);

/* Did a person say so (typed, chosen on the map), rather than a device or a network? */
bool amp_place_by_hand(const char *source);
/* Does a caller's new position move the incident? The rule is at the head of decide_place.c. */
bool amp_place_moves(const struct amp_place_report *present, const struct amp_fields *report);

/* decide_aid.c: may this unit be sent there by whom the command names (`agency`, or the whole
 * service)? *lent_to: the agency it is lent to by an agreement, or NULL. */
AMP_MUST amp_err amp_aid_dispatch_check(struct amp_deciding *d, const struct amp_unit *unit,
                                        const struct amp_incident *incident,
                                        const struct amp_agency **lent_to);
/* With its incident a request ends; where that goes into another of the same agency, it goes on. */
void amp_aid_end(struct amp_deciding *d, const struct amp_incident *incident);
void amp_aid_carry(struct amp_deciding *d, const struct amp_incident *from,
                   const struct amp_incident *into);
/* Alerts whose time is over; of a tick. */
void amp_alerts_end(struct amp_deciding *d);
/* The same of what this service issued. */
void amp_warnings_end(struct amp_deciding *d);

#define AMP_RULE_TABLE(X)                                                                          \
    X(TAKE_CALL, take_call)                                                                        \
    X(LOCATE_CALL, locate_call)                                                                    \
    X(END_CALL, end_call)                                                                          \
    X(OPEN_INCIDENT, open_incident)                                                                \
    X(TRIAGE, triage)                                                                              \
    X(PLACE, place)                                                                                \
    X(ADD_NOTE, add_note)                                                                          \
    X(DISPATCH, dispatch)                                                                          \
    X(RELEASE, release)                                                                            \
    X(SET_STATUS, set_status)                                                                      \
    X(CLOSE, close)                                                                                \
    X(REOPEN, reopen)                                                                              \
    X(MERGE, merge)                                                                                \
    X(ADD_STATION, add_station)                                                                    \
    X(ADD_UNIT, add_unit)                                                                          \
    X(CHANGE_UNIT, change_unit)                                                                    \
    X(MAKE_CLOSURE, make_closure)                                                                  \
    X(LIFT_CLOSURE, lift_closure)                                                                  \
    X(ACKNOWLEDGE_ALARM, acknowledge_alarm)                                                        \
    X(TICK, tick)                                                                                  \
    X(ADD_AGENCY, add_agency)                                                                      \
    X(ADD_ACCOUNT, add_account)                                                                    \
    X(CHANGE_ACCOUNT, change_account)                                                              \
    X(SET_CREDENTIAL, set_credential)                                                              \
    X(OPEN_SESSION, open_session)                                                                  \
    X(END_SESSION, end_session)                                                                    \
    X(FAIL_LOGIN, fail_login)                                                                      \
    X(MAKE_TOKEN, make_token)                                                                      \
    X(REVOKE_TOKEN, revoke_token)                                                                  \
    X(VIEW_INCIDENT, view_incident)                                                                \
    X(VIEW_LIST, view_list)                                                                        \
    X(SHARE_INCIDENT, share_incident)                                                              \
    X(UNSHARE_INCIDENT, unshare_incident)                                                          \
    X(HOLD, hold)                                                                                  \
    X(LIFT_HOLD, lift_hold)                                                                        \
    X(ERASE, erase)                                                                                \
    X(SET_LOG_KEY, set_log_key)                                                                    \
    X(ADD_WITNESS, add_witness)                                                                    \
    X(CHANGE_CLOSURE, change_closure)                                                              \
    X(RESTORE_CLOSURE, restore_closure)                                                            \
    X(REPLACE_MAP, replace_map)                                                                    \
    X(DISCARD_MESSAGE, discard_message)                                                            \
    X(OFFER_TRANSFER, offer_transfer)                                                              \
    X(ANSWER_TRANSFER, answer_transfer)                                                            \
    X(FAIL_TRANSFER, fail_transfer)                                                                \
    X(TAKE_EXCHANGE, take_exchange)                                                                \
    X(TAKE_ALERTS, take_alerts)                                                                    \
    X(TAKE_MESSAGE, take_message)                                                                  \
    X(WRITE_MESSAGE, write_message)                                                                \
    X(SETTLE_MESSAGE, settle_message)                                                              \
    X(ADD_HOSPITAL, add_hospital)                                                                  \
    X(CHANGE_HOSPITAL, change_hospital)                                                            \
    X(SET_HOSPITAL_STATUS, set_hospital_status)                                                    \
    X(ADD_WEBHOOK, add_webhook)                                                                    \
    X(REMOVE_WEBHOOK, remove_webhook)                                                              \
    X(SET_LEVEL, set_level)                                                                        \
    X(FOLLOW_CALL, follow_call)                                                                    \
    X(OFFER_LINK, offer_link)                                                                      \
    X(TAKE_LINK, take_link)                                                                        \
    X(STOP_LINK, stop_link)                                                                        \
    X(SHARE_TEXT, share_text)                                                                      \
    X(SHARE_MEDIUM, share_medium)                                                                  \
    X(TAKE_MEDIUM, take_medium)                                                                    \
    X(DRAFT_WARNING, draft_warning)                                                                \
    X(ISSUE_WARNING, issue_warning)                                                                \
    X(DISCARD_WARNING, discard_warning)                                                            \
    X(ASK_AID, ask_aid)                                                                            \
    X(ANSWER_AID, answer_aid)                                                                      \
    X(WITHDRAW_AID, withdraw_aid)

#define X(kind, name) amp_err amp_rule_##name(struct amp_deciding *d);
AMP_RULE_TABLE(X)
#undef X

#endif
