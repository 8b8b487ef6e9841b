/* The geocoder: which kind of question it is, in which order they are tried. */
#include "map/geocode_search.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

static const double rad_per_deg = 3.14159265358979323846 / 180;

static amp_err ask_check(const struct amp_geocode_ask *ask, struct amp_why *why)
{
    if (ask->query.len == 0) {
        return amp_fail(why, AMP_E_MISSING, "the question is empty: type a street or a place");
    }
    if (ask->query.len > AMP_QUERY_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "the question is longer than %d bytes", AMP_QUERY_MAX);
    }
    if (ask->limit == 0) {
        return amp_fail(why, AMP_E_RANGE, "the limit is 0: ask for 1 to %d", AMP_GEOCODE_MAX);
    }
    return AMP_OK;
}

/* A name that is the question wins; then what the question says of other places; then names that
 * answer a part of it. */
static amp_err words_run(struct amp_search *s, struct amp_place **out, size_t *out_n)
{
    struct amp_folded *folded = amp_arena_alloc(s->arena, sizeof(*folded));
    if (folded == NULL) {
        return AMP_E_NOMEM;
    }
    amp_fold(s->ask->query, folded);
    amp_search_names(s, folded);
    amp_err err = AMP_E_NOT_FOUND;
    if (!s->exact && !s->failed) {
        err = amp_search_category(s, out, out_n);
        err = err == AMP_E_NOT_FOUND ? amp_search_crossing(s, out, out_n) : err;
        err = err == AMP_E_NOT_FOUND ? amp_search_relation(s, out, out_n) : err;
    }
    return err == AMP_E_NOT_FOUND ? amp_search_give(s, out, out_n) : err;
}

/* Coordinates, Plus Codes and kilometres have digits, most names have none. */
static bool has_digit(struct amp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9') {
            return true;
        }
    }
    return false;
}

amp_err amp_search_centre(const struct amp_search *s, struct amp_str text, struct amp_centre *out)
{
    struct amp_geocode_ask ask = *s->ask;
    struct amp_search part = amp_search_make(s, 1);
    struct amp_folded *folded = amp_arena_alloc(s->arena, sizeof(*folded));
    struct amp_place *place = NULL;
    size_t n = 0;
    ask.query = text;
    part.ask = &ask;
    if (folded == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = has_digit(text) ? amp_search_literal(&part, &place, &n) : AMP_E_NOT_FOUND;
    bool certain = err == AMP_OK;
    if (err == AMP_E_NOT_FOUND && has_digit(text)) {
        err = amp_search_kilometre(&part, &place, &n);
    }
    if (err == AMP_E_NOT_FOUND) {
        amp_fold(text, folded);
        amp_search_names(&part, folded);
        err = amp_search_give(&part, &place, &n);
    }
    if (!err && n == 0) {
        return AMP_E_NOT_FOUND;
    }
    if (!err) {
        *out = (struct amp_centre){place[0].pos, place[0].name, certain};
    }
    return err;
}

static amp_err ask_run(const struct amp_places *places, const struct amp_geocode_ask *given,
                       bool slow, struct amp_arena *arena, struct amp_place **out, size_t *out_n,
                       struct amp_why *why)
{
    struct amp_geocode_ask ask = *given;
    ask.query = amp_str_trim(ask.query);
    amp_err err = ask_check(&ask, why);
    if (err) {
        return err;
    }
    struct amp_finder find = amp_finder_fast(places, arena);
    struct amp_search s;
    memset(&s, 0, offsetof(struct amp_search, word)); /* the rest is larger and filled later */
    s.places = places;
    s.ask = &ask;
    s.find = &find;
    s.arena = arena;
    s.east_share = ask.near == NULL ? 1 : cos(amp_lat_deg(*ask.near) * rad_per_deg);
    s.limit = ask.limit < AMP_GEOCODE_MAX ? ask.limit : AMP_GEOCODE_MAX;
    if (slow && !amp_finder_slow(places, arena, &find)) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory to search for names");
    }
    struct amp_place *place = NULL;
    size_t n = 0;
    err = has_digit(ask.query) ? amp_search_literal(&s, &place, &n) : AMP_E_NOT_FOUND;
    if (err == AMP_E_NOT_FOUND && has_digit(ask.query)) {
        err = amp_search_kilometre(&s, &place, &n);
    }
    err = err == AMP_E_NOT_FOUND ? words_run(&s, &place, &n) : err;
    if (err) {
        return amp_fail(why, err, "not enough memory to search for names");
    }
    *out = place;
    *out_n = n;
    return AMP_OK;
}

/* Whether a spelling of the place is this name. */
static bool place_called(const struct amp_places *p, uint32_t place, const struct amp_folded *name)
{
    bool called = false;
    for (uint32_t i = p->rec[place].spelling_first; i < p->rec[place + 1].spelling_first; i++) {
        size_t n;
        const uint32_t *word = amp_pl_words(p, i, &n);
        bool same = n == name->n && n > 0;
        for (size_t w = 0; w < n && same; w++) {
            same = amp_str_eq(amp_pl_token_text(p, word[w]), name->word[w]);
        }
        called = called || same;
    }
    return called;
}

amp_err amp_places_area(const struct amp_places *places, struct amp_str name,
                        struct amp_geocode_ask *ask, struct amp_why *why)
{
    struct amp_folded folded;
    size_t best = places->region_n;
    amp_fold(name, &folded);
    for (size_t i = 0; i < places->region_n; i++) {
        const struct amp_pl_region *region = &places->region[i];
        bool wider = best == places->region_n || region->level < places->region[best].level;
        if (wider && amp_areas_bounded(places->area, (uint32_t)i) &&
            place_called(places, region->place, &folded)) {
            best = i;
        }
    }
    if (best == places->region_n) {
        return amp_fail(why, AMP_E_NOT_FOUND,
                        "no administrative area of the map is called %.*s, with its border",
                        (int)name.len, name.ptr);
    }
    ask->areas = places->area;
    ask->area = (uint32_t)best;
    return AMP_OK;
}

size_t amp_places_areas_named(const struct amp_places *places, struct amp_str name, uint32_t level,
                              struct amp_area_named *out, size_t room)
{
    struct amp_folded folded;
    size_t n = 0;
    amp_fold(name, &folded);
    for (uint32_t i = 0; i < places->region_n; i++) {
        const struct amp_pl_region *region = &places->region[i];
        if ((level != 0 && region->level != level) ||
            !place_called(places, region->place, &folded)) {
            continue;
        }
        if (n < room) {
            out[n] = (struct amp_area_named){.area = i,
                                             .level = region->level,
                                             .bounded = amp_areas_bounded(places->area, i),
                                             .pos = places->rec[region->place].pos};
        }
        n++;
    }
    return n;
}

bool amp_places_area_only(const struct amp_places *places, struct amp_str name, uint32_t level,
                          uint32_t *out)
{
    struct amp_folded folded;
    size_t n = 0;
    uint32_t found = 0;
    amp_fold(name, &folded);
    for (size_t i = 0; i < places->region_n && n < 2; i++) {
        const struct amp_pl_region *region = &places->region[i];
        if ((level == 0 || region->level == level) &&
            place_called(places, region->place, &folded) &&
            amp_areas_bounded(places->area, (uint32_t)i)) {
            found = (uint32_t)i;
            n++;
        }
    }
    if (n == 1) {
        *out = found;
    }
    return n == 1;
}

struct amp_str amp_places_area_alone(const struct amp_places *places, uint32_t area)
{
    const uint32_t place = places->region[area].place;
    for (uint32_t i = places->rec[place].spelling_first; i < places->rec[place + 1].spelling_first;
         i++) {
        struct amp_str text = amp_str_of(places->text + places->spelling[i].text);
        uint32_t only = 0;
        if (amp_places_area_only(places, text, 0, &only) && only == area) {
            return text;
        }
    }
    return (struct amp_str){0};
}

const struct amp_areas *amp_places_areas(const struct amp_places *places)
{
    return places->area;
}

amp_err amp_geocode_ask(const struct amp_places *places, const struct amp_geocode_ask *ask,
                        struct amp_arena *arena, struct amp_place **out, size_t *out_n,
                        struct amp_why *why)
{
    return ask_run(places, ask, false, arena, out, out_n, why);
}

amp_err amp_geocode_ask_slow(const struct amp_places *places, const struct amp_geocode_ask *ask,
                             struct amp_arena *arena, struct amp_place **out, size_t *out_n,
                             struct amp_why *why)
{
    return ask_run(places, ask, true, arena, out, out_n, why);
}

amp_err amp_geocode(const struct amp_places *places, struct amp_str query,
                    const struct amp_pos *near, size_t limit, struct amp_arena *arena,
                    struct amp_place **out, size_t *out_n, struct amp_why *why)
{
    struct amp_geocode_ask ask = {.query = query, .near = near, .limit = limit};
    return ask_run(places, &ask, false, arena, out, out_n, why);
}

amp_err amp_geocode_slow(const struct amp_places *places, struct amp_str query,
                         const struct amp_pos *near, size_t limit, struct amp_arena *arena,
                         struct amp_place **out, size_t *out_n, struct amp_why *why)
{
    struct amp_geocode_ask ask = {.query = query, .near = near, .limit = limit};
    return ask_run(places, &ask, true, arena, out, out_n, why);
}
