/*
 * The errors of Amparo: one table, one meaning each.
 *
 * AMP_OK is zero. A function that can meet a hard world (disk, network, caller, memory) returns an
 * amp_err and leaves its results untouched on failure. A wrong program meets assert instead.
 * Where a person must act, the function also takes a struct amp_why (may be NULL) and writes one
 * sentence into it: what was wrong, where, and what to do.
 */
#ifndef AMP_BASE_ERR_H
#define AMP_BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

/* Each row: enumerator, stable code on the wire, HTTP status, words. */
#define AMP_ERR_TABLE(X)                                                                           \
    X(AMP_OK, "ok", 200, "no error")                                                               \
    X(AMP_E_NOMEM, "out-of-memory", 503, "not enough memory")                                      \
    X(AMP_E_IO, "io", 503, "reading or writing failed")                                            \
    X(AMP_E_FULL, "disk-full", 503, "the disk is full")                                            \
    X(AMP_E_IN_DOUBT, "in-doubt", 503, "a commit failed; whether it is stored is not known")       \
    X(AMP_E_LIMIT, "limit", 413, "a limit was reached")                                            \
    X(AMP_E_SYNTAX, "syntax", 400, "the input does not follow its format")                         \
    X(AMP_E_RANGE, "range", 422, "a value is outside what it may be")                              \
    X(AMP_E_MISSING, "missing", 422, "a required value is missing")                                \
    X(AMP_E_NOT_FOUND, "not-found", 404, "there is no such thing")                                 \
    X(AMP_E_EXISTS, "exists", 409, "it exists already")                                            \
    X(AMP_E_CONFLICT, "conflict", 409, "the present state does not allow it")                      \
    X(AMP_E_UNSUPPORTED, "unsupported", 415, "this kind of input is not supported")                \
    X(AMP_E_CORRUPT, "corrupt", 500, "stored data is damaged")                                     \
    X(AMP_E_NO_ROUTE, "no-route", 404, "there is no way by road")                                  \
    X(AMP_E_USAGE, "usage", 400, "wrong usage")                                                    \
    X(AMP_E_BUSY, "busy", 503, "too much work is waiting")                                         \
    X(AMP_E_FORBIDDEN, "forbidden", 403, "not allowed")                                            \
    X(AMP_E_UNAUTHENTICATED, "unauthenticated", 401, "who is asking is not known")                 \
    X(AMP_E_SECOND_FACTOR, "second-factor", 401, "the code of the second factor is needed")        \
    X(AMP_E_TOO_MANY, "too-many", 429, "too many requests in too short a time")

typedef enum {
#define X(name, code, http, words) name,
    AMP_ERR_TABLE(X)
#undef X
    AMP_ERR_COUNT
} amp_err;

/* Put before a prototype whose result must be looked at. */
#define AMP_MUST __attribute__((warn_unused_result))

enum {
    AMP_WHY_MAX = 320
};

/* One sentence for a person. Always terminated; empty when nothing was said. */
struct amp_why {
    char text[AMP_WHY_MAX];
};

const char *amp_err_code(amp_err err);  /* "disk-full" */
const char *amp_err_words(amp_err err); /* "the disk is full" */
int amp_err_http(amp_err err);          /* 503 */

/* Write the sentence (truncated at a UTF-8 boundary) and return err, so that a caller can
 * `return amp_fail(why, AMP_E_RANGE, "latitude %s is not within -90..90", text);` */
amp_err amp_fail(struct amp_why *why, amp_err err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
