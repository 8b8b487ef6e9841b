/*
 * EDXL-DE: the envelope in which services pass alerts on.
 *
 * Source: OASIS EDXL Distribution Element 1.0 (2006) with its schema; 2.0 (2013) is read for its
 * header and for the CAP alerts inside. Each alert inside is read by itself: one that is not valid
 * CAP is refused with its reason, and the valid ones beside it are not lost with it. An envelope of
 * which every alert was refused is refused.
 *
 * Texts live in the arena.
 */
#ifndef AMP_INTAKE_EDXL_H
#define AMP_INTAKE_EDXL_H

#include "intake/cap.h"

enum {
    AMP_EDXL_ITEMS = 64, /* content objects, and alerts */
    AMP_EDXL_WARNINGS = 8
};

struct amp_edxl_item { /* one content object */
    struct amp_str description, mime_type;
    struct amp_cap *alert;  /* NULL: no alert in it, or refused */
    struct amp_str refusal; /* why it was */
};

struct amp_edxl {
    struct amp_str version; /* "1.0", "2.0" */
    struct amp_str id, sender, sent, status, type, confidentiality, language;
    struct amp_edxl_item *item;
    size_t item_n, alert_n, refused_n;
    struct amp_str warning[AMP_EDXL_WARNINGS];
    size_t warning_n;
};

/* AMP_E_SYNTAX: not well-formed, or no envelope; AMP_E_MISSING, AMP_E_RANGE: not by the schema. */
AMP_MUST amp_err amp_edxl_read(struct amp_str bytes, struct amp_arena *arena, struct amp_edxl *out,
                               struct amp_why *why);

#endif
