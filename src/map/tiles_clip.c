/* Cutting and thinning of tile geometry. */
#include "map/tiles_clip.h"
#include <stdlib.h>
#include <string.h>

enum {
    SIDES = 4,
    BLOCK = 512,
    STACK = 64
};

/* How far inside a side of the rectangle: negative is outside. */
static int64_t inside(struct amp_xy p, const struct amp_rect *r, int side)
{
    switch (side) {
    case 0:
        return p.x - r->x0;
    case 1:
        return r->x1 - p.x;
    case 2:
        return p.y - r->y0;
    default:
        return r->y1 - p.y;
    }
}

/* Where a-b crosses a side; a and b lie on different sides of it. */
static struct amp_xy crossing(struct amp_xy a, struct amp_xy b, const struct amp_rect *r, int side)
{
    double da = (double)inside(a, r, side);
    double db = (double)inside(b, r, side);
    double t = da / (da - db);
    struct amp_xy p = {a.x + (int64_t)((double)(b.x - a.x) * t),
                       a.y + (int64_t)((double)(b.y - a.y) * t)};
    if (side < 2) {
        p.x = side == 0 ? r->x0 : r->x1;
    } else {
        p.y = side == 2 ? r->y0 : r->y1;
    }
    return p;
}

void amp_clip_ring(struct amp_buf *ring, struct amp_buf *spare, const struct amp_rect *rect)
{
    for (int side = 0; side < SIDES; side++) {
        size_t n = amp_xy_n(ring);
        const struct amp_xy *xy = amp_xy_of(ring);
        amp_buf_clear(spare);
        for (size_t i = 0; i < n; i++) {
            struct amp_xy a = xy[i == 0 ? n - 1 : i - 1];
            struct amp_xy b = xy[i];
            bool a_in = inside(a, rect, side) >= 0;
            bool b_in = inside(b, rect, side) >= 0;
            if (a_in != b_in) {
                struct amp_xy p = crossing(a, b, rect, side);
                amp_buf_put(spare, &p, sizeof(p));
            }
            if (b_in) {
                amp_buf_put(spare, &b, sizeof(b));
            }
        }
        struct amp_buf swap = *ring;
        *ring = *spare;
        *spare = swap;
    }
}

/* The piece of a-b inside; false if there is none. */
static bool segment_clip(struct amp_xy *a, struct amp_xy *b, const struct amp_rect *rect)
{
    for (int side = 0; side < SIDES; side++) {
        bool a_in = inside(*a, rect, side) >= 0;
        bool b_in = inside(*b, rect, side) >= 0;
        if (!a_in && !b_in) {
            return false;
        }
        if (!a_in) {
            *a = crossing(*b, *a, rect, side);
        } else if (!b_in) {
            *b = crossing(*a, *b, rect, side);
        }
    }
    return true;
}

static bool same(struct amp_xy a, struct amp_xy b)
{
    return a.x == b.x && a.y == b.y;
}

void amp_clip_line(const struct amp_xy *xy, size_t n, const struct amp_rect *rect,
                   struct amp_buf *out, struct amp_buf *counts)
{
    uint32_t piece = 0;
    struct amp_xy last = {0, 0};
    for (size_t i = 1; i < n; i++) {
        struct amp_xy a = xy[i - 1];
        struct amp_xy b = xy[i];
        if (!segment_clip(&a, &b, rect)) {
            continue;
        }
        if (piece > 0 && !same(last, a)) {
            amp_buf_put(counts, &piece, sizeof(piece));
            piece = 0;
        }
        if (piece == 0) {
            amp_buf_put(out, &a, sizeof(a));
            piece = 1;
        }
        amp_buf_put(out, &b, sizeof(b));
        piece++;
        last = b;
    }
    if (piece > 0) {
        amp_buf_put(counts, &piece, sizeof(piece));
    }
}

/* Squared distance of p from the segment a-b. */
static double distance2(struct amp_xy p, struct amp_xy a, struct amp_xy b)
{
    double dx = (double)(b.x - a.x);
    double dy = (double)(b.y - a.y);
    double px = (double)(p.x - a.x);
    double py = (double)(p.y - a.y);
    double len2 = dx * dx + dy * dy;
    double t = len2 > 0 ? (px * dx + py * dy) / len2 : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    double ex = px - t * dx;
    double ey = py - t * dy;
    return ex * ex + ey * ey;
}

/* Mark what stays of xy[first..last], both of which stay. */
static void block_simplify(const struct amp_xy *xy, size_t first, size_t last, double tolerance2,
                           bool *stays)
{
    struct {
        size_t first, last;
    } stack[BLOCK];
    size_t n = 0;
    stack[n].first = first;
    stack[n++].last = last;
    stays[first] = true;
    stays[last] = true;
    while (n > 0) {
        size_t a = stack[--n].first;
        size_t b = stack[n].last;
        size_t far = a;
        double most = tolerance2;
        for (size_t i = a + 1; i < b; i++) {
            double d = distance2(xy[i], xy[a], xy[b]);
            if (d > most) {
                most = d;
                far = i;
            }
        }
        if (far != a && n + 2 <= BLOCK) {
            stays[far] = true;
            stack[n].first = a;
            stack[n++].last = far;
            stack[n].first = far;
            stack[n++].last = b;
        }
    }
}

size_t amp_line_simplify(struct amp_xy *xy, size_t n, int64_t tolerance)
{
    size_t kept = 0;
    double tolerance2 = (double)(tolerance * tolerance);
    for (size_t first = 0; first + 1 < n;) {
        bool stays[BLOCK] = {false};
        size_t last = first + BLOCK - 1 < n - 1 ? first + BLOCK - 1 : n - 1;
        block_simplify(xy + first, 0, last - first, tolerance2, stays);
        for (size_t i = first; i < last; i++) {
            if (stays[i - first]) {
                xy[kept++] = xy[i];
            }
        }
        first = last;
    }
    if (n > 0) {
        xy[kept++] = xy[n - 1];
    }
    return kept;
}

size_t amp_line_unrepeat(struct amp_xy *xy, size_t n, bool ring)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || !same(xy[kept - 1], xy[i])) {
            xy[kept++] = xy[i];
        }
    }
    while (ring && kept > 1 && same(xy[0], xy[kept - 1])) {
        kept--;
    }
    return kept;
}

int64_t amp_ring_area2(const struct amp_xy *xy, size_t n)
{
    int64_t area2 = 0;
    for (size_t i = 0; i < n; i++) {
        struct amp_xy a = xy[i];
        struct amp_xy b = xy[i + 1 < n ? i + 1 : 0];
        area2 += a.x * b.y - b.x * a.y;
    }
    return area2;
}
