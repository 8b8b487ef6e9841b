/*
 * What runs short: the disk, and descriptors. Looked at once a second, and said once.
 *
 * What is applied in memory has to be written; a commit that finds the disk full ends the process.
 * So while little is left, commands are refused before they are decided, with a sentence that says
 * what to do; reading goes on, and so does what reading needs (looks, log-ins, the timer) until
 * even less is left. When there is room again, all goes on by itself.
 */
#ifndef AMP_SERVER_SCARCE_H
#define AMP_SERVER_SCARCE_H

#include "model/event.h"

enum {
    AMP_SCARCE_SAID = 256 << 20, /* bytes left: it is said, and no more snapshots are made */
    AMP_SCARCE_WORK = 16 << 20,  /* commands are refused: some seconds at full load need less */
    AMP_SCARCE_ALL = 4 << 20     /* and so is everything else that writes */
};

struct amp_scarce {
    bool known; /* the disk was asked */
    int64_t left, whole;
    bool disk_said, descriptors_said;
};

/* Whether so much is left; of a small disk a part counts instead: a half, a quarter, a sixteenth.
 */
bool amp_scarce_has(const struct amp_scarce *scarce, int64_t least);
/* AMP_E_FULL with a sentence when such a command must not be tried. */
AMP_MUST amp_err amp_scarce_check(const struct amp_scarce *scarce, enum amp_command_kind kind,
                                  struct amp_why *why);
/* Asks the disk that dir is on (NULL: nothing is asked), and for a descriptor. */
void amp_scarce_look(struct amp_scarce *scarce, const char *dir, bool quiet);

#endif
