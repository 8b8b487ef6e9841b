/* Who may go where, and which way: the access and oneway tags of a road. */
#include "map/road_tags.h"

#include <string.h>

struct access_row {
    const char *word;
    uint8_t by[AMP_GROUP_COUNT]; /* car, emergency, motorcycle, foot */
};
#define SAME(one)                                                                                  \
    {                                                                                              \
        one, one, one, one                                                                         \
    }
#define NOT_FOR_CARS(crew)                                                                         \
    {                                                                                              \
        AMP_WORD_CLOSED, crew, crew, crew                                                          \
    }
static const struct access_row access_table[] = {
    {"yes", SAME(AMP_WORD_OPEN)},
    {"permissive", SAME(AMP_WORD_OPEN)},
    {"designated", SAME(AMP_WORD_OPEN)},
    {"destination", SAME(AMP_WORD_OPEN)},
    {"customers", SAME(AMP_WORD_OPEN)},
    {"public", SAME(AMP_WORD_OPEN)},
    {"official", SAME(AMP_WORD_OPEN)},
    {"unknown", SAME(AMP_WORD_OPEN)},
    {"discouraged", SAME(AMP_WORD_OPEN)},
    {"emergency", NOT_FOR_CARS(AMP_WORD_RESERVED)},
    {"delivery", NOT_FOR_CARS(AMP_WORD_RESERVED)},
    {"psv", NOT_FOR_CARS(AMP_WORD_RESERVED)},
    {"bus", NOT_FOR_CARS(AMP_WORD_RESERVED)},
    {"taxi", NOT_FOR_CARS(AMP_WORD_RESERVED)},
    {"private", NOT_FOR_CARS(AMP_WORD_PRIVATE)},
    {"permit", NOT_FOR_CARS(AMP_WORD_PRIVATE)},
    {"residents", NOT_FOR_CARS(AMP_WORD_PRIVATE)},
    {"members", NOT_FOR_CARS(AMP_WORD_PRIVATE)},
    {"employees", NOT_FOR_CARS(AMP_WORD_PRIVATE)},
    {"agricultural", NOT_FOR_CARS(AMP_WORD_PRIVATE)},
    {"forestry", NOT_FOR_CARS(AMP_WORD_PRIVATE)},
    {"military", NOT_FOR_CARS(AMP_WORD_PRIVATE)},
    {"restricted", NOT_FOR_CARS(AMP_WORD_PRIVATE)},
    {"no", SAME(AMP_WORD_CLOSED)},
};

enum amp_access_word amp_access_words(const char *text, enum amp_road_group group)
{
    enum amp_access_word best = AMP_WORD_UNSAID;
    struct amp_str rest = amp_str_of(text);
    while (rest.len > 0) {
        struct amp_str word = {NULL, 0};
        rest = amp_str_cut(rest, ';', &word);
        word = amp_str_trim(word);
        for (size_t i = 0; i < sizeof(access_table) / sizeof(access_table[0]); i++) {
            enum amp_access_word found = (enum amp_access_word)access_table[i].by[group];
            if (amp_str_is(word, access_table[i].word) && found < best) {
                best = found;
            }
        }
    }
    return best;
}

enum amp_access_word amp_access_special(const struct amp_road_thing *thing,
                                        enum amp_road_group group)
{
    static const enum amp_road_key special[AMP_GROUP_COUNT][3] = {
        {AMP_KEY_MOTORCAR, AMP_KEY_MOTOR_VEHICLE, AMP_KEY_VEHICLE},
        {AMP_KEY_MOTORCAR, AMP_KEY_MOTOR_VEHICLE, AMP_KEY_VEHICLE},
        {AMP_KEY_MOTORCYCLE, AMP_KEY_MOTOR_VEHICLE, AMP_KEY_VEHICLE},
        {AMP_KEY_FOOT, AMP_ROAD_KEYS, AMP_ROAD_KEYS},
    };
    for (int i = 0; i < 3 && special[group][i] != AMP_ROAD_KEYS; i++) {
        enum amp_access_word found =
            amp_access_words(amp_road_value(thing, special[group][i]), group);
        if (found != AMP_WORD_UNSAID) {
            return found;
        }
    }
    return AMP_WORD_UNSAID;
}

static enum amp_access_word access_general(const struct amp_road_thing *thing,
                                           enum amp_road_group group)
{
    return amp_access_words(amp_road_value(thing, AMP_KEY_ACCESS), group);
}

static bool emergency_only(const struct amp_road_thing *thing)
{
    return amp_word_is(amp_road_value(thing, AMP_KEY_SERVICE), "emergency_access");
}

static enum amp_access_word access_car(const struct amp_road_thing *thing,
                                       enum amp_access_word by_default)
{
    enum amp_access_word special = amp_access_special(thing, AMP_GROUP_CAR);
    if (special != AMP_WORD_UNSAID) {
        return special;
    }
    if (emergency_only(thing)) {
        return AMP_WORD_CLOSED;
    }
    enum amp_access_word general = access_general(thing, AMP_GROUP_CAR);
    if (general == AMP_WORD_OPEN && by_default == AMP_WORD_CLOSED) {
        return AMP_WORD_CLOSED; /* access=yes on a footway does not open it to cars */
    }
    return general != AMP_WORD_UNSAID ? general : by_default;
}

/* A crew on duty: `emergency` decides; a sign against motor vehicles does not stop it where a road
 * is wide enough to be one (by_default); access=no does, unless buses go there. */
static enum amp_access_word access_crew(const struct amp_road_thing *thing,
                                        enum amp_road_group group, enum amp_access_word by_default)
{
    const char *emergency = amp_road_value(thing, AMP_KEY_EMERGENCY);
    if (amp_word_is(emergency, "no")) {
        return AMP_WORD_CLOSED;
    }
    if (amp_word_is(emergency, "private")) {
        return AMP_WORD_PRIVATE;
    }
    if (amp_word_is_yes(emergency) || amp_word_is(emergency, "fire_lane")) {
        bool open = by_default == AMP_WORD_OPEN && access_car(thing, by_default) == AMP_WORD_OPEN;
        return open ? AMP_WORD_OPEN : AMP_WORD_RESERVED;
    }
    enum amp_access_word special = amp_access_special(thing, group);
    if (special != AMP_WORD_UNSAID) {
        return special == AMP_WORD_CLOSED && by_default != AMP_WORD_CLOSED ? AMP_WORD_RESERVED
                                                                           : special;
    }
    if (emergency_only(thing)) {
        return AMP_WORD_RESERVED;
    }
    enum amp_access_word general = access_general(thing, group);
    if (general == AMP_WORD_CLOSED && (amp_word_is_yes(amp_road_value(thing, AMP_KEY_BUS)) ||
                                       amp_word_is_yes(amp_road_value(thing, AMP_KEY_PSV)))) {
        return AMP_WORD_RESERVED;
    }
    if (by_default == AMP_WORD_CLOSED) {
        return general == AMP_WORD_RESERVED ? AMP_WORD_RESERVED : AMP_WORD_CLOSED;
    }
    if (general == AMP_WORD_OPEN || general == AMP_WORD_UNSAID) {
        return by_default;
    }
    return general;
}

/* Crews on foot: few things stop them, and what is closed to all is asked of them as a pass. */
static enum amp_access_word access_foot(const struct amp_road_thing *thing,
                                        enum amp_access_word by_default)
{
    enum amp_access_word special = amp_access_special(thing, AMP_GROUP_FOOT);
    if (special != AMP_WORD_UNSAID || by_default == AMP_WORD_CLOSED) {
        return special != AMP_WORD_UNSAID ? special : by_default;
    }
    enum amp_access_word general = access_general(thing, AMP_GROUP_FOOT);
    if (general == AMP_WORD_PRIVATE) {
        return AMP_WORD_PRIVATE;
    }
    return general == AMP_WORD_CLOSED ? AMP_WORD_RESERVED : AMP_WORD_OPEN;
}

/* A ferry takes vehicles unless it says that it does not, or speaks of passengers only. */
static enum amp_access_word access_ferry(const struct amp_road_thing *thing,
                                         enum amp_road_group group)
{
    enum amp_access_word special = amp_access_special(thing, group);
    enum amp_access_word general = access_general(thing, group);
    if (special != AMP_WORD_UNSAID) {
        return special == AMP_WORD_PRIVATE ? AMP_WORD_CLOSED : special;
    }
    if (general != AMP_WORD_UNSAID) {
        return general == AMP_WORD_PRIVATE ? AMP_WORD_CLOSED : general;
    }
    const char *foot = amp_road_value(thing, AMP_KEY_FOOT);
    bool passengers =
        amp_word_is(foot, "yes") || amp_word_is(foot, "designated") || amp_word_is(foot, "only");
    return passengers && group != AMP_GROUP_FOOT ? AMP_WORD_CLOSED : AMP_WORD_OPEN;
}

static enum amp_access_word access_word(const struct amp_road_thing *thing, uint8_t road_class,
                                        enum amp_road_group group)
{
    uint8_t usual = amp_class_row_of(road_class)->by_default[group];
    enum amp_access_word by_default = (enum amp_access_word)usual;
    if (amp_road_class_is_ferry(road_class)) {
        return access_ferry(thing, group);
    }
    if (group == AMP_GROUP_CAR) {
        return access_car(thing, by_default);
    }
    return group == AMP_GROUP_FOOT ? access_foot(thing, by_default)
                                   : access_crew(thing, group, by_default);
}

/* ---- direction ---- */

enum flow {
    FLOW_BOTH,
    FLOW_ALONG,
    FLOW_AGAINST,
    FLOW_UNKNOWN /* reversible: nobody can say which way it is open now */
};

static enum flow flow_word(const char *oneway, bool implied)
{
    if (amp_word_is(oneway, "-1") || amp_word_is(oneway, "reverse")) {
        return FLOW_AGAINST;
    }
    if (amp_word_is(oneway, "yes") || amp_word_is(oneway, "1") || amp_word_is(oneway, "true")) {
        return FLOW_ALONG;
    }
    if (amp_word_is(oneway, "reversible")) {
        return FLOW_UNKNOWN;
    }
    bool said_no = amp_word_is(oneway, "no") || amp_word_is(oneway, "0") ||
                   amp_word_is(oneway, "false") || amp_word_is(oneway, "alternating");
    return implied && !said_no ? FLOW_ALONG : FLOW_BOTH;
}

static bool is_round(const struct amp_road_thing *thing)
{
    const char *junction = amp_road_value(thing, AMP_KEY_JUNCTION);
    return amp_word_is(junction, "roundabout") || amp_word_is(junction, "circular");
}

static enum flow flow_of(const struct amp_road_thing *thing, uint8_t road_class,
                         enum amp_road_group group)
{
    const char *oneway = NULL;
    if (group == AMP_GROUP_FOOT) {
        return flow_word(amp_road_value(thing, AMP_KEY_ONEWAY_FOOT), false);
    }
    if (group != AMP_GROUP_CAR) {
        oneway = amp_road_value(thing, AMP_KEY_ONEWAY_EMERGENCY);
    }
    if (oneway == NULL && group == AMP_GROUP_MOTORCYCLE) {
        oneway = amp_road_value(thing, AMP_KEY_ONEWAY_MOTORCYCLE);
    }
    if (oneway == NULL) {
        oneway = amp_road_value(thing, AMP_KEY_ONEWAY_MOTOR);
    }
    if (oneway == NULL) {
        oneway = amp_road_value(thing, AMP_KEY_ONEWAY);
    }
    bool implied = is_round(thing) || amp_word_is(amp_road_class_name(road_class), "motorway");
    return flow_word(oneway, implied);
}

/* Against the flow: buses may, then crews may on their lane; else only where a setting says so, and
 * never on a motorway or round a roundabout. */
static enum amp_road_access against(const struct amp_road_thing *thing, uint8_t road_class,
                                    enum amp_road_group group)
{
    if (group == AMP_GROUP_CAR) {
        return AMP_ACCESS_CLOSED;
    }
    if (amp_word_is(amp_road_value(thing, AMP_KEY_ONEWAY_BUS), "no") ||
        amp_word_is(amp_road_value(thing, AMP_KEY_ONEWAY_PSV), "no")) {
        return AMP_ACCESS_RESERVED;
    }
    return amp_road_class_is_motorway(road_class) || is_round(thing) ? AMP_ACCESS_CLOSED
                                                                     : AMP_ACCESS_CONTRAFLOW;
}

/* What is said of one direction alone, the most special first. It never opens what a oneway
 * forbids. */
static enum amp_access_word access_side(const struct amp_road_thing *thing,
                                        enum amp_road_group group, int dir)
{
    static const enum amp_road_key side[2][3] = {
        {AMP_KEY_MOTOR_FORWARD, AMP_KEY_VEHICLE_FORWARD, AMP_KEY_ACCESS_FORWARD},
        {AMP_KEY_MOTOR_BACKWARD, AMP_KEY_VEHICLE_BACKWARD, AMP_KEY_ACCESS_BACKWARD}};
    for (int i = 0; i < 3; i++) {
        enum amp_access_word found = amp_access_words(amp_road_value(thing, side[dir][i]), group);
        if (found != AMP_WORD_UNSAID) {
            return found;
        }
    }
    return AMP_WORD_UNSAID;
}

enum amp_road_access amp_road_access_of(const struct amp_road_thing *thing, uint8_t road_class,
                                        enum amp_road_group group, int dir)
{
    enum amp_road_access access = (enum amp_road_access)access_word(thing, road_class, group);
    if (access == AMP_ACCESS_CLOSED) {
        return access;
    }
    enum flow flow = flow_of(thing, road_class, group);
    bool wrong = flow == FLOW_UNKNOWN || (flow == FLOW_ALONG && dir == 1) ||
                 (flow == FLOW_AGAINST && dir == 0);
    enum amp_access_word side =
        group == AMP_GROUP_FOOT ? AMP_WORD_UNSAID : access_side(thing, group, dir);
    wrong = wrong || side == AMP_WORD_CLOSED;
    if (side != AMP_WORD_UNSAID && side != AMP_WORD_CLOSED && (int)side > (int)access) {
        access = (enum amp_road_access)side;
    }
    if (!wrong) {
        return access;
    }
    enum amp_road_access then =
        group == AMP_GROUP_FOOT ? AMP_ACCESS_CLOSED : against(thing, road_class, group);
    return then > access ? then : access;
}
