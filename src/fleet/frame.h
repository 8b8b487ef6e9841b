/*
 * Whole messages out of a stream of bytes: lines, and the events of Cursor on Target.
 *
 * Bounded: what has not ended after AMP_FRAME_LINE or AMP_FRAME_EVENT bytes never will, and is
 * passed over up to where the next may begin.
 */
#ifndef AMP_FLEET_FRAME_H
#define AMP_FLEET_FRAME_H

#include "base/str.h"

enum {
    AMP_FRAME_LINE = 1024, /* NMEA allows 82, with a tag block 162 */
    AMP_FRAME_EVENT = 64 << 10
};

/* How many bytes at the front are whole lines; 0: wait for more. Of them *skip_out belong to none.
 */
size_t amp_frame_lines(struct amp_str bytes, size_t *skip_out);
/* How many bytes at the front are one event and what stands before it: *skip_out bytes of those. */
size_t amp_frame_event(struct amp_str bytes, size_t *skip_out);

#endif
