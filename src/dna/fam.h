/*
 * Familias files (.fam), read and written.
 *
 * A text file of one value a line: persons with genotypes, relations that hold in every pedigree,
 * pedigrees, a frequency database with mutation models, and settings. The settings and the [DVI]
 * section (victims and reference families of Familias' other module, dna/fam_dvi.h) are kept as
 * they are and written again. Versions 3.x. Everything lives in the caller's arena, texts
 * are views of the input.
 *
 * Sources: files written by Familias 3.2.8 and 3.3.1; Kling, Tillmar, Egeland, FSI Genetics 13,
 * 2014 (the program).
 */
#ifndef AMP_DNA_FAM_H
#define AMP_DNA_FAM_H

#include "dna/kin_case.h"

enum {
    AMP_FAM_FILE_MAX = 64 << 20,
    AMP_FAM_RELATIONS = 4096
};

struct amp_fam_genotype {
    size_t a, b, marker; /* indexes */
};

struct amp_fam_person {
    struct amp_str name;
    struct amp_str flag, birth, child; /* lines that are kept */
    bool drop_out;                     /* "(Consider dropouts)" behind the year of birth */
    bool male;
    size_t genotype_n;
    struct amp_fam_genotype *genotype;
};

struct amp_fam_relation {
    size_t parent, child; /* indexes of persons, then of extra women and men */
    bool direct;          /* both are the same, or monozygotic twins */
};

struct amp_fam_pedigree {
    struct amp_str name; /* empty for what holds in all */
    size_t women, men;   /* extra persons */
    size_t relation_n;
    struct amp_fam_relation *relation;
};

struct amp_fam_marker {
    struct amp_str name;
    double rate[2], range[2], rate2[2]; /* female, male */
    int64_t model[2]; /* 0 equal, 1 proportional, 2 and 4 stepwise, 3 stationary stepwise */
    size_t allele_n;  /* without the silent one */
    struct amp_str *allele;
    double *freq;
    bool silent;
    double silent_freq;
    double database_size, drop_out, min_freq;
};

struct amp_fam {
    struct amp_str file, title[2], version, database;
    bool named_database;
    size_t person_n;
    struct amp_fam_person *person;
    struct amp_fam_pedigree known;
    size_t pedigree_n;
    struct amp_fam_pedigree *pedigree;
    double theta;
    size_t marker_n;
    struct amp_fam_marker *marker;
    struct amp_str tail; /* settings and [DVI], as they were */
    uint64_t tail_line;  /* lines before it */
    bool dvi;
};

/* AMP_E_SYNTAX, AMP_E_RANGE, AMP_E_LIMIT, AMP_E_UNSUPPORTED: file, line, what to do. */
AMP_MUST amp_err amp_fam_read(struct amp_str bytes, const char *file, struct amp_arena *arena,
                              struct amp_fam *out, struct amp_why *why);
/* What amp_fam_read reads back as the same. */
void amp_fam_write(const struct amp_fam *fam, struct amp_buf *out);
/* The case it describes; a single parent gets an untyped partner. Notes say what was assumed. */
AMP_MUST amp_err amp_fam_case(const struct amp_fam *fam, const struct amp_kin_override *override,
                              struct amp_arena *arena, struct amp_kin_case *out,
                              struct amp_why *why);

#endif
