/*
 * The elements of a CAP message in the order of the schema, as rows. Private to cap*.c.
 *
 * Reading, writing and the JSON form come from the same rows. `at` is where the struct has it.
 */
#ifndef AMP_INTAKE_CAP_FORM_H
#define AMP_INTAKE_CAP_FORM_H

#include "intake/cap.h"

#include <stddef.h>

#define AMP_CAP_12 "urn:oasis:names:tc:emergency:cap:1.2"
#define AMP_CAP_11 "urn:oasis:names:tc:emergency:cap:1.1"
#define AMP_CAP_10 "http://www.incident.com/cap/1.0"

enum amp_cap_kind {
    AMP_CAP_TEXT,      /* struct amp_str */
    AMP_CAP_WORDS,     /* the same; of several all lines */
    AMP_CAP_ID,        /* not empty, no blank, comma, < or & (CAP 1.2, section 3.2.1) */
    AMP_CAP_CHOICE,    /* one of `words` */
    AMP_CAP_TIME,      /* the pattern of section 3.3.2 */
    AMP_CAP_LANGUAGE,  /* RFC 3066 */
    AMP_CAP_INTEGER,   /* bytes */
    AMP_CAP_DECIMAL,   /* feet */
    AMP_CAP_REFERENCE, /* sender,identifier,sent in a row */
    AMP_CAP_TEXTS,     /* struct amp_cap_texts */
    AMP_CAP_CHOICES,   /* the same, each one of `words` */
    AMP_CAP_PAIRS,     /* struct amp_cap_pairs */
    AMP_CAP_POLYGONS,
    AMP_CAP_CIRCLES,
    AMP_CAP_PART /* <info>, <resource>, <area>: read and written by their own rows */
};

struct amp_cap_row {
    const char *name;
    enum amp_cap_kind kind;
    bool required;
    size_t at;
    const char *words;   /* " Actual Exercise ... " */
    const char *lacking; /* what a required one that is not there is read as; NULL: refused */
};

struct amp_cap_rows {
    const char *name;
    const struct amp_cap_row *row;
    size_t n;
};

/* As amp_cap_read; what the standard does not allow is refused, however clear it is. */
AMP_MUST amp_err amp_cap_read_exact(struct amp_str bytes, struct amp_arena *arena,
                                    struct amp_cap *out, struct amp_why *why);

/* One info as a JSON object; what is empty is left out. */
void amp_cap_info_view(struct amp_json *js, const struct amp_cap_info *info);

extern const struct amp_cap_rows amp_cap_alert_rows;
extern const struct amp_cap_rows amp_cap_info_rows;
extern const struct amp_cap_rows amp_cap_resource_rows;
extern const struct amp_cap_rows amp_cap_area_rows;

#endif
