/* Any bytes as a region: what is taken is a region that can be asked, and holds what it says. */
#include "map/fuse.h"
#include <assert.h>
#include <math.h>

enum {
    SPOTS = 16
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_region_text got;
    struct amp_density density;
    struct amp_pos spot[SPOTS];
    struct amp_fused fused;
    struct amp_str text = {.ptr = (const char *)data, .len = size};
    if (amp_region_parse(text, &got, NULL)) {
        return 0;
    }
    assert(amp_region_check(&got.region, NULL) == AMP_OK);
    amp_density_make(&got.region, 25, &density);
    assert(isfinite(density.reach_m) && density.reach_m >= 0 && density.peak > 0);
    amp_density_spots(&density, SPOTS, spot);
    for (int i = 0; i < SPOTS; i++) {
        assert(amp_pos_valid(spot[i].lat_e7, spot[i].lon_e7));
        double at = amp_density_at(&density, amp_plane_spot(&density.plane, spot[i]));
        assert(at >= 0 && at <= density.peak * (1 + 1e-9));
    }
    struct amp_fuse_report report[2] = {{got.region, got.age_s, got.source},
                                        {got.region, 0, got.source}};
    assert(amp_fuse(report, 2, AMP_FUSE_SPEED_M_S, &fused, NULL) == AMP_OK);
    assert(fused.hypothesis_n > 0);
    assert(amp_region_check(&fused.hypothesis[0].region, NULL) == AMP_OK);
    return 0;
}
