/* Reading JSON: jansson behind a bound on size and depth, and typed members. */
#include "base/crypto.h"
#include "base/json.h"
#include <stdlib.h>
#include <string.h>

/* Where a value nests deeper than AMP_JSON_DEPTH, or 0. Jansson's own bound is compiled in. */
static size_t depth_exceeded_at(struct amp_str text)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > AMP_JSON_DEPTH) {
                return i;
            }
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return 0;
}

static amp_err depth_refuse(struct amp_str text, size_t at, struct amp_why *why)
{
    size_t line = 1;
    size_t column = 1;
    for (size_t i = 0; i < at; i++) {
        bool ends = text.ptr[i] == '\n';
        line += ends;
        column = ends ? 1 : column + 1;
    }
    return amp_fail(why, AMP_E_LIMIT,
                    "the JSON text nests deeper than %d at line %zu, column %zu; send it flatter",
                    (int)AMP_JSON_DEPTH, line, column);
}

/* Jansson quotes the input up to a byte, which may be within a character: such bytes become '?'. */
static void text_mend(char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        size_t step = amp_utf8_step(text, left);
        if (step == 0) {
            *text = '?';
            step = 1;
        }
        text += step;
        left -= step;
    }
}

/* Jansson calls a text wrong in which it had no memory for a string, or takes the string without
 * what it had no room for. Whether that happened to this thread only the allocator knows. */
static _Thread_local bool was_short;

static void *value_alloc(size_t size)
{
    void *ptr = malloc(size);
    was_short = was_short || ptr == NULL;
    return ptr;
}

void amp_json_start(void)
{
    json_set_alloc_funcs(value_alloc, amp_wipe_free);
}

amp_err amp_json_read(struct amp_str text, size_t max_bytes, json_t **out, struct amp_why *why)
{
    if (text.len > max_bytes) {
        return amp_fail(why, AMP_E_LIMIT, "the JSON text has %zu bytes; at most %zu are accepted",
                        text.len, max_bytes);
    }
    size_t deep = depth_exceeded_at(text);
    if (deep) {
        return depth_refuse(text, deep, why);
    }
    json_error_t error;
    was_short = false;
    json_t *root = json_loadb(text.len ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES, &error);
    if (was_short || (!root && json_error_code(&error) == json_error_out_of_memory)) {
        json_decref(root);
        return amp_fail(why, AMP_E_NOMEM, "there is not enough memory to read the JSON text");
    }
    if (!root) {
        text_mend(error.text);
        return amp_fail(why, AMP_E_SYNTAX, "the JSON text is wrong at line %d, column %d: %s",
                        error.line, error.column, error.text);
    }
    *out = root;
    return AMP_OK;
}

/* The member, or NULL in *out if absent or null. */
static amp_err member(const json_t *obj, const char *name, const json_t **out, struct amp_why *why)
{
    if (!json_is_object(obj)) {
        return amp_fail(why, AMP_E_SYNTAX, "an object with a member \"%s\" is expected here", name);
    }
    const json_t *value = json_object_get(obj, name);
    *out = json_is_null(value) ? NULL : value;
    return AMP_OK;
}

static amp_err wrong_type(const char *name, const char *wanted, struct amp_why *why)
{
    return amp_fail(why, AMP_E_SYNTAX, "the member \"%s\" must be %s", name, wanted);
}

amp_err amp_json_str(const json_t *obj, const char *name, struct amp_str *out, struct amp_why *why)
{
    const json_t *value = NULL;
    amp_err err = member(obj, name, &value, why);
    if (err || !value) {
        return err;
    }
    if (!json_is_string(value)) {
        return wrong_type(name, "a string", why);
    }
    *out = (struct amp_str){.ptr = json_string_value(value), .len = json_string_length(value)};
    return AMP_OK;
}

/* The emitter's form of a number of more than 53 bits. */
static bool wide_i64(const json_t *value, int64_t *out)
{
    const int64_t exact = INT64_C(1) << 53;
    struct amp_str text = {.ptr = json_string_value(value), .len = json_string_length(value)};
    int64_t number = 0;
    if (!json_is_string(value) || amp_str_i64(text, &number) ||
        (number > -exact && number < exact)) {
        return false;
    }
    *out = number;
    return true;
}

amp_err amp_json_i64(const json_t *obj, const char *name, int64_t *out, struct amp_why *why)
{
    const json_t *value = NULL;
    amp_err err = member(obj, name, &value, why);
    if (err || !value) {
        return err;
    }
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return AMP_OK;
    }
    return wide_i64(value, out) ? AMP_OK : wrong_type(name, "a whole number", why);
}

amp_err amp_json_num(const json_t *obj, const char *name, double *out, struct amp_why *why)
{
    const json_t *value = NULL;
    amp_err err = member(obj, name, &value, why);
    if (err || !value) {
        return err;
    }
    if (!json_is_number(value)) {
        return wrong_type(name, "a number", why);
    }
    *out = json_number_value(value);
    return AMP_OK;
}

amp_err amp_json_bool(const json_t *obj, const char *name, bool *out, struct amp_why *why)
{
    const json_t *value = NULL;
    amp_err err = member(obj, name, &value, why);
    if (err || !value) {
        return err;
    }
    if (!json_is_boolean(value)) {
        return wrong_type(name, "true or false", why);
    }
    *out = json_is_true(value);
    return AMP_OK;
}

amp_err amp_json_pos(const json_t *obj, struct amp_pos *out, bool *found, struct amp_why *why)
{
    const json_t *lat = NULL;
    const json_t *lon = NULL;
    double lat_deg = 0;
    double lon_deg = 0;
    amp_err err = member(obj, "lat", &lat, why);
    err = err ? err : member(obj, "lon", &lon, why);
    err = err ? err : amp_json_num(obj, "lat", &lat_deg, why);
    err = err ? err : amp_json_num(obj, "lon", &lon_deg, why);
    if (err) {
        return err;
    }
    if (!lat != !lon) {
        return amp_fail(why, AMP_E_MISSING, "the member \"%s\" is there but \"%s\" is missing",
                        lat ? "lat" : "lon", lat ? "lon" : "lat");
    }
    if (lat && amp_pos_of_degrees(lat_deg, lon_deg, out)) {
        return amp_fail(why, AMP_E_RANGE,
                        "lat %g must be within -90..90 and lon %g within -180..180", lat_deg,
                        lon_deg);
    }
    *found = lat != NULL;
    return AMP_OK;
}
