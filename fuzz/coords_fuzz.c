/* Fuzzes the reading of positions with any bytes: what is read is a position, and reads again. */
#include "map/coords.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str text = {.ptr = (const char *)data, .len = size};
    struct amp_pos near = {-259692000, 325732000};
    struct amp_coords c;
    struct amp_coords again;
    char plain[AMP_POS_TEXT];
    if (!amp_coords_parse(text, size % 2 == 0 ? &near : NULL, &c)) {
        assert(amp_pos_valid(c.pos.lat_e7, c.pos.lon_e7));
        assert(memchr(c.how, '\0', sizeof(c.how)) != NULL);
        amp_pos_text(c.pos, plain);
        assert(!amp_coords_parse(amp_str_of(plain), NULL, &again));
        assert(again.pos.lat_e7 == c.pos.lat_e7 && again.pos.lon_e7 == c.pos.lon_e7);
    }
    return 0;
}
