/*
 * Progress of long work, on standard error: one line that is written over at a terminal, or plain
 * lines where somebody asked for them.
 */
#ifndef AMP_CLI_PROGRESS_H
#define AMP_CLI_PROGRESS_H

#include "map/osm.h"
#include <time.h>

struct amp_cli_teller { /* zeroes to begin with; lives as long as the progress */
    struct timespec start, phase_start;
    char phase[48];
    uint64_t tenth;
    bool begun;
};

/* One line that is written over; tells nothing when standard error is no terminal. */
struct amp_progress amp_cli_progress(void);
/* The same with what is left of a phase that takes long; or, with lines, a line when a phase begins
 * and at each further tenth of it, with the seconds since the start, whatever standard error is. */
struct amp_progress amp_cli_progress_timed(struct amp_cli_teller *teller, bool lines);
/* Clears the line that progress was told on. */
void amp_cli_progress_end(void);

#endif
