/* Reading of CAP: a tree against the rows, and the rules that no row can say. */
#include "intake/cap_form.h"
#include "intake/tree.h"

#include "base/timefmt.h"

#include <ctype.h>
#include <string.h>

#define VERY_LIKELY "Very Likely"
#define XSI         "http://www.w3.org/2001/XMLSchema-instance|"

struct reader {
    struct amp_arena *arena;
    struct amp_cap *cap;
    struct amp_why *why;
    bool strict; /* CAP 1.2 */
    bool exact;  /* what we write ourselves: nothing odd either */
    bool cap10;
};

/* What is said of one place is not said again of the next that is alike. */
static void warn(struct reader *rd, const struct amp_node *node, const char *words)
{
    struct amp_cap *cap = rd->cap;
    const struct amp_str what =
        amp_arena_printf(rd->arena, "<%.*s> %s", (int)(node->name.len < 40 ? node->name.len : 40),
                         node->name.ptr, words);
    for (size_t i = 0; i < cap->warning_n; i++) {
        struct amp_str line = {0};
        if (amp_str_eq(amp_str_trim(amp_str_cut(cap->warning[i], ':', &line)), what)) {
            return;
        }
    }
    if (cap->warning_n < AMP_CAP_WARNINGS && what.len > 0) {
        cap->warning[cap->warning_n++] =
            amp_arena_printf(rd->arena, "line %u: %.*s", node->line, (int)what.len, what.ptr);
    }
}

static amp_err refuse(struct reader *rd, const struct amp_node *node, amp_err err,
                      const char *words)
{
    return amp_fail(rd->why, err, "CAP, line %u: <%.*s> \"%.*s\" %s", node->line,
                    (int)(node->name.len < 40 ? node->name.len : 40), node->name.ptr,
                    (int)(node->text.len < 60 ? node->text.len : 60), node->text.ptr, words);
}

/* What only CAP 1.2 forbids is a warning in the older versions. */
static amp_err strictly(struct reader *rd, const struct amp_node *node, amp_err err,
                        const char *words)
{
    if (rd->strict) {
        return refuse(rd, node, err, words);
    }
    warn(rd, node, words);
    return AMP_OK;
}

/* What senders do and what leaves no doubt of what is meant: said, and refused of what we write. */
static amp_err oddly(struct reader *rd, const struct amp_node *node, amp_err err, const char *words)
{
    if (rd->exact) {
        return refuse(rd, node, err, words);
    }
    warn(rd, node, words);
    return AMP_OK;
}

static bool digits(struct amp_str text, size_t from, size_t n)
{
    for (size_t i = from; i < from + n; i++) {
        if (i >= text.len || text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

/* xs:dateTime and the pattern of the schema: no Z, no fraction, an offset of at most 14 hours. The
 * comma that the pattern also lets through is no xs:dateTime. */
amp_err amp_cap_time(struct amp_str text, int64_t *out_us)
{
    const bool shape = text.len == 25 && digits(text, 0, 4) && digits(text, 5, 2) &&
                       digits(text, 8, 2) && digits(text, 11, 2) && digits(text, 14, 2) &&
                       digits(text, 17, 2) && digits(text, 20, 2) && digits(text, 23, 2) &&
                       text.ptr[10] == 'T' && text.ptr[17] < '6' &&
                       (text.ptr[19] == '-' || text.ptr[19] == '+');
    if (!shape) {
        return AMP_E_RANGE;
    }
    const int offset = (text.ptr[20] - '0') * 10 + text.ptr[21] - '0';
    const bool last = offset == 14 && (text.ptr[23] != '0' || text.ptr[24] != '0');
    if (offset > 14 || last || amp_time_parse(text, out_us)) {
        return AMP_E_RANGE;
    }
    return AMP_OK;
}

amp_err amp_cap_moment(struct amp_str text, int64_t *out_us)
{
    return amp_cap_time(text, out_us) == AMP_OK ? AMP_OK : amp_time_parse(text, out_us);
}

struct amp_str amp_cap_time_text(int64_t time_us, struct amp_arena *arena)
{
    char text[AMP_TIME_TEXT];
    amp_time_text(time_us, text);
    return amp_arena_printf(arena, "%.19s-00:00", text);
}

static bool one_of(struct amp_str text, const char *words)
{
    const char *at = text.len > 0 && memchr(text.ptr, ' ', text.len) == NULL ? words : NULL;
    while (at != NULL && *at == ' ' && at[1] != '\0') {
        const char *end = strchr(at + 1, ' ');
        const size_t len = end != NULL ? (size_t)(end - at - 1) : 0;
        if (len == text.len && memcmp(at + 1, text.ptr, len) == 0) {
            return true;
        }
        at = end;
    }
    return false;
}

static amp_err id_check(struct reader *rd, const struct amp_node *node)
{
    if (node->text.len == 0) {
        return refuse(rd, node, AMP_E_MISSING, "is empty");
    }
    for (size_t i = 0; i < node->text.len; i++) {
        if (strchr(" \t\r\n,<&", node->text.ptr[i]) != NULL) {
            return strictly(rd, node, AMP_E_RANGE, "may not hold a blank, a comma, < or &");
        }
    }
    return AMP_OK;
}

static bool language_valid(struct amp_str text)
{
    size_t run = 0;
    bool first = true;
    for (size_t i = 0; i <= text.len; i++) {
        const char c = i < text.len ? text.ptr[i] : '-';
        if (c == '-') {
            if (run < 1 || run > 8) {
                return false;
            }
            run = 0;
            first = false;
        } else if (isalpha((unsigned char)c) || (!first && c >= '0' && c <= '9')) {
            run++;
        } else {
            return false;
        }
    }
    return true;
}

/* sender,identifier,sent in a row, between blanks. */
static bool references_valid(struct amp_str text)
{
    while (text.len > 0) {
        size_t n = 0;
        while (n < text.len && !isspace((unsigned char)text.ptr[n])) {
            n++;
        }
        struct amp_str one = {.ptr = text.ptr, .len = n};
        struct amp_str sender = {0};
        struct amp_str id = {0};
        struct amp_str sent = {0};
        int64_t time_us = 0;
        struct amp_str rest = amp_str_cut(amp_str_cut(one, ',', &sender), ',', &id);
        rest = amp_str_cut(rest, ',', &sent);
        if (sender.len == 0 || id.len == 0 || rest.ptr != NULL || amp_cap_time(sent, &time_us)) {
            return false;
        }
        text = amp_str_trim((struct amp_str){.ptr = text.ptr + n, .len = text.len - n});
    }
    return true;
}

/* "pt_MZ" is meant as "pt-MZ". */
static amp_err language_read(struct reader *rd, const struct amp_node *node, struct amp_str *text)
{
    if (text->len == 0 || language_valid(*text)) {
        return AMP_OK;
    }
    char *copy = amp_arena_array(rd->arena, text->len, 1);
    for (size_t i = 0; copy != NULL && i < text->len; i++) {
        copy[i] = text->ptr[i] == '_' ? '-' : text->ptr[i];
    }
    const struct amp_str meant = {.ptr = copy, .len = copy != NULL ? text->len : 0};
    if (meant.len == 0 || !language_valid(meant)) {
        return strictly(rd, node, AMP_E_RANGE, "is no language tag");
    }
    *text = meant;
    return oddly(rd, node, AMP_E_RANGE, "is no language tag but for its underscores");
}

/* Several of one: a line each. */
static amp_err words_join(struct reader *rd, const struct amp_node *node, struct amp_str *text)
{
    const struct amp_node *more = amp_node_twin(node);
    struct amp_str all = *text;
    if (more == NULL) {
        return AMP_OK;
    }
    for (; more != NULL; more = amp_node_twin(more)) {
        if (all.len > 0 && more->text.len > 0) {
            all = amp_arena_printf(rd->arena, "%.*s\n%.*s", (int)all.len, all.ptr,
                                   (int)more->text.len, more->text.ptr);
        } else if (more->text.len > 0) {
            all = more->text;
        }
    }
    *text = all;
    return oddly(rd, node, AMP_E_SYNTAX, "is there more than once, and was joined");
}

/* *text: what is taken of it, at first all. */
static amp_err text_check(struct reader *rd, const struct amp_node *node,
                          const struct amp_cap_row *row, struct amp_str *text)
{
    int64_t number = 0;
    double decimal = 0;
    switch (row->kind) {
    case AMP_CAP_ID:
        return id_check(rd, node);
    case AMP_CAP_CHOICE:
    case AMP_CAP_CHOICES:
        if (rd->cap10 && amp_str_is(node->text, VERY_LIKELY)) { /* section 3.2.2: like Likely */
            warn(rd, node, "is a value of CAP 1.0, read as Likely");
            return AMP_OK;
        }
        return one_of(node->text, row->words)
                   ? AMP_OK
                   : refuse(rd, node, AMP_E_RANGE, "is none of the values of the standard");
    case AMP_CAP_TIME:
        if (amp_cap_time(node->text, &number) == AMP_OK) {
            return AMP_OK;
        }
        if (amp_cap_moment(node->text, &number) == AMP_OK) {
            return oddly(rd, node, AMP_E_RANGE, "is a time in a form that CAP does not have");
        }
        return refuse(rd, node, AMP_E_RANGE, "is no time such as 2026-11-26T20:00:00-00:00");
    case AMP_CAP_LANGUAGE:
        return language_read(rd, node, text);
    case AMP_CAP_INTEGER:
        if (amp_str_i64(node->text, &number) == AMP_OK && number >= 0) {
            return AMP_OK;
        }
        *text = (struct amp_str){0};
        return oddly(rd, node, AMP_E_RANGE, "is no number of bytes, and was passed over");
    case AMP_CAP_DECIMAL:
        return amp_str_double(node->text, &decimal) == AMP_OK
                   ? AMP_OK
                   : strictly(rd, node, AMP_E_RANGE, "is no number of feet");
    case AMP_CAP_REFERENCE:
        if (node->text.len == 0 || !references_valid(node->text)) {
            warn(rd, node, "does not name messages as sender,identifier,sent");
        }
        return AMP_OK;
    case AMP_CAP_TEXT:
        if (row->required && node->text.len == 0) {
            warn(rd, node, "is empty");
        }
        return AMP_OK;
    case AMP_CAP_WORDS:
        return words_join(rd, node, text);
    case AMP_CAP_TEXTS:
    case AMP_CAP_PAIRS:
    case AMP_CAP_POLYGONS:
    case AMP_CAP_CIRCLES:
    case AMP_CAP_PART:
        break;
    }
    return AMP_OK;
}

/* "lat,lon" of WGS 84. A longitude past the 180th meridian is the place that it comes to. */
static bool point_read(struct amp_str text, struct amp_pos *out, bool *turned)
{
    const int64_t half = INT64_C(1800000000);
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    struct amp_str lat = {0};
    struct amp_str lon = amp_str_cut(text, ',', &lat);
    if (amp_str_fixed(lat, 7, &lat_e7) || amp_str_fixed(lon, 7, &lon_e7)) {
        return false;
    }
    if ((lon_e7 < -half && lon_e7 >= -2 * half) || (lon_e7 > half && lon_e7 <= 2 * half)) {
        lon_e7 += lon_e7 < 0 ? 2 * half : -2 * half;
        *turned = true;
    }
    if (!amp_pos_valid(lat_e7, lon_e7)) {
        return false;
    }
    *out = (struct amp_pos){.lat_e7 = (int32_t)lat_e7, .lon_e7 = (int32_t)lon_e7};
    return true;
}

static struct amp_str word_next(struct amp_str *rest)
{
    *rest = amp_str_trim(*rest);
    size_t n = 0;
    while (n < rest->len && !isspace((unsigned char)rest->ptr[n])) {
        n++;
    }
    struct amp_str word = {.ptr = rest->ptr, .len = n};
    *rest = n < rest->len ? (struct amp_str){.ptr = rest->ptr + n, .len = rest->len - n}
                          : (struct amp_str){0};
    return word;
}

#define TURNED "has a longitude beyond 180 degrees, read as the place that it comes to"

/* The first point once more at the end, where it is missing. */
static amp_err ring_close(struct reader *rd, const struct amp_node *node,
                          struct amp_cap_polygon *polygon)
{
    const struct amp_pos first = polygon->point[0];
    const struct amp_pos last = polygon->point[polygon->n - 1];
    if (first.lat_e7 == last.lat_e7 && first.lon_e7 == last.lon_e7) {
        return AMP_OK;
    }
    polygon->point[polygon->n++] = first;
    return oddly(rd, node, AMP_E_RANGE, "does not end where it begins, and was closed");
}

/* CAP 1.2, section 3.2.4: at least four pairs, the first and the last the same. */
static amp_err polygon_read(struct reader *rd, const struct amp_node *node,
                            struct amp_cap_polygon *out)
{
    size_t max = 1;
    bool turned = false;
    for (size_t i = 0; i < node->text.len; i++) {
        max += isspace((unsigned char)node->text.ptr[i]) ? 1 : 0;
    }
    if (max > AMP_CAP_POINTS) {
        return refuse(rd, node, AMP_E_LIMIT, "has too many points");
    }
    out->point = amp_arena_array(rd->arena, max + 1, sizeof *out->point);
    if (out->point == NULL) {
        return AMP_E_NOMEM;
    }
    struct amp_str rest = node->text;
    struct amp_str word = word_next(&rest);
    for (; word.len > 0; word = word_next(&rest)) {
        if (!point_read(word, &out->point[out->n++], &turned)) {
            return refuse(rd, node, AMP_E_RANGE, "holds what is no LAT,LON");
        }
    }
    amp_err err = out->n > 0 ? ring_close(rd, node, out) : AMP_OK;
    if (err == AMP_OK && out->n < 4) {
        return refuse(rd, node, AMP_E_RANGE, "has less than four points");
    }
    return err || !turned ? err : oddly(rd, node, AMP_E_RANGE, TURNED);
}

static amp_err circle_read(struct reader *rd, const struct amp_node *node,
                           struct amp_cap_circle *out)
{
    bool turned = false;
    struct amp_str rest = node->text;
    struct amp_str at = word_next(&rest);
    struct amp_str radius = word_next(&rest);
    if (!point_read(at, &out->at, &turned) || amp_str_double(radius, &out->radius_km) ||
        out->radius_km < 0 || out->radius_km > AMP_CAP_RADIUS_KM || rest.len > 0) {
        return refuse(rd, node, AMP_E_RANGE, "is no LAT,LON RADIUS with a radius in kilometres");
    }
    return turned ? oddly(rd, node, AMP_E_RANGE, TURNED) : AMP_OK;
}

/* The schema has no attributes, and texts only where nothing else is. An element in a text is in
 * doubt: of "do <b>not</b> go" the word that counts would be missing. */
static amp_err bare_check(struct reader *rd, const struct amp_node *node, bool part)
{
    for (const char *const *attr = node->attrs; attr[0] != NULL; attr += 2) {
        if (!amp_str_starts(amp_str_of(attr[0]), AMP_STR(XSI))) {
            amp_err err = oddly(rd, node, AMP_E_SYNTAX, "has an attribute; CAP has none");
            if (err != AMP_OK) {
                return err;
            }
        }
    }
    if (part && node->text.len > 0) {
        return oddly(rd, node, AMP_E_SYNTAX, "holds text between its elements");
    }
    return !part && node->child != NULL
               ? refuse(rd, node, AMP_E_SYNTAX, "holds elements where only text belongs")
               : AMP_OK;
}

/* <valueName> and <value>; in CAP 1.0 also "name=value" as text. */
static amp_err pair_read(struct reader *rd, const struct amp_node *node, struct amp_cap_pair *out)
{
    const struct amp_node *name = amp_node_child(node, "valueName");
    const struct amp_node *value = amp_node_child(node, "value");
    if (rd->cap10 && node->child == NULL) {
        out->value = amp_str_cut(node->text, '=', &out->name);
        return AMP_OK;
    }
    if (name == NULL || value == NULL) {
        return refuse(rd, node, AMP_E_MISSING, "has no <valueName> with a <value>");
    }
    *out = (struct amp_cap_pair){.name = name->text, .value = value->text};
    amp_err err = bare_check(rd, node, true);
    err = err ? err : bare_check(rd, name, false);
    err = err ? err : bare_check(rd, value, false);
    if (err == AMP_OK && (node->child != name || name->next != value || value->next != NULL)) {
        err = strictly(rd, node, AMP_E_SYNTAX, "holds more than one <valueName> and one <value>");
    }
    return err;
}

static amp_err many_read(struct reader *rd, const struct amp_node *first,
                         const struct amp_cap_row *row, void *at)
{
    static const size_t sizes[] = {[AMP_CAP_TEXTS] = sizeof(struct amp_str),
                                   [AMP_CAP_CHOICES] = sizeof(struct amp_str),
                                   [AMP_CAP_PAIRS] = sizeof(struct amp_cap_pair),
                                   [AMP_CAP_POLYGONS] = sizeof(struct amp_cap_polygon),
                                   [AMP_CAP_CIRCLES] = sizeof(struct amp_cap_circle)};
    const size_t n = amp_node_count(first->parent, first->full);
    if (n > AMP_CAP_PARTS) {
        return refuse(rd, first, AMP_E_LIMIT, "is there too often");
    }
    const bool shape = row->kind == AMP_CAP_POLYGONS || row->kind == AMP_CAP_CIRCLES;
    char *item = amp_arena_array(rd->arena, n, sizes[row->kind]);
    amp_err err = item == NULL ? AMP_E_NOMEM : AMP_OK;
    char *to = item;
    for (const struct amp_node *node = first; err == AMP_OK && node != NULL;
         node = amp_node_twin(node)) {
        if (shape && node->text.len == 0) { /* how some say that there is none */
            err = oddly(rd, node, AMP_E_RANGE, "is empty, and was passed over");
            continue;
        }
        if (row->kind == AMP_CAP_PAIRS) {
            err = pair_read(rd, node, (struct amp_cap_pair *)(void *)to);
        } else if (row->kind == AMP_CAP_POLYGONS) {
            err = polygon_read(rd, node, (struct amp_cap_polygon *)(void *)to);
        } else if (row->kind == AMP_CAP_CIRCLES) {
            err = circle_read(rd, node, (struct amp_cap_circle *)(void *)to);
        } else {
            struct amp_str text = node->text;
            err = text_check(rd, node, row, &text);
            memcpy(to, &text, sizeof text);
        }
        to += sizes[row->kind];
    }
    /* all lists are a pointer and a count */
    const struct amp_cap_texts list = {.item = (struct amp_str *)(void *)item,
                                       .n = item != NULL ? (size_t)(to - item) / sizes[row->kind]
                                                         : 0};
    memcpy(at, &list, sizeof list);
    return err;
}

static const struct amp_cap_row *row_of(const struct amp_cap_rows *rows, struct amp_str name,
                                        size_t *index)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (amp_str_is(name, rows->row[i].name)) {
            *index = i;
            return &rows->row[i];
        }
    }
    return NULL;
}

/* A signature stands at the end of an alert; nothing else of another name space does. */
static amp_err stranger_check(struct reader *rd, const struct amp_node *node,
                              const struct amp_cap_rows *rows)
{
    if (rows == &amp_cap_alert_rows &&
        amp_str_is(node->space, "http://www.w3.org/2000/09/xmldsig#")) {
        rd->cap->has_signature = true;
        return AMP_OK;
    }
    return oddly(rd, node, AMP_E_SYNTAX, "does not belong into an alert, and was passed over");
}

/* The schema is a sequence: every element in its place, none but these, one of each that is not
 * repeated. Two of one leave in doubt which is meant. */
static amp_err order_check(struct reader *rd, const struct amp_node *node,
                           const struct amp_cap_rows *rows)
{
    size_t last = 0;
    amp_err err = bare_check(rd, node, true);
    for (const struct amp_node *each = node->child; err == AMP_OK && each != NULL;
         each = each->next) {
        size_t index = rows->n;
        const bool stranger = !amp_str_eq(each->space, node->space);
        const struct amp_cap_row *row = stranger ? NULL : row_of(rows, each->name, &index);
        if (stranger) {
            err = stranger_check(rd, each, rows);
        } else if (row == NULL) {
            err = oddly(rd, each, AMP_E_SYNTAX,
                        "is no element of the standard here, and was passed over");
        } else if (row->kind < AMP_CAP_TEXTS && row->kind != AMP_CAP_WORDS &&
                   amp_node_twin(each) != NULL) {
            err = refuse(rd, each, AMP_E_SYNTAX, "is there more than once");
        } else if (index < last) {
            err = oddly(rd, each, AMP_E_SYNTAX, "stands after an element it must precede");
        }
        if (err == AMP_OK && row != NULL && row->kind != AMP_CAP_PAIRS &&
            row->kind != AMP_CAP_PART) {
            err = bare_check(rd, each, false);
        }
        last = index > last && (row != NULL || stranger) ? index : last;
    }
    return err;
}

/* A required element that is not there. */
static amp_err lack_take(struct reader *rd, const struct amp_node *node,
                         const struct amp_cap_rows *rows, const struct amp_cap_row *row, char *at)
{
    if (row->lacking == NULL || rd->exact) {
        return amp_fail(rd->why, AMP_E_MISSING, "CAP, line %u: <%s> has no <%s>", node->line,
                        rows->name, row->name);
    }
    const struct amp_str text = amp_str_of(row->lacking);
    const struct amp_str words =
        text.len > 0
            ? amp_arena_printf(rd->arena, "has no <%s>, read as %s", row->name, row->lacking)
            : amp_arena_printf(rd->arena, "has no <%s>", row->name);
    struct amp_str *item = amp_arena_alloc(rd->arena, sizeof *item);
    if (item == NULL || words.len == 0) {
        return AMP_E_NOMEM;
    }
    *item = text;
    warn(rd, node, words.ptr);
    const struct amp_cap_texts list = {.item = item, .n = 1};
    memcpy(at, row->kind == AMP_CAP_CHOICES ? (const void *)&list : &text,
           row->kind == AMP_CAP_CHOICES ? sizeof list : sizeof text);
    return AMP_OK;
}

static amp_err rows_read(struct reader *rd, const struct amp_node *node,
                         const struct amp_cap_rows *rows, void *to)
{
    amp_err err = order_check(rd, node, rows);
    for (size_t i = 0; err == AMP_OK && i < rows->n; i++) {
        const struct amp_cap_row *row = &rows->row[i];
        const struct amp_node *child = amp_node_child(node, row->name);
        char *at = (char *)to + row->at;
        if (child == NULL && row->required) {
            err = lack_take(rd, node, rows, row, at);
        }
        if (child == NULL || row->kind == AMP_CAP_PART) {
            continue;
        }
        if (row->kind >= AMP_CAP_TEXTS) {
            err = many_read(rd, child, row, at);
        } else {
            struct amp_str text = child->text;
            err = text_check(rd, child, row, &text);
            memcpy(at, &text, sizeof text);
        }
    }
    return err;
}

/* How many children have that name; *first is NULL when there are none. */
static amp_err parts_count(struct reader *rd, const struct amp_node *node, const char *name,
                           const struct amp_node **first, size_t *n)
{
    *first = amp_node_child(node, name);
    *n = *first != NULL ? amp_node_count(node, (*first)->full) : 0;
    return *n > AMP_CAP_PARTS ? refuse(rd, *first, AMP_E_LIMIT, "is there too often") : AMP_OK;
}

static amp_err resources_read(struct reader *rd, const struct amp_node *node,
                              struct amp_cap_info *out)
{
    const struct amp_node *each = NULL;
    amp_err err = parts_count(rd, node, "resource", &each, &out->resource_n);
    if (err != AMP_OK || each == NULL) {
        return err;
    }
    out->resource = amp_arena_array(rd->arena, out->resource_n, sizeof *out->resource);
    err = out->resource == NULL ? AMP_E_NOMEM : AMP_OK;
    for (size_t i = 0; err == AMP_OK && each != NULL; i++, each = amp_node_twin(each)) {
        err = rows_read(rd, each, &amp_cap_resource_rows, &out->resource[i]);
    }
    return err;
}

static amp_err areas_read(struct reader *rd, const struct amp_node *node, struct amp_cap_info *out)
{
    const struct amp_node *each = NULL;
    amp_err err = parts_count(rd, node, "area", &each, &out->area_n);
    if (err != AMP_OK || each == NULL) {
        return err;
    }
    out->area = amp_arena_array(rd->arena, out->area_n, sizeof *out->area);
    err = out->area == NULL ? AMP_E_NOMEM : AMP_OK;
    for (size_t i = 0; err == AMP_OK && each != NULL; i++, each = amp_node_twin(each)) {
        err = rows_read(rd, each, &amp_cap_area_rows, &out->area[i]);
        if (err == AMP_OK && out->area[i].ceiling.len > 0 && out->area[i].altitude.len == 0) {
            err = strictly(rd, amp_node_child(each, "ceiling"), AMP_E_MISSING,
                           "needs an <altitude> beside it");
        }
    }
    return err;
}

static amp_err info_read(struct reader *rd, const struct amp_node *node, struct amp_cap_info *out)
{
    amp_err err = rows_read(rd, node, &amp_cap_info_rows, out);
    err = err ? err : resources_read(rd, node, out);
    err = err ? err : areas_read(rd, node, out);
    if (err == AMP_OK && amp_str_is(out->certainty, VERY_LIKELY)) {
        out->certainty = AMP_STR("Likely");
    }
    return err;
}

/* CAP 1.2, section 3.2.1: whom a message is for that is not for everybody. */
static amp_err scope_check(struct reader *rd, const struct amp_node *alert)
{
    const struct amp_cap *cap = rd->cap;
    const struct amp_node *scope = amp_node_child(alert, "scope");
    if (amp_str_is(cap->scope, "Restricted") && cap->restriction.len == 0) {
        return refuse(rd, scope, AMP_E_MISSING, "needs a <restriction> that says for whom");
    }
    if (amp_str_is(cap->scope, "Private") && cap->addresses.len == 0) {
        return refuse(rd, scope, AMP_E_MISSING, "needs <addresses> that say to whom");
    }
    if (!amp_str_is(cap->scope, "Restricted") && cap->restriction.len > 0) {
        warn(rd, scope, "is not Restricted, and yet there is a <restriction>");
    }
    if (!amp_str_is(cap->msg_type, "Alert") && cap->references.len == 0) {
        warn(rd, amp_node_child(alert, "msgType"), "is about other messages and names none");
    }
    return AMP_OK;
}

static amp_err alert_read(struct reader *rd, const struct amp_node *alert)
{
    struct amp_cap *cap = rd->cap;
    amp_err err = rows_read(rd, alert, &amp_cap_alert_rows, cap);
    err = err ? err : scope_check(rd, alert);
    const struct amp_node *each = NULL;
    err = err ? err : parts_count(rd, alert, "info", &each, &cap->info_n);
    if (err != AMP_OK || each == NULL) {
        return err;
    }
    if (cap->info_n > AMP_CAP_INFOS) {
        return refuse(rd, each, AMP_E_LIMIT, "is there too often");
    }
    cap->info = amp_arena_array(rd->arena, cap->info_n, sizeof *cap->info);
    err = cap->info == NULL ? AMP_E_NOMEM : AMP_OK;
    for (size_t i = 0; err == AMP_OK && each != NULL; i++, each = amp_node_twin(each)) {
        err = info_read(rd, each, &cap->info[i]);
    }
    return err;
}

static struct amp_str version_of(const struct amp_node *node)
{
    if (!amp_str_is(node->name, "alert")) {
        return (struct amp_str){0};
    }
    return amp_str_is(node->space, AMP_CAP_12)   ? AMP_STR("1.2")
           : amp_str_is(node->space, AMP_CAP_11) ? AMP_STR("1.1")
           : amp_str_is(node->space, AMP_CAP_10) ? AMP_STR("1.0")
                                                 : (struct amp_str){0};
}

bool amp_cap_is_alert(const struct amp_node *node)
{
    return version_of(node).len > 0;
}

static amp_err node_read(const struct amp_node *alert, bool exact, struct amp_arena *arena,
                         struct amp_cap *out, struct amp_why *why)
{
    const struct amp_str version = version_of(alert);
    if (version.len == 0) {
        return amp_fail(why, AMP_E_SYNTAX, "CAP, line %u: <%.*s> is no <alert> of CAP 1.0 to 1.2",
                        alert->line, (int)(alert->name.len < 60 ? alert->name.len : 60),
                        alert->name.ptr);
    }
    struct amp_cap cap = {.version = version};
    struct reader rd = {.arena = arena,
                        .cap = &cap,
                        .why = why,
                        .strict = amp_str_is(version, "1.2"),
                        .exact = exact,
                        .cap10 = amp_str_is(version, "1.0")};
    if (!rd.strict) {
        warn(&rd, alert, "is of an old version of CAP, read as such");
    }
    amp_err err = alert_read(&rd, alert);
    if (err == AMP_OK && cap.has_signature) {
        warn(&rd, alert, "is signed; the signature has not been verified");
    }
    if (err == AMP_OK && amp_arena_failed(arena)) {
        err = AMP_E_NOMEM;
    }
    if (err == AMP_OK) {
        *out = cap;
    }
    return err;
}

amp_err amp_cap_read_node(const struct amp_node *alert, struct amp_arena *arena,
                          struct amp_cap *out, struct amp_why *why)
{
    return node_read(alert, false, arena, out, why);
}

amp_err amp_cap_read(struct amp_str bytes, struct amp_arena *arena, struct amp_cap *out,
                     struct amp_why *why)
{
    struct amp_node *root = NULL;
    amp_err err = amp_tree_read(bytes, arena, &root, why);
    return err ? err : node_read(root, false, arena, out, why);
}

amp_err amp_cap_read_exact(struct amp_str bytes, struct amp_arena *arena, struct amp_cap *out,
                           struct amp_why *why)
{
    struct amp_node *root = NULL;
    amp_err err = amp_tree_read(bytes, arena, &root, why);
    return err ? err : node_read(root, true, arena, out, why);
}
