/* Questions for a kind of place: "nearest hospital to X", "farmácia perto de X", "fuel". */
#include "map/geocode_category.h"
#include "map/geocode_search.h"
#include <math.h>
#include <string.h>

static const double reach_m = 100000; /* farther help is none */

/* Words for kinds of places, folded: English, Portuguese, Spanish, French, Swahili, Arabic. Longer
 * phrases of the same beginning win. */
static const struct amp_category categories[] = {
    {"hospital", "hospital"},
    {"hospitals", "hospital"},
    {"hospitais", "hospital"},
    {"hospitales", "hospital"},
    {"hopital", "hospital"},
    {"hopitaux", "hospital"},
    {"hospitali", "hospital"},
    {"مستشفي", "hospital"},
    {"clinic", "clinic"},
    {"clinics", "clinic"},
    {"clinica", "clinic"},
    {"clinicas", "clinic"},
    {"clinique", "clinic"},
    {"health centre", "clinic"},
    {"health center", "clinic"},
    {"centro de saude", "clinic"},
    {"centro de salud", "clinic"},
    {"centre de sante", "clinic"},
    {"posto de saude", "clinic"},
    {"zahanati", "clinic"},
    {"kituo cha afya", "clinic"},
    {"عياده", "clinic"},
    {"doctor", "doctors"},
    {"doctors", "doctors"},
    {"medico", "doctors"},
    {"medecin", "doctors"},
    {"daktari", "doctors"},
    {"طبيب", "doctors"},
    {"pharmacy", "pharmacy"},
    {"pharmacies", "pharmacy"},
    {"chemist", "pharmacy"},
    {"farmacia", "pharmacy"},
    {"farmacias", "pharmacy"},
    {"pharmacie", "pharmacy"},
    {"duka la dawa", "pharmacy"},
    {"صيدليه", "pharmacy"},
    {"dentist", "dentist"},
    {"dentista", "dentist"},
    {"dentiste", "dentist"},
    {"police", "police"},
    {"police station", "police"},
    {"policia", "police"},
    {"esquadra", "police"},
    {"comisaria", "police"},
    {"commissariat", "police"},
    {"polisi", "police"},
    {"kituo cha polisi", "police"},
    {"شرطه", "police"},
    {"مركز شرطه", "police"},
    {"fire station", "fire_station"},
    {"fire brigade", "fire_station"},
    {"bombeiros", "fire_station"},
    {"quartel de bombeiros", "fire_station"},
    {"bomberos", "fire_station"},
    {"estacion de bomberos", "fire_station"},
    {"pompiers", "fire_station"},
    {"caserne de pompiers", "fire_station"},
    {"zimamoto", "fire_station"},
    {"اطفاء", "fire_station"},
    {"مركز اطفاء", "fire_station"},
    {"ambulance", "ambulance_station"},
    {"ambulance station", "ambulance_station"},
    {"ambulancia", "ambulance_station"},
    {"اسعاف", "ambulance_station"},
    {"fuel", "fuel"},
    {"petrol", "fuel"},
    {"petrol station", "fuel"},
    {"gas station", "fuel"},
    {"fuel station", "fuel"},
    {"gasolina", "fuel"},
    {"gasolinera", "fuel"},
    {"gasolineira", "fuel"},
    {"posto de gasolina", "fuel"},
    {"posto de combustivel", "fuel"},
    {"bomba de gasolina", "fuel"},
    {"bombas de gasolina", "fuel"},
    {"bombas de combustivel", "fuel"},
    {"station service", "fuel"},
    {"essence", "fuel"},
    {"kituo cha mafuta", "fuel"},
    {"mafuta", "fuel"},
    {"وقود", "fuel"},
    {"محطه وقود", "fuel"},
    {"محطه بنزين", "fuel"},
    {"supermarket", "supermarket"},
    {"supermarkets", "supermarket"},
    {"supermercado", "supermarket"},
    {"supermercados", "supermarket"},
    {"supermarche", "supermarket"},
    {"duka kuu", "supermarket"},
    {"سوبرماركت", "supermarket"},
    {"market", "marketplace"},
    {"mercado", "marketplace"},
    {"marche", "marketplace"},
    {"soko", "marketplace"},
    {"سوق", "marketplace"},
    {"school", "school"},
    {"schools", "school"},
    {"escola", "school"},
    {"escolas", "school"},
    {"escuela", "school"},
    {"escuelas", "school"},
    {"ecole", "school"},
    {"shule", "school"},
    {"مدرسه", "school"},
    {"bank", "bank"},
    {"banco", "bank"},
    {"banque", "bank"},
    {"benki", "bank"},
    {"بنك", "bank"},
    {"hotel", "hotel"},
    {"hotels", "hotel"},
    {"hoteles", "hotel"},
    {"hoteis", "hotel"},
    {"hoteli", "hotel"},
    {"فندق", "hotel"},
    {"bus station", "bus_station"},
    {"terminal rodoviario", "bus_station"},
    {"rodoviaria", "bus_station"},
    {"estacion de autobuses", "bus_station"},
    {"gare routiere", "bus_station"},
    {"kituo cha basi", "bus_station"},
    {"train station", "station"},
    {"railway station", "station"},
    {"estacao de comboios", "station"},
    {"estacion de tren", "station"},
    {"gare", "station"},
    {"kituo cha treni", "station"},
    {"محطه قطار", "station"},
    {"airport", "aerodrome"},
    {"aeroporto", "aerodrome"},
    {"aeropuerto", "aerodrome"},
    {"aeroport", "aerodrome"},
    {"uwanja wa ndege", "aerodrome"},
    {"مطار", "aerodrome"},
    {"helipad", "helipad"},
    {"heliporto", "helipad"},
    {"helipuerto", "helipad"},
};

/* Before the kind. */
static const char *const before[] = {"the nearest", "nearest", "the closest", "closest", "nearby",
                                     "اقرب",        "la",      "le",          "the"};

/* Behind it: what is asked for is near something, or near the caller. */
static const char *const behind[] = {
    "nearest to",   "closest to",   "near to",        "near",           "close to",    "nearby",
    "mais proximo", "mais proxima", "mais perto",     "perto",          "proximo",     "proxima",
    "junto",        "mas cercano",  "mas cercana",    "mas proximo",    "mas proxima", "cerca",
    "cercano",      "cercana",      "le plus proche", "la plus proche", "pres",        "proche",
    "iliyo karibu", "karibu",       "الاقرب",         "بالقرب",         "قرب",         "قريب"};

/* Between that and the landmark; and words that mean the caller. */
static const char *const links[] = {"to",  "de", "do", "da",  "dos", "das", "del", "la", "el",
                                    "the", "of", "du", "des", "a",   "ao",  "na",  "من", "le"};
static const char *const here[] = {"me",  "here", "mim",  "aqui", "mi",
                                   "moi", "ici",  "hapa", "هنا",  "you"};

const struct amp_category *amp_categories(size_t *out_n)
{
    *out_n = sizeof(categories) / sizeof(categories[0]);
    return categories;
}

static size_t longest(const struct amp_folded *folded, size_t at, const char *const *phrase,
                      size_t n)
{
    size_t best = 0;
    for (size_t i = 0; i < n; i++) {
        size_t len = amp_search_phrase(folded, at, phrase[i]);
        best = len > best ? len : best;
    }
    return best;
}

static bool one_of(struct amp_str word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (amp_str_is(word, list[i])) {
            return true;
        }
    }
    return false;
}

struct wish {
    const char *kind;
    bool asked;  /* by a word for nearness, and not by the kind alone */
    size_t rest; /* the first word of what it is to be near to */
};

static bool wish_find(const struct amp_folded *folded, struct wish *out)
{
    size_t first = longest(folded, 0, before, sizeof(before) / sizeof(before[0]));
    size_t len = 0;
    for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++) {
        size_t n = amp_search_phrase(folded, first, categories[i].phrase);
        if (n > len) {
            len = n;
            out->kind = categories[i].kind;
        }
    }
    if (len == 0) {
        return false;
    }
    size_t at = first + len;
    size_t near = longest(folded, at, behind, sizeof(behind) / sizeof(behind[0]));
    bool article =
        first == 1 && (amp_str_is(folded->raw[0], "la") || amp_str_is(folded->raw[0], "le") ||
                       amp_str_is(folded->raw[0], "the"));
    out->asked = near > 0 || (first > 0 && !article);
    at += near;
    while (out->asked && at < folded->n &&
           one_of(folded->raw[at], links, sizeof(links) / sizeof(links[0]))) {
        at++;
    }
    bool me = at + 1 == folded->n && one_of(folded->raw[at], here, sizeof(here) / sizeof(here[0]));
    out->rest = me ? folded->n : at;
    return out->asked || out->rest == folded->n;
}

/* The question from its word `at` on, as written. */
static struct amp_str rest_of(struct amp_str query, size_t at)
{
    for (size_t i = 1; i < query.len; i++) {
        if (query.ptr[i - 1] != ' ' && query.ptr[i - 1] != ',') {
            continue;
        }
        struct amp_folded before_it;
        amp_fold((struct amp_str){query.ptr, i}, &before_it);
        if (before_it.n == at) {
            return amp_str_trim((struct amp_str){query.ptr + i, query.len - i});
        }
    }
    return (struct amp_str){query.ptr, 0};
}

/* ---- the nearest of a kind ---- */

struct near_hit {
    uint32_t place;
    double m;
};

struct gather {
    const struct amp_places *places;
    struct amp_pos from;
    const char *kind;
    size_t n, most;
    struct near_hit hit[AMP_GEOCODE_MAX]; /* nearest first */
};

static double gather_visit(void *ctx, uint32_t place)
{
    struct gather *g = ctx;
    const struct amp_pl_rec *rec = &g->places->rec[place];
    if ((rec->flags & AMP_PL_LANDMARK) != 0 &&
        strcmp(g->places->text + g->places->kind[rec->kind], g->kind) == 0) {
        double m = amp_pos_distance_m(g->from, rec->pos);
        size_t at = g->n;
        while (at > 0 &&
               (m < g->hit[at - 1].m || (m <= g->hit[at - 1].m && place < g->hit[at - 1].place))) {
            at--;
        }
        if (m <= reach_m && at < g->most) {
            g->n = g->n < g->most ? g->n + 1 : g->n;
            memmove(g->hit + at + 1, g->hit + at, (g->n - at - 1) * sizeof(g->hit[0]));
            g->hit[at] = (struct near_hit){place, m};
        }
    }
    return g->n == g->most ? g->hit[g->n - 1].m : reach_m;
}

static amp_err gather_give(const struct amp_search *s, const struct gather *g,
                           struct amp_str centre, struct amp_place **out, size_t *out_n)
{
    const struct amp_places *p = g->places;
    struct amp_place *place = amp_arena_array(s->arena, g->n + 1, sizeof(*place));
    for (size_t i = 0; i < g->n && place != NULL; i++) {
        const struct amp_pl_rec *rec = &p->rec[g->hit[i].place];
        place[i] = (struct amp_place){.name = amp_pl_text(p, rec->name),
                                      .kind = amp_pl_text(p, p->kind[rec->kind]),
                                      .context = amp_pl_text(p, rec->context),
                                      .pos = rec->pos,
                                      .score = 1,
                                      .distance_m = g->hit[i].m,
                                      .used = amp_search_words(s, s->folded, UINT32_MAX)};
        place[i].how = centre.len == 0
                           ? AMP_STR("the nearest of its kind")
                           : amp_arena_printf(s->arena, "the nearest of its kind, from %.*s",
                                              (int)centre.len, centre.ptr);
    }
    if (place == NULL || amp_arena_failed(s->arena)) {
        return AMP_E_NOMEM;
    }
    *out = place;
    *out_n = g->n;
    return AMP_OK;
}

amp_err amp_search_category(const struct amp_search *s, struct amp_place **out, size_t *out_n)
{
    struct wish wish = {.kind = NULL};
    struct gather g = {.places = s->places, .most = s->limit};
    struct amp_centre centre = {.name = {"", 0}, .certain = true};
    if (!wish_find(s->folded, &wish)) {
        return AMP_E_NOT_FOUND;
    }
    if (wish.rest < s->folded->n) {
        struct amp_str rest = rest_of(s->ask->query, wish.rest);
        amp_err err = rest.len == 0 ? AMP_E_NOT_FOUND : amp_search_centre(s, rest, &centre);
        if (err) {
            return err;
        }
    } else if (s->ask->near != NULL) {
        centre.pos = *s->ask->near;
    } else {
        return AMP_E_NOT_FOUND;
    }
    g.kind = wish.kind;
    g.from = centre.pos;
    if (s->find->corpus != NULL) { /* the slow twin looks at everything */
        for (uint32_t i = 0; i < s->places->rec_n; i++) {
            (void)gather_visit(&g, i);
        }
    } else {
        amp_grid_walk(&s->places->landmarks, g.from, reach_m, gather_visit, &g);
    }
    amp_err err = gather_give(s, &g, centre.name, out, out_n);
    bool none = err == AMP_OK && g.n == 0; /* what sounds like the words is no help then */
    return none && !(wish.asked && centre.certain) ? AMP_E_NOT_FOUND : err;
}
