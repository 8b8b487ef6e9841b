/* `amparo webhook`: which other systems are told of events, of a running server or of a journal at
 * rest. */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/control.h"
#include <stdio.h>
#include <string.h>

enum {
    BODY_MAX = 8192,
    TARGET_MAX = 128
};

struct webhook_request {
    struct amp_master_from master;
    const char *name; /* a URL, or the id of a webhook */
    const char *kinds, *label, *form;
    bool json, personal;
};

static int webhook_end(const struct webhook_request *request, json_t *answer, amp_err err,
                       const struct amp_why *why)
{
    return amp_control_end("webhook", request->json, answer, err, why);
}

/* Asks for /v1/webhooks, or of the webhook that is named with what follows its id. */
static amp_err ask(const struct webhook_request *request, enum amp_method method, const char *what,
                   json_t **out, struct amp_why *why)
{
    char target[TARGET_MAX] = "/v1/webhooks";
    if (what != NULL) {
        if (strlen(request->name) != strspn(request->name, "0123456789abcdef")) {
            return amp_fail(why, AMP_E_NOT_FOUND,
                            "\"%s\" is no id of a webhook: `amparo webhook list` has them",
                            request->name);
        }
        (void)snprintf(target, sizeof target, "/v1/webhooks/%.64s%s", request->name, what);
    }
    const struct amp_control_ask question = {
        .master = request->master, .method = method, .target = target};
    return amp_control_json(&question, out, why);
}

static void kinds_print(const json_t *kinds)
{
    for (size_t i = 0; i < json_array_size(kinds); i++) {
        printf("%s%s", i > 0 ? "," : "", json_string_value(json_array_get(kinds, i)));
    }
}

/* How it stands, in words. */
static void standing_print(const json_t *hook)
{
    const json_int_t dead = json_integer_value(json_object_get(hook, "dead"));
    const json_int_t tries = json_integer_value(json_object_get(hook, "tries"));
    const json_int_t status = json_integer_value(json_object_get(hook, "last_status"));
    printf("told up to record %lld", (long long)json_integer_value(json_object_get(hook, "told")));
    if (tries > 0 && status > 0) {
        printf(", the next tried %lld times: it answered %lld", (long long)tries,
               (long long)status);
    } else if (tries > 0) {
        printf(", the next tried %lld times without an answer", (long long)tries);
    }
    if (dead > 0) {
        printf(", %lld put aside", (long long)dead);
    }
}

static void webhook_print(const json_t *hook)
{
    printf("%-17s %-28s %-16s ", amp_control_text(hook, "id"), amp_control_text(hook, "host"),
           amp_control_text(hook, "label"));
    kinds_print(json_object_get(hook, "kinds"));
    printf("%s  ", json_is_true(json_object_get(hook, "personal")) ? ", personal data too" : "");
    standing_print(hook);
    printf("\n");
}

static void dead_print(const json_t *dead)
{
    const json_int_t status = json_integer_value(json_object_get(dead, "status"));
    printf("record %-10lld %s  ", (long long)json_integer_value(json_object_get(dead, "seq")),
           amp_control_text(dead, "time"));
    if (status > 0) {
        printf("answered %lld", (long long)status);
    } else {
        printf("no answer");
    }
    printf("%s\n", json_is_true(json_object_get(dead, "again")) ? ", is tried again" : "");
}

/* ---- verbs ---- */

static int webhook_add(const struct webhook_request *request)
{
    struct amp_buf body = amp_buf_make(BODY_MAX);
    struct amp_json js = amp_json_make(&body);
    json_t *answer = NULL;
    struct amp_why why = {""};
    if (request->kinds == NULL && request->form == NULL) {
        return amp_cli_misuse("webhook", "add needs --kinds LIST: kinds of events, their first "
                                         "words, or all (docs/events.md)");
    }
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "url", request->name);
    if (request->kinds != NULL) {
        amp_control_words_of(&js, "kinds", request->kinds);
    }
    if (request->form != NULL) {
        amp_json_text_of(&js, "form", request->form);
    }
    if (request->label != NULL) {
        amp_json_text_of(&js, "label", request->label);
    }
    amp_json_bool_of(&js, "personal", request->personal);
    amp_json_close(&js, '}');
    const struct amp_control_ask question = {.master = request->master,
                                             .method = AMP_METHOD_POST,
                                             .target = "/v1/webhooks",
                                             .body = amp_buf_view(&body)};
    amp_err err = amp_control_json(&question, &answer, &why);
    amp_buf_free(&body);
    if (err == AMP_OK && !request->json) {
        (void)fprintf(stderr, "webhook %s: its secret is told here and never again\n",
                      amp_control_text(answer, "webhook"));
        printf("%s\n", amp_control_text(answer, "secret")); /* alone on its line: scripts read it */
    }
    return webhook_end(request, answer, err, &why);
}

static int rows_print(const struct webhook_request *request, const char *what, const char *rows,
                      void (*print)(const json_t *row))
{
    json_t *answer = NULL;
    struct amp_why why = {""};
    amp_err err = ask(request, AMP_METHOD_GET, what, &answer, &why);
    const json_t *list = json_object_get(answer, rows);
    for (size_t i = 0; err == AMP_OK && !request->json && i < json_array_size(list); i++) {
        print(json_array_get(list, i));
    }
    return webhook_end(request, answer, err, &why);
}

static int webhook_list(const struct webhook_request *request)
{
    return rows_print(request, NULL, "webhooks", webhook_print);
}

static int webhook_dead(const struct webhook_request *request)
{
    return rows_print(request, "/dead", "dead", dead_print);
}

static int webhook_act(const struct webhook_request *request, enum amp_method method,
                       const char *what)
{
    json_t *answer = NULL;
    struct amp_why why = {""};
    amp_err err = ask(request, method, what, &answer, &why);
    return webhook_end(request, answer, err, &why);
}

static int webhook_retry(const struct webhook_request *request)
{
    return webhook_act(request, AMP_METHOD_POST, "/retry");
}

static int webhook_remove(const struct webhook_request *request)
{
    return webhook_act(request, AMP_METHOD_DELETE, "");
}

static const struct webhook_verb {
    const char *name, *operand;
    int (*run)(const struct webhook_request *request);
} verbs[] = {
    {"add", "a URL", webhook_add},       {"list", NULL, webhook_list},
    {"remove", "an id", webhook_remove}, {"dead", "an id", webhook_dead},
    {"retry", "an id", webhook_retry},
};

static int verb_run(const struct webhook_request *request, const char *name, int operand_n)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(name, verbs[i].name) != 0) {
            continue;
        }
        if ((verbs[i].operand != NULL) != (operand_n == 2)) {
            return amp_cli_misuse("webhook", "%s %s %s", name,
                                  verbs[i].operand != NULL ? "needs" : "takes",
                                  verbs[i].operand != NULL ? verbs[i].operand : "no name");
        }
        return verbs[i].run(request);
    }
    return amp_cli_misuse("webhook", "there is no \"%s\"", name);
}

int amp_cli_webhook(int argc, char **argv)
{
    struct webhook_request request = {.json = false};
    const struct amp_opt opt[] = {
        AMP_CONTROL_OPTIONS(request),
        {"--kinds", AMP_OPT_TEXT, "LIST", "add: incident,unit-dispatched,... or all", false,
         &request.kinds, NULL},
        {"--form", AMP_OPT_TEXT, "amparo|i3", "add: i3 tells LogEvents, and takes no kinds", false,
         &request.form, NULL},
        {"--personal", AMP_OPT_FLAG, NULL, "add: with personal data in the clear", false,
         &request.personal, NULL},
        {"--label", AMP_OPT_TEXT, "TEXT", "add: what it is", false, &request.label, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "webhook",
        .operands = "add URL, list, remove ID, dead ID, retry ID",
        .about =
            "Tells another system (a pager, a radio, a chat) of events by signed HTTP requests;\n"
            "docs/events.md has their form. add prints the secret of the signatures, once.\n"
            "What a system would not take in ten minutes is put aside: dead shows it, retry has\n"
            "it tried again. Only add needs the server to run; each change is a record.",
        .opt = opt,
        .opt_n = sizeof opt / sizeof opt[0],
        .operand_min = 1,
        .operand_max = 2};
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    request.name = operand_n == 2 ? argv[1] : NULL;
    return verb_run(&request, argv[0], operand_n);
}
