/* WebSocket framing against a peer of the test's own: what RFC 6455 forbids, what is too much. */
#include "server/websocket.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
    ROOM = 1 << 20,
    MOST = 1000 /* bytes of a message */
};

struct end { /* ours, and the bytes that come and go */
    struct amp_websocket *ws;
    struct amp_buf in, out, heard;
    size_t at, slice; /* slice: bytes given at once; 0: all */
    size_t texts;
    bool deaf, over;
};

static ssize_t on_read(void *ctx, void *buf, size_t max)
{
    struct end *end = ctx;
    size_t left = end->in.len - end->at;
    size_t n = left < max ? left : max;
    n = end->slice > 0 && n > end->slice ? end->slice : n;
    if (n == 0) {
        return end->over ? -1 : 0;
    }
    memcpy(buf, end->in.data + end->at, n);
    end->at += n;
    return (ssize_t)n;
}

static ssize_t on_write(void *ctx, const void *buf, size_t len)
{
    struct end *end = ctx;
    if (end->deaf) {
        return 0;
    }
    amp_buf_put(&end->out, buf, len);
    return (ssize_t)len;
}

static void on_text(void *ctx, struct amp_str text)
{
    struct end *end = ctx;
    end->texts++;
    amp_buf_str(&end->heard, text);
    amp_buf_char(&end->heard, '|');
}

static void on_chance(void *out, size_t len)
{
    memset(out, 0x5a, len);
}

static void end_make(struct end *end, bool client)
{
    *end = (struct end){
        .in = amp_buf_make(ROOM), .out = amp_buf_make(ROOM), .heard = amp_buf_make(ROOM)};
    const struct amp_websocket_ways ways = {
        .ctx = end, .read = on_read, .write = on_write, .text = on_text, .chance = on_chance};
    assert_int_equal(amp_websocket_create(&ways, client, MOST, &end->ws), AMP_OK);
}

static void end_free(struct end *end)
{
    amp_websocket_destroy(end->ws);
    amp_buf_free(&end->in);
    amp_buf_free(&end->out);
    amp_buf_free(&end->heard);
}

/* A frame as the peer sends it: first is FIN, the reserved bits and the opcode. */
static void frame(struct end *end, uint8_t first, bool masked, const char *data, size_t len)
{
    const uint8_t mask[4] = {1, 2, 3, 4};
    uint8_t bit = masked ? 0x80 : 0;
    amp_buf_char(&end->in, (char)first);
    if (len < 126) {
        amp_buf_char(&end->in, (char)(bit | len));
    } else {
        amp_buf_char(&end->in, (char)(bit | 126));
        amp_buf_char(&end->in, (char)(len >> 8));
        amp_buf_char(&end->in, (char)(len & 255));
    }
    if (masked) {
        amp_buf_put(&end->in, mask, sizeof mask);
    }
    for (size_t i = 0; i < len; i++) {
        amp_buf_char(&end->in, (char)(masked ? data[i] ^ (char)mask[i % 4] : data[i]));
    }
}

static void say(struct end *end, const char *text)
{
    frame(end, 0x81, true, text, strlen(text));
}

enum {
    NO_CODE = 1005 /* RFC 6455, section 7.4.1: of a close frame without one */
};

/* The code of the close frame that our end sent last; 0: none. */
static int code_of(const struct end *end)
{
    const uint8_t *at = (const uint8_t *)end->out.data;
    int code = 0;
    for (size_t i = 0; i + 1 < end->out.len;) {
        size_t len = at[i + 1] & 127, head = 2;
        if (len == 126) {
            len = (size_t)at[i + 2] << 8 | at[i + 3];
            head = 4;
        }
        if (at[i] == 0x88) {
            code = len < 2 ? NO_CODE : at[i + head] << 8 | at[i + head + 1];
        }
        i += head + len;
    }
    return code;
}

static void a_handshake_is_proved(void **state)
{
    char accept[AMP_WEBSOCKET_ACCEPT], key[AMP_WEBSOCKET_KEY];
    (void)state;
    /* RFC 6455, section 1.3 */
    assert_int_equal(amp_websocket_accept(AMP_STR("dGhlIHNhbXBsZSBub25jZQ=="), accept), AMP_OK);
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_int_equal(amp_websocket_accept(AMP_STR("dGhlIHNhbXBsZSBub25jZR=="), accept),
                     AMP_E_SYNTAX);
    assert_int_equal(amp_websocket_accept(AMP_STR("c2hvcnQ="), accept), AMP_E_SYNTAX);
    assert_int_equal(amp_websocket_accept((struct amp_str){0}, accept), AMP_E_SYNTAX);
    amp_websocket_key((const uint8_t *)"the sample nonce", key);
    assert_string_equal(key, "dGhlIHNhbXBsZSBub25jZQ==");
    assert_true(amp_websocket_lists(AMP_STR("keep-alive, upgrade"), "Upgrade"));
    assert_false(amp_websocket_lists(AMP_STR("upgraded"), "Upgrade"));
    assert_false(amp_websocket_lists((struct amp_str){0}, "Upgrade"));
}

static void an_answer_is_read_to_where_the_frames_begin(void **state)
{
    static const char proof[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    const struct {
        const char *text;
        amp_err err;
        int status;
    } rows[] = {
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nconnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nxy",
         AMP_OK, 101},
        {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", AMP_OK, 403},
        {"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: AAAA\r\n\r\n",
         AMP_E_FORBIDDEN, 0},
        {"HTTP/1.1 101 x\r\n\r\n", AMP_E_FORBIDDEN, 0},
        {"HTTP/1.1 101 x\r\nUpgrade: websocket\r\n", AMP_E_BUSY, 0},
        {"", AMP_E_BUSY, 0},
        {"SSH-2.0-x\r\n\r\n", AMP_E_SYNTAX, 0},
        {"HTTP/1.1 1\r\n\r\n", AMP_E_SYNTAX, 0},
        {"\r\n\r\n", AMP_E_SYNTAX, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int status = 0;
        size_t head = 0;
        struct amp_str bytes = amp_str_of(rows[i].text);
        assert_int_equal(amp_websocket_answer(bytes, proof, &status, &head), rows[i].err);
        assert_int_equal(status, rows[i].status);
        assert_true(rows[i].err != AMP_OK || rows[i].status != 101 || head + 2 == bytes.len);
    }
    static char endless[AMP_WEBSOCKET_HEAD + 2];
    int status = 0;
    size_t head = 0;
    memset(endless, 'a', sizeof endless);
    assert_int_equal(
        amp_websocket_answer((struct amp_str){endless, sizeof endless}, proof, &status, &head),
        AMP_E_LIMIT);
}

static void a_message_comes_whole_however_it_was_cut(void **state)
{
    struct end end;
    (void)state;
    end_make(&end, false);
    end.slice = 1;
    frame(&end, 0x01, true, "one ", 4);
    frame(&end, 0x89, true, "ping", 4); /* control frames come in between */
    frame(&end, 0x00, true, "mes", 3);
    frame(&end, 0x80, true, "sage", 4);
    say(&end, "");
    say(&end, "two");
    assert_true(amp_websocket_pump(end.ws));
    assert_string_equal(amp_buf_cstr(&end.heard), "one message||two|");
    assert_int_equal(end.texts, 3);
    assert_true(amp_websocket_frames(end.ws) >= 6);
    assert_memory_equal(end.out.data, "\x8a\x04ping", 6); /* our answer, not masked */
    assert_int_equal(code_of(&end), 0);
    end_free(&end);
}

static void what_is_said_leaves_in_order_and_the_end_goes_ahead(void **state)
{
    struct end end;
    (void)state;
    end_make(&end, false);
    end.deaf = true;
    assert_int_equal(amp_websocket_say(end.ws, AMP_STR("first")), AMP_OK);
    assert_int_equal(amp_websocket_say(end.ws, AMP_STR("second")), AMP_OK);
    assert_true(amp_websocket_pump(end.ws));
    assert_true(amp_websocket_wants_write(end.ws));
    end.deaf = false;
    assert_true(amp_websocket_pump(end.ws));
    assert_int_equal(end.out.len, 15);
    assert_memory_equal(end.out.data,
                        "\x81\x05"
                        "first\x81\x06"
                        "second",
                        15);
    assert_int_equal(amp_websocket_say(end.ws, AMP_STR("third")), AMP_OK);
    amp_websocket_end(end.ws, AMP_WEBSOCKET_AWAY, "the server stops");
    assert_int_equal(amp_websocket_say(end.ws, AMP_STR("late")), AMP_E_CONFLICT);
    assert_false(amp_websocket_pump(end.ws));
    assert_int_equal(code_of(&end), 1001);
    assert_null(memmem(end.out.data, end.out.len, "third", 5));
    end_free(&end);
}

static void what_is_forbidden_ends_it_with_a_reason(void **state)
{
    static char big[MOST + 1], ping[126];
    const struct {
        uint8_t first;
        bool masked;
        const char *data;
        size_t len;
        int code;
    } rows[] = {
        {0x81, false, "hello", 5, 1002},          /* a client's frame is masked */
        {0x09, true, "p", 1, NO_CODE},            /* a ping in fragments */
        {0x89, true, ping, sizeof ping, NO_CODE}, /* or too long */
        {0x80, true, "x", 1, 1002},               /* goes on with nothing */
        {0xc1, true, "x", 1, 1002},               /* a reserved bit */
        {0x83, true, "x", 1, 1002},               /* an opcode that is none */
        {0x82, true, "x", 1, 1003},               /* binary */
        {0x81, true, "\xff\xfe", 2, 1007},        /* no UTF-8 */
        {0x81, true, big, sizeof big, 1009},
    };
    (void)state;
    memset(big, 'b', sizeof big);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct end end;
        end_make(&end, false);
        frame(&end, rows[i].first, rows[i].masked, rows[i].data, rows[i].len);
        say(&end, "afterwards");
        (void)amp_websocket_pump(end.ws);
        assert_int_equal(code_of(&end), rows[i].code);
        assert_int_equal(end.texts, 0);
        assert_false(amp_websocket_pump(end.ws));
        end_free(&end);
    }
}

static void a_message_in_too_many_pieces_or_too_long_together_ends_it(void **state)
{
    struct end end;
    char part[MOST / 2];
    (void)state;
    memset(part, 'p', sizeof part);
    end_make(&end, false);
    frame(&end, 0x01, true, part, sizeof part);
    frame(&end, 0x00, true, part, sizeof part);
    frame(&end, 0x00, true, part, 1);
    (void)amp_websocket_pump(end.ws);
    assert_int_equal(code_of(&end), 1009);
    assert_int_equal(end.texts, 0);
    end_free(&end);
    end_make(&end, false);
    frame(&end, 0x01, true, "x", 1);
    for (int i = 0; i < AMP_WEBSOCKET_FRAMES; i++) {
        frame(&end, 0x00, true, "", 0);
    }
    (void)amp_websocket_pump(end.ws);
    assert_int_equal(code_of(&end), 1008);
    end_free(&end);
}

static void who_pings_and_does_not_listen_is_given_up(void **state)
{
    struct end end;
    (void)state;
    end_make(&end, false);
    end.deaf = true;
    for (int i = 0; i < 4 * AMP_WEBSOCKET_WAITING; i++) {
        frame(&end, 0x89, true, "again", 5);
    }
    (void)amp_websocket_pump(end.ws);
    assert_true(amp_websocket_unsent(end.ws) <= AMP_WEBSOCKET_WAITING + 2);
    end.deaf = false;
    (void)amp_websocket_pump(end.ws);
    assert_int_equal(code_of(&end), 1008);
    end_free(&end);
}

static void a_clients_frames_are_masked_and_a_servers_may_not_be(void **state)
{
    struct end end;
    (void)state;
    end_make(&end, true);
    assert_int_equal(amp_websocket_say(end.ws, AMP_STR("hi")), AMP_OK);
    frame(&end, 0x81, false, "yes", 3);
    assert_true(amp_websocket_pump(end.ws));
    assert_memory_equal(end.out.data, "\x81\x82\x5a\x5a\x5a\x5a\x32\x33", 8);
    assert_string_equal(amp_buf_cstr(&end.heard), "yes|");
    frame(&end, 0x81, true, "no", 2);
    (void)amp_websocket_pump(end.ws);
    assert_int_equal(end.texts, 1);
    assert_false(amp_websocket_pump(end.ws));
    end_free(&end);
}

static void the_other_end_says_why_it_goes(void **state)
{
    struct end end;
    (void)state;
    end_make(&end, false);
    assert_int_equal(amp_websocket_ended(end.ws), 0);
    frame(&end, 0x88, true, "\x03\xe9", 2);
    assert_false(amp_websocket_pump(end.ws));
    assert_int_equal(amp_websocket_ended(end.ws), 1001);
    assert_int_equal(code_of(&end), 1001); /* said back */
    end_free(&end);
    end_make(&end, false);
    end.over = true;
    assert_false(amp_websocket_pump(end.ws));
    assert_int_equal(amp_websocket_ended(end.ws), 0);
    end_free(&end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_is_proved),
        cmocka_unit_test(an_answer_is_read_to_where_the_frames_begin),
        cmocka_unit_test(a_message_comes_whole_however_it_was_cut),
        cmocka_unit_test(what_is_said_leaves_in_order_and_the_end_goes_ahead),
        cmocka_unit_test(what_is_forbidden_ends_it_with_a_reason),
        cmocka_unit_test(a_message_in_too_many_pieces_or_too_long_together_ends_it),
        cmocka_unit_test(who_pings_and_does_not_listen_is_given_up),
        cmocka_unit_test(a_clients_frames_are_masked_and_a_servers_may_not_be),
        cmocka_unit_test(the_other_end_says_why_it_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
