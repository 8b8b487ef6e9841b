/*
 * Inside the readers of profiles: a draft that samples, loci and peaks are put into, and the row
 * that each layout has in the table of profile.c.
 */
#ifndef AMP_DNA_PROFILE_IN_H
#define AMP_DNA_PROFILE_IN_H

#include "dna/table.h"

struct amp_dna_draft {
    struct amp_arena *arena;
    const char *file;
    struct amp_dna_profiles out;
    struct amp_dna_names names; /* of samples, and of markers for each sample */
};

/* A sample by its name, made if it is new; valid until the next call for a sample. */
AMP_MUST amp_err amp_dna_draft_sample(struct amp_dna_draft *draft, struct amp_str name,
                                      bool heights, uint64_t line, size_t *sample,
                                      struct amp_why *why);
/* A marker of the sample; when it is there already it is given again if `again`, else refused. The
 * locus is valid until the next call for a locus. */
AMP_MUST amp_err amp_dna_draft_locus(struct amp_dna_draft *draft, size_t sample,
                                     struct amp_str marker, uint64_t line, bool again,
                                     struct amp_dna_locus **out, struct amp_why *why);
AMP_MUST amp_err amp_dna_draft_peak(struct amp_dna_draft *draft, struct amp_dna_locus *locus,
                                    const struct amp_dna_peak *peak, uint64_t line,
                                    struct amp_why *why);
/* Checks what can be checked only when all is there. */
AMP_MUST amp_err amp_dna_draft_finish(struct amp_dna_draft *draft, struct amp_why *why);
/* Reads a height cell: a finite number from 0. */
AMP_MUST amp_err amp_dna_height(const struct amp_dna_draft *draft, struct amp_str text,
                                struct amp_str marker, uint64_t line, double *out,
                                struct amp_why *why);

struct amp_dna_profile_layout {
    const char *format;
    /* Whether this head, just read, is of the layout. */
    bool (*is)(const struct amp_dna_table *head, struct amp_arena *arena);
    /* Reads the rows after the head. */
    amp_err (*read)(struct amp_dna_table *table, struct amp_dna_draft *draft, struct amp_why *why);
};

bool amp_dna_table_is_wide(const struct amp_dna_table *head, struct amp_arena *arena);
bool amp_dna_table_is_genemapper(const struct amp_dna_table *head, struct amp_arena *arena);
bool amp_dna_table_is_long(const struct amp_dna_table *head, struct amp_arena *arena);
amp_err amp_dna_table_read(struct amp_dna_table *table, struct amp_dna_draft *draft,
                           struct amp_why *why);
bool amp_dna_is_dnamixtures(const struct amp_dna_table *head, struct amp_arena *arena);
amp_err amp_dna_dnamixtures_read(struct amp_dna_table *table, struct amp_dna_draft *draft,
                                 struct amp_why *why);
bool amp_dna_is_genotypes(const struct amp_dna_table *head, struct amp_arena *arena);
amp_err amp_dna_genotypes_read(struct amp_dna_table *table, struct amp_dna_draft *draft,
                               struct amp_why *why);
/* CODIS Common Message Format 3.2: a whole document. */
AMP_MUST amp_err amp_dna_cmf_read(struct amp_str bytes, struct amp_dna_draft *draft,
                                  struct amp_why *why);

#endif
