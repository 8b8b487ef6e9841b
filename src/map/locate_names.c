/* What has a name in a region besides its roads: house numbers, landmarks, areas. */
#include "map/locate_in.h"
#include "map/places_form.h"

#include <math.h>
#include <string.h>

enum {
    AREA_SAMPLES = 24,
    HOUSES_MAX = 100000, /* looked at */
    IMPORTANCE_MAX = 255
};
static const double house_depth = 0.05;    /* of the peak: as deep as the 95 % circle */
static const double landmark_least = 1e-3; /* of share */
static const double landmark_far = 1e-7;   /* the same where streets are not named */
static const double landmark_base = 0.1;   /* what a landmark of no importance counts */

/* ---- house numbers ---- */

struct houses {
    const struct amp_places *places;
    const struct amp_density *density;
    struct amp_locate *out;
    uint64_t low[AMP_LOCATE_STREETS], high[AMP_LOCATE_STREETS];
    size_t seen;
};

static bool number_of(struct amp_str text, uint64_t *out)
{
    size_t n = 0;
    while (n < text.len && text.ptr[n] >= '0' && text.ptr[n] <= '9') {
        n++;
    }
    return n > 0 && n < 10 && amp_str_u64((struct amp_str){text.ptr, n}, out) == AMP_OK;
}

static double house_visit(void *ctx, uint32_t item)
{
    struct houses *h = ctx;
    const struct amp_pl_address *address = &h->places->address[item];
    uint64_t number = 0;
    if (h->seen++ >= HOUSES_MAX) {
        return 0;
    }
    struct amp_spot spot = amp_plane_spot(&h->density->plane, address->pos);
    if (amp_density_at(h->density, spot) < house_depth * h->density->peak) {
        return h->density->reach_m;
    }
    struct amp_str street = amp_pl_text(h->places, h->places->rec[address->street].name);
    struct amp_str house = amp_pl_text(h->places, address->house);
    for (size_t k = 0; k < h->out->street_n && number_of(house, &number); k++) {
        struct amp_locate_street *one = &h->out->street[k];
        if (!amp_str_eq(one->name, street)) {
            continue;
        }
        if (one->house_n == 0 || number < h->low[k]) {
            h->low[k] = number;
            one->house_first = house;
        }
        if (one->house_n == 0 || number > h->high[k]) {
            h->high[k] = number;
            one->house_last = house;
        }
        one->house_n++;
    }
    return h->density->reach_m;
}

/* ---- landmarks ---- */

struct landmark {
    uint32_t place;
    double share, rank;
};
struct landmarks {
    const struct amp_places *places;
    const struct amp_density *density;
    struct landmark best[AMP_LOCATE_LANDMARKS];
    size_t n;
    double least;
};

static bool greater(const struct landmark *a, const struct landmark *b)
{
    if (a->rank < b->rank || a->rank > b->rank) {
        return a->rank > b->rank;
    }
    return a->place < b->place;
}

static double landmark_visit(void *ctx, uint32_t item)
{
    struct landmarks *l = ctx;
    const struct amp_pl_rec *rec = &l->places->rec[item];
    struct amp_spot spot = amp_plane_spot(&l->density->plane, rec->pos);
    struct landmark one = {.place = item,
                           .share = amp_density_near(l->density, spot, AMP_LOCATE_LANDMARK_M)};
    double weight = landmark_base + rec->importance / (double)IMPORTANCE_MAX;
    one.rank = one.share * weight * weight;
    bool room = l->n < AMP_LOCATE_LANDMARKS;
    if (one.share < l->least || (!room && !greater(&one, &l->best[l->n - 1]))) {
        return l->density->reach_m;
    }
    for (size_t i = 0; i < l->n; i++) {
        if (l->best[i].place == item) {
            return l->density->reach_m;
        }
    }
    size_t at = room ? l->n++ : l->n - 1;
    for (; at > 0 && greater(&one, &l->best[at - 1]); at--) {
        l->best[at] = l->best[at - 1];
    }
    l->best[at] = one;
    return l->density->reach_m;
}

static amp_err landmarks_fill(const struct landmarks *l, struct amp_arena *arena,
                              struct amp_locate *out)
{
    out->landmark = amp_arena_array(arena, l->n + 1, sizeof(*out->landmark));
    if (out->landmark == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < l->n; i++) {
        const struct amp_pl_rec *rec = &l->places->rec[l->best[i].place];
        out->landmark[i] =
            (struct amp_locate_landmark){.name = amp_pl_text(l->places, rec->name),
                                         .kind = amp_pl_text(l->places, l->places->kind[rec->kind]),
                                         .at = rec->pos,
                                         .share = l->best[i].share,
                                         .distance_m = amp_pos_distance_m(out->middle, rec->pos)};
    }
    out->landmark_n = l->n;
    return AMP_OK;
}

/* ---- areas ---- */

struct area {
    uint32_t area, town;
    size_t n;
};

static amp_err areas_fill(const struct amp_places *places, const struct amp_density *density,
                          struct amp_arena *arena, struct amp_locate *out)
{
    struct amp_pos spot[AREA_SAMPLES];
    struct area area[AREA_SAMPLES];
    size_t n = 0;
    amp_density_spots(density, AREA_SAMPLES, spot);
    for (size_t i = 0; i < AREA_SAMPLES; i++) {
        struct area one = {AMP_PL_NONE, AMP_PL_NONE, 1};
        amp_pl_around(places, spot[i], &one.area, &one.town);
        size_t k = 0;
        while (k < n && (area[k].area != one.area || area[k].town != one.town)) {
            k++;
        }
        if (k < n) {
            area[k].n++;
        } else if (one.area != AMP_PL_NONE || one.town != AMP_PL_NONE) {
            area[n++] = one;
        }
    }
    out->area = amp_arena_array(arena, AMP_LOCATE_AREAS, sizeof(*out->area));
    if (out->area == NULL) {
        return AMP_E_NOMEM;
    }
    for (; out->area_n < AMP_LOCATE_AREAS && out->area_n < n; out->area_n++) {
        size_t best = out->area_n;
        for (size_t k = best + 1; k < n; k++) {
            best = area[k].n > area[best].n ? k : best;
        }
        struct area most = area[best];
        memmove(&area[out->area_n + 1], &area[out->area_n], (best - out->area_n) * sizeof(area[0]));
        area[out->area_n] = most;
        out->area[out->area_n] =
            (struct amp_locate_area){amp_pl_context(places, most.area, most.town, arena),
                                     density->inside * (double)most.n / AREA_SAMPLES};
    }
    return AMP_OK;
}

amp_err amp_locate_names(const struct amp_places *places, const struct amp_density *density,
                         struct amp_arena *arena, struct amp_locate *out)
{
    struct landmarks marks = {.places = places,
                              .density = density,
                              .least = out->too_large ? landmark_far : landmark_least};
    amp_grid_walk(&places->landmarks, density->plane.at, density->reach_m, landmark_visit, &marks);
    amp_err err = landmarks_fill(&marks, arena, out);
    if (!err && out->street_n > 0) {
        struct houses houses = {.places = places, .density = density, .out = out};
        amp_grid_walk(&places->houses, density->plane.at, density->reach_m, house_visit, &houses);
    }
    err = err ? err : areas_fill(places, density, arena, out);
    return err ? err : amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}
