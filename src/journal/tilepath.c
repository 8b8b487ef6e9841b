/*
 * The path of a tile (C2SP tlog-tiles): level, index in groups of three digits, width of a partial.
 *
 * Only the one way of writing a path is taken, so that a cache holds each tile once.
 */
#include "journal/tree.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    GROUPS_MAX = 6 /* 10^18 tiles are more than there can be */
};

/* One to three digits without a leading zero, up to max. */
static bool short_read(struct amp_str text, uint64_t max, unsigned *out)
{
    uint64_t value = 0;
    if (text.len == 0 || text.len > 3 || (text.len > 1 && text.ptr[0] == '0') ||
        amp_str_u64(text, &value) != AMP_OK || value > max) {
        return false;
    }
    *out = (unsigned)value;
    return true;
}

/* "x001/x234/067" */
static bool index_read(struct amp_str text, uint64_t *out)
{
    uint64_t index = 0;
    for (int group = 0; group < GROUPS_MAX; group++) {
        bool last = text.len == 3;
        if (!last && (text.len < 5 || text.ptr[0] != 'x' || text.ptr[4] != '/')) {
            return false;
        }
        const char *digit = last ? text.ptr : text.ptr + 1;
        for (int i = 0; i < 3; i++) {
            if (digit[i] < '0' || digit[i] > '9') {
                return false;
            }
            index = index * 10 + (uint64_t)(digit[i] - '0');
        }
        if (!last && index == 0) {
            return false; /* a leading group of zeroes */
        }
        if (last) {
            *out = index;
            return true;
        }
        text.ptr += 5;
        text.len -= 5;
    }
    return false;
}

/* Cuts ".p/W" off the end of *text, if it is there. */
static bool width_cut(struct amp_str *text, unsigned *out)
{
    for (size_t digits = 1; digits <= 3 && digits + 3 < text->len; digits++) {
        size_t at = text->len - digits - 3;
        if (memcmp(text->ptr + at, ".p/", 3) == 0) {
            const struct amp_str number = {.ptr = text->ptr + at + 3, .len = digits};
            text->len = at;
            return short_read(number, AMP_TILE - 1, out) && *out > 0;
        }
    }
    *out = AMP_TILE;
    return true;
}

amp_err amp_tile_path_parse(struct amp_str path, struct amp_tile_path *out)
{
    struct amp_tile_path made = {.entries = false};
    struct amp_str head, rest = amp_str_cut(path, '/', &head);
    if (path.len >= AMP_TILE_PATH || rest.len == 0) {
        return AMP_E_SYNTAX;
    }
    made.entries = amp_str_is(head, "entries");
    if (!made.entries && !short_read(head, AMP_TILE_LEVEL_MAX, &made.level)) {
        return AMP_E_SYNTAX;
    }
    if (!width_cut(&rest, &made.width) || !index_read(rest, &made.index)) {
        return AMP_E_SYNTAX;
    }
    *out = made;
    return AMP_OK;
}

void amp_tile_path_write(const struct amp_tile_path *path, char out[AMP_TILE_PATH])
{
    unsigned group[GROUPS_MAX];
    size_t n = 0;
    uint64_t index = path->index;
    do {
        assert(n < GROUPS_MAX);
        group[n++] = (unsigned)(index % 1000);
        index /= 1000;
    } while (index > 0);
    int len = path->entries ? snprintf(out, AMP_TILE_PATH, "entries")
                            : snprintf(out, AMP_TILE_PATH, "%u", path->level);
    while (n-- > 0) {
        len +=
            snprintf(out + len, AMP_TILE_PATH - (size_t)len, n > 0 ? "/x%03u" : "/%03u", group[n]);
    }
    if (path->width < AMP_TILE) {
        len += snprintf(out + len, AMP_TILE_PATH - (size_t)len, ".p/%u", path->width);
    }
    assert(len < AMP_TILE_PATH);
}
