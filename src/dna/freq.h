/*
 * Allele frequencies of a population, from every layout in use.
 *
 * Wide tables (first column Allele, a column a marker), long ones (marker, allele, frequency or
 * count), and allele ladders with counts are told apart by their head. Frequencies of a marker are
 * kept as written; the rule for alleles that are not listed is the caller's
 * (amp_mix_settings.min_freq).
 */
#ifndef AMP_DNA_FREQ_H
#define AMP_DNA_FREQ_H

#include "dna/profile.h"

struct amp_dna_freq {
    struct amp_str marker;
    size_t allele_n;
    struct amp_str *allele; /* distinct, in the order of the file */
    double *freq;           /* > 0; sums to about 1, which amp_dna_freqs_read checks and reports */
    double sum;             /* of freq */
    double sample_n;        /* alleles counted, 0 when the table does not say */
};

struct amp_dna_freqs {
    struct amp_dna_source source;
    size_t marker_n;
    struct amp_dna_freq *marker;
    double min_freq; /* the smallest frequency of the whole table */
};

AMP_MUST amp_err amp_dna_freqs_read(struct amp_str bytes, const char *file, struct amp_arena *arena,
                                    struct amp_dna_freqs *out, struct amp_why *why);
const struct amp_dna_freq *amp_dna_freq_find(const struct amp_dna_freqs *freqs,
                                             struct amp_str marker);
/* Frequency of an allele; "9.30" is "9.3". False when it is not listed. */
bool amp_dna_freq_of(const struct amp_dna_freq *freq, struct amp_str allele, double *out);

#endif
