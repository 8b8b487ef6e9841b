/* AML in its four forms: what is read, what is warned of, what is refused. */
#include "base/crypto.h"
#include "base/testdata.h"
#include "base/timefmt.h"
#include "intake/aml.h"
#include "intake/intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/testarena.h"

static amp_err parse(const char *text, struct amp_report *out, struct amp_why *why)
{
    const struct amp_intake *format = amp_intake_find(AMP_STR("aml"));
    assert_non_null(format);
    return amp_intake_parse(format, amp_str_of(text), &arena, out, why);
}

#define GOOD                                                                                       \
    "A\"ML=1;lt=48.82639;lg=-2.36619;rd=52;top=20191112112928;lc=68;pm=G;si=208201771948415;"      \
    "ei=353472104343540;mcc=208;mnc=20;ml=126"

static void a_fix_is_read_with_its_radius_time_and_source(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(parse(GOOD, &r, NULL), AMP_OK);
    assert_true(r.located);
    assert_int_equal(r.f.pos.lat_e7, 488263900);
    assert_int_equal(r.f.pos.lon_e7, -23661900);
    assert_int_equal(r.f.radius_m, 52);
    assert_int_equal(r.f.confidence_pct, 68);
    assert_true(amp_str_is(r.f.source, "aml-gnss"));
    assert_true(amp_str_is(r.f.device, "353472104343540"));
    char text[AMP_TIME_TEXT];
    amp_time_text(r.f.fix_time, text);
    assert_string_equal(text, "2019-11-12T11:29:28Z");
    assert_int_equal(r.warning_n, 0);
}

static void the_subscriber_identity_is_not_kept(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(parse(GOOD, &r, NULL), AMP_OK);
    struct amp_buf buf = amp_buf_make(1 << 16);
    struct amp_json js = amp_json_make(&buf);
    amp_report_view(&js, amp_intake_find(AMP_STR("aml")), &r);
    assert_null(strstr(amp_buf_cstr(&buf), "208201771948415"));
    assert_non_null(strstr(amp_buf_cstr(&buf), "\"lat\":48.8263900"));
    amp_buf_free(&buf);
}

static void no_fix_is_never_a_place(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(parse("A\"ML=1;lt=+00.00000;lg=+000.00000;rd=N;top=20220131173734;lc=0;pm=N;"
                           "si=234159000000000;ei=123456789012345;mcc=234;mnc=15;ml=127",
                           &r, NULL),
                     AMP_OK);
    assert_false(r.located);
    assert_false(r.f.has & AMP_HAS(POS));
    assert_false(r.f.has & AMP_HAS(RADIUS_M));
}

static void a_wrong_length_is_a_warning_and_the_fix_stays(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(parse("A\"ML=1;lt=48.82639;lg=-2.36619;rd=52.4;lc=68;pm=W;ml=128", &r, NULL),
                     AMP_OK);
    assert_true(r.located);
    assert_int_equal(r.f.radius_m, 53);
    assert_int_equal(r.warning_n, 1);
}

static void the_last_pair_of_a_cut_message_is_not_believed(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(parse("A\"ML=1;lt=48.82639;lg=-12.3", &r, NULL), AMP_OK);
    assert_false(r.located);
    assert_true(r.warning_n >= 1);
    assert_int_equal(parse("A\"ML=1;lt=48.82639;lg=-12.36619;rd=5", &r, NULL), AMP_OK);
    assert_true(r.located);
    assert_false(r.f.has & AMP_HAS(RADIUS_M));
}

static void quotes_blanks_and_line_ends_around_the_message_are_tolerated(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(
        parse("  A\xE2\x80\x9DML=1;lt=-25.96553;lg=+032.58322;rd=9;lc=95;pm=C;ml=55\r\n", &r, NULL),
        AMP_OK);
    assert_true(r.located);
    assert_int_equal(r.f.pos.lon_e7, 325832200);
    assert_int_equal(r.warning_n, 0);
}

static void the_first_of_two_equal_keys_wins(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(parse("A\"ML=1;lt=1.5;lt=2.5;lg=3;rd=1;lc=68;pm=G;ml=45", &r, NULL), AMP_OK);
    assert_int_equal(r.f.pos.lat_e7, 15000000);
}

static void a_version_with_nothing_behind_it_places_nobody(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(parse("A\"ML=1", &r, NULL), AMP_OK);
    assert_false(r.located);
    assert_int_equal(parse("A\"ML=2", &r, NULL), AMP_OK);
    assert_false(r.located);
}

static void other_versions_and_other_texts_are_refused(void **state)
{
    (void)state;
    struct amp_report r = {0};
    struct amp_why why = {0};
    assert_int_equal(parse("A\"ML=3;lo=-37.4,-122.0,20;lt=-9999", &r, &why), AMP_E_UNSUPPORTED);
    assert_non_null(strstr(why.text, "version 3"));
    assert_int_equal(parse("", &r, NULL), AMP_E_SYNTAX);
    assert_int_equal(parse("help me", &r, NULL), AMP_E_SYNTAX);
    assert_int_equal(parse("A\"ML=", &r, NULL), AMP_E_SYNTAX);
    assert_int_equal(parse("A\"ML=1;lt=\xFF", &r, NULL), AMP_E_SYNTAX);
}

static void absurd_positions_and_radii_are_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        amp_err err;
    } rows[] = {
        {"A\"ML=1;lt=91.0;lg=3.0;rd=5;pm=G;ml=40", AMP_E_RANGE},
        {"A\"ML=1;lt=1.0;lg=-180.1;rd=5;pm=G;ml=40", AMP_E_RANGE},
        {"A\"ML=1;lt=1e1;lg=3.0;rd=5;pm=G;ml=40", AMP_E_SYNTAX},
        {"A\"ML=1;lt=nan;lg=3.0;rd=5;pm=G;ml=40", AMP_E_SYNTAX},
        {"A\"ML=1;lt=++1;lg=3.0;rd=5;pm=G;ml=40", AMP_E_SYNTAX},
        {"A\"ML=1;lt=1.0;lg=3.0;rd=-5;pm=G;ml=40", AMP_E_RANGE},
        {"A\"ML=1;lt=1.0;lg=3.0;rd=99999999999;pm=G;ml=40", AMP_E_RANGE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct amp_report r = {.warning_n = 7};
        struct amp_why why = {0};
        assert_int_equal(parse(rows[i].text, &r, &why), rows[i].err);
        assert_true(why.text[0] != '\0');
        assert_int_equal(r.warning_n, 7); /* untouched */
    }
}

static void long_messages_and_many_pairs_are_refused_by_limit(void **state)
{
    (void)state;
    struct amp_report r = {0};
    char many[8 + 40 * 4 + 1] = "A\"ML=1;";
    for (int i = 0; i < 40; i++) {
        memcpy(many + 7 + i * 4, "a=1;", 4);
    }
    assert_int_equal(parse(many, &r, NULL), AMP_E_LIMIT);
    static char big[AMP_INTAKE_MAX + 2];
    memset(big, 'A', sizeof(big) - 1);
    assert_int_equal(parse(big, &r, NULL), AMP_E_LIMIT);
}

static void version_two_has_its_own_meaning_of_the_same_keys(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(
        parse("A\"ML=2;en=+15555555555;et=1593187189;lo=-37.42175,-122.08461,20.1;lt=-99;"
              "lc=68;lz=-100.1,100.1;ls=G;ei=358239059042542;nc=310260;lg=en-US",
              &r, NULL),
        AMP_OK);
    assert_true(r.located);
    assert_int_equal(r.f.pos.lat_e7, -374217500);
    assert_int_equal(r.f.pos.lon_e7, -1220846100);
    assert_int_equal(r.f.radius_m, 21);
    assert_int_equal(r.f.confidence_pct, 68);
    assert_int_equal(r.f.fix_time, INT64_C(1593187090) * AMP_US_PER_S);
    assert_true(amp_str_is(r.f.source, "aml-gnss"));
    assert_true(
        amp_str_is(r.f.words, "altitude -100.1 m, within 100.1 m; phone's language: en-US"));
    assert_int_equal(r.warning_n, 0);
}

static void zero_zero_is_no_place_whatever_the_phone_says_of_it(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(parse("A\"ML=1;lt=+00.00000;lg=+000.00000;rd=20;lc=68.5;pm=W;ml=58", &r, NULL),
                     AMP_OK);
    assert_false(r.located);
    assert_int_equal(r.f.has & (AMP_HAS(POS) | AMP_HAS(RADIUS_M)), 0);
    assert_int_equal(r.warning_n, 1);
    assert_non_null(strstr(r.warning[0].ptr, "without a fix"));
    assert_int_equal(parse("A\"ML=1;lt=1;lg=2;rd=20;lc=68.5;pm=W;ml=39", &r, NULL), AMP_OK);
    assert_int_equal(r.f.confidence_pct, 69);
}

/* Java writes a double below a thousandth with an exponent. */
static void a_form_from_beside_the_meridian_of_greenwich_is_a_place(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(parse("v=1&location_latitude=51.4779&location_longitude=-4.2E-4&"
                           "location_accuracy=9&location_altitude=61.25&"
                           "location_vertical_accuracy=4",
                           &r, NULL),
                     AMP_OK);
    assert_true(r.located);
    assert_int_equal(r.f.pos.lon_e7, -4200);
    assert_true(amp_str_is(r.f.words, "altitude 61.2 m, within 4.0 m"));
    assert_int_equal(parse("v=1&location_latitude=5.1E2&location_longitude=1", &r, NULL), AMP_OK);
    assert_false(r.located);
}

static void a_version_two_message_without_a_fix_or_cut_within_it_places_nobody(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(parse("A\"ML=2;et=1593187189;lo=0,0,0;ls=U", &r, NULL), AMP_OK);
    assert_false(r.located);
    assert_int_equal(parse("A\"ML=2;et=1593187189;ls=U", &r, NULL), AMP_OK);
    assert_false(r.located);
    assert_int_equal(r.warning_n, 1);
    assert_int_equal(parse("A\"ML=2;lo=-37.42175,-122.0", &r, NULL), AMP_E_SYNTAX);
    assert_int_equal(parse("A\"ML=2;lo=-37.4,-182.0,5", &r, NULL), AMP_E_RANGE);
    assert_int_equal(parse("A\"ML=2;lo=1,2,3;et=99999999999999;lt=1", &r, NULL), AMP_OK);
    assert_true(r.located);
    assert_false(r.f.has & AMP_HAS(FIX_TIME));
}

#define PACKED                                                                                     \
    "415193D98BEDD8F4DEECE6A2C962B7DA8E7DEEB56232990B86A3D9623B39B92783EDE86F784F068BD560B6D80C16" \
    "83E568B81D7BDCB3E176F076EFB89BA77B39DCCD56A3C966B15D39DD9BD570B2590E56CBC168B21A4DB66B8FC7BD" \
    "590CB66BBBC73D990DB66BB37B31D90C"

static void a_data_message_in_packed_septets_is_the_text_it_holds(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(parse(PACKED, &r, NULL), AMP_OK);
    assert_true(r.located);
    assert_int_equal(r.f.pos.lat_e7, 374217500);
    assert_int_equal(r.f.radius_m, 20);
    assert_int_equal(r.warning_n, 0);
    uint8_t bytes[256];
    size_t len = 0;
    struct amp_buf text = amp_buf_make(1024);
    assert_int_equal(amp_hex_read(AMP_STR(PACKED), bytes, sizeof bytes, &len), AMP_OK);
    amp_base64_put(&text, bytes, len);
    struct amp_report again = {0};
    assert_int_equal(parse(amp_buf_cstr(&text), &again, NULL), AMP_OK);
    assert_int_equal(again.f.pos.lon_e7, r.f.pos.lon_e7);
    amp_buf_free(&text);
}

static void a_form_is_read_with_its_number_and_what_the_call_taker_should_know(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(
        parse("v=1&device_number=%2B447477593102&location_latitude=55.85732&location_longitude="
              "-4.26325&location_time=1476189444435&location_accuracy=10.4&location_source=GPS&"
              "location_certainty=83&location_floor=5&device_imei=354773072099116&device_imsi="
              "234159176307582&cell_carrier=&adr_carcrash_time=1476189440000",
              &r, NULL),
        AMP_OK);
    assert_true(r.located);
    assert_int_equal(r.f.pos.lat_e7, 558573200);
    assert_int_equal(r.f.radius_m, 11);
    assert_int_equal(r.f.confidence_pct, 83);
    assert_int_equal(r.f.fix_time, INT64_C(1476189444435000));
    assert_true(amp_str_is(r.f.number, "+447477593102"));
    assert_true(amp_str_is(r.f.device, "354773072099116"));
    assert_true(
        amp_str_is(r.f.words, "the phone detected a car crash at 2016-10-11T12:37:20Z; floor 5"));
    assert_true(amp_str_is(r.f.source, "aml-gnss"));
    assert_int_equal(r.warning_n, 0);
}

static void nothing_malformed_in_a_form_is_an_error_and_nothing_malformed_is_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool located;
    } rows[] = {
        {"v=1", false},
        {"v=1&location_latitude=&location_longitude=", false},
        {"v=1&location_latitude=95&location_longitude=3", false},
        {"v=1&location_latitude=1.5", false},
        {"v=1&location_latitude=0.0&location_longitude=0.0&location_accuracy=5", false},
        {"v=1&location_latitude=abc&location_longitude=3", false},
        {"v=1&location_latitude=1.5&location_longitude=3&location_accuracy=-1", true},
        {"v=1&location_latitude=1.5&location_longitude=3&location_confidence=7", true},
        {"v=1&location_latitude=1.5&location_longitude=3&location_time=yesterday", true},
        {"v=1&location_latitude=1.5&location_longitude=3&device_number=me&device_imei=x", true},
        {"v=1&gt_location_latitude=1.5&gt_location_longitude=3", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_report r = {0};
        assert_int_equal(parse(rows[i].text, &r, NULL), AMP_OK);
        assert_int_equal(r.located, rows[i].located);
        assert_true(i == 6 || i >= 10 || r.warning_n > 0);
        assert_false(!r.located && (r.f.has & (AMP_HAS(POS) | AMP_HAS(RADIUS_M))));
    }
}

static void the_confidence_of_a_form_is_a_share_or_a_percentage(void **state)
{
    (void)state;
    struct amp_report r = {0};
    assert_int_equal(parse("v=1&location_latitude=1&location_longitude=3&location_confidence=0.683&"
                           "location_certainty=90",
                           &r, NULL),
                     AMP_OK);
    assert_int_equal(r.f.confidence_pct, 68);
}

static void published_messages_of_every_form_are_all_read(void **state)
{
    (void)state;
    const char *path = amp_testdata("messages/aml/messages.txt");
    AMP_TEST_NEEDS(path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char line[1024];
    int read = 0;
    int located = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (line[0] != '#' && line[0] != '\n') {
            struct amp_report r = {0};
            assert_int_equal(parse(line, &r, NULL), AMP_OK);
            read++;
            located += r.located;
        }
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(read, 9);
    assert_int_equal(located, 8);
}

/* A pair after the other, by the cutting of base/str.h. */
static size_t pairs_slowly(struct amp_str text, struct amp_aml_pairs *out)
{
    out->n = 0;
    while (text.len > 0) {
        struct amp_str pair = {0}, key = {0};
        text = amp_str_cut(text, ';', &pair);
        const bool sign = pair.len > 0 && memchr(pair.ptr, '=', pair.len) != NULL;
        const struct amp_str value = amp_str_cut(pair, '=', &key);
        key = amp_str_trim(key);
        if (key.len == 0 && !sign) {
            continue;
        }
        out->key[out->n] = amp_aml_key(key.ptr, key.len);
        out->value[out->n++] = amp_str_trim(value);
    }
    return out->n;
}

static void pairs_read_quickly_are_those_read_slowly(void **state)
{
    (void)state;
    static const char letters[] = "a=;b7 .=;cdefgh\t=;-\xE2\x80\xBB";
    uint64_t random = 88172645463325252U;
    for (int i = 0; i < 100000; i++) {
        char text[64];
        size_t len = 0;
        for (uint64_t n = random % 60; len < n; len++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            text[len] = letters[random % (sizeof letters - 1)];
        }
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        struct amp_aml_pairs quick, slow;
        const struct amp_str whole = {text, len};
        if (amp_aml_pairs_read(whole, &quick, NULL) != AMP_OK) {
            continue; /* too many */
        }
        assert_int_equal(quick.n, pairs_slowly(whole, &slow));
        for (size_t k = 0; k < quick.n; k++) {
            assert_int_equal(quick.key[k], slow.key[k]);
            assert_true(amp_str_eq(quick.value[k], slow.value[k]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fix_is_read_with_its_radius_time_and_source),
        cmocka_unit_test(pairs_read_quickly_are_those_read_slowly),
        cmocka_unit_test(the_subscriber_identity_is_not_kept),
        cmocka_unit_test(no_fix_is_never_a_place),
        cmocka_unit_test(a_wrong_length_is_a_warning_and_the_fix_stays),
        cmocka_unit_test(the_last_pair_of_a_cut_message_is_not_believed),
        cmocka_unit_test(quotes_blanks_and_line_ends_around_the_message_are_tolerated),
        cmocka_unit_test(the_first_of_two_equal_keys_wins),
        cmocka_unit_test(a_version_with_nothing_behind_it_places_nobody),
        cmocka_unit_test(other_versions_and_other_texts_are_refused),
        cmocka_unit_test(absurd_positions_and_radii_are_errors),
        cmocka_unit_test(long_messages_and_many_pairs_are_refused_by_limit),
        cmocka_unit_test(zero_zero_is_no_place_whatever_the_phone_says_of_it),
        cmocka_unit_test(a_form_from_beside_the_meridian_of_greenwich_is_a_place),
        cmocka_unit_test(version_two_has_its_own_meaning_of_the_same_keys),
        cmocka_unit_test(a_version_two_message_without_a_fix_or_cut_within_it_places_nobody),
        cmocka_unit_test(a_data_message_in_packed_septets_is_the_text_it_holds),
        cmocka_unit_test(a_form_is_read_with_its_number_and_what_the_call_taker_should_know),
        cmocka_unit_test(nothing_malformed_in_a_form_is_an_error_and_nothing_malformed_is_a_place),
        cmocka_unit_test(the_confidence_of_a_form_is_a_share_or_a_percentage),
        cmocka_unit_test(published_messages_of_every_form_are_all_read),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
