/*
 * A made-up town, for demos and scale tests, written as a normal .osm.pbf.
 *
 * Deterministic: the same seed and size give the same bytes. It has a river with few bridges (so
 * that the crew nearest by straight line is often not the first to arrive), districts, a hierarchy
 * of streets with Portuguese and English names, one-way streets, turn restrictions, gates and
 * private roads, a roundabout, a ferry, house numbers, buildings, parks, hospitals, fire and
 * ambulance stations, schools, markets. size 1 is a town of about 20,000 people; the node count
 * grows with size squared.
 */
#ifndef AMP_MAP_SYNTH_H
#define AMP_MAP_SYNTH_H

#include "map/osm.h"

enum {
    AMP_SYNTH_SIZE_MAX = 64
};

AMP_MUST amp_err amp_synth_write(const char *path, uint64_t seed, unsigned size,
                                 const struct amp_progress *progress, struct amp_why *why);

#endif
