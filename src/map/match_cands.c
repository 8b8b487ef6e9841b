/* The roads a report may have come from, and how likely each is; how likely a step is. */
#include "map/match_in.h"

#include <math.h>
#include <string.h>

static const double radius_sigmas = 4;
static const double heading_sigma_deg = 30;
static const double heading_worst = 4.5; /* a heading alone excludes nothing */
static const double way_beta_m = 6;      /* of the exponential: Newson and Krumm, section 4.2 */
static const double bound_factor = 4;
static const double bound_more_m = 500;
static const double bound_least_m = 250;
static const double slow_s = 1; /* times are rounded to seconds on the way */

struct gather {
    const struct amp_roads *roads;
    enum amp_profile profile;
    const struct amp_match_fix *fix;
    double sigma_m;
    struct amp_match_cand *best;
    uint32_t piece[AMP_MATCH_CANDIDATES];
    size_t n;
};

static double turn_between(double a_deg, double b_deg)
{
    double turn = fabs(fmod(a_deg - b_deg, 360));
    return turn > 180 ? 360 - turn : turn;
}

static double emission_of(const struct gather *g, uint32_t seg, uint32_t piece, double dist_m)
{
    double far = dist_m / g->sigma_m;
    double log_like = -far * far / 2;
    if (!(g->fix->heading_deg >= 0)) {
        return log_like;
    }
    bool along = amp_base_run_ms(g->roads, g->profile, 2 * seg) < AMP_ROAD_INF;
    bool against = amp_base_run_ms(g->roads, g->profile, 2 * seg + 1) < AMP_ROAD_INF;
    double along_deg = amp_pos_bearing_deg(amp_seg_point(g->roads, seg, piece),
                                           amp_seg_point(g->roads, seg, piece + 1));
    double turn = turn_between(along_deg, g->fix->heading_deg);
    double least = 180;
    least = along ? fmin(least, turn) : least;
    least = against ? fmin(least, 180 - turn) : least;
    double off = least / heading_sigma_deg;
    return log_like - fmin(off * off / 2, heading_worst);
}

static bool better(const struct amp_match_cand *a, const struct amp_match_cand *b)
{
    if (a->emission < b->emission || a->emission > b->emission) {
        return a->emission > b->emission;
    }
    return a->segment < b->segment;
}

static void piece_gather(void *ctx, uint32_t seg, uint32_t piece, double share, double dist_m)
{
    struct gather *g = ctx;
    if (!amp_seg_usable(g->roads, g->profile, seg)) {
        return;
    }
    struct amp_match_cand one = {.segment = seg,
                                 .share = share,
                                 .dist_m = dist_m,
                                 .emission = emission_of(g, seg, piece, dist_m)};
    size_t at = 0;
    while (at < g->n && g->best[at].segment != seg) {
        at++;
    }
    if (at < g->n) {
        if (!(one.emission > g->best[at].emission)) {
            return;
        }
    } else if (g->n < AMP_MATCH_CANDIDATES) {
        at = g->n++;
    } else if (better(&one, &g->best[g->n - 1])) {
        at = g->n - 1;
    } else {
        return;
    }
    for (; at > 0 && better(&one, &g->best[at - 1]); at--) {
        g->best[at] = g->best[at - 1];
        g->piece[at] = g->piece[at - 1];
    }
    g->best[at] = one;
    g->piece[at] = piece;
}

/* From a share of the piece to a share of the segment. */
static void cand_place(const struct amp_roads *rd, uint32_t piece, struct amp_match_cand *cand)
{
    struct amp_pos a = amp_seg_point(rd, cand->segment, piece);
    struct amp_pos b = amp_seg_point(rd, cand->segment, piece + 1);
    double before_m = 0, all_m = amp_seg_length_m(rd, cand->segment);
    for (uint32_t i = 0; i < piece; i++) {
        before_m += amp_pos_distance_m(amp_seg_point(rd, cand->segment, i),
                                       amp_seg_point(rd, cand->segment, i + 1));
    }
    cand->at = amp_pos_between(a, b, cand->share);
    double at_m = before_m + cand->share * amp_pos_distance_m(a, b);
    cand->share = all_m > 0 ? fmin(at_m / all_m, 1) : 0;
}

size_t amp_match_candidates(const struct amp_roads *roads, enum amp_profile profile,
                            const struct amp_match_fix *fix,
                            struct amp_match_cand out[AMP_MATCH_CANDIDATES])
{
    struct gather g = {.roads = roads,
                       .profile = profile,
                       .fix = fix,
                       .sigma_m = fix->sigma_m > 0 ? fix->sigma_m : AMP_MATCH_SIGMA_M,
                       .best = out};
    struct amp_snap_visit visit = {&g, piece_gather};
    double radius_m =
        fmin(fmax(radius_sigmas * g.sigma_m, AMP_MATCH_RADIUS_MIN_M), AMP_MATCH_RADIUS_MAX_M);
    amp_snap_search(roads, fix->pos, radius_m, &visit);
    for (size_t i = 0; i < g.n; i++) {
        cand_place(roads, g.piece[i], &out[i]);
    }
    return g.n;
}

double amp_match_transition(double way_m, double straight_m, double time_s)
{
    if (!isfinite(way_m) || way_m > AMP_MATCH_SPEED_M_S * (time_s + slow_s) + bound_least_m) {
        return -INFINITY;
    }
    return -fabs(way_m - straight_m) / way_beta_m;
}

double amp_match_bound_m(double straight_m, double time_s)
{
    double by_time_m = fmax(AMP_MATCH_SPEED_M_S * (time_s + slow_s), bound_least_m);
    return fmin(bound_factor * straight_m + bound_more_m, by_time_m);
}
