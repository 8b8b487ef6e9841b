/*
 * Which centre serves a place: a table that its owner writes, and the answers to LoST from it.
 *
 * Source: RFC 5222 (sections 5, 8 to 13 and the schema of section 17) and RFC 5964 (holes). The
 * file, a line each, `#` begins a remark:
 *
 *   source lost.example.org                       who answers; once
 *   expires 86400                                 how long answers hold, seconds; once, optional
 *   area north polygon 41.2,-8.7 41.2,-8.5 41.1,-8.5 41.1,-8.7
 *   area north map Maia                           the area of the map of that name, or of that code
 *   area north map level 7 Porto                  of one admin_level
 *   area north map at 41.15,-8.61 Porto           the one that holds this position
 *   area north civic country=PT A1=Porto          an area has borders, addresses, or both
 *   service urn:service:sos north sip:112@north.example 112 North centre
 *   service urn:service:sos.fire "level 7 Porto" sip:193@porto.example 193 Porto fire brigade
 *
 * A service line says: service, area or `*` for everywhere else, addresses (commas between), number
 * or `-`, the name that people read. An area in quotation marks is one of the map, as after `map`.
 * Several lines of an area add up. The first line that fits a question answers it. A service that
 * is not in the table is answered by the next one above it (urn:service:sos.police by
 * urn:service:sos), with a warning, as the standard allows.
 *
 * A table is read without a map. Where it names areas of one it is put on a map: each of them must
 * be there, whole and once, or the table does not fit. Of a polygon written out: it is straight
 * between its corners on the plane of latitude and longitude and does not cross the antimeridian,
 * and a position on an edge belongs to one side only. An area of the map holds what the map says.
 *
 * Of a shape its middle counts; if no area holds that, the first area that holds one of its
 * corners. Boundaries are told whole or not at all: by value up to AMP_LOST_TOLD corners, else by
 * reference, and that up to AMP_LOST_TOLD_MOST; none that crosses the antimeridian. The key of a
 * reference is a digest of the boundary (section 5.6: another boundary, another key); the name of
 * an area is taken for a key as well. Immutable, many threads.
 */
#ifndef AMP_INTAKE_LOST_TABLE_H
#define AMP_INTAKE_LOST_TABLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/geo.h"

enum {
    AMP_LOST_TABLE_BYTES = 4 << 20, /* of the file */
    AMP_LOST_AREAS = 4096,
    AMP_LOST_POLYGONS = 8192,
    AMP_LOST_CORNERS = 100000, /* of one polygon */
    AMP_LOST_BORDERS = 8192,   /* areas of the map that are named */
    AMP_LOST_NAME = 256,       /* bytes of such a name */
    AMP_LOST_LEVEL = 15,       /* of an admin_level */
    AMP_LOST_CIVICS = 8192,
    AMP_LOST_SERVICES = 16384,
    AMP_LOST_TOLD = 1400,       /* corners of a boundary by value, a ring counted as four more: */
                                /* then the answer is one that amp_intake_view takes */
    AMP_LOST_TOLD_MOST = 40000, /* the same in an answer to getServiceBoundary */
    AMP_LOST_ANSWER = 4 << 20   /* bytes */
};

struct amp_lost_table;

/* Errors say the line. version_us: when the file was last changed. */
AMP_MUST amp_err amp_lost_table_read(struct amp_str text, int64_t version_us,
                                     struct amp_lost_table **out, struct amp_why *why);
void amp_lost_table_free(struct amp_lost_table *table); /* accepts NULL */

/* ---- on a map ---- */

struct amp_lost_wanted { /* an area of the map as a line names it: views into the table */
    struct amp_str name; /* or a code */
    uint32_t level;      /* 0: any */
    bool placed;         /* it holds `at` */
    struct amp_pos at;
};
struct amp_lost_ring { /* the last corner may repeat the first */
    const struct amp_pos *corner;
    size_t n;
};
/* Whoever has a map says what its areas are, by numbers of their own. Many threads. */
struct amp_lost_map {
    const void *ctx;
    int64_t version_us; /* when it was last changed */
    /* The one area that is wanted; else an error that says what would find one. */
    amp_err (*find)(const void *ctx, const struct amp_lost_wanted *wanted, uint32_t *out,
                    struct amp_why *why);
    bool (*holds)(const void *ctx, uint32_t area, struct amp_pos pos);
    /* All its rings, whole, in any order and direction; 0 if memory is short. */
    size_t (*rings)(const void *ctx, uint32_t area, struct amp_arena *arena,
                    struct amp_lost_ring **out);
};

/* A table with every border that it names. Table and map must live as long. */
struct amp_lost_ground;
/* map NULL: there is none. AMP_E_MISSING then if the table names areas of one; else what find says.
 * The sentence names the line. */
AMP_MUST amp_err amp_lost_ground_make(const struct amp_lost_table *table,
                                      const struct amp_lost_map *map, struct amp_lost_ground **out,
                                      struct amp_why *why);
void amp_lost_ground_free(struct amp_lost_ground *ground); /* accepts NULL */

/* The answer to a message, whatever it is: also one that says what is wrong with it. */
void amp_lost_answer(const struct amp_lost_ground *ground, struct amp_str request, int64_t now_us,
                     struct amp_arena *arena, struct amp_buf *out);

#endif
