/* What the files behind quilt.h share. */
#ifndef AMP_MAP_QUILT_IN_H
#define AMP_MAP_QUILT_IN_H

#include "base/buf.h"
#include "map/quilt.h"

/* Where the roads of the city lie; a few that stick out far (ferries, a border crossed) do not
 * count. Longitudes are counted from `middle_e7`. */
struct amp_quilt_frame {
    int32_t south_e7, north_e7;
    int32_t west_e7, east_e7; /* of middle_e7 */
    int32_t middle_e7;
};

struct amp_quilt_link { /* of two neighbours: a node of the western or southern, one of the other */
    uint32_t from, to;
};

struct amp_quilt_seams {
    struct amp_quilt_frame frame;
    struct amp_buf east;  /* struct amp_quilt_link */
    struct amp_buf north; /* struct amp_quilt_link */
};

/* quilt_seam.c: which nodes are joined, at most `links` for each neighbour. */
AMP_MUST amp_err amp_quilt_seams_find(const struct amp_osm *osm, unsigned links,
                                      struct amp_quilt_seams *out, struct amp_why *why);
void amp_quilt_seams_free(struct amp_quilt_seams *seams);

/* quilt_names.c: names made from those of the city, others for each copy, the same for the same
 * name in one copy. Words that many names share ("Rua", "de") stay. */
struct amp_quilt_names;
AMP_MUST amp_err amp_quilt_names_create(const struct amp_osm *osm, struct amp_quilt_names **out);
void amp_quilt_names_destroy(struct amp_quilt_names *names); /* accepts NULL */
/* Whether the tag holds a name. */
bool amp_quilt_names_hold(const struct amp_quilt_names *names, uint32_t key);
/* Appends the name, terminated. */
void amp_quilt_names_put(const struct amp_quilt_names *names, unsigned copy, const char *name,
                         struct amp_buf *out);

#endif
