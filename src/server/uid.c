/* The names of incidents and calls outside of this centre. */
#include "server/uid.h"
#include "server/i3.h"
#include "server/inside.h"
#include "server/partner.h"

#define INCIDENT_URN "urn:emergency:uid:incidentid:"
#define CALL_URN     "urn:emergency:uid:callid:"

const char *amp_uid_domain(const struct amp_server *server)
{
    const struct amp_server_config *config = &server->config;
    return config->partners != NULL ? config->partners->centre
           : config->i3 != NULL     ? config->i3->agency
                                    : "amparo.invalid"; /* RFC 2606: nobody's */
}

struct amp_str amp_uid_incident(const struct amp_server *server, struct amp_incident_id id,
                                struct amp_arena *arena)
{
    return amp_arena_printf(arena, INCIDENT_URN "I%010u:%s", (unsigned)id.n,
                            amp_uid_domain(server));
}

struct amp_str amp_uid_call(const struct amp_server *server, struct amp_call_id id,
                            struct amp_arena *arena)
{
    return amp_arena_printf(arena, CALL_URN "C%010u:%s", (unsigned)id.n, amp_uid_domain(server));
}

bool amp_uid_is_ours(const struct amp_server *server, struct amp_str name,
                     struct amp_incident_id *out)
{
    struct amp_str urn = AMP_STR(INCIDENT_URN), id = {0};
    if (!amp_str_starts(name, urn)) {
        return false;
    }
    struct amp_str rest = {name.ptr + urn.len, name.len - urn.len};
    rest = amp_str_cut(rest, ':', &id);
    if (id.len > 2 && id.ptr[0] == 'I' && id.ptr[1] == '0') {
        while (id.len > 1 && (id.ptr[0] == 'I' || id.ptr[0] == '0')) {
            id = (struct amp_str){id.ptr + 1, id.len - 1};
        }
    }
    return amp_str_is(rest, amp_uid_domain(server)) && amp_incident_id_parse(id, out) == AMP_OK;
}
