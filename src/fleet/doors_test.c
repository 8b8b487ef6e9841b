/* What the doors of the gateway need: frames, MQTT packets, lines, events for TAK clients. */
#include "base/chance.h"
#include "base/timefmt.h"
#include "fleet/cot.h"
#include "fleet/fleet.h"
#include "fleet/frame.h"
#include "fleet/mqtt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/testarena.h"

#define NOW_US (INT64_C(1795000000) * AMP_US_PER_S)

/* ---- frames ---- */

static void only_whole_lines_are_given_out(void **state)
{
    (void)state;
    size_t skip = 1;
    assert_int_equal(amp_frame_lines(AMP_STR("a\nb\nc"), &skip), 4);
    assert_int_equal(skip, 0);
    assert_int_equal(amp_frame_lines(AMP_STR("abc"), &skip), 0);
}

static void a_line_that_never_ends_is_passed_over(void **state)
{
    (void)state;
    char noise[AMP_FRAME_LINE];
    memset(noise, 'x', sizeof noise);
    size_t skip = 0;
    assert_int_equal(amp_frame_lines((struct amp_str){noise, sizeof noise - 1}, &skip), 0);
    assert_int_equal(amp_frame_lines((struct amp_str){noise, sizeof noise}, &skip), sizeof noise);
    assert_int_equal(skip, sizeof noise);
}

static void an_event_is_cut_out_of_what_stands_around_it(void **state)
{
    (void)state;
    size_t skip = 0;
    struct amp_str text = AMP_STR("<?xml?><event a=\"1\"><event b=\"2\"></event><event");
    size_t n = amp_frame_event(text, &skip);
    assert_int_equal(n, strlen("<?xml?><event a=\"1\"><event b=\"2\"></event>"));
    assert_memory_equal(text.ptr + skip, "<event b=", 9);
    assert_int_equal(amp_frame_event(AMP_STR("<event"), &skip), 0);
    assert_int_equal(amp_frame_event(AMP_STR("noise</event>"), &skip), 13);
    assert_int_equal(skip, 13);
}

/* ---- MQTT: bytes as the standard has them ---- */

static void assert_bytes(const struct amp_buf *buf, const char *bytes, size_t n)
{
    assert_int_equal(amp_buf_err(buf), AMP_OK);
    assert_int_equal(buf->len, n);
    assert_memory_equal(buf->data, bytes, n);
}

#define ASSERT_BYTES(buf, literal) assert_bytes((buf), (literal), sizeof(literal) - 1)

static void what_a_client_writes_is_what_the_standard_says(void **state)
{
    (void)state;
    struct amp_buf out = amp_buf_make(1 << 12);
    struct amp_mqtt_login login = {.version = AMP_MQTT_3_1_1,
                                   .client = AMP_STR("c1"),
                                   .user = AMP_STR("u"),
                                   .password = AMP_STR("pw"),
                                   .keepalive_s = 60};
    amp_mqtt_connect(&out, &login);
    ASSERT_BYTES(&out, "\x10\x15\x00\x04MQTT\x04\xc0\x00\x3c\x00\x02"
                       "c1\x00\x01u\x00\x02pw");
    amp_buf_clear(&out);
    login.version = AMP_MQTT_5;
    login.user = (struct amp_str){0};
    login.session_s = 3600;
    amp_mqtt_connect(&out, &login);
    ASSERT_BYTES(&out, "\x10\x17\x00\x04MQTT\x05\x00\x00\x3c\x08\x11\x00\x00\x0e\x10\x21\xff\xff"
                       "\x00\x02"
                       "c1");
    amp_buf_clear(&out);
    amp_mqtt_subscribe(&out, AMP_MQTT_3_1_1, 10, AMP_STR("a/b"), 1);
    ASSERT_BYTES(&out, "\x82\x08\x00\x0a\x00\x03"
                       "a/b\x01");
    amp_buf_clear(&out);
    amp_mqtt_acknowledge(&out, 0x1234);
    amp_mqtt_ping(&out);
    amp_mqtt_disconnect(&out);
    ASSERT_BYTES(&out, "\x40\x02\x12\x34\xc0\x00\xe0\x00");
    amp_buf_free(&out);
}

static void a_published_message_is_read_back_in_both_versions(void **state)
{
    (void)state;
    static const uint8_t versions[] = {AMP_MQTT_3_1_1, AMP_MQTT_5};
    char payload[300];
    memset(payload, 'p', sizeof payload);
    for (size_t v = 0; v < sizeof versions; v++) {
        struct amp_buf out = amp_buf_make(1 << 12);
        struct amp_mqtt_packet packet;
        size_t taken = 0;
        amp_mqtt_publish(&out, versions[v], 7, AMP_STR("owntracks/x/M12"),
                         (struct amp_str){payload, sizeof payload});
        for (size_t cut = 0; cut < out.len; cut++) {
            struct amp_str part = {.ptr = out.data, .len = cut};
            assert_int_equal(amp_mqtt_take(part, versions[v], &packet, &taken), AMP_OK);
            assert_int_equal(taken, 0);
        }
        assert_int_equal(amp_mqtt_take(amp_buf_view(&out), versions[v], &packet, &taken), AMP_OK);
        assert_int_equal(taken, out.len);
        assert_int_equal(packet.kind, AMP_MQTT_MESSAGE);
        assert_int_equal(packet.message.quality, 1);
        assert_int_equal(packet.message.id, 7);
        assert_true(amp_str_is(packet.message.topic, "owntracks/x/M12"));
        assert_int_equal(packet.message.payload.len, sizeof payload);
        amp_buf_free(&out);
    }
}

static void a_broker_that_refuses_is_understood(void **state)
{
    (void)state;
    struct amp_mqtt_packet packet;
    size_t taken = 0;
    assert_int_equal(amp_mqtt_take(AMP_STR("\x20\x02\x00\x05"), 4, &packet, &taken), AMP_OK);
    assert_int_equal(packet.kind, AMP_MQTT_CONNECTED);
    assert_int_equal(packet.code, 5);
    assert_int_equal(amp_mqtt_take(AMP_STR("\x90\x04\x00\x01\x00\x87"), 5, &packet, &taken),
                     AMP_OK);
    assert_int_equal(packet.kind, AMP_MQTT_SUBSCRIBED);
    assert_int_equal(packet.code, 0x87);
}

static void lengths_that_cannot_be_end_the_connection(void **state)
{
    (void)state;
    struct amp_mqtt_packet packet;
    size_t taken = 0;
    assert_int_equal(amp_mqtt_take(AMP_STR("\x30\xff\xff\xff\xff\x01"), 5, &packet, &taken),
                     AMP_E_SYNTAX);
    assert_int_equal(amp_mqtt_take(AMP_STR("\x30\xff\xff\xff\x7f"), 5, &packet, &taken),
                     AMP_E_LIMIT);
    assert_int_equal(amp_mqtt_take(AMP_STR("\x30\x03\x00\x09x"), 5, &packet, &taken), AMP_E_SYNTAX);
}

/* ---- one position a line ---- */

static struct amp_fleet_report *lines(const char *text, size_t *n)
{
    struct amp_fleet_report *report = NULL;
    struct amp_why why = {""};
    assert_int_equal(amp_fleet_csv(amp_str_of(text), NOW_US, &arena, &report, n, &why), AMP_OK);
    return report;
}

static void a_line_is_a_position_and_a_bad_one_is_refused_by_itself(void **state)
{
    (void)state;
    size_t n = 0;
    const struct amp_fleet_report *report = lines("M1,41.15,-8.61,1794999999000,90,50,5\r\n"
                                                  "# a remark\n"
                                                  "\nM2,41.15,-8.61\n"
                                                  "M3,here,-8.61\n"
                                                  "M4,41.15,-8.61,2026-11-18T11:06:39Z,,,\n"
                                                  "M5,41.15,-8.61,1794999999000,90,50,5,6\n"
                                                  "M6,0,0\n"
                                                  "M7,41.15,-8.61,22222222222222655\n"
                                                  "M8,41.15,-8.61,-1\n",
                                                  &n);
    assert_int_equal(n, 8);
    assert_int_equal(report[0].err, AMP_OK);
    assert_true(amp_str_is(report[0].unit, "M1"));
    assert_int_equal(report[0].position.pos.lat_e7, 411500000);
    assert_int_equal(report[0].position.fix_us, NOW_US - AMP_US_PER_S);
    assert_int_equal(report[0].position.heading_deg, 90);
    assert_int_equal(report[0].position.accuracy_m, 5);
    assert_int_equal(report[1].err, AMP_OK);
    assert_int_equal(report[1].position.fix_us, NOW_US);
    assert_int_equal(report[1].position.speed_kmh, -1);
    assert_int_equal(report[2].err, AMP_E_SYNTAX);
    assert_int_equal(report[3].err, AMP_OK);
    assert_int_equal(report[4].err, AMP_E_SYNTAX);
    assert_int_equal(report[5].reason, AMP_FLEET_NO_FIX);
    assert_int_equal(report[6].err, AMP_E_SYNTAX); /* a time beyond all times */
    assert_int_equal(report[7].err, AMP_E_SYNTAX);
}

static void a_call_for_help_needs_no_place_but_a_word_that_is_known(void **state)
{
    (void)state;
    size_t n = 0;
    const struct amp_fleet_report *report = lines("M1,41.15,-8.61,1794999999000,90,50,5,sos\n"
                                                  "M2,,,,,,,fall\nM3,,,,,,,bored\n"
                                                  "M4,41.15,-8.61,,,,,\nM5,41.15,,,,,,sos\n"
                                                  "M6,41.15,-8.61,,,,,sos,\nM7,0,0,,,,,attack\n",
                                                  &n);
    assert_int_equal(n, 7);
    assert_int_equal(report[0].err, AMP_OK);
    assert_int_equal(report[0].alarm, AMP_FLEET_ALARM_SOS);
    assert_int_equal(report[1].reason, AMP_FLEET_NO_FIX);
    assert_int_equal(report[1].alarm, AMP_FLEET_ALARM_FALL);
    assert_int_equal(report[2].err, AMP_E_SYNTAX);
    assert_int_equal(report[2].alarm, AMP_FLEET_ALARM_NONE);
    assert_int_equal(report[3].err, AMP_OK);
    assert_int_equal(report[3].alarm, AMP_FLEET_ALARM_NONE);
    assert_int_equal(report[4].err, AMP_E_SYNTAX); /* half a place */
    assert_int_equal(report[4].alarm, AMP_FLEET_ALARM_SOS);
    assert_int_equal(report[5].err, AMP_E_SYNTAX);
    assert_int_equal(report[6].reason, AMP_FLEET_NO_FIX);
    assert_int_equal(report[6].alarm, AMP_FLEET_ALARM_ATTACK);
}

/* ---- OwnTracks: the usual message is read without a tree, and as the tree reads it ---- */

/* One object is read the fast way, a list of one the slow way. */
static void assert_same_in_a_list(const char *object)
{
    char list[1024];
    struct amp_fleet_report *one = NULL;
    struct amp_fleet_report *other = NULL;
    size_t one_n = 0;
    size_t other_n = 0;
    (void)snprintf(list, sizeof list, "[%s]", object);
    amp_err fast = amp_fleet_owntracks(amp_str_of(object), NOW_US, &arena, &one, &one_n, NULL);
    amp_err slow = amp_fleet_owntracks(amp_str_of(list), NOW_US, &arena, &other, &other_n, NULL);
    assert_int_equal(fast, slow);
    if (fast != AMP_OK) {
        return;
    }
    assert_int_equal(one_n, other_n);
    for (size_t i = 0; i < one_n; i++) {
        assert_int_equal(one[i].err, other[i].err);
        assert_int_equal(one[i].reason, other[i].reason);
        assert_true(amp_str_eq(one[i].unit, other[i].unit));
        assert_true(amp_str_eq(one[i].detail, other[i].detail));
        if (one[i].err == AMP_OK) {
            assert_memory_equal(&one[i].position, &other[i].position, sizeof one[i].position);
        }
    }
}

static void a_usual_message_reads_as_the_slow_way_reads_it(void **state)
{
    static const char *const member[] = {"\"_type\":\"location\"",
                                         "\"lat\":41.1496123",
                                         "\"lon\":-8.61099",
                                         "\"tst\":1794999990",
                                         "\"acc\":5",
                                         "\"vel\":40.5",
                                         "\"cog\":361",
                                         "\"tid\":\"M1\"",
                                         "\"topic\":\"owntracks/a/M2\"",
                                         "\"batt\":0.5",
                                         "\"tst\":1.5",
                                         "\"lat\":95",
                                         "\"acc\":-1",
                                         "\"lon\":1e1",
                                         "\"x\":null",
                                         "\"tid\":\"\\u004d\"",
                                         "\"topic\":\"a/\"",
                                         "\"cog\":01",
                                         "\"lat\":0.00000001",
                                         "\"tid\":\"\xc3\xa9\"",
                                         "\"lon\":0",
                                         "\"lat\":0",
                                         "\"tst\":1795009990",
                                         "\"_type\":\"lwt\"",
                                         "\"acc\":\"5\"",
                                         "\"vel\":2.",
                                         "\"n\":{}",
                                         "\"m\" : 7 "};
    struct amp_chance chance = {.state = 3};
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[1024];
        struct amp_buf out = amp_buf_over(text, sizeof text);
        size_t n = 4 + amp_chance_below(&chance, 6);
        amp_buf_char(&out, '{');
        for (size_t i = 0; i < n; i++) {
            bool usual = amp_chance_below(&chance, 6) != 0;
            size_t which =
                usual && i < 9 ? i : amp_chance_below(&chance, sizeof member / sizeof *member);
            amp_buf_text(&out, member[which]);
            amp_buf_text(&out, i + 1 < n ? "," : "");
        }
        amp_buf_text(&out, amp_chance_below(&chance, 40) == 0 ? "" : "}");
        amp_buf_text(&out, amp_chance_below(&chance, 40) == 0 ? " x" : "");
        assert_same_in_a_list(amp_buf_cstr(&out));
        amp_arena_reset(&arena);
    }
}

/* ---- events for TAK clients ---- */

static void our_event_is_read_back_by_our_own_reader(void **state)
{
    (void)state;
    struct amp_buf out = amp_buf_make(1 << 12);
    const struct amp_cot_event event = {.uid = AMP_STR("other.unit.M12"), /* ours are passed over */
                                        .type = amp_cot_type(AMP_STR("ambulance")),
                                        .callsign = AMP_STR("M12"),
                                        .remarks = AMP_STR("a <b> & \"c\" \x01\xff"),
                                        .pos = {.lat_e7 = 411500000, .lon_e7 = -86100000},
                                        .heading_deg = 90,
                                        .speed_kmh = 72,
                                        .accuracy_m = 8,
                                        .time_us = NOW_US,
                                        .stale_us = NOW_US + 120 * AMP_US_PER_S};
    struct amp_fleet_report *report = NULL;
    struct amp_why why = {""};
    size_t n = 0;
    amp_cot_write(&out, &event);
    assert_int_equal(amp_fleet_cot(amp_buf_view(&out), NOW_US, &arena, &report, &n, &why), AMP_OK);
    assert_int_equal(n, 1);
    assert_int_equal(report[0].err, AMP_OK);
    assert_true(amp_str_is(report[0].unit, "M12"));
    assert_int_equal(report[0].position.pos.lat_e7, 411500000);
    assert_int_equal(report[0].position.pos.lon_e7, -86100000);
    assert_int_equal(report[0].position.speed_kmh, 72);
    assert_int_equal(report[0].position.heading_deg, 90);
    assert_int_equal(report[0].position.accuracy_m, 8);
    assert_int_equal(report[0].position.fix_us, NOW_US);
    amp_buf_free(&out);
}

static void kinds_of_crews_have_the_types_that_clients_draw(void **state)
{
    (void)state;
    assert_string_equal(amp_cot_type(AMP_STR("helicopter")), "a-f-A-C-H");
    assert_string_equal(amp_cot_type(AMP_STR("boat")), "a-f-S");
    assert_string_equal(amp_cot_type(AMP_STR("anything")), "a-f-G-E-V-C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_whole_lines_are_given_out),
        cmocka_unit_test(a_line_that_never_ends_is_passed_over),
        cmocka_unit_test(an_event_is_cut_out_of_what_stands_around_it),
        cmocka_unit_test(what_a_client_writes_is_what_the_standard_says),
        cmocka_unit_test(a_published_message_is_read_back_in_both_versions),
        cmocka_unit_test(a_broker_that_refuses_is_understood),
        cmocka_unit_test(lengths_that_cannot_be_end_the_connection),
        cmocka_unit_test_setup_teardown(a_call_for_help_needs_no_place_but_a_word_that_is_known,
                                        arena_set_up, arena_tear_down),
        cmocka_unit_test_setup_teardown(a_line_is_a_position_and_a_bad_one_is_refused_by_itself,
                                        arena_set_up, arena_tear_down),
        cmocka_unit_test_setup_teardown(a_usual_message_reads_as_the_slow_way_reads_it,
                                        arena_set_up, arena_tear_down),
        cmocka_unit_test_setup_teardown(our_event_is_read_back_by_our_own_reader, arena_set_up,
                                        arena_tear_down),
        cmocka_unit_test(kinds_of_crews_have_the_types_that_clients_draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
