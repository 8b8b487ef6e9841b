/* PBF by hand: every kind of object, scale and offset, order and versions, limits and refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "map/osm.h"
#include "map/osm_fixture.h"

#include <stdio.h>
#include <string.h>

enum {
    FILE_MAX = 128 << 20,
    SMALL = 1 << 20
};

/* String table: 0 empty, 1 highway, 2 primary, 3 role, 4 name, 5 Rua */
static void strings_put(struct amp_buf *block)
{
    static const char *const text[] = {"", "highway", "primary", "role", "name", "Rua"};
    struct amp_buf table = amp_buf_make(SMALL);
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        fixture_bytes(&table, 1, text[i], strlen(text[i]));
    }
    fixture_buf(block, 1, &table);
}

static void node_put(struct amp_buf *group, int64_t id, int64_t lat, int64_t lon)
{
    struct amp_buf node = amp_buf_make(SMALL);
    amp_buf_varint(&node, 1 << 3);
    fixture_zigzag(&node, id);
    fixture_bytes(&node, 2, "\4", 1);
    fixture_bytes(&node, 3, "\5", 1);
    amp_buf_varint(&node, 8 << 3);
    fixture_zigzag(&node, lat);
    amp_buf_varint(&node, 9 << 3);
    fixture_zigzag(&node, lon);
    fixture_buf(group, 1, &node);
}

static void way_put(struct amp_buf *group, int64_t id, const int64_t *ref, size_t n)
{
    struct amp_buf way = amp_buf_make(SMALL);
    fixture_varint(&way, 1, (uint64_t)id);
    fixture_bytes(&way, 2, "\1", 1);
    fixture_bytes(&way, 3, "\2", 1);
    struct amp_buf refs = amp_buf_make(SMALL);
    int64_t last = 0;
    for (size_t i = 0; i < n; i++) {
        fixture_zigzag(&refs, ref[i] - last);
        last = ref[i];
    }
    fixture_buf(&way, 8, &refs);
    fixture_buf(group, 3, &way);
}

/* A relation with way 7 and node 99 as members. */
static void relation_put(struct amp_buf *group, int64_t id)
{
    struct amp_buf rel = amp_buf_make(SMALL);
    fixture_varint(&rel, 1, (uint64_t)id);
    fixture_bytes(&rel, 8, "\3\0", 2);
    struct amp_buf ids = amp_buf_make(SMALL);
    fixture_zigzag(&ids, 7);
    fixture_zigzag(&ids, 92);
    fixture_buf(&rel, 9, &ids);
    fixture_bytes(&rel, 10, "\1\0", 2);
    fixture_buf(group, 4, &rel);
}

static struct amp_buf file_begin(void)
{
    struct amp_buf file = amp_buf_make(FILE_MAX);
    fixture_header(&file, "OsmSchema-V0.6");
    return file;
}

/* One block of plain objects; frees group. */
static void block_put(struct amp_buf *file, struct amp_buf *group)
{
    struct amp_buf block = amp_buf_make(FILE_MAX);
    fixture_buf(&block, 2, group); /* before the strings: the order of fields is free */
    strings_put(&block);
    fixture_blob_zlib(file, "OSMData", &block, 0);
    amp_buf_free(&block);
}

static void model_is(struct amp_buf *file, const char *wanted)
{
    struct amp_osm osm;
    struct amp_why why = {{0}};
    amp_err err = amp_osm_read_bytes(file->data, file->len, &osm, &why);
    assert_string_equal(why.text, "");
    assert_int_equal(err, AMP_OK);
    struct amp_buf dump = fixture_dump(&osm);
    assert_string_equal(dump.data, wanted);
    amp_buf_free(&dump);
    amp_osm_free(&osm);
    amp_buf_free(file);
}

static void refused_as(struct amp_buf *file, amp_err wanted, const char *words)
{
    struct amp_osm osm;
    struct amp_why why = {{0}};
    amp_err err = amp_osm_read_bytes(file->data, file->len, &osm, &why);
    if (!strstr(why.text, words)) {
        fail_msg("\"%s\" does not say \"%s\"", why.text, words);
    }
    assert_int_equal(err, wanted);
    amp_buf_free(file);
}

static void ways_may_come_before_their_nodes(void **state)
{
    (void)state;
    struct amp_buf file = file_begin();
    struct amp_buf first = amp_buf_make(SMALL);
    relation_put(&first, 3);
    way_put(&first, 7, (const int64_t[]){20, 10, 55, 20}, 4);
    block_put(&file, &first);
    struct amp_buf second = amp_buf_make(SMALL);
    node_put(&second, 20, 410000000, -80000000);
    node_put(&second, 10, 410000001, -80000001);
    block_put(&file, &second);
    model_is(&file, "n10 410000001 -80000001 name=Rua\n"
                    "n20 410000000 -80000000 name=Rua\n"
                    "w7 20 10 20 highway=primary\n"
                    "r3 1:7@0(role) 0:99@-1()\n");
}

static void the_last_version_of_an_id_wins(void **state)
{
    (void)state;
    struct amp_buf file = file_begin();
    struct amp_buf group = amp_buf_make(SMALL);
    node_put(&group, 5, 1, 1);
    node_put(&group, 4, 2, 2);
    node_put(&group, 5, 3, 3);
    way_put(&group, 7, (const int64_t[]){4}, 1);
    way_put(&group, 6, (const int64_t[]){5}, 1);
    way_put(&group, 7, (const int64_t[]){5, 4}, 2);
    relation_put(&group, 9);
    relation_put(&group, 8);
    relation_put(&group, 9);
    block_put(&file, &group);
    model_is(&file, "n4 2 2 name=Rua\nn5 3 3 name=Rua\n"
                    "w6 5 highway=primary\nw7 5 4 highway=primary\n"
                    "r8 1:7@1(role) 0:99@-1()\nr9 1:7@1(role) 0:99@-1()\n");
}

static void granularity_and_offsets_are_applied(void **state)
{
    (void)state;
    struct amp_buf file = file_begin();
    struct amp_buf block = amp_buf_make(SMALL);
    struct amp_buf group = amp_buf_make(SMALL);
    node_put(&group, 1, 1000, -2000);
    node_put(&group, 2, 1, -1);
    strings_put(&block);
    fixture_buf(&block, 2, &group);
    fixture_varint(&block, 17, 1000);
    fixture_varint(&block, 19, 5000000049);
    fixture_varint(&block, 20, (uint64_t)-7000000051);
    fixture_blob_raw(&file, "OSMData", &block);
    amp_buf_free(&block);
    model_is(&file, "n1 50010000 -70020001 name=Rua\nn2 50000010 -70000011 name=Rua\n");
}

static void impossible_positions_are_left_out_and_counted(void **state)
{
    (void)state;
    struct amp_buf file = file_begin();
    struct amp_buf group = amp_buf_make(SMALL);
    node_put(&group, 1, 0, 1800000001);
    node_put(&group, 2, 900000001, 0);
    node_put(&group, 3, INT64_MAX, INT64_MIN);
    node_put(&group, 4, -900000000, -1800000000);
    way_put(&group, 7, (const int64_t[]){1, 2, 3, 4}, 4);
    block_put(&file, &group);
    struct amp_osm osm;
    assert_int_equal(amp_osm_read_bytes(file.data, file.len, &osm, NULL), AMP_OK);
    assert_int_equal(osm.counts.positions_bad, 3);
    assert_int_equal(osm.counts.refs_absent, 3);
    assert_int_equal(osm.tag_n, 2);
    amp_osm_free(&osm);
    model_is(&file, "n4 -900000000 -1800000000 name=Rua\nw7 4 highway=primary\n");
}

static void a_box_goes_the_short_way_round(void **state)
{
    (void)state;
    struct amp_buf file = file_begin();
    struct amp_buf group = amp_buf_make(SMALL);
    node_put(&group, 1, 0, 1790000000);
    node_put(&group, 2, 5, -1795000000);
    node_put(&group, 3, -5, 1799999999);
    block_put(&file, &group);
    struct amp_osm osm;
    assert_int_equal(amp_osm_read_bytes(file.data, file.len, &osm, NULL), AMP_OK);
    const struct amp_box wanted = {-5, 1790000000, 5, -1795000000};
    assert_memory_equal(&osm.box, &wanted, sizeof wanted);
    amp_osm_free(&osm);
    amp_buf_free(&file);
}

static void an_unknown_required_feature_is_named(void **state)
{
    (void)state;
    struct amp_buf file = amp_buf_make(SMALL);
    fixture_header(&file, "HistoricalInformation");
    refused_as(&file, AMP_E_UNSUPPORTED, "HistoricalInformation");
}

/* `absent` of three references are to nodes that are not in the file. */
static void located_put(struct amp_buf *file, unsigned absent)
{
    static const int64_t ref[] = {1, 2, 3};
    struct amp_buf block = amp_buf_make(SMALL);
    struct amp_buf group = amp_buf_make(SMALL);
    fixture_bytes(&block, 5, "LocationsOnWays", strlen("LocationsOnWays"));
    fixture_blob_raw(file, "OSMHeader", &block);
    amp_buf_free(&block);
    for (unsigned i = absent; i < 3; i++) {
        node_put(&group, ref[i], 0, (int64_t)i);
    }
    way_put(&group, 7, ref, 3);
    block_put(file, &group);
}

static void positions_on_ways_are_refused_only_where_nodes_lack(void **state)
{
    (void)state;
    struct amp_buf file = amp_buf_make(SMALL);
    located_put(&file, 2);
    refused_as(&file, AMP_E_UNSUPPORTED, "LocationsOnWays");
    file = amp_buf_make(SMALL);
    located_put(&file, 1);
    struct amp_osm osm;
    struct amp_why why = {{0}};
    assert_int_equal(amp_osm_read_bytes(file.data, file.len, &osm, &why), AMP_OK);
    assert_int_equal(osm.counts.refs_absent, 1);
    amp_osm_free(&osm);
    amp_buf_free(&file);
}

static void a_file_without_header_is_refused(void **state)
{
    (void)state;
    struct amp_buf file = amp_buf_make(SMALL);
    struct amp_buf block = amp_buf_make(SMALL);
    strings_put(&block);
    fixture_blob_raw(&file, "OSMData", &block);
    amp_buf_free(&block);
    refused_as(&file, AMP_E_SYNTAX, "no OSMHeader");
}

static void unknown_blobs_and_fields_are_passed_over(void **state)
{
    (void)state;
    struct amp_buf file = file_begin();
    struct amp_buf block = amp_buf_make(SMALL);
    amp_buf_text(&block, "anything at all");
    fixture_blob_raw(&file, "SomethingNew", &block);
    amp_buf_clear(&block);
    struct amp_buf group = amp_buf_make(SMALL);
    node_put(&group, 1, 2, 3);
    fixture_bytes(&group, 5, "changeset", 9);
    strings_put(&block);
    fixture_buf(&block, 2, &group);
    fixture_varint(&block, 4711, 1);
    fixture_blob_raw(&file, "OSMData", &block);
    amp_buf_free(&block);
    model_is(&file, "n1 2 3 name=Rua\n");
}

static void sizes_beyond_the_format_are_refused_by_limit(void **state)
{
    (void)state;
    struct amp_buf file = amp_buf_make(SMALL);
    amp_buf_put(&file, "\0\1\0\0", 4); /* a header of exactly 64 KiB */
    refused_as(&file, AMP_E_LIMIT, "64 KiB");

    file = amp_buf_make(SMALL);
    struct amp_buf head = amp_buf_make(SMALL);
    fixture_bytes(&head, 1, "OSMHeader", 9);
    fixture_varint(&head, 3, (32 << 20) + 1);
    amp_buf_put(&file, "\0\0\0", 3);
    amp_buf_char(&file, (char)head.len);
    amp_buf_put(&file, head.data, head.len);
    amp_buf_free(&head);
    refused_as(&file, AMP_E_LIMIT, "32 MiB");

    file = file_begin();
    struct amp_buf block = amp_buf_make(SMALL);
    strings_put(&block);
    fixture_blob_zlib(&file, "OSMData", &block, UINT64_C(1) << 40);
    amp_buf_free(&block);
    refused_as(&file, AMP_E_LIMIT, "32 MiB");
}

static void a_size_that_is_not_the_inflated_one_is_refused(void **state)
{
    (void)state;
    for (uint64_t claimed = 30; claimed < 60; claimed += 29) { /* too small; too large */
        struct amp_buf file = file_begin();
        struct amp_buf block = amp_buf_make(SMALL);
        strings_put(&block);
        assert_true(block.len > 30 && block.len < 59);
        fixture_blob_zlib(&file, "OSMData", &block, claimed);
        amp_buf_free(&block);
        refused_as(&file, AMP_E_SYNTAX, "zlib");
    }
}

static void a_bomb_of_blobs_is_refused_while_small(void **state)
{
    (void)state;
    struct amp_buf block = amp_buf_make(FILE_MAX);
    struct amp_buf table = amp_buf_make(FILE_MAX);
    void *zeroes = amp_buf_extend(&table, 30 << 20);
    assert_non_null(zeroes);
    memset(zeroes, 0, 30 << 20);
    fixture_buf(&block, 900, &table); /* an unknown field full of zeroes */
    struct amp_buf file = file_begin();
    for (int i = 0; i < 8; i++) {
        fixture_blob_zlib(&file, "OSMData", &block, 0);
    }
    amp_buf_free(&block);
    assert_true(file.len < 400000);
    refused_as(&file, AMP_E_LIMIT, "honestly");
}

static void a_packing_that_is_not_read_is_named(void **state)
{
    (void)state;
    static const char *const name[] = {"lzma", "bzip2", "lz4", "zstd"};
    for (uint32_t field = 4; field <= 7; field++) {
        struct amp_buf file = file_begin();
        struct amp_buf blob = amp_buf_make(SMALL);
        fixture_varint(&blob, 2, 10);
        fixture_bytes(&blob, field, "data", 4);
        struct amp_buf head = amp_buf_make(SMALL);
        fixture_bytes(&head, 1, "OSMData", 7);
        fixture_varint(&head, 3, blob.len);
        amp_buf_put(&file, "\0\0\0", 3);
        amp_buf_char(&file, (char)head.len);
        amp_buf_put(&file, head.data, head.len);
        amp_buf_put(&file, blob.data, blob.len);
        amp_buf_free(&head);
        amp_buf_free(&blob);
        refused_as(&file, AMP_E_UNSUPPORTED, name[field - 4]);
    }
}

/* A dense block whose four columns are given as bytes. */
static struct amp_buf dense_file(const char *ids, const char *lats, const char *tags, size_t tag_n)
{
    struct amp_buf dense = amp_buf_make(SMALL);
    fixture_bytes(&dense, 1, ids, strlen(ids));
    fixture_bytes(&dense, 8, lats, strlen(lats));
    fixture_bytes(&dense, 9, lats, strlen(lats));
    fixture_bytes(&dense, 10, tags, tag_n);
    struct amp_buf group = amp_buf_make(SMALL);
    fixture_buf(&group, 2, &dense);
    struct amp_buf file = file_begin();
    block_put(&file, &group);
    return file;
}

static void dense_nodes_are_summed_and_tagged(void **state)
{
    (void)state;
    struct amp_buf file = dense_file("\2\2\2", "\2\4\3", "\0\4\5\1\2\0\0", 7);
    model_is(&file, "n1 1 1\nn2 3 3 name=Rua highway=primary\nn3 1 1\n");
    file = dense_file("\2\2\2", "\2\4\3", "", 0);
    model_is(&file, "n1 1 1\nn2 3 3\nn3 1 1\n");
}

static void broken_dense_nodes_are_refused(void **state)
{
    (void)state;
    struct amp_buf file = dense_file("\2\2", "\2\2\2", "", 0);
    refused_as(&file, AMP_E_SYNTAX, "unequal");
    file = dense_file("\2\2\2", "\2\2", "", 0);
    refused_as(&file, AMP_E_SYNTAX, "unequal");
    file = dense_file("\2", "\2", "\0\4\5\0", 4);
    refused_as(&file, AMP_E_SYNTAX, "more dense nodes");
    file = dense_file("\2", "\2", "\4", 1);
    refused_as(&file, AMP_E_SYNTAX, "tags");
    file = dense_file("\2", "\2", "\4\177\0", 3);
    refused_as(&file, AMP_E_SYNTAX, "beyond the string table");
}

static void the_blob_with_the_fault_is_named_by_its_offset(void **state)
{
    (void)state;
    struct amp_buf file = dense_file("\2", "\2", "", 0);
    char words[64];
    (void)snprintf(words, sizeof words, "at byte %zu", file.len);
    struct amp_buf block = amp_buf_make(SMALL);
    amp_buf_put(&block, "\xff\xff", 2);
    fixture_blob_raw(&file, "OSMData", &block);
    amp_buf_free(&block);
    refused_as(&file, AMP_E_SYNTAX, words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_may_come_before_their_nodes),
        cmocka_unit_test(the_last_version_of_an_id_wins),
        cmocka_unit_test(granularity_and_offsets_are_applied),
        cmocka_unit_test(impossible_positions_are_left_out_and_counted),
        cmocka_unit_test(a_box_goes_the_short_way_round),
        cmocka_unit_test(an_unknown_required_feature_is_named),
        cmocka_unit_test(positions_on_ways_are_refused_only_where_nodes_lack),
        cmocka_unit_test(a_file_without_header_is_refused),
        cmocka_unit_test(unknown_blobs_and_fields_are_passed_over),
        cmocka_unit_test(sizes_beyond_the_format_are_refused_by_limit),
        cmocka_unit_test(a_size_that_is_not_the_inflated_one_is_refused),
        cmocka_unit_test(a_bomb_of_blobs_is_refused_while_small),
        cmocka_unit_test(a_packing_that_is_not_read_is_named),
        cmocka_unit_test(dense_nodes_are_summed_and_tagged),
        cmocka_unit_test(broken_dense_nodes_are_refused),
        cmocka_unit_test(the_blob_with_the_fault_is_named_by_its_offset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
