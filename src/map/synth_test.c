/* The made-up town: the same bytes for the same seed, all streets connected, all that was promised.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "map/osm_fixture.h"
#include "map/synth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct amp_buf town_bytes(uint64_t seed, unsigned size)
{
    const char *path = fixture_path("town.osm.pbf");
    struct amp_why why = {{0}};
    assert_int_equal(amp_synth_write(path, seed, size, NULL, &why), AMP_OK);
    struct amp_buf bytes = fixture_file(path);
    assert_int_equal(unlink(path), 0);
    return bytes;
}

static void town_read(uint64_t seed, unsigned size, struct amp_osm *osm)
{
    struct amp_buf bytes = town_bytes(seed, size);
    struct amp_why why = {{0}};
    assert_int_equal(amp_osm_read_bytes(bytes.data, bytes.len, osm, &why), AMP_OK);
    amp_buf_free(&bytes);
}

static void the_same_seed_gives_the_same_bytes_and_another_one_others(void **state)
{
    (void)state;
    struct amp_buf a = town_bytes(1, 1);
    struct amp_buf b = town_bytes(1, 1);
    struct amp_buf c = town_bytes(2, 1);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    assert_true(c.len != a.len || memcmp(a.data, c.data, a.len) != 0);
    amp_buf_free(&a);
    amp_buf_free(&b);
    amp_buf_free(&c);
}

static void sizes_outside_the_limits_are_refused(void **state)
{
    (void)state;
    struct amp_why why = {{0}};
    assert_int_equal(amp_synth_write("/nonexistent", 1, 0, NULL, &why), AMP_E_RANGE);
    assert_int_equal(amp_synth_write("/nonexistent", 1, AMP_SYNTH_SIZE_MAX + 1, NULL, &why),
                     AMP_E_RANGE);
    assert_int_equal(amp_synth_write("/nonexistent/town.osm.pbf", 1, 1, NULL, &why), AMP_E_IO);
}

static bool tags_have(const struct amp_osm *osm, uint32_t first, uint32_t end, const char *key,
                      const char *value)
{
    const char *found = amp_osm_value(osm, first, end, amp_osm_find_text(osm, key));
    return found && (!value || strcmp(found, value) == 0);
}

static uint32_t count_of(const struct amp_osm *osm, const char *key, const char *value)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < osm->node_n; i++) {
        struct amp_osm_span tags = amp_osm_node_tags(osm, i);
        n += tags_have(osm, tags.first, tags.end, key, value);
    }
    for (uint32_t i = 0; i < osm->way_n; i++) {
        n += tags_have(osm, osm->way_tag_first[i], osm->way_tag_first[i + 1], key, value);
    }
    for (uint32_t i = 0; i < osm->rel_n; i++) {
        n += tags_have(osm, osm->rel_tag_first[i], osm->rel_tag_first[i + 1], key, value);
    }
    return n;
}

static void every_town_has_what_was_promised(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        uint32_t min;
    } promised[] = {{"bridge", "yes", 2},
                    {"layer", "1", 2},
                    {"route", "ferry", 1},
                    {"waterway", "river", 1},
                    {"natural", "water", 1},
                    {"highway", "trunk", 4},
                    {"highway", "primary", 4},
                    {"highway", "secondary", 4},
                    {"highway", "tertiary", 4},
                    {"highway", "residential", 50},
                    {"highway", "service", 1},
                    {"highway", "living_street", 2},
                    {"highway", "footway", 5},
                    {"junction", "roundabout", 1},
                    {"oneway", "yes", 10},
                    {"restriction", "no_left_turn", 1},
                    {"restriction", "only_straight_on", 1},
                    {"restriction", "no_u_turn", 1},
                    {"except", "emergency", 1},
                    {"barrier", "gate", 2},
                    {"access", "private", 3},
                    {"leisure", "park", 3},
                    {"landuse", "residential", 5},
                    {"building", NULL, 1500},
                    {"addr:housenumber", NULL, 1500},
                    {"amenity", "hospital", 2},
                    {"amenity", "fire_station", 2},
                    {"emergency", "ambulance_station", 3},
                    {"amenity", "police", 1},
                    {"amenity", "school", 4},
                    {"amenity", "marketplace", 2},
                    {"amenity", "pharmacy", 4},
                    {"amenity", "fuel", 2},
                    {"place", "suburb", 5},
                    {"place", "town", 1},
                    {"maxspeed", NULL, 100}};
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct amp_osm osm;
        town_read(seed, 1, &osm);
        for (size_t i = 0; i < sizeof promised / sizeof *promised; i++) {
            uint32_t n = count_of(&osm, promised[i].key, promised[i].value);
            if (n < promised[i].min) {
                fail_msg("seed %d has %u of %s=%s", (int)seed, n, promised[i].key,
                         promised[i].value ? promised[i].value : "*");
            }
        }
        assert_int_equal(osm.counts.refs_absent, 0);
        assert_int_equal(osm.counts.members_absent, 0);
        assert_int_equal(osm.counts.positions_bad, 0);
        amp_osm_free(&osm);
    }
}

/* Can motor vehicles go along this way, and only forwards? */
static bool way_is_road(const struct amp_osm *osm, uint32_t way, bool *one_way)
{
    uint32_t first = osm->way_tag_first[way];
    uint32_t end = osm->way_tag_first[way + 1];
    *one_way = tags_have(osm, first, end, "oneway", "yes") ||
               tags_have(osm, first, end, "junction", "roundabout");
    if (tags_have(osm, first, end, "route", "ferry")) {
        return true;
    }
    return tags_have(osm, first, end, "highway", NULL) &&
           !tags_have(osm, first, end, "highway", "footway") &&
           !tags_have(osm, first, end, "highway", "steps") &&
           !tags_have(osm, first, end, "access", "no");
}

static void reach(const struct amp_osm *osm, bool backward, uint8_t *reached)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t w = 0; w < osm->way_n; w++) {
            bool one_way = false;
            if (!way_is_road(osm, w, &one_way)) {
                continue;
            }
            for (uint32_t i = osm->way_ref_first[w] + 1; i < osm->way_ref_first[w + 1]; i++) {
                uint32_t a = osm->way_ref[i - 1];
                uint32_t b = osm->way_ref[i];
                bool forth = (!one_way || !backward) && reached[a] && !reached[b];
                bool back = (!one_way || backward) && reached[b] && !reached[a];
                reached[a] |= back;
                reached[b] |= forth;
                changed = changed || forth || back;
            }
        }
    }
}

static void every_street_can_be_reached_and_left(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct amp_osm osm;
        town_read(seed, 1, &osm);
        uint8_t *from = calloc(osm.node_n, 1);
        uint8_t *to = calloc(osm.node_n, 1);
        assert_non_null(from);
        assert_non_null(to);
        bool one_way = false;
        uint32_t root = 0;
        while (!way_is_road(&osm, root, &one_way)) {
            root++;
        }
        from[osm.way_ref[osm.way_ref_first[root]]] = 1;
        to[osm.way_ref[osm.way_ref_first[root]]] = 1;
        reach(&osm, false, from);
        reach(&osm, true, to);
        for (uint32_t w = 0; w < osm.way_n; w++) {
            if (!way_is_road(&osm, w, &one_way)) {
                continue;
            }
            for (uint32_t i = osm.way_ref_first[w]; i < osm.way_ref_first[w + 1]; i++) {
                assert_true(from[osm.way_ref[i]] && to[osm.way_ref[i]]);
            }
        }
        free(from);
        free(to);
        amp_osm_free(&osm);
    }
}

static void nodes_grow_with_the_square_of_the_size(void **state)
{
    (void)state;
    struct amp_osm one;
    struct amp_osm four;
    town_read(5, 1, &one);
    town_read(5, 4, &four);
    double ratio = (double)four.node_n / one.node_n;
    assert_true(ratio > 11 && ratio < 22);
    assert_int_equal(count_of(&four, "place", "city"), 1);
    amp_osm_free(&one);
    amp_osm_free(&four);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes_and_another_one_others),
        cmocka_unit_test(sizes_outside_the_limits_are_refused),
        cmocka_unit_test(every_town_has_what_was_promised),
        cmocka_unit_test(every_street_can_be_reached_and_left),
        cmocka_unit_test(nodes_grow_with_the_square_of_the_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
