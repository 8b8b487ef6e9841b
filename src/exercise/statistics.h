/*
 * Response-time statistics: nearest-rank percentiles over durations.
 */
#ifndef AMP_EXERCISE_STATISTICS_H
#define AMP_EXERCISE_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

/* Sorts in place. */
void amp_values_sort(int64_t *value, size_t n);
/* The nearest-rank percentile of sorted values: value[ceil(pct / 100 * n) - 1]; pct in 1..100, n >
 * 0. */
int64_t amp_percentile(const int64_t *sorted, size_t n, unsigned pct);

#endif
