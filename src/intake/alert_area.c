/* The table of areas by their codes: read once, sorted, then only asked. */
#include "intake/alert_area.h"
#include "base/str.h"
#include <stdlib.h>
#include <string.h>

enum {
    LEVEL_MAX = 15
};

struct amp_alert_areas {
    struct amp_arena arena;
    struct amp_alert_area *area;
    size_t n;
};

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* As ASCII, in any case. */
static int scheme_order(struct amp_str a, struct amp_str b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        const int step = (unsigned char)lower(a.ptr[i]) - (unsigned char)lower(b.ptr[i]);
        if (step != 0) {
            return step;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

static int value_order(struct amp_str a, struct amp_str b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int step = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return step != 0 ? step : (a.len > b.len) - (a.len < b.len);
}

static int area_order(const void *a, const void *b)
{
    const struct amp_alert_area *x = a, *y = b;
    const int step = scheme_order(x->scheme, y->scheme);
    return step != 0 ? step : value_order(x->value, y->value);
}

/* ---- reading ---- */

static amp_err polygon_read(struct amp_str text, struct amp_arena *arena,
                            struct amp_cap_polygon *out)
{
    size_t room = 1;
    for (size_t i = 0; i < text.len; i++) {
        room += text.ptr[i] == ',';
    }
    if (room > AMP_CAP_POINTS) {
        return AMP_E_LIMIT;
    }
    struct amp_cap_polygon polygon = {amp_arena_array(arena, room, sizeof *polygon.point), 0};
    if (polygon.point == NULL) {
        return AMP_E_NOMEM;
    }
    while (text.len > 0) {
        const struct amp_str point = amp_str_token(&text);
        if (polygon.n == room || amp_pos_parse(point, &polygon.point[polygon.n++])) {
            return AMP_E_SYNTAX;
        }
    }
    const struct amp_pos *first = polygon.point, *last = polygon.point + polygon.n - 1;
    if (polygon.n < 4 || first->lat_e7 != last->lat_e7 || first->lon_e7 != last->lon_e7) {
        return AMP_E_RANGE;
    }
    *out = polygon;
    return AMP_OK;
}

static amp_err circle_read(struct amp_str text, struct amp_cap_circle *out)
{
    struct amp_cap_circle circle = {.radius_km = 0};
    const struct amp_str at = amp_str_token(&text);
    if (amp_pos_parse(at, &circle.at) || amp_str_double(text, &circle.radius_km)) {
        return AMP_E_SYNTAX;
    }
    if (circle.radius_km < 0 || circle.radius_km > AMP_CAP_RADIUS_KM) {
        return AMP_E_RANGE;
    }
    *out = circle;
    return AMP_OK;
}

static amp_err name_read(struct amp_str text, struct amp_arena *arena, struct amp_str *out)
{
    if (text.len == 0 || text.len > AMP_ALERT_AREA_VALUE) {
        return AMP_E_SYNTAX;
    }
    *out = amp_arena_str(arena, text);
    return AMP_OK;
}

static amp_err shape_read(struct amp_str text, struct amp_arena *arena, struct amp_alert_area *area)
{
    const struct amp_str kind = amp_str_token(&text);
    area->circle.radius_km = -1;
    if (amp_str_is(kind, "polygon")) {
        return polygon_read(text, arena, &area->polygon);
    }
    if (amp_str_is(kind, "circle")) {
        return circle_read(text, &area->circle);
    }
    if (amp_str_is(kind, "area")) {
        return name_read(text, arena, &area->name);
    }
    uint64_t level = 0;
    if (!amp_str_is(kind, "level") || amp_str_u64(amp_str_token(&text), &level) || level == 0 ||
        level > LEVEL_MAX) {
        return AMP_E_SYNTAX;
    }
    area->level = (uint32_t)level;
    return name_read(text, arena, &area->name);
}

static amp_err line_read(struct amp_str line, struct amp_arena *arena, struct amp_alert_area *area)
{
    struct amp_str code = {0};
    const struct amp_str shape = amp_str_cut(line, '=', &code);
    *area = (struct amp_alert_area){.level = 0};
    code = amp_str_trim(code);
    const struct amp_str scheme = amp_str_token(&code);
    if (scheme.len == 0 || code.len == 0 || shape.len == 0 || code.len > AMP_ALERT_AREA_VALUE ||
        scheme.len > AMP_ALERT_AREA_VALUE || !amp_utf8_valid(line)) {
        return AMP_E_SYNTAX;
    }
    area->scheme = amp_arena_str(arena, scheme);
    area->value = amp_arena_str(arena, code);
    amp_err err = shape_read(amp_str_trim(shape), arena, area);
    return err == AMP_OK && amp_arena_failed(arena) ? AMP_E_NOMEM : err;
}

static amp_err line_fail(struct amp_why *why, amp_err err, unsigned line)
{
    if (err == AMP_E_NOMEM) {
        return err;
    }
    return amp_fail(why, err,
                    "line %u is none of \"SCHEME VALUE = polygon LAT,LON ...\" (closed, four to %d "
                    "points), \"... = circle LAT,LON KM\", \"... = area NAME\", \"... = level N "
                    "NAME\"",
                    line, AMP_CAP_POINTS);
}

static amp_err lines_read(struct amp_str text, struct amp_alert_areas *areas, struct amp_why *why)
{
    unsigned number = 0;
    while (text.len > 0) {
        struct amp_str line = {0};
        text = amp_str_cut(text, '\n', &line);
        line = amp_str_trim(line);
        number++;
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        if (areas->n == AMP_ALERT_AREAS_LINES) {
            return amp_fail(why, AMP_E_LIMIT, "line %u: more than %d areas", number,
                            AMP_ALERT_AREAS_LINES);
        }
        amp_err err = line_read(line, &areas->arena, &areas->area[areas->n++]);
        if (err != AMP_OK) {
            return line_fail(why, err, number);
        }
    }
    return AMP_OK;
}

amp_err amp_alert_areas_read(struct amp_str text, struct amp_alert_areas **out, struct amp_why *why)
{
    if (text.len > AMP_ALERT_AREAS_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "a table of areas has at most %d bytes",
                        AMP_ALERT_AREAS_BYTES);
    }
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.ptr[i] == '\n';
    }
    lines = lines < AMP_ALERT_AREAS_LINES ? lines : AMP_ALERT_AREAS_LINES;
    struct amp_alert_areas *areas = calloc(1, sizeof *areas);
    if (areas == NULL) {
        return AMP_E_NOMEM;
    }
    areas->arena = amp_arena_make((size_t)4 * AMP_ALERT_AREAS_BYTES);
    areas->area = calloc(lines, sizeof *areas->area);
    amp_err err = areas->area != NULL ? lines_read(text, areas, why) : AMP_E_NOMEM;
    if (err != AMP_OK) {
        amp_alert_areas_free(areas);
        return err;
    }
    qsort(areas->area, areas->n, sizeof *areas->area, area_order);
    *out = areas;
    return AMP_OK;
}

void amp_alert_areas_free(struct amp_alert_areas *areas)
{
    if (areas != NULL) {
        amp_arena_drop(&areas->arena);
        free(areas->area);
        free(areas);
    }
}

size_t amp_alert_areas_find(const struct amp_alert_areas *areas, struct amp_str scheme,
                            struct amp_str value, const struct amp_alert_area **out)
{
    const struct amp_alert_area key = {.scheme = scheme, .value = value};
    size_t lo = 0, n = 0;
    if (areas == NULL) {
        return 0;
    }
    for (size_t hi = areas->n; lo < hi;) {
        const size_t mid = lo + (hi - lo) / 2;
        if (area_order(&areas->area[mid], &key) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    while (lo + n < areas->n && area_order(&areas->area[lo + n], &key) == 0) {
        n++;
    }
    *out = areas->area + lo;
    return n;
}
