/* `amparo erase`: destroys the key of an incident's personal data. */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/control.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    BODY_MAX = 4096,
    TARGET_MAX = 128,
    LINE_MAX = 64
};

struct erase_request {
    struct amp_master_from master;
    const char *incident, *reason;
    bool json, yes;
};

/* A person at a terminal says the number once more: it cannot be undone. */
static bool is_meant(const struct erase_request *request)
{
    char line[LINE_MAX] = "";
    if (request->yes) {
        return true;
    }
    if (isatty(STDIN_FILENO) == 0) {
        (void)fprintf(stderr, "amparo erase: this cannot be undone; say --yes\n");
        return false;
    }
    (void)fprintf(stderr,
                  "The caller's number, name, words, position and all notes of %s will be\n"
                  "gone for ever. Its records stay, and keep proving. To go on, type %s: ",
                  request->incident, request->incident);
    if (fgets(line, sizeof line, stdin) == NULL) {
        return false;
    }
    return amp_str_is(amp_str_trim(amp_str_of(line)), request->incident);
}

static int erase_run(const struct erase_request *request)
{
    char target[TARGET_MAX];
    struct amp_buf body = amp_buf_make(BODY_MAX);
    struct amp_json js = amp_json_make(&body);
    struct amp_why why = {""};
    json_t *answer = NULL;
    (void)snprintf(target, sizeof target, "/v1/incidents/%.32s/erase", request->incident);
    amp_json_open(&js, '{');
    if (request->reason != NULL) {
        amp_json_text_of(&js, "reason", request->reason);
    }
    amp_json_close(&js, '}');
    const struct amp_control_ask ask = {.master = request->master,
                                        .method = AMP_METHOD_POST,
                                        .target = target,
                                        .body = amp_buf_view(&body)};
    amp_err err = amp_control_json(&ask, &answer, &why);
    amp_buf_free(&body);
    json_int_t seq = json_integer_value(json_object_get(answer, "seq"));
    json_decref(answer);
    if (err != AMP_OK) {
        return amp_cli_fail_as("erase", request->json, err, &why);
    }
    if (request->json) {
        printf("{\"incident\":\"%s\",\"seq\":%lld}\n", request->incident, (long long)seq);
    } else {
        printf("%s is erased; record %lld says so\n", request->incident, (long long)seq);
    }
    return AMP_EXIT_OK;
}

int amp_cli_erase(int argc, char **argv)
{
    struct erase_request request = {.yes = false};
    const struct amp_opt opt[] = {
        AMP_CONTROL_OPTIONS(request),
        {"--reason", AMP_OPT_TEXT, "TEXT", "for the record; not personal", false, &request.reason,
         NULL},
        {"--yes", AMP_OPT_FLAG, NULL, "do not ask", false, &request.yes, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "erase",
        .operands = "INCIDENT",
        .about =
            "Destroys the key that an incident's personal data are sealed with, in the\n"
            "database, in memory and in snapshots; backups made earlier keep theirs until they\n"
            "are destroyed. The records stay, `amparo log verify` still holds, and the erasing\n"
            "is a record itself. The incident must be closed and not held.",
        .opt = opt,
        .opt_n = sizeof opt / sizeof opt[0],
        .operand_min = 1,
        .operand_max = 1};
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    request.incident = argv[0];
    return is_meant(&request) ? erase_run(&request) : AMP_EXIT_FAILED;
}
