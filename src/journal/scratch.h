/* For tests: a directory of their own, filled, copied, damaged and removed. */
#ifndef AMP_JOURNAL_SCRATCH_H
#define AMP_JOURNAL_SCRATCH_H

#include "journal/journal.h"

enum {
    SCRATCH_PATH = 256
};

struct scratch {
    char dir[SCRATCH_PATH];
};

void scratch_make(struct scratch *out);
void scratch_remove(struct scratch *scratch); /* the directory and the files in it */
void scratch_path(const struct scratch *scratch, const char *name, char out[SCRATCH_PATH]);
void scratch_copy(const struct scratch *from, const struct scratch *to); /* every file in it */
void scratch_drop(const struct scratch *scratch, const char *name);      /* one file */
bool scratch_has(const struct scratch *scratch, const char *name);
size_t scratch_size(const struct scratch *scratch, const char *name);
void scratch_flip(const struct scratch *scratch, const char *name, size_t at, uint8_t mask);
void scratch_cut(const struct scratch *scratch, const char *name, size_t len);

/* A seeded generator (SplitMix64), so that a failing test can be repeated. */
uint64_t scratch_random(uint64_t *state);
/* The body of record seq: a function of seq alone, some empty, some with zero bytes. */
struct amp_str scratch_body(uint64_t seq, char *room, size_t cap);
/* The same with its salt, as a draft or as record seq with its leaf. */
struct amp_draft scratch_draft(uint64_t seq, char *room, size_t cap);
struct amp_record scratch_record(uint64_t seq, char *room, size_t cap);

#endif
