/*
 * What a person asks of a journal: is it whole, and what is its root?
 *
 * Opens the place read-only; a writer may be at work on it.
 */
#ifndef AMP_JOURNAL_INSPECT_H
#define AMP_JOURNAL_INSPECT_H

#include "journal/store.h"

enum {
    AMP_HASH_HEX = 2 * AMP_HASH + 1,
    AMP_HASH_BASE64 = 45
};

struct amp_log_report {
    struct amp_head head; /* what was verified, or what the store says */
    bool ok;
    uint64_t bad_seq;   /* when not ok: the first bad record, or size + 1; 0 if none can be named */
    struct amp_why why; /* when not ok */
};

/* Reads and checks every record. AMP_OK also when the journal is damaged: out->ok tells. Other
 * errors (no journal there, unreadable) come with why. */
AMP_MUST amp_err amp_log_verify(const char *dir, struct amp_log_report *out, struct amp_why *why);
/* The size and root as the store says them, unchecked: at once, whatever the size. */
AMP_MUST amp_err amp_log_root(const char *dir, struct amp_log_report *out, struct amp_why *why);

void amp_hash_hex(const uint8_t hash[AMP_HASH], char out[AMP_HASH_HEX]);
void amp_hash_base64(const uint8_t hash[AMP_HASH], char out[AMP_HASH_BASE64]); /* RFC 4648 */

#endif
