/* Counts, and writes the counts as Prometheus text. */
#include "server/metrics.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static const struct {
    const char *name, *kind, *help;
} rows[AMP_METRIC_COUNT] = {
#define X(id, name, kind, help) {name, kind, help},
    AMP_METRIC_TABLE(X)
#undef X
};

static const struct {
    const char *name, *help;
} histogram_rows[AMP_HISTOGRAM_COUNT] = {
    {"amparo_request_seconds", "from the head of a request to its answer"},
    {"amparo_commit_seconds", "from a decision to its being durable"},
};

static const int64_t bucket_us[AMP_HISTOGRAM_BUCKETS] = {250,    500,     1000,    2500,    5000,
                                                         10000,  25000,   50000,   100000,  250000,
                                                         500000, 1000000, 2500000, 10000000};

/* The last column collects what is not named. */
static const int statuses[AMP_METRIC_STATUSES] = {200, 201, 204, 304, 400, 401, 403, 404, 405,
                                                  409, 413, 415, 422, 429, 431, 500, 503, 0};

void amp_metrics_add(struct amp_metrics *metrics, enum amp_metric_name name, int64_t by)
{
    (void)atomic_fetch_add(&metrics->value[name], by);
}

void amp_metrics_set(struct amp_metrics *metrics, enum amp_metric_name name, int64_t value)
{
    atomic_store(&metrics->value[name], value);
}

static void histogram_add(struct amp_histogram *histogram, int64_t took_us)
{
    size_t i = 0;
    while (i < AMP_HISTOGRAM_BUCKETS && took_us > bucket_us[i]) {
        i++;
    }
    (void)atomic_fetch_add(&histogram->bucket[i], 1);
    (void)atomic_fetch_add(&histogram->sum_us, (uint64_t)(took_us > 0 ? took_us : 0));
}

void amp_metrics_request(struct amp_metrics *metrics, size_t route, int status, int64_t took_us)
{
    assert(route < AMP_METRIC_ROUTES);
    size_t column = 0;
    while (statuses[column] != 0 && statuses[column] != status) {
        column++;
    }
    (void)atomic_fetch_add(&metrics->request[route][column], 1);
    histogram_add(&metrics->histogram[AMP_HISTOGRAM_REQUEST], took_us);
}

void amp_metrics_commit(struct amp_metrics *metrics, int64_t took_us)
{
    histogram_add(&metrics->histogram[AMP_HISTOGRAM_COMMIT], took_us);
}

void amp_metrics_dropped(struct amp_metrics *metrics, enum amp_fleet_reason reason)
{
    assert(reason != AMP_FLEET_TAKEN && reason < AMP_FLEET_REASONS);
    (void)atomic_fetch_add(&metrics->dropped[reason], 1);
}

static void dropped_write(const struct amp_metrics *metrics, struct amp_buf *out)
{
    amp_buf_text(out, "# HELP amparo_positions_dropped_total positions not taken, by reason\n"
                      "# TYPE amparo_positions_dropped_total counter\n");
    for (int r = AMP_FLEET_TAKEN + 1; r < AMP_FLEET_REASONS; r++) {
        amp_buf_printf(out, "amparo_positions_dropped_total{reason=\"%s\"} %lld\n",
                       amp_fleet_reason_name((enum amp_fleet_reason)r),
                       (long long)atomic_load(&metrics->dropped[r]));
    }
}

static void histogram_write(const struct amp_metrics *metrics, enum amp_histogram_name which,
                            struct amp_buf *out)
{
    const struct amp_histogram *histogram = &metrics->histogram[which];
    const char *name = histogram_rows[which].name;
    unsigned long long total = 0;
    amp_buf_printf(out, "# HELP %s %s\n# TYPE %s histogram\n", name, histogram_rows[which].help,
                   name);
    for (size_t i = 0; i < AMP_HISTOGRAM_BUCKETS; i++) {
        total += atomic_load(&histogram->bucket[i]);
        amp_buf_printf(out, "%s_bucket{le=\"%g\"} %llu\n", name, (double)bucket_us[i] / 1e6, total);
    }
    total += atomic_load(&histogram->bucket[AMP_HISTOGRAM_BUCKETS]);
    amp_buf_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.6f\n%s_count %llu\n", name, total,
                   name, (double)atomic_load(&histogram->sum_us) / 1e6, name, total);
}

static void requests_write(const struct amp_metrics *metrics, const struct amp_metric_label *label,
                           size_t route_n, struct amp_buf *out)
{
    amp_buf_text(out, "# HELP amparo_requests_total answers by route and status\n"
                      "# TYPE amparo_requests_total counter\n");
    for (size_t i = 0; i < route_n; i++) {
        for (size_t column = 0; column < AMP_METRIC_STATUSES; column++) {
            unsigned long long n = atomic_load(&metrics->request[i][column]);
            if (n > 0) {
                amp_buf_printf(out,
                               "amparo_requests_total{method=\"%s\",route=\"%s\",status=\"%d\"} "
                               "%llu\n",
                               label[i].method, label[i].path, statuses[column], n);
            }
        }
    }
}

void amp_metrics_write(const struct amp_metrics *metrics, const struct amp_metric_label *label,
                       size_t route_n, struct amp_buf *out)
{
    for (size_t i = 0; i < AMP_METRIC_COUNT; i++) {
        amp_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", rows[i].name, rows[i].help,
                       rows[i].name, rows[i].kind, rows[i].name,
                       (long long)atomic_load(&metrics->value[i]));
    }
    dropped_write(metrics, out);
    requests_write(metrics, label, route_n, out);
    for (int i = 0; i < AMP_HISTOGRAM_COUNT; i++) {
        histogram_write(metrics, (enum amp_histogram_name)i, out);
    }
}

int64_t amp_metrics_rss(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) {
        return 0;
    }
    char line[128] = "";
    char *got = fgets(line, sizeof line, file);
    (void)fclose(file);
    struct amp_str first = {0};
    struct amp_str rest = amp_str_cut(amp_str_of(got), ' ', &first);
    uint64_t pages = 0;
    (void)amp_str_cut(rest, ' ', &first);
    return amp_str_u64(first, &pages) == AMP_OK ? (int64_t)pages * sysconf(_SC_PAGESIZE) : 0;
}
