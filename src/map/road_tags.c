/* The keys of an extract and the values of one thing. */
#include "map/road_tags.h"

#include <string.h>

static const char *const key_text[AMP_ROAD_KEYS] = {
#define X(name, key) key,
    AMP_ROAD_KEY_TABLE(X)
#undef X
};

struct amp_road_tags amp_road_tags_of(const struct amp_osm *osm)
{
    struct amp_road_tags tags = {.osm = osm};
    for (int i = 0; i < AMP_ROAD_KEYS; i++) {
        tags.key[i] = amp_osm_find_text(osm, key_text[i]);
    }
    return tags;
}

struct amp_road_thing amp_road_thing_of_way(const struct amp_road_tags *tags, uint32_t way)
{
    const struct amp_osm *osm = tags->osm;
    return (struct amp_road_thing){tags, osm->way_tag_first[way], osm->way_tag_first[way + 1],
                                   AMP_ROAD_KEYS, NULL};
}

struct amp_road_thing amp_road_thing_of_node(const struct amp_road_tags *tags, uint32_t node)
{
    struct amp_osm_span span = amp_osm_node_tags(tags->osm, node);
    return (struct amp_road_thing){tags, span.first, span.end, AMP_ROAD_KEYS, NULL};
}

const char *amp_road_value(const struct amp_road_thing *thing, enum amp_road_key key)
{
    if (key == thing->replaced) {
        return thing->value;
    }
    uint32_t number = thing->tags->key[key];
    return number == AMP_OSM_ABSENT
               ? NULL
               : amp_osm_value(thing->tags->osm, thing->first, thing->end, number);
}

bool amp_word_is(const char *text, const char *word)
{
    return text != NULL && strcmp(text, word) == 0;
}

bool amp_word_is_yes(const char *text)
{
    return amp_word_is(text, "yes") || amp_word_is(text, "designated") ||
           amp_word_is(text, "official") || amp_word_is(text, "permissive") ||
           amp_word_is(text, "destination");
}
