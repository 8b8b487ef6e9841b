/*
 * The target of a request: its path in decoded segments, and its query as a form.
 *
 * Source: RFC 3986 sections 2.1 and 3.3. Refused: bad %-escapes, a decoded NUL or "/", bytes that
 * are not UTF-8, empty segments, "." and "..", and more than the limits. A trailing slash counts as
 * an empty segment, except for "/" itself, which has none.
 */
#ifndef AMP_SERVER_URI_H
#define AMP_SERVER_URI_H

#include "base/arena.h"
#include "base/form.h"

enum {
    AMP_URI_SEGMENTS = 16,
    AMP_URI_MAX = 6656 /* bytes: a drawing of AMP_POINTS_MAX points, with each comma escaped */
};

struct amp_uri {
    struct amp_str segment[AMP_URI_SEGMENTS];
    size_t n;
    struct amp_form query;
};

/* Decoded texts live in the arena. */
AMP_MUST amp_err amp_uri_read(struct amp_str target, struct amp_arena *arena, struct amp_uri *out,
                              struct amp_why *why);

/* Whether segments follow a pattern such as "/v1/tiles/{z}/{x}/{y}.mvt"; what the braces held goes
 * to param in order (at most param_max, which the table of routes obeys). A last "{rest*}" matches
 * one segment or more, which the route reads itself. */
bool amp_uri_match(const struct amp_uri *uri, const char *pattern, struct amp_str *param,
                   size_t param_max);

#endif
