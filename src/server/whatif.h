/*
 * What if: a question answered with other closures than those in force, which it does not touch.
 *
 * The query says without=X-1,X-2 (closures to leave out) and closed=LAT,LON[,RADIUS_M];... (more,
 * a road or a circle each). The weights for it are made by the worker that answers, for it alone.
 */
#ifndef AMP_SERVER_WHATIF_H
#define AMP_SERVER_WHATIF_H

#include "server/inside.h"

enum {
    AMP_WHATIF_MOST = 32 /* closures left out, and as many more */
};

struct amp_whatif {
    bool asked;
    struct amp_road_closure *closure; /* all that hold in the answer; in the job's arena */
    size_t n;
};

/* On the core's thread; false after having refused the job. */
bool amp_whatif_read(struct amp_server *server, struct amp_job *job, struct amp_whatif *out);
/* On a worker: the weights to answer by instead of job->metric, which they replace. */
AMP_MUST amp_err amp_whatif_weigh(struct amp_job *job, const struct amp_whatif *whatif,
                                  struct amp_why *why);

#endif
