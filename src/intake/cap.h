/*
 * CAP: public warnings and alerts between services, read strictly and written.
 *
 * Source: OASIS Common Alerting Protocol 1.2 (2010) with its schema; 1.1 (2005) and 1.0 (2004) are
 * read by their own name spaces, with a warning. What leaves in doubt where, when, for whom or what
 * is meant is refused with its line and reason: a warning that people act on must mean what it
 * says.
 *
 * What the schema calls invalid and leaves no doubt is read, with a warning, since services of
 * whole countries send it: another order of elements, elements and attributes that CAP does not
 * have, a time in another form of RFC 3339, a polygon that is empty (there is none), not closed, or
 * goes on past the 180th meridian, a missing <category> (read as Other), <urgency>, <severity> or
 * <certainty> (Unknown). Of what we write all of that is refused.
 *
 * A signature (XML DSig, CAP 1.2 section 3.3.4.1) is not verified here: that it is there is said.
 *
 * Texts are views into the arena. Times are kept as they were written (their zone is the sender's,
 * and <sent> is part of what others refer to); amp_cap_moment reads them.
 */
#ifndef AMP_INTAKE_CAP_H
#define AMP_INTAKE_CAP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/geo.h"
#include "base/json.h"

struct amp_node; /* of intake/tree.h */

enum {
    AMP_CAP_INFOS = 32,     /* in one alert */
    AMP_CAP_PARTS = 256,    /* of one repeated element */
    AMP_CAP_POINTS = 16384, /* of one polygon */
    AMP_CAP_WARNINGS = 16,
    AMP_CAP_RADIUS_KM = 20038 /* half way round the earth */
};

struct amp_cap_texts {
    struct amp_str *item;
    size_t n;
};
struct amp_cap_pair { /* valueName and value */
    struct amp_str name, value;
};
struct amp_cap_pairs {
    struct amp_cap_pair *item;
    size_t n;
};
struct amp_cap_polygon { /* closed: the last point is the first again */
    struct amp_pos *point;
    size_t n;
};
struct amp_cap_polygons {
    struct amp_cap_polygon *item;
    size_t n;
};
struct amp_cap_circle {
    struct amp_pos at;
    double radius_km;
};
struct amp_cap_circles {
    struct amp_cap_circle *item;
    size_t n;
};

struct amp_cap_area {
    struct amp_str desc;
    struct amp_cap_polygons polygons;
    struct amp_cap_circles circles;
    struct amp_cap_pairs geocodes;
    struct amp_str altitude, ceiling; /* feet above mean sea level, decimals */
};

struct amp_cap_resource {
    struct amp_str desc, mime_type, size, uri, deref_uri, digest;
};

struct amp_cap_info {
    struct amp_str language; /* empty: en-US */
    struct amp_cap_texts categories;
    struct amp_str event;
    struct amp_cap_texts response_types;
    struct amp_str urgency, severity, certainty, audience;
    struct amp_cap_pairs event_codes;
    struct amp_str effective, onset, expires;
    struct amp_str sender_name, headline, description, instruction, web, contact;
    struct amp_cap_pairs parameters;
    struct amp_cap_resource *resource;
    size_t resource_n;
    struct amp_cap_area *area;
    size_t area_n;
};

struct amp_cap {
    struct amp_str version; /* "1.2", "1.1", "1.0" */
    struct amp_str identifier, sender, sent, status, msg_type, source, scope;
    struct amp_str restriction, addresses;
    struct amp_cap_texts codes;
    struct amp_str note, references, incidents;
    struct amp_cap_info *info;
    size_t info_n;
    bool has_signature; /* there is one; nobody has verified it */
    struct amp_str warning[AMP_CAP_WARNINGS];
    size_t warning_n;
};

/* AMP_E_SYNTAX: not well-formed, or no alert. AMP_E_MISSING, AMP_E_RANGE: not valid CAP. */
AMP_MUST amp_err amp_cap_read(struct amp_str bytes, struct amp_arena *arena, struct amp_cap *out,
                              struct amp_why *why);
/* The same of an <alert> inside another document. */
AMP_MUST amp_err amp_cap_read_node(const struct amp_node *alert, struct amp_arena *arena,
                                   struct amp_cap *out, struct amp_why *why);
bool amp_cap_is_alert(const struct amp_node *node);

/* A valid CAP 1.2 document, whatever version was read. It is read back before it is given out: an
 * alert that breaks a rule of the standard is refused with that rule, and `out` stays empty. */
AMP_MUST amp_err amp_cap_write(const struct amp_cap *cap, struct amp_arena *arena,
                               struct amp_buf *out, struct amp_why *why);
/* One alert as a JSON object. */
void amp_cap_view(struct amp_json *js, const struct amp_cap *cap);

/* "2026-11-26T20:00:00-00:00" to microseconds; AMP_E_RANGE when it is none of CAP's times. */
AMP_MUST amp_err amp_cap_time(struct amp_str text, int64_t *out_us);
/* The same, or another form of RFC 3339; never one without a zone. */
AMP_MUST amp_err amp_cap_moment(struct amp_str text, int64_t *out_us);
struct amp_str amp_cap_time_text(int64_t time_us, struct amp_arena *arena); /* in UTC */

/* What others refer to it by (section 3.2.1, <references>): sender,identifier,sent. */
struct amp_str amp_cap_reference(const struct amp_cap *cap, struct amp_arena *arena);
/* Whether a document can be kept in an event, byte by byte. */
bool amp_cap_document_fits(struct amp_str document);

#endif
