/* Any bytes as a map file, and the same with a head and checksums that fit: a fuzzer cannot guess.
 */
#include "map/amap.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    HEAD = 28,
    ROW = 32,
    FRONT = 2112, /* where sections start */
    FILE_MAX = 1 << 20
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From memory, through the name that a memory file has. */
static void file_open(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("amap", MFD_CLOEXEC);
    struct amp_amap *amap = NULL;
    const void *content = NULL;
    size_t count = 0;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd >= 0 && write(fd, data, size) == (ssize_t)size && !amp_amap_open(path, &amap, NULL)) {
        if (!amp_amap_section(amap, "x", 1, &content, &count, NULL) && count > 0) {
            (void)libdeflate_crc32(0, content, count); /* every byte must be there */
        }
        amp_amap_close(amap);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

static void le32_put(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
}

/* Magic, version, size and the CRCs of table and sections, where they are inside the file. */
static void file_mend(uint8_t *file, size_t size)
{
    uint32_t section_n = file[12] % 4;
    memcpy(file, "AMAP\r\n\x1a\n", 8);
    le32_put(file + 8, AMP_AMAP_VERSION);
    le32_put(file + 12, section_n);
    le32_put(file + 16, (uint32_t)size);
    le32_put(file + 20, 0);
    for (uint32_t i = 0; i < section_n; i++) {
        uint8_t *row = file + HEAD + i * ROW;
        uint64_t offset, len;
        memcpy(&offset, row + 8, sizeof offset);
        memcpy(&len, row + 16, sizeof len);
        if (offset <= size && len <= size - offset) {
            le32_put(row + 28, len ? libdeflate_crc32(0, file + offset, (size_t)len) : 0);
        }
    }
    le32_put(file + 24, section_n ? libdeflate_crc32(0, file + HEAD, section_n * ROW) : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    file_open(data, size);
    if (size < HEAD || size > FILE_MAX) {
        return 0;
    }
    /* the input is head, four rows at most, then what stands from FRONT on */
    size_t front = size < HEAD + 3 * ROW ? size : HEAD + 3 * ROW;
    uint8_t *file = calloc(1, FRONT + size - front + 1);
    if (file) {
        memcpy(file, data, front);
        memcpy(file + FRONT, data + front, size - front);
        file_mend(file, FRONT + size - front);
        file_open(file, FRONT + size - front);
    }
    free(file);
    return 0;
}
