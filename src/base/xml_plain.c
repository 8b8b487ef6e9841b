/*
 * Plain XML in one pass.
 *
 *   1. XML 1.0, section 2.2: no character below 0x20 but tab and line feed. A carriage return,
 * which would have to be replaced, DEL, and what begins with EF (among it U+FFFE and U+FFFF) are
 * not plain.
 *   2. No "&", no "]]" in text (section 2.4), no "<" or control character in an attribute (3.3.3).
 *   3. Names begin with an ASCII letter or "_"; at most one colon.
 *   4. Namespaces in XML 1.0: no prefix that begins with "xml" is declared or used, none is
 *      undeclared, none is unknown, and no two attributes of an element have one full name.
 *   5. A name space with "|" in it, which separates it from the name, is not plain.
 */
#include "base/xml_plain.h"
#include "base/crypto.h"
#include <stdlib.h>
#include <string.h>

enum {
    TOKENS_FIRST = 128,
    DEPTH = 32,
    IN_TEXT = 1,
    IN_VALUE = 2,
    IN_NAME = 4,
    FIRST = 8
};

struct space {
    struct amp_str prefix, uri;
    size_t depth;
};

struct open { /* an element */
    struct amp_str raw;
    uint32_t name; /* in texts */
};

struct attr {
    struct amp_str prefix, local, value;
    uint32_t name; /* in texts */
};

struct scan {
    const char *at, *end;
    uint32_t line;
    struct amp_str text;
    struct amp_xml_plain *out;
    struct space space[AMP_XML_PLAIN_SPACES];
    size_t space_n;
    struct open open[DEPTH];
    size_t depth;
    struct attr attr[AMP_XML_PLAIN_ATTRS];
    size_t attr_n;
};

/* What each byte may be part of, by the bits above: 3 in texts and values, 7 also in names, 15 also
 * first in them; "\"", "\'" in texts alone, "]" in values alone; "<", "&", controls, DEL and EF in
 * neither. That it is UTF-8 is known before. */
static const unsigned char part[256] = {
    0,  0,  0,  0,  0,  0,  0,  0,  0,  1,  0,  0,  0,  0,  0,  0,  /* 00 */
    0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  /* 10 */
    3,  3,  1,  3,  3,  3,  0,  1,  3,  3,  3,  3,  3,  7,  7,  3,  /* 20 */
    7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  3,  3,  0,  3,  3,  3,  /* 30 */
    3,  15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* 40 */
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 3,  3,  2,  3,  15, /* 50 */
    3,  15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* 60 */
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 3,  3,  3,  3,  0,  /* 70 */
    3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  /* 80 */
    3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  /* 90 */
    3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  /* A0 */
    3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  /* B0 */
    3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  /* C0 */
    3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  /* D0 */
    3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  0,  /* E0 */
    3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  /* F0 */
};

static bool is(const struct scan *sc, unsigned what)
{
    return sc->at < sc->end && (part[(unsigned char)*sc->at] & what) != 0;
}

static bool take(struct scan *sc, const char *word, size_t len)
{
    if ((size_t)(sc->end - sc->at) < len || memcmp(sc->at, word, len) != 0) {
        return false;
    }
    sc->at += len;
    return true;
}

static bool take_char(struct scan *sc, char c)
{
    bool there = sc->at < sc->end && *sc->at == c;
    sc->at += there;
    return there;
}

/* True when there were any. */
static bool blanks(struct scan *sc)
{
    const char *from = sc->at;
    while (sc->at < sc->end && (*sc->at == ' ' || *sc->at == '\n' || *sc->at == '\t')) {
        sc->line += *sc->at == '\n';
        sc->at++;
    }
    return sc->at > from;
}

static bool token_put(struct scan *sc, const struct amp_xml_plain_token *token)
{
    struct amp_xml_plain *out = sc->out;
    if (out->n == out->cap) {
        size_t cap = out->cap > 0 ? out->cap * 2 : TOKENS_FIRST;
        struct amp_xml_plain_token *more = realloc(out->token, cap * sizeof *more);
        if (more == NULL) {
            return false;
        }
        out->token = more;
        out->cap = cap;
    }
    out->token[out->n++] = *token;
    return true;
}

/* "local" or "prefix:local"; the colon is in neither. */
static bool name_read(struct scan *sc, struct amp_str *prefix, struct amp_str *local)
{
    *prefix = (struct amp_str){0};
    for (;;) {
        const char *from = sc->at;
        if (!is(sc, FIRST)) {
            return false;
        }
        while (is(sc, IN_NAME)) {
            sc->at++;
        }
        *local = (struct amp_str){from, (size_t)(sc->at - from)};
        if (sc->at == sc->end || *sc->at != ':') {
            return true;
        }
        if (prefix->len > 0) {
            return false;
        }
        *prefix = *local;
        sc->at++;
    }
}

static bool value_read(struct scan *sc, struct amp_str *out)
{
    if (sc->at == sc->end || (*sc->at != '"' && *sc->at != '\'')) {
        return false;
    }
    const char quote = *sc->at++;
    const char *from = sc->at;
    while (is(sc, IN_VALUE) ||
           (sc->at < sc->end && *sc->at != quote && (*sc->at == '"' || *sc->at == '\''))) {
        sc->at++;
    }
    *out = (struct amp_str){from, (size_t)(sc->at - from)};
    return take_char(sc, quote);
}

/* ---- name spaces ---- */

static bool reserved(struct amp_str prefix)
{
    return prefix.len >= 3 && (prefix.ptr[0] | 0x20) == 'x' && (prefix.ptr[1] | 0x20) == 'm' &&
           (prefix.ptr[2] | 0x20) == 'l';
}

static bool space_open(struct scan *sc, struct amp_str prefix, struct amp_str uri)
{
    if (sc->space_n == AMP_XML_PLAIN_SPACES || reserved(prefix) ||
        (prefix.len > 0 && uri.len == 0) ||
        amp_str_starts(uri, AMP_STR("http://www.w3.org/XML/1998/namespace")) ||
        amp_str_starts(uri, AMP_STR("http://www.w3.org/2000/xmlns/")) ||
        (uri.len > 0 && memchr(uri.ptr, '|', uri.len) != NULL)) {
        return false;
    }
    for (size_t i = sc->space_n; i > 0 && sc->space[i - 1].depth == sc->depth; i--) {
        if (amp_str_eq(sc->space[i - 1].prefix, prefix)) {
            return false;
        }
    }
    sc->space[sc->space_n++] = (struct space){prefix, uri, sc->depth};
    return true;
}

/* Into texts, terminated. */
static bool full_put(struct scan *sc, struct amp_str prefix, struct amp_str local, bool by_default,
                     uint32_t *out)
{
    struct amp_buf *texts = &sc->out->texts;
    size_t i = sc->space_n;
    *out = (uint32_t)texts->len;
    if (prefix.len > 0 || by_default) {
        while (i > 0 && !amp_str_eq(sc->space[i - 1].prefix, prefix)) {
            i--;
        }
        if (i == 0 && prefix.len > 0) {
            return false;
        }
    } else {
        i = 0;
    }
    const struct amp_str uri = i > 0 ? sc->space[i - 1].uri : (struct amp_str){0};
    char *room = amp_buf_extend(texts, uri.len + local.len + 2);
    if (room == NULL) {
        return false;
    }
    if (uri.len > 0) {
        memcpy(room, uri.ptr, uri.len);
        room[uri.len] = '|';
        room += uri.len + 1;
    }
    memcpy(room, local.ptr, local.len);
    room[local.len] = '\0';
    return true;
}

/* ---- tags ---- */

static bool attr_read(struct scan *sc)
{
    struct attr attr = {.name = 0};
    if (!name_read(sc, &attr.prefix, &attr.local)) {
        return false;
    }
    (void)blanks(sc);
    if (!take_char(sc, '=')) {
        return false;
    }
    (void)blanks(sc);
    if (!value_read(sc, &attr.value)) {
        return false;
    }
    if (attr.prefix.len == 0 && amp_str_is(attr.local, "xmlns")) {
        return space_open(sc, (struct amp_str){0}, attr.value);
    }
    if (amp_str_is(attr.prefix, "xmlns")) {
        return space_open(sc, attr.local, attr.value);
    }
    if (sc->attr_n == AMP_XML_PLAIN_ATTRS) {
        return false;
    }
    sc->attr[sc->attr_n++] = attr;
    return true;
}

/* Once the name spaces of the element are known. */
static bool attrs_put(struct scan *sc)
{
    struct amp_buf *texts = &sc->out->texts;
    for (size_t i = 0; i < sc->attr_n; i++) {
        struct attr *attr = &sc->attr[i];
        if (reserved(attr->prefix) ||
            !full_put(sc, attr->prefix, attr->local, false, &attr->name)) {
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(texts->data + sc->attr[k].name, texts->data + attr->name) == 0) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < sc->attr_n; i++) {
        const struct amp_xml_plain_token token = {.kind = AMP_XML_PLAIN_ATTR,
                                                  .at = sc->attr[i].name,
                                                  .len = (uint32_t)texts->len,
                                                  .line = sc->line};
        amp_buf_str(texts, sc->attr[i].value);
        amp_buf_char(texts, '\0');
        if (!token_put(sc, &token)) {
            return false;
        }
    }
    return amp_buf_err(texts) == AMP_OK;
}

static bool end_put(struct scan *sc, uint32_t line)
{
    const struct amp_xml_plain_token token = {
        .kind = AMP_XML_PLAIN_END, .at = sc->open[sc->depth - 1].name, .line = line};
    while (sc->space_n > 0 && sc->space[sc->space_n - 1].depth == sc->depth) {
        sc->space_n--;
    }
    sc->depth--;
    return token_put(sc, &token);
}

/* Behind "<". */
static bool start_read(struct scan *sc, size_t depth_max)
{
    const char *from = sc->at;
    const uint32_t line = sc->line;
    struct amp_str prefix = {0}, local = {0};
    if (sc->depth == DEPTH || sc->depth == depth_max || !name_read(sc, &prefix, &local) ||
        reserved(prefix)) {
        return false;
    }
    struct open *open = &sc->open[sc->depth++];
    open->raw = (struct amp_str){from, (size_t)(sc->at - from)};
    sc->attr_n = 0;
    while (blanks(sc) && is(sc, FIRST)) {
        if (!attr_read(sc)) {
            return false;
        }
    }
    const bool empty = take_char(sc, '/');
    if (!take_char(sc, '>') || !full_put(sc, prefix, local, true, &open->name)) {
        return false;
    }
    const struct amp_xml_plain_token token = {.kind = AMP_XML_PLAIN_START,
                                              .at = open->name,
                                              .line = line,
                                              .attr_n = (uint32_t)sc->attr_n};
    return token_put(sc, &token) && (sc->attr_n == 0 || attrs_put(sc)) &&
           (!empty || end_put(sc, sc->line));
}

/* Behind "</". */
static bool end_read(struct scan *sc)
{
    const uint32_t line = sc->line;
    if (sc->depth == 0) {
        return false;
    }
    const struct amp_str raw = sc->open[sc->depth - 1].raw;
    if (!take(sc, raw.ptr, raw.len)) {
        return false;
    }
    (void)blanks(sc);
    return take_char(sc, '>') && end_put(sc, line);
}

/* Behind "<!". */
static bool comment_read(struct scan *sc)
{
    if (!take(sc, "--", 2)) {
        return false;
    }
    while (!take(sc, "--", 2)) {
        if (sc->at == sc->end || !(is(sc, IN_TEXT | IN_VALUE) || strchr("\n<&", *sc->at))) {
            return false;
        }
        sc->line += *sc->at++ == '\n';
    }
    return take_char(sc, '>');
}

static bool text_read(struct scan *sc)
{
    const char *from = sc->at;
    struct amp_xml_plain_token token = {.kind = AMP_XML_PLAIN_TEXT, .line = sc->line};
    for (;;) {
        while (is(sc, IN_TEXT)) {
            sc->at++;
        }
        const bool more = sc->at < sc->end && *sc->at != '<';
        if (!more) {
            break;
        }
        const bool bracket = *sc->at == ']' && sc->end - sc->at > 1 && sc->at[1] != ']';
        if (*sc->at != '\n' && !bracket) {
            return false;
        }
        sc->line += *sc->at++ == '\n';
    }
    token.at = (uint32_t)(from - sc->text.ptr);
    token.len = (uint32_t)(sc->at - from);
    return token_put(sc, &token);
}

static void declaration_pass(struct scan *sc)
{
    static const struct amp_str forms[] = {
        AMP_STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
        AMP_STR("<?xml version=\"1.0\" encoding=\"utf-8\"?>"),
        AMP_STR("<?xml version='1.0' encoding='UTF-8'?>"),
        AMP_STR("<?xml version='1.0' encoding='utf-8'?>"),
        AMP_STR("<?xml version=\"1.0\"?>"),
        AMP_STR("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"),
        AMP_STR("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>"),
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (take(sc, forms[i].ptr, forms[i].len)) {
            return;
        }
    }
}

static bool document_read(struct scan *sc, size_t depth_max)
{
    bool root = false;
    declaration_pass(sc);
    while (sc->at < sc->end) {
        if (*sc->at != '<') {
            if (sc->depth > 0 ? !text_read(sc) : !blanks(sc)) {
                return false;
            }
            continue;
        }
        sc->at++;
        if (sc->at == sc->end) {
            return false;
        }
        const char next = *sc->at;
        if (next == '/' || next == '!') {
            sc->at++;
            if (next == '/' ? !end_read(sc) : !comment_read(sc)) {
                return false;
            }
            continue;
        }
        if ((sc->depth == 0 && root) || !start_read(sc, depth_max)) {
            return false;
        }
        root = true;
    }
    return root && sc->depth == 0;
}

bool amp_xml_plain_scan(struct amp_str text, size_t depth_max, struct amp_xml_plain *out)
{
    *out = (struct amp_xml_plain){.texts = amp_buf_make(1 << 20)};
    if (text.len == 0 || text.len > AMP_XML_PLAIN_MAX || !amp_utf8_valid(text)) {
        return false;
    }
    struct scan sc;
    sc.at = text.ptr;
    sc.end = text.ptr + text.len;
    sc.line = 1;
    sc.text = text;
    sc.out = out;
    sc.space_n = sc.depth = sc.attr_n = 0; /* the rest of the tables is not set */
    return document_read(&sc, depth_max);
}

void amp_xml_plain_free(struct amp_xml_plain *plain)
{
    free(plain->token);
    amp_buf_free(&plain->texts);
    *plain = (struct amp_xml_plain){0};
}
