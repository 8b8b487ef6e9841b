/* Proofs for the XML parser: pieces, namespaces, text, bounds, and that no DOCTYPE passes. */
#include "base/buf.h"
#include "base/xml.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
    LOG_MAX = 4096,
    DOC_MAX = 1 << 20
};

struct recorder {
    struct amp_buf log;
    const char *stop_at; /* an element whose start the handler refuses */
    size_t longest;
};

static amp_err on_start(void *ctx, const char *name, const char *const *attrs)
{
    struct recorder *rec = ctx;
    if (rec->stop_at && strcmp(name, rec->stop_at) == 0) {
        return AMP_E_CONFLICT;
    }
    const char *id = amp_xml_attr(attrs, "id");
    amp_buf_printf(&rec->log, "<%s%s%s>", name, id ? " " : "", id ? id : "");
    for (; *attrs; attrs += 2) {
        if (strcmp(attrs[0], "id") != 0) {
            amp_buf_printf(&rec->log, "(%s=%s)", attrs[0], attrs[1]);
        }
    }
    return AMP_OK;
}

static amp_err on_end(void *ctx, const char *name, struct amp_str text)
{
    struct recorder *rec = ctx;
    rec->longest = text.len > rec->longest ? text.len : rec->longest;
    if (text.len < 100) {
        amp_buf_printf(&rec->log, "[%.*s]</%s>", (int)text.len, text.len ? text.ptr : "", name);
    }
    return AMP_OK;
}

static amp_err parse(struct recorder *rec, struct amp_str text, size_t piece, struct amp_why *why)
{
    const struct amp_xml_handler handler = {.ctx = rec, .start = on_start, .end = on_end};
    struct amp_xml *xml = NULL;
    amp_buf_free(&rec->log);
    rec->log = amp_buf_make(LOG_MAX);
    assert_int_equal(amp_xml_create(&handler, &xml), AMP_OK);
    amp_err err = AMP_OK;
    for (size_t at = 0; !err && at < text.len; at += piece) {
        size_t len = text.len - at < piece ? text.len - at : piece;
        err = amp_xml_feed(xml, text.ptr + at, len, false, why);
    }
    err = err ? err : amp_xml_feed(xml, NULL, 0, true, why);
    amp_xml_destroy(xml);
    return err;
}

static void any_cut_into_pieces_gives_the_same_events(void **state)
{
    (void)state;
    struct amp_str text = AMP_STR("<?xml version=\"1.0\"?><a xmlns=\"u:x\" id=\"7\">one "
                                  "<b xmlns=\"\">in&lt;&#xE3;</b>two<!-- no --><c/>"
                                  "<![CDATA[<3]]> </a>\n");
    struct recorder rec = {0};
    for (size_t piece = 1; piece <= text.len; piece++) {
        assert_int_equal(parse(&rec, text, piece, NULL), AMP_OK);
        assert_string_equal(amp_buf_cstr(&rec.log), "<u:x|a 7><b>[in<\xC3\xA3]</b><u:x|c>[]</u:x|c>"
                                                    "[one two<3 ]</u:x|a>");
    }
    amp_buf_free(&rec.log);
}

/* Whole, a plain document takes its quick way; a byte at a time expat reads it. */
static void both_ways_agree(struct amp_str text)
{
    struct recorder quick = {.log = amp_buf_make(LOG_MAX)}, slow = {0};
    const struct amp_xml_handler handler = {.ctx = &quick, .start = on_start, .end = on_end};
    struct amp_why why = {""};
    amp_err whole = amp_xml_parse(text, DOC_MAX, &handler, &why);
    assert_int_equal(parse(&slow, text, 1, &why), whole);
    if (whole == AMP_OK) {
        assert_string_equal(amp_buf_cstr(&quick.log), amp_buf_cstr(&slow.log));
    }
    amp_buf_free(&quick.log);
    amp_buf_free(&slow.log);
}

static const char *const documents[] = {
    "<a/>",
    " <a />\n",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\n <b id='1'>x</b> y<b/></a>\n",
    "<?xml version=\"1.0\"?><!-- c - c --><a><!-- <&> -->z<!----></a><!-- d -->",
    "<p:a xmlns:p=\"u:1\" id=\"2\"><b xmlns=\"u:2\" p:id=\"3\"><c/></b><c/></p:a>",
    "<a xmlns=\"u\"><b xmlns=\"\"><c xmlns=\"v\"/></b><d/></a>",
    "<a xmlns:p=\"u\" xmlns:q=\"u\" p:id=\"1\" q:id=\"2\"/>",
    "<a xmlns:p=\"u\" xmlns:q=\"v\" p:id=\"1\" q:id=\"2\"/>",
    "<a xmlns:p=\"u\" xmlns:p=\"v\"/>",
    "<a xmlns:p=\"\"/>",
    "<a xmlns:p=\"u|v\"><p:b/></a>",
    "<a xmlns:xml=\"u\"/>",
    "<a xmlns:p=\"http://www.w3.org/XML/1998/namespace\"/>",
    "<a xml:lang=\"pt\">x</a>",
    "<p:a/>",
    "<a p:id=\"1\"/>",
    "<a id=\"1\" id=\"2\"/>",
    "<a id=\"1\"k=\"2\"/>",
    "<a id=1/>",
    "<a id=\"<\"/>",
    "<a id=\"a\tb\nc\"/>",
    "<a id=\"it's > &amp;\"/>",
    "<a id='\"'>]]</a>",
    "<a>]]></a>",
    "<a>] ]> ></a>",
    "<a>&lt;&#65;</a>",
    "<a>&x;</a>",
    "<a><![CDATA[<]]></a>",
    "<a><?pi x?></a>",
    "<a>\r\n</a>",
    "<a>\x7F\xC3\xA3</a>",
    "<a>\x01</a>",
    "<a>\xEF\xBF\xBE</a>",
    "<a>\xED\xA0\x80</a>",
    "\xEF\xBB\xBF<a/>",
    "<\xC3\xA3/>",
    "<a:b:c/>",
    "<a></b>",
    "<a></a ></a>",
    "<a/><b/>",
    "<a/>x",
    "<a><!-- -- --></a>",
    "<a><!-- x ---></a>",
    "<a><b></a></b>",
    "<a / >",
    "< a/>",
    "<a",
    "<a>",
    "<",
    "",
    " ",
    "<!DOCTYPE a><a/>",
    "<?xml version=\"1.1\"?><a/>",
    "<?xml version=\"1.0\" encoding=\"latin1\"?><a/>",
};

static void the_quick_way_tells_and_refuses_what_expat_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        const struct amp_str whole = amp_str_of(documents[i]);
        both_ways_agree(whole);
        char bent[256];
        for (size_t at = 0; at < whole.len; at++) { /* with a byte that is another */
            static const char others[] = "<>&\"'/= \n]:-!x|";
            assert_true(whole.len < sizeof bent);
            for (size_t k = 0; k + 1 < sizeof others; k++) {
                memcpy(bent, whole.ptr, whole.len);
                bent[at] = others[k];
                both_ways_agree((struct amp_str){bent, whole.len});
            }
        }
    }
}

static void a_doctype_is_refused_before_anything_expands(void **state)
{
    (void)state;
    static const struct amp_str bad[] = {
        AMP_STR("<!DOCTYPE a><a/>"),
        AMP_STR("<!DOCTYPE a SYSTEM \"file:///etc/hostname\"><a/>"),
        AMP_STR("<!DOCTYPE a [<!ENTITY x \"xx\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>"),
        AMP_STR("<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/\">%p;]><a/>"),
        AMP_STR("<!DOCTYPE a [<!ATTLIST a id CDATA \"preset\">]><a/>"),
    };
    struct recorder rec = {0};
    for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
        for (size_t piece = 1; piece <= bad[k].len; piece++) {
            struct amp_why why = {""};
            assert_int_equal(parse(&rec, bad[k], piece, &why), AMP_E_UNSUPPORTED);
            assert_non_null(strstr(why.text, "DOCTYPE"));
            assert_int_equal(rec.log.len, 0); /* no element was seen */
        }
    }
    amp_buf_free(&rec.log);
}

static void broken_xml_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct amp_str bad[] = {
        AMP_STR("\n<a>"),        AMP_STR("\n<a></b>"),          AMP_STR("\n<a/><a/>"),
        AMP_STR("\n<a>&x;</a>"), AMP_STR("\n<a b='1' b='2'/>"), AMP_STR("\n<a>\xFF</a>"),
        AMP_STR("\n<u:a/>"),     AMP_STR("\n<a>\x01</a>"),      AMP_STR("\n<a/>x"),
    };
    struct recorder rec = {0};
    for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
        struct amp_why why = {""};
        assert_int_equal(parse(&rec, bad[k], bad[k].len, &why), AMP_E_SYNTAX);
        assert_non_null(strstr(why.text, "line 2"));
    }
    assert_int_equal(parse(&rec, AMP_STR(""), 1, NULL), AMP_E_SYNTAX);
    amp_buf_free(&rec.log);
}

static void depth_ends_at_its_limit(void **state)
{
    (void)state;
    struct recorder rec = {0};
    for (int depth = AMP_XML_DEPTH; depth <= AMP_XML_DEPTH + 1; depth++) {
        struct amp_buf doc = amp_buf_make(DOC_MAX);
        for (int i = 0; i < depth; i++) {
            amp_buf_text(&doc, "<e>");
        }
        for (int i = 0; i < depth; i++) {
            amp_buf_text(&doc, "</e>");
        }
        struct amp_why why = {""};
        amp_err err = parse(&rec, amp_buf_view(&doc), 7, &why);
        assert_int_equal(err, depth > AMP_XML_DEPTH ? AMP_E_LIMIT : AMP_OK);
        assert_int_equal(strlen(why.text) > 0, depth > AMP_XML_DEPTH);
        amp_buf_free(&doc);
    }
    amp_buf_free(&rec.log);
}

static void text_ends_at_its_limit(void **state)
{
    (void)state;
    struct recorder rec = {0};
    for (size_t len = AMP_XML_TEXT_MAX; len <= AMP_XML_TEXT_MAX + 1; len++) {
        struct amp_buf doc = amp_buf_make(AMP_XML_TEXT_MAX + 64);
        amp_buf_text(&doc, "<r><e>");
        char *text = amp_buf_extend(&doc, len);
        assert_non_null(text);
        memset(text, 't', len);
        amp_buf_text(&doc, "</e><e>short</e></r>");
        rec.longest = 0;
        amp_err err = parse(&rec, amp_buf_view(&doc), 1000, NULL);
        assert_int_equal(err, len > AMP_XML_TEXT_MAX ? AMP_E_LIMIT : AMP_OK);
        assert_int_equal(rec.longest, len > AMP_XML_TEXT_MAX ? 0 : len);
        amp_buf_free(&doc);
    }
    amp_buf_free(&rec.log);
}

static void a_handler_stops_the_parse_with_its_own_error(void **state)
{
    (void)state;
    struct recorder rec = {.stop_at = "b"};
    struct amp_why why = {"said by the handler"};
    assert_int_equal(parse(&rec, AMP_STR("<a><b/><c/></a>"), 100, &why), AMP_E_CONFLICT);
    assert_string_equal(amp_buf_cstr(&rec.log), "<a>");
    assert_string_equal(why.text, "said by the handler");
    amp_buf_free(&rec.log);
}

static void an_error_sticks_to_the_parser(void **state)
{
    (void)state;
    struct recorder rec = {.log = amp_buf_make(LOG_MAX)};
    const struct amp_xml_handler handler = {.ctx = &rec, .start = on_start, .end = on_end};
    struct amp_xml *xml = NULL;
    assert_int_equal(amp_xml_create(&handler, &xml), AMP_OK);
    assert_int_equal(amp_xml_feed(xml, "<!DOCTYPE a>", 12, false, NULL), AMP_E_UNSUPPORTED);
    assert_int_equal(amp_xml_feed(xml, "<a/>", 4, true, NULL), AMP_E_UNSUPPORTED);
    assert_int_equal(amp_xml_feed(xml, "<a/>", 4, true, NULL), AMP_E_UNSUPPORTED);
    amp_xml_destroy(xml);
    amp_xml_destroy(NULL);
    amp_buf_free(&rec.log);
}

static void a_whole_document_has_a_maximum(void **state)
{
    (void)state;
    struct recorder rec = {.log = amp_buf_make(LOG_MAX)};
    const struct amp_xml_handler handler = {.ctx = &rec, .start = on_start, .end = on_end};
    struct amp_why why = {""};
    assert_int_equal(amp_xml_parse(AMP_STR("<a/>"), 3, &handler, &why), AMP_E_LIMIT);
    assert_int_equal(amp_xml_parse(AMP_STR("<a/>"), 4, &handler, NULL), AMP_OK);
    assert_string_equal(amp_buf_cstr(&rec.log), "<a>[]</a>");
    amp_buf_free(&rec.log);
}

static void a_document_longer_than_one_chunk_is_read_whole(void **state)
{
    (void)state;
    struct amp_buf doc = amp_buf_make(1 << 23);
    amp_buf_text(&doc, "<r>");
    for (int i = 0; i < 400000; i++) {
        amp_buf_text(&doc, "<e>x</e>");
    }
    amp_buf_text(&doc, "</r>");
    const struct amp_xml_handler silent = {0};
    assert_int_equal(amp_xml_parse(amp_buf_view(&doc), 1 << 23, &silent, NULL), AMP_OK);
    amp_buf_free(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cut_into_pieces_gives_the_same_events),
        cmocka_unit_test(the_quick_way_tells_and_refuses_what_expat_does),
        cmocka_unit_test(a_doctype_is_refused_before_anything_expands),
        cmocka_unit_test(broken_xml_is_refused_with_its_line),
        cmocka_unit_test(depth_ends_at_its_limit),
        cmocka_unit_test(text_ends_at_its_limit),
        cmocka_unit_test(a_handler_stops_the_parse_with_its_own_error),
        cmocka_unit_test(an_error_sticks_to_the_parser),
        cmocka_unit_test(a_whole_document_has_a_maximum),
        cmocka_unit_test(a_document_longer_than_one_chunk_is_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
