/*
 * On which side one drives where an extract lies.
 *
 * The roundabouts say it: they are drawn the way they are driven, so clockwise means left. A
 * driving_side tag, on a road or on an area of the extract, outweighs several of them; the side of
 * one road is its own tag alone. Where there is neither, the part of the world does;
 * its boxes are coarse and decide nothing else. Sources: OSM wiki Tag:junction=roundabout,
 * Key:driving_side.
 */
#include "map/draft.h"

#include <string.h>

enum {
    TAG_VOTES = 5 /* of a tag, in roundabouts */
};

struct side_box { /* degrees */
    double south, west, north, east;
};
static const struct side_box left_table[] = {
    {49.8, -11, 61, 2}, {34.5, 32, 35.8, 34.7},   {35.7, 14, 36.2, 14.7},
    {5, 68, 28, 92},    {24, 123, 46, 146},       {-48, 112, -10, 180},
    {-25, 160, 5, 180}, {-25, -180, -8, -157},    {-11, 95, 7, 141},
    {7, 97, 20, 102},   {-35, 11, -17.5, 25},     {-35, 25, 4.5, 42},
    {-21, 55, -3, 64},  {17.5, -78.5, 18.7, -76}, {20.8, -79.5, 27.5, -72.7},
    {10, -62, 15, -59}, {1, -61.4, 8.6, -54},     {22.1, 113.5, 22.6, 114.5},
};

static bool in_left_part(struct amp_pos pos)
{
    double lat = amp_lat_deg(pos), lon = amp_lon_deg(pos);
    for (size_t i = 0; i < sizeof(left_table) / sizeof(left_table[0]); i++) {
        const struct side_box *box = &left_table[i];
        if (lat >= box->south && lat <= box->north && lon >= box->west && lon <= box->east) {
            return true;
        }
    }
    return false;
}

/* Positive when a closed way is drawn against the clock. */
static double turning(const struct amp_osm *osm, uint32_t way)
{
    uint32_t first = osm->way_ref_first[way], end = osm->way_ref_first[way + 1];
    struct amp_pos origin = osm->node_pos[osm->way_ref[first]];
    double twice = 0;
    for (uint32_t r = first; r + 1 < end; r++) {
        struct amp_pos a = osm->node_pos[osm->way_ref[r]], b = osm->node_pos[osm->way_ref[r + 1]];
        double ax = amp_lon_delta_e7(origin.lon_e7, a.lon_e7);
        double bx = amp_lon_delta_e7(origin.lon_e7, b.lon_e7);
        double ay = (double)a.lat_e7 - origin.lat_e7, by = (double)b.lat_e7 - origin.lat_e7;
        twice += ax * by - bx * ay;
    }
    return twice;
}

static int votes_of(const struct amp_road_draft *draft, uint32_t way)
{
    const struct amp_osm *osm = draft->osm;
    struct amp_road_thing thing = amp_road_thing_of_way(&draft->tags, way);
    uint32_t first = osm->way_ref_first[way], last = osm->way_ref_first[way + 1] - 1;
    const char *side = amp_road_value(&thing, AMP_KEY_DRIVING_SIDE);
    int votes = amp_word_is(side, "left") ? TAG_VOTES : amp_word_is(side, "right") ? -TAG_VOTES : 0;
    bool round = amp_word_is(amp_road_value(&thing, AMP_KEY_JUNCTION), "roundabout") &&
                 osm->way_ref[first] == osm->way_ref[last];
    if (!round) {
        return votes;
    }
    bool reversed = amp_word_is(amp_road_value(&thing, AMP_KEY_ONEWAY), "-1");
    return votes + ((turning(osm, way) > 0) == reversed ? 1 : -1);
}

/* Countries and the like have it on their relation. */
static int votes_of_area(const struct amp_road_draft *draft, uint32_t rel)
{
    uint32_t key = draft->tags.key[AMP_KEY_DRIVING_SIDE];
    const char *side = key == AMP_OSM_ABSENT ? NULL : amp_osm_rel_value(draft->osm, rel, key);
    return amp_word_is(side, "left") ? TAG_VOTES : amp_word_is(side, "right") ? -TAG_VOTES : 0;
}

void amp_draft_side(struct amp_road_draft *draft)
{
    int64_t votes = 0;
    for (uint32_t rel = 0; rel < draft->osm->rel_n; rel++) {
        votes += votes_of_area(draft, rel);
    }
    for (uint32_t way = 0; way < draft->osm->way_n; way++) {
        votes += draft->road_of[way] == AMP_ROAD_NONE ? 0 : votes_of(draft, way);
    }
    if (votes == 0 && draft->vertex_n > 0) {
        votes = in_left_part(draft->vertex_pos[0]) ? 1 : -1;
    }
    draft->meta.left_hand = votes > 0;
}
