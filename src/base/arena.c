/* An arena as a chain of growing blocks; the newest block is the head. */
#include "base/arena.h"
#include "base/crypto.h"
#include <assert.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALIGN = 16,
    BLOCK_MIN = 4096,
    BLOCK_MAX = 1 << 20
};

struct amp_arena_block {
    struct amp_arena_block *next;
    size_t size;
    size_t used;
    alignas(ALIGN) char data[];
};

struct amp_arena amp_arena_make(size_t max_bytes)
{
    return (struct amp_arena){.max = max_bytes};
}

static void blocks_free(struct amp_arena_block *block)
{
    while (block) {
        struct amp_arena_block *next = block->next;
        amp_wipe(block->data, block->used);
        free(block);
        block = next;
    }
}

void amp_arena_drop(struct amp_arena *arena)
{
    blocks_free(arena->head);
    *arena = amp_arena_make(arena->max);
}

void amp_arena_reset(struct amp_arena *arena)
{
    struct amp_arena_block *kept = arena->head;
    if (kept) {
        blocks_free(kept->next);
        kept->next = NULL;
        amp_wipe(kept->data, kept->used);
        kept->used = 0;
    }
    *arena = amp_arena_make(arena->max);
    arena->head = kept;
}

bool amp_arena_failed(const struct amp_arena *arena)
{
    return arena->failed;
}

static struct amp_arena_block *block_add(struct amp_arena *arena, size_t need)
{
    size_t size = arena->head ? arena->head->size : BLOCK_MIN / 2;
    size = size < BLOCK_MAX / 2 ? size * 2 : BLOCK_MAX;
    if (size < need) {
        size = need;
    }
    struct amp_arena_block *block = malloc(sizeof(*block) + size);
    if (!block) {
        return NULL;
    }
    *block = (struct amp_arena_block){.next = arena->head, .size = size};
    arena->head = block;
    return block;
}

/* Not zeroed. */
static char *claim(struct amp_arena *arena, size_t size, size_t *out_need)
{
    assert(arena->used <= arena->max);
    size_t left = arena->max - arena->used;
    if (arena->failed || size > left) {
        arena->failed = true;
        return NULL;
    }
    if (size > SIZE_MAX - ALIGN - sizeof(struct amp_arena_block)) {
        arena->failed = true;
        return NULL;
    }
    size_t need = size ? (size + ALIGN - 1) & ~(size_t)(ALIGN - 1) : ALIGN;
    struct amp_arena_block *block = arena->head;
    if (!block || block->size - block->used < need) {
        block = block_add(arena, need);
    }
    if (!block) {
        arena->failed = true;
        return NULL;
    }
    char *ptr = block->data + block->used;
    block->used += need;
    arena->used += need < left ? need : left;
    *out_need = need;
    return ptr;
}

void *amp_arena_alloc(struct amp_arena *arena, size_t size)
{
    size_t need = 0;
    char *ptr = claim(arena, size, &need);
    return ptr ? memset(ptr, 0, need) : NULL;
}

void *amp_arena_array(struct amp_arena *arena, size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        arena->failed = true;
        return NULL;
    }
    return amp_arena_alloc(arena, bytes);
}

char *amp_arena_text(struct amp_arena *arena, struct amp_str text)
{
    if (text.len == SIZE_MAX) {
        arena->failed = true;
        return NULL;
    }
    char *copy = amp_arena_alloc(arena, text.len + 1);
    if (copy && text.len) {
        memcpy(copy, text.ptr, text.len);
    }
    return copy;
}

struct amp_str amp_arena_str(struct amp_arena *arena, struct amp_str text)
{
    char *copy = amp_arena_text(arena, text);
    return (struct amp_str){.ptr = copy, .len = copy ? text.len : 0};
}

/* Most texts fit where the next one would go: then they are written once. */
struct amp_str amp_arena_printf(struct amp_arena *arena, const char *fmt, ...)
{
    const struct amp_arena_block *block = arena->head;
    const size_t room = block && !arena->failed ? block->size - block->used : 0;
    char *guess = room ? arena->head->data + block->used : NULL;
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(guess, room, fmt, args);
    va_end(args);
    if (len < 0) {
        arena->failed = true;
        return (struct amp_str){0};
    }
    size_t need = 0;
    char *text = claim(arena, (size_t)len + 1, &need);
    if (guess && text != guess) {
        amp_wipe(guess, (size_t)len < room ? (size_t)len : room); /* nobody else will */
    }
    if (!text) {
        return (struct amp_str){0};
    }
    if (text != guess) {
        va_start(args, fmt);
        (void)vsnprintf(text, (size_t)len + 1, fmt, args);
        va_end(args);
    }
    return (struct amp_str){.ptr = text, .len = (size_t)len};
}
