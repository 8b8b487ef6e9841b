/* The page to print of `amparo dna kin --pairs` and `--power`: a table, and what it was made from.
 */
#include "cli/dna_case.h"
#include "cli/dna_kin.h"
#include "dna/html.h"
#include "dna/report_style.h"

void amp_cli_kin_page_open(struct amp_buf *page, const char *title, struct amp_str about,
                           const char *const *columns, size_t column_n)
{
    amp_buf_text(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                       "'none'; style-src 'unsafe-inline'\">\n<title>");
    amp_html_text(page, title);
    amp_buf_text(page, "</title>\n<style>");
    amp_buf_text(page, report_style);
    amp_buf_text(page, "</style>\n</head>\n<body>\n<main>\n<h1>");
    amp_html_text(page, title);
    amp_buf_text(page, "</h1>\n<p class=\"soft\">Amparo " AMP_VERSION ".</p>\n<p>");
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

amp_err amp_cli_kin_page_close(struct amp_buf *page, const struct amp_cli_kin_asked *asked,
                               const struct amp_cli_kin_files *files, struct amp_why *why)
{
    amp_buf_text(page, "</tbody></table></div>\n<h2>Made from</h2>\n<table><tbody>\n");
    amp_html_row(page, "Command", asked->command);
    for (size_t i = 0; i < files->n; i++) {
        struct amp_buf text = amp_buf_make(1 << 14);
        amp_buf_str(&text, files->source[i].file);
        amp_buf_text(&text, ", SHA-256 ");
        amp_kin_put_hash(files->source[i].sha256, &text);
        amp_html_row(page, files->source[i].role, amp_buf_view(&text));
        amp_buf_free(&text);
    }
    amp_buf_text(page, "</tbody></table>\n<h2>Signatures</h2>\n<table class=\"sign\"><tbody><tr>"
                       "<td>Analyst<br>Date, signature:</td><td>Reviewer<br>Date, signature:</td>"
                       "</tr></tbody></table>\n</main>\n</body>\n</html>\n");
    return amp_cli_dna_write(asked->report, page, why);
}
