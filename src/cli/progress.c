/* Progress as one line that is written over, for a person at a terminal, or as lines for a log. */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    ETA_LEAST_S = 3,     /* what is over sooner needs no forecast */
    ETA_LEAST_TENTHS = 1 /* of a phase done, before a forecast is worth saying */
};

static double seconds_since(const struct timespec *then)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

/* Whether this phase is another one than the last time. */
static bool phase_turn(struct amp_cli_teller *teller, const char *phase)
{
    if (teller->begun && strncmp(teller->phase, phase, sizeof teller->phase - 1) == 0) {
        return false;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &teller->phase_start);
    teller->start = teller->begun ? teller->start : teller->phase_start;
    teller->begun = true;
    teller->tenth = 0;
    (void)snprintf(teller->phase, sizeof teller->phase, "%s", phase);
    return true;
}

/* Bytes read and copies written go on at one pace; what is only counted in steps does not. */
static void eta_tell(const struct amp_cli_teller *teller, uint64_t done, uint64_t total)
{
    enum {
        FINE = 20 /* a phase of so few steps has no pace */
    };
    double passed_s = seconds_since(&teller->phase_start);
    if (total < FINE || done * 10 < total * ETA_LEAST_TENTHS || passed_s < ETA_LEAST_S) {
        return;
    }
    double left_s = passed_s * (double)(total - done) / (double)done;
    (void)fprintf(stderr, ", %.0f s left of it", left_s);
}

static void tell(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
    struct amp_cli_teller *teller = ctx;
    done = total > 0 && done > total ? total : done;
    (void)fprintf(stderr, "\r\033[K%s", phase);
    if (total > 0) {
        (void)fprintf(stderr, ": %" PRIu64 " %%", 100 * done / total);
        if (teller != NULL && !phase_turn(teller, phase)) {
            eta_tell(teller, done, total);
        }
    } else if (done > 0) {
        (void)fprintf(stderr, ": %" PRIu64, done);
    }
    (void)fflush(stderr);
}

static void tell_line(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
    struct amp_cli_teller *teller = ctx;
    bool turned = phase_turn(teller, phase);
    uint64_t tenth = total > 0 ? 10 * (done > total ? total : done) / total : 0;
    if (!turned && tenth <= teller->tenth) {
        return;
    }
    teller->tenth = tenth;
    (void)fprintf(stderr, "%8.1f s  %s", seconds_since(&teller->start), phase);
    if (total > 0) {
        (void)fprintf(stderr, ": %" PRIu64 " %%", 10 * tenth);
    }
    (void)fprintf(stderr, "\n");
    (void)fflush(stderr);
}

static void tell_nobody(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
    (void)ctx;
    (void)phase;
    (void)done;
    (void)total;
}

struct amp_progress amp_cli_progress(void)
{
    return (struct amp_progress){.tell = isatty(STDERR_FILENO) ? tell : tell_nobody};
}

struct amp_progress amp_cli_progress_timed(struct amp_cli_teller *teller, bool lines)
{
    struct amp_progress progress = amp_cli_progress();
    progress.ctx = teller;
    progress.tell = lines ? tell_line : progress.tell;
    return progress;
}

void amp_cli_progress_end(void)
{
    if (isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "\r\033[K");
    }
}
