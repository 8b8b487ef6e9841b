/* What an event of Cursor on Target says, in whichever form it came, and the report it makes. */
#ifndef AMP_FLEET_COT_IN_H
#define AMP_FLEET_COT_IN_H

#include "fleet/fleet.h"

struct amp_cot_seen {
    struct amp_str type, how, uid, callsign; /* live as long as the report's arena */
    bool timed;                              /* its time could be read */
    bool pointed, placed;                    /* it has a point; of decimal degrees */
    bool endpoint;                           /* it is a client's own: where one reaches it */
    int64_t time_us, lat_e7, lon_e7;
    double ce_m, course_deg, speed_mps; /* NAN: not said */
};

struct amp_cot_seen amp_cot_none(void);
/* Is it a position of a friend or a friend's call for help, and not one that we have sent? */
bool amp_cot_wanted(struct amp_str type, struct amp_str uid);
void amp_cot_report(const struct amp_cot_seen *seen, int64_t now_us, struct amp_fleet_report *out);

#endif
