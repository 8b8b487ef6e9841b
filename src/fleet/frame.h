/*
 * Whole messages out of a stream of bytes: lines, and the events of Cursor on Target, in XML or as
 * messages of the TAK protocol.
 *
 * Bounded: what has not ended after AMP_FRAME_LINE or AMP_FRAME_EVENT bytes never will, and is
 * passed over up to where the next may begin.
 */
#ifndef AMP_FLEET_FRAME_H
#define AMP_FLEET_FRAME_H

#include "base/str.h"

enum {
    AMP_FRAME_LINE = 1024, /* NMEA allows 82, with a tag block 162 */
    AMP_FRAME_EVENT = 64 << 10,
    AMP_FRAME_TAK_HEAD = 3, /* BF, the version, BF */
    AMP_FRAME_TAK = 0xbf
};

/* How many bytes at the front are whole lines; 0: wait for more. Of them *skip_out belong to none.
 */
size_t amp_frame_lines(struct amp_str bytes, size_t *skip_out);
/* How many bytes at the front are one event and what stands before it: *skip_out bytes of those. */
size_t amp_frame_event(struct amp_str bytes, size_t *skip_out);
/* The same of a message of the TAK protocol, version 1, that begins with its head; of what does
 * not, all is skipped up to where one may begin. Its fields say where it ends: it has no length. */
size_t amp_frame_tak(struct amp_str bytes, size_t *skip_out);

#endif
