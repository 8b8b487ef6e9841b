/* Areas of a map, found for a table of LoST. */
#include "server/lost_map.h"
#include <stdio.h>
#include <sys/stat.h>

enum {
    FOUND_MAX = 64, /* areas of one name that are told apart */
    SHOWN_MAX = 3,  /* of them in a sentence */
    NAME_SHOWN = 60
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

/* ---- what would be the one ---- */

/* How a line would name this one of them alone: the level, a code, a position in it, both. */
static void way_put(const struct amp_places *places, const struct amp_lost_wanted *wanted,
                    const struct found *found, const struct amp_area_named *area,
                    struct amp_buf *out)
{
    const int shown = name_shown(wanted);
    struct amp_lost_wanted level = {.level = area->level};
    struct amp_lost_wanted at = {.placed = true, .at = area->pos};
    struct amp_lost_wanted both = {.level = area->level, .placed = true, .at = area->pos};
    struct amp_str alone = amp_places_area_alone(places, area->area);
    char pos[AMP_POS_TEXT];
    uint32_t only = 0;
    amp_pos_text(area->pos, pos);
    amp_buf_text(out, out->len > 0 ? "; " : "");
    if (area->level > 0 && meant_by(places, &level, found, &only) == 1) {
        amp_buf_printf(out, "map level %u %.*s", area->level, shown, wanted->name.ptr);
    } else if (alone.len > 0 && alone.len <= NAME_SHOWN) {
        amp_buf_printf(out, "map %.*s", (int)alone.len, alone.ptr);
    } else if (meant_by(places, &at, found, &only) == 1 && only == area->area) {
        amp_buf_printf(out, "map at %s %.*s", pos, shown, wanted->name.ptr);
    } else if (area->level > 0 && meant_by(places, &both, found, &only) == 1 &&
               only == area->area) {
        amp_buf_printf(out, "map level %u at %s %.*s", area->level, pos, shown, wanted->name.ptr);
    } else {
        amp_buf_printf(out, "level %u near %s: map at LAT,LON with a place inside", area->level,
                       pos);
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
    return amp_fail(why, AMP_E_CONFLICT, "\"%.*s\" is %zu areas of the map; write one of: %.*s%s",
                    name_shown(wanted), wanted->name.ptr, n, (int)text.len, text.ptr,
                    n > shown ? "; ..." : "");
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
    if (n > 1) {
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
