/* Fuzzes areas with any rings: the cell cover answers like rays through every edge. */
#include "map/areas.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum {
        POINTS = 64
    };
    struct amp_pos pos[POINTS];
    struct amp_areas_draft *draft = NULL;
    struct amp_areas *areas = NULL;
    size_t n = 0;
    for (size_t at = 0; at + sizeof(pos[0]) <= size && n < POINTS; at += sizeof(pos[0])) {
        memcpy(&pos[n], data + at, sizeof(pos[0]));
        pos[n].lat_e7 %= 900000001;
        pos[n].lon_e7 %= 1800000001;
        n++;
    }
    if (n == 0 || amp_areas_draft_create(&draft)) {
        return 0;
    }
    for (size_t at = 0; at < n; at += 8) {
        size_t ring_n = n - at < 8 ? n - at : 8;
        if (!amp_areas_draft_area(draft)) {
            (void)!amp_areas_draft_ring(draft, pos + at, ring_n);
        }
    }
    if (!amp_areas_create(draft, &areas)) {
        for (size_t i = 0; i < n; i++) {
            uint32_t fast[AMP_AREAS_AT_MAX];
            uint32_t slow[AMP_AREAS_AT_MAX];
            size_t fast_n = amp_areas_at(areas, pos[i], fast);
            assert(fast_n == amp_areas_at_slow(areas, pos[i], slow));
            assert(memcmp(fast, slow, fast_n * sizeof(fast[0])) == 0);
        }
    }
    amp_areas_destroy(areas);
    amp_areas_draft_destroy(draft);
    return 0;
}
