/* The table of intake formats, and the JSON form of a report. */
#include "intake/intake.h"

static const struct amp_intake formats[] = {
    {"aml", "Advanced Mobile Location: text SMS, data SMS, HTTPS form (ETSI TS 103 625)", true,
     amp_intake_aml},
    {"pidf-lo", "location objects: shapes and civic addresses (RFC 4119, 5491, 5139)", false,
     amp_intake_pidf},
};

size_t amp_intake_count(void)
{
    return sizeof(formats) / sizeof(formats[0]);
}

const struct amp_intake *amp_intake_at(size_t i)
{
    return i < amp_intake_count() ? &formats[i] : NULL;
}

const struct amp_intake *amp_intake_find(struct amp_str name)
{
    for (size_t i = 0; i < amp_intake_count(); i++) {
        if (amp_str_is(name, formats[i].name)) {
            return &formats[i];
        }
    }
    return NULL;
}

amp_err amp_intake_parse(const struct amp_intake *format, struct amp_str bytes,
                         struct amp_arena *arena, struct amp_report *out, struct amp_why *why)
{
    if (bytes.len > AMP_INTAKE_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "the message has %zu bytes; at most %d are read",
                        bytes.len, AMP_INTAKE_MAX);
    }
    struct amp_report report = {0};
    amp_err err = format->parse(bytes, arena, &report, why);
    if (!err) {
        *out = report;
    }
    return err;
}

void amp_report_warn(struct amp_report *report, struct amp_str warning)
{
    if (report->warning_n < AMP_INTAKE_WARNINGS) {
        report->warning[report->warning_n++] = warning;
    }
}

static void str_maybe(struct amp_json *js, const struct amp_fields *f, enum amp_field id,
                      struct amp_str text)
{
    if (f->has & (UINT64_C(1) << id)) {
        amp_json_str_of(js, amp_field_rows[id].name, text);
    }
}

static void int_maybe(struct amp_json *js, const struct amp_fields *f, enum amp_field id,
                      int64_t value)
{
    if (f->has & (UINT64_C(1) << id)) {
        amp_json_i64_of(js, amp_field_rows[id].name, value);
    }
}

void amp_report_view(struct amp_json *js, const struct amp_intake *format,
                     const struct amp_report *report)
{
    const struct amp_fields *f = &report->f;
    amp_json_open(js, '{');
    amp_json_text_of(js, "format", format->name);
    amp_json_bool_of(js, "located", report->located);
    if (report->located) {
        amp_json_pos_of(js, f->pos);
    }
    int_maybe(js, f, AMP_FIELD_RADIUS_M, f->radius_m);
    int_maybe(js, f, AMP_FIELD_CONFIDENCE_PCT, f->confidence_pct);
    str_maybe(js, f, AMP_FIELD_SOURCE, f->source);
    if (f->has & AMP_HAS(FIX_TIME)) {
        amp_json_time_of(js, "fix_time", f->fix_time);
    }
    str_maybe(js, f, AMP_FIELD_NUMBER, f->number);
    str_maybe(js, f, AMP_FIELD_DEVICE, f->device);
    str_maybe(js, f, AMP_FIELD_WORDS, f->words);
    str_maybe(js, f, AMP_FIELD_PLACE, f->place);
    if (report->region.len > 0) {
        amp_json_str_of(js, "region", report->region);
    }
    amp_json_key(js, "warnings");
    amp_json_open(js, '[');
    for (size_t i = 0; i < report->warning_n; i++) {
        amp_json_put_str(js, report->warning[i]);
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}
