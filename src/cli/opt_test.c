/* Tests of cli/opt.c: what a person types, and what a slip gets them. */
#include "cli/cli.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct values {
    bool json, k_given;
    const char *map;
    int64_t k;
    struct amp_pos to;
    struct amp_opt_list file;
    const char *maybe;
};

struct line { /* a command line, taken apart at its blanks */
    char text[128];
    char *argv[16];
    int argc;
};

static void line_split(struct line *line, const char *typed)
{
    assert_int_equal(amp_str_copy(line->text, sizeof line->text, amp_str_of(typed)), AMP_OK);
    line->argc = 0;
    for (char *at = line->text; at != NULL;) {
        line->argv[line->argc++] = at;
        at = strchr(at, ' ');
        if (at != NULL) {
            *at++ = '\0';
        }
    }
}

static int values_read(struct values *values, struct line *line, const char *typed, int *operand_n)
{
    line_split(line, typed);
    const struct amp_opt opt[] = {
        {"--map", AMP_OPT_TEXT, "FILE", "the map", true, &values->map, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "as JSON", false, &values->json, NULL},
        {"-k", AMP_OPT_INT, "N", "how many", false, &values->k, &values->k_given},
        {"--to", AMP_OPT_POS, "LAT,LON", "where to", false, &values->to, NULL},
        {"--file", AMP_OPT_LIST, "FILE", "may be repeated", false, &values->file, NULL},
        {"--maybe", AMP_OPT_MAYBE, "WORD", "or nothing", false, &values->maybe, NULL},
    };
    const struct amp_cli_usage usage = {.name = "try",
                                        .operands = "[WHAT]",
                                        .about = "A trial.",
                                        .opt = opt,
                                        .opt_n = sizeof opt / sizeof opt[0],
                                        .operand_max = 2};
    return amp_cli_options(&usage, line->argc, line->argv, operand_n);
}

static void options_and_operands_may_be_mixed(void **state)
{
    (void)state;
    struct values values = {0};
    struct line line;
    int n = 0;
    assert_int_equal(values_read(&values, &line, "try a --map=m.amap --json -k -5 b", &n),
                     AMP_CLI_GO_ON);
    assert_int_equal(n, 2);
    assert_string_equal(line.argv[0], "a");
    assert_string_equal(line.argv[1], "b");
    assert_string_equal(values.map, "m.amap");
    assert_true(values.json && values.k_given);
    assert_int_equal(values.k, -5);
}

static void an_option_may_be_repeated_or_stand_without_its_value(void **state)
{
    (void)state;
    struct values values = {0};
    struct line line;
    int n = 0;
    assert_int_equal(
        values_read(&values, &line, "try --map m --file a --maybe --file=b --json", &n),
        AMP_CLI_GO_ON);
    assert_int_equal(values.file.n, 2);
    assert_string_equal(values.file.item[0], "a");
    assert_string_equal(values.file.item[1], "b");
    assert_string_equal(values.maybe, "");
    assert_true(values.json);
    assert_int_equal(values_read(&values, &line, "try --map m --maybe x", &n), AMP_CLI_GO_ON);
    assert_string_equal(values.maybe, "x");
    assert_int_equal(values_read(&values, &line, "try --map m --maybe", &n), AMP_CLI_GO_ON);
    assert_string_equal(values.maybe, "");
}

static void a_negative_latitude_is_a_value_and_an_operand(void **state)
{
    (void)state;
    struct values values = {0};
    struct line line;
    int n = 0;
    assert_int_equal(
        values_read(&values, &line, "try --map m --to -25.9692,32.5732 -25.9,32.5", &n),
        AMP_CLI_GO_ON);
    assert_int_equal(values.to.lat_e7, -259692000);
    assert_int_equal(n, 1);
    assert_string_equal(line.argv[0], "-25.9,32.5");
}

static void slips_are_wrong_usage(void **state)
{
    (void)state;
    struct values values = {0};
    struct line line;
    int n = 0;
    assert_int_equal(values_read(&values, &line, "try", &n), AMP_EXIT_USAGE);
    assert_int_equal(values_read(&values, &line, "try --map m --jsn", &n), AMP_EXIT_USAGE);
    assert_int_equal(values_read(&values, &line, "try --map", &n), AMP_EXIT_USAGE);
    assert_int_equal(values_read(&values, &line, "try --map m -k five", &n), AMP_EXIT_USAGE);
    assert_int_equal(values_read(&values, &line, "try --map m --json=yes", &n), AMP_EXIT_USAGE);
    assert_int_equal(values_read(&values, &line, "try --map m a b c", &n), AMP_EXIT_USAGE);
}

static void an_absent_file_is_named(void **state)
{
    (void)state;
    struct amp_buf buf = {0};
    struct amp_why why = {0};
    assert_int_equal(amp_cli_read_file("/nonexistent/x", 100, &buf, &why), AMP_E_NOT_FOUND);
    assert_non_null(strstr(why.text, "/nonexistent/x"));
    assert_null(buf.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_may_be_mixed),
        cmocka_unit_test(an_option_may_be_repeated_or_stand_without_its_value),
        cmocka_unit_test(a_negative_latitude_is_a_value_and_an_operand),
        cmocka_unit_test(slips_are_wrong_usage),
        cmocka_unit_test(an_absent_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
