/*
 * Chance from a seed: the same seed gives the same day. Not for secrets.
 *
 * SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
 */
#ifndef AMP_BASE_CHANCE_H
#define AMP_BASE_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct amp_chance {
    uint64_t state;
};

uint64_t amp_chance_next(struct amp_chance *chance);
double amp_chance_share(struct amp_chance *chance); /* in [0, 1) */
double amp_chance_between(struct amp_chance *chance, double low, double high);
bool amp_chance_hits(struct amp_chance *chance, double probability);
uint32_t amp_chance_below(struct amp_chance *chance, uint32_t limit); /* in [0, limit), limit > 0 */
double amp_chance_exponential(struct amp_chance *chance, double mean); /* > 0 */

#endif
