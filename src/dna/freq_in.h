/* Inside the readers of frequencies: a draft, and the row that each layout has in freq.c. */
#ifndef AMP_DNA_FREQ_IN_H
#define AMP_DNA_FREQ_IN_H

#include "dna/freq.h"
#include "dna/table.h"

struct amp_dna_freq_draft {
    struct amp_arena *arena;
    const char *file;
    struct amp_dna_freqs out;
    struct amp_dna_names names; /* of markers, and of alleles for each marker */
};

/* Where a number stands, for the sentence that refuses it. */
struct amp_dna_freq_cell {
    uint64_t line;
    struct amp_str marker, allele;
};

/* A marker by its name, made if it is new. */
AMP_MUST amp_err amp_dna_freq_draft_marker(struct amp_dna_freq_draft *draft, struct amp_str marker,
                                           uint64_t line, size_t *out, struct amp_why *why);
/* An allele's frequency (> 0); refused when the marker has it already. */
AMP_MUST amp_err amp_dna_freq_draft_put(struct amp_dna_freq_draft *draft, size_t marker,
                                        struct amp_str allele, double value, uint64_t line,
                                        struct amp_why *why);
AMP_MUST amp_err amp_dna_freq_value(const struct amp_dna_freq_draft *draft, struct amp_str text,
                                    const struct amp_dna_freq_cell *cell, double most, double *out,
                                    struct amp_why *why);

struct amp_dna_freq_layout {
    const char *format;
    bool (*is)(const struct amp_dna_table *head, struct amp_arena *arena);
    amp_err (*read)(struct amp_dna_table *table, struct amp_dna_freq_draft *draft,
                    struct amp_why *why);
};

bool amp_dna_freq_is_wide(const struct amp_dna_table *head, struct amp_arena *arena);
amp_err amp_dna_freq_wide_read(struct amp_dna_table *table, struct amp_dna_freq_draft *draft,
                               struct amp_why *why);
bool amp_dna_freq_is_long(const struct amp_dna_table *head, struct amp_arena *arena);
amp_err amp_dna_freq_long_read(struct amp_dna_table *table, struct amp_dna_freq_draft *draft,
                               struct amp_why *why);
bool amp_dna_freq_is_blocks(const struct amp_dna_table *head, struct amp_arena *arena);
amp_err amp_dna_freq_blocks_read(struct amp_dna_table *table, struct amp_dna_freq_draft *draft,
                                 struct amp_why *why);

#endif
