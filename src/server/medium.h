/*
 * A caller's picture, video or sound at rest: a file that grows by sealed pieces.
 *
 * Invariants of the format:
 *   1. "AMPMED1\n", then 16 random bytes, the file's own id.
 *   2. Then pieces, each: the length of what is in it (32 bits, little endian, 1 to
 *      AMP_MEDIUM_PIECE), and its seal (base/crypto.h), so many bytes and AMP_SEAL_EXTRA long.
 *   3. The seal is bound to "amparo-medium-1\n" id "\n" offset, so that no piece can stand in
 *      another file or at another place.
 *   4. A last piece that is not whole was torn by a crash: it is cut off before the next is added.
 *
 * One file belongs to one thread at a time. All functions take untrusted bytes of a disk.
 */
#ifndef AMP_SERVER_MEDIUM_H
#define AMP_SERVER_MEDIUM_H

#include "base/crypto.h"

enum {
    AMP_MEDIUM_PIECE = 128 << 10, /* bytes of a piece */
    AMP_MEDIUM_HEAD = 24,
    AMP_MEDIUM_SNIFF = 16 /* bytes that a kind is known by */
};

/* What its first bytes say that it is: "jpeg", "png", ...; NULL when it is none that is taken. */
const char *amp_medium_sniff(struct amp_str first);
/* "image/jpeg" for "jpeg"; NULL. */
const char *amp_medium_type(struct amp_str name);

/* Of the bytes of a file: how long its whole pieces are together, and how much they hold.
 * AMP_E_CORRUPT: it does not begin as one. */
AMP_MUST amp_err amp_medium_measure(struct amp_str file, size_t *whole, uint64_t *held);
/* Appends what all pieces hold to out. AMP_E_CORRUPT also for a torn end; AMP_E_FORBIDDEN: another
 * key. */
AMP_MUST amp_err amp_medium_open(const uint8_t key[AMP_KEY], struct amp_str file,
                                 struct amp_buf *out);
/* Appends the head, or one piece that begins at that offset, as they stand in the file. */
void amp_medium_head(const uint8_t id[16], struct amp_buf *out);
void amp_medium_piece(const uint8_t key[AMP_KEY], const uint8_t nonce[AMP_NONCE],
                      struct amp_str head, uint64_t offset, struct amp_str plain,
                      struct amp_buf *out);

#endif
