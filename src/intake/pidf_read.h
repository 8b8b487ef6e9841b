/* What the two halves of reading a PIDF-LO document share: containers and shapes. Private. */
#ifndef AMP_INTAKE_PIDF_READ_H
#define AMP_INTAKE_PIDF_READ_H

#include "intake/pidf.h"

struct amp_pidf_reader {
    struct amp_arena *arena;
    struct amp_pidf *out;
    struct amp_why *why;
    int depth, container, civic; /* depths of what is open; 0 when it is not */
    int skip;                    /* depth of an element that is not looked into */
    int relative;                /* depth of what is relative to a reference point */
    size_t part;                 /* containers so far */
    bool loose;                  /* the last one was a geopriv in no tuple, device or person */
    enum amp_pidf_of of;
    size_t location_cap;   /* for how many there is room */
    size_t first;          /* the container's first location */
    size_t geopriv_first;  /* the geopriv's first location */
    struct amp_str method; /* of the geopriv, when it came before the location */
    int64_t time_us;       /* of the container */
    bool timed;
    struct amp_pidf_location *now; /* inside location-info */
    int shape;                     /* depth of the open shape element, 0 none */
    bool shape_done;               /* this location-info has its shape: later ones are not read */
    bool shape_bad;                /* it was refused */
    bool hole;                     /* inside the inner ring of a polygon */
    bool prism;                    /* its positions are three numbers */
    size_t dimensions;             /* numbers of a position by the reference system: 2 or 3 */
    size_t pos_n;
    double unit;  /* of the number being read: to metres or degrees; 0 when unknown */
    unsigned has; /* which numbers of the shape were read */
};

struct amp_str amp_pidf_local(const char *name); /* of "uri|local" */
void amp_pidf_warn(struct amp_pidf_reader *rd, struct amp_str warning);
/* False for what is neither a shape nor inside one. */
bool amp_pidf_shape_start(struct amp_pidf_reader *rd, const char *name, const char *const *attrs);
AMP_MUST amp_err amp_pidf_shape_end(struct amp_pidf_reader *rd, const char *name,
                                    struct amp_str text);

#endif
