/* Long answers travel packed to whoever takes that, and say the same. */
#include "server/pack.h"
#include "server/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

enum {
    CREWS = 60,
    ROOM = 1 << 20
};

/* What gzip makes of a body again; its length. */
static size_t unpacked(const struct amp_buf *body, char *out)
{
    z_stream z = {0};
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    z.next_in = (unsigned char *)body->data;
    z.avail_in = (unsigned)body->len;
    z.next_out = (unsigned char *)out;
    z.avail_out = ROOM;
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    size_t len = z.total_out;
    (void)inflateEnd(&z);
    return len;
}

static void crews_add(const struct bed *bed)
{
    char body[256];
    bed_town(bed);
    for (int i = 0; i < CREWS; i++) {
        (void)snprintf(body, sizeof body,
                       "{\"unit\":\"A%d\",\"kind\":\"ambulance\",\"capabilities\":[\"bls\"],"
                       "\"station\":\"S1\",\"crew\":2}",
                       i);
        bed_expect(bed, "POST", "/v1/units", body, 201);
    }
}

static void a_long_answer_says_packed_what_it_says_plain(void **state)
{
    static char again[ROOM];
    struct bed bed;
    struct reply plain;
    struct reply packed;
    (void)state;
    bed_init(&bed);
    bed_start(&bed);
    crews_add(&bed);
    bed_get(&bed, "/v1/units", &plain);
    assert_int_equal(reply_field(&plain, "Content-Encoding").len, 0);
    assert_true(plain.body.len > AMP_PACK_MIN);
    bed_send(&bed, "GET", "/v1/units", NULL, "Accept-Encoding: gzip, br\r\n", &packed);
    assert_int_equal(packed.status, 200);
    assert_true(amp_str_is(reply_field(&packed, "Content-Encoding"), "gzip"));
    assert_true(amp_str_is(reply_field(&packed, "Vary"), "Accept-Encoding"));
    assert_true(packed.body.len < plain.body.len / 4);
    assert_int_equal(unpacked(&packed.body, again), plain.body.len);
    assert_memory_equal(again, plain.body.data, plain.body.len);
    reply_free(&packed);
    reply_free(&plain);
    bed_drop(&bed);
}

static void a_short_answer_and_a_refusal_go_as_they_are(void **state)
{
    static const char *const paths[] = {"/v1/units/M1", "/v1/units/none"};
    struct bed bed;
    struct reply reply;
    (void)state;
    bed_init(&bed);
    bed_start(&bed);
    bed_town(&bed);
    for (size_t i = 0; i < 2; i++) {
        bed_send(&bed, "GET", paths[i], NULL, "Accept-Encoding: gzip\r\n", &reply);
        assert_int_equal(reply.status, i == 0 ? 200 : 404);
        assert_int_equal(reply_field(&reply, "Content-Encoding").len, 0);
        assert_int_equal(reply.body.data[0], '{');
        reply_free(&reply);
    }
    bed_drop(&bed);
}

static void what_a_commit_shows_is_packed_too(void **state)
{
    static const char act[] = "{\"pos\":{\"lat\":41.15,\"lon\":-8.61},\"words\":\"fall\"}";
    struct bed bed;
    struct reply reply;
    (void)state;
    bed_init(&bed);
    bed_start(&bed);
    bed_town(&bed);
    for (int i = 0; i < CREWS; i++) {
        bed_post(&bed, "/v1/calls", act, &reply);
        assert_true(reply.status < 300);
        reply_free(&reply);
    }
    bed_send(&bed, "GET", "/v1/incidents", NULL, "Accept-Encoding: gzip\r\n", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(amp_str_is(reply_field(&reply, "Content-Encoding"), "gzip"));
    reply_free(&reply);
    bed_drop(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_answer_says_packed_what_it_says_plain),
        cmocka_unit_test(a_short_answer_and_a_refusal_go_as_they_are),
        cmocka_unit_test(what_a_commit_shows_is_packed_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
