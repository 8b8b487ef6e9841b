/* Any bytes as a table of LoST, on a small map made here, asked one question and the boundary of
 * its first area; the first line of the input is the question. */
#include "intake/lost_table.h"
#include "intake/lost_touch.h"

#include <assert.h>

enum {
    AREAS = 7,
    CORNERS = 2048
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An area for each first letter of a name; some letters have none. */
static amp_err map_find(const void *ctx, const struct amp_lost_wanted *wanted, uint32_t *out,
                        struct amp_why *why)
{
    assert(ctx != NULL && wanted->name.len > 0 && wanted->name.len <= AMP_LOST_NAME);
    assert(wanted->level <= AMP_LOST_LEVEL);
    assert(!wanted->placed || amp_pos_valid(wanted->at.lat_e7, wanted->at.lon_e7));
    *out = (unsigned char)wanted->name.ptr[0] % (AREAS + 1);
    return *out < AREAS ? AMP_OK : amp_fail(why, AMP_E_NOT_FOUND, "none");
}

static bool map_holds(const void *ctx, uint32_t area, struct amp_pos pos)
{
    assert(ctx != NULL && area < AREAS);
    return ((uint32_t)pos.lat_e7 ^ (uint32_t)pos.lon_e7) % AREAS == area;
}

/* Rings of every kind: none, of nothing, one in the other, that meet themselves, long ones, over
 * the antimeridian, round a pole. */
static size_t map_rings(const void *ctx, uint32_t area, struct amp_arena *arena,
                        struct amp_lost_ring **out)
{
    const size_t n = area == 0 ? 0 : area;
    struct amp_lost_ring *ring = amp_arena_array(arena, n + 1, sizeof *ring);
    assert(ctx != NULL && area < AREAS);
    for (size_t i = 0; ring != NULL && i < n; i++) {
        const size_t corners = area == 3 ? CORNERS : area + 1;
        struct amp_pos *corner = amp_arena_array(arena, corners, sizeof *corner);
        const int32_t reach = (int32_t)(n - i) * 100000000;
        for (size_t k = 0; corner != NULL && k < corners; k++) {
            const int32_t step = (int32_t)(k % 5) - 2;
            corner[k] =
                (struct amp_pos){(k % 4 < 2 ? -reach : reach) / 2,
                                 area == 5 ? step * 900000000 : (k % 4 % 3 == 0 ? -reach : reach)};
        }
        ring[i] = (struct amp_lost_ring){corner, corner != NULL ? corners : 0};
    }
    *out = ring;
    return ring != NULL ? n : 0;
}

static bool touches_polygon(void *ctx, const struct amp_pos *corner, size_t n)
{
    (void)ctx;
    return n >= 3 && corner[0].lat_e7 > 0;
}

static bool touches_area(void *ctx, uint32_t area)
{
    (void)ctx;
    return area % 2 == 0;
}

static void ask(const struct amp_lost_ground *ground, struct amp_str question)
{
    const struct amp_str key = AMP_STR("<getServiceBoundary "
                                       "xmlns='urn:ietf:params:xml:ns:lost1' key='a'/>");
    const struct amp_lost_touching touching = {NULL, touches_polygon, touches_area};
    struct amp_lost_centre centre[AMP_LOST_CENTRES];
    for (int i = 0; i < 2; i++) {
        struct amp_arena arena = amp_arena_make(1 << 26);
        struct amp_buf out = amp_buf_make(AMP_LOST_ANSWER);
        amp_lost_answer(ground, i == 0 ? question : key, 1, &arena, &out);
        amp_buf_free(&out);
        amp_arena_drop(&arena);
    }
    assert(amp_lost_centres(ground, &touching, centre) <= AMP_LOST_CENTRES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct amp_lost_map map = {
        .ctx = "a map", .find = map_find, .holds = map_holds, .rings = map_rings};
    struct amp_why why = {0};
    struct amp_str question = {0};
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    struct amp_lost_table *table = NULL;
    struct amp_lost_ground *ground = NULL;
    if (amp_lost_table_read(amp_str_cut(bytes, '\n', &question), 1, &table, &why) == AMP_OK) {
        for (int on = 0; on < 2; on++) {
            if (amp_lost_ground_make(table, on != 0 ? &map : NULL, &ground, &why) == AMP_OK) {
                ask(ground, question);
                amp_lost_ground_free(ground);
            }
        }
    }
    amp_lost_table_free(table);
    return 0;
}
