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
    FILL_MIN = 48 /* so many that moved are placed all at once */
};

struct standing {
    struct amp_pos at;
    bool known; /* it stands there, or there is no road */
};

struct amp_crews {
    const struct amp_roads *roads;
    atomic_uint refs;
    pthread_mutex_t lock;
    struct amp_units *units;
    struct standing *standing; /* by number - 1 */
    uint64_t *mask;            /* of the question that holds the lock */
    size_t cap;
    struct amp_unit_place *moved;
    size_t moved_cap;
};

amp_err amp_crews_create(const struct amp_roads *roads, struct amp_metric *metric,
                         struct amp_crews **out)
{
    struct amp_crews *crews = calloc(1, sizeof *crews);
    amp_err err = crews == NULL ? AMP_E_NOMEM : amp_units_create(metric, &crews->units);
    if (err != AMP_OK) {
        free(crews);
        return err;
    }
    crews->roads = roads;
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
        amp_units_destroy(crews->units);
        (void)pthread_mutex_destroy(&crews->lock);
        free(crews->standing);
        free(crews->mask);
        free(crews->moved);
        free(crews);
    }
}

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

/* Where it is on the roads, into the list of those to be put; off the roads it is taken out. */
static amp_err crew_snap(struct amp_crews *crews, const struct amp_crew_at *crew, size_t *moved_n)
{
    struct standing *standing = &crews->standing[crew->unit];
    struct amp_unit_place *place = &crews->moved[*moved_n];
    size_t found = 0;
    if (standing->known && standing->at.lat_e7 == crew->at.lat_e7 &&
        standing->at.lon_e7 == crew->at.lon_e7) {
        return AMP_OK;
    }
    const enum amp_profile profile = AMP_PROFILE_AMBULANCE;
    *place = (struct amp_unit_place){.id = crew->unit};
    amp_err err = amp_roads_snap(crews->roads, profile, crew->at, AMP_SNAP_MAX_M, -1, &place->snap,
                                 1, &found);
    if (err != AMP_OK && err != AMP_E_NO_ROUTE) {
        return err;
    }
    *standing = (struct standing){.at = crew->at, .known = true};
    if (err == AMP_OK && found > 0) {
        place->snap.at = crew->at; /* from there an open road is looked for, as routes do */
        (*moved_n)++;
    } else {
        amp_units_remove(crews->units, crew->unit);
    }
    return AMP_OK;
}

static amp_err moved_put(struct amp_crews *crews, struct amp_road_query *query, size_t n)
{
    amp_err err = AMP_OK;
    if (n >= FILL_MIN) {
        err = amp_units_fill(crews->units, query, crews->moved, n);
    }
    for (size_t i = 0; i < n && n < FILL_MIN && err == AMP_OK; i++) {
        err = amp_units_put(crews->units, query, &crews->moved[i]);
    }
    return err;
}

/* With the lock held. After an error nobody is taken to stand where he was. */
static amp_err crews_follow(struct amp_crews *crews, struct amp_road_query *query,
                            const struct amp_crew_at *crew, size_t n)
{
    size_t moved_n = 0;
    amp_err err = room_make(crews, crew, n);
    for (size_t i = 0; i < n && err == AMP_OK; i++) {
        err = crew_snap(crews, &crew[i], &moved_n);
    }
    err = err == AMP_OK ? moved_put(crews, query, moved_n) : err;
    if (err != AMP_OK) {
        all_forget(crews);
    }
    return err;
}

void amp_crews_weigh(struct amp_crews *crews, struct amp_road_query *query,
                     struct amp_metric *metric)
{
    struct amp_buf node = amp_buf_make(CHANGED_BYTES), base = amp_buf_make(CHANGED_BYTES);
    (void)pthread_mutex_lock(&crews->lock);
    bool known = amp_metric_changes(amp_units_metric(crews->units), metric, &node, &base) == AMP_OK;
    static const uint32_t none = 0;
    const uint32_t *changed = node.len > 0 ? (const uint32_t *)(void *)node.data : &none;
    if (amp_units_refresh(crews->units, query, metric, known ? changed : NULL,
                          node.len / sizeof *changed) != AMP_OK) {
        all_forget(crews);
    }
    (void)pthread_mutex_unlock(&crews->lock);
    amp_buf_free(&node);
    amp_buf_free(&base);
}

amp_err amp_crews_follow(struct amp_crews *crews, struct amp_road_query *query,
                         const struct amp_crew_at *crew, size_t n)
{
    (void)pthread_mutex_lock(&crews->lock);
    amp_err err = crews_follow(crews, query, crew, n);
    (void)pthread_mutex_unlock(&crews->lock);
    return err;
}

/* The numbers of the crews in question, the caller's to free; NULL when memory is short. */
static uint32_t *ids_make(const struct amp_crews_ask *ask)
{
    uint32_t *id = calloc(ask->n + 1, sizeof *id);
    for (size_t i = 0; i < ask->n && id != NULL; i++) {
        id[i] = ask->crew[i].unit;
    }
    return id;
}

amp_err amp_crews_times(struct amp_crews *crews, struct amp_road_query *query,
                        const struct amp_crews_ask *ask, uint32_t *out_ms)
{
    uint32_t *id = ids_make(ask);
    if (id == NULL) {
        return AMP_E_NOMEM;
    }
    (void)pthread_mutex_lock(&crews->lock);
    amp_err err = crews_follow(crews, query, ask->crew, ask->n);
    if (err == AMP_OK) {
        amp_units_times(crews->units, query, ask->to, id, ask->n, out_ms);
    }
    (void)pthread_mutex_unlock(&crews->lock);
    free(id);
    return err;
}

amp_err amp_crews_first(struct amp_crews *crews, struct amp_road_query *query,
                        const struct amp_crews_ask *ask, size_t k, struct amp_unit_time *out,
                        size_t *out_n)
{
    (void)pthread_mutex_lock(&crews->lock);
    amp_err err = crews_follow(crews, query, ask->crew, ask->n);
    if (err == AMP_OK) {
        const struct amp_units_ask first = {
            .to = ask->to, .k = k, .mask = crews->mask, .id_n = crews->cap};
        for (size_t i = 0; i < ask->n; i++) {
            crews->mask[ask->crew[i].unit] = 1;
        }
        *out_n = ask->n == 0 ? 0 : amp_units_first(crews->units, query, &first, out, k);
        for (size_t i = 0; i < ask->n; i++) {
            crews->mask[ask->crew[i].unit] = 0;
        }
    }
    (void)pthread_mutex_unlock(&crews->lock);
    return err;
}

amp_err amp_crews_distances(struct amp_crews *crews, struct amp_road_query *query,
                            const struct amp_crews_ask *ask, double *out_m)
{
    uint32_t *id = ids_make(ask);
    if (id == NULL) {
        return AMP_E_NOMEM;
    }
    (void)pthread_mutex_lock(&crews->lock);
    amp_err err = crews_follow(crews, query, ask->crew, ask->n);
    err =
        err == AMP_OK ? amp_units_distances(crews->units, query, ask->to, id, ask->n, out_m) : err;
    (void)pthread_mutex_unlock(&crews->lock);
    free(id);
    return err;
}
