/*
 * What if: a question answered with other closures than those in force, or at another time than
 * now; neither is touched.
 *
 * The query says without=X-1,X-2 (closures to leave out), closed=LAT,LON[,RADIUS_M];... (more, a
 * road or a circle each) and at=TIME (RFC 3339: what holds on roads at times is judged for the
 * clocks there at that moment; the closures are those of now). The weights for it are made by the
 * worker that answers, for it alone.
 */
#ifndef AMP_SERVER_WHATIF_H
#define AMP_SERVER_WHATIF_H

#include "map/hours.h"
#include "server/inside.h"

enum {
    AMP_WHATIF_MOST = 32 /* closures left out, and as many more */
};

struct amp_whatif {
    bool asked;
    struct amp_when when;             /* if known: instead of now */
    struct amp_road_closure *closure; /* all that hold in the answer; in the job's arena */
    size_t n;
};

/* On the core's thread; false after having refused the job. */
bool amp_whatif_read(struct amp_server *server, struct amp_job *job, struct amp_whatif *out);
/* On a worker: the weights to answer by instead of *metric, which they replace; nothing happens if
 * nothing else than now is asked for. */
AMP_MUST amp_err amp_whatif_weigh(const struct amp_whatif *whatif, struct amp_metric **metric,
                                  struct amp_why *why);
/* "roads_at" into an open object: the local time for which these weights judge what holds at times;
 * null if none is known, and it is read strictly. */
void amp_whatif_hour(struct amp_json *js, const struct amp_whatif *whatif,
                     const struct amp_metric *metric);

#endif
