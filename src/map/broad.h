/* Large tables that are read here and there: in large pages, where the system has them, their
 * addresses are sooner found. Inside of the map. */
#ifndef AMP_MAP_BROAD_H
#define AMP_MAP_BROAD_H

#include <stddef.h>

/* Room for n things of a size, at the beginning of a line of memory; to be given back by free. What
 * is in it is not known. NULL if there is no memory for it. */
void *amp_broad_alloc(size_t n, size_t size);

#endif
