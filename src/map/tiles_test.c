/* Proves the tiles with a decoder of their own: layers, geometry inside, rings closed and turned
 * right. */
#include "base/reader.h"
#include "base/testdata.h"
#include "map/places_fixture.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum {
    LAYERS = 8,
    TABLE = 20000,
    BUFFER = 64,
    EXTENT = 4096,
    RING_MAX = 200000,
    PORTO_LIMIT_BYTES = 500000
};

static const char *const layer_names[LAYERS] = {"water", "landuse", "building", "road",
                                                "ferry", "place",   "poi",      "address"};

/* What a decoded tile held. */
struct seen {
    size_t features[LAYERS];
    size_t named_roads;
    size_t labels;
    size_t rings;
    size_t holes;
};

static uint64_t field(struct amp_reader *rd, uint64_t *value, struct amp_reader *bytes)
{
    uint64_t head = amp_reader_varint(rd);
    if ((head & 7) == 2) {
        uint64_t len = amp_reader_varint(rd);
        *bytes = amp_reader_sub(rd, (size_t)len);
    } else {
        assert_int_equal(head & 7, 0);
        *value = amp_reader_varint(rd);
    }
    assert_true(amp_reader_ok(rd));
    return head >> 3;
}

static void within(int64_t x, int64_t y)
{
    assert_true(x >= -BUFFER && x <= EXTENT + BUFFER && y >= -BUFFER && y <= EXTENT + BUFFER);
}

/* 4.3.4.4: rings by the surveyor's formula; the first must be an exterior one. */
static void ring_check(const int64_t (*ring)[2], size_t n, bool first, struct seen *seen)
{
    int64_t area2 = 0;
    assert_true(n >= 3);
    for (size_t i = 0; i < n; i++) {
        const int64_t *a = ring[i];
        const int64_t *b = ring[(i + 1) % n];
        area2 += a[0] * b[1] - b[0] * a[1];
        assert_true(a[0] != b[0] || a[1] != b[1]);
    }
    assert_true(area2 != 0);
    assert_true(!first || area2 > 0);
    seen->rings++;
    seen->holes += area2 < 0 ? 1 : 0;
}

static void geometry_check(struct amp_reader rd, uint64_t shape, struct seen *seen)
{
    static int64_t ring[RING_MAX][2];
    size_t n = 0;
    int64_t x = 0;
    int64_t y = 0;
    bool first = true;
    bool closed = true;
    while (amp_reader_left(&rd) > 0) {
        uint64_t command = amp_reader_varint(&rd);
        uint64_t count = command >> 3;
        assert_true(count > 0);
        if ((command & 7) == 7) {
            assert_int_equal(shape, 3);
            assert_int_equal(count, 1);
            ring_check((const int64_t(*)[2])ring, n, first, seen);
            first = false;
            closed = true;
            continue;
        }
        assert_true((command & 7) == 1 || (command & 7) == 2);
        if ((command & 7) == 1) {
            assert_true(shape == 1 || count == 1);
            assert_true(shape != 3 || closed);
            assert_true(shape != 2 || n != 1);
            n = 0;
            closed = false;
        }
        for (uint64_t i = 0; i < count; i++) {
            x += amp_reader_zigzag(&rd);
            y += amp_reader_zigzag(&rd);
            assert_true(amp_reader_ok(&rd));
            within(x, y);
            assert_true(n < RING_MAX);
            ring[n][0] = x;
            ring[n++][1] = y;
        }
    }
    assert_true(amp_reader_done(&rd));
    assert_true(shape != 3 || closed);
    assert_true(shape != 2 || n >= 2);
    assert_true(n > 0);
}

struct decoded_layer {
    struct amp_str name;
    struct amp_str key[16];
    size_t key_n;
    size_t value_n;
    struct amp_reader feature[TABLE];
    size_t feature_n;
    uint64_t version, extent;
};

static void feature_check(const struct decoded_layer *layer, size_t which, struct amp_reader rd,
                          struct seen *seen)
{
    uint64_t shape = 0;
    struct amp_reader tags = amp_reader_make("", 0);
    struct amp_reader geometry = tags;
    while (amp_reader_left(&rd) > 0) {
        struct amp_reader bytes;
        uint64_t value = 0;
        uint64_t number = field(&rd, &value, &bytes);
        tags = number == 2 ? bytes : tags;
        shape = number == 3 ? value : shape;
        geometry = number == 4 ? bytes : geometry;
    }
    bool named = false;
    while (amp_reader_left(&tags) > 0) {
        uint64_t key = amp_reader_varint(&tags);
        uint64_t value = amp_reader_varint(&tags);
        assert_true(amp_reader_ok(&tags) && key < layer->key_n && value < layer->value_n);
        named = named || amp_str_is(layer->key[key], "name");
    }
    geometry_check(geometry, shape, seen);
    seen->features[which]++;
    seen->named_roads += which == 3 && named ? 1 : 0;
    seen->labels += which == 5 && named ? 1 : 0;
}

static void layer_check(struct amp_reader rd, struct seen *seen)
{
    static struct decoded_layer layer;
    layer.key_n = 0;
    layer.value_n = 0;
    layer.feature_n = 0;
    layer.version = 0;
    while (amp_reader_left(&rd) > 0) {
        struct amp_reader bytes = amp_reader_make("", 0);
        uint64_t value = 0;
        uint64_t number = field(&rd, &value, &bytes);
        struct amp_str text = {.ptr = (const char *)bytes.data, .len = bytes.len};
        if (number == 1) {
            layer.name = text;
        } else if (number == 2) {
            assert_true(layer.feature_n < TABLE);
            layer.feature[layer.feature_n++] = bytes;
        } else if (number == 3) {
            assert_true(layer.key_n < 16);
            layer.key[layer.key_n++] = text;
        } else if (number == 4) {
            layer.value_n++;
        } else if (number == 5) {
            layer.extent = value;
        } else {
            assert_int_equal(number, 15);
            layer.version = value;
        }
    }
    assert_int_equal(layer.version, 2);
    assert_int_equal(layer.extent, EXTENT);
    size_t which = 0;
    while (which < LAYERS && !amp_str_is(layer.name, layer_names[which])) {
        which++;
    }
    assert_true(which < LAYERS);
    assert_true(layer.feature_n > 0);
    assert_int_equal(seen->features[which], 0); /* 4.1: a name stands for one layer */
    for (size_t i = 0; i < layer.feature_n; i++) {
        feature_check(&layer, which, layer.feature[i], seen);
    }
}

static struct seen tile_check(const struct amp_buf *tile)
{
    struct seen seen = {.rings = 0};
    struct amp_reader rd = amp_reader_make(tile->data, tile->len);
    while (amp_reader_left(&rd) > 0) {
        struct amp_reader bytes = amp_reader_make("", 0);
        uint64_t value = 0;
        assert_int_equal(field(&rd, &value, &bytes), 3);
        layer_check(bytes, &seen);
    }
    return seen;
}

static void tile_at(struct amp_pos pos, uint32_t z, uint32_t *x, uint32_t *y)
{
    double n = (double)(UINT32_C(1) << z);
    double lat = amp_lat_deg(pos) * 3.14159265358979 / 180;
    *x = (uint32_t)((amp_lon_deg(pos) + 180) / 360 * n);
    *y = (uint32_t)((1 - log(tan(lat) + 1 / cos(lat)) / 3.14159265358979) / 2 * n);
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void the_centre_of_porto_has_named_roads(void **state)
{
    (void)state;
    struct amp_fixture f;
    if (!amp_fixture_open("maps/porto_portugal.osm.pbf", &f)) {
        AMP_TEST_SKIP("no test data");
    }
    struct amp_buf tile = amp_buf_make(AMP_TILE_BYTES);
    uint32_t x;
    uint32_t y;
    tile_at(amp_at(41.1496, -8.6110), 14, &x, &y);
    assert_int_equal(amp_tile_make(f.tiles, 14, x, y, &tile), AMP_OK);
    struct seen seen = tile_check(&tile);
    assert_true(seen.named_roads > 50);
    assert_true(tile.len < PORTO_LIMIT_BYTES);
    amp_buf_free(&tile);
    amp_fixture_close(&f);
}

/* Every tile that the map's box touches at a zoom, at most 400 of them. */
static void zoom_check(const struct amp_fixture *f, const char *map, uint32_t z, size_t limit)
{
    struct amp_box box = amp_tiles_box(f->tiles);
    struct amp_buf tile = amp_buf_make(AMP_TILE_BYTES);
    uint32_t x0;
    uint32_t y0;
    uint32_t x1;
    uint32_t y1;
    size_t worst = 0;
    size_t holes = 0;
    size_t n = 0;
    double worst_us = 0;
    double all_us = 0;
    tile_at((struct amp_pos){box.north_e7, box.west_e7}, z, &x0, &y0);
    tile_at((struct amp_pos){box.south_e7, box.east_e7}, z, &x1, &y1);
    uint32_t mask = (UINT32_C(1) << z) - 1;
    uint32_t columns = ((x1 - x0) & mask) + 1;
    uint32_t step = 1 + columns * (y1 - y0 + 1) / 400;
    for (uint32_t i = 0; i < columns * (y1 - y0 + 1); i += step) {
        amp_buf_clear(&tile);
        double start = now_us();
        assert_int_equal(
            amp_tile_make(f->tiles, z, (x0 + i % columns) & mask, y0 + i / columns, &tile), AMP_OK);
        double us = now_us() - start;
        struct seen seen = tile_check(&tile);
        worst = tile.len > worst ? tile.len : worst;
        worst_us = us > worst_us ? us : worst_us;
        all_us += us;
        holes += seen.holes;
        n++;
    }
    print_message("# %s z%u: %zu tiles, mean %.0f us, worst %.0f us, greatest %zu bytes, "
                  "%zu holes\n",
                  map, z, n, all_us / (double)n, worst_us, worst, holes);
    assert_true(worst > 0 || z < 11); /* from afar a small town is nothing */
    assert_true(worst < limit);
    amp_buf_free(&tile);
}

static void tiles_of_all_zooms_are_whole(void **state)
{
    (void)state;
    static const char *const maps[] = {"maps/porto_portugal.osm.pbf", "maps/monaco.osm.pbf",
                                       "maps/vancouver_canada.osm.pbf", "maps/fiji_ferry.osm.pbf"};
    static const uint32_t zooms[] = {0, 6, 9, 11, 12, 13, 14, 15, 16, 18};
    size_t opened = 0;
    for (size_t m = 0; m < sizeof(maps) / sizeof(maps[0]); m++) {
        struct amp_fixture f;
        if (!amp_fixture_open(maps[m], &f)) {
            continue;
        }
        opened++;
        for (size_t i = 0; i < sizeof(zooms) / sizeof(zooms[0]); i++) {
            zoom_check(&f, maps[m], zooms[i], m == 0 ? PORTO_LIMIT_BYTES : AMP_TILE_BYTES);
        }
        amp_fixture_close(&f);
    }
    if (opened == 0) {
        AMP_TEST_SKIP("no test data");
    }
}

static void fiji_is_drawn_on_both_sides_of_the_antimeridian(void **state)
{
    (void)state;
    struct amp_fixture f;
    if (!amp_fixture_open("maps/fiji_ferry.osm.pbf", &f)) {
        AMP_TEST_SKIP("no test data");
    }
    struct amp_box box = amp_tiles_box(f.tiles);
    assert_true(box.west_e7 > box.east_e7);
    struct amp_buf tile = amp_buf_make(AMP_TILE_BYTES);
    uint32_t x;
    uint32_t y;
    size_t west = 0;
    size_t east = 0;
    tile_at(amp_at(-17.0, 179.999), 6, &x, &y);
    assert_int_equal(x, 63);
    for (uint32_t i = 0; i < 64 * 64; i++) {
        amp_buf_clear(&tile);
        assert_int_equal(amp_tile_make(f.tiles, 12, x << 6 | i % 64, y << 6 | i / 64, &tile),
                         AMP_OK);
        west += tile.len;
        amp_buf_clear(&tile);
        assert_int_equal(amp_tile_make(f.tiles, 12, i % 64, y << 6 | i / 64, &tile), AMP_OK);
        east += tile.len;
    }
    assert_true(west > 0);
    assert_true(east > 0);
    amp_buf_free(&tile);
    amp_fixture_close(&f);
}

static const char lake_xml[] =
    "<osm version='0.6'>"
    "<node id='1' lat='10.00' lon='20.00'/><node id='2' lat='10.00' lon='20.02'/>"
    "<node id='3' lat='10.02' lon='20.02'/><node id='4' lat='10.02' lon='20.00'/>"
    "<node id='5' lat='10.008' lon='20.008'/><node id='6' lat='10.008' lon='20.012'/>"
    "<node id='7' lat='10.012' lon='20.012'/><node id='8' lat='10.012' lon='20.008'/>"
    "<way id='1'><nd ref='1'/><nd ref='2'/><nd ref='3'/></way>"
    "<way id='2'><nd ref='1'/><nd ref='4'/><nd ref='3'/></way>"
    "<way id='3'><nd ref='5'/><nd ref='6'/><nd ref='7'/><nd ref='8'/><nd ref='5'/></way>"
    "<relation id='1'><member type='way' ref='1' role='outer'/>"
    "<member type='way' ref='2' role='outer'/><member type='way' ref='3' role='inner'/>"
    "<tag k='type' v='multipolygon'/><tag k='natural' v='water'/><tag k='name' v='Lago'/>"
    "</relation></osm>";

static void a_lake_of_two_ways_with_an_island_is_one_ring_and_one_hole(void **state)
{
    (void)state;
    struct amp_fixture f;
    struct amp_buf tile = amp_buf_make(AMP_TILE_BYTES);
    uint32_t x;
    uint32_t y;
    amp_fixture_of_xml(lake_xml, &f);
    tile_at(amp_at(10.01, 20.01), 12, &x, &y);
    assert_int_equal(amp_tile_make(f.tiles, 12, x, y, &tile), AMP_OK);
    struct seen seen = tile_check(&tile);
    assert_int_equal(seen.features[0], 1);
    assert_int_equal(seen.rings, 2);
    assert_int_equal(seen.holes, 1);
    amp_buf_free(&tile);
    amp_fixture_close(&f);
}

static void a_tile_with_no_content_has_no_bytes_and_one_outside_is_refused(void **state)
{
    (void)state;
    struct amp_fixture f;
    struct amp_buf tile = amp_buf_make(AMP_TILE_BYTES);
    amp_fixture_of_xml(lake_xml, &f);
    assert_int_equal(amp_tile_make(f.tiles, 12, 0, 0, &tile), AMP_OK);
    assert_int_equal(tile.len, 0);
    assert_int_equal(amp_tile_make(f.tiles, 23, 0, 0, &tile), AMP_E_RANGE);
    assert_int_equal(amp_tile_make(f.tiles, 3, 8, 0, &tile), AMP_E_RANGE);
    assert_int_equal(amp_tile_make(f.tiles, 3, 0, 8, &tile), AMP_E_RANGE);
    assert_int_equal(amp_tile_make(f.tiles, 0, 0, 1, &tile), AMP_E_RANGE);
    assert_int_equal(tile.len, 0);
    amp_buf_free(&tile);
    amp_fixture_close(&f);
}

static const char crossing_xml[] =
    "<osm version='0.6'>"
    "<node id='1' lat='-16.80' lon='179.99'/><node id='2' lat='-16.80' lon='-179.99'/>"
    "<node id='3' lat='-16.82' lon='-179.99'/><node id='4' lat='-16.82' lon='179.99'/>"
    "<way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/>"
    "<tag k='name' v='Dateline Road'/></way>"
    "<way id='2'><nd ref='1'/><nd ref='2'/><nd ref='3'/><nd ref='4'/><nd ref='1'/>"
    "<tag k='natural' v='water'/></way></osm>";

static void a_road_and_a_lake_over_the_antimeridian_are_drawn_on_both_sides(void **state)
{
    (void)state;
    struct amp_fixture f;
    struct amp_buf tile = amp_buf_make(AMP_TILE_BYTES);
    uint32_t x;
    uint32_t y;
    amp_fixture_of_xml(crossing_xml, &f);
    tile_at(amp_at(-16.81, 179.999), 10, &x, &y);
    assert_int_equal(x, 1023);
    for (uint32_t column = 0; column < 2; column++) {
        amp_buf_clear(&tile);
        assert_int_equal(amp_tile_make(f.tiles, 10, column == 0 ? x : 0, y, &tile), AMP_OK);
        struct seen seen = tile_check(&tile);
        assert_int_equal(seen.features[0], 1);
        assert_int_equal(seen.named_roads, 1);
    }
    amp_buf_clear(&tile);
    assert_int_equal(amp_tile_make(f.tiles, 10, 512, y, &tile), AMP_OK);
    assert_int_equal(tile.len, 0); /* and not across the rest of the world */
    amp_buf_free(&tile);
    amp_fixture_close(&f);
}

/* Node 9 is not in the extract: nobody knows where the road runs between 2 and 3. */
static const char gap_xml[] =
    "<osm version='0.6'><node id='1' lat='0.5' lon='0.1'/><node id='2' lat='0.5' lon='0.2'/>"
    "<node id='3' lat='0.5' lon='1.2'/><node id='4' lat='0.5' lon='1.3'/>"
    "<way id='1'><nd ref='1'/><nd ref='2'/><nd ref='9'/><nd ref='3'/><nd ref='4'/>"
    "<tag k='highway' v='primary'/><tag k='name' v='Long Road'/></way></osm>";

static void a_road_is_not_drawn_across_what_the_extract_lacks(void **state)
{
    (void)state;
    static const struct {
        double lon;
        size_t roads;
    } row[] = {
        {0.15, 1},
        {0.70, 0},
        {1.25, 1},
    };
    struct amp_fixture f;
    struct amp_buf tile = amp_buf_make(AMP_TILE_BYTES);
    amp_fixture_of_xml(gap_xml, &f);
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        uint32_t x;
        uint32_t y;
        tile_at(amp_at(0.5, row[i].lon), 11, &x, &y);
        amp_buf_clear(&tile);
        assert_int_equal(amp_tile_make(f.tiles, 11, x, y, &tile), AMP_OK);
        assert_int_equal(tile_check(&tile).named_roads, row[i].roads);
    }
    amp_buf_free(&tile);
    amp_fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_centre_of_porto_has_named_roads),
        cmocka_unit_test(tiles_of_all_zooms_are_whole),
        cmocka_unit_test(fiji_is_drawn_on_both_sides_of_the_antimeridian),
        cmocka_unit_test(a_road_and_a_lake_over_the_antimeridian_are_drawn_on_both_sides),
        cmocka_unit_test(a_road_is_not_drawn_across_what_the_extract_lacks),
        cmocka_unit_test(a_lake_of_two_ways_with_an_island_is_one_ring_and_one_hole),
        cmocka_unit_test(a_tile_with_no_content_has_no_bytes_and_one_outside_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
