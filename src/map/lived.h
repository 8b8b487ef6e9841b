/*
 * Where people live, as far as a road map tells: the streets along which one lives, piece by piece.
 *
 * A stand-in for how many people there are, where nothing better is known: houses stand along
 * residential streets, and in small places along the road that leads through. It knows no person
 * and no household. Source of the classes: OSM wiki Key:highway.
 */
#ifndef AMP_MAP_LIVED_H
#define AMP_MAP_LIVED_H

#include "map/roads.h"

enum {
    AMP_LIVED_PART_M = 200 /* a longer piece is told in parts */
};

struct amp_lived {
    struct amp_pos at; /* the middle of the piece */
    double length_m;
    int weight; /* 4: a street to live in; 1: a road that leads through; 0: neither */
};

/* Calls `piece` for all pieces of road that an ambulance may use, in the order of the file. Tracks
 * and drives to a house are left out: nobody is nearer to help for them. */
void amp_roads_lived(const struct amp_roads *roads, void *ctx,
                     void (*piece)(void *ctx, const struct amp_lived *piece));

#endif
