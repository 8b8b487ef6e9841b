/*
 * Looking into the past: one thread with a cursor over the journal (past.h), for the routes that
 * ask how it was.
 *
 * A job goes there with amp_core_history, and its work stands between amp_history_begin and
 * amp_history_end. An erasure empties the cursor: what was folded with a key that is gone is wiped
 * at once, or before anybody looks again. While an erasure is being written, and if one came in
 * between, the answer is AMP_E_BUSY.
 */
#ifndef AMP_SERVER_HISTORY_H
#define AMP_SERVER_HISTORY_H

#include "server/inside.h"
#include "server/past.h"

AMP_MUST amp_err amp_history_start(struct amp_server *server,
                                   const struct amp_workers_config *config);
void amp_history_stop(struct amp_history *history); /* accepts NULL; the struct is the caller's */
void amp_history_erased(struct amp_server *server); /* the core's: the next record is an erasure */
struct amp_workers *amp_history_workers(struct amp_server *server);

/* By the thread itself. */
AMP_MUST amp_err amp_history_begin(struct amp_server *server, struct amp_store *reader,
                                   struct amp_past **out, struct amp_why *why);
/* The answer may go out only if this says so. */
AMP_MUST amp_err amp_history_end(struct amp_server *server, struct amp_why *why);

#endif
