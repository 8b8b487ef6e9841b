/*
 * DNA profiles as laboratories export them: samples, markers, alleles and peak heights.
 *
 * One sample is a stain (with heights), or a reference (without). Allele names stay as they were
 * written ("9.3", "OL", "16.3_11_1_0", "X"); marker names are kept in capitals and compared by
 * amp_dna_marker_same, which ignores case, blanks, '_' and '-' and knows the second names that
 * markers have (marker.c). Everything lives in the caller's arena.
 */
#ifndef AMP_DNA_PROFILE_H
#define AMP_DNA_PROFILE_H

#include "base/arena.h"

enum {
    AMP_DNA_SAMPLES = 100000,    /* in one file */
    AMP_DNA_MARKERS = 4096,      /* of one sample: panels of SNPs have some thousands */
    AMP_DNA_PEAKS = 256,         /* at one marker of one sample */
    AMP_DNA_NOTES = 32,          /* sentences about one file */
    AMP_DNA_FILE_MAX = 256 << 20 /* bytes of one input file */
};

struct amp_dna_peak {
    struct amp_str allele;
    double height; /* relative fluorescence units or reads; 0 when the table has no heights */
};

struct amp_dna_locus {
    struct amp_str marker;
    size_t peak_n;
    struct amp_dna_peak *peak;
    uint64_t line; /* in the file, from 1: errors name it */
};

struct amp_dna_sample {
    struct amp_str name;
    size_t locus_n;
    struct amp_dna_locus *locus; /* in the order of the file; a marker occurs once */
    bool heights;                /* its peaks have heights: a stain; else a reference */
};

/* What was found out about a table before it was read. It goes into every report. */
struct amp_dna_source {
    struct amp_str file;  /* as the caller called it */
    const char *encoding; /* "UTF-8", "UTF-16", "Windows-1252" */
    const char *format;   /* "table", "genemapper", "cmf", "dnamixtures", "frequencies-wide" ... */
    char separator;       /* ',' ';' '\t', or 0 */
    char decimal;         /* '.' or ',' */
    size_t line_n;
    uint8_t sha256[32];
    size_t note_n;
    struct amp_str note[AMP_DNA_NOTES]; /* what a person should know before calculating */
    size_t note_more;                   /* beyond the room */
};

struct amp_dna_profiles {
    struct amp_dna_source source;
    size_t sample_n;
    struct amp_dna_sample *sample;
    bool heights; /* some sample has heights; false for references */
};

/* Reads any of the known layouts after sniffing which. AMP_E_SYNTAX, AMP_E_RANGE and AMP_E_LIMIT
 * name the file, line, marker and what to do. Nothing is guessed silently: what cannot be told
 * apart is refused. */
AMP_MUST amp_err amp_dna_profiles_read(struct amp_str bytes, const char *file,
                                       struct amp_arena *arena, struct amp_dna_profiles *out,
                                       struct amp_why *why);

const struct amp_dna_sample *amp_dna_sample_find(const struct amp_dna_profiles *profiles,
                                                 struct amp_str name);
const struct amp_dna_locus *amp_dna_locus_find(const struct amp_dna_sample *sample,
                                               struct amp_str marker);
bool amp_dna_marker_same(struct amp_str a, struct amp_str b);
/* Compares names by the numbers in them: "9.30" is "9.3", "09.3_6_0" is "9.3_6_0". */
bool amp_dna_allele_same(struct amp_str a, struct amp_str b);
/* An allele that is a number of repeats and bases, in thousandths: "9.3" is 9300. False for any
 * other name. */
bool amp_dna_allele_milli(struct amp_str allele, int64_t *milli);
/* The shortest name of a number of thousandths: 9300 is "9.3"; below zero with its sign, as a place
 * on the ladder that only stutter reaches. */
struct amp_str amp_dna_allele_of_milli(struct amp_arena *arena, int64_t milli);
/* A name with the longest uninterrupted stretch (LUS), as STRait Razor and EuroForMix write it:
 * 16.3_11_1_0 are 16.3 repeats, a stretch of 11, and what follows. */
struct amp_dna_lus {
    int64_t milli; /* repeats, in thousandths */
    int64_t stretch;
    struct amp_str rest; /* "1_0"; in the text that was read */
};
/* False for what is not named so. */
bool amp_dna_allele_lus(struct amp_str allele, struct amp_dna_lus *out);
struct amp_str amp_dna_allele_of_lus(struct amp_arena *arena, const struct amp_dna_lus *lus);
/* Tokens that mark a peak which is no allele: OL (off ladder), OMR (out of marker range), "?". */
bool amp_dna_allele_token(struct amp_str allele);

#endif
