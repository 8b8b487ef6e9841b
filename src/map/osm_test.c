/* Real extracts: counts as osmium gives them, boxes, unsorted files, damage of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/osm.h"
#include "map/osm_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `osmium fileinfo -e` on each file: number of nodes, ways, relations; the bounding box. */
static const struct extract {
    const char *path;
    uint64_t nodes, ways, relations;
    struct amp_box box;
} extracts[] = {
    {"maps/fiji_ferry.osm.pbf", 10640, 1179, 4, {-181639878, 1784215529, -166863909, -1798312976}},
    {"maps/monaco.osm.pbf", 180118, 27377, 212, {437147967, 73490007, 437700000, 74909960}},
    {"maps/moscow_ru.osm.gz", 8402, 1652, 272, {557773696, 375029169, 558682320, 376545606}},
    {"maps/oaxaca_mx.osm.pbf", 123143, 25805, 187, {167662133, -969544680, 182307553, -963737600}},
    {"maps/porto_alegre_br.osm.pbf",
     43264,
     16032,
     23,
     {-301133278, -512663537, -299876429, -511321566}},
    {"maps/porto_portugal.osm.pbf",
     347944,
     51458,
     357,
     {409810002, -87781794, 413989987, -83580007}},
    {"maps/vancouver_canada.osm.pbf",
     320720,
     52072,
     672,
     {491950005, -1232898637, 493200000, -1230200013}},
};

static void indexes_check(const struct amp_osm *osm)
{
    for (uint32_t i = 1; i < osm->node_n; i++) {
        assert_true(amp_osm_node_id(osm, i - 1) < amp_osm_node_id(osm, i));
    }
    for (uint32_t i = 0; i < osm->node_n; i++) {
        assert_true(amp_pos_valid(osm->node_pos[i].lat_e7, osm->node_pos[i].lon_e7));
        struct amp_osm_span tags = amp_osm_node_tags(osm, i);
        assert_true(tags.first <= tags.end && tags.end <= osm->tag_n);
    }
    for (uint32_t i = 0; i < osm->way_n; i++) {
        assert_true(osm->way_ref_first[i] <= osm->way_ref_first[i + 1]);
        assert_true(osm->way_tag_first[i] <= osm->way_tag_first[i + 1]);
    }
    for (uint32_t i = 0; osm->way_n > 0 && i < osm->way_ref_first[osm->way_n]; i++) {
        assert_true(osm->way_ref[i] < osm->node_n);
    }
    const uint32_t end[3] = {osm->node_n, osm->way_n, osm->rel_n};
    for (uint32_t i = 0; osm->rel_n > 0 && i < osm->rel_member_first[osm->rel_n]; i++) {
        const struct amp_osm_member *member = &osm->rel_member[i];
        assert_true(member->index == AMP_OSM_ABSENT || member->index < end[member->kind]);
        assert_true(member->role < osm->text_n);
    }
    for (uint32_t i = 0; i < osm->tag_n; i++) {
        assert_true(osm->tag[i].key < osm->text_n && osm->tag[i].value < osm->text_n);
    }
}

static void real_extracts_have_the_counts_osmium_gives(void **state)
{
    (void)state;
    size_t read = 0;
    for (size_t i = 0; i < sizeof extracts / sizeof *extracts; i++) {
        const char *path = amp_testdata(extracts[i].path);
        if (!path) {
            print_message("# no test data: %s\n", extracts[i].path);
            continue;
        }
        struct amp_osm osm;
        struct amp_why why = {{0}};
        assert_int_equal(amp_osm_read_file(path, NULL, &osm, &why), AMP_OK);
        assert_int_equal(osm.counts.nodes, extracts[i].nodes);
        assert_int_equal(osm.counts.ways, extracts[i].ways);
        assert_int_equal(osm.counts.relations, extracts[i].relations);
        assert_int_equal(osm.counts.positions_bad, 0);
        assert_memory_equal(&osm.box, &extracts[i].box, sizeof osm.box);
        indexes_check(&osm);
        amp_osm_free(&osm);
        read++;
    }
    if (read == 0) {
        AMP_TEST_SKIP("no test data");
    }
}

static void a_name_is_found_by_its_key(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/moscow_ru.osm.gz");
    AMP_TEST_NEEDS(path);
    struct amp_osm osm;
    assert_int_equal(amp_osm_read_file(path, NULL, &osm, NULL), AMP_OK);
    uint32_t name = amp_osm_find_text(&osm, "name");
    assert_int_not_equal(name, AMP_OSM_ABSENT);
    assert_int_equal(amp_osm_find_text(&osm, "no such key"), AMP_OSM_ABSENT);
    bool seen = false;
    for (uint32_t i = 0; i < osm.way_n; i++) {
        const char *value = amp_osm_way_value(&osm, i, name);
        seen = seen || (value && strcmp(value, "улица Добролюбова") == 0);
    }
    assert_true(seen);
    amp_osm_free(&osm);
}

static uint64_t chance_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Whatever comes out, it is an error with a sentence, or a model whose indexes hold. */
static void outcome_check(const void *data, size_t len, uint32_t *refused)
{
    /* a copy of exactly this length: a sanitizer sees a read behind it */
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, data, len);
    struct amp_osm osm;
    struct amp_why why = {{0}};
    if (amp_osm_read_bytes(copy, len, &osm, &why)) {
        assert_true(strlen(why.text) > 10);
        (*refused)++;
    } else {
        indexes_check(&osm);
        amp_osm_free(&osm);
    }
    free(copy);
}

static void damage_is_survived(const char *path, uint32_t changes, uint32_t min_refused)
{
    struct amp_buf file = fixture_file(path);
    uint32_t refused = 0;
    for (size_t i = 0; i < 97; i++) {
        outcome_check(file.data, file.len * i / 97, &refused);
    }
    assert_in_range(refused, 80, 97); /* a cut between two blobs is no damage to see */
    refused = 0;
    uint64_t seed = 7;
    for (uint32_t i = 0; i < changes; i++) {
        size_t at = (size_t)(chance_next(&seed) % file.len);
        char old = file.data[at];
        file.data[at] = (char)(old ^ (char)(1 + chance_next(&seed) % 255));
        outcome_check(file.data, file.len, &refused);
        file.data[at] = old;
    }
    assert_in_range(refused, min_refused, changes);
    amp_buf_free(&file);
}

static void a_cut_or_altered_pbf_is_refused_or_read_never_worse(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/fiji_ferry.osm.pbf");
    AMP_TEST_NEEDS(path);
    damage_is_survived(path, 400, 300);
}

static void a_cut_or_altered_gzip_is_refused_or_read_never_worse(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/moscow_ru.osm.gz");
    AMP_TEST_NEEDS(path);
    damage_is_survived(path, 200, 150);
}

static void a_file_that_is_no_map_is_refused_with_its_name(void **state)
{
    (void)state;
    struct amp_osm osm;
    struct amp_why why = {{0}};
    assert_int_equal(amp_osm_read_file("/nonexistent/x.osm", NULL, &osm, &why), AMP_E_NOT_FOUND);
    assert_non_null(strstr(why.text, "/nonexistent/x.osm"));
    assert_int_equal(amp_osm_read_file("/", NULL, &osm, &why), AMP_E_IO);
    assert_int_equal(amp_osm_read_bytes("PK\3\4zip", 7, &osm, &why), AMP_E_UNSUPPORTED);
    assert_int_equal(amp_osm_read_bytes("", 0, &osm, &why), AMP_E_SYNTAX);
    assert_int_equal(amp_osm_read_bytes(NULL, 0, &osm, NULL), AMP_E_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_extracts_have_the_counts_osmium_gives),
        cmocka_unit_test(a_name_is_found_by_its_key),
        cmocka_unit_test(a_cut_or_altered_pbf_is_refused_or_read_never_worse),
        cmocka_unit_test(a_cut_or_altered_gzip_is_refused_or_read_never_worse),
        cmocka_unit_test(a_file_that_is_no_map_is_refused_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
