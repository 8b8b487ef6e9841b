/*
 * The body of AML over HTTPS: v=1&device_number=..&location_latitude=..&location_longitude=..&...
 *
 * Every field may be missing, empty or malformed, and none of that is an error to the sender: what
 * cannot be read is a warning, and without a readable position the caller is not placed. The
 * subscriber's identity (device_imsi, device_iccid) is not kept, nor are test positions (gt_*).
 */
#include "intake/aml.h"

#include "base/form.h"
#include "base/timefmt.h"

enum {
    WORDS_MAX = 400,
    VALUE_MAX = 64
};

static bool get(const struct amp_form *form, const char *name, struct amp_str *out)
{
    struct amp_str value = {0};
    if (!amp_form_get(form, name, &value)) {
        return false;
    }
    *out = amp_str_trim(value);
    return out->len > 0;
}

static void radius_read(const struct amp_form *form, struct amp_report *report)
{
    struct amp_str text = {0};
    double metres = 0;
    if (!get(form, "location_accuracy", &text)) {
        return;
    }
    const double most_m = (double)amp_field_rows[AMP_FIELD_RADIUS_M].high;
    if (amp_str_double(text, &metres) || metres < 0 || metres > most_m) {
        amp_report_warn(report, AMP_STR("location_accuracy is not a radius in metres"));
        return;
    }
    int64_t whole = (int64_t)metres;
    report->f.has |= AMP_HAS(RADIUS_M);
    report->f.radius_m = whole + ((double)whole < metres);
}

/* location_confidence is a share of 1, location_certainty (older) a percentage. */
static void confidence_read(const struct amp_form *form, struct amp_report *report)
{
    struct amp_str text = {0};
    double value = 0;
    double most = 1;
    if (!get(form, "location_confidence", &text)) {
        most = 100;
        if (!get(form, "location_certainty", &text)) {
            return;
        }
    }
    if (amp_str_double(text, &value) || value < 0 || value > most) {
        amp_report_warn(report, AMP_STR("the confidence of the position cannot be read"));
        return;
    }
    report->f.has |= AMP_HAS(CONFIDENCE_PCT);
    report->f.confidence_pct = (int64_t)(value * 100 / most + 0.5);
}

static void position_read(const struct amp_form *form, struct amp_report *report)
{
    struct amp_str lat = {0};
    struct amp_str lon = {0};
    struct amp_pos pos = {0};
    bool both = get(form, "location_latitude", &lat);
    both = get(form, "location_longitude", &lon) && both;
    if (!both) {
        amp_report_warn(report, AMP_STR("no position in the message"));
        return;
    }
    int64_t lat_e7 = 0, lon_e7 = 0; /* a phone near the meridian of Greenwich writes "-4.2E-4" */
    if (amp_degrees_read(lat, &lat_e7) || amp_degrees_read(lon, &lon_e7) ||
        !amp_pos_valid(lat_e7, lon_e7)) {
        amp_report_warn(report, AMP_STR("the position cannot be read"));
        return;
    }
    pos = (struct amp_pos){.lat_e7 = (int32_t)lat_e7, .lon_e7 = (int32_t)lon_e7};
    if (pos.lat_e7 == 0 && pos.lon_e7 == 0) {
        amp_report_warn(report, AMP_STR("0,0 is what a phone without a fix sends"));
        return;
    }
    amp_aml_place(report, pos);
    radius_read(form, report);
    confidence_read(form, report);
}

static bool millis_read(const struct amp_form *form, const char *name, struct amp_report *report,
                        int64_t *out_us)
{
    struct amp_str text = {0};
    int64_t ms = 0;
    if (!get(form, name, &text)) {
        return false;
    }
    if (amp_str_i64(text, &ms) || ms <= 0 || ms > AMP_TIME_MAX_US / 1000) {
        amp_report_warn(report, AMP_STR("a time of the message is not in milliseconds since 1970"));
        return false;
    }
    *out_us = ms * 1000;
    return true;
}

/* What the call taker should know beside the position. */
static void words_read(const struct amp_form *form, struct amp_arena *arena,
                       struct amp_report *report)
{
    static const struct {
        const char *name, *says;
    } rows[] = {{"location_floor", "floor"},
                {"device_languages", "phone's language:"},
                {"emergency_number", "dialled"}};
    char room[WORDS_MAX];
    struct amp_buf words = amp_buf_over(room, sizeof room);
    struct amp_str value = {0}, metres = {0};
    int64_t crash_us = 0;
    if (millis_read(form, "adr_carcrash_time", report, &crash_us)) {
        char text[AMP_TIME_TEXT];
        amp_time_text(crash_us, text);
        amp_buf_text(&words, "the phone detected a car crash at ");
        amp_buf_text(&words, text);
    }
    if (report->located && get(form, "location_altitude", &metres)) {
        (void)get(form, "location_vertical_accuracy", &value);
        amp_aml_altitude(metres, value, &words);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (get(form, rows[i].name, &value) && value.len <= VALUE_MAX) {
            amp_aml_also(&words);
            amp_buf_text(&words, rows[i].says);
            amp_buf_char(&words, ' ');
            amp_buf_str(&words, value);
        }
    }
    amp_aml_words(&words, arena, report);
}

static bool is_number(struct amp_str text)
{
    bool good = text.len >= 3 && text.len <= 20;
    for (size_t i = text.len > 0 && text.ptr[0] == '+'; good && i < text.len; i++) {
        good = text.ptr[i] >= '0' && text.ptr[i] <= '9';
    }
    return good;
}

amp_err amp_aml_form(struct amp_str bytes, struct amp_arena *arena, struct amp_report *report,
                     struct amp_why *why)
{
    struct amp_form form = {0};
    struct amp_str value = {0};
    amp_err err = amp_form_read(bytes, arena, &form, why);
    if (err != AMP_OK) {
        return err;
    }
    position_read(&form, report);
    if (millis_read(&form, "location_time", report, &report->f.fix_time)) {
        report->f.has |= AMP_HAS(FIX_TIME);
    }
    if (get(&form, "device_number", &value)) {
        if (is_number(value)) {
            report->f.has |= AMP_HAS(NUMBER);
            report->f.number = amp_arena_str(arena, value);
        } else {
            amp_report_warn(report, AMP_STR("device_number is not a telephone number"));
        }
    }
    if (get(&form, "device_imei", &value)) {
        amp_aml_device(value, "device_imei", arena, report);
    }
    words_read(&form, arena, report);
    value.len = get(&form, "location_source", &value) ? value.len : 0;
    amp_aml_source(value, report);
    return AMP_OK;
}
