/* Names of areas, found in the map and remembered. */
#include "server/alert_map.h"
#include "map/map.h"
#include "map/places.h"
#include "server/inside.h"
#include <stdlib.h>

struct name {
    uint64_t hash; /* of name, level and map; 0: a free place */
    uint32_t area;
    bool found;
};

struct amp_alert_names {
    struct name name[AMP_ALERT_NAMES];
};

static const struct amp_places *places_of(const struct amp_server *server)
{
    return server->map != NULL ? server->map->view->places : NULL;
}

static bool area_find(void *ctx, struct amp_str name, uint32_t level, uint32_t *out)
{
    struct amp_alert_asking *asking = ctx;
    struct amp_server *server = asking->server;
    const uint64_t numbers[2] = {level, server->map != NULL ? server->map->serial : 0};
    const struct amp_str about = {(const char *)numbers, sizeof numbers};
    const uint64_t hash = amp_job_hash(amp_job_hash(0, name), about) | 1;
    struct name *known = &server->alert_names->name[hash / 2 % AMP_ALERT_NAMES];
    if (places_of(server) == NULL) {
        return false;
    }
    if (known->hash != hash) {
        if (asking->left == 0) {
            return false;
        }
        asking->left--;
        known->found = amp_places_area_only(places_of(server), name, level, &known->area);
        known->hash = hash;
    }
    if (known->found) {
        *out = known->area;
    }
    return known->found;
}

static bool area_holds(void *ctx, uint32_t area, struct amp_pos pos)
{
    const struct amp_alert_asking *asking = ctx;
    return amp_areas_holds(amp_places_areas(places_of(asking->server)), area, pos);
}

static int longer_first(const void *a, const void *b)
{
    const struct amp_ring *x = a, *y = b;
    return (x->n < y->n) - (x->n > y->n);
}

/* A coast may have islands by the thousand. */
static struct amp_cap_polygons area_draw(void *ctx, uint32_t area, struct amp_arena *arena)
{
    const struct amp_alert_asking *asking = ctx;
    struct amp_ring *ring = NULL;
    size_t n = amp_areas_rings(amp_places_areas(places_of(asking->server)), area, AMP_ALERT_RING,
                               arena, &ring);
    struct amp_cap_polygons drawn = {amp_arena_array(arena, n, sizeof *drawn.item), 0};
    size_t left = AMP_ALERT_BORDER;
    if (n > 1) {
        qsort(ring, n, sizeof *ring, longer_first);
    }
    for (size_t i = 0; drawn.item != NULL && i < n && ring[i].n <= left; i++) {
        drawn.item[drawn.n++] = (struct amp_cap_polygon){ring[i].point, ring[i].n};
        left -= ring[i].n;
    }
    return drawn;
}

amp_err amp_alert_names_start(struct amp_server *server)
{
    server->alert_names = calloc(1, sizeof *server->alert_names);
    return server->alert_names != NULL ? AMP_OK : AMP_E_NOMEM;
}

void amp_alert_names_close(struct amp_alert_names *names)
{
    free(names);
}

struct amp_alert_asking amp_alert_asking(struct amp_server *server)
{
    return (struct amp_alert_asking){.server = server, .left = AMP_ALERT_NAMES_NEW};
}

struct amp_alert_map amp_alert_map(struct amp_alert_asking *asking)
{
    return (struct amp_alert_map){
        .ctx = asking, .find = area_find, .holds = area_holds, .draw = area_draw};
}
