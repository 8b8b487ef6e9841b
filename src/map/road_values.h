/*
 * The values of road tags as people write them: speeds, durations, lengths, weights.
 *
 * Pure parsers of terminated text; NULL is as good as empty. 0 where the text says nothing usable
 * ("none", "default", "below_default", "unsigned"): no limit is then known. Sources: OSM wiki
 * Key:maxspeed, Key:maxheight, Key:maxweight, Key:duration, Map_features/Units (read in 2026).
 */
#ifndef AMP_MAP_ROAD_VALUES_H
#define AMP_MAP_ROAD_VALUES_H

#include "base/str.h"

enum {
    AMP_KMH_MAX = 130 /* nobody is assumed to drive faster */
};

double amp_maxspeed_kmh(const char *text); /* "50", "30 mph", "RO:urban", "walk" */
double amp_duration_s(const char *text);   /* "00:20", "45" (minutes), "PT1H20M" */
/* "3.5", "3,5 m", "350 cm", 11'6", "11 ft 6 in": of several between semicolons the smallest. */
double amp_length_cm(const char *text);
/* "7.5", "7.5 t", "7500 kg", "16500 lbs", "8 st", "3 lt" (long tons): the smallest of several. */
double amp_weight_kg(const char *text);

#endif
