/*
 * PED files: one person a line, with his parents, sex and genotypes.
 *
 * Columns, separated by blanks, tabs, commas or semicolons: family, person, father, mother (0:
 * founder), sex (1 or M, 2 or F, 0), perhaps a phenotype, then genotypes in marker order: one
 * column "12/14" a marker, or two columns "12 14". A first line that begins with '#' or with
 * "family" (fid, famid, ped, pedigree) names the columns, so that markers come in any order;
 * without it markers are those of the table of frequencies in its order. 0, -, ., ? and NA are not
 * typed.
 *
 * Each family is a pedigree of its own, a hypothesis. Two families are compared when the same
 * persons, by name, are typed in both and alike. A PED file cannot name monozygotic twins; a
 * Familias file can.
 *
 * Source: the LINKAGE/PLINK pedigree format (Purcell et al. 2007), its pre-makeped columns.
 */
#ifndef AMP_DNA_PED_H
#define AMP_DNA_PED_H

#include "dna/freq.h"
#include "dna/kin_case.h"

enum {
    AMP_PED_FILE_MAX = 64 << 20,
    AMP_PED_ROWS = 65536
};

struct amp_ped_settings {
    const struct amp_dna_freqs *freqs;
    double min_freq; /* of alleles that the table lacks; 0: they are refused */
    const struct amp_kin_override *override;
};

/* AMP_E_SYNTAX, AMP_E_RANGE, AMP_E_MISSING, AMP_E_LIMIT: file, line, what to do. */
AMP_MUST amp_err amp_ped_read(struct amp_str bytes, const char *file,
                              const struct amp_ped_settings *settings, struct amp_arena *arena,
                              struct amp_kin_case *out, struct amp_why *why);

#endif
