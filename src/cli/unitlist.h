/*
 * What `amparo nearest` and `amparo matrix` share: a list of crews or places, read from CSV.
 */
#ifndef AMP_CLI_UNITLIST_H
#define AMP_CLI_UNITLIST_H

#include "base/arena.h"
#include "map/roads.h"

struct amp_cli_unit {
    struct amp_str id; /* a view into the text */
    struct amp_pos pos;
    struct amp_reach reach; /* for whoever asks the map */
};

struct amp_cli_units {
    struct amp_cli_unit *unit; /* in the arena */
    size_t n;
};

/* Up to AMP_NEAREST_UNITS; the sentence names the line that is wrong. */
AMP_MUST amp_err amp_cli_units_read(struct amp_str text, struct amp_arena *arena,
                                    struct amp_cli_units *out, struct amp_why *why);

#endif
