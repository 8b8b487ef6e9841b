/* The crews on the roads behind their lock. */
#include "server/crews.h"
#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROW = 256,
    CHANGED_BYTES = 1 << 28,
    FILL_MIN = 48,  /* so many that moved are placed all at once */
    BEFORE_M = 1000 /* farther off, the road it was on says nothing */
};

struct standing {
    struct amp_crew_at crew;
    bool known; /* it stands there, or there is no road */
    bool held;  /* road is the one it was on */
    enum amp_profile by;
    struct amp_snap road;
};

struct amp_crews {
    const struct amp_roads *roads; /* of the weights, which hold them */
    atomic_uint refs;
    pthread_mutex_t lock;
    struct amp_units *units[AMP_PROFILE_COUNT]; /* NULL: not served */
    struct standing *standing;                  /* by number - 1 */
    uint64_t *mask;                             /* of the question that holds the lock */
    size_t cap;
    struct amp_unit_place *moved;
    size_t moved_cap;
};

/* ---- how they drive ---- */

enum amp_profile amp_crew_profile(struct amp_str kind)
{
    static const struct {
        const char *word;
        enum amp_profile profile;
    } row[] = {
        {"engine", AMP_PROFILE_FIRE},      {"fire-engine", AMP_PROFILE_FIRE},
        {"fire_engine", AMP_PROFILE_FIRE}, {"pumper", AMP_PROFILE_FIRE},
        {"ladder", AMP_PROFILE_FIRE},      {"aerial", AMP_PROFILE_FIRE},
        {"tanker", AMP_PROFILE_FIRE},      {"tender", AMP_PROFILE_FIRE},
        {"truck", AMP_PROFILE_FIRE},       {"motorbike", AMP_PROFILE_MOTORCYCLE},
        {"moto", AMP_PROFILE_MOTORCYCLE},  {"bike", AMP_PROFILE_MOTORCYCLE},
        {"4x4", AMP_PROFILE_RESCUE},       {"4wd", AMP_PROFILE_RESCUE},
        {"walker", AMP_PROFILE_FOOT},      {"bicycle", AMP_PROFILE_FOOT},
        {"volunteer", AMP_PROFILE_CAR},
    };
    enum amp_profile profile = AMP_PROFILE_AMBULANCE;
    if (amp_profile_of(kind, &profile) == AMP_OK) {
        return profile;
    }
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (amp_str_is(kind, row[i].word)) {
            return row[i].profile;
        }
    }
    return AMP_PROFILE_AMBULANCE;
}

enum amp_profile amp_crews_counted(const struct amp_crews *crews, enum amp_profile profile)
{
    return crews->units[profile] != NULL ? profile : AMP_PROFILE_AMBULANCE;
}

/* ---- life ---- */

static void crews_free(struct amp_crews *crews)
{
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_units_destroy(crews->units[p]);
    }
    free(crews->standing);
    free(crews->mask);
    free(crews->moved);
    free(crews);
}

amp_err amp_crews_create(struct amp_metric *const metric[AMP_PROFILE_COUNT], struct amp_crews **out)
{
    struct amp_crews *crews = calloc(1, sizeof *crews);
    amp_err err = crews == NULL ? AMP_E_NOMEM : AMP_OK;
    assert(metric[AMP_PROFILE_AMBULANCE] != NULL);
    for (int p = 0; p < AMP_PROFILE_COUNT && err == AMP_OK; p++) {
        err = metric[p] != NULL ? amp_units_create(metric[p], &crews->units[p]) : AMP_OK;
    }
    if (err != AMP_OK) {
        if (crews != NULL) {
            crews_free(crews);
        }
        return err;
    }
    crews->roads = amp_metric_roads(metric[AMP_PROFILE_AMBULANCE]);
    atomic_init(&crews->refs, 1);
    (void)pthread_mutex_init(&crews->lock, NULL);
    *out = crews;
    return AMP_OK;
}

struct amp_crews *amp_crews_ref(struct amp_crews *crews)
{
    (void)atomic_fetch_add_explicit(&crews->refs, 1, memory_order_relaxed);
    return crews;
}

void amp_crews_unref(struct amp_crews *crews)
{
    if (crews != NULL && atomic_fetch_sub_explicit(&crews->refs, 1, memory_order_acq_rel) == 1) {
        (void)pthread_mutex_destroy(&crews->lock);
        crews_free(crews);
    }
}

struct amp_metric *amp_crews_metric(struct amp_crews *crews, enum amp_profile profile)
{
    (void)pthread_mutex_lock(&crews->lock);
    struct amp_metric *metric =
        amp_metric_ref(amp_units_metric(crews->units[amp_crews_counted(crews, profile)]));
    (void)pthread_mutex_unlock(&crews->lock);
    return metric;
}

/* ---- where they stand ---- */

static amp_err room_make(struct amp_crews *crews, const struct amp_crew_at *crew, size_t n)
{
    size_t need = 0;
    for (size_t i = 0; i < n; i++) {
        need = crew[i].unit >= need ? (size_t)crew[i].unit + 1 : need;
    }
    if (need > AMP_UNITS_LIVE) {
        return AMP_E_LIMIT;
    }
    if (n > crews->moved_cap) {
        struct amp_unit_place *moved = reallocarray(crews->moved, n, sizeof *moved);
        if (moved == NULL) {
            return AMP_E_NOMEM;
        }
        crews->moved = moved;
        crews->moved_cap = n;
    }
    if (need > crews->cap) {
        size_t cap = (need / GROW + 1) * GROW;
        struct standing *standing = reallocarray(crews->standing, cap, sizeof *standing);
        crews->standing = standing != NULL ? standing : crews->standing;
        uint64_t *mask = reallocarray(crews->mask, cap, sizeof *mask);
        crews->mask = mask != NULL ? mask : crews->mask;
        if (standing == NULL || mask == NULL) {
            return AMP_E_NOMEM;
        }
        memset(standing + crews->cap, 0, (cap - crews->cap) * sizeof *standing);
        memset(mask + crews->cap, 0, (cap - crews->cap) * sizeof *mask);
        crews->cap = cap;
    }
    return AMP_OK;
}

static void all_forget(struct amp_crews *crews)
{
    for (size_t i = 0; i < crews->cap; i++) {
        crews->standing[i].known = false;
    }
}

static bool stands_so(const struct standing *standing, const struct amp_crew_at *crew)
{
    return standing->known && standing->crew.at.lat_e7 == crew->at.lat_e7 &&
           standing->crew.at.lon_e7 == crew->at.lon_e7 &&
           standing->crew.heading_deg == crew->heading_deg &&
           standing->crew.speed_kmh == crew->speed_kmh && standing->crew.profile == crew->profile;
}

static amp_err road_find(const struct amp_crews *crews, const struct standing *standing,
                         const struct amp_crew_at *crew, enum amp_profile by, struct amp_snap *out,
                         size_t *found)
{
    static const double kmh = 3.6; /* of a metre a second */
    bool rolls = crew->speed_kmh < 0 || crew->speed_kmh >= AMP_CREW_ROLLS_KMH;
    bool near = standing->held && amp_pos_distance_m(standing->crew.at, crew->at) < BEFORE_M;
    const struct amp_snap_hint hint = {
        .heading_deg = rolls ? crew->heading_deg : -1,
        .speed_mps = crew->speed_kmh < 0 ? -1 : crew->speed_kmh / kmh,
        .before = near ? &standing->road : NULL,
    };
    amp_err err =
        amp_roads_snap_hinted(crews->roads, by, crew->at, AMP_SNAP_MAX_M, &hint, out, 1, found);
    return err == AMP_E_NO_ROUTE ? AMP_OK : err;
}

/* Where it is on the roads, into the list of those to be put; off the roads it is taken out. */
static amp_err crew_snap(struct amp_crews *crews, const struct amp_crew_at *crew,
                         enum amp_profile by, size_t *moved_n)
{
    struct standing *standing = &crews->standing[crew->unit];
    struct amp_unit_place *place = &crews->moved[*moved_n];
    size_t found = 0;
    if (stands_so(standing, crew)) {
        return AMP_OK;
    }
    *place = (struct amp_unit_place){.id = crew->unit};
    amp_err err = road_find(crews, standing, crew, by, &place->snap, &found);
    if (err != AMP_OK) {
        return err;
    }
    if (standing->by != by) {
        amp_units_remove(crews->units[standing->by], crew->unit);
    }
    standing->crew = *crew;
    standing->known = true;
    standing->by = by;
    standing->held = found > 0;
    if (found > 0) {
        standing->road = place->snap;
        place->snap.at = crew->at; /* from there an open road is looked for, as routes do */
        (*moved_n)++;
    } else {
        amp_units_remove(crews->units[by], crew->unit);
    }
    return AMP_OK;
}

static amp_err moved_put(struct amp_crews *crews, struct amp_road_query *query, enum amp_profile by,
                         size_t n)
{
    amp_err err = AMP_OK;
    if (n >= FILL_MIN) {
        err = amp_units_fill(crews->units[by], query, crews->moved, n);
    }
    for (size_t i = 0; i < n && n < FILL_MIN && err == AMP_OK; i++) {
        err = amp_units_put(crews->units[by], query, &crews->moved[i]);
    }
    return err;
}

/* With the lock held. After an error nobody is taken to stand where he was. */
static amp_err crews_follow(struct amp_crews *crews, struct amp_road_query *query,
                            const struct amp_crew_at *crew, size_t n)
{
    amp_err err = room_make(crews, crew, n);
    for (int p = 0; p < AMP_PROFILE_COUNT && err == AMP_OK; p++) {
        size_t moved_n = 0;
        for (size_t i = 0; i < n && crews->units[p] != NULL && err == AMP_OK; i++) {
            if ((int)amp_crews_counted(crews, crew[i].profile) == p) {
                err = crew_snap(crews, &crew[i], (enum amp_profile)p, &moved_n);
            }
        }
        err = err == AMP_OK ? moved_put(crews, query, (enum amp_profile)p, moved_n) : err;
    }
    if (err != AMP_OK) {
        all_forget(crews);
    }
    return err;
}

/* New weights of one profile; false if nobody of it stands anywhere now. */
static bool units_weigh(struct amp_units *units, struct amp_road_query *query,
                        struct amp_metric *metric)
{
    struct amp_buf node = amp_buf_make(CHANGED_BYTES), base = amp_buf_make(CHANGED_BYTES);
    static const uint32_t none = 0;
    bool known = amp_metric_changes(amp_units_metric(units), metric, &node, &base) == AMP_OK;
    const uint32_t *changed = node.len > 0 ? (const uint32_t *)(void *)node.data : &none;
    amp_err err =
        amp_units_refresh(units, query, metric, known ? changed : NULL, node.len / sizeof *changed);
    amp_buf_free(&node);
    amp_buf_free(&base);
    return err == AMP_OK;
}

void amp_crews_weigh(struct amp_crews *crews, struct amp_road_query *query,
                     struct amp_metric *const metric[AMP_PROFILE_COUNT])
{
    (void)pthread_mutex_lock(&crews->lock);
    const struct amp_roads *roads = amp_metric_roads(metric[AMP_PROFILE_AMBULANCE]);
    bool stay = roads == crews->roads; /* at another hour other roads are open */
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        if (crews->units[p] != NULL) {
            assert(metric[p] != NULL);
            stay = units_weigh(crews->units[p], query, metric[p]) && stay;
        }
    }
    crews->roads = roads;
    if (!stay) {
        all_forget(crews);
    }
    (void)pthread_mutex_unlock(&crews->lock);
}

amp_err amp_crews_follow(struct amp_crews *crews, struct amp_road_query *query,
                         const struct amp_crew_at *crew, size_t n)
{
    (void)pthread_mutex_lock(&crews->lock);
    amp_err err = crews_follow(crews, query, crew, n);
    (void)pthread_mutex_unlock(&crews->lock);
    return err;
}

/* ---- questions ---- */

struct those { /* the crews of a question that are counted by one profile */
    uint32_t *id;
    size_t *place; /* in the question */
    size_t n;
    struct amp_snap to;
};

static amp_err those_make(const struct amp_crews_ask *ask, struct those *out)
{
    *out = (struct those){.id = calloc(ask->n + 1, sizeof *out->id),
                          .place = calloc(ask->n + 1, sizeof *out->place)};
    return out->id == NULL || out->place == NULL ? AMP_E_NOMEM : AMP_OK;
}

static void those_free(struct those *those)
{
    free(those->id);
    free(those->place);
}

/* Whether there are any with a road near the place. */
static bool those_of(const struct amp_crews *crews, const struct amp_crews_ask *ask,
                     enum amp_profile by, struct those *out)
{
    size_t found = 0;
    out->n = 0;
    for (size_t i = 0; i < ask->n && crews->units[by] != NULL; i++) {
        if (amp_crews_counted(crews, ask->crew[i].profile) == by) {
            out->id[out->n] = ask->crew[i].unit;
            out->place[out->n++] = i;
        }
    }
    if (out->n == 0 || amp_roads_snap(crews->roads, by, ask->to, AMP_SNAP_MAX_M, -1, &out->to, 1,
                                      &found) != AMP_OK) {
        return false;
    }
    out->to.at = ask->to; /* where its road is closed, an open one is looked for from there */
    return found > 0;
}

amp_err amp_crews_times(struct amp_crews *crews, struct amp_road_query *query,
                        const struct amp_crews_ask *ask, uint32_t *out_ms)
{
    struct those those;
    uint32_t *time_ms = calloc(ask->n + 1, sizeof *time_ms);
    amp_err err = those_make(ask, &those);
    err = time_ms == NULL ? AMP_E_NOMEM : err;
    (void)pthread_mutex_lock(&crews->lock);
    err = err == AMP_OK ? crews_follow(crews, query, ask->crew, ask->n) : err;
    for (size_t i = 0; i < ask->n && err == AMP_OK; i++) {
        out_ms[i] = AMP_ROAD_FOREVER_MS;
    }
    for (int p = 0; p < AMP_PROFILE_COUNT && err == AMP_OK; p++) {
        if (those_of(crews, ask, (enum amp_profile)p, &those)) {
            amp_units_times(crews->units[p], query, &those.to, those.id, those.n, time_ms);
            for (size_t i = 0; i < those.n; i++) {
                out_ms[those.place[i]] = time_ms[i];
            }
        }
    }
    (void)pthread_mutex_unlock(&crews->lock);
    those_free(&those);
    free(time_ms);
    return err;
}

static bool sooner(const struct amp_unit_time *a, const struct amp_unit_time *b)
{
    return a->time_ms != b->time_ms ? a->time_ms < b->time_ms : a->id < b->id;
}

/* The first k of two lists that are in order; the second becomes part of the first. */
static size_t first_merge(struct amp_unit_time *out, size_t n, const struct amp_unit_time *more,
                          size_t more_n, size_t k)
{
    for (size_t i = 0; i < more_n; i++) {
        size_t at = n < k ? n : k;
        while (at > 0 && sooner(&more[i], &out[at - 1])) {
            at--;
        }
        if (at == k) {
            break;
        }
        n = n < k ? n + 1 : k;
        memmove(&out[at + 1], &out[at], (n - at - 1) * sizeof *out);
        out[at] = more[i];
    }
    return n;
}

/* Those of one profile; with the lock held. */
static size_t first_of(struct amp_crews *crews, struct amp_road_query *query,
                       const struct those *those, enum amp_profile by, size_t k,
                       struct amp_unit_time *out)
{
    const struct amp_units_ask ask = {
        .to = &those->to, .k = k, .mask = crews->mask, .id_n = crews->cap};
    for (size_t i = 0; i < those->n; i++) {
        crews->mask[those->id[i]] = 1;
    }
    size_t n = amp_units_first(crews->units[by], query, &ask, out, k);
    for (size_t i = 0; i < those->n; i++) {
        crews->mask[those->id[i]] = 0;
    }
    return n;
}

amp_err amp_crews_first(struct amp_crews *crews, struct amp_road_query *query,
                        const struct amp_crews_ask *ask, size_t k, struct amp_unit_time *out,
                        size_t *out_n)
{
    struct those those;
    struct amp_unit_time *more = calloc(k + 1, sizeof *more);
    amp_err err = those_make(ask, &those);
    size_t n = 0;
    err = more == NULL ? AMP_E_NOMEM : err;
    (void)pthread_mutex_lock(&crews->lock);
    err = err == AMP_OK ? crews_follow(crews, query, ask->crew, ask->n) : err;
    for (int p = 0; p < AMP_PROFILE_COUNT && err == AMP_OK; p++) {
        if (those_of(crews, ask, (enum amp_profile)p, &those)) {
            size_t more_n = first_of(crews, query, &those, (enum amp_profile)p, k, more);
            n = first_merge(out, n, more, more_n, k);
        }
    }
    (void)pthread_mutex_unlock(&crews->lock);
    those_free(&those);
    free(more);
    *out_n = n;
    return err;
}

amp_err amp_crews_distances(struct amp_crews *crews, struct amp_road_query *query,
                            const struct amp_crews_ask *ask, double *out_m)
{
    struct those those;
    double *metres = calloc(ask->n + 1, sizeof *metres);
    amp_err err = those_make(ask, &those);
    err = metres == NULL ? AMP_E_NOMEM : err;
    (void)pthread_mutex_lock(&crews->lock);
    err = err == AMP_OK ? crews_follow(crews, query, ask->crew, ask->n) : err;
    for (size_t i = 0; i < ask->n && err == AMP_OK; i++) {
        out_m[i] = NAN;
    }
    for (int p = 0; p < AMP_PROFILE_COUNT && err == AMP_OK; p++) {
        if (those_of(crews, ask, (enum amp_profile)p, &those)) {
            err = amp_units_distances(crews->units[p], query, &those.to, those.id, those.n, metres);
            for (size_t i = 0; i < those.n && err == AMP_OK; i++) {
                out_m[those.place[i]] = metres[i];
            }
        }
    }
    (void)pthread_mutex_unlock(&crews->lock);
    those_free(&those);
    free(metres);
    return err;
}
