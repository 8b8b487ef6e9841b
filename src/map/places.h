/*
 * Places: names on the map, found as one types them, and what is at a position.
 *
 * Names and questions are folded alike (NFKD, marks dropped, case folded, street words abbreviated:
 * "Av.", "R.", "Rua"), so "avenida" finds "Avenida". The last word of a question is a prefix. Words
 * may be mistyped, spelt as they sound, swapped, run together or torn apart; a question may name a
 * crossing ("A & B"), a kilometre ("EN4 km 23"), a house, a landmark with a relation ("behind the
 * Shoprite, Matola"), the nearest of a kind ("nearest hospital to -25.97,32.58", "farmácia perto de
 * X"; with `near` the kind alone), a Plus Code or a position in any usual form. What an answer did
 * not use of a question is said, never dropped silently. Ranking is by match, importance, closeness
 * and jurisdiction. Immutable, many threads.
 */
#ifndef AMP_MAP_PLACES_H
#define AMP_MAP_PLACES_H

#include "base/arena.h"
#include "base/geo.h"
#include "map/amap.h"
#include "map/areas.h"
#include "map/osm.h"

enum {
    AMP_GEOCODE_MAX = 50,
    AMP_QUERY_MAX = 200,
    AMP_ADDRESS_CODE = 20 /* bytes of a Plus Code, terminated */
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
    struct amp_str kind;    /* "street", "address", "hospital", "suburb", "crossing", "kilometre",
                               "between", "coordinates", "pluscode", ... */
    struct amp_str context; /* the suburb or town around it; may be empty */
    struct amp_pos pos;
    double score;              /* 1 is a perfect match */
    double distance_m;         /* from near, or NAN */
    struct amp_str used;       /* words of the question that this answers, folded */
    struct amp_str unused;     /* those that it does not; empty if it answers all */
    struct amp_str suggestion; /* did you mean: the name, where words were taken for mistyped */
    struct amp_str relation;   /* "behind", "near", "opposite", ...; the position is the landmark's,
                                  but of "between", which lies in the middle; or empty */
    struct amp_str how;        /* how the position was read or reckoned, where that is not plain */
};

/* What is asked besides the words. Zeroes say nothing. */
struct amp_geocode_ask {
    struct amp_str query;
    const struct amp_pos *near;    /* where the caller may be */
    double radius_m;               /* of the caller's circle around near */
    const struct amp_box *box;     /* places inside come first */
    const struct amp_areas *areas; /* the same for a polygon: area of areas */
    uint32_t area;
    size_t limit; /* 1 to AMP_GEOCODE_MAX; more is taken as that */
};

/* The administrative area of a name, for ask->areas and area: what lies in it comes first. Of
 * several the widest. AMP_E_NOT_FOUND if the map has none of that name with its border. */
AMP_MUST amp_err amp_places_area(const struct amp_places *places, struct amp_str name,
                                 struct amp_geocode_ask *ask, struct amp_why *why);

/* The only administrative area, with its border, of a name or a code (ISO3166-2, ref), in
 * amp_places_areas; level 0: of any admin_level. False: there is none, or there are several. */
bool amp_places_area_only(const struct amp_places *places, struct amp_str name, uint32_t level,
                          uint32_t *out);
/* All of them, also those that the map holds without their border: how many there are, of which the
 * first `room` are written. */
struct amp_area_named {
    uint32_t area; /* of amp_places_areas */
    uint32_t level;
    bool bounded;       /* with its border */
    struct amp_pos pos; /* somewhere in its middle, maybe outside */
};
size_t amp_places_areas_named(const struct amp_places *places, struct amp_str name, uint32_t level,
                              struct amp_area_named *out, size_t room);
/* A name or a code of an area that amp_places_area_only finds it by, of any level; empty: none. */
struct amp_str amp_places_area_alone(const struct amp_places *places, uint32_t area);
const struct amp_areas *amp_places_areas(const struct amp_places *places);

/* Best first. An empty question, or one over AMP_QUERY_MAX bytes, is refused. The answer lives as
 * long as arena and places. */
AMP_MUST amp_err amp_geocode_ask(const struct amp_places *places, const struct amp_geocode_ask *ask,
                                 struct amp_arena *arena, struct amp_place **out, size_t *out_n,
                                 struct amp_why *why);
/* The same answers by scanning every name: the slow twin. */
AMP_MUST amp_err amp_geocode_ask_slow(const struct amp_places *places,
                                      const struct amp_geocode_ask *ask, struct amp_arena *arena,
                                      struct amp_place **out, size_t *out_n, struct amp_why *why);
/* In short; near may be NULL. */
AMP_MUST amp_err amp_geocode(const struct amp_places *places, struct amp_str query,
                             const struct amp_pos *near, size_t limit, struct amp_arena *arena,
                             struct amp_place **out, size_t *out_n, struct amp_why *why);
AMP_MUST amp_err amp_geocode_slow(const struct amp_places *places, struct amp_str query,
                                  const struct amp_pos *near, size_t limit, struct amp_arena *arena,
                                  struct amp_place **out, size_t *out_n, struct amp_why *why);

enum {
    AMP_ADDRESS_AREAS = 16
};

struct amp_address_area { /* an administrative area whose polygon holds the position */
    struct amp_str name;
    uint32_t level; /* admin_level; 0 if the map says none */
};

struct amp_address {
    struct amp_str text;   /* "Rua Augusta 12, Baixa" or the nearest landmark with its distance */
    struct amp_str street; /* may be empty */
    struct amp_str house;  /* may be empty */
    struct amp_str area;   /* suburb, town; may be empty */
    struct amp_str landmark;
    double landmark_m;
    double landmark_bearing_deg; /* from the landmark to the position */
    double street_m;             /* to the street, NAN without one */
    struct amp_str cross[2];     /* streets that meet it on either side, nearest first; or empty */
    double cross_m[2];
    struct amp_pos cross_pos[2];
    char pluscode[AMP_ADDRESS_CODE];
    struct amp_address_area areas[AMP_ADDRESS_AREAS]; /* the widest first */
    size_t area_n;
};
AMP_MUST amp_err amp_reverse(const struct amp_places *places, struct amp_pos pos,
                             struct amp_arena *arena, struct amp_address *out);
/* The same by looking at everything: the slow twin. */
AMP_MUST amp_err amp_reverse_slow(const struct amp_places *places, struct amp_pos pos,
                                  struct amp_arena *arena, struct amp_address *out);

/* The administrative areas of a position alone, as amp_address has them. */
size_t amp_reverse_areas(const struct amp_places *places, struct amp_pos pos,
                         struct amp_address_area out[AMP_ADDRESS_AREAS]);

struct amp_json;
void amp_place_view(struct amp_json *js, const struct amp_place *place);
void amp_address_view(struct amp_json *js, const struct amp_address *address);

/* All places of a kind ("hospital", "fire_station"), for stations of a demo and lists. */
AMP_MUST amp_err amp_places_of_kind(const struct amp_places *places, struct amp_str kind,
                                    struct amp_arena *arena, struct amp_place **out, size_t *out_n);

#endif
