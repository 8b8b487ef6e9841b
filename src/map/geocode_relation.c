/* Questions that name a place by others: crossings, and landmarks with a relation to them. */
#include "map/geocode_search.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE_HITS = 20, /* places weighed for each side of a crossing or of "between" */
    SIDE_BYTES = 1024,
    TRIES_MAX = 6 /* places where a question is cut in two */
};

static const double side_good = 0.4; /* a side that matches worse is none */

/* Words that stand between the two sides. */
static const char *const connectors[] = {
    "and", "with", "x",  "at",      "e",   "com",    "c", "con", "y",
    "et",  "avec", "na", "esquina", "esq", "corner", "و", "مع",
};

/* Phrases before the two sides of a crossing. */
static const char *const corners[] = {
    "corner of",       "junction of",   "intersection of", "crossing of", "crossroads of",
    "corner",          "esquina de",    "esquina da",      "esquina do",  "esquina con",
    "esquina",         "cruzamento de", "cruzamento da",   "cruzamento",  "cruce de",
    "interseccion de", "intersecao de", "canto da",        "coin de",     "angle de",
    "croisement de",   "carrefour de",  "kona ya",         "makutano ya", "تقاطع",
};

static const struct {
    const char *phrase;
    const char *relation;
} relations[] = {
    {"behind", "behind"},
    {"at the back of", "behind"},
    {"atras", "behind"},
    {"por tras", "behind"},
    {"por detras", "behind"},
    {"detras", "behind"},
    {"derriere", "behind"},
    {"nyuma", "behind"},
    {"خلف", "behind"},
    {"وراء", "behind"},
    {"next to", "beside"},
    {"beside", "beside"},
    {"ao lado", "beside"},
    {"al lado", "beside"},
    {"a cote", "beside"},
    {"kando", "beside"},
    {"pembeni", "beside"},
    {"بجانب", "beside"},
    {"جنب", "beside"},
    {"near to", "near"},
    {"near", "near"},
    {"close to", "near"},
    {"perto", "near"},
    {"proximo", "near"},
    {"junto", "near"},
    {"cerca", "near"},
    {"pres", "near"},
    {"proche", "near"},
    {"karibu", "near"},
    {"قرب", "near"},
    {"بالقرب", "near"},
    {"قريب", "near"},
    {"opposite", "opposite"},
    {"across from", "opposite"},
    {"em frente", "opposite"},
    {"defronte", "opposite"},
    {"frente", "opposite"},
    {"en frente", "opposite"},
    {"enfrente", "opposite"},
    {"en face", "opposite"},
    {"mkabala", "opposite"},
    {"مقابل", "opposite"},
    {"in front of", "in front of"},
    {"na frente", "in front of"},
    {"delante", "in front of"},
    {"devant", "in front of"},
    {"mbele", "in front of"},
    {"امام", "in front of"},
    {"between", "between"},
    {"entre", "between"},
    {"kati", "between"},
    {"baina", "between"},
    {"بين", "between"},
    {"before", "before"},
    {"antes", "before"},
    {"avant", "before"},
    {"kabla", "before"},
    {"قبل", "before"},
    {"past", "after"},
    {"after", "after"},
    {"depois", "after"},
    {"despues", "after"},
    {"apres", "after"},
    {"baada", "after"},
    {"بعد", "after"},
    {"inside", "inside"},
    {"dentro", "inside"},
    {"ndani", "inside"},
    {"داخل", "inside"},
};

/* Between a phrase and the landmark. */
static const char *const links[] = {"de",  "do",  "da",  "dos", "das", "del", "la", "el", "los",
                                    "las", "the", "of",  "to",  "o",   "a",   "os", "as", "ao",
                                    "aos", "du",  "des", "le",  "les", "l",   "d",  "ya", "wa",
                                    "na",  "za",  "cha", "من",  "al",  "au"};

static bool in_list(struct amp_str word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (amp_str_is(word, list[i])) {
            return true;
        }
    }
    return false;
}

size_t amp_search_phrase(const struct amp_folded *folded, size_t at, const char *phrase)
{
    size_t n = 0;
    if (at < folded->n && folded->raw[at].len > 0 && folded->raw[at].ptr[0] != phrase[0]) {
        return 0;
    }
    for (struct amp_str rest = amp_str_of(phrase); rest.len > 0; n++) {
        struct amp_str word;
        rest = amp_str_cut(rest, ' ', &word);
        if (at + n >= folded->n || !amp_str_eq(folded->raw[at + n], word)) {
            return 0;
        }
    }
    return n;
}

/* Words [first, end) as a question of their own; NULL if the arena is full. */
static struct amp_folded *part_of(const struct amp_search *s, size_t first, size_t end)
{
    char text[SIDE_BYTES];
    size_t len = 0;
    struct amp_folded *part = amp_arena_alloc(s->arena, sizeof(*part));
    for (size_t i = first; i < end && part != NULL; i++) {
        struct amp_str word = s->folded->raw[i];
        if (len + word.len + 2 > sizeof(text)) {
            break;
        }
        if (i > first) {
            text[len++] = s->folded->comma[i] ? ',' : ' ';
        }
        memcpy(text + len, word.ptr, word.len);
        len += word.len;
    }
    if (part != NULL) {
        amp_fold((struct amp_str){text, len}, part);
    }
    return part;
}

static bool side_find(const struct amp_search *s, size_t first, size_t end, struct amp_search *out)
{
    struct amp_folded *part = first < end ? part_of(s, first, end) : NULL;
    *out = amp_search_make(s, SIDE_HITS);
    if (part != NULL) {
        amp_search_names(out, part);
    }
    return part != NULL && !out->failed && out->hit_n > 0 && out->hit[0].quality >= side_good;
}

/* ---- crossings ---- */

struct crossing {
    uint32_t a, b;
    struct amp_pos pos;
    double quality, rank;
};

struct crossings {
    const struct amp_search *s;
    size_t n;
    struct crossing found[SIDE_HITS];
};

/* The best crossings, each pair of streets once within a junction. */
static void crossing_put(struct crossings *c, struct crossing crossing)
{
    static const double junction_m = 60;
    size_t at = c->n;
    for (size_t i = 0; i < c->n; i++) {
        struct crossing *other = &c->found[i];
        bool pair = (other->a == crossing.a && other->b == crossing.b) ||
                    (other->a == crossing.b && other->b == crossing.a);
        if (pair && amp_pos_distance_m(other->pos, crossing.pos) < junction_m) {
            if (other->rank >= crossing.rank) {
                return;
            }
            at = i;
            break;
        }
    }
    if (at == SIDE_HITS) {
        at--;
        if (c->found[at].rank >= crossing.rank) {
            return;
        }
    }
    c->n = at == c->n ? c->n + 1 : c->n;
    for (; at > 0 && c->found[at - 1].rank < crossing.rank; at--) {
        c->found[at] = c->found[at - 1];
    }
    c->found[at] = crossing;
}

/* How well a street answers what was asked for the other side: as one of its hits, or by the same
 * reading of the words. */
static double side_quality(const struct amp_search *side, uint32_t place)
{
    const struct amp_pl_rec *rec = &side->places->rec[place];
    double best = 0;
    for (size_t i = 0; i < side->hit_n; i++) {
        best = side->hit[i].place == place ? fmax(best, side->hit[i].quality) : best;
    }
    for (uint32_t i = rec[0].spelling_first; i < rec[1].spelling_first && best <= 0; i++) {
        struct amp_match match = side->find->match(side->find, side->hit[0].reading, i);
        best = fmax(best, match.quality);
    }
    return best;
}

static size_t cross_first(const struct amp_places *p, uint32_t street)
{
    size_t lo = 0;
    for (size_t hi = p->cross_n; lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->cross[mid].a < street) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static void side_cross(struct crossings *c, const struct amp_search *one,
                       const struct amp_search *other, bool swapped)
{
    const struct amp_places *p = one->places;
    for (size_t h = 0; h < one->hit_n; h++) {
        uint32_t street = one->hit[h].place;
        for (size_t i = cross_first(p, street); i < p->cross_n && p->cross[i].a == street; i++) {
            double quality = side_quality(other, p->cross[i].b);
            if (quality < side_good || one->hit[h].quality < side_good) {
                continue;
            }
            struct crossing crossing = {street, p->cross[i].b, p->cross[i].pos,
                                        (quality + one->hit[h].quality) / 2, 0};
            if (swapped) {
                crossing.a = crossing.b;
                crossing.b = street;
            }
            crossing.rank = crossing.quality + amp_search_here(c->s, crossing.pos);
            crossing_put(c, crossing);
        }
    }
}

static amp_err crossings_give(const struct crossings *c, struct amp_place **out, size_t *out_n)
{
    const struct amp_search *s = c->s;
    size_t n = c->n < s->limit ? c->n : s->limit;
    struct amp_place *place = amp_arena_array(s->arena, n + 1, sizeof(*place));
    if (place == NULL || n == 0) {
        return place == NULL ? AMP_E_NOMEM : AMP_E_NOT_FOUND;
    }
    for (size_t i = 0; i < n; i++) {
        const struct amp_places *p = s->places;
        struct amp_str name =
            amp_arena_printf(s->arena, "%s & %s", p->text + p->rec[c->found[i].a].name,
                             p->text + p->rec[c->found[i].b].name);
        amp_err err = amp_search_place(s, name, "crossing", c->found[i].pos, &place[i]);
        if (err) {
            return err;
        }
        place[i].score = c->found[i].quality;
        place[i].used = amp_search_words(s, s->folded, UINT32_MAX);
    }
    *out = place;
    *out_n = n;
    return AMP_OK;
}

static void sides_try(struct crossings *c, size_t first, size_t middle, size_t second)
{
    struct amp_search a;
    struct amp_search b;
    if (side_find(c->s, first, middle, &a) && side_find(c->s, second, c->s->folded->n, &b)) {
        side_cross(c, &a, &b, false);
        side_cross(c, &b, &a, true);
    }
}

/* "A & B", "A / B": the fold has made them blanks; the words before the mark are counted. */
static size_t mark_word(const struct amp_search *s)
{
    struct amp_str query = s->ask->query;
    for (size_t i = 1; i < query.len; i++) {
        bool slash = query.ptr[i] == '/' && query.ptr[i - 1] == ' ';
        if (query.ptr[i] == '&' || query.ptr[i] == '@' || slash) {
            struct amp_folded before;
            amp_fold((struct amp_str){query.ptr, i}, &before);
            return before.n;
        }
    }
    return 0;
}

static bool connector_at(const struct amp_folded *folded, size_t at)
{
    return in_list(folded->raw[at], connectors, sizeof(connectors) / sizeof(connectors[0]));
}

/* The words of a corner phrase at the front and the articles behind it. */
static size_t corner_len(const struct amp_folded *folded)
{
    for (size_t i = 0; i < sizeof(corners) / sizeof(corners[0]); i++) {
        size_t n = amp_search_phrase(folded, 0, corners[i]);
        if (n > 0) {
            return n;
        }
    }
    return 0;
}

amp_err amp_search_crossing(const struct amp_search *s, struct amp_place **out, size_t *out_n)
{
    const struct amp_folded *folded = s->folded;
    struct crossings c = {.s = s};
    size_t first = corner_len(folded);
    size_t mark = mark_word(s);
    if (mark > first && mark < folded->n) {
        sides_try(&c, first, mark, mark);
    }
    size_t tries = 0;
    for (size_t i = first + 1; i + 1 < folded->n && c.n == 0; i++) {
        if (connector_at(folded, i) && tries++ < TRIES_MAX) {
            sides_try(&c, first, i, i + 1);
        }
    }
    for (size_t i = first + 1; i < folded->n && c.n == 0; i++) { /* "esquina A B", "A, B" */
        if ((first > 0 || folded->comma[i]) && tries++ < TRIES_MAX) {
            sides_try(&c, first, i, i);
        }
    }
    return crossings_give(&c, out, out_n);
}

/* ---- landmarks ---- */

struct relation {
    const char *name;
    size_t first, end;     /* words of the phrase */
    size_t landmark_first; /* behind its articles */
};

static bool relation_find(const struct amp_folded *folded, struct relation *out)
{
    for (size_t at = 0; at + 1 < folded->n; at++) {
        size_t best = 0;
        for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
            size_t n = amp_search_phrase(folded, at, relations[i].phrase);
            if (n > best) {
                best = n;
                *out = (struct relation){relations[i].relation, at, at + n, at + n};
            }
        }
        if (best == 0) {
            continue;
        }
        while (out->landmark_first + 1 < folded->n &&
               in_list(folded->raw[out->landmark_first], links, sizeof(links) / sizeof(links[0]))) {
            out->landmark_first++;
        }
        return out->landmark_first < folded->n;
    }
    return false;
}

static uint32_t bits(size_t first, size_t end)
{
    return ((UINT32_C(1) << end) - 1) & ~((UINT32_C(1) << first) - 1);
}

/* Two texts with a blank between, either may be empty. */
static struct amp_str both(const struct amp_search *s, struct amp_str a, struct amp_str b)
{
    if (a.len == 0 || b.len == 0) {
        return a.len == 0 ? b : a;
    }
    return amp_arena_printf(s->arena, "%.*s %.*s", (int)a.len, a.ptr, (int)b.len, b.ptr);
}

static amp_err landmark_give(const struct amp_search *s, const struct relation *r,
                             const struct amp_search *found, struct amp_place **out, size_t *out_n)
{
    static const double relation_factor = 0.95;
    amp_err err = amp_search_give(found, out, out_n);
    struct amp_str phrase = amp_search_words(s, s->folded, bits(0, r->landmark_first));
    for (size_t i = 0; i < *out_n && !err; i++) {
        (*out)[i].relation = amp_str_of(r->name);
        (*out)[i].unused = both(s, phrase, (*out)[i].unused);
        (*out)[i].score *= relation_factor;
        (*out)[i].how = AMP_STR("the position of the landmark itself");
    }
    return err || amp_arena_failed(s->arena) ? AMP_E_NOMEM : AMP_OK;
}

/* The pair of hits that fits best: both good, and near each other. */
static bool pair_find(const struct amp_search *a, const struct amp_search *b, size_t *out_a,
                      size_t *out_b)
{
    static const double apart_max_m = 5000;
    static const double apart_scale_m = 1000;
    double best = -INFINITY;
    for (size_t i = 0; i < a->hit_n; i++) {
        for (size_t j = 0; j < b->hit_n; j++) {
            double m = amp_pos_distance_m(a->hit[i].pos, b->hit[j].pos);
            double worth = a->hit[i].rank + b->hit[j].rank - m / apart_scale_m;
            if (a->hit[i].place != b->hit[j].place && m <= apart_max_m && worth > best) {
                best = worth;
                *out_a = i;
                *out_b = j;
            }
        }
    }
    return best > -INFINITY;
}

static amp_err between_give(const struct amp_search *s, const struct relation *r, size_t middle,
                            struct amp_place **out, size_t *out_n)
{
    struct amp_search a;
    struct amp_search b;
    size_t i = 0;
    size_t j = 0;
    struct amp_place *place = amp_arena_array(s->arena, 1, sizeof(*place));
    if (place == NULL) {
        return AMP_E_NOMEM;
    }
    if (!side_find(s, r->landmark_first, middle, &a) ||
        !side_find(s, middle + 1, s->folded->n, &b) || !pair_find(&a, &b, &i, &j)) {
        return AMP_E_NOT_FOUND;
    }
    const struct amp_places *p = s->places;
    struct amp_pos pos = amp_pos_between(a.hit[i].pos, b.hit[j].pos, 0.5);
    struct amp_str name =
        amp_arena_printf(s->arena, "%s - %s", p->text + p->rec[a.hit[i].place].name,
                         p->text + p->rec[b.hit[j].place].name);
    amp_err err = amp_search_place(s, name, "between", pos, place);
    if (err) {
        return err;
    }
    place->score = (a.hit[i].quality + b.hit[j].quality) / 2;
    place->relation = amp_str_of(r->name);
    place->used = amp_search_words(s, s->folded, bits(r->first, s->folded->n));
    place->unused = amp_search_words(s, s->folded, bits(0, r->first));
    double apart_m = amp_pos_distance_m(a.hit[i].pos, b.hit[j].pos);
    place->how = amp_arena_printf(s->arena, "in the middle, %.0f m from either", apart_m / 2);
    *out = place;
    *out_n = 1;
    return amp_arena_failed(s->arena) ? AMP_E_NOMEM : AMP_OK;
}

amp_err amp_search_relation(const struct amp_search *s, struct amp_place **out, size_t *out_n)
{
    struct relation r = {.name = ""};
    struct amp_search found;
    if (!relation_find(s->folded, &r)) {
        return AMP_E_NOT_FOUND;
    }
    bool between = strcmp(r.name, "between") == 0;
    size_t tries = 0;
    for (size_t i = r.landmark_first + 1; i + 1 < s->folded->n && between; i++) {
        bool joins = connector_at(s->folded, i) && tries++ < TRIES_MAX;
        amp_err err = joins ? between_give(s, &r, i, out, out_n) : AMP_E_NOT_FOUND;
        if (err != AMP_E_NOT_FOUND) {
            return err;
        }
    }
    struct amp_folded *part = part_of(s, r.landmark_first, s->folded->n);
    found = amp_search_make(s, s->limit);
    if (part == NULL) {
        return AMP_E_NOMEM;
    }
    amp_search_names(&found, part);
    return found.hit_n == 0 ? AMP_E_NOT_FOUND : landmark_give(s, &r, &found, out, out_n);
}
