/*
 * Cutting lines and polygons to a rectangle, and thinning them out, in whole numbers.
 *
 * Sources: Sutherland and Hodgman, "Reentrant Polygon Clipping", CACM 1974; Liang and Barsky, "A
 * new concept and method for line clipping", TOG 1984; Douglas and Peucker, 1973.
 */
#ifndef AMP_MAP_TILES_CLIP_H
#define AMP_MAP_TILES_CLIP_H

#include "base/buf.h"

struct amp_xy {
    int64_t x, y;
};

struct amp_rect {
    int64_t x0, y0, x1, y1; /* all inside */
};

static inline struct amp_xy *amp_xy_of(const struct amp_buf *buf)
{
    return (struct amp_xy *)(void *)buf->data;
}

static inline size_t amp_xy_n(const struct amp_buf *buf)
{
    return buf->len / sizeof(struct amp_xy);
}

/* A ring, not closed by repetition; *ring is replaced, spare is scratch. */
void amp_clip_ring(struct amp_buf *ring, struct amp_buf *spare, const struct amp_rect *rect);
/* A line: appends the pieces inside to *out and the vertex count of each to *counts (uint32_t). */
void amp_clip_line(const struct amp_xy *xy, size_t n, const struct amp_rect *rect,
                   struct amp_buf *out, struct amp_buf *counts);
/* Drop vertices nearer than tolerance to the line of the others; the ends stay. The new count. */
size_t amp_line_simplify(struct amp_xy *xy, size_t n, int64_t tolerance);
/* Drop repeated neighbours, of a ring also the last if it equals the first. The new count. */
size_t amp_line_unrepeat(struct amp_xy *xy, size_t n, bool ring);
/* Twice the area, positive if clockwise as seen with y down. */
int64_t amp_ring_area2(const struct amp_xy *xy, size_t n);

#endif
