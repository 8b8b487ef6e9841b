/* The page to print of `amparo dna kin --pairs` and `--power`: a table, and what it was made from.
 */
#include "cli/dna_case.h"
#include "cli/dna_kin.h"
#include "dna/html.h"

void amp_cli_kin_page_open(struct amp_buf *page, const char *title, struct amp_str about,
                           const char *const *columns, size_t column_n)
{
    amp_html_page_open(page, title, title, (struct amp_str){0});
    amp_buf_text(page, "<p class=\"soft\">Amparo " AMP_VERSION ".</p>\n<p>");
    amp_html_str(page, about);
    amp_buf_text(page, "</p>\n<div class=\"wide\"><table><thead><tr>");
    for (size_t i = 0; i < column_n; i++) {
        amp_buf_text(page, "<th scope=\"col\">");
        amp_html_text(page, columns[i]);
        amp_buf_text(page, "</th>");
    }
    amp_buf_text(page, "</tr></thead>\n<tbody>\n");
}

void amp_cli_kin_page_name(struct amp_buf *page, struct amp_str name)
{
    amp_buf_text(page, "<tr><th scope=\"row\">");
    amp_html_str(page, name);
    amp_buf_text(page, "</th>");
}

void amp_cli_kin_page_text(struct amp_buf *page, struct amp_str text)
{
    amp_buf_text(page, "<td>");
    amp_html_str(page, text);
    amp_buf_text(page, "</td>");
}

void amp_cli_kin_page_notes(struct amp_buf *page, const struct amp_str *note, size_t note_n)
{
    amp_buf_text(page, "</tbody></table></div>\n");
    for (size_t i = 0; i < note_n; i++) {
        amp_buf_text(page, i == 0 ? "<h2>Notes</h2>\n<ul>\n<li>" : "<li>");
        amp_html_str(page, note[i]);
        amp_buf_text(page, i + 1 == note_n ? "</li>\n</ul>\n" : "</li>\n");
    }
}

void amp_cli_kin_notes(struct amp_json *js, struct amp_buf *out, const struct amp_str *note,
                       size_t note_n)
{
    if (js != NULL) {
        amp_json_key(js, "notes");
        amp_json_open(js, '[');
    }
    for (size_t i = 0; i < note_n; i++) {
        if (js != NULL) {
            amp_json_put_str(js, note[i]);
        } else {
            amp_buf_printf(out, "\nNote: %.*s", (int)note[i].len, note[i].ptr);
        }
    }
    if (js != NULL) {
        amp_json_close(js, ']');
    }
}

amp_err amp_cli_kin_page_close(struct amp_buf *page, const struct amp_cli_kin_asked *asked,
                               const struct amp_cli_kin_files *files, struct amp_why *why)
{
    amp_buf_text(page, "<h2>Made from</h2>\n<table><tbody>\n");
    amp_kin_html_sources(page, asked->command, files->source, files->n);
    amp_buf_text(page, "</tbody></table>\n");
    amp_kin_html_end(page);
    return amp_cli_dna_write(asked->report, page, why);
}
