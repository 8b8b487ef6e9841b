/*
 * PIDF-LO: where somebody or something is, as SIP calls, location servers and other centres say it.
 *
 * Sources: RFC 4119 (the object), RFC 5491 (which of several counts, the shapes), RFC 5139 and 6848
 * (civic addresses), RFC 5774 (those of Austria), RFC 7459 (confidence), RFC 5962 (dynamic), RFC
 * 7035 (relative), RFC 3863 and 4479 (tuple, device, person).
 *
 * What real senders get wrong and what is done about it: commas between coordinates, blanks around
 * numbers, rings that do not close, a slip in the name of the reference system or of a name space,
 * a location in no tuple, a time before the location, a timestamp without a zone: read, with a
 * warning where something had to be assumed. An unknown reference system, unit or shape, a size
 * said twice, a latitude of 95: that location is refused, with its reason. Nobody who reports is at
 * 0,0. What is relative to a reference point (RFC 7035) and what stands in an element that is not
 * known is no position. Any DOCTYPE is refused.
 */
#ifndef AMP_INTAKE_PIDF_H
#define AMP_INTAKE_PIDF_H

#include "base/arena.h"
#include "base/geo.h"

enum {
    AMP_PIDF_LOCATIONS = 8, /* in one document; more: AMP_E_LIMIT */
    AMP_PIDF_POINTS = 64,   /* corners of a polygon */
    AMP_PIDF_CIVIC = 48,    /* elements of a civic address */
    AMP_PIDF_WARNINGS = 8
};

enum amp_pidf_of { /* by priority: RFC 5491, section 3.4 */
    AMP_PIDF_OF_DEVICE,
    AMP_PIDF_OF_TUPLE,
    AMP_PIDF_OF_PERSON
};

enum amp_pidf_kind {
    AMP_PIDF_NONE, /* no geodetic location */
    AMP_PIDF_POINT,
    AMP_PIDF_CIRCLE,  /* also a sphere's */
    AMP_PIDF_ELLIPSE, /* also an ellipsoid's */
    AMP_PIDF_ARC_BAND,
    AMP_PIDF_POLYGON /* also a prism's base */
};

struct amp_pidf_civic { /* one element: "HNO" -> "1657"; also {country} */
    struct amp_str name, value;
};

struct amp_pidf_location {
    enum amp_pidf_of of;
    size_t part; /* the how-manieth tuple, device or person of the document it is of */
    enum amp_pidf_kind kind;
    struct amp_pos at;  /* the middle; of an arc band the mast; of a polygon its first corner */
    double radius_m;    /* of a circle; semi-major axis; outer radius */
    double inner_m;     /* semi-minor axis; inner radius */
    double angle_deg;   /* orientation of the semi-major axis; where the band begins; from north */
    double opening_deg; /* of an arc band, clockwise */
    struct amp_pos point[AMP_PIDF_POINTS];
    size_t point_n;
    double altitude_m; /* above the ellipsoid (EPSG 4979); of a prism, its base */
    bool high;         /* it has an altitude */
    double confidence; /* percent, 0 when not given */
    struct amp_pidf_civic civic[AMP_PIDF_CIVIC];
    size_t civic_n;
    struct amp_str method; /* "GPS", "802.11" */
    int64_t time_us;       /* of the container */
    bool timed;
};

struct amp_pidf {
    struct amp_str entity;
    struct amp_pidf_location *location; /* in the arena; at most AMP_PIDF_LOCATIONS */
    size_t location_n;
    struct amp_str warning[AMP_PIDF_WARNINGS];
    size_t warning_n;
};

/* AMP_E_SYNTAX: not well-formed, or no presence document. Texts live in the arena. */
AMP_MUST amp_err amp_pidf_read(struct amp_str bytes, struct amp_arena *arena, struct amp_pidf *out,
                               struct amp_why *why);

struct amp_node;
struct amp_json;
struct amp_report;
/* The same of a <presence> inside another document, and of a LoST <location> (RFC 5222, section
 * 12), which holds a shape or a civic address with nothing around it. */
AMP_MUST amp_err amp_pidf_read_node(const struct amp_node *presence, struct amp_arena *arena,
                                    struct amp_pidf *out, struct amp_why *why);
AMP_MUST amp_err amp_pidf_read_bare(const struct amp_node *location, struct amp_arena *arena,
                                    struct amp_pidf *out, struct amp_why *why);

/* The geodetic location that counts (RFC 5491, section 3.4), and the civic one; NULL without. */
const struct amp_pidf_location *amp_pidf_where(const struct amp_pidf *pidf);
const struct amp_pidf_location *amp_pidf_address(const struct amp_pidf *pidf);

/* A circle that holds the whole shape: for maps and journals that know circles only. */
void amp_pidf_circle(const struct amp_pidf_location *location, struct amp_pos *middle,
                     double *radius_m);
/* As people and /v1/location write regions: "ellipse:LAT,LON,MAJOR,MINOR,ANGLE@95". */
struct amp_str amp_pidf_region(const struct amp_pidf_location *location, struct amp_arena *arena);
/* "altitude 26.3 m above the ellipsoid"; empty without. */
struct amp_str amp_pidf_altitude(const struct amp_pidf_location *location, struct amp_arena *arena);
/* A civic address on one line: the street, what is inside, what has no place in the order by its
 * own name ("lamp 2471"), the town. Nothing of the address is left out. */
struct amp_str amp_pidf_line(const struct amp_pidf_location *location, struct amp_arena *arena);
/* Position, place, time, source and warnings of a report, added to what it has. */
void amp_pidf_report(const struct amp_pidf *pidf, struct amp_arena *arena,
                     struct amp_report *report);
/* And its words, where it has no others: how high somebody is. */
void amp_pidf_words(const struct amp_pidf *pidf, struct amp_arena *arena,
                    struct amp_report *report);
/* Members of an open object: "located","lat","lon",...,"region","altitude_m","address","method",
 * "time" and the warnings as "location_warnings". */
void amp_pidf_view(struct amp_json *js, const struct amp_pidf *pidf, struct amp_arena *arena);

#endif
