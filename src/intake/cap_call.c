/* CAP messages as calls: words, place, and to which earlier message they belong. */
#include "intake/cap_call.h"
#include <math.h>
#include <string.h>

/* At most `max` bytes, cut between characters. */
static void text_put(struct amp_buf *out, struct amp_str text, size_t max)
{
    size_t len = 0, step = text.len > 0 ? amp_utf8_step(text.ptr, text.len) : 0;
    while (step > 0 && len + step <= max) {
        len += step;
        step = len < text.len ? amp_utf8_step(text.ptr + len, text.len - len) : 0;
    }
    if (len > 0) {
        amp_buf_str(out, (struct amp_str){text.ptr, len});
    }
}

static void line_put(struct amp_buf *out, struct amp_str text)
{
    if (text.len > 0) {
        text_put(out, text, AMP_CAP_CALL_TEXT_MAX);
        amp_buf_char(out, '\n');
    }
}

static void value_put(struct amp_buf *out, const char *name, struct amp_str value)
{
    if (value.len > 0) {
        amp_buf_printf(out, "; %s ", name);
        text_put(out, value, AMP_CAP_CALL_VALUE_MAX);
    }
}

static void info_put(const struct amp_cap_info *info, struct amp_buf *out)
{
    bool headed = info->headline.len > 0;
    line_put(out, headed ? info->headline : info->event);
    line_put(out, info->description);
    line_put(out, info->instruction);
}

static void tail_put(const struct amp_cap *cap, struct amp_buf *out)
{
    amp_buf_text(out, "CAP: ");
    text_put(out, cap->msg_type, AMP_CAP_CALL_VALUE_MAX);
    if (!amp_str_is(cap->status, "Actual")) { /* an exercise, a test: whoever reads it decides */
        value_put(out, "status", cap->status);
    }
    if (cap->info_n > 0) {
        const struct amp_cap_info *info = &cap->info[0];
        value_put(out, "event", info->event);
        value_put(out, "urgency", info->urgency);
        value_put(out, "severity", info->severity);
        value_put(out, "certainty", info->certainty);
        value_put(out, "from", info->sender_name);
        value_put(out, "contact", info->contact);
        value_put(out, "web", info->web);
    }
    value_put(out, "sender", cap->sender);
    value_put(out, "identifier", cap->identifier);
    value_put(out, "sent", cap->sent);
    value_put(out, "refers to", cap->references);
    value_put(out, "note", cap->note);
    amp_buf_char(out, '\n');
}

void amp_cap_call_words(const struct amp_cap *cap, struct amp_buf *out)
{
    size_t told = 0;
    for (size_t i = 0; i < cap->info_n && told < AMP_CAP_CALL_INFOS; i++) {
        if (amp_str_eq(cap->info[i].language, cap->info[0].language)) {
            info_put(&cap->info[i], out);
            told++;
        }
    }
    tail_put(cap, out);
}

/* A circle round the middle of its corners' extremes that holds them all. False for one that
 * reaches over the 180th meridian or is too wide to be a place. */
static bool polygon_circle(const struct amp_cap_polygon *polygon, struct amp_pos *at,
                           double *radius_m)
{
    struct amp_pos low = polygon->point[0], high = low;
    for (size_t i = 1; i < polygon->n; i++) {
        struct amp_pos each = polygon->point[i];
        low.lat_e7 = each.lat_e7 < low.lat_e7 ? each.lat_e7 : low.lat_e7;
        low.lon_e7 = each.lon_e7 < low.lon_e7 ? each.lon_e7 : low.lon_e7;
        high.lat_e7 = each.lat_e7 > high.lat_e7 ? each.lat_e7 : high.lat_e7;
        high.lon_e7 = each.lon_e7 > high.lon_e7 ? each.lon_e7 : high.lon_e7;
    }
    at->lat_e7 = (int32_t)(((int64_t)low.lat_e7 + high.lat_e7) / 2);
    at->lon_e7 = (int32_t)(((int64_t)low.lon_e7 + high.lon_e7) / 2);
    *radius_m = 0;
    for (size_t i = 0; i < polygon->n; i++) {
        double far_m = amp_pos_distance_m(*at, polygon->point[i]);
        *radius_m = far_m > *radius_m ? far_m : *radius_m;
    }
    return *radius_m <= AMP_CAP_CALL_RADIUS_MAX_M;
}

static bool area_circle(const struct amp_cap_area *area, struct amp_pos *at, double *radius_m)
{
    if (area->circles.n > 0) {
        *at = area->circles.item[0].at;
        *radius_m = area->circles.item[0].radius_km * 1000;
        return *radius_m <= AMP_CAP_CALL_RADIUS_MAX_M;
    }
    return area->polygons.n > 0 && area->polygons.item[0].n > 0 &&
           polygon_circle(&area->polygons.item[0], at, radius_m);
}

static void area_take(const struct amp_cap_area *area, struct amp_arena *arena,
                      struct amp_report *report)
{
    struct amp_pos at = {0};
    double radius_m = 0;
    if (!report->located && area_circle(area, &at, &radius_m)) {
        report->located = true;
        report->f.pos = at;
        report->f.radius_m = (int64_t)ceil(radius_m);
        report->f.source = AMP_STR("cap");
        report->f.has |= AMP_HAS(POS) | AMP_HAS(SOURCE);
        report->f.has |= radius_m > 0 ? AMP_HAS(RADIUS_M) : 0; /* a circle of 0 is a point */
    }
    if ((report->f.has & AMP_HAS(PLACE)) == 0 && area->desc.len > 0) {
        amp_report_place(report, arena, area->desc);
    }
}

void amp_cap_call_place(const struct amp_cap *cap, struct amp_arena *arena,
                        struct amp_report *report)
{
    for (size_t i = 0; i < cap->info_n && !report->located; i++) {
        for (size_t k = 0; k < cap->info[i].area_n && !report->located; k++) {
            area_take(&cap->info[i].area[k], arena, report);
        }
    }
}

struct amp_str amp_cap_call_name(const struct amp_cap *cap, struct amp_arena *arena)
{
    return amp_arena_printf(arena, "%.*s,%.*s", (int)cap->sender.len, cap->sender.ptr,
                            (int)cap->identifier.len, cap->identifier.ptr);
}

bool amp_cap_call_refers(struct amp_str *references, struct amp_str *name)
{
    struct amp_str rest = amp_str_trim(*references);
    size_t len = 0, named = 0, commas = 0;
    while (len < rest.len && strchr(" \t\r\n", rest.ptr[len]) == NULL) {
        commas += rest.ptr[len] == ',';
        named = commas < 2 ? len + 1 : named;
        len++;
    }
    *name = (struct amp_str){rest.ptr, named};
    *references =
        len < rest.len ? (struct amp_str){rest.ptr + len, rest.len - len} : (struct amp_str){0};
    return len > 0;
}
