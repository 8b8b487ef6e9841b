/* Changed copies of one marker. */
#include "dna/variant.h"
#include "dna/numeric.h"

#include <assert.h>
#include <string.h>

void amp_variant_begin(struct amp_variant *variant, const struct amp_mix *mix, size_t marker)
{
    assert(marker < mix->marker_n);
    variant->mix = *mix;
    variant->marker = mix->marker[marker];
    variant->mix.marker = &variant->marker;
    variant->mix.marker_n = 1;
    size_t n = variant->marker.allele_n;
    assert(n <= AMP_MIX_ALLELES && mix->contributor_n <= AMP_MIX_CONTRIBUTORS);
    memcpy(variant->allele, variant->marker.allele, n * sizeof *variant->allele);
    memset(variant->copies, 0, sizeof variant->copies);
    memset(variant->mute, 0, sizeof variant->mute);
    for (size_t k = 0; k < mix->contributor_n; k++) {
        if (variant->marker.known >> k & 1) {
            memcpy(variant->copies + k * n, variant->marker.copies + k * n, n);
        }
        if ((variant->marker.known >> k & 1) && variant->marker.mute) {
            memcpy(variant->mute + k * n, variant->marker.mute + k * n, n);
        }
    }
    variant->marker.allele = variant->allele;
    variant->marker.copies = variant->copies;
    variant->marker.mute = variant->mute;
}

void amp_variant_give(struct amp_variant *variant, size_t k, size_t allele)
{
    assert(k < variant->mix.contributor_n && allele < variant->marker.genotype_n);
    variant->marker.known |= UINT32_C(1) << k;
    variant->copies[k * variant->marker.allele_n + allele]++;
    if (variant->mix.related == (int32_t)k) {
        variant->mix.related = -1;
    }
}

void amp_variant_forget(struct amp_variant *variant, size_t k)
{
    size_t n = variant->marker.allele_n;
    variant->marker.known &= ~(UINT32_C(1) << k);
    memset(variant->copies + k * n, 0, n);
    memset(variant->mute + k * n, 0, n);
}

void amp_variant_type(struct amp_variant *variant, size_t allele, double times)
{
    assert(allele < variant->marker.genotype_n);
    variant->allele[allele].typed += times;
    variant->marker.typed_n += times;
    assert(variant->allele[allele].typed >= 0);
}

double amp_variant_draw_log(const struct amp_variant *variant, size_t allele)
{
    const struct amp_mix_allele *of = &variant->allele[allele];
    double theta = variant->marker.theta;
    return amp_ln((of->typed * theta + (1 - theta) * of->freq) /
                  (1 + (variant->marker.typed_n - 1) * theta));
}

amp_err amp_variant_loglik(const struct amp_variant *variant, const struct amp_mix_params *params,
                           const struct amp_mix_work *like, double *loglik)
{
    struct amp_mix_work *work = NULL;
    amp_err err = amp_mix_work_create_like(&variant->mix, like, &work);
    if (err) {
        return err;
    }
    struct amp_mix_value value = {0};
    err = amp_mix_loglik(&variant->mix, params, work, &value);
    amp_mix_work_destroy(work);
    if (!err) {
        *loglik = value.loglik;
    }
    return err;
}
