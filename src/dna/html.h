/*
 * Text and numbers into a page of HTML or SVG, escaped.
 *
 * Everything that comes from a file or a person goes through amp_html_str: markup in it is shown,
 * never obeyed. Bytes that are no UTF-8, and control characters, become U+FFFD.
 */
#ifndef AMP_DNA_HTML_H
#define AMP_DNA_HTML_H

#include "base/buf.h"

/* The beginning of a page to print, up to and with its <h1>: "TITLE: of", "HEADING: of" (without ":
 * " when `of` is empty). Style inline, nothing fetched. amp_html_page_close ends it. */
void amp_html_page_open(struct amp_buf *out, const char *title, const char *heading,
                        struct amp_str of);
void amp_html_page_close(struct amp_buf *out);
void amp_html_str(struct amp_buf *out, struct amp_str text);
void amp_html_text(struct amp_buf *out, const char *terminated);
/* Fixed decimals with a true minus sign; a dash for what is not finite. */
void amp_html_num(struct amp_buf *out, double value, int decimals);
/* 10^log10_value in words of two digits: "3.4 × 10<sup>7</sup>", "0.21". */
void amp_html_power(struct amp_buf *out, double log10_value);
/* A table row of one cell heading and its text: <tr><th scope="row">..</th><td>..</td></tr>. */
void amp_html_row(struct amp_buf *out, const char *head, struct amp_str text);
void amp_html_row_num(struct amp_buf *out, const char *head, double value, int decimals);
/* <td class="n"> with the number. */
void amp_html_cell(struct amp_buf *out, double value, int decimals);

#endif
