/* Traces from CSV, GPX and GeoJSON. */
#include "map/trace.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "base/xml.h"
#include "map/region.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum {
    E7_DIGITS = 7
};
static const double us_per_s = 1e6;
static const double accuracy_share = 0.68;
static const double time_most_s = 3e11; /* as far as RFC 3339 reaches */

struct reader {
    struct amp_buf fixes; /* struct amp_match_fix */
    double last_s;
    struct amp_why *why;
};

static size_t reader_n(const struct reader *rd)
{
    return rd->fixes.len / sizeof(struct amp_match_fix);
}

static amp_err fix_put(struct reader *rd, const struct amp_match_fix *fix)
{
    size_t n = reader_n(rd);
    if (n > 0 && fix->time_s < rd->last_s) {
        return amp_fail(rd->why, AMP_E_RANGE, "the time of report %zu lies before the last one's",
                        n + 1);
    }
    rd->last_s = fix->time_s;
    amp_buf_put(&rd->fixes, fix, sizeof(*fix));
    if (amp_buf_err(&rd->fixes) == AMP_E_LIMIT) {
        return amp_fail(rd->why, AMP_E_LIMIT, "a trace has at most %d reports", AMP_TRACE_POINTS);
    }
    return amp_buf_err(&rd->fixes);
}

static bool time_read(struct amp_str text, double *out_s)
{
    int64_t time_us = 0;
    text = amp_str_trim(text);
    if (amp_time_parse(text, &time_us) == AMP_OK) {
        *out_s = (double)time_us / us_per_s;
        return true;
    }
    return amp_str_double(text, out_s) == AMP_OK && fabs(*out_s) <= time_most_s;
}

static bool pos_read(struct amp_str lat, struct amp_str lon, struct amp_pos *out)
{
    int64_t lat_e7 = 0, lon_e7 = 0;
    if (amp_str_fixed(amp_str_trim(lat), E7_DIGITS, &lat_e7) ||
        amp_str_fixed(amp_str_trim(lon), E7_DIGITS, &lon_e7) || !amp_pos_valid(lat_e7, lon_e7)) {
        return false;
    }
    *out = (struct amp_pos){(int32_t)lat_e7, (int32_t)lon_e7};
    return true;
}

/* ---- CSV ---- */

enum column {
    TIME,
    LAT,
    LON,
    HEADING,
    ACCURACY,
    COLUMNS
};
static const char *const column_name[COLUMNS] = {"time", "lat", "lon", "heading_deg", "accuracy_m"};

static bool header_read(const struct amp_csv *csv, size_t at[COLUMNS])
{
    size_t found[COLUMNS];
    for (int c = 0; c < COLUMNS; c++) {
        found[c] = AMP_CSV_FIELDS;
        for (size_t i = 0; i < csv->field_n; i++) {
            struct amp_str word = amp_str_trim(csv->field[i]);
            if (word.len == strlen(column_name[c]) &&
                strncasecmp(word.ptr, column_name[c], word.len) == 0) {
                found[c] = i;
            }
        }
    }
    if (found[TIME] == AMP_CSV_FIELDS || found[LAT] == AMP_CSV_FIELDS ||
        found[LON] == AMP_CSV_FIELDS) {
        return false;
    }
    memcpy(at, found, sizeof(found));
    return true;
}

/* An empty field is a value that is not known. */
static bool number_read(const struct amp_csv *csv, size_t at, double low, double high, double *out)
{
    struct amp_str text = at < csv->field_n ? amp_str_trim(csv->field[at]) : (struct amp_str){0};
    double value = 0;
    if (text.len == 0) {
        return true;
    }
    if (amp_str_double(text, &value) || !(value >= low && value <= high)) {
        return false;
    }
    *out = value;
    return true;
}

static amp_err record_read(const struct amp_csv *csv, const size_t at[COLUMNS], struct reader *rd)
{
    struct amp_match_fix fix = {.heading_deg = -1};
    double accuracy_m = 0;
    unsigned long long line = csv->line;
    if (at[TIME] >= csv->field_n || at[LAT] >= csv->field_n || at[LON] >= csv->field_n) {
        return amp_fail(rd->why, AMP_E_SYNTAX, "line %llu has %zu fields; time,lat,lon are needed",
                        line, csv->field_n);
    }
    if (!time_read(csv->field[at[TIME]], &fix.time_s)) {
        return amp_fail(rd->why, AMP_E_SYNTAX,
                        "line %llu: its time is neither RFC 3339 nor seconds", line);
    }
    if (!pos_read(csv->field[at[LAT]], csv->field[at[LON]], &fix.pos)) {
        return amp_fail(rd->why, AMP_E_SYNTAX,
                        "line %llu: its lat and lon are no decimal degrees on Earth", line);
    }
    if (!number_read(csv, at[HEADING], 0, 360, &fix.heading_deg) ||
        !number_read(csv, at[ACCURACY], 0, AMP_SNAP_MAX_M, &accuracy_m)) {
        return amp_fail(rd->why, AMP_E_RANGE,
                        "line %llu: a heading is 0 to 360 degrees, an accuracy 0 to %d m", line,
                        (int)AMP_SNAP_MAX_M);
    }
    fix.sigma_m = accuracy_m / amp_gauss_radius(accuracy_share);
    return fix_put(rd, &fix);
}

static amp_err csv_read(struct amp_str text, struct amp_arena *arena, struct reader *rd)
{
    struct amp_csv *csv = amp_arena_alloc(arena, sizeof(*csv)); /* it is large */
    size_t at[COLUMNS] = {TIME, LAT, LON, AMP_CSV_FIELDS, AMP_CSV_FIELDS};
    if (csv == NULL) {
        return AMP_E_NOMEM;
    }
    *csv = amp_csv_make(text);
    for (size_t record = 0;; record++) {
        bool end = false;
        amp_err err = amp_csv_next(csv, arena, &end, rd->why);
        if (err || end) {
            return err;
        }
        if (record == 0 && header_read(csv, at)) {
            continue;
        }
        err = record_read(csv, at, rd);
        if (err) {
            return err;
        }
    }
}

/* ---- GPX ---- */

struct gpx {
    struct reader *rd;
    struct amp_match_fix fix;
    bool within; /* a trkpt */
    bool timed;
};

static const char *local_name(const char *name)
{
    const char *bar = strrchr(name, '|');
    return bar != NULL ? bar + 1 : name;
}

static amp_err gpx_start(void *ctx, const char *name, const char *const *attrs)
{
    struct gpx *gpx = ctx;
    if (strcmp(local_name(name), "trkpt") != 0) {
        return AMP_OK;
    }
    gpx->fix = (struct amp_match_fix){.heading_deg = -1};
    gpx->within = true;
    gpx->timed = false;
    if (!pos_read(amp_str_of(amp_xml_attr(attrs, "lat")), amp_str_of(amp_xml_attr(attrs, "lon")),
                  &gpx->fix.pos)) {
        return amp_fail(gpx->rd->why, AMP_E_SYNTAX, "trkpt %zu is no position on Earth",
                        reader_n(gpx->rd) + 1);
    }
    return AMP_OK;
}

static amp_err gpx_end(void *ctx, const char *name, struct amp_str text)
{
    struct gpx *gpx = ctx;
    if (gpx->within && strcmp(local_name(name), "time") == 0) {
        gpx->timed = time_read(text, &gpx->fix.time_s);
    }
    if (!gpx->within || strcmp(local_name(name), "trkpt") != 0) {
        return AMP_OK;
    }
    gpx->within = false;
    if (!gpx->timed) {
        return amp_fail(gpx->rd->why, AMP_E_MISSING, "trkpt %zu has no time",
                        reader_n(gpx->rd) + 1);
    }
    return fix_put(gpx->rd, &gpx->fix);
}

static amp_err gpx_read(struct amp_str text, struct reader *rd)
{
    struct gpx gpx = {.rd = rd};
    struct amp_xml_handler handler = {.ctx = &gpx, .start = gpx_start, .end = gpx_end};
    return amp_xml_parse(text, AMP_TRACE_BYTES, &handler, rd->why);
}

/* ---- GeoJSON ---- */

static const json_t *times_of(const json_t *feature)
{
    const json_t *properties = json_object_get(feature, "properties");
    const json_t *times = json_object_get(properties, "times");
    times = times != NULL ? times : json_object_get(properties, "coordTimes");
    return times != NULL
               ? times
               : json_object_get(json_object_get(properties, "coordinateProperties"), "times");
}

static bool type_is(const json_t *value, const char *type)
{
    const char *text = json_string_value(json_object_get(value, "type"));
    return text != NULL && strcmp(text, type) == 0;
}

static bool coordinate_read(const json_t *pair, struct amp_pos *out)
{
    const json_t *lon = json_array_get(pair, 0), *lat = json_array_get(pair, 1);
    return json_is_number(lon) && json_is_number(lat) &&
           amp_pos_of_degrees(json_number_value(lat), json_number_value(lon), out) == AMP_OK;
}

static bool json_time(const json_t *value, double *out_s)
{
    if (json_is_string(value)) {
        return time_read(amp_str_of(json_string_value(value)), out_s);
    }
    *out_s = json_number_value(value);
    return json_is_number(value) && fabs(*out_s) <= time_most_s;
}

static amp_err line_read(const json_t *line, const json_t *times, struct reader *rd)
{
    const json_t *points = json_object_get(line, "coordinates");
    size_t n = json_array_size(points);
    if (!type_is(line, "LineString") || n == 0) {
        return amp_fail(rd->why, AMP_E_SYNTAX, "a GeoJSON trace is a LineString");
    }
    if (json_array_size(times) != n) {
        return amp_fail(rd->why, AMP_E_MISSING,
                        "the LineString has %zu positions and %zu times in its properties", n,
                        json_array_size(times));
    }
    for (size_t i = 0; i < n; i++) {
        struct amp_match_fix fix = {.heading_deg = -1};
        if (!coordinate_read(json_array_get(points, i), &fix.pos) ||
            !json_time(json_array_get(times, i), &fix.time_s)) {
            return amp_fail(rd->why, AMP_E_SYNTAX, "report %zu has no position or no time", i + 1);
        }
        amp_err err = fix_put(rd, &fix);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

static amp_err geojson_read(struct amp_str text, struct reader *rd)
{
    json_t *root = NULL;
    amp_err err = amp_json_read(text, AMP_TRACE_BYTES, &root, rd->why);
    if (err) {
        return err;
    }
    const json_t *feature = root;
    if (type_is(root, "FeatureCollection")) {
        feature = json_array_get(json_object_get(root, "features"), 0);
    }
    const json_t *line =
        type_is(feature, "Feature") ? json_object_get(feature, "geometry") : feature;
    err = line_read(line, times_of(feature), rd);
    json_decref(root);
    return err;
}

/* ---- all ---- */

amp_err amp_trace_read(struct amp_str text, struct amp_arena *arena, struct amp_trace *out,
                       struct amp_why *why)
{
    struct reader rd = {.fixes = amp_buf_make(AMP_TRACE_POINTS * sizeof(struct amp_match_fix)),
                        .why = why};
    struct amp_str seen = amp_str_trim(text);
    amp_err err = AMP_OK;
    if (text.len > AMP_TRACE_BYTES) {
        err = amp_fail(why, AMP_E_LIMIT, "a trace has at most %d bytes", AMP_TRACE_BYTES);
    } else if (seen.len > 0 && seen.ptr[0] == '{') {
        err = geojson_read(text, &rd);
    } else if (seen.len > 0 && seen.ptr[0] == '<') {
        err = gpx_read(text, &rd);
    } else {
        err = csv_read(text, arena, &rd);
    }
    size_t n = reader_n(&rd);
    struct amp_match_fix *fix = err ? NULL : amp_arena_array(arena, n + 1, sizeof(*fix));
    if (!err && n == 0) {
        err = amp_fail(why, AMP_E_MISSING, "the trace has no reports");
    } else if (!err && fix == NULL) {
        err = AMP_E_NOMEM;
    } else if (!err) {
        memcpy(fix, rd.fixes.data, n * sizeof(*fix));
        *out = (struct amp_trace){fix, n};
    }
    amp_buf_free(&rd.fixes);
    return err;
}
