/*
 * How the command line speaks to a service on the same machine: over DIR/amparo.sock while it
 * runs, else by opening the journal itself for as long as the question takes.
 *
 * Either way it acts as the owner of the directory, as "local" in the record. What is asked are the
 * routes of docs/openapi.yaml.
 */
#ifndef AMP_CLI_CONTROL_H
#define AMP_CLI_CONTROL_H

#include "base/json.h"
#include "cli/master.h"
#include "server/http.h"

#define AMP_CONTROL_SOCKET "amparo.sock"

struct amp_control_ask {
    struct amp_master_from master; /* its dir is the journal's */
    enum amp_method method;
    const char *target;
    struct amp_str body; /* may be empty */
};

/* The status and body of the answer. AMP_E_NOT_FOUND when there is no journal in the directory. */
AMP_MUST amp_err amp_control(const struct amp_control_ask *ask, int *out_status,
                             struct amp_buf *out, struct amp_why *why);
/* The same for callers that want JSON or a refusal: the `detail` of a problem becomes `why`. The
 * caller drops *out with json_decref; NULL when there was no body. */
AMP_MUST amp_err amp_control_json(const struct amp_control_ask *ask, json_t **out,
                                  struct amp_why *why);

#endif
