/* A way of the extract as a kind of road: class, limits, ground, and what changes with the hour. */
#include "map/road_tags.h"
#include "map/road_values.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    LAYER_MAX = 20,
    SIZE_UNITS = UINT16_MAX
};

static const char *val(const struct amp_road_thing *thing, enum amp_road_key key)
{
    return amp_road_value(thing, key);
}

static int class_of(const struct amp_road_thing *thing)
{
    const char *highway = val(thing, AMP_KEY_HIGHWAY);
    uint8_t count = amp_road_class_count();
    for (uint8_t i = 0; highway != NULL && i < count; i++) {
        if (!amp_road_class_is_ferry(i) && strcmp(amp_road_class_name(i), highway) == 0) {
            return i;
        }
    }
    return amp_word_is(val(thing, AMP_KEY_ROUTE), "ferry") ? count - 1 : -1;
}

/* ---- sizes ---- */

static void size_least(uint16_t *max, double value)
{
    if (value > 0 && value < SIZE_UNITS && (*max == 0 || value < *max)) {
        *max = value < 1 ? 1 : (uint16_t)lround(value);
    }
}

void amp_road_sizes(const struct amp_road_thing *thing, uint16_t max[AMP_SIZE_COUNT])
{
    static const struct {
        enum amp_road_key key;
        enum amp_size size;
    } row[] = {
        {AMP_KEY_MAXHEIGHT, AMP_SIZE_HEIGHT},       {AMP_KEY_MAXHEIGHT_PHYSICAL, AMP_SIZE_HEIGHT},
        {AMP_KEY_MAXWIDTH, AMP_SIZE_WIDTH},         {AMP_KEY_MAXWIDTH_PHYSICAL, AMP_SIZE_WIDTH},
        {AMP_KEY_MAXLENGTH, AMP_SIZE_LENGTH},       {AMP_KEY_MAXWEIGHT, AMP_SIZE_WEIGHT},
        {AMP_KEY_MAXWEIGHTRATING, AMP_SIZE_WEIGHT}, {AMP_KEY_MAXAXLELOAD, AMP_SIZE_AXLE},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        const char *text = val(thing, row[i].key);
        if (text != NULL) {
            bool mass = row[i].size >= AMP_SIZE_WEIGHT;
            size_least(&max[row[i].size], mass ? amp_weight_kg(text) / 10 : amp_length_cm(text));
        }
    }
}

/* ---- speed ---- */

/* The limit in one direction in tenths of km/h; 0 when there is none. */
static uint16_t limit_of(const struct amp_road_thing *thing, int dir)
{
    static const enum amp_road_key general[] = {AMP_KEY_MAXSPEED, AMP_KEY_MAXSPEED_TYPE,
                                                AMP_KEY_MAXSPEED_SOURCE, AMP_KEY_ZONE_MAXSPEED};
    double limit = amp_maxspeed_kmh(
        val(thing, dir == 0 ? AMP_KEY_MAXSPEED_FORWARD : AMP_KEY_MAXSPEED_BACKWARD));
    for (size_t i = 0; limit <= 0 && i < sizeof(general) / sizeof(general[0]); i++) {
        limit = amp_maxspeed_kmh(val(thing, general[i]));
    }
    return (uint16_t)lround(limit * 10);
}

/* ---- ground ---- */

static uint8_t word_at(const char *text, const char *(*name)(uint8_t), uint8_t count)
{
    for (uint8_t i = 1; text != NULL && i < count; i++) {
        if (strcmp(name(i), text) == 0) {
            return i;
        }
    }
    return 0;
}

static bool is_set(const struct amp_road_thing *thing, enum amp_road_key key)
{
    const char *text = val(thing, key);
    return text != NULL && strcmp(text, "no") != 0;
}

static uint16_t flags_of(const struct amp_road_thing *thing)
{
    const char *junction = val(thing, AMP_KEY_JUNCTION);
    const char *side = val(thing, AMP_KEY_DRIVING_SIDE);
    const char *seasonal = val(thing, AMP_KEY_SEASONAL);
    const struct {
        bool set;
        enum amp_road_flag flag;
    } row[] = {
        {amp_word_is(junction, "roundabout"), AMP_ROAD_ROUNDABOUT},
        {is_set(thing, AMP_KEY_BRIDGE), AMP_ROAD_BRIDGE},
        {is_set(thing, AMP_KEY_TUNNEL), AMP_ROAD_TUNNEL},
        {is_set(thing, AMP_KEY_FORD), AMP_ROAD_FORD},
        {seasonal != NULL && strcmp(seasonal, "no") != 0, AMP_ROAD_SEASONAL},
        {is_set(thing, AMP_KEY_WINTER_ROAD) || is_set(thing, AMP_KEY_ICE_ROAD) ||
             is_set(thing, AMP_KEY_FLOOD_PRONE),
         AMP_ROAD_SEASONAL},
        {amp_word_is(val(thing, AMP_KEY_ONLY_4WD), "yes"), AMP_ROAD_4WD},
        {amp_word_is(side, "left"), AMP_ROAD_LEFT},
        {amp_word_is(side, "right"), AMP_ROAD_RIGHT},
        {amp_word_is(val(thing, AMP_KEY_LOCKED), "yes"), AMP_ROAD_LOCKED},
    };
    unsigned flags = 0;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        flags |= row[i].set ? (unsigned)row[i].flag : 0;
    }
    return (uint16_t)flags;
}

static void ground_read(const struct amp_road_thing *thing, struct amp_road_kind *kind)
{
    const char *track = val(thing, AMP_KEY_TRACKTYPE);
    kind->surface = word_at(val(thing, AMP_KEY_SURFACE), amp_surface_name, amp_surface_count());
    kind->smoothness =
        word_at(val(thing, AMP_KEY_SMOOTHNESS), amp_smoothness_name, amp_smoothness_count());
    if (track != NULL && strncmp(track, "grade", 5) == 0 && track[5] >= '1' && track[5] <= '5' &&
        track[6] == '\0') {
        kind->tracktype = (uint8_t)(track[5] - '0');
    }
    kind->flags = flags_of(thing);
    double width = amp_length_cm(val(thing, AMP_KEY_WIDTH));
    kind->wide_cm = 0;
    size_least(&kind->wide_cm, width);
    size_least(&kind->wide_cm, kind->max[AMP_SIZE_WIDTH]);
}

/* ---- who may ---- */

static bool impassable(const struct amp_road_thing *thing)
{
    return amp_word_is(val(thing, AMP_KEY_IMPASSABLE), "yes") ||
           amp_word_is(val(thing, AMP_KEY_SMOOTHNESS), "impassable") ||
           amp_word_is(val(thing, AMP_KEY_FORD), "stepping_stones");
}

static void access_read(const struct amp_road_thing *thing, uint8_t road_class,
                        uint8_t out[AMP_GROUP_COUNT][2])
{
    bool none = impassable(thing);
    for (int group = 0; group < AMP_GROUP_COUNT; group++) {
        for (int dir = 0; dir < 2; dir++) {
            bool shut = none && group != AMP_GROUP_FOOT;
            out[group][dir] = (uint8_t)(shut ? AMP_ACCESS_CLOSED
                                             : amp_road_access_of(thing, road_class,
                                                                  (enum amp_road_group)group, dir));
        }
    }
    if (is_set(thing, AMP_KEY_ONLY_4WD) && !none) { /* no ordinary car, whatever may be legal */
        out[AMP_GROUP_CAR][0] = out[AMP_GROUP_CAR][1] = AMP_ACCESS_CLOSED;
    }
}

/* ---- what changes with the hour ---- */

struct cond_key {
    enum amp_road_key key, plain;
};
static const struct cond_key cond_table[] = {
    /* from the general to the special: the last wins */
    {AMP_KEY_ACCESS_COND, AMP_KEY_ACCESS},
    {AMP_KEY_VEHICLE_COND, AMP_KEY_VEHICLE},
    {AMP_KEY_MOTOR_VEHICLE_COND, AMP_KEY_MOTOR_VEHICLE},
    {AMP_KEY_MOTORCAR_COND, AMP_KEY_MOTORCAR},
    {AMP_KEY_MOTORCYCLE_COND, AMP_KEY_MOTORCYCLE},
    {AMP_KEY_EMERGENCY_COND, AMP_KEY_EMERGENCY},
    {AMP_KEY_FOOT_COND, AMP_KEY_FOOT},
    {AMP_KEY_ONEWAY_COND, AMP_KEY_ONEWAY},
    {AMP_KEY_ACCESS_FORWARD_COND, AMP_KEY_ACCESS_FORWARD},
    {AMP_KEY_ACCESS_BACKWARD_COND, AMP_KEY_ACCESS_BACKWARD},
    {AMP_KEY_VEHICLE_FORWARD_COND, AMP_KEY_VEHICLE_FORWARD},
    {AMP_KEY_VEHICLE_BACKWARD_COND, AMP_KEY_VEHICLE_BACKWARD},
    {AMP_KEY_MOTOR_FORWARD_COND, AMP_KEY_MOTOR_FORWARD},
    {AMP_KEY_MOTOR_BACKWARD_COND, AMP_KEY_MOTOR_BACKWARD},
    {AMP_KEY_MAXSPEED_COND, AMP_KEY_MAXSPEED},
    {AMP_KEY_MAXSPEED_FORWARD_COND, AMP_KEY_MAXSPEED_FORWARD},
    {AMP_KEY_MAXSPEED_BACKWARD_COND, AMP_KEY_MAXSPEED_BACKWARD},
};

enum {
    CLAUSE_CONDS = 2 * AMP_GROUP_COUNT + 2 /* that one clause may come to */
};

static void cond_put(struct amp_road_attr *attr, const struct amp_road_cond *cond)
{
    assert(attr->cond_n < AMP_KIND_CONDS);
    attr->cond[attr->cond_n++] = *cond;
}

/* Without room for its conditions the clause holds always, where it is the stricter. */
static void clause_harden(const struct amp_road_thing *held, struct amp_road_kind *kind)
{
    uint8_t access[AMP_GROUP_COUNT][2];
    access_read(held, kind->road_class, access);
    for (int i = 0; i < 2 * AMP_GROUP_COUNT; i++) {
        uint8_t *now = &kind->access[i / 2][i % 2];
        *now = access[i / 2][i % 2] > *now ? access[i / 2][i % 2] : *now;
    }
    for (int dir = 0; dir < 2; dir++) {
        uint16_t limit = limit_of(held, dir), *now = &kind->limit_kmh10[dir];
        *now = limit > 0 && (*now == 0 || limit < *now) ? limit : *now;
    }
}

/* What the way is when the clause holds, as far as that differs from what it is without. */
static void clause_put(const struct amp_road_thing *held, struct amp_road_attr *attr,
                       struct amp_road_cond cond)
{
    const struct amp_road_kind *kind = &attr->kind;
    uint8_t access[AMP_GROUP_COUNT][2];
    access_read(held, kind->road_class, access);
    for (int word = 0; word < AMP_ACCESS_COUNT; word++) {
        cond.what = AMP_COND_ACCESS;
        cond.access = (uint8_t)word;
        cond.mask = 0;
        for (int i = 0; i < 2 * AMP_GROUP_COUNT; i++) {
            bool changed = access[i / 2][i % 2] != kind->access[i / 2][i % 2];
            bool this = access[i / 2][i % 2] == word;
            cond.mask |= changed && this ? (uint8_t)(1 << i) : 0;
        }
        if (cond.mask != 0) {
            cond_put(attr, &cond);
        }
    }
    for (int dir = 0; dir < 2; dir++) {
        uint16_t limit = limit_of(held, dir);
        if (limit != kind->limit_kmh10[dir]) {
            cond.what = AMP_COND_SPEED;
            cond.access = 0;
            cond.mask = (uint8_t)(1 << dir);
            cond.kmh10 = limit;
            cond_put(attr, &cond);
        }
    }
}

/* ---- what binds the large only ---- */

enum {
    HGV_10KG = 350 /* a lorry weighs more (Vienna Convention, class C: over 3.5 t) */
};

/* The hours of a clause into the attributes, and how many conditions may follow; false without
 * room. */
static bool hours_put(struct amp_road_attr *attr, const struct amp_condition *condition,
                      struct amp_road_cond *cond)
{
    size_t room = sizeof(attr->hour) / sizeof(attr->hour[0]) - attr->hour_n;
    if (condition->row_n > room) {
        return false;
    }
    cond->hour_first = attr->hour_n;
    cond->hour_n = condition->row_n;
    memcpy(attr->hour + attr->hour_n, condition->row, condition->row_n * sizeof(condition->row[0]));
    attr->hour_n = (uint16_t)(attr->hour_n + condition->row_n);
    return true;
}

/* Lorries may not: an engine on duty passes such a sign like one against motor vehicles, at a cost
 * and told; what is worse already stays so. */
static void lorries_put(struct amp_road_attr *attr, const char *word, struct amp_road_cond cond)
{
    for (int access = AMP_ACCESS_RESERVED; access < AMP_ACCESS_COUNT; access++) {
        cond.what = AMP_COND_ACCESS;
        cond.access = (uint8_t)access;
        cond.mask = 0;
        for (int i = 0; i < 2 * AMP_GROUP_FOOT; i++) {
            enum amp_access_word then = amp_access_words(word, (enum amp_road_group)(i / 2));
            if (then == AMP_WORD_CLOSED && i / 2 != AMP_GROUP_CAR) {
                then = AMP_WORD_RESERVED;
            }
            if ((int)then == access && attr->kind.access[i / 2][i % 2] < access) {
                cond.mask |= (uint8_t)(1 << i);
            }
        }
        if (cond.mask != 0 && attr->cond_n < AMP_KIND_CONDS) {
            cond_put(attr, &cond);
        }
    }
}

static void lorries_read(const struct amp_road_thing *thing, struct amp_road_attr *attr)
{
    struct amp_road_cond cond = {.understood = 1, .test = {AMP_SIZE_WEIGHT, AMP_MORE, HGV_10KG}};
    struct amp_clause clause[AMP_HOURS_CLAUSES];
    lorries_put(attr, val(thing, AMP_KEY_HGV), cond);
    size_t n = amp_clauses_read(val(thing, AMP_KEY_HGV_COND), clause);
    for (size_t i = 0; i < n; i++) {
        char word[32];
        const struct amp_condition *condition = &clause[i].condition;
        struct amp_road_cond at_times = cond;
        /* a test of its own, as weight>7.5, stands for what a lorry is; else it holds always */
        bool good = condition->understood && hours_put(attr, condition, &at_times);
        if (good && condition->test.size != AMP_SIZE_NONE) {
            at_times.test = condition->test;
        }
        attr->conditions += good ? 1 : 0;
        attr->conditions_unread += good ? 0 : 1;
        if (amp_str_copy(word, sizeof(word), clause[i].value) == AMP_OK) {
            lorries_put(attr, word, at_times);
        }
    }
}

/* `maxweight:conditional=7.5 @ (22:00-06:00)`: shut to what is larger, then; at any time where the
 * condition is not understood or compares another size. Values that only relax say nothing. */
static void size_clause_put(struct amp_road_attr *attr, const struct amp_clause *clause,
                            enum amp_size size)
{
    uint16_t max = 0;
    char text[32];
    const struct amp_condition *condition = &clause->condition;
    struct amp_road_cond cond = {.what = AMP_COND_ACCESS,
                                 .access = AMP_ACCESS_CLOSED,
                                 .understood = 1,
                                 .mask = (1 << 2 * AMP_GROUP_FOOT) - 1};
    if (amp_str_copy(text, sizeof(text), clause->value) != AMP_OK) {
        return;
    }
    size_least(&max, size >= AMP_SIZE_WEIGHT ? amp_weight_kg(text) / 10 : amp_length_cm(text));
    if (max == 0 || (attr->kind.max[size] > 0 && attr->kind.max[size] <= max)) {
        return;
    }
    bool good = condition->understood && condition->test.size == AMP_SIZE_NONE &&
                attr->cond_n < AMP_KIND_CONDS && hours_put(attr, condition, &cond);
    attr->conditions += good ? 1 : 0;
    attr->conditions_unread += good ? 0 : 1;
    if (attr->cond_n == AMP_KIND_CONDS) {
        attr->kind.max[size] = max;
        return;
    }
    cond.test = (struct amp_size_test){(uint8_t)size, AMP_MORE, max};
    cond_put(attr, &cond);
}

static void size_conditions_read(const struct amp_road_thing *thing, struct amp_road_attr *attr)
{
    static const struct {
        enum amp_road_key key;
        enum amp_size size;
    } row[] = {
        {AMP_KEY_MAXHEIGHT_COND, AMP_SIZE_HEIGHT},       {AMP_KEY_MAXWIDTH_COND, AMP_SIZE_WIDTH},
        {AMP_KEY_MAXLENGTH_COND, AMP_SIZE_LENGTH},       {AMP_KEY_MAXWEIGHT_COND, AMP_SIZE_WEIGHT},
        {AMP_KEY_MAXWEIGHTRATING_COND, AMP_SIZE_WEIGHT}, {AMP_KEY_MAXAXLELOAD_COND, AMP_SIZE_AXLE},
    };
    struct amp_clause clause[AMP_HOURS_CLAUSES];
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        size_t n = amp_clauses_read(val(thing, row[i].key), clause);
        for (size_t k = 0; k < n; k++) {
            size_clause_put(attr, &clause[k], row[i].size);
        }
    }
}

static void conditions_read(const struct amp_road_thing *thing, struct amp_road_attr *attr)
{
    for (size_t i = 0; i < sizeof(cond_table) / sizeof(cond_table[0]); i++) {
        const char *text = val(thing, cond_table[i].key);
        if (text == NULL) {
            continue;
        }
        struct amp_clause clause[AMP_HOURS_CLAUSES];
        size_t n = amp_clauses_read(text, clause);
        for (size_t k = 0; k < n; k++) {
            char value[64];
            const struct amp_condition *condition = &clause[k].condition;
            struct amp_road_cond cond = {.understood = 0};
            bool fits = attr->cond_n + CLAUSE_CONDS <= AMP_KIND_CONDS;
            bool good = condition->understood && fits && hours_put(attr, condition, &cond);
            attr->conditions += good ? 1 : 0;
            attr->conditions_unread += good ? 0 : 1;
            if (amp_str_copy(value, sizeof(value), clause[k].value) != AMP_OK) {
                continue;
            }
            struct amp_road_thing held = *thing;
            held.replaced = cond_table[i].plain;
            held.value = value;
            if (!fits) {
                clause_harden(&held, &attr->kind);
                continue;
            }
            if (good) {
                cond.understood = 1;
                cond.test = condition->test;
            }
            clause_put(&held, attr, cond);
        }
    }
}

/* ---- the whole ---- */

static int8_t layer_of(const struct amp_road_thing *thing)
{
    int64_t layer = 0;
    if (amp_str_i64(amp_str_of(val(thing, AMP_KEY_LAYER)), &layer) != AMP_OK) {
        return is_set(thing, AMP_KEY_BRIDGE) ? 1 : is_set(thing, AMP_KEY_TUNNEL) ? -1 : 0;
    }
    return layer < -LAYER_MAX ? -LAYER_MAX : layer > LAYER_MAX ? LAYER_MAX : (int8_t)layer;
}

static uint32_t text_of(const struct amp_road_thing *thing, enum amp_road_key key)
{
    const struct amp_osm *osm = thing->tags->osm;
    for (uint32_t i = thing->first; i < thing->end; i++) {
        if (osm->tag[i].key == thing->tags->key[key]) {
            return osm->tag[i].value;
        }
    }
    return AMP_OSM_ABSENT;
}

static bool anyone_may(const struct amp_road_attr *attr)
{
    for (int i = 0; i < 2 * AMP_GROUP_COUNT; i++) {
        if (attr->kind.access[i / 2][i % 2] != AMP_ACCESS_CLOSED) {
            return true;
        }
    }
    for (size_t i = 0; i < attr->cond_n; i++) {
        if (attr->cond[i].what == AMP_COND_ACCESS && attr->cond[i].access != AMP_ACCESS_CLOSED) {
            return true;
        }
    }
    return false;
}

bool amp_road_way_read(const struct amp_road_tags *tags, uint32_t way, struct amp_road_attr *out)
{
    struct amp_road_thing thing = amp_road_thing_of_way(tags, way);
    int class = class_of(&thing);
    if (class < 0) {
        return false;
    }
    struct amp_road_kind *kind = &out->kind;
    memset(kind, 0, sizeof(*kind)); /* kinds are compared as bytes */
    out->cond_n = out->hour_n = 0;
    out->conditions = out->conditions_unread = 0;
    kind->road_class = (uint8_t) class;
    amp_road_sizes(&thing, kind->max);
    ground_read(&thing, kind);
    access_read(&thing, kind->road_class, kind->access);
    kind->limit_kmh10[0] = limit_of(&thing, 0);
    kind->limit_kmh10[1] = limit_of(&thing, 1);
    out->layer = layer_of(&thing);
    out->duration_s = amp_road_class_is_ferry(kind->road_class)
                          ? amp_duration_s(val(&thing, AMP_KEY_DURATION))
                          : 0;
    out->name = text_of(&thing, AMP_KEY_NAME);
    out->ref = text_of(&thing, AMP_KEY_REF);
    lorries_read(&thing, out); /* first: what the hour shuts or opens is said after it */
    conditions_read(&thing, out);
    size_conditions_read(&thing, out); /* last: no word opens what is too low */
    return anyone_may(out);
}
