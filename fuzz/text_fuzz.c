/* Fuzz: times, positions and numbers in text; what is read comes back from what is written. */
#include "base/geo.h"
#include "base/timefmt.h"
#include <assert.h>
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str text = {(const char *)data, size};
    char out[AMP_TIME_TEXT];
    int64_t time_us = 0;
    int64_t back_us = 0;
    struct amp_pos pos = {0};
    struct amp_pos back = {0};
    double number = 0;
    if (amp_time_parse(text, &time_us) == AMP_OK) {
        amp_time_text(time_us, out);
        assert(amp_time_parse(amp_str_of(out), &back_us) == AMP_OK && back_us == time_us);
    }
    if (amp_pos_parse(text, &pos) == AMP_OK) {
        amp_pos_text(pos, out);
        assert(amp_pos_parse(amp_str_of(out), &back) == AMP_OK);
        assert(back.lat_e7 == pos.lat_e7 && back.lon_e7 == pos.lon_e7);
    }
    assert(amp_str_double(text, &number) != AMP_OK || isfinite(number));
    assert(amp_str_fixed(text, 7, &back_us) != AMP_OK ||
           amp_str_double(text, &number) != AMP_E_SYNTAX);
    return 0;
}
