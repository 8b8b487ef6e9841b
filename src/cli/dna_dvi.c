/* `amparo dna dvi`: which of the missing is which of the found. */
#include "cli/dna.h"
#include "cli/dna_case.h"
#include "cli/progress.h"

#include "base/crypto.h"
#include "dna/dvi_report.h"
#include "dna/fam_dvi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_MOST = 4096
};
static const size_t dvi_arena = (size_t)16 << 30; /* the largest case: 10,000 by 10,000 */
static const size_t dvi_text = (size_t)4 << 30;

static const double unsaid = -1;
static const char *const names[] = {"people.tsv", "markers.tsv", "mutation.txt"};

struct asked {
    const char *folder, *to; /* a folder, or a Familias file; where that is written as a folder */
    double threshold, probable, drop_out, theta, match_odds, floor, min_freq, pair_limit;
    int64_t max_inconsistent, limit, exact_limit, option_limit, samples, seed, threads;
    const char *mutations, *merge, *report, *case_name, *analyst, *reviewer;
    bool json, strict, ignore_sex, exclude, no_joint;
};

struct run {
    const struct asked *asked;
    struct amp_arena arena;
    struct amp_buf bytes[AMP_DVI_REPORT_FILES];
    struct amp_fam_problem familias;
    struct amp_dvi_settings settings;
    struct amp_dvi read, dvi;
    struct amp_dvi_merged merged;
    struct amp_dvi_pairs pairs;
    struct amp_dvi_solution solution;
    struct amp_dvi_joint joint;
    struct amp_dvi_report report;
    struct amp_progress progress;
    double theta;
};

static void tell(void *ctx, const char *what, size_t done, size_t all)
{
    const struct run *run = ctx;
    if (run->progress.tell) {
        run->progress.tell(run->progress.ctx, what, done, all);
    }
}

/* One of the words of a list, as a number; or what may be said. */
static amp_err word_of(const char *option, const char *said, const char *const *word, size_t n,
                       int *out, struct amp_why *why)
{
    for (size_t i = 0; said && i < n; i++) {
        if (strcmp(said, word[i]) == 0) {
            *out = (int)i;
            return AMP_OK;
        }
    }
    return said ? amp_fail(why, AMP_E_USAGE, "%s is %s, %s or %s, not \"%s\"", option, word[0],
                           word[1], word[2], said)
                : AMP_OK;
}

static amp_err settings_make(struct run *run, struct amp_why *why)
{
    static const char *const mutations[] = {"on", "off", "auto"};
    static const char *const merges[] = {"off", "identical", "drop-out"};
    const struct asked *asked = run->asked;
    struct amp_dvi_settings *out = &run->settings;
    int mutation = AMP_DVI_MUTATIONS_ON;
    int merge = AMP_DVI_MERGE_IDENTICAL;
    amp_err err = word_of("--mutations", asked->mutations, mutations, 3, &mutation, why);
    err = err ? err : word_of("--merge", asked->merge, merges, 3, &merge, why);
    if (err) {
        return err;
    }
    if (!(asked->threshold > 1) || !(asked->match_odds > 0) || asked->drop_out < 0 ||
        asked->drop_out >= 1 || (asked->theta < 0 && asked->theta != unsaid) || asked->theta >= 1 ||
        asked->limit < 1 || asked->limit > 100000 || asked->max_inconsistent < 0 ||
        asked->max_inconsistent > 10000 || asked->threads < 0 || asked->threads > 256 ||
        asked->exact_limit < 1 || asked->exact_limit > 100000000 || asked->option_limit < 1 ||
        asked->option_limit > AMP_DVI_OPTIONS || asked->samples < 1 ||
        asked->samples > 1000000000 || asked->seed < 0) {
        return amp_fail(why, AMP_E_USAGE,
                        "needs --threshold over 1, --match-odds over 0, --drop-out and --theta in "
                        "[0, 1), --limit from 1 to 100000, --threads to 256");
    }
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    *out = amp_dvi_settings_usual();
    out->threshold = asked->threshold;
    out->probable = asked->probable;
    out->max_inconsistent = (uint32_t)asked->max_inconsistent;
    out->strict = asked->strict;
    out->ignore_sex = asked->ignore_sex;
    out->mutations = (enum amp_dvi_mutations)mutation;
    out->merge = (enum amp_dvi_merge)merge;
    out->joint_exclude = asked->exclude;
    out->match_odds = asked->match_odds;
    out->floor = asked->floor;
    out->pair_limit = asked->pair_limit;
    out->exact_limit = (size_t)asked->exact_limit;
    out->option_limit = (size_t)asked->option_limit;
    out->list = (size_t)asked->limit;
    out->sample_n = (size_t)asked->samples;
    out->seed = (uint64_t)asked->seed;
    out->threads = asked->threads ? (unsigned)asked->threads : cores > 0 ? (unsigned)cores : 1;
    out->progress = tell;
    out->ctx = run;
    return AMP_OK;
}

static amp_err file_read(struct run *run, size_t at, const char *path, const char *name,
                         struct amp_why *why)
{
    amp_err err = amp_cli_read_file(path, AMP_DVI_FILE_MAX, &run->bytes[at], why);
    if (err) {
        return err;
    }
    const struct amp_str view = amp_buf_view(&run->bytes[at]);
    run->report.file[run->report.file_n].name = amp_arena_str(&run->arena, amp_str_of(name));
    amp_sha256(view.ptr, view.len, run->report.file[run->report.file_n].sha256);
    run->report.file_n++;
    return AMP_OK;
}

static amp_err path_of(const char *folder, const char *name, char path[PATH_MOST],
                       struct amp_why *why)
{
    int n = snprintf(path, PATH_MOST, "%s/%s", folder, name);
    return n > 0 && n < PATH_MOST
               ? AMP_OK
               : amp_fail(why, AMP_E_LIMIT, "the name of the folder is too long");
}

static amp_err folder_read(struct run *run, struct amp_dvi_files *files, struct amp_why *why)
{
    char path[PATH_MOST];
    for (size_t i = 0; i < 3; i++) {
        amp_err err = path_of(run->asked->folder, names[i], path, why);
        if (!err && i == 2 && access(path, F_OK) != 0) {
            amp_dvi_note(&run->read.notes, &run->arena, "there is no %s: no mutation", names[i]);
            break;
        }
        err = err ? err : file_read(run, i, path, names[i], why);
        if (err) {
            return err;
        }
    }
    files->people = amp_buf_view(&run->bytes[0]);
    files->markers = amp_buf_view(&run->bytes[1]);
    files->mutation = amp_buf_view(&run->bytes[2]);
    return AMP_OK;
}

static bool is_familias(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* What the file leaves open is for whoever knows the case to say, before anything is calculated. */
static amp_err familias_read(struct run *run, struct amp_dvi_files *files, struct amp_why *why)
{
    const char *path = run->asked->folder;
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    struct amp_fam *fam = amp_arena_alloc(&run->arena, sizeof *fam);
    amp_err err = fam != NULL ? file_read(run, 0, path, name, why) : AMP_E_NOMEM;
    err = err ? err : amp_fam_read(amp_buf_view(&run->bytes[0]), path, &run->arena, fam, why);
    err = err ? err : amp_fam_problem_make(fam, &run->arena, &run->familias, why);
    if (err) {
        return err;
    }
    if (run->familias.doubt.len > 0 && run->asked->to == NULL) {
        return amp_fail(
            why, AMP_E_MISSING,
            "%.*s. Write the file as a folder (--to FOLDER), say it in people.tsv (fid, "
            "mid and sex), and give that folder",
            (int)run->familias.doubt.len, run->familias.doubt.ptr);
    }
    run->read.notes = run->familias.notes;
    files->people_name = amp_arena_printf(&run->arena, "%s, as people.tsv", name).ptr;
    files->markers_name = amp_arena_printf(&run->arena, "%s, as markers.tsv", name).ptr;
    files->mutation_name = amp_arena_printf(&run->arena, "%s, as mutation.txt", name).ptr;
    files->people = amp_buf_view(&run->familias.people);
    files->markers = amp_buf_view(&run->familias.markers);
    files->mutation = amp_buf_view(&run->familias.mutation);
    return amp_arena_failed(&run->arena) ? AMP_E_NOMEM : AMP_OK;
}

static amp_err problem_read(struct run *run, struct amp_why *why)
{
    struct amp_dvi_files files = {.people_name = names[0],
                                  .markers_name = names[1],
                                  .mutation_name = names[2],
                                  .min_freq = run->asked->min_freq};
    amp_err err = is_familias(run->asked->folder) ? familias_read(run, &files, why)
                                                  : folder_read(run, &files, why);
    run->theta = run->asked->theta != unsaid ? run->asked->theta : run->familias.theta;
    struct amp_dvi_notes before = run->read.notes;
    err = err ? err : amp_dvi_read(&files, &run->arena, &run->read, why);
    for (size_t i = 0; i < before.n && !err; i++) {
        amp_dvi_note(&run->read.notes, &run->arena, "%.*s", (int)before.note[i].len,
                     before.note[i].ptr);
    }
    for (size_t m = 0; m < run->read.marker_n && !err; m++) {
        run->read.marker[m].drop_out = run->asked->drop_out;
        run->read.marker[m].theta = run->theta;
    }
    return err;
}

static void written_tell(const struct run *run, struct amp_buf *out)
{
    const struct amp_dvi_notes *notes = &run->familias.notes;
    struct amp_json js = amp_json_make(out);
    if (!run->asked->json) {
        for (size_t i = 0; i < notes->n; i++) {
            amp_buf_printf(out, "note: %.*s\n", (int)notes->note[i].len, notes->note[i].ptr);
        }
        if (run->familias.theta > 0) {
            amp_buf_printf(out, "note: a folder has no theta; the file's is --theta %g\n",
                           run->familias.theta);
        }
        amp_buf_printf(out, "%s has people.tsv, markers.tsv and mutation.txt\n", run->asked->to);
        return;
    }
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "folder", run->asked->to);
    amp_json_key(&js, "theta");
    amp_json_put_double(&js, run->familias.theta, 9);
    amp_json_key(&js, "notes");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < notes->n; i++) {
        amp_json_put_str(&js, notes->note[i]);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

/* A Familias file as a folder of the three files; never over files that are there. */
static amp_err folder_write(struct run *run, struct amp_buf *out, struct amp_why *why)
{
    const char *folder = run->asked->to;
    struct amp_dvi_files files;
    char path[PATH_MOST];
    if (!is_familias(run->asked->folder)) {
        return amp_fail(why, AMP_E_USAGE, "--to writes a Familias file as a folder; %s is none",
                        run->asked->folder);
    }
    amp_err err = familias_read(run, &files, why);
    const struct amp_buf *text[] = {&run->familias.people, &run->familias.markers,
                                    &run->familias.mutation};
    if (!err && mkdir(folder, 0777) != 0 && errno != EEXIST) {
        err = amp_fail(why, AMP_E_IO, "%s: %s", folder, strerror(errno));
    }
    for (size_t i = 0; i < 3 && !err; i++) {
        err = path_of(folder, names[i], path, why);
        if (!err && access(path, F_OK) == 0) {
            err = amp_fail(why, AMP_E_EXISTS, "%s is there already; name another folder", path);
        }
    }
    for (size_t i = 0; i < 3 && !err; i++) {
        err = path_of(folder, names[i], path, why);
        err = err ? err : amp_cli_dna_write(path, text[i], why);
        for (size_t k = 0; k <= i && err; k++) { /* all of it or nothing */
            if (path_of(folder, names[k], path, NULL) == AMP_OK) {
                (void)unlink(path);
            }
        }
    }
    if (!err) {
        written_tell(run, out);
    }
    return err;
}

static amp_err report_write(const struct run *run, struct amp_why *why)
{
    struct amp_buf page = amp_buf_make(dvi_text);
    amp_dvi_report_html(&run->report, &page);
    amp_err err = amp_buf_err(&page);
    err = err ? err : amp_cli_dna_write(run->asked->report, &page, why);
    amp_buf_free(&page);
    return err;
}

static void report_fill(struct run *run, struct amp_str command)
{
    const struct asked *asked = run->asked;
    struct amp_dvi_report *report = &run->report;
    report->version = AMP_VERSION;
    report->command = command;
    report->case_name = amp_str_of(asked->case_name);
    report->analyst = amp_str_of(asked->analyst);
    report->reviewer = amp_str_of(asked->reviewer);
    report->read = &run->read;
    report->dvi = &run->dvi;
    report->merged = &run->merged;
    report->settings = &run->settings;
    report->drop_out = asked->drop_out;
    report->theta = run->theta;
    report->pairs = &run->pairs;
    report->solution = &run->solution;
    report->joint = asked->no_joint ? NULL : &run->joint;
}

static amp_err run_all(struct run *run, struct amp_str command, struct amp_buf *out,
                       struct amp_why *why)
{
    const struct amp_dvi_settings *settings = &run->settings;
    amp_err err = settings_make(run, why);
    if (!err && run->asked->to != NULL) {
        return folder_write(run, out, why);
    }
    err = err ? err : problem_read(run, why);
    err =
        err ? err : amp_dvi_merge(&run->read, settings, &run->arena, &run->dvi, &run->merged, why);
    err = err ? err : amp_dvi_pairwise(&run->dvi, settings, &run->arena, &run->pairs, why);
    err = err ? err
              : amp_dvi_solve(&run->dvi, &run->pairs, settings, &run->arena, &run->solution, why);
    if (!err && !run->asked->no_joint) {
        err = amp_dvi_joint(&run->dvi, &run->pairs, settings, &run->arena, &run->joint, why);
    }
    if (err) {
        return err;
    }
    report_fill(run, command);
    err = run->asked->report ? report_write(run, why) : AMP_OK;
    if (!err && run->asked->json) {
        amp_dvi_report_json(&run->report, out);
    } else if (!err) {
        amp_dvi_report_text(&run->report, out);
    }
    return err;
}

static void warning_tell(void *ctx, struct amp_str text)
{
    (void)ctx;
    (void)fprintf(stderr, "amparo dna dvi: note: %.*s\n", (int)text.len, text.ptr);
}

static int dvi_run(const struct asked *asked, struct amp_str command)
{
    struct run *run = calloc(1, sizeof *run);
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(dvi_text);
    amp_err err = run ? AMP_OK : AMP_E_NOMEM;
    if (run) {
        run->asked = asked;
        run->arena = amp_arena_make(dvi_arena);
        run->progress = amp_cli_progress();
        err = run_all(run, command, &out, &why);
        amp_cli_progress_end();
        if (!err && asked->json && asked->to == NULL) {
            amp_dvi_report_warnings(&run->report, warning_tell, NULL);
        }
        for (size_t i = 0; i < AMP_DVI_REPORT_FILES; i++) {
            amp_buf_free(&run->bytes[i]);
        }
        amp_fam_problem_free(&run->familias);
        amp_arena_drop(&run->arena);
        free(run);
    }
    return amp_cli_answer("dna dvi", asked->json, err, &why, &out);
}

static const char about[] =
    "Which of the missing is which of the found: pairwise likelihood ratios of every victim with "
    "every missing person, undisputed matches, and the joint posterior over all assignments. "
    "FOLDER holds people.tsv (victims; families with who is missing), markers.tsv (allele "
    "frequencies) and mutation.txt. A Familias file (.fam) with a [DVI] section is read as such a "
    "folder is. It compares the found with the families that gave their "
    "profiles, and nothing else.\n\n"
    "examples:\n"
    "  amparo dna dvi case/ --report case.html\n"
    "  amparo dna dvi case/ --json --limit 1000 > case.json\n"
    "  amparo dna dvi case.fam --to case/                         to look at and to correct\n"
    "  amparo dna dvi case/ --merge drop-out --drop-out 0.02      degraded remains";

static int asked_run(struct asked *asked, const struct amp_opt *opt, size_t opt_n, int argc,
                     char **argv)
{
    const struct amp_cli_usage usage = {.name = "dna dvi",
                                        .operands = "FOLDER|FILE.fam",
                                        .about = about,
                                        .opt = opt,
                                        .opt_n = opt_n,
                                        .operand_min = 1,
                                        .operand_max = 1};
    struct amp_arena words = amp_arena_make(1 << 20);
    struct amp_str command = amp_cli_dna_command("dna dvi", argc, argv, &words);
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status == AMP_CLI_GO_ON) {
        asked->folder = argv[0];
        status = dvi_run(asked, command);
    }
    amp_arena_drop(&words);
    return status;
}

static struct asked asked_usual(void)
{
    const struct amp_dvi_settings usual = amp_dvi_settings_usual();
    return (struct asked){.threshold = usual.threshold,
                          .theta = unsaid,
                          .match_odds = 1,
                          .max_inconsistent = usual.max_inconsistent,
                          .limit = (int64_t)usual.list,
                          .exact_limit = (int64_t)usual.exact_limit,
                          .option_limit = (int64_t)usual.option_limit,
                          .samples = (int64_t)usual.sample_n,
                          .pair_limit = usual.pair_limit,
                          .seed = 1};
}

int amp_cli_dna_dvi(int argc, char **argv)
{
    struct asked asked = asked_usual();
    const struct amp_opt opts[] = {
        {"--threshold", AMP_OPT_NUM, "LR", "of an undisputed match (10000)", false,
         &asked.threshold, NULL},
        {"--probable", AMP_OPT_NUM, "LR", "of a probable match (a tenth of that)", false,
         &asked.probable, NULL},
        {"--max-inconsistent", AMP_OPT_INT, "N",
         "markers that may be impossible without mutation before a pair is excluded (2)", false,
         &asked.max_inconsistent, NULL},
        {"--strict", AMP_OPT_FLAG, NULL, "undisputed only if every rival has LR 1 or less", false,
         &asked.strict, NULL},
        {"--mutations", AMP_OPT_TEXT, "HOW",
         "on: as in mutation.txt (usual); off; auto: only in families impossible without", false,
         &asked.mutations, NULL},
        {"--merge", AMP_OPT_TEXT, "HOW",
         "samples of one person: identical (usual), drop-out, or off", false, &asked.merge, NULL},
        {"--drop-out", AMP_OPT_NUM, "P", "probability that a victim's allele is lost (0)", false,
         &asked.drop_out, NULL},
        {"--theta", AMP_OPT_NUM, "P", "coancestry of the population (0, or the Familias file's)",
         false, &asked.theta, NULL},
        {"--min-frequency", AMP_OPT_NUM, "P", "for alleles that are not listed; else refused",
         false, &asked.min_freq, NULL},
        {"--ignore-sex", AMP_OPT_FLAG, NULL, "compare whatever the sexes", false, &asked.ignore_sex,
         NULL},
        {"--limit", AMP_OPT_INT, "K", "best assignments listed (100)", false, &asked.limit, NULL},
        {"--no-joint", AMP_OPT_FLAG, NULL, "only pairwise results and conclusions", false,
         &asked.no_joint, NULL},
        {"--joint-exclude", AMP_OPT_FLAG, NULL,
         "excluded pairs count as impossible in the joint analysis", false, &asked.exclude, NULL},
        {"--match-odds", AMP_OPT_NUM, "X",
         "prior odds of each match; 1 (usual) is flat over assignments", false, &asked.match_odds,
         NULL},
        {"--floor", AMP_OPT_NUM, "LR",
         "in families of one missing, LRs up to this count as 0 in the joint analysis (0)", false,
         &asked.floor, NULL},
        {"--exact-limit", AMP_OPT_INT, "N", "states of the exact joint sum (1000000)", false,
         &asked.exact_limit, NULL},
        {"--option-limit", AMP_OPT_INT, "N", "ways to fill one family (100000)", false,
         &asked.option_limit, NULL},
        {"--samples", AMP_OPT_INT, "N", "draws where the exact sum is too large (200000)", false,
         &asked.samples, NULL},
        {"--seed", AMP_OPT_INT, "S", "of those draws (1)", false, &asked.seed, NULL},
        {"--pair-limit", AMP_OPT_NUM, "LR", "over four million pairs, only these are kept (1e-8)",
         false, &asked.pair_limit, NULL},
        {"--threads", AMP_OPT_INT, "N", "the result does not depend on it (the processor's)", false,
         &asked.threads, NULL},
        {"--to", AMP_OPT_TEXT, "FOLDER", "write a Familias file as such a folder, and nothing else",
         false, &asked.to, NULL},
        {"--report", AMP_OPT_TEXT, "FILE.html", "write a report that can be printed", false,
         &asked.report, NULL},
        {"--case", AMP_OPT_TEXT, "TEXT", "for the report", false, &asked.case_name, NULL},
        {"--analyst", AMP_OPT_TEXT, "TEXT", "for the report", false, &asked.analyst, NULL},
        {"--reviewer", AMP_OPT_TEXT, "TEXT", "for the report", false, &asked.reviewer, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON", false, &asked.json, NULL},
    };
    return asked_run(&asked, opts, sizeof(opts) / sizeof(opts[0]), argc, argv);
}
