/* The model of a crash: its line, its report, its JSON. */
#include "intake/crash.h"

#include "base/timefmt.h"

#include <string.h>

enum {
    LINE_MAX_BYTES = 2048,
    MANY = 5 /* occupants from which one ambulance will not do */
};

struct amp_crash amp_crash_make(void)
{
    return (struct amp_crash){.radius_m = AMP_CRASH_UNSAID,
                              .heading_deg = AMP_CRASH_UNSAID,
                              .delta_v_kmh = AMP_CRASH_UNSAID,
                              .turns = AMP_CRASH_UNSAID,
                              .airbags = AMP_CRASH_UNSAID,
                              .occupants = AMP_CRASH_UNSAID,
                              .belts = AMP_CRASH_UNSAID,
                              .seats = AMP_CRASH_UNSAID};
}

void amp_crash_warn(struct amp_crash *crash, struct amp_str warning)
{
    if (crash->warning_n < AMP_CRASH_WARNINGS) {
        crash->warning[crash->warning_n++] = warning;
    }
}

struct amp_str amp_crash_value(struct amp_str text, struct amp_arena *arena)
{
    size_t len = 0;
    text = amp_str_trim(text);
    char *copy = amp_arena_text(arena, text);
    for (size_t step = 1; copy != NULL && len < text.len; len += step) {
        step = amp_utf8_step(copy + len, text.len - len);
        if (step == 0 || len + step > AMP_CRASH_VALUE_MAX) {
            break;
        }
        const unsigned char c = (unsigned char)copy[len];
        copy[len] = c < 0x20 || c == 0x7f || c == ';' ? ' ' : copy[len];
    }
    return amp_str_trim((struct amp_str){copy, copy != NULL ? len : 0});
}

/* ---- the parts of the line ---- */

struct words {
    const char *word[8];
    size_t n;
};

static struct words fuels_of(const struct amp_crash *crash)
{
    static const char *const names[] = {"gasoline", "diesel",   "cng",     "lpg",
                                        "electric", "hydrogen", "another", "ethanol"};
    struct words out = {.n = 0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((crash->fuel & (1U << i)) != 0) {
            out.word[out.n++] = names[i];
        }
    }
    return out;
}

/* What speaks for a high priority. Who decides is the call taker. */
static struct words urgent_of(const struct amp_crash *crash)
{
    const struct {
        bool holds;
        const char *name;
    } rows[] = {{crash->fire == AMP_CRASH_YES, "fire"},
                {crash->leak == AMP_CRASH_YES, "leak"},
                {crash->rollover == AMP_CRASH_YES, "rollover"},
                {crash->delta_v_kmh >= AMP_CRASH_HARD_KMH, "delta-v"},
                {crash->injury == AMP_CRASH_YES, "injury"},
                {crash->seats > 0 && crash->belts < crash->seats, "unbelted"},
                {crash->occupants >= MANY, "occupants"}};
    struct words out = {.n = 0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].holds) {
            out.word[out.n++] = rows[i].name;
        }
    }
    return out;
}

static void part_put(struct amp_buf *out, const char *key, struct amp_str value)
{
    if (value.len > 0) {
        amp_buf_text(out, out->len == 0 ? "crash: " : "; ");
        amp_buf_text(out, key);
        amp_buf_char(out, ' ');
        amp_buf_str(out, value);
    }
}

static void number_put(struct amp_buf *out, const char *key, int number)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%d", number);
    part_put(out, key, number != AMP_CRASH_UNSAID ? amp_str_of(text) : AMP_STR(""));
}

static void said_put(struct amp_buf *out, const char *key, enum amp_crash_said said)
{
    static const char *const names[] = {"", "no", "yes"};
    part_put(out, key, amp_str_of(names[said]));
}

static void words_put(struct amp_buf *out, const char *key, struct words words)
{
    char text[128];
    size_t len = 0;
    for (size_t i = 0; i < words.n; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? " " : "",
                                words.word[i]);
    }
    part_put(out, key, (struct amp_str){text, len});
}

static void hurt_put(struct amp_buf *out, const struct amp_crash *crash)
{
    char belts[32] = "";
    said_put(out, "fire", crash->fire);
    said_put(out, "leak", crash->leak);
    said_put(out, "injury", crash->injury);
    number_put(out, "delta-v", crash->delta_v_kmh);
    said_put(out, "rollover", crash->rollover);
    number_put(out, "turns", crash->turns);
    part_put(out, "rest", amp_str_of(crash->rest));
    said_put(out, "impacts", crash->impacts);
    number_put(out, "airbags", crash->airbags);
    number_put(out, "occupants", crash->occupants);
    if (crash->seats > 0) {
        (void)snprintf(belts, sizeof belts, "%d/%d", crash->belts, crash->seats);
    }
    part_put(out, "belts", amp_str_of(belts));
}

struct amp_str amp_crash_line(const struct amp_crash *crash, struct amp_arena *arena)
{
    struct amp_buf out = amp_buf_make(LINE_MAX_BYTES);
    char text[AMP_TIME_TEXT] = "", at[AMP_POS_TEXT] = "";
    if (crash->timed) {
        amp_time_text(crash->time_us, text);
    }
    if (crash->unsure) {
        amp_pos_text(crash->pos, at);
    }
    said_put(&out, "test", crash->test == AMP_CRASH_YES ? AMP_CRASH_YES : AMP_CRASH_NOT_SAID);
    words_put(&out, "urgent", urgent_of(crash));
    part_put(&out, "by", amp_str_of(crash->by));
    part_put(&out, "time", amp_str_of(text));
    hurt_put(&out, crash);
    words_put(&out, "fuel", fuels_of(crash));
    part_put(&out, "body", amp_str_of(crash->body));
    part_put(&out, "vehicle", crash->vehicle);
    number_put(&out, "heading", crash->heading_deg);
    part_put(&out, "unsure", amp_str_of(at));
    part_put(&out, "vin", crash->vin);
    struct amp_str line = out.len > 0 ? amp_buf_view(&out) : AMP_STR("crash: said nothing");
    struct amp_str kept = amp_arena_str(arena, line);
    amp_buf_free(&out);
    return kept;
}

/* ---- the report ---- */

void amp_crash_place(const struct amp_crash *crash, struct amp_arena *arena,
                     struct amp_report *report)
{
    if (crash->located && !report->located) {
        report->located = true;
        report->f.pos = crash->pos;
        report->f.source = AMP_STR("vehicle");
        report->f.has |= AMP_HAS(POS) | AMP_HAS(SOURCE);
        if (crash->radius_m != AMP_CRASH_UNSAID) {
            report->f.radius_m = crash->radius_m;
            report->f.confidence_pct = 95;
            report->f.has |= AMP_HAS(RADIUS_M) | AMP_HAS(CONFIDENCE_PCT);
        }
        if (crash->timed) {
            report->f.fix_time = crash->time_us;
            report->f.has |= AMP_HAS(FIX_TIME);
        }
    }
    if (crash->place.len > 0 && (report->f.has & AMP_HAS(PLACE)) == 0) {
        amp_report_place(report, arena, crash->place);
    }
    for (size_t i = 0; i < crash->warning_n; i++) {
        amp_report_warn(report, crash->warning[i]);
    }
}

void amp_crash_report(const struct amp_crash *crash, struct amp_arena *arena,
                      struct amp_report *report)
{
    amp_report_words(report, arena, amp_crash_line(crash, arena));
    amp_crash_place(crash, arena, report);
}

/* ---- JSON ---- */

static void number_view(struct amp_json *js, const char *name, int number)
{
    if (number != AMP_CRASH_UNSAID) {
        amp_json_i64_of(js, name, number);
    }
}

static void said_view(struct amp_json *js, const char *name, enum amp_crash_said said)
{
    if (said != AMP_CRASH_NOT_SAID) {
        amp_json_bool_of(js, name, said == AMP_CRASH_YES);
    }
}

static void words_view(struct amp_json *js, const char *name, struct words words)
{
    amp_json_key(js, name);
    amp_json_open(js, '[');
    for (size_t i = 0; i < words.n; i++) {
        amp_json_put_text(js, words.word[i]);
    }
    amp_json_close(js, ']');
}

static void where_view(struct amp_json *js, const struct amp_crash *crash)
{
    amp_json_bool_of(js, "located", crash->located);
    if (crash->located || crash->unsure) {
        amp_json_pos_of(js, crash->pos);
    }
    if (crash->unsure) {
        amp_json_bool_of(js, "unsure", true);
    }
    number_view(js, "radius_m", crash->located ? crash->radius_m : AMP_CRASH_UNSAID);
    number_view(js, "heading_deg", crash->heading_deg);
    amp_json_str_maybe(js, "place", crash->place);
}

void amp_crash_view(struct amp_json *js, const char *format, const struct amp_crash *crash,
                    struct amp_arena *arena)
{
    amp_json_open(js, '{');
    amp_json_text_of(js, "format", format);
    amp_json_str_maybe(js, "by", amp_str_of(crash->by));
    if (crash->timed) {
        amp_json_time_of(js, "time", crash->time_us);
    }
    where_view(js, crash);
    said_view(js, "test", crash->test);
    said_view(js, "fire", crash->fire);
    said_view(js, "fuel_leak", crash->leak);
    said_view(js, "severe_injury", crash->injury);
    number_view(js, "delta_v_kmh", crash->delta_v_kmh);
    said_view(js, "rollover", crash->rollover);
    number_view(js, "quarter_turns", crash->turns);
    amp_json_str_maybe(js, "rest", amp_str_of(crash->rest));
    said_view(js, "multiple_impacts", crash->impacts);
    number_view(js, "airbags_deployed", crash->airbags);
    number_view(js, "occupants", crash->occupants);
    number_view(js, "belts_fastened", crash->belts);
    number_view(js, "belts_watched", crash->seats);
    words_view(js, "fuel", fuels_of(crash));
    amp_json_str_maybe(js, "body", amp_str_of(crash->body));
    amp_json_str_maybe(js, "vehicle", crash->vehicle);
    amp_json_str_maybe(js, "vin", crash->vin);
    amp_json_text_of(js, "suggested_type", AMP_CRASH_TYPE);
    words_view(js, "urgent", urgent_of(crash));
    amp_json_str_of(js, "words", amp_crash_line(crash, arena));
    amp_intake_warnings(js, crash->warning, crash->warning_n);
    amp_json_close(js, '}');
}
