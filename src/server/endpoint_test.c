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

static void line_take(const char *line, char path[PATH_BYTES], int seen[SEEN_MAX])
{
    size_t len = strlen(line);
    if (strncmp(line, "  /", 3) == 0 && len > 4 && len < PATH_BYTES) {
        (void)snprintf(path, PATH_BYTES, "%.*s", (int)len - 4, line + 2);
    }
    for (size_t m = 0; m < sizeof method_lines / sizeof method_lines[0]; m++) {
        if (strcmp(line, method_lines[m].line) == 0) {
            seen[row_of(method_lines[m].method, path)]++;
        }
    }
}

static void every_route_is_described_and_every_description_is_a_route(void **state)
{
    char name[LINE_BYTES];
    char line[LINE_BYTES];
    char path[PATH_BYTES] = "";
    int seen[SEEN_MAX] = {0};
    (void)state;
    const char *root = getenv("AMPARO_SOURCE_ROOT");
    if (root == NULL) {
        print_message("# skipped: AMPARO_SOURCE_ROOT is not set\n");
        return;
    }
    (void)snprintf(name, sizeof name, "%s/docs/openapi.yaml", root);
    FILE *file = fopen(name, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL && strncmp(line, "components:", 11) != 0) {
        line_take(line, path, seen);
    }
    (void)fclose(file);
    for (size_t i = 0; i < amp_endpoint_n; i++) {
        if (seen[i] != 1) {
            fail_msg("%s %s is %d times in docs/openapi.yaml",
                     amp_method_name(amp_endpoints[i].method), amp_endpoints[i].path, seen[i]);
        }
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described_and_every_description_is_a_route),
        cmocka_unit_test(no_route_hides_another_and_writes_are_guarded),
        cmocka_unit_test(counts_are_written_in_the_text_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
