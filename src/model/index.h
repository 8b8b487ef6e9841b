/*
 * An index: names to numbers, in one table with open addressing.
 *
 * A name lives in a space (call signs, station codes, ...), so that a station may be called like a
 * unit. The index borrows its names: they must stay where they are while they are in it. Growing is
 * split from putting, so that a caller can first reserve everything that may fail and then change
 * without failing.
 */
#ifndef AMP_MODEL_INDEX_H
#define AMP_MODEL_INDEX_H

#include "base/str.h"

enum amp_space {
    AMP_SPACE_UNIT = 'u',
    AMP_SPACE_STATION = 's',
    AMP_SPACE_NUMBER = 'n',
    AMP_SPACE_DEVICE = 'd',
    AMP_SPACE_KEY = 'k',
    AMP_SPACE_ACCOUNT = 'a',
    AMP_SPACE_AGENCY = 'g',
    AMP_SPACE_FACILITY = 'f',
    AMP_SPACE_ALERT = 'w',
    AMP_SPACE_TRACKING = 't', /* what other centres call their incidents */
    AMP_SPACE_LINK = 'l'
};

struct amp_index;

AMP_MUST amp_err amp_index_create(struct amp_index **out);
void amp_index_destroy(struct amp_index *index); /* accepts NULL */
size_t amp_index_count(const struct amp_index *index);
/* Room for `more` names. */
AMP_MUST amp_err amp_index_reserve(struct amp_index *index, size_t more);
bool amp_index_get(const struct amp_index *index, enum amp_space space, struct amp_str name,
                   uint64_t *out);
/* Borrows `name` (terminated); room must have been reserved. The same name gets the new value, and
 * its former copy is given back, which the index needs no more; else NULL. */
const char *amp_index_put(struct amp_index *index, enum amp_space space, const char *name,
                          uint64_t value);
/* A new value for a name that is there; its copy stays. */
void amp_index_set(struct amp_index *index, enum amp_space space, struct amp_str name,
                   uint64_t value);
/* Gives back the copy that was borrowed, or NULL when there was none. */
const char *amp_index_remove(struct amp_index *index, enum amp_space space, struct amp_str name);
size_t amp_index_bytes(const struct amp_index *index); /* memory taken */

#endif
