/*
 * What benchmarks of the map share: which maps they run on, and how time is told.
 */
#ifndef AMP_BENCH_MAPS_H
#define AMP_BENCH_MAPS_H

#include "base/err.h"

/* Microseconds that this thread worked: what others do on the machine meanwhile does not count. */
double amp_bench_cpu_us(void);

typedef amp_err (*amp_bench_fn)(const char *name, const char *extract, struct amp_why *why);
/* Runs the bench on each extract of the command line; without any, on a made-up city and on Porto,
 * if the test data is there. The exit status. */
int amp_bench_maps(int argc, char **argv, amp_bench_fn run);
/* A made-up city in a file of its own, which the caller unlinks; path ends in XXXXXX. */
AMP_MUST amp_err amp_bench_town(char *path, struct amp_why *why);

#endif
