/*
 * A reader walks untrusted bytes and never leaves them.
 *
 * Its error is sticky: a read past the end returns zero and marks the reader bad. A decoder
 * therefore reads all its fields in the order of the specification and asks once, at the end,
 * whether they were really there.
 */
#ifndef AMP_BASE_READER_H
#define AMP_BASE_READER_H

#include "base/str.h"

struct amp_reader {
    const uint8_t *data;
    size_t len;
    size_t pos;
    bool bad;
};

struct amp_reader amp_reader_make(const void *data, size_t len);
bool amp_reader_ok(const struct amp_reader *rd);   /* nothing was missing so far */
bool amp_reader_done(const struct amp_reader *rd); /* ok, and every byte was read */
size_t amp_reader_left(const struct amp_reader *rd);
uint8_t amp_reader_u8(struct amp_reader *rd);
uint16_t amp_reader_be16(struct amp_reader *rd);
uint32_t amp_reader_be32(struct amp_reader *rd);
uint32_t amp_reader_le32(struct amp_reader *rd);
uint64_t amp_reader_le64(struct amp_reader *rd);
uint64_t amp_reader_varint(struct amp_reader *rd); /* protobuf base-128, at most 10 bytes */
int64_t amp_reader_zigzag(struct amp_reader *rd);  /* protobuf sint */
struct amp_str amp_reader_bytes(struct amp_reader *rd, size_t len);  /* a view into the data */
struct amp_reader amp_reader_sub(struct amp_reader *rd, size_t len); /* a reader of the next len */

#endif
