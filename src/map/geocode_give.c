/* What was found, as places: names, houses, surroundings, words used and not used. */
#include "map/geocode_search.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Texts with something between them; amp_arena_printf would be slower. */
static struct amp_str joined(struct amp_arena *arena, struct amp_str a, const char *between,
                             struct amp_str b)
{
    size_t len = strlen(between);
    char *text = amp_arena_alloc(arena, a.len + len + b.len + 1);
    if (text == NULL) {
        return (struct amp_str){"", 0};
    }
    memcpy(text, a.ptr, a.len);
    memcpy(text + a.len, between, len);
    memcpy(text + a.len + len, b.ptr, b.len);
    return (struct amp_str){text, a.len + len + b.len};
}

struct amp_str amp_search_words(const struct amp_search *s, const struct amp_folded *folded,
                                uint32_t words)
{
    size_t len = 0;
    if (words == 0) {
        return (struct amp_str){"", 0};
    }
    for (size_t i = 0; i < folded->n; i++) {
        len += (words >> i & 1) != 0 ? folded->raw[i].len + 1 : 0;
    }
    char *text = amp_arena_alloc(s->arena, len + 1);
    size_t at = 0;
    for (size_t i = 0; i < folded->n && text != NULL; i++) {
        if ((words >> i & 1) != 0) {
            if (at > 0) {
                text[at++] = ' ';
            }
            memcpy(text + at, folded->raw[i].ptr, folded->raw[i].len);
            at += folded->raw[i].len;
        }
    }
    return (struct amp_str){text == NULL ? "" : text, at};
}

/* Words told of the last hit: most hits use the same. */
struct told {
    const struct amp_folded *folded;
    uint32_t used, unused;
    struct amp_str used_text, unused_text;
};

/* Which words the hit used, and whether any was taken for another. */
static void words_give(const struct amp_search *s, const struct amp_hit *hit, struct told *told,
                       struct amp_place *out)
{
    const struct amp_reading *r = hit->reading;
    uint32_t used = r->used | hit->explained;
    uint32_t unused = r->unused & ~hit->explained;
    if (r->house[0] != '\0' && hit->address == AMP_PL_NONE && !hit->reckoned) {
        used &= ~r->used; /* the house is not there: only its street was found */
        unused |= r->used;
    }
    for (size_t t = 0; t < r->term_n; t++) {
        used |= (hit->found >> t & 1) != 0 ? r->term[t].words : 0;
        unused |= (hit->found >> t & 1) != 0 ? 0 : r->term[t].words;
    }
    unused &= ~used;
    if (told->folded != r->folded || told->used != used || told->unused != unused) {
        *told = (struct told){.folded = r->folded, .used = used, .unused = unused};
        told->used_text = amp_search_words(s, r->folded, used);
        told->unused_text = amp_search_words(s, r->folded, unused);
    }
    out->used = told->used_text;
    out->unused = told->unused_text;
    if (hit->altered) {
        out->suggestion = amp_pl_text(s->places, s->places->card[hit->spelling].text);
    }
}

/* A text of known length: nobody waits for its bytes here, they are fetched for who reads them. */
static struct amp_str card_text(const struct amp_places *p, uint32_t text, uint16_t len)
{
    __builtin_prefetch(p->text + text);
    return len < AMP_PL_CARD_TEXT ? (struct amp_str){p->text + text, len} : amp_pl_text(p, text);
}

static void hit_give(const struct amp_search *s, const struct amp_hit *hit, struct told *told,
                     struct amp_place *out)
{
    const struct amp_places *p = s->places;
    const struct amp_pl_card *card = &p->card[hit->spelling];
    *out = (struct amp_place){.name = card_text(p, card->name, card->name_len),
                              .kind = amp_pl_text(p, p->kind[card->kind]),
                              .context = card_text(p, card->context, card->context_len),
                              .pos = hit->pos,
                              .score = hit->quality};
    struct amp_str house = {"", 0};
    if (hit->address != AMP_PL_NONE) {
        const struct amp_pl_address *a = &p->address[hit->address];
        house = amp_pl_text(p, a->house);
        out->how =
            a->reckoned != 0 ? AMP_STR("between numbers of an interpolation line") : out->how;
    } else if (hit->reckoned) {
        house = amp_str_of(hit->reading->house);
        out->how = AMP_STR("between neighbouring numbers");
    }
    if (house.len > 0) {
        out->name = joined(s->arena, out->name, " ", house);
        out->kind = AMP_STR("address");
    }
    out->distance_m =
        s->ask->near == NULL ? (double)NAN : amp_pos_distance_m(*s->ask->near, out->pos);
    words_give(s, hit, told, out);
    if (out->suggestion.len > 0 && house.len > 0) {
        out->suggestion = joined(s->arena, out->suggestion, " ", house);
    }
}

amp_err amp_search_give(const struct amp_search *s, struct amp_place **out, size_t *out_n)
{
    struct amp_place *place = amp_arena_array(s->arena, s->hit_n + 1, sizeof(*place));
    struct told told = {.folded = NULL};
    for (size_t i = 0; i < s->hit_n && place != NULL; i++) {
        hit_give(s, &s->hit[i], &told, &place[i]);
    }
    if (place == NULL || s->failed || amp_arena_failed(s->arena)) {
        return AMP_E_NOMEM;
    }
    *out = place;
    *out_n = s->hit_n;
    return AMP_OK;
}

amp_err amp_search_place(const struct amp_search *s, struct amp_str name, const char *kind,
                         struct amp_pos pos, struct amp_place *out)
{
    uint32_t area;
    uint32_t town;
    amp_pl_around(s->places, pos, &area, &town);
    *out = (struct amp_place){.name = amp_arena_str(s->arena, name),
                              .kind = amp_str_of(kind),
                              .context = amp_pl_context(s->places, area, town, s->arena),
                              .pos = pos,
                              .score = 1,
                              .distance_m = NAN};
    if (s->ask->near != NULL) {
        out->distance_m = amp_pos_distance_m(*s->ask->near, pos);
    }
    return amp_arena_failed(s->arena) ? AMP_E_NOMEM : AMP_OK;
}
