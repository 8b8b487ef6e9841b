/* The table of routes. To add one: a row here, a function in api_*.c, a path in docs/openapi.yaml.
 */
#include "server/endpoint.h"
#include "server/api.h"

#define GET               AMP_METHOD_GET
#define POST              AMP_METHOD_POST
#define PATCH             AMP_METHOD_PATCH
#define DELETE            AMP_METHOD_DELETE
#define MAY(permit, kind) AMP_ENDPOINT_##kind, AMP_PERMIT_##permit
#define ANYBODY(kind)     AMP_ENDPOINT_##kind, AMP_ENDPOINT_PUBLIC

/* clang-format off */
const struct amp_endpoint amp_endpoints[] = {
    {POST,   "/v1/calls", MAY(CALL, WRITE), amp_api_call_take, "take a call for help"},
    {POST,   "/v1/calls/{call}/end", MAY(CALL, WRITE), amp_api_call_end,
             "the caller is off the line"},
    {POST,   "/v1/intake/{format}", MAY(INTAKE, WRITE), amp_api_intake,
             "a message in a wire format"},
    {GET,    "/v1/incidents", MAY(READ, READ), amp_api_incidents,
             "incidents, open ones unless asked"},
    {POST,   "/v1/incidents", MAY(CALL, WRITE), amp_api_incident_open,
             "open an incident without a call"},
    {GET,    "/v1/incidents/{incident}", MAY(READ, READ), amp_api_incident,
             "one incident, its timeline"},
    {PATCH,  "/v1/incidents/{incident}", MAY(CALL, WRITE), amp_api_incident_change,
             "triage or place it"},
    {POST,   "/v1/incidents/{incident}/notes", MAY(NOTE, WRITE), amp_api_incident_note,
             "write a note"},
    {POST,   "/v1/incidents/{incident}/close", MAY(DISPATCH, WRITE), amp_api_incident_close,
             "close it"},
    {POST,   "/v1/incidents/{incident}/reopen", MAY(DISPATCH, WRITE), amp_api_incident_reopen,
             "reopen it"},
    {POST,   "/v1/incidents/{incident}/merge", MAY(DISPATCH, WRITE), amp_api_incident_merge,
             "merge it"},
    {POST,   "/v1/incidents/{incident}/alarm/acknowledge", MAY(CALL, WRITE),
             amp_api_incident_acknowledge, "acknowledge its alarm"},
    {GET,    "/v1/incidents/{incident}/recommendation", MAY(CALL, WORK), amp_api_recommendation,
             "crews that can be there first, and why"},
    {GET,    "/v1/incidents/{incident}/location", MAY(CALL, WORK), amp_api_incident_location,
             "what its callers' positions can mean"},
    {POST,   "/v1/incidents/{incident}/assignments", MAY(DISPATCH, WRITE), amp_api_assign,
             "send a crew"},
    {DELETE, "/v1/incidents/{incident}/assignments/{unit}", MAY(DISPATCH, WRITE),
             amp_api_unassign, "recall a crew"},
    {POST,   "/v1/incidents/{incident}/shares", MAY(SUPERVISE, WRITE), amp_api_share,
             "let another agency see it"},
    {DELETE, "/v1/incidents/{incident}/shares/{agency}", MAY(SUPERVISE, WRITE), amp_api_unshare,
             "no longer"},
    {POST,   "/v1/incidents/{incident}/hold", MAY(SUPERVISE, WRITE), amp_api_hold,
             "keep its data whatever the retention says"},
    {DELETE, "/v1/incidents/{incident}/hold", MAY(SUPERVISE, WRITE), amp_api_hold_lift,
             "no longer"},
    {POST,   "/v1/incidents/{incident}/erase", MAY(ADMIN, WRITE), amp_api_erase,
             "destroy the key of its personal data"},
    {GET,    "/v1/incidents/{incident}/export", MAY(SUPERVISE, WRITE), amp_api_export,
             "its records with their proofs, for a court"},
    {GET,    "/v1/units", MAY(READ, READ), amp_api_units, "all units"},
    {POST,   "/v1/units", MAY(SUPERVISE, WRITE), amp_api_unit_add, "add a unit"},
    {GET,    "/v1/units/{unit}", MAY(READ, READ), amp_api_unit, "one unit"},
    {PATCH,  "/v1/units/{unit}", MAY(SUPERVISE, WRITE), amp_api_unit_change,
             "change what a unit is or can do"},
    {POST,   "/v1/units/{unit}/status", MAY(CREW, WRITE), amp_api_unit_status,
             "what a unit reports"},
    {GET,    "/v1/stations", MAY(READ, READ), amp_api_stations, "all stations"},
    {POST,   "/v1/stations", MAY(SUPERVISE, WRITE), amp_api_station_add, "add a station"},
    {POST,   "/v1/positions", MAY(POSITIONS, REPORT), amp_api_positions, "positions of vehicles"},
    {GET,    "/v1/fleet/{format}", MAY(POSITIONS, REPORT), amp_api_fleet,
             "a position in a wire format"},
    {POST,   "/v1/fleet/{format}", MAY(POSITIONS, REPORT), amp_api_fleet,
             "positions in a wire format"},
    {GET,    "/v1/geocode", MAY(MAP, WORK), amp_api_geocode, "find a place by name"},
    {GET,    "/v1/reverse", MAY(MAP, WORK), amp_api_reverse, "what is at a position"},
    {GET,    "/v1/route", MAY(MAP, WORK), amp_api_route, "the fastest way"},
    {GET,    "/v1/nearest", MAY(READ, WORK), amp_api_nearest, "the units that can be there first"},
    {GET,    "/v1/location", MAY(READ, WORK), amp_api_location, "what a region can mean"},
    {GET,    "/v1/closures", MAY(MAP, WORK), amp_api_closures, "closed and slowed roads"},
    {GET,    "/v1/closures/preview", MAY(MAP, WORK), amp_api_closure_preview,
             "the roads that a closure would come to"},
    {POST,   "/v1/closures", MAY(DISPATCH, WRITE), amp_api_closure_make,
             "close roads, or make them slower"},
    {GET,    "/v1/closures/{closure}", MAY(MAP, WORK), amp_api_closure, "one closure"},
    {PATCH,  "/v1/closures/{closure}", MAY(DISPATCH, WRITE), amp_api_closure_change,
             "change it"},
    {GET,    "/v1/isochrone", MAY(READ, WORK), amp_api_isochrone,
             "the area reached in time, from a place or by all free crews"},
    {DELETE, "/v1/closures/{closure}", MAY(DISPATCH, WRITE), amp_api_closure_lift,
             "open the roads again"},
    {POST,   "/v1/closures/{closure}/restore", MAY(DISPATCH, WRITE), amp_api_closure_restore,
             "close them again after all"},
    {GET,    "/v1/plans", MAY(MAP, READ), amp_api_plans, "response plans"},
    {GET,    "/v1/tiles/{z}/{x}/{y}.mvt", MAY(MAP, WORK), amp_api_tile,
             "a vector tile of the map"},
    {GET,    "/v1/map", MAY(MAP, READ), amp_api_map, "what the map covers"},
    {POST,   "/v1/map/reload", MAY(ADMIN, REPORT), amp_api_map_reload, "read its file again"},
    {GET,    "/v1/log/root", ANYBODY(READ), amp_api_log_root, "size and root of the journal"},
    {GET,    "/v1/log/checkpoint", ANYBODY(WORK), amp_api_log_checkpoint,
             "the signed checkpoint of the journal"},
    {GET,    "/v1/log/key", ANYBODY(READ), amp_api_log_key, "the key that checkpoints verify with"},
    {GET,    "/v1/log/tile/{path*}", ANYBODY(WORK), amp_api_log_tile,
             "hashes of the tree, or the entries below them"},
    {GET,    "/v1/log/proof", ANYBODY(WORK), amp_api_log_proof, "that a record is in the journal"},
    {GET,    "/v1/log/consistency", ANYBODY(WORK), amp_api_log_consistency,
             "that the journal only grew"},
    {GET,    "/v1/log/witnesses", MAY(AUDIT, READ), amp_api_log_witnesses,
             "whose cosignatures are taken"},
    {POST,   "/v1/log/witnesses", MAY(ADMIN, WRITE), amp_api_log_witness_add, "take a witness's"},
    {POST,   "/v1/log/cosignatures", MAY(AUDIT, WRITE), amp_api_log_cosign,
             "hand in a cosigned checkpoint"},
    {GET,    "/v1/audit", MAY(AUDIT, READ), amp_api_audit, "what was done, by day, role and kind"},
    {GET,    "/v1/audit/records", MAY(AUDIT, WORK), amp_api_audit_records,
             "the records that a count stands on"},
    {GET,    "/v1/statistics", MAY(SUPERVISE, WORK), amp_api_statistics,
             "response times by phase, type, priority, hour and area"},
    {GET,    "/v1/statistics/crews", MAY(SUPERVISE, WORK), amp_api_crew_hours,
             "how long crews were on duty, busy, at hospital"},
    {GET,    "/v1/past", MAY(SUPERVISE, WORK), amp_api_past, "the board as it was"},
    {GET,    "/v1/past/events", MAY(SUPERVISE, WORK), amp_api_past_events,
             "what happened between two moments"},
    {GET,    "/v1/session", MAY(SELF, READ), amp_api_session, "who am I"},
    {POST,   "/v1/session", ANYBODY(WRITE), amp_api_session_open, "log in"},
    {DELETE, "/v1/session", MAY(SELF, WRITE), amp_api_session_end, "log out"},
    {POST,   "/v1/setup", ANYBODY(WRITE), amp_api_setup, "use a one-time link"},
    {GET,    "/v1/sessions", MAY(SELF, READ), amp_api_sessions, "sessions of an account"},
    {DELETE, "/v1/sessions/{session}", MAY(SELF, WRITE), amp_api_session_revoke, "end one"},
    {POST,   "/v1/password", MAY(SELF, WRITE), amp_api_password, "change one's password"},
    {POST,   "/v1/totp", MAY(SELF, WRITE), amp_api_totp, "begin with a second factor"},
    {POST,   "/v1/totp/confirm", MAY(SELF, WRITE), amp_api_totp_confirm, "put it in force"},
    {DELETE, "/v1/totp", MAY(SELF, WRITE), amp_api_totp_remove, "do without it"},
    {GET,    "/v1/accounts", MAY(SUPERVISE, READ), amp_api_accounts, "all accounts"},
    {POST,   "/v1/accounts", MAY(ADMIN, WRITE), amp_api_account_add, "add one"},
    {PATCH,  "/v1/accounts/{account}", MAY(ADMIN, WRITE), amp_api_account_change,
             "change its role, agency or unit, disable it"},
    {POST,   "/v1/accounts/{account}/reset", MAY(ADMIN, WRITE), amp_api_account_reset,
             "a new one-time link for who cannot log in"},
    {GET,    "/v1/tokens", MAY(SELF, READ), amp_api_tokens, "API tokens"},
    {POST,   "/v1/tokens", MAY(SELF, WRITE), amp_api_token_make, "make one"},
    {DELETE, "/v1/tokens/{token}", MAY(SELF, WRITE), amp_api_token_revoke, "end one"},
    {GET,    "/v1/agencies", MAY(READ, READ), amp_api_agencies, "agencies on this server"},
    {POST,   "/v1/agencies", MAY(ADMIN, WRITE), amp_api_agency_add, "add one"},
    {GET,    "/v1/demo", MAY(TRAIN, READ), amp_api_demo, "the demo's settings"},
    {PATCH,  "/v1/demo", MAY(TRAIN, REPORT), amp_api_demo_change, "change the demo's settings"},
    {GET,    "/v1/config", MAY(SELF, READ), amp_api_config, "what the console has to know"},
    {GET,    "/v1/openapi.yaml", MAY(SELF, NEAR), amp_api_openapi,
             "the description of this interface"},
    {GET,    "/v1/events", MAY(READ, READ), amp_api_events, "what happens, live"},
    {GET,    "/healthz", ANYBODY(NEAR), amp_api_health, "alive"},
    {GET,    "/readyz", ANYBODY(READ), amp_api_ready, "ready to write"},
    {GET,    "/metrics", MAY(METRICS, NEAR), amp_api_metrics, "counters"},
    {GET,    "/", ANYBODY(NEAR), amp_api_asset, "the console"},
    {GET,    "/crew", ANYBODY(NEAR), amp_api_asset, "the page of crews"},
    {GET,    "/crew/{file}", ANYBODY(NEAR), amp_api_asset, "what opens it without a line"},
    {GET,    "/assets/{file}", ANYBODY(NEAR), amp_api_asset, "its files"},
};
/* clang-format on */

const size_t amp_endpoint_n = sizeof amp_endpoints / sizeof amp_endpoints[0];
_Static_assert(sizeof amp_endpoints / sizeof amp_endpoints[0] < AMP_METRIC_ROUTES,
               "each route needs a column of the metrics");

const struct amp_endpoint *amp_endpoint_find(enum amp_method method, const struct amp_uri *uri,
                                             struct amp_str *param, unsigned *allow_out)
{
    const struct amp_endpoint *found = NULL;
    *allow_out = 0;
    for (size_t i = 0; i < amp_endpoint_n; i++) {
        struct amp_str have[AMP_ENDPOINT_PARAMS] = {{0}};
        if (!amp_uri_match(uri, amp_endpoints[i].path, have, AMP_ENDPOINT_PARAMS)) {
            continue;
        }
        *allow_out |= 1U << amp_endpoints[i].method;
        if (amp_endpoints[i].method == method && found == NULL) {
            found = &amp_endpoints[i];
            for (size_t p = 0; p < AMP_ENDPOINT_PARAMS; p++) {
                param[p] = have[p];
            }
        }
    }
    return found;
}
