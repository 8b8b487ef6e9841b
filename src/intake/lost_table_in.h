/* The table of LoST, inside: what its readers and answerers share. Private to the lost_*.c files.
 */
#ifndef AMP_INTAKE_LOST_TABLE_IN_H
#define AMP_INTAKE_LOST_TABLE_IN_H

#include "intake/lost_table.h"

enum {
    AMP_LOST_WANTED = 16, /* elements of a civic line */
    AMP_LOST_KEY = 33     /* bytes of a key: 128 bits in hexadecimal digits, terminated */
};

struct amp_lost_area {
    struct amp_str name;
    bool quoted;                     /* named by a service alone, as the map names it */
    uint32_t border_first, border_n; /* the first, then by `next` */
};

struct amp_lost_border { /* one of the map */
    struct amp_lost_wanted wanted;
    size_t line_n;
    uint32_t next;
};

struct amp_lost_polygon {
    uint32_t area;
    const struct amp_pos *corner;
    size_t n;
};

struct amp_lost_civic {
    uint32_t area;
    struct amp_str name[AMP_LOST_WANTED], value[AMP_LOST_WANTED];
    size_t n;
};

#define AMP_LOST_EVERYWHERE UINT32_MAX

struct amp_lost_service {
    struct amp_str service, uris, number, words;
    uint32_t area;
};

struct amp_lost_table {
    struct amp_arena arena;
    struct amp_str source;
    int64_t expires_s, version_us;
    struct amp_lost_area *area;
    struct amp_lost_polygon *polygon;
    struct amp_lost_border *border;
    struct amp_lost_civic *civic;
    struct amp_lost_service *service;
    size_t area_n, polygon_n, border_n, civic_n, service_n;
};

struct amp_lost_told { /* the boundary of an area */
    size_t size;       /* corners, and four more a ring; 0: none */
    bool whole;        /* it can be told as polygons on the plane */
    char key[AMP_LOST_KEY];
};

struct amp_lost_ground {
    const struct amp_lost_table *table;
    struct amp_lost_map map;    /* zeroes without one */
    uint32_t *found;            /* of each border: the area of the map */
    struct amp_lost_told *told; /* of each area */
};

bool amp_lost_area_holds(const struct amp_lost_ground *ground, uint32_t area, struct amp_pos pos);

/* lost_rings.c: rings as the polygons of GML. */
struct amp_lost_rings {
    struct amp_lost_ring *item; /* the last corner does not repeat the first */
    size_t n, corners;
    bool whole; /* none crosses the antimeridian or goes round a pole */
};
/* Rings that meet themselves where they begin are several. In the arena; false: memory is short. */
bool amp_lost_rings_tidy(const struct amp_lost_ring *ring, size_t n, struct amp_arena *arena,
                         struct amp_lost_rings *out);
/* Polygons: the outer rings counter-clockwise, each with its holes, clockwise; what lies in a hole
 * is a polygon of its own (RFC 5964, section 3). False: memory is short. */
bool amp_lost_rings_put(const struct amp_lost_rings *rings, struct amp_arena *arena,
                        struct amp_buf *out);

#endif
