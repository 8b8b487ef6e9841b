/*
 * What incidents and calls are called outside, as URNs that no other centre gives:
 * "urn:emergency:uid:incidentid:I0000000007:north.example.org", of I-7 (NENA-STA-010.3, sections
 * 2.1.6 and 2.1.7: 10 to 32 letters and digits, then the domain of who gave it).
 */
#ifndef AMP_SERVER_UID_H
#define AMP_SERVER_UID_H

#include "base/arena.h"
#include "model/ids.h"

struct amp_server;

/* The centre's own name, as its settings say it. */
const char *amp_uid_domain(const struct amp_server *server);
struct amp_str amp_uid_incident(const struct amp_server *server, struct amp_incident_id id,
                                struct amp_arena *arena);
struct amp_str amp_uid_call(const struct amp_server *server, struct amp_call_id id,
                            struct amp_arena *arena);
/* Whether a name is one of ours; of before there were zeros ("I-7"), too. */
bool amp_uid_is_ours(const struct amp_server *server, struct amp_str name,
                     struct amp_incident_id *out);

#endif
