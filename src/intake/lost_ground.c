/* A table of LoST on a map: every border that it names is found, once, before anything is asked. */
#include "intake/lost_table_in.h"

#include "base/crypto.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RINGS_ARENA = 1 << 28 /* of one area of the map, while it is looked at */
};

/* A digest of what a boundary is made of: h(h(...) and the next ring). */
struct digest {
    uint8_t so_far[AMP_SHA256];
};

static void digest_add(struct digest *digest, const struct amp_pos *corner, size_t n)
{
    uint8_t both[2 * AMP_SHA256];
    memcpy(both, digest->so_far, AMP_SHA256);
    amp_sha256(corner, n * sizeof *corner, both + AMP_SHA256);
    amp_sha256(both, sizeof both, digest->so_far);
}

static void key_write(const struct digest *digest, char out[AMP_LOST_KEY])
{
    for (size_t i = 0; i < AMP_LOST_KEY / 2; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", digest->so_far[i]);
    }
}

static size_t size_of(size_t corners, size_t rings)
{
    return corners + 4 * rings;
}

/* ---- finding ---- */

static amp_err border_find(struct amp_lost_ground *ground, size_t i, struct amp_why *why)
{
    const struct amp_lost_border *border = &ground->table->border[i];
    struct amp_why inner = {""};
    if (ground->map.find == NULL) {
        return amp_fail(why, AMP_E_MISSING,
                        "line %zu: \"%.*s\" is an area of the map, and there is no map: give --map",
                        border->line_n, (int)border->wanted.name.len, border->wanted.name.ptr);
    }
    amp_err err = ground->map.find(ground->map.ctx, &border->wanted, &ground->found[i], &inner);
    return err == AMP_OK ? AMP_OK
                         : amp_fail(why, err, "line %zu: %s", border->line_n,
                                    inner.text[0] != '\0' ? inner.text : amp_err_words(err));
}

static amp_err border_measure(struct amp_lost_ground *ground, size_t i, struct digest *digest,
                              struct amp_lost_told *told)
{
    struct amp_arena arena = amp_arena_make(RINGS_ARENA);
    struct amp_lost_ring *ring = NULL;
    struct amp_lost_rings tidy = {0};
    size_t n = ground->map.rings(ground->map.ctx, ground->found[i], &arena, &ring);
    bool good = n > 0 && amp_lost_rings_tidy(ring, n, &arena, &tidy);
    for (size_t k = 0; good && k < tidy.n; k++) {
        digest_add(digest, tidy.item[k].corner, tidy.item[k].n);
    }
    told->size += size_of(tidy.corners, tidy.n);
    told->whole = told->whole && tidy.whole;
    amp_arena_drop(&arena);
    return good ? AMP_OK : AMP_E_NOMEM;
}

static amp_err area_measure(struct amp_lost_ground *ground, uint32_t area)
{
    const struct amp_lost_table *table = ground->table;
    struct amp_lost_told told = {.whole = true};
    struct digest digest = {{0}};
    uint32_t border = table->area[area].border_first;
    amp_err err = AMP_OK;
    for (size_t i = 0; i < table->polygon_n; i++) {
        if (table->polygon[i].area == area) {
            digest_add(&digest, table->polygon[i].corner, table->polygon[i].n);
            told.size += size_of(table->polygon[i].n, 1);
        }
    }
    for (uint32_t i = 0; i < table->area[area].border_n && err == AMP_OK; i++) {
        err = border_measure(ground, border, &digest, &told);
        border = table->border[border].next;
    }
    key_write(&digest, told.key);
    ground->told[area] = told;
    return err;
}

amp_err amp_lost_ground_make(const struct amp_lost_table *table, const struct amp_lost_map *map,
                             struct amp_lost_ground **out, struct amp_why *why)
{
    struct amp_lost_ground *ground = calloc(1, sizeof *ground);
    if (ground == NULL) {
        return AMP_E_NOMEM;
    }
    ground->table = table;
    ground->map = map != NULL ? *map : (struct amp_lost_map){0};
    ground->found = calloc(table->border_n + 1, sizeof *ground->found);
    ground->told = calloc(table->area_n + 1, sizeof *ground->told);
    amp_err err = ground->found == NULL || ground->told == NULL ? AMP_E_NOMEM : AMP_OK;
    for (size_t i = 0; i < table->border_n && err == AMP_OK; i++) {
        err = border_find(ground, i, why);
    }
    for (size_t i = 0; i < table->area_n && err == AMP_OK; i++) {
        err = area_measure(ground, (uint32_t)i);
    }
    if (err != AMP_OK) {
        amp_lost_ground_free(ground);
        return err;
    }
    *out = ground;
    return AMP_OK;
}

void amp_lost_ground_free(struct amp_lost_ground *ground)
{
    if (ground != NULL) {
        free(ground->found);
        free(ground->told);
        free(ground);
    }
}

/* ---- asking ---- */

/* Ray casting in whole numbers; a position on an edge is of one side only. */
static bool polygon_holds(const struct amp_lost_polygon *polygon, struct amp_pos at)
{
    bool inside = false;
    for (size_t i = 0, j = polygon->n - 1; i < polygon->n; j = i++) {
        struct amp_pos a = polygon->corner[i], b = polygon->corner[j];
        if ((a.lat_e7 > at.lat_e7) == (b.lat_e7 > at.lat_e7)) {
            continue;
        }
        int64_t rise = (int64_t)b.lat_e7 - a.lat_e7;
        int64_t left = ((int64_t)at.lon_e7 - a.lon_e7) * rise;
        int64_t right = ((int64_t)b.lon_e7 - a.lon_e7) * ((int64_t)at.lat_e7 - a.lat_e7);
        inside = (rise > 0 ? left < right : left > right) ? !inside : inside;
    }
    return inside;
}

bool amp_lost_area_holds(const struct amp_lost_ground *ground, uint32_t area, struct amp_pos at)
{
    const struct amp_lost_table *table = ground->table;
    assert(area < table->area_n);
    for (size_t i = 0; i < table->polygon_n; i++) {
        if (table->polygon[i].area == area && polygon_holds(&table->polygon[i], at)) {
            return true;
        }
    }
    uint32_t border = table->area[area].border_first;
    for (uint32_t i = 0; i < table->area[area].border_n; i++) {
        if (ground->map.holds(ground->map.ctx, ground->found[border], at)) {
            return true;
        }
        border = table->border[border].next;
    }
    return false;
}
