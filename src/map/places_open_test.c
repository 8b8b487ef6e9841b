/* Proves that sections with right checksums and wrong indexes are refused or harmless. */
#include "map/areas_form.h"
#include "map/places_fixture.h"
#include "map/places_form.h"
#include "map/tiles_form.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    ROUNDS = 1200
};

static const char town_xml[] =
    "<osm version='0.6'><node id='1' lat='41.15' lon='-8.61'/><node id='2' lat='41.16' lon='-8.6'/>"
    "<node id='3' lat='41.151' lon='-8.61'><tag k='amenity' v='hospital'/>"
    "<tag k='name' v='Hospital Central'/><tag k='addr:street' v='Rua Augusta'/>"
    "<tag k='addr:housenumber' v='12'/></node>"
    "<node id='4' lat='41.15' lon='-8.62'><tag k='place' v='suburb'/><tag k='name' v='Baixa'/>"
    "</node><way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='residential'/>"
    "<tag k='name' v='Rua Augusta'/></way><node id='5' lat='41.15' lon='-8.6'/>"
    "<node id='6' lat='41.16' lon='-8.61'><tag k='highway' v='milestone'/>"
    "<tag k='distance' v='2'/></node><node id='7' lat='41.158' lon='-8.602'>"
    "<tag k='highway' v='milestone'/><tag k='distance' v='4'/></node>"
    "<way id='2'><nd ref='6'/><nd ref='2'/><nd ref='7'/><nd ref='5'/><tag k='highway' v='primary'/>"
    "<tag k='ref' v='N 1'/></way><way id='3'><nd ref='1'/><nd ref='5'/><nd ref='2'/><nd ref='6'/>"
    "<nd ref='1'/></way><relation id='1'><member type='way' ref='3' role='outer'/>"
    "<tag k='boundary' v='administrative'/><tag k='name' v='Distrito'/></relation></osm>";

static const struct {
    const char *name;
    size_t size;
} sections[] = {
#define X(section, field, size) {section, size},
    AMP_PL_SECTIONS(X) AMP_TL_SECTIONS(X)
#undef X
        {"plgtown", sizeof(struct amp_grid_cell)},
#define X(section, field, size, own) {section, size},
    AMP_AREAS_SECTIONS(X)
#undef X
        {"plgtowni", sizeof(uint32_t)},
    {"plgsub", sizeof(struct amp_grid_cell)},
    {"plgsubi", sizeof(uint32_t)},
    {"plgmark", sizeof(struct amp_grid_cell)},
    {"plgmarki", sizeof(uint32_t)},
    {"plghouse", sizeof(struct amp_grid_cell)},
    {"plghousi", sizeof(uint32_t)},
    {"plgpiece", sizeof(struct amp_grid_cell)},
    {"plgpieci", sizeof(uint32_t)},
#define X(kind)                                                                                    \
    {"pln" kind "c", sizeof(struct amp_near_cell)}, {"pln" kind "n", sizeof(uint32_t)},            \
        {"pln" kind "i", sizeof(uint32_t)},
    X("town") X("sub") X("mark") X("hous") X("piec")
#undef X
};
enum {
    SECTIONS = sizeof(sections) / sizeof(sections[0])
};

/* Copy the map with one byte of one section changed. */
static void copy_spoilt(const struct amp_fixture *town, const char *path, uint64_t *seed)
{
    struct amp_amap_writer *writer = NULL;
    size_t which = amp_fixture_random(seed) % SECTIONS;
    assert_int_equal(amp_amap_create(path, &writer, NULL), AMP_OK);
    for (size_t i = 0; i < SECTIONS; i++) {
        const void *data = NULL;
        size_t n = 0;
        assert_int_equal(
            amp_amap_section(town->amap, sections[i].name, sections[i].size, &data, &n, NULL),
            AMP_OK);
        uint8_t *copy = malloc(n * sections[i].size + 1);
        assert_non_null(copy);
        memcpy(copy, n > 0 ? data : "", n * sections[i].size);
        if (i == which && n > 0) {
            uint64_t dice = amp_fixture_random(seed);
            copy[(dice >> 8) % (n * sections[i].size)] = (uint8_t)dice;
        }
        assert_int_equal(amp_amap_put(writer, sections[i].name, copy, sections[i].size, n, NULL),
                         AMP_OK);
        free(copy);
    }
    assert_int_equal(amp_amap_commit(writer, NULL), AMP_OK);
    amp_amap_abandon(writer);
}

/* Ask everything of what could be opened: it may answer nonsense, it may not look outside. */
static void use(const struct amp_places *places, const struct amp_tiles *tiles)
{
    static const char *const queries[] = {"rua augusta 12",
                                          "hosp",
                                          "b",
                                          "central baixa",
                                          "rua agusta",
                                          "hospitl baixa",
                                          "n1 km 3",
                                          "n1 & rua augusta",
                                          "behind hospital central",
                                          "augusta 14"};
    struct amp_pos near = amp_at(41.15, -8.61);
    struct amp_arena arena = amp_arena_make(16 << 20);
    struct amp_place *place;
    struct amp_address address;
    size_t n;
    for (size_t i = 0; places != NULL && i < sizeof(queries) / sizeof(queries[0]); i++) {
        (void)!amp_geocode(places, amp_str_of(queries[i]), i % 2 == 0 ? NULL : &near, 5, &arena,
                           &place, &n, NULL);
        (void)!amp_reverse(places, amp_at(41.151, -8.61), &arena, &address);
    }
    struct amp_buf tile = amp_buf_make(AMP_TILE_BYTES);
    for (uint32_t z = 0; tiles != NULL && z <= 18; z += 6) {
        uint32_t x = (uint32_t)((180 - 8.609) / 360 * (double)(1U << z));
        uint32_t y = (uint32_t)(0.3748 * (double)(1U << z));
        (void)!amp_tile_make(tiles, z, x, y, &tile);
    }
    amp_buf_free(&tile);
    amp_arena_drop(&arena);
}

static void a_wrong_index_is_refused_or_harmless(void **state)
{
    (void)state;
    struct amp_fixture town;
    char path[300];
    uint64_t seed = 99;
    size_t refused = 0;
    amp_fixture_of_xml(town_xml, &town);
    (void)snprintf(path, sizeof(path), "%s.spoilt", town.path);
    for (int i = 0; i < ROUNDS; i++) {
        struct amp_amap *amap = NULL;
        struct amp_places *places = NULL;
        struct amp_tiles *tiles = NULL;
        copy_spoilt(&town, path, &seed);
        assert_int_equal(amp_amap_open(path, &amap, NULL), AMP_OK);
        refused += amp_places_open(amap, &places, NULL) ? 1 : 0;
        refused += amp_tiles_open(amap, &tiles, NULL) ? 1 : 0;
        use(places, tiles);
        amp_places_close(places);
        amp_tiles_close(tiles);
        amp_amap_close(amap);
    }
    assert_true(refused > ROUNDS / 10);
    (void)unlink(path);
    amp_fixture_close(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_index_is_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
