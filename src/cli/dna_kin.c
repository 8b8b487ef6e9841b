/* `amparo dna kin`: how probable genotypes are under one set of relations and under another. */
#include "cli/dna_kin.h"

#include "base/crypto.h"
#include "cli/dna.h"
#include "cli/dna_case.h"
#include "dna/fam.h"
#include "dna/ped.h"

#include <string.h>

enum {
    OPTIONS_MAX = 40
};

amp_err amp_cli_kin_file(const char *role, const char *path, struct amp_arena *arena,
                         struct amp_cli_kin_files *files, struct amp_str *out, struct amp_why *why)
{
    struct amp_buf bytes = {.data = NULL};
    amp_err err = amp_cli_read_file(path, AMP_DNA_FILE_MAX, &bytes, why);
    if (err) {
        return err;
    }
    *out = amp_arena_str(arena, amp_buf_view(&bytes));
    if (files->n < AMP_KIN_SOURCES) {
        struct amp_kin_source *source = &files->source[files->n++];
        *source = (struct amp_kin_source){.role = role, .file = amp_str_of(path)};
        amp_sha256(bytes.data, bytes.len, source->sha256);
    }
    amp_buf_free(&bytes);
    return out->ptr ? AMP_OK : AMP_E_NOMEM;
}

static amp_err model_of(const char *option, const char *name, enum amp_kin_mutation_model *out,
                        struct amp_why *why)
{
    if (amp_kin_model_find(amp_str_of(name), out) || *out == AMP_KIN_CUSTOM) {
        return amp_fail(why, AMP_E_USAGE,
                        "%s %s: the models are none, equal, proportional, one-step, stepwise, "
                        "dawid",
                        option, name);
    }
    return AMP_OK;
}

amp_err amp_cli_kin_override(const struct amp_cli_kin_asked *asked, struct amp_kin_override *out,
                             struct amp_why *why)
{
    struct amp_kin_override override = {
        .theta_given = asked->theta_given, .theta = asked->theta, .x_linked = asked->x_linked};
    const bool numbers = asked->rate_given || asked->male_given || asked->female_given ||
                         asked->rate2_given || asked->range_given;
    if (numbers && !asked->mutation) {
        return amp_fail(why, AMP_E_USAGE, "rates and range belong to --mutation MODEL");
    }
    amp_err err = AMP_OK;
    if (asked->mutation) {
        struct amp_kin_mutation mu = {.rate2 = asked->rate2, .range = asked->range};
        err = model_of("--mutation", asked->mutation, &mu.model, why);
        if (!err && mu.model != AMP_KIN_NONE && !asked->rate_given &&
            !(asked->male_given && asked->female_given)) {
            return amp_fail(why, AMP_E_USAGE,
                            "--mutation %s needs --rate, or --rate-male and --rate-female",
                            asked->mutation);
        }
        override.mutation_given = true;
        override.male = override.female = mu;
        override.male.rate = asked->male_given ? asked->rate_male : asked->rate;
        override.female.rate = asked->female_given ? asked->rate_female : asked->rate;
    }
    if (!err && asked->fallback) {
        err = model_of("--fallback", asked->fallback, &override.fallback, why);
        if (!err && override.fallback != AMP_KIN_EQUAL &&
            override.fallback != AMP_KIN_PROPORTIONAL) {
            return amp_fail(why, AMP_E_USAGE, "--fallback is equal or proportional");
        }
        override.fallback_given = true;
    }
    if (!err) {
        *out = override;
    }
    return err;
}

amp_err amp_cli_kin_untyped(const struct amp_cli_kin_asked *asked, enum amp_kin_untyped *out,
                            struct amp_why *why)
{
    *out = strcmp(asked->untyped, "draw") == 0 ? AMP_KIN_DRAW : AMP_KIN_MUTATE;
    if (*out == AMP_KIN_MUTATE && strcmp(asked->untyped, "mutate") != 0) {
        return amp_fail(why, AMP_E_USAGE, "--untyped is mutate or draw");
    }
    return AMP_OK;
}

amp_err amp_cli_kin_scale(const struct amp_cli_kin_asked *asked, enum amp_lr_scale *out,
                          struct amp_why *why)
{
    *out = strcmp(asked->scale, "swgdam") == 0 ? AMP_LR_SWGDAM_2018 : AMP_LR_ENFSI_2015;
    if (*out == AMP_LR_ENFSI_2015 && strcmp(asked->scale, "enfsi") != 0) {
        return amp_fail(why, AMP_E_USAGE, "--scale is enfsi or swgdam");
    }
    return AMP_OK;
}

static bool ends_in(const char *path, const char *end)
{
    const size_t n = strlen(path);
    const size_t m = strlen(end);
    return n >= m && strcmp(path + n - m, end) == 0;
}

static amp_err fam_case(const struct amp_cli_kin_asked *asked, struct amp_str bytes,
                        const struct amp_kin_override *override, struct amp_arena *arena,
                        struct amp_kin_case *out, struct amp_why *why)
{
    struct amp_fam fam;
    amp_err err = amp_fam_read(bytes, asked->pedigree, arena, &fam, why);
    err = err ? err : amp_fam_case(&fam, override, arena, out, why);
    if (!err && asked->frequencies) {
        return amp_fail(why, AMP_E_USAGE, "%s has its own frequencies: --frequencies is for PED",
                        asked->pedigree);
    }
    if (err || !asked->write_fam) {
        return err;
    }
    struct amp_buf text = amp_buf_make(AMP_CLI_KIN_TEXT);
    amp_fam_write(&fam, &text);
    err = amp_cli_dna_write(asked->write_fam, &text, why);
    amp_buf_free(&text);
    return err;
}

amp_err amp_cli_kin_case(const struct amp_cli_kin_asked *asked, struct amp_arena *arena,
                         struct amp_cli_kin_files *files, struct amp_kin_case *out,
                         struct amp_why *why)
{
    struct amp_kin_override override;
    struct amp_str bytes, table;
    struct amp_dna_freqs freqs;
    amp_err err = amp_cli_kin_override(asked, &override, why);
    if (!err && !asked->pedigree) {
        return amp_fail(why, AMP_E_USAGE, "--pedigree FILE (or --pairs FILE) is needed");
    }
    err = err ? err : amp_cli_kin_file("pedigree", asked->pedigree, arena, files, &bytes, why);
    if (err) {
        return err;
    }
    if (ends_in(asked->pedigree, ".fam")) {
        return fam_case(asked, bytes, &override, arena, out, why);
    }
    if (!ends_in(asked->pedigree, ".ped")) {
        return amp_fail(why, AMP_E_USAGE, "%s ends neither in .fam (Familias) nor in .ped",
                        asked->pedigree);
    }
    if (!asked->frequencies || asked->write_fam) {
        return amp_fail(why, AMP_E_USAGE,
                        asked->frequencies ? "--write-fam writes what was read from a .fam file"
                                           : "a PED file needs --frequencies FILE");
    }
    err = amp_cli_kin_file("frequencies", asked->frequencies, arena, files, &table, why);
    err = err ? err : amp_dna_freqs_read(table, asked->frequencies, arena, &freqs, why);
    const struct amp_ped_settings settings = {
        .freqs = &freqs, .min_freq = asked->min_freq, .override = &override};
    return err ? err : amp_ped_read(bytes, asked->pedigree, &settings, arena, out, why);
}

static amp_err against_find(const struct amp_cli_kin_asked *asked, const struct amp_kin_case *kc,
                            size_t *out, struct amp_why *why)
{
    *out = kc->hypothesis_n - 1;
    if (!asked->against) {
        return AMP_OK;
    }
    for (size_t h = 0; h < kc->hypothesis_n; h++) {
        if (amp_str_is(kc->hypothesis[h].name, asked->against)) {
            *out = h;
            return AMP_OK;
        }
    }
    return amp_fail(why, AMP_E_NOT_FOUND, "--against %s: %s has no pedigree of that name",
                    asked->against, asked->pedigree);
}

static amp_err linkage_read(const struct amp_cli_kin_asked *asked, struct amp_arena *arena,
                            struct amp_cli_kin_files *files, struct amp_kin_case *kc,
                            struct amp_why *why)
{
    struct amp_str bytes;
    if (!asked->linkage) {
        return AMP_OK;
    }
    amp_err err = amp_cli_kin_file("linkage", asked->linkage, arena, files, &bytes, why);
    return err ? err : amp_kin_case_link(kc, bytes, asked->linkage, arena, why);
}

/* Where nobody is typed every pedigree has the likelihood 1, which is no finding. */
static amp_err typed_check(const struct amp_cli_kin_asked *asked, const struct amp_kin_case *kc,
                           struct amp_why *why)
{
    for (size_t i = 0; i < kc->marker_n * kc->person_n; i++) {
        if (kc->genotype[i].a >= 0) {
            return AMP_OK;
        }
    }
    return amp_fail(why, AMP_E_MISSING,
                    "%s: no person outside of a [DVI] section is typed at any marker, so there is "
                    "nothing to compare; amparo dna dvi reads its victims and their families",
                    asked->pedigree);
}

static amp_err case_run(const struct amp_cli_kin_asked *asked, struct amp_arena *arena,
                        struct amp_buf *out, struct amp_why *why)
{
    struct amp_kin_case kc;
    struct amp_kin_result result;
    struct amp_cli_kin_files files = {.n = 0};
    struct amp_kin_report report = {.version = AMP_VERSION, .command = asked->command};
    size_t against = 0;
    amp_err err = amp_cli_kin_untyped(asked, &report.untyped, why);
    err = err ? err : amp_cli_kin_scale(asked, &report.scale, why);
    err = err ? err : amp_cli_kin_case(asked, arena, &files, &kc, why);
    if (!err && asked->unrelated) {
        err = amp_kin_case_unrelated(&kc, arena);
    }
    err = err ? err : linkage_read(asked, arena, &files, &kc, why);
    err = err ? err : against_find(asked, &kc, &against, why);
    err = err ? err : typed_check(asked, &kc, why);
    err = err ? err : amp_kin_case_run(&kc, report.untyped, against, arena, &result, why);
    if (err) {
        return err;
    }
    report.kc = &kc;
    report.result = &result;
    report.source_n = files.n;
    memcpy(report.source, files.source, sizeof report.source);
    if (asked->report) {
        struct amp_buf page = amp_buf_make(AMP_CLI_KIN_TEXT);
        amp_kin_report_html(&report, arena, &page);
        err = amp_cli_dna_write(asked->report, &page, why);
        amp_buf_free(&page);
    }
    if (asked->json) {
        amp_kin_report_json(&report, arena, out);
    } else {
        amp_kin_report_text(&report, arena, out);
    }
    return err ? err : amp_buf_err(out);
}

static size_t task_options(struct amp_cli_kin_asked *a, struct amp_opt *out)
{
    const struct amp_opt rows[] = {
        {"--pedigree", AMP_OPT_TEXT, "FILE", "a Familias file (.fam) or a PED file (.ped)", false,
         &a->pedigree, NULL},
        {"--frequencies", AMP_OPT_TEXT, "FILE", "allele frequencies, for PED", false,
         &a->frequencies, NULL},
        {"--against", AMP_OPT_TEXT, "NAME", "the reference pedigree; the last one by default",
         false, &a->against, NULL},
        {"--unrelated", AMP_OPT_FLAG, NULL, "add the pedigree in which nobody is related", false,
         &a->unrelated, NULL},
        {"--write-fam", AMP_OPT_TEXT, "FILE", "write what was read as a Familias file", false,
         &a->write_fam, NULL},
        {"--report", AMP_OPT_TEXT, "FILE", "write a page to print (HTML)", false, &a->report, NULL},
        {"--pairs", AMP_OPT_TEXT, "FILE",
         "instead: every two of a family's reference profiles against the standard relations",
         false, &a->pairs, NULL},
        {"--case", AMP_OPT_TEXT, "NAME", "--pairs: the case they belong to", false, &a->case_name,
         NULL},
        {"--power", AMP_OPT_FLAG, NULL, "instead: which relative to type next", false, &a->power,
         NULL},
        {"--missing", AMP_OPT_TEXT, "NAME", "--power: who is sought", false, &a->missing, NULL},
        {"--candidates", AMP_OPT_TEXT, "A,B,...",
         "--power: who could be typed; all the untyped by default", false, &a->candidates, NULL},
        {"--hypothesis", AMP_OPT_TEXT, "NAME", "--power: in which pedigree; the first by default",
         false, &a->hypothesis, NULL},
        {"--samples", AMP_OPT_INT, "N", "--power: simulations of each (500)", false, &a->samples,
         NULL},
        {"--seed", AMP_OPT_INT, "N", "--power: the same seed gives the same numbers (1)", false,
         &a->seed, NULL},
        {"--least", AMP_OPT_NUM, "X",
         "log10 LR that identifies (--power, 4) or that is listed (--pairs)", false, &a->least,
         &a->least_given},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON", false, &a->json, NULL},
    };
    memcpy(out, rows, sizeof rows);
    return sizeof rows / sizeof rows[0];
}

static size_t setting_options(struct amp_cli_kin_asked *a, struct amp_opt *out)
{
    const struct amp_opt rows[] = {
        {"--min-freq", AMP_OPT_NUM, "P", "frequency of alleles that the table lacks", false,
         &a->min_freq, NULL},
        {"--mutation", AMP_OPT_TEXT, "MODEL",
         "none, equal, proportional, one-step, stepwise or dawid, instead of the file's", false,
         &a->mutation, NULL},
        {"--rate", AMP_OPT_NUM, "R", "mutation rate of both sexes", false, &a->rate,
         &a->rate_given},
        {"--rate-male", AMP_OPT_NUM, "R", "of fathers", false, &a->rate_male, &a->male_given},
        {"--rate-female", AMP_OPT_NUM, "R", "of mothers", false, &a->rate_female, &a->female_given},
        {"--rate2", AMP_OPT_NUM, "R", "stepwise: rate of changes of the microvariant", false,
         &a->rate2, &a->rate2_given},
        {"--range", AMP_OPT_NUM, "X", "stepwise: how much rarer each further step is (0.1)", false,
         &a->range, &a->range_given},
        {"--fallback", AMP_OPT_TEXT, "MODEL",
         "equal or proportional, for markers whose alleles know no steps", false, &a->fallback,
         NULL},
        {"--theta", AMP_OPT_NUM, "T", "coancestry of the population, instead of the file's", false,
         &a->theta, &a->theta_given},
        {"--untyped", AMP_OPT_TEXT, "HOW",
         "mutate (default) or draw: what an untyped founder hands down", false, &a->untyped, NULL},
        {"--linkage", AMP_OPT_TEXT, "FILE",
         "marker,chromosome,cM: markers of one chromosome are linked", false, &a->linkage, NULL},
        {"--x-linked", AMP_OPT_FLAG, NULL, "the markers are on the X chromosome", false,
         &a->x_linked, NULL},
        {"--scale", AMP_OPT_TEXT, "NAME", "verbal scale: enfsi (default) or swgdam", false,
         &a->scale, NULL},
    };
    memcpy(out, rows, sizeof rows);
    return sizeof rows / sizeof rows[0];
}

int amp_cli_dna_kin(int argc, char **argv)
{
    struct amp_cli_kin_asked asked = {
        .untyped = "mutate", .scale = "enfsi", .range = 0.1, .samples = 500, .seed = 1};
    struct amp_opt opts[OPTIONS_MAX];
    size_t opt_n = task_options(&asked, opts);
    opt_n += setting_options(&asked, opts + opt_n);
    const struct amp_cli_usage usage = {
        .name = "dna kin",
        .operands = "",
        .about = "Likelihoods of typed persons under each pedigree of a file, and their ratios; "
                 "standard relations of pairs; which relative to type next.",
        .opt = opts,
        .opt_n = opt_n,
    };
    struct amp_arena arena = amp_arena_make(AMP_CLI_KIN_ARENA);
    asked.command = amp_cli_dna_command("dna kin", argc, argv, &arena);
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status == AMP_CLI_GO_ON) {
        struct amp_why why = {""};
        struct amp_buf out = amp_buf_make(AMP_CLI_KIN_TEXT);
        amp_err err = asked.pairs   ? amp_cli_kin_pairs(&asked, &arena, &out, &why)
                      : asked.power ? amp_cli_kin_power(&asked, &arena, &out, &why)
                                    : case_run(&asked, &arena, &out, &why);
        status = amp_cli_answer("dna kin", asked.json, err, &why, &out);
    }
    amp_arena_drop(&arena);
    return status;
}
