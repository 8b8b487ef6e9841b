/*
 * Cursor on Target, the way out: our crews and incidents as events that TAK clients show.
 *
 * Reading is two rows of fleet.h. Types are those every TAK client draws: a-f-G-E-V-C a friendly
 * civil ground vehicle, a-f-A-C-H a civil helicopter, a-f-S a vessel, a-f-G one on the ground,
 * b-m-p-s-m a marked spot; an event of type t-x-d-d takes another off the map. A point whose error
 * is not known says 9999999. Source: Cursor on Target event schema 2.0 (MITRE, MP090284).
 */
#ifndef AMP_FLEET_COT_H
#define AMP_FLEET_COT_H

#include "base/buf.h"
#include "base/geo.h"

#define AMP_COT_SPOT   "b-m-p-s-m"
#define AMP_COT_DELETE "t-x-d-d"

struct amp_cot_event {
    struct amp_str uid; /* the same for the same thing; our own begin with "amparo." */
    const char *type;
    struct amp_str callsign; /* what is written beside it */
    struct amp_str remarks;  /* may be empty */
    struct amp_pos pos;
    int32_t heading_deg, speed_kmh, accuracy_m; /* -1 unknown */
    int64_t time_us, stale_us;
};

/* The type of a crew by its kind, as a unit has it. */
const char *amp_cot_type(struct amp_str kind);
/* One event, complete, without a declaration in front. A DELETE takes the one with this uid off. */
void amp_cot_write(struct amp_buf *out, const struct amp_cot_event *event);

#endif
