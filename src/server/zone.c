/* The zone of the process, by the C library. */
#include "server/zone.h"
#include "base/timefmt.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ZONES     "/usr/share/zoneinfo"
#define ZONE_LINK "/etc/localtime"

enum {
    PATH_BYTES = 512,
    YEAR_ZERO = 1900, /* of struct tm */
    YEAR_LAST = 9999
};

static bool name_is_plain(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++) {
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/", name[i]) ==
            NULL) {
            return false;
        }
    }
    return n > 0 && n < AMP_ZONE_TEXT && name[0] != '/';
}

static bool zone_is_there(const char *name)
{
    char path[PATH_BYTES];
    const char *folder = getenv("TZDIR");
    int n = snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : ZONES, name);
    return n > 0 && n < (int)sizeof path && access(path, R_OK) == 0;
}

amp_err amp_zone_set(const char *name, struct amp_why *why)
{
    if (name != NULL) {
        bool utc = strcmp(name, "UTC") == 0;
        if (!name_is_plain(name) || (!utc && !zone_is_there(name))) {
            return amp_fail(why, AMP_E_NOT_FOUND,
                            "this machine knows no time zone \"%.60s\": it is written like "
                            "Africa/Maputo, and the package tzdata has them",
                            name);
        }
        if (setenv("TZ", utc ? "UTC0" : name, 1) != 0) {
            return amp_fail(why, AMP_E_NOMEM, "not enough memory for the time zone");
        }
    }
    tzset();
    return AMP_OK;
}

void amp_zone_name(char out[AMP_ZONE_TEXT])
{
    char target[PATH_BYTES] = {0};
    const char *name = getenv("TZ");
    if (name == NULL || name[0] == '\0') {
        ssize_t n = readlink(ZONE_LINK, target, sizeof target - 1);
        const char *at = n > 0 ? strstr(target, "zoneinfo/") : NULL;
        name = at != NULL                     ? at + strlen("zoneinfo/")
               : access(ZONE_LINK, F_OK) == 0 ? "local"
                                              : "UTC";
    }
    name += name[0] == ':' ? 1 : 0;
    (void)snprintf(out, AMP_ZONE_TEXT, "%s", strcmp(name, "UTC0") == 0 ? "UTC" : name);
}

struct amp_when amp_zone_when(int64_t utc_us)
{
    time_t s = (time_t)(utc_us / AMP_US_PER_S - (utc_us % AMP_US_PER_S < 0 ? 1 : 0));
    struct tm tm;
    if (localtime_r(&s, &tm) == NULL || tm.tm_year <= -YEAR_ZERO ||
        tm.tm_year > YEAR_LAST - YEAR_ZERO) {
        return (struct amp_when){.known = false};
    }
    return (struct amp_when){.known = true,
                             .year = (uint16_t)(tm.tm_year + YEAR_ZERO),
                             .month = (uint8_t)(tm.tm_mon + 1),
                             .day = (uint8_t)tm.tm_mday,
                             .weekday = (uint8_t)((tm.tm_wday + 6) % 7),
                             .minute = (uint16_t)(tm.tm_hour * 60 + tm.tm_min)};
}

void amp_when_text(const struct amp_when *when, char out[AMP_WHEN_TEXT])
{
    out[0] = '\0';
    if (when->known) {
        (void)snprintf(out, AMP_WHEN_TEXT, "%04u-%02u-%02uT%02u:%02u", when->year, when->month,
                       when->day, when->minute / 60U, when->minute % 60U);
    }
}
