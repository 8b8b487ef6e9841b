/*
 * An arena: memory with one scope, dropped whole.
 *
 * Work for one request allocates here and returns early anywhere. An arena has a maximum; reaching
 * it, or running out of memory, makes it fail: allocations return NULL and amp_arena_failed is
 * true. Memory that it gives up is wiped: what people said passes through. Not for several threads
 * at once.
 */
#ifndef AMP_BASE_ARENA_H
#define AMP_BASE_ARENA_H

#include "base/str.h"

struct amp_arena_block;
struct amp_arena {
    struct amp_arena_block *head;
    size_t used;
    size_t max;
    bool failed;
};

struct amp_arena amp_arena_make(size_t max_bytes);
void amp_arena_drop(struct amp_arena *arena);  /* frees all; accepts zeroes; reusable after */
void amp_arena_reset(struct amp_arena *arena); /* empties and wipes, keeps one block for reuse */
bool amp_arena_failed(const struct amp_arena *arena);
void *amp_arena_alloc(struct amp_arena *arena,
                      size_t size); /* zeroed, aligned to 16; NULL if not */
void *amp_arena_array(struct amp_arena *arena, size_t count, size_t size); /* overflow-checked */
char *amp_arena_text(struct amp_arena *arena, struct amp_str text); /* terminated copy or NULL */
struct amp_str amp_arena_str(struct amp_arena *arena, struct amp_str text);
struct amp_str amp_arena_printf(struct amp_arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
