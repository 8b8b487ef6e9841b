/* The report of a kinship case as a page to print. */
#include "dna/html.h"
#include "dna/kin_report.h"

#include <math.h>

enum {
    ROW_PX = 20,
    NAME_PX = 130,
    PLOT_PX = 620
};

static void head_put(const struct amp_kin_report *report, struct amp_buf *out)
{
    amp_html_page_open(out, "Kinship report", "Evaluation of relationships", report->kc->file);
    amp_buf_text(out, "<p class=\"soft\">");
    amp_html_text(out, report->kc->format);
    amp_buf_text(out, ". Amparo ");
    amp_html_text(out, report->version);
    amp_buf_text(out, ".</p>\n");
}

static void results_put(const struct amp_kin_report *report, struct amp_arena *arena,
                        struct amp_buf *out)
{
    const struct amp_kin_result *result = report->result;
    for (size_t h = 0; h < report->kc->hypothesis_n; h++) {
        if (h == result->against && report->kc->hypothesis_n > 1) {
            continue;
        }
        amp_buf_text(out, "<section class=\"result\" aria-label=\"Result\">\n");
        if (h != result->against && isfinite(result->log_ratio[h])) {
            amp_buf_text(out, "<strong class=\"big\">LR = ");
            amp_html_power(out, amp_kin_log10(result->log_ratio[h]));
            amp_buf_text(out, " (log<sub>10</sub> LR ");
            amp_html_num(out, amp_kin_log10(result->log_ratio[h]), 2);
            amp_buf_text(out, ")</strong>\n");
        }
        amp_buf_text(out, "<p>");
        amp_html_str(out, h == result->against
                              ? AMP_STR("There is one pedigree; a likelihood ratio needs a second.")
                              : amp_kin_statement(report, h, arena));
        amp_buf_text(out, "</p>\n</section>\n");
    }
    amp_buf_text(out, "<p class=\"soft\">A likelihood ratio says how much more probable the "
                      "genotypes are under one pedigree than under another. It does not say how "
                      "probable a pedigree is: that needs what else is known of the case.</p>\n");
}

static void hypotheses_put(const struct amp_kin_report *report, struct amp_buf *out)
{
    const struct amp_kin_case *kc = report->kc;
    amp_buf_text(out, "<h2>Pedigrees</h2>\n<table><thead><tr><th>Pedigree</th><th>Relations</th>"
                      "<th class=\"n\">ln L</th></tr></thead>\n<tbody>\n");
    for (size_t h = 0; h < kc->hypothesis_n; h++) {
        const struct amp_kin_pedigree *ped = &kc->hypothesis[h].pedigree;
        amp_buf_text(out, "<tr><th scope=\"row\">");
        amp_html_str(out, kc->hypothesis[h].name);
        amp_buf_text(out, h == report->result->against ? " (reference)</th><td>" : "</th><td>");
        bool any = false;
        for (size_t i = 0; i < ped->person_n; i++) {
            const struct amp_kin_person *p = &ped->person[i];
            if (p->father < 0 && p->twin < 0) {
                continue;
            }
            amp_buf_text(out, any ? "; " : "");
            any = true;
            amp_html_str(out, p->name);
            if (p->twin >= 0) {
                amp_buf_text(out, " is the same as, or the identical twin of, ");
                amp_html_str(out, ped->person[p->twin].name);
            }
            if (p->father >= 0) {
                amp_buf_text(out, p->twin >= 0 ? ", child of " : " is a child of ");
                amp_html_str(out, ped->person[p->father].name);
                amp_buf_text(out, " and ");
                amp_html_str(out, ped->person[p->mother].name);
            }
        }
        amp_buf_text(out, any ? "</td>" : "nobody is related</td>");
        amp_html_cell(out, report->result->total[h], 6);
        amp_buf_text(out, "</tr>\n");
    }
    amp_buf_text(out, "</tbody></table>\n");
}

/* Bars of log10 LR per marker of one hypothesis. */
static void bars_put(const struct amp_kin_report *report, size_t h, struct amp_buf *out)
{
    const struct amp_kin_case *kc = report->kc;
    const double *mine = &report->result->loglik[h * kc->marker_n];
    const double *other = &report->result->loglik[report->result->against * kc->marker_n];
    double most = 0.5;
    for (size_t m = 0; m < kc->marker_n; m++) {
        const double size = fabs(amp_kin_log10(mine[m] - other[m]));
        most = isfinite(size) && size > most ? size : most;
    }
    amp_buf_printf(out,
                   "<svg viewBox=\"0 0 %d %zu\" role=\"img\"><title>log10 LR of each marker"
                   "</title><desc>Bars to the right support the pedigree, to the left its "
                   "reference.</desc>\n<line class=\"a\" x1=\"%d\" y1=\"0\" x2=\"%d\" "
                   "y2=\"%zu\"/>\n",
                   NAME_PX + PLOT_PX + 70, kc->marker_n * ROW_PX, NAME_PX + PLOT_PX / 2,
                   NAME_PX + PLOT_PX / 2, kc->marker_n * ROW_PX);
    for (size_t m = 0; m < kc->marker_n; m++) {
        const double value = amp_kin_log10(mine[m] - other[m]);
        const size_t y = m * ROW_PX;
        amp_buf_printf(out, "<text class=\"r\" x=\"%d\" y=\"%zu\">", NAME_PX - 8, y + 14);
        amp_html_str(out, kc->marker[m].name);
        amp_buf_text(out, "</text>");
        if (isfinite(value)) {
            const double width = fabs(value) / most * PLOT_PX / 2;
            const double left = NAME_PX + PLOT_PX / 2.0 - (value < 0 ? width : 0);
            amp_buf_printf(out,
                           "<rect class=\"%s\" x=\"%.1f\" y=\"%zu\" width=\"%.1f\" "
                           "height=\"%d\"/>",
                           value < 0 ? "neg" : "pos", left, y + 4, width, ROW_PX - 8);
        }
        amp_buf_printf(out, "<text x=\"%d\" y=\"%zu\">", NAME_PX + PLOT_PX + 8, y + 14);
        amp_html_num(out, value, 3);
        amp_buf_text(out, "</text>\n");
    }
    amp_buf_text(out, "</svg>\n");
}

static void markers_put(const struct amp_kin_report *report, struct amp_arena *arena,
                        struct amp_buf *out)
{
    const struct amp_kin_case *kc = report->kc;
    for (size_t h = 0; h < kc->hypothesis_n; h++) {
        if (h != report->result->against &&
            kc->hypothesis[h].group == kc->hypothesis[report->result->against].group) {
            amp_buf_text(out, "<h2>Evidence of each marker: ");
            amp_html_str(out, kc->hypothesis[h].name);
            amp_buf_text(out, " against ");
            amp_html_str(out, kc->hypothesis[report->result->against].name);
            amp_buf_text(out, " (log<sub>10</sub> LR)</h2>\n");
            bars_put(report, h, out);
        }
    }
    amp_buf_text(out, "<h2>Markers</h2>\n<div class=\"wide\"><table><thead><tr><th>Marker</th>"
                      "<th class=\"n\">Alleles</th><th>Mutation, men</th><th>Mutation, women</th>"
                      "<th class=\"n\">Silent</th><th class=\"n\">Drop-out</th></tr></thead>\n"
                      "<tbody>\n");
    for (size_t m = 0; m < kc->marker_n; m++) {
        const struct amp_kin_marker *marker = &kc->marker[m];
        amp_buf_text(out, "<tr><th scope=\"row\" style=\"white-space:nowrap\">");
        amp_html_str(out, marker->name);
        amp_buf_text(out, "</th>");
        amp_html_cell(out, (double)marker->allele_n, 0);
        amp_buf_text(out, "<td>");
        amp_html_str(out, amp_kin_mutation_words(&marker->male, arena));
        amp_buf_text(out, "</td><td>");
        amp_html_str(out, amp_kin_mutation_words(&marker->female, arena));
        amp_buf_text(out, "</td>");
        amp_html_cell(out, marker->silent >= 0 ? marker->freq[marker->silent] : 0, 5);
        amp_html_cell(out, marker->drop_out, 4);
        amp_buf_text(out, "</tr>\n");
    }
    amp_buf_text(out, "</tbody></table></div>\n");
}

void amp_kin_html_sources(struct amp_buf *out, struct amp_str command,
                          const struct amp_kin_source *source, size_t source_n)
{
    amp_html_row(out, "Command", command);
    for (size_t i = 0; i < source_n; i++) {
        struct amp_buf text = amp_buf_make(1 << 14);
        amp_buf_str(&text, source[i].file);
        amp_buf_text(&text, ", SHA-256 ");
        amp_kin_put_hash(source[i].sha256, &text);
        amp_html_row(out, source[i].role, amp_buf_view(&text));
        amp_buf_free(&text);
    }
}

void amp_kin_html_end(struct amp_buf *out)
{
    amp_buf_text(out,
                 "<h2>Signatures</h2>\n<table class=\"sign\"><tbody><tr><td>Analyst<br>Date, "
                 "signature:</td><td>Reviewer<br>Date, signature:</td></tr></tbody></table>\n");
    amp_html_page_close(out);
}

static void settings_put(const struct amp_kin_report *report, struct amp_buf *out)
{
    const struct amp_kin_case *kc = report->kc;
    amp_buf_text(out, "<h2>Settings and assumptions</h2>\n<table><tbody>\n");
    amp_html_row_num(out, "Theta", kc->marker_n ? kc->marker[0].theta : 0, 4);
    amp_html_row(out, "Untyped founders", amp_str_of(amp_kin_untyped_words(report->untyped)));
    amp_html_row(out, "Linkage",
                 kc->group_n ? AMP_STR("markers of one chromosome are linked, others independent")
                             : AMP_STR("markers are taken as independent"));
    amp_kin_html_sources(out, report->command, report->source, report->source_n);
    amp_buf_text(out, "</tbody></table>\n");
    for (size_t i = 0; i < kc->note_n; i++) {
        amp_buf_text(out, i == 0 ? "<section class=\"warn\"><h2>Notes</h2>\n<ul>\n" : "");
        amp_buf_text(out, "<li>");
        amp_html_str(out, kc->note[i]);
        amp_buf_text(out, i + 1 == kc->note_n ? "</li>\n</ul></section>\n" : "</li>\n");
    }
}

void amp_kin_report_html(const struct amp_kin_report *report, struct amp_arena *arena,
                         struct amp_buf *out)
{
    head_put(report, out);
    results_put(report, arena, out);
    hypotheses_put(report, out);
    markers_put(report, arena, out);
    settings_put(report, out);
    amp_kin_html_end(out);
}
