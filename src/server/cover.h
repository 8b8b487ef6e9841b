/*
 * What each free crew reaches in time, kept ready: cells of demand over the map in force, and of
 * each crew the set of cells that it is at within the limit. Only who moved is worked out again.
 *
 * Shared by all workers behind one lock, which is held from amp_cover_open to amp_cover_close. The
 * positions of incidents are never kept: they pass through as counts by cell and hour.
 */
#ifndef AMP_SERVER_COVER_H
#define AMP_SERVER_COVER_H

#include "map/map.h"
#include "response/coverage.h"
#include "response/demand.h"
#include "server/crews.h"

enum {
    AMP_COVER_MINUTES = 8, /* unless asked otherwise */
    AMP_COVER_MINUTES_MAX = 60,
    AMP_COVER_PAST = 32768, /* incidents that are counted, the newest */
    AMP_COVER_PAST_S = 600, /* so old may the counts be */
    AMP_COVER_NEAR_M = 150, /* in haste, a crew may have moved so far from where it was counted */
    AMP_COVER_REDO = 8,     /* so many are worked out again beside all else */
    AMP_COVER_URGENT = 2    /* and so many while somebody waits for help */
};

struct amp_cover;
AMP_MUST amp_err amp_cover_create(struct amp_cover **out);
void amp_cover_destroy(struct amp_cover *cover); /* accepts NULL; nobody uses it any more */
/* Any thread: the counts are old, so the next question should bring the past along. */
bool amp_cover_wants_past(const struct amp_cover *cover, int64_t now_us);

struct amp_cover_past {
    struct amp_pos at;
    uint32_t hour; /* of the week */
};

struct amp_cover_crew {
    struct amp_crew_at at;
    uint32_t turnout_ms;
};

struct amp_cover_ask {
    const struct amp_map *map;
    uint64_t map_serial;
    struct amp_crews *crews; /* whose weights are meant */
    struct amp_road_query *query;
    const struct amp_cover_crew *crew; /* those that are free, each once */
    size_t n;
    int minutes;
    unsigned hour;                     /* of the week; AMP_DEMAND_WEEK_H: no special one */
    const struct amp_cover_past *past; /* NULL: as before */
    size_t past_n;
    int64_t now_us;
    int haste; /* rather no answer than more than so many crews worked out; 0: all of them */
};

struct amp_cover_view { /* until amp_cover_close */
    const struct amp_demand *demand;
    const uint32_t *at_hour;      /* demand of each cell */
    const uint64_t *const *reach; /* of each crew asked for; in the arena, what it points at not */
};

/* AMP_E_BUSY, in haste only: somebody else has it, or too many crews are to be worked out; some of
 * them were, so that a later question has less to do. On success the caller closes it. */
AMP_MUST amp_err amp_cover_open(struct amp_cover *cover, const struct amp_cover_ask *ask,
                                struct amp_arena *arena, struct amp_cover_view *out);
void amp_cover_close(struct amp_cover *cover);

#endif
