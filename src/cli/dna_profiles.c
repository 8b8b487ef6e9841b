/* `amparo dna profiles`: what was read of a table and how, to be checked before calculating. */
#include "cli/dna.h"
#include "cli/dna_source.h"
#include "dna/freq.h"

enum {
    PROFILES_TEXT_MAX = 1 << 30,
    PROFILES_ARENA = 1 << 30
};

struct asked {
    const char *file;
    bool frequencies, markers, json;
};

struct heights {
    size_t peak_n;
    double least, most;
};

static struct heights heights_of(const struct amp_dna_sample *sample)
{
    struct heights of = {0};
    for (size_t i = 0; i < sample->locus_n; i++) {
        for (size_t j = 0; j < sample->locus[i].peak_n; j++) {
            const double height = sample->locus[i].peak[j].height;
            of.least = of.peak_n == 0 || height < of.least ? height : of.least;
            of.most = height > of.most ? height : of.most;
            of.peak_n++;
        }
    }
    return of;
}

static void locus_json(const struct amp_dna_sample *sample, const struct amp_dna_locus *locus,
                       struct amp_json *js)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "name", locus->marker);
    amp_json_i64_of(js, "line", (int64_t)locus->line);
    amp_json_key(js, "alleles");
    amp_json_open(js, '[');
    for (size_t i = 0; i < locus->peak_n; i++) {
        amp_json_put_str(js, locus->peak[i].allele);
    }
    amp_json_close(js, ']');
    if (sample->heights) {
        amp_json_key(js, "heights");
        amp_json_open(js, '[');
        for (size_t i = 0; i < locus->peak_n; i++) {
            amp_json_put_double(js, locus->peak[i].height, 3);
        }
        amp_json_close(js, ']');
    }
    amp_json_close(js, '}');
}

static void sample_json(const struct amp_dna_sample *sample, struct amp_json *js)
{
    const struct heights of = heights_of(sample);
    amp_json_open(js, '{');
    amp_json_str_of(js, "name", sample->name);
    amp_json_text_of(js, "kind", sample->heights ? "stain" : "reference");
    amp_json_i64_of(js, "peaks", (int64_t)of.peak_n);
    if (sample->heights) {
        amp_json_double_of(js, "lowest", of.least, 3);
        amp_json_double_of(js, "highest", of.most, 3);
    }
    amp_json_key(js, "markers");
    amp_json_open(js, '[');
    for (size_t i = 0; i < sample->locus_n; i++) {
        locus_json(sample, &sample->locus[i], js);
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void profiles_json(const struct amp_dna_profiles *profiles, struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_cli_dna_source_json(&profiles->source, &js);
    amp_json_key(&js, "samples");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < profiles->sample_n; i++) {
        sample_json(&profiles->sample[i], &js);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

static void locus_text(const struct amp_dna_sample *sample, const struct amp_dna_locus *locus,
                       struct amp_buf *out)
{
    amp_buf_printf(out, "\n  %-10.*s", (int)locus->marker.len, locus->marker.ptr);
    for (size_t i = 0; i < locus->peak_n; i++) {
        const struct amp_dna_peak *peak = &locus->peak[i];
        amp_buf_printf(out, " %.*s", (int)peak->allele.len, peak->allele.ptr);
        if (sample->heights) {
            amp_buf_printf(out, " (%.6g)", peak->height);
        }
    }
}

static void profiles_text(const struct amp_dna_profiles *profiles, bool markers,
                          struct amp_buf *out)
{
    amp_cli_dna_source_text(&profiles->source, out);
    amp_buf_printf(out, "%zu sample%s", profiles->sample_n, profiles->sample_n == 1 ? "" : "s");
    for (size_t i = 0; i < profiles->sample_n; i++) {
        const struct amp_dna_sample *sample = &profiles->sample[i];
        const struct heights of = heights_of(sample);
        amp_buf_printf(out, "\n%.*s: %s, %zu markers, %zu %s", (int)sample->name.len,
                       sample->name.ptr, sample->heights ? "stain" : "reference", sample->locus_n,
                       of.peak_n, sample->heights ? "peaks" : "alleles");
        if (sample->heights && of.peak_n > 0) {
            amp_buf_printf(out, ", heights %.6g to %.6g", of.least, of.most);
        }
        for (size_t j = 0; markers && j < sample->locus_n; j++) {
            locus_text(sample, &sample->locus[j], out);
        }
    }
}

static void freq_json(const struct amp_dna_freq *freq, struct amp_json *js)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "name", freq->marker);
    amp_json_double_of(js, "sum", freq->sum, 9);
    amp_json_double_of(js, "alleles_counted", freq->sample_n, 0);
    amp_json_key(js, "alleles");
    amp_json_open(js, '[');
    for (size_t i = 0; i < freq->allele_n; i++) {
        amp_json_put_str(js, freq->allele[i]);
    }
    amp_json_close(js, ']');
    amp_json_key(js, "frequencies");
    amp_json_open(js, '[');
    for (size_t i = 0; i < freq->allele_n; i++) {
        amp_json_put_double(js, freq->freq[i], 15);
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void freqs_json(const struct amp_dna_freqs *freqs, struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_cli_dna_source_json(&freqs->source, &js);
    amp_json_double_of(&js, "smallest", freqs->min_freq, 15);
    amp_json_key(&js, "markers");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < freqs->marker_n; i++) {
        freq_json(&freqs->marker[i], &js);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

static void freqs_text(const struct amp_dna_freqs *freqs, bool markers, struct amp_buf *out)
{
    amp_cli_dna_source_text(&freqs->source, out);
    amp_buf_printf(out, "%zu markers, smallest frequency %.6g", freqs->marker_n, freqs->min_freq);
    for (size_t i = 0; i < freqs->marker_n; i++) {
        const struct amp_dna_freq *freq = &freqs->marker[i];
        amp_buf_printf(out, "\n%-10.*s %3zu alleles, sum %.6f", (int)freq->marker.len,
                       freq->marker.ptr, freq->allele_n, freq->sum);
        if (freq->sample_n > 0) {
            amp_buf_printf(out, ", of %.0f counted", freq->sample_n);
        }
        for (size_t j = 0; markers && j < freq->allele_n; j++) {
            amp_buf_printf(out, "\n  %-10.*s %.6g", (int)freq->allele[j].len, freq->allele[j].ptr,
                           freq->freq[j]);
        }
    }
}

static amp_err file_show(const struct asked *asked, struct amp_str bytes, struct amp_arena *arena,
                         struct amp_buf *out, struct amp_why *why)
{
    struct amp_dna_profiles profiles = {.sample_n = 0};
    struct amp_dna_freqs freqs = {.marker_n = 0};
    amp_err err = asked->frequencies
                      ? amp_dna_freqs_read(bytes, asked->file, arena, &freqs, why)
                      : amp_dna_profiles_read(bytes, asked->file, arena, &profiles, why);
    if (err) {
        return err;
    }
    if (asked->frequencies && asked->json) {
        freqs_json(&freqs, out);
    } else if (asked->frequencies) {
        freqs_text(&freqs, asked->markers, out);
    } else if (asked->json) {
        profiles_json(&profiles, out);
    } else {
        profiles_text(&profiles, asked->markers, out);
    }
    return amp_buf_err(out);
}

int amp_cli_dna_profiles(int argc, char **argv)
{
    struct asked asked = {.file = NULL};
    const struct amp_opt opts[] = {
        {"--frequencies", AMP_OPT_FLAG, NULL, "the file holds allele frequencies", false,
         &asked.frequencies, NULL},
        {"--markers", AMP_OPT_FLAG, NULL, "list the alleles of every marker", false, &asked.markers,
         NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON", false, &asked.json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "dna profiles",
        .operands = "FILE",
        .about = "What is read from a table of profiles or allele frequencies, and how: layout, "
                 "separator, decimal mark, samples, markers, peaks. Read are EuroForMix tables, "
                 "GeneMapper exports, CODIS CMF 3.2 and the layout of DNAmixtures; - for standard "
                 "input.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
        .operand_min = 1,
        .operand_max = 1,
    };
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    struct amp_why why = {""};
    struct amp_buf bytes = {.data = NULL};
    struct amp_buf out = amp_buf_make(PROFILES_TEXT_MAX);
    struct amp_arena arena = amp_arena_make(PROFILES_ARENA);
    asked.file = argv[0];
    amp_err err = amp_cli_read_file(asked.file, AMP_DNA_FILE_MAX, &bytes, &why);
    err = err ? err : file_show(&asked, amp_buf_view(&bytes), &arena, &out, &why);
    amp_arena_drop(&arena);
    amp_buf_free(&bytes);
    return amp_cli_answer("dna profiles", asked.json, err, &why, &out);
}
