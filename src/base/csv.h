/*
 * Comma-separated values after RFC 4180, bounded: one record at a time from a text in memory.
 *
 * Quoted fields may hold commas, line ends and doubled quotes. LF and CRLF end a record; a UTF-8
 * byte order mark at the start is skipped. What is wrong is told with the line it starts on.
 */
#ifndef AMP_BASE_CSV_H
#define AMP_BASE_CSV_H

#include "base/arena.h"

enum {
    AMP_CSV_FIELDS = 256
};

struct amp_csv {
    struct amp_str text;
    size_t pos;
    uint64_t line; /* where the last record began, from 1 */
    uint64_t next_line;
    struct amp_str field[AMP_CSV_FIELDS];
    size_t field_n;
};

struct amp_csv amp_csv_make(struct amp_str text);
/* The next record that is not an empty line; *end is true when there is none. Fields with doubled
 * quotes are copied into the arena, the others are views of the text. */
AMP_MUST amp_err amp_csv_next(struct amp_csv *csv, struct amp_arena *arena, bool *end,
                              struct amp_why *why);

#endif
