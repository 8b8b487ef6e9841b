/*
 * LoST: which centre serves a place, asked and answered.
 *
 * Source: RFC 5222 (messages of sections 7 to 13, the schema of section 14). Planned changes
 * (<asOf>, an extension that NENA i3 uses) are read in requests. Locations come in the
 * profiles geodetic-2d and civic (section 12); one whose shape is in doubt is not used, and said.
 *
 * Texts live in the arena.
 */
#ifndef AMP_INTAKE_LOST_H
#define AMP_INTAKE_LOST_H

#include "intake/pidf.h"

#include "base/json.h"

enum {
    AMP_LOST_LOCATIONS = 8,
    AMP_LOST_MAPPINGS = 16,
    AMP_LOST_LIST = 64, /* uris, services, servers of a path */
    AMP_LOST_WARNINGS = 8
};

enum amp_lost_kind {
    AMP_LOST_FIND_SERVICE,
    AMP_LOST_LIST_SERVICES,
    AMP_LOST_LIST_BY_LOCATION,
    AMP_LOST_GET_BOUNDARY,
    AMP_LOST_FIND_SERVICE_RESPONSE,
    AMP_LOST_LIST_SERVICES_RESPONSE,
    AMP_LOST_LIST_BY_LOCATION_RESPONSE,
    AMP_LOST_GET_BOUNDARY_RESPONSE,
    AMP_LOST_ERRORS,
    AMP_LOST_REDIRECT,
    AMP_LOST_KINDS
};

struct amp_lost_location {
    struct amp_str id, profile;
    struct amp_pidf *pidf;
};

struct amp_lost_texts {
    struct amp_str *item;
    size_t n;
};

struct amp_lost_mapping {
    struct amp_str source, source_id, last_updated, expires; /* expires: also "NO-CACHE" */
    struct amp_str display_name, service, number;
    struct amp_lost_texts uris;
    struct amp_pidf *boundary; /* NULL: none, or by reference */
    struct amp_str boundary_key;
};

struct amp_lost {
    enum amp_lost_kind kind;
    struct amp_str service;
    bool recursive, boundary_by_value, validate;
    struct amp_str as_of; /* empty: now */
    struct amp_lost_location *location;
    size_t location_n;
    struct amp_str call_id, incident_id; /* NENA's extension */
    struct amp_str key;                  /* of getServiceBoundary */
    struct amp_lost_mapping *mapping;
    size_t mapping_n;
    struct amp_lost_texts services, path;
    struct amp_str location_used;
    struct amp_str error, message, source, target; /* of errors and redirect: the first error */
    struct amp_str warning[AMP_LOST_WARNINGS];
    size_t warning_n;
};

/* AMP_E_SYNTAX: not well-formed, or no LoST message; AMP_E_MISSING, AMP_E_RANGE, AMP_E_LIMIT. */
AMP_MUST amp_err amp_lost_read(struct amp_str bytes, struct amp_arena *arena, struct amp_lost *out,
                               struct amp_why *why);
/* A question, written: findService, listServices, listServicesByLocation (of `where` and `service`
 * what it takes), or getServiceBoundary of `key`. */
struct amp_lost_question {
    enum amp_lost_kind kind;
    struct amp_str service, key;
    bool boundary, validate;
    bool located; /* at `pos`; else the elements of an address, if any */
    struct amp_pos pos;
    struct amp_pidf_civic civic[AMP_PIDF_CIVIC];
    size_t civic_n;
};
void amp_lost_ask(const struct amp_lost_question *question, struct amp_buf *out);
const char *amp_lost_kind_name(enum amp_lost_kind kind); /* "findService" */

#endif
