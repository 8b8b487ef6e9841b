/* Large tables that are read all over: in large pages where the system has them. */
#include "map/broad.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    LINE = 64,
    LARGE_PAGE = 2 << 20
};

void *amp_broad_alloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX - LARGE_PAGE) {
        return NULL;
    }
    size_t unit = bytes < LARGE_PAGE ? LINE : LARGE_PAGE;
    bytes = bytes == 0 ? unit : (bytes + unit - 1) / unit * unit;
    void *table = aligned_alloc(unit, bytes);
    if (table != NULL && unit == LARGE_PAGE) {
        /* a wish: without it all is right, but slower */
        (void)madvise(table, bytes, MADV_HUGEPAGE);
    }
    return table;
}
