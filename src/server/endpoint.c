/* The table of routes. To add one: a row here, a function in api_*.c, a path in docs/openapi.yaml.
 */
#include "server/endpoint.h"
#include "server/api.h"

#define GET    AMP_METHOD_GET
#define POST   AMP_METHOD_POST
#define PATCH  AMP_METHOD_PATCH
#define DELETE AMP_METHOD_DELETE
#define SEE    AMP_ENDPOINT_READ, AMP_ACCESS_READ
#define CHANGE AMP_ENDPOINT_WRITE, AMP_ACCESS_WRITE
#define REPORT AMP_ENDPOINT_READ, AMP_ACCESS_WRITE
#define ASK    AMP_ENDPOINT_WORK, AMP_ACCESS_READ
#define NEAR   AMP_ENDPOINT_NEAR, AMP_ACCESS_PUBLIC
#define LISTEN AMP_ENDPOINT_NEAR, AMP_ACCESS_READ
#define OPEN   AMP_ENDPOINT_READ, AMP_ACCESS_PUBLIC

/* clang-format off */
const struct amp_endpoint amp_endpoints[] = {
    {POST,   "/v1/calls", CHANGE, amp_api_call_take, "take a call for help"},
    {POST,   "/v1/calls/{call}/end", CHANGE, amp_api_call_end, "the caller is off the line"},
    {POST,   "/v1/intake/{format}", CHANGE, amp_api_intake, "a message in a wire format"},
    {GET,    "/v1/incidents", SEE, amp_api_incidents, "incidents, open ones unless asked"},
    {POST,   "/v1/incidents", CHANGE, amp_api_incident_open, "open an incident without a call"},
    {GET,    "/v1/incidents/{incident}", SEE, amp_api_incident, "one incident, its timeline"},
    {PATCH,  "/v1/incidents/{incident}", CHANGE, amp_api_incident_change, "triage or place it"},
    {POST,   "/v1/incidents/{incident}/notes", CHANGE, amp_api_incident_note, "write a note"},
    {POST,   "/v1/incidents/{incident}/close", CHANGE, amp_api_incident_close, "close it"},
    {POST,   "/v1/incidents/{incident}/reopen", CHANGE, amp_api_incident_reopen, "reopen it"},
    {POST,   "/v1/incidents/{incident}/merge", CHANGE, amp_api_incident_merge, "merge it"},
    {POST,   "/v1/incidents/{incident}/alarm/acknowledge", CHANGE, amp_api_incident_acknowledge,
             "acknowledge its alarm"},
    {GET,    "/v1/incidents/{incident}/recommendation", ASK, amp_api_recommendation,
             "crews that can be there first, and why"},
    {POST,   "/v1/incidents/{incident}/assignments", CHANGE, amp_api_assign, "send a crew"},
    {DELETE, "/v1/incidents/{incident}/assignments/{unit}", CHANGE, amp_api_unassign,
             "recall a crew"},
    {GET,    "/v1/units", SEE, amp_api_units, "all units"},
    {POST,   "/v1/units", CHANGE, amp_api_unit_add, "add a unit"},
    {GET,    "/v1/units/{unit}", SEE, amp_api_unit, "one unit"},
    {PATCH,  "/v1/units/{unit}", CHANGE, amp_api_unit_change, "change what a unit is or can do"},
    {POST,   "/v1/units/{unit}/status", CHANGE, amp_api_unit_status, "what a unit reports"},
    {GET,    "/v1/stations", SEE, amp_api_stations, "all stations"},
    {POST,   "/v1/stations", CHANGE, amp_api_station_add, "add a station"},
    {POST,   "/v1/positions", REPORT, amp_api_positions, "positions of vehicles"},
    {GET,    "/v1/fleet/{format}", REPORT, amp_api_fleet, "a position in a wire format"},
    {POST,   "/v1/fleet/{format}", REPORT, amp_api_fleet, "positions in a wire format"},
    {GET,    "/v1/geocode", ASK, amp_api_geocode, "find a place by name"},
    {GET,    "/v1/reverse", ASK, amp_api_reverse, "what is at a position"},
    {GET,    "/v1/route", ASK, amp_api_route, "the fastest way"},
    {GET,    "/v1/nearest", ASK, amp_api_nearest, "the units that can be there first"},
    {GET,    "/v1/closures", SEE, amp_api_closures, "closed roads"},
    {POST,   "/v1/closures", CHANGE, amp_api_closure_make, "close a road"},
    {DELETE, "/v1/closures/{closure}", CHANGE, amp_api_closure_lift, "open a road again"},
    {GET,    "/v1/plans", OPEN, amp_api_plans, "response plans"},
    {GET,    "/v1/tiles/{z}/{x}/{y}.mvt", ASK, amp_api_tile, "a vector tile of the map"},
    {GET,    "/v1/map", OPEN, amp_api_map, "what the map covers"},
    {GET,    "/v1/log/root", OPEN, amp_api_log_root, "size and root of the journal"},
    {GET,    "/v1/demo", SEE, amp_api_demo, "the demo's settings"},
    {PATCH,  "/v1/demo", REPORT, amp_api_demo_change, "change the demo's settings"},
    {GET,    "/v1/config", OPEN, amp_api_config, "what the console has to know"},
    {GET,    "/v1/openapi.yaml", NEAR, amp_api_openapi, "the description of this interface"},
    {GET,    "/v1/events", LISTEN, amp_api_events, "what happens, live"},
    {GET,    "/healthz", NEAR, amp_api_health, "alive"},
    {GET,    "/readyz", OPEN, amp_api_ready, "ready to write"},
    {GET,    "/metrics", NEAR, amp_api_metrics, "counters"},
    {GET,    "/", NEAR, amp_api_asset, "the console"},
    {GET,    "/assets/{file}", NEAR, amp_api_asset, "its files"},
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
