/*
 * What the files behind locate.h share: the bits of road in a region and what they weigh.
 *
 * A span is a bit of a piece of road no longer than the density asks for; its mass is density times
 * length. Streets are told apart by the offset of their name, so one name is one street.
 */
#ifndef AMP_MAP_LOCATE_IN_H
#define AMP_MAP_LOCATE_IN_H

#include "map/locate.h"
#include "map/roads_in.h"

struct amp_locate_span {
    uint32_t seg, piece;
    float begin, end; /* shares of the piece */
    float mass;
};

struct amp_locate_name { /* a street by name */
    uint32_t name;       /* offset; 0 is no street and marks a free slot */
    double mass;
    double x, y; /* mass times position */
};

struct amp_locate_joint { /* a named street at a vertex that counts */
    uint32_t vertex, name;
    double share;
};

enum {
    AMP_LOCATE_NAMES = 1 << 14, /* slots; half of them may be used */
    AMP_LOCATE_JOINTS = 1 << 13
};

struct amp_locate_roads {
    const struct amp_roads *roads;
    const struct amp_density *density;
    struct amp_buf spans;  /* struct amp_locate_span */
    struct amp_buf joints; /* struct amp_locate_joint */
    struct amp_locate_name *slot;
    size_t name_n;
    double mass, unnamed;
    double weight[UINT8_MAX + 1]; /* by class */
    bool full;                    /* more than can be looked at */
};

/* What a metre of a road of this class counts. */
double amp_locate_class_weight(uint8_t road_class);
/* Walks the roads of the density's reach. The buffers are the caller's to free. */
AMP_MUST amp_err amp_locate_gather(const struct amp_roads *roads, const struct amp_density *density,
                                   struct amp_arena *arena, struct amp_locate_roads *out);
/* locate_names.c: houses, landmarks, areas into `out` */
AMP_MUST amp_err amp_locate_names(const struct amp_places *places,
                                  const struct amp_density *density, struct amp_arena *arena,
                                  struct amp_locate *out);

#endif
