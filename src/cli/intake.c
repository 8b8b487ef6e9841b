/* `amparo intake`: one message in a wire format -> the model, as JSON. */
#include "intake/intake.h"
#include "cli/cli.h"
#include "cli/commands.h"

enum {
    MESSAGE_ARENA = 16 << 20
};

static int formats_print(void)
{
    struct amp_buf out = amp_buf_make(1 << 16);
    struct amp_json js = amp_json_make(&out);
    amp_json_open(&js, '[');
    for (size_t i = 0; i < amp_intake_count(); i++) {
        amp_json_open(&js, '{');
        amp_json_text_of(&js, "format", amp_intake_at(i)->name);
        amp_json_text_of(&js, "words", amp_intake_at(i)->words);
        amp_json_close(&js, '}');
    }
    amp_json_close(&js, ']');
    return amp_cli_print("intake", &out);
}

static amp_err message_view(const struct amp_intake *format, const char *path, struct amp_buf *out,
                            struct amp_why *why)
{
    struct amp_buf bytes = {0};
    struct amp_arena arena = amp_arena_make(MESSAGE_ARENA);
    struct amp_json js = amp_json_make(out);
    amp_err err = amp_cli_read_file(path, AMP_INTAKE_MAX, &bytes, why);
    err = err ? err : amp_intake_view(format, amp_buf_view(&bytes), &arena, &js, why);
    amp_arena_drop(&arena);
    amp_buf_free(&bytes);
    return err;
}

int amp_cli_intake(int argc, char **argv)
{
    bool json = true; /* results are JSON with or without the flag */
    bool list = false;
    const struct amp_opt opts[] = {
        {"--list", AMP_OPT_FLAG, NULL, "list the formats", false, &list, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON (always so)", false, &json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "intake",
        .operands = "FORMAT FILE|-",
        .about = "Read one message and print what Amparo understands of it. Formats: aml,\n"
                 "pidf-lo, held, lost, adr, eido, sip, cap, edxl-de; --list says what each is.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
        .operand_min = 0,
        .operand_max = 2,
    };
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    if (list) {
        return formats_print();
    }
    if (operand_n != 2) {
        return amp_cli_misuse("intake", "a format and a file are needed");
    }
    const struct amp_intake *format = amp_intake_find(amp_str_of(argv[0]));
    if (format == NULL) {
        return amp_cli_misuse("intake", "there is no format \"%s\"; --list names them", argv[0]);
    }
    struct amp_why why = {0};
    struct amp_buf out = amp_buf_make(1 << 20);
    amp_err err = message_view(format, argv[1], &out, &why);
    if (err) {
        amp_buf_free(&out);
        return amp_cli_fail_as("intake", json, err, &why);
    }
    return amp_cli_print("intake", &out);
}
