/* The geocoder: readings of a question, ranking of what the finder brings, coordinates, Plus Codes.
 */
#include "map/geocode_plan.h"
#include "map/pluscode.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* What the order weighs besides the match. */
static const double importance_share = 0.25;
static const double alias_cost = 0.03; /* another spelling than the name itself */
static const double near_share = 0.3;
static const double near_scale_m = 3000;
static const double no_house_factor = 0.8;     /* the street without the house asked for */
static const double dropped_factor = 0.6;      /* a word that nothing explains */
static const double dropped_here_factor = 0.9; /* a word that the surroundings explain */
static const double dropped_little_factor = 0.95;

enum {
    DROP_WORDS_MAX = 8
};

struct hit {
    uint32_t place;
    uint32_t address; /* or none */
    double quality;
    double rank;
};

struct search {
    const struct amp_places *places;
    const struct amp_pos *near;
    amp_finder find;
    struct amp_arena *arena;
    size_t limit;
    size_t hit_n;
    bool failed;
    struct hit hit[AMP_GEOCODE_MAX]; /* best first */
};

static bool hit_before(const struct hit *a, const struct hit *b)
{
    if (a->rank > b->rank || a->rank < b->rank) {
        return a->rank > b->rank;
    }
    return a->place != b->place ? a->place < b->place : a->address < b->address;
}

/* Keep the best `limit` hits, each place and house once. */
static void hit_put(struct search *s, const struct hit *hit)
{
    size_t at = s->hit_n;
    for (size_t i = 0; i < s->hit_n; i++) {
        if (s->hit[i].place == hit->place && s->hit[i].address == hit->address) {
            if (!hit_before(hit, &s->hit[i])) {
                return;
            }
            at = i;
            break;
        }
    }
    if (at == s->hit_n) {
        if (at == s->limit) {
            if (!hit_before(hit, &s->hit[at - 1])) {
                return;
            }
            at--;
        } else {
            s->hit_n++;
        }
    }
    for (; at > 0 && hit_before(hit, &s->hit[at - 1]); at--) {
        s->hit[at] = s->hit[at - 1];
    }
    s->hit[at] = *hit;
}

static double closeness(const struct search *s, struct amp_pos pos)
{
    return s->near == NULL ? 0 : 1 / (1 + amp_pos_distance_m(*s->near, pos) / near_scale_m);
}

/* First address of a street with this house key, or the count of addresses. */
static size_t address_first(const struct amp_places *p, uint32_t street, const char *key)
{
    size_t lo = 0;
    size_t hi = p->address_n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct amp_pl_address *a = &p->address[mid];
        if (a->street < street || (a->street == street && strcmp(p->text + a->key, key) < 0)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static bool context_has(const struct search *s, const struct amp_pl_rec *rec, struct amp_str word)
{
    uint32_t around[2] = {rec->area, rec->town};
    for (size_t i = 0; i < 2; i++) {
        if (around[i] == AMP_PL_NONE) {
            continue;
        }
        struct amp_folded folded;
        amp_fold(amp_pl_text(s->places, s->places->rec[around[i]].name), &folded);
        for (size_t w = 0; w < folded.n; w++) {
            if (amp_str_eq(folded.word[w], word)) {
                return true;
            }
        }
    }
    return false;
}

/* Between streets of one name the closer is meant, and not the wider: with `near`, all streets that
 * are at least residential weigh alike. */
static double importance_of(const struct search *s, const struct amp_pl_rec *rec)
{
    static const double street_max = 110;
    double importance = rec->importance;
    if (s->near != NULL && (rec->flags & AMP_PL_STREET)) {
        importance = fmin(importance, street_max);
    }
    return importance_share * importance / UINT8_MAX;
}

static void place_weigh(struct search *s, const struct amp_reading *reading, uint32_t spelling,
                        double quality)
{
    uint32_t place = s->places->spelling[spelling].place;
    const struct amp_pl_rec *rec = &s->places->rec[place];
    if (reading->dropped.len > 0 && context_has(s, rec, reading->dropped)) {
        quality *= dropped_here_factor;
    } else {
        quality *= reading->factor;
    }
    struct hit hit = {place, AMP_PL_NONE, quality, 0};
    bool alias = s->places->spelling[spelling].text != rec->name;
    double importance = importance_of(s, rec) - (alias ? alias_cost : 0);
    if (reading->house[0] != '\0') {
        if (!(rec->flags & AMP_PL_STREET)) {
            return;
        }
        bool found = false;
        for (size_t i = address_first(s->places, place, reading->house);
             i < s->places->address_n && s->places->address[i].street == place &&
             strcmp(s->places->text + s->places->address[i].key, reading->house) == 0;
             i++) {
            hit.address = (uint32_t)i;
            hit.rank = quality + importance + near_share * closeness(s, s->places->address[i].pos);
            hit_put(s, &hit);
            found = true;
        }
        if (found) {
            return;
        }
        hit.quality = quality * no_house_factor;
    }
    hit.rank = hit.quality + importance + near_share * closeness(s, rec->pos);
    hit_put(s, &hit);
}

/* Weigh what one reading finds: with the last word whole, then as a prefix. */
static void reading_run(struct search *s, struct amp_reading *reading)
{
    for (int pass = 0; pass < 2 && reading->term_n > 0; pass++) {
        reading->prefix = pass == 1;
        size_t n = 0;
        const uint32_t *id = s->find(s->places, reading, s->arena, &n);
        if (id == NULL) {
            s->failed = true;
            return;
        }
        for (size_t i = 0; i < n; i++) {
            struct amp_str word[AMP_FOLD_WORDS];
            size_t word_n = amp_pl_words(s->places, id[i], word);
            double quality = amp_reading_quality(reading, word, word_n);
            place_weigh(s, reading, id[i], quality);
        }
    }
}

/* Words [first, end) of the question without word `skip`. */
struct span {
    size_t first, end, skip;
};

static void reading_make(const struct amp_folded *folded, struct span span, double factor,
                         struct amp_reading *out)
{
    *out = (struct amp_reading){.factor = factor};
    for (size_t i = span.first; i < span.end; i++) {
        if (i != span.skip) {
            struct amp_term *term = &out->term[out->term_n++];
            *term = (struct amp_term){.word = folded->word[i], .raw = folded->raw[i]};
        }
    }
    if (out->term_n > 0) {
        struct amp_term *last = &out->term[out->term_n - 1];
        last->form_n = amp_fold_completions(last->raw, last->form);
    }
    if (span.skip >= span.first && span.skip < span.end) {
        out->dropped = folded->word[span.skip];
    }
}

static bool begins_with_digit(struct amp_str word)
{
    return word.len > 0 && word.ptr[0] >= '0' && word.ptr[0] <= '9';
}

/* Words [first, end) as a comparable house number. */
static void house_of(const struct amp_folded *folded, size_t first, size_t end,
                     char out[AMP_HOUSE_KEY])
{
    char text[AMP_HOUSE_KEY];
    size_t len = 0;
    for (size_t i = first; i < end; i++) {
        struct amp_str word = folded->raw[i];
        if (len + word.len + 1 < sizeof(text)) {
            memcpy(text + len, word.ptr, word.len);
            len += word.len;
            text[len++] = ' ';
        }
    }
    (void)amp_fold_house((struct amp_str){.ptr = text, .len = len}, out, AMP_HOUSE_KEY);
}

/* All readings of the words of a span: a name, a house number behind it, a house number before it.
 */
static void span_run(struct search *s, const struct amp_folded *folded, struct span span,
                     double factor)
{
    struct amp_reading reading;
    reading_make(folded, span, factor, &reading);
    reading_run(s, &reading);
    size_t n = span.end - span.first;
    for (size_t k = 1; k <= 2 && k < n; k++) { /* "12", "12 a", "12/3" behind */
        size_t at = span.end - k;
        struct amp_str last = folded->raw[span.end - 1];
        bool skipped = (span.skip >= at && span.skip < span.end) ||
                       (k == 2 && !begins_with_digit(last) && last.len > 2);
        if (begins_with_digit(folded->raw[at]) && !skipped) {
            reading_make(folded, (struct span){span.first, at, span.skip}, factor, &reading);
            house_of(folded, at, span.end, reading.house);
            reading_run(s, &reading);
        }
    }
    if (n > 1 && begins_with_digit(folded->raw[span.first]) && span.skip != span.first) {
        reading_make(folded, (struct span){span.first + 1, span.end, span.skip}, factor, &reading);
        house_of(folded, span.first, span.first + 1, reading.house);
        reading_run(s, &reading);
    }
}

/* Nothing has all the words: leave out what follows the last comma, then one word at a time. */
static void drops_run(struct search *s, const struct amp_folded *folded)
{
    for (size_t i = folded->n; i > 1 && s->hit_n == 0; i--) {
        if (folded->comma[i - 1]) {
            span_run(s, folded, (struct span){0, i - 1, SIZE_MAX}, dropped_here_factor);
        }
    }
    for (size_t i = 0; i < folded->n && folded->n > 1 && folded->n <= DROP_WORDS_MAX; i++) {
        bool little = amp_fold_weight(folded->word[i]) < 1;
        double factor = little ? dropped_little_factor : dropped_factor;
        span_run(s, folded, (struct span){0, folded->n, i}, factor);
    }
}

static amp_err hits_give(const struct search *s, struct amp_place **out, size_t *out_n)
{
    struct amp_place *place = amp_arena_array(s->arena, s->hit_n + 1, sizeof(*place));
    for (size_t i = 0; i < s->hit_n && place != NULL; i++) {
        const struct amp_pl_rec *rec = &s->places->rec[s->hit[i].place];
        place[i] = (struct amp_place){.name = amp_pl_text(s->places, rec->name),
                                      .kind = amp_pl_text(s->places, s->places->kind[rec->kind]),
                                      .pos = rec->pos,
                                      .score = s->hit[i].quality};
        if (s->hit[i].address != AMP_PL_NONE) {
            const struct amp_pl_address *a = &s->places->address[s->hit[i].address];
            place[i].name = amp_arena_printf(s->arena, "%s %s", s->places->text + rec->name,
                                             s->places->text + a->house);
            place[i].kind = AMP_STR("address");
            place[i].pos = a->pos;
        }
        place[i].context = amp_pl_context(s->places, rec->area, rec->town, s->arena);
        place[i].distance_m = s->near == NULL ? NAN : amp_pos_distance_m(*s->near, place[i].pos);
    }
    if (place == NULL || amp_arena_failed(s->arena)) {
        return AMP_E_NOMEM;
    }
    *out = place;
    *out_n = s->hit_n;
    return AMP_OK;
}

/* A position that was typed itself. */
static amp_err position_give(const struct search *s, struct amp_str name, const char *kind,
                             struct amp_pos pos, struct amp_place **out)
{
    struct amp_place *place = amp_arena_alloc(s->arena, sizeof(*place));
    uint32_t area;
    uint32_t town;
    if (place == NULL) {
        return AMP_E_NOMEM;
    }
    amp_pl_around(s->places, pos, &area, &town);
    *place = (struct amp_place){.name = amp_arena_str(s->arena, name),
                                .kind = amp_str_of(kind),
                                .context = amp_pl_context(s->places, area, town, s->arena),
                                .pos = pos,
                                .score = 1,
                                .distance_m = NAN};
    if (s->near != NULL) {
        place->distance_m = amp_pos_distance_m(*s->near, pos);
    }
    if (amp_arena_failed(s->arena)) {
        return AMP_E_NOMEM;
    }
    *out = place;
    return AMP_OK;
}

static void names_run(struct search *s, struct amp_str query)
{
    struct amp_folded folded;
    amp_fold(query, &folded);
    span_run(s, &folded, (struct span){0, folded.n, SIZE_MAX}, 1);
    if (s->hit_n == 0) {
        drops_run(s, &folded);
    }
}

/* Where the best place of that name is: a short Plus Code is written with its town. */
static bool town_find(const struct search *s, struct amp_str name, struct amp_pos *out)
{
    struct search town = {.places = s->places, .near = s->near, .find = s->find};
    town.arena = s->arena;
    town.limit = 1;
    if (name.len == 0) {
        return false;
    }
    names_run(&town, name);
    if (town.failed || town.hit_n == 0) {
        return false;
    }
    *out = s->places->rec[town.hit[0].place].pos;
    return true;
}

/* A Plus Code, full or short, alone or with a town behind it; AMP_E_NOT_FOUND if it is none. */
static amp_err pluscode_run(const struct search *s, struct amp_str query, struct amp_place **out)
{
    char code[AMP_PLUSCODE_TEXT];
    struct amp_plusarea area;
    struct amp_pos near = s->near == NULL ? (struct amp_pos){0, 0} : *s->near;
    size_t end = 0;
    while (end < query.len && query.ptr[end] != ' ' && query.ptr[end] != ',') {
        end++;
    }
    struct amp_str word = {.ptr = query.ptr, .len = end};
    struct amp_str rest = {.ptr = query.ptr + end, .len = query.len - end};
    while (rest.len > 0 && (rest.ptr[0] == ' ' || rest.ptr[0] == ',')) {
        rest = (struct amp_str){.ptr = rest.ptr + 1, .len = rest.len - 1};
    }
    if (!amp_pluscode_full(word) &&
        (!amp_pluscode_short(word) || (!town_find(s, rest, &near) && s->near == NULL))) {
        return AMP_E_NOT_FOUND;
    }
    if (amp_pluscode_recover(word, near, code) || amp_pluscode_decode(amp_str_of(code), &area)) {
        return AMP_E_NOT_FOUND;
    }
    return position_give(s, amp_str_of(code), "pluscode", amp_pluscode_center(&area), out);
}

/* AMP_E_NOT_FOUND if the question is no coordinates and no Plus Code. */
static amp_err literal_run(const struct search *s, struct amp_str query, struct amp_place **out)
{
    struct amp_pos pos;
    if (!amp_pos_parse(query, &pos)) {
        char text[AMP_POS_TEXT];
        amp_pos_text(pos, text);
        return position_give(s, amp_str_of(text), "coordinates", pos, out);
    }
    return pluscode_run(s, query, out);
}

static amp_err query_run(struct search *s, struct amp_str query, struct amp_place **out,
                         size_t *out_n, struct amp_why *why)
{
    assert(s->limit <= AMP_GEOCODE_MAX);
    query = amp_str_trim(query);
    if (query.len == 0) {
        return amp_fail(why, AMP_E_MISSING, "the question is empty: type a street or a place");
    }
    if (query.len > AMP_QUERY_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "the question is longer than %d bytes", AMP_QUERY_MAX);
    }
    if (s->limit == 0) {
        return amp_fail(why, AMP_E_RANGE, "the limit is 0: ask for 1 to %d", AMP_GEOCODE_MAX);
    }
    amp_err err = literal_run(s, query, out);
    if (err != AMP_E_NOT_FOUND) {
        *out_n = err ? *out_n : 1;
        return err;
    }
    names_run(s, query);
    if (s->failed) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory to search for names");
    }
    return hits_give(s, out, out_n);
}

amp_err amp_geocode(const struct amp_places *places, struct amp_str query,
                    const struct amp_pos *near, size_t limit, struct amp_arena *arena,
                    struct amp_place **out, size_t *out_n, struct amp_why *why)
{
    struct search s = {.places = places, .near = near, .find = amp_find_fast, .arena = arena};
    s.limit = limit < AMP_GEOCODE_MAX ? limit : AMP_GEOCODE_MAX;
    return query_run(&s, query, out, out_n, why);
}

amp_err amp_geocode_slow(const struct amp_places *places, struct amp_str query,
                         const struct amp_pos *near, size_t limit, struct amp_arena *arena,
                         struct amp_place **out, size_t *out_n, struct amp_why *why)
{
    struct search s = {.places = places, .near = near, .find = amp_find_slow, .arena = arena};
    s.limit = limit < AMP_GEOCODE_MAX ? limit : AMP_GEOCODE_MAX;
    return query_run(&s, query, out, out_n, why);
}
