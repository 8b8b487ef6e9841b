/*
 * Chance that nobody can guess: the kernel's generator, in blocks.
 *
 * For keys, salts, tokens and nonces. Any thread. Bytes are wiped here once they are given out, and
 * a forked child never gives out what its parent has. A kernel without a generator stops the
 * program: there is no key without one. Source: getrandom(2), without flags: it waits until the
 * kernel is seeded, and never afterwards.
 */
#ifndef AMP_SERVER_RANDOM_H
#define AMP_SERVER_RANDOM_H

#include <stddef.h>

void amp_random(void *out, size_t len);

#endif
