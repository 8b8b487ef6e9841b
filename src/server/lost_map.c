/* Areas of a map, found for a table of LoST. */
#include "server/lost_map.h"
#include <stdlib.h>
#include <sys/stat.h>

enum {
    FOUND_MAX = 64, /* areas of one name that are told apart */
    SHOWN_MAX = 3,  /* of them in a sentence */
    NAME_SHOWN = 60,
    GRID = 24, /* places looked at in an area, by this many */
    RINGS_ARENA = 1 << 28
};

struct found { /* those that go by a name */
    struct amp_area_named item[FOUND_MAX];
    size_t n;
};

static int name_shown(const struct amp_lost_wanted *wanted)
{
    return (int)(wanted->name.len < NAME_SHOWN ? wanted->name.len : NAME_SHOWN);
}

static bool is_meant(const struct amp_places *places, const struct amp_lost_wanted *wanted,
                     const struct amp_area_named *area)
{
    return area->bounded && (wanted->level == 0 || area->level == wanted->level) &&
           (!wanted->placed || amp_areas_holds(amp_places_areas(places), area->area, wanted->at));
}

static size_t meant_by(const struct amp_places *places, const struct amp_lost_wanted *wanted,
                       const struct found *found, uint32_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < found->n; i++) {
        if (is_meant(places, wanted, &found->item[i])) {
            *out = found->item[i].area;
            n++;
        }
    }
    return n;
}

/* ---- two of one border ---- */

struct edge { /* its lesser end first */
    struct amp_pos end[2];
};

static int pos_order(struct amp_pos a, struct amp_pos b)
{
    const int step = (a.lat_e7 > b.lat_e7) - (a.lat_e7 < b.lat_e7);
    return step != 0 ? step : (a.lon_e7 > b.lon_e7) - (a.lon_e7 < b.lon_e7);
}

static int edge_order(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    const int step = pos_order(x->end[0], y->end[0]);
    return step != 0 ? step : pos_order(x->end[1], y->end[1]);
}

/* All edges of an area, in an order that says nothing of how it was drawn. */
static struct edge *edges_of(const struct amp_areas *areas, uint32_t area, struct amp_arena *arena,
                             size_t *out_n)
{
    struct amp_ring *ring = NULL;
    size_t rings = amp_areas_rings(areas, area, AMP_AREAS_POINTS_MAX, arena, &ring), n = 0;
    for (size_t i = 0; i < rings; i++) {
        n += ring[i].n - 1;
    }
    struct edge *edge = n > 0 ? amp_arena_array(arena, n, sizeof *edge) : NULL;
    *out_n = 0;
    for (size_t i = 0; edge != NULL && i < rings; i++) {
        for (size_t k = 0; k + 1 < ring[i].n; k++) {
            const struct amp_pos a = ring[i].point[k], b = ring[i].point[k + 1];
            const bool lesser = pos_order(a, b) < 0;
            edge[(*out_n)++] = (struct edge){{lesser ? a : b, lesser ? b : a}};
        }
    }
    if (edge != NULL) {
        qsort(edge, n, sizeof *edge, edge_order);
    }
    return edge;
}

/* A place is often on the map twice: as what it is, and as the area that it is run from. */
static bool same_border(const struct amp_areas *areas, uint32_t a, uint32_t b)
{
    struct amp_arena arena = amp_arena_make(RINGS_ARENA);
    size_t a_n = 0, b_n = 0;
    const struct edge *a_edge = edges_of(areas, a, &arena, &a_n);
    const struct edge *b_edge = edges_of(areas, b, &arena, &b_n);
    bool same = a_edge != NULL && b_edge != NULL && a_n == b_n;
    for (size_t i = 0; same && i < a_n; i++) {
        same = edge_order(&a_edge[i], &b_edge[i]) == 0;
    }
    amp_arena_drop(&arena);
    return same;
}

/* Which of those that are meant it is does not matter then: the last one. */
static bool are_one(const struct amp_places *places, const struct amp_lost_wanted *wanted,
                    const struct found *found, uint32_t last)
{
    bool one = true;
    for (size_t i = 0; i < found->n && one; i++) {
        const struct amp_area_named *area = &found->item[i];
        one = !is_meant(places, wanted, area) || area->area == last ||
              same_border(amp_places_areas(places), area->area, last);
    }
    return one;
}

/* ---- what would be the one ---- */

/* Whether this position is in that area alone, of those that `wanted` means. */
static bool only_there(const struct amp_places *places, struct amp_lost_wanted *wanted,
                       const struct found *found, uint32_t area, struct amp_pos at)
{
    uint32_t only = 0;
    wanted->placed = true;
    wanted->at = at;
    return meant_by(places, wanted, found, &only) == 1 && only == area;
}

/* Its middle may be outside, or in another one too: then a place on a grid over its border. */
static bool place_alone(const struct amp_places *places, struct amp_lost_wanted *wanted,
                        const struct found *found, const struct amp_area_named *area)
{
    struct amp_arena arena = amp_arena_make(RINGS_ARENA);
    struct amp_ring *ring = NULL;
    bool good = only_there(places, wanted, found, area->area, area->pos);
    size_t n = good ? 0
                    : amp_areas_rings(amp_places_areas(places), area->area, AMP_AREAS_POINTS_MAX,
                                      &arena, &ring);
    for (size_t i = 0; i < n && !good; i++) {
        struct amp_pos low = ring[i].point[0], high = low;
        for (size_t k = 1; k < ring[i].n; k++) {
            struct amp_pos at = ring[i].point[k];
            low.lat_e7 = at.lat_e7 < low.lat_e7 ? at.lat_e7 : low.lat_e7;
            low.lon_e7 = at.lon_e7 < low.lon_e7 ? at.lon_e7 : low.lon_e7;
            high.lat_e7 = at.lat_e7 > high.lat_e7 ? at.lat_e7 : high.lat_e7;
            high.lon_e7 = at.lon_e7 > high.lon_e7 ? at.lon_e7 : high.lon_e7;
        }
        for (int64_t cell = 0; cell < GRID * GRID && !good; cell++) {
            const int64_t up = (int64_t)high.lat_e7 - low.lat_e7, y = 2 * (cell / GRID) + 1;
            const int64_t across = (int64_t)high.lon_e7 - low.lon_e7, x = 2 * (cell % GRID) + 1;
            const struct amp_pos at = {(int32_t)(low.lat_e7 + up * y / (2 * GRID)),
                                       (int32_t)(low.lon_e7 + across * x / (2 * GRID))};
            good = only_there(places, wanted, found, area->area, at);
        }
    }
    amp_arena_drop(&arena);
    return good;
}

/* How a line would name this one of them alone: by its level, a code, a place in it, or both. */
static void way_put(const struct amp_places *places, const struct amp_lost_wanted *wanted,
                    const struct found *found, const struct amp_area_named *area,
                    struct amp_buf *out)
{
    const int shown = name_shown(wanted);
    struct amp_lost_wanted level = {.level = area->level}, at = {.level = 0}, both = level;
    struct amp_str alone = amp_places_area_alone(places, area->area);
    char pos[AMP_POS_TEXT];
    uint32_t only = 0;
    amp_buf_text(out, out->len > 0 ? "; " : "");
    if (area->level > 0 && meant_by(places, &level, found, &only) == 1) {
        amp_buf_printf(out, "map level %u %.*s", area->level, shown, wanted->name.ptr);
    } else if (alone.len > 0 && alone.len <= NAME_SHOWN) {
        amp_buf_printf(out, "map %.*s", (int)alone.len, alone.ptr);
    } else if (place_alone(places, &at, found, area)) {
        amp_pos_text(at.at, pos);
        amp_buf_printf(out, "map at %s %.*s", pos, shown, wanted->name.ptr);
    } else if (area->level > 0 && place_alone(places, &both, found, area)) {
        amp_pos_text(both.at, pos);
        amp_buf_printf(out, "map level %u at %s %.*s", area->level, pos, shown, wanted->name.ptr);
    } else {
        amp_pos_text(area->pos, pos);
        amp_buf_printf(out, "a polygon for that of level %u near %s", area->level, pos);
    }
}

static amp_err several(const struct amp_places *places, const struct amp_lost_wanted *wanted,
                       const struct found *found, size_t n, struct amp_why *why)
{
    char room[AMP_WHY_MAX];
    struct amp_buf ways = amp_buf_over(room, sizeof room);
    size_t shown = 0;
    for (size_t i = 0; i < found->n && shown < SHOWN_MAX; i++) {
        if (is_meant(places, wanted, &found->item[i])) {
            way_put(places, wanted, found, &found->item[i], &ways);
            shown++;
        }
    }
    const struct amp_str text = amp_buf_view(&ways);
    return amp_fail(
        why, AMP_E_CONFLICT, "\"%.*s\" is %zu areas of the map; write, after `area ...`: %.*s%s",
        name_shown(wanted), wanted->name.ptr, n, (int)text.len, text.ptr, n > shown ? "; ..." : "");
}

static amp_err none(const struct amp_places *places, const struct amp_lost_wanted *wanted,
                    const struct found *found, struct amp_why *why)
{
    const int len = name_shown(wanted);
    const char *name = wanted->name.ptr;
    const struct amp_area_named *first = &found->item[0];
    struct amp_lost_wanted without = *wanted;
    uint32_t only = 0;
    without.placed = false;
    if (found->n == 0) {
        return amp_fail(why, AMP_E_NOT_FOUND,
                        "no area of the map is called \"%.*s\", and none has that code; `amparo "
                        "reverse --map MAP LAT,LON` names those of a place",
                        len, name);
    }
    if (wanted->placed && meant_by(places, &without, found, &only) > 0) {
        char pos[AMP_POS_TEXT];
        amp_pos_text(wanted->at, pos);
        return amp_fail(why, AMP_E_NOT_FOUND, "no area \"%.*s\" of the map holds %s", len, name,
                        pos);
    }
    if (wanted->level != 0 && first->level != wanted->level) {
        return amp_fail(why, AMP_E_NOT_FOUND,
                        "\"%.*s\" is no area of the admin_level %u on the map, but of %u", len,
                        name, wanted->level, first->level);
    }
    return amp_fail(why, AMP_E_NOT_FOUND,
                    "the map knows \"%.*s\", but not all of its border: build it from an extract "
                    "that holds the whole area",
                    len, name);
}

static amp_err area_find(const void *ctx, const struct amp_lost_wanted *wanted, uint32_t *out,
                         struct amp_why *why)
{
    const struct amp_places *places = ctx;
    struct found found;
    uint32_t area = 0;
    found.n = amp_places_areas_named(places, wanted->name, 0, found.item, FOUND_MAX);
    if (found.n > FOUND_MAX) {
        return amp_fail(why, AMP_E_LIMIT,
                        "more than %d areas of the map are called \"%.*s\": use a code", FOUND_MAX,
                        name_shown(wanted), wanted->name.ptr);
    }
    size_t n = meant_by(places, wanted, &found, &area);
    if (n > 1 && !are_one(places, wanted, &found, area)) {
        return several(places, wanted, &found, n, why);
    }
    if (n == 0) {
        return none(places, wanted, &found, why);
    }
    *out = area;
    return AMP_OK;
}

/* ---- what it holds ---- */

static bool area_holds(const void *ctx, uint32_t area, struct amp_pos pos)
{
    return amp_areas_holds(amp_places_areas(ctx), area, pos);
}

static size_t area_rings(const void *ctx, uint32_t area, struct amp_arena *arena,
                         struct amp_lost_ring **out)
{
    struct amp_ring *ring = NULL;
    size_t n = amp_areas_rings(amp_places_areas(ctx), area, AMP_AREAS_POINTS_MAX, arena, &ring);
    struct amp_lost_ring *given = amp_arena_array(arena, n + 1, sizeof *given);
    for (size_t i = 0; given != NULL && i < n; i++) {
        given[i] = (struct amp_lost_ring){ring[i].point, ring[i].n};
    }
    *out = given;
    return given != NULL ? n : 0;
}

amp_err amp_lost_on_map(const struct amp_lost_table *table, const struct amp_places *places,
                        const char *path, struct amp_lost_ground **out, struct amp_why *why)
{
    enum {
        US_PER_S = 1000000
    };
    struct stat file;
    struct amp_lost_map map = {
        .ctx = places, .find = area_find, .holds = area_holds, .rings = area_rings};
    if (path != NULL && stat(path, &file) == 0) {
        map.version_us = (int64_t)file.st_mtime * US_PER_S;
    }
    return amp_lost_ground_make(table, places != NULL ? &map : NULL, out, why);
}
