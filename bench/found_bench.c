/*
 * What share of named things is found by questions as people type them: recall at 1 and at 5.
 *
 * From each map 500 things with a name and a true position are drawn (streets, points of interest,
 * places, houses; seeded). Each is asked for in several forms: plain (no marks, lower case), with
 * one typing error (a character put in, left out, replaced, or swapped with its neighbour, anywhere
 * but in digits), with the last word first, with the usual abbreviations, without the kind of
 * street. `near` is a point up to 5 km from the truth, as a caller's circle is.
 *
 * An answer is right if it bears the same name (folded) and lies within 100 m of the thing: of any
 * part of it, for a street. Where several things bear one name nobody can know which was meant:
 * then a namesake that is no farther from `near` than the thing itself is as right. The strict
 * share, where only the thing itself counts, is printed beside it.
 *
 *   found_bench [MAP...]     maps as paths; without: the seven of the test data
 */
#include "base/testdata.h"
#include "map/fold.h"
#include "map/kinds.h"
#include "map/places.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SAMPLES = 500,
    AT = 5,
    QUERY_BYTES = 400
};

static const double hit_m = 100;
static const double near_max_m = 5000;

static const char *const maps[] = {
    "maps/porto_portugal.osm.pbf",  "maps/vancouver_canada.osm.pbf", "maps/oaxaca_mx.osm.pbf",
    "maps/porto_alegre_br.osm.pbf", "maps/monaco.osm.pbf",           "maps/fiji_ferry.osm.pbf",
    "maps/moscow_ru.osm.gz",
};

enum form {
    FORM_PLAIN,
    FORM_TYPO,
    FORM_SWAPPED,
    FORM_BRIEF,
    FORM_NO_TYPE,
    FORMS
};

static const char *const form_names[FORMS] = {"plain", "one typo", "swapped", "abbreviated",
                                              "without type"};

struct sample {
    char name[QUERY_BYTES]; /* without the house */
    char house[32];         /* empty: not an address */
    struct amp_pos pos;
    bool street;
};

struct score {
    size_t n, first, five, strict;
};

struct world {
    struct amp_osm osm;
    struct amp_amap *amap;
    struct amp_places *places;
    struct amp_kinds *kinds;
    uint64_t state;
    struct sample sample[SAMPLES];
    size_t sample_n;
};

static uint64_t chance(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717) >> 16;
}

/* ---- things ---- */

static bool sample_of(struct world *w, bool way, uint32_t i, uint32_t kind, struct sample *out)
{
    const struct amp_osm *osm = &w->osm;
    struct amp_osm_span span =
        way ? (struct amp_osm_span){osm->way_tag_first[i], osm->way_tag_first[i + 1]}
            : amp_osm_node_tags(osm, i);
    uint32_t first = span.first, end = span.end;
    uint32_t name = amp_kinds_name(w->kinds, first, end);
    const char *road = amp_osm_value(osm, first, end, amp_osm_find_text(osm, "highway"));
    const char *house = amp_osm_value(osm, first, end, amp_osm_find_text(osm, "addr:housenumber"));
    const char *street = amp_osm_value(osm, first, end, amp_osm_find_text(osm, "addr:street"));
    struct amp_kind what;
    const char *text = NULL;
    *out = (struct sample){.street = false};
    if (kind == 0 && way && road != NULL && amp_kinds_street(road) > 0 && name != AMP_OSM_ABSENT) {
        text = amp_osm_text(osm, name);
        out->street = true;
    } else if (kind == 1 && road == NULL && name != AMP_OSM_ABSENT &&
               amp_kinds_find(w->kinds, first, end, &what)) {
        text = amp_osm_text(osm, name);
    } else if (kind == 2 && house != NULL && street != NULL && strpbrk(house, ";,-") == NULL &&
               strlen(house) < sizeof(out->house)) {
        text = street;
        memcpy(out->house, house, strlen(house) + 1);
    }
    if (text == NULL || strlen(text) == 0 || strlen(text) >= sizeof(out->name) / 2) {
        return false;
    }
    memcpy(out->name, text, strlen(text) + 1);
    if (!way) {
        out->pos = osm->node_pos[i];
        return true;
    }
    return amp_osm_way_center(osm, i, &out->pos);
}

/* Streets, other names and houses in equal shares, as far as the map has them. */
static void samples_draw(struct world *w)
{
    size_t seen[3] = {0};
    size_t got[3] = {0};
    static struct sample drawn[3][SAMPLES];
    for (uint32_t kind = 0; kind < 3; kind++) {
        for (uint32_t i = 0; i < w->osm.way_n + w->osm.node_n; i++) {
            struct sample s;
            bool way = i < w->osm.way_n;
            if (!sample_of(w, way, way ? i : i - w->osm.way_n, kind, &s)) {
                continue;
            }
            size_t slot = seen[kind] < SAMPLES ? seen[kind] : chance(&w->state) % (seen[kind] + 1);
            if (slot < SAMPLES) {
                drawn[kind][slot] = s;
            }
            seen[kind]++;
            got[kind] = seen[kind] < SAMPLES ? seen[kind] : SAMPLES;
        }
    }
    for (size_t i = 0; w->sample_n < SAMPLES && i < 3 * (size_t)SAMPLES; i++) {
        if (i / 3 < got[i % 3]) {
            w->sample[w->sample_n++] = drawn[i % 3][i / 3];
        }
    }
}

/* ---- questions ---- */

static size_t plain_put(const char *text, char *out, size_t len)
{
    struct amp_folded folded;
    amp_fold(amp_str_of(text), &folded);
    for (size_t i = 0; i < folded.n && len + folded.raw[i].len + 2 < QUERY_BYTES; i++) {
        if (len > 0) {
            out[len++] = ' ';
        }
        memcpy(out + len, folded.raw[i].ptr, folded.raw[i].len);
        len += folded.raw[i].len;
    }
    out[len] = '\0';
    return len;
}

static size_t characters(const char *text, const char *at[QUERY_BYTES])
{
    size_t n = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (((uint8_t)*c & 0xC0) != 0x80) {
            at[n++] = c;
        }
    }
    at[n] = text + strlen(text);
    return n;
}

static bool typo_make(struct world *w, char *text)
{
    const char *at[QUERY_BYTES];
    char out[QUERY_BYTES] = "";
    size_t len = 0;
    size_t n = characters(text, at);
    size_t letters = 0;
    for (size_t i = 0; i < n; i++) {
        letters += *at[i] != ' ' && !(*at[i] >= '0' && *at[i] <= '9') ? 1 : 0;
    }
    if (letters < 4) {
        return false; /* with a letter wrong it is another name */
    }
    size_t i = chance(&w->state) % n;
    while ((*at[i] >= '0' && *at[i] <= '9') ||
           (i + 1 < n && *at[i + 1] >= '0' && *at[i + 1] <= '9')) {
        i = chance(&w->state) % n;
    }
    uint64_t what = chance(&w->state) % 4;
    what = what == 3 && i + 1 == n ? 0 : what;
    size_t other = chance(&w->state) % n; /* a letter of the same script */
    while (*at[other] == ' ' || (*at[other] >= '0' && *at[other] <= '9')) {
        other = chance(&w->state) % n;
    }
    char latin[2] = {(char)('a' + chance(&w->state) % 26), '\0'};
    bool ascii = ((uint8_t)*at[other] & 0x80) == 0;
    const char *letter = ascii ? latin : at[other];
    size_t letter_len = ascii ? 1 : (size_t)(at[other + 1] - at[other]);
    for (size_t k = 0; k < n && len + 8 < sizeof(out); k++) {
        size_t step = (size_t)(at[k + 1] - at[k]);
        if (k == i && what != 3) {
            if (what < 2) {
                memcpy(out + len, letter, letter_len);
                len += letter_len;
            }
            if (what != 0) {
                continue; /* replaced or left out */
            }
        }
        if (k == i && what == 3) {
            size_t next = (size_t)(at[k + 2] - at[k + 1]);
            memcpy(out + len, at[k + 1], next);
            len += next;
            memcpy(out + len, at[k], step);
            len += step;
            k++;
            continue;
        }
        memcpy(out + len, at[k], step);
        len += step;
    }
    out[len] = '\0';
    bool changed = strcmp(out, text) != 0;
    memcpy(text, out, len + 1);
    return changed;
}

static bool swapped_make(const struct sample *s, char *text)
{
    char out[QUERY_BYTES];
    if (s->house[0] != '\0') {
        size_t len = plain_put(s->house, out, 0);
        (void)plain_put(s->name, out, len);
    } else {
        char *last = strrchr(text, ' ');
        if (last == NULL) {
            return false;
        }
        *last = '\0';
        (void)snprintf(out, sizeof(out), "%.*s %.*s", QUERY_BYTES / 2 - 2, last + 1,
                       QUERY_BYTES / 2 - 2, text);
    }
    memcpy(text, out, strlen(out) + 1);
    return true;
}

static const char *const brief[][2] = {
    {"Rua", "R."},          {"Avenida", "Av."},   {"Travessa", "Tv."},   {"Praça", "Pç."},
    {"Largo", "Lg."},       {"Calle", "C."},      {"Street", "St"},      {"Avenue", "Ave"},
    {"Road", "Rd"},         {"Drive", "Dr"},      {"Boulevard", "Blvd"}, {"Rue", "R."},
    {"улица", "ул."},       {"проспект", "пр."},  {"переулок", "пер."},  {"Doutor", "Dr."},
    {"São", "S."},          {"Santa", "Sta."},    {"Santo", "Sto."},     {"Professor", "Prof."},
    {"Engenheiro", "Eng."}, {"Estrada", "Estr."}, {"Alameda", "Al."},    {"Privada", "Priv."},
    {"Callejón", "Cjon."},  {"Avenida", "Av."},   {"Crescent", "Cres"},  {"Lane", "Ln"},
    {"Place", "Pl"},        {"General", "Gen."},  {"Court", "Ct"},       {"Saint", "St"},
};

static bool brief_make(const struct sample *s, char *text)
{
    bool any = false;
    size_t len = 0;
    struct amp_str rest = amp_str_of(s->name);
    while (rest.len > 0 && len + rest.len + 40 < QUERY_BYTES) {
        struct amp_str word;
        rest = amp_str_cut(rest, ' ', &word);
        const char *put = NULL;
        for (size_t i = 0; i < sizeof(brief) / sizeof(brief[0]) && put == NULL; i++) {
            put = amp_str_is(word, brief[i][0]) ? brief[i][1] : NULL;
        }
        any = any || put != NULL;
        len += (size_t)snprintf(text + len, QUERY_BYTES - len, "%s%.*s", len > 0 ? " " : "",
                                put == NULL ? (int)word.len : (int)strlen(put),
                                put == NULL ? word.ptr : put);
    }
    if (s->house[0] != '\0') {
        (void)snprintf(text + len, QUERY_BYTES - len, " %s", s->house);
    }
    return any;
}

static bool no_type_make(const struct sample *s, char *text)
{
    struct amp_folded folded;
    size_t len = 0;
    bool dropped = false;
    bool kept = false;
    amp_fold(amp_str_of(s->name), &folded);
    for (size_t i = 0; i < folded.n; i++) {
        bool type = amp_fold_weight(folded.word[i]) < 1 && folded.raw[i].len > 2 &&
                    (i == 0 || i + 1 == folded.n);
        dropped = dropped || type;
        if (!type) {
            kept = kept || amp_fold_weight(folded.word[i]) >= 1;
            len += (size_t)snprintf(text + len, QUERY_BYTES - len, "%s%.*s", len > 0 ? " " : "",
                                    (int)folded.raw[i].len, folded.raw[i].ptr);
        }
    }
    if (s->house[0] != '\0') {
        (void)snprintf(text + len, QUERY_BYTES - len, " %s", s->house);
    }
    return dropped && kept && (s->street || s->house[0] != '\0');
}

static bool question_make(struct world *w, const struct sample *s, enum form form, char *text)
{
    size_t len = plain_put(s->name, text, 0);
    if (s->house[0] != '\0') {
        len = plain_put(s->house, text, len);
    }
    switch (form) {
    case FORM_TYPO:
        return len > 0 && typo_make(w, text);
    case FORM_SWAPPED:
        return len > 0 && swapped_make(s, text);
    case FORM_BRIEF:
        return brief_make(s, text);
    case FORM_NO_TYPE:
        return no_type_make(s, text);
    case FORM_PLAIN:
    case FORMS:
        break;
    }
    return len > 0;
}

/* ---- answers ---- */

static bool same_folded(const char *a, struct amp_str b)
{
    struct amp_folded x;
    struct amp_folded y;
    amp_fold(amp_str_of(a), &x);
    amp_fold(b, &y);
    bool same = x.n == y.n;
    for (size_t i = 0; i < x.n && same; i++) {
        same = amp_str_eq(x.word[i], y.word[i]);
    }
    return same;
}

/* Metres from a position to the nearest node of a road of this name; to the sample itself. */
static double thing_m(const struct world *w, const struct sample *s, struct amp_pos pos)
{
    double best = amp_pos_distance_m(s->pos, pos);
    for (uint32_t way = 0; way < w->osm.way_n && s->street && best > hit_m; way++) {
        uint32_t name =
            amp_kinds_name(w->kinds, w->osm.way_tag_first[way], w->osm.way_tag_first[way + 1]);
        if (name == AMP_OSM_ABSENT || strcmp(amp_osm_text(&w->osm, name), s->name) != 0) {
            continue;
        }
        for (uint32_t r = w->osm.way_ref_first[way]; r < w->osm.way_ref_first[way + 1]; r++) {
            double m = amp_pos_distance_m(w->osm.node_pos[w->osm.way_ref[r]], pos);
            best = m < best ? m : best;
        }
    }
    return best;
}

/* 0 no, 1 a namesake as near to `near`, 2 the thing itself. */
static int answer_right(const struct world *w, const struct sample *s, struct amp_pos near,
                        const struct amp_place *place)
{
    char name[QUERY_BYTES + 64];
    (void)snprintf(name, sizeof(name), "%s%s%s", s->name, s->house[0] != '\0' ? " " : "", s->house);
    if (!same_folded(name, place->name)) {
        return 0;
    }
    if (amp_pos_distance_m(s->pos, place->pos) <= hit_m || thing_m(w, s, place->pos) <= hit_m) {
        return 2;
    }
    return amp_pos_distance_m(near, place->pos) <= amp_pos_distance_m(near, s->pos) + hit_m ? 1 : 0;
}

static struct amp_pos near_draw(struct world *w, struct amp_pos pos)
{
    double angle = (double)(chance(&w->state) % 3600) / 1800 * 3.14159265;
    double m = near_max_m * sqrt((double)(chance(&w->state) % 10000) / 10000);
    double lat = m * cos(angle) / 0.0111195;
    double lon = m * sin(angle) / (0.0111195 * fmax(cos(amp_lat_deg(pos) * 0.0174533), 0.01));
    struct amp_pos near = {pos.lat_e7 + (int32_t)lat, pos.lon_e7 + (int32_t)lon};
    return amp_pos_valid(near.lat_e7, near.lon_e7) ? near : pos;
}

static void form_run(struct world *w, enum form form, bool tell, struct score *score)
{
    struct amp_arena arena = amp_arena_make((size_t)256 << 20);
    for (size_t i = 0; i < w->sample_n; i++) {
        const struct sample *s = &w->sample[i];
        char text[QUERY_BYTES];
        struct amp_pos near = near_draw(w, s->pos);
        struct amp_place *place = NULL;
        size_t n = 0;
        if (!question_make(w, s, form, text) || strlen(text) > AMP_QUERY_MAX) {
            continue;
        }
        struct amp_why why = {""};
        if (amp_geocode(w->places, amp_str_of(text), &near, AT, &arena, &place, &n, &why)) {
            printf("refused: %s: %s\n", text, why.text);
        }
        int first = n > 0 ? answer_right(w, s, near, &place[0]) : 0;
        int five = first;
        for (size_t k = 1; k < n && five == 0; k++) {
            five = answer_right(w, s, near, &place[k]);
        }
        score->n++;
        score->first += first > 0 ? 1 : 0;
        score->strict += first > 1 ? 1 : 0;
        score->five += five > 0 ? 1 : 0;
        if (tell && first == 0) {
            printf("    %s [%s %s] -> %.*s\n", text, s->name, s->house,
                   n > 0 ? (int)place[0].name.len : 1, n > 0 ? place[0].name.ptr : "-");
        }
        amp_arena_reset(&arena);
    }
    amp_arena_drop(&arena);
}

static bool world_open(const char *path, struct world *w)
{
    struct amp_why why = {""};
    struct amp_amap_writer *writer = NULL;
    struct amp_place_counts counts;
    char tmp[] = "/tmp/amparo-found-XXXXXX";
    int fd = mkstemp(tmp);
    *w = (struct world){.state = 20261126};
    amp_err err = fd < 0 ? AMP_E_IO : amp_osm_read_file(path, NULL, &w->osm, &why);
    err = err ? err : amp_amap_create(tmp, &writer, &why);
    err = err ? err : amp_places_build(&w->osm, NULL, writer, &counts, &why);
    err = err ? err : amp_amap_commit(writer, &why);
    err = err ? err : amp_amap_open(tmp, &w->amap, &why);
    err = err ? err : amp_places_open(w->amap, &w->places, &why);
    err = err ? err : amp_kinds_create(&w->osm, &w->kinds);
    amp_amap_abandon(writer);
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(tmp);
    }
    if (err) {
        (void)fprintf(stderr, "found_bench: %s: %s %s\n", path, amp_err_code(err), why.text);
    }
    return !err;
}

static void world_run(const char *path)
{
    static struct world w;
    const char *base = strrchr(path, '/');
    bool tell = getenv("FOUND_TELL") != NULL;
    if (world_open(path, &w)) {
        samples_draw(&w);
        for (enum form form = FORM_PLAIN; form < FORMS; form++) {
            struct score s = {0};
            form_run(&w, form, tell, &s);
            double n = s.n > 0 ? (double)s.n : 1;
            printf("%-26.26s %-13s %5zu %7.1f %7.1f %9.1f\n", base == NULL ? path : base + 1,
                   form_names[form], s.n, 100 * (double)s.first / n, 100 * (double)s.five / n,
                   100 * (double)s.strict / n);
        }
    }
    amp_kinds_destroy(w.kinds);
    amp_places_close(w.places);
    amp_amap_close(w.amap);
    amp_osm_free(&w.osm);
}

int main(int argc, char **argv)
{
    printf("%-26s %-13s %5s %7s %7s %9s\n", "map", "form", "n", "at 1 %", "at 5 %", "strict %");
    for (int i = 1; i < argc; i++) {
        world_run(argv[i]);
    }
    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]) && argc == 1; i++) {
        const char *path = amp_testdata(maps[i]);
        if (path == NULL) {
            printf("%s: no test data\n", maps[i]);
            continue;
        }
        world_run(path);
    }
    return 0;
}
