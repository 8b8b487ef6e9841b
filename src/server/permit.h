/*
 * Who may do what: roles and what each permits, as rows of one table.
 *
 * A route names the one permission it needs (endpoint.h); an identity has a set of them, which is
 * its role's, and for a token only those that its scopes let through. Nothing else in the server
 * decides by role. What an identity may see of a thing (its agency's incidents, its own crew's)
 * is sight.h.
 */
#ifndef AMP_SERVER_PERMIT_H
#define AMP_SERVER_PERMIT_H

#include "model/role.h"

/* X(ENUMERATOR, name on the wire, words) */
#define AMP_PERMIT_TABLE(X)                                                                        \
    X(SELF, "self", "its own session, password, second factor and tokens")                         \
    X(MAP, "map", "the map, places, routes")                                                       \
    X(READ, "read", "incidents, units, stations, what happens live")                               \
    X(CALL, "call", "take and place calls, open and triage incidents")                             \
    X(NOTE, "note", "write notes on what one sees")                                                \
    X(DISPATCH, "dispatch", "send and recall crews, close, reopen and merge, close roads")         \
    X(CREW, "crew", "what a crew reports of itself")                                               \
    X(POSITIONS, "positions", "report positions of vehicles")                                      \
    X(INTAKE, "intake", "hand in messages of other systems")                                       \
    X(ALERTS, "alerts", "bring alerts of other services")                                          \
    X(EXCHANGE, "exchange", "tell and be told of incidents as another centre")                     \
    X(SUPERVISE, "supervise", "units, stations, sharing, holds, exports")                          \
    X(TRAIN, "train", "exercises and the demo")                                                    \
    X(LABORATORY, "laboratory", "DNA cases")                                                       \
    X(AUDIT, "audit", "counts of access and what they stand on")                                   \
    X(METRICS, "metrics", "counters of the process")                                               \
    X(ADMIN, "admin", "accounts, agencies, witnesses, erasing")

enum amp_permit {
#define X(id, name, words) AMP_PERMIT_##id,
    AMP_PERMIT_TABLE(X)
#undef X
    AMP_PERMIT_COUNT
};
#define AMP_MAY(id) (UINT32_C(1) << AMP_PERMIT_##id)

/* What a token may be narrowed to. */
#define AMP_SCOPE_TABLE(X)                                                                         \
    X("read", AMP_MAY(SELF) | AMP_MAY(MAP) | AMP_MAY(READ) | AMP_MAY(AUDIT))                       \
    X("write", AMP_MAY(CALL) | AMP_MAY(NOTE) | AMP_MAY(DISPATCH) | AMP_MAY(CREW) |                 \
                   AMP_MAY(SUPERVISE) | AMP_MAY(TRAIN) | AMP_MAY(LABORATORY))                      \
    X("positions", AMP_MAY(POSITIONS))                                                             \
    X("intake", AMP_MAY(INTAKE))                                                                   \
    X("alerts", AMP_MAY(ALERTS))                                                                   \
    X("exchange", AMP_MAY(EXCHANGE))                                                               \
    X("metrics", AMP_MAY(METRICS))                                                                 \
    X("admin", AMP_MAY(ADMIN))

const char *amp_permit_name(enum amp_permit permit);
uint32_t amp_role_may(enum amp_role role);    /* bits AMP_MAY */
uint32_t amp_scope_may(struct amp_str scope); /* 0: there is no such scope */

#endif
