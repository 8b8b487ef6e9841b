/*
 * Where an area is that an alert names only by a code: a table that the owner writes.
 *
 *   SCHEME VALUE = polygon LAT,LON LAT,LON ... LAT,LON    as CAP has it: closed, four or more
 *   SCHEME VALUE = circle LAT,LON RADIUS                  kilometres
 *   SCHEME VALUE = area NAME                              the one area of the map of that name or
 * code SCHEME VALUE = level N NAME                           the same of one admin_level alone
 *
 * A line each; # begins a comment; several lines of one code are its union. SCHEME is the valueName
 * of a CAP geocode, in any case ("SAME", "UGC", "EMMA_ID"), or areaDesc: then VALUE is the
 * description of the area, blanks and all. Nothing is guessed: a line that cannot be read is
 * refused with its number, and so is the table.
 */
#ifndef AMP_INTAKE_ALERT_AREA_H
#define AMP_INTAKE_ALERT_AREA_H

#include "intake/cap.h"

enum {
    AMP_ALERT_AREAS_BYTES = 64 << 20,
    AMP_ALERT_AREAS_LINES = 1 << 16,
    AMP_ALERT_AREA_VALUE = 256 /* bytes of a code or a name */
};

struct amp_alert_area { /* one line */
    struct amp_str scheme, value;
    struct amp_cap_polygon polygon; /* n 0: none */
    struct amp_cap_circle circle;   /* radius below 0: none */
    struct amp_str name;            /* of an area of the map; empty: none */
    uint32_t level;                 /* 0: any */
};

struct amp_alert_areas;

/* AMP_E_SYNTAX, AMP_E_RANGE, AMP_E_LIMIT; the sentence names the line. */
AMP_MUST amp_err amp_alert_areas_read(struct amp_str text, struct amp_alert_areas **out,
                                      struct amp_why *why);
void amp_alert_areas_free(struct amp_alert_areas *areas); /* accepts NULL */
/* The lines of a code: a row in the table, n of them. 0 also for NULL. */
size_t amp_alert_areas_find(const struct amp_alert_areas *areas, struct amp_str scheme,
                            struct amp_str value, const struct amp_alert_area **out);

#endif
