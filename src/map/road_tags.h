/*
 * From the tags of an extract to the facts of map/road_kind.h: who may use a road, which way, how
 * large, on what ground; and what stands on it.
 *
 * The text numbers of the keys are looked up once an extract. A thing may have one of its tags
 * replaced: what a conditional tag would make of it is asked that way.
 */
#ifndef AMP_MAP_ROAD_TAGS_H
#define AMP_MAP_ROAD_TAGS_H

#include "map/osm.h"
#include "map/roads_in.h"

/* X(name, key) */
#define AMP_ROAD_KEY_TABLE(X)                                                                      \
    X(HIGHWAY, "highway")                                                                          \
    X(ROUTE, "route")                                                                              \
    X(NAME, "name")                                                                                \
    X(REF, "ref")                                                                                  \
    X(LAYER, "layer")                                                                              \
    X(BRIDGE, "bridge")                                                                            \
    X(TUNNEL, "tunnel")                                                                            \
    X(SERVICE, "service")                                                                          \
    X(JUNCTION, "junction")                                                                        \
    X(DRIVING_SIDE, "driving_side")                                                                \
    X(ONEWAY, "oneway")                                                                            \
    X(ONEWAY_EMERGENCY, "oneway:emergency")                                                        \
    X(ONEWAY_MOTOR, "oneway:motor_vehicle")                                                        \
    X(ONEWAY_MOTORCYCLE, "oneway:motorcycle")                                                      \
    X(ONEWAY_BUS, "oneway:bus")                                                                    \
    X(ONEWAY_PSV, "oneway:psv")                                                                    \
    X(ONEWAY_FOOT, "oneway:foot")                                                                  \
    X(MAXSPEED, "maxspeed")                                                                        \
    X(MAXSPEED_FORWARD, "maxspeed:forward")                                                        \
    X(MAXSPEED_BACKWARD, "maxspeed:backward")                                                      \
    X(MAXSPEED_TYPE, "maxspeed:type")                                                              \
    X(MAXSPEED_SOURCE, "source:maxspeed")                                                          \
    X(ZONE_MAXSPEED, "zone:maxspeed")                                                              \
    X(ACCESS, "access")                                                                            \
    X(VEHICLE, "vehicle")                                                                          \
    X(MOTOR_VEHICLE, "motor_vehicle")                                                              \
    X(MOTORCAR, "motorcar")                                                                        \
    X(MOTORCYCLE, "motorcycle")                                                                    \
    X(EMERGENCY, "emergency")                                                                      \
    X(BUS, "bus")                                                                                  \
    X(PSV, "psv")                                                                                  \
    X(FOOT, "foot")                                                                                \
    X(ACCESS_FORWARD, "access:forward")                                                            \
    X(ACCESS_BACKWARD, "access:backward")                                                          \
    X(VEHICLE_FORWARD, "vehicle:forward")                                                          \
    X(VEHICLE_BACKWARD, "vehicle:backward")                                                        \
    X(MOTOR_FORWARD, "motor_vehicle:forward")                                                      \
    X(MOTOR_BACKWARD, "motor_vehicle:backward")                                                    \
    X(HGV, "hgv")                                                                                  \
    X(SURFACE, "surface")                                                                          \
    X(TRACKTYPE, "tracktype")                                                                      \
    X(SMOOTHNESS, "smoothness")                                                                    \
    X(IMPASSABLE, "impassable")                                                                    \
    X(FORD, "ford")                                                                                \
    X(SEASONAL, "seasonal")                                                                        \
    X(WINTER_ROAD, "winter_road")                                                                  \
    X(ICE_ROAD, "ice_road")                                                                        \
    X(FLOOD_PRONE, "flood_prone")                                                                  \
    X(ONLY_4WD, "4wd_only")                                                                        \
    X(DURATION, "duration")                                                                        \
    X(BARRIER, "barrier")                                                                          \
    X(BOLLARD, "bollard")                                                                          \
    X(LOCKED, "locked")                                                                            \
    X(WIDTH, "width")                                                                              \
    X(MAXHEIGHT, "maxheight")                                                                      \
    X(MAXHEIGHT_PHYSICAL, "maxheight:physical")                                                    \
    X(MAXWIDTH, "maxwidth")                                                                        \
    X(MAXWIDTH_PHYSICAL, "maxwidth:physical")                                                      \
    X(MAXLENGTH, "maxlength")                                                                      \
    X(MAXWEIGHT, "maxweight")                                                                      \
    X(MAXWEIGHTRATING, "maxweightrating")                                                          \
    X(MAXAXLELOAD, "maxaxleload")                                                                  \
    X(ACCESS_COND, "access:conditional")                                                           \
    X(VEHICLE_COND, "vehicle:conditional")                                                         \
    X(MOTOR_VEHICLE_COND, "motor_vehicle:conditional")                                             \
    X(MOTORCAR_COND, "motorcar:conditional")                                                       \
    X(MOTORCYCLE_COND, "motorcycle:conditional")                                                   \
    X(EMERGENCY_COND, "emergency:conditional")                                                     \
    X(FOOT_COND, "foot:conditional")                                                               \
    X(ONEWAY_COND, "oneway:conditional")                                                           \
    X(ACCESS_FORWARD_COND, "access:forward:conditional")                                           \
    X(ACCESS_BACKWARD_COND, "access:backward:conditional")                                         \
    X(VEHICLE_FORWARD_COND, "vehicle:forward:conditional")                                         \
    X(VEHICLE_BACKWARD_COND, "vehicle:backward:conditional")                                       \
    X(MOTOR_FORWARD_COND, "motor_vehicle:forward:conditional")                                     \
    X(MOTOR_BACKWARD_COND, "motor_vehicle:backward:conditional")                                   \
    X(HGV_COND, "hgv:conditional")                                                                 \
    X(MAXHEIGHT_COND, "maxheight:conditional")                                                     \
    X(MAXWIDTH_COND, "maxwidth:conditional")                                                       \
    X(MAXLENGTH_COND, "maxlength:conditional")                                                     \
    X(MAXWEIGHT_COND, "maxweight:conditional")                                                     \
    X(MAXWEIGHTRATING_COND, "maxweightrating:conditional")                                         \
    X(MAXAXLELOAD_COND, "maxaxleload:conditional")                                                 \
    X(MAXSPEED_COND, "maxspeed:conditional")                                                       \
    X(MAXSPEED_FORWARD_COND, "maxspeed:forward:conditional")                                       \
    X(MAXSPEED_BACKWARD_COND, "maxspeed:backward:conditional")

enum amp_road_key {
#define X(name, key) AMP_KEY_##name,
    AMP_ROAD_KEY_TABLE(X)
#undef X
    AMP_ROAD_KEYS
};

/* The keys of an extract, looked up once. */
struct amp_road_tags {
    const struct amp_osm *osm;
    uint32_t key[AMP_ROAD_KEYS];
};
struct amp_road_tags amp_road_tags_of(const struct amp_osm *osm);

/* The tags of one way or node, one of them perhaps replaced. */
struct amp_road_thing {
    const struct amp_road_tags *tags;
    uint32_t first, end;
    enum amp_road_key replaced; /* AMP_ROAD_KEYS: none */
    const char *value;
};
struct amp_road_thing amp_road_thing_of_way(const struct amp_road_tags *tags, uint32_t way);
struct amp_road_thing amp_road_thing_of_node(const struct amp_road_tags *tags, uint32_t node);
const char *amp_road_value(const struct amp_road_thing *thing, enum amp_road_key key);
bool amp_word_is(const char *text, const char *word); /* text may be NULL */
bool amp_word_is_yes(const char *text); /* yes, designated, official, permissive, destination */

/* road_access.c: who may go along (dir 0) and against the points. A thing of class -1 is none. */
enum amp_road_access amp_road_access_of(const struct amp_road_thing *thing, uint8_t road_class,
                                        enum amp_road_group group, int dir);
enum amp_access_word {
    AMP_WORD_OPEN = AMP_ACCESS_OPEN,
    AMP_WORD_RESERVED = AMP_ACCESS_RESERVED,
    AMP_WORD_PRIVATE = AMP_ACCESS_PRIVATE,
    AMP_WORD_CLOSED = AMP_ACCESS_CLOSED,
    AMP_WORD_UNSAID = AMP_ACCESS_COUNT
};
/* What a text such as "private;customers" means to a group: the best of its words. */
enum amp_access_word amp_access_words(const char *text, enum amp_road_group group);
/* What the keys of the vehicle itself say, the most special first. */
enum amp_access_word amp_access_special(const struct amp_road_thing *thing,
                                        enum amp_road_group group);
/* Below the values of maxheight and its like, by enum amp_size. */
void amp_road_sizes(const struct amp_road_thing *thing, uint16_t max[AMP_SIZE_COUNT]);

enum {
    AMP_KIND_CONDS = 48 /* of one way; more are read strictly */
};
/* A way as a kind, with its conditions beside it. */
struct amp_road_attr {
    struct amp_road_kind kind;                 /* cond_first and cond_n are the caller's to fill */
    struct amp_road_cond cond[AMP_KIND_CONDS]; /* hour_first counts in hour */
    struct amp_hours_row hour[AMP_HOURS_ROWS * AMP_HOURS_CLAUSES];
    uint16_t cond_n, hour_n;
    uint32_t conditions, conditions_unread; /* clauses */
    double duration_s;                      /* of a ferry's whole way; 0 if not said */
    int8_t layer;
    uint32_t name, ref; /* text numbers or AMP_OSM_ABSENT */
};

/* False when nobody may use the way at all. */
bool amp_road_way_read(const struct amp_road_tags *tags, uint32_t way, struct amp_road_attr *out);
/* road_unread.c: notes in the extract's list of what is left out why a way is no road (attr is
 * NULL), or what is said of a road and was not understood; and of a node of a road. */
void amp_road_way_unread(const struct amp_road_tags *tags, uint32_t way,
                         const struct amp_road_attr *attr);
void amp_road_node_unread(const struct amp_road_tags *tags, uint32_t node);
bool amp_road_barrier_known(const char *word);
/* False when nothing stands on the node that costs time or stops anyone. */
bool amp_road_node_read(const struct amp_road_tags *tags, uint32_t node,
                        struct amp_road_barrier *out);

#endif
