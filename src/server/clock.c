/* Reads the machine's clocks. */
#include "server/clock.h"
#include <stddef.h>
#include <time.h>

static int64_t clock_us(clockid_t id)
{
    struct timespec ts = {0};
    (void)clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

static int64_t real_us(void *ctx)
{
    (void)ctx;
    return clock_us(CLOCK_REALTIME);
}

struct amp_clock amp_clock_real(void)
{
    return (struct amp_clock){.ctx = NULL, .now_us = real_us};
}

static int64_t running_us(void *ctx)
{
    (void)ctx;
    return clock_us(CLOCK_BOOTTIME);
}

struct amp_clock amp_clock_running(void)
{
    return (struct amp_clock){.ctx = NULL, .now_us = running_us};
}

static int64_t set_us(void *ctx)
{
    struct amp_clock_set *set = ctx;
    return atomic_load(&set->us);
}

struct amp_clock amp_clock_settable(struct amp_clock_set *set)
{
    return (struct amp_clock){.ctx = set, .now_us = set_us};
}

int64_t amp_clock_steady_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}
