/*
 * What is left out of the roads and why: ways that are no road, and what is said of roads in words
 * that nobody here understands. Counted for `amparo map info`, with the first of each.
 */
#include "map/dropped.h"
#include "map/road_tags.h"
#include "map/road_values.h"

#include <stdio.h>
#include <string.h>

/* Values that say that nothing is limited, or that it is not known. */
static bool says_nothing(const char *text)
{
    static const char *const word[] = {
        "",         "none",    "default", "below_default",  "unsigned", "no_sign", "signals",
        "variable", "unknown", "no",      "no_indications", "walk",     "yes"};
    for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
        if (strcmp(text, word[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void note(const struct amp_road_tags *tags, const char *reason, enum amp_osm_kind kind,
                 int64_t id)
{
    amp_dropped_add(tags->osm->dropped, reason, kind, id, 1);
}

/* The usual values that are no road that one drives now; others share a row. */
static void no_road(const struct amp_road_tags *tags, const struct amp_road_thing *thing,
                    int64_t id)
{
    static const char *const usual[] = {
        "construction", "proposed",    "planned",       "platform",       "corridor", "raceway",
        "bus_guideway", "busway",      "elevator",      "rest_area",      "services", "bus_stop",
        "abandoned",    "razed",       "disused",       "via_ferrata",    "no",       "escape",
        "crossing",     "street_lamp", "emergency_bay", "traffic_island",
    };
    const char *highway = amp_road_value(thing, AMP_KEY_HIGHWAY);
    char reason[AMP_DROPPED_TEXT];
    if (highway == NULL) {
        return; /* a building, a river */
    }
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        if (strcmp(highway, usual[i]) == 0) {
            (void)snprintf(reason, sizeof(reason), "road: highway=%s is not driven", usual[i]);
            note(tags, reason, AMP_OSM_WAY, id);
            return;
        }
    }
    note(tags, "road: highway has a value that nobody knows", AMP_OSM_WAY, id);
}

static bool class_known(const char *highway)
{
    for (uint8_t i = 0; highway != NULL && i < amp_road_class_count(); i++) {
        if (!amp_road_class_is_ferry(i) && strcmp(amp_road_class_name(i), highway) == 0) {
            return true;
        }
    }
    return false;
}

static void values_note(const struct amp_road_tags *tags, const struct amp_road_thing *thing,
                        int64_t id)
{
    enum unit {
        SPEED,
        LENGTH,
        WEIGHT,
        WORD
    };
    static const struct {
        enum amp_road_key key;
        enum unit unit;
        const char *reason;
    } row[] = {
        {AMP_KEY_MAXSPEED, SPEED, "maxspeed: not understood, as if unsaid"},
        {AMP_KEY_MAXSPEED_FORWARD, SPEED, "maxspeed:forward: not understood, as if unsaid"},
        {AMP_KEY_MAXSPEED_BACKWARD, SPEED, "maxspeed:backward: not understood, as if unsaid"},
        {AMP_KEY_MAXHEIGHT, LENGTH, "maxheight: not understood, as if unsaid"},
        {AMP_KEY_MAXWIDTH, LENGTH, "maxwidth: not understood, as if unsaid"},
        {AMP_KEY_MAXLENGTH, LENGTH, "maxlength: not understood, as if unsaid"},
        {AMP_KEY_MAXWEIGHT, WEIGHT, "maxweight: not understood, as if unsaid"},
        {AMP_KEY_MAXAXLELOAD, WEIGHT, "maxaxleload: not understood, as if unsaid"},
        {AMP_KEY_ACCESS, WORD, "access: a word that nobody knows, as if unsaid"},
        {AMP_KEY_VEHICLE, WORD, "vehicle: a word that nobody knows, as if unsaid"},
        {AMP_KEY_MOTOR_VEHICLE, WORD, "motor_vehicle: a word that nobody knows, as if unsaid"},
        {AMP_KEY_MOTORCAR, WORD, "motorcar: a word that nobody knows, as if unsaid"},
        {AMP_KEY_HGV, WORD, "hgv: a word that nobody knows, as if unsaid"},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        const char *text = amp_road_value(thing, row[i].key);
        if (text == NULL || says_nothing(text)) {
            continue;
        }
        bool read = row[i].unit == SPEED    ? amp_maxspeed_kmh(text) > 0
                    : row[i].unit == LENGTH ? amp_length_cm(text) > 0
                    : row[i].unit == WEIGHT
                        ? amp_weight_kg(text) > 0
                        : amp_access_words(text, AMP_GROUP_CAR) != AMP_WORD_UNSAID;
        if (!read) {
            note(tags, row[i].reason, AMP_OSM_WAY, id);
        }
    }
}

void amp_road_way_unread(const struct amp_road_tags *tags, uint32_t way,
                         const struct amp_road_attr *attr)
{
    struct amp_road_thing thing = amp_road_thing_of_way(tags, way);
    int64_t id = tags->osm->way_id[way];
    bool ferry = amp_word_is(amp_road_value(&thing, AMP_KEY_ROUTE), "ferry");
    if (attr == NULL) {
        if (class_known(amp_road_value(&thing, AMP_KEY_HIGHWAY)) || ferry) {
            note(tags, "road: closed to everyone", AMP_OSM_WAY, id);
        } else {
            no_road(tags, &thing, id);
        }
        return;
    }
    values_note(tags, &thing, id);
    if (attr->conditions_unread > 0) {
        note(tags, "condition of a road: not understood, read strictly", AMP_OSM_WAY, id);
    }
}

void amp_road_node_unread(const struct amp_road_tags *tags, uint32_t node)
{
    struct amp_road_thing thing = amp_road_thing_of_node(tags, node);
    const char *barrier = amp_road_value(&thing, AMP_KEY_BARRIER);
    if (barrier != NULL && !says_nothing(barrier) && !amp_road_barrier_known(barrier)) {
        note(tags, "barrier: a kind that nobody knows, passed freely", AMP_OSM_NODE,
             amp_osm_node_id(tags->osm, node));
    }
}
