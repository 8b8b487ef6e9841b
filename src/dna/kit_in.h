/* Inside the readers of kits: a kit while it is read. */
#ifndef AMP_DNA_KIT_IN_H
#define AMP_DNA_KIT_IN_H

#include "dna/kit.h"
#include "dna/table.h"

struct amp_dna_kit_draft {
    struct amp_arena *arena;
    struct amp_dna_kit kit;
    struct amp_dna_kit_marker *marker; /* of the kit, to be written */
    struct amp_str *allele;            /* of the last marker */
    double *size_bp;
};

/* Begins a marker; names must outlive the kit. AMP_E_RANGE when a figure cannot be. */
AMP_MUST amp_err amp_dna_kit_draft_marker(struct amp_dna_kit_draft *draft, struct amp_str marker,
                                          struct amp_str dye, double repeat_bp);
/* Adds an allele to the last marker. */
AMP_MUST amp_err amp_dna_kit_draft_allele(struct amp_dna_kit_draft *draft, struct amp_str allele,
                                          double size_bp);

#endif
