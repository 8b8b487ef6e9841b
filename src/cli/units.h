/* The list of crews that `amparo nearest` and `amparo locate` read: id,lat,lon as CSV. */
#ifndef AMP_CLI_UNITS_H
#define AMP_CLI_UNITS_H

#include "base/arena.h"
#include "base/geo.h"

struct amp_cli_unit {
    struct amp_str id; /* a view of the text, or in the arena */
    struct amp_pos pos;
};
/* What is wrong is told with its line. AMP_E_LIMIT over AMP_NEAREST_UNITS. */
AMP_MUST amp_err amp_cli_units_read(struct amp_str text, struct amp_arena *arena,
                                    struct amp_cli_unit **out, size_t *out_n, struct amp_why *why);

#endif
