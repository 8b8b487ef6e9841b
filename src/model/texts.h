/*
 * The texts of a state: one allocator for all of them, so that what was erased is gone from memory.
 *
 * A text of its own belongs to one thing, can be released, and is overwritten then; whatever is
 * personal is one. A shared text stands once however often it is used, lives as long as the state,
 * and is never personal: call signs, actors, types, names of states. Two shared texts are equal
 * exactly when their pointers are. All are terminated and hold no NUL.
 *
 * Both lie in slabs that never move or shrink. Destroying overwrites the slabs of own texts.
 * NULL when memory is short, and then nothing has changed. One thread.
 */
#ifndef AMP_MODEL_TEXTS_H
#define AMP_MODEL_TEXTS_H

#include "base/str.h"

enum {
    AMP_OWN_TEXT_MAX = 65535, /* bytes of an own text; more than any field can have */
    AMP_SHARED_TEXT_MAX = 16383
};

struct amp_texts;

AMP_MUST amp_err amp_texts_create(struct amp_texts **out);
void amp_texts_destroy(struct amp_texts *texts); /* accepts NULL */

/* A copy; asserts that it is not over the maximum. */
char *amp_texts_own(struct amp_texts *texts, struct amp_str text);
/* Overwrites an own text and gives its room back. Accepts NULL. */
void amp_texts_release(struct amp_texts *texts, const char *own);

const char *amp_texts_share(struct amp_texts *texts, struct amp_str text);
/* Shared texts are numbered from 1 in the order they came. */
uint32_t amp_texts_number(const char *shared);
uint32_t amp_texts_shared_count(const struct amp_texts *texts);

/* Whether these bytes stand anywhere in the slabs, also in room that is free: for tests that what
 * was erased is gone. Slow. */
bool amp_texts_hold(const struct amp_texts *texts, struct amp_str bytes);
size_t amp_texts_bytes(const struct amp_texts *texts); /* memory taken */

#endif
