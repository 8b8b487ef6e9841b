/* Reports of one caller: groups that agree, their product, their weight. */
#include "map/fuse.h"
#include "map/locate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double gate = 9.210340371976184; /* chi-square, 2 degrees of freedom, 99 % */
static const double drift_share = 0.68;       /* of the circle that a moving caller stays in */
static const double answer_share = 0.95;
static const double still = 0.1; /* a drift below this part of sigma leaves a region as it is */

struct gauss {
    double x, y;
    double xx, xy, yy;
};

struct evidence { /* a report, made comparable; in canonical order */
    size_t index;
    struct gauss g;
    struct amp_pos mean;
    double wrong; /* probability */
    double drift; /* standard deviation it was widened by, m */
    const struct amp_fuse_report *report;
};

struct fusion {
    struct evidence e[AMP_FUSE_REPORTS];
    size_t n;
    struct amp_plane plane;
};

/* ---- Gaussians in the plane ---- */

static double det_of(const struct gauss *g)
{
    return g->xx * g->yy - g->xy * g->xy;
}

static struct gauss sum_of(const struct gauss *a, const struct gauss *b)
{
    return (struct gauss){a->x - b->x, a->y - b->y, a->xx + b->xx, a->xy + b->xy, a->yy + b->yy};
}

/* Squared distance of the two in standard deviations of their difference. */
static double chi2_of(const struct gauss *a, const struct gauss *b)
{
    struct gauss d = sum_of(a, b);
    return (d.yy * d.x * d.x - 2 * d.xy * d.x * d.y + d.xx * d.y * d.y) / det_of(&d);
}

static double log_density_of(const struct gauss *a, const struct gauss *b)
{
    struct gauss d = sum_of(a, b);
    return -chi2_of(a, b) / 2 - log(2 * M_PI) - log(det_of(&d)) / 2;
}

struct info { /* inverse covariance, and that times the mean */
    double xx, xy, yy, x, y;
};

static void info_add(struct info *sum, const struct gauss *g, double weight)
{
    double det = det_of(g);
    double xx = g->yy / det * weight, xy = -g->xy / det * weight, yy = g->xx / det * weight;
    sum->xx += xx;
    sum->xy += xy;
    sum->yy += yy;
    sum->x += xx * g->x + xy * g->y;
    sum->y += xy * g->x + yy * g->y;
}

static struct gauss info_gauss(const struct info *sum)
{
    double det = sum->xx * sum->yy - sum->xy * sum->xy;
    struct gauss g = {.xx = sum->yy / det, .xy = -sum->xy / det, .yy = sum->xx / det};
    g.x = g.xx * sum->x + g.xy * sum->y;
    g.y = g.xy * sum->x + g.yy * sum->y;
    return g;
}

/* ---- groups ---- */

static bool same_source(const struct evidence *a, const struct evidence *b)
{
    return a->report->source.len > 0 && amp_str_eq(a->report->source, b->report->source);
}

/* The first of its source within the set. */
static bool source_leads(const struct fusion *f, uint32_t set, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if ((set >> k & 1) && same_source(&f->e[k], &f->e[i])) {
            return false;
        }
    }
    return true;
}

/* All reports of a source within the set as one. */
static struct gauss source_gauss(const struct fusion *f, uint32_t set, size_t lead)
{
    struct info sum = {0};
    double n = 0;
    for (size_t k = lead; k < f->n; k++) {
        bool mine = k == lead || same_source(&f->e[k], &f->e[lead]);
        n += (set >> k & 1) && mine ? 1 : 0;
    }
    for (size_t k = lead; k < f->n; k++) {
        if ((set >> k & 1) && (k == lead || same_source(&f->e[k], &f->e[lead]))) {
            info_add(&sum, &f->e[k].g, 1 / n);
        }
    }
    return info_gauss(&sum);
}

static struct gauss set_gauss(const struct fusion *f, uint32_t set)
{
    struct info sum = {0};
    for (size_t i = 0; i < f->n; i++) {
        if ((set >> i & 1) && source_leads(f, set, i)) {
            struct gauss one = source_gauss(f, set, i);
            info_add(&sum, &one, 1);
        }
    }
    return info_gauss(&sum);
}

/* The logarithm of how probable it is to see all reports if those of the set are right. */
static double set_evidence(const struct fusion *f, uint32_t set)
{
    static const double area_m2 = M_PI * 1e6 * AMP_FUSE_WRONG_KM * AMP_FUSE_WRONG_KM;
    double sum = -log(area_m2);
    struct info so_far = {0};
    bool any = false;
    uint32_t rest = ~set;
    for (size_t i = 0; i < f->n; i++) {
        uint32_t side = set >> i & 1 ? set : rest;
        if (!source_leads(f, side, i)) {
            continue;
        }
        if (side == rest) {
            sum += log(f->e[i].wrong) - log(area_m2);
            continue;
        }
        struct gauss one = source_gauss(f, set, i);
        sum += log(1 - f->e[i].wrong);
        if (any) {
            struct gauss before = info_gauss(&so_far);
            sum += log_density_of(&before, &one);
        }
        info_add(&so_far, &one, 1);
        any = true;
    }
    return sum;
}

/* Merges the two groups that agree best, until none do; the number of groups. */
static size_t groups_merge(const struct fusion *f, uint32_t *group)
{
    size_t n = f->n;
    for (size_t i = 0; i < n; i++) {
        group[i] = UINT32_C(1) << i;
    }
    for (;;) {
        double best = gate;
        size_t a = n, b = n;
        for (size_t i = 0; i < n; i++) {
            struct gauss one = set_gauss(f, group[i]);
            for (size_t k = i + 1; k < n; k++) {
                struct gauss other = set_gauss(f, group[k]);
                double chi2 = chi2_of(&one, &other);
                if (chi2 < best) {
                    best = chi2;
                    a = i;
                    b = k;
                }
            }
        }
        if (a == n) {
            return n;
        }
        group[a] |= group[b];
        memmove(&group[b], &group[b + 1], (n - b - 1) * sizeof(*group));
        n--;
    }
}

/* A wide report may agree with several groups: it supports each. */
static void groups_widen(const struct fusion *f, uint32_t *group, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct gauss core = set_gauss(f, group[i]);
        uint32_t also = 0;
        for (size_t k = 0; k < f->n; k++) {
            if (!(group[i] >> k & 1) && chi2_of(&core, &f->e[k].g) <= gate) {
                also |= UINT32_C(1) << k;
            }
        }
        group[i] |= also;
    }
}

struct candidate {
    uint32_t set;
    double evidence;
};

static int candidate_order(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->evidence < y->evidence || x->evidence > y->evidence) {
        return x->evidence > y->evidence ? -1 : 1;
    }
    return x->set < y->set ? -1 : x->set > y->set;
}

static size_t candidates_make(const struct fusion *f, struct candidate *out)
{
    uint32_t group[AMP_FUSE_REPORTS];
    size_t n = groups_merge(f, group), kept = 0;
    groups_widen(f, group, n);
    for (size_t i = 0; i < n; i++) {
        bool within = false;
        for (size_t k = 0; k < n && !within; k++) {
            bool subset = (group[i] & ~group[k]) == 0;
            within = k != i && subset && (group[i] != group[k] || k < i);
        }
        if (!within) {
            out[kept++] = (struct candidate){group[i], set_evidence(f, group[i])};
        }
    }
    qsort(out, kept, sizeof(*out), candidate_order);
    return kept;
}

/* ---- the answer ---- */

static struct amp_region ellipse_of(const struct fusion *f, const struct gauss *g)
{
    double half = (g->xx + g->yy) / 2, turn = hypot((g->xx - g->yy) / 2, g->xy);
    double k = amp_gauss_radius(answer_share);
    double along = atan2(2 * g->xy, g->xx - g->yy) / 2; /* of the major axis, from east */
    double angle_deg = 90 - along * 180 / M_PI;
    struct amp_region region = {.shape = AMP_REGION_ELLIPSE,
                                .at = amp_plane_pos(&f->plane, (struct amp_spot){g->x, g->y}),
                                .radius_m = fmin(k * sqrt(half + turn), AMP_REGION_MAX_M),
                                .angle_deg = fmod(angle_deg + 360, 180),
                                .confidence = answer_share};
    region.inner_m = fmin(k * sqrt(fmax(half - turn, 0)), region.radius_m);
    return region;
}

static struct amp_region region_of(const struct fusion *f, uint32_t set)
{
    struct gauss g = set_gauss(f, set);
    for (size_t i = 0; i < f->n && (set & (set - 1)) == 0; i++) {
        double sigma = sqrt((f->e[i].g.xx + f->e[i].g.yy) / 2);
        if ((set >> i & 1) && f->e[i].drift <= still * sigma) {
            return f->e[i].report->region;
        }
    }
    return ellipse_of(f, &g);
}

static uint32_t support_of(const struct fusion *f, uint32_t set)
{
    uint32_t support = 0;
    for (size_t i = 0; i < f->n; i++) {
        support |= set >> i & 1 ? UINT32_C(1) << f->e[i].index : 0;
    }
    return support;
}

static uint32_t hypotheses_fill(const struct fusion *f, const struct candidate *candidate, size_t n,
                                struct amp_fused *out)
{
    double total = 0, kept = 0;
    uint32_t all = 0;
    for (size_t i = 0; i < n; i++) {
        total += exp(candidate[i].evidence - candidate[0].evidence);
    }
    for (size_t i = 0; i < n && out->hypothesis_n < AMP_FUSE_HYPOTHESES; i++) {
        double weight = exp(candidate[i].evidence - candidate[0].evidence) / total;
        if (i > 0 && weight * 100 < AMP_FUSE_LEAST_PERCENT) {
            break;
        }
        out->hypothesis[out->hypothesis_n++] = (struct amp_fuse_hypothesis){
            region_of(f, candidate[i].set), weight, support_of(f, candidate[i].set)};
        all |= candidate[i].set;
        kept += weight;
    }
    for (size_t i = 0; i < out->hypothesis_n; i++) {
        out->hypothesis[i].weight /= kept;
    }
    return all;
}

static int outlier_order(const void *a, const void *b)
{
    const struct amp_fuse_outlier *x = a, *y = b;
    return (x->report > y->report) - (x->report < y->report);
}

static void outliers_fill(const struct fusion *f, const struct candidate *candidate, uint32_t all,
                          struct amp_fused *out)
{
    for (size_t i = 0; i < f->n; i++) {
        if (all >> i & 1) {
            continue;
        }
        struct amp_fuse_outlier one = {.report = f->e[i].index};
        double least = INFINITY;
        for (size_t k = 0; k < out->hypothesis_n; k++) {
            struct gauss g = set_gauss(f, candidate[k].set);
            double chi2 = chi2_of(&g, &f->e[i].g);
            if (chi2 < least) {
                least = chi2;
                one.from = k;
                one.distance_m = hypot(g.x - f->e[i].g.x, g.y - f->e[i].g.y);
                one.allowed_m = one.distance_m * sqrt(gate / chi2);
            }
        }
        if (least <= gate) { /* the others moved towards it: it agrees with the whole */
            out->hypothesis[one.from].support |= UINT32_C(1) << one.report;
        } else {
            out->outlier[out->outlier_n++] = one;
        }
    }
    qsort(out->outlier, out->outlier_n, sizeof(out->outlier[0]), outlier_order);
}

/* ---- taking the reports in ---- */

static int text_order(struct amp_str a, struct amp_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int double_order(double a, double b)
{
    return (a > b) - (a < b);
}

static int evidence_order(const void *a, const void *b)
{
    const struct evidence *x = a, *y = b;
    const double p[][2] = {{x->report->age_s, y->report->age_s},
                           {x->g.xx, y->g.xx},
                           {x->g.xy, y->g.xy},
                           {x->g.yy, y->g.yy},
                           {x->mean.lat_e7, y->mean.lat_e7},
                           {x->mean.lon_e7, y->mean.lon_e7},
                           {x->wrong, y->wrong}};
    for (size_t i = 0; i < sizeof(p) / sizeof(p[0]); i++) {
        int order = double_order(p[i][0], p[i][1]);
        if (order != 0) {
            return order;
        }
    }
    int order = text_order(x->report->source, y->report->source);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static void evidence_make(const struct amp_fuse_report *report, size_t index, double speed_m_s,
                          struct evidence *out)
{
    struct amp_density d;
    amp_density_make(&report->region, 0, &d);
    double drift = speed_m_s * report->age_s / amp_gauss_radius(drift_share);
    double lying = AMP_FUSE_WRONG_PERCENT / 100.0;
    *out = (struct evidence){.index = index,
                             .g = {0, 0, d.xx + drift * drift, d.xy, d.yy + drift * drift},
                             .mean = d.plane.at,
                             .wrong = fmin(1 - d.inside * (1 - lying), 0.9),
                             .drift = drift,
                             .report = report};
}

amp_err amp_fuse(const struct amp_fuse_report *report, size_t n, double speed_m_s,
                 struct amp_fused *out, struct amp_why *why)
{
    struct fusion f = {.n = n};
    if (n == 0 || n > AMP_FUSE_REPORTS) {
        return amp_fail(why, n == 0 ? AMP_E_MISSING : AMP_E_LIMIT, "give 1 to %d reports",
                        AMP_FUSE_REPORTS);
    }
    if (!(speed_m_s >= 0 && isfinite(speed_m_s))) {
        return amp_fail(why, AMP_E_RANGE, "a speed must not be negative");
    }
    for (size_t i = 0; i < n; i++) {
        amp_err err = amp_region_check(&report[i].region, why);
        if (err) {
            return err;
        }
        if (!(report[i].age_s >= 0 && report[i].age_s <= AMP_REGION_AGE_MAX_S)) {
            return amp_fail(why, AMP_E_RANGE, "the age of report %zu must be 0 to %d s", i,
                            AMP_REGION_AGE_MAX_S);
        }
        evidence_make(&report[i], i, speed_m_s, &f.e[i]);
    }
    qsort(f.e, n, sizeof(f.e[0]), evidence_order);
    f.plane = amp_plane_at(f.e[0].mean);
    for (size_t i = 0; i < n; i++) {
        struct amp_spot spot = amp_plane_spot(&f.plane, f.e[i].mean);
        f.e[i].g.x = spot.x;
        f.e[i].g.y = spot.y;
    }
    struct candidate candidate[AMP_FUSE_REPORTS];
    size_t candidate_n = candidates_make(&f, candidate);
    memset(out, 0, sizeof(*out));
    uint32_t all = hypotheses_fill(&f, candidate, candidate_n, out);
    outliers_fill(&f, candidate, all, out);
    return AMP_OK;
}

/* ---- telling ---- */

void amp_fuse_outlier_text(struct amp_buf *out, const struct amp_fuse_outlier *outlier)
{
    amp_buf_printf(out,
                   "report %zu lies %.0f m from where the others put the caller; up to %.0f m "
                   "it would agree",
                   outlier->report + 1, outlier->distance_m, outlier->allowed_m);
}

void amp_fuse_view(struct amp_json *js, const struct amp_fused *fused, size_t report_n)
{
    amp_json_key(js, "hypotheses");
    amp_json_open(js, '[');
    for (size_t i = 0; i < fused->hypothesis_n; i++) {
        const struct amp_fuse_hypothesis *one = &fused->hypothesis[i];
        amp_json_open(js, '{');
        amp_json_double_of(js, "weight", one->weight, 4);
        amp_json_key(js, "region");
        amp_json_open(js, '{');
        amp_region_view(js, &one->region);
        amp_json_close(js, '}');
        amp_json_key(js, "reports");
        amp_json_open(js, '[');
        for (size_t k = 0; k < report_n; k++) {
            if (one->support >> k & 1) {
                amp_json_put_i64(js, (int64_t)k);
            }
        }
        amp_json_close(js, ']');
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_key(js, "outliers");
    amp_json_open(js, '[');
    for (size_t i = 0; i < fused->outlier_n; i++) {
        amp_json_open(js, '{');
        amp_json_i64_of(js, "report", (int64_t)fused->outlier[i].report);
        amp_json_i64_of(js, "hypothesis", (int64_t)fused->outlier[i].from);
        amp_json_double_of(js, "distance_m", fused->outlier[i].distance_m, 1);
        amp_json_double_of(js, "allowed_m", fused->outlier[i].allowed_m, 1);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}
