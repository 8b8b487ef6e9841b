/* `amparo log`: is the journal whole, and what is its root? Works beside a running server. */
#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "journal/inspect.h"
#include <inttypes.h>
#include <stdio.h>

enum {
    LOG_TEXT_MAX = 4096
};

struct log_request {
    const char *data;
    bool json;
};

static void report_json(const struct amp_log_report *report, bool verified, struct amp_buf *buf)
{
    struct amp_json js = amp_json_make(buf);
    char hex[AMP_HASH_HEX], base64[AMP_HASH_BASE64];
    amp_hash_hex(report->head.root, hex);
    amp_hash_base64(report->head.root, base64);
    amp_json_open(&js, '{');
    if (report->ok) {
        amp_json_i64_of(&js, "records", (int64_t)report->head.size);
        amp_json_text_of(&js, "root", hex);
        amp_json_text_of(&js, "root_base64", base64);
    }
    if (verified) {
        amp_json_bool_of(&js, "ok", report->ok);
    }
    if (!report->ok) {
        amp_json_key(&js, "bad_seq");
        if (report->bad_seq > 0) {
            amp_json_put_i64(&js, (int64_t)report->bad_seq);
        } else {
            amp_json_put_null(&js);
        }
        amp_json_text_of(&js, "error", report->why.text);
    }
    amp_json_close(&js, '}');
}

static void report_text(const struct amp_log_report *report, bool verified, struct amp_buf *buf)
{
    char hex[AMP_HASH_HEX], base64[AMP_HASH_BASE64];
    amp_hash_hex(report->head.root, hex);
    amp_hash_base64(report->head.root, base64);
    if (report->ok) {
        amp_buf_printf(buf, "records      %" PRIu64 "\nroot         %s\nroot base64  %s",
                       report->head.size, hex, base64);
        amp_buf_text(buf, verified ? "\nok" : "");
    } else if (report->bad_seq > 0) {
        amp_buf_printf(buf, "first bad record  %" PRIu64, report->bad_seq);
    } else {
        amp_buf_text(buf, "not readable as a journal");
    }
}

static int report_print(const struct log_request *request, const struct amp_log_report *report,
                        bool verified)
{
    struct amp_buf buf = amp_buf_make(LOG_TEXT_MAX);
    if (request->json) {
        report_json(report, verified, &buf);
    } else {
        report_text(report, verified, &buf);
    }
    int status = amp_cli_print("log", &buf);
    if (!report->ok) {
        (void)fprintf(stderr, "amparo log: %s\n", report->why.text);
        return AMP_EXIT_FAILED;
    }
    return status;
}

static int log_verify(const struct log_request *request)
{
    struct amp_log_report report;
    struct amp_why why = {""};
    amp_err err = amp_log_verify(request->data, &report, &why);
    if (err) {
        return amp_cli_fail_as("log", request->json, err, &why);
    }
    return report_print(request, &report, true);
}

static int log_root(const struct log_request *request)
{
    struct amp_log_report report;
    struct amp_why why = {""};
    amp_err err = amp_log_root(request->data, &report, &why);
    if (err) {
        return amp_cli_fail_as("log", request->json, err, &why);
    }
    return report_print(request, &report, false);
}

static const struct log_verb {
    const char *name;
    int (*run)(const struct log_request *request);
} verbs[] = {
    {"verify", log_verify},
    {"root", log_root},
};

int amp_cli_log(int argc, char **argv)
{
    struct log_request request = {.data = NULL};
    const struct amp_opt opt[] = {
        {.name = "--data",
         .kind = AMP_OPT_TEXT,
         .value = "DIR",
         .help = "the directory of the journal",
         .required = true,
         .out = &request.data},
        {.name = "--json", .kind = AMP_OPT_FLAG, .help = "print as JSON", .out = &request.json},
    };
    const struct amp_cli_usage usage = {
        .name = "log",
        .operands = "verify|root",
        .about = "verify: checks every record against its hash and all of them against the root;\n"
                 "exits 1 and names the first bad record if one was altered or is missing.\n"
                 "root: the number of records and the root as the journal says them, unchecked.\n"
                 "Both read only, and may be run beside a server at work.",
        .opt = opt,
        .opt_n = sizeof opt / sizeof opt[0],
        .operand_min = 1,
        .operand_max = 1};
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (amp_str_is(amp_str_of(argv[0]), verbs[i].name)) {
            return verbs[i].run(&request);
        }
    }
    return amp_cli_misuse("log", "\"%s\" is neither verify nor root", argv[0]);
}
