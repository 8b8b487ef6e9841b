/*
 * A table of a fixed size from a key to two numbers, which forgets what was not touched longest.
 *
 * For what is remembered of strangers, who may be any number: it cannot grow. Pure; one thread.
 * Keys are the keyed hash of a text (an address, an account), so that nobody can choose texts that
 * meet in one place. Source of the hash: SipHash-2-4, Aumasson and Bernstein, 2012.
 */
#ifndef AMP_SERVER_KEYED_H
#define AMP_SERVER_KEYED_H

#include "base/str.h"

enum {
    AMP_KEYED_MAX = 1 << 20,
    AMP_KEYED_SEED = 16
};

struct amp_keyed;

struct amp_keyed_entry {
    uint64_t key;
    int64_t a, b; /* the user's; zero at first */
};

AMP_MUST amp_err amp_keyed_create(size_t entries, struct amp_keyed **out);
void amp_keyed_destroy(struct amp_keyed *keyed); /* accepts NULL */
size_t amp_keyed_count(const struct amp_keyed *keyed);

/* NULL if it is not there; does not touch. Valid until the next put or remove. */
struct amp_keyed_entry *amp_keyed_find(struct amp_keyed *keyed, uint64_t key);
/* Finds or makes it, in the place of the one touched longest ago if all are taken, and touches it.
 */
struct amp_keyed_entry *amp_keyed_put(struct amp_keyed *keyed, uint64_t key);
void amp_keyed_remove(struct amp_keyed *keyed, uint64_t key);

/* The key of a text; the seed is chance, once for a process. */
uint64_t amp_keyed_hash(const uint8_t seed[AMP_KEYED_SEED], struct amp_str text);

#endif
