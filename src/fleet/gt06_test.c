/* GT06: the packets of its published documents, byte by byte, and what is no packet. */
#include "fleet/gt06.h"

#include "base/chance.h"
#include "base/timefmt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW_US (INT64_C(1451347221) * AMP_US_PER_S) /* 2015-12-29T00:00:21Z */

static uint8_t bytes[4 * AMP_GT06_PACKET];

static size_t of_hex(const char *hex, uint8_t *out)
{
    size_t n = 0;
    for (const char *at = hex; at[0] != '\0' && at[1] != '\0'; at += 2) {
        unsigned value = 0;
        for (int i = 0; i < 2; i++) {
            char c = at[i];
            value = value * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'A' + 10);
        }
        out[n++] = (uint8_t)value;
    }
    return n;
}

static struct amp_gt06_packet take(const char *hex)
{
    struct amp_gt06_packet packet;
    size_t n = of_hex(hex, bytes);
    struct amp_str text = {.ptr = (const char *)bytes, .len = n};
    assert_int_equal(amp_gt06_take(text, NOW_US, &packet), n);
    return packet;
}

static void assert_answer(const struct amp_gt06_packet *packet, const char *hex)
{
    uint8_t expected[AMP_GT06_ANSWER];
    size_t n = of_hex(hex, expected);
    assert_int_equal(packet->answer_n, n);
    assert_memory_equal(packet->answer, expected, n);
}

static void assert_time(int64_t time_us, const char *expected)
{
    char text[AMP_TIME_TEXT];
    amp_time_text(time_us, text);
    assert_memory_equal(text, expected, strlen(expected));
}

static void a_login_names_the_device_and_is_answered_as_published(void **state)
{
    (void)state;
    struct amp_gt06_packet packet = take("78780D01012345678901234500018CDD0D0A");
    assert_int_equal(packet.kind, AMP_GT06_LOGIN);
    assert_string_equal(packet.imei, "123456789012345");
    assert_answer(&packet, "787805010001D9DC0D0A");
    packet = take("78781101075253367890024270003201000512790D0A"); /* with model and zone */
    assert_string_equal(packet.imei, "752533678900242");
    assert_answer(&packet, "7878050100059FF80D0A");
}

static void a_position_of_the_old_documents_is_read(void **state)
{
    (void)state;
    struct amp_gt06_packet packet =
        take("78781F120B081D112E10CF027AC7EB0C46584900148F01CC00287D001FB8000380810D0A");
    assert_int_equal(packet.kind, AMP_GT06_POSITION);
    assert_true(packet.fixed);
    assert_int_equal(packet.position.pos.lat_e7, 231116683); /* 0x027AC7EB of 1/1,800,000 degree */
    assert_int_equal(packet.position.pos.lon_e7, 1144092850);
    assert_int_equal(packet.position.speed_kmh, 0);
    assert_int_equal(packet.position.heading_deg, 143);
    assert_time(packet.position.fix_us, "2011-08-29T17:46:16");
    assert_answer(&packet, "787805120003903F0D0A");
}

static void a_position_of_the_new_documents_is_read(void **state)
{
    (void)state;
    struct amp_gt06_packet packet =
        take("787822220F0C1D023305C9027AC8180C46586000140001CC00287D001F71000001000820860D0A");
    assert_int_equal(packet.kind, AMP_GT06_POSITION);
    assert_true(packet.fixed);
    assert_time(packet.position.fix_us, "2015-12-29T02:51:05");
    assert_int_equal(packet.position.pos.lat_e7, 231116933);
    assert_int_equal(packet.position.heading_deg, 0);
}

static void north_and_west_and_south_are_told_apart(void **state)
{
    (void)state;
    /* status 0x1C..: a fix, west, north; then south and west */
    uint8_t raw[64];
    size_t n =
        of_hex("78781F120B081D112E10CF027AC7EB0C465849001C8F01CC00287D001FB8000300000D0A", raw);
    struct amp_gt06_packet packet;
    for (int south = 0; south < 2; south++) {
        raw[20] = south ? 0x18 : 0x1c;
        uint16_t crc = amp_gt06_crc(raw + 2, n - 6);
        raw[n - 4] = (uint8_t)(crc >> 8);
        raw[n - 3] = (uint8_t)crc;
        assert_int_equal(amp_gt06_take((struct amp_str){(const char *)raw, n}, NOW_US, &packet), n);
        assert_int_equal(packet.position.pos.lat_e7, south ? -231116683 : 231116683);
        assert_int_equal(packet.position.pos.lon_e7, -1144092850);
    }
}

static void without_a_fix_there_is_no_place(void **state)
{
    (void)state;
    struct amp_gt06_packet packet = take(
        "787825260F0C1D030B26C9027AC8180C4658600004000901CC00287D001F718004041302000C472A0D0A");
    assert_int_equal(packet.kind, AMP_GT06_ALARM);
    assert_int_equal(packet.alarm, 0x13); /* tampered with */
    assert_false(packet.fixed);
    assert_int_equal(packet.position.pos.lat_e7, 0);
    assert_answer(&packet, "78780526000C8D070D0A");
}

static void an_alarm_is_read_and_answered(void **state)
{
    (void)state;
    struct amp_gt06_packet packet = take(
        "787825160B0B0F0E241DCF027AC8870C4657E60014020901CC00287D001F726506040101003656A40D0A");
    assert_int_equal(packet.kind, AMP_GT06_ALARM);
    assert_int_equal(packet.alarm, AMP_GT06_ALARM_SOS);
    assert_true(packet.fixed);
    assert_int_equal(packet.answer_n, 10);
    assert_int_equal(packet.answer[3], 0x16);
}

static void a_status_is_answered_as_published(void **state)
{
    (void)state;
    struct amp_gt06_packet packet = take("78780A134004040001000FDCEE0D0A");
    assert_int_equal(packet.kind, AMP_GT06_STATUS);
    assert_int_equal(packet.serial, 15);
    packet = take("78780A134401040001000508450D0A");
    assert_int_equal(packet.answer_n, 10);
    assert_int_equal(packet.answer[5], 5);
}

static void who_asks_for_the_time_hears_it_as_published(void **state)
{
    (void)state;
    struct amp_gt06_packet packet = take("7878058A000688290D0A");
    assert_answer(&packet, "78780B8A0F0C1D0000150006F0860D0A");
}

static void the_check_is_that_of_the_document(void **state)
{
    (void)state;
    static const uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
    assert_int_equal(amp_gt06_crc(digits, sizeof digits), 0x906e); /* CRC-16/X-25 */
}

/* ---- what other makers send ---- */

#define PLACE_HEX "1A0B1B0A0F1EC8027AC8180C4658601E145A" /* 2026-11-27T10:15:30Z */
#define ZERO_8    "0000000000000000"

/* A sound packet of such content, with the serial 7. */
static struct amp_gt06_packet take_made(uint8_t number, bool is_long, const char *content)
{
    struct amp_gt06_packet packet;
    uint8_t made[512];
    size_t head = is_long ? 4 : 3;
    made[0] = made[1] = is_long ? 'y' : 'x';
    size_t n = of_hex(content, made + head + 1);
    made[head] = number;
    made[2] = 0;
    made[head - 1] = (uint8_t)(1 + n + 4);
    uint8_t *tail = made + head + 1 + n;
    tail[0] = 0;
    tail[1] = 7;
    uint16_t crc = amp_gt06_crc(made + 2, (size_t)(tail + 2 - made) - 2);
    tail[2] = (uint8_t)(crc >> 8);
    tail[3] = (uint8_t)crc;
    tail[4] = '\r';
    tail[5] = '\n';
    size_t all = (size_t)(tail + 6 - made);
    assert_int_equal(amp_gt06_take((struct amp_str){(const char *)made, all}, NOW_US, &packet),
                     all);
    return packet;
}

static void a_position_is_found_wherever_a_maker_has_put_it(void **state)
{
    (void)state;
    static const struct {
        uint8_t number;
        bool is_long;
        const char *content;
    } row[] = {
        {0x11, false, PLACE_HEX "000106000DCC001388"},
        {0x12, false, "0490154203237518" PLACE_HEX "0001060001CC002866010001"},
        {0x17, false, PLACE_HEX "01CC00287D001F71" ZERO_8 "00"},
        {0x1e, false, PLACE_HEX "01CC00287D001F71"},
        {0x22, false,
         "010490154203237518"
         "1A0B1B0A0F1F" PLACE_HEX "01CC00287D001F71"},
        {0x24, false, PLACE_HEX ZERO_8 ZERO_8 "00000000000000"},
        {0x25, false,
         "010490154203237518"
         "1A0B1B0A0F1F" PLACE_HEX "01CC00287D001F71"},
        {0x2d, false, PLACE_HEX "01CC00287D001F71"},
        {0x31, false, PLACE_HEX "0001CC0005000AC3C70DBDC4"},
        {0x32, false, PLACE_HEX "0001CC0005000AC3C70DBDC4"},
        {0x32, true,
         "1A0B1B0A0F1E"
         "0C"
         "C8027AC8180C4658601E145A"
         "0000000000"},
        {0x34, false, "00000001" PLACE_HEX ZERO_8 ZERO_8 ZERO_8 ZERO_8 "00"},
        {0x36, false, PLACE_HEX ZERO_8 ZERO_8 ZERO_8 "000000000000"},
        {0x37, false, PLACE_HEX "0001CC0005000AC3C70DBDC4"},
        {0x38, true, PLACE_HEX "0003"},
        {0x61, false, "0490154203237518" PLACE_HEX ZERO_8 "00000000000000"},
        {0x70, true,
         "00000001020033001269170D82"
         "C80010"
         "027AC8180C4658601E145A"
         "0018000201A0"},
        {0xa0, false, PLACE_HEX "01CC00"},
        {0xa2, false, PLACE_HEX ZERO_8 ZERO_8 ZERO_8 ZERO_8 ZERO_8 "00"},
        {0x95, false,
         "1A0B1B0A0F1E"
         "027AC8180C465860145A"
         "910000"},
        {0x95, false,
         "FFFF01"
         "1A0B1B0A0F1EC8"
         "027AC8180C465860145A001E0089"
         "910000"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct amp_gt06_packet packet = take_made(row[i].number, row[i].is_long, row[i].content);
        assert_true(packet.fixed);
        if (row[i].number != 0x70) { /* it has another time */
            assert_time(packet.position.fix_us, "2026-11-27T10:15:30");
        }
        assert_int_equal(packet.position.pos.lat_e7, 231116933);
        assert_int_equal(packet.position.pos.lon_e7, 1144092978);
        assert_int_equal(packet.position.heading_deg, 90);
        assert_true(packet.position.speed_kmh == 30 || row[i].number == 0x95);
        assert_true(packet.answer_n > 0);
    }
}

static void what_holds_cells_or_networks_only_is_no_position(void **state)
{
    (void)state;
    static const struct {
        uint8_t number;
        bool is_long;
        const char *content;
    } row[] = {
        {0x24, false, PLACE_HEX ZERO_8 ZERO_8 ZERO_8 "0000"},
        {0x28, false, PLACE_HEX ZERO_8 ZERO_8},
        {0xa1, false, PLACE_HEX ZERO_8 ZERO_8},
        {0xa2, false, PLACE_HEX ZERO_8 ZERO_8},
        {0x32, true,
         "1A0B1B0A0F1E"
         "00"
         "0901CC00287D001F71640000"},
        {0x11, false,
         "000000000000"
         "000001CC00287D00"},
        {0x70, true, "00000001020018000201A0"},
        {0x12, false, ""},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct amp_gt06_packet packet = take_made(row[i].number, row[i].is_long, row[i].content);
        assert_false(packet.fixed);
        assert_true(packet.position.pos.lat_e7 == 0 && packet.position.pos.lon_e7 == 0);
    }
}

static void an_sos_is_heard_in_every_place_that_makers_have_for_it(void **state)
{
    (void)state;
    static const struct {
        uint8_t number, alarm;
        const char *content;
    } row[] = {
        {0x16, AMP_GT06_ALARM_SOS,
         PLACE_HEX "0901CC00287D001F71"
                   "4606040102"},
        {0x16, AMP_GT06_ALARM_SOS,
         PLACE_HEX "0801CC00287D001F71"
                   "4606040102"}, /* counts not itself */
        {0x16, AMP_GT06_ALARM_SOS,
         PLACE_HEX "0901CC00287D00001F71"
                   "4606040102"}, /* wide cell */
        {0x16, AMP_GT06_ALARM_SOS,
         PLACE_HEX "0801CC00287D001F71"
                   "46060401C3" ZERO_8},
        {0x16, AMP_GT06_ALARM_SOS,
         PLACE_HEX "01CC00287D001F71"
                   "6404E40400"}, /* no length */
        {0x16, AMP_GT06_ALARM_SOS,
         PLACE_HEX "0901CC00287D001F71"
                   "6406040002"}, /* state only */
        {0x16, 3,
         PLACE_HEX "0901CC00287D001F71"
                   "4C06040302"},
        {0x26, AMP_GT06_ALARM_SOS,
         PLACE_HEX "0801CC00287D001F71"
                   "4606040102"},
        {0xa4, AMP_GT06_ALARM_SOS,
         PLACE_HEX "1001CC000000287D0000000000001F71"
                   "46060401C2FF"},
        {0x19, AMP_GT06_ALARM_SOS,
         "01CC00287D001F71"
         "0403040102"},
        {0x19, AMP_GT06_ALARM_NONE, "01CC00287D001F71" ZERO_8 "0403040102"}, /* cells alone */
        {0xa5, AMP_GT06_ALARM_SOS,
         "01CC000000287D0000000000001F71"
         "0403040102"},
        {0x95, AMP_GT06_ALARM_SOS,
         "1A0B1B0A0F1E"
         "027AC8180C465860145A"
         "010000"},
        {0x95, AMP_GT06_ALARM_COLLISION,
         "1A0B1B0A0F1E"
         "027AC8180C465860145A"
         "930000"},
        {0x95, AMP_GT06_ALARM_CAMERA,
         "1A0B1B0A0F1E"
         "027AC8180C465860145A"
         "230000"},
        {0x13, AMP_GT06_ALARM_SOS, "6404040002"},
        {0x13, AMP_GT06_ALARM_NONE, "4404040002"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct amp_gt06_packet packet = take_made(row[i].number, false, row[i].content);
        assert_int_equal(packet.alarm, row[i].alarm);
        assert_true(packet.answer_n > 0);
    }
}

static void what_waits_for_an_answer_gets_one_and_an_answer_does_not(void **state)
{
    (void)state;
    struct amp_gt06_packet packet = take_made(0xf3, false, ZERO_8); /* not known */
    assert_int_equal(packet.kind, AMP_GT06_OTHER);
    assert_int_equal(packet.answer_n, 10);
    assert_int_equal(packet.answer[3], 0xf3);
    assert_int_equal(packet.answer[5], 7);
    packet = take_made(0x94, true, ZERO_8);
    assert_int_equal(packet.answer_n, 0);
    for (uint8_t number = 0x80; number <= 0x82; number++) {
        assert_int_equal(take_made(number, false, ZERO_8).answer_n, 0);
    }
    assert_int_equal(take_made(0x15, false, ZERO_8).answer_n, 0);
    packet = take_made(0x33, true,
                       "1A0B1B0A0F1E"
                       "0000000000A3004600"); /* in its own form */
    assert_int_equal(packet.answer_n, 11);
    assert_memory_equal(packet.answer, "yy\0\5\x33\0\7", 7);
}

static void a_length_that_leaves_the_check_out_is_understood(void **state)
{
    (void)state;
    uint8_t raw[] = {'x', 'x', 8, 0x13, 0x46, 6, 2, 0, 2, 0, 7, 0, 0, '\r', '\n'};
    uint16_t crc = amp_gt06_crc(raw + 2, sizeof raw - 6);
    raw[sizeof raw - 4] = (uint8_t)(crc >> 8);
    raw[sizeof raw - 3] = (uint8_t)crc;
    struct amp_gt06_packet packet;
    struct amp_str text = {.ptr = (const char *)raw, .len = sizeof raw};
    for (struct amp_str part = text; part.len > 2; part.len--) {
        bool whole = part.len == text.len;
        assert_int_equal(amp_gt06_take(part, NOW_US, &packet), whole ? part.len : 0);
    }
    assert_int_equal(amp_gt06_take(text, NOW_US, &packet), sizeof raw);
    assert_int_equal(packet.kind, AMP_GT06_STATUS);
    assert_int_equal(packet.answer[5], 7);
}

static void a_packet_in_pieces_is_waited_for_and_noise_is_passed_over(void **state)
{
    (void)state;
    struct amp_gt06_packet packet;
    size_t n = of_hex("00FF78780D01012345678901234500018CDD0D0A", bytes);
    struct amp_str text = {.ptr = (const char *)bytes, .len = n};
    assert_int_equal(amp_gt06_take(text, NOW_US, &packet), 2);
    assert_int_equal(packet.kind, AMP_GT06_NOISE);
    for (size_t cut = 1; cut < n - 2; cut++) {
        struct amp_str part = {.ptr = text.ptr + 2, .len = cut};
        assert_int_equal(amp_gt06_take(part, NOW_US, &packet), 0);
    }
}

static void one_wrong_bit_anywhere_is_noticed(void **state)
{
    (void)state;
    uint8_t raw[64];
    struct amp_gt06_packet packet;
    size_t n = of_hex("78780D01012345678901234500018CDD0D0A", raw);
    for (size_t bit = 16; bit < 8 * n; bit++) {
        raw[bit / 8] ^= (uint8_t)(1U << bit % 8);
        struct amp_str text = {.ptr = (const char *)raw, .len = n};
        size_t taken = amp_gt06_take(text, NOW_US, &packet);
        assert_true(taken == 0 || packet.kind == AMP_GT06_NOISE);
        raw[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void any_bytes_come_to_an_end_and_a_packet_behind_them_is_found(void **state)
{
    (void)state;
    struct amp_chance chance = {.state = 6};
    for (int round = 0; round < 300; round++) {
        size_t n = AMP_GT06_PACKET + amp_chance_below(&chance, AMP_GT06_PACKET);
        for (size_t i = 0; i < n; i++) {
            bytes[i] =
                amp_chance_below(&chance, 3) == 0 ? 0x78 : (uint8_t)amp_chance_below(&chance, 256);
        }
        size_t end = n + of_hex("78780D01012345678901234500018CDD0D0A", bytes + n);
        memset(bytes + end, 0, AMP_GT06_PACKET); /* what a false length might wait for */
        end += AMP_GT06_PACKET;
        bool found = false;
        for (size_t at = 0; at < end;) {
            struct amp_gt06_packet packet;
            struct amp_str rest = {.ptr = (const char *)bytes + at, .len = end - at};
            size_t taken = amp_gt06_take(rest, NOW_US, &packet);
            found = found || packet.kind == AMP_GT06_LOGIN;
            if (taken == 0) {
                break;
            }
            at += taken;
        }
        assert_true(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_names_the_device_and_is_answered_as_published),
        cmocka_unit_test(a_position_of_the_old_documents_is_read),
        cmocka_unit_test(a_position_of_the_new_documents_is_read),
        cmocka_unit_test(north_and_west_and_south_are_told_apart),
        cmocka_unit_test(without_a_fix_there_is_no_place),
        cmocka_unit_test(an_alarm_is_read_and_answered),
        cmocka_unit_test(a_status_is_answered_as_published),
        cmocka_unit_test(who_asks_for_the_time_hears_it_as_published),
        cmocka_unit_test(the_check_is_that_of_the_document),
        cmocka_unit_test(a_position_is_found_wherever_a_maker_has_put_it),
        cmocka_unit_test(what_holds_cells_or_networks_only_is_no_position),
        cmocka_unit_test(an_sos_is_heard_in_every_place_that_makers_have_for_it),
        cmocka_unit_test(what_waits_for_an_answer_gets_one_and_an_answer_does_not),
        cmocka_unit_test(a_length_that_leaves_the_check_out_is_understood),
        cmocka_unit_test(a_packet_in_pieces_is_waited_for_and_noise_is_passed_over),
        cmocka_unit_test(one_wrong_bit_anywhere_is_noticed),
        cmocka_unit_test(any_bytes_come_to_an_end_and_a_packet_behind_them_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
