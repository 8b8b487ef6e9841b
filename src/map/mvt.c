/* The protobuf form of a vector tile layer. */
#include "map/mvt.h"
#include <assert.h>
#include <string.h>

/* Field heads: number << 3 | wire type (0 varint, 2 bytes). */
enum {
    TILE_LAYER = 3 << 3 | 2,
    LAYER_NAME = 1 << 3 | 2,
    LAYER_FEATURE = 2 << 3 | 2,
    LAYER_KEY = 3 << 3 | 2,
    LAYER_VALUE = 4 << 3 | 2,
    LAYER_EXTENT = 5 << 3,
    LAYER_VERSION = 15 << 3,
    FEATURE_TAGS = 2 << 3 | 2,
    FEATURE_TYPE = 3 << 3,
    FEATURE_GEOMETRY = 4 << 3 | 2,
    VALUE_STRING = 1 << 3 | 2,
    VALUE_BOOL = 7 << 3,
    MOVE_TO = 1,
    LINE_TO = 2,
    CLOSE_PATH = 7,
    VERSION = 2,
    SLOTS_FIRST = 64
};

struct amp_mvt_layer amp_mvt_layer_make(const char *name, const char *const *key, size_t max_bytes)
{
    return (struct amp_mvt_layer){.name = name,
                                  .key = key,
                                  .feature = amp_buf_make(max_bytes),
                                  .value = amp_buf_make(max_bytes),
                                  .slot = amp_buf_make(max_bytes),
                                  .tags = amp_buf_make(max_bytes),
                                  .geometry = amp_buf_make(max_bytes),
                                  .body = amp_buf_make(max_bytes)};
}

void amp_mvt_layer_free(struct amp_mvt_layer *layer)
{
    amp_buf_free(&layer->feature);
    amp_buf_free(&layer->value);
    amp_buf_free(&layer->slot);
    amp_buf_free(&layer->tags);
    amp_buf_free(&layer->geometry);
    amp_buf_free(&layer->body);
}

static const struct amp_str *values_of(const struct amp_mvt_layer *layer)
{
    return (const struct amp_str *)(const void *)layer->value.data;
}

static bool value_eq(struct amp_str a, struct amp_str b)
{
    return a.len == b.len && (a.len == SIZE_MAX || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static size_t slot_find(const struct amp_mvt_layer *layer, struct amp_str value)
{
    const uint32_t *slot = (const uint32_t *)(const void *)layer->slot.data;
    size_t n = layer->slot.len / sizeof(*slot);
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (size_t i = 0; value.len != SIZE_MAX && i < value.len; i++) {
        hash = (hash ^ (uint8_t)value.ptr[i]) * 16777619U;
    }
    size_t at = hash & (n - 1);
    while (slot[at] != 0 && !value_eq(values_of(layer)[slot[at] - 1], value)) {
        at = (at + 1) & (n - 1);
    }
    return at;
}

static void slots_grow(struct amp_mvt_layer *layer)
{
    size_t value_n = layer->value.len / sizeof(struct amp_str);
    size_t n = layer->slot.len / sizeof(uint32_t);
    if (value_n * 2 < n) {
        return;
    }
    n = n == 0 ? SLOTS_FIRST : 2 * n;
    amp_buf_clear(&layer->slot);
    uint32_t *slot = amp_buf_extend(&layer->slot, n * sizeof(*slot));
    if (slot == NULL) {
        return;
    }
    memset(slot, 0, n * sizeof(*slot));
    for (uint32_t i = 0; i < value_n; i++) {
        slot[slot_find(layer, values_of(layer)[i])] = i + 1;
    }
}

void amp_mvt_tag(struct amp_mvt_layer *layer, uint32_t key, struct amp_str value)
{
    slots_grow(layer);
    if (amp_buf_err(&layer->slot) || amp_buf_err(&layer->value)) {
        return;
    }
    size_t at = slot_find(layer, value);
    uint32_t *slot = (uint32_t *)(void *)layer->slot.data;
    if (slot[at] == 0) {
        amp_buf_put(&layer->value, &value, sizeof(value));
        slot[at] = (uint32_t)(layer->value.len / sizeof(value));
    }
    amp_buf_varint(&layer->tags, key);
    amp_buf_varint(&layer->tags, slot[at] - 1);
}

void amp_mvt_tag_true(struct amp_mvt_layer *layer, uint32_t key)
{
    amp_mvt_tag(layer, key, (struct amp_str){.ptr = NULL, .len = SIZE_MAX});
}

static void command_put(struct amp_mvt_layer *layer, uint32_t command, size_t count)
{
    amp_buf_varint(&layer->geometry, command | (uint64_t)count << 3);
}

static uint64_t zigzag(int64_t value)
{
    return value < 0 ? ~(uint64_t)value * 2 + 1 : (uint64_t)value * 2;
}

static void move_put(struct amp_mvt_layer *layer, struct amp_xy to)
{
    amp_buf_varint(&layer->geometry, zigzag(to.x - layer->pen.x));
    amp_buf_varint(&layer->geometry, zigzag(to.y - layer->pen.y));
    layer->pen = to;
}

void amp_mvt_points(struct amp_mvt_layer *layer, const struct amp_xy *xy, size_t n)
{
    command_put(layer, MOVE_TO, n);
    for (size_t i = 0; i < n; i++) {
        move_put(layer, xy[i]);
    }
}

void amp_mvt_line(struct amp_mvt_layer *layer, const struct amp_xy *xy, size_t n)
{
    assert(n >= 2);
    command_put(layer, MOVE_TO, 1);
    move_put(layer, xy[0]);
    command_put(layer, LINE_TO, n - 1);
    for (size_t i = 1; i < n; i++) {
        move_put(layer, xy[i]);
    }
}

void amp_mvt_ring(struct amp_mvt_layer *layer, struct amp_xy *xy, size_t n, bool outer)
{
    assert(n >= 3);
    /* 4.3.4.4: the area of an exterior ring is positive by the surveyor's formula, of an interior
     * ring negative, in tile coordinates. */
    if ((amp_ring_area2(xy, n) > 0) != outer) {
        for (size_t i = 0; i < n / 2; i++) {
            struct amp_xy swap = xy[i];
            xy[i] = xy[n - 1 - i];
            xy[n - 1 - i] = swap;
        }
    }
    amp_mvt_line(layer, xy, n);
    command_put(layer, CLOSE_PATH, 1);
}

static void bytes_put(struct amp_buf *buf, uint64_t head, struct amp_str bytes)
{
    amp_buf_varint(buf, head);
    amp_buf_varint(buf, bytes.len);
    amp_buf_str(buf, bytes);
}

static void feature_forget(struct amp_mvt_layer *layer)
{
    amp_buf_clear(&layer->tags);
    amp_buf_clear(&layer->geometry);
    amp_buf_clear(&layer->body);
    layer->pen = (struct amp_xy){0, 0};
}

void amp_mvt_feature_end(struct amp_mvt_layer *layer, unsigned shape)
{
    if (layer->geometry.len > 0) {
        if (layer->tags.len > 0) {
            bytes_put(&layer->body, FEATURE_TAGS, amp_buf_view(&layer->tags));
        }
        amp_buf_varint(&layer->body, FEATURE_TYPE);
        amp_buf_varint(&layer->body, shape);
        bytes_put(&layer->body, FEATURE_GEOMETRY, amp_buf_view(&layer->geometry));
        bytes_put(&layer->feature, LAYER_FEATURE, amp_buf_view(&layer->body));
    }
    feature_forget(layer);
}

static void value_put(struct amp_buf *buf, struct amp_buf *body, struct amp_str value)
{
    amp_buf_clear(body);
    if (value.len == SIZE_MAX) {
        amp_buf_varint(body, VALUE_BOOL);
        amp_buf_varint(body, 1);
    } else {
        bytes_put(body, VALUE_STRING, value);
    }
    bytes_put(buf, LAYER_VALUE, amp_buf_view(body));
}

amp_err amp_mvt_layer_end(const struct amp_mvt_layer *layer, struct amp_buf *out)
{
    const struct amp_buf *bufs[] = {&layer->feature, &layer->value,    &layer->slot,
                                    &layer->tags,    &layer->geometry, &layer->body};
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++) {
        if (amp_buf_err(bufs[i])) {
            return amp_buf_err(bufs[i]);
        }
    }
    if (layer->feature.len == 0) {
        return AMP_OK;
    }
    struct amp_buf whole = amp_buf_make(layer->feature.max);
    struct amp_buf body = amp_buf_make(layer->feature.max);
    bytes_put(&whole, LAYER_NAME, amp_str_of(layer->name));
    amp_buf_str(&whole, amp_buf_view(&layer->feature));
    for (size_t i = 0; layer->key[i] != NULL; i++) {
        bytes_put(&whole, LAYER_KEY, amp_str_of(layer->key[i]));
    }
    for (size_t i = 0; i < layer->value.len / sizeof(struct amp_str); i++) {
        value_put(&whole, &body, values_of(layer)[i]);
    }
    amp_buf_varint(&whole, LAYER_EXTENT);
    amp_buf_varint(&whole, AMP_MVT_EXTENT);
    amp_buf_varint(&whole, LAYER_VERSION);
    amp_buf_varint(&whole, VERSION);
    amp_err err = amp_buf_err(&whole);
    if (!err) {
        bytes_put(out, TILE_LAYER, amp_buf_view(&whole));
        err = amp_buf_err(out);
    }
    amp_buf_free(&whole);
    amp_buf_free(&body);
    return err;
}
