/*
 * Which centre serves a place: a table that its owner writes, and the answers to LoST from it.
 *
 * Source: RFC 5222 (sections 8 to 13 and the schema of section 17). The file, a line each, `#`
 * begins a remark:
 *
 *   source lost.example.org                       who answers; once
 *   expires 86400                                 how long answers hold, seconds; once, optional
 *   area north polygon 41.2,-8.7 41.2,-8.5 41.1,-8.5 41.1,-8.7
 *   area north civic country=PT A1=Porto          an area has polygons, addresses, or both
 *   service urn:service:sos north sip:112@north.example 112 North centre
 *
 * A service line says: service, area or `*` for everywhere else, addresses (commas between), number
 * or `-`, the name that people read. The first line that fits a question answers it. A service that
 * is not in the table is answered by the next one above it (urn:service:sos.police by
 * urn:service:sos), with a warning, as the standard allows.
 *
 * Of a shape its middle counts; if no area holds that, the first area that holds one of its
 * corners. A polygon is straight between its corners on the plane of latitude and longitude and
 * does not cross the antimeridian. A position on an edge belongs to one side only. Immutable, many
 * threads.
 */
#ifndef AMP_INTAKE_LOST_TABLE_H
#define AMP_INTAKE_LOST_TABLE_H

#include "base/arena.h"
#include "base/buf.h"

enum {
    AMP_LOST_TABLE_BYTES = 4 << 20, /* of the file */
    AMP_LOST_AREAS = 4096,
    AMP_LOST_POLYGONS = 8192,
    AMP_LOST_CORNERS = 100000, /* of one polygon */
    AMP_LOST_CIVICS = 8192,
    AMP_LOST_SERVICES = 16384,
    AMP_LOST_ANSWER = 4 << 20 /* bytes */
};

struct amp_lost_table;

/* Errors say the line. version_us: when the file was last changed. */
AMP_MUST amp_err amp_lost_table_read(struct amp_str text, int64_t version_us,
                                     struct amp_lost_table **out, struct amp_why *why);
void amp_lost_table_free(struct amp_lost_table *table); /* accepts NULL */

/* The answer to a message, whatever it is: also one that says what is wrong with it. */
void amp_lost_answer(const struct amp_lost_table *table, struct amp_str request, int64_t now_us,
                     struct amp_arena *arena, struct amp_buf *out);

#endif
