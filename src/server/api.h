/* The functions behind the table of routes, one line each; see docs/openapi.yaml for what they do.
 */
#ifndef AMP_SERVER_API_H
#define AMP_SERVER_API_H

#include "base/timefmt.h"
#include "server/inside.h"

amp_step_fn amp_api_call_take, amp_api_call_end, amp_api_call_test, amp_api_call_follow,
    amp_api_intake;
amp_step_fn amp_api_table;
amp_step_fn amp_api_webhooks, amp_api_webhook_add, amp_api_webhook_remove, amp_api_webhook_dead,
    amp_api_webhook_retry;
amp_step_fn amp_api_sms, amp_api_sms_outbox, amp_api_sms_delivery, amp_api_incident_text;
amp_step_fn amp_api_link_offer, amp_api_link_stop, amp_api_medium, amp_api_unit_medium;
amp_step_fn amp_caller_page, amp_caller_form, amp_caller_share, amp_caller_upload, amp_caller_file;
amp_step_fn amp_api_incidents, amp_api_incident, amp_api_incident_open, amp_api_incident_change,
    amp_api_incident_note, amp_api_incident_close, amp_api_incident_reopen, amp_api_incident_merge,
    amp_api_incident_level, amp_api_incident_acknowledge;
amp_step_fn amp_api_alerts, amp_api_alerts_take;
amp_step_fn amp_api_warnings, amp_api_warning, amp_api_warning_cap, amp_api_warning_draft,
    amp_api_warning_change, amp_api_warning_discard, amp_api_warning_issue, amp_api_warning_preview,
    amp_warning_atom, amp_warning_message;
amp_step_fn amp_api_eido, amp_api_eido_fetch, amp_api_eido_subscribe, amp_api_incident_eido,
    amp_api_transfer, amp_api_transfer_answer, amp_api_partners;
amp_step_fn amp_api_recommendation, amp_api_assign, amp_api_unassign;
amp_step_fn amp_api_units, amp_api_unit, amp_api_unit_add, amp_api_unit_change, amp_api_unit_status,
    amp_api_stations, amp_api_station_add;
amp_step_fn amp_api_hospitals, amp_api_hospital_add, amp_api_hospital_change,
    amp_api_hospital_status;
amp_step_fn amp_api_positions, amp_api_fleet, amp_api_unit_reports;
amp_step_fn amp_api_isochrone, amp_api_coverage;
amp_step_fn amp_api_lost;
amp_step_fn amp_api_geocode, amp_api_reverse, amp_api_route, amp_api_nearest, amp_api_tile,
    amp_api_map, amp_api_map_reload;
amp_step_fn amp_api_closures, amp_api_closure, amp_api_closure_make, amp_api_closure_change,
    amp_api_closure_lift, amp_api_closure_restore, amp_api_closure_preview;
amp_step_fn amp_api_location, amp_api_incident_location;
amp_step_fn amp_api_plans, amp_api_log_root, amp_api_demo, amp_api_demo_change, amp_api_config,
    amp_api_health, amp_api_openapi, amp_api_ready, amp_api_metrics, amp_api_asset, amp_api_events;
amp_step_fn amp_api_session, amp_api_session_open, amp_api_session_end, amp_api_setup,
    amp_api_sessions, amp_api_session_revoke, amp_api_password, amp_api_totp, amp_api_totp_confirm,
    amp_api_totp_remove;
amp_step_fn amp_api_accounts, amp_api_account_add, amp_api_account_change, amp_api_account_reset,
    amp_api_tokens, amp_api_token_make, amp_api_token_revoke, amp_api_agencies, amp_api_agency_add;
amp_step_fn amp_api_statistics, amp_api_crew_hours, amp_api_past, amp_api_past_events,
    amp_api_cards;
amp_step_fn amp_api_aid, amp_api_aid_ask, amp_api_aid_answer, amp_api_aid_withdraw;
amp_step_fn amp_api_share, amp_api_unshare, amp_api_hold, amp_api_hold_lift, amp_api_erase,
    amp_api_export, amp_api_audit, amp_api_audit_records;
amp_step_fn amp_api_log_checkpoint, amp_api_log_key, amp_api_log_tile, amp_api_log_proof,
    amp_api_log_consistency, amp_api_log_witnesses, amp_api_log_witness_add, amp_api_log_cosign;

/* Shared by them. Each returns false after having refused the job. */
bool amp_api_read(struct amp_server *server, struct amp_job *job, enum amp_command_kind kind,
                  amp_field_set given);
bool amp_api_incident_given(struct amp_server *server, struct amp_job *job);
/* Whose desk it is, as `agency` of the command; nothing for the whole service. */
void amp_api_agency_given(struct amp_server *server, struct amp_job *job);
bool amp_api_unit_given(struct amp_server *server, struct amp_job *job, size_t param);
struct amp_str amp_api_query(const struct amp_job *job, const char *name); /* or empty */
bool amp_api_query_pos(struct amp_server *server, struct amp_job *job, const char *name,
                       struct amp_pos *out, bool *found);
bool amp_api_query_int(struct amp_server *server, struct amp_job *job, const char *name,
                       int64_t *out);
bool amp_api_map_there(struct amp_server *server, struct amp_job *job);
/* The profile that the query names, or the ambulance's; one that the server keeps weights of. */
bool amp_api_query_profile(struct amp_server *server, struct amp_job *job, enum amp_profile *out);
/* The days that `from` and `to` name, both included, in the zone of the server; today unless given.
 * And a day as text. */
bool amp_api_query_days(struct amp_server *server, struct amp_job *job, int64_t days_max,
                        int64_t *first, int64_t *last);
void amp_api_day_text(int64_t day, char out[AMP_TIME_TEXT]);
/* What the map in force covers and its version: members of an open object. */
void amp_api_map_write(struct amp_json *js, struct amp_server *server);

/* closure_roads.c: a closure as the roads take it, its points in the arena; and answers with the
 * roads that closures come to, by a worker. There is a map. */
AMP_MUST amp_err amp_closure_copy(const struct amp_extent *extent, struct amp_arena *arena,
                                  struct amp_road_closure *out);
void amp_closure_roads_of(struct amp_server *server, struct amp_job *job,
                          const struct amp_closure *closure);
/* Of those in force, or with the newest that were lifted, which come to none. */
void amp_closure_roads_list(struct amp_server *server, struct amp_job *job, bool all);
/* The answer about a closure leaves before the roads know it. */
void amp_api_closure_late(struct amp_job *job);
/* The members of an identity. */
void amp_api_identity_write(struct amp_json *js, struct amp_server *server,
                            const struct amp_identity *who);
/* Answers with what `see` writes, after the look is an event (of the incident in the command, or of
 * none), unless there was the same lately. */
void amp_api_look(struct amp_server *server, struct amp_job *job, const char *look,
                  amp_see_fn *see);
/* The newest checkpoint with cosignatures, as a note. AMP_E_NOT_FOUND. */
AMP_MUST amp_err amp_api_log_cosigned(struct amp_server *server, struct amp_store *reader,
                                      struct amp_buf *out, struct amp_why *why);
/* The second factor of an account is gone. */
AMP_MUST amp_err amp_api_totp_forget(struct amp_server *server, struct amp_job *job,
                                     const char *account);

/* Before memory is changed ahead of a command: false after having refused because it could not be
 * written. */
bool amp_api_room(struct amp_server *server, struct amp_job *job);
/* A look as a command of the job, if it has to be one; else the job is as it was. */
bool amp_api_look_counts(struct amp_server *server, struct amp_job *job, const char *look);

/* A message in the format of that name, from that number ("": not known): see docs/openapi.yaml. */
void amp_api_report(struct amp_server *server, struct amp_job *job, struct amp_str name,
                    struct amp_str body, struct amp_str from);
/* Opens the answer with {"seq":N; the caller adds members and closes it. */
struct amp_json amp_api_open(struct amp_server *server, struct amp_job *job);
amp_see_fn amp_api_see_incident; /* {"seq","incident"} with its timeline */
amp_see_fn amp_api_see_unit;     /* {"seq","unit"} of command.f.unit */
amp_see_fn amp_api_see_assignment;

#endif
