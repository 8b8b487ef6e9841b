/* An arena for each test, for cmocka's set-up and tear-down: tests only, after cmocka.h. */
#ifndef AMP_BASE_TESTARENA_H
#define AMP_BASE_TESTARENA_H

#include "base/arena.h"

static struct amp_arena arena;

static inline int arena_set_up(void **state)
{
    (void)state;
    arena = amp_arena_make(1 << 26);
    return 0;
}

static inline int arena_tear_down(void **state)
{
    (void)state;
    amp_arena_drop(&arena);
    return 0;
}

#endif
