/*
 * Views of text that somebody else owns, and strict readers of numbers in them.
 *
 * A view is not terminated. The readers take the whole view or refuse: no leading or trailing
 * blank, no hexadecimal, no "nan"; the result is untouched on failure.
 */
#ifndef AMP_BASE_STR_H
#define AMP_BASE_STR_H

#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

struct amp_str {
    const char *ptr; /* may be NULL when len is 0 */
    size_t len;
};

#define AMP_STR(literal) ((struct amp_str){.ptr = "" literal "", .len = sizeof(literal) - 1})

struct amp_str amp_str_of(const char *terminated); /* NULL gives the empty view */
bool amp_str_eq(struct amp_str a, struct amp_str b);
bool amp_str_is(struct amp_str a, const char *terminated);
bool amp_str_starts(struct amp_str text, struct amp_str prefix);
struct amp_str amp_str_trim(struct amp_str text); /* ASCII blanks, both ends */
/* Cut at the first `sep`: *head gets what is before, the rest (after sep) is returned. Without a
 * sep, *head gets all and the rest is {NULL, 0}. */
struct amp_str amp_str_cut(struct amp_str text, char sep, struct amp_str *head);
/* The first token of a text, up to a blank or a tab, which the text then begins behind; empty when
 * nothing is left. */
struct amp_str amp_str_token(struct amp_str *text);

enum {
    AMP_NUMBER_TEXT_MAX = 800
}; /* amp_str_double: longer text is AMP_E_LIMIT */

AMP_MUST amp_err amp_str_i64(struct amp_str text, int64_t *out);
AMP_MUST amp_err amp_str_u64(struct amp_str text, uint64_t *out);
AMP_MUST amp_err amp_str_double(struct amp_str text, double *out); /* finite decimal, locale-free */
/* A decimal such as "-25.9692" scaled by 10^digits into an integer, rounded half away from zero. */
AMP_MUST amp_err amp_str_fixed(struct amp_str text, int digits, int64_t *out);

/* Bytes of the well-formed character at ptr (left > 0 bytes follow), or 0; NUL is none. */
size_t amp_utf8_step(const char *ptr, size_t left);
bool amp_utf8_valid(struct amp_str text); /* well-formed, no surrogates, no NUL */
/* Copy with termination; AMP_E_LIMIT (and nothing written) if it does not fit. */
AMP_MUST amp_err amp_str_copy(char *dst, size_t cap, struct amp_str text);

#endif
