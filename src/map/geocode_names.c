/* Searching names: readings of the words, what the finder brings, weighed and ranked. */
#include "map/geocode_search.h"
#include "map/words.h"
#include <assert.h>
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
static const double good = 0.76; /* answers as good as this need no words left out */

enum {
    DROP_WORDS_MAX = 8,
    CONTEXT_WORDS = 4, /* at either end that may name the surroundings */
    STRAY_MAX = 2,     /* letters of a word that nobody can correct */
    MEANT_MIN = 4,     /* letters of a known word that may yet be mistyped */
    PLANS_MAX = 200,   /* ways of reading a question that are tried */
    HOUSE_WORDS = 3,   /* "17 bis 2" */
    HOUSE_GAP_M = 400  /* between houses farther apart nothing is reckoned */
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
static double importance_of(const struct amp_search *s, const struct amp_pl_rec *rec)
{
    static const double street_max = 110;
    double importance = rec->importance;
    if (s->ask->near != NULL && (rec->flags & AMP_PL_STREET)) {
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
    struct prospect out = {.reading = reading, .match = amp_match_bound(reading), .unused = 1};
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

/* Whether the spelling matches; with `skip`, false as well where it would change nothing. */
static bool spelling_weigh(struct amp_search *s, const struct prospect *prospect, uint32_t spelling,
                           bool skip)
{
    const struct amp_reading *reading = prospect->reading;
    uint32_t place = s->places->spelling[spelling].place;
    const struct amp_pl_rec *rec = &s->places->rec[place];
    bool alias = s->places->spelling[spelling].text != rec->name;
    double importance = importance_of(s, rec) - (alias ? alias_cost : 0);
    double more = importance + amp_search_here(s, rec->pos);
    if (skip && !prospect->house && too_late(s, prospect, place, more)) {
        return false;
    }
    struct amp_match match = s->find->match(s->find, reading, spelling);
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
                          .pos = rec->pos};
    hit.quality = match.quality * unused_weigh(s, rec, reading->unused, &hit.explained);
    if (prospect->house) {
        if (!(rec->flags & AMP_PL_STREET) || houses_weigh(s, hit, importance)) {
            return true;
        }
        hit.quality *= no_house_factor;
    }
    hit.rank = hit.quality + more;
    hit_put(s, &hit);
    return true;
}

/* How many of them match; with `skip`, those that change nothing may be missing. */
static size_t ids_weigh(struct amp_search *s, const struct amp_reading *reading, const uint32_t *id,
                        size_t n, bool skip)
{
    enum {
        SOON = 16, /* ahead of what is weighed */
        NEXT = 8
    };
    struct prospect prospect = prospect_of(reading);
    size_t hits = 0;
    s->failed = s->failed || id == NULL;
    for (size_t i = 0; id != NULL && i < n + SOON; i++) {
        if (i < n) {
            s->find->soon(s->find, id[i], 0);
        }
        if (i >= SOON - NEXT && i - (SOON - NEXT) < n) {
            s->find->soon(s->find, id[i - (SOON - NEXT)], 1);
        }
        if (i >= SOON) {
            hits += spelling_weigh(s, &prospect, id[i - SOON], skip || hits > 0) ? 1 : 0;
        }
    }
    return hits;
}

/* The names that consist of the words of a reading: each choice of alternatives, up to a limit.
 * *cut tells whether there were more than are weighed. */
static size_t bag_run(struct amp_search *s, const struct amp_reading *reading, bool *cut)
{
    size_t choice[AMP_FOLD_WORDS] = {0};
    size_t hits = 0;
    for (size_t round = 0; round < AMP_COMBINATIONS && !s->failed; round++) {
        struct amp_str word[AMP_FOLD_WORDS];
        struct amp_str bag[AMP_FOLD_WORDS + 1];
        size_t n = 0;
        for (size_t t = 0; t < reading->term_n; t++) {
            const struct amp_alt *alt = &reading->term[t].alt[choice[t]];
            if (!alt->prefix && alt->count > 0) {
                word[n++] = alt->word;
            }
        }
        if (n == reading->term_n) {
            size_t bag_n = amp_pl_bag(word, n, bag);
            const uint32_t *id = s->find->bag(s->find, bag, bag_n, &n);
            hits += ids_weigh(s, reading, id, id == NULL ? 0 : n, hits > 0);
            *cut = *cut || (id != NULL && n == AMP_PL_BAG);
        }
        size_t t = reading->term_n;
        while (t > 0 && ++choice[t - 1] == reading->term[t - 1].alt_n) {
            choice[--t] = 0;
        }
        if (t == 0) {
            break;
        }
    }
    return hits;
}

static size_t term_count(const struct amp_term *term)
{
    size_t count = 0;
    for (size_t i = 0; i < term->alt_n; i++) {
        count += term->alt[i].count;
    }
    return count;
}

static size_t driver_of(const struct amp_reading *reading)
{
    bool weighty = false;
    size_t best = 0;
    for (size_t t = 0; t < reading->term_n; t++) {
        weighty = weighty || !reading->term[t].little;
    }
    for (size_t t = 0, found = 0; t < reading->term_n; t++) {
        const struct amp_term *term = &reading->term[t];
        if (weighty && term->little) {
            continue; /* a name may lack it */
        }
        best = found++ == 0 || term_count(term) < term_count(&reading->term[best]) ? t : best;
    }
    return best;
}

static bool has_prefix(const struct amp_term *term)
{
    for (size_t i = 0; i < term->alt_n; i++) {
        if (term->alt[i].prefix) {
            return true;
        }
    }
    return false;
}

/* Street words that are begun, and no other word. */
static bool only_begun(const struct amp_term *term)
{
    for (size_t i = 0; i < term->alt_n; i++) {
        if (term->alt[i].factor > amp_match_begun(0, 0)) {
            return false;
        }
    }
    return true;
}

/* Names around the caller. */
static void local_run(struct amp_search *s, const struct amp_reading *reading, bool named)
{
    size_t n = 0;
    if (s->ask->near != NULL && !s->failed) {
        const struct amp_term *driver = &reading->term[driver_of(reading)];
        const uint32_t *id = s->find->local(s->find, driver, *s->ask->near, named, &n);
        (void)ids_weigh(s, reading, id, id == NULL ? 0 : n, true);
    }
}

/* Names that have more words than the reading, or longer ones. */
static void list_run(struct amp_search *s, const struct amp_reading *reading, bool named, bool cut)
{
    const struct amp_term *driver = &reading->term[driver_of(reading)];
    bool prefix = has_prefix(driver);
    size_t count = term_count(driver);
    bool few = prefix || reading->unused != 0 || driver->little || only_begun(driver);
    size_t most = named ? AMP_PL_MORE : few ? AMP_PL_TOP : AMP_PL_MATCHES;
    bool streets = prefix && !named && reading->term_n > 1 && count > most;
    size_t n = 0;
    if (count == 0) {
        return;
    }
    if (cut || (!named && count > most)) { /* the best of them first */
        local_run(s, reading, named);
    }
    if (!s->failed) {
        const uint32_t *id = s->find->list(s->find, driver, most, streets, &n);
        (void)ids_weigh(s, reading, id, id == NULL ? 0 : n, true);
    }
}

/* ---- words of the question ---- */

static bool good_enough(const struct amp_search *s)
{
    return s->hit_n > 0 && s->hit[0].quality >= good;
}

/* What a word begins: looked for when it first stands last in a reading. */
static void word_begin(struct amp_search *s, size_t i)
{
    struct amp_asked_word *w = &s->word[i];
    struct amp_alt begun[AMP_FOLD_FORMS + 1];
    if (w->begun) {
        return;
    }
    w->begun = true;
    size_t n = s->find->begun(s->find, w->raw, begun);
    w->begins = n > 0;
    for (size_t b = 0; b < n; b++) {
        bool itself = w->known && !begun[b].prefix && amp_str_eq(begun[b].word, w->alt[0].word);
        bool within = w->known && begun[b].prefix && amp_str_starts(w->alt[0].word, w->raw);
        begun[b].count -= within ? w->alt[0].count : 0; /* each spelling is counted once */
        if (!itself) {
            w->alt[w->alt_n++] = begun[b];
        }
    }
}

/* Too short to tell what was meant, "ru" for "rua": a word without weight. */
static bool stray(const struct amp_asked_word *w)
{
    bool letters = w->raw.len > 0 && w->raw.len <= STRAY_MAX;
    for (size_t i = 0; i < w->raw.len && letters; i++) {
        letters = w->raw.ptr[i] >= 'a' && w->raw.ptr[i] <= 'z';
    }
    return letters && !w->known && !w->begins;
}

static void words_prepare(struct amp_search *s)
{
    for (size_t i = 0; i < s->folded->n; i++) {
        struct amp_asked_word *w = &s->word[i];
        *w = (struct amp_asked_word){.raw = s->folded->raw[i]};
        w->little = amp_word_little(s->folded->word[i]);
        w->alt = amp_arena_array(s->arena, AMP_FOLD_FORMS + 2, sizeof(*w->alt));
        if (w->alt == NULL) {
            s->failed = true;
            return;
        }
        w->known = s->find->known(s->find, s->folded->word[i], &w->alt[0]);
        w->exact_n = w->known ? 1 : 0;
        w->alt_n = w->exact_n;
    }
    if (s->folded->n > 0) {
        word_begin(s, s->folded->n - 1);
    }
    for (size_t i = 0; i < s->folded->n; i++) {
        s->word[i].little = s->word[i].little || stray(&s->word[i]);
    }
}

/* ---- readings ---- */

enum level {
    LEVEL_PLAIN, /* words as typed, the last may be begun */
    LEVEL_MEANT, /* unknown words for what they may mean */
    LEVEL_LOOSE, /* the same, and those that may mean a kind of street may be lacking */
    LEVEL_DOUBT  /* word `doubt` for what else it may mean, though it is known */
};

/* Which words are the name; what else of the question is used, or left out. */
struct plan {
    uint32_t name, used, unused;
    enum level level;
    size_t doubt;
    bool altered;
    char house[AMP_HOUSE_KEY];
};

static void word_mean(struct amp_search *s, struct amp_asked_word *word)
{
    if (word->meant == NULL) {
        word->meant = amp_arena_array(s->arena, AMP_ALTS + 1, sizeof(*word->meant));
        s->failed = s->failed || word->meant == NULL;
        word->meant_n = word->meant == NULL ? 0 : s->find->meant(s->find, word->raw, word->meant);
    }
}

/* A mistyped "avenida" need not be there any more than a right one. */
static bool street_word_meant(const struct amp_asked_word *word)
{
    for (size_t i = 0; i < word->meant_n; i++) {
        if (amp_word_little(word->meant[i].word)) {
            return true;
        }
    }
    return false;
}

static void term_make(struct amp_search *s, const struct plan *plan, size_t i, bool last,
                      struct amp_term *out)
{
    struct amp_asked_word *word = &s->word[i];
    bool unknown = !word->known && !(last && word->begins);
    *out = (struct amp_term){.alt = word->alt, .alt_n = last ? word->alt_n : word->exact_n};
    out->words = UINT32_C(1) << i;
    out->little = word->little;
    bool meant = plan->level == LEVEL_MEANT || plan->level == LEVEL_LOOSE;
    if ((meant && unknown) || (plan->level == LEVEL_DOUBT && plan->doubt == i)) {
        word_mean(s, word);
        out->alt = word->meant;
        out->alt_n = word->meant_n;
        out->little = plan->level == LEVEL_LOOSE && street_word_meant(word);
    }
}

/* A reading of a plan, kept for as long as its hits; NULL if a word of it means nothing. */
static struct amp_reading *reading_make(struct amp_search *s, const struct plan *plan)
{
    struct amp_reading *r = amp_arena_alloc(s->arena, sizeof(*r));
    size_t last = AMP_FOLD_WORDS;
    bool weighty = false;
    if (r == NULL) {
        s->failed = true;
        return NULL;
    }
    *r = (struct amp_reading){.used = plan->used, .unused = plan->unused};
    r->altered = plan->altered;
    r->folded = s->folded;
    memcpy(r->house, plan->house, sizeof(r->house));
    for (size_t i = 0; i < s->folded->n; i++) {
        last = (plan->name >> i & 1) != 0 ? i : last;
    }
    if (last < AMP_FOLD_WORDS) {
        word_begin(s, last);
    }
    for (size_t i = 0; i < s->folded->n; i++) {
        if ((plan->name >> i & 1) == 0) {
            continue;
        }
        struct amp_term *term = &r->term[r->term_n++];
        term_make(s, plan, i, i == last, term);
        weighty = weighty || !term->little;
    }
    for (size_t t = 0; t < r->term_n; t++) {
        if (r->term[t].alt_n == 0 && (!r->term[t].little || !weighty)) {
            return NULL;
        }
    }
    return r->term_n > 0 ? r : NULL;
}

/* Little words that no name has take no part in choices. */
static void reading_trim(struct amp_reading *r)
{
    size_t n = 0;
    for (size_t t = 0; t < r->term_n; t++) {
        if (r->term[t].alt_n > 0) {
            r->term[n++] = r->term[t];
        } else {
            r->unused |= r->term[t].words;
        }
    }
    r->term_n = n;
}

static void plan_run(struct amp_search *s, const struct plan *plan)
{
    struct amp_reading *reading = s->plans < PLANS_MAX ? reading_make(s, plan) : NULL;
    bool cut = false;
    s->plans++;
    if (reading == NULL || s->failed) {
        return;
    }
    reading_trim(reading);
    bool named = bag_run(s, reading, &cut) > 0;
    s->exact =
        s->exact || (named && plan->level == LEVEL_PLAIN && plan->unused == 0 && !plan->altered);
    if (plan->level != LEVEL_DOUBT && (plan->level == LEVEL_PLAIN || s->hit_n == 0)) {
        list_run(s, reading, named, cut);
    } else if (cut && plan->level != LEVEL_DOUBT) {
        local_run(s, reading, named);
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

/* "No 12", "nr. 12", "number 12": words before a house number. */
static bool number_word(struct amp_str raw)
{
    static const char *const words[] = {"no", "nr", "n", "num", "numero", "number", "nro", "casa"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (amp_str_is(raw, words[i])) {
            return true;
        }
    }
    return false;
}

static uint32_t bits(size_t first, size_t end)
{
    uint32_t below_end = end >= 32 ? UINT32_MAX : (UINT32_C(1) << end) - 1;
    return below_end & ~((UINT32_C(1) << first) - 1);
}

/* What may follow a house number as a part of it: "a", "bis", "k3", another number. */
static bool house_suffix(struct amp_str raw)
{
    enum {
        SUFFIX_LETTERS = 3
    };
    struct amp_typo_word word;
    amp_typo_word(raw, &word);
    return begins_with_digit(raw) || (word.n > 0 && word.n <= SUFFIX_LETTERS);
}

/* Run a plan with words [at, end) taken for the house number. */
static void house_run(struct amp_search *s, const struct plan *plan, size_t at, size_t end)
{
    struct plan with = *plan;
    uint32_t number = bits(at, end);
    if ((plan->name & number) != number || plan->name == number) {
        return;
    }
    if (at > 0 && (plan->name >> (at - 1) & 1) != 0 && number_word(s->folded->raw[at - 1])) {
        number |= UINT32_C(1) << (at - 1);
    }
    with.name &= ~number;
    with.used |= number;
    house_of(s->folded, at, end, with.house);
    if (with.name != 0) {
        plan_run(s, &with);
    }
}

/* All readings of the words of a plan: a name, a house number behind it, or before it. */
static void houses_run(struct amp_search *s, const struct plan *plan)
{
    const struct amp_folded *folded = s->folded;
    plan_run(s, plan);
    size_t first = folded->n;
    size_t end = 0;
    for (size_t i = folded->n; i > 0; i--) {
        if ((plan->name >> (i - 1) & 1) != 0) {
            first = i - 1;
            end = end == 0 ? i : end;
        }
    }
    for (size_t k = 1; k <= HOUSE_WORDS && first + k < end; k++) { /* "12", "12 a", "12/3" behind */
        if (begins_with_digit(folded->raw[end - k])) {
            house_run(s, plan, end - k, end);
        }
        if (!house_suffix(folded->raw[end - k])) {
            break;
        }
    }
    for (size_t k = 1; k <= HOUSE_WORDS && first + k < end && begins_with_digit(folded->raw[first]);
         k++) {
        house_run(s, plan, first, first + k);
        if (!house_suffix(folded->raw[first + k])) {
            break;
        }
    }
    for (size_t i = first + 1; i + 1 < end; i++) { /* "Rua Augusta 12 Baixa" */
        if (folded->comma[i] && begins_with_digit(folded->raw[i])) {
            house_run(s, plan, i, i + 1);
        }
    }
}

/* ---- words that are not what they seem ---- */

static bool unknown_in(struct amp_search *s, uint32_t name)
{
    size_t last = 0;
    for (size_t i = 0; i < s->folded->n; i++) {
        last = (name >> i & 1) != 0 ? i : last;
    }
    word_begin(s, last);
    for (size_t i = 0; i < s->folded->n; i++) {
        bool begun = i == last && s->word[i].begins;
        if ((name >> i & 1) != 0 && !s->word[i].known && !begun) {
            return true;
        }
    }
    return false;
}

static bool all_digits(struct amp_str raw)
{
    uint64_t number;
    return !amp_str_u64(raw, &number);
}

/* A name has the word, or it is a number. */
static bool word_known(const struct amp_search *s, struct amp_str raw)
{
    struct amp_alt alt;
    const struct amp_word_form *form = amp_word_form(raw);
    return raw.len > 0 &&
           (all_digits(raw) ||
            s->find->known(s->find, form == NULL ? raw : amp_str_of(form->brief), &alt));
}

/* Part of a question spelt in another way: words [at, at + n) become up to two texts. */
struct respelling {
    size_t at, n;
    struct amp_str part[2];
};

/* The whole question with a respelling, searched in its place. */
static void respelt_run(struct amp_search *s, const struct respelling *r)
{
    const struct amp_folded *own = s->folded;
    struct amp_folded *folded = amp_arena_alloc(s->arena, sizeof(*folded));
    struct amp_asked_word *word = amp_arena_array(s->arena, AMP_FOLD_WORDS, sizeof(*word));
    char text[AMP_FOLD_BYTES + 2 * AMP_FOLD_WORDS];
    size_t len = 0;
    if (folded == NULL || word == NULL) {
        s->failed = true;
        return;
    }
    for (size_t i = 0; i < own->n; i++) {
        for (size_t k = 0; k < 2; k++) {
            struct amp_str part = i == r->at ? r->part[k] : k == 0 ? own->raw[i] : AMP_STR("");
            if (part.len == 0 || (i > r->at && i < r->at + r->n) ||
                len + part.len + 1 > sizeof(text)) {
                continue;
            }
            if (len > 0) {
                text[len++] = own->comma[i] && k == 0 ? ',' : ' ';
            }
            memcpy(text + len, part.ptr, part.len);
            len += part.len;
        }
    }
    amp_fold((struct amp_str){text, len}, folded);
    memcpy(word, s->word, sizeof(s->word));
    s->folded = folded;
    words_prepare(s);
    struct plan plan = {.name = bits(0, folded->n), .altered = true};
    houses_run(s, &plan);
    if (s->hit_n == 0 && unknown_in(s, plan.name)) {
        plan.level = LEVEL_MEANT;
        houses_run(s, &plan);
    }
    s->folded = own;
    memcpy(s->word, word, sizeof(s->word));
}

static void respelling_try(struct amp_search *s, size_t at, size_t n, struct amp_str a,
                           struct amp_str b)
{
    if (word_known(s, a) && (b.len == 0 || word_known(s, b)) && !s->failed) {
        struct respelling r = {at, n, {a, b}};
        respelt_run(s, &r);
    }
}

/* An unknown word torn in two, without a blank or with a letter in its place. */
static void splits_run(struct amp_search *s, size_t i)
{
    struct amp_str raw = s->folded->raw[i];
    size_t step = 0;
    for (size_t at = 0; at < raw.len; at += step) {
        step = amp_utf8_step(raw.ptr + at, raw.len - at);
        step = step == 0 ? 1 : step;
        struct amp_str head = {raw.ptr, at};
        struct amp_str tail = {raw.ptr + at, raw.len - at};
        struct amp_str less = {tail.ptr + step, tail.len - step};
        if (head.len > 0) {
            respelling_try(s, i, 1, head, tail);
        }
        if (head.len > 0 && less.len > 0) {
            respelling_try(s, i, 1, head, less);
        }
    }
}

/* Two words as one, or with a letter on the wrong side of the blank. */
static void pair_run(struct amp_search *s, size_t i)
{
    struct amp_str a = s->folded->raw[i];
    struct amp_str b = s->folded->raw[i + 1];
    char text[AMP_FOLD_BYTES];
    if (a.len + b.len > sizeof(text)) {
        return;
    }
    memcpy(text, a.ptr, a.len);
    memcpy(text + a.len, b.ptr, b.len);
    size_t last = a.len - 1;
    while (last > 0 && ((uint8_t)a.ptr[last] & 0xC0) == 0x80) {
        last--;
    }
    size_t first = amp_utf8_step(b.ptr, b.len);
    struct amp_str both = {text, a.len + b.len};
    respelling_try(s, i, 2, both, AMP_STR(""));
    if (last > 0) {
        respelling_try(s, i, 2, (struct amp_str){text, last},
                       (struct amp_str){text + last, both.len - last});
    }
    if (first < b.len) {
        respelling_try(s, i, 2, (struct amp_str){text, a.len + first},
                       (struct amp_str){text + a.len + first, b.len - first});
    }
}

static void respell_run(struct amp_search *s)
{
    size_t n = s->folded->n;
    for (size_t i = 0; i < n && n < AMP_FOLD_WORDS && !s->failed; i++) {
        bool known = s->word[i].known || (i + 1 == n && s->word[i].begins);
        if (!known && !begins_with_digit(s->folded->raw[i])) {
            splits_run(s, i);
        }
        if (i + 1 < n && !(known && s->word[i + 1].known)) {
            pair_run(s, i);
        }
    }
}

static bool street_words_meant(const struct amp_search *s)
{
    bool meant = false;
    for (size_t i = 0; i < s->folded->n; i++) {
        meant = meant || (!s->word[i].known && street_word_meant(&s->word[i]));
    }
    return meant;
}

static void meant_run(struct amp_search *s, struct plan plan)
{
    if (unknown_in(s, plan.name)) {
        plan.level = LEVEL_MEANT;
        houses_run(s, &plan);
        if (!good_enough(s) && street_words_meant(s)) {
            plan.level = LEVEL_LOOSE;
            houses_run(s, &plan);
        }
        plan.level = LEVEL_PLAIN;
        if (good_enough(s)) {
            return;
        }
    }
    respell_run(s);
    for (size_t i = 0; i < s->folded->n && !s->failed; i++) {
        struct amp_typo_word word;
        amp_typo_word(s->folded->raw[i], &word);
        bool doubtful = (s->word[i].known || s->word[i].begins) && !s->word[i].little;
        size_t least = i + 1 == s->folded->n ? MEANT_MIN : MEANT_MIN - 1;
        if (doubtful && word.n >= least && amp_typo_reach(&word) > 0) {
            plan.level = LEVEL_DOUBT;
            plan.doubt = i;
            houses_run(s, &plan);
        }
    }
}

/* ---- words left out ---- */

static void drop_run(struct amp_search *s, uint32_t all, uint32_t unused)
{
    struct plan plan = {.name = all & ~unused, .unused = unused};
    if (plan.name == 0 || unused == 0 || s->failed) {
        return;
    }
    houses_run(s, &plan);
    if (!good_enough(s) && unknown_in(s, plan.name)) {
        plan.level = LEVEL_MEANT;
        houses_run(s, &plan);
    }
}

/* Nothing has all the words well: leave out what follows a comma, words at either end that may name
 * the surroundings, one word anywhere, and at last all words but one. */
static void drops_run(struct amp_search *s)
{
    size_t n = s->folded->n;
    uint32_t all = bits(0, n);
    for (size_t i = n; i > 1 && !good_enough(s); i--) {
        if (s->folded->comma[i - 1]) {
            drop_run(s, all, bits(i - 1, n));
        }
    }
    for (size_t k = 1; k <= CONTEXT_WORDS && k < n && !good_enough(s); k++) {
        drop_run(s, all, bits(n - k, n));
        drop_run(s, all, bits(0, k));
    }
    for (size_t i = 1; i + 1 < n && n <= DROP_WORDS_MAX && !good_enough(s); i++) {
        drop_run(s, all, UINT32_C(1) << i);
    }
    for (size_t i = 0; i < n && s->hit_n == 0; i++) {
        if (!s->word[i].little && (s->word[i].known || n <= DROP_WORDS_MAX)) {
            drop_run(s, all, all & ~(UINT32_C(1) << i));
        }
    }
}

/* ---- all of it ---- */

struct amp_search amp_search_make(const struct amp_search *like, size_t limit)
{
    struct amp_search s = {.places = like->places,
                           .ask = like->ask,
                           .find = like->find,
                           .arena = like->arena,
                           .east_share = like->east_share,
                           .limit = limit};
    return s;
}

void amp_search_names(struct amp_search *s, const struct amp_folded *folded)
{
    s->folded = folded;
    if (folded->n == 0) {
        return;
    }
    words_prepare(s);
    struct plan plan = {.name = bits(0, folded->n)};
    if (!s->failed) {
        houses_run(s, &plan);
    }
    if (!s->exact && !s->failed) {
        meant_run(s, plan);
    }
    if (!good_enough(s) && folded->n > 1 && !s->failed) {
        drops_run(s);
    }
}
