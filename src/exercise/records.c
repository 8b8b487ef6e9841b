/* Reading call records by a mapping: columns found by name, times, words, numbers for names. */
#include "exercise/records.h"

#include "base/csv.h"
#include "base/timefmt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMN_NONE = AMP_CSV_FIELDS
};

struct columns {
    size_t call, unit, kind, type, priority, place, position;
    size_t step[AMP_STEPS];
};

struct names {      /* open addressing from text to number */
    uint32_t *slot; /* number + 1; 0 is empty */
    size_t slot_n;
    struct amp_named *named;
    size_t n;
};

static size_t column_find(const struct amp_csv *head, const char *name)
{
    for (size_t i = 0; i < head->field_n; i++) {
        if (amp_str_is(amp_str_trim(head->field[i]), name)) {
            return i;
        }
    }
    return COLUMN_NONE;
}

/* false, and the first absent column's name, if one is missing. */
static bool columns_find(const struct amp_csv *head, const struct amp_mapping *mapping,
                         struct columns *out, const char **missing)
{
    const struct {
        const char *name;
        size_t *at;
    } wanted[] = {
        {mapping->call_column, &out->call},         {mapping->unit_column, &out->unit},
        {mapping->kind_column, &out->kind},         {mapping->type_column, &out->type},
        {mapping->priority_column, &out->priority}, {mapping->place_column, &out->place},
        {mapping->position_column, &out->position},
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        *wanted[i].at = column_find(head, wanted[i].name);
        if (*wanted[i].at == COLUMN_NONE) {
            *missing = wanted[i].name;
            return false;
        }
    }
    for (size_t i = 0; i < AMP_STEPS; i++) {
        out->step[i] = column_find(head, mapping->step_column[i]);
        if (out->step[i] == COLUMN_NONE) {
            *missing = mapping->step_column[i];
            return false;
        }
    }
    return true;
}

static amp_err mapping_choose(const struct amp_csv *head, const struct amp_mapping **mapping,
                              struct columns *columns, struct amp_why *why)
{
    const char *missing = "";
    if (*mapping != NULL) {
        return columns_find(head, *mapping, columns, &missing)
                   ? AMP_OK
                   : amp_fail(why, AMP_E_SYNTAX, "line 1: there is no column \"%s\"", missing);
    }
    for (size_t i = 0; i < amp_mapping_count(); i++) {
        if (columns_find(head, amp_mapping_at(i), columns, &missing)) {
            *mapping = amp_mapping_at(i);
            return AMP_OK;
        }
    }
    return amp_fail(why, AMP_E_UNSUPPORTED,
                    "line 1: no mapping knows these columns (the last one missed was \"%s\")",
                    missing);
}

static uint64_t text_hash(struct amp_str text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

/* The number of a name, new names get the next one. There is always an empty slot. */
static uint32_t name_number(struct names *names, struct amp_str text)
{
    size_t at = (size_t)text_hash(text) & (names->slot_n - 1);
    while (names->slot[at] != 0) {
        if (amp_str_eq(names->named[names->slot[at] - 1].name, text)) {
            return names->slot[at] - 1;
        }
        at = (at + 1) & (names->slot_n - 1);
    }
    names->named[names->n].name = text;
    names->slot[at] = (uint32_t)++names->n;
    return names->slot[at] - 1;
}

static amp_err names_make(struct amp_arena *arena, size_t rows, struct names *out)
{
    size_t slot_n = 64;
    while (slot_n < 2 * rows) {
        slot_n *= 2;
    }
    out->slot_n = slot_n;
    out->slot = amp_arena_array(arena, slot_n, sizeof(*out->slot));
    out->named = amp_arena_array(arena, rows + 1, sizeof(*out->named));
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

static const char *word_map(const struct amp_mapping_word *words, struct amp_str theirs)
{
    while (words->theirs != NULL && !amp_str_is(theirs, words->theirs)) {
        words++;
    }
    return words->ours;
}

static bool number_at(struct amp_str text, size_t from, size_t n, int *out)
{
    int value = 0;
    for (size_t i = from; i < from + n; i++) {
        if (i >= text.len || text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

/* "MM/DD/YYYY hh:mm:ss AM" or RFC 3339; blank is AMP_NO_TIME. */
static amp_err time_read(struct amp_str text, int64_t utc_offset_s, int64_t *out_us)
{
    text = amp_str_trim(text);
    if (text.len == 0) {
        *out_us = AMP_NO_TIME;
        return AMP_OK;
    }
    int month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0;
    bool american = text.len == 22 && text.ptr[2] == '/' && text.ptr[5] == '/' &&
                    text.ptr[13] == ':' && text.ptr[16] == ':' && text.ptr[21] == 'M' &&
                    number_at(text, 0, 2, &month) && number_at(text, 3, 2, &day) &&
                    number_at(text, 6, 4, &year) && number_at(text, 11, 2, &hour) &&
                    number_at(text, 14, 2, &minute) && number_at(text, 17, 2, &second);
    if (!american) {
        return amp_time_parse(text, out_us);
    }
    bool afternoon = text.ptr[20] == 'P';
    if ((!afternoon && text.ptr[20] != 'A') || hour < 1 || hour > 12) {
        return AMP_E_SYNTAX;
    }
    int64_t local_us = 0;
    amp_err err = amp_time_civil(year, month, day, hour % 12 + (afternoon ? 12 : 0), minute, second,
                                 &local_us);
    if (!err) {
        *out_us = local_us - utc_offset_s * AMP_US_PER_S;
    }
    return err;
}

/* "(37.7, -122.4)" */
static bool position_read(struct amp_str text, struct amp_pos *out)
{
    text = amp_str_trim(text);
    if (text.len < 2 || text.ptr[0] != '(' || text.ptr[text.len - 1] != ')') {
        return false;
    }
    struct amp_str lat = {0};
    struct amp_str lon =
        amp_str_cut((struct amp_str){.ptr = text.ptr + 1, .len = text.len - 2}, ',', &lat);
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    if (amp_str_fixed(amp_str_trim(lat), 7, &lat_e7) ||
        amp_str_fixed(amp_str_trim(lon), 7, &lon_e7) || !amp_pos_valid(lat_e7, lon_e7)) {
        return false;
    }
    *out = (struct amp_pos){.lat_e7 = (int32_t)lat_e7, .lon_e7 = (int32_t)lon_e7};
    return true;
}

struct reading {
    const struct amp_replay_input *input;
    const struct amp_mapping *mapping;
    struct columns columns;
    struct names calls, units;
};

static amp_err row_read(struct reading *reading, const struct amp_csv *csv, struct amp_row *row,
                        struct amp_why *why)
{
    const struct columns *columns = &reading->columns;
    row->line = csv->line;
    for (size_t i = 0; i < AMP_STEPS; i++) {
        struct amp_str text = csv->field[columns->step[i]];
        if (time_read(text, reading->input->utc_offset_s, &row->at_us[i])) {
            return amp_fail(why, AMP_E_SYNTAX, "line %" PRIu64 ": column \"%s\" is not a time",
                            row->line, reading->mapping->step_column[i]);
        }
    }
    struct amp_str call = amp_str_trim(csv->field[columns->call]);
    struct amp_str unit = amp_str_trim(csv->field[columns->unit]);
    if (call.len == 0 || unit.len == 0 || row->at_us[AMP_STEP_RECEIVED] == AMP_NO_TIME) {
        return amp_fail(why, AMP_E_MISSING,
                        "line %" PRIu64 ": call, unit and the time it was received must be there",
                        row->line);
    }
    row->call = name_number(&reading->calls, call);
    row->unit = name_number(&reading->units, unit);
    const struct amp_mapping *mapping = reading->mapping;
    reading->units.named[row->unit].kind = word_map(mapping->kind, csv->field[columns->kind]);
    row->type = word_map(mapping->type, csv->field[columns->type]);
    row->priority = word_map(mapping->priority, csv->field[columns->priority]);
    row->place = csv->field[columns->place];
    row->placed = position_read(csv->field[columns->position], &row->pos);
    return AMP_OK;
}

/* An upper bound for the rows: line ends in the text. */
static size_t lines_count(struct amp_str text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.len; i++) {
        n += text.ptr[i] == '\n';
    }
    return n;
}

static amp_err rows_read(struct reading *reading, struct amp_csv *csv, struct amp_arena *arena,
                         struct amp_records *records, struct amp_why *why)
{
    const size_t columns = csv->field_n;
    for (;;) {
        bool end = false;
        amp_err err = amp_csv_next(csv, arena, &end, why);
        if (err || end) {
            return err;
        }
        if (csv->field_n != columns) {
            return amp_fail(why, AMP_E_SYNTAX,
                            "line %" PRIu64 ": %zu fields where the head has %zu", csv->line,
                            csv->field_n, columns);
        }
        err = row_read(reading, csv, &records->row[records->row_n], why);
        if (err) {
            return err;
        }
        records->row_n++;
    }
}

amp_err amp_records_read(const struct amp_replay_input *input, struct amp_arena *arena,
                         struct amp_records *out, struct amp_why *why)
{
    struct amp_csv csv = amp_csv_make(input->csv);
    bool end = false;
    amp_err err = amp_csv_next(&csv, arena, &end, why);
    if (err || end) {
        return err ? err : amp_fail(why, AMP_E_SYNTAX, "the file is empty");
    }
    struct reading reading = {.input = input, .mapping = input->mapping};
    err = mapping_choose(&csv, &reading.mapping, &reading.columns, why);
    size_t most = lines_count(input->csv);
    if (!err && most > AMP_REPLAY_ROWS) {
        err = amp_fail(why, AMP_E_LIMIT, "more than %d rows", AMP_REPLAY_ROWS);
    }
    err = err ? err : names_make(arena, most, &reading.calls);
    err = err ? err : names_make(arena, most, &reading.units);
    struct amp_records records = {0};
    if (!err) {
        records.row = amp_arena_array(arena, most, sizeof(*records.row));
        err = records.row == NULL ? AMP_E_NOMEM : AMP_OK;
    }
    err = err ? err : rows_read(&reading, &csv, arena, &records, why);
    if (err) {
        return err;
    }
    records.call = reading.calls.named;
    records.call_n = reading.calls.n;
    records.unit = reading.units.named;
    records.unit_n = reading.units.n;
    *out = records;
    return AMP_OK;
}

int64_t amp_row_end(const struct amp_row *row)
{
    int64_t end_us = row->at_us[AMP_STEP_AVAILABLE];
    if (end_us != AMP_NO_TIME) {
        return end_us;
    }
    for (size_t i = 0; i < AMP_STEPS; i++) {
        end_us = row->at_us[i] > end_us ? row->at_us[i] : end_us;
    }
    return end_us;
}
