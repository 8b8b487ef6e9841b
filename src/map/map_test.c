/* Whole maps: every extract becomes one, what is counted is found again, damage anywhere is
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/dropped.h"
#include "map/inventory.h"
#include "map/map.h"
#include "map/osm_fixture.h"
#include "map/synth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *path_copy(const char *name)
{
    char *copy = strdup(fixture_path(name));
    assert_non_null(copy);
    return copy;
}

static void map_check(const char *in)
{
    char *out = path_copy("m.amap");
    struct amp_map_counts built;
    struct amp_map_counts found;
    struct amp_map map;
    struct amp_why why = {{0}};
    amp_err err = amp_map_build(in, out, NULL, &built, &why);
    assert_string_equal(why.text, "");
    assert_int_equal(err, AMP_OK);
    assert_true(built.road.segments > 0 && built.road.arcs > 0 && built.place.names > 0);
    assert_int_equal(amp_map_open(out, &map, &why), AMP_OK);
    assert_int_equal(amp_map_count(&map, &found, &why), AMP_OK);
    assert_int_equal(found.osm.nodes, built.osm.nodes);
    assert_int_equal(found.osm.members_absent, built.osm.members_absent);
    assert_int_equal(found.road.nodes, built.road.nodes);
    assert_int_equal(found.road.segments, built.road.segments);
    assert_int_equal(found.road.restrictions, built.road.restrictions);
    assert_int_equal(found.place.names, built.place.names);
    assert_int_equal(found.place.addresses, built.place.addresses);
    amp_map_close(&map);
    amp_map_close(&map); /* accepts zeroes */
    assert_int_equal(unlink(out), 0);
    free(out);
}

static void every_extract_becomes_a_map(void **state)
{
    (void)state;
    static const char *const extracts[] = {
        "maps/fiji_ferry.osm.pbf",      "maps/monaco.osm.pbf",
        "maps/moscow_ru.osm.gz",        "maps/oaxaca_mx.osm.pbf",
        "maps/porto_alegre_br.osm.pbf", "maps/porto_portugal.osm.pbf",
        "maps/vancouver_canada.osm.pbf"};
    size_t n = 0;
    for (size_t i = 0; i < sizeof extracts / sizeof *extracts; i++) {
        const char *path = amp_testdata(extracts[i]);
        if (!path) {
            print_message("# no test data: %s\n", extracts[i]);
            continue;
        }
        map_check(path);
        n++;
    }
    if (n == 0) {
        AMP_TEST_SKIP("no test data");
    }
}

static void a_made_up_town_becomes_a_map_with_all_its_restrictions(void **state)
{
    (void)state;
    char *town = path_copy("town.osm.pbf");
    char *out = path_copy("town.amap");
    struct amp_map_counts counts;
    struct amp_why why = {{0}};
    assert_int_equal(amp_synth_write(town, 3, 1, NULL, &why), AMP_OK);
    map_check(town);
    assert_int_equal(amp_map_build(town, out, NULL, &counts, &why), AMP_OK);
    assert_true(counts.road.restrictions >= 3);
    assert_int_equal(counts.road.restrictions_dropped, 0);
    assert_int_equal(counts.road.restrictions, counts.osm.relations);
    assert_true(counts.place.addresses > 1500);
    assert_int_equal(unlink(town), 0);
    assert_int_equal(unlink(out), 0);
    free(town);
    free(out);
}

static uint64_t chance_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static uint64_t inventory_n(const struct amp_map *map, enum amp_inventory_what what,
                            const char *name)
{
    const struct amp_inventory_row *row = NULL;
    size_t n = 0;
    assert_int_equal(amp_inventory_of(map->amap, &row, &n, NULL), AMP_OK);
    for (size_t i = 0; i < n; i++) {
        if (row[i].what == (uint32_t)what && strcmp(row[i].name, name) == 0) {
            return row[i].n;
        }
    }
    return 0;
}

static void a_map_tells_what_it_holds_and_what_was_left_out(void **state)
{
    (void)state;
    static const char xml[] =
        "<osm version='0.6'><node id='1' lat='1' lon='1'/><node id='2' lat='1.001' lon='1'/>"
        "<node id='3' lat='1.002' lon='1'/><node id='4' lat='1.002' lon='1'>"
        "<tag k='amenity' v='hospital'/><tag k='name' v='A'/><tag k='name:pt' v='B'/>"
        "<tag k='name:etymology:wikidata' v='Q1'/></node>"
        "<way id='5'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/></way>"
        "<way id='6'><nd ref='2'/><nd ref='3'/><tag k='highway' v='footway'/></way>"
        "<relation id='7'><member type='way' ref='5' role='from'/>"
        "<member type='node' ref='2' role='via'/><member type='way' ref='99' role='to'/>"
        "<tag k='type' v='restriction'/><tag k='restriction' v='no_left_turn'/></relation></osm>";
    char *in = path_copy("t.osm");
    char *out = path_copy("t.amap");
    struct amp_map_counts counts;
    struct amp_map map;
    struct amp_why why = {{0}};
    FILE *file = fopen(in, "wb");
    assert_non_null(file);
    assert_int_equal(fputs(xml, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(amp_map_build(in, out, NULL, &counts, &why), AMP_OK);
    assert_int_equal(amp_map_open(out, &map, &why), AMP_OK);
    assert_int_equal(inventory_n(&map, AMP_INVENTORY_PLACE, "hospital"), 1);
    assert_int_equal(inventory_n(&map, AMP_INVENTORY_LANGUAGE, "pt"), 1);
    assert_int_equal(inventory_n(&map, AMP_INVENTORY_LANGUAGE, "etymology:wikidata"), 0);
    struct amp_road_class_count road[AMP_INVENTORY_CLASSES];
    size_t road_n = amp_inventory_roads(map.roads, road);
    for (size_t i = 0; i < road_n; i++) {
        assert_int_equal(road[i].segments, 1);
        assert_true(road[i].km > 0.110 && road[i].km < 0.112);
    }
    assert_true(road_n >= 1);
    const struct amp_dropped_row *row = NULL;
    size_t n = 0, restrictions = 0;
    assert_int_equal(amp_dropped_of(map.amap, &row, &n, &why), AMP_OK);
    for (size_t i = 0; i < n; i++) {
        if (strncmp(row[i].reason, "restriction:", 12) == 0) {
            restrictions += row[i].n;
            assert_int_equal(row[i].example, 7);
        }
    }
    assert_int_equal(restrictions, counts.road.restrictions_dropped);
    assert_int_equal(restrictions, 1);
    amp_map_close(&map);
    assert_int_equal(unlink(in), 0);
    assert_int_equal(unlink(out), 0);
    free(in);
    free(out);
}

static void a_map_with_one_altered_byte_is_refused_by_name(void **state)
{
    (void)state;
    char *town = path_copy("d.osm.pbf");
    char *out = path_copy("d.amap");
    struct amp_map_counts counts;
    struct amp_map map;
    struct amp_why why = {{0}};
    assert_int_equal(amp_synth_write(town, 4, 1, NULL, &why), AMP_OK);
    assert_int_equal(amp_map_build(town, out, NULL, &counts, &why), AMP_OK);
    struct amp_buf bytes = fixture_file(out);
    uint64_t seed = 11;
    for (int i = 0; i < 150; i++) {
        FILE *file = fopen(out, "r+b");
        assert_non_null(file);
        long at = (long)(chance_next(&seed) % bytes.len);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        assert_int_not_equal(fputc((uint8_t)bytes.data[at] ^ (1 << (i % 8)), file), EOF);
        assert_int_equal(fclose(file), 0);
        assert_int_not_equal(amp_map_open(out, &map, &why), AMP_OK);
        assert_non_null(strstr(why.text, out));
        file = fopen(out, "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        assert_int_not_equal(fputc((uint8_t)bytes.data[at], file), EOF);
        assert_int_equal(fclose(file), 0);
    }
    assert_int_equal(amp_map_open(out, &map, &why), AMP_OK);
    amp_map_close(&map);
    amp_buf_free(&bytes);
    assert_int_equal(unlink(town), 0);
    assert_int_equal(unlink(out), 0);
    free(town);
    free(out);
}

static void a_build_that_fails_leaves_the_old_map_and_nothing_else(void **state)
{
    (void)state;
    char *town = path_copy("f.osm.pbf");
    char *out = path_copy("f.amap");
    struct amp_map_counts counts;
    struct amp_why why = {{0}};
    FILE *file = fopen(out, "wb");
    assert_non_null(file);
    assert_int_equal(fputs("old", file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(amp_map_build("/nonexistent.osm", out, NULL, &counts, &why), AMP_E_NOT_FOUND);
    file = fopen(town, "wb");
    assert_non_null(file);
    assert_int_equal(fputs("<osm/>", file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(amp_map_build(town, out, NULL, &counts, &why), AMP_E_MISSING);
    struct amp_buf bytes = fixture_file(out);
    assert_int_equal(bytes.len, 3);
    amp_buf_free(&bytes);
    assert_int_equal(unlink(town), 0);
    assert_int_equal(unlink(out), 0);
    free(town);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_extract_becomes_a_map),
        cmocka_unit_test(a_made_up_town_becomes_a_map_with_all_its_restrictions),
        cmocka_unit_test(a_map_tells_what_it_holds_and_what_was_left_out),
        cmocka_unit_test(a_map_with_one_altered_byte_is_refused_by_name),
        cmocka_unit_test(a_build_that_fails_leaves_the_old_map_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
