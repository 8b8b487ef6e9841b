/*
 * The built-in kits: the bytes of kits.tsv, embedded by tools/embed. Its lines are
 * KIT, further names cut by '/', MARKER, DYE, REPEAT, "ALLELE=SIZE ALLELE=SIZE ...", cut by tabs;
 * '-' is none; '#' starts a comment.
 */
#ifndef AMP_DNA_KIT_TABLE_H
#define AMP_DNA_KIT_TABLE_H

#include <stddef.h>

extern const unsigned char amp_dna_kit_text[];
extern const size_t amp_dna_kit_text_len;

#endif
