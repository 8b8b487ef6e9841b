/* Large tables that are read all over: in large pages where the system has them. */
#include "map/roads_in.h"

#include <stdlib.h>
#include <sys/mman.h>

enum {
    LARGE_PAGE = 2 << 20
};

void *amp_broad_alloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX - LARGE_PAGE) {
        return NULL;
    }
    if (bytes < LARGE_PAGE) {
        return calloc(n, size);
    }
    bytes = (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    void *table = aligned_alloc(LARGE_PAGE, bytes);
    if (table != NULL) {
        (void)madvise(table, bytes,
                      MADV_HUGEPAGE); /* a wish: without it all is right, but slower */
    }
    return table;
}
