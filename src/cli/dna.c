/* `amparo dna`: likelihood ratios from profiles, one verb a row. */
#include "cli/dna.h"
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

static const struct amp_cli_command verbs[] = {
    {"kin", "relations: likelihoods of pedigrees and their ratios", amp_cli_dna_kin},
    {"dvi", "which of the missing is which of the found", amp_cli_dna_dvi},
    {"eval", "one evaluation of a test vector of a mixture", amp_cli_dna_eval},
    {"kits", "the built-in kits: dyes and fragment sizes", amp_cli_dna_kits},
    {"profiles", "what is read from a table of profiles or frequencies", amp_cli_dna_profiles},
    {"lr", "the likelihood ratio of two propositions about a mixture", amp_cli_dna_lr},
    {"sweep", "all items of a case against all its references", amp_cli_dna_sweep},
    {NULL, NULL, NULL},
};

static void help_print(FILE *to)
{
    fputs("usage: amparo dna VERB [options]\n\n"
          "Named evidence against named references in a named case; `amparo dna VERB --help` says "
          "more.\n\n",
          to);
    for (const struct amp_cli_command *verb = verbs; verb->name; verb++) {
        fprintf(to, "  %-10s %s\n", verb->name, verb->summary);
    }
}

int amp_cli_dna(int argc, char **argv)
{
    if (argc < 2) {
        help_print(stderr);
        return AMP_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help_print(stdout);
        return AMP_EXIT_OK;
    }
    for (const struct amp_cli_command *verb = verbs; verb->name; verb++) {
        if (strcmp(argv[1], verb->name) == 0) {
            return verb->run(argc - 1, argv + 1);
        }
    }
    return amp_cli_misuse("dna", "there is no verb \"%s\"", argv[1]);
}
