/* The tables of what is drawn how. */
#include "map/tiles_class.h"
#include <string.h>

struct row {
    const char *value;
    uint8_t min_z;
};

static const struct row roads[] = {
    {"motorway", 5},       {"motorway_link", 10}, {"trunk", 6},         {"trunk_link", 11},
    {"primary", 8},        {"primary_link", 12},  {"secondary", 10},    {"secondary_link", 12},
    {"tertiary", 11},      {"tertiary_link", 13}, {"unclassified", 12}, {"residential", 12},
    {"living_street", 12}, {"pedestrian", 13},    {"road", 13},         {"busway", 13},
    {"service", 13},       {"track", 13},         {"cycleway", 14},     {"footway", 14},
    {"path", 14},          {"steps", 14},         {"bridleway", 14},    {"raceway", 14},
};
static const struct row rails[] = {
    {"rail", 9},          {"light_rail", 11}, {"subway", 12},   {"tram", 13},
    {"narrow_gauge", 11}, {"funicular", 12},  {"monorail", 12},
};
static const struct row runways[] = {
    {"runway", 10},
    {"taxiway", 12},
};
static const struct row rivers[] = {
    {"river", 8}, {"canal", 11}, {"stream", 13}, {"drain", 14}, {"ditch", 14},
};
static const struct row greens_natural[] = {
    {"wood", 8}, {"scrub", 9},   {"heath", 9},     {"grassland", 9}, {"beach", 9},
    {"sand", 9}, {"wetland", 9}, {"bare_rock", 9}, {"glacier", 6},   {"mud", 10},
};
static const struct row grounds_leisure[] = {
    {"park", 9},           {"garden", 12},  {"pitch", 13},  {"golf_course", 10},
    {"playground", 14},    {"stadium", 11}, {"common", 11}, {"nature_reserve", 8},
    {"sports_centre", 12}, {"track", 13},   {"marina", 12},
};
static const struct row grounds_amenity[] = {
    {"hospital", 11}, {"school", 12}, {"university", 11}, {"college", 12}, {"parking", 14},
};
static const struct row grounds_aeroway[] = {
    {"aerodrome", 9},
    {"apron", 12},
};
static const struct row places[] = {
    {"city", 3},     {"town", 7},     {"village", 10},           {"suburb", 11},
    {"borough", 10}, {"quarter", 12}, {"neighbourhood", 13},     {"hamlet", 12},
    {"island", 9},   {"islet", 13},   {"isolated_dwelling", 14},
};

#define ROWS(table) table, sizeof(table) / sizeof((table)[0])

static const struct row *row_find(const struct row *rows, size_t n, const char *value)
{
    for (size_t i = 0; i < n && value != NULL; i++) {
        if (strcmp(rows[i].value, value) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

struct amp_tl_keys amp_tl_keys_of(const struct amp_osm *osm)
{
    return (struct amp_tl_keys){
        .highway = amp_osm_find_text(osm, "highway"),
        .railway = amp_osm_find_text(osm, "railway"),
        .aeroway = amp_osm_find_text(osm, "aeroway"),
        .waterway = amp_osm_find_text(osm, "waterway"),
        .natural = amp_osm_find_text(osm, "natural"),
        .landuse = amp_osm_find_text(osm, "landuse"),
        .leisure = amp_osm_find_text(osm, "leisure"),
        .amenity = amp_osm_find_text(osm, "amenity"),
        .building = amp_osm_find_text(osm, "building"),
        .route = amp_osm_find_text(osm, "route"),
        .area = amp_osm_find_text(osm, "area"),
        .oneway = amp_osm_find_text(osm, "oneway"),
        .junction = amp_osm_find_text(osm, "junction"),
        .bridge = amp_osm_find_text(osm, "bridge"),
        .tunnel = amp_osm_find_text(osm, "tunnel"),
        .water = amp_osm_find_text(osm, "water"),
        .type = amp_osm_find_text(osm, "type"),
        .house = amp_osm_find_text(osm, "addr:housenumber"),
    };
}

/* The tags under question. */
struct asked {
    const struct amp_osm *osm;
    const struct amp_tl_keys *keys;
    uint32_t first, end;
};

static const char *value_of(const struct asked *a, uint32_t key)
{
    return key == AMP_OSM_ABSENT ? NULL : amp_osm_value(a->osm, a->first, a->end, key);
}

static bool value_is(const struct asked *a, uint32_t key, const char *value)
{
    const char *is = value_of(a, key);
    return is != NULL && strcmp(is, value) == 0;
}

static bool value_set(const struct asked *a, uint32_t key)
{
    const char *is = value_of(a, key);
    return is != NULL && strcmp(is, "no") != 0;
}

static bool look_put(struct amp_tl_look *out, enum amp_tl_layer layer, enum amp_tl_shape shape,
                     const struct row *row)
{
    if (row == NULL) {
        return false;
    }
    *out = (struct amp_tl_look){
        .layer = layer, .shape = shape, .klass = row->value, .min_z = row->min_z};
    return true;
}

static bool line_look(const struct asked *a, struct amp_tl_look *out)
{
    const struct amp_tl_keys *keys = a->keys;
    static const struct row ferry = {"ferry", 8};
    static const struct row coast = {"coastline", 0};
    if (look_put(out, AMP_TL_ROAD, AMP_TL_LINE,
                 row_find(ROWS(roads), value_of(a, keys->highway)))) {
        bool oneway = value_is(a, keys->oneway, "yes") || value_is(a, keys->oneway, "-1") ||
                      value_is(a, keys->junction, "roundabout") ||
                      strcmp(out->klass, "motorway") == 0;
        out->flags = (uint8_t)((oneway ? AMP_TL_ONEWAY : 0) |
                               (value_set(a, keys->bridge) ? AMP_TL_BRIDGE : 0) |
                               (value_set(a, keys->tunnel) ? AMP_TL_TUNNEL : 0));
        return true;
    }
    if (value_is(a, keys->route, "ferry")) {
        return look_put(out, AMP_TL_FERRY, AMP_TL_LINE, &ferry);
    }
    if (value_is(a, keys->natural, "coastline")) {
        return look_put(out, AMP_TL_WATER, AMP_TL_LINE, &coast);
    }
    return look_put(out, AMP_TL_ROAD, AMP_TL_LINE,
                    row_find(ROWS(rails), value_of(a, keys->railway))) ||
           look_put(out, AMP_TL_ROAD, AMP_TL_LINE,
                    row_find(ROWS(runways), value_of(a, keys->aeroway))) ||
           look_put(out, AMP_TL_WATER, AMP_TL_LINE,
                    row_find(ROWS(rivers), value_of(a, keys->waterway)));
}

static bool water_area(const struct asked *a)
{
    const struct amp_tl_keys *keys = a->keys;
    return value_is(a, keys->natural, "water") || value_is(a, keys->waterway, "riverbank") ||
           value_is(a, keys->waterway, "dock") || value_is(a, keys->landuse, "reservoir") ||
           value_is(a, keys->landuse, "basin") || value_is(a, keys->leisure, "swimming_pool");
}

static bool area_look(const struct asked *a, struct amp_tl_look *out)
{
    enum {
        LANDUSE_Z = 8,
        BUILDING_Z = 13
    };
    const struct amp_tl_keys *keys = a->keys;
    struct row row = {"building", BUILDING_Z};
    if (value_set(a, keys->building)) {
        return look_put(out, AMP_TL_BUILDING, AMP_TL_POLYGON, &row);
    }
    if (water_area(a)) {
        row = (struct row){"water", 0};
        return look_put(out, AMP_TL_WATER, AMP_TL_POLYGON, &row);
    }
    if (value_is(a, keys->area, "yes") && value_is(a, keys->highway, "pedestrian")) {
        row = (struct row){"pedestrian", BUILDING_Z};
        return look_put(out, AMP_TL_LANDUSE, AMP_TL_POLYGON, &row);
    }
    const char *landuse = value_of(a, keys->landuse);
    row = (struct row){landuse, LANDUSE_Z};
    return look_put(out, AMP_TL_LANDUSE, AMP_TL_POLYGON,
                    row_find(ROWS(grounds_leisure), value_of(a, keys->leisure))) ||
           look_put(out, AMP_TL_LANDUSE, AMP_TL_POLYGON,
                    row_find(ROWS(greens_natural), value_of(a, keys->natural))) ||
           look_put(out, AMP_TL_LANDUSE, AMP_TL_POLYGON, landuse == NULL ? NULL : &row) ||
           look_put(out, AMP_TL_LANDUSE, AMP_TL_POLYGON,
                    row_find(ROWS(grounds_amenity), value_of(a, keys->amenity))) ||
           look_put(out, AMP_TL_LANDUSE, AMP_TL_POLYGON,
                    row_find(ROWS(grounds_aeroway), value_of(a, keys->aeroway)));
}

bool amp_tl_look_of(const struct amp_osm *osm, const struct amp_tl_keys *keys, uint32_t first,
                    uint32_t end, bool closed, struct amp_tl_look *out)
{
    struct asked a = {osm, keys, first, end};
    bool as_area = closed && (value_is(&a, keys->area, "yes") || !value_set(&a, keys->highway));
    if (as_area && area_look(&a, out)) {
        return true;
    }
    return line_look(&a, out);
}

uint8_t amp_tl_place_z(const char *kind)
{
    enum {
        OTHER_Z = 14
    };
    const struct row *row = row_find(ROWS(places), kind);
    return row == NULL ? OTHER_Z : row->min_z;
}

uint8_t amp_tl_poi_z(uint8_t importance)
{
    static const struct {
        uint8_t importance, z;
    } steps[] = {
        {180, 11}, {150, 13}, {120, 14}, {90, 15}, {60, 16}, {0, 17},
    };
    size_t i = 0;
    while (importance < steps[i].importance) {
        i++;
    }
    return steps[i].z;
}
