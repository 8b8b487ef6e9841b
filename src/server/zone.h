/*
 * The local time of the place that is served: the clocks there decide which conditional access and
 * which opening hours hold.
 *
 * One zone a process, as C has it: set before threads begin, read by any of them. Rules of the zone
 * are those of the machine (IANA tz database), summer time included.
 */
#ifndef AMP_SERVER_ZONE_H
#define AMP_SERVER_ZONE_H

#include "base/err.h"
#include "map/hours.h"

enum {
    AMP_ZONE_TEXT = 64
};

/* "Africa/Maputo" or "UTC"; NULL keeps the zone of the machine. AMP_E_NOT_FOUND for one that the
 * machine does not know. Before any thread begins. */
AMP_MUST amp_err amp_zone_set(const char *name, struct amp_why *why);
/* Its name: TZ, else what /etc/localtime points to, else "UTC" or "local". */
void amp_zone_name(char out[AMP_ZONE_TEXT]);
/* What the clocks there show at a UTC time in microseconds since 1970; not known beyond the years
 * 1 to 9999. Any thread. */
struct amp_when amp_zone_when(int64_t utc_us);
enum {
    AMP_WHEN_TEXT = 32
};
/* "2026-11-26T08:15"; "" when it is not known. */
void amp_when_text(const struct amp_when *when, char out[AMP_WHEN_TEXT]);

#endif
