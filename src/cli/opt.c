/* Options of the subcommands: one reader, one help text, one way to speak of errors. */
#include "base/json.h"
#include "cli/cli.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    HELP_COLUMN = 26
};

static void usage_print(const struct amp_cli_usage *usage, FILE *to)
{
    (void)fprintf(to, "usage: amparo %s%s%s%s\n\n%s\n", usage->name,
                  usage->opt_n > 0 ? " [options]" : "", usage->operands[0] != '\0' ? " " : "",
                  usage->operands, usage->about);
    if (usage->opt_n > 0) {
        (void)fprintf(to, "\noptions:\n");
    }
    for (size_t i = 0; i < usage->opt_n; i++) {
        const struct amp_opt *opt = &usage->opt[i];
        const char *value = opt->value != NULL ? opt->value : "";
        int wide = (int)(strlen(opt->name) + strlen(value)) + 1;
        (void)fprintf(to, "  %s %s%*s%s%s\n", opt->name, value,
                      wide < HELP_COLUMN ? HELP_COLUMN - wide : 1, "", opt->help,
                      opt->required ? " (required)" : "");
    }
}

static const struct amp_opt *opt_find(const struct amp_cli_usage *usage, struct amp_str name)
{
    for (size_t i = 0; i < usage->opt_n; i++) {
        if (amp_str_is(name, usage->opt[i].name)) {
            return &usage->opt[i];
        }
    }
    return NULL;
}

static amp_err value_set(const struct amp_opt *opt, const char *text)
{
    struct amp_opt_list *list = opt->out;
    switch (opt->kind) {
    case AMP_OPT_LIST:
        if (list->n == AMP_OPT_LIST_MAX) {
            return AMP_E_LIMIT;
        }
        list->item[list->n++] = text;
        return AMP_OK;
    case AMP_OPT_TEXT:
    case AMP_OPT_MAYBE:
        *(const char **)opt->out = text;
        return AMP_OK;
    case AMP_OPT_INT:
        return amp_str_i64(amp_str_of(text), (int64_t *)opt->out);
    case AMP_OPT_NUM:
        return amp_str_double(amp_str_of(text), (double *)opt->out);
    case AMP_OPT_POS:
        return amp_pos_parse(amp_str_of(text), (struct amp_pos *)opt->out);
    case AMP_OPT_FLAG:
        break;
    }
    return AMP_E_USAGE;
}

static bool is_option(const char *arg)
{
    if (arg[0] != '-' || arg[1] == '\0') {
        return false;
    }
    return !((arg[1] >= '0' && arg[1] <= '9') || arg[1] == '.');
}

/* One option at argv[*at]; *at moves on when the value is the next word. */
static int option_read(const struct amp_cli_usage *usage, int argc, char **argv, int *at,
                       bool *given)
{
    struct amp_str name = {0};
    struct amp_str rest = amp_str_cut(amp_str_of(argv[*at]), '=', &name);
    const struct amp_opt *opt = opt_find(usage, name);
    if (opt == NULL) {
        return amp_cli_misuse(usage->name, "there is no option %s", argv[*at]);
    }
    given[opt - usage->opt] = true;
    if (opt->kind == AMP_OPT_FLAG) {
        if (rest.ptr != NULL) {
            return amp_cli_misuse(usage->name, "%s takes no value", opt->name);
        }
        *(bool *)opt->out = true;
        return AMP_CLI_GO_ON;
    }
    const char *value = rest.ptr;
    if (value == NULL && opt->kind == AMP_OPT_MAYBE &&
        (*at + 1 >= argc || is_option(argv[*at + 1]))) {
        value = "";
    } else if (value == NULL) {
        if (*at + 1 >= argc) {
            return amp_cli_misuse(usage->name, "%s needs a value %s", opt->name, opt->value);
        }
        *at += 1;
        value = argv[*at];
    }
    if (value_set(opt, value) != AMP_OK) {
        return amp_cli_misuse(usage->name, "%s cannot be \"%s\"; it wants %s", opt->name, value,
                              opt->value);
    }
    return AMP_CLI_GO_ON;
}

static int required_check(const struct amp_cli_usage *usage, const bool *given, int operand_n)
{
    for (size_t i = 0; i < usage->opt_n; i++) {
        if (usage->opt[i].given != NULL) {
            *usage->opt[i].given = given[i];
        }
        if (usage->opt[i].required && !given[i]) {
            return amp_cli_misuse(usage->name, "%s %s is required", usage->opt[i].name,
                                  usage->opt[i].value);
        }
    }
    if ((size_t)operand_n < usage->operand_min) {
        return amp_cli_misuse(usage->name, "%s is missing", usage->operands);
    }
    return AMP_CLI_GO_ON;
}

int amp_cli_options(const struct amp_cli_usage *usage, int argc, char **argv, int *operand_n)
{
    enum {
        OPTIONS_MAX = 64
    };
    bool given[OPTIONS_MAX] = {false};
    assert(usage->opt_n <= OPTIONS_MAX);
    int count = 0;
    bool options = true;
    for (int i = 1; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
        } else if (options && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
            usage_print(usage, stdout);
            return AMP_EXIT_OK;
        } else if (options && is_option(argv[i])) {
            int status = option_read(usage, argc, argv, &i, given);
            if (status != AMP_CLI_GO_ON) {
                return status;
            }
        } else if ((size_t)count >= usage->operand_max) {
            return amp_cli_misuse(usage->name, "\"%s\" is one word too many", argv[i]);
        } else {
            argv[count++] = argv[i];
        }
    }
    int status = required_check(usage, given, count);
    if (status == AMP_CLI_GO_ON && operand_n != NULL) {
        *operand_n = count;
    }
    return status;
}

int amp_cli_fail(const char *name, amp_err err, const struct amp_why *why)
{
    const char *sentence = why != NULL && why->text[0] != '\0' ? why->text : amp_err_words(err);
    (void)fprintf(stderr, "amparo %s: %s\n", name, sentence);
    return AMP_EXIT_FAILED;
}

int amp_cli_fail_as(const char *name, bool json, amp_err err, const struct amp_why *why)
{
    if (json) {
        enum {
            ERROR_MAX = 4096
        };
        struct amp_buf buf = amp_buf_make(ERROR_MAX);
        struct amp_json js = amp_json_make(&buf);
        amp_json_open(&js, '{');
        amp_json_key(&js, "error");
        amp_json_open(&js, '{');
        amp_json_text_of(&js, "code", amp_err_code(err));
        amp_json_text_of(&js, "detail",
                         why != NULL && why->text[0] != '\0' ? why->text : amp_err_words(err));
        amp_json_close(&js, '}');
        amp_json_close(&js, '}');
        (void)amp_cli_print(name, &buf);
    }
    return amp_cli_fail(name, err, why);
}

int amp_cli_misuse(const char *name, const char *fmt, ...)
{
    va_list args;
    (void)fprintf(stderr, "amparo %s: ", name);
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fprintf(stderr, "\nTry `amparo %s --help`.\n", name);
    return AMP_EXIT_USAGE;
}

int amp_cli_print(const char *name, struct amp_buf *buf)
{
    amp_buf_char(buf, '\n');
    amp_err err = amp_buf_err(buf);
    if (err == AMP_OK &&
        (fwrite(buf->data, 1, buf->len, stdout) != buf->len || fflush(stdout) != 0)) {
        err = AMP_E_IO;
    }
    amp_buf_free(buf);
    return err == AMP_OK ? AMP_EXIT_OK : amp_cli_fail(name, err, NULL);
}

int amp_cli_answer(const char *name, bool json, amp_err err, const struct amp_why *why,
                   struct amp_buf *out)
{
    if (err == AMP_OK) {
        return amp_cli_print(name, out);
    }
    amp_buf_free(out);
    return err == AMP_E_USAGE ? amp_cli_misuse(name, "%s", why->text)
                              : amp_cli_fail_as(name, json, err, why);
}

amp_err amp_cli_read_file(const char *path, size_t max_bytes, struct amp_buf *out,
                          struct amp_why *why)
{
    enum {
        CHUNK = 65536
    };
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rbe");
    if (file == NULL) {
        return amp_fail(why, errno == ENOENT ? AMP_E_NOT_FOUND : AMP_E_IO, "%s: %s", path,
                        strerror(errno));
    }
    struct amp_buf buf = amp_buf_make(max_bytes + CHUNK);
    amp_err err = AMP_OK;
    while (err == AMP_OK && feof(file) == 0) {
        char chunk[4096];
        size_t got = fread(chunk, 1, sizeof chunk, file);
        amp_buf_put(&buf, chunk, got);
        err = amp_buf_err(&buf);
        if (ferror(file) != 0) {
            err = amp_fail(why, AMP_E_IO, "%s: %s", path, strerror(errno));
        } else if (buf.len > max_bytes) {
            err = amp_fail(why, AMP_E_LIMIT, "%s is larger than %zu bytes", path, max_bytes);
        }
    }
    if (!standard) {
        (void)fclose(file);
    }
    if (err != AMP_OK) {
        amp_buf_free(&buf);
        return err;
    }
    *out = buf;
    return AMP_OK;
}
