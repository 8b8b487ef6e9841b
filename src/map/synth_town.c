/* The tables of a town under construction, its chance, and its writing as a normal extract. */
#include "map/synth_town.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TABLE_FIRST = 4096,
    TEXT_MAX = 200,
    TAGS_MAX = 32,
    LINKS_MAX = 8
};
#define ARENA_MAX         (SIZE_MAX / 2)
#define METRES_PER_DEGREE 111195.07973436875     /* of the sphere of base/geo.h */
#define COS_OF_LAT        0.93969262078590838405 /* cosine of 20 degrees */

/* Bhaskara's rational sine on half a turn: smooth, within 0.002, and the same on every machine. */
double amp_wave(double turns)
{
    double t = turns - floor(turns);
    double sign = 1;
    if (t >= 0.5) {
        t -= 0.5;
        sign = -1;
    }
    double p = t * (0.5 - t); /* of half turns: 4 p' / (5 - ...) written for turns */
    return sign * 16 * p / (1.25 - 4 * p);
}

void amp_town_init(struct amp_town *town, uint64_t seed, unsigned size)
{
    *town = (struct amp_town){.size = size, .chance = {.state = seed}};
    town->arena = amp_arena_make(ARENA_MAX);
    (void)amp_chance_next(&town->chance);
}

void amp_town_finish(struct amp_town *town)
{
    free(town->node_at);
    free(town->node);
    free(town->way);
    free(town->way_road);
    free(town->rel);
    free(town->tag);
    free(town->ref);
    free(town->link);
    amp_arena_drop(&town->arena);
    *town = (struct amp_town){0};
}

/* Room for n more; NULL and a sticky error if there is none. */
static void *room(struct amp_town *town, void *old, uint32_t *cap, uint64_t need, size_t element)
{
    if (need <= *cap && old) {
        return old;
    }
    uint64_t next = need + need / 2 + TABLE_FIRST;
    void *bigger = next < UINT32_MAX ? realloc(old, (size_t)next * element) : NULL;
    if (!bigger) {
        town->err = next < UINT32_MAX ? AMP_E_NOMEM : AMP_E_LIMIT;
        return NULL;
    }
    *cap = (uint32_t)next;
    return bigger;
}

static void object_open(struct amp_town *town, struct amp_town_object *object, uint32_t part_first,
                        size_t part_n)
{
    *object = (struct amp_town_object){
        .tag_first = town->tag_n, .part_first = part_first, .part_n = (uint32_t)part_n};
    town->open = object;
}

uint32_t amp_town_node(struct amp_town *town, struct amp_xy at)
{
    uint64_t need = (uint64_t)town->node_n + 1;
    struct amp_town_object *node = room(town, town->node, &town->node_cap, need, sizeof *node);
    town->node = node ? node : town->node;
    struct amp_xy *xy = room(town, town->node_at, &town->node_at_cap, need, sizeof *xy);
    town->node_at = xy ? xy : town->node_at;
    if (town->err) {
        return 0;
    }
    xy[town->node_n] = at;
    object_open(town, &node[town->node_n], 0, 0);
    return town->node_n++;
}

uint32_t amp_town_way(struct amp_town *town, enum amp_road_way road, const uint32_t *ref, size_t n)
{
    uint64_t need = (uint64_t)town->way_n + 1;
    struct amp_town_object *way = room(town, town->way, &town->way_cap, need, sizeof *way);
    town->way = way ? way : town->way;
    uint8_t *kind = room(town, town->way_road, &town->way_road_cap, need, sizeof *kind);
    town->way_road = kind ? kind : town->way_road;
    uint32_t *refs = room(town, town->ref, &town->ref_cap, town->ref_n + n, sizeof *refs);
    town->ref = refs ? refs : town->ref;
    if (town->err) {
        return 0;
    }
    memcpy(refs + town->ref_n, ref, n * sizeof *ref);
    object_open(town, &way[town->way_n], town->ref_n, n);
    kind[town->way_n] = (uint8_t)road;
    town->ref_n += (uint32_t)n;
    return town->way_n++;
}

uint32_t amp_town_relation(struct amp_town *town, const struct amp_osm_link *link, size_t n)
{
    struct amp_town_object *rel =
        room(town, town->rel, &town->rel_cap, (uint64_t)town->rel_n + 1, sizeof *rel);
    town->rel = rel ? rel : town->rel;
    struct amp_osm_link *links =
        room(town, town->link, &town->link_cap, town->link_n + n, sizeof *links);
    town->link = links ? links : town->link;
    if (town->err) {
        return 0;
    }
    memcpy(links + town->link_n, link, n * sizeof *link);
    object_open(town, &rel[town->rel_n], town->link_n, n);
    town->link_n += (uint32_t)n;
    return town->rel_n++;
}

void amp_town_tag(struct amp_town *town, const char *key, const char *value)
{
    struct amp_osm_pair *tag =
        room(town, town->tag, &town->tag_cap, (uint64_t)town->tag_n + 1, sizeof *tag);
    town->tag = tag ? tag : town->tag;
    if (town->err || !value) {
        return;
    }
    assert(town->open && town->open->tag_first + town->open->tag_n == town->tag_n);
    assert(town->open->tag_n < TAGS_MAX);
    tag[town->tag_n++] = (struct amp_osm_pair){.key = key, .value = value};
    town->open->tag_n++;
}

uint32_t amp_town_area(struct amp_town *town, const struct amp_xy *corner, size_t n)
{
    uint32_t ref[AMP_TOWN_WAY_NODES];
    assert(n >= 3 && n < AMP_TOWN_WAY_NODES);
    for (size_t i = 0; i < n; i++) {
        ref[i] = amp_town_node(town, corner[i]);
    }
    ref[n] = ref[0];
    return amp_town_way(town, AMP_WAY_NO_ROAD, ref, n + 1);
}

const char *amp_town_text(struct amp_town *town, const char *fmt, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    assert(len >= 0 && len < TEXT_MAX);
    const char *copy =
        amp_arena_text(&town->arena, (struct amp_str){.ptr = text, .len = (size_t)len});
    if (!copy) {
        town->err = AMP_E_NOMEM;
        return "";
    }
    return copy;
}

/* Mark what can be reached from root; backward follows the streets against their direction. The
 * rounds alternate the sweep over the ways, and end when one changes nothing. */
static void reach_mark(const struct amp_town *town, uint32_t root, bool backward, uint8_t *reached)
{
    memset(reached, 0, town->node_n);
    reached[root] = 1;
    bool changed = true;
    for (unsigned round = 0; changed; round++) {
        changed = false;
        for (uint32_t k = 0; k < town->way_n; k++) {
            uint32_t w = round & 1 ? town->way_n - 1 - k : k;
            if (town->way_road[w] == AMP_WAY_NO_ROAD) {
                continue;
            }
            const uint32_t *ref = town->ref + town->way[w].part_first;
            uint32_t n = town->way[w].part_n;
            bool both = town->way_road[w] == AMP_WAY_TWO_WAY;
            for (uint32_t i = 1; i < n && (both || !backward); i++) {
                changed |= reached[ref[i - 1]] && !reached[ref[i]];
                reached[ref[i]] |= reached[ref[i - 1]];
            }
            for (uint32_t i = n - 1; i > 0 && (both || backward); i--) {
                changed |= reached[ref[i]] && !reached[ref[i - 1]];
                reached[ref[i - 1]] |= reached[ref[i]];
            }
        }
    }
}

void amp_town_connect(struct amp_town *town, uint32_t root_node)
{
    if (town->err) {
        return;
    }
    uint8_t *from = malloc(town->node_n);
    uint8_t *to = malloc(town->node_n);
    bool changed = from && to;
    town->err = changed ? AMP_OK : AMP_E_NOMEM;
    while (changed) {
        changed = false;
        reach_mark(town, root_node, false, from);
        reach_mark(town, root_node, true, to);
        for (uint32_t w = 0; w < town->way_n; w++) {
            const struct amp_town_object *way = &town->way[w];
            bool open = town->way_road[w] == AMP_WAY_ONE_WAY;
            bool fine = true;
            for (uint32_t i = 0; open && i < way->part_n; i++) {
                uint32_t node = town->ref[way->part_first + i];
                fine = fine && from[node] && to[node];
            }
            if (!fine) {
                town->way_road[w] = AMP_WAY_TWO_WAY;
                changed = true;
            }
        }
    }
    free(from);
    free(to);
}

static struct amp_pos pos_of(struct amp_xy at)
{
    double lat = AMP_TOWN_LAT + at.y / METRES_PER_DEGREE;
    double lon = AMP_TOWN_LON + at.x / (METRES_PER_DEGREE * COS_OF_LAT);
    return (struct amp_pos){.lat_e7 = (int32_t)floor(lat * 1e7 + 0.5),
                            .lon_e7 = (int32_t)floor(lon * 1e7 + 0.5)};
}

static struct amp_box box_of(const struct amp_town *town)
{
    struct amp_pos first = pos_of(town->node_at[0]);
    struct amp_box box = {first.lat_e7, first.lon_e7, first.lat_e7, first.lon_e7};
    for (uint32_t i = 1; i < town->node_n; i++) {
        struct amp_pos pos = pos_of(town->node_at[i]);
        box.south_e7 = pos.lat_e7 < box.south_e7 ? pos.lat_e7 : box.south_e7;
        box.north_e7 = pos.lat_e7 > box.north_e7 ? pos.lat_e7 : box.north_e7;
        box.west_e7 = pos.lon_e7 < box.west_e7 ? pos.lon_e7 : box.west_e7;
        box.east_e7 = pos.lon_e7 > box.east_e7 ? pos.lon_e7 : box.east_e7;
    }
    return box;
}

static void way_write(const struct amp_town *town, uint32_t number, struct amp_osm_writer *writer)
{
    const struct amp_town_object *way = &town->way[number];
    int64_t ref[AMP_TOWN_WAY_NODES + 1];
    struct amp_osm_pair tag[TAGS_MAX + 1];
    assert(way->part_n <= AMP_TOWN_WAY_NODES);
    for (uint32_t i = 0; i < way->part_n; i++) {
        ref[i] = (int64_t)town->ref[way->part_first + i] + 1;
    }
    uint32_t tag_n = way->tag_n;
    memcpy(tag, town->tag + way->tag_first, tag_n * sizeof *tag);
    if (town->way_road[number] == AMP_WAY_ONE_WAY) {
        tag[tag_n++] = (struct amp_osm_pair){"oneway", "yes"};
    }
    amp_osm_writer_way(writer, (int64_t)number + 1, ref, way->part_n, tag, tag_n);
}

static void relation_write(const struct amp_town *town, uint32_t number,
                           struct amp_osm_writer *writer)
{
    const struct amp_town_object *rel = &town->rel[number];
    struct amp_osm_link link[LINKS_MAX];
    assert(rel->part_n <= LINKS_MAX);
    for (uint32_t i = 0; i < rel->part_n; i++) {
        link[i] = town->link[rel->part_first + i];
        link[i].id++;
    }
    amp_osm_writer_relation(writer, (int64_t)number + 1, link, rel->part_n,
                            town->tag + rel->tag_first, rel->tag_n);
}

amp_err amp_town_write(struct amp_town *town, const char *path, const struct amp_progress *progress,
                       struct amp_why *why)
{
    if (town->err) {
        return amp_fail(why, town->err, "the town does not fit: %s", amp_err_words(town->err));
    }
    struct amp_osm_writer *writer = NULL;
    amp_err err = amp_osm_writer_create(path, box_of(town), &writer, why);
    if (err) {
        return err;
    }
    for (uint32_t i = 0; i < town->node_n; i++) {
        const struct amp_town_object *node = &town->node[i];
        amp_osm_writer_node(writer, (int64_t)i + 1, pos_of(town->node_at[i]),
                            town->tag + node->tag_first, node->tag_n);
        if (progress && i % (1 << 18) == 0) {
            progress->tell(progress->ctx, "writing", i, town->node_n);
        }
    }
    for (uint32_t i = 0; i < town->way_n; i++) {
        way_write(town, i, writer);
    }
    for (uint32_t i = 0; i < town->rel_n; i++) {
        relation_write(town, i, writer);
    }
    err = amp_osm_writer_commit(writer, why);
    amp_osm_writer_abandon(writer);
    return err;
}
