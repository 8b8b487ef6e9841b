/*
 * Universal Transverse Mercator: zone, easting and northing to degrees and back, on WGS 84.
 *
 * Krueger's series to the sixth power of the third flattening: better than a millimetre within a
 * zone. Source: Karney, Transverse Mercator with an accuracy of a few nanometers, J. Geodesy 85
 * (2011), equations 7 to 9, 11, 19, 35 and 36; zones, false origins and grid letters: NGA.STND.0037
 * (The Universal Grids, 2014).
 */
#ifndef AMP_MAP_UTM_H
#define AMP_MAP_UTM_H

#include "base/geo.h"

struct amp_utm {
    int zone; /* 1 to 60 */
    bool south;
    double easting_m, northing_m;
};

/* The zone of a position, with the exceptions of Norway and Svalbard. */
int amp_utm_zone(struct amp_pos pos);
struct amp_utm amp_utm_of(struct amp_pos pos, int zone);
/* AMP_E_RANGE outside of what a zone can hold. */
AMP_MUST amp_err amp_utm_pos(const struct amp_utm *utm, struct amp_pos *out);
/* "36K VD 58731 30235" without its blanks, in capitals: the middle of the square that it names.
 * AMP_E_SYNTAX if it is none. */
AMP_MUST amp_err amp_mgrs_utm(struct amp_str text, struct amp_utm *out);
/* Latitude bands C to X: south of the equator below N. False if the letter is no band. */
bool amp_utm_band(char letter, bool *out_south);

#endif
