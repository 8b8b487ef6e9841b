/*
 * The bundle of one incident for a court: its records, what opens them, and the proof that they
 * are in the log, so that nothing and nobody of this server is needed to check it.
 *
 * incident.html (for people), records.jsonl (exact bodies, salts, leaves, and the fields that were
 * sealed), proofs/SEQ.tlog-proof (C2SP tlog-proof), checkpoint.txt (a C2SP signed note), key.txt
 * (the verifier key), keys.json (the incident's keys: that the words are those that were sealed),
 * VERIFY.txt (how to check it by other means), verify.py (one such means). If callers or crews sent
 * pictures, videos or sounds: media.json, which names each with its hashes, and, if that is asked
 * for, media/SEQ.TYPE, as it was sent.
 */
#ifndef AMP_SERVER_BUNDLE_H
#define AMP_SERVER_BUNDLE_H

#include "base/arena.h"
#include "journal/tree.h"
#include "server/keys.h"

enum {
    AMP_BUNDLE_RECORDS = 20000,       /* more than one incident has */
    AMP_BUNDLE_MEDIA_BYTES = 40 << 20 /* of media in one bundle; the rest is named */
};

struct amp_bundle_medium {
    const char *label, *type; /* of the state: copied, since it is written elsewhere */
    int64_t bytes;
    struct amp_incident_id key; /* whose key opens it */
};

struct amp_bundle_of {
    const struct amp_incident_id *incident; /* the one asked for first, then those merged into it */
    size_t incident_n;
    uint64_t first;         /* its first record */
    struct amp_str vkey;    /* of the log */
    struct amp_str note;    /* the signed checkpoint that all proofs lead to */
    struct amp_head head;   /* what it says */
    struct amp_str made_by; /* who asked */
    int64_t made_us;
    const struct amp_bundle_medium *medium;
    size_t medium_n;
    const char *dir; /* of the server's data; NULL: media are named and not in it */
    struct amp_keys *keys;
    struct amp_store *reader;
};

/* Appends a zip archive to out, which is empty. Scratch memory from the arena. */
AMP_MUST amp_err amp_bundle_write(const struct amp_bundle_of *of, struct amp_arena *arena,
                                  struct amp_buf *out, struct amp_why *why);

#endif
