/* The parts of reading positions: web addresses and grids. Inside of coords. */
#ifndef AMP_MAP_COORDS_IN_H
#define AMP_MAP_COORDS_IN_H

#include "map/coords.h"

/* geo: URIs and web maps: AMP_E_SYNTAX if the text is none. */
AMP_MUST amp_err amp_coords_uri(struct amp_str text, struct amp_coords *out);
/* UTM and military grid. */
AMP_MUST amp_err amp_coords_grid(struct amp_str text, const struct amp_pos *near,
                                 struct amp_coords *out);
/* ASCII letters alike whatever their case; text begins with the lower-case word. */
bool amp_coords_begins(struct amp_str text, const char *word);
void amp_coords_how(struct amp_coords *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
