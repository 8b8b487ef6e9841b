/* Fuzzes what a proxy says: an address that is taken is canonical, and taken again as itself. */
#include "server/forwarded.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct amp_str field = {.ptr = (const char *)data, .len = size};
    char addr[AMP_PEER_ADDR];
    char again[AMP_PEER_ADDR];
    if (amp_forwarded_addr(field, addr) &&
        (!amp_forwarded_addr(amp_str_of(addr), again) || strcmp(addr, again) != 0)) {
        abort();
    }
    (void)amp_forwarded_secure(field);
    return 0;
}
