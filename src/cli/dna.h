/* The verbs of `amparo dna`: each is a file of its own with its options and a row in dna.c. */
#ifndef AMP_CLI_DNA_H
#define AMP_CLI_DNA_H

#include "cli/cli.h"

int amp_cli_dna_dvi(int argc, char **argv);
int amp_cli_dna_lr(int argc, char **argv);
int amp_cli_dna_kin(int argc, char **argv);
int amp_cli_dna_sweep(int argc, char **argv);
int amp_cli_dna_eval(int argc, char **argv);
int amp_cli_dna_lr(int argc, char **argv);
int amp_cli_dna_kits(int argc, char **argv);
int amp_cli_dna_profiles(int argc, char **argv);

#endif
