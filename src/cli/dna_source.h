/* What the verbs of `amparo dna` say of the files they read, in JSON and in words. */
#ifndef AMP_CLI_DNA_SOURCE_H
#define AMP_CLI_DNA_SOURCE_H

#include "base/json.h"
#include "dna/profile.h"

/* The members file, format, separator, decimal, lines, sha256 and notes of an object. */
void amp_cli_dna_source_json(const struct amp_dna_source *source, struct amp_json *js);
/* "FILE: layout, cut by tabs, decimal point, 18 lines", the hash, and a line a note. */
void amp_cli_dna_source_text(const struct amp_dna_source *source, struct amp_buf *out);

#endif
