/*
 * Positions as people write them.
 *
 * Decimal degrees with points or commas; degrees, minutes and seconds with any of the usual marks;
 * hemisphere letters or words in English, Portuguese, Spanish and French (N S E W, O for oeste and
 * ouest, L for leste), before or behind; UTM ("36S 458731 7130235", "36K ...") and military grid
 * references; geo: URIs (RFC 5870) and the addresses of web maps. `how` says in words how the text
 * was read, above all which number was taken for the latitude.
 */
#ifndef AMP_MAP_COORDS_H
#define AMP_MAP_COORDS_H

#include "base/geo.h"

enum {
    AMP_COORDS_HOW = 128,
    AMP_COORDS_INPUT = 1000
};

struct amp_coords {
    struct amp_pos pos;
    bool swappable;         /* nothing but the order tells which is the latitude */
    struct amp_pos swapped; /* then: the other reading */
    double uncertainty_m;   /* of a geo: URI; NAN if it says none */
    char how[AMP_COORDS_HOW];
};

/* near (may be NULL) decides between the two meanings of the letter S of a UTM zone. AMP_E_SYNTAX
 * if the text is no position, AMP_E_RANGE if it is one that cannot be. */
AMP_MUST amp_err amp_coords_parse(struct amp_str text, const struct amp_pos *near,
                                  struct amp_coords *out);

#endif
