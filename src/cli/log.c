/* `amparo log`: is the log whole, what is its root, prove a record. Works beside a server. */
#include "cli/log.h"

#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    LOG_TEXT_MAX = 8192
};

static void checkpoint_json(const struct amp_log_report *report, struct amp_json *js)
{
    amp_json_i64_of(js, "secrets", (int64_t)report->secrets);
    amp_json_key(js, "checkpoint");
    if (!report->has_checkpoint) {
        amp_json_put_null(js);
        return;
    }
    amp_json_open(js, '{');
    amp_json_i64_of(js, "size", (int64_t)report->checkpoint_size);
    amp_json_text_of(js, "signed_by", report->signer);
    amp_json_i64_of(js, "cosignatures", (int64_t)report->cosignatures);
    amp_json_i64_of(js, "unknown_cosignatures", (int64_t)report->strangers);
    amp_json_close(js, '}');
}

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
    if (verified && report->ok) {
        checkpoint_json(report, &js);
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
    if (!report->ok) {
        if (report->bad_seq > 0) {
            amp_buf_printf(buf, "first bad record  %" PRIu64, report->bad_seq);
        } else {
            amp_buf_text(buf, "not a log that holds");
        }
        return;
    }
    amp_buf_printf(buf, "records      %" PRIu64 "\nroot         %s\nroot base64  %s",
                   report->head.size, hex, base64);
    if (verified && report->has_checkpoint) {
        amp_buf_printf(buf,
                       "\ncheckpoint   %" PRIu64 " records, signed by %s, %" PRIu64 " cosignatures",
                       report->checkpoint_size, report->signer, report->cosignatures);
    } else if (verified) {
        amp_buf_text(buf, "\ncheckpoint   none was signed yet");
    }
    amp_buf_text(buf, verified ? "\nok" : "");
}

static int report_print(const struct amp_log_request *request, const struct amp_log_report *report,
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

static int log_verify(const struct amp_log_request *request)
{
    struct amp_log_report report;
    struct amp_why why = {""};
    const struct amp_progress line = amp_cli_progress();
    const struct amp_log_progress progress = {.ctx = line.ctx, .tell = line.tell};
    amp_err err = amp_log_verify(request->data, &progress, &report, &why);
    amp_cli_progress_end();
    if (err) {
        return amp_cli_fail_as("log", request->json, err, &why);
    }
    return report_print(request, &report, true);
}

static int log_root(const struct amp_log_request *request)
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
    const char *operand; /* what it is called, or NULL */
    bool needs_data;
    int (*run)(const struct amp_log_request *request);
} verbs[] = {
    {"verify", NULL, true, log_verify},           {"root", NULL, true, log_root},
    {"key", NULL, true, amp_cli_log_key},         {"prove", "SEQ", true, amp_cli_log_prove},
    {"check", "PROOF", false, amp_cli_log_check}, {"export", "INCIDENT", true, amp_cli_log_export},
};

static int verb_run(struct amp_log_request *request, int operand_n, char **operand)
{
    amp_err err = amp_crypto_start();
    if (err) {
        return amp_cli_fail_as("log", request->json, err, NULL);
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const struct log_verb *verb = &verbs[i];
        if (!amp_str_is(amp_str_of(operand[0]), verb->name)) {
            continue;
        }
        if (operand_n != (verb->operand ? 2 : 1)) {
            return amp_cli_misuse("log", "%s takes %s", verb->name,
                                  verb->operand ? verb->operand : "nothing more");
        }
        if (verb->needs_data && !request->data) {
            return amp_cli_misuse("log", "%s needs --data DIR", verb->name);
        }
        request->operand = verb->operand ? operand[1] : NULL;
        return verb->run(request);
    }
    return amp_cli_misuse("log", "\"%s\" is none of verify, root, key, prove, check, export",
                          operand[0]);
}

#define OPTION(flag, sort, called, says, where)                                                    \
    {                                                                                              \
        .name = (flag), .kind = (sort), .value = (called), .help = (says), .out = (where)          \
    }

int amp_cli_log(int argc, char **argv)
{
    struct amp_log_request request = {.data = NULL};
    const struct amp_opt opt[] = {
        OPTION("--data", AMP_OPT_TEXT, "DIR", "the directory of the journal", &request.data),
        OPTION("-o", AMP_OPT_TEXT, "FILE", "prove, export: write it there", &request.out),
        OPTION("--with-record", AMP_OPT_FLAG, NULL, "prove: put the record into the proof",
               &request.with_record),
        OPTION("--key", AMP_OPT_TEXT, "KEY",
               "check: the log's verifier key, or a file with it (and witnesses' keys below)",
               &request.key),
        OPTION("--leaf", AMP_OPT_TEXT, "HEX", "check: the record's leaf hash", &request.leaf),
        OPTION("--media", AMP_OPT_FLAG, NULL,
               "export: with the pictures, videos and sounds, not their hashes alone",
               &request.media),
        OPTION("--master-key", AMP_OPT_TEXT, "FILE",
               "export: default DIR/master.key; not needed beside a running server",
               &request.master.file),
        OPTION("--master-key-command", AMP_OPT_TEXT, "COMMAND", "export: prints the master key",
               &request.master.command),
        OPTION("--json", AMP_OPT_FLAG, NULL, "print as JSON", &request.json),
    };
    const struct amp_cli_usage usage = {
        .name = "log",
        .operands = "verify|root|key|prove SEQ|check PROOF|export INCIDENT",
        .about =
            "verify: checks every record against its hash, all hashes up to the root, the\n"
            "signed checkpoint and its cosignatures; exits 1 and names the first bad record.\n"
            "root: the number of records and the root as the journal says them, unchecked.\n"
            "key: the verifier key of the log, for those who check proofs.\n"
            "prove: one record is in the log: a c2sp.org/tlog-proof file. It says nothing\n"
            "about the record unless made with --with-record.\n"
            "check: does a proof file hold? Needs only the file and the key, no journal.\n"
            "export: all records of an incident, opened, with their proofs and a page to read,\n"
            "as a zip that can be checked without this program. It is a record that this was\n"
            "done. The others read only. All may be run beside a server at work.",
        .opt = opt,
        .opt_n = sizeof opt / sizeof opt[0],
        .operand_min = 1,
        .operand_max = 2};
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    return status == AMP_CLI_GO_ON ? verb_run(&request, operand_n, argv) : status;
}
