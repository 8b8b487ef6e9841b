/*
 * A growing buffer that cannot be made without its maximum.
 *
 * Its error is sticky: after AMP_E_LIMIT or AMP_E_NOMEM further appends do nothing, and one
 * question at the end (amp_buf_err) tells whether the content is whole. What people said passes
 * through many of these: memory that a buffer gives up is wiped.
 */
#ifndef AMP_BASE_BUF_H
#define AMP_BASE_BUF_H

#include "base/str.h"

struct amp_buf {
    char *data; /* owned; not terminated unless amp_buf_cstr was called */
    size_t len;
    size_t cap;
    size_t max;
    amp_err err;
};

struct amp_buf amp_buf_make(size_t max_bytes);
/* Over room that is the caller's: holds cap - 1 bytes, never grows, is not to be freed. */
struct amp_buf amp_buf_over(char *room, size_t cap);
void amp_buf_free(struct amp_buf *buf);  /* accepts zeroes */
void amp_buf_clear(struct amp_buf *buf); /* empties, keeps memory and maximum, forgets the error */
amp_err amp_buf_err(const struct amp_buf *buf);
void amp_buf_put(struct amp_buf *buf, const void *data, size_t len);
void amp_buf_str(struct amp_buf *buf, struct amp_str text);
void amp_buf_join(struct amp_buf *buf, const struct amp_buf *part); /* or the error of part */
void amp_buf_text(struct amp_buf *buf, const char *terminated);
void amp_buf_char(struct amp_buf *buf, char c);
void amp_buf_u64(struct amp_buf *buf, uint64_t value); /* decimal */
void amp_buf_i64(struct amp_buf *buf, int64_t value);
void amp_buf_printf(struct amp_buf *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void amp_buf_le32(struct amp_buf *buf, uint32_t value);
void amp_buf_le64(struct amp_buf *buf, uint64_t value);
void amp_buf_varint(struct amp_buf *buf, uint64_t value); /* protobuf base-128 */
void *amp_buf_extend(struct amp_buf *buf, size_t len);    /* room for len bytes, or NULL */
struct amp_str amp_buf_view(const struct amp_buf *buf);
const char *amp_buf_cstr(struct amp_buf *buf); /* terminated; "" if the buffer has failed */

#endif
