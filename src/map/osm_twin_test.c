/*
 * The packed import against a plain one, on random extracts: any order of objects, ids twice, gaps,
 * far and negative ids, tags that no map can use. And what is left out is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/chance.h"
#include "map/dropped.h"
#include "map/osm_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS = 300,
    OBJECTS = 400,
    PARTS = 8,
    TAGS = 4,
    TEXT = 1 << 20
};

struct object {
    enum amp_osm_kind kind;
    int64_t id;
    int32_t lat_e7, lon_e7;
    size_t part_n, tag_n;
    int64_t part[PARTS];
    unsigned tag[TAGS]; /* number of key and value; a multiple of 3 is useless */
    bool superseded;
};

struct extract {
    struct object object[OBJECTS];
    size_t n;
};

/* How ids are chosen: dense, spread over more than 32 bits, or negative too. */
static int64_t id_choose(struct amp_chance *chance, int style)
{
    int64_t id = amp_chance_below(chance, OBJECTS);
    if (style == 1) {
        return id * INT64_C(123456789012);
    }
    return style == 2 ? id - OBJECTS / 2 : id + 1;
}

static void object_make(struct amp_chance *chance, int style, struct object *out)
{
    *out = (struct object){.kind = (enum amp_osm_kind)amp_chance_below(chance, 3),
                           .id = id_choose(chance, style),
                           .lat_e7 = (int32_t)amp_chance_below(chance, 900000000),
                           .lon_e7 = (int32_t)amp_chance_below(chance, 1800000000)};
    out->tag_n = amp_chance_below(chance, TAGS + 1);
    for (size_t i = 0; i < out->tag_n; i++) {
        out->tag[i] = amp_chance_below(chance, 12);
    }
    out->part_n = out->kind == AMP_OSM_NODE ? 0 : amp_chance_below(chance, PARTS + 1);
    for (size_t i = 0; i < out->part_n; i++) {
        out->part[i] = id_choose(chance, style);
    }
}

static int by_kind_and_id(const void *a, const void *b)
{
    const struct object *x = a;
    const struct object *y = b;
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    return x->id < y->id ? -1 : x->id > y->id;
}

static void extract_make(struct amp_chance *chance, unsigned round, struct extract *out)
{
    out->n = 1 + amp_chance_below(chance, OBJECTS);
    for (size_t i = 0; i < out->n; i++) {
        object_make(chance, (int)(round % 3), &out->object[i]);
    }
    if (round % 2 == 0) { /* as nearly all files are */
        qsort(out->object, out->n, sizeof out->object[0], by_kind_and_id);
    }
    for (size_t i = 0; i < out->n; i++) {
        for (size_t k = i + 1; k < out->n && !out->object[i].superseded; k++) {
            out->object[i].superseded = by_kind_and_id(&out->object[i], &out->object[k]) == 0;
        }
    }
}

/* As XML, with all tags; or as fixture_dump has them, without the useless ones. */
static void tags_print(const struct object *object, bool xml, struct amp_buf *out)
{
    for (size_t i = 0; i < object->tag_n; i++) {
        unsigned tag = object->tag[i];
        const char *key = tag % 3 == 0 ? "source:" : "key";
        if (xml) {
            amp_buf_printf(out, "<tag k='%s%u' v='v%u'/>", key, tag, tag);
        } else if (tag % 3 != 0) {
            amp_buf_printf(out, " %s%u=v%u", key, tag, tag);
        }
    }
}

static void xml_print(const struct extract *extract, struct amp_buf *out)
{
    static const char *const kind[] = {"node", "way", "relation"};
    amp_buf_text(out, "<osm version='0.6'>");
    for (size_t i = 0; i < extract->n; i++) {
        const struct object *object = &extract->object[i];
        amp_buf_printf(out, "<%s id='%" PRId64 "' lat='%.7f' lon='%.7f'>", kind[object->kind],
                       object->id, object->lat_e7 / 1e7, object->lon_e7 / 1e7);
        for (size_t p = 0; p < object->part_n; p++) {
            if (object->kind == AMP_OSM_WAY) {
                amp_buf_printf(out, "<nd ref='%" PRId64 "'/>", object->part[p]);
            } else {
                amp_buf_printf(out, "<member type='%s' ref='%" PRId64 "' role=''/>", kind[p % 3],
                               object->part[p]);
            }
        }
        tags_print(object, true, out);
        amp_buf_printf(out, "</%s>", kind[object->kind]);
    }
    amp_buf_text(out, "</osm>");
}

/* The place of an object among those of its kind that count: nodes by id, others by the file. */
static int64_t place_of(const struct extract *extract, enum amp_osm_kind kind, int64_t id)
{
    int64_t before = 0, found = -1;
    for (size_t i = 0; i < extract->n; i++) {
        const struct object *object = &extract->object[i];
        if (object->kind != kind || object->superseded) {
            continue;
        }
        if (object->id == id) {
            found = kind == AMP_OSM_NODE ? 0 : before;
        }
        before += kind != AMP_OSM_NODE || object->id < id;
    }
    return found < 0 || kind != AMP_OSM_NODE ? found : before;
}

static void object_dump(const struct extract *extract, const struct object *object,
                        struct amp_buf *out)
{
    amp_buf_printf(out, "%c%" PRId64, "nwr"[object->kind], object -> id);
    if (object->kind == AMP_OSM_NODE) {
        amp_buf_printf(out, " %d %d", object->lat_e7, object->lon_e7);
    }
    for (size_t p = 0; p < object->part_n; p++) {
        enum amp_osm_kind kind =
            object->kind == AMP_OSM_WAY ? AMP_OSM_NODE : (enum amp_osm_kind)(p % 3);
        int64_t place = place_of(extract, kind, object->part[p]);
        if (object->kind == AMP_OSM_RELATION) {
            amp_buf_printf(out, " %d:%" PRId64 "@%" PRId64 "()", (int)kind, object->part[p], place);
        } else if (place >= 0) {
            amp_buf_printf(out, " %" PRId64, object->part[p]);
        }
    }
    tags_print(object, false, out);
    amp_buf_char(out, '\n');
}

/* What fixture_dump must give, without any packing. */
static void plain_dump(const struct extract *extract, struct amp_buf *out)
{
    struct extract *sorted = malloc(sizeof *sorted);
    assert_non_null(sorted);
    *sorted = *extract;
    qsort(sorted->object, sorted->n, sizeof sorted->object[0], by_kind_and_id);
    for (size_t i = 0; i < sorted->n; i++) {
        if (sorted->object[i].kind == AMP_OSM_NODE && !sorted->object[i].superseded) {
            object_dump(extract, &sorted->object[i], out);
        }
    }
    free(sorted);
    for (int kind = AMP_OSM_WAY; kind <= AMP_OSM_RELATION; kind++) {
        for (size_t i = 0; i < extract->n; i++) {
            const struct object *object = &extract->object[i];
            if ((int)object->kind == kind && !object->superseded) {
                object_dump(extract, object, out);
            }
        }
    }
}

static void packed_and_plain_import_agree_on_random_extracts(void **state)
{
    (void)state;
    struct extract *extract = malloc(sizeof *extract);
    assert_non_null(extract);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct amp_chance chance = {.state = round};
        struct amp_buf xml = amp_buf_make(TEXT);
        struct amp_buf plain = amp_buf_make(TEXT);
        struct amp_osm osm;
        struct amp_why why = {{0}};
        extract_make(&chance, round, extract);
        xml_print(extract, &xml);
        if (amp_osm_read_bytes(xml.data, xml.len, &osm, &why) != AMP_OK) {
            fail_msg("round %u: %s", round, why.text);
        }
        struct amp_buf packed = fixture_dump(&osm);
        plain_dump(extract, &plain);
        assert_string_equal(amp_buf_cstr(&packed), amp_buf_cstr(&plain));
        amp_osm_free(&osm);
        amp_buf_free(&xml);
        amp_buf_free(&plain);
        amp_buf_free(&packed);
    }
    free(extract);
}

static const struct amp_dropped_row *dropped_row(const struct amp_osm *osm, const char *words)
{
    for (uint32_t i = 0; i < osm->dropped->row_n; i++) {
        if (strstr(osm->dropped->row[i].reason, words) != NULL) {
            return &osm->dropped->row[i];
        }
    }
    fail_msg("nothing was dropped because: %s", words);
    return &osm->dropped->row[0];
}

static void what_is_left_out_is_counted_with_an_example(void **state)
{
    (void)state;
    static const char xml[] =
        "<osm version='0.6'><node id='1' lat='1' lon='1'/><node id='2' lat='95' lon='1'/>"
        "<node id='3' lat='1' lon='1' visible='false'/>"
        "<node id='4' lat='2' lon='2'><tag k='source' v='survey'/><tag k='website' v='x'/>"
        "<tag k='name' v='kept'/></node>"
        "<way id='7'><nd ref='1'/><nd ref='2'/></way><way id='8'><nd ref='1'/><nd ref='4'/></way>"
        "<way id='8'><nd ref='4'/><nd ref='1'/></way>"
        "<relation id='9'><member type='way' ref='77' role=''/></relation></osm>";
    static const struct {
        const char *words;
        uint64_t n;
        enum amp_osm_kind kind;
        int64_t example;
    } wanted[] = {{"impossible position", 1, AMP_OSM_NODE, 2},
                  {"marked as deleted", 1, AMP_OSM_NODE, 3},
                  {"of no use to a map", 2, AMP_OSM_NODE, 4},
                  {"a node of it is not in the extract", 1, AMP_OSM_WAY, 7},
                  {"fewer than two nodes", 1, AMP_OSM_WAY, 7},
                  {"an id twice", 1, AMP_OSM_WAY, 8},
                  {"a member is not in the extract", 1, AMP_OSM_RELATION, 9}};
    struct amp_osm osm;
    assert_int_equal(amp_osm_read_bytes(xml, strlen(xml), &osm, NULL), AMP_OK);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const struct amp_dropped_row *row = dropped_row(&osm, wanted[i].words);
        assert_int_equal(row->n, wanted[i].n);
        assert_int_equal(row->kind, wanted[i].kind);
        assert_int_equal(row->example, wanted[i].example);
    }
    assert_int_equal(osm.dropped->row_n, sizeof wanted / sizeof wanted[0]);
    assert_int_equal(amp_osm_find_text(&osm, "survey"), AMP_OSM_ABSENT);
    amp_osm_free(&osm);
}

static void more_reasons_than_fit_are_counted_as_something_else(void **state)
{
    (void)state;
    struct amp_map_dropped *dropped = calloc(1, sizeof *dropped);
    assert_non_null(dropped);
    for (int i = 0; i < 2 * AMP_DROPPED_REASONS; i++) {
        char reason[AMP_DROPPED_TEXT];
        (void)snprintf(reason, sizeof reason, "reason %d", i);
        amp_dropped_add(dropped, reason, AMP_OSM_WAY, i, 2);
    }
    amp_dropped_add(dropped, "reason 5", AMP_OSM_NODE, 1, 0);
    amp_dropped_add(NULL, "nobody counts", AMP_OSM_NODE, 1, 1);
    uint64_t n = 0;
    for (uint32_t i = 0; i < dropped->row_n; i++) {
        n += dropped->row[i].n;
    }
    assert_int_equal(dropped->row_n, AMP_DROPPED_REASONS);
    assert_int_equal(n, 4 * AMP_DROPPED_REASONS);
    assert_string_equal(dropped->row[AMP_DROPPED_REASONS - 1].reason, "something else");
    free(dropped);
}

static void refused_with(const char *bytes, size_t len, const char *words)
{
    struct amp_osm osm;
    struct amp_why why = {{0}};
    assert_int_equal(amp_osm_read_bytes(bytes, len, &osm, &why), AMP_E_UNSUPPORTED);
    if (strstr(why.text, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", why.text, words);
    }
}

static void files_of_other_kinds_are_refused_with_what_to_do(void **state)
{
    (void)state;
    refused_with("BZh91AY&SY", 10, "bzip2");
    refused_with("\xfd"
                 "7zXZ\0",
                 6, "xz");
    refused_with("\x28\xb5\x2f\xfd....", 8, "zstd");
    refused_with("PK\3\4....", 8, "zip");
    refused_with("\xff\xe0\4o5m2", 7, "o5m");
    refused_with("AMAP\r\n\x1a\n", 8, "a map already");
    static const char change[] = "<osmChange version='0.6'></osmChange>";
    refused_with(change, sizeof change - 1, "osmChange");
    static const char history[] = "<osm version='0.6'><node id='1' version='1' lat='1' lon='1'/>"
                                  "<node id='1' version='2' visible='false'/></osm>";
    refused_with(history, sizeof history - 1, "history");
    struct amp_buf pbf = amp_buf_make(TEXT);
    fixture_header(&pbf, "HistoricalInformation");
    refused_with(pbf.data, pbf.len, "history");
    amp_buf_free(&pbf);
}

static void changesets_and_what_is_not_known_are_passed_over(void **state)
{
    (void)state;
    static const char xml[] = "<osm version='0.6'><changeset id='5'><tag k='comment' v='x'/>"
                              "<discussion><comment><text>x</text></comment></discussion>"
                              "</changeset><node id='1' lat='1' lon='1'/></osm>";
    struct amp_osm osm;
    assert_int_equal(amp_osm_read_bytes(xml, strlen(xml), &osm, NULL), AMP_OK);
    assert_int_equal(osm.node_n, 1);
    assert_int_equal(osm.tag_n, 0);
    amp_osm_free(&osm);
}

static void a_way_without_nodes_is_read_and_counted(void **state)
{
    (void)state;
    static const char xml[] = "<osm version='0.6'><node id='1' lat='1' lon='1'/>"
                              "<way id='3'><tag k='highway' v='primary'/></way></osm>";
    struct amp_osm osm;
    assert_int_equal(amp_osm_read_bytes(xml, strlen(xml), &osm, NULL), AMP_OK);
    assert_int_equal(osm.way_n, 1);
    assert_int_equal(osm.way_ref_first[1], 0);
    assert_int_equal(dropped_row(&osm, "fewer than two nodes")->example, 3);
    amp_osm_free(&osm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_and_plain_import_agree_on_random_extracts),
        cmocka_unit_test(what_is_left_out_is_counted_with_an_example),
        cmocka_unit_test(more_reasons_than_fit_are_counted_as_something_else),
        cmocka_unit_test(files_of_other_kinds_are_refused_with_what_to_do),
        cmocka_unit_test(a_way_without_nodes_is_read_and_counted),
        cmocka_unit_test(changesets_and_what_is_not_known_are_passed_over),
    };
    return cmocka_run_group_tests_name("map/osm_twin", tests, NULL, NULL);
}
