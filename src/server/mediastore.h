/*
 * The folder of media: files of medium.h beside the journal, never in it.
 *
 * DIR/media holds "up-LINK-UPLOAD" while pieces come by a caller's link, "cr-INCIDENT-UNIT-UPLOAD"
 * while they come from a crew, and under the hash of their sealed bytes what is whole. A file
 * becomes whole by a second name; the journal's record comes after that, and says the hash: so what
 * the record names is there, and what a crash left half is never taken for whole. What belongs to
 * no record and to no upload under way is swept away.
 *
 * All of it runs on one thread, the porter's; it may wait for the disk.
 */
#ifndef AMP_SERVER_MEDIASTORE_H
#define AMP_SERVER_MEDIASTORE_H

#include "base/crypto.h"

enum {
    AMP_MEDIA_HASH = 2 * AMP_SHA256 + 2, /* hexadecimal, its end, and one more for who writes it */
    AMP_MEDIA_UPLOAD = 32                /* bytes of an upload's name: letters, digits, - and _ */
};

struct amp_media_piece {
    const char *dir;         /* of the server's data */
    uint32_t link;           /* that it comes by; 0: from a crew */
    uint32_t incident, unit; /* of the crew; numbers */
    struct amp_str upload;
    uint8_t key[AMP_KEY];
    uint64_t offset, total; /* where these bytes belong; how many there will be */
    struct amp_str bytes;   /* none: only asks how far it is */
    /* the answer: */
    uint64_t held; /* so much is here, and on the disk */
    bool whole;    /* then these say what it is: */
    char label[AMP_MEDIA_HASH], digest[AMP_MEDIA_HASH];
    const char *kind; /* as amp_medium_sniff says */
};

bool amp_media_upload_valid(struct amp_str upload);
/* A piece that is there already changes nothing; one that would leave a gap is AMP_E_CONFLICT with
 * `held` set. AMP_E_FULL: the disk is full, nothing of it was kept. AMP_E_UNSUPPORTED: it is whole
 * and no picture, video or sound; it is gone. */
AMP_MUST amp_err amp_media_take(struct amp_media_piece *piece, struct amp_why *why);
/* Appends what the medium with this label holds. AMP_E_NOT_FOUND; AMP_E_CORRUPT when its bytes are
 * not those of the label. */
AMP_MUST amp_err amp_media_read(const char *dir, const char *label, const uint8_t key[AMP_KEY],
                                struct amp_buf *out, struct amp_why *why);

/* Copies the medium with this label, whose bytes are those of the label, into the folder of another
 * directory; one that is there already is looked at and stays. `bytes` is its size on the disk.
 * AMP_E_NOT_FOUND, AMP_E_CORRUPT: not there, or other bytes; nothing was made. For a backup; any
 * thread. */
AMP_MUST amp_err amp_media_copy_one(const char *from, const char *to, const char *label,
                                    uint64_t *bytes, struct amp_why *why);

struct amp_media_kept {
    const char **label; /* sorted */
    size_t label_n;
    const uint8_t *live; /* of link n at [n - 1]: whether pieces may still come */
    size_t link_n;       /* links beyond are newer than this list: theirs stay */
    const uint8_t *open; /* the same of incidents, for what crews send */
    size_t incident_n;
};
/* Removes what is not kept; how many files that were. */
size_t amp_media_sweep(const char *dir, const struct amp_media_kept *kept);

#endif
