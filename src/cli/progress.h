/*
 * Progress of long work, on standard error and only when that is a terminal.
 */
#ifndef AMP_CLI_PROGRESS_H
#define AMP_CLI_PROGRESS_H

#include "map/osm.h"

/* Tells nothing when standard error is no terminal. */
struct amp_progress amp_cli_progress(void);
/* Clears the line that progress was told on. */
void amp_cli_progress_end(void);

#endif
