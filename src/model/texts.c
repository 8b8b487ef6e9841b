/* The texts of a state: slabs, free lists by size, and a table of the shared ones. */
#include "model/texts.h"
#include "base/crypto.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLAB_BYTES = 1 << 18,
    STEP = 16,       /* own texts up to SMALL_MAX take multiples of this */
    SMALL_MAX = 256, /* above: powers of two */
    SMALL_CLASSES = SMALL_MAX / STEP,
    CLASSES = SMALL_CLASSES + 8, /* 512 .. 65536 */
    TABLE_FIRST = 256            /* a power of two */
};

struct slab {
    struct slab *next;
    size_t used;
    char data[];
};

struct slabs {
    struct slab *head;
    size_t count;
};

struct hole { /* free room in a slab of own texts */
    struct hole *next;
};

struct shared { /* stands before the bytes of a shared text */
    uint32_t number;
    uint32_t hash;
};

struct amp_texts {
    struct slabs own;
    struct slabs shared;
    struct hole *hole[CLASSES];
    const char **table; /* of shared texts: linear probing, at most two thirds full */
    size_t mask;
    uint32_t shared_n;
};

amp_err amp_texts_create(struct amp_texts **out)
{
    struct amp_texts *texts = calloc(1, sizeof(*texts));
    const char **table = calloc(TABLE_FIRST, sizeof(*table));
    if (!texts || !table) {
        free(texts);
        free(table);
        return AMP_E_NOMEM;
    }
    texts->table = table;
    texts->mask = TABLE_FIRST - 1;
    *out = texts;
    return AMP_OK;
}

static void slabs_free(struct slabs *slabs, bool wipe)
{
    while (slabs->head) {
        struct slab *slab = slabs->head;
        slabs->head = slab->next;
        if (wipe) {
            amp_wipe(slab->data, slab->used);
        }
        free(slab);
    }
}

void amp_texts_destroy(struct amp_texts *texts)
{
    if (texts) {
        slabs_free(&texts->own, true);
        slabs_free(&texts->shared, false);
        free(texts->table);
        free(texts);
    }
}

/* Room at the end of the newest slab, or in a fresh one. size is a multiple of 8. */
static void *slab_take(struct slabs *slabs, size_t size)
{
    const size_t cap = SLAB_BYTES - sizeof(struct slab);
    struct slab *slab = slabs->head;
    assert(size <= cap);
    if (!slab || cap - slab->used < size) {
        slab = calloc(1, SLAB_BYTES); /* nothing of what stood there before */
        if (!slab) {
            return NULL;
        }
        slab->next = slabs->head;
        slabs->head = slab;
        slabs->count++;
    }
    void *at = slab->data + slab->used;
    slab->used += size;
    return at;
}

static unsigned class_of(size_t bytes)
{
    if (bytes <= SMALL_MAX) {
        return (unsigned)((bytes + STEP - 1) / STEP) - 1;
    }
    unsigned class = SMALL_CLASSES;
    for (size_t size = 2 * SMALL_MAX; size < bytes; size *= 2) {
        class ++;
    }
    return class;
}

static size_t class_bytes(unsigned class)
{
    return class < SMALL_CLASSES ? (size_t)(class + 1) * STEP
                                 : (size_t)SMALL_MAX << (class - SMALL_CLASSES + 1);
}

char *amp_texts_own(struct amp_texts *texts, struct amp_str text)
{
    assert(text.len <= AMP_OWN_TEXT_MAX);
    unsigned class = class_of(text.len + 1);
    char *at = (char *)texts->hole[class];
    if (at) {
        texts->hole[class] = texts->hole[class]->next;
    } else {
        at = slab_take(&texts->own, class_bytes(class));
    }
    if (!at) {
        return NULL;
    }
    if (text.len) {
        assert(!memchr(text.ptr, 0, text.len)); /* its end tells how much to overwrite */
        memcpy(at, text.ptr, text.len);
    }
    at[text.len] = '\0';
    return at;
}

void amp_texts_release(struct amp_texts *texts, const char *own)
{
    if (!own) {
        return;
    }
    size_t bytes = strlen(own) + 1;
    unsigned class = class_of(bytes);
    struct hole *hole = (struct hole *)(uintptr_t)own;
    amp_wipe(hole, bytes);
    hole->next = texts->hole[class];
    texts->hole[class] = hole;
}

static uint32_t text_hash(struct amp_str text)
{
    uint32_t hash = UINT32_C(0x811c9dc5);
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (uint8_t)text.ptr[i]) * UINT32_C(0x01000193);
    }
    return hash ^ hash >> 15;
}

static const struct shared *shared_of(const char *text)
{
    return (const struct shared *)(uintptr_t)(text - sizeof(struct shared));
}

static bool table_grow(struct amp_texts *texts)
{
    if (((size_t)texts->shared_n + 1) * 3 <= (texts->mask + 1) * 2) {
        return true;
    }
    size_t mask = (texts->mask + 1) * 2 - 1;
    const char **grown = calloc(mask + 1, sizeof(*grown));
    if (!grown) {
        return false;
    }
    for (size_t i = 0; i <= texts->mask; i++) {
        if (texts->table[i]) {
            size_t at = shared_of(texts->table[i])->hash & mask;
            while (grown[at]) {
                at = (at + 1) & mask;
            }
            grown[at] = texts->table[i];
        }
    }
    free(texts->table);
    texts->table = grown;
    texts->mask = mask;
    return true;
}

const char *amp_texts_share(struct amp_texts *texts, struct amp_str text)
{
    assert(text.len <= AMP_SHARED_TEXT_MAX);
    if (!table_grow(texts)) {
        return NULL;
    }
    uint32_t hash = text_hash(text);
    size_t at = hash & texts->mask;
    for (; texts->table[at]; at = (at + 1) & texts->mask) {
        const char *there = texts->table[at];
        if (shared_of(there)->hash == hash && amp_str_is(text, there)) {
            return there;
        }
    }
    size_t size = (sizeof(struct shared) + text.len + 1 + 7) & ~(size_t)7;
    struct shared *shared = slab_take(&texts->shared, size);
    if (!shared) {
        return NULL;
    }
    *shared = (struct shared){.number = ++texts->shared_n, .hash = hash};
    char *copy = (char *)(shared + 1);
    if (text.len) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    texts->table[at] = copy;
    return copy;
}

uint32_t amp_texts_number(const char *shared)
{
    return shared_of(shared)->number;
}

uint32_t amp_texts_shared_count(const struct amp_texts *texts)
{
    return texts->shared_n;
}

static bool slabs_hold(const struct slabs *slabs, struct amp_str bytes)
{
    for (const struct slab *slab = slabs->head; slab; slab = slab->next) {
        if (memmem(slab->data, slab->used, bytes.ptr, bytes.len)) {
            return true;
        }
    }
    return false;
}

bool amp_texts_hold(const struct amp_texts *texts, struct amp_str bytes)
{
    return slabs_hold(&texts->own, bytes) || slabs_hold(&texts->shared, bytes);
}

size_t amp_texts_bytes(const struct amp_texts *texts)
{
    return (texts->own.count + texts->shared.count) * SLAB_BYTES +
           (texts->mask + 1) * sizeof(*texts->table);
}
