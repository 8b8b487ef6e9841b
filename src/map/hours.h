/*
 * When a conditional tag holds: the usual part of the opening_hours language, and the clauses
 * `value @ (condition); value @ condition` around it.
 *
 * Read are months and days of months ("May-Sep", "Dec 15-Jan 10"), weekdays ("Mo-Fr", "Sa,Su"),
 * times ("07:00-19:00,22:00-02:00"), `24/7`, `off`, rules after `;`, and sizes ("weight>7.5").
 * Public and school holidays (PH, SH) are not known to any map: a rule for them alone says nothing,
 * and where all rules are for them the whole is unknown. Anything else is not understood, and the
 * caller takes the stricter reading. Pure; bounded by AMP_HOURS_ROWS. Sources: OSM wiki
 * Key:opening_hours/specification, Conditional_restrictions (read in 2026).
 */
#ifndef AMP_MAP_HOURS_H
#define AMP_MAP_HOURS_H

#include "base/str.h"

enum {
    AMP_HOURS_ROWS = 32, /* of one condition */
    AMP_HOURS_DAY_MIN = 1440,
    AMP_HOURS_CLAUSES = 8, /* of one tag */
    AMP_HOURS_SIZES = 2    /* compared in one condition */
};

/* A moment as the clocks on the map show it. */
struct amp_when {
    bool known;
    uint16_t year;      /* decides nothing: to be shown */
    uint8_t month, day; /* from 1 */
    uint8_t weekday;    /* 0 is Monday */
    uint16_t minute;    /* of the day */
};
/* "2026-11-26T08:15" (seconds may follow, a zone may not: it is the local time of the map). */
AMP_MUST amp_err amp_when_parse(struct amp_str text, struct amp_when *out);

enum amp_hours_flag {
    AMP_HOURS_BEGINS = 1, /* the row begins a rule: where its day fits, earlier rules are void */
    AMP_HOURS_OFF = 2,
    AMP_HOURS_HOLIDAY = 4 /* of holidays only */
};
/* As it lies in the file. */
struct amp_hours_row {
    uint8_t days; /* bit d: weekday d */
    uint8_t flags;
    uint16_t day_from, day_to; /* 32 * month + day, both included; from > to wraps the year */
    uint16_t from_min, to_min; /* to may be beyond AMP_HOURS_DAY_MIN: into the next day */
};
bool amp_hours_row_fits(const struct amp_hours_row *row); /* what a hostile file may say */

enum amp_truth {
    AMP_FALSE,
    AMP_TRUE,
    AMP_UNKNOWN
};

enum amp_size { /* what a condition may compare */
    AMP_SIZE_NONE,
    AMP_SIZE_HEIGHT, /* cm */
    AMP_SIZE_WIDTH,  /* cm */
    AMP_SIZE_LENGTH, /* cm */
    AMP_SIZE_WEIGHT, /* 10 kg */
    AMP_SIZE_AXLE,   /* 10 kg */
    AMP_SIZE_COUNT
};
enum amp_size_than {
    AMP_MORE,
    AMP_MORE_OR_EQUAL,
    AMP_LESS,
    AMP_LESS_OR_EQUAL
};
struct amp_size_test {
    uint8_t size; /* enum amp_size */
    uint8_t than; /* enum amp_size_than */
    uint16_t limit;
};

struct amp_condition {
    struct amp_hours_row row[AMP_HOURS_ROWS];
    uint8_t row_n;
    struct amp_size_test test;
    bool understood;
};

struct amp_clause {
    struct amp_str value;
    struct amp_condition condition;
};

/* The clauses of a conditional tag, in their order (the last that holds wins); returns how many,
 * at most AMP_HOURS_CLAUSES. A clause that is not understood is there, marked so. */
size_t amp_clauses_read(const char *text, struct amp_clause out[AMP_HOURS_CLAUSES]);
/* Whether the hours hold at a moment; a list of no rows always holds. */
enum amp_truth amp_hours_at(const struct amp_hours_row *row, size_t n, const struct amp_when *when);
/* size[enum amp_size]: of a vehicle, 0 when unknown. */
enum amp_truth amp_size_holds(const struct amp_size_test *test, const double size[AMP_SIZE_COUNT]);

#endif
