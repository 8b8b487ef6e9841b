/* Crews by samples: the travel times that locate_reckon.c fills and locate_ask.c splits. */
#ifndef AMP_MAP_LOCATE_TABLE_H
#define AMP_MAP_LOCATE_TABLE_H

#include "map/locate.h"

#define AMP_LOCATE_NOBODY UINT32_MAX

struct amp_locate_table {
    const struct amp_locate *where;
    size_t *crew; /* those that matter, by index into those given */
    size_t crew_n, sample_n;
    double *time_s;  /* INFINITY: no way */
    uint32_t *first; /* row of the crew that is there first, or AMP_LOCATE_NOBODY */
};

static inline double *amp_locate_cell(const struct amp_locate_table *t, size_t crew, size_t sample)
{
    return &t->time_s[crew * t->sample_n + sample];
}

/* Mean seconds lost by sending one crew to those samples whose part[] is `which` (part NULL: all),
 * as a share of all samples that somebody reaches. A sample it cannot reach costs an hour. */
double amp_locate_regret(const struct amp_locate_table *t, size_t crew, const uint8_t *part,
                         uint8_t which);
/* The line, along a street or through a landmark, that leaves the least regret; none if it does not
 * help by a quarter and a few seconds. */
void amp_locate_ask(const struct amp_locate_table *t, double regret_s,
                    struct amp_locate_question *out);

#endif
