/*
 * What a caller's region can mean: the streets, crossings, house numbers, landmarks and areas it
 * covers, each with its share of probability; how long crews take to it; and whether another crew
 * would be first in another part of it.
 *
 * The prior, stated so that it can be argued with: people are where roads are. A metre of street
 * counts as much as any other; one of a motorway, a yard, a track or a path a third, one of a ferry
 * a tenth, since fewer doors open onto them. Whoever is "at" a road stands within a Gaussian of
 * AMP_LOCATE_SPREAD_M of it (frontages and yards), and ground counts as if each square kilometre of
 * it held AMP_LOCATE_GROUND_M_PER_KM2 metres of road more. So
 *
 *   share(street) = inside * S / (R + G),  S = sum of density * weight * length over its pieces,
 *
 * R the same over all roads, G the ground. Shares of streets, `unnamed` roads and `elsewhere` add
 * up to 1; `others` is what named streets hold that are not listed. A crossing's share is that of
 * the disc of AMP_LOCATE_CROSSING_M round it, a landmark's of AMP_LOCATE_LANDMARK_M; these overlap.
 *
 * This is for callers who asked for help: the region is the one of their call, and nothing of the
 * answer is kept. Immutable inputs, results in the arena; one thread with its own query.
 */
#ifndef AMP_MAP_LOCATE_H
#define AMP_MAP_LOCATE_H

#include "base/json.h"
#include "map/places.h"
#include "map/region.h"
#include "map/roads.h"

enum {
    AMP_LOCATE_SPREAD_M = 25,
    AMP_LOCATE_GROUND_M_PER_KM2 = 500,
    AMP_LOCATE_CROSSING_M = 30,
    AMP_LOCATE_LANDMARK_M = 60,
    AMP_LOCATE_LEAST_PER_MILLE = 2, /* of a listed street */
    AMP_LOCATE_STREETS = 12,        /* listed */
    AMP_LOCATE_CROSSINGS = 8,
    AMP_LOCATE_LANDMARKS = 10,
    AMP_LOCATE_AREAS = 8,
    AMP_LOCATE_SAMPLES = 64,       /* positions that stand for the region in travel times */
    AMP_LOCATE_NAMED_M = 6000,     /* a region that reaches farther names no streets */
    AMP_LOCATE_NAMED_PERCENT = 15, /* nor one whose listed streets hold less than this */
    AMP_LOCATE_SPANS = 1 << 18,    /* bits of road looked at; more: too large */
    AMP_LOCATE_NEAR = 8,           /* crews soonest at the middle: always reckoned */
    AMP_LOCATE_CREWS = 24,         /* in the answer */
    AMP_LOCATE_FLIPS = 3
};

struct amp_locate_street {
    struct amp_str name;
    double share;
    struct amp_pos at;                      /* on the street, in the middle of its share */
    struct amp_str house_first, house_last; /* lowest and highest number within; may be empty */
    uint32_t house_n;                       /* house numbers of it within */
};

struct amp_locate_crossing {
    struct amp_str a, b; /* streets, by name */
    struct amp_pos at;
    double share;
};

struct amp_locate_landmark {
    struct amp_str name, kind;
    struct amp_pos at;
    double share;
    double distance_m; /* from the middle */
};

struct amp_locate_area {
    struct amp_str name; /* "Baixa, Porto" */
    double share;
};

struct amp_locate_sample { /* each for one sample_n-th of the roads' probability */
    struct amp_snap snap;
    struct amp_pos at;
};

struct amp_locate {
    struct amp_region region;
    struct amp_pos middle;
    double radius_68_m, radius_95_m; /* round the middle; approximate for other than circles */
    bool confidence_assumed;
    bool too_large; /* to name streets: areas and landmarks only */
    struct amp_locate_street *street;
    size_t street_n;
    size_t street_all; /* named streets within, listed or not */
    double others, unnamed, elsewhere;
    struct amp_locate_crossing *crossing;
    size_t crossing_n;
    struct amp_locate_landmark *landmark;
    size_t landmark_n;
    struct amp_locate_area *area;
    size_t area_n;
    struct amp_locate_sample *sample;
    size_t sample_n;
};

/* places may be NULL: then streets and crossings only. The region is checked here. */
AMP_MUST amp_err amp_locate_find(const struct amp_roads *roads, const struct amp_places *places,
                                 enum amp_profile profile, const struct amp_region *region,
                                 struct amp_arena *arena, struct amp_locate *out,
                                 struct amp_why *why);

struct amp_locate_crew {
    struct amp_str id;
    struct amp_snap snap;
};

struct amp_locate_time {
    size_t crew;         /* which of those given */
    double mean_s;       /* over the positions it has a way to */
    double p10_s, p90_s; /* nearest rank */
    double first_share;  /* in how much of the region it would be there first */
    double no_way_share; /* how much of it cannot be reached */
};

/* Two positions close to each other for which different crews are first. */
struct amp_locate_flip {
    struct amp_pos a_at, b_at;
    size_t a, b; /* crews */
};

/* What to ask the caller: the answer decides who is sent. */
enum amp_locate_ask {
    AMP_LOCATE_ASK_NOTHING,
    AMP_LOCATE_ASK_STREET,   /* on which side of a street: `on_it` tells which side holds itself */
    AMP_LOCATE_ASK_LANDMARK, /* on which side of a landmark */
    AMP_LOCATE_ASK_STREETS,  /* nearer to one street, or to the other? */
    AMP_LOCATE_ASK_LANDMARKS /* nearer to one landmark, or to the other? */
};
const char *amp_locate_ask_name(enum amp_locate_ask kind); /* "side-of-street" */

struct amp_locate_question {
    enum amp_locate_ask kind;
    struct amp_str name[2]; /* what it is about; the second where there are two */
    const char *side[2];    /* "north", "south", where it is about sides; else NULL */
    size_t on_it;
    double share[2];  /* of the region */
    size_t crew[2];   /* best of each answer */
    double mean_s[2]; /* its mean there */
    double regret_s;  /* that is left when the answer is known */
};

struct amp_locate_times {
    struct amp_locate_time *time; /* contenders, best mean first */
    size_t time_n;
    size_t reckoned;     /* crews looked at beyond the middle; the others cannot be first */
    double regret_s;     /* mean seconds lost by sending the first of them to all of the region */
    bool differs;        /* another crew would be first somewhere */
    double no_way_share; /* of the region that no crew reaches */
    struct amp_locate_flip flip[AMP_LOCATE_FLIPS];
    size_t flip_n;
    struct amp_locate_question ask;
};

/* Contenders are the AMP_LOCATE_NEAR crews soonest at one sample in the middle, and every crew that
 * is first at some sample. The times told, `first_share` and who is first are exact. */
AMP_MUST amp_err amp_locate_reckon(struct amp_road_query *query, const struct amp_metric *metric,
                                   const struct amp_locate *where,
                                   const struct amp_locate_crew *crew, size_t crew_n,
                                   struct amp_arena *arena, struct amp_locate_times *out);
/* The same with every crew at every sample: the slow twin. */
AMP_MUST amp_err amp_locate_reckon_slow(struct amp_road_query *query,
                                        const struct amp_metric *metric,
                                        const struct amp_locate *where,
                                        const struct amp_locate_crew *crew, size_t crew_n,
                                        struct amp_arena *arena, struct amp_locate_times *out);

/* Members of an open object: region, streets, ..., and crews if times is not NULL. */
void amp_locate_view(struct amp_json *js, const struct amp_locate *where,
                     const struct amp_locate_times *times, const struct amp_locate_crew *crew);
/* The same in lines for a person. */
void amp_locate_text(struct amp_buf *out, const struct amp_locate *where,
                     const struct amp_locate_times *times, const struct amp_locate_crew *crew);
/* The members of a region: shape, lat, lon, radius_m, ... */
void amp_region_view(struct amp_json *js, const struct amp_region *region);

#endif
