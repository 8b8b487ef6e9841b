/*
 * What a thing on the map is, from its tags: one table for the names, the landmarks and the tiles.
 *
 * A row says which tag makes which kind, how important it is among names (0 to 255), and where it
 * belongs. The most important matching row wins. Source: OSM wiki, Map features.
 */
#ifndef AMP_MAP_KINDS_H
#define AMP_MAP_KINDS_H

#include "base/buf.h"
#include "map/osm.h"

enum amp_kind_group {
    AMP_KIND_AREA,    /* place=*: a suburb, a town */
    AMP_KIND_POI,     /* a landmark, also without a name if `must` */
    AMP_KIND_FEATURE, /* nature and the like: found by name, no landmark for callers */
    AMP_KIND_STREET
};

struct amp_kind {
    const char *name; /* "hospital" */
    enum amp_kind_group group;
    uint8_t importance;
    bool must; /* listed even without a name: emergency services */
};

/* Roles of keys that carry names. */
enum amp_name_role {
    AMP_NAME_NONE,
    AMP_NAME_MAIN,  /* name */
    AMP_NAME_ALIAS, /* name:*, alt_name, old_name, ... */
    AMP_NAME_BRAND, /* brand, operator */
    AMP_NAME_REF
};

struct amp_kinds; /* the table bound to the texts of one extract */

AMP_MUST amp_err amp_kinds_create(const struct amp_osm *osm, struct amp_kinds **out);
void amp_kinds_destroy(struct amp_kinds *kinds); /* accepts NULL */
/* The kind of tags [first, end); false if they make nothing that is found by name. out->name lives
 * as long as the extract. Roads are no kind here. */
bool amp_kinds_find(const struct amp_kinds *kinds, uint32_t first, uint32_t end,
                    struct amp_kind *out);
enum amp_name_role amp_kinds_role(const struct amp_kinds *kinds, uint32_t key);
/* Text number of the name, or AMP_OSM_ABSENT. */
uint32_t amp_kinds_name(const struct amp_kinds *kinds, uint32_t first, uint32_t end);

/* Importance of a highway class as a street; 0 if it is no street that one names. */
uint8_t amp_kinds_street(const char *highway);

/* A position for a whole way or relation: the mean of its nodes, taken the short way round the
 * antimeridian; false if none of its nodes is in the extract. */
bool amp_osm_way_center(const struct amp_osm *osm, uint32_t way, struct amp_pos *out);
bool amp_osm_rel_center(const struct amp_osm *osm, uint32_t rel, struct amp_pos *out);

#endif
