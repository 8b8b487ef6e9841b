/*
 * Several reports of one caller made into one region, or into two where they contradict.
 *
 * Each report becomes a Gaussian (its region's mean and covariance), widened by how far the caller
 * can have moved since: `speed_m_s` times its age is taken as a circle of 68 %. Reports that agree
 * are multiplied. Two agree if the chi-square of their difference is within 99 % (two degrees of
 * freedom: 9.21). Reports of one source (one phone, one mast) share their faults: together they
 * count as one, their mean, and never make the answer surer than one of them.
 *
 * Reports that do not agree are never averaged. Groups are weighed against each other: a report is
 * wrong with the probability AMP_FUSE_WRONG_PERCENT (an even shape also where it says so itself),
 * and a wrong one lies anywhere within AMP_FUSE_WRONG_KM. A group of less than
 * AMP_FUSE_LEAST_PERCENT is dropped, and its reports are named as outliers, with how far they lie
 * and how far they could.
 *
 * The answer does not depend on the order of the reports, to the last bit. Source: gating and
 * product as in Bar-Shalom, Li, Kirubarajan, "Estimation with Applications to Tracking and
 * Navigation", 2001. Pure; many threads.
 */
#ifndef AMP_MAP_FUSE_H
#define AMP_MAP_FUSE_H

#include "base/json.h"
#include "map/region.h"

enum {
    AMP_FUSE_REPORTS = 32,
    AMP_FUSE_HYPOTHESES = 4,
    AMP_FUSE_WRONG_PERCENT = 10,
    AMP_FUSE_WRONG_KM = 10,
    AMP_FUSE_LEAST_PERCENT = 2
};
#define AMP_FUSE_SPEED_M_S 1.4 /* on foot: what is assumed of a caller */

struct amp_fuse_report {
    struct amp_region region;
    double age_s;          /* before now; 0 or more */
    struct amp_str source; /* which reports share their faults; empty: with none */
};

struct amp_fuse_hypothesis {
    struct amp_region region; /* an ellipse of 95 %, or the region of the only report */
    double weight;            /* all add up to 1 */
    uint32_t support;         /* bit i: report i; one report may support several */
};

struct amp_fuse_outlier {
    size_t report;
    size_t from;       /* hypothesis that it is nearest to */
    double distance_m; /* between their middles */
    double allowed_m;  /* at most this far, and they would agree */
};

struct amp_fused {
    struct amp_fuse_hypothesis hypothesis[AMP_FUSE_HYPOTHESES]; /* likeliest first */
    size_t hypothesis_n;
    struct amp_fuse_outlier outlier[AMP_FUSE_REPORTS]; /* by report */
    size_t outlier_n;
};

/* AMP_E_RANGE for a region that is none, a negative age or speed; AMP_E_LIMIT over
 * AMP_FUSE_REPORTS; AMP_E_MISSING for none. */
AMP_MUST amp_err amp_fuse(const struct amp_fuse_report *report, size_t n, double speed_m_s,
                          struct amp_fused *out, struct amp_why *why);

/* Members of an open object: hypotheses with their regions, outliers. Reports are told by index. */
void amp_fuse_view(struct amp_json *js, const struct amp_fused *fused, size_t report_n);
/* "report 3 is 4.2 km from ...": one sentence for a person. */
void amp_fuse_outlier_text(struct amp_buf *out, const struct amp_fuse_outlier *outlier);

#endif
