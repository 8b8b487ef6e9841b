/*
 * UTC time as int64_t microseconds since 1970-01-01T00:00:00Z, and its RFC 3339 form.
 *
 * Variables of this kind end in `_us`. There is no clock here: time comes in from server, cli and
 * the bench. Nothing here reads the zone of the machine.
 */
#ifndef AMP_BASE_TIMEFMT_H
#define AMP_BASE_TIMEFMT_H

#include "base/str.h"

enum {
    AMP_TIME_TEXT = 32
};
#define AMP_US_PER_S INT64_C(1000000)

/* Years 0001 to 9999 can be written; both limits are named so that a caller can refuse. */
#define AMP_TIME_MIN_US (INT64_C(-62135596800) * AMP_US_PER_S)
#define AMP_TIME_MAX_US (INT64_C(253402300799) * AMP_US_PER_S + 999999)

/* "2026-11-23T13:05:09.123456Z"; the fraction is left out when it is zero. Clamped to the limits.
 */
void amp_time_text(int64_t time_us, char out[AMP_TIME_TEXT]);
/* RFC 3339 section 5.6, any offset, up to 9 fraction digits; leap second :60 counts as :59.999999.
 */
AMP_MUST amp_err amp_time_parse(struct amp_str text, int64_t *out_us);
/* Civil UTC date and time to microseconds; AMP_E_RANGE when there is no such moment. */
AMP_MUST amp_err amp_time_civil(int year, int month, int day, int hour, int minute, int second,
                                int64_t *out_us);
/* "4 min 10 s", "35 s", "2 h 05 min": for reasons and tables. */
void amp_duration_text(double seconds, char out[AMP_TIME_TEXT]);

#endif
