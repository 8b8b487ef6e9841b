/* From OSM tags to speed, access, direction and passes: the tables of profile.h. */
#include "map/profile.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Time with lights and sirens in percent of normal time: 70 was measured on main roads; where the
 * road itself sets the pace, nothing is gained. */
enum {
    SIREN = 70,
    SIREN_SMALL = 80,
    SIREN_NONE = 100,
    MAXSPEED_PERCENT = 80, /* of a limit that is driven on average */
};

enum access { /* from best to worst */
    OPEN,
    RESERVED, /* emergency vehicles only */
    PRIVATE,
    CLOSED,
    UNSAID
};

struct class_row {
    const char *name;
    double kmh;                                /* without a limit */
    int siren;                                 /* percent */
    bool slow;                                 /* a limit cannot make it faster than kmh */
    enum access by_default[AMP_PROFILE_COUNT]; /* ambulance, car */
};

static const struct class_row class_table[] = {
    {"motorway", 110, SIREN, false, {OPEN, OPEN}},
    {"motorway_link", 60, SIREN, false, {OPEN, OPEN}},
    {"trunk", 85, SIREN, false, {OPEN, OPEN}},
    {"trunk_link", 50, SIREN, false, {OPEN, OPEN}},
    {"primary", 60, SIREN, false, {OPEN, OPEN}},
    {"primary_link", 45, SIREN, false, {OPEN, OPEN}},
    {"secondary", 50, SIREN, false, {OPEN, OPEN}},
    {"secondary_link", 40, SIREN, false, {OPEN, OPEN}},
    {"tertiary", 40, SIREN, false, {OPEN, OPEN}},
    {"tertiary_link", 35, SIREN, false, {OPEN, OPEN}},
    {"unclassified", 35, SIREN_SMALL, false, {OPEN, OPEN}},
    {"residential", 30, SIREN_SMALL, false, {OPEN, OPEN}},
    {"road", 30, SIREN_SMALL, false, {OPEN, OPEN}},
    {"living_street", 12, SIREN_NONE, true, {OPEN, OPEN}},
    {"service", 15, SIREN_NONE, true, {OPEN, OPEN}},
    {"track", 15, SIREN_NONE, true, {OPEN, OPEN}},
    {"busway", 40, SIREN_SMALL, false, {RESERVED, CLOSED}},
    {"pedestrian", 10, SIREN_NONE, true, {RESERVED, CLOSED}},
    {"footway", 8, SIREN_NONE, true, {CLOSED, CLOSED}},
    {"cycleway", 8, SIREN_NONE, true, {CLOSED, CLOSED}},
    {"path", 8, SIREN_NONE, true, {CLOSED, CLOSED}},
    {"bridleway", 8, SIREN_NONE, true, {CLOSED, CLOSED}},
    {"ferry", AMP_FERRY_KMH, SIREN_NONE, true, {OPEN, OPEN}},
};
enum {
    CLASS_COUNT = sizeof(class_table) / sizeof(class_table[0]),
    CLASS_FERRY = CLASS_COUNT - 1
};

enum key {
    K_HIGHWAY,
    K_ROUTE,
    K_NAME,
    K_REF,
    K_LAYER,
    K_SERVICE,
    K_JUNCTION,
    K_ONEWAY,
    K_ONEWAY_EMERGENCY,
    K_ONEWAY_MOTOR,
    K_MAXSPEED,
    K_MAXSPEED_FORWARD,
    K_MAXSPEED_BACKWARD,
    K_MAXSPEED_TYPE,
    K_MAXSPEED_SOURCE,
    K_ZONE_MAXSPEED,
    K_ACCESS,
    K_VEHICLE,
    K_MOTOR_VEHICLE,
    K_MOTORCAR,
    K_EMERGENCY,
    K_BUS,
    K_PSV,
    K_FOOT,
    K_SURFACE,
    K_TRACKTYPE,
    K_SMOOTHNESS,
    K_IMPASSABLE,
    K_DURATION,
    K_BARRIER,
    K_BOLLARD,
    K_LOCKED,
    K_MAXHEIGHT,
    K_VEHICLE_FORWARD,
    K_VEHICLE_BACKWARD,
    K_MOTOR_FORWARD,
    K_MOTOR_BACKWARD,
    K_COUNT
};
static const char *const key_text[K_COUNT] = {
    [K_HIGHWAY] = "highway",
    [K_ROUTE] = "route",
    [K_NAME] = "name",
    [K_REF] = "ref",
    [K_LAYER] = "layer",
    [K_SERVICE] = "service",
    [K_JUNCTION] = "junction",
    [K_ONEWAY] = "oneway",
    [K_ONEWAY_EMERGENCY] = "oneway:emergency",
    [K_ONEWAY_MOTOR] = "oneway:motor_vehicle",
    [K_MAXSPEED] = "maxspeed",
    [K_MAXSPEED_FORWARD] = "maxspeed:forward",
    [K_MAXSPEED_BACKWARD] = "maxspeed:backward",
    [K_MAXSPEED_TYPE] = "maxspeed:type",
    [K_MAXSPEED_SOURCE] = "source:maxspeed",
    [K_ZONE_MAXSPEED] = "zone:maxspeed",
    [K_ACCESS] = "access",
    [K_VEHICLE] = "vehicle",
    [K_MOTOR_VEHICLE] = "motor_vehicle",
    [K_MOTORCAR] = "motorcar",
    [K_EMERGENCY] = "emergency",
    [K_BUS] = "bus",
    [K_PSV] = "psv",
    [K_FOOT] = "foot",
    [K_SURFACE] = "surface",
    [K_TRACKTYPE] = "tracktype",
    [K_SMOOTHNESS] = "smoothness",
    [K_IMPASSABLE] = "impassable",
    [K_DURATION] = "duration",
    [K_BARRIER] = "barrier",
    [K_BOLLARD] = "bollard",
    [K_LOCKED] = "locked",
    [K_MAXHEIGHT] = "maxheight",
    [K_VEHICLE_FORWARD] = "vehicle:forward",
    [K_VEHICLE_BACKWARD] = "vehicle:backward",
    [K_MOTOR_FORWARD] = "motor_vehicle:forward",
    [K_MOTOR_BACKWARD] = "motor_vehicle:backward",
};

/* The tags of one thing. */
struct thing {
    const struct amp_road_tags *tags;
    uint32_t first, end;
};

struct word_row {
    const char *word;
    double value;
};

static const char *value_of(const struct thing *thing, enum key key)
{
    return amp_osm_value(thing->tags->osm, thing->first, thing->end, thing->tags->key[key]);
}

static bool is(const char *text, const char *word)
{
    return text != NULL && strcmp(text, word) == 0;
}

static bool is_yes(const char *text)
{
    return is(text, "yes") || is(text, "designated") || is(text, "official") ||
           is(text, "permissive") || is(text, "destination");
}

static double word_value(const struct word_row *row, size_t n, const char *text)
{
    for (size_t i = 0; text != NULL && i < n; i++) {
        if (strcmp(row[i].word, text) == 0) {
            return row[i].value;
        }
    }
    return 0;
}
#define WORD_VALUE(table, text) word_value(table, sizeof(table) / sizeof((table)[0]), text)

struct amp_road_tags amp_road_tags_of(const struct amp_osm *osm)
{
    _Static_assert((int)K_COUNT <= (int)AMP_ROAD_KEYS, "room for every key");
    struct amp_road_tags tags = {.osm = osm};
    for (int i = 0; i < K_COUNT; i++) {
        tags.key[i] = amp_osm_find_text(osm, key_text[i]);
    }
    return tags;
}

const char *amp_road_class_name(uint8_t road_class)
{
    assert(road_class < CLASS_COUNT);
    return class_table[road_class].name;
}

uint8_t amp_road_class_count(void)
{
    return CLASS_COUNT;
}

bool amp_road_class_is_ferry(uint8_t road_class)
{
    return road_class == CLASS_FERRY;
}

/* ---- speeds ---- */

static const struct word_row speed_word[] = {
    {"none", AMP_KMH_MAX},
    {"walk", 6},
};
/* "RO:urban" and its like: what the law of most countries says, where no number is given. */
static const struct word_row speed_zone[] = {
    {"urban", 50},         {"rural", 90},          {"trunk", 100},      {"motorway", 120},
    {"living_street", 20}, {"bicycle_road", 30},   {"school", 30},      {"nsl_single", 96},
    {"nsl_dual", 112},     {"nsl_restricted", 48}, {"expressway", 100},
};

/* A number at the start of text; *rest is what follows it. */
static double leading_number(const char *text, const char **rest)
{
    size_t n = strspn(text, "0123456789.");
    double number = 0;
    if (n == 0 || amp_str_double((struct amp_str){text, n}, &number) != AMP_OK) {
        *rest = text;
        return 0;
    }
    *rest = text + n;
    return number;
}

static double number_kmh(const char *text)
{
    const char *unit = text;
    double number = leading_number(text, &unit);
    unit += strspn(unit, " ");
    if (strncmp(unit, "mph", 3) == 0) {
        return number * 1.609344;
    }
    if (strncmp(unit, "knots", 5) == 0) {
        return number * 1.852;
    }
    return number;
}

double amp_maxspeed_kmh(const char *text)
{
    if (text == NULL) {
        return 0;
    }
    double kmh = number_kmh(text);
    const char *colon = strchr(text, ':');
    if (kmh <= 0) {
        kmh = WORD_VALUE(speed_word, text);
    }
    if (kmh <= 0 && colon != NULL) {
        const char *zone = colon + 1;
        kmh = WORD_VALUE(speed_zone, zone);
        zone += strncmp(zone, "zone", 4) == 0 ? 4 : 0;
        zone += strspn(zone, ":");
        kmh = kmh > 0 ? kmh : number_kmh(zone);
    }
    const char *next = strchr(text, ';'); /* of several limits the lowest */
    if (next != NULL && kmh > 0) {
        next += 1 + strspn(next + 1, " ");
        double other = number_kmh(next);
        kmh = other > 0 && other < kmh ? other : kmh;
    }
    return kmh < 5 ? 0 : fmin(kmh, AMP_KMH_MAX);
}

double amp_duration_s(const char *text)
{
    if (text == NULL) {
        return 0;
    }
    double total = 0;
    if (strncmp(text, "PT", 2) == 0) { /* ISO 8601: PT1H20M */
        const char *at = text + 2;
        while (*at != '\0') {
            const char *unit = at;
            double number = leading_number(at, &unit);
            double scale = *unit == 'H' ? 3600 : *unit == 'M' ? 60 : *unit == 'S' ? 1 : 0;
            if (scale <= 0) {
                return 0;
            }
            total += number * scale;
            at = unit + 1;
        }
        return total;
    }
    int parts = 0; /* MM, HH:MM or HH:MM:SS */
    const char *at = text;
    for (; parts < 3; parts++) {
        const char *rest = at;
        double number = leading_number(at, &rest);
        if (rest == at) {
            return 0;
        }
        total = total * 60 + number;
        if (*rest != ':') {
            return *rest == '\0' ? (parts == 2 ? total : total * 60) : 0;
        }
        at = rest + 1;
    }
    return 0;
}

static const struct word_row surface_kmh[] = {
    {"unpaved", 40},
    {"compacted", 50},
    {"gravel", 40},
    {"fine_gravel", 40},
    {"dirt", 30},
    {"earth", 30},
    {"ground", 30},
    {"grass", 15},
    {"sand", 15},
    {"mud", 10},
    {"pebblestone", 30},
    {"cobblestone", 30},
    {"unhewn_cobblestone", 20},
    {"rock", 10},
    {"laterite", 40},
    {"clay", 30},
};
static const struct word_row tracktype_kmh[] = {
    {"grade1", 40}, {"grade2", 25}, {"grade3", 20}, {"grade4", 15}, {"grade5", 10},
};
static const struct word_row smoothness_kmh[] = {
    {"bad", 40},
    {"very_bad", 20},
    {"horrible", 10},
    {"very_horrible", 5},
};

static double capped(double kmh, double cap)
{
    return cap > 0 && cap < kmh ? cap : kmh;
}

/* Speed of a car in one direction (0 along, 1 against). */
static double car_kmh(const struct thing *thing, const struct class_row *row, int dir)
{
    double limit =
        amp_maxspeed_kmh(value_of(thing, dir == 0 ? K_MAXSPEED_FORWARD : K_MAXSPEED_BACKWARD));
    static const enum key general[] = {K_MAXSPEED, K_MAXSPEED_TYPE, K_MAXSPEED_SOURCE,
                                       K_ZONE_MAXSPEED};
    for (size_t i = 0; limit <= 0 && i < sizeof(general) / sizeof(general[0]); i++) {
        limit = amp_maxspeed_kmh(value_of(thing, general[i]));
    }
    double kmh = row->kmh;
    if (limit > 0) {
        kmh = row->slow ? fmin(kmh, limit) : limit * MAXSPEED_PERCENT / 100;
    }
    kmh = capped(kmh, WORD_VALUE(surface_kmh, value_of(thing, K_SURFACE)));
    kmh = capped(kmh, WORD_VALUE(tracktype_kmh, value_of(thing, K_TRACKTYPE)));
    return capped(kmh, WORD_VALUE(smoothness_kmh, value_of(thing, K_SMOOTHNESS)));
}

/* ---- access ---- */

struct access_row {
    const char *word;
    enum access by[AMP_PROFILE_COUNT]; /* ambulance, car */
};
static const struct access_row access_table[] = {
    {"yes", {OPEN, OPEN}},
    {"permissive", {OPEN, OPEN}},
    {"designated", {OPEN, OPEN}},
    {"destination", {OPEN, OPEN}},
    {"customers", {OPEN, OPEN}},
    {"public", {OPEN, OPEN}},
    {"official", {OPEN, OPEN}},
    {"unknown", {OPEN, OPEN}},
    {"discouraged", {OPEN, OPEN}},
    {"emergency", {RESERVED, CLOSED}},
    {"delivery", {RESERVED, CLOSED}},
    {"psv", {RESERVED, CLOSED}},
    {"bus", {RESERVED, CLOSED}},
    {"taxi", {RESERVED, CLOSED}},
    {"private", {PRIVATE, CLOSED}},
    {"permit", {PRIVATE, CLOSED}},
    {"residents", {PRIVATE, CLOSED}},
    {"members", {PRIVATE, CLOSED}},
    {"employees", {PRIVATE, CLOSED}},
    {"agricultural", {PRIVATE, CLOSED}},
    {"forestry", {PRIVATE, CLOSED}},
    {"military", {PRIVATE, CLOSED}},
    {"restricted", {PRIVATE, CLOSED}},
    {"no", {CLOSED, CLOSED}},
};

/* The best of the words between semicolons; UNSAID if none is known. */
static enum access access_of(const char *text, enum amp_profile profile)
{
    enum access best = UNSAID;
    struct amp_str rest = amp_str_of(text);
    while (rest.len > 0) {
        struct amp_str word = {NULL, 0};
        rest = amp_str_cut(rest, ';', &word);
        word = amp_str_trim(word);
        for (size_t i = 0; i < sizeof(access_table) / sizeof(access_table[0]); i++) {
            enum access found = access_table[i].by[profile];
            if (amp_str_is(word, access_table[i].word) && (best == UNSAID || found < best)) {
                best = found;
            }
        }
    }
    return best;
}

/* What the more special keys say, the most special first; UNSAID if they say nothing. */
static enum access access_special(const struct thing *thing, enum amp_profile profile)
{
    static const enum key special[] = {K_MOTORCAR, K_MOTOR_VEHICLE, K_VEHICLE};
    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        enum access found = access_of(value_of(thing, special[i]), profile);
        if (found != UNSAID) {
            return found;
        }
    }
    return UNSAID;
}

static enum access access_car(const struct thing *thing, enum access by_default)
{
    enum access special = access_special(thing, AMP_PROFILE_CAR);
    if (special != UNSAID) {
        return special;
    }
    if (is(value_of(thing, K_SERVICE), "emergency_access")) {
        return CLOSED;
    }
    enum access general = access_of(value_of(thing, K_ACCESS), AMP_PROFILE_CAR);
    if (general == OPEN && by_default == CLOSED) {
        return CLOSED; /* access=yes on a footway does not open it to cars */
    }
    return general != UNSAID ? general : by_default;
}

/* An ambulance on duty: `emergency` decides; a sign against motor vehicles does not stop it where a
 * road is wide enough to be one (by_default); access=no does, unless buses go there. */
static enum access access_ambulance(const struct thing *thing, enum access by_default,
                                    enum access car)
{
    const char *emergency = value_of(thing, K_EMERGENCY);
    if (is(emergency, "no")) {
        return CLOSED;
    }
    if (is(emergency, "private")) {
        return PRIVATE;
    }
    if (is_yes(emergency) || is(emergency, "fire_lane")) {
        return car == OPEN ? OPEN : RESERVED;
    }
    enum access special = access_special(thing, AMP_PROFILE_AMBULANCE);
    if (special != UNSAID) {
        return special == CLOSED && by_default != CLOSED ? RESERVED : special;
    }
    if (is(value_of(thing, K_SERVICE), "emergency_access")) {
        return RESERVED;
    }
    enum access general = access_of(value_of(thing, K_ACCESS), AMP_PROFILE_AMBULANCE);
    if (general == CLOSED && (is_yes(value_of(thing, K_BUS)) || is_yes(value_of(thing, K_PSV)))) {
        return RESERVED;
    }
    if (by_default == CLOSED) {
        return general == RESERVED ? RESERVED : CLOSED;
    }
    if (general == OPEN || general == UNSAID) {
        return by_default;
    }
    return general;
}

/* A ferry takes vehicles unless it says that it does not, or speaks of passengers only. */
static enum access access_ferry(const struct thing *thing, enum amp_profile profile)
{
    enum access special = access_special(thing, profile);
    if (special != UNSAID) {
        return special == PRIVATE ? CLOSED : special;
    }
    const char *foot = value_of(thing, K_FOOT);
    if (is(foot, "yes") || is(foot, "designated") || is(foot, "only")) {
        return CLOSED;
    }
    enum access general = access_of(value_of(thing, K_ACCESS), profile);
    return general == UNSAID ? OPEN : general == PRIVATE ? CLOSED : general;
}

/* ---- direction ---- */

/* Whether it may be driven along and against its points. */
static void directions(const struct thing *thing, const struct class_row *row,
                       enum amp_profile profile, bool out[2])
{
    out[0] = out[1] = true;
    const char *oneway = value_of(thing, K_ONEWAY_MOTOR);
    const char *emergency = value_of(thing, K_ONEWAY_EMERGENCY);
    if (profile == AMP_PROFILE_AMBULANCE && emergency != NULL) {
        oneway = emergency;
    }
    if (oneway == NULL) {
        oneway = value_of(thing, K_ONEWAY);
    }
    const char *junction = value_of(thing, K_JUNCTION);
    bool implied =
        is(junction, "roundabout") || is(junction, "circular") || is(row->name, "motorway");
    if (is(oneway, "-1") || is(oneway, "reverse")) {
        out[0] = false;
    } else if (is(oneway, "yes") || is(oneway, "1") || is(oneway, "true")) {
        out[1] = false;
    } else if (is(oneway, "reversible")) {
        out[0] = out[1] = false; /* nobody can say which way it is open now */
    } else if (implied && !is(oneway, "no")) {
        out[1] = false;
    }
    static const enum key side[2][2] = {{K_VEHICLE_FORWARD, K_MOTOR_FORWARD},
                                        {K_VEHICLE_BACKWARD, K_MOTOR_BACKWARD}};
    for (int dir = 0; dir < 2; dir++) {
        for (int i = 0; i < 2; i++) {
            out[dir] = out[dir] && !is(value_of(thing, side[dir][i]), "no");
        }
    }
}

/* ---- height ---- */

static const int height_cm[AMP_PROFILE_COUNT] = {
    [AMP_PROFILE_AMBULANCE] = 300,
    [AMP_PROFILE_CAR] = 200,
};

/* A decimal comma is read as a point: the wiki wants a point, not all mappers know. */
static double length_number(const char *text, const char **rest)
{
    double number = leading_number(text, rest);
    if (**rest == ',' && (*rest)[1] >= '0' && (*rest)[1] <= '9') {
        const char *digits = *rest + 1;
        double part = leading_number(digits, rest);
        number += part / pow(10, (double)(*rest - digits));
    }
    *rest += strspn(*rest, " ");
    return number;
}

double amp_height_cm(const char *text)
{
    if (text == NULL) {
        return 0;
    }
    const char *unit = text;
    double number = length_number(text, &unit);
    if (*unit == '\'' || strncmp(unit, "ft", 2) == 0 || strncmp(unit, "feet", 4) == 0) {
        unit += strcspn(unit, "0123456789"); /* 8'6", 8'-6", 8 ft 6 in */
        return number * 30.48 + length_number(unit, &unit) * 2.54;
    }
    if (*unit == '"' || strncmp(unit, "in", 2) == 0) {
        return number * 2.54;
    }
    return strncmp(unit, "cm", 2) == 0 ? number : number * 100;
}

static bool too_low(const struct thing *thing, enum amp_profile profile)
{
    double limit_cm = amp_height_cm(value_of(thing, K_MAXHEIGHT));
    return limit_cm > 0 && limit_cm < height_cm[profile];
}

/* ---- ways ---- */

static int class_of(const struct thing *thing)
{
    const char *highway = value_of(thing, K_HIGHWAY);
    for (int i = 0; highway != NULL && i < CLASS_FERRY; i++) {
        if (strcmp(class_table[i].name, highway) == 0) {
            return i;
        }
    }
    return is(value_of(thing, K_ROUTE), "ferry") ? CLASS_FERRY : -1;
}

static void pass_of(enum access access, struct amp_road_attr *attr)
{
    attr->pass = 0;
    attr->pass_percent = 100;
    if (access == PRIVATE) {
        attr->pass = 1 + AMP_PASS_PRIVATE;
        attr->pass_percent = AMP_PRIVATE_PERCENT;
    } else if (access == RESERVED) {
        attr->pass = 1 + AMP_PASS_EMERGENCY;
        attr->pass_percent = AMP_RESERVED_PERCENT;
    }
}

static int8_t layer_of(const struct thing *thing)
{
    int64_t layer = 0;
    if (amp_str_i64(amp_str_of(value_of(thing, K_LAYER)), &layer) != AMP_OK) {
        return 0;
    }
    return layer < -20 ? -20 : layer > 20 ? 20 : (int8_t)layer;
}

static uint32_t name_of(const struct thing *thing)
{
    const struct amp_osm *osm = thing->tags->osm;
    uint32_t ref = AMP_OSM_ABSENT;
    for (uint32_t i = thing->first; i < thing->end; i++) {
        if (osm->tag[i].key == thing->tags->key[K_NAME]) {
            return osm->tag[i].value;
        }
        if (osm->tag[i].key == thing->tags->key[K_REF]) {
            ref = osm->tag[i].value;
        }
    }
    return ref;
}

bool amp_profile_way(const struct amp_road_tags *tags, uint32_t way, struct amp_road_attr *out)
{
    const struct amp_osm *osm = tags->osm;
    struct thing thing = {tags, osm->way_tag_first[way], osm->way_tag_first[way + 1]};
    int class = class_of(&thing);
    if (class < 0 || is(value_of(&thing, K_IMPASSABLE), "yes") ||
        is(value_of(&thing, K_SMOOTHNESS), "impassable")) {
        return false;
    }
    const struct class_row *row = &class_table[class];
    enum access access[AMP_PROFILE_COUNT];
    if (class == CLASS_FERRY) {
        access[AMP_PROFILE_CAR] = access_ferry(&thing, AMP_PROFILE_CAR);
        access[AMP_PROFILE_AMBULANCE] = access_ferry(&thing, AMP_PROFILE_AMBULANCE);
    } else {
        access[AMP_PROFILE_CAR] = access_car(&thing, row->by_default[AMP_PROFILE_CAR]);
        access[AMP_PROFILE_AMBULANCE] = access_ambulance(
            &thing, row->by_default[AMP_PROFILE_AMBULANCE], access[AMP_PROFILE_CAR]);
    }
    struct amp_road_attr attr = {.road_class = (uint8_t) class, .name = name_of(&thing)};
    attr.layer = layer_of(&thing);
    attr.duration_s = class == CLASS_FERRY ? amp_duration_s(value_of(&thing, K_DURATION)) : 0;
    pass_of(access[AMP_PROFILE_AMBULANCE], &attr);
    bool any = false;
    for (int profile = 0; profile < AMP_PROFILE_COUNT; profile++) {
        bool open[2];
        directions(&thing, row, (enum amp_profile)profile, open);
        for (int dir = 0; dir < 2; dir++) {
            double kmh = car_kmh(&thing, row, dir);
            if (profile == AMP_PROFILE_AMBULANCE) {
                kmh = fmin(kmh * 100 / row->siren, AMP_KMH_MAX) * 100 / attr.pass_percent;
            }
            bool allowed = open[dir] && access[profile] != CLOSED &&
                           !too_low(&thing, (enum amp_profile)profile);
            attr.kmh[profile][dir] = allowed ? kmh : 0;
            any = any || allowed;
        }
    }
    if (any) {
        *out = attr;
    }
    return any;
}

/* ---- barriers ---- */

enum {
    SHUT = -1
};
struct barrier_row {
    const char *word;
    int pass; /* 0, or 1 + enum amp_pass_kind: only an ambulance that has to pay */
    int cost_s[AMP_PROFILE_COUNT]; /* ambulance, car */
};
static const struct barrier_row barrier_table[] = {
    {"gate", 1 + AMP_PASS_GATE, {30, 30}},
    {"lift_gate", 1 + AMP_PASS_GATE, {15, 15}},
    {"swing_gate", 1 + AMP_PASS_GATE, {30, 30}},
    {"sliding_gate", 1 + AMP_PASS_GATE, {20, 30}},
    {"wicket_gate", 1 + AMP_PASS_GATE, {SHUT, SHUT}},
    {"hampshire_gate", 1 + AMP_PASS_GATE, {60, 60}},
    {"sally_port", 1 + AMP_PASS_GATE, {30, 60}},
    {"chain", 1 + AMP_PASS_GATE, {45, SHUT}},
    {"rope", 1 + AMP_PASS_GATE, {20, SHUT}},
    {"yes", 1 + AMP_PASS_GATE, {60, SHUT}},
    {"rising_bollard", 1 + AMP_PASS_BOLLARD, {20, SHUT}},
    {"bollard", 1 + AMP_PASS_BOLLARD, {SHUT, SHUT}},
    {"toll_booth", 0, {5, 15}},
    {"border_control", 1 + AMP_PASS_GATE, {120, 300}},
    {"block", 0, {SHUT, SHUT}},
    {"jersey_barrier", 0, {SHUT, SHUT}},
    {"debris", 0, {SHUT, SHUT}},
    {"log", 0, {SHUT, SHUT}},
    {"fence", 0, {SHUT, SHUT}},
    {"wall", 0, {SHUT, SHUT}},
    {"cycle_barrier", 0, {SHUT, SHUT}},
    {"motorcycle_barrier", 0, {SHUT, SHUT}},
    {"bus_trap", 0, {SHUT, SHUT}},
    {"sump_buster", 0, {SHUT, SHUT}},
    {"spikes", 0, {SHUT, SHUT}},
    {"stile", 0, {SHUT, SHUT}},
    {"turnstile", 0, {SHUT, SHUT}},
    {"full-height_turnstile", 0, {SHUT, SHUT}},
    {"kissing_gate", 0, {SHUT, SHUT}},
    {"horse_stile", 0, {SHUT, SHUT}},
    {"planter", 0, {SHUT, SHUT}},
};
enum {
    LOCKED_EXTRA_S = 60,
    REMOVABLE_S = 60,
    KEYED_S = 60
};

static const struct barrier_row no_barrier = {"", 0, {0, 0}};

static const struct barrier_row *barrier_of(const struct thing *thing)
{
    const char *text = value_of(thing, K_BARRIER);
    for (size_t i = 0; text != NULL && i < sizeof(barrier_table) / sizeof(barrier_table[0]); i++) {
        if (strcmp(barrier_table[i].word, text) == 0) {
            return &barrier_table[i];
        }
    }
    return &no_barrier;
}

/* What the tags on the barrier itself change for an ambulance. */
static int ambulance_cost_s(const struct thing *thing, const struct barrier_row *row)
{
    int cost_s = row->cost_s[AMP_PROFILE_AMBULANCE];
    const char *emergency = value_of(thing, K_EMERGENCY);
    const char *bollard = value_of(thing, K_BOLLARD);
    if (is(emergency, "no")) {
        return SHUT;
    }
    if (is(bollard, "removable") || is(bollard, "foldable") || is(bollard, "flexible")) {
        cost_s = REMOVABLE_S;
    } else if (is(bollard, "rising")) {
        cost_s = KEYED_S / 3;
    }
    bool let_in = is_yes(emergency) ||
                  access_of(value_of(thing, K_ACCESS), AMP_PROFILE_AMBULANCE) == RESERVED;
    if (cost_s == SHUT && let_in) {
        cost_s = KEYED_S; /* somebody has a key for it */
    }
    if (cost_s != SHUT && is(value_of(thing, K_LOCKED), "yes")) {
        cost_s += LOCKED_EXTRA_S;
    }
    return cost_s;
}

static int car_cost_s(const struct thing *thing, const struct barrier_row *row)
{
    enum access access = access_special(thing, AMP_PROFILE_CAR);
    if (access == UNSAID) {
        access = access_of(value_of(thing, K_ACCESS), AMP_PROFILE_CAR);
    }
    if (access == CLOSED || (access == UNSAID && is(value_of(thing, K_LOCKED), "yes"))) {
        return SHUT;
    }
    return row->cost_s[AMP_PROFILE_CAR];
}

bool amp_profile_node(const struct amp_road_tags *tags, uint32_t node, struct amp_barrier_attr *out)
{
    const struct amp_osm *osm = tags->osm;
    struct amp_osm_span span = amp_osm_node_tags(osm, node);
    struct thing thing = {tags, span.first, span.end};
    if (thing.first == thing.end) {
        return false;
    }
    const struct barrier_row *row = barrier_of(&thing);
    int cost_s[AMP_PROFILE_COUNT] = {0, 0};
    enum access special = access_special(&thing, AMP_PROFILE_CAR);
    if (special == OPEN && row->cost_s[AMP_PROFILE_CAR] == SHUT) {
        row = &no_barrier; /* motor_vehicle=yes: it does not stand in the way of vehicles */
    }
    if (row != &no_barrier) {
        cost_s[AMP_PROFILE_AMBULANCE] = ambulance_cost_s(&thing, row);
        cost_s[AMP_PROFILE_CAR] = car_cost_s(&thing, row);
    }
    if (value_of(&thing, K_BARRIER) != NULL && too_low(&thing, AMP_PROFILE_AMBULANCE)) {
        cost_s[AMP_PROFILE_AMBULANCE] = SHUT;
    }
    if (value_of(&thing, K_BARRIER) != NULL && too_low(&thing, AMP_PROFILE_CAR)) {
        cost_s[AMP_PROFILE_CAR] = SHUT;
    }
    if (cost_s[0] == 0 && cost_s[1] == 0) {
        return false;
    }
    for (int i = 0; i < AMP_PROFILE_COUNT; i++) {
        out->cost_ms[i] = cost_s[i] == SHUT ? (uint32_t)INT32_MAX : (uint32_t)cost_s[i] * 1000;
    }
    out->pass = cost_s[0] > 0 ? (uint8_t)row->pass : 0;
    if (row->pass == 0 && cost_s[0] == KEYED_S) {
        out->pass = 1 + AMP_PASS_EMERGENCY;
    }
    return true;
}
