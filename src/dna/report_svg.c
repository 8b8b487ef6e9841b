/* The plots of a report: peaks as in an electropherogram, PP-plot, bars, histograms. */
#include "dna/html.h"
#include "dna/report.h"

#include <math.h>

enum {
    WIDE = 960,    /* units of the view box of wide plots */
    SLOT = 26,     /* of one allele */
    GAP = 26,      /* between markers */
    LEFT = 54,     /* room for the axis */
    STRIP = 190,   /* height of a dye's strip */
    BASE = 150,    /* its zero */
    TOP = 26,      /* its largest */
    BAR = 18,      /* height of a bar's row */
    SQUARE = 320,  /* side of a square plot */
    HISTOGRAM = 40 /* cells */
};

static void svg_open(struct amp_buf *out, int wide, int high, const char *title, const char *words)
{
    amp_buf_printf(out,
                   "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s. %s\" "
                   "style=\"max-width:%dpx\"><title>%s</title><desc>%s</desc>\n",
                   wide, high, title, words, wide, title, words);
}

static void line(struct amp_buf *out, const char *class, double x1, double y1, double x2, double y2)
{
    amp_buf_printf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                   class, x1, y1, x2, y2);
}

static void rect(struct amp_buf *out, const char *class, double x, double y, double wide,
                 double high)
{
    amp_buf_printf(out,
                   "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                   class, x, y, wide > 0 ? wide : 0, high > 0 ? high : 0);
}

static void words_at(struct amp_buf *out, const char *class, double x, double y,
                     struct amp_str text)
{
    amp_buf_printf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    amp_html_str(out, text);
    amp_buf_text(out, "</text>\n");
}

static void number_at(struct amp_buf *out, const char *class, double x, double y, double value,
                      int decimals)
{
    amp_buf_printf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    amp_html_num(out, value, decimals);
    amp_buf_text(out, "</text>\n");
}

/* Where each marker is drawn: sorted by dye and size when there is a kit, else as in the mixture.
 */
struct place {
    size_t marker;
    struct amp_str dye;
    double bp;
};

static struct place place_of(const struct amp_dna_report *report, size_t m)
{
    struct place place = {.marker = m};
    const struct amp_dna_kit *kit = report->settings->kit;
    const struct amp_dna_kit_marker *row =
        kit ? amp_dna_kit_marker_find(kit, report->hp.mix->marker[m].name) : NULL;
    if (row) {
        place.dye = row->dye;
        place.bp = row->allele_n > 0 ? row->size_bp[0] : 0;
    }
    return place;
}

static int dye_rank(struct amp_str dye)
{
    static const char *const order[] = {"blue", "green", "yellow", "red", "purple", "orange"};
    int i = 0;
    while (i < 6 && !amp_str_is(dye, order[i])) {
        i++;
    }
    return i;
}

static bool place_before(const struct place *a, const struct place *b)
{
    int ra = dye_rank(a->dye);
    int rb = dye_rank(b->dye);
    return ra != rb ? ra < rb : a->bp < b->bp;
}

static size_t places_make(const struct amp_dna_report *report,
                          struct place place[AMP_DNA_REPORT_DRAWN])
{
    size_t n = 0;
    for (size_t m = 0; m < report->hp.mix->marker_n && n < AMP_DNA_REPORT_DRAWN; m++) {
        struct place one = place_of(report, m);
        size_t at = n++;
        while (at > 0 && place_before(&one, &place[at - 1])) {
            place[at] = place[at - 1];
            at--;
        }
        place[at] = one;
    }
    return n;
}

static double marker_wide(const struct amp_mix_marker *marker)
{
    return (double)(marker->allele_n * SLOT + GAP);
}

/* How many places go into the strip that begins at `from`; their widths together. */
static size_t strip_take(const struct amp_dna_report *report, const struct place *place,
                         size_t from, size_t n)
{
    double wide = LEFT;
    size_t at = from;
    while (at < n && dye_rank(place[at].dye) == dye_rank(place[from].dye)) {
        wide += marker_wide(&report->hp.mix->marker[place[at].marker]);
        if (wide > WIDE && at > from) {
            break;
        }
        at++;
    }
    return at - from;
}

static double strip_highest(const struct amp_dna_report *report, const struct place *place,
                            size_t n)
{
    double most = 1;
    for (size_t i = 0; i < n; i++) {
        const struct amp_mix_marker *marker = &report->hp.mix->marker[place[i].marker];
        for (size_t a = 0; a < marker->allele_n; a++) {
            for (size_t r = 0; r < marker->replicate_n; r++) {
                double height = marker->allele[a].height[r];
                most = height > most ? height : most;
            }
            const struct amp_expected *expected = report->hp.expected;
            double tall = expected ? expected[place[i].marker].allele[a] : 0;
            most = tall > most ? tall : most;
        }
    }
    return most;
}

/* What is expected at one allele: a bar of the contributors' parts and a line at the sum. */
static void expected_draw(const struct amp_dna_report *report, size_t m, size_t a, double x,
                          double scale, struct amp_buf *out)
{
    if (!report->hp.expected) {
        return;
    }
    const struct amp_expected *expected = &report->hp.expected[m];
    size_t allele_n = report->hp.mix->marker[m].allele_n;
    double from = 0;
    for (size_t k = 0; k < report->hp.mix->contributor_n; k++) {
        double part = expected->contributor[k * allele_n + a];
        char class[8];
        struct amp_buf name = amp_buf_over(class, sizeof class);
        amp_buf_printf(&name, "c%zu", k % 8);
        if (part * scale > 0.05) {
            rect(out, amp_buf_cstr(&name), x + 4, BASE - (from + part) * scale, SLOT - 8,
                 part * scale);
        }
        from += part;
    }
    double y = BASE - expected->allele[a] * scale;
    line(out, "e", x + 1, y, x + SLOT - 1, y);
}

static void peak_draw(const struct amp_mix_marker *marker, size_t a, double x, double scale,
                      struct amp_buf *out)
{
    double step = (double)(SLOT - 10) / (double)marker->replicate_n;
    for (size_t r = 0; r < marker->replicate_n; r++) {
        double height = marker->allele[a].height[r];
        double middle = x + 5 + step * ((double)r + 0.5);
        double half = marker->replicate_n > 1 ? 0.42 * step : 5;
        if (height > 0) {
            amp_buf_printf(out,
                           "<path class=\"k\" d=\"M%.1f %d Q%.1f %d %.1f %.1f Q%.1f %d %.1f %d "
                           "Z\"/>\n",
                           middle - half, BASE, middle - half / 5, BASE, middle,
                           BASE - height * scale, middle + half / 5, BASE, middle + half, BASE);
        }
    }
}

/* From left to right by name as a number; names that are none, and the rest, come last. */
static double rung(const struct amp_mix_marker *marker, size_t a)
{
    double value = 0;
    bool number = (int32_t)a != marker->rest && !amp_str_double(marker->allele[a].name, &value);
    return number ? value : 1e9 + ((int32_t)a == marker->rest ? 1 : 0);
}

static void rungs_sort(const struct amp_mix_marker *marker, size_t order[AMP_MIX_ALLELES])
{
    for (size_t a = 0; a < marker->allele_n; a++) {
        size_t at = a;
        while (at > 0 && rung(marker, order[at - 1]) > rung(marker, a)) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = a;
    }
}

static void marker_draw(const struct amp_dna_report *report, size_t m, double x, double scale,
                        struct amp_buf *out)
{
    const struct amp_mix_marker *marker = &report->hp.mix->marker[m];
    double wide = (double)(marker->allele_n * SLOT);
    size_t order[AMP_MIX_ALLELES];
    rungs_sort(marker, order);
    words_at(out, "h", x + wide / 2, 14, marker->name);
    line(out, "a", x, BASE, x + wide, BASE);
    for (size_t i = 0; i < marker->allele_n; i++) {
        size_t a = order[i];
        double left = x + (double)(i * SLOT);
        struct amp_str name = (int32_t)a == marker->rest ? AMP_STR("rest") : marker->allele[a].name;
        if (name.len > 5) { /* names of sequences: what fits */
            name.len = 5;
        }
        expected_draw(report, m, a, left, scale, out);
        peak_draw(marker, a, left, scale, out);
        words_at(out, a < marker->genotype_n ? "l" : "l q", left + SLOT / 2.0, BASE + 13, name);
        if (marker->replicate_n == 1 && marker->allele[a].height[0] > 0) {
            number_at(out, "v", left + SLOT / 2.0, BASE + 26, marker->allele[a].height[0], 0);
        }
    }
    double y = BASE - marker->threshold * scale;
    line(out, "t", x, y, x + wide, y);
}

static void strip_draw(const struct amp_dna_report *report, const struct place *place, size_t n,
                       struct amp_buf *out)
{
    double wide = LEFT;
    for (size_t i = 0; i < n; i++) {
        wide += marker_wide(&report->hp.mix->marker[place[i].marker]);
    }
    double most = strip_highest(report, place, n);
    double scale = (BASE - TOP) / most;
    svg_open(out, wide > WIDE ? (int)wide : WIDE, STRIP, "Peaks",
             "Seen heights as peaks, heights expected under Hp as bars by contributor; the numbers "
             "stand in the tables");
    amp_buf_text(out, "<g class=\"d-");
    amp_html_str(out, place[0].dye.len > 0 ? place[0].dye : AMP_STR("none"));
    amp_buf_text(out, "\">\n");
    if (place[0].dye.len > 0) {
        words_at(out, "s", 4, 14, place[0].dye);
    }
    for (int i = 0; i <= 2; i++) {
        double value = most * i / 2;
        number_at(out, "y", LEFT - 8, BASE - value * scale + 4, value, 0);
        line(out, "g", LEFT - 4, BASE - value * scale, wide - GAP, BASE - value * scale);
    }
    double x = LEFT;
    for (size_t i = 0; i < n; i++) {
        marker_draw(report, place[i].marker, x, scale, out);
        x += marker_wide(&report->hp.mix->marker[place[i].marker]);
    }
    amp_buf_text(out, "</g></svg>\n");
}

void amp_dna_report_peaks(const struct amp_dna_report *report, struct amp_buf *out)
{
    struct place place[AMP_DNA_REPORT_DRAWN];
    size_t n = places_make(report, place);
    for (size_t at = 0; at < n;) {
        size_t take = strip_take(report, place, at, n);
        strip_draw(report, place + at, take, out);
        at += take;
    }
}

void amp_dna_report_pp(const struct amp_dna_report_side *side, struct amp_buf *out)
{
    enum {
        EDGE = 36
    };
    double scale = SQUARE - 2.0 * EDGE;
    svg_open(out, SQUARE, SQUARE, "PP-plot",
             "Cumulative probabilities of the peaks against uniform quantiles; a fair model lies "
             "along the diagonal");
    rect(out, "f", EDGE, EDGE, scale, scale);
    line(out, "e", EDGE, SQUARE - EDGE, SQUARE - EDGE, EDGE);
    for (int i = 0; i <= 2; i++) {
        number_at(out, "y", EDGE - 6, SQUARE - EDGE - scale * i / 2 + 4, i / 2.0, 1);
        number_at(out, "l", EDGE + scale * i / 2, SQUARE - EDGE + 14, i / 2.0, 1);
    }
    words_at(out, "h", SQUARE / 2.0, SQUARE - 6, AMP_STR("expected probability"));
    words_at(out, "s", EDGE, EDGE - 10, AMP_STR("observed probability"));
    for (size_t i = 0; i < side->pp->peak_n; i++) {
        const struct amp_pp_peak *peak = &side->pp->peak[i];
        amp_buf_printf(out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>\n",
                       peak->flagged ? "bad" : "ok", EDGE + scale * peak->quantile,
                       SQUARE - EDGE - scale * peak->probability, peak->flagged ? "4" : "2.5");
    }
    amp_buf_text(out, "</svg>\n");
}

void amp_dna_report_bars(const struct amp_dna_report *report, struct amp_buf *out)
{
    enum {
        NAME = 110,
        PLOT = 520
    };
    const struct amp_lr *lr = report->lr;
    size_t n = lr->marker_n < AMP_DNA_REPORT_DRAWN ? lr->marker_n : AMP_DNA_REPORT_DRAWN;
    double most = 1;
    for (size_t i = 0; i < n; i++) {
        double size = fabs(lr->marker[i].log10_lr);
        most = isfinite(size) && size > most ? size : most;
    }
    svg_open(out, NAME + PLOT + 60, (int)n * BAR + 30, "Likelihood ratio by marker",
             "Bars of log10 LR to the right of zero support Hp, to the left Hd; the numbers stand "
             "in the table");
    double zero = NAME + PLOT / 2.0;
    for (size_t i = 0; i < n; i++) {
        double value = lr->marker[i].log10_lr;
        double y = (double)(i * BAR) + 4;
        double size = isfinite(value) ? fabs(value) / most * PLOT / 2 : PLOT / 2.0;
        words_at(out, "r", NAME - 8, y + 12, lr->marker[i].name);
        rect(out, value < 0 ? "neg" : "pos", value < 0 ? zero - size : zero, y, size, BAR - 5);
        number_at(out, value < 0 ? "r" : "b", value < 0 ? zero - size - 4 : zero + size + 4, y + 11,
                  value, 2);
    }
    line(out, "a", zero, 0, zero, (double)n * BAR + 8);
    words_at(out, "r", zero - 8, (double)n * BAR + 22, AMP_STR("supports Hd"));
    words_at(out, "b", zero + 8, (double)n * BAR + 22, AMP_STR("supports Hp"));
    amp_buf_text(out, "</svg>\n");
}

static double first_finite(const struct amp_noncontributor *of)
{
    for (size_t i = 0; i < of->draw_n; i++) {
        if (isfinite(of->log10_lr[i])) {
            return of->log10_lr[i];
        }
    }
    return -1;
}

void amp_dna_report_histogram(const struct amp_noncontributor *of, struct amp_buf *out)
{
    size_t count[HISTOGRAM] = {0};
    size_t most = 1;
    double low = floor(first_finite(of));
    double high = of->observed > 1 ? of->observed : 1;
    high =
        of->draw_n > 0 && of->log10_lr[of->draw_n - 1] > high ? of->log10_lr[of->draw_n - 1] : high;
    double step = (high + 1 - low) / HISTOGRAM;
    for (size_t i = 0; i < of->draw_n; i++) {
        if (isfinite(of->log10_lr[i])) {
            size_t cell = (size_t)((of->log10_lr[i] - low) / step);
            cell = cell < HISTOGRAM ? cell : HISTOGRAM - 1;
            count[cell]++;
            most = count[cell] > most ? count[cell] : most;
        }
    }
    svg_open(out, WIDE / 2, 170, "Non-contributors",
             "How often random persons get which log10 LR, and the person of interest's as a line");
    double scale = (WIDE / 2.0 - 40) / HISTOGRAM;
    for (size_t i = 0; i < HISTOGRAM; i++) {
        double high_px = 110.0 * (double)count[i] / (double)most;
        rect(out, "pos", 20 + scale * (double)i, 130 - high_px, scale - 1, high_px);
    }
    line(out, "a", 20, 130, WIDE / 2.0 - 20, 130);
    if (isfinite(of->observed)) {
        double x = 20 + (of->observed - low) / step * scale;
        line(out, "t", x, 12, x, 130);
    }
    number_at(out, "l", 20, 146, low, 0);
    number_at(out, "l", WIDE / 2.0 - 20, 146, high + 1, 0);
    words_at(out, "h", WIDE / 4.0, 160, AMP_STR("log10 LR"));
    amp_buf_text(out, "</svg>\n");
}

void amp_dna_report_drop_out(const struct amp_dna_report *report, struct amp_buf *out)
{
    const struct amp_dna_report_curve *curve = &report->curve;
    double low = 0;
    double high = 1;
    for (size_t i = 0; i < curve->n; i++) {
        double value = curve->log10_lr[i];
        low = isfinite(value) && value < low ? value : low;
        high = isfinite(value) && value > high ? value : high;
    }
    svg_open(out, WIDE / 2, 200, "LR by drop-out probability",
             "log10 LR of the qualitative model along one drop-out probability of all");
    double scale = 150 / (high - low);
    amp_buf_text(out, "<polyline class=\"c\" points=\"");
    for (size_t i = 0; i < curve->n; i++) {
        if (isfinite(curve->log10_lr[i])) {
            amp_buf_printf(out, "%.1f,%.1f ", 50 + curve->drop_out[i] * (WIDE / 2.0 - 70),
                           165 - (curve->log10_lr[i] - low) * scale);
        }
    }
    amp_buf_text(out, "\"/>\n");
    line(out, "a", 50, 165 + low * scale, WIDE / 2.0 - 20, 165 + low * scale);
    number_at(out, "y", 44, 169, low, 1);
    number_at(out, "y", 44, 19, high, 1);
    number_at(out, "l", 50, 182, 0, 0);
    number_at(out, "l", WIDE / 2.0 - 20, 182, 1, 0);
    words_at(out, "h", WIDE / 4.0, 196, AMP_STR("drop-out probability"));
    amp_buf_text(out, "</svg>\n");
}
