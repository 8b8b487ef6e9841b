/*
 * A ring of keys made up from a seed: a sealer for tests, fuzzing and measuring. Not for secrets.
 *
 * The key of an incident and the nonces follow from the seed, so that what was sealed in one run is
 * opened in another. Keys can be thrown away, as erasing does.
 */
#ifndef AMP_MODEL_RING_H
#define AMP_MODEL_RING_H

#include "model/event.h"

struct amp_ring {
    uint64_t seed;
    uint64_t nonces; /* made so far */
    bool *gone;      /* by number of the incident */
    size_t gone_n;
};

/* The ring must stay where it is while the sealer is used. */
struct amp_sealer amp_ring_sealer(struct amp_ring *ring);
void amp_ring_drop(struct amp_ring *ring, struct amp_incident_id id); /* its key is gone */
void amp_ring_finish(struct amp_ring *ring);                          /* accepts zeroes */

#endif
