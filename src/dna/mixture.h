/*
 * The continuous model of a DNA mixture: what enters, and its likelihood.
 *
 * Peak heights are gamma distributed (Cowell et al. 2015; Bleka, Storvik and Gill 2016):
 *
 *   alpha0 = 1/omega^2, sigma = mu omega^2
 *   B_a = alpha0 beta^bp100_a sum_k share_k n_ka
 *   S_a = (1 - [a loses](xi_back + xi_forward)) B_a + xi_back B_{back_from(a)} + xi_forward
 * B_{forward_from(a)} height_a ~ Gamma(shape S_a, scale sigma); drop-out below the threshold;
 * drop-in where S_a is structurally zero (by copies, whatever xi is) times (1 - drop_in) once for a
 * marker and replicate without any drop-in
 *
 * The unknown contributors' genotypes are drawn one after the other from the Polya urn of Balding
 * and Nichols (1994): P(next = a) = (m_a theta + (1 - theta) p_a) / (1 + (n - 1) theta), m and n
 * counting the typed alleles. The sum over all their genotypes is exact, by elimination along the
 * allele ladder (docs/dna.md).
 *
 * A struct amp_mix is immutable once built and may be read by several threads; each needs its own
 * work.
 */
#ifndef AMP_DNA_MIXTURE_H
#define AMP_DNA_MIXTURE_H

#include "base/arena.h"

enum {
    AMP_MIX_CONTRIBUTORS = 8, /* known and unknown together */
    AMP_MIX_UNKNOWN = 6,
    AMP_MIX_ALLELES = 128, /* at one marker, stutter positions included */
    AMP_MIX_REPLICATES = 16,
    AMP_MIX_COPIES = 4 /* of one allele in one person: tri-alleles */
};

/* One rung of a marker's ladder. The alleles that can be in a genotype come first (the rest allele,
 * which stands for all that was not seen, among them); after them come positions where only stutter
 * can be. */
struct amp_mix_allele {
    struct amp_str name;
    double freq;               /* 0 at a stutter position */
    double typed;              /* copies among the typed persons of the hypothesis */
    double bp100;              /* (size in bp - 125) / 100; 0 without degradation */
    int32_t back_to;           /* where its back stutter lands, -1 nowhere */
    int32_t forward_to;        /* likewise forward */
    int32_t back_from;         /* whose back stutter lands here, -1 nobody's */
    int32_t forward_from;      /* likewise forward */
    bool loses_back;           /* its own peak is lowered by xi_back ... */
    bool loses_forward;        /* ... and by xi_forward */
    const double *height;      /* [replicate]; below the threshold: not seen */
    const double *drop_in_log; /* [replicate]: ln(p_a lambda) - lambda (height - threshold) */
};

struct amp_mix_marker {
    struct amp_str name;
    size_t genotype_n; /* alleles that can be in a genotype */
    size_t allele_n;   /* with the stutter positions */
    const struct amp_mix_allele *allele;
    int32_t rest; /* the rest allele, -1 none */
    size_t replicate_n;
    double threshold; /* analytical, in the heights' unit */
    double theta;
    double drop_in;        /* probability C */
    double drop_in_lambda; /* of the heights of drop-in above the threshold */
    double typed_n;        /* sum of typed */
    int stutter;           /* 0 none, 1 back, 2 back and forward */
    uint32_t known;        /* bit k: contributor k is typed at this marker */
    const uint8_t *copies; /* [contributor_n][allele_n], zeroes for who is not known here */
    const uint8_t *mute;   /* likewise: how many of these copies give no stutter; NULL none */
    int32_t
        relative[2]; /* genotype of the typed person to whom contributor `related` is related; -1 */
};

struct amp_mix {
    size_t contributor_n;
    size_t marker_n;
    const struct amp_mix_marker *marker;
    int32_t related;    /* this unknown contributor is a relative of a typed person, -1 none */
    double kappa[3];    /* P(0, 1, 2 alleles identical by descent) */
    bool degradation;   /* beta is a parameter; else 1 */
    bool back, forward; /* xi_back, xi_forward are parameters; else 0 */
};

struct amp_mix_params {
    double share[AMP_MIX_CONTRIBUTORS]; /* mixture proportions, sum 1 */
    double mu;                          /* expected height of one allele copy at share 1, 125 bp */
    double omega;                       /* coefficient of variation */
    double beta;                        /* degradation for 100 bp */
    double xi_back, xi_forward;         /* stutter proportions */
};

/* One evaluation. The caller sets the first three fields. */
struct amp_mix_value {
    double *marker; /* [marker_n] log-likelihoods; may be NULL */
    struct amp_mix_params
        *gradient;      /* d loglik / d each parameter (shares as if free); may be NULL */
    double beam;        /* states below this share of the best are dropped; 0: exact */
    double loglik;      /* natural logarithm; -INFINITY when the data are impossible */
    double error_bound; /* what pruning can have lost of loglik at most; 0 when exact */
};

struct amp_mix_work; /* scratch of one thread for one amp_mix, which must outlive it unchanged */
/* AMP_E_LIMIT beyond a limit above (or 1 GB of states), AMP_E_RANGE when a ladder is none or a
 * number or index of the mixture is outside of what it may be, AMP_E_NOMEM. */
AMP_MUST amp_err amp_mix_work_create(const struct amp_mix *mix, struct amp_mix_work **out);
/* The same, reading tables of another work, which must live longer: much faster for small mixtures.
 */
AMP_MUST amp_err amp_mix_work_create_like(const struct amp_mix *mix,
                                          const struct amp_mix_work *like,
                                          struct amp_mix_work **out);
void amp_mix_work_destroy(struct amp_mix_work *work);
/* AMP_E_RANGE when a parameter is outside its domain. Deterministic: the same bytes on every
 * machine. */
AMP_MUST amp_err amp_mix_loglik(const struct amp_mix *mix, const struct amp_mix_params *params,
                                struct amp_mix_work *work, struct amp_mix_value *value);

#endif
