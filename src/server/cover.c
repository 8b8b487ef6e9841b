/* Sets of cells by crew, kept while neither crew nor roads have changed. */
#include "server/cover.h"
#include "map/lived.h"
#include "map/spread.h"
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define LARGER 1.4 /* cells, where there would be too many */

struct kept {        /* what a crew reached */
    uint64_t *reach; /* NULL: nothing is known */
    struct amp_crew_at at;
    uint32_t limit_ms;
    enum amp_profile by;
    uint64_t metric; /* amp_metric_id */
};

struct ends { /* the middles of the cells, on roads of one profile */
    bool made;
    struct amp_snap *snap;
    uint32_t *cell;
    size_t n;
};

struct amp_cover {
    pthread_mutex_t lock;
    uint64_t map_serial; /* 0: no cells yet */
    struct amp_demand demand;
    struct ends ends[AMP_PROFILE_COUNT];
    uint32_t *at_hour, *time_ms; /* of each cell; time_ms is scratch */
    unsigned hour;
    bool hour_known;
    atomic_llong past_us; /* when the past was counted last; 0 never */
    struct kept *kept;    /* by number of the unit */
    size_t kept_n;
};

amp_err amp_cover_create(struct amp_cover **out)
{
    struct amp_cover *cover = calloc(1, sizeof *cover);
    if (cover == NULL || pthread_mutex_init(&cover->lock, NULL) != 0) {
        free(cover);
        return AMP_E_NOMEM;
    }
    atomic_init(&cover->past_us, 0);
    *out = cover;
    return AMP_OK;
}

static void cells_drop(struct amp_cover *cover)
{
    amp_demand_free(&cover->demand);
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        free(cover->ends[p].snap);
        free(cover->ends[p].cell);
        cover->ends[p] = (struct ends){0};
    }
    for (size_t i = 0; i < cover->kept_n; i++) {
        free(cover->kept[i].reach);
        cover->kept[i] = (struct kept){0};
    }
    free(cover->at_hour);
    free(cover->time_ms);
    cover->at_hour = cover->time_ms = NULL;
    cover->hour_known = false;
    cover->map_serial = 0;
    atomic_store(&cover->past_us, 0);
}

void amp_cover_destroy(struct amp_cover *cover)
{
    if (cover != NULL) {
        cells_drop(cover);
        free(cover->kept);
        (void)pthread_mutex_destroy(&cover->lock);
        free(cover);
    }
}

bool amp_cover_wants_past(const struct amp_cover *cover, int64_t now_us)
{
    int64_t past_us = atomic_load(&cover->past_us);
    return past_us == 0 || now_us < past_us ||
           now_us - past_us > AMP_COVER_PAST_S * INT64_C(1000000);
}

/* ---- cells ---- */

struct drafting {
    struct amp_demand demand;
    amp_err err; /* sticky */
};

static void street_take(void *ctx, const struct amp_lived *piece)
{
    struct drafting *draft = ctx;
    if (draft->err == AMP_OK) {
        draft->err = amp_demand_street(&draft->demand, piece->at, piece->length_m, piece->weight);
    }
}

static amp_err cells_make(const struct amp_map *map, struct amp_demand *out)
{
    const struct amp_box box = amp_tiles_box(map->tiles);
    struct drafting draft = {.err = AMP_E_LIMIT};
    for (double cell_m = AMP_DEMAND_CELL_M; draft.err == AMP_E_LIMIT; cell_m *= LARGER) {
        amp_demand_free(&draft.demand);
        draft.err = amp_demand_make(&box, cell_m, &draft.demand);
        if (draft.err == AMP_OK) {
            amp_roads_lived(map->roads, &draft, street_take);
        }
    }
    amp_err err = draft.err == AMP_OK ? amp_demand_settle(&draft.demand) : draft.err;
    if (err != AMP_OK) {
        amp_demand_free(&draft.demand);
        return err;
    }
    *out = draft.demand;
    return AMP_OK;
}

static amp_err cells_ready(struct amp_cover *cover, const struct amp_cover_ask *ask)
{
    if (cover->map_serial == ask->map_serial) {
        return AMP_OK;
    }
    cells_drop(cover);
    amp_err err = cells_make(ask->map, &cover->demand);
    if (err != AMP_OK) {
        return err;
    }
    cover->at_hour = calloc(cover->demand.cell_n + 1, sizeof *cover->at_hour);
    cover->time_ms = calloc(cover->demand.cell_n + 1, sizeof *cover->time_ms);
    if (cover->at_hour == NULL || cover->time_ms == NULL) {
        cells_drop(cover);
        return AMP_E_NOMEM;
    }
    cover->map_serial = ask->map_serial;
    return AMP_OK;
}

static amp_err ends_ready(struct amp_cover *cover, const struct amp_roads *roads,
                          enum amp_profile by)
{
    struct ends *ends = &cover->ends[by];
    size_t cells = cover->demand.cell_n;
    if (ends->made) {
        return AMP_OK;
    }
    ends->snap = calloc(cells + 1, sizeof *ends->snap);
    ends->cell = calloc(cells + 1, sizeof *ends->cell);
    amp_err err = ends->snap == NULL || ends->cell == NULL ? AMP_E_NOMEM : AMP_OK;
    for (size_t i = 0; i < cells && err == AMP_OK; i++) {
        size_t found = 0;
        struct amp_pos middle = cover->demand.cell[i].middle;
        err =
            amp_roads_snap(roads, by, middle, AMP_SNAP_MAX_M, -1, &ends->snap[ends->n], 1, &found);
        err = err == AMP_E_NO_ROUTE ? AMP_OK : err;
        if (err == AMP_OK && found > 0) {
            ends->snap[ends->n].at = middle; /* from there an open road is looked for */
            ends->cell[ends->n++] = (uint32_t)i;
        }
    }
    ends->made = err == AMP_OK;
    if (err != AMP_OK) {
        free(ends->snap);
        free(ends->cell);
        *ends = (struct ends){0};
    }
    return err;
}

static void hour_ready(struct amp_cover *cover, const struct amp_cover_ask *ask)
{
    if (ask->past != NULL) {
        amp_demand_forget(&cover->demand);
        for (size_t i = 0; i < ask->past_n; i++) {
            amp_demand_incident(&cover->demand, ask->past[i].at, ask->past[i].hour);
        }
        atomic_store(&cover->past_us, ask->now_us);
        cover->hour_known = false;
    }
    if (!cover->hour_known || cover->hour != ask->hour) {
        amp_demand_at(&cover->demand, ask->hour, cover->at_hour);
        cover->hour = ask->hour;
        cover->hour_known = true;
    }
}

/* ---- crews ---- */

static amp_err kept_room(struct amp_cover *cover, const struct amp_cover_ask *ask)
{
    size_t need = 0;
    for (size_t i = 0; i < ask->n; i++) {
        need = ask->crew[i].at.unit >= need ? (size_t)ask->crew[i].at.unit + 1 : need;
    }
    if (need <= cover->kept_n) {
        return AMP_OK;
    }
    struct kept *grown = reallocarray(cover->kept, need, sizeof *grown);
    if (grown == NULL) {
        return AMP_E_NOMEM;
    }
    memset(&grown[cover->kept_n], 0, (need - cover->kept_n) * sizeof *grown);
    cover->kept = grown;
    cover->kept_n = need;
    return AMP_OK;
}

static uint32_t limit_of(const struct amp_cover_ask *ask, const struct amp_cover_crew *crew)
{
    enum {
        MS_PER_MIN = 60000
    };
    uint32_t all_ms = (uint32_t)ask->minutes * MS_PER_MIN;
    return crew->turnout_ms < all_ms ? all_ms - crew->turnout_ms : 0;
}

static bool still_so(const struct kept *kept, const struct kept *now, int haste)
{
    if (kept->reach == NULL || kept->limit_ms != now->limit_ms || kept->by != now->by ||
        kept->metric != now->metric) {
        return false;
    }
    bool same =
        kept->at.at.lat_e7 == now->at.at.lat_e7 && kept->at.at.lon_e7 == now->at.at.lon_e7 &&
        kept->at.heading_deg == now->at.heading_deg && kept->at.speed_kmh == now->at.speed_kmh;
    return same || (haste > 0 && amp_pos_distance_m(kept->at.at, now->at.at) <= AMP_COVER_NEAR_M);
}

static amp_err reach_find(struct amp_cover *cover, const struct amp_cover_ask *ask,
                          const struct amp_metric *metric, struct kept *kept)
{
    const struct amp_roads *roads = amp_metric_roads(metric);
    const struct ends *ends = &cover->ends[kept->by];
    struct amp_snap from;
    size_t found = 0;
    int heading = kept->at.speed_kmh >= AMP_CREW_ROLLS_KMH ? kept->at.heading_deg : -1;
    amp_err err = ends_ready(cover, roads, kept->by);
    memset(kept->reach, 0, amp_coverage_words(cover->demand.cell_n) * sizeof *kept->reach);
    if (err == AMP_OK) {
        err =
            amp_roads_snap(roads, kept->by, kept->at.at, AMP_SNAP_MAX_M, heading, &from, 1, &found);
    }
    if (err == AMP_E_NO_ROUTE || (err == AMP_OK && found == 0)) {
        return AMP_OK; /* no road near it: it reaches nothing */
    }
    from.at = kept->at.at;
    if (err == AMP_OK) {
        err = amp_roads_spread(ask->query, metric, &from, kept->limit_ms, ends->snap, ends->n,
                               cover->time_ms);
    }
    for (size_t i = 0; i < ends->n && err == AMP_OK; i++) {
        if (cover->time_ms[i] < AMP_ROAD_FOREVER_MS) {
            kept->reach[ends->cell[i] / 64] |= UINT64_C(1) << (ends->cell[i] % 64);
        }
    }
    return err;
}

/* *redone counts down; AMP_E_BUSY when it is at nought. */
static amp_err crew_ready(struct amp_cover *cover, const struct amp_cover_ask *ask,
                          const struct amp_cover_crew *crew, int *redo)
{
    struct kept *kept = &cover->kept[crew->at.unit];
    struct kept now = {.at = crew->at,
                       .limit_ms = limit_of(ask, crew),
                       .by = amp_crews_counted(ask->crews, crew->at.profile)};
    struct amp_metric *metric = amp_crews_metric(ask->crews, now.by);
    amp_err err = AMP_OK;
    now.metric = amp_metric_id(metric);
    if (!still_so(kept, &now, ask->haste)) {
        now.reach = kept->reach;
        if (now.reach == NULL) {
            size_t words = amp_coverage_words(cover->demand.cell_n);
            now.reach = calloc(words + 1, sizeof *now.reach);
        }
        kept->reach = NULL;
        err = now.reach == NULL ? AMP_E_NOMEM
              : (*redo)-- <= 0  ? AMP_E_BUSY
                                : reach_find(cover, ask, metric, &now);
        if (err == AMP_OK) {
            *kept = now;
        } else {
            free(now.reach);
        }
    }
    amp_metric_unref(metric);
    return err;
}

static amp_err cover_fill(struct amp_cover *cover, const struct amp_cover_ask *ask,
                          const uint64_t **reach)
{
    int redo = ask->haste > 0 ? ask->haste : INT32_MAX;
    amp_err err = cells_ready(cover, ask);
    err = err == AMP_OK ? kept_room(cover, ask) : err;
    if (err == AMP_OK) {
        hour_ready(cover, ask);
    }
    for (size_t i = 0; i < ask->n && err == AMP_OK; i++) {
        err = crew_ready(cover, ask, &ask->crew[i], &redo);
        reach[i] = cover->kept[ask->crew[i].at.unit].reach;
    }
    return err;
}

amp_err amp_cover_open(struct amp_cover *cover, const struct amp_cover_ask *ask,
                       struct amp_arena *arena, struct amp_cover_view *out)
{
    const uint64_t **reach = amp_arena_array(arena, ask->n + 1, sizeof *reach);
    if (reach == NULL) {
        return AMP_E_NOMEM;
    }
    if (ask->haste == 0) {
        (void)pthread_mutex_lock(&cover->lock);
    } else if (pthread_mutex_trylock(&cover->lock) != 0) {
        return AMP_E_BUSY;
    }
    amp_err err = cover_fill(cover, ask, reach);
    if (err != AMP_OK) {
        (void)pthread_mutex_unlock(&cover->lock);
        return err;
    }
    *out = (struct amp_cover_view){
        .demand = &cover->demand, .at_hour = cover->at_hour, .reach = reach};
    return AMP_OK;
}

void amp_cover_close(struct amp_cover *cover)
{
    (void)pthread_mutex_unlock(&cover->lock);
}
