/*
 * The JSON that the outside sees of the state: one writer for HTTP answers, live push and
 * snapshots.
 *
 * Shapes are those of docs/openapi.yaml. Stale positions are never written as current: lat and lon
 * are left out and "position_stale" is true.
 */
#ifndef AMP_MODEL_VIEW_H
#define AMP_MODEL_VIEW_H

#include "base/json.h"
#include "model/state.h"
#include "model/track.h"

void amp_view_incident(struct amp_json *js, const struct amp_state *state,
                       const struct amp_incident *incident, bool with_timeline);
/* "texts":[...], newest first of each call; at most AMP_VIEW_TEXTS of one call. */
enum {
    AMP_VIEW_TEXTS = 1000,
    AMP_VIEW_LINKS = 20
};
void amp_view_texts(struct amp_json *js, const struct amp_state *state,
                    const struct amp_incident *incident);
/* What its crews took, and those of the incidents merged into it: "media". */
void amp_view_media(struct amp_json *js, const struct amp_state *state,
                    const struct amp_incident *incident);
/* The same with the links of its callers: the newest AMP_VIEW_LINKS of each call. */
void amp_view_links(struct amp_json *js, const struct amp_state *state,
                    const struct amp_incident *incident);
/* "aid":[...]: what other agencies were asked for. */
void amp_view_aid_of(struct amp_json *js, const struct amp_state *state,
                     const struct amp_incident *incident);
/* One request as the agency that is asked may know it, which sees nothing else of the incident:
 * who asks for what, and while it stands type, priority, level, place and the asker's words. */
void amp_view_aid(struct amp_json *js, const struct amp_state *state,
                  const struct amp_incident *incident, const struct amp_aid_request *request);
/* A time, or null for 0. */
void amp_view_time_of(struct amp_json *js, const char *name, int64_t time_us);
void amp_view_call(struct amp_json *js, const struct amp_call *call);
void amp_view_account(struct amp_json *js, const struct amp_state *state,
                      const struct amp_account *account);
void amp_view_agency(struct amp_json *js, const struct amp_agency *agency);
void amp_view_unit(struct amp_json *js, const struct amp_state *state, const struct amp_unit *unit,
                   const struct amp_track *track, int64_t now_us);
void amp_view_station(struct amp_json *js, const struct amp_station *station);
void amp_view_hospital(struct amp_json *js, const struct amp_hospital *hospital);
/* Its members alone, into an open object. */
void amp_view_hospital_of(struct amp_json *js, const struct amp_hospital *hospital);
void amp_view_closure(struct amp_json *js, const struct amp_closure *closure);

#endif
