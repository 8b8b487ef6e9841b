/* Fuzz the target of a request: path, query, and the table of routes behind them. */
#include "server/endpoint.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_str param[AMP_ENDPOINT_PARAMS] = {{0}};
    struct amp_why why = {""};
    struct amp_uri uri;
    unsigned allow = 0;
    const struct amp_str target = {.ptr = (const char *)data, .len = size};
    if (amp_uri_read(target, &arena, &uri, &why) == AMP_OK) {
        const struct amp_endpoint *row = amp_endpoint_find(AMP_METHOD_GET, &uri, param, &allow);
        assert(row == NULL || allow != 0);
    } else {
        assert(why.text[0] != '\0');
    }
    amp_arena_drop(&arena);
    return 0;
}
