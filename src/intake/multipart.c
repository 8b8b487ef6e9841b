/* Multipart bodies: a list of what is still to be split, no recursion. */
#include "intake/multipart.h"
#include "base/crypto.h"
#include <string.h>
#include <strings.h>

bool amp_mime_starts(struct amp_str text, const char *terminated)
{
    size_t len = strlen(terminated);
    return text.len >= len && strncasecmp(text.ptr, terminated, len) == 0;
}

bool amp_mime_is(struct amp_str text, const char *terminated)
{
    return text.len == strlen(terminated) && amp_mime_starts(text, terminated);
}

/* The length up to a `;` outside of quotes. */
static size_t piece_len(struct amp_str text)
{
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        if (quoted && text.ptr[i] == '\\') {
            i++;
        } else if (text.ptr[i] == '"') {
            quoted = !quoted;
        } else if (text.ptr[i] == ';' && !quoted) {
            return i;
        }
    }
    return text.len;
}

static struct amp_str rest_of(struct amp_str text, size_t from)
{
    return from < text.len ? (struct amp_str){text.ptr + from, text.len - from}
                           : (struct amp_str){0};
}

struct amp_str amp_mime_param(struct amp_str params, const char *name)
{
    while (params.len > 0) {
        size_t len = piece_len(params);
        struct amp_str piece = amp_str_trim((struct amp_str){params.ptr, len});
        struct amp_str key = {0};
        struct amp_str value = amp_str_trim(amp_str_cut(piece, '=', &key));
        if (amp_mime_is(amp_str_trim(key), name)) {
            bool quoted = value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
            return quoted ? (struct amp_str){value.ptr + 1, value.len - 2} : value;
        }
        params = rest_of(params, len + 1);
    }
    return (struct amp_str){0};
}

bool amp_mime_line(struct amp_str *rest, struct amp_str *line)
{
    if (rest->len == 0) {
        return false;
    }
    const char *end = memchr(rest->ptr, '\n', rest->len);
    size_t len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
    *line = (struct amp_str){rest->ptr, len > 0 && rest->ptr[len - 1] == '\r' ? len - 1 : len};
    *rest = rest_of(*rest, len + 1);
    return true;
}

bool amp_mime_field(struct amp_str line, struct amp_str *name, struct amp_str *value)
{
    if (line.len == 0 || memchr(line.ptr, ':', line.len) == NULL) {
        return false;
    }
    *value = amp_str_trim(amp_str_cut(line, ':', name));
    *name = amp_str_trim(*name);
    return name->len > 0;
}

/* ---- one part ---- */

static void type_set(struct amp_part *part, struct amp_str value)
{
    size_t len = piece_len(value);
    part->type = amp_str_trim((struct amp_str){value.ptr, len});
    part->params = rest_of(value, len + 1);
}

static amp_err base64_decode(struct amp_part *part, struct amp_arena *arena)
{
    char *text = amp_arena_alloc(arena, part->body.len + 1);
    uint8_t *bytes = amp_arena_alloc(arena, part->body.len + 1);
    size_t n = 0;
    if (text == NULL || bytes == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < part->body.len; i++) {
        char c = part->body.ptr[i];
        if (c != '\r' && c != '\n' && c != ' ' && c != '\t') {
            text[n++] = c;
        }
    }
    size_t len = 0;
    if (amp_base64_read((struct amp_str){text, n}, bytes, part->body.len + 1, &len) != AMP_OK) {
        part->fault = AMP_PART_UNDECODED;
        return AMP_OK;
    }
    part->body = (struct amp_str){(const char *)bytes, len};
    return AMP_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct amp_str amp_mime_escaped(struct amp_str text, char mark, struct amp_arena *arena)
{
    char *out = amp_arena_alloc(arena, text.len + 1);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < text.len; i++) {
        int high = i + 2 < text.len && text.ptr[i] == mark ? hex_digit(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;
        out[n++] = low >= 0 ? (char)(high << 4 | low) : text.ptr[i];
        i += low >= 0 ? 2 : 0;
    }
    return (struct amp_str){out, out != NULL ? n : 0};
}

/* RFC 2045, section 6.7: lines that end with "=" go on; blanks before an end of line are none. */
static amp_err printable_decode(struct amp_part *part, struct amp_arena *arena)
{
    char *text = amp_arena_alloc(arena, part->body.len + 1);
    struct amp_str rest = part->body, line = {0};
    size_t n = 0;
    if (text == NULL) {
        return AMP_E_NOMEM;
    }
    while (amp_mime_line(&rest, &line)) {
        bool ends = line.ptr + line.len < part->body.ptr + part->body.len;
        while (line.len > 0 && (line.ptr[line.len - 1] == ' ' || line.ptr[line.len - 1] == '\t')) {
            line.len--;
        }
        bool soft = line.len > 0 && line.ptr[line.len - 1] == '=';
        line.len -= soft;
        memcpy(text + n, line.ptr, line.len);
        n += line.len;
        if (ends && !soft) {
            text[n++] = '\n';
        }
    }
    part->body = amp_mime_escaped((struct amp_str){text, n}, '=', arena);
    return part->body.ptr != NULL ? AMP_OK : AMP_E_NOMEM;
}

/* RFC 2045, section 6.4: what is in an encoding that nobody knows is bytes of no type. */
static amp_err body_decode(struct amp_part *part, struct amp_str encoding, struct amp_arena *arena)
{
    static const char *const plain[] = {"7bit", "8bit", "binary", "7 bit", "8 bit"};
    bool as_it_is = encoding.len == 0;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        as_it_is = as_it_is || amp_mime_is(encoding, plain[i]);
    }
    amp_err err = AMP_OK;
    if (amp_mime_is(encoding, "base64")) {
        err = base64_decode(part, arena);
    } else if (amp_mime_is(encoding, "quoted-printable")) {
        err = printable_decode(part, arena);
    } else if (!as_it_is) {
        part->fault = AMP_PART_UNDECODED;
    }
    if (part->fault == AMP_PART_UNDECODED) {
        part->type = AMP_STR("application/octet-stream");
    }
    return err;
}

struct amp_str amp_mime_unfold(struct amp_str head, struct amp_arena *arena)
{
    char *text = amp_arena_text(arena, head);
    for (size_t i = 0; text != NULL && i + 1 < head.len; i++) {
        if (text[i] == '\n' && (text[i + 1] == ' ' || text[i + 1] == '\t')) {
            text[i] = ' ';
            if (i > 0 && text[i - 1] == '\r') {
                text[i - 1] = ' ';
            }
        }
    }
    return (struct amp_str){text, text != NULL ? head.len : 0};
}

struct amp_str amp_mime_id(struct amp_str value)
{
    struct amp_str id = value, before = {0};
    if (value.len >= 2 && value.ptr[0] == '<') {
        (void)amp_str_cut(value, '>', &before);
        id = (struct amp_str){before.ptr + 1, before.len - 1};
    }
    return amp_str_trim(id);
}

/* RFC 5322, section 2.2: what stands before the colon of a field has no blank in it, and no XML or
 * SDP does that. */
static bool looks_like_field(struct amp_str line)
{
    size_t n = 0;
    while (n < line.len && line.ptr[n] > 0x20 && line.ptr[n] < 0x7f &&
           strchr(":<>\"=(){}[],;", line.ptr[n]) == NULL) {
        n++;
    }
    size_t colon = n;
    while (colon < line.len && (line.ptr[colon] == ' ' || line.ptr[colon] == '\t')) {
        colon++;
    }
    return n > 0 && colon < line.len && line.ptr[colon] == ':';
}

/* The fields of a part, and in `rest` what follows them. Without the empty line that ends them they
 * end where a line is none. */
static struct amp_str head_of(struct amp_str text, struct amp_part *part, struct amp_str *rest)
{
    struct amp_str line = {0};
    *rest = text;
    for (size_t at = 0; amp_mime_line(rest, &line) && line.len > 0; at = text.len - rest->len) {
        bool folded = at > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
        if (!folded && !looks_like_field(line)) {
            part->fault = AMP_PART_NO_HEAD_END;
            *rest = rest_of(text, at);
            break;
        }
    }
    return (struct amp_str){text.ptr, text.len - rest->len};
}

/* What lies between two boundaries: fields, an empty line, the body. Without fields the body
 * begins with the empty line. */
static amp_err part_read(struct amp_str text, struct amp_arena *arena, struct amp_part *out,
                         struct amp_why *why)
{
    struct amp_part part = {.type = AMP_STR("text/plain")};
    struct amp_str line = {0}, encoding = {0};
    struct amp_str rest = amp_mime_unfold(head_of(text, &part, &part.body), arena);
    size_t field_n = 0;
    if (rest.ptr == NULL) {
        return AMP_E_NOMEM;
    }
    while (amp_mime_line(&rest, &line) && line.len > 0) {
        struct amp_str name = {0}, value = {0};
        if (++field_n > AMP_PART_FIELDS_MAX) {
            return amp_fail(why, AMP_E_LIMIT, "a part has more than %d header fields",
                            AMP_PART_FIELDS_MAX);
        }
        if (!amp_mime_field(line, &name, &value)) {
            continue;
        }
        if (amp_mime_is(name, "Content-Type")) {
            type_set(&part, value);
        } else if (amp_mime_is(name, "Content-ID")) {
            part.id = amp_mime_id(value);
        } else if (amp_mime_is(name, "Content-Disposition")) {
            part.disposition = value;
        } else if (amp_mime_is(name, "Content-Transfer-Encoding")) {
            encoding = value;
        }
    }
    amp_err err = body_decode(&part, encoding, arena);
    if (err == AMP_OK) {
        *out = part;
    }
    return err;
}

/* ---- boundaries ---- */

enum line_kind {
    LINE_OTHER,
    LINE_BEGINS,
    LINE_CLOSES
};

static enum line_kind line_kind_of(struct amp_str line, struct amp_str boundary)
{
    if (line.len < boundary.len + 2 || memcmp(line.ptr, "--", 2) != 0 ||
        memcmp(line.ptr + 2, boundary.ptr, boundary.len) != 0) {
        return LINE_OTHER;
    }
    struct amp_str tail = rest_of(line, boundary.len + 2);
    bool closes = tail.len >= 2 && memcmp(tail.ptr, "--", 2) == 0;
    tail = amp_str_trim(closes ? rest_of(tail, 2) : tail);
    return tail.len > 0 ? LINE_OTHER : closes ? LINE_CLOSES : LINE_BEGINS;
}

/* What was before a boundary, without the end of line that belongs to the boundary. */
static struct amp_str before(const char *from, const char *boundary)
{
    size_t len = (size_t)(boundary - from);
    len -= len > 0 && from[len - 1] == '\n';
    len -= len > 0 && from[len - 1] == '\r';
    return (struct amp_str){from, len};
}

static amp_err split(const struct amp_part *whole, struct amp_arena *arena, struct amp_parts *out,
                     struct amp_why *why)
{
    struct amp_str boundary = amp_mime_param(whole->params, "boundary");
    struct amp_str rest = whole->body, line = {0};
    const char *from = NULL;
    enum line_kind kind = LINE_OTHER;
    if (boundary.len == 0 || boundary.len > AMP_BOUNDARY_MAX) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "a multipart body needs a boundary of 1 to %d characters in its "
                        "Content-Type",
                        AMP_BOUNDARY_MAX);
    }
    while (kind != LINE_CLOSES && amp_mime_line(&rest, &line)) {
        kind = line_kind_of(line, boundary);
        if (kind != LINE_OTHER && from != NULL) {
            if (out->n == AMP_PARTS_MAX) {
                return amp_fail(why, AMP_E_LIMIT, "the body has more than %d parts", AMP_PARTS_MAX);
            }
            amp_err err = part_read(before(from, line.ptr), arena, &out->part[out->n], why);
            if (err != AMP_OK) {
                return err;
            }
            out->n++;
        }
        from = kind == LINE_BEGINS ? (rest.len > 0 ? rest.ptr : line.ptr + line.len) : from;
    }
    /* some senders end with one more boundary that begins nothing */
    bool empty = from != NULL &&
                 amp_str_trim(rest_of(whole->body, (size_t)(from - whole->body.ptr))).len == 0;
    if (kind != LINE_CLOSES && !(empty && out->n > 0)) {
        return amp_fail(why, AMP_E_SYNTAX,
                        from == NULL ? "the boundary of the multipart body is nowhere in it"
                                     : "the multipart body has no end: it was cut on the way");
    }
    return AMP_OK;
}

/* Splits the first multipart in the list where it stands, until there is none. */
static amp_err flatten(struct amp_parts *parts, struct amp_arena *arena, struct amp_why *why)
{
    unsigned char depth[AMP_PARTS_MAX] = {0};
    for (size_t at = 0; at < parts->n;) {
        struct amp_part whole = parts->part[at];
        if (!amp_mime_starts(whole.type, "multipart/")) {
            at++;
            continue;
        }
        if (depth[at] == AMP_PARTS_DEPTH) {
            return amp_fail(why, AMP_E_LIMIT, "parts lie in parts more than %d deep",
                            AMP_PARTS_DEPTH);
        }
        struct amp_parts *inner = amp_arena_alloc(arena, sizeof *inner);
        if (inner == NULL) {
            return AMP_E_NOMEM;
        }
        amp_err err = split(&whole, arena, inner, why);
        if (err != AMP_OK) {
            return err;
        }
        if (parts->n - 1 + inner->n > AMP_PARTS_MAX) {
            return amp_fail(why, AMP_E_LIMIT, "the body has more than %d parts", AMP_PARTS_MAX);
        }
        size_t after = parts->n - at - 1;
        unsigned char deeper = (unsigned char)(depth[at] + 1);
        memmove(&parts->part[at + inner->n], &parts->part[at + 1], after * sizeof parts->part[0]);
        memmove(&depth[at + inner->n], &depth[at + 1], after);
        memcpy(&parts->part[at], inner->part, inner->n * sizeof parts->part[0]);
        memset(&depth[at], deeper, inner->n);
        parts->n = parts->n - 1 + inner->n;
    }
    return AMP_OK;
}

amp_err amp_multipart_read(struct amp_str content_type, struct amp_str body,
                           struct amp_arena *arena, struct amp_parts *out, struct amp_why *why)
{
    struct amp_parts *parts = amp_arena_alloc(arena, sizeof *parts);
    if (parts == NULL) {
        return AMP_E_NOMEM;
    }
    parts->n = 1;
    parts->part[0].body = body;
    type_set(&parts->part[0], content_type);
    amp_err err = flatten(parts, arena, why);
    if (err == AMP_OK) {
        *out = *parts;
    }
    return err;
}
