/* `amparo replay`: a service's call records through the state machine, with response times. */
#include "exercise/replay.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/setup.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum {
    HOURS_MOST = 14,
    REPORT_MAX = 1 << 30
};

#define MEMORY_MAX ((size_t)16 << 30)

struct options {
    const char *mapping;
    const char *utc_offset;
    const char *plans;
    bool json;
};

/* "+hh:mm", "-hh:mm" or "Z" */
static amp_err offset_read(const char *text, int64_t *out_s)
{
    unsigned hours = 0;
    unsigned minutes = 0;
    char sign = '\0';
    char rest = '\0';
    if (text == NULL || amp_str_is(amp_str_of(text), "Z")) {
        *out_s = 0;
        return AMP_OK;
    }
    if (sscanf(text, "%c%2u:%2u%c", &sign, &hours, &minutes, &rest) != 3 ||
        (sign != '+' && sign != '-') || hours > HOURS_MOST || minutes > 59) {
        return AMP_E_USAGE;
    }
    int64_t offset_s = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    *out_s = sign == '-' ? -offset_s : offset_s;
    return AMP_OK;
}

static void phases_text(struct amp_buf *out, const struct amp_replay *replay)
{
    amp_buf_printf(out, "%-38s %8s %8s %8s %8s\n", "phase (seconds)", "n", "P50", "P90", "P99");
    for (size_t i = 0; i < replay->phase_n; i++) {
        const struct amp_phase *phase = &replay->phase[i];
        amp_buf_printf(out, "%-38s %8zu", phase->name, phase->n);
        if (phase->n > 0) {
            amp_buf_printf(out, " %8.0f %8.0f %8.0f\n", phase->p50_s, phase->p90_s, phase->p99_s);
        } else {
            amp_buf_text(out, "        -        -        -\n");
        }
    }
}

static void replay_text(struct amp_buf *out, const struct amp_replay *replay)
{
    amp_buf_printf(out, "%zu rows, %zu calls, %zu units\n\n", replay->rows, replay->calls,
                   replay->units);
    phases_text(out, replay);
    amp_buf_text(out, "\nfirst dispatch within");
    for (size_t i = 0; i < replay->share_n; i++) {
        amp_buf_printf(out, "%s %.0f s: %.1f %%", i > 0 ? "," : "", replay->share[i].limit_s,
                       replay->share[i].pct);
    }
    amp_buf_printf(out,
                   "\n%.1f calls an hour; at most %zu units busy at once, %zu on one call\n"
                   "state machine: %zu commands, %zu events, %zu refused\n\n",
                   replay->calls_per_hour, replay->peak_busy_units, replay->most_units_on_one_call,
                   replay->commands, replay->events, replay->refused);
    amp_buf_printf(out, "records that could not have happened: %zu out of order, %zu overlapping\n",
                   replay->anomaly_count[AMP_ANOMALY_OUT_OF_ORDER],
                   replay->anomaly_count[AMP_ANOMALY_OVERLAP]);
    for (size_t i = 0; i < replay->anomaly_n; i++) {
        const struct amp_anomaly *anomaly = &replay->anomaly[i];
        amp_buf_printf(out, "  line %" PRIu64 ": ", anomaly->line);
        amp_buf_text(out, amp_anomaly_name(anomaly->kind));
        amp_buf_text(out, ", call ");
        amp_buf_str(out, anomaly->call);
        amp_buf_text(out, ", unit ");
        amp_buf_str(out, anomaly->unit);
        amp_buf_text(out, ": ");
        amp_buf_str(out, anomaly->detail);
        amp_buf_char(out, '\n');
    }
}

static amp_err replay_file(const char *path, const struct options *options,
                           struct amp_replay_input *input, struct amp_buf *text,
                           struct amp_why *why)
{
    struct amp_buf csv = {0};
    struct amp_plans *plans = NULL;
    struct amp_arena arena = amp_arena_make(MEMORY_MAX);
    struct amp_replay replay = {0};
    amp_err err = amp_cli_plans(options->plans, &plans, why);
    err = err ? err : amp_cli_read_file(path, AMP_REPLAY_BYTES, &csv, why);
    if (!err) {
        input->plans = plans;
        input->csv = amp_buf_view(&csv);
        err = amp_replay_run(input, &arena, &replay, why);
    }
    if (!err && options->json) {
        struct amp_json js = amp_json_make(text);
        amp_replay_view(&js, &replay);
    } else if (!err) {
        replay_text(text, &replay);
    }
    amp_arena_drop(&arena);
    amp_buf_free(&csv);
    amp_plans_free(plans);
    return err;
}

int amp_cli_replay(int argc, char **argv)
{
    struct options options = {0};
    const struct amp_opt opts[] = {
        {"--mapping", AMP_OPT_TEXT, "NAME", "how the columns are read (default: by the head line)",
         false, &options.mapping, NULL},
        {"--utc-offset", AMP_OPT_TEXT, "+hh:mm", "zone of the file's local times (default: UTC)",
         false, &options.utc_offset, NULL},
        {"--plans", AMP_OPT_TEXT, "FILE", "response plans (default: the built-in ones)", false,
         &options.plans, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON", false, &options.json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "replay",
        .operands = "CALLS.csv|-",
        .about = "Fold recorded calls through the state machine and report response times\n"
                 "and the records that could not have happened.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
        .operand_min = 1,
        .operand_max = 1,
    };
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    struct amp_replay_input input = {0};
    if (offset_read(options.utc_offset, &input.utc_offset_s)) {
        return amp_cli_misuse("replay", "--utc-offset is written +hh:mm or -hh:mm");
    }
    if (options.mapping != NULL) {
        input.mapping = amp_mapping_find(amp_str_of(options.mapping));
        if (input.mapping == NULL) {
            return amp_cli_misuse("replay", "there is no mapping \"%s\"", options.mapping);
        }
    }
    struct amp_why why = {0};
    struct amp_buf text = amp_buf_make(REPORT_MAX);
    amp_err err = replay_file(argv[0], &options, &input, &text, &why);
    if (err) {
        amp_buf_free(&text);
        return amp_cli_fail_as("replay", options.json, err, &why);
    }
    return amp_cli_print("replay", &text);
}
