/* The TAK protocol: its messages out of a stream, and the reports that they make. */
#include "base/buf.h"
#include "base/chance.h"
#include "base/timefmt.h"
#include "fleet/fleet.h"
#include "fleet/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/testarena.h"

#define NOW_US (INT64_C(1795000000) * AMP_US_PER_S)
#define NOW_MS UINT64_C(1795000000000)

static struct amp_fleet_report *report;
static size_t report_n;

static amp_err parse(struct amp_str bytes)
{
    struct amp_why why = {""};
    report_n = 99;
    return amp_fleet_parse(amp_fleet_find(AMP_STR("tak")), bytes, NOW_US, &arena, &report,
                           &report_n, &why);
}

/* ---- protocol buffers, written ---- */

static void bytes_put(struct amp_buf *out, unsigned number, const void *data, size_t n)
{
    amp_buf_varint(out, number << 3 | 2);
    amp_buf_varint(out, n);
    amp_buf_put(out, data, n);
}

static void text_put(struct amp_buf *out, unsigned number, const char *text)
{
    bytes_put(out, number, text, strlen(text));
}

static void double_put(struct amp_buf *out, unsigned number, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    amp_buf_varint(out, number << 3 | 1);
    for (int i = 0; i < 8; i++) {
        amp_buf_char(out, (char)(bits >> 8 * i & 0xff));
    }
}

struct event {
    const char *type, *uid, *how, *callsign, *endpoint;
    uint64_t time_ms;
    double lat, lon, ce;
};

static const struct event of_m12 = {.type = "a-f-G-U-C",
                                    .uid = "ANDROID-1",
                                    .how = "m-g",
                                    .callsign = "M12",
                                    .endpoint = "10.0.0.2:4242:tcp",
                                    .time_ms = NOW_MS - 5000,
                                    .lat = 41.15,
                                    .lon = -8.61,
                                    .ce = 4.6};

/* A message with the event, at the end of out. */
static void message_put(struct amp_buf *out, const struct event *event)
{
    struct amp_buf contact = amp_buf_make(1 << 10);
    struct amp_buf track = amp_buf_make(1 << 10);
    struct amp_buf detail = amp_buf_make(1 << 10);
    struct amp_buf body = amp_buf_make(1 << 12);
    if (event->endpoint != NULL) {
        text_put(&contact, 1, event->endpoint);
    }
    text_put(&contact, 2, event->callsign);
    double_put(&track, 1, 12.5);
    double_put(&track, 2, 90.4);
    text_put(&detail, 1, "<uid Droid=\"x\"/>");
    bytes_put(&detail, 2, contact.data, contact.len);
    bytes_put(&detail, 7, track.data, track.len);
    text_put(&body, 1, event->type);
    text_put(&body, 5, event->uid);
    amp_buf_varint(&body, 6 << 3);
    amp_buf_varint(&body, event->time_ms);
    text_put(&body, 9, event->how);
    double_put(&body, 10, event->lat);
    double_put(&body, 11, event->lon);
    double_put(&body, 12, 999999);
    double_put(&body, 13, event->ce);
    bytes_put(&body, 15, detail.data, detail.len);
    amp_buf_put(out, "\xbf\x01\xbf", 3);
    bytes_put(out, 1, "\x08\x01\x10\x01", 4); /* the versions that it speaks */
    bytes_put(out, 2, body.data, body.len);
    assert_int_equal(amp_buf_err(&body) | amp_buf_err(&detail), AMP_OK);
    amp_buf_free(&contact);
    amp_buf_free(&track);
    amp_buf_free(&detail);
    amp_buf_free(&body);
}

/* ---- */

static void an_event_of_a_friend_is_a_report(void **state)
{
    (void)state;
    struct amp_buf out = amp_buf_make(1 << 16);
    message_put(&out, &of_m12);
    assert_int_equal(parse(amp_buf_view(&out)), AMP_OK);
    assert_int_equal(report_n, 1);
    assert_int_equal(report->err, AMP_OK);
    assert_true(amp_str_is(report->unit, "M12"));
    assert_int_equal(report->position.pos.lat_e7, 411500000);
    assert_int_equal(report->position.pos.lon_e7, -86100000);
    assert_int_equal(report->position.fix_us, NOW_US - 5 * AMP_US_PER_S);
    assert_int_equal(report->position.speed_kmh, 45);
    assert_int_equal(report->position.heading_deg, 90);
    assert_int_equal(report->position.accuracy_m, 5);
    assert_int_equal(report->alarm, AMP_FLEET_ALARM_NONE);
    amp_buf_free(&out);
}

static void others_and_what_is_no_event_are_passed_over(void **state)
{
    (void)state;
    struct amp_buf out = amp_buf_make(1 << 16);
    struct event event = of_m12;
    event.type = "a-h-G";
    message_put(&out, &event);
    event.type = "b-t-f"; /* a word of chat */
    message_put(&out, &event);
    event = of_m12;
    event.uid = "amparo.unit.M12"; /* ours */
    message_put(&out, &event);
    amp_buf_put(&out, "\xbf\x01\xbf\x0a\x02\x08\x01", 7); /* versions alone */
    assert_int_equal(parse(amp_buf_view(&out)), AMP_OK);
    assert_int_equal(report_n, 0);
    amp_buf_free(&out);
}

static void what_is_no_fix_or_not_known_is_said_to_be(void **state)
{
    (void)state;
    struct amp_buf out = amp_buf_make(1 << 16);
    struct event event = of_m12;
    event.how = "h-g-i-g-o";
    event.endpoint = NULL;
    message_put(&out, &event);
    event = of_m12;
    event.how = "h-g-i-g-o";
    event.ce = 999999;
    message_put(&out, &event);
    event.lat = 1e300;
    message_put(&out, &event);
    event = of_m12;
    event.time_ms = UINT64_MAX;
    message_put(&out, &event);
    event = of_m12;
    event.type = "b-a-o-tbl";
    event.callsign = "M12-Alert";
    message_put(&out, &event);
    assert_int_equal(parse(amp_buf_view(&out)), AMP_OK);
    assert_int_equal(report_n, 5);
    assert_int_equal(report[0].reason, AMP_FLEET_NO_FIX); /* a marker */
    assert_int_equal(report[1].err, AMP_OK);              /* a client */
    assert_int_equal(report[1].position.accuracy_m, -1);
    assert_int_equal(report[2].err, AMP_E_SYNTAX);
    assert_int_equal(report[3].err, AMP_E_SYNTAX);
    assert_int_equal(report[4].err, AMP_OK);
    assert_true(amp_str_is(report[4].unit, "M12"));
    assert_int_equal(report[4].alarm, AMP_FLEET_ALARM_EMERGENCY);
    amp_buf_free(&out);
}

static void a_message_in_pieces_is_waited_for_and_one_behind_it_is_another(void **state)
{
    (void)state;
    struct amp_buf out = amp_buf_make(1 << 16);
    size_t skip = 9;
    message_put(&out, &of_m12);
    size_t one = out.len;
    message_put(&out, &of_m12);
    assert_int_equal(amp_frame_tak(amp_buf_view(&out), &skip), one);
    assert_int_equal(skip, 0);
    for (size_t n = 0; n < one; n++) {
        size_t taken = amp_frame_tak((struct amp_str){out.data, n}, &skip);
        assert_true(taken == 0 || taken == 9); /* behind the versions it may end */
    }
    amp_buf_put(&out, "<?xml", 5);
    struct amp_str rest = {out.data + one, out.len - one};
    assert_int_equal(amp_frame_tak(rest, &skip), one);
    amp_buf_free(&out);
}

static void what_is_no_message_is_passed_over_up_to_the_next(void **state)
{
    (void)state;
    size_t skip = 0;
    assert_int_equal(amp_frame_tak(AMP_STR("\xbf\x02\xbf\x0a\x00"), &skip), 2);
    assert_int_equal(skip, 2);
    assert_int_equal(amp_frame_tak(AMP_STR("\xbf\x01\xbf<event"), &skip), 2);
    assert_int_equal(amp_frame_tak(AMP_STR("\xbf\x41<event"), &skip), 2);
    assert_int_equal(amp_frame_tak(AMP_STR("\xbf\x01\xbf\x12\xff\xff\xff\x7f"), &skip), 2);
    assert_int_equal(parse(AMP_STR("<event/>")), AMP_E_SYNTAX);
    assert_int_equal(parse(AMP_STR("\xbf\x01\xbf\x12\x02\x08\xff")), AMP_E_SYNTAX);
    assert_int_equal(parse(AMP_STR("\xbf\x01\xbf\x12\x02\x0f\x01")), AMP_E_SYNTAX);
    assert_int_equal(parse(AMP_STR("")), AMP_OK);
    assert_int_equal(report_n, 0);
}

static void any_bytes_come_to_an_end(void **state)
{
    (void)state;
    struct amp_chance chance = {.state = 9};
    struct amp_buf out = amp_buf_make(1 << 16);
    message_put(&out, &of_m12);
    for (int round = 0; round < 3000; round++) {
        char bytes[512];
        size_t n = out.len < sizeof bytes ? out.len : sizeof bytes;
        memcpy(bytes, out.data, n);
        for (int i = 0; i < 3; i++) {
            bytes[3 + amp_chance_below(&chance, (uint32_t)n - 3)] =
                (char)amp_chance_below(&chance, 256);
        }
        size_t skip = 0;
        size_t taken = amp_frame_tak((struct amp_str){bytes, n}, &skip);
        assert_true(taken <= n && skip <= taken);
        (void)!parse((struct amp_str){bytes, n});
    }
    amp_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_of_a_friend_is_a_report),
        cmocka_unit_test(others_and_what_is_no_event_are_passed_over),
        cmocka_unit_test(what_is_no_fix_or_not_known_is_said_to_be),
        cmocka_unit_test(a_message_in_pieces_is_waited_for_and_one_behind_it_is_another),
        cmocka_unit_test(what_is_no_message_is_passed_over_up_to_the_next),
        cmocka_unit_test(any_bytes_come_to_an_end),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
