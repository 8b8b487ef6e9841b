/* Stations, hospitals and crews for a made-up day, found on the map. */
#include "exercise/sim.h"

#include <stdio.h>
#include <string.h>

enum {
    TOWN_ARENA = 16 << 20,
    ROAD_TRIES = 4000,
    STREET_TRIES = 100,
    MADE_UP = 2 /* stations of each sort that a town has at least */
};

/* What a station sends, in the order in which crews are added to it. */
static const struct {
    const char *letter, *kind;
    const char *capability[4];
    bool fire;
    int crew;
} crew_rows[] = {
    {"M", "ambulance", {"als", "bls", NULL, NULL}, false, 3},
    {"E", "fire-engine", {"fire-engine", "bls", NULL, NULL}, true, 5},
    {"B", "ambulance", {"bls", NULL, NULL, NULL}, false, 2},
    {"R", "rescue", {"rescue", "bls", NULL, NULL}, true, 4},
    {"A", "ambulance", {"bls", NULL, NULL, NULL}, false, 2},
    {"L", "ladder", {"ladder", NULL, NULL, NULL}, true, 3},
    {"C", "command", {"command", NULL, NULL, NULL}, true, 1},
    {"T", "water-tanker", {"water-tanker", NULL, NULL, NULL}, true, 2},
};

enum {
    CREW_ROWS = sizeof(crew_rows) / sizeof(crew_rows[0])
};

static void line_copy(char out[AMP_LINE_MAX + 1], struct amp_str text)
{
    if (text.len == 0 || amp_str_copy(out, AMP_LINE_MAX + 1, text)) {
        out[0] = '\0';
    }
}

static bool snap_to_road(const struct amp_map *map, struct amp_pos pos, struct amp_pos *out)
{
    struct amp_snap snap = {0};
    size_t found = 0;
    if (amp_roads_snap(map->roads, AMP_PROFILE_AMBULANCE, pos, AMP_SNAP_MAX_M, -1.0, &snap, 1,
                       &found) ||
        found == 0) {
        return false;
    }
    *out = snap.at;
    return true;
}

static amp_err kind_find(const struct amp_map *map, const char *kind, bool fire,
                         struct amp_sim_station *list, size_t most, size_t *n)
{
    struct amp_arena arena = amp_arena_make(TOWN_ARENA);
    struct amp_place *place = NULL;
    size_t place_n = 0;
    amp_err err = amp_places_of_kind(map->places, amp_str_of(kind), &arena, &place, &place_n);
    for (size_t i = 0; !err && i < place_n && *n < most; i++) {
        struct amp_pos site = {0};
        if (!snap_to_road(map, place[i].pos, &site)) {
            continue; /* nobody can drive from there */
        }
        struct amp_sim_station *station = &list[(*n)++];
        *station = (struct amp_sim_station){.site = site, .fire = fire};
        line_copy(station->label, place[i].name);
    }
    amp_arena_drop(&arena);
    return err;
}

/* A named street drawn at random: most streets are where people are. */
static bool street_somewhere(const struct amp_map *map, struct amp_chance *chance,
                             struct amp_pos *out)
{
    struct amp_arena arena = amp_arena_make(TOWN_ARENA);
    struct amp_place *street = NULL;
    size_t n = 0;
    bool found = false;
    amp_err err = amp_places_of_kind(map->places, AMP_STR("street"), &arena, &street, &n);
    for (int i = 0; !err && !found && n > 0 && i < STREET_TRIES; i++) {
        found = snap_to_road(map, street[amp_chance_below(chance, (uint32_t)n)].pos, out);
    }
    amp_arena_drop(&arena);
    return found;
}

/* A place on a road, for maps that name no station. */
static bool road_somewhere(const struct amp_map *map, struct amp_chance *chance,
                           struct amp_pos *out)
{
    if (street_somewhere(map, chance, out)) {
        return true;
    }
    struct amp_box box = amp_tiles_box(map->tiles);
    double width = (double)amp_lon_delta_e7(box.west_e7, box.east_e7);
    if (width < 0.0) {
        width += 3.6e9; /* the box crosses the antimeridian */
    }
    double height = (double)box.north_e7 - (double)box.south_e7;
    for (int i = 0; i < ROAD_TRIES; i++) {
        double lat = (double)box.south_e7 + height * amp_chance_share(chance);
        double lon = (double)box.west_e7 + width * amp_chance_share(chance);
        if (lon > 1.8e9) {
            lon -= 3.6e9;
        }
        if (snap_to_road(map, (struct amp_pos){.lat_e7 = (int32_t)lat, .lon_e7 = (int32_t)lon},
                         out)) {
            return true;
        }
    }
    return false;
}

static amp_err station_make_up(const struct amp_map *map, struct amp_chance *chance,
                               const char *label, bool fire, struct amp_sim_station *out,
                               struct amp_why *why)
{
    struct amp_sim_station station = {.fire = fire};
    if (!road_somewhere(map, chance, &station.site)) {
        return amp_fail(why, AMP_E_NO_ROUTE, "the map has no roads to put a station on");
    }
    line_copy(station.label, amp_str_of(label));
    *out = station;
    return AMP_OK;
}

static void codes_set(struct amp_sim_station *list, size_t n, const char *letter)
{
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(list[i].code, sizeof(list[i].code), "%s%zu", letter, i + 1);
        if (list[i].label[0] == '\0') {
            (void)snprintf(list[i].label, sizeof(list[i].label), "Station %zu", i + 1);
        }
    }
}

static void crews_spread(struct amp_sim_town *town, size_t crews)
{
    size_t named[CREW_ROWS] = {0};
    size_t next[2] = {0}; /* the station of each sort whose turn it is */
    for (size_t i = 0; i < crews; i++) {
        size_t row = i % CREW_ROWS;
        size_t *turn = &next[crew_rows[row].fire];
        for (size_t k = 0; k < town->station_n; k++) {
            *turn = (*turn + 1) % town->station_n;
            if (town->station[*turn].fire == crew_rows[row].fire) {
                break;
            }
        }
        struct amp_sim_crew_plan *crew = &town->crew[town->crew_n++];
        *crew = (struct amp_sim_crew_plan){
            .kind = crew_rows[row].kind, .station = *turn, .crew = crew_rows[row].crew};
        memcpy(crew->capability, crew_rows[row].capability, sizeof(crew->capability));
        (void)snprintf(crew->call_sign, sizeof(crew->call_sign), "%s%02zu", crew_rows[row].letter,
                       ++named[row]);
    }
}

amp_err amp_sim_town_find(const struct amp_map *map, uint64_t seed, size_t crews,
                          struct amp_sim_town *out, struct amp_why *why)
{
    memset(out, 0, sizeof(*out));
    struct amp_chance chance = {.state = seed};
    const size_t half = AMP_SIM_STATIONS / 2;
    amp_err err = kind_find(map, "fire_station", true, out->station, half, &out->station_n);
    size_t fire_n = out->station_n;
    err = err ? err
              : kind_find(map, "ambulance_station", false, out->station,
                          AMP_SIM_STATIONS - half / 2, &out->station_n);
    size_t ambulance_n = out->station_n - fire_n;
    err =
        err ? err
            : kind_find(map, "hospital", false, out->hospital, AMP_SIM_HOSPITALS, &out->hospital_n);
    if (!err && ambulance_n == 0) { /* ambulances stand at the hospitals */
        ambulance_n = out->hospital_n < half ? out->hospital_n : half;
        memcpy(&out->station[out->station_n], out->hospital,
               ambulance_n * sizeof(out->hospital[0]));
        out->station_n += ambulance_n;
    }
    for (; !err && fire_n < MADE_UP; fire_n++) {
        err = station_make_up(map, &chance, "Fire station", true, &out->station[out->station_n++],
                              why);
    }
    for (; !err && ambulance_n < MADE_UP; ambulance_n++) {
        err = station_make_up(map, &chance, "Ambulance post", false,
                              &out->station[out->station_n++], why);
    }
    if (!err && out->hospital_n == 0) {
        err = station_make_up(map, &chance, "Hospital", false, &out->hospital[0], why);
        out->hospital_n = 1;
    }
    if (err) {
        return err;
    }
    codes_set(out->station, out->station_n, "S");
    codes_set(out->hospital, out->hospital_n, "H");
    crews_spread(out, crews < AMP_SIM_CREWS ? crews : AMP_SIM_CREWS);
    return AMP_OK;
}
