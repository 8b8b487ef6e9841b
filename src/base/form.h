/*
 * Form fields (application/x-www-form-urlencoded, also query strings), bounded and in order.
 *
 * Source: WHATWG URL standard, section 5.1. "+" is a blank; a malformed %-escape, a decoded NUL or
 * bytes that are not UTF-8 are refused. The first of several equal names wins in amp_form_get.
 */
#ifndef AMP_BASE_FORM_H
#define AMP_BASE_FORM_H

#include "base/arena.h"

enum {
    AMP_FORM_PAIRS = 64
};

struct amp_form {
    struct amp_str name[AMP_FORM_PAIRS];
    struct amp_str value[AMP_FORM_PAIRS];
    size_t n;
};

/* Decoded texts live in the arena. */
AMP_MUST amp_err amp_form_read(struct amp_str text, struct amp_arena *arena, struct amp_form *out,
                               struct amp_why *why);
/* false if absent. */
bool amp_form_get(const struct amp_form *form, const char *name, struct amp_str *out);

#endif
