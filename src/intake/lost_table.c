/* Reading the table of LoST, line by line. */
#include "intake/lost_table_in.h"
#include <stdlib.h>
#include <string.h>

enum {
    EXPIRES_S = 86400,
    EXPIRES_MAX_S = 31536000,
    ARENA_MAX = 64 << 20,
    SHOWN_MAX = 60 /* bytes of what is wrong that a sentence shows */
};

struct reading {
    struct amp_lost_table *table;
    struct amp_why *why;
    size_t line_n;
    bool expires_said;
};

static amp_err refuse(struct reading *rd, const char *words, struct amp_str what)
{
    return amp_fail(rd->why, AMP_E_SYNTAX, "line %zu: %s%s%.*s%s", rd->line_n, words,
                    what.len > 0 ? ": \"" : "", (int)(what.len > SHOWN_MAX ? SHOWN_MAX : what.len),
                    what.len > 0 ? what.ptr : "", what.len > 0 ? "\"" : "");
}

static amp_err too_many(struct reading *rd, const char *what, int most)
{
    return amp_fail(rd->why, AMP_E_LIMIT, "line %zu: there are more than %d %s", rd->line_n, most,
                    what);
}

/* The next word of a line; empty at its end. */
static struct amp_str word_next(struct amp_str *rest)
{
    struct amp_str text = amp_str_trim(*rest);
    size_t len = 0;
    while (len < text.len && text.ptr[len] != ' ' && text.ptr[len] != '\t') {
        len++;
    }
    *rest = (struct amp_str){text.len > 0 ? text.ptr + len : NULL, text.len - len};
    return (struct amp_str){text.ptr, len};
}

static bool area_find(const struct amp_lost_table *table, struct amp_str name, bool quoted,
                      uint32_t *out)
{
    for (size_t i = 0; i < table->area_n; i++) {
        if (table->area[i].quoted == quoted && amp_str_eq(table->area[i].name, name)) {
            *out = (uint32_t)i;
            return true;
        }
    }
    return false;
}

/* The area of that name; a new one if there is none. */
static amp_err area_of(struct reading *rd, struct amp_str name, bool quoted, uint32_t *out)
{
    struct amp_lost_table *table = rd->table;
    if (area_find(table, name, quoted, out)) {
        return AMP_OK;
    }
    if (table->area_n == AMP_LOST_AREAS) {
        return too_many(rd, "areas", AMP_LOST_AREAS);
    }
    *out = (uint32_t)table->area_n;
    table->area[table->area_n++] = (struct amp_lost_area){.name = name, .quoted = quoted};
    return AMP_OK;
}

/* ---- areas ---- */

/* level N, at LAT,LON, then the name. */
static amp_err wanted_read(struct reading *rd, struct amp_str text, struct amp_lost_wanted *out)
{
    struct amp_lost_wanted wanted = {.name = amp_str_trim(text)};
    for (int i = 0; i < 2; i++) {
        struct amp_str rest = wanted.name;
        struct amp_str word = word_next(&rest);
        uint64_t level = 0;
        if (amp_str_is(word, "level") && wanted.level == 0) {
            word = word_next(&rest);
            if (amp_str_u64(word, &level) || level == 0 || level > AMP_LOST_LEVEL) {
                return refuse(rd, "after `level` comes an admin_level, 1 to 15", word);
            }
            wanted.level = (uint32_t)level;
        } else if (amp_str_is(word, "at") && !wanted.placed) {
            word = word_next(&rest);
            if (amp_pos_parse(word, &wanted.at) != AMP_OK) {
                return refuse(rd, "after `at` comes LAT,LON in degrees", word);
            }
            wanted.placed = true;
        } else {
            break;
        }
        wanted.name = amp_str_trim(rest);
    }
    if (wanted.name.len == 0) {
        return refuse(rd, "an area of the map has a name or a code", text);
    }
    if (wanted.name.len > AMP_LOST_NAME) {
        return too_many(rd, "bytes in the name of an area of the map", AMP_LOST_NAME);
    }
    *out = wanted;
    return AMP_OK;
}

static amp_err border_read(struct reading *rd, struct amp_str text, uint32_t area)
{
    struct amp_lost_table *table = rd->table;
    struct amp_lost_area *of = &table->area[area];
    struct amp_lost_border border = {.line_n = rd->line_n, .next = of->border_first};
    amp_err err = wanted_read(rd, text, &border.wanted);
    if (err == AMP_OK && table->border_n == AMP_LOST_BORDERS) {
        err = too_many(rd, "areas of the map", AMP_LOST_BORDERS);
    }
    if (err != AMP_OK) {
        return err;
    }
    of->border_first = (uint32_t)table->border_n;
    of->border_n++;
    table->border[table->border_n++] = border;
    return AMP_OK;
}

static amp_err polygon_read(struct reading *rd, struct amp_str rest, uint32_t area)
{
    struct amp_lost_table *table = rd->table;
    struct amp_str count = rest;
    size_t n = 0;
    while (word_next(&count).len > 0) {
        n++;
    }
    if (n > AMP_LOST_CORNERS) {
        return too_many(rd, "corners", AMP_LOST_CORNERS);
    }
    if (table->polygon_n == AMP_LOST_POLYGONS) {
        return too_many(rd, "polygons", AMP_LOST_POLYGONS);
    }
    struct amp_pos *corner = amp_arena_array(&table->arena, n + 1, sizeof *corner);
    if (corner == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        struct amp_str word = word_next(&rest);
        if (amp_pos_parse(word, &corner[i]) != AMP_OK) {
            return refuse(rd, "a corner is LAT,LON in degrees", word);
        }
    }
    bool closed = n > 1 && corner[0].lat_e7 == corner[n - 1].lat_e7 &&
                  corner[0].lon_e7 == corner[n - 1].lon_e7;
    n -= closed;
    if (n < 3) {
        return refuse(rd, "a polygon has at least three corners", (struct amp_str){0});
    }
    table->polygon[table->polygon_n++] =
        (struct amp_lost_polygon){.area = area, .corner = corner, .n = n};
    return AMP_OK;
}

static amp_err civic_read(struct reading *rd, struct amp_str rest, uint32_t area)
{
    struct amp_lost_table *table = rd->table;
    struct amp_lost_civic civic = {.area = area};
    struct amp_str word = word_next(&rest);
    if (table->civic_n == AMP_LOST_CIVICS) {
        return too_many(rd, "addresses", AMP_LOST_CIVICS);
    }
    for (; word.len > 0; word = word_next(&rest)) {
        struct amp_str name = {0};
        struct amp_str value = amp_str_cut(word, '=', &name);
        if (name.len == 0 || value.len == 0) {
            return refuse(rd, "an element of an address is NAME=VALUE", word);
        }
        if (civic.n == AMP_LOST_WANTED) {
            return too_many(rd, "elements in an address", AMP_LOST_WANTED);
        }
        civic.name[civic.n] = name;
        civic.value[civic.n++] = value;
    }
    if (civic.n == 0) {
        return refuse(rd, "an address has at least one element", (struct amp_str){0});
    }
    table->civic[table->civic_n++] = civic;
    return AMP_OK;
}

static amp_err area_read(struct reading *rd, struct amp_str rest)
{
    struct amp_str name = word_next(&rest);
    struct amp_str kind = word_next(&rest);
    uint32_t area = 0;
    bool polygon = amp_str_is(kind, "polygon"), map = amp_str_is(kind, "map");
    if (!polygon && !map && !amp_str_is(kind, "civic")) {
        return refuse(rd, "after `area NAME` comes polygon, map or civic", kind);
    }
    amp_err err = area_of(rd, name, false, &area);
    if (err != AMP_OK) {
        return err;
    }
    return polygon ? polygon_read(rd, rest, area)
           : map   ? border_read(rd, rest, area)
                   : civic_read(rd, rest, area);
}

/* ---- services ---- */

static bool uri_valid(struct amp_str uri)
{
    struct amp_str scheme = {0};
    struct amp_str rest = amp_str_cut(uri, ':', &scheme);
    return scheme.len > 0 && rest.len > 0;
}

/* The area of a service: a word, or in quotation marks an area of the map. */
static amp_err served_read(struct reading *rd, struct amp_str *rest, uint32_t *out)
{
    struct amp_str text = amp_str_trim(*rest);
    if (text.len == 0 || text.ptr[0] != '"') {
        struct amp_str name = word_next(rest);
        bool found = amp_str_is(name, "*") || area_find(rd->table, name, false, out);
        return found ? AMP_OK : refuse(rd, "there is no area of that name above this line", name);
    }
    struct amp_str name = {0};
    *rest = amp_str_cut((struct amp_str){text.ptr + 1, text.len - 1}, '"', &name);
    if (name.len + 1 == text.len) {
        return refuse(rd, "a quotation mark has no second one", text);
    }
    name = amp_str_trim(name);
    if (area_find(rd->table, name, true, out)) {
        return AMP_OK;
    }
    amp_err err = area_of(rd, name, true, out);
    return err ? err : border_read(rd, name, *out);
}

static amp_err service_line(struct reading *rd, struct amp_str rest)
{
    struct amp_lost_table *table = rd->table;
    struct amp_lost_service service = {.service = word_next(&rest), .area = AMP_LOST_EVERYWHERE};
    if (!amp_str_starts(service.service, AMP_STR("urn:"))) {
        return refuse(rd, "a service is a URN, such as urn:service:sos", service.service);
    }
    amp_err err = served_read(rd, &rest, &service.area);
    if (err != AMP_OK) {
        return err;
    }
    service.uris = word_next(&rest);
    service.number = word_next(&rest);
    service.words = amp_str_trim(rest);
    struct amp_str uris = service.uris, uri = {0};
    do {
        uris = amp_str_cut(uris, ',', &uri);
        if (!uri_valid(uri)) {
            return refuse(rd, "an address is a URI, such as sip:112@example.org", uri);
        }
    } while (uris.len > 0);
    if (service.number.len == 0 || service.words.len == 0) {
        return refuse(rd, "a service has a number or -, and a name after it", (struct amp_str){0});
    }
    service.number = amp_str_is(service.number, "-") ? (struct amp_str){0} : service.number;
    for (size_t i = 0; i < service.number.len; i++) {
        if (strchr("0123456789*#", service.number.ptr[i]) == NULL) {
            return refuse(rd, "a number has digits, * and # only", service.number);
        }
    }
    if (table->service_n == AMP_LOST_SERVICES) {
        return too_many(rd, "services", AMP_LOST_SERVICES);
    }
    table->service[table->service_n++] = service;
    return AMP_OK;
}

/* ---- lines ---- */

static amp_err expires_read(struct reading *rd, struct amp_str rest)
{
    struct amp_str word = word_next(&rest);
    int64_t seconds = 0;
    if (rd->expires_said || amp_str_i64(word, &seconds) != AMP_OK || seconds < 1 ||
        seconds > EXPIRES_MAX_S || amp_str_trim(rest).len > 0) {
        return refuse(rd, "`expires` comes once, with seconds from 1 to a year", word);
    }
    rd->expires_said = true;
    rd->table->expires_s = seconds;
    return AMP_OK;
}

static amp_err line_read(struct reading *rd, struct amp_str line)
{
    struct amp_str rest = line;
    struct amp_str word = word_next(&rest);
    if (word.len == 0 || word.ptr[0] == '#') {
        return AMP_OK;
    }
    if (amp_str_is(word, "area")) {
        return area_read(rd, rest);
    }
    if (amp_str_is(word, "service")) {
        return service_line(rd, rest);
    }
    if (amp_str_is(word, "expires")) {
        return expires_read(rd, rest);
    }
    if (!amp_str_is(word, "source")) {
        return refuse(rd, "a line begins with source, expires, area or service", word);
    }
    struct amp_str source = word_next(&rest);
    if (rd->table->source.len > 0 || source.len == 0 || amp_str_trim(rest).len > 0) {
        return refuse(rd, "`source` comes once, with one name", (struct amp_str){0});
    }
    rd->table->source = source;
    return AMP_OK;
}

static bool rooms_make(struct amp_lost_table *table)
{
    table->area = amp_arena_array(&table->arena, AMP_LOST_AREAS, sizeof *table->area);
    table->polygon = amp_arena_array(&table->arena, AMP_LOST_POLYGONS, sizeof *table->polygon);
    table->border = amp_arena_array(&table->arena, AMP_LOST_BORDERS, sizeof *table->border);
    table->civic = amp_arena_array(&table->arena, AMP_LOST_CIVICS, sizeof *table->civic);
    table->service = amp_arena_array(&table->arena, AMP_LOST_SERVICES, sizeof *table->service);
    return !amp_arena_failed(&table->arena);
}

static amp_err lines_read(struct reading *rd, struct amp_str text)
{
    struct amp_str rest = amp_arena_str(&rd->table->arena, text), line = {0};
    amp_err err = rooms_make(rd->table) && rest.len == text.len ? AMP_OK : AMP_E_NOMEM;
    if (err == AMP_OK && !amp_utf8_valid(text)) {
        err = amp_fail(rd->why, AMP_E_SYNTAX, "the file is not UTF-8");
    }
    while (err == AMP_OK && rest.len > 0) {
        rest = amp_str_cut(rest, '\n', &line);
        rd->line_n++;
        err = line_read(rd, line);
    }
    if (err == AMP_OK && rd->table->source.len == 0) {
        err = amp_fail(rd->why, AMP_E_MISSING, "a line `source NAME` must say who answers");
    }
    return err;
}

amp_err amp_lost_table_read(struct amp_str text, int64_t version_us, struct amp_lost_table **out,
                            struct amp_why *why)
{
    if (text.len > AMP_LOST_TABLE_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "the file has more than %d bytes", AMP_LOST_TABLE_BYTES);
    }
    struct amp_lost_table *table = calloc(1, sizeof *table);
    if (table == NULL) {
        return AMP_E_NOMEM;
    }
    *table = (struct amp_lost_table){
        .arena = amp_arena_make(ARENA_MAX), .expires_s = EXPIRES_S, .version_us = version_us};
    struct reading rd = {.table = table, .why = why};
    amp_err err = lines_read(&rd, text);
    if (err != AMP_OK) {
        amp_lost_table_free(table);
        return err;
    }
    *out = table;
    return AMP_OK;
}

void amp_lost_table_free(struct amp_lost_table *table)
{
    if (table != NULL) {
        amp_arena_drop(&table->arena);
        free(table);
    }
}
