/* Reading degrees, minutes and seconds: marks into items, items into two halves, halves into
 * angles. */
#include "map/coords_in.h"
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum item_kind {
    ITEM_NUMBER,
    ITEM_HEMISPHERE,
    ITEM_SEPARATOR
};

enum unit {
    UNIT_NONE,
    UNIT_DEGREE,
    UNIT_MINUTE,
    UNIT_SECOND
};

enum axis {
    AXIS_NONE,
    AXIS_LAT,
    AXIS_LON
};

enum {
    ITEMS = 16,
    PARTS = 3,
    NUMBER_TEXT = 32
};

struct item {
    enum item_kind kind;
    double value; /* of a number, without its sign */
    bool negative, whole;
    enum unit unit;
    enum axis axis; /* of a hemisphere; negative if south or west */
};

struct reading {
    struct amp_str rest;
    bool comma_decimal;
    bool used_comma, used_point;
    bool tight; /* right behind a number */
    struct item item[ITEMS];
    size_t n;
};

static const struct {
    const char *text;
    enum unit unit;
} marks[] = {
    {"\xC2\xB0", UNIT_DEGREE},
    {"\xC2\xBA", UNIT_DEGREE},
    {"\xCB\x9A", UNIT_DEGREE},
    {"\xE2\x88\x98", UNIT_DEGREE},
    {"''", UNIT_SECOND},
    {"\xE2\x80\xB2\xE2\x80\xB2", UNIT_SECOND},
    {"\xE2\x80\x99\xE2\x80\x99", UNIT_SECOND},
    {"'", UNIT_MINUTE},
    {"\xE2\x80\xB2", UNIT_MINUTE},
    {"\xE2\x80\x99", UNIT_MINUTE},
    {"\xE2\x80\x98", UNIT_MINUTE},
    {"\xC2\xB4", UNIT_MINUTE},
    {"`", UNIT_MINUTE},
    {"\"", UNIT_SECOND},
    {"\xE2\x80\xB3", UNIT_SECOND},
    {"\xE2\x80\x9D", UNIT_SECOND},
    {"\xE2\x80\x9C", UNIT_SECOND},
    {"\xC2\xA8", UNIT_SECOND},
};

static const struct {
    const char *word;
    enum unit unit;
} unit_words[] = {
    {"degrees", UNIT_DEGREE}, {"degree", UNIT_DEGREE},   {"deg", UNIT_DEGREE},
    {"graus", UNIT_DEGREE},   {"grados", UNIT_DEGREE},   {"degres", UNIT_DEGREE},
    {"minutes", UNIT_MINUTE}, {"minutos", UNIT_MINUTE},  {"min", UNIT_MINUTE},
    {"seconds", UNIT_SECOND}, {"segundos", UNIT_SECOND}, {"secondes", UNIT_SECOND},
    {"seg", UNIT_SECOND},     {"sec", UNIT_SECOND},
};

static const struct {
    const char *word;
    enum axis axis;
    bool negative;
} hemispheres[] = {
    {"north", AXIS_LAT, false}, {"norte", AXIS_LAT, false}, {"nord", AXIS_LAT, false},
    {"south", AXIS_LAT, true},  {"sul", AXIS_LAT, true},    {"sur", AXIS_LAT, true},
    {"sud", AXIS_LAT, true},    {"east", AXIS_LON, false},  {"leste", AXIS_LON, false},
    {"este", AXIS_LON, false},  {"est", AXIS_LON, false},   {"west", AXIS_LON, true},
    {"oeste", AXIS_LON, true},  {"ouest", AXIS_LON, true},  {"n", AXIS_LAT, false},
    {"s", AXIS_LAT, true},      {"e", AXIS_LON, false},     {"w", AXIS_LON, true},
    {"o", AXIS_LON, true},      {"l", AXIS_LON, false},
};

static const char *const labels[] = {
    "latitude", "longitude",   "lat",         "lng",    "long",  "lon",
    "gps",      "coordinates", "coordenadas", "coords", "wgs84", "and",
};

void amp_coords_how(struct amp_coords *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(out->how, sizeof(out->how), fmt, args);
    va_end(args);
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool letter(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c & '\x80') != 0;
}

bool amp_coords_begins(struct amp_str text, const char *word)
{
    size_t len = strlen(word);
    if (text.len < len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (lower(text.ptr[i]) != word[i]) {
            return false;
        }
    }
    return true;
}

static void skip(struct reading *r, size_t len)
{
    r->rest = (struct amp_str){.ptr = r->rest.ptr + len, .len = r->rest.len - len};
    r->tight = false;
}

/* A word as a whole: no letter follows. */
static bool word_take(struct reading *r, const char *word)
{
    size_t len = strlen(word);
    if (!amp_coords_begins(r->rest, word) || (r->rest.len > len && letter(r->rest.ptr[len]))) {
        return false;
    }
    skip(r, len);
    return true;
}

static bool item_put(struct reading *r, struct item item)
{
    if (r->n == ITEMS) {
        return false;
    }
    r->item[r->n++] = item;
    return true;
}

static bool number_take(struct reading *r)
{
    char text[NUMBER_TEXT];
    struct item item = {.kind = ITEM_NUMBER, .whole = true};
    static const char minus[] = "\xE2\x88\x92";
    struct amp_str rest = r->rest;
    size_t at = 0;
    size_t len = 0;
    if (r->tight || rest.len == 0) { /* "12-14" is no pair; a word too many may end the text */
        return false;
    }
    if (amp_str_starts(rest, amp_str_of(minus))) {
        item.negative = true;
        at = sizeof(minus) - 1;
    } else if (rest.ptr[0] == '-' || rest.ptr[0] == '+') {
        item.negative = rest.ptr[0] == '-';
        at = 1;
    }
    for (; at < rest.len && len + 1 < sizeof(text); at++) {
        char c = rest.ptr[at];
        bool point = c == '.' || (c == ',' && r->comma_decimal);
        if (point && item.whole && len > 0 && at + 1 < rest.len && digit(rest.ptr[at + 1])) {
            item.whole = false;
            r->used_comma = r->used_comma || c == ',';
            r->used_point = r->used_point || c == '.';
            text[len++] = '.';
        } else if (digit(c)) {
            text[len++] = c;
        } else {
            break;
        }
    }
    if (amp_str_double((struct amp_str){text, len}, &item.value)) {
        return false;
    }
    skip(r, at);
    r->tight = true;
    return item_put(r, item);
}

/* A mark or word that gives the last number its unit. */
static bool unit_take(struct reading *r)
{
    struct item *last = r->n > 0 ? &r->item[r->n - 1] : NULL;
    if (last == NULL || last->kind != ITEM_NUMBER || last->unit != UNIT_NONE) {
        return false;
    }
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        struct amp_str mark = amp_str_of(marks[i].text);
        if (amp_str_starts(r->rest, mark)) {
            last->unit = marks[i].unit;
            skip(r, mark.len);
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(unit_words) / sizeof(unit_words[0]); i++) {
        if (word_take(r, unit_words[i].word)) {
            last->unit = unit_words[i].unit;
            return true;
        }
    }
    return false;
}

static bool word_item_take(struct reading *r)
{
    for (size_t i = 0; i < sizeof(hemispheres) / sizeof(hemispheres[0]); i++) {
        if (word_take(r, hemispheres[i].word)) {
            return item_put(r, (struct item){.kind = ITEM_HEMISPHERE,
                                             .axis = hemispheres[i].axis,
                                             .negative = hemispheres[i].negative});
        }
    }
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (word_take(r, labels[i])) {
            return true;
        }
    }
    return false;
}

static bool items_take(struct reading *r)
{
    while (r->rest.len > 0) {
        char c = r->rest.ptr[0];
        if (strchr(" \t()[]", c) != NULL && c != '\0') {
            skip(r, 1);
        } else if (c == ',' || c == ';' || c == '/' || c == '|') {
            skip(r, 1);
            if (!item_put(r, (struct item){.kind = ITEM_SEPARATOR})) {
                return false;
            }
        } else if (c == ':' || c == '=') {
            skip(r, 1); /* behind a label, or "41:08:58" */
        } else if (!unit_take(r) && !word_item_take(r) && !number_take(r)) {
            return false;
        }
    }
    return true;
}

struct angle {
    double value;
    enum axis axis;
    bool negative, marked;
    size_t parts;
};

/* Items [first, end) as one angle: up to three numbers, of which only the last may have decimals.
 */
static bool angle_read(const struct reading *r, size_t first, size_t end, struct angle *out)
{
    static const double share[PARTS] = {1, 60, 3600};
    struct angle a = {.axis = AXIS_NONE};
    bool hemisphere_negative = false;
    bool whole = true;
    for (size_t i = first; i < end; i++) {
        const struct item *item = &r->item[i];
        if (item->kind == ITEM_HEMISPHERE) {
            if (a.axis != AXIS_NONE || (i != first && i + 1 != end)) {
                return false;
            }
            a.axis = item->axis;
            hemisphere_negative = item->negative;
            continue;
        }
        if (item->kind == ITEM_SEPARATOR) {
            continue;
        }
        bool unit_fits = item->unit == UNIT_NONE || (size_t)item->unit == a.parts + 1;
        if (a.parts == PARTS || !whole || !unit_fits || (a.parts > 0 && item->value >= 60) ||
            (a.parts > 0 && item->negative)) {
            return false;
        }
        a.marked = a.marked || item->unit != UNIT_NONE;
        a.negative = a.negative || item->negative;
        a.value += item->value / share[a.parts++];
        whole = item->whole;
    }
    if (a.axis != AXIS_NONE && a.negative && !hemisphere_negative) {
        return false; /* "-25 N" contradicts itself */
    }
    a.negative = a.negative || hemisphere_negative;
    a.value = a.negative ? -a.value : a.value;
    *out = a;
    return a.parts > 0;
}

/* Where the second angle begins: at a letter, at the only separator, or in the middle. */
static size_t split_find(const struct reading *r)
{
    size_t hemispheres_n = 0;
    size_t numbers = 0;
    size_t second = 0;
    size_t separator = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (r->item[i].kind == ITEM_HEMISPHERE) {
            hemispheres_n++;
            bool before = r->item[0].kind == ITEM_HEMISPHERE;
            second = hemispheres_n == 2 && before    ? i
                     : hemispheres_n == 1 && !before ? i + 1
                                                     : second;
        }
        numbers += r->item[i].kind == ITEM_NUMBER ? 1 : 0;
        if (r->item[i].kind == ITEM_SEPARATOR && numbers > 0 && separator == 0) {
            separator = i;
        }
    }
    if (hemispheres_n == 2) {
        return second;
    }
    if (separator > 0) {
        return separator;
    }
    for (size_t i = 0, seen = 0; i < r->n && numbers % 2 == 0; i++) {
        if (r->item[i].kind == ITEM_NUMBER && seen++ == numbers / 2) {
            return i;
        }
    }
    return 0;
}

static bool angles_read(const struct reading *r, struct angle out[2])
{
    size_t split = split_find(r);
    return split > 0 && split < r->n && angle_read(r, 0, split, &out[0]) &&
           angle_read(r, split, r->n, &out[1]);
}

static const char *form_name(const struct angle *a)
{
    size_t parts = a[0].parts > a[1].parts ? a[0].parts : a[1].parts;
    return parts == 1   ? "degrees"
           : parts == 2 ? "degrees and minutes"
                        : "degrees, minutes and seconds";
}

static amp_err angles_give(const struct angle *a, bool comma, struct amp_coords *out)
{
    static const double lat_max = 90;
    bool lon_first = a[0].axis == AXIS_LON || a[1].axis == AXIS_LAT;
    bool lettered = a[0].axis != AXIS_NONE || a[1].axis != AXIS_NONE;
    const char *order = "latitude first";
    if (lettered) {
        order = lon_first ? "longitude first, by the letters" : "latitude first, by the letters";
    } else if (fabs(a[0].value) > lat_max && fabs(a[1].value) <= lat_max) {
        lon_first = true;
        order = "longitude first, as the first number is no latitude";
    }
    const struct angle *lat = lon_first ? &a[1] : &a[0];
    const struct angle *lon = lon_first ? &a[0] : &a[1];
    if (lat->axis == AXIS_LON || lon->axis == AXIS_LAT) {
        return AMP_E_SYNTAX;
    }
    *out = (struct amp_coords){.uncertainty_m = NAN};
    if (amp_pos_of_degrees(lat->value, lon->value, &out->pos)) {
        return AMP_E_RANGE;
    }
    out->swappable =
        !lettered && !lon_first && !amp_pos_of_degrees(lon->value, lat->value, &out->swapped);
    amp_coords_how(out, "%s%s, %s", form_name(a), comma ? " with decimal commas" : "", order);
    return AMP_OK;
}

/* Two bare whole numbers with a blank between are rather a street and a house. */
static bool sure(const struct reading *r, const struct angle *a)
{
    bool separated = false;
    for (size_t i = 0; i < r->n; i++) {
        separated = separated || r->item[i].kind == ITEM_SEPARATOR;
    }
    return separated || r->used_comma || r->used_point || a[0].marked || a[1].marked ||
           a[0].axis != AXIS_NONE || a[1].axis != AXIS_NONE || a[0].negative || a[1].negative;
}

static amp_err degrees_parse(struct amp_str text, bool comma_decimal, struct amp_coords *out)
{
    struct reading r = {.rest = text, .comma_decimal = comma_decimal};
    struct angle a[2];
    if (!items_take(&r) || !angles_read(&r, a) || !sure(&r, a) || (r.used_comma && r.used_point)) {
        return AMP_E_SYNTAX;
    }
    return angles_give(a, r.used_comma, out);
}

amp_err amp_coords_parse(struct amp_str text, const struct amp_pos *near, struct amp_coords *out)
{
    text = amp_str_trim(text);
    if (text.len == 0 || text.len > AMP_COORDS_INPUT) {
        return AMP_E_SYNTAX;
    }
    struct amp_coords coords;
    amp_err err = amp_coords_uri(text, &coords);
    err = err == AMP_E_SYNTAX ? amp_coords_grid(text, near, &coords) : err;
    if (err == AMP_E_SYNTAX) {
        int commas = 0;
        for (size_t i = 1; i + 1 < text.len; i++) {
            commas +=
                text.ptr[i] == ',' && digit(text.ptr[i - 1]) && digit(text.ptr[i + 1]) ? 1 : 0;
        }
        bool decimal = commas > 1;
        err = degrees_parse(text, decimal, &coords);
        err = err ? degrees_parse(text, !decimal, &coords) : err;
    }
    if (!err) {
        *out = coords;
    }
    return err;
}
