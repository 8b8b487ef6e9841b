/* Fuzzes paths of tiles: there is one way to write each, and only that is taken. */
#include "journal/tree.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct amp_str text = {.ptr = (const char *)data, .len = size};
    struct amp_tile_path path;
    char back[AMP_TILE_PATH];
    if (amp_tile_path_parse(text, &path) == AMP_OK) {
        assert(path.width >= 1 && path.width <= AMP_TILE && path.level <= AMP_TILE_LEVEL_MAX);
        amp_tile_path_write(&path, back);
        assert(amp_str_is(text, back));
    }
    return 0;
}
