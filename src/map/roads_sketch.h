/*
 * A map in a few words, and what is asked of it in the tests of the rules of the road. Each line is
 * one of
 *   n ID X Y [key=value ...]          a node, X and Y in thousandths of a degree from 0,0
 *   w ID N,N,... [key=value ...]      a way
 *   r ID role=kindID ... key=value    a relation: `from=w1 via=n5 to=w2`
 * A `~` in a value stands for a blank. Tests only; everything is asserted to work.
 */
#ifndef AMP_MAP_ROADS_SKETCH_H
#define AMP_MAP_ROADS_SKETCH_H

#include "map/roads_fixture.h"

void amp_sketch(const char *text, struct amp_fixture *out);
struct amp_pos amp_sketch_pos(double x, double y);
/* The ways driven from one position to another, in order: "1 2 2 3"; "none" when there is no way.
 * The time is compared with Dijkstra's and the restrictions are judged. */
const char *amp_sketch_ways(struct amp_fixture *fx, enum amp_profile profile, struct amp_pos from,
                            struct amp_pos to);
struct amp_route amp_sketch_route(struct amp_fixture *fx, enum amp_profile profile,
                                  struct amp_pos from, struct amp_pos to);
/* Weigh the map again: settings as a text over the defaults (may be ""), a local time or NULL. */
void amp_sketch_tune(struct amp_fixture *fx, const char *settings, const char *when);

#endif
