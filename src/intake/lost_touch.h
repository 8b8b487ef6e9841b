/*
 * Which centres of a table of LoST have an area that touches another one.
 *
 * Whether it touches is asked of the caller, who knows the other shape. Lines for everywhere (`*`)
 * and areas of addresses alone have no border, and are passed over. A centre is named once, however
 * many services and areas it has.
 */
#ifndef AMP_INTAKE_LOST_TOUCH_H
#define AMP_INTAKE_LOST_TOUCH_H

#include "intake/lost_table.h"

enum {
    AMP_LOST_CENTRES = 64 /* at most named */
};

struct amp_lost_centre { /* views into the table */
    struct amp_str name; /* as people read it */
    struct amp_str area, number, uris;
};
struct amp_lost_touching {
    void *ctx;
    bool (*polygon)(void *ctx, const struct amp_pos *corner, size_t n);
    bool (*area)(void *ctx, uint32_t area); /* of the map */
};

/* How many were written to out. */
size_t amp_lost_centres(const struct amp_lost_ground *ground,
                        const struct amp_lost_touching *touching,
                        struct amp_lost_centre out[AMP_LOST_CENTRES]);

#endif
