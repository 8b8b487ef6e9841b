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
#include "cli/cli.h"
#include "cli/master.h"
#include "server/http.h"

#define AMP_CONTROL_SOCKET "amparo.sock"

struct amp_control_ask {
    struct amp_master_from master; /* its dir is the journal's */
    enum amp_method method;
    const char *target;
    struct amp_str body; /* may be empty */
};

/* The options that every command which asks so has; its request has a `master` and a `json`. */
/* clang-format off */
#define AMP_CONTROL_OPTIONS(request)                                                               \
    {"--data", AMP_OPT_TEXT, "DIR", "the directory of the journal", true,                          \
     &(request).master.dir, NULL},                                                                 \
    {"--master-key", AMP_OPT_TEXT, "FILE", "default DIR/master.key; not needed while it runs",     \
     false, &(request).master.file, NULL},                                                         \
    {"--master-key-command", AMP_OPT_TEXT, "COMMAND", "prints the key", false,                     \
     &(request).master.command, NULL},                                                             \
    {"--json", AMP_OPT_FLAG, NULL, "print as JSON", false, &(request).json, NULL}
/* clang-format on */

/* The status and body of the answer. AMP_E_NOT_FOUND when there is no journal in the directory. */
AMP_MUST amp_err amp_control(const struct amp_control_ask *ask, int *out_status,
                             struct amp_buf *out, struct amp_why *why);
/* The same for callers that want JSON or a refusal: the `detail` of a problem becomes `why`. The
 * caller drops *out with json_decref; NULL when there was no body. */
AMP_MUST amp_err amp_control_json(const struct amp_control_ask *ask, json_t **out,
                                  struct amp_why *why);
/* Ends a command: prints the answer as JSON where that was asked, or why there is none; drops the
 * answer. The exit status. */
int amp_control_end(const char *command, bool json, json_t *answer, amp_err err,
                    const struct amp_why *why);
/* A member of an answer as text to print; "-" where it has none. */
const char *amp_control_text(const json_t *obj, const char *name);
/* Writes a member that is a list of the words between the commas of `list`. */
void amp_control_words_of(struct amp_json *js, const char *name, const char *list);

#endif
