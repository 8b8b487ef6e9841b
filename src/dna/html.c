/* Escaping and numbers of the pages that Amparo writes. */
#include "dna/html.h"
#include "dna/numeric.h"
#include "dna/report_style.h"

#include <math.h>

/* What a byte is written as; NULL: as it is. */
static const char *entity(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\n':
    case '\t':
        return " ";
    default:
        return c < ' ' || c == 127 ? "\xEF\xBF\xBD" : NULL;
    }
}

void amp_html_str(struct amp_buf *out, struct amp_str text)
{
    for (size_t at = 0; at < text.len;) {
        size_t step = amp_utf8_step(text.ptr + at, text.len - at);
        const char *as = step == 1 ? entity((unsigned char)text.ptr[at]) : NULL;
        if (step == 0) {
            as = "\xEF\xBF\xBD";
            step = 1;
        }
        if (as) {
            amp_buf_text(out, as);
        } else {
            amp_buf_put(out, text.ptr + at, step);
        }
        at += step;
    }
}

void amp_html_text(struct amp_buf *out, const char *terminated)
{
    amp_html_str(out, amp_str_of(terminated));
}

void amp_html_num(struct amp_buf *out, double value, int decimals)
{
    char text[352];
    if (!isfinite(value)) {
        amp_buf_text(out, "–");
        return;
    }
    struct amp_buf room = amp_buf_over(text, sizeof text);
    amp_buf_printf(&room, "%.*f", decimals, fabs(value));
    bool zero = true;
    for (size_t i = 0; i < room.len; i++) {
        zero = zero && (text[i] == '0' || text[i] == '.');
    }
    if (value < 0 && !zero) {
        amp_buf_text(out, "−");
    }
    amp_buf_put(out, room.data, room.len);
}

void amp_html_power(struct amp_buf *out, double log10_value)
{
    if (!isfinite(log10_value)) {
        amp_buf_text(out, log10_value < 0 ? "0" : log10_value > 0 ? "∞" : "–");
        return;
    }
    double exponent = floor(log10_value);
    double digits = amp_pow(10, log10_value - exponent);
    if (digits >= 9.95) {
        digits /= 10;
        exponent += 1;
    }
    if (exponent >= -3 && exponent < 4) {
        amp_html_num(out, digits * amp_pow(10, exponent), exponent < 1 ? 1 - (int)exponent : 0);
        return;
    }
    amp_html_num(out, digits, 1);
    amp_buf_text(out, " × 10<sup>");
    amp_html_num(out, exponent, 0);
    amp_buf_text(out, "</sup>");
}

void amp_html_row(struct amp_buf *out, const char *head, struct amp_str text)
{
    amp_buf_text(out, "<tr><th scope=\"row\">");
    amp_html_text(out, head);
    amp_buf_text(out, "</th><td>");
    amp_html_str(out, text);
    amp_buf_text(out, "</td></tr>\n");
}

void amp_html_row_num(struct amp_buf *out, const char *head, double value, int decimals)
{
    amp_buf_text(out, "<tr><th scope=\"row\">");
    amp_html_text(out, head);
    amp_buf_text(out, "</th><td>");
    amp_html_num(out, value, decimals);
    amp_buf_text(out, "</td></tr>\n");
}

void amp_html_cell(struct amp_buf *out, double value, int decimals)
{
    amp_buf_text(out, "<td class=\"n\">");
    amp_html_num(out, value, decimals);
    amp_buf_text(out, "</td>");
}

static void titled(struct amp_buf *out, const char *what, struct amp_str of)
{
    amp_html_text(out, what);
    if (of.len > 0) {
        amp_buf_text(out, ": ");
        amp_html_str(out, of);
    }
}

void amp_html_page_open(struct amp_buf *out, const char *title, const char *heading,
                        struct amp_str of)
{
    amp_buf_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                      "'none'; style-src 'unsafe-inline'\">\n<title>");
    titled(out, title, of);
    amp_buf_text(out, "</title>\n<style>");
    amp_buf_text(out, report_style);
    amp_buf_text(out, "</style>\n</head>\n<body>\n<main>\n<h1>");
    titled(out, heading, of);
    amp_buf_text(out, "</h1>\n");
}

void amp_html_page_close(struct amp_buf *out)
{
    amp_buf_text(out, "</main>\n</body>\n</html>\n");
}
