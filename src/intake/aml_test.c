/* AML text SMS version 1: what is read, what is warned of, what is refused. */
#include "base/testdata.h"
#include "base/timefmt.h"
#include "intake/intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct amp_arena arena;

static int arena_set_up(void **state)
{
    (void)state;
    arena = amp_arena_make(1 << 20);
    return 0;
}

static int arena_tear_down(void **state)
{
    (void)state;
    amp_arena_drop(&arena);
    return 0;
}

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

static void other_versions_and_other_texts_are_refused(void **state)
{
    (void)state;
    struct amp_report r = {0};
    struct amp_why why = {0};
    assert_int_equal(parse("A\"ML=2;en=+15555555555;lo=-37.4,-122.0,20;lt=-9999", &r, &why),
                     AMP_E_UNSUPPORTED);
    assert_non_null(strstr(why.text, "version 2"));
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

static void published_messages_of_version_one_are_all_read(void **state)
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
        if (strncmp(line, "A\"ML=1", 6) == 0) {
            struct amp_report r = {0};
            assert_int_equal(parse(line, &r, NULL), AMP_OK);
            read++;
            located += r.located;
        }
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(read, 5);
    assert_int_equal(located, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fix_is_read_with_its_radius_time_and_source),
        cmocka_unit_test(the_subscriber_identity_is_not_kept),
        cmocka_unit_test(no_fix_is_never_a_place),
        cmocka_unit_test(a_wrong_length_is_a_warning_and_the_fix_stays),
        cmocka_unit_test(the_last_pair_of_a_cut_message_is_not_believed),
        cmocka_unit_test(quotes_blanks_and_line_ends_around_the_message_are_tolerated),
        cmocka_unit_test(the_first_of_two_equal_keys_wins),
        cmocka_unit_test(other_versions_and_other_texts_are_refused),
        cmocka_unit_test(absurd_positions_and_radii_are_errors),
        cmocka_unit_test(long_messages_and_many_pairs_are_refused_by_limit),
        cmocka_unit_test(published_messages_of_version_one_are_all_read),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
