/*
 * HELD: asking a location server where a device is, and its answer.
 *
 * Source: RFC 5985 (section 6 and the schema of section 7), RFC 6155 (the identity of a device that
 * is not the asker), RFC 6753 (fetching a location by its address, which answers with a bare
 * PIDF-LO document).
 *
 * Texts live in the arena.
 */
#ifndef AMP_INTAKE_HELD_H
#define AMP_INTAKE_HELD_H

#include "intake/pidf.h"

#include "base/json.h"

enum {
    AMP_HELD_TYPES = 4,   /* any, civic, geodetic, locationURI: each once */
    AMP_HELD_URIS = 16,   /* in an answer */
    AMP_HELD_IDS = 16,    /* identities of a device */
    AMP_HELD_MESSAGES = 8 /* of an error, by language */
};

enum amp_held_kind {
    AMP_HELD_REQUEST,
    AMP_HELD_RESPONSE, /* also a bare PIDF-LO document */
    AMP_HELD_ERROR
};

struct amp_held_id { /* "uri" -> "tel:+258841234567" */
    struct amp_str name, value;
};

struct amp_held {
    enum amp_held_kind kind;
    struct amp_str purpose; /* of responseTime: "emergencyRouting", "emergencyDispatch"; or empty */
    int64_t response_ms;    /* the same in milliseconds; -1 not said */
    struct amp_str types[AMP_HELD_TYPES];
    size_t type_n;
    bool exact; /* no other type of location will do */
    struct amp_held_id id[AMP_HELD_IDS];
    size_t id_n;
    struct amp_pidf *pidf; /* NULL: only by reference */
    struct amp_str uri[AMP_HELD_URIS];
    size_t uri_n;
    int64_t expires_us;                            /* of the addresses */
    struct amp_str code;                           /* of an error: "locationUnknown" */
    struct amp_held_id message[AMP_HELD_MESSAGES]; /* language -> text */
    size_t message_n;
};

/* AMP_E_SYNTAX: not well-formed, or no HELD message; AMP_E_MISSING, AMP_E_RANGE: not by the schema;
 * AMP_E_LIMIT. */
AMP_MUST amp_err amp_held_read(struct amp_str bytes, struct amp_arena *arena, struct amp_held *out,
                               struct amp_why *why);
/* A locationRequest of an emergency centre for whom `device` names ("tel:+258841234567"), or for
 * the asker when it is empty; `type`: "any", "geodetic", "civic", or "locationURI". */
void amp_held_ask(struct amp_str device, const char *type, struct amp_buf *out);

#endif
