/* Weighing what a finder brings: rank, surroundings, houses; the best hits are kept. */
#include "map/geocode_search.h"
#include <math.h>
#include <string.h>

/* What the order weighs besides the match. */
static const double importance_share = 0.25;
static const double alias_cost = 0.03; /* another spelling than the name itself */
static const double near_share = 0.3;
static const double near_scale_m = 3000;
static const double circle_share = 0.1; /* of near_share: which side of the caller's circle */
static const double jurisdiction_share = 0.2;
static const double no_house_factor = 0.8;     /* the street without the house asked for */
static const double reckoned_factor = 0.97;    /* a house between two known ones */
static const double unused_factor = 0.6;       /* a word that nothing explains */
static const double unused_here_factor = 0.97; /* a word that the surroundings explain */
static const double unused_little_factor = 0.95;

enum {
    HOUSE_GAP_M = 400 /* between houses farther apart nothing is reckoned */
};

/* ---- ranking ---- */

static bool hit_before(const struct amp_hit *a, const struct amp_hit *b)
{
    if (a->rank > b->rank || a->rank < b->rank) {
        return a->rank > b->rank;
    }
    return a->place != b->place ? a->place < b->place : a->address < b->address;
}

/* Keep the best `limit` hits, each place and house once. */
static void hit_put(struct amp_search *s, const struct amp_hit *hit)
{
    size_t at = s->hit_n;
    if (at == s->limit && !hit_before(hit, &s->hit[at - 1])) {
        return;
    }
    for (size_t i = 0; i < s->hit_n; i++) {
        if (s->hit[i].place == hit->place && s->hit[i].address == hit->address &&
            s->hit[i].reckoned == hit->reckoned) {
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

static bool in_jurisdiction(const struct amp_geocode_ask *ask, struct amp_pos pos)
{
    const struct amp_box *box = ask->box;
    if (ask->areas != NULL && amp_areas_holds(ask->areas, ask->area, pos)) {
        return true;
    }
    return box != NULL && pos.lat_e7 >= box->south_e7 && pos.lat_e7 <= box->north_e7 &&
           (box->west_e7 <= box->east_e7
                ? pos.lon_e7 >= box->west_e7 && pos.lon_e7 <= box->east_e7
                : pos.lon_e7 >= box->west_e7 || pos.lon_e7 <= box->east_e7);
}

double amp_search_here(const struct amp_search *s, struct amp_pos pos)
{
    static const double m_per_e7 = 0.0111195080234; /* flat: far away all weighs little */
    double here = 0;
    if (s->ask->near != NULL) {
        double north = (double)(pos.lat_e7 - s->ask->near->lat_e7);
        double east = amp_lon_delta_e7(s->ask->near->lon_e7, pos.lon_e7) * s->east_share;
        double m = m_per_e7 * sqrt(north * north + east * east);
        double outside_m = fmax(m - s->ask->radius_m, 0);
        here = near_share * ((1 - circle_share) / (1 + outside_m / near_scale_m) +
                             circle_share / (1 + m / near_scale_m));
    }
    return here + (in_jurisdiction(s->ask, pos) ? jurisdiction_share : 0);
}

static bool place_says(const struct amp_places *p, uint32_t place, struct amp_str word)
{
    for (uint32_t i = p->rec[place].spelling_first; i < p->rec[place + 1].spelling_first; i++) {
        for (uint32_t w = p->spelling[i].word_first; w < p->spelling[i + 1].word_first; w++) {
            if (amp_str_is(word, p->text + p->token[p->word[w]].text)) {
                return true;
            }
        }
    }
    return false;
}

/* Whether the suburb, the town or an area around a place has the word in its name, or the place is
 * of that kind. */
static bool surroundings_say(const struct amp_search *s, const struct amp_pl_rec *rec,
                             struct amp_str word)
{
    const struct amp_places *p = s->places;
    uint32_t area[AMP_AREAS_AT_MAX];
    if ((rec->area != AMP_PL_NONE && place_says(p, rec->area, word)) ||
        (rec->town != AMP_PL_NONE && place_says(p, rec->town, word)) ||
        amp_str_is(word, p->text + p->kind[rec->kind])) {
        return true;
    }
    size_t n = amp_areas_at(p->area, rec->pos, area);
    for (size_t i = 0; i < n; i++) {
        if (place_says(p, p->region[area[i]].place, word)) {
            return true;
        }
    }
    return false;
}

/* What is left of the match for words left out; those that the surroundings explain are marked. */
static double unused_weigh(const struct amp_search *s, const struct amp_pl_rec *rec,
                           uint32_t unused, uint32_t *explained)
{
    double factor = 1;
    for (size_t i = 0; i < s->folded->n; i++) {
        if ((unused >> i & 1) == 0) {
            continue;
        }
        if (surroundings_say(s, rec, s->folded->word[i])) {
            *explained |= UINT32_C(1) << i;
            factor *= unused_here_factor;
        } else {
            factor *= s->word[i].little ? unused_little_factor : unused_factor;
        }
    }
    return factor;
}

/* Between streets of one name the closer is meant, and not the wider: with `near`, all streets that
 * are at least residential weigh alike. */
static double importance_of(const struct amp_search *s, const struct amp_pl_card *card)
{
    static const double street_max = 110;
    double importance = card->importance;
    if (s->ask->near != NULL && (card->flags & AMP_PL_STREET)) {
        importance = fmin(importance, street_max);
    }
    return importance_share * importance / UINT8_MAX;
}

/* ---- houses ---- */

/* First address of a street with this house key, or the first behind. */
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

/* The number that a house key begins with. */
static bool house_number(const char *key, uint64_t *out)
{
    size_t len = strspn(key, "0123456789");
    return len > 0 && !amp_str_u64((struct amp_str){key, len}, out);
}

/* Where a house would stand that is not on the map: between its neighbours of the same side, that
 * is, of even or odd numbers. */
static bool house_reckon(const struct amp_places *p, uint32_t street, const char *key,
                         struct amp_pos *out)
{
    uint64_t want;
    uint64_t lo = 0;
    uint64_t hi = UINT64_MAX;
    struct amp_pos lo_pos = {0, 0};
    struct amp_pos hi_pos = {0, 0};
    if (!house_number(key, &want)) {
        return false;
    }
    for (size_t i = address_first(p, street, "");
         i < p->address_n && p->address[i].street == street; i++) {
        uint64_t number;
        if (!house_number(p->text + p->address[i].key, &number) || number % 2 != want % 2) {
            continue;
        }
        if (number <= want && number >= lo) {
            lo = number;
            lo_pos = p->address[i].pos;
        }
        if (number >= want && number <= hi) {
            hi = number;
            hi_pos = p->address[i].pos;
        }
    }
    if (lo == 0 || hi == UINT64_MAX || amp_pos_distance_m(lo_pos, hi_pos) > HOUSE_GAP_M) {
        return false;
    }
    double share = hi > lo ? (double)(want - lo) / (double)(hi - lo) : 0;
    *out = amp_pos_between(lo_pos, hi_pos, share);
    return true;
}

static bool houses_weigh(struct amp_search *s, struct amp_hit hit, double importance)
{
    const struct amp_places *p = s->places;
    const char *key = hit.reading->house;
    double quality = hit.quality;
    bool found = false;
    for (size_t i = address_first(p, hit.place, key);
         i < p->address_n && p->address[i].street == hit.place &&
         strcmp(p->text + p->address[i].key, key) == 0;
         i++) {
        hit.address = (uint32_t)i;
        hit.pos = p->address[i].pos;
        hit.quality = quality * (p->address[i].reckoned != 0 ? reckoned_factor : 1);
        hit.rank = hit.quality + importance + amp_search_here(s, hit.pos);
        hit_put(s, &hit);
        found = true;
    }
    if (!found && house_reckon(p, hit.place, key, &hit.pos)) {
        hit.reckoned = true;
        hit.quality = quality * reckoned_factor;
        hit.rank = hit.quality + importance + amp_search_here(s, hit.pos);
        hit_put(s, &hit);
        found = true;
    }
    return found;
}

/* ---- weighing what a finder brings ---- */

/* The most that a reading can be worth before its words are looked at. */
struct prospect {
    const struct amp_reading *reading;
    double match;  /* no match is better */
    double unused; /* what is left of it at most for words left out */
    bool house;    /* lies elsewhere than its street */
};

static struct prospect prospect_of(const struct amp_reading *reading)
{
    struct prospect out = {.reading = reading, .match = 1, .unused = 1};
    if (!reading->whole) {
        out.match = amp_match_bound(reading);
    }
    for (uint32_t left = reading->unused; left != 0; left &= left - 1) {
        out.unused *= unused_here_factor;
    }
    out.house = reading->house[0] != '\0';
    return out;
}

/* Whether a hit of this rank, or a little more, comes behind all that are kept. */
static bool hopeless(const struct amp_search *s, double rank)
{
    static const double rounding = 1e-9;
    return s->hit_n == s->limit && rank + rounding < s->hit[s->limit - 1].rank;
}

/* Whether a place comes behind all that are kept, however well it matches; `more` is what its rank
 * has besides the match. Of places alike the first is kept, and a match of 1 is not rounded. */
static bool too_late(const struct amp_search *s, const struct prospect *prospect, uint32_t place,
                     double more)
{
    bool sharp = prospect->match * prospect->unused >= 1 && s->hit_n == s->limit;
    const struct amp_hit *last = &s->hit[s->limit - 1];
    return hopeless(s, prospect->match * prospect->unused + more) ||
           (sharp && 1 + more <= last->rank && place > last->place);
}

/* Whether a word of the reading was taken for another; the beginning of a street word is none. */
static bool altered_by(const struct amp_reading *reading, const struct amp_match *match)
{
    bool altered = reading->altered;
    for (size_t t = 0; t < reading->term_n && !reading->whole; t++) {
        const struct amp_alt *alt = &reading->term[t].alt[match->alt[t]];
        altered = altered || ((match->found >> t & 1) != 0 && !alt->prefix && alt->factor < 1 &&
                              alt->factor > amp_match_begun(0, 0));
    }
    return altered;
}

/* Whether the spelling matches; with `skip`, false as well where it would change nothing. */
static bool spelling_weigh(struct amp_search *s, const struct prospect *prospect, uint32_t spelling,
                           bool skip)
{
    const struct amp_reading *reading = prospect->reading;
    const struct amp_pl_card *card = &s->places->card[spelling];
    uint32_t place = card->place;
    double importance = importance_of(s, card) - (card->alias != 0 ? alias_cost : 0);
    double more = importance + amp_search_here(s, card->pos);
    if (skip && !prospect->house && too_late(s, prospect, place, more)) {
        return false;
    }
    struct amp_match match;
    if (reading->whole) {
        match.quality = 1;
        match.found = UINT32_MAX;
    } else {
        match = s->find->match(s->find, reading, spelling);
    }
    if (match.quality <= 0) {
        return false;
    }
    if (!prospect->house && hopeless(s, match.quality * prospect->unused + more)) {
        return true;
    }
    struct amp_hit hit = {.place = place,
                          .address = AMP_PL_NONE,
                          .reading = reading,
                          .spelling = spelling,
                          .found = match.found,
                          .altered = altered_by(reading, &match),
                          .pos = card->pos,
                          .quality = match.quality};
    if (reading->unused != 0) {
        hit.quality *= unused_weigh(s, &s->places->rec[place], reading->unused, &hit.explained);
    }
    if (prospect->house) {
        if (!(card->flags & AMP_PL_STREET) || houses_weigh(s, hit, importance)) {
            return true;
        }
        hit.quality *= no_house_factor;
    }
    hit.rank = hit.quality + more;
    hit_put(s, &hit);
    return true;
}

size_t amp_search_weigh(struct amp_search *s, const struct amp_reading *reading, const uint32_t *id,
                        size_t n, bool skip)
{
    enum {
        SOON = 12 /* ahead of what is weighed */
    };
    struct prospect prospect = prospect_of(reading);
    size_t hits = 0;
    s->failed = s->failed || id == NULL;
    for (size_t i = 0; id != NULL && i < n + SOON; i++) {
        if (i < n) {
            s->find->soon(s->find, id[i]);
        }
        if (i >= SOON) {
            hits += spelling_weigh(s, &prospect, id[i - SOON], skip || hits > 0) ? 1 : 0;
        }
    }
    return hits;
}
