/* SplitMix64 and the few distributions that a made-up day needs. */
#include "base/chance.h"

#include <assert.h>
#include <math.h>

uint64_t amp_chance_next(struct amp_chance *chance)
{
    chance->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = chance->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

double amp_chance_share(struct amp_chance *chance)
{
    return (double)(amp_chance_next(chance) >> 11) * 0x1.0p-53;
}

uint32_t amp_chance_below(struct amp_chance *chance, uint32_t limit)
{
    assert(limit > 0);
    return (uint32_t)(((amp_chance_next(chance) >> 32) * limit) >> 32);
}

double amp_chance_between(struct amp_chance *chance, double low, double high)
{
    return low + (high - low) * amp_chance_share(chance);
}

bool amp_chance_hits(struct amp_chance *chance, double probability)
{
    return amp_chance_share(chance) < probability;
}

double amp_chance_exponential(struct amp_chance *chance, double mean)
{
    return -mean * log1p(-amp_chance_share(chance));
}
