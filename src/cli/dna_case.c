/* Files and settings of a mixture case: read once, checked, named in every message. */
#include "cli/dna_case.h"

#include "base/crypto.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static amp_err file_read(const char *path, struct amp_arena *arena, struct amp_str *out,
                         struct amp_why *why)
{
    struct amp_buf bytes = {.data = NULL};
    amp_err err = amp_cli_read_file(path, AMP_DNA_FILE_MAX, &bytes, why);
    if (err) {
        return err;
    }
    *out = amp_arena_str(arena, amp_buf_view(&bytes));
    amp_buf_free(&bytes);
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

static amp_err source_add(struct amp_cli_dna_case *of, const char *role,
                          const struct amp_dna_source *source, struct amp_why *why)
{
    if (of->source_n == AMP_DNA_REPORT_SOURCES) {
        return amp_fail(why, AMP_E_LIMIT, "more than %d files", AMP_DNA_REPORT_SOURCES);
    }
    of->source[of->source_n++] = (struct amp_dna_report_source){role, source};
    return AMP_OK;
}

/* A file with stains and persons (the peaks of DNAmixtures) gives each to where it belongs. */
static bool belongs(const struct amp_dna_profiles *file, const struct amp_dna_sample *sample,
                    bool stain)
{
    bool with = false;
    bool without = false;
    for (size_t i = 0; i < file->sample_n; i++) {
        with = with || file->sample[i].heights;
        without = without || !file->sample[i].heights;
    }
    return !with || !without || sample->heights == stain;
}

/* Appends the samples of one file; a name stands for one sample only. */
static amp_err samples_append(struct amp_dna_profiles *all, const struct amp_dna_profiles *more,
                              bool stain, struct amp_arena *arena, struct amp_why *why)
{
    struct amp_dna_profiles both = {.sample_n = all->sample_n};
    both.sample = amp_arena_array(arena, all->sample_n + more->sample_n, sizeof *both.sample);
    if (!both.sample) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < all->sample_n; i++) {
        both.sample[i] = all->sample[i];
    }
    for (size_t i = 0; i < more->sample_n; i++) {
        struct amp_str name = more->sample[i].name;
        if (amp_dna_sample_find(all, name)) {
            return amp_fail(why, AMP_E_EXISTS,
                            "%.*s: sample \"%.*s\" is in an earlier file too; give each sample "
                            "once",
                            (int)more->source.file.len, more->source.file.ptr, (int)name.len,
                            name.ptr);
        }
        if (belongs(more, &more->sample[i], stain)) {
            both.sample[both.sample_n++] = more->sample[i];
        }
    }
    *all = both;
    return AMP_OK;
}

static amp_err profiles_read(const struct amp_opt_list *list, const char *role,
                             struct amp_arena *arena, struct amp_cli_dna_case *of,
                             struct amp_dna_profiles *all, struct amp_why *why)
{
    for (size_t i = 0; i < list->n; i++) {
        struct amp_str bytes = {0};
        struct amp_dna_profiles *one = amp_arena_alloc(arena, sizeof *one);
        amp_err err = one ? file_read(list->item[i], arena, &bytes, why) : AMP_E_NOMEM;
        err = err ? err : amp_dna_profiles_read(bytes, list->item[i], arena, one, why);
        err = err ? err : source_add(of, role, &one->source, why);
        err = err ? err : samples_append(all, one, strcmp(role, "evidence") == 0, arena, why);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

static amp_err kit_read(const struct amp_cli_dna_asked *asked, struct amp_arena *arena,
                        struct amp_cli_dna_case *of, struct amp_why *why)
{
    struct amp_str bytes = {0};
    if (asked->kit == NULL) {
        return asked->kit_table
                   ? amp_fail(why, AMP_E_USAGE, "--kit-table needs --kit NAME: which of its kits?")
                   : AMP_OK;
    }
    if (asked->kit_table == NULL) {
        return amp_dna_kit_find(amp_str_of(asked->kit), arena, &of->kit, why);
    }
    amp_err err = file_read(asked->kit_table, arena, &bytes, why);
    err = err ? err
              : amp_dna_kit_read(bytes, asked->kit_table, amp_str_of(asked->kit), arena, &of->kit,
                                 why);
    if (err) {
        return err;
    }
    of->kit_source = (struct amp_dna_source){
        .file = amp_str_of(asked->kit_table), .format = "kit table", .decimal = '.'};
    for (size_t i = 0; i < bytes.len; i++) {
        of->kit_source.line_n += bytes.ptr[i] == '\n';
    }
    amp_sha256(bytes.ptr, bytes.len, of->kit_source.sha256);
    return source_add(of, "kit", &of->kit_source, why);
}

static amp_err number_read(const char *option, struct amp_str text, double *out,
                           struct amp_why *why)
{
    if (amp_str_double(amp_str_trim(text), out)) {
        return amp_fail(why, AMP_E_USAGE, "%s: \"%.*s\" is no number", option,
                        (int)(text.len < 60 ? text.len : 60), text.ptr);
    }
    return AMP_OK;
}

/* Two rules may be written together as VALUE:VALUE (drop-in and its lambda). */
static amp_err values_read(const char *option, struct amp_str text, double value[2], bool *second,
                           struct amp_why *why)
{
    struct amp_str first = {0};
    struct amp_str rest = amp_str_cut(text, ':', &first);
    *second = rest.ptr != NULL;
    amp_err err = number_read(option, first, &value[0], why);
    return err || !*second ? err : number_read(option, rest, &value[1], why);
}

static amp_err dye_add(struct amp_mix_rule *rule, struct amp_str dye, double value,
                       struct amp_why *why)
{
    if (rule->dye_n == AMP_MIX_DYES) {
        return amp_fail(why, AMP_E_LIMIT, "more than %d dyes", AMP_MIX_DYES);
    }
    rule->dye[rule->dye_n].dye = dye;
    rule->dye[rule->dye_n++].value = value;
    return AMP_OK;
}

/* "B=35,G=65" or "B=0.05:0.01" into one rule or two. */
static amp_err dyes_read(const char *option, const char *typed, struct amp_mix_rule *rule,
                         struct amp_mix_rule *second, struct amp_why *why)
{
    struct amp_str text = amp_str_of(typed);
    while (text.len > 0) {
        struct amp_str one = {0};
        struct amp_str dye = {0};
        double value[2] = {0};
        bool two = false;
        text = amp_str_cut(text, ',', &one);
        struct amp_str number = amp_str_cut(one, '=', &dye);
        dye = amp_str_trim(dye);
        if (number.ptr == NULL || dye.len == 0) {
            return amp_fail(why, AMP_E_USAGE, "%s is written DYE=VALUE,DYE=VALUE (B=35,G=65)",
                            option);
        }
        amp_err err = values_read(option, number, value, &two, why);
        err = err ? err : dye_add(rule, dye, value[0], why);
        if (!err && two && second) {
            err = dye_add(second, dye, value[1], why);
        } else if (!err && two) {
            err = amp_fail(why, AMP_E_USAGE, "%s takes one number a dye", option);
        }
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

static amp_err marker_room(const struct amp_str text, struct amp_arena *arena,
                           struct amp_str **name, double **value)
{
    size_t n = 1;
    for (size_t i = 0; i < text.len; i++) {
        n += text.ptr[i] == ',';
    }
    *name = amp_arena_array(arena, n, sizeof **name);
    *value = amp_arena_array(arena, n, sizeof **value);
    return *name && *value ? AMP_OK : AMP_E_NOMEM;
}

static amp_err markers_read(const char *option, const char *typed, struct amp_mix_rule *rule,
                            struct amp_arena *arena, struct amp_why *why)
{
    struct amp_str text = amp_str_of(typed);
    struct amp_str *name = NULL;
    double *value = NULL;
    amp_err err = text.len > 0 ? marker_room(text, arena, &name, &value) : AMP_OK;
    while (!err && text.len > 0) {
        struct amp_str one = {0};
        struct amp_str marker = {0};
        text = amp_str_cut(text, ',', &one);
        struct amp_str number = amp_str_cut(one, '=', &marker);
        if (number.ptr == NULL) {
            return amp_fail(why, AMP_E_USAGE, "%s is written MARKER=VALUE,MARKER=VALUE", option);
        }
        name[rule->marker_n] = amp_str_trim(marker);
        err = number_read(option, number, &value[rule->marker_n], why);
        rule->marker_n++;
    }
    rule->marker = name;
    rule->marker_value = value;
    return err;
}

static amp_err drop_in_read(const struct amp_cli_dna_asked *asked, struct amp_mix_settings *s,
                            struct amp_arena *arena, struct amp_why *why)
{
    struct amp_str first = {0};
    struct amp_str rest = amp_str_cut(amp_str_of(asked->drop_in), ',', &first);
    amp_err err = AMP_OK;
    if (asked->drop_in) {
        err = number_read("--drop-in", first, &s->drop_in.value, why);
        err = err || rest.ptr == NULL
                  ? err
                  : number_read("--drop-in", rest, &s->drop_in_lambda.value, why);
    }
    err =
        err ? err
            : dyes_read("--drop-in-dye", asked->drop_in_dye, &s->drop_in, &s->drop_in_lambda, why);
    return err ? err
               : markers_read("--drop-in-marker", asked->drop_in_marker, &s->drop_in, arena, why);
}

static amp_err rules_read(const struct amp_cli_dna_asked *asked, struct amp_mix_settings *s,
                          struct amp_arena *arena, struct amp_why *why)
{
    amp_err err = AMP_OK;
    if (asked->threshold) {
        err = number_read("--threshold", amp_str_of(asked->threshold), &s->threshold.value, why);
    }
    if (!err && asked->theta) {
        err = number_read("--theta", amp_str_of(asked->theta), &s->theta.value, why);
    }
    if (!err && asked->min_frequency) {
        err = number_read("--min-frequency", amp_str_of(asked->min_frequency), &s->min_freq, why);
    }
    err = err ? err : dyes_read("--threshold-dye", asked->threshold_dye, &s->threshold, NULL, why);
    err = err ? err : dyes_read("--theta-dye", asked->theta_dye, &s->theta, NULL, why);
    err = err ? err
              : markers_read("--threshold-marker", asked->threshold_marker, &s->threshold, arena,
                             why);
    err = err ? err : markers_read("--theta-marker", asked->theta_marker, &s->theta, arena, why);
    return err ? err : drop_in_read(asked, s, arena, why);
}

static amp_err words_read(const struct amp_cli_dna_asked *asked, struct amp_cli_dna_case *of,
                          struct amp_why *why)
{
    struct amp_str convention = amp_str_of(asked->convention);
    struct amp_str scale = amp_str_of(asked->scale);
    struct amp_str model = amp_str_of(asked->model);
    if (amp_str_is(convention, "dnamixtures")) {
        of->settings.convention = AMP_MIX_DNAMIXTURES;
    } else if (convention.len > 0 && !amp_str_is(convention, "euroformix")) {
        return amp_fail(why, AMP_E_USAGE, "--convention is euroformix or dnamixtures");
    }
    if (amp_str_is(scale, "swgdam")) {
        of->scale = AMP_LR_SWGDAM_2018;
    } else if (scale.len > 0 && !amp_str_is(scale, "enfsi")) {
        return amp_fail(why, AMP_E_USAGE, "--scale is enfsi or swgdam");
    }
    of->each = amp_str_is(model, "qualitative-each");
    of->qualitative = of->each || amp_str_is(model, "qualitative");
    if (model.len > 0 && !of->qualitative && !amp_str_is(model, "continuous")) {
        return amp_fail(why, AMP_E_USAGE,
                        "--model is continuous, qualitative (one drop-out probability) or "
                        "qualitative-each (one of each contributor)");
    }
    of->limits = amp_dna_report_limits_general();
    return asked->range ? amp_dna_report_limits_read(amp_str_of(asked->range), &of->limits, why)
                        : AMP_OK;
}

static amp_err settings_read(const struct amp_cli_dna_asked *asked, struct amp_arena *arena,
                             struct amp_cli_dna_case *of, struct amp_why *why)
{
    of->settings = (struct amp_mix_settings){.threshold = {.value = 50},
                                             .drop_in = {.value = 0.05},
                                             .drop_in_lambda = {.value = 0.01},
                                             .degradation = asked->degradation,
                                             .back = asked->back,
                                             .forward = asked->forward,
                                             .keep_sum = asked->keep_sum};
    amp_err err = rules_read(asked, &of->settings, arena, why);
    err = err ? err : words_read(asked, of, why);
    if (!err && asked->degradation && asked->kit == NULL) {
        err = amp_fail(why, AMP_E_USAGE, "--degradation needs --kit: it goes by fragment sizes");
    }
    if (!err && asked->forward && !asked->back) {
        err = amp_fail(why, AMP_E_USAGE, "--forward-stutter needs --back-stutter too");
    }
    return err;
}

/* Peaks of a table without heights are seen, however high: the qualitative model needs no more. */
static amp_err heights_check(struct amp_cli_dna_case *of, struct amp_why *why)
{
    enum {
        SEEN = 1000000
    };
    for (size_t i = 0; i < of->evidence.sample_n; i++) {
        struct amp_dna_sample *sample = &of->evidence.sample[i];
        if (sample->heights) {
            continue;
        }
        if (!of->qualitative) {
            return amp_fail(why, AMP_E_MISSING,
                            "%.*s has no peak heights; give a table with heights, or choose "
                            "--model qualitative",
                            (int)sample->name.len, sample->name.ptr);
        }
        sample->heights = true;
        for (size_t m = 0; m < sample->locus_n; m++) {
            for (size_t p = 0; p < sample->locus[m].peak_n; p++) {
                sample->locus[m].peak[p].height = SEEN;
            }
        }
    }
    return AMP_OK;
}

amp_err amp_cli_dna_case_read(const struct amp_cli_dna_asked *asked, struct amp_arena *arena,
                              struct amp_cli_dna_case *out, struct amp_why *why)
{
    struct amp_str bytes = {0};
    *out = (struct amp_cli_dna_case){.source_n = 0};
    if (asked->evidence.n == 0 || asked->frequencies == NULL) {
        return amp_fail(why, AMP_E_USAGE, "--evidence and --frequencies are required");
    }
    amp_err err = settings_read(asked, arena, out, why);
    err = err ? err : profiles_read(&asked->evidence, "evidence", arena, out, &out->evidence, why);
    err = err ? err
              : profiles_read(&asked->reference, "references", arena, out, &out->references, why);
    err = err ? err : file_read(asked->frequencies, arena, &bytes, why);
    err = err ? err : amp_dna_freqs_read(bytes, asked->frequencies, arena, &out->freqs, why);
    err = err ? err : source_add(out, "frequencies", &out->freqs.source, why);
    err = err ? err : kit_read(asked, arena, out, why);
    err = err ? err : heights_check(out, why);
    out->settings.kit = asked->kit ? &out->kit : NULL;
    return err;
}

/* Options that do not change the result, and whether a value follows them. */
static int without(const char *word)
{
    return strcmp(word, "--threads") == 0 || strcmp(word, "--report") == 0;
}

static void word_put(struct amp_buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_=.,:/+@%";
    amp_buf_char(out, ' ');
    if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
        amp_buf_text(out, word);
        return;
    }
    amp_buf_char(out, '\'');
    for (const char *at = word; *at != '\0'; at++) {
        if (*at == '\'') {
            amp_buf_text(out, "'\\''");
        } else {
            amp_buf_char(out, *at);
        }
    }
    amp_buf_char(out, '\'');
}

struct amp_str amp_cli_dna_command(const char *name, int argc, char **argv, struct amp_arena *arena)
{
    struct amp_buf out = amp_buf_make(1 << 20);
    amp_buf_text(&out, "amparo ");
    amp_buf_text(&out, name);
    for (int i = 1; i < argc; i++) {
        if (without(argv[i])) {
            i++;
        } else if (strncmp(argv[i], "--threads=", 10) != 0 &&
                   strncmp(argv[i], "--report=", 9) != 0) {
            word_put(&out, argv[i]);
        }
    }
    struct amp_str text = amp_arena_str(arena, amp_buf_view(&out));
    amp_buf_free(&out);
    return text;
}

amp_err amp_cli_dna_write(const char *path, const struct amp_buf *bytes, struct amp_why *why)
{
    FILE *file = amp_buf_err(bytes) ? NULL : fopen(path, "wbe");
    if (amp_buf_err(bytes)) {
        return amp_buf_err(bytes);
    }
    if (!file) {
        return amp_fail(why, AMP_E_IO, "%s: %s", path, strerror(errno));
    }
    bool whole = fwrite(bytes->data, 1, bytes->len, file) == bytes->len;
    whole = fclose(file) == 0 && whole;
    return whole ? AMP_OK : amp_fail(why, AMP_E_IO, "%s: %s", path, strerror(errno));
}

int amp_cli_dna_threads(const struct amp_cli_dna_asked *asked)
{
    enum {
        THREADS_MAX = 256
    };
    long n = asked->threads > 0 ? (long)asked->threads : sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (int)n;
}
