/* `amparo export`: incidents or crews as CSV or GeoJSON. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/control.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    ANSWER_MAX = 64 << 20,
    TARGET_MAX = 256
};

struct export_request {
    struct amp_master_from master;
    const char *format, *state, *from, *to, *out;
    bool personal;
};

static int answer_write(const struct export_request *request, const struct amp_buf *answer)
{
    struct amp_why why = {""};
    FILE *file = request->out != NULL ? fopen(request->out, "we") : stdout;
    bool good = file != NULL && fwrite(answer->data, 1, answer->len, file) == answer->len;
    if (file != NULL) {
        good &= (file == stdout ? fflush(file) : fclose(file)) == 0;
    }
    if (!good) {
        amp_err err =
            amp_fail(&why, AMP_E_IO, "%s: %s",
                     request->out != NULL ? request->out : "standard output", strerror(errno));
        return amp_cli_fail("export", err, &why);
    }
    return AMP_EXIT_OK;
}

/* The words of the options are plain: a word, or a time, which has no sign that means something. */
static bool is_plain(const char *text)
{
    return text == NULL ||
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789TZ:.-") == strlen(text);
}

static int export_run(const struct export_request *request, const char *thing)
{
    char target[TARGET_MAX];
    struct amp_buf answer = amp_buf_make(ANSWER_MAX);
    struct amp_why why = {""};
    int status = 0;
    int n =
        snprintf(target, sizeof target, "/v1/export/%s.%s?state=%s&personal=%s%s%s%s%s", thing,
                 request->format, request->state, request->personal ? "yes" : "no",
                 request->from != NULL ? "&from=" : "", request->from != NULL ? request->from : "",
                 request->to != NULL ? "&to=" : "", request->to != NULL ? request->to : "");
    if (n < 0 || n >= TARGET_MAX || !is_plain(request->state) || !is_plain(request->from) ||
        !is_plain(request->to)) {
        return amp_cli_misuse("export", "--state is open, closed or all; --from and --to are times "
                                        "such as 2026-11-26T00:00:00Z");
    }
    const struct amp_control_ask ask = {
        .master = request->master, .method = AMP_METHOD_GET, .target = target};
    amp_err err = amp_control(&ask, &status, &answer, &why);
    if (err == AMP_OK && status != 200) {
        err = amp_fail(&why, AMP_E_RANGE, "the server refused it: %.200s", amp_buf_cstr(&answer));
    }
    int code = err == AMP_OK ? answer_write(request, &answer) : amp_cli_fail("export", err, &why);
    amp_buf_free(&answer);
    return code;
}

int amp_cli_export(int argc, char **argv)
{
    struct export_request request = {.format = "csv", .state = "all"};
    const struct amp_opt opt[] = {
        {"--data", AMP_OPT_TEXT, "DIR", "the directory of the journal", true, &request.master.dir,
         NULL},
        {"--format", AMP_OPT_TEXT, "csv|geojson", "default csv", false, &request.format, NULL},
        {"--state", AMP_OPT_TEXT, "WHICH", "incidents that are open, closed or all (default)",
         false, &request.state, NULL},
        {"--from", AMP_OPT_TEXT, "TIME", "incidents opened from then on", false, &request.from,
         NULL},
        {"--to", AMP_OPT_TEXT, "TIME", "and before then", false, &request.to, NULL},
        {"--personal", AMP_OPT_FLAG, NULL, "with where they are: that is personal", false,
         &request.personal, NULL},
        {"--out", AMP_OPT_TEXT, "FILE", "default: standard output", false, &request.out, NULL},
        {"--master-key", AMP_OPT_TEXT, "FILE", "default DIR/master.key", false,
         &request.master.file, NULL},
        {"--master-key-command", AMP_OPT_TEXT, "COMMAND", "prints the master key", false,
         &request.master.command, NULL},
    };
    const struct amp_cli_usage usage = {.name = "export",
                                        .operands = "incidents|units",
                                        .about = "Writes incidents or crews for other programs.",
                                        .opt = opt,
                                        .opt_n = sizeof opt / sizeof opt[0],
                                        .operand_min = 1,
                                        .operand_max = 1};
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    bool known = strcmp(argv[0], "incidents") == 0 || strcmp(argv[0], "units") == 0;
    bool form = strcmp(request.format, "csv") == 0 || strcmp(request.format, "geojson") == 0;
    if (!known || !form) {
        return amp_cli_misuse("export", "say incidents or units, and --format csv or geojson");
    }
    return export_run(&request, argv[0]);
}
