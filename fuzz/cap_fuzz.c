/* Any bytes as a CAP alert; what is read is written, and that is read and written the same; what is
 * thinned holds every place that it held. */
#include "intake/cap_area.h"
#include "intake/cap_thin.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void thin(const struct amp_cap *cap, struct amp_arena *arena)
{
    struct amp_cap out = {0};
    if (amp_cap_thin(cap, 400, arena, &out) != AMP_OK) {
        return;
    }
    assert(out.info_n == cap->info_n);
    for (size_t i = 0; i < cap->info_n; i++) {
        for (size_t a = 0; a < cap->info[i].area_n; a++) {
            const struct amp_cap_area *area = &cap->info[i].area[a];
            if (area->polygons.n > 0 && area->polygons.item[0].n > 0) {
                struct amp_pos at = area->polygons.item[0].point[area->polygons.item[0].n / 2];
                at.lat_e7 += at.lat_e7 < 0 ? 1003 : -1003;
                assert(!amp_cap_area_holds(area, at) || amp_cap_info_holds(&out.info[i], at));
            }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 26);
    struct amp_why why = {0};
    struct amp_cap cap = {0};
    struct amp_buf first = amp_buf_make(1 << 20);
    struct amp_buf second = amp_buf_make(1 << 20);
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    if (amp_cap_read(bytes, &arena, &cap, &why) == AMP_OK &&
        amp_cap_write(&cap, &arena, &first, &why) == AMP_OK) {
        struct amp_cap again = {0};
        thin(&cap, &arena);
        assert(amp_cap_read(amp_buf_view(&first), &arena, &again, &why) == AMP_OK);
        if (amp_cap_write(&again, &arena, &second, &why) == AMP_OK) {
            assert(amp_str_eq(amp_buf_view(&first), amp_buf_view(&second)));
        }
    }
    amp_buf_free(&first);
    amp_buf_free(&second);
    amp_arena_drop(&arena);
    return 0;
}
