/* The table of routes against docs/openapi.yaml, and the metrics that are named by it. */
#include "server/endpoint.h"
#include "server/metrics.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    LINE_BYTES = 4096,
    PATH_BYTES = 256,
    SEEN_MAX = 200
};

static const struct {
    const char *line;
    enum amp_method method;
} method_lines[] = {{"    get:\n", AMP_METHOD_GET},     {"    post:\n", AMP_METHOD_POST},
                    {"    patch:\n", AMP_METHOD_PATCH}, {"    delete:\n", AMP_METHOD_DELETE},
                    {"    put:\n", AMP_METHOD_OTHER},   {"    head:\n", AMP_METHOD_OTHER}};

/* What was read of docs/openapi.yaml so far. */
struct described {
    char path[PATH_BYTES];
    size_t row; /* of the operation */
    int seen[SEEN_MAX], permission[SEEN_MAX], open[SEEN_MAX], throttled[SEEN_MAX];
};

static FILE *yaml_open(void)
{
    char name[LINE_BYTES];
    const char *root = getenv("AMPARO_SOURCE_ROOT");
    if (root == NULL) {
        print_message("# skipped: AMPARO_SOURCE_ROOT is not set\n");
        return NULL;
    }
    (void)snprintf(name, sizeof name, "%s/docs/openapi.yaml", root);
    FILE *file = fopen(name, "re");
    assert_non_null(file);
    return file;
}

/* What follows `begin` in a line, without the line's end, or NULL. */
static const char *rest_of(char *line, const char *begin)
{
    size_t len = strlen(begin);
    line[strcspn(line, "\n")] = '\0';
    return strncmp(line, begin, len) == 0 ? line + len : NULL;
}

static size_t row_of(enum amp_method method, const char *path)
{
    for (size_t i = 0; i < amp_endpoint_n; i++) {
        if (amp_endpoints[i].method == method && strcmp(amp_endpoints[i].path, path) == 0) {
            return i;
        }
    }
    fail_msg("docs/openapi.yaml has %s %s, the table has not", amp_method_name(method), path);
    return 0;
}

static const char *needs_name(const struct amp_endpoint *row)
{
    return row->needs == AMP_ENDPOINT_PUBLIC ? "public" : amp_permit_name(row->needs);
}

static void permission_take(struct described *got, const char *name)
{
    const struct amp_endpoint *row = &amp_endpoints[got->row];
    if (strcmp(name, needs_name(row)) != 0) {
        fail_msg("%s %s needs \"%s\", docs/openapi.yaml says \"%s\"", amp_method_name(row->method),
                 row->path, needs_name(row), name);
    }
    got->permission[got->row]++;
}

static void line_take(char *line, struct described *got)
{
    size_t len = strlen(line);
    if (strncmp(line, "  /", 3) == 0 && len > 4 && len < PATH_BYTES) {
        (void)snprintf(got->path, sizeof got->path, "%.*s", (int)len - 4, line + 2);
        got->row = SEEN_MAX - 1; /* none: an operation has to come first */
    }
    for (size_t m = 0; m < sizeof method_lines / sizeof method_lines[0]; m++) {
        if (strcmp(line, method_lines[m].line) == 0) {
            got->row = row_of(method_lines[m].method, got->path);
            got->seen[got->row]++;
        }
    }
    const char *name = rest_of(line, "      x-permission: ");
    if (name != NULL) {
        assert_true(got->row < amp_endpoint_n);
        permission_take(got, name);
    }
    got->open[got->row] += strcmp(line, "      security: []") == 0;
    got->throttled[got->row] += strncmp(line, "        \"429\":", 14) == 0;
}

static void yaml_read(FILE *file, struct described *got)
{
    char line[LINE_BYTES];
    got->row = SEEN_MAX - 1;
    assert_true(amp_endpoint_n < SEEN_MAX);
    while (fgets(line, sizeof line, file) != NULL && strncmp(line, "components:", 11) != 0) {
        assert_non_null(strchr(line, '\n'));
        line_take(line, got);
    }
    (void)fclose(file);
}

static void every_route_is_described_and_every_description_is_a_route(void **state)
{
    struct described got = {.row = 0};
    FILE *file = yaml_open();
    (void)state;
    if (file == NULL) {
        return;
    }
    yaml_read(file, &got);
    for (size_t i = 0; i < amp_endpoint_n; i++) {
        const struct amp_endpoint *row = &amp_endpoints[i];
        if (got.seen[i] != 1 || got.permission[i] != 1) {
            fail_msg("%s %s is %d times in docs/openapi.yaml, with %d x-permission",
                     amp_method_name(row->method), row->path, got.seen[i], got.permission[i]);
        }
        if (got.open[i] != (row->needs == AMP_ENDPOINT_PUBLIC) || got.throttled[i] != 1) {
            fail_msg("%s %s: docs/openapi.yaml says \"security: []\" of what is public, and of all "
                     "what 429 is",
                     amp_method_name(row->method), row->path);
        }
    }
}

/* "  read: {roles: [call-taker, dispatcher], words: ..." as the description has to have it. */
static void permission_write(enum amp_permit permit, struct amp_buf *out)
{
    bool first = true;
    amp_buf_printf(out, "  %s: {roles: [", amp_permit_name(permit));
    for (int role = 0; role < AMP_ROLES; role++) {
        if ((amp_role_may((enum amp_role)role) & UINT32_C(1) << permit) != 0) {
            amp_buf_printf(out, "%s%s", first ? "" : ", ", amp_role_name((enum amp_role)role));
            first = false;
        }
    }
    amp_buf_text(out, "], ");
}

static void every_permission_is_described_with_its_roles(void **state)
{
    char line[LINE_BYTES];
    FILE *file = yaml_open();
    (void)state;
    if (file == NULL) {
        return;
    }
    while (fgets(line, sizeof line, file) != NULL && strcmp(line, "x-permissions:\n") != 0) {}
    for (int i = 0; i < AMP_PERMIT_COUNT; i++) {
        struct amp_buf want = amp_buf_make(LINE_BYTES);
        permission_write((enum amp_permit)i, &want);
        assert_non_null(fgets(line, sizeof line, file));
        if (strncmp(line, amp_buf_cstr(&want), want.len) != 0) {
            fail_msg("docs/openapi.yaml has to have\n%s", amp_buf_cstr(&want));
        }
        amp_buf_free(&want);
    }
    assert_non_null(fgets(line, sizeof line, file));
    assert_int_equal(strncmp(line, "  ", 2) == 0, 0); /* and no other */
    (void)fclose(file);
}

/* Each row of the table of errors is told as "code (status)". */
static void every_code_of_a_problem_is_described(void **state)
{
    static const amp_err errs[] = {
#define X(name, code, http, words) name,
        AMP_ERR_TABLE(X)
#undef X
    };
    char line[LINE_BYTES];
    struct amp_buf text = amp_buf_make(1 << 20);
    FILE *file = yaml_open();
    (void)state;
    if (file == NULL) {
        return;
    }
    while (fgets(line, sizeof line, file) != NULL && strcmp(line, "    Code:\n") != 0) {}
    while (fgets(line, sizeof line, file) != NULL && strncmp(line, "     ", 5) == 0) {
        const char *rest = rest_of(line, "       "); /* a word and its status may be on two lines */
        amp_buf_text(&text, rest != NULL ? rest : "");
    }
    (void)fclose(file);
    for (size_t i = 1; i < sizeof errs / sizeof errs[0]; i++) {
        char want[PATH_BYTES];
        (void)snprintf(want, sizeof want, " %s (%d)", amp_err_code(errs[i]), amp_err_http(errs[i]));
        if (strstr(amp_buf_cstr(&text), want) == NULL) {
            fail_msg("docs/openapi.yaml lacks%s at Code", want);
        }
    }
    amp_buf_free(&text);
}

static void no_route_hides_another_and_writes_are_guarded(void **state)
{
    (void)state;
    for (size_t i = 0; i < amp_endpoint_n; i++) {
        const struct amp_endpoint *one = &amp_endpoints[i];
        for (size_t k = 0; k < i; k++) {
            assert_false(one->method == amp_endpoints[k].method &&
                         strcmp(one->path, amp_endpoints[k].path) == 0);
        }
        /* the door looks at a page's origin for these two kinds alone */
        bool guarded = one->kind == AMP_ENDPOINT_WRITE || one->kind == AMP_ENDPOINT_REPORT;
        assert_true(one->method == AMP_METHOD_GET || guarded);
        assert_true(strlen(one->summary) > 0);
    }
}

static void counts_are_written_in_the_text_format(void **state)
{
    static struct amp_metrics metrics;
    const struct amp_metric_label label[] = {{"GET", "/v1/units"}, {"-", "-"}};
    struct amp_buf out = amp_buf_make(1 << 20);
    (void)state;
    amp_metrics_add(&metrics, AMP_METRIC_POSITIONS, 5);
    amp_metrics_request(&metrics, 0, 200, 300);
    amp_metrics_request(&metrics, 0, 418, 30000000);
    amp_metrics_write(&metrics, label, 2, &out);
    const char *text = amp_buf_cstr(&out);
    assert_non_null(strstr(text, "# TYPE amparo_positions_total counter\n"
                                 "amparo_positions_total 5\n"));
    assert_non_null(strstr(text, "{method=\"GET\",route=\"/v1/units\",status=\"200\"} 1\n"));
    assert_non_null(strstr(text, "{method=\"GET\",route=\"/v1/units\",status=\"0\"} 1\n"));
    assert_non_null(strstr(text, "amparo_request_seconds_bucket{le=\"0.00025\"} 0\n"));
    assert_non_null(strstr(text, "amparo_request_seconds_bucket{le=\"0.0005\"} 1\n"));
    assert_non_null(strstr(text, "amparo_request_seconds_bucket{le=\"10\"} 1\n"));
    assert_non_null(strstr(text, "amparo_request_seconds_bucket{le=\"+Inf\"} 2\n"));
    assert_non_null(strstr(text, "amparo_request_seconds_sum 30.000300\n"));
    amp_buf_free(&out);
}

static void every_status_of_a_problem_is_counted_apart(void **state)
{
    static const amp_err errs[] = {
#define X(name, code, http, words) name,
        AMP_ERR_TABLE(X)
#undef X
    };
    static struct amp_metrics metrics;
    const struct amp_metric_label label = {"GET", "/v1/units"};
    struct amp_buf out = amp_buf_make(1 << 20);
    (void)state;
    for (size_t i = 1; i < sizeof errs / sizeof errs[0]; i++) {
        amp_metrics_request(&metrics, 0, amp_err_http(errs[i]), 0);
    }
    amp_metrics_write(&metrics, &label, 1, &out);
    for (size_t i = 1; i < sizeof errs / sizeof errs[0]; i++) {
        char want[PATH_BYTES];
        (void)snprintf(want, sizeof want, ",status=\"%d\"} ", amp_err_http(errs[i]));
        assert_non_null(strstr(amp_buf_cstr(&out), want));
    }
    amp_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described_and_every_description_is_a_route),
        cmocka_unit_test(every_permission_is_described_with_its_roles),
        cmocka_unit_test(every_code_of_a_problem_is_described),
        cmocka_unit_test(no_route_hides_another_and_writes_are_guarded),
        cmocka_unit_test(counts_are_written_in_the_text_format),
        cmocka_unit_test(every_status_of_a_problem_is_counted_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
