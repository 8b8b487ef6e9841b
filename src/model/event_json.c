/* Fields as JSON, and the bodies of commands, driven by the rows. */
#include "base/json.h"
#include "base/timefmt.h"
#include "model/field.h"
#include "model/words.h"
#include <assert.h>
#include <math.h>

static void id_write(struct amp_json *js, void (*text_of)(uint32_t, char *), uint32_t n)
{
    char text[AMP_ID_TEXT];
    text_of(n, text);
    amp_json_put_text(js, text);
}

static void incident_text(uint32_t n, char *out)
{
    amp_incident_id_text((struct amp_incident_id){n}, out);
}

static void call_text(uint32_t n, char *out)
{
    amp_call_id_text((struct amp_call_id){n}, out);
}

static void closure_text(uint32_t n, char *out)
{
    amp_closure_id_text((struct amp_closure_id){n}, out);
}

static void pos_write(struct amp_json *js, const struct amp_pos *pos)
{
    amp_json_open(js, '{');
    amp_json_pos_of(js, *pos);
    amp_json_close(js, '}');
}

/* As a position is written: 7 decimals, exact. */
static void points_write(struct amp_json *js, const struct amp_points *points)
{
    amp_json_open(js, '[');
    for (size_t i = 0; i < points->n; i++) {
        amp_json_put_point(js, points->point[i]);
    }
    amp_json_close(js, ']');
}

void amp_field_write(struct amp_json *js, const struct amp_fields *fields, enum amp_field field)
{
    const struct amp_field_row *row = &amp_field_rows[field];
    const void *at = (const char *)fields + row->offset;
    switch (row->type) {
    case AMP_TYPE_INCIDENT:
        id_write(js, incident_text, ((const struct amp_incident_id *)at)->n);
        break;
    case AMP_TYPE_CALL:
        id_write(js, call_text, ((const struct amp_call_id *)at)->n);
        break;
    case AMP_TYPE_CLOSURE:
        id_write(js, closure_text, ((const struct amp_closure_id *)at)->n);
        break;
    case AMP_TYPE_WORD:
    case AMP_TYPE_LINE:
    case AMP_TYPE_TEXT:
    case AMP_TYPE_DOCUMENT:
        amp_json_put_str(js, *(const struct amp_str *)at);
        break;
    case AMP_TYPE_POS:
        pos_write(js, at);
        break;
    case AMP_TYPE_TIME:
        amp_json_put_time(js, *(const int64_t *)at);
        break;
    case AMP_TYPE_INT:
        amp_json_put_i64(js, *(const int64_t *)at);
        break;
    case AMP_TYPE_BOOL:
        amp_json_put_bool(js, *(const bool *)at);
        break;
    case AMP_TYPE_STATUS:
        amp_json_put_text(js, amp_unit_status_name(*(const enum amp_unit_status *)at));
        break;
    case AMP_TYPE_ROLE:
        amp_json_put_text(js, amp_role_name(*(const enum amp_role *)at));
        break;
    case AMP_TYPE_WORDS:
        amp_words_put(js, at);
        break;
    case AMP_TYPE_SHAPE:
        amp_json_put_text(js, amp_shape_name(*(const enum amp_shape *)at));
        break;
    case AMP_TYPE_POINTS:
        points_write(js, at);
        break;
    default:
        assert(false && "a field type without a writer");
    }
}

const char *amp_field_member(enum amp_field field, bool in_event)
{
    if (in_event && field == AMP_FIELD_KIND) {
        return "unit_kind";
    }
    return in_event && field == AMP_FIELD_ROLE ? "account_role" : amp_field_rows[field].name;
}

static amp_err wrong_type(enum amp_field field, const char *expected, struct amp_why *why)
{
    return amp_fail(why, AMP_E_SYNTAX, "\"%s\" must be %s", amp_field_rows[field].name, expected);
}

static amp_err text_keep(struct amp_str text, struct amp_arena *arena, struct amp_str *out)
{
    char *copy = amp_arena_text(arena, text);
    if (!copy) {
        return AMP_E_NOMEM;
    }
    *out = (struct amp_str){copy, text.len};
    return AMP_OK;
}

static amp_err text_read(const json_t *value, enum amp_field field, struct amp_arena *arena,
                         struct amp_str *out, struct amp_why *why)
{
    if (!json_is_string(value)) {
        return wrong_type(field, "a string", why);
    }
    return text_keep((struct amp_str){json_string_value(value), json_string_length(value)}, arena,
                     out);
}

static amp_err id_read(const json_t *value, enum amp_field field, void *at, struct amp_why *why)
{
    enum amp_field_type type = amp_field_rows[field].type;
    amp_err err = AMP_E_SYNTAX;
    if (json_is_string(value)) {
        struct amp_str text = {json_string_value(value), json_string_length(value)};
        if (type == AMP_TYPE_INCIDENT) {
            err = amp_incident_id_parse(text, at);
        } else if (type == AMP_TYPE_CALL) {
            err = amp_call_id_parse(text, at);
        } else {
            err = amp_closure_id_parse(text, at);
        }
    }
    const char *example = type == AMP_TYPE_INCIDENT ? "an incident such as \"I-12\""
                          : type == AMP_TYPE_CALL   ? "a call such as \"C-7\""
                                                    : "a closure such as \"X-3\"";
    return err ? wrong_type(field, example, why) : AMP_OK;
}

static amp_err pos_read(const json_t *value, enum amp_field field, struct amp_pos *out,
                        struct amp_why *why)
{
    if (!json_is_object(value)) {
        return wrong_type(field, "an object with \"lat\" and \"lon\"", why);
    }
    bool found = false;
    amp_err err = amp_json_pos(value, out, &found, why);
    if (!err && !found) {
        return amp_fail(why, AMP_E_MISSING, "\"%s\" needs \"lat\" and \"lon\"",
                        amp_field_rows[field].name);
    }
    return err;
}

static amp_err time_read(const json_t *value, enum amp_field field, int64_t *out,
                         struct amp_why *why)
{
    struct amp_str text = {json_string_value(value), json_string_length(value)};
    if (!json_is_string(value) || amp_time_parse(text, out)) {
        return wrong_type(field, "a time such as \"2026-11-23T10:00:00Z\"", why);
    }
    return AMP_OK;
}

/* Phones report a radius with decimals: it is rounded up, so nobody claims to be surer than the
 * phone. */
static amp_err int_read(const json_t *value, enum amp_field field, int64_t *out,
                        struct amp_why *why)
{
    if (field == AMP_FIELD_RADIUS_M && json_is_real(value)) {
        double metres = ceil(json_real_value(value));
        if (!(metres >= 0.0 && metres <= (double)amp_field_rows[field].high)) {
            return amp_fail(why, AMP_E_RANGE, "\"radius_m\" is not a radius on the earth");
        }
        *out = (int64_t)metres;
        return AMP_OK;
    }
    if (!json_is_integer(value)) {
        return wrong_type(field, "a whole number", why);
    }
    *out = json_integer_value(value);
    return AMP_OK;
}

static amp_err status_read(const json_t *value, enum amp_field field, enum amp_unit_status *out,
                           struct amp_why *why)
{
    struct amp_str text = {json_string_value(value), json_string_length(value)};
    if (!json_is_string(value) || amp_unit_status_of(text, out)) {
        return wrong_type(field,
                          "one of available, dispatched, en-route, on-scene, transporting, "
                          "at-hospital, returning, out-of-service",
                          why);
    }
    return AMP_OK;
}

static amp_err role_read(const json_t *value, enum amp_field field, enum amp_role *out,
                         struct amp_why *why)
{
    struct amp_str text = {json_string_value(value), json_string_length(value)};
    if (!json_is_string(value) || amp_role_of(text, out)) {
        return wrong_type(field,
                          "one of call-taker, dispatcher, crew, supervisor, trainer, laboratory, "
                          "auditor, admin",
                          why);
    }
    return AMP_OK;
}

static amp_err words_read(const json_t *value, enum amp_field field, struct amp_arena *arena,
                          struct amp_words *out, struct amp_why *why)
{
    if (!json_is_array(value)) {
        return wrong_type(field, "an array of words", why);
    }
    size_t n = json_array_size(value);
    if (n > AMP_LIST_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "\"%s\" may have at most %d entries",
                        amp_field_rows[field].name, AMP_LIST_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        amp_err err = text_read(json_array_get(value, i), field, arena, &out->word[i], why);
        if (err) {
            return err;
        }
    }
    out->n = n;
    return AMP_OK;
}

static amp_err shape_read(const json_t *value, enum amp_field field, enum amp_shape *out,
                          struct amp_why *why)
{
    struct amp_str text = {json_string_value(value), json_string_length(value)};
    if (!json_is_string(value) || amp_shape_of(text, out)) {
        return wrong_type(field, "one of road, circle, area, line", why);
    }
    return AMP_OK;
}

static amp_err point_read(const json_t *pair, struct amp_pos *out)
{
    const json_t *lat = json_array_get(pair, 0); /* NULL of what is no array */
    const json_t *lon = json_array_get(pair, 1);
    if (json_array_size(pair) != 2 || !json_is_number(lat) || !json_is_number(lon)) {
        return AMP_E_SYNTAX;
    }
    return amp_pos_of_degrees(json_number_value(lat), json_number_value(lon), out);
}

static amp_err points_read(const json_t *value, enum amp_field field, struct amp_arena *arena,
                           struct amp_points *out, struct amp_why *why)
{
    size_t n = json_array_size(value);
    if (!json_is_array(value) || !n) {
        return wrong_type(field, "an array of [lat, lon]", why);
    }
    if (n > AMP_POINTS_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "\"%s\" may have at most %d points",
                        amp_field_rows[field].name, AMP_POINTS_MAX);
    }
    struct amp_pos *point = amp_arena_array(arena, n, sizeof(*point));
    if (!point) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        amp_err err = point_read(json_array_get(value, i), &point[i]);
        if (err) {
            return amp_fail(why, err, "\"%s\": entry %zu is not [lat, lon] in degrees",
                            amp_field_rows[field].name, i + 1);
        }
    }
    *out = (struct amp_points){point, n};
    return AMP_OK;
}

static amp_err value_read(const json_t *value, enum amp_field field, struct amp_arena *arena,
                          void *at, struct amp_why *why)
{
    switch (amp_field_rows[field].type) {
    case AMP_TYPE_INCIDENT:
    case AMP_TYPE_CALL:
    case AMP_TYPE_CLOSURE:
        return id_read(value, field, at, why);
    case AMP_TYPE_WORD:
    case AMP_TYPE_LINE:
    case AMP_TYPE_TEXT:
    case AMP_TYPE_DOCUMENT:
        return text_read(value, field, arena, at, why);
    case AMP_TYPE_POS:
        return pos_read(value, field, at, why);
    case AMP_TYPE_TIME:
        return time_read(value, field, at, why);
    case AMP_TYPE_INT:
        return int_read(value, field, at, why);
    case AMP_TYPE_BOOL:
        if (!json_is_boolean(value)) {
            return wrong_type(field, "true or false", why);
        }
        *(bool *)at = json_is_true(value);
        return AMP_OK;
    case AMP_TYPE_STATUS:
        return status_read(value, field, at, why);
    case AMP_TYPE_ROLE:
        return role_read(value, field, at, why);
    case AMP_TYPE_WORDS:
        return words_read(value, field, arena, at, why);
    case AMP_TYPE_SHAPE:
        return shape_read(value, field, at, why);
    case AMP_TYPE_POINTS:
        return points_read(value, field, arena, at, why);
    default:
        assert(false && "a field type without a reader");
        return AMP_E_SYNTAX;
    }
}

amp_err amp_field_read(const json_t *value, enum amp_field field, struct amp_arena *arena,
                       struct amp_fields *out, struct amp_why *why)
{
    amp_err err = value_read(value, field, arena, (char *)out + amp_field_rows[field].offset, why);
    if (err) {
        return err;
    }
    struct amp_fields one = *out;
    one.has = AMP_FIELD_BIT(field);
    amp_field_set present = amp_fields_present(&one);
    if (!present) {
        return AMP_OK; /* an empty box of a form */
    }
    out->has |= present;
    return amp_field_check(out, field, why);
}

amp_err amp_members_read(const json_t *obj, amp_field_set which, bool in_event,
                         struct amp_arena *arena, struct amp_fields *out, struct amp_why *why)
{
    for (unsigned i = 0; i < AMP_FIELD_COUNT; i++) {
        if (!(which >> i & 1)) {
            continue;
        }
        const json_t *value = json_object_get(obj, amp_field_member((enum amp_field)i, in_event));
        if (!value || json_is_null(value)) {
            continue;
        }
        amp_err err = amp_field_read(value, (enum amp_field)i, arena, out, why);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

/* Every member must be a field of the command that is not given by the path already. */
static amp_err names_check(const json_t *obj, const struct amp_kind_row *row, amp_field_set given,
                           struct amp_why *why)
{
    for (void *it = json_object_iter((json_t *)(uintptr_t)obj); it;
         it = json_object_iter_next((json_t *)(uintptr_t)obj, it)) {
        const char *name = json_object_iter_key(it);
        const json_t *value = json_object_iter_value(it);
        amp_field_set bit = 0;
        for (unsigned i = 0; i < AMP_FIELD_COUNT; i++) {
            bit |= amp_str_is(amp_str_of(name), amp_field_rows[i].name) ? AMP_FIELD_BIT(i) : 0;
        }
        if (bit & given) {
            return amp_fail(why, AMP_E_SYNTAX, "\"%.64s\" is given by the address already", name);
        }
        if (!(bit & (row->must | row->may))) {
            return amp_fail(why, AMP_E_SYNTAX, "%s has no member \"%.64s\"", row->name, name);
        }
        if (json_is_object(value) && json_object_size(value) > 2) { /* an object is a position */
            return amp_fail(why, AMP_E_SYNTAX, "\"%.64s\" has members beside lat and lon", name);
        }
    }
    return AMP_OK;
}

/* Positions leave as "lat" and "lon" (model/view.h), so they may come in like that too: they become
 * the position that the command knows. */
static amp_err flat_position_gather(json_t *obj, const struct amp_kind_row *row,
                                    struct amp_why *why)
{
    json_t *lat = json_object_get(obj, "lat");
    json_t *lon = json_object_get(obj, "lon");
    const amp_field_set known = row->must | row->may;
    if ((!lat && !lon) || !(known & (AMP_HAS(POS) | AMP_HAS(SITE)))) {
        return AMP_OK;
    }
    const char *name = amp_field_rows[known & AMP_HAS(POS) ? AMP_FIELD_POS : AMP_FIELD_SITE].name;
    if (!lat || !lon) {
        return amp_fail(why, AMP_E_MISSING, "\"lat\" and \"lon\" belong together");
    }
    if (json_object_get(obj, name)) {
        return amp_fail(why, AMP_E_SYNTAX, "there is \"%s\" as well as \"lat\" and \"lon\"", name);
    }
    json_t *pos = json_pack("{s:O,s:O}", "lat", lat, "lon", lon);
    if (!pos || json_object_set_new(obj, name, pos)) {
        return AMP_E_NOMEM;
    }
    (void)json_object_del(obj, "lat");
    (void)json_object_del(obj, "lon");
    return AMP_OK;
}

amp_err amp_command_read(enum amp_command_kind kind, struct amp_str json, amp_field_set given,
                         struct amp_arena *arena, struct amp_fields *fields, struct amp_why *why)
{
    assert(kind < AMP_CMD_COUNT);
    const struct amp_kind_row *row = &amp_command_rows[kind];
    struct amp_str body = amp_str_trim(json);
    json_t *obj = NULL;
    amp_err err = amp_json_read(body.len ? body : AMP_STR("{}"), AMP_EVENT_BYTES, &obj, why);
    if (err) {
        return err;
    }
    struct amp_fields read = *fields;
    read.has &= given;
    if (!json_is_object(obj)) {
        err = amp_fail(why, AMP_E_SYNTAX, "the body of %s must be a JSON object", row->name);
        goto out;
    }
    err = flat_position_gather(obj, row, why);
    err = err ? err : names_check(obj, row, given, why);
    err = err ? err
              : amp_members_read(obj, (row->must | row->may) & ~given, false, arena, &read, why);
    if (err) {
        goto out;
    }
    for (unsigned i = 0; i < AMP_FIELD_COUNT; i++) {
        if ((row->must & ~given & ~read.has) >> i & 1) {
            err =
                amp_fail(why, AMP_E_MISSING, "%s needs \"%s\"", row->name, amp_field_rows[i].name);
            goto out;
        }
    }
    *fields = read;
out:
    json_decref(obj);
    return err;
}
