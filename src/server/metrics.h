/*
 * Counters and histograms of the server, and their Prometheus text form (exposition format 0.0.4).
 *
 * Rows of one table. Routes are named by their pattern, so nothing personal can get in. Any thread.
 */
#ifndef AMP_SERVER_METRICS_H
#define AMP_SERVER_METRICS_H

#include "base/buf.h"
#include "fleet/filter.h"
#include <stdatomic.h>

enum {
    AMP_METRIC_ROUTES = 160, /* rows of the table of routes, and one for what matches none */
    AMP_METRIC_STATUSES = 24 /* distinct statuses that are counted apart */
};

#define AMP_METRIC_TABLE(X)                                                                        \
    X(EVENTS, "amparo_events_total", "counter", "events made durable")                             \
    X(COMMITS, "amparo_commits_total", "counter", "submissions answered by the writer")            \
    X(POSITIONS, "amparo_positions_total", "counter", "vehicle positions taken")                   \
    X(POSITIONS_REFUSED, "amparo_positions_refused_total", "counter", "vehicle positions refused") \
    X(BUSY, "amparo_refused_busy_total", "counter", "requests refused because a queue was full")   \
    X(TEST_CALLS, "amparo_test_calls_total", "counter", "test calls over SIP")                     \
    X(QUEUE, "amparo_core_queue", "gauge", "requests waiting for the core")                        \
    X(IN_FLIGHT, "amparo_commits_in_flight", "gauge", "submissions waiting for the disk")          \
    X(WORK, "amparo_worker_queue", "gauge", "questions waiting for a worker")                      \
    X(STREAMS, "amparo_streams", "gauge", "open event streams")                                    \
    X(RESYNCS, "amparo_stream_resyncs_total", "counter", "listeners that fell behind")             \
    X(SEQ, "amparo_journal_records", "gauge", "records in the journal")                            \
    X(UPTIME, "amparo_uptime_seconds", "gauge", "seconds since the start")                         \
    X(RSS, "amparo_resident_bytes", "gauge", "resident memory")

enum amp_metric_name {
#define X(id, name, kind, help) AMP_METRIC_##id,
    AMP_METRIC_TABLE(X)
#undef X
    AMP_METRIC_COUNT
};

enum amp_histogram_name {
    AMP_HISTOGRAM_REQUEST, /* from head to answer */
    AMP_HISTOGRAM_COMMIT,  /* from decision to durable */
    AMP_HISTOGRAM_COUNT
};

enum {
    AMP_HISTOGRAM_BUCKETS = 14
};

struct amp_histogram {
    atomic_ullong bucket[AMP_HISTOGRAM_BUCKETS + 1];
    atomic_ullong sum_us;
};

struct amp_metrics {
    atomic_llong value[AMP_METRIC_COUNT];
    atomic_ullong request[AMP_METRIC_ROUTES][AMP_METRIC_STATUSES];
    struct amp_histogram histogram[AMP_HISTOGRAM_COUNT];
    atomic_llong dropped[AMP_FLEET_REASONS]; /* positions, by what the filter said */
};

void amp_metrics_add(struct amp_metrics *metrics, enum amp_metric_name name, int64_t by);
void amp_metrics_set(struct amp_metrics *metrics, enum amp_metric_name name, int64_t value);
void amp_metrics_request(struct amp_metrics *metrics, size_t route, int status, int64_t took_us);
void amp_metrics_dropped(struct amp_metrics *metrics, enum amp_fleet_reason reason);
void amp_metrics_commit(struct amp_metrics *metrics, int64_t took_us);

struct amp_metric_label { /* how a route is named */
    const char *method, *path;
};
/* label[i] names route i; route_n labels. */
void amp_metrics_write(const struct amp_metrics *metrics, const struct amp_metric_label *label,
                       size_t route_n, struct amp_buf *out);
int64_t amp_metrics_rss(void); /* bytes; 0 when it cannot be told */

#endif
