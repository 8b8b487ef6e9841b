/* Proofs for JSON: what is refused, typed members, and that what we write can be read. */
#include "base/json.h"
#include "base/timefmt.h"
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static amp_err read_text(struct amp_str text, json_t **out, struct amp_why *why)
{
    return amp_json_read(text, 100000, out, why);
}

static void what_is_not_strict_json_is_refused(void **state)
{
    (void)state;
    static const struct amp_str bad[] = {
        AMP_STR(""),
        AMP_STR("{"),
        AMP_STR("{\"a\":1,}"),
        AMP_STR("{\"a\":1} x"),
        AMP_STR("{\"a\":1}{}"),
        AMP_STR("{'a':1}"),
        AMP_STR("{\"a\":01}"),
        AMP_STR("{\"a\":+1}"),
        AMP_STR("{\"a\":NaN}"),
        AMP_STR("{\"a\":1e999}"),
        AMP_STR("{\"a\":99999999999999999999}"),
        AMP_STR("{\"a\":\"\xFF\"}"),
        AMP_STR("{\"a\":\"\xED\xA0\x80\"}"),
        AMP_STR("{\"a\":\"\\u0000\"}"),
        AMP_STR("{\"a\":\"\\ud800\"}"),
        AMP_STR("{\"a\":\"\n\"}"),
        AMP_STR("{\"a\":\"\\x\"}"),
        AMP_STR("{\"a\":1}\0"),
        AMP_STR("\xEF\xBB\xBF{}"),
        AMP_STR("// c\n{}"),
        AMP_STR("{\"a\":1,\"b\":2,\"a\":3}"),
        AMP_STR("{\"a\":1,\"\\u0061\":3}"),
        AMP_STR("5"),
        AMP_STR("\"\\\\\\\xF3\x84\x89\x88`H[\x86"), /* the sentence quotes half a character */
    };
    for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
        json_t *root = NULL;
        struct amp_why why = {""};
        assert_int_equal(read_text(bad[k], &root, &why), AMP_E_SYNTAX);
        assert_null(root);
        assert_non_null(strstr(why.text, "line "));
        assert_non_null(strstr(why.text, "column "));
        assert_true(amp_utf8_valid(amp_str_of(why.text)));
    }
}

static void the_sentence_names_the_line(void **state)
{
    (void)state;
    json_t *root = NULL;
    struct amp_why why = {""};
    assert_int_equal(read_text(AMP_STR("{\n\"a\": 1,\n\"b\": ?}"), &root, &why), AMP_E_SYNTAX);
    assert_non_null(strstr(why.text, "line 3"));
}

static void depth_ends_at_its_limit(void **state)
{
    (void)state;
    for (size_t depth = AMP_JSON_DEPTH - 1; depth <= AMP_JSON_DEPTH + 1; depth++) {
        char text[2 * AMP_JSON_DEPTH + 2];
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        json_t *root = NULL;
        struct amp_why why = {""};
        amp_err err = read_text((struct amp_str){.ptr = text, .len = 2 * depth}, &root, &why);
        assert_int_equal(err, depth > AMP_JSON_DEPTH ? AMP_E_LIMIT : AMP_OK);
        assert_int_equal(strlen(why.text) > 0, depth > AMP_JSON_DEPTH);
        json_decref(root);
    }
    struct amp_buf buf = amp_buf_make(4096);
    amp_buf_text(&buf, "[\"\\\"");
    for (int i = 0; i < 200; i++) {
        amp_buf_text(&buf, "[{"); /* brackets within a string do not nest */
    }
    amp_buf_text(&buf, "\"]");
    json_t *root = NULL;
    assert_int_equal(read_text(amp_buf_view(&buf), &root, NULL), AMP_OK);
    json_decref(root);
    amp_buf_free(&buf);
}

static void size_ends_at_its_limit(void **state)
{
    (void)state;
    json_t *root = NULL;
    assert_int_equal(amp_json_read(AMP_STR("[1]"), 2, &root, NULL), AMP_E_LIMIT);
    assert_null(root);
    assert_int_equal(amp_json_read(AMP_STR("[1]"), 3, &root, NULL), AMP_OK);
    json_decref(root);
}

static void members_are_typed_and_may_be_absent(void **state)
{
    (void)state;
    json_t *root = NULL;
    struct amp_str text = AMP_STR("{\"s\":\"x\\ty\",\"i\":-5,\"r\":2.5,\"b\":true,\"n\":null,"
                                  "\"wide\":\"9223372036854775807\",\"thin\":\"5\"}");
    assert_int_equal(read_text(text, &root, NULL), AMP_OK);
    struct amp_str s = AMP_STR("kept");
    int64_t i = 1;
    double r = 1;
    bool b = false;
    assert_int_equal(amp_json_str(root, "none", &s, NULL), AMP_OK);
    assert_int_equal(amp_json_str(root, "n", &s, NULL), AMP_OK);
    assert_true(amp_str_is(s, "kept"));
    assert_int_equal(amp_json_str(root, "s", &s, NULL), AMP_OK);
    assert_true(amp_str_is(s, "x\ty"));
    assert_int_equal(amp_json_i64(root, "i", &i, NULL), AMP_OK);
    assert_int_equal(i, -5);
    assert_int_equal(amp_json_num(root, "i", &r, NULL), AMP_OK);
    assert_true(r == -5.0);
    assert_int_equal(amp_json_num(root, "r", &r, NULL), AMP_OK);
    assert_true(r == 2.5);
    assert_int_equal(amp_json_bool(root, "b", &b, NULL), AMP_OK);
    assert_true(b);
    assert_int_equal(amp_json_i64(root, "wide", &i, NULL), AMP_OK);
    assert_true(i == INT64_MAX);
    i = 1;
    struct amp_why why = {""};
    assert_int_equal(amp_json_i64(root, "thin", &i, &why), AMP_E_SYNTAX);
    assert_non_null(strstr(why.text, "\"thin\""));
    assert_int_equal(amp_json_i64(root, "r", &i, &why), AMP_E_SYNTAX);
    assert_int_equal(amp_json_str(root, "i", &s, &why), AMP_E_SYNTAX);
    assert_int_equal(amp_json_num(root, "s", &r, &why), AMP_E_SYNTAX);
    assert_int_equal(amp_json_bool(root, "i", &b, &why), AMP_E_SYNTAX);
    assert_int_equal(amp_json_i64(json_object_get(root, "s"), "x", &i, &why), AMP_E_SYNTAX);
    assert_int_equal(amp_json_i64(NULL, "x", &i, &why), AMP_E_SYNTAX);
    assert_true(i == 1 && r == 2.5 && b && amp_str_is(s, "x\ty"));
    json_decref(root);
}

static void a_position_needs_both_members_in_range(void **state)
{
    (void)state;
    static const struct {
        struct amp_str text;
        amp_err want;
        bool found;
    } rows[] = {
        {AMP_STR("{\"lat\":41.1496123,\"lon\":-8.61099}"), AMP_OK, true},
        {AMP_STR("{}"), AMP_OK, false},
        {AMP_STR("{\"lat\":null,\"lon\":null}"), AMP_OK, false},
        {AMP_STR("{\"lat\":1}"), AMP_E_MISSING, false},
        {AMP_STR("{\"lon\":1,\"lat\":null}"), AMP_E_MISSING, false},
        {AMP_STR("{\"lat\":90.1,\"lon\":0}"), AMP_E_RANGE, false},
        {AMP_STR("{\"lat\":\"1\",\"lon\":0}"), AMP_E_SYNTAX, false},
        {AMP_STR("[]"), AMP_E_SYNTAX, false},
    };
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        json_t *root = NULL;
        assert_int_equal(read_text(rows[k].text, &root, NULL), AMP_OK);
        struct amp_pos pos = {.lat_e7 = 7, .lon_e7 = 7};
        bool found = false;
        struct amp_why why = {""};
        assert_int_equal(amp_json_pos(root, &pos, &found, &why), rows[k].want);
        assert_int_equal(found, rows[k].found);
        assert_int_equal(pos.lat_e7, rows[k].found ? 411496123 : 7);
        assert_int_equal(pos.lon_e7, rows[k].found ? -86109900 : 7);
        assert_int_equal(strlen(why.text) > 0, rows[k].want != AMP_OK);
        json_decref(root);
    }
}

static void the_emitter_puts_every_comma(void **state)
{
    (void)state;
    struct amp_buf buf = amp_buf_make(4096);
    struct amp_json js = amp_json_make(&buf);
    amp_json_open(&js, '{');
    amp_json_key(&js, "list");
    amp_json_open(&js, '[');
    amp_json_put_i64(&js, 1);
    amp_json_open(&js, '[');
    amp_json_close(&js, ']');
    amp_json_open(&js, '{');
    amp_json_close(&js, '}');
    amp_json_put_null(&js);
    amp_json_put_raw(&js, AMP_STR("{\"r\":0}"));
    amp_json_close(&js, ']');
    amp_json_text_of(&js, "none", NULL);
    amp_json_bool_of(&js, "yes", true);
    amp_json_str_of(&js, "s", AMP_STR("x"));
    amp_json_time_of(&js, "t", 1);
    amp_json_double_of(&js, "d", 2.5, 2);
    amp_json_pos_of(&js, (struct amp_pos){.lat_e7 = -1, .lon_e7 = 1800000000});
    amp_json_close(&js, '}');
    assert_string_equal(amp_buf_cstr(&buf),
                        "{\"list\":[1,[],{},null,{\"r\":0}],\"none\":null,\"yes\":true,\"s\":\"x\","
                        "\"t\":\"1970-01-01T00:00:00.000001Z\",\"d\":2.50,"
                        "\"lat\":-0.0000001,\"lon\":180.0000000}");
    amp_buf_free(&buf);
}

static const char *double_text(struct amp_buf *buf, double value, int decimals)
{
    amp_buf_clear(buf);
    struct amp_json js = amp_json_make(buf);
    amp_json_put_double(&js, value, decimals);
    return amp_buf_cstr(buf);
}

static void numbers_are_written_plainly(void **state)
{
    (void)state;
    struct amp_buf buf = amp_buf_make(4096);
    assert_string_equal(double_text(&buf, 0.0, 2), "0.00");
    assert_string_equal(double_text(&buf, -0.001, 2), "0.00");
    assert_string_equal(double_text(&buf, -1.5, 0), "-2");
    assert_string_equal(double_text(&buf, 0.05, 1), "0.1");
    assert_string_equal(double_text(&buf, NAN, 1), "null");
    assert_string_equal(double_text(&buf, -INFINITY, 1), "null");
    assert_string_equal(double_text(&buf, 1e300, 3), "1.0000000000000001e+300");
    assert_string_equal(double_text(&buf, 1e16, 3), "10000000000000000");
    amp_buf_clear(&buf);
    struct amp_json js = amp_json_make(&buf);
    amp_json_open(&js, '[');
    amp_json_put_i64(&js, (INT64_C(1) << 53) - 1);
    amp_json_put_i64(&js, INT64_C(1) << 53);
    amp_json_put_i64(&js, INT64_MIN);
    amp_json_close(&js, ']');
    assert_string_equal(amp_buf_cstr(&buf),
                        "[9007199254740991,\"9007199254740992\",\"-9223372036854775808\"]");
    amp_buf_free(&buf);
}

/* The slow twin: the text of printf, which rounds the exact value; ours may differ at a half. */
static void decimals_agree_with_printf_to_the_last_place(void **state)
{
    (void)state;
    srandom(10);
    struct amp_buf buf = amp_buf_make(4096);
    for (int k = 0; k < 50000; k++) {
        int decimals = k % 10;
        double value = ((double)random() - 1e9) / pow(10, (double)(random() % 12));
        char want[64];
        (void)snprintf(want, sizeof(want), "%.*f", decimals, value);
        double got = strtod(double_text(&buf, value, decimals), NULL);
        assert_true(fabs(got - strtod(want, NULL)) <= 1.000001 * pow(10, -decimals));
        assert_true(fabs(got - value) <= 0.500001 * pow(10, -decimals) + fabs(value) * 1e-15);
    }
    amp_buf_free(&buf);
}

static void any_text_comes_back_and_bad_bytes_become_the_replacement(void **state)
{
    (void)state;
    struct amp_buf buf = amp_buf_make(4096);
    struct amp_json js = amp_json_make(&buf);
    amp_json_put_str(&js, AMP_STR("a\"\\/\b\f\n\r\t\x01\x1F\x7F\xC3\xA3\xFFz\x00\xE2\x82"));
    assert_string_equal(amp_buf_cstr(&buf),
                        "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\xC3\xA3\xEF\xBF\xBDz"
                        "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    srandom(11);
    for (int k = 0; k < 20000; k++) {
        char text[40];
        size_t len = (size_t)random() % sizeof(text);
        for (size_t i = 0; i < len; i++) {
            text[i] = (char)(k % 2 ? random() % 256 : 1 + random() % 127);
        }
        struct amp_str view = {.ptr = text, .len = len};
        amp_buf_clear(&buf);
        js = amp_json_make(&buf);
        amp_json_open(&js, '[');
        amp_json_put_str(&js, view);
        amp_json_close(&js, ']');
        json_t *root = NULL;
        assert_int_equal(read_text(amp_buf_view(&buf), &root, NULL), AMP_OK);
        if (amp_utf8_valid(view)) {
            const json_t *back = json_array_get(root, 0);
            assert_int_equal(json_string_length(back), len);
            assert_memory_equal(json_string_value(back), text, len);
        }
        json_decref(root);
    }
    amp_buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_strict_json_is_refused),
        cmocka_unit_test(the_sentence_names_the_line),
        cmocka_unit_test(depth_ends_at_its_limit),
        cmocka_unit_test(size_ends_at_its_limit),
        cmocka_unit_test(members_are_typed_and_may_be_absent),
        cmocka_unit_test(a_position_needs_both_members_in_range),
        cmocka_unit_test(the_emitter_puts_every_comma),
        cmocka_unit_test(numbers_are_written_plainly),
        cmocka_unit_test(decimals_agree_with_printf_to_the_last_place),
        cmocka_unit_test(any_text_comes_back_and_bad_bytes_become_the_replacement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
