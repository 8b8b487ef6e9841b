/*
 * Kits: which dye and which size in base pairs an allele of a marker has.
 *
 * The figures of the common kits are built in; a laboratory's own table can be read instead. Sizes
 * of alleles that a kit does not list follow EuroForMix: floor(a) * repeat + decimals + offset,
 * where the repeat and offset come from the first two integer alleles of the marker.
 */
#ifndef AMP_DNA_KIT_H
#define AMP_DNA_KIT_H

#include "dna/profile.h"

struct amp_dna_kit_marker {
    struct amp_str marker;
    struct amp_str dye; /* "blue", "green", "yellow", "red", "purple", "orange" */
    double repeat_bp;   /* length of one repeat */
    size_t allele_n;
    const struct amp_str *allele;
    const double *size_bp;
    double longest_bp;
};

struct amp_dna_kit {
    struct amp_str name; /* "GlobalFiler" */
    size_t marker_n;
    const struct amp_dna_kit_marker *marker;
};

/* A kit by its short, product or panel name, case, blanks, '_' and '-' ignored. AMP_E_NOT_FOUND
 * lists the names. */
AMP_MUST amp_err amp_dna_kit_find(struct amp_str name, struct amp_arena *arena,
                                  struct amp_dna_kit *out, struct amp_why *why);
/* The built-in kits one by one: names good for ever, the other ones cut by '/' ("-": none); false
 * beyond the last. */
bool amp_dna_kit_list(size_t index, struct amp_str *name, struct amp_str *others);
/* The same from a kit table in strvalidator's layout (Panel, Marker, Allele, Size, Color, Repeat,
 * ...). */
AMP_MUST amp_err amp_dna_kit_read(struct amp_str bytes, const char *file, struct amp_str name,
                                  struct amp_arena *arena, struct amp_dna_kit *out,
                                  struct amp_why *why);
const struct amp_dna_kit_marker *amp_dna_kit_marker_find(const struct amp_dna_kit *kit,
                                                         struct amp_str marker);
/* Size of an allele, listed or not. AMP_E_RANGE when its name is not a number. */
AMP_MUST amp_err amp_dna_kit_size(const struct amp_dna_kit_marker *marker, struct amp_str allele,
                                  double *size_bp);

#endif
