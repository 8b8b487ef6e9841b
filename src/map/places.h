/*
 * Places: names on the map, found as one types them, and what is at a position.
 *
 * Names and questions are folded alike (NFKD, marks dropped, case folded, street words abbreviated:
 * "Av.", "R.", "Rua"), so "avenida" finds "Avenida". The last word of a question is a prefix.
 * Ranking is by match, importance and closeness. Immutable, many threads.
 */
#ifndef AMP_MAP_PLACES_H
#define AMP_MAP_PLACES_H

#include "base/arena.h"
#include "base/geo.h"
#include "map/amap.h"
#include "map/osm.h"

enum {
    AMP_GEOCODE_MAX = 50,
    AMP_QUERY_MAX = 200
};

struct amp_place_counts {
    uint64_t names;     /* spellings that can be found */
    uint64_t places;    /* things they belong to */
    uint64_t addresses; /* house numbers */
};

AMP_MUST amp_err amp_places_build(const struct amp_osm *osm, const struct amp_progress *progress,
                                  struct amp_amap_writer *writer, struct amp_place_counts *out,
                                  struct amp_why *why);

struct amp_places;
AMP_MUST amp_err amp_places_open(const struct amp_amap *amap, struct amp_places **out,
                                 struct amp_why *why);
void amp_places_close(struct amp_places *places);
struct amp_place_counts amp_places_counts(const struct amp_places *places);

struct amp_place {
    struct amp_str name;    /* as written on the map, with house number: "Rua Augusta 12" */
    struct amp_str kind;    /* "street", "address", "hospital", "fire_station", "suburb", ... */
    struct amp_str context; /* the suburb or town around it; may be empty */
    struct amp_pos pos;
    double score;      /* 1 is a perfect match */
    double distance_m; /* from near, or NAN */
};

/* near may be NULL. Best first. An empty question, or one over AMP_QUERY_MAX bytes, is refused. */
AMP_MUST amp_err amp_geocode(const struct amp_places *places, struct amp_str query,
                             const struct amp_pos *near, size_t limit, struct amp_arena *arena,
                             struct amp_place **out, size_t *out_n, struct amp_why *why);
/* The same answers by scanning every name: the slow twin. */
AMP_MUST amp_err amp_geocode_slow(const struct amp_places *places, struct amp_str query,
                                  const struct amp_pos *near, size_t limit, struct amp_arena *arena,
                                  struct amp_place **out, size_t *out_n, struct amp_why *why);

struct amp_address {
    struct amp_str text;   /* "Rua Augusta 12, Baixa" or the nearest landmark with its distance */
    struct amp_str street; /* may be empty */
    struct amp_str house;  /* may be empty */
    struct amp_str area;   /* suburb, town; may be empty */
    struct amp_str landmark;
    double landmark_m;
    double landmark_bearing_deg; /* from the landmark to the position */
};
AMP_MUST amp_err amp_reverse(const struct amp_places *places, struct amp_pos pos,
                             struct amp_arena *arena, struct amp_address *out);

/* All places of a kind ("hospital", "fire_station"), for stations of a demo and lists. */
AMP_MUST amp_err amp_places_of_kind(const struct amp_places *places, struct amp_str kind,
                                    struct amp_arena *arena, struct amp_place **out, size_t *out_n);

#endif
