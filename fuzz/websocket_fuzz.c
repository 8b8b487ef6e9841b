/* Any bytes as frames of a peer, at either end, and as the answer to a handshake. */
#include "server/websocket.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    MOST = 4096
};

struct peer {
    const uint8_t *data;
    size_t left, slice;
};

static ssize_t on_read(void *ctx, void *buf, size_t max)
{
    struct peer *peer = ctx;
    size_t n = peer->left < max ? peer->left : max;
    n = n < peer->slice ? n : peer->slice;
    if (n == 0) {
        return -1;
    }
    memcpy(buf, peer->data, n);
    peer->data += n;
    peer->left -= n;
    return (ssize_t)n;
}

static ssize_t on_write(void *ctx, const void *buf, size_t len)
{
    (void)ctx;
    (void)buf;
    return (ssize_t)len;
}

static void on_text(void *ctx, struct amp_str text)
{
    (void)ctx;
    if (text.len > MOST ||
        (text.len > 0 && !amp_utf8_valid(text) && memchr(text.ptr, '\0', text.len) == NULL)) {
        abort();
    }
}

static void on_chance(void *out, size_t len)
{
    memset(out, 0, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char accept[AMP_WEBSOCKET_ACCEPT];
    int status = 0;
    size_t head = 0;
    if (size < 1) {
        return 0;
    }
    struct peer peer = {.data = data + 1, .left = size - 1, .slice = (size_t)(data[0] >> 1) + 1};
    const struct amp_websocket_ways ways = {
        .ctx = &peer, .read = on_read, .write = on_write, .text = on_text, .chance = on_chance};
    struct amp_websocket *ws = NULL;
    if (amp_websocket_create(&ways, (data[0] & 1) != 0, MOST, &ws) == AMP_OK) {
        while (amp_websocket_pump(ws)) {}
        amp_websocket_destroy(ws);
    }
    struct amp_str bytes = {(const char *)data, size};
    if (amp_websocket_answer(bytes, "x", &status, &head) == AMP_OK && head > size) {
        abort();
    }
    (void)!amp_websocket_accept(bytes, accept);
    return 0;
}
