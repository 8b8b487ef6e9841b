/* `amparo user`: accounts, agencies and tokens, of a running server or of a journal at rest. */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/control.h"
#include <stdio.h>
#include <string.h>

enum {
    BODY_MAX = 4096,
    TARGET_MAX = 256,
    TOKEN_LIST = 8
};

struct user_request {
    struct amp_master_from master;
    const char *name; /* an account, an agency or a token */
    const char *role, *agency, *unit, *label, *scopes;
    int64_t days;
    bool json, with_token;
};

/* ---- what is asked ---- */

static void text_member(struct amp_json *js, const char *name, const char *text)
{
    if (text != NULL) {
        amp_json_text_of(js, name, text);
    }
}

static amp_err ask(const struct user_request *request, enum amp_method method, const char *target,
                   struct amp_buf *body, json_t **out, struct amp_why *why)
{
    const struct amp_control_ask question = {.master = request->master,
                                             .method = method,
                                             .target = target,
                                             .body = body != NULL ? amp_buf_view(body)
                                                                  : (struct amp_str){0}};
    return amp_control_json(&question, out, why);
}

/* ---- what is printed ---- */

static void setup_print(const json_t *answer)
{
    const json_t *setup = json_object_get(answer, "setup");
    if (setup != NULL) {
        printf("one-time link: %s   (behind the address of the console; until %s)\n",
               amp_control_text(setup, "path"), amp_control_text(setup, "expires"));
    }
}

static void account_print(const json_t *account)
{
    printf("%-20s %-12s %-12s %-8s %-9s %s%s%s\n", amp_control_text(account, "account"),
           amp_control_text(account, "role"), amp_control_text(account, "agency"),
           amp_control_text(account, "unit"),
           json_is_true(json_object_get(account, "disabled")) ? "disabled" : "enabled",
           json_is_true(json_object_get(account, "password")) ? "password" : "no password yet",
           json_is_true(json_object_get(account, "totp")) ? ", second factor" : "",
           json_is_string(json_object_get(account, "seen")) ? "" : ", never seen");
}

static void token_print(const json_t *token)
{
    const json_t *scopes = json_object_get(token, "scopes");
    printf("%-17s %-20s %-24s", amp_control_text(token, "token"),
           amp_control_text(token, "account"), amp_control_text(token, "label"));
    for (size_t i = 0; i < json_array_size(scopes); i++) {
        printf("%s%s", i > 0 ? "," : "", json_string_value(json_array_get(scopes, i)));
    }
    printf("  expires %s\n", amp_control_text(token, "expires"));
}

static int answer_end(const struct user_request *request, json_t *answer, amp_err err,
                      const struct amp_why *why)
{
    return amp_control_end("user", request->json, answer, err, why);
}

/* ---- verbs ---- */

static amp_err token_ask(const struct user_request *request, json_t **out, struct amp_why *why)
{
    struct amp_buf body = amp_buf_make(BODY_MAX);
    struct amp_json js = amp_json_make(&body);
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "account", request->name);
    amp_json_text_of(&js, "label", request->label != NULL ? request->label : "command line");
    amp_control_words_of(&js, "scopes", request->scopes != NULL ? request->scopes : "read,write");
    if (request->days > 0) {
        amp_json_i64_of(&js, "expires_days", request->days);
    }
    amp_json_close(&js, '}');
    amp_err err = ask(request, AMP_METHOD_POST, "/v1/tokens", &body, out, why);
    amp_buf_free(&body);
    return err;
}

static int user_token(const struct user_request *request)
{
    json_t *answer = NULL;
    struct amp_why why = {""};
    amp_err err = token_ask(request, &answer, &why);
    if (err == AMP_OK && !request->json) {
        printf("%s\n", amp_control_text(answer, "secret")); /* alone on its line: scripts read it */
    }
    return answer_end(request, answer, err, &why);
}

static int user_add(const struct user_request *request)
{
    struct amp_buf body = amp_buf_make(BODY_MAX);
    struct amp_json js = amp_json_make(&body);
    json_t *answer = NULL;
    struct amp_why why = {""};
    if (request->role == NULL) {
        return amp_cli_misuse("user", "add needs --role ROLE: call-taker, dispatcher, crew, "
                                      "supervisor, trainer, laboratory, auditor, admin or partner");
    }
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "account", request->name);
    amp_json_text_of(&js, "role", request->role);
    text_member(&js, "agency", request->agency);
    text_member(&js, "unit", request->unit);
    amp_json_close(&js, '}');
    amp_err err = ask(request, AMP_METHOD_POST, "/v1/accounts", &body, &answer, &why);
    amp_buf_free(&body);
    if (err == AMP_OK && request->with_token) {
        json_decref(answer);
        return user_token(request);
    }
    if (err == AMP_OK && !request->json) {
        account_print(json_object_get(answer, "account"));
        setup_print(answer);
    }
    return answer_end(request, answer, err, &why);
}

static int rows_print(const struct user_request *request, const char *target, const char *rows,
                      void (*print)(const json_t *row))
{
    json_t *answer = NULL;
    struct amp_why why = {""};
    amp_err err = ask(request, AMP_METHOD_GET, target, NULL, &answer, &why);
    const json_t *list = json_object_get(answer, rows);
    for (size_t i = 0; err == AMP_OK && !request->json && i < json_array_size(list); i++) {
        print(json_array_get(list, i));
    }
    return answer_end(request, answer, err, &why);
}

static int user_list(const struct user_request *request)
{
    return rows_print(request, "/v1/accounts", "accounts", account_print);
}

static int user_tokens(const struct user_request *request)
{
    return rows_print(request, "/v1/tokens", "tokens", token_print);
}

static int user_patch(const struct user_request *request, const char *flag, bool value)
{
    struct amp_buf body = amp_buf_make(BODY_MAX);
    struct amp_json js = amp_json_make(&body);
    json_t *answer = NULL;
    struct amp_why why = {""};
    char target[TARGET_MAX];
    (void)snprintf(target, sizeof target, "/v1/accounts/%.64s", request->name);
    amp_json_open(&js, '{');
    if (flag != NULL) {
        amp_json_bool_of(&js, flag, value);
    }
    text_member(&js, "role", request->role);
    text_member(&js, "agency", request->agency);
    text_member(&js, "unit", request->unit);
    amp_json_close(&js, '}');
    amp_err err = ask(request, AMP_METHOD_PATCH, target, &body, &answer, &why);
    amp_buf_free(&body);
    if (err == AMP_OK && !request->json) {
        account_print(json_object_get(answer, "account"));
    }
    return answer_end(request, answer, err, &why);
}

static int user_change(const struct user_request *request)
{
    return user_patch(request, NULL, false);
}

static int user_disable(const struct user_request *request)
{
    return user_patch(request, "disabled", true);
}

static int user_enable(const struct user_request *request)
{
    return user_patch(request, "disabled", false);
}

static int user_reset(const struct user_request *request)
{
    json_t *answer = NULL;
    struct amp_why why = {""};
    char target[TARGET_MAX];
    (void)snprintf(target, sizeof target, "/v1/accounts/%.64s/reset", request->name);
    amp_err err = ask(request, AMP_METHOD_POST, target, NULL, &answer, &why);
    if (err == AMP_OK && !request->json) {
        setup_print(answer);
    }
    return answer_end(request, answer, err, &why);
}

static int user_revoke(const struct user_request *request)
{
    json_t *answer = NULL;
    struct amp_why why = {""};
    char target[TARGET_MAX];
    (void)snprintf(target, sizeof target, "/v1/tokens/%.64s", request->name);
    amp_err err = ask(request, AMP_METHOD_DELETE, target, NULL, &answer, &why);
    return answer_end(request, answer, err, &why);
}

static int user_agency(const struct user_request *request)
{
    struct amp_buf body = amp_buf_make(BODY_MAX);
    struct amp_json js = amp_json_make(&body);
    json_t *answer = NULL;
    struct amp_why why = {""};
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "agency", request->name);
    amp_json_text_of(&js, "label", request->label != NULL ? request->label : request->name);
    amp_json_close(&js, '}');
    amp_err err = ask(request, AMP_METHOD_POST, "/v1/agencies", &body, &answer, &why);
    amp_buf_free(&body);
    return answer_end(request, answer, err, &why);
}

static const struct user_verb {
    const char *name;
    bool with_name;
    int (*run)(const struct user_request *request);
} verbs[] = {
    {"add", true, user_add},         {"list", false, user_list},     {"change", true, user_change},
    {"disable", true, user_disable}, {"enable", true, user_enable},  {"reset", true, user_reset},
    {"token", true, user_token},     {"tokens", false, user_tokens}, {"revoke", true, user_revoke},
    {"agency", true, user_agency},
};

static int verb_run(const struct user_request *request, const char *name, int operand_n)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(name, verbs[i].name) != 0) {
            continue;
        }
        if (verbs[i].with_name != (operand_n == 2)) {
            return amp_cli_misuse("user", "%s %s", name,
                                  verbs[i].with_name ? "needs a name" : "takes no name");
        }
        return verbs[i].run(request);
    }
    return amp_cli_misuse("user", "there is no \"%s\"", name);
}

int amp_cli_user(int argc, char **argv)
{
    struct user_request request = {.days = 0};
    const struct amp_opt opt[] = {
        AMP_CONTROL_OPTIONS(request),
        {"--role", AMP_OPT_TEXT, "ROLE", "of add and change", false, &request.role, NULL},
        {"--agency", AMP_OPT_TEXT, "AGENCY", "the same; - for none", false, &request.agency, NULL},
        {"--unit", AMP_OPT_TEXT, "UNIT", "of a crew", false, &request.unit, NULL},
        {"--token", AMP_OPT_FLAG, NULL, "add: print an API token instead of a link", false,
         &request.with_token, NULL},
        {"--scopes", AMP_OPT_TEXT, "LIST", "of a token; default read,write", false, &request.scopes,
         NULL},
        {"--label", AMP_OPT_TEXT, "TEXT", "of a token or an agency", false, &request.label, NULL},
        {"--days", AMP_OPT_INT, "N", "after which a token expires", false, &request.days, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "user",
        .operands = "add|change|disable|enable|reset NAME, list, token NAME, tokens, revoke ID, "
                    "agency NAME",
        .about =
            "Accounts of a server, running or not. Only who owns the directory of the journal\n"
            "may; each change is a record. add and reset print a one-time link with which the\n"
            "person sets a password; token prints an API token for a program.",
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
