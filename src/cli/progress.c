/* Progress as one line that is written over, for a person at a terminal. */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static void tell(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
    (void)ctx;
    if (total > 0) {
        (void)fprintf(stderr, "\r\033[K%s: %" PRIu64 " %%", phase, 100 * done / total);
    } else if (done > 0) {
        (void)fprintf(stderr, "\r\033[K%s: %" PRIu64, phase, done);
    } else {
        (void)fprintf(stderr, "\r\033[K%s", phase);
    }
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

void amp_cli_progress_end(void)
{
    if (isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "\r\033[K");
    }
}
