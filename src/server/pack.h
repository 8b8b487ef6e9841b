/*
 * Long answers travel as gzip (RFC 9110, section 8.4.1.3): a board of 500 incidents is a tenth of
 * its size then. A worker does it; what a worker has answered is packed where it was made.
 */
#ifndef AMP_SERVER_PACK_H
#define AMP_SERVER_PACK_H

#include "server/inside.h"

enum {
    AMP_PACK_MIN = 4096 /* shorter ones are not worth it */
};

/* Appends to `out` what `in` is as gzip. AMP_E_NOMEM. */
AMP_MUST amp_err amp_pack(const struct amp_buf *in, struct amp_buf *out);
/* If the answer is long and may be packed: it is, or is left as it is for want of memory. */
void amp_pack_answer(struct amp_job *job);
/* If so, a worker gets the job, packs and answers. False: it is still the caller's. */
AMP_MUST bool amp_pack_give(struct amp_server *server, struct amp_job *job);

#endif
