/* Questions that are positions themselves: coordinates, Plus Codes, kilometres of a road. */
#include "map/coords.h"
#include "map/geocode_search.h"
#include "map/pluscode.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static amp_err one_give(const struct amp_search *s, struct amp_str name, const char *kind,
                        struct amp_pos pos, struct amp_place **out, size_t *out_n)
{
    struct amp_place *place = amp_arena_array(s->arena, 2, sizeof(*place));
    if (place == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_search_place(s, name, kind, pos, place);
    if (!err) {
        place->used = amp_arena_str(s->arena, amp_str_trim(s->ask->query));
        *out = place;
        *out_n = 1;
    }
    return err;
}

/* ---- coordinates ---- */

/* Whether the other order is likelier: it lies among the places of the map, as read it does not. */
static bool swap_likely(const struct amp_search *s, const struct amp_coords *coords)
{
    uint32_t area;
    uint32_t town;
    static const double far_m = 500000;
    if (s->ask->near != NULL) {
        return amp_pos_distance_m(*s->ask->near, coords->swapped) < far_m &&
               amp_pos_distance_m(*s->ask->near, coords->pos) > far_m;
    }
    amp_pl_around(s->places, coords->pos, &area, &town);
    if (area != AMP_PL_NONE || town != AMP_PL_NONE) {
        return false;
    }
    amp_pl_around(s->places, coords->swapped, &area, &town);
    return area != AMP_PL_NONE || town != AMP_PL_NONE;
}

static amp_err coords_give(const struct amp_search *s, const struct amp_coords *coords,
                           struct amp_place **out, size_t *out_n)
{
    static const double less_likely = 0.5;
    char text[AMP_POS_TEXT];
    amp_pos_text(coords->pos, text);
    amp_err err = one_give(s, amp_str_of(text), "coordinates", coords->pos, out, out_n);
    if (err) {
        return err;
    }
    struct amp_place *place = *out;
    place[0].how = amp_arena_str(s->arena, amp_str_of(coords->how));
    if (coords->swappable && s->limit > 1 && swap_likely(s, coords)) {
        place[1] = place[0];
        place[1].score = less_likely;
        amp_pos_text(coords->swapped, text);
        err = amp_search_place(s, amp_str_of(text), "coordinates", coords->swapped, &place[0]);
        place[0].used = place[1].used;
        place[0].how = AMP_STR("longitude first, as only that lies on this map");
        *out_n = 2;
    }
    return err || amp_arena_failed(s->arena) ? AMP_E_NOMEM : AMP_OK;
}

/* ---- Plus Codes ---- */

/* Where the best place of that name is: a short Plus Code is written with its town. */
static bool town_find(const struct amp_search *s, struct amp_str name, struct amp_pos *out)
{
    struct amp_search town = amp_search_make(s, 1);
    struct amp_folded *folded = amp_arena_alloc(s->arena, sizeof(*folded));
    if (name.len == 0 || folded == NULL) {
        return false;
    }
    amp_fold(name, folded);
    amp_search_names(&town, folded);
    if (town.failed || town.hit_n == 0) {
        return false;
    }
    *out = town.hit[0].pos;
    return true;
}

/* The word that holds a plus sign; what stands before and behind it is the town. */
static bool code_cut(struct amp_str query, struct amp_str *code, struct amp_str *before,
                     struct amp_str *behind)
{
    const char *plus = memchr(query.ptr, '+', query.len);
    if (plus == NULL) {
        return false;
    }
    const char *first = plus;
    const char *end = plus;
    while (first > query.ptr && first[-1] != ' ' && first[-1] != ',') {
        first--;
    }
    while (end < query.ptr + query.len && *end != ' ' && *end != ',') {
        end++;
    }
    *code = (struct amp_str){first, (size_t)(end - first)};
    *before = (struct amp_str){query.ptr, (size_t)(first - query.ptr)};
    *behind = (struct amp_str){end, (size_t)(query.ptr + query.len - end)};
    return true;
}

static amp_err pluscode_run(const struct amp_search *s, struct amp_place **out, size_t *out_n)
{
    char text[AMP_PLUSCODE_TEXT];
    struct amp_plusarea area;
    struct amp_pos near = s->ask->near == NULL ? (struct amp_pos){0, 0} : *s->ask->near;
    struct amp_str query = amp_str_trim(s->ask->query);
    struct amp_str code;
    struct amp_str before;
    struct amp_str behind;
    if (!code_cut(query, &code, &before, &behind)) {
        return AMP_E_NOT_FOUND;
    }
    if (!amp_pluscode_full(code) &&
        (!amp_pluscode_short(code) ||
         (!town_find(s, behind, &near) && !town_find(s, before, &near) && s->ask->near == NULL))) {
        return AMP_E_NOT_FOUND;
    }
    if (amp_pluscode_recover(code, near, text) || amp_pluscode_decode(amp_str_of(text), &area)) {
        return AMP_E_NOT_FOUND;
    }
    return one_give(s, amp_str_of(text), "pluscode", amp_pluscode_center(&area), out, out_n);
}

amp_err amp_search_literal(const struct amp_search *s, struct amp_place **out, size_t *out_n)
{
    struct amp_coords coords;
    if (!amp_coords_parse(s->ask->query, s->ask->near, &coords)) {
        return coords_give(s, &coords, out, out_n);
    }
    return pluscode_run(s, out, out_n);
}

/* ---- kilometres ---- */

/* "km", "kilometro", "pk", "quilometro": what stands before or behind a kilometre. */
static bool kilometre_word(struct amp_str raw)
{
    static const char *const words[] = {"km",         "kilometre", "kilometer", "kilometro",
                                        "quilometro", "pk",        "kilomita",  "كم"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (amp_str_is(raw, words[i])) {
            return true;
        }
    }
    return false;
}

/* The text before "km" names the road, the number behind it (or before) is the kilometre. */
struct kilometre {
    struct amp_str road;
    double metre;
};

static bool number_at(struct amp_str text, double *out, size_t *used)
{
    char number[24];
    size_t at = 0;
    size_t len = 0;
    bool point = false;
    while (at < text.len && strchr(" .:", text.ptr[at]) != NULL && text.ptr[at] != '\0') {
        at++;
    }
    for (; at < text.len && len + 1 < sizeof(number); at++) {
        char c = text.ptr[at];
        bool decimal = (c == '.' || c == ',' || c == '+') && !point && at + 1 < text.len &&
                       text.ptr[at + 1] >= '0' && text.ptr[at + 1] <= '9';
        if (!decimal && (c < '0' || c > '9')) {
            break;
        }
        point = point || decimal;
        number[len++] = decimal ? '.' : c;
    }
    *used = at;
    return !amp_str_double((struct amp_str){number, len}, out);
}

static bool kilometre_cut(struct amp_str query, struct kilometre *out)
{
    for (size_t at = 1; at < query.len; at++) {
        bool starts = query.ptr[at - 1] == ' ' || query.ptr[at - 1] == ',';
        size_t end = at;
        while (end < query.len && strchr(" .:,0123456789", query.ptr[end]) == NULL) {
            end++;
        }
        struct amp_folded folded;
        struct amp_str word = {query.ptr + at, end - at};
        if (!starts || word.len == 0 || strchr("kKpPqQ\xD9", word.ptr[0]) == NULL) {
            continue;
        }
        amp_fold(word, &folded);
        double km;
        size_t used;
        if (folded.n == 1 && kilometre_word(folded.raw[0]) &&
            number_at((struct amp_str){query.ptr + end, query.len - end}, &km, &used)) {
            *out = (struct kilometre){amp_str_trim((struct amp_str){query.ptr, at}), km * 1000};
            return true;
        }
    }
    return false;
}

static int milepost_order(const struct amp_places *p, size_t i, const char *key, double metre)
{
    int order = strcmp(p->text + p->milepost[i].key, key);
    return order != 0 ? order : p->milepost[i].metre < metre ? -1 : 1;
}

/* Where a kilometre is, between the posts known of the road; the road as written. */
static bool milepost_find(const struct amp_places *p, const char *key, double metre,
                          struct amp_pos *pos, const struct amp_pl_milepost **post)
{
    static const double gap_max_m = 2000;
    size_t lo = 0;
    for (size_t hi = p->milepost_n; lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;
        if (milepost_order(p, mid, key, metre) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    bool after = lo < p->milepost_n && strcmp(p->text + p->milepost[lo].key, key) == 0;
    bool before = lo > 0 && strcmp(p->text + p->milepost[lo - 1].key, key) == 0;
    const struct amp_pl_milepost *b = after ? &p->milepost[lo] : NULL;
    const struct amp_pl_milepost *a = before ? &p->milepost[lo - 1] : NULL;
    static const double near_enough_m = 0.5;
    if (b != NULL && b->metre - metre < near_enough_m) {
        *pos = b->pos;
        *post = b;
        return true;
    }
    if (a == NULL || b == NULL || b->metre - a->metre > gap_max_m) {
        return false;
    }
    *pos = amp_pos_between(a->pos, b->pos, (metre - a->metre) / (b->metre - a->metre));
    *post = a;
    return true;
}

amp_err amp_search_kilometre(const struct amp_search *s, struct amp_place **out, size_t *out_n)
{
    struct kilometre k;
    char key[32];
    struct amp_pos pos;
    const struct amp_pl_milepost *post = NULL;
    if (!kilometre_cut(amp_str_trim(s->ask->query), &k) ||
        amp_fold_joined(k.road, key, sizeof(key)) == 0 ||
        !milepost_find(s->places, key, k.metre, &pos, &post)) {
        return AMP_E_NOT_FOUND;
    }
    static const double near_enough_m = 0.5;
    bool stands = post->drawn != 0 && fabs(post->metre - k.metre) < near_enough_m;
    struct amp_str name =
        amp_arena_printf(s->arena, "%s km %.6g", s->places->text + post->road, k.metre / 1000);
    amp_err err = one_give(s, name, "kilometre", pos, out, out_n);
    if (!err) {
        (*out)->how = stands ? AMP_STR("a kilometre post") : AMP_STR("between kilometre posts");
    }
    return err;
}
