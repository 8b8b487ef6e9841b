/* Any bytes as a map file: from memory, through the name that a memory file has. */
#include "map/amap.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("amap", MFD_CLOEXEC);
    struct amp_amap *amap = NULL;
    const void *content = NULL;
    size_t count = 0;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd >= 0 && write(fd, data, size) == (ssize_t)size && !amp_amap_open(path, &amap, NULL)) {
        (void)!amp_amap_section(amap, "x", 1, &content, &count, NULL);
        amp_amap_close(amap);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return 0;
}
