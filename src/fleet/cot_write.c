/* Cursor on Target events, written. */
#include "fleet/cot.h"

#include "base/timefmt.h"

#include <string.h>

#define UNKNOWN    "9999999"
#define MS_PER_KMH (1 / 3.6)

const char *amp_cot_type(struct amp_str kind)
{
    static const struct {
        const char *word, *type;
    } row[] = {
        {"helicopter", "a-f-A-C-H"}, {"air", "a-f-A-C-H"},  {"air-ambulance", "a-f-A-C-H"},
        {"boat", "a-f-S"},           {"lifeboat", "a-f-S"}, {"vessel", "a-f-S"},
        {"foot", "a-f-G"},           {"walker", "a-f-G"},   {"bicycle", "a-f-G"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (amp_str_is(kind, row[i].word)) {
            return row[i].type;
        }
    }
    return "a-f-G-E-V-C";
}

/* In an attribute or between tags; what XML cannot carry becomes a blank. */
static void xml_text(struct amp_buf *out, struct amp_str text)
{
    for (size_t i = 0; i < text.len;) {
        size_t n = amp_utf8_step(text.ptr + i, text.len - i);
        char c = text.ptr[i];
        switch (n == 1 ? c : 'x') {
        case '<':
            amp_buf_text(out, "&lt;");
            break;
        case '>':
            amp_buf_text(out, "&gt;");
            break;
        case '&':
            amp_buf_text(out, "&amp;");
            break;
        case '"':
            amp_buf_text(out, "&quot;");
            break;
        case '\'':
            amp_buf_text(out, "&apos;");
            break;
        default:
            if (n == 0 || (n == 1 && (unsigned char)c < ' ')) {
                amp_buf_char(out, ' ');
            } else {
                amp_buf_put(out, text.ptr + i, n);
            }
        }
        i += n > 0 ? n : 1;
    }
}

static void attribute(struct amp_buf *out, const char *name, struct amp_str text)
{
    amp_buf_printf(out, " %s=\"", name);
    xml_text(out, text);
    amp_buf_char(out, '"');
}

static void time_attribute(struct amp_buf *out, const char *name, int64_t time_us)
{
    char text[AMP_TIME_TEXT];
    amp_time_text(time_us, text);
    attribute(out, name, amp_str_of(text));
}

static void point_write(struct amp_buf *out, const struct amp_cot_event *event)
{
    amp_buf_printf(out, "<point lat=\"%.7f\" lon=\"%.7f\" hae=\"" UNKNOWN "\" le=\"" UNKNOWN "\"",
                   amp_lat_deg(event->pos), amp_lon_deg(event->pos));
    if (event->accuracy_m >= 0) {
        amp_buf_printf(out, " ce=\"%d\"/>", (int)event->accuracy_m);
    } else {
        amp_buf_text(out, " ce=\"" UNKNOWN "\"/>");
    }
}

static void detail_write(struct amp_buf *out, const struct amp_cot_event *event)
{
    amp_buf_text(out, "<detail>");
    if (strcmp(event->type, AMP_COT_DELETE) == 0) {
        amp_buf_text(out, "<link relation=\"none\" type=\"none\"");
        attribute(out, "uid", event->uid);
        amp_buf_text(out, "/><__forcedelete/></detail>");
        return;
    }
    amp_buf_text(out, "<contact");
    attribute(out, "callsign", event->callsign);
    amp_buf_text(out, "/>");
    if (event->heading_deg >= 0 && event->speed_kmh >= 0) {
        amp_buf_printf(out, "<track course=\"%d\" speed=\"%.1f\"/>", (int)event->heading_deg,
                       (double)event->speed_kmh * MS_PER_KMH);
    }
    if (event->remarks.len > 0) {
        amp_buf_text(out, "<remarks>");
        xml_text(out, event->remarks);
        amp_buf_text(out, "</remarks>");
    }
    amp_buf_text(out, "</detail>");
}

void amp_cot_write(struct amp_buf *out, const struct amp_cot_event *event)
{
    amp_buf_text(out, "<event version=\"2.0\"");
    attribute(out, "uid", event->uid);
    attribute(out, "type", amp_str_of(event->type));
    amp_buf_text(out, " how=\"m-g\"");
    time_attribute(out, "time", event->time_us);
    time_attribute(out, "start", event->time_us);
    time_attribute(out, "stale", event->stale_us);
    amp_buf_char(out, '>');
    point_write(out, event);
    detail_write(out, event);
    amp_buf_text(out, "</event>");
}
