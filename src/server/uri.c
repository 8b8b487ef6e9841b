/* Reads the target of a request and matches it with the patterns of the table of routes. */
#include "server/uri.h"
#include <assert.h>
#include <string.h>

static int hex_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static amp_err segment_decode(struct amp_str raw, struct amp_arena *arena, struct amp_str *out,
                              struct amp_why *why)
{
    char *text = amp_arena_alloc(arena, raw.len + 1);
    if (text == NULL) {
        return AMP_E_NOMEM;
    }
    size_t n = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '%') {
            int high = raw.len - i > 2 ? hex_of(raw.ptr[i + 1]) : -1;
            int low = raw.len - i > 2 ? hex_of(raw.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return amp_fail(why, AMP_E_SYNTAX, "a %% in the path is not a %%-escape");
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '/' || c == '\0') {
            return amp_fail(why, AMP_E_SYNTAX, "the path holds an escaped slash or NUL");
        }
        text[n++] = c;
    }
    struct amp_str decoded = {.ptr = text, .len = n};
    if (!amp_utf8_valid(decoded)) {
        return amp_fail(why, AMP_E_SYNTAX, "the path is not UTF-8");
    }
    if (n == 0 || amp_str_is(decoded, ".") || amp_str_is(decoded, "..")) {
        return amp_fail(why, AMP_E_SYNTAX, "the path has an empty, \".\" or \"..\" segment");
    }
    *out = decoded;
    return AMP_OK;
}

amp_err amp_uri_read(struct amp_str target, struct amp_arena *arena, struct amp_uri *out,
                     struct amp_why *why)
{
    struct amp_uri uri = {.n = 0};
    struct amp_str path = {0};
    if (target.len == 0 || target.ptr[0] != '/' || target.len > AMP_URI_MAX) {
        return amp_fail(why, AMP_E_SYNTAX, "the target is not a path of at most %d bytes",
                        AMP_URI_MAX);
    }
    struct amp_str query = amp_str_cut(target, '?', &path);
    struct amp_str rest = {.ptr = path.ptr + 1, .len = path.len - 1};
    while (rest.len > 0 || (uri.n > 0 && rest.ptr != NULL)) {
        struct amp_str raw = {0};
        rest = amp_str_cut(rest, '/', &raw);
        if (uri.n == AMP_URI_SEGMENTS) {
            return amp_fail(why, AMP_E_NOT_FOUND, "no path here is that deep");
        }
        amp_err err = segment_decode(raw, arena, &uri.segment[uri.n], why);
        if (err != AMP_OK) {
            return err;
        }
        uri.n++;
    }
    amp_err err = amp_form_read(query, arena, &uri.query, why);
    if (err != AMP_OK) {
        return err;
    }
    *out = uri;
    return AMP_OK;
}

/* One segment of a pattern: a word, or "{name}" and what must follow it. */
static bool segment_match(struct amp_str have, struct amp_str want, struct amp_str *param)
{
    if (want.len == 0 || want.ptr[0] != '{') {
        return amp_str_eq(have, want);
    }
    struct amp_str name = {0};
    struct amp_str tail = amp_str_cut(want, '}', &name);
    if (have.len <= tail.len) {
        return false;
    }
    struct amp_str end = {.ptr = have.ptr + have.len - tail.len, .len = tail.len};
    if (tail.len > 0 && !amp_str_eq(end, tail)) {
        return false;
    }
    *param = (struct amp_str){.ptr = have.ptr, .len = have.len - tail.len};
    return true;
}

static bool ends_with(struct amp_str text, struct amp_str end)
{
    return text.len >= end.len && memcmp(text.ptr + text.len - end.len, end.ptr, end.len) == 0;
}

bool amp_uri_match(const struct amp_uri *uri, const char *pattern, struct amp_str *param,
                   size_t param_max)
{
    struct amp_str rest = amp_str_of(pattern + 1);
    size_t at = 0;
    size_t params = 0;
    while (rest.len > 0) {
        struct amp_str want = {0};
        struct amp_str found = {0};
        rest = amp_str_cut(rest, '/', &want);
        if (at < uri->n && ends_with(want, AMP_STR("*}"))) {
            assert(rest.len == 0);
            return true; /* the rest, whatever it is: the route reads its segments */
        }
        if (at == uri->n || !segment_match(uri->segment[at], want, &found)) {
            return false;
        }
        if (found.ptr != NULL) {
            assert(params < param_max);
            param[params++] = found;
        }
        at++;
    }
    return at == uri->n;
}
