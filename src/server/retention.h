/*
 * Retention: what was kept long enough is erased, but never because a clock was wrong.
 *
 * An erasure cannot be undone, and a clock can be set. So the wall clock is believed only while it
 * has gone as the running clock did: since the start they differ by no more than ten minutes, and
 * have not done so for `wait_us`. A clock that was set and set back is believed again after that
 * time; any other has to wait for the next start. What happened while the service was off no
 * running clock has seen: a start more than a month after the newest record erases nothing, either
 * (the next one does, if there are new records by then).
 */
#ifndef AMP_SERVER_RETENTION_H
#define AMP_SERVER_RETENTION_H

#include "model/ids.h"

enum {
    AMP_RETENTION_WAIT_S = 3600, /* how long the clocks must have agreed */
    AMP_RETENTION_APART_S = 600, /* that much they may differ */
    AMP_RETENTION_GAP_DAYS = 30, /* from the newest record to the start */
    AMP_RETENTION_EVERY_S = 60,  /* from one walk to the next */
    AMP_RETENTION_EACH = 64      /* erasures in one walk: a desk must not feel them */
};

enum amp_retention_doubt { /* why nothing is erased */
    AMP_RETENTION_SURE,
    AMP_RETENTION_EARLY, /* the clocks have agreed, but not for long enough */
    AMP_RETENTION_SET,   /* the wall clock was set since the start */
    AMP_RETENTION_AWAY   /* the start was long after the newest record */
};

struct amp_retention {
    int64_t wall_us, running_us; /* at the start */
    int64_t agreed_us;           /* by the running clock: since then they have agreed */
    int64_t next_us;             /* by the running clock: the next walk */
    bool away;
    bool told;                   /* that it waits */
    struct amp_incident_id from; /* where the walk goes on */
};

/* newest_day: of the newest record, in days since 1970; INT64_MAX if there is none. */
struct amp_retention amp_retention_begin(int64_t wall_us, int64_t running_us, int64_t newest_day);
/* What the clocks say now. To be asked at least every few minutes. */
enum amp_retention_doubt amp_retention_doubt(struct amp_retention *retention, int64_t wall_us,
                                             int64_t running_us, int64_t wait_us);

#endif
