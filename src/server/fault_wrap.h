/*
 * For tests: memory and threads that are refused on demand.
 *
 * A test that links this (with the linker's --wrap, see meson.build) has every allocation and every
 * new thread of our own objects counted; the n-th is refused, once. Libraries keep theirs. Only
 * code of tests includes this.
 */
#ifndef AMP_SERVER_FAULT_WRAP_H
#define AMP_SERVER_FAULT_WRAP_H

#include <stdbool.h>
#include <stdint.h>

enum fault_wrapped {
    FAULT_MEMORY,
    FAULT_THREAD
};

void fault_wrap_plan(enum fault_wrapped what, uint64_t at); /* the at-th from now, counted from 1 */
uint64_t fault_wrap_end(void);      /* no more; how many of them there were */
bool fault_wrap_struck(void);       /* the planned one came */
void fault_wrap_spare(bool spared); /* what this thread asks for is neither counted nor refused */

#endif
