/* CAP out: XML by the rows, the JSON form, and the row of the intake table. */
#include "intake/cap_form.h"
#include "intake/intake.h"
#include "intake/tree.h"
#include "model/event.h"

#include "base/timefmt.h"

#include <stdio.h>
#include <string.h>

enum {
    ESCAPED_MAX = AMP_EVENT_BYTES - 4096 /* of a document in an event */
};

static struct amp_str text_at(const void *from, size_t at)
{
    struct amp_str text;
    memcpy(&text, (const char *)from + at, sizeof text);
    return text;
}

static void pairs_put(struct amp_buf *out, const char *name, const struct amp_cap_pairs *pairs)
{
    for (size_t i = 0; i < pairs->n; i++) {
        amp_buf_printf(out, "<%s>", name);
        amp_xml_element(out, "valueName", pairs->item[i].name);
        amp_xml_element(out, "value", pairs->item[i].value);
        amp_buf_printf(out, "</%s>\n", name);
    }
}

static void polygons_put(struct amp_buf *out, const struct amp_cap_polygons *polygons)
{
    for (size_t i = 0; i < polygons->n; i++) {
        amp_buf_text(out, "<polygon>");
        for (size_t k = 0; k < polygons->item[i].n; k++) {
            char at[AMP_POS_TEXT];
            amp_pos_text(polygons->item[i].point[k], at);
            amp_buf_printf(out, "%s%s", k > 0 ? " " : "", at);
        }
        amp_buf_text(out, "</polygon>\n");
    }
}

static void circles_put(struct amp_buf *out, const struct amp_cap_circles *circles)
{
    for (size_t i = 0; i < circles->n; i++) {
        char at[AMP_POS_TEXT];
        amp_pos_text(circles->item[i].at, at);
        amp_buf_printf(out, "<circle>%s %.4f</circle>\n", at, circles->item[i].radius_km);
    }
}

/* A moment that was read in another form, in CAP's. */
static struct amp_str time_of(struct amp_str text, char room[2 * AMP_TIME_TEXT])
{
    int64_t time_us = 0;
    if (amp_cap_time(text, &time_us) == AMP_OK || amp_cap_moment(text, &time_us) != AMP_OK) {
        return text;
    }
    char utc[AMP_TIME_TEXT];
    amp_time_text(time_us, utc);
    (void)snprintf(room, 2 * AMP_TIME_TEXT, "%.19s-00:00", utc);
    return amp_str_of(room);
}

static void row_put(struct amp_buf *out, const struct amp_cap_row *row, const void *from)
{
    const void *at = (const char *)from + row->at;
    if (row->kind == AMP_CAP_PAIRS) {
        pairs_put(out, row->name, at);
    } else if (row->kind == AMP_CAP_POLYGONS) {
        polygons_put(out, at);
    } else if (row->kind == AMP_CAP_CIRCLES) {
        circles_put(out, at);
    } else if (row->kind == AMP_CAP_TEXTS || row->kind == AMP_CAP_CHOICES) {
        const struct amp_cap_texts *texts = at;
        for (size_t i = 0; i < texts->n; i++) {
            amp_xml_element(out, row->name, texts->item[i]);
        }
    } else if (row->kind != AMP_CAP_PART) {
        struct amp_str text = text_at(from, row->at);
        char room[2 * AMP_TIME_TEXT];
        if (row->kind == AMP_CAP_TIME) {
            text = time_of(text, room);
        }
        if (text.len > 0 || row->required) {
            amp_xml_element(out, row->name, text);
        }
    }
}

static void rows_put(struct amp_buf *out, const struct amp_cap_rows *rows, const void *from)
{
    for (size_t i = 0; i < rows->n; i++) {
        row_put(out, &rows->row[i], from);
    }
}

static void part_put(struct amp_buf *out, const struct amp_cap_rows *rows, const void *from)
{
    amp_buf_printf(out, "<%s>\n", rows->name);
    rows_put(out, rows, from);
    amp_buf_printf(out, "</%s>\n", rows->name);
}

static void info_put(struct amp_buf *out, const struct amp_cap_info *info)
{
    amp_buf_text(out, "<info>\n");
    rows_put(out, &amp_cap_info_rows, info);
    for (size_t i = 0; i < info->resource_n; i++) {
        part_put(out, &amp_cap_resource_rows, &info->resource[i]);
    }
    for (size_t i = 0; i < info->area_n; i++) {
        part_put(out, &amp_cap_area_rows, &info->area[i]);
    }
    amp_buf_text(out, "</info>\n");
}

amp_err amp_cap_write(const struct amp_cap *cap, struct amp_arena *arena, struct amp_buf *out,
                      struct amp_why *why)
{
    struct amp_cap again = {0};
    struct amp_buf made = amp_buf_make(AMP_INTAKE_MAX);
    amp_buf_text(&made,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert xmlns=\"" AMP_CAP_12 "\">\n");
    rows_put(&made, &amp_cap_alert_rows, cap);
    for (size_t i = 0; i < cap->info_n; i++) {
        info_put(&made, &cap->info[i]);
    }
    amp_buf_text(&made, "</alert>\n");
    amp_err err = amp_buf_err(&made);
    if (err == AMP_E_LIMIT) {
        err = amp_fail(why, err, "the alert is longer than %d bytes: shorten its texts",
                       AMP_INTAKE_MAX);
    }
    err = err ? err : amp_cap_read_exact(amp_buf_view(&made), arena, &again, why);
    if (err == AMP_OK) {
        amp_buf_join(out, &made);
        err = amp_buf_err(out);
    }
    amp_buf_free(&made);
    return err;
}

static void pairs_view(struct amp_json *js, const struct amp_cap_pairs *pairs)
{
    amp_json_open(js, '[');
    for (size_t i = 0; i < pairs->n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", pairs->item[i].name);
        amp_json_str_of(js, "value", pairs->item[i].value);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void polygons_view(struct amp_json *js, const struct amp_cap_polygons *polygons)
{
    amp_json_open(js, '[');
    for (size_t i = 0; i < polygons->n; i++) {
        amp_json_open(js, '[');
        for (size_t k = 0; k < polygons->item[i].n; k++) {
            amp_json_put_point(js, polygons->item[i].point[k]);
        }
        amp_json_close(js, ']');
    }
    amp_json_close(js, ']');
}

static void circles_view(struct amp_json *js, const struct amp_cap_circles *circles)
{
    amp_json_open(js, '[');
    for (size_t i = 0; i < circles->n; i++) {
        amp_json_open(js, '{');
        amp_json_pos_of(js, circles->item[i].at);
        amp_json_double_of(js, "radius_km", circles->item[i].radius_km, 4);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void texts_view(struct amp_json *js, const struct amp_cap_texts *texts)
{
    amp_json_open(js, '[');
    for (size_t i = 0; i < texts->n; i++) {
        amp_json_put_str(js, texts->item[i]);
    }
    amp_json_close(js, ']');
}

/* What is empty is left out. */
static void rows_view(struct amp_json *js, const struct amp_cap_rows *rows, const void *from)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct amp_cap_row *row = &rows->row[i];
        const void *at = (const char *)from + row->at;
        if (row->kind == AMP_CAP_PART) {
            continue;
        }
        if (row->kind < AMP_CAP_TEXTS) {
            const struct amp_str text = text_at(from, row->at);
            if (text.len > 0) {
                amp_json_str_of(js, row->name, text);
            }
            continue;
        }
        if (((const struct amp_cap_texts *)at)->n == 0) {
            continue;
        }
        amp_json_key(js, row->name);
        if (row->kind == AMP_CAP_PAIRS) {
            pairs_view(js, at);
        } else if (row->kind == AMP_CAP_POLYGONS) {
            polygons_view(js, at);
        } else if (row->kind == AMP_CAP_CIRCLES) {
            circles_view(js, at);
        } else {
            texts_view(js, at);
        }
    }
}

void amp_cap_info_view(struct amp_json *js, const struct amp_cap_info *info)
{
    amp_json_open(js, '{');
    rows_view(js, &amp_cap_info_rows, info);
    amp_json_key(js, "resource");
    amp_json_open(js, '[');
    for (size_t i = 0; i < info->resource_n; i++) {
        amp_json_open(js, '{');
        rows_view(js, &amp_cap_resource_rows, &info->resource[i]);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_key(js, "area");
    amp_json_open(js, '[');
    for (size_t i = 0; i < info->area_n; i++) {
        amp_json_open(js, '{');
        rows_view(js, &amp_cap_area_rows, &info->area[i]);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

void amp_cap_view(struct amp_json *js, const struct amp_cap *cap)
{
    amp_json_open(js, '{');
    amp_json_text_of(js, "format", "cap");
    amp_json_str_of(js, "version", cap->version);
    rows_view(js, &amp_cap_alert_rows, cap);
    amp_json_bool_of(js, "signed", cap->has_signature);
    amp_json_key(js, "info");
    amp_json_open(js, '[');
    for (size_t i = 0; i < cap->info_n; i++) {
        amp_cap_info_view(js, &cap->info[i]);
    }
    amp_json_close(js, ']');
    amp_intake_warnings(js, cap->warning, cap->warning_n);
    amp_json_close(js, '}');
}

amp_err amp_intake_cap(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                       struct amp_why *why)
{
    struct amp_cap cap = {0};
    amp_err err = amp_cap_read(bytes, arena, &cap, why);
    if (err == AMP_OK) {
        amp_cap_view(js, &cap);
    }
    return err;
}

struct amp_str amp_cap_reference(const struct amp_cap *cap, struct amp_arena *arena)
{
    return amp_arena_printf(arena, "%.*s,%.*s,%.*s", (int)cap->sender.len, cap->sender.ptr,
                            (int)cap->identifier.len, cap->identifier.ptr, (int)cap->sent.len,
                            cap->sent.ptr);
}

bool amp_cap_document_fits(struct amp_str document)
{
    struct amp_buf buf = amp_buf_make(ESCAPED_MAX);
    struct amp_json js = amp_json_make(&buf);
    amp_json_put_str(&js, document);
    bool fits = amp_buf_err(&buf) == AMP_OK;
    amp_buf_free(&buf);
    return fits && document.len <= AMP_DOCUMENT_MAX && amp_utf8_valid(document);
}
