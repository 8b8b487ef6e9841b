/* `amparo dna eval`: one evaluation of a mixture's likelihood from a test vector. */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/dna.h"
#include "dna/dump.h"

#include <math.h>

enum {
    EVAL_ARENA = 1 << 28,
    EVAL_TEXT_MAX = 1 << 24,
    DIGITS = 12 /* after the point: for comparisons between programs */
};

static void json_write(const struct amp_dna_dump *dump, const struct amp_mix_value *value,
                       struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_double_of(&js, "loglik", value->loglik, DIGITS);
    amp_json_key(&js, "markers");
    amp_json_open(&js, '[');
    for (size_t m = 0; m < dump->mix.marker_n; m++) {
        amp_json_open(&js, '{');
        amp_json_str_of(&js, "name", dump->mix.marker[m].name);
        amp_json_double_of(&js, "loglik", value->marker[m], DIGITS);
        if (!isnan(dump->expected[m])) {
            amp_json_double_of(&js, "expected", dump->expected[m], DIGITS);
        }
        amp_json_close(&js, '}');
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

static void text_write(const struct amp_dna_dump *dump, const struct amp_mix_value *value,
                       struct amp_buf *out)
{
    amp_buf_printf(out, "%-16s %18s %18s %12s\n", "marker", "log-likelihood", "expected",
                   "difference");
    double expected = 0;
    for (size_t m = 0; m < dump->mix.marker_n; m++) {
        struct amp_str name = dump->mix.marker[m].name;
        amp_buf_printf(out, "%-16.*s %18.9f", (int)name.len, name.ptr, value->marker[m]);
        if (!isnan(dump->expected[m])) {
            amp_buf_printf(out, " %18.9f %12.2e", dump->expected[m],
                           value->marker[m] - dump->expected[m]);
        }
        amp_buf_char(out, '\n');
        expected += dump->expected[m];
    }
    amp_buf_printf(out, "%-16s %18.9f", "all", value->loglik);
    if (!isnan(expected)) {
        amp_buf_printf(out, " %18.9f %12.2e", expected, value->loglik - expected);
    }
}

static amp_err dump_eval(const char *path, bool json, struct amp_arena *arena, struct amp_buf *out,
                         struct amp_why *why)
{
    struct amp_buf bytes = {.data = NULL};
    struct amp_dna_dump dump;
    struct amp_mix_work *work = NULL;
    amp_err err = amp_cli_read_file(path, AMP_DNA_DUMP_BYTES, &bytes, why);
    err = err ? err : amp_dna_dump_read(amp_buf_view(&bytes), arena, &dump, why);
    if (!err) {
        struct amp_mix_value value = {
            .marker = amp_arena_array(arena, dump.mix.marker_n, sizeof(double))};
        err = value.marker ? amp_mix_work_create(&dump.mix, &work) : AMP_E_NOMEM;
        err = err ? err : amp_mix_loglik(&dump.mix, &dump.params, work, &value);
        if (err == AMP_E_RANGE) {
            err = amp_fail(why, err, "%s: its ladder or its parameters make no mixture", path);
        }
        if (!err && json) {
            json_write(&dump, &value, out);
        } else if (!err) {
            text_write(&dump, &value, out);
        }
    }
    amp_mix_work_destroy(work);
    amp_buf_free(&bytes);
    return err;
}

int amp_cli_dna_eval(int argc, char **argv)
{
    bool json = false;
    const struct amp_opt opts[] = {
        {"--json", AMP_OPT_FLAG, NULL, "print JSON", false, &json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "dna eval",
        .operands = "VECTOR.dump",
        .about = "The log-likelihood of one test vector, marker by marker, beside the value that "
                 "it holds; - for standard input.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
        .operand_min = 1,
        .operand_max = 1,
    };
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(EVAL_TEXT_MAX);
    struct amp_arena arena = amp_arena_make(EVAL_ARENA);
    amp_err err = dump_eval(argv[0], json, &arena, &out, &why);
    amp_arena_drop(&arena);
    return amp_cli_answer("dna eval", json, err, &why, &out);
}
