/* The table of LoST, inside: what reader and answerer share. Private to the lost_*.c files. */
#ifndef AMP_INTAKE_LOST_TABLE_IN_H
#define AMP_INTAKE_LOST_TABLE_IN_H

#include "intake/lost_table.h"

#include "base/geo.h"

enum {
    AMP_LOST_WANTED = 16 /* elements of a civic line */
};

struct amp_lost_area {
    struct amp_str name;
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
    struct amp_lost_civic *civic;
    struct amp_lost_service *service;
    size_t area_n, polygon_n, civic_n, service_n;
};

#endif
