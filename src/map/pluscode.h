/*
 * Plus Codes (Open Location Code): short codes for areas, where there are no addresses.
 *
 * A full code names an area anywhere; a short one needs a position near it. Coordinates of encoding
 * are integers: latitude in 1/25,000,000 degree from the south pole and longitude in 1/8,192,000
 * degree from 180 W, so that no rounding is left to chance.
 * Source: Open Location Code specification (github.com/google/open-location-code,
 * Documentation/Specification).
 */
#ifndef AMP_MAP_PLUSCODE_H
#define AMP_MAP_PLUSCODE_H

#include "base/geo.h"

enum {
    AMP_PLUSCODE_DIGITS = 15, /* more digits are accepted and ignored */
    AMP_PLUSCODE_TEXT = 20,
    AMP_PLUSCODE_INPUT = 64, /* a longer text is no code */
    AMP_PLUSCODE_DEFAULT = 10
};

struct amp_plusarea { /* degrees; the code covers south <= lat < north, west <= lon < east */
    double south, west, north, east;
    int digits;
};

/* Valid at all; and if so of which of the two kinds. Letters of either case. */
bool amp_pluscode_valid(struct amp_str code);
bool amp_pluscode_short(struct amp_str code);
bool amp_pluscode_full(struct amp_str code);

/* digits is 2, 4, 6, 8, 10 or 11 to 15 (more is taken as 15); AMP_E_RANGE otherwise. Latitude is
 * clipped to the poles, longitude taken round. */
AMP_MUST amp_err amp_pluscode_encode_int(int64_t lat_units, int64_t lon_units, int digits,
                                         char out[AMP_PLUSCODE_TEXT]);
AMP_MUST amp_err amp_pluscode_encode(struct amp_pos pos, int digits, char out[AMP_PLUSCODE_TEXT]);
/* AMP_E_SYNTAX unless the code is full. */
AMP_MUST amp_err amp_pluscode_decode(struct amp_str code, struct amp_plusarea *out);
struct amp_pos amp_pluscode_center(const struct amp_plusarea *area);
/* The full code nearest to `near` that ends like a short one; a full one comes back in capitals. */
AMP_MUST amp_err amp_pluscode_recover(struct amp_str code, struct amp_pos near,
                                      char out[AMP_PLUSCODE_TEXT]);
/* The shortest form of a full code that recovers from `near`. */
AMP_MUST amp_err amp_pluscode_shorten(struct amp_str code, struct amp_pos near,
                                      char out[AMP_PLUSCODE_TEXT]);

#endif
