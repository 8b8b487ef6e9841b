/* When a conditional tag holds: the reader and the judge of hours.h. */
#include "map/hours.h"
#include "base/timefmt.h"
#include "map/road_values.h"

#include <math.h>
#include <string.h>

enum {
    MONTH_UNIT = 32, /* a day of the year is MONTH_UNIT * month + day */
    YEAR_LAST = 12 * MONTH_UNIT + 31,
    ALL_DAYS = 0x7f,
    VALUE_TEXT = 64
};

static const char *const weekday_word[7] = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};
static const char *const month_word[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* ---- a cursor over the text of a condition ---- */

struct cursor {
    const char *at, *end;
};

static void blanks_skip(struct cursor *cur)
{
    while (cur->at < cur->end && (*cur->at == ' ' || *cur->at == '\t')) {
        cur->at++;
    }
}

static bool take(struct cursor *cur, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(cur->end - cur->at) < n || memcmp(cur->at, word, n) != 0) {
        return false;
    }
    cur->at += n;
    return true;
}

static int take_word(struct cursor *cur, const char *const *word, int n)
{
    for (int i = 0; i < n; i++) {
        if (take(cur, word[i])) {
            return i;
        }
    }
    return -1;
}

/* Up to four digits; -1 where there are none. */
static int take_number(struct cursor *cur)
{
    int value = -1;
    for (int i = 0; i < 4 && cur->at < cur->end && *cur->at >= '0' && *cur->at <= '9'; i++) {
        value = (value < 0 ? 0 : value) * 10 + (*cur->at++ - '0');
    }
    return value;
}

/* "07:00", "24:00", "26:00": minutes, or -1. */
static int take_minute(struct cursor *cur)
{
    struct cursor from = *cur;
    int hour = take_number(&from);
    if (hour < 0 || hour > 48 || !take(&from, ":")) {
        return -1;
    }
    int minute = take_number(&from);
    if (minute < 0 || minute > 59) {
        return -1;
    }
    *cur = from;
    return hour * 60 + minute;
}

/* ---- one rule: months, weekdays, times ---- */

struct rule {
    uint16_t day_from, day_to;
    uint8_t days;
    bool holiday, weekdays;
};

/* "May", "Dec 15": a day of the year; *whole when no day of the month was said. */
static int take_date(struct cursor *cur, bool *whole)
{
    int month = take_word(cur, month_word, 12);
    if (month < 0) {
        return -1;
    }
    struct cursor ahead = *cur;
    blanks_skip(&ahead);
    int day = take_number(&ahead);
    bool dated = day >= 1 && day <= 31 && (ahead.at == ahead.end || *ahead.at != ':');
    *whole = !dated;
    if (dated) {
        *cur = ahead;
    }
    return (month + 1) * MONTH_UNIT + (dated ? day : 0);
}

static bool dates_read(struct cursor *cur, struct rule *rule)
{
    bool whole = false;
    int from = take_date(cur, &whole);
    if (from < 0) {
        return true; /* none: all the year */
    }
    int to = from;
    rule->day_from = (uint16_t)from;
    blanks_skip(cur);
    if (take(cur, "-")) {
        blanks_skip(cur);
        struct cursor ahead = *cur;
        int day = take_number(&ahead);
        if (day >= 1 && day <= 31 && !whole) { /* "Dec 15-20" */
            *cur = ahead;
            to = from / MONTH_UNIT * MONTH_UNIT + day;
        } else {
            to = take_date(cur, &whole);
        }
        if (to < 0) {
            return false;
        }
    }
    rule->day_to = (uint16_t)(to % MONTH_UNIT == 0 ? to + 31 : to);
    blanks_skip(cur);
    return cur->at == cur->end || *cur->at != ','; /* lists of dates are not read */
}

static uint8_t days_between(int from, int to)
{
    uint8_t days = 0;
    for (int day = from;; day = (day + 1) % 7) {
        days |= (uint8_t)(1 << day);
        if (day == to) {
            return days;
        }
    }
}

static bool weekdays_read(struct cursor *cur, struct rule *rule)
{
    uint8_t days = 0;
    bool any = false;
    for (;;) {
        struct cursor ahead = *cur;
        blanks_skip(&ahead);
        if (take(&ahead, "PH") || take(&ahead, "SH")) {
            rule->holiday = any = true;
        } else {
            int from = take_word(&ahead, weekday_word, 7), to = from;
            if (from < 0) {
                break;
            }
            if (take(&ahead, "-") && (to = take_word(&ahead, weekday_word, 7)) < 0) {
                return false;
            }
            days |= days_between(from, to);
            any = true;
        }
        *cur = ahead;
        if (!take(cur, ",")) {
            break;
        }
    }
    rule->weekdays = any;
    rule->days = any ? days : ALL_DAYS;
    blanks_skip(cur);
    (void)take(cur, ":"); /* "Mo-Fr: 07:00-09:00", as some write */
    blanks_skip(cur);
    return true;
}

static bool row_put(struct amp_condition *out, const struct rule *rule, int from, int to,
                    uint8_t flags)
{
    if (out->row_n == AMP_HOURS_ROWS) {
        return false;
    }
    bool only_holiday = rule->holiday && rule->days == 0;
    out->row[out->row_n++] =
        (struct amp_hours_row){.days = rule->days,
                               .flags = (uint8_t)(flags | (only_holiday ? AMP_HOURS_HOLIDAY : 0)),
                               .day_from = rule->day_from,
                               .day_to = rule->day_to,
                               .from_min = (uint16_t)from,
                               .to_min = (uint16_t)to};
    return true;
}

static bool times_read(struct cursor *cur, const struct rule *rule, struct amp_condition *out)
{
    uint8_t flags = AMP_HOURS_BEGINS;
    do {
        blanks_skip(cur);
        int from = take_minute(cur);
        blanks_skip(cur);
        if (from < 0 || from >= AMP_HOURS_DAY_MIN || !take(cur, "-")) {
            return false;
        }
        blanks_skip(cur);
        int to = take_minute(cur);
        if (to < 0) {
            return false;
        }
        to += to <= from ? AMP_HOURS_DAY_MIN : 0;
        if (!row_put(out, rule, from, to, flags)) {
            return false;
        }
        flags = 0;
        blanks_skip(cur);
    } while (take(cur, ","));
    return true;
}

static bool rule_read(struct cursor *cur, struct amp_condition *out)
{
    struct rule rule = {.day_from = MONTH_UNIT, .day_to = YEAR_LAST, .days = ALL_DAYS};
    blanks_skip(cur);
    if (take(cur, "24/7")) {
        return row_put(out, &rule, 0, AMP_HOURS_DAY_MIN, AMP_HOURS_BEGINS);
    }
    const char *begin = cur->at;
    if (!dates_read(cur, &rule) || !weekdays_read(cur, &rule)) {
        return false;
    }
    bool said = cur->at > begin;
    if (said && (cur->at == cur->end || *cur->at == ';')) {
        return row_put(out, &rule, 0, AMP_HOURS_DAY_MIN, AMP_HOURS_BEGINS);
    }
    if (take(cur, "off") || take(cur, "closed")) {
        return row_put(out, &rule, 0, AMP_HOURS_DAY_MIN, AMP_HOURS_BEGINS | AMP_HOURS_OFF);
    }
    return times_read(cur, &rule, out);
}

static bool hours_read(struct amp_str text, struct amp_condition *out)
{
    struct cursor cur = {text.ptr, text.ptr + text.len};
    do {
        blanks_skip(&cur);
        if (cur.at == cur.end) {
            return out->row_n > 0; /* a semicolon at the end */
        }
        if (!rule_read(&cur, out)) {
            return false;
        }
        blanks_skip(&cur);
    } while (take(&cur, ";"));
    return cur.at == cur.end && out->row_n > 0;
}

/* ---- sizes: weight>7.5, maxheight <= 3.5 m ---- */

static const struct {
    const char *word;
    enum amp_size size;
} size_word[] = {
    {"height", AMP_SIZE_HEIGHT},       {"width", AMP_SIZE_WIDTH},   {"length", AMP_SIZE_LENGTH},
    {"weightrating", AMP_SIZE_WEIGHT}, {"weight", AMP_SIZE_WEIGHT}, {"axleload", AMP_SIZE_AXLE},
};

static bool than_read(struct cursor *cur, uint8_t *than)
{
    if (take(cur, ">=")) {
        *than = AMP_MORE_OR_EQUAL;
    } else if (take(cur, ">")) {
        *than = AMP_MORE;
    } else if (take(cur, "<=")) {
        *than = AMP_LESS_OR_EQUAL;
    } else if (take(cur, "<")) {
        *than = AMP_LESS;
    } else {
        return false;
    }
    blanks_skip(cur);
    return true;
}

static bool size_read(struct amp_str text, struct amp_size_test *out)
{
    struct cursor cur = {text.ptr, text.ptr + text.len};
    for (size_t i = 0; i < sizeof(size_word) / sizeof(size_word[0]); i++) {
        if (!take(&cur, size_word[i].word)) {
            continue;
        }
        char value[VALUE_TEXT];
        blanks_skip(&cur);
        if (!than_read(&cur, &out->than) ||
            amp_str_copy(value, sizeof(value),
                         (struct amp_str){cur.at, (size_t)(cur.end - cur.at)}) != AMP_OK) {
            return false;
        }
        bool mass = size_word[i].size >= AMP_SIZE_WEIGHT;
        double limit = mass ? amp_weight_kg(value) / 10 : amp_length_cm(value);
        if (!(limit > 0 && limit < UINT16_MAX)) {
            return false;
        }
        out->size = (uint8_t)size_word[i].size;
        out->limit = (uint16_t)lround(limit);
        return true;
    }
    return false;
}

/* ---- clauses ---- */

/* "Mo-Fr 07:00-19:00 AND weight>7.5": one of each kind at most. */
static bool condition_read(struct amp_str text, struct amp_condition *out)
{
    while (text.len > 0) {
        struct amp_str part = text;
        size_t i = 0;
        while (i + 5 <= text.len && memcmp(text.ptr + i, " AND ", 5) != 0 &&
               memcmp(text.ptr + i, " and ", 5) != 0) {
            i++;
        }
        if (i + 5 <= text.len) {
            part.len = i;
            text = (struct amp_str){text.ptr + i + 5, text.len - i - 5};
        } else {
            text.len = 0;
        }
        part = amp_str_trim(part);
        bool size = out->test.size == AMP_SIZE_NONE && size_read(part, &out->test);
        if (!size && (out->row_n > 0 || !hours_read(part, out))) {
            return false;
        }
    }
    return true;
}

/* The end of a clause: the `;` outside of parentheses that a new `@` follows, or the end. */
static const char *clause_end(const char *at, const char *end)
{
    int depth = 0;
    for (; at < end; at++) {
        depth += *at == '(' ? 1 : *at == ')' && depth > 0 ? -1 : 0;
        if (*at != ';' || depth > 0) {
            continue;
        }
        const char *next = at + 1;
        while (next < end && *next != ';' && *next != '@') {
            next++;
        }
        if (next < end && *next == '@') {
            return at;
        }
    }
    return end;
}

size_t amp_clauses_read(const char *text, struct amp_clause out[AMP_HOURS_CLAUSES])
{
    size_t n = 0;
    const char *at = text == NULL ? "" : text;
    const char *end = at + strlen(at);
    while (at < end && n < AMP_HOURS_CLAUSES) {
        const char *stop = clause_end(at, end);
        struct amp_str value = {NULL, 0};
        struct amp_str rest = amp_str_cut((struct amp_str){at, (size_t)(stop - at)}, '@', &value);
        rest = amp_str_trim(rest);
        if (rest.len >= 2 && rest.ptr[0] == '(' && rest.ptr[rest.len - 1] == ')') {
            rest = amp_str_trim((struct amp_str){rest.ptr + 1, rest.len - 2});
        }
        struct amp_clause *clause = &out[n++];
        memset(clause, 0, sizeof(*clause));
        clause->value = amp_str_trim(value);
        clause->condition.understood = rest.len > 0 && condition_read(rest, &clause->condition);
        at = stop + (stop < end ? 1 : 0);
    }
    return n;
}

/* ---- judging ---- */

bool amp_hours_row_fits(const struct amp_hours_row *row)
{
    return row->days <= ALL_DAYS && row->flags < 8 && row->from_min < AMP_HOURS_DAY_MIN &&
           row->to_min > row->from_min && row->to_min <= 3 * AMP_HOURS_DAY_MIN &&
           row->day_from <= YEAR_LAST && row->day_to <= YEAR_LAST;
}

static bool date_fits(const struct amp_hours_row *row, unsigned day)
{
    return row->day_from <= row->day_to ? day >= row->day_from && day <= row->day_to
                                        : day >= row->day_from || day <= row->day_to;
}

static unsigned day_before(const struct amp_when *when)
{
    static const uint8_t month_days[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (when->day > 1) {
        return when->month * (unsigned)MONTH_UNIT + when->day - 1U;
    }
    unsigned month = when->month > 1 ? when->month - 1U : 12U;
    return month * MONTH_UNIT + month_days[month - 1];
}

enum amp_truth amp_hours_at(const struct amp_hours_row *row, size_t n, const struct amp_when *when)
{
    if (n == 0) {
        return AMP_TRUE;
    }
    if (!when->known) {
        return AMP_UNKNOWN;
    }
    bool holds = false, said = false;
    unsigned today = when->month * (unsigned)MONTH_UNIT + when->day;
    unsigned yesterday = day_before(when);
    for (size_t i = 0; i < n; i++) {
        if (row[i].flags & AMP_HOURS_HOLIDAY) {
            continue;
        }
        said = true;
        bool on = !(row[i].flags & AMP_HOURS_OFF);
        if ((row[i].days >> when->weekday & 1) && date_fits(&row[i], today)) {
            holds = row[i].flags & AMP_HOURS_BEGINS ? false : holds;
            if (when->minute >= row[i].from_min && when->minute < row[i].to_min) {
                holds = on;
            }
        }
        bool late = when->minute + (unsigned)AMP_HOURS_DAY_MIN < row[i].to_min;
        if (late && (row[i].days >> (when->weekday + 6) % 7 & 1) && date_fits(&row[i], yesterday)) {
            holds = on;
        }
    }
    return !said ? AMP_UNKNOWN : holds ? AMP_TRUE : AMP_FALSE;
}

enum amp_truth amp_size_holds(const struct amp_size_test *test, const double size[AMP_SIZE_COUNT])
{
    if (test->size == AMP_SIZE_NONE) {
        return AMP_TRUE;
    }
    double own = size[test->size];
    if (!(own > 0)) {
        return AMP_UNKNOWN;
    }
    bool holds = test->than == AMP_MORE            ? own > test->limit
                 : test->than == AMP_MORE_OR_EQUAL ? own >= test->limit
                 : test->than == AMP_LESS          ? own < test->limit
                                                   : own <= test->limit;
    return holds ? AMP_TRUE : AMP_FALSE;
}

amp_err amp_when_parse(struct amp_str text, struct amp_when *out)
{
    enum {
        MINUTES = 16, /* bytes of 2026-11-26T08:15 */
        SECONDS = 19,
        FULL = 21
    };
    char full[FULL] = {0};
    int64_t us = 0;
    if (text.len != MINUTES && text.len != SECONDS) {
        return AMP_E_SYNTAX;
    }
    memcpy(full, text.ptr, text.len);
    memcpy(full + text.len, text.len == MINUTES ? ":00Z" : "Z", text.len == MINUTES ? 4 : 1);
    amp_err err = amp_time_parse(amp_str_of(full), &us);
    if (err) {
        return err;
    }
    const int64_t day_us = AMP_HOURS_DAY_MIN * 60 * AMP_US_PER_S;
    int64_t days = us / day_us - (us % day_us < 0 ? 1 : 0);
    *out = (struct amp_when){.known = true,
                             .year = (uint16_t)((full[0] - '0') * 1000 + (full[1] - '0') * 100 +
                                                (full[2] - '0') * 10 + full[3] - '0'),
                             .month = (uint8_t)((full[5] - '0') * 10 + full[6] - '0'),
                             .day = (uint8_t)((full[8] - '0') * 10 + full[9] - '0'),
                             .weekday = (uint8_t)(((days + 3) % 7 + 7) % 7), /* 1970: Thursday */
                             .minute = (uint16_t)((full[11] - '0') * 600 + (full[12] - '0') * 60 +
                                                  (full[14] - '0') * 10 + full[15] - '0')};
    return AMP_OK;
}
