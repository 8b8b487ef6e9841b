/*
 * Whole files that are durable and never half: written beside their name, synced, and renamed.
 */
#ifndef AMP_JOURNAL_FILE_H
#define AMP_JOURNAL_FILE_H

#include "base/str.h"

/* A file of 0600 under its name, in place of what was there. Only "PATH.part" is ever half. */
AMP_MUST amp_err amp_file_write(const char *path, struct amp_str text, struct amp_why *why);
/* A new file of 0600, empty. AMP_E_EXISTS. */
AMP_MUST amp_err amp_file_make(const char *path, struct amp_why *why);
/* Waits until the content of a file, or the names in a directory, are on the disk. */
AMP_MUST amp_err amp_file_sync(const char *path, struct amp_why *why);
/* Renames, and makes the directory of the new name durable. */
AMP_MUST amp_err amp_file_move(const char *from, const char *to, struct amp_why *why);
/* The error that errno tells of, with a sentence: "WHAT PATH: words". */
amp_err amp_file_fail(const char *what, const char *path, struct amp_why *why);

#endif
