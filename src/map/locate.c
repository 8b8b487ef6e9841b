/* Where a caller can be, from the mass of the roads: streets, crossings, samples. */
#include "map/locate_in.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double m2_per_km2 = 1e6;
enum {
    PER_MILLE = 1000
};

/* ---- streets ---- */

static int name_order(const void *a, const void *b)
{
    const struct amp_locate_name *x = a, *y = b;
    if (x->mass < y->mass || x->mass > y->mass) {
        return x->mass > y->mass ? -1 : 1;
    }
    return x->name < y->name ? -1 : x->name > y->name;
}

/* What a unit of mass is of the whole probability. */
static double unit_share(const struct amp_locate_roads *g)
{
    double ground = g->density->inside * AMP_LOCATE_GROUND_M_PER_KM2 / m2_per_km2;
    return g->density->inside / (g->mass + ground);
}

static amp_err streets_fill(struct amp_locate_roads *g, struct amp_arena *arena,
                            struct amp_locate *out)
{
    struct amp_locate_name *name = amp_arena_array(arena, g->name_n + 1, sizeof(*name));
    out->street = amp_arena_array(arena, AMP_LOCATE_STREETS, sizeof(*out->street));
    if (name == NULL || out->street == NULL) {
        return AMP_E_NOMEM;
    }
    size_t n = 0;
    double unit = unit_share(g), named = 0, listed = 0;
    for (size_t i = 0; i < AMP_LOCATE_NAMES; i++) {
        if (g->slot[i].name != 0) {
            name[n++] = g->slot[i];
        }
    }
    qsort(name, n, sizeof(*name), name_order);
    for (size_t i = 0; i < n; i++) {
        named += unit * name[i].mass;
        if (i >= AMP_LOCATE_STREETS ||
            unit * name[i].mass * PER_MILLE < AMP_LOCATE_LEAST_PER_MILLE) {
            continue;
        }
        struct amp_spot mean = {name[i].x / name[i].mass, name[i].y / name[i].mass};
        out->street[i] =
            (struct amp_locate_street){.name = amp_str_of(g->roads->name + name[i].name),
                                       .share = unit * name[i].mass,
                                       .at = amp_plane_pos(&g->density->plane, mean)};
        listed += out->street[i].share;
        out->street_n = i + 1;
    }
    out->street_all = n;
    out->unnamed = unit * g->unnamed;
    out->others = fmax(0, named - listed);
    out->elsewhere = fmax(0, 1 - named - out->unnamed);
    return AMP_OK;
}

/* A mean lies beside a bent street: the nearest of its spans to it is on the street. */
static void streets_put_on_road(const struct amp_locate_roads *g, struct amp_locate *out)
{
    double best_m[AMP_LOCATE_STREETS];
    struct amp_pos best[AMP_LOCATE_STREETS];
    const struct amp_locate_span *span =
        (const struct amp_locate_span *)(const void *)g->spans.data;
    size_t n = g->spans.len / sizeof(*span);
    for (size_t k = 0; k < out->street_n; k++) {
        best_m[k] = INFINITY;
        best[k] = out->street[k].at;
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = g->roads->name + g->roads->way[g->roads->seg[span[i].seg].way].name;
        for (size_t k = 0; k < out->street_n; k++) {
            if (out->street[k].name.ptr != name) {
                continue;
            }
            double share = 0;
            struct amp_pos a = amp_seg_point(g->roads, span[i].seg, span[i].piece);
            struct amp_pos b = amp_seg_point(g->roads, span[i].seg, span[i].piece + 1);
            double away_m = amp_segment_near(out->street[k].at, a, b, &share);
            if (away_m < best_m[k]) {
                best_m[k] = away_m;
                best[k] = amp_pos_between(a, b, share);
            }
        }
    }
    for (size_t k = 0; k < out->street_n; k++) {
        out->street[k].at = best[k];
    }
}

/* ---- crossings ---- */

static int joint_order(const void *a, const void *b)
{
    const struct amp_locate_joint *x = a, *y = b;
    if (x->vertex != y->vertex) {
        return x->vertex < y->vertex ? -1 : 1;
    }
    return x->name < y->name ? -1 : x->name > y->name;
}

struct crossing { /* names ascending; of one pair only the likeliest vertex is kept */
    uint32_t a, b, vertex;
    double share;
};

static bool likelier(const struct crossing *x, const struct crossing *y)
{
    if (x->share < y->share || x->share > y->share) {
        return x->share > y->share;
    }
    return x->vertex < y->vertex;
}

static size_t crossing_keep(struct crossing *best, size_t n, struct crossing one)
{
    for (size_t i = 0; i < n; i++) {
        if (best[i].a == one.a && best[i].b == one.b) {
            if (!likelier(&one, &best[i])) {
                return n;
            }
            memmove(&best[i], &best[i + 1], (n - i - 1) * sizeof(*best));
            n--;
            break;
        }
    }
    if (n == AMP_LOCATE_CROSSINGS && !likelier(&one, &best[n - 1])) {
        return n;
    }
    size_t at = n < AMP_LOCATE_CROSSINGS ? n++ : n - 1;
    for (; at > 0 && likelier(&one, &best[at - 1]); at--) {
        best[at] = best[at - 1];
    }
    best[at] = one;
    return n;
}

static amp_err crossings_fill(struct amp_locate_roads *g, struct amp_arena *arena,
                              struct amp_locate *out)
{
    struct amp_locate_joint *joint = (struct amp_locate_joint *)(void *)g->joints.data;
    size_t n = g->joints.len / sizeof(*joint);
    struct crossing best[AMP_LOCATE_CROSSINGS];
    size_t best_n = 0;
    if (n > 0) {
        qsort(joint, n, sizeof(*joint), joint_order);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n && joint[k].vertex == joint[i].vertex; k++) {
            bool again = k > i + 1 && joint[k].name == joint[k - 1].name;
            bool first = i == 0 || joint[i - 1].vertex != joint[i].vertex ||
                         joint[i - 1].name != joint[i].name;
            if (joint[k].name != joint[i].name && !again && first) {
                best_n = crossing_keep(best, best_n,
                                       (struct crossing){joint[i].name, joint[k].name,
                                                         joint[i].vertex, joint[i].share});
            }
        }
    }
    out->crossing = amp_arena_array(arena, best_n + 1, sizeof(*out->crossing));
    if (out->crossing == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < best_n; i++) {
        out->crossing[i] = (struct amp_locate_crossing){
            amp_str_of(g->roads->name + best[i].a), amp_str_of(g->roads->name + best[i].b),
            g->roads->vertex_pos[best[i].vertex], best[i].share};
    }
    out->crossing_n = best_n;
    return AMP_OK;
}

/* ---- samples ---- */

static void snap_at(const struct amp_roads *rd, uint32_t seg, uint32_t piece, double along,
                    struct amp_snap *out)
{
    const struct amp_road_way *way = &rd->way[rd->seg[seg].way];
    struct amp_pos a = amp_seg_point(rd, seg, piece), b = amp_seg_point(rd, seg, piece + 1);
    double before_m = 0;
    for (uint32_t i = 0; i < piece; i++) {
        before_m += amp_pos_distance_m(amp_seg_point(rd, seg, i), amp_seg_point(rd, seg, i + 1));
    }
    double all_m = amp_seg_length_m(rd, seg);
    double at_m = before_m + along * amp_pos_distance_m(a, b);
    *out = (struct amp_snap){.segment = seg,
                             .share = all_m > 0 ? fmin(at_m / all_m, 1) : 0,
                             .at = amp_pos_between(a, b, along),
                             .bearing_deg = amp_pos_bearing_deg(a, b),
                             .street = amp_seg_street(rd, seg),
                             .road_class = amp_road_class_name(way->road_class),
                             .layer = way->layer,
                             .routable = true};
}

/* A spot on a bit of road that leads nowhere, or that the profile cannot drive, is served from the
 * next road that does. */
static bool sample_put(const struct amp_roads *rd, enum amp_profile profile, struct amp_pos at,
                       const struct amp_snap *on, struct amp_locate *out)
{
    struct amp_locate_sample *sample = &out->sample[out->sample_n];
    sample->at = at;
    if (on != NULL && (rd->connected[on->segment] >> profile & 1)) {
        sample->snap = *on;
    } else if (amp_snap_open(rd, NULL, profile, at, &sample->snap) != AMP_OK) {
        return false;
    }
    out->sample_n++;
    return true;
}

/* Spans come in the order of the snapping tree, which keeps neighbours together: equal steps of
 * mass along them stand for the region as a fixed, stratified sample. */
static void samples_of_spans(const struct amp_locate_roads *g, enum amp_profile profile,
                             struct amp_locate *out)
{
    const struct amp_locate_span *span =
        (const struct amp_locate_span *)(const void *)g->spans.data;
    size_t n = g->spans.len / sizeof(*span);
    double total = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        total += (double)span[i].mass;
    }
    size_t next = 0;
    for (size_t i = 0; i < n && next < AMP_LOCATE_SAMPLES; i++) {
        double mass = (double)span[i].mass;
        double wanted = ((double)next + 0.5) / AMP_LOCATE_SAMPLES * total;
        while (next < AMP_LOCATE_SAMPLES && wanted <= sum + mass) {
            double within = mass > 0 ? fmin(fmax((wanted - sum) / mass, 0), 1) : 0;
            double along =
                (double)span[i].begin + within * ((double)span[i].end - (double)span[i].begin);
            struct amp_snap snap;
            snap_at(g->roads, span[i].seg, span[i].piece, fmin(along, 1), &snap);
            (void)sample_put(g->roads, profile, snap.at, &snap, out);
            next++;
            wanted = ((double)next + 0.5) / AMP_LOCATE_SAMPLES * total;
        }
        sum += mass;
    }
}

static amp_err samples_fill(const struct amp_locate_roads *g, enum amp_profile profile,
                            struct amp_arena *arena, struct amp_locate *out)
{
    out->sample = amp_arena_array(arena, AMP_LOCATE_SAMPLES, sizeof(*out->sample));
    if (out->sample == NULL) {
        return AMP_E_NOMEM;
    }
    if (!g->full && g->mass > 0) {
        samples_of_spans(g, profile, out);
        return AMP_OK;
    }
    struct amp_pos spot[AMP_LOCATE_SAMPLES];
    amp_density_spots(g->density, AMP_LOCATE_SAMPLES, spot);
    for (size_t i = 0; i < AMP_LOCATE_SAMPLES; i++) {
        (void)sample_put(g->roads, profile, spot[i], NULL, out);
    }
    return AMP_OK;
}

/* ---- all together ---- */

static void too_large_make(struct amp_locate *out)
{
    out->too_large = true;
    out->street_n = 0;
    out->crossing_n = 0;
}

static amp_err roads_fill(struct amp_locate_roads *g, enum amp_profile profile,
                          struct amp_arena *arena, struct amp_locate *out)
{
    amp_err err = AMP_OK;
    out->elsewhere = 1;
    if (g->full) {
        too_large_make(out);
    } else {
        err = streets_fill(g, arena, out);
        err = err ? err : crossings_fill(g, arena, out);
        if (err) {
            return err;
        }
        double listed = 0;
        for (size_t i = 0; i < out->street_n; i++) {
            listed += out->street[i].share;
        }
        if (out->street_all > AMP_LOCATE_STREETS && listed * 100 < AMP_LOCATE_NAMED_PERCENT) {
            too_large_make(out);
            out->others += listed;
        }
        streets_put_on_road(g, out);
    }
    return samples_fill(g, profile, arena, out);
}

amp_err amp_locate_find(const struct amp_roads *roads, const struct amp_places *places,
                        enum amp_profile profile, const struct amp_region *region,
                        struct amp_arena *arena, struct amp_locate *out, struct amp_why *why)
{
    amp_err err = amp_region_check(region, why);
    if (err) {
        return err;
    }
    struct amp_density density;
    struct amp_locate_roads g;
    struct amp_locate got = {.region = *region};
    amp_density_make(region, AMP_LOCATE_SPREAD_M, &density);
    got.middle = density.plane.at;
    got.radius_68_m = amp_density_radius_m(&density, 0.68);
    got.radius_95_m = amp_density_radius_m(&density, 0.95);
    got.confidence_assumed = !(region->confidence > 0) && region->shape != AMP_REGION_POINT;
    err = amp_locate_gather(roads, &density, arena, &g);
    if (err) {
        return err;
    }
    err = roads_fill(&g, profile, arena, &got);
    amp_buf_free(&g.spans);
    amp_buf_free(&g.joints);
    if (!err && places != NULL) {
        err = amp_locate_names(places, &density, arena, &got);
    }
    if (!err) {
        *out = got;
    }
    return err;
}
