/*
 * The state in memory and as a snapshot: bytes an event, seconds to write and to read.
 *
 * usage: state_bench [--events N]      (default 1,000,000)
 * Folds made-up days into a state (made-up callers, 17 events an incident, 40 crews), writes its
 * snapshot to memory, reads it again, and compares the digests. One core. Memory is what the state
 * counts itself, and what the system gave the process for it.
 */
#include "made.h"
#include "model/snapshot.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static void check(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "state_bench: %s failed\n", what);
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double cpu_s(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static double resident_mb(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    check(file && fscanf(file, "%*s %ld", &pages) == 1, "reading statm");
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

struct bytes {
    char *data;
    size_t len, cap, at;
};

static amp_err bytes_put(void *ctx, const void *data, size_t len)
{
    struct bytes *bytes = ctx;
    if (bytes->cap - bytes->len < len) {
        bytes->cap = bytes->cap * 2 + len;
        bytes->data = realloc(bytes->data, bytes->cap);
        check(bytes->data != NULL, "memory");
    }
    memcpy(bytes->data + bytes->len, data, len);
    bytes->len += len;
    return AMP_OK;
}

static amp_err bytes_get(void *ctx, void *data, size_t len)
{
    struct bytes *bytes = ctx;
    if (bytes->len - bytes->at < len) {
        return AMP_E_IO;
    }
    memcpy(data, bytes->data + bytes->at, len);
    bytes->at += len;
    return AMP_OK;
}

static uint64_t fold(uint64_t events, struct bytes *bytes)
{
    struct amp_state state;
    struct made made = {.state = &state, .now_us = INT64_C(1900000000000000), .dice = 1};
    double before_mb = resident_mb(), start = now_s();
    check(amp_state_init(&state) == AMP_OK, "memory");
    made_run(&made, events);
    printf("fold            %8.2f s      %llu events, %zu incidents\n", now_s() - start,
           (unsigned long long)made.events, state.incident_n);
    printf("state           %8.1f bytes an event (%.1f resident)\n",
           (double)amp_state_bytes(&state) / (double)made.events,
           (resident_mb() - before_mb) * 1e6 / (double)made.events);
    uint64_t digest = amp_state_digest(&state);
    start = now_s();
    check(amp_snapshot_write(&state, bytes_put, bytes) == AMP_OK, "writing");
    printf("snapshot write  %8.2f s      %.1f MB, %.1f bytes an event\n", now_s() - start,
           (double)bytes->len / 1e6, (double)bytes->len / (double)made.events);
    amp_state_finish(&state);
    malloc_trim(0);
    return digest;
}

int main(int argc, char **argv)
{
    uint64_t events = 1000000;
    struct bytes bytes = {0};
    bool good = argc == 1 || (argc == 3 && strcmp(argv[1], "--events") == 0 &&
                              !amp_str_u64(amp_str_of(argv[2]), &events));
    if (!good || events == 0 || events > 200000000) {
        fprintf(stderr, "usage: state_bench [--events N]\n");
        return 2;
    }
    uint64_t digest = fold(events, &bytes);
    struct amp_state state = {0};
    struct amp_why why = {""};
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    double before_mb = resident_mb(), start = now_s();
    amp_err err = amp_snapshot_read(bytes_get, &bytes, &state, &why);
    check(err == AMP_OK, why.text);
    double took = now_s() - start;
    getrusage(RUSAGE_SELF, &after);
    printf("snapshot read   %8.2f s      (%.2f s on the processor), %.1f bytes an event resident\n",
           took, cpu_s(&after) - cpu_s(&before),
           (resident_mb() - before_mb) * 1e6 / (double)state.seq);
    check(amp_state_digest(&state) == digest, "the digest");
    amp_state_finish(&state);
    free(bytes.data);
    return 0;
}
