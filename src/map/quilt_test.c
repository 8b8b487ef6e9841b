/* Copies of a city: metres stay metres, all roads are joined, restrictions and gaps are copied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "map/map.h"
#include "map/osm_fixture.h"
#include "map/quilt.h"
#include "map/synth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char town_path[256];

static int town_make(void **state)
{
    (void)state;
    struct amp_why why = {{0}};
    (void)snprintf(town_path, sizeof town_path, "%s", fixture_path("town.osm.pbf"));
    assert_int_equal(amp_synth_write(town_path, 5, 1, NULL, &why), AMP_OK);
    return 0;
}

static int town_remove(void **state)
{
    (void)state;
    return unlink(town_path);
}

static struct amp_buf quilt_bytes(const char *in, const struct amp_quilt_plan *plan)
{
    const char *path = fixture_path("quilt.osm.pbf");
    struct amp_quilt_counts counts;
    struct amp_why why = {{0}};
    if (amp_quilt_write(in, path, plan, NULL, &counts, &why) != AMP_OK) {
        fail_msg("%s", why.text);
    }
    struct amp_buf bytes = fixture_file(path);
    assert_int_equal(unlink(path), 0);
    return bytes;
}

static void quilt_read(const char *in, const struct amp_quilt_plan *plan, struct amp_osm *osm)
{
    struct amp_buf bytes = quilt_bytes(in, plan);
    struct amp_why why = {{0}};
    assert_int_equal(amp_osm_read_bytes(bytes.data, bytes.len, osm, &why), AMP_OK);
    amp_buf_free(&bytes);
}

static void town_read(struct amp_osm *osm)
{
    struct amp_why why = {{0}};
    assert_int_equal(amp_osm_read_file(town_path, NULL, osm, &why), AMP_OK);
}

static void one_copy_is_the_city_itself(void **state)
{
    (void)state;
    struct amp_osm town, quilt;
    town_read(&town);
    quilt_read(town_path, &(struct amp_quilt_plan){.side = 1, .links = 1}, &quilt);
    struct amp_buf a = fixture_dump(&town);
    struct amp_buf b = fixture_dump(&quilt);
    assert_int_equal(a.len, b.len); /* the town's ids count from 1 too */
    assert_memory_equal(a.data, b.data, a.len);
    amp_buf_free(&a);
    amp_buf_free(&b);
    amp_osm_free(&town);
    amp_osm_free(&quilt);
}

static double way_length_m(const struct amp_osm *osm, uint32_t way)
{
    double sum = 0;
    for (uint32_t r = osm->way_ref_first[way] + 1; r < osm->way_ref_first[way + 1]; r++) {
        sum +=
            amp_pos_distance_m(osm->node_pos[osm->way_ref[r - 1]], osm->node_pos[osm->way_ref[r]]);
    }
    return sum;
}

static void each_copy_has_the_tags_members_and_metres_of_the_city(void **state)
{
    (void)state;
    struct amp_osm town, quilt;
    town_read(&town);
    quilt_read(town_path, &(struct amp_quilt_plan){.side = 3, .links = 4}, &quilt);
    assert_int_equal(quilt.node_n, 9 * town.node_n);
    assert_int_equal(quilt.rel_n, 9 * town.rel_n);
    assert_true(quilt.way_n > 9 * town.way_n);
    assert_true(quilt.way_n <= 9 * town.way_n + 12 * 4);
    for (uint32_t way = 0; way < 9 * town.way_n; way++) {
        double is = way_length_m(&quilt, way);
        double was = way_length_m(&town, way % town.way_n);
        uint32_t points = quilt.way_ref_first[way + 1] - quilt.way_ref_first[way];
        if (fabs(is - was) > 1.5 * points + was * 1e-3) {
            fail_msg("way %u is %.1f m long instead of %.1f m", way, is, was);
        }
        assert_int_equal(quilt.way_tag_first[way + 1] - quilt.way_tag_first[way],
                         town.way_tag_first[way % town.way_n + 1] -
                             town.way_tag_first[way % town.way_n]);
    }
    for (uint32_t rel = 0; rel < quilt.rel_n; rel++) {
        uint32_t copy = rel / town.rel_n;
        uint32_t first = quilt.rel_member_first[rel];
        uint32_t of = town.rel_member_first[rel % town.rel_n];
        for (uint32_t m = 0; m < quilt.rel_member_first[rel + 1] - first; m++) {
            const struct amp_osm_member *member = &quilt.rel_member[first + m];
            const struct amp_osm_member *origin = &town.rel_member[of + m];
            uint32_t n = member->kind == AMP_OSM_NODE ? town.node_n : town.way_n;
            assert_int_equal(member->kind, origin->kind);
            assert_int_equal(member->index, copy * n + origin->index);
            assert_string_equal(amp_osm_text(&quilt, member->role),
                                amp_osm_text(&town, origin->role));
        }
    }
    amp_osm_free(&town);
    amp_osm_free(&quilt);
}

static void a_crew_drives_from_the_first_copy_to_the_last(void **state)
{
    (void)state;
    const char *path = fixture_path("quilt.osm.pbf");
    char amap[256];
    struct amp_quilt_counts written;
    struct amp_why why = {{0}};
    struct amp_quilt_plan plan = {.side = 2, .links = 6};
    (void)snprintf(amap, sizeof amap, "%s.amap", path);
    assert_int_equal(amp_quilt_write(town_path, path, &plan, NULL, &written, &why), AMP_OK);
    assert_true(written.links >= 4);
    struct amp_map_counts counts;
    assert_int_equal(amp_map_build(path, amap, NULL, &counts, &why), AMP_OK);
    struct amp_map map;
    assert_int_equal(amp_map_open(amap, &map, &why), AMP_OK);
    struct amp_osm osm;
    assert_int_equal(amp_osm_read_file(path, NULL, &osm, &why), AMP_OK);
    uint32_t last = osm.way_n - (uint32_t)written.links; /* the first link */
    struct amp_pos from = osm.node_pos[osm.way_ref[osm.way_ref_first[last]]];
    struct amp_pos to = osm.node_pos[osm.way_ref[osm.way_ref_first[osm.way_n] - 1]];
    struct amp_metric *metric = NULL;
    struct amp_road_query *query = NULL;
    assert_int_equal(amp_metric_create(map.roads, AMP_PROFILE_CAR, NULL, 0, &metric, &why), AMP_OK);
    assert_int_equal(amp_road_query_create(map.roads, &query), AMP_OK);
    struct amp_arena arena = amp_arena_make(64 << 20);
    struct amp_route route;
    if (amp_route_find(query, metric, from, to, &arena, &route, &why) != AMP_OK) {
        fail_msg("%s", why.text);
    }
    assert_true(route.distance_m >= amp_pos_distance_m(from, to) * 0.99);
    amp_arena_drop(&arena);
    amp_road_query_destroy(query);
    amp_metric_unref(metric);
    amp_osm_free(&osm);
    amp_map_close(&map);
    assert_int_equal(unlink(amap), 0);
    path = fixture_path("quilt.osm.pbf");
    assert_int_equal(unlink(path), 0);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t names_distinct(const struct amp_osm *osm)
{
    uint32_t key = amp_osm_find_text(osm, "name");
    const char **name = malloc(((size_t)osm->tag_n + 1) * sizeof *name);
    size_t n = 0, distinct = 0;
    assert_non_null(name);
    for (uint32_t i = 0; i < osm->tag_n; i++) {
        if (osm->tag[i].key == key) {
            name[n++] = amp_osm_text(osm, osm->tag[i].value);
        }
    }
    qsort(name, n, sizeof *name, by_text);
    for (size_t i = 0; i < n; i++) {
        distinct += i == 0 || strcmp(name[i], name[i - 1]) != 0;
    }
    free(name);
    return distinct;
}

static void copies_have_names_of_their_own_if_asked(void **state)
{
    (void)state;
    struct amp_osm town, plain, named;
    town_read(&town);
    quilt_read(town_path, &(struct amp_quilt_plan){.side = 3, .links = 2}, &plain);
    quilt_read(town_path, &(struct amp_quilt_plan){.side = 3, .links = 2, .names = true}, &named);
    size_t one = names_distinct(&town);
    assert_int_equal(names_distinct(&plain), one);
    assert_true(names_distinct(&named) > 8 * one);
    amp_osm_free(&town);
    amp_osm_free(&plain);
    amp_osm_free(&named);
}

static void the_same_plan_gives_the_same_bytes(void **state)
{
    (void)state;
    struct amp_quilt_plan plan = {.side = 2, .links = 3, .names = true};
    struct amp_buf a = quilt_bytes(town_path, &plan);
    struct amp_buf b = quilt_bytes(town_path, &plan);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    amp_buf_free(&a);
    amp_buf_free(&b);
}

/* A street of two nodes on either side of the antimeridian, with one beyond the extract. */
static void the_antimeridian_gaps_and_absent_members_are_nothing_special(void **state)
{
    (void)state;
    static const char xml[] =
        "<osm version='0.6'><node id='1' lat='-17.0' lon='179.9'/>"
        "<node id='2' lat='-17.1' lon='-179.9'/><node id='3' lat='-17.2' lon='-179.8'/>"
        "<way id='7'><nd ref='1'/><nd ref='99'/><nd ref='2'/><nd ref='3'/>"
        "<tag k='highway' v='residential'/></way>"
        "<relation id='8'><member type='way' ref='77' role='from'/></relation></osm>";
    const char *path = fixture_path("fiji.osm");
    char in[256];
    (void)snprintf(in, sizeof in, "%s", path);
    FILE *file = fopen(in, "w");
    assert_non_null(file);
    assert_int_equal(fputs(xml, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    struct amp_osm osm;
    quilt_read(in, &(struct amp_quilt_plan){.side = 2, .links = 1}, &osm);
    assert_int_equal(osm.node_n, 12);
    assert_int_equal(osm.counts.refs_absent, 4);
    assert_int_equal(osm.counts.members_absent, 4);
    for (uint32_t copy = 0; copy < 4; copy++) {
        assert_true(amp_osm_way_gap(&osm, osm.way_ref_first[copy] + 1));
        double m = amp_pos_distance_m(osm.node_pos[3 * copy], osm.node_pos[3 * copy + 1]);
        assert_true(fabs(m - amp_pos_distance_m(osm.node_pos[0], osm.node_pos[1])) < m / 1000);
    }
    amp_osm_free(&osm);
    assert_int_equal(unlink(in), 0);
}

static void plans_out_of_limits_and_roadless_extracts_are_refused(void **state)
{
    (void)state;
    struct amp_quilt_counts counts;
    struct amp_why why = {{0}};
    const struct amp_quilt_plan bad[] = {{.side = 0, .links = 1},
                                         {.side = AMP_QUILT_SIDE_MAX + 1, .links = 1},
                                         {.side = 1, .links = 0},
                                         {.side = 1, .links = AMP_QUILT_LINKS_MAX + 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(amp_quilt_write(town_path, "/nonexistent/x", &bad[i], NULL, &counts, &why),
                         AMP_E_RANGE);
    }
    static const char xml[] = "<osm version='0.6'><node id='1' lat='79' lon='0'/>"
                              "<node id='2' lat='78' lon='1'/>%s</osm>";
    static const char way[] = "<way id='1'><nd ref='1'/><nd ref='2'/>"
                              "<tag k='highway' v='primary'/></way>";
    char in[256];
    (void)snprintf(in, sizeof in, "%s", fixture_path("north.osm"));
    const struct amp_quilt_plan plan = {.side = 4, .links = 1};
    for (int i = 0; i < 2; i++) {
        FILE *file = fopen(in, "w");
        assert_non_null(file);
        assert_true(fprintf(file, xml, i == 0 ? "" : way) > 0);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(amp_quilt_write(in, "/nonexistent/x", &plan, NULL, &counts, &why),
                         i == 0 ? AMP_E_MISSING : AMP_E_RANGE);
    }
    assert_int_equal(unlink(in), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_copy_is_the_city_itself),
        cmocka_unit_test(each_copy_has_the_tags_members_and_metres_of_the_city),
        cmocka_unit_test(a_crew_drives_from_the_first_copy_to_the_last),
        cmocka_unit_test(copies_have_names_of_their_own_if_asked),
        cmocka_unit_test(the_same_plan_gives_the_same_bytes),
        cmocka_unit_test(the_antimeridian_gaps_and_absent_members_are_nothing_special),
        cmocka_unit_test(plans_out_of_limits_and_roadless_extracts_are_refused),
    };
    return cmocka_run_group_tests_name("map/quilt", tests, town_make, town_remove);
}
