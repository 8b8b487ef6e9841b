/* Alerts as they are kept: what they end, how long they are in force, and what is kept of them. */
#include "intake/alert.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "intake/sample_test.h"

#include "base/testarena.h"
#include "base/timefmt.h"
#include "model/event.h"

#define V12 "urn:oasis:names:tc:emergency:cap:1.2"
#define V11 "urn:oasis:names:tc:emergency:cap:1.1"
#define INFO                                                                                       \
    "<info><category>Met</category><event>Flood</event><urgency>Immediate</urgency>"               \
    "<severity>Severe</severity><certainty>Likely</certainty>"

static const struct amp_alert_item *taken(struct amp_str text)
{
    struct amp_alert_report report = {0};
    struct amp_why why = {""};
    assert_int_equal(amp_alerts_read(text, &arena, &report, &why), AMP_OK);
    assert_string_equal(why.text, "");
    assert_int_equal(report.n, 1);
    return &report.item[0];
}

static struct amp_str alert_of(const char *version, const char *sent, const char *type,
                               const char *rest)
{
    return amp_arena_printf(&arena,
                            "<alert xmlns='%s'><identifier>W-2</identifier><sender>met@example.org"
                            "</sender><sent>%s</sent><status>Actual</status><msgType>%s</msgType>"
                            "<scope>Public</scope>%s</alert>",
                            version, sent, type, rest);
}

static int64_t moment(const char *text)
{
    int64_t time_us = 0;
    assert_int_equal(amp_time_parse(amp_str_of(text), &time_us), AMP_OK);
    return time_us;
}

static void only_an_update_or_a_cancel_ends_what_it_refers_to(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        size_t refers;
    } rows[] = {{"Alert", 0}, {"Update", 2}, {"Cancel", 2}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct amp_alert_item *item = taken(
            alert_of(V12, "2026-02-03T04:05:06-00:00", rows[i].type,
                     "<references>met@example.org,W-1,2026-02-03T03:05:06-00:00 "
                     "met@example.org,W-0,2026-02-03T02:05:06-00:00</references>" INFO "</info>"));
        assert_int_equal(item->refer_n, rows[i].refers);
        assert_int_equal(item->cancels, i == 2);
    }
}

static void a_name_with_a_control_character_is_refused_and_refers_to_nothing(void **state)
{
    (void)state;
    struct amp_alert_report report = {0};
    struct amp_why why = {""};
    struct amp_str text = alert_of(V12, "2026-02-03T04:05:06-00:00", "Alert", INFO "</info>");
    char *bytes = amp_arena_alloc(&arena, text.len);
    memcpy(bytes, text.ptr, text.len);
    char *dot = memchr(bytes, '@', text.len);
    *dot = '\x7f'; /* XML lets it pass */
    text.ptr = bytes;
    assert_int_equal(amp_alerts_read(text, &arena, &report, &why), AMP_E_SYNTAX);
    assert_string_equal(why.text, "sender or identifier have a control character");
    const struct amp_alert_item *item =
        taken(alert_of(V12, "2026-02-03T04:05:06-00:00", "Cancel",
                       "<references>met\x7f,W-1,t met,W-0,t</references>"));
    assert_int_equal(item->refer_n, 1);
    assert_int_equal(item->refers[0].len, 9);
}

static void a_moment_in_another_form_is_that_moment(void **state)
{
    (void)state;
    static const char *const versions[] = {V12, V11};
    for (size_t i = 0; i < 2; i++) {
        const struct amp_alert_item *item =
            taken(alert_of(versions[i], "2026-02-03T04:05:06Z", "Alert",
                           INFO "<expires>2026-02-03T07:05:06.000+02:00</expires></info>"));
        assert_int_equal(item->sent_us, moment("2026-02-03T04:05:06Z"));
        assert_int_equal(item->until_us, moment("2026-02-03T05:05:06Z"));
        /* others refer to it as it was written */
        assert_true(amp_str_is(item->reference, "met@example.org,W-2,2026-02-03T04:05:06Z"));
    }
}

static void what_is_odd_and_cannot_be_kept_as_it_came_is_kept_as_the_standard_has_it(void **state)
{
    (void)state;
    const struct amp_alert_item *item = taken(amp_arena_printf(
        &arena, "<?xml version='1.0' encoding='ISO-8859-1'?>%s",
        alert_of(V12, "2026-02-03T04:05:06Z", "Alert",
                 "<info><event>Inunda\xe7\xe3o</event><language>pt_MZ</language><area>"
                 "<areaDesc>Sofala</areaDesc><polygon>1,1 1,2 2,2</polygon></area></info>")
            .ptr));
    const char *document = amp_arena_text(&arena, item->document);
    text_says(document, "<sent>2026-02-03T04:05:06-00:00</sent>", "sent");
    text_says(document, "<category>Other</category>\n<event>Inunda\xc3\xa7\xc3\xa3o</event>",
              "words");
    text_says(document, "2.0000000,2.0000000 1.0000000,1.0000000</polygon>", "ring");
}

static struct amp_str filled(size_t n)
{
    char *text = amp_arena_array(&arena, n, 1);
    assert_non_null(text);
    memset(text, 'A', n);
    return (struct amp_str){text, n};
}

static void a_file_that_an_alert_carries_does_not_cost_the_alert(void **state)
{
    (void)state;
    const struct amp_str file = filled(500000);
    const struct amp_alert_item *item = taken(alert_of(
        V12, "2026-02-03T04:05:06-00:00", "Alert",
        amp_arena_printf(&arena,
                         INFO "<resource><resourceDesc>the words, spoken</resourceDesc><mimeType>"
                              "audio/mpeg</mimeType><size>375000</size><uri>https://a.example/x"
                              "</uri><derefUri>%.*s</derefUri></resource></info>",
                         (int)file.len, file.ptr)
            .ptr));
    const char *document = amp_arena_text(&arena, item->document);
    text_says(document, "<uri>https://a.example/x</uri>", "where it lies stays");
    assert_null(strstr(document, "derefUri"));
}

/* A coast of 8,000 corners. */
static struct amp_str coast(void)
{
    struct amp_buf text = amp_buf_make(1 << 19);
    for (int i = 0; i <= 8000; i++) {
        const double angle = (i % 8000) * 3.14159265358979 / 4000;
        const double far = 0.8 + 0.01 * sin((i % 8000) * 1.7);
        amp_buf_printf(&text, "%.6f,%.6f ", far * sin(angle) - 19.8, far * cos(angle) + 34.8);
    }
    const struct amp_str ring = amp_arena_str(&arena, amp_buf_view(&text));
    amp_buf_free(&text);
    return ring;
}

static void an_area_of_many_corners_is_thinned_outwards_and_says_so(void **state)
{
    (void)state;
    const struct amp_str ring = coast();
    const struct amp_alert_item *item = taken(alert_of(
        V12, "2026-02-03T04:05:06-00:00", "Alert",
        amp_arena_printf(&arena,
                         INFO "<area><areaDesc>Sofala</areaDesc><polygon>%.*s</polygon></area>"
                              "</info>",
                         (int)ring.len, ring.ptr)
            .ptr));
    assert_true(ring.len > 150000 && item->document.len <= AMP_DOCUMENT_MAX);
    const char *document = amp_arena_text(&arena, item->document);
    text_says(document, "<valueName>amparo:areaToleranceMetres</valueName>", "said");
    struct amp_alert_seen *seen = amp_alert_see(item->document, (struct amp_str){0}, &arena);
    assert_non_null(seen);
    struct amp_buf view = amp_buf_make(1 << 20);
    struct amp_json js = amp_json_make(&view);
    amp_json_open(&js, '{');
    amp_alert_view(&js, seen);
    amp_json_close(&js, '}');
    text_says(amp_buf_cstr(&view), "\"wider_m\":", "seen");
    amp_buf_free(&view);
    for (int i = 0; i < 360; i++) {
        const double angle = i * 3.14159265358979 / 180;
        struct amp_pos in = {0}, out = {0};
        assert_int_equal(
            amp_pos_of_degrees(0.79 * sin(angle) - 19.8, 0.79 * cos(angle) + 34.8, &in), AMP_OK);
        assert_int_equal(
            amp_pos_of_degrees(0.85 * sin(angle) - 19.8, 0.85 * cos(angle) + 34.8, &out), AMP_OK);
        assert_true(amp_alert_holds(seen, in));
        assert_false(amp_alert_holds(seen, out));
    }
}

static void an_alert_that_is_too_long_all_the_same_is_refused_and_says_so(void **state)
{
    (void)state;
    static const size_t lengths[] = {AMP_DOCUMENT_MAX, AMP_ALERT_BYTES};
    for (size_t i = 0; i < 2; i++) {
        const struct amp_str words = filled(lengths[i]);
        struct amp_alert_report report = {0};
        struct amp_why why = {""};
        const struct amp_str text =
            alert_of(V12, "2026-02-03T04:05:06-00:00", "Alert",
                     amp_arena_printf(&arena, "<note>%.*s</note>", (int)words.len, words.ptr).ptr);
        assert_int_equal(amp_alerts_read(text, &arena, &report, &why), AMP_E_LIMIT);
        text_says(why.text, "at most", "limit");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_update_or_a_cancel_ends_what_it_refers_to),
        cmocka_unit_test(a_name_with_a_control_character_is_refused_and_refers_to_nothing),
        cmocka_unit_test(a_moment_in_another_form_is_that_moment),
        cmocka_unit_test(what_is_odd_and_cannot_be_kept_as_it_came_is_kept_as_the_standard_has_it),
        cmocka_unit_test(a_file_that_an_alert_carries_does_not_cost_the_alert),
        cmocka_unit_test(an_area_of_many_corners_is_thinned_outwards_and_says_so),
        cmocka_unit_test(an_alert_that_is_too_long_all_the_same_is_refused_and_says_so),
    };
    return cmocka_run_group_tests_name("intake/alert", tests, arena_set_up, arena_tear_down);
}
