/* The server's side of MQTT: what devices send, as the standard has it, and our answers. */
#include "base/chance.h"
#include "fleet/mqtt_door.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>

#define BYTES(literal) ((struct amp_str){.ptr = (literal), .len = sizeof(literal) - 1})

static struct amp_mqtt_ask taken(struct amp_str bytes, uint8_t version)
{
    struct amp_mqtt_ask ask;
    size_t n = 0;
    for (size_t cut = 1; cut < bytes.len; cut++) { /* in pieces it is not there yet */
        struct amp_str part = {.ptr = bytes.ptr, .len = cut};
        assert_int_equal(amp_mqtt_ask_take(part, version, &ask, &n), AMP_OK);
        assert_int_equal(n, 0);
    }
    assert_int_equal(amp_mqtt_ask_take(bytes, version, &ask, &n), AMP_OK);
    assert_int_equal(n, bytes.len);
    return ask;
}

static void refused(struct amp_str bytes, uint8_t version, amp_err expected)
{
    struct amp_mqtt_ask ask;
    size_t n = 1;
    assert_int_equal(amp_mqtt_ask_take(bytes, version, &ask, &n), expected);
    assert_int_equal(n, 0);
}

static void a_device_says_who_it_is_in_three_versions(void **state)
{
    (void)state;
    struct amp_mqtt_ask ask = taken(BYTES("\x10\x1a\x00\x04MQTT\x04\xc2\x00\x3c\x00\x02"
                                          "c1\x00\x03M12\x00\x05wordy"),
                                    0);
    assert_int_equal(ask.kind, AMP_MQTT_ASK_CONNECT);
    assert_int_equal(ask.version, AMP_MQTT_3_1_1);
    assert_true(ask.clean);
    assert_int_equal(ask.keepalive_s, 60);
    assert_true(amp_str_is(ask.client, "c1"));
    assert_true(amp_str_is(ask.user, "M12"));
    assert_true(amp_str_is(ask.password, "wordy"));

    /* 5.0, with properties, and a last will with properties of its own */
    ask = taken(BYTES("\x10\x2a\x00\x04MQTT\x05\xc4\x00\x00\x05\x11\x00\x00\x0e\x10\x00\x01"
                      "c\x02\x01\x01\x00\x03"
                      "a/b\x00\x04gone\x00\x02me\x00\x03pwd"),
                0);
    assert_int_equal(ask.version, AMP_MQTT_5);
    assert_false(ask.clean);
    assert_int_equal(ask.keepalive_s, 0);
    assert_true(amp_str_is(ask.user, "me"));
    assert_true(amp_str_is(ask.password, "pwd"));

    ask = taken(BYTES("\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x0a\x00\x01x"), 0);
    assert_int_equal(ask.version, AMP_MQTT_3_1);
    assert_int_equal(ask.user.len, 0);
}

static void what_is_not_a_beginning_is_refused(void **state)
{
    (void)state;
    refused(BYTES("GET / HTTP/1.1\r\n"), 0, AMP_E_SYNTAX);
    refused(BYTES("\x30\x05\x00\x01"
                  "aBC"),
            0, AMP_E_SYNTAX); /* a message of nobody */
    refused(BYTES("\x10\x0d\x00\x04MQTT\x06\x02\x00\x3c\x00\x01x"), 0, AMP_E_UNSUPPORTED);
    refused(BYTES("\x10\x0d\x00\x04QTTM\x04\x02\x00\x3c\x00\x01x"), 0, AMP_E_SYNTAX);
    refused(BYTES("\x10\x0d\x00\x04MQTT\x04\x03\x00\x3c\x00\x01x"), 0, AMP_E_SYNTAX); /* reserved */
    refused(BYTES("\x10\x0d\x00\x04MQTT\x04\x22\x00\x3c\x00\x01x"), 0,
            AMP_E_SYNTAX); /* of a will that is not there */
    refused(BYTES("\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x01xy"), 0,
            AMP_E_SYNTAX); /* more than it says */
    refused(BYTES("\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x02x"), 0, AMP_E_SYNTAX); /* less */
    refused(BYTES("\x10\x81\x80\x04"), 0, AMP_E_LIMIT);
    refused(BYTES("\x10\xff\xff\xff\xff\x01"), 0, AMP_E_SYNTAX);
}

static void what_a_device_publishes_is_read_at_each_quality(void **state)
{
    (void)state;
    struct amp_buf out = amp_buf_make(1 << 10);
    struct amp_mqtt_ask ask = taken(BYTES("\x30\x05\x00\x03"
                                          "a/b"),
                                    4);
    assert_int_equal(ask.kind, AMP_MQTT_ASK_MESSAGE);
    assert_int_equal(ask.message.quality, 0);
    assert_int_equal(ask.message.payload.len, 0);
    amp_mqtt_accept(&out, &ask.message);
    assert_int_equal(out.len, 0);

    ask = taken(BYTES("\x3b\x0b\x00\x03"
                      "a/b\x12\x34\x00{ }"),
                5); /* again, kept, with an empty set of properties */
    assert_int_equal(ask.message.quality, 1);
    assert_int_equal(ask.message.id, 0x1234);
    assert_true(amp_str_is(ask.message.payload, "{ }"));
    amp_mqtt_accept(&out, &ask.message);

    ask = taken(BYTES("\x34\x0a\x00\x03"
                      "a/b\x00\x07xyz"),
                4);
    assert_int_equal(ask.message.quality, 2);
    amp_mqtt_accept(&out, &ask.message);
    ask = taken(BYTES("\x62\x02\x00\x07"), 4);
    assert_int_equal(ask.kind, AMP_MQTT_ASK_RELEASE);
    amp_mqtt_answer(&out, 4, &ask);
    const char answers[] = "\x40\x02\x12\x34\x50\x02\x00\x07\x70\x02\x00\x07";
    assert_int_equal(out.len, sizeof answers - 1);
    assert_memory_equal(out.data, answers, sizeof answers - 1);
    amp_buf_free(&out);

    refused(BYTES("\x36\x07\x00\x01"
                  "a\x00\x01pp"),
            4, AMP_E_SYNTAX); /* quality 3 */
    refused(BYTES("\x32\x05\x00\x01"
                  "a\x00\x00"),
            4, AMP_E_SYNTAX);                              /* no id */
    refused(BYTES("\x30\x04\x00\x01+p"), 4, AMP_E_SYNTAX); /* a filter is no topic */
    refused(BYTES("\x30\x02\x00\x00"), 5, AMP_E_SYNTAX);   /* an alias: none was offered */
    refused(BYTES("\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x"), 4, AMP_E_SYNTAX); /* again */
    refused(BYTES("\x20\x02\x00\x00"), 4, AMP_E_SYNTAX); /* a server's */
}

static void what_a_device_asks_for_is_granted_and_costs_nothing(void **state)
{
    (void)state;
    struct amp_buf out = amp_buf_make(1 << 10);
    struct amp_mqtt_ask ask = taken(BYTES("\x82\x0c\x00\x0a\x00\x03"
                                          "a/b\x01\x00\x01#\x02"),
                                    4);
    assert_int_equal(ask.kind, AMP_MQTT_ASK_SUBSCRIBE);
    assert_int_equal(ask.filters, 2);
    amp_mqtt_answer(&out, 4, &ask);
    ask = taken(BYTES("\xa2\x06\x00\x0b\x00\x00\x01#"), 5);
    assert_int_equal(ask.kind, AMP_MQTT_ASK_UNSUBSCRIBE);
    amp_mqtt_answer(&out, 5, &ask);
    ask = taken(BYTES("\xa2\x05\x00\x0c\x00\x01#"), 4);
    amp_mqtt_answer(&out, 4, &ask);
    ask = taken(BYTES("\xc0\x00"), 4);
    assert_int_equal(ask.kind, AMP_MQTT_ASK_PING);
    amp_mqtt_answer(&out, 4, &ask);
    const char answers[] = "\x90\x04\x00\x0a\x00\x00"
                           "\xb0\x04\x00\x0b\x00\x00"
                           "\xb0\x02\x00\x0c"
                           "\xd0\x00";
    assert_int_equal(out.len, sizeof answers - 1);
    assert_memory_equal(out.data, answers, sizeof answers - 1);
    amp_buf_free(&out);
    assert_int_equal(taken(BYTES("\xe0\x00"), 4).kind, AMP_MQTT_ASK_GOODBYE);
    assert_int_equal(taken(BYTES("\xe0\x01\x04"), 5).kind, AMP_MQTT_ASK_GOODBYE);
    refused(BYTES("\x82\x02\x00\x0a"), 4, AMP_E_SYNTAX); /* no filter */
    refused(BYTES("\x80\x06\x00\x0a\x00\x01#\x00"), 4, AMP_E_SYNTAX);
}

static void welcomes_and_refusals_are_what_the_standard_says(void **state)
{
    static const struct {
        uint8_t version;
        enum amp_mqtt_refusal refusal;
        bool kept;
        const char *name, *bytes;
        size_t n;
    } rows[] = {
        {4, AMP_MQTT_WELCOME, true, "", "\x20\x02\x01\x00", 4},
        {3, AMP_MQTT_BAD_VERSION, true, "", "\x20\x02\x00\x01", 4},
        {4, AMP_MQTT_BAD_LOGIN, false, "", "\x20\x02\x00\x04", 4},
        {5, AMP_MQTT_BAD_LOGIN, false, "x", "\x20\x03\x00\x86\x00", 5},
        {5, AMP_MQTT_WELCOME, false, "", "\x20\x0b\x00\x00\x08\x21\x04\x00\x27\x00\x01\x00\x00",
         13},
        {5, AMP_MQTT_WELCOME, false, "n1",
         "\x20\x10\x00\x00\x0d\x21\x04\x00\x27\x00\x01\x00\x00\x12\x00\x02n1", 18},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_buf out = amp_buf_make(1 << 10);
        amp_mqtt_welcome(&out, rows[i].version, rows[i].refusal, rows[i].kept,
                         amp_str_of(rows[i].name));
        assert_int_equal(out.len, rows[i].n);
        assert_memory_equal(out.data, rows[i].bytes, rows[i].n);
        amp_buf_free(&out);
    }
}

/* ---- filters, and a slow twin: levels compared from the end by recursion ---- */

static bool matches_slow(const char *filter, const char *topic)
{
    if (strcmp(filter, "#") == 0) {
        return true;
    }
    size_t f = strcspn(filter, "/");
    size_t t = strcspn(topic, "/");
    bool same = (f == 1 && filter[0] == '+') || (f == t && strncmp(filter, topic, f) == 0);
    if (!same) {
        return false;
    }
    if (filter[f] == '\0' || topic[t] == '\0') {
        return (filter[f] == '\0' && topic[t] == '\0') ||
               (topic[t] == '\0' && strcmp(filter + f, "/#") == 0);
    }
    return matches_slow(filter + f + 1, topic + t + 1);
}

/* Up to four levels of so many kinds. */
static struct amp_buf levels(char room[32], struct amp_chance *chance, uint32_t kinds)
{
    static const char *const level[] = {"a", "b", "", "+"};
    struct amp_buf out = amp_buf_over(room, 32);
    for (uint32_t n = 1 + amp_chance_below(chance, 4); n > 0; n--) {
        amp_buf_text(&out, level[amp_chance_below(chance, kinds)]);
        amp_buf_text(&out, n > 1 ? "/" : "");
    }
    return out;
}

static void topics_match_their_filters(void **state)
{
    static const struct {
        const char *filter, *topic;
        bool match;
    } rows[] = {
        {"owntracks/+/+", "owntracks/anna/phone", true},
        {"owntracks/+/+", "owntracks/anna/phone/event", false},
        {"owntracks/+/+", "owntracks/anna", false},
        {"owntracks/#", "owntracks", true},
        {"owntracks/#", "owntracks/a/b/c", true},
        {"#", "a", true},
        {"#", "$SYS/x", false},
        {"+/x", "$SYS/x", false},
        {"$SYS/+", "$SYS/x", true},
        {"+", "/a", false},
        {"/+", "/a", true},
        {"+/+", "/a", true},
        {"a/+", "a/", true},
        {"a", "ab", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(amp_mqtt_matches(amp_str_of(rows[i].filter), amp_str_of(rows[i].topic)),
                         rows[i].match);
    }
    struct amp_chance chance = {.state = 7};
    for (int round = 0; round < 20000; round++) {
        char rooms[2][32];
        struct amp_buf filter = levels(rooms[0], &chance, 4);
        struct amp_buf topic = levels(rooms[1], &chance, 3);
        amp_buf_text(&filter, amp_chance_hits(&chance, 0.3) ? "/#" : "");
        if (topic.len > 0 && filter.len > 0) {
            assert_int_equal(amp_mqtt_matches(amp_buf_view(&filter), amp_buf_view(&topic)),
                             matches_slow(amp_buf_cstr(&filter), amp_buf_cstr(&topic)));
        }
    }
}

static void bits_that_version_3_1_does_not_use_are_not_looked_at_in_it(void **state)
{
    (void)state;
    struct amp_mqtt_ask ask = taken(BYTES("\x10\x0f\x00\x06MQIsdp\x03\x03\x00\x0a\x00\x01x"), 0);
    assert_int_equal(ask.version, AMP_MQTT_3_1);
    ask = taken(BYTES("\x14\x0f\x00\x06MQIsdp\x03\x02\x00\x0a\x00\x01x"), 0);
    assert_int_equal(ask.kind, AMP_MQTT_ASK_CONNECT);
    refused(BYTES("\x14\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x"), 0, AMP_E_SYNTAX);
    /* what is sent again says so */
    ask = taken(BYTES("\x6a\x02\x00\x07"), AMP_MQTT_3_1);
    assert_int_equal(ask.kind, AMP_MQTT_ASK_RELEASE);
    assert_int_equal(ask.id, 7);
    refused(BYTES("\x6a\x02\x00\x07"), AMP_MQTT_3_1_1, AMP_E_SYNTAX);
    refused(BYTES("\x60\x02\x00\x07"), AMP_MQTT_3_1, AMP_E_SYNTAX);
}

static void the_last_part_of_a_topic_is_behind_its_last_slash(void **state)
{
    (void)state;
    assert_true(amp_str_is(amp_mqtt_last(AMP_STR("owntracks/anna/phone")), "phone"));
    assert_true(amp_str_is(amp_mqtt_last(AMP_STR("M12")), "M12"));
    assert_true(amp_str_is(amp_mqtt_last(AMP_STR("/x")), "x"));
    assert_int_equal(amp_mqtt_last(AMP_STR("a/")).len, 0);
    assert_int_equal(amp_mqtt_last((struct amp_str){0}).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_says_who_it_is_in_three_versions),
        cmocka_unit_test(what_is_not_a_beginning_is_refused),
        cmocka_unit_test(what_a_device_publishes_is_read_at_each_quality),
        cmocka_unit_test(what_a_device_asks_for_is_granted_and_costs_nothing),
        cmocka_unit_test(welcomes_and_refusals_are_what_the_standard_says),
        cmocka_unit_test(topics_match_their_filters),
        cmocka_unit_test(bits_that_version_3_1_does_not_use_are_not_looked_at_in_it),
        cmocka_unit_test(the_last_part_of_a_topic_is_behind_its_last_slash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
