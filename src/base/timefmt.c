/* Proleptic Gregorian calendar in UTC, and RFC 3339 text. */
#include "base/timefmt.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>

enum {
    DAYS_TO_1970 = 719162,
    S_PER_DAY = 86400,
    DAYS_PER_400_YEARS = 146097
};

static const int days_before[13] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
    return days_before[month] - days_before[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 0001-01-01 to the first of January of the year. */
static int64_t days_to_year(int year)
{
    int past = year - 1;
    return INT64_C(365) * past + past / 4 - past / 100 + past / 400;
}

amp_err amp_time_civil(int year, int month, int day, int hour, int minute, int second,
                       int64_t *out_us)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12) {
        return AMP_E_RANGE;
    }
    if (day < 1 || day > month_days(year, month)) {
        return AMP_E_RANGE;
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
        return AMP_E_RANGE;
    }
    int64_t days = days_to_year(year) + days_before[month - 1] + (month > 2 && is_leap(year)) +
                   day - 1 - DAYS_TO_1970;
    *out_us = (days * S_PER_DAY + hour * 3600 + minute * 60 + second) * AMP_US_PER_S;
    return AMP_OK;
}

/* The year, and the day in it, of a day counted from 0001-01-01. */
static int year_of_day(int64_t day, int *out_day)
{
    int year = (int)(day * 400 / DAYS_PER_400_YEARS) + 1; /* right, or one beside */
    if (days_to_year(year) > day) {
        year--;
    } else if (days_to_year(year + 1) <= day) {
        year++;
    }
    *out_day = (int)(day - days_to_year(year));
    return year;
}

static char *put_digits(char *at, unsigned value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

static char *put_date(char *at, int64_t day)
{
    int in_year = 0;
    int year = year_of_day(day, &in_year);
    int month = 1;
    while (in_year >= month_days(year, month)) {
        in_year -= month_days(year, month);
        month++;
    }
    at = put_digits(at, (unsigned)year, 4);
    *at++ = '-';
    at = put_digits(at, (unsigned)month, 2);
    *at++ = '-';
    return put_digits(at, (unsigned)in_year + 1, 2);
}

void amp_time_text(int64_t time_us, char out[AMP_TIME_TEXT])
{
    if (time_us < AMP_TIME_MIN_US) {
        time_us = AMP_TIME_MIN_US;
    } else if (time_us > AMP_TIME_MAX_US) {
        time_us = AMP_TIME_MAX_US;
    }
    int64_t since_us = time_us - AMP_TIME_MIN_US;
    int64_t since_s = since_us / AMP_US_PER_S;
    unsigned fraction = (unsigned)(since_us % AMP_US_PER_S);
    unsigned second = (unsigned)(since_s % S_PER_DAY);
    char *at = put_date(out, since_s / S_PER_DAY);
    *at++ = 'T';
    at = put_digits(at, second / 3600, 2);
    *at++ = ':';
    at = put_digits(at, second / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, second % 60, 2);
    if (fraction) {
        *at++ = '.';
        at = put_digits(at, fraction, 6);
    }
    *at++ = 'Z';
    *at = '\0';
    assert(at - out < AMP_TIME_TEXT);
}

/* What is left to read; the error is sticky, like that of a reader. */
struct scan {
    struct amp_str rest;
    bool bad;
};

static int scan_digits(struct scan *sc, size_t count)
{
    if (sc->rest.len < count) {
        sc->bad = true;
        return 0;
    }
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        char c = sc->rest.ptr[i];
        if (c < '0' || c > '9') {
            sc->bad = true;
            return 0;
        }
        value = value * 10 + (c - '0');
    }
    sc->rest.ptr += count;
    sc->rest.len -= count;
    return value;
}

/* The next character if it is one of the set, else 0. */
static char scan_one_of(struct scan *sc, const char *set)
{
    for (; sc->rest.len && *set; set++) {
        if (sc->rest.ptr[0] == *set) {
            sc->rest.ptr++;
            sc->rest.len--;
            return *set;
        }
    }
    return 0;
}

static void scan_sign(struct scan *sc, const char *set)
{
    if (!scan_one_of(sc, set)) {
        sc->bad = true;
    }
}

/* Microseconds; what is finer is cut off. */
static int scan_fraction(struct scan *sc)
{
    if (!scan_one_of(sc, ".")) {
        return 0;
    }
    int value_us = 0;
    int count = 0;
    while (sc->rest.len && sc->rest.ptr[0] >= '0' && sc->rest.ptr[0] <= '9') {
        int digit = scan_digits(sc, 1);
        value_us = count < 6 ? value_us * 10 + digit : value_us;
        count++;
    }
    if (count < 1 || count > 9) {
        sc->bad = true;
    }
    for (; count < 6; count++) {
        value_us *= 10;
    }
    return value_us;
}

/* Minutes that local time is ahead of UTC; sets *out_range if it is none. */
static int scan_offset(struct scan *sc, bool *out_range)
{
    if (scan_one_of(sc, "Zz")) {
        return 0;
    }
    char sign = scan_one_of(sc, "+-");
    if (!sign) {
        sc->bad = true;
        return 0;
    }
    int hours = scan_digits(sc, 2);
    scan_sign(sc, ":");
    int minutes = scan_digits(sc, 2);
    *out_range = hours > 23 || minutes > 59;
    return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

/* RFC 3339 section 5.7: a leap second stands at 23:59:60 UTC at the end of a month. */
static bool leap_second_can_be(int64_t minute_us)
{
    char text[AMP_TIME_TEXT];
    int64_t next_us = minute_us + 60 * AMP_US_PER_S;
    if (next_us > AMP_TIME_MAX_US) {
        return true; /* the last minute of 9999 */
    }
    amp_time_text(next_us, text);
    return amp_str_is((struct amp_str){.ptr = text + 8, .len = 12}, "01T00:00:00Z");
}

amp_err amp_time_parse(struct amp_str text, int64_t *out_us)
{
    struct scan sc = {.rest = text};
    int year = scan_digits(&sc, 4);
    scan_sign(&sc, "-");
    int month = scan_digits(&sc, 2);
    scan_sign(&sc, "-");
    int day = scan_digits(&sc, 2);
    scan_sign(&sc, "Tt");
    int hour = scan_digits(&sc, 2);
    scan_sign(&sc, ":");
    int minute = scan_digits(&sc, 2);
    scan_sign(&sc, ":");
    int second = scan_digits(&sc, 2);
    int fraction_us = scan_fraction(&sc);
    bool no_offset = false;
    int offset_min = scan_offset(&sc, &no_offset);
    if (sc.bad || sc.rest.len) {
        return AMP_E_SYNTAX;
    }
    bool leap = second == 60;
    int64_t minute_us = 0;
    if (no_offset || second > 60 || amp_time_civil(year, month, day, hour, minute, 0, &minute_us)) {
        return AMP_E_RANGE;
    }
    minute_us -= offset_min * 60 * AMP_US_PER_S;
    if (minute_us < AMP_TIME_MIN_US || minute_us > AMP_TIME_MAX_US ||
        (leap && !leap_second_can_be(minute_us))) {
        return AMP_E_RANGE;
    }
    *out_us = minute_us + (leap ? 60 * AMP_US_PER_S - 1 : second * AMP_US_PER_S + fraction_us);
    return AMP_OK;
}

void amp_duration_text(double seconds, char out[AMP_TIME_TEXT])
{
    const double most_s = 3.6e12; /* 1e9 hours; more is no duration of ours */
    if (isnan(seconds)) {
        (void)snprintf(out, AMP_TIME_TEXT, "unknown");
        return;
    }
    double size_s = fmin(fabs(seconds), most_s);
    long long whole_s = llround(size_s);
    const char *sign = seconds < 0 && whole_s > 0 ? "-" : "";
    if (whole_s < 60) {
        (void)snprintf(out, AMP_TIME_TEXT, "%s%lld s", sign, whole_s);
    } else if (whole_s < 3600) {
        (void)snprintf(out, AMP_TIME_TEXT, "%s%lld min %02lld s", sign, whole_s / 60, whole_s % 60);
    } else {
        long long whole_min = (whole_s + 30) / 60;
        (void)snprintf(out, AMP_TIME_TEXT, "%s%lld h %02lld min", sign, whole_min / 60,
                       whole_min % 60);
    }
}
