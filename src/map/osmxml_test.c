/* OSM XML: the same model as PBF for the same content; plain, gzipped, in pieces; bombs refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "map/osm.h"
#include "map/osm_fixture.h"
#include "map/osmwrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
    BIG = 256 << 20
};

static const char sample[] =
    "<?xml version='1.0' encoding='UTF-8'?>\n<osm version='0.6' generator='by hand'>\n"
    " <bounds minlat='1' minlon='2' maxlat='3' maxlon='4'/>\n"
    " <node id='1' lat='41.1496123' lon='-8.61099' version='1'/>\n"
    " <node id='2' lat='-20' lon='36.00000004'><tag k='name' v='Caf&#233; &amp; "
    "P&#xe3;o'/></node>\n"
    " <node id='3' visible='false'/>\n <node id='4' lat='0.5' lon='180.5'><tag k='a' "
    "v='b'/></node>\n"
    " <way id='9'><nd ref='1'/><nd ref='2'/><nd ref='4'/><nd ref='1'/>"
    "<tag k='highway' v='primary'/><tag k='name' v='Улица'/></way>\n"
    " <way id='10' action='delete'><nd ref='1'/><tag k='x' v='y'/></way>\n"
    " <relation id='5'><member type='way' ref='9' role='from'/>"
    "<member type='node' ref='2' role='via'/><member type='way' ref='77' role='to'/>"
    "<tag k='type' v='restriction'/></relation>\n"
    "</osm>\n";

static amp_err read_text(const char *text, struct amp_osm *osm, struct amp_why *why)
{
    return amp_osm_read_bytes(text, strlen(text), osm, why);
}

static void sample_check(const void *data, size_t len)
{
    struct amp_osm osm;
    struct amp_why why = {{0}};
    amp_err err = amp_osm_read_bytes(data, len, &osm, &why);
    assert_string_equal(why.text, "");
    assert_int_equal(err, AMP_OK);
    struct amp_buf dump = fixture_dump(&osm);
    assert_string_equal(dump.data, "n1 411496123 -86109900\n"
                                   "n2 -200000000 360000000 name=Café & Pão\n"
                                   "w9 1 2 1 highway=primary name=Улица\n"
                                   "r5 1:9@0(from) 0:2@1(via) 1:77@-1(to) type=restriction\n");
    assert_int_equal(osm.counts.positions_bad, 1);
    assert_int_equal(osm.counts.refs_absent, 1);
    assert_int_equal(osm.counts.members_absent, 1);
    amp_buf_free(&dump);
    amp_osm_free(&osm);
}

static struct amp_buf gzip_of(const void *data, size_t len)
{
    struct amp_buf out = amp_buf_make(BIG);
    z_stream z = {.next_in = (z_const Bytef *)(uintptr_t)data, .avail_in = (uInt)len};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    uint8_t step[65536];
    int status = Z_OK;
    while (status != Z_STREAM_END) {
        z.next_out = step;
        z.avail_out = sizeof step;
        status = deflate(&z, Z_FINISH);
        amp_buf_put(&out, step, sizeof step - z.avail_out);
    }
    deflateEnd(&z);
    return out;
}

static void the_sample_is_read_plain_and_gzipped(void **state)
{
    (void)state;
    sample_check(sample, strlen(sample));
    struct amp_buf gz = gzip_of(sample, strlen(sample));
    sample_check(gz.data, gz.len);
    amp_buf_free(&gz);
}

static void a_gzip_of_several_members_is_read(void **state)
{
    (void)state;
    size_t half = strlen(sample) / 2;
    struct amp_buf gz = gzip_of(sample, half);
    struct amp_buf more = gzip_of(sample + half, strlen(sample) - half);
    amp_buf_put(&gz, more.data, more.len);
    amp_buf_put(&gz, "\0\0\0\0", 4);
    sample_check(gz.data, gz.len);
    amp_buf_free(&gz);
    amp_buf_free(&more);
}

/* XML of a model, to read again. */
static struct amp_buf xml_of(const struct amp_osm *osm)
{
    static const char *const kind[] = {"node", "way", "relation"};
    struct amp_buf out = amp_buf_make(BIG);
    amp_buf_text(&out, "<osm version='0.6'>");
    for (uint32_t i = 0; i < osm->node_n; i++) {
        struct amp_pos pos = osm->node_pos[i];
        amp_buf_printf(&out, "<node id='%lld' lat='%.7f' lon='%.7f'>",
                       (long long)amp_osm_node_id(osm, i), pos.lat_e7 / 1e7, pos.lon_e7 / 1e7);
        struct amp_osm_span tags = amp_osm_node_tags(osm, i);
        for (uint32_t k = tags.first; k < tags.end; k++) {
            amp_buf_printf(&out, "<tag k='%s' v='%s'/>", amp_osm_text(osm, osm->tag[k].key),
                           amp_osm_text(osm, osm->tag[k].value));
        }
        amp_buf_text(&out, "</node>\n");
    }
    for (uint32_t i = 0; i < osm->way_n; i++) {
        amp_buf_printf(&out, "<way id='%lld'>", (long long)osm->way_id[i]);
        for (uint32_t k = osm->way_ref_first[i]; k < osm->way_ref_first[i + 1]; k++) {
            amp_buf_printf(&out, "<nd ref='%lld'/>",
                           (long long)amp_osm_node_id(osm, osm->way_ref[k]));
        }
        for (uint32_t k = osm->way_tag_first[i]; k < osm->way_tag_first[i + 1]; k++) {
            amp_buf_printf(&out, "<tag k='%s' v='%s'/>", amp_osm_text(osm, osm->tag[k].key),
                           amp_osm_text(osm, osm->tag[k].value));
        }
        amp_buf_text(&out, "</way>\n");
    }
    for (uint32_t i = 0; i < osm->rel_n; i++) {
        amp_buf_printf(&out, "<relation id='%lld'>", (long long)osm->rel_id[i]);
        for (uint32_t k = osm->rel_member_first[i]; k < osm->rel_member_first[i + 1]; k++) {
            const struct amp_osm_member *member = &osm->rel_member[k];
            amp_buf_printf(&out, "<member type='%s' ref='%lld' role='%s'/>", kind[member->kind],
                           (long long)member->id, amp_osm_text(osm, member->role));
        }
        for (uint32_t k = osm->rel_tag_first[i]; k < osm->rel_tag_first[i + 1]; k++) {
            amp_buf_printf(&out, "<tag k='%s' v='%s'/>", amp_osm_text(osm, osm->tag[k].key),
                           amp_osm_text(osm, osm->tag[k].value));
        }
        amp_buf_text(&out, "</relation>\n");
    }
    amp_buf_text(&out, "</osm>");
    assert_int_equal(amp_buf_err(&out), AMP_OK);
    return out;
}

/* 20,000 nodes, so that blocks, string tables and the pieces of a stream all come to their ends. */
static void written_write(const char *path)
{
    struct amp_osm_writer *writer = NULL;
    const struct amp_box box = {-200000000, 360000000, -190000000, 370000000};
    assert_int_equal(amp_osm_writer_create(path, box, &writer, NULL), AMP_OK);
    char text[32];
    for (int64_t i = 1; i <= 20000; i++) {
        (void)snprintf(text, sizeof text, "%lld ã", (long long)(i % 6000));
        const struct amp_osm_pair tag[] = {{"addr:housenumber", text}, {"a", "b"}};
        struct amp_pos pos = {.lat_e7 = -200000000 + (int32_t)(i * 7919 % 10000000),
                              .lon_e7 = 360000000 + (int32_t)(i * 104729 % 10000000)};
        amp_osm_writer_node(writer, i * 3, pos, tag, (size_t)(i % 3));
    }
    for (int64_t i = 1; i <= 9000; i++) {
        const int64_t ref[] = {i * 3, (20000 - i) * 3, i * 3 + 3};
        const struct amp_osm_pair tag[] = {{"highway", i % 2 ? "primary" : "service"}};
        amp_osm_writer_way(writer, i, ref, 3, tag, 1);
    }
    const struct amp_osm_link link[] = {{AMP_OSM_WAY, 9000, "from"},
                                        {AMP_OSM_NODE, 6, "via"},
                                        {AMP_OSM_RELATION, 1, ""},
                                        {AMP_OSM_WAY, 9001, "to"}};
    const struct amp_osm_pair tag[] = {{"type", "restriction"}};
    amp_osm_writer_relation(writer, 1, link, 4, tag, 1);
    assert_int_equal(amp_osm_writer_commit(writer, NULL), AMP_OK);
    amp_osm_writer_abandon(writer);
}

static void pbf_and_xml_give_the_same_model(void **state)
{
    (void)state;
    const char *path = fixture_path("w.osm.pbf");
    written_write(path);
    struct amp_osm pbf;
    struct amp_osm xml;
    struct amp_why why = {{0}};
    assert_int_equal(amp_osm_read_file(path, NULL, &pbf, &why), AMP_OK);
    assert_int_equal(pbf.counts.nodes, 20000);
    assert_int_equal(pbf.counts.ways, 9000);
    assert_int_equal(pbf.counts.members_absent, 1);
    struct amp_buf text = xml_of(&pbf);
    assert_int_equal(amp_osm_read_bytes(text.data, text.len, &xml, &why), AMP_OK);
    struct amp_buf a = fixture_dump(&pbf);
    struct amp_buf b = fixture_dump(&xml);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    assert_memory_equal(&pbf.box, &xml.box, sizeof pbf.box);
    amp_osm_free(&xml);
    struct amp_buf gz = gzip_of(text.data, text.len);
    assert_int_equal(amp_osm_read_bytes(gz.data, gz.len, &xml, &why), AMP_OK);
    amp_buf_free(&b);
    b = fixture_dump(&xml);
    assert_memory_equal(a.data, b.data, a.len);
    amp_osm_free(&xml);
    amp_osm_free(&pbf);
    amp_buf_free(&a);
    amp_buf_free(&b);
    amp_buf_free(&gz);
    amp_buf_free(&text);
    (void)unlink(path);
}

static void refused_as(const char *text, amp_err wanted, const char *words)
{
    struct amp_osm osm;
    struct amp_why why = {{0}};
    amp_err err = read_text(text, &osm, &why);
    if (!strstr(why.text, words)) {
        fail_msg("\"%s\" does not say \"%s\"", why.text, words);
    }
    assert_int_equal(err, wanted);
}

static void wrong_documents_are_refused_with_their_line(void **state)
{
    (void)state;
    refused_as("<!DOCTYPE osm [<!ENTITY a 'b'>]><osm>&a;</osm>", AMP_E_UNSUPPORTED, "DOCTYPE");
    refused_as("<osmChange/>", AMP_E_UNSUPPORTED, "osmChange");
    refused_as("<osm>\n<node id='1' lat='1'/></osm>", AMP_E_SYNTAX, "line 2: <node> without");
    refused_as("<osm>\n\n<node id='x' lat='1' lon='2'/></osm>", AMP_E_SYNTAX, "line 3");
    refused_as("<osm><node id='1' lat='nan' lon='2'/></osm>", AMP_E_SYNTAX, "lat");
    refused_as("<osm><way id='1'><nd/></way></osm>", AMP_E_SYNTAX, "<nd> without a usable ref");
    refused_as("<osm><way id='1'><tag k='a'/></way></osm>", AMP_E_SYNTAX, "<tag> without");
    refused_as("<osm><relation id='1'><member type='cat' ref='1'/></relation></osm>", AMP_E_SYNTAX,
               "type");
    refused_as("<osm><node id='1' lat='1' lon='2'>", AMP_E_SYNTAX, "line 1");
    refused_as("<osm></osm><osm/>", AMP_E_SYNTAX, "line 1");
    refused_as("<", AMP_E_SYNTAX, "line 1");
    refused_as("\x1f\x8b", AMP_E_SYNTAX, "gzip");
}

static void a_gzip_bomb_is_refused_while_small(void **state)
{
    (void)state;
    size_t len = 160 << 20;
    char *blanks = malloc(len);
    assert_non_null(blanks);
    memset(blanks, ' ', len);
    memcpy(blanks, "<osm>", 5);
    struct amp_buf gz = gzip_of(blanks, len);
    free(blanks);
    assert_true(gz.len < 200000);
    struct amp_osm osm;
    struct amp_why why = {{0}};
    assert_int_equal(amp_osm_read_bytes(gz.data, gz.len, &osm, &why), AMP_E_LIMIT);
    assert_non_null(strstr(why.text, "inflate"));
    amp_buf_free(&gz);
}

static void megabytes_of_blanks_between_elements_are_no_fault(void **state)
{
    (void)state;
    size_t len = 1 << 20;
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, '\n', len);
    text[len] = 0;
    memcpy(text, "<osm>", 5);
    memcpy(text + len - 6, "</osm>", 6);
    struct amp_osm osm;
    assert_int_equal(read_text(text, &osm, NULL), AMP_OK);
    assert_int_equal(osm.node_n, 0);
    amp_osm_free(&osm);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_is_read_plain_and_gzipped),
        cmocka_unit_test(a_gzip_of_several_members_is_read),
        cmocka_unit_test(pbf_and_xml_give_the_same_model),
        cmocka_unit_test(wrong_documents_are_refused_with_their_line),
        cmocka_unit_test(a_gzip_bomb_is_refused_while_small),
        cmocka_unit_test(megabytes_of_blanks_between_elements_are_no_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
