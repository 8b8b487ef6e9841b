/* A small map with altered sections and checksums that fit: opened, then asked everything. */
#include "map/inventory.h"
#include "map/map.h"

#include <assert.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    HEAD = 28,
    ROW = 32,
    EDIT = 5, /* section, two bytes of offset, how, value */
    EDITS_MAX = 64,
    FILE_MAX = 4 << 20
};

static const char extract[] =
    "<osm version='0.6'>"
    "<node id='1' lat='-20' lon='36'/><node id='2' lat='-20.001' lon='36'/>"
    "<node id='3' lat='-20.001' lon='36.001'><tag k='barrier' v='gate'/></node>"
    "<node id='4' lat='-20' lon='36.001'/><node id='5' lat='-20.002' lon='36.0005'>"
    "<tag k='amenity' v='hospital'/><tag k='name' v='Hospital Central'/></node>"
    "<node id='6' lat='-20.0005' lon='36.0005'><tag k='place' v='suburb'/>"
    "<tag k='name' v='Baixa'/></node><node id='7' lat='-20.0003' lon='36.0001'>"
    "<tag k='addr:housenumber' v='7'/><tag k='addr:street' v='Rua do Sal'/></node>"
    "<way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/>"
    "<tag k='name' v='Rua do Sal'/></way>"
    "<way id='2'><nd ref='2'/><nd ref='3'/><tag k='highway' v='residential'/></way>"
    "<way id='3'><nd ref='3'/><nd ref='4'/><nd ref='1'/><tag k='highway' v='service'/>"
    "<tag k='oneway' v='yes'/></way><way id='4'><nd ref='1'/><nd ref='2'/><nd ref='3'/>"
    "<nd ref='1'/><tag k='natural' v='water'/><tag k='name' v='Lago'/></way>"
    "<relation id='1'><member type='way' ref='1' role='from'/>"
    "<member type='node' ref='2' role='via'/><member type='way' ref='2' role='to'/>"
    "<tag k='type' v='restriction'/><tag k='restriction' v='no_left_turn'/></relation></osm>";

static uint8_t *whole; /* the file as built, once */
static size_t whole_n;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void memory_path(const void *data, size_t size, int *fd, char path[64])
{
    *fd = memfd_create("map", MFD_CLOEXEC);
    bool written = *fd >= 0 && write(*fd, data, size) == (ssize_t)size;
    assert(written);
    (void)snprintf(path, 64, "/proc/self/fd/%d", *fd);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    char in[64];
    char out[64];
    int fd = -1;
    struct amp_map_counts counts;
    struct amp_why why = {{0}};
    memory_path(extract, sizeof extract - 1, &fd, in);
    (void)snprintf(out, sizeof out, "/tmp/amparo-fuzz-%ld.amap", (long)getpid());
    amp_err err = amp_map_build(in, out, NULL, &counts, &why);
    assert(!err);
    FILE *file = fopen(out, "rb");
    assert(file);
    whole = malloc(FILE_MAX);
    whole_n = whole ? fread(whole, 1, FILE_MAX, file) : 0;
    assert(whole_n > 0 && whole_n < FILE_MAX);
    (void)fclose(file);
    (void)unlink(out);
    (void)close(fd);
    return 0;
}

static uint64_t le64_at(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static void edit_apply(uint8_t *file, uint32_t section_n, const uint8_t edit[EDIT])
{
    const uint8_t *row = file + HEAD + edit[0] % section_n * ROW;
    uint64_t len = le64_at(row + 16);
    uint64_t at = (uint64_t)edit[1] << 8 | edit[2];
    if (len > 0) {
        uint8_t *byte = file + le64_at(row + 8) + at % len;
        *byte = edit[3] & 1 ? (uint8_t)(*byte + edit[4]) : edit[4];
    }
}

static void file_mend(uint8_t *file, uint32_t section_n)
{
    for (uint32_t i = 0; i < section_n; i++) {
        uint8_t *row = file + HEAD + i * ROW;
        uint64_t len = le64_at(row + 16);
        uint32_t crc = len ? libdeflate_crc32(0, file + le64_at(row + 8), len) : 0;
        memcpy(row + 28, &crc, sizeof crc);
    }
    uint32_t crc = libdeflate_crc32(0, file + HEAD, (size_t)section_n * ROW);
    memcpy(file + 24, &crc, sizeof crc);
}

static void roads_ask(const struct amp_map *map, struct amp_arena *arena)
{
    struct amp_metric *metric = NULL;
    struct amp_road_query *query = NULL;
    struct amp_route route;
    const struct amp_pos a = {-200002000, 360000100};
    const struct amp_pos b = {-200009000, 360009000};
    const struct amp_road_closure closure = {
        .shape = AMP_CLOSURE_CIRCLE, .at = b, .radius_m = 30, .heading_deg = -1};
    if (!amp_metric_create(map->roads, AMP_PROFILE_AMBULANCE, &closure, 1, &metric, NULL)) {
        if (!amp_road_query_create(map->roads, &query)) {
            (void)!amp_route_find(query, metric, a, b, arena, &route, NULL);
            (void)!amp_route_find(query, metric, b, a, arena, &route, NULL);
            amp_road_query_destroy(query);
        }
        amp_metric_unref(metric);
    }
}

static void map_ask(const struct amp_map *map)
{
    struct amp_road_class_count road[AMP_INVENTORY_CLASSES];
    (void)amp_inventory_roads(map->roads, road);
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_place *place = NULL;
    struct amp_address address;
    size_t n = 0;
    const struct amp_pos at = {-200005000, 360005000};
    (void)!amp_geocode(map->places, AMP_STR("rua do sal 7"), &at, 5, &arena, &place, &n, NULL);
    (void)!amp_geocode(map->places, AMP_STR("hos"), NULL, 5, &arena, &place, &n, NULL);
    (void)!amp_reverse(map->places, at, &arena, &address);
    (void)!amp_places_of_kind(map->places, AMP_STR("hospital"), &arena, &place, &n);
    roads_ask(map, &arena);
    struct amp_buf tile = amp_buf_make(AMP_TILE_BYTES);
    (void)!amp_tile_make(map->tiles, 14, 9830, 9121, &tile);
    (void)!amp_tile_make(map->tiles, 0, 0, 0, &tile);
    amp_buf_free(&tile);
    amp_arena_drop(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *file = malloc(whole_n);
    if (!file) {
        return 0;
    }
    memcpy(file, whole, whole_n);
    uint32_t section_n = file[12];
    for (size_t i = 0; i + EDIT <= size && i < EDIT * EDITS_MAX; i += EDIT) {
        edit_apply(file, section_n, data + i);
    }
    file_mend(file, section_n);
    char path[64];
    int fd = -1;
    struct amp_map map;
    memory_path(file, whole_n, &fd, path);
    if (!amp_map_open(path, &map, NULL)) {
        map_ask(&map);
        amp_map_close(&map);
    }
    (void)close(fd);
    free(file);
    return 0;
}
