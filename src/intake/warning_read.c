/* A warning that was composed: JSON against the rows of CAP. */
#include "intake/cap_form.h"
#include "intake/warning_in.h"

#include "base/timefmt.h"
#include "model/event.h"

#include <stdio.h>
#include <string.h>

struct form {
    struct amp_arena *arena;
    struct amp_why *why;
    char where[48]; /* "info 1", "info 1, area 2" */
};

static amp_err refuse(struct form *form, amp_err err, const char *name, const char *words)
{
    return amp_fail(form->why, err, "%s: %.40s %s", form->where, name, words);
}

/* What XML cannot hold, and what is longer than any text here. */
static amp_err text_take(struct form *form, const char *name, const json_t *value,
                         struct amp_str *out)
{
    if (!json_is_string(value)) {
        return refuse(form, AMP_E_SYNTAX, name, "must be a text");
    }
    struct amp_str text =
        amp_str_trim((struct amp_str){json_string_value(value), json_string_length(value)});
    if (text.len > AMP_TEXT_MAX) {
        return refuse(form, AMP_E_LIMIT, name, "is longer than 8192 bytes");
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f) {
            return refuse(form, AMP_E_RANGE, name, "holds a control character");
        }
    }
    *out = amp_arena_str(form->arena, text);
    return AMP_OK;
}

static bool is_one_of(struct amp_str text, const char *words)
{
    char wanted[24];
    if (text.len == 0 || text.len + 3 > sizeof wanted || memchr(text.ptr, ' ', text.len) != NULL) {
        return false;
    }
    wanted[0] = ' ';
    memcpy(wanted + 1, text.ptr, text.len);
    wanted[text.len + 1] = ' ';
    wanted[text.len + 2] = '\0';
    return strstr(words, wanted) != NULL;
}

/* RFC 3066: letters, then parts of letters and digits, of one to eight each. */
static bool is_language(struct amp_str text)
{
    size_t part = 0;
    for (size_t i = 0; i <= text.len; i++) {
        char c = i < text.len ? text.ptr[i] : '-';
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool first = memchr(text.ptr, '-', i) == NULL;
        if (c == '-' && (part == 0 || part > 8)) {
            return false;
        }
        if (c != '-' && !letter && (first || c < '0' || c > '9')) {
            return false;
        }
        part = c == '-' ? 0 : part + 1;
    }
    return true;
}

/* Any RFC 3339 time, as CAP writes it (section 3.3.2); one that is so already keeps its zone. */
static amp_err time_take(struct form *form, const char *name, struct amp_str *text)
{
    int64_t us = 0;
    if (amp_time_parse(*text, &us) != AMP_OK) {
        return refuse(form, AMP_E_RANGE, name, "is no time such as 2026-11-27T18:00:00+02:00");
    }
    if (amp_cap_time(*text, &us) != AMP_OK) {
        *text = amp_cap_time_text(us, form->arena);
    }
    return AMP_OK;
}

static amp_err value_check(struct form *form, const struct amp_cap_row *row, struct amp_str *text)
{
    if (text->len == 0) {
        return AMP_OK; /* as if it were not there */
    }
    if (row->words != NULL && !is_one_of(*text, row->words)) {
        return amp_fail(form->why, AMP_E_RANGE, "%s: %s \"%.*s\" is none of:%s", form->where,
                        row->name, (int)(text->len < 40 ? text->len : 40), text->ptr, row->words);
    }
    if (row->kind == AMP_CAP_LANGUAGE && !is_language(*text)) {
        return refuse(form, AMP_E_RANGE, row->name, "is no tag of a language such as pt-MZ");
    }
    return row->kind == AMP_CAP_TIME ? time_take(form, row->name, text) : AMP_OK;
}

static amp_err pair_take(struct form *form, const struct amp_cap_row *row, const json_t *value,
                         struct amp_cap_pair *out)
{
    const json_t *name = json_object_get(value, "name");
    const json_t *what = json_object_get(value, "value");
    if (json_object_size(value) != 2 || name == NULL || what == NULL) {
        return refuse(form, AMP_E_SYNTAX, row->name, "must be of objects with name and value");
    }
    amp_err err = text_take(form, row->name, name, &out->name);
    err = err ? err : text_take(form, row->name, what, &out->value);
    if (err == AMP_OK && (out->name.len == 0 || out->value.len == 0)) {
        err = refuse(form, AMP_E_MISSING, row->name, "has an empty name or value");
    }
    return err;
}

static bool degrees_take(const json_t *lat, const json_t *lon, struct amp_pos *out)
{
    return json_is_number(lat) && json_is_number(lon) &&
           amp_pos_of_degrees(json_number_value(lat), json_number_value(lon), out) == AMP_OK;
}

static amp_err polygon_take(struct form *form, const struct amp_cap_row *row, const json_t *value,
                            struct amp_cap_polygon *out)
{
    size_t n = json_array_size(value);
    if (n > AMP_CAP_POINTS) {
        return refuse(form, AMP_E_LIMIT, row->name, "has more than 4096 points");
    }
    out->point = amp_arena_array(form->arena, n + 1, sizeof *out->point);
    if (out->point == NULL) {
        return AMP_E_NOMEM;
    }
    for (; out->n < n; out->n++) {
        const json_t *each = json_array_get(value, out->n);
        if (json_array_size(each) != 2 ||
            !degrees_take(json_array_get(each, 0), json_array_get(each, 1), &out->point[out->n])) {
            return refuse(form, AMP_E_RANGE, row->name, "must be of points [lat, lon]");
        }
    }
    return AMP_OK;
}

static amp_err circle_take(struct form *form, const struct amp_cap_row *row, const json_t *value,
                           struct amp_cap_circle *out)
{
    const json_t *radius = json_object_get(value, "radius_km");
    if (json_object_size(value) != 3 || !json_is_number(radius) ||
        !degrees_take(json_object_get(value, "lat"), json_object_get(value, "lon"), &out->at)) {
        return refuse(form, AMP_E_SYNTAX, row->name, "must be of objects with lat, lon, radius_km");
    }
    out->radius_km = json_number_value(radius);
    if (!(out->radius_km >= 0) || out->radius_km > AMP_CAP_RADIUS_KM) {
        return refuse(form, AMP_E_RANGE, row->name, "has a radius_km outside 0 to 20038");
    }
    return AMP_OK;
}

static amp_err item_take(struct form *form, const struct amp_cap_row *row, const json_t *value,
                         void *to)
{
    if (row->kind == AMP_CAP_PAIRS) {
        return pair_take(form, row, value, to);
    }
    if (row->kind == AMP_CAP_POLYGONS) {
        return polygon_take(form, row, value, to);
    }
    if (row->kind == AMP_CAP_CIRCLES) {
        return circle_take(form, row, value, to);
    }
    struct amp_str text = {0};
    amp_err err = text_take(form, row->name, value, &text);
    err = err ? err : value_check(form, row, &text);
    memcpy(to, &text, sizeof text);
    return err;
}

static amp_err many_take(struct form *form, const struct amp_cap_row *row, const json_t *value,
                         void *at)
{
    static const size_t sizes[] = {[AMP_CAP_TEXTS] = sizeof(struct amp_str),
                                   [AMP_CAP_CHOICES] = sizeof(struct amp_str),
                                   [AMP_CAP_PAIRS] = sizeof(struct amp_cap_pair),
                                   [AMP_CAP_POLYGONS] = sizeof(struct amp_cap_polygon),
                                   [AMP_CAP_CIRCLES] = sizeof(struct amp_cap_circle)};
    const size_t n = json_array_size(value);
    if (!json_is_array(value) || n > AMP_CAP_PARTS) {
        return refuse(form, AMP_E_SYNTAX, row->name, "must be an array of at most 256");
    }
    char *item = amp_arena_array(form->arena, n + 1, sizes[row->kind]);
    amp_err err = item == NULL ? AMP_E_NOMEM : AMP_OK;
    for (size_t i = 0; err == AMP_OK && i < n; i++) {
        err = item_take(form, row, json_array_get(value, i), item + i * sizes[row->kind]);
    }
    /* all lists are a pointer and a count */
    const struct amp_cap_texts list = {.item = (struct amp_str *)(void *)item, .n = n};
    memcpy(at, &list, sizeof list);
    return err;
}

static const struct amp_cap_row *row_of(const struct amp_cap_rows *rows, const char *name)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (strcmp(rows->row[i].name, name) == 0) {
            return &rows->row[i];
        }
    }
    return NULL;
}

/* Members of an object, one a row; `parts` are read by who asks. */
static amp_err rows_take(struct form *form, const struct amp_cap_rows *rows, json_t *from, void *to)
{
    const char *name = NULL;
    json_t *value = NULL;
    amp_err err = AMP_OK;
    if (!json_is_object(from)) {
        return amp_fail(form->why, AMP_E_SYNTAX, "%s must be an object", form->where);
    }
    json_object_foreach(from, name, value)
    {
        const struct amp_cap_row *row = row_of(rows, name);
        if (err != AMP_OK || (row != NULL && row->kind == AMP_CAP_PART)) {
            continue;
        }
        if (row == NULL) {
            err = refuse(form, AMP_E_SYNTAX, name, "is no member here");
        } else if (row->kind >= AMP_CAP_TEXTS) {
            err = many_take(form, row, value, (char *)to + row->at);
        } else {
            struct amp_str text = {0};
            err = text_take(form, row->name, value, &text);
            err = err ? err : value_check(form, row, &text);
            memcpy((char *)to + row->at, &text, sizeof text);
        }
    }
    return err;
}

static amp_err areas_take(struct form *form, size_t info, const json_t *from,
                          struct amp_cap_info *out)
{
    const size_t n = json_array_size(from);
    if (from != NULL && (!json_is_array(from) || n > AMP_CAP_PARTS)) {
        return refuse(form, AMP_E_SYNTAX, "area", "must be an array of at most 256");
    }
    out->area = amp_arena_array(form->arena, n + 1, sizeof *out->area);
    amp_err err = out->area == NULL ? AMP_E_NOMEM : AMP_OK;
    for (; err == AMP_OK && out->area_n < n; out->area_n++) {
        (void)snprintf(form->where, sizeof form->where, "info %zu, area %zu", info + 1,
                       out->area_n + 1);
        err = rows_take(form, &amp_cap_area_rows, json_array_get(from, out->area_n),
                        &out->area[out->area_n]);
    }
    return err;
}

static amp_err infos_take(struct form *form, const json_t *from, struct amp_cap *out)
{
    const size_t n = json_array_size(from);
    if (from != NULL && (!json_is_array(from) || n > AMP_CAP_INFOS)) {
        return refuse(form, AMP_E_SYNTAX, "info", "must be an array of at most 32");
    }
    out->info = amp_arena_array(form->arena, n + 1, sizeof *out->info);
    amp_err err = out->info == NULL ? AMP_E_NOMEM : AMP_OK;
    for (; err == AMP_OK && out->info_n < n; out->info_n++) {
        json_t *each = json_array_get(from, out->info_n);
        (void)snprintf(form->where, sizeof form->where, "info %zu", out->info_n + 1);
        if (json_array_size(json_object_get(each, "resource")) > 0) {
            return refuse(form, AMP_E_UNSUPPORTED, "resource", "cannot be composed here");
        }
        err = rows_take(form, &amp_cap_info_rows, each, &out->info[out->info_n]);
        err = err ? err
                  : areas_take(form, out->info_n, json_object_get(each, "area"),
                               &out->info[out->info_n]);
    }
    return err;
}

static amp_err about_take(struct form *form, const json_t *value, struct amp_warning_draft *out)
{
    if (value == NULL) {
        return AMP_OK;
    }
    if (!json_is_string(value) ||
        amp_warning_id_parse((struct amp_str){json_string_value(value), json_string_length(value)},
                             &out->about) != AMP_OK) {
        return refuse(form, AMP_E_RANGE, "about", "is no warning such as W-3");
    }
    return AMP_OK;
}

static amp_err head_take(struct form *form, json_t *from, struct amp_warning_draft *out)
{
    static const char *const names[] = {"status", "msgType", "note"};
    const char *name = NULL;
    json_t *value = NULL;
    amp_err err = about_take(form, json_object_get(from, "about"), out);
    json_object_foreach(from, name, value)
    {
        bool known = strcmp(name, "about") == 0 || strcmp(name, "info") == 0;
        for (size_t i = 0; err == AMP_OK && i < sizeof names / sizeof names[0]; i++) {
            if (strcmp(name, names[i]) == 0) {
                const struct amp_cap_row *row = row_of(&amp_cap_alert_rows, name);
                struct amp_str text = {0};
                known = true;
                err = text_take(form, name, value, &text);
                err = err ? err : value_check(form, row, &text);
                memcpy((char *)&out->cap + row->at, &text, sizeof text);
            }
        }
        if (err == AMP_OK && !known) {
            err = refuse(form, AMP_E_SYNTAX, name,
                         row_of(&amp_cap_alert_rows, name) != NULL
                             ? "is set when the warning is issued"
                             : "is no member here");
        }
    }
    return err;
}

amp_err amp_warning_read(struct amp_str json, struct amp_arena *arena,
                         const struct amp_warning_draft **out, struct amp_why *why)
{
    struct form form = {.arena = arena, .why = why, .where = "warning"};
    struct amp_warning_draft *draft = amp_arena_alloc(arena, sizeof *draft);
    json_t *from = NULL;
    amp_err err = draft == NULL ? AMP_E_NOMEM : amp_json_read(json, AMP_EVENT_BYTES, &from, why);
    if (err != AMP_OK) {
        return err;
    }
    draft->cap.version = AMP_STR("1.2");
    if (!json_is_object(from)) {
        err = amp_fail(why, AMP_E_SYNTAX, "a warning is an object");
    }
    err = err ? err : head_take(&form, from, draft);
    err = err ? err : infos_take(&form, json_object_get(from, "info"), &draft->cap);
    err = err ? err : amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
    json_decref(from);
    if (err == AMP_OK) {
        *out = draft;
    }
    return err;
}
