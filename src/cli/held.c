/* `amparo held`: where a location server says that somebody is. */
#include "intake/held.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/fetch.h"
#include "intake/intake.h"
#include <string.h>

enum {
    HELD_ARENA = 16 << 20
};

static amp_err ask(const char *url, const char *device, const char *type, struct amp_buf *out,
                   struct amp_why *why)
{
    struct amp_buf question = amp_buf_make(AMP_INTAKE_MAX);
    struct amp_buf answer = amp_buf_make(AMP_FETCH_MAX);
    struct amp_arena arena = amp_arena_make(HELD_ARENA);
    struct amp_json js = amp_json_make(out);
    bool post = device != NULL || type != NULL;
    if (post) {
        amp_held_ask(amp_str_of(device), type != NULL ? type : "any", &question);
    }
    amp_err err = amp_buf_err(&question);
    err = err ? err
              : amp_cli_fetch(url, post ? "application/held+xml" : NULL,
                              "application/held+xml, application/pidf+xml;q=0.5",
                              amp_buf_view(&question), &answer, why);
    err = err ? err
              : amp_intake_view(amp_intake_find(AMP_STR("held")), amp_buf_view(&answer), &arena,
                                &js, why);
    amp_arena_drop(&arena);
    amp_buf_free(&question);
    amp_buf_free(&answer);
    return err;
}

int amp_cli_held(int argc, char **argv)
{
    bool json = true; /* results are JSON with or without the flag */
    const char *device = NULL, *type = NULL;
    const struct amp_opt opts[] = {
        {"--device", AMP_OPT_TEXT, "URI", "who is looked for: tel:+258841234567", false, &device,
         NULL},
        {"--type", AMP_OPT_TEXT, "any|geodetic|civic|locationURI", "what kind of location", false,
         &type, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON (always so)", false, &json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "held",
        .operands = "URL",
        .about = "Ask a location server (HELD) and print what it says. Without options, fetch the\n"
                 "location that the address stands for (RFC 6753), as a call gives it by\n"
                 "reference; with --device or --type, send a location request (RFC 5985, 6155).",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
        .operand_min = 1,
        .operand_max = 1,
    };
    struct amp_why why = {""};
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    if (type != NULL && strcmp(type, "any") != 0 && strcmp(type, "geodetic") != 0 &&
        strcmp(type, "civic") != 0 && strcmp(type, "locationURI") != 0) {
        return amp_cli_misuse("held", "--type is any, geodetic, civic or locationURI");
    }
    struct amp_buf out = amp_buf_make(1 << 20);
    amp_err err = ask(argv[0], device, type, &out, &why);
    return amp_cli_answer("held", json, err, &why, &out);
}
