/*
 * An index: names to numbers, in one table with open addressing.
 *
 * A name lives in a space (call signs, station codes, ...), so that a station may be called like a
 * unit. The index owns its names. Growing is split from putting, so that a caller can first reserve
 * everything that may fail and then change without failing.
 */
#ifndef AMP_MODEL_INDEX_H
#define AMP_MODEL_INDEX_H

#include "base/str.h"

enum amp_space {
    AMP_SPACE_UNIT = 'u',
    AMP_SPACE_STATION = 's',
    AMP_SPACE_NUMBER = 'n',
    AMP_SPACE_DEVICE = 'd',
    AMP_SPACE_KEY = 'k'
};

struct amp_index;

AMP_MUST amp_err amp_index_create(struct amp_index **out);
void amp_index_destroy(struct amp_index *index); /* accepts NULL */
size_t amp_index_count(const struct amp_index *index);
/* Room for `more` names. */
AMP_MUST amp_err amp_index_reserve(struct amp_index *index, size_t more);
bool amp_index_get(const struct amp_index *index, enum amp_space space, struct amp_str name,
                   uint64_t *out);
/* Takes `name` (from malloc, terminated); room must have been reserved. A name that is there gets
 * the new value, and the given copy is freed. */
void amp_index_put(struct amp_index *index, enum amp_space space, char *name, uint64_t value);
void amp_index_remove(struct amp_index *index, enum amp_space space, struct amp_str name);

#endif
