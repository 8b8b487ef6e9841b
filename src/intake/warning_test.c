/* Warnings: what is composed becomes CAP that reads back the same, and broken rules are named. */
#include "intake/warning.h"

#include "base/timefmt.h"
#include "intake/alert.h"
#include "intake/cap.h"
#include "intake/feed.h"
#include "intake/feed_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/testarena.h"

#define RING "[[-19.8,34.8],[-19.8,34.9],[-19.9,34.9],[-19.8,34.8]]"
#define AREA "\"area\":[{\"areaDesc\":\"Beira\",\"polygon\":[" RING "]}]"
#define REST                                                                                       \
    "\"category\":[\"Met\"],\"event\":\"Cyclone\",\"urgency\":\"Immediate\","                      \
    "\"severity\":\"Extreme\",\"certainty\":\"Likely\",\"headline\":\"Go to high ground\","        \
    "\"expires\":\"2026-11-27T20:00:00+02:00\""
#define HEAD       "\"status\":\"Actual\",\"msgType\":\"Alert\""
#define WITH(info) "{" HEAD ",\"info\":[{" info "}]}"
#define GOOD       WITH("\"language\":\"pt-MZ\"," REST "," AREA)

static int64_t now_us(void)
{
    int64_t us = 0;
    assert_int_equal(amp_time_parse(AMP_STR("2026-11-27T04:00:00.5Z"), &us), AMP_OK);
    return us;
}

static struct amp_warning_order order_of(uint32_t number)
{
    return (struct amp_warning_order){.number = number,
                                      .now_us = now_us(),
                                      .sender = AMP_STR("alert@centre.example.org"),
                                      .sender_name = AMP_STR("Centre")};
}

static amp_err write_text(const char *json, const struct amp_warning_order *order,
                          struct amp_warning_issue *out, struct amp_why *why)
{
    const struct amp_warning_draft *draft = NULL;
    *why = (struct amp_why){""};
    amp_err err = amp_warning_read(amp_str_of(json), &arena, &draft, why);
    return err ? err : amp_warning_write(draft, order, &arena, out, why);
}

static void refused(const char *json, amp_err expected, const char *words)
{
    const struct amp_warning_order order = order_of(1);
    struct amp_warning_issue issue;
    struct amp_why why;
    amp_err err = write_text(json, &order, &issue, &why);
    if (err != expected || strstr(why.text, words) == NULL) {
        print_error("%s: %s; not \"%s\" of %s\n", amp_err_code(err), why.text, words, json);
    }
    assert_int_equal(err, expected);
    assert_non_null(strstr(why.text, words));
}

static void what_is_composed_becomes_cap_that_reads_back_the_same(void **state)
{
    (void)state;
    const struct amp_warning_order order = order_of(3);
    struct amp_warning_issue issue;
    struct amp_why why;
    struct amp_cap cap;
    assert_int_equal(write_text(GOOD, &order, &issue, &why), AMP_OK);
    assert_int_equal(amp_cap_read(issue.document, &arena, &cap, &why), AMP_OK);
    assert_true(amp_str_is(cap.identifier, "W-3-20261127T040000Z"));
    assert_true(amp_str_is(cap.sent, "2026-11-27T04:00:00-00:00"));
    assert_true(amp_str_is(cap.scope, "Public"));
    assert_int_equal(cap.info_n, 1);
    assert_true(amp_str_is(cap.info[0].language, "pt-MZ"));
    assert_true(amp_str_is(cap.info[0].expires, "2026-11-27T20:00:00+02:00"));
    assert_true(amp_str_is(cap.info[0].sender_name, "Centre"));
    assert_int_equal(cap.info[0].area[0].polygons.item[0].n, 4);
    assert_int_equal(cap.info[0].area[0].polygons.item[0].point[1].lon_e7, 349000000);
    assert_true(amp_str_is(issue.reference, "alert@centre.example.org,W-3-20261127T040000Z,"
                                            "2026-11-27T04:00:00-00:00"));
    int64_t until_us = 0;
    assert_int_equal(amp_time_parse(AMP_STR("2026-11-27T18:00:00Z"), &until_us), AMP_OK);
    assert_true(issue.until_us == until_us);
    assert_int_equal(cap.warning_n, 0);
}

static void our_own_door_for_alerts_takes_it_under_the_same_reference(void **state)
{
    (void)state;
    const struct amp_warning_order order = order_of(3);
    struct amp_warning_issue issue;
    struct amp_alert_report report;
    struct amp_why why;
    assert_int_equal(write_text(GOOD, &order, &issue, &why), AMP_OK);
    assert_int_equal(amp_alerts_read(issue.document, &arena, &report, &why), AMP_OK);
    assert_int_equal(report.n, 1);
    assert_true(amp_str_eq(report.item[0].reference, issue.reference));
    assert_true(report.item[0].until_us == issue.until_us);
    assert_true(report.item[0].sent_us == issue.sent_us);
}

static void what_was_issued_is_composed_again_from_its_view(void **state)
{
    (void)state;
    const struct amp_warning_order order = order_of(3);
    struct amp_warning_issue first, second;
    struct amp_why why;
    const struct amp_warning_draft *seen = NULL;
    assert_int_equal(write_text(GOOD, &order, &first, &why), AMP_OK);
    assert_int_equal(amp_warning_read_cap(first.document, &arena, &seen, &why), AMP_OK);
    struct amp_buf out = amp_buf_make(1 << 20);
    struct amp_json js = amp_json_make(&out);
    amp_json_open(&js, '{');
    amp_warning_view(&js, seen);
    amp_json_close(&js, '}');
    const char *json = amp_arena_text(&arena, amp_buf_view(&out));
    amp_buf_free(&out);
    assert_int_equal(write_text(json, &order, &second, &why), AMP_OK);
    assert_true(amp_str_eq(first.document, second.document));
}

static void an_update_names_all_that_came_before_and_has_their_status(void **state)
{
    (void)state;
    struct amp_warning_order order = order_of(1);
    struct amp_warning_issue first, second, third;
    struct amp_why why;
    struct amp_cap cap;
    assert_int_equal(write_text(GOOD, &order, &first, &why), AMP_OK);
    order.number = 2;
    order.about = first.document;
    order.about_until_us = first.until_us;
    const char *update = "{\"status\":\"Actual\",\"msgType\":\"Update\",\"about\":\"W-1\",\"info\":"
                         "[{\"language\":\"pt\"," REST "," AREA "}]}";
    assert_int_equal(write_text(update, &order, &second, &why), AMP_OK);
    order.number = 3;
    order.about = second.document;
    const char *cancel = "{\"status\":\"Actual\",\"msgType\":\"Cancel\",\"about\":\"W-2\"}";
    assert_int_equal(write_text(cancel, &order, &third, &why), AMP_OK);
    assert_true(third.cancels);
    assert_true(third.until_us == first.until_us); /* as long as what it ends would have been */
    assert_int_equal(amp_cap_read(third.document, &arena, &cap, &why), AMP_OK);
    struct amp_str both =
        amp_arena_printf(&arena, "%.*s %.*s", (int)first.reference.len, first.reference.ptr,
                         (int)second.reference.len, second.reference.ptr);
    assert_true(amp_str_eq(cap.references, both));
    const char *other = "{\"status\":\"Test\",\"msgType\":\"Cancel\",\"about\":\"W-2\"}";
    assert_int_equal(write_text(other, &order, &third, &why), AMP_E_RANGE);
    assert_non_null(strstr(why.text, "status of the one it is about"));
}

static void each_broken_rule_is_named_with_its_place(void **state)
{
    (void)state;
#define PT "\"language\":\"pt\","
    refused("[]", AMP_E_SYNTAX, "object");
    refused("{\"status\":\"Actual\"}", AMP_E_RANGE, "msgType");
    refused("{\"status\":\"Draft\",\"msgType\":\"Alert\"}", AMP_E_RANGE, "status");
    refused("{" HEAD ",\"sender\":\"me\"}", AMP_E_SYNTAX, "set when the warning is issued");
    refused("{" HEAD ",\"colour\":\"red\"}", AMP_E_SYNTAX, "no member");
    refused("{" HEAD ",\"about\":\"W-1\"}", AMP_E_RANGE, "first Alert");
    refused("{" HEAD "}", AMP_E_MISSING, "info is missing");
    refused("{\"status\":\"Actual\",\"msgType\":\"Update\"}", AMP_E_RANGE, "which it is about");
    refused("{\"status\":\"Exercise\",\"msgType\":\"Alert\"}", AMP_E_MISSING, "note");
    refused(WITH(REST "," AREA), AMP_E_MISSING, "info 1: language is missing");
    refused(WITH("\"language\":\"p_t\"," REST "," AREA), AMP_E_RANGE, "tag of a language");
    refused("{" HEAD ",\"info\":[{" PT REST "," AREA "},{" PT REST "," AREA "}]}", AMP_E_RANGE,
            "info 2: its language is there twice");
    refused(WITH(PT REST), AMP_E_MISSING, "area is missing");
    refused(WITH(PT REST ",\"area\":[{\"polygon\":[" RING "]}]"), AMP_E_MISSING,
            "info 1, area 1: areaDesc");
    refused(WITH(PT REST ",\"area\":[{\"areaDesc\":\"x\"}]"), AMP_E_MISSING, "no polygon");
#define POLYGON(points) WITH(PT REST ",\"area\":[{\"areaDesc\":\"x\",\"polygon\":[[" points "]]}]")
    refused(POLYGON("[1,1],[1,2],[1,1]"), AMP_E_RANGE, "four points");
    refused(POLYGON("[1,1],[1,2],[2,2],[2,1]"), AMP_E_RANGE, "not closed");
    refused(POLYGON("[1,1],[1,200],[2,2],[1,1]"), AMP_E_RANGE, "[lat, lon]");
#define CIRCLE(km)                                                                                 \
    WITH(PT REST                                                                                   \
         ",\"area\":[{\"areaDesc\":\"x\",\"circle\":[{\"lat\":1,\"lon\":1,\"radius_km\":" km       \
         "}]}]")
    refused(CIRCLE("0"), AMP_E_RANGE, "reaches nobody");
    refused(CIRCLE("-1"), AMP_E_RANGE, "radius_km");
#define TIMES(more) WITH(PT REST "," AREA "," more)
    refused(TIMES("\"onset\":\"tomorrow\""), AMP_E_RANGE, "no time such as");
    refused(TIMES("\"onset\":\"2026-11-28T04:00:00Z\""), AMP_E_RANGE, "onset must be before");
    refused(TIMES("\"effective\":\"2026-11-28T04:00:00Z\""), AMP_E_RANGE, "effective must be");
    refused(TIMES("\"urgency\":\"now\""), AMP_E_SYNTAX, "");
    refused(TIMES("\"responseType\":[\"Run\"]"), AMP_E_RANGE, "Shelter");
    refused(TIMES("\"instruction\":\"a\\u0007b\""), AMP_E_RANGE, "control character");
    refused(TIMES("\"resource\":[{}]"), AMP_E_UNSUPPORTED, "resource");
    refused(TIMES("\"eventCode\":[{\"name\":\"\",\"value\":\"1\"}]"), AMP_E_MISSING, "empty name");
}

static void times_that_are_past_or_far_are_refused(void **state)
{
    (void)state;
    struct amp_warning_order order = order_of(1);
    struct amp_warning_issue issue;
    struct amp_why why;
    order.now_us += 20 * INT64_C(3600) * AMP_US_PER_S;
    assert_int_equal(write_text(GOOD, &order, &issue, &why), AMP_E_RANGE);
    assert_non_null(strstr(why.text, "is past"));
    order.now_us -= 90 * INT64_C(86400) * AMP_US_PER_S;
    assert_int_equal(write_text(GOOD, &order, &issue, &why), AMP_E_RANGE);
    assert_non_null(strstr(why.text, "31 days"));
}

static void a_sender_has_no_blank_comma_or_mark(void **state)
{
    (void)state;
    assert_true(amp_warning_sender_valid(AMP_STR("alert@centre.example.org")));
    const char *const none[] = {"", "a b", "a,b", "a<b", "a&b", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_false(amp_warning_sender_valid(amp_str_of(none[i])));
    }
    struct amp_warning_order order = order_of(1);
    struct amp_warning_issue issue;
    struct amp_why why;
    order.sender = (struct amp_str){0};
    assert_int_equal(write_text(GOOD, &order, &issue, &why), AMP_E_MISSING);
    assert_non_null(strstr(why.text, "--warnings"));
}

static void languages_share_their_area_and_are_chosen(void **state)
{
    (void)state;
    const struct amp_warning_draft *draft = NULL;
    struct amp_warning_areas areas;
    struct amp_why why;
    const char *two = "{" HEAD ",\"info\":[{\"language\":\"pt-MZ\"," REST "," AREA "},"
                      "{\"language\":\"en\",\"headline\":\"Up\"," AREA "}]}";
    assert_int_equal(amp_warning_read(amp_str_of(two), &arena, &draft, &why), AMP_OK);
    assert_int_equal(amp_warning_areas(draft, &arena, &areas), AMP_OK);
    assert_int_equal(areas.ring_n, 1);
    assert_int_equal(areas.circle_n, 0);
    assert_false(areas.coded);
    assert_true(amp_str_is(amp_warning_brief(draft, AMP_STR("en")).headline, "Up"));
    assert_true(amp_str_is(amp_warning_brief(draft, AMP_STR("fr")).headline, "Go to high ground"));
}

static void a_feed_that_is_written_is_read_again(void **state)
{
    (void)state;
    struct amp_buf out = amp_buf_make(1 << 16);
    struct amp_feed feed;
    struct amp_why why;
    const struct amp_feed_head head = {AMP_STR("https://w.example/warnings.atom"),
                                       AMP_STR("A & B <c>"), now_us()};
    const struct amp_feed_item item = {AMP_STR("https://w.example/warnings/W-1.cap"),
                                       AMP_STR("1 < 2"), AMP_STR(""), now_us()};
    amp_feed_open(&out, &head);
    amp_feed_put(&out, &item);
    amp_feed_close(&out);
    assert_int_equal(amp_feed_read(amp_buf_view(&out), &arena, &feed, &why), AMP_OK);
    assert_int_equal(feed.n, 1);
    assert_true(amp_str_eq(feed.entry[0].url, item.url));
    assert_true(amp_str_starts(feed.entry[0].time, AMP_STR("2026-11-27T04:00:00.5")));
    amp_buf_free(&out);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, arena_set_up, arena_tear_down)
    const struct CMUnitTest tests[] = {
        ROW(what_is_composed_becomes_cap_that_reads_back_the_same),
        ROW(our_own_door_for_alerts_takes_it_under_the_same_reference),
        ROW(what_was_issued_is_composed_again_from_its_view),
        ROW(an_update_names_all_that_came_before_and_has_their_status),
        ROW(each_broken_rule_is_named_with_its_place),
        ROW(times_that_are_past_or_far_are_refused),
        ROW(a_sender_has_no_blank_comma_or_mark),
        ROW(languages_share_their_area_and_are_chosen),
        ROW(a_feed_that_is_written_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
