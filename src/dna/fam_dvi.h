/*
 * Victims and reference families of a Familias file: its [DVI] section, and the problem that it is.
 *
 * The section nests by brackets: unidentified persons, then families with their persons and
 * pedigrees ("Reference pedigree", where the missing is nobody's relative, and what is supposed).
 * Who is missing has a name that begins with "Missing". The problem has the three texts that
 * amp_dvi_read reads, so that it can also be kept as files and corrected.
 *
 * Sources: files written by Familias 3.3 and 3.4; Kling, Egeland, Tillmar, Prieto, "Mass
 * Identifications" (2021), chapter 4.
 */
#ifndef AMP_DNA_FAM_DVI_H
#define AMP_DNA_FAM_DVI_H

#include "dna/dvi.h"
#include "dna/fam.h"

struct amp_fam_dvi_typed {
    struct amp_str marker, allele[2];
};

struct amp_fam_dvi_person {
    struct amp_str name;
    enum amp_kin_sex sex;
    uint64_t line;
    size_t typed_n;
    struct amp_fam_dvi_typed *typed;
};

struct amp_fam_dvi_relation {
    struct amp_str parent, child; /* names; also of persons that have no entry */
    uint64_t line;
};

struct amp_fam_dvi_pedigree {
    struct amp_str name;
    size_t relation_n;
    struct amp_fam_dvi_relation *relation;
};

struct amp_fam_dvi_family {
    struct amp_str name;
    uint64_t line;
    size_t person_n;
    struct amp_fam_dvi_person *person;
    size_t pedigree_n;
    struct amp_fam_dvi_pedigree *pedigree;
};

struct amp_fam_dvi {
    size_t victim_n;
    struct amp_fam_dvi_person *victim;
    size_t family_n;
    struct amp_fam_dvi_family *family;
};

/* AMP_E_MISSING: the file has no such section. Else as amp_fam_read. */
AMP_MUST amp_err amp_fam_dvi_read(const struct amp_fam *fam, struct amp_arena *arena,
                                  struct amp_fam_dvi *out, struct amp_why *why);

/* The texts of struct amp_dvi_files. */
struct amp_fam_problem {
    struct amp_buf people, markers, mutation; /* owned */
    double theta;                             /* of the file, for all markers */
    struct amp_dvi_notes notes;               /* what was taken for granted, what was left out */
    struct amp_str doubt; /* what the file does not say and the result depends on; empty: nothing */
};

/* AMP_E_UNSUPPORTED: silent alleles; AMP_E_RANGE: pedigrees that are none, or several of a family.
 * With an error the texts are empty. */
AMP_MUST amp_err amp_fam_problem_make(const struct amp_fam *fam, struct amp_arena *arena,
                                      struct amp_fam_problem *out, struct amp_why *why);
void amp_fam_problem_free(struct amp_fam_problem *problem); /* accepts zeroes */

#endif
