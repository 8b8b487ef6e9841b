/*
 * JSON: a strict bounded reader (jansson inside) and our own emitter.
 *
 * Reading: duplicate keys, bad UTF-8, NUL escapes, trailing text and depth over 64 are refused,
 * with line and column in the sentence. jansson.h is included by users of amp_json_read only
 * through here. Emitting: the writer appends to an amp_buf, puts commas itself, and checks nesting
 * with assert. Numbers of more than 53 bits are written as strings (JavaScript's limit).
 */
#ifndef AMP_BASE_JSON_H
#define AMP_BASE_JSON_H

#include "base/buf.h"
#include "base/geo.h"
#include <jansson.h>

enum {
    AMP_JSON_DEPTH = 64
};

/* Before the first thread: from then on what a value held is wiped when it is freed. */
void amp_json_start(void);
/* Refuses input over max_bytes with AMP_E_LIMIT. *out is the caller's: json_decref it. */
AMP_MUST amp_err amp_json_read(struct amp_str text, size_t max_bytes, json_t **out,
                               struct amp_why *why);
/* Members of an object; *out untouched and AMP_OK if absent or null, AMP_E_SYNTAX with a sentence
 * that names the member if it has another type, or if obj is no object. Strings are views into obj.
 * An i64 of more than 53 bits may also come as a string, the way the emitter writes it. */
AMP_MUST amp_err amp_json_str(const json_t *obj, const char *name, struct amp_str *out,
                              struct amp_why *why);
AMP_MUST amp_err amp_json_i64(const json_t *obj, const char *name, int64_t *out,
                              struct amp_why *why);
AMP_MUST amp_err amp_json_num(const json_t *obj, const char *name, double *out,
                              struct amp_why *why);
AMP_MUST amp_err amp_json_bool(const json_t *obj, const char *name, bool *out, struct amp_why *why);
/* "lat" and "lon" members; *found tells whether both are there; one alone is AMP_E_MISSING. */
AMP_MUST amp_err amp_json_pos(const json_t *obj, struct amp_pos *out, bool *found,
                              struct amp_why *why);

struct amp_json {
    struct amp_buf *buf;
    uint8_t depth;
    bool comma[AMP_JSON_DEPTH];   /* a member was written at this depth */
    char bracket[AMP_JSON_DEPTH]; /* what was opened at this depth; 0 outside of all */
    bool after_key;
};

struct amp_json amp_json_make(struct amp_buf *buf);
void amp_json_open(struct amp_json *js, char bracket);  /* '{' or '[' */
void amp_json_close(struct amp_json *js, char bracket); /* '}' or ']' */
void amp_json_key(struct amp_json *js, const char *name);
void amp_json_put_str(struct amp_json *js, struct amp_str text); /* invalid UTF-8 becomes U+FFFD */
void amp_json_put_buf(struct amp_json *js, const struct amp_buf *text); /* as text; or its error */
void amp_json_put_text(struct amp_json *js, const char *terminated);    /* NULL writes null */
void amp_json_put_i64(struct amp_json *js, int64_t value);
void amp_json_put_double(struct amp_json *js, double value, int decimals); /* not finite: null */
void amp_json_put_bool(struct amp_json *js, bool value);
void amp_json_put_null(struct amp_json *js);
void amp_json_put_time(struct amp_json *js, int64_t time_us);    /* RFC 3339 string */
void amp_json_put_raw(struct amp_json *js, struct amp_str json); /* a value that is JSON already */
/* key and value in one */
void amp_json_str_of(struct amp_json *js, const char *name, struct amp_str text);
void amp_json_str_maybe(struct amp_json *js, const char *name, struct amp_str text); /* if any */
void amp_json_buf_of(struct amp_json *js, const char *name, const struct amp_buf *text);
void amp_json_text_of(struct amp_json *js, const char *name, const char *terminated);
void amp_json_i64_of(struct amp_json *js, const char *name, int64_t value);
void amp_json_double_of(struct amp_json *js, const char *name, double value, int decimals);
void amp_json_bool_of(struct amp_json *js, const char *name, bool value);
void amp_json_time_of(struct amp_json *js, const char *name, int64_t time_us);
void amp_json_pos_of(struct amp_json *js, struct amp_pos pos); /* "lat":…,"lon":… with 7 decimals */
void amp_json_put_point(struct amp_json *js, struct amp_pos pos); /* [lat,lon], likewise */

#endif
