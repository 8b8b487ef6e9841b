/* Any ring of corners, thinned: it holds every place that it held, and is no longer. */
#include "intake/cap_area.h"
#include "intake/cap_thin.h"

#include <assert.h>

enum {
    CORNERS = 200,
    STEP_E7 = 20000, /* of the grid that corners lie on: 200 m */
    PLACES = 16      /* looked at along each side */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct amp_cap_polygon *was, const struct amp_cap_polygon *now)
{
    assert(now->n <= was->n && now->n >= 4);
    assert(now->point[0].lat_e7 == now->point[now->n - 1].lat_e7);
    for (int i = 0; i < PLACES * PLACES; i++) { /* none of them on an edge along the grid */
        const struct amp_pos at = {(i / PLACES) * 16 * STEP_E7 + 7777,
                                   (i % PLACES) * 16 * STEP_E7 + 3333};
        assert(!amp_cap_polygon_holds(was, at) || amp_cap_polygon_holds(now, at));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_pos point[CORNERS + 1];
    size_t n = size > 0 ? (size - 1) / 2 : 0;
    if (n < 3) {
        return 0;
    }
    n = n < CORNERS ? n : CORNERS;
    for (size_t i = 0; i < n; i++) {
        point[i] = (struct amp_pos){data[1 + 2 * i] * STEP_E7, data[2 + 2 * i] * STEP_E7};
    }
    point[n] = point[0];
    const struct amp_cap_polygon was = {point, n + 1};
    const double tolerance_m = 25.0 * (1 << data[0] % 10);
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_cap_polygon now = {0};
    if (amp_cap_ring_thin(&was, tolerance_m, false, &arena, &now) == AMP_OK) {
        check(&was, &now);
    }
    amp_arena_drop(&arena);
    return 0;
}
