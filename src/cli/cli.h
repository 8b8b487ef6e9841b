/*
 * What every subcommand of `amparo` shares: its row in the table, its options, how it speaks of
 * errors.
 *
 * A subcommand prints results on stdout and everything else on stderr, and returns AMP_EXIT_OK,
 * AMP_EXIT_FAILED (what was asked failed) or AMP_EXIT_USAGE (it was asked wrongly). To add one: a
 * file with its `run`, a prototype below, a row in main.c.
 */
#ifndef AMP_CLI_CLI_H
#define AMP_CLI_CLI_H

#include "base/buf.h"
#include "base/geo.h"

enum {
    AMP_EXIT_OK = 0,
    AMP_EXIT_FAILED = 1,
    AMP_EXIT_USAGE = 2
};
enum {
    AMP_CLI_FILE_MAX = 64 << 20
}; /* bytes of a small input file */

struct amp_cli_command {
    const char *name;                  /* "serve" */
    const char *summary;               /* one line for `amparo --help` */
    int (*run)(int argc, char **argv); /* argv[0] is the name */
};

enum amp_opt_kind {
    AMP_OPT_FLAG, /* bool, takes no value */
    AMP_OPT_TEXT, /* const char * */
    AMP_OPT_INT,  /* int64_t */
    AMP_OPT_NUM,  /* double */
    AMP_OPT_POS,  /* struct amp_pos, written LAT,LON */
    AMP_OPT_LIST, /* struct amp_opt_list: may be given again */
    AMP_OPT_MAYBE /* const char *, "" when no value follows */
};

enum {
    AMP_OPT_LIST_MAX = 64
};
struct amp_opt_list {
    size_t n;
    const char *item[AMP_OPT_LIST_MAX];
};

struct amp_opt {
    const char *name; /* "--map", or "-k" */
    enum amp_opt_kind kind;
    const char *value; /* how the value is called in the help: "FILE"; NULL for a flag */
    const char *help;
    bool required;
    void *out;   /* of the kind's type; untouched when the option is absent */
    bool *given; /* set when the option was there; may be NULL */
};

struct amp_cli_usage {
    const char *name;     /* "route" */
    const char *operands; /* "IN -o OUT", "" for none */
    const char *about;    /* a sentence or more */
    const struct amp_opt *opt;
    size_t opt_n;
    size_t operand_min, operand_max;
};

enum {
    AMP_CLI_GO_ON = -1
};
/* Reads argv: `--name value` and `--name=value`; `--` ends the options; a negative number is an
 * operand or a value, never an option. Operands are moved to the front of argv (argv[0] first
 * operand) and counted in *operand_n (may be NULL when none are allowed). Returns AMP_CLI_GO_ON, or
 * the exit status: --help was printed on stdout, or the mistake was named on stderr. */
int amp_cli_options(const struct amp_cli_usage *usage, int argc, char **argv, int *operand_n);

/* "amparo NAME: sentence" on stderr; the words of err if the sentence is empty. AMP_EXIT_FAILED. */
int amp_cli_fail(const char *name, amp_err err, const struct amp_why *why);
/* With json: {"error":{"code","detail"}} on stdout as well. AMP_EXIT_FAILED. */
int amp_cli_fail_as(const char *name, bool json, amp_err err, const struct amp_why *why);
/* "amparo NAME: sentence" and a pointer to --help on stderr. AMP_EXIT_USAGE. */
int amp_cli_misuse(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Writes the buffer and a line end to stdout and frees it; AMP_EXIT_FAILED if that did not work. */
int amp_cli_print(const char *name, struct amp_buf *buf);
/* How most subcommands end: prints and frees what was answered, or says what went wrong;
 * AMP_E_USAGE is told as misuse. The exit status. */
int amp_cli_answer(const char *name, bool json, amp_err err, const struct amp_why *why,
                   struct amp_buf *out);
/* A whole file, or standard input for "-", up to max_bytes. The caller frees *out. */
AMP_MUST amp_err amp_cli_read_file(const char *path, size_t max_bytes, struct amp_buf *out,
                                   struct amp_why *why);

#endif
