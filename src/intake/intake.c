/* The table of intake formats, and the JSON form of a report. */
#include "intake/intake.h"

static const struct amp_intake formats[] = {
    {"aml", "Advanced Mobile Location: text SMS, data SMS, HTTPS form (ETSI TS 103 625)", true,
     amp_intake_aml, NULL},
    {"pidf-lo", "location objects: shapes and civic addresses (RFC 4119, 5491, 5139)", false,
     amp_intake_pidf, NULL},
    {"held", "answers of location servers, and requests to them: HELD (RFC 5985, 6155, 6753)",
     false, amp_intake_held, amp_intake_held_view},
    {"lost", "which centre serves a place: LoST requests and answers (RFC 5222)", false, NULL,
     amp_intake_lost},
    {"eido", "incidents from other centres: EIDO and its web socket bodies (NENA-STA-021)", false,
     amp_intake_eido, amp_intake_eido_view},
    {"adr", "Additional Data of a call: provider, service, device, subscriber (RFC 7852)", false,
     NULL, amp_intake_adr},
    {"veds", "crash data of a vehicle: VEDS 3.1 (RFC 8148)", false, amp_intake_veds,
     amp_intake_veds_view},
    {"msd", "crash data of eCall: MSD, versions 1 to 3 (EN 15722, RFC 8147)", false, amp_intake_msd,
     amp_intake_msd_view},
    {"cap", "public warnings: CAP 1.2, also 1.1 and 1.0 (OASIS)", false, NULL, amp_intake_cap},
    {"sip", "emergency calls over SIP: an INVITE with all its bodies (RFC 3261, 6442, 7852)", false,
     amp_intake_sip, NULL},
    {"edxl-de", "alerts in an envelope of EDXL-DE 1.0 or 2.0 (OASIS)", false, NULL,
     amp_intake_edxl},
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

static amp_err length_check(struct amp_str bytes, struct amp_why *why)
{
    return bytes.len <= AMP_INTAKE_MAX
               ? AMP_OK
               : amp_fail(why, AMP_E_LIMIT, "the message has %zu bytes; at most %d are read",
                          bytes.len, AMP_INTAKE_MAX);
}

amp_err amp_intake_view(const struct amp_intake *format, struct amp_str bytes,
                        struct amp_arena *arena, struct amp_json *js, struct amp_why *why)
{
    if (format->view != NULL) {
        amp_err err = length_check(bytes, why);
        return err ? err : format->view(bytes, arena, js, why);
    }
    struct amp_report report = {0};
    amp_err err = amp_intake_parse(format, bytes, arena, &report, why);
    if (err == AMP_OK) {
        amp_report_view(js, format, &report);
    }
    return err;
}

amp_err amp_intake_parse(const struct amp_intake *format, struct amp_str bytes,
                         struct amp_arena *arena, struct amp_report *out, struct amp_why *why)
{
    if (format->parse == NULL) {
        return amp_fail(why, AMP_E_UNSUPPORTED,
                        "no call comes in the format \"%s\"; `amparo intake` reads it",
                        format->name);
    }
    amp_err length = length_check(bytes, why);
    if (length != AMP_OK) {
        return length;
    }
    return format->parse(bytes, arena, out, why);
}

void amp_report_warn(struct amp_report *report, struct amp_str warning)
{
    if (report->warning_n < AMP_INTAKE_WARNINGS) {
        report->warning[report->warning_n++] = warning;
    }
}

/* At most `max` bytes, cut between characters. */
static struct amp_str cut_text(struct amp_str text, size_t max)
{
    size_t len = 0;
    size_t step = text.len > 0 ? amp_utf8_step(text.ptr, text.len) : 0;
    while (step > 0 && len + step <= max) {
        len += step;
        step = len < text.len ? amp_utf8_step(text.ptr + len, text.len - len) : 0;
    }
    return (struct amp_str){.ptr = text.ptr, .len = len};
}

void amp_report_place(struct amp_report *report, struct amp_arena *arena, struct amp_str text)
{
    char *line = amp_arena_text(arena, cut_text(text, AMP_LINE_MAX));
    for (char *c = line; c != NULL && *c != '\0'; c++) {
        *c = (unsigned char)*c < 0x20 || *c == 0x7f ? ' ' : *c;
    }
    report->f.place = amp_str_of(line);
    report->f.has |= AMP_HAS(PLACE);
    if (report->f.place.len < text.len) {
        amp_report_warn(report, AMP_STR("the place is longer than can be kept and was cut"));
    }
}

void amp_report_words(struct amp_report *report, struct amp_arena *arena, struct amp_str text)
{
    report->f.words = amp_arena_str(arena, cut_text(text, AMP_TEXT_MAX));
    report->f.has |= AMP_HAS(WORDS);
    if (report->f.words.len < text.len) {
        amp_report_warn(report, AMP_STR("the words are longer than can be kept and were cut"));
    }
}

void amp_intake_warnings(struct amp_json *js, const struct amp_str *warning, size_t n)
{
    amp_json_key(js, "warnings");
    amp_json_open(js, '[');
    for (size_t i = 0; i < n; i++) {
        amp_json_put_str(js, warning[i]);
    }
    amp_json_close(js, ']');
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
    str_maybe(js, f, AMP_FIELD_NAME, f->name);
    str_maybe(js, f, AMP_FIELD_DEVICE, f->device);
    str_maybe(js, f, AMP_FIELD_REF, f->ref);
    str_maybe(js, f, AMP_FIELD_WORDS, f->words);
    str_maybe(js, f, AMP_FIELD_PLACE, f->place);
    amp_json_str_maybe(js, "region", report->region);
    amp_intake_warnings(js, report->warning, report->warning_n);
    amp_json_close(js, '}');
}
