/* Multipart bodies: what is split, decoded and refused. */
#include "base/buf.h"
#include "intake/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/testarena.h"

#define MIXED "multipart/mixed; boundary=b1"

static struct amp_parts parts;
static struct amp_why why;

static amp_err split(const char *type, const char *body)
{
    why = (struct amp_why){""};
    return amp_multipart_read(amp_str_of(type), amp_str_of(body), &arena, &parts, &why);
}

static void refused(const char *type, const char *body, amp_err err, const char *sentence)
{
    assert_int_equal(split(type, body), err);
    assert_non_null(strstr(why.text, sentence));
}

static void parts_are_what_lies_between_boundaries(void **state)
{
    (void)state;
    assert_int_equal(split("multipart/mixed;boundary=\"b1\"",
                           "nobody's\r\n--b1\r\nContent-Type: text/a; x=1\r\n"
                           "content-id: <a@x>\r\n\r\none\r\ntwo\r\n--b1 \r\n"
                           "Content-Disposition: by-reference\r\n\r\n\r\n--b1\n\nthree\n--b1--\r\n"
                           "--b1\r\n\r\nnobody's"),
                     AMP_OK);
    assert_int_equal(parts.n, 3);
    assert_true(amp_str_is(parts.part[0].type, "text/a"));
    assert_true(amp_str_is(amp_mime_param(parts.part[0].params, "X"), "1"));
    assert_true(amp_str_is(parts.part[0].id, "a@x"));
    assert_true(amp_str_is(parts.part[0].body, "one\r\ntwo"));
    assert_true(amp_str_is(parts.part[1].disposition, "by-reference"));
    assert_int_equal(parts.part[1].body.len, 0);
    assert_true(amp_str_is(parts.part[2].type, "text/plain"));
    assert_true(amp_str_is(parts.part[2].body, "three"));
}

static void a_body_that_is_not_multipart_is_one_part(void **state)
{
    (void)state;
    assert_int_equal(split("application/sdp", "--b1\r\nv=0"), AMP_OK);
    assert_int_equal(parts.n, 1);
    assert_true(amp_str_is(parts.part[0].type, "application/sdp"));
    assert_true(amp_str_is(parts.part[0].body, "--b1\r\nv=0"));
}

static void parts_of_parts_come_in_their_order(void **state)
{
    (void)state;
    assert_int_equal(
        split(MIXED, "--b1\r\n\r\n1\r\n--b1\r\n"
                     "Content-Type: multipart/alternative;boundary=b2\r\n\r\n"
                     "--b2\r\n\r\n2\r\n--b2\r\n\r\n3\r\n--b2--\r\n\r\n--b1\r\n\r\n4\r\n--b1--"),
        AMP_OK);
    assert_int_equal(parts.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(parts.part[i].body.ptr[0], '1' + (char)i);
    }
}

static void encodings_are_undone_and_what_cannot_be_is_bytes_of_no_type(void **state)
{
    (void)state;
    assert_int_equal(split(MIXED, "--b1\r\nContent-Transfer-Encoding: base64\r\n\r\naGVs\r\n"
                                  "bG8=\r\n--b1--"),
                     AMP_OK);
    assert_true(amp_str_is(parts.part[0].body, "hello"));
    assert_int_equal(split(MIXED, "--b1\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n"
                                  "a=3Db=c3=A9 \r\nlong=\r\ner=zz=\r\n--b1--"),
                     AMP_OK);
    assert_true(amp_str_is(parts.part[0].body, "a=b\xc3\xa9\nlonger=zz"));
    assert_int_equal(split(MIXED, "--b1\r\nContent-Transfer-Encoding: 8 bit\r\n\r\nx\r\n--b1--"),
                     AMP_OK);
    assert_int_equal(parts.part[0].fault, AMP_PART_SOUND);
    static const char *const encodings[] = {"base64", "x-gzip"};
    for (size_t i = 0; i < 2; i++) {
        struct amp_str text = amp_arena_printf(
            &arena,
            "--b1\r\nContent-Type: text/a\r\nContent-Transfer-Encoding: %s\r\n\r\n!!!"
            "\r\n--b1\r\nContent-Type: text/b\r\n\r\nwhole\r\n--b1--",
            encodings[i]);
        assert_int_equal(split(MIXED, text.ptr), AMP_OK);
        assert_int_equal(parts.part[0].fault, AMP_PART_UNDECODED);
        assert_true(amp_str_is(parts.part[0].type, "application/octet-stream"));
        assert_true(amp_str_is(parts.part[1].body, "whole"));
    }
}

static void a_field_may_go_on_in_the_next_line(void **state)
{
    (void)state;
    assert_int_equal(split(MIXED, "--b1\r\nContent-Type: multipart/mixed;\r\n boundary=\"b2\"\r\n"
                                  "\r\n--b2\r\nContent-ID:\r\n\t<a@x> \r\n\r\none\r\n--b2--\r\n"
                                  "--b1--"),
                     AMP_OK);
    assert_int_equal(parts.n, 1);
    assert_true(amp_str_is(parts.part[0].id, "a@x"));
    assert_true(amp_str_is(parts.part[0].body, "one"));
}

static void a_part_whose_fields_have_no_end_begins_where_a_line_is_none(void **state)
{
    (void)state;
    assert_int_equal(split(MIXED, "--b1\r\nContent-Type: text/xml\r\n<?xml version='1.0'?>\r\n<a/>"
                                  "\r\n--b1\r\nContent-Type: application/sdp\r\nv=0\r\n\r\nx"
                                  "\r\n--b1\r\nno field\r\n\r\ny\r\n--b1--"),
                     AMP_OK);
    assert_int_equal(parts.n, 3);
    assert_true(amp_str_is(parts.part[0].type, "text/xml"));
    assert_true(amp_str_is(parts.part[0].body, "<?xml version='1.0'?>\r\n<a/>"));
    assert_true(amp_str_is(parts.part[1].body, "v=0\r\n\r\nx"));
    assert_true(amp_str_is(parts.part[2].body, "no field\r\n\r\ny"));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(parts.part[i].fault, AMP_PART_NO_HEAD_END);
    }
}

static void a_last_boundary_that_begins_nothing_is_the_end(void **state)
{
    (void)state;
    assert_int_equal(split(MIXED, "--b1\r\n\r\none\r\n--b1\r\n"), AMP_OK);
    assert_int_equal(parts.n, 1);
    refused(MIXED, "--b1\r\n", AMP_E_SYNTAX, "was cut");
    refused(MIXED, "--b1\r\n\r\none\r\n--b1\r\nx", AMP_E_SYNTAX, "was cut");
}

static void what_is_garbled_is_refused_with_its_reason(void **state)
{
    (void)state;
    refused("multipart/mixed", "--b1\r\n", AMP_E_SYNTAX, "needs a boundary");
    refused(MIXED, "--b2\r\n\r\nx\r\n--b2--", AMP_E_SYNTAX, "nowhere");
    refused(MIXED, "--b1\r\n\r\nx\r\n--b1-", AMP_E_SYNTAX, "was cut");
    refused(MIXED, "--b1\r\n\r\nx", AMP_E_SYNTAX, "was cut");
    refused(MIXED, "", AMP_E_SYNTAX, "nowhere");
}

static void depth_and_number_of_parts_have_a_limit(void **state)
{
    (void)state;
    struct amp_buf deep = amp_buf_make(1 << 16);
    struct amp_buf many = amp_buf_make(1 << 16);
    for (int i = 1; i <= AMP_PARTS_DEPTH + 1; i++) {
        amp_buf_printf(&deep, "--b%d\r\nContent-Type: multipart/mixed;boundary=b%d\r\n\r\n", i,
                       i + 1);
    }
    amp_buf_printf(&deep, "--b%d\r\n\r\nx\r\n", AMP_PARTS_DEPTH + 2);
    for (int i = AMP_PARTS_DEPTH + 2; i >= 1; i--) {
        amp_buf_printf(&deep, "--b%d--\r\n", i);
    }
    refused(MIXED, amp_buf_cstr(&deep), AMP_E_LIMIT, "deep");
    for (int i = 0; i <= AMP_PARTS_MAX; i++) {
        amp_buf_text(&many, "--b1\r\n\r\nx\r\n");
    }
    amp_buf_text(&many, "--b1--");
    refused(MIXED, amp_buf_cstr(&many), AMP_E_LIMIT, "more than");
    amp_buf_free(&deep);
    amp_buf_free(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_what_lies_between_boundaries),
        cmocka_unit_test(a_body_that_is_not_multipart_is_one_part),
        cmocka_unit_test(parts_of_parts_come_in_their_order),
        cmocka_unit_test(encodings_are_undone_and_what_cannot_be_is_bytes_of_no_type),
        cmocka_unit_test(a_field_may_go_on_in_the_next_line),
        cmocka_unit_test(a_part_whose_fields_have_no_end_begins_where_a_line_is_none),
        cmocka_unit_test(a_last_boundary_that_begins_nothing_is_the_end),
        cmocka_unit_test(what_is_garbled_is_refused_with_its_reason),
        cmocka_unit_test(depth_and_number_of_parts_have_a_limit),
    };
    return cmocka_run_group_tests_name("multipart", tests, arena_set_up, arena_tear_down);
}
