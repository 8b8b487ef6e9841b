/* The profiles of a report: peaks at or above the threshold and below it, and the typed persons. */
#include "dna/html.h"
#include "dna/report.h"

enum {
    PERSONS_SHOWN = 8
};

static void peaks_put(const struct amp_dna_locus *locus, double threshold, bool above,
                      struct amp_buf *out)
{
    size_t n = 0;
    for (size_t p = 0; locus && p < locus->peak_n; p++) {
        const struct amp_dna_peak *peak = &locus->peak[p];
        if ((peak->height >= threshold) != above) {
            continue;
        }
        amp_buf_text(out, n++ > 0 ? ", " : "");
        amp_html_str(out, peak->allele);
        amp_buf_text(out, "&nbsp;(");
        amp_html_num(out, peak->height, 0);
        amp_buf_char(out, ')');
    }
}

static void genotype_put(const struct amp_dna_locus *locus, struct amp_buf *out)
{
    amp_buf_text(out, "<td>");
    for (size_t p = 0; locus && p < locus->peak_n; p++) {
        amp_buf_text(out, p > 0 ? "/" : "");
        amp_html_str(out, locus->peak[p].allele);
    }
    amp_buf_text(out, locus && locus->peak_n > 0 ? "</td>" : "–</td>");
}

/* Whoever is named in a proposition, the person of interest first. */
static size_t persons_list(const struct amp_dna_report *report,
                           const struct amp_dna_sample *person[PERSONS_SHOWN])
{
    const struct amp_mix_hypothesis *h = report->hp.hypothesis;
    size_t n = 0;
    for (size_t i = 0; i < h->known_n + h->typed_n && n < PERSONS_SHOWN; i++) {
        struct amp_str name = i < h->known_n ? h->known[i] : h->typed[i - h->known_n];
        const struct amp_dna_sample *sample = amp_dna_sample_find(report->input->references, name);
        if (sample) {
            person[n++] = sample;
        }
    }
    return n;
}

static void head_put(const struct amp_dna_sample *const *person, size_t person_n,
                     struct amp_buf *out)
{
    amp_buf_text(
        out, "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">Marker</th>"
             "<th scope=\"col\">Peaks evaluated (height)</th>"
             "<th scope=\"col\">Below the threshold</th>");
    for (size_t i = 0; i < person_n; i++) {
        amp_buf_text(out, "<th scope=\"col\">");
        amp_html_str(out, person[i]->name);
        amp_buf_text(out, "</th>");
    }
    amp_buf_text(out, "</tr></thead>\n<tbody>\n");
}

void amp_dna_report_profiles(const struct amp_dna_report *report, struct amp_buf *out)
{
    const struct amp_dna_sample *person[PERSONS_SHOWN];
    size_t person_n = persons_list(report, person);
    head_put(person, person_n, out);
    for (size_t m = 0; m < report->hp.mix->marker_n; m++) {
        const struct amp_mix_marker *marker = &report->hp.mix->marker[m];
        amp_buf_text(out, "<tr><th scope=\"row\">");
        amp_html_str(out, marker->name);
        amp_buf_text(out, "</th>");
        for (int above = 1; above >= 0; above--) {
            amp_buf_text(out, above ? "<td>" : "<td class=\"soft\">");
            for (size_t r = 0; r < report->input->replicate_n; r++) {
                amp_buf_text(out, r > 0 ? "<br>" : "");
                peaks_put(amp_dna_locus_find(report->input->replicate[r], marker->name),
                          marker->threshold, above != 0, out);
            }
            amp_buf_text(out, "</td>");
        }
        for (size_t i = 0; i < person_n; i++) {
            genotype_put(amp_dna_locus_find(person[i], marker->name), out);
        }
        amp_buf_text(out, "</tr>\n");
    }
    amp_buf_text(out, "</tbody></table></div>\n");
}
