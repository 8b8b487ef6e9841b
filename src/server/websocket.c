/* Framing by wslay, with limits of our own around it; the handshake by hand. */
#include "server/websocket.h"
#include "base/crypto.h"
#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wslay/wslay.h>

enum {
    NONCE = 16,
    SHA1 = 20
};

struct amp_websocket {
    struct amp_websocket_ways ways;
    wslay_event_context_ptr event;
    struct amp_buf message;
    size_t gulp;     /* bytes that this pump may still read */
    size_t frames_n; /* of the message that is coming */
    uint64_t frames;
    bool control; /* the frame that is coming is one */
    bool over;    /* the bytes have an end */
    bool ending;  /* the end was said, by us */
};

/* ---- the handshake ---- */

static amp_err text_put(const uint8_t *bytes, size_t len, char *out, size_t cap)
{
    char room[2 * AMP_WEBSOCKET_ACCEPT]; /* the writer takes a byte more for a while */
    struct amp_buf text = amp_buf_over(room, sizeof room);
    amp_base64_put(&text, bytes, len);
    amp_err err = amp_buf_err(&text);
    return err ? err : amp_str_copy(out, cap, amp_buf_view(&text));
}

amp_err amp_websocket_accept(struct amp_str key, char out[AMP_WEBSOCKET_ACCEPT])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t nonce[NONCE], hash[EVP_MAX_MD_SIZE];
    char both[AMP_WEBSOCKET_KEY + sizeof guid];
    size_t n = 0;
    unsigned len = 0;
    if (key.len != AMP_WEBSOCKET_KEY - 1 ||
        amp_base64_read(key, nonce, sizeof nonce, &n) != AMP_OK || n != NONCE) {
        return AMP_E_SYNTAX;
    }
    memcpy(both, key.ptr, key.len);
    memcpy(both + key.len, guid, sizeof guid - 1);
    if (EVP_Digest(both, key.len + sizeof guid - 1, hash, &len, EVP_sha1(), NULL) != 1 ||
        len != SHA1) {
        return AMP_E_NOMEM;
    }
    return text_put(hash, SHA1, out, AMP_WEBSOCKET_ACCEPT);
}

void amp_websocket_key(const uint8_t nonce[NONCE], char out[AMP_WEBSOCKET_KEY])
{
    amp_err err = text_put(nonce, NONCE, out, AMP_WEBSOCKET_KEY);
    assert(err == AMP_OK);
    (void)err;
}

static bool is_word(struct amp_str text, const char *word)
{
    return text.len == strlen(word) && text.len > 0 && strncasecmp(text.ptr, word, text.len) == 0;
}

bool amp_websocket_lists(struct amp_str field, const char *word)
{
    while (field.len > 0) {
        struct amp_str item = {0};
        field = amp_str_cut(field, ',', &item);
        if (is_word(amp_str_trim(item), word)) {
            return true;
        }
    }
    return false;
}

struct answer {
    bool upgrade, connection, accept;
};

static void field_take(struct amp_str line, const char *accept, struct answer *answer)
{
    struct amp_str name = {0};
    struct amp_str value = amp_str_trim(amp_str_cut(line, ':', &name));
    answer->upgrade = answer->upgrade || (is_word(name, "Upgrade") && is_word(value, "websocket"));
    answer->connection = answer->connection ||
                         (is_word(name, "Connection") && amp_websocket_lists(value, "Upgrade"));
    answer->accept =
        answer->accept || (is_word(name, "Sec-WebSocket-Accept") && amp_str_is(value, accept));
}

/* A line of the head, without its end. */
static struct amp_str line_cut(struct amp_str *head)
{
    struct amp_str line = {0};
    *head = amp_str_cut(*head, '\n', &line);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

amp_err amp_websocket_answer(struct amp_str bytes, const char *accept, int *status, size_t *head)
{
    const char *end = bytes.len > 0 ? memmem(bytes.ptr, bytes.len, "\r\n\r\n", 4) : NULL;
    if (end == NULL || (size_t)(end - bytes.ptr) > AMP_WEBSOCKET_HEAD) {
        return bytes.len > AMP_WEBSOCKET_HEAD || end != NULL ? AMP_E_LIMIT : AMP_E_BUSY;
    }
    struct amp_str rest = {bytes.ptr, (size_t)(end - bytes.ptr)};
    struct amp_str line = line_cut(&rest);
    int64_t code = 0;
    struct answer answer = {0};
    if (!amp_str_starts(line, AMP_STR("HTTP/1.1 ")) || line.len < 12 ||
        amp_str_i64((struct amp_str){line.ptr + 9, 3}, &code) != AMP_OK || code < 100) {
        return AMP_E_SYNTAX;
    }
    while (rest.len > 0) {
        field_take(line_cut(&rest), accept, &answer);
    }
    if (code == 101 && !(answer.upgrade && answer.connection && answer.accept)) {
        return AMP_E_FORBIDDEN;
    }
    *status = (int)code;
    *head = (size_t)(end - bytes.ptr) + 4;
    return AMP_OK;
}

/* ---- what the framing asks of us ---- */

static ssize_t on_recv(wslay_event_context_ptr event, uint8_t *buf, size_t len, int flags,
                       void *ctx)
{
    struct amp_websocket *ws = ctx;
    size_t most = len < ws->gulp ? len : ws->gulp;
    ssize_t n = most > 0 ? ws->ways.read(ws->ways.ctx, buf, most) : 0;
    (void)flags;
    if (n > 0) {
        ws->gulp -= (size_t)n;
        return n;
    }
    ws->over = ws->over || n < 0;
    wslay_event_set_error(event, n < 0 ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
    return -1;
}

static ssize_t on_send(wslay_event_context_ptr event, const uint8_t *data, size_t len, int flags,
                       void *ctx)
{
    struct amp_websocket *ws = ctx;
    ssize_t n = ws->ways.write(ws->ways.ctx, data, len);
    (void)flags;
    if (n > 0) {
        return n;
    }
    ws->over = ws->over || n < 0;
    wslay_event_set_error(event, n < 0 ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
    return -1;
}

static int on_mask(wslay_event_context_ptr event, uint8_t *buf, size_t len, void *ctx)
{
    struct amp_websocket *ws = ctx;
    (void)event;
    ws->ways.chance(buf, len);
    return 0;
}

static void on_frame(wslay_event_context_ptr event,
                     const struct wslay_event_on_frame_recv_start_arg *arg, void *ctx)
{
    struct amp_websocket *ws = ctx;
    (void)event;
    ws->frames++;
    ws->control = wslay_is_ctrl_frame(arg->opcode) != 0;
    ws->frames_n += !ws->control;
    if (ws->frames_n > AMP_WEBSOCKET_FRAMES) {
        amp_websocket_end(ws, AMP_WEBSOCKET_FORBIDDEN, "too many frames");
    } else if (wslay_event_get_queued_msg_count(ws->event) > AMP_WEBSOCKET_WAITING && ws->control) {
        amp_websocket_end(ws, AMP_WEBSOCKET_FORBIDDEN, "too many pings");
    }
}

static void on_bytes(wslay_event_context_ptr event,
                     const struct wslay_event_on_frame_recv_chunk_arg *arg, void *ctx)
{
    struct amp_websocket *ws = ctx;
    (void)event;
    if (ws->control || ws->ending) {
        return;
    }
    amp_buf_put(&ws->message, arg->data, arg->data_length);
    if (amp_buf_err(&ws->message) == AMP_E_LIMIT) {
        amp_websocket_end(ws, AMP_WEBSOCKET_TOO_BIG, "a message is too long");
    } else if (amp_buf_err(&ws->message) != AMP_OK) {
        amp_websocket_end(ws, AMP_WEBSOCKET_TROUBLE, "");
    }
}

static void on_message(wslay_event_context_ptr event, const struct wslay_event_on_msg_recv_arg *arg,
                       void *ctx)
{
    struct amp_websocket *ws = ctx;
    (void)event;
    if (wslay_is_ctrl_frame(arg->opcode) || ws->ending) {
        return;
    }
    if (arg->opcode != WSLAY_TEXT_FRAME) {
        amp_websocket_end(ws, AMP_WEBSOCKET_NO_TEXT, "messages are text");
    } else {
        ws->ways.text(ws->ways.ctx, amp_buf_view(&ws->message));
    }
    if (ws->message.data != NULL) {
        amp_wipe(ws->message.data, ws->message.len);
    }
    amp_buf_clear(&ws->message);
    ws->frames_n = 0;
}

/* ---- one of them ---- */

amp_err amp_websocket_create(const struct amp_websocket_ways *ways, bool client, size_t max,
                             struct amp_websocket **out)
{
    const struct wslay_event_callbacks calls = {.recv_callback = on_recv,
                                                .send_callback = on_send,
                                                .genmask_callback = on_mask,
                                                .on_frame_recv_start_callback = on_frame,
                                                .on_frame_recv_chunk_callback = on_bytes,
                                                .on_msg_recv_callback = on_message};
    struct amp_websocket *ws = calloc(1, sizeof *ws);
    if (ws == NULL) {
        return AMP_E_NOMEM;
    }
    ws->ways = *ways;
    ws->message = amp_buf_make(max);
    int status = client ? wslay_event_context_client_init(&ws->event, &calls, ws)
                        : wslay_event_context_server_init(&ws->event, &calls, ws);
    if (status != 0) {
        free(ws);
        return AMP_E_NOMEM;
    }
    wslay_event_config_set_no_buffering(ws->event, 1); /* we do, into one piece */
    wslay_event_config_set_max_recv_msg_length(ws->event, max);
    *out = ws;
    return AMP_OK;
}

void amp_websocket_destroy(struct amp_websocket *ws)
{
    if (ws != NULL) {
        wslay_event_context_free(ws->event);
        if (ws->message.data != NULL) {
            amp_wipe(ws->message.data, ws->message.len);
        }
        amp_buf_free(&ws->message);
        free(ws);
    }
}

static amp_err queue(struct amp_websocket *ws, enum wslay_opcode opcode, struct amp_str text)
{
    const struct wslay_event_msg msg = {
        .opcode = (uint8_t)opcode, .msg = (const uint8_t *)text.ptr, .msg_length = text.len};
    int status = wslay_event_queue_msg(ws->event, &msg);
    return status == 0 ? AMP_OK : status == WSLAY_ERR_NO_MORE_MSG ? AMP_E_CONFLICT : AMP_E_NOMEM;
}

amp_err amp_websocket_say(struct amp_websocket *ws, struct amp_str text)
{
    return queue(ws, WSLAY_TEXT_FRAME, text);
}

amp_err amp_websocket_ping(struct amp_websocket *ws)
{
    return queue(ws, WSLAY_PING, AMP_STR(""));
}

void amp_websocket_end(struct amp_websocket *ws, enum amp_websocket_code code, const char *reason)
{
    if (!ws->ending) {
        ws->ending = true;
        wslay_event_shutdown_read(ws->event);
        /* without memory to say so, it ends without a word */
        ws->over = wslay_event_queue_close(ws->event, (uint16_t)code, (const uint8_t *)reason,
                                           strlen(reason)) == WSLAY_ERR_NOMEM ||
                   ws->over;
    }
}

/* The library stops where a header is in pieces: it is asked again while bytes come. */
static bool receive(struct amp_websocket *ws)
{
    size_t before = 0;
    bool good = true;
    ws->gulp = AMP_WEBSOCKET_GULP;
    do {
        before = ws->gulp;
        good = !wslay_event_want_read(ws->event) || wslay_event_recv(ws->event) == 0;
    } while (good && ws->gulp < before);
    return good;
}

bool amp_websocket_pump(struct amp_websocket *ws)
{
    bool good = receive(ws); /* if not, the library has queued its end, which is said */
    if (!ws->over && wslay_event_want_write(ws->event) && wslay_event_send(ws->event) != 0) {
        return false;
    }
    /* a close frame left: both ends said it, or the other one will not be listened to */
    return good && !ws->over &&
           (wslay_event_want_read(ws->event) || wslay_event_want_write(ws->event));
}

bool amp_websocket_wants_write(const struct amp_websocket *ws)
{
    return wslay_event_want_write(ws->event) != 0;
}

size_t amp_websocket_unsent(const struct amp_websocket *ws)
{
    return wslay_event_get_queued_msg_count(ws->event);
}

uint64_t amp_websocket_frames(const struct amp_websocket *ws)
{
    return ws->frames;
}

int amp_websocket_ended(const struct amp_websocket *ws)
{
    return wslay_event_get_close_received(ws->event)
               ? (int)wslay_event_get_status_code_received(ws->event)
               : 0;
}
