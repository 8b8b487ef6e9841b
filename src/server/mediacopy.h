/*
 * Media that go along with a log: which of them its records name, and their way into a backup and
 * back.
 *
 * Named are the labels of medium-shared and medium-taken (docs/events.md), of all incidents that
 * were not erased in that log. A label stands in the clear, so no key is needed, and the files stay
 * sealed. What is copied is looked at: its bytes are those of its label. What is missing or damaged
 * is counted and said, and hinders nothing: the log is worth more than a picture.
 */
#ifndef AMP_SERVER_MEDIACOPY_H
#define AMP_SERVER_MEDIACOPY_H

#include "journal/backup.h"
#include "server/mediastore.h"

enum {
    AMP_MEDIA_SAID = 8 /* of what is missing or damaged, so many by name */
};

struct amp_media_named {
    char label[AMP_MEDIA_HASH];
    uint32_t incident;
    uint64_t seq; /* of the record that names it */
};
struct amp_media_names {
    struct amp_media_named *name; /* in the order of the records */
    size_t n, cap;
};

/* Of all records of a store. AMP_E_NOMEM, and what reading it gives. The caller frees. */
AMP_MUST amp_err amp_media_names(struct amp_store *store, struct amp_media_names *out,
                                 struct amp_why *why);
void amp_media_names_free(struct amp_media_names *names);

struct amp_media_copied {
    uint64_t n, bytes; /* copied, and how large they are */
    uint64_t missing, damaged;
    struct amp_media_named said[AMP_MEDIA_SAID];
    bool said_damaged[AMP_MEDIA_SAID];
    size_t said_n;
};

/* What goes into amp_backup_make and amp_backup_restore; `copied` is filled. */
struct amp_beside amp_media_beside(struct amp_media_copied *copied);

/* For the fuzzer: takes what one body says, as a fold of them does. */
struct amp_media_fold;
struct amp_media_fold *amp_media_fold_create(void);
void amp_media_fold_destroy(struct amp_media_fold *fold); /* accepts NULL */
AMP_MUST amp_err amp_media_fold_take(struct amp_media_fold *fold, uint64_t seq,
                                     struct amp_str body);
AMP_MUST amp_err amp_media_fold_names(const struct amp_media_fold *fold,
                                      struct amp_media_names *out);

#endif
