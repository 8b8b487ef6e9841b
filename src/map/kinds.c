/* The table of kinds, and its binding to the texts of an extract. */
#include "map/kinds.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct kind_row {
    const char *key;
    const char *value; /* NULL: any but "no" */
    const char *name;  /* NULL: the value is the kind's name */
    enum amp_kind_group group;
    uint8_t importance;
    bool must;
};

static const struct kind_row kind_rows[] = {
    {"place", "city", NULL, AMP_KIND_AREA, 255, false},
    {"place", "town", NULL, AMP_KIND_AREA, 235, false},
    {"place", "borough", NULL, AMP_KIND_AREA, 205, false},
    {"place", "village", NULL, AMP_KIND_AREA, 200, false},
    {"place", "suburb", NULL, AMP_KIND_AREA, 200, false},
    {"place", "quarter", NULL, AMP_KIND_AREA, 175, false},
    {"place", "neighbourhood", NULL, AMP_KIND_AREA, 170, false},
    {"place", "hamlet", NULL, AMP_KIND_AREA, 150, false},
    {"place", "isolated_dwelling", NULL, AMP_KIND_AREA, 80, false},
    {"place", "island", NULL, AMP_KIND_FEATURE, 180, false},
    {"place", "islet", NULL, AMP_KIND_FEATURE, 100, false},
    {"place", "square", NULL, AMP_KIND_FEATURE, 140, false},
    {"place", NULL, NULL, AMP_KIND_FEATURE, 90, false},
    {"amenity", "hospital", NULL, AMP_KIND_POI, 190, true},
    {"healthcare", "hospital", NULL, AMP_KIND_POI, 189, true},
    {"amenity", "fire_station", NULL, AMP_KIND_POI, 170, true},
    {"emergency", "ambulance_station", NULL, AMP_KIND_POI, 170, true},
    {"emergency", "fire_station", NULL, AMP_KIND_POI, 169, true},
    {"amenity", "police", NULL, AMP_KIND_POI, 165, true},
    {"amenity", "clinic", NULL, AMP_KIND_POI, 120, false},
    {"amenity", "university", NULL, AMP_KIND_POI, 140, false},
    {"amenity", "townhall", NULL, AMP_KIND_POI, 140, false},
    {"amenity", "school", NULL, AMP_KIND_POI, 105, false},
    {"amenity", "college", NULL, AMP_KIND_POI, 105, false},
    {"amenity", "place_of_worship", NULL, AMP_KIND_POI, 100, false},
    {"amenity", "marketplace", NULL, AMP_KIND_POI, 110, false},
    {"amenity", "bus_station", NULL, AMP_KIND_POI, 130, false},
    {"amenity", "ferry_terminal", NULL, AMP_KIND_POI, 130, false},
    {"amenity", "pharmacy", NULL, AMP_KIND_POI, 95, false},
    {"amenity", "fuel", NULL, AMP_KIND_POI, 90, false},
    {"amenity", "theatre", NULL, AMP_KIND_POI, 100, false},
    {"amenity", "cinema", NULL, AMP_KIND_POI, 95, false},
    {"amenity", "library", NULL, AMP_KIND_POI, 95, false},
    {"amenity", "parking", NULL, AMP_KIND_POI, 60, false},
    {"amenity", NULL, NULL, AMP_KIND_POI, 80, false},
    {"aeroway", "aerodrome", NULL, AMP_KIND_POI, 185, false},
    {"aeroway", "terminal", NULL, AMP_KIND_POI, 130, false},
    {"aeroway", "helipad", NULL, AMP_KIND_POI, 110, true},
    {"railway", "station", NULL, AMP_KIND_POI, 160, false},
    {"railway", "halt", NULL, AMP_KIND_POI, 130, false},
    {"railway", "tram_stop", NULL, AMP_KIND_POI, 70, false},
    {"railway", "subway_entrance", NULL, AMP_KIND_POI, 65, false},
    {"public_transport", "station", "station", AMP_KIND_POI, 125, false},
    {"highway", "bus_stop", NULL, AMP_KIND_POI, 45, false},
    {"highway", "motorway_junction", NULL, AMP_KIND_FEATURE, 90, false},
    {"healthcare", NULL, NULL, AMP_KIND_POI, 90, false},
    {"emergency", NULL, NULL, AMP_KIND_POI, 70, false},
    {"tourism", "hotel", NULL, AMP_KIND_POI, 90, false},
    {"tourism", "museum", NULL, AMP_KIND_POI, 110, false},
    {"tourism", NULL, NULL, AMP_KIND_POI, 75, false},
    {"leisure", "stadium", NULL, AMP_KIND_POI, 130, false},
    {"leisure", "park", NULL, AMP_KIND_POI, 115, false},
    {"leisure", "marina", NULL, AMP_KIND_POI, 105, false},
    {"leisure", NULL, NULL, AMP_KIND_POI, 75, false},
    {"shop", "mall", NULL, AMP_KIND_POI, 130, false},
    {"shop", "supermarket", NULL, AMP_KIND_POI, 90, false},
    {"shop", NULL, NULL, AMP_KIND_POI, 65, false},
    {"office", "government", NULL, AMP_KIND_POI, 95, false},
    {"office", NULL, NULL, AMP_KIND_POI, 60, false},
    {"craft", NULL, NULL, AMP_KIND_POI, 55, false},
    {"historic", NULL, NULL, AMP_KIND_POI, 80, false},
    {"military", NULL, NULL, AMP_KIND_POI, 90, false},
    {"man_made", NULL, NULL, AMP_KIND_POI, 70, false},
    {"club", NULL, NULL, AMP_KIND_POI, 60, false},
    {"natural", "peak", NULL, AMP_KIND_FEATURE, 110, false},
    {"natural", NULL, NULL, AMP_KIND_FEATURE, 85, false},
    {"waterway", "river", NULL, AMP_KIND_FEATURE, 110, false},
    {"waterway", NULL, NULL, AMP_KIND_FEATURE, 70, false},
    {"landuse", "cemetery", NULL, AMP_KIND_POI, 90, false},
    {"landuse", NULL, NULL, AMP_KIND_FEATURE, 70, false},
    {"route", "ferry", NULL, AMP_KIND_FEATURE, 90, false},
    {"public_transport", NULL, NULL, AMP_KIND_POI, 44, false},
    {"bridge", NULL, "bridge", AMP_KIND_FEATURE, 60, false},
    {"building", NULL, "building", AMP_KIND_POI, 55, false},
};

enum {
    KIND_ROWS = sizeof(kind_rows) / sizeof(kind_rows[0])
};

static const struct {
    const char *highway;
    uint8_t importance;
} streets[] = {
    {"motorway", 130},   {"trunk", 130},        {"primary", 130},       {"secondary", 125},
    {"tertiary", 120},   {"unclassified", 112}, {"residential", 112},   {"living_street", 110},
    {"pedestrian", 112}, {"road", 100},         {"service", 90},        {"motorway_link", 70},
    {"trunk_link", 70},  {"primary_link", 70},  {"secondary_link", 70}, {"tertiary_link", 70},
    {"track", 80},       {"footway", 75},       {"steps", 75},          {"path", 75},
    {"cycleway", 70},    {"bridleway", 70},     {"busway", 70},
};

static const struct {
    const char *key;
    bool prefix; /* the key with ":" and a language behind it too */
    enum amp_name_role role;
} name_keys[] = {
    {"name", true, AMP_NAME_MAIN},       {"alt_name", true, AMP_NAME_ALIAS},
    {"old_name", true, AMP_NAME_ALIAS},  {"official_name", true, AMP_NAME_ALIAS},
    {"int_name", false, AMP_NAME_ALIAS}, {"short_name", true, AMP_NAME_ALIAS},
    {"loc_name", true, AMP_NAME_ALIAS},  {"nat_name", false, AMP_NAME_ALIAS},
    {"reg_name", false, AMP_NAME_ALIAS}, {"brand", false, AMP_NAME_BRAND},
    {"operator", false, AMP_NAME_BRAND}, {"ref", false, AMP_NAME_REF},
};

struct amp_kinds {
    const struct amp_osm *osm;
    uint8_t *role; /* of each text as a key: enum amp_name_role */
    uint8_t *row;  /* of each text as a key: first kind row + 1, or 0 */
};

/* "pt", "zh-Hant", "mz-Latn": a language behind the colon, no "etymology:wikidata". */
static bool language_tag(const char *text)
{
    size_t len = strcspn(text, "-_");
    return (len == 2 || len == 3) && strchr(text, ':') == NULL;
}

static enum amp_name_role role_of(const char *key)
{
    for (size_t i = 0; i < sizeof(name_keys) / sizeof(name_keys[0]); i++) {
        size_t len = strlen(name_keys[i].key);
        if (strncmp(key, name_keys[i].key, len) != 0) {
            continue;
        }
        if (key[len] == '\0') {
            return name_keys[i].role;
        }
        if (name_keys[i].prefix && key[len] == ':' && language_tag(key + len + 1)) {
            return AMP_NAME_ALIAS;
        }
    }
    return AMP_NAME_NONE;
}

amp_err amp_kinds_create(const struct amp_osm *osm, struct amp_kinds **out)
{
    struct amp_kinds *kinds = calloc(1, sizeof(*kinds));
    if (kinds == NULL) {
        return AMP_E_NOMEM;
    }
    kinds->osm = osm;
    kinds->role = calloc((size_t)osm->text_n + 1, 1);
    kinds->row = calloc((size_t)osm->text_n + 1, 1);
    if (kinds->role == NULL || kinds->row == NULL) {
        amp_kinds_destroy(kinds);
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < osm->text_n; i++) {
        kinds->role[i] = (uint8_t)role_of(amp_osm_text(osm, i));
    }
    for (size_t i = KIND_ROWS; i > 0; i--) {
        uint32_t key = amp_osm_find_text(osm, kind_rows[i - 1].key);
        if (key != AMP_OSM_ABSENT) {
            kinds->row[key] = (uint8_t)i;
        }
    }
    *out = kinds;
    return AMP_OK;
}

void amp_kinds_destroy(struct amp_kinds *kinds)
{
    if (kinds != NULL) {
        free(kinds->role);
        free(kinds->row);
        free(kinds);
    }
}

static bool row_matches(const struct kind_row *row, const char *key, const char *value)
{
    if (strcmp(row->key, key) != 0) {
        return false;
    }
    return row->value == NULL ? strcmp(value, "no") != 0 : strcmp(row->value, value) == 0;
}

bool amp_kinds_find(const struct amp_kinds *kinds, uint32_t first, uint32_t end,
                    struct amp_kind *out)
{
    bool found = false;
    for (uint32_t t = first; t < end; t++) {
        const struct amp_osm_tag *tag = &kinds->osm->tag[t];
        if (kinds->row[tag->key] == 0) {
            continue;
        }
        const char *key = amp_osm_text(kinds->osm, tag->key);
        const char *value = amp_osm_text(kinds->osm, tag->value);
        for (size_t i = (size_t)kinds->row[tag->key] - 1; i < KIND_ROWS; i++) {
            const struct kind_row *row = &kind_rows[i];
            if (!row_matches(row, key, value) || (found && row->importance <= out->importance)) {
                continue;
            }
            const char *name = row->name != NULL ? row->name : value;
            name = strcmp(name, "yes") == 0 ? key : name;
            *out = (struct amp_kind){name, row->group, row->importance, row->must};
            found = true;
        }
    }
    return found;
}

enum amp_name_role amp_kinds_role(const struct amp_kinds *kinds, uint32_t key)
{
    return (enum amp_name_role)kinds->role[key];
}

uint32_t amp_kinds_name(const struct amp_kinds *kinds, uint32_t first, uint32_t end)
{
    for (uint32_t t = first; t < end; t++) {
        const struct amp_osm_tag *tag = &kinds->osm->tag[t];
        if (kinds->role[tag->key] == AMP_NAME_MAIN &&
            amp_osm_text(kinds->osm, tag->value)[0] != '\0') {
            return tag->value;
        }
    }
    return AMP_OSM_ABSENT;
}

uint8_t amp_kinds_street(const char *highway)
{
    for (size_t i = 0; i < sizeof(streets) / sizeof(streets[0]); i++) {
        if (strcmp(streets[i].highway, highway) == 0) {
            return streets[i].importance;
        }
    }
    return 0;
}

/* Mean of positions, longitudes counted from the first. */
struct center {
    struct amp_pos first;
    int64_t lat, lon, n;
};

static void center_add(struct center *c, struct amp_pos pos)
{
    if (c->n == 0) {
        c->first = pos;
    }
    c->lat += pos.lat_e7;
    c->lon += amp_lon_delta_e7(c->first.lon_e7, pos.lon_e7);
    c->n++;
}

static bool center_get(const struct center *c, struct amp_pos *out)
{
    static const int64_t turn = INT64_C(3600000000);
    if (c->n == 0) {
        return false;
    }
    int64_t lon = c->first.lon_e7 + c->lon / c->n;
    lon = lon > turn / 2 ? lon - turn : lon < -turn / 2 ? lon + turn : lon;
    *out = (struct amp_pos){.lat_e7 = (int32_t)(c->lat / c->n), .lon_e7 = (int32_t)lon};
    return true;
}

static void center_add_way(struct center *c, const struct amp_osm *osm, uint32_t way)
{
    uint32_t first = osm->way_ref_first[way];
    uint32_t end = osm->way_ref_first[way + 1];
    bool closed = end - first > 2 && osm->way_ref[first] == osm->way_ref[end - 1];
    for (uint32_t i = first + (closed ? 1 : 0); i < end; i++) {
        center_add(c, osm->node_pos[osm->way_ref[i]]);
    }
}

bool amp_osm_way_center(const struct amp_osm *osm, uint32_t way, struct amp_pos *out)
{
    struct center c = {.n = 0};
    center_add_way(&c, osm, way);
    return center_get(&c, out);
}

bool amp_osm_rel_center(const struct amp_osm *osm, uint32_t rel, struct amp_pos *out)
{
    struct center ways = {.n = 0};
    struct center nodes = {.n = 0};
    for (uint32_t m = osm->rel_member_first[rel]; m < osm->rel_member_first[rel + 1]; m++) {
        const struct amp_osm_member *member = &osm->rel_member[m];
        if (member->index == AMP_OSM_ABSENT) {
            continue;
        }
        if (member->kind == AMP_OSM_WAY && strcmp(amp_osm_text(osm, member->role), "inner") != 0) {
            center_add_way(&ways, osm, member->index);
        } else if (member->kind == AMP_OSM_NODE) {
            center_add(&nodes, osm->node_pos[member->index]);
        }
    }
    return center_get(nodes.n > 0 ? &nodes : &ways, out);
}
