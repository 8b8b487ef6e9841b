/* The options that the mixture verbs of `amparo dna` share. */
#include "cli/dna_case.h"

#include <assert.h>

size_t amp_cli_dna_options(struct amp_cli_dna_asked *asked, const struct amp_opt *own, size_t own_n,
                           struct amp_opt opt[AMP_CLI_DNA_OPTIONS])
{
    enum {
        FILES = 3 /* of the shared ones, which come first in the help */
    };
    const struct amp_opt shared[] = {
        {"--evidence", AMP_OPT_LIST, "E.csv", "stains with peak heights; may be repeated", true,
         &asked->evidence, NULL},
        {"--reference", AMP_OPT_LIST, "R.csv", "profiles of persons; may be repeated", true,
         &asked->reference, NULL},
        {"--frequencies", AMP_OPT_TEXT, "F.csv", "allele frequencies", true, &asked->frequencies,
         NULL},
        {"--kit", AMP_OPT_TEXT, "NAME", "for dyes and fragment sizes", false, &asked->kit, NULL},
        {"--kit-table", AMP_OPT_TEXT, "FILE", "the laboratory's own table of kits", false,
         &asked->kit_table, NULL},
        {"--threshold", AMP_OPT_TEXT, "T", "analytical threshold (50)", false, &asked->threshold,
         NULL},
        {"--threshold-dye", AMP_OPT_TEXT, "B=T,...", "by dye", false, &asked->threshold_dye, NULL},
        {"--threshold-marker", AMP_OPT_TEXT, "M=T,...", "by marker", false,
         &asked->threshold_marker, NULL},
        {"--drop-in", AMP_OPT_TEXT, "C,LAMBDA", "drop-in probability, rate of heights (0.05,0.01)",
         false, &asked->drop_in, NULL},
        {"--drop-in-dye", AMP_OPT_TEXT, "B=C:L,...", "by dye", false, &asked->drop_in_dye, NULL},
        {"--drop-in-marker", AMP_OPT_TEXT, "M=C,...", "probability by marker", false,
         &asked->drop_in_marker, NULL},
        {"--theta", AMP_OPT_TEXT, "TH", "coancestry (0)", false, &asked->theta, NULL},
        {"--theta-dye", AMP_OPT_TEXT, "B=TH,...", "by dye", false, &asked->theta_dye, NULL},
        {"--theta-marker", AMP_OPT_TEXT, "M=TH,...", "by marker", false, &asked->theta_marker,
         NULL},
        {"--degradation", AMP_OPT_FLAG, NULL, "heights fall with fragment size (needs --kit)",
         false, &asked->degradation, NULL},
        {"--back-stutter", AMP_OPT_FLAG, NULL, "peaks one repeat shorter", false, &asked->back,
         NULL},
        {"--forward-stutter", AMP_OPT_FLAG, NULL, "peaks one repeat longer", false, &asked->forward,
         NULL},
        {"--min-frequency", AMP_OPT_TEXT, "P", "of alleles not listed (the table's smallest)",
         false, &asked->min_frequency, NULL},
        {"--keep-sum", AMP_OPT_FLAG, NULL, "do not bring frequencies back to a sum of 1", false,
         &asked->keep_sum, NULL},
        {"--model", AMP_OPT_TEXT, "WORD", "continuous, qualitative or qualitative-each", false,
         &asked->model, NULL},
        {"--convention", AMP_OPT_TEXT, "WORD", "euroformix (default) or dnamixtures", false,
         &asked->convention, NULL},
        {"--scale", AMP_OPT_TEXT, "WORD", "words for the LR: enfsi (2015) or swgdam (2018)", false,
         &asked->scale, NULL},
        {"--range", AMP_OPT_TEXT, "LIMITS",
         "validated range, e.g. contributors=..4,share=0.1..,mu=200..", false, &asked->range, NULL},
        {"--threads", AMP_OPT_INT, "N", "the result is the same for every number", false,
         &asked->threads, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON", false, &asked->json, NULL},
    };
    const size_t shared_n = sizeof shared / sizeof shared[0];
    assert(own_n + shared_n <= AMP_CLI_DNA_OPTIONS);
    for (size_t i = 0; i < FILES; i++) {
        opt[i] = shared[i];
    }
    for (size_t i = 0; i < own_n; i++) {
        opt[FILES + i] = own[i];
    }
    for (size_t i = FILES; i < shared_n; i++) {
        opt[own_n + i] = shared[i];
    }
    return shared_n + own_n;
}
