/* A list of crews or places as CSV: id,lat,lon, in any order of columns if a header names them. */
#include "cli/unitlist.h"
#include "base/csv.h"

#include <string.h>
#include <strings.h>

enum column {
    ID,
    LAT,
    LON,
    COLUMNS
};

static bool word_is(struct amp_str field, const char *word)
{
    struct amp_str trimmed = amp_str_trim(field);
    return trimmed.len == strlen(word) && strncasecmp(trimmed.ptr, word, trimmed.len) == 0;
}

/* If the record is a header, where its columns are. */
static bool header_read(const struct amp_csv *csv, size_t column[COLUMNS])
{
    static const char *const word[COLUMNS] = {"id", "lat", "lon"};
    size_t found[COLUMNS];
    for (int c = 0; c < COLUMNS; c++) {
        size_t i = 0;
        while (i < csv->field_n && !word_is(csv->field[i], word[c])) {
            i++;
        }
        if (i == csv->field_n) {
            return false;
        }
        found[c] = i;
    }
    memcpy(column, found, sizeof(found));
    return true;
}

static amp_err unit_read(const struct amp_csv *csv, const size_t column[COLUMNS],
                         struct amp_cli_unit *out, struct amp_why *why)
{
    unsigned long long line = csv->line;
    for (int c = 0; c < COLUMNS; c++) {
        if (column[c] >= csv->field_n) {
            return amp_fail(why, AMP_E_SYNTAX,
                            "line %llu of the units has %zu fields; id,lat,lon are needed", line,
                            csv->field_n);
        }
    }
    struct amp_str id = amp_str_trim(csv->field[column[ID]]);
    int64_t lat = 0, lon = 0;
    if (id.len == 0) {
        return amp_fail(why, AMP_E_SYNTAX, "line %llu of the units has no id", line);
    }
    if (amp_str_fixed(amp_str_trim(csv->field[column[LAT]]), 7, &lat) != AMP_OK ||
        amp_str_fixed(amp_str_trim(csv->field[column[LON]]), 7, &lon) != AMP_OK) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "line %llu of the units: its lat and lon must be decimal degrees", line);
    }
    if (!amp_pos_valid(lat, lon)) {
        return amp_fail(why, AMP_E_RANGE,
                        "line %llu of the units: there is no such position on Earth", line);
    }
    out->id = id;
    out->pos = (struct amp_pos){(int32_t)lat, (int32_t)lon};
    return AMP_OK;
}

amp_err amp_cli_units_read(struct amp_str text, struct amp_arena *arena, struct amp_cli_units *out,
                           struct amp_why *why)
{
    struct amp_csv *csv = amp_arena_alloc(arena, sizeof(*csv)); /* it is large */
    size_t column[COLUMNS] = {ID, LAT, LON};
    size_t line_n = 1;
    for (size_t i = 0; i < text.len; i++) {
        line_n += text.ptr[i] == '\n' || text.ptr[i] == '\r';
    }
    struct amp_cli_unit *unit = amp_arena_array(arena, line_n, sizeof(*unit));
    if (csv == NULL || unit == NULL) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory for the units");
    }
    *csv = amp_csv_make(text);
    for (size_t n = 0, record = 0;; record++) {
        bool end = false;
        amp_err err = amp_csv_next(csv, arena, &end, why);
        if (err || end) {
            *out = (struct amp_cli_units){unit, n};
            return err;
        }
        if (record == 0 && header_read(csv, column)) {
            continue;
        }
        if (n == AMP_NEAREST_UNITS) {
            return amp_fail(why, AMP_E_LIMIT, "more than %d units", AMP_NEAREST_UNITS);
        }
        err = unit_read(csv, column, &unit[n], why);
        if (err == AMP_E_SYNTAX && record == 0) {
            return amp_fail(why, err,
                            "the units begin neither with id,lat,lon of a crew nor with a header "
                            "that names these columns, with commas between");
        }
        if (err) {
            return err;
        }
        n++;
    }
}
