/*
 * A picture, video or sound on its way in, piece by piece: by a caller's link, or from a crew.
 *
 * `?offset=BYTES&total=BYTES` says where a piece belongs; GET asks how much is here. A piece counts
 * when it is on the disk, and sent twice it changes nothing. When all are there the command of the
 * job is decided, with type, bytes, label and text of the whole: that is the record.
 *
 * On the core's thread; the disk is the porter's.
 */
#ifndef AMP_SERVER_UPLOAD_H
#define AMP_SERVER_UPLOAD_H

#include "server/inside.h"
#include "server/mediastore.h"

struct amp_upload {               /* in the arena of the job */
    struct amp_media_piece piece; /* whose it is, read by amp_upload_read, and the key */
    struct amp_str record_key;    /* idempotency key of the record */
    amp_err err;
    struct amp_why why;
};

/* The name of the upload, which is that parameter of the path, and of a piece its place and bytes.
 */
AMP_MUST amp_err amp_upload_read(const struct amp_server *server, const struct amp_job *job,
                                 size_t param, struct amp_media_piece *piece, struct amp_why *why);
/* Ends the step. job->command has its kind, and what is known of it before the file is whole. */
void amp_upload_take(struct amp_server *server, struct amp_job *job, struct amp_upload *upload);
/* Ends the step as the last piece did: so much was recorded before. */
void amp_upload_done(struct amp_server *server, struct amp_job *job, uint64_t held);

#endif
